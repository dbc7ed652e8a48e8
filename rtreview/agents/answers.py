"""What an agent asks, and what it is told: each answer fits into the little that an agent reads at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from hashlib import sha256
from itertools import pairwise
from typing import Any, NotRequired, cast

from typing_extensions import TypedDict

from rtreview.agents import pages
from rtreview.agents.workspace import Workspace
from rtreview.diagnose import diagnosis
from rtreview.fix import fix as fixes
from rtreview.fix.fix import Fix
from rtreview.init import beginning
from rtreview.language import catalogue
from rtreview.language.catalogue import Platform
from rtreview.language.design import Design
from rtreview.language.field import Fallback
from rtreview.language.notation import did_you_mean
from rtreview.language.spec import Spec
from rtreview.language.tree import Branch, branches
from rtreview.project.project import designs, review_source
from rtreview.quantities.unchanging import unchanging
from rtreview.render import fixes as differences
from rtreview.render import json as rows
from rtreview.render import outline
from rtreview.render.json import BriefReview, CurveRow, DiagnosisRow
from rtreview.reviews.report import Review, Unusable, readable
from rtreview.rulebook.finding import Judgement, Verdict
from rtreview.rulebook.outline import named
from rtreview.rulebook.references import Section, search, section_named, telling
from rtreview.simulate import NAMES, find
from rtreview.simulate.scenario import Scenario
from rtreview.simulate.simulation import Simulation, simulations, with_needs
from rtreview.text.document import Document
from rtreview.text.door import Door
from rtreview.text.refusal import Refused
from rtreview.text.sources import Source

WIDTH = 100
"""Columns of what is laid out as text."""

ENVELOPE = 60
"""Bytes of the names and numbers of pages."""

LONGEST_NAME = 200

LISTS = {
    "fields": "All fields of a spec",
    "platforms": "All platforms of the catalogue",
    "rules": "All rules of a review",
}
"""What can be listed as a whole, by the name that asks for it."""

POINTS = 24
"""Points of a curve: enough to see where it stands high, and for how long."""


class AgentDoor(Door):
    """What an agent calls in place of commands."""

    def field(self, name: str) -> str:
        """The tool that explains it."""
        return f'explain_reference("{name}")'

    def fields(self, below: str = "") -> str:
        """The tool that lists them; what a section holds stands in its own explanation."""
        return f'explain_reference("{below or "fields"}")'

    def platforms(self) -> str:
        """The tool that lists them."""
        return 'explain_reference("platforms")'

    def option(self, name: str) -> str:
        """The argument of a tool."""
        return f"`{'changes' if name == 'set' else name}`"


class UndecidedRow(TypedDict):
    """A rule that needs fields which the spec does not state."""

    rule: str
    features: NotRequired[list[str]]
    missing: list[str]


class DesignReview(BriefReview):
    """A review in short rows; with `detail`, `undecided` are the rules that the spec is too silent for."""

    undecided: NotRequired[list[UndecidedRow]]


class ReviewAnswer(TypedDict):
    """What is found and asked in designs, the gravest of each first; a page may begin within a design."""

    reviews: list[DesignReview]
    page: int
    pages: int


class Reference(TypedDict):
    """Something that can be explained, by its name."""

    name: str
    kind: str
    title: str


class Explained(TypedDict):
    """What the references say under a name, or `found`: where they speak of these words.

    `severities` tell how grave it is, by case; the ordinary one has none. `cites` can be explained in turn;
    of a field, they are all rules that read it.
    """

    name: str
    kind: str
    title: str
    severities: dict[str, str]
    cites: list[str]
    text: str
    found: list[Reference]
    page: int
    pages: int


class Diagnosed(DiagnosisRow):
    """What symptoms look like, by their `score`; with a design, what that is open to stands first.

    `likenesses` are those of a page. `yes` and `no` of a question name those that an answer speaks for.
    """

    page: int
    pages: int


class Simulated(TypedDict):
    """How it goes for some features, as the design stands, or with what is `set`.

    `figures` are what it comes to. Without any, `reason` tells what is missing, and `needs` sets it to an
    example. With `detail`, `inputs` are what went in and where each comes from, and `curves` how it goes on.
    """

    design: str | None
    features: list[str]
    set: list[str]
    figures: dict[str, str]
    reason: str
    needs: list[str]
    inputs: NotRequired[dict[str, str]]
    curves: NotRequired[list[CurveRow]]


class SimulationAnswer(TypedDict):
    """A scenario of a design."""

    path: str
    scenario: str
    tells: str
    simulations: list[Simulated]
    page: int
    pages: int


class DraftAnswer(TypedDict):
    """A first spec, what was taken as `usual` where nobody answered, and what its review asks or remarks."""

    text: str
    usual: dict[str, str]
    asks: dict[str, str]
    page: int
    pages: int


class FixRow(TypedDict):
    """A change of the spec that ends a finding.

    `state` is `made` in the difference, `needs thought` or `not possible`, with the `reason`. `price` is what
    gets worse, and `beside` is why a field changes that the finding is not about. `in_general` is what the
    references recommend, with the numbers of an example: all of it stands under the name of the rule. The
    numbers of this design are in `change`.
    """

    rule: str
    line: int
    change: list[str]
    beside: str
    state: str
    reason: str
    price: str
    in_general: str


class FixAnswer(TypedDict):
    """What can be mended, as a difference that `patch` takes, and each change in it. Nothing is written.

    The pages of `difference` are to be joined. `unreviewed` are the mistakes that stand in the way. `without`
    tells of each rule that was asked for why there is no change.
    """

    path: str
    difference: str
    fixes: list[FixRow]
    without: dict[str, str]
    unreviewed: list[str]
    page: int
    pages: int


@unchanging(slots=False)
class Answers:
    """Answers about the designs of a workspace, and about the references that count there.

    Attributes:
        workspace: where designs are read.
        still_wanted: called between parts of what takes long; raises where nobody waits any more.
        bookmarks: what the pages of earlier answers were cut from.

    Each of them raises `Refused` and `Unusable`, whose sentences are for whoever asked.

    """

    workspace: Workspace
    still_wanted: Callable[[], None] = lambda: None
    bookmarks: pages.Bookmarks = field(default_factory=pages.Bookmarks)

    def review(self, path: str, text: str, page: int, *, detail: bool = False) -> ReviewAnswer:
        """What is found and asked in a design, in those of a folder, or in a text."""
        sources = self.workspace.designs(path, text)
        reviews = self.bookmarks.continued(
            ("review", *_contents(sources)), page, lambda: list(self._reviewed(sources))
        )
        heads: list[Any] = []
        parts: list[tuple[int, str, Any]] = []
        for number, (brief, undecided) in enumerate(reviews):
            heads.append(pages.shortened({**brief, "findings": []}, pages.BESIDE // 2))
            parts.append((number, "", heads[number]))
            parts += [(number, "findings", finding) for finding in brief["findings"]]
            parts += [(number, "undecided", row) for row in undecided if detail]
        found, count = pages.page_of(parts, page)
        # What a design is stands above its findings, on each page that has some.
        on_page: dict[int, Any] = {}
        for number, place, part in found:
            empty: Any = {"findings": [], **({"undecided": []} if detail else {})}
            head = on_page.setdefault(number, {**heads[number], **empty})
            if place:
                head[place].append(part)
        return {"reviews": list(on_page.values()), "page": page, "pages": count}

    def explain(self, name: str, page: int) -> Explained:
        """What is said of a rule, a sharp edge, a pattern, a platform or a field; or who speaks of words."""
        if len(name) > LONGEST_NAME:
            raise Refused(f"`name` has more than {LONGEST_NAME} characters: name one thing")
        settings = self.workspace.settings
        if name in LISTS:
            found, count = pages.page_of([*self._listed(name)], page)
            answer = _explained(Reference(name=name, kind="list", title=LISTS[name]), "", 1)
            return {**answer, "found": found, "page": page, "pages": count}
        section = section_named(settings.rulebook.sections, name)
        if section:
            text, count = pages.text_page(section.source, page)
            return {
                **_reference(section),
                "severities": section.gravity,
                "cites": [cited for cited, _ in section.cited],
                "text": text,
                "found": [],
                "page": page,
                "pages": count,
            }
        if platform := catalogue.find(name):
            return _explained(_platform(platform), platform.source, page)
        fields = named(name.strip())
        words = telling(settings.rulebook.sections.values(), name.split())
        sections = search(settings.rulebook.sections.values(), words)
        if len(fields) == 1 and (fields[0].name == name.strip() or not sections):
            text = outline.page(fields[0], settings.rulebook, WIDTH)
            readers = [rule.id for rule in settings.rulebook.readers(fields[0].path)]
            return {**_explained(_field(fields[0]), text, page), "cites": readers}
        fields = fields or named(" ".join(words))
        found, count = pages.page_of([*map(_reference, sections), *map(_field, fields)], page)
        if not found:
            known = (*settings.rulebook.sections, *catalogue.names(), *(each.name for each in branches(Spec)))
            raise Refused(f"nothing is called `{name}`, or speaks of it{did_you_mean(name, known)}")
        spoken = " ".join(words) or name
        answer = _explained(Reference(name=name, kind="words", title=f"What speaks of `{spoken}`"), "", 1)
        return {**answer, "found": found, "page": page, "pages": count}

    def diagnose(
        self, symptoms: str, path: str, text: str, answers: Mapping[str, bool | None], page: int
    ) -> Diagnosed:
        """What symptoms look like; with a design, whether it is open to that."""
        rulebook, reviews = self.workspace.settings.rulebook, list[Review]()
        if path or text:
            source = self.workspace.design(path, text)
            policy = self.workspace.policy(source)
            rulebook, found = policy.rulebook, readable(review_source(source, policy))
            reviews = [review for review in found if not review.is_of_what_runs]
        row: Any = rows.diagnosis_row(diagnosis.diagnose(symptoms, rulebook, reviews, answers))
        likenesses = row.pop("likenesses")
        near = {each["edge"]["id"] for each in likenesses}
        for question in row["questions"]:
            question |= {word: [id_ for id_ in question[word] if id_ in near] for word in ("yes", "no")}
        row = pages.shortened(row, pages.LARGEST // 2)
        shown, count = pages.page_of(likenesses, page, pages.LARGEST - pages.size(row) - ENVELOPE)
        row |= {"likenesses": shown, "page": page, "pages": count}
        return cast("Diagnosed", row)

    def simulate(
        self, path: str, text: str, scenario: str, settings: Sequence[str], page: int, *, detail: bool
    ) -> SimulationAnswer:
        """What happens in a scenario, as a design stands and with what is set."""
        source = self.workspace.design(path, text)
        if scenario not in NAMES:
            hint = did_you_mean(scenario, NAMES) or f": there are {', '.join(NAMES)}"
            raise Refused(f"no scenario is called `{scenario}`{hint}")
        happening, policy = find(scenario), self.workspace.policy(source)
        found = self.bookmarks.continued(
            ("simulate", *_contents([source]), scenario, *settings, detail),
            page,
            lambda: [
                _simulated(simulation, detail=detail)
                for document, design in designs(source, policy)
                for simulation in self._simulations(happening, document, design, settings, policy.fallbacks)
            ],
        )
        simulated, count = pages.page_of(found, page)
        return {
            "path": source.shown,
            "scenario": scenario,
            "tells": happening.tells,
            "simulations": simulated,
            "page": page,
            "pages": count,
        }

    def draft(self, given: Mapping[str, str], page: int) -> DraftAnswer:
        """A first spec for some answers; what is not answered is taken as usual."""
        begun = beginning.from_answers(given, asks=False)
        text, count = pages.text_page(begun.text, page)
        return {
            "text": text,
            "usual": {name: "left open" if word == "?" else word for name, word in begun.usual.items()},
            "asks": {finding.rule: finding.headline for finding in begun.findings or ()},
            "page": page,
            "pages": count,
        }

    def fix(self, path: str, text: str, rules: Sequence[str], page: int, *, everything: bool) -> FixAnswer:
        """What can be mended in a design, as a difference; nothing is written."""
        source = self.workspace.design(path, text)
        policy = self.workspace.policy(source)
        for rule in rules:
            known = tuple(each.id for each in policy.rulebook)
            if rule not in known:
                hint = did_you_mean(rule, known) or ": `review_design` names those that find something"
                raise Refused(f"no rule is called `{rule}`{hint}")
        policy = policy._replace(select=tuple(rules) or policy.select)

        def parts() -> tuple[list[Any], list[str], dict[str, str]]:
            fixed = fixes.fixed(source, policy, everything=everything, still_wanted=self.still_wanted)
            states = {"made": fixed.done, "needs thought": fixed.waiting, "not possible": fixed.refused}
            changes: list[Any] = [_fix_row(fix, state) for state, those in states.items() for fix in those]
            lines: list[Any] = [{"piece": piece} for piece in pages.pieces(differences.diff(fixed))]
            unreviewed = [mistake for review in fixed.unreviewed for mistake in review.sentences]
            left = [rule for rule in rules if rule not in {row["rule"] for row in changes}]
            return [*lines, *changes], unreviewed, {rule: _without(rule, fixed.reviews) for rule in left}

        asked = ("fix", *_contents([source]), *sorted(rules), everything)
        all_parts, unreviewed, without = self.bookmarks.continued(asked, page, parts)
        found, count = pages.page_of(all_parts, page)
        return {
            "path": source.shown,
            "difference": "".join(part["piece"] for part in found if "piece" in part),
            "fixes": [part for part in found if "rule" in part],
            "without": pages.shortened(without, pages.BESIDE // 2),
            "unreviewed": pages.shortened(unreviewed, pages.BESIDE // 2),
            "page": page,
            "pages": count,
        }

    def _reviewed(self, sources: Sequence[Source]) -> Iterator[tuple[BriefReview, list[UndecidedRow]]]:
        for source in sources:
            self.still_wanted()
            for review in self.workspace.reviews(source):
                undecided = [each for each in review.judgements if each.verdict is Verdict.UNDECIDED]
                yield rows.brief(review), list(map(_undecided, undecided))

    def _listed(self, name: str) -> Iterator[Reference]:
        if name == "platforms":
            yield from map(_platform, catalogue.load())
        elif name == "fields":
            yield from map(_field, branches(Spec))
        else:
            yield from (_reference(rule.section) for rule in self.workspace.settings.rulebook)

    def _simulations(
        self,
        scenario: Scenario[Any],
        document: Document,
        design: Design,
        settings: Sequence[str],
        fallbacks: Sequence[Fallback],
    ) -> list[Simulation]:
        found: list[Simulation] = []
        for simulation in simulations(scenario, document, design, settings, fallbacks):
            self.still_wanted()
            found.append(simulation)
        return with_needs(found, document, design, fallbacks)


def sentence(error: Exception) -> str:
    """What an agent is told where it gets no answer; nothing where that is a fault of ours."""
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, Unusable):
        return "\n".join(mistake for review in error.reviews for mistake in review.sentences)
    if isinstance(error, OSError) and error.filename is not None:
        return f"`{error.filename}` cannot be used: {error.strerror}"
    return ""


def _contents(sources: Sequence[Source]) -> Iterator[tuple[str, bytes]]:
    """What tells texts apart: their names, and what stands in them."""
    for source in sources:
        yield source.shown, sha256(source.content).digest()


def _undecided(judgement: Judgement) -> UndecidedRow:
    row: UndecidedRow = {"rule": judgement.rule, "missing": list(judgement.missing)}
    if judgement.features:
        row["features"] = list(judgement.features)
    return row


def _without(rule: str, reviews: Sequence[Review]) -> str:
    """Why there is no change for a rule."""
    judgements = [each for review in reviews for each in review.judgements if each.rule == rule]
    gravest = min(judgements, key=lambda each: each.verdict.rank, default=None)
    if gravest is None:
        return "it was not run"
    if gravest.verdict is Verdict.VIOLATED:
        return "violated, and no values follow from the design: `explain_reference` has the ways to end it"
    return f"{gravest.verdict}: {gravest.reason}"


def _reference(section: Section) -> Reference:
    return {"name": section.id, "kind": section.citation.term, "title": section.title}


def _platform(platform: Platform) -> Reference:
    return {"name": platform.id, "kind": "platform", "title": platform.name}


def _field(branch: Branch) -> Reference:
    return {"name": branch.name, "kind": "field", "title": branch.entry.description}


def _explained(reference: Reference, text: str, page: int) -> Explained:
    text, count = pages.text_page(text, page)
    return {
        **reference, "severities": {}, "cites": [], "text": text, "found": [], "page": page, "pages": count
    }  # fmt: skip


def _simulated(simulation: Simulation, *, detail: bool) -> Simulated:
    row = rows.simulation_row(simulation)
    simulated: Simulated = {
        "design": row["design"],
        "features": row["features"],
        "set": row["variant"],
        "figures": {figure["name"]: figure["value"] for figure in row["figures"]},
        "reason": row["reason"],
        "needs": list(simulation.needs),
    }
    if detail:
        simulated["inputs"] = {each["name"]: f"{each['value']} ({each['origin']})" for each in row["inputs"]}
        simulated["curves"] = [_outline(curve) for curve in row["curves"]]
    return simulated


def _outline(curve: CurveRow) -> CurveRow:
    """A curve in few points: its ends, and one for each stretch between them."""
    points = curve["points"]
    if len(points) <= POINTS:
        return curve
    summary = _mean if curve["is_mean"] else _highest
    stretch = math.ceil((len(points) - 2) / (POINTS - 2))
    ends = [0, *range(stretch, len(points) - 2, stretch), len(points) - 2, len(points) - 1]
    few = [points[0], *(summary(points[start : end + 1]) for start, end in pairwise(ends))]
    return {**curve, "points": [(_rounded(at), _rounded(value)) for at, value in few]}


def _mean(stretch: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The last point, with the mean of all since the first: the same area lies below it."""
    start, end = stretch[0][0], stretch[-1][0]
    area = sum(value * (at - since) for (since, _), (at, value) in pairwise(stretch))
    return end, area / (end - start) if end > start else stretch[-1][1]


def _highest(stretch: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The first of the points that stand highest behind the one where it begins."""
    return max(stretch[1:], key=lambda point: point[1])


def _rounded(amount: float) -> float:
    return float(f"{amount:.5g}")


def _fix_row(fix: Fix, state: str) -> FixRow:
    return {
        "rule": fix.finding.rule,
        "line": fix.finding.place.span.line,
        "change": list(fix.remedy.settings),
        "beside": fix.remedy.beside,
        "state": state,
        "reason": fix.refusal or fix.remedy.thought,
        "price": fix.price,
        "in_general": fix.finding.fix,
    }
