"""Simulated curves as comma-separated values: a line for each point of each curve."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from rtreview.render.format import SIMULATIONS
from rtreview.simulate.simulation import Simulation
from rtreview.text.harmless import visible

HEAD = ("design", "features", "scenario", "variant", "curve", "unit", "along", "along_unit", "at", "value")

_FORMULA = r"(?:^|(?<=;))(?=[=+\-@\uff1d\uff0b\uff0d\uff20])"
"""What begins one, at the start of a cell; a Japanese or Chinese Excel takes the wide signs too."""


def render_simulations(simulations: Sequence[Simulation]) -> str:
    """The curves. Where a spreadsheet would see a formula in a name, a blank stands before that.

    Many countries have `;` between cells, where quotes of ours do not count.
    """
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(HEAD)
    for simulation in simulations:
        names = [
            _text(simulation.design or ""),
            _text(" ".join(simulation.features)),
            simulation.scenario.name,
            _text(" ".join(simulation.variant)),
        ]
        for curve in simulation.curves:
            row = [*names, curve.name, curve.unit, curve.along, curve.along_unit]
            table.writerows([*row, f"{at:.6g}", f"{value:.6g}"] for at, value in curve.points)
    return written.getvalue()


def _text(name: str) -> str:
    return re.sub(_FORMULA, " ", visible(name))


SIMULATIONS.register("csv", lambda simulations, _: render_simulations(simulations))
