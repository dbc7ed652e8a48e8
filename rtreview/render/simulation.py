"""A simulation on a terminal: what was put in, the figures of each variant, and how the attempts arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rtreview.models.reconnection import Recovery
from rtreview.render import chart
from rtreview.render.text import NARROWEST, Line, Piece, hanging, names, origin, painted, visible
from rtreview.scenario import TELLS, Simulation

AS_IT_STANDS = "as it stands"


def render_simulations(told: Sequence[Simulation], *, width: int = 80, colour: bool = False) -> str:
    """Each connection of each design, with all of its variants."""
    return painted(list(_lines(told, max(width, NARROWEST))), colour)


def _lines(told: Sequence[Simulation], width: int) -> Iterator[Line]:
    """Each connection with all of its variants."""
    first = True
    for (design, features), group in groupby(
        sorted(told, key=lambda one: (str(one.design), one.features)),
        key=lambda one: (one.design, one.features),
    ):
        if not first:
            yield []
        first = False
        variants = list(group)
        where = f" in {names(features)}" if features else ""
        yield [Piece(f"{visible(design or 'The design')}{where}: {variants[0].name}", "bold")]
        yield from hanging(TELLS[variants[0].name], width)
        yield []
        yield from _connection(variants, width)


def _connection(variants: Sequence[Simulation], width: int) -> Iterator[Line]:
    done = [one for one in variants if one.recovery is not None]
    for one in variants:
        if one.recovery is None:
            yield from hanging(f"{_named(one)}: cannot be simulated, {visible(one.reason)}", width)
    if not done:
        return
    for each in done[0].inputs:
        yield from hanging(origin(each), width, "dim")
    yield []
    yield from _figures(done)
    until = max(_shown_until(one.recovery) for one in done if one.recovery)
    count = max(20, width - 14)
    curves = [
        chart.columns(one.recovery.times, one.recovery.attempts, until, count) for one in done if one.recovery
    ]
    top = max(max(curve) for curve in curves)
    for one, curve in zip(done, curves, strict=True):
        yield []
        yield from hanging(f"attempts/s, {_named(one)}", width, "bold")
        assert one.scenario is not None
        for line in chart.lines(curve, top, one.scenario.capacity.amount, until):
            yield [Piece(line)]


def _shown_until(recovery: Recovery) -> float:
    """Until all are back; where that never happens, as far as it was looked."""
    back = recovery.all_back.amount
    return back if back < recovery.times[-1] else recovery.times[-1]


def _named(one: Simulation) -> str:
    return f"with {visible(', '.join(one.variant))}" if one.variant else AS_IT_STANDS


def _figures(done: Sequence[Simulation]) -> Iterator[Line]:
    """A line for each figure, a column for each variant."""
    rows: dict[str, list[str]] = {
        "": [AS_IT_STANDS if not one.variant else "with it" for one in done],
    }
    for one in done:
        assert one.recovery is not None
        assert one.scenario is not None
        for name, value in figures(one).items():
            rows.setdefault(name, []).append(value)
    first = max(len(name) for name in rows)
    column = max(len(value) for row in rows.values() for value in row)
    for name, row in rows.items():
        style = "" if name else "dim"
        yield [Piece(f"  {name:<{first}}  {'  '.join(f'{value:>{column}}' for value in row)}", style)]


def figures(one: Simulation) -> dict[str, str]:
    """What a simulation comes to, in words."""
    recovery, scenario = one.recovery, one.scenario
    assert recovery is not None
    assert scenario is not None

    def back(share: float) -> str:
        return str(recovery.back_after(share).rounded)

    return {
        "clients that are disconnected": str(scenario.clients),
        "accepts a second": str(scenario.capacity),
        "attempts in the busiest second": str(recovery.peak),
        "attempts of one client": f"{recovery.each.amount:.3g}",
        "half of them are back after": back(0.5),
        "99 % are back after": back(0.99),
        "everybody is back after": str(recovery.all_back.rounded),
        **({"how it ends": recovery.ending} if recovery.ending != "back" else {}),
    }
