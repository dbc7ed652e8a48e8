"""What the files of a deployment say of a design, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rtreview.evidence import files
from rtreview.evidence.deployment import File, Station
from rtreview.evidence.files import Files, Unread
from rtreview.evidence.readers import READERS
from rtreview.evidence.way import Way, ways


class Evidence(NamedTuple):
    """What was found.

    Attributes:
        looked_at: how many files were read.
        files: those that say something of a deployment, in their order.
        ways: the ways of messages through it.
        unread: what could not be read.

    """

    looked_at: int
    files: tuple[File, ...]
    ways: tuple[Way, ...]
    unread: tuple[Unread, ...]


def gather(paths: Sequence[str]) -> Evidence:
    """Read the files at or below some paths: folders are searched, a file that is named is read."""
    return of(files.find(paths))


def of(found: Files) -> Evidence:
    """What files say that are read."""
    stations: list[Station] = []
    taken: set[str] = set()
    for reader in READERS:
        mine = [file for file in found.read if reader.takes(file)]
        taken |= {file.name for file in mine}
        stations += reader.stations(mine) if mine else ()
    said = tuple(file for file in found.read if file.name in taken)
    return Evidence(len(found.read), said, ways(stations), found.unread)
