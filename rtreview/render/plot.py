"""Curves as SVG, drawn by pygal without a style of its own: the page that holds it gives the colours.

What the page redraws when a slider moves is a path and the words of the axes, so the axes have a fixed
number of guides at tidy values, and the plot tells its scale in `data-` attributes.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup
from pygal import XY
from pygal.style import Style

from rtreview.quantities.quantity import Duration, Number, Ratio, in_unit
from rtreview.render.chart import UNITS
from rtreview.render.chart import columns as chart_columns
from rtreview.render.room import FALL, NARROW, RISE, WIDE, Room, Spot
from rtreview.simulate.series import Curve
from rtreview.text.harmless import visible

WIDTH, HEIGHT = 520, 230
"""Units of the drawing; the page scales it."""

GUIDES = 4
"""Parts of the value's axis."""

SIZE = 12
"""Height of the letters, in units of the drawing."""

ROW = 18
"""Distance of two words above each other: on paper and on a phone their letters are larger."""

ABOVE, BELOW, BESIDE = 5, 15, 4
"""Distance of a word from the line that it stands above, below or beside."""

STEPS = 16
"""Places along a line at which its word may end."""

COLUMNS = 140
"""Points of a rate that is known in steps, each of the busiest second around it."""

_NEAR = 3
"""How far above a curve a line may be that is still shown, in heights of the curve."""

_EXACT = 1.01
"""How far above the end of its axis a rate may lie."""

_FADE = 0.3
"""The part of a plot over which a curve fades out that ends without what never comes."""

_STRAIGHT = 0.05
"""How far from a straight line a point may lie that is on it: half of what a coordinate is exact to."""

_ROWS = 4
"""Rows above a plot in which the word of a line may stand at last."""

_HEIGHTS = (0.5, 0.25, 0.75)
"""Parts of the height of a plot at which "never" may stand."""

_NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
_TIDY = (1.0, 1.5, 2.0, 2.5, 3.0, 5.0, 10.0)
_WHOLE = {"s": (1.0, 60.0, 3600.0, 86400.0), "B": tuple(1024.0**power for power in range(5))}
_NUMBER = re.compile(r"-?[0-9]+\.[0-9]+")
_POINT = re.compile(r"(-?[0-9.]+)[ ,]+(-?[0-9.]+)")


class Frame(NamedTuple):
    """The ranges of both axes, which plots have in common that are compared."""

    until: float
    top: float


def tidy(most: float, unit: str) -> float:
    """The smallest tidy end of an axis that reaches this far: its guides are round in their own unit."""
    if most <= 0 or not math.isfinite(most):
        return 1.0
    step = most / GUIDES
    whole = max((size for size in _WHOLE.get(unit, (1.0,)) if size <= step), default=1.0)
    power = 10.0 ** math.floor(math.log10(step / whole))
    return (
        GUIDES
        * whole
        * power
        * next(factor for factor in _TIDY if factor * power * whole >= step * (1 - 1e-9))
    )


def frame(curves: Sequence[Curve], drawn: Sequence[Sequence[tuple[float, float]]]) -> Frame:
    """The ranges that hold what is drawn of these curves, and what they are held against as far as near."""
    top = max(value for points in drawn for _, value in points)
    if curves[0].is_mean:
        # What lies a hair above a tidy number ends there: it is no more exact than that.
        top /= _EXACT
    near = [level.value for curve in curves for level in curve.levels if level.value <= _NEAR * top]
    return Frame(
        tidy(max(curve.end for curve in curves), curves[0].along_unit),
        tidy(max([top, *near]), curves[0].unit),
    )


def plot(variants: Sequence[Curve], *, is_changed: bool) -> Markup:
    """A curve of each variant on one pair of axes, and what they are held against as far as that is near.

    `is_changed` where the last of them is not the design as it stands.
    """
    drawn = [_shown(curve) for curve in variants]
    within = frame(variants, drawn)
    until, top = within
    last = variants[-1]
    chart = XY(
        width=WIDTH, height=HEIGHT, margin=2, margin_top=18, margin_right=26, spacing=6,
        explicit_size=False, show_legend=False, show_dots=False, fill=True, js=(), css=(),
        range=(0, top), xrange=(0, until), x_labels=_guides(until), y_labels=_guides(top),
        style=Style(label_font_size=SIZE, major_label_font_size=SIZE),
        value_formatter=lambda value: _on_axis(value, top, last.unit),
        x_value_formatter=lambda value: _on_axis(value, until, last.along_unit),
    )  # fmt: skip
    for curve, points in zip(variants, drawn, strict=True):
        # A share goes on as it ended.
        goes_on = curve.unit == Ratio.unit and not curve.is_mean
        chart.add(curve.name, [*points, *([(until, curve.points[-1][1])] if goes_on else [])])
    names = ["now"] * (len(variants) - 1) + ["after" if is_changed else "now"]
    # As text, since pygal makes trees of lxml where that is installed; without a namespace, as HTML has it.
    tree = ET.fromstring(chart.render(is_unicode=True).replace(_NAMESPACE, ""))
    return _cleaned(tree, variants, names, within)


def _guides(end: float) -> list[float]:
    return [end * part / GUIDES for part in range(GUIDES + 1)]


def _shown(curve: Curve) -> list[tuple[float, float]]:
    """The points to draw: of a rate in steps, the busiest second around each of so many moments."""
    if not curve.is_mean:
        return _thinned(curve)
    times, rates = zip(*curve.points, strict=True)
    width = curve.end / COLUMNS
    busiest = chart_columns(times, rates, curve.end, COLUMNS)
    return [
        (0.0, busiest[0]),
        *(((at + 0.5) * width, rate) for at, rate in enumerate(busiest)),
        (curve.end, busiest[-1]),
    ]


def _thinned(curve: Curve) -> list[tuple[float, float]]:
    """The points without those that lie as good as on the one before; both ends of a jump stay."""
    width = curve.end / (2 * COLUMNS)
    height = max((value for _, value in curve.points), default=0.0) / (2 * COLUMNS)
    kept = [curve.points[0]]
    for before, point in pairwise(curve.points):
        if abs(point[0] - kept[-1][0]) >= width or abs(point[1] - kept[-1][1]) >= height:
            kept += [before, point] if before != kept[-1] else [point]
    return kept if kept[-1] == curve.points[-1] else [*kept, curve.points[-1]]


def _on_axis(value: float, end: float, unit: str) -> str:
    """A number on an axis that ends there; times are all in the unit of the step between two of them."""
    if not value:
        return "0"
    if unit != Duration.unit:
        return in_unit(value, unit)
    units = UNITS[unit]
    name, size = next((each for each in reversed(units) if each[1] <= end / GUIDES), units[0])
    return f"{Number(value / size)}{name}"


def _levels(variants: Sequence[Curve]) -> Iterator[tuple[str, str, float]]:
    """What the curves are held against: how a line is drawn, its words, and its height.

    Where that is another for each of two curves, each has its own.
    """
    *others, last = variants
    for level in last.levels:
        before = [was for curve in others for was in curve.levels if was.label == level.label]
        own = [was for was in before if was.value != level.value]
        for was in own:
            yield "level now", f"{was.label} {in_unit(was.value, last.unit)} as it stands", was.value
        word = " as proposed" if own else ""
        yield "level", f"{level.label} {in_unit(level.value, last.unit)}{word}", level.value


def _cleaned(tree: ET.Element, variants: Sequence[Curve], names: Sequence[str], within: Frame) -> Markup:
    """The drawing without pygal's styles, scripts, dates and tooltips, with the lines to hold it against."""
    curve = variants[-1]
    graph = next(group for group in tree if group.tag == "g")
    area = next(group for group in graph if group.get("class") == "plot")
    for part in list(graph):
        if part is not area:
            graph.remove(part)
    for guides in area.iter("g"):
        for word in guides.findall("title"):
            guides.remove(word)
        if guides.get("class") == "guides":
            for part in guides:
                part.attrib.pop("class", None)
    series = (group for group in area if group.get("class", "").startswith("series"))
    for group, name in zip(series, names, strict=True):
        group.set("class", f"series {name}")
        _outline(group)
    left, right = _ends(area, "axis x", 0)
    bottom, ceiling = _ends(area, "axis y", 1)
    span = right - left
    levels = [
        (name, label, value, bottom + (ceiling - bottom) * value / within.top)
        for name, label, value in sorted(_levels(variants), key=lambda level: -level[2])
        if value <= within.top
    ]
    places = [(moment.label, left + span * moment.at / within.until) for moment in curve.moments]
    room = Room([
        *(_points(path) for path in area.iter("path") if path.get("class") == "curve"),
        *([(left, height), (right, height)] for *_, height in levels),
        *([(along, ceiling), (along, bottom)] for _, along in places),
    ])  # fmt: skip
    # The last first: so the line of an earlier one that stands higher leads past its word.
    for label, along in reversed(places):
        spot = room.place(label, list(_above(label, along, (right, ceiling), len(places))))
        name = "moment turned" if spot.turned else "moment"
        _line(
            area, name, (along, bottom), (along, min((y for _, y in spot.line), default=ceiling)), label, spot
        )
    for name, label, value, height in levels:
        spot = room.place(label, list(_along(label, height, (left, right), (bottom, ceiling))))
        line = _line(area, name, (left, height), (right, height), label, spot)
        line.set("data-value", f"{value:.9g}")
    if curve.never:
        fading = ET.SubElement(area, "g", {"class": "never"})
        far = right if curve.unit == Ratio.unit else left + span * curve.end / within.until
        ET.SubElement(fading, "rect", {
            "x": f"{far - _FADE * span:.2f}", "y": f"{ceiling:.2f}",
            "width": f"{_FADE * span:.2f}", "height": f"{bottom - ceiling:.2f}",
        })  # fmt: skip
        spot = room.place(curve.never, [Spot(far, bottom + (ceiling - bottom) * part) for part in _HEIGHTS])
        word = ET.SubElement(fading, "text", {"x": f"{far:.2f}", "y": f"{spot.y:.2f}"})
        word.text = curve.never
        # What fades out is the curve, not what it is compared with.
        for before in [group for group in area if group.get("class") == "series now"][: len(names) - 1]:
            area.remove(before)
            area.append(before)
    # What the margin does not hold: it has the height of one row.
    rows = max([0, *(round((ceiling - ABOVE - RISE - word.top) / ROW) for word in room.words)])
    drawing = ET.Element("svg", {
        "viewBox": f"0 {-ROW * rows} {WIDTH} {HEIGHT + ROW * rows}", "class": "plot-svg", "role": "img",
        "aria-label": f"{curve.name} by {curve.along}",
        "data-scale": f"{left} {right} {bottom} {ceiling}",
        "data-frame": f"{within.until:.9g} {within.top:.9g}", "data-along-unit": curve.along_unit,
    })  # fmt: skip
    drawing.append(graph)
    _shorten(drawing)
    # ElementTree escapes what a spec brings along, and nothing else of this text is a spec's.
    return Markup(ET.tostring(drawing, encoding="unicode"))


def _outline(group: ET.Element) -> None:
    """A curve is the line along the top of pygal's area, without the way down to the axis at its ends."""
    for area in group.iter("path"):
        # Without pygal's corners on the axis.
        points = _straightened(_points(area)[1:-1])
        area.attrib.update({"class": "curve", "d": f"M{' '.join(f'{x:.6f} {y:.6f}' for x, y in points)}"})


def _straightened(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points of a curve without those on a straight line between two others: they would fill 20 KB."""
    kept, passed = [points[0]], list[tuple[float, float]]()
    for point, (to, end) in pairwise(points[1:]):
        passed.append(point)
        begin, start = kept[-1]
        slope = (end - start) / (to - begin) if to > begin else math.nan
        if not all(abs(start + slope * (x - begin) - y) <= _STRAIGHT for x, y in passed):
            kept.append(point)
            passed = []
    return [*kept, points[-1]]


def _points(path: ET.Element) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in _POINT.findall(path.get("d", ""))]


def _ends(area: ET.Element, axis: str, coordinate: int) -> tuple[float, float]:
    """Where the first and the last guide of an axis stand."""
    guides = [
        path for group in area if group.get("class", "").startswith(axis) for path in group.iter("path")
    ]
    first, last = (_NUMBER.findall(guide.get("d", ""))[coordinate] for guide in (guides[0], guides[-1]))
    return float(first), float(last)


def _above(label: str, along: float, corner: tuple[float, float], rows: int) -> Iterator[Spot]:
    """Where the word of a moment may stand: above the plot, in the lowest row that is free.

    Its line leads up to it, unless another word is in the way.
    """
    right, ceiling = corner
    width = WIDE * len(label) + BESIDE
    for leads in (True, False):
        for row in range(rows):
            y = ceiling - ABOVE - ROW * row
            line = [(along, y - RISE), (along, ceiling)] if leads else []
            if along + width <= right or along < width:
                yield Spot(along + BESIDE, y, turned=False, line=line)
            if along >= width:
                yield Spot(along - BESIDE, y, line=line)


def _along(
    label: str, height: float, ends: tuple[float, float], borders: tuple[float, float]
) -> Iterator[Spot]:
    """Where the word of a line across the plot may stand: above or below it, as far to the right as can be.

    Where curves leave it no room there, it stands above the plot.
    """
    (left, right), (bottom, ceiling) = ends, borders
    least = min(right, left + NARROW * len(label))
    for step in range(STEPS + 1):
        x = right - (right - least) * step / STEPS
        yield Spot(x, height - ABOVE)
        if height + BELOW + FALL < bottom:
            yield Spot(x, height + BELOW)
    yield from (Spot(right, ceiling - ABOVE - ROW * row) for row in range(_ROWS))


def _line(
    area: ET.Element, name: str, start: tuple[float, float], end: tuple[float, float], label: str, spot: Spot
) -> ET.Element:
    group = ET.SubElement(area, "g", {"class": name})
    way = f"M{start[0]:.2f} {start[1]:.2f} L{end[0]:.2f} {end[1]:.2f}"
    ET.SubElement(group, "path", {"d": way})
    word = ET.SubElement(group, "text", {"x": f"{spot.x:.2f}", "y": f"{spot.y:.2f}"})
    word.text = visible(label)
    return group


def _shorten(drawing: ET.Element) -> None:
    """Coordinates to a tenth of a unit: a page has dozens of plots."""
    for part in drawing.iter():
        for name in ("d", "x", "y", "transform"):
            if value := part.get(name):
                part.set(name, _NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), value))
