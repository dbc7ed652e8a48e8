"""Resources of a cloud as its templates describe them: what they say once references are followed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple, Protocol

from rtreview.evidence.deployment import Fact, Line
from rtreview.evidence.readers.node import OPEN, Literal, Node
from rtreview.evidence.values import duration
from rtreview.text.place import SpecPath

MOST_STEPS = 32
"""References from one to the next, and of one attribute."""

MOST_BLOCKS = 500
"""Blocks of a name in one other, and routes of one station."""

COMPUTED = "it is computed when the template is used"


class Said(NamedTuple):
    """What stands for an attribute: a literal, or None where it is left open and `decided_by` says why."""

    value: Literal
    line: Line
    decided_by: str = ""


class Followed(NamedTuple):
    """What a reference to a value leads to, where that is read, and what decided on it."""

    node: Node
    scope: Scope
    decided_by: str = ""


class Scope(Protocol):
    """Where names mean something: a folder of Terraform, or a template."""

    def followed(self, node: Node) -> Followed:
        """Through all references to a value."""

    def references(self, node: Node) -> list[str]:
        """What a node refers to, by the names that stand in it."""

    def address(self, reference: str) -> str:
        """The resource that a reference leads to; empty where it leads to none."""


class Section(NamedTuple):
    """A resource, or a block in it."""

    node: Node
    scope: Scope

    @property
    def line(self) -> Line:
        """Where it begins."""
        return self.node.line

    def said(self, name: str) -> Said | None:
        """What stands for an attribute; None where it is absent."""
        stated = self.node.last(name)
        if stated is not None and stated.doubt:
            return Said(None, stated.line, stated.doubt)
        return self._written(name)

    def _written(self, name: str) -> Said | None:
        stated = self.node.last(name)
        if stated is None:
            return None
        node, _, decided_by = self.scope.followed(stated)
        if node.is_absent:
            return None
        if node.value is None:
            return Said(None, node.line, decided_by if node.text == OPEN else COMPUTED)
        return Said(node.value, node.line, decided_by)

    def text(self, name: str, default: str = "") -> str:
        """The word that stands for an attribute; the default where it is absent, nothing where it is open.

        It tells what is there, also where something else may run.
        """
        said = self._written(name)
        return default if said is None else str(said.value) if said.value is not None else ""

    def all(self, *names: str) -> list[Section]:
        """The blocks, objects, and objects in lists of that name, and so on inwards."""
        found = [self]
        for name in names:
            inner = (each for outer in found for node in outer._named(name) for each in outer._blocks(node))
            found = list(islice(inner, MOST_BLOCKS))
        return found

    def _named(self, name: str) -> list[Node]:
        """Those of a name, also where a loop makes them."""
        loops = [node for node in self.node.all("dynamic") if name in node.labels]
        return [*self.node.all(name), *(content for loop in loops for content in loop.all("content"))]

    def _blocks(self, node: Node) -> Iterator[Section]:
        node, scope, _ = self.scope.followed(node)
        if isinstance(node.value, str) and node.value.lstrip()[:1] in ("[", "{"):
            node = node.as_json
        inside = node.inside or []
        for item in [node] if inside and inside[0].name else inside:
            if item.inside and item.inside[0].name:
                yield Section(item, scope)

    def is_repeated(self, name: str) -> bool:
        """Whether blocks of that name are made by a loop."""
        return any(name in node.labels for node in self.node.all("dynamic"))

    def words(self, name: str) -> list[str]:
        """The words of a list; one that is computed, as it is written."""
        stated = self.node.last(name)
        if stated is None:
            return []
        node, scope, _ = self.scope.followed(stated)
        items = [node] if node.inside is None else node.inside[:MOST_BLOCKS]
        ends = (scope.followed(item).node for item in items)
        return [end.value if isinstance(end.value, str) else end.text.strip('"') for end in ends]

    def links(self, name: str) -> list[str]:
        """The addresses of the resources that an attribute refers to."""
        found: dict[str, None] = {}
        open_ends = [(node, self.scope) for node in self.node.all(name)]
        for _ in range(MOST_STEPS):
            if not open_ends:
                break
            node, scope = open_ends.pop(0)
            open_ends += [(item, scope) for item in (node.inside or ())[:MOST_STEPS]]
            for reference in scope.references(node):
                if address := scope.address(reference):
                    found[address] = None
                else:
                    further = scope.followed(Node(name, node.line, text=reference))
                    if further.node.text != reference:
                        open_ends.append((further.node, further.scope))
        return list(found)


class Resource(NamedTuple):
    """A part of a cloud.

    Attributes:
        type: what it is, as Terraform calls it.
        address: what tells it from all others.
        section: what is said of it.

    """

    type: str
    address: str
    section: Section


class Cloud:
    """The resources of all templates, found by type, by address, and by what they refer to."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.by_address: dict[str, Resource] = {}
        self._by_type: dict[str, list[Resource]] = {}
        self._linked: dict[tuple[str, str], dict[str, list[Resource]]] = {}
        for resource in resources:
            self.by_address[resource.address] = resource
        for resource in self.by_address.values():
            self._by_type.setdefault(resource.type, []).append(resource)

    def of(self, *types: str) -> list[Resource]:
        """Those of some types."""
        return [resource for kind in types for resource in self._by_type.get(kind, ())]

    def at(self, addresses: Iterable[str], *types: str) -> list[Resource]:
        """Those of some types at some addresses."""
        found = [self.by_address[address] for address in addresses if address in self.by_address]
        return [resource for resource in found if resource.type in types]

    def linked(self, address: str, name: str, *types: str) -> list[Resource]:
        """Those of some types that refer to an address by an attribute."""
        return [each for kind in types for each in self._links(kind, name).get(address, ())]

    def _links(self, kind: str, name: str) -> dict[str, list[Resource]]:
        if (kind, name) not in self._linked:
            found = self._linked[kind, name] = {}
            for resource in self._by_type.get(kind, ()):
                for address in resource.section.links(name):
                    found.setdefault(address, []).append(resource)
        return self._linked[kind, name]


def led(facts: Iterable[Fact], link: Node | None) -> Iterator[Fact]:
    """Facts of what a link leads to, open where it may lead elsewhere."""
    why = link.doubt if link is not None else ""
    for fact in facts:
        yield fact if fact.is_open or not why else fact._replace(value=None, decided_by=why)


def span(field: SpecPath, said: Said) -> Fact:
    """A span of time that is written as a number of seconds; a timer of 0 s is none."""
    count = number(said)
    is_one = count is not None and (count > 0 or field[-1] in ("drain", "termination_grace"))
    return _fact(field, said, duration(count) if is_one and count is not None else None)


def whole(field: SpecPath, said: Said) -> Fact:
    """A count, of one at least."""
    count = number(said)
    return _fact(field, said, int(count) if count and count == int(count) else None)


def word(field: SpecPath, said: Said, words: Mapping[str, str]) -> Fact:
    """A word of the cloud as the word of a spec."""
    return _fact(field, said, words.get(str(said.value)))


def between(field: SpecPath, least: Said, most: Said) -> Fact:
    """A count that lies between two; at the line of the least."""
    ends = [number(said) for said in (least, most)]
    why = least.decided_by or most.decided_by
    if None in ends:
        return Fact(field, None, least.line, why or COMPUTED)
    low, high = (int(end or 0) for end in ends)
    if low == 0:
        return Fact(field, None, least.line, f"between none and {high}")
    return Fact(field, low if low == high else f"{low}..{high}", least.line, why)


def _fact(field: SpecPath, said: Said, value: object) -> Fact:
    why = (
        said.decided_by
        if value is not None or said.value is None
        else f"`{str(said.value)[:60]}` fits no field"
    )
    return Fact(field, value, said.line, why)


def number(said: Said) -> float | None:
    """What is written as a number, or as one in quotes."""
    written = str(said.value)
    if isinstance(said.value, bool) or not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", written):
        return None
    return float(written)


def is_true(said: Said | None, *, default: bool = False) -> bool | None:
    """A switch; None where it is left open."""
    if said is None:
        return default
    return {"true": True, "false": False, "1": True, "0": False}.get(str(said.value).lower())
