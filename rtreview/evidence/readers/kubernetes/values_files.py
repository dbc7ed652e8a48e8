"""Files of values of Helm: those of a chart, and those that it may be installed with.

`helm install -f` takes any file. What is called after values or after the chart is one by convention; a file
that lies beside several charts is one for all of them where it has what their templates ask for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from rtreview.evidence.deployment import File
from rtreview.text.document import Document

MOST_FILES = 20
"""Files that a chart may be installed with."""

OWN = "values.yaml"

OTHERS = frozenset(
    {"chart.yaml", "chart.lock", "requirements.yaml", "requirements.lock", "questions.yaml", "questions.yml",
     "values.schema.json", "package.json"}
)  # fmt: skip
"""Files in the folder of a chart that are no values."""

FOLDERS = ("values", "env", "envs", "environments")
"""Folders of a chart that hold nothing but files of values."""

_NAME = re.compile(
    r"values[._-][\w.-]{1,60}\.(?:ya?ml|json)|[\w.-]{1,60}[._-]values\.(?:ya?ml|json)", re.IGNORECASE
)


class Values(NamedTuple):
    """A file of values.

    Attributes:
        file: the file.
        document: what stands in it.
        below: the key below which it has those of the chart.
        decides: whether it does where the chart itself sets nothing.
        least: keys that lead to each of its values at least; what is for something else has one by chance.

    """

    file: File
    document: Document
    below: tuple[str, ...] = ()
    decides: bool = True
    least: int = 1


class ValuesFiles:
    """The files of YAML and JSON among others, by their folders; each is read once, when it is asked for."""

    def __init__(self, files: Sequence[File], charts: Sequence[str]) -> None:
        self.folders: dict[str, list[File]] = {}
        self.named: dict[str, list[File]] = {}
        self.documents: dict[str, Document | None] = {}
        for file in files:
            path = PurePosixPath(file.name)
            if path.suffix.lower() in (".yaml", ".yml", ".json"):
                self.folders.setdefault(folder_of(file.name), []).append(file)
                if _NAME.fullmatch(path.name):
                    self.named.setdefault(re.sub(r"[._-]?values[._-]?", "", path.stem), []).append(file)
        self.called = Counter(PurePosixPath(chart).name for chart in charts)
        self.beside = Counter(map(_above, charts))

    def own(self, folder: str, below: tuple[str, ...]) -> Iterator[Values]:
        """The values that lie in the folder of a chart."""
        for file in self.folders.get(folder, ()):
            if PurePosixPath(file.name).name == OWN:
                yield from self._read(file, below)

    def others(self, folder: str, below: tuple[str, ...]) -> Iterator[Values]:
        """What a chart may be installed with: files in its folders, and those that are called after it."""
        for inner in ("", *(f"{each}/" for each in FOLDERS)):
            for file in self.folders.get(folder + inner, ()):
                name = PurePosixPath(file.name).name.lower()
                if name not in OTHERS and (inner or name != OWN):
                    yield from self._read(file, below)
        name = PurePosixPath(folder).name
        if self.called[name] == 1:
            for file in self.named.get(name, ()):
                if folder_of(file.name) not in (folder, *(f"{folder}{each}/" for each in FOLDERS)):
                    # It may be an example.
                    yield from (each._replace(decides=False) for each in self._read(file, below))

    def shared(self, folder: str) -> Iterator[Values]:
        """Files beside several charts, which are of all of them."""
        above = _above(folder)
        if self.beside[above] > 1:
            for file in self.folders.get(above, ()):
                yield from (each._replace(least=2) for each in self._read(file, ()))

    def _read(self, file: File, below: tuple[str, ...]) -> Iterator[Values]:
        if file.name not in self.documents:
            document = file.document
            content = document.content
            is_one = isinstance(content, dict) and not {"apiVersion", "kind"} & content.keys()
            self.documents[file.name] = document if is_one else None
        known = self.documents[file.name]
        if known is not None:
            yield Values(file, known, below)


def is_of_values(file: File) -> bool:
    """Whether a file is called so that a chart may be installed with it."""
    return _NAME.fullmatch(file.path.name) is not None


def folder_of(name: str) -> str:
    """The folder of a file, with a `/` at its end; nothing for the top."""
    folder = name.rpartition("/")[0]
    return f"{folder}/" if folder else ""


def _above(folder: str) -> str:
    return folder_of(folder.rstrip("/"))
