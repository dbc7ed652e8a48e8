"""What a review meeting looks at: each review, with the figures and scenarios that stand beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rtreview import simulate
from rtreview.fix.remedy import remedy
from rtreview.language import catalogue
from rtreview.language.design import Design
from rtreview.reviews import engine
from rtreview.reviews.failure_walk import Walk, walk
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import DerivedNumber, Hidden, Report, Review
from rtreview.rulebook.finding import Finding, Verdict
from rtreview.rulebook.rulebook import Rulebook
from rtreview.simulate.simulation import Simulation, simulations
from rtreview.text.refusal import Refused


@dataclass(frozen=True, slots=True)
class Issue:
    """A fault to decide on, and the scenario that shows it: as the design stands, and with a change.

    `change` are fields and values as `rtreview simulate --set` takes them; `curve` is the one to look at.
    """

    finding: Finding
    change: tuple[str, ...] = ()
    now: Simulation | None = None
    after: Simulation | None = None
    curve: str = ""

    @property
    def is_smallest(self) -> bool:
        """Whether the change is the least that clears the limit, and not what the references recommend."""
        found = self.finding.comparison
        return found is not None and found.change is not None and self.change == ("=".join(found.change),)


@dataclass(frozen=True, slots=True)
class Brief:
    """One design: its review, and what a meeting needs beside it."""

    review: Review
    summary: str = ""
    status: str = ""
    owners: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    scenarios: tuple[Simulation, ...] = ()
    numbers: tuple[DerivedNumber, ...] = ()
    platforms: tuple[catalogue.Platform, ...] = ()
    walk: Walk | None = None

    @property
    def behaviour(self) -> list[Simulation]:
        """The scenarios that the numbers of the design tell enough of."""
        return [scenario for scenario in self.scenarios if scenario.course]

    @property
    def untold(self) -> list[Simulation]:
        """The others; their `reason` says what would be needed."""
        return [scenario for scenario in self.scenarios if not scenario.course]

    @property
    def unreviewed(self) -> list[Finding]:
        """What could not be reviewed, so that the rest is no answer."""
        return list(self.review.unreviewed)

    @property
    def questions(self) -> list[Finding]:
        """What a reviewer has to know and the spec does not say."""
        return [finding for finding in self.review.findings if finding.verdict is Verdict.UNSTATED]

    @property
    def notes(self) -> list[Finding]:
        """What only explains why less is known than could be."""
        return [finding for finding in self.review.findings if finding.verdict is Verdict.NOTE]


@dataclass(frozen=True, slots=True)
class Briefing:
    """The designs of one call, what hides findings in them, and the references that they rest on."""

    briefs: tuple[Brief, ...]
    hidden: Hidden | None
    rulebook: Rulebook

    @property
    def known(self) -> int:
        """How many findings are hidden because they were there before."""
        return sum(len(brief.review.known) for brief in self.briefs)


def prepare(report: Report, policy: Policy) -> Briefing:
    """The briefing for a report whose reviews keep their readings: what they find, and how it goes on."""
    briefs = tuple(_brief(review, policy) for review in report.reviews)
    return Briefing(briefs, report.hidden, report.rulebook)


def _brief(review: Review, policy: Policy) -> Brief:
    if not review.judgements:
        return Brief(review)
    document, design = review.document, review.design
    written = design.spec
    faults = [finding for finding in review.findings if finding.verdict is Verdict.VIOLATED]
    return Brief(
        review=review,
        summary=written.summary.content or "",
        status=written.status.content or "",
        owners=tuple(written.owners.content or ()),
        issues=tuple(_issue(fault, review, policy) for fault in faults),
        scenarios=tuple(
            simulation
            for scenario in simulate.scenarios()
            if scenario.is_shown
            for simulation in simulations(scenario, document, design)
        ),
        numbers=tuple(engine.numbers_of(design, document)),
        platforms=tuple(_platforms(design)),
        walk=walk(review, policy.rulebook),
    )


def _issue(finding: Finding, review: Review, policy: Policy) -> Issue:
    found = remedy(finding, review.design)
    change = found.settings if found else ()
    scenario = simulate.showing(finding.rule)
    if scenario is None:
        return Issue(finding, change)
    try:
        variants = list(simulations(scenario, review.document, review.design, change, policy.fallbacks))
    except Refused:
        # What a rule proposes is no design by itself where the change needs another one beside it.
        variants = list(simulations(scenario, review.document, review.design))
    about = [
        variant
        for variant in variants
        if variant.course and (not variant.features or set(variant.features) & set(finding.features))
    ]
    now = next((variant for variant in about if not variant.variant), None)
    after = next((variant for variant in about if variant.variant), None)
    return Issue(finding, change, now, after, scenario.shows[finding.rule])


def _platforms(design: Design) -> Iterator[catalogue.Platform]:
    """What the design names and the catalogue knows, each once."""
    names: dict[str, None] = {}
    for connection in design.connections:
        names |= dict.fromkeys(platform.id for platform, _ in connection.platforms)
        for hop in connection.transport.path:
            platform = catalogue.find(hop.name.content or "")
            names |= {platform.id: None} if platform else {}
    for name in names:
        if platform := catalogue.find(name):
            yield platform
