"""The rules, joined with the sections of the references that speak for them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from rtreview import references, rules
from rtreview.finding import Citations, Severity
from rtreview.outcome import Outcomes

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

_FILES = {"sharp-edge": "sharp_edges.md", "pattern": "patterns.md", "anti-pattern": "patterns.md"}

_registered: dict[str, Callable[[Any], Outcomes]] = {}


class RulebookError(Exception):
    """Rules and references do not fit; each line of the message names one misfit."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A check, and the section that says what it means."""

    id: str
    subject: str
    check: Callable[[Any], Outcomes]
    section: references.Section
    severities: dict[str, Severity]
    cites: Citations


def rule(check: Callable[[Any], Outcomes]) -> Callable[[Any], Outcomes]:
    """Register a check: its name is its id, its parameter (`feature`, `connection`, `risk`) its subject."""
    _registered[check.__name__.replace("_", "-")] = check
    return check


@cache
def load() -> tuple[Rule, ...]:
    """Every rule, in the order of `validations.md`.

    Raises:
        RulebookError: a rule or a section stands alone, or a citation names nothing.

    """
    for module in pkgutil.iter_modules(rules.__path__):
        importlib.import_module(f"{rules.__name__}.{module.name}")
    return join(_registered, references.load())


def join(
    checks: dict[str, Callable[[Any], Outcomes]], sections: dict[str, references.Section]
) -> tuple[Rule, ...]:
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
        Rule(
            id=name,
            subject=checks[name].__code__.co_varnames[0],
            check=checks[name],
            section=section,
            severities=section.severities,
            cites=_citations(section, sections),
        )
        for name, section in validations.items()
    )


def _misfits(section: references.Section, sections: dict[str, references.Section]) -> list[str]:
    said = []
    if tuple(section.texts) != HEADINGS or not all(section.texts.values()):
        said.append(f"the headings are not {', '.join(HEADINGS)}")
    if not section.cited:
        said.append("it cites nothing")
    for name, target in section.cited:
        cited = sections.get(name)
        if cited is None or target != f"{_FILES.get(cited.kind)}#{references.slug(name)}":
            said.append(f"the citation [{name}]({target}) names nothing")
    for component, failure in section.failures:
        for word, known in ((component, references.COMPONENTS), (failure, references.FAILURES)):
            if word not in known:
                said.append(f"`{component} at {failure}`: `{word}` is none of {', '.join(known)}")
    return [f"{section.file}:{section.line}: {section.id}: {one}" for one in said]


def _citations(section: references.Section, sections: dict[str, references.Section]) -> Citations:
    cited = [sections[name] for name, _ in section.cited]

    def of_kind(kind: str) -> tuple[Any, ...]:
        return tuple(one.citation for one in cited if one.kind == kind)

    return Citations(section.citation, of_kind("sharp-edge"), of_kind("pattern"), of_kind("anti-pattern"))
