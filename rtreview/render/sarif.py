"""The report as SARIF 2.1.0, for GitHub's code scanning, GitLab, and the viewers of editors.

- A question is a result of its severity, not of kind `open`: the standard then forbids a level, and GitHub
  shows nothing of what has none.
- Accepted and known findings are results with a suppression, so that they are neither open nor gone.
- `rules` are all that ran, with or without a result: so it is told apart what passed from what nobody ran.
- Rules have no `precision`, which nobody has measured, and no `security-severity`: it is not about security.
- A sentence is on one line, U+FFFD stands for a control character, and `] (` for `](`, which SARIF reads
  as a link. The file is ASCII.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from rtreview import __version__
from rtreview.render.exchange import Standing, file_name, keeps, next_step, shown, standings
from rtreview.render.format import REPORTS
from rtreview.reviews.report import Hidden, Known, Report, Review
from rtreview.rulebook import references
from rtreview.rulebook.finding import Accepted, Comparison, Finding, Severity, Verdict
from rtreview.rulebook.rulebook import Rule, Rulebook
from rtreview.text.place import Place

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}

Object = dict[str, Any]
"""An object of JSON."""


def render(report: Report) -> str:
    """The log, indented by two."""
    rules = _rules(report)
    index = {rule["id"]: at for at, rule in enumerate(rules)}
    broken = [(review, finding) for review in report.reviews for finding in review.unreviewed]
    invocation: Object = {
        "executionSuccessful": not broken,
        "toolExecutionNotifications": [_not_reviewed(review, finding, index) for review, finding in broken],
    }
    if report.hidden and report.hidden.obsolete:
        invocation["toolConfigurationNotifications"] = list(_obsolete(report.hidden))
    run = {
        "tool": {"driver": {"name": "rtreview", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r", "\x85", "\u2028", "\u2029"],
        "invocations": [invocation],
        "artifacts": [
            {"location": {"uri": uri}, "roles": ["analysisTarget"]}
            for uri in dict.fromkeys(_uri(review.path) for review in report.reviews)
        ],
        "results": list(_results(report, index)),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rules(report: Report) -> list[Object]:
    """Every rule that ran, in the order of the rulebook; then what says that something was not reviewed."""
    findings = {finding.rule: finding for review in report.reviews for finding, _ in standings(review)}
    ran = {judgement.rule for review in report.reviews for judgement in review.judgements} | findings.keys()
    rules = [rule for rule in report.rulebook if rule.id in ran]
    named = {rule.id for rule in rules}
    others = [finding for name, finding in findings.items() if name not in named]
    return [*(_rule(rule) for rule in rules), *(_notice(finding, report.rulebook) for finding in others)]


def _rule(rule: Rule) -> Object:
    """A rule, described by its section."""
    section = rule.section
    why, fix = (references.plain(section.texts[name].split("\n\n")[0]) for name in ("Why", "The fix"))
    return {
        **_descriptor(rule.id, section.title, section.severities[""], section.address),
        "fullDescription": {"text": why},
        "help": {"text": f"{why}\n\n{fix}", "markdown": _help(section)},
        "properties": {
            "tags": ["real-time", section.topic],
            "problem.severity": _PROBLEMS[section.severities[""]],
        },
    }


def _notice(finding: Finding, rulebook: Rulebook) -> Object:
    """What no rule says: a review failed, a change makes it milder, or files of a deployment have a fault."""
    tag = "review" if finding.verdict is Verdict.VIOLATED else "not-reviewed"
    section = rulebook.sections.get(finding.rule)
    return {
        **_descriptor(finding.rule, finding.title, finding.severity, section.address if section else ""),
        "fullDescription": {"text": finding.title},
        "help": {"text": finding.title},
        "properties": {
            "tags": [tag],
            "problem.severity": _PROBLEMS[finding.severity],
        },
    }


def _descriptor(name: str, title: str, severity: Severity, address: str) -> Object:
    return {
        "id": name,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "shortDescription": {"text": title},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        **({"helpUri": address} if address else {}),
    }


def _help(section: references.Section) -> str:
    """The section without its head, which GitHub shows already and whose links would lead nowhere."""
    texts = "\n\n".join(f"## {heading}\n\n{text}" for heading, text in section.texts.items())
    cited = ", ".join(f"`{name}`" for name, _ in section.cited)
    return f"{texts}\n\n## Cites\n\n{cited}\n"


def _results(report: Report, index: dict[str, int]) -> Iterator[Object]:
    seen: Counter[tuple[str, str]] = Counter()
    for review in report.reviews:
        for standing in standings(review):
            finding = standing[0]
            seen[review.path, finding.fingerprint] += 1
            yield {
                **_result(finding, review, index),
                "partialFingerprints": {
                    "rtreview/v1": _numbered(finding, seen[review.path, finding.fingerprint])
                },
                **_state(standing, review, report.hidden),
            }


def _numbered(finding: Finding, count: int) -> str:
    """The fingerprint; with a number where several documents of a file have the same finding."""
    return finding.fingerprint if count == 1 else f"{finding.fingerprint}:{count}"


def _result(finding: Finding, review: Review, index: dict[str, int]) -> Object:
    related = [
        {"id": number, **_location(place, review.path)} for number, place in enumerate(finding.related, 1)
    ]
    return {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding.place, review.path)],
        **({"relatedLocations": related} if related else {}),
        "properties": {
            "verdict": str(finding.verdict),
            "features": [shown(name) for name in finding.features],
            "comparison": _comparison(finding.comparison),
        },
    }


def _message(finding: Finding) -> str:
    """What is wrong, what to do, and links to the other places, as GitHub shows only those that it names."""
    message = _unlinked(f"{finding.message} {next_step(finding)}")
    links = [f"[line {place.span.line}]({number})" for number, place in enumerate(finding.related, 1)]
    return f"{message} See {', '.join(links)}." if links else message


def _unlinked(text: str) -> str:
    return shown(text).replace("](", "] (")


def _location(place: Place, path: str) -> Object:
    line, column, end_line, end_column = place.span
    region = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
    location: Object = {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": region}}
    if place.name:
        location["logicalLocations"] = [{"fullyQualifiedName": shown(place.name)}]
    message = place.label or place.name
    return {**location, "message": {"text": _unlinked(message)}} if message else location


def _uri(path: str) -> str:
    """A reference relative to where the review ran, or a `file:` URI; standard input is `%3Cstdin%3E`."""
    name = file_name(path)
    if not PurePath(path).is_absolute():
        return quote(name)
    return f"file://{'' if name.startswith('/') else '/'}{quote(name, safe='/:')}"


def _state(standing: Standing, review: Review, hidden: Hidden | None) -> Object:
    """Whether a finding is new, was there before, or is one that the team lives with."""
    kept = standing[1]
    if kept is None:
        return {"baselineState": "new"} if hidden else {}
    if isinstance(kept, Known):
        suppression = _suppression("external", keeps(kept, hidden))
        return {"baselineState": "unchanged", "suppressions": [suppression]}
    return {"suppressions": [_accepted(kept, review)]}


def _accepted(accepted: Accepted, review: Review) -> Object:
    reason, owner, ends, place = accepted.acceptance
    justification = shown(f"{reason} ({owner}, {ends})")
    return {**_suppression("inSource", justification), "location": _location(place, review.path)}


def _suppression(kind: str, justification: str) -> Object:
    return {"kind": kind, "status": "accepted", "justification": justification}


def _not_reviewed(review: Review, finding: Finding, index: dict[str, int]) -> Object:
    return {
        "level": "error",
        "message": {"text": _unlinked(finding.message)},
        "locations": [_location(finding.place, review.path)],
        "associatedRule": {"id": finding.rule, "index": index[finding.rule]},
    }


def _obsolete(hidden: Hidden) -> Iterator[Object]:
    for entry in hidden.obsolete:
        message = f"{hidden.by}: this entry hides nothing any more: {entry}"
        yield {"level": "note", "message": {"text": _unlinked(message)}}


def _comparison(comparison: Comparison | None) -> Object | None:
    """The two numbers; what is infinite is null, as JSON has no infinity."""
    if comparison is None:
        return None
    numbers = {"left": comparison.left, "right": comparison.right, "headroom": comparison.headroom}
    change = comparison.change
    return {
        "what": shown(comparison.what),
        "than": shown(comparison.than),
        "unit": comparison.unit,
        "or_equal": comparison.or_equal,
        **{name: round(number, 9) if math.isfinite(number) else None for name, number in numbers.items()},
        "change": change and [shown(part) for part in change],
    }


REPORTS.register("sarif", lambda report, _: render(report))
