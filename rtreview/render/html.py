"""The report as one HTML file: what a review meeting looks at, without a network, and on paper.

The templates and what else the page is made of stand in `page/`. Whatever they print is made visible and
escaped by the environment, so a template cannot forget it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from rtreview import __version__
from rtreview.language.field import AS_SET
from rtreview.quantities.quantity import in_unit
from rtreview.render import picture
from rtreview.render.format import REPORTS, Context
from rtreview.render.page import script
from rtreview.render.page.briefing import Brief, Briefing, Scene, anchor, kind, prepare
from rtreview.render.page.tiles import tiles
from rtreview.render.page.trace import MOST_RUNS, TooManyRuns
from rtreview.render.page.what_if import what_if
from rtreview.render.plot import plot
from rtreview.render.text import GAP, entries, many, names, to_state
from rtreview.reviews.failure_walk import Cell, State
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Report
from rtreview.rulebook import references
from rtreview.rulebook.finding import Finding, Judgement, Severity, Verdict
from rtreview.rulebook.references import Section, slug
from rtreview.rulebook.rulebook import Rulebook
from rtreview.simulate.simulation import Simulation
from rtreview.text.harmless import visible
from rtreview.text.place import Place

FOLDER = Path(__file__).parent / "page"

CHOICES = ("change", "accept", "ask")
"""What may become of a decision, in the words of the minutes of `rtreview meeting`."""

CONTEXT = 120
"""Letters of a long line that are shown beside a mark."""

_LINK = re.compile(r'href="(?:\w+\.md)?#([^"]+)"')
_AS_IT_IS = re.compile(r"(<(?:pre|script|textarea)\b.*?</(?:pre|script|textarea)>)", re.DOTALL)
_INDENT = re.compile(r"\n\s+")
_ASIDE = re.compile(r"^\s*(?:/\*(?:[^*]|\*(?!/))*\*/\s*$\n?|//.*\n)?[ \t]*", re.MULTILINE)
_INNER = re.compile(r'<a href="#([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)


def render(briefing: Briefing) -> str:
    """The page for all designs of a call."""
    template = _environment().get_template("page.html.j2")
    page = template.render(briefing=briefing, several=len(briefing.briefs) > 1)
    parts = _AS_IT_IS.split(page)
    return "".join(part if number % 2 else _INDENT.sub("\n", part) for number, part in enumerate(parts))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters |= {
        "anchor": anchor,
        "names": names,
        "unit": in_unit,
        "reference": _reference,
        "slug": slug,
        "quoting": _quoting,
        "entries": entries,
        "breakable": breakable,
        "letter": letter,
        "counted": counted,
        "stated": _stated,
        "to_state": lambda fields: to_state(fields, "`{}`".format),
    }
    environment.globals |= {
        "version": __version__, "verdict": verdict, "tiles": tiles, "excerpt": excerpt, "exhibit": exhibit,
        "pictures": pictures, "unmarked": unmarked, "appendix": appendix, "grouped": grouped, "alike": alike,
        "tally": tally, "assumptions": assumptions, "style": _style, "scripts": scripts, "policy": _policy,
        "kind": kind, "Verdict": Verdict, "choices": CHOICES, "most_runs": MOST_RUNS,
        "components": references.COMPONENTS, "failures": references.FAILURES,
    }  # fmt: skip
    return environment


def _quoting(text: str) -> Markup:
    """Text in which what stands between backticks is code, as in the references."""
    parts = (escape(visible(part)) for part in text.split("`"))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in enumerate(parts)
    )


def _shown(value: object) -> object:
    """What a template prints: text that hides nothing, and markup of our own as it is."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def breakable(text: str) -> Markup:
    """A setting that breaks behind a dot or a space, and inside of no word."""
    return Markup("<wbr>").join(escape(visible(part)) for part in re.split(r"(?<=[._])(?=\w)", text))


def counted(count: int, state: str) -> str:
    """How many there are of a verdict or of a state: `2 questions`, `3 undecided`."""
    return many(count, state) if state == State.UNSTATED else f"{count} {state}"


def _stated(cell: Cell) -> str:
    """How a cell of the failure walk is drawn: its state, and how grave it is where a rule is violated."""
    state = cell.state.replace(" ", "-")
    return f"{state} {cell.answers[0].severity}" if cell.state is State.VIOLATED else state


def letter(number: int) -> str:
    """What a question is called: a, b, and so on, aa behind z."""
    before, at = divmod(number - 1, 26)
    return f"{letter(before) if before else ''}{chr(ord('a') + at)}"


def verdict(brief: Brief) -> str:
    """The review in one sentence; what a severity means is said in `validations.md`."""
    if brief.unreviewed:
        return "This design could not be reviewed."
    if brief.review.is_of_what_runs:
        return "This is a file of the deployment, and no design."
    if brief.is_of_change:
        return "This is about the change itself, and no design."
    faults = [issue.finding.severity for issue in brief.issues]
    errors, warnings = faults.count(Severity.ERROR), faults.count(Severity.WARNING)
    others = len(faults) - errors - warnings
    phrases = []
    if errors:
        phrases.append(f"{many(errors, 'fault')} that {_verb(errors, 'shows', 'show')} in an ordinary week")
    if warnings:
        shows = _verb(warnings, "shows", "show")
        phrases.append(f"{many(warnings, 'fault')} that {shows} under load or on bad networks")
    if others:
        phrases.append(f"{many(others, 'place')} where there is a better way")
    *first, last = phrases or ["no fault that a rule looks for"]
    found = f"It has {', '.join(first)}{' and ' if first else ''}{last}"
    asked, undecided = len(brief.questions), brief.review.count(Verdict.UNDECIDED)
    if undecided and not phrases:
        found = "No rule finds a fault in what it states"
    silent = [f"{many(asked, 'question')} {_verb(asked, 'needs', 'need')} an answer"] if asked else []
    # Silence is not "none": whoever reads this sentence alone has to know how much is left out.
    if undecided:
        silent.append(f"{many(undecided, 'verdict')} {_verb(undecided, 'is', 'are')} undecided")
    return "; ".join([found, *([" and ".join(silent)] if silent else [])]) + "."


def _verb(count: int, singular: str, plural: str) -> str:
    return singular if count == 1 else plural


class Row(NamedTuple):
    """A line of the spec: its parts, each with how it is marked, and what is to be seen there."""

    number: int
    parts: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]


def excerpt(finding: Finding, lines: Sequence[str]) -> list[Row | None]:
    """The lines that a finding is about, its places marked; None where lines are left out."""
    places = [(finding.place, "first"), *((place, "other") for place in finding.related)]
    wanted = sorted({place.span.line for place, _ in places})
    rows: list[Row | None] = []
    before = wanted[0] - 1
    for line in wanted:
        if line - before > GAP:
            rows.append(None)
            before = line - 1
        rows += [_row(number, lines[number - 1], places) for number in range(before + 1, line + 1)]
        before = line
    return rows


def _row(number: int, line: str, places: list[tuple[Place, str]]) -> Row:
    here = [(place, mark) for place, mark in places if place.span.line == number]
    spans: list[tuple[int, int, str]] = []
    for place, mark in here:
        start, span = place.span.column - 1, place.span
        end = span.end_column - 1 if span.end_line == number else len(line.rstrip())
        spans.append((start, max(end, start + 1), mark))
    # Looked at by the edges of what is marked and not by signs: a line may be a megabyte.
    edges = sorted({0, len(line), *(min(edge, len(line)) for span in spans for edge in span[:2])})
    runs = groupby(
        pairwise(edges), lambda run: next((mark for start, end, mark in spans if start <= run[0] < end), "")
    )
    parts = []
    for mark, run in runs:
        first, *_, last = (edge for edges in run for edge in edges)
        text = line[first:last]
        parts.append((text if mark else _around_marks(text, first == 0, last == len(line)), mark))
    labels = dict.fromkeys((place.label, mark) for place, mark in here if place.label)
    return Row(number, tuple(parts), tuple(labels))


def _around_marks(text: str, is_first: bool, is_last: bool) -> str:
    """What stands between marks, without the middle of what is too long to read: a spec may be one line."""
    if len(text) <= 2 * CONTEXT:
        return text
    return f"{'' if is_first else text[:CONTEXT]}…{'' if is_last else text[-CONTEXT:]}"


class Panel(NamedTuple):
    """A curve of a scene: as the design stands, and on the same axes with what is proposed."""

    name: str
    plot: Markup


class Exhibit(NamedTuple):
    """A scene in pictures and figures, and what the page computes it from by itself.

    `figures` have a value for each of the variants. `beginning` is what the sliders begin with: the design as
    it stands, as far as that can be told. It is None without a `kernel`, and where that has too many cases.
    """

    panels: tuple[Panel, ...]
    variants: tuple[tuple[str, ...], ...]
    figures: tuple[tuple[str, tuple[str, ...]], ...]
    kernel: str
    beginning: dict[str, Any] | None


def exhibit(rulebook: Rulebook, scene: Scene) -> Exhibit:
    """What is to be seen of a scene."""
    variants = [variant for variant in (scene.now, scene.after) if variant is not None and variant.course]
    first, last = variants[0], variants[-1]
    curves = list(zip(*(variant.curves for variant in variants), strict=False))
    return Exhibit(
        tuple(Panel(same[0].name, plot(same, is_changed=bool(last.variant))) for same in curves),
        tuple(variant.variant for variant in variants),
        tuple(_figures(variants)),
        last.scenario.kernel,
        _beginning(rulebook, first, last) if first.scenario.kernel else None,
    )


def _beginning(rulebook: Rulebook, first: Simulation, last: Simulation) -> dict[str, Any] | None:
    with suppress(TooManyRuns):
        return what_if(first.scenario, first.feature, rulebook, last.feature if last is not first else None)
    return None


def _figures(variants: Sequence[Simulation]) -> Iterator[tuple[str, tuple[str, ...]]]:
    values = [{name: str(value) for name, value in variant.figures} for variant in variants]
    for name in dict.fromkeys(name for value in values for name in value):
        yield name, tuple(value.get(name, "") for value in values)


def pictures(brief: Brief, prefix: str) -> list[tuple[str, picture.Picture]]:
    """The design as a picture, by layout, with what is found marked where it is."""
    review = brief.review
    if not review.routes:
        return []
    found = [
        (
            issue.finding,
            picture.Mark(str(number), kind(issue.finding), f"{prefix}{anchor(issue.finding)}"),
        )
        for number, issue in enumerate(brief.issues, 1)
    ]
    found += [
        (question, picture.Mark(letter(number), "question", f"{prefix}{anchor(question)}"))
        for number, question in enumerate(brief.questions, 1)
    ]
    return [("wide", picture.beside(review.routes, found)), ("narrow", picture.below(review.routes, found))]


def unmarked(brief: Brief, drawn: list[tuple[str, picture.Picture]]) -> list[str]:
    """The decisions and questions that concern no station of the picture."""
    marked = {mark.word for _, drawing in drawn for box in drawing.boxes for mark in box.marks}
    every = [str(number) for number in range(1, len(brief.issues) + 1)]
    every += [letter(number) for number in range(1, len(brief.questions) + 1)]
    return [word for word in every if word not in marked]


def grouped(brief: Brief) -> list[tuple[str, list[Judgement]]]:
    """What every rule says, by verdict in the words of the page, those first that matter most."""
    judgements = sorted(brief.review.judgements, key=lambda judgement: judgement.verdict.rank)
    return [
        ("question" if verdict is Verdict.UNSTATED else verdict.replace("-", " "), list(group))
        for verdict, group in groupby(judgements, key=lambda judgement: judgement.verdict)
    ]


def alike(judgements: list[Judgement]) -> list[tuple[tuple[tuple[str, ...], str], list[str]]]:
    """The rules that say the same of the same features, in the order in which that is first said."""
    rules: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for judgement in judgements:
        rules.setdefault((judgement.features, judgement.reason), []).append(judgement.rule)
    return list(rules.items())


def tally(brief: Brief) -> list[str]:
    """How many verdicts of each kind; where a rule leads to more than one decision or question, how many."""
    leads_to = {
        "violated": ("violated", len(brief.issues), "decision"),
        "question": ("asked about", len(brief.questions), "question"),
    }
    parts = []
    for word, judgements in grouped(brief):
        count = len(judgements)
        beside, found, noun = leads_to.get(word, ("", count, ""))
        parts.append(counted(count, word) if found == count else f"{count} {beside} ({many(found, noun)})")
    return parts


def assumptions(brief: Brief) -> list[tuple[str, str, str]]:
    """What the numbers rest on that the design itself does not state: field, value, and who says so."""
    fields = [field for number in brief.numbers for field in number.fields]
    variants = [variant for scene in brief.scenes for variant in (scene.now, scene.after) if variant]
    fields += [field for variant in variants for field in variant.inputs]
    assumed = (
        field
        for field in fields
        if field.value and field.origin not in ("stated", AS_SET, "not stated", "derived")
    )
    return list(dict.fromkeys((field.name, field.value, field.origin) for field in assumed))


def appendix(briefing: Briefing) -> Iterator[tuple[str, list[Section]]]:
    """The sections of the references that something in the page cites, by file."""
    titles = {
        "validation": "Validations",
        "hand-over": "Not reviewed here",
        "note": "Beside the rules",
        "sharp-edge": "Sharp edges",
        "pattern": "Patterns",
        "anti-pattern": "Anti-patterns",
    }
    sections = briefing.rulebook.sections.values()
    for name, title in titles.items():
        cited = [section for section in sections if section.kind == name and section.id in briefing.cited]
        if cited:
            yield title, cited


def _reference(section: Section, cited: frozenset[str]) -> Markup:
    """The text of a section as HTML, with links to what stands in the page."""
    whole = Markup("\n").join(_part(heading, text) for heading, text in section.texts.items())
    anchors = {f"ref-{slug(name)}" for name in cited}
    return Markup(_INNER.sub(lambda found: found[0] if found[1] in anchors else found[2], whole))


@cache
def _part(heading: str, text: str) -> Markup:
    linked = _LINK.sub(lambda found: f'href="#ref-{slug(found[1])}"', _markdown().render(text))
    # What is wider than its place is moved by the keyboard, too.
    linked = linked.replace("<pre>", '<pre tabindex="0">')
    # The parser lets no HTML of a text through, and makes no link that a browser would run.
    return Markup('<section class="{}"><h5>{}</h5>\n{}</section>').format(
        slug(heading), heading, Markup(linked)
    )


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


@cache
def _style() -> Markup:
    lean = _lean((FOLDER / "page.css").read_text("utf-8"))
    # Between declarations and rules a style needs no line of its own.
    return Markup(lean.replace(" {\n", "{").replace(";\n", ";").replace("}\n", "}").replace(": ", ":"))


@cache
def scripts() -> tuple[Markup, ...]:
    """The models, and what the page does when somebody touches it."""
    return Markup(_lean(script())), Markup(_lean((FOLDER / "page.js").read_text("utf-8")))


def _lean(code: str) -> str:
    """A script or a style without its indentation and the lines that only say why: a page is mailed."""
    return _ASIDE.sub("", code)


def _policy() -> str:
    """What the browser may run: the scripts of the page, and nothing that a spec might bring along."""
    hashes = (hashlib.sha256(code.encode()).digest() for code in scripts())
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashes)
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )


def _page(report: Report, context: Context) -> str:
    return render(prepare(report, context.policy or Policy(report.rulebook)))


REPORTS.register("html", _page)
