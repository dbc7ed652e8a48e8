"""AsyncAPI documents, 2.x and 3.x: servers, channels, and what the application does on each.

In 2.x a client may `subscribe` to what the application sends, and `publish` what it receives; in 3.x the
document says `send` and `receive` itself (asyncapi.com/docs/migration/migrating-to-v3). References inside the
document are followed. What has another shape than it should says nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, count, islice
from typing import Any, NamedTuple

from rtreview.language.notation import shown
from rtreview.quantities.unchanging import unchanging
from rtreview.text import document
from rtreview.text.refusal import Refused

MOST_FEATURES = 40
"""Channels that become features; a document with more describes a bus, and no design."""

DEEPEST = 24
"""Schemas inside schemas, and references to references."""

_ACTIONS = {"subscribe": "send", "publish": "receive"}
_OTHER = {"send": "receive", "receive": "send"}

_BEGINS = re.compile(r"""^[{ \t]{0,8}["']?asyncapi["']?[ \t]{0,8}:""", re.MULTILINE)

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


@unchanging(slots=False)
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
        channel_of = self._channel_of_2 if self.version.startswith("2.") else self._channel_of_3
        return tuple(channel_of(name, node) for name, (_, node) in zip(names, listed, strict=True))

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
            messages += [choice for _, choice in self.items(several)] if several.value else [message]
        on = [
            server.text for _, server in self.items(self.get(node, "servers")) if server.text in self.servers
        ]
        return Channel(name, node, actions, tuple(operations.values()), tuple(messages), tuple(on))

    def _channel_of_3(self, name: str, node: Node) -> Channel:
        actions: dict[str, str] = {}
        for operation in self.operations:
            if operation.channel.value is node.value:
                actions.setdefault(operation.action, operation.node.at)
            if operation.reply.value is not None and operation.reply_channel.value is node.value:
                actions.setdefault(_OTHER[operation.action], operation.reply.at)
        own = tuple(operation.node for operation in self.operations if operation.channel.value is node.value)
        messages = tuple(message for _, message in self.items(self.get(node, "messages")))
        named = [server.value for _, server in self.items(self.get(node, "servers"))]
        on = tuple(
            name for name, server in self.servers.items() if any(server.value is other for other in named)
        )
        return Channel(name, node, actions, own, messages, on)

    def most_bytes(self, schema: Node, depth: int = 0) -> int | None:
        """The most bytes of JSON that a schema allows, at 4 bytes a character; None where it has no bound."""
        known = id(schema.value)
        if known not in self._sizes:
            self._sizes[known] = None  # a schema inside itself has no bound
            self._sizes[known] = self._most_bytes(schema, depth) if depth < DEEPEST else None
        return self._sizes[known]

    def _most_bytes(self, schema: Node, depth: int) -> int | None:
        keywords = schema.mapping
        for word in ("enum", "const"):
            if word in keywords:
                values = (
                    keywords[word]
                    if word == "enum" and isinstance(keywords[word], list)
                    else [keywords[word]]
                )
                return max((len(json.dumps(value).encode()) for value in values), default=None)
        for word in ("oneOf", "anyOf"):
            if word in keywords:
                return most(
                    [self.most_bytes(option, depth + 1) for _, option in self.items(self.get(schema, word))]
                )
        match keywords.get("type"):
            case "boolean" | "null":
                return 5
            case "integer" | "number":
                return 24  # the longest double
            case "string":
                longest = _whole(keywords.get("maxLength"))
                return None if longest is None else 4 * longest + 2
            case "array":
                count, item = (
                    _whole(keywords.get("maxItems")),
                    self.most_bytes(self.get(schema, "items"), depth + 1),
                )
                return None if count is None or item is None else count * (item + 1) + 2
            case "object" if keywords.get("additionalProperties") is False:
                parts = list(self.items(self.get(schema, "properties")))
                sizes = [(key, self.most_bytes(part, depth + 1)) for key, part in parts]
                if "patternProperties" in keywords or any(size is None for _, size in sizes):
                    return None
                return 2 + sum(len(json.dumps(key)) + 2 + (size or 0) for key, size in sizes)
        return None


def is_one(text: str) -> bool:
    """Whether a text begins as an AsyncAPI document does; what else is wrong with it, `read` says."""
    return _BEGINS.search(text, 0, 4096) is not None


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
    if not re.fullmatch(r"[23]\.[0-9]{1,3}(\.[0-9]{1,3})?", str(content["asyncapi"])):
        span = first.span(("asyncapi",))
        reason = f"{shown(content['asyncapi'])} is not a version that is read here: {begins}"
        raise refused(span.line, span.column, reason)
    return AsyncApi({str(key): value for key, value in content.items()})


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
        return value[int(key)] if re.fullmatch("[0-9]{1,9}", key) and int(key) < len(value) else None
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


def most(sizes: list[int | None]) -> int | None:
    """The largest, where every one is known."""
    known = [size for size in sizes if size is not None]
    return max(known) if known and len(known) == len(sizes) else None


def _whole(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= 2**40 else None
