"""The report as JUnit XML, as GitLab and Jenkins read it: a suite for each document, a case for each verdict.

| verdict of a rule on a feature | case |
|---|---|
| violated; a question | failure of type `violated`; `unstated` |
| could not be reviewed | error |
| a note, such as a name that nobody knows | skipped |
| accepted, known, undecided | skipped, with the reason |
| passed | plain |
| not applicable | left out: there was nothing to test |

Of several findings of one rule on one feature the gravest makes the case, and its text tells them
all. There are no times. What XML cannot hold is U+FFFD.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.etree import ElementTree

from rtreview.render.exchange import Standing, file_name, keeps, next_step, numbers, shown, standings
from rtreview.render.format import REPORTS
from rtreview.reviews.report import Hidden, Report, Review
from rtreview.rulebook.finding import Accepted, Finding, Judgement, Verdict
from rtreview.text.harmless import visible

_TAGS = {Verdict.UNREVIEWED: "error", Verdict.NOTE: "skipped"}
_SUFFIXES = re.compile(r"(\.rtreview)?\.(ya?ml|md|markdown)\Z", re.IGNORECASE)


Subject = tuple[str, tuple[str, ...]]
"""A rule, and the features that it was run on."""


class Outcome(NamedTuple):
    """What stands inside a case: failure, error or skipped. GitLab reads only `text`, so it says all."""

    tag: str
    type: str
    message: str
    text: str


def render(report: Report) -> str:
    """The XML, indented by two."""
    root = ElementTree.Element("testsuites", name="rtreview")
    names: Counter[str] = Counter()
    classes: Counter[str] = Counter()
    for review in report.reviews:
        path = visible(file_name(review.path))
        name = _distinct(shown(review.name or "") or path, names)
        # Jenkins takes what stands before a dot for a package.
        classname = _distinct(_SUFFIXES.sub("", path), classes)
        suite = ElementTree.SubElement(root, "testsuite", name=name, file=path)
        _fill(suite, {"classname": classname, "file": path}, _cases(review, report.hidden))
        _count(suite)
    _count(root)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _fill(
    suite: ElementTree.Element, where: dict[str, str], cases: Iterable[tuple[Subject, Outcome | None]]
) -> None:
    names: Counter[str] = Counter()
    for (rule, features), outcome in cases:
        name = shown(f"{rule} ({', '.join(features)})" if features else rule)
        case = ElementTree.SubElement(suite, "testcase", where, name=_distinct(name, names))
        if outcome is not None:
            inner = ElementTree.SubElement(case, outcome.tag, type=outcome.type, message=outcome.message)
            inner.text = outcome.text


def _distinct(name: str, seen: Counter[str]) -> str:
    """A name that none before had: of two cases of one name, GitLab reads the first only."""
    seen[name] += 1
    return name if seen[name] == 1 else _distinct(f"{name} ({seen[name]})", seen)


def _count(element: ElementTree.Element) -> None:
    """State how many cases stand below, and how many of them did not pass."""
    counted = (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    for name, tag in counted:
        element.set(name, str(sum(1 for _ in element.iter(tag))))


def _cases(review: Review, hidden: Hidden | None) -> Iterator[tuple[Subject, Outcome | None]]:
    """The outcomes in a document: first of what was judged, then of what was only found."""
    found: dict[Subject, list[Standing]] = {}
    for standing in standings(review):
        found.setdefault((standing[0].rule, standing[0].features), []).append(standing)
    for judgement in review.judgements:
        subject = (judgement.rule, judgement.features)
        findings = found.pop(subject, [])
        if findings:
            yield subject, _found(findings, review.path, hidden)
        elif judgement.verdict not in (Verdict.NOT_APPLICABLE, Verdict.UNREVIEWED):
            yield subject, _judged(judgement)
    for subject, findings in found.items():
        yield subject, _found(findings, review.path, hidden)


def _judged(judgement: Judgement) -> Outcome | None:
    """The outcome of a verdict that comes without a finding."""
    if judgement.verdict is Verdict.PASSED:
        return None
    tag = "skipped" if judgement.verdict is Verdict.UNDECIDED else "failure"
    reason = shown(f"{judgement.verdict}: {judgement.reason}")
    return Outcome(tag, str(judgement.verdict), reason, reason)


def _found(findings: list[Standing], path: str, hidden: Hidden | None) -> Outcome:
    """The outcome of findings: that of the gravest one, and an open one before others."""
    ordered = sorted(
        findings,
        key=lambda standing: (standing[1] is not None, standing[0].verdict.rank, standing[0].severity.rank),
    )
    finding, kept = ordered[0]
    text = "\n\n".join(_text(standing, path, hidden) for standing in ordered)
    if kept is not None:
        kind = "accepted" if isinstance(kept, Accepted) else "known"
        return Outcome("skipped", kind, keeps(kept, hidden), text)
    tag = _TAGS.get(finding.verdict, "failure")
    return Outcome(tag, str(finding.verdict), _headline(finding), text)


def _headline(finding: Finding) -> str:
    question = finding.verdict is Verdict.UNSTATED
    word = f"question ({finding.severity})" if question else finding.severity
    return shown(f"{word}: {finding.message}")


def _text(standing: Standing, path: str, hidden: Hidden | None) -> str:
    """A finding in lines, each behind a word of ours, so that none can be a command to a CI server."""
    finding, kept = standing
    lines = [] if kept is None else [keeps(kept, hidden)]
    lines.append(_headline(finding))
    for place, word in ((finding.place, "at"), *((place, "with") for place in finding.related)):
        lines.append(f"{word} {path}:{place.span.line}:{place.span.column} {place.label}")
    if finding.comparison is not None:
        lines.append(f"numbers: {numbers(finding.comparison)}")
    if next_step(finding):
        lines.append(f"{'ask' if finding.verdict is Verdict.UNSTATED else 'fix'}: {next_step(finding)}")
    return "\n".join(shown(line) for line in lines)


REPORTS.register("junit", lambda report, _: render(report))
