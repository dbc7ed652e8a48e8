"""Signs: who suffers, when, and what is seen, read out of a sentence before its words are compared.

`signs.txt` has the vocabulary, which is closed: a sharp edge states in its section which of them speak for it
and which against it. A sentence is matched in time that grows with its length, since a pattern looks a few
words ahead and never back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rtreview.diagnose.vocabulary import stem

FILE = Path(__file__).parent / "signs.txt"

GAP = 4
"""Words that may stand where a pattern has `..`, at most."""

ELSEWHERE = "elsewhere-"
"""How the id of a sign begins that speaks against every sharp edge."""

_NUMBER = "#"
_TOKEN = re.compile(r"[a-z]+|\d+")
_NEGATION = re.compile(r"n['\u2019]t\b|\bcannot\b")
_UNITS = {"s": "second", "sec": "second", "m": "minute", "min": "minute", "h": "hour", "hr": "hour"}


class Step(NamedTuple):
    """One place of a pattern: the words that fit, and how many others may stand before it."""

    words: frozenset[str]
    gap: int

    def fits(self, token: str) -> bool:
        """Whether a word of a sentence can stand here."""
        return token in self.words or (_NUMBER in self.words and token.isdigit())


Pattern = tuple[tuple[Step, ...], ...]
"""Rows of words that all have to stand in the sentence, anywhere."""


class Sign(NamedTuple):
    """What somebody may see: its id, how it is said, and how it is asked for; empty where nobody is asked.

    One that is common is said of many failures, and tells little by itself.
    """

    id: str
    phrase: str
    question: str
    is_common: bool
    patterns: tuple[Pattern, ...]

    @property
    def is_elsewhere(self) -> bool:
        """Whether it speaks against every sharp edge."""
        return self.id.startswith(ELSEWHERE)


def read(sentence: str) -> tuple[str, ...]:
    """The ids of the signs that a sentence has, in the order of the vocabulary."""
    tokens = _tokens(sentence)
    return tuple(
        sign.id
        for sign in known().values()
        if any(all(_stands(row, tokens) for row in pattern) for pattern in sign.patterns)
    )


def knows(word: str) -> bool:
    """Whether a pattern has a word, in any of its forms."""
    return _key(word) in _words()


@cache
def _words() -> frozenset[str]:
    steps = (
        step for sign in known().values() for pattern in sign.patterns for row in pattern for step in row
    )
    return frozenset(word for step in steps for word in step.words)


@cache
def known() -> dict[str, Sign]:
    """Every sign by its id."""
    groups: dict[str, str] = {}
    signs: dict[str, Sign] = {}
    for block in re.split(r"\n(?=\S)", FILE.read_text("utf-8")):
        head, *lines = (line.strip() for line in block.splitlines() if line.strip())
        if head.startswith("@"):
            name, _, words = head.partition(": ")
            groups[name] = "|".join(words.split())
        elif not head.startswith("#"):
            phrase, *patterns = lines
            is_asked = bool(patterns) and patterns[0].startswith("ask ")
            question = patterns.pop(0).removeprefix("ask ") if is_asked else ""
            is_common = patterns[:1] == ["common"]
            rows = tuple(_pattern(pattern, groups) for pattern in patterns[is_common:])
            signs[head] = Sign(head, phrase.removeprefix("is "), question, is_common, rows)
    return signs


def _pattern(text: str, groups: dict[str, str]) -> Pattern:
    spelt = re.sub(r"@\w+", lambda found: groups[found[0]], text)
    return tuple(tuple(_steps(row)) for row in spelt.split("&"))


def _steps(row: str) -> Iterator[Step]:
    gap = 0
    for place in row.split():
        if place == "..":
            gap = GAP
        else:
            yield Step(frozenset(word if word == _NUMBER else _key(word) for word in place.split("|")), gap)
            gap = 0


def _key(word: str) -> str:
    """The stem of a word, but for `note`: its stem is `not`, and a note is no negation."""
    key = stem(word)
    return "note" if key == "not" != word else key


def _tokens(sentence: str) -> list[str]:
    """The words of a sentence by their stems, and its numbers; a negation is a word of its own."""
    tokens = _TOKEN.findall(_NEGATION.sub(" not ", sentence.lower()))
    return [
        _UNITS[token] if at and token in _UNITS and tokens[at - 1].isdigit() else _key(token)
        for at, token in enumerate(tokens)
    ]


def _stands(row: Sequence[Step], tokens: Sequence[str]) -> bool:
    """Whether a row of words stands in a sentence."""
    ends = {at for at, token in enumerate(tokens) if row[0].fits(token)}
    for step in row[1:]:
        ends = {
            at
            for end in ends
            for at in range(end + 1, min(len(tokens), end + 2 + step.gap))
            if step.fits(tokens[at])
        }
    return bool(ends)
