"""What the sources of a repository import: a package that none of them does is not used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, cached_property
from posixpath import dirname, join, normpath, splitext
from typing import NamedTuple

from rtreview.evidence.deployment import File
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
        self.importing = cache(self._importing)

    def are_in_view(self, language: Language, folder: str) -> bool:
        """Whether a folder or one below it has some of a language."""
        inside = folder if folder != "/" else ""
        return any(file.name.startswith(inside) and file.path.suffix in language.ends for file in self.files)

    def _importing(self, language: Language, module: str) -> tuple[str, ...]:
        """The names of those that import a module: what a folder needs, another may import."""
        return tuple(
            file.name
            for file in self.files
            if file.path.suffix in language.ends
            and language.imports(file.text, module)
            and not self._is_idle(file)
        )

    def _is_idle(self, file: File) -> bool:
        """Whether it is a module of JavaScript that only exports, and that no other file names."""
        path = file.path
        if path.suffix not in languages.JAVASCRIPT or path.stem in ("index", "main"):
            return False
        if FOUND_BY_PLACE & set(path.parts[:-1]) or not _EXPORT.search(file.text) or self.finds_by_name:
            return False
        own = splitext(normpath(file.name))[0]
        others = (other for other in self.files if other is not file and path.stem in other.text)
        return not any(_names(other, own) for other in others)

    @cached_property
    def finds_by_name(self) -> bool:
        """Whether some program here finds modules without naming them."""
        scripts = (file.text for file in self.files if file.path.suffix in languages.JAVASCRIPT)
        return any(word in text for text in scripts for word in FOUND_BY_NAME)


def _names(file: File, module: str) -> bool:
    """Whether a file names a module, by a path from its own folder or from one that has a name."""
    folder = dirname(normpath(file.name))
    for path in _PATH.findall(file.text):
        bare = splitext(path)[0] if splitext(path)[1] in languages.JAVASCRIPT else path
        if bare.startswith("."):
            if normpath(join(folder, bare)) == module:
                return True
        elif f"/{module}".endswith((f"/{bare.lstrip('/')}", f"/{bare.partition('/')[2] or bare}")):
            return True
    return False
