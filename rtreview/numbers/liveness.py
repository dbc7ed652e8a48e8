"""Heartbeats: when the two ends know that the other is gone, and what they cost."""

from __future__ import annotations

from typing import Any

from rtreview.language.design import Connection
from rtreview.language.field import Field, NotApplicable, Undecided
from rtreview.language.spec import Heartbeat
from rtreview.numbers.expression import Expression, at_least, given, named, term
from rtreview.numbers.ledger import number
from rtreview.quantities.quantity import Count, Duration, Rate


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
    return heartbeat


def is_silence_timer(heartbeat: Heartbeat) -> bool | None:
    """Whether `timeout` is a silence that ends the connection, not the wait for an answer; None if unknown.

    Heartbeats that nobody answers, such as SSE comments, leave nothing else to time, and a timeout beyond the
    interval is reset by the next heartbeat.
    """
    if heartbeat.layer.has("sse-comment"):
        return True
    if heartbeat.confirmed.content is not None:
        return not heartbeat.confirmed.content
    interval, timeout = heartbeat.interval.content, heartbeat.timeout.content
    if interval is None or timeout is None:
        return None
    return True if timeout > interval else None


def unknown_of(heartbeat: Heartbeat) -> Field[Any]:
    """The field that would tell whether `timeout` is a silence: a missing number, else `confirmed`."""
    spans = (heartbeat.timeout, heartbeat.interval)
    return next((span for span in spans if span.content is None), heartbeat.confirmed)


def _detection(connection: Connection, which: str) -> Expression[Duration]:
    """Time from the death of a connection to its discovery: the best, the mean or the worst.

    With a beat every h, a timer of silence T that every beat resets takes T - h to T. Where each beat has
    to be answered within p, and m may stay unanswered, it takes (m - 1) h + p to m h + p. The death falls
    evenly into a cycle of h. A sweep finds it up to as much later.
    """
    heartbeat = beats(connection)
    interval, timeout = term(heartbeat.interval), term(heartbeat.timeout)
    if is_silence_timer(heartbeat):
        spans = {"best": timeout - interval, "mean": timeout - interval / 2, "worst": timeout}
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


@number
def detection_best(connection: Connection) -> Expression[Duration]:
    """Best detection time of a dead connection."""
    return _detection(connection, "best")


@number
def detection_mean(connection: Connection) -> Expression[Duration]:
    """Mean detection time of a dead connection."""
    return _detection(connection, "mean")


@number
def detection_worst(connection: Connection) -> Expression[Duration]:
    """Worst detection time of a dead connection."""
    return _detection(connection, "worst")


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
    if heartbeat.from_.has("client") and heartbeat.confirmed.has(True):
        raise NotApplicable("the client times the answers, and nothing says when the server gives up")
    if heartbeat.from_.has("client") and not is_silence_timer(heartbeat):
        raise Undecided(unknown_of(heartbeat))
    return detection_worst(connection)


@number
def heartbeat_load(connection: Connection) -> Expression[Rate]:
    """Frames of all heartbeats."""
    heartbeat = beats(connection)
    is_answered = not (heartbeat.layer.has("sse-comment") or heartbeat.confirmed.has(False))
    return named("frames of heartbeats", beats_sent(connection, both=is_answered))


def beats_sent(connection: Connection, *, both: bool) -> Expression[Rate]:
    """What one end sends as heartbeats, or both ends."""
    clients = term(connection.workload.connections)
    return (2 * clients if both else clients) / connection.transport.heartbeat.interval
