"""Readers that go on after a position, and what gets an earlier position later."""

from rtreview.language import catalogue
from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Part, Undecided, Unstated, known
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


@rule
def position_before_visible(feature: Feature) -> Outcomes:
    """A reader has passed the position of an entry before the entry can be read."""
    ordering, resume = feature.sync.ordering, feature.transport.resume
    by_time, early = ordering.by.has("timestamp"), ordering.assigned_at.has("insert")
    if not (by_time or ordering.assigned_at.is_stated or ordering.assigned_by.has("log")):
        raise NotApplicable("no position is stated to be a time, or that of a table or log")
    read_by = _position(feature)
    if read_by is None:
        raise NotApplicable("no reader is said to go on after a position")
    if ordering.assigned_at.has("commit"):
        yield Passed("an entry gets its position when it can be read")
        return
    if by_time and ordering.assigned_by.has("sender") and not resume.by.has("offset"):
        raise NotApplicable("the time is the sender's, and no position of a log")
    several = feature.topology.publishers.has("multi")
    if reason := _sees_it_later(feature, contested=early and (several or feature.has_one_writer is False)):
        yield Passed(reason)
        return
    owner = ordering.assigned_by.has("room-owner") or feature.topology.sequencer.has("per-room")
    counter = ordering.assigned_by.has("global") or feature.topology.sequencer.has("global")
    # One counter does not make one writer: rows that several insert are seen in the order of their commits.
    one_place = owner or (counter and not early)
    alone = bool(feature.topology.publishers.has("single") or feature.has_one_writer or one_place)
    alone = alone and not (early and several)
    if alone and not by_time:
        yield Passed("one writer commits in the order of its numbers")
        return
    asks_a_table = several or feature.connection.is_polling
    if alone or (by_time and not early and not asks_a_table):
        raise Undecided(ordering.assigned_at)
    if not by_time and not early:
        if several and feature.connection.is_polling:
            message = "Several write, and a reader asks for what is later than its position; the spec does "
            raise Unstated(ordering.assigned_at, message=f"{message}not say `{ordering.assigned_at.dotted}`.")
        raise Undecided(ordering.assigned_at)
    yield Violated(
        f"{_stored_late(feature)}: a reader that goes on after its position never gets it.",
        ordering.assigned_at if early else ordering.by,
        (read_by,),
        when=_mitigated(feature, read_by),
    )


def _stored_late(feature: Feature) -> str:
    """What a reader has gone past before it could be read."""
    ordering, overlap = feature.sync.ordering, feature.transport.resume.overlap
    if not ordering.by.has("timestamp"):
        return "A transaction that commits late shows entries with numbers that readers have passed"
    if overlap.has("inclusive") or ordering.ties.has("second-key"):
        return "An entry may be stored after a later one has been read"
    return "Two entries can have the same time, and one may be stored after a later one has been read"


def _mitigated(feature: Feature, read_by: Part) -> str:
    """What makes a position that is passed too early less bad; empty where nothing does."""
    if feature.sync.refetch.content:
        return "the state is fetched at times"
    # A stream brings what came in late by itself: only who left in those moments asks past it.
    pushed = feature.sync.join.order.has("subscribe-first") and feature.fan_out.stored.has(
        "before", "together"
    )
    if pushed and read_by is feature.transport.resume.by and not feature.connection.asks_again:
        return "the stream brings what is stored"
    return ""


def _position(feature: Feature) -> Part | None:
    """Where it is stated that a reader asks for what is later than the last that it has."""
    transport = feature.transport
    if transport.resume.by.has("offset", "last-event-id"):
        return transport.resume.by
    if feature.connection.asks_again and transport.poll.address.has("moves"):
        return transport.poll.address
    return feature.sync.join.order if feature.sync.join.order.has("from-position") else None


def _sees_it_later(feature: Feature, *, contested: bool) -> str:
    """Why a reader gets what came in before its position later; nothing where nothing says so.

    Where positions are `contested`, several insert with them, and no log that carries the entries gives them.
    """
    ordering, topology = feature.sync.ordering, feature.topology
    overlap = feature.transport.resume.overlap
    if isinstance(overlap.content, Duration) and overlap.content.amount > 0:
        return f"a reader begins again {overlap} before its position"
    if ordering.on_gap.has("wait", "resync") and not ordering.by.has("timestamp"):
        return f"a reader that misses a number ends in {ordering.on_gap}"
    if contested:
        return ""
    for name in (topology.backplane.kind, topology.backplane.adapter, feature.transport.library):
        platform = catalogue.find(name)
        if platform and platform.has("ordered-log"):
            return f"{name} gives a position when it appends"
    return "a log gives each message its position first" if feature.fan_out.publish.has("log") else ""


@rule
def quiet_reader_falls_out_of_log(feature: Feature) -> Outcomes:
    """A reader's position stands still while nothing is for it, and the log goes on without it."""
    resume, kept = feature.transport.resume, feature.topology.backplane.kept_for_absent
    moves, filtered = resume.moves_with, feature.fan_out.filtered.has("index", "per-connection")
    bounds = [bound for bound in (resume.retention, resume.max_messages, kept) if bound.content]
    by_position = resume.by.has("offset", "last-event-id")
    if not moves.is_stated and not (by_position and filtered and bounds):
        raise NotApplicable("no reader is said to be sent part of a log")
    if moves.includes("everything"):
        yield Passed("the position moves on with all that the log takes")
        return
    if moves.is_none:
        raise NotApplicable("a reader has no position")
    _may_be_gone(feature)
    if not moves.is_stated:
        raise Undecided(moves)
    quiet = feature.workload.messages.silence
    if kept.is_none:
        yield Violated(
            "The position of a reader moves with its own messages alone: while those are quiet the log is "
            "kept without end, though the reader is there.",
            moves,
            (kept,),
        )
    elif not bounds and not resume.retention.is_stated:
        yield Violated(
            "The position of a reader moves with its own messages alone: one whose part is quiet for longer "
            "than the log reaches returns with a position that is gone, though it has missed nothing.",
            moves,
            when="the spec does not say how far the log reaches",
        )
    elif not bounds:
        raise NotApplicable("the log is kept without end, or not at all")
    elif bounds == [resume.retention] and quiet.content and quiet.content <= known(resume.retention):
        yield Passed(f"each reader is sent something every {quiet}, and the log reaches back {bounds[0]}")
    else:
        brings = feature.join_brings_history or resume.on_gap.has("snapshot")
        fails = resume.on_gap.has("error") or resume.on_gap.is_none
        yield Violated(
            f"The position of a reader moves with its own messages alone, and the log keeps {bounds[0]}: one "
            "whose part was quiet for that long returns with a position that is gone, though it has missed "
            "nothing.",
            moves,
            (bounds[0],),
            when="a gap ends in an error, or in nothing" if fails and not brings else "",
        )


def _may_be_gone(feature: Feature) -> None:
    """End the rule where what is kept leaves no reader behind, or a position is good however old it is.

    Raises:
        NotApplicable: what is kept is that of one, or the position is a time.
        Undecided: the number may be no bound of what is kept.

    """
    resume, kept = feature.transport.resume, feature.topology.backplane.kept_for_absent
    is_count_alone = resume.max_messages.content and not (resume.retention.content or kept.is_stated)
    if is_count_alone and resume.on_gap.has("snapshot") and not resume.scope.is_stated:
        # So many may be what one answer gives, of a log that has more.
        raise Undecided(resume.retention)
    if resume.by.has("time") and not (resume.on_gap.is_stated or kept.is_none):
        raise NotApplicable("a time is never gone: all that is kept and newer is sent")
    if resume.scope.is_stated:
        raise NotApplicable(f"what is kept is that of one {resume.scope}, which ends where its reader is")


@rule
def sequence_number_wraps(feature: Feature) -> Outcomes:
    """A number comes to its end and begins again, and all that is new looks old."""
    ordering = feature.sync.ordering
    wraps = ordering.wraps
    if ordering.begins_again.has("run"):
        yield _begins_again(feature)
        if not wraps.is_stated:
            return
    if not wraps.is_stated:
        if feature.connection.is_datagrams and feature.sync.ordering.by.has("sequence"):
            raise Undecided(wraps)
        raise NotApplicable("nothing is said of numbers that begin again")
    if wraps.is_none:
        yield Passed("the numbers never come to their end")
    elif wraps.has("serial"):
        yield Passed("a receiver compares them as on a circle")
    else:
        session = feature.workload.session
        lasts = session.p95 if session.p95.is_stated else session.typical
        yield Violated(
            "Numbers of few bits begin again at 0, and a receiver takes the larger one for the newer: from "
            "then on it drops all that is new, until the numbers have caught up.",
            wraps,
            (lasts,) if lasts.is_stated else (),
        )


def _begins_again(feature: Feature) -> Violated | Passed:
    """Numbers that begin again with each run, before a reader that holds the last of the run before.

    Raises:
        NotApplicable: no reader compares numbers.
        Undecided: nothing says what tells one run from the next.

    """
    ordering, resume = feature.sync.ordering, feature.transport.resume
    compares = ordering.by.has("sequence", "sequencer") or resume.by.has("offset", "last-event-id")
    if not (compares or feature.sync.delivery.deduplicate.by.content):
        raise NotApplicable("no reader is said to compare numbers")
    if resume.epoch.content:
        return Passed("each run has an epoch, which a reader compares first")
    if not resume.epoch.is_stated:
        raise Undecided(resume.epoch)
    return Violated(
        "The numbers begin again with each run under the same name, and nothing tells one run from the next: "
        "a reader that holds the last number of the one before drops all that is new.",
        ordering.begins_again,
        (resume.epoch,),
        "each run begins again",
    )
