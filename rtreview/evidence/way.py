"""The way of a message: from what is published inward, by the names that stations call each other.

What lies outside of the files, a CDN or a balancer that was made by hand, is asked for and never assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, takewhile
from typing import NamedTuple

from rtreview.evidence.deployment import UPGRADED, Fact, Line, Override, Route, Station, words
from rtreview.evidence.joining import (
    CLIENT,
    SERVERS,
    STREAMED,
    is_deployed,
    joined,
    may_run,
    may_serve,
    serves,
)
from rtreview.evidence.readers.programs.endpoints import kinds
from rtreview.evidence.values import seconds
from rtreview.language import catalogue
from rtreview.text.place import SpecPath, dotted

LONGEST = 8
"""Hops of a way."""

MOST_SHARING = 20
"""Stations of one name, and names of one route, that are looked at."""

MOST_ASKED = 3
"""Programs that are asked about one by one."""

MOST_WAYS = 200
"""Ways of a deployment."""

MOST_NAMED = 5
"""Processes of which one is meant that are named."""

PATH: SpecPath = ("transport", "path")

IDLE: SpecPath = ("idle_timeout",)
"""The silence after which a hop ends a connection, as its own field."""

PATIENT = 300
"""Seconds of silence that nobody grants to what only answers requests."""

SOCKETS = re.compile(
    r"(?:^|[^a-z])(?:wss?|web-?sockets?|sockets?(?:\.io)?|sockjs)(?:$|[^a-z])", re.IGNORECASE
)
"""Words by which paths of WebSockets alone are called."""

OF_PROCESSES = frozenset({"websocket", "websockets", "socketio", "sockjs"})
"""Words by which processes are called that are there for WebSockets; `ws` is a web service as well."""

AT_ONCE = "by nginx's reading 0 is an immediate timeout, not an unlimited one"
"""What a timeout of 0 is: its timer ends in the moment in which it is set."""

KIND: SpecPath = ("transport", "kind")

RECONNECT: SpecPath = ("transport", "reconnect")

OFFERED: tuple[SpecPath, ...] = (KIND, ("transport", "fallback"))
"""What a client asks for, and a server grants as a rule."""

NODES: SpecPath = ("topology", "nodes")

EVENTS = frozenset({"sse"})

OF_SOCKETS: frozenset[SpecPath] = frozenset(
    {
        ("transport", "heartbeat", "interval"),
        ("transport", "heartbeat", "timeout"),
        ("transport", "heartbeat", "layer"),
        ("transport", "heartbeat", "from"),
        ("backpressure", "inbound", "max_message"),
    }
)
"""What programs fix for WebSockets, where they do not say for what else: pings, and what a client sends."""

PROBES = re.compile(
    r"(?:^|[/^])(?:healthz?|health[-_]?checks?|readyz?|readiness|livez|liveness|metrics)/?[$*)]*$",
    re.IGNORECASE,
)
"""Paths by which a program is asked how it is."""

PROBED = "its path is one of probes"

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
        candidates: what may run at its end, where nobody can tell which of them it is.
        addresses: those in the environments of what is deployed with the process; clients are given some.
        set_aside: why a design does not begin with it, where another deployment runs the same program.
        edges: the networks of a CDN and the tunnels to one that are here; whether they lead to it is asked.

    """

    passages: tuple[Passage, ...]
    process: Station | None = None
    lost: str = ""
    client: Station | None = None
    unplaced: tuple[Station, ...] = ()
    candidates: tuple[Station, ...] = ()
    addresses: tuple[Route, ...] = ()
    set_aside: str = ""
    edges: tuple[Station, ...] = ()

    @property
    def line(self) -> Line:
        """Where it begins."""
        ends = (self.process, *self.candidates)
        first = self.passages[0].station if self.passages else next(filter(None, ends))
        return first.entrance or first.line

    @property
    def prefix(self) -> str:
        """The paths that it is for: those of the hop that tells them apart most."""
        return max((passage.route.prefix for passage in self.passages), key=len, default="")

    @cached_property
    def carries(self) -> frozenset[str]:
        """The kinds of transport that its routes are made for, as far as they say.

        Upgrades that are passed on are in every example of a proxy: they make no WebSocket of what only sends
        events, unless its paths are called so.
        """
        stated = frozenset[str]().union(*(passage.route.carries for passage in self.passages))
        is_passed_on = stated == UPGRADED and self.sends_events and SOCKETS.search(self.prefix) is None
        return EVENTS if is_passed_on else stated

    @cached_property
    def sends_events(self) -> bool:
        """Whether what runs at its end says that it sends Server-Sent Events, and names no other stream."""
        stated = {fact.line: fact.value for fact in self.own if fact.field == KIND}
        held = [fact for fact in self.own if fact.field in SERVERS]
        # A line that sends events says no more of the library than that.
        if any(fact.is_open and fact.line not in stated for fact in held):
            return False
        # A framework that sends them says so at that line, whatever else it could do.
        others = [fact for fact in held if not fact.is_open and fact.line not in stated]
        programs = [catalogue.find(fact.product) for fact in others]
        usual = {program.defaults.transport.kind.content if program else "" for program in programs}
        return {*stated.values(), *usual} == {"sse"}

    @cached_property
    def is_of_events(self) -> bool:
        """Whether it carries Server-Sent Events alone, so that no client sends anything on it."""
        held = (fact.product for fact in self.own if fact.field in SERVERS)
        platforms = filter(None, map(catalogue.find, held))
        # What speaks its own protocol over several transports has the heartbeats of that protocol.
        if any(each.has("own-protocol") and not each.has("socket-io") for each in platforms):
            return False
        return self.carries == EVENTS or self.sends_events

    @property
    def is_a_stream(self) -> bool:
        """Whether something says that it carries a stream: a route that is made for one, or what runs."""
        return bool(self.carries) or (self.process is not None and is_there_for(self.process))

    @property
    def is_called_a_stream(self) -> bool:
        """Whether its paths are called like those of streams."""
        return STREAMED.search(self.prefix) is not None

    @cached_property
    def looks_like_a_stream(self) -> bool:
        """Whether its paths are called like those of streams, or a hop waits longer than for answers."""
        facts = (fact for _, route in self.passages for fact in route.facts)
        hops = (fact for station, _ in self.passages for fact in station.facts)
        spans = (fact.value for fact in (*facts, *hops) if fact.field == IDLE and not fact.is_default)
        is_patient = any((seconds(str(span)) or 0) >= PATIENT for span in spans)
        return is_patient or self.is_called_a_stream

    @property
    def is_probed(self) -> bool:
        """Whether its paths are for probes and figures, and nothing says that a stream takes them too."""
        return not self.carries and PROBES.search(self.prefix) is not None

    @property
    def is_of_one_machine(self) -> bool:
        """Whether what it leads to is described as a part of one machine; a proxy's own file says nothing."""
        ends = [self.process] if self.process else [passage.station for passage in self.passages]
        return all(station.is_of_one_machine for station in ends)

    @property
    def is_published(self) -> bool:
        """Whether a file lets those outside in."""
        return bool(self.passages) or self.process is None or self.process.entrance is not None

    @property
    def is_for_development(self) -> bool:
        """Whether what runs at its end is there for those who write it; without an end, what leads there."""
        ends = [self.process] if self.process else [passage.station for passage in self.passages]
        return any(station.is_for_development for station in ends)

    @property
    def program(self) -> Line | None:
        """The line that says which program runs at its end; None where none does."""
        return next((fact.line for fact in self.own if fact.field in SERVERS), None)

    @property
    def end(self) -> object:
        """What tells where it ends."""
        if self.candidates:
            return self.line.file, tuple(each.line for each in self.candidates)
        return self.process.line if self.process else (self.line, self.lost)

    @property
    def called(self) -> str:
        """What runs at its end, as far as the files have a name for it."""
        if self.process is None:
            return self.lost
        name = called(self.process)
        stated = (fact.value for fact in self.own if fact.field in SERVERS and not fact.is_open)
        library = next(map(str, stated), "")
        return f"{name} ({library})" if library else name

    @property
    def hops(self) -> tuple[str, ...]:
        """The platforms that messages pass, from the outside on."""
        return tuple(passage.station.platform for passage in self.passages)

    @property
    def own(self) -> tuple[Fact, ...]:
        """What the files fix of the process at its end, or leave open; nothing where there is none."""
        return self.process.facts if self.process else ()

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What the files fix on it, each with its path in a spec: the hops in order, then the process."""
        return tuple(fact for fact in self.all if not fact.is_open)

    @property
    def fixed(self) -> list[tuple[Fact, ...]]:
        """What the files fix on it, each value of a field once, with all facts that say so."""
        alike: dict[object, tuple[Fact, ...]] = {}
        for fact in self.facts:
            key = (fact.field, repr(fact.value), fact.is_default, fact.kinds)
            alike[key] = (*alike.get(key, ()), fact)
        return list(alike.values())

    @property
    def open(self) -> tuple[Fact, ...]:
        """What the files could fix on it and leave open."""
        return tuple(fact for fact in self.all if fact.is_open)

    @property
    def questions(self) -> Iterator[Question]:
        """What the files leave open on it, from the outside on."""
        first = self.hops[0] if self.hops else "the server"
        passed = {passage.line for passage in self.passages}
        edge = next((each for each in self.edges if each.line not in passed), None)
        if edge is None or edge.platform in self.hops:
            text = f"What stands before {first}: a CDN, a balancer, a firewall? No file here would show it."
        else:
            text = f"What stands before {first}: {edge.platform}, as in {edge.line.file}:{edge.line.number}?"
        yield Question("transport.path", text, self.line)
        for fact in self.all:
            if fact.is_open:
                yield Question(
                    self.named(fact.field), f"{fact.decided_by[:1].upper()}{fact.decided_by[1:]}.", fact.line
                )
        which = _listed([called(each) for each in self.candidates])
        held = [
            min((fact for fact in program.facts if fact.field in SERVERS), key=lambda fact: fact.is_open)
            for program in self.unplaced
        ]
        for library in held[:MOST_ASKED]:
            runs = f"which of {which} runs it?" if which else f"does {self.called or 'this'} run it?"
            text = f"{library.value or 'A program'} is here: {runs}"
            yield Question("transport.library", text, library.line)
        if others := held[MOST_ASKED:]:
            text = f"{len(others)} more such programs are here: does {self.called or 'this'} run one of them?"
            yield Question("transport.library", text, others[0].line)
        if which and not self.unplaced:
            yield Question("topology", f"Which of {which} holds the connections?", self.line)
        elif which:
            return
        elif self.lost:
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
        own = self.own
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
                is_zero = (fact.field, fact.value) == (IDLE, "0s")
                is_over = is_zero and platform is not None and platform.has("ends-at-once-at-zero")
                found.append(fact._replace(field=at, remark=AT_ONCE if is_over else fact.remark))
        found += [fact for fact in own if fact not in for_hops]
        found += self._of_the_client(own)
        if all(fact.field != KIND for fact in found):
            servers = [str(fact.value) for fact in own if fact.field in SERVERS and not fact.is_open]
            found += kinds(servers, (*(route for _, route in self.passages), *self.addresses))
        found = list(dict.fromkeys(filter(self._concerns, found)))
        overruled = {(fact.field, fact.kinds) for fact in found if fact.is_overruled}
        stated = {fact.field for fact in found if not (fact.is_default or fact.is_open)}
        return tuple(
            fact
            for fact in found
            if fact.is_overruled
            or (
                (fact.field, fact.kinds) not in overruled
                and (fact.field not in stated or not (fact.is_default or fact.is_open))
            )
        )

    def _of_the_client(self, own: Sequence[Fact]) -> Iterator[Fact]:
        """What the client is, how it comes back, and what it asks for where the server takes anything.

        What it sets in two ways is not told.
        """
        facts = self.client.facts if self.client else ()
        taken = {fact.field for fact in own}
        values: dict[SpecPath, set[str]] = {}
        for fact in facts:
            values.setdefault(fact.field, set()).add("" if fact.is_open else repr(fact.value))
        for fact in facts:
            is_sure = not fact.is_open and len(values[fact.field]) == 1 and fact.field not in taken
            is_offered = fact.field in OFFERED and not self.is_of_events
            if fact.field == CLIENT or (is_sure and (fact.field[:2] == RECONNECT or is_offered)):
                yield fact

    def _concerns(self, fact: Fact) -> bool:
        if self.is_of_events and fact.field in OF_SOCKETS and not fact.kinds:
            return False
        return not (fact.kinds and self.carries) or bool(fact.kinds & self.carries)


def is_there_for(process: Station) -> bool:
    """Whether it is said to hold connections, or one of its names is: `websocket-server`."""
    names = (*process.names, *process.known_as)
    is_called_so = any(not words(name).isdisjoint(OF_PROCESSES) for name in names)
    return serves(process) or (is_called_so and may_run(process))


def called(process: Station) -> str:
    """The shortest of the names of a process; its file where it has none."""
    return min(sorted(process.names), key=len, default=process.line.file)


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


def _listed(names: Sequence[str]) -> str:
    """Names as a sentence has them; the first of many."""
    if len(names) < 2:
        return ""
    shown, left = names[:MOST_NAMED], len(names) - MOST_NAMED
    *others, last = (*shown, f"{left} more") if left > 0 else shown
    return f"{', '.join(others)} and {last}"


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
        clients = [station for station in stations if not station.names and _is_client(station)]
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
            passages = (*passed, Passage(station, route))
            following = self._following(station, route)
            is_loop = any(following is passage.station for passage in passages)
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
            # It says itself what it passes on, where the address is one of a WebSocket.
            if not (is_a_stream or route.carries):
                continue
            following = self._following(gateway, route)
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
        """The station of that name; of several the one of the same machine whose file lies nearest."""
        found = self.named.get(name, [])
        if not found and (name in HERE or self.is_idle):
            return self.program

        def nearness(other: Station) -> tuple[bool, bool, int, bool, bool, int]:
            is_beside = other.is_of_one_machine == station.is_of_one_machine
            is_with_it = other.deployment == station.deployment
            common, depth = _common(other.line.file, route.line.file), other.line.file.count("/")
            is_in_use = not other.is_for_development
            return is_beside, is_with_it, common, is_in_use, not other.stands_alone, -depth

        # Many routes of a file lead to one name, which many stations may have.
        asked = (name, station.is_of_one_machine, station.deployment, route.line.file)
        if asked not in self.nearest:
            self.nearest[asked] = max(found, key=nearness, default=None)
        return self.nearest[asked]


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


def _is_client(station: Station) -> bool:
    return not may_serve(station) and any(fact.field == CLIENT for fact in station.facts)


def _common(file: str, other: str) -> int:
    """How many folders two files have in common."""
    pairs = zip(file.split("/")[:-1], other.split("/")[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
