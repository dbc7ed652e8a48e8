"""How long a queue lasts that fills faster than it drains, and how old it makes what is in it."""

from __future__ import annotations

import math

from rtreview.quantities.quantity import Bandwidth, Duration, Size


def time_to_fill(bound: Size, arrival: Bandwidth, drain: Bandwidth) -> Duration:
    """How long a queue lasts: Q / (a - d); forever where it drains faster than it fills."""
    surplus = arrival.amount - drain.amount
    return Duration(bound.amount / surplus) if surplus > 0 else Duration(math.inf)


def age_when_full(bound: Size, drain: Bandwidth) -> Duration:
    """How old the newest message is by the time that it leaves a full queue: Q / d."""
    return Duration(bound.amount / drain.amount) if drain.amount else Duration(math.inf)
