"""The charts of a terminal: tidy axes, labels that stand where their values are, and signs beside colours."""

from __future__ import annotations

import math
import re

import pytest
from conftest import EXAMPLES, FLAWED, cli, simulated
from hypothesis import given
from hypothesis import strategies as st

from rtreview.render import chart
from rtreview.render.chart import Chart
from rtreview.render.simulation import render_simulations
from rtreview.render.text import painted
from rtreview.simulate import NAMES
from rtreview.text.harmless import cells

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
UNITS = {"s": "ms s min h d", "B": "B kB MB GB TB", "/s": "/h /min /s", "%": "%", "": ""}
SIZES = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86_400, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9,
         "TB": 1e12, "/s": 1, "/min": 1 / 60, "/h": 1 / 3600, "%": 0.01, "": 1}  # fmt: skip
amounts = st.floats(0.001, 1e11)
units = st.sampled_from(list(UNITS))


def value(label: str) -> float:
    """What a label says, in the base unit."""
    number, unit = re.fullmatch(r"([\d.,]+)(.*)", label).groups()  # type: ignore[union-attr]
    return float(number.replace(",", "")) * SIZES[unit.strip()]


def drawn(axes: Chart, values: list[float], levels: tuple[float, ...] = ()) -> list[str]:
    """The lines of a chart without colours."""
    return painted(list(axes.lines(values, levels, ())), colour=False).splitlines()


@given(amounts, units)
def test_a_step_is_one_two_or_five_of_a_usual_unit(least: float, unit: str) -> None:
    """Or 30 s, 30 min, 6 h and 12 h; it is long enough, and no more than three times as long."""
    found = chart.scale(least, unit)
    assert found.name.strip() in UNITS[unit].split(" ")
    step = found.step / found.size
    digits = f"{step:.6e}".partition("e")[0].rstrip("0").rstrip(".")
    assert digits in {"1", "2", "5"} or (found.name, round(step)) in {
        (" s", 30), (" min", 30), (" h", 6), (" h", 12),
    }, step  # fmt: skip
    assert least * (1 - 1e-6) <= found.step
    assert found.step <= 3 * least or found.step == found.size == 1


@given(amounts, units, amounts, st.sampled_from(["s", ""]), st.integers(26, 186))
def test_labels_stand_at_their_values_and_keep_apart(
    top: float, unit: str, until: float, along: str, width: int
) -> None:
    """Upwards each names the top of its line; below each stands at its tick, two blanks from the next."""
    axes = Chart(top, unit, until, "time", along, width)
    lines = drawn(axes, [0.0] * width)
    left = axes.margin + 2
    assert max(cells(line) for line in lines) <= left + width
    *above, foot, labels = lines
    assert 8 <= len(above) <= 10
    names = {at: line[: axes.margin].strip() for at, line in enumerate((*above, foot))}
    shown = {at: value(label) for at, label in names.items() if label}
    highest = shown[0]
    assert highest >= top * (1 - 1e-6)
    assert len({re.sub(r"[\d.,]", "", label) for label in names.values() if label}) == 1
    for at, amount in shown.items():
        assert amount == pytest.approx(highest * (1 - at / len(above)), rel=1e-6, abs=1e-9)
        assert above[at][left - 1] == "┤" if at < len(above) else amount == 0
    ends = [-9]
    for label in re.finditer(r"\S+(?: (?:ms|s|min|h|d)\b)?", labels):
        assert label.start() - ends[-1] >= 2
        ends.append(label.end())
        ticks = [at for at in range(label.start(), label.end()) if foot[at] == "┬"]
        assert any(
            abs((at - left) / width * until - value(label[0])) <= 1.001 * until / width for at in ticks
        )


@given(amounts, units, st.floats(0, 1))
def test_a_bar_as_high_as_a_level_ends_in_the_line_of_the_level(top: float, unit: str, share: float) -> None:
    """So that only what is above a level is seen above it."""
    axes = Chart(top, unit, 100.0, "time", "s", 40)
    lines = drawn(axes, [top * share] * 20 + [0.0] * 20, (top * share,))
    (level,) = [at for at, line in enumerate(lines) if "·" in line]
    assert lines[level][axes.margin + 1] in "├┼"
    bars = [at for at, line in enumerate(lines[:-2]) if set(line) & set("▁▂▃▄▅▆▇█")]
    assert not bars or min(bars) in {level, level + 1}


def test_what_is_counted_has_its_number_below_the_middle_of_its_step() -> None:
    """Of three steps the second stands in the middle of the axis."""
    axes = Chart(1.0, "%", 3.0, "drops", "", 30, is_counted=True)
    *_, labels, name = drawn(axes, [1.0] * 10 + [0.5] * 10 + [0.1] * 10)
    assert [labels[axes.margin + 2 + at] for at in (5, 15, 25)] == ["1", "2", "3"]
    assert name.endswith("drops")


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("name", NAMES)
def test_charts_fit_and_colour_adds_nothing_to_them(name: str, width: int) -> None:
    """Of all examples; without its escape codes a coloured text is the plain one."""
    settings = ("workload.downlink=16kbit/s",) if name == "slow-client" else ()
    some = EXAMPLES if name in {"node-replacement", "slow-client", "growth"} else [FLAWED]
    for example in some:
        told = simulated(example.read_bytes(), name, *settings)
        plain = render_simulations(told, width=width)
        assert max(cells(line) for line in plain.splitlines()) <= width
        coloured = render_simulations(told, width=width, colour=True)
        assert ESCAPE.sub("", coloured) == plain


def test_lines_of_two_levels_are_made_of_different_signs() -> None:
    """And the signs are explained, so that nothing is told by colour alone."""
    told = cli(
        "simulate", FLAWED, "--scenario", "node-replacement", "--set", "topology.node.max_connections=8k"
    ).stdout
    assert "· limit of a node 8000, ╌ even share 5000" in told
    assert re.search(r"[┼├].*····", told)
    assert re.search(r"[┼├].*╌╌╌╌", told)


def test_a_share_goes_on_as_it_ended() -> None:
    """A variant that is back sooner does not look as if it were lost again."""
    told = cli("simulate", FLAWED, "--set", "transport.reconnect.jitter=full").stdout
    last = told.rpartition("share that is back, with")[2].splitlines()
    assert last[1].startswith("      100 % ┤")
    assert last[1].endswith("█" * 20)


def test_the_highest_bar_is_the_busiest_second_of_the_table() -> None:
    """Also where waves of an instant, one every 30 s, are drawn over an hour."""
    lockstep = b"""rtreview: 1
workload: {connections: 40k}
transport: {kind: websocket, reconnect: {strategy: exponential, base: 1s, cap: 30s, jitter: none}}
topology: {nodes: 4, node: {accept_rate: 70/s}}
"""
    (one,) = simulated(lockstep)
    peak = dict(one.figures)["attempts in the busiest second"]
    assert str(peak) == "40,000/s"
    told = render_simulations([one])
    bars = [math.ceil(value(label)) for label in re.findall(r"([\d,]+/s) [┤┼]", told)]
    assert max(bars) == 40_000
    assert re.search(r"each bar is the busiest second of \S+ s", told)


def test_a_storm_that_never_ends_says_so_below_its_chart() -> None:
    """Who is never back is no empty chart."""
    told = cli("simulate", FLAWED, "--set", "workload.connections=2M").stdout
    assert "never all back" in told
