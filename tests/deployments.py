"""Deployments that tests write: files by their names, and what a reader makes of them."""

from __future__ import annotations

from textwrap import dedent

from rtreview.evidence.deployment import Fact, File, Route, Station
from rtreview.evidence.readers import READERS


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
