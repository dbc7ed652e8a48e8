"""Values that are measured: alerts at a limit, and what comes and goes between two looks."""

from typing import Any

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided, known
from rtreview.language.sections.sync import Data
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


@rule
def alert_flaps_at_limit(feature: Feature) -> Outcomes:
    """A value that wavers around a limit raises one alert after the other."""
    sync, keeps = feature.sync, feature.sync.hysteresis
    pushed = feature.push.is_there
    told = pushed or feature.serves("push", "notifications")
    acts, measured = sync.effect.has("acts"), feature.workload.messages.when.is_stated
    if not keeps.is_stated and not (measured and (told or acts) and feature.is_state_valued):
        raise NotApplicable("no alert is said to be raised at a limit")
    if keeps.content:
        yield Passed(f"what keeps an alert from coming again and again: {keeps}")
    elif not keeps.is_stated:
        raise Undecided(keeps)
    else:
        what = "starts what acts on it" if acts else "tells somebody" if told else "raises an alert"
        yield Violated(
            f"Each crossing of the limit {what}: a value that wavers around it does so again and again.",
            keeps,
            (sync.effect,) if acts else (),
            when="" if told or acts else "it is only shown",
        )


@rule
def change_between_two_looks(feature: Feature) -> Outcomes:
    """What lasts for less than the time between two looks has never happened."""
    parts = [part for part in feature.sync.data if part.needed.is_stated]
    look = _looks(feature)
    if not parts and not (look is not None and feature.sync.effect.has("acts")):
        raise NotApplicable("nothing is said of changes that a receiver has to notice")
    if parts and all(part.needed.has("current") or part.needed.is_none for part in parts):
        yield Passed("the current value is all that is needed")
        return
    if not parts:
        if feature.sync.updates.has("event", "delta"):
            raise NotApplicable(f"a look fetches each {feature.sync.updates}")
        open_ = [part.needed for part in feature.sync.data if part.shape.has("register")]
        if not open_:
            raise NotApplicable("no value is said to be replaced")
        raise Undecided(open_[0])
    for part in parts:
        if not part.needed.has("current"):
            yield _noticed(feature, part, look)


def _looks(feature: Feature) -> Field[Duration] | None:
    """How often somebody looks at the source; None where the source tells of its changes."""
    if feature.connection.is_polling:
        return feature.transport.poll.every
    by = feature.fan_out.watched_by.has("node", "connection")
    return feature.fan_out.watched_every if by and feature.fan_out.watched_every.is_there else None


def _noticed(feature: Feature, part: Data, look: Field[Duration] | None) -> Limit | Passed | Violated:
    """Whether a receiver notices what it needs to of one value."""
    needed, overflow, sync = part.needed, feature.backpressure.overflow, feature.sync
    case = "somebody acts on it" if sync.effect.has("acts") else ""
    if part.shape.has("log", "counter", "command"):
        return Passed(f"the source keeps what happened: a {part.shape}")
    if feature.transport.resume.by.has("offset", "last-event-id", "time") and look is not None:
        return Passed("a look fetches all since the last one")
    if part.shape.has("list", "text", "tree"):
        # What was put in and taken out between two looks stands in none of them, unless changes are sent.
        known(sync.updates)
    whole = not sync.updates.has("event", "delta")
    merges = overflow.has("coalesce") and needed.has("each-change")
    if not whole and not merges:
        return Passed(f"what is sent is each {sync.updates}, so that none is overwritten by the next")
    if isinstance(needed.content, Duration) and look is not None:
        limit = "how long the shortest state lasts"
        return Limit("the time between two looks", look, limit, needed, at=look, when=case, or_equal=True)
    looks = look is not None and whole
    if looks:
        often = f" every {look}" if look and look.content else ""
        what = f"Somebody looks{often} and sees the value of that moment"
    elif merges:
        what = "Of a value that changes while it waits for a slow client, the last one alone is sent"
    else:
        return _while_away(feature, needed, case)
    message = f"{what}: one that comes and goes in between, which is needed, has never happened."
    return Violated(message, needed, (look if looks and look else overflow,), when=case)


def _while_away(feature: Feature, needed: Field[Any], case: str) -> Passed | Violated:
    """Whether values of which each change is needed reach one who was away when they changed."""
    resume = feature.transport.resume
    if not known(feature.sync.updates) or feature.direction.has("client-to-server") or feature.replays:
        return Passed("each change is sent")
    if not (resume.is_none or resume.by.has("snapshot")):
        raise Undecided(resume)
    return Violated(
        "A client that was away is given the value of the moment in which it returns: what came and went "
        "meanwhile, which is needed, has never happened.",
        needed,
        (resume if resume.is_none else resume.by,),
        when=case,
    )
