"""Simulated curves as comma-separated values: a line for each step of each variant."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from rtreview.render.text import visible
from rtreview.scenario import Simulation

HEAD = ("design", "features", "scenario", "variant", "time_s", "attempts_per_s", "back_share")


def render_simulations(told: Sequence[Simulation]) -> str:
    """The curves. A name that a spreadsheet would take for a formula has a blank before it."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(HEAD)
    for one in told:
        if one.recovery is None:
            continue
        names = [
            _text(one.design or ""),
            _text(" ".join(one.features)),
            one.name,
            _text(" ".join(one.variant)),
        ]
        curves = zip(one.recovery.times, one.recovery.attempts, one.recovery.back, strict=True)
        table.writerows([*names, f"{time:.6g}", f"{rate:.6g}", f"{back:.6g}"] for time, rate, back in curves)
    return written.getvalue()


def _text(name: str) -> str:
    shown = visible(name)
    return f" {shown}" if shown.startswith(("=", "+", "-", "@")) else shown
