"""Where a comparison turns: the single field whose smallest change makes it hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rtreview.language.field import Field
from rtreview.numbers.expression import Measure, leaves
from rtreview.quantities.quantity import Count, Quantity, Ratio, Spread
from rtreview.text.place import SpecPath

_LOWEST, HIGHEST = 0.01, 100.0
"""How far a field is changed in search of the point where a verdict turns: what is further is no change."""

MORE_SERVERS = 3.0
"""How far what the servers can do is changed: who would need four times as much needs another design."""

_GIVEN = {"workload", "targets", "reject_cost", "send_cost", "connection_memory",
          "planned_outage", "concurrent_editors"}  # fmt: skip
"""What the team measures or promises and does not choose: nobody answers a finding with fewer users."""


class Change(NamedTuple):
    """One field, and the value nearest to its own with which a comparison holds."""

    field: Field[Any]
    value: Any


def smallest_change(
    holds: Callable[[Mapping[SpecPath, Any]], bool], *measures: Measure, servers: float = MORE_SERVERS
) -> Change | None:
    """The single field whose smallest relative change makes a comparison hold, or None where none does.

    Only what the team chooses is looked at, not its workload, its targets and what is assumed. Of two
    fields that have to move as far, the one that is named first is proposed. What the servers can do is
    looked at up to so many times of what it is.
    """
    found: list[tuple[float, Change]] = []
    for field in leaves(*measures):
        is_assumed = field.default is not None and not field.default.platform
        if _GIVEN & set(field.at) or is_assumed or field.within is not None:
            continue
        for limit in (_LOWEST, servers if "topology" in field.at else HIGHEST):
            turned = _turning_point(holds, field, limit)
            if turned is not None:
                factor, value = turned
                found.append((round(abs(math.log(factor)), 6), Change(field, value)))
    return min(found, key=lambda found: found[0])[1] if found else None


def _turning_point(
    holds: Callable[[Mapping[SpecPath, Any]], bool], field: Field[Any], limit: float
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
