"""The ways through the stations: from what is published inward, by the names that they call each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice, takewhile
from pathlib import PurePosixPath
from typing import NamedTuple

from rtreview.evidence.deployment import HERE, Fact, Line, Override, Route, Station, words
from rtreview.evidence.joining import CLIENT, is_deployed, joined, may_run, may_serve, serves
from rtreview.evidence.way import HEARTBEAT, IDLE, NODES, RECONNECT, Passage, Way, called
from rtreview.language import catalogue
from rtreview.text.place import SpecPath

LONGEST = 8
"""Hops of a way."""

MOST_SHARING = 20
"""Stations of one name, and names of one route, that are looked at."""

MOST_WAYS = 200
"""Ways of a deployment."""


class Found(NamedTuple):
    """All ways that files show, one more than the most that are told, and what other entrances lead to.

    Attributes:
        ways: the ways.
        reached: what is published and reached by another entrance too, with the line that publishes that.

    """

    ways: tuple[Way, ...]
    reached: tuple[tuple[Station, Line], ...]


def found(stations: Sequence[Station]) -> Found:
    """All ways that the files show."""
    deployment = _Deployment(joined(stations))
    return Found(tuple(islice(deployment.ways(), MOST_WAYS + 1)), tuple(deployment.reached.values()))


class _Deployment:
    """The stations, by what others call them."""

    def __init__(self, stations: Sequence[Station]) -> None:
        self.stations = stations
        self.named: dict[str, list[Station]] = {}
        for station in stations:
            for name in station.names:
                self.named.setdefault(name, []).append(station)
        self.is_idle = not any(station.names and may_run(station) for station in stations)
        servers = [station for station in stations if not station.names and may_serve(station)]
        # A program that nothing here runs is what proxies lead to, where it is the only one.
        self.program = servers[0] if len(servers) == 1 else None
        # What runs beside a proxy in its container is what that calls its own machine.
        self.beside = {
            file: each for each in sorted(stations, key=serves) if each.names for file in each.holds
        }
        connecting = [each for each in stations if not (each.names or may_serve(each))]
        clients = [each for each in connecting if _has(each, CLIENT)] or [
            each for each in connecting if _has(each, RECONNECT) or _has(each, HEARTBEAT)
        ]
        deployed = [each for each in clients if is_deployed(each, stations)] if len(clients) > 1 else clients
        self.client = deployed[0] if len(deployed) == 1 else None
        # What stands before all else is seldom named by what is behind it.
        self.edges = tuple(
            station
            for station in stations
            if (platform := catalogue.find(station.platform)) is not None and platform.kind == "cdn"
        )
        self.addresses: dict[str, tuple[Route, ...]] = {}
        for station in stations:
            self.addresses[station.format] = (*self.addresses.get(station.format, ()), *station.calls)
        self.unplaced = tuple(station for station in servers if not station.entrance)
        self.nearest: dict[tuple[str, bool, tuple[str, str], str], Station | None] = {}
        # What another entrance leads to, by what it is: a port that is published for debugging.
        self.reached = {
            id(inner): (inner, station.entrance)
            for station in stations
            if station.entrance
            for route in station.routes
            if (inner := self._following(station, route)) is not None and inner is not station
        }

    def ways(self) -> Iterator[Way]:
        """Those that begin at an entrance; one to which another entrance leads is no beginning.

        What holds connections and is published elsewhere, so that no file here leads to it, comes last.
        """
        ends: set[tuple[str, str]] = set()
        for station in self.stations:
            if station.entrance and id(station) not in self.reached:
                for way in self._onward(station, ()):
                    ends |= {way.process.deployment} if way.process else set()
                    yield way
        for station in self.stations:
            is_selected = station.selected_by and not station.entrance and id(station) not in self._nearest
            if is_selected and serves(station) and station.deployment not in ends:
                yield self._way((), station)

    @cached_property
    def _nearest(self) -> frozenset[int]:
        """What some route leads to."""
        routes = ((station, route) for station in self.stations for route in station.routes)
        return frozenset(id(self._following(station, route)) for station, route in routes)

    def _onward(self, station: Station, passed: tuple[Passage, ...]) -> Iterator[Way]:
        if not station.routes:
            way = self._way(passed, station)
            yield from list(self._through(way)) or [way]
            return
        for route in station.routes:
            if route.strangers and not any(name in self.named for name in route.targets):
                route = route.overruled(route.strangers)  # noqa: PLW2901 - the same one, as far as it is sure
            passages = (*passed, Passage(station, route))
            following = self._following(station, route)
            is_loop = any(following is passage.station for passage in passages)
            if is_loop:
                again = Override(route.line, "what leads the messages back")
                passages = tuple(
                    Passage(each.station.overruled([again]), each.route.overruled([again]))
                    for each in passages
                )
            if following is None or is_loop or len(passages) == LONGEST:
                lost = route.targets[0] if route.targets else ""
                yield self._way(passages, None, lost)
            else:
                shared = self._shared(following, route)
                for each in (shared, *self._instead(following)):
                    yield from self._onward(each, passages)

    def _through(self, way: Way) -> Iterator[Way]:
        """A way that goes on through a gateway of the team's own, to what holds connections behind it."""
        gateway = way.process
        if gateway is None or not gateway.passes_on or may_serve(gateway) or len(way.passages) >= LONGEST:
            return
        is_a_stream = way.carries or way.looks_like_a_stream
        silence = Fact(IDLE, None, gateway.line, "when this program ends a connection that is silent")
        hop = replace(gateway, platform=called(gateway), facts=(silence,))
        for route in gateway.calls:
            following = self._following(gateway, route)
            is_led = gateway.is_a_proxy and following is not None and serves(following)
            # It says itself what it passes on, where the address is one of a WebSocket.
            if not (is_a_stream or route.carries or is_led):
                continue
            if following is not None and following is not gateway and may_serve(following):
                # What it asks for is no path of a stream.
                passage = Passage(hop, route._replace(prefix=""))
                yield from self._onward(following, (*way.passages, passage))

    def _way(self, passages: tuple[Passage, ...], process: Station | None, lost: str = "") -> Way:
        is_known = process is not None and may_serve(process)
        unplaced = () if is_known else self.unplaced
        addresses = self.addresses.get(process.format, ()) if process is not None else ()
        return Way(passages, process, lost, self.client, unplaced, addresses=addresses, edges=self.edges)

    def _following(self, station: Station, route: Route) -> Station | None:
        """Where a route leads: servers of one upstream run the same program, the first stands for all."""
        return next((each for name in route.targets if (each := self._called(name, station, route))), None)

    def _shared(self, process: Station, route: Route) -> Station:
        """What a route leads to, open in all in which others differ to whom it leads as well.

        Servers of one upstream mostly run the same program; of the processes of one name each gets a share.
        """
        others = {
            id(other): other
            for name in route.targets[:MOST_SHARING]
            for other in self.named.get(name, ())[:MOST_SHARING]
            if other.deployment == process.deployment and bool(other.routes) == bool(process.routes)
        }
        others.pop(id(process), None)
        for other in others.values():
            differing = _differing(process, other)
            if differing:
                share = Override(other.line, "what gets a share of the messages", differing)
                process = process.overruled([share])
        return process

    def _instead(self, process: Station) -> Iterator[Station]:
        """What an overlay has instead of a process: the same leads to it, and nothing else does."""
        seen = {id(process)}
        for other in (each for name in sorted(process.names) for each in self.named[name]):
            is_new = id(other) not in seen and id(other) not in self._nearest
            seen.add(id(other))
            if is_new and other.selected_by & process.selected_by and other.deployment != process.deployment:
                yield other

    def _called(self, name: str, station: Station, route: Route) -> Station | None:
        """The station of that name; of several the one of the same machine whose file lies nearest.

        Of files beside each other the one that is called like that of the route.
        """
        found = self.named.get(name, [])
        if not found and name in HERE:
            if beside := self.beside.get(route.line.file):
                return beside
            found = _at_a_port(self.stations, name, station, route)
            if not found:
                return self.program
        if not found and self.is_idle:
            return self.program

        asking = words(PurePosixPath(route.line.file).stem)

        def nearness(other: Station) -> tuple[bool, bool, int, bool, bool, int, int, int]:
            is_beside = other.is_of_one_machine == station.is_of_one_machine
            is_with_it = other.deployment == station.deployment
            common, depth = _common(other.line.file, route.line.file), other.line.file.count("/")
            is_in_use = not other.is_for_development
            own = words(PurePosixPath(other.line.file).stem).difference(*map(words, other.names))
            alike = len(own & asking), -len(own - asking)
            return is_beside, is_with_it, common, is_in_use, not other.stands_alone, -depth, *alike

        # Many routes of a file lead to one name, which many stations may have.
        at = ",".join(sorted(route.ports)) if name in HERE else ""
        asked = (f"{name}:{at}", station.is_of_one_machine, station.deployment, route.line.file)
        if asked not in self.nearest:
            self.nearest[asked] = max(found, key=nearness, default=None)
        return self.nearest[asked]


def _at_a_port(stations: Sequence[Station], name: str, proxy: Station, route: Route) -> list[Station]:
    """What takes messages on a machine at the port to which a proxy leads them that runs on it.

    One that runs in a container means that itself, unless it says otherwise. What a developer runs is not
    what a proxy leads to.
    """
    if proxy.names and name != "host.docker.internal":
        return []
    return [each for each in stations if each.ports & route.ports and not each.is_for_development]


def _differing(process: Station, other: Station) -> frozenset[SpecPath]:
    """What two that the same leads to do not have in common."""
    of_one = (*process.facts, *(fact for route in process.routes for fact in route.facts))
    of_other = (*other.facts, *(fact for route in other.routes for fact in route.facts))
    values: dict[SpecPath, set[str]] = {}
    for fact in of_other:
        values.setdefault(fact.field, set()).add(repr(fact.value))
    is_alike = process.images == other.images and _built(process) == _built(other)
    differing = {
        fact.field
        for fact in of_one
        if repr(fact.value) not in values.get(fact.field, {repr(fact.value)} if is_alike else ())
    }
    # Each has nodes of its own, which add up where both have the same name.
    is_sum = bool(process.names & other.names)
    return frozenset(differing | {NODES} if is_sum else differing - {NODES})


def _built(station: Station) -> set[str]:
    """The folders that it is built from."""
    return {path for path in station.paths if path.endswith("/")}


def _has(station: Station, field: SpecPath) -> bool:
    """Whether something is said of a field of it, or of one in that."""
    return any(fact.field[: len(field)] == field for fact in station.facts)


def _common(file: str, other: str) -> int:
    """How many folders two files have in common."""
    pairs = zip(file.split("/")[:-1], other.split("/")[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
