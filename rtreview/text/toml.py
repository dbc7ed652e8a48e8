"""Where the keys and values of a TOML text stand, which tomllib does not tell."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from contextlib import suppress
from typing import Any, NamedTuple

from rtreview.text.place import Span, SpecPath

MAX_DEPTH = 64
"""Levels of keys and lists, as in a spec. The time of tomllib grows with the square of a key's parts."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*+")
_KEY = re.compile(r"""[A-Za-z0-9_-]++|"(?:\\.|[^"\\\n])*+"|'[^'\n]*+'""")
_DOT = re.compile(r"[ \t]*+\.[ \t]*+")
_SCALAR = re.compile(
    r'"""(?:\\.|(?!""")[^\\])*+"{3,5}'
    r"|'''(?:(?!''').)*+'{3,5}"
    r'|"(?:\\.|[^"\\])*+"'
    r"|'[^']*+'"
    r"|[^\s,\]}#]++(?: [0-9][^\s,\]}#]*+)?",  # a day and an hour may have a blank between them
    re.DOTALL,
)


class Places(NamedTuple):
    """The spans of keys and of values, by path; a table has a key, and a value only where it is inline."""

    keys: dict[SpecPath, Span]
    values: dict[SpecPath, Span]


class DepthError(ValueError):
    """The text is nested deeper than `MAX_DEPTH`; the span is where."""

    def __init__(self, span: Span) -> None:
        super().__init__(f"nested more than {MAX_DEPTH} levels deep")
        self.span = span


def places(text: str) -> Places:
    """The places in a text, where a line feed alone ends a line; of broken TOML, those before the mistake.

    Raises:
        DepthError: it is nested too deeply.

    """
    scanner = _Scanner(text)
    with suppress(_SyntaxError):
        scanner.document()
    return Places(scanner.keys, scanner.values)


def read(text: str) -> tuple[dict[str, Any], Places] | None:
    """What a text holds, with its places; None where it is no TOML, or is nested too deeply."""
    try:
        found = places(text)
        return tomllib.loads(text), found
    except (ValueError, RecursionError):
        return None


class _SyntaxError(ValueError):
    """Nothing that TOML knows stands here."""


def _plain(key: str) -> str:
    """A key without its quotes."""
    if key[0] not in "\"'":
        return key
    try:
        return next(iter(tomllib.loads(f"{key} = 0")))
    except tomllib.TOMLDecodeError:
        raise _SyntaxError from None


class _Nest(NamedTuple):
    """A list or a table between brackets that is still open."""

    path: SpecPath
    begin: int
    is_list: bool


class _Scanner:
    """Walks over a text that may be TOML, and looks for no mistakes in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.begins = [0, *(found.end() for found in re.finditer("\n", text))]
        self.keys: dict[SpecPath, Span] = {}
        self.values: dict[SpecPath, Span] = {}
        self.counts: dict[SpecPath, int] = {}

    def document(self) -> None:
        table: SpecPath = ()
        while sign := self._next():
            if sign == "[":
                table = self._header()
            else:
                self._value(self._key(table))

    def _header(self) -> SpecPath:
        """The table that `[a.b]` names, or the one that `[[a.b]]` begins in a list."""
        bracket = "[[" if self.text.startswith("[[", self.at) else "["
        self.at += len(bracket)
        self._next()
        table = self._name((), begins_one=bracket == "[[")
        self._next()
        self.at += len(bracket)
        return table

    def _key(self, table: SpecPath) -> SpecPath:
        """A key of a table, and what stands between it and its value."""
        path = self._name(table)
        if self._next() != "=":
            raise _SyntaxError
        self.at += 1
        return path

    def _name(self, path: SpecPath, *, begins_one: bool = False) -> SpecPath:
        """A key with its dots, below a path. In a list of tables the last one is meant."""
        while True:
            found = self._match(_KEY)
            key = _plain(found[0])
            span = self._span(found.start(), found.end())
            path = self._below(path, key, found.start())
            self.keys.setdefault(path, span)
            self.at = found.end()
            dot = _DOT.match(self.text, self.at)
            if begins_one and dot is None:
                self.counts[path] = self.counts.get(path, 0) + 1
            if path in self.counts:
                path = self._below(path, self.counts[path] - 1, found.start())
                self.keys.setdefault(path, span)
            if dot is None:
                return path
            self.at = dot.end()

    def _value(self, path: SpecPath) -> None:
        """A value with all that is inside of it."""
        open_: list[_Nest] = []
        counts: list[int] = []
        while True:
            sign, begin = self._next(), self.at
            if sign in ("[", "{"):
                self.at += 1
                open_.append(_Nest(path, begin, sign == "["))
                counts.append(0)
            else:
                self.at = self._match(_SCALAR).end()
                self.values[path] = self._span(begin, self.at)
            while open_ and self._is_at_the_end():
                nest = open_.pop()
                counts.pop()
                self.at += 1
                self.values[nest.path] = self._span(nest.begin, self.at)
            if not open_:
                return
            path = open_[-1].path
            path = self._below(path, counts[-1], self.at) if open_[-1].is_list else self._key(path)
            counts[-1] += 1

    def _is_at_the_end(self) -> bool:
        """Whether a bracket closes here, behind a value and the comma that may follow it."""
        if self._next() == ",":
            self.at += 1
        return self._next() in ("]", "}")

    def _below(self, path: SpecPath, key: str | int, at: int) -> SpecPath:
        if len(path) == MAX_DEPTH:
            raise DepthError(self._span(at, at + 1))
        return (*path, key)

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise _SyntaxError
        return found

    def _next(self) -> str:
        """The next sign behind blanks and comments; nothing at the end."""
        self.at = self._match(_BLANK).end()
        return self.text[self.at : self.at + 1]

    def _span(self, begin: int, end: int) -> Span:
        line, end_line = (bisect_right(self.begins, at) for at in (begin, end))
        return Span(line, begin - self.begins[line - 1] + 1, end_line, end - self.begins[end_line - 1] + 1)
