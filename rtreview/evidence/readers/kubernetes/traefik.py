"""Routes of Traefik as its own resources: what `IngressRoute` and `IngressRouteTCP` lead to.

Source: doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd. Traefik sends to pods itself,
so what a Service says of affinity does nothing behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

from rtreview.evidence.deployment import DEFAULT, Fact, Route, Station
from rtreview.evidence.readers.kubernetes.part import Part, fact
from rtreview.evidence.readers.kubernetes.resource import Cluster, Resource
from rtreview.evidence.readers.kubernetes.services import distinct, entrances, target
from rtreview.evidence.readers.proxies import traefik
from rtreview.text.place import SpecPath

KINDS = ("IngressRoute", "IngressRouteTCP")

AFFINITY: SpecPath = ("affinity",)

STICKY = "traefik.ingress.kubernetes.io/service.sticky.cookie"
"""The annotation of a Service that an Ingress leads to."""


def stations(cluster: Cluster) -> Iterator[Station]:
    """A hop for each resource, which is an entrance."""
    for route in entrances(cluster, *KINDS):
        yield Station(
            route.line, traefik.PLATFORM, routes=distinct(_routes(cluster, route)), entrance=route.line
        )


def _routes(cluster: Cluster, route: Resource) -> Iterator[Route]:
    for rule in route.part.at("spec", "routes").items():
        match = rule.at("match")
        served = [each for each in rule.at("services").items() if each.at("kind").text in ("", "Service")]
        targets = (target(cluster, route, each.at("name"), each.at("namespace").text) for each in served)
        facts = tuple(_affinity(served[0])) if served and route.kind == KINDS[0] else ()
        line = match.line if match.is_there else rule.line
        yield from traefik.ruled(match.text, line, facts, tuple(filter(None, targets)))


def _affinity(service: Part) -> Iterator[Fact]:
    """A cookie, where a service asks for one, else none."""
    kept = service.at("sticky", "cookie")
    if kept.is_there or kept.why_open:
        yield Fact(AFFINITY, None if kept.why_open else "cookie", kept.line, kept.why_open or kept.decided_by)
    else:
        yield Fact(AFFINITY, "none", service.at("name").line, f"{DEFAULT}{traefik.PLATFORM}")


def annotated(service: Resource) -> Iterator[Fact]:
    """What a Service asks of Traefik before it."""
    yield from fact(
        AFFINITY,
        service.annotation(STICKY),
        lambda text: "cookie" if text == "true" else "none",
        default="none",
        of=traefik.PLATFORM,
    )
