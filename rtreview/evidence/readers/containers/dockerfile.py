"""Dockerfiles: a proxy that is built with its configuration, by docs.docker.com/reference/dockerfile.

The image of a program may have a proxy in it as well: then it has the configuration where that reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from posixpath import join, normpath

from rtreview.evidence.deployment import File, Line, Station, Task
from rtreview.evidence.readers.containers import images
from rtreview.evidence.readers.programs import commands

MOST_COPIES = 50

MOST_VARIABLES = 200

_NAME = re.compile(r"(?:^|/)(?:[\w.-]{1,80}\.)?Dockerfile(?:\.[\w.-]{1,80})?$", re.IGNORECASE)
_FROM = re.compile(r"\s*+FROM\s++(?:--\S++\s++)*+(\S++)", re.IGNORECASE)
_COPY = re.compile(r"\s*+(?:COPY|ADD)\s++(?!--from)(?:--\S++\s++)*+(\S.*)", re.IGNORECASE)
_ENV = re.compile(r"\s{0,20}ENV\s", re.IGNORECASE)
_CONFIGURATION = re.compile(
    r"\.(?:conf|cfg|ya?ml|template|tmpl|vcl|j2)$|(?:^|/)Caddyfile[^/]{0,40}$", re.IGNORECASE
)
_READ_THERE = re.compile(
    r"/(?:usr/local/)?(?:etc/)?(?:nginx|openresty|haproxy|caddy|apache2|httpd|envoy|traefik)(?:/|$)"
)


def takes(file: File) -> bool:
    """Whether it is a Dockerfile."""
    return _NAME.search(str(file.path)) is not None


def stations(files: Sequence[File]) -> Iterator[Station]:
    """A station for each image that is a proxy or has one in it: by its last stage, and what that copies."""
    for file in files:
        image, line, copied, inner = "", file.line(1), list[str](), list[str]()
        variables: list[tuple[str, str]] = []
        goes_on = False
        for number, text in enumerate(file.lines, 1):
            if stage := _FROM.match(text):
                image, line, copied, inner, variables = stage[1], file.line(number), [], [], []
            elif (copy := _COPY.match(text)) and len(copied) < MOST_COPIES:
                *sources, there = copy[1].split()
                found = [word for word in sources if _CONFIGURATION.search(word)]
                copied += found
                inner += found if _READ_THERE.match(there) else []
            if len(variables) < MOST_VARIABLES:
                variables += commands.set_by(text, goes_on=goes_on)
            goes_on = (goes_on or _ENV.match(text) is not None) and text.rstrip().endswith("\\")
        if platform := images.known(image, images.PROXIES):
            yield replace(_station(file, platform, line, copied), environment=tuple(variables[::-1]))
        elif inner:
            yield Station(line, inside=file.folder, holds=_copied(file, inner))


def _copied(file: File, paths: Sequence[str]) -> frozenset[str]:
    """A file is copied from the folder that is given to the build: that of the Dockerfile, or the root."""
    folder = file.name.rpartition("/")[0]
    return frozenset(normpath(join(root, path.lstrip("/"))) for path in paths for root in (folder, ""))


def _station(file: File, platform: str, line: Line, copied: Sequence[str]) -> Station:
    folder = file.name.rpartition("/")[0]
    paths = _copied(file, copied) | ({f"{folder}/"} if folder else set())
    # What stands behind the proxy runs elsewhere. A Dockerfile with a word of its own is one of several.
    task = Task.APART if file.path.name == "Dockerfile" else None
    return Station(line, platform, paths=paths, task=task)
