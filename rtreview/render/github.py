"""The report as GitHub's workflow commands, which stand as annotations at the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from rtreview.render.exchange import next_step
from rtreview.render.format import REPORTS
from rtreview.render.text import names
from rtreview.reviews.report import Report, Review
from rtreview.rulebook.finding import Accepted, Finding, Severity, Verdict
from rtreview.text.harmless import visible
from rtreview.text.place import Place

MOST = 10
"""Annotations of a type that GitHub keeps of one step (50 of a job); the others stand in the log only."""

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})
_TEXT = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})


def render(report: Report) -> str:
    """A command for each open finding, the gravest first, and notices of what is accepted or known.

    Where there are more of a type than GitHub keeps, the last that it keeps tells how many follow.
    """
    by_command: dict[str, list[str]] = {command: [] for command in _COMMANDS.values()}
    by_command["notice"] += [_accepted(review) for review in report.reviews if review.accepted]
    by_command["notice"] += _known(report)
    found = [(finding, review) for review in report.reviews for finding in review.findings]
    for finding, review in sorted(found, key=lambda pair: pair[0].gravity):
        by_command[_COMMANDS[finding.severity]].append(_finding(finding, review))
    return "".join(f"{line}\n" for command, lines in by_command.items() for line in _counted(command, lines))


def _counted(command: str, lines: list[str]) -> list[str]:
    more = len(lines) - MOST + 1
    if more < 2:
        return lines
    note = _command(command, f"and {more} more of this kind: see the summary, or the log below this line")
    return [*lines[: MOST - 1], note, *lines[MOST - 1 :]]


def _command(command: str, *message: str, **properties: object) -> str:
    """One line. Signs that could act are shown as the replacement sign; `message` has our own line breaks."""
    stated = ",".join(
        f"{name}={visible(str(value)).translate(_PROPERTY)}" for name, value in properties.items()
    )
    shown = "\n".join(visible(line) for line in message if line)
    return f"::{command}{' ' if stated else ''}{stated}::{shown.translate(_TEXT)}"


def _where(place: Place, path: str) -> dict[str, object]:
    """GitHub reads columns only where the place lies on one line; its last column is inside the place."""
    line, column, end_line, end_column = place.span
    columns = {"col": column, "endColumn": max(column, end_column - 1)} if line == end_line else {}
    return {"file": path, "line": line, "endLine": end_line, **columns}


def _finding(finding: Finding, review: Review) -> str:
    word = "question: " if finding.verdict is Verdict.UNSTATED else ""
    return _command(
        _COMMANDS[finding.severity],
        finding.message,
        next_step(finding),
        **_where(finding.place, review.path),
        title=f"{word}{finding.headline} ({finding.rule})",
    )


def _accepted(review: Review) -> str:
    """One notice for a document, at its first acceptance: more would take the place of findings."""
    count = len(review.accepted)
    return _command(
        "notice",
        *(_acceptance(accepted) for accepted in review.accepted),
        **_where(review.accepted[0].acceptance.place, review.path),
        title=f"{count} accepted {'risk' if count == 1 else 'risks'}",
    )


def _acceptance(accepted: Accepted) -> str:
    finding, (reason, owner, ends, _) = accepted
    features = f" in {names(finding.features)}" if finding.features else ""
    return f"{finding.rule}{features}: accepted {ends} ({owner}): {reason}"


def _known(report: Report) -> Iterator[str]:
    count = sum(len(review.known) for review in report.reviews)
    hidden = report.hidden
    if hidden is None and not count:
        return
    by = f", hidden by {hidden.by}" if hidden else ""
    since = f", the oldest since {hidden.oldest}" if hidden and hidden.oldest else ""
    gone = (
        f"; {len(hidden.obsolete)} of its entries hide nothing any more" if hidden and hidden.obsolete else ""
    )
    found = "1 known finding is" if count == 1 else f"{count} known findings are"
    yield _command("notice", f"{found} not shown{by}{since}{gone}")


REPORTS.register("github", lambda report, _: render(report))
