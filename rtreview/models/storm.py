"""What happens when many clients return: how they spread, how fast they are let in, and when never."""

from __future__ import annotations

import math

from rtreview.quantities.quantity import Count, Duration, Number, Rate, Ratio

FIRST_PEAK_OF_FULL_JITTER = sum(1 / (math.factorial(k) * 2 ** (k * (k - 1) / 2)) for k in range(1, 12))
"""Attempts of one client within its first `base` seconds under full jitter with doubling: 1.2715.

The k-th attempt falls into the first `base` seconds when the sum of k uniform delays on [0, b], [0, 2b],
[0, 4b], ... is below b, which has the probability 1 / (k! 2^(k(k-1)/2)).
"""


def accept_capacity(nodes: Count, accept_rate: Rate) -> Rate:
    """New connections that all nodes accept together: nodes times accept rate.

    Assumes that a balancer spreads attempts evenly.
    """
    return accept_rate * nodes.amount


def fastest_return(connections: Count, capacity: Rate) -> Duration:
    """The time in which nobody can be faster: connections divided by capacity (N / C)."""
    return Duration(connections.amount / capacity.amount) if capacity.amount else Duration(math.inf)


def peak_of_first_attempts(connections: Count, spread: Duration) -> Rate:
    """Attempts in the second in which most first attempts fall, evenly spread: N / max(W, 1 s)."""
    return Rate(connections.amount / max(spread.amount, 1.0))


def spread_of_first_attempt(base: Duration, kind: str) -> Duration:
    """Width of the interval in which the first attempts fall, by kind of jitter.

    none 0, full `[0, b]`, equal `[b/2, b]`, decorrelated `[b, 3b]`: after the formulas of AWS's backoff
    simulator (github.com/aws-samples/aws-arch-backoff-simulator, src/backoff_simulator.py).
    """
    return base * {"none": 0.0, "full": 1.0, "equal": 0.5, "decorrelated": 2.0}[kind]


def spread_of_ratio(base: Duration, ratio: Ratio) -> Duration:
    """Width of the first attempts where each delay varies by a ratio to both sides: 2 x b.

    A client that adds up to the ratio and subtracts nothing spreads half as wide.
    """
    return base * (2 * ratio.amount)


def mean_delay_at_cap(cap: Duration, kind: str) -> Duration:
    """Mean delay once the backoff has reached its cap, by kind of jitter.

    none 1, equal 3/4 and full 1/2 of the cap. Decorrelated: 0.62, the measured value for a cap of 30 to
    60 times the base (simulation of the same formulas; 0.74 at 10 times).
    """
    return cap * {"none": 1.0, "equal": 0.75, "full": 0.5, "decorrelated": 0.62}[kind]


def mean_delay_of_ratio(cap: Duration, ratio: Ratio) -> Duration:
    """Mean delay at the cap where each delay varies by a ratio and is clipped at the cap: c (1 - x/4)."""
    return cap * (1 - ratio.amount / 4)


def rejection_load(connections: Count, mean_delay: Duration, reject_cost: Ratio) -> Rate:
    """What refusing all of them costs, in accepts per second: r N / E.

    With every client waiting at the cap, N / E attempts arrive in a second, and each refusal costs the
    share r of an accept. Where this reaches the capacity no accept is left, and nobody returns ever.
    """
    return Rate(connections.amount / mean_delay.amount * reject_cost.amount)


def load_of_fixed_retries(limit: Rate, offered: Rate, round_: int) -> Rate:
    """Load in a round of retries without backoff: what exceeds the limit is added each time.

    From the chapter on cascading failures of Google's SRE book: a limit of 10,000/s and 10,100/s offered
    become 10,200/s, 10,300/s, and so on.
    """
    return offered + (offered - limit) * round_


def attempts_through_layers(retries: int, layers: int) -> Count:
    """Attempts at the bottom for one request at the top, where each layer retries: (1 + r)^layers."""
    return Count(float((1 + retries) ** layers))


_LONGEST_GROWTH = 200
"""Attempts after which no backoff grows any more: doubling reaches 10^60 times its base."""


def delay_before_attempt(attempt: int, base: Duration, factor: float, cap: Duration) -> Duration:
    """The delay of an exponential backoff before its jitter; the first attempt has number 0.

    Client libraries wait `base` before their first retry. AWS's simulator counts before it computes and
    waits `base` times two: its attempt is one further here.
    """
    return Duration(min(cap.amount, base.amount * factor ** min(attempt, _LONGEST_GROWTH)))


def schedule(attempts: int, base: Duration, factor: Number, cap: Duration) -> Duration:
    """The sum of the first delays of an exponential backoff before jitter, in bounded time for any number."""
    delay, total = base.amount, 0.0
    for _ in range(min(attempts, _LONGEST_GROWTH)):
        total += min(cap.amount, delay)
        delay *= factor.amount
    again = attempts - _LONGEST_GROWTH
    return Duration(total + again * min(cap.amount, delay) if again > 0 else total)


def connections_of_arrivals(arrivals: Rate, lifetime: Duration) -> Count:
    """Connections that exist at a time, after Little: arrivals times lifetime."""
    return Count(arrivals.amount * lifetime.amount)


def arrivals_of_lifetime(connections: Count, lifetime: Duration) -> Rate:
    """Reconnections caused by an age at which connections end, after Little: N / age."""
    return Rate(connections.amount / lifetime.amount)
