"""The same bytes everywhere: whatever the seed, locale, zone, folder, jobs and optimisation."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FLAWED, ROOT, SOUND, WHITEBOARD

from rtreview.render import json

CALLS = {
    "review": ["review", "--numbers", "--today", "2026-01-01", FLAWED, WHITEBOARD],
    "JSON": ["review", "--numbers", "--format", "json", "--today", "2026-01-01", FLAWED, WHITEBOARD],
    "simulation": ["simulate", "--format", "json", FLAWED],
    "difference": ["diff", "--today", "2026-01-01", FLAWED, SOUND],
    "difference as JSON": ["diff", "--format", "json", "--today", "2026-01-01", FLAWED, SOUND],
    "fixes": ["fix", "--check", "--today", "2026-01-01", FLAWED],
}

PLACES = {
    "another seed": ({"PYTHONHASHSEED": "1"}, []),
    "a third seed": ({"PYTHONHASHSEED": "4242"}, []),
    "no locale": ({"LC_ALL": "C", "LANG": "C"}, []),
    "a Turkish locale": ({"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}, []),
    "a zone a day ahead": ({"TZ": "Pacific/Kiritimati"}, []),
    "a zone behind": ({"TZ": "America/Los_Angeles"}, []),
    "asserts left out": ({}, ["-O"]),
    "docstrings left out": ({}, ["-OO"]),
}


PAGES = """
from typer.completion import completion_init
from typer.testing import CliRunner

from rtreview.commands import app
from rtreview.commands.offers import VARIABLE
from rtreview.commands.top import COMMANDS

completion_init()
groups = [["baseline", "write"], ["baseline", "show"], ["baseline", "prune"], ["references", "check"]]
helps = [[], *([name] for name in COMMANDS), *groups]
fields = [[], ["--tree"], ["transport"], ["transport.heartbeat.interval"]]
calls = [[*words, "--help"] for words in helps] + [["schema", *words] for words in fields]
for words in [*calls, ["completion", "zsh"]]:
    print(words, CliRunner().invoke(app, words, prog_name="rtreview").output)
for typed in ("", "schema trans", "baseline "):
    environment = {VARIABLE: "complete_zsh", "_TYPER_COMPLETE_ARGS": f"rtreview {typed}"}
    print(typed, CliRunner().invoke(app, env=environment, prog_name="rtreview").output)
"""
"""Whatever speaks of the tool itself."""


def told(call: str, folder: Path, environment: dict[str, str], options: list[str], *more: str) -> bytes:
    """What a call writes to standard output, with its status."""
    words = [sys.executable, *options, "-m", "rtreview", *map(str, CALLS[call]), *more]
    base = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    base |= {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(words, cwd=folder, env=base | environment, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout + str(done.returncode).encode()


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS)
def test_the_same_bytes_come_out_everywhere(call: str, tmp_path: Path) -> None:
    """Names do not come from docstrings, nor an order from a set, nor a day or a number from the place."""
    expected = told(call, ROOT, {}, [])
    assert len(expected) > 500
    for place, (environment, options) in PLACES.items():
        assert told(call, ROOT, environment, options) == expected, place
    assert told(call, tmp_path, {}, []) == expected
    if call in ("review", "JSON"):
        assert told(call, ROOT, {}, [], "--jobs", "2") == expected


@pytest.mark.slow
def test_no_word_of_help_schema_or_completion_comes_from_a_docstring() -> None:
    """All of them say the same where those are left out."""
    whole, bare = (
        subprocess.run([sys.executable, *options, "-c", PAGES], cwd=ROOT, capture_output=True, check=True)
        for options in ([], ["-OO"])
    )
    assert whole.stdout.count(b"Usage: rtreview") > 20
    assert bare.stdout == whole.stdout


def test_a_figure_has_the_digits_that_every_python_agrees_on() -> None:
    """From 3.12 on `sum` compensates what it rounds, so the last digits of a sum are others than in 3.11."""
    for older, newer in [
        (64932.431284165, 64932.431284164),
        (8658.653531887, 8658.653531888),
        (11.686475393722308, 11.68647539372231),
        (5.0, 5.000000000000001),
    ]:
        assert json._number(older) == json._number(newer)
    assert json._number(1_234_567_890_123_456.0) == 1_234_567_890_123_456
    assert json._number(float("inf")) is None
