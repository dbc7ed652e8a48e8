"""What somebody asks about the language: fields and sections by a name, and the rules that read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rtreview.language.notation import fields_meant, words_meant
from rtreview.language.spec import Spec
from rtreview.language.tree import Branch, branches
from rtreview.rulebook.rulebook import Rulebook

_ITEM = re.compile(r"\[[^\[\]]*\]")
"""An item of a list, by its number or its name."""


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
    exact = [branch for branch in every if _is_at(branch, wanted)]
    if exact or len(wanted) > 1:
        return exact or _ending(every, wanted)
    meant = [branch for other in fields_meant(name) for branch in _ending(every, _path(other))]
    found = {branch.path: branch for branch in (*_ending(every, wanted), *meant)}
    words = {name, *words_meant(name)}
    return list(found.values()) or [branch for branch in every if words & branch.entry.words.keys()]


def _path(name: str) -> tuple[str, ...]:
    """The keys of a name, be it that of a place in a spec: `features.chat.transport.path[nginx].name`."""
    names = _ITEM.sub("", name.strip(".")).split(".")
    # What a feature holds stands at the top of the tree.
    names = names[2:] if names[:1] == ["features"] and len(names) > 2 else names
    return tuple("*" if each == "NAME" else each for each in names)


def _is_at(branch: Branch, path: tuple[str, ...]) -> bool:
    """Whether it is the one at a path, in which a team's own names may stand."""
    return len(branch.path) == len(path) and all(
        own in ("*", key) for own, key in zip(branch.path, path, strict=True)
    )


def _ending(every: Iterable[Branch], path: tuple[str, ...]) -> list[Branch]:
    return [branch for branch in every if branch.path[-len(path) :] == path]
