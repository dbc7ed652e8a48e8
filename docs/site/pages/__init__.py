"""What the site has: a page for each thing that has a name, made from the books, the language and the help.

A page is Markdown, so that an agent reads the same as a person. Its text is made when it is asked for, so
that it takes no review to know which pages there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from itertools import groupby

from pages import books, commands, examples, fields, guide, platforms, scenarios
from pages.links import AT_THE_TOP
from pages.page import ROOT, RULEBOOK, TITLES, TYPED, Page, link
from rtreview import simulate
from rtreview.commands.top import COMMANDS
from rtreview.language import catalogue


@cache
def pages() -> Mapping[str, Page]:
    """Every page by its path."""
    members = [
        *map(books.page, RULEBOOK.sections.values()),
        *map(platforms.page, catalogue.load()),
        *map(scenarios.page, simulate.scenarios()),
        *map(fields.page, fields.sections()),
        *map(commands.page, COMMANDS),
        *map(examples.page, examples.examples()),
    ]
    written = [guide.page(file, path, listing) for file, path in AT_THE_TOP.items()]
    written += [
        guide.page(f"docs/{file.name}", file.name, listing) for file in sorted((ROOT / "docs").glob("*.md"))
    ]
    named = {page.path for page in written}
    written += [
        Page(f"{shelf}.md", title, f"All {title.lower()}.", partial(listing, shelf))
        for shelf, title in TITLES.items()
        if f"{shelf}.md" not in named
    ]
    return {page.path: page for page in (*written, *members)}


def listing(shelf: str) -> str:
    """What stands on a shelf, by its parts."""
    members = [page for page in pages().values() if page.shelf == shelf]
    blocks = []
    for part, group in groupby(members, key=lambda page: page.part):
        blocks += [f"## {part}"] if part else []
        blocks.append(
            "\n".join(f"- {link(page.title, page.path, f'{shelf}.md')}{_told(page)}" for page in group)
        )
    return "\n\n".join(blocks)


def _told(page: Page) -> str:
    """What stands behind the title of a page: its id, where people type it, and else what it is about."""
    if page.shelf in TYPED:
        return f" `{page.id}`"
    if page.shelf == "fields":
        places = (link(place.anchor, f"{page.path}#{place.anchor}", "fields.md") for place in page.places)
        return f": {page.summary} {', '.join(places)}"
    return f": {page.summary}"


def llms() -> str:
    """`llms.txt`: what the site is, and each page as Markdown with a sentence on it."""
    start = pages()["index.md"]
    rows = [f"# {start.title}", "", f"> {start.summary}"]
    for shelf, title in {"": "Guide", **TITLES}.items():
        rows += ["", f"## {title}", ""]
        rows += [
            f"- [{page.title}]({page.path}): {page.summary}"
            for page in pages().values()
            if page.shelf == shelf
        ]
    return "\n".join([*rows, ""])
