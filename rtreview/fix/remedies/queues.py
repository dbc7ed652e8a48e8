"""What waits for a slow client, and what is taken from a fast one."""

from __future__ import annotations

import math

from rtreview.fix.remedy import BUILD, KEPT, LOSS, REPLAY, Remedy, joined, remedy_for, resumed, setting
from rtreview.language.design import Feature
from rtreview.quantities.quantity import Count, Size, notation
from rtreview.rulebook.finding import Finding
from rtreview.text.place import dotted

WAITING, BYTES = Count(200), Size(256 * 1024)
"""What may wait for a slow client (unbounded-message-queue, queue-bound-by-count-only)."""


@remedy_for("stream-buffered-by-proxy")
def unbuffered(finding: Finding, _: Feature) -> Remedy:
    """At the hop that the finding points at."""
    return Remedy((f"{dotted(finding.place.at)}=false",), BUILD)


@remedy_for("unbounded-message-queue")
def bound(_: Finding, feature: Feature) -> Remedy:
    """200 messages, or the last values of 200 keys; then whoever can resume is disconnected."""
    section, sizes = feature.backpressure, feature.workload.messages.size
    overflow = section.overflow.content
    by_key = overflow is None and _replaces_itself(feature)
    bounds = [f"queue.{'max_keys' if by_key else 'max_messages'}={WAITING}"]
    if sizes.max.content is not None and sizes.max.content.amount * WAITING.amount > BYTES.amount:
        bounds.append(f"queue.max_bytes={notation(BYTES)}")
    if overflow is None:
        overflow = "coalesce" if by_key else "drop-oldest" if feature.only_ephemeral else "disconnect"
        bounds.append(f"overflow={overflow}")
    resume = feature.transport.resume
    resumes = overflow == "disconnect" and resume.is_there
    return setting(section, *bounds, thought="" if resumes else LOSS)


def _replaces_itself(feature: Feature) -> bool:
    """Whether a message that waits is worth nothing once the next one of its key is there."""
    carries, updates = feature.backpressure.carries, feature.sync.updates
    if carries.is_stated or updates.is_stated:
        return carries.has("state") or (feature.is_state_valued and not carries.is_stated)
    return feature.is_state_valued or feature.holds_only("register") or feature.merges_by("last-writer-wins")


@remedy_for("queue-older-than-staleness")
def age_of_queue(_: Finding, feature: Feature) -> Remedy | None:
    """No older than what may be shown."""
    allowed = feature.targets.staleness.content
    if allowed is None:
        return None
    return setting(feature.backpressure.queue, f"max_age={notation(allowed)}", thought=LOSS)


@remedy_for("client-bandwidth-deficit")
def newest_of_each(_: Finding, feature: Feature) -> Remedy | None:
    """The last value of each key, where one value replaces another."""
    if not _replaces_itself(feature):
        return None
    return setting(feature.backpressure, "overflow=coalesce", thought=LOSS)


@remedy_for("lossy-queue-on-delta-stream")
def repair(_: Finding, feature: Feature) -> Remedy:
    """Whoever overflows is disconnected and resumes; or is told that something was dropped."""
    resume = feature.transport.resume
    if not resume.is_none:
        return setting(feature.backpressure, "dropped=marked", thought=BUILD)
    return joined(
        setting(feature.backpressure, "overflow=disconnect", thought=BUILD), resumed(feature, *REPLAY)
    )


@remedy_for("overflow-disconnect-loop")
def replay_that_fits(_: Finding, feature: Feature) -> Remedy | None:
    """No more than the queue holds, and a snapshot beyond it."""
    most = feature.backpressure.queue.max_messages.content
    if most is None:
        return None
    return setting(
        feature.transport.resume, f"max_messages={notation(most)}", "on_gap=snapshot", thought=KEPT
    )


@remedy_for("inbound-unbounded")
def inbound(_: Finding, feature: Feature) -> Remedy:
    """Ten times what a person does, and no less than the references say."""
    rate = feature.workload.messages.rate.content
    least = 60 if feature.serves("collaborative-editing") else 20
    most = max(least, math.ceil(rate.amount * 10) if rate is not None else 0)
    return setting(feature.backpressure.inbound, f"rate={most}/s", thought=LOSS)
