"""What a rule yields: where it looked, and this design's own facts. No severity, no lines, no prose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rtreview.field import Field, Part, known
from rtreview.quantity import Quantity


@dataclass(frozen=True, slots=True)
class Violated:
    """The design has the fault. `when` names the case of the severity, where there are several."""

    message: str
    at: Part
    related: tuple[Part, ...] = ()
    when: str = ""


@dataclass(frozen=True, slots=True)
class Passed:
    """The design does not have the fault, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A comparison of two fields, which tells by itself on which side the design stands.

    It passes where `left` is below `right`, or at most as much, if `or_equal`. `what` and `than`
    name the two in a sentence.
    """

    what: str
    left: Field[Any]
    than: str
    right: Field[Any]
    or_equal: bool = False
    note: str = ""

    def judge(self) -> Violated | Passed:
        """The side on which the design stands, with both numbers and the point where it turns.

        Raises:
            Undecided: one of the two is not stated.
            NotApplicable: one of the two is `none`.

        """
        right: Quantity = known(self.right)
        left: Quantity = known(self.left)
        holds = left <= right if self.or_equal else left < right
        bound = "at most" if self.or_equal else "below"
        doubts = "".join(_doubt(part) for part in (self.left, self.right))
        if holds:
            room = f", {right - left} of headroom" if left < right else ""
            return Passed(f"{self.what} of {left} is {bound} {right}, {self.than}{room}{doubts}")
        said = f"{self.what} of {left} is not {bound} {right}, {self.than}{doubts}."
        note = f" {self.note}" if self.note else ""
        clears = f" Clears at {right} or less." if self.or_equal else f" Clears below {right}."
        return Violated(said[0].upper() + said[1:] + note + clears, self.left, (self.right,))


def _doubt(field: Field[Any]) -> str:
    default = field.default
    if default is None or default.confidence == "documented":
        return ""
    return f" ({field} is {default.confidence} knowledge of {default.platform}, not its documentation)"


Outcome = Violated | Passed | Limit
Outcomes = Iterator[Outcome]
