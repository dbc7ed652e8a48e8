"""Classes of plain values that do not change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def unchanging(*, eq: bool = True, order: bool = False, slots: bool = True) -> Callable[[type[T]], type[T]]:
    """A dataclass whose fields nobody sets anew: mypy sees to it.

    To have each value see to it itself (`frozen`) takes longer where classes are made, which is whenever the
    program starts, and several times as long for each value.

    Args:
        eq: whether two with the same fields are equal, and have one hash.
        order: whether they are ordered by their fields.
        slots: whether they hold nothing beside their fields, not even what is computed but once.

    """
    return dataclass(eq=eq, order=order, slots=slots, unsafe_hash=eq)
