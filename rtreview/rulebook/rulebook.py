"""The rules, joined with the sections of the references that speak for them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from rtreview.quantities.unchanging import unchanging
from rtreview.rulebook import references
from rtreview.rulebook.finding import Citation, Citations, Severity
from rtreview.rulebook.references import LISTED, WITHOUT, Section

if TYPE_CHECKING:
    from rtreview.rulebook.outcome import Outcomes

HEADINGS = (
    "What it looks at",
    "Why",
    "The fix",
    "When it is wrong to fire",
    "Question",
    "Bad",
    "Good",
)
"""What the section of a validation has, in this order."""

READERS = references.FOLDER / "readers.txt"
"""Which of our rules read which field, as they were watched on the designs of their own tests."""

Check = Callable[[Any], "Outcomes"]
"""Looks at a subject, and yields what it finds. Its parameter is annotated with the class of the subject."""

_registered: dict[str, Check] = {}


class RulebookError(Exception):
    """Rules and references do not fit; each line of the message names one misfit."""


class Rule(NamedTuple):
    """A check, and the section that says what it means.

    `subject` is the class of what it looks at: `Feature`, `Connection` or `Risk`. `sections` are the
    references, in which it finds what its own section cites.
    """

    id: str
    subject: type
    check: Check
    section: Section
    severities: dict[str, Severity]
    sections: Mapping[str, Section]

    @property
    def cites(self) -> Citations:
        """What it rests on."""
        return citations(self.section, self.sections)


@unchanging(eq=False, slots=False)
class Rulebook:
    """The references, and the rules that they speak for.

    Attributes:
        sections: every section by its id or name.
        theirs: what a team adds: sections beside ours and in place of them, and the checks of its own rules.
        docs_url: the address of the site on which our sections have their pages; empty for none.

    """

    sections: Mapping[str, Section]
    theirs: tuple[Mapping[str, Section], Mapping[str, Check]] = ({}, {})
    docs_url: str = ""

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in the order of the sections. They are loaded when they are asked for.

        Raises:
            RulebookError: a rule or a section stands alone.

        """
        return join({**_ours(), **self.theirs[1]}, self.sections)

    def extended(self, sections: Mapping[str, Section], checks: Mapping[str, Check]) -> Rulebook:
        """These rules and references with those of a team, which have been found to fit.

        Args:
            sections: the team's by id: a new one stands beside ours, one with an id of ours in its place.
            checks: those of the team's own rules, by id.

        """
        theirs = ({**self.theirs[0], **sections}, {**self.theirs[1], **checks})
        return Rulebook({**self.sections, **sections}, theirs, self.docs_url)

    def published(self, docs_url: str) -> Rulebook:
        """These rules and references, of which ours can be read on the site at an address."""
        if docs_url == self.docs_url:
            return self
        sections = {name: replace(each, docs_url=docs_url) for name, each in self.sections.items()}
        return Rulebook(sections, self.theirs, docs_url)

    def readers(self, path: tuple[str, ...]) -> list[Rule]:
        """The rules that read a field, those first whose section names it; of a section, those that name it.

        A rule of a team reads what its section names.
        """
        name, short = ".".join(path), ".".join(path[-2:])
        naming = [
            rule.id
            for rule in self.rules
            if short in rule.section.source
            and any(f"`{each}{end}" in rule.section.source for each in (name, short) for end in "`:")
        ]
        theirs = {rule for rule in naming if rule in self.theirs[1]}
        reading = read_by().get(name, {*naming}) | theirs
        return sorted(
            (rule for rule in self.rules if rule.id in reading), key=lambda rule: rule.id not in naming
        )

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process has our own rules already: only what the team adds is sent there.
        return _received, (*self.theirs, self.docs_url)


def citations(section: Section, sections: Mapping[str, Section]) -> Citations:
    """What a section rests on: itself, where it is a rule, and what it cites."""
    cited = [sections[name] for name, _ in section.cited]

    def of_kind(kind: str) -> tuple[Citation, ...]:
        return tuple(each.citation for each in cited if each.kind == kind)

    own = section.citation if section.kind == "validation" else None
    return Citations(own, of_kind("sharp-edge"), of_kind("pattern"), of_kind("anti-pattern"))


def _received(sections: Mapping[str, Section], checks: Mapping[str, Check], docs_url: str) -> Rulebook:
    ours = load().published(docs_url)
    return ours.extended(sections, checks) if sections or checks else ours


def rule(check: Check) -> Check:
    """Register a check: its name is its id, and the annotation of its parameter says what it looks at."""
    _registered[check.__name__.replace("_", "-")] = check
    return check


@cache
def read_by() -> dict[str, set[str]]:
    """The ids of our rules that read a field, by its name; as `readers.txt` has it, which the tests make."""
    rows = (row.partition(": ") for row in READERS.read_text("utf-8").splitlines())
    return {field: {*rules.split()} for field, _, rules in rows}


@cache
def load() -> Rulebook:
    """Our own rules and references. A call makes them once, and hands them to all that needs them.

    The index is made of sections that were verified. Where somebody has edited them since, they are here.

    Raises:
        RulebookError: a section is not complete, or a citation names nothing.

    """
    sections = references.indexed()
    if sections is None:
        sections = references.parsed()
        verify(sections)
    return Rulebook(sections)


def _ours() -> dict[str, Check]:
    """Our checks by id: each module of `rules/` registers its own."""
    # By its name, since rules know the rulebook, and the rulebook knows no rule.
    rules = importlib.import_module("rtreview.rules")
    for module in pkgutil.iter_modules(rules.__path__):
        importlib.import_module(f"{rules.__name__}.{module.name}")
    return _registered


def join(checks: Mapping[str, Check], sections: Mapping[str, Section]) -> tuple[Rule, ...]:
    """The rules that checks and sections make together; raises `RulebookError` where one stands alone."""
    validations = {name: section for name, section in sections.items() if section.kind == "validation"}
    misfits = [f"{name}: a rule without a section" for name in checks if name not in validations]
    misfits += [
        f"{section.file}:{section.line}: {name}: a section without a rule"
        for name, section in validations.items()
        if name not in checks
    ]
    if misfits:
        raise RulebookError("\n".join(misfits))
    return tuple(
        Rule(
            id=name,
            subject=_subject(checks[name]),
            check=checks[name],
            section=section,
            severities=section.severities,
            sections=sections,
        )
        for name, section in validations.items()
    )


def _subject(check: Check) -> type:
    """The class of what a check looks at, by the annotation of its parameter."""
    function: Any = check if isinstance(check, FunctionType) else type(check).__call__
    annotation = next(iter(function.__annotations__.values()))
    return cast(type, function.__globals__[annotation] if isinstance(annotation, str) else annotation)


def verify(sections: Mapping[str, Section]) -> None:
    """Look at each validation: whether it is complete, and what it cites and answers for is there.

    Raises:
        RulebookError: one is not; each line of the message has the place of its section.

    """
    validations = (section for section in sections.values() if section.kind == "validation")
    if misfits := [misfit for validation in validations for misfit in _misfits(validation, sections)]:
        raise RulebookError("\n".join(misfits))


def target_of(section: Section) -> str:
    """What a link to a section names: its file and its anchor."""
    file = section.file.rpartition("/")[2]
    return f"{file}#{references.slug(section.id)}"


def _misfits(section: Section, sections: Mapping[str, Section]) -> list[str]:
    misfits = []
    if tuple(section.texts) != HEADINGS or not all(section.texts.values()):
        misfits.append(f"the headings are not {', '.join(HEADINGS)}")
    if not section.topic:
        misfits.append("it stands under no topic")
    if not section.cited:
        misfits.append("it cites nothing")
    for name, target in section.cited:
        cited = sections.get(name)
        if cited is None or cited.kind == "validation" or target != target_of(cited):
            misfits.append(f"the citation [{name}]({target}) names nothing")
    if section.facts.get(WITHOUT, "finding") != "finding":
        misfits.append(f"`{WITHOUT}` is `finding`, or left out")
    if section.facts.get(LISTED, "first") != "first":
        misfits.append(f"`{LISTED}` is `first`, or left out")
    misfits += unknown_words(section)
    return [f"{section.file}:{section.line}: {section.id}: {misfit}" for misfit in misfits]


def unknown_words(section: Section) -> list[str]:
    """What is wrong with the failures that a section answers for."""
    return [
        f"`{component} at {failure}`: `{word}` is none of {', '.join(known)}"
        for component, failure in section.failures
        for word, known in ((component, references.COMPONENTS), (failure, references.FAILURES))
        if word not in known
    ]
