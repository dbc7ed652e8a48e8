"""Queues: what waits for slow clients, and what one client is sent."""

from __future__ import annotations

from typing import Any

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided
from rtreview.language.sections.backpressure import Queue
from rtreview.numbers.expression import SUM, Expression, Function, Named, at_least, named, smaller, term
from rtreview.numbers.fan_out import bytes_largest, largest_audience, update_size, updates_of_room, weight
from rtreview.numbers.ledger import number
from rtreview.numbers.reconnection import connections_per_node
from rtreview.quantities.quantity import Bandwidth, Count, Rate, Size

DROPS = ("drop", "drop-oldest", "drop-newest")
"""What a full queue may do that loses a message."""


def receives(feature: Feature) -> None:
    """End a rule, or a scenario, where nothing is sent to a client unasked."""
    if feature.connection.looks_each_time:
        raise NotApplicable("a polling client takes what it asks for")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")


def waits(feature: Feature) -> None:
    """End a rule, or a scenario, where nothing can wait for a client."""
    receives(feature)
    if feature.backpressure.queue.is_none:
        raise NotApplicable("nothing waits for a slow client")


def is_endless(queue: Queue) -> bool:
    """Whether any bound of a queue is decided against."""
    if queue.max_age.content or queue.max_keys.content:
        return False
    return queue.word == "unbounded" or (queue.max_messages.is_none and queue.max_bytes.is_none)


def bound_of_queue(feature: Feature, size: Field[Size], which: str) -> Named[Size]:
    """The most bytes that wait for one client, whose messages all have this size.

    Raises:
        Undecided: the queue is bounded neither in messages, nor in keys, nor in bytes.

    """
    bounds = feature.backpressure.queue
    count = bounds.max_keys if bounds.max_keys.content else bounds.max_messages
    if count.content is None and not bounds.max_bytes.content:
        by_keys = feature.backpressure.overflow.has("coalesce")
        raise Undecided(bounds.max_keys if by_keys else bounds.max_bytes)
    in_bytes, counted = term(bounds.max_bytes), term(count) * term(size, f"{which} message")
    if count.content is None:
        return named("bound of a queue", in_bytes)
    return named(
        "bound of a queue", smaller(in_bytes, counted) if bounds.max_bytes.content is not None else counted
    )


@number("Bound of one slow client's queue")
def queue_bound(feature: Feature) -> Expression[Size]:
    """Bound of one slow client's queue."""
    bounds, sizes = feature.backpressure.queue, feature.workload.messages.size
    if bounds.is_none:
        raise NotApplicable("nothing waits for a slow client")
    if is_endless(bounds):
        raise NotApplicable("the queue has no bound")
    usual = update_size(feature)
    if sizes.max.is_stated and usual is sizes.typical:
        return bound_of_queue(feature, sizes.max, "largest")
    return bound_of_queue(feature, usual, "usual")


@number("Queue memory of a node whose clients are all slow")
def queue_memory(feature: Feature) -> Expression[Size]:
    """Queue memory of a node whose clients are all slow.

    The correlated case: one network provider fails, or a wave of tabs is hidden.
    """
    clients = connections_per_node(feature.connection)
    return named("queue memory of a node", clients * queue_bound(feature))


_SHARED = Function("min", "{}, shared by all", lambda bound: bound, (1,), inner=(SUM,))


def memory_of_queues(feature: Feature, size: Field[Size], which: str) -> Expression[Size]:
    """What waits on one node when all of its clients are slow, in bytes.

    What is encoded once and not compressed lies in memory once for each room, however many wait for it:
    the queue of the slowest member holds what waits for the others.
    """
    bound, rooms = bound_of_queue(feature, size, which), feature.workload.rooms
    node, peak = feature.topology.node, feature.workload.connections
    clients: Expression[Count] = connections_per_node(feature.connection)
    if node.max_connections.content and not (peak.is_stated or node.connections.is_stated):
        clients = named("connections that a node admits", term(node.max_connections))
    if feature.fan_out.serialise.has("once") and not feature.transport.compression.content:
        if feature.has_one_writer and not rooms.is_stated:
            return named("memory of queues", _SHARED(bound.body))
        return named("memory of queues", bound.body * smaller(clients, term(rooms.count, "rooms")))
    return named("memory of queues", bound.body * clients)


def received(feature: Feature) -> Expression[Bandwidth]:
    """What one client is sent, as it is stated; else what a member of the largest room is."""
    messages, rooms = feature.workload.messages, feature.workload.rooms
    if messages.per_client.is_stated:
        stated: Expression[Any] = term(messages.per_client, "what a client is sent")
        if isinstance(messages.per_client.content, Rate):
            stated = stated * weight(feature)
        return named("what one client is sent", stated)
    if not feature.has_one_writer:
        members = at_least(largest_audience(feature), Count(1))
        return named("what one client is sent", bytes_largest(feature) / members)
    sent = updates_of_room(feature) * weight(feature)
    several = rooms.per_user.content is not None
    return named(
        "what one client is sent", sent * term(rooms.per_user, "rooms per user") if several else sent
    )
