"""Who is shown as being there, and how often that changes."""

from typing import Any

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated
from rtreview.language.sections.presence import Presence
from rtreview.language.sections.servers import Dependency
from rtreview.language.sections.sync import Data
from rtreview.numbers.expression import named, term
from rtreview.numbers.fan_out import ANSWERED
from rtreview.numbers.presence import AT_ONCE, ends_by, ends_by_expiry, shown_people, shows_nobody
from rtreview.quantities.quantity import Count, Duration, Rate
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

SHOWS_PEOPLE = ("chat", "collaborative-editing", "game", "presence")
"""Purposes of which everybody expects to be told who is there."""

FRAME_RATE = Rate(60)
"""What a usual screen can show (cursor-high-frequency)."""

TAKEN = Rate(1000)
"""Messages in a second that a page parses beside all that it draws (cursor-high-frequency)."""

SELDOM = Rate(2)
"""More requests of one client in a second wait for one another (cursor-high-frequency)."""

TOLD_AGAIN = Rate(1)
"""Nobody sees typing begin or end within less than a second (typing-at-each-key)."""

SMALL_GROUP = 4
"""Up to this many members, each pointer reaches so few that its rate does not matter."""


@rule
def presence_immediate_removal(feature: Feature) -> Outcomes:
    """One whose connection drops is shown as gone at the same moment."""
    presence, grace = feature.presence, feature.presence.grace
    if presence.kind.has("count"):
        raise NotApplicable("a count shows nobody in particular")
    if reason := shows_nobody(feature):
        raise NotApplicable(reason)
    if presence.will.is_there and not feature.serves(*SHOWS_PEOPLE):
        raise NotApplicable("a broker waits for its keep-alive before it publishes a will")
    if feature.serves("game") and grace.has(AT_ONCE):
        if feature.transport.resume.keeps.content:
            raise NotApplicable("one who returns in time gets the seat back")
        if not feature.topology.state.room.has("shared", "disk"):
            raise NotApplicable("a game may have to free the seat at once")
    if grace.content is not None and grace.content.amount > 0:
        yield Passed(f"a user who vanishes is shown for another {grace}")
    elif ends_by(presence, "hidden") and not ends_by(presence, "disconnect"):
        yield _gone_when_hidden(feature)
    elif presence.ttl.content and presence.ttl.content.amount and not ends_by(presence, "disconnect"):
        yield Passed(f"an entry lives for {presence.ttl} without a refresh, which is its grace")
    elif ends_by_expiry(presence) and not presence.ttl.is_stated and not grace.is_stated:
        yield Passed("an entry ends by its expiry, whose time is the grace")
    elif grace.is_stated:
        size = feature.room.content
        seen = f" in front of up to {size} members" if size else ""
        is_seat = feature.serves("game")
        shows = "ends the player's part" if is_seat else f"shows as a leave and a join{seen}"
        yield Violated(
            f"Every short loss {shows}: the grace is {grace}.",
            grace,
            when="a game may have to free the seat at once" if is_seat else "",
        )
    elif presence.is_stated or feature.targets.offline_visible_within.content:
        raise Unstated(grace)
    elif feature.serves(*SHOWS_PEOPLE):
        whether = f"whether people are shown as being there (`{presence.dotted}: none` where nobody is)"
        raise Unstated(grace, message=f"The spec does not say {whether}, nor `{grace.dotted}`.")
    else:
        raise Undecided(grace)


def _gone_when_hidden(feature: Feature) -> Violated:
    """A look at another tab or app ends an entry.

    Raises:
        Unstated: nothing says after how long.

    """
    shown, grace = feature.presence, feature.presence.grace
    if not grace.is_stated:
        raise Unstated(grace)
    lives = f", though an entry lives for {shown.ttl} without a refresh" if shown.ttl.content else ""
    return Violated(
        f"Whoever looks at another tab or app is shown as gone at that moment{lives}: the grace is {grace}.",
        shown.ends,
        (grace,),
        when="it shows who looks at a document" if feature.serves("collaborative-editing", "cursors") else "",
    )


@rule
def presence_written_by_timer(feature: Feature) -> Outcomes:
    """Each client says at an interval that it is there, and each time something is written."""
    shown, store, connection = feature.presence, feature.topology.state.presence, feature.connection
    by_timer, clients = feature.workload.messages.when, feature.workload.connections
    # What is kept for good costs a call each time, also where nothing else says that a client is there.
    every_asked = list(feature.asked_per("heartbeat"))
    records = [part for part in every_asked if part.holds.includes("record", "permissions")]
    # The one that takes each write by itself, beside which what others gather is of no help.
    asked = min(records or every_asked, key=_is_gathered, default=None)
    is_timed = shown.refresh.content and by_timer.has("interval") and store.has("shared")
    if not asked and not is_timed:
        raise NotApplicable("no client is stated to write at an interval that it is there")
    if (connection.asks_again or connection.is_datagrams) and not records:
        raise NotApplicable("no connection stands that would say the same")
    if asked and _is_gathered(asked):
        how = "a cache takes" if asked.cache.content else "one write for many gathers"
        yield Passed(f"{how} what is written at an interval")
        return
    if connection.are_few:
        raise NotApplicable(f"{connection.counted} clients are a household")
    every = feature.reports_every
    writes = named("writes of the reports", term(clients) / term(every), Rate)
    total = writes.content
    if total is not None and total <= ANSWERED:
        yield Passed(f"the reports are {total} writes")
    elif asked and asked.rate.content:
        yield Limit(
            "the writes of the reports",
            writes,
            "what the store answers",
            asked.rate,
            or_equal=True,
            note="They come also while nobody comes or goes.",
            at=asked.per,
        )
    elif asked and not records:
        # Where it is who is connected, a heartbeat is what renews it.
        raise Undecided(asked.rate)
    else:
        yield _reported(feature, asked, every, total)


def _is_gathered(asked: Dependency) -> bool:
    """Whether a cache, or one write for many, stands between the reports and what is asked."""
    return bool(asked.cache.content) or asked.record.has("gathered")


def _reported(
    feature: Feature, asked: Dependency | None, every: Field[Duration], total: Rate | None
) -> Violated:
    """Reports at an interval of which nothing says that their store takes them."""
    shown, clients = feature.presence, feature.workload.connections
    load = f": {total} from {clients} clients" if total is not None else ""
    often = f" every {every}" if every.content else ""
    at: tuple[Field[Any], ...] = (
        shown.refresh,
        feature.workload.messages.when,
        feature.topology.state.presence,
    )
    message = (
        f"Each client reports{often} that it is there, and each report is written, new or not{load}. Its "
        "connection says the same, and its end says when that is over."
    )
    if asked is not None:
        at = (asked.per, every) if every.is_stated else (asked.per,)
        message = (
            f"Each heartbeat of each client{often} causes a call of `{asked.key}`, also while nothing is "
            f"new{load}: its load is that of all who are connected."
        )
    serves_the_rest = asked is not None and asked.holds.includes("record") and total is not None
    return Violated(
        message, at[0], at[1:], when="" if serves_the_rest else "nothing counts what the store takes"
    )


@rule
def newcomer_sees_nobody(feature: Feature) -> Outcomes:
    """One who joins is told of changes, and of nobody who was there before."""
    shown, listed = shown_people(feature), feature.sync.join.presence_snapshot
    if (apart := _lists_apart(feature)) is not None:
        backplane = feature.topology.backplane
        if listed.content and not backplane.is_stated:
            raise Undecided(backplane)
        if not listed.content or backplane.is_none:
            yield apart
            return
    if shown.kind.has("count"):
        raise NotApplicable("a count shows nobody in particular")
    if shown.audience.has("user"):
        raise NotApplicable("people see their own devices alone")
    if feature.connection.looks_each_time:
        raise NotApplicable("each poll fetches who is there")
    if listed.content:
        yield Passed("a newcomer gets the list of those present")
    elif not listed.is_stated:
        raise Undecided(listed)
    elif shown.updates.has("full"):
        yield Passed("each change tells all who are present, and a join is a change")
    elif feature.sync.topology.has("peer-to-peer") and shown.refresh.content:
        yield Passed(f"each peer tells of itself every {shown.refresh}")
    elif not (shown.kind.is_stated or _names_people(shown)):
        raise Undecided(shown.kind)
    else:
        size = feature.room.content
        whom = f"of up to {size} members it knows" if size else "it knows"
        yield Violated(
            f"A newcomer is not told who is there: {whom} only those who change after it.",
            listed,
            (shown.kind,) if shown.kind.is_stated else (),
        )


def _lists_apart(feature: Feature) -> Violated | None:
    """Each of several nodes knows those alone who came in at it; None where the list is one, or may be."""
    topology, shown = feature.topology, feature.presence
    kept, nodes = topology.state.presence, feature.connection.holders
    if not kept.has("node") or nodes.content is None or nodes.content.amount <= 1:
        return None
    if topology.routing.has("by-room", "by-user") or feature.transport.service.content:
        return None
    if shown.audience.has("user") or feature.workload.rooms.is_none:
        return None
    if any(part.holds.has("connections") for part in feature.dependencies):
        return None
    what = "counts those" if shown.kind.has("count") else "lists those alone"
    return Violated(
        f"Each of {feature.connection.spread_over} {what} who came in at it, and keeps that in its own "
        "memory: two members of a room who came in at different ones do not find each other there.",
        kept,
        (nodes,),
        when="" if topology.backplane.is_none else "how nodes join their lists is open",
    )


def _names_people(shown: Presence) -> bool:
    """Whether something is stated of presence that a mere number has not."""
    return bool(
        shown.away.content or shown.cursor.is_there or shown.devices.has("most-active", "last-report")
    )


@rule
def presence_ends_with_node(feature: Feature) -> Outcomes:
    """An entry goes with the node where it was made, while its client is there over another one."""
    shown, topology, workload = feature.presence, feature.topology, feature.workload
    held, duplicate = shown.held_by, feature.transport.on_duplicate
    is_shared = duplicate.has("both") and shown.devices.has("any", "most-active", "last-report")
    if not held.is_stated and not (is_shared and ends_by(shown, "node-down")):
        raise NotApplicable("no entry is said to belong to a node")
    if topology.nodes.content is not None and topology.nodes.content.amount <= 1:
        raise NotApplicable("there is one node")
    if topology.routing.has("by-room", "by-user"):
        raise NotApplicable(f"all connections that matter to an entry are at one node: {topology.routing}")
    if duplicate.has("refuse", "replace") or shown.takeover.content:
        raise NotApplicable("a client has one connection at a time")
    if not held.is_stated:
        raise Undecided(held)
    if not held.has("node"):
        yield Passed(f"an entry belongs to the {held}, and no node takes it along")
        return
    several = workload.several_of_user
    is_said = duplicate.has("both") or bool(several)
    are_counted = workload.devices_per_user.is_stated and workload.tabs_per_user.is_stated
    if not is_said and (duplicate.is_stated or are_counted):
        raise Undecided(duplicate)
    yield Violated(
        "An entry belongs to the node where its client came in, and a client has connections at several: "
        "with that node or connection it goes while the client is still there, and what that sends over "
        "another one comes from nobody.",
        held,
        (duplicate,) if duplicate.content else several,
        when="" if is_said else "nothing is said of several connections",
    )


@rule
def cursor_high_frequency(feature: Feature) -> Outcomes:
    """More pointer updates are sent than anybody can see."""
    presence, cursor = feature.presence, feature.presence.cursor
    rate = cursor.rate
    if feature.serves("cursors") and not rate.is_stated:
        rate = feature.workload.messages.rate
    members, is_batched = feature.room.content, bool(cursor.batch.content and cursor.batch.content > AT_ONCE)
    if cursor.is_none or (presence.is_none and not rate.is_stated):
        raise NotApplicable("no cursors are shown")
    if presence.kind.has("count") and not cursor.is_stated:
        raise NotApplicable("a count has no cursors")
    if feature.serves("game") and not rate.is_none:
        raise NotApplicable("a game sends at its tick rate and interpolates")
    channel = feature.sync.delivery.channel
    datagrams = feature.transport.kind.has("webrtc", "webtransport") and not channel.reliable.content
    if datagrams or feature.transport.kind.has("udp"):
        raise NotApplicable("datagrams that come late are dropped, not queued")
    if members is not None and members.amount <= SMALL_GROUP:
        raise NotApplicable(f"a room has at most {members} members")
    if rate.is_none or (rate.content is not None and rate.content > FRAME_RATE):
        if is_batched:
            yield Passed(f"moves are collected for {cursor.batch}")
            return
        sent = f"{rate} a client" if rate.content else "a message for every pointer move"
        yield Violated(f"Cursors send {sent}{_deliveries(feature, rate.content)}.", rate)
    elif rate.content is not None and (heavy := _costly_pointers(feature, rate)) and not is_batched:
        yield heavy
    elif rate.content is not None:
        yield Passed(f"cursors send {rate}, which is at most {FRAME_RATE}")
    elif is_batched:
        yield Passed(f"moves are collected for {cursor.batch}")
    elif feature.serves("cursors") or cursor.is_stated:
        raise Unstated(cursor.rate)
    elif feature.purpose.is_stated and not feature.serves("collaborative-editing"):
        raise NotApplicable(f"the purpose {feature.purpose} has no cursors")
    else:
        raise Undecided(cursor)


@rule
def typing_at_each_key(feature: Feature) -> Outcomes:
    """That somebody types is sent again and again within the time for which it is shown."""
    going_on = [part for part in feature.sync.data if part.shape.has("ephemeral") and _goes_on(part)]
    if not feature.serves("chat") or not going_on:
        raise NotApplicable("no chat is said to show what its members are doing")
    members = feature.room.content
    for part in going_on:
        name, rate = part.name, part.rate
        if not rate.is_stated:
            continue
        if rate.content is not None and rate.content <= TOLD_AGAIN:
            yield Passed(f"{rate} of one sender are enough to show it")
            continue
        what = f"`{name}`" if name.content else "What a member is doing"
        often = f"at {rate}" if rate.content is not None else "with each keystroke or move"
        to = f", to up to {members} members" if members else ""
        yield Violated(
            f"{what} is sent {often}{to}: each message after the first says what is shown already.",
            rate,
            (part.lasts,),
            when="few are told" if members is not None and members.amount <= SMALL_GROUP else "",
        )
    if silent := next((part.rate for part in going_on if not part.rate.is_stated), None):
        raise Undecided(silent)


def _goes_on(part: Data) -> bool:
    """Whether what one message began goes on at its receiver, and has to be told again or ended."""
    return part.lasts.has("held") or isinstance(part.lasts.content, Duration)


def _costly_pointers(feature: Feature, rate: Field[Rate]) -> Violated | None:
    """A request for each move, or more pointers than a member can take; None where neither is said."""
    members, share = feature.room, feature.workload.messages.active_share.content
    audience = feature.presence.audience if feature.presence.audience.is_stated else feature.fan_out.audience
    if rate.content is not None and feature.connection.asks_again and rate.content > SELDOM:
        return Violated(
            f"Cursors send {rate} a client, each in a request of its own: {feature.transport.kind} keeps no "
            "stream up.",
            rate,
            (feature.transport.kind,),
        )
    if rate.content is None or members.content is None or audience.has("user", "visible"):
        return None
    moving = max(0.0, members.content.amount - 1) * (share.amount if share is not None else 1.0)
    got = rate.content * moving
    if got <= TAKEN:
        return None
    return Violated(
        f"Cursors send {rate} a client: with {Count(round(moving))} others moving, each member is sent {got},"
        " and nothing collects them.",
        rate,
        (members,),
    )


def _deliveries(feature: Feature, rate: Rate | None) -> str:
    """What the largest room costs when everybody moves: rate times n times n - 1."""
    members = feature.room.content
    if rate is None or members is None:
        return ""
    deliveries = rate * members.amount * max(0.0, members.amount - 1)
    return f": with all {members} members moving, {deliveries} deliveries"


def _joined_by_listeners(feature: Feature) -> Passed | Violated:
    """A will and a birth on two topics of which the broker keeps neither, so that listeners join them."""
    takeover, will = feature.presence.takeover, feature.presence.will
    if takeover.content:
        return Passed("nothing is kept, and a generation number tells which birth a will belongs to")
    return Violated(
        "Will and birth are on different topics, which a broker does not keep in order: a will that comes "
        "after the next birth shows a client as gone that is there.",
        will.topic,
        (takeover,) if takeover.is_stated else (),
        when="neither is retained",
    )


@rule
def will_without_birth(feature: Feature) -> Outcomes:
    """A broker says that a client is gone, and nothing takes that back, or it is never said at all."""
    will = feature.presence.will
    if not will.is_there:
        raise NotApplicable("no will of a client is stated")
    if feature.presence.ttl.content and not will.birth.is_stated:
        raise NotApplicable(f"presence ends with its age: {feature.presence.ttl}")
    birth, kept, leaves = will.birth, will.retained, will.clean_leave
    if birth.is_none:
        yield Violated(
            "A will says that a client is gone, and nothing says that it is back: after its first loss it is "
            "shown as away while it works.",
            birth,
        )
    elif will.topic.has("other") and not kept.has(False):
        yield Violated(
            "Will and birth are on different topics, so that neither replaces the other, and both stand.",
            will.topic,
            (birth,) if birth.is_stated else (),
            when="" if kept.content or birth.has("retained") else "a broker may keep neither",
        )
    elif (stays := _stays_last(feature)) is not None:
        yield stays
    elif leaves.has(False) or leaves.is_none:
        yield Violated(
            "A client that leaves on purpose says nothing, and a broker publishes no will then: it stays "
            "present.",
            leaves,
            (birth,) if birth.is_stated else (),
            when="a loss is told",
        )
    elif will.topic.has("other") and birth.has("sent"):
        yield _joined_by_listeners(feature)
    elif not birth.is_stated:
        raise Unstated(birth, message=f"A will is published; the spec does not say `{birth.dotted}`.")
    elif not kept.is_stated:
        raise Undecided(kept)
    elif not (will.topic.is_stated and leaves.is_stated):
        raise Undecided(leaves if will.topic.is_stated else will.topic)
    else:
        yield Passed("will and birth replace each other on one topic")


def _stays_last(feature: Feature) -> Violated | None:
    """What a broker keeps last of a client, where that is not what holds; None where nothing says so."""
    will, client_id, again = feature.presence.will, feature.transport.client_id, feature.presence.refresh
    after, who = "who subscribes later gets", "of a client that is"
    if will.retained.content and will.birth.has("sent"):
        message = f"The will is retained and the birth is not: {after} `away` {who} there."
        return Violated(message, will.birth, (will.retained,))
    if not will.birth.has("retained"):
        return None
    if will.retained.has(False):
        message = f"The birth is retained and the will is not: {after} `present` {who} gone."
        return Violated(message, will.retained, (will.birth,))
    taken_back = will.topic.has("other") or again.content or feature.presence.takeover.content
    is_anothers = len(feature.workload.clients.content or ()) > 1
    if not (client_id.has("random") and will.retained.content) or taken_back or is_anothers:
        return None
    return Violated(
        "A client that starts again has another id, so a broker keeps its old session until the keep-alive "
        "is over and publishes its will then: that replaces the birth of the new one, and a client that is "
        "there is shown as away.",
        client_id,
        (will.retained,),
    )
