"""The report as workflow commands: at the line, escaped, and never fewer than there are without saying so."""

from __future__ import annotations

from dataclasses import replace

from conftest import FLAWED, RULEBOOK
from test_hostile import obeyed

from rtreview.render import github
from rtreview.reviews.engine import review
from rtreview.reviews.report import Hidden, Known, Report
from rtreview.rulebook.finding import Acceptance, Accepted, Severity
from rtreview.text.place import Span

(CHAT,) = review(FLAWED.read_bytes(), "chat, v2: 50%.yaml")


def test_a_finding_is_a_command_at_its_place() -> None:
    """File, lines, columns and title are escaped as properties, the message as data."""
    first = github.render(Report((CHAT,), RULEBOOK)).splitlines()[0]
    assert first == (
        "::error file=chat%2C v2%3A 50%25.yaml,line=22,endLine=22,col=25,endColumn=27,"
        "title=The path closes before the heartbeat comes (heartbeat-slower-than-path)::"
        "The heartbeat interval of 60 s is not below 60 s, the idle timeout of aws-alb. Clears below 60 s.%0A"
        "Send a heartbeat that each hop counts, at most half of the shortest idle timeout on the path apart, "
        "so that one lost heartbeat ends no connection."
    )


def test_a_place_of_several_lines_has_no_columns() -> None:
    """GitHub takes columns only within one line."""
    (first, *_) = CHAT.findings
    long = first._replace(place=first.place._replace(span=Span(2, 3, 4, 5)))
    ((_, stated, _),) = obeyed(github.render(Report((replace(CHAT, findings=(long,)),), RULEBOOK)))
    assert (stated["line"], stated["endLine"]) == ("2", "4")
    assert "col" not in stated
    assert "endColumn" not in stated


def test_a_question_is_one_by_its_title() -> None:
    """It has the severity of its rule, and asks."""
    report = Report((replace(CHAT, findings=CHAT.findings[-1:]),), RULEBOOK)
    ((command, stated, message),) = obeyed(github.render(report))
    assert command == "error"
    asked = "question: Who removes the people of a node that lost its power, and after how long?"
    assert stated["title"].startswith(asked)
    assert message.startswith("Only a disconnect event is said to remove an entry, on 4 nodes")


def test_a_question_without_a_proposal_is_asked_in_the_words_of_its_section() -> None:
    """As every other format does: what its fix would be nobody knows before it is answered."""
    asking = CHAT.findings[-1]._replace(proposed=())
    ((_, _, message),) = obeyed(github.render(Report((replace(CHAT, findings=(asking,)),), RULEBOOK)))
    assert asking.question
    assert message.splitlines()[-1] == asking.question


def test_the_gravest_come_first_and_the_last_that_is_kept_counts_the_others() -> None:
    """GitHub keeps ten of a type: the tenth says how many follow, and they stand in the log below it."""
    mild = [CHAT.findings[0]._replace(severity=severity) for severity in (Severity.INFO, Severity.WARNING)]
    report = Report((replace(CHAT, findings=(*mild, *CHAT.findings[:1] * 14)),), RULEBOOK)
    told = obeyed(github.render(report))
    assert [command for command, _, _ in told] == ["error"] * 15 + ["warning", "notice"]
    assert told[9][2] == "and 5 more of this kind: see the summary, or the log below this line"
    assert all(stated for at, (_, stated, _) in enumerate(told) if at != 9)


def test_ten_need_no_count() -> None:
    """As many as GitHub keeps are all shown."""
    told = github.render(Report((replace(CHAT, findings=CHAT.findings[:1] * 10),), RULEBOOK))
    assert len(told.splitlines()) == 10
    assert "more" not in told.replace("no more", "")


def test_accepted_risks_stay_visible() -> None:
    """One notice for a document, at its first acceptance, with each rule, end, owner and reason."""
    place = CHAT.findings[0].place
    accepted = tuple(
        Accepted(found, Acceptance("40 people", "@chat", "until 2027-01-31", place))
        for found in CHAT.findings[:2]
    )
    report = Report((replace(CHAT, findings=(), accepted=accepted),), RULEBOOK)
    ((command, stated, message),) = obeyed(github.render(report))
    assert (command, stated["line"], stated["title"]) == ("notice", "22", "2 accepted risks")
    assert message.splitlines() == [
        "heartbeat-slower-than-path: accepted until 2027-01-31 (@chat): 40 people",
        "reconnect-without-jitter: accepted until 2027-01-31 (@chat): 40 people",
    ]


def test_known_findings_are_counted() -> None:
    """How many, what hides them, since when, and what hides nothing any more."""
    known = tuple(Known(found, "2026-10-02") for found in CHAT.findings[:3])
    hidden = Hidden("baseline.json", "2026-10-02", ("a", "b"))
    report = Report((replace(CHAT, findings=(), known=known),), RULEBOOK, hidden)
    assert github.render(report) == (
        "::notice::3 known findings are not shown, hidden by baseline.json, the oldest since 2026-10-02; "
        "2 of its entries hide nothing any more\n"
    )


def test_nothing_found_is_nothing_said() -> None:
    """No command without a finding, an acceptance or a baseline."""
    assert github.render(Report((replace(CHAT, findings=()),), RULEBOOK)) == ""
