"""Whether a risk that somebody accepted is still one that they know and stand for."""

from typing import Any

from rtreview.language.field import Field, NotApplicable, Undecided, Unstated
from rtreview.language.notation import did_you_mean
from rtreview.rulebook.acceptance import ALL, Risk
from rtreview.rulebook.finding import Verdict
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


@rule
def accepted_risk_without_effect(risk: Risk) -> Outcomes:
    """The entry names nothing that could be accepted."""
    entry, name = risk.entry, risk.rule
    if entry.rule.content is None:
        raise Unstated(entry.rule, message="An accepted risk names no rule.")
    if name in ("*", ALL):
        yield Violated(f"`{name}` would accept every rule: name the one that is meant.", entry.rule)
    elif name.startswith("accepted-risk-"):
        yield Violated(f"`{name}` judges what is accepted: nobody can accept it.", entry.rule)
    elif name not in risk.known_rules:
        hint = did_you_mean(name, risk.known_rules)
        yield Violated(f"No rule is called `{name}`{hint or '.'}", entry.rule)
    elif name in risk.required:
        yield Violated(f"The team requires `{name}`: nobody can accept it.", entry.rule)
    elif not risk.meant:
        features = tuple(feature.name for feature in risk.features if feature.name)
        hint = did_you_mean(entry.feature.content, (*features, ALL))
        yield Violated(f"No feature is called `{entry.feature}`{hint or '.'}", entry.feature)
    else:
        yield Passed(f"`{name}` can be accepted")


@rule
def accepted_risk_incomplete(risk: Risk) -> Outcomes:
    """Nobody says why, who, or until when."""
    entry = risk.entry
    wanted: dict[str, list[Field[Any]]] = {
        "reason": [entry.reason],
        "owner": [entry.owner],
        "end": [entry.until, entry.while_],
    }
    for what, fields in wanted.items():
        if any(field.content for field in fields):
            continue
        refused = next((field for field in fields if field.is_none), None)
        if refused is not None:
            yield Violated(f"The accepted `{risk.rule}` has no {what}: `{refused.key}` is `none`.", refused)
        else:
            message = f"The accepted `{risk.rule}` has no {what}, so that it covers nothing."
            raise Unstated(*fields, message=message)
    yield Passed(f"{entry.owner} stands for it {risk.ends}")


@rule
def accepted_risk_ended(risk: Risk) -> Outcomes:
    """The day is over, or the numbers have left the range for which it was accepted."""
    entry, until = risk.entry, risk.entry.until.content
    who = f"{entry.owner} accepted `{risk.rule}`"
    if until is not None and risk.today > until:
        yield Violated(f"{who} until {until}, and today is {risk.today}.", entry.until)
    for term in risk.terms:
        default = term.field.default
        is_assumed = default is not None and default.confidence == "assumed"
        if term.field.content is None or is_assumed:
            state = "only assumed" if is_assumed else "`none`" if term.field.is_none else "not stated"
            message = f"{who} while `{entry.while_}`, and `{term.field.dotted}` is {state}."
            raise Unstated(term.field, message=message)
        if not term.holds:
            what = f"`{term.field.dotted}` {term.sign} {term.bound}"
            yield Violated(f"{who} while {what}; it is {term.field}.", entry.while_, (term.field,))
    yield Passed(f"it holds {risk.ends}" if risk.ends else "nothing ends it")


@rule
def accepted_risk_unused(risk: Risk) -> Outcomes:
    """The fault that it accepts is not there."""
    if risk.rule not in risk.known_rules:
        raise NotApplicable(f"`{risk.rule}` did not run")
    if risk.covered:
        yield Passed("what it accepts is there")
        return
    undecided = [verdict for verdict in risk.verdicts if verdict.verdict is Verdict.UNDECIDED]
    if undecided:
        raise Undecided(message=f"`{risk.rule}` is itself undecided: {undecided[0].reason}")
    where = f" on line {risk.line}" if risk.line else ""
    judgement = risk.verdicts[0] if risk.verdicts else None
    because = f": {judgement.reason}" if judgement and judgement.verdict is not Verdict.VIOLATED else ""
    yield Violated(f"`{risk.rule}` finds nothing{where} to accept{because}.", risk.entry)


@rule
def accepted_risk_too_broad(risk: Risk) -> Outcomes:
    """It covers more than anybody named."""
    entry = risk.entry
    if len(risk.features) < 2 or entry.feature.is_stated or risk.line is not None:
        raise NotApplicable("it says what it covers")
    found = {name: None for finding in risk.covered for name in finding.features}
    if len(risk.covered) > 1 and len(found) > 1:
        names = ", ".join(f"`{name}`" for name in found)
        yield Violated(
            f"The accepted `{risk.rule}` names no feature, and covers {len(risk.covered)} findings, "
            f"in {names}: name the feature, or say `feature: {ALL}`.",
            entry.rule,
        )
        return
    open_ones = [verdict for verdict in risk.verdicts if verdict.verdict is Verdict.UNDECIDED]
    if risk.covered and open_ones:
        raise Undecided(message=f"`{risk.rule}` is undecided in {', '.join(open_ones[0].features)}")
    yield Passed("it covers one finding" if risk.covered else "it covers nothing")
