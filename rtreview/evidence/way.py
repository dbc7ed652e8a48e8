"""The way of a message: from what is published inward, by the names that stations call each other.

What lies outside of the files, a CDN or a balancer that was made by hand, is asked for and never assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from pathlib import PurePosixPath
from typing import NamedTuple

from rtreview.evidence.deployment import Fact, Line, Route, Station
from rtreview.text.place import SpecPath, dotted

LONGEST = 8
"""Hops of a way."""

MOST_WAYS = 200
"""Ways of a deployment."""

LIBRARY: SpecPath = ("transport", "library")

HERE = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", "host.docker.internal", "unix"})
"""What leads to another program of the same machine."""


class Passage(NamedTuple):
    """A hop that a message passes, and the route which takes it there."""

    station: Station
    route: Route


class Question(NamedTuple):
    """What the files leave open: what to find out, and the line that raises it."""

    about: str
    text: str
    line: Line


@dataclass(frozen=True)
class Way:
    """How messages come from the outside to a process.

    Attributes:
        passages: the hops in their order.
        process: where it ends; None where the files do not say.
        lost: the name that leads to none of the stations; empty where the process is known.

    """

    passages: tuple[Passage, ...]
    process: Station | None = None
    lost: str = ""

    @property
    def line(self) -> Line:
        """Where it begins."""
        first = self.passages[0].station if self.passages else self.process
        assert first is not None
        return first.entrance or first.line

    @property
    def prefix(self) -> str:
        """The paths that it is for: those of the hop that tells them apart most."""
        return max((passage.route.prefix for passage in self.passages), key=len, default="")

    @cached_property
    def carries(self) -> frozenset[str]:
        """The kinds of transport that its routes are made for, as far as they say."""
        return frozenset().union(*(passage.route.carries for passage in self.passages))

    @property
    def is_a_stream(self) -> bool:
        """Whether something says that it carries a stream: a route that is made for one, or a library."""
        return bool(self.carries) or (self.process is not None and _serves(self.process))

    @property
    def called(self) -> str:
        """What runs at its end, as far as the files have a name for it."""
        if self.process is None:
            return self.lost
        name = min(self.process.names, key=len, default=self.process.line.file)
        library = next((str(fact.value) for fact in self.process.facts if fact.field == LIBRARY), "")
        return f"{name} ({library})" if library else name

    @property
    def hops(self) -> tuple[str, ...]:
        """The platforms that messages pass, from the outside on."""
        return tuple(passage.station.platform for passage in self.passages)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What the files fix on it, each with its path in a spec: the hops in order, then the process."""
        return tuple(fact for fact in self._all if not fact.is_open)

    @property
    def open(self) -> tuple[Fact, ...]:
        """What the files could fix on it and leave open."""
        return tuple(fact for fact in self._all if fact.is_open)

    @property
    def questions(self) -> Iterator[Question]:
        """What the files leave open on it, from the outside on."""
        first = self.hops[0] if self.hops else "the server"
        yield Question(
            "transport.path",
            f"What stands before {first}: a CDN, a balancer, a firewall? No file here would show it.",
            self.line,
        )
        for fact in self._all:
            if fact.is_open:
                yield Question(
                    self.named(fact.field), f"{fact.decided_by[:1].upper()}{fact.decided_by[1:]}.", fact.line
                )
        if self.lost:
            yield Question(
                "topology",
                f"These files do not say what `{self.lost}` is: what runs there?",
                self.passages[-1].route.line,
            )
        elif self.process is None:
            yield Question("topology", "What do messages go on to?", self.passages[-1].route.line)

    def named(self, field: SpecPath) -> str:
        """A field as people call it, with the name of the hop: `transport.path[nginx].idle_timeout`."""
        return dotted(tuple(f"[{self.hops[key]}]" if isinstance(key, int) else key for key in field)).replace(
            ".[", "["
        )

    @cached_property
    def _all(self) -> tuple[Fact, ...]:
        found: list[Fact] = []
        for number, (station, route) in enumerate(self.passages):
            for fact in (*route.facts, *station.facts):
                if self._concerns(fact):
                    at = fact.field if len(fact.field) > 1 else ("transport", "path", number, *fact.field)
                    found.append(fact._replace(field=at))
        found += filter(self._concerns, self.process.facts if self.process else ())
        return tuple(dict.fromkeys(found))

    def _concerns(self, fact: Fact) -> bool:
        return not (fact.kinds and self.carries) or bool(fact.kinds & self.carries)


def ways(stations: Sequence[Station]) -> tuple[Way, ...]:
    """The ways that the files show; where something says which carry a stream, those alone."""
    known = joined(stations)
    found: list[Way] = []
    for way in _from_outside(known):
        if len(found) == MOST_WAYS:
            break
        found.append(way)
    streams = [way for way in found if way.is_a_stream]
    return tuple(_distinct(streams or found))


def _distinct(ways: Sequence[Way]) -> Iterator[Way]:
    """Of ways to one process those that are made for a stream, else one of those that are alike."""
    made_for_it = {_end(way) for way in ways if way.carries}
    seen = set()
    for way in ways:
        if _end(way) in made_for_it and not way.carries:
            continue
        if (key := (_end(way), way.facts)) not in seen:
            seen.add(key)
            yield way


def _end(way: Way) -> object:
    return way.process.line if way.process else (way.line, way.lost)


def _from_outside(stations: Sequence[Station]) -> Iterator[Way]:
    """The ways that begin at an entrance; one to which another entrance leads is no beginning."""
    reached = {
        id(inner)
        for station in stations
        if station.entrance
        for route in station.routes
        for name in route.targets
        if (inner := _called(name, route.line.file, stations)) is not None and inner is not station
    }
    for station in stations:
        if station.entrance and id(station) not in reached:
            yield from _onward(station, (), stations)


def _onward(station: Station, passed: tuple[Passage, ...], stations: Sequence[Station]) -> Iterator[Way]:
    if not station.routes:
        yield Way(passed, station)
        return
    for route in station.routes:
        passages = (*passed, Passage(station, route))
        # Servers of one upstream run the same program, so that the first stands for all.
        inner = [_called(name, route.line.file, stations) for name in route.targets]
        following = next((each for each in inner if each is not None), None)
        is_loop = any(following is passage.station for passage in passages)
        if following is None or is_loop or len(passages) == LONGEST:
            yield Way(passages, lost=route.targets[0] if route.targets else "")
        else:
            yield from _onward(following, passages, stations)


def _called(name: str, file: str, stations: Sequence[Station]) -> Station | None:
    """The station of that name; of several the one whose file lies nearest."""
    found = [station for station in stations if name in station.names]
    if not found and name in HERE:
        found = [station for station in stations if not station.names and _serves(station)]
        found = found if len(found) == 1 else []
    return max(found, key=lambda station: _common(station.line.file, file), default=None)


def _common(file: str, other: str) -> int:
    """How many folders two files have in common."""
    pairs = zip(file.split("/")[:-1], other.split("/")[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _serves(station: Station) -> bool:
    return any(fact.field == LIBRARY for fact in station.facts)


def joined(stations: Sequence[Station]) -> tuple[Station, ...]:
    """The stations, with what configurations and programs say of those that run them.

    What runs has a name. A configuration is of all that mount it. A program is of what is built from its
    folder, else of what is called like its folder, else, where it is the only one, of whatever runs.
    """
    running = [station for station in stations if station.names]
    described = [station for station in stations if not station.names]
    programs = _programs(
        [station for station in described if any(path.endswith("/") for path in station.paths)]
    )
    configurations = [
        station for station in described if not any(path.endswith("/") for path in station.paths)
    ]
    used: set[int] = set()

    def with_descriptions(station: Station) -> Station:
        mounted = [each for each in configurations if each.paths & station.paths]
        built = [] if station.routes or any(each.routes for each in mounted) else _built(station, programs)
        used.update(map(id, (*mounted, *built)))
        for description in (*mounted, *built):
            station = _merged(station, description)
        return station

    whole = [with_descriptions(station) for station in running]
    loose = [each for each in (*configurations, *programs) if id(each) not in used]
    return (
        *whole,
        *(each if each.entrance or running else replace(each, entrance=each.line) for each in loose),
    )


def _programs(described: Sequence[Station]) -> list[Station]:
    """Programs with what their code says: code belongs to the program whose folder is nearest above it."""
    programs = {_folder(station): station for station in described if _is_program(station)}
    for station in described:
        if _is_program(station):
            continue
        around = [folder for folder in programs if _folder(station).startswith(folder)]
        folder = max(around, key=len, default=_folder(station))
        programs[folder] = _merged(programs[folder], station) if folder in programs else station
    return list(programs.values())


def _is_program(station: Station) -> bool:
    """Whether it is what a manifest says, and not only its code."""
    return any(fact.field in (LIBRARY, ("transport", "client_library")) for fact in station.facts)


def _folder(station: Station) -> str:
    """The folder of a program, empty for the top."""
    folder = next(path for path in station.paths if path.endswith("/"))
    return "" if folder == "/" else folder


def _built(station: Station, programs: Sequence[Station]) -> list[Station]:
    """The program that a process runs, as far as folder or name say, or as there is only one."""
    servers = [program for program in programs if _serves(program)]
    contexts = ["" if path == "/" else path for path in station.paths if path.endswith("/")]
    inside = [program for program in servers if any(_folder(program).startswith(at) for at in contexts)]
    called = [
        program for program in inside or servers if PurePosixPath(_folder(program)).name in station.names
    ]
    exact = [program for program in inside if _folder(program) in contexts]
    for found in (exact, called, inside if contexts else servers):
        if len(found) == 1:
            return found
    return []


def _merged(station: Station, description: Station) -> Station:
    """A station with what another file says of it."""
    return replace(
        station,
        platform=station.platform or description.platform,
        paths=station.paths | description.paths,
        routes=(*station.routes, *description.routes),
        facts=(*station.facts, *description.facts),
    )
