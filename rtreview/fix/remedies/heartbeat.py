"""Heartbeats that the path lets through, that find the dead in time, and spare the living."""

from __future__ import annotations

import math

from rtreview.fix.remedy import BUILD, WAIT, Remedy, at_most, below, remedy_for, setting
from rtreview.language.design import Connection, Feature
from rtreview.numbers.liveness import is_silence_timer, tolerant_silence
from rtreview.quantities.quantity import Duration, notation
from rtreview.rulebook.finding import Finding

BEAT, ANSWER = Duration(25), Duration(10)
"""The time between two heartbeats, and that for an answer (missing-heartbeat)."""

SHOWN, ANSWER_OF_SHOWN = Duration(15), Duration(5)
"""The same where people are shown as being there, by `patterns.md`: gone after the third that is missed."""


def _idle(connection: Connection) -> float:
    """The silence after which something on the path ends a connection; endless where none is known."""
    known = [hop.idle_timeout.content for hop in connection.transport.path]
    return min((limit.amount for limit in known if limit is not None), default=math.inf)


def _beat(connection: Connection, usual: Duration = BEAT) -> str:
    """The usual interval, or a shorter one where the path needs it."""
    return at_most(usual.amount) if usual.amount < _idle(connection) / 2 else below(_idle(connection) / 2)


@remedy_for("missing-heartbeat")
def new_beat(_: Finding, feature: Feature) -> Remedy:
    """A message of the server that is answered; on an event stream an event, whose absence the page times."""
    shown = any(each.presence.is_there for each in feature.connection.features)
    usual, answer, misses = (SHOWN, ANSWER_OF_SHOWN, 3) if shown else (BEAT, ANSWER, 2)
    transport, interval = feature.transport, _beat(feature.connection, usual)
    if transport.kind.has("sse"):
        silence = notation(tolerant_silence(Duration.parse(interval)))
        values: tuple[str, ...] = (
            "layer=application",
            "from=server",
            f"silence_timeout={silence}",
        )
    else:
        values = (
            f"timeout={notation(answer)}",
            f"misses={misses}",
            "from=server",
            "layer=application",
            "confirmed=true",
        )
    return setting(transport.heartbeat, f"interval={interval}", *values, thought=BUILD)


@remedy_for("heartbeat-slower-than-path")
def beat_of_path(finding: Finding, feature: Feature) -> Remedy:
    """Below half of the shortest idle timeout, so that one may be lost; a message where no PING counts."""
    transport, interval = feature.transport, below(_idle(feature.connection) / 2)
    if transport.kind.has("long-polling"):
        return setting(transport.poll, f"hold={interval}")
    if finding.comparison is None:
        return setting(transport.heartbeat, "layer=application", thought=BUILD)
    return setting(transport.heartbeat, f"interval={interval}")


@remedy_for("heartbeat-timeout-too-tight")
def timeout(_: Finding, feature: Feature) -> Remedy | None:
    """Two intervals of silence, or 10 s for an answer."""
    heartbeat, interval = feature.transport.heartbeat, feature.transport.heartbeat.interval.content
    if heartbeat.silence_timeout.content and interval is not None:
        return setting(heartbeat, f"silence_timeout={notation(interval * 2)}")
    if not is_silence_timer(heartbeat):
        return setting(heartbeat, f"timeout={notation(ANSWER)}")
    if interval is None:
        return None
    return setting(heartbeat, f"timeout={notation(interval * 2)}")


@remedy_for("detection-slower-than-promise")
def sooner(finding: Finding, feature: Feature) -> Remedy | None:
    """A shorter interval, where that is what has to move least; the grace of presence comes on top."""
    change = finding.comparison.change if finding.comparison else None
    heartbeat, grace = feature.transport.heartbeat, feature.presence.grace.content
    if change is None or change[0] != heartbeat.interval.dotted:
        return None
    most = Duration.parse(change[1]).amount
    if finding.rule == "detection-slower-than-promise" and grace is not None:
        misses = heartbeat.misses.content
        most -= grace.amount / max(1.0, misses.amount if misses is not None else 1.0)
    return setting(heartbeat, f"interval={at_most(most)}") if most > 0 else None


@remedy_for("heartbeat-load")
def rarer(_: Finding, feature: Feature) -> Remedy:
    """The usual interval."""
    return setting(feature.transport.heartbeat, f"interval={_beat(feature.connection)}", thought=WAIT)
