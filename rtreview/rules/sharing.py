"""What many use at once: connections, subscriptions, and what urgent messages wait behind."""

from __future__ import annotations

from rtreview.language.design import Connection, Feature
from rtreview.language.field import NotApplicable, Part, Undecided
from rtreview.numbers.reconnection import connections_per_node
from rtreview.quantities.quantity import Count, Number
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

TO_AN_ORIGIN = Number(6)
"""Connections of a browser to one origin over HTTP/1.1 (sse-connection-limit)."""

MANY = Number(10)
"""Connections of one client from which on they cost more than they are worth (connection-per-room)."""

SHORT_LIVED = ("ephemeral", "register")
"""Shapes whose next value replaces one that was dropped."""

SCREENFUL = Count(500)
"""So many past messages pass before somebody waits for what is live (urgent-waits-behind-bulk)."""


@rule
def connection_per_room(connection: Connection) -> Outcomes:
    """A client opens a connection for each room or subscription that it has."""
    transport, workload = connection.transport, connection.workload
    per, rooms = transport.connections_per, workload.rooms.per_user
    if not per.is_stated or per.is_none:
        raise NotApplicable("nothing is said of how many connections a client opens")
    if per.has("client"):
        yield Passed("one connection carries all that a client subscribes to")
        return
    clients = workload.clients.content
    streams = transport.kind.has("sse", "long-polling", "http-stream")
    queued = (
        streams and not transport.http_version.has("2", "3") and (clients is None or "browser" in clients)
    )
    most = TO_AN_ORIGIN if queued else MANY
    why = "what a browser opens to one origin" if queued else "what is cheaper than sharing one"
    if rooms.content is not None:
        yield Limit(
            "the number of connections of one client",
            rooms,
            why,
            most,
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
def stream_occupies_worker(connection: Connection) -> Outcomes:
    """Each open connection takes a thread or process of a small pool, which does nothing else meanwhile."""
    node, kind = connection.topology.node, connection.transport.kind
    takes, workers = node.connection_takes, node.workers
    if not takes.is_stated or takes.is_none:
        raise NotApplicable("nothing is said of what a connection takes on its node")
    if takes.has("task"):
        yield Passed("a connection takes a task, of which there are many")
        return
    if connection.is_polling:
        raise NotApplicable("each poll is short")
    if workers.content is None:
        yield Violated(
            f"Each open connection takes a {takes} that serves nothing else meanwhile: as many of them as "
            "there are, and every further request waits.",
            takes,
            (kind,) if kind.is_stated else (),
            when="they are not counted",
        )
        return
    yield Limit(
        "the number of connections of one node",
        connections_per_node(connection),
        f"what its {takes} pool leaves to others",
        workers,
        at=takes,
        note="When all are taken, no request is served until a connection ends.",
    )


@rule
def subscriptions_unbounded(feature: Feature) -> Outcomes:
    """One connection may subscribe to as much as it likes."""
    most = feature.backpressure.inbound.subscriptions
    if not most.is_stated and not feature.sync.join.over.has("connection"):
        raise NotApplicable("no client is said to subscribe by messages")
    if feature.workload.clients.has(("server",)):
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
        "as much as it likes.",
        most,
    )


@rule
def ephemeral_crowds_out_log(feature: Feature) -> Outcomes:
    """Typing and presence fill the queue in which messages wait that nobody sends again."""
    backpressure, sync = feature.backpressure, feature.sync
    classes, overflow = backpressure.classes, backpressure.overflow
    lasting = [part for part in sync.data if part.shape.is_stated and not part.shape.has(*SHORT_LIVED)]
    brief = [part for part in sync.data if part.shape.has(*SHORT_LIVED)]
    shows_people = feature.presence.is_stated and not feature.presence.is_none
    is_mixed = bool(lasting and brief) or (not sync.data.items and shows_people)
    if sync.data.items and not is_mixed:
        raise NotApplicable("what waits is all of one kind")
    if not classes.is_stated:
        if is_mixed and overflow.has("drop", "drop-oldest", "drop-newest"):
            raise Undecided(classes)
        raise NotApplicable("nothing is said of how messages share the queue of a client")
    if classes.content:
        yield Passed(f"what is worth nothing a moment later is {classes}")
        return
    if not is_mixed:
        raise Undecided(sync.data)
    if overflow.has("coalesce", "catch-up"):
        yield Passed(f"a full queue ends in {overflow}, which loses nothing that lasts")
        return
    told = backpressure.dropped.content or overflow.has("disconnect")
    ends = "the client is cut off" if overflow.has("disconnect") else "messages are dropped"
    yield Violated(
        f"Messages that last wait in one queue with those that are worth nothing a moment later. In a busy "
        f"room the latter fill it, and {ends} for typing and presence.",
        classes,
        (overflow,) if overflow.is_stated else (),
        "a client learns of it and fetches" if told else "",
    )


@rule
def urgent_waits_behind_bulk(feature: Feature) -> Outcomes:
    """What people wait for shares a queue, a database or a connection with work that could wait."""
    jobs, join = feature.fan_out.jobs, feature.sync.join
    shared: list[tuple[Part, str]] = []
    passed: list[str] = []
    if jobs.has("shared"):
        shared.append(
            (jobs, "Messages are sent on by jobs that wait first-come behind deletions, imports or mails")
        )
    elif jobs.content:
        passed.append(f"jobs that send messages on are: {jobs}")
    for part in feature.dependencies:
        if part.bulk.has("shared"):
            what = f"Work that can wait uses `{part.key}` without a limit, and so do clients that wait for it"
            shared.append((part.bulk, what))
        elif part.bulk.is_none:
            passed.append(f"no work that can wait uses `{part.key}`")
        elif part.bulk.content:
            passed.append(f"work that can wait is {part.bulk} at `{part.key}`")
    if join.history_sent.has("first"):
        count = join.history.content
        if count is not None and count <= SCREENFUL:
            passed.append(f"{count} past messages pass quickly")
        else:
            many = f"{count} past messages" if count is not None else "Past messages"
            shared.append(
                (join.history_sent, f"{many} come first on the connection that is to carry what is live")
            )
    elif join.history_sent.content:
        passed.append(f"past messages come {join.history_sent}")
    if not shared and not passed:
        raise NotApplicable("nothing is said to be shared with work that can wait")
    for reason in passed:
        yield Passed(reason)
    for at, what in shared:
        yield Violated(
            f"{what}: a large batch delays everything that is live by as long as it takes.",
            at,
            (feature.targets.latency,) if feature.targets.latency.is_stated else (),
            "" if at is not join.history_sent or join.history.content else "the past is not counted",
        )
