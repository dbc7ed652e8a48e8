"""What a connection or a feature states, as plain values: what the script judges when a slider moves."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field, Section
from rtreview.language.notation import NONE
from rtreview.render.page import parameters
from rtreview.rules.storm import _attempts

_OF_CONNECTION = (
    "workload.connections", "topology.nodes", "topology.node.accept_rate", "topology.node.max_connections",
    "topology.node.reject_cost", "operations.admission", "operations.close_spread", "operations.rollout",
    "transport.kind", "transport.service", "transport.retry", "transport.poll_interval",
    "transport.compression", "transport.reconnect", "transport.reconnect.strategy",
    "transport.reconnect.first_delay", "transport.reconnect.base", "transport.reconnect.cap",
    "transport.reconnect.jitter", "transport.reconnect.delays", "transport.reconnect.max_attempts",
    "transport.reconnect.server_hint", "transport.heartbeat", "transport.heartbeat.interval",
    "transport.heartbeat.timeout", "transport.heartbeat.misses", "transport.heartbeat.from_",
    "transport.heartbeat.layer", "transport.heartbeat.confirmed", "transport.heartbeat.sweep",
)  # fmt: skip
_OF_FEATURE = (
    "direction", "workload.messages.size.typical", "workload.messages.size.max", "workload.downlink",
    "workload.rooms.count", "topology.node.memory", "backpressure.queue", "backpressure.queue.max_messages",
    "backpressure.queue.max_bytes", "backpressure.queue.max_age", "backpressure.queue.max_keys",
    "backpressure.overflow", "fan_out.serialise", "presence.removal", "presence.ttl", "targets.staleness",
    "targets.offline_visible_within",
)  # fmt: skip
"""What the rules in `verdicts.js` read."""


def of_connection(connection: Connection) -> dict[str, Any]:
    """The facts of a connection.

    `values` are those of its fields by their names in the spec, in base units: `"none"` for a decision
    against, and nothing where the spec is silent. `assumed` names those that nobody states and no platform
    fixes. `path` has the idle timeout of each hop, None where that is not known, and is None itself where
    the spec says nothing of a path. `saysHow` and `hasPlan` tell whether anything, and whether a plan of the
    team's own, is known of the way back.
    """
    path = connection.transport.path
    told = _told(connection, _OF_CONNECTION)
    # A library's limit on attempts holds for its own delays only.
    limit = _attempts(connection.transport.reconnect)
    if not limit.is_stated:
        told["values"].pop("transport.reconnect.max_attempts", None)
    return {
        **told,
        "path": [_plain(hop.idle_timeout) for hop in path] if path.is_stated else None,
        "saysHow": connection.transport.reconnect.is_stated,
        "hasPlan": connection.has_plan,
    }


def of_feature(feature: Feature) -> dict[str, Any]:
    """The facts of a feature beside those of its connection; `values` and `assumed` are as there.

    `hasOneWriter` and `hasRooms` tell whether one alone writes, and whether anything is said of rooms.
    """
    return {
        **_told(feature, _OF_FEATURE),
        "hasOneWriter": feature.has_one_writer,
        "hasRooms": feature.workload.rooms.is_stated,
    }


def _told(subject: Connection | Feature, names: Iterable[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    assumed = []
    for name in names:
        part = reduce(getattr, name.split("."), subject)
        value = _plain(part)
        if value is None:
            continue
        written = name.rstrip("_")
        values[written] = value
        if isinstance(part, Field) and part.default is not None and not part.default.platform:
            assumed.append(written)
    return {"values": values, "assumed": assumed}


def _plain(part: Any) -> Any:
    """A value in base units, `none`, or None where nothing is said; of a section the word in its place."""
    if isinstance(part, Section):
        return part.word or None
    return NONE if part.is_none else parameters(part.content)
