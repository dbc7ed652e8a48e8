"""What a rule yields: where it looked, and this design's own facts. No severity, no lines, no prose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from rtreview.language.field import Field, Part, Undecided
from rtreview.numbers.expression import SIGNS, Measure, Named, compare, evaluate, leaves, measured
from rtreview.numbers.turning import HIGHEST, MORE_SERVERS, Change, smallest_change
from rtreview.quantities.quantity import Quantity, notation
from rtreview.rulebook.finding import Comparison
from rtreview.text.place import SpecPath


class Violated(NamedTuple):
    """The design has the fault. `when` names the case of the severity, where there are several.

    `comparison` holds the numbers, where the fault is one of numbers; `is_assumed` tells that one of them
    is neither stated nor fixed by a platform, and such a finding is at most a warning. `evidence` shows it in
    place of the scenario that the rule is about, where that tells of another case.
    """

    message: str
    at: Part
    related: tuple[Part, ...] = ()
    when: str = ""
    comparison: Comparison | None = None
    is_assumed: bool = False
    evidence: str = ""


class Passed(NamedTuple):
    """The design does not have the fault, and why."""

    reason: str
    comparison: Comparison | None = None


class Limit(NamedTuple):
    """A comparison of two numbers, which tells by itself on which side the design stands.

    It passes where `left` is below `right`, or at most as much, if `or_equal`. `what` and `than`
    name the two in a sentence. `at` is the part to point at: the first field of `left`, where it is left
    out. `note` is one more sentence, and `when` a case of the severity. `propose` are the
    only fields of which a change may be proposed. `evidence` is that of the violation. `alike` are other
    fields with the number of `right`, which a violation points at too.
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
    evidence: str = ""
    alike: tuple[Field[Any], ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the design stands on the passing side; raises as `judge` does where a number is missing."""
        right, left = measured(self.right), measured(self.left)
        return compare(self._sign, left, right)

    @property
    def guesses(self) -> list[Field[Any]]:
        """The fields that are neither stated nor fixed by a platform."""
        return [part for part in leaves(self.left, self.right) if _is_guess(part)]

    def judge(self) -> Violated | Passed:
        """The side on which the design stands, with both numbers and the point where it turns.

        Raises:
            Undecided: a number that it needs is not stated, or only assumed and the comparison holds.
            NotApplicable: one is `none`, or there is no such number.

        """
        right: Quantity = measured(self.right)
        left: Quantity = measured(self.left)
        holds = compare(self._sign, left, right)
        fields = tuple(leaves(self.left, self.right))
        doubts = "".join(map(_doubt, fields))
        change = self._change(left, right) if not holds else None
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
            if guesses := [part for part in fields if _is_guess(part)]:
                guess = f"`{guesses[0].dotted}` is not stated; at {guesses[0]}"
                message = f"{guess}, {self.what} of {shown} is {self._sign} {limit}{room}"
                raise Undecided(*guesses, message=message)
            return Passed(f"{self.what} of {shown} is {self._sign} {limit}{room}{doubts}", comparison)
        breaks = "exceeds" if self.or_equal else "is not below"
        sentence = f"{self.what} of {shown} {breaks} {limit}{doubts}."
        note = f" {self.note}" if self.note else ""
        first = self.at or next(iter(leaves(self.left)))
        return Violated(
            f"{sentence[0].upper()}{sentence[1:]}{note}{self._turns(left, right, change)}",
            first,
            tuple(part for part in (*fields, *self.alike) if part.is_stated and part.at != first.at),
            self.when,
            comparison,
            any(part.default is not None and part.default.confidence == "assumed" for part in fields),
            self.evidence,
        )

    @property
    def _sign(self) -> str:
        return "at most" if self.or_equal else "below"

    def _holds_with(self, left: Quantity, right: Quantity) -> Callable[[Mapping[SpecPath, Any]], bool]:
        """Whether it holds where some fields have another content. A side that has none of them stays."""
        compares = SIGNS[self._sign]
        of_left, of_right = ({field.at for field in leaves(side)} for side in (self.left, self.right))

        def holds(changed: Mapping[SpecPath, Any]) -> bool:
            first = left if of_left.isdisjoint(changed) else evaluate(self.left, changed)
            second = right if of_right.isdisjoint(changed) else evaluate(self.right, changed)
            return None not in (first, second) and compares(first.amount, second.amount)

        return holds

    def _change(self, left: Quantity, right: Quantity, servers: float = MORE_SERVERS) -> Change | None:
        """The smallest change with which it holds, of those that may be proposed."""
        if self.propose == ():
            return None
        measures = self.propose or (self.left, self.right)
        return smallest_change(self._holds_with(left, right), *measures, servers=servers)

    def _turns(self, left: Quantity, right: Quantity, change: Change | None) -> str:
        """Where the verdict turns: by the number itself, or by the field that has to move least."""
        if self.propose == ():
            return ""
        if not isinstance(self.left, Named) and not isinstance(self.right, Named):
            return f" Clears at {right} or less." if self.or_equal else f" Clears below {right}."
        if change is not None:
            return f" Smallest single change: {_instead(change)}."
        far = self._change(left, right, HIGHEST)
        if far and far.field.key == "nodes":
            return f" No single change of the design's own numbers clears it short of {_instead(far)}."
        return " No single change of the design's own numbers clears it."


def _instead(change: Change) -> str:
    field = change.field
    return f"`{field.dotted}: {notation(change.value)}` instead of `{notation(field)}`"


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


def _is_guess(part: Field[Any]) -> bool:
    """Whether a value is neither stated nor fixed by a platform."""
    return part.default is not None and not part.default.platform
