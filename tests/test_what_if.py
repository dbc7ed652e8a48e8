"""What the page computes by itself, in a browser, against the models and rules of Python."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from browser import Tab
from conftest import EXAMPLES, RULEBOOK, simulated

from rtreview.language import spec
from rtreview.language.building import build
from rtreview.language.design import Connection, Design, Feature
from rtreview.language.field import Default, Fallback, Field, NotApplicable, Unknown
from rtreview.models.backoff import Jitter, Plan
from rtreview.models.blip import Blip, Lag
from rtreview.models.growth import Growth
from rtreview.models.reconnection import Storm, simulate
from rtreview.models.slow_client import Overflow, SlowClient
from rtreview.numbers.expression import Comparison, Expression, at_least, compare, larger, smaller, term
from rtreview.numbers.plain import to_json
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Number, Rate, Ratio, Size, Spread
from rtreview.render.page import script
from rtreview.render.page.trace import NUMBER, SPAN, Opened
from rtreview.render.page.what_if import (
    field_of,
    parameters,
    plain,
    rules,
    stated_values,
    traced_parameters,
    traced_verdict,
    what_if,
)
from rtreview.reviews.engine import judge, review, subjects
from rtreview.reviews.policy import Policy
from rtreview.rulebook.finding import Verdict
from rtreview.rulebook.rulebook import Rule
from rtreview.simulate import find
from rtreview.simulate import scenarios as registered
from rtreview.simulate.reader import Reader
from rtreview.simulate.series import Course
from rtreview.text.document import Document

POINTS = 200


def scenarios_of_page() -> list[Any]:
    """Those that the page computes again when a slider moves."""
    return [scenario for scenario in registered() if scenario.kernel]


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


def a_storm(dice: random.Random) -> Storm:
    """Any storm, with more or fewer clients than the servers can take."""
    return Storm(
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
        horizon=Duration(dice.choice([100, 400])),
    )


@cache
def storms() -> tuple[Storm, ...]:
    """The same storms in each run."""
    dice = random.Random(5)
    return tuple(a_storm(dice) for _ in range(POINTS))


def test_a_storm_in_the_page_is_the_one_of_python(models: Any) -> None:
    """Peak, attempts, who gave up and when half, 99 % and all are back within 1 %, and the same ending."""
    told = models(
        """(storms) => storms.map((storm) => {
          const { peak, each, gaveUp, allBack, ending, backAfter } = models.storm(storm);
          return { ending, figures: [peak, each, gaveUp, allBack, backAfter(0.5), backAfter(0.99)] };
        })""",
        [parameters(one) for one in storms()],
    )
    endings: Counter[str] = Counter()
    for storm, one in zip(storms(), told, strict=True):
        found = simulate(storm)
        times = (found.all_back, found.back_after(0.5), found.back_after(0.99))
        figures = [found.peak.amount, found.each.amount, found.gave_up.amount, *(at.amount for at in times)]
        assert one["ending"] == found.ending, storm
        assert one["figures"] == pytest.approx(figures, rel=0.01), storm
        endings[found.ending] += 1
    assert len(endings) == 4
    assert min(endings.values()) >= 10, endings


def a_slow_client(dice: random.Random) -> SlowClient:
    """A client on a slow line or a fast one, with a bound in size, in age, in both or in none."""
    arrival, bound, age = 10 ** dice.uniform(3, 5), 10 ** dice.uniform(4, 6), dice.uniform(1, 60)
    drain = arrival * dice.choice([0.1, 0.7, 1, 1, 3])
    bounded, ages = dice.random() < 0.8, dice.random() < 0.3
    lasts = min(bound / arrival if bounded else 60, age if ages else 60)
    overflows: list[Overflow] = ["drop-oldest", "drop-newest", "coalesce", "disconnect", "block"]
    return SlowClient(
        arrival=Bandwidth(arrival),
        drain=Bandwidth(drain),
        stall=Duration(0 if drain < arrival else lasts * dice.random()),
        bound=Size(bound) if bounded else None,
        max_age=Duration(age) if ages else None,
        overflow=dice.choice(overflows) if bounded else None,
        queues=dice.choice([None, Count(5000)]),
        memory=dice.choice([None, Size(2**30), Size(2**34)]),
        staleness=dice.choice([None, Duration(5)]),
    )


def a_lag(dice: random.Random) -> Lag | None:
    """A time until something is known, with a sweep or without."""
    sweep = Duration(dice.choice([0, 0, dice.uniform(1, 20)]))
    lag = Lag(Duration(dice.uniform(0, 60)), Duration(dice.uniform(0, 30)), sweep)
    return lag if dice.random() < 0.8 else None


def a_blip(dice: random.Random) -> Blip:
    """A blip of which some parts may not be known."""
    client = a_lag(dice)
    plan = Plan(jitter=dice.choice(["full", "equal", None]), max_attempts=dice.choice([None, Count(3)]))
    return Blip(
        outage=Duration(dice.choice([4, dice.uniform(0, 120)])),
        client=client,
        plan=plan if client else None,
        connect_timeout=dice.choice([None, Duration(20)]),
        server=a_lag(dice),
        shown=a_lag(dice),
        together=dice.random() < 0.5,
        window=dice.choice([None, Duration(dice.uniform(0, 300))]),
        rare=dice.choice([None, Duration(200)]),
        promise=dice.choice([None, Duration(45)]),
    )


def a_growth(dice: random.Random) -> Growth:
    """A document whose log, or whose encoding, may not be known."""
    return Growth(
        edits=Rate(10 ** dice.uniform(-1, 2)),
        message=dice.choice([None, Size(dice.uniform(10, 500))]),
        kept=dice.choice([None, Count(0), Count(10_000), Count(1e9)]),
        encoded=dice.choice([None, Number(0.874)]),
        snapshot=dice.choice([None, Size(200_000)]),
    )


def shape(found: Course) -> list[Any]:
    """Figures and curves as the page has them."""
    figures = [
        {"name": name, "value": value if isinstance(value, str) else value.amount,
         "unit": "" if isinstance(value, str) else value.unit, "told": str(value)}
        for name, value in found.figures
    ]  # fmt: skip
    curves = [
        {"name": one.name, "unit": one.unit, "points": one.points, "isMean": one.is_mean,
         "levels": one.levels, "moments": one.moments, "never": one.never}
        for one in found.curves
    ]  # fmt: skip
    return [*figures, *curves]


def agrees(told: Any, found: Any) -> bool:
    """Whether two shapes have the same words, and numbers within 1 %."""
    if isinstance(found, dict):
        return set(told) == set(found) and all(agrees(told[key], found[key]) for key in found)
    if isinstance(found, list | tuple):
        return len(told) == len(found) and all(map(agrees, told, found))
    if isinstance(found, float | int) and isinstance(told, float | int):
        return math.isclose(told, found, rel_tol=0.01, abs_tol=1e-9)
    return bool(told == found)


@pytest.mark.parametrize(("name", "make", "count"), [
    # A blip is a storm of one client, and takes as long.
    ("slow-client", a_slow_client, POINTS), ("blip", a_blip, POINTS // 16), ("growth", a_growth, POINTS),
])  # fmt: skip
def test_a_course_in_the_page_is_the_one_of_python(
    name: str, make: Callable[[random.Random], SlowClient | Blip | Growth], count: int, models: Any
) -> None:
    """The same figures in the same words, and the same curves."""
    dice = random.Random(5)
    points = [make(dice) for _ in range(count)]
    told = models(
        """([kernel, points]) => points.map((point) => {
          const { figures, curves } = models.course(kernel, point);
          return [...figures.map((one) => ({ ...one, told: models.inUnit(one.value, one.unit) })), ...curves];
        })""",
        [find(name).kernel, [parameters(one) for one in points]],
    )
    for point, one in zip(points, told, strict=True):
        assert agrees(one, shape(find(name).course(point))), (point, one)


WORDS: dict[str, list[Any]] = {
    "workload.connections": ["1", "900", "4k", "20k", "2M"],
    "topology.nodes": [1, 2, 4, 8],
    "topology.node.accept_rate": ["2/s", "100/s", "5k/s"],
    "topology.node.max_connections": ["500", "20k", "3M"],
    "topology.node.reject_cost": ["0.2ms", "20ms", "none"],
    "topology.node.memory": ["64MiB", "8GiB"],
    "operations.admission": ["queue", "rate-limit", "none"],
    "operations.close_spread": ["60s", "0s", "0s..30s", "none"],
    "operations.rollout": ["rolling", "all-at-once"],
    "transport.kind": [*["websocket"] * 7, *["sse"] * 3, "long-polling", "polling", "webrtc"],
    "transport.library": ["socket.io@4", "signalr", "phoenix"],
    "transport.service": ["ably"],
    "transport.retry": ["3s", "none"],
    "transport.poll.every": ["10s", "90s"],
    "transport.compression": [True, False],
    "transport.path": ["none", ["nginx"], ["aws-alb", {"name": "ours", "idle_timeout": "40s"}],
                       [{"name": "ours", "idle_timeout": "none"}], [{"name": "ours"}]],
    "transport.reconnect": ["none"],
    "transport.reconnect.strategy": [*["exponential"] * 4, "fixed", "immediate", "browser"],
    "transport.reconnect.first_delay": ["2s", "0s..20s", "none"],
    "transport.reconnect.base": ["0s", "1s", "5s"],
    "transport.reconnect.cap": ["10s", "1m", "10m", "0s", "none"],
    "transport.reconnect.jitter": ["full", "equal", "decorrelated", "30%", "0%", "0s..4s", "none"],
    "transport.reconnect.delays": [["0s", "2s", "10s"]],
    "transport.reconnect.max_attempts": [5, "none"],
    "transport.reconnect.server_hint": ["fixed", "random", "none"],
    "transport.heartbeat": ["none"],
    "transport.heartbeat.interval": ["10s", "25s", "70s"],
    "transport.heartbeat.timeout": ["5s", "20s", "80s"],
    "transport.heartbeat.misses": [0, 1, 3],
    "transport.heartbeat.from": ["client", "server", "both"],
    "transport.heartbeat.layer": ["application", "websocket-ping", "tcp", "sse-comment"],
    "transport.heartbeat.confirmed": [True, False],
    "transport.heartbeat.sweep": ["10s", "none"],
    "direction": ["bidirectional", "bidirectional", "client-to-server", "server-to-client"],
    "writers": ["one", "many"],
    "workload.messages.size.typical": ["300B", "4KiB"],
    "workload.messages.size.max": ["16KiB", "1MiB", "none"],
    "workload.downlink": ["100kbit/s", "5Mbit/s"],
    "workload.rooms.count": [10, "5k"],
    "workload.rooms.size.max": [2, 400],
    "workload.messages.rate": ["2/s", "50/s"],
    "workload.messages.active_share": ["10%"],
    "workload.clients": [["server"], ["browser"]],
    "workload.outage.typical": ["4s", "1m"],
    "backpressure.queue": ["none", "unbounded"],
    "backpressure.queue.max_messages": ["10", "500", "0"],
    "backpressure.queue.max_bytes": ["64KiB", "1MiB"],
    "backpressure.queue.max_age": ["2s", "30s"],
    "backpressure.queue.max_keys": ["100"],
    "backpressure.overflow": ["drop-oldest", "coalesce", "disconnect"],
    "fan_out.serialise": ["once", "per-recipient"],
    "presence.ends": [["disconnect"], ["expiry"]],
    "presence.ttl": ["30s"],
    "presence.refresh": ["10s"],
    "presence.grace": ["10s", "none"],
    "targets.staleness": ["1s", "20s", "none"],
    "targets.offline_visible_within": ["20s", "45s", "3m", "none"],
}  # fmt: skip
"""Fields that the rules read, and values on either side of where they turn."""

RARE = {
    "transport.reconnect", "transport.heartbeat", "backpressure.queue", "backpressure.queue.max_keys",
    "transport.library", "transport.service", "operations.admission", "transport.reconnect.max_attempts",
    "transport.reconnect.server_hint", "presence.ends", "presence.ttl",
}  # fmt: skip
"""What exempts a design from most of the rules, or stands for many fields."""

MOVED: dict[str, tuple[Any, ...]] = {
    "workload.connections": (NUMBER,),
    "topology.node.accept_rate": (NUMBER,),
    "transport.reconnect.cap": (NUMBER, "none"),
    "transport.reconnect.jitter": ("none", "full", "equal", "decorrelated", Ratio(0.3), Ratio(0),
                                   Spread(Duration(0), Duration(4))),
    "transport.reconnect.first_delay": (NUMBER, SPAN, "none"),
    "transport.heartbeat.interval": (NUMBER,),
    "transport.heartbeat.timeout": (NUMBER,),
    "backpressure.queue.max_messages": (NUMBER,),
    "backpressure.queue.max_bytes": (NUMBER,),
}  # fmt: skip
"""What can be moved in the page, and what the values above are of it."""

SLIDERS = tuple(MOVED)


MOVES = [
    ("restart", "workload.connections"), ("node-loss", "topology.node.accept_rate"),
    ("deploy", "transport.reconnect.cap"), ("restart", "transport.reconnect.jitter"),
    ("restart", "transport.reconnect.first_delay"), ("blip", "transport.heartbeat.interval"),
    ("blip", "transport.heartbeat.timeout"), ("blip", "transport.reconnect.first_delay"),
    ("slow-client", "backpressure.queue.max_messages"), ("slow-client", "backpressure.queue.max_bytes"),
]  # fmt: skip
"""Scenarios, and fields that they go by."""


def with_values(values: dict[str, Any]) -> dict[str, Any]:
    """A spec of some fields; a section that is `none` gives way to a field in it."""
    made: dict[str, Any] = {"rtreview": 1}
    for name in sorted(values):
        *way, last = name.split(".")
        inside = made
        for key in way:
            if not isinstance(inside.get(key), dict):
                inside[key] = {}
            inside = inside[key]
        inside[last] = values[name]
    return made


ASSUMED = Policy(
    RULEBOOK,
    fallbacks=(
        Fallback(
            spec.read(with_values({"topology.node.accept_rate": "300/s", "workload.downlink": "1Mbit/s"})),
            lambda at: Default("", "assumed", at, "a file"),
        ),
    ),
)
"""What a team assumes where a design is silent."""

TOLD = {
    Verdict.UNREVIEWED: "failed", Verdict.VIOLATED: "violated", Verdict.UNSTATED: "undecided",
    Verdict.UNDECIDED: "undecided", Verdict.PASSED: "passed", Verdict.NOT_APPLICABLE: "not-applicable",
}  # fmt: skip


class Case(NamedTuple):
    """A spec, fields of it that are moved, and what is assumed."""

    values: dict[str, Any]
    moved: dict[str, Any]
    policy: Policy


def a_case(dice: random.Random) -> Case:
    """Most fields of a spec, or few, and one or two that sliders move."""
    share = dice.choice([0.5, 0.95])
    values = {
        name: dice.choice(options)
        for name, options in WORDS.items()
        if dice.random() < (0.08 if name in RARE else share)
    }
    moved = {name: dice.choice(WORDS[name]) for name in dice.sample(SLIDERS, dice.choice([1, 1, 2]))}
    return Case(values, moved, dice.choice([Policy(RULEBOOK), Policy(RULEBOOK), ASSUMED]))


def designed(values: dict[str, Any], policy: Policy) -> Design:
    """A design of some fields, with one feature."""
    return build(spec.read(with_values(values)), policy.fallbacks)


def opened(values: dict[str, Any], policy: Policy, names: Iterable[str]) -> list[Opened]:
    """Fields of such a design that are open."""
    feature = designed(values, policy).features[0]
    return [Opened(name, field_of(feature, name), MOVED[name]) for name in names]


def in_base_units(moved: dict[str, Any]) -> dict[str, Any]:
    """Moved fields as the page moves them."""
    feature = designed(moved, Policy(RULEBOOK)).features[0]
    return {name: plain(field_of(feature, name)) for name in moved}


def verdicts(values: dict[str, Any], policy: Policy, rules: Iterable[str]) -> dict[str, str]:
    """What a review says of such a design, by rule."""
    design = designed(values, policy)
    told = {}
    for rule in RULEBOOK:
        if rule.id in rules:
            (subject,) = subjects(rule, design)
            told[rule.id] = TOLD[judge(rule, subject, Document(("",)))[0].verdict]
    return told


def test_the_verdicts_of_the_page_are_those_of_a_review(models: Any) -> None:
    """As a design stands, and where sliders have moved some of its fields; one more is open and not moved."""
    dice = random.Random(5)
    cases = [a_case(dice) for _ in range(POINTS)]
    every = {rule.id: rule for scenario in scenarios_of_page() for rule in rules(scenario, RULEBOOK)}
    sent = []
    for one in cases:
        fields = opened(one.values, one.policy, dict.fromkeys([*one.moved, dice.choice(SLIDERS)]))
        feature = designed(one.values, one.policy).features[0]
        trees = {name: traced_verdict(rule, feature, fields) for name, rule in every.items()}
        sent.append({"trees": trees, "values": stated_values(fields), "changes": in_base_units(one.moved)})
    told = models(
        """(cases) => cases.map(({ trees, values, changes }) => {
          const told = (now) => Object.entries(trees).map(([rule, tree]) => [rule, models.decide(tree, now)]);
          return [values, { ...values, ...changes }].map((now) => Object.fromEntries(told(now)));
        })""",
        sent,
    )
    seen: Counter[tuple[str, str]] = Counter()
    for case, (before, after) in zip(cases, told, strict=True):
        for values, found in ((case.values, before), ({**case.values, **case.moved}, after)):
            assert found == verdicts(values, case.policy, found), (values, case)
            seen.update(found.items())
    # Each rule has come to each of its verdicts, so that none is compared in vain.
    assert {rule for rule, _ in seen} == set(every)
    assert len(seen) == 4 * len(found), seen


def model(name: str, design: Design) -> dict[str, Any] | None:
    """The parameters of a scenario, or None where there is none."""
    (feature,) = design.features
    try:
        return dict(parameters(find(name).read(Reader(), feature)))
    except (Unknown, NotApplicable):
        return None


def test_a_slider_gives_the_parameters_that_the_spec_would(models: Any) -> None:
    """Storms, slow clients and blips after a field has moved are those of a design that states it."""
    dice = random.Random(5)
    names = ("restart", "deploy", "node-loss", "slow-client", "blip")
    cases, expected = [], []
    for _ in range(POINTS // 2):
        one = a_case(dice)
        before = designed(one.values, one.policy)
        charts = {name: stands for name in names if (stands := model(name, before))}
        for slider in SLIDERS:
            # There is a slider for what is known, and a chart where a scenario is.
            if not charts or plain(field_of(before.features[0], slider)) is None:
                continue
            moved = {slider: dice.choice(WORDS[slider])}
            after = designed({**one.values, **moved}, one.policy)
            fields = opened(one.values, one.policy, dict.fromkeys([slider, dice.choice(SLIDERS)]))
            for name, stands in charts.items():
                tree = traced_parameters(find(name), before.features[0], fields)
                cases.append([tree, stated_values(fields), in_base_units(moved)])
                expected.append((name, one, moved, stands, model(name, after)))
    told = models(
        """(cases) => cases.map(([tree, values, changes]) =>
          [models.decide(tree, values), models.decide(tree, { ...values, ...changes })])""",
        cases,
    )
    for (name, one, moved, stands, wanted), (unmoved, found) in zip(expected, told, strict=True):
        assert agrees(unmoved, stands), (name, one, stands, unmoved)
        assert agrees(found, wanted), (name, one, moved, stands, wanted, found)
    assert {(name, next(iter(moved))) for name, _, moved, _, _ in expected} > set(MOVES)
    # Some charts end with a move, and most go on.
    assert 5 < sum(wanted is None for *_, wanted in expected) < len(cases) / 10


@pytest.fixture
def verdicts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four scenarios have the same sliders and rules: what their rules say is traced for one of them."""
    trees: dict[Any, tuple[Any, Any]] = {}

    def traced(rule: Rule, feature: Feature, opened: list[Opened]) -> Any:
        # As long as a feature is kept, no other has its identity.
        key = rule.id, id(feature), *(open_field.name for open_field in opened)
        if key not in trees:
            trees[key] = feature, traced_verdict(rule, feature, opened)
        return trees[key][1]

    monkeypatch.setattr("rtreview.render.page.what_if.traced_verdict", traced)


@pytest.mark.usefixtures("verdicts_once")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_the_page_begins_with_what_the_design_says(example: Path, models: Any) -> None:
    """Before a slider moves, verdicts and parameters are those of the review and of the simulation."""
    (found,) = review(example.read_bytes(), example.name)
    for feature in found.design.features:
        for scenario in scenarios_of_page():
            shown = what_if(scenario, feature, RULEBOOK)
            assert [one["field"] for one in shown["sliders"]] == [
                one.field
                for one in scenario.sliders
                if one.field in {each["field"] for each in shown["sliders"]}
            ]
            told = models(
                """({ verdicts, parameters, values }) => [models.decide(parameters, values),
                  Object.fromEntries(verdicts.map(([rule, tree]) => [rule, models.decide(tree, values)]))]""",
                shown,
            )
            try:
                stands = parameters(scenario.read(Reader(), feature))
            except (Unknown, NotApplicable):
                stands = None
            assert agrees(told[0], stands), scenario.name
            for rule in rules(scenario, RULEBOOK):
                subject = feature.connection if rule.subject is Connection else feature
                assert told[1][rule.id] == TOLD[judge(rule, subject, Document(("",)))[0].verdict], rule.id


FORMULA_VALUES = {"a": 0.5, "b": 2, "c": 3, "d": 7.25, "e": 40}


def a_formula(dice: random.Random, depth: int) -> Expression[Any]:
    """Any formula of these fields."""
    if depth == 0:
        return term(Field(Number(FORMULA_VALUES[name := dice.choice("abcde")]), at=(name,)))
    one, other = a_formula(dice, depth - 1), a_formula(dice, depth - 1)
    return dice.choice([one + other, one - other, one * other, one / (other + 1), smaller(one, other),
                        larger(one, 2), at_least(one, 1)])  # fmt: skip


def test_a_formula_in_the_page_is_the_one_of_python(models: Any) -> None:
    """And so are comparisons."""
    dice = random.Random(5)
    formulas = [a_formula(dice, dice.choice([1, 2, 3, 4])) for _ in range(POINTS)]
    signs = ["<", "<=", "==", "below", "at most"]
    compared = [
        Comparison(dice.choice(signs), dice.choice(formulas), dice.choice(formulas)) for _ in formulas
    ]
    told = models(
        "([formulas, values]) => formulas.map((one) => models.evaluate(one, values))",
        [[to_json(one) for one in (*formulas, *compared)], FORMULA_VALUES],
    )
    assert told[:POINTS] == pytest.approx([one.content.amount for one in formulas])
    assert told[POINTS:] == [compare(*one) for one in compared]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_a_slider_is_followed_at_once(example: Path, models: Any) -> None:
    """What the examples come to takes 50 ms at the most, and on a busy machine five times that."""
    names = ("restart", "slow-client", "blip")
    source = example.read_bytes()
    told = [one for name in names for one in simulated(source, name) if one.course]
    took = models(
        """(points) => points.map(([kernel, point]) => Math.min(...[1, 2, 3, 4, 5].map(() => {
          const begun = performance.now();
          models.course(kernel, point);
          return performance.now() - begun;
        })))""",
        [[one.scenario.kernel, parameters(one.parameters)] for one in told],
    )
    for one, span in zip(told, took, strict=True):
        assert span < 250, (one.scenario.name, span, one.parameters)
