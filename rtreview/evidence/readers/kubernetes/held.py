"""Files that ConfigMaps and Secrets hold: entries of theirs, files of a chart or of a kustomization."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from posixpath import normpath
from typing import NamedTuple

from rtreview.evidence.readers.kubernetes.part import Part
from rtreview.evidence.readers.kubernetes.resource import KUSTOMIZATION, Cluster, Resource

_FETCHED = re.compile(r'\.Files\.(?:Get|Glob) "([^"]{1,200})"')


class Entry(NamedTuple):
    """An entry of a ConfigMap or a Secret that is a file: who holds it, its name there, and its text."""

    holder: Resource
    name: str
    part: Part

    @property
    def id(self) -> str:
        """The id that it has as a part of its file."""
        return f"{self.holder.file.name}#{self.name}"


def entries(holders: Iterable[Resource]) -> Iterator[Entry]:
    """The files that some hold: entries of several lines. Of two alike in a file the second has a number."""
    known: Counter[tuple[str, str]] = Counter()
    for holder in holders:
        for key in ("data", "stringData"):
            for name, part in holder.part.at(key).pairs():
                if "\n" in part.text and part.source.file.name == holder.file.name:
                    known[holder.file.name, name] += 1
                    number = known[holder.file.name, name]
                    yield Entry(holder, f"{number}/{name}" if number > 1 else name, part)


class Held:
    """The ids of all files that are held, by who holds them."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.files: dict[Resource, list[str]] = {}
        for entry in entries(cluster.of("ConfigMap", "Secret")):
            self.files.setdefault(entry.holder, []).append(entry.id)
        for holder in cluster.of("ConfigMap"):
            self.files.setdefault(holder, []).extend(_fetched(holder))
        self.generated: dict[tuple[str, str], list[str]] = {}
        for each in cluster.of(KUSTOMIZATION):
            for name, file in _generated(each):
                for place in each.places[1:]:
                    self.generated.setdefault((name, place), []).append(file)

    def by(self, workload: Resource, kind: str, part: Part) -> Sequence[str]:
        """The files of a ConfigMap or a Secret that a workload mounts, by the name that it has there.

        A generator may go over one that is written, so that the files of either are meant.
        """
        name = workload.named(part)
        found = self.cluster.near(workload, kind, name)
        near = (self.generated.get((name, place)) for place in workload.places)
        made = next(filter(None, near), [])
        return [*self.files.get(found, ()), *made] if found is not None else made


def _fetched(holder: Resource) -> Iterator[str]:
    """The files of a chart that its template of a ConfigMap puts in."""
    made = holder.part.source.template
    for expression in made.expressions if made is not None else ():
        if found := _FETCHED.search(expression.text):
            yield f"{holder.chart}{found[1]}"


def _generated(kustomization: Resource) -> Iterator[tuple[str, str]]:
    """The names of the ConfigMaps that a kustomization makes, and the files that it puts in."""
    folder = kustomization.file.name.rpartition("/")[0]
    for key in ("configMapGenerator", "secretGenerator"):
        for generator in kustomization.part.at(key).items():
            for file in generator.at("files").items():
                path = normpath(f"{folder}/{file.text.rpartition('=')[2]}").lstrip("/")
                yield generator.at("name").text, path
