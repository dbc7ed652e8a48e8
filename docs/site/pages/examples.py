"""The designs that come with a report: what is said of them, and the page on which they can be moved."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pages.commands import printed
from pages.page import ROOT, Page, link
from pages.screen import screen

TODAY = "2026-11-23"
"""The day of the reports beside the examples, on which accepted risks end or not."""


@cache
def examples() -> tuple[Path, ...]:
    """The reports of the designs that come with one."""
    return tuple(sorted((ROOT / "examples").glob("*.report.txt")))


def name_of(example: Path) -> str:
    """What an example is called: `team-chat-flawed`."""
    return example.name.partition(".")[0]


def design_of(example: Path) -> Path:
    """The spec of an example, or the document that holds it, from the root of the repository."""
    files = (example.with_name(f"{name_of(example)}{ending}") for ending in (".rtreview.yaml", ".md"))
    return next(file for file in files if file.is_file()).relative_to(ROOT)


def review_of(example: Path) -> str:
    """Where the site has the page of `--format html` for an example."""
    return f"examples/{name_of(example)}.review.html"


def page(example: Path) -> Page:
    """The page of an example."""
    title = name_of(example).replace("-", " ").capitalize()
    *_, counts = re.findall(r"^\d+ findings?\b.+?(?=;)", example.read_text("utf-8"), re.MULTILINE)
    path = f"examples/{name_of(example)}.md"
    return Page(path, title, f"{counts}.", lambda: _shown(example, path))


def _shown(example: Path, origin: str) -> str:
    """An example with its report, and the page on which a few of its fields can be moved."""
    file = design_of(example)
    tries = link("Try it", f"{review_of(example)}#restart", origin)
    language = "yaml" if file.suffix == ".yaml" else "markdown"
    fence = "````"
    return "\n\n".join(
        [
            f"{tries}: the page of `--format html`, where fields can be moved and the storm follows.",
            "## What a review says",
            screen(lambda columns: printed("--color", "always", "--today", TODAY, file, columns=columns)),
            "## The design",
            f"{fence}{language}\n{(ROOT / file).read_text('utf-8').strip()}\n{fence}",
        ]
    )
