"""A function of a design, while some of its fields are open: what it comes to, as a tree of questions.

The function runs once for each way through it. What an open field holds, and how a number that follows from
one compares, is a question: each answer is taken in a run of its own, and the tree joins them. So no rule is
written a second time for the page, and none can be out of step with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, NamedTuple, TypeVar

from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field
from rtreview.language.notation import NONE
from rtreview.language.section import Section
from rtreview.numbers.expression import SIGNS, Comparison, Variable, deciding
from rtreview.numbers.plain import to_json
from rtreview.quantities.quantity import Quantity, Spread

NOW, NUMBER, SPAN = "now", "number", "span"
"""What an open field may hold: what it holds now, any number, any random span; or a content of its own."""

MOST_RUNS = 300
"""Runs of a function: each comparison on its way may double them. The flawed examples need 140."""


class TooManyRuns(Exception):  # noqa: N818 - not an error of the program
    """A function has more ways through it than a page holds."""


Subject = TypeVar("Subject", Connection, Feature)


class Opened(NamedTuple):
    """A field that is open, under the name that the page has for it, and what it may be moved to.

    An option is any `NUMBER`, any `SPAN`, or one content, with the word `none` for a decision against it.
    """

    name: str
    field: Field[Any]
    options: tuple[Any, ...]

    @property
    def holds_an_option(self) -> bool:
        """Whether the spec itself states one of the options, so that not to move it is no other case."""
        content = NONE if self.field.is_none else self.field.content
        kind = SPAN if isinstance(content, Spread) else NUMBER if isinstance(content, Quantity) else None
        is_option = content in self.options or kind in self.options
        return self.field.is_stated and self.field.default is None and is_option

    @property
    def ways(self) -> tuple[Any, ...]:
        """The options, and what it is now where that is another case."""
        return self.options if self.holds_an_option else (NOW, *self.options)

    def moved(self, option: Any) -> Field[Any]:
        """The field as if the spec stated this option."""
        at = self.field.at
        if option == NONE:
            return Field(is_none=True, at=at)
        if option == NUMBER:
            return Field(Variable(self.name), at=at)
        if option == SPAN:
            least: Any = Variable(self.name, 0)
            most: Any = Variable(self.name, 1)
            return Field(Spread(least, most), at=at)
        return self.field if option == NOW else Field(option, at=at)


class _Asked(NamedTuple):
    """A question, what can be answered to it, and what a run was told."""

    question: Any
    options: tuple[Any, ...]
    answer: Any


class _Run:
    """One way through a function: the answers to take first, and every question with its answer."""

    def __init__(self, opened: Iterable[Opened], ahead: Sequence[Any]) -> None:
        self.opened = {open_field.field.at: open_field for open_field in opened}
        self.ahead = ahead
        self.asked: list[_Asked] = []
        self.answers: dict[str, Any] = {}

    def ask(self, question: Any, options: tuple[Any, ...]) -> Any:
        key = json.dumps(question)
        if key not in self.answers:
            depth = len(self.asked)
            answer = self.ahead[depth] if depth < len(self.ahead) else options[0]
            self.asked.append(_Asked(question, options, answer))
            self.answers[key] = answer
        return self.answers[key]

    def compare(self, comparison: Comparison) -> bool:
        question = to_json(comparison)
        left, right = question["of"]
        if left == right:
            return SIGNS[comparison.sign](0, 0)
        return bool(self.ask(question, (True, False)))

    def option(self, opened: Opened) -> Any:
        return self.ask({"field": opened.name}, opened.ways) if len(opened.ways) > 1 else opened.ways[0]

    def part(self, part: Any) -> Any:
        """A part of the design with what the open fields hold in this run."""
        if isinstance(part, Field) and part.at in self.opened:
            return self.opened[part.at].moved(self.option(self.opened[part.at]))
        if not isinstance(part, Section):
            return part
        below = [open_field for at, open_field in self.opened.items() if at[: len(part.at)] == part.at]
        if not below:
            return part
        # A section that was `none` is none any more when one of its fields is there.
        is_open = part.word and any(self.option(open_field) != NOW for open_field in below)
        return part.asking(self.part, word="" if is_open else part.word)

    def subject(self, subject: Subject) -> Subject:
        """A copy of a connection with its features, or of one of them, in this run."""
        if isinstance(subject, Feature):
            connection = self.subject(subject.connection)
            return connection.features[subject.connection.features.index(subject)]
        connection = subject.with_transport(self.part(subject.transport))
        for feature in subject.features:
            parts = vars(feature).items()
            sections = {name: self.part(section) for name, section in parts if isinstance(section, Section)}
            connection.features.append(replace(feature, connection=connection, **sections))
        return connection


def trace(answer: Callable[[Subject], Any], subject: Subject, opened: Iterable[Opened]) -> Any:
    """What a function answers of a connection or a feature, for whatever the open fields hold.

    Args:
        answer: gives anything that JSON has, with expressions as `to_json` writes them.
        subject: the design as it stands.
        opened: its open fields.

    Returns:
        `{"is": answer}`, or `{"ask": question, "of": {answer to it: tree}}`. A question is a comparison, or
        the field whose content is asked for.

    Raises:
        TooManyRuns: there are more than `MOST_RUNS` ways through it.

    """
    fields = tuple(opened)
    runs = count(1)

    def explore(ahead: tuple[Any, ...]) -> Any:
        if next(runs) > MOST_RUNS:
            raise TooManyRuns
        run = _Run(fields, ahead)
        token = deciding.set(run.compare)
        try:
            tree: Any = {"is": answer(run.subject(subject))}
        finally:
            deciding.reset(token)
        for depth in reversed(range(len(ahead), len(run.asked))):
            asked: _Asked = run.asked[depth]
            before: tuple[Any, ...] = tuple(question.answer for question in run.asked[:depth])
            ways = [tree, *(explore((*before, option)) for option in asked.options[1:])]
            if any(way != tree for way in ways):
                tree = {"ask": asked.question, "of": dict(zip(map(_key, asked.options), ways, strict=True))}
        return tree

    return explore(())


def _key(option: Any) -> str:
    """An answer as the page finds it: what JavaScript makes of the value as a string."""
    if isinstance(option, bool):
        return "true" if option else "false"
    if isinstance(option, Spread):
        return f"{option.least.amount:g},{option.most.amount:g}"
    return option if isinstance(option, str) else f"{option.amount:g}"
