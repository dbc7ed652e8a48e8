"""Patches of resources: the places that each changes, and the resource that they make together.

They are strategic merge patches as Kustomize has them, or JSON patches (RFC 6902).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from rtreview.evidence.deployment import Override
from rtreview.evidence.readers.kubernetes.part import Part
from rtreview.evidence.values import value_at
from rtreview.text.place import SpecPath

MOST_EDITS = 20_000
"""Places that all kustomizations together change."""

MOST_STEPS = 500_000
"""Of the work on all kustomizations: a resource that one may change, a place of it that one looks at."""

DEEPEST = 64
"""Keys of a path in a JSON patch: nothing is nested deeper that is read."""

LONGEST_INDEX = 7
"""Digits of a place in a list."""

PATCHED = "a patch of the kustomization"

MERGED = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "ports": "containerPort",
}
"""The lists that a patch is merged into, and the key by which their entries are told apart."""

NAMES: frozenset[SpecPath] = frozenset(
    {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")}
)
"""By what a patch says which resource it changes."""

_UNCHANGED: Any = object()
"""Where a kustomization leaves a place as it is."""


class Steps:
    """What all the work on kustomizations has cost so far."""

    def __init__(self) -> None:
        self.made = 0

    def go_on(self, number: int = 1) -> bool:
        """Whether so many more may be made."""
        self.made += number
        return not self.are_too_many

    @property
    def are_too_many(self) -> bool:
        """Whether the rest is left."""
        return self.made > MOST_STEPS


class Edit(NamedTuple):
    """What stands at a place of a resource instead; None where it is taken away."""

    path: SpecPath
    part: Part | None

    def doubtful(self, base: Part, entry: Part) -> Edit:
        """The same, where it is not told whether an entry makes it."""
        why = Override(entry.line, "the patch").why
        part = self.part or base.at(*self.path)
        return Edit(self.path, replace(part, content=part.content or "", why_open=why))


class Patch:
    """A patch of either kind: a JSON patch is a list, a strategic merge patch looks like a resource.

    Attributes:
        part: what it consists of.
        is_list: whether it is a JSON patch.

    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self.is_list = isinstance(part.content, list)

    def edits(self, base: Part, steps: Steps) -> Iterator[Edit]:
        """What it changes of a resource."""
        if self.is_list:
            return (each.made(base) for each in self._operations)
        return _merged(self.part, base, steps)

    @cached_property
    def _operations(self) -> Sequence[_Operation]:
        return list(_operations(self.part))


def patched(base: Part, roots: Sequence[Mapping[SpecPath, Part | None]]) -> Part:
    """A resource as all kustomizations that are deployed have it: where they differ, it is open."""
    content = deepcopy(base.content)
    grafts = dict(base.grafts)
    for path in sorted({path for root in roots for path in root}, key=len):
        ways = [root.get(path, _UNCHANGED) for root in roots]
        there = value_at(base.content, path)
        said = {repr(there if way is _UNCHANGED else way.content if way else None) for way in ways}
        first = next(way for way in ways if way is not _UNCHANGED)
        if len(said) > 1:
            named = ", ".join(
                f"{'nothing' if way is None else way.text} in {way.line.file if way else base.line.file}"
                if way is not _UNCHANGED
                else f"{base.at(*path).text or 'nothing'} in {base.source.file.name}"
                for way in ways[:3]
            )
            first = replace(first or base.at(*path), content="", why_open=f"kustomizations differ: {named}")
        if first is None:
            _take_away(content, path)
            grafts.pop(path, None)
        elif _put(content, path, first.content):
            grafts[path] = first
    return replace(base, content=content, grafts=grafts)


def incomplete(patch: Part, base: Part) -> Part:
    """A resource, with what another one of its name may change that is none by itself."""
    kind = patch.at("kind")
    why = Override(kind.line, f"the incomplete {kind.text}").why
    edits = {
        edit.path: replace(edit.part, why_open=why) if edit.part else None
        for edit in islice(_merged(patch, base, Steps()), MOST_EDITS)
    }
    return patched(base, [edits])


class _Operation(NamedTuple):
    """An operation of a JSON patch (RFC 6902): where, and what stands there then; None where nothing does."""

    keys: tuple[str, ...]
    part: Part | None

    def made(self, base: Part) -> Edit:
        """What it changes of a resource."""
        path: list[str | int] = []
        around = base.content
        for key in self.keys:
            index: str | int = key
            if isinstance(around, list):
                is_index = key.isascii() and key.isdecimal() and len(key) < LONGEST_INDEX
                index = len(around) if key == "-" else int(key) if is_index else key
            path.append(index)
            around = value_at(around, (index,))
        return Edit(tuple(path), self.part)


def _operations(operations: Part) -> Iterator[_Operation]:
    """Those that change something."""
    for each in islice(operations.items(), MOST_EDITS):
        words = each.at("path").text.split("/", DEEPEST + 1)[1:]
        kind = each.at("op").text
        # What is deeper is nowhere, so that Kustomize refuses it.
        if not words or len(words) > DEEPEST or kind == "test":
            continue
        value = replace(each.at("value"), remark=PATCHED)
        if kind == "remove":
            made = None
        elif kind in ("add", "replace"):
            made = value
        else:
            made = replace(value, content="", why_open=Override(each.line, "the patch").why)
        yield _Operation(tuple(word.replace("~1", "/").replace("~0", "~") for word in words), made)


def _merged(patch: Part, base: Part, steps: Steps) -> Iterator[Edit]:
    """What a strategic merge patch changes: leaf by leaf, and lists as a whole where they are not merged."""
    ahead: list[tuple[Part, SpecPath]] = [(patch, ())]
    while ahead and steps.go_on():
        part, path = ahead.pop()
        content, there = part.content, value_at(base.content, path)
        if content is None and path:
            yield Edit(path, None)
        elif isinstance(content, dict):
            order = content.get("$patch")
            if order is not None and path:
                yield Edit(path, None if order == "delete" else part)
            elif order is None:
                keys = [key for key in content if not key.startswith("$")]
                ahead += [
                    (replace(part.at(key), content=content[key]), (*path, key))
                    for key in reversed(keys)
                    if (*path, key) not in NAMES
                ]
        elif isinstance(content, list) and isinstance(there, list) and path[-1] in MERGED:
            key = MERGED[str(path[-1])]
            steps.go_on(len(there))
            known = {str(value_at(item, (key,))): index for index, item in reversed(list(enumerate(there)))}
            for number, item in enumerate(part.items()):
                name = str(item.at(key).text)
                if name in known:
                    ahead.append((item, (*path, known[name])))
                else:
                    yield Edit((*path, len(there) + number), item)
        elif path:
            yield Edit(path, part)


def _put(content: Any, path: SpecPath, value: Any) -> bool:
    """Put a value at a path, with the mappings that lead there; whether that can be done."""
    *around, last = path
    for key in around:
        if isinstance(content, dict) and not isinstance(content.get(key), dict | list):
            content[key] = {}
        elif isinstance(content, list) and key == len(content):
            content.append({})
        content = value_at(content, (key,))
    value = "" if value is None else value
    if isinstance(content, dict):
        content[last] = value
        return True
    is_item = isinstance(content, list) and isinstance(last, int) and last <= len(content)
    if is_item:
        content[last : last + 1] = [value]  # type: ignore[operator]
    return is_item


def _take_away(content: Any, path: SpecPath) -> None:
    around = value_at(content, path[:-1])
    if isinstance(around, dict):
        around.pop(str(path[-1]), None)
    elif isinstance(around, list) and isinstance(path[-1], int) and path[-1] < len(around):
        around[path[-1]] = {}
