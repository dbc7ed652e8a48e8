"""Programs: what the literals in the calls of a real-time library fix, by plain matching.

Nothing is said of what is not there: a default may be set elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from rtreview.evidence.deployment import Fact, File, Station
from rtreview.evidence.literals import milliseconds, why_open
from rtreview.evidence.readers import libraries
from rtreview.evidence.readers.libraries import HEADER, Call, Option
from rtreview.evidence.source import MOST_CALLS, Setting, Source
from rtreview.text.place import SpecPath

OTHERS = frozenset(
    {
        *("node_modules", "vendor", "deps", "dist", "build", "_build", "out", "target", "docs"),
        *("test", "tests", "__tests__", "__mocks__", "spec", "specs", "e2e", "testdata", "fixtures", "mocks"),
        *("benchmark", "benchmarks"),
    }
)
"""Folders of what others wrote, what is made from the rest, and what is run by tests alone."""

WORDS = {end: words for ends, words in libraries.WORDS.items() for end in ends}

SOCKETS = frozenset({"socket", "conn", "connection", "peer"})
"""What a program calls a connection, and some call other things."""

STREAMS = frozenset({"sse", "http-stream"})
"""What a response is that buffering holds back."""

_TEST = re.compile(
    r"[._-](?:test|tests|spec|stories|d|min)\.\w{1,4}$|^test_|^conftest\.py$|Tests?\.(?:java|kt|cs)$"
)
_HEADER = re.compile(r"""["'][\s,:\])=]{1,20}["'](no|yes)["']""")
_HANDLER = re.compile(rf"(?<![\w.$])(?:{'|'.join(libraries.BUN)})\s{{0,9}}:")
_PING = re.compile(r"(?<![\w$])([\w$]{1,40})\??\.ping(?:\?\.)?\s{0,9}\(")
_LAYERS = re.compile(r"(?<![\w.])CHANNEL_LAYERS\s{0,9}(?::[^=\n]{0,60})?=\s{0,99}(?=\{)")
_SOCKET = re.compile(r'^[ \t]{0,40}socket[ (]{1,4}"{2,200}\s{0,9},', re.MULTILINE)
_KTOR = re.compile(r"\binstall\s{0,9}\(\s{0,9}WebSockets\s{0,9}\)\s{0,9}(?=\{)")
_NET = re.compile(r"\bnew\s{1,9}WebSocketOptions\s{0,9}(?:\(\s{0,9}\)\s{0,9})?(?=\{)")
_SPRING = re.compile(r"@EnableWebSocket(MessageBroker)?\b")
_UPGRADED = re.compile(r"(?<![\w*])websocket\.(?:(Upgrader)\s{0,9}\{|Accept\s{0,9}\()")
_TICKER = re.compile(r"\btime\.NewTicker\s{0,9}(?=\()")


def takes(file: File) -> bool:
    """Whether it is a program that may have to do with live connections."""
    path = file.path
    words = WORDS.get(path.suffix)
    if words is None or OTHERS & set(path.parts[:-1]) or _TEST.search(path.name):
        return False
    text = file.text
    return any(word in text for word in words)


def stations(files: Sequence[File]) -> Iterator[Station]:
    """What each file says of the process that it is a part of."""
    for file in files:
        facts = _Program(Source(file)).distinct()
        if facts:
            yield Station(facts[0].line, inside=file.folder, facts=facts)


class _Program:
    """What a file of a program fixes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.suffix = source.file.path.suffix

    def distinct(self) -> tuple[Fact, ...]:
        """Its facts in the order of their lines; of those that say the same, the first."""
        facts: dict[tuple[SpecPath, Any, str], Fact] = {}
        for fact in sorted(self._facts(), key=lambda fact: fact.line.number):
            facts.setdefault((fact.field, fact.value, fact.decided_by if fact.is_open else ""), fact)
        return tuple(facts.values())

    def _facts(self) -> Iterator[Fact]:
        for call in libraries.CALLS:
            if self.suffix in call.languages and call.needs in self.text:
                for bracket in self._brackets(call):
                    yield from self._called(call, bracket)
        if self.suffix in libraries.JAVASCRIPT:
            yield from self._adapters()
            yield from self._handlers()
            yield from self._pings()
        elif self.suffix in libraries.PYTHON:
            yield from self._layers()
        elif self.suffix in libraries.ELIXIR:
            yield from self._sockets()
        elif self.suffix in libraries.CSHARP:
            yield from self._blocks(_NET, libraries.KESTREL)
        elif self.suffix in libraries.JVM:
            yield from self._annotated()
        elif self.suffix in libraries.GO:
            yield from self._go()
        yield from self._headers()

    def _brackets(self, call: Call) -> Iterator[int]:
        """Where the brackets of a call open."""
        if not call.module:
            for name in call.names:
                yield from self.source.calls(name)
            return
        for local, member in self.source.imported(call.module).items():
            for name in call.names:
                if member and name == member:
                    yield from self.source.calls(local)
                elif not member and (not name or name.startswith(".")):
                    yield from self.source.calls(f"{local}{name}")
        if "" in call.names:
            for quote in "\"'":
                required = f"require({quote}{call.module}{quote})("
                at = self.text.find(required)
                if at >= 0:
                    yield at + len(required) - 1

    def _called(self, call: Call, bracket: int) -> Iterator[Fact]:
        line = self.source.line(bracket)
        if call.library:
            yield Fact(("transport", "library"), call.library, line)
        for field, value in call.fixes:
            yield Fact(tuple(field.split(".")), value, line)
        if call.sets:
            settings = self.source.assignments(bracket, self.source.end(bracket))
        else:
            settings = self.source.settings(bracket)
        for index, setting in enumerate(settings):
            # The first argument has no name, or that of what computes it.
            first = call.options.get("", ()) if index == 0 else ()
            yield from self._set(first or (call.options.get(setting.key, ()) if setting.key else ()), setting)

    def _set(self, options: Sequence[Option], setting: Setting) -> Iterator[Fact]:
        """What a setting fixes. Where it is a name that the file gives a value, that line fixes it."""
        for option in options:
            field = tuple(option.field.split("."))
            line, why = self.source.line(setting.at), ""
            value = _read(option, setting.value)
            if value is None:
                constant = self.source.constant(setting.value)
                expression = self.source.resolved((constant or setting).value)
                value = _read(option, expression)
                if constant is not None:
                    line, used = self.source.line(constant.at), line.number
                    why = f"used at line {used}"
                if value is None:
                    why = why_open(constant.value if constant is not None else setting.value)
            yield Fact(field, value, line, why)

    def _adapters(self) -> Iterator[Fact]:
        """The adapters of Socket.IO that are made here, and not only imported."""
        for module, (kind, adapter) in libraries.ADAPTERS.items():
            for local in self.source.imported(module) if module in self.text else ():
                for bracket in self.source.calls(local):
                    line = self.source.line(bracket)
                    yield Fact(("topology", "backplane", "kind"), kind, line, f"by {module}")
                    yield Fact(("topology", "backplane", "adapter"), adapter, line, f"by {module}")
                    break

    def _handlers(self) -> Iterator[Fact]:
        """The objects with `message` and others that Bun and uWebSockets.js take."""
        library = "uwebsockets" if "uWebSockets" in self.text else "bun"
        if library == "bun" and not any(
            word in self.text for word in ("Bun.", '"bun"', "'bun'", "ServerWebSocket", "lysia")
        ):
            return
        for bracket in self.source.calls("Bun.serve"):
            if any(setting.key == "websocket" for setting in self.source.settings(bracket)):
                yield Fact(("transport", "library"), "bun", self.source.line(bracket))
        for found in islice(_HANDLER.finditer(self.source.bones), MOST_CALLS):
            around = self.source.around(found.start())
            settings = list(self.source.settings(around)) if around is not None else []
            by_key = {setting.key: setting for setting in settings}
            if "message" not in by_key or around is None:
                continue
            yield Fact(("transport", "library"), library, self.source.line(around))
            pings = by_key.get("sendPings", by_key.get("sendPingsAutomatically"))
            is_silent = pings is not None and pings.value == "false"
            for setting in settings:
                for fact in self._set(libraries.BUN.get(setting.key, ()), setting):
                    if is_silent and setting.key == "idleTimeout":
                        yield fact._replace(field=tuple(libraries.SILENCE.split(".")))
                    elif not (is_silent and setting is pings):
                        yield fact
            return

    def _pings(self) -> Iterator[Fact]:
        """A timer that pings a WebSocket, which no browser can do; a server's where the file makes one."""
        is_server = bool({"WebSocketServer", "Server", ""} & set(self.source.imported("ws").values()))
        for bracket in self.source.calls("setInterval"):
            body = self.source.bones[bracket : self.source.end(bracket)]
            receivers = {found[1].lower() for found in _PING.finditer(body)}
            is_socket = receivers & {"ws", "websocket"} or (is_server and receivers & SOCKETS)
            if not is_socket and not (is_server and "client" in receivers and "clients" in body):
                continue
            line = self.source.line(bracket)
            *_, last = [None, *self.source.settings(bracket)]
            if last is not None:
                yield from self._set((Option(libraries.INTERVAL, milliseconds),), last)
            yield Fact(("transport", "heartbeat", "layer"), "websocket-ping", line)
            if is_server:
                yield Fact(("transport", "heartbeat", "from"), "server", line)
            return

    def _layers(self) -> Iterator[Fact]:
        """The channel layer of Django; where a file sets it in several places, they are asked for."""
        found = list(_LAYERS.finditer(self.source.bones))
        if len(found) > 1:
            line = self.source.line(found[0].start())
            yield Fact(("topology", "backplane", "kind"), None, line, f"it is set in {len(found)} places")
        elif found:
            for setting in self.source.settings(found[0].end()):
                yield from self._set(libraries.DJANGO.get(setting.key, ()), setting)

    def _sockets(self) -> Iterator[Fact]:
        """The sockets of an endpoint of Phoenix."""
        for found in islice(_SOCKET.finditer(self.source.bones), MOST_CALLS):
            if "live_reload" in self.text[found.start() : found.end()]:  # of the developer's browser
                continue
            yield Fact(("transport", "library"), "phoenix", self.source.line(found.end() - 1))
            for setting in self.source.entries(found.end(), self.source.statement(found.end())):
                yield from self._set(libraries.PHOENIX.get(setting.key, ()), setting)

    def _annotated(self) -> Iterator[Fact]:
        """What Spring and Ktor are told to turn on."""
        at = ("transport", "library")
        for found in islice(_SPRING.finditer(self.source.bones), MOST_CALLS):
            library = "spring-stomp" if found[1] else "spring-websocket"
            yield Fact(at, library, self.source.line(found.start()))
        if "io.ktor.server" in self.text and (installed := _KTOR.search(self.source.bones)):
            yield Fact(at, "ktor", self.source.line(installed.start()))
            yield from self._blocks(_KTOR, libraries.KTOR)

    def _blocks(self, pattern: re.Pattern[str], options: Mapping[str, Sequence[Option]]) -> Iterator[Fact]:
        """What is set with `=` in the block that opens behind each place of a pattern."""
        for found in islice(pattern.finditer(self.source.bones), MOST_CALLS):
            for setting in self.source.assignments(found.end(), self.source.end(found.end())):
                yield from self._set(options.get(setting.key, ()), setting)

    def _go(self) -> Iterator[Fact]:
        """A server of gorilla or coder in Go, and the only ticker of a file that sends pings."""
        for found in islice(_UPGRADED.finditer(self.source.bones), MOST_CALLS):
            library = "gorilla-websocket" if found[1] else "coder-websocket"
            yield Fact(("transport", "library"), library, self.source.line(found.start()))
        tickers = list(_TICKER.finditer(self.source.bones)) if "PingMessage" in self.text else []
        if len(tickers) == 1:
            for setting in self.source.settings(tickers[0].end()):
                option = Option(libraries.INTERVAL, milliseconds)
                yield from self._set((option,), setting)
                yield Fact(
                    ("transport", "heartbeat", "layer"), "websocket-ping", self.source.line(setting.at)
                )

    def _headers(self) -> Iterator[Fact]:
        """Where a response asks nginx, and what is like it, not to buffer it."""
        at = self.text.find(HEADER)
        while at >= 0:
            end = at + len(HEADER)
            found = _HEADER.match(self.text, end)
            if found is not None:
                yield Fact(
                    ("transport", "path", "buffering"),
                    found[1] == "yes",
                    self.source.line(at),
                    f"{HEADER} of a response",
                    STREAMS,
                )
                return
            at = self.text.find(HEADER, end)


def _read(option: Option, text: str) -> Any:
    return "none" if text in option.off else option.read(text)
