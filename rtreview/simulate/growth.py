"""A document is edited for long: what it and its log have after so many edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtreview import models
from rtreview.language import catalogue
from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.language.notation import NONE
from rtreview.numbers.expression import assumed
from rtreview.quantities.quantity import Count, Duration, Number, Rate, Size
from rtreview.simulate.reader import Reader
from rtreview.simulate.scenario import Scenario
from rtreview.simulate.series import Course, Figure, curve

if TYPE_CHECKING:
    from rtreview.models.growth import Growth

LOG, DOCUMENT = "log of operations", "document, of one writer in sequence"

SIZE = "bytes_per_operation"
"""The fact of a library: the encoded automerge-perf trace divided by its 259,778 operations (loro.dev)."""

COLLECTED = "bytes_per_operation_collected"
"""Likewise where the library collects what was deleted."""


def growth(reader: Reader, feature: Feature) -> Growth:
    """A document that is edited for long."""
    sync, messages = feature.sync, feature.workload.messages
    reader.noted(feature.kept_by("crdt"))
    rate: Rate = reader.known(messages.rate)
    if not feature.has_one_writer:
        size = feature.workload.rooms.size
        members = reader.known(size.typical if size.typical.is_stated else size.max)
        rate *= max(1.0, reader.known(messages.active_share).amount * members.amount)
    kept = reader.part("the log", lambda: _log(reader, feature, rate))
    encoded = reader.part("the document", lambda: _encoded(reader, feature))
    if not (kept or encoded):
        raise NotApplicable(reader.without[0].partition(": ")[2])
    return models.growth.Growth(
        edits=rate,
        message=kept and kept[0],
        kept=kept and kept[1],
        encoded=encoded,
        snapshot=reader.noted(sync.snapshot.size).content,
    )


def _log(reader: Reader, feature: Feature, rate: Rate) -> tuple[Size, Count | None]:
    """The size of an operation, and how many of them the log keeps at most; None: all."""
    sync, message = feature.sync, reader.known(feature.workload.messages.size.typical)
    compaction, spans = sync.compaction, [sync.history.retention]
    is_compacted = compaction.is_there
    if is_compacted:
        spans += [sync.snapshot.every, compaction.every]
    bounds = [Count(rate.amount * reader.known(span).amount) for span in spans if span.content]
    if sync.history.max_operations.content:
        bounds.append(reader.known(sync.history.max_operations))
    if compaction.operations.content:
        bounds.append(reader.known(compaction.operations))
    if bounds:
        return message, min(bounds)
    if sync.history.is_none:
        return message, Count(0)
    if is_compacted:
        raise Undecided(sync.snapshot.every, sync.history.max_operations)
    if not compaction.is_stated:
        raise Undecided(compaction)
    return message, None


def _encoded(reader: Reader, feature: Feature) -> Number:
    """Bytes of an operation in the document, as it is published of a library."""
    library = feature.sync.library
    reader.known(library)
    platform = catalogue.find(library)
    if platform and platform.defaults.sync.library.content:
        platform = catalogue.find(platform.defaults.sync.library)
    facts = platform.facts if platform else {}
    if SIZE not in facts:
        raise NotApplicable(f"nothing is published of the encoding of {library}")
    if COLLECTED in facts:
        collected = reader.noted(assumed(feature.sync.gc_after, NONE))
        if isinstance(collected.content, Duration):
            return Number(facts[COLLECTED])
    return Number(facts[SIZE])


def _course(grown: Growth) -> Course:
    """What a document and its log have after so many edits."""
    growth = models.growth
    edits = grown.all_edits.amount
    moments = [("a week of 40 h", Count(grown.edits.amount * 40 * 3600))]
    level = [("snapshot", grown.snapshot)]
    figures = [
        Figure("edits", grown.edits),
        Figure("edits of the whole time", Count(round(edits))),
    ]
    curves = []
    if grown.message is not None:
        kept, message = grown.kept, grown.message
        most = growth.log(grown.all_edits, kept, message)
        bend = [kept.amount] if kept and kept.amount < edits else []
        points = [(at, growth.log(Count(at), kept, message).amount) for at in (0.0, *bend, edits)]
        curves.append(curve(LOG, "B", points, level, moments, along=("edits", "")))
        figures += [
            Figure("bytes of an edit in the log", message),
            Figure("edits that the log keeps", Count(round(kept.amount)) if kept else "all"),
            Figure("the log then has", most),
        ]
    if grown.encoded is not None:
        each = grown.encoded
        points = [(at, growth.document(Count(at), each.amount).amount) for at in (0.0, edits)]
        curves.append(curve(DOCUMENT, "B", points, level, moments, along=("edits", "")))
        figures += [
            Figure("bytes of an edit in the document", each),
            Figure("the document then has", growth.document(grown.all_edits, each.amount)),
        ]
        if grown.snapshot is not None:
            reached = growth.operations_of(grown.snapshot, each.amount).amount
            figures.append(
                Figure("it has its snapshot's size after", Duration(reached / grown.edits.amount).rounded)
            )
    return Course(tuple(figures), tuple(curves))


SCENARIOS = (
    Scenario(
        name="growth",
        tells="a document is edited for 2,000 hours, a working year, by as many as usually do",
        subject="feature",
        curves=(LOG, DOCUMENT),
        parameters=growth,
        course=_course,
        shows={"crdt-without-compaction": LOG},
        kernel="growth",
    ),
)
