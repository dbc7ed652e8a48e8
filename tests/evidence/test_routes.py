"""What routes of Traefik and of OpenShift fix that are resources of a cluster."""

from __future__ import annotations

from textwrap import dedent

import pytest
from deployments import fixed, nested, spec_of, stations

from rtreview.evidence.deployment import Station
from rtreview.language import catalogue

INGRESS_ROUTE = """
apiVersion: traefik.io/v1alpha1
kind: {kind}
metadata: {{name: chat, namespace: web}}
spec:
  entryPoints: [web]
  routes:
    - kind: Rule
      match: {match}
      services:
        - name: chat
          port: 80
{service}
"""
ROUTE = """
apiVersion: route.openshift.io/v1
kind: Route
metadata:
  name: chat
  annotations: {{{annotations}}}
spec:
  path: /ws
  to: {{kind: Service, name: chat}}
  tls: {{termination: {termination}}}
"""


def hop(text: str, *others: str) -> Station:
    """The only hop of a file."""
    files = {"k8s/chat.yaml": "\n---\n".join((text, *map(dedent, others)))}
    (station,) = (each for each in stations("Kubernetes", files) if each.platform)
    return station


def ingress_route(match: str, service: str = "", kind: str = "IngressRoute") -> Station:
    """A route of Traefik with one service."""
    return hop(INGRESS_ROUTE.format(match=match, service=nested(service, 10), kind=kind))


def test_an_ingress_route_leads_to_services_by_its_paths() -> None:
    """It is an entrance."""
    station = ingress_route("Host(`chat.example.org`) && (PathPrefix(`/ws`) || Path(`/feed`))")
    assert station.platform == "traefik"
    assert [(route.prefix, route.targets) for route in station.routes] == [
        ("/ws", ("chat",)),
        ("= /feed", ("chat",)),
    ]
    assert station.entrance is not None
    assert station.entrance.text == "kind: IngressRoute"


@pytest.mark.parametrize(
    ("service", "kept"), [("sticky: {cookie: {name: chat}}", "cookie"), ("weight: 1", "none")]
)
def test_traefik_keeps_a_client_where_a_cookie_is_asked_for(service: str, kept: str) -> None:
    """Else it does not, whatever a Service says."""
    assert fixed(ingress_route("PathPrefix(`/ws`)", service).routes[0].facts) == {"affinity": kept}


def test_a_tcp_route_of_traefik_has_no_cookies() -> None:
    """It leads to its Service all the same."""
    (route,) = ingress_route("HostSNI(`*`)", kind="IngressRouteTCP").routes
    assert (route.targets, route.facts) == (("chat",), ())


@pytest.mark.parametrize(("named", "kept"), [("ingressClassName: traefik", "cookie"), ("tls: []", None)])
def test_a_service_asks_traefik_for_a_cookie_by_an_annotation(named: str, kept: str | None) -> None:
    """Where an Ingress of its class leads there; without a class it is open."""
    ingress = f"""
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {{name: chat}}
        spec:
          {named}
          defaultBackend: {{service: {{name: chat}}}}
    """
    service = """
        apiVersion: v1
        kind: Service
        metadata:
          name: chat
          annotations:
            traefik.ingress.kubernetes.io/service.sticky.cookie: "true"
        spec: {ports: [{port: 80}]}
    """
    assert fixed(hop(dedent(ingress), service).routes[0].facts) == {"affinity": kept}


def test_a_route_of_openshift_leads_to_its_service() -> None:
    """By its path."""
    station = hop(ROUTE.format(annotations="", termination="edge"))
    assert station.platform == "openshift-router"
    assert [(route.prefix, route.targets) for route in station.routes] == [("/ws", ("chat",))]
    assert station.entrance is not None


@pytest.mark.parametrize(
    ("annotations", "termination", "kinds", "field", "value"),
    [
        ("timeout-tunnel: 2h", "edge", "websocket", "idle_timeout", "2h"),
        ('timeout-tunnel: "5000"', "edge", "websocket", "idle_timeout", "5s"),
        ("timeout: 2h", "edge", "websocket", "idle_timeout", None),
        ("timeout: 2h", "edge", "sse", "idle_timeout", "2h"),
        ("timeout-tunnel: 2h", "edge", "sse", "idle_timeout", "30s"),
        ("balance: source", "edge", "sse", "affinity", "cookie"),
        ('disable_cookies: "true"', "edge", "sse", "affinity", "none"),
        ('disable_cookies: "true", ANN/balance: source', "edge", "sse", "affinity", "address-hash"),
        ("balance: leastconn", "passthrough", "sse", "affinity", "none"),
        ("timeout: 1s", "passthrough", "sse", "affinity", "address-hash"),
    ],
)
def test_annotations_say_what_the_router_of_openshift_does(
    annotations: str, termination: str, kinds: str, field: str, value: str | None
) -> None:
    """A tunnel has a timeout of its own, and a router that does not end TLS sets no cookie."""
    whole = f"ANN/{annotations}".replace("ANN", "haproxy.router.openshift.io")
    (route,) = hop(ROUTE.format(annotations=whole, termination=termination)).routes
    found = [
        fact for fact in route.facts if fact.field == (field,) and (not fact.kinds or kinds in fact.kinds)
    ]
    assert [fact.value for fact in found] == [value]


def test_a_route_of_another_group_is_none_of_openshift() -> None:
    """As that of Knative."""
    text = ROUTE.format(annotations="", termination="edge").replace(
        "route.openshift.io", "serving.knative.dev"
    )
    assert stations("Kubernetes", {"k8s/chat.yaml": text}) == []


def test_every_value_is_one_that_a_spec_can_have() -> None:
    """And each platform is in the catalogue."""
    found = [
        hop(ROUTE.format(annotations="haproxy.router.openshift.io/timeout-tunnel: 2h", termination="edge")),
        ingress_route("PathPrefix(`/ws`)", "sticky: {cookie: {}}"),
    ]
    assert spec_of(found)
    assert all(catalogue.find(station.platform) for station in found)
