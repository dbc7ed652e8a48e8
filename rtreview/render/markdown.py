"""The report as a comment on a pull request: the verdict first, each finding folded, whole or left out.

What a spec says is inert in it: it mentions nobody, links to nothing and opens no element. Names stand
in code, where GitHub looks for nothing; in prose, the signs that mean something are character references,
and a word joiner, which nobody sees, parts what GitHub would take for a mention, a link or an emoji.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rtreview.quantities.quantity import in_unit
from rtreview.render.format import CHANGES, REPORTS
from rtreview.render.text import EXPLAIN, MOST_TO_STATE, also, entries, excerpt, many, names, to_state
from rtreview.reviews.message_path import Position, Stops
from rtreview.reviews.report import Deployed, Report, Review, Route, Standing, deciding
from rtreview.rulebook.finding import Accepted, Citation, Citations, Comparison, Finding, Severity, Verdict
from rtreview.rulebook.rulebook import Rulebook
from rtreview.text.harmless import visible

if TYPE_CHECKING:
    from rtreview.history.change import Cause, Change

MARKER = "<!-- rtreview -->"
"""The first line, by which an action finds the comment that it wrote before."""

ROOM = 60_000
"""Bytes of a comment. GitHub takes 65,536 characters; however it counts them, none is less than a byte."""

RESERVE = 8_000
"""Bytes that are kept for accepted risks, and for what is deployed, where there are as many."""

MOST_TEXT, MOST_LABEL = 1000, 60
"""Characters of a text, and of a line in a picture, before it is cut."""

MOST_LINES = 40
"""Lines of an excerpt."""

MOST_STOPS = 30
"""Stops in a picture; a larger one shows nothing."""

MOST_NAMES = 5
"""Files or entries that are named one by one."""

MOST_CONSEQUENCES = 40
"""Rows of numbers that a change makes others."""

WIDTH = 100

_JOINER = "\N{WORD JOINER}"
# A mention or an issue; a link or an emoji; an issue; a link; a commit.
_CALLS = re.compile(r"[@#]|:(?=\S)|GH(?=-[0-9])|www(?=\.)|[0-9a-f]{6}(?=[0-9a-f])", re.I)
# Inside of a word an underscore marks nothing.
_SIGNS = re.compile(r"[\\`*\[\]<>&~|#]|(?<![a-zA-Z0-9])_|_(?![a-zA-Z0-9])")
_OPENS_A_BLOCK = re.compile(r"^(?:[-+=]|[0-9]+[.)](?=\s|$))")
_UNSAFE_IN_A_LABEL = re.compile(r"[^\w ,./()-]|_|^-|[.)-](?!\S)")
_SHAPES = {
    "client": '(["{}"])', "broker": '{{{{"{}"}}}}', "backplane": '[("{}")]', "dependency": '[("{}")]',
}  # fmt: skip

Code = Callable[[str], str]
Found = tuple[Finding, Review]


def render(report: Report, above: str = "") -> str:
    """The comment; `above` is Markdown of ours that stands between the verdict and the findings."""
    head = [f"{MARKER}\n{verdict(report)}", *([above] if above else [])]
    tail = [*_others(report), *_undecided(report), *_handed_over(report), *_known(report), *_pointer(report)]
    room = ROOM - size(head) - size(tail)
    kept = min(RESERVE, size(_deployed(report, room)))
    blocks = _findings(report, room - kept - min(RESERVE, size(_accepted(report, room))))
    accepted = _accepted(report, room - kept - size(blocks))
    deployed = _deployed(report, room - size(blocks) - size(accepted))
    return "\n\n".join([*head, *blocks, *accepted, *deployed, *tail]) + "\n"


def render_change(changes: Sequence[Change]) -> str:
    """The comment on a change: what it causes in numbers, then what is found, as in `render`."""
    reviews = []
    for change in changes:
        if change.after is not None:
            found = (*change.unreviewed, *(new.finding for new in change.new))
            after = replace(change.after, findings=found, accepted=change.accepted)
            reviews.append(replace(after, judgements=(), deployment=()))
    # A comment tells findings, and asks no rule about its section.
    return render(Report(tuple(reviews), Rulebook({})), "\n\n".join(_changed(changes)))


def _changed(changes: Sequence[Change]) -> Iterator[str]:
    """The numbers that are others now, by their causes, and what is not there any more."""
    caused = [(consequence, change) for change in changes for consequence in change.consequences]
    if caused:
        yield "**Consequences**"
        rows = [_cells(("because of", "number", "before", "after")), _cells(["---"] * 4)]
        before = ""
        for consequence, change in caused[:MOST_CONSEQUENCES]:
            named = change.after.path if change.after and len(changes) > 1 else ""
            reasons = [
                *map(_cause, consequence.causes),
                *([prose(consequence.reason)] if consequence.reason else []),
            ]
            because = "<br>".join([*([quoted(named)] if named else []), *reasons])
            features = f" in {prose(names(consequence.features))}" if consequence.features else ""
            shown = "" if because == before else because
            rows.append(
                _cells(
                    (
                        shown,
                        f"{prose(consequence.name)}{features}",
                        prose(consequence.before),
                        prose(consequence.after),
                    )
                )
            )
            before = because
        yield "\n".join(rows)
    if len(caused) > MOST_CONSEQUENCES:
        yield f"{len(caused) - MOST_CONSEQUENCES} more: run `rtreview diff`."
    if deleted := [change.before for change in changes if change.before and change.after is None]:
        yield f"**Deleted**: {_named([quoted(review.path) for review in deleted])}."
    broken = [accepted.finding for change in changes for accepted in change.broken]
    listing = (
        ("No longer accepted", broken),
        ("Not decided any more", [found for change in changes for found in change.unclear]),
        ("Answered", [found for change in changes for found in change.answered]),
        ("No longer asked", [found for change in changes for found in change.not_asked]),
        ("Gone", [found for change in changes for found in change.ended]),
    )
    for what, findings in listing:
        if findings:
            counts = Counter(quoted(found.rule) for found in findings).most_common()
            listed = [name if count == 1 else f"{name} ({count})" for name, count in counts]
            yield f"**{what}**: {_named(listed)}."


def _named(things: Sequence[str]) -> str:
    """The first few of them, and how many more there are."""
    more = len(things) - MOST_NAMES
    return f"{', '.join(things[:MOST_NAMES])}{f' and {more} more' if more > 0 else ''}"


def _cause(cause: Cause) -> str:
    return (
        f"{quoted(cause.field)} {prose(cause.before or 'not stated')} → {prose(cause.after or 'not stated')}"
    )


def size(blocks: Iterable[str]) -> int:
    """The bytes that blocks take, with the empty line after each."""
    return sum(len(block.encode("utf-8", "replace")) + 2 for block in blocks)


def prose(text: str, code: Code | None = None) -> str:
    """A text in which nothing acts but its own code between backticks: `code` says how that is written."""
    parts = _cut(visible(text), MOST_TEXT).strip().split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    pieces = [
        _inert(part) if at % 2 == 0 else (code or quoted)(part) or "&#96;&#96;"
        for at, part in enumerate(parts)
    ]
    # Two runs of backticks that touch would be one.
    whole = "".join(part or (_JOINER if 0 < at < len(pieces) - 1 else "") for at, part in enumerate(pieces))
    return _OPENS_A_BLOCK.sub(lambda opening: f"{opening[0][:-1]}&#{ord(opening[0][-1])};", whole)


def quoted(text: str) -> str:
    """A name as code in Markdown; as prose, where a sign in it would end the code or the cell of a table."""
    shown = _cut(visible(text), MOST_TEXT)
    return _inert(shown) if set(shown) & set("`|") or not shown.strip() else f"`{shown}`"


def tagged(text: str) -> str:
    """A name as code where Markdown is not read, as in the line of a fold."""
    shown = _cut(visible(text), MOST_TEXT)
    return f"<code>{_SIGNS.sub(_reference, shown)}</code>"


def _inert(text: str) -> str:
    escaped = _SIGNS.sub(_reference, _CALLS.sub(rf"\g<0>{_JOINER}", text))
    return escaped.replace("$", "<span>$</span>")  # as GitHub says to write one that begins no formula


def _reference(sign: re.Match[str]) -> str:
    return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(sign[0], f"&#{ord(sign[0])};")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def folded(line: str, *blocks: str) -> str:
    """Blocks of Markdown behind a line of HTML, which opens them."""
    return "\n\n".join([f"<details>\n<summary>{line}</summary>", *blocks, "</details>"])


def fenced(text: str, language: str = "") -> str:
    """A text as it stands, behind a fence that is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def verdict(report: Report) -> str:
    """One sentence: what is open, what is accepted, what was known."""
    found = [finding for review in report.reviews for finding in review.findings]
    accepted = sum(len(review.accepted) for review in report.reviews)
    known = sum(len(review.known) for review in report.reviews)
    sentence = f"**{_tally(found)}**" if found else f"**No finding** in {many(len(report.reviews), 'design')}"
    if accepted:
        sentence += f", {accepted} accepted"
    if known:
        hidden = report.hidden
        since = f" since {prose(hidden.oldest)}" if hidden and hidden.oldest else ""
        sentence += f"; {known} known{since}"
    return f"{sentence}."


def word(finding: Finding) -> str:
    """What a finding is, in one or two words."""
    return f"question ({finding.severity})" if finding.verdict is Verdict.UNSTATED else str(finding.severity)


def _tally(findings: Iterable[Finding]) -> str:
    counts = Counter(_kind(found) for found in findings)
    kinds = [f"{counts['unreviewed']} not reviewed"] if counts["unreviewed"] else []
    kinds += [many(counts[kind], kind) for kind in (*Severity, "question", "note") if counts[kind]]
    return ", ".join(kinds)


def _kind(finding: Finding) -> str:
    if finding.verdict is Verdict.UNSTATED:
        return "question"
    if finding.verdict in (Verdict.UNREVIEWED, Verdict.NOTE):
        return str(finding.verdict)
    return str(finding.severity)


def _to_state(report: Report) -> str:
    """The fields to state next in all designs; empty where none would decide anything."""
    fields = deciding(report.reviews)[:MOST_TO_STATE]
    return f" {to_state(fields, quoted)}." if fields else ""


def _findings(report: Report, room: int) -> list[str]:
    """A heading, the findings and a picture for each document; where room ends, the first of them all."""
    every = [(found, review) for review in report.reviews for found in review.findings]
    if not every:
        return []
    frames = {id(review): (_heading(review), *_pictured(review)) for review in report.reviews}
    room -= size([_more(every)])
    texts: dict[int, str] = {}
    opened: set[int] = set()
    order = sorted(range(len(every)), key=lambda number: every[number][0].rank)
    for number in order:
        found, review = every[number]
        block = finding(found, review)
        room -= size([block, *(() if id(review) in opened else frames[id(review)])])
        if room < 0:
            break
        texts[number] = block
        opened.add(id(review))
    left = [every[number] for number in order[len(texts) :]]
    return [*_laid_out(every, texts, frames), *([_more(left)] if left else [])]


def _laid_out(every: list[Found], texts: dict[int, str], frames: dict[int, tuple[str, ...]]) -> list[str]:
    """The findings that are told, in the order of the report, each document in its frame."""
    blocks = []
    for key, group in groupby(sorted(texts), key=lambda number: id(every[number][1])):
        heading, *picture = frames[key]
        blocks += [heading, *(texts[number] for number in group), *picture]
    return blocks


def _more(left: list[Found]) -> str:
    """What is left out, counted, and how to see it."""
    paths = list(dict.fromkeys(visible(review.path) for _, review in left))
    run = " ".join(["rtreview", *map(shlex.quote, paths[:MOST_NAMES])])
    others = f" and {many(len(paths) - MOST_NAMES, 'other file')}" if len(paths) > MOST_NAMES else ""
    return f"**{len(left)} more**: {_tally(found for found, _ in left)}. Run {quoted(run)}{others}."


def _heading(review: Review) -> str:
    return f"### {prose(review.name)} {quoted(review.path)}" if review.name else f"### {quoted(review.path)}"


def finding(found: Finding, review: Review) -> str:
    """One finding, folded: where, what, why, and the fix."""
    line = found.place.span.line
    question = found.verdict is Verdict.UNSTATED
    title = prose(found.headline, tagged)
    where = quoted(f"{review.path}:{line}")
    features = f" in {prose(names(found.features))}" if found.features else ""
    # Beside a change, what the references say is of an example, with its numbers.
    fix = ("In general" if found.proposed else "Fix", found.fix)
    asked, why = ("Question", found.question), ("Why", found.why)
    hanging = ("Decides", also(found.hanging))
    parts = [why, fix, hanging] if question else [("Shows", found.evidence), why, fix, asked]
    items = [f"- **{name}** {prose(text)}" for name, text in parts if text]
    if found.proposed:
        beside = f" ({prose(found.beside)})" if found.beside else ""
        items.insert(0, f"- **Fix** {' '.join(map(quoted, entries(found.proposed)))}{beside}")
    cites = _cites(found.cites)
    return folded(
        f"<b>{word(found)}</b> {tagged(found.rule)} {title}, line {line}",
        f"{where}{features}",
        fenced(_excerpt(found, review)),
        prose(found.message),
        *([_numbers(found.comparison)] if found.comparison else []),
        *(["\n".join(items)] if items else []),
        *([f"<sub>See {cites}</sub>"] if cites else []),
    )


def _excerpt(found: Finding, review: Review) -> str:
    """The marked lines of the spec, as a terminal shows them."""
    _, *marked = excerpt(found, review.lines, WIDTH)
    lines = ["".join(piece.text for piece in line).rstrip() for line in marked]
    more = len(lines) - MOST_LINES
    return "\n".join([*lines[:MOST_LINES], f" … {many(more, 'more line')}"] if more > 0 else lines)


def _numbers(comparison: Comparison) -> str:
    """Both sides of a comparison, and what would clear it."""
    bound = "at most" if comparison.or_equal else "below"
    head, row = (
        [prose(comparison.what), f"{bound} {prose(comparison.than)}"],
        [in_unit(comparison.left, comparison.unit), in_unit(comparison.right, comparison.unit)],
    )
    if comparison.change:
        head.append("just clears with")
        row.append(quoted(": ".join(comparison.change)))
    return "\n".join(_cells(cells) for cells in (head, ["---"] * len(head), row))


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cites(cites: Citations) -> str:
    """The rule, sharp edges and patterns that a finding rests on; those of a team with their file."""
    return "; ".join(
        f"{cite.term} {_opened(cite)}{f' ({quoted(cite.file)})' if cite.file else ''}" for cite in cites
    )


def _opened(cite: Citation) -> str:
    """The name of what is cited, with a link to its page where there is a site."""
    name = quoted(cite.id)
    # GitHub opens nothing of a machine.
    is_on_the_web = urlsplit(cite.address).scheme in ("http", "https")
    return f"[{name}]({cite.address})" if is_on_the_web else name


def _pictured(review: Review) -> tuple[str, ...]:
    """The way of the messages as a mermaid diagram, with what fails marked; nothing where nothing is open."""
    shown = [route for route in review.routes if len(route.stops) > 1]
    stops = sum(len(route.stations) for route in shown)
    if not shown or not review.findings:
        return ()
    if stops > MOST_STOPS:
        return (f"The way of the messages has {stops} stops, too many for a picture.",)
    stops_at = Stops(shown)
    failing = {position for finding in review.findings for position in stops_at.of(finding)}
    lines = ["flowchart LR"]
    for number, route in enumerate(shown):
        lines += _route(route, number, failing, titled=len(shown) > 1)
    if any(stop.is_missing for route in shown for stop in route.stops):
        lines.append("  classDef missing fill:none,stroke:#cf222e,stroke-dasharray:4 4,color:#82071e")
    if failing:
        lines.append("  classDef failing fill:#ffebe9,stroke:#cf222e,stroke-width:3px,color:#82071e")
    return (fenced("\n".join(lines), "mermaid"),)


def _route(route: Route, number: int, failing: set[Position], *, titled: bool) -> Iterator[str]:
    if titled:
        yield f'  subgraph way{number}["{label(names(route.features)) or " "}"]'
    for at, stop in enumerate(route.stations):
        shape = _SHAPES.get("broker" if stop.is_broker else stop.role, '["{}"]').format(
            "<br>".join(map(label, (stop.name, *stop.facts)))
        )
        state = ":::missing" if stop.is_missing else ":::failing" if (number, at) in failing else ""
        yield f"  stop{number}_{at}{shape}{state}"
    yield f"  {' --> '.join(f'stop{number}_{at}' for at in range(len(route.stops)))}"
    node = next((at for at, stop in enumerate(route.stops) if stop.role == "node"), 0)
    for at in range(len(route.stops), len(route.stations)):
        yield f"  stop{number}_{node} --> stop{number}_{at}"
    if titled:
        yield "  end"


def label(text: str) -> str:
    """A text inside the quotes of a mermaid label: every sign that is none of a name by its number."""
    shown = _cut(visible(text), MOST_LABEL)
    return _UNSAFE_IN_A_LABEL.sub(lambda sign: f"#{ord(sign[0])};", shown)


def _row(accepted: Accepted, review: Review) -> str:
    found, (reason, owner, ends, _) = accepted
    place = quoted(f"{review.path}:{found.place.span.line}")
    return _cells([quoted(found.rule), place, prose(reason), quoted(owner), prose(ends)])


def _accepted(report: Report, room: int) -> list[str]:
    """The risks that the teams live with; the first ones, where room ends."""
    every = [(accepted, review) for review in report.reviews for accepted in review.accepted]
    if not every:
        return []
    line = many(len(every), "accepted risk")
    head = "| rule | place | reason | owner | ends |\n|---|---|---|---|---|"
    more = [_more([(accepted.finding, review) for accepted, review in every])]
    room -= size([folded(line, head, *more)])
    rows = []
    for done, (accepted, review) in enumerate(every):
        row = _row(accepted, review)
        room -= size([row])
        if room < 0:
            more = [_more([(accepted.finding, review) for accepted, review in every[done:]])]
            break
        rows.append(row)
    else:
        more = []
    return [folded(line, "\n".join([head, *rows]), *more)]


def _deployed(report: Report, room: int) -> list[str]:
    """How each design stands to what runs, in a table; the first rows of it, where room ends."""
    blocks = []
    compared = [review for review in report.reviews if review.deployment]
    for review in compared:
        of = f" {tagged(review.path)}" if len(report.reviews) > 1 else ""
        line = f"As deployed{of}: {review.standings}"
        head = "| field | the design says | the files say | where | standing |\n|---|---|---|---|---|"
        more = f"{{}} more. Run {quoted(f'rtreview {shlex.quote(visible(review.path))} --verbose')}."
        room -= size([folded(line, head, more)])
        rows: list[str] = []
        for deployed in review.deployment:
            row = _standing(deployed)
            room -= size([row])
            if room < 0:
                break
            rows.append(row)
        if rows:
            left = len(review.deployment) - len(rows)
            blocks.append(folded(line, "\n".join([head, *rows]), *([more.format(left)] if left else [])))
    return blocks


def _standing(deployed: Deployed) -> str:
    features = f" in {prose(names(deployed.features))}" if deployed.features else ""
    why = f"({prose(deployed.origin)})" if deployed.origin else ""
    return _cells(
        (
            f"{quoted(deployed.place.name)}{features}",
            prose(deployed.stated),
            " ".join(filter(None, (prose(deployed.runs), why))),
            ", ".join(map(quoted, deployed.places)),
            f"**{deployed.standing}**" if deployed.standing is Standing.DISAGREES else deployed.standing,
        )
    )


def _undecided(report: Report) -> list[str]:
    """How many verdicts are open, and the fields that would let the most dangerous be told."""
    count = sum(review.count(Verdict.UNDECIDED) for review in report.reviews)
    if not count:
        return []
    return [f"{many(count, 'verdict')} undecided.{_to_state(report)}"]


def _handed_over(report: Report) -> list[str]:
    """What the designs go into and nobody reviews here, with whom to ask, each topic once."""
    topics = {
        (hand_over.title, hand_over.ask, hand_over.owner): None
        for review in report.reviews
        for hand_over in review.handed_over
    }
    entries = [
        f"{prose(title)} (ask {prose(ask)}{f', decided by {quoted(owner)}' if owner else ''})"
        for title, ask, owner in topics
    ]
    more = len(entries) - MOST_NAMES
    shown = [*entries[:MOST_NAMES], *([f"and {more} more"] if more > 0 else [])]
    return [f"Not reviewed here: {'; '.join(shown)}."] if entries else []


def _pointer(report: Report) -> list[str]:
    """How to read what the findings cite."""
    cites = any(any(finding.cites) for review in report.reviews for finding in review.findings)
    return [f"<sub>{EXPLAIN}</sub>"] if cites else []


def _others(report: Report) -> list[str]:
    others = sum(not review.findings for review in report.reviews)
    if not others or others == len(report.reviews):
        return []
    return [f"{many(others, 'other design')} {'has' if others == 1 else 'have'} no finding."]


def _known(report: Report) -> list[str]:
    """How many findings were there before, what hides them, since when, and what hides nothing any more."""
    hidden = report.hidden
    if hidden is None:
        return []
    count = sum(len(review.known) for review in report.reviews)
    since = f", the oldest since {prose(hidden.oldest)}" if hidden.oldest else ""
    gone = ""
    if hidden.obsolete:
        gone = f" No longer needed there: {_named([quoted(entry) for entry in hidden.obsolete])}."
    return [f"{many(count, 'known finding')} hidden by {quoted(hidden.by)}{since}.{gone}"]


REPORTS.register("markdown", lambda report, _: render(report))
CHANGES.register("markdown", lambda changes, _: render_change(changes))
