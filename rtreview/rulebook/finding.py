"""What a review says: places, verdicts, citations and findings. Frozen values, no input or output."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from rtreview.quantities.unchanging import unchanging
from rtreview.text.place import Place


class Severity(StrEnum):
    """How bad a violation is, from worst to mildest."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _SEVERITIES.index(self)

    @property
    def milder(self) -> Severity:
        """One step down; there is none below the mildest."""
        return _SEVERITIES[min(self.rank + 1, len(_SEVERITIES) - 1)]


class Verdict(StrEnum):
    """What is said of a feature, from what matters most to what matters least.

    A note is no verdict of a rule: it explains why less is known than could be.
    """

    UNREVIEWED = "unreviewed"
    VIOLATED = "violated"
    UNSTATED = "unstated"
    NOTE = "note"
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
    """A section of the references, which `rtreview explain` shows by its id.

    `kind` is that of the section. `file` is the team's, and empty where the section is ours. `address` is its
    page on the site of `docs-url`; empty without one.
    """

    id: str
    kind: str
    title: str
    file: str = ""
    address: str = ""

    @property
    def term(self) -> str:
        """The kind as reports call it: rule, sharp edge, pattern or anti-pattern."""
        return "rule" if self.kind == "validation" else self.kind.replace("sharp-", "sharp ")


@unchanging()
class Citations:
    """What a rule rests on."""

    validation: Citation | None = None
    sharp_edges: tuple[Citation, ...] = ()
    patterns: tuple[Citation, ...] = ()
    anti_patterns: tuple[Citation, ...] = ()

    def __iter__(self) -> Iterator[Citation]:
        """All of them, the rule first."""
        if self.validation is not None:
            yield self.validation
        yield from (*self.sharp_edges, *self.patterns, *self.anti_patterns)


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

    @property
    def share(self) -> float:
        """How much of the limit is used: above 1 where it is broken."""
        return self.left / self.right if self.right else math.inf


class Key(NamedTuple):
    """The identity of a finding in its document: the rule, the features, and the names of its places."""

    rule: str
    features: tuple[str, ...]
    at: str
    related: tuple[str, ...]


class Finding(NamedTuple):
    """Something a person should act on: a violation, a question, a note, or what could not be reviewed.

    `evidence` is what happens in the scenario that the rule is about, where it is simulated, or what each of
    several features adds to a sum. `hanging` are
    the other rules that the answer to a question would decide. What `is_listed_first` doubts the spec itself.
    `proposed` are the settings that end it, as `rtreview simulate --set` takes them, in a project; `thought`
    is what somebody has to think about before, and `beside` why a field is among them that it is not about;
    both are empty where there is nothing to say.
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
    fix: str = ""
    question: str = ""
    cites: Citations = Citations()
    comparison: Comparison | None = None
    evidence: str = ""
    hanging: tuple[str, ...] = ()
    is_listed_first: bool = False
    proposed: tuple[str, ...] = ()
    thought: str = ""
    beside: str = ""

    @property
    def headline(self) -> str:
        """What stands above it: the title of a fault, and the question where it asks one."""
        if self.verdict is not Verdict.UNSTATED:
            return self.title
        return self.question or f"{self.title}?"

    @property
    def rank(self) -> tuple[bool, int, int, float, int]:
        """Where it stands in a report, as a key: by gravity, behind what others may rest on.

        That is a contradiction in the spec, or a platform of which nothing is known.
        """
        return (not self.is_listed_first, *self.gravity)

    @property
    def gravity(self) -> tuple[int, int, float, int]:
        """How grave it is, as a key: faults before questions and notes, each by its severity.

        Then those that are furthest beyond their limit, and the questions on which most hangs.
        """
        return (
            self.verdict.rank,
            self.severity.rank,
            -(self.overshoot or 1),
            -len(self.hanging),
        )

    @property
    def key(self) -> Key:
        """What makes it this finding, and stays when lines move, and when a number is stated elsewhere.

        Of the related places, only the items of lists tell one finding from another: the hops of a path.
        """
        related = tuple(place.name for place in self.related if any(isinstance(key, int) for key in place.at))
        return Key(self.rule, self.features, self.place.name, related)

    @property
    def rests_on(self) -> str:
        """What speaks for it: `numbers` that are compared, a `decision` that is one without, or `silence`."""
        if self.verdict is Verdict.UNSTATED:
            return "silence"
        return "decision" if self.comparison is None else "numbers"

    @property
    def overshoot(self) -> float | None:
        """How many times the limit is exceeded, where the fault is one of numbers."""
        found = self.comparison
        if found is None or not found.right or not math.isfinite(found.left / found.right):
            return None
        return float(f"{found.left / found.right:.6g}")

    def is_worse_than(self, verdict: Verdict, severity: Severity, overshoot: float | None) -> bool:
        """Whether it is graver than it was, further over its limit, or a fault and no question any more."""
        if self.verdict.rank < verdict.rank or self.severity.rank < severity.rank:
            return True
        now = self.overshoot
        return now is not None and overshoot is not None and now > overshoot * (1 + _SAME)

    @property
    def fingerprint(self) -> str:
        """The key as one short word.

        What no rule says has no other identity than its sentence, so that is taken in too.
        """
        import hashlib  # noqa: PLC0415 - OpenSSL takes 3 ms to load, and a report as text names none

        parts = [self.rule, *self.features, self.place.name, *self.key.related]
        if self.verdict in (Verdict.UNREVIEWED, Verdict.NOTE):
            parts.append(self.message)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings as a report has them: of equal rank, in the order of the text."""
    return tuple(sorted(findings, key=lambda finding: (finding.rank, finding.place.span, finding.rule)))


class Judgement(NamedTuple):
    """The verdict of one rule on one feature, and why; `missing` names the fields that would decide it.

    `turns_at` are the values of a single missing one with which the design fails: `9 or more`, or a word.
    """

    rule: str
    severity: Severity
    features: tuple[str, ...]
    verdict: Verdict
    reason: str
    missing: tuple[str, ...] = ()
    comparison: Comparison | None = None
    turns_at: str = ""


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
