"""The ledger: every number that follows from a design, with its formula and the fields it is made of.

A function per number. Its parameter tells what it is a number of: a `connection`, with all that travels
on it, or a `feature`. Rules compare these numbers, `--numbers` prints them. A number that does not exist
for a design ends in `NotApplicable`, one that the spec does not decide in `Undecided`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from rtreview.derived import Derived, Measure, assumed
from rtreview.language.design import Connection, Design, Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unknown
from rtreview.language.notation import NONE
from rtreview.language.spec import Heartbeat, Reconnect
from rtreview.models import fan_out, latency, liveness, presence, queue, replay, storm
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Rate, Ratio, Size, Spread

REJECT_COST = Ratio(0.2)
"""Cost of a refusal in shares of an accept, where TLS is done before the refusal; assumed where silent."""

F = TypeVar("F", bound=Callable[..., Derived[Any]])

_registered: list[Callable[..., Derived[Any]]] = []


def number(formula: F) -> F:
    """Register a number. The order of registration is that of the ledger."""
    _registered.append(formula)
    return formula


def ledger(design: Design) -> Iterator[tuple[tuple[str, ...], str, Derived[Any] | None, str]]:
    """Features, name, number and, where there is none, the reason, for each number of a design."""
    for formula in _registered:
        subject = next(iter(inspect.signature(formula).parameters))
        title = (formula.__doc__ or "").partition("\n")[0].rstrip(".")
        subjects: tuple[Any, ...] = design.connections if subject == "connection" else design.features
        for one in subjects:
            features = one.features if isinstance(one, Connection) else [one]
            names = tuple(feature.name for feature in features if feature.name is not None)
            try:
                made = formula(one)
            except Undecided as unknown:
                missing = " or ".join(f"`{part.dotted}`" for part in unknown.parts)
                yield names, title, None, f"it would need {missing}"
            except (NotApplicable, Unknown) as reason:
                yield names, title, None, str(reason)
            else:
                yield names, title, made, ""


# Connections and their return.


@number
def connections_per_node(connection: Connection) -> Derived[Count]:
    """Connections per node."""
    return Derived(
        lambda connections, nodes: Count(connections.amount / nodes.amount if nodes.amount else math.inf),
        connection.workload.connections,
        connection.topology.nodes,
        name="connections per node",
        formula="connections / nodes",
    )


@number
def accept_capacity(connection: Connection) -> Derived[Rate]:
    """Accept capacity of all nodes."""
    return Derived(
        storm.accept_capacity,
        connection.topology.nodes,
        connection.topology.node.accept_rate,
        name="accept capacity",
        formula="nodes × accept rate",
    )


@number
def accept_capacity_of_the_others(connection: Connection) -> Derived[Rate]:
    """Accept capacity while one node is down."""
    return Derived(
        lambda nodes, rate: storm.accept_capacity(Count(max(0.0, nodes.amount - 1)), rate),
        connection.topology.nodes,
        connection.topology.node.accept_rate,
        name="accept capacity without one node",
        formula="(nodes - 1) × accept rate",
    )


@number
def fastest_return(connection: Connection) -> Derived[Duration]:
    """Fastest possible return of all clients."""
    return Derived(
        storm.fastest_return,
        connection.workload.connections,
        accept_capacity(connection),
        name="fastest return of all",
        formula="connections / accept capacity",
    )


def reconnects(connection: Connection) -> Reconnect:
    """The plan to reconnect, where the client has one.

    Raises:
        NotApplicable: it does not reconnect, or asks again and again anyway.

    """
    plan = connection.transport.reconnect
    if connection.is_polling:
        raise NotApplicable("a polling client asks again at its own time")
    if plan.is_none:
        raise NotApplicable("the client does not reconnect")
    return plan


def jitter_kind(plan: Reconnect) -> str:
    """none, full, equal or decorrelated, or nothing where the jitter is a ratio or a random span."""
    if plan.jitter.is_none:
        return "none"
    return plan.jitter.content if isinstance(plan.jitter.content, str) else ""


def first_delay(plan: Reconnect) -> Field[Any]:
    """The field that holds the delay before the first attempt: stated, the first of a list, or the base."""
    if plan.first_delay.is_stated:
        return plan.first_delay
    if plan.delays.content:
        return Field(plan.delays.content[0], at=(*plan.delays.at, 0), default=plan.delays.default)
    return plan.base


def waits_for_retry(connection: Connection) -> bool:
    """Whether nothing but an EventSource's `retry` delays the client."""
    plan = connection.transport.reconnect
    return connection.transport.kind.has("sse") and (not plan.is_stated or plan.strategy.has("browser"))


def decided(field: Field[Any]) -> Field[Any]:
    """A field that is `none`, as one that holds this word: an input of a number like any other."""
    return Field(NONE, at=field.at, default=field.default)


@number
def first_attempt_spread(connection: Connection) -> Derived[Duration]:
    """Spread of the first attempts."""
    plan, retry = reconnects(connection), connection.transport.retry
    name = "first-attempt spread"
    if plan.first_delay.content is not None and isinstance(plan.first_delay.content, Spread):
        return Derived(lambda span: span.most - span.least, plan.first_delay, name=name,
                       formula="width of the first delay")  # fmt: skip
    if waits_for_retry(connection):
        return Derived(lambda _: Duration(0), retry, name=name,
                       formula="0 s: every browser waits for the same retry")  # fmt: skip
    if plan.strategy.has("immediate") and not isinstance(plan.jitter.content, Spread):
        return Derived(lambda _: Duration(0), plan.strategy, name=name, formula="0 s: at once")
    kind, first = jitter_kind(plan), first_delay(plan)
    if kind == "none":
        return Derived(lambda _: Duration(0), decided(plan.jitter), name=name, formula="0 s: no jitter")
    if isinstance(plan.jitter.content, Spread):
        return Derived(lambda span: span.most - span.least, plan.jitter, name=name,
                       formula="width of the jitter")  # fmt: skip
    if isinstance(plan.jitter.content, Ratio):
        return Derived(storm.spread_of_ratio, first, plan.jitter, name=name,
                       formula="2 × jitter × first delay")  # fmt: skip
    shown = {"full": "first delay", "equal": "first delay / 2", "decorrelated": "2 × first delay"}
    return Derived(
        storm.spread_of_first_attempt,
        first,
        plan.jitter,
        name=name,
        formula=f"{plan.jitter} jitter: {shown.get(kind, 'unknown')}",
    )


@number
def peak_of_first_attempts(connection: Connection) -> Derived[Rate]:
    """Peak of the first attempts when all clients drop at once."""
    return Derived(
        storm.peak_of_first_attempts,
        connection.workload.connections,
        first_attempt_spread(connection),
        name="peak of the first attempts",
        formula="connections / first-attempt spread, of at least 1 s",
    )


def longest_delay(plan: Reconnect) -> Field[Any]:
    """The field that holds the delay which repeats: the cap, the last of a list, or a fixed base."""
    if plan.cap.is_stated:
        return plan.cap
    if plan.delays.content:
        last = len(plan.delays.content) - 1
        return Field(plan.delays.content[last], at=(*plan.delays.at, last), default=plan.delays.default)
    return plan.base if plan.strategy.has("fixed") else plan.cap


@number
def mean_delay_at_cap(connection: Connection) -> Derived[Duration]:
    """Mean delay at the cap."""
    plan = reconnects(connection)
    name, cap, kind = "mean delay at the cap", longest_delay(plan), jitter_kind(plan)
    if cap.is_none:
        raise NotApplicable("the delay has no cap and grows on")
    if isinstance(plan.jitter.content, Ratio):
        return Derived(
            storm.mean_delay_of_ratio, cap, plan.jitter, name=name, formula="cap × (1 - jitter / 4)"
        )
    if isinstance(plan.jitter.content, Spread):
        return Derived(lambda most, span: most + (span.least + span.most) * 0.5, cap, plan.jitter, name=name,
                       formula="cap + middle of the jitter")  # fmt: skip
    shares = {"none": "cap", "full": "cap / 2", "equal": "3/4 cap", "decorrelated": "0.62 cap"}
    if kind == "none":
        return Derived(lambda most: most * 1, cap, name=name, formula="cap, without jitter")
    return Derived(storm.mean_delay_at_cap, cap, plan.jitter, name=name,
                   formula=f"{plan.jitter} jitter: {shares.get(kind, 'unknown')}")  # fmt: skip


@number
def rejection_load(connection: Connection) -> Derived[Rate]:
    """Load of refusals, with every client at the cap, in accepts."""
    node = connection.topology.node
    name, delay = "load of refusals", mean_delay_at_cap(connection)
    if node.reject_cost.content is not None:
        return Derived(
            lambda connections, mean, cost, rate: storm.rejection_load(
                connections, mean, Ratio(cost.amount * rate.amount)
            ),
            connection.workload.connections,
            delay,
            node.reject_cost,
            node.accept_rate,
            name=name,
            formula="connections / mean delay × reject cost × accept rate",
        )
    return Derived(
        storm.rejection_load,
        connection.workload.connections,
        delay,
        assumed(node.reject_cost, REJECT_COST),
        name=name,
        formula="connections / mean delay × cost of a refusal",
    )


@number
def return_window(connection: Connection) -> Derived[Duration]:
    """Time in which all clients return."""
    return Derived(
        max,
        first_attempt_spread(connection),
        fastest_return(connection),
        name="time of the return",
        formula="the larger of first-attempt spread and connections / accept capacity",
    )


@number
def back_after_restart(connection: Connection) -> Derived[Duration]:
    """Everybody back after a restart, at the best."""
    return Derived(
        lambda window, refusals, capacity: Duration(math.inf) if refusals >= capacity else window,
        return_window(connection),
        rejection_load(connection),
        accept_capacity(connection),
        name="everybody back after a restart",
        formula="the time of the return; never, where the load of refusals reaches the accept capacity",
    )


@number
def resync_queries(feature: Feature) -> Derived[Rate]:
    """Database queries during the return of all clients."""
    return Derived(
        replay.resync,
        feature.connection.workload.connections,
        feature.operations.resync_queries,
        return_window(feature.connection),
        name="queries of the return",
        formula="connections × queries each / time of the return",
    )


@number
def resync_bytes(feature: Feature) -> Derived[Bandwidth]:
    """Bytes of snapshots during the return of all clients."""
    return Derived(
        replay.resync_bytes,
        feature.connection.workload.connections,
        feature.sync.snapshot.size,
        return_window(feature.connection),
        name="snapshots of the return",
        formula="connections × snapshot / time of the return",
    )


# Liveness.


def beats(connection: Connection) -> Heartbeat:
    """The heartbeat, where there is one.

    Raises:
        NotApplicable: there is none, or none is needed.

    """
    heartbeat = connection.transport.heartbeat
    if connection.asks_again:
        raise NotApplicable("a poll that is not answered is noticed by its own timeout")
    if heartbeat.is_none:
        raise NotApplicable("there is no heartbeat")
    return heartbeat


def is_silence_timer(heartbeat: Heartbeat) -> bool | None:
    """Whether `timeout` is a silence that ends the connection, not the wait for an answer; None if unknown.

    Beats that nobody answers leave nothing else to time, and a timeout beyond the interval is reset by the
    next beat.
    """
    if heartbeat.confirmed.content is not None:
        return not heartbeat.confirmed.content
    interval, timeout = heartbeat.interval.content, heartbeat.timeout.content
    if interval is None or timeout is None:
        return None
    return True if timeout > interval else None


def _detection(connection: Connection, which: str) -> Derived[Duration]:
    heartbeat = beats(connection)
    sweep: Measure = heartbeat.sweep if heartbeat.sweep.content else Duration(0)
    extra = " + sweep" if heartbeat.sweep.content else ""
    name = f"{which} detection time"
    if is_silence_timer(heartbeat):
        return Derived(
            lambda interval, timeout, sweep: getattr(liveness.by_silence(interval, timeout, sweep), which),
            heartbeat.interval,
            heartbeat.timeout,
            sweep,
            name=name,
            formula={"best": "timeout - interval", "mean": "timeout - interval / 2", "worst": "timeout"}[
                which
            ]
            + ("" if which == "best" else extra),
        )
    misses: Measure = heartbeat.misses if heartbeat.misses.content else Count(1)
    return Derived(
        lambda *values: getattr(liveness.by_answers(*values), which),
        heartbeat.interval,
        heartbeat.timeout,
        misses,
        sweep,
        name=name,
        formula={
            "best": "(misses - 1) × interval + timeout",
            "mean": "(misses - 1/2) × interval + timeout",
            "worst": "misses × interval + timeout",
        }[which]
        + ("" if which == "best" else extra),
    )


@number
def detection_best(connection: Connection) -> Derived[Duration]:
    """Best detection time of a dead connection."""
    return _detection(connection, "best")


@number
def detection_mean(connection: Connection) -> Derived[Duration]:
    """Mean detection time of a dead connection."""
    return _detection(connection, "mean")


@number
def detection_worst(connection: Connection) -> Derived[Duration]:
    """Worst detection time of a dead connection."""
    return _detection(connection, "worst")


@number
def heartbeat_load(connection: Connection) -> Derived[Rate]:
    """Frames of all heartbeats."""
    heartbeat = beats(connection)
    frames = 1 if heartbeat.layer.has("sse-comment") or heartbeat.confirmed.has(False) else 2
    return Derived(
        lambda connections, interval: liveness.beats(connections, interval, frames),
        connection.workload.connections,
        heartbeat.interval,
        name="frames of heartbeats",
        formula="2 × connections / interval" if frames == 2 else "connections / interval",
    )


@number
def message_capacity(connection: Connection) -> Derived[Rate]:
    """Message capacity of all nodes."""
    return Derived(
        lambda nodes, rate: rate * nodes.amount,
        connection.topology.nodes,
        connection.topology.node.message_rate,
        name="message capacity",
        formula="nodes × message rate",
    )


@number
def egress(connection: Connection) -> Derived[Bandwidth]:
    """Bytes that all nodes can send."""
    return Derived(
        lambda nodes, one: one * nodes.amount,
        connection.topology.nodes,
        connection.topology.node.egress,
        name="egress of all nodes",
        formula="nodes × egress",
    )


# Presence.


def _shown(feature: Feature) -> None:
    if feature.presence.is_none:
        raise NotApplicable("nobody is shown")


@number
def ghost_time(feature: Feature) -> Derived[Duration]:
    """Ghost time: how long one who vanished is shown at most."""
    _shown(feature)
    shown = feature.presence
    if shown.removal.has("ttl", "lease") or shown.ttl.content:
        sweep = feature.transport.heartbeat.sweep
        if sweep.content:
            return Derived(
                lambda ttl, look: ttl + look, shown.ttl, sweep, name="ghost time", formula="ttl + sweep"
            )
        return Derived(lambda ttl: ttl * 1, shown.ttl, name="ghost time", formula="ttl")
    return Derived(
        lambda worst, grace: worst + grace,
        detection_worst(feature.connection),
        Duration(0) if shown.grace.is_none else shown.grace,
        name="ghost time",
        formula="worst detection time + grace",
    )


@number
def false_offline(feature: Feature) -> Derived[Ratio]:
    """Share of usual outages that show a present user as gone."""
    _shown(feature)
    shown, outage = feature.presence, feature.workload.outage.typical
    if shown.ttl.content:
        return Derived(
            presence.false_offline_of_outages,
            shown.ttl,
            shown.refresh,
            outage,
            name="false offline",
            formula="exp(-ttl / outage) × outage / refresh × (exp(refresh / outage) - 1)",
        )
    return Derived(
        presence.false_offline_of_outages,
        Duration(0) if shown.grace.is_none else shown.grace,
        Duration(0),
        outage,
        name="false offline",
        formula="exp(-grace / outage)",
    )


@number
def presence_events(feature: Feature) -> Derived[Rate]:
    """Joins and leaves delivered in the largest room."""
    _shown(feature)
    return Derived(
        presence.deliveries,
        feature.room,
        feature.workload.session.typical,
        name="deliveries of presence",
        formula="2 × members × (members - 1) / session",
    )


# Fan-out.


def _fans_out(feature: Feature) -> None:
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to many")
    if feature.workload.rooms.is_none:
        raise NotApplicable("there are no rooms")


def period(feature: Feature) -> Field[Duration] | None:
    """The time in which a server collects what it sends on, so that each member gets one message of all.

    Raises:
        Undecided: it ticks, and the spec does not say how often.

    """
    batch, tick = feature.presence.cursor.batch, feature.sync.snapshot.every
    if feature.serves("cursors") and batch.content:
        return batch
    if feature.merges_by("server-authoritative") and (feature.is_state_valued or feature.serves("game")):
        if tick.content is None:
            raise Undecided(tick)
        return tick
    return None


def _deliveries(feature: Feature, members: Field[Count], which: str) -> Derived[Rate]:
    _fans_out(feature)
    messages = feature.workload.messages
    name = f"deliveries in the {which} room"
    if collected := period(feature):
        return Derived(
            lambda span, members: Rate(members.amount / span.amount),
            collected,
            members,
            name=name,
            formula="members / period",
        )
    if feature.has_one_writer:
        return Derived(fan_out.publish, messages.rate, members, name=name, formula="rate × members")
    return Derived(
        fan_out.deliveries,
        messages.rate,
        messages.active_share,
        members,
        name=name,
        formula="rate × active share × members × (members - 1)",
    )


@number
def deliveries_typical(feature: Feature) -> Derived[Rate]:
    """Deliveries in a typical room."""
    return _deliveries(feature, feature.workload.rooms.size.typical, "typical")


@number
def deliveries_largest(feature: Feature) -> Derived[Rate]:
    """Deliveries in the largest room."""
    return _deliveries(feature, feature.room, "largest")


def rooms_in_use(feature: Feature) -> Field[Count] | Derived[Count]:
    """Rooms of typical size: as many as are stated, or as the memberships of all clients fill."""
    rooms = feature.workload.rooms
    if rooms.per_user.content is None:
        return rooms.count
    return Derived(
        lambda rooms, clients, each, members: Count(
            min(rooms.amount, clients.amount * each.amount / max(1.0, members.amount))
        ),
        rooms.count,
        feature.connection.workload.connections,
        rooms.per_user,
        rooms.size.typical,
        name="rooms in use",
        formula="the smaller of rooms and connections × rooms per user / members",
    )


@number
def deliveries_of_all_rooms(feature: Feature) -> Derived[Rate]:
    """Deliveries in all rooms, as if each had its typical size."""
    several = feature.workload.rooms.per_user.content is not None
    return Derived(
        lambda rate, rooms: rate * rooms.amount,
        deliveries_typical(feature),
        rooms_in_use(feature),
        name="deliveries in all rooms",
        formula=f"deliveries in a typical room × rooms{' in use' if several else ''}",
    )


@number
def bytes_largest(feature: Feature) -> Derived[Bandwidth]:
    """Payload sent in the largest room."""
    return Derived(
        fan_out.bytes_sent,
        deliveries_largest(feature),
        feature.workload.messages.size.typical,
        name="payload in the largest room",
        formula="deliveries × message size",
    )


@number
def bytes_of_all_rooms(feature: Feature) -> Derived[Bandwidth]:
    """Payload sent in all rooms."""
    return Derived(
        fan_out.bytes_sent,
        deliveries_of_all_rooms(feature),
        feature.workload.messages.size.typical,
        name="payload in all rooms",
        formula="deliveries × message size",
    )


@number
def rate_in_room(feature: Feature) -> Derived[Rate]:
    """Messages published in the largest room."""
    messages = feature.workload.messages
    if feature.has_one_writer:
        return Derived(lambda rate: rate * 1, messages.rate, name="messages of a room", formula="rate")
    return Derived(
        lambda rate, share, members: rate * max(1.0, share.amount * members.amount),
        messages.rate,
        messages.active_share,
        feature.room,
        name="messages of a room",
        formula="rate × active share × members",
    )


@number
def updates_of_room(feature: Feature) -> Derived[Rate]:
    """Messages that each member of the largest room gets."""
    if collected := period(feature):
        return Derived(
            lambda span: Rate(1 / span.amount), collected, name="updates of a room", formula="1 / period"
        )
    return rate_in_room(feature)


@number
def time_to_last_member(feature: Feature) -> Derived[Duration]:
    """Time until the last member of the largest room is sent to by one process."""
    _fans_out(feature)
    return Derived(
        fan_out.time_to_last,
        feature.room,
        feature.topology.node.send_cost,
        name="time to the last member",
        formula="members × send cost",
    )


# Queues and replay.


def bound_of_queue(feature: Feature, size: Field[Size], which: str) -> Derived[Size]:
    """The most bytes that wait for one client, whose messages all have this size.

    Raises:
        Undecided: the queue is bounded neither in messages, nor in keys, nor in bytes.

    """
    bounds, name = feature.backpressure.queue, "bound of a queue"
    count, word = (
        (bounds.max_keys, "max keys") if bounds.max_keys.content else (bounds.max_messages, "max messages")
    )
    if count.content is None and bounds.max_bytes.content:
        return Derived(lambda most: most * 1, bounds.max_bytes, name=name, formula="max bytes")
    if count.content is None:
        by_keys = feature.backpressure.overflow.has("coalesce")
        raise Undecided(bounds.max_keys if by_keys else bounds.max_bytes)
    each = f"{word} × {which} message"
    if bounds.max_bytes.content is None:
        return Derived(queue.bound_of_messages, count, size, name=name, formula=each)
    return Derived(
        lambda most, count, size: min(most, queue.bound_of_messages(count, size)),
        bounds.max_bytes,
        count,
        size,
        name=name,
        formula=f"the smaller of max bytes and {each}",
    )


@number
def queue_bound(feature: Feature) -> Derived[Size]:
    """Bound of one slow client's queue."""
    bounds, sizes = feature.backpressure.queue, feature.workload.messages.size
    if bounds.is_none:
        raise NotApplicable("nothing waits for a slow client")
    if bounds.word == "unbounded":
        raise NotApplicable("the queue has no bound")
    if sizes.max.is_stated:
        return bound_of_queue(feature, sizes.max, "largest")
    return bound_of_queue(feature, sizes.typical, "usual")


@number
def queue_memory(feature: Feature) -> Derived[Size]:
    """Queue memory of a node whose clients are all slow."""
    return Derived(
        queue.node_memory,
        connections_per_node(feature.connection),
        queue_bound(feature),
        name="queue memory of a node",
        formula="connections per node × bound of a queue",
    )


@number
def replay_window(feature: Feature) -> Derived[Duration]:
    """Replay window that is really covered."""
    resume = feature.transport.resume
    if resume.is_none:
        raise NotApplicable("nothing is replayed")
    name = "replay window"
    if resume.max_messages.content and not resume.retention.content:
        return Derived(
            replay.window,
            Duration(math.inf),
            resume.max_messages,
            rate_in_room(feature),
            name=name,
            formula="max messages / messages of a room",
        )
    if resume.retention.content and not resume.max_messages.content:
        return Derived(lambda kept: kept * 1, resume.retention, name=name, formula="retention")
    return Derived(
        replay.window,
        resume.retention,
        resume.max_messages,
        rate_in_room(feature),
        name=name,
        formula="the smaller of retention and max messages / messages of a room",
    )


@number
def replay_memory(feature: Feature) -> Derived[Size]:
    """Replay memory of all logs."""
    resume, messages = feature.transport.resume, feature.workload.messages
    if resume.is_none:
        raise NotApplicable("nothing is replayed")
    if resume.scope.has("client"):
        return Derived(
            lambda rate, size, kept, connections: replay.memory(rate, size, kept) * connections.amount,
            rate_in_room(feature),
            messages.size.typical,
            replay_window(feature),
            feature.connection.workload.connections,
            name="memory for replay",
            formula="messages of a room × size × window × connections",
        )
    return Derived(
        lambda rate, size, kept, rooms: replay.memory(rate, size, kept) * rooms.amount,
        rate_in_room(feature),
        messages.size.typical,
        replay_window(feature),
        feature.workload.rooms.count,
        name="memory for replay",
        formula="messages of a room × size × window × rooms",
    )


# Deployments and latency.


@number
def drain_needed(connection: Connection) -> Derived[Duration]:
    """Drain time needed, at half of the other nodes' accept rate."""
    return Derived(
        lambda clients, capacity: storm.fastest_return(clients, capacity * 0.5),
        connections_per_node(connection),
        accept_capacity_of_the_others(connection),
        name="drain time needed",
        formula="connections per node / half of the accept capacity without one node",
    )


@number
def latency_worst(feature: Feature) -> Derived[Duration]:
    """Latency of the stages that are stated, at the worst."""
    transport = feature.transport
    stages: list[Measure] = [transport.poll_interval] if transport.kind.has("polling") else []
    batch = feature.presence.cursor.batch
    stages += [batch] if feature.serves("cursors") and batch.content else []
    stages += [feature.workload.rtt] if feature.workload.rtt.content else []
    if feature.room.content and feature.topology.node.send_cost.content:
        stages.append(time_to_last_member(feature))
    if not stages:
        raise Undecided(feature.workload.rtt)
    words = " + ".join(
        stage.name if isinstance(stage, Derived) else getattr(stage, "key", "") for stage in stages
    )
    return Derived(
        lambda *spans: latency.worst(spans), *stages, name="latency of the stated stages", formula=words
    )
