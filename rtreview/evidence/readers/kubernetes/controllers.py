"""Controllers of Ingresses and balancers of clouds: the annotations that each of them knows.

Sources: kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration (annotations, configmap);
docs.nginx.com/nginx-ingress-controller/configuration/ingress-resources, where a bare number is of seconds by
`ParseTime` of nginx/kubernetes-ingress; azure.github.io/application-gateway-kubernetes-ingress;
kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide (annotations of both).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from rtreview.evidence.deployment import STREAMS, Fact
from rtreview.evidence.readers.kubernetes.part import Part, fact
from rtreview.evidence.readers.kubernetes.readings import (
    Unclear,
    bare_seconds,
    hashed,
    minutes,
    seconds,
    span,
    switch,
    word,
)
from rtreview.evidence.readers.kubernetes.resource import Resource
from rtreview.text.place import SpecPath

CLOUD = "service.beta.kubernetes.io/"
AWS_SERVICE = f"{CLOUD}aws-load-balancer-"

IDLE: SpecPath = ("idle_timeout",)
BUFFERING: SpecPath = ("buffering",)
AFFINITY: SpecPath = ("affinity",)
DRAIN: SpecPath = ("drain",)


class Setting(NamedTuple):
    """An annotation: the field that it fixes, how it is read, and what counts without it.

    Attributes:
        field: of the hop.
        key: the annotation; with an attribute in brackets, one of `a=1,b=2`.
        reads: the value of a spec for its text.
        default: what counts without it; None where that is not known.
        kinds: the kinds of transport that it holds for.

    """

    field: SpecPath
    key: str
    reads: Callable[[str], Any]
    default: Any = None
    kinds: frozenset[str] = frozenset()


class Controller(NamedTuple):
    """A controller of Ingresses, or a balancer.

    Attributes:
        platform: its name in the catalogue.
        annotations: how those that it knows begin.
        classes: words by which a class names it.
        controller: how an IngressClass names it.
        settings: its annotations.
        affinity: what several annotations together say of how a client is kept.

    """

    platform: str
    annotations: str
    classes: frozenset[str]
    controller: str
    settings: tuple[Setting, ...] = ()
    affinity: Callable[[Callable[[str], Part], str], Iterator[Fact]] | None = None


def annotated(resource: Resource, begin: str, key: str) -> Part:
    """An annotation, or an attribute of one that lists some."""
    name, _, attribute = key.partition("[")
    part = resource.annotation(begin + name)
    if name == "listener-attributes":
        # One annotation for each listener: `listener-attributes.TCP-443`.
        listeners = (each for found, each in resource.annotations() if found.startswith(f"{begin}{name}."))
        part = next(listeners, part)
    if not attribute or not part.is_there or part.why_open:
        return part
    for pair in part.text.split(","):
        its, _, value = pair.partition("=")
        if its.strip() == attribute.rstrip("]"):
            return replace(part, content=value.strip())
    return replace(part, content=None)


def _ingress_nginx_affinity(at: Callable[[str], Part], of: str) -> Iterator[Fact]:
    """A cookie goes before a hash, by `get_implementation` of its `balancer.lua`."""
    by_cookie, by_hash = at("affinity"), at("upstream-hash-by")
    if by_cookie.is_there or not by_hash.is_there:
        kept = word({"cookie": "cookie"}, "not by a cookie")
        yield from fact(AFFINITY, by_cookie, kept, default="none", of=of)
    else:
        yield from fact(AFFINITY, by_hash, hashed)


def _nginx_affinity(at: Callable[[str], Part], of: str) -> Iterator[Fact]:
    """`lb-method` is `random two least_conn` by default."""

    def read(text: str) -> str | Unclear:
        words = text.split()
        if words[:1] == ["hash"]:
            return hashed(words[1] if len(words) > 1 else "")
        return "address-hash" if words == ["ip_hash"] else "none"

    yield from fact(AFFINITY, at("lb-method"), read, default="none", of=of)


def _sticky(at: Callable[[str], Part], of: str) -> Iterator[Fact]:
    """Stickiness of a target group, which is off by default."""
    enabled = at("target-group-attributes[stickiness.enabled]")
    kind = at("target-group-attributes[stickiness.type]")
    words = {"lb_cookie": "cookie", "app_cookie": "cookie", "source_ip": "address-hash"}
    if enabled.text != "true" or kind.why_open:
        yield from fact(AFFINITY, enabled, lambda _: "none", default="none", of=of)
    else:
        yield from fact(
            AFFINITY,
            kind if kind.is_there else replace(enabled, content="lb_cookie"),
            word(words, "no kind of stickiness that a spec has a word for"),
        )


def _agic_affinity(at: Callable[[str], Part], of: str) -> Iterator[Fact]:
    yield from fact(
        AFFINITY,
        at("cookie-based-affinity"),
        lambda text: "cookie" if text == "true" else "none",
        default="none",
        of=of,
    )


def _session(text: str) -> Unclear:
    return Unclear(f"{text} s, and its documentation does not say whether of silence or of age")


INGRESS_NGINX = Controller(
    "ingress-nginx",
    "nginx.ingress.kubernetes.io/",
    frozenset({"nginx"}),
    "k8s.io/ingress-nginx",
    (
        Setting(IDLE, "proxy-read-timeout", bare_seconds, "60s"),
        Setting(BUFFERING, "proxy-buffering", switch, False, STREAMS),
        # Of the ConfigMap alone.
        Setting(DRAIN, "worker-shutdown-timeout", span, "4m"),
    ),
    _ingress_nginx_affinity,
)
F5 = Controller(
    "nginx",
    "nginx.org/",
    frozenset({"nginx-plus", "nginx-org"}),
    "nginx.org/ingress-controller",
    (
        Setting(IDLE, "proxy-read-timeout", span, "60s"),
        Setting(BUFFERING, "proxy-buffering", switch, True, STREAMS),
    ),
    _nginx_affinity,
)
ALB = Controller(
    "aws-alb",
    "alb.ingress.kubernetes.io/",
    frozenset({"alb"}),
    "ingress.k8s.aws/alb",
    (
        Setting(IDLE, "load-balancer-attributes[idle_timeout.timeout_seconds]", seconds, "60s"),
        Setting(DRAIN, "target-group-attributes[deregistration_delay.timeout_seconds]", seconds, "5m"),
    ),
    _sticky,
)
AGIC = Controller(
    "azure-application-gateway",
    "appgw.ingress.kubernetes.io/",
    frozenset({"azure-application-gateway", "azure/application-gateway", "application-gateway"}),
    "azure/application-gateway",
    (
        Setting(IDLE, "request-timeout", _session),
        Setting(DRAIN, "connection-draining-timeout", seconds),
    ),
    _agic_affinity,
)
GKE = Controller("gcp-alb", "networking.gke.io/", frozenset({"gce", "gce-internal"}), "k8s.io/ingress-gce")
TRAEFIK = Controller(
    "traefik", "traefik.ingress.kubernetes.io/", frozenset({"traefik"}), "traefik.io/ingress-controller"
)
CONTROLLERS = (
    INGRESS_NGINX,
    F5,
    ALB,
    AGIC,
    GKE,
    TRAEFIK,
    Controller("haproxy", "haproxy.org/", frozenset({"haproxy"}), "haproxy.org/ingress-controller/haproxy"),
    Controller("kong", "konghq.com/", frozenset({"kong"}), "ingress-controllers.konghq.com/kong"),
    Controller("istio", "istio.io/", frozenset({"istio"}), "istio.io/ingress-controller"),
)
"""Those without settings are only told from the others."""

CONFIGURATION = re.compile(
    r"(?:[a-z0-9-]{0,60}-)?(?:ingress-nginx-controller|nginx-ingress-controller|nginx-configuration)"
)
"""What the ConfigMap of ingress-nginx is called in its manifests and charts."""

BALANCERS = (
    (
        Controller("aws-nlb", AWS_SERVICE, frozenset({"service.k8s.aws/nlb", "eks.amazonaws.com/nlb"}), "", (
            Setting(IDLE, "listener-attributes[tcp.idle_timeout.seconds]", seconds, "350s"),
            Setting(DRAIN, "target-group-attributes[deregistration_delay.timeout_seconds]", seconds, "5m"),
        ), _sticky),
        {"type": ("nlb", "nlb-ip", "external")},
    ),
    (
        Controller("aws-clb", AWS_SERVICE, frozenset(), "", (
            Setting(IDLE, "connection-idle-timeout", seconds, "60s"),
        )),
        {"connection-idle-timeout": (), "connection-draining-enabled": (), "type": ("clb",)},
    ),
    (
        Controller("azure-load-balancer", f"{CLOUD}azure-load-balancer-", frozenset(), "", (
            Setting(IDLE, "tcp-idle-timeout", minutes, "4m"),
        )),
        {"tcp-idle-timeout": (), "internal": (), "resource-group": (), "ipv4": ()},
    ),
    (
        Controller("digitalocean-lb", f"{CLOUD}do-loadbalancer-", frozenset(), ""),
        {"name": (), "protocol": (), "certificate-id": (), "size-unit": ()},
    ),
)  # fmt: skip
"""Balancers of clouds before a Service, and the annotations that show which it is: by some values, or any."""
