"""What many use at once: connections, subscriptions, and what urgent messages wait behind."""

from __future__ import annotations

from collections.abc import Iterator

from rtreview.language.design import FLEETING, Connection, Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided
from rtreview.language.sections.workload import MACHINES
from rtreview.numbers.fan_out import SCREENFUL, rate_in_room
from rtreview.numbers.queues import DROPS
from rtreview.quantities.quantity import Count, Duration, Number, Size
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

TO_AN_ORIGIN = Number(6)
"""Connections of a browser to one origin over HTTP/1.1 (sse-connection-limit)."""

MANY = Number(10)
"""Connections of one client from which on they cost more than they are worth (connection-per-room)."""

A_NODEFUL = Number(1000)
"""So many subscriptions of one client are the load of many clients, on one node (subscriptions-unbounded)."""

OF_PEOPLE = ("chat", "notifications", "presence")
"""Purposes whose messages people write, one after the other (loud-room-cuts-others)."""

PATIENCE = Duration(10)
"""A client that takes nothing for so long is gone, whatever its rooms send (loud-room-cuts-others)."""

AT_LEISURE = Duration(60)
"""A poll at such an interval is a safeguard, or costs next to nothing (poll-beside-push)."""

OFTEN = Duration(10)
"""A fetch at a shorter interval is no safeguard of a stream, but a poll (poll-beside-push)."""

SMALL = Size(64 * 1024)
"""What passes on any line before somebody waits for what is behind it (urgent-waits-behind-bulk)."""


@rule
def poll_beside_push(connection: Connection) -> Outcomes:
    """Clients ask again and again for what the connection that they hold could bring them."""
    if connection.asks_again:
        pairs = [(connection, other) for other in connection.beside if _pushes_to(other, connection)]
    else:
        polls = [other for other in connection.beside if other.asks_again]
        pairs = [(other, connection) for other in polls if _pushes_to(connection, other)]
    fetched = [feature for feature in connection.features if _fetches_often(feature)]
    if not (pairs or fetched):
        raise NotApplicable("no client is said to poll beside a connection on which the server could push")
    for polled, pushed in pairs:
        yield _polled_beside(polled, pushed)
    for feature in fetched:
        yield _fetched_beside(feature)


def _fetches_often(feature: Feature) -> bool:
    """Whether clients fetch the state again and again, on a connection over which the server can send."""
    if not feature.transport.kind.has("websocket", "sse") or feature.direction.has("client-to-server"):
        return False
    every = feature.sync.refetch.content
    return every is not None and every < OFTEN


def _fetched_beside(feature: Feature) -> Passed | Violated:
    """Whether a stream that stands leaves anything to fetch every few seconds."""
    every, promise = feature.sync.refetch, feature.targets.staleness
    if feature.connection.are_few:
        raise NotApplicable(f"{feature.connection.counted} clients are a household")
    if promise.content and every.content <= promise.content:  # type: ignore[operator]
        return Passed(f"what is shown may be {promise} old, and a fetch each {every} keeps that")
    return Violated(
        f"Each client fetches the state every {every}, also while its connection stands and nothing is new: "
        "the load is that of polls, and the connection saves none of them.",
        every,
        (feature.transport.kind,),
        when="the poll is not held",
    )


def _polled_beside(polled: Connection, pushed: Connection) -> Passed | Violated:
    """Whether what clients poll for could come over the connection that they hold."""
    kind, every = polled.transport.kind, polled.transport.poll.every
    if all(feature.direction.has("client-to-server") for feature in polled.features):
        raise NotApplicable("clients send, and wait for nothing")
    if polled.are_few:
        raise NotApplicable(f"{polled.counted} clients are a household")
    if any(_is_the_same(one, other) for one in polled.features for other in pushed.features):
        raise NotApplicable("the two are ways to the same, for clients of which some can hold no connection")
    is_held = kind.has("long-polling")
    if not is_held and every.content is None:
        raise Undecided(every)
    if not is_held and every.content is not None and every.content >= AT_LEISURE:
        return Passed(f"a poll each {every} costs next to nothing")
    held = " and ".join(f"`{name}`" for name in pushed.names)
    asked = " and ".join(f"`{name}`" for name in polled.names)
    return Violated(
        f"Clients hold a connection for {held}, over which the server can send at any time, and poll for "
        f"{asked} beside it: requests and looks at the source, also while nothing is new.",
        kind,
        (pushed.transport.kind,),
        when="" if is_held else "the poll is not held",
    )


def _pushes_to(other: Connection, connection: Connection) -> bool:
    """Whether a server can send at any time on another connection, to clients of the same kinds."""
    if not other.transport.kind.has("websocket", "sse"):
        return False
    if any(feature.serves("media") for feature in other.features):
        return False
    if all(feature.direction.has("client-to-server") for feature in other.features):
        return False
    theirs, ours = other.workload.clients.content, connection.workload.clients.content
    return not theirs or not ours or bool(set(theirs) & set(ours))


def _is_the_same(feature: Feature, other: Feature) -> bool:
    """Whether two features bring the same, as a stream and what stands in for it do."""
    names = {str(part.name) for part in feature.sync.data if part.name.content}
    others = {str(part.name) for part in other.sync.data if part.name.content}
    if names and others:
        return bool(names & others)
    return not feature.purpose.is_stated or feature.purpose.content == other.purpose.content


@rule
def connection_per_room(connection: Connection) -> Outcomes:
    """A client opens a connection for each room or subscription that it has."""
    transport, workload = connection.transport, connection.workload
    per, rooms = transport.connections_per, workload.rooms.per_user
    if not per.is_there:
        raise NotApplicable("nothing is said of how many connections a client opens")
    if per.has("client"):
        yield Passed("one connection carries all that a client subscribes to")
        return
    streams = transport.kind.has("sse", "long-polling", "http-stream")
    queued = streams and not transport.http_version.has("2", "3") and workload.may_have("browser")
    most = TO_AN_ORIGIN if queued else MANY
    why = "what a browser opens to one origin" if queued else "what is cheaper than sharing one"
    page = transport.streams_per_page
    # What one page opens is the least that a client has: it may be too many, and is never few.
    least = page.within.least if page.within else page.content
    over = least is not None and least.amount > most.amount
    opened: Field[Number] | Field[Count] = page if rooms.content is None and over else rooms
    if opened.content is not None:
        yield Limit(
            "the number of connections of one client",
            opened,
            why,
            Count(most.amount) if opened is page else most,
            or_equal=True,
            note=f"Each {per} has its own, with handshake, heartbeats and memory, and all return at once.",
            at=per,
        )
        return
    yield Violated(
        f"A client opens a connection for each {per}: handshakes, heartbeats and memory grow with what it "
        f"follows. Cleared where `{rooms.dotted}` is at most {most}.",
        per,
        when="the spec does not count them",
    )


@rule
def loud_room_cuts_others(feature: Feature) -> Outcomes:
    """The queue of one connection holds what many rooms send, and overflowing it ends all of them."""
    transport, rooms, backpressure = feature.transport, feature.workload.rooms, feature.backpressure
    overflow, queue, each = backpressure.overflow, backpressure.queue, rooms.per_user.content
    if not transport.connections_per.has("client") or not overflow.has("disconnect"):
        raise NotApplicable("no connection for many rooms is stated to be cut by a full queue")
    bounds = [part for part in (queue.max_bytes, queue.max_messages, queue.max_age) if part.content]
    if not bounds:
        raise NotApplicable("the queue has no stated bound")
    if rooms.is_none or (each is not None and each.amount <= 1):
        raise NotApplicable("a client is in one room at a time")
    if feature.direction.has("client-to-server") or transport.service.content:
        raise NotApplicable("nothing waits for a client on nodes of the team's own")
    if feature.is_fleeting or feature.next_heals or feature.serves(*FLEETING, "game", *OF_PEOPLE):
        raise NotApplicable("no room is loud alone, or the next value replaces what was cut")
    if feature.replays:
        yield Passed(f"a client that is cut off goes on in each room at its position: {transport.resume.by}")
        return
    if backpressure.inbound.rate.content:
        raise NotApplicable(f"what one sender may send is limited: {backpressure.inbound.rate}")
    several = rooms.per_user if each is not None else rooms.count
    if several.content is None or several.content.amount <= 1:
        raise Undecided(rooms.per_user)
    rate, most = rate_in_room(feature).content, queue.max_messages.content
    if rate is not None and not rate.amount:
        raise NotApplicable("a room sends nothing")
    if rate is not None and most is not None and most.amount >= rate.amount * PATIENCE.amount:
        yield Passed(f"a room at {rate} alone needs {Duration(most.amount / rate.amount)} to fill the queue")
        return
    yield Violated(
        f"One queue of {bounds[0]} waits for all rooms of a client, and whichever room overflows it ends the "
        "connection of all: a client that is behind in one loses the others, and returns to the same.",
        overflow,
        (transport.connections_per, bounds[0], several),
    )


@rule
def subscriptions_unbounded(feature: Feature) -> Outcomes:
    """One connection may subscribe to as much as it likes."""
    most = feature.backpressure.inbound.subscriptions
    if not most.is_stated and not feature.sync.join.over.has("connection"):
        raise NotApplicable("no client is said to subscribe by messages")
    takes = feature.workload.rooms.per_user
    on_one = not feature.transport.connections_per.has("room", "subscription")
    has_many = on_one and most.is_none and takes.content is not None and takes.content >= A_NODEFUL
    if feature.workload.only("server") and not (feature.access.checked.is_none or has_many):
        raise NotApplicable("only servers connect")
    if feature.transport.service.content:
        raise NotApplicable(f"{feature.transport.service} limits its channels")
    if not most.is_stated:
        raise Undecided(most)
    if most.content is not None:
        yield Passed(f"one connection subscribes to at most {most}")
        return
    yield Violated(
        "Nothing limits what one connection subscribes to: one client makes the server keep, match and send "
        f"as much as it likes{f', {takes} now, all on the one node that it came to' if has_many else ''}.",
        most,
        (takes,) if has_many else (),
    )


@rule
def subscription_outlives_view(feature: Feature) -> Outcomes:
    """A client goes on being sent what none of its views shows any more."""
    ends, transport = feature.sync.join.ends, feature.transport
    if not (ends.content or ends.is_none):
        raise NotApplicable("nothing is said of what ends a subscription")
    if early := [word for word in ends.content or () if word != "disconnect"]:
        yield Passed(f"what ends a subscription before its connection does: {' and '.join(early)}")
        return
    if feature.workload.only(*MACHINES):
        raise NotApplicable("programs follow what they asked for")
    if transport.connections_per.has("room", "subscription") or feature.sync.join.over.has("connecting"):
        raise NotApplicable("a view that is left ends its connection")
    if feature.connection.asks_again or feature.connection.is_one_shot:
        raise NotApplicable("what is not asked for is not sent")
    if not feature.workload.clients.is_stated:
        raise Undecided(feature.workload.clients)
    yield Violated(
        "A subscription ends with the connection alone: whoever goes from view to view collects one for "
        "each, and is sent and made to work off what no view shows.",
        ends,
        (transport.connections_per,) if transport.connections_per.is_stated else (),
        when="" if feature.workload.rooms.is_stated else "nothing is said of rooms that a user goes through",
    )


@rule
def ephemeral_crowds_out_log(feature: Feature) -> Outcomes:
    """Typing and presence fill the queue in which messages wait that nobody sends again."""
    backpressure, sync = feature.backpressure, feature.sync
    classes, overflow = backpressure.classes, backpressure.overflow
    lasting = [part for part in sync.data if part.shape.is_stated and not part.shape.has("ephemeral")]
    brief = [part for part in sync.data if part.shape.has("ephemeral")]
    shows_people = feature.presence.is_there
    is_mixed = bool(lasting and brief) or (not sync.data.items and shows_people)
    if sync.data.items and not is_mixed:
        raise NotApplicable("what waits is all of one kind")
    if not classes.is_stated:
        if is_mixed and overflow.has(*DROPS):
            raise Undecided(classes)
        raise NotApplicable("nothing is said of how messages share the queue of a client")
    if classes.content:
        yield Passed(f"what is worth nothing a moment later is {classes}")
        return
    is_usual = feature.serves("chat", "collaborative-editing") and not feature.presence.is_none
    if not is_mixed and not is_usual:
        raise Undecided(sync.data)
    if overflow.has("coalesce", "catch-up", "block"):
        yield Passed(f"a full queue ends in {overflow}, which loses nothing that lasts")
        return
    told = backpressure.dropped.content or overflow.has("disconnect")
    case = "a client learns of it and fetches" if told else ""
    ends = "the client is cut off" if overflow.has("disconnect") else "messages are dropped"
    if not overflow.is_stated and not told:
        case, ends = "what a full queue does is open", "messages wait, are dropped or end the connection"
    case = case if is_mixed else "nothing names what is short-lived"
    yield Violated(
        f"Messages that last wait in one queue with those that are worth nothing a moment later. In a busy "
        f"room the latter fill it, and {ends} for typing and presence.",
        classes,
        (overflow,) if overflow.is_stated else (),
        case,
    )


@rule
def urgent_waits_behind_bulk(feature: Feature) -> Outcomes:
    """What people wait for shares a queue, a database or a connection with work that could wait."""
    latency, history = feature.targets.latency, feature.sync.join.history_sent
    stated, is_open = list(_shared_with_bulk(feature)), _is_behind_at_times(feature)
    if not (stated or is_open):
        raise NotApplicable("nothing is said to be shared with work that can wait")
    for at, is_shared, what in stated:
        if not is_shared:
            yield Passed(what)
            continue
        yield Violated(
            f"{what}: a large batch delays everything that is live by as long as it takes.",
            at,
            (latency,) if latency.is_stated else (),
            "the past is not counted" if at is history and feature.sync.join.history.content is None else "",
        )
    if is_open:
        raise Undecided(message="it would need who decides that something large goes in one message")


def _shared_with_bulk(feature: Feature) -> Iterator[tuple[Part, bool, str]]:
    """Each decision on what is shared with work that can wait: where, whether it is shared, and how."""
    jobs, bulk, large = (
        feature.fan_out.jobs,
        feature.topology.backplane.bulk,
        feature.transport.large_messages,
    )
    if jobs.has("shared"):
        yield (
            jobs,
            True,
            "Messages are sent on by jobs that wait first-come behind deletions, imports or mails",
        )
    elif jobs.content:
        yield jobs, False, f"jobs that send messages on are: {jobs}"
    for part in feature.dependencies:
        if part.bulk.has("shared"):
            what = f"Work that can wait uses `{part.key}` without a limit, and so do clients that wait for it"
            yield part.bulk, True, what
        elif part.bulk.is_stated:
            yield part.bulk, False, f"work that can wait is {part.bulk} at `{part.key}`"
    if bulk.has("shared"):
        yield bulk, True, "The backplane's server also does work that can wait, without a limit"
    elif bulk.is_stated:
        yield bulk, False, f"work that can wait is {bulk} at the backplane"
    is_behind = _is_behind(feature)
    if is_behind and not _is_behind_at_times(feature):
        yield large, True, "What is large goes in one message, and heartbeats and all others wait behind it"
    elif large.has("at-start"):
        yield large, False, "what is large comes first, and nothing behind it is of use without it"
    elif large.is_stated and not is_behind:
        yield large, False, "nothing large is ahead of other messages"
    sent, count = feature.sync.join.history_sent, feature.sync.join.history.content
    if sent.has("first") and isinstance(count, Count) and count <= SCREENFUL:
        yield sent, False, f"{count} past messages pass quickly"
    elif sent.has("first"):
        many = f"{count} past messages" if isinstance(count, Count) else "Past messages"
        many = f"Past messages of {count}" if isinstance(count, Duration) else many
        yield sent, True, f"{many} come first on the connection that is to carry what is live"
    elif sent.content:
        yield sent, False, f"past messages come {sent}"


def _is_behind(feature: Feature) -> bool:
    """Whether something large goes in one message, and others wait behind it."""
    is_inline = feature.transport.large_messages.has("inline")
    if not is_inline or _is_small(feature) or feature.connection.are_few:
        return False
    size = feature.workload.messages.size
    if size.typical.content is not None and size.typical.content <= SMALL and not size.max.is_stated:
        raise Undecided(size.max)
    return True


def _is_behind_at_times(feature: Feature) -> bool:
    """Whether it does so at times alone: a client may have asked for it so."""
    return feature.transport.large_messages.includes("chunked") and _is_behind(feature)


def _is_small(feature: Feature) -> bool:
    """Whether nothing that travels is large, or each message has a stream or datagram of its own."""
    sizes, whole = feature.workload.messages.size.max.content, feature.sync.snapshot.size.content
    known = [size for size in (sizes, whole) if size is not None]
    own = feature.transport.kind.has("webtransport", "udp", "polling")
    return own or (sizes is not None and all(size <= SMALL for size in known))
