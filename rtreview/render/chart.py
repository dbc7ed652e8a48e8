"""A curve on a terminal: bars of eighths of a line, with its axes and lines to hold it against."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from rtreview.quantities.quantity import in_unit

_EIGHTHS = " ▁▂▃▄▅▆▇█"
HEIGHT = 8
"""Lines of a chart without its axis."""

SECOND = 1.0
"""The shortest time over which a rate is shown: attempts in one instant have none."""


def columns(times: Sequence[float], rates: Sequence[float], until: float, count: int) -> list[float]:
    """The mean of a rate around each of so many moments of a time: over a second, or more if they are apart.

    Args:
        times: the ends of the steps, in seconds; the first begins at 0.
        rates: the rate in each step; behind the last step it is 0.
        until: the end of the time, in seconds.
        count: moments.

    """
    ends = [0.0, *times]
    total = [
        0.0,
        *accumulate(rate * (end - begin) for rate, (begin, end) in zip(rates, pairwise(ends), strict=True)),
    ]

    def before(moment: float) -> float:
        """What the rate has come to by then."""
        at = bisect_right(ends, moment) - 1
        if at >= len(rates):
            return total[-1]
        return total[at] + rates[at] * (moment - ends[at])

    width = until / count
    span = max(width, SECOND)
    begins = [max(0.0, (at + 0.5) * width - span / 2) for at in range(count)]
    return [(before(begin + span) - before(begin)) / span for begin in begins]


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


def lines(
    values: Sequence[float],
    top: float,
    unit: str,
    levels: Sequence[float],
    until: str,
    marks: Sequence[int] = (),
) -> list[str]:
    """The bars of some values, with dotted lines at levels, and what they are measured along below.

    Args:
        values: the height of each column.
        top: the height of all lines together.
        unit: the unit of the heights.
        levels: heights to hold the bars against; those above the top are left out.
        until: the end of the axis below.
        marks: columns in which something happens.

    """
    scale = HEIGHT * 8 / top if top else 0.0
    label_of = {0: in_unit(_short(top), unit), HEIGHT - 1: in_unit(0.0, unit)}
    dotted = {HEIGHT - 1 - min(HEIGHT - 1, int(level * scale / 8)): level for level in levels if level <= top}
    rows = []
    for row in range(HEIGHT):
        floor = (HEIGHT - 1 - row) * 8
        bar = "".join(_EIGHTHS[max(0, min(8, round(value * scale) - floor))] for value in values)
        if row in dotted:
            bar = bar.replace(" ", "·")
            label_of[row] = in_unit(_short(dotted[row]), unit)
        rows.append(f"{label_of.get(row, ''):>11} │{bar.rstrip()}")
    axis = "".join("┴" if column in marks else "─" for column in range(len(values)))
    rows.append(f"{'':>11} └{axis}")
    begin = until.partition(" ")[2]
    begin = f"0 {begin}" if begin in ("ms", "s", "min", "h", "d") else "0"
    rows.append(f"{'':>11}  {begin}{' ' * max(1, len(values) - len(until) - len(begin))}{until}")
    return rows


def _short(amount: float) -> float:
    """To four digits; whole numbers that have more stay whole."""
    return float(round(amount)) if amount >= 1000 else float(f"{amount:.4g}")
