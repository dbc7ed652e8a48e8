"""Readers that go on after a position, and what gets an earlier position later."""

from rtreview.language import catalogue
from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Part, Undecided, Unstated
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
    one_place = ordering.assigned_by.has("room-owner", "global") or feature.topology.sequencer.content
    alone = bool(feature.topology.publishers.has("single") or feature.has_one_writer or one_place)
    # Whoever numbers, rows that several insert are seen in the order of their commits.
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
    what = (
        "Two entries can have the same time, and one may be stored after a later one has been read"
        if by_time
        else "A transaction that commits late shows entries with numbers that readers have passed"
    )
    yield Violated(
        f"{what}: a reader that goes on after its position never gets it.",
        ordering.assigned_at if early else ordering.by,
        (read_by,),
        when="the state is fetched at times" if feature.sync.refetch.content else "",
    )


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
