"""Who makes the state that a newcomer is given, and who is asked for it."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.quantities.quantity import Count
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

FEW = Count(10)
"""Up to this many members, requests of all of them are a handful (snapshot-asked-of-the-source)."""


@rule
def snapshot_asked_of_the_source(feature: Feature) -> Outcomes:
    """Each who joins or lost something makes the one source send the whole once more."""
    snapshot, members = feature.sync.snapshot, feature.room.content
    source, pause = snapshot.source, snapshot.min_interval
    if snapshot.is_none:
        raise NotApplicable("no snapshot is sent")
    if not source.is_stated:
        asks = feature.sync.ordering.on_gap.has("resync") or feature.sync.join.order.has("snapshot")
        if feature.serves("media") and asks and not (members is not None and members <= FEW):
            raise Undecided(source)
        raise NotApplicable("no source is said to be asked for a snapshot")
    if not source.has("sender"):
        yield Passed("the server answers from what it keeps")
        return
    if members is not None and members <= FEW:
        raise NotApplicable(f"a room has at most {members} members")
    if pause.content:
        yield Passed(f"the source makes one every {pause} at most, whoever asks")
        return
    if not (pause.is_stated or snapshot.to.has("all")):
        raise Undecided(pause)
    asking = f"any of {members} members" if members else "any member"
    sent = "all of them are sent it, and " if snapshot.to.has("all") else ""
    yield Violated(
        f"The source is asked for the whole by {asking} who joins or has lost something: {sent}those who "
        "come together, or lose the same packet, ask together.",
        pause if pause.is_stated else snapshot.to,
        (source, *((snapshot.to,) if snapshot.to.is_stated and pause.is_stated else ())),
    )
