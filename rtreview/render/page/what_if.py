"""What moves when a slider does: the parameters of the scenario, and the verdicts of rules."""

from __future__ import annotations

from functools import reduce
from typing import Any

from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field, NotApplicable, Unknown
from rtreview.language.notation import NONE
from rtreview.numbers.expression import Expression
from rtreview.numbers.plain import to_json
from rtreview.quantities.quantity import Quantity, Spread
from rtreview.render.page.trace import NUMBER, SPAN, Opened, trace
from rtreview.rulebook.outcome import Limit, Outcome, Violated
from rtreview.rulebook.rulebook import Rule, Rulebook
from rtreview.simulate.reader import Reader
from rtreview.simulate.scenario import Scenario, Slider

VIOLATED, UNDECIDED, PASSED, EXEMPT = GRAVEST = ("violated", "undecided", "passed", "not-applicable")
"""What a rule says of a design with what the sliders say, the gravest first."""


def rules(scenario: Scenario[Any], rulebook: Rulebook) -> list[Rule]:
    """The rules whose verdicts follow what can be moved beside a scenario."""
    every = {rule.id: rule for rule in rulebook}
    return [every[name] for name in scenario.follows]


def what_if(
    scenario: Scenario[Any], feature: Feature, rulebook: Rulebook, proposed: Feature | None = None
) -> dict[str, Any]:
    """The sliders of a scenario with what the design says now, and what moves with them, as trees of `trace`.

    There is a slider for what is known, and for what can be chosen. `proposed` is the feature with what the
    decisions propose: what it says otherwise can be set at once.

    Raises:
        TooManyRuns: what moves has too many cases.

    """
    subject = feature if scenario.subject == "feature" else feature.connection
    shown, opened = [], []
    for slider in scenario.sliders:
        field = field_of(subject, slider.field)
        now = plain(field)
        if slider.choices or slider.is_span or isinstance(now, int | float):
            shown.append({**parameters(slider), "now": now})
            opened.append(Opened(slider.field, field, _options(slider)))
    return {
        "sliders": shown,
        "proposed": _otherwise(scenario, opened, proposed) if proposed else {},
        "values": stated_values(opened),
        "parameters": traced_parameters(scenario, feature, opened),
        "verdicts": [
            [rule.id, traced_verdict(rule, feature, opened), rule.severities[""]]
            for rule in rules(scenario, rulebook)
        ],
    }


def _otherwise(scenario: Scenario[Any], opened: list[Opened], proposed: Feature) -> dict[str, Any]:
    """What another design says in the fields that can be moved, where it is something else."""
    subject = proposed if scenario.subject == "feature" else proposed.connection
    values = {each.name: plain(field_of(subject, each.name)) for each in opened}
    return {each.name: values[each.name] for each in opened if values[each.name] != plain(each.field)}


def _options(slider: Slider) -> tuple[Any, ...]:
    """What it can be moved to."""
    return slider.choices or ((SPAN,) if slider.is_span else (NUMBER,))


def stated_values(opened: list[Opened]) -> dict[str, Any]:
    """What the trees take for fields that have not been moved."""
    stated = (open_field for open_field in opened if open_field.holds_an_option)
    return {open_field.name: plain(open_field.field) for open_field in stated}


def plain(field: Field[Any]) -> Any:
    """What a field holds, as the page has it."""
    return NONE if field.is_none else parameters(field.content)


def field_of(subject: Connection | Feature, name: str) -> Field[Any]:
    """A field by its name below a connection or a feature."""
    owner = subject
    if isinstance(subject, Feature) and name.startswith(("transport.", "topology.", "operations.")):
        owner = subject.connection
    found: Field[Any] = reduce(getattr, name.split("."), owner)  # type: ignore[arg-type]
    return found


def traced_parameters(scenario: Scenario[Any], feature: Feature, opened: list[Opened]) -> Any:
    """The parameters of a scenario while fields are open: null where nothing can be told any more."""

    def answer(feature: Feature) -> Any:
        try:
            return parameters(scenario.read(Reader(), feature))
        except (Unknown, NotApplicable):
            return None

    return trace(answer, feature, opened)


def traced_verdict(rule: Rule, feature: Feature, opened: list[Opened]) -> Any:
    """What a rule says while fields are open."""

    def answer(feature: Feature) -> str:
        return verdict(rule, feature.connection if rule.subject is Connection else feature)

    return trace(answer, feature, opened)


def verdict(rule: Rule, subject: Connection | Feature) -> str:
    """The gravest of what a rule yields."""
    found: list[str] = []
    try:
        found.extend(map(_of, rule.check(subject)))
    except Unknown:
        found.append(UNDECIDED)
    except NotApplicable:
        found.append(EXEMPT)
    return min(found, key=GRAVEST.index)


def _of(outcome: Outcome) -> str:
    if not isinstance(outcome, Limit):
        return VIOLATED if isinstance(outcome, Violated) else PASSED
    try:
        return VIOLATED if not outcome.holds else UNDECIDED if outcome.guesses else PASSED
    except Unknown:
        return UNDECIDED
    except NotApplicable:
        return EXEMPT


def parameters(model: Any) -> Any:
    """The parameters of a model as JSON in base units, for the script: seconds, per second, bytes.

    Names become camel case. A random span becomes its two ends, and what is not there None. A quantity, a
    list of them or a word is itself one parameter, and so is an expression.
    """
    if isinstance(model, Quantity):
        return parameters(model.amount)
    if isinstance(model, Expression):
        return to_json(model)
    if isinstance(model, Spread):
        return [parameters(model.least), parameters(model.most)]
    if hasattr(model, "_asdict"):
        return {_camel(name): parameters(value) for name, value in model._asdict().items()}
    if isinstance(model, tuple):
        return [parameters(part) for part in model]
    return model


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
