"""A document that is edited for long, as a feature states it."""

from __future__ import annotations

from rtreview.derived import assumed
from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.language.notation import NONE
from rtreview.models.growth import BYTES_PER_OPERATION, Growth
from rtreview.quantities.quantity import Count, Duration, Number, Rate, Size
from rtreview.rules import documents
from rtreview.scenario.reader import Reader

ENCODINGS = {"yjs": "yrs", "yrs": "yrs", "y-websocket": "yrs", "hocuspocus": "yrs", "automerge": "automerge",
             "automerge-repo": "automerge", "loro": "loro"}  # fmt: skip
"""Libraries, and whose encoding has a published size."""


def growth(reader: Reader, feature: Feature) -> Growth:
    """A document that is edited for long."""
    sync, messages = feature.sync, feature.workload.messages
    reader.noted(documents.kept_by(feature, "crdt"))
    rate: Rate = reader.known(messages.rate)
    if not feature.has_one_writer:
        size = feature.workload.rooms.size
        members = reader.known(size.typical if size.typical.is_stated else size.max)
        rate *= max(1.0, reader.known(messages.active_share).amount * members.amount)
    kept = reader.part("the log", lambda: _log(reader, feature, rate))
    encoded = reader.part("the document", lambda: _encoded(reader, feature))
    if not (kept or encoded):
        raise NotApplicable(reader.without[0].partition(": ")[2])
    return Growth(
        edits=rate,
        message=kept and kept[0],
        kept=kept and kept[1],
        encoded=encoded,
        snapshot=reader.noted(sync.snapshot.size).content,
    )


def _log(reader: Reader, feature: Feature, rate: Rate) -> tuple[Size, Count | None]:
    """The size of an operation, and how many of them the log keeps at most; None: all."""
    sync, message = feature.sync, reader.known(feature.workload.messages.size.typical)
    spans = [sync.history.retention]
    if reader.noted(sync.compaction).content:
        spans.append(sync.snapshot.every)
    bounds = [Count(rate.amount * reader.known(span).amount) for span in spans if span.content]
    if sync.history.max_operations.content:
        bounds.append(reader.known(sync.history.max_operations))
    if bounds:
        return message, min(bounds)
    if sync.history.is_none:
        return message, Count(0)
    if sync.compaction.content:
        raise Undecided(sync.snapshot.every, sync.history.max_operations)
    if not sync.compaction.is_stated:
        raise Undecided(sync.compaction)
    return message, None


def _encoded(reader: Reader, feature: Feature) -> Number:
    """Bytes of an operation in the document, as it is published of a library."""
    library = feature.sync.library
    name = reader.known(library).partition("@")[0].lower()
    encoding = ENCODINGS.get(name)
    if encoding is None:
        raise NotApplicable(f"nothing is published of the encoding of {library}")
    if encoding == "yrs":
        collected = reader.noted(assumed(feature.sync.gc_after, NONE))
        encoding = "yrs with gc" if isinstance(collected.content, Duration) else encoding
    return Number(BYTES_PER_OPERATION[encoding])
