"""Numbers that follow from the spec: a formula over fields, and which field would turn a verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from rtreview.language.field import Default, Field, NotApplicable, Undecided
from rtreview.quantities.quantity import Count, Quantity, Ratio, Spread
from rtreview.text.place import Path

Q_co = TypeVar("Q_co", covariant=True)

_LOWEST, _HIGHEST = 0.01, 100.0
"""How far a field is changed in search of the point where a verdict turns: what is further is no change."""

_MORE_SERVERS = 3.0
"""How far what the servers can do is changed: who would need four times as much needs another design."""

_GIVEN = {"workload", "targets", "reject_cost", "send_cost", "connection_memory",
          "planned_outage", "concurrent_editors"}  # fmt: skip
"""What the team measures or promises and does not choose: nobody answers a finding with fewer users."""


class Derived(Generic[Q_co]):
    """A number that a formula makes from fields and other such numbers.

    Args:
        compute: a pure function of the inputs' values, in the order of the inputs.
        inputs: fields, constants, or numbers that are derived themselves.
        name: what it is, in a sentence.
        formula: how it is made, in words that name the inputs.

    """

    __slots__ = ("compute", "formula", "inputs", "name")

    def __init__(self, compute: Callable[..., Q_co], *inputs: Measure, name: str, formula: str) -> None:
        self.compute = compute
        self.inputs = inputs
        self.name = name
        self.formula = formula

    @property
    def content(self) -> Q_co | None:
        """The number, or None where an input is not stated."""
        return evaluate(self, {})  # type: ignore[no-any-return]

    def __str__(self) -> str:
        return f"{self.content}"


Measure = Field[Any] | Derived[Any] | Quantity
"""What can be computed with, and compared; a bare quantity is a constant of the formula or rule."""


def assumed(field: Field[Any], typical: Any) -> Field[Any]:
    """The field, or where the spec is silent a value that is typical of it and marked as assumed."""
    if field.is_stated:
        return field
    return Field(typical, at=field.at, default=Default("", "assumed", field.at))


def leaves(*measures: Measure) -> Iterator[Field[Any]]:
    """Every field that goes into these numbers, each once."""
    seen: set[Path] = set()
    waiting = list(measures)
    while waiting:
        measure = waiting.pop(0)
        if isinstance(measure, Derived):
            waiting[:0] = measure.inputs
        elif isinstance(measure, Field) and measure.at not in seen:
            seen.add(measure.at)
            yield measure


def evaluate(measure: Measure, changed: Mapping[Path, Any]) -> Any:
    """The value of a measure where some fields have another value; None where there is no such number."""
    if isinstance(measure, Quantity):
        return measure
    if isinstance(measure, Field):
        return changed.get(measure.at, measure.content)
    values = [evaluate(part, changed) for part in measure.inputs]
    if any(value is None for value in values):
        return None
    try:
        return measure.compute(*values)
    except (ZeroDivisionError, OverflowError):
        # A rate of 0/s has no period, and 10^300 messages are no design: there is no such number.
        return None


def measured(measure: Measure) -> Any:
    """The value of a measure.

    Raises:
        Undecided: a field that goes into it is not stated.
        NotApplicable: one is `none`.

    """
    parts = list(leaves(measure))
    for part in parts:
        if part.is_none:
            raise NotApplicable(f"`{part.dotted}` is `none`")
    missing = [part for part in parts if part.content is None]
    if missing:
        raise Undecided(*missing)
    value = evaluate(measure, {})
    if value is None:
        raise NotApplicable(
            f"with a 0 among its inputs there is no {getattr(measure, 'name', 'such number')}"
        )
    return value


class Change(NamedTuple):
    """One field, and the value nearest to its own with which a comparison holds."""

    field: Field[Any]
    value: Any


def smallest_change(holds: Callable[[Mapping[Path, Any]], bool], *measures: Measure) -> Change | None:
    """The single field whose smallest relative change makes a comparison hold, or None where none does.

    Only what the team chooses is looked at, not its workload, its targets and what is assumed. Of two
    fields that have to move as far, the one that is named first is proposed.
    """
    found: list[tuple[float, Change]] = []
    for field in leaves(*measures):
        is_assumed = field.default is not None and not field.default.platform
        if _GIVEN & set(field.at) or is_assumed:
            continue
        for limit in (_LOWEST, _MORE_SERVERS if "topology" in field.at else _HIGHEST):
            turned = _turning_point(holds, field, limit)
            if turned is not None:
                factor, value = turned
                found.append((round(abs(math.log(factor)), 6), Change(field, value)))
    return min(found, key=lambda one: one[0])[1] if found else None


def _turning_point(
    holds: Callable[[Mapping[Path, Any]], bool], field: Field[Any], limit: float
) -> tuple[float, Any] | None:
    """The factor nearest to 1, on the way to the limit, with which a comparison holds; and the value."""

    def passes(factor: float) -> bool:
        value = _scaled(field.content, factor)
        return value is not None and holds({field.at: value})

    if not passes(limit):
        return None
    near, far = 0.0, math.log(limit)
    for _ in range(40):
        middle = (near + far) / 2
        near, far = (near, middle) if passes(math.exp(middle)) else (middle, far)
    for digits in (2, 3, 4, 8):
        # The limit itself where it passes, else the next number on its passing side.
        for slack in (1e-9, -1e-9):
            value = _rounded(_scaled(field.content, math.exp(far)), digits, slack, up=limit > 1)
            is_visible = str(value) != str(field.content)
            has_any = not isinstance(value, Quantity) or value.amount > 0
            if value is not None and is_visible and has_any and holds({field.at: value}):
                return math.exp(far), value
    return None


def _scaled(content: Any, factor: float) -> Any:
    """A quantity times a factor; of a random span the far end; None where that has no meaning."""
    if isinstance(content, Spread):
        most = content.most * factor
        return Spread(content.least, most) if content.least < most else None
    if not isinstance(content, Quantity):
        return None
    if isinstance(content, Ratio) and content.amount * factor > 1:
        return None if content.amount == 1 else Ratio(1.0)
    return content * factor


def _rounded(content: Any, digits: int, slack: float, *, up: bool) -> Any:
    """Rounded away from where it came from, so that the comparison still holds."""
    if isinstance(content, Spread):
        return Spread(content.least, _rounded(content.most, digits, slack, up=up))
    if content is None or content.amount == 0:
        return content
    step = 10.0 ** (math.floor(math.log10(content.amount)) - digits + 1)
    if isinstance(content, Count):
        step = max(1.0, step)
    steps = content.amount / step
    whole = math.ceil(steps - slack) if up else math.floor(steps + slack)
    amount = round(whole * step, 12)
    return type(content)(min(1.0, amount) if isinstance(content, Ratio) else amount)
