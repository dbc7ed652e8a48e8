"""A document that is edited for a year: its log, its encoding, and what bounds them."""

from __future__ import annotations

import pytest
from conftest import ROOT, simulated

from rtreview.models import growth
from rtreview.models.growth import Growth
from rtreview.quantities.quantity import Count, Number, Quantity, Rate, Size
from rtreview.simulate.simulation import Simulation

DESIGN = """rtreview: 1
purpose: collaborative-editing
workload:
  rooms: {size: {typical: 4, max: 60}}
  messages: {rate: 2/s, active_share: 50%, size: {typical: 100B}}
sync: {strategy: crdt, library: yjs, compaction: false, snapshot: {size: 600KiB}}
"""


def only(text: str = DESIGN, *settings: str) -> Simulation:
    """The last variant."""
    return simulated(text, "growth", *settings)[-1]


def model(text: str = DESIGN, *settings: str) -> Growth:
    """What is simulated."""
    one = only(text, *settings)
    assert isinstance(one.parameters, Growth), one.reason
    return one.parameters


def amount(one: Simulation, name: str) -> float:
    """A figure."""
    value = dict(one.figures)[name]
    assert isinstance(value, Quantity), value
    return value.amount


def test_b7_a_trace_of_260_000_operations_is_encoded_as_published() -> None:
    """Loro's documentation: 259,778 operations are 226,973 B of yrs, and 159,921 B with its collection."""
    for settings, size in (((), 226_973), (("sync.gc_after=30d",), 159_921)):
        encoded = model(DESIGN, *settings).encoded
        assert encoded is not None
        assert growth.document(Count(259_778), encoded.amount).amount == pytest.approx(size, rel=0.002)


def test_a_document_is_edited_by_as_many_as_usually_do() -> None:
    """2/s of half of four people are 4/s; alone, one writes; of one writer the share does not matter."""
    assert model().edits == Rate(4)
    assert model(DESIGN, "workload.messages.active_share=1%").edits == Rate(2)
    assert model(DESIGN, "writers=one").edits == Rate(2)
    assert model(DESIGN.replace("typical: 4, ", "")).edits == Rate(60)


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ((), None),
        (("sync.history.max_operations=5k",), 5000),
        (("sync.history.retention=1h",), 4 * 3600),
        (("sync.compaction=true", "sync.snapshot.every=1m"), 240),
        (("sync.snapshot.every=1m",), None),
        (("sync.history.max_operations=5k", "sync.compaction=true", "sync.snapshot.every=1m"), 240),
        (("sync.history=none",), 0),
    ],
)
def test_the_log_keeps_what_the_design_says(settings: tuple[str, ...], kept: float | None) -> None:
    """All operations, or as many as are allowed, or those since the last snapshot into which it is folded."""
    told = model(DESIGN, *settings)
    assert told.kept == (None if kept is None else Count(kept))
    operations = told.all_edits.amount if kept is None else kept
    assert amount(only(DESIGN, *settings), "the log then has") == operations * 100


def test_the_curves_are_straight_up_to_the_bound_of_the_log() -> None:
    """And hold the size of the snapshot against both."""
    log, encoded = only(DESIGN, "sync.history.max_operations=5k").curves
    edits = 4 * 2000 * 3600
    assert log.points == ((0, 0), (5000, 500_000), (edits, 500_000))
    assert encoded.points == ((0, 0), (edits, pytest.approx(edits * 0.874)))
    assert [level.value for curve in (log, encoded) for level in curve.levels] == [600 * 1024] * 2
    assert (log.along, log.along_unit, log.unit) == ("edits", "", "B")
    reached = amount(only(), "it has its snapshot's size after")
    assert growth.operations_of(Size(600 * 1024), 0.874).amount / 4 == pytest.approx(reached, rel=0.005)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("library: yjs, ", ""), "the document: it would need `sync.library`"),
        (("library: yjs", "library: own"), "the document: nothing is published of the encoding of own"),
        (("compaction: false, ", ""), "the log: it would need `sync.compaction`"),
        (("compaction: false", "compaction: true"), "`sync.snapshot.every` or `sync.history.max_operations`"),
        ((", size: {typical: 100B}", ""), "the log: it would need `workload.messages.size.typical`"),
    ],
)
def test_what_is_not_known_is_left_out_with_the_reason(change: tuple[str, str], reason: str) -> None:
    """The other curve is still there."""
    one = only(DESIGN.replace(*change))
    assert len(one.curves) == 1
    assert reason in one.reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("strategy: crdt", "strategy: ot"), "the strategy is ot"),
        (("rate: 2/s, ", ""), "it would need `workload.messages.rate`"),
        (("library: yjs, compaction: false, ", ""), "it would need `sync.compaction`"),
    ],
)
def test_what_cannot_be_simulated_says_why(change: tuple[str, str], reason: str) -> None:
    """Neither curve, and the field that it would need."""
    one = only(DESIGN.replace(*change))
    assert (one.curves, one.figures) == ((), ())
    assert reason in one.reason


def test_no_collection_of_deleted_things_is_assumed() -> None:
    """Where the design is silent about `gc_after`, it is named as an assumption."""
    assert {one.name: one.origin for one in only().inputs}["sync.gc_after"] == "assumed"
    assert model().encoded == Number(0.874)


def test_compaction_is_what_saves_the_text_editor() -> None:
    """In the example, a log of 360 operations becomes one of 43 million without it."""
    source = (ROOT / "examples" / "text-editor.rtreview.yaml").read_bytes()
    before, after = simulated(source, "growth", "sync.compaction=false")
    assert amount(before, "the log then has") == 360 * 200
    assert amount(after, "the log then has") == 6 * 2000 * 3600 * 200
