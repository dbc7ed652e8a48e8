"""Scenarios of a design: what is read from the spec, what is set, and what is shown of the way back."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import FLAWED, ROOT, cli

from rtreview import scenario
from rtreview.engine import review
from rtreview.models.reconnection import Scenario
from rtreview.policy import Policy
from rtreview.quantity import Duration, Rate, Ratio, Spread
from rtreview.refusal import Refused
from rtreview.render import chart
from rtreview.render.text import cells
from rtreview.simulation import Simulation, simulations

DESIGN = """rtreview: 1
workload: {connections: 20k}
transport:
  kind: websocket
  reconnect: {strategy: exponential, first_delay: 0s..5s, base: 1s, cap: 30s, jitter: full}
topology: {nodes: 4, regions: 2, node: {accept_rate: 500/s}}
operations: {close_spread: 1m, planned_outage: 2m}
"""

SPAN = Spread(Duration(0), Duration(2))


def only(text: str = DESIGN, name: scenario.Name = "restart", *settings: str) -> Simulation:
    """The last variant of a design with one connection."""
    return simulations(text.encode(), "design.yaml", name, settings, Policy())[-1]


def read(name: scenario.Name = "restart", text: str = DESIGN) -> Scenario:
    """What is simulated."""
    one = only(text, name)
    assert isinstance(one.scenario, Scenario), one.reason
    return one.scenario


@pytest.mark.parametrize(
    ("name", "clients", "capacity"),
    [
        ("restart", 20_000, 2000),
        ("deploy", 20_000, 2000),
        ("node-loss", 5000, 1500),
        ("region-loss", 10_000, 1000),
    ],
)
def test_a_scenario_is_who_is_disconnected_and_who_takes_them(
    name: scenario.Name, clients: float, capacity: float
) -> None:
    """All clients and all nodes; or those of a node or region, and the nodes that are left."""
    assert (read(name).clients.amount, read(name).capacity.amount) == (clients, capacity)


def test_a_cost_of_a_refusal_that_is_decided_against_is_no_number() -> None:
    """`reject_cost: none` tells nothing of what a refusal costs, and a review of it ends."""
    text = DESIGN.replace("500/s", "5/s, reject_cost: none")
    assert only(text).reason == "`topology.node.reject_cost` is `none`"
    (one,) = review(text)
    assert "first-reconnect-spread-too-small" in [finding.rule for finding in one.findings]


def test_a_deployment_spreads_the_loss_and_a_restart_takes_its_time() -> None:
    """`close_spread` is that of a deployment, `planned_outage` that of a restart."""
    assert read("deploy").noticed == Spread(Duration(0), Duration(60))
    assert read("deploy").outage == Duration(0)
    assert read("restart").noticed == Duration(0)
    assert read("restart").outage == Duration(120)


def test_a_plan_is_what_the_spec_states() -> None:
    """First delay, base, cap, jitter; the factor of two is assumed, and says so."""
    plan = read().plan
    assert (plan.first, plan.base, plan.cap, plan.jitter) == (
        Spread(Duration(0), Duration(5)),
        Duration(1),
        Duration(30),
        "full",
    )
    origins = {one.name: one.origin for one in only().inputs}
    assert origins["transport.reconnect.factor"] == "assumed"
    assert origins["transport.reconnect.cap"] == "stated"


@pytest.mark.parametrize(
    ("plan_of", "base", "factor", "cap", "jitter"),
    [
        ("{strategy: immediate, jitter: none}", 0, 1, None, None),
        ("{strategy: fixed, base: 5s, jitter: 20%}", 5, 1, None, Ratio(0.2)),
        ("{strategy: exponential, base: 1s, factor: 3, cap: none, jitter: equal}", 1, 3, None, "equal"),
        (
            "{strategy: exponential, base: 1s, cap: 9s, jitter: 0s..2s}",
            1,
            2,
            9,
            Spread(Duration(0), Duration(2)),
        ),
    ],
)
def test_every_strategy_makes_a_plan(
    plan_of: str, base: float, factor: float, cap: float | None, jitter: object
) -> None:
    """At once, fixed, exponential with and without a cap; jitter of each kind."""
    text = DESIGN.replace(DESIGN.partition("reconnect: ")[2].partition("\n")[0], plan_of)
    plan = read(text=text).plan
    assert (plan.base.amount, plan.factor.amount, plan.jitter) == (base, factor, jitter)
    assert (plan.cap and plan.cap.amount) == cap


def test_a_list_of_delays_is_a_plan() -> None:
    """The last one repeats."""
    text = DESIGN.replace(
        "strategy: exponential, first_delay: 0s..5s, base: 1s, cap: 30s", "delays: [0s, 2s, 10s]"
    )
    assert [one.amount for one in read(text=text).plan.delays] == [0, 2, 10]


def test_a_browser_returns_after_its_retry() -> None:
    """An EventSource waits for the `retry` that the server sends."""
    text = "rtreview: 1\nworkload: {connections: 20k}\ntransport: {kind: sse, retry: 4s}\n"
    plan = read(text=text + "topology: {nodes: 4, node: {accept_rate: 500/s}}\n").plan
    assert (plan.base, plan.factor.amount, plan.jitter) == (Duration(4), 1, None)


@pytest.mark.parametrize(
    ("gone", "field"),
    [
        ("workload: {connections: 20k}\n", "workload.connections"),
        ("nodes: 4, ", "topology.nodes"),
        (", node: {accept_rate: 500/s}", "topology.node.accept_rate"),
        (", jitter: full", "transport.reconnect.jitter"),
        (", base: 1s", "transport.reconnect.base"),
    ],
)
def test_what_is_not_stated_is_not_guessed(gone: str, field: str) -> None:
    """The simulation says which field it would need."""
    one = only(DESIGN.replace(gone, ""))
    assert one.figures == ()
    assert field in one.reason


def test_a_design_of_one_node_has_no_loss_of_one_node() -> None:
    """Nobody is left to take its clients."""
    assert only(DESIGN.replace("nodes: 4", "nodes: 1"), "node-loss").reason == "there is only one node"


def test_what_is_set_is_compared_with_the_design_as_it_stands() -> None:
    """In any number of fields; a section that is not there begins with the field."""
    settings = ("transport.reconnect.jitter=none", "topology.node.reject_cost=1ms")
    before, after = simulations(DESIGN.encode(), "d", "restart", settings, Policy())
    assert (before.variant, after.variant) == ((), settings)
    assert isinstance(before.scenario, Scenario)
    assert isinstance(after.scenario, Scenario)
    assert (before.scenario.plan.jitter, after.scenario.plan.jitter) == ("full", None)
    assert after.scenario.refusal == Ratio(0.5)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("transport.reconnect.jitter", "expected FIELD=VALUE"),
        ("=full", "expected FIELD=VALUE"),
        ("transport.reconnect.jiter=full", "did you mean `jitter`?"),
        ("transport.reconnect.jitter=ful", "did you mean `full`?"),
        ("transport.reconnect.cap=[", "expected FIELD=VALUE"),
        ("transport.path.0=x", "--set:"),
    ],
)
def test_a_setting_that_is_none_is_refused(setting: str, said: str) -> None:
    """With a proposal where there is one."""
    with pytest.raises(Refused, match="--set") as refused:
        only(DESIGN, "restart", setting)
    assert said in str(refused.value)


def test_jitter_alone_does_not_save_the_flawed_chat() -> None:
    """With full jitter the busiest second has more attempts; a first delay over 15 s is what helps."""

    def peak(*settings: str) -> float:
        one = simulations(FLAWED.read_bytes(), "chat", "restart", settings, Policy())[-1]
        value = dict(one.figures)["attempts in the busiest second"]
        assert isinstance(value, Rate)
        return value.amount

    assert (
        peak("transport.reconnect.jitter=full")
        > peak()
        > 10 * peak("transport.reconnect.first_delay=0s..15s")
    )


def test_why_shows_what_a_rule_of_the_reconnect_family_is_about() -> None:
    """The scenario is simulated beside the verdict; a rule about something else has none."""
    told = cli("why", "first-reconnect-spread-too-small", FLAWED).stdout
    assert "shows    restart simulated: 20,000/s in the busiest second against 2000/s" in told
    assert "everybody is back after 42.9 s" in " ".join(told.split())
    assert "simulated" not in cli("why", "missing-heartbeat", FLAWED).stdout


def test_a_chart_holds_what_arrives() -> None:
    """The mean over all columns is the mean over the time, and no burst is higher than in its second."""
    times, rates = [0.5, 0.6, 10.0], [0.0, 10_000.0, 10.0]
    shown = chart.columns(times, rates, 10.0, 5)
    assert sum(shown) / 5 == pytest.approx((1000 + 94) / 10)
    narrow = chart.columns(times, rates, 10.0, 100)
    assert max(narrow) == pytest.approx(1000 + 10 * 0.45, rel=0.01)


@pytest.mark.parametrize("name", scenario.NAMES)
def test_the_text_fits_the_terminal(name: str) -> None:
    """At 80 columns, with two settings and without."""
    two = ["--set", "transport.reconnect.jitter=full", "--set", "transport.reconnect.first_delay=0s..25s"]
    for settings in ([], two):
        told = cli("simulate", FLAWED, "--scenario", name, *settings).stdout
        assert max(cells(line) for line in told.splitlines()) <= 80


def test_the_text_has_the_figures_of_both_side_by_side() -> None:
    """And a chart of each, up to the same top."""
    told = cli("simulate", FLAWED, "--set", "transport.reconnect.jitter=full").stdout
    assert "as it stands       with it" in told
    (top, again) = (
        line.split("│")[0] for line in told.splitlines() if "/s │" in line and "2000/s" not in line
    )
    assert top == again
    assert "everybody is back after" in told


def test_the_json_is_as_its_schema_says() -> None:
    """With the curves, their steps in seconds."""
    schema = json.loads((ROOT / "schemas" / "simulation.schema.json").read_text("utf-8"))
    told: Any = json.loads(cli("simulate", FLAWED, "--format", "json").stdout)
    jsonschema.Draft202012Validator(schema).validate(told)
    (one,) = told["simulations"]
    amounts = {figure["name"]: figure["amount"] for figure in one["figures"]}
    assert amounts["clients that are disconnected"] == 20_000
    attempts, back = one["curves"]
    assert back["points"][-1][1] == pytest.approx(1, abs=1e-4)
    assert attempts["levels"] == [{"label": "accepted", "value": 2000}]
    assert [at for at, _ in attempts["points"]] == [at for at, _ in back["points"][1:]]


def test_the_csv_has_a_line_for_each_point() -> None:
    """And a name that a spreadsheet would compute begins with a blank."""
    text = DESIGN.replace("rtreview: 1\n", 'rtreview: 1\nname: "=1+1"\n')
    rows = list(csv.reader(io.StringIO(cli("simulate", "-", "--format", "csv", stdin=text.encode()).stdout)))
    assert rows[0][-3:] == ["along_unit", "at", "value"]
    assert {row[4] for row in rows[1:]} == {"attempts/s", "share that is back"}
    assert {row[0] for row in rows[1:]} == {" =1+1"}
    assert float(rows[-1][-1]) == pytest.approx(1, abs=1e-4)


def test_a_design_that_cannot_be_read_is_told_as_in_a_review(tmp_path: Path) -> None:
    """Status 3, with the finding."""
    file = tmp_path / "design.yaml"
    file.write_text("rtreview: 1\nworkload: 3\n", "utf-8")
    told = cli("simulate", file)
    assert told.exit_code == 3
    assert "error[schema]" in told.stdout
