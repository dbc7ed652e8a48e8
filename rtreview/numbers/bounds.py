"""A number whose fields are only known within bounds."""

from __future__ import annotations

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

_FAR = 1e-3
"""What an end that nothing bounds leaves of a number, where it is one of several inputs."""


def shown(measure: Measure) -> str:
    """The value of a number as it is printed, or its bounds; empty where it is not known."""
    value = evaluate(measure)
    if value is not None:
        return str(value)
    within = {
        field.at: field.within.span
        for field in leaves(measure)
        if field.within is not None and field.within.span is not None
    }
    found = bounds(measure, within) if within else None
    if found is None:
        return ""
    least, most = found
    if most.amount >= FOR_EVER * _FAR:
        return f"{least} or more"
    if least.amount <= most.amount * _FAR:
        return f"at most {most}"
    return f"{least} to {most}" if least < most else str(least)


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
