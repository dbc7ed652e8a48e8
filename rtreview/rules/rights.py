"""What a user may see: on every way to them, from when on, and on the device that holds a copy."""

from collections.abc import Iterator

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided, Unstated, known
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

A_COPY = Duration(3600)
"""What a device may show for that long without a connection is a copy (revoked-stays-on-device)."""

OF_STATE = ("data-sync", "collaborative-editing", "dashboard", "telemetry", "commands")
"""Purposes whose user looks at what there is, and not at what was said before (grant-brings-no-past)."""

BETWEEN_FEW = ("chat", "collaborative-editing", "cursors", "data-sync", "media", "signalling")
"""Purposes whose rooms belong to those who are in them (open-to-any-subscriber)."""

LASTING = ("websocket", "webtransport", "tcp")
"""Connections of which only the opening has a path that a proxy sees; a call of gRPC is a path of its own."""

NAMES = {"push": "notifications", "history": "what is fetched of the past", "presence": "presence"}
"""How a way to a user is called in a sentence."""


def _ways(feature: Feature) -> Iterator[str]:
    """The ways to a user that the design is stated to have."""
    is_sent = not feature.direction.has("client-to-server") and not feature.connection.asks_again
    if is_sent and not _tells_nothing(feature):
        yield "stream"
    if feature.push.is_there:
        yield "push"
    join = feature.sync.join
    brings_past = feature.replays or (join.history.content and join.history_sent.has("first", "after"))
    if brings_past and not feature.is_worthless_later:
        yield "history"
    is_shown = feature.presence.is_there and not feature.presence.audience.has("user", "room")
    if is_shown and not feature.connection.asks_again:
        yield "presence"


def _tells_nothing(feature: Feature) -> bool:
    """Whether a message says no more than that something has changed: what is fetched then is looked at."""
    return feature.sync.updates.has("signal") and not feature.access.checked.is_none


@rule
def right_holds_on_one_way(feature: Feature) -> Outcomes:
    """Rights and blocks are looked at on one way to a user, and another goes past them."""
    holds, push = feature.access.holds_for, feature.push
    has_secrets = bool(feature.secrets)
    if not holds.is_stated and has_secrets and push.is_there:
        raise Undecided(holds)
    if not holds.is_stated:
        raise NotApplicable("nothing is said of the ways on which rights are looked at")
    seen = [part.visible_to for part in feature.sync.data]
    if seen and all(part.has("all") for part in seen):
        raise NotApplicable("all may know all of it")
    if feature.access.checked.is_none and not has_secrets:
        raise NotApplicable("there are no rights: everybody may have it")
    held = set(holds.content or ())
    if "stream-in-part" in held:
        yield Violated(
            "The open connection looks at a part of the rights: what the others would keep from a user comes "
            "that way.",
            holds,
            when="a part of them is looked at",
        )
        held.add("stream")
    if feature.access.looks_again:
        held.add("stream")
    missing = [way for way in _ways(feature) if way not in held]
    is_replayed = missing == ["history"] and feature.access.checked.has("each-message")
    is_all_it_sends = missing == ["presence"] and feature.purpose.has("presence")
    if "stream" in held and (is_replayed or is_all_it_sends):
        raise Undecided(holds)
    if not missing and "stream-in-part" not in held:
        yield Passed("rights, blocks and mutes hold on every way that content takes to a user")
    if not missing:
        return
    named = " and ".join(NAMES.get(way, "the open connection") for way in missing)
    if holds.content:
        # A list names where they hold, and whoever wrote it may not have thought of the rest.
        message = (
            f"Rights and blocks hold for some ways; the spec does not say whether they hold for {named}."
        )
        raise Unstated(holds, message=message, when=_of_the_stream(feature, missing))
    yield Violated(
        f"Rights and blocks do not hold for {named}: what a user may not see, or does not want to, comes "
        "that way.",
        holds,
        (feature.access.checked,) if feature.access.checked.is_stated else (),
        when=_of_the_stream(feature, missing),
    )


def _of_the_stream(feature: Feature, missing: list[str]) -> str:
    """The case of an open connection that looks at rights, at least when it begins."""
    if "stream" not in missing:
        return "the open connection looks at them"
    return "they are looked at when it begins" if feature.access.checked.has("connect", "subscribe") else ""


@rule
def unscoped_goes_to_all(feature: Feature) -> Outcomes:
    """A message that does not say for whom it is goes to everybody."""
    unscoped, secrets = feature.fan_out.unscoped, feature.secrets
    if not unscoped.is_stated:
        raise NotApplicable("nothing is said of messages without a scope")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to clients")
    seen = [part.visible_to for part in feature.sync.data]
    if seen and all(part.has("all") for part in seen):
        raise NotApplicable("all may know all of it")
    if feature.sync.updates.has("signal") and not feature.access.checked.is_none:
        raise NotApplicable("a message says only that something has changed")
    if unscoped.has("nobody") or unscoped.is_none:
        yield Passed("what names nobody is sent to nobody")
        return
    if not secrets and (feature.access.is_none or feature.access.checked.is_none):
        raise NotApplicable("there are no rights: everybody may have it")
    known(unscoped)
    whose = f", though only its {secrets[0]} may know some of it" if secrets else ""
    yield Violated(
        f"A message of which the server cannot tell for whom it is goes to all{whose}: a new kind of event, "
        "a sender that leaves a field out or a look-up that fails shows it to everybody.",
        unscoped,
        (secrets[0],) if secrets else (),
        when="" if secrets else "nothing is said to be secret",
    )


@rule
def open_to_any_subscriber(feature: Feature) -> Outcomes:
    """No right is looked at, though not everybody may know what is sent."""
    checked, resume = feature.access.checked, feature.transport.resume
    by = feature.workload.rooms.by
    if by_name := _subscribes_unchecked(feature):
        yield by_name
        return
    named = by.has("name") and (checked.is_none or not feature.access.is_stated)
    if not (checked.is_none or by.has("address") or named):
        raise NotApplicable("rights are looked at, or nothing is said of them")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to clients")
    if by.has("address"):
        yield _let_in_by_address(feature)
        return
    secrets = feature.secrets
    if named and not (secrets and checked.is_none):
        yield _let_in_by_name(feature)
        return
    if not secrets and feature.fan_out.audience.has("user"):
        raise Undecided(feature.sync.data)
    if not secrets:
        raise NotApplicable("no rights are looked at: everybody may have it")
    knows = feature.serves("game") or resume.by.has("session") or feature.access.token_in.content
    if knows and not named:
        raise NotApplicable("a session or token tells whose client it is, without an account")
    if by.has("secret"):
        raise NotApplicable("a room is entered by a secret that no stranger can guess")
    yield Violated(
        f"Nobody looks at rights, and some of it only its {secrets[0]} may know: whoever connects and names "
        "another's room or record is sent it.",
        checked,
        (secrets[0],),
    )


@rule
def sender_named_by_itself(feature: Feature) -> Outcomes:
    """Nobody looks at who sends, and what a client calls itself says whose it is."""
    checked, made_of, access = feature.access.checked, feature.transport.client_id, feature.access
    if not checked.is_none:
        raise NotApplicable("rights are looked at, or nothing is said of them")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients send nothing")
    if access.token_in.content or access.single_use.content:
        raise NotApplicable("a token tells who sends")
    if feature.transport.path.is_none or feature.workload.only("server"):
        raise NotApplicable("no stranger reaches the server")
    if feature.connection.are_few or feature.sync.topology.has("peer-to-peer"):
        raise NotApplicable("a household, or peers that know one another")
    acts = feature.sync.effect.has("acts")
    counts = acts or (feature.sync.effect.has("stored") and feature.serves("telemetry", "commands"))
    if not counts:
        raise NotApplicable("nothing is said to be stored or done in the name of who sends it")
    if made_of.has("fixed", "process", "random", "slot"):
        raise NotApplicable(f"an id says nothing of whose it is: {made_of}")
    whose, does = known(made_of), "done" if acts else "stored"
    yield Violated(
        f"Nobody looks at who sends, and a client says itself which {whose} it is: whoever names another is "
        f"taken for it, and what it sends is {does} in that name.",
        checked,
        (made_of,),
        when="" if acts else "it is stored",
    )


@rule
def room_takes_from_strangers(feature: Feature) -> Outcomes:
    """Whoever is connected can send to a room by its name, a member or not."""
    taken, rooms = feature.access.may_send, feature.workload.rooms
    if not taken.is_stated:
        raise NotApplicable("nothing is said of whose messages a room takes")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients send nothing")
    if taken.has("members"):
        yield Passed("a room takes messages of its members alone")
        return
    if rooms.by.has("secret"):
        yield Passed("nobody names a room who was not given its secret")
        return
    if feature.fan_out.audience.has("everyone") or feature.connection.are_few:
        raise NotApplicable("all who are connected are meant to be in the room, or are a household")
    if feature.transport.path.is_none or feature.workload.only("server"):
        raise NotApplicable("no stranger reaches the server")
    kept = feature.sync.effect.has("acts", "stored") or feature.serves("game", "collaborative-editing")
    named = (rooms.by,) if rooms.by.is_stated else ()
    yield Violated(
        "A message is taken for whichever room it names: one who was never in it, or was put out, goes on to "
        f"{'change it' if kept else 'write to its members'}.",
        taken,
        named,
        when="" if kept else "it is only shown",
    )


@rule
def calls_behind_one_path(feature: Feature) -> Outcomes:
    """A proxy lets paths through, and all calls of a connection go behind one path."""
    let, checked, kind = feature.access.let_through_by, feature.access.checked, feature.transport.kind
    if not let.is_stated:
        raise NotApplicable("nothing is said of what opens calls to clients")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients call nothing")
    if let.is_none:
        raise NotApplicable("all calls are open by decision")
    if let.has("method") or checked.has("each-message"):
        yield Passed(
            "each call is looked at by its name" if let.has("method") else "each message is looked at"
        )
        return
    if not (feature.serves("commands") or feature.holds("command")):
        raise NotApplicable("no calls are said to go over it")
    if kind.is_stated and not kind.has(*LASTING):
        raise NotApplicable(f"each call over {kind} is a request with a path of its own")
    known(let)
    known(kind)
    yield Violated(
        "A proxy lets calls through by their path, and on this connection all calls have the same: whoever "
        "may listen on it may call everything, also what the proxy keeps out as a path.",
        let,
        (kind,),
    )


def _subscribes_unchecked(feature: Feature) -> Violated | None:
    """Rights are looked at when a client connects, and it names its rooms later, on the connection.

    Raises:
        Unstated: nothing says on which ways they are looked at.

    """
    checked, over, transport = feature.access.checked, feature.sync.join.over, feature.transport
    holds = feature.access.holds_for
    is_all = checked.has("connect") and not checked.includes("subscribe", "each-message")
    later = is_all and over.has("connection") and not feature.workload.rooms.by.is_stated
    if not (later and feature.secrets) or transport.connections_per.has("room", "subscription"):
        return None
    if feature.direction.has("client-to-server") or "stream" in (holds.content or ()):
        return None
    if not holds.is_stated:
        message = (
            "Rights are looked at when a connection begins, and a client names what it subscribes to "
            f"afterwards, of which some only its {feature.secrets[0]} may know; the spec does not say "
            f"whether that is looked at (`{checked.dotted}: [connect, subscribe]`, `{holds.dotted}`)."
        )
        raise Unstated(holds, message=message, when="who may connect is looked at")
    return Violated(
        "Rights are looked at once, at the start of a connection, and a client names what it subscribes to "
        f"afterwards: whoever may connect and names another's room is sent what only its "
        f"{feature.secrets[0]} may know.",
        checked,
        (over, feature.secrets[0]),
        when="who may connect is looked at",
    )


def _let_in_by_name(feature: Feature) -> Violated:
    """Whoever guesses the name of a room is in it.

    Raises:
        NotApplicable: all may know what is in a room, or rooms are as public as their names.

    """
    checked, said = feature.access.checked, [part.visible_to for part in feature.sync.data]
    if any(part.has("all") for part in said) and not feature.secrets:
        raise NotApplicable("all may know it")
    if not (feature.secrets or feature.serves(*BETWEEN_FEW)):
        raise NotApplicable("whoever knows the name of a channel may follow it")
    return Violated(
        "A room is entered by a name that a stranger may choose too, and nobody looks at rights: two groups "
        "that choose the same one meet, and who guesses one reads along.",
        feature.workload.rooms.by,
        (checked,) if checked.is_stated else (),
        when="nothing is said of rights" if feature.secrets else "nothing is said to be secret",
    )


def _let_in_by_address(feature: Feature) -> Violated:
    """Who shares a public address is put into one room.

    Raises:
        NotApplicable: members learn nothing of one another, or each has an address of its own.

    """
    checked, by, workload = feature.access.checked, feature.workload.rooms.by, feature.workload
    if workload.only("server"):
        raise NotApplicable("the clients are servers, with an address each")
    alone = not feature.presence.is_there
    if feature.direction.has("server-to-client") and alone:
        raise NotApplicable("members of a room learn nothing of one another")
    when = "nothing is said of rights" if not checked.is_stated else "rights are looked at beside it"
    return Violated(
        "A room is made of those with the same address: strangers behind the address of a carrier, an office "
        "or a wrongly set proxy are in one, and devices of one network with a VPN or another IP version are "
        "not.",
        by,
        (checked,) if checked.is_stated else (),
        when="" if checked.is_none else when,
    )


@rule
def grant_brings_no_past(feature: Feature) -> Outcomes:
    """A user is given a right, and never gets what was there before."""
    given, join, resume = feature.access.on_grant, feature.sync.join, feature.transport.resume
    if not given.is_there:
        raise NotApplicable("nothing is said of rights that are given later")
    if given.has("sent"):
        yield Passed("what was there already is sent or fetched when a right is given")
        return
    if given.has("at-reload"):
        yield Violated(
            "A user who is given a right is told nothing: what it opens is missing until the page or app is "
            "loaded again.",
            given,
            when="a reload brings it",
        )
        return
    if feature.merges_by("append-only") or (feature.purpose.is_stated and not feature.serves(*OF_STATE)):
        raise NotApplicable("who joins later is meant to see what comes from then on")
    by_position = resume.by.has("offset", "last-event-id", "time") or join.fetch.has("once")
    if not by_position and not feature.sync.offline.max.is_stated:
        if not resume.by.is_stated and not join.fetch.is_stated:
            raise Undecided(resume.by)
        yield Violated(
            "Who is given a right gets what is written from then on, and the rest at the next connection.",
            given,
            when="a reload brings it",
        )
        return
    yield Violated(
        "Who is given a right gets what is written from then on: all that was there before is older than the "
        "position of that client, and never comes.",
        given,
        tuple(part for part in (resume.by, join.fetch) if part.content),
    )


@rule
def revoked_stays_on_device(feature: Feature) -> Outcomes:
    """A user loses a right, and the copy on the device can still be read."""
    offline, revoked = feature.sync.offline, feature.sync.offline.revoked
    away = offline.max.content
    if not revoked.is_stated and (away is None or away < A_COPY):
        raise NotApplicable("no device is said to hold a copy")
    if feature.access.is_none or feature.access.checked.is_none:
        raise NotApplicable("there are no rights that could be lost")
    if not revoked.is_stated and not feature.access.is_stated:
        raise NotApplicable("nothing is said of rights")
    if revoked.is_none:
        raise NotApplicable("nobody loses a right")
    if not revoked.is_stated:
        raise Undecided(revoked)
    if revoked.has("deleted"):
        yield Passed("a device deletes what its user may no longer read")
        return
    yield Violated(
        "What a device holds stays there when its user loses the right to it: a former member reads all that "
        "came before.",
        revoked,
        tuple(part for part in (feature.access.on_revoke, offline.max) if part.content),
    )
