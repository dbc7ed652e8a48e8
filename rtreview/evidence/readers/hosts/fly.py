"""Fly.io: what `fly.toml` fixes, by fly.io/docs/reference/configuration and fly.io/docs/apps/concurrency."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rtreview.evidence.deployment import Fact, File, Line, Route, Station, folder_path
from rtreview.evidence.readers.containers import images
from rtreview.evidence.readers.containers.mounts import NOT_OF_PROGRAMS
from rtreview.evidence.values import NO_SPAN, duration, seconds, size, value_at
from rtreview.text import toml
from rtreview.text.place import SpecPath

PLATFORM = "fly-io"

STRATEGIES = {
    "rolling": "rolling",
    "canary": "rolling",
    "bluegreen": "blue-green",
    "immediate": "all-at-once",
}
"""`deploy.strategy`; a canary is one machine before the others roll."""

STRATEGY = "rolling"

GRACE = "5s"
"""The default of `kill_timeout`, of which 300 s are the most."""

SLEEPS = (True, "stop", "suspend")
"""`auto_stop_machines` where machines stop (fly.io/docs/reference/fly-proxy-autostop-autostart)."""

GROUP = "app"
"""The process group of an application that names none."""

DEFAULT = f"default of {PLATFORM}"

APART = NOT_OF_PROGRAMS | {"fly", "environments", "config", "configs"}
"""Folders that hold configurations of several applications, and not the program of one."""

_NAME = re.compile(r"(?:^|/)fly[^/]{0,80}\.toml$")
_APP = re.compile(r"^app[ \t]{0,9}=", re.MULTILINE)
_SERVICE = re.compile(r"^[ \t]{0,9}\[(?:http_service|\[services\])\]", re.MULTILINE)
_PORT = re.compile(r"^[ \t]{0,9}internal_port[ \t]{0,9}=", re.MULTILINE)


def takes(file: File) -> bool:
    """Whether it configures an application on Fly.io, by its name or by what it holds."""
    if file.path.suffix != ".toml":
        return False
    if _NAME.search(str(file.path)) is not None:
        return True
    text = file.text
    return all(sign.search(text) for sign in (_APP, _SERVICE, _PORT))


def stations(files: Sequence[File]) -> Iterator[Station]:
    """The proxy of the platform and the machines behind it, for each application."""
    for file in files:
        application = _Application.of(file)
        if application is not None:
            yield from application.stations()


class _Application(NamedTuple):
    """A configuration with the lines of its keys."""

    file: File
    content: dict[str, Any]
    places: toml.Places

    @classmethod
    def of(cls, file: File) -> _Application | None:
        """That of a file; None where it is no TOML."""
        found = toml.read(file.text)
        return None if found is None else cls(file, *found)

    def get(self, path: SpecPath) -> Any:
        """The value at a path; None where there is none."""
        return value_at(self.content, path)

    def line(self, path: SpecPath) -> Line:
        """The line of the key at a path, or of the nearest one above it."""
        while path and path not in self.places.keys:
            path = path[:-1]
        return self.file.line(self.places.keys[path].line if path else 1)

    def stations(self) -> Iterator[Station]:
        """The machines of each group, and the way to it, where a service opens one."""
        name = self.content.get("app")
        name = name if isinstance(name, str) and name else self.file.name
        groups: dict[str, list[SpecPath]] = {}
        for service in self._services():
            listed = self.get((*service, "processes"))
            group = listed[0] if isinstance(listed, list) and listed else GROUP
            groups.setdefault(str(group), []).append(service)
        for group, services in groups.items():
            machines = f"{group}.process.{name}.internal"
            names = (
                {machines, name, f"{name}.internal", f"{name}.flycast"}
                if group == next(iter(groups))
                else {machines}
            )
            front = self.line(services[0])
            routes = tuple(
                Route("", self.line(service), tuple(self._hop(service)), (machines,)) for service in services
            )
            yield Station(front, PLATFORM, frozenset({f"{name}.fly.dev"}), routes=routes, entrance=front)
            facts = tuple(self._facts(group, services))
            yield Station(self.line(("app",)), "", frozenset(names), frozenset(self._paths()), facts=facts)

    def _services(self) -> Iterator[SpecPath]:
        """The paths of the services that others reach."""
        if isinstance(self.content.get("http_service"), dict):
            yield ("http_service",)
        services = self.content.get("services")
        for number, service in enumerate(services if isinstance(services, list) else ()):
            if isinstance(service, dict) and service.get("ports") and service.get("protocol") != "udp":
                yield ("services", number)

    def _hop(self, service: SpecPath) -> Iterator[Fact]:
        """What a service fixes for the proxy: seconds of silence, where it says so."""
        ports = self.get((*service, "ports"))
        numbers = range(len(ports)) if isinstance(ports, list) else ()
        for holder in (service, *((*service, "ports", number) for number in numbers)):
            path = (*holder, "http_options", "idle_timeout")
            span = _span(self.get(path))
            if span is not None:
                yield Fact(("idle_timeout",), span, self.line(path))
                return

    def _paths(self) -> Iterator[str]:
        """The folder that it is built from."""
        if not isinstance(self.get(("build", "image")), str):
            folder = self.file.name.rpartition("/")[0]
            if not folder or folder.rpartition("/")[2] not in APART:
                yield folder_path(folder)

    def _facts(self, group: str, services: list[SpecPath]) -> Iterator[Fact]:
        """What the configuration fixes for the machines of a group."""
        image = self.get(("build", "image"))
        if isinstance(image, str) and (library := images.server(image)):
            yield Fact(("transport", "library"), library, self.line(("build", "image")))
        yield self._grace()
        yield self._rollout()
        yield from self._nodes(services)
        yield from self._room(services)
        yield from self._memory(group)

    def _grace(self) -> Fact:
        at: SpecPath = ("operations", "termination_grace")
        stated = self.get(("kill_timeout",))
        if stated is None:
            return Fact(at, GRACE, self.line(("app",)), DEFAULT)
        span = _span(stated)
        return Fact(at, span, self.line(("kill_timeout",)), "" if span else NO_SPAN)

    def _rollout(self) -> Fact:
        at: SpecPath = ("operations", "rollout")
        stated = self.get(("deploy", "strategy"))
        if stated is None:
            return Fact(at, STRATEGY, self.line(("deploy",)), DEFAULT)
        value = STRATEGIES.get(stated) if isinstance(stated, str) else None
        return Fact(
            at, value, self.line(("deploy", "strategy")), "" if value else "no strategy of the platform"
        )

    def _nodes(self, services: list[SpecPath]) -> Iterator[Fact]:
        """Machines are added by a command, and the file says only how many stay awake."""
        for service in services:
            path = (*service, "min_machines_running")
            least = self.get(path)
            if _is_count(least) or (least == 0 and least is not False):
                reason = f"at least {least} in the first region; `fly scale count` decides on the rest"
                if self.get((*service, "auto_stop_machines")) in SLEEPS:
                    reason += ", which stop without load"
                yield Fact(("topology", "nodes"), None, self.line(path), reason)
                return

    def _room(self, services: list[SpecPath]) -> Iterator[Fact]:
        """The connections at which a machine gets no more; requests are another measure."""
        at: SpecPath = ("topology", "node", "max_connections")
        for service in services:
            limits = (*service, "concurrency")
            hard, soft = self.get((*limits, "hard_limit")), self.get((*limits, "soft_limit"))
            if self.get((*limits, "type")) not in (None, "connections"):
                continue
            if _is_count(hard):
                also = f"; from {soft} on others come first" if _is_count(soft) else ""
                yield Fact(at, hard, self.line((*limits, "hard_limit")), f"the hard limit{also}")
                return
            if _is_count(soft):
                reason = f"from {soft} on others come first, and there is no hard limit"
                yield Fact(at, None, self.line((*limits, "soft_limit")), reason)
                return

    def _memory(self, group: str) -> Iterator[Fact]:
        machines = self.get(("vm",))
        for number, machine in enumerate(machines if isinstance(machines, list) else ()):
            listed = self.get(("vm", number, "processes"))
            if not isinstance(machine, dict) or (isinstance(listed, list) and listed and group not in listed):
                continue
            for key in ("memory", "memory_mb"):
                amount = machine.get(key)
                text = f"{amount}m" if _is_count(amount) else amount
                if isinstance(text, str) and (memory := size(text)):
                    yield Fact(("topology", "node", "memory"), memory, self.line(("vm", number, key)))
                    return


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9


def _span(value: Any) -> str | None:
    """A span of time; a number is in seconds."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    span = seconds(str(value))
    return None if span is None else duration(span)
