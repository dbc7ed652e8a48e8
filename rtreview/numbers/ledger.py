"""The ledger: a function per number that follows from a design.

The annotation of its parameter tells what it is a number of: a `Connection`, with all that travels on it, or
a `Feature`. Rules compare these numbers, `--numbers` prints them. A number that does not exist for a design
ends in `NotApplicable`, one that the spec does not decide in `Undecided`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from rtreview.language.design import Connection, Design
from rtreview.language.field import Corner, NotApplicable, Several, Undecided, Unknown
from rtreview.numbers.expression import Expression

F = TypeVar("F", bound=Callable[..., Expression[Any]])

FORMULAS: dict[str, Callable[..., Expression[Any]]] = {}
"""Every number by its name, in the order of the ledger."""


def number(name: str) -> Callable[[F], F]:
    """Register a number by its name in reports. The order of registration is that of the ledger."""

    def register(formula: F) -> F:
        FORMULAS[name] = formula
        return formula

    return register


def ledger(design: Design) -> Iterator[tuple[tuple[str, ...], str, Expression[Any] | None, str]]:
    """Features, name, number and, where there is none, the reason, for each number of a design."""
    for title, formula in FORMULAS.items():
        annotation = next(iter(formula.__annotations__.values()))
        subjects: tuple[Any, ...] = (
            design.connections if annotation == Connection.__name__ else design.features
        )
        for subject in subjects:
            features = subject.features if isinstance(subject, Connection) else [subject]
            names = tuple(feature.name for feature in features if feature.name is not None)
            try:
                expression = _made(formula, subject)
            except Undecided as unknown:
                missing = " or ".join(f"`{part.dotted}`" for part in unknown.parts)
                yield names, title, None, f"it would need {missing}"
            except (NotApplicable, Unknown) as reason:
                yield names, title, None, str(reason)
            else:
                yield names, title, expression, ""


def _made(formula: Callable[..., Expression[Any]], subject: Any) -> Expression[Any]:
    """The number; which formula it has must not hang on what is only known to be there."""
    try:
        with Corner({}) as design:
            expression = formula(subject)
    except Several as several:
        raise Undecided(several.field) from None
    if open_ := [field for field in design.met.values() if field.within.others]:
        raise Undecided(*open_)
    return expression
