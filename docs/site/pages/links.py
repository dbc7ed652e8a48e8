"""Where the links of a text lead on the site: to sections, fields, examples, and files that are copied."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

from pages.examples import examples, name_of
from pages.page import ROOT, RULEBOOK, RULES, folded, link
from rtreview.language.spec import Spec
from rtreview.language.tree import Branch, branches
from rtreview.rulebook.references import SHELVES, Section, fences, slug

AT_THE_TOP = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
}
"""The files at the top of the repository that have a page."""

ASSETS = ("examples/github-workflow.yml", "schemas/*.json")
"""Files of the repository that pages link to, and that are copied as they are."""

_LINK = re.compile(r"\[(?P<words>[^\[\]]++)\]\((?P<target>[^)\s\[]++)\)")
_CODE = re.compile(r"(?<!\[)`([a-z0-9_.-]+)`(?!\])")


def linked(markdown: str, file: str, origin: str) -> str:
    """A text of the repository as a part of a page: its links lead to pages, or are plain words.

    Args:
        markdown: the text.
        file: where it stands, to which its links are relative.
        origin: the page that it becomes a part of.

    """

    def led(found: re.Match[str]) -> str:
        # In a book, a link to a place in the same file leads to another page.
        if re.match("https?:" if file.startswith("references/") else "https?:|#", found["target"]):
            return found[0]
        page = _meant(found["target"], file)
        return link(found["words"], page, origin) if page else found["words"]

    def described(found: re.Match[str]) -> str:
        section, path = RULEBOOK.sections.get(found[1]), tuple(found[1].split("."))
        if section and "-" in section.id and page_of(section) != origin:
            return link(found[0], page_of(section), origin)
        return field(path, origin) if len(path) > 1 else found[0]

    lines = markdown.splitlines()
    code = {at for opens, closes in fences(lines) for at in range(opens, closes + 1)}
    parts = []
    for is_code, group in groupby(range(len(lines)), key=code.__contains__):
        part = "\n".join(lines[at] for at in group)
        parts.append(part if is_code else _CODE.sub(described, _LINK.sub(led, part)))
    return "\n".join(parts)


def _meant(target: str, file: str) -> str:
    """The page, or the place in one, that a link of a file means; empty where the site has none."""
    name, mark, anchor = target.partition("#")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), name)) if name else file
    folder, own = posixpath.split(path)
    if folder == "references" and own in SHELVES:
        section = _by_anchor().get(anchor)
        return page_of(section) if section else f"{SHELVES[own]}.md{mark}{anchor}"
    if folder == "docs" and own.endswith(".md"):
        return f"{own}{mark}{anchor}"
    if folder == "examples" and name_of(Path(own)) in map(name_of, examples()):
        return f"examples/{name_of(Path(own))}.md"
    places = {**AT_THE_TOP, "examples": "examples.md", "references/platforms": "platforms.md"}
    page = path if path in assets() else places.get(path, "")
    return f"{page}{mark}{anchor}" if page in AT_THE_TOP.values() else page


@cache
def _by_anchor() -> Mapping[str, Section]:
    return {slug(name): section for name, section in RULEBOOK.sections.items()}


@cache
def assets() -> frozenset[str]:
    """The files that are copied, by their path, which is the same in the repository and on the site."""
    files = (file for pattern in ASSETS for file in ROOT.glob(pattern))
    return frozenset(file.relative_to(ROOT).as_posix() for file in files)


def page_of(section: Section) -> str:
    """The page of a section of the books."""
    return section.page.replace(".html", ".md")


def rules(ids: Iterable[str], origin: str) -> str:
    """A list of rules with links."""
    found = (RULES[name].section for name in ids)
    return "\n".join(f"- {link(section.title, page_of(section), origin)} `{section.id}`" for section in found)


FEW = 6
"""Rows of a list that nobody has to unfold."""


def first_rules(ids: Sequence[str], origin: str) -> Iterator[str]:
    """A list of rules with links, of which the first few are shown, and the others are folded."""
    yield rules(ids[:FEW], origin)
    if others := ids[FEW:]:
        yield folded(f"And {len(others)} more", rules(others, origin))


def field(path: tuple[str, ...], origin: str) -> str:
    """A field with a link to where it is described."""
    name = f"`{'.'.join(path)}`"
    branch = branch_at().get(path)
    if branch is None:
        return name
    page = f"{section_page(path[:-1])}#{branch.key}" if branch.section is None else section_page(path)
    return link(name, page, origin)


def section_page(path: tuple[str, ...]) -> str:
    """The page of a section; a name that a team gives is `NAME` in it."""
    return f"fields/{'.'.join(path).replace('*', 'NAME') or 'design'}.md"


@cache
def branch_at() -> Mapping[tuple[str, ...], Branch]:
    """What the language has, by path."""
    return {branch.path: branch for branch in branches(Spec)}
