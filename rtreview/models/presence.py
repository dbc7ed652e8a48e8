"""What others see of somebody who vanishes: how long a ghost stays, and how often a present one is lost."""

from __future__ import annotations

import math
from typing import NamedTuple

from rtreview.quantities.quantity import Count, Duration, Rate, Ratio


class Ghost(NamedTuple):
    """How long one who is gone is still shown."""

    least: Duration
    mean: Duration
    most: Duration


def ghost(ttl: Duration, refresh: Duration, sweep: Duration) -> Ghost:
    """How long an entry outlives its owner: (ttl - refresh) to ttl, and up to a sweep more."""
    least = max(0.0, ttl.amount - refresh.amount)
    return Ghost(
        Duration(least),
        Duration((least + ttl.amount) / 2 + sweep.amount / 2),
        Duration(ttl.amount + sweep.amount),
    )


def false_offline_of_losses(ttl: Duration, refresh: Duration, loss: Ratio) -> Ratio:
    """Chance at a refresh that a present user is now shown as gone: (1 - p) p^k, with k = ttl / refresh.

    Assumes that refreshes are lost one by one and independently, as over UDP or HTTP, not over TCP.
    """
    missed = math.floor(ttl.amount / refresh.amount)
    return Ratio((1 - loss.amount) * loss.amount**missed)


def false_offline_of_outages(ttl: Duration, refresh: Duration, outage: Duration) -> Ratio:
    """Chance that an outage shows a present user as gone: e^(-T/mu) (mu/r) (e^(r/mu) - 1), at most 1.

    Assumes outages of exponential length with mean mu, and a moment of loss that falls evenly between two
    refreshes. Mobile outages have a longer tail, for which this is too kind.
    """
    if outage.amount == 0:
        return Ratio(0.0)
    if refresh.amount == 0:
        return Ratio(math.exp(-ttl.amount / outage.amount))
    share, lasting = refresh.amount / outage.amount, ttl.amount / outage.amount
    # By logarithms, since exp(share) overflows where refreshes are rare.
    grown = share - math.log(share) if share > 500 else math.log(math.expm1(share) / share)
    return Ratio(math.exp(min(0.0, grown - lasting)))


def deliveries(members: Count, session: Duration) -> Rate:
    """Joins and leaves that reach the members of a room: 2 n (n - 1) / session."""
    return Rate(2 * members.amount * max(0.0, members.amount - 1) / session.amount)


def refresh_writes(users: Count, refresh: Duration) -> Rate:
    """Writes that keep the entries alive: users / refresh."""
    return Rate(users.amount / refresh.amount)
