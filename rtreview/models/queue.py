"""What waits for slow clients."""

from __future__ import annotations

import math

from rtreview.quantities.quantity import Bandwidth, Count, Duration, Size


def bound_of_messages(messages: Count, size: Size) -> Size:
    """Bytes of a queue that is bounded by messages, each as large as the largest."""
    return size * messages.amount


def node_memory(connections_per_node: Count, bound: Size) -> Size:
    """Memory of a node whose clients are all slow at once: connections times the bound of one queue.

    The correlated case: one network provider fails, or a wave of tabs is hidden.
    """
    return bound * connections_per_node.amount


def time_to_fill(bound: Size, arrival: Bandwidth, drain: Bandwidth) -> Duration:
    """How long a queue lasts: Q / (a - d); for ever where it drains faster than it fills."""
    surplus = arrival.amount - drain.amount
    return Duration(bound.amount / surplus) if surplus > 0 else Duration(math.inf)


def age_when_full(bound: Size, drain: Bandwidth) -> Duration:
    """How old the newest message is by the time that it leaves a full queue: Q / d."""
    return Duration(bound.amount / drain.amount) if drain.amount else Duration(math.inf)
