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

MERGED = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "ports": "containerPort",
}
"""The lists that a patch is merged into, and the key by which their entries are told apart."""

SCALED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"})

_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,253}")
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

    def meets(self, resource: Described) -> bool:
        """Whether it may be about a resource."""
        return self.kind in ("", resource.kind) and self.name in ("", resource.written)


class Kustomizations:
    """All kustomizations of some files.

    Attributes:
        patches: the resources, by their ids, that are no resources but change others.
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
        self.links = self.edits = 0
        found = [self._of(each) for each in own]
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
            for each, resources in self._below(root):
                for resource in resources:
                    covering.setdefault(id(resource), set()).add(number)
                for resource, edit in self._edits(each, resources):
                    self.edits += 1
                    if self.edits > MOST_EDITS:
                        break
                    of_roots = edits.setdefault(id(resource), (resource, {}))[1]
                    of_root = of_roots.setdefault(number, {})
                    of_root.pop(edit.path, None)
                    of_root[edit.path] = edit.part
        if self.links > MOST_LINKS or self.edits > MOST_EDITS or len(self.roots) > MOST_ROOTS:
            most = f"{MOST_LINKS:,} entries of kustomizations, or {MOST_EDITS:,} places that they change"
            root = self.roots[0]
            self.unreadable.append(Unreadable(root.file.line(1), f"more than {most}: the rest is not read"))
            self.overrides.append(Override(root.file.line(1), "one of very many kustomizations"))
            return
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
            if id(resource) not in self.patches
        ]

    def _edits(
        self, each: _Kustomization, resources: Sequence[Described]
    ) -> Iterator[tuple[Described, Edit]]:
        """What one changes of some resources, in the order in which it does so."""
        part = each.part
        for key in ("patchesStrategicMerge", "patches"):
            for entry in part.at(key).items():
                yield from self._patched(each, entry, resources)
        for key, value in part.at("commonAnnotations").pairs():
            for resource in resources:
                yield resource, Edit(("metadata", "annotations", key), value)
        for entry in part.at("patchesJson6902").items():
            yield from self._patched(each, entry, resources)
        for entry in part.at("replicas").items():
            for resource in resources:
                if resource.kind in SCALED and resource.written == entry.at("name").text:
                    yield resource, Edit(("spec", "replicas"), entry.at("count"))
        for entry in part.at("images").items():
            for resource in resources:
                yield from ((resource, edit) for edit in _with_image(resource, entry))
        self._not_followed(each, resources)

    def _patched(
        self, each: _Kustomization, entry: Part, resources: Sequence[Described]
    ) -> Iterator[tuple[Described, Edit]]:
        """What an entry of `patches` changes, and of the older keys that are like it."""
        target = _target(entry)
        contents = self._contents(each, entry)
        if not any(isinstance(content.content, dict | list) for content in contents):
            self._overruled(entry, "the patch", [each for each in resources if target.meets(each)])
        for content in contents:
            is_list = isinstance(content.content, list)
            own = _Target(content.at("kind").text, content.at("metadata", "name").text)
            about = target if target != _Target() else own
            for resource in filter(about.meets, resources) if is_list or about != _Target() else ():
                made = _operations(content, resource.part) if is_list else _merged(content, resource.part)
                for edit in made:
                    yield resource, edit if about.is_sure else _doubtful(edit, resource.part, entry)

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
            self.read[key] = [Part(source, (), source.document.content, remark=PATCHED) for source in found]
        return self.read[key]

    def _not_followed(self, each: _Kustomization, resources: Sequence[Described]) -> None:
        """What one computes."""
        for entry in each.part.at("transformers").items():
            file = self.files.get(each.named(entry.text)) if "\n" not in entry.text else None
            kinds = (
                {str(value_at(document.content, ("kind",))) for document in file.documents} if file else {""}
            )
            if not kinds <= TRANSFORMERS:
                self._overruled(entry, "a transformer", resources)
        for entry in each.part.at("replacements").items():
            path = entry.at("path").text
            file = self.files.get(each.named(path)) if path else None
            parts = [entry]
            if file is not None:
                whole = [Part(Source(file, document), (), document.content) for document in file.documents]
                parts = list(chain.from_iterable(part.items() or (part,) for part in whole))
            for part in parts:
                targets = list(part.at("targets").items())
                if not targets:
                    self._overruled(entry, "a replacement", resources)
                for target in targets:
                    paths = [path.text for path in target.at("fieldPaths").items()]
                    chosen = target.at("select")
                    about = _target(replace(entry, content={"target": chosen.content}))
                    if not all(path.startswith(HARMLESS) for path in paths):
                        self._overruled(
                            target, "a replacement", [each for each in resources if about.meets(each)]
                        )

    def _overruled(self, entry: Part, what: str, resources: Sequence[Described]) -> None:
        # Where all is open already, the first that made it so is told.
        files = frozenset(each.file.name for each in resources) - self.overruled
        if files and len(self.overrides) < MOST_LINKS:
            self.overruled |= files
            self.overrides.append(Override(entry.line, what, files=files))


def incomplete(resource: Described, base: Part) -> Part:
    """A resource, with what another one of its name may change that is none by itself."""
    why = Override(resource.part.at("kind").line, f"the incomplete {resource.kind}").why
    edits = {
        edit.path: replace(edit.part, why_open=why) if edit.part else None
        for edit in islice(_merged(resource.part, base), MOST_EDITS)
    }
    return _joined(base, [edits])


def _target(entry: Part) -> _Target:
    """Whom an entry is about by its `target`; all where it has none."""
    target = entry.at("target")
    kind, name = target.at("kind").text, target.at("name").text
    is_plain = all(_PLAIN.fullmatch(text) for text in (kind, name) if text)
    is_chosen = target.at("labelSelector").is_there or target.at("annotationSelector").is_there
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


def _operations(operations: Part, base: Part) -> Iterator[Edit]:
    """What the operations of a JSON patch change (RFC 6902)."""
    for each in islice(operations.items(), MOST_EDITS):
        path: list[str | int] = []
        for word in each.at("path").text.split("/")[1:]:
            key = word.replace("~1", "/").replace("~0", "~")
            around = value_at(base.content, tuple(path))
            is_item = isinstance(around, list)
            path.append(
                len(around) if is_item and key == "-" else int(key) if is_item and key.isdecimal() else key
            )
        kind = each.at("op").text
        if not path or kind == "test":
            continue
        value = replace(each.at("value"), remark=PATCHED)
        if kind == "remove":
            yield Edit(tuple(path), None)
        elif kind in ("add", "replace"):
            yield Edit(tuple(path), value)
        else:
            yield Edit(tuple(path), replace(value, content="", why_open=Override(each.line, "the patch").why))


def _merged(patch: Part, base: Part) -> Iterator[Edit]:
    """What a strategic merge patch changes: leaf by leaf, and lists as a whole where they are not merged."""
    ahead: list[tuple[Part, SpecPath]] = [(patch, ())]
    while ahead:
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


def _with_image(resource: Described, entry: Part) -> Iterator[Edit]:
    """The image that a kustomization puts in the place of one of its name."""
    at: SpecPath = ("spec", "template", "spec", "containers")
    for number, container in enumerate(resource.part.at(*at).items()):
        image = container.at("image").text
        name, _, tag = (
            image.partition("@")[0].rpartition(":") if ":" in image.rpartition("/")[2] else (image, "", "")
        )
        if name == entry.at("name").text:
            new, tag = entry.at("newName").text or name, entry.at("newTag").text or tag
            made = replace(entry, content=f"{new}:{tag}" if tag else new, remark=PATCHED)
            yield Edit((*at, number, "image"), made)


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
