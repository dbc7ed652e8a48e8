"""Deployments that tests write: files by their names, and what a reader makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent
from typing import Any

from rtreview.evidence.deployment import Fact, File, Route, Station
from rtreview.evidence.readers import READERS
from rtreview.language import spec
from rtreview.language.spec import Spec


def file(name: str, text: str) -> File:
    """A file of a deployment; the text may be indented as the test is."""
    return File(name, tuple(dedent(text).strip("\n").split("\n")))


def stations(reader: str, files: dict[str, str]) -> list[Station]:
    """What the reader of that name makes of the files that it takes."""
    chosen = next(each for each in READERS if each.name == reader)
    return list(chosen.stations([each for each in map(file, files, files.values()) if chosen.takes(each)]))


def fixed(facts: tuple[Fact, ...]) -> dict[str, object]:
    """What facts state, by the dotted name of the field; None where it is open."""
    return {".".join(map(str, fact.field)): fact.value for fact in facts}


def fact(holder: Route | Station, field: str) -> Fact:
    """The fact about a field."""
    return next(found for found in holder.facts if ".".join(map(str, found.field)) == field)


def spec_of(found: list[Station]) -> Spec:
    """The spec with each value that stations have, so that one which no spec may have is an error."""
    facts = [fact for station in found for fact in (*station.facts, *_of_routes(station))]
    content: dict[str, Any] = {"rtreview": 1, "transport": {"path": []}}
    for each in facts:
        if each.value is None:
            continue
        if len(each.field) == 1:
            content["transport"]["path"].append({"name": "a hop", each.field[0]: each.value})
            continue
        section = content
        for key in each.field[:-1]:
            section = section.setdefault(key, {})
        section[each.field[-1]] = each.value
        spec.read(content)
    return spec.read(content)


def _of_routes(station: Station) -> Iterator[Fact]:
    for route in station.routes:
        yield from route.facts
