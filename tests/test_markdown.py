"""The comment on a pull request: verdict first, findings folded, a picture, and nothing left out unsaid."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import EXAMPLES, FLAWED, RULEBOOK, SOUND, reviews
from test_hostile import PARSERS, is_inert

from rtreview.render import markdown, text
from rtreview.reviews.engine import review
from rtreview.reviews.report import Hidden, Known, Report, Review
from rtreview.rulebook.finding import Acceptance, Accepted, Severity, Verdict


def reviewed(*files: Path) -> list[Review]:
    """The reviews of examples, under the names of their files."""
    return [one for file in files for one in reviews(file)]


def lived_with() -> Report:
    """Three findings open, three accepted, the others known; beside it a design without findings."""
    flawed, sound = reviewed(FLAWED, SOUND)
    first, last = flawed.findings[:2], flawed.findings[-1:]
    acceptance = Acceptance("Only 40 people, see #12", "@chat-team", "until 2027-01-31", first[0].place)
    accepted = tuple(Accepted(found, acceptance) for found in flawed.findings[2:5])
    known = tuple(Known(found, "2026-10-02") for found in flawed.findings[5:-1])
    mixed = replace(flawed, findings=(*first, *last), accepted=accepted, known=known)
    return Report((mixed, sound), RULEBOOK, Hidden("baseline.json", "2026-10-02", ("missing-heartbeat",)))


def test_the_verdict_is_the_first_sentence_after_the_marker() -> None:
    """Counts of what is open, then of what is accepted and known."""
    marker, said, *_ = markdown.render(lived_with()).splitlines()
    assert marker == "<!-- rtreview -->"
    assert said == "**2 errors, 1 question**, 3 accepted; 6 known since 2026-10-02."


def test_a_design_without_findings_is_one_line() -> None:
    """It is counted, and has no heading, no picture and no table."""
    told = markdown.render(lived_with())
    assert "\n1 other design has no finding.\n" in told
    assert "team-chat.rtreview.yaml`" not in told
    (sound,) = reviewed(SOUND)
    assert markdown.render(Report((replace(sound, handed_over=()),), RULEBOOK)) == (
        "<!-- rtreview -->\n**No finding** in 1 design.\n"
    )


def test_a_finding_says_where_what_why_and_the_fix() -> None:
    """Folded behind severity, rule, title and line; both numbers side by side with what clears it."""
    told = markdown.render(Report(tuple(reviewed(FLAWED)), RULEBOOK))
    first = told[told.index("<details>") : told.index("</details>")]
    assert first.splitlines()[1] == (
        "<summary><b>error</b> <code>heartbeat-slower-than-path</code> "
        "The path closes before the heartbeat comes, line 22</summary>"
    )
    order = [
        "`team-chat-flawed.rtreview.yaml:22`",
        "idle_timeout is 60 s: default of aws-alb",
        "The heartbeat interval of 60 s is not below 60 s",
        "| the heartbeat interval | below the idle timeout of aws-alb | just clears with |",
        "| 60 s | 60 s | `transport.heartbeat.interval: 59s` |",
        "- **Why** A proxy closes",
        "- **Fix** Send a heartbeat that each hop counts",
        "- **Question** Which is the shortest",
        "See rule `heartbeat-slower-than-path`; ",
        "sharp edge `websocket-proxy-timeout`; ",
        "pattern `Heartbeat with Server Confirmation`</sub>",
    ]
    places = [first.index(part) for part in order]
    assert places == sorted(places)


def test_a_question_asks_in_its_headline() -> None:
    """Its severity stands in brackets, and what hangs on the answer behind the reasons."""
    (design,) = review(b"rtreview: 1\npurpose: collaborative-editing\ntransport: {kind: sse}\n", "x")
    told = markdown.render(Report((design,), RULEBOOK))
    question = told[told.index("<b>question (error)</b>") :]
    assert "?" in question.partition("</summary>")[0]
    assert question.index("**Why**") < question.index("**Decides** also")


def test_the_picture_marks_the_stops_that_fail() -> None:
    """The hop that closes, the client that beats too late, the nodes that hold the ghosts; not the others."""
    told = markdown.render(lived_with())
    picture = told[told.index("```mermaid") :].splitlines()
    assert picture[1:8] == [
        "flowchart LR",
        '  stop0_0(["browser, ios, android<br>websocket<br>peak 20,000"]):::failing',
        '  stop0_1["cloudflare<br>idle 100 s"]',
        '  stop0_2["aws-alb<br>idle 60 s"]:::failing',
        '  stop0_3["4 nodes<br>accept 500/s<br>memory 4 GiB"]:::failing',
        '  stop0_4[("no backplane")]:::missing',
        "  stop0_0 --> stop0_1 --> stop0_2 --> stop0_3 --> stop0_4",
    ]
    assert any(line.startswith("  classDef missing ") for line in picture)


def test_a_finding_at_a_hop_is_not_one_of_the_client() -> None:
    """The client's paths hold the hop's: only the nearest stop above a place fails."""
    (one,) = reviewed(FLAWED)
    (first,) = one.findings[:1]
    at_hop = first._replace(place=first.related[0], related=())
    told = markdown.render(Report((replace(one, findings=(at_hop,)),), RULEBOOK))
    assert [line.split("[")[0] for line in told.splitlines() if line.endswith(":::failing")] == ["  stop0_2"]


def test_each_connection_has_its_way_and_one_of_a_single_stop_has_none() -> None:
    """Two ways are told apart by their features; a way without a hop or a node is no picture."""
    source = (
        "rtreview: 1\nworkload: {connections: 5k}\nfeatures:\n"
        "  chat: {transport: {kind: websocket, heartbeat: none, path: [nginx]}}\n"
        "  feed: {transport: {kind: sse, heartbeat: none}}\n"
    )
    (one,) = review(source, "design.yaml")
    told = markdown.render(Report((one,), RULEBOOK))
    assert '  subgraph way0["chat"]\n' in told
    assert '  subgraph way1["feed"]\n' in told
    alone = replace(one, routes=tuple(way._replace(stops=way.stops[:1]) for way in one.routes))
    assert "mermaid" not in markdown.render(Report((alone,), RULEBOOK))


def test_a_way_of_too_many_stops_says_so() -> None:
    """A picture of forty hops tells nothing, and its absence is told."""
    (one,) = reviewed(FLAWED)
    (way,) = one.routes
    long = way._replace(stops=way.stops * 10)
    told = markdown.render(Report((replace(one, routes=(long,)),), RULEBOOK))
    assert "\nThe way of the messages has 50 stops, too many for a picture.\n" in told


def test_accepted_risks_stand_in_one_folded_table() -> None:
    """Rule, place, reason, owner and end; the owner is named and not called."""
    told = markdown.render(lived_with())
    assert "<summary>3 accepted risks</summary>\n\n| rule | place | reason | owner | ends |\n" in told
    assert "| `@chat-team` | until 2027-01-31 |\n" in told


def test_how_a_design_stands_to_what_runs_is_one_folded_table(drifted: Report) -> None:
    """A row for each field, with the values of the terminal; what disagrees comes first, the counts above."""
    told = markdown.render(drifted)
    summary = "<summary>As deployed <code>docs.rtreview.yaml</code>: 1 disagrees, 14 agree</summary>\n\n"
    _, table, _ = re.split(f"{re.escape(summary)}|\n\n</details>\n\n(?=[0-9]+ verdicts)", told)
    head, _, *rows = table.splitlines()
    assert head == "| field | the design says | the files say | where | standing |"
    assert rows[0] == (
        "| `transport.path[ingress-nginx].idle_timeout` | 75s | 20s | `k8s/ingress.yaml:6` | **disagrees** |"
    )
    assert len(rows) == len(drifted.reviews[0].deployment) == 15


def test_of_a_long_table_the_first_rows_stay_where_room_ends(drifted: Report) -> None:
    """They are those that disagree, and how many are left out is told."""
    first, second = drifted.reviews
    long = replace(first, deployment=first.deployment * 100, findings=())
    told = markdown.render(Report((long, second), RULEBOOK))
    assert len(told.encode()) <= markdown.ROOM
    shown = told.count("| agrees |") + told.count("| **disagrees** |")
    assert f"\n{1500 - shown} more. Run `rtreview docs.rtreview.yaml --verbose`.\n" in told


def test_what_hides_findings_is_named_with_its_age_and_what_is_obsolete() -> None:
    """A baseline is a debt: how much, since when, and what can go."""
    assert markdown.render(lived_with()).endswith(
        "6 known findings hidden by `baseline.json`, the oldest since 2026-10-02. "
        "No longer needed there: `missing-heartbeat`.\n\n"
        f"<sub>{text.EXPLAIN}</sub>\n"
    )


def test_undecided_rules_are_no_silence() -> None:
    """Where nothing was found because little is stated, the comment says what to state."""
    told = markdown.render(Report(tuple(review("rtreview: 1\ntransport: {kind: websocket}\n")), RULEBOOK))
    assert "verdicts undecided. State next, the most dangerous first: `" in told


def test_the_gravest_are_kept_where_room_ends() -> None:
    """Among hundreds of findings of two documents no error gives way to a warning."""
    (one,) = reviewed(FLAWED)
    mild = one.findings[0]._replace(severity=Severity.WARNING)
    first = replace(one, path="first.yaml", findings=(mild,) * 100)
    last = replace(one, path="last.yaml", findings=(one.findings[1],) * 20)
    told = markdown.render(Report((first, last), RULEBOOK))
    shown = told.count("<b>warning</b>")
    assert told.count("<b>error</b>") == 20
    assert 0 < shown < 100
    assert f"\n**{100 - shown} more**: {100 - shown} warnings. Run `rtreview first.yaml`.\n" in told


def test_what_stands_above_takes_its_room() -> None:
    """Another part of a comment comes after the verdict, and the whole still fits."""
    (one,) = reviewed(FLAWED)
    many = Report((replace(one, findings=one.findings * 30),), RULEBOOK)
    told = markdown.render(many, "a" * 20_000)
    assert told.splitlines()[3] == "a" * 20_000
    assert len(told) <= markdown.ROOM


def test_a_command_to_run_is_quoted_for_the_shell() -> None:
    """A file's name is one word of it."""
    (one,) = reviewed(FLAWED)
    many = replace(one, path="a b; rm -r c", findings=one.findings * 30)
    assert "Run `rtreview 'a b; rm -r c'`." in markdown.render(Report((many,), RULEBOOK))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("see `a.b: c` and <b>", "see `a.b: c` and &lt;b&gt;"),
        ("`a``b`", "`a`\u2060`b`"),
        ("max_messages: 200, a_b_c", "max_messages: 200, a_b_c"),
        ("_so_ and snake_", "&#95;so&#95; and snake&#95;"),
        ("an odd ` stays", "an odd &#96; stays"),
        ("@team", "@\u2060team"),
        ("GH-12, #3 and a/b#4", "GH\u2060-12, &#35;\u20603 and a/b&#35;\u20604"),
        ("https://a.b", "https:\u2060//a.b"),
        (":tada:", ":\u2060tada:"),
        ("from $3 to $4", "from <span>$</span>3 to <span>$</span>4"),
        ("1. first", "1&#46; first"),
        ("2026-10-02", "2026-10-02"),
        ("a|b\nc", "a&#124;b\N{REPLACEMENT CHARACTER}c"),
        ("`a|b`", "a&#124;b"),
        ("fixed in 9fceb02d0ae59", "fixed in 9fceb0\u20602d0ae5\u20609"),
    ],
)
def test_prose_is_inert(said: str, told: str) -> None:
    """Code stays code; a sign that means something to GitHub means nothing any more."""
    assert markdown.prose(said) == told


def test_a_fence_is_longer_than_what_it_holds() -> None:
    """Four backticks around three."""
    assert markdown.fenced("```\nx") == "````\n```\nx\n````"


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_an_example_is_a_page(example: object, parser: str) -> None:
    """Each finding is one fold, and the page has no other element than ours."""
    told = Report(tuple(reviewed(example)), RULEBOOK)
    page = is_inert(markdown.render(told), parser)
    assert page.count["details"] == len(told.reviews[0].findings)


def test_what_cannot_be_read_says_so_first() -> None:
    """A syntax error is no finding of a rule, and it is counted as what was not reviewed."""
    report = Report(tuple(review(b"a: [", "design.yaml")), RULEBOOK)
    assert report.reviews[0].findings[0].verdict is Verdict.UNREVIEWED
    assert "**1 not reviewed**." in markdown.render(report)
