"""The language: a page for each section, with a place for each field in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_origin

from pages.links import branch_at, page_of, section_page
from pages.page import RULEBOOK, Page, fenced, link
from rtreview.language import catalogue
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
        section_page(path), f"`{title}`" if path else title, summary, lambda: _holds(path, branch), part
    )


def _holds(path: tuple[str, ...], section: Branch | None) -> str:
    """Each field of a section, with what it means and what reads it."""
    origin = section_page(path)
    blocks = []
    if section is None:
        held = [branch for branch in branch_at().values() if len(branch.path) == 1]
    else:
        held = [] if path == ("features",) else list(section.holds)
        kind = f" It is {section.values}." if get_origin(section.kind) is not None else ""
        blocks += [f"{section.entry.description}{kind}", fenced(f"{section.key}: {section.example}", "yaml")]
        blocks += (
            [f"Each holds what stands at the top of {link('a design', section_page(()), origin)}."]
            if path == ("features",)
            else []
        )
    for branch in held:
        blocks += [f"## {branch.key} {{ #{branch.key} }}", *_about(branch, origin)]
    return "\n\n".join(blocks)


def _about(branch: Branch, origin: str) -> Iterator[str]:
    """What a field means: its values and words, what platforms fix for it, and the rules about it."""
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
    if defaults := _defaults(branch.path, origin):
        yield f"Platforms fix it: {defaults}."
    if readers := list(RULEBOOK.readers(branch.path)):
        listed = ", ".join(link(f"`{rule.id}`", page_of(rule.section), origin) for rule in readers)
        yield f"Rules that speak of it: {listed}."


def _defaults(path: tuple[str, ...], origin: str) -> str:
    by_value: dict[str, dict[str, None]] = {}
    for value, platform, _ in catalogue.fixed(path):
        by_value.setdefault(value, {})[link(platform.name, f"platforms/{platform.id}.md", origin)] = None
    ordered = sorted(by_value.items(), key=lambda each: -len(each[1]))
    return "; ".join(f"`{value}` {', '.join(platforms)}" for value, platforms in ordered)
