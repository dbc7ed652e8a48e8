"""What makes a process stand still, and all messages in it with it."""

from rtreview.language.design import Connection, Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.numbers.expression import named, term
from rtreview.quantities.quantity import Duration, Size
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

SEEN = Duration(0.1)
"""A promise up to this is broken by a collector that stops the process for what a large heap takes."""

SOON_LOOKED_AT = Size(16 * 1024 * 1024)
"""What a collector looks at in a few milliseconds."""


def _loses_its_clients(feature: Feature) -> Limit | None:
    """A standstill after which an end has given the connection up; None where it is shorter, or unknown."""
    pause, heartbeat = feature.topology.node.pause, feature.transport.heartbeat
    waits = [part for part in (heartbeat.timeout, heartbeat.silence_timeout) if part.content is not None]
    shortest = min(waits, key=lambda part: part.content.amount, default=None)  # type: ignore[union-attr]
    if (
        shortest is None
        or pause.content is None
        or shortest.content is None
        or pause.content < shortest.content
    ):
        return None
    return Limit(
        "the longest standstill of a process",
        pause,
        "the time after which a silent connection is given up",
        shortest,
        note="All clients of the process are lost at once, and return at once.",
        at=pause,
    )


@rule
def standstill_exceeds_target(feature: Feature) -> Outcomes:
    """A process stands still for longer than a message may take."""
    node, promised = feature.topology.node, feature.targets.latency
    pause, collector = node.pause, node.collector
    if not pause.is_stated and not collector.is_stated:
        raise NotApplicable("nothing is said of how long a process stands still")
    if lost := _loses_its_clients(feature):
        yield lost
        return
    if pause.is_stated:
        yield Limit(
            "the longest standstill of a process",
            pause,
            "the promised latency",
            promised,
            or_equal=True,
            note="All messages in it wait for that long.",
        )
        return
    if not collector.has("stop-the-world"):
        yield Passed("no collector stops the process for all that is kept alive")
        return
    if promised.content is None or promised.content > SEEN:
        raise Undecided(pause if promised.content else promised)
    heap = node.heap
    kept = heap.content
    if not heap.is_stated and feature.topology.state.replay.has("node"):
        resume, size = feature.transport.resume, feature.workload.messages.size
        kept = named("kept for replay", term(resume.max_messages) * term(size.typical), Size).content
    if heap.is_none or (kept is not None and kept <= SOON_LOOKED_AT):
        yield Passed("what is kept alive is little")
        return
    if kept is None and not heap.is_stated:
        raise Undecided(heap)
    held = f", here {kept}" if kept is not None else ""
    yield Violated(
        f"The collector stops the process for as long as it takes to look at all that is kept alive{held}: "
        f"a message that comes then waits for longer than the promised {promised}.",
        collector,
        (heap if heap.is_stated else feature.transport.resume.max_messages, promised),
    )


@rule
def hung_backplane_unseen(connection: Connection) -> Outcomes:
    """What all messages pass through hangs without an end, and nothing acts on that."""
    backplane = connection.topology.backplane
    takeover, noticed = backplane.takeover, backplane.noticed_by
    if not (takeover.is_stated or noticed.is_stated):
        raise NotApplicable("nothing is said of what notices that the backplane stands still")
    if backplane.is_none:
        raise NotApplicable("nothing lies between the nodes")
    what, by = backplane.kind.content or "the backplane", noticed.content or ()
    is_seen = "probe" in by or "end-to-end" in by
    if is_seen and not takeover.is_none:
        yield Passed(f"that {what} does not work is noticed by: {noticed}")
    elif not is_seen and (noticed.is_none or "exit" in by):
        end = "its end alone is noticed" if by else "nothing notices it"
        yield Violated(
            f"All messages pass through {what}, and {end}: one that hangs, or whose machine does, keeps its "
            "connections, clients stay connected, and nothing arrives until a person sees it.",
            noticed,
            (takeover,) if takeover.is_stated else (),
            when="others carry a share" if takeover.has("spread") else "",
        )
    elif takeover.is_none:
        yield Violated(
            f"All messages pass through {what}, and nothing goes on without it until a person sees to it.",
            takeover,
            (noticed,) if is_seen else (),
            when="a person is told of it" if is_seen else "nothing is said of what notices it",
        )
    else:
        raise Undecided(noticed)
