"""Every command, with inputs that are damaged by a seed: a report or a sentence, and never a traceback."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import get_args

import fuzz
import pytest

from rtreview.editors import completion, hints
from rtreview.editors.desk import Desk
from rtreview.editors.hover import hover
from rtreview.editors.positions import Position, Positions, Units
from rtreview.rulebook import rulebook

FUZZ = Path(__file__).with_name("fuzz.py")


@pytest.mark.slow
def test_no_input_ends_in_a_traceback() -> None:
    """For a minute; `make fuzz` goes on as long as one likes, with another seed each time."""
    done = subprocess.run(
        [sys.executable, FUZZ, "--seconds", "60"], capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_no_damaged_text_is_too_much_for_an_editor() -> None:
    """One after the other in the same file, as if somebody typed them; asked about at places of chance."""
    desk, whole = Desk(rulebook.load()), [*fuzz.EXAMPLES, fuzz.MARKDOWN]
    for number in range(250):
        dice = random.Random(number)
        text = fuzz.damaged(dice, dice.choice(whole)).decode("utf-8", "replace")
        is_markdown = "```" in text
        sheet = desk.sheet(f"/nowhere/a{'.md' if is_markdown else '.rtreview.yaml'}", text)
        if sheet is None:
            continue
        positions = Positions(text, dice.choice(get_args(Units)))
        spans = [finding.place.span for _, finding in sheet.findings]
        spans += [each.span for each in (*hints.defaults(sheet), *hints.restarts(sheet), *hints.links(sheet))]
        for span in spans:
            start, end = positions.range(span)
            assert start <= end
        for _ in range(5):
            line, column = positions.place(Position(dice.randrange(60), dice.randrange(60)))
            hover(sheet, line, column)
            completion.offers(text, line, column, markdown=is_markdown)


@pytest.mark.slow
def test_an_input_follows_from_its_number(tmp_path: Path) -> None:
    """So what went wrong can be looked at once more: words, what is typed, and files."""
    program = (
        "import fuzz; from pathlib import Path\n"
        "for number in range(40):\n"
        "    print(fuzz.made(1, number))\n"
        "    print([file.read_bytes() for file in sorted(Path().glob('*.*')) if file.is_file()])\n"
    )
    told = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        path = os.pathsep.join(map(str, (FUZZ.parent, *filter(None, sys.path))))
        call = [sys.executable, "-c", program]
        env = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed}
        told.append(subprocess.run(call, cwd=folder, env=env, capture_output=True, check=True).stdout)
    first, again = told
    assert first.count(b"\n") == 80
    assert first == again
