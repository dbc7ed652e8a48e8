"""Which design is which, before and after a change.

A design is what it was while it keeps its name, in its file or in another. Under another name, or without
one, it is what says the same: most of what the shorter of the two states stands in the other as well, and
where both list features, they have one in common. So a design that is renamed, or grows, keeps what is known
of it, and another in its place inherits nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from rtreview.quantities.unchanging import unchanging
from rtreview.reviews.report import Review
from rtreview.text.place import SpecPath

Pair = tuple[Review | None, Review | None]
"""A design before and after; None where it is new, or gone."""

_HALF = 0.5
"""Of what the shorter of two designs states. Where more stands in the other, they are one."""

_LABELS = ("rtreview", "name")
"""What a spec says of itself, and not of the system."""


def pairs(before: Sequence[Review], after: Sequence[Review], was: Mapping[str, str]) -> list[Pair]:
    """Each design with what it was, in the order of `after`; those that are gone come last.

    Args:
        before: reviews of the designs as they were.
        after: as they are.
        was: the former path of a file, where it has another one now.

    """
    steps = (
        _Step(lambda design: design.name and (design.file, design.name)),
        _Step(lambda design: design.name),
        _Step(lambda design: design.file, needs_likeness=True),
        _Step(lambda design: bool(design.statements), needs_likeness=True),
    )
    return _paired(before, after, was, steps)


def versions(before: Sequence[Review], after: Sequence[Review], was: Mapping[str, str]) -> list[Pair]:
    """The same where the files are versions of each other, whatever they say: by name, else by position."""
    steps = (
        _Step(lambda design: (design.file, design.name)),
        _Step(lambda design: (design.file, design.position)),
    )
    return _paired(before, after, was, steps)


@unchanging(eq=False, slots=False)
class _Design:
    """A design in a file, which goes by its former path, and how many stand before it there."""

    review: Review
    file: str
    position: int

    @cached_property
    def content(self) -> dict[str, Any]:
        return self.review.content if isinstance(self.review.content, dict) else {}

    @property
    def name(self) -> str:
        """Its own, also where the rest of the spec has mistakes."""
        return str(self.content.get("name") or "")

    @cached_property
    def statements(self) -> frozenset[tuple[SpecPath, str]]:
        """What it says of the system, field by field."""
        return frozenset(_statements({key: self.content[key] for key in self.content if key not in _LABELS}))

    @cached_property
    def features(self) -> frozenset[str]:
        listed = self.content.get("features")
        return frozenset(listed) if isinstance(listed, dict) else frozenset()

    def likeness(self, other: _Design) -> float:
        """The share of what the shorter of two states that the other states as well."""
        if not self.content or not other.content:
            # Nobody knows what a file holds that cannot be read.
            return 1.0
        if self.features and other.features and not self.features & other.features:
            return 0.0
        shorter = min(len(self.statements), len(other.statements))
        return len(self.statements & other.statements) / shorter if shorter else 1.0


class _Step(NamedTuple):
    """What two designs that are one have in common: a key that is not empty, and most of what they say."""

    key: Callable[[_Design], Hashable]
    needs_likeness: bool = False

    def choice(self, design: _Design, candidates: Sequence[_Design]) -> _Design | None:
        """The first of those that are most alike; None where none is alike enough."""
        if not self.needs_likeness:
            return next(iter(candidates), None)
        alike = [candidate for candidate in candidates if candidate.likeness(design) > _HALF]
        return max(alike, key=design.likeness, default=None)


def _paired(
    before: Sequence[Review], after: Sequence[Review], was: Mapping[str, str], steps: Sequence[_Step]
) -> list[Pair]:
    gone, come = _designs(before, {}), _designs(after, was)
    unreadable = {design.file for design in come if design.review.unreviewed}
    former: dict[_Design, _Design] = {}
    for step in steps:
        waiting: dict[Hashable, list[_Design]] = {}
        for design in gone:
            waiting.setdefault(step.key(design), []).append(design)
        for design in come:
            key = step.key(design)
            if not key or design in former:
                continue
            candidates = waiting.get(key, [])
            chosen = step.choice(design, candidates)
            if chosen is not None:
                candidates.remove(chosen)
                former[design] = chosen
        found = set(former.values())
        gone = [design for design in gone if design not in found]
    kept = [(former[design].review if design in former else None, design.review) for design in come]
    return [*kept, *((design.review, None) for design in gone if design.file not in unreadable)]


def _designs(reviews: Sequence[Review], was: Mapping[str, str]) -> list[_Design]:
    count: Counter[str] = Counter()
    designs = []
    for review in reviews:
        designs.append(_Design(review, was.get(review.path, review.path), count[review.path]))
        count[review.path] += 1
    return designs


def _statements(content: Any, at: SpecPath = ()) -> Iterator[tuple[SpecPath, str]]:
    """The values of a spec, each with its path; the items of a list stand in any order."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _statements(value, (*at, key))
    elif isinstance(content, list):
        for item in content:
            yield from _statements(item, at)
    else:
        yield at, str(content)
