"""A number that follows from fields, written once as a formula: `term(nodes) * node.accept_rate`.

From this one definition it is evaluated, evaluated within bounds, compared, printed, and written as JSON for
the page; `turning.py` finds the field at which a comparison turns. Values are quantities: seconds do not add
to bytes.
"""

# ruff: noqa: D102 - the methods of each kind are those of `Expression`
from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import reduce
from operator import add
from typing import Any, Generic, NamedTuple, TypeVar

from rtreview.language.field import Default, Field, NotApplicable, Undecided
from rtreview.quantities.quantity import Number, Quantity, Spread, common
from rtreview.text.place import SpecPath

Q_co = TypeVar("Q_co", covariant=True)

WORDS, SUM, PRODUCT, ATOM = range(4)
"""How tightly a formula binds. What binds less than its surroundings is printed in parentheses."""


class Expression(Generic[Q_co]):
    """A number as a formula over fields. Operators and functions make larger ones of it."""

    __slots__ = ()

    @property
    def parts(self) -> tuple[Expression[Any], ...]:
        """The expressions that it is made of."""
        return ()

    @property
    def formula(self) -> str:
        """How it is made, in words that name the fields."""
        raise NotImplementedError

    @property
    def level(self) -> int:
        """How tightly the formula binds."""
        return ATOM

    def inside(self, level: int) -> str:
        """What a larger formula prints of it, which needs it to bind as tightly as this."""
        return self.formula if self.level >= level else f"({self.formula})"

    def value(self, changed: Mapping[SpecPath, Any]) -> Any:
        """Its value where some fields have another content; None where one has no content.

        While the content of a field is open (`Variable`) the value is an expression of that content.
        """
        raise NotImplementedError

    @property
    def content(self) -> Q_co | None:
        """The number, or None where there is none."""
        return evaluate(self)  # type: ignore[no-any-return]

    @property
    def amount(self) -> Expression[Any]:
        """The bare number in its base unit."""
        return AMOUNT(self)

    def __str__(self) -> str:
        content = self.content
        return self.formula if isinstance(content, Expression) else f"{content}"

    def __add__(self, other: Operand) -> Expression[Any]:
        return PLUS(self, other)

    def __radd__(self, other: Operand) -> Expression[Any]:
        return PLUS(other, self)

    def __sub__(self, other: Operand) -> Expression[Any]:
        return MINUS(self, other)

    def __rsub__(self, other: Operand) -> Expression[Any]:
        return MINUS(other, self)

    def __mul__(self, other: Operand) -> Expression[Any]:
        return TIMES(self, other)

    def __rmul__(self, other: Operand) -> Expression[Any]:
        return TIMES(other, self)

    def __truediv__(self, other: Operand) -> Expression[Any]:
        return OVER(self, other)

    def __rtruediv__(self, other: Operand) -> Expression[Any]:
        return OVER(other, self)

    def __lt__(self, other: Operand) -> bool:
        return compare("<", self, other)

    def __gt__(self, other: Operand) -> bool:
        return compare(">", self, other)

    def __le__(self, other: Operand) -> bool:
        return compare("<=", self, other)

    def __ge__(self, other: Operand) -> bool:
        return compare(">=", self, other)

    def __eq__(self, other: object) -> bool:
        comparable = isinstance(other, Expression | Quantity | int | float)
        return compare("==", self, other) if comparable else NotImplemented  # type: ignore[arg-type]

    __hash__ = object.__hash__


Measure = Field[Any] | Expression[Any] | Quantity
"""What can be computed with, and compared; a bare quantity is a constant of the formula or rule."""

Operand = Measure | float


# Functions, and the kinds of expressions.


class Function(NamedTuple):
    """What makes a number of others: an arithmetic sign, or a model.

    Attributes:
        name: its name in JSON.
        formula: how it is printed, with `{}` where its arguments stand.
        compute: a pure function of the arguments' values.
        directions: for each argument 1 where the number never falls as it grows, -1 where it never rises, and
            0 where it may do either.
        level: how tightly the formula binds.
        inner: how tightly each argument has to bind in it.

    """

    name: str
    formula: str
    compute: Callable[..., Any]
    directions: tuple[int, ...]
    level: int = WORDS
    inner: tuple[int, ...] = (SUM, SUM)

    def __call__(self, *arguments: Operand) -> Applied[Any]:
        """The function of these arguments."""
        return Applied(self, tuple(map(lifted, arguments)))


class Term(Expression[Q_co]):
    """A field, under the name that it has in formulas."""

    def __init__(self, field: Field[Q_co], label: str) -> None:
        self.field, self.label = field, label

    @property
    def formula(self) -> str:
        return self.label or self.field.key.replace("_", " ")

    def value(self, changed: Mapping[SpecPath, Any]) -> Any:
        return changed.get(self.field.at, self.field.content)


class Constant(Expression[Q_co]):
    """A number of the formula itself."""

    def __init__(self, quantity: Quantity) -> None:
        self.quantity = quantity

    @property
    def formula(self) -> str:
        return f"{self.quantity}"

    def value(self, changed: Mapping[SpecPath, Any]) -> Any:
        return self.quantity


class Variable(Expression[Q_co]):
    """The content of a field as long as it is open; of a random span the least (`end` 0) or the most (1)."""

    def __init__(self, field: str, end: int | None = None) -> None:
        self.field, self.end = field, end

    @property
    def formula(self) -> str:
        return self.field

    def value(self, changed: Mapping[SpecPath, Any]) -> Any:
        return self


class Named(Expression[Q_co]):
    """A number that larger formulas print by its name, of a kind that its dimensions may leave open."""

    def __init__(self, name: str, body: Expression[Q_co], kind: type[Quantity] | None = None) -> None:
        self.name, self.body, self.kind = name, body, kind

    @property
    def parts(self) -> tuple[Expression[Any], ...]:
        return (self.body,)

    @property
    def formula(self) -> str:
        return self.body.formula

    def inside(self, level: int) -> str:
        return self.name

    def value(self, changed: Mapping[SpecPath, Any]) -> Any:
        value = self.body.value(changed)
        return self.kind(value.amount) if self.kind and isinstance(value, Quantity) else value


class Given(Expression[Q_co]):
    """A number that holds for what a field decides: while that is not known there is none.

    `words` print it, with `{}` for the formula. `first` tells that the number rests on the decision most.
    """

    def __init__(
        self, body: Expression[Q_co], decision: Term[Any], words: str = "{}", *, first: bool = False
    ) -> None:
        self.body, self.decision, self.words, self.first = body, decision, words, first

    @property
    def parts(self) -> tuple[Expression[Any], ...]:
        return (self.decision, self.body) if self.first else (self.body, self.decision)

    @property
    def formula(self) -> str:
        return self.words.format(self.body.formula)

    @property
    def level(self) -> int:
        return self.body.level if self.words == "{}" else WORDS

    def value(self, changed: Mapping[SpecPath, Any]) -> Any:
        return None if self.decision.value(changed) is None else self.body.value(changed)


class Applied(Expression[Q_co]):
    """A function of other numbers."""

    def __init__(self, function: Function, arguments: tuple[Expression[Any], ...]) -> None:
        self.function, self.arguments = function, arguments

    @property
    def parts(self) -> tuple[Expression[Any], ...]:
        return self.arguments

    @property
    def formula(self) -> str:
        pairs = zip(self.arguments, self.function.inner, strict=False)
        return self.function.formula.format(*(part.inside(level) for part, level in pairs))

    @property
    def level(self) -> int:
        return self.function.level

    def value(self, changed: Mapping[SpecPath, Any]) -> Any:
        values = []
        is_open = False
        for part in self.arguments:
            value = part.value(changed)
            if value is None:
                return None
            is_open |= isinstance(value, Expression)
            values.append(value)
        if not is_open:
            return self.function.compute(*values)
        if self.function is OVER and isinstance(values[1], Expression) and values[1] == 0:
            raise ZeroDivisionError
        return self.function(*values)

    def __bool__(self) -> bool:
        # As of quantities and numbers elsewhere: only the bare number is false, at 0.
        return self.function is not AMOUNT or self != 0


def _larger(left: Any, right: Any) -> Any:
    return common(left, right)(max(left.amount, right.amount))


def _smaller(left: Any, right: Any) -> Any:
    return common(left, right)(min(left.amount, right.amount))


def _left(whole: Any, part: Any) -> Any:
    return common(whole, part)(max(0.0, whole.amount - part.amount))


def _end(span: Any) -> Any:
    return span.most if isinstance(span, Spread) else span


PLUS = Function("+", "{} + {}", lambda a, b: a + b, (1, 1), SUM, (SUM, PRODUCT))
MINUS = Function("-", "{} - {}", _left, (1, -1), SUM, (SUM, PRODUCT))
"""What is left of the first one: nothing is less than 0."""
TIMES = Function("*", "{} × {}", lambda a, b: a * b, (1, 1), PRODUCT, (PRODUCT, ATOM))
OVER = Function("/", "{} / {}", lambda a, b: a / b, (1, -1), PRODUCT, (PRODUCT, ATOM))
AMOUNT = Function("amount", "{}", lambda quantity: quantity.amount, (1,), WORDS, (WORDS,))
smaller = Function("min", "the smaller of {} and {}", _smaller, (1, 1))
larger = Function("max", "the larger of {} and {}", _larger, (1, 1))
at_least = Function("max", "{}, of at least {}", _larger, (1, 1))
width = Function("width", "width of the {}", lambda span: span.width, (1,), PRODUCT, (ATOM,))
"""Of a random span; it moves at its far end, and so does a field that holds one."""
middle = Function(
    "middle", "middle of the {}", lambda span: (span.least + span.most) * 0.5, (1,), PRODUCT, (ATOM,)
)
end = Function("end", "end of the {}", _end, (1,), PRODUCT, (ATOM,))


# What expressions are made with.


def term(field: Field[Q_co], label: str = "") -> Term[Q_co]:
    """A field as a number; without a label its own name is printed in formulas."""
    return Term(field, label)


def named(name: str, body: Operand, kind: type[Quantity] | None = None) -> Named[Any]:
    """A number with a name; `kind` is what it counts where its dimensions do not tell."""
    return Named(name, lifted(body), kind)


def total(*summands: Operand) -> Expression[Any]:
    """The sum of some numbers, as one formula: of hundreds, a tree of pairs would nest too deep."""
    if len(summands) == 1:
        return lifted(summands[0])
    formula = " + ".join(["{}"] * len(summands))
    inner = (SUM, *[PRODUCT] * (len(summands) - 1))
    return Function("+", formula, lambda *amounts: reduce(add, amounts), (1,) * len(summands), SUM, inner)(
        *summands
    )


def given(body: Operand, decision: Field[Any], words: str = "{}", *, first: bool = False) -> Given[Any]:
    """A number that holds for what a field decides."""
    return Given(lifted(body), term(decision), words, first=first)


def assumed(field: Field[Any], typical: Any) -> Field[Any]:
    """The field, or where the spec is silent a value that is typical of it and marked as assumed."""
    if field.is_stated:
        return field
    return Field(typical, at=field.at, default=Default("", "assumed", field.at))


def lifted(operand: Operand) -> Expression[Any]:
    """A field, a quantity or a plain number as an expression."""
    if isinstance(operand, Expression):
        return operand
    if isinstance(operand, Field):
        return term(operand)
    return Constant(operand if isinstance(operand, Quantity) else Number(operand))


# What is asked of them.


def leaves(*measures: Operand) -> Iterator[Field[Any]]:
    """Every field that goes into these numbers, each once, from left to right."""
    found: dict[SpecPath, Field[Any]] = {}
    for measure in measures:
        if isinstance(measure, Field):
            found.setdefault(measure.at, measure)
        elif isinstance(measure, Expression):
            _gather(measure, found)
    return iter(found.values())


def _gather(expression: Expression[Any], found: dict[SpecPath, Field[Any]]) -> None:
    if isinstance(expression, Term):
        found.setdefault(expression.field.at, expression.field)
    for part in expression.parts:
        _gather(part, found)


def inputs(measure: Measure) -> Iterator[Named[Any] | Term[Any]]:
    """What the formula of a number names: fields, and other numbers."""
    for part in lifted(measure).parts:
        if isinstance(part, Named | Term):
            yield part
        else:
            yield from inputs(part)


_UNCHANGED: Mapping[SpecPath, Any] = {}


def evaluate(measure: Operand, changed: Mapping[SpecPath, Any] | None = None) -> Any:
    """The value of a measure where some fields have another content; None where there is no such number."""
    try:
        return lifted(measure).value(changed or _UNCHANGED)
    except (ZeroDivisionError, OverflowError):
        # A period of 0 s has no rate, and 10^300 messages are no design: there is no such number.
        return None


def measured(measure: Measure) -> Any:
    """The value of a measure.

    Raises:
        Undecided: a field that goes into it is not stated.
        NotApplicable: one is `none`, or there is no such number.

    """
    if isinstance(measure, Quantity):
        return measure
    fields = (measure,) if isinstance(measure, Field) else tuple(leaves(measure))
    for field in fields:
        if field.is_none:
            raise NotApplicable(f"`{field.dotted}` is `none`")
    missing = [field for field in fields if field.content is None]
    if missing:
        # What is known within bounds may do, when the rest is stated.
        raise Undecided(*([field for field in missing if not field.is_vague] or missing))
    value = evaluate(measure)
    if value is None:
        name = measure.name if isinstance(measure, Named) else "such number"
        raise NotApplicable(f"with a 0 among its inputs there is no {name}")
    return value


# Comparisons.


class Comparison(NamedTuple):
    """Two values, at least one of them still open, and how they are compared."""

    sign: str
    left: Any
    right: Any


deciding: ContextVar[Callable[[Comparison], bool]] = ContextVar("deciding")
"""Decides comparisons while contents are open."""

SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    "==": lambda left, right: left == right,
    # 50,000 times 1.1 is not 55,000 in binary.
    "below": lambda left, right: left < right and not math.isclose(left, right, rel_tol=1e-9),
    "at most": lambda left, right: left < right or math.isclose(left, right, rel_tol=1e-9),
}


def compare(sign: str, left: Operand, right: Operand) -> bool:
    """Whether one number is so beside the other; raises as `measured` does."""
    first, second = (side if isinstance(side, int | float) else measured(side) for side in (left, right))
    if sign.startswith(">"):
        sign, first, second = sign.replace(">", "<"), second, first
    if isinstance(first, Expression) or isinstance(second, Expression):
        return deciding.get()(Comparison(sign, first, second))
    if isinstance(first, Quantity) and isinstance(second, Quantity):
        common(first, second)
    first, second = (side.amount if isinstance(side, Quantity) else side for side in (first, second))
    return SIGNS[sign](first, second)
