"""Accepted risks: what covers what, what ends it, and what is left open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from conftest import RULEBOOK, cli

from rtreview.language.field import Default, Fallback
from rtreview.language.spec import read as spec_of
from rtreview.reviews.engine import review
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Review

HEAD = "rtreview: 1\nworkload: {connections: 200}\n"
ENTRY = "accepted: [{rule: missing-heartbeat, reason: five people, owner: tools, until: 2027-01-31}]\n"
FAULT = "transport: {kind: websocket, heartbeat: none}\n"
TODAY = date(2026, 11, 23)


def only(text: str, today: date = TODAY, **options: object) -> Review:
    """The review of a text on a day."""
    (one,) = review(text, "design.yaml", Policy(RULEBOOK, today=today, **options))  # type: ignore[arg-type]
    return one


def rules(one: Review) -> set[str]:
    """The rules of open findings that have to do with the heartbeat or with acceptance."""
    return {found.rule for found in one.findings if "heartbeat" in found.rule or "accepted" in found.rule}


def test_an_accepted_finding_is_set_apart_with_what_is_said_of_it() -> None:
    """It is not open, and reason, owner, end and place go with it."""
    one = only(HEAD + FAULT + ENTRY)
    assert rules(one) == set()
    ((found, said),) = one.accepted
    assert found.rule == "missing-heartbeat"
    assert (said.reason, said.owner, said.ends) == ("five people", "tools", "until 2027-01-31")
    assert said.place.span.line == 4


@pytest.mark.parametrize(
    ("today", "open_"),
    [
        (date(2027, 1, 31), set()),
        (date(2027, 2, 1), {"missing-heartbeat", "accepted-risk-ended"}),
    ],
)
def test_the_last_day_is_included(today: date, open_: set[str]) -> None:
    """On the day after it the finding is open again, and so is a finding on the entry."""
    assert rules(only(HEAD + FAULT + ENTRY, today)) == open_


def test_a_policy_without_acceptances_shows_the_review_without_them() -> None:
    """Every finding is open, and nothing is said of the entries."""
    one = only(HEAD + FAULT + ENTRY, with_accepted=False)
    assert rules(one) == {"missing-heartbeat"}
    assert one.accepted == ()


def test_a_required_rule_cannot_be_accepted() -> None:
    """The finding stays open, and the entry is a finding."""
    one = only(HEAD + FAULT + ENTRY, required=("missing-heartbeat",))
    assert rules(one) == {"missing-heartbeat", "accepted-risk-without-effect"}


def test_ignoring_the_rules_on_acceptance_makes_no_void_one_good() -> None:
    """An ended acceptance covers nothing, whether or not anybody asks for the rule that says so."""
    one = only(HEAD + FAULT + ENTRY, date(2030, 1, 1), ignore=("accepted-risk-ended",))
    assert rules(one) == {"missing-heartbeat"}


def test_a_rule_on_acceptance_alone_still_knows_what_is_covered() -> None:
    """With only that rule selected, the rule that the entry names runs unseen."""
    one = only(HEAD + FAULT + ENTRY, select=("accepted-risk-unused",))
    assert one.findings == ()
    assert one.accepted == ()
    assert [judgement.verdict for judgement in one.judgements] == ["passed"]


def test_an_entry_of_a_rule_that_does_not_run_is_not_unused() -> None:
    """What was ignored tells nothing about what it would find."""
    assert rules(only(HEAD + FAULT + ENTRY, ignore=("missing-heartbeat",))) == set()


SHARED = (
    "rtreview: 1\n" + FAULT + "features: {chat: {purpose: chat}, feed: {purpose: feed}}\n"
    "accepted: [{rule: missing-heartbeat, feature: chat, reason: r, owner: o, until: 2027-01-31}]\n"
)


def test_a_finding_of_two_features_is_accepted_for_one() -> None:
    """It stays open for the other."""
    one = only(SHARED)
    ((found, _),) = one.accepted
    assert found.features == ("chat",)
    assert [found.features for found in one.findings if found.rule == "missing-heartbeat"] == [("feed",)]


COMMENT = "# rtreview: accept missing-heartbeat -- five people (tools, until 2027-01-31)"


@pytest.mark.parametrize(
    "text",
    [
        f"rtreview: 1\ntransport:\n  kind: websocket\n  heartbeat: none  {COMMENT}\n",
        f"rtreview: 1\ntransport:\n  kind: websocket\n  {COMMENT}\n  heartbeat: none\n",
        f"rtreview: 1\ntransport:\n  kind: websocket\n  {COMMENT}\n\n  # another word\n  heartbeat: none\n",
        f"rtreview: 1\ntransport: {{kind: websocket, heartbeat: none}}  {COMMENT}",
        f"rtreview: 1\n---\nrtreview: 1\ntransport:\n  heartbeat: none {COMMENT}\n  kind: websocket",
    ],
    ids=["behind it", "above it", "above it with others", "on a line of many", "in the second document"],
)
def test_a_comment_accepts_what_is_found_on_its_line(text: str) -> None:
    """Behind the value, or on a line of its own above it."""
    one = review(text, "design.yaml", Policy(RULEBOOK, today=TODAY))[-1]
    ((found, said),) = one.accepted
    assert (found.rule, said.reason, said.owner) == ("missing-heartbeat", "five people", "tools")


def test_a_comment_accepts_nothing_on_other_lines() -> None:
    """The finding stays open, and the comment is unused."""
    one = only(f"rtreview: 1\ntransport:\n  kind: websocket  {COMMENT}\n  heartbeat: none\n")
    assert rules(one) == {"missing-heartbeat", "accepted-risk-unused"}


def test_a_comment_works_in_a_markdown_document() -> None:
    """In the fence; the same words in the prose are prose."""
    design = f"rtreview: 1\ntransport:\n  kind: websocket\n  heartbeat: none {COMMENT}\n"
    text = f"{COMMENT}\n```yaml rtreview\n{design}```\n"
    (one,) = review(text, "design.md", Policy(RULEBOOK, today=TODAY))
    assert [said.place.span.line for _, said in one.accepted] == [6]


@pytest.mark.parametrize(
    "value",
    ["'x  {c}'", '"x {c}"', "|\n  x\n  {c}\n", ">-\n  {c}"],
    ids=["single quotes", "double quotes", "literal block", "folded block"],
)
def test_what_only_looks_like_a_comment_is_text(value: str) -> None:
    """Inside a quoted or block text a # begins no comment."""
    one = only(
        f"rtreview: 1\nsummary: {value.format(c=COMMENT)}\ntransport: {{kind: websocket, heartbeat: none}}"
    )
    assert rules(one) == {"missing-heartbeat"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("ignore missing-heartbeat", "Expected `# rtreview: accept RULE -- reason"),
        ("acept missing-heartbeat", "Expected `# rtreview: accept RULE -- reason"),
        ("accept", "Expected `# rtreview: accept RULE -- reason"),
        ("accept missing-heartbeat -- r (o, until tomorrow)", "Expected a day such as `2027-01-31`"),
        ("accept missing-heartbeat -- r (o, 2027-01-31)", "Expected `until` and a day"),
        ("accept missing-heartbeat -- r (o, while connections < 3)", "is no number of a design"),
        ("accept missing-heartbeat -- r (o, while workload.conections < 3)", "mean `connections`?"),
        ("accept missing-heartbeat -- r (o, while transport.kind < 3)", "is no number"),
        ("accept missing-heartbeat -- r (o, while workload.connections < 3s)", "`workload.connections`: "),
        ("accept missing-heartbeat -- r (o, while workload.connections is small)", "Expected a condition"),
    ],
)
def test_a_comment_that_cannot_be_read_is_a_finding(words: str, said: str) -> None:
    """At its own line and column, and nothing is passed in silence."""
    one = only(f"rtreview: 1\ntransport: {{kind: websocket, heartbeat: none}} # rtreview: {words}")
    (found,) = one.findings
    assert (found.rule, found.place.span.line, found.place.span.column) == ("schema", 2, 47)
    assert said in found.message


@pytest.mark.parametrize("comment", ["# rtreview: 1", "# rtreview: see ADR 12", "# not rtreview: accept x"])
def test_other_comments_are_left_alone(comment: str) -> None:
    """A version that was commented out, or a word to a reader, is no instruction."""
    assert rules(only(f"rtreview: 1\ntransport: {{kind: websocket, heartbeat: none}} {comment}")) == {
        "missing-heartbeat"
    }


def test_a_second_acceptance_of_the_same_finding_is_unused() -> None:
    """The first one covers it."""
    text = HEAD + f"transport: {{kind: websocket, heartbeat: none}} {COMMENT}\n" + ENTRY
    assert rules(only(text)) == {"accepted-risk-unused"}


def test_today_and_no_accepted_are_options(spec: Callable[..., Path]) -> None:
    """`--today` sets the day, and `--no-accepted` leaves acceptances out."""
    file = spec(HEAD + FAULT + ENTRY)
    select = ["--select", "missing-heartbeat,accepted-risk-ended"]
    assert cli(*select, "--today", "2027-01-31", file).exit_code == 0
    told = cli(*select, "--today", "2027-02-01", file)
    assert (told.exit_code, "until 2027-01-31, and today is" in told.stdout) == (1, True)
    assert cli(*select, "--today", "2027-01-31", "--no-accepted", file).exit_code == 1
    told = cli("--today", "soon", file)
    assert told.exit_code == 2
    assert "--today" in told.stderr


WHILE = ENTRY.replace("until: 2027-01-31", "while: workload.connections < 1k")
SILENT = "rtreview: 1\n"


def house(name: str, content: dict[str, object]) -> Fallback:
    """What a team's configuration says where a design is silent."""
    values = spec_of({"rtreview": 1, **content})
    return Fallback(values, lambda inside: Default(name, "documented" if name else "assumed", inside, "x:1"))


@pytest.mark.parametrize(("name", "covers"), [("the team", True), ("", False)])
def test_a_condition_holds_for_a_limit_of_the_house_and_not_for_an_assumption(
    name: str, covers: bool
) -> None:
    """Nobody has said that an assumed number is that of the design."""
    fallbacks = (house(name, {"workload": {"connections": 200}}),)
    one = only(SILENT + FAULT + WHILE, fallbacks=fallbacks)
    assert bool(one.accepted) is covers
    assert rules(one) == (set() if covers else {"missing-heartbeat", "accepted-risk-ended"})


@pytest.mark.parametrize(
    ("workload", "said"),
    [
        ("", "and `workload.connections` is not stated."),
        ("workload: {connections: none}\n", "and `workload.connections` is `none`."),
    ],
)
def test_a_condition_on_a_number_that_is_not_there_covers_nothing(workload: str, said: str) -> None:
    """It says whether the number is missing, or decided against."""
    one = only(SILENT + workload + FAULT + WHILE)
    (found,) = [found for found in one.findings if found.rule == "accepted-risk-ended"]
    assert found.message.endswith(said)
    assert one.accepted == ()


@pytest.mark.parametrize(
    ("end", "day", "covers"),
    [
        ("until: 2027-01-31, while: workload.connections < 1k", date(2027, 1, 31), True),
        ("until: 2027-01-31, while: workload.connections < 1k", date(2027, 2, 1), False),
        ("until: 2027-01-31, while: workload.connections < 100", date(2027, 1, 31), False),
        ("while: workload.connections <= 200", TODAY, True),
        ("while: workload.connections < 200", TODAY, False),
        ("while: workload.connections > 100 and workload.connections < 1k", TODAY, True),
        ("while: workload.connections > 300 and workload.connections < 1k", TODAY, False),
    ],
)
def test_every_end_has_to_hold(end: str, day: date, covers: bool) -> None:
    """The day and each comparison of the condition."""
    assert bool(only(HEAD + FAULT + ENTRY.replace("until: 2027-01-31", end), day).accepted) is covers


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("missing-hartbeat", "No rule is called `missing-hartbeat`: did you mean `missing-heartbeat`?"),
        ("all", "`all` would accept every rule: name the one that is meant."),
        ("schema", "No rule is called `schema`."),
        ("accepted-risk-unused", "`accepted-risk-unused` judges what is accepted: nobody can accept it."),
    ],
)
def test_an_entry_names_a_rule_that_can_be_accepted(rule: str, said: str) -> None:
    """Else it is a finding at the name, and the fault stays open."""
    one = only(HEAD + FAULT + ENTRY.replace("missing-heartbeat", rule))
    (found,) = [found for found in one.findings if found.rule == "accepted-risk-without-effect"]
    assert found.message == said
    assert "missing-heartbeat" in rules(one)


@pytest.mark.parametrize("missing", ["reason: five people, ", "owner: tools, ", ", until: 2027-01-31"])
def test_reason_owner_and_end_are_required(missing: str) -> None:
    """Without one of them the entry covers nothing."""
    one = only(HEAD + FAULT + ENTRY.replace(missing, ""))
    assert rules(one) == {"missing-heartbeat", "accepted-risk-incomplete"}


def test_a_question_can_be_accepted() -> None:
    """What a team does not want to say yet is a risk as well."""
    one = only(HEAD + "transport: {kind: websocket}\n" + ENTRY)
    ((found, _),) = one.accepted
    assert found.verdict == "unstated"
