"""Programs: what the literals in the calls of a real-time library fix, by plain matching.

Nothing is said of what is not there: a default may be set elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from rtreview.evidence.deployment import DEFAULT, STREAMS, UPGRADED, Fact, File, Override, Station, Unreadable
from rtreview.evidence.readers.programs import (
    beats,
    events,
    frameworks,
    full,
    joins,
    languages,
    libraries,
    returning,
    timers,
)
from rtreview.evidence.readers.programs.changes import Changes, unfollowed
from rtreview.evidence.readers.programs.languages import HEADER
from rtreview.evidence.readers.programs.libraries import WEBSOCKET, Call, Option
from rtreview.evidence.readers.programs.literals import (
    NONE,
    amount,
    count,
    milliseconds,
    number,
    span,
    why_open,
)
from rtreview.evidence.readers.programs.modules import Modules
from rtreview.evidence.readers.programs.product import is_written_here, of_product
from rtreview.evidence.readers.programs.source import MOST_CALLS, SPREADS, Setting, Source
from rtreview.evidence.values import duration
from rtreview.language import catalogue
from rtreview.language.field import Field
from rtreview.quantities.quantity import notation
from rtreview.text.place import SpecPath

MOST_HUBS = 200
"""Files of .NET with hubs that are looked into for what they call."""

MOST_CLIENTS = 200
"""Calls of a client that are compared with each other."""

LIBRARY: SpecPath = ("transport", "library")

WORDS = {end: words for ends, words in languages.WORDS.items() for end in ends}

_HEADER = re.compile(r"""(?:["'][\s,:\])=>]{1,20}["']|:\s{0,9})(no|yes)["']""")
_CONSTANTS = re.compile(r"(?:^|[._-])(?:const(?:ant)?s?|config|settings|defaults)$", re.IGNORECASE)
_OPTION = re.compile(r"(?<![\w.$])(?:maxHttpBufferSize|pingInterval|pingTimeout)\s{0,9}:")
_MODULE = re.compile(r"[A-Z]\w{0,80}(?:\.[A-Z]\w{0,80}){0,9}")
_HANDLER = re.compile(rf"(?<![\w.$])(?:{'|'.join(libraries.BUN)})\s{{0,9}}:")
_LAYERS = re.compile(r"(?<![\w.])CHANNEL_LAYERS\s{0,9}(?::[^=\n]{0,60})?=\s{0,99}(?=\{)")
_SOCKET = re.compile(r'^[ \t]{0,40}socket[ (]{1,4}"{2,200}\s{0,9},', re.MULTILINE)
_KTOR = re.compile(r"\binstall\s{0,9}\(\s{0,9}WebSockets\s{0,9}\)\s{0,9}(?=\{)")
_NET = re.compile(r"\bnew\s{1,9}WebSocketOptions\s{0,9}(?:\(\s{0,9}\)\s{0,9})?(?=\{)")
_SPRING = re.compile(r"@EnableWebSocket(MessageBroker)?\b")
_ENDPOINT = re.compile(r"(?:[rR]egistry|^)\s{0,99}\.\s{0,99}add(?:Endpoint|Handler)\s{0,9}\(", re.MULTILINE)
_BROKER = re.compile(r"\.\s{0,99}(enableSimpleBroker|enableStompBrokerRelay)\s{0,9}\(")
_ROUTES = re.compile(
    r"(?<![\w.])(?:(?:ws|websockets?|sockets?)_?(?:url_?patterns|routes|urls)\s{0,9}(?::[^=\n]{0,60})?=\s{0,99}(?=\[)|URLRouter\s{0,9}\(\s{0,99}(?=\[))"
)
_ROUTE = re.compile(r"(?<![\w.])(?:re_path|path|url)\s{0,9}\(")
_CONSUMER = re.compile(r"^from channels\.generic\.websocket import\b", re.MULTILINE)
_WORKERS = re.compile(r"""["']workers["']\s{0,9}:""")
_PUBSUB = re.compile(r"\{\s{0,9}Phoenix\.PubSub\s{0,9},")
_LISTENER = re.compile(r"\btransport_options:\s{0,9}(?=\[)")
_EXTENSION = re.compile(
    r"\bstatic\s{1,9}[\w<>.]{1,80}\s{1,9}(\w{1,80})\s{0,9}\(\s{0,99}this\s{1,9}\w{0,40}(?:ServiceCollection|ApplicationBuilder)\b"
)
_IMPORTED = re.compile(
    r'^[ \t]{0,40}(?:import[ \t]{1,9})?(?:(\w{1,60})[ \t]{1,9})?"([\w./-]{1,200})"', re.MULTILINE
)
_GORILLA = ("github.com/gorilla/websocket",)
_CODER = ("github.com/coder/websocket", "nhooyr.io/websocket")
_GWS = '"github.com/lxzan/gws"'
_OF_GO = re.compile(r'"(?:github\.com/(?:gorilla|coder|lxzan)/(?:websocket|gws)|nhooyr\.io/websocket)"')
_GWS_SERVER = re.compile(r"\bgws\.(?:NewUpgrader|NewServer)\s{0,9}\(")
_GWS_OPTIONS = re.compile(r"\bgws\.ServerOption\s{0,9}(?=\{)")
_GWS_DEFLATE = re.compile(r"\bgws\.PermessageDeflate\s{0,9}\{\s{0,99}Enabled\s{0,9}:\s{0,9}(true|false)\b")
_DEADLINE = re.compile(r"\.Set(?:Read)?Deadline\s{0,9}\(\s{0,9}time\.Now\s{0,9}\(\s{0,9}\)\.Add\s{0,9}(?=\()")
_WRITTEN = re.compile(r"\.SetWriteDeadline\s{0,9}\(\s{0,9}time\.Now\s{0,9}\(\s{0,9}\)\.Add\s{0,9}(?=\()")
_QUEUE = re.compile(
    r"(?<![\w])(?:send|sendCh(?:an)?|egress|outbox|outbound|outgoing)\s{0,9}:?[:=]\s{0,9}make\s{0,9}(?=\(\s{0,9}chan\b)",
    re.IGNORECASE,
)
_COMPRESSED = re.compile(
    r"\bCompressionMode\s{0,9}:\s{0,9}\w{1,60}\.Compression(Disabled|(?:No)?ContextTakeover)\b"
)
_PASSING = re.compile(r"\bhttputil\.(?:NewSingleHostReverseProxy\(|ReverseProxy\{)")
_COMPUTED = re.compile(r"\[[^\]\n]{1,100}\]\s{0,9}:")
_PLAIN = re.compile(r"""(?:"[^"\\\n]{0,200}"|'[^'\\\n]{0,200}'|[\w$]{1,80})\s{0,9}[:(]""")
_TICKER = re.compile(r"\btime\.NewTicker\s{0,9}(?=\()")


def takes(file: File) -> bool:
    """Whether it is a program that may have to do with live connections, or has the constants of one."""
    path = file.path
    words = WORDS.get(path.suffix)
    if words is None or not is_written_here(path):
        return False
    return _speaks(file) or (
        path.suffix in languages.JAVASCRIPT
        and _CONSTANTS.search(path.stem) is not None
        and "export" in file.text
    )


def _speaks(file: File) -> bool:
    """Whether it has a word without which it says nothing."""
    text = file.text
    return any(word in text for word in WORDS[file.path.suffix])


def stations(files: Sequence[File]) -> Iterator[Station | Unreadable]:
    """What each file says of the process that it is a part of."""
    modules = Modules([file for file in files if file.path.suffix in languages.JAVASCRIPT])
    with_hubs = (each for each in files if each.path.suffix in languages.CSHARP and ".MapHub" in each.text)
    hubs = list(islice(with_hubs, MOST_HUBS))
    holding = {each.folder for each in files if each.path.suffix in languages.GO and _OF_GO.search(each.text)}
    found: list[Station] = []
    connecting: list[tuple[str, frozenset[SpecPath]]] = []
    for file in of_product(list(filter(_speaks, files))):
        source = Source(file)
        program = _Program(source, modules, holds=file.folder in holding)
        facts = program.distinct()
        connecting += [(file.folder, fields) for fields in program.connecting]
        gateway = _PASSING.search(file.text) if file.path.suffix in languages.GO else None
        if facts or gateway:
            line = facts[0].line if facts else file.line(1)
            callers = _callers(source, hubs) if facts and file.path.suffix in languages.CSHARP else ()
            # Which library it is the hub of each says: that tells the programs apart.
            shared = tuple(fact for fact in facts if fact.field != LIBRARY)
            found += [Station(line, inside=folder, facts=shared) for folder in callers]
            if not callers:
                found.append(Station(line, inside=file.folder, facts=facts, passes_on=gateway is not None))
        if source.beyond:
            yield Unreadable(file.line(1), f"{source.beyond}: the rest is not looked at")
    fed = list(full.agreed(list(joins.beside_listeners(found))))
    yield from events.beside_others([_of_all_clients(station, connecting) for station in fed])


def _of_all_clients(station: Station, connecting: Sequence[tuple[str, frozenset[SpecPath]]]) -> Station:
    """A source file without how one of several clients of a program comes back, where others do not say so.

    They do what the library does by itself. A value that is the same says as much.
    """
    if not any(fact.field[:2] == ("transport", "reconnect") for fact in station.facts):
        return station
    own = [
        fields
        for folder, fields in connecting[:MOST_CLIENTS]
        if events.is_one_program(folder, station.inside)
    ]
    lacking = frozenset[SpecPath]().union(*own) - frozenset.intersection(*own) if len(own) > 1 else ()
    kept = tuple(fact for fact in station.facts if fact.field not in lacking or _is_usual(fact))
    return replace(station, facts=kept) if len(kept) != len(station.facts) else station


def _is_usual(fact: Fact) -> bool:
    """Whether a client of Socket.IO does so by itself."""
    platform = catalogue.find("socket.io")
    usual = getattr(platform.defaults.transport.reconnect, str(fact.field[-1]), None) if platform else None
    return isinstance(usual, Field) and usual.is_stated and notation(usual) == str(fact.value)


def _callers(source: Source, hubs: Sequence[File]) -> tuple[str, ...]:
    """The folders of programs with hubs that call the only method by which a file extends their services.

    A project that several programs share sets up the library for each of them.
    """
    extensions = {found[1] for found in islice(_EXTENSION.finditer(source.bones), MOST_CALLS)}
    if len(extensions) != 1:
        return ()
    (name,) = extensions
    called = re.compile(rf"\.{name}\s{{0,9}}\(")
    others = (file for file in hubs if name in file.text and called.search(file.text))
    return tuple(dict.fromkeys(file.folder for file in others if file.folder != source.file.folder))


class _Program:
    """What a file of a program fixes."""

    def __init__(self, source: Source, modules: Modules, *, holds: bool) -> None:
        self.source = source
        self.modules = modules
        self.holds = holds
        self.text = source.text
        self.suffix = source.file.path.suffix
        self.doubts: dict[int, Override] = {}
        self.changes = Changes(source)
        self.used: dict[tuple[str, int], Override | None] = {}
        self.connecting: list[frozenset[SpecPath]] = []

    def distinct(self) -> tuple[Fact, ...]:
        """Its facts in the order of their lines; of those that say the same, the first."""
        facts: dict[tuple[SpecPath, Any, str], Fact] = {}
        for fact in sorted(self._facts(), key=lambda fact: fact.line.number):
            facts.setdefault((fact.field, fact.value, fact.decided_by if fact.is_open else ""), fact)
        return tuple(facts.values())

    def _facts(self) -> Iterator[Fact]:
        for call in (*libraries.CALLS, *events.CALLS, *frameworks.CALLS):
            if self.suffix in call.languages and call.needs in self.text:
                brackets = list(self._brackets(call))
                other = self._beside(call, brackets) if call.options else None
                for bracket in brackets:
                    facts = self._called(call, bracket)
                    yield from other.over(facts) if other else facts
        if self.suffix in languages.JAVASCRIPT:
            yield from self._adapters()
            yield from self._handlers()
            yield from self._timers()
            yield from self._wait()
            yield from self._delays()
            yield from self._beats()
            yield from self._gateways()
            yield from events.read(self.source)
        elif self.suffix in languages.PYTHON:
            yield from self._layers()
            yield from self._routes()
            yield from self._workers()
            yield from self._beats()
        elif self.suffix in languages.ELIXIR:
            yield from self._sockets()
            yield from self._pubsub()
        elif self.suffix in languages.CSHARP:
            yield from self._blocks(_NET, libraries.KESTREL)
        elif self.suffix in languages.JVM:
            yield from self._annotated()
        elif self.suffix in languages.GO:
            yield from self._go()
        yield from frameworks.channels(self.source)
        yield from events.sent(self.source)
        yield from joins.subscribed(self.source, holds=self.holds)
        yield from self._headers()

    def _brackets(self, call: Call) -> Iterator[int]:
        """Where the brackets of a call open."""
        if not call.module:
            for name in call.names:
                yield from self.source.calls(name)
            return
        for local, member in self.source.imported(call.module).items():
            for name in call.names:
                if member and name.partition(".")[0] == member:
                    yield from self.source.calls(local + name.removeprefix(member))
                elif not member and (not name or name.startswith(".")):
                    yield from self.source.calls(f"{local}{name}")
        if "" in call.names:
            for quote in "\"'":
                required = f"require({quote}{call.module}{quote})("
                at = self.text.find(required)
                if at >= 0:
                    yield at + len(required) - 1

    def _beside(self, call: Call, brackets: Sequence[int]) -> Override | None:
        """What else of the same kind is made here, of which the options are not followed."""
        fields = frozenset(
            tuple(option.field.split(".")) for options in call.options.values() for option in options
        )
        if self.suffix not in languages.JAVASCRIPT or not brackets:
            return None
        if len(brackets) > 1 and (at := next(unfollowed(self.source, brackets), None)):
            return Override(self.source.line(at), "another one whose options are not followed", fields)
        names = [local for local, member in self.source.imported(call.module).items() if member in call.names]
        other = self.changes.of_others(names, call.module) if call.module else None
        return other._replace(fields=fields) if other else None

    def _called(self, call: Call, bracket: int) -> Iterator[Fact]:
        line = self.source.line(bracket)
        if call.options is libraries.SOCKET_IO_CLIENT:
            keys = {setting.key for setting in self.source.settings(bracket)}
            options = (option for key in keys for option in call.options.get(key, ()))
            stated = (tuple(option.field.split(".")) for option in options)
            self.connecting.append(frozenset(field for field in stated if field[1] == "reconnect"))
        if call.library:
            yield Fact(("transport", "library"), call.library, line)
        for field, value in call.fixes:
            yield Fact(tuple(field.split(".")), value, line)
        if call.carries:
            yield from events.carries(call.carries, line)
        if call.sets:
            settings = self.source.assignments(bracket, self.source.end(bracket))
        else:
            settings = self.source.settings(bracket)
        absent = {key: (field, value) for key, field, value in call.defaults}
        for index, setting in enumerate(self._given(settings, is_assigned=call.sets, bracket=bracket)):
            absent = {} if setting.value.startswith("**") else absent
            absent.pop(setting.key, None)
            # The first argument has no name, or that of what computes it.
            first = call.options.get("", ()) if index == 0 else ()
            yield from self._set(first or (call.options.get(setting.key, ()) if setting.key else ()), setting)
        for field, value in absent.values():
            yield Fact(tuple(field.split(".")), value, line, f"{DEFAULT}{call.library}")

    def _given(
        self, settings: Iterable[Setting], *, is_assigned: bool = False, bracket: int = -1
    ) -> Iterator[Setting]:
        """Settings, with what may go over each: what is spread in behind it, and what is set elsewhere.

        Of those of one key in one object, the last counts.
        """
        listed = list(settings)
        places = {setting.at: self.source.around(setting.at - 1) for setting in listed}
        last = {(setting.key, places[setting.at]): setting for setting in listed}
        spread: dict[int | None, int] = {}
        later: dict[str, Setting] = {}
        for setting in reversed(listed):
            place = places[setting.at]
            other = later.setdefault(setting.key, setting)
            doubt = None
            if self._is_unread(setting, place):
                spread.setdefault(place, setting.at)
            elif place in spread:
                doubt = Override(self.source.line(spread[place]), "what is spread in")
            elif setting.key and other is not setting and other.value != setting.value:
                doubt = Override(self.source.line(other.at), "the same setting")
            elif setting.key and not is_assigned:
                doubt = self.changes.of(setting)
                name = self.source.objects.get(place, "") if place is not None else ""
                doubt = doubt or (self._constant(name, bracket) if name else None)
            if doubt is not None and setting.key:
                self.doubts[setting.at] = doubt
        self._inherit(listed)
        for setting in listed:
            if not setting.key or last[setting.key, places[setting.at]] is setting or is_assigned:
                yield setting

    def _inherit(self, listed: Sequence[Setting]) -> None:
        """What goes over an object goes over all that stands in it."""
        holders: dict[str, Setting] = {}
        for setting in listed:
            holders[setting.key] = setting
            holder = holders.get(setting.key.rpartition(".")[0]) if "." in setting.key else None
            if holder is not None and holder.at in self.doubts:
                self.doubts.setdefault(setting.at, self.doubts[holder.at])

    def _constant(self, name: str, bracket: int) -> Override | None:
        """What may change an object that a name stands for."""
        key = (name, bracket)
        if key not in self.used:
            self.used[key] = self.changes.of_constant(name, bracket)
        return self.used[key]

    def _is_unread(self, setting: Setting, place: int | None) -> bool:
        """Whether it may set any key: it is spread in, computed, or written so that it is not read."""
        if setting.value.startswith(SPREADS) or (not setting.key and _COMPUTED.match(setting.value)):
            return True
        is_member = place is not None and self.source.bones[place] == "{" and not setting.key
        is_read = not setting.value or _PLAIN.match(setting.value) is not None
        return is_member and not is_read and self.suffix in languages.JAVASCRIPT

    def _set(self, options: Sequence[Option], setting: Setting) -> Iterator[Fact]:
        """What a setting fixes, open where something may go over it."""
        doubt = self.doubts.get(setting.at)
        facts = self._fixed(options, setting)
        yield from doubt.over(facts) if doubt else facts

    def _fixed(self, options: Sequence[Option], setting: Setting) -> Iterator[Fact]:
        """What a setting fixes. Where it is a name that the file gives a value, that line fixes it."""
        for option in options:
            field = tuple(option.field.split("."))
            line, why, remark = self.source.line(setting.at), "", ""
            value = _read(option, setting.value)
            if value is None:
                found = self.modules.constant(self.source, setting.value)
                holder, constant = found or (self.source, None)
                expression = holder.resolved((constant or setting).value)
                value = _read(option, expression)
                if constant is not None:
                    line, used = holder.line(constant.at), line
                    remark = f"used at line {used.number}"
                    remark += f" of {self.source.file.path.name}" if holder is not self.source else ""
                if value is None:
                    remark, why = "", why_open(constant.value if constant is not None else setting.value)
            if value is not None and option.offer:
                value, why, remark = None, f"{value} is what {option.offer}", ""
            yield Fact(field, value, line, why, option.kinds, remark)

    def _adapters(self) -> Iterator[Fact]:
        """The adapters that are made here or built upon, and not only imported."""
        for module, (kind, adapter) in libraries.ADAPTERS.items():
            for local in self.source.imported(module) if module in self.text else ():
                built_upon = self.source.built_upon(local)
                made = () if built_upon is None else (built_upon,)
                for at in chain(self.source.calls(local), made):
                    line = self.source.line(at)
                    yield Fact(("topology", "backplane", "kind"), kind, line, remark=f"by {module}")
                    yield Fact(("topology", "backplane", "adapter"), adapter, line, remark=f"by {module}")
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
            settings = list(self._given(self.source.settings(around))) if around is not None else []
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

    def _timers(self) -> Iterator[Fact]:
        """What timers do that the program sets by hand: they ping, and they end it."""
        if "setInterval" in self.text and (ping := timers.ping(self.source, self.modules)):
            if ping.every is not None:
                yield from self._set((Option(libraries.INTERVAL, milliseconds),), ping.every)
            source, at = ping.place
            yield Fact(("transport", "heartbeat", "layer"), "websocket-ping", source.line(at))
            if ping.is_server:
                yield Fact(("transport", "heartbeat", "from"), "server", source.line(at))
        if "SIGTERM" in self.text and (end := timers.end(self.source, self.modules)):
            for fact in self._set((Option("operations.drain", milliseconds),), end):
                remark = "then the program ends itself"
                yield fact._replace(remark=f"{fact.remark}; {remark}" if fact.remark else remark)

    def _wait(self) -> Iterator[Fact]:
        """How long a client that is written by hand waits before it comes back."""
        found = returning.wait(self.source)
        if found is None:
            return
        for field, read, stated in (
            (libraries.BASE, milliseconds, found.base),
            (libraries.FACTOR, number, found.factor),
            (libraries.CAP, milliseconds, found.cap),
        ):
            if stated is not None:
                yield from self._set((Option(field, read, kinds=frozenset({found.kind})),), stated)
        if found.factor is None and found.base is not None:
            line = self.source.line(found.base.at)
            yield Fact(("transport", "reconnect", "strategy"), "fixed", line, kinds=frozenset({found.kind}))

    def _beats(self) -> Iterator[Fact]:
        """A heartbeat that the program sends by its own code, as a message like others."""
        beat = beats.beat(self.source)
        if beat is None:
            return
        of_sockets = frozenset({WEBSOCKET})
        option = Option(libraries.INTERVAL, span if beat.is_server else milliseconds, kinds=of_sockets)
        for fact in self._set((option,), beat.every):
            if not fact.is_open:
                yield fact
                for key, value in (
                    ("layer", "application"),
                    ("from", "server" if beat.is_server else "client"),
                ):
                    yield Fact(("transport", "heartbeat", key), value, fact.line, kinds=of_sockets)

    def _delays(self) -> Iterator[Fact]:
        """The waits before each attempt of a client of SignalR, after which it gives up."""
        found = returning.delays(self.source) if "@microsoft/signalr" in self.text else None
        if found is not None:
            at, waits = found
            line = self.source.line(at)
            spans = tuple(duration(each / 1000) for each in waits)
            why = f"{DEFAULT}signalr" if waits == returning.USUAL_DELAYS else ""
            yield Fact(("transport", "reconnect", "delays"), spans, line, why)
            yield Fact(("transport", "reconnect", "max_attempts"), len(spans), line, why)

    def _gateways(self) -> Iterator[Fact]:
        """Options of Socket.IO in an object of their type."""
        types = {
            *self.source.imported("@nestjs/websockets").values(),
            *self.source.imported("socket.io").values(),
        }
        if types & {"GatewayMetadata", "ServerOptions"}:
            for setting in self._around(_OPTION.finditer(self.source.bones)):
                yield from self._set(libraries.SOCKET_IO.get(setting.key, ()), setting)

    def _routes(self) -> Iterator[Fact]:
        """The routes and consumers of Channels that are of a WebSocket."""
        library: SpecPath = ("transport", "library")
        for found in islice(_ROUTES.finditer(self.source.bones), MOST_CALLS):
            end = self.source.end(found.end())
            first = _ROUTE.search(self.source.bones, found.end(), end)
            if first is not None and ".as_asgi(" in self.source.bones[first.start() : end]:
                line = self.source.line(first.start())
                yield Fact(library, "django-channels", line)
                yield Fact(("transport", "kind"), "websocket", line)
        if consumer := _CONSUMER.search(self.source.bones):
            yield Fact(library, "django-channels", self.source.line(consumer.start()))
        for bracket in self.source.calls("ProtocolTypeRouter"):
            for setting in self.source.settings(bracket):
                if setting.key == "websocket":
                    line = self.source.line(setting.at)
                    yield Fact(library, "django-channels", line)
                    yield Fact(("transport", "kind"), "websocket", line)

    def _workers(self) -> Iterator[Fact]:
        """The processes of gunicorn, where a program starts it (docs.gunicorn.org/en/stable/custom.html)."""
        if "gunicorn.app" not in self.text:
            return
        for setting in self._around(_WORKERS.finditer(self.text)):
            if setting.key == "workers":
                yield from self._set((Option("topology.node.processes", count),), setting)

    def _around(self, places: Iterator[re.Match[str]]) -> Iterator[Setting]:
        """The settings of the object that each of some places stands in."""
        for found in islice(places, MOST_CALLS):
            around = self.source.around(found.start())
            if around is not None:
                yield from self._given(self.source.settings(around))

    def _layers(self) -> Iterator[Fact]:
        """The channel layer of Django; where a file sets it in several places, they are asked for."""
        found = list(_LAYERS.finditer(self.source.bones))
        if len(found) > 1:
            line = self.source.line(found[0].start())
            yield Fact(("topology", "backplane", "kind"), None, line, f"it is set in {len(found)} places")
        elif found:
            for setting in self._given(self.source.settings(found[0].end())):
                yield from self._set(libraries.DJANGO.get(setting.key, ()), setting)

    def _sockets(self) -> Iterator[Fact]:
        """The sockets of an endpoint of Phoenix; where they differ, it is open."""
        stated: dict[SpecPath, Fact] = {}
        for found in islice(_SOCKET.finditer(self.source.bones), MOST_CALLS):
            if "live_reload" in self.text[found.start() : found.end()]:  # of the developer's browser
                continue
            yield Fact(("transport", "library"), "phoenix", self.source.line(found.end() - 1))
            settings = self._given(self.source.entries(found.end(), self.source.statement(found.end())))
            facts = [
                fact
                for setting in settings
                for fact in self._set(libraries.PHOENIX.get(setting.key, ()), setting)
            ]
            is_last_resort = any(fact.value == "long-polling" for fact in facts if fact.field[-1] == "kind")
            for fact in facts:
                if is_last_resort and fact.field[-1] == "fallback":
                    continue
                other = stated.setdefault(fact.field, fact)
                if other.value != fact.value:
                    why = f"the socket at line {fact.line.number} differs"
                    stated[fact.field] = other._replace(value=None, decided_by=why)
        yield from stated.values()

    def _pubsub(self) -> Iterator[Fact]:
        """What Phoenix.PubSub is given to reach other nodes, and how many connections a listener takes."""
        kind: SpecPath = ("topology", "backplane", "kind")
        for found in islice(_PUBSUB.finditer(self.source.bones), MOST_CALLS):
            settings = list(self.source.settings(found.start()))
            stated = next((setting for setting in settings if setting.key == "adapter"), None)
            name = self.source.function(stated.value) if stated is not None else "Phoenix.PubSub.PG2"
            line = self.source.line(stated.at if stated is not None else found.start())
            joins = libraries.PUBSUB.get(name)
            why = (
                f"by {name}" if name != "Phoenix.PubSub.PG2" else "it reaches nodes that Erlang has connected"
            )
            yield Fact(kind, joins, line, "" if joins else why)
            if stated is not None and _MODULE.fullmatch(name):
                yield Fact(("topology", "backplane", "adapter"), name, line)
        for found in islice(_LISTENER.finditer(self.source.bones), MOST_CALLS):
            for setting in self.source.settings(found.end()):
                if setting.key == "max_connections":
                    yield from self._set((libraries.ROOM,), setting)

    def _annotated(self) -> Iterator[Fact]:
        """What Spring and Ktor are told to turn on."""
        at = ("transport", "library")
        for found in islice(_SPRING.finditer(self.source.bones), MOST_CALLS):
            library = "spring-stomp" if found[1] else "spring-websocket"
            yield Fact(at, library, self.source.line(found.start()))
        for found in islice(_ENDPOINT.finditer(self.source.bones), 1 if "Registry" in self.text else 0):
            yield Fact(("transport", "kind"), WEBSOCKET, self.source.line(found.start()), kinds=UPGRADED)
        for found in islice(_BROKER.finditer(self.source.bones), MOST_CALLS):
            is_simple = found[1] == "enableSimpleBroker"
            why = "" if is_simple else "by a broker that speaks STOMP"
            remark = "the simple broker keeps to its node" if is_simple else ""
            kind, line = NONE if is_simple else None, self.source.line(found.start(1))
            yield Fact(("topology", "backplane", "kind"), kind, line, why, remark=remark)
        if "io.ktor.server" in self.text and (installed := _KTOR.search(self.source.bones)):
            yield Fact(at, "ktor", self.source.line(installed.start()))
            yield from self._blocks(_KTOR, libraries.KTOR)

    def _blocks(self, pattern: re.Pattern[str], options: Mapping[str, Sequence[Option]]) -> Iterator[Fact]:
        """What is set with `=` in the block that opens behind each place of a pattern."""
        for found in islice(pattern.finditer(self.source.bones), MOST_CALLS):
            for setting in self.source.assignments(found.end(), self.source.end(found.end())):
                yield from self._set(options.get(setting.key, ()), setting)

    def _go(self) -> Iterator[Fact]:
        """A server of gorilla, coder or lxzan in Go, the only ticker of a file that pings, and deadlines."""
        # A package of the team's own may be called `websocket` as well: the import says which one it is.
        gorilla, coder = self._called_here(_GORILLA), self._called_here(_CODER)
        yield from self._upgraded("gorilla-websocket", gorilla, r"Upgrader\s{0,9}\{")
        yield from self._upgraded("coder-websocket", coder, r"Accept\s{0,9}\(")
        if coder and (mode := _COMPRESSED.search(self.source.bones)):
            line = self.source.line(mode.start())
            yield Fact(("transport", "compression"), mode[1] != "Disabled", line)
        is_gws = _GWS in self.text
        if is_gws:
            yield from self._gws()
        if gorilla or is_gws:
            yield from self._deadline(_DEADLINE, libraries.SILENCE)
            yield from self._deadline(_WRITTEN, libraries.WRITE_TIMEOUT)
        if gorilla or coder or is_gws:
            yield from self._queue()
        if self.holds:
            yield from full.overflow(self.source)
        tickers = list(_TICKER.finditer(self.source.bones)) if "PingMessage" in self.text else []
        if len(tickers) == 1:
            for setting in self.source.settings(tickers[0].end()):
                option = Option(libraries.INTERVAL, milliseconds)
                yield from self._set((option,), setting)
                yield Fact(
                    ("transport", "heartbeat", "layer"), "websocket-ping", self.source.line(setting.at)
                )

    def _called_here(self, modules: Sequence[str]) -> str:
        """What a file of Go calls the first of some modules; nothing where it imports none of them."""
        imports = _IMPORTED.finditer(self.text)
        return next((found[1] or "websocket" for found in imports if found[2] in modules), "")

    def _upgraded(self, library: str, package: str, call: str) -> Iterator[Fact]:
        """Where a package of WebSockets takes one."""
        pattern = rf"(?<![\w*]){package}\.{call}"
        for found in islice(re.finditer(pattern, self.source.bones) if package else (), MOST_CALLS):
            line = self.source.line(found.start())
            yield Fact(("transport", "library"), library, line)
            yield Fact(("transport", "kind"), WEBSOCKET, line, kinds=UPGRADED)

    def _gws(self) -> Iterator[Fact]:
        """A server of lxzan/gws (pkg.go.dev/github.com/lxzan/gws#ServerOption)."""
        if server := _GWS_SERVER.search(self.source.bones):
            line = self.source.line(server.start())
            yield Fact(("transport", "library"), "gws", line)
            yield Fact(("transport", "kind"), WEBSOCKET, line, kinds=UPGRADED)
        if options := _GWS_OPTIONS.search(self.source.bones):
            for setting in self.source.settings(options.end()):
                if setting.key == "ReadMaxPayloadSize":
                    yield from self._set((Option(libraries.MAX_MESSAGE, amount),), setting)
        if deflate := _GWS_DEFLATE.search(self.source.bones):
            yield Fact(("transport", "compression"), deflate[1] == "true", self.source.line(deflate.start()))

    def _deadline(self, pattern: re.Pattern[str], field: str) -> Iterator[Fact]:
        """How long a server waits to read, or to write, where a file sets no other."""
        found = islice(pattern.finditer(self.source.bones), MOST_CALLS)
        first = [next(self.source.settings(each.end()), None) for each in found]
        spans = {setting.value: setting for setting in reversed(first) if setting is not None}
        if len(spans) == 1:
            for fact in self._set((Option(field, milliseconds),), *spans.values()):
                if not fact.is_open:
                    yield fact

    def _queue(self) -> Iterator[Fact]:
        """How many messages wait for a client, in the only channel of a file that is called after sending."""
        made = list(islice(_QUEUE.finditer(self.source.bones), MOST_CALLS))
        if len(made) == 1:
            for setting in list(self.source.settings(made[0].end()))[1:]:
                yield from self._set((Option(libraries.QUEUE, count),), setting)

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
    return NONE if text in option.off else option.read(text)
