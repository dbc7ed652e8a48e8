"""The minutes of a meeting in Markdown: the decisions first, then each finding in its own words.

What a spec and people say is inert in it, as in the comment on a pull request.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rtreview.meeting.agenda import Agenda, Item
from rtreview.meeting.minutes import Choice, Decision, Minutes, Point
from rtreview.render.markdown import prose, quoted
from rtreview.render.text import names
from rtreview.reviews.report import Review
from rtreview.rulebook.finding import Severity, Verdict

Settled = list[tuple[Item, Point]]


def render(minutes: Minutes, agenda: Agenda, reviews: Sequence[Review], folder: Path) -> str:
    """The minutes as people read them; the same for the same decisions on the same design.

    Args:
        minutes: what was decided.
        agenda: what is found now.
        reviews: those of the designs.
        folder: where the minutes are; the design is named from there.

    """
    settled = [(item, item.point) for item in agenda.items if item.is_settled and item.point is not None]
    path = os.path.relpath(reviews[0].path, folder).replace(os.sep, "/")
    title = ", ".join(prose(review.name) for review in reviews if review.name)
    blocks = [
        f"# Minutes: {title or quoted(path)}",
        f"- Design: {quoted(path)}\n"
        f"- Met on: {', '.join(map(prose, minutes.days))}\n"
        f"- Decided: {len(settled)} of {len(agenda.items)}{_tally(settled)}",
        *_table("Decisions", ("no.", "finding", "outcome", "owner", "by"), _decisions(settled)),
        *_table("Answers", ("question", "answer", "into the spec", "by"), _answers(settled)),
        *_table("Open questions", ("question", "whom", "by"), _questions(settled)),
        *_table("Accepted risks", ("rule", "reason", "owner", "ends"), _risks(reviews)),
        *_bullets("Not decided", map(_open, agenda.open)),
        *_bullets("Not found any more", map(_gone, agenda.gone)),
        *(["## The findings"] if settled else []),
        *(block for number, pair in enumerate(settled, 1) for block in _finding(number, *pair)),
    ]
    return "\n\n".join(blocks) + "\n\n"


def _tally(settled: Settled) -> str:
    counts = Counter(point.decision.choice for _, point in settled)
    parts = [f"{choice} {counts[choice]}" for choice in Choice if counts[choice]]
    return f" ({', '.join(parts)})" if parts else ""


def _table(heading: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A section that is a table; nothing where it has no row."""
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    if len(lines) > 2:
        yield f"## {heading}"
        yield "\n".join(lines)


def _bullets(heading: str, lines: Iterable[str]) -> Iterator[str]:
    """A section that is a list; nothing where it has no line."""
    bullets = "\n".join(f"- {line}" for line in lines)
    if bullets:
        yield f"## {heading}"
        yield bullets


def _decisions(settled: Settled) -> Iterator[Sequence[str]]:
    for number, (_, point) in enumerate(settled, 1):
        decision = point.decision
        outcome = f"**{decision.choice}**: {prose(decision.text)}"
        yield (str(number), _named(point), outcome, prose(decision.owner), prose(decision.end))


def _answers(settled: Settled) -> Iterator[Sequence[str]]:
    for item, point in settled:
        if point.choice is Choice.ANSWER:
            yield prose(item.finding.headline), prose(point.text), prose(point.owner), prose(point.end)


def _questions(settled: Settled) -> Iterator[Sequence[str]]:
    for _, point in settled:
        if point.choice is Choice.ASK:
            yield prose(point.text), prose(point.owner), prose(point.end)


def _risks(reviews: Sequence[Review]) -> Iterator[Sequence[str]]:
    """Everything that the designs live with, whether this meeting accepted it or another."""
    for review in reviews:
        for found, acceptance in review.accepted:
            rule = f"{quoted(found.rule)}{_in(found.features)}"
            yield rule, prose(acceptance.reason), prose(acceptance.owner), prose(acceptance.ends)


def _open(item: Item) -> str:
    found = item.finding
    word = _word(found.verdict, found.severity)
    return f"{word} {quoted(found.rule)}{_in(found.features)}: {prose(found.headline)}{_state(item.point)}"


def _state(point: Point | None) -> str:
    """How far it came that something is not decided."""
    if point is None:
        return ""
    if point.choice is Choice.SKIP:
        return " (looked at)"
    when = "begun" if point.decision.is_begun else "decided before"
    return f" ({when}: {_told(point.decision)})"


def _gone(point: Point) -> str:
    return f"{_named(point)}: {_told(point.decision)}"


def _finding(number: int, item: Item, point: Point) -> Iterator[str]:
    """A finding in its own words, as it was when it was decided, and the decision."""
    title = item.finding.headline if point.verdict is Verdict.UNSTATED else point.title
    yield f"### {number}. {prose(title)}"
    design = f", {prose(point.identity.design)}" if point.identity.design else ""
    yield f"{_named(point)} at {quoted(point.identity.key.at or 'the top')}{design}"
    yield f"> {prose(point.message)}"
    yield f"{_told(point.decision)}, decided on {prose(point.decision.day)}."


def _named(point: Point) -> str:
    key = point.identity.key
    return f"{_word(point.verdict, point.severity)} {quoted(key.rule)}{_in(key.features)}"


def _word(verdict: Verdict, severity: Severity) -> str:
    return f"question ({severity})" if verdict is Verdict.UNSTATED else str(severity)


def _in(features: tuple[str, ...]) -> str:
    return f" in {prose(names(features))}" if features else ""


def _told(decision: Decision) -> str:
    if decision.choice is Choice.SKIP:
        return "looked at"
    by = f"by {decision.end}" if decision.end and decision.choice is not Choice.ACCEPT else decision.end
    by_whom = ", ".join(prose(part) for part in (decision.owner, by) if part)
    return f"**{decision.choice}**: {prose(decision.text)}{f' ({by_whom})' if by_whom else ''}"
