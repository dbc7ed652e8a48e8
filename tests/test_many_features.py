"""A design of 300 features, as far as a team may go in one file: a page or a difference of it in 10 s."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bounds import ended
from conftest import ROOT, cli

from rtreview.language.design import Design
from rtreview.models import reconnection
from rtreview.models.reconnection import Recovery, Storm
from rtreview.render.page.briefing import MOST_SCENES
from rtreview.reviews.engine import review
from rtreview.simulate import simulation, storm

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
    call = [sys.executable, "-m", "rtreview", *words]
    done, seconds = ended(call, folder, env={"PYTHONPATH": str(ROOT)})
    assert done.returncode in (0, 1), done.stderr
    assert b"internal-error" not in done.stdout
    assert seconds < 10
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


STORM = """\
  f{0}:
    workload: {{connections: {0}k}}
    transport: {{kind: websocket, reconnect: {{strategy: exponential, base: 1s, cap: 30s, jitter: full}}}}
    topology: {{nodes: 4, node: {{accept_rate: 500/s}}}}
"""


def storms(count: int) -> str:
    """So many features, each of which is another storm when everything restarts."""
    return "rtreview: 1\nfeatures:\n" + "".join(STORM.format(number) for number in range(1, count + 1))


@pytest.fixture
def simulated_storms(monkeypatch: pytest.MonkeyPatch) -> list[Storm]:
    """The storms that are simulated, as often as they are, with nothing known from before."""
    seen: list[Storm] = []
    simulate = reconnection.simulate

    def counted(storm: Storm) -> Recovery:
        seen.append(storm)
        return simulate(storm)

    monkeypatch.setattr(reconnection, "simulate", counted)
    storm._sentence.cache_clear()
    simulation._course.cache_clear()
    return seen


def test_a_storm_is_simulated_once_for_all_that_is_shown_of_it(
    spec: Callable[..., Path], simulated_storms: list[Storm]
) -> None:
    """And the rules, of which `simulate` shows nothing, simulate none."""
    assert cli("simulate", spec(storms(9))).exit_code == 0
    assert len(simulated_storms) == len(set(simulated_storms)) == 9


@pytest.mark.slow
def test_a_page_draws_the_scenes_that_somebody_can_read_and_counts_the_others(
    spec: Callable[..., Path], simulated_storms: list[Storm]
) -> None:
    """Of two for each feature; what is not drawn is simulated for a finding alone."""
    file = spec(storms(MOST_SCENES))
    found = cli(file).stdout.count("simulated:")
    before = len(simulated_storms)
    page = cli("--format", "html", file).stdout
    assert page.count('class="scenario"') == MOST_SCENES
    assert f"{MOST_SCENES} more scenes are not drawn here" in page
    assert before <= found
    assert len(simulated_storms) - before <= 2 * MOST_SCENES


def test_a_page_with_room_for_all_scenes_says_nothing_of_others(spec: Callable[..., Path]) -> None:
    """The usual design has a handful."""
    page = cli("--format", "html", spec(storms(2))).stdout
    assert page.count('class="scenario"') == 4
    assert "not drawn here" not in page


def test_what_many_features_lack_takes_no_more_designs_than_what_one_lacks(
    spec: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A design takes long to build, and each feature lacks three fields."""
    built: list[object] = []
    varied = simulation.varied

    def counted(*given: Any) -> Design:
        built.append(given)
        return varied(*given)

    monkeypatch.setattr(simulation, "varied", counted)
    counts = []
    for count in (1, 20):
        features = "".join(FEATURE.format(number, 25) for number in range(1, count + 1))
        told = cli("simulate", spec(f"rtreview: 1\nfeatures:\n{features}")).stdout
        assert told.count("these 3 are missing") == count
        counts.append(len(built))
        built.clear()
    assert counts[0] == counts[1] > 0


def test_what_a_feature_lacks_is_the_same_beside_others(spec: Callable[..., Path]) -> None:
    """What is set for one of them, above the features as well, is not given to the others."""
    parts = (
        "a: {purpose: chat}",
        "b: {transport: {kind: sse, reconnect: {strategy: exponential, base: 1s}}}",
        "c: {topology: {nodes: 5}, transport: {kind: websocket, heartbeat: {interval: 20s}}}",
    )
    top = "rtreview: 1\ntransport: {kind: websocket}\ntopology: {nodes: 3}\nfeatures:\n"

    def lacks(*features: str) -> list[str]:
        told = cli("simulate", spec(top + "".join(f"  {each}\n" for each in features))).stdout
        return [line.removesuffix(" \\") for line in told.splitlines() if "--set" in line]

    assert sorted(lacks(*parts)) == sorted(setting for each in parts for setting in lacks(each))


@pytest.mark.slow
def test_three_hundred_storms_are_simulated_in_ten_seconds_of_processor_time(tmp_path: Path) -> None:
    """Each is drawn on the terminal."""
    (tmp_path / "a.yaml").write_text(storms(300), "utf-8")
    assert b"f300" in told("simulate", "a.yaml", folder=tmp_path)
