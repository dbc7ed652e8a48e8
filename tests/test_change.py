"""What a change brings: findings new, worse, moved and gone, acceptances, and numbers with their causes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES, FLAWED, ROOT, RULEBOOK, Repository, cli
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rtreview.history.change import Cause, Change, compare
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Review

HEAD = "rtreview: 1\n"
WEBSOCKET = "transport: {kind: websocket, heartbeat: none}\n"
RISK = "{rule: missing-heartbeat, reason: few, owner: tools, until: 2027-01-31}"
TODAY = date(2026, 11, 24)


def reviews(text: str, path: str = "design.yaml", **policy: Any) -> list[Review]:
    """The reviews of a text, with their numbers."""
    return engine.review(text, path, Policy(RULEBOOK, today=TODAY, **policy), with_numbers=True)


def changed(before: str, after: str, **policy: Any) -> Change:
    """The change of the one design of two texts."""
    (one,) = compare(reviews(before, **policy), reviews(after, **policy))
    return one


def heartbeats(before: str, after: str) -> Change:
    """The change, as far as the rule that misses heartbeats sees one."""
    return changed(before, after, select=("missing-heartbeat",))


def lists(change: Change) -> dict[str, int]:
    """How many of each there are, where there are any."""
    names = ("new", "gone", "moved", "accepted", "broken", "unreviewed")
    return {name: count for name in names if (count := len(getattr(change, name)))}


def features(*entries: str) -> str:
    """A design with features, each of which has an own connection unless it says nothing of one."""
    return HEAD + "features:\n" + "".join(f"  {entry}\n" for entry in entries)


def test_the_same_design_has_no_change() -> None:
    """Whatever is found in it."""
    text = FLAWED.read_text("utf-8")
    assert changed(text, text).is_empty


def test_a_fault_that_comes_is_new() -> None:
    """It was not there under any name."""
    change = heartbeats(HEAD + "transport: {kind: websocket, heartbeat: {interval: 20s}}\n", HEAD + WEBSOCKET)
    assert lists(change) == {"new": 1}
    assert change.new[0].was is None


def test_a_fault_that_goes_is_gone() -> None:
    """It is not there any more."""
    change = heartbeats(HEAD + WEBSOCKET, HEAD + "transport: {kind: websocket, heartbeat: {interval: 20s}}\n")
    assert lists(change) == {"gone": 1}


def test_a_fault_that_is_only_said_vaguely_now_is_not_gone() -> None:
    """Who writes `some` in place of a number that fails has mended nothing."""
    hop = "transport: {kind: websocket, path: [{name: lb, idle_timeout: 60s}], heartbeat: {interval: 70s}}\n"
    change = changed(HEAD + hop, HEAD + hop.replace("interval: 70s", "interval: 20s..70s"))
    assert [finding.rule for finding in change.unclear] == ["heartbeat-slower-than-path"]
    assert change.gone == ()
    mended = changed(HEAD + hop, HEAD + hop.replace("interval: 70s", "interval: 20s"))
    assert mended.unclear == ()
    assert [finding.rule for finding in mended.gone] == ["heartbeat-slower-than-path"]


def test_a_fault_on_another_line_is_moved() -> None:
    """With the place where it stood."""
    change = heartbeats(HEAD + WEBSOCKET, HEAD + "name: Chat\n" + WEBSOCKET)
    assert lists(change) == {"moved": 1}
    assert (change.moved[0].before.span.line, change.moved[0].finding.place.span.line) == (2, 3)


def test_a_section_that_moves_into_the_feature_is_moved() -> None:
    """What a feature has from the design, it may as well say itself."""
    before = features("chat: {purpose: chat}") + WEBSOCKET
    after = features("chat: {purpose: chat, transport: {kind: websocket, heartbeat: none}}")
    change = heartbeats(before, after)
    assert lists(change) == {"moved": 1}
    assert change.moved[0].finding.place.name == "features.chat.transport.heartbeat"


def test_a_design_that_becomes_a_feature_is_moved() -> None:
    """A design without features is one feature without a name."""
    after = features("chat: {purpose: chat, transport: {kind: websocket, heartbeat: none}}")
    assert lists(heartbeats(HEAD + "purpose: chat\n" + WEBSOCKET, after)) == {"moved": 1}


def test_a_fault_further_over_its_limit_is_new() -> None:
    """With what it was."""
    text = HEAD + "transport: {kind: websocket, path: [aws-alb], heartbeat: {interval: 70s}}\n"
    change = changed(text, text.replace("70s", "90s"), select=("heartbeat-slower-than-path",))
    assert lists(change) == {"new": 1}
    assert change.new[0].was is not None


def test_a_fault_less_far_over_its_limit_is_not_new() -> None:
    """It is still there, and nearer to its end."""
    text = HEAD + "transport: {kind: websocket, path: [aws-alb], heartbeat: {interval: 90s}}\n"
    assert lists(changed(text, text.replace("90s", "70s"), select=("heartbeat-slower-than-path",))) == {}


def test_a_question_that_is_answered_badly_is_new() -> None:
    """The design now says what was only feared."""
    change = heartbeats(HEAD + "transport: {kind: websocket}\nworkload: {clients: [ios]}\n", HEAD + WEBSOCKET)
    assert lists(change) == {"new": 1}


ASKED = HEAD + "transport: {kind: websocket}\nworkload: {clients: [ios]}\n"
"""A design that says nothing of a heartbeat, which is a question."""


def test_a_question_that_is_answered_well_is_answered() -> None:
    """It is gone, and not as a fault that was mended."""
    change = heartbeats(ASKED, ASKED.replace("socket}", "socket, heartbeat: {interval: 20s}}"))
    assert [finding.rule for finding in change.answered] == ["missing-heartbeat"]
    assert (change.not_asked, change.ended) == ((), ())


def test_a_question_that_no_longer_applies_is_not_answered() -> None:
    """Who takes the connection away has said nothing of its heartbeat."""
    change = heartbeats(ASKED, HEAD + "transport: {kind: long-polling}\nworkload: {clients: [ios]}\n")
    assert [finding.rule for finding in change.not_asked] == ["missing-heartbeat"]
    assert change.answered == ()


def test_a_fault_that_the_spec_is_now_silent_about_is_not_decided_any_more() -> None:
    """Who deletes the line that was wrong has mended nothing: it is asked instead, and has not moved."""
    change = heartbeats(ASKED.replace("socket}", "socket, heartbeat: none}"), ASKED)
    assert [finding.rule for finding in change.unclear] == ["missing-heartbeat"]
    assert lists(change) == {}


def test_a_person_reads_what_became_of_questions(tmp_path: Path) -> None:
    """Which are new, which are answered, and which answer is a fault."""
    answered = ASKED.replace("socket}", "socket, heartbeat: {interval: 20s}}")
    texts = {"silent": ASKED, "well": answered, "badly": answered.replace("{interval: 20s}", "none")}
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")

    def said(old: str, new: str, *words: str) -> str:
        paths = (tmp_path / f"{name}.yaml" for name in (old, new))
        return cli("diff", "--select", "missing-heartbeat", *words, *paths).stdout

    mended = said("silent", "well")
    assert "\nanswered\n  missing-heartbeat, line 2\n" in mended
    assert "findings: 0 new, 0 gone, 0 moved, 0 no longer accepted; questions: 0 new, 1 answered" in " ".join(
        mended.split()
    )
    assert "**Answered**: `missing-heartbeat`." in said("silent", "well", "--format", "markdown")
    assert "\na question before\nerror[missing-heartbeat]" in said("silent", "badly")
    asked = said("well", "silent")
    assert "questions: 1 new, 0 answered" in " ".join(asked.split())
    assert "\nnot decided any more\n  missing-heartbeat, line 2\n" in said("badly", "silent")


def test_another_hop_with_the_same_fault_is_new() -> None:
    """And the one of the hop that it replaces is gone: they are not one finding that moved."""
    text = HEAD + "transport: {kind: websocket, path: [aws-alb], heartbeat: {interval: 70s}}\n"
    change = changed(text, text.replace("aws-alb", "nginx"), select=("heartbeat-slower-than-path",))
    assert lists(change) == {"new": 1, "gone": 1}


TWO_HOPS = """\
transport: {kind: websocket, path: [aws-alb, {name: lb, idle_timeout: 60s}], heartbeat: {interval: 70s}}
"""
"""Both close after the same silence, which one finding says."""


def test_a_fault_of_one_more_hop_is_new() -> None:
    """With what it was of the others; nothing is gone."""
    before = TWO_HOPS.replace(", {name: lb, idle_timeout: 60s}", "")
    change = changed(HEAD + before, HEAD + TWO_HOPS, select=("heartbeat-slower-than-path",))
    assert lists(change) == {"new": 1}
    assert change.new[0].was is not None


@pytest.mark.parametrize("after", ["{name: lb, idle_timeout: 90s}", "{name: lb, idle_timeout: 65s}"])
def test_a_fault_of_one_hop_less_or_said_twice_is_not_new(after: str) -> None:
    """The rule says of fewer hops, or in two sentences, what it said of both."""
    text = TWO_HOPS.replace("{name: lb, idle_timeout: 60s}", after)
    change = changed(HEAD + TWO_HOPS, HEAD + text, select=("heartbeat-slower-than-path",))
    assert (change.new, change.gone) == ((), ())


TWO_TEXTS = """\
writers: many
sync: {data: [{shape: text, strategy: last-writer-wins}, {shape: text, strategy: append-only}]}
"""
"""Two items without a name; the first loses what two people write at once."""


def texts(before: str, after: str) -> Change:
    """The change, as far as the rule that misses merges sees one."""
    return changed(HEAD + before, HEAD + after, select=("shared-text-without-merge",))


def test_a_second_item_without_a_name_that_has_the_fault_is_new() -> None:
    """What is known of the first is known once, and stays there."""
    change = texts(TWO_TEXTS, TWO_TEXTS.replace("append-only", "last-writer-wins"))
    assert [(one.finding.place.name, one.was) for one in change.new] == [("sync.data[1].strategy", None)]
    assert (change.gone, change.moved) == ((), ())


def test_items_without_names_that_change_places_keep_their_fault() -> None:
    """It is still one."""
    first, second = "{shape: text, strategy: last-writer-wins}", "{shape: text, strategy: append-only}"
    change = texts(TWO_TEXTS, TWO_TEXTS.replace(f"{first}, {second}", f"{second}, {first}"))
    assert lists(change) == {"moved": 1}


SLOW = "transport: {kind: websocket, path: [{name: lb, idle_timeout: 60s}], heartbeat: {interval: 90s}}"
SOUND = SLOW.replace("90s", "25s")


def slow_beats(before: str, after: str) -> Change:
    """The change, as far as the rule that misses early heartbeats sees one."""
    return changed(before, after, select=("heartbeat-slower-than-path",))


def test_a_fault_that_one_of_two_new_features_takes_along_is_new_for_the_other() -> None:
    """A fault of a whole design does not cover what features state anew."""
    after = features(f"chat: {{{SLOW}}}", f"alerts: {{{SLOW.replace('90s', '80s')}}}")
    change = slow_beats(f"{HEAD}{SLOW}\n", after)
    assert [one.finding.features for one in change.new] == [("alerts",)]


def test_a_fault_that_the_whole_keeps_is_new_for_a_feature_that_states_it_itself() -> None:
    """It is none that moved: it is still where it was."""
    after = features("chat: {purpose: chat}", f"alerts: {{{SLOW}}}") + f"{SLOW}\n"
    change = slow_beats(f"{HEAD}{SLOW}\n", after)
    assert [one.finding.features for one in change.new] == [("alerts",)]


def test_a_fault_that_all_new_features_have_from_above_is_known() -> None:
    """The line is the one that it was, whatever the features are called."""
    after = features("chat: {purpose: chat}", "alerts: {purpose: notifications}") + f"{SLOW}\n"
    assert set(lists(slow_beats(f"{HEAD}{SLOW}\n", after))) == {"moved"}


def test_a_second_fault_that_all_new_features_have_from_above_is_new() -> None:
    """What is known of the whole is known once of each of them."""
    after = features("chat: {purpose: chat}", "alerts: {purpose: chat}")
    change = changed(
        HEAD + TWO_TEXTS,
        after + TWO_TEXTS.replace("append-only", "last-writer-wins"),
        select=("shared-text-without-merge",),
    )
    assert {one.finding.place.name for one in change.new} == {"sync.data[1].strategy"}


def test_a_fault_that_features_shared_is_known_of_each_that_states_it_itself() -> None:
    """Each of them had it."""
    before = features("chat: {purpose: chat}", "alerts: {purpose: chat}") + f"{SLOW}\n"
    after = features(f"chat: {{purpose: chat, {SLOW}}}", f"alerts: {{purpose: chat, {SLOW}}}")
    assert set(lists(slow_beats(before, after))) == {"moved"}


def test_what_features_state_themselves_may_be_stated_above_them() -> None:
    """Both had the fault, and it is one finding now."""
    after = features("chat: {purpose: chat}", "alerts: {purpose: chat}") + f"{SLOW}\n"
    before = features(f"chat: {{purpose: chat, {SLOW}}}", f"alerts: {{purpose: chat, {SLOW}}}")
    change = slow_beats(before, after)
    assert (change.new, change.gone) == ((), ())
    mended = features(f"chat: {{purpose: chat, {SLOW}}}", f"alerts: {{purpose: chat, {SOUND}}}")
    assert lists(slow_beats(mended, after))["new"] == 1


def test_a_fault_of_one_more_feature_is_new() -> None:
    """With what it was: it is nothing that went and came."""
    before = features("chat: {purpose: chat}") + WEBSOCKET
    after = features("chat: {purpose: chat}", "likes: {purpose: chat}") + WEBSOCKET
    change = heartbeats(before, after)
    assert {name: count for name, count in lists(change).items() if name != "moved"} == {"new": 1}
    assert change.new[0].was is not None


def test_a_fault_of_one_feature_less_is_not_new() -> None:
    """Nor is it gone."""
    before = features("chat: {purpose: chat}", "likes: {purpose: chat}") + WEBSOCKET
    after = features("chat: {purpose: chat}") + WEBSOCKET
    assert set(lists(heartbeats(before, after))) == {"moved"}


def test_a_risk_that_is_accepted_for_one_feature_leaves_the_other_as_it_was() -> None:
    """The part of the finding that stays open is not new."""
    before = features("chat: {purpose: chat}", "likes: {purpose: chat}") + WEBSOCKET
    after = before + f"accepted: [{RISK[:-1]}, feature: chat}}]\n"
    assert lists(heartbeats(before, after)) == {"accepted": 1}


def test_an_accepted_finding_is_neither_new_nor_gone() -> None:
    """The change accepts it."""
    change = heartbeats(HEAD + WEBSOCKET, HEAD + WEBSOCKET + f"accepted: [{RISK}]\n")
    assert lists(change) == {"accepted": 1}


def test_what_was_accepted_already_is_no_change() -> None:
    """It stays where it is."""
    text = HEAD + WEBSOCKET + f"accepted: [{RISK}]\n"
    assert heartbeats(text, text).is_empty


def test_a_risk_that_nobody_accepts_any_more_is_broken() -> None:
    """And what it covered is new."""
    change = heartbeats(HEAD + WEBSOCKET + f"accepted: [{RISK}]\n", HEAD + WEBSOCKET)
    assert lists(change) == {"new": 1, "broken": 1}


def test_a_risk_that_was_accepted_for_one_of_two_features_is_broken() -> None:
    """The finding that is open now is of both."""
    text = features("chat: {purpose: chat}", "likes: {purpose: chat}") + WEBSOCKET
    change = heartbeats(text + f"accepted: [{RISK[:-1]}, feature: chat}}]\n", text)
    assert lists(change) == {"new": 1, "broken": 1}


def test_a_risk_whose_fault_went_is_not_broken() -> None:
    """There is nothing to live with."""
    before = HEAD + WEBSOCKET + f"accepted: [{RISK}]\n"
    assert (
        lists(heartbeats(before, HEAD + "transport: {kind: websocket, heartbeat: {interval: 20s}}\n")) == {}
    )


def test_a_day_that_is_over_is_nothing_that_the_change_brings() -> None:
    """Both sides are looked at on the same day."""
    text = HEAD + WEBSOCKET + f"accepted: [{RISK}]\n".replace("2027", "2026")
    assert heartbeats(text, text).is_empty


def test_a_note_on_a_platform_is_known_like_any_finding() -> None:
    """A name that nobody knows was unknown before."""
    text = HEAD + "transport: {kind: websocket, library: soket.io}\n"
    assert "unknown-platform" in {one.rule for one in reviews(text)[0].findings}
    assert changed(text, text).is_empty


def test_a_note_on_a_platform_that_the_change_names_is_new() -> None:
    """A name that nobody knows was not there before."""
    text = HEAD + "transport: {kind: websocket, library: ws}\n"
    change = changed(text, text.replace("ws}", "soket.io}"))
    assert "unknown-platform" in {one.finding.rule for one in change.new}


def test_of_a_design_that_cannot_be_read_nothing_is_gone() -> None:
    """Nobody knows."""
    assert lists(heartbeats(HEAD + WEBSOCKET, "- nothing\n")) == {"unreviewed": 1}


def test_in_a_file_that_cannot_be_read_no_design_is_gone() -> None:
    """Nobody knows that either."""
    before = f"{HEAD}name: A\n---\n{HEAD}name: B\n"
    assert [one.after is None for one in compare(reviews(before), reviews("{"))] == [False]


def test_of_a_design_that_could_not_be_read_all_is_new() -> None:
    """Nobody has seen it before."""
    assert lists(heartbeats("- nothing\n", HEAD + WEBSOCKET)) == {"new": 1}


def pairs(before: list[str], after: list[str]) -> list[tuple[str | None, str | None]]:
    """The names of designs in one file before and after, as they belong together."""

    def written(names: list[str]) -> list[Review]:
        return reviews("---\n".join(f"{HEAD}name: {name}\n" for name in names)) if names else []

    told = compare(written(before), written(after))
    return [(one.before and one.before.name, one.after and one.after.name) for one in told]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (["A"], ["B"], [("A", "B")]),
        (["A", "B"], ["B", "A"], [("B", "B"), ("A", "A")]),
        (["A", "B"], ["C", "A", "B"], [(None, "C"), ("A", "A"), ("B", "B")]),
        (["A", "B", "C"], ["A", "D", "C"], [("A", "A"), ("B", "D"), ("C", "C")]),
        (["A", "B"], ["B"], [("B", "B"), ("A", None)]),
        (["A", "A"], ["A"], [("A", "A"), ("A", None)]),
    ],
)
def test_designs_of_a_file_belong_together_by_name_then_by_position(
    before: list[str], after: list[str], told: list[tuple[str | None, str | None]]
) -> None:
    """A name is asked for in the whole file before any position is."""
    assert pairs(before, after) == told


def caused(before: str, after: str, name: str) -> tuple[str, str, tuple[Cause, ...]]:
    """What a number was and is, and why."""
    (one,) = [one for one in changed(before, after).consequences if one.name == name]
    return one.before, one.after, one.causes


def test_a_number_goes_with_the_field_that_made_it_another() -> None:
    """And with no other that it rests on."""
    text = HEAD + "workload: {connections: 20k}\ntopology: {nodes: 4}\n"
    assert caused(text, text.replace("20k", "200k"), "Connections per node") == (
        "5000",
        "50,000",
        (Cause("workload.connections", "20,000", "200,000"),),
    )


def test_jitter_that_ends_waves_reads_as_no_step_back() -> None:
    """Of clients in step only a bound is known, which is sooner than what the plan with jitter takes."""
    waves = (
        f"{HEAD}workload: {{connections: 60k}}\n"
        "transport: {kind: websocket, reconnect: {strategy: exponential, base: 1s, cap: 30s, jitter: none}}\n"
        "topology: {nodes: 6, node: {accept_rate: 500/s}}\n"
    )
    spread = waves.replace("jitter: none", "jitter: full, first_delay: 0s..30s")
    back = {
        (one.name, one.before, one.after)
        for one in changed(waves, spread).consequences
        if "back" in one.name or "return" in one.name
    }
    assert back == {("Everybody back after a restart, at the best", "", "30 s")}


def test_a_number_that_is_gone_goes_with_the_reason(spec: Callable[..., Path]) -> None:
    """No field of the formula is another one: what it is a number of is not there any more, or was not."""
    beats = HEAD + "transport: {kind: websocket, heartbeat: {interval: 25s, timeout: 20s}}\n"
    none = beats.replace("{interval: 25s, timeout: 20s}", "none")
    for before, after, because in ((beats, none, ""), (none, beats, "before, ")):
        told = cli("diff", spec(before, "before.yaml"), spec(after, "after.yaml")).stdout
        assert f"because {because}there is no heartbeat" in told
        assert "counted in another way" not in told


def test_a_field_that_the_formula_did_not_ask_for_is_no_cause() -> None:
    """Without jitter the spread of the first attempts does not rest on the base, which is stated."""
    text = HEAD + "transport: {kind: websocket, reconnect: {strategy: exponential, base: 1s, jitter: none}}\n"
    assert caused(text, text.replace("jitter: none", "jitter: full"), "Spread of the first attempts") == (
        "0 s",
        "1 s",
        (Cause("transport.reconnect.jitter", "none", "full"),),
    )


def test_a_number_that_becomes_known_is_a_consequence() -> None:
    """The field that was not stated caused it."""
    text = HEAD + "topology: {nodes: 4}\n"
    assert caused(text, text + "workload: {connections: 20k}\n", "Connections per node") == (
        "",
        "5000",
        (Cause("workload.connections", "", "20,000"),),
    )


def test_a_number_that_nobody_knows_any_more_is_a_consequence() -> None:
    """The field that is not stated now caused it."""
    text = HEAD + "topology: {nodes: 4}\n"
    assert caused(text + "workload: {connections: 20k}\n", text, "Connections per node") == (
        "5000",
        "",
        (Cause("workload.connections", "20,000", ""),),
    )


def test_a_default_of_another_platform_is_told_as_one() -> None:
    """The spec states no interval, neither before nor after."""
    text = HEAD + "workload: {connections: 100}\ntransport: {kind: websocket, library: socket.io@4}\n"
    before, after, causes = caused(text, text.replace("socket.io@4", "sockjs"), "Frames of all heartbeats")
    assert before != after
    assert any("default of socket.io@4" in one.before for one in causes)


def test_a_field_that_moves_into_the_feature_causes_nothing() -> None:
    """It has the value that it had."""
    beat = "heartbeat: {interval: 20s}"
    before = (
        features("chat: {purpose: chat}")
        + f"transport: {{kind: websocket, {beat}}}\nworkload: {{connections: 100}}\n"
    )
    after = (
        features(f"chat: {{purpose: chat, transport: {{kind: websocket, {beat}}}}}")
        + "workload: {connections: 200}\n"
    )
    assert caused(before, after, "Frames of all heartbeats")[2] == (
        Cause("workload.connections", "100", "200"),
    )


def test_a_connection_that_one_more_feature_shares_has_its_numbers() -> None:
    """They are compared with those that it had."""
    rest = "workload: {connections: 100}\ntopology: {nodes: 2}\n" + WEBSOCKET
    before = features("chat: {purpose: chat}") + rest
    after = features("chat: {purpose: chat}", "likes: {purpose: chat}") + rest.replace("100", "200")
    assert caused(before, after, "Connections per node")[:2] == ("50", "100")


# Through git, as a person calls it.

DESIGN = f"{HEAD}name: Chat\nworkload: {{connections: 20k}}\ntopology: {{nodes: 4}}\n{WEBSOCKET}"


def told(*words: object) -> Any:
    """The changes that `rtreview diff` tells of, as JSON."""
    return json.loads(cli("diff", *words, "--format", "json").stdout)["changes"]


def what(changes: Any) -> list[tuple[str | None, str | None, int, int]]:
    """Paths before and after, and how much is new and gone."""
    return [(one["before"], one["after"], len(one["new"]), len(one["gone"])) for one in changes]


@pytest.fixture
def project(repository: Repository) -> Repository:
    """A repository with a design that has a fault."""
    repository.write("docs/chat.rtreview.yaml", DESIGN)
    repository.commit()
    return repository


def test_a_directory_is_compared_with_what_it_was(project: Repository) -> None:
    """A design is new, another is gone, and one is as it was."""
    project.write("docs/old.rtreview.yaml", DESIGN.replace("Chat", "Old"))
    project.commit()
    (project.folder / "docs/old.rtreview.yaml").unlink()
    project.write("docs/new.rtreview.yaml", f"{HEAD}name: New\n")
    rows = what(told("--base", "main", "docs"))
    assert [row[:2] for row in rows] == [
        ("docs/chat.rtreview.yaml", "docs/chat.rtreview.yaml"),
        (None, "docs/new.rtreview.yaml"),
        ("docs/old.rtreview.yaml", None),
    ]


def test_a_renamed_file_is_compared_with_what_it_was(project: Repository) -> None:
    """Nothing of it is new."""
    project.git("mv", "docs/chat.rtreview.yaml", "docs/talk.rtreview.yaml")
    rows = what(told("--base", "main", "docs"))
    assert rows == [("docs/chat.rtreview.yaml", "docs/talk.rtreview.yaml", 0, 0)]


def test_a_call_from_a_folder_below_names_what_it_sees(
    project: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a design that is gone."""
    project.git("rm", "--quiet", "docs/chat.rtreview.yaml")
    project.write("other/x.rtreview.yaml", HEAD)
    monkeypatch.chdir(project.folder / "other")
    rows = what(told("--base", "main", ".."))
    assert [row[:2] for row in rows] == [
        (None, "../other/x.rtreview.yaml"),
        ("../docs/chat.rtreview.yaml", None),
    ]


def test_files_of_one_name_in_two_folders_are_told_apart(
    project: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is called from here as the other is from the top."""
    project.write("here/docs/chat.rtreview.yaml", f"{HEAD}name: Chat\n")
    project.commit()
    project.write("docs/chat.rtreview.yaml", DESIGN + "# changed\n")
    monkeypatch.chdir(project.folder / "here")
    assert all(row[2:] == (0, 0) for row in what(told("--base", "main", "docs", "../docs")))


def test_a_design_that_left_its_document_is_gone(project: Repository) -> None:
    """The Markdown file is still there."""
    project.write("docs/a.md", f"# A\n\n```yaml rtreview\n{DESIGN}```\n")
    project.commit()
    project.write("docs/a.md", "# A\n")
    rows = what(told("--base", "main", "docs"))
    assert [row[:2] for row in rows][-1] == ("docs/a.md", None)


def test_a_deleted_file_that_is_excluded_is_not_gone(project: Repository) -> None:
    """Nobody asked for it."""
    project.write(".rtreview.toml", 'exclude = ["drafts/"]\n')
    project.write("drafts/a.rtreview.yaml", DESIGN)
    project.commit()
    (project.folder / "drafts/a.rtreview.yaml").unlink()
    assert [row[1] for row in what(told("--base", "main", "."))] == ["docs/chat.rtreview.yaml"]


def test_a_deleted_file_that_is_included_is_gone(project: Repository) -> None:
    """It was a design by the configuration."""
    project.write(".rtreview.toml", 'include = ["designs/*.yaml"]\n')
    project.write("designs/a.yaml", DESIGN)
    project.commit()
    (project.folder / "designs/a.yaml").unlink()
    assert what(told("--base", "main", "."))[-1][:2] == ("designs/a.yaml", None)


def test_an_empty_file_of_the_base_is_not_what_it_is_now(project: Repository) -> None:
    """What is found in the file that was empty is new."""
    project.write("docs/chat.rtreview.yaml", "")
    project.commit()
    project.write("docs/chat.rtreview.yaml", DESIGN)
    assert told("--base", "main", "docs")[0]["new"]


def test_rubbish_at_the_base_makes_all_new(project: Repository) -> None:
    """Bytes that are no text were no design."""
    project.write("docs/chat.rtreview.yaml", bytes(range(256)) * 9)
    project.commit()
    project.write("docs/chat.rtreview.yaml", DESIGN)
    result = cli("diff", "--base", "main", "docs", "--select", "missing-heartbeat")
    assert "could not be read before" in result.stdout
    assert result.exit_code == 1


def test_a_design_that_breaks_is_told_and_is_exit_3(project: Repository) -> None:
    """With the mistake at its line."""
    project.write("docs/chat.rtreview.yaml", DESIGN + "transprt: {}\n")
    result = cli("diff", "--base", "main", "docs")
    assert result.exit_code == 3
    assert "docs/chat.rtreview.yaml:6:1" in result.stdout


def test_standard_input_has_no_revision(project: Repository) -> None:
    """It is refused, not called new."""
    del project
    result = cli("diff", "--base", "main", "-", stdin=DESIGN.encode())
    assert (result.exit_code, result.stderr) == (
        2,
        "rtreview: standard input is in no revision: name a file\n",
    )


def test_standard_input_is_compared_with_a_file(project: Repository) -> None:
    """`git show main:design | rtreview diff - design`."""
    del project
    result = cli("diff", "-", "docs/chat.rtreview.yaml", stdin=DESIGN.encode())
    assert (result.exit_code, result.stdout.count("0 new")) == (0, 1)


@pytest.mark.parametrize(
    "files",
    [
        ("nosuch.yaml", "docs/chat.rtreview.yaml"),
        ("docs/chat.rtreview.yaml", "nosuch.yaml"),
        ("nosuch.yaml",) * 2,
    ],
)
def test_a_file_that_does_not_exist_is_exit_3_on_either_side(
    project: Repository, files: tuple[str, str]
) -> None:
    """It was taken for a design of which everything is new."""
    del project
    result = cli("diff", *files)
    assert (result.exit_code, result.stdout.count("nosuch.yaml:1:1")) == (3, 1)
    assert "The file cannot be opened: No such file or directory." in result.stdout
    (change,) = json.loads(cli("diff", *files, "--format", "json").stdout)["changes"]
    assert (change["new"], len(change["unreviewed"])) == ([], 1)


@pytest.mark.parametrize("name", ["HEAD", "main"])
def test_a_revision_in_place_of_a_file_is_told_its_option(project: Repository, name: str) -> None:
    """By the name that git knows; what is a file is one, whatever else is called so."""
    design = "docs/chat.rtreview.yaml"
    said = f"rtreview: `{name}` is a revision, and no file: did you mean `--base {name} {design}`?\n"
    for words in ((name, design), (design, name)):
        result = cli("diff", *words)
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", said)
    project.write(name, DESIGN)
    assert cli("diff", name, design).exit_code == 0


def test_an_unknown_revision_is_wrong_use(project: Repository) -> None:
    """One line on standard error."""
    del project
    result = cli("diff", "--base", "-x", "docs")
    assert (result.exit_code, result.stderr) == (2, "rtreview: git knows no revision `-x`\n")


@pytest.mark.slow
def test_a_change_is_told_in_the_same_bytes_twice(project: Repository) -> None:
    """In every format."""
    project.write("docs/chat.rtreview.yaml", FLAWED.read_bytes())
    for name in ("text", "json", "markdown"):
        words = ("diff", "--base", "main", "docs", "--format", name)
        assert cli(*words).stdout_bytes == cli(*words).stdout_bytes


def test_new_only_shows_what_diff_calls_new(project: Repository) -> None:
    """Neither more nor less."""
    project.write("docs/chat.rtreview.yaml", FLAWED.read_bytes())
    new = [
        one["finding"]["fingerprint"] for change in told("--base", "main", "docs") for one in change["new"]
    ]
    report = json.loads(cli("--new-only", "--base", "main", "docs", "--format", "json").stdout)
    assert [one["fingerprint"] for one in report["reviews"][0]["findings"]] == new


@pytest.mark.parametrize("fail_on", ["error", "warning", "info"])
def test_what_nobody_touched_passes(fail_on: str, project: Repository) -> None:
    """Whatever is found in it, notes on platforms included."""
    project.write("docs/a.rtreview.yaml", DESIGN.replace("kind", "library: soket.io, kind"))
    project.commit()
    result = cli("--new-only", "--base", "main", "docs", "--fail-on", fail_on)
    assert result.exit_code == 0
    assert cli("docs", "--fail-on", fail_on).exit_code == 1


def test_what_cannot_be_read_is_never_known(project: Repository) -> None:
    """It was broken before, and is told all the same."""
    project.write("docs/broken.rtreview.yaml", "{")
    project.commit()
    assert cli("--new-only", "--base", "main", "docs").exit_code == 3


def test_a_baseline_does_not_hide_what_a_change_brings(project: Repository) -> None:
    """What the baseline knows and the base has not, the change itself has taken up."""
    project.write("docs/chat.rtreview.yaml", f"{HEAD}name: Chat\n")
    project.commit()
    project.write("docs/chat.rtreview.yaml", DESIGN)
    assert cli("baseline", "write", "docs").exit_code == 0
    assert cli("docs").exit_code == 0
    assert cli("--new-only", "--base", "main", "docs").exit_code == 1
    assert cli("diff", "--base", "main", "docs").exit_code == 1


DESIGNS = [*EXAMPLES, *sorted((ROOT / "tests" / "corpus").glob("*.rtreview.yaml"))]


@pytest.mark.slow
@settings(max_examples=40, phases=[Phase.generate])
@given(st.sampled_from(DESIGNS), st.sampled_from(DESIGNS))
def test_whatever_a_number_is_laid_to_is_a_change_of_the_spec(old: Path, new: Path) -> None:
    """Between any two designs: each field that is named says something else in the one than in the other."""
    (before,), (after,) = (
        engine.review(file.read_bytes(), "design.yaml", with_numbers=True) for file in (old, new)
    )
    for consequence in compare([before], [after])[0].consequences:
        for cause in consequence.causes:
            said = [cause.before, cause.after]
            assert said[0] != said[1], (consequence.name, cause)
            names = {field.name for number in (*before.numbers, *after.numbers) for field in number.fields}
            assert cause.field in names


def test_a_field_that_is_stated_for_the_first_time_is_a_cause(spec: Callable[..., Path]) -> None:
    """Also where no number asked for it before: it is looked up in the other spec."""
    plan = (
        "transport: {kind: websocket, reconnect: {strategy: exponential, base: 1s, cap: 30s, jitter: full%s}}"
    )
    old, new = (
        spec(f"rtreview: 1\nworkload: {{connections: 20k}}\n{plan % more}\n", f"{number}.yaml")
        for number, more in enumerate(("", ", first_delay: 0s..20s"))
    )
    told = cli("diff", old, new).stdout
    assert "because of transport.reconnect.first_delay not stated -> 0 s to 20 s" in told
