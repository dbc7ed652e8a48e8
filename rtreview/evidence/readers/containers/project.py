"""The files of Compose: which of them make a project, and what they say of a service together.

`docker-compose.override.yml` is laid over `docker-compose.yml` by itself; any other file of a folder only by
those who name it (docs.docker.com/compose/how-tos/multiple-compose-files/merge). So where such a file says
something else, it is open which of them holds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from posixpath import basename, dirname, join, normpath
from typing import Any, NamedTuple

from rtreview.evidence.deployment import File, Line, Unreadable, is_for_development, words
from rtreview.evidence.values import value_at
from rtreview.text.document import Document
from rtreview.text.place import SpecPath

STAGES = frozenset({"prod", "production", "staging", "stage", "preview", "lite", "demo", "test", "ci"})
"""Words by which files are called that are there for a stage."""

DEEPEST = 8
"""Services that extend one another."""

MOST_SERVICES = 2000
"""Services of a file."""

_BASE = re.compile(r"(?:docker-)?compose\.ya?ml$")
_OVERRIDE = re.compile(r"(?:docker-)?compose\.override\.ya?ml$")
_VARIABLE = re.compile(
    r"\$\{(?P<name>\w{1,80})(?::?[-?+](?P<instead>[^{}]{0,200}))?\}|\$(?P<bare>[A-Za-z_]\w{0,80})"
)


class Part(NamedTuple):
    """What one file says of a service."""

    file: File
    document: Document
    path: SpecPath
    content: dict[Any, Any]

    def get(self, *keys: str) -> Any:
        """The value at some keys; None where there is none."""
        return value_at(self.content, keys)

    def line(self, *keys: str | int) -> Line:
        """The line of some keys; where an anchor brings what stands there, the line of that."""
        path, read = (*self.path, *keys), self.document
        span = read.anchored.get(path) or read.keys.get(path) or read.values.get(path) or read.span(path)
        return self.file.line(span.line)

    def entries(self, *keys: str) -> Iterator[tuple[Any, Line]]:
        """The entries of a list, with their lines."""
        value = self.get(*keys)
        for number, entry in enumerate(value if isinstance(value, list) else ()):
            yield entry, self.line(*keys, number)

    def pairs(self, *keys: str) -> Iterator[tuple[str, Any, Line]]:
        """The names and values of a mapping, or of a list of `name=value`, with their lines."""
        for name, value in mapping(self.get(*keys)).items():
            yield str(name), value, self.line(*keys, name)
        for entry, line in self.entries(*keys):
            name, _, value = str(entry).partition("=")
            yield name, value, line


class Stated(NamedTuple):
    """What the files say at some keys of a service, and where; open where they do not agree."""

    value: Any
    line: Line
    reason: str = ""


@dataclass
class Service:
    """A service of a project: what holds for sure, the strongest first, and what does if a file is named."""

    name: str
    folder: str
    stands_alone: bool = False
    sure: list[Part] = field(default_factory=list)
    maybe: list[Part] = field(default_factory=list)

    @property
    def parts(self) -> list[Part]:
        """All that is said of it."""
        return [*self.sure, *self.maybe]

    @property
    def line(self) -> Line:
        """Where it is declared first."""
        return self.parts[-1].line() if not self.sure else self.sure[-1].line()

    def stated(self, *keys: str) -> Stated | None:
        """What holds at some keys; None where no file says anything."""
        sure = next(([part] for part in self.sure if part.get(*keys) is not None), [])
        found = [*sure, *(part for part in self.maybe if part.get(*keys) is not None)]
        if not found:
            return None
        first, *others = found
        value, line = first.get(*keys), first.line(*keys)
        for other in others:
            if other.get(*keys) != value:
                there = other.line(*keys)
                reason = f"{there.file}:{there.number} says something else, and may be the one that is used"
                return Stated(None, line, reason)
        return Stated(value, line)

    def text(self, *keys: str) -> str:
        """The text at some keys of the strongest file, with variables as they are where nobody sets them."""
        return next((expanded(part.get(*keys)) for part in self.parts if part.get(*keys) is not None), "")

    def entries(self, *keys: str) -> Iterator[tuple[Any, Line]]:
        """The entries of the lists of all files."""
        for part in self.parts:
            yield from part.entries(*keys)

    def pairs(self, *keys: str) -> Iterator[tuple[str, Any, Line]]:
        """The names and values of all files."""
        for part in self.parts:
            yield from part.pairs(*keys)


def projects(files: Sequence[File]) -> Iterator[tuple[Service, ...]]:
    """The services of each folder, and of each file that is a project by itself."""
    read = {file.name: (file, file.document) for file in files}
    alone = frozenset(_alone(read))
    sizes = Counter(dirname(name) for name in read if name not in alone)
    folders: dict[str, dict[str, Service]] = {}
    for name, (file, content) in read.items():
        folder = dirname(file.name)
        services = folders.setdefault(name if name in alone else folder, {})
        is_sure = name in alone or sizes[folder] == 1 or bool(_BASE.search(name) or _OVERRIDE.search(name))
        listed = list(mapping(mapping(content.content).get("services")))
        if len(listed) > MOST_SERVICES:
            place = file.line(content.span(("services", listed[MOST_SERVICES]), key=True).line)
            file.refused.append(
                Unreadable(place, f"more than {MOST_SERVICES:,} services: the rest is not read")
            )
        for key in listed[:MOST_SERVICES]:
            service = services.setdefault(str(key), Service(str(key), folder, name in alone))
            parts = list(_extended(read, name, key))
            if not is_sure:
                service.maybe += parts
            elif _OVERRIDE.search(name):
                service.sure = [*parts, *service.sure]
            else:
                service.sure += parts
    yield from (tuple(services.values()) for services in folders.values())


def _alone(read: Mapping[str, tuple[File, Document]]) -> Iterator[str]:
    """The files that are laid over no other, where a folder has several."""
    folders: dict[str, list[str]] = {}
    for name in read:
        folders.setdefault(dirname(name), []).append(name)
    for names in folders.values():
        for_work = [name for name in names if is_for_development(basename(name))]
        others = [name for name in names if name not in for_work] if for_work else names
        if not others or len(names) == 1:
            continue
        yield from for_work
        apart = list(_apart({name: mapping(read[name][1].content) for name in others}))
        yield from apart
        others = [name for name in others if name not in apart]
        called = {name: set(mapping(mapping(read[name][1].content).get("services"))) for name in others}
        counts = Counter(key for keys in called.values() for key in keys)
        for name, keys in called.items():
            if (
                keys
                and not _BASE.search(name)
                and not _OVERRIDE.search(name)
                and all(counts[key] == 1 for key in keys)
            ):
                yield name


def _apart(files: Mapping[str, dict[Any, Any]]) -> Iterator[str]:
    """The files that are whole and stand beside others, by the projects that they hold.

    Those that are called after two stages, such as production and staging, are never laid over each other.
    Neither is one that publishes what the base publishes, as its ports would come twice, nor one that says
    again of which image a service is.
    """
    whole = [
        name
        for name, project in files.items()
        if not _BASE.search(name)
        and not _OVERRIDE.search(name)
        and _is_whole(mapping(project.get("services")))
    ]
    stages = {name: words(basename(name)) & STAGES for name in whole}
    several = len({frozenset(each) for each in stages.values() if each}) > 1
    bases = [mapping(project.get("services")) for name, project in files.items() if _BASE.search(name)]
    for name in whole:
        own = mapping(files[name].get("services"))
        if (several and stages[name]) or any(
            _publish_the_same(own, base) or _have_one_image(own, base) for base in bases
        ):
            yield name


def _is_whole(services: dict[Any, Any]) -> bool:
    """Whether each service says what it runs, and waits for no other than these."""
    return bool(services) and all(
        isinstance(service, dict)
        and (service.get("image") or service.get("build"))
        and set(service.get("depends_on") or ()) <= services.keys()
        for service in services.values()
    )


def _publish_the_same(services: dict[Any, Any], others: dict[Any, Any]) -> bool:
    """Whether a service publishes a port in both."""
    return any(_ports(service) & _ports(others.get(name)) for name, service in services.items())


def _have_one_image(services: dict[Any, Any], others: dict[Any, Any]) -> bool:
    """Whether a service that is not built here is of one image in both."""
    return any(
        isinstance(image := mapping(service).get("image"), str)
        and image == mapping(others.get(name)).get("image")
        and not (mapping(service).get("build") or mapping(others[name]).get("build"))
        for name, service in services.items()
    )


def _ports(service: Any) -> set[str]:
    """The ports of a container that a service publishes."""
    ports = mapping(service).get("ports")
    found = [each.get("target") if isinstance(each, dict) else each for each in ports or ()]
    return {str(port).rpartition(":")[2] for port in found}


def _extended(read: Mapping[str, tuple[File, Document]], name: str, key: Any) -> Iterator[Part]:
    """What a file says of a service, and what that extends."""
    for _ in range(DEEPEST):
        file, content = read[name]
        service = mapping(mapping(content.content).get("services")).get(key)
        if not isinstance(service, dict):
            return
        yield Part(file, content, ("services", key), service)
        base = service.get("extends")
        key = mapping(base).get("service") if isinstance(base, dict) else base
        other = mapping(base).get("file")
        name = normpath(join(dirname(name), other)) if isinstance(other, str) else name
        if not isinstance(key, str) or name not in read:
            return


def mapping(value: Any) -> dict[Any, Any]:
    """A value, where it is a mapping; an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def expanded(value: Any) -> str:
    """A text with each variable as it is where nobody sets it; the folder where the command is run is `.`."""

    def instead(found: re.Match[str]) -> str:
        name = found["name"] or found["bare"]
        return "." if name == "PWD" else found["instead"] or ""

    return _VARIABLE.sub(instead, value if isinstance(value, str) else str(value))


def variable(value: Any) -> str:
    """Why a text is no value, where a variable stands in it; nothing where none does."""
    found = _VARIABLE.search(value) if isinstance(value, str) else None
    if found is None:
        return ""
    name = found["name"] or found["bare"]
    return f"`{name}` decides" + (f"; {found['instead']} where it is not set" if found["instead"] else "")
