"""Ladders: a design that does less about a risk never gets a milder verdict than one that does more."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from conftest import RULEBOOK, written
from test_rules import TODAY

from rtreview.reviews.engine import review
from rtreview.reviews.policy import Policy
from rtreview.rulebook.finding import Verdict

WRITTEN = written("ladders.yaml")
SEVERITIES = ("", "info", "warning", "error")


@cache
def findings(design: str, path: str, rung: str) -> dict[str, str]:
    """What is found, by rule, with its worst severity, where a rung stands in a design; both are JSON."""
    content = holder = {"rtreview": 1, **json.loads(design)}
    *sections, last = path.split(".")
    for section in sections:
        holder = holder.setdefault(section, {})
    holder[last] = json.loads(rung)
    (found,) = review(json.dumps(content), policy=Policy(RULEBOOK, today=TODAY))
    assert found.judgements, found.findings
    violated = [each for each in found.findings if each.verdict is Verdict.VIOLATED]
    violated.sort(key=lambda each: SEVERITIES.index(each.severity.value))
    return {each.rule: each.severity.value for each in violated}


@pytest.mark.parametrize(
    "ladder", WRITTEN["ladders"], ids=lambda ladder: f"{ladder['in']}: {ladder['at']} {ladder['rungs'][0]}"
)
def test_less_care_gets_no_milder_verdict(ladder: dict[str, Any]) -> None:
    """From each rung down to the one below it, the worst finding never becomes milder."""
    design, path = json.dumps(WRITTEN["designs"][ladder["in"]]), ladder["at"]
    for less, more in pairwise(map(json.dumps, ladder["rungs"])):
        below, above = findings(design, path, less), findings(design, path, more)
        worst, better = (
            max((SEVERITIES.index(severity) for severity in found.values()), default=0)
            for found in (below, above)
        )
        assert worst >= better, f"{less} gets {below}, {more} gets {above}"
