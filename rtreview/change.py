"""What a change of a design brings: findings new, gone and moved, and the consequences in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from rtreview.finding import Accepted, DerivedNumber, Finding, Hidden, Input, Known, Place, Review


class New(NamedTuple):
    """A finding that the change brings; `was` is the one that got worse, where it was there before."""

    finding: Finding
    was: Finding | None = None


class Moved(NamedTuple):
    """A finding that stands at another place now."""

    finding: Finding
    before: Place


class Cause(NamedTuple):
    """A field that the change sets to another value; nothing where it was, or is, not stated."""

    field: str
    before: str
    after: str


class Consequence(NamedTuple):
    """A number of the design that the change makes another, and the fields that caused it."""

    name: str
    features: tuple[str, ...]
    before: str
    after: str
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One design before and after; `before` or `after` is None where it is new, or gone.

    `accepted` are findings that the change itself accepts; `broken` are risks that were accepted before and
    whose findings are open now.
    """

    before: Review | None
    after: Review | None
    new: tuple[New, ...] = ()
    gone: tuple[Finding, ...] = ()
    moved: tuple[Moved, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    broken: tuple[Accepted, ...] = ()
    consequences: tuple[Consequence, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing of all that is different."""
        return not (self.new or self.gone or self.moved or self.accepted or self.broken or self.consequences)


def compare(
    before: Sequence[Review], after: Sequence[Review], was: Mapping[str, str] | None = None
) -> list[Change]:
    """The change of each design, in the order of `after`; those that are gone come last.

    Args:
        before: reviews of the designs as they were, with their numbers.
        after: as they are.
        was: the former path of a file, where it has another one now.

    """
    return [_change(old, new) for old, new in _pairs(before, after, was or {})]


def new_only(
    before: Sequence[Review], after: Sequence[Review], was: Mapping[str, str], revision: str
) -> tuple[list[Review], Hidden]:
    """The reviews as they are, with what was there in a revision set apart as known."""
    told = []
    for old, new in _pairs(before, after, was):
        if new is None:
            continue
        fresh = {id(one.finding) for one in _change(old, new).new}
        rest = [one for one in new.findings if id(one) not in fresh and one.can_be_known]
        open_ = tuple(one for one in new.findings if id(one) in fresh or not one.can_be_known)
        known = tuple(Known(finding, revision) for finding in rest)
        told.append(replace(new, findings=open_, known=known))
    return told, Hidden(revision)


def _pairs(
    before: Sequence[Review], after: Sequence[Review], was: Mapping[str, str]
) -> Iterator[tuple[Review | None, Review | None]]:
    """Each design with what it was: the one of its name in its file, else the one at its position there."""
    files: dict[str, list[Review]] = {}
    for review in before:
        files.setdefault(review.path, []).append(review)
    left = list(before)
    position: dict[str, int] = {}
    for review in after:
        candidates = files.get(was.get(review.path, review.path), [])
        at = position.get(review.path, 0)
        position[review.path] = at + 1
        named = [one for one in candidates if one.name == review.name and one in left]
        placed = [one for one in candidates[at : at + 1] if one in left]
        old = next(iter([*named, *placed]), None)
        if old is not None:
            left.remove(old)
        yield old, review
    for review in left:
        yield review, None


def _change(before: Review | None, after: Review | None) -> Change:
    old = [one for one in before.findings if one.can_be_known] if before else []
    new = [one for one in after.findings if one.can_be_known] if after else []
    pairs = _matched(old, new)
    matched = [one for one, _ in pairs]
    covered = after.accepted if after else ()
    lived_with = {one.finding.key for one in covered}
    covered_before = {one.finding.key for one in before.accepted} if before else set()
    fresh = [New(one) for one in new if not any(one is later for _, later in pairs)]
    fresh += [
        New(later, was)
        for was, later in pairs
        if later.is_worse_than(was.verdict, was.severity, was.overshoot)
    ]
    fresh.sort(key=lambda one: new.index(one.finding))
    return Change(
        before,
        after,
        new=tuple(fresh),
        gone=tuple(
            one for one in old if one.key not in lived_with and not any(one is was for was in matched)
        ),
        moved=tuple(
            Moved(later, was.place)
            for was, later in pairs
            if was.place.name != later.place.name or was.place.span.line != later.place.span.line
        ),
        accepted=tuple(one for one in covered if one.finding.key not in covered_before),
        broken=tuple(_broken(before, after)) if before and after else (),
        consequences=tuple(_consequences(before.numbers, after.numbers)) if before and after else (),
    )


def _matched(old: Iterable[Finding], new: Sequence[Finding]) -> list[tuple[Finding, Finding]]:
    """Findings before and after that are the same: by their key, and what is left by rule and features."""
    pairs: list[tuple[Finding, Finding]] = []
    waiting, free = list(old), list(new)
    for same in (_by_key, _by_rule):
        for was in list(waiting):
            later = next((one for one in free if same(was, one)), None)
            if later is not None:
                pairs.append((was, later))
                waiting = [one for one in waiting if one is not was]
                free = [one for one in free if one is not later]
    return pairs


def _by_key(was: Finding, later: Finding) -> bool:
    return was.key == later.key


def _by_rule(was: Finding, later: Finding) -> bool:
    return (was.rule, was.features) == (later.rule, later.features)


def _broken(before: Review, after: Review) -> Iterator[Accepted]:
    """Risks that were accepted before, and are open now."""
    for accepted in before.accepted:
        was = accepted.finding
        if any(_by_key(was, one) for one in after.findings):
            yield accepted


def _consequences(before: Sequence[DerivedNumber], after: Sequence[DerivedNumber]) -> Iterator[Consequence]:
    """The numbers that both have, and that are not the same."""
    old = {(one.name, one.features): one for one in before}
    for new in after:
        was = old.get((new.name, new.features))
        if was is not None and was.value and was.value != new.value:
            after_ = new.value or "not known"
            causes = tuple(_causes(was.fields, new.fields))
            yield Consequence(new.name, new.features, was.value, after_, causes)


def _causes(before: Sequence[Input], after: Sequence[Input]) -> Iterator[Cause]:
    """The fields below two numbers whose values differ."""
    old, new = ({one.at: one for one in side} for side in (before, after))
    for at in dict.fromkeys((*old, *new)):
        was, now = old.get(at), new.get(at)
        values = tuple(one.value if one else "" for one in (was, now))
        if values[0] != values[1]:
            yield Cause((was or now).name, *values)  # type: ignore[union-attr]
