"""What the formats for other programs share."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import FLAWED, ROOT

PROGRAM = (
    "import sys; from pathlib import Path; from importlib import import_module; "
    "from rtreview import review; from rtreview.reviews.report import Report; "
    "from rtreview.rulebook import rulebook; source = Path(sys.argv[2]).read_bytes(); "
    "report = Report(tuple(review(source, 'chat.yaml')), rulebook.load()); "
    "print(import_module(f'rtreview.render.{sys.argv[1]}').render(report))"
)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sarif", "gitlab", "junit"])
def test_the_same_design_gives_the_same_bytes(name: str) -> None:
    """Whatever order the hashes of a process make."""
    told = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, name, str(FLAWED)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
