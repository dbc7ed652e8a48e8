"""How often a present user is shown as gone."""

from __future__ import annotations

import math

from rtreview.quantities.quantity import Duration, Ratio


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
