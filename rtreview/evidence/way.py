"""The way of a message: the hops that it passes, and the process where it ends.

What lies outside of the files, a CDN or a balancer that was made by hand, is asked for and never assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from rtreview.evidence.deployment import UPGRADED, Fact, Line, Route, Station
from rtreview.evidence.joining import CLIENT, SERVERS, SOCKETS, STREAMED, is_for_streams
from rtreview.evidence.readers.programs.endpoints import kinds
from rtreview.evidence.values import seconds
from rtreview.language import catalogue
from rtreview.quantities.unchanging import unchanging
from rtreview.text.place import SpecPath, dotted

MOST_ASKED = 3
"""Programs that are asked about one by one."""

MOST_NAMED = 5
"""Processes of which one is meant that are named."""

PATH: SpecPath = ("transport", "path")

IDLE: SpecPath = ("idle_timeout",)
"""The silence after which a hop ends a connection, as its own field."""

PATIENT = 300
"""Seconds of silence that nobody grants to what only answers requests."""

AT_ONCE = "by nginx's reading 0 is an immediate timeout, not an unlimited one"
"""What a timeout of 0 is: its timer ends in the moment in which it is set."""

KIND: SpecPath = ("transport", "kind")

RECONNECT: SpecPath = ("transport", "reconnect")

HEARTBEAT: SpecPath = ("transport", "heartbeat")

INTERVAL: SpecPath = (*HEARTBEAT, "interval")

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


@unchanging(slots=False)
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
        return bool(self.carries) or (self.process is not None and is_for_streams(self.process))

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
        found += self._usual(found)
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

    def _usual(self, said: Sequence[Fact]) -> Iterator[Fact]:
        """What the server does by itself that its command starts, where nothing is said of that.

        A library that speaks its own protocol has heartbeats of its own beside those.
        """
        held = (str(fact.value) for fact in said if fact.field in SERVERS and not fact.is_open)
        platforms = filter(None, map(catalogue.find, held))
        if self.process is None or any(each.has("own-protocol") for each in platforms):
            return
        taken = {fact.field for fact in said}
        # What the program sends by itself is answered in its own time.
        has_own = any(fact.field == (*HEARTBEAT, "layer") and fact.value == "application" for fact in said)
        for fact in self.process.usual:
            is_beside = has_own and fact.field[:2] == HEARTBEAT
            if fact.field not in taken and fact.is_default and not is_beside:
                taken.add(fact.field)
                yield fact

    def _of_the_client(self, own: Sequence[Fact]) -> Iterator[Fact]:
        """What the client is, how it comes back, and what it asks for where the server takes anything.

        What it sets in two ways is not told, nor what is written by hand beside a library.
        """
        facts = self.client.facts if self.client else ()
        if any(fact.field == CLIENT and not fact.kinds for fact in facts):
            facts = tuple(fact for fact in facts if fact.field[:2] != RECONNECT or not fact.kinds)
        taken = {fact.field for fact in own}
        values: dict[SpecPath, set[str]] = {}
        for fact in facts:
            values.setdefault(fact.field, set()).add("" if fact.is_open else repr(fact.value))
        for fact in facts:
            is_sure = not fact.is_open and len(values[fact.field]) == 1 and fact.field not in taken
            is_offered = fact.field in OFFERED and not self.is_of_events
            is_beat = fact.field[:2] == HEARTBEAT and INTERVAL not in taken
            if fact.field == CLIENT or (is_sure and (fact.field[:2] == RECONNECT or is_offered or is_beat)):
                yield fact

    def _concerns(self, fact: Fact) -> bool:
        if self.is_of_events and fact.field in OF_SOCKETS and not fact.kinds:
            return False
        return not (fact.kinds and self.carries) or bool(fact.kinds & self.carries)


def called(process: Station) -> str:
    """The shortest of the names of a process; its file where it has none."""
    return min(sorted(process.names), key=len, default=process.line.file)


def _listed(names: Sequence[str]) -> str:
    """Names as a sentence has them; the first of many."""
    if len(names) < 2:
        return ""
    shown, left = names[:MOST_NAMED], len(names) - MOST_NAMED
    *others, last = (*shown, f"{left} more") if left > 0 else shown
    return f"{', '.join(others)} and {last}"
