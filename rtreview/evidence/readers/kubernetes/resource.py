"""Resources of Kubernetes as files hold them, and how they find each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rtreview.evidence.deployment import File, Line
from rtreview.evidence.readers.kubernetes.chart import Chart, chart_of, charts
from rtreview.evidence.readers.kubernetes.expression import is_template
from rtreview.evidence.readers.kubernetes.helm import HOLE, Template, template
from rtreview.evidence.readers.kubernetes.part import Part, Source
from rtreview.text.document import read

MOST_DOCUMENTS = 2000
"""Documents of a file."""

MOST_ITEMS = 5000
"""Resources of a list."""

MOST_NAMESAKES = 100
"""Resources of one kind and name."""

_KIND = re.compile(r"^[ \t-]{0,40}kind:[ \t]{0,9}[\"']?([A-Z][A-Za-z]{2,40})", re.MULTILINE)


@dataclass(frozen=True)
class Resource:
    """A resource: its kind, its group, and what stands in it.

    Attributes:
        kind: as it is written: `Deployment`.
        group: what stands before the `/` of its version; empty for the core.
        part: all of it.
        file: the file that it stands in.
        chart: the folder of its chart, if it is a template.

    """

    kind: str
    group: str
    part: Part
    file: File
    chart: str = ""

    @cached_property
    def name(self) -> str:
        """Its name; one that is computed is told from those of other charts."""
        return self.named(self.part.at("metadata", "name"))

    @cached_property
    def namespace(self) -> str:
        """Its namespace, where the file fixes it."""
        part = self.part.at("metadata", "namespace")
        return "" if part.why_open else part.text

    @property
    def line(self) -> Line:
        """Where it is declared."""
        return self.part.at("kind").line

    def named(self, part: Part) -> str:
        """The name that a part of it has for a resource of the same chart."""
        return f"{self.chart}: {part.text}" if "{{" in part.text and self.chart else part.text

    def annotation(self, key: str) -> Part:
        """An annotation of it."""
        return self.part.at("metadata", "annotations", key)

    def nearness(self, other: Resource) -> int:
        """How many folders two have in common; most in the same file."""
        if self.file.id == other.file.id:
            return len(self.file.name) + 1
        pairs = zip(self.file.name.split("/")[:-1], other.file.name.split("/")[:-1], strict=False)
        return next(
            (index for index, (mine, its) in enumerate(pairs) if mine != its), self.file.name.count("/")
        )


class Cluster:
    """All resources of some files, by their kinds."""

    def __init__(self, files: Sequence[File], kinds: frozenset[str]) -> None:
        self.kinds: dict[str, list[Resource]] = {}
        self.names: dict[tuple[str, str], list[Resource]] = {}
        self.charts = charts(files)
        for file in files:
            for resource in resources(file, kinds, self.charts):
                self.kinds.setdefault(resource.kind, []).append(resource)
                self.names.setdefault((resource.kind, resource.name), []).append(resource)

    def of(self, *kinds: str) -> list[Resource]:
        """Those of some kinds."""
        return [resource for kind in kinds for resource in self.kinds.get(kind, ())]

    def near(self, asking: Resource, kind: str, name: str, namespace: str = "") -> Resource | None:
        """The one of a name that stands nearest to another: in its file, its folder, else anywhere."""
        wanted = namespace or asking.namespace
        fitting = [
            each
            for each in self.names.get((kind, name), ())[:MOST_NAMESAKES]
            if not wanted or each.namespace in ("", wanted)
        ]
        return max(fitting, key=asking.nearness, default=None) if name else None

    def labels(self, resource: Resource, part: Part) -> frozenset[tuple[str, str]]:
        """Labels that a part lists, with those that helpers of a chart write."""
        labels = {(key, value.text) for key, value in part.pairs() if value.text}
        chart = next((chart for chart in self.charts if chart.folder == resource.chart), None)
        made = part.source.template
        if made is not None and isinstance(part.content, dict):
            for hole in filter(None, map(HOLE.fullmatch, part.content)):
                words = made.expression(hole).text.split('"')
                if words[0].strip() == "include" and len(words) > 1:
                    labels |= chart.labels(words[1]) if chart else {("include", words[1])}
        return frozenset(labels)


def resources(file: File, kinds: frozenset[str], found: Sequence[Chart] = ()) -> Iterator[Resource]:
    """The resources of some kinds in a file; what cannot be read has none."""
    if not any(kind[1] in kinds for kind in _KIND.finditer(file.text)):
        return
    chart = chart_of(file, found)
    made = template(file, chart) if chart is not None or is_template(file.text) else None
    starts = [number for number, line in enumerate(file.lines) if line.startswith("---")]
    bounds = [0, *starts[:MOST_DOCUMENTS], len(file.lines)]
    for first, end in pairwise(bounds):
        lines = file.lines[first:end]
        if not any(kind[1] in kinds for kind in _KIND.finditer("\n".join(lines))):
            continue
        above = File(file.name, lines, file.above + first, file.inner)
        here = None if made is None else made._replace(lines=made.lines[first:end])
        for source in _sources(above, here):
            for part in _listed(Part(source, (), source.document.content)):
                kind, version = part.at("kind").text, part.at("apiVersion").text
                if kind in kinds:
                    yield Resource(
                        kind, version.rpartition("/")[0], part, file, chart.folder if chart else ""
                    )


def _sources(above: File, made: Template | None) -> list[Source]:
    """The documents that can be read; what nobody knows what it becomes is left out if need be."""
    documents = read("\n".join(above.lines if made is None else made.lines).encode("utf-8", "replace"))
    if made is not None and any(not document.keys for document in documents):
        made = made.without_entries()
        documents = read("\n".join(made.lines).encode("utf-8", "replace"))
    return [Source(above, document, made) for document in documents if isinstance(document.content, dict)]


def _listed(part: Part) -> Iterator[Part]:
    """The resources that a document holds: itself, or those of a `List`."""
    if part.at("kind").text.endswith("List") and isinstance(part.at("items").content, list):
        yield from list(part.at("items").items())[:MOST_ITEMS]
    else:
        yield part
