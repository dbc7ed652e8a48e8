"""Kustomizations: which resources each changes, and to what.

By kubectl.docs.kubernetes.io/references/kustomize/kustomization. A kustomization that no other one names is
deployed as it is; one that others name is a part of those. What is computed is not followed: it may set
anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice
from posixpath import normpath
from typing import NamedTuple, Protocol

from rtreview.evidence.deployment import File, Override, Unreadable, is_for_development
from rtreview.evidence.readers.kubernetes.part import Part, Source
from rtreview.evidence.readers.kubernetes.patches import (
    MOST_EDITS,
    MOST_STEPS,
    PATCHED,
    Edit,
    Patch,
    Steps,
    patched,
)
from rtreview.evidence.values import value_at
from rtreview.text.place import SpecPath

MOST_LINKS = 5_000
"""Entries of all kustomizations that are followed, each as often as one that is deployed comes by it."""

MOST_ROOTS = 100
"""Kustomizations that no other one names."""

HARMLESS = ("spec.rules", "spec.tls", "spec.selector", "spec.dnsNames", "metadata.name", "metadata.labels")
"""How the paths begin that a replacement may write to without a word of what is read here."""

TRANSFORMERS = frozenset(
    {"LabelTransformer", "PrefixTransformer", "SuffixTransformer", "PrefixSuffixTransformer",
     "NamespaceTransformer"}
)  # fmt: skip
"""Kinds of transformers that change what things are called, and nothing else."""

READ = frozenset(
    {"resources", "bases", "components", "patches", "patchesStrategicMerge", "patchesJson6902", "replicas",
     "commonAnnotations", "images", "transformers", "replacements", "generators", "configMapGenerator",
     "helmCharts", "helmChartInflationGenerator"}
)  # fmt: skip
"""The keys of a kustomization that are followed, or told where they are not."""

NAMING = frozenset(
    {"apiVersion", "kind", "metadata", "namespace", "namePrefix", "nameSuffix", "commonLabels", "labels",
     "generatorOptions", "secretGenerator", "crds", "configurations", "openapi", "buildMetadata",
     "sortOptions", "vars", "validators", "helmGlobals"}
)  # fmt: skip
"""Those that change what things are called, or nothing that is read here. Any other may set anything."""

SECRETS = frozenset({"ksops", "SecretGenerator", "SopsSecretGenerator"})
"""Kinds of generators that make Secrets and nothing else."""

SELECTORS = frozenset({"group", "version", "kind", "name", "namespace"})
"""By what a target is chosen that is known; these are patterns, but for the kind."""

SCALED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"})

CONTAINERS: SpecPath = ("spec", "template", "spec", "containers")

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,253}")
_BLOCK = re.compile(r"[|>][-+0-9]{0,2}[ \t]{0,9}(?:#.{0,200})?$")


NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""How the files are called that Kustomize looks for."""

NAMING_FILES = (
    "resources", "bases", "components", "patches", "patchesStrategicMerge", "patchesJson6902", "transformers",
    "generators", "replacements",
)  # fmt: skip
"""The keys whose entries name files or folders."""


def takes(file: File) -> bool:
    """Whether a file is a kustomization by its name."""
    return not file.inner and file.path.name.lower() in {name.lower() for name in NAMES}


def names(file: File) -> Iterator[str]:
    """The files that a kustomization names, and those of the folders that it names."""
    content = file.document.content
    folder = file.name.rpartition("/")[0]
    for key in NAMING_FILES if isinstance(content, dict) else ():
        entries = content.get(key)
        for entry in entries[:MOST_LINKS] if isinstance(entries, list) else ():
            text = entry.get("path") if isinstance(entry, dict) else entry
            if isinstance(text, str) and text and "\n" not in text and "://" not in text:
                path = normpath(f"{folder}/{text}").lstrip("/") if folder else normpath(text)
                yield path
                yield from (f"{path}/{name}" for name in NAMES)


class Described(Protocol):
    """A resource, as far as a kustomization changes it."""

    kind: str
    file: File
    part: Part
    chart: str

    @property
    def written(self) -> str:
        """Its name as it is written."""


@dataclass
class _Kustomization:
    """One of them: the folder that it is the one of, and those that it names."""

    part: Part
    file: File
    folder: str
    files: tuple[str, ...] = ()
    inner: tuple[_Kustomization, ...] = ()
    is_component: bool = False

    def named(self, text: str) -> str:
        """The path of a file or a folder that it names."""
        return normpath(f"{self.folder}/{text}").lstrip("/") if self.folder else normpath(text)


class _Target(NamedTuple):
    """Which resources an entry is about, and whether that is certain."""

    kind: str = ""
    name: str = ""
    is_sure: bool = True


class _Resources:
    """Those that one kustomization may change, by kind, by name, and by the images that they run."""

    def __init__(self, each: Sequence[Described], steps: Steps, *, are_renamed: bool = False) -> None:
        self.each = each
        self.steps = steps
        self.are_renamed = are_renamed

    def meeting(self, target: _Target) -> Iterator[Described]:
        """Those that an entry may be about."""
        is_narrow = target.kind or target.name
        for resource in self._by_target.get((target.kind, target.name), ()) if is_narrow else self.each:
            if not self.steps.go_on():
                break
            yield resource

    def chosen(self, target: _Target) -> Iterator[tuple[Described, bool]]:
        """The same, each with whether that is certain, and those that a kustomization may have so named."""
        for resource in self.meeting(target):
            yield resource, target.is_sure
        for resource in self._called_like(target):
            yield resource, False

    def _called_like(self, target: _Target) -> Iterator[Described]:
        if self.are_renamed and target.name and (target.kind, target.name) not in self._by_target:
            for resource in self.meeting(_Target(target.kind)):
                if resource.written and resource.written in target.name:
                    yield resource

    @cached_property
    def _by_target(self) -> dict[tuple[str, str], list[Described]]:
        found: dict[tuple[str, str], list[Described]] = {}
        for resource in self.each:
            for key in {
                (resource.kind, resource.written),
                (resource.kind, ""),
                ("", resource.written),
            }:
                found.setdefault(key, []).append(resource)
        return found

    @cached_property
    def by_image(self) -> dict[str, list[tuple[Described, int, str]]]:
        """Each container that runs an image, with its place and the tag of that."""
        found: dict[str, list[tuple[Described, int, str]]] = {}
        for resource in self.each:
            for number, container in enumerate(resource.part.at(*CONTAINERS).items()):
                if not self.steps.go_on():
                    return found
                image = container.at("image").text
                whole = image.partition("@")[0]
                name, _, tag = whole.rpartition(":") if ":" in image.rpartition("/")[2] else (image, "", "")
                found.setdefault(name, []).append((resource, number, tag))
        return found

    @cached_property
    def files(self) -> frozenset[str]:
        """The files of all."""
        return frozenset(resource.file.name for resource in self.each)


ALL = _Target()
"""Any resource."""


class Kustomizations:
    """All kustomizations of some files.

    Attributes:
        patches: the resources, by their ids, that are no resources but change others.
        deleted: those that all kustomizations that are deployed take away.
        overrides: what may change some of them and is not followed.
        overruled: the files of the resources that these may change.
        unreadable: what is too much.

    """

    def __init__(self, own: Sequence[Described], others: Sequence[Described], files: Sequence[File]) -> None:
        self.files = {file.name: file for file in files}
        self.of_file: dict[str, list[Described]] = {}
        for resource in others:
            self.of_file.setdefault(resource.file.name, []).append(resource)
        self.overrides: list[Override] = []
        self.overruled: set[str] = set()
        self.unreadable: list[Unreadable] = []
        self.patches: set[int] = set()
        self.read: dict[tuple[str, SpecPath], list[Patch]] = {}
        self.steps = Steps()
        self.root = 0
        self.taken: dict[int, tuple[Part, Described, set[int]]] = {}
        self.deleted: set[int] = set()
        self.links = self.edits = 0
        found = [self._of(each) for each in own]
        self.are_renamed = any(
            each.part.at(key).is_there for each in found for key in ("namePrefix", "nameSuffix")
        )
        by_folder = {each.folder: each for each in found}
        for each in found:
            self._follow(each, by_folder)
        named = {id(inner) for each in found for inner in each.inner}
        roots = [each for each in found if id(each) not in named and not each.is_component] or found
        self.roots = [each for each in roots if not is_for_development(each.file.name)] or roots
        for each in found:
            self.patches |= {
                id(resource) for name in self._files_of_patches(each) for resource in self._in(name)
            }
        self._not_named(found)

    def _not_named(self, found: Sequence[_Kustomization]) -> None:
        """What lies among the files of a kustomization and is named by none: it may be left out."""
        named = {name for each in found for name in (*each.files, *self._files_of_patches(each))}
        by_folder: dict[str, _Kustomization] = {}
        for each in found:
            inside = (name.rpartition("/")[0] for name in each.files if name in self.files)
            for folder in (each.folder, *inside):
                by_folder.setdefault(folder, each)
        left: dict[int, tuple[_Kustomization, set[str]]] = {}
        for name, resources in self.of_file.items():
            around = by_folder.get(name.rpartition("/")[0])
            if name not in named and around is not None and not any(each.chart for each in resources):
                key = id(around) if id(around) in left or len(left) < MOST_ROOTS else next(iter(left))
                left.setdefault(key, (around, set()))[1].add(name)
        for each, names in left.values():
            line = each.part.at("resources").line
            self.overrides.append(
                Override(line, "the kustomization that leaves it out", files=frozenset(names))
            )

    def _of(self, resource: Described) -> _Kustomization:
        folder = resource.file.name.rpartition("/")[0]
        is_component = resource.part.at("kind").text == "Component"
        return _Kustomization(resource.part, resource.file, folder, is_component=is_component)

    def _in(self, name: str) -> Sequence[Described]:
        return self.of_file.get(name, ())

    def _follow(self, each: _Kustomization, by_folder: Mapping[str, _Kustomization]) -> None:
        """Find what it names: files, and the folders of others."""
        files: list[str] = []
        inner: list[_Kustomization] = []
        for key in ("resources", "bases", "components"):
            for entry in each.part.at(key).items():
                path = each.named(entry.text)
                other = by_folder.get("" if path == "." else path)
                if other is not None and other is not each:
                    inner.append(other)
                else:
                    files.append(path)
        each.files, each.inner = tuple(files), tuple(inner)

    def _files_of_patches(self, each: _Kustomization) -> Iterator[str]:
        for key in ("patches", "patchesStrategicMerge", "patchesJson6902"):
            for entry in each.part.at(key).items():
                path = entry.at("path").text or entry.text
                if path and "\n" not in path:
                    yield each.named(path)

    def changes(self) -> None:
        """Change all resources that a kustomization changes: what several of them set otherwise is open."""
        edits: dict[int, tuple[Described, dict[int, dict[SpecPath, Part | None]]]] = {}
        covering: dict[int, set[int]] = {}
        for number, root in enumerate(self.roots[:MOST_ROOTS]):
            self.root = number
            order = self._made_of(root)
            everything = self._resources(order)
            for resource in everything.each:
                covering.setdefault(id(resource), set()).add(number)
            for each in reversed(order):
                is_wide = each is root or each.is_component
                resources = everything if is_wide else self._resources(self._made_of(each))
                for resource, edit in self._edits(each, resources):
                    self.edits += 1
                    if self.edits > MOST_EDITS:
                        break
                    of_roots = edits.setdefault(id(resource), (resource, {}))[1]
                    of_root = of_roots.setdefault(number, {})
                    of_root.pop(edit.path, None)
                    of_root[edit.path] = edit.part
        is_too_much = self.edits > MOST_EDITS or self.steps.are_too_many or len(self.overrides) > MOST_LINKS
        if self.links > MOST_LINKS or len(self.roots) > MOST_ROOTS or is_too_much:
            most = (
                f"{MOST_LINKS:,} entries of kustomizations, {MOST_EDITS:,} places that they change, "
                f"or {MOST_STEPS:,} steps to find these"
            )
            root = self.roots[0]
            self.unreadable.append(Unreadable(root.file.line(1), f"more than {most}: the rest is not read"))
            self.overrides = [Override(root.file.line(1), "one of very many kustomizations")]
            return
        for key, (entry, resource, roots) in self.taken.items():
            if roots == covering[key]:
                self.deleted.add(key)
            else:
                self._overruled(entry, "the patch", _Resources([resource], self.steps))
        brought: dict[str, set[str]] = {}
        for resource, of_roots in edits.values():
            parts = filter(None, chain.from_iterable(each.values() for each in of_roots.values()))
            brought.setdefault(resource.file.name, set()).update(part.source.file.name for part in parts)
        # What a patch puts into a resource stands in the file of the patch.
        self.overrides = [
            each._replace(files=each.files.union(*(brought.get(name, ()) for name in each.files)))
            for each in self.overrides
        ]
        for key, (resource, of_roots) in edits.items():
            resource.part = patched(resource.part, [of_roots.get(each, {}) for each in sorted(covering[key])])

    def _made_of(self, whole: _Kustomization) -> list[_Kustomization]:
        """A kustomization and those that it is made of, the outermost first."""
        order: list[_Kustomization] = []
        ahead, seen = [whole], {id(whole)}
        while ahead:
            each = ahead.pop()
            order.append(each)
            for inner in each.inner:
                self.links += 1
                if id(inner) not in seen and self.links <= MOST_LINKS:
                    seen.add(id(inner))
                    ahead.append(inner)
        return order

    def _resources(self, kustomizations: Iterable[_Kustomization]) -> _Resources:
        """What some of them name in all."""
        names = dict.fromkeys(name for each in kustomizations for name in each.files)
        self.links += len(names)
        found = [
            resource
            for name in islice(names, MOST_LINKS)
            for resource in self._in(name)
            if id(resource) not in self.patches and self.steps.go_on()
        ]
        return _Resources(found, self.steps, are_renamed=self.are_renamed)

    def _edits(self, each: _Kustomization, resources: _Resources) -> Iterator[tuple[Described, Edit]]:
        """What one changes of some resources, in the order in which it does so."""
        part = each.part
        for key in ("patchesStrategicMerge", "patches"):
            for entry in part.at(key).items():
                yield from self._patched(each, entry, resources)
        for key, value in part.at("commonAnnotations").pairs():
            for resource in resources.meeting(ALL):
                yield resource, Edit(("metadata", "annotations", key), value)
        for entry in part.at("patchesJson6902").items():
            yield from self._patched(each, entry, resources)
        for entry in part.at("replicas").items():
            edit = Edit(("spec", "replicas"), entry.at("count"))
            for resource, is_sure in resources.chosen(_Target(name=entry.at("name").text)):
                if resource.kind in SCALED:
                    yield resource, edit if is_sure else edit.doubtful(resource.part, entry)
        for entry in part.at("images").items():
            name = entry.at("name").text
            for resource, number, tag in resources.by_image.get(name, ()):
                new, newest = entry.at("newName").text or name, entry.at("newTag").text or tag
                made = replace(entry, content=f"{new}:{newest}" if newest else new, remark=PATCHED)
                yield resource, Edit((*CONTAINERS, number, "image"), made)
        self._not_followed(each, resources)

    def _patched(
        self, each: _Kustomization, entry: Part, resources: _Resources
    ) -> Iterator[tuple[Described, Edit]]:
        """What an entry of `patches` changes, and of the older keys that are like it."""
        target = entry.at("target")
        wanted = _target(target)
        patches = self._patches(each, entry)
        if not any(isinstance(patch.part.content, dict | list) for patch in patches):
            self._overruled(entry, "the patch", resources, wanted)
        for patch in patches:
            own = _Target(patch.part.at("kind").text, patch.part.at("metadata", "name").text)
            about = wanted if target.is_there else own
            if patch.part.at("$patch").is_there:
                self._taken(entry, patch, resources, about)
            elif patch.is_list or target.is_there or about != ALL:
                for resource, is_sure in resources.chosen(about):
                    for edit in patch.edits(resource.part, self.steps):
                        yield resource, edit if is_sure else edit.doubtful(resource.part, entry)

    def _taken(self, entry: Part, patch: Patch, resources: _Resources, about: _Target) -> None:
        """What a patch takes away as a whole, or replaces."""
        if patch.part.at("$patch").text != "delete" or not about.is_sure or not about.name:
            self._overruled(entry, "the patch", resources, about)
            return
        for resource in resources.meeting(about):
            self.taken.setdefault(id(resource), (entry, resource, set()))[2].add(self.root)

    def _patches(self, each: _Kustomization, entry: Part) -> list[Patch]:
        """What an entry consists of, inline or in a file: it is read once for all that use it."""
        key = (each.file.name, entry.path)
        if key not in self.read:
            written = entry.at("patch") if entry.at("patch").is_there else entry
            file = self.files.get(each.named(entry.at("path").text or entry.text))
            if written is not entry or "\n" in entry.text:
                found = list(_documents(written, written.text))
            else:
                found = [Source(file, document) for document in file.documents] if file else []
            whole = [Part(source, (), source.document.content, remark=PATCHED) for source in found]
            self.read[key] = [
                Patch(content)
                for part in whole
                for content in (
                    part.at("items").items()
                    if part.at("kind").text.endswith("List") and part.at("items").is_there
                    else (part,)
                )
            ]
        return self.read[key]

    def _not_followed(self, each: _Kustomization, resources: _Resources) -> None:
        """What one computes, and what is not known."""
        for key, entry in each.part.pairs():
            if key not in READ and key not in NAMING:
                self._overruled(entry, f"`{key}`", resources)
        for entry in each.part.at("generators").items():
            if not self._kinds(each, entry) <= SECRETS:
                self._overruled(entry, "a generator", resources)
        for entry in each.part.at("configMapGenerator").items():
            if entry.at("behavior").text in ("merge", "replace"):
                about = _Target("ConfigMap", entry.at("name").text)
                self._overruled(entry, "a generator", resources, about)
        for key in ("helmCharts", "helmChartInflationGenerator"):
            for entry in each.part.at(key).items():
                inside = f"/{entry.at('name').text or entry.at('chartName').text}/templates/"
                own = [name for name in self.of_file if self.steps.go_on() and inside in f"/{name}"]
                # What its templates say may stand in its values.
                tops = tuple(
                    {name[: f"/{name}".index(inside) + inside.index("templates") - 1] for name in own}
                )
                files = {name for name in self.files if self.steps.go_on() and name.startswith(tops)}
                self._told(entry, "what it is installed with", frozenset(files) if own else frozenset())
        for entry in each.part.at("transformers").items():
            if not self._kinds(each, entry) <= TRANSFORMERS:
                self._overruled(entry, "a transformer", resources)
        for entry in each.part.at("replacements").items():
            path = entry.at("path").text
            file = self.files.get(each.named(path)) if path else None
            parts = [entry]
            if file is not None:
                whole = [Part(Source(file, document), (), document.content) for document in file.documents]
                parts = list(chain.from_iterable(list(part.items()) or [part] for part in whole))
            for part in parts:
                targets = list(part.at("targets").items())
                if not targets:
                    self._overruled(entry, "a replacement", resources)
                for target in targets:
                    paths = [path.text for path in target.at("fieldPaths").items()]
                    if not all(path.startswith(HARMLESS) for path in paths):
                        about = _target(target.at("select"))
                        self._overruled(target, "a replacement", resources, about)

    def _kinds(self, each: _Kustomization, entry: Part) -> set[str]:
        """The kinds of what stands in a file that is named; one without a name where there is none."""
        file = self.files.get(each.named(entry.text)) if "\n" not in entry.text else None
        if file is None:
            return {""}
        return {str(value_at(document.content, ("kind",))) for document in file.documents}

    def _overruled(self, entry: Part, what: str, resources: _Resources, target: _Target = ALL) -> None:
        met = resources.meeting(target)
        files = frozenset(each.file.name for each in met) if target != ALL else resources.files
        self._told(entry, what, files)

    def _told(self, entry: Part, what: str, files: frozenset[str]) -> None:
        # Where all is open already, the first that made it so is told.
        if not files <= self.overruled and len(self.overrides) <= MOST_LINKS:
            self.overrides.append(Override(entry.line, what, files=files - self.overruled))
            self.overruled |= files


def _target(target: Part) -> _Target:
    """Whom something is about that has a `target`; all where it has none."""
    kind, name = target.at("kind").text, target.at("name").text
    is_plain = all(_PLAIN.fullmatch(text) for text in (kind, name) if text)
    by = {key for key, _ in target.pairs()}
    # What only a group or a namespace chooses is not known here.
    is_chosen = not by <= SELECTORS or (not kind and not by <= {"kind", "name"})
    if not is_plain:
        # A pattern is not tried: it may mean any.
        kind, name = (text if _PLAIN.fullmatch(text) else "" for text in (kind, name))
        return _Target(kind, name, is_sure=name == "" and target.at("name").text in (".*", "^.*$"))
    return _Target(kind, name, is_sure=not is_chosen)


def _documents(part: Part, text: str) -> Iterator[Source]:
    """What a text in a kustomization holds, at the lines that it has there."""
    source = part.source
    span = source.document.values.get(part.path)
    above = span.line - 1 if span is not None else 0
    is_block = span is not None and _BLOCK.search(source.file.line(span.line).text) is not None
    lines = tuple(text.split("\n"))
    if is_block and span is not None:
        whole = source.file.lines[span.line : span.end_line]
        depth = min((len(line) - len(line.lstrip(" ")) for line in whole if line.strip()), default=0)
        lines, above = tuple(line[depth:] for line in whole), span.line
    file = File(source.file.name, lines, source.file.above + above, source.file.inner)
    yield from (Source(file, document) for document in file.documents)
