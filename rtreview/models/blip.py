"""A client that loses its line without a word: who knows when, when it is back, and who saw it leave.

A beat is lost at an even moment of its cycle. Where both ends time the same beats they notice together, so
that what counts is the grace against the way back, and not one timer against another. Who notices after the
line is back returns with the first attempt. Who notices before goes on trying, as in a storm of one in front
of a server that accepts everybody.

All chances are sums over an even grid: of moments in the cycle, and of quantiles of the way back.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import cache, cached_property
from typing import NamedTuple

from rtreview.models.backoff import Plan
from rtreview.models.reconnection import AT_ONCE, HOUR, Recovery, Storm, simulate
from rtreview.quantities.quantity import Count, Duration, Rate, Ratio, Spread
from rtreview.quantities.unchanging import unchanging

_EVERYBODY = Rate(1e9)
"""Accepts per second at which one client is never refused."""

_MOMENTS, _QUANTILES = 240, 40
"""Moments in a cycle, and ways back from each."""

_GROUPS = 8
"""Groups of those who notice before the line is back, each at about the same time."""

_LONG = 10.0
"""How many times the longest time to notice an outage lasts until nobody knows any more when that was."""

_NOTHING = 1e-6
"""Share of a longer span below which a span is none."""


class Lag(NamedTuple):
    """A random time: at least so long, and two evenly random spans more, such as a beat and a sweep."""

    least: Duration
    cycle: Duration
    sweep: Duration = AT_ONCE

    @property
    def mean(self) -> Duration:
        """The middle."""
        return self.least + (self.cycle + self.sweep) * 0.5

    @property
    def most(self) -> Duration:
        """The longest."""
        return self.least + self.cycle + self.sweep

    def later(self, by: Duration) -> Lag:
        """The same, so much later."""
        return Lag(self.least + by, self.cycle, self.sweep)

    def share_by(self, time: float) -> float:
        """The chance that it is over by a time, in seconds: of a sum of two even spans."""
        return _share_by(time - self.least.amount, self.cycle.amount, self.sweep.amount)


def _share_by(past: float, first: float, second: float) -> float:
    """The chance that the sum of two even spans from 0 s on is over by a time."""
    short, long = min(first, second), max(first, second)
    if past < 0:
        return 0.0
    if past >= short + long:
        return 1.0
    part, rest = short / long, past / long
    if part < _NOTHING:
        return min(1.0, rest)
    squares = [max(0.0, corner) ** 2 for corner in (rest, rest - part, rest - 1)]
    return (squares[0] - squares[1] - squares[2]) / (2 * part)


class Blip(NamedTuple):
    """The line of one client is gone from second 0 on, and nobody is told.

    Attributes:
        outage: how long it is gone.
        client: when the client notices; None: nothing tells it, and it does not return.
        plan: what it does then.
        connect_timeout: how long an attempt without a line takes; None: it fails at once.
        server: when the server notices; None: its heartbeats do not tell it.
        shown: when others see the client as offline, if it is not back by then; None: nobody is shown.
        together: whether the beat that the client misses is also the one that makes others see it leave.
        window: how far the replay reaches back; None: there is none.
        rare: the length that 1 % of the outages exceed.
        promise: when one who vanished is promised to be shown as away.

    """

    outage: Duration
    client: Lag | None = None
    plan: Plan | None = None
    connect_timeout: Duration | None = None
    server: Lag | None = None
    shown: Lag | None = None
    together: bool = True
    window: Duration | None = None
    rare: Duration | None = None
    promise: Duration | None = None

    @property
    def returns(self) -> bool:
        """Whether the client notices, and has a plan."""
        return self.client is not None and self.plan is not None


class Way(NamedTuple):
    """The ways back where the line is lost with the share `late` of a cycle still to come.

    `times` are in seconds and in order, all as likely; infinite where it gives up.
    """

    late: float
    times: tuple[float, ...]

    def away_at(self, time: float) -> float:
        """The chance that it is not back by a time."""
        return 1 - bisect_right(self.times, time) / len(self.times)


@unchanging(slots=False)
class Absence:
    """How a blip goes on, for each moment at which it may begin."""

    blip: Blip
    ways: tuple[Way, ...]

    @cached_property
    def times(self) -> list[float]:
        """When it is back, in seconds and in order, all as likely."""
        return sorted(time for way in self.ways for time in way.times)

    def back_by(self, time: float) -> float:
        """The chance that it is back by a time, in seconds."""
        return bisect_right(self.times, time) / len(self.times)

    def back_after(self, share: float) -> Duration:
        """When it is back with this chance."""
        return Duration(self.times[math.ceil(share * len(self.times)) - 1])

    @property
    def mean_return(self) -> Duration:
        """When it is back on average, of the ways on which it is."""
        times = [time for time in self.times if time < math.inf]
        return Duration(sum(times) / len(times) if times else math.inf)

    @property
    def gives_up(self) -> Ratio:
        """The chance that it never returns."""
        return Ratio(self.times.count(math.inf) / len(self.times))

    def offline_at(self, time: float) -> float:
        """The chance that others see it as offline at a time."""
        return sum(self._seen_by(time, way) * way.away_at(time) for way in self.ways) / len(self.ways)

    @property
    def flickers(self) -> Ratio:
        """The chance that others see it leave before it is back."""
        seen = sum(self._seen_by(time, way) for way in self.ways for time in way.times)
        return Ratio(seen / len(self.times))

    @property
    def covered(self) -> Ratio:
        """The chance that the replay reaches back to the loss when the client is back."""
        window = self.blip.window
        return Ratio(self.back_by(window.amount) if window else 0.0)

    def _seen_by(self, time: float, way: Way) -> float:
        """The chance that others see it as offline by a time, if it is not back."""
        shown = self.blip.shown
        if shown is None:
            return 0.0
        if not self.blip.together:
            return shown.share_by(time)
        return _share_by(time - shown.least.amount - shown.cycle.amount * way.late, 0.0, shown.sweep.amount)


def absence(blip: Blip) -> Absence:
    """How a blip goes on."""
    moments = [(number + 0.5) / _MOMENTS for number in range(_MOMENTS)]
    plan, gone = blip.plan, blip.outage.amount
    if blip.client is None or plan is None:
        return Absence(blip, tuple(Way(late, (math.inf,)) for late in moments))
    least, most = blip.client.least.amount, blip.client.most.amount
    groups = _GROUPS if gone < _LONG * most else 1
    width = max(0.0, min(most, gone) - least) / groups
    waits = _quantiles(simulate(_of_who_is_let_in(plan))) if most >= gone else ()

    @cache
    def tries(group: int) -> tuple[float, ...]:
        return _quantiles(simulate(_of_who_tries(blip, plan, least + group * width, width)))

    def back(noticed: float) -> tuple[float, ...]:
        if noticed >= gone:
            return tuple(noticed + wait for wait in waits)
        return tries(min(groups - 1, int((noticed - least) / width)) if width else 0)

    return Absence(blip, tuple(Way(late, back(least + (most - least) * late)) for late in moments))


def _of_who_is_let_in(plan: Plan) -> Storm:
    """One client who has noticed, and is let in by its first attempt."""
    return Storm(clients=Count(1), capacity=_EVERYBODY, plan=plan, refusal=Ratio(0))


def _of_who_tries(blip: Blip, plan: Plan, least: float, width: float) -> Storm:
    """One client who notices while its line is gone, and tries until it is back."""
    return Storm(
        clients=Count(1),
        capacity=_EVERYBODY,
        plan=plan,
        refusal=Ratio(0),
        noticed=Spread(Duration(least), Duration(least + width)) if width else Duration(least),
        outage=blip.outage,
        silent=True,
        connect_timeout=blip.connect_timeout,
        horizon=HOUR + blip.outage,
    )


def _quantiles(recovery: Recovery) -> tuple[float, ...]:
    """Times to return that are all as likely; infinite for those who give up."""
    whole = recovery.back[-1] if recovery.ending == "back" else 1.0
    quantiles: list[float] = []
    before, earlier, at = 0.0, 0.0, 0
    for number in range(_QUANTILES):
        share = whole * (number + 0.5) / _QUANTILES
        while at < len(recovery.back) and recovery.back[at] < share:
            before, earlier = recovery.back[at], recovery.times[at]
            at += 1
        if at == len(recovery.back):
            quantiles.append(math.inf)
            continue
        part = (share - before) / (recovery.back[at] - before)
        quantiles.append(earlier + part * (recovery.times[at] - earlier))
    return tuple(quantiles)
