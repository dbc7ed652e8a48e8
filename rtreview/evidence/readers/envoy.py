"""Envoy: what its routes and clusters fix for the streams that pass them.

By its API (envoyproxy.io/docs/envoy/latest/api-v3) and its advice on timeouts
(envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts). A stream is a request with its response; an
upgraded connection is one stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rtreview.evidence.deployment import Fact, File, Line, Route, Station
from rtreview.evidence.readers.node import Node, of
from rtreview.evidence.values import duration, seconds
from rtreview.text.document import read
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

PUT_IN, NO_SPAN = "it is put in when the file is used", "no span of time"

_NAMES = re.compile(r"\.(ya?ml|json)(\.(j2|tpl|tmpl|template))?$|envoy", re.IGNORECASE)
_SIGNS = re.compile(
    r"\bstatic_resources\b|\bstaticResources\b|type\.googleapis\.com/envoy\.|envoy\.filters\."
)


def takes(file: File) -> bool:
    """Whether it is a bootstrap of Envoy, or resources that it loads."""
    return _NAMES.search(str(file.path)) is not None and _SIGNS.search(file.text) is not None


def stations(files: Sequence[File]) -> Iterator[Station]:
    """A station for each listener that passes messages on."""
    known = _Known()
    parts = [_Part(file, node) for file in files for node in _documents(file)]
    for part in parts:
        for resource in part.loaded():
            kind = resource.word("@type").rpartition(".")[2]
            into = {"Cluster": known.clusters, "RouteConfiguration": known.routes}.get(kind)
            if into is not None:
                into[resource.word("name")] = resource
    for part in parts:
        yield from part.stations(known)


def _documents(file: File) -> Iterator[Node]:
    for document in read(file.text.encode("utf-8", "replace")):
        if isinstance(document.content, dict) and not document.problems:
            yield of(document, file)


class _Known:
    """What is loaded by name, from whichever file."""

    def __init__(self) -> None:
        self.clusters: dict[str, Node] = {}
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
        clusters = {**known.clusters, **{cluster.word("name"): cluster for cluster in own}}
        listeners = self.top.items("static_resources", "listeners")
        listeners += [each for each in self.loaded() if each.word("@type").endswith(".Listener")]
        for listener in listeners:
            routes = tuple(route for each in _filters(listener) for route in _routes(each, known, clusters))
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
    for chain in (*listener.items("filter_chains"), listener.at("default_filter_chain")):
        yield from chain.items("filters") if chain else ()


def _routes(chosen: Node, known: _Known, clusters: dict[str, Node]) -> Iterator[Route]:
    """What a network filter does with the messages of a listener."""
    config = chosen.at("typed_config") or chosen.at("config")
    kind = (config.word("@type") if config else "") or chosen.word("name")
    if config is None:
        return
    if kind.endswith(("TcpProxy", "tcp_proxy")):
        yield _tunnel(config, clusters)
    elif kind.endswith(("HttpConnectionManager", "http_connection_manager")):
        table = config.at("route_config") or known.routes.get(config.word("rds", "route_config_name"))
        for host in table.items("virtual_hosts") if table else ():
            for route in host.items("routes"):
                if (action := route.at("route")) is not None:
                    yield _route(route, action, config, clusters)


def _tunnel(config: Node, clusters: dict[str, Node]) -> Route:
    """A filter that passes bytes on, whatever they are."""
    idle = _limit(config.at("idle_timeout")) or _Limit(TCP_IDLE, config.line, f"default of {PLATFORM}")
    age = _limit(config.at("max_downstream_connection_duration"))
    cluster = clusters.get(config.word("cluster"))
    facts = [idle.fact(("idle_timeout",))]
    facts += [age.fact(("max_lifetime",))] if age else []
    facts += _nodes(cluster) if cluster else []
    return Route("", config.line, tuple(facts), _addresses(cluster) if cluster else ())


def _route(route: Node, action: Node, manager: Node, clusters: dict[str, Node]) -> Route:
    names = [action.word("cluster")]
    names += [each.word("name") for each in action.items("weighted_clusters", "clusters")]
    reached = [clusters[name] for name in names if name in clusters]
    facts = [_idle(action, manager), *_lifetime(action, manager)]
    for cluster in reached[:1]:
        facts += [_affinity(action, cluster), _most(cluster), *_nodes(cluster)]
    return Route(
        _prefix(route),
        route.line,
        tuple(facts),
        tuple(dict.fromkeys(address for cluster in reached for address in _addresses(cluster))),
        frozenset({"websocket"}) if _upgrades(action, manager) else frozenset(),
    )


def _prefix(route: Node) -> str:
    for name in ("prefix", "path", "path_separated_prefix"):
        if path := route.word("match", name):
            return path
    regex = route.word("match", "safe_regex", "regex")
    return f"~ {regex}" if regex else ""


def _idle(action: Node, manager: Node) -> Fact:
    """The timer of streams; that of connections in `common_http_protocol_options` stands still meanwhile."""
    stated = _limit(action.at("idle_timeout")) or _limit(manager.at("stream_idle_timeout"))
    return (stated or _Limit(STREAM_IDLE, action.line, f"default of {PLATFORM}")).fact(("idle_timeout",))


def _lifetime(action: Node, manager: Node) -> Iterator[Fact]:
    """The ages at which a stream ends: of all, and of a response by the timeout of its route."""
    field = ("max_lifetime",)
    common = ("common_http_protocol_options",)
    ages = (
        _limit(action.at("max_stream_duration", "max_stream_duration"))
        or _limit(manager.at(*common, "max_stream_duration")),
        _limit(manager.at(*common, "max_connection_duration")),
    )
    stated = [age for age in ages if age and age.span != 0]
    left_open = [age for age in stated if age.span is None]
    first = (left_open or sorted(stated, key=lambda age: age.span or 0))[:1]
    yield from (age.fact(field) for age in first)
    response = _limit(action.at("timeout")) or _Limit(ROUTE_TIMEOUT, action.line, f"default of {PLATFORM}")
    bound = first[0].span if first else None
    if not first or (response.span and (bound is None or response.span < bound)):
        yield response.fact(field, STREAMS)


def _upgrades(action: Node, manager: Node) -> bool:
    """Whether a WebSocket passes: the route says so, else the manager.

    A filter that buffers waits for the end of a request, so that an upgrade does not get through it.
    """
    holds = any(
        "envoy.filters.http.buffer" in (each.word("name"), each.word("typed_config", "@type"))
        or each.word("typed_config", "@type").endswith("buffer.v3.Buffer")
        for each in manager.items("http_filters")
    )
    for place in (action, manager):
        for upgrade in place.items("upgrade_configs"):
            if upgrade.word("upgrade_type").lower() == "websocket":
                is_on = upgrade.word("enabled") != "False"
                return is_on and (not holds or bool(upgrade.items("filters")))
    return False


def _affinity(action: Node, cluster: Node) -> Fact:
    """A cluster that hashes, and a route that says what: either alone keeps nobody."""
    field = ("affinity",)
    policy = cluster.at("lb_policy")
    if policy is None or str(policy.value).upper() not in HASHES:
        is_open = bool(policy and policy.text) or cluster.at("load_balancing_policy") is not None
        if is_open:
            return Fact(field, None, (policy or cluster).line, "its policy is not read")
        return Fact(field, "none", (policy or cluster).line, "" if policy else f"default of {PLATFORM}")
    for key in action.items("hash_policy"):
        if key.at("cookie"):
            return Fact(field, "cookie", key.line)
        if key.word("connection_properties", "source_ip") == "True":
            return Fact(field, "address-hash", key.line)
        return Fact(field, None, key.line, "by neither a cookie nor the address")
    return Fact(field, "none", policy.line, "the route has no hash_policy")


def _most(cluster: Node) -> Fact:
    """What the circuit breaker of a cluster lets through at once: a WebSocket is a request and a connection.

    Requests share connections where the cluster speaks HTTP/2.
    """
    field = ("max_connections",)
    options = cluster.items("typed_extension_protocol_options")
    is_shared = bool(cluster.at("http2_protocol_options")) or any(
        each.at("explicit_http_config", "http2_protocol_options") for each in options
    )
    names = ("max_requests",) if is_shared else ("max_connections", "max_requests")
    stated = [
        node
        for threshold in cluster.items("circuit_breakers", "thresholds")
        if threshold.word("priority") in ("", "DEFAULT")
        for name in names
        if (node := threshold.at(name)) is not None
    ]
    for node in stated:
        if not isinstance(node.value, int) or isinstance(node.value, bool):
            return Fact(field, None, node.line, PUT_IN if node.text else "no number")
    counts = {int(str(node.value)): node.line for node in stated}
    if counts and (min(counts) <= MOST_AT_ONCE or len(stated) >= len(names)):
        return Fact(field, min(counts), counts[min(counts)])
    return Fact(field, MOST_AT_ONCE, cluster.line, f"default of {PLATFORM}")


def _addresses(cluster: Node) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (each.word("address") for each in _endpoints(cluster)))))


def _endpoints(cluster: Node) -> list[Node]:
    """The addresses of a cluster; `hosts` in the API before version 3."""
    ends = [
        end.at("endpoint", "address", "socket_address")
        for place in cluster.items("load_assignment", "endpoints")
        for end in place.items("lb_endpoints")
    ]
    ends += [host.at("socket_address") for host in cluster.items("hosts")]
    return [end for end in ends if end is not None]


def _nodes(cluster: Node) -> list[Fact]:
    """A single address may be a name of many."""
    count = len(_endpoints(cluster))
    line = cluster.line
    return [Fact(("topology", "nodes"), count, line, "endpoints of the cluster")] if count > 1 else []
