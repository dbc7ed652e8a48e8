"""Clients one by one, with random delays: what the simulation in expectation is compared with.

It shares no code with `rtreview.models`: a heap of attempts, a bucket of work, and each delay as its kind
defines it.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

Delay = Callable[[random.Random, int, float], float]
"""The delay before an attempt: by its number from 0 on, and the delay before it."""


def exponential(base: float, cap: float, factor: float = 2.0) -> Callable[[int], float]:
    """The delay that grows, without its random part."""
    return lambda number: min(cap, base * factor ** min(number, 60))


def jittered(kind: str, base: float, cap: float, factor: float = 2.0) -> Delay:
    """A named kind of jitter."""
    grown = exponential(base, cap, factor)
    kinds: dict[str, Delay] = {
        "none": lambda _, number, __: grown(number),
        "full": lambda dice, number, _: dice.uniform(0, grown(number)),
        "equal": lambda dice, number, _: grown(number) / 2 + dice.uniform(0, grown(number) / 2),
        "decorrelated": lambda dice, _, before: min(cap, dice.uniform(base, 3 * (before or base))),
        "ratio": lambda dice, number, _: min(cap, grown(number) * dice.uniform(0.5, 1.5)),
        "span": lambda dice, number, _: grown(number) + dice.uniform(0.3, 3),
    }
    return kinds[kind]


@dataclass
class Crowd:
    """What happened to a crowd."""

    clients: int
    attempts: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)
    gave_up: int = 0

    def peak(self) -> int:
        """Attempts in the busiest second."""
        most = first = 0
        for last, time in enumerate(self.attempts):
            while self.attempts[first] <= time - 1:
                first += 1
            most = max(most, last - first + 1)
        return most

    def back_after(self, share: float) -> float:
        """When this share is back."""
        number = math.ceil(share * self.clients)
        return sorted(self.back)[number - 1] if number <= len(self.back) else math.inf

    @property
    def each(self) -> float:
        """Attempts of one client."""
        return len(self.attempts) / self.clients


def let_return(
    clients: int,
    capacity: float,
    delay: Delay,
    *,
    refusal: float,
    seed: int,
    noticed: float = 0.0,
    outage: float = 0.0,
    answer: float = 0.1,
    most: float = math.inf,
    until: float = 3600.0,
) -> Crowd:
    """Let a crowd return to a server that refuses what is beyond its work of a second."""
    dice, crowd = random.Random(seed), Crowd(clients)
    attempts: list[tuple[float, float, int, float]] = []
    for _ in range(clients):
        wait = delay(dice, 0, 0.0)
        attempts.append((dice.uniform(0, noticed) + wait, dice.random(), 0, wait))
    heapq.heapify(attempts)
    saved, last = 0.0, outage
    while attempts and attempts[0][0] < until:
        time, _, number, wait = heapq.heappop(attempts)
        crowd.attempts.append(time)
        if time >= outage:
            saved, last = min(capacity, saved + (time - last) * capacity), time
            if saved >= 1:
                saved -= 1
                crowd.back.append(time)
                continue
            saved = max(-capacity, saved - refusal)
        if number + 1 >= most:
            crowd.gave_up += 1
            continue
        wait = delay(dice, number + 1, wait)
        heapq.heappush(attempts, (time + answer + wait, dice.random(), number + 1, wait))
    return crowd


def let_queue(
    clients: int, capacity: float, delay: Delay, *, refusal: float, seed: int, timeout: float, until: float
) -> Crowd:
    """Let a crowd wait in a queue in front of the server, and try again where that takes too long.

    The queue is served in its order, so that at each arrival it is known when its turn comes.
    """
    dice, crowd, free = random.Random(seed), Crowd(clients), 0.0
    attempts = [(delay(dice, 0, 0.0), dice.random(), 0) for _ in range(clients)]
    heapq.heapify(attempts)
    while attempts and attempts[0][0] < until:
        time, _, number = heapq.heappop(attempts)
        crowd.attempts.append(time)
        turn = max(free, time)
        if turn - time < timeout:
            free = turn + 1 / capacity
            crowd.back.append(free)
        else:
            free = turn + refusal / capacity
            wait = timeout + 0.1 + delay(dice, number + 1, 0.0)
            heapq.heappush(attempts, (time + wait, dice.random(), number + 1))
    return crowd
