"""The commands: what the help says of each, with a place for each option, and what a call prints."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import chdir
from functools import cache
from textwrap import dedent

from typer.testing import CliRunner

from pages.page import ROOT, Page, Place, fenced
from pages.screen import WIDE
from rtreview.commands import app
from rtreview.rulebook.references import slug

_ENTRY = re.compile(r"^(\S.*?)(?: {2,}|\n +)(.+(?:\n .+)*)$", re.MULTILINE)
_PARTS = re.compile(r"^(?:  )?(Arguments|Options|Commands|Examples):\n", re.MULTILINE)


def page(name: str) -> Page:
    """The page of a command: its help."""
    places = [
        Place(_anchor(option), f"rtreview {name} {_names(option)}", meaning)
        for option, meaning in _entries(_parts(name).get("Options", ""))
    ]
    return Page(
        f"commands/{name}.md", f"rtreview {name}", _helped()[name], lambda: _told(name), places=places
    )


@cache
def _parts(name: str) -> Mapping[str, str]:
    """The help of a command by its headings; what stands above them has none."""
    first, *others = _PARTS.split(printed(name, "--help"))
    return {"": first, **dict(zip(others[::2], others[1::2], strict=True))}


def _told(name: str) -> str:
    return "\n\n".join(_blocks(_parts(name)))


def _blocks(parts: Mapping[str, str]) -> Iterator[str]:
    usage, _, prose = parts[""].partition("\n")
    yield fenced(usage)
    yield "\n\n".join(" ".join(paragraph.split()) for paragraph in prose.strip().split("\n\n"))
    for heading, text in parts.items():
        if heading == "Examples":
            yield "## Examples"
            yield fenced("\n".join(f"# {what}\n{call}" for call, what in _entries(text)), "sh")
        elif heading:
            yield f"## {heading}"
            for entry, meaning in _entries(text):
                yield f"### `{entry}` {{ #{_anchor(entry)} }}\n\n{meaning}"


def _entries(text: str) -> list[tuple[str, str]]:
    """What stands in two columns under a heading: a name, and what it means."""
    return [(name, " ".join(meaning.split())) for name, meaning in _ENTRY.findall(dedent(text))]


def _names(option: str) -> str:
    """An option without what it takes."""
    return re.split(r" [A-Z<\[]", option, maxsplit=1)[0]


def _anchor(entry: str) -> str:
    return slug(_names(entry).rpartition(", ")[2]).strip("-").lower()


@cache
def _helped() -> Mapping[str, str]:
    """What the help says of each command."""
    return dict(re.findall(r"^  (\S+) +(.+)$", printed("--help"), re.MULTILINE))


def printed(*words: object, columns: int = WIDE) -> str:
    """What a call prints at so many columns, as somebody in the root of the repository types it."""
    runner = CliRunner(env=dict.fromkeys(("COLUMNS", "TERMINAL_WIDTH"), str(columns)))
    with chdir(ROOT):
        done = runner.invoke(app, [str(word) for word in words], prog_name="rtreview", catch_exceptions=False)
    return done.stdout
