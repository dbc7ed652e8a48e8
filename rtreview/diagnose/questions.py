"""Which question tells the candidates apart best: the one whose answer should leave the least doubt."""

from __future__ import annotations

import math
import operator
from collections.abc import Collection, Iterable, Mapping, Sequence

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
    """The signs to ask for, best first: each takes away the most of the doubt that those before it leave.

    What an answer takes away is its mutual information with the sharp edge (Cover and Thomas, 2006, 2.4): how
    open it is, less how open it would be to somebody who knows the sharp edge.
    """
    yes = _yes(signs, edges.values())
    worlds = [[chance[edge] for edge in edges]]
    openness = {likely: _openness(likely) for likely in (STATED, DENIED, OPEN)}
    to_who_knows = {sign: _dot(worlds[0], map(openness.__getitem__, likely)) for sign, likely in yes.items()}
    asked: list[str] = []
    while yes and len(asked) < most:
        totals = [sum(world) for world in worlds]
        takes = {
            sign: sum(
                total * _openness(_dot(world, likely) / total)
                for world, total in zip(worlds, totals, strict=True)
            )
            - to_who_knows[sign]
            for sign, likely in yes.items()
        }
        best = max(takes, key=takes.__getitem__)
        if takes[best] < WORTH:
            break
        asked.append(best)
        worlds = _split(worlds, yes.pop(best))
    return asked


def _yes(signs: Iterable[str], edges: Collection[Section]) -> dict[str, list[float]]:
    """How likely a yes is for each sign where it is this or that sharp edge."""
    yes = {sign: [OPEN] * len(edges) for sign in signs}
    for at, edge in enumerate(edges):
        for likely, names in ((DENIED, edge.counter_signs), (STATED, edge.signs)):
            for name in yes.keys() & names:
                yes[name][at] = likely
    return yes


def _split(worlds: Sequence[Sequence[float]], yes: Sequence[float]) -> list[list[float]]:
    """The chances of each sharp edge together with a yes, and with a no."""
    return [
        [chance * (likely if answer else 1 - likely) for chance, likely in zip(world, yes, strict=True)]
        for world in worlds
        for answer in (True, False)
    ]


def _openness(yes: float) -> float:
    """The entropy of an answer in bits, by how likely a yes is."""
    return -sum(share * math.log2(share) for share in (yes, 1 - yes) if share > 0)


def _dot(left: Iterable[float], right: Iterable[float]) -> float:
    products: Iterable[float] = map(operator.mul, left, right)
    return sum(products)
