"""The way of a message: from what is published inward, by the names that stations call each other.

What lies outside of the files, a CDN or a balancer that was made by hand, is asked for and never assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, takewhile
from typing import NamedTuple

from rtreview.evidence.deployment import Fact, Line, Route, Station
from rtreview.evidence.joining import CLIENT, SERVERS, joined, may_serve, serves
from rtreview.language import catalogue
from rtreview.text.place import SpecPath, dotted

LONGEST = 8
"""Hops of a way."""

MOST_ASKED = 3
"""Programs that are asked about one by one."""

MOST_WAYS = 200
"""Ways of a deployment."""

PATH: SpecPath = ("transport", "path")

HERE = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", "host.docker.internal", "unix"})
"""What leads to another program of the same machine."""


class Passage(NamedTuple):
    """A hop that a message passes, and the route which takes it there."""

    station: Station
    route: Route

    @property
    def line(self) -> Line:
        """Where it is declared: a hop that only labels describe has no line of its own."""
        return self.station.line if self.station.line.text else self.route.line


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
        client: the only program here that connects, if there is one.
        unplaced: programs that hold connections, of which nobody can tell what runs them.

    """

    passages: tuple[Passage, ...]
    process: Station | None = None
    lost: str = ""
    client: Station | None = None
    unplaced: tuple[Station, ...] = ()

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
        """Whether something says that it carries a stream: a route that is made for one, or what runs."""
        return bool(self.carries) or (self.process is not None and serves(self.process))

    @property
    def is_of_one_machine(self) -> bool:
        """Whether what it leads to is described as a part of one machine; a proxy's own file says nothing."""
        ends = [self.process] if self.process else [passage.station for passage in self.passages]
        return all(station.is_of_one_machine for station in ends)

    @property
    def program(self) -> Line | None:
        """The line that says which program runs at its end; None where none does."""
        facts = self.process.facts if self.process else ()
        return next((fact.line for fact in facts if fact.field in SERVERS), None)

    @property
    def end(self) -> object:
        """What tells where it ends."""
        return self.process.line if self.process else (self.line, self.lost)

    @property
    def called(self) -> str:
        """What runs at its end, as far as the files have a name for it."""
        if self.process is None:
            return self.lost
        name = min(sorted(self.process.names), key=len, default=self.process.line.file)
        stated = (fact.value for fact in self.process.facts if fact.field in SERVERS and not fact.is_open)
        library = next(map(str, stated), "")
        return f"{name} ({library})" if library else name

    @property
    def hops(self) -> tuple[str, ...]:
        """The platforms that messages pass, from the outside on."""
        return tuple(passage.station.platform for passage in self.passages)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What the files fix on it, each with its path in a spec: the hops in order, then the process."""
        return tuple(fact for fact in self.all if not fact.is_open)

    @property
    def open(self) -> tuple[Fact, ...]:
        """What the files could fix on it and leave open."""
        return tuple(fact for fact in self.all if fact.is_open)

    @property
    def questions(self) -> Iterator[Question]:
        """What the files leave open on it, from the outside on."""
        first = self.hops[0] if self.hops else "the server"
        yield Question(
            "transport.path",
            f"What stands before {first}: a CDN, a balancer, a firewall? No file here would show it.",
            self.line,
        )
        for fact in self.all:
            if fact.is_open:
                yield Question(
                    self.named(fact.field), f"{fact.decided_by[:1].upper()}{fact.decided_by[1:]}.", fact.line
                )
        for program in self.unplaced[:MOST_ASKED]:
            facts = (fact for fact in program.facts if fact.field in SERVERS)
            library = min(facts, key=lambda fact: fact.is_open)
            text = f"{library.value or 'A program'} is here: does {self.called or 'this'} run it?"
            yield Question("transport.library", text, library.line)
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
    def all(self) -> tuple[Fact, ...]:
        """What the files fix on it or leave open."""
        own = self.process.facts if self.process else ()
        for_hops = [fact for fact in own if fact.field[:2] == PATH]
        found: list[Fact] = []
        for number, (station, route) in enumerate(self.passages):
            platform = catalogue.find(station.platform)
            # What the program asks of hops by a header of its responses.
            wanted = for_hops if platform and platform.has("obeys-accel-buffering") else ()
            own_of_hop = (fact._replace(field=fact.field[2:]) for fact in wanted)
            # How many of a proxy there are, and how they stop, is not so of what is behind it.
            of_hop = (fact for fact in station.facts if len(fact.field) == 1)
            for fact in (*own_of_hop, *route.facts, *of_hop):
                at = fact.field if len(fact.field) > 1 else (*PATH, number, *fact.field)
                found.append(fact._replace(field=at))
        found += [fact for fact in own if fact not in for_hops]
        found += [fact for fact in (self.client.facts if self.client else ()) if fact.field == CLIENT]
        found = list(dict.fromkeys(filter(self._concerns, found)))
        stated = {fact.field for fact in found if not (fact.is_default or fact.is_open)}
        return tuple(
            fact for fact in found if fact.field not in stated or not (fact.is_default or fact.is_open)
        )

    def _concerns(self, fact: Fact) -> bool:
        return not (fact.kinds and self.carries) or bool(fact.kinds & self.carries)


def ways(stations: Sequence[Station]) -> tuple[Way, ...]:
    """The ways that the files show; where something says which carry a stream, those alone.

    Where a program runs in a cluster as well, on one machine it is being developed.
    """
    found = list(islice(_Deployment(joined(stations)).ways(), MOST_WAYS))
    likely = [way for way in found if way.process is not None and may_serve(way.process)]
    meant = [way for way in found if way.is_a_stream] or likely or found
    elsewhere = {way.program for way in meant if not way.is_of_one_machine} - {None}
    return tuple(
        _distinct([way for way in meant if not way.is_of_one_machine or way.program not in elsewhere])
    )


def _distinct(ways: Sequence[Way]) -> list[Way]:
    """Of ways to one process by the same hops those made for a stream, else one of those that are alike."""
    made_for_it = {(way.hops, way.end) for way in ways if way.carries}
    distinct: dict[object, Way] = {}
    for way in ways:
        if (way.hops, way.end) in made_for_it and not way.carries:
            continue
        said = tuple((fact.field, fact.value, fact.decided_by) for fact in way.all)
        other = distinct.setdefault((way.hops, way.end, said), way)
        # The shorter paths are those of more messages.
        if len(way.prefix) < len(other.prefix):
            distinct[way.hops, way.end, said] = way
    return list(distinct.values())


class _Deployment:
    """The stations, by what others call them."""

    def __init__(self, stations: Sequence[Station]) -> None:
        self.stations = stations
        self.named: dict[str, list[Station]] = {}
        for station in stations:
            for name in station.names:
                self.named.setdefault(name, []).append(station)
        servers = [station for station in stations if not station.names and may_serve(station)]
        # A program that nothing here runs is what proxies lead to, where it is the only one.
        self.program = servers[0] if len(servers) == 1 else None
        clients = [station for station in stations if not station.names and _is_client(station)]
        self.client = clients[0] if len(clients) == 1 else None
        self.unplaced = tuple(station for station in servers if not station.entrance)
        self.nearest: dict[tuple[str, bool, str], Station | None] = {}

    def ways(self) -> Iterator[Way]:
        """Those that begin at an entrance; one to which another entrance leads is no beginning."""
        reached = {
            id(inner)
            for station in self.stations
            if station.entrance
            for route in station.routes
            if (inner := self._following(station, route)) is not None and inner is not station
        }
        for station in self.stations:
            if station.entrance and id(station) not in reached:
                yield from self._onward(station, ())

    def _onward(self, station: Station, passed: tuple[Passage, ...]) -> Iterator[Way]:
        if not station.routes:
            yield self._way(passed, station)
            return
        for route in station.routes:
            passages = (*passed, Passage(station, route))
            following = self._following(station, route)
            is_loop = any(following is passage.station for passage in passages)
            if following is None or is_loop or len(passages) == LONGEST:
                lost = route.targets[0] if route.targets else ""
                yield self._way(passages, None, lost)
            else:
                yield from self._onward(following, passages)

    def _way(self, passages: tuple[Passage, ...], process: Station | None, lost: str = "") -> Way:
        is_known = process is not None and may_serve(process)
        return Way(passages, process, lost, self.client, () if is_known else self.unplaced)

    def _following(self, station: Station, route: Route) -> Station | None:
        """Where a route leads: servers of one upstream run the same program, the first stands for all."""
        return next((each for name in route.targets if (each := self._called(name, station, route))), None)

    def _called(self, name: str, station: Station, route: Route) -> Station | None:
        """The station of that name; of several the one of the same machine whose file lies nearest."""
        found = self.named.get(name, [])
        if not found and (name in HERE or not self.named):
            return self.program

        def nearness(other: Station) -> tuple[bool, int]:
            is_beside = other.is_of_one_machine == station.is_of_one_machine
            return is_beside, _common(other.line.file, route.line.file)

        # Many routes of a file lead to one name, which many stations may have.
        asked = (name, station.is_of_one_machine, route.line.file)
        if asked not in self.nearest:
            self.nearest[asked] = max(found, key=nearness, default=None)
        return self.nearest[asked]


def _is_client(station: Station) -> bool:
    return not may_serve(station) and any(fact.field == CLIENT for fact in station.facts)


def _common(file: str, other: str) -> int:
    """How many folders two files have in common."""
    pairs = zip(file.split("/")[:-1], other.split("/")[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
