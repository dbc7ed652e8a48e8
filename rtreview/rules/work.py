"""Work for a client who waits: whether a stop ends it, and whether its end can be told from a cut."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


@rule
def stopped_work_goes_on(feature: Feature) -> Outcomes:
    """Nobody waits for a run any more, and it goes on where it costs most."""
    work = feature.work
    stop, leave = work.on_stop, work.on_leave
    if work.is_none or not work.is_stated:
        raise NotApplicable("no client is said to wait for work of the server")
    lost = work.bound_to.has("connection") and leave.has("continue")
    if stop.has("relay-only") or lost:
        if work.repeat.has("cheap") and not stop.has("relay-only"):
            raise NotApplicable("it costs little, so it may go on")
        what = (
            "A stop ends what relays the result, and what makes it runs on"
            if stop.has("relay-only")
            else "A client that leaves cannot fetch the result, and what makes it runs on"
        )
        yield Violated(
            f"{what}: it is paid for, and holds its worker and locks, for nobody.",
            stop if stop.has("relay-only") else leave,
            tuple(part for part in (work.bound_to, work.lasts, work.repeat) if part.content)[:2],
        )
    elif stop.is_none and feature.is_costly:
        yield Violated(
            "Work that is not cheap cannot be stopped by the one who asked for it.",
            stop,
            (work.repeat,) if work.repeat.content else (),
            when="it cannot be stopped at all",
        )
    elif stop.has("cancel-all"):
        yield Passed("a stop reaches all that was started")
    else:
        raise Undecided(stop)


@rule
def cut_looks_complete(feature: Feature) -> Outcomes:
    """A result that was cut off looks like one that is whole."""
    work, kind = feature.work, feature.transport.kind
    if kind.has("grpc-stream"):
        raise NotApplicable("gRPC ends a call with a status of its own")
    if not work.end.is_stated and feature.is_costly and kind.has("sse", "http-stream"):
        raise Undecided(work.end)
    if not work.end.is_stated:
        raise NotApplicable("nothing says how a receiver knows that a result is complete")
    if work.end.has("marked"):
        yield Passed("the last message says that the result is complete")
        return
    stored = feature.workload.only("server") or feature.is_costly
    yield Violated(
        "The end of the stream is the end of the result: one that a proxy, a deploy or a crash cuts off is "
        "taken for complete.",
        work.end,
        (kind,) if kind.content else (),
        when="" if stored else "it is read by a person",
    )


@rule
def second_request_beside_first(feature: Feature) -> Outcomes:
    """Two requests work at the same time on what both of them write."""
    work = feature.work
    if not work.second.is_stated:
        if feature.is_costly and feature.serves("chat"):
            raise Undecided(work.second)
        raise NotApplicable("nothing is said of a second request while the first is worked on")
    if work.second.content and not work.second.has("beside"):
        yield Passed(f"what becomes of a second request: it is {work.second}")
        return
    shared = any(map(feature.holds, ("log", "list", "text", "tree"))) or feature.merges_by("append-only")
    if not shared and not feature.serves("chat", "console", "collaborative-editing"):
        raise NotApplicable("the two share no history that both write")
    if feature.merges_by("crdt", "ot"):
        yield Passed("concurrent changes are merged")
        return
    yield Violated(
        "A second request is worked on beside the first, and both read and write the same history: each "
        "lacks what the other adds, and their entries stand between one another.",
        work.second,
        (work.lasts,) if work.lasts.content else (),
    )
