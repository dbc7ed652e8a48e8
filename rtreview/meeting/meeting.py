"""A meeting on the designs of a file: what it finds, what is decided, and risks accepted in the spec.

Nothing is remembered between two decisions but two files, the spec and the minutes, which are read again for
each. So nothing is lost when the process is killed, and what others write in between counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rtreview.fix.remedy import with_proposals
from rtreview.language import edit
from rtreview.meeting import markdown
from rtreview.meeting import minutes as records
from rtreview.meeting.agenda import Agenda, Item, agenda, is_part, renamed
from rtreview.meeting.minutes import Decision, Identity, Minutes, Point
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.reading import Reading
from rtreview.reviews.report import Review
from rtreview.rulebook import acceptance
from rtreview.rulebook.finding import Finding, Verdict
from rtreview.text import output
from rtreview.text.document import Text
from rtreview.text.refusal import Refused
from rtreview.text.sources import SPEC_SUFFIXES, Source, read

if TYPE_CHECKING:
    from rtreview.history.baseline import Baseline

ON_RISKS = "accepted-risk-"
"""How the rules are called that judge what is accepted."""


class Acceptable(NamedTuple):
    """The text of a spec before and after a risk is accepted in it.

    `others` are findings that the entry covers too: it names a rule and a feature, and no place.
    """

    before: bytes
    after: bytes
    others: tuple[Item, ...]


class Overtaken(Exception):  # noqa: N818 - nothing is wrong: two meetings are held
    """Another meeting has decided on a finding since it was shown; `points` are its decisions."""

    def __init__(self, points: tuple[Point, ...]) -> None:
        super().__init__(points)
        self.points = points


class _Spec(NamedTuple):
    """A content of the file, with the readings of its designs."""

    text: Text
    readings: tuple[Reading, ...]


@dataclass(slots=True)
class Meeting:
    """The meeting on the designs of a file.

    Args:
        path: the spec, or the Markdown document that holds some.
        file: the minutes.
        policy: how the designs are reviewed.
        baseline: what is known, and therefore not on the agenda.

    """

    path: str
    file: Path
    policy: Policy
    baseline: Baseline | None = None
    _specs: dict[bytes, _Spec] = field(default_factory=dict, repr=False)

    def now(self) -> list[Review]:
        """What is found in the file now, be it that it cannot be read."""
        source = read(Source(self.path))
        if source.problem:
            return [engine.unreadable(source.shown, source.problem)]
        return self._reviewed(self._spec(), self.policy)

    def reviews(self) -> list[Review]:
        """The reviews of the designs as they are now.

        Raises:
            Refused: the file cannot be read, or one of them not be reviewed.

        """
        reviews = self._reviewed(self._spec(), self.policy)
        if broken := _broken(reviews):
            raise Refused(f"{reviews[0].path}:{broken.place.span.line}: {broken.message}")
        return reviews

    def agenda(self, reviews: Sequence[Review]) -> Agenda:
        """What there is to decide, after what was decided."""
        return agenda(reviews, records.load(self.file))

    def owner(self, item: Item) -> str:
        """The first of those who answer for a design; nothing where it does not say."""
        owners = item.review.design.spec.owners.content
        return owners[0] if owners else ""

    def record(self, reviews: Sequence[Review], *points: Point, instead: Sequence[Point] = ()) -> Path | None:
        """Write decisions into the minutes, beside what these reviews find; see `minutes.save`.

        Args:
            reviews: what is found now.
            points: the decisions.
            instead: those that they are known to replace.

        Raises:
            Overtaken: another meeting has decided on one of the findings meanwhile; nothing is written.

        """
        with output.alone(self.file):
            minutes = renamed(records.load(self.file), reviews)
            others = tuple(
                other
                for other in map(minutes.of, [point.identity for point in points])
                if other is not None and other not in (*instead, *points)
            )
            if others:
                raise Overtaken(others)
            for point in points:
                minutes = minutes.with_point(point)
            if not minutes.points:
                return None
            account = markdown.render(minutes, agenda(reviews, minutes), reviews, self.file.parent)
            return records.save(self.file, minutes, account)

    def acceptable(self, identity: Identity, decision: Decision) -> Acceptable:
        """The spec with a risk accepted in it, so that its finding is covered; nothing is written.

        Raises:
            Refused: it would not be covered, and why.

        """
        before, policy = self._spec(), self._telling()
        was = agenda(self._reviewed(before, policy), Minutes())
        item = was.find(identity)
        if item is None:
            raise Refused("The finding is not there any more.")
        edits = [edit.Append(("accepted",), entry) for entry in _entries(item, decision)]
        after = self._read(edit.edited(before.text, edits, item.number))
        reviews = self._reviewed(after, policy)
        if broken := _broken(reviews):
            raise Refused(broken.message)
        now = agenda(reviews, Minutes())
        objections = Counter(map(_objection, now.items)) - Counter(map(_objection, was.items))
        if objection := next((message for message in objections if message), ""):
            raise Refused(objection)
        if any(
            found.number == item.number and is_part(found.finding.key, identity.key) for found in now.items
        ):
            raise Refused("The entry would not cover the finding.")
        left = {identity, *(item.identity for item in now.items)}
        others = (item for item in was.items if not _objection(item) and item.identity not in left)
        return Acceptable(before.text.content, after.text.content, tuple(others))

    def accept(self, found: Acceptable) -> bool:
        """Write a spec in which a risk is accepted; not over what somebody else has written since."""
        with output.alone(Path(self.path)):
            if self._content() != found.before:
                return False
            output.write(found.after.decode("utf-8"), self.path)
            return True

    def why_not(self, finding: Finding) -> str:
        """Why nobody can accept a finding; nothing where somebody can."""
        if finding.verdict in (Verdict.UNREVIEWED, Verdict.NOTE):
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

    def _spec(self) -> _Spec:
        """What the file says now."""
        content = self._content()
        known = self._specs.get(content)
        return known or self._read(Text.of(content, Source(self.path).shown))

    def _read(self, text: Text) -> _Spec:
        """The designs of a text, which are kept: it is met again after each decision."""
        fallbacks = self.policy.fallbacks
        readings = tuple(Reading.of(document, fallbacks) for document in text.documents)
        self._specs[text.content] = _Spec(text, readings)
        return self._specs[text.content]

    def _reviewed(self, spec: _Spec, policy: Policy) -> list[Review]:
        """The reviews of a content of the file, without what is known."""
        reviews = [
            with_proposals(engine.review_design(reading, spec.text.path, policy)) for reading in spec.readings
        ]
        return self.baseline.hide(reviews, policy)[0] if self.baseline else reviews

    def _telling(self) -> Policy:
        """The policy by which a review also says why an acceptance is void."""
        select, ignore, void = self.policy.select, self.policy.ignore, acceptance.VOIDING
        return self.policy._replace(
            select=(*select, *void) if select else (),
            ignore=tuple(rule for rule in ignore if rule not in void),
        )


def _broken(reviews: Sequence[Review]) -> Finding | None:
    """Why one of the designs cannot be reviewed."""
    return next((review.findings[0] for review in reviews if review.is_broken), None)


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


def minutes_file(path: str) -> Path:
    """Where the minutes of a spec are kept, unless somebody says so: beside it."""
    file = Path(path)
    suffix = next((ending for ending in SPEC_SUFFIXES if file.name.lower().endswith(ending)), file.suffix)
    return file.with_name(f"{file.name[: len(file.name) - len(suffix)]}.minutes.md")
