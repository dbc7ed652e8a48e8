"""Kustomizations: which resources each changes, and to what.

By kubectl.docs.kubernetes.io/references/kustomize/kustomization. A kustomization that no other one names is
deployed as it is; one that others name is a part of those. What is computed is not followed: it may set
anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice
from posixpath import normpath
from typing import Any, NamedTuple, Protocol

from rtreview.evidence.deployment import File, Override, Unreadable, is_for_development
from rtreview.evidence.readers.kubernetes.part import Part, Source
from rtreview.evidence.values import value_at
from rtreview.text.place import SpecPath

MOST_LINKS = 5_000
"""Entries of all kustomizations that are followed, each as often as one that is deployed comes by it."""

MOST_EDITS = 20_000
"""Places that all kustomizations together change."""

MOST_STEPS = 500_000
"""Of the work on all kustomizations: a resource that one may change, a place of it that one looks at."""

DEEPEST = 64
"""Keys of a path in a JSON patch: nothing is nested deeper that is read."""

MOST_ROOTS = 100
"""Kustomizations that no other one names."""

PATCHED = "a patch of the kustomization"

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

MERGED = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "ports": "containerPort",
}
"""The lists that a patch is merged into, and the key by which their entries are told apart."""

SCALED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"})

CONTAINERS: SpecPath = ("spec", "template", "spec", "containers")

LONGEST_INDEX = 7
"""Digits of a place in a list."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,253}")
_BLOCK = re.compile(r"[|>][-+0-9]{0,2}[ \t]{0,9}(?:#.{0,200})?$")


class Described(Protocol):
    """A resource, as far as a kustomization changes it."""

    kind: str
    file: File
    part: Part

    @property
    def written(self) -> str:
        """Its name as it is written."""


class Edit(NamedTuple):
    """What stands at a place of a resource instead; None where it is taken away."""

    path: SpecPath
    part: Part | None


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


class _Steps:
    """What all the work on kustomizations has cost so far."""

    def __init__(self) -> None:
        self.made = 0

    def go_on(self, number: int = 1) -> bool:
        """Whether so many more may be made."""
        self.made += number
        return not self.are_too_many

    @property
    def are_too_many(self) -> bool:
        """Whether the rest is left."""
        return self.made > MOST_STEPS


class _Resources:
    """Those that one kustomization may change, by kind, by name, and by the images that they run."""

    def __init__(self, each: Sequence[Described], steps: _Steps, *, are_renamed: bool = False) -> None:
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

    def called_like(self, target: _Target) -> Iterator[Described]:
        """Those that it may be about by a name that a kustomization has given them."""
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
        self.read: dict[tuple[str, SpecPath], list[Part]] = {}
        self.steps = _Steps()
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
            for each, resources in self._below(root):
                for resource in resources:
                    covering.setdefault(id(resource), set()).add(number)
                for resource, edit in self._edits(
                    each, _Resources(resources, self.steps, are_renamed=self.are_renamed)
                ):
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
        patched: dict[str, set[str]] = {}
        for resource, of_roots in edits.values():
            parts = filter(None, chain.from_iterable(each.values() for each in of_roots.values()))
            patched.setdefault(resource.file.name, set()).update(part.source.file.name for part in parts)
        # What a patch puts into a resource stands in the file of the patch.
        self.overrides = [
            each._replace(files=each.files.union(*(patched.get(name, ()) for name in each.files)))
            for each in self.overrides
        ]
        for key, (resource, of_roots) in edits.items():
            resource.part = _joined(resource.part, [of_roots.get(each, {}) for each in sorted(covering[key])])

    def _below(self, root: _Kustomization) -> Iterator[tuple[_Kustomization, list[Described]]]:
        """A kustomization and those that it is made of, the innermost first, with the resources of each."""
        order = self._made_of(root)
        everything = self._resources(order)
        for each in reversed(order):
            is_wide = each is root or each.is_component
            yield each, everything if is_wide else self._resources(self._made_of(each))

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

    def _resources(self, kustomizations: Iterable[_Kustomization]) -> list[Described]:
        names = dict.fromkeys(name for each in kustomizations for name in each.files)
        self.links += len(names)
        return [
            resource
            for name in islice(names, MOST_LINKS)
            for resource in self._in(name)
            if id(resource) not in self.patches and self.steps.go_on()
        ]

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
            about = _Target(name=entry.at("name").text)
            edit = Edit(("spec", "replicas"), entry.at("count"))
            for resource in resources.meeting(about):
                if resource.kind in SCALED:
                    yield resource, edit
            for resource in resources.called_like(about):
                if resource.kind in SCALED:
                    yield resource, _doubtful(edit, resource.part, entry)
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
        target = _target(entry)
        contents = self._contents(each, entry)
        if not any(isinstance(content.content, dict | list) for content in contents):
            self._overruled(entry, "the patch", resources, target)
        for content in contents:
            is_list = isinstance(content.content, list)
            own = _Target(content.at("kind").text, content.at("metadata", "name").text)
            about = target if entry.at("target").is_there else own
            if content.at("$patch").is_there:
                self._taken(entry, content, resources, about)
                continue
            like = resources.called_like(about)
            is_about = is_list or about != ALL or entry.at("target").is_there
            operations = list(_operations(content)) if is_list else []
            met = chain(resources.meeting(about), like) if is_about else ()
            for resource in met:
                made = (
                    (each.made(resource.part) for each in operations)
                    if is_list
                    else _merged(content, resource.part, self.steps)
                )
                for edit in made:
                    is_sure = about.is_sure and (about.name in ("", resource.written))
                    yield resource, edit if is_sure else _doubtful(edit, resource.part, entry)

    def _taken(self, entry: Part, content: Part, resources: _Resources, about: _Target) -> None:
        """What a patch takes away as a whole, or replaces."""
        if content.at("$patch").text != "delete" or not about.is_sure or not about.name:
            self._overruled(entry, "the patch", resources, about)
            return
        for resource in resources.meeting(about):
            self.taken.setdefault(id(resource), (entry, resource, set()))[2].add(self.root)

    def _contents(self, each: _Kustomization, entry: Part) -> list[Part]:
        """What a patch consists of, inline or in a file: it is read once for all that use it."""
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
                each
                for part in whole
                for each in (
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
                if own:
                    described = [resource for name in own for resource in self._in(name)]
                    self._overruled(entry, "what it is installed with", _Resources(described, self.steps))
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
                    chosen = target.at("select")
                    about = _target(replace(entry, content={"target": chosen.content}))
                    if not all(path.startswith(HARMLESS) for path in paths):
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
        # Where all is open already, the first that made it so is told.
        if not files <= self.overruled and len(self.overrides) <= MOST_LINKS:
            self.overrides.append(Override(entry.line, what, files=files - self.overruled))
            self.overruled |= files


def incomplete(resource: Described, base: Part) -> Part:
    """A resource, with what another one of its name may change that is none by itself."""
    why = Override(resource.part.at("kind").line, f"the incomplete {resource.kind}").why
    edits = {
        edit.path: replace(edit.part, why_open=why) if edit.part else None
        for edit in islice(_merged(resource.part, base, _Steps()), MOST_EDITS)
    }
    return _joined(base, [edits])


def _target(entry: Part) -> _Target:
    """Whom an entry is about by its `target`; all where it has none."""
    target = entry.at("target")
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


def _doubtful(edit: Edit, base: Part, entry: Part) -> Edit:
    """A change of which it is not told whether it is made."""
    why = Override(entry.line, "the patch").why
    part = edit.part or base.at(*edit.path)
    return Edit(edit.path, replace(part, content=part.content or "", why_open=why))


class _Operation(NamedTuple):
    """An operation of a JSON patch (RFC 6902): where, and what stands there then; None where nothing does."""

    keys: tuple[str, ...]
    part: Part | None

    def made(self, base: Part) -> Edit:
        """What it changes of a resource."""
        path: list[str | int] = []
        around = base.content
        for key in self.keys:
            index: str | int = key
            if isinstance(around, list):
                is_index = key.isascii() and key.isdecimal() and len(key) < LONGEST_INDEX
                index = len(around) if key == "-" else int(key) if is_index else key
            path.append(index)
            around = value_at(around, (index,))
        return Edit(tuple(path), self.part)


def _operations(operations: Part) -> Iterator[_Operation]:
    """Those that change something."""
    for each in islice(operations.items(), MOST_EDITS):
        words = each.at("path").text.split("/", DEEPEST + 1)[1:]
        kind = each.at("op").text
        # What is deeper is nowhere, so that Kustomize refuses it.
        if not words or len(words) > DEEPEST or kind == "test":
            continue
        value = replace(each.at("value"), remark=PATCHED)
        if kind == "remove":
            made = None
        elif kind in ("add", "replace"):
            made = value
        else:
            made = replace(value, content="", why_open=Override(each.line, "the patch").why)
        yield _Operation(tuple(word.replace("~1", "/").replace("~0", "~") for word in words), made)


def _merged(patch: Part, base: Part, steps: _Steps) -> Iterator[Edit]:
    """What a strategic merge patch changes: leaf by leaf, and lists as a whole where they are not merged."""
    ahead: list[tuple[Part, SpecPath]] = [(patch, ())]
    while ahead and steps.go_on():
        part, path = ahead.pop()
        content, there = part.content, value_at(base.content, path)
        if content is None and path:
            yield Edit(path, None)
        elif isinstance(content, dict):
            order = content.get("$patch")
            if order is not None and path:
                yield Edit(path, None if order == "delete" else part)
            elif order is None:
                keys = [key for key in content if not key.startswith("$")]
                ahead += [
                    (replace(part.at(key), content=content[key]), (*path, key))
                    for key in reversed(keys)
                    if (*path, key) not in _NAMES
                ]
        elif isinstance(content, list) and isinstance(there, list) and path[-1] in MERGED:
            key = MERGED[str(path[-1])]
            steps.go_on(len(there))
            known = {str(value_at(item, (key,))): index for index, item in reversed(list(enumerate(there)))}
            for number, item in enumerate(part.items()):
                name = str(item.at(key).text)
                if name in known:
                    ahead.append((item, (*path, known[name])))
                else:
                    yield Edit((*path, len(there) + number), item)
        elif path:
            yield Edit(path, part)


_NAMES: frozenset[SpecPath] = frozenset(
    {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")}
)


def _joined(base: Part, roots: Sequence[Mapping[SpecPath, Part | None]]) -> Part:
    """A resource as all kustomizations that are deployed have it: where they differ, it is open."""
    content = deepcopy(base.content)
    grafts = dict(base.grafts)
    for path in sorted({path for root in roots for path in root}, key=len):
        ways = [root.get(path, _UNCHANGED) for root in roots]
        there = value_at(base.content, path)
        said = {repr(there if way is _UNCHANGED else way.content if way else None) for way in ways}
        first = next(way for way in ways if way is not _UNCHANGED)
        if len(said) > 1:
            named = ", ".join(
                f"{'nothing' if way is None else way.text} in {way.line.file if way else base.line.file}"
                if way is not _UNCHANGED
                else f"{base.at(*path).text or 'nothing'} in {base.source.file.name}"
                for way in ways[:3]
            )
            first = replace(first or base.at(*path), content="", why_open=f"kustomizations differ: {named}")
        if first is None:
            _take_away(content, path)
            grafts.pop(path, None)
        elif _put(content, path, first.content):
            grafts[path] = first
    return replace(base, content=content, grafts=grafts)


_UNCHANGED: Any = object()
"""Where a kustomization leaves a place as it is."""


def _put(content: Any, path: SpecPath, value: Any) -> bool:
    """Put a value at a path, with the mappings that lead there; whether that can be done."""
    *around, last = path
    for key in around:
        if isinstance(content, dict) and not isinstance(content.get(key), dict | list):
            content[key] = {}
        elif isinstance(content, list) and key == len(content):
            content.append({})
        content = value_at(content, (key,))
    value = "" if value is None else value
    if isinstance(content, dict):
        content[last] = value
        return True
    is_item = isinstance(content, list) and isinstance(last, int) and last <= len(content)
    if is_item:
        content[last : last + 1] = [value]  # type: ignore[operator]
    return is_item


def _take_away(content: Any, path: SpecPath) -> None:
    around = value_at(content, path[:-1])
    if isinstance(around, dict):
        around.pop(str(path[-1]), None)
    elif isinstance(around, list) and isinstance(path[-1], int) and path[-1] < len(around):
        around[path[-1]] = {}
