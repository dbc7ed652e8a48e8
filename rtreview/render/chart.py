"""A curve on a terminal: bars of eighths of a line, with its axes and one line to hold it against."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from rtreview.quantity import Duration, Rate

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


def lines(values: Sequence[float], top: float, limit: float, until: float) -> list[str]:
    """The bars of some rates, up to a common top, with a dotted line at a limit and the time below."""
    scale = HEIGHT * 8 / top if top else 0.0
    label_of = {0: str(Rate(round(top))), HEIGHT - 1: str(Rate(0))}
    dotted = HEIGHT - 1 - min(HEIGHT - 1, int(limit * scale / 8)) if limit <= top else None
    told = []
    for row in range(HEIGHT):
        floor = (HEIGHT - 1 - row) * 8
        bar = "".join(_EIGHTHS[max(0, min(8, round(value * scale) - floor))] for value in values)
        if row == dotted:
            bar = bar.replace(" ", "·")
            label_of[row] = str(Rate(limit))
        told.append(f"{label_of.get(row, ''):>11} │{bar.rstrip()}")
    end = str(Duration(until).rounded)
    middle = len(values) - len(end) - len("0 s")
    told.append(f"{'':>11} └{'─' * len(values)}")
    told.append(f"{'':>11}  0 s{' ' * max(1, middle)}{end}")
    return told
