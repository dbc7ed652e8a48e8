"""Deployments that tests write: files by their names, and what a reader makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import dedent, indent
from typing import Any

from rtreview.evidence import evidence
from rtreview.evidence.deployment import Fact, File, Route, Station, Unreadable
from rtreview.evidence.evidence import Evidence
from rtreview.evidence.files import Files
from rtreview.evidence.readers import READERS
from rtreview.language import spec
from rtreview.language.spec import Spec


def file(name: str, text: str) -> File:
    """A file of a deployment; the text may be indented as the test is."""
    return File(name, tuple(dedent(text).strip("\n").split("\n")))


def nested(text: str, depth: int) -> str:
    """A part of a file as it stands below a key, behind so many blanks."""
    return indent(dedent(text).strip("\n"), " " * depth)


def misshapen(text: str, shape: str) -> Iterator[str]:
    """A text in YAML with another value behind each of its keys, with what follows and without."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        key, colon, _ = line.partition(":")
        if colon:
            cut = [*lines[:number], f"{key}: {shape}"]
            yield "\n".join(cut)
            yield "\n".join([*cut, *lines[number + 1 :]])


def gathered(files: dict[str, str]) -> Evidence:
    """What all readers together make of files."""
    return evidence.of(Files(tuple(map(file, files, files.values())), ()))


def stations(reader: str, files: dict[str, str]) -> list[Station]:
    """What the reader of that name makes of the files that it takes."""
    return [each for each in _described(reader, files) if isinstance(each, Station)]


def only(reader: str, files: dict[str, str]) -> Station:
    """The only station of them, whose values a spec may have."""
    (station,) = stations(reader, files)
    assert spec_of([station])
    return station


def stated(reader: str, name: str, text: str) -> dict[str, object]:
    """What a file fixes, which a spec may have, as `fixed` tells it; nothing where it says nothing."""
    found = stations(reader, {name: text})
    assert spec_of(found)
    return fixed(found[0].facts) if found else {}


def unreadable(reader: str, files: dict[str, str]) -> list[Unreadable]:
    """What it could not read of them."""
    return [each for each in _described(reader, files) if isinstance(each, Unreadable)]


def _described(reader: str, files: dict[str, str]) -> Iterator[Station | Unreadable]:
    chosen = next(each for each in READERS if each.name == reader)
    return chosen.stations([each for each in map(file, files, files.values()) if chosen.takes(each)])


def fixed(facts: tuple[Fact, ...]) -> dict[str, object]:
    """What facts state, by the dotted name of the field: the first decides. None where it is open."""
    return {".".join(map(str, fact.field)): fact.value for fact in reversed(facts)}


def fact(holder: Route | Station, field: str) -> Fact:
    """The fact about a field."""
    return next(found for found in holder.facts if ".".join(map(str, found.field)) == field)


def read_as_spec(facts: Iterable[Fact]) -> Spec:
    """The spec that states what facts fix; a value that a spec does not have is an error."""
    hops: list[dict[str, Any]] = []
    content: dict[str, Any] = {"rtreview": spec.VERSION}
    for found in facts:
        if found.is_open:
            continue
        if len(found.field) == 1:
            hops.append({"name": "a hop", str(found.field[0]): found.value})
            continue
        inside = content
        for key in map(str, found.field[:-1]):
            inside = inside.setdefault(key, {})
        value = found.value
        inside[str(found.field[-1])] = list(value) if isinstance(value, tuple) else value
    if hops:
        content.setdefault("transport", {})["path"] = hops
    return spec.read(content)


def spec_of(found: list[Station]) -> Spec:
    """The spec that states what stations fix."""
    return read_as_spec(
        fact for station in found for holder in (station, *station.routes) for fact in holder.facts
    )
