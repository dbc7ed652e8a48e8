"""Push notifications: whether they come in time and to the right screens, and are no only copy."""

from rtreview.language import catalogue
from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known
from rtreview.language.sections.push import Push
from rtreview.language.sections.workload import PHONES
from rtreview.numbers.expression import Measure, named
from rtreview.numbers.fan_out import rate_in_room
from rtreview.numbers.liveness import is_unread
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

A_WHILE = Duration(5 * 60)
"""A user who vanished and counts as present for longer misses what was said (push-trusts-stale-presence)."""

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
    counts = [each.content for each in (workload.devices_per_user, workload.tabs_per_user) if each.content]
    if any(count.amount > 1 for count in counts):
        return True
    return False if workload.devices_per_user.content else None


def _promise(feature: Feature) -> Field[Duration] | Field[str]:
    """What says that people wait for a push.

    Raises:
        NotApplicable: nobody waits.
        Undecided: the spec does not say.

    """
    latency = feature.targets.latency
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
    raise Undecided(latency)


def _defers(push: Push) -> str:
    """A service that delivers data messages without a priority as normal ones; empty where none does."""
    if not push.kind.has("data") or push.priority.is_stated:
        return ""
    named = ((name, catalogue.find(name)) for name in push.service.content or ())
    return next((name for name, platform in named if platform and platform.has("defers-data")), "")


@rule
def push_class_below_promise(feature: Feature) -> Outcomes:
    """What people wait for is pushed in a class that the system delays, throttles or drops."""
    push = _pushes(feature)
    promise = _promise(feature)
    when = "a call rings" if _rings(feature) else ""
    if push.kind.has("silent"):
        yield Violated(
            "What people wait for hangs on a silent push: the system delivers it at its leisure, a few an "
            "hour at most, and owes none.",
            push.kind,
            (promise,),
            when,
        )
    elif push.kind.has("voip"):
        yield Passed("a call is pushed as one, which the system rings at once")
    elif name := _defers(push):
        yield Violated(
            f"Without a priority {name} delivers a data message as a normal one: it waits until a phone that "
            "sleeps wakes for something else.",
            push.kind,
            (promise,),
            when,
        )
    elif known(push.priority) == "high":
        yield Passed("a push of high priority wakes a phone that sleeps")
    else:
        known(feature.workload.clients)
        sleeps = feature.workload.has_any(*PHONES)
        if not sleeps and push.priority.has("normal"):
            raise NotApplicable("no phone is pushed to, which could sleep")
        yield Violated(
            f"A push of {push.priority} priority waits until a phone that sleeps wakes for something else: "
            "minutes, and hours at night.",
            push.priority,
            (promise,),
            when,
        )


@rule
def push_is_the_only_copy(feature: Feature) -> Outcomes:
    """A message reaches a device by its push or not at all."""
    push = _pushes(feature)
    if _rings(feature):
        raise NotApplicable("a call that was missed is over")
    if feature.is_fleeting and not push.carries.has("content"):
        raise NotApplicable("what is missed is worth nothing a moment later")
    if push.expires_after.content is not None and push.expires_after.content <= A_MOMENT:
        raise NotApplicable(f"a push is worth nothing after {push.expires_after}")
    if not push.missed.is_none:
        if not push.missed.is_stated:
            raise Undecided(push.missed)
        yield Passed("the app fetches what its pushes did not bring")
        return
    keys = push.collapse if push.collapse.content else push.missed
    yield Violated(
        "Nothing but its push brings a message to a device: the service may drop, replace or reorder what "
        "waits for a phone that is off, and no later fetch makes that good.",
        push.missed,
        (keys,) if keys is not push.missed else (),
        ""
        if feature.serves("chat", "data-sync", "commands")
        else "no messages between people or copies of data",
    )


@rule
def push_outlives_its_moment(feature: Feature) -> Outcomes:
    """A call or an act is kept by the push service, and comes when it is long over."""
    push = _pushes(feature)
    rings, dropped = _rings(feature), feature.sync.delivery.expires_after
    if rings is None:
        raise NotApplicable("no call and no act is pushed")
    if dropped.content is not None and dropped.content <= A_RING:
        yield Passed(f"a device drops what is older than {dropped}")
        return
    kept = push.expires_after
    if not kept.is_stated:
        message = f"A call or an act is pushed; the spec does not say `{kept.dotted}`."
        raise Unstated(kept, message=message)
    if kept.content is not None and kept.content <= A_RING:
        yield Passed(f"the push service drops it after {kept}")
        return
    span = f"for up to {kept}" if kept.content else "for as long as it does"
    yield Violated(
        f"The push service keeps a call or an act {span}: a phone that comes on again rings or acts when it "
        "is long over.",
        kept,
        (rings,),
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
    rate: Measure = named("notifications from one room", rate_in_room(feature))
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
    if not removed.is_stated and exclusive.is_stated and not exclusive.content:
        yield _leak("An address stays with the user who logged in first", exclusive, removed, exclusive)
        return
    if not removed.is_stated:
        raise Unstated(removed)
    ends = removed.content or ()
    if "logout" not in ends:
        yield _leak("A user who logs out goes on being pushed to", removed, removed, exclusive)
    elif "rejected" not in ends and "age" not in ends:
        yield Violated(
            "An address that the push service refuses is kept and pushed to forever: sends and quota go to "
            "devices that are gone.",
            removed,
            when="only devices that are gone are pushed to",
        )
    else:
        yield Passed(f"an address ends by {' and '.join(ends)}")


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
    if known(push.sent) != "when-offline":
        yield Passed(f"a push is sent {push.sent}")
        return
    heartbeat, ends = feature.transport.heartbeat, shown.ends.content or ()
    lives = (heartbeat.is_none and not feature.connection.asks_again) or is_unread(heartbeat)
    if ends and set(ends) <= {"leave", "job"}:
        yield _withheld("whoever goes without saying so counts as present", shown.ends, push)
    elif shown.ttl.is_none and ends and "disconnect" not in ends:
        yield _withheld("an entry has no end of its own", shown.ttl, push)
    elif lives and not shown.ttl.content:
        yield _withheld("nothing finds a connection that is dead", heartbeat, push)
    elif shown.grace.content is not None and shown.grace.content > A_WHILE:
        # A server that keeps the session of one who is cut off knows it, whatever contacts are shown.
        if feature.transport.resume.by.has("session"):
            raise Undecided(push.sent, message="A push may go by the session, or by what contacts are shown.")
        yield _withheld(f"one who vanished counts as present for {shown.grace}", shown.grace, push)
    elif shown.away.is_none and feature.workload.has_any(*DESKS):
        yield _withheld(
            "a user who left the desk with the app open counts as present",
            shown.away,
            push,
            "a user who is away from the screen",
        )
    elif heartbeat.is_stated or shown.ttl.content or feature.connection.asks_again:
        yield Passed("one who is gone counts as such before long")
    else:
        raise Undecided(heartbeat)


def _withheld(why: str, at: Part, push: Push, when: str = "") -> Violated:
    """A message that is neither seen nor pushed."""
    return Violated(
        f"A push is sent to who is offline alone, and {why}: what is sent in that time is neither seen nor "
        "pushed.",
        at,
        (push.sent,),
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
    if not shown:
        yield Passed("what is read on one device is told to the others")
        return
    several = _several_screens(feature)
    if several is None:
        raise Undecided(feature.workload.devices_per_user)
    if not several:
        raise NotApplicable("a user has one device")
    (first, message), others = shown[0], shown[1:]
    yield Violated(f"{message}.", first, tuple(part for part, _ in others))


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
    yield Violated(message, start, (span,))
