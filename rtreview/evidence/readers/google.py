"""Google's application load balancers and Cloud Run, as resources of Terraform.

Attributes as in registry.terraform.io/providers/hashicorp/google/latest/docs/resources.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rtreview.evidence.deployment import Fact, Line, Route, Station
from rtreview.evidence.readers.resources import (
    Cloud,
    Resource,
    Section,
    between,
    is_true,
    span,
    whole,
    word,
)
from rtreview.evidence.values import seconds, size

BALANCER, HOST = "gcp-alb", "cloud-run"

BACKENDS = ("google_compute_backend_service", "google_compute_region_backend_service")
MAPS = ("google_compute_url_map", "google_compute_region_url_map")
PROXIES = tuple(
    f"google_compute_{region}target_{scheme}_proxy"
    for region in ("", "region_")
    for scheme in ("http", "https")
)
RULES = ("google_compute_global_forwarding_rule", "google_compute_forwarding_rule")
GROUPS = ("google_compute_region_network_endpoint_group",)
RUNS = ("google_cloud_run_v2_service", "google_cloud_run_service")

WEB = ("HTTP", "HTTPS", "HTTP2", "H2C", "GRPC")
"""The protocols of an application load balancer; `HTTP` is the default."""

AFFINITY = {
    "NONE": "none",
    "GENERATED_COOKIE": "cookie",
    "HTTP_COOKIE": "cookie",
    "STRONG_COOKIE_AFFINITY": "cookie",
    "CLIENT_IP": "address-hash",
}
"""`session_affinity`, which is `NONE` by default."""

BACKEND_TIMEOUT = "30s"
"""`timeout_sec`. A serverless backend has none: an hour holds there, which no attribute changes
(docs.cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts)."""

RUN_TIMEOUT = "5m"
"""`template.timeout` of Cloud Run (cloud.google.com/run/docs/configuring/request-timeout)."""


def stations(cloud: Cloud) -> Iterator[Station]:
    """URL maps, the backend services that none leads to, and Cloud Run."""
    mapped: set[str] = set()
    for resource in cloud.of(*MAPS):
        section = resource.section
        mapped.update(address for place, name in _services(section) for address in place[1].links(name))
        routes = [route for place, name in _services(section) for route in _route(*place, name, cloud)]
        if routes:
            yield _balancer(resource, routes, _entrance(resource, cloud))
    for resource in cloud.of(*BACKENDS):
        if resource.address not in mapped and _is_web(resource.section):
            route = Route(
                "", resource.section.line, tuple(_facts(resource, cloud)), _targets(resource, cloud)
            )
            yield _balancer(resource, [route], None)
    for resource in cloud.of(*RUNS):
        yield from _run(resource)


def _balancer(resource: Resource, routes: Sequence[Route], entrance: Line | None) -> Station:
    names = frozenset({resource.address})
    return Station(resource.section.line, BALANCER, names, routes=tuple(routes), entrance=entrance)


def _entrance(resource: Resource, cloud: Cloud) -> Line | None:
    """The forwarding rule that leads to a URL map from outside."""
    for proxy in cloud.linked(resource.address, "url_map", *PROXIES):
        for rule in cloud.linked(proxy.address, "target", *RULES):
            if rule.section.text("load_balancing_scheme", "EXTERNAL").startswith("EXTERNAL"):
                return rule.section.line
    return None


def _services(section: Section) -> Iterator[tuple[tuple[str, Section], str]]:
    """Where a URL map names a backend service: the path with its block, and the attribute."""
    for matcher in section.all("path_matcher"):
        for rule in matcher.all("path_rule"):
            for path in rule.words("paths") or [""]:
                yield (path.partition("*")[0], rule), "service"
        for rule in matcher.all("route_rules"):
            for match in rule.all("match_rules"):
                yield (match.text("prefix_match"), rule), "service"
        yield ("", matcher), "default_service"
    yield ("", section), "default_service"


def _route(prefix: str, place: Section, name: str, cloud: Cloud) -> Iterator[Route]:
    """The routes to the backend service; the timeout of a route is stronger than that of the service."""
    action = "default_route_action" if name == "default_service" else "route_action"
    own = [
        span(("max_lifetime",), said)
        for timeout in place.all(action, "timeout")
        if (said := timeout.said("seconds"))
    ]
    for backend in cloud.at(place.links(name), *BACKENDS):
        facts = [fact for fact in _facts(backend, cloud) if not own or fact.field != ("max_lifetime",)]
        yield Route(prefix, place.line, (*own, *facts), _targets(backend, cloud))


def _is_web(backend: Section) -> bool:
    """Whether it stands behind an application load balancer, and no other."""
    return backend.text("protocol", "HTTP") in WEB


def _serverless(block: Section, cloud: Cloud) -> list[Resource]:
    """The serverless endpoints of one backend."""
    return [
        group
        for group in cloud.at(block.links("group"), *GROUPS)
        if group.section.text("network_endpoint_type", "SERVERLESS") == "SERVERLESS"
    ]


def _targets(backend: Resource, cloud: Cloud) -> tuple[str, ...]:
    found = [backend.address]
    for block in backend.section.all("backend"):
        for group in _serverless(block, cloud):
            for run in group.section.all("cloud_run"):
                found += run.links("service") or [run.text("service")]
    return tuple(filter(None, found))


def _facts(backend: Resource, cloud: Cloud) -> Iterator[Fact]:
    section = backend.section
    lifetime = ("max_lifetime",)
    blocks = section.all("backend")
    serverless = [block for block in blocks if _serverless(block, cloud)]
    if serverless:
        is_all = len(serverless) == len(blocks)
        why = (
            f"fixed for a serverless backend of {BALANCER}"
            if is_all
            else "some of its backends are serverless"
        )
        yield Fact(lifetime, "1h" if is_all else None, section.line, why)
    elif said := section.said("timeout_sec"):
        yield span(lifetime, said)
    else:
        yield Fact(lifetime, BACKEND_TIMEOUT, section.line, f"default of {BALANCER}")
    if said := section.said("session_affinity"):
        yield word(("affinity",), said, AFFINITY)
    else:
        yield Fact(("affinity",), "none", section.line, f"default of {BALANCER}")
    if said := section.said("connection_draining_timeout_sec"):
        yield span(("drain",), said)


def _run(resource: Resource) -> Iterator[Station]:
    """A service of Cloud Run: the hop that ends its requests, and the instances behind it."""
    section, inner = resource.section, f"instances of {resource.address}"
    is_open = section.text("ingress", "INGRESS_TRAFFIC_ALL") == "INGRESS_TRAFFIC_ALL"
    names = frozenset({resource.address, section.text("name")} - {""})
    route = Route("", section.line, tuple(_run_facts(section)), (inner,))
    yield Station(section.line, HOST, names, routes=(route,), entrance=section.line if is_open else None)
    yield Station(section.line, names=frozenset({inner}), facts=tuple(_instances(section)))


def _run_facts(section: Section) -> Iterator[Fact]:
    lifetime = ("max_lifetime",)
    (template, *_) = section.all("template") or [section]
    (first, *_) = template.all("spec") or [template]
    said = first.said("timeout") or first.said("timeout_seconds")
    if said is None:
        yield Fact(lifetime, RUN_TIMEOUT, template.line, f"default of {HOST}")
    else:
        whole_seconds = seconds(said.value) if isinstance(said.value, str) else None
        yield span(lifetime, said if whole_seconds is None else said._replace(value=whole_seconds))
    if said := template.said("session_affinity"):
        is_on = is_true(said)
        yield Fact(
            ("affinity",),
            None if is_on is None else "cookie" if is_on else "none",
            said.line,
            said.decided_by,
        )


def _instances(section: Section) -> Iterator[Fact]:
    for scaling in (*section.all("template", "scaling"), *section.all("scaling")):
        least, most = scaling.said("min_instance_count"), scaling.said("max_instance_count")
        if least and most:
            yield between(("topology", "nodes"), least, most)
            break
    for template in section.all("template"):
        if said := template.said("max_instance_request_concurrency"):
            yield whole(("topology", "node", "max_connections"), said)
    for limits in (
        *section.all("template", "containers", "resources", "limits"),
        *section.all("template", "spec", "containers", "resources", "limits"),
    ):
        if (said := limits.said("memory")) and (amount := size(str(said.value))):
            yield Fact(("topology", "node", "memory"), amount, said.line, said.decided_by)
            break
