"""How a replicated document grows with its edits."""

from __future__ import annotations

import math
from typing import NamedTuple

from rtreview.quantities.quantity import Count, Duration, Number, Rate, Size

WORKING_YEAR = Duration(2000 * 3600)
"""Fifty weeks of forty hours."""


class Growth(NamedTuple):
    """A document that is edited without a pause.

    Attributes:
        edits: operations a second, of all who edit it.
        message: bytes of one operation as it is sent and logged; None: not known.
        kept: the most operations that the log keeps; None: all.
        encoded: bytes that one operation adds to the document as a library encodes it; None: not known.
        snapshot: what the whole state is said to have.
        editing: how long it is edited.

    """

    edits: Rate
    message: Size | None = None
    kept: Count | None = None
    encoded: Number | None = None
    snapshot: Size | None = None
    editing: Duration = WORKING_YEAR

    @property
    def all_edits(self) -> Count:
        """The operations of the whole time."""
        return Count(self.edits.amount * self.editing.amount)


def document(operations: Count, bytes_per_operation: float) -> Size:
    """Encoded size of a document after so many operations.

    The figures are those of one writer who types in sequence; concurrent editing needs 5 to 50 times more.
    """
    return Size(operations.amount * bytes_per_operation)


def log(operations: Count, kept: Count | None, message: Size) -> Size:
    """Bytes of the log after so many operations: min(operations, kept) times the size of one."""
    return message * min(operations.amount, math.inf if kept is None else kept.amount)


def operations_of(size: Size, per_operation: float) -> Count:
    """The operations after which so many bytes are reached; without end where one adds none."""
    return Count(size.amount / per_operation if per_operation else math.inf)
