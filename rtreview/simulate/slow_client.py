"""One client receives less than it is sent: what waits for it, how old that is, and what it costs a node."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rtreview import models
from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.models import queue
from rtreview.numbers import queues
from rtreview.numbers.fan_out import update_size
from rtreview.numbers.reconnection import connections_per_node
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Ratio, Size
from rtreview.simulate.reader import Reader
from rtreview.simulate.scenario import Scenario, Slider
from rtreview.simulate.series import AROUND, Course, Figure, curve

if TYPE_CHECKING:
    from rtreview.models.slow_client import SlowClient

WAITING = "bytes that wait for it"
AGE = "age of what it receives"
ON_A_NODE = "bytes that wait on a node whose clients are all slow"

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
    return models.slow_client.SlowClient(
        arrival=arrival,
        drain=drain,
        stall=Duration(0) if is_slow else Duration(min(lasts, default=A_MINUTE.amount)),
        bound=bound,
        max_age=age,
        overflow=_overflow(reader, feature) if bound else None,
        queues=reader.extra(lambda: _queues(reader, feature, bound)),
        memory=reader.noted(feature.topology.node.memory).content,
        staleness=reader.noted(feature.targets.staleness).content,
    )


def _overflow(reader: Reader, feature: Feature) -> Any:
    """What happens when its queue is full, where it stays in the live stream."""
    overflow = feature.backpressure.overflow
    content = reader.known(overflow)
    if content == "catch-up":
        raise NotApplicable("a slow client leaves the live stream, and reads from a log")
    if content == "drop":
        raise Undecided(overflow, message="it would need to know which message is dropped")
    return content


def _bound(reader: Reader, feature: Feature) -> Size | None:
    """The bound of a queue in bytes, or None where it is decided that there is none."""
    waiting, overflow = feature.backpressure.queue, feature.backpressure.overflow
    in_size = waiting.max_keys.content or waiting.max_messages.content or waiting.max_bytes.content
    ages = waiting.max_age.content is not None and not overflow.has("coalesce")
    if feature.backpressure.is_none or queues.is_endless(waiting) or (ages and not in_size):
        return None
    size = update_size(feature)
    bound: Size = reader.measured(queues.bound_of_queue(feature, size, "usual"))
    return bound


def _queues(reader: Reader, feature: Feature, bound: Size | None) -> Count:
    """How many queues of a node lie in memory at once: see `queues.memory_of_queues`."""
    if bound is None or not bound.amount:
        clients: Count = reader.measured(connections_per_node(feature.connection))
        return clients
    size = update_size(feature)
    held = reader.measured(queues.memory_of_queues(feature, size, "usual"))
    return Count(held.amount / bound.amount)


def _course(client: SlowClient) -> Course:
    """What waits for it, how old that is, and what it costs a node."""
    slow_client = models.slow_client
    moments = slow_client.moments(client)
    full, lasts = slow_client.full_after(client), slow_client.memory_lasts(client)
    stalls, grows = client.stall.amount > 0, client.surplus > 0
    limit = slow_client.limit(client)
    events = [("it receives again", client.stall if stalls else None), ("full", full)]
    waiting = [(moment.amount, slow_client.waiting(client, moment).amount) for moment in moments]
    if slow_client.is_cut_off(client):
        waiting += [(full.amount, 0.0), (AROUND * full.amount, 0.0)]
    ages = [
        (moment.amount, slow_client.age(client, moment).amount)
        for moment in moments
        if moment >= client.stall
    ]
    curves = [
        curve(WAITING, "B", waiting, [("bound", limit)], events),
        curve(AGE, "s", ages, [("staleness", client.staleness)], events),
    ]
    queues = client.queues
    if queues is not None:
        held = [(after, size * queues.amount) for after, size in waiting]
        used_up = [("memory of the node used up", lasts)]
        levels = [("memory of a node", client.memory)]
        curves.append(curve(ON_A_NODE, "B", held, levels, used_up))
    return Course(tuple(_of_a_queue(client, grows=grows)), tuple(curves))


def _of_a_queue(client: SlowClient, *, grows: bool) -> Iterator[Figure]:
    slow_client = models.slow_client
    limit, lasts = slow_client.limit(client), slow_client.memory_lasts(client)
    bounded = math.isfinite(limit.amount)
    yield Figure("what it is sent", client.arrival)
    yield Figure("what its line carries", client.drain)
    if client.stall.amount:
        yield Figure("it stands still for", client.stall.rounded)
    yield Figure("the most that waits", limit if bounded else "no bound")
    yield Figure("its queue is full after", slow_client.full_after(client).rounded)
    yield Figure(
        "what it receives is as old as",
        slow_client.oldest(client).rounded if bounded or not grows else "no bound",
    )
    if bounded:
        age = queue.age_when_full(limit, client.drain)
        yield Figure("age of the last of a full queue", age.rounded)
    if client.queues is not None:
        held = limit * client.queues
        yield Figure("a node of slow clients holds", held if bounded else "no bound")
        if client.memory is not None:
            yield Figure("its memory is used up after", lasts.rounded)
    yield Figure("how it ends", _end_of_a_queue(client, grows=grows))


def _end_of_a_queue(client: SlowClient, *, grows: bool) -> str:
    if not grows and math.isfinite(models.slow_client.memory_lasts(client).amount):
        return "a node whose clients are all so slow is out of memory"
    if not grows:
        return "it catches up" if client.surplus < 0 else "it stays as far behind"
    lost = Ratio(float(f"{models.slow_client.lost(client).amount:.3g}"))
    return {
        None: "it falls behind forever",
        "disconnect": "cut off",
        "drop-oldest": f"{lost} is dropped",
        "drop-newest": f"{lost} is dropped",
        "coalesce": f"{lost} is replaced",
        "block": "its sender waits",
    }[models.slow_client.effect(client)]


SCENARIOS = (
    Scenario(
        name="slow-client",
        tells="a client of the slowest tenth is sent what its room sends; where its line carries all of "
        "that, it stands still at first, until its queue is full",
        subject="feature",
        curves=(WAITING, AGE, ON_A_NODE),
        parameters=slow_client,
        course=_course,
        shows={
            "slow-client-memory-budget": ON_A_NODE,
            "client-bandwidth-deficit": WAITING,
            "queue-older-than-staleness": AGE,
        },
        kernel="slow-client",
        sliders=(
            Slider("backpressure.queue.max_messages", "messages that may wait"),
            Slider("backpressure.queue.max_bytes", "bytes that may wait", "B"),
        ),
        follows=("slow-client-memory-budget", "queue-older-than-staleness"),
    ),
)
