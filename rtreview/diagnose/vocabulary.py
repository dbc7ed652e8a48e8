"""Words as they are compared: without endings, and with others that mean the same to an operator."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from rtreview.text.shipped import ROOT

SYNONYMS = ROOT / "references" / "synonyms.txt"
"""Groups of words that mean much the same when something is wrong: one on a line."""

SHORTEST_NUMBER = 3
"""Digits from which a number is a name: 1006 is a code of a close, 60 may be anything, and 60 s a timeout."""

_WORD = re.compile(r"([a-z]+)(?:['\u2019][a-z]+)?|([0-9]+)(?: ?(s|min)(?:ec|econd|ute)?s?\b)?")
_SILENT = frozenset(
    """
    a about after all also although am an and any are as at be because been but by can cannot cant could
    did do does doesn don even ever for from get gets getting got had has have he help helps her him his
    how i if in into is isn it its just like ll made make may me might my need needs no nor not nothing
    now of off on once only or our out own per please re really she should since so some something still
    such than that the their them then there they thing things this those though through to too until up
    us ve very want wants was wasn we were what when where whether which while who whose why will with
    won would you your
    """.split()  # noqa: SIM905 - a hundred quoted words are no easier to read
)
_ENDINGS = ("ations", "ation", "ingly", "ings", "edly", "ions", "ing", "ies", "ion", "ed", "es", "ly", "s")


class Term(NamedTuple):
    """A word or a phrase of a text by its stem, the groups that it belongs to, and where it stands."""

    stem: str
    groups: tuple[str, ...]
    start: int
    end: int


def terms(text: str) -> list[Term]:
    """What a text speaks of, in order: phrases of the groups as a whole, other words one by one."""
    words = list(_WORD.finditer(text.lower()))
    stems = [_read(*word.groups()) for word in words]
    groups, lengths = _groups(), _lengths()
    found: list[Term] = []
    at = 0
    while at < len(words):
        term, speaks = stems[at]
        count = 1
        for length in lengths.get(term, ()):
            phrase = " ".join(stem for stem, _ in stems[at : at + length])
            if phrase in groups and at + length <= len(words):
                term, speaks, count = phrase, True, length
                break
        if speaks:
            last = words[at + count - 1]
            found.append(Term(term, groups.get(term, ()), words[at].start(), last.end()))
        at += count
    return found


def knows(word: str) -> bool:
    """Whether a word is one of a group, in whichever form, or one that says nothing."""
    return word in _SILENT or stem(word) in _groups()


def spellings() -> frozenset[str]:
    """Every word of the groups, as it is written."""
    return frozenset(found[1] for found in _WORD.finditer(_listed()) if found[1])


@cache
def stem(word: str) -> str:
    """A word without its ending, so that `dropped`, `drops` and `drop` are one.

    Shorter than Porter's algorithm, and enough for one book: what is left has three letters at least, a
    doubled consonant is single, and a mute `e` is gone, as is the `y` of `delivery`.
    """
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            if ending == "s" and word.endswith(("ss", "us", "is")):
                continue
            word = word[: -len(ending)] + ("y" if ending == "ies" else "")
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    if len(word) > 3:
        word = word.removesuffix("e")
    return word.removesuffix("y") if len(word) > 5 else word


@cache
def _read(word: str | None, number: str, unit: str | None) -> tuple[str, bool]:
    """The stem of a word or a number with its unit, and whether it says something by itself."""
    if word is None:
        return f"{number}{unit or ''}", bool(unit) or len(number) >= SHORTEST_NUMBER
    return (word, False) if word in _SILENT else (stem(word), len(word) > 1)


@cache
def _groups() -> dict[str, tuple[str, ...]]:
    """The groups of each word and phrase, by its stem; a group is called by its line."""
    groups: dict[str, tuple[str, ...]] = {}
    for line in _listed().splitlines():
        members = [[_read(*word.groups())[0] for word in _WORD.finditer(entry)] for entry in line.split(",")]
        for member in dict.fromkeys(" ".join(stems) for stems in members):
            groups[member] = (*groups.get(member, ()), line)
    return groups


@cache
def _lengths() -> dict[str, list[int]]:
    """How many words the phrases have that begin with a stem, the longest first."""
    lengths: dict[str, set[int]] = {}
    for member in _groups():
        first, *rest = member.split()
        if rest:
            lengths.setdefault(first, set()).add(1 + len(rest))
    return {first: sorted(counts, reverse=True) for first, counts in lengths.items()}


@cache
def _listed() -> str:
    lines = SYNONYMS.read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if line and not line.startswith("#"))
