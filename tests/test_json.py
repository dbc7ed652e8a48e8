"""The report as data: versioned, complete, and as its schema says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import DOCUMENT, EXAMPLES, FLAWED, ROOT, RULEBOOK, as_json, reviews

from rtreview.render import json as report
from rtreview.reviews.engine import review, unreadable
from rtreview.reviews.report import Report, Review

SCHEMA = json.loads((ROOT / "schemas" / "report.schema.json").read_text("utf-8"))


def rendered(reviews: list[Review]) -> Any:
    """The report, read back and found valid."""
    told = json.loads(report.render(Report(tuple(reviews), RULEBOOK)))
    jsonschema.Draft202012Validator(SCHEMA).validate(told)
    return told


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_the_report_on_an_example_is_valid(example: Any) -> None:
    """What the program writes is what its schema describes."""
    told = rendered(reviews(example))
    assert told["version"] == 1
    assert [one["path"] for one in told["reviews"]] == [example.name]


def test_a_note_is_counted_as_one() -> None:
    """A name that nobody knows leaves nothing unreviewed."""
    (one,) = rendered(review(b"rtreview: 1\ntransport: {path: [edge-of-acme]}", "design.yaml"))["reviews"]
    assert (one["summary"]["unreviewed"], one["summary"]["note"]) == (0, 1)
    assert "note" in {found["verdict"] for found in one["findings"]}


@pytest.mark.parametrize(
    "source", [b"", b"\xff", b"a: [", b"rtreview: 1\ntransprot: {}", b"rtreview: 1\na: 1\na: 2", b"[]"]
)
def test_the_report_on_what_cannot_be_reviewed_is_valid(source: bytes) -> None:
    """Errors of syntax and of the language are findings of the same form."""
    (one,) = rendered(review(source, "design.yaml"))["reviews"]
    assert one["summary"]["unreviewed"] >= 1
    assert one["rules"] == []
    assert one["findings"][0]["cites"]["validation"] is None


def test_a_file_that_cannot_be_opened_has_a_valid_report() -> None:
    """It has a path and a finding, and no name."""
    (one,) = rendered([unreadable("gone.yaml", "the file cannot be opened: no such file")])["reviews"]
    assert (one["path"], one["name"]) == ("gone.yaml", None)
    assert one["findings"][0]["rule"] == "unreadable"


def test_a_finding_has_place_citations_and_fingerprint() -> None:
    """All that a tool needs to show it at the line and to know it again."""
    (one,) = rendered(review(FLAWED.read_bytes(), "chat.yaml"))["reviews"]
    found = one["findings"][0]
    assert found["rule"] == "heartbeat-slower-than-path"
    assert found["verdict"] == "violated"
    assert found["feature"] is None
    assert found["at"] == ["transport", "heartbeat", "interval"]
    assert found["location"] == {"line": 22, "column": 25, "end_line": 22, "end_column": 28}
    assert found["related"][0]["at"] == ["transport", "path", 1, "name"]
    assert found["cites"]["sharp_edges"][0]["id"] == "websocket-proxy-timeout"
    assert found["cites"]["validation"] == {
        "id": "heartbeat-slower-than-path",
        "kind": "validation",
        "title": "The path closes before the heartbeat comes",
        "file": "",
    }
    assert len(found["fingerprint"]) == 16


def test_a_finding_says_what_it_rests_on() -> None:
    """On numbers that are compared, on a decision, or on what the spec does not say."""
    spec = {
        "rtreview": 1,
        "transport": {
            "kind": "websocket",
            "heartbeat": {"interval": "60s"},
            "path": [{"name": "x", "idle_timeout": "60s"}],
            "reconnect": "none",
        },
        "presence": {"kind": "members"},
    }
    findings = rendered(review(json.dumps(spec)))["reviews"][0]["findings"]
    bases = {finding["rule"]: finding["rests_on"] for finding in findings}
    assert bases["heartbeat-slower-than-path"] == "numbers"
    assert bases["missing-reconnection-logic"] == "decision"
    assert bases["presence-immediate-removal"] == "silence"


def test_the_summary_counts_what_is_listed() -> None:
    """The numbers of the summary are those of the findings and the rows."""
    (one,) = rendered(review(FLAWED.read_bytes()))["reviews"]
    for name in ("violated", "unstated"):
        found = {row["rule"] for row in one["findings"] if row["verdict"] == name}
        assert one["summary"][name] == len(found) > 0
    for name in ("undecided", "passed", "not_applicable"):
        rows = [row for row in one["rules"] if row["verdict"] == name.replace("_", "-")]
        assert one["summary"][name] == len(rows)


def test_features_are_named() -> None:
    """A finding of one feature has its name, one of several has them all."""
    source = (
        "rtreview: 1\ntransport: {kind: websocket, heartbeat: none}\n"
        "features:\n  chat: {purpose: chat, presence: {grace: none}}\n  b: {purpose: feed}\n"
    )
    (one,) = rendered(review(source))["reviews"]
    by_rule = {row["rule"]: row for row in one["findings"]}
    assert by_rule["presence-immediate-removal"]["feature"] == "chat"
    assert by_rule["missing-heartbeat"]["feature"] is None
    assert by_rule["missing-heartbeat"]["features"] == ["chat", "b"]


def test_a_change_is_valid(tmp_path: Path) -> None:
    """What `rtreview diff` writes is what its schema describes."""
    larger = tmp_path / "larger.md"
    larger.write_text(DOCUMENT.read_text("utf-8").replace("connections: 4k", "connections: 40k"), "utf-8")
    told = as_json("change", "diff", DOCUMENT, larger)
    (change,) = told["changes"]
    assert change["new"]
    assert change["broken"]
    assert change["consequences"]


def test_the_same_spec_gives_the_same_bytes() -> None:
    """Nothing in the report depends on time, order of hashing or place."""
    assert rendered(review(FLAWED.read_bytes())) == rendered(review(FLAWED.read_bytes()))
