"""A simulation on a terminal: what was put in, the figures of each variant, and its curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from rtreview import simulate
from rtreview.language.field import NotApplicable, Unknown
from rtreview.quantities.quantity import Ratio, in_unit
from rtreview.render import chart
from rtreview.render.format import SIMULATIONS, Context
from rtreview.render.text import NARROWEST, Line, Piece, hanging, names, origin, painted
from rtreview.simulate.reader import Reader
from rtreview.simulate.series import Curve, Level
from rtreview.simulate.simulation import Simulation
from rtreview.text.harmless import visible

AS_IT_STANDS = "as it stands"

_SMALL = 0.5
"""Up to this share, a chart of shares is as high as they are."""

_NOTED = 1.02
"""From how many times as much on a figure counts as worse."""

_BEYOND = 2.0
"""How far beyond its end a share is drawn on, in shares of the axis, so that no bar lies behind it."""

_NEAR = 2.0
"""A level up to so many times as high as a curve is drawn above it."""


def render_simulations(simulations: Sequence[Simulation], *, width: int = 80, colour: bool = False) -> str:
    """Each connection of each design, with all of its variants."""
    return painted(list(_lines(simulations, max(width, NARROWEST))), colour)


def _lines(simulations: Sequence[Simulation], width: int) -> Iterator[Line]:
    """Those of the same features together, with all of their variants."""
    subjects: dict[tuple[str | None, tuple[str, ...]], list[Simulation]] = {}
    for simulation in simulations:
        subjects.setdefault((simulation.design, simulation.features), []).append(simulation)
    for number, ((design, features), variants) in enumerate(subjects.items()):
        if number:
            yield []
        scenario = variants[0].scenario
        where = f" in {names(features)}" if features else ""
        title = f"{visible(design or 'The design')}{where}: {scenario.name}"
        yield from hanging(title, width, "bold", indent="")
        yield from hanging(scenario.tells, width)
        if variants[0].parameters and (twin := _twin(variants[0])):
            yield from hanging(twin, width)
        yield []
        yield from _variants(variants, width)


def _variants(variants: Sequence[Simulation], width: int) -> Iterator[Line]:
    for variant in variants:
        if not variant.curves:
            yield from hanging(f"{_named(variant)}: cannot be simulated, {_lacking(variant)}", width)
            ends = [" \\"] * (len(variant.needs) - 1) + [""]
            for setting, end in zip(variant.needs, ends, strict=False):
                yield [Piece(f"    --set {visible(setting)}{end}")]
        elif variant.reason:
            yield from hanging(f"{_named(variant)}, without {visible(variant.reason)}", width)
    done = [variant for variant in variants if variant.curves]
    if not done:
        return
    for each in done[0].inputs:
        yield from hanging(origin(each), width, "dim")
    yield []
    yield from _figures(done, width)
    for worse in _worse(done):
        yield from hanging(worse, width, "bold")
    for name in dict.fromkeys(curve.name for variant in done for curve in variant.curves):
        yield from _curves(
            [(variant, curve) for variant in done for curve in variant.curves if curve.name == name], width
        )


def _worse(done: Sequence[Simulation]) -> Iterator[str]:
    """What a change makes worse, of the figures that matter most: nobody has to find it in a column."""
    now, *changed = done
    stated = {name: value for name, value in now.figures if not isinstance(value, str)}
    for variant in changed:
        for name, value in variant.figures:
            if name not in variant.scenario.headline or isinstance(value, str) or name not in stated:
                continue
            if value.amount > stated[name].amount * _NOTED:
                yield f"Worse {_named(variant)}: {name}: {value} instead of {stated[name]}."


def _twin(simulation: Simulation) -> str:
    """Another scenario to which the same numbers come, so that it goes in the same way; nothing for none."""
    for other in simulate.scenarios():
        if other is simulation.scenario:
            return ""
        if other.course is simulation.scenario.course:
            with suppress(Unknown, NotApplicable):
                if other.read(Reader(), simulation.feature) == simulation.parameters:
                    return f"It is the same as `{other.name}`: the same numbers go into both."
    return ""


def _curves(drawn: Sequence[tuple[Simulation, Curve]], width: int) -> Iterator[Line]:
    """A chart of one curve of each variant, with the same axes."""
    until = max(curve.end for _, curve in drawn)
    count = max(20, width - chart.LABELS - 3)
    axes, bars = _drawn(drawn, until, count)
    if axes.margin > chart.LABELS:
        axes, bars = _drawn(drawn, until, max(20, width - axes.margin - 3))
    for (variant, curve), bar in zip(drawn, bars, strict=True):
        yield []
        yield from hanging(f"{curve.name}, {_named(variant)}", width, "bold")
        levels = [level for level in curve.levels if level.value <= axes.top]
        marks = {min(axes.width - 1, int(moment.at / until * axes.width)) for moment in curve.moments}
        yield from axes.lines(bar, [level.value for level in levels], sorted(marks))
        for key in _key(curve, levels, until / axes.width):
            yield from hanging(key, width, chart.AXIS, indent=" " * (axes.margin + 2))


def _drawn(
    drawn: Sequence[tuple[Simulation, Curve]], until: float, count: int
) -> tuple[chart.Chart, list[list[float]]]:
    """The axes that so many columns have in common, and the bars of each curve."""
    bars = [_bars(curve, until, count) for _, curve in drawn]
    top = max(_top(curve, bar) for (_, curve), bar in zip(drawn, bars, strict=True))
    near = [level.value for _, curve in drawn for level in curve.levels if level.value <= _NEAR * top]
    of = drawn[0][1]
    top = max([top, *near])
    return chart.Chart(top, of.unit, until, of.along, of.along_unit, count, of.is_counted), bars


def _key(curve: Curve, levels: Sequence[Level], column: float) -> Iterator[str]:
    """What the signs of a chart stand for, and of how much of the time a bar is the busiest second."""
    key = [
        f"{sign} {level.label} {in_unit(level.value, curve.unit)}"
        for sign, level in zip(chart.SIGNS, levels, strict=False)
    ]
    key += [f"┴ {moment.label} {_shown(moment.at, curve.along_unit)}" for moment in curve.moments]
    if key:
        yield ", ".join(key)
    if curve.is_mean and column > chart.SECOND:
        yield f"each bar is the busiest second of {_shown(column, curve.along_unit)}"
    if curve.never:
        yield curve.never


def _top(curve: Curve, bars: Sequence[float]) -> float:
    """How high a chart has to be: of chances the whole, unless they are small; of rates that of the bars."""
    top = max(bars) if curve.is_mean else max(value for _, value in curve.points)
    return 1.0 if curve.unit == Ratio.unit and not 0 < top < _SMALL else top


def _bars(curve: Curve, until: float, count: int) -> list[float]:
    if curve.is_mean:
        times, rates = zip(*curve.points, strict=True)
        return chart.columns(times, rates, until, count)
    points = curve.points
    if curve.unit == Ratio.unit:
        # A share goes on as it ended.
        points = (*points, (max(until, curve.end) * _BEYOND, points[-1][1]))
    return chart.heights(points, until, count)


def _shown(amount: float, unit: str) -> str:
    """An amount to three digits in its unit: what is simulated is no more exact."""
    return in_unit(float(f"{amount:.3g}"), unit)


def _lacking(simulation: Simulation) -> str:
    """Why there is no course; all that is missing, where that is known, with examples to set."""
    if not simulation.needs:
        return visible(simulation.reason)
    count = len(simulation.needs)
    what = "this is missing" if count == 1 else f"these {count} are missing"
    return f"{what}; with values such as these it can:"


def _named(simulation: Simulation) -> str:
    return f"with {visible(', '.join(simulation.variant))}" if simulation.variant else AS_IT_STANDS


def _figures(done: Sequence[Simulation], width: int) -> Iterator[Line]:
    """A line for each figure, a column for each variant; below, in lines of its own, what is too long."""
    columns = [{name: str(value) for name, value in variant.figures} for variant in done]
    names = dict.fromkeys(name for column in columns for name in column)
    heads = [AS_IT_STANDS if not variant.variant else "with it" for variant in done]
    rows = {"": heads, **{name: [column.get(name, "") for column in columns] for name in names}}
    first = max(len(name) for name in rows)
    room = (width - 2 - first) // len(done) - 2
    short = {name: row for name, row in rows.items() if max(len(value) for value in row) <= room}
    widest = max((len(value) for row in short.values() for value in row), default=0)
    for name, row in short.items():
        line = f"  {name:<{first}}  {'  '.join(f'{value:>{widest}}' for value in row)}"
        yield [Piece(line, "" if name else "dim")]
    for name in (name for name in names if name not in short):
        for head, value in zip(heads, rows[name], strict=True):
            if value:
                yield from hanging(f"{name}, {head}: {value}", width)


def _in_context(simulations: Sequence[Simulation], context: Context) -> str:
    return render_simulations(simulations, width=context.width, colour=context.colour)


SIMULATIONS.register("text", _in_context)
