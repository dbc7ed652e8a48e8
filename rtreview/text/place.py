"""Places: where something stands in a spec, and in the text that holds it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line, as YAML has it."""

_DOUBTFUL = re.compile("\r(?!\n)|[\x85\u2028\u2029]|(?<=\n)\ufeff|(?m:^%TAG(?=[ \t]))")


def doubt(text: str) -> tuple[int, str] | None:
    """The first sign that programs, or a page that shows the text, read differently; where, and why."""
    found = _DOUBTFUL.search(text)
    if found is None:
        return None
    if found[0] == "%TAG":
        return found.start(), "a `%TAG`, which some programs obey and others drop"
    does = "begins a file for some programs" if found[0] == "\ufeff" else "ends a line for some programs"
    return found.start(), f"U+{ord(found[0]):04X}, which {does} and not for others"


STDIN = "<stdin>"
"""What standard input is called in reports."""

SpecPath = tuple[str | int, ...]
"""Where something stands in a spec: keys and list indexes from the top. The one coordinate."""


def dotted(path: SpecPath) -> str:
    """A path as people write it: `transport.path[1].idle_timeout`."""
    names = [f"[{key}]" if isinstance(key, int) else f".{key}" for key in path]
    return "".join(names).lstrip(".")


def stands_in(name: str, section: str) -> bool:
    """Whether a field is a section of the spec, or stands in it, by their dotted names."""
    return name == section or name.startswith((f"{section}.", f"{section}["))


class Span(NamedTuple):
    """A stretch of a text; lines and columns count from 1, the end column lies behind the last character."""

    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def of_line(cls, lines: Sequence[str], line: int) -> Span:
        """A line as a whole; the first column of one that is empty or not there."""
        text = lines[line - 1] if line <= len(lines) else ""
        return cls(line, 1, line, max(len(text), 1) + 1)

    def touches(self, line: int, column: int) -> bool:
        """Whether a place lies in it, or just behind."""
        return self[:2] <= (line, column) <= self[2:]


class Place(NamedTuple):
    """A path of the spec, where it stands in the text, and what is to be seen there.

    `name` is the path with the items of lists by their names, so that it stays where another item is added
    before: `transport.path[aws-alb]`.
    """

    at: SpecPath
    span: Span
    label: str = ""
    name: str = ""
