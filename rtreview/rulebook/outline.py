"""What somebody asks about the language: fields and sections by a name, and the rules that read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rtreview.language.notation import fields_meant, words_meant
from rtreview.language.spec import Spec
from rtreview.language.tree import Branch, branches
from rtreview.rulebook.rulebook import Rulebook


class Outline(NamedTuple):
    """What is asked about the language.

    Attributes:
        name: the name that was asked for; empty for all of it.
        branches: what that means.
        rulebook: the rules, some of which read a field.
        is_tree: whether what these hold is asked for, and not what they mean.

    """

    name: str
    branches: Sequence[Branch]
    rulebook: Rulebook
    is_tree: bool = False

    @property
    def every(self) -> list[Branch]:
        """The branches; as a tree, each before what it holds."""
        if not self.is_tree:
            return list(self.branches)
        tops = [branch.path for branch in self.branches] or [()]
        return [each for each in branches(Spec) if any(each.path[: len(top)] == top for top in tops)]


def named(name: str) -> list[Branch]:
    """What a name means: the field at that path, or all whose path ends so, or that people call so.

    A word that fields take leads to them.
    """
    every = list(branches(Spec))
    wanted = _path(name)
    exact = [branch for branch in every if branch.path == wanted]
    if exact or len(wanted) > 1:
        return exact or _ending(every, wanted)
    meant = [branch for other in fields_meant(name) for branch in _ending(every, _path(other))]
    found = {branch.path: branch for branch in (*_ending(every, wanted), *meant)}
    words = {name, *words_meant(name)}
    return list(found.values()) or [branch for branch in every if words & branch.entry.words.keys()]


def _path(name: str) -> tuple[str, ...]:
    names = name.strip(".").replace("[]", "").split(".")
    return tuple("*" if each == "NAME" else each for each in names)


def _ending(every: Iterable[Branch], path: tuple[str, ...]) -> list[Branch]:
    return [branch for branch in every if branch.path[-len(path) :] == path]
