"""The few numbers at the top of a page, each beside its limit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from rtreview.quantities.quantity import in_unit
from rtreview.render.page.briefing import Brief, anchor, kind
from rtreview.rulebook.finding import Comparison, Finding, Judgement

LEDGER = (
    "Accept capacity of all nodes",
    "Worst detection time of a dead connection",
    "Queue memory of a node whose clients are all slow",
    "Deliveries in the largest room",
)
"""The numbers of the ledger that stand at the top where too few are held against a limit."""

MOST_TILES, CLOSE = 5, 0.25
"""Numbers at the top: a row of a screen. One that is kept stands there from this share of its limit on."""

SAMPLED = 1.02
"""How far a simulated rate may lie above its limit and keep it: it is exact to a hundredth, and rounded."""


class Tile(NamedTuple):
    """A number that matters, what it is, and its limit; `features` where it is not the same for all.

    `state` is how it is drawn: the severity of the decision it leads to, `good` where it is within its limit,
    and nothing where it has none. `figure` and `level` name what a scenario tells again when a slider moves.
    """

    value: str
    name: str
    features: tuple[str, ...] = ()
    limit: str = ""
    state: str = ""
    anchor: str = ""
    figure: str = ""
    level: str = ""


def tiles(brief: Brief) -> list[Tile]:
    """The few numbers that matter: those beyond a limit, those of the scenarios, and the closest ones."""
    found = [*_broken(brief), *_of_scenarios(brief)]
    close = (row for row in brief.held if row.comparison and row.comparison.share >= CLOSE)
    simulated = _simulated(brief)
    found += [_kept(judgement) for judgement in close if judgement.rule not in simulated]
    several = len({number.features for number in brief.numbers}) > 1
    found += [
        Tile(number.value, number.name, number.features if several else ())
        for number in brief.numbers
        if number.name in LEDGER and number.value
    ]
    everybody = {name for route in brief.review.routes for name in route.features}
    shown = _once(found)[:MOST_TILES]
    return [tile._replace(features=()) if everybody == {*tile.features} else tile for tile in shown]


def _once(found: list[Tile]) -> list[Tile]:
    """Of each number the worst, which comes first, with all features of which it is so."""
    worst: dict[str, Tile] = {}
    for tile in found:
        first = worst.setdefault(tile.name, tile)
        if first.features and tile.features and first.value == tile.value:
            features = tuple(dict.fromkeys((*first.features, *tile.features)))
            worst[tile.name] = first._replace(features=features)
    return list(worst.values())


def _broken(brief: Brief) -> Iterator[Tile]:
    simulated = _simulated(brief)
    faults = [issue.finding for issue in brief.issues if issue.finding.comparison]
    for finding in sorted(faults, key=_hardest):
        if finding.rule in simulated:
            continue
        value, name, limit = _sides(finding.comparison, "must be ")  # type: ignore[arg-type]
        yield Tile(value, name, finding.features, limit, kind(finding), anchor(finding))


def _hardest(finding: Finding) -> tuple[int, float]:
    return finding.severity.rank, -finding.comparison.share if finding.comparison else 0.0


def _simulated(brief: Brief) -> set[str]:
    """The rules of which a scenario tells more at the top than their own numbers do."""
    scenarios = (scene.now.scenario for scene in brief.behaviour if scene.now.course)
    return {rule for scenario in scenarios if scenario.headline for rule in scenario.follows}


def _of_scenarios(brief: Brief) -> list[Tile]:
    """The numbers of the scenarios that matter, and of each the worst first."""
    found: list[tuple[float, Tile]] = []
    for scene in brief.behaviour:
        scenario = scene.now.scenario
        levels = {level.label: level.value for curve in scene.now.curves for level in curve.levels}
        gravest = kind(brief.issues[scene.decisions[0] - 1].finding) if scene.decisions else ""
        for name, value in scene.now.figures:
            if name not in scenario.headline or isinstance(value, str):
                continue
            label = scenario.headline[name]
            limit = levels.get(label, math.inf)
            is_bounded = math.isfinite(limit)
            is_broken = value.amount > limit * SAMPLED if is_bounded else math.isinf(value.amount)
            state = gravest if is_broken else "good" if is_bounded else ""
            tile = Tile(
                str(value),
                f"{scenario.name.capitalize().replace('-', ' ')}: {name}",
                scene.now.features,
                f"{in_unit(limit, value.unit)} are {label}" if is_bounded else "",
                state,
                scene.anchor,
                name,
                label,
            )
            found.append((value.amount, tile))
    names = [tile.name for _, tile in found]
    return [tile for _, tile in sorted(found, key=lambda pair: (names.index(pair[1].name), -pair[0]))]


def _kept(judgement: Judgement) -> Tile:
    value, name, limit = _sides(judgement.comparison)  # type: ignore[arg-type]
    return Tile(value, name, judgement.features, limit, "good", "held")


def _sides(compared: Comparison, duty: str = "") -> tuple[str, str, str]:
    """A number, its name and its limit in words; before those of a broken one stands that it has to hold."""
    what = compared.what.removeprefix("the ")
    sign = "at most" if compared.or_equal else "below"
    limit = f"{duty}{sign} {in_unit(compared.right, compared.unit)}, {compared.than}"
    return in_unit(compared.left, compared.unit), f"{what[0].upper()}{what[1:]}", limit
