"""The sections of the three books: rules, sharp edges, patterns and anti-patterns.

A rule has what a reviewer asks first at the top: what is wrong, with numbers, and the change that ends it.
Exactly when it fires stands at the end.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from functools import cache
from operator import itemgetter
from typing import NamedTuple

import yaml

from pages.links import linked, page_of, rules
from pages.page import ROOT, RULEBOOK, RULES, Page, fenced, folded, link, sourced, table
from pages.screen import screen, without_next
from rtreview.fix.remedy import with_proposals
from rtreview.render import text
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Report, Review
from rtreview.rulebook.finding import Verdict
from rtreview.rulebook.references import Section, slug

MOST_DESIGNS = 4
"""Designs that are shown of each kind, of those that a rule is tested with."""

LONGEST_DESIGN = 25
"""Lines of a design that still shows something at a glance."""

_FIRST = ("Why", "What happens", "When", "What it looks like", "What is left out")
"""The heading of a section whose first sentence tells what it is about."""

_OF_A_RULE = {
    "The fix": "Fix",
    "Bad": "Bad",
    "Good": "Good",
    "Why": "Why",
    "Question": "Question",
    "When it is wrong to fire": "Exemptions",
    "What it looks at": "Exactly when it fires",
}
"""The headings of a rule in the order of its page, each with its name there."""

_HIDDEN = ("Severity", "Cites", "Signs", "Against", "Listed")
"""Facts of a section that a page shows in another way, or that a machine alone reads."""


def page(section: Section) -> Page:
    """The page of a section."""
    part = (
        f"{section.kind.capitalize()}s" if section.kind.endswith("pattern") else _topics().get(section.topic)
    )
    title = section.title.capitalize() if section.kind == "hand-over" else section.title
    first = next((name for name in _FIRST if name in section.texts), "")
    summary = section.first_sentence(first) or title
    body = _rule if section.id in RULES else _section
    return Page(page_of(section), title, summary, lambda: body(section), part or "")


@cache
def _topics() -> Mapping[str, str]:
    """The topics of the rules as their book has them, each by its slug."""
    book = (ROOT / "references" / "validations.md").read_text("utf-8")
    return {slug(heading): heading for heading in re.findall(r"^# (.+)$", book, re.MULTILINE)}


def _section(section: Section) -> str:
    """A section as it stands in its book."""
    origin = page_of(section)
    severity = f" · {section.facts['Severity']}" if "Severity" in section.facts else ""
    blocks = [f"`rtreview explain {shlex.quote(section.id)}`{severity}", *_facts(section)]
    for heading, prose in section.texts.items():
        blocks += [f"## {_OF_A_RULE.get(heading, heading)}", linked(prose, section.file, origin)]
    if citing := [rule.id for rule in RULES.values() if section.id in map(itemgetter(0), rule.section.cited)]:
        blocks += ["## Rules that rest on it", rules(citing, origin)]
    return "\n\n".join(blocks)


def _facts(section: Section) -> list[str]:
    facts = [f"- **{name}** {fact}" for name, fact in section.facts.items() if name not in _HIDDEN]
    cited = (RULEBOOK.sections[name] for name, _ in section.cited)
    origin = page_of(section)
    links = ", ".join(link(each.title, page_of(each), origin) for each in cited)
    facts += [f"- **Rests on** {links}"] if links else []
    return ["\n".join(facts)] if facts else []


def _rule(section: Section) -> str:
    """A rule, with what the program says of the designs that its section shows."""
    origin = page_of(section)
    (bad, good) = (
        _reviewed(section.id, design) for heading in ("Bad", "Good") for _, design in section.blocks(heading)
    )
    finding = bad.findings[0]
    words = ", ".join(dict.fromkeys(section.gravity.values()))
    blocks = [f"**{words}** · `rtreview explain {section.id}`"]
    blocks += [f"{section.first_sentence('Why')} Of the design below, a review says:", f"> {finding.message}"]
    for heading, name in _OF_A_RULE.items():
        blocks.append(f"## {name}")
        if heading == "What it looks at":
            blocks += _severities(section)
        blocks.append(linked(section.texts[heading], section.file, origin))
        if heading == "The fix" and finding.proposed:
            blocks += [
                "For the design below that is:",
                fenced("\n".join(text.entries(finding.proposed)), "yaml"),
            ]
        if heading in ("Bad", "Good"):
            blocks.append(_report(bad if heading == "Bad" else good))
    blocks += [*_facts(section), *_tested(section.id), *_spoken(section.id)]
    return "\n\n".join(blocks)


def _severities(section: Section) -> Iterator[str]:
    """How grave each case of a rule is; nothing where all are the same."""
    ordinary, *_ = section.gravity.values()
    if cases := [(word, when) for when, word in section.gravity.items() if when]:
        yield table(("severity", "when"), [*cases, (ordinary, "otherwise")])


def _reviewed(rule: str, design: str) -> Review:
    """The review of a design by one rule."""
    (found,) = engine.review(design.encode(), "design.yaml", Policy(RULEBOOK, select=(rule,)))
    return with_proposals(found)


def _report(review: Review) -> str:
    """What a terminal shows of a review, without what to call next."""
    report = Report((review,), RULEBOOK)
    return screen(lambda columns: without_next(text.render(report, width=columns, colour=True)))


def _tested(rule: str) -> Iterator[str]:
    """The designs that hold a rule in its tests."""
    headings = {"fail": "Fires on", "pass": "Passes", "unstated": "Asks about"}
    blocks = []
    for name, heading in headings.items():
        source = (ROOT / "tests" / "rules" / rule / f"{name}.yaml").read_text("utf-8")
        designs = [each for each in re.split(r"(?m)^---\n", source) if re.search("(?m)^name:", each)]
        shown = [design for design in designs if design.count("\n") <= LONGEST_DESIGN][:MOST_DESIGNS]
        blocks += [f"**{heading}**"] if designs else []
        blocks += [folded(_called(design), fenced(design, "yaml")) for design in shown]
        if others := [_called(design) for design in designs if design not in shown]:
            blocks.append("Also:\n\n" + "\n".join(f"- {name}" for name in others))
    if blocks:
        yield folded("Test cases", "\n\n".join(blocks), on_paper=False)


def _called(design: str) -> str:
    return str(yaml.load(design, yaml.CSafeLoader)["name"])


class Spoken(NamedTuple):
    """A published design on which a rule says something: its name, where it stands, and the verdict."""

    design: str
    source: str
    verdict: Verdict


def _spoken(rule: str) -> Iterator[str]:
    """The published designs on which a rule fires, or about which it asks."""
    if spoken := _published().get(rule):
        yield "## On published designs"
        words = {Verdict.VIOLATED: "Fires on", Verdict.UNSTATED: "Asks about"}
        yield "\n".join(f"- {words[each.verdict]} {each.design} ({sourced(each.source)})" for each in spoken)


@cache
def _published() -> Mapping[str, list[Spoken]]:
    """What each rule says on the designs of the corpus."""
    found: dict[str, list[Spoken]] = {}
    for file in sorted((ROOT / "tests" / "corpus").glob("*.rtreview.yaml")):
        (source,) = re.findall(r"^# source: (.+)$", file.read_text("utf-8"), re.MULTILINE)
        (review,) = engine.review(file.read_bytes(), file.name)
        for rule, verdict in dict.fromkeys((each.rule, each.verdict) for each in review.findings):
            found.setdefault(rule, []).append(Spoken(str(review.name), source, verdict))
    return found
