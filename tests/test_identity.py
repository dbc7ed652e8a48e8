"""Which design is which, before and after a change: what keeps its findings, and what inherits none."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from conftest import Repository, cli

from rtreview.history.identity import pairs
from rtreview.reviews.engine import review
from rtreview.reviews.report import Review

HEAD = "rtreview: 1\n"
CHAT = """\
workload: {connections: 20k}
transport: {kind: websocket, heartbeat: none, reconnect: none}
backpressure: {queue: {max_messages: 100}, overflow: drop-oldest}
"""
BOARD = """\
workload: {connections: 300}
transport: {kind: sse, heartbeat: {interval: 20s}}
sync: {delivery: {guarantee: at-least-once}}
"""
FEATURES = "features: {%s: {purpose: chat}}\n"
A, B = "a.rtreview.yaml", "b.rtreview.yaml"
MISSING = "missing-heartbeat"


def called(name: str, content: str) -> str:
    """A design with a name; without one where it is empty."""
    return f"{HEAD}name: {name}\n{content}" if name else HEAD + content


def reviews(**files: Sequence[str]) -> list[Review]:
    """Reviews of the designs in some files."""
    return [
        one
        for file, designs in files.items()
        for one in review("---\n".join(designs).encode(), f"{file}.rtreview.yaml")
    ]


def together(before: list[Review], after: list[Review]) -> list[tuple[str, str]]:
    """Each design with what it was, as the file and the number of each: `a1`; nothing where there is none."""

    def number(reviews: list[Review], wanted: Review | None) -> str:
        if wanted is None:
            return ""
        own = [one for one in reviews if one.path == wanted.path]
        return f"{wanted.path[0]}{next(at for at, one in enumerate(own, 1) if one is wanted)}"

    return [(number(before, old), number(after, new)) for old, new in pairs(before, after, {})]


SAME = {
    "the name stays": (called("Chat", CHAT), called("Chat", BOARD)),
    "the name alone is another": (called("Chat", CHAT), called("Talk", CHAT)),
    "a name comes": (called("", CHAT), called("Chat", CHAT)),
    "a name goes": (called("Chat", CHAT), called("", CHAT)),
    "a renamed one is edited": (
        called("Chat", CHAT),
        called("Talk", CHAT.replace("20k", "30k").replace("100", "50")),
    ),
    "a renamed one grows": (called("Chat", "transport: {kind: websocket}\n"), called("Talk", CHAT)),
    "one without a name is edited": (called("", CHAT), called("", CHAT.replace("none", "{interval: 20s}"))),
    "one without a name is filled": (called("", ""), called("", CHAT)),
    "a renamed one has a feature more": (
        called("Chat", CHAT + FEATURES % "talk"),
        called("Talk", CHAT + "features: {talk: {purpose: chat}, who: {purpose: presence}}\n"),
    ),
    "it cannot be read any more": (called("Chat", CHAT), "{"),
}
OTHER = {
    "another name, and other contents": (called("Chat", CHAT), called("Board", BOARD)),
    "no name, and other contents": (called("", CHAT), called("", BOARD)),
    "another name, and other features": (
        called("Chat", CHAT + FEATURES % "talk"),
        called("Board", CHAT + FEATURES % "board"),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_a_design_that_keeps_its_name_or_what_it_says_is_what_it_was(name: str) -> None:
    """In its file."""
    before, after = SAME[name]
    assert together(reviews(a=[before]), reviews(a=[after])) == [("a1", "a1")]


@pytest.mark.parametrize("name", OTHER)
def test_another_design_in_the_place_of_one_is_new(name: str) -> None:
    """And that one is gone."""
    before, after = OTHER[name]
    assert together(reviews(a=[before]), reviews(a=[after])) == [("", "a1"), ("a1", "")]


CHAT_, TALK, BOARD_ = called("Chat", CHAT), called("Talk", CHAT), called("Board", BOARD)
MOVES: dict[str, tuple[dict[str, list[str]], dict[str, list[str]], list[tuple[str, str]]]] = {
    "to another file": ({"a": [CHAT_, BOARD_]}, {"a": [BOARD_], "b": [CHAT_]}, [("a2", "a1"), ("a1", "b1")]),
    "to another file, renamed": (
        {"a": [CHAT_, BOARD_]},
        {"a": [BOARD_], "b": [TALK]},
        [("a2", "a1"), ("a1", "b1")],
    ),
    "while another takes its place": (
        {"a": [CHAT_]},
        {"a": [TALK], "b": [CHAT_]},
        [("", "a1"), ("a1", "b1")],
    ),
    "and is filled only in its own file": ({"a": [HEAD]}, {"b": [TALK]}, [("", "b1"), ("a1", "")]),
    "to a file of which one design cannot be read": (
        {"a": [CHAT_], "b": [BOARD_]},
        {"b": [CHAT_, "{"]},
        [("a1", "b1"), ("b1", "b2")],
    ),
    "and is copied": ({"a": [CHAT_]}, {"a": [CHAT_], "b": [CHAT_]}, [("a1", "a1"), ("", "b1")]),
}


@pytest.mark.parametrize("name", MOVES)
def test_a_design_that_moves_is_what_it_was(name: str) -> None:
    """By its name first, wherever that stands now; then by what it says."""
    before, after, expected = MOVES[name]
    assert together(reviews(**before), reviews(**after)) == expected


def rules(*words: str) -> list[str]:
    """The rules of open findings, of the designs themselves."""
    report = json.loads(cli(*words, "--format", "json").stdout)
    found = [finding for one in report["reviews"] for finding in one["findings"]]
    return [finding["rule"] for finding in found if finding["rule"] != "loosened-review"]


@pytest.fixture
def flawed(repository: Repository) -> Repository:
    """A repository whose base has a flawed design, with its findings in a baseline."""
    repository.write(A, called("Chat", CHAT))
    assert cli("baseline", "write", ".").exit_code == 0
    repository.commit()
    return repository


WAYS = {"of the base": ["--new-only"], "of the baseline": []}


@pytest.mark.parametrize("way", WAYS)
def test_a_renamed_design_keeps_what_is_known(way: str, flawed: Repository) -> None:
    """By another name, in another file, or both."""
    flawed.git("mv", A, B)
    flawed.write(B, called("Talk", CHAT.replace("20k", "21k")))
    assert rules("review", "--base", "main", *WAYS[way], ".") == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["Board", ""])
def test_another_design_in_a_file_inherits_nothing_that_is_known(
    way: str, name: str, flawed: Repository
) -> None:
    """The finding has the same rule at the same place, of another design."""
    other = BOARD.replace("sse, heartbeat: {interval: 20s}", "websocket, heartbeat: none")
    flawed.write(A, called(name, other))
    assert MISSING in rules("review", "--base", "main", *WAYS[way], ".")


def test_a_design_without_a_name_passes_no_baseline_on_to_another(repository: Repository) -> None:
    """The entries of a baseline have no name to tell the two apart; the base has what it said."""
    repository.write(A, called("", CHAT))
    assert cli("baseline", "write", ".").exit_code == 0
    repository.commit()
    repository.write(A, called("", BOARD.replace("sse, heartbeat: {interval: 20s}", "websocket")))
    assert MISSING in rules("review", "--base", "main", ".")
    repository.write(A, called("", CHAT.replace("20k", "21k")))
    assert rules("review", "--base", "main", ".") == []


def test_a_baseline_knows_a_design_that_the_base_could_not_read(flawed: Repository) -> None:
    """By the name that it has now: a broken one states none."""
    flawed.write(A, "{")
    flawed.commit()
    flawed.write(A, called("Chat", CHAT))
    assert rules("review", "--base", "main", ".") == []
