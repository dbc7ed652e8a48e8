"""The failure walk: each component in each failure, by what the rules say and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from conftest import EXAMPLES, ROOT, RULEBOOK, SOUND
from hypothesis import given
from hypothesis import strategies as st
from test_rules import reviews_of

from rtreview.reviews.engine import review
from rtreview.reviews.failure_walk import Cell, State, walk
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Known, Review
from rtreview.rulebook import references
from rtreview.rulebook.acceptance import Risk
from rtreview.rulebook.finding import Judgement, Severity, Verdict

Pair = tuple[str, str]

TODAY = date(2026, 11, 24)

LOOKING = {rule.id: rule.section.failures for rule in RULEBOOK if rule.section.failures}

SOUND_ONES = [file.name.partition(".")[0] for file in EXAMPLES if "-flawed" not in file.name]

NOT_LEFT = {
    # What a restart forgets while its rooms are kept is no node that is drained.
    ("deadline-lost-at-restart", "room-lost-with-its-node"): {("nodes", "drain")},
    # What ends by its age is promised by the presence alone, whenever the nodes notice.
    ("detection-slower-than-promise", "presence-ghost-exceeds-promise"): {("nodes", "sleeping phone")},
    # Without an adapter the nodes do not reach each other at all, failure or none.
    ("socket-io-recovery-without-adapter", "socket-io-no-adapter"): {
        ("messages", failure) for failure in ("drain", "node loss", "sleeping phone")
    },
}

WORST_FIRST = (
    Verdict.VIOLATED,
    Verdict.UNSTATED,
    Verdict.UNDECIDED,
    Verdict.UNREVIEWED,
    Verdict.PASSED,
    Verdict.NOT_APPLICABLE,
)

TWO_CONNECTIONS = """
rtreview: 1
features:
  chat: {transport: {kind: websocket, heartbeat: none}}
  cursors: {transport: {kind: websocket, heartbeat: none}}
accepted:
"""
ACCEPTED = "  - {rule: missing-heartbeat, feature: FEATURE, reason: a trial, owner: ada, until: 2027-01-31}\n"


def cells(one: Review) -> dict[Pair, Cell]:
    """The cells of a review's walk."""
    return {(row.component, cell.failure): cell for row in walk(one, RULEBOOK).rows for cell in row.cells}


def states(one: Review) -> dict[Pair, State]:
    """The state of each cell."""
    return {at: cell.state for at, cell in cells(one).items()}


def reviewed(spec: str | bytes, policy: Policy | None = None) -> Review:
    """The review of a spec with one design."""
    (one,) = review(spec, policy=(policy or Policy(RULEBOOK))._replace(today=TODAY))
    return one


@cache
def example(name: str) -> Review:
    """The review of an example."""
    return reviewed((ROOT / "examples" / f"{name}.rtreview.yaml").read_bytes())


def judged(verdicts: dict[str, Verdict]) -> Review:
    """A review in which rules came to these verdicts."""
    told = (Judgement(rule, Severity.ERROR, (), verdict, "so") for rule, verdict in verdicts.items())
    return Review("design.yaml", ("",), judgements=tuple(told))


def test_a_walk_has_every_component_and_every_failure() -> None:
    """The rows are the components, and each has the failures in their order."""
    rows = walk(example("team-chat"), RULEBOOK).rows
    assert [row.component for row in rows] == list(references.COMPONENTS)
    for row in rows:
        assert [cell.failure for cell in row.cells] == list(references.FAILURES)
        assert {cell.component for cell in row.cells} == {row.component}


def test_every_component_and_failure_has_a_rule() -> None:
    """No row and no column of the walk is there for nothing."""
    pairs = [pair for answered in LOOKING.values() for pair in answered]
    assert {component for component, _ in pairs} == set(references.COMPONENTS)
    assert {failure for _, failure in pairs} == set(references.FAILURES)


def test_a_rule_names_a_pair_once() -> None:
    """Twice would show its verdict twice in a cell."""
    for rule, pairs in LOOKING.items():
        assert len(set(pairs)) == len(pairs), rule


def test_a_rule_on_accepted_risks_is_in_no_cell() -> None:
    """It speaks of what the team has written down, and of no failure."""
    assert not [rule.id for rule in RULEBOOK if rule.subject is Risk and rule.section.failures]


def test_the_flawed_whiteboard_does_not_survive_the_loss_of_a_node() -> None:
    """Its 12,000 clients come back at 12,000/s to nodes that accept 1200/s."""
    cell = cells(example("whiteboard-flawed"))["nodes", "node loss"]
    assert cell.state is State.VIOLATED
    worst = cell.answers[0]
    assert worst.rule == "first-reconnect-spread-too-small"
    assert worst.features == ("strokes", "cursors")
    assert "12,000/s" in worst.reason


def test_the_flawed_whiteboard_does_not_survive_a_partition() -> None:
    """Two sides that draw apart overwrite each other; the sound one has a CRDT."""
    cell = cells(example("whiteboard-flawed"))["state", "partition"]
    violated = {one.rule for one in cell.answers if one.state is State.VIOLATED}
    assert violated == {"shared-text-without-merge", "list-replaced-whole"}
    assert cells(example("whiteboard"))["state", "partition"].state is State.HANDLED


def test_the_flawed_chat_sends_all_clients_of_a_drained_node_back_together() -> None:
    """Without jitter a deployment is a herd."""
    cell = cells(example("team-chat-flawed"))["clients", "drain"]
    assert cell.state is State.VIOLATED
    assert cell.answers[0].rule == "reconnect-without-jitter"


def test_the_sound_chat_handles_all_that_a_rule_looks_at() -> None:
    """Where a rule looks and applies, it has passed."""
    told = set(states(example("team-chat")).values())
    assert told == {State.HANDLED, State.NOT_APPLICABLE, State.UNLOOKED}


@pytest.mark.parametrize("name", SOUND_ONES)
def test_every_cell_of_a_sound_example_is_explained(name: str) -> None:
    """No cell is violated or a question, and each that a rule looks at has the reasons of its rules."""
    found = cells(example(name))
    for at, cell in found.items():
        assert cell.state not in (State.VIOLATED, State.UNSTATED, State.UNREVIEWED)
        assert {one.rule for one in cell.answers} == {rule for rule, pairs in LOOKING.items() if at in pairs}
        assert all(one.reason for one in cell.answers)
        assert (cell.state is State.UNLOOKED) == (not cell.answers)


@pytest.mark.parametrize(
    "spec",
    [
        "rtreview: 1",
        "{rtreview: 1, transport: {kind: websocket}}",
        "{rtreview: 1, purpose: chat, workload: {connections: 20k}, topology: {nodes: 4}}",
        "{rtreview: 1, features: {chat: {purpose: chat}, cursors: {purpose: cursors}}}",
    ],
)
def test_silence_is_never_handled(spec: str) -> None:
    """A spec that says nothing of its failures has questions, and no cell that is fine."""
    told = set(states(reviewed(spec)).values())
    assert State.UNSTATED in told
    assert State.HANDLED not in told
    assert State.VIOLATED not in told


def test_presence_that_is_not_there_meets_no_failure() -> None:
    """Without presence its row tells that nobody is shown, whatever else the design does."""
    one = reviewed(
        "{rtreview: 1, purpose: chat, presence: none, workload: {clients: [browser]}, transport: "
        "{kind: websocket, heartbeat: {interval: 20s, timeout: 45s, from: client}, reconnect: none}}"
    )
    found = cells(one)
    assert found["clients", "throttled tab"].state is State.VIOLATED
    presence = [cell for (component, _), cell in found.items() if component == "presence" and cell.answers]
    assert {cell.state for cell in presence} == {State.NOT_APPLICABLE}
    assert "nobody is shown" in {answer.reason for cell in presence for answer in cell.answers}


def test_a_single_node_has_no_backplane_to_lose() -> None:
    """A part that the design does not have is not applicable, with the reason of the rule."""
    sound = SOUND.read_text("utf-8")
    assert cells(reviewed(sound))["backplane", "broker loss"].state is State.HANDLED
    one = reviewed("{rtreview: 1, purpose: chat, transport: {kind: websocket}, topology: {nodes: 1}}")
    cell = cells(one)["backplane", "broker loss"]
    assert cell.state is State.NOT_APPLICABLE
    assert {answer.reason for answer in cell.answers} == {"no backplane joins nodes"}


def test_an_accepted_risk_is_accepted_where_it_was_accepted_and_nowhere_else() -> None:
    """A cell is as bad as its worst feature: one risk of two is accepted, and the other stands open."""
    one = reviewed(TWO_CONNECTIONS + ACCEPTED.replace("FEATURE", "chat"))
    cell = cells(one)["nodes", "sleeping phone"]
    told = {one.features: one.state for one in cell.answers if one.rule == "missing-heartbeat"}
    assert told == {("chat",): State.ACCEPTED, ("cursors",): State.VIOLATED}
    assert cell.state is State.VIOLATED


def test_a_cell_whose_risks_are_all_accepted_is_accepted() -> None:
    """The team lives with it in both features, which is worse than handled and no fault."""
    one = reviewed(
        TWO_CONNECTIONS + "".join(ACCEPTED.replace("FEATURE", name) for name in ("chat", "cursors"))
    )
    answers = cells(one)["nodes", "sleeping phone"].answers
    told = {(one.features, one.state) for one in answers if one.rule == "missing-heartbeat"}
    assert told == {(("chat",), State.ACCEPTED), (("cursors",), State.ACCEPTED)}


def test_a_finding_of_a_baseline_is_no_better_for_being_known() -> None:
    """What was there before is still violated."""
    one = example("team-chat-flawed")
    known = replace(one, findings=(), known=tuple(Known(finding, "2026-01-01") for finding in one.findings))
    assert states(known) == states(one)


@pytest.mark.slow
def test_a_rule_that_was_left_out_handles_nothing() -> None:
    """A cell is not reviewed where one of its rules did not run and the others passed."""
    for rule, pairs in LOOKING.items():
        left_out = states(reviewed(SOUND.read_bytes(), Policy(RULEBOOK, ignore=(rule,))))
        assert {left_out[pair] for pair in pairs} == {State.UNREVIEWED}


def test_what_cannot_be_read_is_not_reviewed() -> None:
    """No rule has run, and no cell says more than that."""
    assert set(states(reviewed("{")).values()) == {State.UNREVIEWED, State.UNLOOKED}


def test_what_a_rule_leaves_to_another_is_looked_at_in_the_same_cells() -> None:
    """A rule that does not apply since another speaks for it is no hole in the walk."""
    left_to = set()
    for rule in LOOKING:
        for one in reviews_of(rule, "pass.yaml"):
            reasons = [judgement.reason for judgement in one.judgements]
            left_to |= {
                (rule, found[1]) for reason in reasons if (found := re.search(r": see (.+)$", reason))
            }
    assert len(left_to) >= 10
    holes = {
        (rule, other): missing
        for rule, other in left_to
        if (missing := set(LOOKING[rule]) - set(LOOKING.get(other, ())))
    }
    assert holes == NOT_LEFT


def test_names_of_features_stand_where_a_rule_tells_them_apart() -> None:
    """What is said of the whole design names no feature."""
    answers = cells(example("whiteboard-flawed"))["nodes", "drain"].answers
    told: dict[str, set[tuple[str, ...]]] = {}
    for one in answers:
        told.setdefault(one.rule, set()).add(one.features)
    assert told["close-all-at-once"] == {()}
    assert told["reconnect-without-jitter"] == {("notices",), ("strokes", "cursors")}


@pytest.mark.slow
@given(st.data())
def test_a_cell_gets_no_better_when_a_judgement_gets_worse(data: st.DataObject) -> None:
    """Of any verdicts, one that gets worse makes its cells the same or worse, and leaves the others alone."""
    order = st.sampled_from(range(len(WORST_FIRST)))
    verdicts = {rule: WORST_FIRST[data.draw(order)] for rule in LOOKING}
    rule, worse = data.draw(st.sampled_from(sorted(LOOKING))), data.draw(order)
    before = states(judged(verdicts))
    was = WORST_FIRST.index(verdicts[rule])
    after = states(judged({**verdicts, rule: WORST_FIRST[min(was, worse)]}))
    for at, state in after.items():
        if at in LOOKING[rule]:
            assert state.rank <= before[at].rank
        else:
            assert state is before[at]


@pytest.mark.slow
@given(st.data())
def test_a_cell_is_handled_only_where_all_that_applies_has_passed(data: st.DataObject) -> None:
    """Of any verdicts, handled means one that passed and none but those and ones that do not apply."""
    likely = st.sampled_from([Verdict.PASSED, Verdict.PASSED, Verdict.NOT_APPLICABLE, *WORST_FIRST])
    verdicts = {rule: data.draw(likely) for rule in LOOKING}
    for at, state in states(judged(verdicts)).items():
        told = {verdicts[rule] for rule, pairs in LOOKING.items() if at in pairs}
        fine = Verdict.PASSED in told and told <= {Verdict.PASSED, Verdict.NOT_APPLICABLE}
        assert (state is State.HANDLED) == fine
