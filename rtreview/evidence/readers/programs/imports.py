"""What the sources of a repository import: a package that none of them does is not used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
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
            if file.path.suffix in language.ends and language.imports(file.text, module)
        )
