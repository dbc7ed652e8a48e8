"""What is kept for those who come: whether it is there in time, and what goes while they have it open."""

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


def _mended_by(feature: Feature) -> Part | None:
    """What makes a client fetch once more, so that it gets a message that was entered too late for it."""
    sync, overlap = feature.sync, feature.transport.resume.overlap
    if feature.fills_gaps:
        return sync.ordering.on_gap
    return next((part for part in (sync.refetch, sync.snapshot.every, overlap) if part.content), None)


def _fetched_from_nowhere(feature: Feature) -> Violated | None:
    """Clients that join or return ask for messages that nobody enters anywhere; None where none do."""
    join, resume = feature.sync.join.order, feature.transport.resume.by
    counts = (
        feature.holds("log") or feature.merges_by("append-only") or feature.serves("chat", "notifications")
    )
    asks = (
        join if join.has("subscribe-first", "fetch-first", "fetch-then-replay", "from-position") else resume
    )
    if not counts or feature.is_worthless_later or feature.next_heals:
        return None
    if asks is resume and not resume.has("last-event-id", "offset", "time", "read-mark"):
        return None
    return Violated(
        f"A client that joins or returns asks for what it missed ({asks}), and no message is entered where "
        "it could get it from.",
        feature.fan_out.stored,
        (asks,),
    )


def _names_it(part: Field[str]) -> bool:
    """Whether what is sent is no more than a word to fetch."""
    return part.has("reference", "signal")


@rule
def sent_before_stored(feature: Feature) -> Outcomes:
    """A message is sent first and stored then: who comes in between gets it neither way."""
    stored, resume, join = feature.fan_out.stored, feature.transport.resume, feature.sync.join
    if stored.is_none and (missing := _fetched_from_nowhere(feature)) is not None:
        yield missing
        return
    if not stored.is_there:
        raise NotApplicable("nothing says when a message is entered where others fetch it from")
    if feature.is_worthless_later:
        raise NotApplicable("a message that is missed is worth nothing a moment later")
    if stored.has("before", "together"):
        yield Passed(
            f"a message is stored {stored} with its sending"
            if stored.has("together")
            else "a message is stored before it is sent"
        )
        return
    feature.healed_by_the_next()
    if stored.has("undelivered"):
        yield _kept_for_absent(feature)
        return
    if feature.merges_by("crdt", "ot") and not feature.passes_over_gaps:
        yield Passed(f"with {feature.strategies[0]} a change names what it builds on")
        return
    named = next((part for part in (feature.push.carries, feature.sync.updates) if _names_it(part)), None)
    fetches = feature.join_brings_history or feature.sync.refetch.content or named
    is_open = not fetches and not (join.is_stated or resume.is_stated)
    if is_open and not (feature.holds("log") or feature.serves("chat", "notifications")):
        raise Undecided(join.order)
    if not fetches and not resume.is_there and not is_open:
        raise NotApplicable("nobody is said to fetch what was stored")
    mends = _mended_by(feature)
    if named is not None:
        yield _named_too_soon(feature, named, when="a client fetches again" if mends else "")
        return
    yield Violated(
        "A message is sent to those who are connected before it is stored: who joins or returns in between "
        "is subscribed too late for the one and fetches too early for the other, and of a write that fails "
        "only those know who were there.",
        stored,
        (mends,) if mends else (join.order,) if join.order.content else (),
        when="a client fetches again"
        if mends
        else _of_an_answer(feature) or ("how clients fetch it is open" if is_open else ""),
    )


def _named_too_soon(feature: Feature, named: Field[str], *, when: str) -> Passed | Violated:
    """What is sent is a word to fetch something, which may be entered later."""
    stored, publish = feature.fan_out.stored, feature.topology.backplane.publish
    if publish.has("after-commit", "outbox"):
        return Passed(f"what is sent names what is stored by then: `{publish.dotted}` is {publish}")
    return Violated(
        "What is sent tells a client to fetch a message that may not be stored yet: a fast one finds "
        "nothing, and is not told again.",
        stored,
        (named,),
        when,
    )


def _of_an_answer(feature: Feature) -> str:
    """Whether it is the output of one piece of work, whole only at its end; empty where it is not."""
    work = feature.work
    is_answer = work.bound_to.has("task") and work.end.has("marked") and feature.has_one_writer
    return "an answer is stored when it is whole" if is_answer else ""


def _kept_for_absent(feature: Feature) -> Passed | Violated:
    """What becomes of a message that is stored for those alone who were not reached."""
    delivery = feature.sync.delivery
    if delivery.consumer_confirms.content or delivery.guarantee.has("at-least-once"):
        return Passed("what a receiver does not confirm is stored for it")
    if not delivery.guarantee.is_stated:
        raise Undecided(delivery.guarantee)
    return Violated(
        "A message is stored only where it could not be delivered, and nobody confirms one: what was written "
        "into a connection that is already dead counts as delivered, and is nowhere.",
        feature.fan_out.stored,
        (delivery.guarantee,),
    )


@rule
def evicted_while_open(feature: Feature) -> Outcomes:
    """A node that is full drops a room or document that somebody has open."""
    state, logged = feature.topology.state, feature.sync.durability.write_ahead_log
    if not state.evicts.is_stated and state.room.has("node") and feature.serves("collaborative-editing"):
        raise Undecided(state.evicts)
    if not state.evicts.is_stated:
        raise NotApplicable("nothing says what goes from the memory of a node that is full")
    if feature.is_worthless_later:
        raise NotApplicable("nothing of it is worth keeping")
    if state.evicts.has("asleep"):
        raise NotApplicable("what goes is what sleeps, however much a node may hold: see lost-in-hibernation")
    if not state.evicts.has("oldest"):
        yield Passed("nothing goes that somebody has open")
        return
    if state.room.has("shared"):
        yield Passed("what goes is read again from what all nodes share")
        return
    if state.session.is_stated and not state.room.is_stated:
        # A session is made anew for a client that returns; whether rooms go with it is another matter.
        raise Undecided(state.room)
    if feature.fan_out.stored.has("before", "together"):
        yield Passed("each message is stored before it counts, so that what goes is made again from there")
        return
    if feature.fan_out.stored.content and not logged.content:
        raise Undecided(logged)
    yield Violated(
        "A node that is full drops what was used least recently or is oldest, also while it is open: who is "
        "in it goes on with a copy that the server no longer has, and what was not written yet is lost.",
        state.evicts,
        (logged,) if logged.content else (),
        when="every change is written down first" if logged.content else "",
    )
