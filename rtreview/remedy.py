"""The way out of a finding as a change of the spec, where numbers or a pattern decide which.

Here alone is known which changes there are, and which of them somebody has to think about first. A remedy
deletes no statement, lowers no target, and states no other workload than there is.
"""

from __future__ import annotations

from typing import NamedTuple

from rtreview.design import Design, Feature
from rtreview.field import Section
from rtreview.finding import Finding, dotted
from rtreview.sizing import BUILD, DATA, KEPT, LOSS, MACHINES, WAIT, Remedy, setting, sized


class Recommended(NamedTuple):
    """What the references recommend for every design alike: fields of a section, and what to think about."""

    section: str
    values: tuple[str, ...]
    thought: str = BUILD


_NUMBERED = Recommended("sync.ordering", ("scope=per-room", "by=sequence"))
_REBASE = Recommended("sync", ("reconcile=rebase",))

_RECOMMENDED = {
    "backoff-reset-on-open": Recommended("transport.reconnect", ("reset_after=30s",), ""),
    "retry-gives-up-before-outage-ends": Recommended("transport.reconnect", ("max_attempts=none",), ""),
    "no-server-pushback": Recommended("transport.reconnect", ("server_hint=random",)),
    "sse-missing-event-id": Recommended("transport", ("event_ids=true",), ""),
    "tcp-keepalive-as-heartbeat": Recommended("transport.heartbeat", ("layer=application",)),
    "browser-cannot-see-ping": Recommended("transport.heartbeat", ("layer=application", "from=server")),
    "hidden-tab-timer-throttle": Recommended("transport.heartbeat", ("from=server",)),
    "token-expires-before-session": Recommended("transport", ("on_token_expiry=refresh",)),
    "sse-connection-limit": Recommended("transport", ("http_version=2",)),
    "websocket-binary-json": Recommended("transport", ("encoding=binary",)),
    "polling-without-affinity": Recommended("topology", ("affinity=cookie",)),
    "session-resume-misses-node": Recommended("topology", ("session_state=shared",)),
    "socket-io-no-adapter": Recommended(
        "topology.backplane", ("kind=redis", "adapter=redis-adapter"), MACHINES
    ),
    "socket-io-recovery-without-adapter": Recommended(
        "topology.backplane", ("adapter=redis-streams-adapter",)
    ),
    "total-order-without-sequencer": Recommended("topology", ("sequencer=per-room",)),
    "decentralised-ot": Recommended("topology", ("routing=by-room", "sequencer=per-room")),
    "single-owner-fanout-latency": Recommended("fan_out", ("owner=sharded",)),
    "broadcast-n-queries": Recommended("fan_out", ("per_recipient=memory",)),
    "cursor-high-frequency": Recommended("presence.cursor", ("rate=15/s",)),
    "presence-store-without-expiry": Recommended("presence", ("ttl=60s", "refresh=20s")),
    "presence-per-connection": Recommended("presence", ("identity=user",)),
    "stale-session-not-fenced": Recommended("presence", ("takeover=true",)),
    "join-without-backfill": Recommended("sync.join", ("order=subscribe-first", "deduplicate=true")),
    "replay-shorter-than-disconnect": Recommended("transport.resume", ("on_gap=snapshot",)),
    "replay-buffer-memory": Recommended("transport.resume", ("scope=room", "by=offset", "epoch=true")),
    "missing-message-ordering": _NUMBERED,
    "gap-undetectable": _NUMBERED,
    "wall-clock-conflict-resolution": Recommended("sync", ("clock=server-order",), DATA),
    "offline-with-full-state": _REBASE,
    "optimistic-without-reconciliation": _REBASE,
    "offline-without-optimistic": Recommended("sync", ("optimistic=true", "reconcile=rebase")),
    "crdt-without-compaction": Recommended("sync", ("compaction=true",)),
    "acknowledged-before-durable": Recommended("sync.durability", ("acknowledge_after=log",)),
    "queue-bound-by-count-only": Recommended("backpressure.queue", ("max_bytes=256KiB",), LOSS),
    "autoscale-on-cpu": Recommended("operations", ("autoscale_on=connections and cpu",), MACHINES),
}

_DECIDED = {
    "transport.path": BUILD,
    "transport.max_message": BUILD,
    "transport.poll_interval": MACHINES,
    "transport.heartbeat": WAIT,
    "transport.reconnect": WAIT,
    "transport.resume": KEPT,
    "transport.token_ttl": BUILD,
    "presence": WAIT,
    "backpressure": LOSS,
    "operations.connection_max_age": KEPT,
    "topology.nodes": MACHINES,
    "topology.node.memory": MACHINES,
}
"""What a team decides by itself, so that its smallest change can be proposed, and what to think about.

What a node manages, how large a snapshot is, or how many queries a client causes are facts: work changes
them, and no spec does.
"""


def remedy(finding: Finding, design: Design) -> Remedy | None:
    """The way out of a finding as a change; nothing where a person has to find one.

    What the references recommend comes before the smallest change that a comparison knows.
    """
    feature = next((one for one in design.features if one.name in finding.features), design.features[0])
    return sized(finding, feature) or _recommended(finding, feature) or _smallest(finding, feature)


def _recommended(finding: Finding, feature: Feature) -> Remedy | None:
    found = _RECOMMENDED.get(finding.rule)
    if found is None:
        return None
    return setting(_section(feature, found.section), *found.values, thought=found.thought)


def _section(feature: Feature, name: str) -> Section:
    """A section of a feature. Servers and their operation are those of its connection."""
    first, *inner = name.split(".")
    section = getattr(feature.connection if first in ("topology", "operations") else feature, first)
    for one in inner:
        section = getattr(section, one)
    return section  # type: ignore[no-any-return]


def _smallest(finding: Finding, feature: Feature) -> Remedy | None:
    """The smallest change of something that the team decides."""
    change = finding.comparison.change if finding.comparison else None
    if change is None:
        return None
    field, value = change
    for name, thought in _DECIDED.items():
        first, *inner = name.split(".")
        decided = ".".join((dotted(_section(feature, first).at), *inner))
        if field == decided or field.startswith((f"{decided}.", f"{decided}[")):
            return Remedy((f"{field}={value}",), thought)
    return None
