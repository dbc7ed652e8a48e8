"""The language: a page for each section, with a place for each field in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import get_origin

from pages.links import FEW, branch_at, first_rules, section_page
from pages.page import RULEBOOK, Page, Place, fenced, folded, link, table
from rtreview.language import catalogue
from rtreview.language.notation import OTHER_NAMES
from rtreview.language.spec import Spec
from rtreview.language.tree import Branch, branches


def sections() -> list[tuple[str, ...]]:
    """The paths of the sections of the language, the design itself first."""
    every = list(branches(Spec))
    return [(), *(branch.path for branch in every if branch.section is not None)]


def page(path: tuple[str, ...]) -> Page:
    """The page of a section of the language."""
    branch = branch_at().get(path)
    title = ".".join(path).replace("*", "NAME") or "A design"
    summary = branch.entry.description if branch else "What a design states at its top."
    part = path[0] if path else ""
    return Page(
        section_page(path),
        f"`{title}`" if path else title,
        summary,
        lambda: _holds(path, branch),
        part,
        [_place(field) for field in _held(path) if field.section is None],
    )


def _place(field: Branch) -> Place:
    """Where a field stands, with what it and its section are called by others."""
    called = [name for end in (field.path, field.path[:-1]) for name in _other_names().get(".".join(end), ())]
    called = [f"A field for {', '.join(called)}."] if called else []
    words = [field.entry.description, *field.entry.words, field.values, *called]
    return Place(field.key, field.name.replace("*", "NAME"), " ".join(words))


@cache
def _other_names() -> Mapping[str, list[str]]:
    """What people call a field, by its name."""
    found: dict[str, list[str]] = {}
    for row in OTHER_NAMES.read_text("utf-8").splitlines():
        name, field = row.split(" ")
        found.setdefault(field, []).append(name.replace("_", " "))
    return found


def _held(path: tuple[str, ...]) -> list[Branch]:
    """What a section holds; a feature holds what a design does, and that has its page."""
    if not path:
        return [branch for branch in branch_at().values() if len(branch.path) == 1]
    return [] if path == ("features",) else list(branch_at()[path].holds)


def _holds(path: tuple[str, ...], section: Branch | None) -> str:
    """Each field of a section, with what it means and what reads it."""
    origin = section_page(path)
    blocks = []
    if section is not None:
        kind = f" Takes {section.values}." if get_origin(section.kind) is not None else ""
        blocks += [f"{section.entry.description}{kind}", fenced(f"{section.key}: {section.example}", "yaml")]
    if path == ("features",):
        design = link("a design", section_page(()), origin)
        blocks.append(f"Each holds what stands at the top of {design}.")
    for branch in _held(path):
        blocks += [f"## {branch.key} {{ #{branch.key} }}", *_about(branch, origin)]
    return "\n\n".join(blocks)


def _about(branch: Branch, origin: str) -> Iterator[str]:
    """What a field means: its values and words, what platforms fix for it, and the rules that read it."""
    yield branch.entry.description
    if branch.section is not None:
        inside = link("fields of its own", section_page(branch.path), origin)
        yield f"It holds {inside}, as in `{branch.key}: {branch.example}`."
        return
    words = ", ".join(branch.entry.words)
    values = branch.values.replace(f"one of {words}", "one of the words below") if words else branch.values
    yield f"Takes {values}. Example: `{branch.key}: {branch.example}`."
    if branch.entry.words:
        yield "\n".join(f"- `{word}`: {meaning}" for word, meaning in branch.entry.words.items())
    if fixed := _fixed(branch.path, origin):
        told = table(("platform", "default", "transport"), fixed)
        platforms = len({name for name, _, _ in fixed})
        yield folded(f"Defaults of {platforms} platforms", told) if len(fixed) > FEW else told
    if readers := [rule.id for rule in RULEBOOK.readers(branch.path)]:
        yield "Rules that read it:"
        yield from first_rules(readers, origin)


def _fixed(path: tuple[str, ...], origin: str) -> list[tuple[str, str, str]]:
    """What platforms fix for a field, by their names: the value, and over which transport."""
    found: dict[str, dict[str, list[str]]] = {}
    for value, platform, kind in catalogue.fixed(path):
        name = link(platform.name, f"platforms/{platform.id}.md", origin)
        found.setdefault(name, {}).setdefault(value, []).append(kind)
    return [
        (name, f"`{value}`", ", ".join(kind or ("any other" if len(values) > 1 else "") for kind in kinds))
        for name, values in sorted(found.items())
        for value, kinds in values.items()
    ]
