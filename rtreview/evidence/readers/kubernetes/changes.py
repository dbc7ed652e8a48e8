"""What templates change of the values of a chart while they are used: `set .Values "timeout" 20` and such.

By masterminds.github.io/sprig/dicts.html: these functions write into the dict that they are given first.
Which that is, is followed where a path or a variable says so; else it may be any dict of the values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rtreview.evidence.deployment import File, Line, Override
from rtreview.evidence.readers.kubernetes.expression import (
    DEEPEST,
    LONGEST,
    Expression,
    actions,
    divided,
    parsed,
    terms,
    variables,
    words_of,
)

MERGES = frozenset({"merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite"})
"""Functions that write the keys of other dicts into the first."""

CHANGES = MERGES | {"set", "unset"}
"""All that write into a dict."""

FRESH = frozenset(
    {"dict", "list", "deepCopy", "mustDeepCopy", "fromYaml", "fromJson", "mustFromJson", "pick", "omit"}
)
"""Functions that make a dict of their own, so that to write into it changes no values."""

MOST_CHANGES = 200
"""Changes of a chart that are told apart; more may change anything."""

MOST_NAMES = 100
"""Variables that are followed."""

NEW = Expression("")
"""What stands for a dict that is none of the values."""

_CHANGES = re.compile(r"\b(?:set|unset|(?:mustM|m)erge(?:Overwrite)?)\b")

Keys = tuple[str, ...]


class Change(NamedTuple):
    """A key of the values that a template writes.

    Attributes:
        line: where.
        path: whose key that is, from the values on; None where it may be of any dict in them.
        key: the key; empty where it may be any.
        what: what writes it.

    """

    line: Line
    path: Keys | None = None
    key: str = ""
    what: str = "a template"

    @property
    def override(self) -> Override:
        """What of it is told."""
        return Override(self.line, self.what)

    @property
    def whole(self) -> Keys:
        """The path of the key, as far as it is known."""
        path = self.path or ()
        return (*path, self.key) if self.key else path

    def covers(self, keys: Keys) -> bool:
        """Whether it may change what some keys lead to, or something on the way there."""
        if self.path is None:
            return not self.key or self.key in keys
        return len(self.whole) <= len(keys) and _alike(self.whole, keys)

    def below(self, keys: Keys) -> str:
        """The key that it may change of what stands below some; empty where there is none."""
        whole = self.whole
        is_below = self.path is None or (len(whole) > len(keys) and _alike(whole, keys))
        return whole[-1] if is_below and whole else ""

    def of_chart(self, below: Keys) -> Change | None:
        """The same for the chart that has its values below some keys; None where it is not concerned."""
        if self.path is None or self.path[:1] == ("global",):
            return self
        if not _alike(self.whole, below):
            return None
        if len(self.whole) <= len(below):
            return self._replace(path=None, key="")
        return self._replace(path=self.path[len(below) :])


def _alike(first: Keys, second: Keys) -> bool:
    """Whether two paths are the same as far as the shorter goes; `*` is any key."""
    return all(one == other or "*" in (one, other) for one, other in zip(first, second, strict=False))


def may_change(file: File) -> bool:
    """Whether a file has an action that may change values."""
    return "{{" in file.text and _CHANGES.search(file.text) is not None


def changes(file: File) -> list[Change]:
    """What the actions of a file change."""
    if not may_change(file):
        return []
    found: list[Change] = []
    reading, at, line = _Reading(), 0, 1
    for start, end, inner in actions(file.text):
        line += file.text.count("\n", at, start)
        at = start
        for path, key in reading.action(inner):
            found.append(Change(file.line(line), path, key))
            if len(found) > MOST_CHANGES:
                return [Change(file.line(line))]
        at, line = end, line + file.text.count("\n", start, end)
    return found


class _Reading:
    """What variables and `.` are, action by action."""

    def __init__(self) -> None:
        self.names: dict[str, Expression] = {}
        self.dots: list[Keys | None] = [()]

    def action(self, inner: str) -> Iterator[tuple[Keys | None, str]]:
        """What an action changes: whose key, and which."""
        if inner.startswith(("/*", "- /*")):
            return
        words = words_of(inner)
        if len(inner) > LONGEST and _CHANGES.search(inner):
            yield None, ""
        else:
            for number, word in enumerate(words):
                if word in CHANGES:
                    # What is piped in is given last.
                    piped = ["."] if words[number - 1 : number] == ["|"] else []
                    yield from self._changed(word, [*_arguments(words[number + 1 :]), *piped])
        self._follow(words)

    def _changed(self, word: str, given: list[str]) -> Iterator[tuple[Keys | None, str]]:
        if not given:
            return
        target = self._meant(words_of(given[0]))
        if target is NEW or (target.path and target.path[0] != "Values"):
            return
        is_known = bool(target.path) and None not in self.dots
        path = target.path[1:] if target.path and is_known else None
        for key in _keys(word, given[1:]):
            # Of the values as a whole nothing is left.
            yield path, "" if path is None and key == "Values" else key

    def _meant(self, words: list[str], depth: int = 0) -> Expression:
        """What an expression is: a path, a dict of its own, or not known."""
        while len(terms(words)) == 1 and words[:1] == ["("] and words[-1:] == [")"]:
            words = words[1:-1]
        pipes = divided(words, "|")
        first, last = pipes[0][:1], pipes[-1][:1]
        if depth > DEEPEST:
            return Expression(" ")
        if last and last[0] in FRESH:
            return NEW
        if first and first[0] in CHANGES and len(pipes) == 1:
            given = _arguments(words[1:])
            return self._meant(words_of(given[0]), depth + 1) if given else Expression(" ")
        if first and first[0] in ("index", "get") and len(pipes) == 1:
            whole, *keys = _arguments(words[1:]) or [""]
            base = self._meant(words_of(whole), depth + 1)
            names = tuple(key.strip('"`') for key in keys if key[:1] in ('"', "`"))
            is_path = base.path is not None and len(names) == len(keys)
            return base._replace(path=(*base.path, *names)) if is_path and base.path else Expression(" ")
        if len(words) == 1 and words[0] in self.names:
            return self.names[words[0]]
        known = {name: each for name, each in self.names.items() if each is not NEW}
        found = parsed(" ".join(words), self.dots[-1], known)
        return found if found.path is not None else Expression(" ")

    def _follow(self, words: list[str]) -> None:
        """Keep what an action says of variables and of `.`."""
        word = words[0] if words else ""
        if word.startswith("$") and words[1:2] and words[1] in (":=", "="):
            meant = self._meant(words[2:])
            known = self.names.get(word, meant)
            # One that is two things in turn may be either.
            if word in self.names or len(self.names) < MOST_NAMES:
                self.names[word] = meant if known == meant else Expression(" ")
        elif word in ("if", "with", "range", "define", "block"):
            dot: Keys | None = self.dots[-1]
            if word in ("define", "block"):
                dot = None
            elif word != "if" and len(self.dots) <= DEEPEST:
                given, is_named, rest = " ".join(words[1:]).partition(":=")
                subject = self._meant(words_of(rest if is_named else given))
                each = ("*",) if word == "range" else ()
                dot = None if subject.path is None else (*subject.path, *each)
                for name in variables(given)[-1:] if is_named and len(self.names) < MOST_NAMES else ():
                    self.names[name] = Expression(" ", dot)
            self.dots.append(dot)
        elif word == "else" and len(self.dots) > 1:
            self.dots[-1] = self.dots[-2]
        elif word == "end" and len(self.dots) > 1:
            self.dots.pop()


def _arguments(words: list[str]) -> list[str]:
    """What a function is given: up to the next pipe, or the end of its brackets."""
    depth = 0
    for number, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        if depth < 0 or (word == "|" and depth == 0):
            return terms(words[:number])
    return terms(words)


def _keys(word: str, given: list[str]) -> Iterator[str]:
    """The keys that a function writes; an empty one for any."""
    if word not in MERGES:
        yield _literal(given[0]) if given else ""
        return
    for each in given:
        words = words_of(each)
        keys = terms(words[2:-1])[::2] if words[:2] == ["(", "dict"] else [""]
        yield from map(_literal, keys)


def _literal(word: str) -> str:
    """The key that a word is; empty where it is computed."""
    return word.strip('"`') if word[:1] in ('"', "`") else ""


def covering(changes: tuple[Change, ...], keys: Keys) -> Override | None:
    """What may change what some keys lead to."""
    return next((each.override for each in changes if each.covers(keys)), None)


def unsure(changes: tuple[Change, ...], keys: Keys) -> Mapping[str, Override]:
    """The keys below some that something may change, each with what."""
    return {key: each.override for each in changes if (key := each.below(keys))}
