"""What there is to decide about the designs of a file, after what was decided before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from rtreview.meeting.minutes import Choice, Identity, Minutes, Point
from rtreview.reviews.report import Review
from rtreview.rulebook.finding import Finding, Key, Verdict

if TYPE_CHECKING:
    pass


class Item(NamedTuple):
    """A finding on the agenda, the document that it stands in, and what was decided about it before."""

    identity: Identity
    finding: Finding
    review: Review
    number: int
    is_accepted: bool = False
    point: Point | None = None

    @property
    def is_settled(self) -> bool:
        """Whether nobody need decide any more: not if it got worse, or if its acceptance does not hold."""
        if self.point is None or self.is_accepted:
            return self.is_accepted
        settles = (Choice.CHANGE, Choice.ANSWER, Choice.ASK)
        decision = self.point.decision
        return decision.choice in settles and not decision.is_begun and not self.got_worse

    @property
    def is_question(self) -> bool:
        """Whether it asks what the spec does not say."""
        return self.finding.verdict is Verdict.UNSTATED

    @property
    def got_worse(self) -> bool:
        """Whether it is graver now than when it was decided."""
        was = self.point
        return was is not None and self.finding.is_worse_than(was.verdict, was.severity, was.overshoot)


class Agenda(NamedTuple):
    """All there is to decide, the gravest first, and what was decided and is not found any more."""

    items: tuple[Item, ...]
    gone: tuple[Point, ...]

    def ahead(self, visited: Collection[Identity] = ()) -> Item | None:
        """What comes next: what nobody has come to yet, and when that is done, what was skipped before."""
        left = [item for item in self.items if not item.is_settled and item.identity not in visited]
        fresh = [item for item in left if item.point is None or item.point.decision.choice is not Choice.SKIP]
        return next(iter(fresh or left), None)

    def find(self, identity: Identity) -> Item | None:
        """The item of a finding."""
        return next((item for item in self.items if item.identity == identity), None)

    @property
    def open(self) -> tuple[Item, ...]:
        """What is not decided."""
        return tuple(item for item in self.items if not item.is_settled)


def agenda(reviews: Sequence[Review], minutes: Minutes) -> Agenda:
    """What there is to decide about the designs of a file."""
    items = []
    minutes = renamed(minutes, reviews)
    for number, (review, design) in enumerate(zip(reviews, _designs(reviews), strict=True)):
        items += [
            Item(identity, found, review, number, point=minutes.of(identity))
            for identity, found in _identified(review, design)
        ]
        items += _accepted(review, number, design, minutes)
    items.sort(
        key=lambda item: (item.finding.gravity, item.number, item.finding.place.span, item.finding.rule)
    )
    found = {item.identity for item in items}
    return Agenda(tuple(items), tuple(point for point in minutes.points if point.identity not in found))


def _designs(reviews: Sequence[Review]) -> list[str]:
    """A word for each design of a file: its name, and a number where another before it has the same."""
    seen: Counter[str] = Counter()
    words = []
    for name in (review.name or "" for review in reviews):
        seen[name] += 1
        words.append(name if seen[name] == 1 else f"{name} ({seen[name]})".lstrip())
    return words


def _identified(review: Review, design: str) -> Iterator[tuple[Identity, Finding]]:
    seen: Counter[Key] = Counter()
    for found in review.findings:
        yield Identity(design, found.key, seen[found.key]), found
        seen[found.key] += 1


def _accepted(review: Review, number: int, design: str, minutes: Minutes) -> Iterator[Item]:
    """What was accepted in the meeting and is accepted in the spec: by one entry, or one for each feature."""
    for point in minutes.points:
        key = point.identity.key
        covered = [accepted.finding for accepted in review.accepted if is_part(accepted.finding.key, key)]
        is_mine = point.identity.design == design and point.decision.choice is Choice.ACCEPT
        if is_mine and covered and not any(is_part(finding.key, key) for finding in review.findings):
            whole = covered[0]._replace(features=key.features)
            yield Item(point.identity, whole, review, number, is_accepted=True, point=point)


def renamed(minutes: Minutes, reviews: Sequence[Review]) -> Minutes:
    """The minutes with the present name of a design that has another one now, where its findings tell."""
    words = _designs(reviews)
    keys = [
        {finding.key for finding in (*review.findings, *(accepted.finding for accepted in review.accepted))}
        for review in reviews
    ]

    def present(point: Point) -> Point:
        holders = [word for word, known in zip(words, keys, strict=True) if point.identity.key in known]
        is_gone = point.design not in words and len(holders) == 1
        return point.model_copy(update={"design": holders[0]}) if is_gone else point

    return replace(minutes, points=tuple(map(present, minutes.points)))


def is_part(key: Key, whole: Key) -> bool:
    """Whether a finding is another one, in some of its features or in all of them."""
    is_same = key._replace(features=()) == whole._replace(features=())
    return is_same and set(key.features) <= set(whole.features)
