"""Google's application load balancers and Cloud Run, as resources of Terraform.

Attributes as in registry.terraform.io/providers/hashicorp/google/latest/docs/resources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from rtreview.evidence.deployment import Fact, Line, Route, Station
from rtreview.evidence.readers.clouds.resources import (
    MOST_BLOCKS,
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
    backends = {each.address: _Backend(each, cloud) for each in cloud.of(*BACKENDS)}
    mapped: set[str] = set()
    for resource in cloud.of(*MAPS):
        places = list(islice(_places(resource.section), MOST_BLOCKS))
        mapped.update(link for place in places for link in place.links)
        if routes := [route for place in places for route in place.routes(backends)]:
            yield _balancer(resource, routes, _entrance(resource, cloud))
    for address, backend in backends.items():
        if address not in mapped and backend.is_web:
            section = backend.section
            route = Route("", section.line, (*backend.lifetime, *backend.others), backend.targets)
            yield _balancer(backend.resource, [route], None)
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


class _Place(NamedTuple):
    """Where a URL map names a backend service: paths, block, attribute, and that of the action beside it."""

    prefix: str
    block: Section
    service: str = "service"
    action: str = "route_action"

    @property
    def links(self) -> list[str]:
        """The services that it names."""
        return self.block.links(self.service)

    def routes(self, backends: Mapping[str, _Backend]) -> Iterator[Route]:
        """The routes to them; the timeout of a route is stronger than that of the service."""
        own = [
            span(("max_lifetime",), said)
            for timeout in self.block.all(self.action, "timeout")
            if (said := timeout.said("seconds"))
        ]
        for backend in (backends[link] for link in self.links if link in backends):
            facts = (*(own or backend.lifetime), *backend.others)
            yield Route(self.prefix, self.block.line, facts, backend.targets)


def _places(section: Section) -> Iterator[_Place]:
    for matcher in section.all("path_matcher"):
        for rule in matcher.all("path_rule"):
            yield from (_Place(path.partition("*")[0], rule) for path in rule.words("paths") or [""])
        for rule in matcher.all("route_rules"):
            yield from (_Place(match.text("prefix_match"), rule) for match in rule.all("match_rules"))
        yield _Place("", matcher, "default_service", "default_route_action")
    yield _Place("", section, "default_service", "default_route_action")


class _Backend:
    """A backend service: what it fixes, and where it leads."""

    def __init__(self, resource: Resource, cloud: Cloud) -> None:
        self.resource = resource
        self.section = resource.section
        self.cloud = cloud

    @property
    def is_web(self) -> bool:
        """Whether it stands behind an application load balancer, and no other."""
        return self.section.text("protocol", "HTTP") in WEB

    @cached_property
    def _serverless(self) -> list[list[Resource]]:
        """The serverless endpoints of each of its backends."""
        return [
            [
                group
                for group in self.cloud.at(block.links("group"), *GROUPS)
                if group.section.text("network_endpoint_type", "SERVERLESS") == "SERVERLESS"
            ]
            for block in self.section.all("backend")
        ]

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Its name, and those of the services of Cloud Run behind it."""
        found = [self.resource.address]
        for group in (group for groups in self._serverless for group in groups):
            for run in group.section.all("cloud_run"):
                found += run.links("service") or [run.text("service")]
        return tuple(filter(None, found))

    @cached_property
    def lifetime(self) -> tuple[Fact, ...]:
        """How old a connection may become."""
        field = ("max_lifetime",)
        if any(self._serverless):
            is_all = all(self._serverless)
            why = f"fixed for a serverless backend of {BALANCER}" if is_all else "a part of it is serverless"
            return (Fact(field, "1h" if is_all else None, self.section.line, why),)
        said = self.section.said("timeout_sec")
        default = Fact(field, BACKEND_TIMEOUT, self.section.line, f"default of {BALANCER}")
        return (span(field, said) if said else default,)

    @cached_property
    def others(self) -> tuple[Fact, ...]:
        """How clients are kept, and how long it drains."""
        affinity, drain = (
            self.section.said("session_affinity"),
            self.section.said("connection_draining_timeout_sec"),
        )
        none = Fact(("affinity",), "none", self.section.line, f"default of {BALANCER}")
        kept = word(("affinity",), affinity, AFFINITY) if affinity else none
        return (kept, span(("drain",), drain)) if drain else (kept,)


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
