"""Nodes restarted one by one, in closed form, against a crowd with dice and against exact recurrences."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from conftest import cli, simulated
from hypothesis import given
from hypothesis import strategies as st

from rtreview.models.rollout import Rollout
from rtreview.quantities.quantity import Count, Duration
from rtreview.simulate.simulation import Simulation

DESIGN = """rtreview: 1
workload: {connections: 20k}
transport: {kind: websocket, reconnect: {strategy: exponential, base: 1s, cap: 30s, jitter: full}}
topology: {nodes: 4, node: {max_connections: 9k}}
operations: {rollout: rolling}
"""


def only(*settings: str) -> Simulation:
    """The last variant."""
    return simulated(DESIGN, "node-replacement", *settings)[-1]


def told(*settings: str) -> dict[str, str]:
    """The figures as they are printed."""
    return {name: str(value) for name, value in only(*settings).figures}


def rollout(nodes: int, clients: float = 1, limit: float | None = None) -> Rollout:
    """A rollout of so many nodes."""
    return Rollout(Count(nodes), Count(clients), None if limit is None else Count(limit))


def crowd(clients: int, nodes: int, seed: int) -> tuple[list[int], list[int]]:
    """How often each client is dropped, and how many each node has in the end."""
    dice = random.Random(seed)
    place, drops = [client % nodes for client in range(clients)], [0] * clients
    for restarted in range(nodes):
        others = [node for node in range(nodes) if node != restarted]
        for client in range(clients):
            if place[client] == restarted:
                place[client] = dice.choice(others)
                drops[client] += 1
    return drops, [place.count(node) for node in range(nodes)]


@pytest.mark.parametrize("nodes", [2, 3, 4, 10])
def test_a_crowd_that_is_moved_by_dice_does_the_same(nodes: int) -> None:
    """100,000 clients: the mean, the share with each number of drops, and the load of each node."""
    clients = 100_000
    drops, loads = crowd(clients, nodes, seed=5)
    model = rollout(nodes, clients)
    assert sum(drops) / clients == pytest.approx(model.mean_drops.amount, rel=0.005)
    for times in range(1, nodes + 1):
        share = sum(one >= times for one in drops) / clients
        assert share == pytest.approx(model.dropped(times).amount, abs=0.005)
    for place, load in enumerate(loads, 1):
        assert load == pytest.approx(model.load(place, nodes).amount, abs=0.006 * clients)
    for share in (0.95, 0.99):
        assert model.drops_of(share).amount == sorted(drops)[int(share * clients)]


@pytest.mark.parametrize("nodes", [2, 3, 4, 10, 25])
def test_the_closed_forms_are_those_of_the_recurrence(nodes: int) -> None:
    """Shares as fractions, moved node by node; and the chance to be dropped once more, node by node."""
    loads, dropped = [Fraction(1)] * nodes, Fraction(0)
    for restarted in range(nodes):
        dropped += loads[restarted]
        moved = loads[restarted] / (nodes - 1)
        loads = [load + moved for load in loads]
        loads[restarted] = Fraction(0)
        for place in (1, nodes):
            found = rollout(nodes, nodes).load(place, restarted + 1).amount
            assert found == pytest.approx(float(loads[place - 1]), abs=1e-9)
    assert [rollout(nodes, nodes).load(place, nodes).amount for place in range(1, nodes + 1)] == [
        pytest.approx(float(load), abs=1e-9) for load in loads
    ]
    assert rollout(nodes).mean_drops.amount == pytest.approx(float(dropped / nodes))
    # The chance to be on a node at its restart, by how often the client is dropped with it.
    there: list[dict[int, Fraction]] = []
    for _ in range(nodes):
        now = dict.fromkeys(range(2, nodes + 1), Fraction(0)) | {1: Fraction(1, nodes)}
        for before in there:
            for times in range(1, nodes):
                now[times + 1] += before[times] / (nodes - 1)
        there.append(now)
    for times in range(1, nodes + 2):
        chance = sum(now.get(times, Fraction(0)) for now in there)
        assert rollout(nodes).dropped(times).amount == pytest.approx(float(chance), abs=1e-12)


@pytest.mark.parametrize(("nodes", "mean", "first", "peak"), [(4, 1.62, 1.83, 2.37), (10, 1.68, 1.76, 2.58)])
def test_what_a_rollout_of_four_and_of_ten_nodes_comes_to(
    nodes: int, mean: float, first: float, peak: float
) -> None:
    """1.6 and 1.7 drops of a client; the first node has 1.8 even shares, the last one 2.4 before its turn."""
    model = rollout(nodes, nodes)
    assert model.mean_drops.amount == pytest.approx(mean, abs=0.005)
    assert model.load(1, nodes).amount == pytest.approx(first, abs=0.005)
    assert model.load(nodes, nodes - 1).amount == pytest.approx(peak, abs=0.005)
    assert model.load(nodes, nodes).amount == pytest.approx(0, abs=1e-9)


@given(st.integers(2, 60), st.floats(0, 4))
def test_the_limit_is_exceeded_where_a_node_has_more(nodes: int, limit: float) -> None:
    """After the first restart that makes one too full, and by as many as are too full in the end."""
    model = rollout(nodes, nodes, limit)
    waiting = [model.load(nodes, done).amount for done in range(nodes)]
    assert model.exceeded_after == next((done for done, load in enumerate(waiting) if load > limit), None)
    assert model.over_limit == sum(model.load(place, nodes).amount > limit for place in range(1, nodes + 1))


def test_a_million_nodes_cost_what_four_do() -> None:
    """No step is taken node by node: the figures are those of the limit, e - 1 and e."""
    model = rollout(1_000_000, 1e6, 2)
    assert model.mean_drops.amount == pytest.approx(1.71828, abs=1e-5)
    assert model.exceeded_after == pytest.approx(693_147, abs=2)
    assert len(only("topology.nodes=1M").curves[1].points) < 100


def test_the_figures_are_those_of_the_design() -> None:
    """20,000 connections on four nodes that hold 9,000 each; with an age, the load is even again after it."""
    figures = told()
    assert figures["drops of a client, mean"] == "1.62"
    assert (figures["drops of a client, p95"], figures["drops of a client, p99"]) == ("3", "3")
    assert figures["last node, before its turn"] == "11,852"
    assert (figures["first node, afterwards"], figures["first node, in even shares"]) == ("9136", "1.83")
    assert figures["limit of a node exceeded after"] == "3 of 4 restarts"
    assert figures["nodes over the limit afterwards"] == "1 of 4"
    assert "the load is even again after" not in figures
    assert told("operations.connection_max_age=1h")["the load is even again after"] == str(Duration(3600))
    assert told("topology.node.max_connections=20k")["limit of a node exceeded after"] == "never"
    assert "nodes over the limit afterwards" not in told("topology.node.max_connections=null")


def test_the_curves_begin_even_and_end_uneven() -> None:
    """Who is dropped how often; the last and the first node by restarts; each node in the end, as stairs."""
    drops, last, first, afterwards = only().curves
    assert drops.points[:4] == ((0, 1), (1, 1), (1, 0.5), (2, 0.5))
    assert [round(load) for _, load in last.points] == [5000, 6667, 8889, 11852, 0]
    assert [round(load) for _, load in first.points] == [5000, 0, 2222, 5185, 9136]
    assert [round(load) for _, load in afterwards.points[::2]] == [9136, 6914, 3951, 0]
    assert [(level.label, level.value) for level in last.levels] == [
        ("limit of a node", 9000),
        ("even share", 5000),
    ]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (("topology.nodes=1",), "there is only one node"),
        (("operations.rollout=all-at-once",), "so every client is dropped once: see restart"),
        (("operations.rollout=blue-green",), "every client moves once"),
        (("topology.routing=by-room",), "connections go by-room"),
        (("transport.kind=polling",), "a polling client asks again at its own time"),
        (("transport.reconnect=none",), "the client does not reconnect"),
        (("topology.nodes=null",), "it would need `topology.nodes`"),
        (("workload.connections=null",), "it would need `workload.connections`"),
    ],
)
def test_where_nobody_is_dropped_again_and_again_it_says_why(settings: tuple[str, ...], reason: str) -> None:
    """What is not stated is named, and what is no rolling restart is none."""
    one = only(*settings)
    assert one.course is None
    assert reason in one.reason


def test_a_rollout_that_is_not_stated_is_assumed_to_be_a_rolling_one() -> None:
    """And marked as assumed."""
    origins = {one.name: one.origin for one in only("operations.rollout=null").inputs}
    assert origins["operations.rollout"] == "assumed"


def test_the_page_draws_it_without_sliders() -> None:
    """No script of the page knows it."""
    page = cli("--format", "html", "-", stdin=DESIGN.encode()).stdout
    section = page[page.index(">Node replacement") :].partition("</section>")[0]
    assert section.count('class="plot-svg"') == 4
    assert "drops of a client, mean</th><td>1.62</td>" in section
    assert "what-if" not in section
