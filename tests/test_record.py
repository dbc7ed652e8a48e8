"""What rtreview keeps as JSON: whatever somebody made of such a file, it is read or refused at its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtreview.history import baseline
from rtreview.meeting import minutes
from rtreview.reviews.report import Unusable

ENTRY = {
    "file": "d", "design": "D", "rule": "r", "features": ["a"], "at": "b", "related": ["c"],
    "verdict": "violated", "severity": "error", "overshoot": 2.5, "since": "2026-01-02",
}  # fmt: skip
POINT = {
    "design": "D", "rule": "r", "features": ["a"], "at": "b", "related": ["c"], "nth": 0,
    "verdict": "violated", "severity": "error", "overshoot": 2.5, "title": "T", "message": "M",
    "choice": "ask", "day": "2026-01-02", "text": "t", "owner": "o", "end": "2026-01-03",
}  # fmt: skip

NUMBERS = (10**400, -(10**400), 10**4000, 1e300, float("inf"), float("nan"), 1.5)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(["\ud800", *NUMBERS]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def damaged(row: dict[str, Any]) -> st.SearchStrategy[str]:
    """A sound row and the same once more, with any value in place of one, of some, or of all."""
    fields = st.dictionaries(st.sampled_from([*row, "more", "\ud800"]), anything, max_size=3)
    rows = fields.map(lambda new: [row, {**row, **new}]) | st.lists(anything, max_size=2) | anything
    return rows.map(json.dumps)


@pytest.mark.slow
@given(rows=damaged(ENTRY))
@settings(max_examples=200)
def test_any_baseline_is_read_or_refused_at_its_place(
    rows: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Numbers without end, halves of characters, and whatever has another shape than it should."""
    file = tmp_path_factory.mktemp("any") / "known.json"
    file.write_text(f'{{"version": 1,\n"findings": {rows}}}\n')
    try:
        known = baseline.read(file)
    except Unusable as refused:
        places = [found.place.span.line for found in refused.reviews[0].findings]
    else:
        # Half of a character stands in JSON as its number.
        file.write_text(known.text(), "utf-8", "backslashreplace")
        places = [2] if baseline.read(file) == known else []
    assert places in ([1], [2])


@pytest.mark.slow
@given(points=damaged(POINT))
@settings(max_examples=200)
def test_any_minutes_are_read_or_refused_at_their_place(points: str) -> None:
    """Likewise."""
    try:
        held = minutes.decisions(f'{minutes.OPENS}{{"days": [],\n"points": {points}}}{minutes.CLOSES}')
    except ValueError as refused:
        held, said = None, str(refused)
    if held is None:
        assert "(line 2, column " in said or "(line 3, column " in said
    else:
        assert minutes.decisions(minutes.closing(held, "")) == held
