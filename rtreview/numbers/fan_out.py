"""Fan-out: how one message becomes many, and what the nodes can send."""

from __future__ import annotations

from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field, NotApplicable, Undecided
from rtreview.numbers.expression import Expression, Named, Term, at_least, named, smaller, term
from rtreview.numbers.ledger import number
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Rate, Size

SCREENFUL = Count(500)
"""So many past messages pass before somebody waits for what is live (urgent-waits-behind-bulk)."""

ANSWERED = Rate(50)
"""So many small queries or writes a second are no load for any database."""


@number("Message capacity of all nodes")
def message_capacity(connection: Connection) -> Expression[Rate]:
    """Message capacity of all nodes."""
    topology = connection.topology
    return named("message capacity", term(topology.nodes) * topology.node.message_rate)


@number("Bytes that all nodes can send")
def egress(connection: Connection) -> Expression[Bandwidth]:
    """Bytes that all nodes can send."""
    topology = connection.topology
    return named("egress of all nodes", term(topology.nodes) * topology.node.egress)


def _fans_out(feature: Feature) -> None:
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to many")
    if feature.fan_out.audience.has("user"):
        raise NotApplicable("a message is meant for one user")
    if feature.workload.rooms.is_none and not feature.fan_out.audience.has("everyone"):
        raise NotApplicable("there are no rooms")


def largest_audience(feature: Feature) -> Term[Count]:
    """The most who get one message: the members of the largest room, or all who are connected."""
    if feature.fan_out.audience.has("everyone"):
        return term(feature.workload.connections)
    return term(feature.room, "members")


def period(feature: Feature) -> Field[Duration] | None:
    """The time in which a server collects what it sends on, so that each member gets one message of all.

    A game collects what its players send. Elsewhere updates that are stated to come more often than the
    snapshots are not collected.

    Raises:
        Undecided: it ticks, and the spec does not say how often.

    """
    batch, tick = feature.presence.cursor.batch, feature.sync.snapshot.every
    if feature.serves("cursors") and batch.content:
        return batch
    if _ticks(feature):
        if tick.content is None:
            raise Undecided(tick)
        return None if _outruns(feature, tick) else tick
    return None


def _ticks(feature: Feature) -> bool:
    """Whether a server sends values at moments of its own."""
    is_of_values = feature.is_state_valued or feature.serves("game")
    return feature.merges_by("server-authoritative") and is_of_values


def _outruns(feature: Feature, tick: Field[Duration]) -> bool:
    """Whether a room is stated to get more updates than snapshots; the inputs of a game are no updates."""
    published = None if feature.serves("game") else _published(feature)
    updates = published.content if published is not None else None
    return updates is not None and tick.content is not None and updates.amount * tick.content.amount > 1


def _holds_whole(feature: Feature) -> bool:
    """Whether each update is the whole state."""
    sync = feature.sync
    is_by_strategy = not sync.updates.is_stated and sync.strategy.has("full-state")
    return sync.updates.has("full-state") or is_by_strategy


def update_size(feature: Feature) -> Field[Size]:
    """What one update weighs: a message; where each update is the whole state, a snapshot.

    Where the spec states both, it is the larger one.
    """
    message, state = feature.workload.messages.size.typical, feature.sync.snapshot.size
    if not _holds_whole(feature) or state.content is None:
        return message
    return message if message.content is not None and message.content > state.content else state


def weight(feature: Feature) -> Term[Size]:
    """What one update weighs, as formulas print it."""
    size = update_size(feature)
    return term(
        size, "message size" if size is feature.workload.messages.size.typical else "size of the state"
    )


def doubts_of_updates(feature: Feature) -> str:
    """What a spec states in two ways of the weight and the rate of an update, and which of them counts."""
    message, snapshot, doubts = feature.workload.messages.size.typical, feature.sync.snapshot, []
    sizes = [size.content.amount for size in (message, snapshot.size) if size.content is not None]
    if _holds_whole(feature) and len(sizes) == 2 and max(sizes) > 2 * min(sizes):
        doubts.append(f"The spec states {message} and {snapshot.size} for one update, and the larger counts.")
    if _ticks(feature) and _outruns(feature, snapshot.every):
        doubts.append(
            f"It states updates at {_published(feature)} and a whole state every {snapshot.every}, and the "
            "more frequent count."
        )
    return " ".join(doubts)


def senders(feature: Feature, members: Field[Count]) -> Expression[Count]:
    """The members of a room who send at the same time: at least one."""
    return at_least(term(feature.workload.messages.active_share) * term(members, "members"), Count(1))


def _published(feature: Feature) -> Expression[Rate] | None:
    """Messages of one room, or for everyone, where the spec counts those instead of what a sender sends."""
    messages = feature.workload.messages
    if feature.fan_out.audience.has("everyone") and messages.total.content:
        return term(messages.total, "messages in all")
    return term(messages.per_room, "messages of a room") if messages.per_room.content else None


def _deliveries(feature: Feature, everybody: Term[Count], which: str) -> Named[Rate]:
    _fans_out(feature)
    rate = term(feature.workload.messages.rate)
    if collected := period(feature):
        delivered = everybody / term(collected, "period")
    elif published := _published(feature):
        delivered = published * (everybody if feature.has_one_writer else everybody - 1)
    elif feature.has_one_writer:
        delivered = rate * everybody
    else:
        delivered = rate * senders(feature, everybody.field) * (everybody - 1)
    return named(f"deliveries in {which}", delivered)


@number("Deliveries in a typical room")
def deliveries_typical(feature: Feature) -> Expression[Rate]:
    """Deliveries in a typical room."""
    return _deliveries(feature, term(feature.workload.rooms.size.typical, "members"), "a typical room")


@number("Deliveries in the largest room")
def deliveries_largest(feature: Feature) -> Named[Rate]:
    """Deliveries in the largest room."""
    return _deliveries(feature, largest_audience(feature), "the largest room")


def published(feature: Feature) -> Expression[Rate]:
    """Messages that are published in all rooms together: as stated, or those of all who send at once."""
    messages = feature.workload.messages
    if messages.total.content:
        return term(messages.total, "messages in all")
    share, clients = term(messages.active_share), term(feature.connection.workload.connections)
    return named("messages in all", term(messages.rate) * share * clients)


def rooms_in_use(feature: Feature) -> Expression[Count]:
    """Rooms of typical size: as many as are stated, or as the memberships of all clients fill."""
    rooms = feature.workload.rooms
    if rooms.per_user.content is None:
        return term(rooms.count, "rooms")
    members = at_least(term(rooms.size.typical, "members"), Count(1))
    filled = term(feature.connection.workload.connections) * term(rooms.per_user, "rooms per user") / members
    return named("rooms in use", smaller(term(rooms.count, "rooms"), filled))


@number("Deliveries in all rooms, as if each had its typical size")
def deliveries_of_all_rooms(feature: Feature) -> Expression[Rate]:
    """Deliveries in all rooms, as if each had its typical size.

    Raises:
        Undecided: the spec counts the messages of a busy room, and how many rooms are busy is not known.

    """
    if feature.fan_out.audience.has("everyone"):
        return named("deliveries to everyone", deliveries_largest(feature).body)
    rooms, messages = feature.workload.rooms, feature.workload.messages
    _fans_out(feature)
    if not period(feature):
        if messages.total.content:
            members = term(rooms.size.typical, "members")
            everybody = members if feature.has_one_writer else members - 1
            return named("deliveries in all rooms", term(messages.total, "messages in all") * everybody)
        is_the_only_room = rooms.count.content is not None and rooms.count.content.amount <= 1
        if messages.per_room.content and not is_the_only_room:
            raise Undecided(messages.total)
    return deliveries_if_all_are_busy(feature)


def deliveries_if_all_are_busy(feature: Feature) -> Expression[Rate]:
    """The most that all rooms of typical size can need: each is as busy as the busiest."""
    return named("deliveries in all rooms", deliveries_typical(feature) * rooms_in_use(feature))


@number("Deliveries of cursors beside the messages, in all rooms, as if each had its typical size")
def deliveries_of_cursors(feature: Feature) -> Expression[Rate]:
    """Deliveries of cursors beside the messages, in all rooms, as if each had its typical size.

    Those who send messages at the same time move theirs; what a server collects comes once in a batch.
    """
    cursor, members = feature.presence.cursor, feature.workload.rooms.size.typical
    if feature.serves("cursors") or cursor.is_none or feature.presence.is_none:
        raise NotApplicable("no cursors are sent beside the messages")
    _fans_out(feature)
    moved = term(cursor.rate) * senders(feature, members) * (term(members, "members") - 1)
    if cursor.batch.content and cursor.batch.content.amount:
        moved = smaller(moved, term(members, "members") / term(cursor.batch))
    return named("deliveries of cursors", moved * rooms_in_use(feature))


def deliveries_of_beats(feature: Feature) -> Expression[Rate]:
    """What heartbeats, or refreshes of presence, are sent on as: each to the others of a room, or to all.

    A batch of presence bounds it: each member gets no more messages than there are batches.
    """
    shown, rooms, clients = feature.presence, feature.workload.rooms.size, feature.connection.workload
    everyone = feature.fan_out.audience.has("everyone") or shown.audience.has("everyone")
    size = rooms.typical if rooms.typical.content else rooms.max
    others = term(clients.connections) if everyone else term(size, "members")
    sent = term(clients.connections) / term(feature.reports_every) * (others - 1)
    if shown.batch.content and shown.batch.content.amount:
        sent = smaller(sent, term(clients.connections) / term(shown.batch))
    return named("deliveries of heartbeats", sent)


@number("Payload sent in the largest room")
def bytes_largest(feature: Feature) -> Expression[Bandwidth]:
    """Payload sent in the largest room.

    Without framing (2 to 14 bytes) and TLS (22 to 29 bytes).
    """
    return named("payload in the largest room", deliveries_largest(feature) * weight(feature))


@number("Payload sent in all rooms")
def bytes_of_all_rooms(feature: Feature) -> Expression[Bandwidth]:
    """Payload sent in all rooms."""
    return payload_in_all_rooms(feature, deliveries_of_all_rooms(feature))


def payload_in_all_rooms(feature: Feature, deliveries: Expression[Rate]) -> Expression[Bandwidth]:
    """The bytes of so many deliveries."""
    return named("payload in all rooms", deliveries * weight(feature))


@number("Messages published in the largest room")
def rate_in_room(feature: Feature) -> Expression[Rate]:
    """Messages published in the largest room."""
    rate = term(feature.workload.messages.rate)
    if published := _published(feature):
        return named("messages of a room", published)
    return named(
        "messages of a room", rate if feature.has_one_writer else rate * senders(feature, feature.room)
    )


@number("Messages that each member of the largest room gets")
def updates_of_room(feature: Feature) -> Expression[Rate]:
    """Messages that each member of the largest room gets."""
    if collected := period(feature):
        return named("updates of a room", 1 / term(collected, "period"))
    return rate_in_room(feature)


@number("Time until the last member of the largest room is sent to by one process")
def time_to_last_member(feature: Feature) -> Expression[Duration]:
    """Time until the last member of the largest room is sent to by one process."""
    _fans_out(feature)
    members = largest_audience(feature)
    return named("time to the last member", members * feature.topology.node.send_cost)
