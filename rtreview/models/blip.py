"""A client that loses its line without a word: who knows when, when it is back, and who saw it leave.

The times of the two ends are taken as independent: each has its own timers. What the client does is the
plan of a storm of one, with a server that accepts everybody at once.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rtreview.models.backoff import Plan
from rtreview.models.reconnection import AT_ONCE, HOUR, Recovery, Scenario, simulate
from rtreview.quantity import Count, Duration, Rate, Ratio, Spread

_EVERYBODY = Rate(1e9)
"""Accepts per second at which one client is never refused."""


@dataclass(frozen=True, slots=True)
class Lag:
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
        """The chance that it is over by a time, in seconds: the distribution of a sum of two even spans."""
        past = time - self.least.amount
        short, long = sorted((self.cycle.amount, self.sweep.amount))
        if past < 0:
            return 0.0
        if long == 0:
            return 1.0
        if short == 0:
            return min(1.0, past / long)
        corners = (past, past - short, past - long, past - short - long)
        squares = [max(0.0, corner) ** 2 for corner in corners]
        return min(1.0, (squares[0] - squares[1] - squares[2] + squares[3]) / (2 * short * long))


@dataclass(frozen=True, slots=True)
class Blip:
    """The line of one client is gone from second 0 on, and nobody is told.

    Attributes:
        outage: how long it is gone.
        client: when the client notices; None: nothing tells it, and it does not return.
        plan: what it does then.
        connect_timeout: how long an attempt without a line takes; None: it fails at once.
        server: when the server notices; None: its heartbeats do not tell it.
        shown: when others see the client as offline, if it is not back by then; None: nobody is shown.
        window: how far the replay reaches back; None: there is none.
        rare: the length that 1 % of the outages exceed.

    """

    outage: Duration
    client: Lag | None = None
    plan: Plan | None = None
    connect_timeout: Duration | None = None
    server: Lag | None = None
    shown: Lag | None = None
    window: Duration | None = None
    rare: Duration | None = None


@dataclass(frozen=True)
class Absence:
    """How a blip goes on; the chances are those of one client, its time in seconds."""

    blip: Blip
    recovery: Recovery | None

    @cached_property
    def way_back(self) -> tuple[list[float], list[float]]:
        """Times, and the chance that it is back by each. If all return, the last do so at the end."""
        found = self.recovery
        if found is None:
            return [-1.0, 0.0], [0.0, 0.0]
        whole = found.back[-1] if found.ending == "back" else 1.0
        return [-1.0, 0.0, *found.times], [0.0, 0.0, *(share / whole for share in found.back)]

    def back_by(self, time: float) -> float:
        """The chance that it is back by a time."""
        times, back = self.way_back
        at = bisect_left(times, time)
        if at >= len(times):
            return back[-1]
        return back[at - 1] + (back[at] - back[at - 1]) * (time - times[at - 1]) / (times[at] - times[at - 1])

    def offline_at(self, time: float) -> float:
        """The chance that others see it as offline at a time."""
        shown = self.blip.shown
        return shown.share_by(time) * (1 - self.back_by(time)) if shown else 0.0

    @cached_property
    def flickers(self) -> Ratio:
        """The chance that others see it leave before it is back."""
        shown, (times, back) = self.blip.shown, self.way_back
        if shown is None:
            return Ratio(0.0)
        steps = zip(pairwise(times), pairwise(back), strict=True)
        seen = sum(
            (now - before) * shown.share_by((earlier + time) / 2) for (earlier, time), (before, now) in steps
        )
        # Who never returns is seen to leave.
        return Ratio(min(1.0, seen + 1 - back[-1]))

    @property
    def mean_return(self) -> Duration:
        """When it is back on average, if it is."""
        times, back = self.way_back
        steps = zip(pairwise(times), pairwise(back), strict=True)
        total = sum((now - before) * (earlier + time) / 2 for (earlier, time), (before, now) in steps)
        return Duration(total / back[-1] if back[-1] else math.inf)

    @property
    def covered(self) -> Ratio:
        """The chance that the replay reaches back to the loss when the client is back."""
        window = self.blip.window
        return Ratio(self.back_by(window.amount) if window else 0.0)


def absence(blip: Blip) -> Absence:
    """How a blip goes on."""
    if blip.plan is None or blip.client is None:
        return Absence(blip, None)
    noticed = blip.client
    storm = Scenario(
        clients=Count(1),
        capacity=_EVERYBODY,
        plan=blip.plan,
        refusal=Ratio(0),
        noticed=Spread(noticed.least, noticed.most) if noticed.most > noticed.least else noticed.least,
        outage=blip.outage,
        silent=True,
        connect_timeout=blip.connect_timeout,
        horizon=HOUR + blip.outage + noticed.most,
    )
    return Absence(blip, simulate(storm))
