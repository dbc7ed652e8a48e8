"""Heartbeats that a program sends by its own code: a message that is called so, again and again.

A client of JavaScript does so by `setInterval`, a server of Python in a loop that sleeps, or where nothing
came for a while. Of several in a file none is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from rtreview.evidence.readers.programs.languages import JAVASCRIPT
from rtreview.evidence.readers.programs.source import MOST_CALLS, Setting, Source

_CONNECTS = re.compile(r"(?<![\w$.])new\s{1,9}(?:window\.)?WebSocket\s{0,9}\(")
_SENDS = re.compile(r"\.send(?:_json|_text|_str|Json)?\s{0,9}\(")
_CALLED_SO = re.compile(
    r"""["'`](?:ping|heartbeat|keep[-_]?alive)["'`]|["']type["']\s{0,9}:\s{0,9}["'](?:ping|heartbeat)""",
    re.IGNORECASE,
)
_LOOP = re.compile(r"^([ \t]{0,40})while\b", re.MULTILINE)
_TAKES = re.compile(r"\.receive(?:_json|_text|_bytes)?\s{0,9}\(|\.recv\s{0,9}\(")


class Beat(NamedTuple):
    """How often a heartbeat is sent, as it is written, and by which end."""

    every: Setting
    is_server: bool


def beat(source: Source) -> Beat | None:
    """The only heartbeat of a file."""
    is_server = source.file.path.suffix not in JAVASCRIPT
    found = list(_slept(source) if is_server else _timed(source))
    return Beat(found[0], is_server) if len({each.value for each in found}) == 1 else None


def _timed(source: Source) -> Iterator[Setting]:
    """The spans of the timers that send such a message, where the file makes the connection."""
    if not _CONNECTS.search(source.bones) or source.imported("ws"):
        return
    for bracket in source.calls("setInterval"):
        settings = [each for each in source.settings(bracket) if source.around(each.at - 1) == bracket]
        if len(settings) > 1 and _is_sent(source, bracket, settings[-1].at):
            yield settings[-1]


def _slept(source: Source) -> Iterator[Setting]:
    """The spans of the loops of a server of WebSockets that send such a message."""
    if "WebSocket" not in source.bones and "websocket" not in source.bones:
        return
    loops = list(islice(_LOOP.finditer(source.bones), MOST_CALLS))
    for bracket in source.calls("asyncio.sleep"):
        around = [loop for loop in loops if loop.end() < bracket <= _end(source, loop)]
        if around and _is_sent(source, around[-1].end(), _end(source, around[-1])):
            yield from islice(source.settings(bracket), 1)
    for bracket in source.calls("asyncio.wait_for"):
        waited = list(source.settings(bracket))
        after = source.end(bracket)
        handled = source.bones.find("TimeoutError", after, after + 3000)
        is_taking = _TAKES.search(source.bones, bracket, after) is not None
        if is_taking and waited[-1:] and handled >= 0 and _is_sent(source, handled, handled + 300):
            yield waited[-1]


def _end(source: Source, loop: re.Match[str]) -> int:
    """Where a loop of Python ends: at a line that is set in no further."""
    after = re.compile(rf"^(?![ \t]{{{len(loop[1]) + 1}}})[ \t]{{0,40}}\S", re.MULTILINE)
    found = after.search(source.bones, loop.end())
    return found.start() if found else len(source.bones)


def _is_sent(source: Source, begin: int, end: int) -> bool:
    """Whether a part of a file sends a message that is called so."""
    for sent in _SENDS.finditer(source.bones, begin, end):
        bracket = sent.end() - 1
        if _CALLED_SO.search(source.text, bracket, source.end(bracket) + 1):
            return True
    return False
