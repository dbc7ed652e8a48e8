"""Remedies whose values follow from the numbers of a design, as the references size them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from rtreview import numbers
from rtreview.derived import measured
from rtreview.design import Connection, Feature
from rtreview.field import NotApplicable, Section, Undecided
from rtreview.finding import Finding, Path, dotted
from rtreview.quantity import Count, Duration, Size, Spread, notation
from rtreview.rules.detection import is_silence
from rtreview.rules.ghosts import ends_by_expiry, first_delay, kept
from rtreview.rules.storm import SOON, healthy_spread

BUILD = "it is true only when it is built"
WAIT = "people wait for longer, or learn of a loss later"
LOSS = "a client that is slow gets less, or is cut off"
DATA = "it changes how the state is kept in sync"
KEPT = "it changes what is kept, and so what it costs"
MACHINES = "it costs machines"
DEPLOYMENT = "a deployment takes longer, and the platform has to wait for it"
"""What somebody has to think about before a change is made."""

GRACE, BEAT, ANSWER, CAP = Duration(10), Duration(25), Duration(10), Duration(30)
"""Figures of `patterns.md`: the grace of presence, a heartbeat, the time for its answer, the longest delay."""

MESSAGES, BYTES = Count(200), Size(256 * 1024)
"""What may wait for a slow client (unbounded-message-queue, queue-bound-by-count-only)."""

RESUME = ("by=offset", "epoch=true", "retention=2m", "on_gap=snapshot")
"""How a client that returns gets what it missed (reconnect-without-resume)."""

MARGIN = 1.2
"""How much longer a time is than what it has to outlast: a grace of 12 s for a first delay of 10 s."""

TO_STOP = 10.0
"""Seconds that a node has beyond its closing, and a platform beyond that: 5 s to 30 s
(drain-shorter-than-reconnect-spread)."""

_ROUND = (
    1,
    2,
    3,
    4,
    5,
    6,
    8,
    10,
    12,
    15,
    20,
    25,
    30,
    40,
    45,
    60,
    90,
    120,
    180,
    240,
    300,
    600,
    900,
    1800,
    3600,
)
"""Spans that people set, in seconds."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change of the spec that ends a finding.

    `settings` are fields and values, as `rtreview simulate --set` takes them. `thought` is what somebody has to
    think about first. It is empty where the change is safe: it touches no promise, costs nothing of note, and
    makes nothing worse that people see.
    """

    settings: tuple[str, ...]
    thought: str = ""

    @property
    def is_safe(self) -> bool:
        """Whether nobody has to think about it first."""
        return not self.thought


def setting(section: Section, *values: str, thought: str = "") -> Remedy:
    """A remedy that sets fields of one section: `jitter=full`."""
    return Remedy(tuple(f"{dotted(section.at)}.{one}" for one in values), thought)


def joined(*remedies: Remedy | None) -> Remedy:
    """Several remedies as one; what one of them gives to think about holds for all."""
    all_ = [one for one in remedies if one is not None]
    settings = dict.fromkeys(one for remedy in all_ for one in remedy.settings)
    return Remedy(tuple(settings), next((one.thought for one in all_ if one.thought), ""))


def below(seconds: float) -> str:
    """The longest usual span that is shorter."""
    fitting = [one for one in _ROUND if one < seconds]
    return notation(Duration(fitting[-1]) if fitting else Duration(seconds / 2).rounded)


def at_most(seconds: float) -> str:
    """The longest usual span that is no longer."""
    return below(seconds * (1 + 1e-9))


def above(seconds: float) -> str:
    """The shortest usual span that is no shorter."""
    return notation(
        Duration(next((one for one in _ROUND if one >= seconds), math.ceil(seconds / 3600) * 3600))
    )


def sized(finding: Finding, feature: Feature) -> Remedy | None:
    """The remedy that the numbers of a design tell; nothing where its rule has none."""
    size = _SIZED.get(finding.rule)
    try:
        made = size(finding, feature) if size else None
    except (NotApplicable, Undecided):
        return None
    return made if made and made.settings else None


# Coming back.


def _random(finding: Finding, feature: Feature) -> Remedy:
    """Exponential delays with full jitter, and a first attempt as wide as the crowd needs."""
    plan = feature.transport.reconnect
    grows = (plan.base.is_stated or plan.delays.is_stated) and not plan.strategy.has("immediate")
    delays = () if grows else ("strategy=exponential", "base=1s", f"cap={_cap(feature.connection)}")
    first = _first_span(finding, feature) if _is_crowd(feature.connection) else None
    return joined(setting(plan, *delays, "jitter=full"), first)


def _way_back(finding: Finding, feature: Feature) -> Remedy:
    """A plan to return, and how one who returns gets what was missed."""
    transport = feature.transport
    missed = None
    if transport.kind.has("sse"):
        missed = setting(transport, "event_ids=true")
    elif not transport.resume.is_stated and not feature.only_ephemeral:
        missed = setting(transport.resume, *RESUME)
    return replace(joined(_random(finding, feature), missed), thought=BUILD)


def _is_crowd(connection: Connection) -> bool:
    """Whether the nodes need more than a moment to accept everybody."""
    return healthy_spread(connection).content is not None and not connection.accepted_within(SOON)


def _cap(connection: Connection) -> str:
    """The cap at which refusals leave two thirds of the accept capacity: 3 × r × N/C under full jitter."""
    fastest = numbers.fastest_return(connection).content
    if fastest is None:
        return notation(CAP)
    node = connection.topology.node
    cost, rate = node.reject_cost.content, node.accept_rate.content
    refusal = (
        cost.amount * rate.amount if cost is not None and rate is not None else numbers.REJECT_COST.amount
    )
    return above(max(CAP.amount, 3 * refusal * fastest.amount))


def _higher_cap(_: Finding, feature: Feature) -> Remedy:
    return setting(feature.transport.reconnect, f"cap={_cap(feature.connection)}", thought=WAIT)


def _first_span(_: Finding, feature: Feature) -> Remedy | None:
    """1.5 × N/C, with a grace that outlasts it, so that nobody who returns as planned has been shown as gone."""
    healthy = healthy_spread(feature.connection).content
    if healthy is None:
        return None
    span = setting(feature.transport.reconnect, f"first_delay=0s..{notation(healthy.rounded)}")
    graces = (_grace_over(healthy, one) for one in feature.connection.features)
    return joined(span, *graces)


def _grace_over(first: Duration, feature: Feature) -> Remedy | None:
    """A longer grace, where one is stated and people are gone before they had a chance to return."""
    shown = feature.presence
    if not shown.grace.content or shown.kind.has("count"):
        return None
    missing = first.amount * MARGIN - measured(kept(feature)).amount
    return setting(shown, f"grace={above(shown.grace.content.amount + missing)}") if missing > 0 else None


def _span_of_loads(_: Finding, feature: Feature) -> Remedy | None:
    """First attempts over the time in which the database, and the nodes, can send what all of them load."""
    clients, operated = feature.workload.connections.content, feature.operations
    needed = [healthy_spread(feature.connection).content]
    queries, rate = operated.resync_queries.content, operated.database_rate.content
    if clients is None:
        return None
    if queries is not None and rate is not None:
        needed.append(Duration(clients.amount * queries.amount / rate.amount * MARGIN))
    size, egress = feature.sync.snapshot.size.content, numbers.egress(feature.connection).content
    if size is not None and egress is not None:
        needed.append(Duration(clients.amount * size.amount / egress.amount * MARGIN))
    span = max(one.amount for one in needed if one is not None)
    return setting(feature.transport.reconnect, f"first_delay=0s..{above(span)}", thought=WAIT)


def _retry(finding: Finding, feature: Feature) -> Remedy:
    """A `retry` of 10 s, of its own for each stream where the nodes cannot accept all at once."""
    transport = feature.transport
    stated = transport.retry.content
    least = stated if stated is not None and stated >= Duration(1) else Duration(10)
    same = setting(transport, f"retry={notation(least)}")
    healthy = healthy_spread(feature.connection).content
    if healthy is None or (finding.rule == "sse-missing-retry" and not _is_crowd(feature.connection)):
        return same
    span = f"first_delay={notation(least)}..{above(least.amount + healthy.amount)}"
    own = setting(transport.reconnect, "strategy=browser", span)
    return own if finding.rule == "sse-static-retry" else joined(same, own)


# Heartbeats.


def _idle(connection: Connection) -> float:
    """The shortest silence that something on the path ends a connection after; endless where none is known."""
    known = [hop.idle_timeout.content for hop in connection.transport.path]
    return min((one.amount for one in known if one is not None), default=math.inf)


def _new_beat(_: Finding, feature: Feature) -> Remedy:
    transport = feature.transport
    interval = below(min(_idle(feature.connection) / 2, BEAT.amount + 1))
    if transport.kind.has("sse"):
        values: tuple[str, ...] = ("layer=sse-comment", "from=server")
    else:
        values = (
            f"timeout={notation(ANSWER)}",
            "misses=2",
            "from=server",
            "layer=application",
            "confirmed=true",
        )
    return setting(transport.heartbeat, f"interval={interval}", *values, thought=BUILD)


def _beat_of_path(_: Finding, feature: Feature) -> Remedy:
    """Below half of the shortest idle timeout, so that one beat may be lost."""
    transport, interval = feature.transport, below(_idle(feature.connection) / 2)
    if transport.kind.has("long-polling"):
        return setting(transport, f"poll_interval={interval}")
    return setting(transport.heartbeat, f"interval={interval}")


def _timeout(_: Finding, feature: Feature) -> Remedy | None:
    """Two intervals of silence, or 10 s for an answer."""
    heartbeat, interval = feature.transport.heartbeat, feature.transport.heartbeat.interval.content
    if not is_silence(heartbeat):
        return setting(heartbeat, f"timeout={notation(ANSWER)}")
    if interval is None:
        return None
    return setting(heartbeat, f"timeout={notation(interval * 2)}")


def _sooner(finding: Finding, feature: Feature) -> Remedy | None:
    """A shorter interval, where that is what has to move least; the grace of presence comes on top."""
    change = finding.comparison.change if finding.comparison else None
    heartbeat, grace = feature.transport.heartbeat, feature.presence.grace.content
    if change is None or change[0] != heartbeat.interval.dotted:
        return None
    most = Duration.parse(change[1]).amount
    if finding.rule == "detection-slower-than-promise" and grace is not None:
        misses = heartbeat.misses.content
        most -= grace.amount / max(1.0, misses.amount if misses is not None else 1.0)
    return setting(heartbeat, f"interval={at_most(most)}") if most > 0 else None


def _rarer(finding: Finding, feature: Feature) -> Remedy:
    """As rare as the path allows."""
    most = below(min(_idle(feature.connection) / 2, BEAT.amount + 1))
    return setting(feature.transport.heartbeat, f"interval={most}", thought=WAIT)


# Presence.


def _grace(_: Finding, feature: Feature) -> Remedy:
    """10 s, or longer where the first attempt to return may come later."""
    try:
        first = first_delay(feature.connection, longest=True).content
    except (NotApplicable, Undecided):
        first = None
    needed = max(GRACE.amount, first.amount * MARGIN if first is not None else 0.0)
    return setting(feature.presence, f"grace={above(needed)}")


def _longer_grace(_: Finding, feature: Feature) -> Remedy | None:
    return _grace_over(measured(first_delay(feature.connection, longest=True)), feature)


def _most(span: Duration | Spread) -> float:
    return (span.most if isinstance(span, Spread) else span).amount


def _ttl(_: Finding, feature: Feature) -> Remedy | None:
    """Three refreshes; or a refresh three times in a life."""
    shown = feature.presence
    refresh, ttl = shown.refresh.content, shown.ttl.content
    if refresh is not None:
        return setting(shown, f"ttl={notation(refresh * 3)}")
    return setting(shown, f"refresh={at_most(ttl.amount / 3)}", thought=BUILD) if ttl is not None else None


def _shorter_ghost(finding: Finding, feature: Feature) -> Remedy | None:
    """A life within the promise, with three refreshes in it; else a shorter heartbeat."""
    shown, promise = feature.presence, feature.targets.offline_visible_within.content
    if not ends_by_expiry(shown) or promise is None:
        return _sooner(finding, feature)
    life = promise.amount - (feature.transport.heartbeat.sweep.content or Duration(0)).amount
    return setting(shown, f"ttl={at_most(life)}", f"refresh={at_most(life / 3)}", thought=KEPT)


def _batch(_: Finding, feature: Feature) -> Remedy:
    return setting(feature.presence, "batch=5s", thought=WAIT)


# Closing nodes and connections.


def _closing(finding: Finding, feature: Feature) -> Remedy:
    """A close spread that the others can follow, with a drain and a termination grace that outlast it."""
    operated, needed = feature.connection.operations, numbers.drain_needed(feature.connection).content
    if finding.rule == "presence-deploy-flap" and operated.rollout.has("all-at-once", "blue-green"):
        needed = measured(numbers.fastest_return(feature.connection)) * 2
    lasts, values = _most(operated.close_spread.content or Duration(0)), []
    if needed is not None and math.isfinite(needed.amount) and max(needed.amount, 1.0) > lasts:
        spread = max(needed, Duration(1)).rounded
        lasts = spread.amount
        values.append(f"close_spread={notation(spread)}")
    for name, field in (("drain", operated.drain), ("termination_grace", operated.termination_grace)):
        if field.content is not None and field.content.amount < lasts:
            longer = above(lasts + TO_STOP)
            values.append(f"{name}={longer}")
            lasts = Duration.parse(longer).amount
        elif field.content is not None:
            lasts = field.content.amount
    is_only_spread = all(one.startswith("close_spread") for one in values)
    return setting(operated, *values, thought="" if is_only_spread else DEPLOYMENT)


def _age(finding: Finding, feature: Feature) -> Remedy | None:
    """A random part of the age, or an age that costs little."""
    age = feature.connection.operations.connection_max_age
    if finding.comparison is None:
        return setting(age, "jitter=10%")
    change = finding.comparison.change
    if change is None or not change[0].startswith(dotted(age.at)):
        return None
    least = max(1800.0, Duration.parse(change[1]).amount)
    return setting(age, f"value={above(least)}", "jitter=10%", thought=KEPT)


# Messages.


def _repeat(_: Finding, feature: Feature) -> Remedy:
    """Repeated for 5 min under an id that is remembered for twice as long."""
    return joined(
        setting(feature.sync.delivery, "guarantee=at-least-once", "retry_for=5m", thought=BUILD),
        _memory_of_copies(5 * 60, feature),
    )


def _again(_: Finding, feature: Feature) -> Remedy:
    again = setting(feature.sync.delivery, "retry_for=5m", thought=BUILD)
    has_memory = feature.sync.delivery.deduplicate.is_stated and not feature.sync.delivery.deduplicate.is_none
    return again if has_memory else joined(again, _memory_of_copies(5 * 60, feature))


def _drop_copies(_: Finding, feature: Feature) -> Remedy:
    retry = feature.sync.delivery.retry_for.content
    away = feature.sync.offline.max.content
    return _memory_of_copies(max(one.amount for one in (retry, away, Duration(300)) if one), feature)


def _memory_of_copies(horizon: float, feature: Feature) -> Remedy:
    """An id for each message, remembered for twice the time in which it may be repeated."""
    again = feature.sync.delivery.deduplicate
    return setting(again, "by=message-id", f"ttl={notation(Duration(horizon * 2))}", thought=BUILD)


def _longer_memory(finding: Finding, feature: Feature) -> Remedy | None:
    if finding.comparison is None:
        return None
    ttl = notation(Duration(finding.comparison.left * 2))
    return setting(feature.sync.delivery.deduplicate, f"ttl={ttl}", thought=KEPT)


def _both_halves(_: Finding, feature: Feature) -> Remedy:
    """What makes exactly-once true, of which the claim says nothing."""
    delivery, durability = feature.sync.delivery, feature.sync.durability
    halves = []
    if delivery.retry_for.is_none:
        halves.append(setting(delivery, "retry_for=5m", thought=BUILD))
    if not delivery.deduplicate.by.content:
        halves.append(_drop_copies(_, feature))
    if durability.acknowledge_after.content in (None, "receive"):
        halves.append(setting(durability, "acknowledge_after=log", thought=BUILD))
    return joined(*halves)


def _gap(finding: Finding, feature: Feature) -> Remedy:
    """What is not said of the position: the log that it belongs to, or what happens beyond the log."""
    what = "epoch=true" if finding.place.at[-1:] == ("epoch",) else "on_gap=snapshot"
    return setting(feature.transport.resume, what, thought=BUILD)


def _longer_replay(finding: Finding, feature: Feature) -> Remedy | None:
    """A replay that outlasts the slowest return."""
    if finding.comparison is None:
        return None
    kept_for = above(finding.comparison.left * MARGIN)
    return setting(feature.transport.resume, f"retention={kept_for}", "on_gap=snapshot", thought=KEPT)


def _resume(_: Finding, feature: Feature) -> Remedy | None:
    transport = feature.transport
    return None if transport.reconnect.is_none else setting(transport.resume, *RESUME, thought=BUILD)


# State.


def _delta(finding: Finding, feature: Feature) -> Remedy | None:
    """The change in place of the whole; where a strategy is at fault, people choose another."""
    is_update = finding.place.at[-1:] == ("updates",)
    return setting(feature.sync, "updates=delta", thought=DATA) if is_update else None


def _part(finding: Finding, feature: Feature, strategy: str) -> Remedy:
    """Another strategy for the kind of data that the finding is about, or for all of it."""
    shape = next((place.at for place in finding.related if place.at[-1:] == ("shape",)), None)
    at: Path = shape[:-1] if shape else feature.sync.at
    return Remedy((f"{dotted(at)}.strategy={strategy}",), DATA)


def _merge(finding: Finding, feature: Feature) -> Remedy:
    """A CRDT where the finding is, with what keeps it small."""
    compaction = () if feature.sync.compaction.is_stated else ("compaction=true",)
    return joined(
        Remedy((f"{dotted(finding.place.at)}=crdt",), DATA), setting(feature.sync, *compaction, thought=DATA)
    )


def _kept_for(finding: Finding, feature: Feature) -> Remedy | None:
    """Twice the longest absence."""
    away = feature.sync.offline.max.content
    if away is None:
        return None
    if finding.rule == "gc-horizon-shorter-than-offline":
        return setting(feature.sync, f"gc_after={notation(away * 2)}", thought=KEPT)
    return setting(feature.sync.history, f"retention={notation(away * 2)}", thought=KEPT)


def _checkpoint(_: Finding, feature: Feature) -> Remedy | None:
    """A fifth sooner than the loss that is allowed: a checkpoint takes time itself."""
    loss, durability = feature.targets.loss.content, feature.sync.durability
    if loss is None:
        return None
    if loss.amount == 0 or not durability.checkpoint.content:
        return setting(durability, "write_ahead_log=true", thought=BUILD)
    return setting(durability, f"checkpoint={notation((loss * 0.8).rounded)}", thought=KEPT)


# The path, and queues.


def _unbuffered(finding: Finding, _: Feature) -> Remedy:
    return Remedy((f"{dotted(finding.place.at)}=false",), BUILD)


def _bound(_: Finding, feature: Feature) -> Remedy:
    """200 messages; then whoever can resume is disconnected, and of values the oldest is dropped."""
    section, sizes = feature.backpressure, feature.workload.messages.size
    bounds = [f"queue.max_messages={MESSAGES}"]
    if sizes.max.content is not None and sizes.max.content.amount * MESSAGES.amount > BYTES.amount:
        bounds.append(f"queue.max_bytes={notation(BYTES)}")
    overflow = section.overflow.content
    if overflow is None:
        overflow = "drop-oldest" if feature.is_state_valued or feature.only_ephemeral else "disconnect"
        bounds.append(f"overflow={overflow}")
    resume = feature.transport.resume
    resumes = overflow == "disconnect" and resume.is_stated and not resume.is_none
    return setting(section, *bounds, thought="" if resumes else LOSS)


def _age_of_queue(_: Finding, feature: Feature) -> Remedy | None:
    allowed = feature.targets.staleness.content
    if allowed is None:
        return None
    return setting(feature.backpressure.queue, f"max_age={notation(allowed)}", thought=LOSS)


def _newest_of_each(_: Finding, feature: Feature) -> Remedy | None:
    """The last value of each key, where one value replaces another."""
    if not (feature.is_state_valued or feature.backpressure.carries.has("state")):
        return None
    return setting(feature.backpressure, "overflow=coalesce", thought=LOSS)


def _repair(_: Finding, feature: Feature) -> Remedy:
    """Whoever overflows is disconnected and resumes; or gets a snapshot for what was dropped."""
    resume = feature.transport.resume
    if not resume.is_none:
        return setting(resume, "on_gap=snapshot", thought=BUILD)
    return joined(
        setting(feature.backpressure, "overflow=disconnect", thought=BUILD), setting(resume, *RESUME)
    )


def _replay_that_fits(_: Finding, feature: Feature) -> Remedy | None:
    """No more than the queue holds, and a snapshot beyond it."""
    most = feature.backpressure.queue.max_messages.content
    if most is None:
        return None
    return setting(
        feature.transport.resume, f"max_messages={notation(most)}", "on_gap=snapshot", thought=KEPT
    )


def _inbound(_: Finding, feature: Feature) -> Remedy:
    """Ten times what a person does, and no less than the references say."""
    rate, least = (
        feature.workload.messages.rate.content,
        60 if feature.serves("collaborative-editing") else 20,
    )
    most = max(least, math.ceil(rate.amount * 10) if rate is not None else 0)
    return setting(feature.backpressure.inbound, f"rate={most}/s", thought=LOSS)


_SIZED: dict[str, Callable[[Finding, Feature], Remedy | None]] = {
    "missing-reconnection-logic": _way_back,
    "reconnect-without-jitter": _random,
    "first-reconnect-spread-too-small": _first_span,
    "connect-timeout-shorter-than-accept-queue": _first_span,
    "backoff-cap-below-herd": _higher_cap,
    "resync-storm-exceeds-budget": _span_of_loads,
    "sse-missing-retry": _retry,
    "sse-static-retry": _retry,
    "missing-heartbeat": _new_beat,
    "heartbeat-slower-than-path": _beat_of_path,
    "heartbeat-timeout-too-tight": _timeout,
    "heartbeat-load": _rarer,
    "detection-slower-than-promise": _sooner,
    "presence-immediate-removal": _grace,
    "presence-grace-shorter-than-reconnect": _longer_grace,
    "presence-ttl-within-miss-budget": _ttl,
    "presence-ghost-exceeds-promise": _shorter_ghost,
    "presence-fanout-quadratic": _batch,
    "presence-deploy-flap": _closing,
    "close-all-at-once": _closing,
    "drain-shorter-than-reconnect-spread": _closing,
    "connection-age-churn": _age,
    "must-deliver-on-at-most-once": _repeat,
    "at-least-once-without-retry": _again,
    "at-least-once-without-dedup": _drop_copies,
    "dedup-shorter-than-retry-horizon": _longer_memory,
    "exactly-once-claimed": _both_halves,
    "resume-without-epoch-or-gap-path": _gap,
    "replay-shorter-than-own-backoff": _longer_replay,
    "reconnect-without-resume": _resume,
    "hop-lifetime-caps-session": _resume,
    "full-state-broadcast": _delta,
    "list-replaced-whole": _delta,
    "last-writer-wins-counter": partial(_part, strategy="server-authoritative"),
    "crdt-for-invariants": partial(_part, strategy="server-authoritative"),
    "tree-moves-between-peers": _merge,
    "shared-text-without-merge": _merge,
    "gc-horizon-shorter-than-offline": _kept_for,
    "offline-edits-with-ot": _kept_for,
    "checkpoint-exceeds-rpo": _checkpoint,
    "stream-buffered-by-proxy": _unbuffered,
    "unbounded-message-queue": _bound,
    "queue-older-than-staleness": _age_of_queue,
    "client-bandwidth-deficit": _newest_of_each,
    "lossy-queue-on-delta-stream": _repair,
    "overflow-disconnect-loop": _replay_that_fits,
    "inbound-unbounded": _inbound,
}
