"""A design as a picture: boxes for the stations of its messages, and the arrows between them.

Two layouts of the same stations: side by side for a screen or paper, and one below the other for a phone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from rtreview.render.text import names
from rtreview.reviews.message_path import Position, Stops
from rtreview.reviews.report import Route, Stop
from rtreview.rulebook.finding import Finding
from rtreview.text.harmless import visible

WIDTH, COLUMN = 1056, 354
"""Width of a page on a screen and on a phone: a drawing that is no wider is hardly made smaller."""

BOX, LEAST, GAP, ROOM, EDGE = 188, 100, 72, 44, 12
"""Width of a box and the least, its distance from one beside it and below it, and that from the border."""

TOGETHER = 16
"""The distance of boxes that one arrow leads to."""

MOST_ACROSS = 8
"""From so many stations on, those beside each other fit no screen with letters of 12 px."""

HEAD, FACT, LETTER, BADGE, LINES = 36, 17, 9.5, 24, 2
"""Height of a box of one line and of each further one, width of a bold letter and a mark, lines of a name."""

SHARED = ("node", "backplane")
"""What serves all connections: drawn once where it is the same for all."""

_PARTS = re.compile(r"[^\s-]*[\s-]?")
"""What of a name stays on one line: up to a space or a hyphen."""

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
    def placed(self) -> list[tuple[Mark, float, float]]:
        """What is found there in its order, with where it stands: on the upper edge, and below the limits."""
        shown = sorted(self.marks, key=lambda mark: (mark.kind == "question", len(mark.word), mark.word))
        most = _marks_of_a_row(self.width)
        below = self.y + _text_height(self.stop, self.width) + BADGE / 2 - 2
        return [
            (
                mark,
                self.x + self.width - 4 - BADGE * (len(row) - 1 - at),
                self.y if not number else below + BADGE * (number - 1),
            )
            for number, row in enumerate(shown[first : first + most] for first in range(0, len(shown), most))
            for at, mark in enumerate(row)
        ]

    @property
    def lines(self) -> list[tuple[str, bool]]:
        """The name and the limits, each as far as its lines reach, and whether it is the name."""
        limits = [(_cut(visible(fact), self.width), False) for fact in self.stop.facts]
        return [*((line, True) for line in _name(self.stop, self.width)), *limits]


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
    def across(self) -> int:
        """How many boxes stand beside each other, as far as that matters."""
        return min(MOST_ACROSS, len({box.x for box in self.boxes}))

    @property
    def width(self) -> float:
        """Up to the border behind the last box."""
        return max(box.x + box.width for box in self.boxes) + EDGE

    @property
    def height(self) -> float:
        """Likewise."""
        return max(box.y + box.height for box in self.boxes) + EDGE


class _Row(NamedTuple):
    """A route, its stations with their marks, and what stands behind its nodes, if anything does."""

    features: tuple[str, ...]
    stations: list[tuple[Stop, tuple[Mark, ...]]]
    behind: list[tuple[Stop, tuple[Mark, ...]]]

    @property
    def node(self) -> Stop:
        """The nodes at which it ends."""
        return next(stop for stop, _ in self.stations if stop.role == "node")


def beside(routes: Sequence[Route], found: Iterable[tuple[Finding, Mark]]) -> Picture:
    """A row for each connection; the nodes and the backplane stand behind all rows that they serve alike.

    What the nodes depend on stands below them.
    """
    rows, picture = _rows(routes, found), Picture()
    own = [[station for station in row.stations if station[0].role not in SHARED] for row in rows]
    columns = max(len(stations) for stations in own)
    across = columns + max(len(row.stations) - len(stations) for row, stations in zip(rows, own, strict=True))
    width = max(LEAST, min(BOX, (WIDTH - 2 * EDGE - (across - 1) * GAP) / across))
    xs = [EDGE + at * (width + GAP) for at in range(columns + len(SHARED))]
    last: dict[str, Box] = {}
    behind: dict[Stop, tuple[Mark, ...]] = {}
    y = float(EDGE)
    for number, (row, stations) in enumerate(zip(rows, own, strict=True), 1):
        shared = [station for station in row.stations if station[0].role in SHARED]
        y += ROOM / 2 if row.features else 0
        height = max(_height(stop, marks, width) for stop, marks in row.stations)
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
        # Several rows may end at one box: each arrow has the number of its own row.
        picture.arrows += [
            Arrow(before.x + width, middle, box.x, middle, stop)
            for (before, box), (stop, _) in zip(pairwise(placed), [*stations, *shared][1:], strict=True)
        ]
        if row.features:
            picture.words.append((EDGE, y - 16, _cut(names(row.features), WIDTH)))
        y += height + ROOM
        for stop, marks in row.behind:
            behind[stop] = tuple(dict.fromkeys((*behind.get(stop, ()), *marks)))
        if number == len(rows) or not _alike(row.node, rows[number].node):
            y = _place_behind(picture, behind, last["node"], y)
            behind = {}
    return picture


def _place_behind(picture: Picture, behind: Mapping[Stop, Sequence[Mark]], node: Box, y: float) -> float:
    """Place what nodes depend on below them, from a height on, and tell where that ends."""
    middle = node.x + node.width / 2
    for stop, marks in behind.items():
        if stop is next(iter(behind)):
            picture.arrows.append(Arrow(middle, node.y + node.height, middle, y, stop))
        box = Box(node.x, y, node.width, _height(stop, marks, node.width), stop, tuple(marks))
        picture.boxes.append(box)
        y = box.y + box.height + TOGETHER
    return y - TOGETHER + ROOM if behind else y


def below(routes: Sequence[Route], found: Iterable[tuple[Finding, Mark]]) -> Picture:
    """One connection after the other, each from the client down to the backplane."""
    picture = Picture()
    y, width = float(EDGE), COLUMN - 2 * EDGE
    for row in _rows(routes, found):
        if row.features:
            y += ROOM / 2
            picture.words.append((EDGE, y - 16, _cut(names(row.features), COLUMN)))
        boxes = []
        for station in row.stations:
            boxes.append(Box(EDGE, y, width, _height(*station, width), *station))
            y += boxes[-1].height + ROOM
        picture.boxes += boxes
        picture.arrows += [
            Arrow(COLUMN / 2, a.y + a.height, COLUMN / 2, b.y, b.stop) for a, b in pairwise(boxes)
        ]
        for stop, marks in row.behind:
            place = "the broker" if row.node.is_broker else "the nodes"
            picture.words.append((EDGE, y - 12, f"behind {place}"))
            picture.boxes.append(Box(EDGE, y, width, _height(stop, marks, width), stop, marks))
            y += picture.boxes[-1].height + ROOM
    return picture


def _rows(routes: Sequence[Route], found: Iterable[tuple[Finding, Mark]]) -> list[_Row]:
    stops = Stops(routes)
    at: dict[Position, list[Mark]] = {}
    for finding, mark in found:
        for position in stops.of(finding):
            # A place may serve all connections, and what is found there concern one of them.
            if _travels(finding, routes[position[0]]):
                at.setdefault(position, []).append(mark)
    rows = []
    for way, route in enumerate(routes):
        stations = [(stop, tuple(at.get((way, number), ()))) for number, stop in enumerate(route.stations)]
        many = len(route.stops)
        rows.append(_Row(route.features, stations[:many], stations[many:]))
    return rows


def _travels(finding: Finding, route: Route) -> bool:
    """Whether what is found concerns a feature that takes this route."""
    return not finding.features or not route.features or bool({*finding.features} & {*route.features})


def _height(stop: Stop, marks: Sequence[Mark], width: float) -> float:
    return _text_height(stop, width) + BADGE * max(0, -(-len(marks) // _marks_of_a_row(width)) - 1)


def _text_height(stop: Stop, width: float) -> float:
    return HEAD + FACT * (len(_name(stop, width)) - 1 + len(stop.facts))


def _marks_of_a_row(width: float) -> int:
    return int((width - 8) / BADGE)


def _name(stop: Stop, width: float) -> list[str]:
    """The name of a station in lines of this width; what does not fit into them is cut."""
    lines = [""]
    for part in _PARTS.findall(visible(stop.name)):
        if lines[-1] and len(lines) < LINES and len((lines[-1] + part).rstrip()) > int(width / LETTER):
            lines.append("")
        lines[-1] += part
    return [_cut(line.strip(), width) for line in lines]


def _cut(word: str, width: float) -> str:
    """A word as far as a line of this width reaches."""
    most = int(width / LETTER)
    return word if len(word) <= most else f"{word[: most - 1]}…"


def _alike(stop: Stop, other: Stop) -> bool:
    return stop.name == other.name and stop.facts == other.facts
