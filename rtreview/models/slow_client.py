"""The queue of one client that receives less than it is sent: straight lines over time, in closed form.

A client is sent a bytes a second and takes d. It may stand still first, as a hidden tab or a train in a
tunnel does. What waits grows by a, then by a - d, up to the limit Q of its queue:

- what is dropped at the old end leaves the newest a/Q seconds, so that what is received is Q/a old;
- what is refused at the new end, or waits for room, passes through the whole queue and is Q/d old;
- a queue of one value for each key is as long as all values, and each key waits for at most Q/d;
- a client that is cut off receives nothing more.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from rtreview.models import queue
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Ratio, Size

Overflow = Literal["drop-oldest", "drop-newest", "coalesce", "disconnect", "block"]

AT_ONCE = Duration(0)

WITHOUT_END = Duration(600)
"""How far a queue that only grows is looked at, where no memory ends it."""


class SlowClient(NamedTuple):
    """One slow client, and the node that serves it.

    Attributes:
        arrival: what it is sent.
        drain: what its line carries.
        stall: how long it takes nothing at first; at most until its queue is full.
        bound: the most bytes that wait for it; None: there is no bound.
        max_age: the age at which what waits is dropped.
        overflow: what happens when its queue is full; None: it never is.
        queues: the queues of a node that lie in memory at once, where all of its clients are as slow.
        memory: what the node has for them.
        staleness: how old what is shown may be.

    """

    arrival: Bandwidth
    drain: Bandwidth
    stall: Duration = AT_ONCE
    bound: Size | None = None
    max_age: Duration | None = None
    overflow: Overflow | None = None
    queues: Count | None = None
    memory: Size | None = None
    staleness: Duration | None = None

    @property
    def surplus(self) -> float:
        """What it is sent beyond what its line carries, in bytes a second; negative where it catches up."""
        return self.arrival.amount - self.drain.amount


def limit(client: SlowClient) -> Size:
    """The most that waits for it: the bound, or what arrives in the age at which it is dropped."""
    in_time = math.inf if client.max_age is None else client.arrival.amount * client.max_age.amount
    return Size(min(in_time, math.inf if client.bound is None else client.bound.amount))


def effect(client: SlowClient) -> Overflow | None:
    """What happens at the limit: what is too old is dropped, otherwise what the overflow says."""
    by_age = client.max_age is not None and limit(client) != client.bound
    return "drop-oldest" if by_age else client.overflow


def full_after(client: SlowClient) -> Duration:
    """When its queue is full: Q / a while it stands still, then Q / (a - d); never where it catches up."""
    most, stalled = limit(client).amount, client.arrival.amount * client.stall.amount
    if most <= stalled:
        return Duration(most / client.arrival.amount)
    return client.stall + queue.time_to_fill(Size(most - stalled), client.arrival, client.drain)


def empty_after(client: SlowClient) -> Duration:
    """When nothing waits any more after it stood still; never where its line carries less than it is sent."""
    if client.surplus >= 0:
        return Duration(math.inf)
    return client.stall + Duration(waiting(client, client.stall).amount / -client.surplus)


def is_cut_off(client: SlowClient) -> bool:
    """Whether it is disconnected when its queue is full, and it will be full."""
    return effect(client) == "disconnect" and client.surplus > 0


def waiting(client: SlowClient, after: Duration) -> Size:
    """What waits for it at a time; until it is cut off, where that is what happens to it."""
    most, stalled = limit(client).amount, min(after.amount, client.stall.amount)
    filled = min(most, client.arrival.amount * stalled)
    return Size(max(0.0, min(most, filled + client.surplus * (after.amount - stalled))))


def age(client: SlowClient, after: Duration) -> Duration:
    """How old is what it receives at a time after it stood still; of values by key, the wait of a key."""
    held = waiting(client, after).amount / client.arrival.amount
    if effect(client) in ("drop-oldest", "disconnect", None):
        return Duration(held)
    # What it has taken is all that was sent up to then, until what was refused would be next.
    taken = client.drain.amount * (after.amount - client.stall.amount)
    passed = max(0.0, after.amount - taken / client.arrival.amount)
    return Duration(min(passed, queue.age_when_full(limit(client), client.drain).amount))


def oldest(client: SlowClient) -> Duration:
    """How old what it receives becomes."""
    return Duration(max(age(client, moment).amount for moment in moments(client)))


def lost(client: SlowClient) -> Ratio:
    """The share of what it is sent that it never gets, once its queue is full: 1 - d / a."""
    return Ratio(max(0.0, client.surplus) / client.arrival.amount)


def memory_lasts(client: SlowClient) -> Duration:
    """When a node whose clients are all as slow has used up its memory; never where their bounds fit."""
    if client.queues is None or client.memory is None:
        return Duration(math.inf)
    share = client.memory.amount / client.queues.amount
    if share >= limit(client).amount:
        return Duration(math.inf)
    stalled = client.arrival.amount * client.stall.amount
    if share <= stalled:
        return Duration(share / client.arrival.amount)
    return client.stall + queue.time_to_fill(Size(share - stalled), client.arrival, client.drain)


def moments(client: SlowClient) -> list[Duration]:
    """The times between which everything is a straight line, from 0 s to where nothing new happens."""
    full = full_after(client)
    bends = [client.stall, full, empty_after(client)]
    if client.surplus > 0 and effect(client) not in ("drop-oldest", "disconnect"):
        # The first message that met a full queue leaves it.
        bends.append(full + queue.age_when_full(limit(client), client.drain))
    ends = sorted({bend.amount for bend in bends if 0 < bend.amount < math.inf})
    if full.amount == math.inf and client.surplus >= 0:
        lasts = memory_lasts(client).amount
        ends.append(lasts if lasts < math.inf else client.stall.amount + WITHOUT_END.amount)
    elif not is_cut_off(client):
        ends.append(1.25 * ends[-1])
    return [Duration(0), *map(Duration, ends)]
