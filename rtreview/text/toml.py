"""Where the keys and values of a TOML text stand, which tomllib does not tell."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from typing import NamedTuple

from rtreview.text.place import Path, Span

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'""")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_SCALAR = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|[^\s,\]}#]+(?: \d[^\s,\]}#]*)?",  # a day and an hour may have a blank between them
    re.DOTALL,
)


class Places(NamedTuple):
    """The spans of keys and of values, by path; a table has a key, and a value only where it is inline."""

    keys: dict[Path, Span]
    values: dict[Path, Span]


def places(text: str) -> Places:
    """The places in a text that tomllib has read, where a line feed alone ends a line."""
    scanner = _Scanner(text)
    scanner.document()
    return Places(scanner.keys, scanner.values)


class _Scanner:
    """Walks over a text that is known to be TOML, so that it has no mistakes to tell."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.begins = [0, *(found.end() for found in re.finditer("\n", text))]
        self.keys: dict[Path, Span] = {}
        self.values: dict[Path, Span] = {}
        self.counts: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        while self._next():
            if self._next() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        """The table that `[a.b]` names, or the one that `[[a.b]]` begins in a list."""
        begins_one = self.text.startswith("[[", self.at)
        self.at += 1 + begins_one
        self._next()
        table = self._name((), begins_one=begins_one)
        self._next()
        self.at += 1 + begins_one
        return table

    def _pair(self, table: Path) -> None:
        path = self._name(table)
        self._next()
        self.at += 1
        self._value(path)

    def _name(self, path: Path, *, begins_one: bool = False) -> Path:
        """A key with its dots, below a path. In a list of tables the last one is meant."""
        while True:
            found = _KEY.match(self.text, self.at)
            assert found is not None
            (key,) = tomllib.loads(f"{found[0]} = 0")
            path = (*path, key)
            self.keys.setdefault(path, self._span(found.start(), found.end()))
            self.at = found.end()
            dot = _DOT.match(self.text, self.at)
            if begins_one and dot is None:
                self.counts[path] = self.counts.get(path, 0) + 1
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
                self.keys.setdefault(path, self._span(found.start(), found.end()))
            if dot is None:
                return path
            self.at = dot.end()

    def _value(self, path: Path) -> None:
        first = self._next()
        begin = self.at
        if first in ("[", "{"):
            self.at += 1
            number = 0
            while self._next() not in ("]", "}"):
                if first == "[":
                    self._value((*path, number))
                else:
                    self._pair(path)
                number += 1
                self.at += self._next() == ","
            self.at += 1
        else:
            found = _SCALAR.match(self.text, self.at)
            assert found is not None
            self.at = found.end()
        self.values[path] = self._span(begin, self.at)

    def _next(self) -> str:
        """The next sign behind blanks and comments; nothing at the end."""
        found = _BLANK.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return self.text[self.at : self.at + 1]

    def _span(self, begin: int, end: int) -> Span:
        line, end_line = (bisect_right(self.begins, at) for at in (begin, end))
        return Span(line, begin - self.begins[line - 1] + 1, end_line, end - self.begins[end_line - 1] + 1)
