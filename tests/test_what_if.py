"""What the page computes by itself, in a browser, against the models and rules of Python."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache
from typing import Any

import pytest
from browser import Tab

from rtreview.models.backoff import Jitter, Plan
from rtreview.models.reconnection import Scenario, simulate
from rtreview.quantity import Count, Duration, Number, Rate, Ratio, Spread
from rtreview.render.page import parameters, script

POINTS = 200


@pytest.fixture
def models(tab: Tab) -> Any:
    """Call a function of the script in the browser."""
    tab.page.add_script_tag(content=script())
    return tab.page.evaluate


def span(dice: random.Random, most: float) -> Spread:
    """A random span from 0 s."""
    return Spread(Duration(0), Duration(dice.uniform(1, most)))


def a_plan(dice: random.Random) -> Plan:
    """Any plan that a spec can state, or a server's hint can make of it."""
    jitters: list[Jitter] = [None, "full", "equal", "decorrelated", Ratio(dice.random()), span(dice, 8)]
    listed = tuple(Duration(delay) for delay in (0, 2, 10, 30))
    if dice.random() < 0.05:
        return Plan(base=Duration(0), factor=Number(1), cap=None, jitter=dice.choice(jitters[:3]))
    return Plan(
        base=Duration(dice.choice([0.5, 1, 2, 5])),
        factor=Number(dice.choice([1, 1.5, 2, 3])),
        cap=dice.choice([None, *map(Duration, (5, 20, 30, 60))]),
        jitter=dice.choice(jitters),
        first=dice.choice([None, None, Duration(dice.uniform(0, 10)), span(dice, 60)]),
        delays=dice.choice([(), (), (), listed]),
        max_attempts=dice.choice([None, None, *map(Count, (3, 6, 12, 40))]),
        hint=dice.choice([None, None, None, Duration(5), span(dice, 20)]),
    )


def a_scenario(dice: random.Random) -> Scenario:
    """Any scenario, with more or fewer clients than the servers can take."""
    return Scenario(
        clients=Count(round(10 ** dice.uniform(1, 7))),
        capacity=Rate(10 ** dice.uniform(1, 4)),
        plan=a_plan(dice),
        refusal=Ratio(dice.choice([0, 0.1, 0.2, dice.uniform(0, 1.2)])),
        noticed=dice.choice([Duration(0), Duration(dice.uniform(0, 30)), span(dice, 90)]),
        outage=Duration(dice.choice([0, 0, dice.uniform(0, 100)])),
        silent=dice.random() < 0.4,
        answer=Duration(dice.choice([0, 0.1, 0.3])),
        connect_timeout=dice.choice([None, *map(Duration, (3, 20, 75))]),
        queue=dice.random() < 0.3,
        horizon=Duration(dice.choice([200, 400])),
    )


@cache
def scenarios() -> tuple[Scenario, ...]:
    """The same scenarios in each run."""
    dice = random.Random(5)
    return tuple(a_scenario(dice) for _ in range(POINTS))


def test_a_storm_in_the_page_is_the_one_of_python(models: Any) -> None:
    """Peak, attempts, who gave up and when half, 99 % and all are back within 1 %, and the same ending."""
    told = models(
        """(scenarios) => scenarios.map((scenario) => {
          const { peak, each, gaveUp, allBack, ending, backAfter } = models.storm(scenario);
          return { ending, figures: [peak, each, gaveUp, allBack, backAfter(0.5), backAfter(0.99)] };
        })""",
        [parameters(one) for one in scenarios()],
    )
    endings: Counter[str] = Counter()
    for scenario, one in zip(scenarios(), told, strict=True):
        found = simulate(scenario)
        times = (found.all_back, found.back_after(0.5), found.back_after(0.99))
        figures = [found.peak.amount, found.each.amount, found.gave_up.amount, *(at.amount for at in times)]
        assert one["ending"] == found.ending, scenario
        assert one["figures"] == pytest.approx(figures, rel=0.01), scenario
        endings[found.ending] += 1
    assert len(endings) == 4
    assert min(endings.values()) >= 10, endings
