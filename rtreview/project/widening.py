"""What a design states more widely than it did, so that more of what may run agrees with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rtreview.language.spec import notation_at
from rtreview.reviews.report import Deployed, Standing
from rtreview.text.place import SpecPath


def widened(before: Sequence[Deployed], after: Sequence[Deployed]) -> Iterator[tuple[str, str, str]]:
    """The fields that agree with what runs since they are stated more widely: what they were, and are."""
    known = {each.field: each for each in before if each.stated}
    for now in dict.fromkeys(after):
        was = known.get(now.field)
        if was is None or now.standing is not Standing.AGREES or was.runs == now.runs:
            continue
        old, new = _bounds(was.place.at, was.stated), _bounds(now.place.at, now.stated)
        if old and new and new != old and new[0] <= old[0] and old[1] <= new[1]:
            yield now.field, was.stated, now.stated


def _bounds(at: SpecPath, stated: str) -> tuple[Any, Any] | None:
    """The least and the most that a field states; None where it has no order."""
    declared = notation_at(at)
    if declared is None:
        return None
    try:
        within = declared.within(stated)
        exact: Any = declared.parse(stated) if within is None else None
    except ValueError:
        return None
    bounds = (exact, exact) if within is None else (within.least, within.most)
    try:
        return bounds if bounds[0] <= bounds[1] else None
    except TypeError:
        return None
