"""The failure walk: what the rules say of each component of a design in each failure."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from rtreview.reviews.report import Review
from rtreview.rulebook import references
from rtreview.rulebook.finding import Judgement, Severity, Verdict
from rtreview.rulebook.rulebook import Rulebook


class State(StrEnum):
    """What is known of a component in a failure, from the worst to the mildest.

    Silence is never handled: a question, a missing number and a rule that did not run come before it.
    """

    VIOLATED = "violated"
    UNSTATED = "question"
    UNDECIDED = "undecided"
    UNREVIEWED = "not reviewed"
    ACCEPTED = "accepted"
    HANDLED = "handled"
    NOT_APPLICABLE = "not applicable"
    UNLOOKED = "no rule looks at this"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _STATES.index(self)


_STATES = list(State)

_STATE_OF = {
    Verdict.UNREVIEWED: State.UNREVIEWED,
    Verdict.VIOLATED: State.VIOLATED,
    Verdict.UNSTATED: State.UNSTATED,
    Verdict.UNDECIDED: State.UNDECIDED,
    Verdict.PASSED: State.HANDLED,
    Verdict.NOT_APPLICABLE: State.NOT_APPLICABLE,
}


class Answer(NamedTuple):
    """What one rule says: the state that it puts a cell in, and why.

    `features` are those that it is said of, and empty where the rule says the same of the whole design.
    `severity` is how grave it is where the rule is violated.
    """

    rule: str
    features: tuple[str, ...]
    state: State
    reason: str
    severity: Severity


class Cell(NamedTuple):
    """A component in a failure, with what is said of it, the worst first."""

    component: str
    failure: str
    answers: tuple[Answer, ...]

    @property
    def state(self) -> State:
        """That of the worst answer; where there is none, that no rule looks."""
        return self.answers[0].state if self.answers else State.UNLOOKED

    @property
    def gravity(self) -> tuple[int, int]:
        """What matters first, as a key: the worst state, and in it the gravest severity."""
        return _gravity(self.answers[0]) if self.answers else (State.UNLOOKED.rank, 0)


class Row(NamedTuple):
    """A component, with a cell for each of `references.FAILURES`."""

    component: str
    cells: tuple[Cell, ...]


class Walk(NamedTuple):
    """What is known of a design in its failures: a row for each of `references.COMPONENTS`."""

    rows: tuple[Row, ...]


def walk(review: Review, rulebook: Rulebook) -> Walk:
    """The failure walk of a review: nothing is judged again, each verdict is shown where it matters.

    Args:
        review: what is said of a design.
        rulebook: the rules that could run.

    """
    decided = _Decided(review)
    by_rule: dict[str, list[Answer]] = {}
    for judgement in review.judgements:
        by_rule.setdefault(judgement.rule, []).extend(decided.answers(judgement))
    looking: dict[tuple[str, str], list[Answer]] = {}
    for rule in rulebook:
        answers = by_rule.get(rule.id) or [
            Answer(rule.id, (), State.UNREVIEWED, "the rule did not run", rule.severities[""])
        ]
        if len(answers) == 1:
            answers = [answers[0]._replace(features=())]
        for at in rule.section.failures:
            looking.setdefault(at, []).extend(answers)
    return Walk(
        tuple(
            Row(
                component,
                tuple(
                    Cell(component, failure, _worst_first(looking.get((component, failure), [])))
                    for failure in references.FAILURES
                ),
            )
            for component in references.COMPONENTS
        )
    )


def _worst_first(answers: list[Answer]) -> tuple[Answer, ...]:
    return tuple(sorted(answers, key=_gravity))


def _gravity(answer: Answer) -> tuple[int, int]:
    return answer.state.rank, answer.severity.rank


class _Decided:
    """What is found open, and what the team lives with, by rule and feature."""

    def __init__(self, review: Review) -> None:
        self.open: dict[tuple[str, str], list[Verdict]] = {}
        for finding in (*review.findings, *(known.finding for known in review.known)):
            for name in finding.features or ("",):
                self.open.setdefault((finding.rule, name), []).append(finding.verdict)
        accepted = (accepted.finding for accepted in review.accepted)
        self.accepted = {(finding.rule, name) for finding in accepted for name in finding.features or ("",)}

    def answers(self, judgement: Judgement) -> Iterator[Answer]:
        """A judgement, once for each state: the team may live with it in one feature and not in another."""
        features: dict[State, list[str]] = {}
        for name in judgement.features or ("",):
            features.setdefault(self._state(judgement, name), []).append(name)
        for state, names in features.items():
            named = tuple(name for name in names if name)
            yield Answer(judgement.rule, named, state, judgement.reason, judgement.severity)

    def _state(self, judgement: Judgement, feature: str) -> State:
        """By the verdict; accepted where the team lives with all that the rule finds in the feature."""
        at = judgement.rule, feature
        if judgement.verdict in (Verdict.VIOLATED, Verdict.UNSTATED):
            if at in self.open:
                return min((_STATE_OF[verdict] for verdict in self.open[at]), key=lambda state: state.rank)
            if at in self.accepted:
                return State.ACCEPTED
        return _STATE_OF[judgement.verdict]
