"""Push notifications: whether they come in time and to the right screens, and are no only copy."""

from rtreview.language import catalogue
from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known
from rtreview.language.sections.push import Push
from rtreview.language.sections.workload import PHONES
from rtreview.numbers.expression import Measure, measured, named, term
from rtreview.numbers.fan_out import rate_in_room
from rtreview.numbers.liveness import leaves_the_dead, noticed_within
from rtreview.numbers.presence import LONG_GONE, ends_by
from rtreview.quantities.quantity import Duration, Number, Rate
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

READ = ("chat", "notifications", "feed", "push", "dashboard", "presence")
"""Purposes in which a user reads or dismisses what is new (read-elsewhere-still-notified)."""

DESKS = ("browser", "desktop")

PROMPT = Duration(15 * 60)
"""Who allows more than that does not wait for a push (push-class-below-promise)."""

A_RING = Duration(120)
"""No phone rings for longer (push-outlives-its-moment)."""

A_MOMENT = Duration(10 * 60)
"""What is worth nothing after that is no loss (push-is-the-only-copy)."""

PERSONAL = ("chat", "notifications", "signalling", "collaborative-editing", "presence", "commands")
"""Purposes whose pushes are for one person (push-address-outlives-its-user)."""

BY_USER = ("when-offline", "when-unconnected", "when-unread")
"""Whom a push is for is known, if it hangs on what a user does (push-address-outlives-its-user)."""

NAMES_NOTHING = "it says only that something came"
"""The case of a push without names and text (push-address-outlives-its-user)."""

NO_ACCOUNTS = "nothing says that a user logs in"
"""The case of a gateway, a push service or public topics (push-address-outlives-its-user)."""

AMPLE = Duration(24 * 3600)
"""An age to which the way of a message adds little (deadline-from-a-late-start)."""

A_NIGHT = Duration(8 * 3600)
"""For so long a phone sleeps, or is off, on most days (push-backlog-is-dropped)."""

ONE_A_MINUTE = Rate(1 / 60)
"""Notifications that a person can live with (push-for-each-message)."""


def _pushes(feature: Feature) -> Push:
    """The push of a feature.

    Raises:
        NotApplicable: nobody is pushed to.

    """
    push = feature.push
    if push.is_none:
        raise NotApplicable("nobody is pushed to")
    if not push.is_stated:
        raise NotApplicable("no push service is stated")
    return push


def _rings(feature: Feature) -> Field[str] | None:
    """What says that a push is a call, or an act that is to be carried out now; None where nothing does."""
    if feature.push.kind.has("voip"):
        return feature.push.kind
    if feature.serves("signalling"):
        return feature.purpose
    command = next((part.shape for part in feature.sync.data if part.shape.has("command")), None)
    return command if command is None or feature.holds_only("command", "ephemeral") else None


def _several_screens(feature: Feature) -> bool | None:
    """Whether a user has several devices or tabs; None where the spec does not say."""
    workload = feature.workload
    kinds = set(workload.clients.content or ())
    if sum(bool(kinds.intersection(group)) for group in (PHONES, ("browser",), ("desktop",))) > 1:
        return True
    if workload.several_of_user:
        return True
    return False if workload.devices_per_user.content else None


def _promise(feature: Feature) -> Field[Duration] | Field[str]:
    """What says that people wait for a push.

    Raises:
        NotApplicable: nobody waits.
        Undecided: the spec does not say.

    """
    push, latency = feature.push, feature.targets.latency
    if latency.content is not None and latency.content > PROMPT:
        raise NotApplicable(f"a push may take {latency}")
    if latency.content is not None:
        return latency
    if rings := _rings(feature):
        return rings
    if feature.serves("chat"):
        return feature.purpose
    if latency.is_none or feature.serves("data-sync", "telemetry", "feed", "dashboard"):
        raise NotApplicable("nobody waits for a push")
    if _is_shown_by_the_app(feature):
        raise Unstated(
            latency,
            message="People see what is pushed only once the app was woken in the background, which the "
            f"system does at its leisure; the spec does not say `{latency.dotted}`.",
        )
    if push.priority.has("normal", "low") and feature.workload.has_any(*PHONES):
        raise Unstated(
            latency,
            message=f"A push of {push.priority} priority waits until a phone that sleeps wakes for something "
            f"else; the spec does not say `{latency.dotted}`.",
        )
    if _defers(push):
        raise _unmarked(push)
    raise Undecided(latency)


def _is_shown_by_the_app(feature: Feature) -> bool:
    """Whether a push that shows nothing by itself is all that leads a person to what it is about."""
    push = feature.push
    is_quiet = push.kind.includes("silent") or (
        push.kind.includes("data") and feature.workload.has_any("ios", "mobile")
    )
    if "service" in (feature.transport.background.content or ()):
        # The app stays connected, and what a push would announce comes on that connection.
        return False
    is_seen = feature.sync.effect.has("shown") or feature.serves("notifications", "commands")
    return is_quiet and is_seen and not push.kind.includes("visible", "voip")


def _defers(push: Push) -> str:
    """A service that delivers data messages without a priority as normal ones; empty where none does."""
    if not push.kind.has("data") or push.priority.is_stated:
        return ""
    named = ((name, catalogue.find(name)) for name in push.service.content or ())
    return next((name for name, platform in named if platform and platform.has("defers-data")), "")


def _unmarked(push: Push, when: str = "") -> Unstated:
    """The question for a priority, where the service takes silence for a low one."""
    return Unstated(
        push.priority,
        message=f"Without a priority {_defers(push)} delivers a data message as a normal one, which waits "
        "until a phone that sleeps wakes for something else; the spec does not say "
        f"`{push.priority.dotted}`.",
        when=when,
    )


def _delayed(feature: Feature) -> tuple[str, Field[str], Part | None] | None:
    """A push that nobody gets at once, whatever its priority, and what beside the promise makes it so."""
    push, rings = feature.push, _rings(feature)
    if rings and push.sent.has("when-unread"):
        return (
            "A call or an act is pushed after a while, to who has not seen it by then: it is over, or rings "
            "into an empty line.",
            push.sent,
            rings,
        )
    if push.kind.has("silent"):
        return (
            "What people wait for hangs on a silent push: the system delivers it at its leisure, a few an "
            "hour at most, and owes none.",
            push.kind,
            None,
        )
    # Of two kinds the one that is shown is that of the iPhone, and data goes to the others.
    is_for_all = not push.kind.includes("visible", "voip")
    if push.kind.has("data") and is_for_all and feature.workload.has_any("ios", "mobile"):
        return (
            "On an iPhone a push that only the app gets is a background push: the system delivers it at its "
            "leisure, a few an hour at most, and not to an app that its user has closed.",
            push.kind,
            feature.workload.clients,
        )
    return None


@rule
def push_class_below_promise(feature: Feature) -> Outcomes:
    """What people wait for is pushed in a class that the system delays, throttles or drops."""
    push = _pushes(feature)
    promise = _promise(feature)
    when = "a call rings" if _rings(feature) else ""
    if (delayed := _delayed(feature)) is not None:
        message, at, beside = delayed
        is_open = push.kind.has("data") and not feature.workload.has_any("ios")
        yield Violated(message, at, (beside or promise,), "which phones is open" if is_open else when)
    elif push.kind.has("voip"):
        yield Passed("a call is pushed as one, which the system rings at once")
    elif _defers(push):
        raise _unmarked(push, when)
    elif known(push.priority) == "high":
        yield Passed("a push of high priority wakes a phone that sleeps")
    else:
        clients = feature.workload.clients
        if clients.is_stated and not feature.workload.has_any(*PHONES) and push.priority.has("normal"):
            raise NotApplicable("no phone is pushed to, which could sleep")
        yield Violated(
            f"A push of {push.priority} priority waits until a phone that sleeps wakes for something else: "
            "minutes, and hours at night.",
            push.priority,
            (promise,),
            when if clients.is_stated or push.priority.has("low") else "no phone is stated",
        )


@rule
def push_is_the_only_copy(feature: Feature) -> Outcomes:
    """A message reaches a device by its push or not at all."""
    push = _pushes(feature)
    if _rings(feature):
        raise NotApplicable("a call that was missed is over")
    if feature.only_ephemeral and not push.carries.has("content"):
        raise NotApplicable("what is missed is worth nothing a moment later")
    if push.expires_after.content is not None and push.expires_after.content <= A_MOMENT:
        raise NotApplicable(f"a push is worth nothing after {push.expires_after}")
    if not push.missed.is_stated and (once := feature.pushed_once):
        yield Violated(
            "The call that hands a push to its service is made once, and nothing says what else brings its "
            f"message to the device. Cleared where the app fetches what it lacks (`{push.missed.dotted}`).",
            once,
            when="what else brings it is open",
        )
        return
    if not push.missed.is_none:
        if not push.missed.is_stated:
            raise Undecided(push.missed)
        yield Passed("the app fetches what its pushes did not bring")
        return
    yield _lost_with_its_push(feature)


def _lost_with_its_push(feature: Feature) -> Violated:
    """What no fetch brings, whether its push held it or only led to it."""
    push = feature.push
    if feature.sync.updates.has("signal") and not push.carries.has("content"):
        return Violated(
            "A push says that there is something new, and nothing else does: where the service drops one, "
            "what it stood for waits at the server until the next push comes.",
            push.missed,
            (feature.sync.updates,),
            "the next push may bring it",
        )
    case = "no messages between people or copies of data"
    return Violated(
        "Nothing but its push brings a message to a device: the service may drop, replace or reorder what "
        "waits for a phone that is off, and no later fetch makes that good.",
        push.missed,
        (push.collapse,) if push.collapse.content else (),
        "" if feature.serves("chat", "data-sync", "commands") else case,
    )


@rule
def push_outlives_its_moment(feature: Feature) -> Outcomes:
    """A call or an act is kept by the push service, and comes when it is long over."""
    push = _pushes(feature)
    rings, dropped = _rings(feature), feature.sync.delivery.expires_after
    if rings is None:
        raise NotApplicable("no call and no act is pushed")
    is_dated = not feature.sync.delivery.expires_from.has("receipt")
    if is_dated and dropped.content is not None and dropped.content <= A_RING:
        yield Passed(f"a device drops what is older than {dropped}")
        return
    kept = push.expires_after
    # A gateway passes on the time that its callers set: what the service does without one is not decided.
    if not kept.is_stated or (kept.default and feature.serves("push")):
        message = f"A call or an act is pushed; the spec does not say `{kept.dotted}`."
        raise Unstated(kept, message=message)
    if kept.content is not None and kept.content <= A_RING:
        yield Passed(f"the push service drops it after {kept}")
        return
    if push.carries.has("reference") and push.fetches.content and not push.kind.includes("voip"):
        yield _fetched_late(feature)
        return
    span = f"for up to {kept}" if kept.content else "for as long as it does"
    yield Violated(
        f"The push service keeps a call or an act {span}: a phone that comes on again rings or acts when it "
        "is long over.",
        kept,
        (rings,),
    )


def _fetched_late(feature: Feature) -> Passed:
    """What a late push leads to is as old as the server lets it be.

    Raises:
        Unstated: nothing says when that is over.

    """
    over = feature.sync.delivery.expires_after
    for part in feature.sync.data:
        if part.expires_after.content is not None and part.expires_after.content <= A_RING:
            return Passed(f"what a push leads to is gone after {part.expires_after}")
    raise Unstated(
        over,
        message="A push that came late makes the app fetch what it leads to; the spec does not say when a "
        f"call or an act is over (`{over.dotted}`).",
        when="the app fetches what there is then",
    )


@rule
def push_exceeds_payload_limit(feature: Feature) -> Outcomes:
    """A push carries a whole message, and the service takes no push so large."""
    push, sizes = _pushes(feature), feature.workload.messages.size
    if known(push.carries) != "content":
        yield Passed(f"a push carries a {push.carries}, however large the message is")
        return
    usual, most = sizes.typical.content if sizes.typical.is_stated else None, push.max_payload.content
    is_usual = not sizes.max.is_stated and usual is not None and most is not None and usual > most
    yield Limit(
        "the usual message" if is_usual else "the largest message",
        sizes.typical if is_usual else sizes.max,
        "the largest push that the service takes",
        push.max_payload,
        or_equal=True,
        at=push.carries,
        note="The push is refused, and nothing of the message arrives.",
    )


@rule
def push_collapse_loses_rooms(feature: Feature) -> Outcomes:
    """Of the pushes that wait for a device some are replaced, and with them goes what only they named."""
    push, rooms = _pushes(feature), feature.workload.rooms.per_user
    if push.fetches.has("named") and (push.max_waiting.is_stated or push.collapse.has("per-user")):
        yield _named_alone(feature)
        return
    if not push.collapse.has("per-room"):
        raise NotApplicable("no room has a collapse key of its own")
    if not push.max_collapse_keys.is_stated:
        known(push.service)
        raise NotApplicable("the service is not said to limit collapse keys")
    if push.fetches.has("all"):
        yield Passed("any push makes the app fetch what it lacks in all rooms")
        return
    limit = Limit(
        "the number of one user's collapse keys",
        rooms,
        "what the service keeps for one device",
        push.max_collapse_keys,
        or_equal=True,
        at=push.collapse,
        note="The pushes of the other rooms are dropped, and which those are is open.",
    )
    if push.carries.has("reference") and not push.fetches.is_stated and not limit.holds:
        raise Undecided(push.fetches)
    yield limit


def _named_alone(feature: Feature) -> Limit:
    """A push leads to what it names and to nothing else, and few pushes wait for a device."""
    push = feature.push
    if _rings(feature) or feature.fan_out.audience.has("everyone"):
        raise NotApplicable("a call rings alone, and an announcement is the same for all")
    if push.expires_after.content is not None and push.expires_after.content <= A_MOMENT:
        raise NotApplicable(f"a push is worth nothing after {push.expires_after}")
    is_one = push.collapse.has("per-user")
    return Limit(
        "the number of one user's rooms",
        feature.workload.rooms.per_user,
        "the pushes that wait for one device",
        Number(1.0) if is_one else push.max_waiting,
        or_equal=True,
        at=push.fetches,
        note="A later push takes the place of one for another room, whose messages are then not fetched "
        "until the app is opened.",
        propose=(),
    )


@rule
def push_backlog_is_dropped(feature: Feature) -> Outcomes:
    """More pushes without a collapse key wait for a sleeping phone than are kept, and all are dropped."""
    push, sent = _pushes(feature), feature.workload.messages.per_client
    if push.collapse.content:
        raise NotApplicable("of the pushes that wait under one key, the newest alone arrives")
    if not push.max_uncollapsed.content:
        raise NotApplicable("the service is not said to drop what waits")
    if not feature.connection.is_pushed or not isinstance(sent.content, Rate):
        raise NotApplicable("nothing says how many pushes one device is sent")
    if not push.kind.includes("data", "silent"):
        known(push.kind)
        raise NotApplicable("pushes that the system shows are few, and a service collapses them by itself")
    if not push.fetches.includes("named") and not push.fetches.is_none:
        known(push.fetches)
        yield Passed("any push makes the app fetch what it lacks in all rooms")
        return
    if not push.collapse.is_none:
        raise Undecided(push.collapse)
    kept = push.expires_after
    is_short = kept.content is not None and kept.content <= A_NIGHT
    span = term(kept) if is_short else named("a night", A_NIGHT)
    yield Limit(
        "the number of pushes that wait for a sleeping phone",
        named("pushes that wait", sent * span, Number),
        "what the service keeps without a key",
        push.max_uncollapsed,
        or_equal=True,
        at=push.collapse,
        note="One more, and the service drops all that wait for the app, also what another feature has sent "
        "it, such as a call.",
        propose=(),
    )


@rule
def deleted_message_stays_notified(feature: Feature) -> Outcomes:
    """What its author has taken back can still be read on the lock screens of others."""
    push, deleted = feature.push, feature.push.on_delete
    if not deleted.is_stated:
        raise NotApplicable("nothing is said of a notification whose message is deleted")
    if deleted.content:
        yield Passed(f"a notification is {deleted} when its message is deleted")
        return
    if feature.sync.deletes.is_none:
        raise NotApplicable("no message is deleted")
    if push.kind.has("silent", "voip"):
        raise NotApplicable("a push is no line that stays to be read")
    if push.carries.has("reference"):
        raise NotApplicable("a push carries no text, and the app fetches what is there")
    if not (push.carries.is_stated or push.kind.is_stated):
        raise Undecided(push.carries)
    yield Violated(
        "A message that its author deletes or corrects stays on the screens of those who were notified, as "
        "it was pushed: what went to the wrong room is read there, and what was wrong is acted on.",
        deleted,
        tuple(part for part in (push.carries, push.withdrawn) if part.is_stated)[:1],
        when="" if push.carries.content else "how much a push carries is open",
    )


@rule
def push_for_each_message(feature: Feature) -> Outcomes:
    """Each message of a busy room is a notification of its own."""
    push = _pushes(feature)
    if not push.group.is_none:
        known(push.group)
        yield Passed(f"messages are one notification {push.group}")
        return
    if push.collapse.content:
        raise NotApplicable("of the pushes that wait, the newest alone arrives")
    if _rings(feature) or push.kind.has("silent"):
        raise NotApplicable("a push is no line in a list of notifications")
    if feature.fan_out.audience.has("user") and not feature.workload.messages.per_room.is_stated:
        raise NotApplicable("each is meant for one person")
    published = rate_in_room(feature)
    rate: Measure = named("notifications from one room", published)
    if published.content is None and (feature.serves("chat") or feature.workload.rooms.is_stated):
        rate = feature.workload.messages.per_room
    yield Limit(
        "the rate of notifications from one room",
        rate,
        "what a person can live with",
        ONE_A_MINUTE,
        or_equal=True,
        at=push.group,
        note="People switch them off, and the system mutes them.",
        propose=(),
    )


@rule
def push_address_outlives_its_user(feature: Feature) -> Outcomes:
    """A push address is kept when its user logged out, or its device is gone."""
    push = _pushes(feature)
    removed, exclusive = push.addresses.removed_on, push.addresses.exclusive
    if feature.fan_out.audience.has("everyone"):
        raise NotApplicable("the same goes to everybody, and names nobody")
    if push.addresses.is_none or feature.access.is_none:
        raise NotApplicable("no address belongs to a user")
    if _shows_nothing(push):
        raise NotApplicable("a silent hint shows nothing to whoever holds the device")
    if not removed.is_stated and exclusive.is_stated and not exclusive.content:
        found = _leak("An address stays with the user who logged in first", exclusive, removed, exclusive)
        yield found._replace(when=NAMES_NOTHING) if _names_nothing(push) else found
        return
    if not removed.is_stated:
        raise Unstated(removed)
    ends = removed.content or ()
    if "logout" in ends and exclusive.has(False):
        yield Violated(
            "An address goes with a logout alone: where a session ends otherwise and the next user logs in "
            "on that device, the one before is still pushed to there.",
            exclusive,
            (removed,),
            "a logout removes it",
        )
    elif "logout" not in ends:
        found = _leak("A user who logs out goes on being pushed to", removed, removed, exclusive)
        if _names_nothing(push):
            found = found._replace(when=NAMES_NOTHING)
        yield found if ends == () or _has_accounts(feature) else found._replace(when=NO_ACCOUNTS)
    elif "rejected" not in ends and "age" not in ends:
        yield Violated(
            "An address that the push service refuses is kept and pushed to forever: sends and quota go to "
            "devices that are gone.",
            removed,
            when="only devices that are gone are pushed to",
        )
    else:
        yield Passed(f"an address ends by {' and '.join(ends)}")


@rule
def second_device_replaces_first(feature: Feature) -> Outcomes:
    """A server keeps one push address of a user, and the last device to register has it."""
    push, most = _pushes(feature), feature.operations.max_per_user
    kept, devices = push.addresses.kept_per, feature.workload.devices_per_user
    if not kept.is_stated:
        raise NotApplicable("nothing is said of how many addresses a user has")
    if kept.has("device"):
        yield Passed("each device of a user has an address of its own")
        return
    if devices.content is not None and devices.content.amount <= 1:
        raise NotApplicable("a user has one device")
    if most.content is not None and most.content.amount <= 1:
        raise NotApplicable("a user is let in on one device at a time")
    known(kept)
    of_kind = " of one system" if kept.has("system") else ""
    ends = "logout" in (push.addresses.removed_on.content or ())
    cleared = ", and a logout on one of them leaves none" if ends else ""
    yield Violated(
        f"A user has one push address, and the next device{of_kind} that registers takes its place: the one "
        f"before falls silent, and nothing tells its user{cleared}.",
        kept,
        (devices,) if devices.content else (),
        when="" if devices.content or kept.has("user") else "two devices of one system are needed",
    )


def _names_nothing(push: Push) -> bool:
    """Whether a push brings neither names nor text."""
    return push.carries.is_none or push.carries.has("reference")


def _shows_nothing(push: Push) -> bool:
    """Whether a push wakes an app that fetches as who is logged in there, and brings no text to show."""
    return push.kind.has("silent", "data") and (
        push.carries.is_none or (push.carries.has("reference") and not push.kind.includes("data"))
    )


def _has_accounts(feature: Feature) -> bool:
    """Whether what is pushed is said to be for the one who is logged in, and not for a device or a topic."""
    if feature.workload.only("server"):
        return False
    told = feature.serves(*PERSONAL) or feature.fan_out.audience.has("user", "contacts")
    return bool(told or feature.push.addresses.exclusive.is_stated or feature.push.sent.has(*BY_USER))


def _leak(what: str, at: Field[bool] | Field[tuple[str, ...]], *others: Field[object]) -> Violated:
    """A push that somebody else reads."""
    taken = any(part.key == "exclusive" and part.content for part in others)
    until = "until the next user logs in there" if taken else "to whoever uses it next"
    return Violated(
        f"{what}: names and messages are shown on that device {until}.",
        at,
        tuple(part for part in others if part.is_stated and part.at != at.at),
        "the next user takes the address over" if taken else "",
    )


@rule
def push_trusts_stale_presence(feature: Feature) -> Outcomes:
    """A push is withheld from users who count as present, though they are gone."""
    push, shown = _pushes(feature), feature.presence
    if not push.sent.is_stated:
        raise NotApplicable("a push is not said to wait for an absence")
    heartbeat, ends = feature.transport.heartbeat, shown.ends.content or ()
    if known(push.sent) == "when-unconnected":
        yield _by_connection(feature)
        return
    if not push.sent.has("when-offline"):
        yield Passed(f"a push is sent {push.sent}")
        return
    swept = "job" in ends and not (shown.sweep.is_none or _is_long(shown.sweep))
    if ends and set(ends) <= {"leave", "job"} and swept:
        yield Passed(f"who is gone is looked for every {known(shown.sweep)}")
    elif ends and set(ends) <= {"leave", "job"}:
        yield _withheld("whoever goes without saying so counts as present", shown.ends, push)
    elif shown.ttl.is_none and ends and "disconnect" not in ends:
        yield _withheld("an entry has no end of its own", shown.ttl, push)
    elif leaves_the_dead(feature.connection) and not shown.ttl.content:
        yield _withheld("nothing finds a connection that is dead", heartbeat, push)
    elif _is_long(shown.grace):
        # A server that keeps the session of one who is cut off knows it, whatever contacts are shown.
        if feature.transport.resume.by.has("session"):
            raise Undecided(push.sent, message="A push may go by the session, or by what contacts are shown.")
        yield _withheld(f"one who vanished counts as present for {shown.grace}", shown.grace, push)
    elif _is_long(shown.ttl) and not ends_by(shown, "disconnect"):
        yield _withheld(f"one who vanished counts as present for {shown.ttl}", shown.ttl, push)
    elif shown.away.is_none and feature.workload.has_any(*DESKS):
        yield _withheld(
            "a user who left the desk with the app open counts as present",
            shown.away,
            push,
            "a user who is away from the screen",
        )
    elif feature.workload.has_any(*DESKS) and not shown.away.is_stated:
        raise Undecided(shown.away)
    elif shown.ttl.content and not _is_long(shown.ttl):
        yield Passed("one who is gone counts as such before long")
    else:
        yield _found_dead(feature)


def _is_long(span: Field[Duration]) -> bool:
    """Whether it is stated to leave one who is gone among those present for long."""
    return span.content is not None and span.content > LONG_GONE


def _found_dead(feature: Feature) -> Violated | Passed:
    """Whether the server finds a dead connection before long.

    Raises:
        Undecided: the spec does not say when.

    """
    heartbeat = feature.transport.heartbeat
    if feature.connection.asks_again:
        return Passed("who polls has asked a moment ago")
    if not heartbeat.is_stated:
        raise Undecided(heartbeat)
    try:
        noticed = noticed_within(feature.connection)
    except NotApplicable:
        raise Undecided(heartbeat.silence_timeout) from None
    if (span := measured(noticed)) > LONG_GONE:
        why = f"a dead connection counts as one for up to {span}"
        return _withheld(why, heartbeat.interval, feature.push)
    return Passed(f"a dead connection is found within {span}")


def _by_connection(feature: Feature) -> Violated | Passed:
    """Whether a connection that is dead counts as one for long."""
    push, heartbeat = feature.push, feature.transport.heartbeat
    if leaves_the_dead(feature.connection):
        why = "nothing finds one that is dead"
        return _withheld(why, heartbeat, push, "it goes by connections")
    if feature.workload.has_any(*DESKS) and feature.workload.has_any(*PHONES):
        why = "a page or program left open at an empty desk is a connection"
        return _withheld(why, push.sent, push, "a connection stands for a reader")
    return _found_dead(feature)


def _withheld(why: str, at: Part, push: Push, when: str = "") -> Violated:
    """A message that is neither seen nor pushed."""
    whom = "without a connection" if push.sent.has("when-unconnected") else "offline"
    return Violated(
        f"A push is sent to who is {whom} alone, and {why}: what is sent in that time is neither seen nor "
        "pushed.",
        at,
        (push.sent,) if at is not push.sent else (),
        when,
    )


@rule
def push_while_active(feature: Feature) -> Outcomes:
    """Every device is pushed to at once, while its user reads on another one."""
    push = _pushes(feature)
    if not push.sent.is_stated:
        raise NotApplicable("nothing is said of users who are active elsewhere")
    if known(push.sent) != "always":
        yield Passed(f"a push is sent {push.sent}")
        return
    if push.kind.has("silent"):
        raise NotApplicable("a silent push shows nothing")
    if _rings(feature):
        raise NotApplicable("a call is to ring everywhere")
    if feature.fan_out.audience.has("everyone"):
        raise NotApplicable("an announcement is for everybody")
    several = _several_screens(feature)
    if several is None:
        raise Undecided(feature.workload.devices_per_user)
    if not several:
        raise NotApplicable("a user has one device")
    yield Violated(
        "Each message is pushed to all devices at once, also to the phone of a user who reads at the desk.",
        push.sent,
        tuple(part for part in (feature.workload.devices_per_user, feature.workload.clients) if part.content),
    )


@rule
def read_elsewhere_still_notified(feature: Feature) -> Outcomes:
    """What a user read on one screen is still new on the others."""
    push, told = feature.push, feature.sync.own_devices
    shown: list[tuple[Field[str], str]] = []
    if push.withdrawn.is_none:
        shown.append((push.withdrawn, "A notification stays on the other devices when its message was read"))
    if push.badge.has("with-each-message"):
        shown.append(
            (push.badge, "The number on the icon goes up with each message, and nothing takes it down")
        )
    reads = not feature.purpose.is_stated or feature.serves(*READ) or push.is_there
    if told.is_none and reads and not (feature.is_fleeting or feature.connection.asks_again):
        shown.append((told, "What a user reads or dismisses on one device stays new on the others"))
    if not shown and not (push.withdrawn.is_stated or push.badge.content or told.content):
        raise NotApplicable("nothing is said of a user's other devices")
    if not shown and push.is_there and not (push.withdrawn.is_stated or push.kind.has("silent")):
        raise Undecided(push.withdrawn)
    if not shown:
        yield Passed("what is read on one device is told to the others")
        return
    several = _several_screens(feature)
    if several is None and not told.is_none:
        raise Undecided(feature.workload.devices_per_user)
    if several is False:
        raise NotApplicable("a user has one device")
    (first, message), others = shown[0], shown[1:]
    case = "" if several else "the number of devices is not stated"
    yield Violated(f"{message}.", first, tuple(part for part, _ in others), case)


@rule
def deadline_from_a_late_start(feature: Feature) -> Outcomes:
    """The age of a message is counted from when it is handed on, so that what passed before adds to it."""
    delivery = feature.sync.delivery
    start, age = delivery.expires_from, delivery.expires_after
    if not age.content and not feature.push.expires_after.content:
        raise NotApplicable("nothing expires")
    if not start.is_stated and not feature.holds("command"):
        raise NotApplicable("nothing is said of when an age begins")
    if known(start) == "event":
        yield Passed("the age is that of the event itself")
        return
    if feature.only_ephemeral and not feature.serves("signalling"):
        raise NotApplicable("what is late is replaced by the next")
    if start.has("send") and delivery.retry_for.is_none and delivery.outbox.is_none:
        yield Passed("nothing waits before it is sent")
        return
    span = age if age.content else feature.push.expires_after
    message = (
        f"{span} are counted from each send: what waited before that in a queue, an outbox or for a retry is "
        "not part of it, and old messages arrive as new."
        if start.has("send")
        else f"Each end counts {span} from its own receipt: one still shows or takes what is over at the "
        "other."
    )
    # The way of a message adds minutes or hours to days, unless it waits at a client or for a retry.
    waits = delivery.outbox.is_there or feature.sync.offline.is_there or delivery.retry_for.content
    ample = span.content is not None and span.content >= AMPLE and not waits
    yield Violated(message, start, (span,), "the age is one of days" if ample else "")
