"""When each side knows that the other is gone."""

from __future__ import annotations

from typing import NamedTuple

from rtreview.quantities.quantity import Count, Duration, Rate


class Detection(NamedTuple):
    """Time from the death of a connection to its discovery."""

    best: Duration
    mean: Duration
    worst: Duration


def by_answers(interval: Duration, timeout: Duration, misses: Count, sweep: Duration) -> Detection:
    """Detection where each beat has to be answered: ((m-1)h + p) to (mh + p), and up to a sweep more.

    Death falls evenly into a cycle of h; an answer may take p; m beats may stay unanswered.
    """
    cycle, wait, times = interval.amount, timeout.amount, max(1.0, misses.amount)
    return Detection(
        Duration((times - 1) * cycle + wait),
        Duration((times - 0.5) * cycle + wait + sweep.amount / 2),
        Duration(times * cycle + wait + sweep.amount),
    )


def by_silence(interval: Duration, timeout: Duration, sweep: Duration) -> Detection:
    """Detection by a timer T that every frame resets, with a beat every h: T - h to T."""
    cycle, silence = interval.amount, timeout.amount
    return Detection(
        Duration(max(0.0, silence - cycle)),
        Duration(max(0.0, silence - cycle / 2) + sweep.amount / 2),
        Duration(silence + sweep.amount),
    )


def from_last_beat(interval: Duration, misses: Count, sweep: Duration) -> tuple[Duration, Duration]:
    """Least and most time since the last beat at which a sweep finds a client with m missed beats."""
    return interval * misses.amount, interval * misses.amount + sweep


def beats(connections: Count, interval: Duration, frames: int) -> Rate:
    """Frames that heartbeats cost: connections / interval, times two where each is answered."""
    return Rate(frames * connections.amount / interval.amount)
