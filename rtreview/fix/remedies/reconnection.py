"""The way back of a crowd: random delays, first attempts as wide as it needs, nodes that close slowly."""

from __future__ import annotations

import math
from dataclasses import replace

from rtreview.fix.remedies.presence import grace_over
from rtreview.fix.remedy import (
    AGE,
    BUILD,
    DEPLOYMENT,
    MARGIN,
    REPLAY,
    WAIT,
    Remedy,
    above,
    joined,
    remedy_for,
    resumed,
    setting,
)
from rtreview.language.design import Connection, Feature
from rtreview.numbers.expression import measured
from rtreview.numbers.fan_out import egress
from rtreview.numbers.reconnection import (
    REJECT_COST,
    accept_capacity,
    crowd_spread,
    drain_needed,
    fastest_return,
    first_attempt_spread,
    first_attempts_together,
    healthy_spread,
    rejection_load_with_full_jitter,
)
from rtreview.quantities.quantity import Duration, Spread, notation
from rtreview.rulebook.finding import Finding
from rtreview.text.place import dotted

CAP = Duration(30)
"""The longest delay, by `patterns.md`."""

OUTLASTS = "the grace outlasts the delay, so that nobody is shown as gone who is coming back"
"""Why the grace of presence changes where first attempts are spread."""

SHORTEST = "each stream sends a `retry` of its own out of this span; `transport.retry` stays, as the shortest"
"""Why `retry` stays where a finding complains that it is the same for all."""

TO_STOP = 10.0
"""Seconds that a node has beyond its closing, and a platform beyond that: 5 s to 30 s
(drain-shorter-than-reconnect-spread)."""


@remedy_for("reconnect-without-jitter")
def random_delays(finding: Finding, feature: Feature) -> Remedy:
    """Exponential delays with full jitter, and a first attempt and a cap as wide as the crowd needs.

    In lock-step there are pauses in which some get in; spread evenly, refusals may take all of the capacity.
    """
    plan, connection = feature.transport.reconnect, feature.connection
    grows = (plan.base.is_stated or plan.delays.is_stated) and not plan.strategy.has("immediate")
    delays: tuple[str, ...] = ()
    if not grows:
        delays = ("strategy=exponential", "base=1s", f"cap={_cap(connection)}")
    if crowd_spread(connection) is None:
        return setting(plan, *delays, "jitter=full")
    if grows and _is_capped_below_herd(connection):
        delays = _with_cap(feature)
    return joined(setting(plan, *delays, "jitter=full"), first_span(finding, feature))


def _is_capped_below_herd(connection: Connection) -> bool:
    """Whether full jitter alone leaves refusals that take all that the nodes accept."""
    load = rejection_load_with_full_jitter(connection).content
    capacity = accept_capacity(connection).content
    return load is not None and capacity is not None and load >= capacity


def _refusal(connection: Connection) -> float:
    """What a refusal costs, in accepts."""
    node = connection.topology.node
    cost, rate = node.reject_cost.content, node.accept_rate.content
    return cost.amount * rate.amount if cost is not None and rate is not None else REJECT_COST.amount


def _with_cap(feature: Feature) -> tuple[str, ...]:
    """A cap that is high enough; a delay that is always the same has to grow first."""
    cap = f"cap={_cap(feature.connection)}"
    return ("strategy=exponential", cap) if feature.transport.reconnect.strategy.has("fixed") else (cap,)


@remedy_for("missing-reconnection-logic")
def way_back(finding: Finding, feature: Feature) -> Remedy:
    """A plan to return, and how one who returns gets what was missed."""
    transport = feature.transport
    missed = None
    if transport.kind.has("sse"):
        missed = setting(transport, "event_ids=true")
    elif not transport.resume.is_stated and not feature.only_ephemeral:
        missed = resumed(feature, *REPLAY)
    return replace(joined(random_delays(finding, feature), missed), thought=BUILD)


def _cap(connection: Connection) -> str:
    """The cap at which refusals take two thirds of the accept capacity: 3 × r × N/C under full jitter."""
    fastest = fastest_return(connection).content
    if fastest is None:
        return notation(CAP)
    return above(max(CAP.amount, 3 * _refusal(connection) * fastest.amount))


@remedy_for("backoff-cap-below-herd")
def higher_cap(_: Finding, feature: Feature) -> Remedy:
    """A cap at which most of what the nodes accept is left for those who get in."""
    return setting(feature.transport.reconnect, *_with_cap(feature), thought=WAIT)


@remedy_for("first-reconnect-spread-too-small")
def first_spans(finding: Finding, feature: Feature) -> Remedy | None:
    """The same for each connection of those that are too many for their nodes only together."""
    one_node = first_attempts_together(feature.connection, one_node=True)
    found = first_attempts_together(feature.connection) or one_node
    if found is None:
        return first_span(finding, feature)
    healthy = healthy_spread(*found.subjects)
    narrow = [each for each in found.subjects if first_attempt_spread(each) < healthy]
    return joined(*(_spread_over(healthy.content, each) for each in narrow))


@remedy_for("connect-timeout-shorter-than-accept-queue")
def first_span(_: Finding, feature: Feature) -> Remedy | None:
    """1.5 × N/C; where people are shown, with a grace that outlasts it, so that nobody seems to leave."""
    return _spread_over(healthy_spread(feature.connection).content, feature.connection)


def _spread_over(healthy: Duration | None, connection: Connection) -> Remedy | None:
    if healthy is None:
        return None
    span = setting(connection.transport.reconnect, f"first_delay=0s..{above(healthy.amount)}")
    graces = [grace_over(healthy, feature) for feature in connection.features]
    return replace(joined(span, *graces), beside=OUTLASTS if any(graces) else "")


@remedy_for("resync-storm-exceeds-budget")
def span_of_loads(_: Finding, feature: Feature) -> Remedy | None:
    """First attempts over the time in which the database, and the nodes, can send what all of them load."""
    clients, operated = feature.workload.connections.content, feature.operations
    needed = [healthy_spread(feature.connection).content]
    queries, rate = operated.resync_queries.content, operated.database_rate.content
    if clients is None:
        return None
    if queries is not None and rate is not None:
        needed.append(Duration(clients.amount * queries.amount / rate.amount * MARGIN))
    size, width = feature.sync.snapshot.size.content, egress(feature.connection).content
    if size is not None and width is not None:
        needed.append(Duration(clients.amount * size.amount / width.amount * MARGIN))
    span = max((time.amount for time in needed if time is not None), default=None)
    if span is None:
        return None
    return setting(feature.transport.reconnect, f"first_delay=0s..{above(span)}", thought=WAIT)


@remedy_for("sse-missing-retry", "sse-static-retry")
def retry(finding: Finding, feature: Feature) -> Remedy:
    """A `retry` of 10 s, of its own for each stream where the nodes cannot accept all at once."""
    transport = feature.transport
    stated = transport.retry.content
    stays = stated is not None and stated >= Duration(1)
    least = stated if stated is not None and stays else Duration(10)
    same = setting(transport, f"retry={notation(least)}")
    healthy = healthy_spread(feature.connection).content
    if healthy is None or (finding.rule == "sse-missing-retry" and crowd_spread(feature.connection) is None):
        return same
    span = f"first_delay={notation(least)}..{above(least.amount + healthy.amount)}"
    own = setting(transport.reconnect, "strategy=browser", span)
    return replace(own, beside=SHORTEST) if stays else joined(same, own)


@remedy_for("presence-deploy-flap", "close-all-at-once", "drain-shorter-than-reconnect-spread")
def closing(finding: Finding, feature: Feature) -> Remedy:
    """A close spread that the others can follow, with a drain and a termination grace that outlast it."""
    operated, needed = feature.connection.operations, drain_needed(feature.connection).content
    if finding.rule == "presence-deploy-flap" and operated.rollout.has("all-at-once", "blue-green"):
        needed = measured(fastest_return(feature.connection)) * 2
    values, stated = list[str](), operated.close_spread.content or Duration(0)
    lasts = (stated.most if isinstance(stated, Spread) else stated).amount
    if needed is not None and math.isfinite(needed.amount) and max(needed.amount, 1.0) > lasts:
        spread = above(needed.amount)
        lasts = Duration.parse(spread).amount
        values.append(f"close_spread={spread}")
    for name, field in (("drain", operated.drain), ("termination_grace", operated.termination_grace)):
        if field.content is not None and field.content.amount < lasts:
            longer = above(lasts + TO_STOP)
            values.append(f"{name}={longer}")
            lasts = Duration.parse(longer).amount
        elif field.content is not None:
            lasts = field.content.amount
    is_only_spread = all(value.startswith("close_spread") for value in values)
    return setting(operated, *values, thought="" if is_only_spread else DEPLOYMENT)


@remedy_for("connection-age-churn")
def later_end(finding: Finding, feature: Feature) -> Remedy | None:
    """A random part of the age, or an age that costs little: 30 min at the least."""
    age = feature.connection.operations.connection_max_age
    if finding.comparison is None:
        return setting(age, "jitter=10%")
    change = finding.comparison.change
    if change is None or not change[0].startswith(dotted(age.at)):
        return None
    least = max(1800.0, Duration.parse(change[1]).amount)
    return setting(age, f"value={above(least)}", "jitter=10%", thought=AGE)
