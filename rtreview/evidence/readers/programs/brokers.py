"""Servers that hold connections or join nodes, by their files: Centrifugo, Action Cable, MQTT, NATS."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rtreview.evidence.deployment import DEFAULT, UNLESS, Fact, File, Line, Station, folder_path
from rtreview.evidence.readers.programs.literals import NONE
from rtreview.evidence.values import duration, is_template, octets, seconds, size, value_at
from rtreview.text import toml
from rtreview.text.place import SpecPath

MOST_LINES = 20_000
"""Lines of a configuration that are looked at."""

DEEPEST = 16
"""Blocks in blocks."""


def _span(value: Any) -> str | None:
    """A span of time with its unit, `25s`; a bare number means something else in each version."""
    found = seconds(value, bare="") if isinstance(value, str) else None
    return None if found is None else duration(found)


def _octets(value: Any) -> str | None:
    if isinstance(value, str):
        return size(value)
    return octets(value) if _is_number(value) and value > 0 else None


def _count(value: Any) -> int | None:
    number = (
        int(value)
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16
        else value
    )
    return number if _is_number(number) and number > 0 else None


def _refused(value: Any) -> str | None:
    """What happens beyond a rate of new connections, where there is one."""
    return "rate-limit" if _count(value) else None


def _switch(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class Key(NamedTuple):
    """The field that a key fixes, and how its value is read."""

    field: str
    read: Callable[[Any], Any]


_INTERVAL = Key("transport.heartbeat.interval", _span)
_MAX_MESSAGE = Key("backpressure.inbound.max_message", _octets)
_QUEUE = Key("backpressure.queue.max_messages", _count)

CENTRIFUGO: Mapping[tuple[str, str], Key] = {
    ("client.ping_interval", "ping_interval"): _INTERVAL,
    ("client.pong_timeout", "pong_timeout"): Key("transport.heartbeat.timeout", _span),
    ("client.queue_max_size", "client_queue_max_size"): Key("backpressure.queue.max_bytes", _octets),
    ("client.connection_limit", "client_connection_limit"): Key("topology.node.max_connections", _count),
    ("client.connection_rate_limit", "client_connection_rate_limit"): Key("operations.admission", _refused),
    ("client.channel_limit", "client_channel_limit"): Key("backpressure.inbound.subscriptions", _count),
    ("websocket.message_size_limit", "websocket_message_size_limit"): _MAX_MESSAGE,
    ("websocket.compression", "websocket_compression"): Key("transport.compression", _switch),
    ("websocket.write_timeout", "websocket_write_timeout"): Key("backpressure.write_timeout", _span),
    ("shutdown.timeout", "shutdown_timeout"): Key("operations.drain", _span),
}
"""By the names of version 6 and of version 5 (centrifugal.dev/docs/server/configuration)."""

MEMORY = f"{DEFAULT}centrifugo, {UNLESS}a flag or a variable such as CENTRIFUGO_ENGINE_TYPE says otherwise"
"""An engine in memory, which joins no nodes (centrifugal.dev/docs/server/engines)."""

HISTORY = {
    "history_size": Key("transport.resume.max_messages", _count),
    "history_ttl": Key("transport.resume.retention", _span),
}
"""What the channels of a namespace keep (centrifugal.dev/docs/server/channels)."""

CABLES = {
    "redis": "redis",
    "postgresql": "postgres-notify",
    "solid_cable": "solid_cable",
    "async": NONE,
    "inline": NONE,
}
"""Adapters of `config/cable.yml`, and what joins the nodes by each.

guides.rubyonrails.org/action_cable_overview.html#adapter-configuration
"""

ANYCABLES = {"redis": "redis", "redisx": "redis-streams", "nats": "nats"}
"""`broadcast_adapter` of `config/anycable.yml`, by which each server gets what is broadcast.

docs.anycable.io/ruby/broadcast_adapters
"""

BROKERS: Mapping[str, Mapping[str, Key]] = {
    # docs.emqx.com/en/emqx/latest/configuration/mqtt.html
    "emqx": {"mqtt.max_packet_size": _MAX_MESSAGE, "mqtt.max_mqueue_len": _QUEUE},
    # mosquitto.org/man/mosquitto-conf-5.html: bytes
    "mosquitto": {
        "max_packet_size": _MAX_MESSAGE,
        "message_size_limit": _MAX_MESSAGE,
        "max_queued_messages": _QUEUE,
        "max_queued_bytes": Key("backpressure.queue.max_bytes", _octets),
    },
    # docs.nats.io/running-a-nats-service/configuration
    "nats": {
        "ping_interval": _INTERVAL,
        "ping_max": Key("transport.heartbeat.misses", _count),
        "max_payload": _MAX_MESSAGE,
        "max_pending": Key("backpressure.queue.max_bytes", _octets),
        "write_deadline": Key("backpressure.write_timeout", _span),
        "lame_duck_duration": Key("operations.drain", _span),
    },
}
"""Keys by the name that the file of a broker has in its own."""

_CENTRIFUGO = re.compile(
    r"token_hmac_secret_key|hmac_secret_key|force_recovery|history_ttl|client_queue_max_size|http_api"
)
_ERB = re.compile(r"<%[^%\n]{0,400}+(?:%(?!>)[^%\n]{0,100}+){0,9}+%>")
_LINE = re.compile(
    r"""\s{0,99}(?:"([\w.]{1,80})"|([\w.]{1,80}))\s{0,20}(?:[:=]\s{0,20}|\s|(?=\{))(.{0,200})"""
)


def takes(file: File) -> bool:
    """Whether it configures one of these servers."""
    return _is_cable(file) or _broker(file) is not None or _is_centrifugo(file)


def _is_cable(file: File) -> bool:
    return file.path.name in ("cable.yml", "anycable.yml") and file.path.parent.name == "config"


def _is_centrifugo(file: File) -> bool:
    is_named = "centrifugo" in file.name.lower() and file.path.suffix in (".json", ".yaml", ".yml", ".toml")
    return is_named and _CENTRIFUGO.search(file.text) is not None


def _broker(file: File) -> str | None:
    if file.path.suffix != ".conf":
        return None
    name = next((each for each in BROKERS if each in file.path.name.lower()), None)
    # Without clients of its own NATS only joins the nodes: its timers are no transport's.
    return None if name == "nats" and not re.search(r"^\s{0,9}websocket\b", file.text, re.MULTILINE) else name


def stations(files: Sequence[File]) -> Iterator[Station]:
    """The server that each file configures."""
    for file in files:
        if _is_cable(file):
            facts = tuple(_cable(file))
            paths = frozenset({folder_path(str(file.path.parent.parent))})
        else:
            broker = _broker(file)
            facts = tuple(_lines(file, BROKERS[broker]) if broker else _centrifugo(file))
            paths = frozenset({file.id})
        if facts:
            yield Station(facts[0].line, paths=paths, facts=facts)


def _fact(key: Key, value: Any, line: Line) -> Fact:
    read = key.read(value)
    is_put_in = isinstance(value, str) and is_template(value)
    why = (
        ""
        if read is not None
        else "it is put in before the file is used"
        if is_put_in
        else "the value is not plain"
    )
    return Fact(tuple(key.field.split(".")), read, line, why)


class _Settings:
    """The content of a JSON, YAML or TOML file, with the lines of its keys."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.content: Any = None
        self.line_of: Callable[[SpecPath], int] = lambda _: 1
        if file.path.suffix == ".toml":
            self._toml(file.text)
        else:
            found = file.document
            self.content, self.line_of = found.content, lambda path: found.span(path, key=True).line

    def _toml(self, text: str) -> None:
        found = toml.read(text)
        if found is not None:
            self.content, (keys, _) = found
            self.line_of = lambda path: keys[path].line if path in keys else 1

    def at(self, path: SpecPath) -> Any:
        """What stands at a path; None where nothing does."""
        return value_at(self.content, path)

    def line(self, path: SpecPath) -> Line:
        """The line of a path."""
        return self.file.line(self.line_of(path))


def _centrifugo(file: File) -> Iterator[Fact]:
    settings = _Settings(file)
    content = settings.content
    if not isinstance(content, dict) or {"apiVersion", "services", "kind"} & set(content):
        return
    yield Fact(("transport", "service"), "centrifugo", file.line(1))
    for names, key in CENTRIFUGO.items():
        for path in (tuple(name.split(".")) for name in names):
            value = settings.at(path)
            # A limit of 0 is none at all.
            if value is not None and value != 0:
                yield _fact(key, value, settings.line(path))
    yield from _engine(settings)
    for name, key in HISTORY.items():
        yield from _history(settings, name, key)


def _engine(settings: _Settings) -> Iterator[Fact]:
    """What joins the nodes: a broker goes before an engine."""
    paths = [("broker", "type"), ("broker",), ("engine", "type"), ("engine",)]
    if settings.at(("broker", "enabled")) is not True:
        paths.remove(("broker", "type"))
    for path in paths:
        value = settings.at(path)
        if isinstance(value, str):
            kind = None if is_template(value) else NONE if value == "memory" else value
            why = "" if kind else "it is put in before the file is used"
            yield Fact(("topology", "backplane", "kind"), kind, settings.line(path), why)
            return
    if not any(key in settings.content for key in ("engine", "broker")):
        yield Fact(("topology", "backplane", "kind"), NONE, settings.file.line(1), MEMORY)


def _history(settings: _Settings, name: str, key: Key) -> Iterator[Fact]:
    """What channels keep, where all that keep anything keep the same."""
    paths: list[SpecPath] = [(name,), ("channel", "without_namespace", name)]
    for inside in (("namespaces",), ("channel", "namespaces")):
        listed = settings.at(inside)
        paths += [(*inside, index, name) for index in range(len(listed) if isinstance(listed, list) else 0)]
    stated = [path for path in paths if settings.at(path) not in (None, 0, "0s", "")]
    if stated:
        fact = _fact(key, settings.at(stated[0]), settings.line(stated[0]))
        differ = any(settings.at(path) != settings.at(stated[0]) for path in stated)
        yield fact._replace(value=None, decided_by="namespaces differ") if differ else fact


def _cable(file: File) -> Iterator[Fact]:
    """The adapter of Action Cable or AnyCable in production."""
    key, kinds = ("adapter", CABLES) if file.path.name == "cable.yml" else ("broadcast_adapter", ANYCABLES)
    written = (_ERB.sub(lambda found: "ERB".ljust(len(found[0]), "_"), line) for line in file.lines)
    found = file.read("\n".join(written))[0]
    content = found.content.get("production") if isinstance(found.content, dict) else None
    adapter = content.get(key) if isinstance(content, dict) else None
    if not isinstance(adapter, str):
        return
    path = ("production", key)
    line = file.line((found.anchored.get(path) or found.span(path)).line)
    kind = kinds.get(adapter)
    is_put_in = adapter.startswith("ERB")
    why = "" if kind else "it is put in when the program starts" if is_put_in else f"by {adapter}"
    yield Fact(("topology", "backplane", "kind"), kind, line, why)


def _lines(file: File, keys: Mapping[str, Key]) -> Iterator[Fact]:
    """A configuration of a key on each line, some of them in blocks with braces."""
    blocks: list[str] = []
    for number, text in enumerate(file.lines[:MOST_LINES], 1):
        found = _LINE.match(text)
        if found is not None:
            name = ".".join((*blocks, found[1] or found[2]))
            value = re.split(r"\s#|//", found[3], maxsplit=1)[0].strip().strip("\"';,")
            if name in keys and "{" not in value:
                yield _fact(keys[name], value, file.line(number))
        for sign in text.partition("#")[0]:
            if sign == "{" and len(blocks) < DEEPEST:
                blocks.append((found[1] or found[2]) if found is not None else "")
            elif sign == "}" and blocks:
                blocks.pop()
