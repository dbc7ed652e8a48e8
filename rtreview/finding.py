"""What a review says: places, verdicts, citations and findings. Frozen values, no input or output."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rtreview.rulebook import Rulebook

Path = tuple[str | int, ...]
"""Where something stands in a spec: keys and list indexes from the top. The one coordinate."""


def dotted(path: Path) -> str:
    """A path as people write it: `transport.path[1].idle_timeout`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")


class Span(NamedTuple):
    """A stretch of a text; lines and columns count from 1, the end column lies behind the last character."""

    line: int
    column: int
    end_line: int
    end_column: int


class Severity(StrEnum):
    """How bad a violation is, from worst to mildest."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _SEVERITIES.index(self)


class Verdict(StrEnum):
    """What a rule says of a feature, from the one that matters most to the one that matters least."""

    UNREVIEWED = "unreviewed"
    VIOLATED = "violated"
    UNSTATED = "unstated"
    UNDECIDED = "undecided"
    PASSED = "passed"
    NOT_APPLICABLE = "not-applicable"

    @property
    def rank(self) -> int:
        """0 for the one that matters most."""
        return _VERDICTS.index(self)


_SAME = 1e-5
"""Overshoots closer than that are the same: six digits of them are kept."""

_SEVERITIES, _VERDICTS = list(Severity), list(Verdict)


class Citation(NamedTuple):
    """A section of the reference files, by where it stands."""

    id: str
    title: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Citations:
    """What a rule rests on."""

    validation: Citation | None = None
    sharp_edges: tuple[Citation, ...] = ()
    patterns: tuple[Citation, ...] = ()
    anti_patterns: tuple[Citation, ...] = ()


class Place(NamedTuple):
    """A path of the spec, where it stands in the text, and what is to be seen there.

    `name` is the path with the items of lists by their names, so that it stays where another item is added
    before: `transport.path[aws-alb]`.
    """

    at: Path
    span: Span
    label: str = ""
    name: str = ""


class Comparison(NamedTuple):
    """Two numbers of one unit, `left` below `right` (or equal, if `or_equal`) where the design is sound.

    `change` names the field that has to move least for the comparison to hold, and its value then.
    """

    what: str
    left: float
    than: str
    right: float
    unit: str
    or_equal: bool
    change: tuple[str, str] | None = None

    @property
    def headroom(self) -> float:
        """What is left up to the limit, in the unit; negative where the limit is broken."""
        return self.right - self.left


class Key(NamedTuple):
    """The identity of a finding in its document: the rule, the features, and the names of its places."""

    rule: str
    features: tuple[str, ...]
    at: str
    related: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should act on: a violation, a question, or a part that could not be reviewed.

    `evidence` is what happens in the scenario that the rule is about, where it is simulated.
    """

    rule: str
    verdict: Verdict
    severity: Severity
    title: str
    message: str
    place: Place
    related: tuple[Place, ...] = ()
    features: tuple[str, ...] = ()
    why: str = ""
    way_out: str = ""
    question: str = ""
    cites: Citations = Citations()
    comparison: Comparison | None = None
    evidence: str = ""

    @property
    def key(self) -> Key:
        """What makes it this finding, and stays when lines move, and when a number is stated elsewhere.

        Of the related places, only the items of lists tell one finding from another: the hops of a path.
        """
        related = tuple(place.name for place in self.related if any(isinstance(key, int) for key in place.at))
        return Key(self.rule, self.features, self.place.name, related)

    @property
    def overshoot(self) -> float | None:
        """How many times the limit is exceeded, where the fault is one of numbers."""
        found = self.comparison
        if found is None or not found.right or not math.isfinite(found.left / found.right):
            return None
        return float(f"{found.left / found.right:.6g}")

    @property
    def can_be_known(self) -> bool:
        """Whether it can be lived with: what could not be reviewed cannot, but a note on it can."""
        return self.verdict is not Verdict.UNREVIEWED or self.severity is not Severity.ERROR

    def is_worse_than(self, verdict: Verdict, severity: Severity, overshoot: float | None) -> bool:
        """Whether it is graver than it was, further over its limit, or a fault and no question any more."""
        if self.verdict.rank < verdict.rank or self.severity.rank < severity.rank:
            return True
        now = self.overshoot
        return now is not None and overshoot is not None and now > overshoot * (1 + _SAME)

    @property
    def fingerprint(self) -> str:
        """The key as one short word.

        What could not be reviewed has no other identity than its sentence, so that is taken in too.
        """
        parts = [self.rule, *self.features, self.place.name, *self.key.related]
        if self.verdict is Verdict.UNREVIEWED:
            parts.append(self.message)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


class Judgement(NamedTuple):
    """The verdict of one rule on one feature, and why; `missing` names the fields that would decide it."""

    rule: str
    severity: Severity
    features: tuple[str, ...]
    verdict: Verdict
    reason: str
    missing: tuple[str, ...] = ()
    comparison: Comparison | None = None


class Input(NamedTuple):
    """What went into a number: a field with its place and who says so, or another derived number.

    `origin` is stated, a platform's default, assumed, not stated, or derived.
    """

    name: str
    at: Path
    value: str
    origin: str
    span: Span


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


class Acceptance(NamedTuple):
    """What a team says of a risk that it lives with.

    `ends` is a date or a condition: `until 2027-01-31`, `while workload.connections < 10k`. `place` is
    where it stands in the spec.
    """

    reason: str
    owner: str
    ends: str
    place: Place


class Accepted(NamedTuple):
    """A finding that the team lives with."""

    finding: Finding
    acceptance: Acceptance


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
    cites: Citation


class Stop(NamedTuple):
    """A station on the way of a message, with its limits: a client, a hop, the nodes, or the backplane.

    What is found at one of its paths, or below, is found here.
    """

    role: str
    name: str
    facts: tuple[str, ...]
    at: tuple[Path, ...]


class Route(NamedTuple):
    """The way of the messages of some features, from the client to the backplane."""

    features: tuple[str, ...]
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Everything said about one document.

    `findings` are open. Those that the team accepts stand in `accepted`, and those that were there
    before, where only new ones are asked for, in `known`. `lines` are those of the file.
    """

    path: str
    lines: tuple[str, ...]
    name: str | None = None
    findings: tuple[Finding, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    known: tuple[Known, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    numbers: tuple[DerivedNumber, ...] = ()
    routes: tuple[Route, ...] = ()
    handed_over: tuple[HandOver, ...] = ()

    @property
    def unreviewed(self) -> tuple[Finding, ...]:
        """Why it could not be reviewed, or not in full."""
        return tuple(one for one in self.findings if not one.can_be_known)

    def count(self, verdict: Verdict) -> int:
        """How many rules came to this verdict on a feature; for `unreviewed`, how many findings say so.

        A rule that finds one fault and asks about another is counted as both.
        """
        if verdict is Verdict.UNREVIEWED:
            return sum(one.verdict is verdict for one in self.findings)
        if verdict in (Verdict.VIOLATED, Verdict.UNSTATED):
            return len({(one.rule, one.features) for one in self.findings if one.verdict is verdict})
        return sum(one.verdict is verdict for one in self.judgements)

    @property
    def deciding_fields(self) -> list[tuple[str, int]]:
        """The fields that would decide the most undecided rules, with how many, most first."""
        counts: dict[str, int] = {}
        for judgement in self.judgements:
            if judgement.verdict is Verdict.UNDECIDED:
                for name in judgement.missing:
                    counts[name] = counts.get(name, 0) + 1
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


class Hidden(NamedTuple):
    """What makes findings known: the name of a baseline's file, or of a revision.

    `oldest` is the day of the oldest entry that hides something, or nothing for a revision. `obsolete` tells
    of entries that hide nothing any more.
    """

    by: str
    oldest: str = ""
    obsolete: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The reviews of one call, what hides findings in them, and the rules, where a team has its own."""

    reviews: tuple[Review, ...]
    hidden: Hidden | None = None
    rulebook: Rulebook | None = None
