"""A design of 300 features, as far as a team may go in one file: a difference of it in 10 s."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

FEATURE = """\
  f{0}:
    purpose: chat
    transport:
      kind: websocket
      path: [aws-alb]
      heartbeat: {{interval: {1}s}}
      reconnect: {{strategy: exponential, base: 1s, jitter: none}}
    presence: {{grace: none}}
    workload: {{connections: {0}k}}
"""


def design(heartbeat: int) -> str:
    """Three hundred features, each with a connection of its own and three faults."""
    return "rtreview: 1\nname: Many\nfeatures:\n" + "".join(
        FEATURE.format(number, heartbeat) for number in range(1, 301)
    )


@pytest.mark.slow
def test_three_hundred_features_are_compared_in_ten_seconds_of_processor_time(tmp_path: Path) -> None:
    """With all that is new, gone and moved, and the numbers."""
    (tmp_path / "a.yaml").write_text(design(25), "utf-8")
    (tmp_path / "b.yaml").write_text(design(60), "utf-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    call = [sys.executable, "-m", "rtreview", "diff", "a.yaml", "b.yaml"]
    done = subprocess.run(call, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in (0, 1), done.stderr
    assert b"f300" in done.stdout
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 10
