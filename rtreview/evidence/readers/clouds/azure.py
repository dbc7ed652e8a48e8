"""Azure's Application Gateway, as a resource of Terraform.

Attributes as in registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/application_gateway.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from rtreview.evidence.deployment import Fact, Route, Station
from rtreview.evidence.readers.clouds.resources import (
    MOST_BLOCKS,
    Cloud,
    Resource,
    Section,
    is_true,
    span,
    word,
)

PLATFORM = "azure-application-gateway"

AFFINITY = {"Enabled": "cookie", "Disabled": "none"}
"""`cookie_based_affinity`, which has no default."""


def stations(cloud: Cloud) -> Iterator[Station]:
    """A gateway, with a route for each of its rules."""
    for resource in cloud.of("azurerm_application_gateway"):
        section = resource.section
        routes = tuple(islice(_routes(resource), MOST_BLOCKS))
        is_public = any(
            front.said("public_ip_address_id") for front in section.all("frontend_ip_configuration")
        )
        entrance = section.line if is_public else None
        if routes:
            yield Station(
                section.line, PLATFORM, frozenset({resource.address}), routes=routes, entrance=entrance
            )


def _routes(resource: Resource) -> Iterator[Route]:
    section = resource.section
    settings = {each.text("name"): each for each in section.all("backend_http_settings")}
    maps = {each.text("name"): each for each in section.all("url_path_map")}
    for rule in section.all("request_routing_rule"):
        by_path = maps.get(rule.text("url_path_map_name"))
        for inner in by_path.all("path_rule") if by_path else ():
            for path in inner.words("paths") or [""]:
                yield _route(inner, "backend_", path.partition("*")[0], settings)
        yield _route(by_path or rule, "default_backend_" if by_path else "backend_", "", settings)


def _route(rule: Section, begins: str, prefix: str, settings: dict[str, Section]) -> Route:
    chosen = settings.get(rule.text(f"{begins}http_settings_name"))
    pool = rule.text(f"{begins}address_pool_name")
    return Route(prefix, rule.line, tuple(_facts(chosen)) if chosen else (), (pool,) if pool else ())


def _facts(settings: Section) -> Iterator[Fact]:
    if said := settings.said("request_timeout"):
        why = "the vendor does not say whether it ends a WebSocket by its silence or by its age"
        yield Fact(("idle_timeout",), None, said.line, why)
    if said := settings.said("cookie_based_affinity"):
        yield word(("affinity",), said, AFFINITY)
    for draining in settings.all("connection_draining"):
        if is_true(draining.said("enabled")) and (said := draining.said("drain_timeout_sec")):
            yield span(("drain",), said)
