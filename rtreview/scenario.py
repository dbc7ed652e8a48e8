"""What happens to a design when something fails: a scenario is read from its connections and features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, TypeVar, get_args

from rtreview import numbers
from rtreview.derived import Measure, assumed, leaves, measured
from rtreview.design import Connection, Feature
from rtreview.field import Field, NotApplicable, Undecided, Unknown, known
from rtreview.models import presence
from rtreview.models.backoff import Plan
from rtreview.models.blip import Blip, Lag
from rtreview.models.growth import BYTES_PER_OPERATION, Growth
from rtreview.models.reconnection import Scenario, simulate
from rtreview.models.slow_client import SlowClient
from rtreview.notation import NONE
from rtreview.quantity import Bandwidth, Count, Duration, Number, Rate, Ratio, Size, Spread
from rtreview.rules import detection, documents, ghosts, queues, resume

Storm = Literal["restart", "deploy", "node-loss", "region-loss"]
Name = Literal["restart", "deploy", "node-loss", "region-loss", "slow-client", "blip", "growth"]
STORMS: tuple[Storm, ...] = get_args(Storm)
NAMES: tuple[Name, ...] = get_args(Name)

TELLS: dict[Name, str] = {
    "restart": "every node restarts at once, and everybody is disconnected in the same moment",
    "deploy": "a deployment closes every connection, spread over `operations.close_spread`",
    "node-loss": "one node is lost, and the others take its clients",
    "region-loss": "one region is lost, and the others take its clients",
    "slow-client": "a client of the slowest tenth is sent what its room sends; where its line carries all of "
    "that, it stands still at first, until its queue is full",
    "blip": "a client loses its line silently, for as long as it usually does",
    "growth": "a document is edited for 2,000 hours, a working year, by as many as usually do",
}

ABOUT: dict[str, Name] = {
    "reconnect-without-jitter": "restart",
    "first-reconnect-spread-too-small": "restart",
    "backoff-cap-below-herd": "restart",
    "node-loss-overload": "node-loss",
    "close-all-at-once": "deploy",
    "unbounded-message-queue": "slow-client",
    "slow-client-memory-budget": "slow-client",
    "client-bandwidth-deficit": "slow-client",
    "queue-older-than-staleness": "slow-client",
    "detection-slower-than-promise": "blip",
    "presence-immediate-removal": "blip",
    "presence-grace-shorter-than-reconnect": "blip",
    "presence-ghost-exceeds-promise": "blip",
    "replay-shorter-than-disconnect": "blip",
    "replay-shorter-than-own-backoff": "blip",
    "crdt-without-compaction": "growth",
}
"""The scenario that shows what a rule is about."""

USUAL_OUTAGE = Duration(10)
"""How long a client loses its line, where the design does not say."""

A_MINUTE = Duration(60)
"""How long a client stands still whose queue has no bound (unbounded-message-queue)."""

ENCODINGS = {"yjs": "yrs", "yrs": "yrs", "y-websocket": "yrs", "hocuspocus": "yrs", "automerge": "automerge",
             "automerge-repo": "automerge", "loro": "loro"}  # fmt: skip
"""Libraries, and whose encoding has a published size."""

Model = Scenario | SlowClient | Blip | Growth
"""The parameters of a scenario; each has its functions in `models`."""

T = TypeVar("T")


@dataclass
class Reading:
    """A scenario, the fields that it is made of, and what could not be read for it."""

    model: Model
    used: list[Field[Any]]
    without: list[str]


def read(name: Name, subject: Connection | Feature) -> Reading:
    """A scenario of a connection, or of a feature where it is about one: see `is_of_features`.

    Raises:
        Undecided: a field that it needs is not stated.
        NotApplicable: there is none: nothing to lose, or nobody who returns.

    """
    reader = _Reader(subject if isinstance(subject, Connection) else subject.connection)
    model: Model
    if isinstance(subject, Connection):
        model = reader.storm(name)
    elif name == "slow-client":
        model = reader.slow_client(subject)
    else:
        model = reader.blip(subject) if name == "blip" else reader.growth(subject)
    return Reading(model, list({one.at: one for one in reader.used}.values()), reader.without)


def is_of_features(name: Name) -> bool:
    """Whether a scenario is about one feature, and not about a connection with all that travels on it."""
    return name not in STORMS


def needed(unknown: Unknown | NotApplicable) -> str:
    """Why there is no such scenario, in words."""
    missing = getattr(unknown, "parts", ())
    return str(unknown) or f"it would need {' or '.join(f'`{part.dotted}`' for part in missing)}"


def evidence(rule: str, connection: Connection) -> str:
    """What happens in the storm that a rule is about; nothing where there is none, or it cannot be read."""
    name = ABOUT.get(rule)
    if name not in STORMS:
        return ""
    try:
        storm = _Reader(connection).storm(name)
    except (Unknown, NotApplicable):
        return ""
    return _told(name, storm)


@lru_cache(maxsize=64)
def _told(name: Storm, storm: Scenario) -> str:
    """A storm in a sentence. Several rules are about the same one."""
    found = simulate(storm)
    back = found.all_back.rounded
    end = f"everybody is back after {back}" if found.ending == "back" else found.ending
    return (
        f"{name} simulated: {found.peak} in the busiest second against {storm.capacity} accepted, "
        f"{found.each.amount:.3g} attempts of one client, {end}"
    )


@dataclass
class _Reader:
    """Reads a scenario from a connection, and notes what it is made of."""

    connection: Connection
    used: list[Field[Any]] = field(default_factory=list)
    without: list[str] = field(default_factory=list)

    def storm(self, name: Name) -> Scenario:
        """Many clients return at once."""
        plan = self._plan()
        clients, capacity = self._clients_and_capacity(name)
        operations, node = self.connection.operations, self.connection.topology.node
        cost: Any = self._noted(assumed(node.reject_cost, numbers.REJECT_COST)).content
        if isinstance(cost, Duration):
            cost = Ratio(cost.amount * known(node.accept_rate).amount)
        noticed: Duration | Spread = Duration(0)
        if name == "deploy" and operations.close_spread.content:
            spread = self._known(operations.close_spread)
            noticed = spread if isinstance(spread, Spread) else Spread(Duration(0), spread)
        outage = Duration(0)
        if name == "restart" and operations.planned_outage.content:
            outage = self._known(operations.planned_outage)
        reconnect = self.connection.transport.reconnect
        return Scenario(
            clients=clients,
            capacity=capacity,
            plan=plan,
            refusal=cost,
            noticed=noticed,
            outage=outage,
            connect_timeout=self._noted(reconnect.connect_timeout).content,
            queue=operations.admission.has("queue"),
        )

    def _clients_and_capacity(self, name: Name) -> tuple[Count, Rate]:
        """Who is disconnected, and what the servers that are left accept together."""
        topology = self.connection.topology
        clients = self._known(self.connection.workload.connections)
        nodes, rate = self._known(topology.nodes), self._known(topology.node.accept_rate)
        if name in ("restart", "deploy"):
            return clients, rate * nodes.amount
        groups = nodes if name == "node-loss" else self._known(topology.regions)
        if groups.amount < 2:
            raise NotApplicable(f"there is only one {'node' if name == 'node-loss' else 'region'}")
        share = 1 / groups.amount
        return Count(clients.amount * share), rate * (nodes.amount * (1 - share))

    def _plan(self) -> Plan:
        """What a client does, of what is stated or fixed by a platform."""
        plan = numbers.reconnects(self.connection)
        if numbers.waits_for_retry(self.connection):
            retry = self._known(self.connection.transport.retry)
            return Plan(base=retry, factor=Number(1), cap=None, first=self._noted(plan.first_delay).content)
        if plan.strategy.has("immediate"):
            return Plan(base=Duration(0), factor=Number(1), cap=None, jitter=self._jitter())
        first = self._noted(plan.first_delay).content
        attempts = self._noted(plan.max_attempts).content
        if plan.delays.content:
            delays = self._known(plan.delays)
            return Plan(delays=delays, jitter=self._jitter(), first=first, max_attempts=attempts)
        is_fixed = plan.strategy.has("fixed")
        return Plan(
            base=self._known(plan.base),
            factor=Number(1) if is_fixed else self._known(assumed(plan.factor, Number(2))),
            cap=None if is_fixed or plan.cap.is_none else self._known(plan.cap),
            jitter=self._jitter(),
            first=first,
            max_attempts=attempts,
        )

    def _jitter(self) -> Any:
        jitter = self.connection.transport.reconnect.jitter
        if not jitter.is_stated:
            raise Undecided(jitter)
        return self._noted(jitter).content

    def slow_client(self, feature: Feature) -> SlowClient:
        """One client of the slowest tenth."""
        queues.waits(feature)
        waiting = feature.backpressure.queue
        arrival: Bandwidth = self._measured(queues.received(feature))
        drain: Bandwidth = self._known(feature.workload.downlink)
        age: Duration | None = self._noted(waiting.max_age).content
        bound = self._bound(feature)
        is_slow = arrival > drain
        lasts = [bound.amount / arrival.amount] if bound else []
        lasts += [age.amount] if age else []
        return SlowClient(
            arrival=arrival,
            drain=drain,
            stall=Duration(0) if is_slow else Duration(min(lasts, default=A_MINUTE.amount)),
            bound=bound,
            max_age=age,
            overflow=self._known(feature.backpressure.overflow) if bound else None,
            queues=self._perhaps(lambda: self._queues(feature, bound)),
            memory=self._noted(feature.topology.node.memory).content,
            staleness=self._noted(feature.targets.staleness).content,
        )

    def _bound(self, feature: Feature) -> Size | None:
        """The bound of a queue in bytes, or None where it is decided that there is none."""
        waiting, overflow = feature.backpressure.queue, feature.backpressure.overflow
        in_size = waiting.max_keys.content or waiting.max_messages.content or waiting.max_bytes.content
        ages = waiting.max_age.content is not None and not overflow.has("coalesce")
        if feature.backpressure.is_none or waiting.word == "unbounded" or (ages and not in_size):
            return None
        size = feature.workload.messages.size.typical
        bound: Size = self._measured(numbers.bound_of_queue(feature, size, "usual"))
        return bound

    def _queues(self, feature: Feature, bound: Size | None) -> Count:
        """How many queues of a node lie in memory at once: see `queues.memory_of_queues`."""
        if bound is None or not bound.amount:
            clients: Count = self._measured(numbers.connections_per_node(feature.connection))
            return clients
        size = feature.workload.messages.size.typical
        held = self._measured(queues.memory_of_queues(feature, size, "usual"))
        return Count(held.amount / bound.amount)

    def blip(self, feature: Feature) -> Blip:
        """One client loses its line without a word."""
        outage = feature.workload.outage
        usual = outage.typical if outage.typical.content or not outage.p99.content else outage.p99
        away: Duration = self._known(assumed(usual, USUAL_OUTAGE))
        server = self._part("when the server knows", lambda: self._server(feature))
        client = self._part("when the client knows", self._client)
        plan = self._part("the way back", self._plan) if client else None
        shown = self._part("what others see", lambda: self._shown(feature))
        window = self._part("the replay", lambda: self._window(feature))
        if not (server or client or shown):
            raise NotApplicable(self.without[0].partition(": ")[2])
        return Blip(
            outage=away,
            client=client,
            plan=plan,
            connect_timeout=self._noted(self.connection.transport.reconnect.connect_timeout).content,
            server=server,
            shown=shown,
            window=window,
            rare=self._noted(outage.p99).content,
        )

    def _server(self, feature: Feature) -> Lag:
        measured(detection.noticed_within(feature.connection))
        return self._heartbeat()

    def _client(self) -> Lag:
        """When the client notices, where its heartbeats tell it."""
        heartbeat, clients = numbers.beats(self.connection), self.connection.workload.clients
        if heartbeat.from_.has("client") and heartbeat.confirmed.has(False):
            raise NotApplicable("nobody answers the heartbeats of the client, so they tell it nothing")
        in_page = clients.content is not None and "browser" in clients.content
        if in_page and heartbeat.layer.has("websocket-ping") and not heartbeat.from_.has("client"):
            raise NotApplicable("a page never sees a WebSocket ping, so that it goes on as connected")
        lag = self._heartbeat()
        return Lag(lag.least, lag.cycle)

    def _heartbeat(self) -> Lag:
        """From the loss to its discovery: evenly from best to worst, but for the sweep."""
        best: Duration = self._measured(numbers.detection_best(self.connection))
        worst: Duration = self._measured(numbers.detection_worst(self.connection))
        sweep = self._noted(self.connection.transport.heartbeat.sweep).content or Duration(0)
        return Lag(best, worst - best - sweep, sweep)

    def _shown(self, feature: Feature) -> Lag:
        """When others see one as offline who does not return."""
        shown = ghosts.shown_people(feature)
        grace = Duration(0) if shown.grace.is_none else self._noted(shown.grace).content
        if not ghosts.ends_by_expiry(shown):
            if grace is None:
                raise Undecided(shown.grace)
            return self._server(feature).later(grace)
        ttl, refresh = self._known(shown.ttl), self._known(shown.refresh)
        sweep = self._noted(feature.transport.heartbeat.sweep).content or Duration(0)
        least = presence.ghost(ttl, refresh, sweep).least
        return Lag(least, ttl - least, sweep).later(grace or Duration(0))

    def _window(self, feature: Feature) -> Duration:
        replay = resume.needs_replay(feature)
        if not replay.is_stated:
            raise Undecided(replay)
        window: Duration = self._measured(numbers.replay_window(feature))
        return window

    def growth(self, feature: Feature) -> Growth:
        """A document that is edited for long."""
        sync, messages = feature.sync, feature.workload.messages
        self._noted(documents.kept_by(feature, "crdt"))
        rate: Rate = self._known(messages.rate)
        if not feature.has_one_writer:
            size = feature.workload.rooms.size
            members = self._known(size.typical if size.typical.is_stated else size.max)
            rate *= max(1.0, self._known(messages.active_share).amount * members.amount)
        kept = self._part("the log", lambda: self._log(feature, rate))
        encoded = self._part("the document", lambda: self._encoded(feature))
        if not (kept or encoded):
            raise NotApplicable(self.without[0].partition(": ")[2])
        return Growth(
            edits=rate,
            message=kept and kept[0],
            kept=kept and kept[1],
            encoded=encoded,
            snapshot=self._noted(sync.snapshot.size).content,
        )

    def _log(self, feature: Feature, rate: Rate) -> tuple[Size, Count | None]:
        """The size of an operation, and how many of them the log keeps at most; None: all."""
        sync, message = feature.sync, self._known(feature.workload.messages.size.typical)
        bounds = [one.content for one in [self._noted(sync.history.max_operations)] if one.content]
        for span in (sync.history.retention, sync.snapshot.every):
            folds = span is not sync.snapshot.every or self._noted(sync.compaction).content
            if span.content and folds:
                bounds.append(Count(rate.amount * self._known(span).amount))
        if bounds:
            return message, min(bounds)
        if sync.history.is_none:
            return message, Count(0)
        if sync.compaction.content:
            raise Undecided(sync.snapshot.every, sync.history.max_operations)
        if not sync.compaction.is_stated:
            raise Undecided(sync.compaction)
        return message, None

    def _encoded(self, feature: Feature) -> Number:
        """Bytes of an operation in the document, as it is published of a library."""
        library = feature.sync.library
        name = self._known(library).partition("@")[0].lower()
        encoding = ENCODINGS.get(name)
        if encoding is None:
            raise NotApplicable(f"nothing is published of the encoding of {library}")
        collected = self._noted(assumed(feature.sync.gc_after, NONE))
        if encoding == "yrs" and isinstance(collected.content, Duration):
            encoding = "yrs with gc"
        return Number(BYTES_PER_OPERATION[encoding])

    def _part(self, what: str, find: Callable[[], T]) -> T | None:
        """A part of a scenario that can do without it; why it is not there is noted."""
        try:
            return find()
        except (Unknown, NotApplicable) as unknown:
            self.without.append(f"{what}: {needed(unknown)}")
            return None

    def _perhaps(self, find: Callable[[], T]) -> T | None:
        """What only adds to a scenario."""
        try:
            return find()
        except (Unknown, NotApplicable):
            return None

    def _measured(self, measure: Measure) -> Any:
        value = measured(measure)
        for one in leaves(measure):
            self._noted(one)
        return value

    def _known(self, one: Field[Any]) -> Any:
        return known(self._noted(one))

    def _noted(self, one: Field[Any]) -> Field[Any]:
        if one.is_stated:
            self.used.append(one)
        return one
