"""From the sender's hand to the receiver's eye, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence

from rtreview.quantity import Duration

FRAME = Duration(1 / 60)
"""What a usual screen needs to show a change."""


def worst(stages: Sequence[Duration]) -> Duration:
    """The sum of the stages. Percentiles do not add, so this is the worst case and no percentile."""
    return Duration(sum(stage.amount for stage in stages))


def mean(periodic: Sequence[Duration], others: Sequence[Duration]) -> Duration:
    """The mean, where a message waits half of each period, and the whole of each other stage."""
    return Duration(sum(stage.amount for stage in periodic) / 2 + sum(stage.amount for stage in others))
