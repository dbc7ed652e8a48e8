"""What the entrances and routes of a cluster fix: Ingresses, balancers of Services, routes of gateways."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
import yaml
from conftest import ROOT
from deployments import fact, file, fixed, nested, spec_of, stations, unreadable
from hypothesis import given, settings
from hypothesis import strategies as st

from rtreview.evidence.deployment import File, Station
from rtreview.evidence.readers import kubernetes
from rtreview.evidence.readers.kubernetes import controllers, gateway, google
from rtreview.evidence.values import seconds

INGRESS = """
    apiVersion: networking.k8s.io/v1
    kind: Ingress
    metadata:
      name: chat
      annotations:
{annotations}
    spec:
      {named}
      rules:
        - host: chat.example.org
          http:
            paths:
              - path: /ws
                pathType: Prefix
                backend: {{service: {{name: chat, port: {{number: 80}}}}}}
"""
SERVICE = """
    apiVersion: v1
    kind: Service
    metadata:
      name: chat
      annotations:
{annotations}
    spec:
      type: LoadBalancer
      selector: {{app: chat}}
"""


def annotated(template: str, annotations: str, **rest: str) -> str:
    """A resource with annotations."""
    return template.format(annotations=nested(annotations or "{}", 8), **rest)


def ingress(annotations: str, named: str = "ingressClassName: nginx", *others: str) -> Station:
    """The hop of an Ingress, with other documents in its file."""
    text = "\n---\n".join(dedent(each) for each in (annotated(INGRESS, annotations, named=named), *others))
    return next(each for each in stations("Kubernetes", {"k8s/chat.yaml": text}) if each.platform)


def only(text: str) -> Station:
    """The single station of a text."""
    (station,) = stations("Kubernetes", {"k8s/chat.yaml": text})
    return station


def test_the_read_timeout_of_ingress_nginx_is_its_idle_timeout() -> None:
    """Bare seconds, on the line of the annotation; its path leads to the Service."""
    station = ingress('nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"')
    found = fact(station, "idle_timeout")
    assert (station.platform, found.value, found.decided_by) == ("ingress-nginx", "1h", "")
    assert (found.line.number, found.line.text) == (
        6,
        'nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"',
    )
    assert [(route.prefix, route.targets) for route in station.routes] == [("/ws", ("chat",))]
    assert station.entrance is not None


@pytest.mark.parametrize("written", ['"3600s"', '"1h"'])
def test_a_unit_makes_ingress_nginx_ignore_a_timeout(written: str) -> None:
    """It takes whole numbers only, and by version refuses or ignores the rest."""
    found = fact(ingress(f"nginx.ingress.kubernetes.io/proxy-read-timeout: {written}"), "idle_timeout")
    assert found.is_open
    assert "whole seconds" in found.decided_by


def test_an_ingress_without_annotations_has_the_defaults_of_its_controller() -> None:
    """At the line of the block that lacks them."""
    station = ingress("example.org/team: chat")
    assert fixed(station.facts) == {
        "idle_timeout": "60s", "buffering": False, "affinity": "none", "drain": "4m"
    }  # fmt: skip
    assert fact(station, "idle_timeout").line.text == "annotations:"
    assert fact(station, "idle_timeout").decided_by.startswith("default of ingress-nginx")


@pytest.mark.parametrize(
    ("annotation", "field", "value"),
    [
        ('proxy-buffering: "on"', "buffering", True),
        ('affinity: "cookie"', "affinity", "cookie"),
        ('upstream-hash-by: "$binary_remote_addr"', "affinity", "address-hash"),
        ('upstream-hash-by: "$arg_room"', "affinity", None),
        ('proxy-send-timeout: "3600"', "idle_timeout", "60s"),
        ('proxy-connect-timeout: "3600"', "idle_timeout", "60s"),
        ('proxy-body-size: "8m"', "idle_timeout", "60s"),
        ('enable-websocket: "true"', "idle_timeout", "60s"),
        ('proxy-read-timeout: "${READ_TIMEOUT}"', "idle_timeout", None),
    ],
)
def test_ingress_nginx_reads_its_annotations(annotation: str, field: str, value: object) -> None:
    """And those that sound alike fix nothing."""
    assert fixed(ingress(f"nginx.ingress.kubernetes.io/{annotation}").facts)[field] == value


def test_a_cookie_goes_before_a_hash() -> None:
    """As its balancer chooses."""
    both = """
        nginx.ingress.kubernetes.io/upstream-hash-by: "$remote_addr"
        nginx.ingress.kubernetes.io/affinity: cookie
    """
    assert fixed(ingress(both).facts)["affinity"] == "cookie"


def test_an_annotation_goes_before_the_config_map_and_that_before_the_default() -> None:
    """The ConfigMap is the one that the controller is named after."""
    configuration = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
        data: {proxy-read-timeout: "240", worker-shutdown-timeout: 10m}
    """
    facts = ingress("example.org/team: chat", "ingressClassName: nginx", configuration).facts
    assert (fixed(facts)["idle_timeout"], fixed(facts)["drain"]) == ("4m", "10m")
    stated = 'nginx.ingress.kubernetes.io/proxy-read-timeout: "60"'
    assert fixed(ingress(stated, "ingressClassName: nginx", configuration).facts)["idle_timeout"] == "60s"


def test_annotations_count_only_for_the_controller_of_the_class() -> None:
    """Those of another are ignored by it in silence."""
    both = """
        nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"
        alb.ingress.kubernetes.io/load-balancer-attributes: idle_timeout.timeout_seconds=120
    """
    assert fixed(ingress(both).facts)["idle_timeout"] == "1h"
    found = ingress(both, "ingressClassName: alb")
    assert (found.platform, fixed(found.facts)["idle_timeout"]) == ("aws-alb", "2m")


def test_the_older_annotation_names_the_class() -> None:
    """Where the field is not there."""
    found = ingress(
        """
        kubernetes.io/ingress.class: nginx
        nginx.ingress.kubernetes.io/proxy-read-timeout: "120"
        """,
        "",
    )
    assert (found.platform, fixed(found.facts)["idle_timeout"]) == ("ingress-nginx", "2m")


def test_without_a_class_it_is_open_which_annotations_count() -> None:
    """The controller is asked for, and no default is claimed."""
    found = ingress('nginx.ingress.kubernetes.io/proxy-read-timeout: "120"', "")
    assert fixed(found.facts) == {"name": None, "idle_timeout": None}
    assert "no class is named" in fact(found, "idle_timeout").decided_by


def test_an_ingress_class_names_the_controller() -> None:
    """Whatever the class is called."""
    declared = """
        apiVersion: networking.k8s.io/v1
        kind: IngressClass
        metadata: {name: outside}
        spec: {controller: k8s.io/ingress-nginx}
    """
    assert ingress("{}", "ingressClassName: outside", declared).platform == "ingress-nginx"


def test_the_controller_of_f5_takes_units_and_buffers() -> None:
    """It is told from ingress-nginx, which has the same class, by its annotations."""
    found = ingress(
        """
        nginx.org/proxy-read-timeout: "300s"
        nginx.org/websocket-services: "feed, chat"
        nginx.org/lb-method: "ip_hash"
        """
    )
    assert found.platform == "nginx"
    assert fixed(found.facts) == {"idle_timeout": "5m", "buffering": True, "affinity": "address-hash"}
    assert found.routes[0].carries == {"websocket"}


def test_a_sticky_cookie_of_f5_holds_for_the_service_that_it_names() -> None:
    """And for no other."""
    line = 'nginx.org/proxy-read-timeout: 60s\nnginx.com/sticky-cookie-services: "serviceName={} id"'
    assert fixed(ingress(line.format("chat")).routes[0].facts) == {"affinity": "cookie"}
    assert ingress(line.format("feed")).routes[0].facts == ()


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("stickiness.enabled=true,stickiness.type=lb_cookie", {"affinity": "cookie", "drain": "5m"}),
        ("deregistration_delay.timeout_seconds=30", {"affinity": "none", "drain": "30s"}),
        ("stickiness.enabled=false", {"affinity": "none", "drain": "5m"}),
    ],
)
def test_the_attributes_of_a_target_group_say_how_clients_are_kept(
    attributes: str, expected: dict[str, str]
) -> None:
    """And how long a target that leaves keeps its connections."""
    found = fixed(
        ingress(
            f"alb.ingress.kubernetes.io/target-group-attributes: {attributes}", "ingressClassName: alb"
        ).facts
    )
    assert found == {"idle_timeout": "60s", **expected}


def test_what_the_timeout_of_an_application_gateway_counts_is_open() -> None:
    """Its documentation says that it holds for a WebSocket, and not of what."""
    found = ingress(
        """
        appgw.ingress.kubernetes.io/request-timeout: "300"
        appgw.ingress.kubernetes.io/cookie-based-affinity: "true"
        """,
        "ingressClassName: azure-application-gateway",
    )
    assert found.platform == "azure-application-gateway"
    assert fixed(found.facts) == {"idle_timeout": None, "affinity": "cookie"}


def test_an_annotation_in_a_comment_is_none() -> None:
    """Whatever it promises."""
    found = ingress('# nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"\nexample.org/team: chat')
    assert fixed(found.facts)["idle_timeout"] == "60s"


def test_the_paths_of_an_ingress_are_prefixes() -> None:
    """A regular expression counts up to its first sign, and two hosts with the same path are one route."""
    text = """
        apiVersion: extensions/v1beta1
        kind: Ingress
        metadata: {name: chat, annotations: {kubernetes.io/ingress.class: nginx}}
        spec:
          backend: {serviceName: site, servicePort: 80}
          rules:
            - http: {paths: [{path: /socket.io/?(.*), backend: {serviceName: chat, servicePort: 80}}]}
            - http: {paths: [{path: /socket.io/?(.*), backend: {serviceName: chat, servicePort: 80}}]}
            - http: {paths: [{path: /feed(/|$)(.*), backend: {serviceName: feed, servicePort: 80}}]}
    """
    found = [(route.prefix, route.targets) for route in only(text).routes]
    assert found == [("/socket.io/", ("chat",)), ("/feed", ("feed",)), ("", ("site",))]


NLB = "service.beta.kubernetes.io/aws-load-balancer-"


def balanced(annotations: str) -> Station:
    """The hop of a Service of type LoadBalancer."""
    return only(annotated(SERVICE, annotations))


def test_a_network_load_balancer_forgets_a_silent_flow() -> None:
    """After 350 s, if its listener does not say otherwise; it may keep an address on a target."""
    found = balanced(
        f"{NLB}type: external\n"
        f"{NLB}target-group-attributes: stickiness.enabled=true,stickiness.type=source_ip"
    )
    assert found.platform == "aws-nlb"
    assert fixed(found.facts) == {"idle_timeout": "350s", "drain": "5m", "affinity": "address-hash"}
    assert found.routes[0].targets == ("chat",)
    assert found.entrance is not None
    assert found.entrance.text == "type: LoadBalancer"
    listener = f"{NLB}type: nlb\n{NLB}listener-attributes.TCP-443: tcp.idle_timeout.seconds=600"
    assert fixed(balanced(listener).facts)["idle_timeout"] == "10m"


@pytest.mark.parametrize(("protocol", "idle"), [("UDP", None), ("TCP", "350s")])
def test_only_a_connection_of_tcp_is_idle(protocol: str, idle: str | None) -> None:
    """A balancer whose ports are all of UDP has none."""
    service = SERVICE.replace(
        "      selector", f"      ports: [{{{{port: 5683, protocol: {protocol}}}}}]\n      selector"
    )
    found = only(annotated(service, f"{NLB}type: nlb"))
    assert fixed(found.facts).get("idle_timeout") == idle


def test_a_classic_balancer_has_its_own_annotation() -> None:
    """In whole seconds."""
    found = balanced(f'{NLB}connection-idle-timeout: "3600"')
    assert (found.platform, fixed(found.facts)) == ("aws-clb", {"idle_timeout": "1h"})


def test_a_balancer_of_azure_counts_minutes() -> None:
    """From 4 on, which is the default."""
    found = balanced('service.beta.kubernetes.io/azure-load-balancer-tcp-idle-timeout: "30"')
    assert (found.platform, fixed(found.facts)) == ("azure-load-balancer", {"idle_timeout": "30m"})


def test_without_annotations_the_cloud_chooses_the_balancer() -> None:
    """So somebody is asked."""
    assert fixed(balanced("{}").facts) == {"name": None}


BACKEND = """
    apiVersion: cloud.google.com/v1
    kind: BackendConfig
    metadata: {name: chat}
    spec:
      timeoutSec: 86400
      connectionDraining: {drainingTimeoutSec: 60}
      sessionAffinity: {affinityType: GENERATED_COOKIE}
"""


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (
            """{name: chat, annotations: {cloud.google.com/backend-config: '{"default": "chat"}'}}""",
            {"max_lifetime": "24h", "drain": "60s", "affinity": "cookie"},
        ),
        ("{name: chat}", {"max_lifetime": "30s"}),
        ("{name: other}", {"max_lifetime": None}),
        (
            '{name: chat, annotations: {cloud.google.com/backend-config: \'{"default": "lost"}\'}}',
            {"max_lifetime": None},
        ),
    ],
)
def test_the_timeout_of_a_backend_is_the_age_of_a_connection(
    service: str, expected: dict[str, object]
) -> None:
    """By the BackendConfig that the Service names, else 30 s; open where either is not among the files."""
    others = f"apiVersion: v1\nkind: Service\nmetadata: {service}\nspec: {{selector: {{app: chat}}}}"
    found = ingress("{}", "ingressClassName: gce", others, BACKEND)
    assert (found.platform, fixed(found.routes[0].facts)) == ("gcp-alb", expected)


ROUTE = """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {{name: chat, namespace: web}}
    spec:
      parentRefs: [{{name: outside}}]
      rules:
        - matches: [{{path: {{type: PathPrefix, value: /ws}}}}, {{path: {{value: /events}}}}]
          {rule}
          backendRefs: [{{name: chat, port: 80}}]
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {{name: outside, namespace: web}}
    spec: {{gatewayClassName: {named}}}
    {more}
"""


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("timeouts: {request: 90s}", {"max_lifetime": "90s"}),
        ("timeouts: {request: 0s}", {"max_lifetime": "none"}),
        ("timeouts: {backendRequest: 5s}", {}),
        ("sessionPersistence: {type: Cookie}", {"affinity": "cookie"}),
        ("sessionPersistence: {type: Header}", {"affinity": None}),
    ],
)
def test_a_route_ends_streams_after_the_timeout_of_a_request(rule: str, expected: dict[str, object]) -> None:
    """Where it has one: what counts otherwise depends on who serves it."""
    station = only(ROUTE.format(rule=rule, named="istio", more=""))
    assert station.platform == "istio"
    assert [route.prefix for route in station.routes] == ["/ws", "/events"]
    assert fixed(station.routes[0].facts) == expected
    assert all(
        found.kinds == {"sse", "http-stream"} for found in station.routes[0].facts if "l" in found.field
    )


def test_envoy_gateway_ends_a_stream_after_15_seconds() -> None:
    """It is known by the controller that its class names."""
    declared = """---
    apiVersion: gateway.networking.k8s.io/v1
    kind: GatewayClass
    metadata: {name: outside}
    spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
    """
    station = only(ROUTE.format(rule="filters: []", named="outside", more=declared))
    assert (station.platform, fixed(station.routes[0].facts)) == ("envoy", {"max_lifetime": "15s"})


def test_the_policy_of_a_backend_counts_behind_a_gateway_of_google() -> None:
    """It names the Service."""
    more = """---
    apiVersion: v1
    kind: Service
    metadata: {name: chat, namespace: web}
    ---
    apiVersion: networking.gke.io/v1
    kind: GCPBackendPolicy
    metadata: {name: chat, namespace: web}
    spec: {default: {timeoutSec: 3600}, targetRef: {kind: Service, name: chat}}
    """
    station = only(ROUTE.format(rule="filters: []", named="gke-l7-global-external-managed", more=more))
    assert (station.platform, fixed(station.routes[0].facts)) == ("gcp-alb", {"max_lifetime": "1h"})
    assert station.routes[0].targets == ("chat.web",)


def test_a_gateway_that_is_not_there_is_asked_for() -> None:
    """Its class decides who serves the route."""
    text = ROUTE.format(rule="filters: []", named="istio", more="").split("---")[0]
    assert fixed(only(text).facts) == {"name": None}


ISTIO = """
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata: {{name: chat}}
    spec:
      hosts: [chat.example.org]
      gateways: [mesh, outside]
      http:
        - match: [{{uri: {{prefix: /ws}}}}]
          {timeout}
          route: [{{destination: {{host: chat.web.svc.cluster.local}}}}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {{name: chat}}
    spec:
      host: chat
      trafficPolicy:
        connectionPool:
          tcp: {{maxConnectionDuration: 2h, idleTimeout: 30s, connectTimeout: 5s}}
          http: {{idleTimeout: 45s}}
        loadBalancer: {{consistentHash: {hashed}}}
"""


def test_a_mesh_has_no_timeout_of_its_own() -> None:
    """Idle timeouts of its pools are those of connections without a request."""
    station = only(ISTIO.format(timeout="name: ws", hashed="{httpCookie: {name: node, ttl: 0s}}"))
    (route,) = station.routes
    assert (station.platform, route.prefix, route.targets) == (
        "istio",
        "/ws",
        ("chat.web.svc.cluster.local",),
    )
    assert [(found.value, bool(found.kinds)) for found in route.facts] == [
        ("none", True),
        ("2h", False),
        ("cookie", False),
    ]
    assert station.entrance is not None


@pytest.mark.parametrize(
    ("hashed", "value"), [("{useSourceIp: true}", "address-hash"), ("{httpHeaderName: x-room}", None)]
)
def test_a_destination_rule_says_how_clients_are_kept(hashed: str, value: object) -> None:
    """By what it hashes."""
    (route,) = only(ISTIO.format(timeout="timeout: 90s", hashed=hashed)).routes
    assert (fixed(route.facts)["affinity"], route.facts[0].value) == (value, "90s")


def test_a_patch_of_an_ingress_sets_its_annotations() -> None:
    """It is no entrance of its own."""
    files = {
        "base/chat.yaml": annotated(INGRESS, "{}", named="ingressClassName: nginx"),
        "prod/kustomization.yaml": "resources: [../base/chat.yaml]\npatches: [{path: chat.yaml}]",
        "prod/chat.yaml": """
            kind: Ingress
            metadata: {name: chat, annotations: {nginx.ingress.kubernetes.io/proxy-read-timeout: "600"}}
        """,
    }
    (station,) = stations("Kubernetes", files)
    found = fact(station, "idle_timeout")
    assert (found.value, found.line.file, found.origin) == (
        "10m",
        "prod/chat.yaml",
        "a patch of the kustomization",
    )


def test_resources_of_a_list_are_read() -> None:
    """Each with the line that it has in the file."""
    text = """
        apiVersion: v1
        kind: List
        items:
          - apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata:
              name: chat
              annotations:
                nginx.ingress.kubernetes.io/proxy-read-timeout: "120"
            spec: {ingressClassName: nginx}
    """
    assert fact(only(text), "idle_timeout").line.number == 9


def test_a_document_that_cannot_be_read_takes_no_other_with_it() -> None:
    """They stand apart."""
    broken = "apiVersion: v1\nkind: Service\nspec: {type: [}\n"
    text = f"{broken}---\n{dedent(annotated(INGRESS, '{}', named='ingressClassName: nginx'))}"
    assert only(text).platform == "ingress-nginx"
    (found,) = unreadable("Kubernetes", {"k8s/all.yaml": text})
    assert (found.line.file, found.line.number) == ("k8s/all.yaml", 3)


def test_a_template_that_is_no_yaml_is_told() -> None:
    """Where it may hold something; a helper that holds none is as good as read."""
    broken = "kind: Service\nmetadata:\n  name: [a\nspec: {{ .Values.spec }}"
    assert [each.line.file for each in unreadable("Kubernetes", {"a/templates/a.yaml": broken})] == [
        "a/templates/a.yaml"
    ]
    assert not unreadable("Kubernetes", {"a/templates/_a.tpl": '{{ define "a" }}kind: [{{ end }}'})


def test_a_file_in_a_config_map_has_its_own_lines() -> None:
    """As they are numbered in the manifest, without their indentation; it is found again by its id."""
    text = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: proxy}
        data:
          mode: fast
          nginx.conf: |
            server {
              location / {
                proxy_pass http://chat;
              }
            }
          other.conf: |
            events {}
            http {}
    """
    whole = file("k8s/proxy.yaml", text)
    first, second = kubernetes.parts(whole)
    assert (first.inner, first.id, first.lines[2]) == (
        "nginx.conf", "k8s/proxy.yaml#nginx.conf", "    proxy_pass http://chat;"
    )  # fmt: skip
    assert first.line(3).number == 9
    assert whole.lines[8].strip() == first.line(3).text
    assert (second.inner, second.line(1).number, len(second.lines)) == ("other.conf", 13, 2)


def test_an_entry_in_quotes_has_no_lines_of_its_own() -> None:
    """Its ends of lines are signs in one line."""
    text = 'kind: ConfigMap\nmetadata: {name: x}\ndata: {a.conf: "events {}\\nhttp {}\\n"}'
    assert list(kubernetes.parts(file("k.yaml", text))) == []


def test_two_config_maps_of_a_file_may_have_entries_of_one_name() -> None:
    """The second has a number in front."""
    each = "kind: ConfigMap\nmetadata: {{name: {}}}\ndata:\n  a.conf: |\n    one\n    two\n"
    found = [
        part.inner for part in kubernetes.parts(file("k.yaml", f"{each.format('x')}---\n{each.format('y')}"))
    ]
    assert found == ["a.conf", "2/a.conf"]


KNOWN = [*controllers.CONTROLLERS, *(balancer for balancer, _ in controllers.BALANCERS)]
"""All that a table names."""


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.platform)
def test_what_stands_in_the_tables_is_what_the_catalogue_says(known: controllers.Controller) -> None:
    """Each hop has its file there, with the same idle timeout."""
    platform = yaml.safe_load(
        (ROOT / "references" / "platforms" / f"{known.platform}.yaml").read_text("utf-8")
    )
    for setting in known.settings:
        if setting.field == ("idle_timeout",) and setting.default is not None:
            assert seconds(setting.default) == seconds(platform["defaults"]["hop"]["idle_timeout"])


def test_every_platform_of_a_gateway_is_in_the_catalogue() -> None:
    """By its name there."""
    named = {*gateway.CLASSES.values(), *gateway.CONTROLLERS.values(), gateway.UNKNOWN, google.PLATFORM}
    assert all((ROOT / "references" / "platforms" / f"{name}.yaml").is_file() for name in named)


def test_every_value_is_one_that_a_spec_can_have() -> None:
    """Of the hop as of the process."""
    texts = [
        annotated(INGRESS, "nginx.ingress.kubernetes.io/affinity: cookie", named="ingressClassName: nginx"),
        annotated(SERVICE, f"{NLB}type: nlb\n{NLB}target-group-attributes: stickiness.enabled=true"),
        ISTIO.format(timeout="timeout: 1.5h", hashed="{useSourceIp: true}"),
        ROUTE.format(rule="timeouts: {request: 0s}", named="istio", more=""),
    ]
    for text in texts:
        assert spec_of([only(text)])


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
SHAPES = st.recursive(
    LEAVES | st.sampled_from(["{{ .x }}", "nginx"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "spec", "*"]), inner, max_size=3)
    ),
    max_leaves=6,
)
"""What may stand where a value is expected."""


@pytest.mark.slow
@given(shape=SHAPES, number=st.integers(0, 400), tail=st.binary(max_size=40))
@settings(max_examples=60)
def test_no_shape_is_an_error(shape: object, number: int, tail: bytes) -> None:
    """Whatever stands in the place of a value."""
    texts = [
        dedent(
            annotated(INGRESS, "nginx.ingress.kubernetes.io/affinity: cookie", named="ingressClassName: gce")
        ),
        dedent(annotated(SERVICE, f"{NLB}type: nlb")),
        dedent(ISTIO.format(timeout="timeout: 1h", hashed="{useSourceIp: true}")),
        dedent(ROUTE.format(rule="timeouts: {request: 0s}", named="gke-x", more="")),
        dedent(BACKEND),
    ]
    documents = [each for text in texts for each in yaml.load_all(text, yaml.CSafeLoader)]
    places = [place for document in documents for place in all_places(document)]
    holder, key = places[number % len(places)]
    holder[key] = shape
    text = yaml.safe_dump_all(documents, allow_unicode=True) + tail.decode("latin-1")
    made = File("k8s/all.yaml", tuple(text.split("\n")))
    list(kubernetes.stations([made]))
    list(kubernetes.parts(made))


def all_places(value: Any) -> list[tuple[Any, Any]]:
    """Each place of a document, as what holds it and the key there."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inside in pairs for place in ((value, key), *all_places(inside))]
