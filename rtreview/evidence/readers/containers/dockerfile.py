"""Dockerfiles: a proxy that is built with its configuration, by docs.docker.com/reference/dockerfile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from posixpath import join, normpath

from rtreview.evidence.deployment import File, Line, Station, Task
from rtreview.evidence.readers.containers import images

MOST_COPIES = 50

_NAME = re.compile(r"(?:^|/)(?:[\w.-]{1,80}\.)?Dockerfile(?:\.[\w.-]{1,80})?$", re.IGNORECASE)
_FROM = re.compile(r"\s*+FROM\s++(?:--\S++\s++)*+(\S++)", re.IGNORECASE)
_COPY = re.compile(r"\s*+(?:COPY|ADD)\s++(?!--from)(?:--\S++\s++)*+(\S.*)", re.IGNORECASE)
_CONFIGURATION = re.compile(
    r"\.(?:conf|cfg|ya?ml|template|tmpl|vcl|j2)$|(?:^|/)Caddyfile[^/]{0,40}$", re.IGNORECASE
)


def takes(file: File) -> bool:
    """Whether it is a Dockerfile."""
    return _NAME.search(str(file.path)) is not None


def stations(files: Sequence[File]) -> Iterator[Station]:
    """A station for each image that is a proxy: by its last stage, and what that copies."""
    for file in files:
        image, line, copied = "", file.line(1), list[str]()
        for number, text in enumerate(file.lines, 1):
            if stage := _FROM.match(text):
                image, line, copied = stage[1], file.line(number), []
            elif (copy := _COPY.match(text)) and len(copied) < MOST_COPIES:
                copied += [word for word in copy[1].split()[:-1] if _CONFIGURATION.search(word)]
        if platform := images.known(image, images.PROXIES):
            yield _station(file, platform, line, copied)


def _station(file: File, platform: str, line: Line, copied: Sequence[str]) -> Station:
    """A file is copied from the folder that is given to the build: that of the Dockerfile, or the root."""
    folder = file.name.rpartition("/")[0]
    paths = {normpath(join(root, path.lstrip("/"))) for path in copied for root in (folder, "")}
    paths |= {f"{folder}/"} if folder else set()
    # What stands behind the proxy runs elsewhere. A Dockerfile with a word of its own is one of several.
    task = Task.APART if file.path.name == "Dockerfile" else None
    return Station(line, platform, paths=frozenset(paths), task=task)
