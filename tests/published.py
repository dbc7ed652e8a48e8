"""The corpus: designs as their authors published them, with the fault that they named.

Each file of `tests/corpus` begins with its source, what is published, and the fault:

- `fault: none`: the design is sound, and gets no violation at warning or above;
- `fault: <rule>`: the rule is violated;
- `open: <rule>`: a number that would decide was not published, so the rule asks or is undecided.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from rtreview.reviews.engine import review
from rtreview.reviews.report import Review
from rtreview.rulebook.finding import Severity, Verdict

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.rtreview.yaml"))


class Published(NamedTuple):
    """What stands at the head of a file."""

    source: str
    published: str
    faults: list[str]
    open: list[str]


def head(file: Path) -> Published:
    """The head of a file of the corpus."""
    found = dict(re.findall(r"^# (\w+): (.+)$", file.read_text("utf-8"), re.MULTILINE))
    lists = [
        [one.strip() for one in found.get(key, "").split(",") if one.strip()] for key in ("fault", "open")
    ]
    faults, undecided = lists
    return Published(found["source"], found["published"], [one for one in faults if one != "none"], undecided)


def only(file: Path) -> Review:
    """The review of a file."""
    (one,) = review(file.read_bytes(), file.name)
    return one


def violated(one: Review) -> set[str]:
    """Rules that are violated."""
    return {found.rule for found in one.findings if found.verdict is Verdict.VIOLATED}


def alarms(one: Review) -> set[str]:
    """Those at warning or above."""
    mild = {found.rule for found in one.findings if found.severity is Severity.INFO}
    return violated(one) - mild


class Score(NamedTuple):
    """How many alarms there are, faults that were named, those found of them, and those that stay open."""

    raised: int
    named: int
    found: int
    open: int


def score() -> Score:
    """What the rules make of the whole corpus."""
    raised, named, found, undecided = 0, 0, 0, 0
    for file in CORPUS:
        stated, one = head(file), only(file)
        raised += len(alarms(one) | (violated(one) & set(stated.faults)))
        found += len(violated(one) & set(stated.faults))
        named += len(stated.faults)
        undecided += len(stated.open)
    return Score(raised, named, found, undecided)
