"""The text of HAProxy: lines of words in sections, which inherit from `defaults` (its manual, 2.2 and 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from rtreview.evidence.deployment import File, Line

PROXIES = frozenset({"frontend", "backend", "listen"})

SECTIONS = PROXIES | {
    "global", "defaults", "peers", "resolvers", "userlist", "mailers", "program", "http-errors", "cache",
    "ring", "log-forward", "log-profile", "fcgi-app", "crt-store", "traces", "acme",
}  # fmt: skip
"""What begins a section."""

OF_TWO_WORDS = frozenset({"timeout", "option", "stick", "no"})
"""Keywords which mean nothing without the word behind them."""

OLDER = {"clitimeout": "timeout client", "srvtimeout": "timeout server"}
"""Keywords that others took the place of."""

DEEPEST = 16
"""Sections of defaults that inherit from one another."""

_WORD = re.compile(
    r"""(?:"(?:[^"\\]|\\.)*+"|'[^']*+'|\\.|\{\{[^}]{0,200}+(?:\}(?!\})[^}]{0,100}+){0,9}+\}\}|[^\s"'\\#])++|\#.*+""",
    re.DOTALL,
)
_QUOTES = re.compile(r"""\\(.)|["']""")
_CONTROL = re.compile(r"\s*+(?:\{%|\{\{|<%)[-+=~#]{0,2}+(?P<ends>/?+)\s*+(?P<word>\w{0,20})")
_OWN = {".if": 1, ".elif": 0, ".else": 0, ".endif": -1}
"""How its own conditions open and close blocks (its manual, 2.4)."""

_BEGINS = frozenset({"if", "for", "range", "with", "unless", "each", "block"})
_BETWEEN = frozenset({"else", "elif", "elsif", "set"})


class Statement(NamedTuple):
    """A line with its words, and whether it stands there in any case: a template may leave it out."""

    words: tuple[str, ...]
    line: Line
    is_sure: bool


@dataclass
class Section:
    """A section: its statements by their keywords, and the defaults that hold where it says nothing.

    `is_open` tells that a template puts more into it, so that nothing is absent for sure; `is_sure` that no
    template, and no `.if` of HAProxy, leaves it out.
    """

    kind: str
    name: str
    line: Line
    above: Section | None = None
    is_open: bool = False
    is_sure: bool = True
    statements: dict[str, list[Statement]] = field(default_factory=dict)

    def own(self, keyword: str) -> list[Statement]:
        """Those of a keyword that stand here."""
        return self.statements.get(keyword, [])

    def stated(self, keyword: str) -> Statement | None:
        """The one that holds here: the last one here, or in the nearest defaults that have any."""
        return next((found[-1] for level in self.levels() if (found := level.own(keyword))), None)

    def levels(self) -> Iterator[Section]:
        """The section, and the defaults above it."""
        level: Section | None = self
        for _ in range(DEEPEST):
            if level is None:
                return
            yield level
            level = level.above


def sections(file: File) -> list[Section]:
    """The sections of a file, each with the defaults before it, or those that it names."""
    found: list[Section] = []
    named: dict[str, Section] = {}
    last: Section | None = None
    depth = base = 0
    for number, text in enumerate(file.lines, 1):
        control = _CONTROL.match(text)
        if control is not None:
            word = control["word"]
            is_end = word.startswith("end") or bool(control["ends"])
            depth = max(0, depth - 1 if is_end else depth + (word in _BEGINS))
            if found and word not in _BEGINS | _BETWEEN and not is_end:
                found[-1].is_open = True
            continue
        words = _words(text)
        if not words:
            continue
        if words[0] in _OWN:
            depth = max(0, depth + _OWN[words[0]])
            continue
        line = file.line(number)
        if words[0] in SECTIONS:
            section = _begun(words, line, named, last)
            section.is_sure = depth == 0
            found.append(section)
            base = depth
            if section.kind == "defaults":
                last = section
                named[section.name] = section
        elif found:
            is_pair = words[0] in OF_TWO_WORDS and len(words) > 1
            keyword = OLDER.get(words[0], f"{words[0]} {words[1]}" if is_pair else words[0])
            found[-1].statements.setdefault(keyword, []).append(Statement(words, line, depth <= base))
    return found


def _words(text: str) -> tuple[str, ...]:
    """The words of a line, without quotes, up to a comment."""
    words = []
    for found in _WORD.finditer(text):
        if found[0].startswith("#"):
            break
        words.append(_QUOTES.sub(lambda sign: sign[1] or "", found[0]))
    return tuple(words)


def _begun(words: tuple[str, ...], line: Line, named: dict[str, Section], last: Section | None) -> Section:
    """The section that a line begins: `backend NAME from DEFAULTS`."""
    kind, *rest = words
    above = last if kind in PROXIES else None
    if "from" in rest and rest[-1] != "from":
        above = named.get(rest[rest.index("from") + 1])
        rest = rest[: rest.index("from")]
    return Section(kind, rest[0] if rest else "", line, above)
