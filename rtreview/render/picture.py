"""A design as a picture: boxes for the stations of its messages, and the arrows between them.

Two layouts of the same stations: side by side for a screen or paper, and one below the other for a phone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from rtreview.render.text import names
from rtreview.reviews.message_path import found_at
from rtreview.reviews.report import Route, Stop
from rtreview.rulebook.finding import Finding
from rtreview.text.harmless import visible

WIDTH, COLUMN = 1072, 354
"""Width of a page on a screen and on a phone: a drawing that is no wider is not made smaller than it is."""

BOX, LEAST, GAP, ROOM, EDGE = 204, 110, 76, 44, 12
"""Width of a box and the least, its distance from one beside it and below it, and that from the border."""

HEAD, FACT, LETTER, BADGE = 36, 17, 9.5, 24
"""Height of a box without facts and of each fact, the width of a letter in a bold line and of a mark."""

SHARED = ("node", "backplane")
"""What serves all connections: drawn once where it is the same for all."""

_KINDS = ("error", "warning", "info", "question")


class Mark(NamedTuple):
    """Something that is found at a station: how it is called, how grave it is, and where it is told."""

    word: str
    kind: str
    anchor: str


class Box(NamedTuple):
    """A station: where it stands, its limits, and what is found there."""

    x: float
    y: float
    width: float
    height: float
    stop: Stop
    marks: tuple[Mark, ...]

    @property
    def state(self) -> str:
        """The gravest of what is found there; `quiet` for nothing."""
        return next((kind for kind in _KINDS if kind in [mark.kind for mark in self.marks]), "quiet")

    @property
    def placed(self) -> list[tuple[Mark, float]]:
        """What is found there in its order, with where it stands: the last one at the right corner."""
        shown = sorted(self.marks, key=lambda mark: (mark.kind == "question", len(mark.word), mark.word))
        step = min(BADGE, (self.width - BADGE) / max(1, len(shown) - 1))
        return [
            (mark, self.x + self.width - 4 - step * (len(shown) - 1 - at)) for at, mark in enumerate(shown)
        ]

    @property
    def lines(self) -> list[str]:
        """The name and the limits, each as far as a line reaches."""
        return [_cut(visible(word), self.width) for word in (self.stop.name, *self.stop.facts)]


class Arrow(NamedTuple):
    """The way from one station to the next: from one point to another, and what comes along it."""

    x1: float
    y1: float
    x2: float
    y2: float
    to: Stop


@dataclass
class Picture:
    """A drawing, so many units wide and high. Words name the rows."""

    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    words: list[tuple[float, float, str]] = field(default_factory=list)

    @property
    def width(self) -> float:
        """Up to the border behind the last box."""
        return max(box.x + box.width for box in self.boxes) + EDGE

    @property
    def height(self) -> float:
        """Likewise."""
        return max(box.y + box.height for box in self.boxes) + EDGE


class _Row(NamedTuple):
    """A route, its stations with their marks."""

    features: tuple[str, ...]
    stations: list[tuple[Stop, tuple[Mark, ...]]]


def beside(routes: Sequence[Route], found: Iterable[tuple[Finding, Mark]]) -> Picture:
    """A row for each connection; the nodes and the backplane stand behind all rows that they serve alike."""
    rows, picture = _rows(routes, found), Picture()
    own = [[station for station in row.stations if station[0].role not in SHARED] for row in rows]
    columns = max(len(stations) for stations in own)
    across = max(len(row.stations) for row in rows)
    width = max(LEAST, min(BOX, (WIDTH - 2 * EDGE - (across - 1) * GAP) / across))
    xs = [EDGE + at * (width + GAP) for at in range(columns + len(SHARED))]
    last: dict[str, Box] = {}
    y = float(EDGE)
    for row, stations in zip(rows, own, strict=True):
        shared = [station for station in row.stations if station[0].role in SHARED]
        y += ROOM / 2 if row.features else 0
        height = max(_height(stop) for stop, _ in row.stations)
        placed = [Box(xs[at], y, width, height, *station) for at, station in enumerate(stations)]
        for at, station in enumerate(shared, columns):
            before = last.get(station[0].role)
            if before is not None and _alike(before.stop, station[0]):
                box = before._replace(
                    height=y + height - before.y, marks=tuple(dict.fromkeys((*before.marks, *station[1])))
                )
                picture.boxes[picture.boxes.index(before)] = box
            else:
                box = Box(xs[at], y, width, height, *station)
                picture.boxes.append(box)
            last[station[0].role] = box
            placed.append(box)
        picture.boxes += placed[: len(stations)]
        middle = y + height / 2
        picture.arrows += [Arrow(a.x + width, middle, b.x, middle, b.stop) for a, b in pairwise(placed)]
        if row.features:
            picture.words.append((EDGE, y - 16, _cut(names(row.features), WIDTH)))
        y += height + ROOM
    return picture


def below(routes: Sequence[Route], found: Iterable[tuple[Finding, Mark]]) -> Picture:
    """One connection after the other, each from the client down to the backplane."""
    picture = Picture()
    y = float(EDGE)
    for row in _rows(routes, found):
        if row.features:
            y += ROOM / 2
            picture.words.append((EDGE, y - 16, _cut(names(row.features), COLUMN)))
        boxes = []
        for station in row.stations:
            boxes.append(Box(EDGE, y, COLUMN - 2 * EDGE, _height(station[0]), *station))
            y += boxes[-1].height + ROOM
        picture.boxes += boxes
        picture.arrows += [
            Arrow(COLUMN / 2, a.y + a.height, COLUMN / 2, b.y, b.stop) for a, b in pairwise(boxes)
        ]
    return picture


def _rows(routes: Sequence[Route], found: Iterable[tuple[Finding, Mark]]) -> list[_Row]:
    at: dict[tuple[int, int], list[Mark]] = {}
    for finding, mark in found:
        for key in found_at([finding], routes):
            # A place may serve all connections, and what is found there concern one of them.
            if _travels(finding, routes[key[0]]):
                at.setdefault(key, []).append(mark)
    rows = []
    for way, route in enumerate(routes):
        stations = [(stop, tuple(at.get((way, number), ()))) for number, stop in enumerate(route.stops)]
        rows.append(_Row(route.features, stations))
    return rows


def _travels(finding: Finding, route: Route) -> bool:
    """Whether what is found concerns a feature that takes this route."""
    return not finding.features or not route.features or bool({*finding.features} & {*route.features})


def _height(stop: Stop) -> float:
    return HEAD + FACT * len(stop.facts)


def _cut(word: str, width: float) -> str:
    """A word as far as a line of this width reaches."""
    most = int(width / LETTER)
    return word if len(word) <= most else f"{word[: most - 1]}…"


def _alike(stop: Stop, other: Stop) -> bool:
    return stop.name == other.name and stop.facts == other.facts
