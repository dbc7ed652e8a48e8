"""What a server of Go does with a message for a client whose queue is full: the default of a `select`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from rtreview.evidence.deployment import Fact, Station
from rtreview.evidence.readers.programs.source import MOST_CALLS, Source
from rtreview.text.place import SpecPath

OVERFLOW: SpecPath = ("backpressure", "overflow")

_OFFERED = re.compile(
    r"\bcase\s{1,9}[\w.()\[\]]{0,80}?\.?(?:send|sendCh(?:an)?|egress|outbox|outbound|outgoing)\s{0,9}<-",
    re.IGNORECASE,
)
_DEFAULT = re.compile(r"\bdefault\s{0,9}:")
_CASE = re.compile(r"\bcase\b")
_ENDS = re.compile(
    r"(?<![\w.])(?:close|delete)\s{0,9}\(|\.Close\w{0,10}\s{0,9}\(|nregister\w{0,10}\s{0,9}(?:<-|\()"
)
_LOGS = re.compile(
    r"^\s{0,99}(?:(?:[\w.]{0,40}\.)?(?:log|logger|slog|fmt|zap|metrics?)\w{0,20}\.[\w.]{1,60}\(.{0,300}\)"
    r"|continue|return(?:[ \t][\w.]{1,20})?)?;?\s{0,99}$",
    re.IGNORECASE,
)


def overflow(source: Source) -> Iterator[Fact]:
    """What is done in all places of a file where a message is offered to the queue of a client."""
    found: dict[str, int] = {}
    for offered in islice(_OFFERED.finditer(source.bones), MOST_CALLS):
        block = source.around(offered.start())
        if block is None:
            continue
        default = _DEFAULT.search(source.bones, block, source.end(block))
        if default is None:
            return
        following = _CASE.search(source.bones, default.end(), source.end(block))
        body = source.bones[default.end() : following.start() if following else source.end(block)]
        found.setdefault(_done(body), default.start())
    if len(found) == 1 and "" not in found:
        ((done, at),) = found.items()
        yield Fact(OVERFLOW, done, source.line(at))


def agreed(stations: Sequence[Station]) -> Iterator[Station]:
    """Source files without what they do with a full queue, where two of them do something else."""
    done = {fact.value for station in stations for fact in station.facts if fact.field == OVERFLOW}
    for station in stations:
        kept = tuple(fact for fact in station.facts if len(done) < 2 or fact.field != OVERFLOW)
        yield replace(station, facts=kept) if len(kept) != len(station.facts) else station


def _done(body: str) -> str:
    """By the statements of a default: it ends the client, or does nothing; all else is not told."""
    if "<-" in body.replace("nregister <-", "").replace("nregister<-", ""):
        return ""
    if _ENDS.search(body):
        return "disconnect"
    return "drop-newest" if all(map(_LOGS.match, body.split("\n"))) else ""
