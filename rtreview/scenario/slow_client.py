"""One client that receives less than it is sent, as a feature states it."""

from __future__ import annotations

from rtreview import numbers
from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable
from rtreview.models.slow_client import SlowClient
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Size
from rtreview.rules import queues
from rtreview.scenario.reader import Reader

A_MINUTE = Duration(60)
"""How long a client stands still whose queue has no bound (unbounded-message-queue)."""


def slow_client(reader: Reader, feature: Feature) -> SlowClient:
    """One client of the slowest tenth."""
    queues.waits(feature)
    waiting = feature.backpressure.queue
    arrival: Bandwidth = reader.measured(queues.received(feature))
    drain: Bandwidth = reader.known(feature.workload.downlink)
    age: Duration | None = reader.noted(waiting.max_age).content
    bound = _bound(reader, feature)
    if not arrival.amount:
        raise NotApplicable("nothing is sent to the client")
    if any(most is not None and not most.amount for most in (bound, age)):
        raise NotApplicable("nothing waits for a slow client")
    is_slow = arrival > drain
    lasts = [bound.amount / arrival.amount] if bound else []
    lasts += [age.amount] if age else []
    return SlowClient(
        arrival=arrival,
        drain=drain,
        stall=Duration(0) if is_slow else Duration(min(lasts, default=A_MINUTE.amount)),
        bound=bound,
        max_age=age,
        overflow=reader.known(feature.backpressure.overflow) if bound else None,
        queues=reader.extra(lambda: _queues(reader, feature, bound)),
        memory=reader.noted(feature.topology.node.memory).content,
        staleness=reader.noted(feature.targets.staleness).content,
    )


def _bound(reader: Reader, feature: Feature) -> Size | None:
    """The bound of a queue in bytes, or None where it is decided that there is none."""
    waiting, overflow = feature.backpressure.queue, feature.backpressure.overflow
    in_size = waiting.max_keys.content or waiting.max_messages.content or waiting.max_bytes.content
    ages = waiting.max_age.content is not None and not overflow.has("coalesce")
    if feature.backpressure.is_none or waiting.word == "unbounded" or (ages and not in_size):
        return None
    size = feature.workload.messages.size.typical
    bound: Size = reader.measured(numbers.bound_of_queue(feature, size, "usual"))
    return bound


def _queues(reader: Reader, feature: Feature, bound: Size | None) -> Count:
    """How many queues of a node lie in memory at once: see `queues.memory_of_queues`."""
    if bound is None or not bound.amount:
        clients: Count = reader.measured(numbers.connections_per_node(feature.connection))
        return clients
    size = feature.workload.messages.size.typical
    held = reader.measured(queues.memory_of_queues(feature, size, "usual"))
    return Count(held.amount / bound.amount)
