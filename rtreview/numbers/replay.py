"""Replay: how far back a returning client can be brought up to date, and what that costs."""

from __future__ import annotations

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable
from rtreview.language.sections.servers import Dependency
from rtreview.language.sections.transport import Resume
from rtreview.numbers.expression import Expression, larger, named, smaller, term
from rtreview.numbers.fan_out import rate_in_room
from rtreview.numbers.ledger import number
from rtreview.numbers.reconnection import (
    accept_capacity_of_the_others,
    connections_per_node,
    first_attempt_spread,
    returning,
)
from rtreview.quantities.quantity import Bandwidth, Duration, Rate, Size

FETCHED_SOON = Duration(5 * 60)
"""Who fetches the state that often is never far behind."""


@number
def resync_queries(feature: Feature) -> Expression[Rate]:
    """Database queries during the return of all clients."""
    (clients, window), each = (
        returning(feature.connection),
        term(feature.operations.resync_queries, "queries each"),
    )
    return named("queries of the return", clients * each / window)


def calls_of_return(feature: Feature, part: Dependency) -> Expression[Rate]:
    """Calls of a dependency during the return of all clients."""
    clients, window = returning(feature.connection)
    return named("calls of the return", clients * term(part.calls, "calls each") / window)


def calls_of_pool(part: Dependency) -> Expression[Rate]:
    """Calls that a dependency answers which takes so many at once."""
    return named("calls of the pool", term(part.pool) / part.call_time)


def joins_of_one_node(feature: Feature) -> Expression[Rate]:
    """Joins while the clients of one node return, each of which joins all of its rooms again."""
    connection, rooms = feature.connection, feature.workload.rooms
    clients = connections_per_node(connection)
    accepted = clients / accept_capacity_of_the_others(connection)
    window = named("return of one node's clients", larger(first_attempt_spread(connection), accepted))
    return named("joins of one node's clients", clients * term(rooms.per_user, "rooms each") / window)


@number
def resync_bytes(feature: Feature) -> Expression[Bandwidth]:
    """Bytes of snapshots during the return of all clients."""
    (clients, window), snapshot = returning(feature.connection), term(feature.sync.snapshot.size, "snapshot")
    return named("snapshots of the return", clients * snapshot / window)


def of_the_moment(feature: Feature) -> str:
    """The case of messages that stand alone and of which a newcomer gets none of the past, by decision."""
    is_case = feature.sync.join.order.has("subscribe-only") and not feature.sync.updates.has("delta")
    return "what was said matters for the moment" if is_case else ""


def needs_replay(feature: Feature, *, counts_signals: bool = False) -> Resume:
    """The section on the replay, where a client that returns depends on one.

    Signals do where nothing but them says that the state is another one: `counts_signals`.

    Raises:
        NotApplicable: it depends on none, or there is none.

    """
    resume = feature.transport.resume
    if feature.connection.is_polling:
        raise NotApplicable("each poll fetches what is new")
    if resume.is_none:
        raise NotApplicable("nothing is replayed")
    if feature.connection.is_one_shot:
        raise NotApplicable("a one-shot stream is asked for again as a request")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    if feature.is_momentary:
        raise NotApplicable("what was missed is worth nothing a moment later")
    if feature.sync.updates.has("signal") and not counts_signals:
        raise NotApplicable("a signal that was missed is worth nothing a moment later")
    if feature.is_state_valued:
        raise NotApplicable("the next update holds the whole value")
    if resume.by.has("snapshot"):
        raise NotApplicable("a client that returns gets a snapshot")
    if feature.exchanges_lacks:
        raise NotApplicable("replicas exchange what each one lacks when they meet again")
    return resume


@number
def replay_window(feature: Feature) -> Expression[Duration]:
    """Replay window that is really covered."""
    resume = feature.transport.resume
    if resume.is_none:
        raise NotApplicable("nothing is replayed")
    return named("replay window", window(resume, rate_in_room(feature)))


def window(resume: Resume, rate: Expression[Rate]) -> Expression[Duration]:
    """What a log that is bounded in time, or in number at a rate, or in both, really covers."""
    in_time, in_number = term(resume.retention), term(resume.max_messages) / rate
    if resume.max_messages.content and not resume.retention.content:
        return in_number
    if resume.retention.content and not resume.max_messages.content:
        return in_time
    return smaller(in_time, in_number)


@number
def replay_memory(feature: Feature) -> Expression[Size]:
    """Replay memory of all logs."""
    resume, rooms = feature.transport.resume, feature.workload.rooms
    if resume.is_none:
        raise NotApplicable("nothing is replayed")
    size = term(feature.workload.messages.size.typical, "message size")
    log = rate_in_room(feature) * size * replay_window(feature)
    per_client = resume.scope.has("client")
    logs = term(feature.connection.workload.connections) if per_client else term(rooms.count, "rooms")
    return named("memory for replay", log * logs)


def log_over(span: Duration, feature: Feature) -> Expression[Size]:
    """Bytes that so much editing adds to the log of the largest document."""
    size = term(feature.workload.messages.size.typical, "message size")
    return named(f"log of {span}", rate_in_room(feature) * size * span)
