"""The sections of the three books: rules, sharp edges, patterns and anti-patterns."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from functools import cache
from operator import itemgetter

import yaml

from pages.links import linked, page_of, rules
from pages.page import ROOT, RULEBOOK, RULES, Page, fenced, folded, link
from rtreview.fix.remedy import with_proposals
from rtreview.render import text
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Report
from rtreview.rulebook.finding import Verdict
from rtreview.rulebook.references import Section

MOST_DESIGNS = 4
"""Designs that are shown of each kind, of those that a rule is tested with."""

LONGEST_DESIGN = 25
"""Lines of a design that still shows something at a glance."""

_FIRST = ("Why", "What happens", "When", "What it looks like", "What is left out")
"""The heading of a section whose first sentence tells what it is about."""

_HIDDEN = ("Cites", "Signs", "Against", "Listed")
"""Facts of a section that a page shows in another way, or that a machine alone reads."""


def page(section: Section) -> Page:
    """The page of a section."""
    part = f"{section.kind}s" if section.kind.endswith("pattern") else section.topic
    title = section.title.capitalize() if section.kind == "hand-over" else section.title
    first = next((name for name in _FIRST if name in section.texts), "")
    summary = section.first_sentence(first) or title
    part = part.replace("-", " ").capitalize()
    return Page(page_of(section), title, summary, lambda: _explained(section), part)


def _explained(section: Section) -> str:
    """A section as it stands in its book, with what the program makes of it."""
    origin = page_of(section)
    blocks = [f"`rtreview explain {shlex.quote(section.id)}`"]
    facts = [f"- **{name}** {fact}" for name, fact in section.facts.items() if name not in _HIDDEN]
    cited = ", ".join(link(name, page_of(RULEBOOK.sections[name]), origin) for name, _ in section.cited)
    facts += [f"- **Rests on** {cited}"] if cited else []
    blocks += ["\n".join(facts)] if facts else []
    for heading, prose in section.texts.items():
        blocks += [f"## {heading}", linked(prose, section.file, origin)]
        if heading in ("Bad", "Good") and section.id in RULES:
            (_, design), *_ = section.blocks(heading)
            blocks.append(fenced(_reviewed(section.id, design)))
    blocks += list(_tested(section.id))
    if citing := [rule.id for rule in RULES.values() if section.id in map(itemgetter(0), rule.section.cited)]:
        blocks += ["## Rules that rest on it", rules(citing, origin)]
    return "\n\n".join(blocks)


def _reviewed(rule: str, design: str) -> str:
    """What one rule says of a design, as a terminal shows it."""
    found = engine.review(design.encode(), "design.yaml", Policy(RULEBOOK, select=(rule,)))
    whole = text.render(Report(tuple(map(with_proposals, found)), RULEBOOK), width=80)
    return whole.partition("\ngo on with\n")[0]


def _tested(rule: str) -> Iterator[str]:
    """The designs that hold a rule in its tests, and how often it speaks on published ones."""
    folder = ROOT / "tests" / "rules" / rule
    headings = {"fail": "Fires on", "pass": "Passes", "unstated": "Asks about"}
    for name, heading in headings.items():
        file = folder / f"{name}.yaml"
        if not file.is_file():
            continue
        designs = [
            each for each in re.split(r"(?m)^---\n", file.read_text("utf-8")) if re.search("(?m)^name:", each)
        ]
        shown = [design for design in designs if design.count("\n") <= LONGEST_DESIGN][:MOST_DESIGNS]
        if designs:
            yield f"## {heading}"
        yield from (folded(_called(design), fenced(design, "yaml")) for design in shown)
        if others := [_called(design) for design in designs if design not in shown]:
            yield "Also:\n\n" + "\n".join(f"- {name}" for name in others)
    if rule in RULES:
        count, verdicts = spoken()
        fires, asks = (verdicts[rule, verdict] for verdict in (Verdict.VIOLATED, Verdict.UNSTATED))
        yield "## On published designs"
        yield f"It fires on {fires} of the {count} published designs of the corpus, and asks about {asks}."


def _called(design: str) -> str:
    return str(yaml.load(design, yaml.CSafeLoader)["name"])


@cache
def spoken() -> tuple[int, Counter[tuple[str, Verdict]]]:
    """How many designs the corpus has, and on how many a rule comes to a verdict that a report shows."""
    files = sorted((ROOT / "tests" / "corpus").glob("*.rtreview.yaml"))
    counter: Counter[tuple[str, Verdict]] = Counter()
    for file in files:
        found = (each for one in engine.review(file.read_bytes(), file.name) for each in one.findings)
        counter.update({(each.rule, each.verdict) for each in found})
    return len(files), counter
