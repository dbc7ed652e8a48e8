"""Charts of Helm: their values, those that a parent sets, and the labels that their helpers write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import PurePosixPath
from posixpath import normpath
from types import MappingProxyType
from typing import Any, NamedTuple

from rtreview.evidence.deployment import File, Override
from rtreview.evidence.readers.kubernetes.changes import MOST_CHANGES, Change, changes, covering, unsure
from rtreview.evidence.readers.kubernetes.expression import (
    DEEPEST,
    FLOW,
    Expression,
    Given,
    actions,
    called,
    ends_line,
    parsed,
    words_of,
    writes_nothing,
)
from rtreview.evidence.readers.kubernetes.values_files import MOST_FILES, Values, ValuesFiles, folder_of
from rtreview.text.document import Document
from rtreview.text.place import SpecPath

MOST_LABELS = 100
"""Labels of a helper, and its lines."""

MOST_FOUND = 50
"""Values that an expression in a loop may have."""

OVERRIDE = ".Values.fullnameOverride"
"""What sets the name of a chart, in the helper that `helm create` writes."""

_LABEL = re.compile(r"^[ \t]{0,40}([A-Za-z0-9./_-]{1,100}):[ \t]{0,9}(\S.{0,200})$")

NO = frozenset({"no", "off", "n"})
"""Words that are false in YAML 1.1, as they are written without quotes."""

ENTRY = re.compile(r"^[ \t]*+[^\s:#][^\n:]*+:(?=[ \t\n]|$)", re.MULTILINE)
"""A line of a text that is an entry of a mapping."""

Label = tuple[str, str]
"""A key and its value."""


class Found(NamedTuple):
    """A value in a file of values, and other files that have another for it.

    `is_own` tells whether the file is one that the chart is by its name and folder installed with, `changed`
    what may change it when the chart is used, and `unsure` which keys in it, each by what.
    """

    file: File
    document: Document
    path: SpecPath
    content: Any
    others: tuple[Found, ...] = ()
    is_own: bool = True
    changed: Override | None = None
    unsure: Mapping[str, Override] = MappingProxyType({})

    @property
    def is_true(self) -> bool:
        """Whether a condition holds of it. Helm reads YAML 1.1, where `off` is no text."""
        is_no = isinstance(self.content, str) and self.content.lower() in NO
        return bool(self.content) and not (is_no and is_bare(self.document, self.path))


@dataclass
class Chart:
    """A chart.

    Attributes:
        folder: where it is, with a `/` at its end.
        released: what its name is by default, where its parent is installed under its own name; else empty.
        values: those that its parents set, and its own.
        others: those that it may be installed with.
        dependencies: what it depends on, as its values call it.
        helpers: the named templates, by their names.
        changes: what its templates, and those that are used with them, change of its values.
        open_texts: whether a helper may write lines of its own, as far as that has been asked.
        written: the labels that helpers write by what they are given, as far as they have been asked for.

    """

    folder: str = ""
    released: str = ""
    values: list[Values] = field(default_factory=list)
    others: list[Values] = field(default_factory=list)
    dependencies: tuple[str, ...] = ()
    helpers: dict[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    open_texts: dict[str, bool] = field(default_factory=dict)
    written: dict[tuple[str, str], frozenset[Label]] = field(default_factory=dict)

    def find(self, expression: Expression) -> list[Found]:
        """What an expression reads; several where it does so in a loop, none where it is not set."""
        if not expression.path or expression.path[0] != "Values":
            return []
        keys = expression.path[1:]
        found = next(filter(None, (_found(each, keys) for each in self.values)), [])
        able = [values for values in self.others if len(keys) >= values.least]
        if not found:
            first = (values for values in able if values.decides)
            found = next(filter(None, (_found(values, keys) for values in first)), [])
        others = [each for values in able for each in _found(values, keys)[:1]]
        if self.changes:
            changed, below = covering(self.changes, keys), unsure(self.changes, keys)
            found = [each._replace(changed=changed, unsure=below) for each in found]
            others = [each._replace(unsure=below) for each in others]
        if len(found) != 1:
            return found
        (only,) = found
        differing = [each for each in others if each.content != only.content]
        return [only._replace(others=tuple(differing))]

    def changed(self, expression: Expression) -> Override | None:
        """What may set something else than what an expression reads."""
        is_of_values = expression.path is not None and expression.path[:1] == ("Values",)
        return covering(self.changes, expression.path[1:]) if is_of_values and expression.path else None

    def holds(self, condition: Expression) -> bool | None:
        """Whether a condition holds by the values; None where they do not tell."""
        text = condition.text
        if text.startswith("not ") and condition.path is not None:
            holds = self.holds(condition._replace(text=text.removeprefix("not ")))
            return None if holds is None else not holds
        if condition.path == () and condition.fallback is not None:
            return bool(condition.fallback)
        if condition.path is None or condition.path[:1] != ("Values",) or not self.values:
            return None
        if self.changed(condition) is not None:
            return None
        found = self.find(condition)
        holds = any(each.is_true for each in found) if found else bool(condition.fallback)
        is_open = any(other.is_true is not holds for each in found for other in each.others)
        return None if is_open else holds

    def named(self, text: str) -> Found | None:
        """What a helper for the name of the chart puts in, where the values set that name."""
        call = called(text)
        if call is None or call[1] != "." or OVERRIDE not in self.helpers.get(call[0], ""):
            return None
        found = self.find(Expression(OVERRIDE, tuple(OVERRIDE.split(".")[1:])))
        return next((each for each in found if each.content and isinstance(each.content, str)), None)

    def called(self, text: str) -> str:
        """What a resource of it is called by default whose name is an action; empty where none knows."""
        call = called(text.removeprefix("{{ ").removesuffix(" }}"))
        return self.released if call and OVERRIDE in self.helpers.get(call[0], "") else ""

    def may_write(self, expression: Expression, key: str) -> bool:
        """Whether an action that stands for entries of a mapping may write a key out of sight.

        It does not where it reads values that no file sets, and where no helper that it calls has the key or
        computes keys.
        """
        if expression.path is not None:
            files = (*self.values, *self.others)
            return expression.path[:1] != ("Values",) or any(
                _found(each, expression.path[1:]) for each in files
            )
        call = called(expression.text)
        if call is None:
            return True
        waiting, known = [call[0]], {call[0]}
        while waiting and len(known) < MOST_LABELS:
            text = self.helpers.get(waiting.pop())
            if text is None or key in text:
                return True
            for line in text.split("\n"):
                for start, _, inner in actions(line):
                    if writes_nothing(inner):
                        continue
                    call = called(inner)
                    if line[:start].strip(" -"):
                        # Behind its key an action is no key, unless it ends the line.
                        is_open = self.is_open_text(call[0]) if call else self.has_lines(inner)
                        if is_open or ends_line(inner):
                            return True
                    elif call is None:
                        return True
                    elif call[0] not in known:
                        known.add(call[0])
                        waiting.append(call[0])
        return bool(waiting)

    def is_open_text(self, helper: str) -> bool:
        """Whether a helper may write more than a part of a line where it is called."""
        if helper not in self.open_texts:
            waiting, known = [helper], {helper}
            is_open = False
            while waiting and not is_open and len(known) < MOST_LABELS:
                text = self.helpers.get(waiting.pop(), "")
                bare: list[str] = []
                at = 0
                for start, end, inner in actions(text):
                    bare += [text[at:start], "x" if not writes_nothing(inner) else ""]
                    at = end
                    if writes_nothing(inner):
                        continue
                    is_open = is_open or ends_line(inner) or self.has_lines(inner)
                    call = called(inner)
                    if call is not None and call[0] not in known:
                        known.add(call[0])
                        waiting.append(call[0])
                is_open = is_open or ENTRY.search("".join((*bare, text[at:]))) is not None
            self.open_texts[helper] = is_open or bool(waiting)
        return self.open_texts[helper]

    def has_lines(self, text: str, dot: tuple[str, ...] | None = ()) -> bool:
        """Whether an action puts in a value that has several lines, in any of the files."""
        paths = (parsed(word, dot, {}).path for word in words_of(text) if word[:1] in (".", "$"))
        return any(
            isinstance(each.content, str) and _has_lines(each.content)
            for path in paths
            if path is not None and path[:1] == ("Values",) and len(path) > 1
            for values in (*self.values, *self.others)
            for each in _found(values, path[1:])
        )

    def labels(self, helper: str, given: str = ".") -> frozenset[Label]:
        """The labels that a helper writes when it is given something, with those of the helpers in it.

        What cannot be read of it stands for itself: it is the same where the same is given.
        """
        if (helper, given) not in self.written:
            labels: set[Label] = set()
            known = {(helper, given)}
            waiting = [(helper, given)]
            while waiting and len(labels) < MOST_LABELS:
                name, with_ = waiting.pop()
                found, calls, is_whole = _labels(self.helpers.get(name, ""), Given.of(with_))
                labels |= found
                if not is_whole:
                    labels.add(("include", f"{name} {with_}"))
                waiting += [call for call in calls if call not in known]
                known.update(calls)
            self.written[helper, given] = frozenset(labels)
        return self.written[helper, given]


def _has_lines(text: str) -> bool:
    """Whether a text has several lines, or an action that may write some."""
    return "\n" in text.strip() or any(ends_line(inner) for _, _, inner in actions(text))


def _labels(text: str, given: Given) -> tuple[set[Label], list[tuple[str, str]], bool]:
    """The labels that stand in a helper, the helpers that it calls, and whether that is all."""
    labels: set[Label] = set()
    calls: list[tuple[str, str]] = []
    names: dict[str, Expression] = {}
    is_whole = bool(text.strip())
    for line in text.split("\n")[:MOST_LABELS]:
        parts, at = [], 0
        for start, end, inner in actions(line):
            parts.append(line[at:start])
            at = end
            words = words_of(inner)
            if words[1:2] in ([":="], ["="]) and words[0].startswith("$"):
                names[words[0]] = given.put_in(inner.partition("=")[2], names)
            elif words[:1] and words[0] not in FLOW and not words[0].startswith("/*"):
                found = given.put_in(inner, names)
                is_literal = found.path == () and found.fallback is not None
                parts.append(str(found.fallback) if is_literal else f"{{{{ {found.text} }}}}")
        written = "".join((*parts, line[at:])).strip()
        call = called(written[3:-3]) if written.startswith("{{ ") and written.endswith(" }}") else None
        if call is not None:
            calls.append(call)
        elif label := _LABEL.match(written):
            labels.add((label[1], label[2].strip("\"'")))
        elif written:
            is_whole = False
    return labels, calls, is_whole


def charts(files: Sequence[File]) -> dict[str, Chart]:
    """The charts among files, by their folders."""
    declared = {folder_of(file.name): file for file in files if file.path.name == "Chart.yaml"}
    found = {
        folder: Chart(folder, dependencies=tuple(_dependencies(file))) for folder, file in declared.items()
    }
    values = ValuesFiles(files, list(found))
    users: dict[str, list[tuple[str, str]]] = {}
    for file in files:
        parent = folder_of(file.name)
        for folder, name in _used(file) if parent in found else ():
            users.setdefault(folder, []).append((parent, name))
    changed: dict[str, list[Change]] = {}
    for folder, chart in found.items():
        around = list(_around(folder, found))
        # A text of the values may be used as a template.
        texts = (each.file for each in chain(values.own(folder, ()), values.others(folder, ())))
        changed[folder] = [change for file in texts for change in changes(file)]
        for above, below in around:
            chart.values[:0] = values.own(above, below)
            chart.others += values.others(above, below)
            if len(below) == 1:
                chart.released = f"{PurePosixPath(above).name}-{below[0]}"
        others = [*chart.others, *values.shared(around[-1][0])]
        for parent, name in users.get(folder, ()):
            others += [*values.own(parent, (name,)), *values.others(parent, (name,))]
        chart.others = others[:MOST_FILES]
        if len(others) > MOST_FILES:
            line = others[MOST_FILES].file.line(1)
            chart.changes = (Change(line, what="one of very many files of values"),)
    for file in files:
        its = chart_of(file, found)
        if its is not None:
            its.helpers.update(_helpers(file.text))
            changed[its.folder] += changes(file)
    _tell(found, changed)
    return found


def _tell(charts: Mapping[str, Chart], changed: Mapping[str, list[Change]]) -> None:
    """Enter what templates change with each chart: its own, and those of the charts around it.

    A helper may be used by any chart of the whole, so that whose dict it is given is told by none of them.
    """
    around = {folder: list(_around(folder, charts)) for folder in charts}
    few = {folder: _few(listed) for folder, listed in changed.items()}
    of_all: dict[str, list[Change]] = {}
    for folder, listed in few.items():
        known = of_all.setdefault(around[folder][-1][0], [])
        known += [each for each in listed if each.path is None or each.path[:1] == ("global",)]
        known[:] = _few(known)
    for folder, chart in charts.items():
        found = [*chart.changes, *of_all.get(around[folder][-1][0], ())]
        for above, below in around[folder]:
            meant = (each.of_chart(below) for each in few.get(above, ()) if each.path is not None)
            found += filter(None, meant)
        chart.changes = tuple(_few(found))


def _few(listed: list[Change]) -> list[Change]:
    """Changes as they are, or one that may change anything for very many."""
    return listed if len(listed) <= MOST_CHANGES else [listed[0]._replace(path=None, key="")]


def _around(folder: str, charts: Mapping[str, Chart]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A chart and those that have it in their charts, each with the keys below which it has its values."""
    above, below = folder, tuple[str, ...]()
    while True:
        yield above, below
        parent, is_sub, name = above[:-1].rpartition("charts/")
        if not is_sub or "/" in name or parent not in charts or len(below) > DEEPEST:
            return
        above, below = parent, (name, *below)


def chart_of(file: File, found: Mapping[str, Chart]) -> Chart | None:
    """The chart that a file is a template of: the innermost that holds it."""
    folders = file.name.split("/")[:-1][: 2 * DEEPEST]
    above = (folders[:end] for end in range(len(folders) - 1, -1, -1) if folders[end] == "templates")
    its = ("".join(f"{folder}/" for folder in each) for each in above)
    return next((found[folder] for folder in its if folder in found), None)


def _dependencies(file: File) -> Iterator[str]:
    """The names that the charts have which a chart depends on: an alias goes before."""
    for each in _listed(file):
        name = each.get("alias") or each.get("name")
        if isinstance(name, str):
            yield name


def _listed(file: File) -> Iterator[dict[str, Any]]:
    content = file.document.content
    listed = content.get("dependencies") if isinstance(content, dict) else None
    for each in listed[:MOST_FOUND] if isinstance(listed, list) else ():
        if isinstance(each, dict):
            yield each


def is_bare(document: Document, path: SpecPath) -> bool:
    """Whether a scalar is written without quotes."""
    span = document.values.get(path)
    return span is not None and document.lines[span.line - 1][span.column - 1 : span.column] not in ("'", '"')


def _used(file: File) -> Iterator[tuple[str, str]]:
    """The charts of other folders that one depends on, or under another name, and what it calls them."""
    if file.path.name not in ("Chart.yaml", "requirements.yaml"):
        return
    for each in _listed(file):
        name, alias, source = (str(each.get(key) or "") for key in ("name", "alias", "repository"))
        if source.startswith("file://"):
            path = normpath(folder_of(file.name) + source.removeprefix("file://"))
            yield f"{path}/".removeprefix("./"), alias or name
        elif alias and alias != name:
            yield f"{folder_of(file.name)}charts/{name}/", alias


def _found(values: Values, keys: tuple[str, ...]) -> list[Found]:
    """What some keys lead to in a file of values."""
    found: list[tuple[SpecPath, Any]] = [((), values.document.content)]
    for key in keys if keys[:1] == ("global",) else (*values.below, *keys):
        found = [part for path, inside in found for part in _inside(path, inside, key)][:MOST_FOUND]
    is_own = values.decides and values.least == 1
    return [Found(values.file, values.document, *each, is_own=is_own) for each in found]


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
