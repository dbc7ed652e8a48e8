"""Charts of others that a chart depends on: their templates are elsewhere, and what is set for them is here.

Keys are those that charts have by convention (helm.sh/docs/chart_best_practices/values, `helm create`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from rtreview.evidence.deployment import Fact, Station
from rtreview.evidence.readers.containers import images
from rtreview.evidence.readers.kubernetes.chart import Chart
from rtreview.evidence.readers.kubernetes.expression import Expression
from rtreview.evidence.readers.kubernetes.part import Part, fact, valued
from rtreview.evidence.readers.kubernetes.readings import memory, seconds, whole
from rtreview.evidence.readers.kubernetes.resource import Cluster
from rtreview.evidence.readers.kubernetes.workloads import served
from rtreview.text.place import SpecPath

KEYS: tuple[tuple[tuple[str, ...], SpecPath, Callable[[str], Any]], ...] = (
    (("replicaCount",), ("topology", "nodes"), whole),
    (("replicas",), ("topology", "nodes"), whole),
    (("terminationGracePeriodSeconds",), ("operations", "termination_grace"), seconds),
    (("resources", "limits", "memory"), ("topology", "node", "memory"), memory),
)
"""What a chart is given, the field that it fixes, and how it is read."""


def stations(cluster: Cluster) -> Iterator[Station]:
    """A process for each chart of others that is given any of these; it is called as it is here."""
    for chart in cluster.charts.values():
        for name in chart.dependencies:
            is_here = f"{chart.folder}charts/{name}/" in cluster.charts
            if is_here or _is_off(chart, name) or any(images.known(name, each) for each in images.OTHERS):
                continue
            facts = tuple(_facts(chart, name))
            if facts:
                facts = (*_server(chart, name), *facts)
                yield Station(facts[0].line, names=frozenset({_called(chart, name)}), facts=facts)


def _is_off(chart: Chart, name: str) -> bool:
    """Whether the values switch it off, by the key that its `condition` names by convention."""
    keys = ("Values", name, "enabled")
    switch = Expression(f".{'.'.join(keys)}", keys)
    return bool(chart.find(switch)) and chart.holds(switch) is False


def _facts(chart: Chart, name: str) -> Iterator[Fact]:
    for keys, field, reads in KEYS:
        for part in _given(chart, (name, *keys)):
            yield from fact(field, part, reads)


def _server(chart: Chart, name: str) -> Iterator[Fact]:
    """The server that it is of, by the image that it is given."""
    tag = next((part.text for part in _given(chart, (name, "image", "tag"))), "")
    for part in _given(chart, (name, "image", "repository")):
        yield from served(replace(part, content=f"{part.text}:{tag}" if tag else part.text))


def _called(chart: Chart, name: str) -> str:
    return next((part.text for part in _given(chart, (name, "fullnameOverride")) if part.text), name)


def _given(chart: Chart, keys: tuple[str, ...]) -> Iterator[Part]:
    """What the values of a chart have at some keys."""
    yield from map(valued, chart.find(Expression(f".Values.{'.'.join(keys)}", ("Values", *keys)))[:1])
