"""The simulation of a mass disconnect, against closed forms and against clients one by one."""

from __future__ import annotations

import math
import statistics
import tracemalloc
from dataclasses import replace
from functools import cache

import crowd
import pytest

from rtreview.models import storm
from rtreview.models.backoff import Plan
from rtreview.models.reconnection import Recovery, Scenario, simulate
from rtreview.quantity import Count, Duration, Number, Rate, Ratio, Spread

CLIENTS, CAPACITY, BASE, CAP, REFUSAL = 20_000, 1000, 1.0, 30.0, 0.02
SEEDS = (1, 2, 3)
JITTERS = {
    "none": None,
    "full": "full",
    "equal": "equal",
    "decorrelated": "decorrelated",
    "ratio": Ratio(0.5),
    "span": Spread(Duration(0.3), Duration(3)),
}


def plan(kind: str = "full", **others: object) -> Plan:
    """An exponential plan with a kind of jitter."""
    return Plan(jitter=JITTERS[kind], **others)  # type: ignore[arg-type]


def way_back(clients: float = CLIENTS, capacity: float = CAPACITY, **others: object) -> Recovery:
    """A simulation, with refusals that cost little."""
    options = {"refusal": Ratio(REFUSAL), "plan": plan(), **others}
    return simulate(Scenario(Count(clients), Rate(capacity), **options))  # type: ignore[arg-type]


@cache
def crowds(kind: str, noticed: float = 0.0, outage: float = 0.0) -> list[crowd.Crowd]:
    """Clients one by one, with several seeds."""
    delay = crowd.jittered(kind, BASE, CAP)
    return [
        crowd.let_return(CLIENTS, CAPACITY, delay, refusal=REFUSAL, seed=seed, noticed=noticed, outage=outage)
        for seed in SEEDS
    ]


@pytest.mark.parametrize("kind", JITTERS)
def test_it_comes_to_what_clients_one_by_one_come_to(kind: str) -> None:
    """For each kind of jitter: the busiest second, the time to 99 % and the attempts."""
    seen, told = crowds(kind), way_back(plan=plan(kind))
    assert told.peak.amount == pytest.approx(statistics.mean(one.peak() for one in seen), rel=0.05)
    after = statistics.mean(one.back_after(0.99) for one in seen)
    assert told.back_after(0.99).amount == pytest.approx(after, rel=0.05)
    assert told.each.amount == pytest.approx(statistics.mean(one.each for one in seen), rel=0.03)


@pytest.mark.parametrize("kind", ["full", "equal"])
def test_so_it_does_after_an_outage_that_is_noticed_over_time(kind: str) -> None:
    """A loss over 20 s, and nobody accepted for a minute."""
    seen = crowds(kind, noticed=20.0, outage=60.0)
    spread = Spread(Duration(0), Duration(20))
    told = way_back(plan=plan(kind), noticed=spread, outage=Duration(60))
    after = statistics.mean(one.back_after(0.99) for one in seen)
    assert told.back_after(0.99).amount == pytest.approx(after, rel=0.05)
    assert told.each.amount == pytest.approx(statistics.mean(one.each for one in seen), rel=0.03)


@pytest.mark.parametrize(
    ("kind", "calls", "milliseconds"),
    [("none", 1846, 63_309), ("decorrelated", 999, 4780), ("equal", 813, 6540), ("full", 796, 4909)],
)
def test_the_delays_of_the_crowd_are_those_of_aws(kind: str, calls: int, milliseconds: int) -> None:
    """100 clients who contend for a record make the calls, in the time, that AWS's simulator came to."""
    runs = [crowd.contend(100, crowd.jittered(kind, 5, 2000), seed=seed) for seed in range(30)]
    assert statistics.mean(one for one, _ in runs) == pytest.approx(calls, rel=0.05)
    assert statistics.mean(time for _, time in runs) == pytest.approx(milliseconds, rel=0.1)


@pytest.mark.parametrize("kind", JITTERS)
@pytest.mark.parametrize("capacity", [100, 1000, 5000])
def test_nobody_is_faster_than_the_servers(kind: str, capacity: float) -> None:
    """N / C is the lower bound, whatever the clients do."""
    told = way_back(capacity=capacity, plan=plan(kind))
    bound = storm.fastest_return(Count(CLIENTS), Rate(capacity))
    assert told.all_back.amount >= 0.99 * bound.amount


def test_the_first_peak_of_full_jitter() -> None:
    """Within the first second each client tries 1.27 times, where almost nobody is accepted."""
    told = way_back(clients=1e6, capacity=1, plan=plan("full"), answer=Duration(0.0001))
    first = told.peak.amount / 1e6
    assert first == pytest.approx(storm.FIRST_PEAK_OF_FULL_JITTER, rel=0.03)


def test_the_first_peak_of_other_kinds() -> None:
    """A random first delay over W seconds makes N / W a second; without jitter all come at once."""
    spread = way_back(capacity=5000, plan=plan("full", first=Spread(Duration(0), Duration(10))))
    assert spread.peak.amount == pytest.approx(CLIENTS / 10, rel=0.02)
    assert way_back(plan=plan("none")).peak.amount == pytest.approx(CLIENTS, rel=0.01)


@pytest.mark.parametrize(
    ("kind", "cap", "ending"),
    [("full", 30, "refusals take the whole capacity"), ("equal", 30, "back"), ("full", 60, "back"),
     ("equal", 60, "back")],
)  # fmt: skip
def test_where_refusals_take_the_whole_capacity_nobody_returns(kind: str, cap: float, ending: str) -> None:
    """10,000 clients, 100 accepts a second, and a refusal that costs a fifth of an accept."""
    told = way_back(
        10_000, 100, refusal=Ratio(0.2), plan=plan(kind, cap=Duration(cap)), horizon=Duration(7200)
    )
    assert told.ending == ending
    assert math.isinf(told.all_back.amount) == (ending != "back")


def test_a_client_that_gives_up_is_not_back() -> None:
    """Three attempts against a server of few accepts."""
    told = way_back(capacity=100, plan=plan("full", max_attempts=Count(3)))
    assert told.ending == "gave up"
    assert told.gave_up.amount + told.back[-1] == pytest.approx(1, abs=1e-3)
    assert told.each.amount <= 3


def test_a_fixed_delay_costs_work_and_no_time() -> None:
    """Everybody is back in about N / C, with many times the attempts of a backoff."""
    fixed = way_back(100_000, 1000, refusal=Ratio(0), plan=Plan(base=Duration(1), factor=Number(1), cap=None))
    grown = way_back(100_000, 1000, refusal=Ratio(0))
    assert fixed.back_after(0.99).amount < 110
    assert fixed.each.amount > 5 * grown.each.amount


def test_a_backoff_without_jitter_takes_ten_times_as_long() -> None:
    """They return in step, and between two steps the servers have nothing to do."""
    in_step, spread = (
        way_back(100_000, 1000, refusal=Ratio(0), plan=plan(kind), horizon=Duration(7200))
        for kind in ("none", "full")
    )
    assert in_step.back_after(0.99).amount > 10 * spread.back_after(0.99).amount


@pytest.mark.parametrize("kind", JITTERS)
def test_more_capacity_is_never_later(kind: str) -> None:
    """Nor are fewer clients."""
    times = [
        way_back(capacity=one, plan=plan(kind)).back_after(0.99).amount for one in (500, 1000, 2000, 8000)
    ]
    assert times == sorted(times, reverse=True)
    times = [way_back(one, plan=plan(kind)).back_after(0.99).amount for one in (2000, 8000, 20_000)]
    assert times == sorted(times)


@pytest.mark.parametrize("kind", JITTERS)
def test_shares_and_attempts_are_what_they_are_called(kind: str) -> None:
    """A share of the clients grows from 0 to 1, and the attempts of the curve are all attempts."""
    told = way_back(plan=plan(kind))
    assert list(told.back) == sorted(told.back)
    assert told.back[-1] == pytest.approx(1, abs=1e-4)
    steps = [end - begin for begin, end in zip((0.0, *told.times), told.times, strict=False)]
    total = sum(rate * step for rate, step in zip(told.attempts, steps, strict=True))
    assert total == pytest.approx(told.each.amount * CLIENTS, rel=1e-6)


def test_ten_million_clients_cost_what_ten_do() -> None:
    """An hour of a storm that never ends, in less than 50 MB; and the same scenario gives the same curves."""
    scenario = Scenario(Count(1e7), Rate(1000), plan("full"), refusal=Ratio(0))
    tracemalloc.start()
    told = simulate(scenario)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 50e6
    assert told == simulate(scenario)
    assert len(told.times) < 2 * len(simulate(replace(scenario, clients=Count(1e5))).times) + 20_000
