"""nginx: what its `location` blocks fix for the connections that pass them.

The innermost level decides (nginx.org/en/docs/http/ngx_http_proxy_module.html); headers of outer levels are
inherited only where the inner one sets none (`proxy_set_header` there).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from rtreview.evidence.deployment import (
    DEFAULT,
    STREAMS,
    UNLESS,
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
from rtreview.evidence.readers.proxies.nginx_directives import (
    INCLUDED,
    TOO_MANY,
    Directive,
    Shelf,
    Tree,
    is_harmless,
    parsed,
)
from rtreview.evidence.values import NO_SPAN, PUT_IN, duration, is_template, seconds
from rtreview.text.place import SpecPath

PLATFORM = "nginx"

MOST_ROUTES = 2000
"""Places of a configuration that pass messages on."""

MOST_FALLBACKS = 4
"""Places of a named location that pass messages on."""

MOST_RIVALS = 100
"""Directives of a server that may lead messages elsewhere."""

LEADING = re.compile(
    r"(?!(?:log|header_filter|body_filter|init|init_worker|exit_worker|ssl_[a-z_]{1,40})_by_lua)"
    r"[a-z_]{1,40}_by_lua(?:_block|_file)?|js_(?:content|access)|perl"
)
"""Directives that run a program, which may lead a request anywhere."""

MOST_VARIABLES = 100
"""Directives that set a variable, and that are looked at for an address."""

LONGEST_ADDRESS = 500
"""Signs of an address with its variables put in."""

ROUTED = f"more than {MOST_ROUTES:,} places of one configuration pass messages on: the rest is not read"

PASSES = {"proxy_pass": "proxy", "grpc_pass": "grpc", "uwsgi_pass": "uwsgi"}
"""The directives that pass messages on, and how those begin that say how."""

READ_TIMEOUT = 60.0
"""Seconds, by nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout."""

EVENTS = "text/event-stream"

UPGRADE_DROPPED = "upgrade-header-dropped"

UNNAMED = "only the outer level says that a WebSocket passes"

SOCKETS = re.compile(
    r"(?<![a-z])(?:wss?|websockets?|socket\\?\.?io|sockjs|cable|signalr)(?![a-z])", re.IGNORECASE
)
"""What the path of a location has in it that is made for a WebSocket."""

_NAMES = re.compile(
    r"nginx|\.conf\b|sites-(available|enabled)/|\.(j2|tpl|tmpl|template|hbs|erb)$", re.IGNORECASE
)
_BLOCK = re.compile(r"^[^\S\n]*+(?:(?:http|server)\s*+|(?:location|upstream)\s[^{]{0,400}+)\{", re.MULTILINE)
_SCHEME = re.compile(r"(?P<scheme>[a-z]{1,10})://", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:\{(\w{1,80})\}|(\w{1,80}))")
_CONTROL = re.compile(r"\{%|<%|\{\{")


def takes(file: File) -> bool:
    """Whether it is a configuration of nginx, or a part or a template of one."""
    return _NAMES.search(str(file.path)) is not None and holds(file)


def holds(file: File) -> bool:
    """Whether its text is a configuration of nginx."""
    return _BLOCK.search(file.text) is not None


def stations(files: Sequence[File]) -> Iterator[Station | Unreadable]:
    """A station for each configuration: its locations are the routes."""
    shelf = Shelf({file.id: parsed(file) for file in files})
    yield from (Unreadable(each.cut, TOO_MANY) for each in shelf.configurations.values() if each.cut)
    # In a template a condition may decide which of the headers are there.
    templates = {file.id for file in files if _CONTROL.search(file.text)}
    included = set().union(*(shelf.reached(file) for file in files))
    found: list[tuple[_Proxy, tuple[_Leading, ...]]] = []
    listeners: dict[str, Listeners] = {}
    streams: dict[str, list[tuple[Line, Address]]] = {}
    for file in files:
        if file.id in included:
            continue
        proxy = _Proxy(Tree(file, shelf))
        leading = tuple(islice(proxy.routes(), MOST_ROUTES + 1))
        if len(leading) > MOST_ROUTES:
            yield Unreadable(leading[-1].route.line, ROUTED)
            leading = leading[:-1]
        found.append((proxy, leading))
        listening = listeners.setdefault(file.folder, Listeners())
        for server, facts in _servers(leading):
            for port in _ports(server):
                listening.add(port, server.line, facts)
        streams.setdefault(file.folder, []).extend(islice(_streams(proxy.top), MOST_RIVALS))
    for proxy, leading in found:
        if not leading:
            continue
        tree, folder = proxy.tree, proxy.tree.file.folder
        led = (listeners[folder].passed(*each[:2], each.own) for each in leading)
        routes = tuple(
            route.overruled(_before(each.server, streams[folder]))
            for route, each in zip(led, leading, strict=True)
        )
        if tree.files & templates:
            routes = tuple(route._replace(faults=()) for route in routes)
        yield Station(
            line=routes[0].line,
            platform=PLATFORM,
            paths=frozenset(tree.files),
            routes=routes,
            facts=tuple(proxy.room()),
            entrance=next((directive.line for directive in proxy.listens), None),
        )
    yield from (Unreadable(line, INCLUDED) for line in shelf.left_out[:1])


class _Set(NamedTuple):
    """A variable with its value, and where it is set."""

    place: Directive
    words: tuple[str, ...]


class _Leading(NamedTuple):
    """A route, the addresses that it leads to, and the server that it is of, if that is here.

    `is_renamed` tells that the path is another one there.
    """

    route: Route
    addresses: tuple[Address, ...]
    server: Directive | None
    is_renamed: bool

    @property
    def own(self) -> Line | None:
        """The server to which the same path leads nobody."""
        return None if self.server is None or self.is_renamed else self.server.line


def _servers(routes: Sequence[_Leading]) -> Iterator[tuple[Directive, list[Fact]]]:
    """The servers that pass messages on, each with what it fixes."""
    facts: dict[Directive, list[Fact]] = {}
    for each in routes:
        if each.server is not None:
            facts.setdefault(each.server, []).extend(each.route.facts)
    yield from facts.items()


def _ports(server: Directive) -> Iterator[str]:
    """The ports and sockets that a server listens at; 80 where it says none."""
    stated = [listen.words[0] for listen in server.all("listen")[:MOST_RIVALS] if listen.words]
    for word in stated or ["80"]:
        yield word if word.isdecimal() else again.address(word).port


def _streams(top: Directive) -> Iterator[tuple[Line, Address]]:
    """Where the servers lead that pass bytes on, with their lines; what they include may lead anywhere."""
    for level in top.all("stream"):
        upstreams = {each.words[0]: each for each in level.all("upstream") if each.words}
        for each in (*level.all("include"), *level.all("server")):
            inner = each.all("include") if each.name == "server" else (each,)
            yield from ((include.line, again.address("$")) for include in inner)
            for passing in each.all("proxy_pass"):
                name = passing.words[0] if passing.words else "$"
                upstream = upstreams.get(name)
                servers = upstream.all("server") if upstream is not None else ()
                for word in [server.words[0] for server in servers if server.words] or [name]:
                    yield each.line, again.address(word)


def _before(server: Directive | None, streams: Sequence[tuple[Line, Address]]) -> list[Override]:
    """What passes bytes on to a server, and may end a connection before the server does."""
    if not streams:
        return []
    ports = set(_ports(server)) if server is not None else {again.ANY}
    led = (line for line, address in streams if again.ANY in (address.port, *ports) or address.port in ports)
    return [Override(line, "the `stream` that leads here") for line in islice(led, 1)]


class _Passage(NamedTuple):
    """Where messages are passed on: the place, the directive that does so, and the levels around it.

    `entry` is the prefix and the line of what leads to a named location.
    """

    place: Directive
    passing: Directive
    levels: list[Directive]
    entry: tuple[str, Line] | None = None

    @property
    def line(self) -> Line:
        """Where the paths that it takes are declared."""
        return self.entry[1] if self.entry else self.place.line

    @property
    def location(self) -> Directive | None:
        """The innermost location that it stands in."""
        return next((level for level in reversed(self.levels) if level.name == "location"), None)

    @property
    def prefix(self) -> str:
        """The paths that it takes."""
        if self.entry:
            return self.entry[0]
        location = self.location
        return " ".join(location.words) if location is not None else ""

    @property
    def setting(self) -> Directive | None:
        """The innermost level that sets headers."""
        return next((level for level in reversed(self.levels) if level.header), None)

    @property
    def overruled(self) -> Directive | None:
        """The outer level whose upgrade does not come this far, where all that stands within is there."""
        inner = self.setting
        if inner is None or inner.upgrade is not None:
            return None
        at = self.levels.index(inner)
        if any(level.all("include") for level in self.levels[at:]):
            return None
        return next((level for level in reversed(self.levels[:at]) if level.upgrade), None)

    @property
    def carries(self) -> frozenset[str]:
        """What it is made for: a WebSocket, where its upgrade is passed on, or is meant to be by its path."""
        setting = self.setting
        is_passed = setting is not None and setting.upgrade is not None
        is_meant = self.overruled is not None and SOCKETS.search(self.prefix) is not None
        return UPGRADED if is_passed or is_meant else frozenset()


class _Headers:
    """The headers that a configuration sets: by the innermost level that sets any, and none beside them."""

    def __init__(self, passages: Sequence[_Passage]) -> None:
        settings = (passage.setting for passage in passages)
        self.reaching = {level for level in settings if level and level.upgrade}
        self.lost = Counter(passage.overruled for passage in passages)

    def dropped(self, passage: _Passage) -> Iterator[Fault]:
        """The upgrade that an outer level sets and this one drops, where it is meant to pass here.

        It is where the path says so. It is in the only place, or in the one for all paths, where the headers
        of the outer level come through nowhere.
        """
        outer, inner = passage.overruled, passage.setting
        header, upgrade = inner.header if inner else None, outer.upgrade if outer else None
        if outer is None or header is None or upgrade is None:
            return
        is_named = SOCKETS.search(passage.prefix) is not None
        is_vain = outer not in self.reaching and outer.is_whole
        if not is_named and not (is_vain and (self.lost[outer] == 1 or passage.prefix == "/")):
            return
        of = f" for `{passage.prefix}`" if passage.prefix else ""
        yield Fault(
            UPGRADE_DROPPED,
            ("transport", "kind"),
            header.line,
            f"Where a block sets a header, nginx passes on none of those that are set outside of it. So "
            f"`{header.line.text}` drops `{upgrade.line.text}` of {upgrade.line.file}:{upgrade.line.number}"
            f"{of}, and the handshake of a WebSocket arrives as an ordinary request.",
            "" if is_named else UNNAMED,
        )


class _Proxy:
    """What a configuration fixes, with what it includes."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.top = tree.top
        self.listens: list[Directive] = []
        self.is_fragment = not self.top.all("http")
        self._led: dict[tuple[Directive, bool], tuple[Rival, ...]] = {}
        self._located: dict[Directive, tuple[tuple[Rival, ...], tuple[Rival, ...]]] = {}
        self._set: dict[Directive, dict[str, list[_Set]]] = {}

    def routes(self) -> Iterator[_Leading]:
        """Each location that passes messages on, with what holds there."""
        upstreams = {
            directive.words[0]: directive
            for level in (self.top, *self.top.all("http"))
            for directive in level.all("upstream")
            if directive.words
        }
        passages = list(self._passages(self.top, [self.top]))
        headers = _Headers(passages)
        for passage in passages:
            yield self._route(passage, upstreams, headers)

    def room(self) -> Iterator[Fact]:
        """How many clients its processes take: each has two connections, its own and the one behind."""
        at: SpecPath = ("max_connections",)
        stated = _stated("worker_connections", [self.top, *self.top.all("events")])
        processes = self.top.last("worker_processes")
        each = _whole(stated)
        if stated is None or each is None:
            return
        count = _whole(processes) if processes is not None else 1
        if count is None:
            yield Fact(
                at, None, stated.line, f"{each} for each process, two for each client, and no number of them"
            )
        else:
            yield Fact(at, each * count // 2, stated.line, f"of {count} processes, two for each client")

    def _passages(self, directive: Directive, levels: list[Directive]) -> Iterator[_Passage]:
        named = {
            word: inner for inner in directive.all("location") for word in inner.words if word[:1] == "@"
        }
        tried = named.keys() & {_tried(inner) for inner in (directive, *directive.all("location"))}
        fallbacks: dict[str, list[_Passage]] = {}
        for inner in directive.block or ():
            if inner.name == "listen":
                self.listens.append(inner)
            if inner.name == "location" and tried & {*inner.words}:
                continue
            place = inner if inner.name == "location" else directive if inner.name == "try_files" else None
            name = _tried(place) if place is not None else ""
            if place is not None and name in named:
                prefix = " ".join(place.words) if place.name == "location" else ""
                if name not in fallbacks:
                    # Gone through once, however many places lead to it.
                    passed = self._passages(named[name], [*levels, named[name]])
                    fallbacks[name] = list(islice(passed, MOST_FALLBACKS))
                for passage in fallbacks[name]:
                    yield passage._replace(entry=(prefix, inner.line))
            if inner.name in PASSES and inner.words:
                place = directive if directive.name == "location" else inner
                yield _Passage(place, inner, levels)
            elif inner.name in ("http", "server", "location", "if"):
                yield from self._passages(inner, [*levels, inner])

    def _route(self, passage: _Passage, upstreams: dict[str, Directive], headers: _Headers) -> _Leading:
        place, passing, levels, _ = passage
        written = self._written(passing.words[0], levels)
        target = _host(written)
        upstream = upstreams.get(target)
        servers = [server for server in upstream.all("server") if server.words] if upstream else []
        active = [server for server in servers if not {"backup", "down"} & set(server.words)]
        facts: tuple[Fact, ...] = (
            *self._idle(place, PASSES[passing.name], levels),
            *self._buffering(place, levels),
            *(_affinity(upstream) if upstream and len(active) > 1 else ()),
            *(_nodes(upstream, active) if upstream else ()),
        )
        scheme = _SCHEME.match(written)
        usual = "443" if scheme and scheme["scheme"].lower() in ("https", "grpcs") else "80"
        ends = [server.words[0] for server in servers] or [written[scheme.end() if scheme else 0 :]]
        route = Route(
            passage.prefix,
            passage.line,
            tuple(fact.under(self.tree.condition(fact.line)) for fact in facts),
            tuple(_host(server.words[0]) for server in servers) or (target,),
            passage.carries,
            tuple(headers.dropped(passage)),
            tuple(self._rivals(passage)),
            ports=again.ports(again.addresses(ends, usual)),
        )
        server = next((level for level in levels if level.name == "server"), None)
        path = written[scheme.end() if scheme else 0 :].partition("/")[2]
        is_renamed = path != "" or any(level.all("rewrite") for level in levels)
        return _Leading(route, again.addresses(ends, usual), server, is_renamed)

    def _written(self, address: str, levels: list[Directive]) -> str:
        """An address with the variables in it that its server sets once, and where it is passed on."""
        server = next((level for level in levels if level.name == "server"), self.top)
        for found in islice(_VARIABLE.finditer(address), MOST_VARIABLES):
            name = found[1] or found[2]
            value = self._value(name, server, levels)
            address = (
                address.replace(found[0], value or found[0]) if len(address) < LONGEST_ADDRESS else address
            )
        return address[:LONGEST_ADDRESS]

    def _value(self, name: str, server: Directive, levels: list[Directive]) -> str:
        """What a variable stands for where an address has it; nothing where that is not sure.

        It is what the only directive sets that sets it. A location that sets it again has its own, as nginx
        goes through the directives of the location last, whoever led there.
        """
        stated = self._sets(server).get(name, ())
        if len(stated) == 1:
            return stated[0].words[1] if stated[0].place in levels else ""
        own = next((level for level in reversed(levels) if level.name == "location"), None)
        inside = self._sets(own).get(name, ()) if own is not None else ()
        return inside[0].words[1] if len(inside) == 1 and inside[0].place is own else ""

    def _sets(self, server: Directive) -> Mapping[str, Sequence[_Set]]:
        """The directives that set each variable of a server, wherever they stand in it."""
        if server not in self._set:
            found = self._set[server] = {}
            ahead = [server]
            while ahead:
                place = ahead.pop()
                for inner in place.block or ():
                    if inner.name == "set" and len(inner.words) == 2:
                        found.setdefault(inner.words[0].removeprefix("$"), []).append(
                            _Set(place, inner.words)
                        )
                    if inner.block:
                        ahead.append(inner)
        return self._set[server]

    def _rivals(self, passage: _Passage) -> Iterator[Rival]:
        """What may lead messages elsewhere than to where this place passes them on."""
        own = passage.location
        server = next((level for level in passage.levels if level.name == "server"), self.top)
        yield from self._of_scripts
        for level in passage.levels:
            key = (level, level is own)
            if key not in self._led:
                self._led[key] = _bounded(_leading(level, server, is_own=level is own))
            yield from self._led[key]
        if own is None or own.words[:1] == ("=",):
            return
        if server not in self._located:
            outer = passage.levels[: passage.levels.index(server)] if server in passage.levels else []
            located = list(islice(_locations([*outer, server]), MOST_ROUTES))
            self._located[server] = _bounded(_others(located)), _bounded(_not_upgrading(located))
        others, not_upgrading = self._located[server]
        around = {level.line for level in passage.levels}
        for rival in (*others, *(not_upgrading if passage.carries else ())):
            goes_before = not (own.words[:1] == ("^~",) and rival.prefix.startswith("~"))
            if goes_before and rival.override.line not in around:
                yield rival

    @cached_property
    def _of_scripts(self) -> tuple[Rival, ...]:
        """The first program in its files of which it is not told where it ends."""
        first = islice(self.tree.scripts, 1)
        return tuple(Rival("", Override(script.line, f"`{script.name}`")) for script in first)

    def _idle(self, place: Directive, module: str, levels: list[Directive]) -> Iterator[Fact]:
        at: SpecPath = ("idle_timeout",)
        stated = _stated(f"{module}_read_timeout", levels)
        if stated is None:
            yield self._default(at, duration(READ_TIMEOUT), place)
            return
        yield _timed(at, stated)

    def _buffering(self, place: Directive, levels: list[Directive]) -> Iterator[Fact]:
        at: SpecPath = ("buffering",)
        stated = _stated("proxy_buffering", levels)
        if stated is None:
            yield self._default(at, True, place)._replace(kinds=STREAMS)
            return
        word = stated.words[0] if stated.words else ""
        holding = None if word == "on" else _holding(levels)
        if holding is not None:
            why = Override(holding.line, f"`{holding.name}`")
            yield from why.over([Fact(at, False, stated.line, kinds=STREAMS)])
        elif word in ("on", "off"):
            yield Fact(at, word == "on", stated.line, kinds=STREAMS)
        else:
            yield Fact(at, None, stated.line, PUT_IN, STREAMS)

    def _default(self, at: SpecPath, value: object, place: Directive) -> Fact:
        """What nginx does by itself; open where a file that might say otherwise is not there."""
        if self.tree.misses:
            return Fact(at, None, place.line, "not set here, and a file that is included is not there")
        unless = (
            f", {UNLESS}the http block that includes this file says otherwise" if self.is_fragment else ""
        )
        return Fact(at, value, place.line, f"{DEFAULT}{PLATFORM}{unless}")


def _bounded(rivals: Iterator[Rival]) -> tuple[Rival, ...]:
    """Some of them; where there are too many, the last that is kept may take all."""
    found = tuple(islice(rivals, MOST_RIVALS + 1))
    return found if len(found) <= MOST_RIVALS else (*found[:-1], found[-1]._replace(prefix=""))


def _locations(levels: list[Directive]) -> Iterator[list[Directive]]:
    """The locations of a server, and those in them, each with the levels around it."""
    ahead = [levels]
    while ahead:
        around = ahead.pop()
        inner = [[*around, each] for each in around[-1].all("location") if each.words]
        yield from inner
        ahead += inner


def _others(located: Sequence[list[Directive]]) -> Iterator[Rival]:
    """The locations of a server that are patterns, or that pass nothing on."""
    for *_, location in located:
        is_pattern = location.words[0].startswith("~")
        if is_pattern or not any(location.all(name) for name in PASSES):
            yield Rival(" ".join(location.words), Override(location.line, "another location"))


def _not_upgrading(located: Sequence[list[Directive]]) -> Iterator[Rival]:
    """Those that pass messages on and are not made for a WebSocket, so that they are no ways of one.

    One that comes with what is not there may be made for it.
    """
    for levels in located:
        setting = next((level for level in reversed(levels) if level.header), None)
        if setting is None or setting.upgrade is None:
            location = levels[-1]
            yield Rival(" ".join(location.words), Override(location.line, "another location"))


def _leading(
    level: Directive, server: Directive, *, is_own: bool, is_conditional: bool = False
) -> Iterator[Rival]:
    """What on a level may lead messages elsewhere, by the directives that nginx has for that."""
    for inner in level.block or ():
        if inner.name == "if":
            yield from _leading(replace(inner, name=level.name), server, is_own=False, is_conditional=True)
        prefix = _led(inner, level, server, is_own=is_own, is_conditional=is_conditional)
        if prefix is not None:
            yield Rival(prefix, Override(inner.line, f"`{inner.name}`"))


def _led(
    inner: Directive, level: Directive, server: Directive, *, is_own: bool, is_conditional: bool
) -> str | None:
    """The paths that a directive may lead elsewhere; none where it leads none."""
    words, name = inner.words, inner.name
    everything = (
        LEADING.fullmatch(name) is not None
        or (name == "error_page" and words[1:] and _passes_on(words[-1], server))
        or (
            name == "include"
            and level.name in ("server", "location")
            and words
            and not is_harmless(inner, level.name)
        )
        or (level.name == "location" and name != "location" and inner.passes)
        or (name == "return" and level.name in ("server", "location") and not is_conditional)
        or (is_own and name == "try_files" and words and words[-1].startswith(("/", "@")))
    )
    if everything:
        return ""
    if name != "rewrite" or len(words) < 2:
        return None
    flag = words[2] if len(words) > 2 else ""
    # An answer leads no message on, and what stays in its location is passed on by it.
    stays = flag == "break" and level.name == "location"
    is_answer = flag in ("redirect", "permanent") or words[1].startswith(("http:", "https:"))
    return None if stays or is_answer else f"~ {words[0]}"


def _passes_on(name: str, server: Directive) -> bool:
    """Whether a page of an error is made by a location that passes messages on, or by one nobody knows."""
    if "$" in name:
        return True
    found = [each for each in server.all("location") if each.words[-1:] == (name,)]
    return any(each.all(passing) for each in found for passing in PASSES)


def _tried(location: Directive) -> str:
    """Where a location leads when none of the files that it tries is there."""
    tried = location.last("try_files")
    return tried.words[-1] if tried is not None and tried.words else ""


def _stated(name: str, levels: list[Directive]) -> Directive | None:
    """The directive of the innermost level that has it."""
    return next((found for level in reversed(levels) if (found := level.last(name))), None)


def _holding(levels: list[Directive]) -> Directive | None:
    """What keeps parts of a response back although it is not buffered: a cache, a filter of its type."""
    cache = _stated("proxy_cache", levels)
    if cache is not None and cache.words[:1] != ("off",):
        return cache
    for name in ("gzip_types", "brotli_types", "zstd_types", "sub_filter_types"):
        types = _stated(name, levels)
        if types is not None and {"*", EVENTS} & set(types.words):
            return types
    return None


def _timed(at: SpecPath, stated: Directive) -> Fact:
    word = stated.words[0] if stated.words else ""
    # nginx refuses a second word, as in `5 m`.
    span = seconds(word) if len(stated.words) == 1 else None
    if span is not None:
        return Fact(at, duration(span), stated.line)
    is_put_in = is_template(word) or word.startswith("$")
    return Fact(at, None, stated.line, PUT_IN if is_put_in else NO_SPAN)


def _whole(stated: Directive | None) -> int | None:
    """The number that a directive states."""
    word = stated.words[0] if stated is not None and stated.words else ""
    return int(word) if word.isascii() and word.isdecimal() and 0 < len(word) < 9 and int(word) else None


def _host(address: str) -> str:
    """The host of an address, without its port and path."""
    return address.partition("://")[2].partition("/")[0].partition(":")[0] or address.partition(":")[0]


def _affinity(upstream: Directive) -> Iterator[Fact]:
    at: SpecPath = ("affinity",)
    for stated in upstream.block or ():
        if stated.name == "ip_hash":
            yield Fact(at, "address-hash", stated.line)
            return
        if stated.name == "hash":
            key = stated.words[0] if stated.words else ""
            is_address = key in ("$remote_addr", "$binary_remote_addr")
            yield Fact(
                at, "address-hash" if is_address else None, stated.line, "" if is_address else f"by {key}"
            )
            return
        if stated.name == "sticky":
            is_cookie = stated.words[:1] == ("cookie",)
            yield Fact(
                at, "cookie" if is_cookie else None, stated.line, "" if is_cookie else "not by a cookie"
            )
            return
    yield Fact(at, "none", upstream.line, f"{DEFAULT}{PLATFORM}")


def _nodes(upstream: Directive, servers: list[Directive]) -> Iterator[Fact]:
    if len(servers) > 1:
        yield Fact(("topology", "nodes"), len(servers), upstream.line, "servers of the upstream")
