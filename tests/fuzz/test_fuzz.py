"""Every command, with inputs that are damaged by a seed: a report or a sentence, and never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).with_name("fuzz.py")


@pytest.mark.slow
def test_no_input_ends_in_a_traceback() -> None:
    """For a minute; `make fuzz` goes on as long as one likes, with another seed each time."""
    done = subprocess.run(
        [sys.executable, FUZZ, "--seconds", "60"], capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_input_follows_from_its_number() -> None:
    """So what went wrong can be looked at once more."""
    call = [sys.executable, FUZZ, "--only", "7"]
    first, again = (subprocess.run(call, capture_output=True, check=True, text=True).stdout for _ in range(2))
    assert first == again
