"""Whether the two ends notice that the other is gone, and whether the path lets them stay."""

from collections.abc import Hashable

from rtreview.language import catalogue
from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known
from rtreview.language.sections.transport import Heartbeat, Hop
from rtreview.numbers.expression import Measure, named, smaller, term
from rtreview.numbers.liveness import is_unread, tells_the_client_nothing, tells_the_server_nothing
from rtreview.numbers.presence import ends_by_expiry
from rtreview.numbers.replay import all_fetch_soon
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
        yield _shows_the_dead(connection) or Passed(reason)
    elif heartbeat.is_none:
        clients = connection.workload.connections.content
        held = f"any of {clients} connections" if clients else "a connection"
        yield Violated(
            f"The {kind} connection has no heartbeat: {held} may be dead and nobody knows.",
            heartbeat,
            when=_fetches_anyway(connection),
        )
    elif is_unread(heartbeat) and _reaches_no_script(connection):
        raise NotApplicable("no script waits for a comment, and TCP finds a client that takes none")
    elif is_unread(heartbeat):
        every = f" every {heartbeat.interval}" if heartbeat.interval.content else ""
        yield Violated(
            f"A heartbeat is sent{every}, and neither end acts when one stays out: none waits for an answer, "
            "and no silence ends the connection.",
            heartbeat.silence_timeout,
            (heartbeat.timeout if heartbeat.timeout.is_none else heartbeat.confirmed,),
        )
    elif _may_be_unread(connection):
        raise Unstated(heartbeat.silence_timeout)
    elif shown := _shows_the_dead(connection) or _stands_still(connection):
        yield shown
    elif (span := _span_of(heartbeat)) is not None:
        yield Passed(f"`{span.dotted}` is {span}{f', {span.default}' if span.default else ''}")
    elif heartbeat.is_stated and not _is_refusal(heartbeat):
        raise Undecided(heartbeat.interval)
    else:
        raise Unstated(heartbeat.interval if heartbeat.is_stated else heartbeat)


def _span_of(heartbeat: Heartbeat) -> Field[Duration] | None:
    """The time by which heartbeats are known to come, or their absence to be noticed; None without one."""
    spans = (heartbeat.interval, heartbeat.timeout, heartbeat.silence_timeout)
    return next((span for span in spans if span.content), None)


def _fetches_anyway(connection: Connection) -> str:
    """The case of clients that fetch the state by themselves, so that a dead connection costs the pause."""
    bears_it = all_fetch_soon(connection) and not connection.shows_people
    return "the state is fetched anyway" if bears_it else ""


def _shows_the_dead(connection: Connection) -> Violated | None:
    """Heartbeats that tell the server nothing, beside people who are shown until it sees a loss."""
    heartbeat, age = connection.transport.heartbeat, connection.operations.connection_max_age.value
    shown = [feature.presence for feature in connection.features if feature.presence.is_there]
    ghosts = [part for part in shown if not (part.ttl.content or ends_by_expiry(part))]
    is_ended = age.content is not None and age.content <= TCP_GIVES_UP
    if not ghosts or is_ended or not tells_the_server_nothing(heartbeat):
        return None
    # Without heartbeats, what clients send may be what the server goes by.
    listen = all(feature.direction.has("server-to-client") for feature in connection.features)
    if heartbeat.is_none and not listen:
        return None
    at: Part = heartbeat.confirmed if heartbeat.confirmed.is_stated else heartbeat.layer
    at = heartbeat.silence_timeout if heartbeat.from_.has("client") else at
    at = heartbeat if heartbeat.is_none else at
    # What a library does by default may be told of one end alone.
    if at.default is not None:
        return None
    return Violated(
        "People are shown as present, and no heartbeat tells the server that one is gone: whoever vanishes "
        "is shown until TCP gives up, 15 min and more.",
        at,
        (ghosts[0],),
        when="the server learns nothing of a loss",
    )


def _stands_still(connection: Connection) -> Violated | None:
    """Heartbeats of a client that nobody answers, where it waits for what others do.

    A client that bears the silence of a server is for listener-never-gives-up.
    """
    heartbeat = connection.transport.heartbeat
    listens = any(not feature.direction.has("client-to-server") for feature in connection.features)
    is_unheard = tells_the_client_nothing(heartbeat) and heartbeat.from_.has("client")
    if not listens or not is_unheard or heartbeat.confirmed.default is not None:
        return None
    if _lives_without(connection) or _fetches_anyway(connection):
        return None
    return Violated(
        "The client's heartbeats are answered by nobody: they tell the server that it is there, and tell it "
        "nothing. Behind a dead connection its user looks at what stands still, until TCP gives up.",
        heartbeat.confirmed,
        (heartbeat.from_,),
        when="the client learns nothing of a loss",
    )


def _may_be_unread(connection: Connection) -> bool:
    """Whether nobody waits for an answer to heartbeats, and nothing says that anybody times silence."""
    heartbeat = connection.transport.heartbeat
    if heartbeat.silence_timeout.is_stated:
        return False
    is_open = heartbeat.confirmed.has(False) and not heartbeat.timeout.is_stated
    return heartbeat.timeout.is_none or (is_open and not connection.transport.kind.has("sse", "http-stream"))


def _reaches_no_script(connection: Connection) -> bool:
    """Whether heartbeats are comments of a stream that an EventSource reads, and drops."""
    transport = connection.transport
    is_page = connection.workload.has_any("browser") and transport.reconnect.strategy.has("browser")
    return is_page and transport.kind.has("sse") and transport.heartbeat.layer.has("sse-comment")


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
    if (quiet := _given_up_when_quiet(connection)) is not None:
        return f"a client that is sent nothing for {quiet} subscribes again"
    return ""


def _given_up_when_quiet(connection: Connection) -> Field[Duration] | None:
    """How long clients that only listen bear silence before they subscribe again; None where one may not."""
    limits = [feature.sync.join.silence_timeout for feature in connection.features]
    listen = all(feature.direction.has("server-to-client") for feature in connection.features)
    soon = all(limit.content is not None and limit.content <= TCP_GIVES_UP for limit in limits)
    return limits[0] if limits and listen and soon and not connection.shows_people else None


@rule
def heartbeat_slower_than_path(connection: Connection) -> Outcomes:
    """Something on the path closes quiet connections before the heartbeat reaches it."""
    heartbeat, pause = connection.transport.heartbeat, connection.silence
    if connection.is_polling:
        raise NotApplicable("a poll is answered at once")
    if connection.is_datagrams and not (heartbeat.is_there or pause.content):
        forgets = any(hop.idle_timeout.content for hop in connection.transport.path)
        if forgets and not _lives_without(connection):
            raise Undecided(pause)
        raise NotApplicable("datagrams open no connection that a hop could close")
    if heartbeat.is_none and not pause.content:
        raise NotApplicable("there is no heartbeat: see missing-heartbeat")
    if heartbeat.layer.has("tcp"):
        raise NotApplicable("TCP keep-alive is no beat to a proxy: see tcp-keepalive-as-heartbeat")
    hops, doubtful = connection.known_hops(), []
    if held := _held_without_end(connection):
        yield held
        return
    closing = _alike(connection, hops)
    for name, hop in hops:
        if hop.idle_timeout.is_none:
            yield Passed(f"{name} has no idle timeout")
            continue
        limit, limits = _against(connection, hop, closing[_closes(connection, hop)])
        if _ignores(connection, hop) is False or not hop.idle_timeout.is_stated:
            if _may_beat_sooner(connection) and not limit.holds:
                raise Undecided(heartbeat.interval)
            yield from limits
        elif pause.content:
            yield from limits
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
            yield from limits
        else:
            doubtful.append(name)
    if doubtful:
        raise Undecided(
            message=f"it would need knowledge of whether {' and '.join(doubtful)} counts HTTP/2 PING frames"
        )


def _alike(connection: Connection, hops: list[tuple[str, Hop]]) -> dict[Hashable, list[tuple[str, Hop]]]:
    """The hops by the silence after which they close."""
    closing: dict[Hashable, list[tuple[str, Hop]]] = {}
    for name, hop in hops:
        closing.setdefault(_closes(connection, hop), []).append((name, hop))
    return closing


def _against(connection: Connection, hop: Hop, alike: list[tuple[str, Hop]]) -> tuple[Limit, list[Limit]]:
    """The beat against the timeout of hops that close alike, and what the first of them tells for all."""
    (_, first), *_ = alike
    what, beat = _beat(connection, first)
    than = f"the idle timeout of {' and '.join(name for name, _ in alike)}"
    others = tuple(each.idle_timeout for _, each in alike[1:])
    limit = Limit(what, beat, than, first.idle_timeout, alike=others)
    return limit, [limit] if first is hop else []


def _closes(connection: Connection, hop: Hop) -> Hashable:
    """After which silence a hop closes, and how surely: those that do it alike are told together."""
    timeout = hop.idle_timeout
    if timeout.content is None:
        return hop
    is_assumed = timeout.default is not None and timeout.default.confidence == "assumed"
    return timeout.content, is_assumed, _ignores(connection, hop)


def _may_beat_sooner(connection: Connection) -> bool:
    """Whether there may be heartbeats of an interval that nobody states, beside pauses that are stated."""
    heartbeat, kind = connection.transport.heartbeat, connection.transport.kind
    is_open = bool(connection.silence.content) and not (heartbeat.is_none or heartbeat.interval.content)
    return is_open and not kind.has("long-polling")


def _held_without_end(connection: Connection) -> Violated | None:
    """A poll that is held until something comes, behind a hop that does not wait as long."""
    transport = connection.transport
    closes = next((hop.idle_timeout for hop in transport.path if hop.idle_timeout.content), None)
    if closes is None or not (transport.kind.has("long-polling") and transport.poll.hold.is_none):
        return None
    return Violated(
        f"A poll is held until there is something to send, and a hop closes after {closes} of silence: a "
        "quiet client gets an error instead of an answer.",
        transport.poll.hold,
        (closes,),
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
    away = feature.workload.outage.typical
    is_short = bool(grace.content and away.content and grace.content < away.content)
    if grace.content and grace.content.amount and not is_short:
        yield Passed(f"a client may be back within {grace} before anything ends")
        return
    back = f" {grace} is less than a usual outage takes." if is_short else ""
    yield Violated(
        "The loss of the signalling connection ends the media too, whose own path still stands: a restart of "
        "a signalling server, a deployment or a dropped WebSocket ends calls that nothing else disturbed."
        f"{back}",
        ends,
        (grace, away) if is_short else (),
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
