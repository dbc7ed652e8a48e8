"""Latency: from the sender's hand to the receiver's eye, stage by stage."""

from __future__ import annotations

from rtreview.language.design import Feature
from rtreview.language.field import Undecided
from rtreview.numbers.expression import Expression, named, term, total
from rtreview.numbers.fan_out import time_to_last_member
from rtreview.numbers.ledger import number
from rtreview.quantities.quantity import Duration


@number("Latency of the stages that are stated, at the worst")
def latency_worst(feature: Feature) -> Expression[Duration]:
    """Latency of the stages that are stated, at the worst.

    Percentiles do not add, so this is the worst case and no percentile.
    """
    transport = feature.transport
    stages: list[Expression[Duration]] = [term(transport.poll.every)] if transport.kind.has("polling") else []
    batch = feature.presence.cursor.batch
    stages += [term(batch)] if feature.serves("cursors") and batch.content else []
    stages += [term(feature.workload.rtt)] if feature.workload.rtt.content else []
    if feature.room.content and feature.topology.node.send_cost.content:
        stages.append(time_to_last_member(feature))
    if not stages:
        raise Undecided(feature.workload.rtt)
    return named("latency of the stated stages", total(*stages))
