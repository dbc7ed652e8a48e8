"""Resources of Kubernetes as files hold them, and how they find each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice, pairwise

from rtreview.evidence.deployment import File, Line, Unreadable
from rtreview.evidence.readers.kubernetes import kustomize
from rtreview.evidence.readers.kubernetes.chart import Chart, chart_of, charts
from rtreview.evidence.readers.kubernetes.expression import called, is_template
from rtreview.evidence.readers.kubernetes.helm import HOLE, NOT_HELD, Template, template
from rtreview.evidence.readers.kubernetes.kustomize import Kustomizations
from rtreview.evidence.readers.kubernetes.part import Part, Source
from rtreview.evidence.readers.kubernetes.patches import incomplete
from rtreview.text.document import Document, read

MOST_DOCUMENTS = 2000
"""Documents of a file."""

MOST_ITEMS = 5000
"""Resources of a list."""

MOST_NAMESAKES = 20
"""Resources of one kind and name that are looked at."""

KUSTOMIZATION = "Kustomization"
"""The kind of a `kustomization.yaml`, which need not say so."""

TARGETS = ("scaleTargetRef", "targetRef", "workloadRef")
"""By which a resource of any kind names a workload that it does something to."""

MOST_ATTEMPTS = 5
"""How often a template is read again."""

LONG = 5000
"""Lines of a template that is read again only once."""

DEEPEST = 32
"""Folders in folders."""

ESSENTIAL = {
    "Deployment": ("selector",),
    "StatefulSet": ("selector",),
    "Rollout": ("selector", "workloadRef"),
    "HorizontalPodAutoscaler": ("scaleTargetRef",),
    "ScaledObject": ("scaleTargetRef",),
    "Service": ("ports", "externalName"),
    "Ingress": ("rules", "defaultBackend", "backend"),
}
"""What each of a kind has. One that has none of it changes another, as a patch of a kustomization does."""

NAMES = re.compile(r"\.(?:ya?ml|tpl|j2|tmpl|template|hbs|erb)$", re.IGNORECASE)
"""How files end that hold resources; in the templates of a chart any does."""

NOTES = "NOTES.txt"
"""A template of a chart that is shown, and no resource; nor is one whose name begins with `_`."""

NO_YAML = "from here on it is no YAML, so what it describes is not known"

ENTRANCES = ("Ingress", "HTTPRoute", "Route", "IngressRoute", "IngressRouteTCP")
"""What publishes Services."""

_ESCAPE = re.compile(r"\\[xuU][0-9A-Fa-f]{2}|\\$", re.MULTILINE)
"""By which a word in quotes is not written as it is, in YAML and in JSON."""

_KIND = re.compile(r"^[ \t-]{0,40}kind:[ \t]{0,9}[\"']?([A-Z][A-Za-z]{2,40})", re.MULTILINE)


@dataclass(eq=False)
class Resource:
    """A resource: its kind, its group, and what stands in it.

    Attributes:
        kind: as it is written: `Deployment`.
        group: what stands before the `/` of its version; empty for the core.
        part: all of it.
        file: the file that it stands in.
        chart: the folder of its chart, if it is a template.
        by_default: what it is called where a chart is installed under its own name, if it has no other name.

    """

    kind: str
    group: str
    part: Part
    file: File
    chart: str = ""
    by_default: str = ""

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

    @cached_property
    def written(self) -> str:
        """Its name as it is written: many entries of kustomizations ask for it."""
        return self.part.at("metadata", "name").text

    def at(self, *keys: str | int) -> Part:
        """What stands below some keys."""
        return self.part.at(*keys)

    def annotation(self, key: str) -> Part:
        """An annotation of it."""
        return self.at("metadata", "annotations", key)

    def annotations(self) -> list[tuple[str, Part]]:
        """All its annotations."""
        return list(self.at("metadata", "annotations").pairs())

    @property
    def is_whole(self) -> bool:
        """Whether it has what each of its kind has, so that it does not only change another."""
        wanted = ESSENTIAL.get(self.kind, ())
        return not wanted or any(self.part.at("spec", key).is_there for key in wanted)

    @property
    def places(self) -> list[str]:
        """Where it stands, the innermost first: its file, its folder, and those around."""
        folders = self.file.name.split("/")[:-1][:DEEPEST]
        return [self.file.id, *("/".join(folders[:end]) + "/" for end in range(len(folders), -1, -1))]


class Cluster:
    """All resources of some files, by their kinds, and by their names and where they stand."""

    def __init__(self, files: Sequence[File], kinds: frozenset[str]) -> None:
        self.kinds: dict[str, list[Resource]] = {}
        self.names: dict[tuple[str, str, str], list[Resource]] = {}
        self.charts = charts(files)
        named = {name for file in files if kustomize.takes(file) for name in kustomize.names(file)}
        described = [
            each
            for file in files
            for each in resources(file, kinds, self.charts, is_named=file.name in named)
        ]
        self.unreadable = [each for each in described if isinstance(each, Unreadable)]
        found = [each for each in described if isinstance(each, Resource)]
        # A component that is off is not there. What publishes one is often switched on in production alone.
        off = [each for each in found if NOT_HELD in each.part.at("kind").decided_by]
        absent = [
            each for each in off if each.kind in (*ESSENTIAL, "ConfigMap") and each.kind not in ENTRANCES
        ]
        gone = set(map(id, absent))
        self.absent = {(each.chart, each.name) for each in absent if each.kind == "Service"}
        found = [each for each in found if id(each) not in gone]
        own = [each for each in found if each.kind == KUSTOMIZATION]
        made = Kustomizations(own, [each for each in found if each.kind != KUSTOMIZATION], files)
        found = [each for each in found if id(each) not in made.patches]
        for resource in filter(lambda each: each.is_whole, found):
            self._enter(resource)
        patched: Counter[int] = Counter()
        for resource in filter(lambda each: not each.is_whole, found):
            base = self.near(resource, resource.kind, resource.name)
            if base is None or not base.is_whole:
                self._enter(resource)
            elif patched[id(base)] < MOST_NAMESAKES:
                patched[id(base)] += 1
                base.part = incomplete(resource.part, base.part)
        made.changes()
        for known in chain(self.kinds.values(), self.names.values()) if made.deleted else ():
            known[:] = [each for each in known if id(each) not in made.deleted]
        self.overrides = made.overrides
        self.unreadable += made.unreadable

    def _enter(self, resource: Resource) -> None:
        self.kinds.setdefault(resource.kind, []).append(resource)
        if resource.chart in self.charts:
            resource.by_default = self.charts[resource.chart].called(resource.written)
        for name in filter(None, (resource.name, resource.by_default)):
            for place in resource.places:
                known = self.names.setdefault((resource.kind, name, place), [])
                if len(known) < MOST_NAMESAKES:
                    known.append(resource)

    def of(self, *kinds: str) -> list[Resource]:
        """Those of some kinds."""
        return [resource for kind in kinds for resource in self.kinds.get(kind, ())]

    def near(self, asking: Resource, kind: str, name: str, namespace: str = "") -> Resource | None:
        """The one of a name that stands nearest to another: in its file, its folder, else anywhere."""
        wanted = namespace or asking.namespace
        return next(
            (
                each
                for place in (asking.places if name else ())
                for each in self.names.get((kind, name, place), ())
                if not wanted or each.namespace in ("", wanted)
            ),
            None,
        )

    def labels(self, resource: Resource, part: Part) -> frozenset[tuple[str, str]]:
        """Labels that a part lists, with those that helpers of a chart write."""
        labels = {(key, value.text) for key, value in part.pairs() if value.text}
        chart = self.charts.get(resource.chart)
        made = part.source.template
        if made is not None and isinstance(part.content, dict):
            for hole in filter(None, map(HOLE.fullmatch, part.content)):
                call = called(made.expression(hole).text)
                if call is not None:
                    labels |= chart.labels(*call) if chart else {("include", " ".join(call))}
        return frozenset(labels)


def may_hold(text: str, kinds: frozenset[str]) -> bool:
    """Whether a text may hold a resource of some kinds: what it is, its documents say once they are read."""
    has_escape = _ESCAPE.search(text) is not None
    return has_escape or ("kind" in text and any(kind in text for kind in kinds))


def resources(
    file: File, kinds: frozenset[str], found: Mapping[str, Chart] = {}, *, is_named: bool = False
) -> Iterator[Resource | Unreadable]:
    """The resources of some kinds in a file, and what may hold one and cannot be read.

    A kustomization takes what it names, whatever that is called.
    """
    own = KUSTOMIZATION if kustomize.takes(file) else ""
    if own not in kinds and not may_hold(file.text, kinds):
        return
    chart = chart_of(file, found)
    if chart is not None and (file.path.name.startswith("_") or file.path.name == NOTES):
        return
    is_called_so = is_named or NAMES.search(file.name) or file.name.endswith(".json")
    if chart is None and not own and not is_called_so:
        return
    made = template(file, chart) if chart is not None or is_template(file.text) else None
    starts = [number for number, line in enumerate(file.lines) if line.startswith("---")]
    bounds = [0, *starts[:MOST_DOCUMENTS], len(file.lines)]
    for first, end in pairwise(bounds):
        lines = file.lines[first:end]
        text = "\n".join(lines)
        if own not in kinds and not may_hold(text, kinds):
            continue
        above = File(file.name, lines, file.above + first, file.inner)
        here = None if made is None else made._replace(lines=made.lines[first:end])
        for source in _sources(above, here):
            if isinstance(source, Unreadable):
                # Of what is no YAML, only what says so is a resource.
                is_broken = source.reason == NO_YAML and own not in kinds
                if not is_broken or any(kind[1] in kinds for kind in _KIND.finditer(text)):
                    yield source
                continue
            for part, kind, version in _listed(Part(source, (), source.document.content)):
                names_target = not kinds.isdisjoint(TARGETS) and any(
                    part.at("spec", each).is_there for each in TARGETS
                )
                if (own or kind) in kinds or (kind and names_target):
                    group = version.rpartition("/")[0]
                    yield Resource(own or kind, group, part, file, chart.folder if chart else "")


def _sources(above: File, made: Template | None) -> Iterator[Source | Unreadable]:
    """The documents of a text. What makes a template unreadable is left out, first one by one."""
    documents = above.documents if made is None else _read(made.lines)
    attempts = 0 if made is None else 1 if len(made.lines) > LONG else MOST_ATTEMPTS
    for attempt in range(attempts):
        broken = next(filter(_is_broken, documents), None)
        if broken is None or made is None:
            break
        line = broken.problems[-1].span.line
        is_last = attempt == attempts - 1
        made = made.without_entries() if is_last else made.without_entry(min(line, len(made.lines)) - 1)
        documents = _read(made.lines)
    for document in documents:
        last = document.problems[-1] if document.problems else None
        if last is not None and last.is_bound:
            yield Unreadable(above.line(last.span.line), last.message)
        elif last is not None and _is_broken(document):
            yield Unreadable(above.line(last.span.line), NO_YAML)
        elif isinstance(document.content, dict):
            if made is None:
                yield from above.amiss(document)
            yield Source(above, document, made)


def _is_broken(document: Document) -> bool:
    """Whether there is something in it, of which nothing can be read."""
    return bool(document.problems) and not document.keys and any(map(str.strip, document.lines))


def _read(lines: Sequence[str]) -> list[Document]:
    return read("\n".join(lines).encode("utf-8", "replace"))


def _listed(part: Part) -> Iterator[tuple[Part, str, str]]:
    """The resources that a document holds, each with its kind and version: itself, or those that it lists.

    As kubectl does: whatever has `items` is a list, also in another, and one of a kind lends its own to items
    without any. A kind that is not called a list may be a resource to others.
    """
    ahead = [(part, part.at("kind").text, part.at("apiVersion").text)]
    listed = 0
    while ahead:
        each, kind, version = ahead.pop()
        items = each.at("items")
        is_list = isinstance(items.content, list)
        if not is_list or not kind.endswith("List"):
            yield each, kind, version
        if is_list and listed < MOST_ITEMS:
            own = kind.removesuffix("List")
            inner = list(islice(items.items(), MOST_ITEMS - listed))
            listed += len(inner)
            ahead += [
                (item, item.at("kind").text or own, item.at("apiVersion").text or version)
                for item in reversed(inner)
            ]
