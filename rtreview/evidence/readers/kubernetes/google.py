"""The balancer of Google Cloud before a Service: what a BackendConfig or a GCPBackendPolicy fixes.

Sources: cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration (BackendConfig),
cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources (GCPBackendPolicy). The timeout is
the age of a WebSocket, 30 s by default (kubernetes/ingress-gce, examples/websocket).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from rtreview.evidence.deployment import DEFAULT, Fact
from rtreview.evidence.readers.kubernetes.part import Part, fact
from rtreview.evidence.readers.kubernetes.readings import seconds, word
from rtreview.evidence.readers.kubernetes.resource import Cluster, Resource

PLATFORM = "gcp-alb"
LIFETIME = "30s"

ANNOTATIONS = ("cloud.google.com/backend-config", "beta.cloud.google.com/backend-config")
"""How a Service names its BackendConfig: `{"default": "chat"}`, or by ports."""

AFFINITIES = {"GENERATED_COOKIE": "cookie", "CLIENT_IP": "address-hash", "NONE": "none"}


def backend(cluster: Cluster, asking: Resource, service: Resource | None, where: Part) -> Iterator[Fact]:
    """What the balancer does before a Service that a route of another resource leads to."""
    if service is None:
        why = "the Service, which may name a BackendConfig, is not among the files"
        yield Fact(("max_lifetime",), None, where.line, why)
        return
    for part in map(service.annotation, ANNOTATIONS):
        if part.is_there:
            configured = cluster.near(service, "BackendConfig", _named(part.text))
            if configured is None:
                yield Fact(("max_lifetime",), None, part.line, "the BackendConfig is not among the files")
            else:
                yield from _facts(configured.part.at("spec"))
            return
    policy = next((each for each in cluster.of("GCPBackendPolicy") if _is_of(each, service)), None)
    if policy is not None:
        yield from _facts(policy.part.at("spec", "default"))
    else:
        yield Fact(("max_lifetime",), LIFETIME, where.line, f"{DEFAULT}{PLATFORM}")


def _named(text: str) -> str:
    """The BackendConfig that all ports have, or the first."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(content, dict):
        return ""
    ports = content.get("ports")
    names = [content.get("default"), *(ports.values() if isinstance(ports, dict) else ())]
    return next((name for name in names if isinstance(name, str)), "")


def _is_of(policy: Resource, service: Resource) -> bool:
    ref = policy.part.at("spec", "targetRef")
    return policy.named(ref.at("name")) == service.name and ref.at("kind").text in ("Service", "")


def _facts(spec: Part) -> Iterator[Fact]:
    yield from fact(("max_lifetime",), spec.at("timeoutSec"), seconds, default=LIFETIME, of=PLATFORM)
    yield from fact(("drain",), spec.at("connectionDraining", "drainingTimeoutSec"), seconds)
    kept = word(AFFINITIES, "no affinity that a spec has a word for")
    # A BackendConfig has the first of them, a GCPBackendPolicy the second.
    for key in ("affinityType", "type"):
        yield from fact(("affinity",), spec.at("sessionAffinity", key), kept)
