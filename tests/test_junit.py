"""JUnit XML: well-formed, counted, and each verdict a case."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath
from xml.etree import ElementTree

import pytest
from conftest import EXAMPLES, FLAWED, RULEBOOK, reviews
from hostile import fitting, line, of_each_state, reports, reviewed
from hypothesis import given

from rtreview.render import junit
from rtreview.reviews.engine import unreadable
from rtreview.reviews.report import Report
from rtreview.rulebook.finding import Severity, Verdict

Element = ElementTree.Element

TWICE = "rtreview: 1\npresence: {grace: none}\n---\nrtreview: 1\npresence: {grace: none}\n"
KINDS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def rendered(report: Report) -> Element:
    """The XML, parsed; its counts are those of its cases, and no two cases have one name."""
    root = ElementTree.fromstring(junit.render(report))
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(names) == len(set(names))
    assert len(root) == len({one.get("name") for one in root}) == len(report.reviews)
    for element in (root, *root):
        cases = list(element.iter("testcase"))
        assert element.get("tests") == str(len(cases))
        for name, tag in KINDS.items():
            assert element.get(name) == str(sum(case.find(tag) is not None for case in cases))
    assert all(len(case) <= 1 for case in root.iter("testcase"))
    return root


def case(root: Element, name: str) -> Element:
    """The case of one name."""
    (found,) = [one for one in root.iter("testcase") if one.get("name") == name]
    return found


@pytest.fixture(scope="module")
def root() -> Element:
    """The suites of a report with findings of each state."""
    return rendered(of_each_state())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_every_verdict_on_an_example_is_a_case(example: Path) -> None:
    """But for what does not apply; those that passed are plain."""
    report = Report(reviews(example), RULEBOOK)
    (one,) = report.reviews
    told = [row for row in one.judgements if row.verdict is not Verdict.NOT_APPLICABLE]
    cases = list(rendered(report).iter("testcase"))
    judged = cases[: len(told)]
    expected = [f"{row.rule} ({', '.join(row.features)})" if row.features else row.rule for row in told]
    assert [each.get("name") for each in judged] == expected
    plain = [len(each) == 0 for each in judged]
    assert plain == [row.verdict is Verdict.PASSED for row in told]
    assert True in plain


def test_a_suite_is_a_document(root: Element) -> None:
    """It has the design's name and its file; its cases have the file without its suffix for a class."""
    (one,) = root
    assert (one.get("name"), one.get("file")) == ("Team chat", "chat.yaml")
    assert {each.get("classname") for each in one} == {"chat"}
    assert {each.get("file") for each in one} == {"chat.yaml"}


def test_a_violation_is_a_failure(root: Element) -> None:
    """Its text has the sentence, every place, and the fix."""
    (failure,) = case(root, "polling-without-affinity")
    assert (failure.tag, failure.get("type")) == ("failure", "violated")
    message = failure.get("message")
    assert message is not None
    assert message.startswith("error: With 4 nodes and no affinity")
    assert failure.text is not None
    said = failure.text.splitlines()
    assert said == [
        message,
        "at chat.yaml:40:13",
        "with chat.yaml:19:12 fallback is long-polling: default of socket.io@4",
        "with chat.yaml:39:10",
        "fix: Turn on affinity by cookie at the balancer and state it as `topology.affinity: cookie`.",
    ]


def test_a_failure_has_the_numbers() -> None:
    """Both sides of what was compared, in one unit."""
    (failure,) = case(rendered(reviewed(FLAWED.read_text("utf-8"))), "heartbeat-slower-than-path")
    assert "\nnumbers: the heartbeat interval 60 s, the idle timeout of aws-alb 60 s\n" in str(failure.text)


def test_a_question_is_a_failure_of_its_own_type(root: Element) -> None:
    """It says how grave it is, and asks."""
    (failure,) = case(root, "presence-store-without-expiry")
    assert (failure.tag, failure.get("type")) == ("failure", "unstated")
    assert str(failure.get("message")).startswith("question (error): Only a disconnect event")
    assert str(failure.text).splitlines()[-1].startswith("ask: Who removes the people")


def test_an_accepted_finding_is_skipped_with_its_terms(root: Element) -> None:
    """Reason, owner and end first, then what was found."""
    (skipped,) = case(root, "heartbeat-slower-than-path")
    terms = "accepted until 2027-01-31 by chat team: all clients are ours"
    assert (skipped.tag, skipped.get("type"), skipped.get("message")) == ("skipped", "accepted", terms)
    assert str(skipped.text).startswith(f"{terms}\nerror: The heartbeat interval of 60 s")


def test_a_known_finding_is_skipped_with_its_day(root: Element) -> None:
    """And with what hides it."""
    (skipped,) = case(root, "reconnect-without-jitter")
    known = "known since 2026-11-01 (baseline.json)"
    assert (skipped.tag, skipped.get("type"), skipped.get("message")) == ("skipped", "known", known)


def test_an_undecided_verdict_is_skipped_with_its_reason(root: Element) -> None:
    """The reason stands in the text as well, as GitLab reads only that."""
    (skipped,) = case(root, "heartbeat-timeout-too-tight")
    assert skipped.tag == "skipped"
    assert skipped.get("message") == skipped.text == "undecided: it would need `workload.rtt`"


def test_what_cannot_be_reviewed_is_an_error() -> None:
    """A file that cannot be read has one case."""
    root = rendered(Report((unreadable("gone.yaml", "the file cannot be opened"),), RULEBOOK))
    (error,) = case(root, "unreadable")
    assert (error.tag, error.get("message")) == ("error", "error: The file cannot be opened.")
    assert root.get("tests") == root.get("errors") == "1"


def test_a_rule_that_fails_is_one_error() -> None:
    """Its finding makes the case; the judgement has nothing to add."""
    (one,) = reviewed("rtreview: 1\npurpose: chat\n").reviews
    judgement = one.judgements[0]._replace(verdict=Verdict.UNREVIEWED)
    (failed,) = unreadable("chat.yaml", "the rule failed").findings
    broken = replace(one, judgements=(judgement,), findings=(failed._replace(rule="internal-error"),))
    (only,) = rendered(Report((broken,), RULEBOOK)).iter("testcase")
    assert (only.get("name"), only[0].tag) == ("internal-error", "error")


def test_an_unknown_platform_is_skipped() -> None:
    """It is a note: nothing failed, and something was not looked at."""
    root = rendered(reviewed("rtreview: 1\ntransport: {kind: websocket, path: [our-own-proxy]}\n"))
    (skipped,) = case(root, "unknown-platform")
    assert (skipped.tag, skipped.get("type")) == ("skipped", "note")


def test_features_are_named_in_the_case() -> None:
    """Two features that a rule judges apart are two cases."""
    source = "rtreview: 1\nfeatures:\n  a: {purpose: chat, presence: {grace: none}}\n  b: {purpose: chat}\n"
    root = rendered(reviewed(source))
    assert case(root, "presence-immediate-removal (a)").find("failure") is not None


def test_open_and_accepted_findings_of_one_rule_are_one_failure() -> None:
    """The open one makes the case, also where it is milder, and its text tells of both."""
    report = of_each_state()
    (one,) = report.reviews
    again = one.findings[0]
    milder = again._replace(severity=Severity.INFO)
    both = replace(one, findings=(milder,), accepted=(one.accepted[0]._replace(finding=again),))
    (failure,) = case(rendered(Report((both,), RULEBOOK)), again.rule)
    assert failure.tag == "failure"
    assert str(failure.text).count(again.message) == 2
    assert "accepted until 2027-01-31 by chat team" in str(failure.text)


def test_two_documents_of_a_file_are_two_suites() -> None:
    """Their cases differ by class, as GitLab reads only the first of two with one name."""
    root = rendered(reviewed(TWICE, "designs/two.rtreview.yaml"))
    assert [one.get("name") for one in root] == ["designs/two.rtreview.yaml", "designs/two.rtreview.yaml (2)"]
    assert [{each.get("classname") for each in one} for one in root] == [{"designs/two"}, {"designs/two (2)"}]


def test_there_are_no_times(root: Element) -> None:
    """The same designs give the same bytes on any day."""
    assert not any({"time", "timestamp", "hostname"} & set(each.keys()) for each in root.iter())


@pytest.mark.slow
@given(reports)
def test_hostile_words_stay_words(report: Report) -> None:
    """The XML is well-formed, no line of it is a command, and every word comes back, or as documented."""
    written = junit.render(report)
    assert written.encode("utf-8").decode("utf-8") == written
    assert fitting(written.replace("\n", "")) == written.replace("\n", "")
    assert not any(row.lstrip().startswith("::") for row in written.splitlines())
    for element, review in zip(rendered(report), report.reviews, strict=True):
        assert element.get("file") == fitting(PurePath(review.path).as_posix())
        if line(review.name or ""):
            assert str(element.get("name")).startswith(line(review.name or ""))
        said = "\n".join(str(inner.text) for each in element for inner in each)
        names = [str(each.get("name")) for each in element]
        for finding in (*review.findings, *[one.finding for one in review.accepted]):
            assert line(finding.message) in said
            named = line(f"{finding.rule} ({', '.join(finding.features)})")
            assert any(name.startswith(named if finding.features else finding.rule) for name in names)
        for _, (reason, owner, ends, _) in review.accepted:
            assert line(f"accepted {ends} by {owner}: {reason}") in said
