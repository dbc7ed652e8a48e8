"""A curve on a terminal: bars of eighths of a line, with tidy axes and lines to hold it against."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby, pairwise
from typing import NamedTuple

from rtreview.quantities.quantity import Number
from rtreview.render.text import Line, Piece

LABELS = 11
"""Columns before an axis, for what stands beside its ticks."""

SIGNS = "·╌┈"
"""What the lines are made of that a curve is held against, one after the other."""

BAR, AXIS, MARK = "cyan", "dim", "bold"
LEVELS = ("yellow", "magenta", "green")
"""Styles of a terminal with colours: each is told apart by its sign as well."""

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_LINES = {1: 8, 2: 4, 3: 3, 4: 2, 5: 2}
"""Lines between two ticks, by the number of steps: a chart is 8 to 10 of them high."""

UNITS: dict[str, tuple[tuple[str, float], ...]] = {
    "s": ((" ms", 0.001), (" s", 1.0), (" min", 60.0), (" h", 3600.0), (" d", 86_400.0)),
    "B": ((" B", 1.0), (" kB", 1e3), (" MB", 1e6), (" GB", 1e9), (" TB", 1e12)),
    "/s": (("/h", 1 / 3600), ("/min", 1 / 60), ("/s", 1.0)),
    "%": ((" %", 0.01),),
}
"""The units in which values are printed, from the smallest on."""

_CLOCK = {" s": (1, 2, 5, 10, 20, 30), " min": (1, 2, 5, 10, 20, 30), " h": (1, 2, 6, 12)}
_WHOLE = ("", " B")
_NEARLY = 1 - 1e-9

_APART = 3
"""Blanks between two labels below an axis at the least."""

_WIDE = 10
"""Columns between two ticks below an axis at the least."""

SECOND = 1.0
"""The time over which a rate is shown: attempts in one instant have none."""


def columns(times: Sequence[float], rates: Sequence[float], until: float, count: int) -> list[float]:
    """What a rate comes to in the busiest second of each of so many parts of a time.

    So the highest of them is the busiest second of all, however few there are. A second counts where its
    middle lies.

    Args:
        times: the ends of the steps, in seconds; the first begins at 0.
        rates: the rate in each step; behind the last step it is 0.
        until: the end of the time, in seconds.
        count: parts.

    """
    ends = [0.0, *times]
    total = [
        0.0,
        *accumulate(rate * (end - begin) for rate, (begin, end) in zip(rates, pairwise(ends), strict=True)),
    ]
    rates, last, half = [*rates, 0.0], len(times), SECOND / 2
    width = until / count
    middles = [(at + 0.5) * width for at in range(count)]
    # Where neither end of a second passes the end of a step, what it holds changes along a straight line.
    middles += [end - half for end in ends] + [end + half for end in ends]
    busiest = [0.0] * count
    first = then = 0
    for middle in sorted(middles):
        if middle < 0:
            continue
        if middle >= until:
            break
        begin = max(0.0, middle - half)
        end = begin + SECOND
        # The steps in which the second begins and ends: both only move on.
        while first < last and ends[first + 1] <= begin:
            first += 1
        while then < last and ends[then + 1] <= end:
            then += 1
        held = total[then] + rates[then] * (end - ends[then])
        held = (held - (total[first] + rates[first] * (begin - ends[first]))) / SECOND
        part = min(count - 1, int(middle / width))
        busiest[part] = max(busiest[part], held)
    return busiest


def heights(points: Sequence[tuple[float, float]], until: float, count: int) -> list[float]:
    """The height of straight lines in the middle of each of so many parts of an axis; behind the last, 0."""
    width, bars, at = until / count, [], 0
    for middle in ((number + 0.5) * width for number in range(count)):
        while at < len(points) and points[at][0] <= middle:
            at += 1
        if at == 0 or at == len(points):
            bars.append(0.0)
            continue
        (begin, before), (end, after) = points[at - 1], points[at]
        bars.append(before + (after - before) * (middle - begin) / (end - begin))
    return bars


class Scale(NamedTuple):
    """What stands beside the ticks of an axis: multiples of a step from 0 on, all of them in one unit."""

    step: float
    size: float
    name: str

    def label(self, number: int) -> str:
        """What stands beside a tick, counted from 0."""
        return f"{Number(float(f'{number * self.step / self.size:.9g}'))}{self.name}"

    def ticks(self, end: float) -> range:
        """The ticks up to an end."""
        return range(math.floor(end / self.step / _NEARLY) + 1)


def scale(least: float, unit: str) -> Scale:
    """The smallest tidy step of at least this much: 1, 2 or 5 times a power of ten of a usual unit.

    Minutes and seconds have also 30, and hours 6 and 12. Of what is counted no step is smaller than 1.

    Args:
        least: how long a step has to be, in the unit of the values.
        unit: the unit of the values, of those in `quantity.py`.

    """
    units = UNITS.get(unit, (("", 1.0),))
    for (name, size), (_, following) in zip(units, [*units[1:], ("", math.inf)], strict=True):
        step = _tidy(least / size, name) * size
        if step < following * _NEARLY:
            return Scale(step, size, name)
    raise AssertionError("unreachable")


def _tidy(least: float, name: str) -> float:
    """The smallest tidy number of at least this much."""
    if name in _CLOCK:
        return next((step for step in _CLOCK[name] if step >= least * _NEARLY), math.inf)
    if name in _WHOLE or least <= 0:
        least = max(1.0, least)
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * _NEARLY)


class Chart(NamedTuple):
    """The axes of a curve, which charts have in common that are compared.

    Attributes:
        top: how high the values are.
        unit: the unit of them.
        until: how far the axis below goes.
        along: what is measured on it: time, or something else that is named there.
        along_unit: the unit of that.
        width: columns of it.
        is_counted: whether what is counted below fills the room up to its tick, so that a label stands in the
            middle of it.

    """

    top: float
    unit: str
    until: float
    along: str
    along_unit: str
    width: int
    is_counted: bool = False

    @property
    def upward(self) -> tuple[Scale, int]:
        """The scale of the values, and how many steps of it there are."""
        top = self.top if self.top > 0 else 1.0
        found = scale(top / max(_LINES), self.unit)
        return found, math.ceil(top / found.step * _NEARLY)

    @property
    def margin(self) -> int:
        """Columns before the axis."""
        upward, steps = self.upward
        return max(LABELS, *(len(upward.label(number)) for number in range(steps + 1)))

    @property
    def below(self) -> Scale:
        """The scale of the axis below: as fine as its labels have room."""
        room = _WIDE
        while True:
            found = scale(self.until * room / self.width, self.along_unit)
            longest = max(len(found.label(number)) for number in found.ticks(self.until))
            if longest + _APART <= found.step / self.until * self.width or room >= self.width:
                return found
            room += 1

    def lines(self, values: Sequence[float], levels: Sequence[float], marks: Sequence[int]) -> Iterator[Line]:
        """The bars of some values, with dotted lines at levels, and the axes.

        Args:
            values: the height of each column.
            levels: heights to hold the bars against.
            marks: columns in which something happens.

        """
        upward, steps = self.upward
        height = steps * _LINES[steps]
        eighths = 8 * _LINES[steps] / upward.step
        # A label stands in the line whose top it is, and so does a level that is as high.
        dotted = {max(0, math.ceil(level * eighths / 8 * _NEARLY) - 1): at for at, level in enumerate(levels)}
        for floor in reversed(range(height)):
            bar = "".join(_EIGHTHS[max(0, min(8, round(value * eighths) - 8 * floor))] for value in values)
            tick, rest = divmod(floor + 1, _LINES[steps])
            label = "" if rest else upward.label(tick)
            level = dotted.get(floor)
            cross = ("│┤", "├┼")[level is not None][bool(label)]
            axis = Piece(f"{label:>{self.margin}} {cross}", AXIS)
            if level is None:
                yield [axis, Piece(bar.rstrip(), BAR)]
                continue
            parts = groupby(bar.replace(" ", SIGNS[level]), SIGNS[level].__eq__)
            yield [axis, *(Piece("".join(part), LEVELS[level] if free else BAR) for free, part in parts)]
        yield from self._foot(upward.label(0), marks)

    def _foot(self, zero: str, marks: Sequence[int]) -> Iterator[Line]:
        """The axis below, with its labels."""
        below, left = self.below, self.margin + 2
        axis, labels, end = ["─"] * self.width, [" "] * (left + self.width), 0
        for number in below.ticks(self.until):
            place = number * below.step - (0.5 if self.is_counted else 0.0)
            if place < 0:
                continue
            at = min(self.width - 1, int(place / self.until * self.width))
            axis[at] = "┬"
            label = below.label(number)
            begin = min(left + at - (len(label) - 1) // 2, len(labels) - len(label))
            if begin >= end:
                labels[begin : begin + len(label)] = label
                end = begin + len(label) + 2
        for mark in marks:
            axis[mark] = "┼" if axis[mark] == "┬" else "┴"
        parts = groupby(axis, lambda sign: sign in "┴┼")
        yield [
            Piece(f"{zero:>{self.margin}} └", AXIS),
            *(Piece("".join(part), MARK if is_mark else AXIS) for is_mark, part in parts),
        ]
        yield [Piece("".join(labels).rstrip(), AXIS)]
        if self.along != "time":
            yield [Piece(f"{self.along:>{len(labels)}}", AXIS)]
