"""How far back a returning client can be brought up to date."""

from __future__ import annotations

import math

from rtreview.quantities.quantity import Bandwidth, Count, Duration, Rate, Size


def window(retention: Duration, messages: Count, rate: Rate) -> Duration:
    """What a log that is bounded in time and in number really covers: min(ttl, size / peak rate)."""
    by_number = messages.amount / rate.amount if rate.amount else math.inf
    return Duration(min(retention.amount, by_number))


def memory(rate: Rate, size: Size, retention: Duration) -> Size:
    """Bytes of one log: rate times size times window."""
    return Size(rate.amount * size.amount * retention.amount)


def catch_up(gap: Size, replayed: Bandwidth, live: Bandwidth) -> Duration:
    """How long a client needs for a gap while live messages go on: G / (v - a); for ever if v <= a."""
    surplus = replayed.amount - live.amount
    return Duration(gap.amount / surplus) if surplus > 0 else Duration(math.inf)


def resync(connections: Count, per_client: Count, within: Duration) -> Rate:
    """Queries that returning clients cause: connections times queries, over the time of the return."""
    return Rate(connections.amount * per_client.amount / within.amount)


def resync_bytes(connections: Count, snapshot: Size, within: Duration) -> Bandwidth:
    """Bytes of snapshots that returning clients fetch, over the time of the return."""
    return Bandwidth(connections.amount * snapshot.amount / within.amount)
