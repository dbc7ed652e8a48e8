"""Charts of Helm: their values, those that a parent sets, and the labels that their helpers write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from rtreview.evidence.deployment import File
from rtreview.evidence.readers.kubernetes.expression import DEEPEST, Expression, actions, as_written, words_of
from rtreview.text.document import Document, read
from rtreview.text.place import SpecPath

MOST_FOUND = 50
"""Values that an expression in a loop may have."""

_LABEL = re.compile(r"^[ \t]{0,40}([A-Za-z0-9./_-]{1,100}):[ \t]{0,9}(\S.{0,200})$")
_INCLUDE = re.compile(r'^(?:include|template) "([^"]{1,100})"')


class Found(NamedTuple):
    """A value in a file of values."""

    file: File
    document: Document
    path: SpecPath
    content: Any


class Values(NamedTuple):
    """A file of values, and the key below which it has those of the chart."""

    file: File
    document: Document
    below: tuple[str, ...] = ()


@dataclass
class Chart:
    """A chart: its folder, the values of its parents and its own, and what its helpers define."""

    folder: str = ""
    values: list[Values] = field(default_factory=list)
    helpers: dict[str, str] = field(default_factory=dict)

    def find(self, expression: Expression) -> list[Found]:
        """What an expression reads; several where it does so in a loop, none where it is not set."""
        if not expression.path or expression.path[0] != "Values":
            return []
        for file, document, below in self.values:
            found: list[tuple[SpecPath, Any]] = [((), document.content)]
            for key in (*below, *expression.path[1:]):
                found = [part for path, inside in found for part in _inside(path, inside, key)][:MOST_FOUND]
            if found:
                return [Found(file, document, *each) for each in found]
        return []

    def holds(self, condition: Expression) -> bool | None:
        """Whether a condition holds by the values; None where they do not tell."""
        text = condition.text
        if text.startswith("not ") and condition.path is not None:
            holds = self.holds(condition._replace(text=text.removeprefix("not ")))
            return None if holds is None else not holds
        if condition.path is None or condition.path[:1] != ("Values",) or not self.values:
            return None
        return any(each.content for each in self.find(condition))

    def labels(self, helper: str) -> frozenset[tuple[str, str]]:
        """The labels that a helper writes, with those of the helpers that it calls, and their names."""
        labels: set[tuple[str, str]] = set()
        waiting = [helper]
        while waiting:
            name = waiting.pop()
            if ("include", name) in labels:
                continue
            labels.add(("include", name))
            for line in self.helpers.get(name, "").split("\n"):
                written = as_written(line).strip()
                included = _INCLUDE.match(written.removeprefix("{{ "))
                if included:
                    waiting.append(included[1])
                elif label := _LABEL.match(written):
                    labels.add((label[1], label[2].strip("\"'")))
        return frozenset(labels)


def charts(files: Sequence[File]) -> list[Chart]:
    """The charts among files, the deepest first, so that the first that holds a file is its own."""
    named = {file.name: file for file in files}
    folders = sorted(
        (_folder(name) for name in named if PurePosixPath(name).name == "Chart.yaml"), key=len, reverse=True
    )
    found = {folder: Chart(folder) for folder in folders}
    for folder, chart in found.items():
        above = folder
        below: tuple[str, ...] = ()
        while True:
            if file := named.get(f"{above}values.yaml"):
                chart.values.insert(0, Values(file, read(file.text.encode())[0], below))
            parent, is_sub, name = above[:-1].rpartition("charts/")
            if not is_sub or "/" in name or parent not in found or len(below) > DEEPEST:
                break
            above, below = parent, (name, *below)
    for file in files:
        its = chart_of(file, list(found.values()))
        if its is not None:
            its.helpers.update(_helpers(file.text))
    return list(found.values())


def chart_of(file: File, found: Sequence[Chart]) -> Chart | None:
    """The chart that a file is a template of."""
    return next((chart for chart in found if file.name.startswith(f"{chart.folder}templates/")), None)


def _folder(name: str) -> str:
    folder = name.rpartition("/")[0]
    return f"{folder}/" if folder else ""


def _inside(path: SpecPath, content: Any, key: str) -> Iterator[tuple[SpecPath, Any]]:
    """What a key leads to; `*` to each of a list or mapping."""
    if key == "*" and isinstance(content, list):
        yield from (((*path, index), item) for index, item in enumerate(content[:MOST_FOUND]))
    elif isinstance(content, dict):
        keys = list(content)[:MOST_FOUND] if key == "*" else [key] if key in content else []
        yield from (((*path, each), content[each]) for each in keys)


def _helpers(text: str) -> Iterator[tuple[str, str]]:
    """The named templates that a file defines: their names and their texts."""
    depth, name, begun = 0, "", 0
    for start, end, inner in actions(text):
        words = words_of(inner)
        word = words[0] if words else ""
        if word == "define" and len(words) > 1 and not name:
            depth, name, begun = 0, words[1].strip('"'), end
        elif word in ("if", "with", "range", "block"):
            depth += 1
        elif word == "end":
            if depth == 0 and name:
                yield name, text[begun:start]
                name = ""
            depth = max(depth - 1, 0)
