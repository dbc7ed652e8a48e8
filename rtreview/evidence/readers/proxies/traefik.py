"""Traefik: what its settings and the labels of containers fix for the connections that pass it.

Names and defaults are those of doc.traefik.io/traefik/reference: the dotted name of an option is the same in
a file, on the command line (`--entryPoints.web...`), in a variable (`TRAEFIK_ENTRYPOINTS_WEB_...`) and in a
label (`traefik.http.routers...`), whichever case it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from rtreview.evidence.deployment import ANSWERS, DEFAULT, UPGRADED, Fact, File, Line, Route, Station
from rtreview.evidence.values import PUT_IN, duration, is_template, seconds
from rtreview.text.document import Document
from rtreview.text.place import SpecPath

PLATFORM = "traefik"

TRANSPORT: dict[str, tuple[SpecPath, frozenset[str]]] = {
    "respondingtimeouts.writetimeout": (("max_lifetime",), ANSWERS),
    "lifecycle.gracetimeout": (("drain",), frozenset()),
}
"""Below `entryPoints.NAME.transport`. `readTimeout` is for requests, `idleTimeout` for idle connections."""

GRACE = "10s"
"""The default of `lifeCycle.graceTimeOut`."""

DEEPEST = 12
"""Levels of an option."""

MOST_PATHS = 20
"""Paths of a rule."""

_STATIC = re.compile(r"^entry[pP]oints:", re.MULTILINE)
_DYNAMIC = re.compile(
    r"^http:[^\n]{0,80}\n(?:[^\n]{0,400}\n){0,40}? {1,8}(?:routers|services):", re.MULTILINE
)
_TRANSPORT = re.compile(r"entrypoints\.[^.]{1,80}\.transport\.(.{1,80})")
_ROUTER = re.compile(r"traefik\.(?:http|tcp)\.routers\.([^.]{1,80})\.(rule|service)")
_STICKY = re.compile(r"traefik\.http\.services\.([^.]{1,80})\.loadbalancer\.sticky\b")
_PATH = re.compile(r"\b(PathPrefix|PathRegexp|Path)\(\s{0,9}([^)]{1,500})\)")
_QUOTED = re.compile(r"[`\"']([^`\"']{1,300})[`\"']")
_UPGRADE = re.compile(
    r"\bHeaders?(?:Regexp)?\(\s{0,9}[`\"'](?:Upgrade|Sec-WebSocket-\w{1,20})\b", re.IGNORECASE
)
_SHAPES = {"PathPrefix": "{}", "Path": "= {}", "PathRegexp": "~ {}"}


class Option(NamedTuple):
    """A dotted name in lower case, its value, and where it stands."""

    name: str
    value: Any
    line: Line


def takes(file: File) -> bool:
    """Whether it holds the static options of Traefik, or routers and services of it."""
    if file.path.suffix not in (".yml", ".yaml"):
        return False
    is_static = "traefik" in file.path.name.lower() and _STATIC.search(file.text)
    return bool(is_static or ("loadBalancer:" in file.text and _DYNAMIC.search(file.text)))


def stations(files: Sequence[File]) -> Iterator[Station]:
    """A station for each file of options, of routers and services, or of both."""
    for file in files:
        read = file.document
        options = tuple(_options(file, read))
        ways = tuple(_declared(file, read))
        if options or ways:
            yield Station(
                line=options[0].line if options else ways[0].line,
                platform=PLATFORM,
                paths=frozenset({file.id}),
                routes=ways,
                facts=tuple(static(options, options[0].line)) if options else (),
            )


def _options(file: File, read: Document) -> Iterator[Option]:
    """The entry points of a file, and each option below them."""
    for path, span in {**read.keys, **read.values}.items():
        name = ".".join(map(str, path[:DEEPEST])).lower()
        if name.startswith("entrypoints"):
            yield Option(name, _at(read.content, path), file.line(span.line))


def _declared(file: File, read: Document) -> Iterator[Route]:
    """The routes of a file: of each router to the servers of its service."""
    routers = _at(read.content, ("http", "routers"))
    services: dict[str, tuple[tuple[Fact, ...], tuple[str, ...]]] = {}
    for router in routers if isinstance(routers, dict) else ():
        at: SpecPath = ("http", "routers", router)
        rule, service = (_at(read.content, (*at, key)) for key in ("rule", "service"))
        if not isinstance(rule, str) or not isinstance(service, str):
            continue
        name = service.partition("@")[0]
        if name not in services:
            services[name] = _service(file, read, ("http", "services", name, "loadBalancer"))
        yield from ruled(rule, _line(file, read, at), *services[name])


def _service(file: File, read: Document, at: SpecPath) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """What a service fixes, and the hosts of its servers."""
    servers, sticky = (_at(read.content, (*at, key)) for key in ("servers", "sticky"))
    urls = [_at(server, ("url",)) for server in servers] if isinstance(servers, list) else []
    place, has_several = _line(file, read, at), len(urls) > 1
    facts = [Fact(("topology", "nodes"), len(urls), place, "servers of the service")] if has_several else []
    if sticky is not None:
        facts.append(Fact(("affinity",), "cookie", _line(file, read, (*at, "sticky"))))
    elif has_several:
        facts.append(Fact(("affinity",), "none", place, f"{DEFAULT}{PLATFORM}"))
    return tuple(facts), tuple(dict.fromkeys(_host(url) for url in urls if isinstance(url, str)))


def _line(file: File, read: Document, path: SpecPath) -> Line:
    """The line of the key at a path."""
    span = read.keys.get(path) or read.span(path, key=True)
    return file.line(span.line)


def _host(address: str) -> str:
    """The host of an address, without its scheme and port."""
    return (address.partition("://")[2] or address).partition("/")[0].partition(":")[0]


def _at(value: Any, path: SpecPath) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def static(options: Iterable[Option], line: Line) -> Iterator[Fact]:
    """What options fix for all connections; the grace period has a default, at a line that lacks it."""
    has_grace = False
    for option in options:
        found = _TRANSPORT.fullmatch(option.name)
        if found is None or found[1] not in TRANSPORT:
            continue
        at, kinds = TRANSPORT[found[1]]
        has_grace |= at == ("drain",)
        text = str(option.value)
        span = None if is_template(text) else seconds(text)
        value = None if span is None else duration(span)
        if at == ("max_lifetime",) and span == 0:
            value = "none"
        reason = "" if value else PUT_IN if "$" in text or "{" in text else "no span"
        yield Fact(at, value, option.line, reason, kinds)
    if not has_grace:
        yield Fact(("drain",), GRACE, line, f"{DEFAULT}{PLATFORM}")


def routes(labels: Sequence[Option], target: str, nodes: int) -> Iterator[Route]:
    """The ways to a container by its labels: one for each path of a rule."""
    rules: dict[str, Option] = {}
    services: dict[str, str] = {}
    sticky: dict[str, Option] = {}
    for label in labels:
        if found := _ROUTER.fullmatch(label.name):
            if found[2] == "rule":
                rules[found[1]] = label
            else:
                services[found[1]] = str(label.value).lower().partition("@")[0]
        elif (found := _STICKY.match(label.name)) and str(label.value).lower() != "false":
            sticky.setdefault(found[1], label)
    is_off = any(label.name == "traefik.enable" and str(label.value).lower() == "false" for label in labels)
    if is_off or not labels:
        return
    for router, rule in rules.items():
        facts = tuple(_affinity(sticky, services.get(router, ""), rule.line, nodes))
        yield from ruled(str(rule.value), rule.line, facts, (target,))
    if not rules:
        yield Route("", labels[0].line, tuple(_affinity(sticky, "", labels[0].line, nodes)), (target,))


def ruled(rule: str, line: Line, facts: tuple[Fact, ...], targets: tuple[str, ...]) -> Iterator[Route]:
    """The routes that a rule makes: one for each path."""
    carries = UPGRADED if _UPGRADE.search(rule) else frozenset[str]()
    for prefix in list(islice(_prefixes(rule), MOST_PATHS)) or [""]:
        yield Route(prefix, line, facts, targets, carries)


def _prefixes(rule: str) -> Iterator[str]:
    """The paths that a rule names."""
    for found in _PATH.finditer(rule):
        yield from (_SHAPES[found[1]].format(path) for path in _QUOTED.findall(found[2]))


def _affinity(sticky: dict[str, Option], service: str, line: Line, nodes: int) -> Iterator[Fact]:
    """A cookie, where a label asks for one; among several containers there is none by default."""
    at: SpecPath = ("affinity",)
    label = sticky.get(service) if service else next(iter(sticky.values()), None)
    if label is not None:
        yield Fact(at, "cookie", label.line)
    elif nodes > 1:
        yield Fact(at, "none", line, f"{DEFAULT}{PLATFORM}")
