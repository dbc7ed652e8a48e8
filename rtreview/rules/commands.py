"""Commands that are kept, and carried out when nobody means them any more."""

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated
from rtreview.language.sections.sync import Data
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

MOMENTS = Duration(10)
"""A command that is no older than this may still be carried out (stale-command-carried-out)."""


MEANT = Duration(3600)
"""Who gave a command an hour ago may still mean it; later, hardly (stale-command-carried-out)."""


def of_commands(feature: Feature) -> tuple[Field[str], Field[Duration]]:
    """What is retained of commands, and their age at the end: their own words, or those of all messages.

    Of several kinds of commands it is the one that is kept for longest.
    """
    delivery = feature.sync.delivery
    pairs = [
        (
            part.retain if part.retain.is_stated else delivery.retain,
            part.expires_after if part.expires_after.is_stated else delivery.expires_after,
        )
        for part in feature.sync.data
        if part.shape.has("command")
    ] or [(delivery.retain, delivery.expires_after)]
    kept = [pair for pair in pairs if pair[0].content]
    return next((pair for pair in kept if not pair[1].content), (kept or pairs)[0])


def carried_out_again(feature: Feature) -> Part | None:
    """What brings a command to a receiver once more, or late; None where nothing says so."""
    retain, resume = of_commands(feature)[0], feature.transport.resume
    if retain.content:
        return retain
    if feature.replays:
        return resume.by
    return feature.sync.join.order if feature.holds_only("command") and feature.join_brings_history else None


def _may_bring_commands(feature: Feature, kept: Part | None) -> None:
    """End the rule where what is kept brings no command to its receiver."""
    if feature.sync.replicas.is_there:
        raise NotApplicable("an input belongs to its step of the game, and is no act when it is replayed")
    returns = kept is feature.transport.resume.by and not feature.workload.has_any("device")
    if returns and feature.work.is_there:
        raise NotApplicable("the server carries out what it is asked for, and replays what comes of it")


@rule
def stale_command_carried_out(feature: Feature) -> Outcomes:
    """A command is kept, and carried out at the next join or return."""
    delivery = feature.sync.delivery
    kept, (retain, expiry) = carried_out_again(feature), of_commands(feature)
    if not feature.holds("command"):
        yield _acted_on_late(feature, kept)
        return
    _may_bring_commands(feature, kept)
    if kept is None:
        waits = _waits_on_its_way(feature, expiry)
        if waits is None and not retain.is_none and (retain.is_stated or feature.connection.may_retain):
            raise Undecided(retain)
        yield waits or _kept_by_nothing(feature, "a command")
    elif reason := _told_from_new(feature, kept):
        yield Passed(reason)
    elif delivery.deduplicate.by.content:
        yield Violated(
            "What a device has carried out is known by id to that device: a new session or another device "
            "gets old commands for the first time, and nothing tells them from new ones.",
            delivery.replay_marked,
            (kept,),
            "a return alone replays it",
        )
    elif not expiry.is_stated and not retain.content:
        message = f"A command is kept (`{kept.dotted}`); the spec does not say `{expiry.dotted}`."
        raise Unstated(expiry, message=message)
    elif expiry.content:
        yield Violated(
            f"A command is kept for {expiry}: it is carried out hours later, when nobody means it any more.",
            kept,
            (expiry,),
            "it expires, hours later",
        )
    else:
        yield _kept_at_any_age(feature, kept)


def _kept_at_any_age(feature: Feature, kept: Part) -> Violated:
    """A command that is old and carried out: by all who subscribe, or by one who returns."""
    retain, expiry = of_commands(feature)
    if retain.content:
        return Violated(
            "A command is retained: each client that subscribes, first or again, carries it out once more.",
            kept,
            (expiry,) if expiry.is_stated else (),
            "" if expiry.is_stated else "nothing is said of its age",
        )
    return Violated(
        "A command never expires: one that was missed is carried out when the client returns.",
        kept,
        (expiry,),
        "a return alone replays it",
    )


def _waits_on_its_way(feature: Feature, expiry: Field[Duration]) -> Violated | None:
    """A command that a push service keeps, or that waits at its sender for a connection, however long."""
    if expiry.is_none and feature.serves("push"):
        return Violated(
            "A command that is pushed never expires: the service keeps it until the device is reachable, and "
            "it is carried out then.",
            expiry,
            when="a return alone replays it",
        )
    outbox, acts = feature.sync.delivery.outbox, feature.sync.effect.has("acts")
    if not outbox.is_there or not (acts or feature.serves("commands") or feature.workload.has_any("device")):
        return None
    age = expiry if expiry.content else outbox.max_age
    if _expires_soon(age) or feature.direction.has("server-to-client"):
        return None
    lasts = outbox.kept.has("disk", "browser") or outbox.sent.includes("background", "while-open")
    decided = next((part for part in (expiry, outbox.max_age) if part.is_none), None)
    if not lasts and (age.content or decided is None):
        return None
    at = outbox.kept if outbox.kept.has("disk", "browser") else outbox.sent if lasts else outbox
    return Violated(
        "A command that is given without a connection waits at its sender, and is carried out whenever that "
        f"is back, {f'up to {age} later' if age.content else 'however much has changed since'}.",
        decided if decided is not None else at,
        (at,) if decided is not None and at is not outbox else (),
        "a return alone replays it",
    )


def _told_from_new(feature: Feature, kept: Part) -> str:
    """What keeps an old command from being carried out; empty where nothing is said to."""
    delivery, expiry = feature.sync.delivery, of_commands(feature)[1]
    resume, held = feature.transport.resume, feature.transport.resume.retention.content
    if kept is resume.by and held is not None and held <= MOMENTS:
        return f"what is replayed is no older than {resume.retention}"
    if _expires_soon(expiry):
        return f"a command that is older than {expiry} is dropped"
    if delivery.replay_marked.content:
        return "a command that is replayed can be told from a new one"
    if delivery.deduplicate.by.content and not _meets_newcomers(feature):
        return f"a command is carried out once, by {delivery.deduplicate.by}"
    return ""


def _expires_soon(expiry: Field[Duration]) -> bool:
    """Whether what is old is dropped while somebody may still mean it."""
    return expiry.content is not None and expiry.content <= MEANT


def _kept_by_nothing(feature: Feature, what: str) -> Passed:
    """That nothing keeps it, where the spec says so of what could.

    Raises:
        Undecided: it does not say what a return replays, nor that who is not there misses it.

    """
    resume, retain = feature.transport.resume, of_commands(feature)[0]
    if not (resume.is_stated or retain.is_none or feature.direction.has("client-to-server")):
        raise Undecided(resume)
    return Passed(f"nothing is stated to keep {what}")


def _meets_newcomers(feature: Feature) -> bool:
    """Whether commands without an end and without a mark are replayed to clients that have seen none."""
    delivery = feature.sync.delivery
    is_unmarked = delivery.replay_marked.is_none or delivery.replay_marked.has(False)
    lasts = bool(of_commands(feature)[0].content) or feature.transport.resume.retention.is_none
    return is_unmarked and lasts and not feature.direction.has("client-to-server")


def _is_a_setting(part: Data) -> bool:
    """Whether it is a value that stays until it is changed, such as a light that is on."""
    return part.shape.has("register") and part.lasts.has("set")


def _acted_on_late(feature: Feature, kept: Part | None) -> Passed | Violated:
    """What becomes of an event that its receiver acts on, and that comes late or once more."""
    delivery, join = feature.sync.delivery, feature.sync.join
    if not feature.sync.effect.has("acts"):
        raise NotApplicable("no command is sent, and no message makes its receiver act")
    if kept is None and delivery.outbox.is_there:
        kept = delivery.outbox
    if kept is None and join.order.has("snapshot") and feature.sync.updates.has("event"):
        kept = join.order
    expiry, marked = delivery.expires_after, delivery.replay_marked
    if kept is None and not delivery.retain.is_stated and feature.connection.may_retain:
        raise Undecided(delivery.retain)
    if kept is None:
        return _kept_by_nothing(feature, "what a receiver acts on")
    is_state = feature.is_state_valued or feature.sync.updates.has("signal")
    if is_state and feature.holds_only("register") and not delivery.retain.content:
        return Passed("a receiver acts on the value that holds, and the same one again changes nothing")
    if _expires_soon(expiry):
        return Passed(f"what is older than {expiry} is dropped")
    if marked.content:
        return Passed("what is replayed can be told from what is new")
    if feature.is_state_valued and all(_is_a_setting(part) for part in feature.sync.data):
        return Passed("what is kept is the value that is wanted, and to set it again changes nothing")
    once = "" if delivery.retain.content else "a return alone replays it"
    if not (marked.is_none or marked.has(False) or expiry.is_none):
        if expiry.content:
            raise Undecided(marked)
        message = f"A receiver acts on what is kept (`{kept.dotted}`); the spec does not say "
        raise Unstated(marked, message=f"{message}`{marked.dotted}`.", when=once)
    return Violated(
        "A receiver acts on each message, and what was kept looks like what has just happened: it acts hours "
        "late, or again.",
        kept,
        (expiry if expiry.is_none else marked,),
        once,
    )


@rule
def step_from_another_state(feature: Feature) -> Outcomes:
    """An act is a step from what its user saw, and is carried out on what is there by then."""
    parts = [part for part in feature.sync.data if part.asks_for.is_stated]
    if not parts:
        raise NotApplicable("nothing is said of what an act names")
    if feature.direction.has("server-to-client") or feature.serves("game", "cursors"):
        raise NotApplicable("nobody acts by what was seen a while ago")
    for part in parts:
        name = f"`{part.name}`" if part.name.content else "an act"
        if part.asks_for.has("target") or part.asks_for.is_none:
            yield Passed("an act names what is to be, whatever is there by then")
        elif reason := _meets_what_was_seen(feature, part):
            yield Passed(reason)
        else:
            yield _stepped_twice(feature, part, name)


def _meets_what_was_seen(feature: Feature, part: Data) -> str:
    """What makes sure that a step begins where its user saw it begin; nothing where nothing does."""
    if feature.sync.durability.version_check.content:
        return "an act on an older version than the stored one is refused"
    if part.control.has("exclusive") or part.lock.of.content:
        return "one at a time acts on it"
    return ""


def _stepped_twice(feature: Feature, part: Data, name: str) -> Violated:
    """A step that comes late, comes again, or meets the step of another.

    Raises:
        Undecided: nothing says that anything comes between what a user sees and what the act does.

    """
    sync, devices = feature.sync, feature.workload.devices_per_user
    drops, outbox, retain = sync.delivery.deduplicate, sync.delivery.outbox, of_commands(feature)[0]
    again = sync.delivery.repeated_by.content or sync.delivery.guarantee.has("at-least-once")
    kept: Part | None = outbox if outbox.is_there else retain if retain.content else None
    if kept is None and sync.offline.max.content:
        kept = sync.offline.max
    if kept is not None:
        return Violated(
            f"In {name} an act is a step from whatever is there when it is carried out, and may be carried "
            "out late: by then it is a step from something else than its user saw.",
            part.asks_for,
            (kept,),
        )
    if again and drops.tells_no_copy:
        return Violated(
            f"In {name} an act is a step from whatever is there when it is carried out, and is sent again "
            "when its answer is missing: the second one undoes the first, or goes one further.",
            part.asks_for,
            (drops,),
        )
    several = devices if devices.content is not None and devices.content.amount > 1 else None
    if feature.has_one_writer is False or several is not None:
        return Violated(
            f"In {name} an act is a step from whatever is there when it is carried out: of two who see the "
            "same and act at once, the second undoes the first, or goes one further.",
            part.asks_for,
            (several,) if several is not None else (feature.writers,) if feature.writers.is_stated else (),
            "all are connected",
        )
    raise Undecided(feature.writers)
