"""Kubernetes: resources as YAML, as a template of a Helm chart, or as parts of a list.

An Ingress or a route leads to Services, a Service selects the pods of a workload, and a scaler sets how many
there are. A ConfigMap may hold the configuration of a program that the pods run: it is a part of its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from rtreview.evidence.deployment import File, Line, Override, Station, Unreadable
from rtreview.evidence.readers.kubernetes import (
    dependencies,
    doubts,
    gateway,
    helmignore,
    ingress,
    kustomize,
    openshift,
    traefik,
    workloads,
)
from rtreview.evidence.readers.kubernetes.changes import may_change
from rtreview.evidence.readers.kubernetes.held import entries
from rtreview.evidence.readers.kubernetes.resource import (
    ENTRANCES,
    KUSTOMIZATION,
    NAMES,
    TARGETS,
    Cluster,
    Resource,
    may_hold,
    resources,
)
from rtreview.evidence.readers.kubernetes.values_files import is_of_values

KINDS = frozenset({
    *workloads.WORKLOADS, *workloads.SCALERS, *workloads.OTHERS, KUSTOMIZATION,
    "Service", "ConfigMap", "Secret", "List",
    "Ingress", "IngressClass", "HTTPRoute", "Gateway", "GatewayClass", "BackendConfig", "GCPBackendPolicy",
    "VirtualService", "DestinationRule", *traefik.KINDS, openshift.KIND, *TARGETS,
})  # fmt: skip
"""What is read, and by what others name it; all else says nothing of a connection."""

CHART = (".yaml", ".yml", ".tpl")
"""How files end of which a chart may consist; a file of values says nowhere that it is one."""

_BLOCK = re.compile(r"[|>][-+0-9]{0,2}[ \t]{0,9}(?:#.{0,200})?$")
_RESOURCE = re.compile(r"^[ \t-]{0,40}(?:apiVersion|kind):", re.MULTILINE)


def takes(file: File) -> bool:
    """Whether it may hold resources, or values or helpers of a chart that does."""
    if file.inner:
        return False
    path = PurePosixPath(file.name)
    if kustomize.takes(file) or path.name == helmignore.NAME:
        return True
    if path.suffix == ".json":
        return is_of_values(file) or ("apiVersion" in file.text and may_hold(file.text, KINDS))
    if NAMES.search(file.name) is None:
        # Helm takes any file in a folder of templates, and a kustomization whatever it names.
        is_of_templates = "templates" in path.parts[:-1]
        return may_hold(file.text, KINDS) or (is_of_templates and may_change(file))
    return path.suffix.lower() in CHART or _RESOURCE.search(file.text) is not None


def stations(files: Sequence[File]) -> Iterator[Station | Unreadable]:
    """The entrances, the routes and the workloads that all files together describe."""
    cluster = Cluster(helmignore.kept(files), KINDS)
    doubted: dict[Line, list[Override]] = {}
    for resource, why in doubts.told(cluster.kinds, workloads.OWN):
        if resource.kind in ENTRANCES:
            doubted.setdefault(resource.line, []).append(why)
        else:
            cluster.overrides.append(why._replace(files=frozenset({resource.file.name})))
    mesh = gateway.Mesh(cluster)
    for described in (ingress, gateway, traefik, openshift, workloads, dependencies):
        for station in described.stations(cluster):
            yield mesh.over(station.overruled([*cluster.overrides, *doubted.get(station.line, ())]))
    yield from cluster.unreadable


def parts(file: File) -> Iterator[File]:
    """The files that ConfigMaps and Secrets of a file hold, with the lines that they have in it."""
    found = resources(file, frozenset({"ConfigMap", "Secret", "List"}))
    holders = [each for each in found if isinstance(each, Resource)]
    holders.sort(key=lambda each: each.kind)
    for entry in entries(each for each in holders if each.kind != "List"):
        source, span = entry.part.source, entry.part.source.document.values.get(entry.part.path)
        if span is None or not _BLOCK.search(source.file.lines[span.line - 1]):
            continue
        lines = source.file.lines[span.line : span.end_line]
        depth = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
        bare = tuple(line[depth:] if not line[:depth].strip() else line for line in lines)
        yield File(file.name, bare, source.file.above + span.line, entry.name)
