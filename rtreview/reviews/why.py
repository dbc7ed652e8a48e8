"""Why a rule says what it says of a design: the values that it read, and what would change its mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import fields as fields_of
from typing import Any

from rtreview import simulate
from rtreview.language.design import FACTS, Connection, Feature
from rtreview.language.field import Field, input_of
from rtreview.language.section import Named, Section, Sections
from rtreview.reviews import corners, engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Explanation, Review
from rtreview.rulebook.acceptance import Risk
from rtreview.rulebook.finding import Judgement
from rtreview.rulebook.rulebook import Rule
from rtreview.text.document import Document
from rtreview.text.place import SpecPath


def explain(reviews: Sequence[Review], rule_id: str, policy: Policy) -> list[Explanation]:
    """The verdict of one rule on each of its subjects, with what it read; nothing where a text is no spec."""
    rule = next(rule for rule in policy.rulebook if rule.id == rule_id)
    explanations = []
    for review in reviews:
        if rule.subject is Risk:
            on_risks = (judgement for judgement in review.judgements if judgement.rule == rule_id)
            explanations += [Explanation(review.name, judgement, ()) for judgement in on_risks]
            continue
        subjects = engine.subjects(rule, review.design)
        with corners.budgeted():
            found = [asked(rule, subject, review.document) for subject in subjects]
        for subject, (judgement, fields) in zip(subjects, found, strict=True):
            inputs = tuple(input_of(field, review.document) for field in fields if field.is_stated)
            scenario = simulate.showing(rule_id)
            simulated = scenario.evidence(subject) if scenario else ""
            explanations.append(Explanation(review.name, judgement, inputs, simulated))
    return explanations


def asked(
    rule: Rule, subject: Feature | Connection, document: Document
) -> tuple[Judgement, list[Field[Any]]]:
    """The verdict of a rule, and every field that it asked for, stated or not."""
    seen: dict[SpecPath, Field[Any]] = {}
    judgement, _ = engine.judge(rule, _watched_subject(rule, subject, seen), document, with_turns=True)
    return judgement, _in_order(seen)


def _in_order(seen: dict[SpecPath, Field[Any]]) -> list[Field[Any]]:
    return sorted(seen.values(), key=lambda field: [str(key) for key in field.at])


def _watched_subject(
    rule: Rule, subject: Feature | Connection, seen: dict[SpecPath, Field[Any]]
) -> Feature | Connection:
    """A copy of the subject that notes every field which is asked for."""
    connection = subject if isinstance(subject, Connection) else subject.connection
    copy = connection.with_transport(_watched(connection.transport, seen))
    copy.features = [_watched_feature(feature, copy, seen) for feature in connection.features]
    if rule.subject is Connection:
        return copy
    return copy.features[connection.features.index(subject)]  # type: ignore[arg-type]


def _watched_feature(feature: Feature, connection: Connection, seen: dict[SpecPath, Field[Any]]) -> Feature:
    parts = {each.name: getattr(feature, each.name) for each in fields_of(Feature)}
    parts |= {name: _watched(part, seen) for name, part in parts.items() if isinstance(part, Section | Named)}
    return _WatchedFeature(**{**parts, "connection": connection}, seen=seen)


@dataclass(eq=False, kw_only=True)
class _WatchedFeature(Feature):
    """A feature that notes which of its own facts is asked for."""

    seen: dict[SpecPath, Field[Any]]

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if name in FACTS:
            self.seen[value.at] = value
        return value


def _watched(part: Any, seen: dict[SpecPath, Field[Any]]) -> Any:
    if isinstance(part, Field):
        seen[part.at] = part
        return part
    if isinstance(part, Named):
        named = {name: _watched(item, seen) for name, item in part.items.items()}
        return Named(named if part.is_stated else None, part.at, is_none=part.is_none)
    if isinstance(part, Sections):
        return part.asking(lambda item: _watched(item, seen))
    if not isinstance(part, Section):
        return part
    return part.asking(lambda inner: _watched(inner, seen))
