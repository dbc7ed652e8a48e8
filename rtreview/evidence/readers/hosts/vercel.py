"""Vercel, whose functions end what takes too long."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rtreview.evidence.deployment import Fact, File, Route, Station
from rtreview.evidence.readers.node import Node, mapping
from rtreview.evidence.values import duration

PLATFORM = "vercel"

_ENDING = re.compile(r"\.[a-z]{2,3}$")


def takes(file: File) -> bool:
    """Whether it is `vercel.json`."""
    return file.path.name == "vercel.json"


def stations(files: Sequence[File]) -> Iterator[Station]:
    """A hop that ends what takes longer than `maxDuration` (vercel.com/docs/functions/configuring-functions).

    Where it is not there, the code of the function may still state it.
    """
    for file in files:
        top = mapping(file)
        routes = tuple(_functions(top)) if top is not None else ()
        if routes:
            yield Station(file.line(1), PLATFORM, routes=routes, entrance=file.line(1))


def _functions(top: Node) -> Iterator[Route]:
    functions = top.at("functions")
    for function in (functions.inside or ()) if functions else ():
        stated = function.last("max_duration")
        if stated is not None and type(stated.value) is int:
            fact = Fact(("max_lifetime",), duration(stated.value), stated.line)
            yield Route(_served(function.name), function.line, (fact,))


def _served(pattern: str) -> str:
    """The path that a function answers, by the pattern of its files."""
    before = pattern.partition("*")[0]
    path = _ENDING.sub("", before.removeprefix("pages/").removeprefix("src/"))
    return f"/{path}" if path.startswith("api") else ""
