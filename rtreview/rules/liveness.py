"""Whether the two ends notice that the other is gone, and whether the path lets them stay."""

from rtreview.language import catalogue
from rtreview.language.design import Connection, Feature
from rtreview.language.field import NotApplicable, Part, Undecided, Unstated, known
from rtreview.language.sections.transport import Heartbeat, Hop
from rtreview.numbers.expression import Measure, named, smaller, term
from rtreview.numbers.liveness import is_unread
from rtreview.quantities.quantity import Duration, Rate
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

ONCE_A_SECOND, ONE_SECOND = Rate(1), Duration(1)

TCP_GIVES_UP = Duration(15 * 60)
"""What Linux repeats unacknowledged data for (`tcp_retries2`): 15 min and more (missing-heartbeat)."""

CORRECTION = Duration(5 * 60)
"""Clocks are seldom corrected by more, those that begin without a time left aside (timeout-by-wall-clock)."""


def _ages_by_itself(connection: Connection) -> bool:
    """Whether who is there follows from when it was last heard alone, and nothing sooner is promised."""
    promised = any(feature.targets.offline_visible_within.content for feature in connection.features)
    shown = [feature.presence for feature in connection.features if feature.presence.is_there]
    return not promised and all(each.ttl.content for each in shown)


@rule
def missing_heartbeat(connection: Connection) -> Outcomes:
    """Nobody notices that a connection carries nothing any more."""
    kind, heartbeat = known(connection.transport.kind), connection.transport.heartbeat
    if connection.asks_again:
        raise NotApplicable("a poll that is not answered is noticed by its own timeout")
    if connection.is_one_shot and not heartbeat.is_there:
        raise NotApplicable("a one-shot stream ends by itself, and a request that stalls times out")
    holds_places = heartbeat.is_none and any(map(_gives_places, connection.features))
    if connection.is_datagrams and not (connection.shows_people or holds_places):
        raise NotApplicable("datagrams open no connection that could be dead")
    if connection.is_datagrams and heartbeat.is_none and not holds_places and _ages_by_itself(connection):
        raise NotApplicable("datagrams open no connection, and whoever is not heard any more expires")
    if kind == "webrtc":
        yield _media_is_watched(connection)
        return
    if heartbeat.is_none and (reason := _lives_without(connection)):
        yield Passed(reason)
    elif heartbeat.is_none:
        clients = connection.workload.connections.content
        held = f"any of {clients} connections" if clients else "a connection"
        yield Violated(
            f"The {kind} connection has no heartbeat: {held} may be dead and nobody knows.",
            heartbeat,
        )
    elif is_unread(heartbeat):
        every = f" every {heartbeat.interval}" if heartbeat.interval.content else ""
        yield Violated(
            f"A heartbeat is sent{every}, and neither end acts when one stays out: none waits for an answer, "
            "and no silence ends the connection.",
            heartbeat.silence_timeout,
            (heartbeat.timeout if heartbeat.timeout.is_none else heartbeat.confirmed,),
        )
    elif heartbeat.timeout.is_none and not heartbeat.silence_timeout.is_stated:
        raise Unstated(heartbeat.silence_timeout)
    elif heartbeat.is_stated and not _is_refusal(heartbeat):
        spans = (heartbeat.interval, heartbeat.timeout, heartbeat.silence_timeout)
        every_ = next((span for span in spans if span.content), heartbeat.interval)
        source = f", {every_.default}" if every_.default else ""
        yield Passed(f"`{every_.dotted}` is {every_}{source}" if every_.content else "a heartbeat is stated")
    else:
        raise Unstated(heartbeat.interval if heartbeat.is_stated else heartbeat)


def _media_is_watched(connection: Connection) -> Passed | Violated:
    """Whether anybody reads what WebRTC finds out, be the connection beside it as alive as it may.

    Raises:
        NotApplicable: a client that renews it reads it, or no other connection is taken for it.
        Undecided: the spec does not say.

    """
    watched, reconnect = connection.transport.watched, connection.transport.reconnect
    if watched.content:
        return Passed(f"the {watched} of the peer connection is looked at")
    if watched.is_none:
        others = [other.transport.heartbeat for other in connection.beside]
        return Violated(
            "WebRTC notices that nothing arrives (RFC 7675), and nobody looks: what it carries stands still, "
            "and all the rest says that it goes on.",
            watched,
            tuple(part for part in others if part.is_stated)[:1],
        )
    renewed = connection.has_plan and not reconnect.is_none
    if renewed or not any(other.transport.heartbeat.is_stated for other in connection.beside):
        raise NotApplicable("WebRTC checks consent by itself (RFC 7675)")
    raise Undecided(watched)


def _gives_places(feature: Feature) -> bool:
    """Whether whoever is there takes a place in a room, which one who has vanished would keep."""
    return feature.serves("game", "media") and bool(feature.room.content) and not feature.presence.is_none


def _is_refusal(heartbeat: Heartbeat) -> bool:
    """Whether all that is said of a heartbeat is what there is not, so that nothing says that one is sent."""
    parts = [getattr(heartbeat, name) for name in heartbeat.ENTRIES]
    return not heartbeat.word and all(part.is_none for part in parts if part.is_stated)


def _steady_stream(connection: Connection, least: Rate = ONCE_A_SECOND) -> Rate | None:
    """The rate at which one writer sends to everybody, where that is as often as a heartbeat would be."""
    for feature in connection.features:
        rate = feature.workload.messages.rate.content
        if feature.has_one_writer and rate is not None and rate >= least:
            return rate
    return None


def _one_in(span: Duration) -> Rate:
    """The rate of one message in a span; no rate reaches that of a span of 0."""
    return Rate(1 / span.amount if span.amount else float("inf"))


def _on_a_timer(connection: Connection) -> Part | None:
    """What says that each client is sent something once a second or more often, changed or not."""
    for feature in connection.features:
        messages, snapshot = feature.workload.messages, feature.sync.snapshot
        if feature.direction.has("client-to-server"):
            continue
        each, every = messages.per_client, snapshot.every
        if messages.when.has("interval") and isinstance(each.content, Rate) and each.content >= ONCE_A_SECOND:
            return each
        # A snapshot that is stored, or made for the one who asks, is no beat.
        is_sent = snapshot.to.has("all") or (
            feature.sync.updates.has("full-state") and not snapshot.to.is_stated
        )
        if is_sent and snapshot.source.has("server") and every.content and every.content <= ONE_SECOND:
            return every
    return None


def _lives_without(connection: Connection) -> str:
    """What finds a dead connection that has no heartbeat, or bounds its life; empty where nothing does."""
    pause, age = connection.silence.content, connection.operations.connection_max_age.value
    if rate := _steady_stream(connection):
        return f"messages at {rate} show that the connection lives"
    if (each := _on_a_timer(connection)) is not None:
        return f"what is sent on a timer, changed or not, shows that it lives: `{each.dotted}` is {each}"
    if pause is not None and pause <= ONE_SECOND:
        return f"no pause between messages is longer than {pause}"
    if age.content is not None and age.content <= TCP_GIVES_UP and not connection.shows_people:
        return f"a connection lives for {age}, so that a dead one is no older, and no one is shown as there"
    return ""


@rule
def heartbeat_slower_than_path(connection: Connection) -> Outcomes:
    """Something on the path closes quiet connections before the heartbeat reaches it."""
    transport, heartbeat, pause = connection.transport, connection.transport.heartbeat, connection.silence
    if connection.is_polling:
        raise NotApplicable("a poll is answered at once")
    if heartbeat.is_none and not pause.content:
        raise NotApplicable("there is no heartbeat: see missing-heartbeat")
    if connection.is_datagrams and not heartbeat.is_stated:
        raise NotApplicable("datagrams open no connection that a hop could close")
    if heartbeat.layer.has("tcp"):
        raise NotApplicable("TCP keep-alive is no beat to a proxy: see tcp-keepalive-as-heartbeat")
    if not transport.path.items:
        nothing = NotApplicable("nothing lies on the path")
        raise nothing if transport.path.is_stated else Undecided(transport.path)
    is_open = bool(pause.content) and not (heartbeat.is_none or heartbeat.interval.content)
    is_open = is_open and not transport.kind.has("long-polling")
    doubtful = []
    for number, hop in enumerate(transport.path, 1):
        name = hop.name.content or f"hop {number}"
        if hop.idle_timeout.is_none:
            yield Passed(f"{name} has no idle timeout")
            continue
        what, beat = _beat(connection, hop)
        limit = Limit(what, beat, f"the idle timeout of {name}", hop.idle_timeout)
        if _ignores(connection, hop) is False or not hop.idle_timeout.is_stated:
            if is_open and not limit.holds:
                raise Undecided(heartbeat.interval)
            yield limit
        elif pause.content:
            yield limit
        elif (rate := _steady_stream(connection, _one_in(known(hop.idle_timeout)))) is not None:
            yield Passed(f"messages at {rate} reset the idle timeout of {name}, {hop.idle_timeout}")
        elif _ignores(connection, hop):
            yield Violated(
                f"{name} does not count HTTP/2 PING frames, whatever their interval: without a message on "
                f"the stream it closes after {hop.idle_timeout}.",
                heartbeat.layer,
                (hop.idle_timeout,),
            )
        elif heartbeat.interval.is_stated and not limit.holds:
            yield limit
        else:
            doubtful.append(name)
    if doubtful:
        raise Undecided(
            message=f"it would need knowledge of whether {' and '.join(doubtful)} counts HTTP/2 PING frames"
        )


def _ignores(connection: Connection, hop: Hop) -> bool | None:
    """Whether a hop is known not to count the heartbeats as traffic; None where nobody knows.

    PING frames belong to an HTTP/2 connection and to no stream of it (RFC 9113, section 6.7): what ends
    HTTP/2 answers them itself, and its idle timeout may leave them out. What passes packets on counts them.
    """
    if not connection.transport.heartbeat.layer.has("http2-ping"):
        return False
    platform = catalogue.find(hop.name)
    if platform is None:
        return None
    if platform.has("ignores-http2-pings"):
        return True
    return False if platform.kind == "network" or platform.facts.get("tcp_keepalive_counts") else None


def _beat(connection: Connection, hop: Hop) -> tuple[str, Measure]:
    """The longest time in which nothing reaches a hop, and what it is.

    Traffic resets the timer of a hop as a heartbeat does, so what comes sooner counts.
    """
    transport, heartbeat = connection.transport, connection.transport.heartbeat
    pause = connection.silence
    if transport.kind.has("long-polling"):
        return "the time for which a poll is held", transport.poll.hold
    if pause.content and (not heartbeat.interval.content or _ignores(connection, hop) is not False):
        return "the longest silence", pause
    if pause.content:
        return "the longest silence", named("longest silence", smaller(term(heartbeat.interval), term(pause)))
    return "the heartbeat interval", heartbeat.interval


@rule
def media_ends_with_signalling(feature: Feature) -> Outcomes:
    """A call whose own path stands is ended, since the connection is gone over which it was agreed."""
    ends, grace = feature.transport.ends_with, feature.presence.grace
    if not ends.is_stated and feature.transport.kind.has("webrtc") and feature.serves("media"):
        raise Undecided(ends)
    if not ends.is_there:
        raise NotApplicable("nothing says what else ends a connection")
    if ends.has("itself"):
        yield Passed("a connection ends by its own failure alone")
        return
    if grace.content and grace.content.amount:
        yield Passed(f"a client may be back within {grace} before anything ends")
        return
    yield Violated(
        "The loss of the signalling connection ends the media too, whose own path still stands: a restart of "
        "a signalling server, a deployment or a dropped WebSocket ends calls that nothing else disturbed.",
        ends,
    )


@rule
def timeout_by_wall_clock(connection: Connection) -> Outcomes:
    """Somebody sets the clock, and all connections of a machine end, or none does."""
    heartbeat = connection.transport.heartbeat
    clock = heartbeat.clock
    leases = [part.lock.lease for feature in connection.features for part in feature.sync.data]
    timeouts = [
        heartbeat.timeout,
        heartbeat.silence_timeout,
        *(feature.presence.ttl for feature in connection.features),
        *leases,
    ]
    spans = sorted((field for field in timeouts if field.content), key=lambda field: field.content.amount)  # type: ignore[union-attr]
    if not clock.is_stated and not (spans and connection.workload.only("device")):
        raise NotApplicable("nothing is said of the clock by which timeouts are measured")
    if clock.has("monotonic"):
        yield Passed("timeouts are measured by a clock that nobody sets")
        return
    if heartbeat.is_none and not spans:
        raise NotApplicable("nothing is timed")
    if not clock.is_there:
        raise Undecided(clock)
    shortest = spans[0] if spans else heartbeat.interval
    if shortest.content and shortest.content > CORRECTION and not connection.workload.may_have("device"):
        yield Passed(f"the shortest timeout, {shortest}, outlasts what a clock is usually corrected by")
        return
    span = f", of {shortest}," if shortest.content else ""
    yield Violated(
        f"Timeouts{span} are measured by the time of day: set forward, it ends all connections of the "
        "machine at once, and set back by an hour, it keeps dead ones for an hour longer.",
        clock,
        (shortest,) if shortest.content else (),
    )
