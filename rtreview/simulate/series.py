"""What a scenario comes to, in one shape for all of them: figures with units, and curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from rtreview.quantities.quantity import Quantity

POINTS = 120
"""Points of a curve that is computed point by point."""

AROUND = 1.25
"""How far beyond the last thing that happens a curve goes on."""


class Figure(NamedTuple):
    """A number of a scenario, or a word, and what it is."""

    name: str
    value: Quantity | str


class Level(NamedTuple):
    """A value to hold a curve against: a capacity, a bound."""

    label: str
    value: float


class Moment(NamedTuple):
    """Where along a curve something happens."""

    label: str
    at: float


class Curve(NamedTuple):
    """Something over time, or over whatever it depends on.

    Attributes:
        name: what it is.
        unit: the unit of its values, of those in `quantity.py`; shares are from 0 to 1.
        along: what it depends on: time, the time away, edits.
        along_unit: the unit of that.
        points: where along it, and how much there. Two at one place are a jump.
        levels: values to hold it against; infinite ones are left out.
        moments: what happens where; those beyond the last point are left out.
        is_mean: whether a value is the mean of all since the point before, as of a rate in steps. The
            values of other curves are joined by straight lines.
        never: what does not come, however long one waits, where the curve ends without it.

    """

    name: str
    unit: str
    along: str
    along_unit: str
    points: tuple[tuple[float, float], ...]
    levels: tuple[Level, ...] = ()
    moments: tuple[Moment, ...] = ()
    is_mean: bool = False
    never: str = ""

    @property
    def is_counted(self) -> bool:
        """Whether what it depends on is counted, and each has a step of the curve up to its number."""
        steps = zip(self.points[::2], self.points[1::2], strict=False)
        return not self.along_unit and all(begin[1] == end[1] for begin, end in steps)

    @property
    def end(self) -> float:
        """How far it goes."""
        return self.points[-1][0]


class Course(NamedTuple):
    """What a scenario comes to."""

    figures: tuple[Figure, ...]
    curves: tuple[Curve, ...]


def curve(
    name: str,
    unit: str,
    points: Sequence[tuple[float, float]],
    levels: Sequence[tuple[str, Quantity | None]] = (),
    moments: Sequence[tuple[str, Quantity | None]] = (),
    *,
    along: tuple[str, str] = ("time", "s"),
    is_mean: bool = False,
    never: str = "",
) -> Curve:
    """A curve, without the levels and moments that there are not."""
    end = points[-1][0]
    return Curve(
        name,
        unit,
        *along,
        tuple(points),
        tuple(Level(label, value.amount) for label, value in levels if value and math.isfinite(value.amount)),
        tuple(Moment(label, at.amount) for label, at in moments if at and 0 < at.amount <= end),
        is_mean,
        never,
    )
