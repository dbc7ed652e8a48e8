"""HAProxy: what its frontends and backends fix for the connections that pass them.

Units and limits are those of haproxy/haproxy:doc/configuration.txt (2.4, 4.2). Which timeout ends a silent
stream was measured with HAProxy 2.6: an upgraded connection by `timeout tunnel`, or by the smaller of client
and server where that is unset; any other by `timeout server`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise, product
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
    Route,
    Station,
    Unreadable,
)
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

LEADING = ("lua", "set-path", "set-uri", "replace-path", "replace-uri", "set-pathq", "replace-pathq")
"""How rules of a frontend begin that may lead a message to another backend than its path says."""

ALWAYS = [
    ["always_true"],
    ["TRUE"],
    ["path_beg", "/"],
    ["path", "-m", "beg", "/"],
    ["!always_false"],
    ["!FALSE"],
]
NEVER = [["always_false"], ["FALSE"]]
"""Conditions that hold for all messages, and for none."""

IDLE: frozenset[SpecPath] = frozenset({("idle_timeout",)})

MOST_TESTS, MOST_CASES, MOST_ROUTES = 20, 50, 2000
"""Tests of a condition, cases that it lets through, and routes of a file."""

ROUTED = f"more than {MOST_ROUTES:,} ways from frontends to backends: the rest is not read"

UNIT_MISTAKEN = "unit-mistaken"

SHORT, DAY = 1800, 86_400
"""Half an hour and a day in seconds: what people write for connections that are to stay open."""

_NAMES = re.compile(r"haproxy[^/]{0,80}$|\.cfg(?:\.[a-z0-9]{1,10})?$", re.IGNORECASE)
_OTHER = re.compile(r"\.(?:ya?ml|json|md|sh|py|go|rb|service|toml|tf|txt|lua|map)$", re.IGNORECASE)
_SECTION = re.compile(r"^[ \t]{0,40}(?:frontend|backend|listen)[ \t]{1,40}[^\s=:]", re.MULTILINE)
_HEADER = re.compile(r"(?:req\.)?f?hdr(?:_[a-z]{2,3})?\(([\w-]{1,60})")
_COUNT = re.compile(r"[1-9][0-9]{0,8}")
_LOCAL = re.compile(r"127\.|localhost|::1|\[::1|/|unix@|abns@|fd@")


class Case(NamedTuple):
    """Requests that a condition lets through: of which paths, and of which kind, as far as it says."""

    prefix: str = ""
    carries: frozenset[str] = frozenset()


class Servers(NamedTuple):
    """Where a backend leads, and what it fixes whichever frontend the connection comes by."""

    targets: tuple[str, ...]
    facts: tuple[Fact, ...]


def takes(file: File) -> bool:
    """Whether it is a configuration of HAProxy, or a template of one."""
    name = str(file.path)
    return bool(_NAMES.search(name) and not _OTHER.search(name) and _SECTION.search(file.text))


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
        self.listening = {
            port: section.line
            for section in self.fronts
            for bind in section.own("bind")
            if len(bind.words) > 1 and (port := _bound(bind.words[1]))
        }
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
        """Each way from a frontend to a backend."""
        for front in self.fronts:
            conditions = _conditions(front)
            for use in front.own("use_backend"):
                if len(use.words) > 1:
                    for case in _cases(use.words[2:], conditions):
                        yield self._route(front, use.words[1], use.line, case)
            default = front.stated("default_backend")
            if default is not None and len(default.words) > 1:
                yield self._route(front, default.words[1], default.line, Case())
            elif front.own("server") or front.own("server-template"):
                yield self._route(front, front.name, front.line, Case())

    def _route(self, front: Section, name: str, line: Line, case: Case) -> Route:
        back = self.backs.get(name)
        if back is None:
            facts = [Fact(("idle_timeout",), None, line, f"the backend `{name}` is not in this file")]
            return Route(case.prefix, line, tuple(facts), (name,), case.carries)
        if name not in self.servers:
            self.servers[name] = _servers(back)
        servers = self.servers[name]
        facts = [*self._idle(front, back), *self._connections(front), *servers.facts]
        if forwarded := front.stated("option forwardfor") or back.stated("option forwardfor"):
            facts.append(Fact(("passes_address",), True, forwarded.line))
        faults = tuple(_seconds_meant(front, back))
        found = tuple(facts)
        for override in self._overrides(front, back, line):
            found = override.over(found)
        if not (front.is_sure and back.is_sure):
            unsure = f"{CONDITION} whether `{(back if front.is_sure else front).line.text}` is there"
            found = tuple(fact.under(unsure) for fact in found)
        return Route(case.prefix, line, found, servers.targets, case.carries, faults)

    def _ruled(self, section: Section, *, is_front: bool) -> tuple[Override, ...]:
        """The first of its rules for each of what they may set: many routes ask for them."""
        key = (section.kind, section.name, is_front)
        if key not in self.rules:
            found = {each.fields: each for each in reversed(list(_rules(section, is_front=is_front)))}
            self.rules[key] = tuple(found.values())
        return self.rules[key]

    def _overrides(self, front: Section, back: Section, line: Line) -> Iterator[Override]:
        """What a rule may set at run time, and what may lead messages elsewhere before this line does."""
        yield from self._ruled(front, is_front=True)
        if back is not front:
            yield from self._ruled(back, is_front=False)
        for use in front.own("use_backend"):
            if use.line == line:
                break
            if _is_always(use.words[2:]):
                yield Override(use.line, "a rule for all that stands before this one")
        addresses = [_port(server.words[2]) for server in back.own("server") if len(server.words) > 2]
        again = next((self.listening[port] for port in addresses if port in self.listening), None)
        if again is not None and again != front.line:
            yield Override(again, "the frontend that the messages pass once more")

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


def _rules(section: Section, *, is_front: bool) -> Iterator[Override]:
    """Its rules for requests that set a timeout, or lead them elsewhere."""
    for level in section.levels():
        for rule in level.own("http-request"):
            verb = "".join(rule.words[1:2])
            if verb == "set-timeout":
                yield Override(rule.line, "`http-request set-timeout`", IDLE)
            elif verb.startswith(LEADING) and (is_front or verb.startswith("lua")):
                yield Override(rule.line, f"`http-request {verb}`")


def _is_always(condition: Sequence[str]) -> bool:
    """Whether a rule takes all messages, and no other comes behind it."""
    words = [word for word in condition[1:] if word not in ("{", "}")]
    return (
        not condition
        or (condition[0] == "if" and words in ALWAYS)
        or (condition[0] == "unless" and words in NEVER)
    )


def _port(address: str) -> str:
    """The port or the socket of a server of this machine; nothing of another."""
    return _bound(address) if _LOCAL.match(address) else ""


def _bound(address: str) -> str:
    """The port or the socket that a frontend listens at."""
    return address if "/" in address or "@" in address else address.rpartition(":")[2]


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
    return Servers(tuple(dict.fromkeys(map(_host, addresses))), tuple(facts))


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


def _tested(words: Sequence[str]) -> list[Case]:
    """The cases of one test, such as `path_beg /ws /chat`."""
    criterion, *rest = words
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
            groups[-1].append(conditions.get(word, [Case()]))
    found = (case for group in groups for case in map(_all, product(*group[:MOST_TESTS])))
    return list(dict.fromkeys(islice(found, MOST_CASES)))


def _all(cases: tuple[Case, ...]) -> Case:
    """What several tests let through together: the one that says most of the path decides on it."""
    prefix = max((case.prefix for case in cases), key=len, default="")
    return Case(prefix, frozenset[str]().union(*(case.carries for case in cases)))
