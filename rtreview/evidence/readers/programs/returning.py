"""How a client comes back that is written by hand: the wait that grows with each attempt, or stays the same.

It is told where a file of JavaScript connects, waits by a timer, and has one such wait. One that grows has a
cap; one that stays the same is that of a timer which is set when the connection has ended, and connects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from rtreview.evidence.readers.programs.libraries import SSE, WEBSOCKET
from rtreview.evidence.readers.programs.literals import number
from rtreview.evidence.readers.programs.source import MOST_CALLS, Setting, Source

_CONNECTS = re.compile(r"(?<![\w$.])new\s{1,9}(?:window\.)?(WebSocket|EventSource)\s{0,9}\(")
_FACTOR = r"([0-9][0-9.]{0,5})"
_POWER = rf"(?:Math\.pow\s{{0,9}}\(\s{{0,9}}{_FACTOR}\s{{0,9}},|\(?\s{{0,9}}{_FACTOR}\s{{0,9}}\*\*)"
_GROWS = re.compile(rf"\s{{0,9}}([\w$.]{{1,60}}+)\s{{0,9}}\*\s{{0,9}}{_POWER}")
_MULTIPLIED = re.compile(
    r"\s{0,9}([\w$.]{1,60}+)\s{0,9}\*\s{0,9}([0-9][0-9.]{0,5}|[A-Za-z_$][\w$.]{0,60})\s{0,9}"
)
_ASSIGNED = re.compile(r"(?<![\w$.])((?:this\.)?[A-Za-z_$][\w$]{0,60})(\.current)?\s{0,9}=\s{0,9}$")
_KEEPS = re.compile(r"\s{0,9}(?:React\.)?useRef\s{0,9}(?:<[\w |]{1,40}>)?\s{0,9}\((.{1,80})\)")
_ENDED = {
    WEBSOCKET: re.compile(
        r"""\.onclose\s{0,9}=|\.(?:on|once|addEventListener)\s{0,9}\(\s{0,9}["']close["']"""
    ),
    SSE: re.compile(r"""\.onerror\s{0,9}=|\.addEventListener\s{0,9}\(\s{0,9}["']error["']"""),
}
"""What is called when a connection has ended; a stream of events only tells errors."""

_CALLED = re.compile(r"(?<![\w$])([A-Za-z_$][\w$]{0,60})\s{0,9}(?:\(|$)")
_DELAYS = re.compile(r"\[((?:\s{0,99}+[0-9][0-9_]{0,9}+\s{0,9}+(?:,|(?=\s{0,99}\]))){1,20}+)\s{0,99}\]")
_NUMBER = re.compile(r"[0-9][0-9_]{0,9}")
_WAIT = re.compile(r"delay|backoff|wait|retry|reconnect", re.IGNORECASE)


USUAL_DELAYS = (0, 2000, 10_000, 30_000)
"""Milliseconds before each attempt of SignalR (learn.microsoft.com/aspnet/core/signalr/javascript-client)."""


def delays(source: Source) -> tuple[int, tuple[int, ...]] | None:
    """The waits in milliseconds before the attempts of a client of SignalR, and where they are asked for.

    None where nothing asks for them, where two calls differ, or where they are computed.
    """
    found: dict[tuple[int, ...] | None, int] = {}
    for bracket in source.calls(".withAutomaticReconnect"):
        arguments = source.arguments(bracket)
        listed = _DELAYS.fullmatch(arguments[0]) if len(arguments) == 1 else None
        numbers = tuple(int(each.replace("_", "")) for each in _NUMBER.findall(listed[1])) if listed else None
        found.setdefault(numbers if arguments else USUAL_DELAYS, bracket)
    if len(found) != 1:
        return None
    ((waits, at),) = found.items()
    return (at, waits) if waits else None


class Wait(NamedTuple):
    """The wait before each attempt, as it is written.

    Attributes:
        base: the first; None where what grows is the last one, and it is not sure where that begins.
        factor: what it is multiplied by each time; None where it stays the same.
        cap: the longest; None where it stays the same.
        kind: the kind of transport of the client.

    """

    base: Setting | None
    factor: Setting | None
    cap: Setting | None
    kind: str


def wait(source: Source) -> Wait | None:
    """The only wait of a file that connects; None where there are several, or two kinds of clients."""
    kinds = {found[1] for found in _CONNECTS.finditer(source.bones)}
    if len(kinds) != 1 or "setTimeout" not in source.bones:
        return None
    kind = WEBSOCKET if "WebSocket" in kinds else SSE
    found = list(_capped(source, kind))
    # What has a WebSocket by a package runs on a machine, and is seldom a client of people.
    is_page = not (source.imported("ws") or source.imported("websocket"))
    if not found and is_page and "Math.min" not in source.bones and "Math.pow" not in source.bones:
        found = [Wait(each, None, None, kind) for each in _fixed(source, kind)]
        found = found[:1] if len({each.base.value for each in found if each.base}) == 1 else []
    return found[0] if len(found) == 1 else None


def _capped(source: Source, kind: str) -> Iterator[Wait]:
    """The waits that are the less of what grows and of a cap."""
    for bracket in source.calls("Math.min"):
        settings = list(source.settings(bracket))
        for grown, cap in (settings, settings[::-1]) if len(settings) == 2 else ():
            if found := _GROWS.match(grown.value):
                base = grown._replace(value=found[1])
                yield Wait(base, grown._replace(value=found[2] or found[3]), cap, kind)
            elif (found := _MULTIPLIED.fullmatch(grown.value)) and _is_a_wait(source, found[1], found[2]):
                yield Wait(_begun(source, bracket), grown._replace(value=found[2]), cap, kind)


def _is_a_wait(source: Source, name: str, factor: str) -> bool:
    """Whether what is multiplied is called like a wait, and becomes longer."""
    constant = source.constant(factor)
    return _WAIT.search(name) is not None and (number(constant.value if constant else factor) or 0) > 1


def _begun(source: Source, bracket: int) -> Setting | None:
    """Where a wait begins that is set to the less of what grows and of a cap: all else that it is set to."""
    before = source.bones[max(0, bracket - 100) : bracket].removesuffix("Math.min")
    target = _ASSIGNED.search(before)
    if target is None:
        return None
    name = target[1].removeprefix("this.")
    pattern = re.compile(
        rf"(?<![\w$.])(?:this\.)?{re.escape(name)}(?:\.current)?(?:\s{{0,9}}:\s{{0,9}}\w{{1,20}})?\s{{0,9}}=(?![=>])"
    )
    first: Setting | None = None
    for found in islice(pattern.finditer(source.bones), MOST_CALLS):
        stop = source.until(found.end(), len(source.bones), ";\n")
        value = source.text[found.end() : stop].strip()
        if value.startswith("Math.min"):
            continue
        kept = _KEEPS.fullmatch(value)
        setting = Setting(name, (kept[1] if kept else value)[:80], found.start(), found.end())
        if first is not None and first.value != setting.value:
            return None
        first = first or setting
    return first


def _fixed(source: Source, kind: str) -> Iterator[Setting]:
    """The waits of the timers that are set where a connection has ended, and that connect again."""
    ended = [
        (found.start(), source.end(bracket) if bracket >= 0 else found.end())
        for found in islice(_ENDED[kind].finditer(source.text), MOST_CALLS)
        if (bracket := source.bones.find("{", found.end(), found.end() + 120)) >= 0
    ]
    for bracket in source.calls("setTimeout"):
        if not any(begin < bracket < end for begin, end in ended):
            continue
        settings = [each for each in source.settings(bracket) if source.around(each.at - 1) == bracket]
        if len(settings) < 2:
            continue
        callback, last = source.arguments(bracket)[0], settings[-1]
        constant = source.constant(last.value)
        is_number = (number(constant.value if constant else last.value) or 0) > 0
        names = {found[1] for found in _CALLED.finditer(callback)}
        connects = _CONNECTS.search(callback) or any(_connects(source, name) for name in names)
        if is_number and connects:
            yield last


def _connects(source: Source, name: str) -> bool:
    """Whether the function of a name makes the connection."""
    pattern = re.compile(
        rf"(?<![\w$.])(?:function\s{{1,9}}{re.escape(name)}\s{{0,9}}|{re.escape(name)}\s{{0,9}}=\s{{0,9}}"
        rf"(?:(?:React\.)?useCallback\s{{0,9}}\(\s{{0,99}})?(?:async\s{{0,9}})?(?:function\s{{0,9}})?"
        rf"|^[ \t]{{1,40}}(?:(?:private|public|protected|async)\s{{1,9}}){{0,3}}{re.escape(name)}\s{{0,9}}"
        r")(?=\()",
        re.MULTILINE,
    )
    for found in islice(pattern.finditer(source.bones), MOST_CALLS):
        body = source.bones.find("{", source.end(found.end()), source.end(found.end()) + 120)
        if body >= 0 and _CONNECTS.search(source.bones, body, source.end(body)):
            return True
    return False
