"""Which question tells the candidates apart best: the one whose answer should leave the least doubt."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from rtreview.rulebook.references import Section

SPREAD = 1.5
"""The difference of two scores at which one sharp edge is e times as likely as the other."""

CERTAIN = 0.9
"""Chance of the first candidate from which nothing is asked any more."""

WORTH = 0.05
"""Doubt, in bits, that an answer has to take away: less is no question."""

STATED, DENIED, OPEN = 0.85, 0.08, 0.25
"""How often the answer is yes where a sharp edge states the sign, where it speaks against it, and else."""


def chances(scores: Mapping[str, float]) -> dict[str, float]:
    """How likely each sharp edge is, by its score."""
    best = max(scores.values())
    weights = {edge: math.exp((score - best) / SPREAD) for edge, score in scores.items()}
    total = sum(weights.values())
    return {edge: weight / total for edge, weight in weights.items()}


def telling(
    chance: Mapping[str, float], edges: Mapping[str, Section], signs: Iterable[str], most: int
) -> list[str]:
    """The signs to ask for, best first: each takes away the most of the doubt that those before it leave."""
    rest = list(signs)
    asked: list[str] = []
    worlds = [[chance[edge] for edge in edges]]
    yes = {sign: [_yes(edge, sign) for edge in edges.values()] for sign in rest}
    doubt = sum(map(_doubt, worlds))
    while rest and len(asked) < most:
        split = {sign: _split(worlds, yes[sign]) for sign in rest}
        left = {sign: sum(map(_doubt, split[sign])) for sign in rest}
        best = min(rest, key=left.__getitem__)
        if doubt - left[best] < WORTH:
            break
        asked.append(best)
        rest.remove(best)
        worlds, doubt = split[best], left[best]
    return asked


def _yes(edge: Section, sign: str) -> float:
    """How likely a yes is where it is this sharp edge."""
    return STATED if sign in edge.signs else DENIED if sign in edge.counter_signs else OPEN


def _split(worlds: Sequence[Sequence[float]], yes: Sequence[float]) -> list[list[float]]:
    """The chances of each sharp edge together with a yes, and with a no."""
    return [
        [chance * (likely if answer else 1 - likely) for chance, likely in zip(world, yes, strict=True)]
        for world in worlds
        for answer in (True, False)
    ]


def _doubt(world: Sequence[float]) -> float:
    """The entropy of the sharp edges in bits, times how likely the answers are that lead here."""
    total = sum(world)
    return -sum(chance * math.log2(chance / total) for chance in world if chance > 0)
