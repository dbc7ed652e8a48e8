"""Where something stands in a text, as a review counts it and as an editor does.

A review counts signs, and lines as YAML ends them. The protocol knows fewer ends of lines, counts from 0,
and in the units of the editor: an emoji is one sign, two units of UTF-16, and four of UTF-8.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Literal, NamedTuple

from rtreview.text.place import BREAK, Span

Units = Literal["utf-8", "utf-16", "utf-32"]

_ENDS = re.compile("\r\n|\n|\r")
"""What ends a line for an editor."""

_MARK = "\ufeff"
"""A byte order mark, which stands in no line of a review."""


class Position(NamedTuple):
    """Where an editor says that something stands; both count from 0."""

    line: int
    unit: int


class Range(NamedTuple):
    """A stretch of a text as an editor has it; the end lies behind the last sign."""

    start: Position
    end: Position

    def touches(self, other: Range) -> bool:
        """Whether both have a place in common, be it the end of one."""
        return self.start <= other.end and other.start <= self.end

    def shares_a_line(self, other: Range) -> bool:
        """Whether both have a line in common."""
        return self.start.line <= other.end.line and other.start.line <= self.end.line


class Positions:
    """The places of one text, in the units of one editor."""

    def __init__(self, text: str, units: Units) -> None:
        self.text = text
        self.units = units
        first = len(_MARK) if text.startswith(_MARK) else 0
        self.ours = [first, *(found.end() for found in BREAK.finditer(text))]
        self.theirs = [0, *(found.end() for found in _ENDS.finditer(text))]

    def range(self, span: Span) -> Range:
        """A span of a review as the editor has it; what lies behind the text is its end."""
        return Range(
            self.position(self.offset(span.line, span.column)),
            self.position(self.offset(span.end_line, span.end_column)),
        )

    def offset(self, line: int, column: int) -> int:
        """How many signs stand before a place of a review."""
        if line > len(self.ours):
            return len(self.text)
        return min(self.ours[line - 1] + column - 1, len(self.text))

    def position(self, offset: int) -> Position:
        """The place behind so many signs."""
        line = bisect_right(self.theirs, offset) - 1
        return Position(line, self._length(self.text[self.theirs[line] : offset]))

    def place(self, position: Position) -> tuple[int, int]:
        """The line and column at which a place of the editor lies; behind the end of a line it is that."""
        is_behind = position.line >= len(self.theirs)
        offset = len(self.text) if is_behind else self._reached(position)
        line = max(bisect_right(self.ours, offset), 1)
        return line, max(offset - self.ours[line - 1], 0) + 1

    def _reached(self, position: Position) -> int:
        start = self.theirs[position.line]
        end = self.theirs[position.line + 1] if position.line + 1 < len(self.theirs) else len(self.text) + 1
        offset, units = start, 0
        while offset < end - 1 and units < position.unit and offset < len(self.text):
            units += self._length(self.text[offset])
            offset += 1
        return offset

    def _length(self, text: str) -> int:
        """How many units a text has; half of a pair, which no encoding has, is one of UTF-16."""
        if self.units == "utf-32" or text.isascii():
            return len(text)
        if self.units == "utf-8":
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text) + sum(sign > "\uffff" for sign in text)
