"""Text to review: read, build, run every rule, and stamp what the rules yield."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from rtreview import simulate
from rtreview.language import catalogue
from rtreview.language.design import Connection, Design, Feature
from rtreview.language.field import (
    Bounded,
    Corner,
    Field,
    Input,
    NotApplicable,
    Part,
    Several,
    Undecided,
    Unknown,
    Unstated,
    input_of,
    supposed,
    wanted,
)
from rtreview.language.notation import Notation
from rtreview.language.section import Mistake
from rtreview.language.spec import notation_at
from rtreview.numbers.bounds import shown
from rtreview.numbers.expression import Expression, Named, inputs, leaves
from rtreview.numbers.ledger import ledger
from rtreview.reviews import corners
from rtreview.reviews.corners import Ruling
from rtreview.reviews.hand_over import hand_overs
from rtreview.reviews.message_path import routes
from rtreview.reviews.policy import Policy
from rtreview.reviews.reading import Reading
from rtreview.reviews.report import Brought, DerivedNumber, Review
from rtreview.rulebook import acceptance, rulebook
from rtreview.rulebook.acceptance import Risk
from rtreview.rulebook.finding import Accepted, Finding, Judgement, Severity, Verdict, ranked
from rtreview.rulebook.outcome import Limit, Outcome, Passed, Violated
from rtreview.rulebook.rulebook import Rule
from rtreview.text.document import Document, Problem, Text
from rtreview.text.place import Place


def review(
    source: bytes | str, path: str = "<stdin>", policy: Policy | None = None, *, with_numbers: bool = False
) -> list[Review]:
    """Review every design in a text: one `Review` per document. Never raises on what the text holds.

    Args:
        source: YAML, or Markdown where `path` ends in `.md`.
        path: the name of the text in the report.
        policy: what the team has decided about its reviews; without one, it is our own rules as they are.
        with_numbers: also the ledger of derived numbers, and where undecided verdicts turn.

    """
    raw = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    return review_text(Text.of(raw, path), policy or Policy(rulebook.load()), with_numbers=with_numbers)


def review_text(text: Text, policy: Policy, *, with_numbers: bool = False) -> list[Review]:
    """The review of each design in a text."""
    return [
        review_design(Reading.of(document, policy.fallbacks), text.path, policy, with_numbers=with_numbers)
        for document in text.documents
    ]


def review_design(reading: Reading, path: str, policy: Policy, *, with_numbers: bool = False) -> Review:
    """The review of one design of the text with this name."""
    document, design = reading.document, reading.design
    risks, wrong = _risks(reading, policy)
    if design is None or wrong:
        return _refused(reading, path, wrong)
    with corners.budgeted() as budget:
        judgements, findings = _judged(design, document, policy, risks, with_turns=with_numbers)
    accepted: list[Accepted] = []
    by_rule: dict[str, list[Judgement]] = {}
    for judgement in judgements if risks else ():
        by_rule.setdefault(judgement.rule, []).append(judgement)
    for risk in risks:
        said = by_rule.get(risk.rule, [])
        settled, rulings, findings = _settled(risk, said, findings, document, policy)
        accepted += [covered for covered in settled.accepted(document) if policy.runs(covered.finding.rule)]
        for judgement, found in rulings:
            judgements.append(judgement)
            findings += found
    findings = [finding for finding in findings if policy.runs(finding.rule)]
    unknown = {field.content: field for field in reversed(design.unknown_platforms)}
    findings += [_unknown(field, document) for field in unknown.values()]
    findings += [_left_open(document)] if budget.is_spent else []
    still_open = _Open(judgements)
    findings = [still_open.with_hanging(finding) for finding in findings]
    return Review(
        path,
        document.lines,
        design.spec.name.content,
        findings=ranked(findings),
        accepted=tuple(accepted),
        judgements=tuple(judgement for judgement in judgements if policy.runs(judgement.rule)),
        numbers=tuple(numbers_of(design, document)) if with_numbers else (),
        brought=tuple(_brought(design, document)) if with_numbers else (),
        routes=routes(design),
        handed_over=tuple(hand_overs(design, document, policy.rulebook)),
        content=document.content,
        reading=reading,
    )


def refusal(reading: Reading, path: str, policy: Policy) -> Review | None:
    """Why a design cannot be reviewed, as the review that says so; None where it can be."""
    _, wrong = _risks(reading, policy)
    return _refused(reading, path, wrong) if reading.design is None or wrong else None


def _refused(reading: Reading, path: str, findings: Sequence[Finding]) -> Review:
    document, design = reading.document, reading.design
    name = design.spec.name.content if design else None
    return Review(path, document.lines, name, tuple(findings), content=document.content, reading=reading)


def _brought(design: Design, document: Document) -> Iterator[Brought]:
    """What each named platform is known to do, once, in the order of the connections and their path."""
    seen: set[str] = set()
    for feature in design.features:
        transport, backplane = feature.transport, feature.topology.backplane
        hops = [hop.name for hop in transport.path]
        libraries = [transport.client_library, transport.library, transport.service]
        for name in (*libraries, *hops, backplane.adapter, backplane.kind):
            platform = catalogue.find(name)
            if platform is not None and platform.facts and platform.id not in seen:
                seen.add(platform.id)
                facts = tuple(
                    (key.replace("_", " "), _as_written(fact)) for key, fact in platform.facts.items()
                )
                yield Brought(platform.name, document.place(name.at), facts)


def _as_written(fact: object) -> str:
    """A fact of the catalogue as its file has it."""
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    return ", ".join(map(str, fact)) if isinstance(fact, list) else str(fact)


def _rules(policy: Policy) -> list[Rule]:
    """All rules, with the severities that the team gives them."""
    return [
        rule._replace(severities=dict.fromkeys(rule.severities, policy.severity[rule.id]))
        if rule.id in policy.severity
        else rule
        for rule in policy.rulebook
    ]


def _risks(reading: Reading, policy: Policy) -> tuple[list[Risk], list[Finding]]:
    """What the team accepts in this design, unless it is asked to be left out; and why it is not reviewed."""
    document, design = reading.document, reading.design
    if design is None:
        return [], [*map(_unreadable, document.problems), *_misspelt(reading.mistakes, document)]
    risks: list[Risk] = []
    mistakes: list[Mistake] = []
    if policy.with_accepted:
        known = tuple(rule.id for rule in policy.rulebook if rule.subject is not Risk)
        risks, mistakes = acceptance.read(design, document, known, policy.required, policy.day)
    return risks, list(_misspelt((*reading.mistakes, *mistakes), document))


def _judged(
    design: Design, document: Document, policy: Policy, risks: list[Risk], *, with_turns: bool
) -> tuple[list[Judgement], list[Finding]]:
    """What the rules say that are asked for, and those that an accepted risk names."""
    named = {risk.rule for risk in risks}
    judgements: list[Judgement] = []
    findings: list[Finding] = []
    for rule in _rules(policy):
        if rule.subject is Risk or not (policy.runs(rule.id) or rule.id in named):
            continue
        asked = [
            (subject, judge(rule, subject, document, with_turns=with_turns))
            for subject in subjects(rule, design)
        ]
        reported: list[Finding] = []
        for subject, (judgement, found) in _merged(asked, document):
            judgements.append(judgement)
            if found:
                reported += _shown(found, rule, subject) if judgement.verdict is Verdict.VIOLATED else found
        findings += _once(reported)
    return judgements, findings


def _once(findings: list[Finding]) -> list[Finding]:
    """What is found in the same words at the same place once, of all its features.

    Two features may differ in what else is found of them.
    """
    alike: dict[Finding, list[str]] = {}
    for finding in findings:
        alike.setdefault(finding._replace(features=()), []).extend(finding.features)
    if len(alike) == len(findings):
        return findings
    return [finding._replace(features=tuple(names)) for finding, names in alike.items()]


def _shown(findings: list[Finding], rule: Rule, subject: Feature | Connection) -> list[Finding]:
    """What violates a rule, with what happens in the scenario that the rule is about."""
    scenario = simulate.showing(rule.id)
    evidence = scenario.evidence(subject) if scenario else ""
    return [
        finding._replace(evidence=finding.evidence or evidence)
        if finding.verdict is Verdict.VIOLATED
        else finding
        for finding in findings
    ]


def _settled(
    risk: Risk, judgements: list[Judgement], findings: list[Finding], document: Document, policy: Policy
) -> tuple[Risk, list[Ruling], list[Finding]]:
    """An accepted risk with what it covers, what the rules say of it, and the findings that it leaves open.

    One that is void covers nothing: what it would have covered stays open, beside the reason why.
    """
    rules = {rule.id: rule for rule in _rules(policy) if rule.subject is Risk}
    void = [judge(rules.pop(name), risk, document) for name in acceptance.VOIDING]
    settled, rest = risk.settled(judgements, findings)
    rulings = void + [judge(rule, settled, document) for rule in rules.values()]
    if any(judgement.verdict not in (Verdict.PASSED, Verdict.NOT_APPLICABLE) for judgement, _ in void):
        return replace(settled, covered=()), rulings, findings
    return settled, rulings, rest


def numbers_of(design: Design, document: Document) -> Iterator[DerivedNumber]:
    """The ledger of a design, with the place of every input."""
    for features, name, number, reason in ledger(design):
        content = number.content if number else None
        value = shown(number) if number else ""
        unknown = [leave for leave in leaves(number) if leave.content is None] if number and not value else []
        silent = [leave for leave in unknown if not leave.is_vague]
        yield DerivedNumber(
            name=name,
            features=features,
            value=value,
            amount=None if content is None else content.amount,
            unit="" if content is None else content.unit,
            formula=number.formula if number else "",
            inputs=tuple(_inputs(number, document)) if number else (),
            fields=tuple(input_of(leave, document) for leave in leaves(number)) if number else (),
            reason=f"it would need {_listed(tuple(silent or unknown))}" if unknown else reason,
        )


def _inputs(number: Expression[Any], document: Document) -> Iterator[Input]:
    named = {}
    for part in inputs(number):
        if isinstance(part, Named):
            named[part.name] = Input(part.name, (), shown(part), "derived", document.span(()))
        else:
            named[part.field.dotted] = input_of(part.field, document)
    yield from named.values()


Subject = Feature | Connection | Risk


def subjects(rule: Rule, design: Design) -> Sequence[Feature | Connection]:
    """What a rule looks at in a design: its features, or its connections."""
    return design.connections if rule.subject is Connection else design.features


def judge(rule: Rule, subject: Subject, document: Document, *, with_turns: bool = False) -> Ruling:
    """The verdict of a rule on a subject: that of its gravest outcome, with a finding for each to report.

    Where fields are known within bounds, it is what is so of all designs that the spec may mean. A question
    for one number says with which values the design would fail, and `with_turns` also what is undecided.
    Where each of several values occurs, it is the verdict on the worst.
    """
    try:
        return _judge(rule, subject, document, with_turns=with_turns)
    except Several as several:
        try:
            return corners.of_each(
                lambda: _judge(rule, subject, document, with_turns=with_turns), several.field
            )
        except Undecided as unknown:
            return _stamp(rule, subject.names, unknown, document)


def _judge(rule: Rule, subject: Subject, document: Document, *, with_turns: bool) -> Ruling:
    # Most rules meet no bounds: asked at once, they take a tenth of the time of a review less.
    with Corner({}) as design:
        judgement, findings = _ruling(rule, subject, document)
    if not design.met and not judgement.missing:
        return judgement, findings

    def ruling() -> Ruling:
        return _ruling(rule, subject, document)

    def fails() -> bool:
        return _fails(rule, subject)

    def silent() -> Ruling:
        return _judge(rule, subject, document, with_turns=False)

    if design.met:
        judgement, findings = corners.judged(ruling, fails, silent)
    if not judgement.missing or isinstance(subject, Risk):
        return judgement, findings
    asks, is_undecided = (judgement.verdict is verdict for verdict in (Verdict.UNSTATED, Verdict.UNDECIDED))
    stands_alone = is_undecided and rule.section.stands_alone
    if not (asks or stands_alone or (is_undecided and with_turns)):
        return judgement, findings
    missing = _missing_field(rule, subject)
    if missing is None:
        return judgement, findings
    field, notation = missing
    if not notation.kinds:
        words = _failing_words(field, notation, fails) if with_turns else ""
        return judgement._replace(turns_at=words), findings
    turn = corners.break_even(fails, field, notation.kinds[0])
    if not turn:
        return judgement, findings
    judgement = judgement._replace(turns_at=turn.fails_with)
    if asks:
        return judgement, [
            finding._replace(message=f"{finding.message} With {turn.fails_with} it fails.")
            for finding in findings
        ]
    if stands_alone:
        with supposed(field, turn.content):
            convicted, found = corners.judged(ruling, fails)
        if convicted.verdict is Verdict.VIOLATED:
            return _without_the_number(judgement, convicted.severity, found, field)
    return judgement, findings


def _without_the_number(
    judgement: Judgement, with_it: Severity, findings: list[Finding], field: Field[Any]
) -> Ruling:
    """A fault of what is decided, which one number could excuse: milder than `with_it`, at the decision."""
    severity = with_it.milder
    exactly = f" more exactly than {field.within}" if isinstance(field, Bounded) and field.is_silenced else ""
    message = (
        f"This fails with {judgement.turns_at} for `{field.dotted}`, which the spec does not state{exactly}."
    )
    decided = []
    for finding in findings:
        places = (finding.place, *finding.related)
        first, *others = [place for place in places if place.at != field.at] or places
        decided.append(
            finding._replace(
                message=message, severity=severity, place=first, related=tuple(others), comparison=None
            )
        )
    return judgement._replace(verdict=Verdict.VIOLATED, reason=message, severity=severity), decided


def _failing_words(field: Field[Any], notation: Notation, fails: Callable[[], bool]) -> str:
    """The words of the one missing field with which a design would fail; nothing where none or each does."""
    words = [word for word in notation.options if isinstance(word, str)]
    failing = []
    for word in words:
        with supposed(field, word):
            failing += [f"`{word}`"] if fails() else []
    return " or ".join(failing) if len(failing) < len(words) else ""


def _missing_field(rule: Rule, subject: Subject) -> tuple[Field[Any], Notation] | None:
    """The one field for want of which a verdict is open, with its notation; None where more are wanted."""
    unknown = [outcome for outcome in _outcomes(rule, subject) if isinstance(outcome, Unknown)]
    missing = {part.at: part for outcome in unknown for part in outcome.parts}
    if len(missing) != 1:
        return None
    ((at, part),) = missing.items()
    notation = notation_at(at)
    if not isinstance(part, Field) or part.is_stated or notation is None:
        return None
    return part, notation


def _ruling(rule: Rule, subject: Subject, document: Document) -> Ruling:
    first, *others = _outcomes(rule, subject)
    judgement, findings = _stamp(rule, subject.names, first, document)
    if not others:
        return judgement, findings
    rulings = [(judgement, findings), *(_stamp(rule, subject.names, each, document) for each in others)]
    judgement = min((each for each, _ in rulings), key=_gravity)
    missing = tuple(dict.fromkeys(name for judged, _ in rulings for name in judged.missing))
    return judgement._replace(missing=missing), [finding for _, found in rulings for finding in found]


def _gravity(judgement: Judgement) -> tuple[int, int, float]:
    """What is told of several outcomes: the gravest, and of limits the one that is kept most narrowly."""
    compared = judgement.comparison
    return judgement.verdict.rank, judgement.severity.rank, -compared.share if compared else 0.0


def _fails(rule: Rule, subject: Subject) -> bool:
    """Whether the verdict is violated, without a word about it: a search asks for many numbers."""
    fails = False
    try:
        for outcome in rule.check(subject):
            with suppress(Unknown, NotApplicable):
                fails |= isinstance(outcome, Violated) or (isinstance(outcome, Limit) and not outcome.holds)
    except (Unknown, NotApplicable):
        return fails
    except Exception:
        # Then the verdict is another one, and worse.
        return False
    return fails


def _outcomes(rule: Rule, subject: Subject) -> list[Outcome | Exception]:
    """What the rule yields, each comparison judged; what it raises is its last outcome."""
    outcomes: list[Outcome | Exception] = []
    try:
        for outcome in rule.check(subject):
            try:
                outcomes.append(outcome.judge() if isinstance(outcome, Limit) else outcome)
            except (Unknown, NotApplicable) as unknown:
                outcomes.append(unknown.with_traceback(None))
    except Exception as raised:
        # A traceback holds the frames of its callers, and with them what they keep of it.
        outcomes.append(raised.with_traceback(None))
    return outcomes or [RuntimeError("the rule came to no verdict")]


def _stamp(rule: Rule, features: tuple[str, ...], outcome: Outcome | Exception, document: Document) -> Ruling:
    """Who and why for the where and what of an outcome, and the finding where there is something to show."""
    # The two that most rules come to on most designs, and of which there is nothing to show.
    ordinary = rule.severities[""]
    if isinstance(outcome, NotApplicable):
        return Judgement(rule.id, ordinary, features, Verdict.NOT_APPLICABLE, str(outcome)), []
    if isinstance(outcome, Passed):
        reason, comparison = outcome
        return Judgement(rule.id, ordinary, features, Verdict.PASSED, reason, (), comparison), []
    places: tuple[Part, ...] = ()
    missing: tuple[Part, ...] = ()
    match outcome:
        case Violated(message=reason, at=at, related=related):
            verdict, places = Verdict.VIOLATED, (at, *related)
        case Unstated(parts=missing, message=message):
            reason = message or f"The spec does not say {_listed(missing)}."
            verdict, places = Verdict.UNSTATED, missing[:1]
        case Undecided(parts=missing, message=message):
            reason = message or f"it would need {_listed(missing)}"
            verdict = Verdict.UNDECIDED
        case _:
            verdict = Verdict.UNREVIEWED
            why = f"{type(outcome).__name__}: {outcome}"
            reason = f"the rule {rule.id} failed ({why}): please report it with this spec"
    severity = rule.severities[getattr(outcome, "when", "")]
    if severity is Severity.ERROR and getattr(outcome, "is_assumed", False):
        severity = Severity.WARNING
    comparison = getattr(outcome, "comparison", None)
    names = tuple(part.dotted for part in missing)
    judgement = Judgement(rule.id, severity, features, verdict, reason, names, comparison)
    if verdict is Verdict.UNREVIEWED:
        whole = document.place(())
        return judgement, [unreviewed("internal-error", "A rule failed", reason, whole)]
    if not places:
        return judgement, []
    first, *others = [_place(part, features, document) for part in places]
    finding = Finding(
        rule=rule.id,
        verdict=verdict,
        severity=severity,
        title=rule.section.title,
        message=reason,
        place=first,
        related=tuple(others),
        features=features,
        why=rule.section.first_sentence("Why"),
        fix=rule.section.first_sentence("The fix"),
        question=rule.section.first_sentence("Question"),
        cites=rule.cites,
        comparison=comparison,
        evidence=getattr(outcome, "evidence", ""),
        is_listed_first=rule.section.is_listed_first,
    )
    return judgement, [finding]


class _Open:
    """What waits for a field of the spec, by feature: the gravest first."""

    def __init__(self, judgements: Iterable[Judgement]) -> None:
        waiting = (judgement for judgement in judgements if judgement.missing)
        self.rows = sorted(waiting, key=lambda row: row.severity.rank)
        self.of_feature: dict[str, list[int]] = {}
        for at, row in enumerate(self.rows):
            for name in row.features:
                self.of_feature.setdefault(name, []).append(at)

    def with_hanging(self, finding: Finding) -> Finding:
        """A question with the other rules that its answer would decide."""
        if finding.verdict is not Verdict.UNSTATED:
            return finding
        own = {at for name in finding.features for at in self.of_feature.get(name, ())}
        rows = [self.rows[at] for at in sorted(own)] if finding.features else self.rows
        asked = {name for row in rows if row.rule == finding.rule for name in row.missing}
        hanging = dict.fromkeys(row.rule for row in rows if not asked.isdisjoint(row.missing))
        hanging.pop(finding.rule, None)
        return finding._replace(hanging=tuple(hanging))


_Asked = tuple[Feature | Connection, Ruling]
"""A subject, and what a rule says of it."""


def _merged(asked: list[_Asked], document: Document) -> Iterable[_Asked]:
    """What is said of several features in the same words and at the same places, once, with the first.

    A sum over features says the same of each, whatever else had to be supposed of it.
    """
    if len(asked) == 1:
        return asked
    alike: dict[object, list[_Asked]] = {}
    for each in asked:
        alike.setdefault(_said(*each[1], document), []).append(each)
    return [_joined(same) for same in alike.values()]


def _said(judgement: Judgement, findings: list[Finding], document: Document) -> tuple[object, ...]:
    """The words and places of a ruling; where each finding has its evidence, that stands for the words."""
    if not findings:
        return judgement.verdict, judgement.reason, judgement.missing, judgement.turns_at
    places = [(document.written_at(finding.place.at), finding.place.label) for finding in findings]
    if all(finding.evidence for finding in findings):
        return judgement.verdict, *places, *(finding.comparison for finding in findings)
    words = (finding.message for finding in findings)
    return judgement.verdict, judgement.reason, judgement.missing, judgement.turns_at, *places, *words


def _joined(same: list[_Asked]) -> _Asked:
    if len(same) == 1:
        return same[0]
    subject, (judgement, findings) = same[0]
    features = tuple(name for _, (judged, _) in same for name in judged.features)
    return subject, (
        judgement._replace(features=features),
        [finding._replace(features=features) for finding in findings],
    )


def _place(part: Part, features: tuple[str, ...], document: Document) -> Place:
    """Where a part stands, and what is to be seen there that is not written there.

    Where nothing is written of it, not even its section, the first of the features that lack it is shown.
    """
    label = ""
    if not part.is_stated:
        if features and document.written_at(part.place)[1] == part.place:
            key = document.span(("features", features[0]), key=True)
            return document.place(part.place, f"{part.dotted} is not stated")._replace(span=key)
        label = f"{part.key} is not stated"
    elif part.default is not None:
        label = f"{part.key} is {part}: {part.default}" if isinstance(part, Field) else f"{part.default}"
    return document.place(part.place, label)


def _listed(parts: tuple[Part, ...]) -> str:
    return " or ".join(wanted(part) for part in parts)


def _unreadable(problem: Problem) -> Finding:
    related = tuple(Place(problem.path, span, label) for span, label in problem.related)
    place = Place(problem.path, problem.span)
    title = "The file cannot be read"
    return unreviewed(problem.kind, title, problem.message, place, related)


def _misspelt(mistakes: Iterable[Mistake], document: Document) -> list[Finding]:
    """What has no meaning, in the order of the lines."""
    found = [
        unreviewed(
            "schema",
            mistake.title,
            mistake.message,
            document.place(mistake.at, key=mistake.on_key),
        )
        for mistake in mistakes
    ]
    return sorted(found, key=lambda finding: finding.place.span)


def _unknown(field: Field[str], document: Document) -> Finding:
    """A platform that the catalogue does not have: nothing is known of its defaults."""
    name = field.content or ""
    hint = catalogue.suggestion(name)
    message = f"`{name}` is not in the catalogue, so nothing is known of its defaults{hint}"
    # A hop of which the design states something is not mentioned at all.
    if "path" in field.at:
        own = f"state what it does, such as `{{name: {name}, idle_timeout: 5m}}`"
        message += f" If it is another, {own}" if hint else f": {own}"
    # Why it stands before all that is found, for who wonders at it.
    silent = "Rules that need them stay silent: read all other findings with that in mind."
    severity = Severity.WARNING if hint else Severity.INFO
    return Finding(
        "unknown-platform",
        Verdict.NOTE,
        severity,
        f"The platform `{name}` is unknown",
        f"{_sentence(message)} {silent}",
        document.place(field.at),
        is_listed_first=True,
    )


def _left_open(document: Document) -> Finding:
    """That a design has more ranges and lists than all its rules can be asked about."""
    message = (
        f"The ranges and lists of this design make more than {corners.MOST_COMBINATIONS:,} combinations of "
        "values, so that rules are left undecided which might fail. State exact values, or write some of the "
        "features as a design of their own"
    )
    return unreviewed("too-many-combinations", "Not all values are reviewed", message, document.place(()))


def unreviewed(rule: str, title: str, message: str, place: Place, related: tuple[Place, ...] = ()) -> Finding:
    """A finding that something could not be reviewed."""
    return Finding(rule, Verdict.UNREVIEWED, Severity.ERROR, title, _sentence(message), place, related)


def _sentence(message: str) -> str:
    return f"{message[0].upper()}{message[1:]}{'' if message.endswith(('?', '.')) else '.'}"


def unreadable(path: str, message: str) -> Review:
    """The review of what could not even be opened."""
    nowhere = Document(("",))
    problem = Problem(message, nowhere.span(()), kind="unreadable")
    return Review(path, nowhere.lines, findings=(_unreadable(problem),), reading=Reading(nowhere))
