"""Routes of OpenShift: what its router, which is HAProxy, does before a Service.

Source: docs.redhat.com/en/documentation/openshift_container_platform, "Route-specific annotations". It
keeps clients by a cookie unless that is disabled, and balances to pods itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from rtreview.evidence import values
from rtreview.evidence.deployment import ANSWERS, DEFAULT, UPGRADED, Fact, Route, Station
from rtreview.evidence.readers.kubernetes.part import fact
from rtreview.evidence.readers.kubernetes.readings import Unclear
from rtreview.evidence.readers.kubernetes.resource import Cluster, Resource
from rtreview.evidence.readers.kubernetes.services import entrances, prefix, target
from rtreview.text.place import SpecPath

KIND = "Route"
PLATFORM = "openshift-router"
GROUPS = ("route.openshift.io", "")

ANNOTATIONS = "haproxy.router.openshift.io/"
IDLE: SpecPath = ("idle_timeout",)
AFFINITY: SpecPath = ("affinity",)

TIMEOUT = "30s"
"""Of a server, `ROUTER_DEFAULT_SERVER_TIMEOUT`."""

TUNNEL = (
    "`timeout tunnel` is 1h by default, though one test found that 30 s for clients end a silent WebSocket"
)


def stations(cluster: Cluster) -> Iterator[Station]:
    """A hop for each Route, which is an entrance."""
    for route in entrances(cluster, KIND):
        if route.group in GROUPS:
            yield _station(cluster, route)


def _station(cluster: Cluster, route: Resource) -> Station:
    spec = route.part.at("spec")
    served = [spec.at("to"), *spec.at("alternateBackends").items()]
    targets = (target(cluster, route, each.at("name")) for each in served)
    path = spec.at("path")
    line = (path if path.is_there else spec.at("to")).line
    way = Route(prefix(path), line, tuple(_facts(route)), tuple(filter(None, targets)))
    return Station(route.line, PLATFORM, routes=(way,), entrance=route.line)


def _facts(route: Resource) -> Iterator[Fact]:
    tunnel, server = (route.annotation(ANNOTATIONS + key) for key in ("timeout-tunnel", "timeout"))
    if tunnel.is_there:
        yield from fact(IDLE, tunnel, _span, kinds=UPGRADED)
    else:
        yield Fact(IDLE, None, tunnel.line, TUNNEL, UPGRADED)
    yield from fact(IDLE, server, _span, default=TIMEOUT, of=PLATFORM, kinds=ANSWERS)
    yield from _affinity(route)


def _affinity(route: Resource) -> Iterator[Fact]:
    """By a cookie, which only a router that ends TLS can set; else by the balance, which may be `source`."""
    off, balance = (route.annotation(ANNOTATIONS + key) for key in ("disable_cookies", "balance"))
    ends = route.part.at("spec", "tls", "termination")
    is_passed = ends.text.lower() == "passthrough"
    if off.why_open or ends.why_open:
        yield from fact(AFFINITY, off if off.why_open else ends, str)
    elif is_passed:
        yield from fact(AFFINITY, balance, _balance, default="address-hash", of=PLATFORM)
    elif off.text.lower() == "true":
        yield from fact(AFFINITY, balance if balance.is_there else off, _balance)
    else:
        yield Fact(AFFINITY, "cookie", route.line, f"{DEFAULT}{PLATFORM}")


def _balance(text: str) -> str:
    return "address-hash" if text == "source" else "none"


def _span(text: str) -> str | Unclear:
    """A span as HAProxy takes it: a bare number is of milliseconds."""
    found = values.seconds(text, bare="ms")
    return Unclear("no span of time") if found is None else values.duration(found)
