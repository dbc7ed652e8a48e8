"""What a review meeting looks at: each review, with the figures and scenarios that stand beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from rtreview import simulate
from rtreview.language import catalogue
from rtreview.language.design import Design
from rtreview.quantities.unchanging import unchanging
from rtreview.reviews import engine
from rtreview.reviews.failure_walk import Walk, walk
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import DerivedNumber, Hidden, Report, Review
from rtreview.rulebook.finding import Finding, Judgement, Verdict
from rtreview.rulebook.references import slug
from rtreview.rulebook.rulebook import Rulebook
from rtreview.simulate.scenario import Scenario
from rtreview.simulate.simulation import Simulation, of_variants, varied
from rtreview.text.refusal import Refused

MOST_SCENES = 12
"""Scenes that the page of a design draws: nobody reads more of them."""


@unchanging()
class Scene:
    """A scenario of some features: as the design stands, and with what all decisions propose.

    `decisions` are the numbers of those that it shows.
    """

    now: Simulation
    proposed: Simulation | None = None
    decisions: tuple[int, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether the numbers of the design, or of what is proposed, tell how it goes on."""
        return any(each is not None and each.parameters is not None for each in (self.now, self.proposed))

    @property
    def after(self) -> Simulation | None:
        """How it goes on with what is proposed, where that is something else."""
        course = self.proposed.course if self.proposed else None
        return self.proposed if course not in (None, self.now.course) else None

    @property
    def anchor(self) -> str:
        """Where it stands in the page of its design."""
        return slug("-".join((self.now.scenario.name, *self.now.features)))


@unchanging()
class Issue:
    """A fault to decide on, what is proposed, and the scene that shows it, where one can be told.

    `change` are fields and values as `rtreview simulate --set` takes them; `same_as` is the number of an
    earlier decision that proposes the same.
    """

    finding: Finding
    change: tuple[str, ...] = ()
    scene: Scene | None = None
    same_as: int = 0

    @property
    def is_smallest(self) -> bool:
        """Whether the change is the least that clears the limit, and not what the references recommend."""
        found = self.finding.comparison
        return found is not None and found.change is not None and self.change == ("=".join(found.change),)


@unchanging()
class Brief:
    """One design: its review, and what a meeting needs beside it.

    `undrawn` are scenes that would be told of as well, and for which a page has no room.
    """

    review: Review
    summary: str = ""
    status: str = ""
    owners: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    scenes: tuple[Scene, ...] = ()
    undrawn: tuple[Scene, ...] = ()
    numbers: tuple[DerivedNumber, ...] = ()
    platforms: tuple[catalogue.Platform, ...] = ()
    walk: Walk | None = None

    @property
    def behaviour(self) -> list[Scene]:
        """The scenes that the numbers of the design tell enough of, those first that show a decision."""
        told = [scene for scene in self.scenes if scene.is_told]
        return sorted(told, key=lambda scene: not scene.decisions)

    @property
    def untold(self) -> list[Simulation]:
        """What cannot be simulated as the design stands; its `reason` says what would be needed."""
        return [scene.now for scene in self.scenes if scene.now.parameters is None]

    @property
    def held(self) -> list[Judgement]:
        """The limits that the design keeps, those first that it keeps most narrowly, each once."""
        found: dict[tuple[str, str, float, float], Judgement] = {}
        for judgement in self.review.judgements:
            compared = judgement.comparison
            if judgement.verdict is Verdict.PASSED and compared is not None and compared.right:
                key = (compared.what, compared.than, compared.left, compared.right)
                found.setdefault(key, judgement)
        return sorted(found.values(), key=lambda row: -row.comparison.share)  # type: ignore[union-attr]

    @property
    def unreviewed(self) -> list[Finding]:
        """What could not be reviewed, so that the rest is no answer."""
        return list(self.review.unreviewed)

    @property
    def notices(self) -> list[Finding]:
        """What stands above all else: why it could not be reviewed, or what a change does to its review."""
        return list(self.review.findings) if self.is_of_change else self.unreviewed

    @property
    def is_of_change(self) -> bool:
        """Whether it tells of a change, and of no design: no rule judged anything."""
        found = any(finding.verdict is Verdict.VIOLATED for finding in self.review.findings)
        return found and not (self.review.judgements or self.issues)

    @property
    def questions(self) -> list[Finding]:
        """What a reviewer has to know and the spec does not say."""
        return [finding for finding in self.review.findings if finding.verdict is Verdict.UNSTATED]

    @property
    def notes(self) -> list[Finding]:
        """What only explains why less is known than could be."""
        return [finding for finding in self.review.findings if finding.verdict is Verdict.NOTE]


@unchanging()
class Briefing:
    """The designs of one call, what hides findings in them, and the references that they rest on.

    `cited` are the sections of the references that something in the page cites.
    """

    briefs: tuple[Brief, ...]
    hidden: Hidden | None
    rulebook: Rulebook
    day: date
    cited: frozenset[str]

    @property
    def known(self) -> int:
        """How many findings are hidden because they were there before."""
        return sum(len(brief.review.known) for brief in self.briefs)


def prepare(report: Report, policy: Policy) -> Briefing:
    """The briefing for a report whose reviews keep their readings and have their proposals."""
    briefs = tuple(_brief(review, policy) for review in report.reviews)
    return Briefing(briefs, report.hidden, report.rulebook, policy.day, _cited(report))


def _cited(report: Report) -> frozenset[str]:
    findings = [
        finding
        for review in report.reviews
        for finding in (*review.findings, *(accepted.finding for accepted in review.accepted))
    ]
    topics = {hand_over.topic for review in report.reviews for hand_over in review.handed_over}
    return frozenset(topics.union(citation.id for finding in findings for citation in finding.cites))


def _brief(review: Review, policy: Policy) -> Brief:
    if not review.judgements:
        return Brief(review)
    written = review.design.spec
    faults = [finding for finding in review.findings if finding.verdict is Verdict.VIOLATED]
    faults.sort(key=lambda finding: finding.gravity)
    proposed = [(fault, fault.proposed) for fault in faults]
    designs = _variants([change for _, change in proposed], review, policy)
    scenes, undrawn = _drawn(
        [scene for scenario in simulate.scenarios() for scene in _scenes(scenario, proposed, review, designs)]
    )
    showing: dict[int, Scene] = {}
    first: dict[tuple[str, ...], int] = {}
    for scene in scenes:
        for number in scene.decisions if scene.is_told else ():
            showing.setdefault(number, scene)
    for number, (_, change) in enumerate(proposed, 1):
        first.setdefault(change, number)
    return Brief(
        review=review,
        summary=written.summary.content or "",
        status=written.status.content or "",
        owners=tuple(written.owners.content or ()),
        issues=tuple(
            Issue(
                finding,
                change,
                showing.get(number),
                first[change] if change and first[change] < number else 0,
            )
            for number, (finding, change) in enumerate(proposed, 1)
        ),
        scenes=scenes,
        undrawn=undrawn,
        numbers=tuple(engine.numbers_of(review.design, review.document)),
        platforms=tuple(_platforms(review.design)),
        walk=walk(review, policy.rulebook),
    )


def _drawn(scenes: list[Scene]) -> tuple[tuple[Scene, ...], tuple[Scene, ...]]:
    """The scenes for which a page has room, those of the gravest decisions first, and all others."""
    told = sorted(
        (number for number, scene in enumerate(scenes) if scene.is_told),
        key=lambda number: scenes[number].decisions[:1] or (math.inf,),
    )
    left = {*told[MOST_SCENES:]}
    return (
        tuple(scene for number, scene in enumerate(scenes) if number not in left),
        tuple(scenes[number] for number in sorted(left)),
    )


def _scenes(
    scenario: Scenario[Any],
    proposed: list[tuple[Finding, tuple[str, ...]]],
    review: Review,
    designs: Mapping[tuple[str, ...], Design],
) -> Iterator[Scene]:
    """A scenario for each group of features for which it is the same."""
    about = {
        number: finding
        for number, (finding, _) in enumerate(proposed, 1)
        if simulate.showing(finding.rule) is scenario
    }
    if not (about or scenario.is_shown):
        return
    by_features: dict[tuple[str, ...], list[Simulation]] = {}
    for variant in of_variants(scenario, review.document, designs):
        by_features.setdefault(variant.features, []).append(variant)
    for features, (now, *others) in by_features.items():
        decisions = tuple(
            number
            for number, finding in about.items()
            if not features or not finding.features or {*features} & {*finding.features}
        )
        if decisions or scenario.is_shown:
            after = next((other for other in others if other.parameters is not None), None)
            yield Scene(now, after if decisions else None, decisions)


def _variants(
    changes: list[tuple[str, ...]], review: Review, policy: Policy
) -> dict[tuple[str, ...], Design]:
    """The design as it stands, and with as much of what is proposed as makes a design, the gravest first."""
    designs: dict[tuple[str, ...], Design] = {(): review.design}
    settings: dict[str, str] = {}
    for change in changes:
        for setting in change:
            settings.setdefault(setting.partition("=")[0], setting)
    for together in (tuple(settings.values()), *changes):
        if len(designs) == 1 and together:
            # What one decision proposes may be no design beside what another does.
            with suppress(Refused):
                designs[together] = varied(review.document, review.design, together, policy.fallbacks)
    return designs


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


def anchor(finding: Finding) -> str:
    """Where a finding stands in the page: the same as long as it is the same finding."""
    return f"{finding.rule}-{finding.fingerprint[:6]}"


def kind(finding: Finding) -> str:
    """How a finding is drawn: a question, or its severity."""
    return "question" if finding.verdict is Verdict.UNSTATED else str(finding.severity)
