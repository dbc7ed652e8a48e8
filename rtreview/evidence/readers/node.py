"""Values with their lines, as templates nest them, whatever language they are written in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

from rtreview.evidence.deployment import File, Line
from rtreview.evidence.values import is_template
from rtreview.quantities.unchanging import unchanging
from rtreview.text.document import Document
from rtreview.text.place import SpecPath

Literal = str | int | float | bool | None

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

OPEN = "?"
"""The text of a node that has no value for a reason that is known."""


@unchanging(slots=False)
class Node:
    """An attribute, a block, or an item of a list.

    Attributes:
        name: of the attribute, or the type of the block; empty for an item.
        line: where it stands.
        labels: the words between the type of a block and its body.
        value: a literal.
        text: the expression as it is written, where it is no literal.
        inside: what a block, an object or a list holds; None for all else.
        doubt: why something else may run than what is written here; empty where nothing says so.

    """

    name: str
    line: Line
    labels: tuple[str, ...] = ()
    value: Literal = None
    text: str = ""
    inside: list[Node] | None = None
    doubt: str = ""

    @cached_property
    def _by_name(self) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        for node in self.inside or ():
            found.setdefault(node.name, []).append(node)
        return found

    @cached_property
    def as_json(self) -> Node:
        """What a text of several lines holds as JSON."""
        text = str(self.value)
        part = File(self.line.file, tuple(text.split("\n")), self.line.number)
        return of(part.document, part)

    @property
    def is_absent(self) -> bool:
        """Whether it is `null`, which stands for nothing."""
        return self.value is None and not self.text and self.inside is None

    def doubted(self, why: str) -> Node:
        """The same, as something else may run than all that is written in it."""
        inside = None if self.inside is None else [each.doubted(why) for each in self.inside]
        return replace(self, inside=inside, doubt=why)

    def all(self, name: str) -> list[Node]:
        """Those of that name in it."""
        return self._by_name.get(name, [])

    def last(self, name: str) -> Node | None:
        """The one of that name in it."""
        found = self.all(name)
        return found[-1] if found else None

    def at(self, *names: str) -> Node | None:
        """The one that lies so far inwards."""
        node: Node | None = self
        for name in names:
            node = node.last(name) if node else None
        return node

    def items(self, *names: str) -> list[Node]:
        """Those of the list that lies so far inwards."""
        found = self.at(*names)
        return list(found.inside or ()) if found else []

    def word(self, *names: str) -> str:
        """The literal that lies so far inwards, as it is written; empty where there is none."""
        found = self.at(*names)
        return str(found.value) if found and found.value is not None else ""


def of(
    document: Document, file: File, part: SpecPath = (), names: Mapping[str, str] = MappingProxyType({})
) -> Node:
    """What a document of a file holds, or a part of it, with names in `snake_case`, or as `names` has them.

    A text that is put in later is no literal.
    """
    # Nodes of one line share it, however long it is.
    line_of = cache(file.line)
    content = document.content
    for key in part:
        content = content.get(key) if isinstance(content, dict) else None
    top = Node("", line_of(document.span(part, key=True).line), inside=[])
    # Each has its path, and what it is a part of.
    waiting: list[tuple[SpecPath, str, Any, Node]] = [(part, "", content, top)]
    while waiting:
        path, name, content, into = waiting.pop()
        line = line_of(document.span(path, key=isinstance(content, dict | list)).line)
        entries = (
            [(key, names.get(snake_case(key), snake_case(key)), each) for key, each in content.items()]
            if isinstance(content, dict)
            else [(index, "", each) for index, each in enumerate(content)]
            if isinstance(content, list)
            else None
        )
        if entries is not None:
            node = top if path == part else Node(name, line, inside=[])
            waiting += [((*path, key), inner, each, node) for key, inner, each in reversed(entries)]
        elif isinstance(content, str) and is_template(content):
            node = Node(name, line, text=content)
        else:
            is_scalar = isinstance(content, str | int | float | bool)
            node = Node(name, line, value=content if is_scalar else None)
        if path != part and into.inside is not None:
            into.inside.append(node)
    return top


def mapping(file: File) -> Node | None:
    """The mapping that a file holds; None where it holds something else, or has mistakes."""
    document = file.document
    is_whole = isinstance(document.content, dict) and not document.problems
    return of(document, file) if is_whole else None


def snake_case(name: str) -> str:
    """A name such as `idleTimeout` or `IdleTimeout` as `idle_timeout`; what is no name stays."""
    return _HUMP.sub("_", name).lower() if name.isidentifier() else name
