"""How long an editor waits for a keystroke in a design of 250 lines."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from rtreview.editors import hints
from rtreview.editors.desk import Desk
from rtreview.editors.positions import Positions
from rtreview.language.spec import FeatureSpec
from rtreview.rulebook.rulebook import Rulebook

EXAMPLES = Path(__file__).parent.parent / "examples"
LINES = 250
NAME = "/nowhere/all.rtreview.yaml"


def design() -> str:
    """The examples as features of one design, sound ones and flawed ones, cut after so many lines."""
    lines = ["rtreview: 1", "features:"]
    for file in sorted(EXAMPLES.glob("*.rtreview.yaml")):
        own = list(_sections(file.read_text("utf-8").splitlines()))
        if own:
            lines += [f"  {file.name.split('.')[0]}:", *(f"    {line}" for line in own)]
    return "\n".join(lines[:LINES]) + "\n"


def _sections(lines: list[str]) -> Iterator[str]:
    """What of a spec with one feature may stand in a feature."""
    if any(line.startswith("features:") for line in lines):
        return
    is_own = False
    for line in lines:
        if line and not line.startswith((" ", "#")):
            is_own = line.partition(":")[0] in FeatureSpec.KEYS
        if is_own and line.strip():
            yield line


def keystrokes(ours: Rulebook, count: int) -> list[float]:
    """Seconds of a processor that keystrokes take: the review, its places, and what is shown beside it."""
    desk, text, taken = Desk(ours), design(), []
    for number in range(count + 1):
        typed = f"{text}# {'x' * number}"
        start = time.thread_time()
        sheet = desk.sheet(NAME, typed)
        assert sheet is not None
        positions = Positions(typed, "utf-16")
        for _, finding in sheet.findings:
            positions.range(finding.place.span)
        for hint in hints.defaults(sheet):
            positions.range(hint.span)
        taken.append(time.thread_time() - start)
    return taken[1:]


def usual(ours: Rulebook, count: int = 31) -> float:
    """The median of them."""
    return statistics.median(keystrokes(ours, count))
