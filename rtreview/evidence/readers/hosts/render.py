"""Render: what `render.yaml` fixes, by render.com/docs/blueprint-spec."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from posixpath import join, normpath
from typing import Any, NamedTuple

from rtreview.evidence.deployment import Fact, File, Line, Route, Station, Unreadable, folder_path
from rtreview.evidence.readers.containers import images
from rtreview.evidence.readers.environment import calls
from rtreview.evidence.values import duration, value_at
from rtreview.text.document import Document
from rtreview.text.place import SpecPath

PLATFORM = "render"

DEFAULT = f"default of {PLATFORM}"

MOST_SERVICES = 2000
"""Services of a file."""

GRACE = "30s"
"""The default of `maxShutdownDelaySeconds`, of which 300 are the most."""

STORES = ("keyvalue", "redis")
"""Types that are a Redis or speak as one."""

MEASURES = {"targetCPUPercent": "cpu", "targetMemoryPercent": "memory"}
"""What scaling goes by."""

_NAME = re.compile(r"(?:^|/)render(?:\.[\w-]{1,40})?\.ya?ml$")


def takes(file: File) -> bool:
    """Whether it is a blueprint of Render."""
    return _NAME.search(str(file.path)) is not None


def stations(files: Sequence[File]) -> Iterator[Station | Unreadable]:
    """The router of the platform and the service behind it, for each service that answers requests."""
    for file in files:
        read = file.document
        for number, path in enumerate(_services(read.content)):
            service = _Service(file, read, path)
            if number == MOST_SERVICES:
                yield Unreadable(
                    service.line(), f"more than {MOST_SERVICES:,} services: the rest is not read"
                )
                break
            if service.get("type") in STORES:
                yield Station(service.line(), "redis", service.names)
            elif service.get("type") in ("web", "pserv") and service.get("runtime", "env") != "static":
                yield from service.stations()


def _services(content: Any) -> Iterator[SpecPath]:
    """The paths of all services: at the top, and in the environments of projects."""
    yield from _below(content, ("services",))
    for project in _below(content, ("projects",)):
        for environment in _below(content, (*project, "environments")):
            yield from _below(content, (*environment, "services"))


def _below(content: Any, path: SpecPath) -> Iterator[SpecPath]:
    """The paths of the mappings in a list."""
    value = value_at(content, path)
    for number, entry in enumerate(value if isinstance(value, list) else ()):
        if isinstance(entry, dict):
            yield (*path, number)


class _Service(NamedTuple):
    """An entry of `services`."""

    file: File
    document: Document
    path: SpecPath

    def get(self, *keys: str) -> Any:
        """The value of the first of some keys that is there, `a.b` being one below another."""
        found = (value_at(self.document.content, (*self.path, *key.split("."))) for key in keys)
        return next((value for value in found if value is not None), None)

    def line(self, key: str = "") -> Line:
        """The line of a key, or of the service."""
        path = (*self.path, *key.split(".")) if key else self.path
        span = self.document.keys.get(path) or self.document.values.get(path) or self.document.span(path)
        return self.file.line(span.line)

    @property
    def names(self) -> frozenset[str]:
        """What others call it."""
        name = self.get("name")
        return frozenset({name}) if isinstance(name, str) else frozenset()

    def stations(self) -> Iterator[Station]:
        """The service, and the way to it where it is public."""
        if self.get("type") == "web":
            line = self.line("type")
            routes = (Route("", line, targets=tuple(self.names)),)
            yield Station(
                line,
                PLATFORM,
                frozenset(f"{name}.onrender.com" for name in self.names),
                routes=routes,
                entrance=line,
            )
        facts = (*self._library(), *self._nodes(), self._grace())
        yield Station(
            self.line(),
            "",
            self.names,
            frozenset(self._paths()),
            facts=facts,
            calls=tuple(calls(self._environment())),
        )

    def _environment(self) -> Iterator[tuple[str, Line]]:
        """The values in its environment."""
        variables = self.get("envVars")
        for number, variable in enumerate(variables if isinstance(variables, list) else ()):
            value = variable.get("value") if isinstance(variable, dict) else None
            if isinstance(value, str):
                yield value, self.line(f"envVars.{number}.value")

    def _library(self) -> Iterator[Fact]:
        image = self.get("image.url")
        if isinstance(image, str) and (library := images.server(image)):
            yield Fact(("transport", "library"), library, self.line("image.url"))

    def _paths(self) -> Iterator[str]:
        """The folder that it is built from, below that of the blueprint."""
        root = self.get("rootDir", "dockerContext")
        if self.get("image") is None:
            folder = self.file.name.rpartition("/")[0]
            yield folder_path(normpath(join(folder, root.lstrip("/") if isinstance(root, str) else ".")))

    def _nodes(self) -> Iterator[Fact]:
        at: SpecPath = ("topology", "nodes")
        count, scaling = self.get("numInstances"), self.get("scaling")
        if isinstance(scaling, dict):
            least, most = scaling.get("minInstances"), scaling.get("maxInstances")
            is_fixed = _is_count(least) and least == most
            reason = "" if is_fixed else f"from {least} to {most}"
            yield Fact(at, least if is_fixed else None, self.line("scaling"), reason)
            measures = [key for key in MEASURES if scaling.get(key) is not None]
            if measures:
                value = MEASURES[measures[0]] if len(measures) == 1 else None
                reason = "" if value else "by " + " and ".join(MEASURES[key] for key in measures)
                yield Fact(("operations", "autoscale_on"), value, self.line(f"scaling.{measures[0]}"), reason)
        elif count is None:
            yield Fact(at, 1, self.line(), DEFAULT)
        else:
            yield Fact(
                at,
                count if _is_count(count) else None,
                self.line("numInstances"),
                "" if _is_count(count) else "no number",
            )

    def _grace(self) -> Fact:
        at: SpecPath = ("operations", "termination_grace")
        stated = self.get("maxShutdownDelaySeconds")
        if stated is None:
            return Fact(at, GRACE, self.line(), DEFAULT)
        value = duration(float(stated)) if _is_count(stated) else None
        return Fact(at, value, self.line("maxShutdownDelaySeconds"), "" if value else "no number")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**6
