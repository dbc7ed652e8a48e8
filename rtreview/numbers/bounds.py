"""A number whose fields are only known within bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rtreview.numbers.expression import (
    Applied,
    Expression,
    Given,
    Measure,
    Named,
    Term,
    evaluate,
    leaves,
    lifted,
)
from rtreview.quantities.interval import FOR_EVER
from rtreview.text.place import SpecPath


def shown(measure: Measure) -> str:
    """The value of a number as it is printed, or its bounds; empty where it is not known."""
    value = evaluate(measure)
    if value is not None:
        return str(value)
    near, far = _within(measure, FOR_EVER / 1000), _within(measure, FOR_EVER)
    if near is None or far is None:
        return ""
    # An end that moves with what stands for "without end" is none.
    is_end = (end == other and math.isfinite(end.amount) for end, other in zip(near, far, strict=True))
    least, most = (str(end) if holds else "" for end, holds in zip(near, is_end, strict=True))
    if least and most:
        return least if least == most else f"{least} to {most}"
    return f"{least} or more" if least else f"at most {most}" if most else ""


def _within(measure: Measure, far: float) -> tuple[Any, Any] | None:
    """The bounds of a number, with this in place of an end that nothing bounds."""
    within = {
        field.at: span
        for field in leaves(measure)
        if field.within is not None and field.is_stated and (span := field.within.span(far)) is not None
    }
    return bounds(measure, within) if within else None


def bounds(measure: Measure, within: Mapping[SpecPath, tuple[Any, Any]]) -> tuple[Any, Any] | None:
    """The least and the most of a measure whose fields lie between two contents each; None where unknown.

    A function is taken at the ends at which its directions say that it is least and most. So the bounds are
    met where the number as a whole has one direction in each field, and otherwise hold, and may be too wide.
    """
    try:
        return _bounds(lifted(measure), within)
    except (ZeroDivisionError, OverflowError):
        return None


def _bounds(
    expression: Expression[Any], within: Mapping[SpecPath, tuple[Any, Any]]
) -> tuple[Any, Any] | None:
    match expression:
        case Named(body=body, kind=kind):
            ends = _bounds(body, within)
            return (kind(ends[0].amount), kind(ends[1].amount)) if kind and ends else ends
        case Given(body=body, decision=decision):
            return None if decision.value(within) is None else _bounds(body, within)
        case Applied(function=function, arguments=arguments):
            ranges = [_bounds(part, within) for part in arguments]
            pairs = list(zip(ranges, function.directions, strict=True))
            if any(ends is None or (way == 0 and ends[0] != ends[1]) for ends, way in pairs):
                return None
            least = function.compute(*(ends[way < 0] for ends, way in pairs if ends))
            return least, function.compute(*(ends[way >= 0] for ends, way in pairs if ends))
    if isinstance(expression, Term) and expression.field.at in within:
        return within[expression.field.at]
    content = expression.value({})
    return None if content is None else (content, content)
