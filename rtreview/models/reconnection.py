"""What happens after a mass disconnect, second by second, in expectation.

The clients are a density over time and attempt, not persons: nothing is random, the same storm gives the
same curves, and ten million clients cost what ten do. A wait of a random length spreads what enters it, and
prefix sums of what entered make that spreading two subtractions in each step.

What is decided here, beside the formulas of `backoff.py`:

- The server does the work of C accepts a second. A refusal is the share r of it. While all attempts fit, all
  are accepted; beyond that it refuses the rest, so that g = (C - rA) / (1 - r) of A attempts a second get in,
  and nobody where rA reaches C: the metastable failure of the SRE book's chapter on cascading failures.
- A second of work may be saved up, or owed: a burst in one instant finds a backlog of C x 1 s, and refusals
  that wait for longer than a second are dropped unanswered. So a burst gets in as far as the backlog reaches,
  however narrow it is. Nothing is saved up when an outage ends: nobody is back before N / C.
- Accepted clients stay. What fails after the accept is a capacity that is lower than stated.
- In a queue attempts are served in their order. One whose client has timed out costs a refusal when its turn
  comes, since only then the server finds out.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Literal, NamedTuple

from rtreview.models.backoff import Chain, Plan, Wait
from rtreview.quantities.quantity import Count, Duration, Number, Rate, Ratio, Spread

Ending = Literal["back", "gave up", "refusals take the whole capacity", "not within the horizon"]

AT_ONCE, ROUND_TRIP, HOUR = Duration(0), Duration(0.1), Duration(3600)
"""What is assumed of a storm that does not say: a refusal is known after 100 ms."""

BACKLOG = 1.0
"""Seconds of work that a server saves up or owes."""

_COARSE, _HALVINGS, _MOST_STEPS = 0.55, 8, 80_000
"""Seconds of the longest step, how often it may be halved, and steps in a horizon at the most."""

_FINE, _ENOUGH = 250, 8000
"""Steps from the start before a step may double, where that suits all waits, and before it does anyway."""

_MOST_WORK, _ENOUGH_WORK = 600_000, 150_000
"""Steps times waits at the most, likewise: a plan of hundreds of waits is simulated in longer steps."""

_STALLED = 4
"""Longest waits without a single accept, after which nothing changes any more, once delays have grown."""


class Storm(NamedTuple):
    """Clients that lose their connection at second 0, what they do, and what awaits them.

    Attributes:
        clients: how many lose it.
        capacity: accepts per second of the servers that are left.
        plan: what each client does.
        refusal: what a refusal costs, in shares of an accept.
        noticed: when the clients notice: all after a time, or evenly over a span. 0 s where the server
            closes them; up to an interval of the heartbeat where the line goes silent.
        outage: how long nobody is accepted, from second 0 on.
        silent: whether attempts during the outage time out, instead of being refused by the machine.
        answer: how long a refusal takes to be known: a round trip.
        connect_timeout: how long a client waits in a queue, or for an answer in a silent outage.
        queue: whether attempts beyond the capacity wait, instead of being refused. A rate limit refuses.
        horizon: how far to look.

    """

    clients: Count
    capacity: Rate
    plan: Plan
    refusal: Ratio
    noticed: Duration | Spread = AT_ONCE
    outage: Duration = AT_ONCE
    silent: bool = False
    answer: Duration = ROUND_TRIP
    connect_timeout: Duration | None = None
    queue: bool = False
    horizon: Duration = HOUR


class Recovery(NamedTuple):
    """The way back. Times are seconds from the loss, those of `back_after` too.

    Attributes:
        times: the end of each step. Steps grow longer as the storm does.
        attempts: attempts per second in each step.
        back: share of the clients who are back at the end of each step.
        peak: attempts in the busiest second.
        each: attempts of one client on average.
        gave_up: share of the clients who stopped trying.
        all_back: when fewer than half a client, or a thousandth of all, is expected to be away; infinite
            for never.
        ending: how it ends.

    """

    times: tuple[float, ...]
    attempts: tuple[float, ...]
    back: tuple[float, ...]
    peak: Rate
    each: Number
    gave_up: Ratio
    all_back: Duration
    ending: Ending

    def back_after(self, share: float) -> Duration:
        """When this share of the clients is back; infinite where it never is."""
        at = bisect_left(self.back, share)
        if at == len(self.back):
            return Duration(math.inf)
        now, time = self.back[at], self.times[at]
        before, earlier = (self.back[at - 1], self.times[at - 1]) if at else (0.0, 0.0)
        part = (share - before) / (now - before) if now > before else 0.0
        return Duration(earlier + part * (time - earlier))


def simulate(storm: Storm) -> Recovery:
    """The way back of all clients, until everybody is back, has given up, or nothing changes any more."""
    return _Run(storm).run()


class _Flow(NamedTuple):
    """What a wait does to what enters it, as weights on the prefix sums of what entered."""

    near: int
    far: int
    before: float
    at: float
    leaving: float

    @classmethod
    def of(cls, least: int, most: int) -> _Flow:
        """A delay of `least` to `most` steps.

        What enters does so in the middle of a step, so that half of the first and of the last part falls
        out of the span. Nothing arrives in the step in which it entered.
        """
        if most <= max(1, least):
            near = max(1, most)
            return cls(near, near, -1.0, 1.0, 0.0)
        width = most - least
        if least == 0:
            return cls(1, most, -0.5 / width, 1.5 / width, 0.5 / width)
        return cls(least, most, 0.5 / width, 0.5 / width, 0.5 / width)


class _Waiting:
    """The clients who wait, by wait: how many entered up to each step, and how many are still there.

    The sums of a wait begin with the step before the first client entered, however long the wait is.
    """

    def __init__(self, chain: Chain, shortest: float, horizon: float) -> None:
        self.waits = chain.waits
        coarse = chain.unit / (2 * math.ceil(chain.unit / 2 / _COARSE))
        while coarse * min(_MOST_STEPS, _MOST_WORK / len(self.waits)) < horizon:
            coarse *= 2
        halvings = max(0, min(_HALVINGS, math.ceil(math.log2(64 * coarse / max(shortest, 1e-3)))))
        self.coarse, self.step = coarse, math.ldexp(coarse, -halvings)
        grids = [_grid(wait, coarse, halvings, chain.cells) for wait in self.waits]
        self.grids = _along(self.waits, grids)
        # Rounded once, to a grid that all longer steps share, so that nobody is lost when a step doubles.
        self.ends = [
            (round(wait.least / grid) * grid, round(wait.most / grid) * grid)
            for wait, grid in zip(self.waits, grids, strict=True)
        ]
        self.enough = max(_FINE, min(_ENOUGH, _ENOUGH_WORK / len(self.waits)))
        self.sums: dict[int, tuple[list[float], _Flow]] = {}
        self.left = [0.0] * len(self.waits)
        self.entering: defaultdict[int, float] = defaultdict(float)

    def due(self) -> dict[int, float]:
        """Who attempts in this step."""
        attempts, left = {}, self.left
        for place, (sums, (near, far, before, at, leaving)) in self.sums.items():
            steps = len(sums)
            if near >= steps:
                # Nobody has waited for long enough.
                continue
            gone = sums[-far] if far < steps else 0.0
            if sums[-1] == gone:
                # The last of them: whatever rounding has left goes with them.
                mass = left[place]
            else:
                mass = before * sums[-near - 1] + at * sums[-near]
                if leaving and far < steps:
                    mass -= leaving * (gone + sums[-far - 1])
                mass = min(mass, left[place])
            if mass > 0:
                left[place] -= mass
                attempts[place] = mass
        return attempts

    def enter(self, places: Iterable[tuple[int, float]], mass: float) -> None:
        """Let clients begin to wait, in shares."""
        entering = self.entering
        for place, share in places:
            entering[place] += mass * share

    def advance(self) -> None:
        """End the step."""
        entering, left = self.entering, self.left
        for place, mass in entering.items():
            left[place] += mass
            if place not in self.sums:
                self.sums[place] = ([0.0], self._flow(place))
        emptied = []
        for place, (sums, _) in self.sums.items():
            sums.append(sums[-1] + entering[place] if place in entering else sums[-1])
            if not left[place]:
                emptied.append(place)
        for place in emptied:
            del self.sums[place]
        entering.clear()

    def lengthen(self, time: float, start: Iterable[tuple[int, float]]) -> None:
        """Double the step where that is exact enough for everything that may still happen, or for long."""
        longer = 2 * self.step
        if time < _FINE * longer or longer > self.coarse * 1.01:
            return
        ahead = (*self.sums, *(place for place, _ in start))
        if time < self.enough * longer and any(self.grids[place] < longer * 0.99 for place in ahead):
            return
        self.step = longer
        for place, (sums, _) in self.sums.items():
            flow = self._flow(place)
            kept = sums[-1 : -2 * flow.far - 4 : -2]
            kept.reverse()
            self.sums[place] = (kept if len(kept) > flow.far else [0.0, *kept]), flow

    def _flow(self, place: int) -> _Flow:
        least, most = self.ends[place]
        return _Flow.of(round(least / self.step), round(most / self.step))


def _grid(wait: Wait, coarse: float, halvings: int, cells: int) -> float:
    """The longest step, of those that halve each other, that suits a wait: both ends are multiples of it."""
    width = wait.most - wait.least
    for halved in range(halvings):
        grid = math.ldexp(coarse, -halved)
        errors = (abs(round(end / grid) * grid - end) for end in (wait.least, wait.most))
        if max(errors) <= 0.005 * wait.most and not 0 < width < 0.99 * cells * grid:
            return grid
    return math.ldexp(coarse, -halvings)


def _along(waits: tuple[Wait, ...], grids: list[float]) -> list[float]:
    """The shortest grid of each wait and all that may follow it."""
    grids = list(grids)
    changes = True
    while changes:
        changes = False
        for place in reversed(range(len(waits))):
            onward = (*waits[place].refused, *waits[place].unanswered)
            shortest = min((grids[after] for after, _ in onward), default=math.inf)
            if shortest < grids[place]:
                grids[place], changes = shortest, True
    return grids


def _until_grown(waits: tuple[Wait, ...]) -> float:
    """Seconds until the delays of a client grow no more, where each of them is as long as it can be."""
    left = [0.0] * len(waits)
    for place, wait in reversed([*enumerate(waits)]):
        left[place] = wait.most + sum(share * left[after] for after, share in wait.refused if after > place)
    return max(left)


class _Server:
    """Accepts and refuses. `saved` is work that could be done at once; below zero it is owed."""

    def __init__(self, capacity: float, refusal: float) -> None:
        self.capacity, self.refusal, self.saved = capacity, refusal, 0.0

    def accept(self, attempts: float, span: float) -> float:
        """How many of the attempts of a span of seconds get in."""
        ready, budget = max(0.0, self.saved), self.budget(span)
        if attempts <= budget:
            self.leave(budget - attempts)
            return attempts
        fair = (budget - self.refusal * attempts) / (1 - self.refusal) if self.refusal < 1 else 0.0
        accepted = max(min(attempts, ready), fair)
        self.leave(budget - accepted - self.refusal * (attempts - accepted))
        return accepted

    def budget(self, span: float) -> float:
        """Work that may be done in a span of seconds, of which no more is saved up than the backlog holds."""
        return min(self.saved + self.capacity * span, self.capacity * max(span, BACKLOG))

    def leave(self, rest: float) -> None:
        """Save, or owe, what is left of a budget."""
        most = BACKLOG * self.capacity
        self.saved = max(-most, min(most, rest))


class _Queue:
    """Attempts in their order. Those whose clients have left stand before all others: they are the oldest."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[float, dict[int, float]]] = deque()
        self.left = self.mass = 0.0

    def join(self, time: float, attempts: dict[int, float]) -> None:
        if attempts:
            self.waiting.append((time, attempts))
            self.mass += sum(attempts.values())

    def leave(self, before: float) -> list[dict[int, float]]:
        """The attempts that came before a time, whose clients wait no longer."""
        gone = []
        while self.waiting and self.waiting[0][0] <= before:
            _, attempts = self.waiting.popleft()
            gone.append(attempts)
            mass = sum(attempts.values())
            self.left, self.mass = self.left + mass, max(0.0, self.mass - mass)
        return gone

    def serve(self, server: _Server, span: float) -> float:
        """Accept as many as the budget reaches; how many that were."""
        budget, accepted = server.budget(span), 0.0
        dead = min(self.left, max(0.0, budget) / server.refusal) if server.refusal else self.left
        self.left -= dead
        budget -= dead * server.refusal
        while self.waiting and budget > 0:
            time, attempts = self.waiting[0]
            mass = sum(attempts.values())
            if mass <= budget:
                self.waiting.popleft()
            else:
                rest = 1 - budget / mass
                self.waiting[0] = (time, {place: part * rest for place, part in attempts.items()})
                mass = budget
            budget, accepted = budget - mass, accepted + mass
        self.mass = max(0.0, self.mass - accepted) if self.waiting else 0.0
        server.leave(budget)
        return accepted


class _Run:
    def __init__(self, storm: Storm) -> None:
        self.storm = storm
        self.clients, self.outage = storm.clients.amount, storm.outage.amount
        self.horizon = storm.horizon.amount
        self.chain = storm.plan.chain(storm.answer.amount, self.horizon)
        noticed = storm.noticed
        self.noticed = (
            (noticed.least.amount, noticed.most.amount)
            if isinstance(noticed, Spread)
            else (noticed.amount, noticed.amount)
        )
        self.timeout = math.inf if storm.connect_timeout is None else storm.connect_timeout.amount
        self.server = _Server(storm.capacity.amount, min(1.0, storm.refusal.amount))
        self.queue = _Queue()
        self.unanswered: deque[tuple[float, dict[int, float]]] = deque()
        self.waiting = _Waiting(self.chain, self._shortest(), self.horizon)
        self.longest = max(wait.most for wait in self.chain.waits) + min(self.timeout, self.horizon) * (
            storm.queue and storm.connect_timeout is not None
        )
        self.patience = max(
            _STALLED * max(self.longest, BACKLOG), self.longest + _until_grown(self.chain.waits)
        )
        self.onward = (
            [wait.unanswered for wait in self.chain.waits],
            [wait.refused for wait in self.chain.waits],
        )
        kept = [sum(part for _, part in wait.refused) for wait in self.chain.waits]
        self.giving_up = [1 - part if part < 1 - 1e-9 else 0.0 for part in kept]
        self.few = min(0.5, 0.001 * self.clients)
        self.back = self.gone = self.tried = 0.0

    def _shortest(self) -> float:
        """The shortest span that the curves show: of the losses, of the first waits, of the return."""
        spans = [self.noticed[1] - self.noticed[0], self.outage]
        spans += [end for wait in self.chain.waits for end in (wait.most - wait.least, wait.most)]
        if self.server.capacity:
            spans.append(self.clients / self.server.capacity)
        return min((span for span in spans if span > 0), default=1.0)

    def run(self) -> Recovery:
        times: list[float] = []
        totals: list[float] = []
        backs: list[float] = []
        waiting, unnoticed = self.waiting, self.noticed[1]
        time, last_accept = 0.0, max(self.outage, unnoticed)
        while not (ending := self._ending(time, last_accept)):
            step, before = waiting.step, self.back
            self._step(time, step)
            time += step
            if self.back > before and time > last_accept:
                last_accept = time
            times.append(time)
            totals.append(self.tried)
            backs.append(self.back)
            waiting.lengthen(time, self.chain.start if time < unnoticed else ())
        return self._recovery(times, totals, backs, ending)

    def _ending(self, time: float, last_accept: float) -> Ending | None:
        away = self.clients - self.back
        if away < self.few:
            return "back"
        if away - self.gone < self.few:
            return "gave up"
        if time >= self.horizon:
            return "not within the horizon"
        if time - last_accept > self.patience and not self.gone:
            return "refusals take the whole capacity"
        return None

    def _step(self, time: float, step: float) -> None:
        attempts = self.waiting.due()
        total = sum(attempts.values())
        self.tried += total
        live = step if time > self.outage + step else max(0.0, min(step, time + step - self.outage))
        while self.unanswered and self.unanswered[0][0] <= time:
            self._fail(self.unanswered.popleft()[1], answered=False)
        if not live:
            self._unheard(time, attempts)
        elif self.storm.queue:
            self._queue(time, live, attempts)
        elif total:
            share = self.server.accept(total, live) / total
            self.back += share * total
            if share < 1:
                self._fail(attempts, answered=True, share=1 - share)
        else:
            self.server.accept(0.0, live)
        if time <= self.noticed[1]:
            self._notice(time, step)
        self.waiting.advance()

    def _notice(self, time: float, step: float) -> None:
        least, most = self.noticed
        if most > least:
            share = (min(most, time + step) - max(least, time)) / (most - least)
        else:
            share = float(time <= least < time + step)
        if share > 0:
            self.waiting.enter(self.chain.start, share * self.clients)

    def _unheard(self, time: float, attempts: dict[int, float]) -> None:
        if self.storm.silent and attempts and self.timeout < math.inf:
            self.unanswered.append((time + self.timeout - self.storm.answer.amount, attempts))
        else:
            self._fail(attempts, answered=False)

    def _queue(self, time: float, live: float, attempts: dict[int, float]) -> None:
        for gone in self.queue.leave(time - self.timeout):
            self._fail(gone, answered=False)
        self.queue.join(time, attempts)
        self.back += self.queue.serve(self.server, live)

    def _fail(self, attempts: dict[int, float], *, answered: bool, share: float = 1.0) -> None:
        onward, entering = self.onward[answered], self.waiting.entering
        for place, mass in attempts.items():
            failing = mass * share
            for after, part in onward[place]:
                entering[after] += failing * part
            # Who has no next wait gives up.
            self.gone += failing * self.giving_up[place]

    def _recovery(self, times: list[float], totals: list[float], backs: list[float], end: Ending) -> Recovery:
        clients = self.clients
        rates = [
            (now - before) / (time - earlier)
            for now, before, time, earlier in zip(totals, [0.0, *totals], times, [0.0, *times], strict=False)
        ]
        back = tuple(min(1.0, back / clients) for back in backs)
        recovery = Recovery(
            tuple(times), tuple(rates), back, Rate(_busiest(times, totals)), Number(self.tried / clients),
            Ratio(min(1.0, self.gone / clients)), Duration(math.inf), end,
        )  # fmt: skip
        if end != "back":
            return recovery
        return recovery._replace(all_back=recovery.back_after(1 - self.few / clients))


def _busiest(times: list[float], totals: list[float]) -> float:
    """Attempts in the busiest second: it ends or begins with a step."""
    end, total = times[-1], totals[-1]
    # Seen from the end, a second that begins with a step ends with one.
    times_back = [end - time for time in [*times[-2::-1], 0.0]]
    totals_back = [total - so_far for so_far in [*totals[-2::-1], 0.0]]
    return max(_busiest_ending(times, totals), _busiest_ending(times_back, totals_back))


def _busiest_ending(times: list[float], totals: list[float]) -> float:
    """Attempts in the busiest second that ends with a step."""
    most, first = 0.0, 0
    for last, time in enumerate(times):
        # Beyond 10^16 s a second is less than a number can tell.
        while first < last and times[first] <= time - 1.0 + 1e-9:
            first += 1
        # The second begins inside the step `first`, of which only the later part counts.
        begin = times[first - 1] if first else 0.0
        passed = totals[first - 1] if first else 0.0
        part = max(0.0, time - 1.0 - begin) / (times[first] - begin)
        most = max(most, totals[last] - passed - part * (totals[first] - passed))
    return most
