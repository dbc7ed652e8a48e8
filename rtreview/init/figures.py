"""The numbers of a new design, from the answers: delays, heartbeats, bounds and graces.

Each is the figure of `patterns.md`, and longer or shorter where the answers need it so. They are rounded to
what people write, always to the safe side.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

from rtreview.init.questions import Amount, Answers
from rtreview.language import catalogue
from rtreview.language.catalogue import Platform, Trait
from rtreview.numbers.reconnection import HEADROOM
from rtreview.quantities.quantity import USUAL_SPANS, Count, Duration, Quantity, Rate, Size, notation
from rtreview.quantities.unchanging import unchanging

ACCEPT_RATE = Rate(500)
"""New connections that one node is proposed to accept: a place to begin, until somebody measures it."""

MEMORY_OF_QUEUES = Size(2.0**30)
"""What the queues of a node may take, all clients slow at once; an eighth of a usual node."""

STATE_OF = {
    "chat": "log",
    "notifications": "log",
    "feed": "log",
    "telemetry": "readings",
    "dashboard": "values",
    "collaborative-editing": "document",
    "cursors": "signals",
    "game": "world",
    "signalling": "offers",
}
"""What each purpose keeps in sync: the row of the tables in `blueprint.py` that fits it."""


def rounded_up(seconds: float) -> Duration:
    """The next longer span that people write."""
    return Duration(
        next((span for span in USUAL_SPANS if span >= seconds), math.ceil(seconds / 86_400) * 86_400)
    )


@unchanging(slots=False)
class Figures:
    """What follows from the answers."""

    answers: Answers

    @cached_property
    def platform(self) -> Platform | None:
        """The library or service that is named."""
        return catalogue.find(self.answers.library) if self.answers.library else None

    @property
    def kept(self) -> str | None:
        """What is kept in sync; None where nobody knows the purpose. What devices alone send are readings."""
        kept = STATE_OF.get(self.answers.purpose or "")
        return "log" if kept == "readings" and self.answers.writers != "devices" else kept

    @property
    def is_feed(self) -> bool:
        """Whether data are sent to clients that may wait for them: a silence is then a sign."""
        return self.answers.purpose in ("feed", "telemetry") and self.answers.writers != "devices"

    def has(self, trait: Trait) -> bool:
        """Whether a library or service is named that has a trait."""
        return self.platform is not None and self.platform.has(trait)

    @property
    def is_service(self) -> bool:
        """Whether somebody else holds the connections."""
        return self.platform is not None and self.platform.kind == "service"

    @cached_property
    def fixed(self) -> dict[str, Any]:
        """What the named library or service fixes for a transport."""
        found: dict[str, Any] = (
            self.platform.content.get("defaults", {}).get("transport", {}) if self.platform else {}
        )
        return found

    @property
    def with_browsers(self) -> bool:
        """Whether browsers connect, or may."""
        return self.answers.clients is None or "browser" in self.answers.clients

    @property
    def with_phones(self) -> bool:
        """Whether phones connect, or may."""
        return self.answers.clients is None or bool({"ios", "android", "mobile"} & set(self.answers.clients))

    @property
    def is_over_networks_alone(self) -> bool:
        """Whether devices report, and nothing lies between but networks, none of which asks for HTTP."""
        answers = self.answers
        hops = [catalogue.find(hop.name) for hop in answers.path or ()]
        passes = bool(hops) and all(hop is not None and hop.kind == "network" for hop in hops)
        return passes and answers.writers == "devices" and answers.clients == ("device",)

    @cached_property
    def kind(self) -> str | None:
        """What carries the messages; None where nobody says who sends."""
        if self.platform and self.platform.defaults.transport.kind.content:
            return self.platform.defaults.transport.kind.content
        if self.answers.writers is None and not self.platform:
            return None
        if self.platform is None and self.is_over_networks_alone:
            return "mqtt"
        decides = self.is_service or self.has("own-protocol")
        one_way = self.answers.writers == "server" and self.with_browsers and not self.answers.presence
        return "sse" if one_way and not decides else "websocket"

    @property
    def is_named_for_other(self) -> bool:
        """Whether the named library carries WebSockets, and an event stream is better."""
        fits = self.has("event-streams") or self.has("no-transport")
        return self.kind == "sse" and self.platform is not None and not fits

    @cached_property
    def narrowest(self) -> tuple[str, Duration] | None:
        """The hop with the smallest idle timeout, and that timeout."""
        found = []
        for hop in self.answers.path or ():
            if hop.idle_timeout:
                found.append((hop.name, Duration.parse(hop.idle_timeout)))
                continue
            platform = catalogue.find(hop.name)
            parts = platform.hop(self.kind) if platform else ()
            spans = [part.idle_timeout.content for _, part in parts if part.idle_timeout.content]
            found += [(hop.name, span) for span in spans[:1]]
        return min(found, key=lambda candidate: candidate[1], default=None)

    @property
    def blind_to_pings(self) -> list[str]:
        """Hops that do not count the pings of HTTP/2, which close what sends nothing else."""
        platforms = [catalogue.find(hop.name) for hop in self.answers.path or () if not hop.idle_timeout]
        return [found.id for found in platforms if found is not None and found.has("ignores-http2-pings")]

    @cached_property
    def heartbeat(self) -> Duration:
        """15 s for presence and streams, 2 min for devices, else 25 s; at most half of the path's limit."""
        usual = 15.0 if self.answers.presence or self.kind == "sse" else 25.0
        # Nobody waits for the news that one of them is gone, and there may be millions.
        if self.answers.writers == "devices" and not self.answers.presence and self.kind != "sse":
            usual = 120.0
        half = self.narrowest[1].amount / 2 if self.narrowest else math.inf
        if half >= usual:
            return Duration(usual)
        return Duration(math.floor(half) if half >= 1 else math.floor(half * 1000) / 1000)

    @property
    def clients_of_a_node(self) -> float | None:
        """Connections of one node, the most that the answers allow."""
        connections, nodes = self.answers.connections, self.answers.nodes
        if connections is None or nodes is None:
            return None
        return connections.most.amount / nodes.least.amount

    @property
    def fastest_return(self) -> Duration | None:
        """The time in which the nodes can accept everybody."""
        each = self.clients_of_a_node
        return None if each is None or self.is_service else Duration(each / ACCEPT_RATE.amount)

    @cached_property
    def first_spread(self) -> Duration:
        """The time over which the first attempts are spread: 5 s, longer where the nodes need longer.

        A game spreads them over 1 s, if the nodes let it.
        """
        least = 1.0 if self.answers.purpose == "game" else 5.0
        needed = HEADROOM * self.fastest_return.amount if self.fastest_return else 0.0
        return rounded_up(max(least, needed))

    @cached_property
    def cap(self) -> Duration:
        """The longest delay: 30 s, 5 s in a game, longer where refusals alone would keep the nodes busy.

        A refusal costs a fifth of an accept, and full jitter halves the mean: 0.4 N/C is the least, 1 N/C
        leaves more than half of the nodes to those who are let in.
        """
        usual = 5.0 if self.answers.purpose == "game" else 30.0
        return rounded_up(max(usual, self.fastest_return.amount if self.fastest_return else 0.0))

    @cached_property
    def first_delays(self) -> tuple[Duration, Duration]:
        """The shortest and the longest wait before the first attempt."""
        if self.kind == "sse":
            return Duration(10), Duration(10) + self.first_spread
        return Duration(0), self.first_spread

    @cached_property
    def retention(self) -> Duration:
        """How far back a replay reaches: minutes for a page, hours for a phone; beyond the own delays."""
        usual = 4 * 3600.0 if self.with_phones else 600.0
        return rounded_up(max(usual, 2 * (self.cap.amount + self.first_delays[1].amount)))

    @cached_property
    def grace(self) -> Duration:
        """How long who vanishes is shown: 5 s, 10 s with phones, 30 s at a document; at least a return."""
        usual = 30.0 if self.answers.purpose == "collaborative-editing" else 10.0 if self.with_phones else 5.0
        return rounded_up(max(usual, self.first_delays[1].amount))

    @cached_property
    def queue(self) -> Size:
        """The bound of one client's queue: 1 MiB, less where all clients of a node would fill its memory."""
        each = self.clients_of_a_node or 1.0
        power = math.floor(math.log2(MEMORY_OF_QUEUES.amount / each))
        return Size(2.0 ** min(20, max(14, power)))

    @cached_property
    def largest_message(self) -> Size:
        """The largest message that is taken: 64 KiB, or what the library takes."""
        limit = self.fixed.get("max_message")
        return min(Size(65_536), Size.parse(limit)) if limit else Size(65_536)

    @cached_property
    def close_spread(self) -> Duration:
        """Over what time a node closes its connections: what half of the others' accept rate takes."""
        each, nodes = self.clients_of_a_node, self.answers.nodes
        if each is None or nodes is None or nodes.least.amount < 2:
            return Duration(30)
        return rounded_up(max(10.0, each / (0.5 * (nodes.least.amount - 1) * ACCEPT_RATE.amount)))


def answered(amount: Amount) -> str | int:
    """An answer as it stands in a spec: its bounds as they were typed, or the exact number."""
    return amount.typed or written(amount.most)


def written(quantity: Quantity) -> str | int:
    """A quantity as people write it in a spec, exactly: `20k` and not `20000`, `60s` and not `1m`."""
    if isinstance(quantity, Count):
        for unit, size in (("M", 1_000_000), ("k", 1_000)):
            if quantity.amount >= size and quantity.amount % size == 0:
                return f"{int(quantity.amount // size)}{unit}"
        return int(quantity.amount)
    if isinstance(quantity, Duration):
        for unit, seconds in (("d", 86_400), ("h", 3600), ("m", 60)):
            if quantity.amount % seconds == 0 and quantity.amount >= 2 * seconds:
                return f"{int(quantity.amount // seconds)}{unit}"
        whole = quantity.amount == int(quantity.amount)
        return f"{quantity.amount:g}s" if whole or quantity.amount > 1 else f"{quantity.amount * 1000:.12g}ms"
    return notation(quantity)
