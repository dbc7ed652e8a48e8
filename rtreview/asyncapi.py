"""Reads an AsyncAPI document, 2.x or 3.x, as far as it speaks of a real-time design.

An AsyncAPI document tells which messages travel where, and seldom what happens when a connection is lost.
What it says becomes a decision that names its place, everything else stays open. Its application is taken
for the server: in 2.x a client may `subscribe` to what it sends, and `publish` what it receives; in 3.x it
says `send` and `receive` itself (asyncapi.com/docs/migration/migrating-to-v3).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, count, islice
from typing import Any, NamedTuple

from rtreview import document
from rtreview.draft import Decision, undecided
from rtreview.finding import Path
from rtreview.notation import shown
from rtreview.refusal import Refused

MOST_FEATURES = 40
"""Channels that become features; a document with more describes a bus, and no design."""

LONGEST_SUMMARY = 200

LARGEST_NUMBER = 2**32
"""What MQTT has four bytes for."""

DEEPEST = 24
"""Schemas inside schemas, and references to references."""

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
_ACTIONS = {"subscribe": "send", "publish": "receive"}
_OTHER = {"send": "receive", "receive": "send"}

_PAIR = re.compile(rb"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
"""How JSON escapes a character beyond U+FFFF; YAML knows no such halves."""


class Node(NamedTuple):
    """A value of the document and its place, as people write it."""

    value: Any
    at: str

    @property
    def mapping(self) -> dict[str, Any]:
        """The value where it is a mapping, else an empty one: what has the wrong shape says nothing."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def text(self) -> str:
        """The value where it is a text, else nothing."""
        return self.value if isinstance(self.value, str) else ""


@dataclass(frozen=True)
class Channel:
    """A channel with what its operations say.

    Attributes:
        name: what the feature is called.
        node: the channel.
        actions: what the application does there, `send` or `receive`, each with its place.
        operations: the operations themselves.
        messages: the messages that travel on it.
        servers: the servers on which it is to be found; all of them where it does not say.

    """

    name: str
    node: Node
    actions: dict[str, str]
    operations: tuple[Node, ...]
    messages: tuple[Node, ...]
    servers: tuple[str, ...]


class Operation(NamedTuple):
    """An operation of a 3.x document: what the application does where, and where it expects the answer."""

    node: Node
    action: str
    channel: Node
    reply: Node
    reply_channel: Node


@dataclass
class AsyncApi:
    """An AsyncAPI document. `unread` are the places of references that lead nowhere in it, in their order."""

    content: dict[str, Any]
    unread: dict[str, None] = field(default_factory=dict)
    _sizes: dict[int, int | None] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The version of AsyncAPI, 2.x or 3.x."""
        return str(self.content["asyncapi"])

    @cached_property
    def root(self) -> Node:
        """The whole of it."""
        return Node(self.content, "")

    def get(self, node: Node, *keys: str) -> Node:
        """What stands under these keys; references are followed on the way."""
        for key in keys:
            inside = node.mapping.get(key)
            node = self._followed(Node(inside, f"{node.at}.{key}".lstrip(".")))
        return node

    def items(self, node: Node) -> Iterator[tuple[str, Node]]:
        """The parts of a mapping by key, or of a list by number."""
        parts = enumerate(node.value) if isinstance(node.value, list) else node.mapping.items()
        for key, value in parts:
            yield str(key), self._followed(Node(value, f"{node.at}.{key}".lstrip(".")))

    def _followed(self, node: Node) -> Node:
        """What a reference leads to; nothing where that is outside of the document, missing, or itself."""
        first = node
        for _ in range(DEEPEST):
            target = node.mapping.get("$ref")
            if not isinstance(target, str):
                return node
            path = _pointer(target)
            value: Any = self.content if path is not None else None
            for key in path or ():
                value = _entry(value, key)
            node = Node(value, ".".join(path or ()))
            if value is None:
                break
        self.unread[first.at] = None
        return Node(None, first.at)

    @cached_property
    def servers(self) -> dict[str, Node]:
        """The servers by name."""
        return dict(self.items(self.get(self.root, "servers")))

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """The first channels with their operations."""
        listed = list(islice(self.items(self.get(self.root, "channels")), MOST_FEATURES))
        names = _names([self.get(node, "address").text or key for key, node in listed])
        read = self._channel_of_2 if self.version.startswith("2.") else self._channel_of_3
        return tuple(read(name, node) for name, (_, node) in zip(names, listed, strict=True))

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The operations of a 3.x document."""
        found = []
        for _, node in self.items(self.get(self.root, "operations")):
            action, channel = self.get(node, "action").text, self.get(node, "channel")
            if action in _OTHER and channel.value is not None:
                reply = self.get(node, "reply")
                answered = self.get(reply, "channel")
                other = channel if answered.value is None else answered
                found.append(Operation(node, action, channel, reply, other))
        return tuple(found)

    def _channel_of_2(self, name: str, node: Node) -> Channel:
        operations = {word: self.get(node, word) for word in _ACTIONS if word in node.mapping}
        actions = {_ACTIONS[word]: operation.at for word, operation in operations.items()}
        messages: list[Node] = []
        for operation in operations.values():
            message = self.get(operation, "message")
            several = self.get(message, "oneOf")
            messages += [one for _, one in self.items(several)] if several.value else [message]
        on = [one.text for _, one in self.items(self.get(node, "servers")) if one.text in self.servers]
        return Channel(name, node, actions, tuple(operations.values()), tuple(messages), tuple(on))

    def _channel_of_3(self, name: str, node: Node) -> Channel:
        actions: dict[str, str] = {}
        for operation in self.operations:
            if operation.channel.value is node.value:
                actions.setdefault(operation.action, operation.node.at)
            if operation.reply.value is not None and operation.reply_channel.value is node.value:
                actions.setdefault(_OTHER[operation.action], operation.reply.at)
        own = tuple(one.node for one in self.operations if one.channel.value is node.value)
        messages = tuple(message for _, message in self.items(self.get(node, "messages")))
        named = [one.value for _, one in self.items(self.get(node, "servers"))]
        on = tuple(name for name, one in self.servers.items() if any(one.value is other for other in named))
        return Channel(name, node, actions, own, messages, on)

    def most_bytes(self, schema: Node, depth: int = 0) -> int | None:
        """The most bytes of JSON that a schema allows, at 4 bytes a character; None where it has no bound."""
        known = id(schema.value)
        if known not in self._sizes:
            self._sizes[known] = None  # a schema inside itself has no bound
            self._sizes[known] = self._most_bytes(schema, depth) if depth < DEEPEST else None
        return self._sizes[known]

    def _most_bytes(self, schema: Node, depth: int) -> int | None:
        said = schema.mapping
        for word in ("enum", "const"):
            if word in said:
                values = said[word] if word == "enum" and isinstance(said[word], list) else [said[word]]
                return max((len(json.dumps(value).encode()) for value in values), default=None)
        for word in ("oneOf", "anyOf"):
            if word in said:
                return _most(
                    [self.most_bytes(one, depth + 1) for _, one in self.items(self.get(schema, word))]
                )
        match said.get("type"):
            case "boolean" | "null":
                return 5
            case "integer" | "number":
                return 24  # the longest double
            case "string":
                longest = _whole(said.get("maxLength"))
                return None if longest is None else 4 * longest + 2
            case "array":
                count, item = (
                    _whole(said.get("maxItems")),
                    self.most_bytes(self.get(schema, "items"), depth + 1),
                )
                return None if count is None or item is None else count * (item + 1) + 2
            case "object" if said.get("additionalProperties") is False:
                parts = list(self.items(self.get(schema, "properties")))
                sizes = [(key, self.most_bytes(part, depth + 1)) for key, part in parts]
                if "patternProperties" in said or any(size is None for _, size in sizes):
                    return None
                return 2 + sum(len(json.dumps(key)) + 2 + (size or 0) for key, size in sizes)
        return None


def read(source: bytes, file: str) -> AsyncApi:
    """The document in a text.

    Raises:
        Refused: it cannot be read, or is no AsyncAPI document; with line and column.

    """
    first = document.read(_PAIR.sub(_joined, source))[0]

    def refused(line: int, column: int, message: str) -> Refused:
        return Refused(f"{file}:{line}:{column}: {message}")

    for problem in first.problems:
        raise refused(problem.span.line, problem.span.column, problem.message)
    content = first.content
    begins = "an AsyncAPI document begins with `asyncapi: 2.6.0` or `asyncapi: 3.0.0`"
    if not isinstance(content, dict):
        raise refused(1, 1, f"expected a mapping, found {shown(content)}: {begins}")
    if "asyncapi" not in content:
        other = next((name for name in ("openapi", "swagger", "rtreview") if name in content), "")
        span = first.span((other,) if other else (), key=True)
        found = f"this is a document of `{other}`" if other else "`asyncapi` is missing"
        raise refused(span.line, span.column, f"{found}: {begins}")
    if not re.fullmatch(r"[23]\.\d{1,3}(\.\d{1,3})?", str(content["asyncapi"])):
        span = first.span(("asyncapi",))
        told = f"{shown(content['asyncapi'])} is not a version that is read here: {begins}"
        raise refused(span.line, span.column, told)
    return AsyncApi({str(key): value for key, value in content.items()})


def head(api: AsyncApi, file: str) -> str:
    """What the reader of the draft is told first."""
    said = [
        f"Read from {file} (AsyncAPI {api.version}) by `rtreview init`. A comment names the place that a "
        "line comes from. What is `Open` the document does not say."
    ]
    more = len(api.get(api.root, "channels").mapping) - len(api.channels)
    if more > 0:
        said.append(f"{more} more channels were left out.")
    if api.unread:
        first, rest = list(api.unread)[:5], len(api.unread) - 5
        told = f"{', '.join(first)}{f' and {rest} more' if rest > 0 else ''}"
        said.append(f"References that lead out of it, or nowhere, were not followed: {told}.")
    return " ".join(said)


def decisions(api: AsyncApi) -> list[Decision]:
    """What the document says of a design, and what it leaves open."""
    channels = api.channels
    found = [*_about(api), *_workload(api, channels)]
    if len(channels) < 2:
        found += [one for channel in channels for one in _facts(api, channel, ())]
        return [*found, *_transport(api, tuple(api.servers), channels, ()), *LAST]
    opened: dict[str, str] = {}
    is_shared = len({_connection(api, channel) for channel in channels}) == 1
    for channel in channels:
        at: Path = ("features", channel.name)
        found += [*_facts(api, channel, at), *_size(api, channel, (*at, "workload", "messages"))]
        if is_shared:
            continue
        on, connection = channel.servers or tuple(api.servers), _connection(api, channel)
        if connection in opened:
            said = f"From {', '.join(f'servers.{name}' for name in on)}."
            found.append(Decision((*at, "transport", "shared_with"), opened[connection], said))
        else:
            # What is open is said once: it is open for all of them.
            found += [one for one in _transport(api, on, (channel,), at) if not (opened and one.is_open)]
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


def _about(api: AsyncApi) -> Iterator[Decision]:
    title, description = (api.get(api.root, "info", word) for word in ("title", "description"))
    if title.text.strip():
        yield Decision(("name",), _line(title.text), f"From {title.at}.")
    summary = _line(description.text.strip().partition("\n\n")[0])
    if summary:
        yield Decision(("summary",), summary, f"From {description.at}.")
    yield undecided(("purpose",), "chat", "what it is for.")


def _workload(api: AsyncApi, channels: tuple[Channel, ...]) -> Iterator[Decision]:
    yield undecided(("workload", "connections"), "10k", "how many are open at the peak.")
    yield undecided(("workload", "clients"), ["browser"], "what connects.")
    if len(channels) == 1:
        yield from _size(api, channels[0], ("workload", "messages"))
    yield undecided(("workload", "rooms"), {"size": {"typical": 12, "max": 400}}, "how many get one message.")


def _size(api: AsyncApi, channel: Channel, at: Path) -> Iterator[Decision]:
    """The largest message, where the schemas of all messages have a bound."""
    payloads = [api.get(message, "payload") for message in channel.messages]
    size = _most([api.most_bytes(payload) for payload in payloads])
    if size is None:
        return
    where = ", ".join(payload.at for payload in payloads[:3]) + (", ..." if len(payloads) > 3 else "")
    said = f"The most that the schema allows, at 4 bytes a character. From {where}."
    yield Decision(at, {"size": {"max": f"{size}B"}}, said)


def _facts(api: AsyncApi, channel: Channel, at: Path) -> Iterator[Decision]:
    """The direction of a channel, and how often its messages arrive."""
    direction = DIRECTIONS.get(frozenset(channel.actions))
    if direction is None:
        yield undecided((*at, "direction"), "bidirectional", f"{channel.node.at} has no operation.")
    else:
        words = {"send": "sends", "receive": "receives"}
        told = " and ".join(f"{words[action]} ({place})" for action, place in channel.actions.items())
        said = f"The application, which is taken for the server, {told}."
        yield Decision((*at, "direction"), direction, said)
    promised = {}
    for operation in channel.operations:
        quality = api.get(operation, "bindings", "mqtt", "qos")
        if type(quality.value) is int and quality.value in GUARANTEES:
            promised[quality.value] = quality.at
    if len(promised) == 1:
        ((level, place),) = promised.items()
        said = f"QoS {level}, between a client and the broker. From {place}."
        yield Decision((*at, "sync", "delivery"), {"guarantee": GUARANTEES[level]}, said)


def _transport(
    api: AsyncApi, on: tuple[str, ...], channels: tuple[Channel, ...], feature: Path
) -> Iterator[Decision]:
    """The connection to some servers, as they describe it."""
    at = (*feature, "transport")
    kinds = {_kind(api, name) for name in on}
    protocols = ", ".join(f"{_protocol(api, name)} (servers.{name})" for name in on[:5])
    if len(kinds) == 1 and "" not in kinds:
        said = f"From {api.servers[on[0]].at}.protocol: {_protocol(api, on[0])}."
        yield Decision((*at, "kind"), kinds.pop(), said)
    elif not on:
        yield undecided((*at, "kind"), "websocket", "the document names no server.")
    elif all(_protocol(api, name) in BROKERS for name in on):
        find_out = f"what brings messages to clients; {protocols} joins services."
        yield undecided((*at, "kind"), "websocket", find_out)
    else:
        yield undecided((*at, "kind"), "sse", f"what carries the messages: the servers speak {protocols}.")
    if _is_socket_io(api, on):
        yield Decision((*at, "library"), "socket.io", f"From the protocol of the servers: {protocols}.")
    else:
        example = "mosquitto" if {_kind(api, name) for name in on} == {"mqtt"} else "socket.io"
        yield undecided((*at, "library"), example, "what carries the messages at both ends.")
    yield from _encoding(api, channels, at)
    yield undecided((*at, "path"), ["cloudflare", "nginx"], "which proxies lie between.")
    yield from _mqtt(api, on, at)
    yield undecided(
        (*at, "reconnect"),
        {"strategy": "exponential", "first_delay": "0s..10s", "base": "1s", "cap": "30s", "jitter": "full"},
        "what a client does when its connection is lost.",
    )
    yield from _token(api, on, channels, at)


def _encoding(api: AsyncApi, channels: tuple[Channel, ...], at: Path) -> Iterator[Decision]:
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
        yield Decision((*at, "encoding"), encoding, f"From {place}.")


def _mqtt(api: AsyncApi, on: tuple[str, ...], at: Path) -> Iterator[Decision]:
    """Keep-alive, session and packet size, where the servers agree on them."""
    every, largest = _number(api, on, "keepAlive"), _number(api, on, "maximumPacketSize")
    session, expiry = _agreed(api, on, "cleanSession", bool), _number(api, on, "sessionExpiryInterval")
    if every:
        value = {"interval": f"{every.value}s", "from": "client", "layer": "application"}
        yield Decision((*at, "heartbeat"), value, f"The keep-alive of MQTT. From {every.at}.")
    else:
        yield undecided((*at, "heartbeat"), {"interval": "25s"}, "how a dead connection is found.")
    if session and session.value is False:
        kept = {"by": "session", **({"retention": f"{expiry.value}s"} if expiry else {})}
        place = f"{session.at} and {expiry.at}" if expiry else session.at
        yield Decision((*at, "resume"), kept, f"The broker keeps the session. From {place}.")
    else:
        find_out = "how a client that returns gets what it missed"
        find_out += f"; {session.at} keeps no session." if session else "."
        example = {"by": "offset", "retention": "10m", "on_gap": "snapshot"}
        yield undecided((*at, "resume"), example, find_out)
    if largest:
        yield Decision((*at, "max_message"), f"{largest.value}B", f"From {largest.at}.")


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


def _token(api: AsyncApi, on: tuple[str, ...], channels: tuple[Channel, ...], at: Path) -> Iterator[Decision]:
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
        yield undecided((*at, "token_ttl"), "1h", find_out)


def _kind(api: AsyncApi, server: str) -> str:
    """What carries the messages of a server; nothing where its protocol does not tell."""
    return KINDS.get(_protocol(api, server), "")


def _protocol(api: AsyncApi, server: str) -> str:
    return api.get(api.servers[server], "protocol").text.strip().lower()[:40]


def _is_socket_io(api: AsyncApi, on: tuple[str, ...]) -> bool:
    return bool(on) and all(_protocol(api, name) in ("socket.io", "socketio") for name in on)


def _joined(pair: re.Match[bytes]) -> bytes:
    """The character that two escaped halves stand for."""
    halves = bytes.fromhex((pair[2] + pair[3]).decode("ascii"))
    return pair[1] + halves.decode("utf-16-be").encode("utf-8")


def _pointer(target: str) -> list[str] | None:
    """The keys of a reference inside the document; None where it leads out of it."""
    if not target.startswith("#/"):
        return None
    from urllib.parse import unquote  # noqa: PLC0415 - only where there is a reference

    return [unquote(key).replace("~1", "/").replace("~0", "~") for key in target[2:].split("/")]


def _entry(value: Any, key: str) -> Any:
    if isinstance(value, list):
        return value[int(key)] if key.isascii() and key.isdigit() and int(key) < len(value) else None
    return value.get(key) if isinstance(value, dict) else None


def _names(addresses: list[str]) -> list[str]:
    """Short names that differ: the last two words of each address that are no parameters."""
    names: list[str] = []
    for address in addresses:
        parts = [part for part in re.split(r"[/.:]", address[:1000]) if part and not part.startswith("{")]
        words = [re.sub(r"[^A-Za-z0-9_-]+", "-", part).strip("-") for part in parts[-2:]]
        short = "-".join(word for word in words if word)[:60] or "root"
        others = (f"{short}-{number}" for number in count(2))
        names.append(next(name for name in chain([short], others) if name not in names))
    return names


def _line(text: str) -> str:
    """A text on one line, not longer than a summary."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SUMMARY else f"{line[: LONGEST_SUMMARY - 1]}\u2026"


def _most(sizes: list[int | None]) -> int | None:
    """The largest, where every one is known."""
    known = [size for size in sizes if size is not None]
    return max(known) if known and len(known) == len(sizes) else None


def _whole(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= 2**40 else None
