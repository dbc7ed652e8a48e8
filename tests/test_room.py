"""Where words stand in a plot: beside the curves, and beside one another."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest
from conftest import EXAMPLES
from hypothesis import given
from hypothesis import strategies as st
from test_html import drawn, page_of, parsed, text_of

from rtreview.render import html
from rtreview.render.plot import ABOVE, BELOW, BESIDE, ROW, STEPS
from rtreview.render.room import FALL, NARROW, RISE, WIDE, Box, Room, Spot
from rtreview.simulate.series import Curve, Level, Moment

ACROSS = Spot(400, 100)
"""A word that ends there."""


def points(path: str) -> list[tuple[float, float]]:
    """The points of a path."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_no_curve_of_an_example_runs_through_a_word(example: Path) -> None:
    """A line below the letters, through which a curve would have to go, stays clear of all curves."""
    for plot in parsed(page_of(example.read_bytes())).query("svg.plot-svg"):
        curves = [points(path.attrs["d"]) for path in plot.query(".curve")]
        for word in plot.query(".level text, .moment text, .never text"):
            x, y = float(word.attrs["x"]), float(word.attrs["y"])
            begins = word.parent.attrs["class"] == "moment"
            width = NARROW * len(text_of(word))
            middle = Box(x if begins else x - width, y - 6, x + width if begins else x, y - 4)
            assert not any(middle.is_crossed(curve) for curve in curves), text_of(word)


def test_a_word_takes_the_first_spot_that_is_free() -> None:
    """A curve that crosses the first leaves it the second."""
    other = Spot(400, 200)
    crossing = [(0.0, 95.0), (500.0, 95.0)]
    assert Room([]).place("accepted", [ACROSS, other]) == ACROSS
    assert Room([crossing]).place("accepted", [ACROSS, other]) == other
    assert Room([crossing, [(0.0, 195.0), (500.0, 195.0)]]).place("accepted", [ACROSS, other]) == ACROSS


def test_where_large_letters_have_no_room_small_ones_may() -> None:
    """A curve just beside the word of a screen, through that of a phone."""
    at = ACROSS.x - (NARROW + WIDE) / 2 * len("accepted")
    steep = [(at, 0.0), (at, 300.0)]
    assert Room([steep, [(0.0, 45.0), (500.0, 45.0)]]).place("accepted", [Spot(400, 50), ACROSS]) == ACROSS


def test_two_words_do_not_stand_on_each_other() -> None:
    """The second goes elsewhere, and no line leads through the first."""
    room = Room([])
    room.place("half of them are back", [ACROSS])
    through = Spot(350, 60, turned=False, line=[(346, 60), (346, 180)])
    clear = Spot(350, 60, turned=False)
    assert room.place("99 % are back", [Spot(390, 104), through, clear]) == clear


@given(st.floats(0, 500), st.floats(0, 300), st.floats(0, 500), st.floats(0, 300))
def test_a_line_crosses_a_word_if_a_point_of_it_lies_there(x: float, y: float, to: float, end: float) -> None:
    """Whatever its slope; a point on the border may be either."""
    (x, y), (to, end) = sorted([(x, y), (to, end)])
    box = Box.of("accepted", ACROSS)
    inside = [
        (across, down)
        for part in range(101)
        for across, down in [(x + (to - x) * part / 100, y + (end - y) * part / 100)]
        if box.left < across < box.right and box.top < down < box.bottom
    ]
    if inside:
        assert box.is_crossed([(x, y), (to, end)])
    if max(x, to) < box.left or min(x, to) > box.right or max(y, end) < box.top or min(y, end) > box.bottom:
        assert not box.is_crossed([(x, y), (to, end)])


def curve(*moments: float, levels: tuple[float, ...] = ()) -> Curve:
    """Spikes over ten seconds, with moments and levels."""
    spikes = tuple((at + part, float(not part)) for at in range(10) for part in (0.0, 0.01, 0.99))
    return Curve(
        "attempts", "%", "time", "s", spikes,
        levels=tuple(Level("accepted", level) for level in levels),
        moments=tuple(Moment("everybody is back", moment) for moment in moments),
    )  # fmt: skip


def test_the_words_of_moments_stand_above_the_plot_and_not_on_each_other() -> None:
    """The drawing grows upwards for those that are so close that they need another row."""
    (plot,) = drawn(curve(4.0, 4.1, 4.2)).query("svg")
    words = [
        Box.of(text_of(word), Spot(float(word.attrs["x"]), float(word.attrs["y"]), turned=len(classes) > 1))
        for word in plot.query(".moment text")
        for classes in [word.parent.attrs["class"].split()]
    ]
    _, _, _, ceiling = map(float, plot.attrs["data-scale"].split())
    assert len(words) == 3
    assert max(word.bottom for word in words) < ceiling
    assert not any(one.meets(other) for one, other in combinations(words, 2))
    assert plot.attrs["viewBox"].startswith("0 -18 520 248")
    assert drawn(curve(1.0, 9.0)).query("svg")[0].attrs["viewBox"].startswith("0 0 520 230")


def test_a_limit_among_spikes_has_its_word_above_the_plot() -> None:
    """There is no room beside its line."""
    (plot,) = drawn(curve(levels=(0.5,))).query("svg")
    (word,) = plot.query(".level text")
    assert float(word.attrs["y"]) < float(plot.attrs["data-scale"].split()[3])
    assert text_of(word) == "accepted 50 %"


def test_the_page_places_words_by_the_same_numbers() -> None:
    """What moves with a slider stands where a report without a script would have it."""
    (line,) = re.findall(r"const (WIDE = .+);", (html.FOLDER / "page.js").read_text("utf-8"))
    page = {name: float(number) for name, number in (part.split(" = ") for part in line.split(", "))}
    assert page == {
        "WIDE": WIDE, "NARROW": NARROW, "RISE": RISE, "FALL": FALL, "ROW": ROW, "ABOVE": ABOVE,
        "BELOW": BELOW, "BESIDE": BESIDE, "STEPS_ALONG": STEPS,
    }  # fmt: skip
