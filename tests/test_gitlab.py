"""GitLab's code quality: a list of issues that GitLab can show, compare and tell apart."""

from __future__ import annotations

import json
from pathlib import Path, PurePath
from typing import Any

import pytest
from conftest import EXAMPLES, FLAWED, RULEBOOK
from hostile import fitting, line, of_each_state, reports, reviewed
from hypothesis import given

from rtreview.render import gitlab
from rtreview.reviews.engine import unreadable
from rtreview.reviews.report import Report

TWICE = "rtreview: 1\npresence: {grace: none}\n---\nrtreview: 1\npresence: {grace: none}\n"


def rendered(report: Report) -> list[Any]:
    """The issues, each with the keys and types that GitLab asks for, and a fingerprint of its own."""
    issues: list[Any] = json.loads(gitlab.render(report))
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert 1 <= issue["location"]["lines"]["begin"] <= issue["location"]["lines"]["end"]
    prints = {issue["fingerprint"] for issue in issues}
    assert len(prints) == len(issues)
    return issues


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_each_finding_of_an_example_is_an_issue(example: Path) -> None:
    """With its rule, file and line."""
    report = reviewed(example.read_text("utf-8"), f"./designs/{example.name}")
    (one,) = report.reviews
    issues = rendered(report)
    assert [issue["check_name"] for issue in issues] == [finding.rule for finding in one.findings]
    assert [issue["location"] for issue in issues] == [
        {
            "path": f"designs/{example.name}",
            "lines": {"begin": finding.place.span.line, "end": finding.place.span.end_line},
        }
        for finding in one.findings
    ]


def test_an_issue_says_what_is_wrong_and_what_to_do() -> None:
    """A violation ends with its fix, a question with what it asks."""
    by_rule = {issue["check_name"]: issue for issue in rendered(reviewed(FLAWED.read_text("utf-8")))}
    violated = by_rule["polling-without-affinity"]["description"]
    assert violated.startswith("With 4 nodes and no affinity, each poll")
    assert violated.endswith("state it as `topology.affinity: cookie`.")
    assert by_rule["presence-store-without-expiry"]["description"].endswith("and after how long?")


def test_severities_leave_info_to_what_is_accepted() -> None:
    """Error is critical, warning major, info minor; what could not be reviewed is a blocker."""
    report = reviewed(FLAWED.read_text("utf-8"))
    names = {"error": "critical", "warning": "major", "info": "minor"}
    expected = [names[finding.severity] for finding in report.reviews[0].findings]
    assert [issue["severity"] for issue in rendered(report)] == expected
    assert len(set(expected)) > 1
    (issue,) = rendered(Report((unreadable("gone.yaml", "the file cannot be opened"),), RULEBOOK))
    assert issue["severity"] == "blocker"


def test_an_accepted_finding_stays_visible() -> None:
    """It is an info that begins with its terms, and an issue apart from the open one."""
    issues = rendered(of_each_state())
    (found,) = [issue for issue in issues if issue["check_name"] == "heartbeat-slower-than-path"]
    terms = "accepted until 2027-01-31 by chat team: all clients are ours. The heartbeat interval of 60 s"
    assert found["description"].startswith(terms)
    assert found["severity"] == "info"
    open_ones = rendered(reviewed(FLAWED.read_text("utf-8")))
    assert found["fingerprint"] not in {issue["fingerprint"] for issue in open_ones}


def test_a_known_finding_is_left_out() -> None:
    """GitLab compares with the target branch by itself."""
    names = [issue["check_name"] for issue in rendered(of_each_state())]
    assert "reconnect-without-jitter" not in names
    assert len(names) == len(of_each_state().reviews[0].findings) + 1


def test_equal_findings_have_fingerprints_of_their_own() -> None:
    """In two documents of a file, in two files, and in a file that is named twice."""
    two = reviewed(TWICE, "a.yaml").reviews
    other = reviewed(TWICE, "b.yaml").reviews
    issues = rendered(Report((*two, *other, *two), RULEBOOK))
    assert len(issues) == 3 * sum(len(one.findings) for one in two) > 0


def test_a_fingerprint_stays_where_lines_move() -> None:
    """GitLab knows the issue again when something is written above it, or in another file."""
    before = {issue["fingerprint"] for issue in rendered(reviewed(TWICE))}
    other = reviewed(TWICE, "before.yaml").reviews
    moved = reviewed(f"# a comment\n\n{TWICE}")
    after = rendered(Report((*other, *moved.reviews), RULEBOOK))
    assert before == {one["fingerprint"] for one in after if one["location"]["path"] == "chat.yaml"}


def test_nothing_found_is_an_empty_list() -> None:
    """GitLab takes that for nothing found, and an empty file for a broken one."""
    assert gitlab.render(Report((), RULEBOOK)) == "[]\n"


@pytest.mark.slow
@given(reports)
def test_hostile_words_stay_words(report: Report) -> None:
    """The list is ASCII; descriptions and paths come back as they were, or as documented."""
    written = gitlab.render(report)
    assert written.isascii()
    assert not any(row.lstrip().startswith("::") for row in written.splitlines())
    issues = iter(rendered(report))
    for review in report.reviews:
        for finding in review.findings:
            issue = next(issues)
            assert line(finding.message) in issue["description"]
            assert issue["description"] == line(issue["description"])
            assert issue["location"]["path"] == fitting(PurePath(review.path).as_posix())
        for finding, (reason, owner, ends, _) in review.accepted:
            said = next(issues)["description"]
            assert said.startswith(line(f"accepted {ends} by {owner}: {reason}").rstrip("."))
            assert said.endswith(line(finding.message))
    assert next(issues, None) is None
