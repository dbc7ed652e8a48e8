"""A design of 300 features, as far as a team may go in one file: a page or a difference of it in 10 s."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from rtreview.reviews.engine import review

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


def told(*words: str, folder: Path) -> bytes:
    """What a call says, which takes less than ten seconds of processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    call = [sys.executable, "-m", "rtreview", *words]
    done = subprocess.run(call, cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in (0, 1), done.stderr
    assert b"internal-error" not in done.stdout
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 10
    return done.stdout


@pytest.mark.slow
def test_three_hundred_features_are_compared_in_ten_seconds_of_processor_time(tmp_path: Path) -> None:
    """With all that is new, gone and moved, and the numbers."""
    (tmp_path / "a.yaml").write_text(design(25), "utf-8")
    (tmp_path / "b.yaml").write_text(design(60), "utf-8")
    assert b"f300" in told("diff", "a.yaml", "b.yaml", folder=tmp_path)


@pytest.mark.slow
def test_the_page_of_three_hundred_features_is_drawn_in_ten_seconds_of_processor_time(tmp_path: Path) -> None:
    """With the picture, the walk, and all verdicts."""
    (tmp_path / "a.yaml").write_text(design(25), "utf-8")
    assert b"f300" in told("--format", "html", "a.yaml", folder=tmp_path)


@pytest.mark.slow
def test_features_of_one_connection_take_no_longer_than_those_with_their_own(tmp_path: Path) -> None:
    """Five hundred, each of which names the next for its connection, so that the last one has it."""
    chain = "".join(f"  f{n}: {{transport: {{shared_with: f{n + 1}}}}}\n" for n in range(1, 500))
    (tmp_path / "a.yaml").write_text(
        f"rtreview: 1\nfeatures:\n{chain}  f500: {{transport: {{kind: sse}}}}\n", "utf-8"
    )
    told("a.yaml", folder=tmp_path)


def test_what_features_leave_to_the_design_is_one_section_for_all_of_a_connection() -> None:
    """So that what is looked up in it once is known to the others."""
    features = "features: {a: {purpose: chat}, b: {purpose: feed}, c: {sync: {strategy: crdt}}}"
    (one,) = review(f"rtreview: 1\nsync: {{updates: delta}}\n{features}\n")
    first, second, third = one.design.features
    assert first.sync is second.sync
    assert third.sync is not first.sync


@pytest.mark.slow
def test_hundreds_of_connections_on_the_same_nodes_fill_their_memory_once(tmp_path: Path) -> None:
    """The sum is that of all: one finding says it, and no rule fails over so long a formula."""
    own = "workload: {connections: 20k}, transport: {kind: websocket}"
    connections = "".join(f"  f{n}: {{{own}}}\n" for n in range(500))
    shared = "topology: {nodes: 4, node: {memory: 4GiB}}\n"
    (tmp_path / "a.yaml").write_text(f"rtreview: 1\n{shared}features:\n{connections}", "utf-8")
    assert told("a.yaml", folder=tmp_path).count(b"[connection-memory-exceeds-node]") == 1
