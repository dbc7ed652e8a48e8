"""Heartbeats: when the two ends know that the other is gone, and what they cost."""

from __future__ import annotations

import math
from typing import Any

from rtreview.language.design import Connection
from rtreview.language.field import Field, NotApplicable, Undecided, known
from rtreview.language.sections.transport import Heartbeat
from rtreview.numbers.expression import SUM, Expression, Function, at_least, given, named, term
from rtreview.numbers.ledger import number
from rtreview.quantities.quantity import Count, Duration, Rate

THROTTLED = 60.0
"""Seconds between two runs of a timer in a page that has been hidden for 5 min."""

NO_SCRIPT = ("sse-comment", "tcp", "websocket-ping")
"""Layers of heartbeats that no script of a page sends."""

in_whole_minutes = Function(
    "whole minutes",
    "{}, rounded up to whole minutes",
    lambda every: Duration(THROTTLED * max(1, math.ceil(every.amount / THROTTLED))),
    (1,),
    inner=(SUM,),
)
"""How often a timer of a hidden page runs that is set to an interval."""


def beats(connection: Connection) -> Heartbeat:
    """The heartbeat, where there is one.

    Raises:
        NotApplicable: there is none, or none is needed.

    """
    heartbeat = connection.transport.heartbeat
    if connection.asks_again:
        raise NotApplicable("a poll that is not answered is noticed by its own timeout")
    if heartbeat.is_none:
        raise NotApplicable("there is no heartbeat")
    if connection.is_datagrams and not heartbeat.is_stated and not connection.shows_people:
        raise NotApplicable("datagrams open no connection that could be dead")
    return heartbeat


def is_silence_timer(heartbeat: Heartbeat) -> bool | None:
    """Whether `timeout` is a silence that ends the connection, not the wait for an answer; None if unknown.

    It is the wait where `silence_timeout` has a word on silence. Heartbeats that nobody answers, such as SSE
    comments, leave nothing else to time, and a timeout beyond the interval is reset by the next heartbeat.
    """
    if heartbeat.silence_timeout.is_stated:
        return False
    if heartbeat.layer.has("sse-comment"):
        return True
    if heartbeat.confirmed.content is not None:
        return not heartbeat.confirmed.content
    interval, timeout = heartbeat.interval.content, heartbeat.timeout.content
    if interval is None or timeout is None:
        return None
    return True if timeout > interval else None


def silence_of(heartbeat: Heartbeat) -> Field[Duration] | None:
    """The silence after which the end that receives heartbeats closes; None where none is known."""
    if heartbeat.silence_timeout.is_stated:
        return heartbeat.silence_timeout
    return heartbeat.timeout if is_silence_timer(heartbeat) else None


def tolerant_silence(interval: Duration) -> Duration:
    """Two and a half intervals, in steps of 5 s, so that one heartbeat may be late or lost."""
    return Duration(5 * math.ceil(interval.amount / 2))


def is_unread(heartbeat: Heartbeat) -> bool:
    """Whether neither end acts on a heartbeat that stays out: none waits for an answer or times silence."""
    unanswered = heartbeat.timeout.is_none or (
        heartbeat.confirmed.has(False) and not heartbeat.timeout.is_stated
    )
    return unanswered and heartbeat.silence_timeout.is_none


def tells_the_server_nothing(heartbeat: Heartbeat) -> bool:
    """Whether it is decided that no heartbeat lets the server find a dead client."""
    if heartbeat.is_none or is_unread(heartbeat) or heartbeat.layer.has("sse-comment"):
        return True
    if heartbeat.from_.has("client"):
        return heartbeat.silence_timeout.is_none
    return heartbeat.from_.has("server") and heartbeat.confirmed.has(False)


def leaves_the_dead(connection: Connection) -> bool:
    """Whether it is decided that a server finds a dead connection by neither a heartbeat nor a poll."""
    return not connection.asks_again and tells_the_server_nothing(connection.transport.heartbeat)


def tells_the_client_nothing(heartbeat: Heartbeat) -> bool:
    """Whether it is decided that no heartbeat lets the client find a dead server.

    Nobody answers those that it sends, or it closes for no silence where the server alone sends them.
    """
    if heartbeat.from_.has("server"):
        return heartbeat.silence_timeout.is_none
    return heartbeat.from_.has("client") and heartbeat.confirmed.has(False)


def unknown_of(heartbeat: Heartbeat) -> Field[Any]:
    """The field that would tell whether `timeout` is a silence: a missing number, else `confirmed`."""
    spans = (heartbeat.timeout, heartbeat.interval)
    return next((span for span in spans if span.content is None), heartbeat.confirmed)


def _waits_for_silence(heartbeat: Heartbeat, end: str) -> bool:
    """Whether an end, `client` or `server`, finds the other dead by a stated silence: one that sends waits.

    Where it is not stated who sends, or for how long an answer is waited for, the silence is what is known.
    """
    other = "server" if end == "client" else "client"
    return heartbeat.from_.has(other, "both") or not heartbeat.timeout.content


def _detection(connection: Connection, which: str, end: str = "server") -> Expression[Duration]:
    """Time from the death of a connection to its discovery at an end: the best, the mean or the worst.

    With a beat every h, a timer of silence T that every beat resets takes T - h to T. Where each beat has
    to be answered within p, and m may stay unanswered, it takes (m - 1) h + p to m h + p. The death falls
    evenly into a cycle of h. A sweep finds it up to as much later.
    """
    heartbeat = beats(connection)
    interval, timeout = term(heartbeat.interval), term(heartbeat.timeout)
    limit = silence_of(heartbeat)
    if limit is not None and (limit is heartbeat.timeout or _waits_for_silence(heartbeat, end)):
        silence = term(limit)
        spans = {"best": silence - interval, "mean": silence - interval / 2, "worst": silence}
        found: Expression[Any] = given(spans[which], heartbeat.interval, first=True)
    elif heartbeat.misses.content is not None:
        misses = at_least(heartbeat.misses, Count(1))
        times = {"best": misses - 1, "mean": misses - 0.5, "worst": misses}
        found = interval * times[which] + timeout
    else:
        spans = {"best": timeout, "mean": interval / 2 + timeout, "worst": interval + timeout}
        found = given(spans[which], heartbeat.interval, first=True)
    if heartbeat.sweep.content is not None and which != "best":
        sweep = term(heartbeat.sweep)
        found = found + (sweep if which == "worst" else sweep / 2)
    return named(f"{which} detection time", found)


@number("Best detection time of a dead connection")
def detection_best(connection: Connection) -> Expression[Duration]:
    """Best detection time of a dead connection."""
    return _detection(connection, "best")


@number("Mean detection time of a dead connection")
def detection_mean(connection: Connection) -> Expression[Duration]:
    """Mean detection time of a dead connection."""
    return _detection(connection, "mean")


@number("Worst detection time of a dead connection")
def detection_worst(connection: Connection) -> Expression[Duration]:
    """Worst detection time of a dead connection."""
    return _detection(connection, "worst")


def noticed_by_client(connection: Connection) -> tuple[Expression[Duration], Expression[Duration]]:
    """The best and the worst time in which the client notices that the server is gone.

    Raises:
        NotApplicable: it never closes for silence, or sends heartbeats and waits for no answer.

    """
    heartbeat = beats(connection)
    if heartbeat.from_.has("client") and (heartbeat.confirmed.has(False) or heartbeat.timeout.is_none):
        raise NotApplicable("nobody answers the heartbeats of the client, so they tell it nothing")
    if heartbeat.from_.has("server") and heartbeat.silence_timeout.is_none:
        raise NotApplicable("the client never closes for silence")
    if heartbeat.from_.has("client") and heartbeat.silence_timeout.is_stated:
        known(heartbeat.timeout)
    return _detection(connection, "best", "client"), _detection(connection, "worst", "client")


def noticed_within(connection: Connection) -> Expression[Duration]:
    """The worst time in which the server notices that a client is gone.

    Raises:
        NotApplicable: there is no heartbeat, or its numbers are not those of the server.
        Undecided: it is not known whose they are.

    """
    heartbeat = beats(connection)
    unanswered = heartbeat.confirmed.has(False) and heartbeat.from_.has("server")
    if unanswered or heartbeat.layer.has("sse-comment"):
        raise NotApplicable("nobody answers the heartbeats of the server, so they tell it nothing")
    if heartbeat.silence_timeout.is_none and heartbeat.from_.has("client"):
        raise NotApplicable("the server never closes for silence")
    is_timed = heartbeat.silence_timeout.is_stated
    if heartbeat.from_.has("client") and heartbeat.confirmed.has(True) and not is_timed:
        raise NotApplicable("the client times the answers, and nothing says when the server gives up")
    if heartbeat.from_.has("client") and silence_of(heartbeat) is None:
        raise Undecided(unknown_of(heartbeat))
    if heartbeat.silence_timeout.is_stated and not heartbeat.timeout.is_stated:
        known(heartbeat.timeout if heartbeat.from_.has("server") else heartbeat.from_)
    return detection_worst(connection)


@number("Frames of all heartbeats")
def heartbeat_load(connection: Connection) -> Expression[Rate]:
    """Frames of all heartbeats."""
    heartbeat = beats(connection)
    is_answered = not (heartbeat.layer.has("sse-comment") or heartbeat.confirmed.has(False))
    return named("frames of heartbeats", beats_sent(connection, both=is_answered))


def beats_sent(connection: Connection, *, both: bool) -> Expression[Rate]:
    """What one end sends as heartbeats, or both ends."""
    clients = term(connection.workload.connections)
    return (2 * clients if both else clients) / connection.transport.heartbeat.interval
