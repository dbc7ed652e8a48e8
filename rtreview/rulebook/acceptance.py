"""Risks that a team lives with: read from the spec and from comments, and joined with what they cover."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache, cached_property
from itertools import islice
from typing import Any, NamedTuple, get_args

from rtreview.language.design import SECTIONS, Design, Feature
from rtreview.language.field import Field
from rtreview.language.notation import did_you_mean, notation_of
from rtreview.language.section import Mistake, Section
from rtreview.language.spec import Accepted as Entry
from rtreview.quantities.quantity import Quantity
from rtreview.quantities.unchanging import unchanging
from rtreview.rulebook.finding import Acceptance, Accepted, Finding, Judgement, Verdict
from rtreview.text.document import Comment, Document
from rtreview.text.place import SpecPath

ALL = "all"
"""What `feature` says of an entry that is meant for every feature."""

VOIDING = ("accepted-risk-without-effect", "accepted-risk-incomplete", "accepted-risk-ended")
"""The rules that an entry has to pass before it covers anything."""

COMMENT = "# rtreview: accept RULE -- reason (owner, until 2027-01-31)"
"""How a risk is accepted on a line."""

MOST_PARTS = 20
"""Comparisons of one condition."""

MOST_COMPARED = 2_000
"""Comparisons of the conditions of a design: each counts for every feature with a number of its own."""

# As text: they are compiled in a call that meets an accepted risk.
_INSTRUCTION = r"accept (?P<rule>[^\s(]+)(?: -- (?P<reason>.*?))? ?(?:\((?P<who>[^()]*)\))?"
_END = r"(until|while)\s+(.+)"
_TERM = r"\s*(?P<path>[a-z_.-]+)\s*(?P<sign><=|>=|<|>)\s*(?P<bound>\S+)\s*"
_MEANT = ("accept", "accepts", "accepted", "ignore", "disable", "suppress", "skip", "allow", "noqa")
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Term(NamedTuple):
    """A comparison of a condition: a field of one feature, a sign, and the bound that it is held against."""

    field: Field[Any]
    sign: str
    bound: Quantity

    @property
    def holds(self) -> bool:
        """Whether the spec's number is on the right side of the bound; it has to be stated."""
        return _SIGNS[self.sign](self.field.content, self.bound)


@unchanging(eq=False, slots=False)
class Risk:
    """An entry under `accepted`, or a comment, with what a rule has to know to judge it.

    `line` is the one that a comment speaks of. `covered` are the findings that it sets apart or, where it is
    void, would; `verdicts` what its rule says of the features that it is meant for.
    """

    entry: Entry
    features: tuple[Feature, ...]
    terms: tuple[Term, ...]
    known_rules: tuple[str, ...]
    required: tuple[str, ...]
    today: date
    line: int | None = None
    covered: tuple[Finding, ...] = ()
    verdicts: tuple[Judgement, ...] = ()

    @property
    def rule(self) -> str:
        """The rule that it names."""
        return self.entry.rule.content or ""

    @cached_property
    def meant(self) -> tuple[Feature, ...]:
        """The features that it is meant for: the one that it names, or all."""
        name = self.entry.feature.content
        if name is None or name == ALL:
            return self.features
        return tuple(feature for feature in self.features if feature.name == name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of these features."""
        return tuple(feature.name for feature in self.meant if feature.name is not None)

    @property
    def ends(self) -> str:
        """What ends it, as people write it."""
        until, condition = self.entry.until, self.entry.while_
        parts = [f"until {until}"] if until.content else []
        return " and ".join([*parts, *([f"while {condition}"] if condition.content else [])])

    def settled(
        self, judgements: Iterable[Judgement], findings: Iterable[Finding]
    ) -> tuple[Risk, list[Finding]]:
        """The risk with what it covers and what its rule says, and the findings that it leaves.

        A finding of several features is covered for those that are meant, and stays open for the others.

        Args:
            judgements: those of its rule.
            findings: of all rules.

        """
        meant = frozenset(self.names)
        covered, rest = [], []
        for finding in findings:
            fits = self._fits(finding) and not (finding.features and meant.isdisjoint(finding.features))
            if not fits:
                rest.append(finding)
                continue
            covered.append(finding._replace(features=tuple(filter(meant.__contains__, finding.features))))
            if others := tuple(name for name in finding.features if name not in meant):
                rest.append(finding._replace(features=others))
        verdicts = (
            judgement
            for judgement in judgements
            if not (judgement.features and meant.isdisjoint(judgement.features))
        )
        return replace(self, covered=tuple(covered), verdicts=tuple(verdicts)), rest

    def _fits(self, finding: Finding) -> bool:
        if finding.rule != self.rule or finding.verdict not in (Verdict.VIOLATED, Verdict.UNSTATED):
            return False
        lines = {place.span.line for place in (finding.place, *finding.related)}
        return self.line is None or self.line in lines

    def accepted(self, document: Document) -> Iterator[Accepted]:
        """The findings that it covers, with what it says."""
        entry = self.entry
        acceptance = Acceptance(
            str(entry.reason), str(entry.owner), self.ends, document.place(entry.at, key=True)
        )
        return (Accepted(finding, acceptance) for finding in self.covered)


class Reading(NamedTuple):
    """The risks of a design, and what is wrong with the way they are written."""

    risks: list[Risk]
    mistakes: list[Mistake]


def read(
    design: Design, document: Document, known_rules: tuple[str, ...], required: tuple[str, ...], today: date
) -> Reading:
    """Every accepted risk of a design, those of its `accepted` first, then those of comments."""
    risks: list[Risk] = []
    mistakes: list[Mistake] = []
    entries: list[tuple[Entry, int | None]] = [
        (entry, None) for entry in design.spec.accepted.bind(("accepted",))
    ]
    for at, comment in document.comments.items():
        try:
            entry = _of_comment(comment, at)
        except ValueError as error:
            mistakes.append(Mistake(at, str(error)))
        else:
            entries += [(entry, comment.line)] if entry else []
    numbers = cache(_numbers)
    left = MOST_COMPARED
    for entry, line in entries:
        risk = Risk(entry, design.features, (), known_rules, required, today, line)
        try:
            # One more than may be, so that it shows.
            terms = tuple(islice(_terms(entry.while_, risk.meant, numbers), left + 1))
        except ValueError as error:
            mistakes.append(Mistake(entry.while_.at, str(error)))
        else:
            left -= len(terms)
            risk = replace(risk, terms=terms)
        risks.append(risk)
        if left < 0:
            message = (
                f"the comparisons of these conditions are too many: a design can have {MOST_COMPARED:,}, and "
                "each counts for every feature that states the number itself"
            )
            mistakes.append(Mistake(entry.while_.at, message))
            break
    return Reading(risks, mistakes)


def _of_comment(comment: Comment, at: SpecPath) -> Entry | None:
    """The entry that a comment at a path makes; None for a comment that is none of ours."""
    word = comment.text.partition(" ")[0]
    # A run of blanks as one: else it can be divided in too many ways.
    found = re.fullmatch(_INSTRUCTION, " ".join(comment.text.split()))
    if found is None:
        if word in _MEANT or did_you_mean(word, ("accept",)):
            raise ValueError(f"expected `{COMMENT}`, found `# rtreview: {comment.text}`")
        return None
    owner, _, end = (found["who"] or "").partition(",")
    content = {"rule": found["rule"], "reason": found["reason"], "owner": owner.strip()}
    if end.strip():
        how = re.fullmatch(_END, end.strip())
        if how is None:
            raise ValueError(f"expected `until` and a day, or `while` and a condition, found `{end.strip()}`")
        content[how[1]] = how[2]
    given = {key: value for key, value in content.items() if value}
    wrong: list[Mistake] = []
    entry = Entry.read(given, (), wrong)
    if wrong:
        raise ValueError(wrong[0].message)
    return entry.bind(at)


def _terms(
    condition: Field[str],
    features: tuple[Feature, ...],
    numbers: Callable[[tuple[Feature, ...], str], tuple[list[Field[Any]], Any]],
) -> Iterator[Term]:
    """The comparisons of a condition, for each feature that it is meant for."""
    parts = condition.content.split(" and ") if condition.content is not None else []
    if len(parts) > MOST_PARTS:
        raise ValueError(f"{len(parts):,} comparisons are too many: a condition can have {MOST_PARTS}")
    for part in parts:
        found = re.fullmatch(_TERM, part)
        if found is None:
            raise ValueError(
                f"expected a condition such as `workload.connections < 10k`, found `{part.strip()}`"
            )
        if not features:
            continue
        fields, kind = numbers(features, found["path"])
        try:
            bound = notation_of(kind).parse(found["bound"])
        except ValueError as error:
            raise ValueError(f"`{found['path']}`: {error}") from None
        for number in fields:
            yield Term(number, found["sign"], bound)


def _numbers(features: tuple[Feature, ...], path: str) -> tuple[list[Field[Any]], Any]:
    """The fields of features that a condition names, each once, and their kind of quantity."""
    fields: dict[SpecPath, Field[Any]] = {}
    kind = None
    for feature in features:
        number, kind = _number(feature, path)
        fields.setdefault(number.at, number)
    return list(fields.values()), kind


def _number(feature: Feature, path: str) -> tuple[Field[Any], Any]:
    """The field of a feature that a condition names, and its kind of quantity."""
    first, *names = path.split(".")
    if first not in SECTIONS:
        raise ValueError(f"`{path}` is no number of a design{did_you_mean(first, SECTIONS)}")
    part: Any = getattr(feature, first)
    kind: Any = None
    for name in names:
        keys = part.KEYS if isinstance(part, Section) else {}
        if name not in keys:
            raise ValueError(f"`{path}` is no number of a design{did_you_mean(name, tuple(keys))}")
        kind, part = part.kind_of(name), getattr(part, keys[name])
    of = get_args(kind)[0] if isinstance(part, Field) else None
    if not isinstance(of, type) or not issubclass(of, Quantity):
        raise ValueError(f"`{path}` is no number, so that it cannot end anything")
    return part, of
