"""Whether the transport fits what travels on it."""

from rtreview.design import Connection
from rtreview.field import NotApplicable, Undecided, Unstated, known
from rtreview.outcome import Limit, Outcomes, Passed, Violated
from rtreview.quantity import Rate
from rtreview.rulebook import rule

HAS_BINARY_FRAMES = ("websocket", "webtransport", "webrtc", "mqtt", "grpc-stream")

RARE = Rate(10)
"""Below this, messages that a person can read are worth more than bytes (websocket-binary-json)."""


@rule
def websocket_binary_json(connection: Connection) -> Outcomes:
    """Bytes travel as text, a third larger."""
    transport = connection.transport
    kind, encoding = known(transport.kind), known(transport.encoding)
    if kind not in HAS_BINARY_FRAMES:
        raise NotApplicable(f"{kind} carries text only")
    if encoding != "base64-in-json":
        yield Passed(f"messages are written as {encoding}")
        return
    if transport.compression.content:
        raise NotApplicable("compression takes most of the difference back")
    rates = [feature.workload.messages.rate.content for feature in connection.features]
    if all(rate is not None and rate < RARE for rate in rates):
        raise NotApplicable(f"fewer than {RARE} are sent by each sender")
    yield Violated(
        f"Binary data travels as base64 in JSON, though {kind} has binary frames: 4 bytes for every 3.",
        transport.encoding,
    )


@rule
def polling_as_realtime(connection: Connection) -> Outcomes:
    """The interval of a poll is longer than what is shown may be old."""
    transport, targets = connection.transport, connection.targets
    if known(transport.kind) != "polling":
        raise NotApplicable("not a poll")
    interval = transport.poll_interval
    target = (
        targets.latency if targets.latency.content and not targets.staleness.is_stated else targets.staleness
    )
    if not interval.is_stated or not target.is_stated:
        raise Unstated(target if interval.is_stated else interval)
    clients, every = connection.workload.connections.content, interval.content
    load = ""
    if clients is not None and every is not None and every.amount:
        load = f"{clients} clients already ask {Rate(clients.amount / every.amount)}."
    yield Limit(
        "the poll interval",
        interval,
        f"the allowed {'latency' if target is targets.latency else 'staleness'}",
        target,
        or_equal=True,
        note=load,
    )


@rule
def websocket_for_one_way(connection: Connection) -> Outcomes:
    """A channel for both directions carries one."""
    transport = connection.transport
    if known(transport.kind) != "websocket":
        raise NotApplicable("not a WebSocket")
    if transport.service.content:
        raise NotApplicable(f"{transport.service} decides the transport")
    if transport.http_version.has("1.1"):
        raise NotApplicable(
            "with HTTP/1.1 a browser opens six connections to an origin, and each SSE stream takes one"
        )
    if transport.encoding.has("binary", "protobuf", "msgpack"):
        raise NotApplicable("SSE carries text only")
    for feature in connection.features:
        if feature.direction.has("bidirectional", "client-to-server"):
            raise NotApplicable(f"`{feature.direction.dotted}` is {feature.direction}")
        if feature.presence.is_stated and not feature.presence.is_none:
            raise NotApplicable("clients send their presence upward")
    silent = [feature.direction for feature in connection.features if not feature.direction.content]
    if silent:
        raise Undecided(*silent)
    first = connection.features[0].direction
    yield Violated(
        "Everything on this WebSocket flows from the server to the client.",
        transport.kind,
        (first,),
    )
