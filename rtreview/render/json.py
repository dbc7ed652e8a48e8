"""The report as data. The types are its schema, which `make update` writes to `schemas/`."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NotRequired

from typing_extensions import TypedDict

from rtreview.render.format import (
    CHANGES,
    DIAGNOSES,
    EVIDENCE,
    EXPLANATIONS,
    OUTLINES,
    PLAIN,
    PLATFORMS,
    REPORTS,
    SECTIONS,
    SIMULATIONS,
    Context,
)
from rtreview.reviews.report import DerivedNumber, Report, Review
from rtreview.rulebook.finding import Accepted, Citation, Citations, Comparison, Finding, Judgement, Verdict
from rtreview.text.harmless import HIDDEN
from rtreview.text.place import Span, dotted

if TYPE_CHECKING:
    from rtreview.diagnose.diagnosis import Diagnosis, Exposure, Likeness
    from rtreview.diagnose.signs import Sign
    from rtreview.evidence.deployment import Line
    from rtreview.evidence.way import Way
    from rtreview.history.change import Change
    from rtreview.language.catalogue import Platform
    from rtreview.language.field import Input
    from rtreview.language.tree import Branch
    from rtreview.reviews.faults import Survey
    from rtreview.reviews.report import Explanation
    from rtreview.rulebook.outline import Outline
    from rtreview.rulebook.references import Section
    from rtreview.rulebook.rulebook import Rulebook
    from rtreview.simulate.series import Curve, Figure
    from rtreview.simulate.simulation import Simulation

VERSION = 1


class Location(TypedDict):
    """A stretch of the file: counted from 1, the end column behind the last character."""

    line: int
    column: int
    end_line: int
    end_column: int


class CitationRow(TypedDict):
    """A section of the references, by its id; `file` is the team's, and empty where the section is ours.

    `address` is its page on the site that `docs-url` of the configuration names; without that it is empty.
    """

    id: str
    kind: str
    title: str
    file: str
    address: str


class CitationsRow(TypedDict):
    """What a rule rests on; the validation is null where a finding comes from no rule."""

    validation: CitationRow | None
    sharp_edges: list[CitationRow]
    patterns: list[CitationRow]
    anti_patterns: list[CitationRow]


class RelatedRow(TypedDict):
    """Another place that a finding is about."""

    at: list[str | int]
    location: Location
    label: str


class ComparisonRow(TypedDict):
    """Two numbers of one unit: `left` has to be below `right`, or at most as much, if `or_equal`.

    `headroom` is negative where that does not hold; `change` is then the field that has to move least,
    and its value.
    """

    what: str
    left: float | None
    than: str
    right: float | None
    unit: str
    or_equal: bool
    headroom: float | None
    change: list[str] | None


class FindingRow(TypedDict):
    """A violation, a question, a note, or something that could not be reviewed.

    `feature` is null where the design is one feature, or where several share the finding:
    `features` then names them. `at` is the path in the spec. `rests_on` tells what speaks for it: `numbers`
    that are compared, a `decision` that is one without them, or the `silence` of the spec. `change` are the
    settings that end it, as `rtreview simulate --set` takes them; none where a person has to find them.
    `beside` tells why a field is among them that it is not about, or is empty.
    `evidence` is what happens in the scenario that the rule is about, what each of several features adds to a
    sum, or empty;
    `hanging` are the other rules that the answer to a question would decide.
    """

    rule: str
    verdict: str
    severity: str
    feature: str | None
    features: list[str]
    title: str
    message: str
    at: list[str | int]
    location: Location
    label: str
    related: list[RelatedRow]
    rests_on: str
    evidence: str
    hanging: list[str]
    why: str
    fix: str
    change: list[str]
    beside: str
    question: str
    cites: CitationsRow
    comparison: ComparisonRow | None
    fingerprint: str


class BriefFinding(TypedDict):
    """A finding in a line. What a full one has too means the same; `line` and `field` are where it stands.

    `features` are left out where the design is one feature. A violation has a `change`, or its `fix` where no
    values are known; `beside` tells why a field is in it that the finding is not about. A question has its
    `question`.
    """

    rule: str
    verdict: str
    severity: str
    features: NotRequired[list[str]]
    message: str
    line: int
    field: str
    change: NotRequired[list[str]]
    beside: NotRequired[str]
    fix: NotRequired[str]
    question: NotRequired[str]


class RuleRow(TypedDict):
    """The verdict of a rule on a feature; `missing` names the fields that would decide it.

    `turns_at` are the values of the one missing field with which the design fails: `9 or more`. It is empty
    where that is not known, and of undecided rules where no numbers are asked for.
    """

    rule: str
    severity: str
    feature: str | None
    features: list[str]
    verdict: str
    reason: str
    missing: list[str]
    turns_at: str
    comparison: ComparisonRow | None


class Summary(TypedDict):
    """How many rules came to each verdict, and how many findings are notes, or say what was not reviewed.

    `accepted` and `known` are findings, and in no other of these numbers.
    """

    unreviewed: int
    violated: int
    unstated: int
    note: int
    undecided: int
    passed: int
    not_applicable: int
    accepted: int
    known: int


class DecidingField(TypedDict):
    """A field that the spec does not state, and how many undecided rules it would decide."""

    field: str
    rules: int


class InputRow(TypedDict):
    """What went into a number: a field, or another number (`origin` is then "derived" and `at` is empty).

    The origin of a field is "stated", "as set", "default of ...", "assumed" or "not stated".
    """

    name: str
    at: list[str | int]
    value: str
    origin: str
    location: Location


class NumberRow(TypedDict):
    """A number that follows from the design; `amount` is null where there is none, or an infinite one."""

    name: str
    features: list[str]
    value: str
    amount: float | None
    unit: str
    formula: str
    inputs: list[InputRow]
    reason: str


class AcceptedRow(TypedDict):
    """A finding that the team lives with, why, who stands for it, what ends it, and where it says so."""

    finding: FindingRow
    reason: str
    owner: str
    ends: str
    location: Location


class KnownRow(TypedDict):
    """A finding that was there before, since a day or in a revision."""

    finding: FindingRow
    since: str


class HandOverRow(TypedDict):
    """A topic that the spec goes into, or delegates, and that no review looks at; `ask` tells whom to ask."""

    topic: str
    title: str
    ask: str
    locations: list[Location]
    owner: str
    link: str


class PlatformRow(TypedDict):
    """What a platform that the design names is known to do, where numbers are asked for."""

    name: str
    location: Location
    facts: dict[str, str]


class LineRow(TypedDict):
    """A line of a file of a deployment."""

    file: str
    line: int


class DeployedRow(TypedDict):
    """What the files of a deployment say of a field, and how that stands to what the design states.

    `stated` is empty where the design is silent, and `runs` where the files leave it open; `decided_by` is
    what else decides than a literal, or why it cannot be told. `also` are other lines that fix the same.
    """

    standing: str
    field: str
    stated: str
    runs: str
    location: Location
    file: str
    line: int
    text: str
    also: list[LineRow]
    decided_by: str
    features: list[str]


class ReviewRow(TypedDict):
    """The review of one document. What is accepted, and what was there before, is not in `findings`.

    With `--base`, what the change does to its own review stands in reviews of their own, called `How this
    change is reviewed`, each of the file that does it. Their findings go by `loosened-review`: an error where
    more would pass, an info where a design is deleted or the baseline grows. They have no `rules`.
    """

    path: str
    name: str | None
    findings: list[FindingRow]
    accepted: list[AcceptedRow]
    known: list[KnownRow]
    rules: list[RuleRow]
    deciding_fields: list[DecidingField]
    numbers: list[NumberRow]
    platforms: list[PlatformRow]
    handed_over: list[HandOverRow]
    deployment: list[DeployedRow]
    summary: Summary


class BriefReview(TypedDict):
    """What is found and asked in one document; of all else the number, and the topics to hand over."""

    path: str
    name: str | None
    findings: list[BriefFinding]
    handed_over: list[str]
    summary: Summary


class CauseRow(TypedDict):
    """A field that the change sets to another value; an empty one where it is not stated."""

    field: str
    before: str
    after: str


class ConsequenceRow(TypedDict):
    """A number of the design that the change makes another, and the fields that caused it.

    `reason` says why there is none on one side, where no field is known to have caused that.
    """

    name: str
    features: list[str]
    before: str
    after: str
    causes: list[CauseRow]
    reason: str


class NewRow(TypedDict):
    """A finding that the change brings; `was` is the one that got worse, where it was there before."""

    finding: FindingRow
    was: FindingRow | None


class MovedRow(TypedDict):
    """A finding that stands at another place now."""

    finding: FindingRow
    before: Location


class ChangeRow(TypedDict):
    """One design before and after. A path is null where the design was not there, or is not any more.

    What the change does to its own review is told as in a report: see there. `unreviewed` tells why a design
    cannot be read as it is now. `accepted` are risks that the change accepts,
    `broken` those that were accepted and are open again. `unclear` are faults of which the design does not
    tell any more whether it has them.
    """

    name: str | None
    before: str | None
    after: str | None
    unreviewed: list[FindingRow]
    new: list[NewRow]
    gone: list[FindingRow]
    unclear: list[FindingRow]
    moved: list[MovedRow]
    accepted: list[AcceptedRow]
    broken: list[AcceptedRow]
    consequences: list[ConsequenceRow]


class ChangesRow(TypedDict):
    """What `rtreview diff` tells."""

    version: int
    changes: list[ChangeRow]


class HiddenRow(TypedDict):
    """The baseline or revision that makes findings known, its oldest entry, and what hides nothing more."""

    by: str
    oldest: str
    obsolete: list[str]


class ReportRow(TypedDict):
    """The reviews of one call; `hidden` is null where all findings are asked for."""

    version: int
    reviews: list[ReviewRow]
    hidden: HiddenRow | None


class BriefReport(TypedDict):
    """What `rtreview review -q` tells of the designs of one call."""

    version: int
    reviews: list[BriefReview]


def render(report: Report, context: Context = PLAIN) -> str:
    """The report, indented by two; `is_brief` writes what is found and asked in one line."""
    if context.is_brief:
        row: BriefReport = {"version": VERSION, "reviews": [brief(review) for review in report.reviews]}
        return _written(row, is_brief=True)
    hidden = report.hidden
    whole: ReportRow = {
        "version": VERSION,
        "reviews": [_review(review) for review in report.reviews],
        "hidden": hidden and {"by": hidden.by, "oldest": hidden.oldest, "obsolete": list(hidden.obsolete)},
    }
    return _written(whole)


def render_change(changes: Sequence[Change]) -> str:
    """What a change brings, indented by two."""
    row: ChangesRow = {"version": VERSION, "changes": [_change(change) for change in changes]}
    return _written(row)


def brief(review: Review) -> BriefReview:
    """A review in as few words as a program needs to act on it."""
    return {
        "path": review.path,
        "name": review.name,
        "findings": [_brief(finding) for finding in review.findings],
        "handed_over": [hand_over.topic for hand_over in review.handed_over],
        "summary": _summary(review),
    }


def _brief(finding: Finding) -> BriefFinding:
    row: BriefFinding = {
        "rule": finding.rule,
        "verdict": finding.verdict,
        "severity": finding.severity,
        "message": finding.message,
        "line": finding.place.span.line,
        "field": finding.place.name,
    }
    if finding.features:
        row["features"] = list(finding.features)
    if finding.proposed:
        row["change"] = list(finding.proposed)
        if finding.beside:
            row["beside"] = finding.beside
    elif finding.verdict is Verdict.UNSTATED and finding.question:
        row["question"] = finding.question
    elif finding.fix:
        row["fix"] = finding.fix
    return row


def _written(row: Mapping[str, object], *, is_brief: bool = False) -> str:
    indent, separators = (None, (",", ":")) if is_brief else (2, None)
    written = json.dumps(row, indent=indent, separators=separators, ensure_ascii=False)
    # What a terminal or the log of a build would obey can be written in another way in JSON: by numbers.
    written = written.replace("##[", "#\\u0023[")
    return "".join(f"{re.sub(HIDDEN, _by_number, line)}\n" for line in written.split("\n"))


def _by_number(sign: re.Match[str]) -> str:
    """A sign as JSON numbers it: by its halves, where it has two."""
    return re.sub("(.{4})", r"\\u\1", sign[0].encode("utf-16-be", "surrogatepass").hex())


class FigureRow(TypedDict):
    """A number that a simulation comes to; `amount` is null where it is a word, or infinite."""

    name: str
    value: str
    amount: float | None
    unit: str


class LevelRow(TypedDict):
    """A value to hold a curve against."""

    label: str
    value: float


class MomentRow(TypedDict):
    """Where along a curve something happens."""

    label: str
    at: float


class CurveRow(TypedDict):
    """A curve: `points` are where along it, and the value there, in the units; shares are from 0 to 1.

    With `is_mean` a value is the mean of all since the point before; otherwise straight lines join them.
    """

    name: str
    unit: str
    along: str
    along_unit: str
    points: list[tuple[float, float]]
    is_mean: bool
    levels: list[LevelRow]
    moments: list[MomentRow]


class SimulationRow(TypedDict):
    """A scenario of some features, as it stands or with what is set; without figures and curves, why.

    Beside figures, `reason` tells what could not be simulated.
    """

    design: str | None
    features: list[str]
    scenario: str
    variant: list[str]
    inputs: list[InputRow]
    figures: list[FigureRow]
    curves: list[CurveRow]
    reason: str


class SimulationsRow(TypedDict):
    """What `rtreview simulate` tells."""

    version: int
    simulations: list[SimulationRow]


def render_simulations(simulations: Sequence[Simulation]) -> str:
    """The simulations, indented by two."""
    rows: SimulationsRow = {
        "version": VERSION,
        "simulations": [simulation_row(simulation) for simulation in simulations],
    }
    return _written(rows)


def simulation_row(simulation: Simulation) -> SimulationRow:
    """A simulation with all that went in and came out."""
    return {
        "design": simulation.design,
        "features": list(simulation.features),
        "scenario": simulation.scenario.name,
        "variant": list(simulation.variant),
        "inputs": [_input(each) for each in simulation.inputs],
        "figures": [_figure(each) for each in simulation.figures],
        "curves": [_curve(each) for each in simulation.curves],
        "reason": simulation.reason,
    }


def _figure(figure: Figure) -> FigureRow:
    name, value = figure
    if isinstance(value, str):
        return {"name": name, "value": value, "amount": None, "unit": ""}
    return {"name": name, "value": str(value), "amount": _number(value.amount), "unit": value.unit}


def _curve(curve: Curve) -> CurveRow:
    return {
        "name": curve.name,
        "unit": curve.unit,
        "along": curve.along,
        "along_unit": curve.along_unit,
        "points": [(round(at, 6), _alike(value)) for at, value in curve.points],
        "is_mean": curve.is_mean,
        "levels": [{"label": level.label, "value": _alike(level.value)} for level in curve.levels],
        "moments": [{"label": moment.label, "at": _alike(moment.at)} for moment in curve.moments],
    }


def _change(change: Change) -> ChangeRow:
    before, after = change.before, change.after
    named = after or before
    return {
        "name": named.name if named else None,
        "before": before.path if before else None,
        "after": after.path if after else None,
        "unreviewed": [_finding(finding) for finding in change.unreviewed],
        "new": [
            {"finding": _finding(new.finding), "was": _finding(new.was) if new.was else None}
            for new in change.new
        ],
        "gone": [_finding(finding) for finding in change.gone],
        "unclear": [_finding(finding) for finding in change.unclear],
        "moved": [
            {"finding": _finding(moved.finding), "before": _location(moved.before.span)}
            for moved in change.moved
        ],
        "accepted": [_accepted(accepted) for accepted in change.accepted],
        "broken": [_accepted(accepted) for accepted in change.broken],
        "consequences": [
            {
                "name": consequence.name,
                "features": list(consequence.features),
                "before": consequence.before,
                "after": consequence.after,
                "causes": [
                    {"field": cause.field, "before": cause.before, "after": cause.after}
                    for cause in consequence.causes
                ],
                "reason": consequence.reason,
            }
            for consequence in change.consequences
        ],
    }


def _accepted(accepted: Accepted) -> AcceptedRow:
    finding, acceptance = accepted
    return {
        "finding": _finding(finding),
        "reason": acceptance.reason,
        "owner": acceptance.owner,
        "ends": acceptance.ends,
        "location": _location(acceptance.place.span),
    }


def _summary(review: Review) -> Summary:
    return {
        "unreviewed": review.count(Verdict.UNREVIEWED),
        "violated": review.count(Verdict.VIOLATED),
        "unstated": review.count(Verdict.UNSTATED),
        "note": review.count(Verdict.NOTE),
        "undecided": review.count(Verdict.UNDECIDED),
        "passed": review.count(Verdict.PASSED),
        "not_applicable": review.count(Verdict.NOT_APPLICABLE),
        "accepted": len(review.accepted),
        "known": len(review.known),
    }


def _review(review: Review) -> ReviewRow:
    return {
        "path": review.path,
        "name": review.name,
        "findings": [_finding(finding) for finding in review.findings],
        "accepted": [_accepted(accepted) for accepted in review.accepted],
        "known": [{"finding": _finding(finding), "since": since} for finding, since in review.known],
        "rules": [_judgement(judgement) for judgement in review.judgements],
        "deciding_fields": [{"field": name, "rules": count} for name, count in review.deciding_fields],
        "numbers": [_derived(number) for number in review.numbers],
        "platforms": [
            {"name": each.name, "location": _location(each.place.span), "facts": dict(each.facts)}
            for each in review.brought
        ],
        "handed_over": [
            {
                "topic": hand_over.topic,
                "title": hand_over.title,
                "ask": hand_over.ask,
                "locations": [_location(place.span) for place in hand_over.places],
                "owner": hand_over.owner,
                "link": hand_over.link,
            }
            for hand_over in review.handed_over
        ],
        "deployment": [
            {
                "standing": deployed.standing,
                "field": deployed.place.name,
                "stated": deployed.stated,
                "runs": deployed.runs,
                "location": _location(deployed.place.span),
                "file": deployed.line.file,
                "line": deployed.line.number,
                "text": deployed.line.text,
                "also": [_line(line) for line in deployed.also],
                "decided_by": deployed.origin,
                "features": list(deployed.features),
            }
            for deployed in review.deployment
        ],
        "summary": _summary(review),
    }


def _judgement(judgement: Judgement) -> RuleRow:
    return {
        "rule": judgement.rule,
        "severity": judgement.severity,
        "feature": _only(judgement.features),
        "features": list(judgement.features),
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "missing": list(judgement.missing),
        "turns_at": judgement.turns_at,
        "comparison": _comparison(judgement.comparison),
    }


def _derived(number: DerivedNumber) -> NumberRow:
    return {
        "name": number.name,
        "features": list(number.features),
        "value": number.value,
        "amount": None if number.amount is None else _number(number.amount),
        "unit": number.unit,
        "formula": number.formula,
        "inputs": [_input(each) for each in number.inputs],
        "reason": number.reason,
    }


def _input(operand: Input) -> InputRow:
    return {
        "name": operand.name,
        "at": list(operand.at),
        "value": operand.value,
        "origin": operand.origin,
        "location": _location(operand.span),
    }


def _only(features: tuple[str, ...]) -> str | None:
    return features[0] if len(features) == 1 else None


def _finding(finding: Finding) -> FindingRow:
    return {
        "rule": finding.rule,
        "verdict": finding.verdict,
        "severity": finding.severity,
        "feature": _only(finding.features),
        "features": list(finding.features),
        "title": finding.title,
        "message": finding.message,
        "at": list(finding.place.at),
        "location": _location(finding.place.span),
        "label": finding.place.label,
        "related": [
            {"at": list(place.at), "location": _location(place.span), "label": place.label}
            for place in finding.related
        ],
        "rests_on": finding.rests_on,
        "evidence": finding.evidence,
        "hanging": list(finding.hanging),
        "why": finding.why,
        "fix": finding.fix,
        "change": list(finding.proposed),
        "beside": finding.beside,
        "question": finding.question,
        "cites": _cites(finding.cites),
        "comparison": _comparison(finding.comparison),
        "fingerprint": finding.fingerprint,
    }


def _comparison(comparison: Comparison | None) -> ComparisonRow | None:
    if comparison is None:
        return None
    return {
        "what": comparison.what,
        "left": _number(comparison.left),
        "than": comparison.than,
        "right": _number(comparison.right),
        "unit": comparison.unit,
        "or_equal": comparison.or_equal,
        "headroom": _number(comparison.headroom),
        "change": None if comparison.change is None else list(comparison.change),
    }


def _number(amount: float) -> float | None:
    # JSON has no infinity: what never ends is null.
    return _alike(amount) if math.isfinite(amount) else None


def _alike(amount: float) -> float:
    """A number as far as every Python computes the same: from 3.12 on, `sum` rounds otherwise than before."""
    return amount if amount == math.trunc(amount) else float(f"{round(amount, 9):.12g}")


def _location(span: Span) -> Location:
    line, column, end_line, end_column = span
    return {"line": line, "column": column, "end_line": end_line, "end_column": end_column}


def _cites(cites: Citations) -> CitationsRow:
    return {
        "validation": _citation(cites.validation) if cites.validation else None,
        "sharp_edges": [_citation(sharp_edge) for sharp_edge in cites.sharp_edges],
        "patterns": [_citation(pattern) for pattern in cites.patterns],
        "anti_patterns": [_citation(anti_pattern) for anti_pattern in cites.anti_patterns],
    }


def _citation(citation: Citation) -> CitationRow:
    return {
        "id": citation.id,
        "kind": citation.kind,
        "title": citation.title,
        "file": citation.file,
        "address": citation.address,
    }


class ExposureRow(TypedDict):
    """What a rule that cites the sharp edge says of a design; `line` is null where nothing is found."""

    design: str
    rule: str
    features: list[str]
    verdict: str
    reason: str
    missing: list[str]
    line: int | None
    accepted: str


class SignRow(TypedDict):
    """What somebody sees: its id, and how it is said."""

    id: str
    phrase: str


class LikenessRow(TypedDict):
    """A sharp edge that looks like what is seen; `stance` is the gravest verdict on a design, if any."""

    edge: CitationRow
    severity: str
    score: float
    strength: str
    signs: list[SignRow]
    against: list[SignRow]
    denied: list[SignRow]
    symptoms: list[str]
    why: str
    confirm: list[str]
    fix: list[str]
    stance: str | None
    exposures: list[ExposureRow]


class LimitRow(TypedDict):
    """A number of the sentence, the field of a spec that has it, and the platforms that fix it there."""

    quantity: str
    field: str
    platforms: list[str]


class QuestionRow(TypedDict):
    """A sign to ask for, and the sharp edges that a yes and a no speak for; `--answers` takes the id."""

    sign: str
    question: str
    yes: list[str]
    no: list[str]


class DiagnosisRow(TypedDict):
    """What `rtreview diagnose` tells, best first; `closest` where nothing is near enough."""

    version: int
    seen: str
    read_as: dict[str, str]
    designs: list[str]
    signs: list[SignRow]
    limits: list[LimitRow]
    likenesses: list[LikenessRow]
    closest: list[CitationRow]
    questions: list[QuestionRow]


def render_diagnosis(diagnosis: Diagnosis) -> str:
    """The diagnosis, indented by two."""
    return _written(diagnosis_row(diagnosis))


def diagnosis_row(diagnosis: Diagnosis) -> DiagnosisRow:
    """A diagnosis with all that speaks for each sharp edge."""
    return {
        "version": VERSION,
        "seen": diagnosis.seen,
        "read_as": dict(diagnosis.read_as),
        "designs": list(diagnosis.designs),
        "signs": _signs(diagnosis.signs),
        "limits": [
            {"quantity": limit.quantity, "field": limit.field, "platforms": list(limit.platforms)}
            for limit in diagnosis.limits
        ],
        "likenesses": [_likeness(likeness) for likeness in diagnosis.likenesses],
        "closest": [_citation(edge.citation) for edge in diagnosis.closest],
        "questions": [
            {
                "sign": question.sign.id,
                "question": question.sign.question,
                "yes": [edge.id for edge in question.yes],
                "no": [edge.id for edge in question.no],
            }
            for question in diagnosis.questions
        ],
    }


def _likeness(likeness: Likeness) -> LikenessRow:
    return {
        "edge": _citation(likeness.edge.citation),
        "severity": likeness.edge.facts["Severity"],
        "score": round(likeness.score, 3),
        "strength": likeness.strength,
        "signs": _signs(likeness.signs),
        "against": _signs(likeness.counter_signs),
        "denied": _signs(likeness.denied),
        "symptoms": list(likeness.symptoms),
        "why": likeness.why,
        "confirm": likeness.confirm,
        "fix": likeness.fix,
        "stance": likeness.stance,
        "exposures": [_exposure(each) for each in likeness.exposures],
    }


def _signs(signs: Sequence[Sign]) -> list[SignRow]:
    return [{"id": sign.id, "phrase": sign.phrase} for sign in signs]


def _exposure(exposure: Exposure) -> ExposureRow:
    judgement = exposure.judgement
    return {
        "design": exposure.design,
        "rule": judgement.rule,
        "features": list(judgement.features),
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "missing": list(judgement.missing),
        "line": exposure.line or None,
        "accepted": exposure.accepted,
    }


class SectionRow(TypedDict):
    """A section of the references. `severities` tell how grave it is, by case; the ordinary one has none.

    `cites` are ids or names. `address` is its page on the site of `docs-url`; it is empty without one.
    `texts` is what stands under each heading inside of it; a list is without.
    """

    id: str
    kind: str
    topic: str
    title: str
    severities: dict[str, str]
    cites: list[str]
    file: str
    line: int
    address: str
    texts: NotRequired[dict[str, str]]


class SectionsRow(TypedDict):
    """What `rtreview rules` and `rtreview explain` print."""

    version: int
    sections: list[SectionRow]


def render_sections(sections: Sequence[Section], context: Context = PLAIN) -> str:
    """Sections of the references as JSON; `is_verbose` writes the whole of each."""
    row: SectionsRow = {
        "version": VERSION,
        "sections": [_section(section, is_whole=context.is_verbose) for section in sections],
    }
    return _written(row)


def _section(section: Section, *, is_whole: bool) -> SectionRow:
    row: SectionRow = {
        "id": section.id,
        "kind": section.kind,
        "topic": section.topic,
        "title": section.title,
        "severities": section.gravity,
        "cites": [name for name, _ in section.cited],
        "file": section.file,
        "line": section.line,
        "address": section.address,
    }
    return {**row, "texts": section.texts} if is_whole else row


class FactRow(TypedDict):
    """What a file fixes for a field of a design; `decided_by` is empty where a literal stands there.

    A hop in `field` is the number of its place in `hops`. `also` are other lines that fix the same.
    """

    field: str
    value: str | int | float | bool | list[str]
    file: str
    line: int
    text: str
    also: list[LineRow]
    decided_by: str


class OpenRow(TypedDict):
    """What the files leave open, and the line that raises it."""

    field: str
    question: str
    file: str
    line: int
    text: str


class WayRow(TypedDict):
    """The way of messages: the paths that it is for, the hops from the outside on, and what is known of it.

    `process` is the line that says what runs at its end; null where the files do not say. `set_aside` is why
    no design begins with it, as another deployment runs the same program; empty where one may.
    """

    prefix: str
    carries: list[str]
    hops: list[str]
    process: str | None
    set_aside: str
    facts: list[FactRow]
    questions: list[OpenRow]


class AsideRow(TypedDict):
    """An entrance whose ways are not told: the line that publishes it, and why, as a clause."""

    file: str
    line: int
    text: str
    reason: str


class UnreadRow(TypedDict):
    """A file that could not be read, and why."""

    file: str
    reason: str


class FaultyRow(TypedDict):
    """A file of the deployment, and what is wrong in it whatever a design states."""

    file: str
    findings: list[FindingRow]


class EvidenceRow(TypedDict):
    """What `rtreview evidence` tells: of so many files those that say something, and the ways in them.

    `faults` are the files in which something is wrong by itself, `set_aside` the entrances whose ways are not
    told.
    """

    version: int
    looked_at: int
    files: list[str]
    faults: list[FaultyRow]
    ways: list[WayRow]
    set_aside: list[AsideRow]
    unread: list[UnreadRow]


def render_evidence(survey: Survey) -> str:
    """What the files of a deployment fix, as JSON."""
    evidence = survey.evidence
    row: EvidenceRow = {
        "version": VERSION,
        "looked_at": evidence.looked_at,
        "files": [file.name for file in evidence.files],
        "faults": [
            {"file": review.path, "findings": [_finding(finding) for finding in review.findings]}
            for review in survey.reviews
        ],
        "ways": [_way(way) for way in (*evidence.ways, *evidence.further)],
        "set_aside": [
            {"file": line.file, "line": line.number, "text": line.text, "reason": reason}
            for line, reason in evidence.set_aside
        ],
        "unread": [{"file": each.name, "reason": each.reason} for each in evidence.unread],
    }
    return _written(row)


def _line(line: Line) -> LineRow:
    return {"file": line.file, "line": line.number}


def _way(way: Way) -> WayRow:
    return {
        "prefix": way.prefix,
        "carries": sorted(way.carries),
        "hops": list(way.hops),
        "process": f"{way.process.line.file}:{way.process.line.number}" if way.process else None,
        "set_aside": way.set_aside,
        "facts": [
            {
                "field": dotted(fact.field),
                "value": fact.value,
                "file": fact.line.file,
                "line": fact.line.number,
                "text": fact.line.text,
                "also": [_line(other.line) for other in others],
                "decided_by": fact.origin,
            }
            for fact, *others in way.fixed
        ],
        "questions": [
            {
                "field": question.about,
                "question": question.text,
                "file": question.line.file,
                "line": question.line.number,
                "text": question.line.text,
            }
            for question in way.questions
        ],
    }


class ExplanationRow(TypedDict):
    """The verdict of a rule on a part of a design, and the stated fields that it read.

    `evidence` is what happens in the scenario that the rule is about; empty where there is none.
    """

    design: str | None
    verdict: RuleRow
    read: list[InputRow]
    evidence: str


class ExplanationsRow(TypedDict):
    """What `rtreview why` tells."""

    version: int
    explanations: list[ExplanationRow]


def render_why(explanations: Sequence[Explanation]) -> str:
    """Why a rule says what it says, as JSON."""
    row: ExplanationsRow = {
        "version": VERSION,
        "explanations": [
            {
                "design": explanation.name,
                "verdict": _judgement(explanation.judgement),
                "read": [_input(each) for each in explanation.inputs],
                "evidence": explanation.simulated,
            }
            for explanation in explanations
        ],
    }
    return _written(row)


class SourceRow(TypedDict):
    """Where a trait, default or fact of a platform comes from: documented, secondary or assumed."""

    of: str
    source: str
    confidence: str


class CatalogueEntry(TypedDict):
    """A platform as its file has it: `platform.schema.json` tells what each key means.

    In a list stand its id, name, kind and aliases alone.
    """

    id: str
    name: str
    kind: str
    aliases: list[str]
    as_of: NotRequired[str]
    traits: NotRequired[list[str]]
    defaults: NotRequired[dict[str, Any]]
    facts: NotRequired[dict[str, str | int | float | bool]]
    evidence: NotRequired[list[SourceRow]]
    notes: NotRequired[str]
    sources: NotRequired[list[str]]


class CatalogueRow(TypedDict):
    """What `rtreview platforms` prints."""

    version: int
    platforms: list[CatalogueEntry]


def render_platforms(platforms: Sequence[Platform], context: Context = PLAIN) -> str:
    """Platforms as JSON; `is_verbose` writes the whole of each."""
    row: CatalogueRow = {
        "version": VERSION,
        "platforms": [_platform(platform, is_whole=context.is_verbose) for platform in platforms],
    }
    return _written(row)


def _platform(platform: Platform, *, is_whole: bool) -> CatalogueEntry:
    entry: CatalogueEntry = {
        "id": platform.id,
        "name": platform.name,
        "kind": platform.kind,
        "aliases": platform.content["aliases"],
    }
    return {**entry, **platform.content} if is_whole else entry  # type: ignore[typeddict-item]


class FixedRow(TypedDict):
    """A value that a platform fixes where a spec is silent; `kind` is the transport, empty for all."""

    value: str
    platform: str
    kind: str


class FieldRow(TypedDict):
    """A field or section of a spec: its path, and what may stand there; a name that a team gives is `*`.

    Where one is asked for, and not a list of them: its words with their meaning, an example, the keys that it
    holds, what platforms fix, and the rules that read it.
    """

    field: str
    values: str
    description: str
    words: NotRequired[dict[str, str]]
    example: NotRequired[str]
    holds: NotRequired[list[str]]
    defaults: NotRequired[list[FixedRow]]
    rules: NotRequired[list[str]]


class FieldsRow(TypedDict):
    """What `rtreview schema` tells of fields."""

    version: int
    fields: list[FieldRow]


def render_fields(outline: Outline) -> str:
    """Fields of the language as JSON: one of them whole, or a list."""
    every = outline.every
    is_whole = len(every) == 1
    row: FieldsRow = {
        "version": VERSION,
        "fields": [_field(branch, outline.rulebook if is_whole else None) for branch in every],
    }
    return _written(row)


def _field(branch: Branch, rulebook: Rulebook | None) -> FieldRow:
    row: FieldRow = {"field": branch.name, "values": branch.values, "description": branch.entry.description}
    if rulebook is None:
        return row
    from rtreview.language import catalogue  # noqa: PLC0415 - no report needs all of it

    return {
        **row,
        "words": branch.entry.words,
        "example": branch.example,
        "holds": [inner.key for inner in branch.holds],
        "defaults": [
            {"value": value, "platform": platform.id, "kind": kind}
            for value, platform, kind in catalogue.fixed(branch.path)
        ],
        "rules": [rule.id for rule in rulebook.readers(branch.path)],
    }


REPORTS.register("json", render)
CHANGES.register("json", lambda changes, _: render_change(changes))
SIMULATIONS.register("json", lambda simulations, _: render_simulations(simulations))
DIAGNOSES.register("json", lambda diagnosis, _: render_diagnosis(diagnosis))
SECTIONS.register("json", render_sections)
EVIDENCE.register("json", lambda survey, _: render_evidence(survey))
EXPLANATIONS.register("json", lambda explanations, _: render_why(explanations))
PLATFORMS.register("json", render_platforms)
OUTLINES.register("json", lambda outline, _: render_fields(outline))
