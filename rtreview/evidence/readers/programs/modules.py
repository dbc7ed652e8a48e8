"""The files of a program beside each other: what one imports from another, and what lies in one folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from posixpath import join, normpath

from rtreview.evidence.deployment import File
from rtreview.evidence.readers.programs.source import Setting, Source

MOST_BESIDE = 40
"""Files of a folder that are looked into for what another one calls."""

MOST_IMPORTS = 60
"""Modules that a file imports from its own program."""

ENDS = ("", ".ts", ".js", ".mjs", ".cjs", ".tsx", ".jsx", "/index.ts", "/index.js")
"""What the name of a module may lack, as Node.js and TypeScript complete it."""

_IMPORT = re.compile(r"""["'](\.{1,2}/[\w./@-]{1,120})["']""")


class Modules:
    """Programs of JavaScript by the names of their files; each is read when it is needed."""

    def __init__(self, files: Sequence[File]) -> None:
        self.files = {normpath(file.name): file for file in files}
        self.folders: dict[PurePosixPath, list[File]] = {}
        for file in files:
            self.folders.setdefault(file.path.parent, []).append(file)
        self.sources: dict[str, Source] = {}

    def source(self, file: File) -> Source:
        """The text of a file."""
        if file.id not in self.sources:
            self.sources[file.id] = Source(file)
        return self.sources[file.id]

    def beside(self, source: Source, word: str) -> Iterator[Source]:
        """The other files of its folder that have a word."""
        others = (
            file
            for file in self.folders.get(source.file.path.parent, [])
            if file.id != source.file.id and file.path.suffix == source.file.path.suffix and word in file.text
        )
        yield from map(self.source, islice(others, MOST_BESIDE))

    def constant(self, source: Source, name: str) -> tuple[Source, Setting] | None:
        """What a name stands for, be it in the file itself or in one that it imports the name from."""
        own = source.constant(name)
        if own is not None:
            return source, own
        owner, _, key = name.partition(".")
        for module in dict.fromkeys(islice(_IMPORT.findall(source.text), MOST_IMPORTS)):
            member = source.imported(module).get(owner) if owner and owner in source.text else None
            other = self._file(source, module) if member else None
            if other is not None and member:
                imported = self.source(other)
                found = imported.constant(f"{member}.{key}" if key else member)
                return (imported, found) if found is not None else None
        return None

    def _file(self, source: Source, module: str) -> File | None:
        """The file that a module is, as another calls it."""
        path = normpath(join(source.file.path.parent.as_posix(), module))
        stems = (path, path.removesuffix(".js"))
        return next(
            (self.files[name] for stem in stems for end in ENDS if (name := stem + end) in self.files), None
        )
