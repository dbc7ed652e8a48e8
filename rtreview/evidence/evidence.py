"""What the files of a deployment say of a design, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from rtreview.evidence import files
from rtreview.evidence.deployment import Fault, File, Station
from rtreview.evidence.faults import faults
from rtreview.evidence.files import Files, Unread
from rtreview.evidence.readers import READERS
from rtreview.evidence.way import Way, ways

if TYPE_CHECKING:
    from rtreview.text.git import Revision


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

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What the files show to be wrong by themselves, each once, by file and line."""
        found = {(fault.line, fault.rule): fault for way in reversed(self.ways) for fault in faults(way)}
        return tuple(found[key] for key in sorted(found))

    def lines(self, name: str) -> tuple[str, ...]:
        """The lines of a file that says something; none of another."""
        return next((file.lines for file in self.files if file.name == name), ())


def gather(paths: Sequence[str], base: Revision | None = None) -> Evidence:
    """Read the files at or below some paths, as they are, or as they were in a revision."""
    return of(files.find(paths, base))


def of(found: Files) -> Evidence:
    """What files say that are read."""
    stations: list[Station] = []
    taken: set[str] = set()
    holders = [(reader.parts, reader.takes) for reader in READERS if reader.parts]
    held = (parts(file) for parts, takes in holders for file in found.read if takes(file))
    texts = (*found.read, *chain.from_iterable(held))
    for reader in READERS:
        mine = [file for file in texts if reader.takes(file)]
        taken |= {file.name for file in mine}
        stations += reader.stations(mine) if mine else ()
    said = tuple(file for file in found.read if file.name in taken)
    return Evidence(len(found.read), said, ways(stations), found.unread)
