"""What files alone show to be wrong, as findings at their lines: the same in evidence and in a review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from rtreview.evidence.deployment import Fault
from rtreview.evidence.evidence import Evidence
from rtreview.reviews.report import Review
from rtreview.rulebook.finding import Finding, Verdict
from rtreview.rulebook.rulebook import Rulebook, citations
from rtreview.text.place import Place, Span, dotted


class Survey(NamedTuple):
    """What the files of a deployment say, and a review of each that is wrong by itself."""

    evidence: Evidence
    reviews: tuple[Review, ...] = ()


def survey(evidence: Evidence, rulebook: Rulebook) -> Survey:
    """What files say, with their faults as findings."""
    found = {(fault.line.file, finding(fault, evidence, rulebook)): evidence for fault in evidence.faults}
    return Survey(evidence, tuple(reviews(found)))


def finding(fault: Fault, evidence: Evidence, rulebook: Rulebook, features: tuple[str, ...] = ()) -> Finding:
    """A fault at its line, in the words of its section."""
    section = rulebook.sections[fault.rule]
    span = _text_of(evidence.lines(fault.line.file), fault.line.number)
    return Finding(
        rule=fault.rule,
        verdict=Verdict.VIOLATED,
        severity=section.severities[fault.case],
        title=section.title,
        message=fault.message,
        place=Place((), span, name=dotted(fault.field)),
        features=features,
        why=section.first_sentence("Why"),
        fix=section.first_sentence("The fix"),
        cites=citations(section, rulebook.sections),
    )


def reviews(found: Mapping[tuple[str, Finding], Evidence]) -> list[Review]:
    """A review of each file with findings, in the order of its lines; the evidence has the lines."""
    ordered = sorted(found, key=lambda pair: (pair[0], pair[1].place.span))
    made = []
    for name, pairs in groupby(ordered, key=lambda pair: pair[0]):
        first, *others = pairs
        findings = tuple(each for _, each in (first, *others))
        made.append(Review(name, found[first].lines(name), findings=findings, is_of_what_runs=True))
    return made


def _text_of(lines: Sequence[str], number: int) -> Span:
    """A line without what indents it."""
    whole = Span.of_line(lines, number)
    text = lines[number - 1] if number <= len(lines) else ""
    return whole._replace(column=min(len(text) - len(text.lstrip()) + 1, whole.end_column - 1))
