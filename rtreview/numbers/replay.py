"""Replay: how far back a returning client can be brought up to date, and what that costs."""

from __future__ import annotations

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable
from rtreview.language.spec import Resume
from rtreview.numbers.expression import Expression, named, smaller, term
from rtreview.numbers.fan_out import rate_in_room
from rtreview.numbers.ledger import number
from rtreview.numbers.reconnection import return_window
from rtreview.quantities.quantity import Bandwidth, Duration, Rate, Size


@number
def resync_queries(feature: Feature) -> Expression[Rate]:
    """Database queries during the return of all clients."""
    clients, each = (
        feature.connection.workload.connections,
        term(feature.operations.resync_queries, "queries each"),
    )
    return named("queries of the return", clients * each / return_window(feature.connection))


@number
def resync_bytes(feature: Feature) -> Expression[Bandwidth]:
    """Bytes of snapshots during the return of all clients."""
    clients, snapshot = feature.connection.workload.connections, term(feature.sync.snapshot.size, "snapshot")
    return named("snapshots of the return", clients * snapshot / return_window(feature.connection))


def needs_replay(feature: Feature) -> Resume:
    """The section on the replay, where a client that returns depends on one.

    Raises:
        NotApplicable: it depends on none, or there is none.

    """
    resume = feature.transport.resume
    if feature.connection.is_polling:
        raise NotApplicable("each poll fetches what is new")
    if resume.is_none:
        raise NotApplicable("nothing is replayed")
    if feature.transport.reconnect.is_none:
        raise NotApplicable("the client does not reconnect")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    if feature.is_fleeting or feature.serves("cursors", "signalling"):
        raise NotApplicable("what was missed is worth nothing a moment later")
    if feature.is_state_valued:
        raise NotApplicable("the next update holds the whole value")
    if resume.by.has("snapshot"):
        raise NotApplicable("a client that returns gets a snapshot")
    if feature.merges_by("crdt"):
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
