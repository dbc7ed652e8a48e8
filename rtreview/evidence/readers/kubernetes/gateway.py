"""Routes of the Gateway API and of Istio: what ends a stream, and how clients are kept.

Sources: gateway-api.sigs.k8s.io/reference/spec (`timeouts.request`: `0s` is none),
gateway.envoyproxy.io/docs/tasks/traffic/http-timeouts (15 s where nothing is set),
istio.io/latest/docs/reference/config/networking (virtual-service: no timeout by default; destination-rule).
A timeout of a request ends event streams; an upgraded connection it leaves alone, as Envoy does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from rtreview.evidence.deployment import DEFAULT, STREAMS, Fact, Line, Override, Route, Station
from rtreview.evidence.readers.kubernetes import google
from rtreview.evidence.readers.kubernetes.part import Part, fact
from rtreview.evidence.readers.kubernetes.readings import limit, span, word
from rtreview.evidence.readers.kubernetes.resource import Cluster, Resource
from rtreview.evidence.readers.kubernetes.services import distinct, entrances, prefix, service, target
from rtreview.text.place import SpecPath

UNKNOWN, ISTIO = "kubernetes", "istio"
LIFETIME: SpecPath = ("max_lifetime",)
AFFINITY: SpecPath = ("affinity",)

CLASSES = {
    "gke-": "gcp-alb",
    "istio": "istio",
    "nginx": "nginx",
    "traefik": "traefik",
    "kong": "kong",
    "linkerd": "linkerd",
    "eg": "envoy",
    "envoy": "envoy",
}
"""How classes of Gateways begin by convention, and what serves them."""

CONTROLLERS = {
    "networking.gke.io/": "gcp-alb",
    "istio.io/": "istio",
    "gateway.nginx.org/": "nginx",
    "traefik.io/": "traefik",
    "konghq.com/": "kong",
    "gateway.envoyproxy.io/": "envoy",
    "gateway.k8s.aws/alb": "aws-alb",
    "gateway.k8s.aws/nlb": "aws-nlb",
}
"""How the controllers that a GatewayClass names begin."""

ENVOY_GATEWAY = "gateway.envoyproxy.io/"
ENVOY_GATEWAY_TIMEOUT = "15s"


class _Served(NamedTuple):
    """What serves a route: a platform, its controller where that is known, and where it is published."""

    platform: str
    controller: str
    line: Line
    why: str = ""


def stations(cluster: Cluster) -> Iterator[Station]:
    """A hop for each HTTPRoute and VirtualService, and for a DestinationRule that has none."""
    for route in entrances(cluster, "HTTPRoute"):
        yield _gateway(cluster, route)
    rules: dict[str, Resource] = {}
    for each in cluster.of("DestinationRule"):
        rules.setdefault(_short(each.named(each.part.at("spec", "host"))), each)
    used: set[str] = set()
    for each in cluster.of("VirtualService"):
        if each.group.startswith("networking.istio.io"):
            yield _virtual(cluster, each, rules, used)
    for host, rule in rules.items():
        if host not in used:
            line = rule.line
            facts = tuple(_destination(rule))
            if facts:
                yield Station(line=line, platform=ISTIO, routes=(Route("", line, facts, (host,)),))


class Mesh:
    """What a mesh does to messages for a Service, whichever way they come: no other proxy shows it.

    A VirtualService that names no gateway is for all that the mesh carries.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.ways: dict[str, Override] = {}
        self.ends: dict[str, Override] = {}
        for each in cluster.of("VirtualService"):
            gateways = [gateway.text for gateway in each.part.at("spec", "gateways").items()]
            if not each.group.startswith("networking.istio.io") or (gateways and "mesh" not in gateways):
                continue
            why = Override(each.line, "the VirtualService of the mesh")
            hosts = {_short(each.named(host)) for host in each.part.at("spec", "hosts").items()}
            led = {
                _short(each.named(to.at("destination", "host")))
                for key in ("http", "tls", "tcp")
                for rule in each.part.at("spec", key).items()
                for to in rule.at("route").items()
            }
            for host in hosts:
                self.ways.setdefault(host, why)
                if not led <= {host}:
                    self.ends.setdefault(host, why)
        for each in cluster.of("DestinationRule"):
            pool = each.part.at("spec", "trafficPolicy", "connectionPool")
            if pool.is_there:
                host = _short(each.named(each.part.at("spec", "host")))
                self.ways.setdefault(host, Override(pool.line, "`connectionPool` of the mesh"))

    def over(self, station: Station) -> Station:
        """A station with what is open in it: what leads to such a Service, or is behind it."""
        if not self.ways or station.platform == ISTIO:
            return station
        found = self.ways if station.routes else self.ends
        names = [each for route in station.routes for each in route.targets] or sorted(station.names)
        meant = (found.get(_short(name), found.get("*")) for name in names)
        return station.overruled(filter(None, [next(filter(None, meant), None)]))


def _gateway(cluster: Cluster, route: Resource) -> Station:
    served = _served(cluster, route)
    open_name = (Fact(("name",), None, served.line, served.why),) if served.why else ()
    return Station(
        line=route.line,
        platform=served.platform,
        routes=distinct(_gateway_routes(cluster, route, served)),
        facts=open_name,
        entrance=served.line,
    )


def _served(cluster: Cluster, route: Resource) -> _Served:
    """Who serves a route, by the class of the Gateway that it names."""
    parent = next(iter(route.part.at("spec", "parentRefs").items()), route.part.at("kind"))
    line = route.part.at("spec", "parentRefs").line
    gateway = cluster.near(route, "Gateway", route.named(parent.at("name")), parent.at("namespace").text)
    if gateway is None:
        return _Served(UNKNOWN, "", line, "the Gateway is not among the files, so its class is not known")
    kind = gateway.part.at("spec", "gatewayClassName")
    declared = cluster.near(gateway, "GatewayClass", kind.text)
    if kind.why_open:
        return _Served(UNKNOWN, "", kind.line, kind.why_open)
    if declared is not None:
        controller = declared.part.at("spec", "controllerName").text
        found = next((CONTROLLERS[each] for each in CONTROLLERS if controller.startswith(each)), "")
    else:
        controller = ""
        found = next((CLASSES[each] for each in CLASSES if kind.text.startswith(each)), "")
    why = "" if found else f"the class `{kind.text}` says not which controller serves the Gateway"
    return _Served(found or UNKNOWN, controller, kind.line, why)


def _gateway_routes(cluster: Cluster, route: Resource, served: _Served) -> Iterator[Route]:
    for rule in route.part.at("spec", "rules").items():
        facts = list(_request_timeout(rule, served))
        kept = rule.at("sessionPersistence")
        if kept.is_there:
            part = kept.at("type") if kept.at("type").is_there else replace(kept, content="Cookie")
            facts += fact(AFFINITY, part, word({"Cookie": "cookie"}, "not by a cookie"))
        backends = list(rule.at("backendRefs").items())
        targets = tuple(
            target(cluster, route, each.at("name"), each.at("namespace").text) for each in backends
        )
        if served.platform == google.PLATFORM and backends:
            found = service(cluster, route, backends[0].at("name"), backends[0].at("namespace").text)
            facts += google.backend(cluster, route, found, rule)
        matches = [match.at("path", "value") for match in rule.at("matches").items()]
        for path in [each for match in matches for each in (match, *match.others)] or [rule.at("matches")]:
            line = path.line if path.is_there else rule.at("backendRefs").line
            yield Route(prefix(path), line, tuple(facts), tuple(filter(None, targets)))


def _request_timeout(rule: Part, served: _Served) -> Iterator[Fact]:
    stated = rule.at("timeouts", "request")
    if stated.is_there:
        yield from fact(LIFETIME, stated, limit, kinds=STREAMS)
    elif served.controller.startswith(ENVOY_GATEWAY):
        of = f"{served.platform} as Envoy Gateway sets it up"
        yield Fact(LIFETIME, ENVOY_GATEWAY_TIMEOUT, rule.at("backendRefs").line, f"{DEFAULT}{of}", STREAMS)


def _virtual(cluster: Cluster, virtual: Resource, rules: dict[str, Resource], used: set[str]) -> Station:
    spec = virtual.part.at("spec")
    gateways = [each for each in spec.at("gateways").items() if each.text != "mesh"]
    routes: list[Route] = []
    for key in ("http", "tls", "tcp"):
        for rule in spec.at(key).items():
            facts: list[Fact] = []
            if key == "http":
                facts += fact(LIFETIME, rule.at("timeout"), limit, default="none", of=ISTIO, kinds=STREAMS)
            hosts = [virtual.named(each.at("destination", "host")) for each in rule.at("route").items()]
            for short in dict.fromkeys(map(_short, hosts)):
                if short in rules:
                    used.add(short)
                    facts += _destination(rules[short])
            uris = [
                match.at("uri", shape)
                for match in rule.at("match").items()
                for shape in ("prefix", "exact", "regex")
            ]
            stated = [uri for uri in uris if uri.is_there] or [rule.at("match")]
            for path in stated:
                line = path.line if path.is_there else rule.at("route").line
                routes.append(Route(prefix(path), line, tuple(facts), tuple(filter(None, hosts))))
    return Station(
        line=virtual.line,
        platform=ISTIO,
        routes=distinct(routes),
        entrance=gateways[0].line if gateways else None,
    )


def _destination(rule: Resource) -> Iterator[Fact]:
    """What holds for connections to a host. Its `idleTimeout`s are those of connections without a request."""
    policy = rule.part.at("spec", "trafficPolicy")
    yield from fact(LIFETIME, policy.at("connectionPool", "tcp", "maxConnectionDuration"), span)
    kept = policy.at("loadBalancer", "consistentHash")
    if kept.at("httpCookie").is_there:
        yield Fact(AFFINITY, "cookie", kept.at("httpCookie").line, kept.decided_by)
    elif kept.at("useSourceIp").is_there:
        yield from fact(
            AFFINITY, kept.at("useSourceIp"), lambda text: "address-hash" if text == "true" else "none"
        )
    elif kept.is_there:
        key = next((f"by {key}" for key, _ in kept.pairs() if key.startswith("http")), "not by a cookie")
        yield Fact(AFFINITY, None, kept.line, key)


def _short(host: str) -> str:
    """The name of a Service, however its host is written."""
    return host.partition(".")[0]
