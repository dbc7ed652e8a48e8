"""The guide: what people wrote."""

from __future__ import annotations

import re
from collections.abc import Callable

from curve import curve

from pages.commands import printed
from pages.links import linked
from pages.page import ROOT, Page, sentence
from pages.screen import screen, without_next
from rtreview.rulebook import references

LISTINGS = {"rules": "rules", "help": "commands", "fields": "fields"}
"""Blocks of `docs/` that a terminal can read, each with the shelf that a browser gets in its place."""

PICTURED = ("--select", "heartbeat-slower-than-path", "examples/team-chat-flawed.rtreview.yaml")
"""The call of which the README has a picture: a page has its text, in its own colours."""

_PICTURE = re.compile(r"^!\[.+\]\(examples/review\.svg\)$", re.MULTILINE)
_BLOCK = re.compile(r"<!-- generated: (\S+) -->\n(.*?)<!-- end -->\n?", re.DOTALL)
_CODE_BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_PARAGRAPH = re.compile(r"^[A-Za-z`].+(?:\n.+)*", re.MULTILINE)


def page(file: str, path: str, listing: Callable[[str], str]) -> Page:
    """A page that people wrote; what a terminal reads in it is a list of links here."""
    head, _, body = (ROOT / file).read_text("utf-8").partition("\n")
    first = _PARAGRAPH.search(_CODE_BLOCK.sub("", body))
    summary = references.plain(first[0]) if first else ""
    summary = f"{summary[:1].upper()}{summary[1:]}"

    def markdown() -> str:
        pictured = body.replace("<!-- curve -->", curve(body))
        pictured = _PICTURE.sub(lambda _: _pictured(), pictured)
        return _BLOCK.sub(
            lambda block: f"{listing(LISTINGS[block[1]]) if block[1] in LISTINGS else block[2]}\n",
            linked(pictured, file, path),
        )

    return Page(path, head.removeprefix("# "), sentence(summary), markdown)


def _pictured() -> str:
    return screen(lambda columns: without_next(printed("--color", "always", *PICTURED, columns=columns)))
