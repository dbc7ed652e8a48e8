"""A pull request on a design document, from the baseline to the comment: what the tool is for."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from conftest import DOCUMENT, ROOT, Repository, cli

from rtreview.render import text

RAISED = {"first-reconnect-spread-too-small": 26, "slow-client-memory-budget": 28}
"""What ten times the connections bring, each at its line of the document."""

ENDED = {"accepted-risk-ended": 43, "presence-immediate-removal": 44}
"""The acceptance that its condition ended, and what it covered."""

KNOWN = "join-without-backfill"
"""What was found when the team began."""

SINCE_MAIN = ("--new-only", "--base", "main", "docs")


@pytest.fixture
def project(repository: Repository) -> Repository:
    """A document with an accepted risk, and with a fault that a baseline knows, on the branch of a change."""
    text = DOCUMENT.read_text("utf-8")
    repository.write(
        "docs/desk.md", text.replace("join: {order: subscribe-first}", "join: {order: subscribe-only}")
    )
    assert cli("baseline", "write", "docs", "--today", "2026-11-01").exit_code == 0
    repository.commit()
    repository.git("switch", "--quiet", "--create", "feature")
    return repository


@pytest.fixture
def raised(project: Repository) -> Repository:
    """The branch that raises the connections tenfold."""
    file = project.folder / "docs" / "desk.md"
    project.write("docs/desk.md", file.read_text("utf-8").replace("connections: 4k", "connections: 40k"))
    project.commit()
    return project


@pytest.fixture
def untouched(project: Repository) -> Repository:
    """The branch that does not touch the design."""
    project.write("README.md", "# Desk\n")
    project.commit()
    return project


def lines(findings: Any) -> dict[str, int]:
    """Rules, with the lines that they are found at."""
    return {one["rule"]: one["location"]["line"] for one in findings}


def test_the_document_has_a_known_finding_and_an_accepted_risk(project: Repository) -> None:
    """Before anything changes, both are set apart."""
    del project
    (review,) = json.loads(cli("docs", "--format", "json").stdout)["reviews"]
    assert review["findings"] == []
    assert [one["finding"]["rule"] for one in review["known"]] == [KNOWN]
    assert [one["finding"]["rule"] for one in review["accepted"]] == ["presence-immediate-removal"]


def test_the_change_fails_with_what_it_brings_at_its_lines(raised: Repository) -> None:
    """Two new faults, and the acceptance that it breaks; nothing that was there before."""
    del raised
    result = cli(*SINCE_MAIN, "--format", "json")
    (review,) = json.loads(result.stdout)["reviews"]
    assert lines(review["findings"]) == RAISED | ENDED
    assert [one["finding"]["rule"] for one in review["known"]] == [KNOWN]
    assert result.exit_code == 1


def test_the_baseline_alone_shows_the_same(raised: Repository) -> None:
    """A repository that does not ask git gets the same list."""
    del raised
    result = cli("docs", "--format", "json")
    (review,) = json.loads(result.stdout)["reviews"]
    assert lines(review["findings"]) == RAISED | ENDED
    assert result.exit_code == 1


def test_the_difference_has_the_broken_acceptance_and_the_consequences(raised: Repository) -> None:
    """Each consequence goes with the one field that caused it."""
    del raised
    result = cli("diff", "--base", "main", "docs", "--format", "json")
    (change,) = json.loads(result.stdout)["changes"]
    assert lines(one["finding"] for one in change["new"]) == RAISED | ENDED
    assert [one["finding"]["rule"] for one in change["broken"]] == ["presence-immediate-removal"]
    numbers = {one["name"]: (one["before"], one["after"]) for one in change["consequences"]}
    assert numbers["Connections per node"] == ("1000", "10,000")
    causes = {tuple(cause.values()) for one in change["consequences"] for cause in one["causes"]}
    assert causes == {("workload.connections", "4000", "40,000")}
    assert (change["gone"], change["moved"], result.exit_code) == ([], [], 1)


def test_a_person_reads_the_difference(raised: Repository) -> None:
    """The cause, what it causes, the findings at their lines, and how much of everything."""
    del raised
    result = cli("diff", "--base", "main", "docs")
    said = result.stdout
    assert said.startswith("Support desk  docs/desk.md\n\nbecause of workload.connections 4000 -> 40,000\n")
    assert "Connections per node: 1000 -> 10,000\n" in said
    assert all(f"[{rule}]" in said for rule in RAISED | ENDED)
    assert all(f"docs/desk.md:{line}:" in said for line in (RAISED | ENDED).values())
    assert KNOWN not in said
    tally = "findings: 4 new, 0 gone, 0 moved, 1 no longer accepted; 9 consequences"
    assert said.endswith(f"\n{tally}\n\n{text.EXPLAIN}\n")
    assert max(map(len, said.splitlines())) <= 80
    assert result.exit_code == 1


def test_the_comment_has_the_difference(raised: Repository) -> None:
    """The same in Markdown."""
    del raised
    result = cli("diff", "--base", "main", "docs", "--format", "markdown")
    said = result.stdout
    assert "| `workload.connections` 4000 → 40,000 | Connections per node | 1000 | 10,000 |" in said
    assert "**No longer accepted**: `presence-immediate-removal`." in said
    assert all(f"<code>{rule}</code>" in said for rule in RAISED | ENDED)
    assert all(f", line {line}</summary>" in said for line in (RAISED | ENDED).values())
    assert KNOWN not in said
    assert result.exit_code == 1


def test_code_scanning_gets_the_new_findings(raised: Repository) -> None:
    """The log is valid, and what is known is suppressed in it, if it is there at all."""
    del raised
    result = cli(*SINCE_MAIN, "--format", "sarif")
    log = json.loads(result.stdout)
    jsonschema.Draft4Validator(
        json.loads((ROOT / "tests" / "sarif-schema-2.1.0.json").read_text("utf-8"))
    ).validate(log)
    open_ = {
        one["ruleId"]: one["locations"][0]["physicalLocation"]["region"]["startLine"]
        for one in log["runs"][0]["results"]
        if not one.get("suppressions") and one.get("baselineState") != "unchanged"
    }
    assert open_ == RAISED | ENDED
    assert result.exit_code == 1


def test_a_branch_that_does_not_touch_the_design_passes(untouched: Repository) -> None:
    """Nothing is found, and the status is 0."""
    del untouched
    assert cli(*SINCE_MAIN, "--fail-on", "info").exit_code == 0
    assert cli("docs", "--fail-on", "info").exit_code == 0


def test_of_a_branch_that_does_not_touch_the_design_nothing_is_told(untouched: Repository) -> None:
    """The difference is one line."""
    del untouched
    result = cli("diff", "--base", "main", "docs")
    assert result.stdout == "findings: 0 new, 0 gone, 0 moved, 0 no longer accepted; 0 consequences\n"
    assert result.exit_code == 0


def test_what_the_base_has_got_since_is_not_the_branchs(raised: Repository) -> None:
    """The base mends its old fault while the branch is open: the branch still brings no more than before."""
    raised.git("switch", "--quiet", "main")
    file = raised.folder / "docs" / "desk.md"
    raised.write("docs/desk.md", file.read_text("utf-8").replace("subscribe-only", "subscribe-first"))
    raised.commit()
    raised.git("switch", "--quiet", "feature")
    (review,) = json.loads(cli(*SINCE_MAIN, "--format", "json").stdout)["reviews"]
    assert lines(review["findings"]) == RAISED | ENDED
