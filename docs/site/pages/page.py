"""A page of the site, and what every kind of page is made of."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import NamedTuple

from pages.screen import coloured, plain
from rtreview.rulebook import rulebook
from rtreview.rulebook.references import slug

ROOT = Path(__file__).parents[3]
RULEBOOK = rulebook.load()
RULES = {rule.id: rule for rule in RULEBOOK}

TITLES = {
    "rules": "Rules",
    "sharp-edges": "Sharp edges",
    "patterns": "Patterns",
    "platforms": "Platforms",
    "scenarios": "Scenarios",
    "fields": "Fields",
    "commands": "Commands",
    "examples": "Examples",
}
"""The shelves, each with the title of the page that lists what stands there."""


TYPED = ("rules", "sharp-edges", "platforms")
"""The shelves whose pages are named by an id that people type."""


class Place(NamedTuple):
    """A place in a page that people look for by its name: a field.

    Attributes:
        anchor: where it stands in its page.
        title: its name.
        words: what it is, and what people call it.

    """

    anchor: str
    title: str
    words: str


class Page:
    """A page of the site.

    Attributes:
        path: its Markdown below the root of the site: `rules/missing-heartbeat.md`.
        title: its heading.
        summary: what it is about, in a sentence.
        part: the part of its shelf that it stands in.
        places: what people look for in it.

    """

    def __init__(
        self,
        path: str,
        title: str,
        summary: str,
        body: Callable[[], str],
        part: str = "",
        places: Sequence[Place] = (),
    ) -> None:
        self.path = path
        self.title = title
        self.summary = summary
        self.part = part
        self.places = places
        self._body = body

    @property
    def address(self) -> str:
        """Where a browser finds it, below the address of the site."""
        return f"{self.path.removesuffix('.md')}.html"

    @property
    def id(self) -> str:
        """What it is about, as people type it: `missing-heartbeat`."""
        return posixpath.basename(self.path).removesuffix(".md")

    @property
    def shelf(self) -> str:
        """Where it stands; empty for the guide."""
        return posixpath.dirname(self.path)

    @property
    def markdown(self) -> str:
        """The whole of it, as an agent reads it."""
        return plain(self._whole)

    @property
    def source(self) -> str:
        """The whole of it, as the site is built from it: what a terminal shows has its colours."""
        return coloured(self._whole)

    @cached_property
    def _whole(self) -> str:
        trail = [link(TITLES[self.shelf], f"{self.shelf}.md", self.path)] if self.shelf else []
        if trail and self.part not in ("", TITLES[self.shelf]):
            trail.append(link(self.part, f"{self.shelf}.md#{slug(self.part)}", self.path))
        way = f"{' / '.join(trail)}\n{{ .trail }}\n\n" if trail else ""
        return f"# {self.title}\n\n{way}{self._body().strip()}\n"


def link(words: str, page: str, origin: str) -> str:
    """A link to a page, or to a place in one, from another page."""
    path, mark, anchor = page.partition("#")
    return f"[{words}]({posixpath.relpath(path, posixpath.dirname(origin) or '.')}{mark}{anchor})"


def sentence(prose: str) -> str:
    """The first sentence of a text."""
    return f"{re.split(r'[.:;] ', prose, maxsplit=1)[0].rstrip('.')}."


def fenced(code: str, language: str = "text") -> str:
    """A block of code."""
    return f"```{language}\n{code.strip()}\n```"


def folded(summary: str, markdown: str, *, on_paper: bool = True) -> str:
    """What stands behind a few words until somebody asks for it. On paper it is open, or not there."""
    kind = "" if on_paper else ' class="screen-only"'
    head = f'<details{kind} markdown="1">\n<summary>{escape(summary, quote=False)}</summary>'
    return f"{head}\n\n{markdown}\n\n</details>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a column that is empty in each row is left out."""
    found = [*rows]
    kept = [at for at in range(len(head)) if any(row[at] for row in found)]
    lines = [[head[at] for at in kept], ["---"] * len(kept), *([row[at] for at in kept] for row in found)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def sourced(name: str) -> str:
    """Where something is published: a link with the words of its address, or a file of a repository."""
    if not name.startswith("http"):
        return f"`{name}`"
    thread = re.fullmatch(r"https://github\.com/([^/]+/[^/]+)/(?:issues|pull)/(\d+)", name)
    host, _, path = name.partition("://")[2].removeprefix("www.").strip("/").partition("/")
    last = re.sub(r"\.(html?|md)$|[?#].*$", "", path.rpartition("/")[2]).replace("-", " ")
    words = f"{thread[1]} #{thread[2]}" if thread else f"{host}: {last}" if last else host
    return f"[{words}]({name})"
