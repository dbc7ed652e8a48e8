"""Apache httpd as a proxy: what mod_proxy fixes (httpd.apache.org/docs/2.4/mod/mod_proxy.html)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from rtreview.evidence.deployment import (
    DEFAULT,
    STREAMS,
    UPGRADED,
    Fact,
    File,
    Line,
    Route,
    Station,
    Unreadable,
)
from rtreview.evidence.values import PUT_IN, SECONDS, duration, host, is_template, seconds
from rtreview.text.place import SpecPath

PLATFORM = "apache-httpd"

TIMEOUT = "60s"
"""The default of `Timeout`, which `ProxyTimeout` falls back to (docs/2.4/mod/core.html#timeout)."""

UNITS = {"ms": SECONDS["ms"], "s": SECONDS["s"], "min": SECONDS["m"], "h": SECONDS["h"]}
"""Of a parameter of a worker; directives have seconds alone."""

ALL = ("/(.*)", "^/(.*)", "^/(.*)$", "^/?(.*)", "^/?(.*)$", "(.*)", "^(.*)$", ".*")
"""Patterns of a rewrite that every path fits."""

DEEPEST, MOST_ROUTES = 8, 2000
"""Sections in sections, and routes of a file."""

ROUTED = f"more than {MOST_ROUTES:,} places of one file pass requests on: the rest is not read"

_NAME = re.compile(r"\.conf(?:\.[a-z0-9]{1,10})?$", re.IGNORECASE)
_PROXY = re.compile(
    r"^[ \t]{0,40}(?:ProxyPass|ProxyPassMatch|BalancerMember)[ \t]", re.IGNORECASE | re.MULTILINE
)
_WHOLE = re.compile(r"^[ \t]{0,40}(?:ServerRoot|LoadModule)[ \t]", re.IGNORECASE | re.MULTILINE)
_WORD = re.compile(r'"(?:[^"\\]|\\.)*+"|[^\s"]\S*+', re.DOTALL)
_SECTION = re.compile(r"<(/?)(\w{1,40})\s*([^>]{0,400})>?")
_PARAMETER = re.compile(r"(\w{1,40})=(.{0,200})", re.DOTALL)


class Directive(NamedTuple):
    """A line of words, with the sections that it stands in, from the outermost: their names and arguments."""

    name: str
    words: tuple[str, ...]
    line: Line
    sections: tuple[tuple[str, str], ...]

    @property
    def parameters(self) -> dict[str, str]:
        """Those of a worker, `timeout=60`."""
        return {found[1].lower(): found[2] for word in self.words if (found := _PARAMETER.fullmatch(word))}

    @property
    def host(self) -> str:
        """The virtual host that it is for; nothing for all."""
        return next((argument for name, argument in self.sections if name == "virtualhost"), "")

    def inside(self, section: str) -> str:
        """The argument of the innermost section of a name."""
        return next((argument for name, argument in reversed(self.sections) if name == section), "")


class Group(NamedTuple):
    """The members of a balancer.

    Attributes:
        targets: their hosts.
        is_for_upgrades: whether one is reached as a WebSocket.
        timeouts: those that they state, with a line for each.
        nodes: how many there are, where there are several that do not only stand by.
        sticky: the line that keeps clients on one.

    """

    targets: tuple[str, ...] = ()
    is_for_upgrades: bool = False
    timeouts: Mapping[str, Line] = MappingProxyType({})
    nodes: Fact | None = None
    sticky: Line | None = None


ALONE = Group()
"""What is no balancer."""


def takes(file: File) -> bool:
    """Whether it is a configuration of Apache httpd that passes requests on."""
    return _NAME.search(str(file.path)) is not None and _PROXY.search(file.text) is not None


def stations(files: Sequence[File]) -> Iterator[Station | Unreadable]:
    """A station for each file that passes requests on."""
    for file in files:
        configuration = _Configuration(file)
        routes = tuple(islice(configuration.routes(), MOST_ROUTES + 1))
        if len(routes) > MOST_ROUTES:
            yield Unreadable(routes[-1].line, ROUTED)
            routes = routes[:-1]
        if routes:
            yield Station(
                line=routes[0].line,
                platform=PLATFORM,
                paths=frozenset({file.id}),
                routes=routes,
                entrance=configuration.entrance,
            )


def parsed(file: File) -> Iterator[Directive]:
    """The directives of a file, each with the sections around it."""
    sections: list[tuple[str, str]] = []
    for number, text in enumerate(file.lines, 1):
        stripped = text.strip()
        if not stripped or stripped.startswith("#"):
            continue
        section = _SECTION.match(stripped)
        if section is None:
            words = tuple(found[0].strip('"') for found in _WORD.finditer(stripped)) or ("",)
            yield Directive(words[0].lower(), words[1:], file.line(number), tuple(sections[-DEEPEST:]))
        elif not section[1]:
            sections.append((section[2].lower(), section[3].strip().strip('"')))
            yield Directive(f"<{sections[-1][0]}", (), file.line(number), tuple(sections[-DEEPEST:]))
        elif sections:
            sections.pop()


class _Configuration:
    """A file by what its directives are about."""

    def __init__(self, file: File) -> None:
        self.is_whole = _WHOLE.search(file.text) is not None
        self.passes: list[tuple[Directive, bool]] = []
        self.members: dict[str, list[Directive]] = {}
        self.settings: dict[str, dict[str, Directive]] = {}
        self.balancers: dict[str, Directive] = {}
        self.groups: dict[str, Group] = {}
        self.entrance: Line | None = None
        is_upgrade = False
        for directive in parsed(file):
            if directive.name in ("proxypass", "proxypassmatch"):
                self.passes.append((directive, False))
            elif directive.name == "rewritecond":
                text = " ".join(directive.words).lower()
                is_upgrade |= "upgrade" in text and "websocket" in text and "!=websocket" not in text
            elif directive.name == "rewriterule":
                self.passes.append((directive, is_upgrade))
                is_upgrade = False
            elif directive.name == "balancermember":
                self.members.setdefault(directive.inside("proxy"), []).append(directive)
            elif directive.name == "proxyset" and "stickysession" in directive.parameters:
                self.balancers[directive.inside("proxy")] = directive
            elif directive.name in ("proxytimeout", "timeout"):
                self.settings.setdefault(directive.name, {})[directive.host] = directive
            elif directive.name in ("<virtualhost", "listen"):
                self.entrance = self.entrance or directive.line

    def routes(self) -> Iterator[Route]:
        """The ways of `ProxyPass`, in a section or with a path, and of rewrites that pass on."""
        for directive, is_upgrade in self.passes:
            words = [word for word in directive.words if not _PARAMETER.fullmatch(word)]
            location = directive.inside("location")
            if directive.name == "rewriterule":
                if len(words) > 2 and "P" in words[2].strip("[]").split(","):
                    prefix = "" if words[0] in ALL else f"~ {words[0]}"
                    yield self._route(directive, prefix, words[1], is_upgrade=is_upgrade)
            elif len(words) == 1 and words[0] != "!":
                yield self._route(directive, location, words[0])
            elif len(words) > 1 and words[1] != "!":
                prefix = f"~ {words[0]}" if directive.name == "proxypassmatch" else words[0]
                yield self._route(directive, prefix, words[1])

    def _route(self, directive: Directive, prefix: str, address: str, *, is_upgrade: bool = False) -> Route:
        scheme, _, rest = address.partition("://")
        group = self._group(f"{scheme}://{rest.partition('/')[0]}") if scheme == "balancer" else ALONE
        says_so = scheme in ("ws", "wss") or "upgrade" in directive.parameters
        facts = [self._idle(directive, group), *self._balanced(directive, group)]
        if directive.parameters.get("flushpackets") == "on":
            facts.append(Fact(("buffering",), False, directive.line, kinds=STREAMS))
        carries = UPGRADED if is_upgrade or says_so or group.is_for_upgrades else frozenset[str]()
        return Route(prefix, directive.line, tuple(facts), group.targets or (host(address),), carries)

    def _group(self, name: str) -> Group:
        """The members of a balancer."""
        if name not in self.groups:
            self.groups[name] = _grouped(
                self.members.get(name) or self.members.get(f"{name}/", []),
                self.balancers.get(name) or self.balancers.get(f"{name}/"),
            )
        return self.groups[name]

    def _idle(self, directive: Directive, group: Group) -> Fact:
        """The silence that ends a connection: of the worker, of the proxy, of the server."""
        at: SpecPath = ("idle_timeout",)
        own = dict(group.timeouts)
        if "timeout" in directive.parameters:
            own.setdefault(directive.parameters["timeout"], directive.line)
        if own:
            text, line = next(iter(own.items()))
            return _timed(at, text, line) if len(own) == 1 else Fact(at, None, line, "not the same for all")
        for name in ("proxytimeout", "timeout"):
            settings = self.settings.get(name, {})
            stated = settings.get(directive.host) or settings.get("")
            if stated is not None and stated.words:
                return _timed(at, stated.words[0], stated.line)
        if self.is_whole:
            return Fact(at, TIMEOUT, directive.line, f"{DEFAULT}{PLATFORM}")
        return Fact(at, None, directive.line, "not set here, and the file that includes this one may set it")

    def _balanced(self, directive: Directive, group: Group) -> Iterator[Fact]:
        """The nodes, and how clients stay on one."""
        at: SpecPath = ("affinity",)
        if group.nodes:
            yield group.nodes
        if group.sticky or "stickysession" in directive.parameters:
            yield Fact(at, "cookie", group.sticky or directive.line)
        elif group.nodes:
            yield Fact(at, "none", group.nodes.line, f"{DEFAULT}{PLATFORM}")


def _grouped(members: Sequence[Directive], sticky: Directive | None) -> Group:
    active = [member for member in members if "h" not in member.parameters.get("status", "").lower()]
    addresses = [member.words[0] for member in members if member.words]
    counted = "members of the balancer"
    return Group(
        tuple(dict.fromkeys(map(host, addresses))),
        any(address.startswith(("ws://", "wss://")) for address in addresses),
        {each.parameters["timeout"]: each.line for each in members if "timeout" in each.parameters},
        Fact(("topology", "nodes"), len(active), active[0].line, counted) if len(active) > 1 else None,
        sticky.line if sticky else None,
    )


def _timed(at: SpecPath, text: str, line: Line) -> Fact:
    span = None if is_template(text) else seconds(text, units=UNITS)
    return Fact(at, duration(span) if span else None, line, "" if span else PUT_IN)
