"""Work for a client who waits: whether a stop ends it, and whether its end can be told from a cut."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Part, Undecided, Unstated
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

LOOKED_IN = Duration(3600)
"""Who is elsewhere looks at the app again within such a time (question-nobody-sees)."""


@rule
def stopped_work_goes_on(feature: Feature) -> Outcomes:
    """Nobody waits for a run any more, and it goes on where it costs most."""
    work = feature.work
    stop, leave = work.on_stop, work.on_leave
    if not work.is_there:
        raise NotApplicable("no client is said to wait for work of the server")
    endless = _without_end(feature)
    if endless is not None:
        yield endless
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
    elif stop.is_none and _is_costly_or_uncounted(feature):
        is_open = f" Cleared where `{work.repeat.dotted}` is cheap." if not feature.is_costly else ""
        yield Violated(
            f"Work that is not cheap cannot be stopped by the one who asked for it.{is_open}",
            stop,
            (work.repeat,) if work.repeat.content else (),
            when="it cannot be stopped at all",
        )
    elif unseen := _stop_unseen(feature):
        yield unseen
    elif stop.has("cancel-all") and _needs_a_word(feature):
        raise Undecided(work.stop_by)
    elif stop.has("cancel-all"):
        yield Passed("a stop reaches all that was started")
    elif endless is None:
        raise Undecided(stop)


def _is_costly_or_uncounted(feature: Feature) -> bool:
    """Whether work is stated to be costly, or nothing at all is said of what it costs."""
    work = feature.work
    return feature.is_costly or not (work.repeat.is_stated or work.lasts.is_stated)


def _uncounted(feature: Feature) -> str:
    """The case in which work that nobody counted is a fault; nothing where it is stated to be costly."""
    return "" if feature.is_costly else "nothing says what it costs"


def _stop_unseen(feature: Feature) -> Violated | None:
    """A stop that is no more than the end of a connection, and may not be seen where the work is done."""
    work, path = feature.work, feature.transport.path
    if not work.stop_by.has("disconnect") or not _is_costly_or_uncounted(feature):
        return None
    if work.on_leave.has("continue"):
        return Violated(
            "A stop is no more than the end of a connection, and such an end does not end the work: nobody "
            "can stop it.",
            work.stop_by,
            (work.on_leave,),
            when=_uncounted(feature),
        )
    if not feature.transport.kind.has("sse", "http-stream"):
        return None
    names = [f"{hop.name}" for hop in path if hop.name.content]
    # What stores something does not do the work.
    called = (part for part in feature.dependencies if part.before.has("answer"))
    names += [f"`{part.key}`" for part in called if not part.holds.is_stated]
    if path.is_none and not names:
        return None
    through = f" by {' and '.join(names)}" if names else ""
    return Violated(
        f"A stop is no more than the end of a connection, which has to be seen{through} on the way to what "
        "does the work: a proxy that holds its own side open, a pooled connection or a pause in which "
        "nothing is written hides it, and the work runs to its end.",
        work.stop_by,
        tuple(part for part in (work.on_stop, work.lasts, work.repeat) if part.content)[:2],
        when=_uncounted(feature)
        or _end_is_seen(feature)
        or ("" if names else "nothing is said to lie between"),
    )


def _end_is_seen(feature: Feature) -> str:
    """Whether something is written while the work is silent, so that a lost end is noticed; else empty."""
    beats = feature.transport.heartbeat
    is_written = beats.interval.content and beats.from_.has("server", "both")
    return "a beat is written meanwhile" if is_written and feature.work.on_stop.has("cancel-all") else ""


def _needs_a_word(feature: Feature) -> bool:
    """Whether a stop of costly work may be no more than an abort: the stream answers one request."""
    one_way = feature.transport.kind.has("sse", "http-stream")
    return one_way and feature.is_costly and not feature.work.stop_by.is_stated


def _without_end(feature: Feature) -> Violated | None:
    """Work that nothing bounds, and that a stop may not reach or that holds one of few places."""
    work = feature.work
    if not work.limit.is_none or not _is_costly_or_uncounted(feature):
        return None
    places = next((part.pool for part in feature.dependencies if part.pool.is_stated), None)
    stops = work.on_stop.has("cancel-all") and not work.stop_by.has("disconnect")
    # Who has left does not press stop.
    watched = not work.on_leave.has("continue")
    if stops and watched and (places is None or places.is_none):
        return None
    held = " It holds one of few places, for which others wait." if places is not None else ""
    return Violated(
        "Nothing bounds one piece of work: one that never comes to an end, such as an answer that repeats "
        f"itself, runs and is paid for until somebody notices.{held}",
        work.limit,
        () if places is None else (places,),
        when="a stop reaches it" if stops else _uncounted(feature),
    )


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
    # Where some of it is short, a person has it on the screen.
    stored = feature.workload.only("server") or (feature.is_costly and not work.lasts.is_vague)
    goes_on = _goes_on_from_the_last(feature) and not feature.is_costly
    by_program = "a program can go on from the last that it has" if goes_on else ""
    by_eye = "it is read by a person"
    if feature.transport.resume.retention.content and feature.sync.join.interrupted.content:
        by_eye = "what was cut off is read again"
    yield Violated(
        "The end of the stream is the end of the result: one that a proxy, a deploy or a crash cuts off is "
        "taken for complete.",
        work.end,
        (kind,) if kind.content else (),
        when=by_program if stored else by_eye,
    )


def _goes_on_from_the_last(feature: Feature) -> bool:
    """Whether the result is a stretch of a log, of which each entry says how far its reader has come."""
    resume = feature.transport.resume
    reads_log = feature.sync.join.order.has("from-position") and feature.replays
    return reads_log and resume.from_.has("gapless")


@rule
def partial_result_dropped(feature: Feature) -> Outcomes:
    """The stream of a result breaks, and what had come of it is taken away from its reader."""
    work, partial = feature.work, feature.work.partial
    if not partial.is_there:
        raise NotApplicable("nothing is said of what had come of a result when its stream breaks")
    if partial.has("kept"):
        yield Passed("what had come stays, marked as cut off")
        return
    if work.repeat.has("cheap"):
        raise NotApplicable("a result is simply asked for again")
    if feature.replays and not work.on_leave.has("cancel"):
        yield Passed("a return is sent what had come once more, and the rest")
        return
    costs = work.repeat if work.repeat.is_stated else work.lasts
    yield Violated(
        "When the stream of a result breaks, what had come of it is taken away: its reader loses what was "
        "there to read, and all of it has to be made again.",
        partial,
        (costs,) if costs.is_stated else (),
        when="" if feature.is_costly else "nothing says what it costs to make it again",
    )


@rule
def unheard_taken_for_heard(feature: Feature) -> Outcomes:
    """A result is stopped, and what its user never saw or heard of it counts as said."""
    counts = feature.work.counts_as
    if not counts.content:
        raise NotApplicable("nothing is said of how much of a stopped result counts")
    if counts.has("shown"):
        yield Passed("what was shown or played counts")
        return
    if feature.work.on_stop.is_none and not feature.serves("media"):
        raise NotApplicable("a result cannot be stopped")
    if not feature.purpose.is_stated:
        raise Undecided(feature.purpose)
    yield Violated(
        "A result that its user interrupts counts as far as it was made: what waited to be played or shown "
        "stands in the history as said, and the next turn builds on what nobody heard.",
        counts,
        (feature.work.on_stop,) if feature.work.on_stop.content else (),
        when="" if feature.serves("media") else "a reader may see it as it comes",
    )


@rule
def dead_work_looks_alive(feature: Feature) -> Outcomes:
    """The process that does the work is gone, and nobody notices: it stands as running forever."""
    work, lost = feature.work, feature.work.worker_lost
    if not work.is_none and not lost.is_stated and work.bound_to.has("task"):
        raise Undecided(lost)
    if work.is_none or not lost.is_stated:
        raise NotApplicable("nothing says what becomes of work whose process dies")
    if not lost.is_none:
        yield Passed(f"when the process of a piece of work dies, it is {lost}")
        return
    if work.bound_to.has("connection") and not feature.is_costly:
        raise NotApplicable("it is gone with its connection, which whoever waits for it sees end")
    yield Violated(
        "When the process that does the work dies, nothing notices: the work stands as running, who waits "
        "for it goes on waiting, and what it holds stays taken.",
        lost,
        (work.bound_to,) if work.bound_to.content else (),
    )


@rule
def result_stored_by_page(feature: Feature) -> Outcomes:
    """Work goes on without its client, and only clients store what comes of it."""
    leave, written = feature.work.on_leave, feature.sync.durability.written_by
    if not written.has("clients") or not feature.work.is_there:
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
    every, lasts = checkpoint.every.content, work.lasts.content
    is_late = every is not None and lasts is not None and every >= lasts
    if (every and not is_late) or checkpoint.operations.content or log.content:
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


@rule
def second_request_beside_first(feature: Feature) -> Outcomes:
    """A second request works beside the first on what both of them write, or nobody works on it."""
    work = feature.work
    if not work.second.is_stated:
        if feature.is_costly and feature.serves("chat"):
            raise Undecided(work.second)
        raise NotApplicable("nothing is said of a second request while the first is worked on")
    if work.second.has("unread", "dropped"):
        yield Violated(
            "A request that comes while an earlier one is worked on is lost, and its sender is not told."
            if work.second.has("dropped")
            else "A request that comes while an earlier one is worked on is stored, and nobody reads it: the "
            "first has read what it works on, and nothing begins afterwards.",
            work.second,
            (work.lasts,) if work.lasts.content else (),
        )
        return
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


@rule
def question_nobody_sees(feature: Feature) -> Outcomes:
    """Work stops at a question to its user, and who comes back or is elsewhere does not see it."""
    work, question = feature.work, feature.work.question
    if not question.is_there:
        raise NotApplicable("no work is said to ask anything of its user")
    if work.on_leave.has("cancel") or (work.bound_to.has("connection") and not work.on_leave.is_stated):
        raise NotApplicable("the work ends when its user leaves, and its question with it")
    if not (work.on_leave.is_stated or work.bound_to.is_stated):
        raise Undecided(work.bound_to)
    outlives = work.on_leave if work.on_leave.is_stated else work.bound_to
    if question.answer_to.has("connection"):
        yield Violated(
            "An answer goes to the connection or process that asked, and is forgotten if that is gone: work "
            "that has come back by then never hears of it, and asks once more or waits on.",
            question.answer_to,
            (outlives,),
            when="an answer is lost",
        )
    if question.kept.has("answered"):
        yield _seen_in_time(feature)
    elif question.kept.is_stated:
        yield _seen_once(feature, outlives)
    elif not question.answer_to.has("connection"):
        raise Unstated(question.kept)


def _seen_once(feature: Feature, outlives: Part) -> Violated:
    """A question that is not there any more for who was not connected when it was asked."""
    work, kept, ends = feature.work, feature.work.question.kept, feature.work.question.ends_after
    if kept.has("connection"):
        return Violated(
            "A question of the work hangs on the connection that it was sent by: when its user reloads or "
            "loses the network it fails, or counts as refused though nobody refused.",
            kept,
            (outlives,),
            when="it ends by itself",
        )
    waits = f", and after {ends} the work ends without an answer" if ends.content else ""
    if ends.is_none:
        waits = ", and the work waits for an answer without end"
        if work.second.has("refused", "queued"):
            waits += f"; each further request is {work.second} meanwhile"
    case = "" if ends.is_none else "it ends by itself" if ends.content else "its end is open"
    return Violated(
        "A question of the work is sent once: who reloads, comes back or was elsewhere is not shown "
        f"it{waits}.",
        kept,
        tuple(part for part in (ends, work.on_leave, work.second) if part.is_stated)[:2],
        when="a return in time is sent it again" if feature.replays else case,
    )


def _seen_in_time(feature: Feature) -> Passed | Violated:
    """A question that is kept, and may end before anybody has looked."""
    ends = feature.work.question.ends_after
    if ends.content is None or ends.content >= LOOKED_IN:
        return Passed("a question stands until it is answered")
    if feature.push.is_there:
        return Passed("who is elsewhere is told by a push")
    if not feature.push.is_none:
        raise Undecided(feature.push)
    return Violated(
        f"A question ends without an answer after {ends}, and nothing tells a user who is elsewhere of it: "
        "the work fails or goes on without one while nobody knows that it asks.",
        ends,
        (feature.push,),
        when="it ends by itself",
    )
