"""First contacts: published designs, and what a review that had never seen them found: see `contact`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "contact"
BATCHES = {
    folder.name: sorted(folder.glob("*.rtreview.yaml"))
    # After z comes za.
    for folder in sorted(FOLDER.glob("*/"))
}
OUTCOMES = ("found", "asked", "missed")


class Contact(NamedTuple):
    """What stands at the head of a file: its source, each named fault with its outcome, and wrong alarms."""

    source: str
    faults: tuple[tuple[str, str], ...]
    alarms: tuple[str, ...]
    is_sound: bool


class Score(NamedTuple):
    """What a batch came to at first contact."""

    named: int
    found: int
    asked: int
    alarms: int
    designs: int


def contact(file: Path) -> Contact:
    """The head of a file; a named fault without an outcome has an empty one."""
    rows = re.findall(r"^# (source|named|alarm): (.+)$", file.read_text("utf-8"), re.MULTILINE)
    named = [row for kind, row in rows if kind == "named"]
    pairs = [row.rpartition(" -- ") for row in named if row != "none"]
    return Contact(
        source=next((row for kind, row in rows if kind == "source"), ""),
        faults=tuple((fault or outcome, outcome if fault else "") for fault, _, outcome in pairs),
        alarms=tuple(row for kind, row in rows if kind == "alarm"),
        is_sound=named == ["none"],
    )


def score(files: list[Path]) -> Score:
    """The sums of a batch."""
    contacts = [contact(file) for file in files]
    outcomes = [outcome for each in contacts for _, outcome in each.faults]
    return Score(
        named=len(outcomes),
        found=outcomes.count("found"),
        asked=outcomes.count("asked"),
        alarms=sum(len(each.alarms) for each in contacts),
        designs=len(files),
    )


def curve() -> str:
    """A line for each batch, in the order in which they were met."""
    lines = []
    for name, files in BATCHES.items():
        got = score(files)
        lines.append(
            f"batch {name}: {got.found / got.named:4.0%} found, {got.found} of {got.named} faults of "
            f"{got.designs} designs; {got.asked} asked about, {got.alarms} wrong alarms"
        )
    return "\n".join(lines)
