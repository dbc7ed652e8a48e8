"""How a client comes back that is written by hand: the wait that grows with each attempt up to a cap.

It is told where a file of JavaScript connects, waits by a timer, and has one such wait.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rtreview.evidence.readers.programs.libraries import SSE, WEBSOCKET
from rtreview.evidence.readers.programs.literals import number
from rtreview.evidence.readers.programs.source import Setting, Source

_CONNECTS = re.compile(r"(?<![\w$.])new\s{1,9}(?:window\.)?(WebSocket|EventSource)\s{0,9}\(")
_FACTOR = r"([0-9][0-9.]{0,5})"
_POWER = rf"(?:Math\.pow\s{{0,9}}\(\s{{0,9}}{_FACTOR}\s{{0,9}},|\(?\s{{0,9}}{_FACTOR}\s{{0,9}}\*\*)"
_GROWS = re.compile(rf"\s{{0,9}}([\w$.]{{1,60}}+)\s{{0,9}}\*\s{{0,9}}{_POWER}")
_MULTIPLIED = re.compile(rf"\s{{0,9}}([\w$.]{{1,60}}+)\s{{0,9}}\*\s{{0,9}}{_FACTOR}\s{{0,9}}")
_WAIT = re.compile(r"delay|backoff|wait|retry|reconnect", re.IGNORECASE)


class Wait(NamedTuple):
    """The wait before each attempt, as it is written.

    Attributes:
        base: the first; None where what grows is the last one.
        factor: what it is multiplied by each time.
        cap: the longest.
        kind: the kind of transport of the client.

    """

    base: Setting | None
    factor: Setting
    cap: Setting
    kind: str


def wait(source: Source) -> Wait | None:
    """The only wait of a file that connects; None where there are several, or two kinds of clients."""
    kinds = {found[1] for found in _CONNECTS.finditer(source.bones)}
    if len(kinds) != 1 or "setTimeout" not in source.bones:
        return None
    found = list(_capped(source, WEBSOCKET if "WebSocket" in kinds else SSE))
    return found[0] if len(found) == 1 else None


def _capped(source: Source, kind: str) -> Iterator[Wait]:
    """The waits that are the less of what grows and of a cap."""
    for bracket in source.calls("Math.min"):
        settings = list(source.settings(bracket))
        for grown, cap in (settings, settings[::-1]) if len(settings) == 2 else ():
            if found := _GROWS.match(grown.value):
                base = grown._replace(value=found[1])
                yield Wait(base, grown._replace(value=found[2] or found[3]), cap, kind)
            elif (found := _MULTIPLIED.fullmatch(grown.value)) and _is_a_wait(found[1], found[2]):
                yield Wait(None, grown._replace(value=found[2]), cap, kind)


def _is_a_wait(name: str, factor: str) -> bool:
    """Whether what is multiplied is called like a wait, and becomes longer."""
    return _WAIT.search(name) is not None and (number(factor) or 0) > 1
