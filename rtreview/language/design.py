"""The typed design: features, the connections that they share, and what follows from their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rtreview.language import catalogue
from rtreview.language.field import Field, NotApplicable, Part, Undecided
from rtreview.language.section import Mistake, Named, Section
from rtreview.language.sections.backpressure import Backpressure, FanOut
from rtreview.language.sections.presence import Presence
from rtreview.language.sections.push import Push
from rtreview.language.sections.servers import Dependency, DeployedAs, Operations, Topology, Work
from rtreview.language.sections.sync import Data, Sync
from rtreview.language.sections.transport import Access, Hop, Transport
from rtreview.language.sections.workload import Workload
from rtreview.language.spec import Spec, Targets
from rtreview.quantities.quantity import Count, Duration, Rate
from rtreview.text.place import SpecPath

SHARED = (
    "workload",
    "access",
    "work",
    "sync",
    "presence",
    "push",
    "backpressure",
    "fan_out",
    "topology",
    "operations",
    "dependencies",
    "targets",
    "deployed_as",
)
"""The parts that a feature may take from the design."""

SECTIONS = ("transport", *SHARED)
"""The parts of a feature that hold numbers."""

MOST_SPEAKERS = 20
"""Connections on the same nodes of which each tells what all ask of them: the answer is the same."""

A_HOUSEHOLD = 20
"""Up to this many clients any server accepts within a second (reconnect-without-jitter)."""

REPEATED = Duration(60)
"""Work that takes no longer is asked for again after a loss (work-bound-to-connection)."""

AN_ANSWER = Duration(600)
"""A stream that usually lasts for longer is no answer to one request: a log that is followed, a feed."""

OWN_CLOCKS = ("client-wall", "lamport", "hybrid-logical", "vector")
"""Clocks by which replicas decide without a server which of two changes is later."""

SOON = Rate(0.1)
"""What comes that often heals what was missed (join-without-backfill, lossy-queue-on-delta-stream)."""

FLEETING = ("cursors", "signalling", "media")
"""Purposes whose messages are worth nothing a moment later."""

ONLY_MEMBERS = ("chat", "feed", "notifications", "dashboard", "presence", "signalling", "telemetry")
"""Purposes in which a room of a node is no more than the clients that messages go to."""

FACTS = ("purpose", "direction", "writers", "concurrent_editors")


@dataclass(eq=False)
class Connection:
    """What one client opens once: a transport, and the features that travel on it."""

    transport: Transport
    platforms: tuple[tuple[catalogue.Platform, SpecPath], ...] = ()
    features: list[Feature] = field(default_factory=list)
    beside: tuple[Connection, ...] = ()
    """The other connections of the design, such as the signalling of a call beside its media."""
    of_its_topology: tuple[Connection, ...] = ()
    """Those whose nodes are stated at the same place, with itself, in the order of the design."""

    def with_transport(self, transport: Transport) -> Connection:
        """A copy without features yet, which stands in its place among those on its nodes."""
        copy = Connection(transport, self.platforms, beside=self.beside)
        copy.of_its_topology = tuple(copy if each is self else each for each in self.of_its_topology)
        return copy

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its features; none where the design is a single one."""
        return tuple([feature.name for feature in self.features if feature.name is not None])

    @property
    def workload(self) -> Workload:
        """The workload with the most connections, of the features that travel on it."""

        def connections(workload: Workload) -> float:
            count = workload.connections.content
            return -1.0 if count is None else count.amount

        return max((feature.workload for feature in self.features), key=connections)

    @property
    def topology(self) -> Topology:
        """The servers behind the connection: those of the first feature that states any."""
        return self._first_stated("topology")  # type: ignore[no-any-return]

    @property
    def on_its_nodes(self) -> tuple[Connection, ...]:
        """The connections that its nodes hold, with itself: those of one topology, each counted by itself.

        A count that stands above the features may be that of all of them together, and is no part of a sum.
        """
        counts: dict[SpecPath, Connection] = {}
        for each in self.held_by_its_nodes:
            count = each.workload.connections
            if count.is_of_a_feature and count.content is not None:
                counts.setdefault(count.at, each)
        return tuple(counts.values())

    @property
    def held_by_its_nodes(self) -> tuple[Connection, ...]:
        """The connections of one topology whose nodes hold them, with itself, in the order of the design.

        Servers as clients are left out, since such a connection may as well go out from the nodes.
        """
        return tuple(each for each in self.of_its_topology if each._is_held) if self._is_held else ()

    @property
    def on_its_line(self) -> list[Feature]:
        """The features whose messages pass over it; where a client has one connection, those of its kind too.

        A feature that states how it resumes, and no kind of its own, has a part of that connection to itself.
        """
        kind, one = self.transport.kind, self.transport.connections_per.has("client")
        alike = [each for each in self.held_by_its_nodes if one and each.transport.kind.at == kind.at]
        return [feature for each in alike or [self] for feature in each.features]

    @property
    def speaks_for_its_nodes(self) -> bool:
        """Whether it is the one to tell what its nodes hold: of very many the first alone."""
        if len(self.of_its_topology) <= MOST_SPEAKERS:
            return True
        return next((each for each in self.of_its_topology if each._is_held), None) is self

    @property
    def _is_held(self) -> bool:
        """Whether it is stated which nodes hold it open."""
        if not self.topology.nodes.is_stated or self.transport.kind.has("polling", "udp", "webrtc"):
            return False
        return not (self.transport.service.content or self.is_pushed or self.workload.only("server"))

    @property
    def operations(self) -> Operations:
        """How it is operated: as the first feature states that states anything."""
        return self._first_stated("operations")  # type: ignore[no-any-return]

    @property
    def access(self) -> Access:
        """Its rights: as the first feature states that states any."""
        return self._first_stated("access")  # type: ignore[no-any-return]

    def _first_stated(self, section: str) -> Any:
        if len(self.features) == 1:
            return getattr(self.features[0], section)
        # Those that leave it to the design have one in common.
        parts = dict.fromkeys(getattr(feature, section) for feature in self.features)
        return next((part for part in parts if part.is_stated), next(iter(parts)))

    def known_hops(self) -> list[tuple[str, Hop]]:
        """What lies on the path, by name.

        Raises:
            NotApplicable: nothing does.
            Undecided: the spec does not say what does.

        """
        path = self.transport.path
        if not path.items:
            raise NotApplicable("nothing lies on the path") if path.is_stated else Undecided(path)
        return self.transport.hops

    @property
    def ages(self) -> list[Field[Duration]]:
        """The ages at which a server or a hop ends a connection."""
        hops = self.transport.path
        return [self.operations.connection_max_age.value, *(hop.max_lifetime for hop in hops)]

    @property
    def holders(self) -> Field[Count]:
        """What holds connections, each with a memory of its own: nodes, or the workers of a single one."""
        nodes, workers = self.topology.nodes, self.topology.node.processes
        is_alone = nodes.content is None or nodes.content.amount <= 1
        several = workers.content is not None and workers.content.amount > 1
        return workers if is_alone and several else nodes

    @property
    def spread_over(self) -> str:
        """What holds connections, in words: `4 nodes`, `8 processes`."""
        return f"{self.holders} {'processes' if self.holders.key == 'processes' else 'nodes'}"

    @property
    def keepers(self) -> list[Field[str]]:
        """What leads a client back to its node: the affinity of the whole, or that of a hop."""
        hops = (hop.affinity for hop in self.transport.path)
        return [affinity for affinity in (self.topology.affinity, *hops) if affinity.content]

    @property
    def silence(self) -> Field[Duration]:
        """The longest time without a message: the shortest that a feature states, since all fill pauses."""
        silences = [feature.workload.messages.silence for feature in self.features]
        known = [silence for silence in silences if silence.content is not None]
        return min(known, key=lambda silence: silence.content.amount, default=silences[0])  # type: ignore[union-attr]

    @property
    def counted(self) -> Field[Count]:
        """The connections, or the users where nobody counts connections."""
        workload = self.workload
        return workload.connections if workload.connections.is_stated else workload.users

    @property
    def are_few(self) -> bool:
        """Whether so few clients connect that any server accepts all of them at once: a household.

        A user counts with the devices and tabs that are stated.
        """
        workload, clients = self.workload, self.counted.content
        if clients is None:
            return False
        each = (workload.devices_per_user.content, workload.tabs_per_user.content)
        of_each = math.prod(max(1.0, count.amount) for count in each if count is not None)
        return clients.amount * (of_each if self.counted is workload.users else 1.0) <= A_HOUSEHOLD

    @property
    def is_pushed(self) -> bool:
        """Whether all that it carries goes through a push service, which holds the connection instead."""
        own = (name for name in self.transport.ENTRIES if name not in ("service", "background"))
        return all(
            feature.serves("push", "notifications") and feature.push.is_there for feature in self.features
        ) and not any(getattr(self.transport, name).is_stated for name in own)

    @property
    def is_polling(self) -> bool:
        """Whether the client asks at its own time. A long poll is held, and lost with its server."""
        return self.transport.kind.has("polling")

    @property
    def asks_again(self) -> bool:
        """Whether the client asks again and again, so that the next request is the reconnection."""
        return self.transport.kind.has("polling", "long-polling")

    @property
    def looks_each_time(self) -> bool:
        """Whether each request finds what is there, whatever was lost before it.

        So does every poll, and a long poll that brings the whole or compares a mark first: what one misses
        while it is held, the next one finds.
        """
        return self.is_polling or (self.asks_again and self.transport.poll.brings.has("whole", "marker"))

    @property
    def is_datagrams(self) -> bool:
        """Whether datagrams carry the messages, so that no connection of a kernel opens, breaks or orders."""
        return self.transport.kind.has("udp")

    @property
    def may_retain(self) -> bool:
        """Whether a broker may keep the last message of a topic by itself: that of MQTT, or none is named."""
        return self.transport.kind.has("mqtt") or not self.transport.kind.is_stated

    @property
    def shows_people(self) -> bool:
        """Whether a feature is stated to show who is there, or to say by when one who vanished is away."""
        return any(
            feature.targets.offline_visible_within.content or feature.presence.is_there
            for feature in self.features
        )

    @property
    def calls_in_its_page(self) -> bool:
        """Whether it carries the signalling of a call, and the same page has the media by WebRTC."""
        signals = any(feature.serves("signalling", "media") for feature in self.features)
        return signals and any(
            other.transport.kind.has("webrtc") and not other.has_no_page for other in self.beside
        )

    @property
    def has_no_page(self) -> bool:
        """Whether no page of a browser is at the other end: it is not named, or could not open the kind."""
        return self.transport.kind.has("tcp", "udp") or not self.workload.may_have("browser")

    @property
    def is_one_shot(self) -> bool:
        """Whether each stream answers one request and ends by itself, such as that of a language model.

        One whose work is costly to repeat is none: what it loses is worth coming back for. Nor is one of
        which no more than the end is kept: to ask again does not bring all of it.
        """
        if not self.transport.reconnect.is_none or any(feature.may_be_costly for feature in self.features):
            return False
        if any(feature.lasts_for_long or feature.keeps_only_the_end for feature in self.features):
            return False
        kind = self.transport.kind
        answers = (
            feature.sync.is_none or feature.sync.join.order.has("from-position") for feature in self.features
        )
        return kind.has("http-stream") or (kind.has("sse") and all(answers))

    @property
    def has_plan(self) -> bool:
        """Whether it is stated that, and how, the client reconnects.

        A platform that only tells the delays of an optional reconnection states no plan; a limit for one
        attempt is no word on a second, nor is what follows the very first, unless that is the same.
        """
        plan = self.transport.reconnect
        of_first = (
            {"connect_timeout"} if plan.first_connect.has("same") else {"connect_timeout", "first_connect"}
        )
        others = (getattr(plan, name).is_stated for name in plan.ENTRIES if name not in of_first)
        return plan.strategy.is_stated or ((bool(plan.word) or any(others)) and plan.default is None)

    @property
    def browser_decides(self) -> bool:
        """Whether an EventSource returns by itself, at the delay that the server or the browser sets."""
        return self.transport.kind.has("sse") and (
            self.transport.reconnect.strategy.has("browser") or not self.has_plan
        )

    def accepted_within(self, span: Duration) -> bool | None:
        """Whether all clients can be accepted in this time; None where a number is missing.

        The nodes accept independently: nodes times accept rate times the span.
        """
        connections = self.workload.connections.content
        rate, nodes = self.topology.node.accept_rate.content, self.topology.nodes.content
        if connections is None or rate is None or nodes is None:
            return None
        return connections.amount <= nodes.amount * rate.amount * span.amount


@dataclass(eq=False)
class Feature:
    """One real-time feature with every section: its own whole, or the design's.

    `name` is None where the design is a single feature.
    """

    name: str | None
    connection: Connection
    at: SpecPath
    purpose: Field[str]
    direction: Field[str]
    writers: Field[str]
    concurrent_editors: Field[Count]
    workload: Workload
    access: Access
    work: Work
    sync: Sync
    presence: Presence
    push: Push
    backpressure: Backpressure
    fan_out: FanOut
    topology: Topology
    operations: Operations
    dependencies: Named[Dependency]
    targets: Targets
    deployed_as: DeployedAs

    @property
    def names(self) -> tuple[str, ...]:
        """Its name, as that of the only one; none where the design is a single feature."""
        return () if self.name is None else (self.name,)

    @property
    def speaks_for_its_nodes(self) -> bool:
        """Whether it is among those that tell what all features on its nodes ask."""
        return self.connection.speaks_for_its_nodes

    @property
    def on_its_nodes(self) -> tuple[Feature, ...]:
        """The features that the same nodes serve, with itself, in the order of the design."""
        return tuple(feature for each in self.connection.held_by_its_nodes for feature in each.features)

    @property
    def is_costly(self) -> bool:
        """Whether the work for a client is stated to be more than one asks for again after a loss.

        Of a range its end counts, if it has one: some of that work takes so long.
        """
        longest = self._longest_work
        has_end = longest is not None and math.isfinite(longest.amount)
        return self._costs(longest if has_end else self.work.lasts.content)

    @property
    def may_be_costly(self) -> bool:
        """Whether it is, or is work of which nothing says that it ends soon, such as one of `1s+`."""
        return self._costs(self._longest_work)

    def _costs(self, lasts: Duration | None) -> bool:
        repeat = self.work.repeat
        return repeat.has("costly") or (lasts is not None and lasts > REPEATED and not repeat.has("cheap"))

    @property
    def _longest_work(self) -> Duration | None:
        lasts = self.work.lasts
        if lasts.within is not None and not lasts.is_open:
            return Duration(lasts.within.most.amount)
        return lasts.content

    @property
    def lasts_for_long(self) -> bool:
        """Whether its usual session is longer than any answer, and no work of the server explains that."""
        usual = self.workload.session.typical.content
        return usual is not None and usual > AN_ANSWER and not self.work.is_stated

    @property
    def keeps_only_the_end(self) -> bool:
        """Whether a result that has an end is read from the first entry that is kept, and the first go first.

        Each piece of it builds on those before, it is not said to be kept whole anywhere, and to be so short
        that it is made again.
        """
        sync, resume, work = self.sync, self.transport.resume, self.work
        lasts = self._longest_work
        if work.repeat.has("cheap") or (lasts is not None and lasts <= REPEATED):
            return False
        is_whole = self.merges_by("append-only") and (sync.updates.has("delta") or not sync.updates.is_stated)
        ends = any(part.is_stated for part in (work.end, work.lasts, work.limit, work.repeat))
        begins = resume.by.has("snapshot") or sync.history.loaded.has("all")
        has_way = resume.on_gap.has("snapshot", "error") or sync.compaction.is_there
        is_kept = sync.durability.kept_in.content or sync.snapshot.is_there
        counted = resume.max_messages.is_there or sync.history.max_operations.is_there
        drops = resume.full.has("oldest") or (counted and not resume.full.is_stated)
        return is_whole and ends and begins and drops and not (has_way or is_kept)

    @property
    def transport(self) -> Transport:
        """The transport of its connection."""
        return self.connection.transport

    def serves(self, *purposes: str) -> bool:
        """Whether the stated purpose is one of these."""
        return self.purpose.has(*purposes)

    @property
    def room(self) -> Field[Count]:
        """The size of the largest room."""
        return self.workload.rooms.size.max

    @property
    def shows_readings(self) -> bool:
        """Whether what devices measure is sent to those who look on, and nothing the other way."""
        return self.serves("telemetry") and self.direction.has("server-to-client")

    @property
    def has_room_in_one_process(self) -> bool:
        """Whether one process sees all messages of a room: clients are routed there, or it owns it."""
        return self.topology.routing.has("by-room") or self.fan_out.owner.has("single")

    def strategy_of(self, part: Data) -> Field[str]:
        """The strategy of one kind of data: its own, or the section's."""
        strategy: Field[str] = part.strategy if part.strategy.is_stated else self.sync.strategy
        return strategy

    @property
    def strategies(self) -> list[Field[str]]:
        """The strategy of each kind of data, or the section's where none is listed; stated ones only."""
        own = [self.strategy_of(part) for part in self.sync.data]
        return [strategy for strategy in own or [self.sync.strategy] if strategy.is_stated]

    def merges_by(self, *strategies: str) -> bool:
        """Whether all of its data that lasts is kept in sync by one of these strategies."""
        lasting = [part for part in self.sync.data if not part.shape.has("ephemeral")]
        own = [self.strategy_of(part) for part in lasting]
        kept = [
            strategy
            for strategy in own or [self.sync.strategy]
            if strategy.is_stated and not strategy.has("signal")
        ]
        return bool(kept) and all(strategy.has(*strategies) for strategy in kept)

    def kept_by(self, *strategies: str) -> Field[str]:
        """Where it is stated that data is kept in sync by one of these strategies.

        Raises:
            NotApplicable: it is kept by others, or not at all.
            Undecided: the spec does not say by which.

        """
        stated = self.strategies
        for name in strategies:
            for strategy in stated:
                if strategy.has(name):
                    return strategy
        if self.sync.is_none:
            raise NotApplicable("nothing is kept in sync")
        if len(stated) < max(1, len(self.sync.data.items)):
            if self.purpose.is_stated and not self.serves("collaborative-editing"):
                raise NotApplicable(f"the purpose {self.purpose} edits no document together")
            raise Undecided(self.sync.strategy)
        raise NotApplicable(f"the strategy is {stated[0]}")

    def written_by_many(self) -> None:
        """A rule about concurrent changes ends where there are none.

        Raises:
            NotApplicable: clients change nothing, or one writes at a time.

        """
        if self.direction.has("server-to-client"):
            raise NotApplicable("clients change nothing")
        if self.has_one_writer:
            raise NotApplicable("one writes at a time")

    def holds_work(self) -> None:
        """A rule about what a crash takes ends where a crash takes nothing.

        Raises:
            NotApplicable: nothing on it is worth keeping, or the next update brings it.

        """
        if self.is_momentary:
            raise NotApplicable("nothing on it is worth keeping")
        shows = self.direction.has("server-to-client") or self.serves("dashboard", "feed")
        if shows and self.is_state_valued:
            raise NotApplicable("the next update holds the whole value")

    @property
    def bears_copies(self) -> str:
        """Why a message that arrives twice does no harm; nothing where it may."""
        if self.is_momentary:
            return "what arrives twice is replaced a moment later"
        if self.is_state_valued or self.holds_only("register", "ephemeral"):
            return "the same value twice is the same value"
        if self.merges_by("crdt"):
            return "a CRDT applies a change once, however often it arrives"
        if self.merges_by("ot") and self.sync.durability.version_check.content:
            return "a change on an older revision is refused, and so is a copy"
        again = self.sync.delivery.deduplicate
        is_compared = not (again.tells_no_copy or again.is_loose or self.sync.ordering.on_gap.is_none)
        if self.direction.has("server-to-client") and self.sync.ordering.is_gapless and is_compared:
            return f"the order by {self.sync.ordering.by} shows a copy"
        if self.merges_by("last-writer-wins", "full-state"):
            return "the same write twice leaves the same state"
        return ""

    @property
    def is_rebuilt(self) -> bool:
        """Whether a server makes a document again from what readers see, and clients merge theirs into it."""
        sync = self.sync
        again = sync.durability.stores.has("content") or sync.seed.by.has("server-each-load")
        return again and not sync.join.epoch.content and not sync.seed.once.content

    @property
    def exchanges_lacks(self) -> bool:
        """Whether replicas that meet again tell one another what they have, and get what they lack.

        They do not where one of them was built again, nor where a client that returns names a position in a
        log and no more, or goes on with what it has (`join.fetch: once`).
        """
        by = self.transport.resume.by
        goes_on = self.sync.join.fetches_once_at_most and not by.content
        is_told = not (goes_on or by.has("offset", "last-event-id")) or self.rejoin_brings_history
        return self.merges_by("crdt") and not self.is_rebuilt and is_told

    def holds(self, shape: str) -> bool:
        """Whether it is stated to hold data of this shape."""
        return any(part.shape.has(shape) for part in self.sync.data)

    def asked_per(self, occasion: str) -> Iterator[Dependency]:
        """The dependencies of which this is stated to cause a call: a message, a connect, a poll, ..."""
        return (part for part in self.dependencies if occasion in (part.per.content or ()))

    def narrows(self, own: Part, general: Part) -> bool:
        """Whether it states the one for itself, while the other comes down from the whole design.

        What is said of all was then not said of this.
        """
        mine = ("features", self.name)
        return own.at[:2] == mine and general.at[:2] != mine

    @property
    def secrets(self) -> list[Field[str]]:
        """Where it is stated of data that not all may know it."""
        seen = [part.visible_to for part in self.sync.data]
        return [visible_to for visible_to in seen if visible_to.has("owner", "group")]

    def holds_only(self, *shapes: str) -> bool:
        """Whether all data that it is stated to hold has one of these shapes."""
        return bool(self.sync.data.items) and all(part.shape.has(*shapes) for part in self.sync.data)

    @property
    def is_state_valued(self) -> bool:
        """Whether each update holds a complete value, so that the next one heals what was missed."""
        updates = self.sync.updates
        return updates.has("state-value", "full-state") or self.sync.strategy.has("full-state")

    @property
    def next_heals(self) -> bool:
        """Whether the next update makes good for whichever one was missed.

        A value of one field or record of many does not, unless each of them comes again by itself: what was
        missed of another stays as it was until that one changes.
        """
        sync = self.sync
        is_whole = sync.updates.has("full-state") or sync.strategy.has("full-state")
        return self.is_state_valued and (self.next_is_sure or is_whole or not self.holds_many)

    @property
    def holds_many(self) -> bool:
        """Whether what is updated is one thing of many: a field, a record, an item."""
        sync = self.sync
        return sync.unit.is_there or sync.deletes.is_there or self.holds("list") or self.holds("tree")

    @property
    def next_is_sure(self) -> bool:
        """Whether the next update comes by itself, changed or not, or within seconds."""
        return self.comes_soon or self.workload.messages.when.has("interval") or bool(self.renewals)

    def healed_by_the_next(self) -> None:
        """A rule about what was missed ends where the next update brings it anyway.

        Raises:
            NotApplicable: it holds the whole value, and comes by itself.
            Undecided: nothing says when one comes.

        """
        when = self.workload.messages.when
        if self.next_heals and self.next_is_sure:
            raise NotApplicable("the next update holds the whole value")
        if self.next_heals and not when.is_stated:
            raise Undecided(when)

    @property
    def gives_up_early(self) -> bool:
        """Whether a sender is stated to repeat for less time than an outage usually lasts."""
        span, away = self.sync.delivery.retry_for.content, self.workload.outage.typical.content
        return span is not None and away is not None and span < away

    @property
    def replays(self) -> bool:
        """Whether a client that returns names a position, and something is kept from there on."""
        resume = self.transport.resume
        if self.empty_session is not None:
            return False
        is_kept = not resume.retention.has(Duration(0)) or bool(resume.max_messages.content)
        return resume.by.has("last-event-id", "offset", "session", "time", "read-mark") and is_kept

    @property
    def empty_session(self) -> Part | None:
        """The decision by which a session has nothing of what was sent meanwhile; None without one."""
        resume, replay = self.transport.resume, self.topology.state.replay
        if not resume.by.has("session"):
            return None
        if resume.keeps.has("identity"):
            return resume.keeps
        return replay if replay.is_none and self.sync.delivery.guarantee.has("at-most-once") else None

    @property
    def keeps_nothing(self) -> bool:
        """Whether nothing of the past is kept on the server."""
        history = self.sync.history
        return history.is_none or history.retention.has(Duration(0))

    @property
    def comes_soon(self) -> bool:
        """Whether the next message is known to come within ten seconds."""
        rate = self.workload.messages.rate.content
        return rate is not None and rate >= SOON

    @property
    def refuses_stale(self) -> bool:
        """Whether a server refuses a change that comes too late, and the client does something about it."""
        sync = self.sync
        return bool(sync.reconcile.content) and not sync.clock.has("arrival", *OWN_CLOCKS)

    @property
    def join_brings_history(self) -> bool:
        """Whether a client that joins, first or again, gets what was there before."""
        return self.sync.join.order.has(
            "snapshot", "subscribe-first", "fetch-first", "fetch-then-replay", "from-position"
        )

    @property
    def rejoin_brings_history(self) -> bool:
        """Whether a client that joins again on a new connection gets what was sent meanwhile."""
        return self.join_brings_history and self.bars_rejoin is None

    @property
    def log_ended(self) -> Part | None:
        """The decision by which one who is back finds no log to name a position in; None without one."""
        resume, history = self.transport.resume, self.sync.history
        if history.retention.content or history.max_operations.content or resume.max_messages.content:
            return None
        if resume.retention.has(Duration(0)):
            return resume.retention
        return resume.without if resume.is_none and resume.without.has("refused") else None

    @property
    def bars_rejoin(self) -> Part | None:
        """The decision by which one who is back on a new connection does not get the past by joining."""
        join, holds, applied = self.sync.join, self.sync.snapshot.holds, self.sync.snapshot.applied
        if join.fetches_once_at_most:
            return join.fetch
        if join.ends_with_connection or join.again.has("application"):
            return join.again
        if join.order.has("from-position") and (ended := self.log_ended):
            return ended
        if holds.has("part") and not join.order.has("from-position", "subscribe-only"):
            return holds
        return applied if join.order.has("snapshot") and applied.has("ignored") else None

    @property
    def asks_for_a_span(self) -> bool:
        """Whether the time that a client names may be so long ago, whatever it holds.

        Then it is a fetch of its own, such as a repair that its user begins: no start, and no return.
        """
        resume, join = self.transport.resume, self.sync.join
        by_span = resume.by.has("time") and not (resume.from_.is_stated or join.history.is_vague)
        return by_span and isinstance(join.history.content, Duration)

    @property
    def members_join_again(self) -> bool:
        """Whether a room of a node is no more than who follows it, and they join again on a new connection.

        So is one of events, of which neither a purpose nor data that lasts is stated.
        """
        passes_on = not (self.purpose.is_stated or self.work.is_there) and (
            self.sync.updates.has("event", "signal")
            and (not self.sync.data.items or self.holds_only("ephemeral", "command"))
        )
        return self.sync.join.again.has("client", "server") and (self.serves(*ONLY_MEMBERS) or passes_on)

    @property
    def reads_memory_for_each(self) -> bool:
        """Whether each connection reads by itself what a node has in memory, such as from a queue.

        So it does where the node has what goes on in a room, and no dependency is asked but by polls, which
        are those of something else.
        """
        elsewhere = [part for part in self.dependencies if not part.per.has(("poll",))]
        looks_up = self.fan_out.per_recipient.is_stated
        in_memory = self.topology.state.room.has("node") and not (elsewhere or looks_up)
        return self.fan_out.watched_by.has("connection") and in_memory

    @property
    def renewals(self) -> tuple[Field[Duration], ...]:
        """How often the whole state comes by itself and counts, whatever was lost before.

        What comes later than a value may be old heals too late, and a part does not bring the rest.
        """
        sync, old = self.sync, self.targets.staleness.content
        if sync.snapshot.holds.includes("part"):
            return ()
        # One that is sent to who asks for it comes to nobody by itself.
        comes = not (sync.snapshot.applied.has("ignored") or sync.snapshot.to.has("asker"))
        found = (sync.refetch, *((sync.snapshot.every,) if comes else ()))
        stated = [every for every in found if every.content is not None]
        return tuple(every for every in stated if old is None or every.content <= old)

    @property
    def passes_over_gaps(self) -> bool:
        """Whether a receiver that misses a number goes on, or waits for what nobody sends again."""
        on_gap = self.sync.ordering.on_gap
        return on_gap.is_none or on_gap.has("wait")

    @property
    def shows_gaps(self) -> bool | None:
        """Whether a receiver sees by its numbers that a message is missing; None where the spec is silent.

        A Lamport clock skips by itself, and of the numbers of one counter for all rooms a member of one room
        receives some only.
        """
        ordering, rooms = self.sync.ordering, self.workload.rooms.count.content
        if not ordering.is_gapless:
            return False if ordering.by.is_stated or ordering.is_none else None
        silent = not ordering.assigned_by.is_stated
        for_all = ordering.assigned_by.has("global") or (silent and self.topology.sequencer.has("global"))
        has_rooms = ordering.scope.has("per-room", "per-client") or (rooms is not None and rooms.amount > 1)
        return not (for_all and has_rooms)

    @property
    def fills_gaps(self) -> bool:
        """Whether a receiver sees by its numbers that a message is missing, and fetches or begins again."""
        return bool(self.shows_gaps) and self.sync.ordering.on_gap.has("resync", "refuse")

    @property
    def only_ephemeral(self) -> bool:
        """Whether nothing on it is worth keeping: signals, or ephemeral data only."""
        return self.holds_only("ephemeral") or self.sync.strategy.has("signal")

    @property
    def is_worthless_later(self) -> bool:
        """Whether a message that is missed is worth nothing a moment later, by its data or its purpose."""
        return self.holds_only("ephemeral") or self.serves(*FLEETING)

    @property
    def is_momentary(self) -> bool:
        """Whether nothing on it is worth keeping, by its data, its strategy or its purpose."""
        return self.only_ephemeral or self.serves(*FLEETING)

    @property
    def is_fleeting(self) -> bool:
        """Whether a message that is missed is worth nothing: ephemeral, or a hint to fetch what changed."""
        return self.only_ephemeral or self.sync.updates.has("signal")

    @property
    def reports_every(self) -> Field[Duration]:
        """How often each client says that it is there: it refreshes its presence, or sends a heartbeat."""
        refresh = self.presence.refresh
        return refresh if refresh.content else self.transport.heartbeat.interval

    @property
    def place_of_checks(self) -> Dependency | None:
        """What each heartbeat waits for a place in, such as the one radio by which devices are asked."""
        return next((part for part in self.asked_per("heartbeat") if part.pool.content), None)

    @property
    def pushes_alone(self) -> bool:
        """Whether a push service reaches the devices, and the transport that is stated is the way to it."""
        own = self.transport.kind.has("websocket", "sse", "mqtt", "long-polling", "grpc-stream")
        return self.serves("push") and self.push.is_there and not own

    @property
    def pushed_once(self) -> Field[str] | None:
        """Where it is stated that a push is handed to its service once; None without the word on it."""
        services = self.push.service.content or ()
        for part in self.dependencies:
            is_service = any(name in part.key or part.key in name for name in services)
            if is_service and part.retried.is_none and not part.when_down.has("queue"):
                return part.retried
        return None

    @property
    def hint_hangs_on(self) -> Part | None:
        """The silent field that decides whether a client fetches at its return what a missed signal told of.

        None where that is known, or nothing is worth fetching.
        """
        sync, transport = self.sync, self.transport
        if self.is_momentary or not sync.updates.has("signal"):
            return None
        brings = transport.resume.by.content or transport.event_ids.content or self.rejoin_brings_history
        fetches = self.renewals or sync.join.fetch.is_stated or self.push.missed.has("fetched")
        if brings or fetches or sync.ordering.on_gap.content:
            return None
        return sync.refetch if sync.join.is_none else sync.join.fetch

    @property
    def passes_on_as_push(self) -> bool:
        """Whether servers are sent what they then push, so that a signal which they miss wakes nobody."""
        pushes = self.push.is_there and self.serves("push", "notifications")
        return pushes and self.workload.has_any("server") and not self.holds_only("ephemeral")

    @property
    def has_one_writer(self) -> bool | None:
        """Whether one alone changes the state; None where the spec does not tell."""
        if self.writers.has("one"):
            return True
        editors = self.concurrent_editors.content
        if editors is not None:
            return editors.amount <= 1
        if self.writers.has("many") or self.serves("chat", "collaborative-editing", "cursors", "game"):
            return False
        return None


class Design(NamedTuple):
    """Everything a rule reads."""

    spec: Spec
    features: tuple[Feature, ...]
    connections: tuple[Connection, ...]
    unknown_platforms: tuple[Field[str], ...]
    mistakes: tuple[Mistake, ...]

    def part_at(self, at: SpecPath) -> Part | None:
        """What stands at a path, in the feature that it names or in the first one; None where nothing can."""
        named = next((feature for feature in self.features if at[:2] == ("features", feature.name)), None)
        part: Any = named or self.features[0]
        try:
            for key in at[2:] if named else at:
                part = part[key] if isinstance(key, int) else getattr(part, _keys(part).get(key, key))
        except (AttributeError, IndexError, KeyError, TypeError):
            return None
        return part if isinstance(part, Part) else None


def _keys(part: Any) -> dict[str, str]:
    return part.KEYS if isinstance(part, Section) else {}
