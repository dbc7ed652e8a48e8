"""Settings of an application whose names its framework defines: Spring Boot, Quarkus, ASP.NET Core.

What an application calls its own settings only its code knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from rtreview.evidence.deployment import ANSWERS, UPGRADED, Fact, File, Line, Station
from rtreview.evidence.readers.programs.literals import NONE
from rtreview.evidence.values import PUT_IN, duration, is_template, octets, seconds, size
from rtreview.text.place import SpecPath

MOST_KEYS = 5_000
"""Keys of a file that are looked at."""

LONGEST_NAME = 200
"""Signs of a name."""


class Key(NamedTuple):
    """The field that a setting fixes, how its value is read, and the kinds of transport that it is about."""

    field: str
    read: Callable[[str], Any]
    kinds: frozenset[str] = frozenset()


def _count(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) < 16
    return int(text) or None if is_number else None


def _octets(text: str) -> str | None:
    number = _count(text)
    return size(text) if number is None else octets(number)


def _span(text: str, bare: str = "s") -> str | None:
    """A span of time such as `20s` or `PT20S`; `bare` is the unit of a number that has none."""
    found = seconds(text.lower().removeprefix("pt"), bare=bare)
    return None if found is None else duration(found)


_ROOM = "topology.node.max_connections"

SPRING: Mapping[str, Key] = {
    "server.tomcat.max-connections": Key(_ROOM, _count),
    "server.jetty.max-connections": Key(_ROOM, _count),
    "spring.lifecycle.timeout-per-shutdown-phase": Key(
        "operations.drain", partial(_span, bare="ms"), ANSWERS
    ),
}
"""docs.spring.io/spring-boot/appendix/application-properties, and reference/web/graceful-shutdown there.

A server that ends gracefully waits for the requests that it is answering, and not for WebSockets.
"""

QUARKUS: Mapping[str, Key] = {
    "quarkus.websockets-next.server.auto-ping-interval": Key("transport.heartbeat.interval", _span, UPGRADED),
    "quarkus.websockets-next.server.max-message-size": Key(
        "backpressure.inbound.max_message", _octets, UPGRADED
    ),
    "quarkus.http.limits.max-connections": Key(_ROOM, _count),
    "quarkus.shutdown.timeout": Key("operations.drain", _span, ANSWERS),
}
"""quarkus.io/guides/websockets-next-reference, quarkus.io/guides/lifecycle#graceful-shutdown."""

KESTREL: Mapping[str, Key] = {
    "kestrel.limits.maxconcurrentupgradedconnections": Key(_ROOM, _count, UPGRADED),
    "kestrel.limits.maxconcurrentconnections": Key(_ROOM, _count, ANSWERS),
}
"""learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/options. Upgraded connections count apart."""

GRACEFUL = "server.shutdown"
"""Spring Boot ends at once where it is `immediate`, as it did by default before version 3.4."""

_APPLICATION = re.compile(r"application(-[\w-]{1,40})?\.(?:properties|ya?ml)")
_APPSETTINGS = re.compile(r"appsettings(\.Production)?\.json", re.IGNORECASE)
_PROPERTY = re.compile(r"\s{0,40}([\w.%\"\[\]-]{1,200})\s{0,40}[=:]\s{0,40}([^\s].{0,200}|)$")
_WORDS = (
    *("max-connections", "maxConnections", "timeout-per-shutdown-phase", "timeoutPerShutdownPhase"),
    *("websockets-next", "quarkus.shutdown", "shutdown:", "MaxConcurrent"),
)
_OF_TESTS = frozenset({"test", "tests", "target", "build", "bin", "node_modules"})


class Entry(NamedTuple):
    """A setting as it is written."""

    value: str
    line: Line


def takes(file: File) -> bool:
    """Whether it has settings of which one means something here."""
    name = file.path.name
    is_known = _APPLICATION.fullmatch(name) or _APPSETTINGS.fullmatch(name)
    if not is_known or _OF_TESTS & set(file.path.parts[:-1]):
        return False
    text = file.text
    return any(word in text for word in _WORDS)


def stations(files: Sequence[File]) -> Iterator[Station]:
    """What the settings in each folder say of the program that they are a part of."""
    folders: dict[str, list[File]] = {}
    for file in files:
        folders.setdefault(file.folder, []).append(file)
    for folder, own in folders.items():
        facts = (*_of_java(own), *_of_net(own))
        if facts:
            yield Station(facts[0].line, inside=folder, facts=facts)


def _of_java(files: Sequence[File]) -> Iterator[Fact]:
    """The settings that hold whatever the profile; where a profile says otherwise, they are open."""
    plain: dict[str, Entry] = {}
    profiles: dict[str, set[str]] = {}
    for file in files:
        found = _APPLICATION.fullmatch(file.path.name)
        if found is None:
            continue
        for name, entry in _entries(file):
            # A name of Quarkus may begin with its profile.
            rest = name.partition(".")[2] if name.startswith("%") else name
            if found[1] or rest != name:
                profiles.setdefault(rest, set()).add(entry.value)
            else:
                plain.setdefault(rest, entry)
    for name, key in {**SPRING, **QUARKUS}.items():
        stated = plain.get(_normal(name))
        if stated is None:
            continue
        others = profiles.get(_normal(name), set()) - {stated.value}
        fact = _fact(key, stated)
        if others:
            fact = fact._replace(value=None, decided_by="a profile says otherwise")
        elif name.startswith("spring.lifecycle"):
            fact = _gracefully(fact, plain.get(_normal(GRACEFUL)))
        yield fact


def _gracefully(fact: Fact, how: Entry | None) -> Fact:
    """The time that a server of Spring Boot has to end, where it takes any."""
    if how is not None and how.value.lower() == "graceful":
        return fact
    why = "it ends at once" if how is not None else "before version 3.4 of Spring Boot it ends at once"
    return fact._replace(value=None, decided_by=why)


def _of_net(files: Sequence[File]) -> Iterator[Fact]:
    """The settings of production, which is the environment of a program that nothing names one for.

    learn.microsoft.com/aspnet/core/fundamentals/environments
    """
    found: dict[str, Entry] = {}
    named = [(match[1] or "", file) for file in files if (match := _APPSETTINGS.fullmatch(file.path.name))]
    for _, file in sorted(named, key=lambda pair: pair[0]):
        found |= dict(_entries(file))
    for name, key in KESTREL.items():
        if name in found:
            yield _fact(key, found[name])


def _fact(key: Key, entry: Entry) -> Fact:
    is_none = entry.value in ("null", "None")
    value = NONE if is_none else key.read(entry.value)
    why = "" if value is not None else PUT_IN if is_template(entry.value) else "the value is not plain"
    return Fact(tuple(key.field.split(".")), value, entry.line, why, key.kinds)


def _entries(file: File) -> Iterator[tuple[str, Entry]]:
    """All settings by their names, as frameworks compare them."""
    if file.path.suffix == ".properties":
        for number, text in enumerate(file.lines[:MOST_KEYS], 1):
            found = _PROPERTY.match(text[:500]) if text.lstrip()[:1] not in ("#", "!") else None
            if found is not None:
                yield _normal(found[1]), Entry(found[2].strip(), file.line(number))
        return
    document = file.document
    waiting: list[tuple[SpecPath, str, Any]] = [((), "", document.content)]
    for _ in range(MOST_KEYS):
        if not waiting:
            return
        path, name, content = waiting.pop()
        if isinstance(content, dict) and len(name) < LONGEST_NAME:
            inside = f"{name}." if name else ""
            waiting += [((*path, key), f"{inside}{key}", each) for key, each in content.items()]
        elif path and isinstance(content, str | int | float | bool | None):
            line = file.line(document.span(path, key=True).line)
            yield _normal(name), Entry("null" if content is None else str(content), line)


def _normal(name: str) -> str:
    """A name in which `maxConnections`, `max-connections` and `max_connections` are the same."""
    return re.sub(r"[-_]", "", name).lower()
