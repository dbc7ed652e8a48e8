"""Timers that a program of JavaScript sets by hand: pings of its WebSockets, and its own end.

What a timer does may stand in a function of the same file, or of another file of its folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rtreview.evidence.readers.programs.modules import Modules
from rtreview.evidence.readers.programs.source import MOST_CALLS, Setting, Source

DEEPEST = 3
"""Functions that call each other."""

MOST_FUNCTIONS = 40
"""Functions that a timer leads to."""

SOCKETS = frozenset({"socket", "conn", "connection", "peer"})
"""What a program calls a connection, and some call other things."""

NO_FUNCTIONS = frozenset(
    {
        *("if", "for", "while", "switch", "catch", "function", "return", "await", "typeof", "new", "super"),
        *("forEach", "map", "filter", "on", "once", "emit", "log", "error", "info", "warn", "debug", "get"),
        *("set", "send", "close", "terminate", "exit", "ping", "setTimeout", "clearInterval", "require"),
    }
)
"""Words before a bracket, and methods of the language and of sockets."""

_PING = re.compile(r"(?<![\w$])([\w$]{1,40})\??\.ping(?:\?\.)?\s{0,9}\(")
_CALLED = re.compile(r"(?<![\w$])([A-Za-z_$][\w$]{1,60})\s{0,9}(?:\(|\.bind\b)")
_EMITTED = re.compile(r"\.emit\s{0,9}\(\s{0,9}([\w$.]{1,80})\s{0,9}[,)]")
_TERM = re.compile(r"""\bprocess\s{0,9}\.\s{0,9}(?:on|once)\s{0,9}\(\s{0,9}["']SIGTERM["']""")
_BODY = re.compile(r"\s{0,9}(?::\s{0,9}[\w<>\[\], |.]{1,80})?\s{0,9}(?:=>\s{0,9})?(?=\{)")


class Part(NamedTuple):
    """A part of a program, from a place to another."""

    source: Source
    begin: int
    end: int

    @property
    def text(self) -> str:
        """It, with quotation marks for what is in quotes."""
        return self.source.bones[self.begin : self.end]


class Ping(NamedTuple):
    """A timer that pings WebSockets.

    Attributes:
        every: how often, as it is written; None where nothing is.
        bracket: where the bracket of the timer opens.
        place: the program and the place of the ping.
        is_server: whether it is that of a server.

    """

    every: Setting | None
    bracket: int
    place: tuple[Source, int]
    is_server: bool


def ping(source: Source, modules: Modules) -> Ping | None:
    """The first timer of a file that pings a WebSocket, which no browser can do."""
    for bracket in source.calls("setInterval"):
        settings = list(source.settings(bracket))
        body = Part(source, bracket, source.end(bracket))
        for part in _reached(body, modules, settings[0].value if settings else ""):
            found = _pinged(part, is_own=part.source is source)
            if found is not None:
                at, is_server = found
                is_direct = part == body
                place = (source, bracket) if is_direct else (part.source, at)
                return Ping(settings[-1] if settings else None, bracket, place, is_server or _serves(source))
    return None


def _serves(source: Source) -> bool:
    return bool({"WebSocketServer", "Server", ""} & set(source.imported("ws").values()))


def _pinged(part: Part, *, is_own: bool) -> tuple[int, bool] | None:
    """Where a part pings a WebSocket, and whether its file makes a server."""
    is_server = _serves(part.source)
    knows = is_server or (not is_own and bool(part.source.imported("ws")))
    for found in _PING.finditer(part.text):
        receiver = found[1].lower()
        is_socket = receiver in ("ws", "websocket") or (knows and receiver in SOCKETS)
        is_client = receiver == "client" and knows and (not is_own or "clients" in part.text)
        if is_socket or is_client:
            return part.begin + found.start(), is_server
    return None


def _reached(part: Part, modules: Modules, first: str = "") -> Iterator[Part]:
    """A part, and the functions that it leads to: those of its file, then those of other files beside it."""
    seen: set[tuple[str, str]] = set()
    waiting = [(part, 0)]
    while waiting and len(seen) < MOST_FUNCTIONS:
        part, depth = waiting.pop(0)
        yield part
        if depth == DEEPEST:
            continue
        names = dict.fromkeys(found[1] for found in _CALLED.finditer(part.text))
        if first:
            names |= {first.rpartition(".")[2]: None}
            first = ""
        for name in names:
            key = part.source.file.id, name
            if name not in NO_FUNCTIONS and key not in seen and len(seen) < MOST_FUNCTIONS:
                seen.add(key)
                own = [*_functions(part.source, name)]
                others = () if own else modules.beside(part.source, name)
                waiting += [(each, depth + 1) for each in own]
                waiting += [(each, depth + 1) for other in others for each in _functions(other, name)]
        for event in dict.fromkeys(found[1] for found in _EMITTED.finditer(part.text)):
            waiting += [(each, depth + 1) for each in _listeners(part.source, modules, event)]


def _functions(source: Source, name: str) -> Iterator[Part]:
    """The bodies of the functions of that name."""
    if name not in source.bones:
        return
    pattern = re.compile(
        rf"(?<![\w$]){re.escape(name)}\s{{0,9}}(?:=\s{{0,9}}(?:async\s{{0,9}})?(?:function\s{{0,9}})?)?(?=\()"
    )
    for count, found in enumerate(pattern.finditer(source.bones)):
        if count == MOST_CALLS:
            return
        body = _BODY.match(source.bones, source.end(found.end()) + 1)
        if body is not None:
            yield Part(source, body.end(), source.end(body.end()))


def _listeners(source: Source, modules: Modules, event: str) -> Iterator[Part]:
    """The calls of `on` by which files beside it take an event that has a name."""
    pattern = re.compile(rf"\.\s{{0,99}}(?:on|once)\s{{0,9}}(?=\(\s{{0,9}}{re.escape(event)}\s{{0,9}},)")
    for other in (source, *modules.beside(source, event)):
        for found in pattern.finditer(other.bones):
            yield Part(other, found.end(), other.end(found.end()))
            break


def end(source: Source, modules: Modules) -> Setting | None:
    """After how long a program ends itself that was asked to end, and closes what it has until then."""
    found = _TERM.search(source.text)
    if found is None:
        return None
    begin = source.text.index("(", found.start())
    settings = list(source.settings(begin))
    parts = list(
        _reached(Part(source, begin, source.end(begin)), modules, settings[-1].value if settings else "")
    )
    own = [part for part in parts if part.source is source]
    if not any(re.search(r"\.close\s{0,9}\(", part.text) for part in own):
        return None
    for bracket in source.calls("setTimeout"):
        is_inside = any(part.begin <= bracket < part.end for part in own)
        timed = list(source.settings(bracket)) if is_inside else []
        if len(timed) > 1 and "process.exit" in source.bones[bracket : source.end(bracket)]:
            return timed[-1]
    return None
