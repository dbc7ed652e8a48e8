"""The report as one HTML file: what a review meeting looks at, without a network, and on paper.

The templates and what else the page is made of stand in `page/`. Whatever they print is made visible and
escaped by the environment, so a template cannot forget it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from rtreview import __version__
from rtreview.quantities.quantity import in_unit
from rtreview.render import picture
from rtreview.render.format import REPORTS, Context
from rtreview.render.page import script
from rtreview.render.page.briefing import Brief, Briefing, prepare
from rtreview.render.page.what_if import what_if
from rtreview.render.plot import frame, plot
from rtreview.render.text import GAP, names
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Report
from rtreview.rulebook import references
from rtreview.rulebook.finding import Finding, Judgement, Severity, Verdict
from rtreview.rulebook.references import Section, slug
from rtreview.rulebook.rulebook import Rulebook
from rtreview.simulate.series import Curve
from rtreview.simulate.simulation import Simulation
from rtreview.text.harmless import visible
from rtreview.text.place import Place

FOLDER = Path(__file__).parent / "page"

LEDGER = (
    "Accept capacity of all nodes",
    "Worst detection time of a dead connection",
    "Queue memory of a node whose clients are all slow",
    "Deliveries in the largest room",
)
"""The numbers of the ledger that stand at the top, as far as the design tells them."""

IN_PLACE = 20
"""Decisions in which what they cite can be opened on the spot: behind that a link leads to it."""

_LINK = re.compile(r'href="(?:\w+\.md)?#([^"]+)"')


def render(briefing: Briefing) -> str:
    """The page for all designs of a call."""
    template = _environment().get_template("page.html.j2")
    return template.render(briefing=briefing, several=len(briefing.briefs) > 1)


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
    }
    environment.globals |= {
        "version": __version__, "verdict": verdict, "tiles": tiles, "excerpt": excerpt, "exhibit": exhibit,
        "pictures": pictures, "appendix": appendix, "grouped": grouped,
        "assumptions": assumptions, "style": _style, "scripts": scripts, "policy": _policy,
        "kind": kind, "Verdict": Verdict,
        "most_in_place": IN_PLACE, "components": references.COMPONENTS,
        "failures": references.FAILURES,
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


def anchor(finding: Finding) -> str:
    """Where a finding stands in the page: the same as long as it is the same finding."""
    return f"{finding.rule}-{finding.fingerprint[:6]}"


def kind(finding: Finding) -> str:
    """How a finding is drawn: a question, or its severity."""
    return "question" if finding.verdict is Verdict.UNSTATED else str(finding.severity)


def verdict(brief: Brief) -> str:
    """The review in one sentence; what a severity means is said in `validations.md`."""
    if brief.unreviewed:
        return "This design could not be reviewed."
    faults = [issue.finding.severity for issue in brief.issues]
    errors, warnings = faults.count(Severity.ERROR), faults.count(Severity.WARNING)
    others = len(faults) - errors - warnings
    phrases = []
    if errors:
        phrases.append(f"{_many(errors, 'fault')} that {_verb(errors, 'takes', 'take')} it down or "
                    f"{_verb(errors, 'loses', 'lose')} data in an ordinary week")  # fmt: skip
    if warnings:
        shows = _verb(warnings, "shows", "show")
        phrases.append(f"{_many(warnings, 'fault')} that {shows} under load or on bad networks")
    if others:
        phrases.append(f"{_many(others, 'place')} where there is a better way")
    *first, last = phrases or ["no fault that a rule looks for"]
    found = f"It has {', '.join(first)}{' and ' if first else ''}{last}"
    asked, undecided = len(brief.questions), brief.review.count(Verdict.UNDECIDED)
    if undecided and not phrases:
        found = "No rule finds a fault in what it states"
    open_ = [f"{_many(asked, 'question')} {_verb(asked, 'is', 'are')} open"] if asked else []
    # Silence is not "none": whoever reads this sentence alone has to know how much is left out.
    open_ += [f"{_many(undecided, 'rule')} could not decide"] if undecided else []
    return "; ".join([found, *([" and ".join(open_)] if open_ else [])]) + "."


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _verb(count: int, singular: str, plural: str) -> str:
    return singular if count == 1 else plural


class Tile(NamedTuple):
    """A number that matters, and what it is; `features` where it is not the same for all."""

    value: str
    name: str
    features: tuple[str, ...]


def tiles(brief: Brief) -> list[Tile]:
    """The few numbers that matter, of those that the design tells."""
    figures = [
        (f"{name[0].upper()}{name[1:]}, in a {simulation.scenario.name}", str(value), simulation.features)
        for simulation in brief.behaviour
        for name, value in simulation.figures
        if name in simulation.scenario.headline
    ]
    figures += [
        (number.name, number.value, number.features)
        for number in brief.numbers
        if number.name in LEDGER and number.value
    ]
    headline = []
    for name in dict.fromkeys(name for name, _, _ in figures):
        values = dict.fromkeys(value for what, value, _ in figures if what == name)
        for value in values:
            about = tuple(
                feature
                for what, amount, features in figures
                if (what, amount) == (name, value)
                for feature in features
            )
            headline.append(Tile(value, name, about if len(values) > 1 else ()))
    return headline


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
    signs = [""] * len(line)
    for place, mark in reversed(here):
        span = place.span
        end = span.end_column - 1 if span.end_line == number else len(line.rstrip())
        start = span.column - 1
        signs[start : max(end, start + 1)] = [mark] * (min(len(line), max(end, start + 1)) - start)
    parts, at = [], 0
    for mark, run in groupby(signs):
        length = len(list(run))
        parts.append((line[at : at + length], mark))
        at += length
    labels = dict.fromkeys((place.label, mark) for place, mark in here if place.label)
    return Row(number, tuple(parts), tuple(labels))


class Panel(NamedTuple):
    """A curve of a design as it stands, or with a change; `is_last` where it is the last of its variants."""

    name: str
    change: tuple[str, ...]
    plot: Markup
    is_last: bool


class Exhibit(NamedTuple):
    """A scenario in pictures and figures, and what the page computes it from by itself.

    `variants` are what was set for each column of the figures: nothing for the design as it stands.
    `beginning` is what the sliders begin with: the last variant. It is None without a `kernel`.
    """

    panels: tuple[Panel, ...]
    variants: tuple[tuple[str, ...], ...]
    figures: tuple[tuple[str, tuple[str, ...]], ...]
    kernel: str
    beginning: dict[str, Any] | None


def exhibit(rulebook: Rulebook, *simulations: Simulation | None, curve: str = "") -> Exhibit | None:
    """A scenario, as it stands and with a change, in all of its curves or in one; None for none."""
    variants = [simulation for simulation in simulations if simulation is not None]
    if not variants:
        return None
    curves = list(zip(*(variant.curves for variant in variants), strict=False))
    shown = [same for same in curves if same[0].name == curve] or (curves[:1] if curve else curves)
    last = variants[-1]
    return Exhibit(
        tuple(panel for same in shown for panel in _panels(variants, same)),
        tuple(variant.variant for variant in variants),
        tuple(_figures(variants)),
        last.scenario.kernel,
        what_if(last.scenario, last.feature, rulebook) if last.scenario.kernel else None,
    )


def _panels(variants: Sequence[Simulation], curves: Sequence[Curve]) -> Iterator[Panel]:
    within = frame(curves)
    for variant, curve in zip(variants, curves, strict=True):
        yield Panel(curve.name, variant.variant, plot(curve, within), variant is variants[-1])


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
        (question, picture.Mark("?", "question", f"{prefix}{anchor(question)}"))
        for question in brief.questions
    ]
    return [("wide", picture.beside(review.routes, found)), ("narrow", picture.below(review.routes, found))]


def grouped(brief: Brief) -> list[tuple[Verdict, list[Judgement]]]:
    """What every rule says, by verdict, those first that matter most."""
    judgements = sorted(brief.review.judgements, key=lambda judgement: judgement.verdict.rank)
    return [
        (verdict, list(group))
        for verdict, group in groupby(judgements, key=lambda judgement: judgement.verdict)
    ]


def assumptions(brief: Brief) -> list[tuple[str, str, str]]:
    """What the numbers rest on that the design itself does not state: field, value, and who says so."""
    fields = (field for number in brief.numbers for field in number.fields)
    assumed = (
        field for field in fields if field.value and field.origin not in ("stated", "not stated", "derived")
    )
    return list(dict.fromkeys((field.name, field.value, field.origin) for field in assumed))


def appendix(briefing: Briefing) -> Iterator[tuple[str, list[tuple[Section, bool]]]]:
    """The sections of the references by file, and whether something in the page cites them."""
    cited = {
        citation.id
        for brief in briefing.briefs
        for finding in (*brief.review.findings, *(accepted.finding for accepted in brief.review.accepted))
        for citation in finding.cites
    }
    cited |= {hand_over.topic for brief in briefing.briefs for hand_over in brief.review.handed_over}
    titles = {
        "validation": "Validations",
        "hand-over": "Not reviewed here",
        "sharp-edge": "Sharp edges",
        "pattern": "Patterns",
        "anti-pattern": "Anti-patterns",
    }
    sections = briefing.rulebook.sections.values()
    for name, group in groupby(
        sorted(sections, key=lambda section: list(titles).index(section.kind)),
        key=lambda section: section.kind,
    ):
        yield titles[name], [(section, section.id in cited) for section in group]


def _reference(section: Section, *, whole: bool = True) -> Markup:
    """The text of a section as HTML; without its examples and its question, where it is not shown whole."""
    left_out = () if whole else ("Bad", "Good", "Question")
    return Markup("\n").join(
        _part(heading, text) for heading, text in section.texts.items() if heading not in left_out
    )


@cache
def _part(heading: str, text: str) -> Markup:
    linked = _LINK.sub(lambda found: f'href="#ref-{slug(found[1])}"', _markdown().render(text))
    # The parser lets no HTML of a text through, and makes no link that a browser would run.
    return Markup('<section class="{}"><h5>{}</h5>\n{}</section>').format(
        slug(heading), heading, Markup(linked)
    )


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


@cache
def _style() -> Markup:
    return Markup((FOLDER / "page.css").read_text("utf-8"))


@cache
def scripts() -> tuple[Markup, ...]:
    """The models, and what the page does when somebody touches it."""
    return Markup(script()), Markup((FOLDER / "page.js").read_text("utf-8"))


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
