"""The closed forms, against figures that others have published. Each assertion quotes its figure."""

from __future__ import annotations

import math

import pytest

from rtreview.language import catalogue
from rtreview.models import growth, presence, queue
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Ratio, Size
from rtreview.simulate.growth import COLLECTED, SIZE


def test_v9_a_longer_wait_loses_fewer_present_people() -> None:
    """LinkedIn: online until d + epsilon; the chance of a false leave falls with epsilon."""
    chances = [
        presence.false_offline_of_outages(Duration(60 + extra), Duration(60), Duration(10)).amount
        for extra in (0, 5, 10, 20)
    ]
    assert chances == sorted(chances, reverse=True)
    assert len(set(chances)) == 4


@pytest.mark.parametrize(
    ("ttl", "refresh", "outage", "chance"),
    [(30, 15, 5, 0.016), (30, 15, 10, 0.116), (30, 15, 20, 0.33), (45, 25, 10, 0.050), (60, 27, 20, 0.105)],
)
def test_false_offline_of_outages(ttl: float, refresh: float, outage: float, chance: float) -> None:
    """The values of a table that was computed for these settings with exponential outages."""
    told = presence.false_offline_of_outages(Duration(ttl), Duration(refresh), Duration(outage)).amount
    assert told == pytest.approx(chance, rel=0.04)


def test_false_offline_has_bounds() -> None:
    """Without outages nobody is lost; a refresh that is far longer than the outages stays a chance."""
    assert presence.false_offline_of_outages(Duration(30), Duration(15), Duration(0)) == Ratio(0)
    assert presence.false_offline_of_outages(Duration(1), Duration(10_000), Duration(1)).amount == 1
    assert presence.false_offline_of_outages(Duration(10), Duration(0), Duration(10)).amount == (
        pytest.approx(math.exp(-1))
    )


def test_v12_a_small_queue_fills_while_a_client_sleeps() -> None:
    """Centrifugo's load test: with 8 KiB a client that sleeps 3 s overflows, with 1 MiB it does not."""
    arrival = Bandwidth(4096)
    assert queue.time_to_fill(Size(8 * 1024), arrival, Bandwidth(0)) < Duration(3)
    assert queue.time_to_fill(Size(1024 * 1024), arrival, Bandwidth(0)) > Duration(3)
    assert queue.time_to_fill(Size(8 * 1024), arrival, arrival) == Duration(math.inf)


def test_a_full_queue_makes_old() -> None:
    """Centrifugo's 1 MiB at 1 Mbit/s are 8.39 s."""
    assert queue.age_when_full(Size(1024**2), Bandwidth(125_000)).amount == pytest.approx(8.39, abs=0.01)


@pytest.mark.parametrize(
    ("library", "fact", "size", "ratio"),
    [("yjs", SIZE, 226_973, 2.165), ("yjs", COLLECTED, 159_921, 1.525), ("automerge", SIZE, 292_742, 2.79),
     ("loro", SIZE, 273_561, 2.61)],
)  # fmt: skip
def test_v15_a_document_is_larger_than_its_text(library: str, fact: str, size: float, ratio: float) -> None:
    """The trace of 259,778 operations and 104,852 characters, as Loro's documentation measures it."""
    platform = catalogue.find(library)
    assert platform is not None
    made = growth.document(Count(259_778), platform.facts[fact]).amount
    assert made == pytest.approx(size, rel=0.002)
    assert made / 104_852 == pytest.approx(ratio, rel=0.003)
