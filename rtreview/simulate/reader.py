"""Reads the parameters of a scenario from fields, and notes which fields those are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from rtreview.language.field import Field, NotApplicable, Undecided, Unknown, known, wanted
from rtreview.numbers.expression import Measure, leaves, measured
from rtreview.text.place import SpecPath

T = TypeVar("T")


def needed(unknown: Unknown | NotApplicable) -> str:
    """Why there is no such scenario, in words."""
    return (
        str(unknown) or f"it would need {' or '.join(wanted(part) for part in getattr(unknown, 'parts', ()))}"
    )


class Reader:
    """Reads fields and numbers.

    Attributes:
        used: the stated fields that were read, by their paths.
        without: the parts of a scenario that could not be read, and why.

    """

    def __init__(self) -> None:
        self.used: dict[SpecPath, Field[Any]] = {}
        self.without: list[str] = []

    def noted(self, leaf: Field[Any]) -> Field[Any]:
        """A field, for whatever it may hold; raises `Undecided` where that is known within bounds only."""
        if leaf.is_vague:
            raise Undecided(leaf)
        if leaf.is_stated:
            self.used[leaf.at] = leaf
        return leaf

    def known(self, leaf: Field[Any]) -> Any:
        """The value of a field.

        Raises:
            Undecided: it is not stated.
            NotApplicable: it is `none`.

        """
        return known(self.noted(leaf))

    def measured(self, measure: Measure) -> Any:
        """The value of a number; raises as `known` does."""
        value = measured(measure)
        for leaf in leaves(measure):
            self.noted(leaf)
        return value

    def part(self, what: str, find: Callable[[], T]) -> T | None:
        """A part of a scenario that can do without it; why it is not there is noted."""
        try:
            return find()
        except (Unknown, NotApplicable) as unknown:
            self.without.append(f"{what}: {needed(unknown)}")
            return None

    def extra(self, find: Callable[[], T]) -> T | None:
        """What only adds to a scenario, so that nobody misses it."""
        try:
            return find()
        except (Unknown, NotApplicable):
            return None
