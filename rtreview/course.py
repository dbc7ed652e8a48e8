"""What a scenario comes to, in one shape for all of them: figures with units, and curves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rtreview.models import growth, queue, slow_client
from rtreview.models.blip import Absence, Blip, Lag, absence
from rtreview.models.growth import Growth
from rtreview.models.reconnection import Recovery, Scenario, simulate
from rtreview.models.slow_client import SlowClient
from rtreview.quantities.quantity import Count, Duration, Number, Quantity, Ratio

_POINTS = 120
"""Points of a curve that is computed point by point."""

_AROUND = 1.25
"""How far beyond the last thing that happens a curve goes on."""


Model = Scenario | SlowClient | Blip | Growth
"""The parameters of a scenario: frozen values of quantities, each with its functions in `models`."""


class Figure(NamedTuple):
    """A number of a scenario, or a word, and what it is."""

    name: str
    value: Quantity | str


class Level(NamedTuple):
    """A value to hold a curve against: a capacity, a bound."""

    label: str
    value: float


class Moment(NamedTuple):
    """Where along a curve something happens."""

    label: str
    at: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Something over time, or over whatever it depends on.

    Attributes:
        name: what it is.
        unit: the unit of its values, of those in `quantity.py`; shares are from 0 to 1.
        along: what it depends on: time, the time away, edits.
        along_unit: the unit of that.
        points: where along it, and how much there. Two at one place are a jump.
        levels: values to hold it against; infinite ones are left out.
        moments: what happens where; those beyond the last point are left out.
        is_mean: whether a value is the mean of all since the point before, as of a rate in steps. The
            values of other curves are joined by straight lines.

    """

    name: str
    unit: str
    along: str
    along_unit: str
    points: tuple[tuple[float, float], ...]
    levels: tuple[Level, ...] = ()
    moments: tuple[Moment, ...] = ()
    is_mean: bool = False

    @property
    def end(self) -> float:
        """How far it goes."""
        return self.points[-1][0]


class Course(NamedTuple):
    """What a scenario comes to."""

    figures: tuple[Figure, ...]
    curves: tuple[Curve, ...]


@lru_cache(maxsize=128)  # a page shows one scenario beside several decisions
def course(model: Model) -> Course:
    """How a scenario goes on, from its parameters."""
    if isinstance(model, Scenario):
        return of_storm(model, simulate(model))
    if isinstance(model, SlowClient):
        return of_slow_client(model)
    return of_blip(absence(model)) if isinstance(model, Blip) else of_growth(model)


def _curve(
    name: str,
    unit: str,
    points: Sequence[tuple[float, float]],
    levels: Sequence[tuple[str, Quantity | None]] = (),
    moments: Sequence[tuple[str, Quantity | None]] = (),
    *,
    along: tuple[str, str] = ("time", "s"),
    is_mean: bool = False,
) -> Curve:
    """A curve, without the levels and moments that there are not."""
    end = points[-1][0]
    return Curve(
        name,
        unit,
        *along,
        tuple(points),
        tuple(Level(label, one.amount) for label, one in levels if one and math.isfinite(one.amount)),
        tuple(Moment(label, one.amount) for label, one in moments if one and 0 < one.amount <= end),
        is_mean,
    )


# A storm.


def of_storm(storm: Scenario, recovery: Recovery) -> Course:
    """How many try, and how many are back."""

    def back(share: float) -> Duration:
        return recovery.back_after(share).rounded

    figures = [
        Figure("clients that are disconnected", storm.clients),
        Figure("accepts a second", storm.capacity),
        Figure("attempts in the busiest second", recovery.peak),
        Figure("attempts of one client", Number(float(f"{recovery.each.amount:.3g}"))),
        Figure("half of them are back after", back(0.5)),
        Figure("99 % are back after", back(0.99)),
        Figure("everybody is back after", recovery.all_back.rounded),
    ]
    if recovery.ending != "back":
        figures.append(Figure("how it ends", recovery.ending))
    attempts = list(zip(recovery.times, recovery.attempts, strict=True))
    connected = [(0.0, 0.0), *zip(recovery.times, recovery.back, strict=True)]
    halves = [
        ("half of them are back", recovery.back_after(0.5)),
        ("99 % are back", recovery.back_after(0.99)),
    ]
    return Course(
        tuple(figures),
        (
            _curve("attempts/s", "/s", attempts, [("accepted", storm.capacity)], is_mean=True),
            _curve("share that is back", "%", connected, moments=halves),
        ),
    )


# A slow client.


def of_slow_client(client: SlowClient) -> Course:
    """What waits for it, how old that is, and what it costs a node."""
    moments = slow_client.moments(client)
    full, lasts = slow_client.full_after(client), slow_client.memory_lasts(client)
    stalls, grows = client.stall.amount > 0, client.surplus > 0
    limit = slow_client.limit(client)
    events = [("it receives again", client.stall if stalls else None), ("full", full)]
    waiting = [(one.amount, slow_client.waiting(client, one).amount) for one in moments]
    if slow_client.is_cut_off(client):
        waiting += [(full.amount, 0.0), (_AROUND * full.amount, 0.0)]
    ages = [(one.amount, slow_client.age(client, one).amount) for one in moments if one >= client.stall]
    curves = [
        _curve("bytes that wait for it", "B", waiting, [("bound", limit)], events),
        _curve("age of what it receives", "s", ages, [("staleness", client.staleness)], events),
    ]
    queues = client.queues
    if queues is not None:
        held = [(after, size * queues.amount) for after, size in waiting]
        used_up = [("memory of the node used up", lasts)]
        levels = [("memory of a node", client.memory)]
        curves.append(
            _curve("bytes that wait on a node whose clients are all slow", "B", held, levels, used_up)
        )
    return Course(tuple(_of_a_queue(client, grows=grows)), tuple(curves))


def _of_a_queue(client: SlowClient, *, grows: bool) -> Iterator[Figure]:
    limit, lasts = slow_client.limit(client), slow_client.memory_lasts(client)
    bounded = math.isfinite(limit.amount)
    yield Figure("what it is sent", client.arrival)
    yield Figure("what its line carries", client.drain)
    if client.stall.amount:
        yield Figure("it stands still for", client.stall.rounded)
    yield Figure("the most that waits", limit if bounded else "no bound")
    yield Figure("its queue is full after", slow_client.full_after(client).rounded)
    yield Figure(
        "what it receives is as old as",
        slow_client.oldest(client).rounded if bounded or not grows else "no bound",
    )
    if bounded:
        age = queue.age_when_full(limit, client.drain)
        yield Figure("age of the last of a full queue", age.rounded)
    if client.queues is not None:
        held = queue.node_memory(client.queues, limit)
        yield Figure("a node of slow clients holds", held if bounded else "no bound")
        if client.memory is not None:
            yield Figure("its memory is used up after", lasts.rounded)
    yield Figure("how it ends", _end_of_a_queue(client, grows=grows))


def _end_of_a_queue(client: SlowClient, *, grows: bool) -> str:
    if not grows:
        return "it catches up" if client.surplus < 0 else "it stays as far behind"
    lost = Ratio(float(f"{slow_client.lost(client).amount:.3g}"))
    return {
        None: "it falls behind for ever",
        "disconnect": "cut off",
        "drop-oldest": f"{lost} is dropped",
        "drop-newest": f"{lost} is dropped",
        "coalesce": f"{lost} is replaced",
        "block": "its sender waits",
    }[slow_client.effect(client)]


# A blip.


def of_blip(away: Absence) -> Course:
    """Who knows when, when it is back, and what is seen and lost meanwhile."""
    return Course(tuple(_of_an_absence(away)), tuple(_curves_of_an_absence(away)))


def _of_an_absence(away: Absence) -> Iterator[Figure]:
    blip = away.blip
    yield Figure("its line is gone for", blip.outage)
    for side, lag in (("client", blip.client), ("server", blip.server)):
        if lag is not None:
            yield Figure(f"the {side} knows after", f"{lag.least} to {lag.most}")
            yield Figure(f"the {side} knows on average after", lag.mean)
    if blip.returns:
        yield Figure("it is back on average after", away.mean_return.rounded)
        yield Figure("99 % are back after", away.back_after(0.99).rounded)
    if blip.returns and away.gives_up.amount:
        yield Figure("it gives up", _share(away.gives_up))
    if blip.shown is not None:
        yield Figure("without it others see it leave after", f"{blip.shown.least} to {blip.shown.most}")
        yield Figure("others see it leave and return", _share(away.flickers))
    if blip.window is not None:
        yield Figure("the replay reaches back", blip.window.rounded)
        yield Figure("the replay covers the gap", _share(away.covered))


def _share(ratio: Ratio) -> Ratio:
    return Ratio(round(ratio.amount, 3))


def _curves_of_an_absence(away: Absence) -> Iterator[Curve]:
    blip = away.blip
    lags = [lag for lag in (blip.client, blip.server, blip.shown) if lag is not None]
    end = _AROUND * max([blip.outage.amount, *(lag.most.amount for lag in lags)]) or 1.0
    if blip.returns:
        end = max(end, min(away.back_after(0.99).amount, 4 * end))
    events = [("its line is back", blip.outage), ("promised", blip.promise)]
    times = [end * at / _POINTS for at in range(_POINTS + 1)]

    def over_time(name: str, chance: list[float]) -> Curve:
        return _curve(name, "%", list(zip(times, chance, strict=True)), moments=events)

    if blip.server is not None:
        yield over_time("chance that the server knows", [blip.server.share_by(time) for time in times])
    if blip.returns:
        yield over_time("chance that it is back", [away.back_by(time) for time in times])
    if blip.shown is not None:
        yield over_time("chance that others see it as offline", [away.offline_at(time) for time in times])
        yield _seen(blip, blip.shown)
    if blip.window is not None:
        yield _covered(blip, blip.window)


def _lengths(blip: Blip) -> list[tuple[str, Duration | None]]:
    return [("the outage shown", blip.outage), ("99 % of outages", blip.rare)]


def _seen(blip: Blip, shown: Lag) -> Curve:
    """Which absences others see, by their length."""
    end = _AROUND * max(shown.most.amount, blip.outage.amount) or 1.0
    points = [(end * at / _POINTS, shown.share_by(end * at / _POINTS)) for at in range(_POINTS + 1)]
    name, along = "absences that others see", ("time away", "s")
    return _curve(name, "%", points, moments=[*_lengths(blip), ("promised", blip.promise)], along=along)


def _covered(blip: Blip, window: Duration) -> Curve:
    """Which absences the replay covers, by their length: those that are no longer than its window."""
    reach, lengths = window.amount, [blip.outage, *([blip.rare] if blip.rare else [])]
    end = _AROUND * max([one.amount for one in lengths] + ([reach] if reach < math.inf else [])) or 1.0
    points = [(0.0, 1.0), (end, 1.0)]
    if reach < end:
        points = [(0.0, 1.0), (reach, 1.0), (reach, 0.0), (end, 0.0)]
    name, along = "absences that the replay covers", ("time away", "s")
    return _curve(name, "%", points, moments=_lengths(blip), along=along)


# Growth.


def of_growth(grown: Growth) -> Course:
    """What a document and its log have after so many edits."""
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
        curves.append(_curve("log of operations", "B", points, level, moments, along=("edits", "")))
        figures += [
            Figure("bytes of an edit in the log", message),
            Figure("edits that the log keeps", Count(round(kept.amount)) if kept else "all"),
            Figure("the log then has", most),
        ]
    if grown.encoded is not None:
        each = grown.encoded
        points = [(at, growth.document(Count(at), each.amount).amount) for at in (0.0, edits)]
        curves.append(
            _curve("document, of one writer in sequence", "B", points, level, moments, along=("edits", ""))
        )
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
