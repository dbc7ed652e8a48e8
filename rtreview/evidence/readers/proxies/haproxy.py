"""HAProxy: what its frontends and backends fix for the connections that pass them.

Units and limits are those of haproxy/haproxy:doc/configuration.txt (2.4, 4.2). Which timeout ends a silent
stream was measured with HAProxy 2.6: an upgraded connection by `timeout tunnel`, or by the smaller of client
and server where that is unset; any other by `timeout server`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice, pairwise, product
from typing import NamedTuple

from rtreview.evidence.deployment import (
    ANSWERS,
    CONDITION,
    DEFAULT,
    UPGRADED,
    Fact,
    Fault,
    File,
    Line,
    Override,
    Rival,
    Route,
    Station,
    Unreadable,
)
from rtreview.evidence.readers.proxies import again
from rtreview.evidence.readers.proxies.again import Address, Listeners
from rtreview.evidence.readers.proxies.haproxy_lines import Section, Statement, sections
from rtreview.evidence.values import NO_SPAN, PUT_IN, SECONDS, duration, is_template, seconds
from rtreview.text.place import SpecPath

PLATFORM = "haproxy"

UNITS = {unit: SECONDS[unit] for unit in ("us", "ms", "s", "m", "h", "d")}
"""A number without one is in milliseconds (2.4 there)."""

BALANCES = {
    "source": "address-hash",
    "hash src": "address-hash",
    "roundrobin": "none",
    "static-rr": "none",
    "leastconn": "none",
    "first": "none",
    "random": "none",
}
"""How `balance` keeps a client on its server; others do it by something that no field has."""

COOKIE_MODES = frozenset({"insert", "prefix", "rewrite"})

PATHS = {
    "path_beg": "{}",
    "path -m beg": "{}",
    "path_dir": "{}",
    "path -m dir": "{}",
    "url_beg": "{}",
    "path": "= {}",
    "path -m str": "= {}",
    "path_reg": "~ {}",
    "path -m reg": "~ {}",
}
"""What looks at the path in a condition, and how the prefix of a route has it."""

PARTS = {"path_end": "~ {}$", "path -m end": "~ {}$", "path_sub": "~ {}", "path -m sub": "~ {}"}
"""What looks at a part of the path, as a pattern has it."""

UPGRADES = frozenset({"upgrade", "connection", "sec-websocket-key", "sec-websocket-version"})
"""Headers that make a request one of a WebSocket."""

QUIET = re.compile(
    r"(?:set|add|del|replace)-(?:header|value|query|method|log-level|nice|(?:[bf]c-)?(?:mark|tos)"
    r"|src(?:-port)?|status|priority-(?:class|offset))"
    r"|(?:un)?set-var(?:-fmt)?(?:\(.*)?|(?:sc-|track-sc|capture).*|(?:add|del|set)-(?:acl|map)\(.*"
    r"|allow|accept|auth|deny|tarpit|reject|silent-drop|redirect|return|early-hint|wait-for-.*|cache-use"
    r"|disable-l7-retry|expect-.*|normalize-uri|inspect-delay|strict-mode|pause|send-spoe-group|do-log"
    r"|cache-store|close"
)
"""Rules that set no timeout, and lead no message to another backend or server."""

REWRITES = ("set-path", "set-uri", "replace-path", "replace-uri", "set-pathq", "replace-pathq")
"""Rules that change the path: behind a frontend no backend is chosen by it."""

RULES = ("http-request", "http-response", "http-after-response", "tcp-request", "tcp-response")

FILTERS = frozenset({"compression", "cache", "trace", "bwlim-in", "bwlim-out", "spoe", "fcgi-app"})
"""Those that end no connection sooner, and lead none elsewhere."""

ANYWHERE = ("*", "0.0.0.0", "::", "[::]")
"""Hosts that a frontend listens at which are all of the machine."""

MOST_LEADING = 8
"""Frontends that lead to one address; of more nothing is sure."""

SAFE_METHODS = frozenset({"HEAD", "OPTIONS", "TRACE"})
"""Methods of requests that begin no stream."""

HOSTS = {
    **dict.fromkeys(("str", ""), re.compile(r".+")),
    **dict.fromkeys(("end", "dom"), re.compile(r".*\w\.\w.*")),
    "beg": re.compile(r"\w.*\..*"),
}
"""Which values tell a host from all others, by how they are matched."""

IDLE: frozenset[SpecPath] = frozenset({("idle_timeout",)})

MOST_TESTS, MOST_CASES, MOST_ROUTES, MOST_RIVALS = 20, 50, 2000, 100
"""Tests of a condition, cases that it lets through, routes of a file, and cases that come before one."""

ROUTED = f"more than {MOST_ROUTES:,} ways from frontends to backends: the rest is not read"

UNIT_MISTAKEN = "unit-mistaken"

SHORT, DAY = 1800, 86_400
"""Half an hour and a day in seconds: what people write for connections that are to stay open."""

_NAMES = re.compile(r"haproxy[^/]{0,80}$|\.cfg(?:\.[a-z0-9]{1,10})?$", re.IGNORECASE)
_OTHER = re.compile(r"\.(?:ya?ml|json|md|sh|py|go|rb|service|toml|tf|txt|lua|map)$", re.IGNORECASE)
_SECTION = re.compile(r"^[ \t]{0,40}(?:frontend|backend|listen)[ \t]{1,40}[^\s=:]", re.MULTILINE)
_HEADER = re.compile(r"(?:req\.)?f?hdr(?:_[a-z]{2,3})?\(([\w-]{1,60})")
_COUNT = re.compile(r"[1-9][0-9]{0,8}")
_HOST = re.compile(
    r"(?:req\.)?(?:ss?l_fc_sni|ssl_sni|f?hdr(?:_(?P<way>[a-z]{3}))?\(host\))(?:,[a-z_]{1,20})?"
)
_LOCAL = re.compile(r"127\.|localhost|::1|\[::1|/|unix@|abns@|fd@")
_SERVERS = re.compile(r"nbsrv\(([^(),]{1,200})\)")
_FAMILY = re.compile(r"(?:ipv4|ipv6|tcp4?|tcp6|quic4|quic6|ip)@")


class Case(NamedTuple):
    """Requests that a condition lets through: of which paths, and of which kind, as far as it says.

    Attributes:
        prefix: the paths.
        carries: the kinds.
        is_apart: whether they begin no stream, or are of a host that is named: rules behind lose nothing.
        down: the backend that is down then, so that a rule behind for that one loses nothing.

    """

    prefix: str = ""
    carries: frozenset[str] = frozenset()
    is_apart: bool = False
    down: str = ""


ALL = Case()
"""Requests of which a condition says nothing that is known."""

PREDEFINED = {name: [Case(is_apart=True)] for name in ("FALSE", "METH_HEAD", "METH_OPTIONS", "METH_TRACE")}
"""Conditions that are there by themselves, and that let no message of a stream through."""


class Servers(NamedTuple):
    """Where a backend leads, and what it fixes whichever frontend the connection comes by."""

    targets: tuple[str, ...]
    facts: tuple[Fact, ...]
    addresses: tuple[Address, ...]


def takes(file: File) -> bool:
    """Whether it is a configuration of HAProxy, or a template of one."""
    name = str(file.path)
    return bool(_NAMES.search(name) and not _OTHER.search(name) and holds(file))


def holds(file: File) -> bool:
    """Whether its text is a configuration of HAProxy."""
    return _SECTION.search(file.text) is not None


def stations(files: Sequence[File]) -> Iterator[Station | Unreadable]:
    """A station for each configuration that passes connections on."""
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
                facts=tuple(configuration.drain()),
                entrance=configuration.entrance(),
            )


class _Configuration:
    """A file with its sections by their names."""

    def __init__(self, file: File) -> None:
        found = sections(file)
        self.fronts = [section for section in found if section.kind in ("frontend", "listen")]
        self.backs = {section.name: section for section in found if section.kind in ("backend", "listen")}
        self.globals = [section for section in found if section.kind == "global"]
        # A part of a configuration leaves its defaults to another file.
        self.is_whole = any(section.kind in ("global", "defaults") for section in found)
        self.servers: dict[str, Servers] = {}
        self.rules: dict[tuple[str, str, bool], tuple[Override, ...]] = {}
        limits = [limit for section in self.globals if (limit := section.stated("maxconn"))]
        self.room = min(
            (_counted(("max_connections",), limit) for limit in limits), key=_room_of, default=None
        )

    def drain(self) -> Iterator[Fact]:
        """How long an old process may go on after a reload."""
        for section in self.globals:
            if stated := section.stated("hard-stop-after"):
                yield _timed(("drain",), stated)

    def entrance(self) -> Line | None:
        """The first address that others reach, of a frontend that passes anything on."""
        for front in self.fronts:
            if front.own("use_backend") or front.own("default_backend") or front.own("server"):
                for bind in front.own("bind"):
                    if len(bind.words) > 1 and not _LOCAL.match(bind.words[1]):
                        return bind.line
        return None

    def routes(self) -> Iterator[Route]:
        """Each way from a frontend to a backend, open where messages may pass another of its frontends."""
        found = list(islice(self._routes(), MOST_ROUTES + 1))
        listeners = Listeners()
        # By itself: several may have one name.
        facts: dict[int, list[Fact]] = {}
        for front, _, route in found:
            facts.setdefault(id(front), []).extend(route.facts)
        for front in self.fronts:
            for bind in front.own("bind")[:MOST_CASES]:
                if len(bind.words) > 1 and id(front) in facts:
                    listeners.add(_bound(bind.words[1]), front.line, facts[id(front)])
        doors = _Doors(self.fronts)
        before = _Before(found, doors)
        for front, addresses, route in found:
            passed = listeners.passed(route, addresses, front.line)
            yield passed.overruled([*doors.beside(front), *before.leading(front, route)])

    def _routes(self) -> Iterator[tuple[Section, tuple[Address, ...], Route]]:
        """The same, each with its frontend, and the addresses that it leads to."""
        for front in self.fronts:
            conditions = _conditions(front)
            rivals: list[_Rival] = []
            for use in front.own("use_backend"):
                if len(use.words) > 1:
                    cases = _cases(use.words[2:], conditions)
                    for prefix, carries in dict.fromkeys(case[:2] for case in cases):
                        yield self._route(front, use.words[1], use.line, Case(prefix, carries), rivals)
                    rivals = [*rivals, *_taking(use.line, cases)][:MOST_RIVALS]
            default = front.stated("default_backend")
            if default is not None and len(default.words) > 1:
                yield self._route(front, default.words[1], default.line, Case(), rivals)
            elif front.own("server") or front.own("server-template"):
                yield self._route(front, front.name, front.line, Case(), rivals)

    def _route(
        self, front: Section, name: str, line: Line, case: Case, rivals: Sequence[_Rival]
    ) -> tuple[Section, tuple[Address, ...], Route]:
        taken = tuple(
            each.rival
            for each in rivals
            # What has no path of its own is a way beside this one.
            if (not each.case.carries or case.prefix or each.case.carries == case.carries)
            and each.case.down != name
        )
        back = self.backs.get(name)
        if back is None:
            facts = [Fact(("idle_timeout",), None, line, f"the backend `{name}` is not in this file")]
            return front, (), Route(case.prefix, line, tuple(facts), (name,), case.carries)
        if name not in self.servers:
            self.servers[name] = _servers(back)
        servers = self.servers[name]
        facts = [*self._idle(front, back), *self._connections(front), *servers.facts]
        if forwarded := front.stated("option forwardfor") or back.stated("option forwardfor"):
            facts.append(Fact(("passes_address",), True, forwarded.line))
        faults = tuple(_seconds_meant(front, back))
        found = tuple(facts)
        for override in self._overrides(front, back):
            found = override.over(found)
        if not (front.is_sure and back.is_sure):
            unsure = f"{CONDITION} whether `{(back if front.is_sure else front).line.text}` is there"
            found = tuple(fact.under(unsure) for fact in found)
        route = Route(case.prefix, line, found, servers.targets, case.carries, faults, rivals=taken)
        return front, servers.addresses, route

    def _ruled(self, section: Section, *, is_front: bool) -> tuple[Override, ...]:
        """The first of its rules for each of what they may set: many routes ask for them."""
        key = (section.kind, section.name, is_front)
        if key not in self.rules:
            found = {each.fields: each for each in reversed(list(_rules(section, is_front=is_front)))}
            self.rules[key] = tuple(found.values())
        return self.rules[key]

    def _overrides(self, front: Section, back: Section) -> Iterator[Override]:
        """What a rule may set at run time, and what may lead messages elsewhere."""
        yield from self._ruled(front, is_front=True)
        if back is not front:
            yield from self._ruled(back, is_front=False)

    def _idle(self, front: Section, back: Section) -> Iterator[Fact]:
        """Which silence ends a connection."""
        client, server = front.stated("timeout client"), back.stated("timeout server")
        tunnel = back.stated("timeout tunnel")
        mode = front.stated("mode")
        is_tcp = mode is not None and mode.words[1:2] == ("tcp",)
        upgraded = self._smallest((tunnel,) if tunnel else (client, server), front, back)
        # In `mode tcp` all is a tunnel.
        yield upgraded._replace(kinds=frozenset() if is_tcp else UPGRADED)
        if not is_tcp:
            yield self._smallest((server,), back)._replace(kinds=ANSWERS)

    def _smallest(self, timeouts: tuple[Statement | None, ...], *lacking: Section) -> Fact:
        """The timeout that ends first; one that is not set ends nothing."""
        facts = [_timed(("idle_timeout",), timeout) for timeout in timeouts if timeout]
        is_open = not self.is_whole or any(level.is_open for section in lacking for level in section.levels())
        if None in timeouts and is_open:
            facts.append(Fact(("idle_timeout",), None, lacking[-1].line, "not set here, but maybe elsewhere"))
        if unknown := next((fact for fact in facts if fact.is_open), None):
            return unknown
        limited = [fact for fact in facts if fact.value != "none"]
        unset = Fact(("idle_timeout",), "none", lacking[-1].line, f"{DEFAULT}{PLATFORM}")
        return min(limited, key=lambda fact: seconds(fact.value) or 0.0, default=facts[0] if facts else unset)

    def _connections(self, front: Section) -> Iterator[Fact]:
        """The clients that it takes at once: of the frontend, and of the whole process."""
        limit = front.stated("maxconn")
        counts = [_counted(("max_connections",), limit)] if limit else []
        counts += [self.room] if self.room else []
        if counts:
            yield min(counts, key=_room_of)


class _Door(NamedTuple):
    """Where a frontend listens: whether by datagrams, at which port or socket, and at which host."""

    is_of_datagrams: bool
    port: str
    host: str


class _Doors:
    """The addresses that frontends listen at: of two at one nobody knows which of them is asked."""

    def __init__(self, fronts: Sequence[Section]) -> None:
        self.own = {id(front): tuple(islice(_doors(front), MOST_CASES)) for front in fronts}
        self.at: dict[_Door, list[Section]] = {}
        for front in fronts:
            for door in self.own[id(front)]:
                for each in {door, door._replace(host=again.ANY)}:
                    known = self.at.setdefault(each, [])
                    if len(known) < 2 and not any(other is front for other in known):
                        known.append(front)
        self.others = {id(front): self._other(front) for front in fronts}

    def _other(self, front: Section) -> Section | None:
        """Another frontend at an address of one; where neither is there for sure, a condition decides."""
        for door in self.own[id(front)]:
            hosts = (again.ANY,) if door.host in ANYWHERE else (door.host, *ANYWHERE)
            for other in chain.from_iterable(self.at.get(door._replace(host=host), ()) for host in hosts):
                if other is not front and (other.is_sure or front.is_sure):
                    return other
        return None

    def beside(self, front: Section) -> Iterator[Override]:
        """What may be asked instead of a frontend."""
        if other := self.others[id(front)]:
            yield Override(other.line, "another frontend at the same address")


class _Before:
    """The frontends that pass messages on to others of the same file, by where those listen."""

    def __init__(self, routes: Sequence[tuple[Section, tuple[Address, ...], Route]], doors: _Doors) -> None:
        self.doors = doors
        self.led: dict[str, list[tuple[Section, Route, bool]]] = {}
        for front, addresses, route in routes:
            mode = front.stated("mode")
            is_tcp = mode is not None and mode.words[1:2] == ("tcp",)
            for each in addresses:
                is_sure = each.is_here and each.is_fixed
                if is_sure or is_tcp or not each.is_fixed:
                    led = self.led.setdefault(each.port, [])
                    if len(led) < MOST_LEADING:
                        led.append((front, route, is_sure or len(led) == MOST_LEADING - 1))

    def leading(self, front: Section, route: Route) -> Iterator[Override]:
        """What may end a connection before the route does: all of it, or what is otherwise there."""
        own = {(fact.field, fact.value) for fact in route.facts}
        for port in dict.fromkeys((*(door.port for door in self.doors.own[id(front)]), again.ANY)):
            for other, before, is_sure in self.led.get(port, ()):
                fields = {fact.field for fact in before.facts if (fact.field, fact.value) not in own}
                if other is not front and (is_sure or fields):
                    about = frozenset() if is_sure else frozenset(fields)
                    yield Override(other.line, "the frontend that leads here", about)
                    if is_sure:
                        return


def _doors(front: Section) -> Iterator[_Door]:
    """Where a frontend listens, address by address."""
    for bind in front.own("bind")[:MOST_CASES]:
        for text in bind.words[1].split(",") if len(bind.words) > 1 else ():
            bare = _FAMILY.sub("", text)
            is_socket = "/" in bare or "@" in bare
            host = "*" if is_socket else bare.rpartition(":")[0] or "*"
            yield _Door(text.startswith("quic"), _bound(text), host)


def _rules(section: Section, *, is_front: bool) -> Iterator[Override]:
    """Its rules that set a timeout, or may lead messages elsewhere: all but those that are known.

    Filters may do anything too.
    """
    for level in section.levels():
        for each in level.own("filter"):
            if each.words[1:2] and each.words[1] not in FILTERS:
                yield Override(each.line, f"`filter {each.words[1]}`")
        for keyword in RULES:
            for rule in level.own(keyword):
                verb, *rest = (*rule.words[1:], "")
                if keyword.startswith("tcp-") and verb in ("content", "connection", "session"):
                    verb = rest[0]
                if verb == "set-timeout":
                    yield Override(rule.line, f"`{keyword} set-timeout`", IDLE)
                elif not QUIET.fullmatch(verb) and (is_front or not verb.startswith(REWRITES)):
                    yield Override(rule.line, f"`{keyword} {verb}`")


class _Rival(NamedTuple):
    """What a rule takes from those that come behind it, and in which case."""

    rival: Rival
    case: Case


def _taking(line: Line, cases: Sequence[Case]) -> Iterator[_Rival]:
    """What a rule takes away, by its cases; of very many, all."""
    if len(cases) >= MOST_CASES:
        cases = [ALL]
    for case in cases:
        if not case.is_apart:
            is_path = case.prefix.startswith(("/", "~", "=")) or not case.prefix
            prefix = case.prefix if is_path else f"~ {re.escape(case.prefix)}"
            why = Override(line, "a rule that stands before this one")
            yield _Rival(Rival(prefix, why, is_first=True), case)


def _bound(address: str) -> str:
    """The port or the socket that a frontend listens at; nothing of several."""
    bare = _FAMILY.sub("", address)
    port = bare if "/" in bare or "@" in bare else bare.rpartition(":")[2]
    return port.removeprefix("unix@") if port.isdecimal() or not port[:1].isdecimal() else again.ANY


def _room_of(fact: Fact) -> int:
    """How many connections a limit leaves; what is open could leave none."""
    return -1 if fact.is_open else int(fact.value)


def _seconds_meant(front: Section, back: Section) -> Iterator[Fault]:
    """A timeout without a unit that is a round number of seconds, and in milliseconds far too short.

    What is a whole number of thousands may be milliseconds on purpose.
    """
    tunnel = back.stated("timeout tunnel")
    others = () if tunnel else (front.stated("timeout client"), back.stated("timeout server"))
    for stated in filter(None, (tunnel, *others)):
        word = stated.words[-1]
        number = int(word) if stated.is_sure and _COUNT.fullmatch(word) else 0
        is_round = number % 60 == 0 and SHORT <= number <= DAY
        if number % 1000 and (is_round or (stated is tunnel and number < 10_000)):
            meant = " ".join(stated.words[:-1])
            yield Fault(
                UNIT_MISTAKEN,
                ("idle_timeout",),
                stated.line,
                f"HAProxy reads a number without a unit in milliseconds: `{stated.line.text}` ends a silent "
                f"connection after {number / 1000:g} s. Write `{meant} {number}s` if seconds are meant.",
            )


def _servers(back: Section) -> Servers:
    servers = [server for server in back.own("server") if len(server.words) > 2]
    templates = [server for server in back.own("server-template") if len(server.words) > 3]
    active = [server for server in servers if not {"backup", "disabled"} & set(server.words[3:])]
    addresses = (*(server.words[2] for server in servers), *(template.words[3] for template in templates))
    facts = [*_nodes(back, active, templates), *_room(back, active)]
    if len(active) > 1 or templates or not all(server.is_sure for server in active):
        facts.append(_affinity(back, servers))
    ends = again.addresses([_FAMILY.sub("", each).removeprefix("unix@") for each in addresses], "")
    return Servers(tuple(dict.fromkeys(map(_host, addresses))), tuple(facts), ends)


def _nodes(back: Section, active: list[Statement], templates: list[Statement]) -> Iterator[Fact]:
    at: SpecPath = ("topology", "nodes")
    if templates:
        most, name = templates[0].words[2], _host(templates[0].words[3])
        yield Fact(at, None, templates[0].line, f"as many as `{name}` has addresses, at most {most}")
    elif back.is_open or not all(server.is_sure for server in active):
        yield Fact(
            at, None, active[0].line if active else back.line, "servers are put in when the file is used"
        )
    elif len(active) > 1:
        yield Fact(at, len(active), back.line, "servers of the backend")


def _room(back: Section, active: list[Statement]) -> Iterator[Fact]:
    """The connections that each server gets at once; others wait."""
    usual = [
        word
        for level in [*back.levels()][::-1]
        for line in level.own("default-server")
        for word in line.words
    ]
    limits = {_behind("maxconn", [*usual, *server.words[3:]]) for server in active}
    if len(limits) == 1 and _COUNT.fullmatch(limit := limits.pop()):
        lines = [line.line for level in back.levels() for line in level.own("default-server")[::-1]]
        written = [line for line in (active[0].line, *lines) if "maxconn" in line.text]
        yield Fact(("topology", "node", "max_connections"), int(limit), (written or [back.line])[0])


def _affinity(back: Section, servers: list[Statement]) -> Fact:
    """How a client stays on its server: a cookie comes before a table, and a table before the balance."""
    at: SpecPath = ("affinity",)
    cookie = back.stated("cookie")
    has_values = any("cookie" in server.words[3:] for server in servers)
    if cookie and COOKIE_MODES & set(cookie.words) and (has_values or "dynamic" in cookie.words):
        return Fact(at, "cookie", cookie.line)
    if stick := (back.own("stick on") or back.own("stick match"))[-1:]:
        key = "".join(stick[0].words[2:3])
        is_address = key.partition(",")[0] == "src"
        return Fact(
            at, "address-hash" if is_address else None, stick[0].line, "" if is_address else f"by `{key}`"
        )
    balance = back.stated("balance")
    if balance is None:
        is_open = any(level.is_open for level in back.levels())
        return Fact(at, None if is_open else "none", back.line, PUT_IN if is_open else f"{DEFAULT}{PLATFORM}")
    way = " ".join(balance.words[1:3] if balance.words[1:2] == ("hash",) else balance.words[1:2])
    value = BALANCES.get(way.partition("(")[0].partition(",")[0])
    return Fact(at, value, balance.line, "" if value else f"by `{way}`")


def _timed(at: SpecPath, stated: Statement) -> Fact:
    """A span of time, which is none where it is 0."""
    word = stated.words[-1]
    span = seconds(word, bare="ms", units=UNITS)
    if span is None or not stated.is_sure:
        is_fixed = stated.is_sure and not is_template(word) and "$" not in word
        return Fact(at, None, stated.line, NO_SPAN if is_fixed else PUT_IN)
    return Fact(at, duration(span) if span else "none", stated.line)


def _counted(at: SpecPath, stated: Statement) -> Fact:
    word = stated.words[-1]
    is_fixed = stated.is_sure and _COUNT.fullmatch(word) is not None
    return Fact(at, int(word) if is_fixed else None, stated.line, "" if is_fixed else PUT_IN)


def _behind(key: str, words: list[str]) -> str:
    """The word behind the last one of that name; nothing where there is none."""
    found = [after for word, after in pairwise(words) if word == key]
    return found[-1] if found else ""


def _host(address: str) -> str:
    """The host of an address, without its family and port."""
    address = address.rpartition("@")[2]
    return address[1:].partition("]")[0] if address.startswith("[") else address.partition(":")[0]


def _conditions(front: Section) -> dict[str, list[Case]]:
    """What each `acl` lets through: of several lines with one name, any."""
    found: dict[str, list[Case]] = {}
    for acl in front.own("acl"):
        if len(acl.words) > 2:
            cases = found.setdefault(acl.words[1], [])
            cases += _tested(acl.words[2:])[: MOST_CASES - len(cases)]
    return found


def _is_apart(criterion: str, rest: Sequence[str]) -> bool:
    """Whether a test lets through what is no matter to the rules behind it."""
    values = [word for word in rest if not word.startswith("-")]
    if criterion == "always_false":
        return True
    if "-f" in rest or not values:
        return False
    if criterion == "method":
        return SAFE_METHODS.issuperset(values)
    found = _HOST.fullmatch(criterion)
    if found is None:
        return False
    way = rest[rest.index("-m") + 1] if "-m" in rest[:-1] else found["way"] or ""
    pattern = HOSTS.get(way)
    return pattern is not None and all(pattern.fullmatch(value) for value in values if value != way)


def _tested(words: Sequence[str]) -> list[Case]:
    """The cases of one test, such as `path_beg /ws /chat`."""
    criterion, *rest = words
    if _is_apart(criterion, rest):
        return [Case(is_apart=True)]
    if (servers := _SERVERS.fullmatch(criterion)) and rest in (["0"], ["eq", "0"], ["lt", "1"]):
        return [Case(down=servers[1])]
    values = [word for word in rest if not word.startswith("-")]
    if "-m" in rest[:-1]:
        way = rest[rest.index("-m") + 1]
        criterion = f"{criterion} -m {way}"
        values = [value for value in values if value != way]
    criterion = criterion.replace(",url_dec", "")
    if criterion in PARTS:
        values = list(map(re.escape, values[:MOST_CASES]))
    shape = PATHS.get(criterion) or PARTS.get(criterion)
    if shape is not None and "-f" not in rest:
        return [Case(shape.format(value)) for value in values[:MOST_CASES]] or [Case()]
    header = _HEADER.match(criterion)
    if header is not None and header[1].lower() in UPGRADES:
        return [Case(carries=UPGRADED)]
    if header is not None and header[1].lower() == "accept" and "text/event-stream" in values:
        return [Case(carries=frozenset({"sse"}))]
    return [Case()]


def _cases(words: Sequence[str], conditions: dict[str, list[Case]]) -> list[Case]:
    """What a condition such as `if is_chat { path_beg /ws } or is_socket` lets through."""
    if words[:1] != ("if",):
        return [Case()]
    groups: list[list[list[Case]]] = [[]]
    rest = iter(words[1:])
    for word in rest:
        if word in ("or", "||"):
            groups.append([])
        elif word == "{":
            inner = list(iter(lambda: next(rest, "}"), "}"))
            groups[-1].append(_tested(inner) if inner else [Case()])
        elif word == "!{":
            list(iter(lambda: next(rest, "}"), "}"))
        elif not word.startswith("!"):
            groups[-1].append(conditions.get(word, PREDEFINED.get(word, [ALL])))
    found = (case for group in groups for case in map(_all, product(*group[:MOST_TESTS])))
    return list(dict.fromkeys(islice(found, MOST_CASES)))


def _all(cases: tuple[Case, ...]) -> Case:
    """What several tests let through together: the one that says most of the path decides on it."""
    prefix = max((case.prefix for case in cases), key=len, default="")
    carries = frozenset[str]().union(*(case.carries for case in cases))
    down = next((case.down for case in cases if case.down), "")
    return Case(prefix, carries, any(case.is_apart for case in cases), down)
