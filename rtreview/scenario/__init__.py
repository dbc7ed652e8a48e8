"""What can happen to a design: the scenarios by name, and which one shows what a rule is about."""

from __future__ import annotations

from typing import Literal, get_args

Storm = Literal["restart", "deploy", "node-loss", "region-loss"]
Name = Literal["restart", "deploy", "node-loss", "region-loss", "slow-client", "blip", "growth"]
STORMS: tuple[Storm, ...] = get_args(Storm)
NAMES: tuple[Name, ...] = get_args(Name)

TELLS: dict[Name, str] = {
    "restart": "every node restarts at once, and everybody is disconnected in the same moment",
    "deploy": "a deployment closes every connection, spread over `operations.close_spread`",
    "node-loss": "one node is lost, and the others take its clients",
    "region-loss": "one region is lost, and the others take its clients",
    "slow-client": "a client of the slowest tenth is sent what its room sends; where its line carries all of "
    "that, it stands still at first, until its queue is full",
    "blip": "a client loses its line silently, for as long as it usually does",
    "growth": "a document is edited for 2,000 hours, a working year, by as many as usually do",
}

ABOUT: dict[str, Name] = {
    "reconnect-without-jitter": "restart",
    "first-reconnect-spread-too-small": "restart",
    "backoff-cap-below-herd": "restart",
    "node-loss-overload": "node-loss",
    "sse-static-retry": "restart",
    "retry-gives-up-before-outage-ends": "restart",
    "connect-timeout-shorter-than-accept-queue": "restart",
    "close-all-at-once": "deploy",
    "slow-client-memory-budget": "slow-client",
    "client-bandwidth-deficit": "slow-client",
    "queue-older-than-staleness": "slow-client",
    "detection-slower-than-promise": "blip",
    "presence-immediate-removal": "blip",
    "presence-grace-shorter-than-reconnect": "blip",
    "presence-ghost-exceeds-promise": "blip",
    "replay-shorter-than-disconnect": "blip",
    "replay-shorter-than-own-backoff": "blip",
    "crdt-without-compaction": "growth",
}
"""The scenario that shows what a rule is about."""

CURVES = {
    "slow-client-memory-budget": "bytes that wait on a node whose clients are all slow",
    "queue-older-than-staleness": "age of what it receives",
    "detection-slower-than-promise": "chance that the server knows",
    "presence-immediate-removal": "chance that others see it as offline",
    "presence-grace-shorter-than-reconnect": "chance that others see it as offline",
    "presence-ghost-exceeds-promise": "chance that others see it as offline",
    "replay-shorter-than-disconnect": "absences that the replay covers",
    "replay-shorter-than-own-backoff": "absences that the replay covers",
}
"""The curve of its scenario that shows what a rule is about, where that is not the first."""


def is_of_features(name: Name) -> bool:
    """Whether a scenario is about one feature, and not about a connection with all that travels on it."""
    return name not in STORMS
