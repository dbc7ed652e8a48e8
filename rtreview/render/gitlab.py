"""The report as GitLab's code quality reads it: a list of issues, in the subset of Code Climate's format.

| finding | severity in GitLab |
|---|---|
| could not be reviewed, error | blocker: nothing behind it has been looked at |
| error | critical |
| warning | major |
| info | minor |
| accepted | info: the format has no suppression, and what a team lives with stays visible |

What is known from a baseline is left out: GitLab itself compares with the target branch. The file is
ASCII, and an absolute path stays one, which GitLab cannot tie to a file of the project.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator

from typing_extensions import TypedDict

from rtreview.render.exchange import Standing, file_name, next_step, shown, standings, terms
from rtreview.render.format import REPORTS
from rtreview.reviews.report import Known, Report
from rtreview.rulebook.finding import Accepted, Finding, Severity, Verdict
from rtreview.text.harmless import visible

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "minor"}


class Lines(TypedDict):
    """The first and the last line, from 1."""

    begin: int
    end: int


class Location(TypedDict):
    """A file of the project, and lines of it."""

    path: str
    lines: Lines


class Issue(TypedDict):
    """One entry of the list."""

    description: str
    check_name: str
    fingerprint: str
    severity: str
    location: Location


def render(report: Report) -> str:
    """The list, indented by two."""
    return json.dumps(list(_issues(report)), indent=2) + "\n"


def _issues(report: Report) -> Iterator[Issue]:
    seen: Counter[str] = Counter()
    for review in report.reviews:
        path = visible(file_name(review.path))
        for standing in standings(review):
            finding, kept = standing
            if isinstance(kept, Known):
                continue
            base = _base(path, standing)
            seen[base] += 1
            yield {
                "description": _description(finding, kept),
                "check_name": finding.rule,
                "fingerprint": _hash(f"{base}\0{seen[base]}"),
                "severity": _severity(finding, kept),
                "location": {
                    "path": path,
                    "lines": {"begin": finding.place.span.line, "end": finding.place.span.end_line},
                },
            }


def _base(path: str, standing: Standing) -> str:
    """What tells an issue from others, but for its equals in further documents of a file.

    An accepted one is another issue than the open one, so that a merge request shows that it got accepted.
    """
    finding, kept = standing
    return "\0".join((path, finding.fingerprint, "open" if kept is None else "accepted"))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _severity(finding: Finding, kept: Accepted | None) -> str:
    if kept is not None:
        return "info"
    return "blocker" if finding.verdict is Verdict.UNREVIEWED else _SEVERITIES[finding.severity]


def _description(finding: Finding, kept: Accepted | None) -> str:
    """What is wrong and what to do; of an accepted one first that it is, since GitLab shows no more."""
    if kept is not None:
        return shown(f"{terms(kept.acceptance).rstrip('.')}. {finding.message}")
    return shown(f"{finding.message} {next_step(finding)}")


REPORTS.register("gitlab", lambda report, _: render(report))
