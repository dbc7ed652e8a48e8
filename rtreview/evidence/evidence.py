"""What the files of a deployment say of a design, in one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from rtreview.evidence import files
from rtreview.evidence.choice import SetAside, follow
from rtreview.evidence.deployment import Fault, File, Line, Override, Route, Station, Unreadable
from rtreview.evidence.faults import faults
from rtreview.evidence.files import Files, Unread
from rtreview.evidence.readers import READERS
from rtreview.evidence.readers.containers.signals import stopping
from rtreview.evidence.way import Way

if TYPE_CHECKING:
    from rtreview.text.git import Revision


class Evidence(NamedTuple):
    """What was found.

    Attributes:
        looked_at: how many files were read.
        files: those that say something of a deployment, in their order.
        ways: the ways of messages through it.
        unread: what could not be read.
        further: the ways through further deployments of the same programs, each with why it is set aside.
        set_aside: the entrances whose ways are not told.

    """

    looked_at: int
    files: tuple[File, ...]
    ways: tuple[Way, ...]
    unread: tuple[Unread, ...]
    further: tuple[Way, ...] = ()
    set_aside: tuple[SetAside, ...] = ()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What the files show to be wrong by themselves, each once, by file and line.

        A line that several locations include may be wrong for each of them.
        """
        ways = reversed(self.ways)
        found = {(fault.line, fault.rule, fault.message): fault for way in ways for fault in faults(way)}
        return tuple(found[key] for key in sorted(found))

    def lines(self, name: str) -> tuple[str, ...]:
        """The lines of a file that says something; none of another."""
        return next((file.lines for file in self.files if file.name == name), ())


def gather(paths: Sequence[str], base: Revision | None = None, now: Revision | None = None) -> Evidence:
    """Read the files at or below some paths, as they are, or as they were in a revision.

    Args:
        paths: files and folders.
        base: the revision in which they are read; none for as they are.
        now: the repository whose files count, although a change has git ignore them.

    """
    return of(files.find(paths, base, now))


def of(found: Files) -> Evidence:
    """What files say that are read."""
    holders = [(reader.parts, reader.takes) for reader in READERS if reader.parts]
    held = (parts(file) for parts, takes in holders for file in found.read if takes(file))
    texts = (*found.read, *chain.from_iterable(held))
    described = [
        (reader.name, each)
        for reader in READERS
        if (mine := [file for file in texts if reader.takes(file)])
        for each in reader.stations(mine)
    ]
    dark = [Override(Line(each.name, 1, ""), "what cannot be read") for each in found.unread if each.is_text]
    strange = _strange(texts, [each for _, each in described if isinstance(each, Station)])
    stopped = list(islice(stopping(found.read), 1))
    stations = [
        # No file of a deployment goes over what is written in a program.
        replace(
            each if each.inside else each.overruled([*dark[:1], *stopped, *strange.get(name, ())]),
            format=name,
        )
        for name, each in described
        if isinstance(each, Station)
    ]
    partly = [each for _, each in described if isinstance(each, Unreadable)]
    partly += [each for file in texts for each in file.refused]
    unread = tuple(
        Unread(each.line.file, f"line {each.line.number}: {each.reason}") for each in dict.fromkeys(partly)
    )
    speaking = {name for station in stations for name in _files(station)}
    said = tuple(file for file in found.read if file.name in speaking)
    told = follow(stations)
    return Evidence(len(found.read), said, told.ways, (*found.unread, *unread), told.further, told.set_aside)


def _strange(texts: Sequence[File], stations: Sequence[Station]) -> dict[str, list[Override]]:
    """What proxies mount as their configurations under names that are not read, by the readers of those."""
    by_name = {file.name: file for file in texts}
    found: dict[str, list[Override]] = {}
    for station in stations:
        is_mounting = station.platform and not station.routes
        for path in sorted(station.paths & by_name.keys()) if is_mounting else ():
            file = by_name[path]
            for reader in READERS:
                is_of_it = reader.holds is not None and reader.name.lower() == station.platform
                if is_of_it and reader.holds(file) and not reader.takes(file):  # type: ignore[misc]
                    found.setdefault(reader.name, []).append(Override(station.line, f"what mounts `{path}`"))
    return {name: overrides[:1] for name, overrides in found.items()}


def _files(station: Station) -> Iterator[str]:
    """The files that a station is known from, and those in which something is wrong with it."""
    yield station.line.file
    yield from (route.line.file for route in station.routes)
    holders: tuple[Station | Route, ...] = (station, *station.routes)
    for holder in holders:
        yield from (fact.line.file for fact in holder.facts)
        yield from (fault.line.file for fault in holder.faults)
