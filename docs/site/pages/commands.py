"""The commands: what the help says of each, and what a call prints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import chdir
from functools import cache

from typer.testing import CliRunner

from pages.page import ROOT, Page, fenced
from rtreview.commands import app


def page(name: str) -> Page:
    """The page of a command: its help."""
    return Page(
        f"commands/{name}.md", f"rtreview {name}", _helped()[name], lambda: fenced(printed(name, "--help"))
    )


@cache
def _helped() -> Mapping[str, str]:
    """What the help says of each command."""
    return dict(re.findall(r"^  (\S+) +(.+)$", printed("--help"), re.MULTILINE))


def printed(*words: object) -> str:
    """What a call prints, at 80 columns, as somebody in the root of the repository types it."""
    runner = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
    with chdir(ROOT):
        done = runner.invoke(app, [str(word) for word in words], prog_name="rtreview", catch_exceptions=False)
    return done.stdout
