"""The rules, joined with the sections of the references that speak for them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from rtreview import rules
from rtreview.rulebook import references
from rtreview.rulebook.finding import Citations, Severity
from rtreview.rulebook.outcome import Outcomes

HEADINGS = (
    "What it looks at",
    "Why",
    "The way out",
    "When it is wrong to fire",
    "Question",
    "Bad",
    "Good",
)
"""What the section of a validation has, in this order."""

Check = Callable[[Any], Outcomes]
"""Looks at a subject, and yields what it finds."""

_registered: dict[str, Check] = {}


class RulebookError(Exception):
    """Rules and references do not fit; each line of the message names one misfit."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A check, and the section that says what it means."""

    id: str
    subject: str
    check: Check
    section: references.Section
    severities: dict[str, Severity]
    cites: Citations


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """The rules, in the order of `validations.md`, and every section of the references by its id or name.

    `theirs` is what a team adds: sections in place of ours and beside them, and the checks of its own rules.
    """

    rules: tuple[Rule, ...]
    sections: Mapping[str, references.Section]
    theirs: tuple[Mapping[str, references.Section], Mapping[str, Check]] = ({}, {})

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process has our own rules already: only what the team adds is sent there.
        return extended, self.theirs


def rule(check: Check) -> Check:
    """Register a check: its name is its id, its parameter (`feature`, `connection`, `risk`) its subject."""
    _registered[check.__name__.replace("_", "-")] = check
    return check


@cache
def load() -> Rulebook:
    """Our own rules and references.

    Raises:
        RulebookError: a rule or a section stands alone, or a citation names nothing.

    """
    for module in pkgutil.iter_modules(rules.__path__):
        importlib.import_module(f"{rules.__name__}.{module.name}")
    sections = references.load()
    return Rulebook(join(_registered, sections), sections)


def extended(sections: Mapping[str, references.Section], checks: Mapping[str, Check]) -> Rulebook:
    """Our rules and references with those of a team, which have been found to fit.

    Args:
        sections: the team's by id: a new one stands beside ours, one with an id of ours in its place.
        checks: those of the team's own rules, by id. Their subject is a feature.

    """
    ours = load()
    every = {**ours.sections, **sections}
    rules = [_rule(every[one.id], one.subject, one.check, every) for one in ours]
    rules += [_rule(every[name], "feature", check, every) for name, check in checks.items()]
    return Rulebook(tuple(rules), every, (sections, checks))


def join(checks: Mapping[str, Check], sections: Mapping[str, references.Section]) -> tuple[Rule, ...]:
    """The rules that checks and sections make together; raises `RulebookError`, as `load` does."""
    validations = {name: one for name, one in sections.items() if one.kind == "validation"}
    misfits = [f"{name}: a rule without a section" for name in checks if name not in validations]
    misfits += [
        f"{one.file}:{one.line}: {name}: a section without a rule"
        for name, one in validations.items()
        if name not in checks
    ]
    for section in validations.values():
        misfits += _misfits(section, sections)
    if misfits:
        raise RulebookError("\n".join(misfits))
    return tuple(
        _rule(section, checks[name].__code__.co_varnames[0], checks[name], sections)
        for name, section in validations.items()
    )


def _rule(
    section: references.Section, subject: str, check: Check, sections: Mapping[str, references.Section]
) -> Rule:
    return Rule(section.id, subject, check, section, section.severities, _citations(section, sections))


def target_of(section: references.Section) -> str:
    """What a link to a section names: its file and its anchor."""
    file = section.file.rpartition("/")[2]
    return f"{file}#{references.slug(section.id)}"


def _misfits(section: references.Section, sections: Mapping[str, references.Section]) -> list[str]:
    said = []
    if tuple(section.texts) != HEADINGS or not all(section.texts.values()):
        said.append(f"the headings are not {', '.join(HEADINGS)}")
    if not section.topic:
        said.append("it stands under no topic")
    if not section.cited:
        said.append("it cites nothing")
    for name, target in section.cited:
        cited = sections.get(name)
        if cited is None or cited.kind == "validation" or target != target_of(cited):
            said.append(f"the citation [{name}]({target}) names nothing")
    said += unknown_words(section)
    return [f"{section.file}:{section.line}: {section.id}: {one}" for one in said]


def unknown_words(section: references.Section) -> list[str]:
    """What is wrong with the failures that a section answers for."""
    return [
        f"`{component} at {failure}`: `{word}` is none of {', '.join(known)}"
        for component, failure in section.failures
        for word, known in ((component, references.COMPONENTS), (failure, references.FAILURES))
        if word not in known
    ]


def _citations(section: references.Section, sections: Mapping[str, references.Section]) -> Citations:
    cited = [sections[name] for name, _ in section.cited]

    def of_kind(kind: str) -> tuple[Any, ...]:
        return tuple(one.citation for one in cited if one.kind == kind)

    return Citations(section.citation, of_kind("sharp-edge"), of_kind("pattern"), of_kind("anti-pattern"))
