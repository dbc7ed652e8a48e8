"""Whether the two ends notice that the other is gone, and whether the path lets them stay."""

from rtreview.language import catalogue
from rtreview.language.design import Connection
from rtreview.language.field import NotApplicable, Undecided, Unstated, known
from rtreview.language.spec import Hop
from rtreview.quantities.quantity import Rate
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

ONCE_A_SECOND = Rate(1)


@rule
def missing_heartbeat(connection: Connection) -> Outcomes:
    """Nobody notices that a connection carries nothing any more."""
    kind, heartbeat = known(connection.transport.kind), connection.transport.heartbeat
    if connection.asks_again:
        raise NotApplicable("a poll that is not answered is noticed by its own timeout")
    if connection.is_one_shot and (heartbeat.is_none or not heartbeat.is_stated):
        raise NotApplicable("a one-shot stream ends by itself, and a request that stalls times out")
    if kind == "webrtc":
        raise NotApplicable("WebRTC checks consent by itself (RFC 7675)")
    if heartbeat.is_none and (beat := _steady_stream(connection)) is not None:
        yield Passed(f"messages at {beat} show that the connection lives")
    elif heartbeat.is_none:
        clients = connection.workload.connections.content
        held = f"any of {clients} connections" if clients else "a connection"
        yield Violated(
            f"The {kind} connection has no heartbeat: {held} may be dead and nobody knows.",
            heartbeat,
        )
    elif heartbeat.is_stated:
        every = heartbeat.interval if heartbeat.interval.content else heartbeat.timeout
        source = f", {every.default}" if every.default else ""
        yield Passed(f"`{every.dotted}` is {every}{source}" if every.content else "a heartbeat is stated")
    else:
        raise Unstated(heartbeat)


def _steady_stream(connection: Connection, least: Rate = ONCE_A_SECOND) -> Rate | None:
    """The rate at which one writer sends to everybody, where that is as often as a heartbeat would be."""
    for feature in connection.features:
        rate = feature.workload.messages.rate.content
        if feature.has_one_writer and rate is not None and rate >= least:
            return rate
    return None


@rule
def heartbeat_slower_than_path(connection: Connection) -> Outcomes:
    """Something on the path closes quiet connections before the heartbeat reaches it."""
    transport, heartbeat = connection.transport, connection.transport.heartbeat
    if connection.is_polling:
        raise NotApplicable("a poll is answered at once")
    if heartbeat.is_none:
        raise NotApplicable("there is no heartbeat: see missing-heartbeat")
    if heartbeat.layer.has("tcp"):
        raise NotApplicable("TCP keep-alive is no beat to a proxy: see tcp-keepalive-as-heartbeat")
    if transport.path.is_stated and not transport.path.items:
        raise NotApplicable("nothing lies on the path")
    if not transport.path.is_stated:
        raise Undecided(transport.path)
    beat, what = heartbeat.interval, "the heartbeat interval"
    if transport.kind.has("long-polling"):
        beat, what = transport.poll_interval, "the time for which a poll is held"
    doubtful = []
    for number, hop in enumerate(transport.path, 1):
        name = hop.name.content or f"hop {number}"
        limit = Limit(what, beat, f"the idle timeout of {name}", hop.idle_timeout)
        if hop.idle_timeout.is_none:
            yield Passed(f"{name} has no idle timeout")
        elif not heartbeat.layer.has("http2-ping") or not hop.idle_timeout.is_stated or _passes_packets(hop):
            yield limit
        elif (rate := _steady_stream(connection, Rate(1 / known(hop.idle_timeout).amount))) is not None:
            yield Passed(f"messages at {rate} reset the idle timeout of {name}, {hop.idle_timeout}")
        elif (platform := catalogue.find(hop.name)) is not None and platform.has("ignores-http2-pings"):
            yield Violated(
                f"{name} does not count HTTP/2 PING frames, whatever their interval: without a message on "
                f"the stream it closes after {hop.idle_timeout}.",
                heartbeat.layer,
                (hop.idle_timeout,),
            )
        elif beat.is_stated and not limit.holds:
            yield limit
        else:
            doubtful.append(name)
    if doubtful:
        raise Undecided(
            message=f"it would need knowledge of whether {' and '.join(doubtful)} counts HTTP/2 PING frames"
        )


def _passes_packets(hop: Hop) -> bool:
    """Whether a hop is known to end no HTTP/2, so that PING frames are traffic to it like any other.

    They belong to a connection and to no stream of it (RFC 9113, section 6.7): what ends HTTP/2 answers them
    itself, and its idle timeout may leave them out.
    """
    platform = catalogue.find(hop.name)
    if platform is None:
        return False
    return platform.kind == "network" or bool(platform.facts.get("tcp_keepalive_counts"))
