"""What an AsyncAPI document says of a real-time design.

It tells which messages travel where, and seldom what happens when a connection is lost. What it says becomes
a statement that names its place, everything else stays open. Its application is taken for the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rtreview.init.asyncapi import AsyncApi, Channel, Node, most
from rtreview.init.draft import Statement, undecided
from rtreview.text.place import SpecPath

LONGEST_SUMMARY = 200

LARGEST_NUMBER = 2**32
"""What MQTT has four bytes for."""

KINDS = {
    "ws": "websocket", "wss": "websocket", "socket.io": "websocket", "socketio": "websocket",
    "mqtt": "mqtt", "mqtts": "mqtt", "secure-mqtt": "mqtt", "mqtt5": "mqtt", "sse": "sse", "mercure": "sse",
}  # fmt: skip
"""What carries the messages, by the protocol of a server. Mercure travels over SSE."""

BROKERS = (
    "amqp", "amqps", "amqp1", "kafka", "kafka-secure", "nats", "redis", "rediss", "pulsar", "jms", "sns",
    "sqs", "ibmmq", "solace", "googlepubsub", "anypointmq",
)  # fmt: skip
"""Protocols that join services; no client of a feature speaks them."""

ENCODINGS = {
    "json": "json",
    "protobuf": "protobuf",
    "msgpack": "msgpack",
    "messagepack": "msgpack",
    "octet-stream": "binary",
}
"""How messages are written, by a word of their content type."""

GUARANTEES = {0: "at-most-once", 1: "at-least-once", 2: "exactly-once"}
"""What the quality of service of MQTT promises between a client and the broker."""

DIRECTIONS = {
    frozenset(("send",)): "server-to-client",
    frozenset(("receive",)): "client-to-server",
    frozenset(("send", "receive")): "bidirectional",
}


def head(api: AsyncApi, file: str) -> str:
    """What the reader of the draft is told first."""
    sentences = [
        f"Read from {file} (AsyncAPI {api.version}) by `rtreview init`. A comment names the place that a "
        "line comes from. What is `Open` the document does not say."
    ]
    more = len(api.get(api.root, "channels").mapping) - len(api.channels)
    if more > 0:
        sentences.append(f"{more} more channels were left out.")
    if api.unread:
        first, rest = list(api.unread)[:5], len(api.unread) - 5
        places = f"{', '.join(first)}{f' and {rest} more' if rest > 0 else ''}"
        sentences.append(f"References that lead out of it, or nowhere, were not followed: {places}.")
    return " ".join(sentences)


def statements(api: AsyncApi) -> list[Statement]:
    """What the document says of a design, and what it leaves open."""
    channels = api.channels
    found = [*_about(api), *_workload(api, channels)]
    if len(channels) < 2:
        found += [fact for channel in channels for fact in _facts(api, channel, ())]
        return [*found, *_transport(api, tuple(api.servers), channels, ()), *LAST]
    opened: dict[str, str] = {}
    is_shared = len({_connection(api, channel) for channel in channels}) == 1
    for channel in channels:
        at: SpecPath = ("features", channel.name)
        found += [*_facts(api, channel, at), *_size(api, channel, (*at, "workload", "messages"))]
        if is_shared:
            continue
        on, connection = channel.servers or tuple(api.servers), _connection(api, channel)
        if connection in opened:
            comment = f"From {', '.join(f'servers.{name}' for name in on)}."
            found.append(Statement((*at, "transport", "shared_with"), opened[connection], comment))
        else:
            # What is open is said once: it is open for all of them.
            found += [
                statement
                for statement in _transport(api, on, (channel,), at)
                if not (opened and statement.is_open)
            ]
            opened[connection] = channel.name
    if is_shared:
        found += _transport(api, channels[0].servers or tuple(api.servers), channels, ())
    return [*found, *LAST]


def _connection(api: AsyncApi, channel: Channel) -> str:
    """Tells the connections of channels apart.

    A channel of WebSockets is a connection (the WebSockets binding of AsyncAPI); one of Socket.IO, MQTT and
    others is a name on a connection.
    """
    on = channel.servers or tuple(api.servers)
    kinds = {_kind(api, name) for name in on}
    if kinds & {"websocket", "sse"} and not _is_socket_io(api, on):
        return channel.node.at
    return ", ".join(sorted(kinds))


PURPOSE = undecided(("purpose",), "chat", "what it is for.")

LOAD = (
    undecided(("workload", "connections"), "10k", "how many are open at the peak."),
    undecided(("workload", "clients"), ["browser"], "what connects."),
)
"""How many there are, and of what."""

RESUME = {"by": "offset", "retention": "10m", "on_gap": "snapshot"}
MISSED = "how a client that returns gets what it missed"

LAST = (
    undecided(
        ("presence",), {"grace": "10s"}, "whether people are shown as being there, and when they leave."
    ),
    undecided(
        ("backpressure",),
        {"queue": {"max_messages": 200}, "overflow": "disconnect"},
        "what happens to a client that reads slowly.",
    ),
    undecided(
        ("topology",),
        {"nodes": 2, "node": {"accept_rate": "500/s"}},
        "how many servers, and what each takes.",
    ),
    undecided(("operations",), {"close_spread": "30s"}, "how a deployment ends connections."),
    undecided(("targets",), {"latency": "500ms", "recovery": "2m"}, "what you promise."),
)
"""Of this no AsyncAPI document speaks."""


def reconnect(transport: SpecPath) -> Statement:
    """What a client does when its connection is lost, which is open."""
    plan = {"strategy": "exponential", "first_delay": "0s..10s", "base": "1s", "cap": "30s", "jitter": "full"}
    return undecided((*transport, "reconnect"), plan, "what a client does when its connection is lost.")


def _about(api: AsyncApi) -> Iterator[Statement]:
    title, description = (api.get(api.root, "info", word) for word in ("title", "description"))
    if title.text.strip():
        yield Statement(("name",), _line(title.text), f"From {title.at}.")
    summary = _line(description.text.strip().partition("\n\n")[0])
    if summary:
        yield Statement(("summary",), summary, f"From {description.at}.")
    yield PURPOSE


def _workload(api: AsyncApi, channels: tuple[Channel, ...]) -> Iterator[Statement]:
    yield from LOAD
    if len(channels) == 1:
        yield from _size(api, channels[0], ("workload", "messages"))
    yield undecided(("workload", "rooms"), {"size": {"typical": 12, "max": 400}}, "how many get one message.")


def _size(api: AsyncApi, channel: Channel, at: SpecPath) -> Iterator[Statement]:
    """The largest message, where the schemas of all messages have a bound."""
    payloads = [api.get(message, "payload") for message in channel.messages]
    size = most([api.most_bytes(payload) for payload in payloads])
    if size is None:
        return
    where = ", ".join(payload.at for payload in payloads[:3]) + (", ..." if len(payloads) > 3 else "")
    comment = f"The most that the schema allows, at 4 bytes a character. From {where}."
    yield Statement(at, {"size": {"max": f"{size}B"}}, comment)


def _facts(api: AsyncApi, channel: Channel, at: SpecPath) -> Iterator[Statement]:
    """The direction of a channel, and how often its messages arrive."""
    direction = DIRECTIONS.get(frozenset(channel.actions))
    if direction is None:
        yield undecided((*at, "direction"), "bidirectional", f"{channel.node.at} has no operation.")
    else:
        words = {"send": "sends", "receive": "receives"}
        actions = " and ".join(f"{words[action]} ({place})" for action, place in channel.actions.items())
        comment = f"The application, which is taken for the server, {actions}."
        yield Statement((*at, "direction"), direction, comment)
    promised = {}
    for operation in channel.operations:
        quality = api.get(operation, "bindings", "mqtt", "qos")
        if type(quality.value) is int and quality.value in GUARANTEES:
            promised[quality.value] = quality.at
    if len(promised) == 1:
        ((level, place),) = promised.items()
        comment = f"QoS {level}, between a client and the broker. From {place}."
        yield Statement((*at, "sync", "delivery"), {"guarantee": GUARANTEES[level]}, comment)


def _transport(
    api: AsyncApi, on: tuple[str, ...], channels: tuple[Channel, ...], feature: SpecPath
) -> Iterator[Statement]:
    """The connection to some servers, as they describe it."""
    at = (*feature, "transport")
    kinds = {_kind(api, name) for name in on}
    protocols = ", ".join(f"{_protocol(api, name)} (servers.{name})" for name in on[:5])
    if len(kinds) == 1 and "" not in kinds:
        comment = f"From {api.servers[on[0]].at}.protocol: {_protocol(api, on[0])}."
        yield Statement((*at, "kind"), kinds.pop(), comment)
    elif not on:
        yield undecided((*at, "kind"), "websocket", "the document names no server.")
    elif all(_protocol(api, name) in BROKERS for name in on):
        find_out = f"what brings messages to clients; {protocols} joins services."
        yield undecided((*at, "kind"), "websocket", find_out)
    else:
        yield undecided((*at, "kind"), "sse", f"what carries the messages: the servers speak {protocols}.")
    if _is_socket_io(api, on):
        yield Statement((*at, "library"), "socket.io", f"From the protocol of the servers: {protocols}.")
    else:
        is_mqtt = {_kind(api, name) for name in on} == {"mqtt"}
        find_out = "what carries the messages at both ends."
        yield undecided((*at, "library"), "mosquitto" if is_mqtt else "socket.io", find_out)
    yield from _encoding(api, channels, at)
    yield undecided((*at, "path"), ["cloudflare", "nginx"], "which proxies lie between.")
    yield from _mqtt(api, on, at)
    yield reconnect(at)
    yield from _token(api, on, channels, at)


def _encoding(api: AsyncApi, channels: tuple[Channel, ...], at: SpecPath) -> Iterator[Statement]:
    """How messages are written, where all of them say the same."""
    usual = api.get(api.root, "defaultContentType")
    found: dict[str, str] = {}
    for message in (message for channel in channels for message in channel.messages):
        own = api.get(message, "contentType")
        used = own if own.text else usual
        words = re.split(r"[/+.; ]|x-|vnd", used.text.lower())
        found.setdefault(next((ENCODINGS[word] for word in words if word in ENCODINGS), ""), used.at)
    if len(found) == 1 and "" not in found:
        ((encoding, place),) = found.items()
        yield Statement((*at, "encoding"), encoding, f"From {place}.")


def _mqtt(api: AsyncApi, on: tuple[str, ...], at: SpecPath) -> Iterator[Statement]:
    """Keep-alive, session and packet size, where the servers agree on them."""
    every, largest = _number(api, on, "keepAlive"), _number(api, on, "maximumPacketSize")
    session, expiry = _agreed(api, on, "cleanSession", bool), _number(api, on, "sessionExpiryInterval")
    if every:
        value = {"interval": f"{every.value}s", "from": "client", "layer": "application"}
        yield Statement((*at, "heartbeat"), value, f"The keep-alive of MQTT. From {every.at}.")
    else:
        yield undecided((*at, "heartbeat"), {"interval": "25s"}, "how a dead connection is found.")
    if session and session.value is False:
        kept = {"by": "session", **({"retention": f"{expiry.value}s"} if expiry else {})}
        place = f"{session.at} and {expiry.at}" if expiry else session.at
        yield Statement((*at, "resume"), kept, f"The broker keeps the session. From {place}.")
    else:
        without = f"; {session.at} keeps no session" if session else ""
        yield undecided((*at, "resume"), RESUME, f"{MISSED}{without}.")
    if largest:
        yield Statement((*at, "max_message"), f"{largest.value}B", f"From {largest.at}.")


def _agreed(api: AsyncApi, on: tuple[str, ...], name: str, kind: type) -> Node | None:
    """What the MQTT bindings of all servers that have it say alike."""
    found = [
        node
        for server in on
        for word in ("mqtt", "mqtt5")
        if type((node := api.get(api.servers[server], "bindings", word, name)).value) is kind
    ]
    return found[0] if len({node.value for node in found}) == 1 else None


def _number(api: AsyncApi, on: tuple[str, ...], name: str) -> Node | None:
    """Likewise a number that MQTT can carry; 0 is the decision to have none."""
    found = _agreed(api, on, name, int)
    return found if found and 0 < found.value < LARGEST_NUMBER else None


def _token(
    api: AsyncApi, on: tuple[str, ...], channels: tuple[Channel, ...], at: SpecPath
) -> Iterator[Statement]:
    """The document tells how a client proves who it is, and not for how long that is valid."""
    shown_at = [f"servers.{name}.security" for name in on if api.get(api.servers[name], "security").value]
    shown_at += [
        node.at
        for channel in channels
        for word in ("headers", "query")
        if (node := api.get(channel.node, "bindings", "ws", word)).mapping
    ]
    if shown_at:
        find_out = f"how long what a client shows in the handshake is valid. From {', '.join(shown_at[:3])}."
        yield undecided((*at[:-1], "access", "token_ttl"), "1h", find_out)


def _kind(api: AsyncApi, server: str) -> str:
    """What carries the messages of a server; nothing where its protocol does not tell."""
    return KINDS.get(_protocol(api, server), "")


def _protocol(api: AsyncApi, server: str) -> str:
    return api.get(api.servers[server], "protocol").text.strip().lower()[:40]


def _is_socket_io(api: AsyncApi, on: tuple[str, ...]) -> bool:
    return bool(on) and all(_protocol(api, name) in ("socket.io", "socketio") for name in on)


def _line(text: str) -> str:
    """A text on one line, not longer than a summary."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SUMMARY else f"{line[: LONGEST_SUMMARY - 1]}\u2026"
