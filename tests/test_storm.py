"""What follows a mass disconnect, against closed forms, a crowd of single clients, and published figures."""

from __future__ import annotations

import heapq
import json
import math
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from crowd import Crowd, Delay, jittered, let_queue, let_return

from rtreview.models.backoff import Chain, Jitter, Plan
from rtreview.models.reconnection import Recovery, Storm, simulate
from rtreview.quantities.quantity import Count, Duration, Number, Rate, Ratio, Spread
from rtreview.simulate import NAMES

pytestmark = pytest.mark.slow  # crowds of 20,000 clients, with dice

JITTERS: dict[str, Jitter] = {
    "none": None,
    "full": "full",
    "equal": "equal",
    "decorrelated": "decorrelated",
    "ratio": Ratio(0.5),
    "span": Spread(Duration(0.3), Duration(3)),
}
FULL = Plan(jitter="full")

FIRST_PEAK_OF_FULL_JITTER = sum(1 / (math.factorial(k) * 2 ** (k * (k - 1) / 2)) for k in range(1, 12))
"""Attempts of one client within its first `base` seconds under full jitter with doubling: 1.2715.

The k-th attempt falls into the first `base` seconds when the sum of k uniform delays on [0, b], [0, 2b],
[0, 4b], ... is below b, which has the probability 1 / (k! 2^(k(k-1)/2)).
"""


def run(
    clients: float, capacity: float, plan: Plan = FULL, refusal: float = 0.0, answer: float = 0.0
) -> Recovery:
    """What follows in a plain storm."""
    return simulate(Storm(Count(clients), Rate(capacity), plan, Ratio(refusal), answer=Duration(answer)))


def agrees(told: Recovery, crowds: list[Crowd], *, gives_up: bool = False) -> None:
    """Peak and time within 5 %, attempts within 3 %."""

    def mean(figures: list[float]) -> float:
        return sum(figures) / len(figures)

    assert told.peak.amount == pytest.approx(mean([one.peak() for one in crowds]), rel=0.05)
    assert told.each.amount == pytest.approx(mean([one.each for one in crowds]), rel=0.03)
    if gives_up:
        gone = mean([one.gave_up / one.clients for one in crowds])
        assert told.gave_up.amount == pytest.approx(gone, abs=0.02)
        assert told.ending == "gave up"
        return
    back = mean([one.back_after(0.99) for one in crowds])
    assert told.back_after(0.99).amount == pytest.approx(back, rel=0.05)
    assert told.ending == "back"


@pytest.mark.parametrize("refusal", [0.0, 0.1])
@pytest.mark.parametrize("kind", list(JITTERS))
def test_a_crowd_of_single_clients_does_the_same(kind: str, refusal: float) -> None:
    """20,000 clients one by one, refused or let in, return as the densities say, whatever the jitter."""
    told = run(20_000, 1000, Plan(jitter=JITTERS[kind]), refusal, answer=0.1)
    delay = jittered(kind, 1, 30)
    # Without jitter nothing is random, and every crowd is the same.
    crowds = range(1 if kind == "none" else 2)
    agrees(told, [let_return(20_000, 1000, delay, refusal=refusal, seed=seed) for seed in crowds])


def test_a_crowd_with_a_list_of_delays_gives_up() -> None:
    """SignalR's 0, 2, 10 and 30 s: all but four backlogs have stopped after 42 s."""
    delays = (0.0, 2.0, 10.0, 30.0)
    plan = Plan(delays=tuple(Duration(one) for one in delays), max_attempts=Count(4))

    def delay(dice: random.Random, number: int, before: float) -> float:
        del dice, before
        return delays[number]

    crowds = [let_return(20_000, 500, delay, refusal=0, seed=0, most=4)]
    agrees(run(20_000, 500, plan, answer=0.1), crowds, gives_up=True)


@pytest.mark.parametrize("kind", ["full", "decorrelated"])
def test_a_crowd_gives_up_after_its_attempts(kind: str) -> None:
    """With six attempts and 500 accepts/s a part of 20,000 clients stays away."""
    told = run(20_000, 500, Plan(jitter=JITTERS[kind], max_attempts=Count(6)), 0.2, answer=0.1)
    delay = jittered(kind, 1, 30)
    crowds = [let_return(20_000, 500, delay, refusal=0.2, seed=seed, most=6) for seed in range(2)]
    agrees(told, crowds, gives_up=True)


def test_a_crowd_that_notices_late_meets_an_outage() -> None:
    """Losses noticed over 25 s and nobody accepted for 60 s."""
    disconnect = Storm(
        Count(20_000),
        Rate(500),
        FULL,
        Ratio(0.2),
        noticed=Spread(Duration(0), Duration(25)),
        outage=Duration(60),
    )
    delay = jittered("full", 1, 30)
    crowds = [
        let_return(20_000, 500, delay, refusal=0.2, seed=seed, noticed=25, outage=60) for seed in range(2)
    ]
    agrees(simulate(disconnect), crowds)


def test_a_crowd_waits_for_a_first_delay_of_its_own() -> None:
    """A first delay over 10 s comes before the first one that grows."""
    plan = FULL._replace(first=Spread(Duration(0), Duration(10)))
    later = jittered("full", 1, 30)

    def delay(dice: random.Random, number: int, before: float) -> float:
        return dice.uniform(0, 10) if number == 0 else later(dice, number - 1, before)

    crowds = [let_return(20_000, 1000, delay, refusal=0.1, seed=seed) for seed in range(3)]
    agrees(run(20_000, 1000, plan, 0.1, answer=0.1), crowds)


def test_a_crowd_gets_in_once_its_delays_have_grown() -> None:
    """A delay that grows by a tenth leaves no accept for a minute, and room for all once it is at its cap."""
    plan = Plan(factor=Number(1.1), cap=Duration(5), jitter=Spread(Duration(0), Duration(3)))

    def delay(dice: random.Random, number: int, before: float) -> float:
        del before
        return min(5.0, 1.1**number) + dice.uniform(0, 3)

    crowds = [let_return(5000, 43, delay, refusal=0.05, seed=seed) for seed in range(2)]
    agrees(run(5000, 43, plan, 0.05, answer=0.1), crowds)


@pytest.mark.parametrize(("timeout", "refusal"), [(5, 0.1), (15, 0.5), (60, 0.5)])
def test_a_crowd_waits_in_a_queue(timeout: float, refusal: float) -> None:
    """Who waits beyond the connect timeout tries again, and its place in the queue costs a refusal."""
    disconnect = Storm(
        Count(20_000), Rate(500), FULL, Ratio(refusal), connect_timeout=Duration(timeout), queue=True
    )
    delay = jittered("full", 1, 30)
    crowd = let_queue(20_000, 500, delay, refusal=refusal, seed=1, timeout=timeout, until=600)
    agrees(simulate(disconnect), [crowd])


def test_nobody_is_faster_than_the_servers() -> None:
    """A share s of N clients is never back before s N / C, counted from the outage's end."""
    for jitter in JITTERS.values():
        told = simulate(Storm(Count(5000), Rate(100), Plan(jitter=jitter), Ratio(0), outage=Duration(20)))
        fastest = 5000 / 100
        for share in (0.1, 0.5, 0.99):
            assert told.back_after(share).amount >= 20 + share * fastest - 0.05


def test_the_first_peak_of_full_jitter() -> None:
    """Without any accept 1.2715 attempts of each client fall into the first second."""
    assert pytest.approx(1.2715, abs=0.0001) == FIRST_PEAK_OF_FULL_JITTER
    assert run(1e6, 0.001).peak.amount / 1e6 == pytest.approx(FIRST_PEAK_OF_FULL_JITTER, rel=0.005)


@pytest.mark.parametrize(("kind", "refusal", "recovers"), [
    ("full", 0.2, False), ("equal", 0.2, True), ("full", 0.1, True), ("equal", 0.3, False),
])  # fmt: skip
def test_beyond_the_load_of_refusals_nobody_returns(kind: str, refusal: float, *, recovers: bool) -> None:
    """10,000 clients, 100 accepts/s, a cap of 30 s: the closed form r N / E against C decides."""
    mean = 30 * {"full": 0.5, "equal": 0.75}[kind]
    assert (refusal * 10_000 / mean < 100) is recovers
    told = run(10_000, 100, Plan(jitter=JITTERS[kind]), refusal)
    assert told.ending == ("back" if recovers else "refusals take the whole capacity")
    assert math.isfinite(told.all_back.amount) is recovers


@pytest.mark.parametrize(("plan", "each", "back"), [
    (Plan(), 50.5, 2854), (Plan(jitter="equal"), 6.29, 119), (FULL, 7.18, 106),
    (Plan(jitter="decorrelated"), 6.48, 109), (Plan(jitter=Ratio(0.5)), 5.58, 118),
    (Plan(factor=Number(1)), 50.5, 104),
])  # fmt: skip
def test_figures_of_another_fluid_model(plan: Plan, each: float, back: float) -> None:
    """100,000 clients, 1,000/s, free refusals: as an older model of ours with ticks of 0.1 s has it.

    It shares the formulas and the backlog of a second with this one, so that only its ticks differ.
    """
    told = run(100_000, 1000, plan)
    assert told.each.amount == pytest.approx(each, rel=0.02)
    assert told.back_after(0.99).amount == pytest.approx(back, rel=0.05)


def test_lock_step_comes_in_bursts() -> None:
    """Without jitter all attempt in one instant, at 1, 3, 7, 15, 31 s and then every 30 s."""
    told = run(50_000, 100, Plan())
    bursts = [time for time, rate in zip(told.times, told.attempts, strict=True) if rate > 0]
    assert bursts[:8] == pytest.approx([1, 3, 7, 15, 31, 61, 91, 121], abs=0.6)
    assert told.peak.amount == pytest.approx(50_000)


def test_more_never_hurts() -> None:
    """More capacity, or fewer clients, are never later; the refusals of a larger crowd never cheaper."""
    for jitter in JITTERS.values():
        plan = Plan(jitter=jitter)
        by_capacity = [run(5000, rate, plan, 0.1).all_back for rate in (100, 150, 250, 500)]
        assert by_capacity == sorted(by_capacity, reverse=True)
        by_clients = [run(clients, 100, plan, 0.1).all_back for clients in (1000, 2000, 4000)]
        assert by_clients == sorted(by_clients)


def test_the_same_scenario_gives_the_same_curves() -> None:
    """Nothing is random; shares grow to one and attempts are no less than the clients."""
    told = run(1000, 50, Plan(jitter="decorrelated"), 0.2)
    assert told == run(1000, 50, Plan(jitter="decorrelated"), 0.2)
    assert list(told.back) == sorted(told.back)
    assert told.back[-1] == pytest.approx(1, abs=0.001)
    assert told.each.amount > 1


def test_a_hint_replaces_the_backoff() -> None:
    """A server that names 5 s is asked every 5 s: bursts of 500 of 20,000 need 40 of them."""
    told = run(20_000, 500, Plan(hint=Duration(5)))
    assert told.all_back.amount == pytest.approx(1 + 39 * 5, rel=0.01)


def test_a_silent_outage_makes_fewer_attempts() -> None:
    """Attempts that hang for 10 s are fewer than those that are refused at once."""
    refused = Storm(
        Count(1000), Rate(500), FULL, Ratio(0), outage=Duration(120), connect_timeout=Duration(10)
    )
    assert simulate(refused._replace(silent=True)).each < simulate(refused).each


@pytest.mark.parametrize("kind", list(JITTERS))
def test_ten_million_clients_and_an_hour(kind: str) -> None:
    """Seconds at the most, also where coverage is traced (0.05 to 0.27 s without), and less than 50 MB."""
    disconnect = Storm(Count(1e7), Rate(2800), Plan(jitter=JITTERS[kind]), Ratio(0))
    started = time.process_time()
    told = simulate(disconnect)
    assert time.process_time() - started < 5
    assert told.times[-1] > 3500
    if kind == "decorrelated":
        tracemalloc.start()
        simulate(disconnect)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 50e6


def test_delays_of_a_backoff_double_up_to_the_cap() -> None:
    """1, 2, 4, 8, 16 s and then 30 s, again and again."""
    waits = Plan(jitter=None).chain(0.0, 3600).waits
    assert [(wait.least, wait.most) for wait in waits] == [(after, after) for after in (1, 2, 4, 8, 16, 30)]
    assert [wait.refused for wait in waits] == [((after, 1.0),) for after in (1, 2, 3, 4, 5, 5)]


def test_a_limit_of_a_million_attempts_is_no_trap() -> None:
    """What a spec says may be absurd: the work stays bounded."""
    for jitter in JITTERS.values():
        plan = Plan(factor=Number(1.001), cap=None, jitter=jitter, max_attempts=Count(1e6), hint=Duration(1))
        assert len(plan.chain(0.1, 3600).waits) < 700


def test_a_limit_is_met_on_average_where_attempts_are_not_told_apart() -> None:
    """Of 50 attempts at a capacity of nearly nothing, each client makes 50."""
    told = run(10_000, 0.001, Plan(jitter="full", max_attempts=Count(50)))
    assert told.each.amount == pytest.approx(50, rel=0.001)
    assert told.ending == "gave up"


def drawn(chain: Chain, dice: random.Random) -> Delay:
    """Delays drawn from the waits of a plan, as one client goes through them."""
    at = -1

    def delay(dice_: random.Random, number: int, before: float) -> float:
        nonlocal at
        del dice_, number, before
        places = chain.start if at < 0 else chain.waits[at].refused
        at = dice.choices([place for place, _ in places], [share for _, share in places])[0]
        return dice.uniform(chain.waits[at].least, chain.waits[at].most)

    return delay


def contend(clients: int, plan: Plan | None, dice: random.Random) -> tuple[int, float]:
    """Calls and time until all clients have written once, after AWS's simulator: optimistic concurrency.

    Each reads a version and writes if it is still the same; a message takes N(10, 2) ms. Here in ms.
    """
    chain = plan.chain(0.0, 1e7) if plan else None
    delays = [drawn(chain, dice) if chain else (lambda *_: 0.0) for _ in range(clients)]
    events: list[tuple[float, float, int, int]] = []

    def send(time: float, client: int, version: int) -> None:
        heapq.heappush(events, (time + abs(dice.gauss(10, 2)), dice.random(), client, version))

    for client in range(clients):
        send(0.0, client, -1)
    calls, current, now = 0, 0, 0.0
    while events:
        now, _, client, version = heapq.heappop(events)
        replied = now + abs(dice.gauss(10, 2))
        if version < 0:
            send(replied, client, current)
            continue
        calls += 1
        if version == current:
            current += 1
            continue
        send(replied + delays[client](dice, 0, 0.0), client, -1)
    return calls, now + 10


def test_v1_v2_the_figures_of_aws() -> None:
    """AWS's simulator, 100 clients: calls within 5 % and time within 10 %, in the published order.

    It counts before it computes: its first retry waits 10 ms, not the base of 5 ms.
    """
    plan = Plan(base=Duration(10), cap=Duration(2000))
    kinds: list[tuple[Plan | None, float, float]] = [
        (plan._replace(jitter="full"), 796, 4909),
        (plan._replace(jitter="equal"), 813, 6540),
        (plan._replace(base=Duration(5), jitter="decorrelated"), 999, 4780),
        (plan, 1846, 63_309),
        (None, 2426, 2031),
    ]
    told = []
    for one, calls, took in kinds:
        runs = [contend(100, one, random.Random(seed)) for seed in range(30)]
        told.append(sum(calls for calls, _ in runs) / len(runs))
        assert told[-1] == pytest.approx(calls, rel=0.05)
        assert sum(end for _, end in runs) / len(runs) == pytest.approx(took, rel=0.1)
    assert told == sorted(told)
    assert told[0] < told[3] / 2


@pytest.mark.parametrize("attempts", [None, Count(11), Count(40)])
@pytest.mark.parametrize("base", [0, 0.01, 1])
def test_no_plan_makes_a_simulation_long(base: float, attempts: Count | None) -> None:
    """Steps times waits stay below two millions, some seconds, also for delays of hundreds of classes."""
    plan = Plan(Duration(base), cap=Duration(600), jitter="decorrelated", max_attempts=attempts)
    disconnect = Storm(Count(20_000), Rate(20), plan, Ratio(0.2))
    waits = len(plan.chain(0.1, disconnect.horizon.amount).waits)
    assert len(simulate(disconnect).times) * waits < 2e6


ABSURD = """rtreview: 1
workload: {{connections: 20k, outage: {{typical: {outage}}}}}
transport:
  kind: websocket
  heartbeat: {{interval: 25s, timeout: 10s, misses: 1, from: both, layer: application}}
  reconnect: {{strategy: exponential, {plan}, jitter: full}}
topology: {{nodes: 4, regions: 2, node: {{accept_rate: 500/s}}}}
operations: {{close_spread: {spread}, planned_outage: {outage}}}
presence: {{ends: [expiry], ttl: 30s, refresh: 10s}}
"""

PLANS = {
    "delays of 1 ms and of a week": "delays: [1ms, 1w]",
    "a first delay of 1 ms or 2,000 years": "base: 1s, cap: 30s, first_delay: 1ms..99999w",
    "20 digits": "base: 99999999999999999999s, cap: 99999999999999999999w",
    "20 digits of a listed delay": "delays: [1ms, 99999999999999999999s]",
}

METER = """
import contextlib, json, os, resource, sys, time
from rtreview.commands import app
for words in json.loads(sys.argv[1]):
    started = time.process_time()
    with open(os.devnull, 'w') as nowhere, contextlib.redirect_stdout(nowhere):
        status = app(words, prog_name="rtreview", standalone_mode=False) or 0
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(status, time.process_time() - started, memory)
"""
"""Makes one call after another."""

SHELL = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:], timeout=300).returncode)"
"""Runs a program from a small process, since Linux counts the memory of the one that starts another."""


def costs(*calls: list[str]) -> list[tuple[float, float]]:
    """Seconds of a processor that each call of the tool takes, and megabytes, of those before it too."""
    program = [sys.executable, "-c", SHELL, sys.executable, "-c", METER, json.dumps(calls)]
    done = subprocess.run(program, capture_output=True, check=True, text=True)
    told = [line.split() for line in done.stdout.splitlines()]
    assert len(told) == len(calls)
    # A scenario of which too little is known ends with 3.
    assert {status for status, *_ in told} <= {"0", "1", "3"}, done.stderr
    return [(float(seconds), float(megabytes)) for _, seconds, megabytes in told]


@pytest.mark.parametrize("plan", [*PLANS, "an outage of 10^30 s"])
def test_no_number_of_a_spec_makes_a_storm_expensive(plan: str, spec: Callable[..., Path]) -> None:
    """Half a second each on an idle machine, and less than 300 MB: a storm costs what its steps cost."""
    endless = f"1{'0' * 30}s"
    outage, spread = ("10s", "1m") if plan in PLANS else (endless, endless)
    text = ABSURD.format(plan=PLANS.get(plan, "base: 1s, cap: 30s"), outage=outage, spread=spread)
    file = str(spec(text, "absurd.rtreview.yaml"))
    calls = [["review", file], *(["simulate", "--scenario", name, file] for name in NAMES)]
    for words, (seconds, megabytes) in zip(calls, costs(*calls), strict=True):
        assert (seconds < 4, megabytes < 300) == (True, True), (words, seconds, megabytes)


def test_a_page_of_an_endless_delay_is_written(spec: Callable[..., Path], tmp_path: Path) -> None:
    """Its plots have a point for each step of the storm, however long a delay is."""
    plan = PLANS["a first delay of 1 ms or 2,000 years"]
    file = spec(ABSURD.format(plan=plan, outage="10s", spread="1m"), "absurd.rtreview.yaml")
    ((seconds, megabytes),) = costs(["review", "--format", f"html={tmp_path / 'page.html'}", str(file)])
    assert (seconds < 15, megabytes < 300) == (True, True), (seconds, megabytes)
    assert (tmp_path / "page.html").read_text("utf-8").rstrip().endswith("</html>")


def test_what_waits_for_a_week_holds_no_more_than_the_steps_of_an_hour() -> None:
    """In memory of this process, without what a call loads."""
    plan = Plan(delays=(Duration(0.001), Duration(604_800)))
    tracemalloc.start()
    told = run(20_000, 500, plan, 0.1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told.ending == "not within the horizon"
    assert most < 30e6
