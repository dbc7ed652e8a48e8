"""What a call reports: reviews, and what stands beside their findings. Frozen values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from rtreview.quantities.unchanging import unchanging
from rtreview.rulebook.finding import Accepted, Finding, Judgement, Key, Severity, Verdict
from rtreview.text.place import Place, SpecPath, stands_in

if TYPE_CHECKING:
    from rtreview.evidence.deployment import Line
    from rtreview.language.design import Design
    from rtreview.language.field import Input
    from rtreview.reviews.reading import Reading
    from rtreview.rulebook.rulebook import Rulebook
    from rtreview.text.document import Document


class DerivedNumber(NamedTuple):
    """A line of the ledger: a number of some features, its formula and inputs; or why there is none.

    `inputs` are those of the formula, `fields` all fields that it rests on in the end.
    """

    name: str
    features: tuple[str, ...]
    value: str
    amount: float | None
    unit: str
    formula: str
    inputs: tuple[Input, ...]
    reason: str = ""
    fields: tuple[Input, ...] = ()


class Explanation(NamedTuple):
    """A verdict of one rule on one subject of a design, with the stated fields that the rule read.

    `simulated` is what happens in the scenario that the rule is about, where there is one.
    """

    name: str | None
    judgement: Judgement
    inputs: tuple[Input, ...]
    simulated: str = ""


class Known(NamedTuple):
    """A finding that was there before: since a day, after a baseline, or in a revision."""

    finding: Finding
    since: str


class HandOver(NamedTuple):
    """A topic that the spec goes into, or delegates, and that no review looks at.

    `places` tell where the spec does so, `ask` whom to ask; `owner` and `link` who decides, and where.
    """

    topic: str
    title: str
    ask: str
    places: tuple[Place, ...]
    owner: str
    link: str


class Stop(NamedTuple):
    """A station on the way of a message, with its limits: a client, a hop, the nodes, or the backplane.

    What the nodes depend on is one as well, and so are those who subscribe at a broker.
    What is found at one of its paths, or below, is found here. `arriving` is what comes to it, and how much;
    empty where that is not known. `is_missing` where the design needs one and decides against it. `is_broker`
    where clients and services meet: a hop that is one, or the nodes of MQTT.
    """

    role: str
    name: str
    facts: tuple[str, ...]
    at: tuple[SpecPath, ...]
    arriving: tuple[str, str] | tuple[()] = ()
    is_missing: bool = False
    is_broker: bool = False


class Route(NamedTuple):
    """The way of the messages of some features, from the client to the backplane.

    `behind` is what stands behind the nodes: who subscribes at a broker, and what they depend on.
    """

    features: tuple[str, ...]
    stops: tuple[Stop, ...]
    behind: tuple[Stop, ...] = ()

    @property
    def stations(self) -> tuple[Stop, ...]:
        """All stops, at last what stands behind the nodes."""
        return (*self.stops, *self.behind)


class Brought(NamedTuple):
    """What a platform that the design names is known to do, by name and as a person reads it."""

    name: str
    place: Place
    facts: tuple[tuple[str, str], ...]


DRIFT = "deployment-disagrees"
"""What a finding goes by that tells of a deployment which is not what the design states."""


class Standing(StrEnum):
    """How what a design states stands to what the files of its deployment fix, what matters most first."""

    DISAGREES = "disagrees"
    OPEN = "cannot be told"
    NOT_SET = "not set"
    NOT_STATED = "not stated"
    AGREES = "agrees"

    def counted(self, count: int) -> str:
        """So many fields that stand so: `1 agrees`, `2 agree`, `2 not set`."""
        is_verb = self in (Standing.AGREES, Standing.DISAGREES)
        return f"{count} {self.removesuffix('s') if is_verb and count != 1 else self}"


class DeployedAs(NamedTuple):
    """The files that a feature names as its deployment, and the route that is meant, if it says so."""

    paths: tuple[str, ...]
    route: str | None


class Deployed(NamedTuple):
    """What the files of a deployment say of a field of the design.

    Attributes:
        standing: how the two stand to each other.
        place: the field, where the design states it or would.
        stated: what the design states; empty where it is silent.
        runs: what the files fix; empty where they leave it open.
        line: the line that fixes it, or leaves it open.
        decided_by: what else decides than a literal, or why it cannot be told.
        remark: what that is, or where it is used.
        of: the files that say it.
        features: the features that it is about; none where the design is a single one.
        also: other lines that fix the same.
        unread: the file that cannot be read, which may describe a part of what runs.

    """

    standing: Standing
    place: Place
    stated: str
    runs: str
    line: Line
    decided_by: str = ""
    features: tuple[str, ...] = ()
    also: tuple[Line, ...] = ()
    remark: str = ""
    of: DeployedAs = DeployedAs((), None)
    unread: str = ""

    @property
    def field(self) -> str:
        """The name of the field, whichever feature states it."""
        prefixes = [f"features.{name}." for name in self.features if self.place.at[:1] == ("features",)]
        return next(
            (self.place.name.removeprefix(each) for each in prefixes if self.place.name.startswith(each)),
            self.place.name,
        )

    @property
    def origin(self) -> str:
        """All that is said beside what the files fix."""
        return "; ".join(filter(None, (self.remark, self.decided_by)))

    @property
    def places(self) -> tuple[str, ...]:
        """The files and lines that say so."""
        return tuple(f"{line.file}:{line.number}" for line in (self.line, *self.also))


@unchanging()
class Review:
    """Everything said about one document.

    `findings` are open. Those that the team accepts stand in `accepted`, and those that were there
    before, where only new ones are asked for, in `known`. `deployment` is how what it states stands to
    what runs, a field once, what matters most first; `deployed_as` are the files that its features name.
    `is_of_what_runs` tells that it is of a file of a deployment, and of no design. `lines` are those of
    the file, `content` the plain values of the document. `reading` is what was reviewed; a review that
    comes from another process leaves it there.
    """

    path: str
    lines: tuple[str, ...]
    name: str | None = None
    findings: tuple[Finding, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    known: tuple[Known, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    numbers: tuple[DerivedNumber, ...] = ()
    brought: tuple[Brought, ...] = ()
    routes: tuple[Route, ...] = ()
    handed_over: tuple[HandOver, ...] = ()
    deployment: tuple[Deployed, ...] = ()
    deployed_as: tuple[DeployedAs, ...] = ()
    is_of_what_runs: bool = False
    content: Any = field(default=None, repr=False, compare=False)
    reading: Reading | None = field(default=None, repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process has no use for what was read, which is far larger than what was found.
        sent = (getattr(self, part.name) for part in fields(self) if part.name != "reading")
        return Review, tuple(sent)

    @property
    def design(self) -> Design:
        """The design that was reviewed.

        Raises:
            LookupError: there is none, or another process has it.

        """
        if self.reading is None or self.reading.design is None:
            raise LookupError(f"{self.path}: no design was kept with this review")
        return self.reading.design

    @property
    def document(self) -> Document:
        """The document that was reviewed; raises `LookupError` where another process has it."""
        if self.reading is None:
            raise LookupError(f"{self.path}: no document was kept with this review")
        return self.reading.document

    @property
    def standings(self) -> str:
        """How many fields stand to what runs in which way: `1 disagrees, 11 agree`."""
        every = [deployed.standing for deployed in self.deployment]
        return ", ".join(
            standing.counted(every.count(standing)) for standing in Standing if standing in every
        )

    @property
    def compared(self) -> frozenset[tuple[DeployedAs, str]]:
        """The fields that it states and that could be held against what runs, be it a default, and whose."""
        states = (
            each for each in self.deployment if each.standing not in (Standing.OPEN, Standing.NOT_STATED)
        )
        return frozenset((each.of, each.field) for each in states if each.runs)

    @property
    def fixed(self) -> frozenset[tuple[DeployedAs, str]]:
        """Those of `compared` that a line fixes, be it as stated or otherwise."""
        return frozenset(
            (each.of, each.field)
            for each in self.deployment
            if each.standing in (Standing.AGREES, Standing.DISAGREES)
        )

    @property
    def is_broken(self) -> bool:
        """Whether it is of a design that could not be read, so that no rule says anything of it."""
        return not self.judgements and not self.is_of_what_runs

    @property
    def unreviewed(self) -> tuple[Finding, ...]:
        """Why it could not be reviewed, or not in full."""
        return tuple(finding for finding in self.findings if finding.verdict is Verdict.UNREVIEWED)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is found, each at its line: `chat.rtreview.yaml:12: ...`."""
        return tuple(f"{self.path}:{finding.place.span.line}: {finding.message}" for finding in self.findings)

    def count(self, verdict: Verdict) -> int:
        """How many rules came to this verdict on a feature; for what no rule says, how many findings do.

        A rule that finds one fault and asks about another is counted as both.
        """
        if verdict in (Verdict.UNREVIEWED, Verdict.NOTE):
            return sum(finding.verdict is verdict for finding in self.findings)
        if verdict in (Verdict.VIOLATED, Verdict.UNSTATED):
            return len(
                {(finding.rule, finding.features) for finding in self.findings if finding.verdict is verdict}
            )
        return [judgement.verdict for judgement in self.judgements].count(verdict)

    @property
    def deciding_fields(self) -> list[tuple[str, int]]:
        """The fields that would decide undecided rules, as `deciding` has them."""
        return deciding((self,))


class LeftOpen:
    """The fields for want of which the rules of a review came to no verdict."""

    def __init__(self, review: Review) -> None:
        self.missing: dict[str, dict[str, None]] = {}
        for judgement in review.judgements:
            if judgement.verdict in (Verdict.UNDECIDED, Verdict.UNSTATED):
                self.missing.setdefault(judgement.rule, {}).update(dict.fromkeys(judgement.missing))

    def hides(self, key: Key) -> bool:
        """Whether a rule came to none for want of what stands where it found this fault before."""
        names = self.missing.get(key.rule, ())
        return any(stands_in(name, key.at) or stands_in(key.at, name) for name in names)


def deciding(reviews: Iterable[Review]) -> list[tuple[str, int]]:
    """The fields that would decide undecided rules, with how many: first those with the most errors."""
    severities: dict[str, list[Severity]] = {}
    for review in reviews:
        for judgement in review.judgements:
            if judgement.verdict is Verdict.UNDECIDED:
                for name in judgement.missing:
                    severities.setdefault(name, []).append(judgement.severity)

    def depth(name: str) -> int:
        return name.count(".") - 2 * name.startswith("features.")

    # Of those with as much behind them, what is nearest to the top is said most easily.
    order = sorted(severities, key=lambda name: (danger(severities[name]), depth(name), name))
    return [(name, len(severities[name])) for name in order]


def danger(severities: Iterable[Severity]) -> tuple[int, ...]:
    """How much is open, as a key: what could be the most errors first, then the most warnings."""
    found = list(severities)
    return tuple([-found.count(severity) for severity in Severity])


class Hidden(NamedTuple):
    """What makes findings known: the name of a baseline's file, or of a revision.

    `oldest` is the day of the oldest entry that hides something, or nothing for a revision. `obsolete` tells
    of entries that hide nothing any more.
    """

    by: str
    oldest: str = ""
    obsolete: tuple[str, ...] = ()

    def joined(self, other: Hidden) -> Hidden:
        """Both in one, of another folder of the same project."""
        oldest = min(filter(None, (self.oldest, other.oldest)), default="")
        return Hidden(self.by, oldest, tuple(dict.fromkeys((*self.obsolete, *other.obsolete))))


class Report(NamedTuple):
    """The reviews of one call, the rules that could run, and what hides findings."""

    reviews: tuple[Review, ...]
    rulebook: Rulebook
    hidden: Hidden | None = None


class Unusable(Exception):  # noqa: N818 - likewise
    """Files that the whole call rests on have mistakes; `reviews` hold them as findings, at their lines."""

    def __init__(self, *reviews: Review) -> None:
        super().__init__(f"{', '.join(review.path for review in reviews)} cannot be used")
        self.reviews = reviews


def readable(reviews: list[Review]) -> list[Review]:
    """The reviews.

    Raises:
        Unusable: a design cannot be read.

    """
    if broken := [review for review in reviews if review.is_broken]:
        raise Unusable(*broken)
    return reviews
