"""Every command, with inputs that are damaged by a seed: a report or a sentence, and never a traceback."""

from __future__ import annotations

import os
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
