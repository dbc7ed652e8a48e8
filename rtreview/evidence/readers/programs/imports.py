"""What the sources of a repository import: a package that none of them does is not used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import PurePosixPath
from posixpath import dirname, join, normpath, splitext
from typing import NamedTuple

from rtreview.evidence.deployment import File, folder_path
from rtreview.evidence.readers.programs import languages
from rtreview.evidence.readers.programs.product import is_written_here


class Language(NamedTuple):
    """How the files of a language end, and how they import a module."""

    ends: frozenset[str]
    imported: str

    def imports(self, text: str, module: str) -> bool:
        """Whether a text imports a module or a part of it."""
        if module not in text:
            return False
        return re.search(self.imported.format(re.escape(module)), text, re.MULTILINE) is not None


JAVASCRIPT = Language(
    languages.JAVASCRIPT | {".vue", ".svelte", ".astro", ".html", ".ejs"},
    r"[\"'`/]{0}(?:[\"'`/@]|\.[cm]?js\b)",
)
PYTHON = Language(languages.PYTHON, r"^[ \t]*(?:from|import)[ \t][^#\n]*\b{0}\b")
CSHARP = Language(languages.CSHARP, r"^[ \t]*(?:global[ \t]+)?using[ \t][^;\n]*\b{0}\b|^[^/\n]*\b{0}\.[A-Z]")
LANGUAGES = (JAVASCRIPT, PYTHON, CSHARP)

FOUND_BY_PLACE = frozenset({"pages", "app", "routes", "api", "functions", "public", "static", "entrypoints"})
"""Folders whose modules frameworks find by their places."""

FOUND_BY_NAME = ("import.meta.glob", "require.context", "defineNuxtConfig", "autoload", "AutoLoad")
"""Words of a program that finds modules without naming them."""

_EXPORT = re.compile(r"^export\b", re.MULTILINE)
_PATH = re.compile(r"""["'`]([\w.@~#$-]{0,60}/[\w.@~#$/-]{1,200})["'`]""")


def takes(file: File) -> bool:
    """Whether it is a source of one of the languages that is no test."""
    suffix = file.path.suffix
    return any(suffix in each.ends for each in LANGUAGES) and is_written_here(file.path)


class Sources:
    """The sources that are in view."""

    def __init__(self, files: Sequence[File]) -> None:
        self.files = files
        self.owners = cache(self._owners)

    def are_in_view(self, language: Language, folder: str) -> bool:
        """Whether a folder or one below it has some of a language."""
        return folder in self.folders[language]

    @cached_property
    def folders(self) -> Mapping[Language, frozenset[str]]:
        """The folders that have sources of each language, in them or below."""
        return {
            language: frozenset(
                folder_path(str(parent))
                for own in {file.path.parent for file in self.files if file.path.suffix in language.ends}
                for parent in (own, *own.parents)
            )
            for language in LANGUAGES
        }

    def _owners(self, language: Language, module: str, folders: frozenset[str]) -> frozenset[str]:
        """The nearest of some folders above each source that imports a module; empty where there is none."""
        importing = (
            file
            for file in self.files
            if file.path.suffix in language.ends
            and language.imports(file.text, module)
            and not self._is_idle(file)
        )
        return frozenset(_nearest(file, folders) for file in importing)

    def _is_idle(self, file: File) -> bool:
        """Whether it is a module of JavaScript that only exports, and that no other file names."""
        path = file.path
        if path.suffix not in languages.JAVASCRIPT or path.stem in ("index", "main"):
            return False
        if FOUND_BY_PLACE & set(path.parts[:-1]) or not _EXPORT.search(file.text) or self.finds_by_name:
            return False
        own = splitext(normpath(file.name))[0]
        # A path that does not begin in its own folder begins in one that has a name.
        parts = own.split("/")
        ends = ("/".join(parts[number:]) for number in range(len(parts)))
        return own not in self.beside and self.elsewhere.isdisjoint(ends)

    @cached_property
    def finds_by_name(self) -> bool:
        """Whether some program here finds modules without naming them."""
        scripts = (file.text for file in self.files if file.path.suffix in languages.JAVASCRIPT)
        return any(word in text for text in scripts for word in FOUND_BY_NAME)

    @cached_property
    def named(self) -> Sequence[tuple[File, str]]:
        """The paths in quotes in all files, each with its file."""
        return [(file, path) for file in self.files for path in _named(file)]

    @cached_property
    def beside(self) -> frozenset[str]:
        """The modules that files name by paths from their own folders."""
        return frozenset(
            normpath(join(dirname(normpath(file.name)), path))
            for file, path in self.named
            if path.startswith(".")
        )

    @cached_property
    def elsewhere(self) -> frozenset[str]:
        """The other paths by which files name modules, with their first folder and without."""
        paths = (path for _, path in self.named if not path.startswith("."))
        return frozenset(end for path in paths for end in (path.lstrip("/"), path.partition("/")[2]) if end)


def _nearest(file: File, folders: frozenset[str]) -> str:
    """The nearest of some folders above a file, as the paths of a station have it."""
    above = (folder_path(str(parent)) for parent in PurePosixPath(file.name).parents)
    return next((folder for folder in above if folder in folders), "")


def _named(file: File) -> Iterator[str]:
    """The paths in quotes in a file, without the ends of scripts."""
    for path in _PATH.findall(file.text) if file.path.suffix in JAVASCRIPT.ends else ():
        stem, end = splitext(path)
        yield stem if end in languages.JAVASCRIPT else path
