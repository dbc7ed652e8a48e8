"""The minutes: what people read in them, and that nothing in them is lost or acts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import cli
from hypothesis import given
from hypothesis import strategies as st
from sittings import FIRST, SECOND, SPEC, THIRD, TODAY, kept, meet
from test_hostile import CALLS, OURS, PARSERS, Page, hostile, suite

from rtreview.meeting import markdown as renderer
from rtreview.meeting import meeting, minutes
from rtreview.meeting.agenda import Agenda, Item
from rtreview.meeting.minutes import Choice, Decision, Identity, Minutes, Point
from rtreview.reviews.report import Review
from rtreview.rulebook.finding import Finding, Key, Severity, Verdict
from rtreview.text.place import Place, Span

Write = Callable[..., Path]


def test_the_minutes_can_be_kept_elsewhere(only: Write, tmp_path: Path) -> None:
    """The design is named from where they are."""
    file = only(SPEC, "designs/board.rtreview.yaml")
    elsewhere = tmp_path / "minutes" / "board.md"
    elsewhere.parent.mkdir()
    cli("meeting", "--minutes", elsewhere, file, stdin=b"c\na heartbeat\nada\n\n")
    assert "- Design: `../designs/board.rtreview.yaml`\n" in elsewhere.read_text("utf-8")
    assert sorted(one.name for one in file.parent.iterdir()) == ["board.rtreview.yaml"]
    meet(file, "c", "a heartbeat", "ada", "")
    assert (file.parent / "board.minutes.md").is_file()


def test_minutes_that_are_written_twice_are_the_same(only: Write) -> None:
    """A sitting without a decision leaves every byte as it was."""
    file = only(SPEC)
    meet(file, "a", "few", "ada", "", "s", "q")
    before = meeting.minutes_file(str(file)).read_bytes()
    meet(file, "q")
    assert meeting.minutes_file(str(file)).read_bytes() == before


def test_what_was_only_seen_is_looked_at_in_the_minutes(only: Write) -> None:
    """Who presses Enter at a finding has not decided to skip it."""
    file = only(SPEC)
    meet(file, "a", "few", "ada", "", "s", "q")
    said = meeting.minutes_file(str(file)).read_text("utf-8")
    assert "(looked at)" in said
    assert "skipped" not in said.partition("<!--")[0]


def test_without_a_decision_there_are_no_minutes(only: Write) -> None:
    """Who only looks leaves no file behind."""
    file = only(SPEC)
    meet(file, "q")
    assert not meeting.minutes_file(str(file)).exists()


def test_the_minutes_can_be_read(only: Write) -> None:
    """Decisions in one table, then questions, risks, what is open, and each finding in its own words."""
    file = only(SPEC)
    meet(file, "c", "jitter", "ada", "", "k", "Why?", "bo", "", "q")
    text = meeting.minutes_file(str(file)).read_text("utf-8")
    assert text.startswith(
        "# Minutes: Board\n\n- Design: `design.yaml`\n- Met on: 2026-11-25\n"
        "- Decided: 2 of 3 (change 1, ask 1)\n\n## Decisions\n"
    )
    parts = [
        f"| 1 | error `{FIRST}` | **change**: jitter | ada | 2026-12-09 |",
        "## Open questions",
        "| Why? | bo | 2026-12-09 |",
        "## Not decided",
        f" `{THIRD}`: ",
        "### 1. ",
        f"error `{FIRST}` at `transport.heartbeat`, Board",
        "**change**: jitter (ada, by 2026-12-09), decided on 2026-11-25.",
        "### 2. ",
        "<!-- rtreview meeting 1",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_a_question_is_listed_by_what_it_asks(spec: Write, tmp_path: Path) -> None:
    """Its title accuses of what nobody knows yet."""
    (tmp_path / ".rtreview.toml").write_text('select = ["unbounded-message-queue"]\n', "utf-8")
    file = spec("rtreview: 1\ntransport: {kind: websocket}\nworkload: {messages: {rate: 9/s}}\n")
    asked = "What happens in the server when one client of the busiest room reads nothing for a minute?"
    meet(file, "s", "q")
    said = meeting.minutes_file(str(file)).read_text("utf-8").partition("<!--")[0]
    assert f"`unbounded-message-queue`: {asked} (looked at)\n" in said
    meet(file, "w queue: {max_messages: 200}", "ada", "", status=0)
    said = meeting.minutes_file(str(file)).read_text("utf-8").partition("<!--")[0]
    assert f"### 1. {asked}\n" in said
    assert "max_messages: 200" in said


def test_minutes_that_were_edited_by_hand_are_kept_aside(only: Write) -> None:
    """The sitting goes on, and what somebody wrote is in a file beside them."""
    file = only(SPEC)
    meet(file, "c", "jitter", "ada", "", "q")
    written = meeting.minutes_file(str(file))
    edited = written.read_text("utf-8").replace("## Decisions", "We were seven people.\n\n## Decisions")
    written.write_text(edited, "utf-8")
    told = meet(file, "c", "a heartbeat", "ada", "", "q")
    aside = file.with_name("design.minutes.edited-1.md")
    assert f"That text is now in\n  {aside}." in told
    assert "We were seven people." in aside.read_text("utf-8")
    assert set(kept(file)) == {FIRST, SECOND}


def minutes_of(old: str, new: str) -> str:
    """Minutes with one decision, in which something is replaced."""
    identity = Identity("", Key("r", (), "transport", ()))
    finding = Finding("r", Verdict.VIOLATED, Severity.ERROR, "T", "M", Place((), Span(1, 1, 1, 1)))
    point = Point.of(identity, finding, Decision(Choice.ASK, TODAY))
    text = minutes.closing(Minutes((TODAY,), (point,)), "")
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Our notes\n", "is there already, and does not end as the minutes of a meeting do"),
        ("<!-- rtreview meeting 1\n{\n-->\n", "were edited and cannot be read"),
        (
            '<!-- rtreview meeting 1\n{"days": [1], "points": []}\n-->\n',
            "were edited and cannot be read (line 2, column 11: `days[0]`: expected a string, found `1`)",
        ),
        (
            '# Notes\n<!-- rtreview meeting 1\n{"days": [],\n "points": 7}\n-->\n',
            "(line 4, column 12: `points`: expected a list, found `7`): name another file with --minutes",
        ),
        (
            minutes_of('"nth": 0', '"nth": Infinity'),
            "entry 1 of the minutes: `nth`: expected a number, found",
        ),
        (
            minutes_of('"nth": 0', f'"nth": {"9" * 5000}'),
            "line 3, column 88: entry 1 of the minutes: `nth`: ",
        ),
        (minutes_of('"nth": 0', '"nth": 1.5'), "`nth`: expected a whole number, found `1.5`"),
        (minutes_of('"nth": 0, ', ""), "line 3, column 3: entry 1 of the minutes: `nth` is missing"),
        (minutes_of("null", f"{'9' * 400}"), "entry 1 of the minutes: `overshoot`: expected a number, found"),
        (
            minutes_of('"ask"', '"asks"'),
            "`choice`: `asks` is not one of change, answer, accept, ask, skip: did you mean",
        ),
        ("<!-- rtreview meeting 1\n" + "[" * 100_000 + "\n-->\n", "(line 2, column 1: the file is not JSON)"),
        ("\ud800", "cannot be read: it is no UTF-8 text"),
    ],
)
def test_a_file_that_holds_no_minutes_is_left_alone(text: str, said: str, only: Write) -> None:
    """It is refused in a sentence, with status 2."""
    file = only(SPEC)
    written = meeting.minutes_file(str(file))
    written.write_bytes(text.encode("utf-8", "surrogatepass"))
    told = cli("meeting", file)
    assert told.exit_code == 2
    assert said in told.stderr
    assert written.read_bytes() == text.encode("utf-8", "surrogatepass")


names = st.lists(hostile, max_size=2).map(tuple)
decisions = st.builds(Decision, st.sampled_from(Choice), hostile, hostile, hostile, hostile)
identities = st.builds(Identity, hostile, st.builds(Key, hostile, names, hostile, names), st.integers(0, 2))


def remembered(
    identity: Identity, verdict: Verdict, severity: Severity, prose: tuple[str, str], decision: Decision
) -> Point:
    """A decision on a finding with this title and message."""
    finding = Finding(identity.key.rule, verdict, severity, *prose, Place((), Span(1, 1, 1, 1)))
    return Point.of(identity, finding, decision)


points = st.builds(
    remembered,
    identities,
    st.sampled_from([Verdict.VIOLATED, Verdict.UNSTATED]),
    st.sampled_from(Severity),
    st.tuples(hostile, hostile),
    decisions,
)
overshoots = st.none() | st.floats(0, 1e9)


def dressed(point: Point) -> Item:
    """The item of a point, as it is found now."""
    key = point.identity.key
    place = Place((), Span(1, 1, 1, 1), "", key.at)
    finding = Finding(
        key.rule, point.verdict, point.severity, point.title, point.message, place, features=key.features
    )
    return Item(point.identity, finding, Review("a.yaml", ("",)), 0, point=point)


@pytest.mark.slow
@pytest.mark.parametrize("parser", PARSERS)
@given(several=st.lists(points, min_size=1, max_size=3), name=hostile, path=hostile)
@suite
def test_hostile_text_stays_text_in_the_minutes(
    several: list[Point], name: str, path: str, parser: str
) -> None:
    """No word of a spec or an answer is an element, a mention or a link, or ends the last comment."""
    held = Minutes((TODAY,), tuple({one.identity: one for one in several}.values()))
    items = Agenda(tuple(map(dressed, held.points)), held.points[:1])
    told = renderer.render(held, items, [Review(path or "a", ("",), name)], Path())
    page = Page(PARSERS[parser](f"{told}{minutes.closing(held, told)}"))
    assert page.open == []
    assert set(page.count) <= OURS | {"h1", "h2", "blockquote"}
    assert page.attributes == []
    assert len(page.comments) == 1
    assert [part for part in page.prose if CALLS.search(part)] == []


@pytest.mark.slow
@given(several=st.lists(st.tuples(points, overshoots), max_size=4))
@suite
def test_minutes_are_read_as_they_were_written(several: list[tuple[Point, float | None]]) -> None:
    """Whatever was said, the decisions come back as they were."""
    points = (point.model_copy(update={"overshoot": overshoot}) for point, overshoot in several)
    held = Minutes((TODAY,), tuple(points))
    assert minutes.decisions(minutes.closing(held, "")) == held
