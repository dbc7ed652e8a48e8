"""One slow client, in closed form, against a queue that is simulated byte by byte and published figures."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

import pytest

from rtreview.models import slow_client
from rtreview.models.slow_client import Overflow, SlowClient
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Ratio, Size

SLOW = SlowClient(arrival=Bandwidth(300), drain=Bandwidth(100), bound=Size(2000), overflow="drop-newest")
"""Full after 10 s; the last of a full queue waits for 20 s."""


class Seen(NamedTuple):
    """What a simulated client had at a time."""

    waiting: float
    age: float | None


def queued(client: SlowClient, until: float, step: float = 0.01) -> list[Seen]:
    """A queue of many small messages, each with the time at which it was sent, step by step."""
    most = math.inf if client.bound is None else client.bound.amount
    oldest = math.inf if client.max_age is None else client.max_age.amount
    sent, taken = client.arrival.amount * step, client.drain.amount * step
    waiting: deque[tuple[float, float]] = deque()
    held, seen = 0.0, []
    for number in range(round(until / step)):
        now = number * step
        waiting.append((now, sent))
        held += sent
        while waiting and now - waiting[0][0] > oldest:
            held -= waiting.popleft()[1]
        while held > most:
            held -= (waiting.popleft() if client.overflow == "drop-oldest" else waiting.pop())[1]
        left, age = (0.0 if now < client.stall.amount else taken), None
        while waiting and left > 1e-12:
            at, size = waiting[0]
            part = min(size, left)
            age, left, held = now - at, left - part, held - part
            if part == size:
                waiting.popleft()
            else:
                waiting[0] = (at, size - part)
        seen.append(Seen(held, age))
    return seen


@pytest.mark.parametrize(
    "client",
    [
        SLOW,
        SlowClient(Bandwidth(300), Bandwidth(100), bound=Size(2000), overflow="drop-oldest"),
        SlowClient(Bandwidth(300), Bandwidth(290), bound=Size(2000), overflow="drop-newest"),
        SlowClient(Bandwidth(300), Bandwidth(100)),
        SlowClient(
            Bandwidth(300), Bandwidth(100), bound=Size(2000), overflow="drop-oldest", max_age=Duration(3)
        ),
        SlowClient(Bandwidth(300), Bandwidth(100), max_age=Duration(3)),
        SlowClient(Bandwidth(100), Bandwidth(300), stall=Duration(5), bound=Size(500), overflow="disconnect"),
        SlowClient(Bandwidth(100), Bandwidth(300), stall=Duration(5)),
        SlowClient(
            Bandwidth(300), Bandwidth(100), stall=Duration(2), bound=Size(2000), overflow="drop-oldest"
        ),
    ],
)
def test_a_queue_that_is_simulated_message_by_message_does_the_same(client: SlowClient) -> None:
    """What waits and how old it is, each tenth of a second of 40 s, whatever happens to what is too much."""
    for number, seen in enumerate(queued(client, 40)):
        now = Duration(number * 0.01)
        if number % 10 or now.amount < client.stall.amount + 0.1:
            continue
        assert slow_client.waiting(client, now).amount == pytest.approx(seen.waiting, abs=12)
        if seen.age is not None:
            assert slow_client.age(client, now).amount == pytest.approx(seen.age, abs=0.1)


@pytest.mark.parametrize(
    ("overflow", "age"), [("drop-oldest", 2000 / 300), ("drop-newest", 20), ("block", 20), ("coalesce", 20)]
)
def test_what_is_dropped_decides_how_old_the_rest_becomes(overflow: Overflow, age: float) -> None:
    """The newest two thirds of a queue are Q/a old; who waits for its turn waits for the whole queue, Q/d."""
    client = SlowClient(Bandwidth(300), Bandwidth(100), bound=Size(2000), overflow=overflow)
    assert slow_client.oldest(client).amount == pytest.approx(age)
    assert slow_client.full_after(client) == Duration(10)
    assert slow_client.lost(client) == Ratio(200 / 300)


def test_who_is_cut_off_has_nothing_more() -> None:
    """The story ends when the queue is full."""
    client = SlowClient(Bandwidth(300), Bandwidth(100), bound=Size(2000), overflow="disconnect")
    assert slow_client.is_cut_off(client)
    assert slow_client.moments(client) == [Duration(0), Duration(10)]


def test_v12_a_small_queue_fills_while_a_client_sleeps() -> None:
    """Centrifugo's load test: in 3 s of sleep 8 KiB overflow, 1 MiB do not; a fast client keeps nothing."""
    sleeps = Duration(3)
    small, large = (
        SlowClient(Bandwidth(4096), Bandwidth(1e6), stall=sleeps, bound=Size(bound), overflow="disconnect")
        for bound in (8 * 1024, 1024 * 1024)
    )
    assert slow_client.full_after(small) == Duration(2)
    assert slow_client.full_after(large) == Duration(math.inf)
    fast = SlowClient(Bandwidth(4096), Bandwidth(1e6), bound=Size(8 * 1024), overflow="disconnect")
    assert slow_client.waiting(fast, sleeps) == Size(0)


def test_b4_a_node_of_slow_clients_is_sized_for_all_of_them() -> None:
    """Centrifugo's 1 MiB for 100,000 clients are 97.7 GiB, reached when the queues are full."""
    node = SlowClient(
        Bandwidth(2 * 1024**2), Bandwidth(1024**2), bound=Size(1024**2), overflow="drop-oldest",
        queues=Count(100_000), memory=Size(50_000 * 1024**2),
    )  # fmt: skip
    held = slow_client.waiting(node, slow_client.full_after(node)) * 100_000
    assert held.amount / 1024**3 == pytest.approx(97.7, abs=0.05)
    assert slow_client.memory_lasts(node) == Duration(0.5)


def test_a_queue_without_bound_ends_with_the_memory() -> None:
    """Ten clients that fall behind by 200 B/s each have used up 20 kB after 10 s."""
    client = SlowClient(Bandwidth(300), Bandwidth(100), queues=Count(10), memory=Size(20_000))
    assert slow_client.full_after(client) == Duration(math.inf)
    assert slow_client.memory_lasts(client) == Duration(10)
    assert slow_client.moments(client)[-1] == Duration(10)
    alone = SlowClient(Bandwidth(300), Bandwidth(100))
    assert slow_client.moments(alone)[-1] == slow_client.WITHOUT_END


def test_catching_up_takes_longer_than_the_gap() -> None:
    """1,000 B that waited after 20 s at 50 B/s are gone 10 s later over a line of 150 B/s."""
    client = SlowClient(Bandwidth(50), Bandwidth(150), stall=Duration(20))
    assert slow_client.waiting(client, Duration(20)) == Size(1000)
    assert slow_client.empty_after(client) == Duration(20 + 10)


def test_a_line_that_carries_just_what_is_sent_never_catches_up() -> None:
    """What waited when it stood still goes on waiting."""
    client = SlowClient(Bandwidth(100), Bandwidth(100), stall=Duration(5), bound=Size(500), overflow="block")
    assert slow_client.empty_after(client) == Duration(math.inf)
    assert slow_client.waiting(client, Duration(500)) == Size(500)
    assert not slow_client.is_cut_off(client)
