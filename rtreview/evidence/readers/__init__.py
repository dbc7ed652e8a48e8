"""A module for each format of deployment files: which files it takes, and what stations they describe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rtreview.evidence.deployment import File, Station
from rtreview.evidence.readers import kubernetes, nginx


class Reader(NamedTuple):
    """A format of files.

    Attributes:
        name: what it is called.
        takes: whether a file is of it.
        stations: what all of its files together describe.
        parts: the files that one of its files holds, if any can.

    """

    name: str
    takes: Callable[[File], bool]
    stations: Callable[[Sequence[File]], Iterator[Station]]
    parts: Callable[[File], Iterator[File]] | None = None


READERS = (
    Reader("kubernetes", kubernetes.takes, kubernetes.stations, kubernetes.parts),
    Reader("nginx", nginx.takes, nginx.stations),
)
"""A file is read by each that takes it."""
