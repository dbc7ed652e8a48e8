"""Scenarios of a design: what is read from the spec, what is set, and what is shown of the way back."""

from __future__ import annotations

import csv
import importlib
import io
import json
import math
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from conftest import EXAMPLES, FLAWED, ROOT, RULEBOOK, SOUND, as_json, cli, simulated
from justhtml import JustHTML

from rtreview import simulate
from rtreview.fix.remedy import remedy
from rtreview.language.spec import Spec
from rtreview.language.tree import branches
from rtreview.models.blip import Blip, Lag
from rtreview.models.reconnection import Storm
from rtreview.models.slow_client import SlowClient
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Rate, Ratio, Size, Spread
from rtreview.render import chart
from rtreview.render.csv import render_simulations as simulations_as_csv
from rtreview.render.json import render_simulations as simulations_as_json
from rtreview.render.simulation import render_simulations
from rtreview.reviews.engine import review
from rtreview.reviews.policy import Policy
from rtreview.rulebook.finding import Verdict
from rtreview.simulate import series
from rtreview.simulate.scenario import Scenario
from rtreview.simulate.simulation import Simulation
from rtreview.text.harmless import cells
from rtreview.text.refusal import Refused

DESIGN = """rtreview: 1
workload: {connections: 20k}
transport:
  kind: websocket
  reconnect: {strategy: exponential, first_delay: 0s..5s, base: 1s, cap: 30s, jitter: full}
topology: {nodes: 4, regions: 2, node: {accept_rate: 500/s}}
operations: {close_spread: 1m, planned_outage: 2m}
"""

HOSTILE = """rtreview: 1
workload: {{connections: 1k, downlink: 16kbit/s, messages: {{rate: 40/s, size: {{typical: 100B}}}}}}
topology: {{nodes: 4}}
writers: one
features:
  "{first}": {{backpressure: {{queue: {{max_messages: 50}}, overflow: disconnect}}}}
  "{second}": {{backpressure: {{queue: {{max_messages: 50}}, overflow: disconnect}}}}
"""

PACKAGE = ROOT / "rtreview"


def only(text: str = DESIGN, name: str = "restart", *settings: str) -> Simulation:
    """The last variant of a design with one feature."""
    return simulated(text, name, *settings)[-1]


def read(name: str = "restart", text: str = DESIGN) -> Storm:
    """What is simulated."""
    one = only(text, name)
    assert isinstance(one.parameters, Storm), one.reason
    return one.parameters


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
    name: str, clients: float, capacity: float
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
    before, after = simulated(DESIGN, "restart", *settings)
    assert (before.variant, after.variant) == ((), settings)
    assert isinstance(before.parameters, Storm)
    assert isinstance(after.parameters, Storm)
    assert (before.parameters.plan.jitter, after.parameters.plan.jitter) == ("full", None)
    assert after.parameters.refusal == Ratio(0.5)


def test_what_is_set_has_no_line() -> None:
    """It stands nowhere in the file: the line of its section says nothing of it."""
    _, after = simulated(DESIGN, "restart", "topology.node.accept_rate=500/s")
    origins = {read.name: read.origin for read in after.inputs}
    assert origins["topology.node.accept_rate"] == "as set"
    assert origins["topology.nodes"] == "stated"


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
        one = simulated(FLAWED.read_bytes(), "restart", *settings)[-1]
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
    assert "everybody is back after 43 s" in " ".join(told.split())
    assert "simulated" not in cli("why", "missing-heartbeat", FLAWED).stdout


def test_every_rule_with_a_scenario_exists() -> None:
    """Each is shown by one scenario, in a curve that the scenario has."""
    shown = [(rule, scenario.name) for scenario in simulate.scenarios() for rule in scenario.shows]
    assert {rule for rule, _ in shown} <= {rule.id for rule in RULEBOOK}
    assert len({rule for rule, _ in shown}) == len(shown) > 10
    for rule, name in shown:
        found = simulate.showing(rule)
        assert found is simulate.find(name)
        assert found.shows[rule] in found.curves
    assert simulate.showing("missing-heartbeat") is None


def test_a_scenario_is_named_where_it_is_registered() -> None:
    """Its module defines it, and no other that the registry does not know."""
    for module in set(simulate.MODULES.values()):
        defined = importlib.import_module(f"rtreview.simulate.{module}").SCENARIOS
        assert [one.name for one in defined] == [
            n for n, where in simulate.MODULES.items() if where == module
        ]
    assert [one.name for one in simulate.scenarios()] == list(simulate.NAMES)


def test_a_scenario_is_named_in_its_own_room_alone() -> None:
    """No other module and no template knows one by its name, and the command line offers all of them.

    A word of the language may be spelt like one, and a key of a deployment's file.
    """
    words = {word for branch in branches(Spec) for word in branch.entry.words}
    for file in [file for file in PACKAGE.rglob("*.*") if file.suffix in (".py", ".j2")]:
        if not {"simulate", "readers"} & {*file.parts}:
            named = re.findall(r"""(["'])([a-z-]+)\1""", file.read_text("utf-8"))
            own = words if {"rules", "language"} & {*file.parts} else set()
            assert not {word for _, word in named} & set(simulate.NAMES) - own, file.name
    assert "|".join(simulate.NAMES) in cli("simulate", "--help").stdout


@pytest.fixture
def eclipse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scenario[float]]:
    """A scenario of which nothing but its module and the registry knows."""
    scenario = Scenario(
        name="eclipse",
        tells="the moon stands before the sun",
        subject="feature",
        curves=("light",),
        parameters=lambda reader, feature: reader.known(feature.workload.connections).amount,
        course=lambda clients: series.Course(
            (series.Figure("clients in the dark", Count(clients)),),
            (series.curve("light", "%", [(0, 1), (9, 0)]),),
        ),
        shows={"missing-heartbeat": "light"},
        sentence=lambda clients: f"eclipse simulated: {Count(clients)} in the dark",
    )
    module = ModuleType("rtreview.simulate.eclipse")
    module.__dict__["SCENARIOS"] = (scenario,)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(simulate.MODULES, "eclipse", "eclipse")
    monkeypatch.setattr(simulate, "NAMES", tuple(simulate.MODULES))
    simulate.showing.cache_clear()
    yield scenario
    simulate.showing.cache_clear()
    simulate.find.cache_clear()


DARK = """rtreview: 1
workload: {connections: 700}
transport: {kind: websocket, heartbeat: none}
"""


def test_a_new_scenario_is_told_in_each_format(eclipse: Scenario[float]) -> None:
    """Without a line about it in any renderer."""
    told = simulated(DARK, "eclipse")
    assert "The design: eclipse\n  the moon stands before the sun\n" in render_simulations(told)
    (row,) = json.loads(simulations_as_json(told))["simulations"]
    assert (row["scenario"], row["figures"][0]["amount"]) == ("eclipse", 700)
    assert ",eclipse,,light,%,time,s,9,0\n" in simulations_as_csv(told)
    (silent,) = simulated(DARK.replace("{connections: 700}", "{}"), "eclipse")
    assert (silent.scenario, silent.reason) == (eclipse, "it would need `workload.connections`")


@pytest.mark.usefixtures("eclipse")
def test_a_new_scenario_is_evidence_for_its_rules() -> None:
    """In the finding, in `why`, and as the plot to which the decision in the page leads."""
    (one,) = review(DARK, policy=Policy(RULEBOOK, select=("missing-heartbeat",)))
    (found,) = one.findings
    assert found.evidence == "eclipse simulated: 700 in the dark"
    assert found.evidence in cli("why", "missing-heartbeat", "-", stdin=DARK.encode()).stdout
    document = JustHTML(cli("--format", "html", "-", stdin=DARK.encode()).stdout, sanitize=False)
    decision = document.query('section[aria-labelledby^="missing-heartbeat"]')[0]
    assert "Eclipse simulated: 700 in the dark." in " ".join(decision.to_text().split())
    assert decision.query('a[href="#eclipse"]')
    assert "The moon stands before the sun." in document.query("#eclipse")[0].to_text()
    assert document.query("#eclipse .exhibit svg")


@pytest.mark.usefixtures("eclipse")
def test_a_scenario_without_a_kernel_is_drawn_and_has_no_sliders() -> None:
    """The page has its plot and its figures, and no parameters for a script that does not know it."""
    document = JustHTML(cli("--format", "html", "-", stdin=DARK.encode()).stdout, sanitize=False)
    shown = document.query("section.behaviour .scenario")
    (exhibit,) = [
        one for section in shown for one in section.query(".exhibit") if "dark" in section.to_text()
    ]
    assert exhibit.query("svg")
    assert "data-kernel" not in exhibit.attrs
    assert not exhibit.query(".what-if")


def test_a_violation_of_the_reconnect_family_carries_its_storm() -> None:
    """In the finding itself; a question, and a fault of another kind, has none."""
    (one,) = review(FLAWED.read_bytes(), "chat")
    shown = {finding.rule for finding in one.findings if finding.evidence}
    family = {rule for one in simulate.scenarios() if one.sentence for rule in one.shows}
    violated = {finding.rule for finding in one.findings if finding.verdict is Verdict.VIOLATED}
    assert shown == family & violated == {"reconnect-without-jitter"}
    text = DESIGN.replace(", jitter: full", ", jitter: none").replace("20k", "20M").replace("nodes: 4, ", "")
    assert not [finding for finding in review(text, "d")[0].findings if finding.evidence]


def test_a_sound_design_loads_no_simulation() -> None:
    """A review pays for a storm only where a rule is violated that one shows."""
    for file, loads in ((SOUND, False), (FLAWED, True)):
        code = (
            "import sys; from rtreview.reviews.engine import review;"
            f"review(open({str(file)!r}, 'rb').read(), 'x');"
            "print(*(name for name in sys.modules if name.startswith('rtreview.')))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        loaded = set(done.stdout.split())
        assert ("rtreview.simulate.storm" in loaded) == ("rtreview.models.reconnection" in loaded) == loads
        # A scenario is looked through for its rules without its model.
        assert ("rtreview.simulate.blip" in loaded) == loads
        assert not loaded & {"rtreview.models.blip", "rtreview.models.growth", "rtreview.simulate.simulation"}


@pytest.mark.parametrize("count", [1, 5, 100])
def test_a_chart_is_as_high_as_its_busiest_second(count: int) -> None:
    """However few columns it has; a burst fills those whose seconds hold it, and no others."""
    times, rates = [2.5, 2.6, 10.0], [0.0, 10_000.0, 10.0]
    shown = chart.columns(times, rates, 10.0, count)
    assert max(shown) == pytest.approx(1000 + 10 * 0.9)
    assert [rate for rate in shown[int(3.1 / 10 * count) + 1 :] if rate > 11] == []


@pytest.mark.parametrize("name", simulate.NAMES)
def test_the_text_fits_the_terminal(name: str) -> None:
    """At 80 columns, with two settings and without."""
    two = ["--set", "transport.reconnect.jitter=full", "--set", "transport.reconnect.first_delay=0s..25s"]
    for settings in ([], two):
        told = cli("simulate", FLAWED, "--scenario", name, *settings).stdout
        assert max(cells(line) for line in told.splitlines()) <= 80


@pytest.mark.parametrize("name", simulate.NAMES)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.stem)
def test_every_example_can_be_told_in_every_scenario(name: str, example: Path) -> None:
    """Each of its features has curves, or the reason why not; they run forward and hold no nonsense."""
    told = simulated(example.read_bytes(), name)
    assert told
    for one in told:
        assert bool(one.curves) == bool(one.figures) == (one.parameters is not None)
        assert one.curves or one.reason
        for curve in one.curves:
            along = [at for at, _ in curve.points]
            assert along == sorted(along)
            assert all(math.isfinite(number) for point in curve.points for number in point)
            assert all(0 <= value <= (1 if curve.unit == "%" else math.inf) for _, value in curve.points)
            assert all(0 < moment.at <= curve.end for moment in curve.moments)


@pytest.mark.parametrize("name", ["slow-client", pytest.param("blip", marks=pytest.mark.slow), "growth"])
def test_what_happens_to_one_is_told_in_each_format(name: str) -> None:
    """Text in 80 columns, JSON after its schema, and CSV with the points of the JSON."""
    words = [ROOT / "examples" / "text-editor.rtreview.yaml", "--scenario", name]
    words += ["--set", "workload.downlink=16kbit/s", "--set", "workload.outage.typical=50s"]
    text = cli("simulate", *words).stdout
    assert max(cells(line) for line in text.splitlines()) <= 80
    told = as_json("simulation", "simulate", *words)
    before, after = told["simulations"]
    assert before["variant"] == []
    assert before["curves"] != after["curves"] or name == "growth"
    for figure in after["figures"]:
        assert f"{figure['name']}  " in text
        assert figure["value"] in text
    rows = list(csv.reader(io.StringIO(cli("simulate", *words, "--format", "csv").stdout)))[1:]
    points = [point for one in told["simulations"] for curve in one["curves"] for point in curve["points"]]
    assert [(float(row[-2]), float(row[-1])) for row in rows] == [
        (pytest.approx(at, rel=1e-4, abs=1e-5), pytest.approx(value, rel=1e-4, abs=1e-5))
        for at, value in points
    ]


def test_features_for_which_all_is_the_same_are_told_of_together() -> None:
    """As it stands and with what is set; where a setting parts them, both are told in both variants."""
    text = HOSTILE.format(first="a", second="b")
    (before,) = simulated(text, "slow-client")
    assert before.features == ("a", "b")
    setting = "features.a.backpressure.overflow=drop-oldest"
    parted = simulated(text, "slow-client", setting)
    assert [(one.features, bool(one.variant)) for one in parted] == [
        (("a",), False),
        (("a",), True),
        (("b",), False),
        (("b",), True),
    ]


def test_a_name_of_a_feature_does_nothing_in_a_report() -> None:
    """Escape codes and commands of build servers stay text; a formula of a spreadsheet gets a blank."""
    text = HOSTILE.format(first=r"=1+1\e[31m", second="##[error]x")
    shown = cli("simulate", "-", "--scenario", "slow-client", stdin=text.encode()).stdout
    assert "\x1b" not in shown
    assert "##[" not in shown
    table = cli("simulate", "-", "--scenario", "slow-client", "--format", "csv", stdin=text.encode()).stdout
    names = {row[1] for row in list(csv.reader(io.StringIO(table)))[1:]}
    assert len(names) == 1
    assert names.pop().startswith(" =1+1")


def test_a_figure_that_is_too_long_for_its_column_has_a_line_of_its_own() -> None:
    """How two storms end does not fit side by side; at 40 columns nothing does."""
    text = DESIGN.replace("20k", "2M")
    told = simulated(text, "restart", "transport.reconnect.max_attempts=5")
    shown = render_simulations(told)
    assert "how it ends, as it stands: refusals take the whole capacity\n" in shown
    assert "how it ends, with it: gave up\n" in shown
    for width in (40, 80):
        assert max(cells(line) for line in render_simulations(told, width=width).splitlines()) <= width


def test_the_text_has_the_figures_of_both_side_by_side() -> None:
    """And a chart of each, up to the same top."""
    told = cli("simulate", FLAWED, "--set", "transport.reconnect.jitter=full").stdout
    assert "as it stands       with it" in told
    tops = re.findall(r"attempts/s, .+\n +(\S+) ┤", told)
    assert tops == ["25,000/s"] * 2
    assert "everybody is back after" in told


def test_the_json_is_as_its_schema_says() -> None:
    """With the curves, their steps in seconds."""
    told = as_json("simulation", "simulate", FLAWED)
    (one,) = told["simulations"]
    amounts = {figure["name"]: figure["amount"] for figure in one["figures"]}
    assert amounts["clients that are disconnected"] == 20_000
    attempts, back = one["curves"]
    assert back["points"][-1][1] == pytest.approx(1, abs=1e-4)
    assert attempts["levels"] == [{"label": "accepted", "value": 2000}]
    assert [at for at, _ in attempts["points"]] == [at for at, _ in back["points"][1:]]


@pytest.mark.parametrize("name", ["=A1()", "x;=A1()", "x;;-1", "+1", 'x";@a', "\uff1dA1()", "x;\uff20a"])
def test_no_cell_of_a_table_is_a_formula(name: str) -> None:
    """Whether `,` or `;` stands between the cells of a country."""
    text = DESIGN.replace("rtreview: 1\n", f"rtreview: 1\nname: '{name}'\n")
    table = cli("simulate", "-", "--format", "csv", stdin=text.encode()).stdout
    assert len(table.splitlines()) > 3
    for delimiter in ",;":
        cells = [cell for row in csv.reader(io.StringIO(table), delimiter=delimiter) for cell in row]
        assert [cell for cell in cells if cell[:1] and cell[0] in "=+-@\uff1d\uff0b\uff0d\uff20"] == []


def test_the_csv_has_a_line_for_each_point() -> None:
    """And a name that a spreadsheet would compute begins with a blank."""
    text = DESIGN.replace("rtreview: 1\n", 'rtreview: 1\nname: "=1+1"\n')
    rows = list(csv.reader(io.StringIO(cli("simulate", "-", "--format", "csv", stdin=text.encode()).stdout)))
    assert rows[0][-3:] == ["along_unit", "at", "value"]
    assert {row[4] for row in rows[1:]} == {"attempts/s", "share that is back"}
    assert {row[0] for row in rows[1:]} == {" =1+1"}
    assert float(rows[-1][-1]) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("name", ["restart", "deploy", "node-loss", "slow-client", "node-replacement"])
def test_all_that_is_missing_is_named_at_once_and_can_be_set_as_it_stands(name: str, tmp_path: Path) -> None:
    """Status 3, since nothing ran; with what is proposed it runs."""
    file = tmp_path / "design.yaml"
    file.write_text("rtreview: 1\npurpose: chat\ntransport: {kind: websocket}\n", "utf-8")
    told = cli("simulate", file, "--scenario", name)
    assert told.exit_code == 3
    settings = re.findall(r"--set (\S+)", told.stdout)
    assert len(settings) > 1
    ran = cli("simulate", file, "--scenario", name, *(word for each in settings for word in ("--set", each)))
    assert ran.exit_code == 0, ran.stdout


def test_a_design_that_cannot_be_read_is_told_as_in_a_review(tmp_path: Path) -> None:
    """Status 3, with the finding."""
    file = tmp_path / "design.yaml"
    file.write_text("rtreview: 1\nworkload: 3\n", "utf-8")
    told = cli("simulate", file)
    assert told.exit_code == 3
    assert "error[schema]" in told.stdout


QUEUE = """rtreview: 1
workload:
  connections: 1k
  rooms: {count: 40, size: {max: 11}}
  messages: {rate: 2/s, active_share: 100%, size: {typical: 100B, max: 1kB}}
  downlink: 8kbit/s
topology: {nodes: 2, node: {memory: 1MB}}
backpressure: {queue: {max_messages: 40}, overflow: drop-oldest}
targets: {staleness: 2s}
"""


def slow(*settings: str) -> SlowClient:
    """What is simulated of the slow client."""
    one = only(QUEUE, "slow-client", *settings)
    assert isinstance(one.parameters, SlowClient), one.reason
    return one.parameters


def test_a_slow_client_is_read_from_the_design() -> None:
    """2/s of each of ten others at 100 B against 8 kbit/s; a bound in usual messages; 500 queues a node."""
    told = slow()
    assert (told.arrival, told.drain, told.bound) == (Bandwidth(2000), Bandwidth(1000), Size(4000))
    assert (told.queues, told.memory) == (Count(500), Size(1e6))
    assert (told.overflow, told.staleness, told.stall) == ("drop-oldest", Duration(2), Duration(0))
    # Encoded once, a message lies in memory once for each room.
    assert slow("fan_out.serialise=once").queues == Count(40)


@pytest.mark.parametrize(
    ("settings", "stall"),
    [
        (("workload.downlink=80kbit/s",), 2),
        (("workload.downlink=80kbit/s", "backpressure.queue.max_age=1s"), 1),
        (("workload.downlink=80kbit/s", "backpressure.queue=unbounded"), 60),
    ],
)
def test_a_line_that_carries_everything_stands_still_first(settings: tuple[str, ...], stall: float) -> None:
    """Until the queue is full, or a minute where it never is."""
    assert slow(*settings).stall == Duration(stall)


@pytest.mark.parametrize(
    ("settings", "bound", "age"),
    [
        (("backpressure.queue=unbounded",), None, None),
        (("backpressure=none",), None, None),
        (("backpressure.queue={max_age: 3s}",), None, 3),
        (("backpressure.queue={max_keys: 7}", "backpressure.overflow=coalesce"), 700, None),
        (("backpressure.queue={max_bytes: 64KiB, max_messages: 40}",), 4000, None),
    ],
)
def test_a_bound_is_what_the_design_decides(
    settings: tuple[str, ...], bound: float | None, age: float | None
) -> None:
    """None, in age, in keys, or the smaller of messages and bytes."""
    told = slow(*settings)
    assert (told.bound and told.bound.amount, told.max_age and told.max_age.amount) == (bound, age)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (("workload.downlink=null",), "it would need `workload.downlink`"),
        (("backpressure=null",), "`backpressure.queue.max_bytes`"),
        (("backpressure.overflow=null",), "it would need `backpressure.overflow`"),
        (("backpressure={overflow: coalesce}",), "it would need `backpressure.queue.max_keys`"),
        (("backpressure.queue=none",), "nothing waits for a slow client"),
        (("backpressure.queue.max_messages=0",), "nothing waits for a slow client"),
        (("direction=client-to-server",), "nothing is sent to the client"),
        (("workload.rooms.size.max=1",), "nothing is sent to the client"),
    ],
)
def test_a_slow_client_that_cannot_be_simulated_says_why(settings: tuple[str, ...], reason: str) -> None:
    """Silence is no bound and no unbounded queue."""
    one = only(QUEUE, "slow-client", *settings)
    assert one.parameters is None
    assert reason in one.reason


def test_the_curves_of_a_slow_client_are_held_against_what_is_stated() -> None:
    """Bound, staleness and memory as levels; when the queue is full, and the memory used up, as moments."""
    waiting, age, node = only(QUEUE, "slow-client").curves
    assert waiting.points[1] == (4, 4000)
    assert [(one.label, one.value) for one in waiting.levels] == [("bound", 4000)]
    assert [(one.label, one.at) for one in waiting.moments] == [("full", 4)]
    assert (age.unit, age.points[-1][1]) == ("s", 2)
    assert [one.value for one in age.levels] == [2]
    assert [one.value for one in node.levels] == [1e6]
    assert [one.at for one in node.moments] == [2]
    cut = only(QUEUE, "slow-client", "backpressure.overflow=disconnect").curves[0]
    assert cut.points == ((0, 0), (4, 4000), (4, 0), (5, 0))


LINE = """rtreview: 1
workload: {clients: [browser], rooms: {size: {max: 5}}, messages: {rate: 1/s, active_share: 20%}}
transport:
  kind: websocket
  heartbeat: {interval: 20s, timeout: 10s, layer: application, from: server, confirmed: true, sweep: 4s}
  reconnect: {strategy: exponential, base: 1s, cap: 30s, jitter: full}
  resume: {by: offset, retention: 2m}
presence: {grace: 5s, ends: [disconnect]}
"""


def blip(*settings: str) -> Blip:
    """What is simulated of the blip."""
    one = only(LINE, "blip", *settings)
    assert isinstance(one.parameters, Blip), one.reason
    return one.parameters


def test_a_blip_is_read_from_the_design() -> None:
    """The sweep is the server's; the grace comes after; both time the same beats; the length is assumed."""
    told = blip()
    assert told.client == Lag(Duration(10), Duration(20))
    assert told.server == Lag(Duration(10), Duration(20), Duration(4))
    assert told.shown == Lag(Duration(15), Duration(20), Duration(4))
    assert (told.window, told.together, told.outage) == (Duration(120), True, Duration(10))
    origins = {one.name: one.origin for one in only(LINE, "blip").inputs}
    assert origins["workload.outage.typical"] == "assumed"
    assert not blip("transport.heartbeat.from=both").together


@pytest.mark.parametrize(
    ("sender", "client", "server"),
    [
        ("client", Lag(Duration(10), Duration(20)), Lag(Duration(25), Duration(20), Duration(4))),
        ("server", Lag(Duration(25), Duration(20)), Lag(Duration(10), Duration(20), Duration(4))),
        ("both", Lag(Duration(25), Duration(20)), Lag(Duration(25), Duration(20), Duration(4))),
    ],
)
def test_each_end_of_a_blip_has_its_own_limit(sender: str, client: Lag, server: Lag) -> None:
    """The one that sends waits 10 s for an answer, the other 45 s for a heartbeat."""
    told = blip(f"transport.heartbeat.from={sender}", "transport.heartbeat.silence_timeout=45s")
    assert (told.client, told.server) == (client, server)


def test_the_length_of_a_blip_is_the_usual_one_or_the_longest_that_is_stated() -> None:
    """`typical` before `p99`."""
    assert blip("workload.outage.p99=9m").outage == Duration(540)
    both = blip("workload.outage.p99=9m", "workload.outage.typical=7s")
    assert (both.outage, both.rare) == (Duration(7), Duration(540))


def test_an_entry_that_expires_does_not_wait_for_the_heartbeat() -> None:
    """A ttl of 60 s refreshed each 20 s: 40 s to 60 s, the sweep, and the grace."""
    told = blip("presence={ttl: 60s, refresh: 20s, ends: [expiry], grace: 5s}")
    assert told.shown == Lag(Duration(45), Duration(20), Duration(4))
    assert not told.together


@pytest.mark.parametrize(
    ("settings", "part", "reason"),
    [
        (("transport.heartbeat.layer=websocket-ping",), "client", "a page never sees a WebSocket ping"),
        (("transport.heartbeat.confirmed=false",), "server", "nobody answers the heartbeats of the server"),
        (("transport.heartbeat.from=client",), "server", "nothing says when the server gives up"),
        (("transport.heartbeat.silence_timeout=none",), "client", "the client never closes for silence"),
        (("presence.grace=null",), "shown", "it would need `presence.grace`"),
        (("presence=none",), "shown", "nobody is shown"),
        (("transport.resume=none",), "window", "nothing is replayed"),
        (("transport.resume=null",), "window", "it would need `transport.resume`"),
        (("transport.reconnect.jitter=null",), "plan", "it would need `transport.reconnect.jitter`"),
    ],
)
def test_a_part_of_a_blip_that_cannot_be_told_is_left_out(
    settings: tuple[str, ...], part: str, reason: str
) -> None:
    """With the reason, beside what can be told."""
    one = only(LINE, "blip", *settings)
    assert isinstance(one.parameters, Blip)
    assert getattr(one.parameters, part) is None
    assert reason in one.reason
    assert one.curves


def test_without_a_heartbeat_nobody_notices() -> None:
    """And there is nothing to show."""
    assert only(LINE, "blip", "transport.heartbeat=none").reason == "there is no heartbeat"


def test_the_replay_covers_absences_up_to_its_window() -> None:
    """A step from all to none at 2 min, held against the outage that is shown."""
    covered = next(one for one in only(LINE, "blip").curves if one.name == "absences that the replay covers")
    assert covered.points == ((0, 1), (120, 1), (120, 0), (150, 0))
    assert (covered.along, covered.along_unit) == ("time away", "s")
    assert [one.at for one in covered.moments] == [10]


def test_a_line_of_bars_is_as_high_as_its_curve() -> None:
    """In the middle of each column; a jump is one; behind the last point there is nothing."""
    points = [(0.0, 0.0), (4.0, 4.0), (4.0, 1.0), (6.0, 1.0)]
    assert chart.heights(points, 8.0, 8) == [0.5, 1.5, 2.5, 3.5, 1.0, 1.0, 0.0, 0.0]


def test_what_is_promised_is_marked_where_it_can_be_seen() -> None:
    """When the server knows, and which absences others see, beside the moment that `targets` promises."""
    curves = only(LINE, "blip", "targets={offline_visible_within: 25s}").curves
    marked = {curve.name for curve in curves if ("promised", 25) in curve.moments}
    assert {"chance that the server knows", "absences that others see"} <= marked
    assert "absences that the replay covers" not in marked


LOCKSTEP = """rtreview: 1
workload: {connections: 40k}
transport: {kind: websocket, reconnect: {strategy: fixed, base: 3s, jitter: none}}
topology: {nodes: 8, node: {accept_rate: 300/s}}
"""
"""Waves, between two of which some get in."""


def test_what_a_change_makes_worse_is_said(spec: Callable[..., Path]) -> None:
    """Jitter alone fills the pauses of a herd in lock-step, and nobody gets in any more."""
    file = spec(LOCKSTEP)
    told = " ".join(cli("simulate", "--set", "transport.reconnect.jitter=full", file).stdout.split())
    assert "Worse with transport.reconnect.jitter=full: everybody is back after: never instead of " in told
    better = cli("simulate", "--set", "transport.reconnect.first_delay=0s..30s", file).stdout
    assert "Worse" not in better


def test_what_is_proposed_for_a_herd_in_lockstep_has_a_cap_that_lets_it_in() -> None:
    """It grows, and up to a cap at which refusals leave room."""
    (one,) = review(LOCKSTEP, "d.yaml", policy=Policy(RULEBOOK, select=("reconnect-without-jitter",)))
    found = remedy(one.findings[0], one.design)
    assert found is not None
    assert [setting.partition("=")[0].rpartition(".")[2] for setting in found.settings] == [
        "strategy", "cap", "jitter", "first_delay",
    ]  # fmt: skip


def test_two_scenarios_that_go_alike_are_said_to() -> None:
    """A deployment that closes everything at once is a restart; one that is spread is not."""
    assert "It is the same as `restart`" in cli("simulate", "--scenario", "deploy", FLAWED).stdout
    assert "It is the same as" not in cli("simulate", "--scenario", "deploy", SOUND).stdout
    assert "It is the same as" not in cli("simulate", "--scenario", "restart", FLAWED).stdout
