"""A review meeting: what there is to decide about a spec, and risks that are accepted in it.

Nothing is remembered between two decisions but two files, the spec and the minutes, which are read again for
each. So nothing is lost when the process is killed, and what others write in between counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as File
from typing import TYPE_CHECKING, NamedTuple

from rtreview.meeting import minutes as records
from rtreview.meeting.minutes import Choice, Decision, Identity, Minutes, Point
from rtreview.render.text import gravity
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Review
from rtreview.rulebook import acceptance
from rtreview.rulebook.finding import Finding, Key, Verdict
from rtreview.text import document, edit, output
from rtreview.text.refusal import Refused
from rtreview.text.sources import SPEC_SUFFIXES, Source, read

if TYPE_CHECKING:
    from rtreview.history.baseline import Baseline

ON_RISKS = "accepted-risk-"
"""How the rules are called that judge what is accepted."""


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
        return self.point.decision.choice in (Choice.CHANGE, Choice.ASK) and not self.got_worse

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
        left = [one for one in self.items if not one.is_settled and one.identity not in visited]
        fresh = [one for one in left if one.point is None or one.point.decision.choice is not Choice.SKIP]
        return next(iter(fresh or left), None)

    def find(self, identity: Identity) -> Item | None:
        """The item of a finding."""
        return next((one for one in self.items if one.identity == identity), None)

    @property
    def open(self) -> tuple[Item, ...]:
        """What is not decided."""
        return tuple(one for one in self.items if not one.is_settled)


def agenda(reviews: Sequence[Review], minutes: Minutes) -> Agenda:
    """What there is to decide about the designs of a file."""
    items = []
    minutes = _renamed(minutes, reviews)
    for number, (review, design) in enumerate(zip(reviews, _designs(reviews), strict=True)):
        items += [
            Item(identity, found, review, number, point=minutes.of(identity))
            for identity, found in _identified(review, design)
        ]
        items += _accepted(review, number, design, minutes)
    items.sort(key=lambda one: (gravity(one.finding), one.number, one.finding.place.span, one.finding.rule))
    found = {one.identity for one in items}
    return Agenda(tuple(items), tuple(one for one in minutes.points if one.identity not in found))


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
        covered = [one.finding for one in review.accepted if _is_part(one.finding.key, key)]
        is_mine = point.identity.design == design and point.decision.choice is Choice.ACCEPT
        if is_mine and covered and not any(_is_part(one.key, key) for one in review.findings):
            whole = replace(covered[0], features=key.features)
            yield Item(point.identity, whole, review, number, is_accepted=True, point=point)


def _renamed(minutes: Minutes, reviews: Sequence[Review]) -> Minutes:
    """The minutes with the present name of a design that has another one now, where its findings tell."""
    words = _designs(reviews)
    keys = [
        {one.key for one in (*review.findings, *(accepted.finding for accepted in review.accepted))}
        for review in reviews
    ]

    def present(identity: Identity) -> Identity:
        holders = [word for word, known in zip(words, keys, strict=True) if identity.key in known]
        is_gone = identity.design not in words and len(holders) == 1
        return identity._replace(design=holders[0]) if is_gone else identity

    points = (one._replace(identity=present(one.identity)) for one in minutes.points)
    return replace(minutes, points=tuple(points))


def _is_part(key: Key, whole: Key) -> bool:
    """Whether a finding is another one, in some of its features or in all of them."""
    is_same = key._replace(features=()) == whole._replace(features=())
    return is_same and set(key.features) <= set(whole.features)


class Acceptable(NamedTuple):
    """The text of a spec before and after a risk is accepted in it.

    `others` are findings that the entry covers too: it names a rule and a feature, and no place.
    """

    before: bytes
    after: bytes
    others: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """The meeting on the designs of a file.

    Args:
        path: the spec, or the Markdown document that holds some.
        file: the minutes.
        policy: how the designs are reviewed.
        baseline: what is known, and therefore not on the agenda.

    """

    path: str
    file: File
    policy: Policy
    baseline: Baseline | None = None

    def reviews(self) -> list[Review]:
        """The reviews of the designs as they are now.

        Raises:
            Refused: the file cannot be read, or one of them not be reviewed.

        """
        reviews = self._reviewed(self._content(), self.policy)
        if broken := _broken(reviews):
            raise Refused(f"{reviews[0].path}:{broken.place.span.line}: {broken.message}")
        return reviews

    def agenda(self, reviews: Sequence[Review]) -> Agenda:
        """What there is to decide, after what was decided."""
        return agenda(reviews, records.load(self.file))

    def owner(self, item: Item) -> str:
        """The first of those who answer for a design; nothing where it does not say."""
        documents = engine.read_documents(self._content(), self.path)
        content = documents[item.number].content if item.number < len(documents) else None
        owners = content.get("owners") if isinstance(content, dict) else None
        return str(owners[0]) if isinstance(owners, list) and owners else ""

    def record(self, reviews: Sequence[Review], *points: Point) -> File | None:
        """Write decisions into the minutes, beside what these reviews find; see `minutes.save`."""
        from rtreview.render import minutes as renderer  # noqa: PLC0415 - only when something is written

        minutes = _renamed(records.load(self.file), reviews)
        for point in points:
            minutes = minutes.with_point(point)
        if not minutes.points:
            return None
        told = renderer.render(minutes, agenda(reviews, minutes), reviews, self.file.parent)
        return records.save(self.file, minutes, told)

    def acceptable(self, identity: Identity, decision: Decision) -> Acceptable:
        """The spec with a risk accepted in it, so that its finding is covered; nothing is written.

        Raises:
            Refused: it would not be covered, and why.

        """
        before, policy = self._content(), self._telling()
        was = agenda(self._reviewed(before, policy), Minutes())
        item = was.find(identity)
        if item is None:
            raise Refused("The finding is not there any more.")
        edits = [edit.Append(("accepted",), one) for one in _entries(item, decision)]
        is_markdown = self.path.lower().endswith(document.MARKDOWN)
        after = edit.edited(before, edits, markdown=is_markdown, number=item.number)
        reviews = self._reviewed(after, policy)
        if broken := _broken(reviews):
            raise Refused(broken.message)
        now = agenda(reviews, Minutes())
        objections = Counter(map(_objection, now.items)) - Counter(map(_objection, was.items))
        if said := next((message for message in objections if message), ""):
            raise Refused(said)
        if any(one.number == item.number and _is_part(one.finding.key, identity.key) for one in now.items):
            raise Refused("The entry would not cover the finding.")
        left = {identity, *(one.identity for one in now.items)}
        others = (one for one in was.items if not _objection(one) and one.identity not in left)
        return Acceptable(before, after, tuple(others))

    def accept(self, found: Acceptable) -> bool:
        """Write a spec in which a risk is accepted; not over what somebody else has written since."""
        if self._content() != found.before:
            return False
        output.write(found.after.decode("utf-8"), self.path)
        return True

    def why_not(self, finding: Finding) -> str:
        """Why nobody can accept a finding; nothing where somebody can."""
        if finding.verdict is Verdict.UNREVIEWED:
            return "It tells what could not be reviewed, which nobody can accept: correct the spec."
        if finding.rule.startswith(ON_RISKS):
            return f"`{finding.rule}` judges what is accepted: nobody can accept it."
        if finding.rule in self.policy.required:
            return f"The configuration requires `{finding.rule}`: nobody can accept it."
        return ""

    def _content(self) -> bytes:
        source = read(Source(self.path))
        if source.problem:
            raise Refused(f"{source.shown}: {source.problem}")
        return source.content

    def _reviewed(self, content: bytes, policy: Policy) -> list[Review]:
        """The reviews of a content of the file, without what is known."""
        reviews = engine.review(content, Source(self.path).shown, policy)
        return self.baseline.hide(reviews, policy)[0] if self.baseline else reviews

    def _telling(self) -> Policy:
        """The policy by which a review also says why an acceptance is void."""
        select, ignore, void = self.policy.select, self.policy.ignore, acceptance.VOIDING
        return replace(
            self.policy,
            select=(*select, *void) if select else (),
            ignore=tuple(rule for rule in ignore if rule not in void),
        )


def _broken(reviews: Sequence[Review]) -> Finding | None:
    """Why one of the designs cannot be reviewed."""
    return next((review.findings[0] for review in reviews if not review.judgements), None)


def _objection(item: Item) -> str:
    """What an item says against what is accepted; nothing where it is about the design itself."""
    return item.finding.message if item.finding.rule.startswith(ON_RISKS) else ""


def _entries(item: Item, decision: Decision) -> Iterator[Mapping[str, str]]:
    """What is written under `accepted`: one entry, or one for each feature where they are some of several."""
    everyone = {name for route in item.review.routes for name in route.features}
    mine = item.finding.features
    features = (acceptance.ALL,) if len(mine) > 1 and set(mine) == everyone else mine
    how, _, end = decision.end.partition(" ")
    for feature in features or ("",):
        yield {
            "rule": item.finding.rule,
            **({"feature": feature} if feature else {}),
            "reason": decision.text,
            "owner": decision.owner,
            how: end,
        }


def minutes_file(path: str) -> File:
    """Where the minutes of a spec are kept, unless somebody says so: beside it."""
    file = File(path)
    suffix = next((one for one in SPEC_SUFFIXES if file.name.lower().endswith(one)), file.suffix)
    return file.with_name(f"{file.name[: len(file.name) - len(suffix)]}.minutes.md")
