"""Hosts that one small file configures: App Engine's flexible environment, and Vercel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rtreview.evidence.deployment import Fact, File, Route, Station
from rtreview.evidence.readers.node import Node, of
from rtreview.evidence.values import duration
from rtreview.text.document import read

VERCEL = "vercel"

AFFINITY = {"True": "cookie", "False": "none"}
"""`network.session_affinity` (cloud.google.com/appengine/docs/flexible/reference/app-yaml)."""

_APP = re.compile(r"(^|/)app(\.[\w-]{1,40})?\.ya?ml$")
_ENDING = re.compile(r"\.[a-z]{2,3}$")
_ENVIRONMENT = re.compile(r"^env:[ \t]{0,8}['\"]?flex", re.MULTILINE)


def takes_app_engine(file: File) -> bool:
    """Whether it describes a service of the flexible environment, which alone keeps connections."""
    return _APP.search(file.name) is not None and _ENVIRONMENT.search(file.text) is not None


def takes_vercel(file: File) -> bool:
    """Whether it is `vercel.json`."""
    return file.path.name == "vercel.json"


def app_engine(files: Sequence[File]) -> Iterator[Station]:
    """A process for each service."""
    for file in files:
        for top in _tops(file):
            name = top.word("service") or "default"
            yield Station(
                file.line(1), names=frozenset({name}), facts=tuple(_scaled(top)), entrance=file.line(1)
            )


def _tops(file: File) -> Iterator[Node]:
    for document in read(file.text.encode("utf-8", "replace"))[:1]:
        if isinstance(document.content, dict) and not document.problems:
            yield of(document, file)


def _scaled(top: Node) -> Iterator[Fact]:
    nodes = ("topology", "nodes")
    fixed = top.at("manual_scaling", "instances")
    least, most = (top.at("automatic_scaling", f"{end}_num_instances") for end in ("min", "max"))
    if fixed is not None and type(fixed.value) is int:
        yield Fact(nodes, fixed.value, fixed.line)
    elif least and most and type(least.value) is int and type(most.value) is int:
        yield Fact(nodes, f"{least.value}..{most.value}", least.line)
    sticky = top.at("network", "session_affinity")
    if sticky is not None and str(sticky.value) in AFFINITY:
        yield Fact(("topology", "affinity"), AFFINITY[str(sticky.value)], sticky.line)


def vercel(files: Sequence[File]) -> Iterator[Station]:
    """A hop that ends what takes longer than `maxDuration` (vercel.com/docs/functions/configuring-functions).

    Where it is not there, the code of the function may still state it.
    """
    for file in files:
        for top in _tops(file):
            routes = tuple(_functions(top))
            if routes:
                yield Station(file.line(1), VERCEL, routes=routes, entrance=file.line(1))


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
