"""Where words stand in a plot: beside what is drawn, as far as there is room, and not on it.

The page places them anew when a slider moves, in the same way: `page/page.js`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

WIDE, NARROW = 8.8, 6.6
"""Width of a letter in units of the drawing: on paper or a phone, and on a screen, where it is smaller."""

RISE, FALL = 14.0, 4.0
"""How far a letter reaches above its line and below it, likewise."""

Way = Sequence[tuple[float, float]]
"""Points of what is drawn, from left to right; y grows downwards."""


class Spot(NamedTuple):
    """Where a word begins; or where it ends, if it is `turned`. A line may lead to it."""

    x: float
    y: float
    turned: bool = True
    line: Way = ()


class Box(NamedTuple):
    """What a word covers."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, word: str, spot: Spot, letter: float = WIDE) -> Box:
        """What a word covers at a spot, with letters of a width."""
        width = letter * len(word)
        left = spot.x - width if spot.turned else spot.x
        return cls(left, spot.y - RISE, left + width, spot.y + FALL)

    def is_crossed(self, way: Way) -> bool:
        """Whether something that is drawn lies on it."""
        for (x, y), (to, level) in pairwise(way):
            if to < self.left or x > self.right:
                continue
            steep = (level - y) / (to - x) if to > x else 0.0
            ends = (
                y + steep * (max(x, self.left) - x),
                level - steep * (to - min(to, self.right)),
            )
            if min(ends) <= self.bottom and max(ends) >= self.top:
                return True
        return False

    def meets(self, other: Box) -> bool:
        """Whether two words lie on each other."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class Room:
    """What is drawn in a plot, and the words that stand there already."""

    def __init__(self, ways: Iterable[Way]) -> None:
        self.ways = list(ways)
        self.words: list[Box] = []

    def place(self, word: str, spots: Sequence[Spot]) -> Spot:
        """Give a word the first of some spots that is free, if need be on a screen alone; else the first."""
        free = (spot for letter in (WIDE, NARROW) for spot in spots if self._is_free(word, spot, letter))
        found = next(free, spots[0])
        self.words.append(Box.of(word, found))
        self.ways.append(found.line)
        return found

    def _is_free(self, word: str, spot: Spot, letter: float) -> bool:
        box = Box.of(word, spot, letter)
        return not (
            any(map(box.is_crossed, self.ways))
            or any(box.meets(other) or other.is_crossed(spot.line) for other in self.words)
        )
