"""Manifests of packages: which real-time library a program depends on, as far as a dependency says so.

A dependency is not a use: an adapter is a question until code makes it, and what others bring along is not
stated. Where the sources are in view, neither is a client that none of them imports, nor a server that none
does beside one that is imported. What only tests and tools depend on does not count. A major version is
stated where the range allows no other, or a lock file beside it or above says which it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from rtreview.evidence.deployment import Fact, File, Line, Station, folder_path
from rtreview.evidence.readers.programs import imports, packages
from rtreview.evidence.readers.programs.imports import CSHARP, JAVASCRIPT, PYTHON, Language, Sources
from rtreview.evidence.readers.programs.locks import LOCKS, Locks, major
from rtreview.evidence.readers.programs.packages import Package
from rtreview.evidence.readers.programs.product import is_test, of_product
from rtreview.evidence.values import value_at
from rtreview.language import catalogue
from rtreview.text import toml
from rtreview.text.place import SpecPath

MOST_LINES = 20_000
"""Lines of a manifest that are looked at."""

_PYTHON = re.compile(
    r"\s{0,20}([A-Za-z0-9][\w.-]{0,80})\s{0,5}(?:\[[\w, -]{0,80}\])?\s{0,5}([=<>!~;#@].{0,200}|)$"
)
_MIX = re.compile(r"\{\s{0,9}:(\w{1,60})\s{0,9},([^{}]{0,200})")
_GEM = re.compile(r"""\s{0,40}gem\s{1,9}["']([\w-]{1,60})["'](.{0,200})""")
_GROUP = re.compile(r"\s{0,20}group\b(.{0,100})\bdo\b")
_GO = re.compile(r"\s{0,20}(?:require\s{1,9})?([\w./-]{1,120})\s{1,9}v[0-9](.{0,200})")
_NUGET = re.compile(
    r"""<PackageReference\s[^>]{0,120}?\bInclude\s{0,3}=\s{0,3}["']([\w.]{1,100})["'](?:[^>]{0,60}?\bVersion\s{0,3}=\s{0,3}["']([^"']{1,40}))?"""
)
_MAVEN = re.compile(r"<artifactId>\s{0,9}([\w.-]{1,80})\s{0,9}</artifactId>")
_GRADLE = re.compile(r"""["'][\w.-]{1,80}:([\w.-]{1,80})(?::([^"'@:]{0,60}))?["'@:]""")
_PUB = re.compile(
    r"""  (\w{1,60}):\s{0,9}(["']?[\^0-9][^#]{0,60}?|["']>=[^#]{0,60}?|any|)\s{0,9}(?:#.{0,200})?$"""
)
_POD = re.compile(r"""\s{0,40}pod\s{1,9}["']([\w.+/-]{1,80})["'](?:\s{0,9},\s{0,9}["']([^"']{1,40})["'])?""")
_SWIFT = re.compile(
    r"""\.package\s{0,9}\(\s{0,9}(?:name:\s{0,9}"[^"]{1,80}",\s{0,9})?url:\s{0,9}"[^"]{1,150}?/([\w.+-]{1,80}?)(?:\.git)?"([^)\n]{0,120})"""
)
_SINCE = re.compile(r"""(?:\bfrom|\bexact):?\s{0,3}\(?\s{0,3}"([0-9][^"]{0,40})\"""")
_FOR_TESTS = re.compile(r"dev|test|lint|docs?\b|ci\b", re.IGNORECASE)


class Dependency(NamedTuple):
    """A package that a manifest names, with the range of its versions."""

    name: str
    range: str
    line: Line


def _json(file: File, key: str) -> Iterator[Dependency]:
    """Those in the object at a key of a JSON file."""
    found = file.document
    content = found.content.get(key) if isinstance(found.content, dict) else None
    for name, range_ in content.items() if isinstance(content, dict) else ():
        text = range_ if isinstance(range_, str) else ""
        yield Dependency(name, text, file.line(found.span((key, name), key=True).line))


def _requirements(file: File) -> Iterator[Dependency]:
    for number, line in enumerate(file.lines[:MOST_LINES], 1):
        found = _PYTHON.match(line[:300])
        if found is not None:
            yield Dependency(_normal(found[1]), _range(found[2]), file.line(number))


def _range(text: str) -> str:
    """What a requirement of Python says of the version, without a marker and a comment."""
    return re.split(r"[;#]", text, maxsplit=1)[0]


def _pyproject(file: File) -> Iterator[Dependency]:
    """Those of the program itself, by PEP 621 or Poetry."""
    read = toml.read(file.text)
    if read is None:
        return
    content, places = read
    listed = value_at(content, ("project", "dependencies"))
    for index, written in enumerate(listed if isinstance(listed, list) else ()):
        found = _PYTHON.match(written[:300]) if isinstance(written, str) else None
        span = places.values.get(("project", "dependencies", index))
        if found is not None and span is not None:
            yield Dependency(_normal(found[1]), _range(found[2]), file.line(span.line))
    table = value_at(content, ("tool", "poetry", "dependencies"))
    for name, range_ in table.items() if isinstance(table, dict) else ():
        span = places.keys.get(("tool", "poetry", "dependencies", name))
        is_optional = isinstance(range_, dict) and range_.get("optional") is True
        text = range_.get("version") if isinstance(range_, dict) else range_
        if span is not None and not is_optional:
            yield Dependency(_normal(name), text if isinstance(text, str) else "", file.line(span.line))


def _normal(name: str) -> str:
    """A name of PyPI, in which `_`, `.` and `-` are the same."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _mix(file: File) -> Iterator[Dependency]:
    for number, line in enumerate(file.lines[:MOST_LINES], 1):
        for found in _MIX.finditer(line[:400].partition("#")[0]):
            if not ("only:" in found[2] and ":prod" not in found[2]):
                yield Dependency(found[1], "", file.line(number))


def _gemfile(file: File) -> Iterator[Dependency]:
    is_for_tests = False
    for number, line in enumerate(file.lines[:MOST_LINES], 1):
        text = line[:300].partition("#")[0]
        if group := _GROUP.match(text):
            is_for_tests = ":production" not in group[1] and ":default" not in group[1]
        elif text.startswith("end"):
            is_for_tests = False
        elif (found := _GEM.match(text)) and not is_for_tests:
            yield Dependency(found[1], "", file.line(number))


def _go_mod(file: File) -> Iterator[Dependency]:
    for number, line in enumerate(file.lines[:MOST_LINES], 1):
        found = _GO.match(line[:400])
        if found is not None and "// indirect" not in found[2]:
            yield Dependency(found[1], "", file.line(number))


def _tagged(file: File, pattern: re.Pattern[str]) -> Iterator[Dependency]:
    """Those in a text with tags, without its comments."""
    is_comment = False
    for number, line in enumerate(file.lines[:MOST_LINES], 1):
        is_comment = is_comment or "<!--" in line
        if not is_comment and not line.lstrip().startswith("//"):
            for found in pattern.finditer(line[:400]):
                range_ = found[2] if pattern.groups > 1 else ""
                yield Dependency(found[1], range_ or "", file.line(number))
        is_comment = is_comment and "-->" not in line


def _pubspec(file: File) -> Iterator[Dependency]:
    """Those of the program itself, in a file of Dart."""
    inside = ""
    for number, line in enumerate(file.lines[:MOST_LINES], 1):
        if line[:1].strip() and line[:1] != "#":
            inside = line.partition(":")[0]
        elif inside == "dependencies" and (found := _PUB.match(line[:300])):
            yield Dependency(found[1], found[2], file.line(number))


def _podfile(file: File) -> Iterator[Dependency]:
    for number, line in enumerate(file.lines[:MOST_LINES], 1):
        if found := _POD.match(line[:300].partition("#")[0]):
            yield Dependency(found[1], found[2] or "", file.line(number))


def _swift(file: File) -> Iterator[Dependency]:
    """Packages by the names of their repositories; `from` allows no other major version."""
    for number, line in enumerate(file.lines[:MOST_LINES], 1):
        for found in _SWIFT.finditer(line[:400]) if not line.lstrip().startswith("//") else ():
            since = _SINCE.search(found[2])
            yield Dependency(found[1], since[1] if since else "", file.line(number))


class Format(NamedTuple):
    """A kind of manifest: how its files are called, what it lists, and the packages that mean something."""

    name: re.Pattern[str]
    dependencies: Callable[[File], Iterator[Dependency]]
    packages: Mapping[str, Package]
    language: Language | None = None


FORMATS = (
    Format(re.compile(r"package\.json"), partial(_json, key="dependencies"), packages.NPM, JAVASCRIPT),
    Format(
        re.compile(r"[\w.-]{0,60}requirements[\w.-]{0,60}\.(?:txt|in)"), _requirements, packages.PYPI, PYTHON
    ),
    Format(re.compile(r"pyproject\.toml"), _pyproject, packages.PYPI, PYTHON),
    Format(re.compile(r"mix\.exs"), _mix, packages.HEX),
    Format(re.compile(r"Gemfile"), _gemfile, packages.GEMS),
    Format(re.compile(r"go\.mod"), _go_mod, packages.GO),
    Format(re.compile(r"[\w. -]{1,120}\.csproj"), partial(_tagged, pattern=_NUGET), packages.NUGET, CSHARP),
    Format(re.compile(r"pom\.xml"), partial(_tagged, pattern=_MAVEN), packages.MAVEN),
    Format(re.compile(r"build\.gradle(?:\.kts)?"), partial(_tagged, pattern=_GRADLE), packages.MAVEN),
    Format(re.compile(r"composer\.json"), partial(_json, key="require"), packages.COMPOSER),
    Format(re.compile(r"pubspec\.yaml"), _pubspec, packages.PUB),
    Format(re.compile(r"Podfile"), _podfile, packages.PODS),
    Format(re.compile(r"Package\.swift"), _swift, packages.SWIFT),
)


def _format(file: File) -> Format | None:
    path = file.path
    if "node_modules" in path.parts or "vendor" in path.parts or is_test(path):
        return None
    if path.suffix in (".txt", ".in") and path.parent.name == "requirements":
        return FORMATS[1]
    return next((each for each in FORMATS if each.name.fullmatch(path.name)), None)


def takes(file: File) -> bool:
    """Whether it is a manifest that may name a package, a lock file, or a source that may use one."""
    if file.path.name in LOCKS or imports.takes(file):
        return True
    found = _format(file)
    return found is not None and not (found.packages is packages.PYPI and _FOR_TESTS.search(file.path.stem))


def stations(files: Sequence[File]) -> Iterator[Station]:
    """A process for each manifest that says something of it.

    A client that is no page says nothing where a page is one, as a design names one client.
    """
    locks = {file.id: file for file in files if file.path.name in LOCKS}
    sources = Sources(list(filter(imports.takes, files)))
    apart: list[Station] = []
    has_page = False
    listed = [
        (file, format_, [*format_.dependencies(file)])
        for file in of_product([file for file in files if _format(file) is not None])
        if (format_ := _format(file)) is not None and _may_name(file, format_)
    ]
    folders: dict[str, set[str]] = {}
    for file, _, dependencies in listed:
        for dependency in dependencies:
            folders.setdefault(dependency.name, set()).add(_folder(file))
    naming = {name: frozenset(each) for name, each in folders.items()}
    for file, format_, all_dependencies in listed:
        dependencies = list(_used(file, format_, all_dependencies, sources, naming))
        facts = _facts(format_, dependencies, Locks(file.path.parent, locks))
        gateway = next((each.line for each in dependencies if each.name in packages.GATEWAYS), None)
        line = facts[0].line if facts else gateway
        if line is None:
            continue
        station = Station(line, paths=frozenset({_folder(file)}), facts=facts, passes_on=gateway is not None)
        is_page = format_.packages is packages.NPM
        has_page = has_page or (is_page and any(fact.field == packages.CLIENT for fact in facts))
        if is_page or gateway or any(fact.field != packages.CLIENT for fact in facts):
            yield station
        else:
            apart.append(station)
    yield from () if has_page else apart


def _may_name(file: File, format_: Format) -> bool:
    """Whether a name stands in the text at all, as in most manifests none does."""
    text = file.text.lower().replace("_", "-")
    known = (*format_.packages, *packages.GATEWAYS)
    return any(name.lower().replace("_", "-") in text for name in known)


def _folder(file: File) -> str:
    """The folder of the program; manifests in a folder of their own are of the one above."""
    folder = file.path.parent
    return folder_path(str(folder.parent if folder.name == "requirements" else folder))


def _used(
    file: File,
    format_: Format,
    dependencies: Sequence[Dependency],
    sources: Sources,
    naming: Mapping[str, frozenset[str]],
) -> Iterator[Dependency]:
    """Dependencies without clients that nothing imports, and servers that nothing does beside another.

    What a source imports is of the nearest manifest above it that names it; of any, where none above does.
    """
    language = format_.language
    if language is None or not sources.are_in_view(language, _folder(file)):
        yield from dependencies
        return

    def is_imported(dependency: Dependency) -> bool:
        module = format_.packages[dependency.name].module or dependency.name
        owners = sources.owners(language, module, naming[dependency.name])
        return "" in owners or _folder(file) in owners

    known = [each for each in dependencies if each.name in format_.packages]
    imported = {each.name for each in known if is_imported(each)}
    serves = any(format_.packages[name].field == packages.LIBRARY for name in imported)
    idle = {packages.CLIENT, *([packages.LIBRARY] if serves else [])}
    for each in dependencies:
        if each not in known or each.name in imported or format_.packages[each.name].field not in idle:
            yield each


def _facts(format_: Format, dependencies: Sequence[Dependency], locks: Locks) -> tuple[Fact, ...]:
    names = {dependency.name for dependency in dependencies}
    facts: dict[tuple[SpecPath, Any], Fact] = {}
    for dependency in dependencies:
        package = format_.packages.get(dependency.name)
        if package is not None and not package.unless & (names - {dependency.name}):
            fact = _fact(package, dependency, locks)
            facts.setdefault((fact.field, fact.value), fact)
    return tuple(facts.values())


def _fact(package: Package, dependency: Dependency, locks: Locks) -> Fact:
    name, field, line = package.name, package.field, dependency.line
    if package.is_open:
        return Fact(
            field, None, line, f"{dependency.name} is a dependency; whether it is used is not seen here"
        )
    if not name.endswith("@"):
        return Fact(field, name, line)
    version, why = major(dependency.range), ""
    if version is None:
        version, why = locks.major(dependency.name)
    if version is not None and package.majors:
        version = package.majors.get(version)
    bare = name.removesuffix("@")
    if version is None:
        return Fact(field, bare, line, "the version is open")
    known = catalogue.find(f"{bare}@{version}")
    if known is not None:
        return Fact(field, known.id, line, why)
    newest = catalogue.find(bare)
    if newest is not None and "@" in newest.id:
        return Fact(field, None, line, f"the catalogue does not have version {version}")
    # What the catalogue lacks is called by its major version; below 1 that says nothing.
    return Fact(field, bare if newest is not None or not version else f"{bare}@{version}", line, why)
