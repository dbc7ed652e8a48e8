"""What a rule yields: where it looked, and this design's own facts. No severity, no lines, no prose."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rtreview.language.field import Field, NotApplicable, Part, Undecided
from rtreview.numbers.expression import SIGNS, Measure, Named, compare, ends, evaluate, leaves, measured
from rtreview.numbers.turning import Change, smallest_change
from rtreview.quantities.interval import FOR_EVER
from rtreview.quantities.quantity import Count, Quantity, notation
from rtreview.rulebook.finding import Comparison
from rtreview.text.place import SpecPath


class Violated(NamedTuple):
    """The design has the fault. `when` names the case of the severity, where there are several.

    `comparison` holds the numbers, where the fault is one of numbers; `is_assumed` tells that one of them
    is neither stated nor fixed by a platform, and such a finding is at most a warning.
    """

    message: str
    at: Part
    related: tuple[Part, ...] = ()
    when: str = ""
    comparison: Comparison | None = None
    is_assumed: bool = False


class Passed(NamedTuple):
    """The design does not have the fault, and why."""

    reason: str
    comparison: Comparison | None = None


class Limit(NamedTuple):
    """A comparison of two numbers, which tells by itself on which side the design stands.

    It passes where `left` is below `right`, or at most as much, if `or_equal`. `what` and `than`
    name the two in a sentence. `at` is the part to point at: the first field of `left`, where it is left
    out. `note` is one more sentence, and `when` a case of the severity. `propose` are the
    only fields of which a change may be proposed.
    """

    what: str
    left: Measure
    than: str
    right: Measure
    or_equal: bool = False
    note: str = ""
    at: Part | None = None
    when: str = ""
    propose: tuple[Part, ...] | None = None

    @property
    def holds(self) -> bool:
        """Whether the design stands on the passing side; raises as `judge` does where a number is missing."""
        right, left = measured(self.right), measured(self.left)
        return compare(self._sign, left, right)

    @property
    def guesses(self) -> list[Field[Any]]:
        """The fields that are neither stated nor fixed by a platform."""
        fields = leaves(self.left, self.right)
        return [part for part in fields if part.default is not None and not part.default.platform]

    def judge(self) -> Violated | Passed:
        """The side on which the design stands, with both numbers and the point where it turns.

        Raises:
            Undecided: a number that it needs is not stated, or only assumed and the comparison holds.
            NotApplicable: one is `none`, or there is no such number.

        """
        holds, corner = self._side()
        right: Quantity = evaluate(self.right, corner)
        left: Quantity = evaluate(self.left, corner)
        fields = list(leaves(self.left, self.right))
        doubts = "".join(_doubt(part) for part in fields)
        change = None
        if not holds and self.propose != ():
            change = smallest_change(
                lambda changed: self._holds({**corner, **changed}),
                *(self.propose or (self.left, self.right)),
            )
        comparison = Comparison(
            what=self.what,
            left=left.amount,
            than=self.than,
            right=right.amount,
            unit=left.unit,
            or_equal=self.or_equal,
            change=None if change is None else (change.field.dotted, notation(change.value)),
        )
        shown, limit = f"{left}{_formula(self.left)}", f"{right}, {self.than}{_formula(self.right)}"
        if holds:
            room = f", {right - left} of headroom" if left < right else ""
            if guesses := self.guesses:
                guess = f"`{guesses[0].dotted}` is not stated; at {guesses[0]}"
                message = f"{guess}, {self.what} of {shown} is {self._sign} {limit}{room}"
                raise Undecided(*guesses, message=message)
            return Passed(
                f"{self._even(corner)}{self.what} of {shown} is {self._sign} {limit}{room}{doubts}",
                comparison,
            )
        breaks = "exceeds" if self.or_equal else "is not below"
        sentence = f"{self._even(corner)}{self.what} of {shown} {breaks} {limit}{doubts}."
        note = f" {self.note}" if self.note else ""
        first = self.at or next(iter(leaves(self.left)))
        return Violated(
            f"{sentence[0].upper()}{sentence[1:]}{note}{self._turns(right, change)}",
            first,
            tuple(part for part in fields if part.is_stated and part.at != first.at),
            self.when,
            comparison,
            any(part.default is not None and part.default.confidence == "assumed" for part in fields)
            or not self._is_broken_beyond_words,
        )

    def _side(self) -> tuple[bool, dict[SpecPath, Any]]:
        """Whether it holds; and where fields are known within bounds, the ends at which that is told.

        Where it holds for all that they may be, these are the harshest; where it holds for nothing, the
        kindest. The ceiling of a word is only assumed, so nothing holds because of it.
        """
        fields = [field for field in leaves(self.left, self.right) if field.within is not None]
        if not fields:
            return self.holds, {}
        if open_ := self._open(fields):
            raise open_
        headrooms = [(self._headroom(corner), corner) for corner in ends(self.left, self.right)]
        holds = self._holds(headrooms[0][1])
        return holds, (min if holds else max)(headrooms, key=lambda pair: pair[0])[1]

    def _open(self, fields: list[Field[Any]]) -> Undecided | None:
        """What is missing where it does not come out the same for all that the fields may be."""
        corners = list(ends(self.left, self.right))
        values = [(evaluate(self.left, corner), evaluate(self.right, corner)) for corner in corners]
        if any(None in pair for pair in values):
            silent = [field for field in leaves(self.left, self.right) if field.content is None]
            if gone := [field for field in silent if field.is_none]:
                raise NotApplicable(f"`{gone[0].dotted}` is `none`")
            return Undecided(*silent)
        answers = {self._holds(corner) for corner in corners}
        if answers == {True} and all(map(self._holds, _without_ceilings(fields, corners))):
            return None
        return None if answers == {False} else Undecided(*fields, message=self._break_even(fields))

    def _headroom(self, corner: Mapping[SpecPath, Any]) -> float:
        """How much smaller the left side is than the right, as a factor."""
        left, right = evaluate(self.left, corner).amount, evaluate(self.right, corner).amount
        return float(right / left if left else math.inf)

    @property
    def _is_broken_beyond_words(self) -> bool:
        """Whether it is violated whatever a word's ceiling is."""
        fields = [field for field in leaves(self.left, self.right) if field.within is not None]
        corners = list(ends(self.left, self.right)) if fields else []
        return not any(map(self._holds, _without_ceilings(fields, corners)))

    def _even(self, corner: Mapping[SpecPath, Any]) -> str:
        """The ends at which it is told: `even with 2 nodes` makes no promise for more of them."""
        told = []
        for field in leaves(self.left, self.right):
            end = corner.get(field.at)
            if field.within is None or end is None:
                continue
            others = (other for other in field.within.ends if other != end)
            if all(self._headroom({**corner, field.at: other}) == self._headroom(corner) for other in others):
                continue
            told.append(
                f"however large `{field.dotted}` is"
                if end.amount >= FOR_EVER
                else f"even where `{field.dotted}` is {end}"
            )
        return f"{' and '.join(told)}, " if told else ""

    def _break_even(self, fields: list[Field[Any]]) -> str:
        """Where it turns, if that is one field's matter."""
        if len(fields) > 1:
            return ""
        (field,) = fields
        assert field.within is not None
        low, high = (end.amount for end in field.within.unbounded.ends)
        kind, at = type(field.within.least), field.at
        if self._holds({at: kind(low)}) == self._holds({at: kind(high)}):
            return ""
        for _ in range(60):
            middle = math.sqrt(low * high)
            low, high = (
                (middle, high)
                if self._holds({at: kind(middle)}) == self._holds({at: kind(low)})
                else (low, middle)
            )
        holds_below = self._holds({at: kind(low)})
        turn = kind(math.floor(low * (1 + 1e-9)) if kind is Count else float(f"{low:.3g}"))
        below, above = ("holds", "does not hold") if holds_below else ("does not hold", "holds")
        return (
            f"{self.what} is {self._sign} {self.than}? That {below} up to about {turn} of `{field.dotted}`, "
            f"and {above} beyond; the spec says {field}"
        )

    @property
    def _sign(self) -> str:
        return "at most" if self.or_equal else "below"

    def _holds(self, changed: Mapping[SpecPath, Any]) -> bool:
        left, right = evaluate(self.left, changed), evaluate(self.right, changed)
        return None not in (left, right) and SIGNS[self._sign](left.amount, right.amount)

    def _turns(self, right: Quantity, change: Change | None) -> str:
        """Where the verdict turns: by the number itself, or by the field that has to move least."""
        if self.propose == ():
            return ""
        if not isinstance(self.left, Named) and not isinstance(self.right, Named):
            return f" Clears at {right} or less." if self.or_equal else f" Clears below {right}."
        if change is None:
            return " No single change of the design's own numbers clears it."
        field = change.field
        proposed = f"`{field.dotted}: {notation(change.value)}` instead of `{notation(field)}`"
        return f" Smallest single change: {proposed}."


def _without_ceilings(
    fields: list[Field[Any]], corners: list[dict[SpecPath, Any]]
) -> Iterator[dict[SpecPath, Any]]:
    """The same ends, with nothing in place of what is only assumed of a word."""
    highest = {field.at: field.within.unbounded.ends[1] for field in fields if field.within}
    ceilings = {field.at: field.within.ends[1] for field in fields if field.within}
    for corner in corners:
        yield {at: highest[at] if value == ceilings[at] else value for at, value in corner.items()}


def _formula(measure: Measure) -> str:
    return f" ({measure.formula})" if isinstance(measure, Named) else ""


def _doubt(field: Part) -> str:
    default = field.default
    if default is None or default.confidence == "documented":
        return ""
    if not default.platform:
        return f" (`{field.dotted}` is assumed to be {field})"
    return f" ({field} is {default.confidence} knowledge of {default.platform}, not its documentation)"


Outcome = Violated | Passed | Limit
Outcomes = Iterator[Outcome]
