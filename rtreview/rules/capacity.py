"""Whether the servers can send what the workload asks of them."""

from collections.abc import Iterator, Sequence
from typing import Any

from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field, NotApplicable, Undecided, known
from rtreview.numbers import fan_out
from rtreview.numbers.expression import Expression, assumed, at_least, leaves, named, term
from rtreview.numbers.reconnection import connections_per_node
from rtreview.numbers.sharing import together
from rtreview.quantities.quantity import Bandwidth, Count, Rate, Size
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

USUAL_CONNECTION = Size(20_000)
"""Memory of a connection where the spec is silent: HAProxy held 2.38 million TCP connections in 48 GB."""


USUAL_COMPRESSED = Size(20_000 + 64 * 1024)
"""The same with `permessage-deflate`, whose windows cost 64 KiB to 300 KiB: the lower figure."""

WINDOWS = Size(300_000)
"""What zlib takes for the two windows of a connection: 256 KiB to deflate and 44 KiB to inflate (zconf.h)."""

LITTLE = Size(1_000_000_000)
"""Memory that silent connections of a node may keep without being counted (idle-connection-memory)."""


MANY_WORKERS = Count(1000)
"""A pool beyond this was made for streams, so that only their number shows whether it is too small."""

SMALL_ROOM = 20
"""Up to this many members, work for each of them costs little (same-work-for-each)."""

ENCODED = Rate(50_000)
"""Messages that one core can check and encode in a second, at 20 us each (same-work-for-each)."""

KEPT = Count(50_000)
"""Readers with a position or queue of their own that are no load: at 5 KB, 250 MB (same-work-for-each)."""


def _sends_to_many(feature: Feature) -> None:
    """End a rule where no server sends one message to many clients."""
    if feature.connection.is_polling:
        raise NotApplicable("a polling client takes what it asks for")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to many")
    if feature.workload.rooms.is_none and not feature.fan_out.audience.has("everyone"):
        raise NotApplicable("there are no rooms")
    if feature.fan_out.audience.has("user"):
        raise NotApplicable("a message is meant for one user")
    if feature.sync.topology.has("peer-to-peer"):
        raise NotApplicable("clients send to one another")


@rule
def fanout_exceeds_budget(feature: Feature) -> Outcomes:
    """The rooms need more deliveries, or more bytes, than the nodes can send."""
    _sends_to_many(feature)
    node = feature.topology.node
    if not node.message_rate.is_stated and not node.egress.is_stated:
        raise Undecided(node.message_rate, node.egress)
    # One node sends to all members of a room: the others cannot help it.
    alone = feature.has_room_in_one_process
    if node.message_rate.is_stated:
        largest, rate = fan_out.deliveries_largest(feature), fan_out.message_capacity(feature.connection)
        than = "the message rate of one node" if alone else "what all nodes send"
        most = node.message_rate if alone else rate
        yield Limit("the delivery rate in the largest room", largest, than, most, or_equal=True)
    if node.egress.is_stated:
        payload, sent = fan_out.bytes_largest(feature), fan_out.egress(feature.connection)
        than = f"the egress of {'one node' if alone else 'all nodes'}"
        width = node.egress if alone else sent
        yield Limit("the payload of the largest room", payload, than, width, or_equal=True)
    try:
        every = fan_out.deliveries_of_all_rooms(feature)
    except Undecided:
        limits = list(_of_all_rooms(feature, fan_out.deliveries_if_all_are_busy(feature)))
        if not all(limit.holds for limit in limits):
            raise
    else:
        limits = list(_of_all_rooms(feature, every))
    yield from limits
    yield from _of_all_features(feature)


def _of_all_features(feature: Feature) -> Iterator[Limit]:
    """What all features on the same nodes deliver, where the nodes could send what each of them does."""
    node = feature.topology.node
    if node.message_rate.is_stated:
        rates = together(feature, _own_deliveries, lambda each: fan_out.message_capacity(each.connection))
        if rates is not None:
            yield Limit(
                f"the delivery rate in all rooms of {rates.names}",
                named("deliveries in all rooms", rates.asked),
                "what the nodes that they share send",
                fan_out.message_capacity(feature.connection),
                or_equal=True,
                at=node.message_rate,
                evidence=rates.shares,
            )
    if node.egress.is_stated:
        payloads = together(feature, _own_payload, lambda each: fan_out.egress(each.connection))
        if payloads is not None:
            yield Limit(
                f"the payload of all rooms of {payloads.names}",
                named("payload in all rooms", payloads.asked),
                "the egress of the nodes that they share",
                fan_out.egress(feature.connection),
                or_equal=True,
                at=node.egress,
                evidence=payloads.shares,
            )


def _own_deliveries(feature: Feature) -> Expression[Rate]:
    """What is delivered in all rooms of a feature, where it says itself how often something is sent.

    Raises:
        NotApplicable: nothing is sent to many, or what it says of that may hold for all features together.

    """
    _sends_to_many(feature)
    deliveries = fan_out.deliveries_of_all_rooms(feature)
    rates = [field.at for field in leaves(deliveries) if {"messages", "snapshot", "cursor"} & set(field.at)]
    if not rates or any(at[:2] != ("features", feature.name) for at in rates):
        raise NotApplicable("how often something is sent is said of all features")
    return deliveries


def _own_payload(feature: Feature) -> Expression[Bandwidth]:
    """The bytes of that."""
    return fan_out.payload_in_all_rooms(feature, _own_deliveries(feature))


def _of_all_rooms(feature: Feature, deliveries: Expression[Rate]) -> Iterator[Limit]:
    """What is delivered in all rooms, against what all nodes send."""
    node = feature.topology.node
    if node.message_rate.is_stated:
        what, than = "the delivery rate in all rooms", "what all nodes send"
        rate = fan_out.message_capacity(feature.connection)
        yield Limit(what, deliveries, than, rate, or_equal=True)
        if feature.presence.cursor.rate.content and not feature.serves("cursors"):
            moved = named("deliveries with cursors", deliveries + fan_out.deliveries_of_cursors(feature))
            what = "the delivery rate of messages and cursors in all rooms"
            yield Limit(what, moved, than, rate, or_equal=True)
    if node.egress.is_stated:
        payload, sent = fan_out.payload_in_all_rooms(feature, deliveries), fan_out.egress(feature.connection)
        yield Limit("the payload of all rooms", payload, "the egress of all nodes", sent, or_equal=True)


@rule
def same_work_for_each(feature: Feature) -> Outcomes:
    """What many get alike is checked, computed or encoded again for each of them."""
    fan, variants = feature.fan_out, feature.fan_out.variants
    again = [
        part for part, word in ((fan.serialise, "per-recipient"), (fan.work, "per-member")) if part.has(word)
    ]
    if not again:
        yield _kept_for_each(feature)
        return
    _sends_to_many(feature)
    members = fan_out.largest_audience(feature)
    if members.content is not None and members.content.amount <= SMALL_ROOM:
        raise NotApplicable(f"a message has at most {members} recipients")
    if variants.has("each") and not fan.shared_by.is_none:
        yield Passed("each recipient gets a message of its own")
        return
    if feature.serves("media"):
        raise NotApplicable("streams are chosen and encrypted for each receiver")
    depends = fan.audience.has("visible") and not variants.is_stated
    if depends or feature.sync.delta_from.has("acknowledged"):
        raise NotApplicable("what one gets depends on what it sees, or has already")
    stands_alone = feature.sync.updates.has("event", "signal") or feature.serves("chat")
    is_alike = stands_alone and fan.audience.has("room", "everyone")
    if not variants.is_stated and not (is_alike and fan.serialise.has("per-recipient")):
        raise Undecided(variants)
    case = "" if variants.is_stated else "whether they differ is open"
    done = named("messages encoded", fan_out.rate_in_room(feature) * members, Rate)
    if done.content is not None and done <= ENCODED:
        yield Passed(f"a core encodes {done.content} messages in passing")
        return
    if done.content is not None or variants.has("each"):
        most = named("what the nodes encode", term(feature.topology.nodes) * ENCODED)
        what = "the rate at which messages are encoded"
        yield Limit(what, done, "what a core of each node can encode", most, True, at=again[0], when=case)
        return
    alike = {"one": "all get the same", "few": "many share one"}.get(
        f"{variants}", "nothing says that they differ"
    )
    yield Violated(
        f"For each recipient a message is {_done_again(again)} again, though {alike}: the cost of one "
        "message grows with those who get it, before a byte is sent.",
        again[0],
        (*again[1:], *((variants,) if variants.is_stated else ())),
        when=case,
    )


def _kept_for_each(feature: Feature) -> Limit:
    """The readers that equal subscriptions do not share, each with state of its own in memory.

    Raises:
        NotApplicable: they share them, or so few would that nothing is saved.

    """
    fan, rooms = feature.fan_out, feature.workload.rooms
    if not (fan.shared_by.is_none and fan.per_recipient.has("memory")):
        raise NotApplicable("no work is said to be done for each recipient")
    _sends_to_many(feature)
    members = rooms.size.typical
    if fan.variants.has("each") or (members.content is not None and members.content.amount <= SMALL_ROOM):
        raise NotApplicable("few subscriptions are alike")
    return Limit(
        "the number of subscriptions that share nothing",
        named("subscriptions", term(rooms.count, "rooms") * term(members, "members"), Count),
        "those that are no load for the memory of a server",
        KEPT,
        or_equal=True,
        at=fan.shared_by,
        note="Each has a reader, a position or a queue of its own, of as many feeds as there are rooms.",
        propose=(),
    )


def _done_again(again: Sequence[Field[str]]) -> str:
    """What is done again for each recipient."""
    return " and ".join({"serialise": "encoded", "work": "computed"}[part.key] for part in again)


@rule
def single_owner_fanout_latency(feature: Feature) -> Outcomes:
    """One process sends to every member of a room, one after the other, and is not done in time."""
    _sends_to_many(feature)
    if known(feature.fan_out.owner) == "sharded":
        raise NotApplicable("several processes share the sending")
    last = fan_out.time_to_last_member(feature)
    pause = named("time until the next message", 1 / fan_out.updates_of_room(feature))
    yield Limit("the time to the last member", last, "the time until the next message", pause)
    if feature.targets.latency.content:
        promised = feature.targets.latency
        yield Limit("the time to the last member", last, "the promised latency", promised, or_equal=True)


@rule
def connection_memory_exceeds_node(connection: Connection) -> Outcomes:
    """The connections alone fill a node, before a single message waits."""
    topology = connection.topology
    if connection.is_polling:
        raise NotApplicable("a poll holds no connection")
    if connection.transport.service.content and not topology.node.memory.is_stated:
        raise NotApplicable(f"{connection.transport.service} holds the connections")
    held, than = named("memory of connections", _memory_of_connections(connection)), "the memory of a node"
    yield Limit("the memory of the connections", held, than, topology.node.memory, or_equal=True)
    if topology.node.connections.content is not None:
        # What a node holds is counted there, of whatever feature.
        return
    found = together(connection, _memory_of_connections, lambda each: each.topology.node.memory)
    if found is not None:
        yield Limit(
            f"the memory of the connections of {found.names}",
            named("memory of connections", found.asked),
            than,
            topology.node.memory,
            or_equal=True,
            at=topology.node.memory,
            evidence=found.shares,
        )


def _memory_of_connections(connection: Connection) -> Expression[Size]:
    """What the connections of a node need while another one is down."""
    transport, node = connection.transport, connection.topology.node
    usual = USUAL_COMPRESSED if _keeps_windows(connection) else USUAL_CONNECTION
    if transport.buffers.content is not None:
        usual = Size(usual.amount + transport.buffers.content.amount)
    memory = term(assumed(node.connection_memory, usual), "memory of one")
    return _held_without_one(connection) * memory


@rule
def stream_holds_a_worker(connection: Connection) -> Outcomes:
    """Each open stream holds a thread, a process or a database connection, and there are fewer of them."""
    node, kind = connection.topology.node, connection.transport.kind
    holds, pool = node.per_connection, node.pool
    if not holds.is_stated and not pool.is_stated:
        raise NotApplicable("nothing is said of what an open stream holds")
    if connection.is_polling or connection.is_datagrams:
        raise NotApplicable(f"{kind} keeps nothing open")
    if holds.is_none:
        yield Passed("an open stream holds nothing but memory")
        return
    if connection.transport.service.content:
        raise NotApplicable(f"{connection.transport.service} holds the connections")
    if not holds.is_stated:
        raise Undecided(holds)
    backplane = connection.topology.backplane
    if holds.has("db-connection") and backplane.readers.has("per-client") and not pool.is_stated:
        raise NotApplicable(
            "what it holds is its own reader at the backplane: see backplane-reader-per-client"
        )
    if not pool.is_stated and (light := _costs_little(connection)):
        yield Passed(light)
        return
    is_open = not pool.is_stated or pool.is_open
    if is_open and connection.are_few:
        yield Passed(f"{connection.counted} clients are a household")
        return
    may_fill = is_open or (pool.content is not None and pool.content <= MANY_WORKERS)
    if not pool.is_stated or (may_fill and not connection.counted.is_stated):
        counts = [count for count in (pool, connection.counted) if count.is_stated]
        yield Violated(
            f"Each open stream holds a {holds} for as long as it is open; other requests wait for the rest. "
            f"Cleared where `{pool.dotted}` exceeds the connections of a node.",
            holds,
            tuple(counts),
            when="how many there are is open",
        )
        return
    yield Limit(
        "the open streams of a node",
        connections_per_node(connection),
        f"the pool of which each holds a {holds}",
        pool,
        note="The next request waits until a stream ends, a page and a health check too.",
        at=holds,
    )
    yield from _streams_on_shared_nodes(connection)


def _streams_on_shared_nodes(connection: Connection) -> Iterator[Limit]:
    """The streams of all features that a node keeps open, of which each has enough of the pool alone."""
    node = connection.topology.node
    if node.connections.content is not None:
        return
    found = together(connection, connections_per_node, lambda each: each.topology.node.pool, or_equal=False)
    if found is not None:
        yield Limit(
            f"the open streams of a node by {found.names}",
            named("connections per node", found.asked, Count),
            f"the pool of which each holds a {node.per_connection}",
            node.pool,
            at=node.per_connection,
            evidence=found.shares,
        )


def _costs_little(connection: Connection) -> str:
    """Why a thread or process for each connection is no worker of a pool; empty where it may be one."""
    topology, holds = connection.topology, connection.topology.node.per_connection
    if not holds.has("thread", "process"):
        return ""
    if holds.has("process") and topology.backplane.kind.has("erlang-distribution"):
        return "a process of Erlang is no process of the system"
    takes = topology.node.max_connections
    if takes.content is not None and takes.content > MANY_WORKERS:
        return f"a node takes {takes} connections, with a {holds} for each"
    return ""


def _keeps_windows(connection: Connection) -> bool:
    """Whether each WebSocket has compression windows of its own."""
    transport = connection.transport
    keeps = not (transport.context_takeover.is_none or transport.context_takeover.has(False))
    return transport.kind.has("websocket") and bool(transport.compression.content) and keeps


@rule
def idle_connection_memory(connection: Connection) -> Outcomes:
    """What each connection keeps while it is silent is large, and nobody has counted it."""
    transport, node = connection.transport, connection.topology.node
    windows = _keeps_windows(connection)
    if not windows and transport.buffers.content is None:
        raise NotApplicable("neither compression windows nor buffers of a connection are stated")
    if transport.service.content:
        raise NotApplicable(f"{transport.service} holds the connections")
    if connection.is_polling:
        raise NotApplicable("a poll holds no connection")
    if node.memory.is_stated:
        raise NotApplicable("the memory of a node is stated: see connection-memory-exceeds-node")
    if node.connection_memory.is_stated:
        raise NotApplicable("the memory of a connection is stated, and so was counted")
    takes_over = transport.context_takeover
    if windows and transport.compression.default is not None and not takes_over.is_stated:
        # A library that compresses by default has chosen its windows, some of them small ones.
        raise Undecided(takes_over)
    each = Size((WINDOWS.amount if windows else 0) + (transport.buffers.content or Size(0)).amount)
    per_node = connections_per_node(connection)
    is_chosen = takes_over.has(True) and takes_over.default is None
    if per_node.content is None and is_chosen and windows and not connection.are_few:
        yield Violated(
            f"Each connection keeps {each} of compression windows while it is silent, and the spec counts "
            f"neither the memory of a node nor its connections: {Count(LITTLE.amount // each.amount)} of "
            f"them keep {LITTLE}.",
            takes_over,
            when="it depends on a setting or a size",
        )
        return
    if per_node.content is None:
        raise Undecided(connection.topology.nodes if windows else connection.workload.connections)
    total = Size(each.amount * per_node.content.amount)
    if total <= LITTLE:
        yield Passed(f"{per_node.content} connections with {each} each keep {total}")
        return
    at: Field[Any] = transport.buffers
    if windows:
        at = takes_over if takes_over.is_stated else transport.compression
    what = "compression windows" if windows else "buffers"
    yield Violated(
        f"Each connection keeps {each} of {what} while it is silent: {per_node.content} on a node keep "
        f"{total}, and the spec counts no memory. Cleared where `{node.memory.dotted}` holds them.",
        at,
        when="" if at.has(True) and at is takes_over else "it depends on a setting or a size",
    )


def _held_without_one(connection: Connection) -> Expression[Count]:
    """The connections of a node while another one is down; where only its own are counted, those of today."""
    nodes, one = connection.topology.nodes, connection.topology.node.connections
    others = at_least(term(nodes) - 1, Count(1))
    if one.content is None:
        return connection.workload.connections / others
    return (
        term(one, "connections of a node") * nodes / others
        if nodes.content
        else term(one, "connections of a node")
    )
