"""How long a client waits between two attempts: a plan, and the chain of random waits that it makes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, NamedTuple

from rtreview.quantities.quantity import Count, Duration, Number, Ratio, Spread

Jitter = Literal["full", "equal", "decorrelated"] | Ratio | Spread | None

BASE, DOUBLING, CAP = Duration(1), Number(2), Duration(30)
"""The plan that the examples of this project are computed with."""

_SHORTEST_RETRY = 0.01
"""Seconds between two attempts at the least: a client that returns at once still opens a socket."""

_CELLS = 32
"""Steps of time in a random wait at the least, so that its spread comes out right."""

_PARTS = 16
"""Points of a class from which the delays that follow it are computed."""

_GROWING, _COUNTED, _COUNTED_CLASSES = 200, 32, 8
"""Attempts that are told apart at the most: while the delay grows, and after that, up to a limit.

A limit beyond them is met on average: each of the last rounds then stands for several attempts, so that the
share of those who have given up by a time is smeared by a sixth of it (decorrelated: a third).
"""

_CLASSES = 1.3
"""How much longer each class of decorrelated delays is than the one before."""


class Wait(NamedTuple):
    """A uniformly random time before an attempt, in seconds, and what follows when that attempt fails.

    `refused` are the next waits and their shares where a server answered, `unanswered` where none did. No
    next wait means that the client gives up.
    """

    least: float
    most: float
    refused: tuple[tuple[int, float], ...]
    unanswered: tuple[tuple[int, float], ...]


class Chain(NamedTuple):
    """All waits of a plan.

    `start` are the first ones with their shares. Steps of time are best made to divide `unit`, and to be
    that short that a random wait has `cells` of them: one, where it is a class of a longer one.
    """

    waits: tuple[Wait, ...]
    start: tuple[tuple[int, float], ...]
    unit: float
    cells: int


class Plan(NamedTuple):
    """What a client does after it notices its loss. A library's schedule is such a plan.

    Attributes:
        base: the delay that grows; 0 s for a client that returns at once.
        factor: what the delay is multiplied by after each attempt; 1 for a fixed delay.
        cap: the longest delay, or none. A ratio is clipped at it; a random span is added to it.
        jitter: the random part, by AWS's formulas (aws-arch-backoff-simulator) for the named kinds: full
            U(0, v), equal v/2 + U(0, v/2), decorrelated U(base, three times the delay before). A ratio x
            is U(v - xv, v + xv). A span is added to v. None: nothing is random.
        first: the delay before the first attempt. A span is taken as it is, and a fixed one is jittered
            like every other. Without it the first delay is `base`, as in client libraries. (AWS's
            simulator counts before it computes: there the first retry waits base times factor.)
        delays: the delays one by one, instead of base and factor. The last one repeats.
        max_attempts: failed attempts after which the client gives up.
        hint: the delay that a server names when it refuses, which the client takes instead of its own.

    """

    base: Duration = BASE
    factor: Number = DOUBLING
    cap: Duration | None = CAP
    jitter: Jitter = None
    first: Duration | Spread | None = None
    delays: tuple[Duration, ...] = ()
    max_attempts: Count | None = None
    hint: Duration | Spread | None = None

    def chain(self, answer: float, horizon: float) -> Chain:
        """The waits, each with the seconds that the failure before it took to be known.

        Delays beyond the horizon are as good as the horizon: nobody looks further.
        """
        return _Builder(self, answer, horizon).chain()


_Piece = tuple[float, float, float]
"""Least, most and share of a part of a delay's distribution."""


class _Builder:
    def __init__(self, plan: Plan, answer: float, horizon: float) -> None:
        self.plan, self.answer, self.horizon = plan, answer, horizon
        self.cap = min(horizon, math.inf if plan.cap is None else plan.cap.amount)
        self.limit = math.inf if plan.max_attempts is None else max(1.0, plan.max_attempts.amount)
        self.grows = plan.jitter == "decorrelated" and not plan.delays
        self.counted = _COUNTED_CLASSES if self.grows else _COUNTED

    def chain(self) -> Chain:
        """Attempt by attempt, up to the one that is like all after it or the last."""
        rounds = list(self._rounds())
        at, places = 0, []
        for pieces, hint in rounds:
            own = tuple(range(at, at + len(pieces)))
            named = at + len(pieces) if hint else -1
            places.append((own, named))
            at += len(pieces) + bool(hint)
        waits: list[Wait] = []
        for number, (pieces, hint) in enumerate(rounds):
            is_last = self.limit < math.inf and number + 1 == len(rounds)
            after = min(number + 1, len(rounds) - 1)
            own, named = places[after]
            stay = self._stay(number, len(rounds))
            for piece in (*pieces, *hint):
                onward = () if is_last else self._onward(piece, number, rounds[after][0], own)
                refused = ((named, 1.0),) if onward and named >= 0 else onward
                if stay:
                    back = self._onward(piece, number, pieces, places[number][0])
                    onward = _mixed(back, onward, stay)
                    refused = _mixed(((places[number][1], 1.0),) if named >= 0 else back, refused, stay)
                waits.append(Wait(*self._seconds(piece, number), refused, onward))
        start = tuple((place, piece[2]) for place, piece in zip(places[0][0], rounds[0][0], strict=True))
        repeated = self.plan.base.amount if self.grows else max(most for _, most, _ in rounds[-1][0])
        unit = max(_SHORTEST_RETRY, repeated + self.answer)
        return Chain(tuple(waits), start, unit, 1 if self.grows else _CELLS)

    def _rounds(self) -> Iterator[tuple[list[_Piece], list[_Piece]]]:
        """What an attempt waits for by the plan, and by the server's hint, until nothing changes any more."""
        hint = self._hint()
        yield self._first(), []
        number, last, counted = 1, None, 0
        while number < self.limit and counted < self.counted and number < _GROWING + self.counted:
            pieces = self._classes() if self.grows else list(self._pieces(number))
            if (pieces == last and number >= len(self.plan.delays)) or number >= _GROWING:
                # Attempts are told apart only while the delay grows, or as long as they are counted.
                if self.limit == math.inf:
                    return
                counted += 1
            yield pieces, hint
            last, number = pieces, number + 1

    def _stay(self, number: int, rounds: int) -> float:
        """The chance that another attempt of the same round follows, where rounds stand for several."""
        counted = min(self.counted, rounds)
        if self.limit in (math.inf, rounds) or number < rounds - counted:
            return 0.0
        return 1 - counted / (self.limit - (rounds - counted))

    def _seconds(self, piece: _Piece, number: int) -> tuple[float, float]:
        if number == 0:
            return piece[0], piece[1]
        return piece[0] + self.answer, max(_SHORTEST_RETRY, piece[1] + self.answer)

    def _hint(self) -> list[_Piece]:
        hint = self.plan.hint
        if hint is None:
            return []
        if isinstance(hint, Spread):
            return [(hint.least.amount, hint.most.amount, 1.0)]
        return [(hint.amount, hint.amount, 1.0)]

    def _first(self) -> list[_Piece]:
        first = self.plan.first
        if isinstance(first, Spread):
            return [(first.least.amount, first.most.amount, 1.0)]
        pieces = (
            self._pieces(0) if first is None else self._jittered(first.amount, max(self.cap, first.amount))
        )
        # A delay that depends on the one before is told apart from the start.
        return [part for piece in pieces for part in (_quartered(*piece) if self.grows else [piece])]

    def _pieces(self, number: int) -> Iterator[_Piece]:
        """The delay before an attempt. A first delay of its own takes the place of none of the others."""
        plan = self.plan
        if plan.delays:
            listed = plan.delays[min(number, len(plan.delays) - 1)].amount
            return self._jittered(listed, max(self.cap, listed))
        number -= 1 if plan.first is not None else 0
        # Bounded, since no power of a factor needs to be larger than a number can be.
        grown = math.log(max(plan.base.amount, 1e-9)) + number * math.log(plan.factor.amount)
        delay = (
            self.cap
            if grown > math.log(self.cap + 1e-9) + 1
            else plan.base.amount * (plan.factor.amount**number)
        )
        return self._jittered(min(self.cap, delay), self.cap)

    def _jittered(self, delay: float, cap: float) -> Iterator[_Piece]:
        jitter = self.plan.jitter
        if jitter is None:
            yield delay, delay, 1.0
        elif isinstance(jitter, Spread):
            yield delay + jitter.least.amount, delay + jitter.most.amount, 1.0
        elif isinstance(jitter, Ratio):
            width = jitter.amount * delay
            yield from _clipped(delay - width, delay + width, cap)
        elif jitter == "decorrelated":
            yield from _clipped(delay, 3 * delay, cap)
        else:
            yield (0.0 if jitter == "full" else delay / 2), delay, 1.0

    def _classes(self) -> list[_Piece]:
        """Classes of decorrelated delays, on a grid that suits steps of time.

        Inside a class they are taken as even, which is exact up to three times the base.
        """
        base, cap = min(self.plan.base.amount, self.cap), self.cap
        grid = max(_SHORTEST_RETRY, base + self.answer) / 2
        edges, edge = {base, cap}, 4
        while edge * grid - self.answer < cap:
            edges.add(edge * grid - self.answer)
            edge = max(edge + 2, round(edge * _CLASSES))
        return [(low, high, 0.0) for low, high in pairwise(sorted(edges))] + [(cap, cap, 0.0)]

    def _onward(
        self, piece: _Piece, number: int, following: list[_Piece], places: tuple[int, ...]
    ) -> tuple[tuple[int, float], ...]:
        """The next waits after one, with their shares."""
        if not self.grows:
            return tuple((place, part[2]) for place, part in zip(places, following, strict=True))
        base = min(self.plan.base.amount, self.cap)
        # A first delay that is random by itself is none that a later one grows from.
        is_own = number > 0 or not isinstance(self.plan.first, Spread)
        low, high = piece[:2] if is_own else (base, base)
        shares = [0.0] * len(following)
        for part in range(_PARTS):
            most = max(3 * (low + (high - low) * (part + 0.5) / _PARTS), base + 1e-9)
            for place, (least, longest, _) in enumerate(following[:-1]):
                shares[place] += max(0.0, min(most, longest) - least) / (most - base) / _PARTS
        shares[-1] = max(0.0, 1 - sum(shares))
        return tuple((place, share) for place, share in zip(places, shares, strict=True) if share > 0)


def _clipped(least: float, most: float, cap: float) -> Iterator[_Piece]:
    """A uniform delay of which all that lies beyond the cap is the cap."""
    if most <= cap or most == least:
        yield least, min(most, cap), 1.0
        return
    within = max(0.0, (cap - least) / (most - least))
    if within:
        yield least, cap, within
    yield cap, cap, 1 - within


def _quartered(least: float, most: float, share: float) -> list[_Piece]:
    if least == most:
        return [(least, most, share)]
    edges = [least + (most - least) * part / 4 for part in range(5)]
    return [(low, high, share / 4) for low, high in pairwise(edges)]


def _mixed(
    stay: tuple[tuple[int, float], ...], leave: tuple[tuple[int, float], ...], share: float
) -> tuple[tuple[int, float], ...]:
    """The first with this share, the second with the rest."""
    return (
        *((place, part * share) for place, part in stay),
        *((place, part * (1 - share)) for place, part in leave),
    )
