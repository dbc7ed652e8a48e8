"""Caddy: what `reverse_proxy` fixes, by caddyserver.com/docs/caddyfile/directives/reverse_proxy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from rtreview.evidence.deployment import (
    ANSWERS,
    DEFAULT,
    STREAMS,
    UPGRADED,
    Fact,
    File,
    Line,
    Override,
    Route,
    Station,
)
from rtreview.evidence.readers.proxies import again
from rtreview.evidence.readers.proxies.again import Address, Listeners
from rtreview.evidence.values import PUT_IN, duration, host, is_template, seconds
from rtreview.text.place import SpecPath

PLATFORM = "caddy"

TIMES: dict[str, tuple[SpecPath, frozenset[str]]] = {
    "stream_timeout": (("max_lifetime",), UPGRADED),
    "stream_close_delay": (("drain",), UPGRADED),
    "read_timeout": (("idle_timeout",), ANSWERS),
}
"""Of `reverse_proxy` and of its `transport http`. The others are about opening a connection."""

POLICIES = {
    "ip_hash": "address-hash",
    "client_ip_hash": "address-hash",
    "cookie": "cookie",
    "random": "none",
    "random_choose": "none",
    "round_robin": "none",
    "weighted_round_robin": "none",
    "least_conn": "none",
    "first": "none",
}
"""`lb_policy`; other policies go by something that no field has."""

DEEPEST, MOST_ROUTES, MOST_PATHS, MOST_IMPORTED = 32, 2000, 20, 10_000
"""Blocks in blocks; routes of a file; paths of a matcher; lines of snippets where they are put in."""

_NAME = re.compile(r"(?:^|/)Caddyfile[^/]{0,40}$|\.caddy(?:file)?$", re.IGNORECASE)
_WORD = re.compile(r'"(?:[^"\\]|\\.)*+"|`[^`]*+`|\#.*+|[^\s"`\#]\S*+', re.DOTALL)


_HEREDOC = re.compile(r"<<([A-Za-z0-9_-]{1,80})")
_SITE = re.compile(r"(?:(?P<scheme>https?)://)?[^:/\s]{0,200}(?::(?P<port>[^/\s,]{1,40}))?(?:/.*)?,?")


class Directive(NamedTuple):
    """A line of words, and the lines in its block."""

    words: tuple[str, ...]
    line: Line
    block: list[Directive]

    def all(self, name: str) -> list[Directive]:
        """Those of a name in its block."""
        return [inner for inner in self.block if inner.words[0] == name]


class Matcher(NamedTuple):
    """The paths that a matcher lets through, and the kinds of transport that it is for."""

    prefixes: tuple[str, ...] = ("",)
    carries: frozenset[str] = frozenset()


def takes(file: File) -> bool:
    """Whether it is a Caddyfile that passes requests on."""
    return _NAME.search(str(file.path)) is not None and holds(file)


def holds(file: File) -> bool:
    """Whether its text passes requests on."""
    return "reverse_proxy" in file.text


def stations(files: Sequence[File]) -> Iterator[Station]:
    """A station for each file."""
    for file in files:
        top = parsed(file)
        routes = tuple(islice(_led(top), MOST_ROUTES))
        if routes:
            # A file of one site may have its address on a line of its own, above its directives.
            site = next((block for block in top.block if not block.words[0].startswith(("{", "("))), None)
            yield Station(
                line=routes[0].line,
                platform=PLATFORM,
                paths=frozenset({file.id}),
                routes=routes,
                entrance=site.line if site else None,
            )


class _Leading(NamedTuple):
    """A route, and the addresses that it leads to."""

    route: Route
    addresses: tuple[Address, ...]


def _led(top: Directive) -> Iterator[Route]:
    """The routes of a file, open where messages may pass another of its sites."""
    listeners = Listeners()
    found: list[tuple[Directive, _Leading]] = []
    matchers = _matchers(top)
    for site in top.block:
        alone = Directive(top.words, top.line, [site])
        routes = list(islice(_routes(alone, "", matchers), MOST_ROUTES - len(found)))
        found += [(site, each) for each in routes]
        if routes and site.block:
            facts = [fact for each in routes for fact in each.route.facts]
            for port in {port for word in site.words[:MOST_PATHS] for port in _ports(word)}:
                listeners.add(port, site.line, facts)
    for site, each in found:
        yield listeners.passed(each.route, each.addresses, site.line)


def _ports(site: str) -> Iterator[str]:
    """The ports that an address of a site is served at."""
    found = _SITE.fullmatch(site)
    if found is None:
        yield again.ANY
    elif found["port"]:
        yield found["port"] if found["port"].isdecimal() else again.ANY
    else:
        yield from {"http": ("80",), "https": ("443",)}.get(found["scheme"] or "", ("80", "443"))


def parsed(file: File) -> Directive:
    """The blocks of a file, as those of a block without a name."""
    top = Directive(("",), file.line(1), [])
    open_blocks = [top]
    for number, words in _lines(file):
        if words == ["}"]:
            if len(open_blocks) > 1:
                open_blocks.pop()
        elif words:
            begins = words[-1] == "{"
            directive = Directive(
                tuple(words[:-1] if begins and len(words) > 1 else words), file.line(number), []
            )
            open_blocks[-1].block.append(directive)
            if begins and len(open_blocks) < DEEPEST:
                open_blocks.append(directive)
    _put_in(top)
    return top


def _put_in(top: Directive) -> None:
    """Put the snippets of a file in the place of what imports them, once; one with arguments stays."""
    snippets = {block.words[0]: block for block in top.block if block.words[0].startswith("(")}
    left, used = MOST_IMPORTED, set()
    for block in list(_blocks(top)):
        whole: list[Directive] = []
        for inner in block.block:
            name = f"({inner.words[1]})" if inner.words[0] == "import" and len(inner.words) == 2 else ""
            snippet = snippets.get(name)
            if snippet is None or block.words[0].startswith("(") or len(snippet.block) > left:
                whole.append(inner)
                continue
            left -= len(snippet.block)
            used.add(name)
            whole += snippet.block
        block.block[:] = whole
    top.block[:] = [block for block in top.block if block.words[0] not in used]


def _blocks(top: Directive) -> Iterator[Directive]:
    """All that have a block, the outer ones first."""
    ahead = [top]
    while ahead:
        block = ahead.pop()
        yield block
        ahead += [inner for inner in block.block if inner.block]


def _lines(file: File) -> Iterator[tuple[int, list[str]]]:
    """The words of each line, with those that it goes on with; a text of several lines is one word."""
    words: list[str] = []
    first, closing = 0, ""
    for number, text in enumerate(file.lines, 1):
        if closing:
            closing = "" if text.strip() == closing else closing
            continue
        first = first if words else number
        line = text.rstrip()
        goes_on = line.endswith("\\")
        for found in _WORD.finditer(line.removesuffix("\\") if goes_on else line):
            if found[0].startswith("#"):
                goes_on = False
                break
            words.append(found[0].strip('"`'))
        if words and (begun := _HEREDOC.fullmatch(words[-1])):
            closing = begun[1]
        if not goes_on:
            yield first, words
            words = []
    yield first, words


def _matchers(place: Directive) -> dict[str, Matcher]:
    """Those that a block gives names to."""
    return {inner.words[0]: _matcher(inner) for inner in place.block if inner.words[0].startswith("@")}


def _routes(place: Directive, prefix: str, outer: dict[str, Matcher]) -> Iterator[_Leading]:
    """The routes of a block, below the path that it is for."""
    matchers = outer | _matchers(place)
    for inner in place.block:
        name, *rest = inner.words
        if name == "reverse_proxy":
            chosen, upstreams = _chosen(rest, matchers)
            yield from _passing(inner, chosen, upstreams, prefix)
        elif inner.block and not name.startswith("@"):
            chosen, _ = _chosen(rest if name in ("handle", "handle_path", "route") else [], matchers)
            for path in chosen.prefixes:
                yield from _routes(inner, path or prefix, matchers)


def _chosen(words: list[str], matchers: dict[str, Matcher]) -> tuple[Matcher, list[str]]:
    """The matcher that the first word may be, and the other words."""
    first = words[0] if words else ""
    if first.startswith("@"):
        return matchers.get(first, Matcher()), words[1:]
    if first.startswith("/"):
        return Matcher((_prefix(first),)), words[1:]
    return Matcher(), words[1:] if first == "*" else words


def _matcher(place: Directive) -> Matcher:
    """What `@name` lets through: in a block, or in the words behind it."""
    lines = [inner.words for inner in place.block] or [place.words[1:]]
    prefixes: tuple[str, ...] = ("",)
    carries: frozenset[str] = frozenset()
    for words in lines:
        name, *rest = words or ("",)
        if name == "path" and rest:
            prefixes = tuple(map(_prefix, rest[:MOST_PATHS]))
        elif name == "path_regexp" and rest:
            prefixes = (f"~ {rest[-1]}",)
        elif name == "header" and "upgrade" in " ".join(rest).lower():
            carries |= UPGRADED
        elif name == "header" and "text/event-stream" in " ".join(rest).lower():
            carries |= {"sse"}
    return Matcher(prefixes, carries)


def _prefix(path: str) -> str:
    """A path as it is matched: exactly, but for what a `*` stands for."""
    if "*" in path[:-1]:
        return "~ ^" + ".*".join(map(re.escape, path.split("*"))) + "$"
    return path[:-1] if path.endswith("*") else f"= {path}"


def _passing(place: Directive, chosen: Matcher, words: list[str], outer: str) -> Iterator[_Leading]:
    """The routes of one `reverse_proxy`."""
    upstreams = [*words, *(word for to in place.all("to") for word in to.words[1:])]
    facts = (*_times(place), *_buffering(place), *_affinity(place, upstreams))
    imports = (each for level in (place, *place.all("transport")) for each in level.all("import"))
    overrides = [Override(each.line, "what is imported") for each in islice(imports, 1)]
    targets = tuple(dict.fromkeys(map(_host, upstreams)))
    parts = [each.partition("://") for each in upstreams]
    is_secure = any(scheme == "https" and rest for scheme, _, rest in parts)
    addresses = again.addresses([rest or first for first, _, rest in parts], "443" if is_secure else "80")
    for prefix in chosen.prefixes:
        route = Route(
            prefix or outer, place.line, facts, targets, chosen.carries, ports=again.ports(addresses)
        )
        yield _Leading(route.overruled(overrides), addresses)


def _times(place: Directive) -> Iterator[Fact]:
    transports = [inner for transport in place.all("transport") for inner in transport.block]
    stated = {inner.words[0]: inner for inner in (*place.block, *transports) if inner.words[0] in TIMES}
    for name, (at, kinds) in TIMES.items():
        if name in stated:
            word, line = stated[name].words[-1], stated[name].line
            span = None if is_template(word) else seconds(word)
            reason = "" if span is not None else PUT_IN
            yield Fact(at, None if span is None else duration(span), line, reason, kinds)
    if "stream_close_delay" not in stated:
        yield Fact(("reload",), "cuts", place.line, f"{DEFAULT}{PLATFORM}", UPGRADED)


def _buffering(place: Directive) -> Iterator[Fact]:
    """Event streams pass at once, whatever the interval (`flush_interval` there)."""
    stated = place.all("flush_interval")
    if stated and stated[-1].words[-1] == "-1":
        yield Fact(("buffering",), False, stated[-1].line, kinds=STREAMS)
    else:
        yield Fact(("buffering",), False, place.line, f"{DEFAULT}{PLATFORM}", STREAMS)


def _affinity(place: Directive, upstreams: list[str]) -> Iterator[Fact]:
    at: SpecPath = ("affinity",)
    dynamic = place.all("dynamic")
    if len(upstreams) > 1:
        yield Fact(("topology", "nodes"), len(upstreams), place.line, "upstreams of the proxy")
    elif dynamic:
        yield Fact(("topology", "nodes"), None, dynamic[0].line, "as many as its name has addresses")
    else:
        return
    policy = place.all("lb_policy")
    if not policy:
        yield Fact(at, "none", place.line, f"{DEFAULT}{PLATFORM}")
        return
    name = "".join(policy[-1].words[1:2])
    value = POLICIES.get(name)
    yield Fact(at, value, policy[-1].line, "" if value else f"by `{name}`")


def _host(address: str) -> str:
    """The host of an address: of a port alone this machine, and what is put in later as it is written."""
    rest = address.partition("://")[2] or address
    if rest.startswith((":", "{")):
        return "localhost" if rest[0] == ":" else rest
    return host(address)
