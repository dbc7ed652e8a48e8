"""One client that loses its line silently, against dice and published figures."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtreview.models import presence
from rtreview.models.backoff import Plan
from rtreview.models.blip import Absence, Blip, Lag, absence
from rtreview.quantities.quantity import Count, Duration, Number, Spread

FULL = Plan(jitter="full")
BEATS = Lag(Duration(20), Duration(25))
"""Socket.IO: an interval of 25 s and a timeout of 20 s."""


@dataclass
class Losses:
    """What many simulated clients did."""

    back: list[float] = field(default_factory=list)
    seen: list[float] = field(default_factory=list)

    def flickers(self) -> float:
        """The share that was seen to leave before it was back."""
        return sum(seen < back for seen, back in zip(self.seen, self.back, strict=True)) / len(self.back)

    def offline_at(self, time: float) -> float:
        """The share that is seen as offline at a time."""
        pairs = zip(self.seen, self.back, strict=True)
        return sum(seen <= time < back for seen, back in pairs) / len(self.back)

    def back_by(self, time: float) -> float:
        """The share that is back by a time."""
        return sum(back <= time for back in self.back) / len(self.back)


def rolled(blip: Blip, *, most: float = math.inf, clients: int = 20_000) -> Losses:
    """Clients one by one, with full jitter of 1 s, doubling up to 30 s."""
    dice, told = random.Random(7), Losses()
    assert blip.client is not None
    assert blip.shown is not None
    first = blip.plan and blip.plan.first
    for _ in range(clients):
        left = dice.random()
        time = blip.client.least.amount + blip.client.cycle.amount * left
        number = 0
        while True:
            if number == 0 and isinstance(first, Spread):
                wait = dice.uniform(first.least.amount, first.most.amount)
            else:
                wait = dice.uniform(0, min(30, 2.0 ** (number - bool(first))))
            time += wait
            number += 1
            if time >= blip.outage.amount:
                break
            if number == most:
                time = math.inf
                break
            time += blip.connect_timeout.amount if blip.connect_timeout else 0.1
        told.back.append(time)
        part = left if blip.together else dice.random()
        shown = blip.shown
        told.seen.append(shown.least.amount + shown.cycle.amount * part + dice.uniform(0, shown.sweep.amount))
    return told


SHORT = Blip(outage=Duration(4), client=BEATS, plan=FULL, shown=BEATS.later(Duration(1)))
CASES = {
    "shorter than the heartbeat": SHORT,
    "a first delay over 10 s": Blip(
        outage=Duration(4),
        client=BEATS,
        plan=Plan(jitter="full", first=Spread(Duration(0), Duration(10))),
        shown=BEATS.later(Duration(8)),
    ),
    "a ttl with a sweep": Blip(
        outage=Duration(4),
        client=BEATS,
        plan=FULL,
        shown=Lag(Duration(15), Duration(15), Duration(20)),
        together=False,
    ),
    "in the middle of the cycle": Blip(
        outage=Duration(32), client=BEATS, plan=FULL, shown=BEATS.later(Duration(3))
    ),
    "longer than the heartbeat": Blip(
        outage=Duration(120), client=BEATS, plan=FULL, shown=BEATS.later(Duration(90))
    ),
    "attempts that time out": Blip(
        outage=Duration(120), client=BEATS, plan=FULL, connect_timeout=Duration(10),
        shown=BEATS.later(Duration(100)),
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", list(CASES))
def test_dice_come_to_the_same(name: str) -> None:
    """20,000 clients: when they are back, how many are seen to leave, and how many as gone at a time."""
    told, dice = absence(CASES[name]), rolled(CASES[name])
    back = [one for one in dice.back if one < math.inf]
    assert told.mean_return.amount == pytest.approx(sum(back) / len(back), rel=0.03)
    assert told.flickers.amount == pytest.approx(dice.flickers(), abs=0.03)
    for time in (10, 22, 30, 38, 45, 60, 125, 140, 180):
        assert told.back_by(time) == pytest.approx(dice.back_by(time), abs=0.03)
        assert told.offline_at(time) == pytest.approx(dice.offline_at(time), abs=0.03)


def test_dice_that_give_up_come_to_the_same() -> None:
    """After five attempts without a line a part never returns, and all of those are seen to leave."""
    plan = Plan(jitter="full", max_attempts=Count(5))
    blip = Blip(outage=Duration(40), client=BEATS, plan=plan, shown=BEATS.later(Duration(600)))
    told, dice = absence(blip), rolled(blip, most=5)
    gone = dice.back.count(math.inf) / len(dice.back)
    assert 0.05 < gone < 0.95
    assert told.gives_up.amount == pytest.approx(gone, abs=0.03)
    assert told.flickers.amount == pytest.approx(gone, abs=0.03)


def test_without_grace_everybody_is_seen_to_leave() -> None:
    """Both ends notice with the same beat, and only then the client needs a moment to return."""
    fixed = Plan(base=Duration(1), factor=Number(1))
    together = Blip(outage=Duration(4), client=BEATS, plan=fixed, shown=BEATS)
    assert absence(together).flickers.amount == 1
    with_grace = Blip(outage=Duration(4), client=BEATS, plan=fixed, shown=BEATS.later(Duration(2)))
    assert absence(with_grace).flickers.amount == 0


def test_a_client_that_is_not_told_does_not_return() -> None:
    """A page that sees no pings: others see it leave, and it never comes back."""
    told = absence(Blip(outage=Duration(4), shown=BEATS))
    assert (told.back_by(1e9), told.mean_return, told.flickers.amount) == (0, Duration(math.inf), 1)
    assert told.offline_at(45) == 1


def test_v6_socket_io_knows_within_45_seconds() -> None:
    """Socket.IO: 25 s + 20 s, so 20 to 45 s, 32.5 s on average."""
    assert (BEATS.least, BEATS.mean, BEATS.most) == (Duration(20), Duration(32.5), Duration(45))


def test_v5_talkdesk_finds_the_dead_12_to_26_minutes_after_their_death() -> None:
    """A beat every 4 min, 4 cycles and a sweep every 10 min: 16 to 26 min from the last beat."""
    minute = 60.0
    found = Lag(Duration((16 - 4) * minute), Duration(4 * minute), Duration(10 * minute))
    assert found.most == Duration(26 * minute)
    assert found.share_by(found.mean.amount) == pytest.approx(0.5)


def test_v8_a_ghost_of_yjs_is_gone_after_15_to_33_seconds() -> None:
    """Yjs awareness: renewed every 15 s, removed after 30 s, looked at every 3 s."""
    shown = Lag(Duration(30 - 15), Duration(15), Duration(3))
    assert (shown.least, shown.mean, shown.most) == (Duration(15), Duration(24), Duration(33))
    assert (shown.share_by(14.9), shown.share_by(33)) == (0, 1)


@pytest.mark.parametrize(
    ("ttl", "refresh", "outage", "chance"), [(30, 15, 5, 0.016), (30, 15, 10, 0.116), (60, 27, 20, 0.105)]
)
def test_b3_the_curve_of_what_others_see_is_the_closed_form(
    ttl: float, refresh: float, outage: float, chance: float
) -> None:
    """Over exponential outages, the share that others see comes to the table of models.md B3."""
    shown, step = Lag(Duration(ttl - refresh), Duration(refresh)), 0.01
    lengths = [(number + 0.5) * step for number in range(40_000)]
    seen = sum(shown.share_by(length) * math.exp(-length / outage) / outage * step for length in lengths)
    assert seen == pytest.approx(chance, rel=0.04)
    exact = presence.false_offline_of_outages(Duration(ttl), Duration(refresh), Duration(outage))
    assert seen == pytest.approx(exact.amount, rel=1e-3)


SPANS = st.floats(0, 100, allow_nan=False)


@given(SPANS, SPANS, SPANS, SPANS)
def test_a_lag_is_a_chance_that_grows(least: float, cycle: float, sweep: float, time: float) -> None:
    """From 0 before its least to 1 at its most, never falling, and one half at the mean."""
    lag = Lag(Duration(least), Duration(cycle), Duration(sweep))
    assert 0 <= lag.share_by(time) <= lag.share_by(time + 1) <= 1 + 1e-9
    assert lag.share_by(lag.most.amount + 1e-6) == 1
    if cycle + sweep > 0.01:
        assert lag.share_by(lag.mean.amount) == pytest.approx(0.5, abs=0.01)


def test_b6_the_replay_covers_who_is_back_in_time() -> None:
    """Coverage is the chance to be back within the window: none before anybody is, and all after that."""

    def covered(window: float) -> float:
        blip = Blip(outage=Duration(4), client=BEATS, plan=FULL, window=Duration(window))
        return absence(blip).covered.amount

    assert (covered(20), covered(46)) == (0, 1)
    dice = rolled(SHORT)
    assert covered(33) == pytest.approx(dice.back_by(33), abs=0.02)


def test_an_absence_has_the_same_ways_each_time() -> None:
    """Nothing in it is random."""
    first, second = (absence(SHORT) for _ in range(2))
    assert isinstance(first, Absence)
    assert first.ways == second.ways
