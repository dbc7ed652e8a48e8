"""Work for a client who waits: whether a stop ends it, and whether its end can be told from a cut."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
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
def result_stored_by_page(feature: Feature) -> Outcomes:
    """Work goes on without its client, and only clients store what comes of it."""
    leave, written = feature.work.on_leave, feature.sync.durability.written_by
    if not written.has("clients") or not feature.work.is_stated or feature.work.is_none:
        raise NotApplicable("no client is said to store the result of a server's work")
    if leave.has("cancel") or leave.is_none:
        raise NotApplicable("the work ends when its client leaves")
    if not leave.is_stated:
        raise Undecided(leave)
    kept = feature.transport.resume.retention
    returns = feature.replays and not feature.transport.resume.is_none
    span = f" and has not returned within {kept}" if returns and kept.content else ""
    yield Violated(
        f"The work goes on when its client has left{span}, and only clients store what comes of it: what "
        "comes while no page is open is stored by nobody.",
        written,
        (leave,),
        when="who returns in time is sent it" if returns else "",
    )


@rule
def work_cut_by_deployment(feature: Feature) -> Outcomes:
    """A node that stops ends work that lasts for longer than it waits, and what it has done is gone."""
    work, operations = feature.work, feature.operations
    checkpoint, log = feature.sync.durability.checkpoint, feature.sync.durability.write_ahead_log
    if work.is_none or not feature.is_costly or not operations.on_shutdown.has("cut"):
        raise NotApplicable("no costly work is said to be cut off by a stop")
    if feature.transport.service.content:
        raise NotApplicable(f"{feature.transport.service} holds the connections, and not the work")
    if checkpoint.every.content or checkpoint.operations.content or log.content:
        yield Passed("what is done so far is stored as it goes")
        return
    if not checkpoint.is_stated:
        raise Undecided(checkpoint)
    yield Limit(
        "the time that the work takes",
        work.lasts,
        "the time that a node waits before it stops",
        operations.drain,
        or_equal=True,
        note="What it has done by then stands in the process alone: each deployment takes it.",
        at=operations.on_shutdown,
    )
