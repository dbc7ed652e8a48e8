"""What is promised of messages and of state: repeated, remembered, replayed, merged, kept for long enough."""

from __future__ import annotations

from rtreview.fix.remedy import (
    BUILD,
    DATA,
    KEPT,
    MACHINES,
    MARGIN,
    REPLAY,
    Remedy,
    above,
    joined,
    remedy_for,
    resumed,
    setting,
)
from rtreview.language.design import Feature
from rtreview.quantities.quantity import Duration, notation
from rtreview.rulebook.finding import Finding
from rtreview.text.place import dotted

RETRY = Duration(300)
"""How long a sender repeats what is not acknowledged (at-least-once-without-retry)."""

SHORT_LIFE = Duration(300)
"""A stream that a hop lets live for less is opened too often (hop-lifetime-caps-session)."""


@remedy_for("must-deliver-on-at-most-once")
def repeat(finding: Finding, feature: Feature) -> Remedy:
    """Repeated for 5 min under an id that is remembered for twice as long."""
    return joined(
        setting(feature.sync.delivery, "guarantee=at-least-once", "retry_for=5m", thought=BUILD),
        drop_copies(finding, feature),
    )


@remedy_for("at-least-once-without-retry")
def again(finding: Finding, feature: Feature) -> Remedy:
    """Repeated for 5 min, under an id where nothing drops copies yet."""
    delivery = feature.sync.delivery
    repeated = setting(delivery, "retry_for=5m", thought=BUILD)
    drops = delivery.deduplicate.is_there
    return repeated if drops else joined(repeated, drop_copies(finding, feature))


@remedy_for("at-least-once-without-dedup")
def drop_copies(_: Finding, feature: Feature) -> Remedy:
    """By an id that is remembered for twice the time of retries and of work offline."""
    delivery = feature.sync.delivery
    stated = (delivery.retry_for.content, feature.sync.offline.max.content)
    longest = max([RETRY, *(span for span in stated if span is not None)])
    return setting(delivery.deduplicate, "by=message-id", f"ttl={notation(longest * 2)}", thought=BUILD)


@remedy_for("dedup-shorter-than-retry-horizon")
def longer_memory(finding: Finding, feature: Feature) -> Remedy | None:
    """Twice as long as a sender may repeat."""
    if finding.comparison is None:
        return None
    ttl = notation(Duration(finding.comparison.left * 2))
    return setting(feature.sync.delivery.deduplicate, f"ttl={ttl}", thought=KEPT)


@remedy_for("exactly-once-claimed")
def both_halves(finding: Finding, feature: Feature) -> Remedy:
    """What makes exactly-once true, of which the claim says nothing."""
    delivery, durability = feature.sync.delivery, feature.sync.durability
    halves: list[Remedy] = []
    if delivery.retry_for.is_none:
        halves.append(setting(delivery, "retry_for=5m", thought=BUILD))
    if not delivery.deduplicate.by.content:
        halves.append(drop_copies(finding, feature))
    if durability.acknowledge_after.content in (None, "receive"):
        halves.append(setting(durability, "acknowledge_after=log", thought=BUILD))
    return joined(*halves)


@remedy_for("resume-without-epoch-or-gap-path")
def gap(finding: Finding, feature: Feature) -> Remedy:
    """What is not said of the position: the log that it belongs to, or what happens beyond the log."""
    what = "epoch=true" if finding.place.at[-1:] == ("epoch",) else "on_gap=snapshot"
    return setting(feature.transport.resume, what, thought=BUILD)


@remedy_for("replay-shorter-than-own-backoff")
def longer_replay(finding: Finding, feature: Feature) -> Remedy | None:
    """A replay that outlasts the slowest return."""
    if finding.comparison is None:
        return None
    kept_for = above(finding.comparison.left * MARGIN)
    return setting(feature.transport.resume, f"retention={kept_for}", "on_gap=snapshot", thought=KEPT)


@remedy_for("hop-lifetime-caps-session")
def lifetime(finding: Finding, feature: Feature) -> Remedy | None:
    """Where a hop cuts before the first heartbeat, a longer life where it is short; else a way to resume."""
    path, interval = feature.transport.path, feature.transport.heartbeat.interval.content
    lives = [(hop, hop.max_lifetime.content) for hop in path if hop.max_lifetime.content is not None]
    if interval is None or not any(life < interval for _, life in lives):
        return resume(finding, feature)
    return joined(
        *(setting(hop, "max_lifetime=1h", thought=BUILD) for hop, life in lives if life < SHORT_LIFE)
    )


@remedy_for("reconnect-without-resume")
def resume(finding: Finding, feature: Feature) -> Remedy | None:
    """By position, over a log of 2 min, with a snapshot beyond it; not for a client that stays away.

    Where nobody joins the rooms again, the client does; who may return without a position gets all of it.
    """
    if finding.place.at[-1:] == ("again",):
        return setting(feature.sync.join, "again=client", thought=BUILD)
    transport = feature.transport
    if finding.place.at[-1:] == ("without",):
        return setting(transport.resume, "without=whole", thought=BUILD)
    return None if transport.reconnect.is_none else resumed(feature, *REPLAY, thought=BUILD)


@remedy_for("catch-up-from-wrong-point")
def whole_to_the_position(_: Finding, feature: Feature) -> Remedy:
    """The end of what the client holds without a hole."""
    return resumed(feature, "from=gapless", thought=BUILD)


@remedy_for("replay-buffer-memory")
def log_of_the_room(_: Finding, feature: Feature) -> Remedy:
    """One log for each room, in which each client has its position."""
    return resumed(feature, "scope=room", "epoch=true", thought=BUILD)


@remedy_for("missing-message-ordering", "gap-undetectable")
def numbered(_: Finding, feature: Feature) -> Remedy:
    """By a number, in the scope that is claimed, or in each room."""
    ordering = feature.sync.ordering
    scope = () if ordering.scope.content else ("scope=per-room",)
    return setting(ordering, *scope, "by=sequence", thought=BUILD)


@remedy_for("total-order-without-sequencer")
def sequencer(_: Finding, feature: Feature) -> Remedy:
    """One for each room, or one for all where one order of all is claimed."""
    scope = "global" if feature.sync.ordering.scope.has("total") else "per-room"
    return setting(feature.connection.topology, f"sequencer={scope}", thought=BUILD)


@remedy_for("socket-io-no-adapter")
def adapter(_: Finding, feature: Feature) -> Remedy | None:
    """That of Redis; where nodes are joined by something else, people choose one that fits."""
    backplane = feature.connection.topology.backplane
    if backplane.kind.content is not None and not backplane.kind.has("redis"):
        return None
    return setting(backplane, "kind=redis", "adapter=redis-adapter", thought=MACHINES)


@remedy_for("full-state-broadcast", "list-replaced-whole")
def delta(finding: Finding, feature: Feature) -> Remedy | None:
    """The change in place of the whole; where a strategy is at fault, people choose another."""
    is_update = finding.place.at[-1:] == ("updates",)
    return setting(feature.sync, "updates=delta", thought=DATA) if is_update else None


@remedy_for("last-writer-wins-counter", "crdt-for-invariants")
def authority(finding: Finding, _: Feature) -> Remedy | None:
    """A server that decides about the one kind of data that the finding is about."""
    parts = (place.at[:-1] for place in finding.related if place.at[-1:] == ("shape",))
    part = next(parts, None)
    return Remedy((f"{dotted(part)}.strategy=server-authoritative",), DATA) if part else None


@remedy_for("tree-moves-between-peers", "shared-text-without-merge")
def merge(finding: Finding, feature: Feature) -> Remedy | None:
    """A CRDT in place of the strategy that the finding points at, with what keeps it small."""
    if finding.place.at[-1:] != ("strategy",):
        return None
    small = () if feature.sync.compaction.is_stated else ("compaction=true",)
    merged = Remedy((f"{dotted(finding.place.at)}=crdt",), DATA)
    return joined(merged, setting(feature.sync, *small))


@remedy_for("gc-horizon-shorter-than-offline", "offline-edits-with-ot")
def kept_for(finding: Finding, feature: Feature) -> Remedy | None:
    """Twice the longest absence; for a client that comes too late, a new beginning."""
    if finding.place.at[-1:] == ("too_old",):
        return setting(feature.sync.offline, "too_old=snapshot", thought=BUILD)
    away = feature.sync.offline.max.content
    if away is None:
        return None
    if finding.rule == "gc-horizon-shorter-than-offline":
        return setting(feature.sync, f"gc_after={notation(away * 2)}", thought=KEPT)
    return setting(feature.sync.history, f"retention={notation(away * 2)}", thought=KEPT)


@remedy_for("crdt-without-compaction")
def compaction(_: Finding, feature: Feature) -> Remedy:
    """Some compaction; where there is one that most documents never come to, a job over all of them."""
    trigger = feature.sync.compaction
    if trigger.is_there:
        return setting(trigger, "at=job", thought=BUILD)
    return setting(feature.sync, "compaction=true", thought=BUILD)


@remedy_for("checkpoint-exceeds-rpo")
def checkpoint(_: Finding, feature: Feature) -> Remedy | None:
    """A fifth sooner than the loss that is allowed: a checkpoint takes time itself."""
    loss, durability = feature.targets.loss.content, feature.sync.durability
    if loss is None:
        return None
    if loss.amount == 0 or not durability.checkpoint.is_stated:
        return setting(durability, "write_ahead_log=true", thought=BUILD)
    return setting(durability.checkpoint, f"every={notation((loss * 0.8).rounded)}", thought=KEPT)
