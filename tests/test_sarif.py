"""SARIF: valid, complete, and as GitHub's code scanning wants it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
from conftest import EXAMPLES, FLAWED, ROOT, RULEBOOK, reviews
from hostile import fitting, line, of_each_state, reports, reviewed
from hypothesis import given

from rtreview import __version__
from rtreview.render import sarif
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Report

# As OASIS publishes it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json
SCHEMA = json.loads((ROOT / "tests" / "sarif-schema-2.1.0.json").read_text("utf-8"))


def unique(
    validator: object, is_unique: bool, items: list[Any], schema: object
) -> Iterator[jsonschema.ValidationError]:
    """Whether no two items are the same, by their text: to compare each with each takes half of the time."""
    if is_unique and len({json.dumps(item, sort_keys=True) for item in items}) < len(items):
        yield jsonschema.ValidationError(f"{items!r} has something twice")


VALIDATOR = jsonschema.validators.extend(jsonschema.Draft4Validator, {"uniqueItems": unique})(SCHEMA)

LINK = re.compile(r"\[([^\]]+)\]\(([^)]*)\)")


def rendered(report: Report) -> Any:
    """The one run of the log, found valid."""
    log = json.loads(sarif.render(report))
    VALIDATOR.validate(log)
    assert log["$schema"] == SCHEMA["id"]
    (run,) = log["runs"]
    return run


@pytest.fixture(scope="module")
def run() -> Any:
    """The run of a report with findings of each state."""
    return rendered(of_each_state())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_the_log_of_an_example_is_valid(example: Path) -> None:
    """It is as the schema of OASIS says, and has a result for each finding."""
    report = Report(reviews(example), RULEBOOK)
    (one,) = report.reviews
    results = rendered(report)["results"]
    assert [result["ruleId"] for result in results] == [finding.rule for finding in one.findings]


def test_every_rule_that_ran_is_there(run: Any) -> None:
    """A rule that passed is told apart from one that nobody ran."""
    (one,) = of_each_state().reviews
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("rtreview", __version__)
    names = [rule["id"] for rule in driver["rules"]]
    assert len(names) == len(set(names)) == len({judgement.rule for judgement in one.judgements})


def test_rules_have_what_github_shows(run: Any) -> None:
    """Each has title, why, help, level and tags, none longer than GitHub allows, and no dead link."""
    for rule in run["tool"]["driver"]["rules"]:
        assert re.fullmatch(r"(?:[A-Z][a-z0-9]*)+", rule["name"])
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"].startswith(rule["fullDescription"]["text"])
        assert "## The fix" in rule["help"]["markdown"]
        assert not LINK.search(rule["help"]["markdown"])
        assert rule["properties"]["tags"] == ["real-time", RULEBOOK.sections[rule["id"]].topic]
        pair = rule["defaultConfiguration"]["level"], rule["properties"]["problem.severity"]
        assert pair in [("error", "error"), ("warning", "warning"), ("note", "recommendation")]


def test_a_result_leads_to_its_rule_and_its_place(run: Any) -> None:
    """Rule by id and index, level, the sentence with the fix, the region, and the path of the spec."""
    (found,) = [result for result in run["results"] if result["ruleId"] == "polling-without-affinity"]
    assert run["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == "polling-without-affinity"
    assert found["level"] == "error"
    assert found["message"]["text"].startswith("With 4 nodes and no affinity, each poll")
    assert "Turn on affinity by cookie" in found["message"]["text"]
    (location,) = found["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "chat.yaml"},
        "region": {"startLine": 40, "startColumn": 13, "endLine": 40, "endColumn": 17},
    }
    assert location["logicalLocations"] == [{"fullyQualifiedName": "topology.affinity"}]


def test_a_message_links_the_other_places(run: Any) -> None:
    """GitHub shows a related location where the message has a link to its id."""
    related = [result for result in run["results"] if "relatedLocations" in result]
    assert related
    for result in related:
        links = {int(to): said for said, to in LINK.findall(result["message"]["text"])}
        lines = {
            one["id"]: f"line {one['physicalLocation']['region']['startLine']}"
            for one in result["relatedLocations"]
        }
        assert links == lines
        assert all(one["message"]["text"] for one in result["relatedLocations"])


def test_a_question_asks_and_keeps_its_severity(run: Any) -> None:
    """It is of no kind, as that would forbid a level."""
    questions = [result for result in run["results"] if result["properties"]["verdict"] == "unstated"]
    assert questions
    for result in questions:
        assert "kind" not in result
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"].partition(" See [")[0].endswith("?")


def test_columns_count_code_points() -> None:
    """A sign beyond the Basic Multilingual Plane before the place is one column."""
    source = 'rtreview: 1\nfeatures: {"😀": {purpose: chat, presence: {grace: none}}}\n'
    run = rendered(reviewed(source))
    assert run["columnKind"] == "unicodeCodePoints"
    (found,) = [one for one in run["results"] if one["ruleId"] == "presence-immediate-removal"]
    region = found["locations"][0]["physicalLocation"]["region"]
    said = source.splitlines()[region["startLine"] - 1]
    assert said[region["startColumn"] - 1 : region["endColumn"] - 1] == "none"


def test_lines_end_where_yaml_ends_them() -> None:
    """A line of Windows ends once, and the log says so."""
    source = "rtreview: 1\r\n# one\r\n# two\n# three\npresence: {grace: none}\n"
    run = rendered(reviewed(source))
    (found,) = [one for one in run["results"] if one["ruleId"] == "presence-immediate-removal"]
    region = found["locations"][0]["physicalLocation"]["region"]
    rows = re.split("|".join(run["newlineSequences"]), source)
    assert rows[region["startLine"] - 1] == "presence: {grace: none}"


def test_an_accepted_finding_is_suppressed_in_source(run: Any) -> None:
    """With reason, owner and end, and the place where the spec says so."""
    (found,) = [one for one in run["results"] if one["ruleId"] == "heartbeat-slower-than-path"]
    (suppression,) = found["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("inSource", "accepted")
    assert suppression["justification"] == "all clients are ours (chat team, until 2027-01-31)"
    assert suppression["location"]["physicalLocation"]["region"]["startLine"] == 50
    assert "baselineState" not in found


def test_a_known_finding_is_unchanged_and_the_others_are_new(run: Any) -> None:
    """Where a baseline hides findings, each result says on which side of it it stands."""
    (found,) = [one for one in run["results"] if one["ruleId"] == "reconnect-without-jitter"]
    assert found["baselineState"] == "unchanged"
    assert found["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "known since 2026-11-01 (baseline.json)"}
    ]
    others = [one for one in run["results"] if "suppressions" not in one]
    assert len(others) == len(run["results"]) - 2 > 0
    assert {one["baselineState"] for one in others} == {"new"}


def test_without_a_baseline_no_result_has_a_state() -> None:
    """New is a word for where something was compared."""
    run = rendered(reviewed(FLAWED.read_text("utf-8")))
    assert not any("baselineState" in result for result in run["results"])


def test_what_a_baseline_hides_no_more_is_notified(run: Any) -> None:
    """An entry that hides nothing is told of, by name."""
    (told,) = run["invocations"][0]["toolConfigurationNotifications"]
    assert told["message"]["text"] == "baseline.json: this entry hides nothing any more: gone-rule at line 3"


def test_equal_findings_of_two_documents_have_two_fingerprints() -> None:
    """The first has the finding's own, so that a document added behind it changes nothing."""
    one = reviewed("rtreview: 1\npresence: {grace: none}\n")
    two = reviewed("rtreview: 1\npresence: {grace: none}\n---\nrtreview: 1\npresence: {grace: none}\n")
    prints = [result["partialFingerprints"]["rtreview/v1"] for result in rendered(two)["results"]]
    alone = [result["partialFingerprints"]["rtreview/v1"] for result in rendered(one)["results"]]
    assert alone == [finding.fingerprint for finding in one.reviews[0].findings]
    assert prints == [*alone, *(f"{name}:2" for name in alone)]
    assert len(set(prints)) == len(prints) > 1


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("designs/chat.yaml", "designs/chat.yaml"),
        ("./chat.yaml", "chat.yaml"),
        ("../a b/é#1%.yaml", "../a%20b/%C3%A9%231%25.yaml"),
        ("c:chat.yaml", "c%3Achat.yaml"),
        ("/srv/a b.yaml", "file:///srv/a%20b.yaml"),
        ("<stdin>", "%3Cstdin%3E"),
        ("", "."),
        ("\ud800.yaml", "%EF%BF%BD.yaml"),
    ],
)
def test_a_path_is_a_uri(path: str, uri: str) -> None:
    """Relative to where the review ran, or a file's, and nothing in a name has a meaning of its own."""
    found = ("presence-immediate-removal", "missing-reconnection-logic", "unbounded-message-queue")
    source, policy = "rtreview: 1\npresence: {grace: none}\n", Policy(RULEBOOK, select=found)
    run = rendered(Report(tuple(engine.review(source, path, policy)), RULEBOOK))
    assert {one["ruleId"] for one in run["results"]} == set(found)
    assert [one["location"]["uri"] for one in run["artifacts"]] == [uri]
    assert {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]} == {
        uri
    }


def test_what_cannot_be_reviewed_fails_the_execution() -> None:
    """It is a notification for the tool's status, and a result, as GitHub shows only those."""
    run = rendered(Report((engine.unreadable("gone.yaml", "the file cannot be opened"),), RULEBOOK))
    (invocation,) = run["invocations"]
    (told,) = invocation["toolExecutionNotifications"]
    (result,) = run["results"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert invocation["executionSuccessful"] is False
    assert told["level"] == result["level"] == "error"
    assert told["message"]["text"] == result["message"]["text"] == "The file cannot be opened."
    assert told["associatedRule"] == {"id": "unreadable", "index": 0}
    assert (rule["id"], rule["shortDescription"]["text"]) == ("unreadable", "The file cannot be read")


def test_an_unknown_platform_fails_no_execution() -> None:
    """It is a note: the rest was reviewed."""
    run = rendered(reviewed("rtreview: 1\ntransport: {kind: websocket, path: [our-own-proxy]}\n"))
    (found,) = [one for one in run["results"] if one["ruleId"] == "unknown-platform"]
    assert found["level"] == "note"
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_nothing_reviewed_is_a_valid_log() -> None:
    """A report without reviews has no results."""
    assert rendered(Report((), RULEBOOK))["results"] == []


@pytest.mark.slow
@given(reports)
def test_hostile_words_stay_words(report: Report) -> None:
    """The log is valid and ASCII; sentences, names and paths come back as they were, or as documented."""
    written = sarif.render(report)
    assert written.isascii()
    assert not any(row.lstrip().startswith("::") for row in written.splitlines())
    every = rendered(report)["results"]
    results = iter(every)
    for review in report.reviews:
        known = [one.finding for one in review.known]
        accepted = [one.finding for one in review.accepted]
        for finding in [*review.findings, *accepted, *known]:
            result = next(results)
            check_text(result["message"]["text"], finding.message, len(finding.related))
            assert result["properties"]["features"] == [line(name) for name in finding.features]
            physical = result["locations"][0]["physicalLocation"]
            check_uri(physical["artifactLocation"]["uri"], review.path)
        for one in review.accepted:
            reason, owner, ends, _ = one.acceptance
            assert any(
                said["justification"] == line(f"{reason} ({owner}, {ends})")
                for result in every
                for said in result.get("suppressions", [])
            )
    assert next(results, None) is None


def check_text(said: str, message: str, links: int) -> None:
    """A sentence holds the message, and no link but those to its related locations."""
    assert line(message).replace("](", "] (") in said
    assert len(LINK.findall(said)) == links
    assert said == fitting(said)


def check_uri(uri: str, path: str) -> None:
    """A URI has no part but its path, which is the file's."""
    assert re.fullmatch(r"(?:file://)?[A-Za-z0-9_.~/:%-]+", uri)
    scheme, host, name, query, fragment = urlsplit(uri)
    assert (host, query, fragment) == ("", "", "")
    assert scheme == ("file" if path.startswith("/") else "")
    written = re.sub("[\ud800-\udfff]", "\ufffd", PurePath(path).as_posix())
    assert unquote(name) == written
