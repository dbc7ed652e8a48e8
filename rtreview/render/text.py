"""The report on a terminal: for a person with ten minutes, 80 columns and perhaps no colour."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, groupby, takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from rtreview.render.format import CHANGES, EXPLANATIONS, REPORTS, Context
from rtreview.reviews.report import (
    Deployed,
    DerivedNumber,
    Explanation,
    Hidden,
    Report,
    Review,
    Standing,
    danger,
)
from rtreview.rulebook.finding import Citation, Finding, Severity, Verdict
from rtreview.rulebook.references import address
from rtreview.text.harmless import cells, harmless, visible
from rtreview.text.place import STDIN, Place

if TYPE_CHECKING:
    from rtreview.history.change import Cause, Change, Consequence
    from rtreview.language.field import Input

NARROWEST = 40
"""Columns below which the report is not laid out any narrower."""

MARGIN = 9
"""Width of the words that stand before a text: `decides`."""

EXPLAIN = "`rtreview explain ID` shows a cited rule, sharp edge or pattern."
"""How to read what a report cites."""

MOST_NAMES = 5
"""Features that are named one by one."""

MOST_FIELDS = 5
"""Lines of undecided rules, where not all of them are asked for."""

MOST_TO_STATE = 3
"""Fields to state next."""

MOST_HANGING = 4
"""Rules that are named as hanging on one question."""

GAP = 2
"""Lines between two places that are still shown rather than left out."""

_NUMBER_AND_UNIT = re.compile(r"(?<=[0-9]) (?=(?:%|(?:ms|s|min|h|d|[kMGT]?i?B)\b))")
_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}


class Piece(NamedTuple):
    """Text in one style; the styles are rich's. `link` is an address of ours, and none of a spec's."""

    text: str
    style: str = ""
    link: str = ""


Line = list[Piece]


def render(
    report: Report,
    *,
    width: int = 80,
    colour: bool = False,
    links: bool = False,
    verbose: bool = False,
) -> str:
    """The whole report.

    Args:
        report: what to tell of.
        width: columns to fill.
        colour: with the escape codes of a terminal.
        links: where there are colours, with links from the ids that are cited to their sections.
        verbose: also what passed and what does not apply.

    """
    return painted(lines(report, width=width, verbose=verbose), colour, links)


def render_brief(report: Report, *, colour: bool = False, links: bool = False) -> str:
    """A line for each finding, and nothing else."""
    rows: list[Line] = []
    for review in report.reviews:
        for finding in review.findings:
            span = finding.place.span
            place = f"{visible(review.path)}:{span.line}:{span.column}: "
            rows.append([Piece(place), *_headline(finding), Piece(f" {visible(finding.message)}")])
    return painted(rows, colour, links)


def render_finding(
    finding: Finding, review: Review, *, width: int = 80, colour: bool = False, links: bool = False
) -> str:
    """One finding by itself, as the report shows it."""
    return painted(list(_finding(finding, review, max(width, NARROWEST))), colour, links)


def render_change(
    changes: Sequence[Change], *, width: int = 80, colour: bool = False, links: bool = False
) -> str:
    """What a change brings: the consequences in numbers first, then what is found, then what is gone."""
    rows: list[Line] = []
    for change in changes:
        block = [] if change.is_empty else list(_change(change, max(width, NARROWEST)))
        # Below a head may be nothing: where all that is different is the lines on which findings stand.
        rows += [*block, []] if len(block) > 1 or change.before is None or change.after is None else []
    rows += hanging(_changed(changes), width, "bold", indent="")
    found = (
        finding
        for change in changes
        for finding in (*change.unreviewed, *(new.finding for new in change.new))
    )
    return painted([*rows, *pointer(found, width)], colour, links)


def render_why(explanations: Sequence[Explanation], *, width: int = 80) -> str:
    """The verdict of one rule, what it read, and what would change it, for each subject."""
    rows: list[Line] = []
    for explanation in explanations:
        if rows:
            rows.append([])
        rows += _why(explanation, max(width, NARROWEST))
    return painted(rows, colour=False)


def lines(report: Report, *, width: int = 80, verbose: bool = False) -> list[Line]:
    """The report as styled lines."""
    rows: list[Line] = []
    width = max(width, NARROWEST)
    for review in report.reviews:
        if rows:
            rows.append([])
        rows += _review(review, width, verbose)
    if report.hidden is not None and (
        report.hidden.obsolete or any(review.known for review in report.reviews)
    ):
        rows += [[], *_hidden(report, report.hidden, width)]
    return [*rows, *_next(report, width)]


def _plain(line: Line) -> str:
    """A line without its styles, as nothing that acts."""
    return harmless("".join([piece.text for piece in line]))


def _defused(line: Line) -> Line:
    """The same pieces, with what only together they would say taken out."""
    safe = _plain(line)
    ends = list(accumulate(len(piece.text) for piece in line))
    return [
        piece._replace(text=safe[end - len(piece.text) : end]) for piece, end in zip(line, ends, strict=True)
    ]


def painted(pieces: list[Line], colour: bool, links: bool = False) -> str:
    """Lines as one text: plain, or with the escape codes of a terminal, also those of links."""
    if not colour:
        return "".join([f"{_plain(line)}\n" for line in pieces])
    from rich.console import Console  # noqa: PLC0415 - costs as much as the review, and only a terminal needs it
    from rich.text import Text  # noqa: PLC0415

    console = Console(
        force_terminal=True, no_color=False, color_system="standard", width=1000, highlight=False
    )
    with console.capture() as capture:
        for line in pieces:
            styled = [
                (text, f"{style} link {link}" if link and links else style)
                for text, style, link in _defused(line)
            ]
            console.print(Text.assemble(*styled), soft_wrap=True)
    return capture.get()


def _review(review: Review, width: int, verbose: bool) -> Iterator[Line]:
    name = f"{visible(review.name)}  " if review.name else ""
    yield [Piece(name, "bold"), Piece(visible(review.path), "dim")]
    for finding in review.findings:
        yield []
        yield from _finding(finding, review, width)
    yield []
    yield from _accepted(review, width)
    yield from _undecided(review, width, verbose)
    if verbose:
        for verdict in (Verdict.PASSED, Verdict.NOT_APPLICABLE):
            yield from _verdicts(review, verdict, width)
    if review.numbers:
        yield from _numbers(review, width)
    if review.brought:
        yield from _brought(review, width)
    yield from _deployment(review, width, verbose)
    yield from _handed_over(review, width)
    yield from _summary(review, width)


def _change(change: Change, width: int) -> Iterator[Line]:
    review = change.after or change.before
    assert review is not None
    state = " is new" if change.before is None else " is gone" if change.after is None else ""
    if change.before is not None and change.before.unreviewed and not change.unreviewed:
        state = " could not be read before"
    name = f"{visible(review.name)}  " if review.name else ""
    yield [Piece(name, "bold"), Piece(visible(review.path), "dim"), Piece(state, "bold")]
    yield from _consequences(change, width)
    for unreviewed in change.unreviewed:
        yield []
        yield from _finding(unreviewed, review, width)
    for new in change.new:
        yield []
        if new.was is not None:
            is_answer = new.was.verdict is Verdict.UNSTATED and new.finding.verdict is Verdict.VIOLATED
            yield [Piece("a question before" if is_answer else "worse than before", "bold")]
        yield from _finding(new.finding, review, width)
    yield from _listed_findings("no longer accepted", [accepted.finding for accepted in change.broken], width)
    yield from _listed_findings("accepted", [accepted.finding for accepted in change.accepted], width)
    yield from _listed_findings("not decided any more", change.unclear, width)
    yield from _listed_findings("answered", change.answered, width)
    yield from _listed_findings("no longer asked", change.not_asked, width)
    yield from _listed_findings("gone", change.ended, width)
    elsewhere = [moved.finding for moved in change.moved if moved.finding.place.name != moved.before.name]
    yield from _listed_findings("moved", elsewhere, width)


def _consequences(change: Change, width: int) -> Iterator[Line]:
    """The numbers that are others now, below the fields that caused it."""
    by_causes: dict[tuple[tuple[Cause, ...], str], list[Consequence]] = {}
    for consequence in change.consequences:
        by_causes.setdefault((consequence.causes, consequence.reason), []).append(consequence)
    for (causes, reason), caused in by_causes.items():
        fields = [
            f"{cause.field} {cause.before or 'not stated'} -> {cause.after or 'not stated'}"
            for cause in causes
        ]
        of_fields = f"of {', '.join(fields)}" if fields else ""
        because = f"because {visible(of_fields or reason or 'it is counted in another way')}"
        yield []
        yield from hanging(because, width, "bold", indent="")
        for consequence in caused:
            values = f"{consequence.before or 'not known'} -> {consequence.after or 'not known'}"
            yield from hanging(f"{consequence.name}{_in(consequence.features)}: {values}", width)


def _listed_findings(word: str, findings: Sequence[Finding], width: int) -> Iterator[Line]:
    """Findings by a word, a line for each."""
    if not findings:
        return
    yield []
    yield [Piece(word, "bold")]
    for finding in findings:
        line = f"{finding.rule}{_in(finding.features)}, line {finding.place.span.line}"
        yield from hanging(line, width)


def _changed(changes: Sequence[Change]) -> str:
    """The last line: how much of everything, and of questions where there are any."""
    new = [addition.finding for change in changes for addition in change.new]
    asked = [finding for finding in new if finding.verdict is Verdict.UNSTATED]
    counts = {
        "new": len(new) - len(asked),
        "gone": sum(len(change.ended) for change in changes),
        "moved": sum(len(change.moved) for change in changes),
        "no longer accepted": sum(len(change.broken) for change in changes),
    }
    if unclear := sum(len(change.unclear) for change in changes):
        counts["not decided any more"] = unclear
    numbers = sum(len(change.consequences) for change in changes)
    questions = {
        "new": len(asked),
        "answered": sum(len(change.answered) for change in changes),
        "no longer asked": sum(len(change.not_asked) for change in changes),
    }
    parts = [
        f"{what}: {', '.join(f'{count} {word}' for word, count in tally.items())}"
        for what, tally in (("findings", counts), ("questions", questions))
        if tally is counts or any(tally.values())
    ]
    return "; ".join([*parts, many(numbers, "consequence")])


def _hidden(report: Report, hidden: Hidden, width: int) -> Iterator[Line]:
    """How many findings are known, since when, and what hides nothing any more."""
    count = sum(len(review.known) for review in report.reviews)
    age = f", the oldest since {hidden.oldest}" if count and hidden.oldest else ""
    known = f"{count} known finding{'' if count == 1 else 's'}"
    yield from hanging(f"{known} hidden by {visible(hidden.by)}{age}", width, "bold", indent="")
    for entry in hidden.obsolete:
        yield from hanging(f"obsolete: {visible(entry)}", width)


def _numbers(review: Review, width: int) -> Iterator[Line]:
    """The ledger: each number with its formula, and below it what went into it and from where."""
    yield [Piece("numbers", "bold")]
    missing: list[DerivedNumber] = []
    for number in review.numbers:
        if not number.value:
            missing.append(number)
            continue
        features = _in(number.features)
        yield from hanging(f"{number.name}{features}: {number.value}", width, "bold")
        for part in _wrapped(f"= {number.formula}", width - 6):
            yield [Piece(f"      {part}")]
        for part in _wrapped(", ".join(origin(each) for each in number.inputs), width - 8):
            yield [Piece(f"        {part}", "dim")]
    yield []
    if missing:
        yield [Piece("numbers that do not exist or are not decided", "bold")]
        for number in missing:
            features = _in(number.features)
            yield from hanging(f"{number.name}{features}: {visible(number.reason)}", width)
        yield []


def _brought(review: Review, width: int) -> Iterator[Line]:
    """What the catalogue knows of the platforms that the design names, a fact after the other."""
    yield [Piece("what the named platforms bring", "bold")]
    for platform in review.brought:
        facts = "; ".join(f"{name}: {fact}" for name, fact in platform.facts)
        yield from hanging(f"{platform.name} (line {platform.place.span.line}): {facts}", width)
    yield []


def origin(operand: Input) -> str:
    """What went into a number, its value, and who says so."""
    value = f"{visible(operand.name)} {visible(operand.value)}"
    if operand.origin == "derived":
        return value
    if operand.origin == "stated" or operand.origin.startswith("default"):
        who = "" if operand.origin == "stated" else f"{operand.origin}, "
        return f"{value} ({who}line {operand.span.line})"
    return f"{value} ({operand.origin})"


def _why(explanation: Explanation, width: int) -> Iterator[Line]:
    judgement = explanation.judgement
    where = _in(judgement.features)
    name = f"{visible(explanation.name)}: " if explanation.name else ""
    verdict = judgement.verdict.replace("-", " ")
    yield from hanging(f"{name}{judgement.rule}{where} is {verdict} ({judgement.severity})", width, "bold")
    yield from _paragraph("because", visible(judgement.reason), width)
    for number, each in enumerate(explanation.inputs):
        yield from _paragraph("" if number else "read", origin(each), width, hang=MARGIN)
    for number, field in enumerate(judgement.missing):
        yield from _paragraph("" if number else "missing", field, width, hang=MARGIN)
    if explanation.simulated:
        yield from _paragraph("shows", explanation.simulated, width)
    turns = _turns(explanation)
    if turns:
        yield from _paragraph("turns", turns, width)


def _turns(explanation: Explanation) -> str:
    """What would change a verdict, where the numbers or the missing fields tell."""
    judgement = explanation.judgement
    comparison = judgement.comparison
    if comparison is not None and comparison.change is not None:
        field, value = comparison.change
        return f"with `{field}: {value}`"
    if judgement.turns_at:
        return f"with {judgement.turns_at} for `{judgement.missing[0]}` it fails"
    # Of a field that is not stated at all, `missing` says as much.
    stated = {field.name for field in explanation.inputs}
    vague = [f"`{name}`" for name in judgement.missing if name in stated]
    return f"when {' or '.join(vague)} is known more exactly" if vague else ""


def _headline(finding: Finding) -> Line:
    colour = _COLOURS[finding.severity]
    question = finding.verdict is Verdict.UNSTATED
    word = f"question ({finding.severity})" if question else str(finding.severity)
    rule = finding.cites.validation
    link = address(rule) if rule and rule.id == finding.rule else ""
    return [Piece(f"{word}[{finding.rule}]", colour, link)]


def _finding(finding: Finding, review: Review, width: int) -> Iterator[Line]:
    question = finding.verdict is Verdict.UNSTATED
    yield from _titled(_headline(finding), finding.headline, width)
    span = finding.place.span
    place = Piece(f"  --> {visible(review.path)}:{span.line}:{span.column}", "dim")
    yield [place, Piece(f" {_in(finding.features)}" if finding.features else "")]
    is_there = review.lines != ("",)
    if is_there and (finding.place.at or not question):
        yield from excerpt(finding, review.lines, width)
    yield []
    yield from _paragraph("", visible(finding.message), width, "bold")
    if finding.evidence:
        yield from _paragraph("shows", visible(finding.evidence), width)
    last = ("decides", also(finding.hanging)) if question else ("ask", finding.question)
    fixes = [("fix", finding.fix)]
    if finding.proposed:
        # What the references say is of an example, with its numbers.
        fixes = [("fix", visible(proposal(finding))), ("general", finding.fix)]
    for word, text in (("why", finding.why), *fixes, last):
        if text:
            yield from _paragraph(word, text, width)
    for number, citation in enumerate(finding.cites):
        word, link = "" if number else "see", address(citation)
        yield from _paragraph(word, _cited(citation), width, "dim", hang=MARGIN, link=link)


def proposal(finding: Finding) -> str:
    """The change that ends a finding, as a spec has it, and why a field is in it that it is not about."""
    why = f" ({finding.beside})" if finding.beside else ""
    return f"{', '.join(entries(finding.proposed))}{why}"


def entries(change: Sequence[str]) -> list[str]:
    """Settings as a spec has them: those of one section together, below the path that they share."""
    found = []
    for _, group in groupby(change, key=lambda setting: setting.partition(".")[0]):
        pairs = [setting.partition("=")[::2] for setting in group]
        stems = zip(*(name.split(".")[:-1] for name, _ in pairs), strict=False)
        shared = sum(1 for _ in takewhile(lambda names: len({*names}) == 1, stems))
        if len(pairs) == 1:
            found.append(": ".join(pairs[0]))
            continue
        tree: dict[str, Any] = {}
        for name, value in pairs:
            *way, last = name.split(".")[shared:]
            inner = tree
            for key in way:
                inner = inner.setdefault(key, {})
            inner[last] = value
        found.append(f"{'.'.join(pairs[0][0].split('.')[:shared])}: {_braced(tree)}")
    return found


def _braced(tree: dict[str, Any]) -> str:
    parts = (f"{key}: {_braced(value) if isinstance(value, dict) else value}" for key, value in tree.items())
    return f"{{{', '.join(parts)}}}"


def also(rules: tuple[str, ...]) -> str:
    """The rules that an answer would decide too: the gravest, and how many more."""
    more = len(rules) - MOST_HANGING
    names = [*rules[:MOST_HANGING], *([f"and {more} more"] if more > 0 else [])]
    return f"also {', '.join(names)}" if names else ""


def _titled(head: Line, title: str, width: int) -> Iterator[Line]:
    """A title behind its headline, on a second line where it does not fit on the first."""
    used = sum(cells(piece.text) for piece in head) + 1
    first, *rest = textwrap.wrap(title, width, initial_indent=" " * used, subsequent_indent="  ")
    yield [*head, Piece(f" {first[used:]}", "bold")]
    for part in rest:
        yield [Piece(part, "bold")]


def _in(features: tuple[str, ...]) -> str:
    return f" in {names(features)}" if features else ""


def names(features: tuple[str, ...]) -> str:
    """The names of features, the first few where there are many."""
    shown = [visible(name) or "(no name)" for name in features[:MOST_NAMES]]
    more = len(features) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _cited(citation: Citation) -> str:
    file = f" ({citation.file})" if citation.file else ""
    return f"{citation.term}: {citation.id}{file}"


def pointer(findings: Iterable[Finding], width: int) -> Iterator[Line]:
    """How to read what findings cite, below an empty line; nothing where none cites anything."""
    if any(any(finding.cites) for finding in findings):
        yield []
        yield from hanging(EXPLAIN, width, "dim", indent="")


def _next(report: Report, width: int) -> Iterator[Line]:
    """What to type now: for the gravest finding of one file by name, else how to read what findings cite."""
    findings = [finding for review in report.reviews for finding in review.findings]
    paths = {review.path for review in report.reviews}
    gravest = next((finding for finding in findings if any(finding.cites)), None)
    if gravest is None or paths & {STDIN} or len(paths) > 1:
        yield from pointer(findings, width)
        return
    calls = [("rtreview explain", gravest.rule, ""), (f"rtreview why {gravest.rule}", *paths, "")]
    if changes := _proposed(report):
        calls.append(("rtreview fix --diff", *paths, changes))
    yield []
    yield [Piece("go on with", "bold")]
    for command, operand, brings in calls:
        last = shlex.quote(visible(operand))
        fits = len(command) + len(last) + 3 <= width
        lines = [f"{command} {last}"] if fits else [f"{command} \\", f"  {last}"]
        for line in (*lines, *([f"  # {brings}"] if brings else [])):
            yield from hanging(line, width, "dim")


def _proposed(report: Report) -> str:
    """For how many findings `rtreview fix` has a change, and how many somebody thinks about first.

    Which of the others bring nothing else is found out by trying each, which takes a review.
    """
    findings = [finding for review in report.reviews for finding in review.findings]
    faults = [finding for finding in findings if finding.verdict is Verdict.VIOLATED]
    proposed = [finding for finding in faults if finding.proposed]
    weighed = sum(bool(finding.thought) for finding in proposed)
    if not proposed:
        return ""
    first = f"; {weighed} {'needs' if weighed == 1 else 'need'} thought first" if weighed else ""
    return f"changes for {len(proposed)} of {many(len(faults), 'finding')}{first}"


def _paragraph(
    word: str, text: str, width: int, style: str = "", hang: int | None = None, link: str = ""
) -> Iterator[Line]:
    """A text behind its word, wrapped; without a word, it begins at the margin."""
    margin = 2 + (MARGIN if word or hang else 0)
    for number, part in enumerate(_wrapped(text, max(20, width - margin))):
        left = f"  {'' if number else word}".ljust(margin)
        yield [Piece(left, "bold"), Piece(part, style, link)]


def excerpt(finding: Finding, source: Sequence[str], width: int) -> Iterator[Line]:
    """The lines of the spec that the finding is about, with what is to be seen marked below."""
    places = [(finding.place, "^", _COLOURS[finding.severity])]
    places += [(place, "-", "blue") for place in finding.related]
    places.sort(key=lambda row: row[0].span[:2])
    gutter = len(str(places[-1][0].span.line))
    room = width - gutter - 4
    yield [Piece(f" {' ' * gutter} |", "blue")]
    before, window = places[0][0].span.line - 1, _Window("", 0, room)
    for at, (place, mark, style) in enumerate(places):
        number = place.span.line
        if number - before > GAP:
            yield [Piece(f" {'.' * gutter}", "blue")]
            before = number - 1
        for line in range(before + 1, number):
            yield [
                Piece(f" {line:>{gutter}} | ", "blue"),
                Piece(_Window.at(source[line - 1], 0, 1, room).shown),
            ]
        text = source[number - 1]
        start, end = _columns(place, text)
        # A line that does not fit is printed again for a mark that lies in another part of it.
        if number > before or not window.holds(start, end):
            window = _Window.at(text, start, end, room)
            yield [Piece(f" {number:>{gutter}} | ", "blue"), Piece(window.shown)]
        before = max(before, number)
        same = at + 1 < len(places) and places[at + 1][0].span == place.span
        if same and not place.label:
            continue
        indent, length = window.marks(start, end)
        yield from _marked(place.label, mark * length, indent, style, gutter, width)


def _columns(place: Place, line: str) -> tuple[int, int]:
    """Where a place begins and ends in its first line."""
    span = place.span
    return span.column - 1, span.end_column - 1 if span.end_line == span.line else len(line.rstrip())


def _marked(label: str, marks: str, start: int, style: str, gutter: int, width: int) -> Iterator[Line]:
    left = f" {' ' * gutter} | "
    line = [Piece(left, "blue"), Piece(" " * start), Piece(marks, style)]
    label = visible(label)
    if len(left) + start + len(marks) + 1 + cells(label) <= width:
        yield [*line, Piece(f" {label}" if label else "", style)]
        return
    yield line
    for part in _wrapped(label, max(20, width - len(left))):
        yield [Piece(left, "blue"), Piece(part, style)]


class _Window(NamedTuple):
    """The part of a line that fits into a width, in cells; `cut` is how much is left out before it.

    Of the line it has what may fit: another finding may be about the same megabyte.
    """

    line: str
    cut: int
    width: int

    @classmethod
    def at(cls, line: str, start: int, end: int, width: int) -> _Window:
        """The part in which something is to be seen."""
        most = _SIGNS * width
        first = visible(line[:most].replace("\t", " "))
        fits = len(line) <= most and cells(first) <= width
        if fits or (end <= most and cells(first[:end]) <= width - 1):
            return cls(first, 0, width)
        cut = max(0, start - width // 3)
        return cls(visible(line[cut : cut + most].replace("\t", " ")), cut, width)

    @property
    def shown(self) -> str:
        """What is printed of it."""
        shown = f"…{self.line[1:]}" if self.cut else self.line
        while cells(shown) > self.width:
            shown = shown[: self.width - 1 - (cells(shown[: self.width]) - len(shown[: self.width]))] + "…"
        return shown

    def holds(self, start: int, end: int) -> bool:
        """Whether all of a place is to be seen in it."""
        is_whole = cells(self.line) <= self.width
        return start >= self.cut + bool(self.cut) and cells(self.line[: end - self.cut]) <= self.width - (
            not is_whole
        )

    def marks(self, start: int, end: int) -> tuple[int, int]:
        """How far a place is from its beginning, and how long it is."""
        before = cells(self.line[: start - self.cut])
        marked = cells(self.line[start - self.cut : end - self.cut])
        return before, max(1, min(marked, self.width - before))


_SIGNS = 4
"""Signs in a cell: a letter, and marks above and below it."""


def _accepted(review: Review, width: int) -> Iterator[Line]:
    """The risks that the team lives with, each with who, why and until when."""
    if not review.accepted:
        return
    yield [Piece("accepted", "bold")]
    for finding, acceptance in review.accepted:
        span = finding.place.span
        where = f"{visible(review.path)}:{span.line}:{span.column}"
        yield from hanging(f"{finding.rule} ({finding.severity}){_in(finding.features)} at {where}", width)
        text = f"{visible(acceptance.reason)} ({visible(acceptance.owner)}, {visible(acceptance.ends)})"
        for part in _wrapped(text, width - 6):
            yield [Piece(f"      {part}", "dim")]
    yield []


def _deployment(review: Review, width: int, verbose: bool) -> Iterator[Line]:
    """How what the design states stands to what runs; what agrees is counted, and listed with `verbose`."""
    if not review.deployment:
        return
    yield from hanging(f"beside the deployment: {review.standings}", width, "bold", indent="")
    for deployed in review.deployment:
        if deployed.standing is not Standing.AGREES or verbose:
            yield from hanging(visible(f"{deployed.standing}: {_deployed(deployed)}"), width)
    yield []


def _deployed(deployed: Deployed) -> str:
    """A field with what the design states and what the files fix, each as far as there is something."""
    stated = f"{deployed.stated} is stated, " if deployed.stated else ""
    places = " and ".join(deployed.places)
    why = f" ({deployed.origin})" if deployed.origin else ""
    return f"{deployed.place.name}: {stated}{f'{deployed.runs} ' if deployed.runs else ''}at {places}{why}"


def _handed_over(review: Review, width: int) -> Iterator[Line]:
    """What the spec goes into and nobody reviews here, with whom to ask."""
    if not review.handed_over:
        return
    yield [Piece("not reviewed here", "bold")]
    for hand_over in review.handed_over:
        who = (
            ", ".join(visible(name) for name in (hand_over.owner, hand_over.link) if name)
            or f"ask {hand_over.ask}"
        )
        yield from hanging(f"line {hand_over.places[0].span.line}: {hand_over.title} ({who})", width)
    yield []


def _undecided(review: Review, width: int, verbose: bool) -> Iterator[Line]:
    """What is open, by the fields that would decide it, those first that could be the most errors."""
    rows = [judgement for judgement in review.judgements if judgement.verdict is Verdict.UNDECIDED]
    if not rows:
        return
    by_fields: dict[str, dict[str, Severity]] = {}
    for row in rows:
        reason = visible(row.reason.removeprefix("it would need "))
        fields = " or ".join(visible(name) for name in row.missing) or reason
        fails = f" (fails with {row.turns_at})" if row.turns_at else ""
        if verbose and row.missing and not row.reason.startswith("it would need "):
            fails = f" ({reason})"
        by_fields.setdefault(fields, {})[f"{row.rule}{fails}"] = row.severity
    yield [Piece("undecided, missing", "bold")]
    order = sorted(by_fields.items(), key=lambda item: (danger(item[1].values()), item[0]))
    shown = order if verbose else order[:MOST_FIELDS]
    for fields, rules in shown:
        yield from hanging(f"{fields}: {', '.join(rules)}", width)
    if len(order) > len(shown):
        yield from hanging(f"and {len(order) - len(shown)} more (--verbose)", width)
    yield []
    if deciding := review.deciding_fields[:MOST_TO_STATE]:
        yield from _paragraph("", to_state(deciding, visible), width)
        yield []


def to_state(fields: Sequence[tuple[str, int]], name: Callable[[str], str]) -> str:
    """The fields to state next, the most dangerous first, with how many rules each would decide.

    `name` says how the name of a field is written.
    """
    decided = [f"{name(field)} (decides {count})" for field, count in fields[:1]]
    decided += [f"{name(field)} ({count})" for field, count in fields[1:]]
    return f"State next, the most dangerous first: {', '.join(decided)}"


def _verdicts(review: Review, verdict: Verdict, width: int) -> Iterator[Line]:
    rows = [judgement for judgement in review.judgements if judgement.verdict is verdict]
    if not rows:
        return
    yield [Piece(verdict.replace("-", " "), "bold")]
    for row in rows:
        features = _in(row.features)
        yield from hanging(f"{row.rule}{features}: {visible(row.reason)}", width)
    yield []


def hanging(text: str, width: int, style: str = "", indent: str = "  ") -> Iterator[Line]:
    """A text in lines, of which all but the first are indented further."""
    for number, part in enumerate(_wrapped(text, width - len(indent) - 2)):
        yield [Piece(f"{indent}{'  ' if number else ''}{part}", style)]


@lru_cache(maxsize=1024)
def _wrapped(text: str, width: int) -> tuple[str, ...]:
    """The text in lines; a number stays with its unit. The references are quoted again and again."""
    if len(text) <= width and text.isprintable() and text == text.strip():
        return (text,)
    joined = _NUMBER_AND_UNIT.sub("\N{NO-BREAK SPACE}", text)
    wrapped = textwrap.wrap(joined, width, break_on_hyphens=False) or [""]
    return tuple(part.replace("\N{NO-BREAK SPACE}", " ") for part in wrapped)


def many(count: int, noun: str) -> str:
    """So many of something: `1 finding`, `2 findings`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _summary(review: Review, width: int) -> Iterator[Line]:
    """What was found, and behind it what the rules say that found nothing."""
    broken = len(review.unreviewed)
    found = [f"{many(broken, 'mistake')}, not reviewed"] if broken else []
    if review.judgements or review.is_of_what_runs:
        asked = sum(finding.verdict is Verdict.UNSTATED for finding in review.findings)
        found += [_faults(review), many(asked, "question")]
    if review.accepted:
        found.append(f"{len(review.accepted)} accepted")
    if review.known:
        found.append(f"{len(review.known)} known")
    counts = [", ".join(found)]
    if review.judgements:
        silent = (Verdict.UNDECIDED, Verdict.PASSED, Verdict.NOT_APPLICABLE)
        verdicts = (f"{review.count(verdict)} {verdict.replace('-', ' ')}" for verdict in silent)
        counts.append(f"other verdicts: {', '.join(verdicts)}")
    for part in _wrapped("; ".join(counts), width):
        yield [Piece(part, "bold")]


def _faults(review: Review) -> str:
    """How many faults are found, and of each severity where that is more than one says by itself."""
    found = [finding.severity for finding in review.findings if finding.verdict is Verdict.VIOLATED]
    counts = [many(found.count(severity), severity.value) for severity in Severity if severity in found]
    return many(len(found), "finding") + (f" ({', '.join(counts)})" if len(found) > 1 else "")


def _report(report: Report, context: Context) -> str:
    if context.is_brief:
        return render_brief(report, colour=context.colour, links=context.links)
    return render(
        report,
        width=context.width,
        colour=context.colour,
        links=context.links,
        verbose=context.is_verbose,
    )


def _changes(changes: Sequence[Change], context: Context) -> str:
    return render_change(changes, width=context.width, colour=context.colour, links=context.links)


REPORTS.register("text", _report)
EXPLANATIONS.register("text", lambda explanations, context: render_why(explanations, width=context.width))
CHANGES.register("text", _changes)
