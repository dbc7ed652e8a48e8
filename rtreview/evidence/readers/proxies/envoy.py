"""Envoy: what its routes and clusters fix for the streams that pass them.

By its API (envoyproxy.io/docs/envoy/latest/api-v3) and its advice on timeouts
(envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts). A stream is a request with its response; an
upgraded connection is one stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain, islice
from typing import NamedTuple

from rtreview.evidence.deployment import DEFAULT, UPGRADED, Fact, File, Line, Route, Station
from rtreview.evidence.readers.node import Node, of
from rtreview.evidence.values import NO_SPAN, PUT_IN, duration, seconds
from rtreview.text.place import SpecPath

PLATFORM = "envoy"

STREAMS = frozenset({"sse", "http-stream", "grpc-stream"})
"""What `timeout` ends; an upgraded connection goes on."""

ROUTE_TIMEOUT = 15.0
"""Seconds of `route.timeout`: from the end of the request to the end of the response."""

STREAM_IDLE = 300.0
"""Seconds of `stream_idle_timeout`, which `route.idle_timeout` overrides."""

TCP_IDLE = 3600.0
"""Seconds of `idle_timeout` of a `tcp_proxy`."""

MOST_AT_ONCE = 1024
"""`max_connections` and `max_requests` of a cluster; a WebSocket is one of each."""

HASHES = ("RING_HASH", "MAGLEV")
"""The policies of a cluster that look at `hash_policy`; `ROUND_ROBIN` is the default."""

WORDS = ("static_resources", "staticResources", "type.googleapis.com/envoy.", "envoy.filters.")
"""Words of which each file of Envoy has one."""

BUFFER = "envoy.filters.http.buffer"

MOST_ROUTES, MOST_OF_ALL, MOST_ADDRESSES = 2000, 20_000, 50
"""Routes of a listener and of all, since many may name one table of them; addresses of a cluster."""

_NAMES = re.compile(r"\.(ya?ml|json)(\.(j2|tpl|tmpl|template))?$|envoy", re.IGNORECASE)
_SIGNS = re.compile(
    r"\bstatic_resources\b|\bstaticResources\b|type\.googleapis\.com/envoy\.|envoy\.filters\."
)


def takes(file: File) -> bool:
    """Whether it is a bootstrap of Envoy, or resources that it loads."""
    if _NAMES.search(str(file.path)) is None:
        return False
    text = file.text
    # Most files have none of these words, and to see that takes the pattern forty times as long.
    return any(word in text for word in WORDS) and _SIGNS.search(text) is not None


def stations(files: Sequence[File]) -> Iterator[Station]:
    """A station for each listener that passes messages on."""
    known = _Known()
    routes = 0
    parts = [_Part(file, node) for file in files for node in _documents(file)]
    for part in parts:
        for resource in part.loaded():
            kind = resource.word("@type").rpartition(".")[2]
            if kind == "Cluster":
                known.clusters[resource.word("name")] = _Cluster(resource)
            elif kind == "RouteConfiguration":
                known.routes[resource.word("name")] = resource
    for station in chain.from_iterable(part.stations(known) for part in parts):
        yield station
        routes += len(station.routes)
        if routes > MOST_OF_ALL:
            return


def _documents(file: File) -> Iterator[Node]:
    for document in file.documents:
        if isinstance(document.content, dict) and not document.problems:
            yield of(document, file)


class _Known:
    """What is loaded by name, from whichever file."""

    def __init__(self) -> None:
        self.clusters: dict[str, _Cluster] = {}
        self.routes: dict[str, Node] = {}


class _Limit(NamedTuple):
    """A span of time in seconds that is stated, 0 where it is switched off; None where it is left open."""

    span: float | None
    line: Line
    decided_by: str = ""

    def fact(self, field: SpecPath, kinds: frozenset[str] = frozenset()) -> Fact:
        """What it says of a field."""
        value = None if self.span is None else duration(self.span) if self.span else "none"
        return Fact(field, value, self.line, self.decided_by, kinds)


def _limit(node: Node | None) -> _Limit | None:
    """A span of time as the API has it: `3600s`, or seconds and nanoseconds apart."""
    if node is None or node.is_absent:
        return None
    if node.inside is not None:
        whole, rest = node.word("seconds"), node.word("nanos") or "0"
        is_plain = whole.isdecimal() and rest.isdecimal() and len(whole + rest) < 20
        return _Limit(
            int(whole) + int(rest) / 1e9 if is_plain else None, node.line, "" if is_plain else NO_SPAN
        )
    span = seconds(str(node.value), bare="", units={"s": 1.0}) if node.value is not None else None
    return _Limit(span, node.line, PUT_IN if node.text else NO_SPAN if span is None else "")


class _Part(NamedTuple):
    """A document of a file."""

    file: File
    top: Node

    def loaded(self) -> list[Node]:
        """The resources of a file that is loaded while Envoy runs."""
        return self.top.items("resources")

    def stations(self, known: _Known) -> Iterator[Station]:
        """Its listeners, each with the routes of its filters."""
        own = self.top.items("static_resources", "clusters")
        clusters = {**known.clusters, **{node.word("name"): _Cluster(node) for node in own}}
        listeners = self.top.items("static_resources", "listeners")
        listeners += [each for each in self.loaded() if each.word("@type").endswith(".Listener")]
        for listener in listeners:
            found = (route for each in _filters(listener) for route in _routes(each, known, clusters))
            routes = tuple(islice(found, MOST_ROUTES))
            if routes:
                yield Station(
                    listener.line,
                    PLATFORM,
                    paths=frozenset({self.file.id}),
                    routes=routes,
                    entrance=_entrance(listener),
                )


def _entrance(listener: Node) -> Line | None:
    """Its address, unless only programs of the same machine reach it."""
    address = listener.at("address", "socket_address")
    is_inside = address is None or address.word("address") in ("127.0.0.1", "::1", "localhost")
    return None if is_inside or address is None else address.line


def _filters(listener: Node) -> Iterator[Node]:
    for filters in (*listener.items("filter_chains"), listener.at("default_filter_chain")):
        yield from filters.items("filters") if filters else ()


def _routes(chosen: Node, known: _Known, clusters: dict[str, _Cluster]) -> Iterator[Route]:
    """What a network filter does with the messages of a listener."""
    config = chosen.at("typed_config") or chosen.at("config")
    kind = (config.word("@type") if config else "") or chosen.word("name")
    if config is None:
        return
    if kind.endswith(("TcpProxy", "tcp_proxy")):
        yield _tunnel(config, clusters)
    elif kind.endswith(("HttpConnectionManager", "http_connection_manager")):
        manager = _Manager(config)
        table = config.at("route_config") or known.routes.get(config.word("rds", "route_config_name"))
        for host in table.items("virtual_hosts") if table else ():
            for route in host.items("routes"):
                if (action := route.at("route")) is not None:
                    yield _route(route, action, manager, clusters)


def _tunnel(config: Node, clusters: dict[str, _Cluster]) -> Route:
    """A filter that passes bytes on, whatever they are."""
    idle = _limit(config.at("idle_timeout")) or _Limit(TCP_IDLE, config.line, f"{DEFAULT}{PLATFORM}")
    age = _limit(config.at("max_downstream_connection_duration"))
    cluster = clusters.get(config.word("cluster"))
    facts = [idle.fact(("idle_timeout",))]
    facts += [age.fact(("max_lifetime",))] if age else []
    facts += cluster.nodes() if cluster else ()
    return Route("", config.line, tuple(facts), cluster.addresses if cluster else ())


def _route(route: Node, action: Node, manager: _Manager, clusters: dict[str, _Cluster]) -> Route:
    names = [action.word("cluster")]
    names += [each.word("name") for each in action.items("weighted_clusters", "clusters")[:MOST_ADDRESSES]]
    reached = [clusters[name] for name in names if name in clusters]
    facts = [manager.idle(action), *manager.lifetimes(action)]
    for cluster in reached[:1]:
        facts += [cluster.affinity(action), *cluster.facts]
    return Route(
        _prefix(route),
        route.line,
        tuple(facts),
        tuple(dict.fromkeys(address for cluster in reached for address in cluster.addresses)),
        UPGRADED if manager.passes(action) else frozenset(),
    )


def _prefix(route: Node) -> str:
    for name in ("prefix", "path", "path_separated_prefix"):
        if path := route.word("match", name):
            return path
    regex = route.word("match", "safe_regex", "regex")
    return f"~ {regex}" if regex else ""


class _Manager:
    """The filter of a listener that reads HTTP."""

    def __init__(self, node: Node) -> None:
        self.node = node

    @cached_property
    def holds(self) -> bool:
        """Whether it waits for the end of a request, so that no upgrade gets through it."""
        return any(
            each.word("name") == BUFFER or each.word("typed_config", "@type").endswith("buffer.v3.Buffer")
            for each in self.node.items("http_filters")
        )

    @cached_property
    def _passes(self) -> bool:
        return bool(self._upgrades(self.node))

    def passes(self, action: Node) -> bool:
        """Whether a WebSocket passes a route: the route says so, else the manager."""
        own = self._upgrades(action)
        return self._passes if own is None else own

    def _upgrades(self, place: Node) -> bool | None:
        listed = place.items("upgrade_configs")
        alone = place.at("upgrade_configs")
        # Envoy takes one that stands there alone for a list of it.
        for upgrade in [alone] if alone is not None and listed and listed[0].name else listed:
            if upgrade.word("upgrade_type").lower() == "websocket":
                is_on = upgrade.word("enabled") != "False"
                return is_on and (not self.holds or bool(upgrade.items("filters")))
        return None

    def idle(self, action: Node) -> Fact:
        """The timer of streams; that of connections stands still while there is one."""
        stated = _limit(action.at("idle_timeout")) or _limit(self.node.at("stream_idle_timeout"))
        return (stated or _Limit(STREAM_IDLE, action.line, f"{DEFAULT}{PLATFORM}")).fact(("idle_timeout",))

    def lifetimes(self, action: Node) -> Iterator[Fact]:
        """The ages at which a stream ends: of all, and of a response by the timeout of its route."""
        field = ("max_lifetime",)
        common = ("common_http_protocol_options",)
        ages = (
            _limit(action.at("max_stream_duration", "max_stream_duration"))
            or _limit(self.node.at(*common, "max_stream_duration")),
            _limit(self.node.at(*common, "max_connection_duration")),
        )
        stated = [age for age in ages if age and age.span != 0]
        left_open = [age for age in stated if age.span is None]
        first = (left_open or sorted(stated, key=lambda age: age.span or 0))[:1]
        yield from (age.fact(field) for age in first)
        default = _Limit(ROUTE_TIMEOUT, action.line, f"{DEFAULT}{PLATFORM}")
        response = _limit(action.at("timeout")) or default
        bound = first[0].span if first else None
        if not first or (response.span and (bound is None or response.span < bound)):
            yield response.fact(field, STREAMS)


class _Cluster:
    """Servers that routes lead to."""

    def __init__(self, node: Node) -> None:
        self.node = node

    @cached_property
    def _endpoints(self) -> list[Node]:
        """The places of its addresses; `hosts` in the API before version 3."""
        ends = (
            end.at("endpoint", "address", "socket_address")
            for place in self.node.items("load_assignment", "endpoints")
            for end in place.items("lb_endpoints")
        )
        hosts = (host.at("socket_address") for host in self.node.items("hosts"))
        return [end for end in (*ends, *hosts) if end is not None]

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """Those that it leads to, as far as they are written."""
        written = (end.word("address") for end in self._endpoints[:MOST_ADDRESSES])
        return tuple(dict.fromkeys(filter(None, written)))

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """How many connections it takes, and how many servers it has."""
        return (self._most(), *self.nodes())

    def nodes(self) -> Iterator[Fact]:
        """How many servers it has; one address may be a name of many."""
        count = len(self._endpoints)
        if count > 1:
            yield Fact(("topology", "nodes"), count, self.node.line, "endpoints of the cluster")

    def _most(self) -> Fact:
        """What its circuit breaker lets through at once: a WebSocket is a request and a connection.

        Requests share connections where it speaks HTTP/2.
        """
        field = ("max_connections",)
        options = self.node.items("typed_extension_protocol_options")
        is_shared = bool(self.node.at("http2_protocol_options")) or any(
            each.at("explicit_http_config", "http2_protocol_options") for each in options
        )
        names = ("max_requests",) if is_shared else ("max_connections", "max_requests")
        stated = [
            node
            for threshold in self.node.items("circuit_breakers", "thresholds")
            if threshold.word("priority") in ("", "DEFAULT")
            for name in names
            if (node := threshold.at(name)) is not None
        ]
        for node in stated:
            if type(node.value) is not int or node.value == 0:
                return Fact(field, None, node.line, PUT_IN if node.text else "it takes none")
        counts = {int(str(node.value)): node.line for node in stated}
        if counts and (min(counts) <= MOST_AT_ONCE or len(stated) >= len(names)):
            return Fact(field, min(counts), counts[min(counts)])
        return Fact(field, MOST_AT_ONCE, self.node.line, f"{DEFAULT}{PLATFORM}")

    def affinity(self, action: Node) -> Fact:
        """How it keeps the clients of a route: it hashes what the route names; either alone keeps nobody."""
        field = ("affinity",)
        policy = self.node.at("lb_policy")
        if policy is None or str(policy.value).upper() not in HASHES:
            line = (policy or self.node).line
            if (policy and policy.text) or self.node.at("load_balancing_policy"):
                return Fact(field, None, line, "its policy is not read")
            return Fact(field, "none", line, "" if policy else f"{DEFAULT}{PLATFORM}")
        for key in action.items("hash_policy"):
            if key.at("cookie"):
                return Fact(field, "cookie", key.line)
            if key.word("connection_properties", "source_ip") == "True":
                return Fact(field, "address-hash", key.line)
            return Fact(field, None, key.line, "by neither a cookie nor the address")
        return Fact(field, "none", policy.line, "the route has no hash_policy")
