"""Signs: who suffers, when, and what is seen, read out of a sentence before its words are compared.

`signs.txt` has the vocabulary, which is closed: a sharp edge states in its section which of them speak for it
and which against it. A sentence is matched in time that grows with its length, since a pattern looks a few
words ahead and never back.

All places of a sentence are matched at once: they are the bits of an integer, the first word the lowest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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
_TOKEN = re.compile(r"[a-z]+|[0-9]+")
_NEGATION = re.compile(r"n['\u2019]t\b|\bcannot\b")
_UNITS = {"s": "second", "sec": "second", "m": "minute", "min": "minute", "h": "hour", "hr": "hour"}


class Step(NamedTuple):
    """One place of a pattern: the words that fit, and how many others may stand before it."""

    words: frozenset[str]
    gap: int


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
    places = _places(sentence)
    found = {
        name
        for words in places
        for name, pattern in _beginning().get(words, ())
        if all(_stands(row, places) for row in pattern)
    }
    return tuple(name for name in known() if name in found)


def knows(word: str) -> bool:
    """Whether a pattern has a word, in any of its forms."""
    return _key(word) in _having()


@cache
def _having() -> dict[str, list[frozenset[str]]]:
    """By word: the alternatives of the patterns that have it."""
    rows = (row for sign in known().values() for pattern in sign.patterns for row in pattern)
    having: dict[str, list[frozenset[str]]] = {}
    for words in {step.words for row in rows for step in row}:
        for word in words:
            having.setdefault(word, []).append(words)
    return having


@cache
def _beginning() -> dict[frozenset[str], list[tuple[str, Pattern]]]:
    """By alternatives: the patterns that begin with them, each with the id of its sign."""
    beginning: dict[frozenset[str], list[tuple[str, Pattern]]] = {}
    for name, sign in known().items():
        for pattern in sign.patterns:
            beginning.setdefault(pattern[0][0].words, []).append((name, pattern))
    return beginning


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


def _places(sentence: str) -> dict[frozenset[str], int]:
    """The places of a sentence at which one of the alternatives of a pattern stands."""
    by_token: dict[str, int] = {}
    for at, token in enumerate(_tokens(sentence)):
        for word in (token, _NUMBER) if token.isdigit() else (token,):
            by_token[word] = by_token.get(word, 0) | 1 << at
    places: dict[frozenset[str], int] = {}
    for token, at in by_token.items():
        for words in _having().get(token, ()):
            places[words] = places.get(words, 0) | at
    return places


def _stands(row: Sequence[Step], places: Mapping[frozenset[str], int]) -> bool:
    """Whether a row of words stands in a sentence."""
    ends = places.get(row[0].words, 0)
    for words, gap in row[1:]:
        if not ends:
            return False
        reach = 0
        for _ in range(gap + 1):
            reach = (reach | ends) << 1
        ends = reach & places.get(words, 0)
    return bool(ends)
