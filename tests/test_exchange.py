"""What the formats for other programs share."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FLAWED, ROOT, cli

AUCTION = """\
rtreview: 1
name: Auction
purpose: feed
workload: {connections: 80k}
transport:
  kind: websocket
  path: [nginx]
  heartbeat: {interval: 25s, timeout: 10s}
  reconnect: {strategy: exponential, base: 1s, cap: 30s, jitter: full}
topology: {nodes: 4, node: {accept_rate: 1000/s}}
operations: {close_spread: 0s, drain: 10m, termination_grace: 12m}
"""
"""A design with a number of its own for what the references say with another: 5,000 clients and 10 s."""

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


@pytest.mark.parametrize("name", ["github", "gitlab", "json", "junit", "markdown", "sarif", "text"])
def test_a_change_of_the_design_s_own_is_what_to_do(name: str, tmp_path: Path) -> None:
    """What the references say of an example stands beside it in general, or not at all."""
    file = tmp_path / "chat.yaml"
    file.write_text(AUCTION, "utf-8")
    told = cli("--select", "close-all-at-once", "--format", name, file).stdout
    assert re.search(r"operations\.close_spread(: |=)15s", told)
    example = "5,000 clients"
    is_whole = name in ("json", "sarif")
    if name in ("text", "markdown"):
        before = told[: told.index(example)].splitlines()
        assert any(word in line for line in before[-2:] for word in ("general  ", "**In general** "))
    elif not is_whole:
        assert example not in told
    if name == "sarif":
        (run,) = json.loads(told)["runs"]
        assert not any(example in result["message"]["text"] for result in run["results"])
