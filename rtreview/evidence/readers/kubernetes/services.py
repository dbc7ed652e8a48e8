"""Services of Kubernetes: what others call them, and which of them a route leads to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rtreview.evidence.deployment import Line, Route
from rtreview.evidence.readers.kubernetes.part import Part
from rtreview.evidence.readers.kubernetes.resource import Cluster, Resource

PLAIN = re.compile(r"[A-Za-z0-9/._~%@:+-]{0,500}")
"""A path, or the part of one, that stands for itself."""


def names(service: Resource) -> frozenset[str]:
    """What others call a Service."""
    name, space = service.name, service.namespace
    if not name:
        return frozenset()
    written = service.part.at("metadata", "name").text
    own = {name, written, service.by_default} - {""}
    if space:
        own |= {f"{name}.{space}", f"{name}.{space}.svc", f"{name}.{space}.svc.cluster.local"}
    return frozenset(own)


def target(cluster: Cluster, asking: Resource, part: Part, namespace: str = "") -> str:
    """The name of the Service that a part of a resource names, as far as the files tell."""
    name = asking.named(part)
    found = service(cluster, asking, part, namespace)
    space = namespace or (found.namespace if found else "")
    return f"{name}.{space}" if space and found and found.namespace else name


def service(cluster: Cluster, asking: Resource, part: Part, namespace: str = "") -> Resource | None:
    """The Service that a part of a resource names, if the files have it."""
    return cluster.near(asking, "Service", asking.named(part), namespace)


def prefix(path: Part) -> str:
    """The paths that a route takes, as a prefix: up to what is no plain text."""
    if path.why_open:
        return path.text if "{{" not in path.text else ""
    plain = PLAIN.match(path.text)
    found = plain[0] if plain else ""
    rest = path.text[len(found) :]
    return found[:-1] if rest[:1] in ("?", "*") and not found.endswith("/") else found


def distinct(routes: Iterable[Route]) -> tuple[Route, ...]:
    """Routes without those that say the same for another host."""
    once: dict[Route, Route] = {}
    for route in routes:
        once.setdefault(route._replace(line=Line("", 0, "")), route)
    return tuple(once.values())


def backends(route: Resource) -> Iterator[Part]:
    """The names of the Services that an Ingress or another route leads to."""
    for rule in route.part.at("spec", "rules").items():
        for backend in rule.at("backendRefs").items():
            yield backend.at("name")
        for path in rule.at("http", "paths").items():
            yield backend_of(path.at("backend"))
    for each in route.part.at("spec", "routes").items():
        for part in each.at("services").items():
            yield part.at("name")
    yield route.part.at("spec", "to", "name")
    for key in ("defaultBackend", "backend"):
        yield backend_of(route.part.at("spec", key))


def entrances(cluster: Cluster, *kinds: str) -> Iterator[Resource]:
    """The resources of some kinds that publish Services, without those of a component that is off."""
    for route in cluster.of(*kinds):
        named = {(route.chart, route.named(part)) for part in backends(route) if part.is_there}
        if not named or not named <= cluster.absent:
            yield route


def backend_of(backend: Part) -> Part:
    """The name of the Service of a backend, as either version of an Ingress writes it."""
    now = backend.at("service", "name")
    return now if now.is_there else backend.at("serviceName")
