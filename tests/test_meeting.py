"""The meeting: what there is to decide, and what is written into the spec."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from conftest import EXAMPLES, RULEBOOK, cli
from sittings import FIRST, SECOND, SPEC, THIRD, TODAY, TWO_HOPS, found, kept, meet, scripted

from rtreview.meeting import meeting, minutes
from rtreview.meeting.agenda import agenda
from rtreview.meeting.meeting import Meeting
from rtreview.meeting.minutes import Choice, Decision, Minutes
from rtreview.meeting.sitting import Sitting
from rtreview.reviews.engine import review
from rtreview.reviews.policy import Policy
from rtreview.text.refusal import Refused

Write = Callable[..., Path]


def test_each_decision_is_kept_with_owner_and_day(only: Write) -> None:
    """A change, a question and an accepted risk, in the order of their weight; then all is decided."""
    file = only(SPEC)
    told = meet(
        file,
        *("c", "jitter: full", "ada", "2026-12-01"),
        *("k", "Which proxies?", "bo", ""),
        *("a", "Five people see it", "", "2027-01-31"),
        status=0,
    )
    assert [line for line in told.splitlines() if line.endswith(" of 3")] == ["1 of 3", "2 of 3", "3 of 3"]
    assert told.endswith(f"\n3 of 3 decided. Minutes:\n  {file.with_name('design.minutes.md')}\n")
    assert kept(file) == {
        FIRST: Decision(Choice.CHANGE, TODAY, "jitter: full", "ada", "2026-12-01"),
        SECOND: Decision(Choice.ASK, TODAY, "Which proxies?", "bo", "2026-12-09"),
        THIRD: Decision(Choice.ACCEPT, TODAY, "Five people see it", "bo", "until 2027-01-31"),
    }


ASKED = """\
rtreview: 1
transport: {kind: websocket, reconnect: {strategy: exponential, base: 1s, cap: 30s, jitter: full}}
"""
"""It says nothing of a heartbeat."""


@pytest.fixture
def asked(spec: Write, tmp_path: Path) -> Path:
    """That design, of which only the heartbeat is judged."""
    (tmp_path / ".rtreview.toml").write_text('select = ["missing-heartbeat"]\n', "utf-8")
    return spec(ASKED)


def test_a_question_is_answered_and_the_minutes_have_the_answer(asked: Path) -> None:
    """With who writes it into the spec; it is asked no more, and the spec stays as it was."""
    told = meet(asked, "w", "Every 25 s, and gone after 10 s", "ada", "", status=0)
    assert "w answer, c change, a accept, k ask, s skip" in " ".join(told.split())
    assert "Who writes it into the spec?" in told
    answer = Decision(Choice.ANSWER, TODAY, "Every 25 s, and gone after 10 s", "ada", "2026-12-09")
    assert kept(asked) == {"missing-heartbeat": answer}
    account = meeting.minutes_file(str(asked)).read_text("utf-8")
    assert "- Decided: 1 of 1 (answer 1)\n" in account
    (question,) = found(asked, select=("missing-heartbeat",)).findings
    heading = "## Answers\n\n| question | answer | into the spec | by |\n| --- | --- | --- | --- |\n"
    row = f"| {question.question} | Every 25 s, and gone after 10 s | ada | 2026-12-09 |\n"
    assert f"{heading}{row}" in account
    assert asked.read_text("utf-8") == ASKED
    assert "1 of 1 decided." in meet(asked, status=0)


@pytest.mark.parametrize("said", ["25 s", "none", "jitter: full"])
def test_any_words_answer_a_question(said: str, asked: Path) -> None:
    """A bare number and `none` too: what was asked may be how many, or whether."""
    meet(asked, "answer", said, "ada", "", status=0)
    assert kept(asked)["missing-heartbeat"].text == said


def test_a_question_that_was_answered_is_asked_again_as_a_fault(asked: Path) -> None:
    """Where the answer, once it is in the spec, turns out to be one."""
    meet(asked, "w", "There is none", "ada", "", status=0)
    asked.write_text(ASKED.replace("{kind", "{heartbeat: none, kind"), "utf-8")
    assert f"Decided on {TODAY}: answer: There is none (ada, 2026-12-09), and it is worse now." in " ".join(
        meet(asked).split()
    )


def test_a_finding_is_shown_as_in_the_report(only: Write) -> None:
    """Every line of the report on it, in 80 columns."""
    file = only(SPEC)
    report = cli("--today", TODAY, file).stdout
    block = report[report.index("error[") : report.index("\n\nerror[", report.index("error[") + 1)]
    told = meet(file)
    assert block in told
    assert max(map(len, told.splitlines())) <= 80 + len(str(file))


def test_an_accepted_risk_is_written_below_what_is_there(only: Write) -> None:
    """Nothing else of the text changes, and the review then sets the finding apart."""
    file = only(SPEC)
    meet(file, "a", "Five people: all #1", "ada", "")
    entry = (
        f"accepted:\n  - rule: {FIRST}\n"
        '    reason: "Five people: all #1"\n    owner: ada\n    until: 2027-02-23\n'
    )
    assert file.read_text("utf-8") == SPEC + entry
    one = found(file)
    assert [accepted.finding.rule for accepted in one.accepted] == [FIRST]
    assert not [finding for finding in one.findings if finding.rule.startswith("accepted-risk")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "example", [file for file in EXAMPLES if "flawed" in file.name], ids=lambda file: file.name
)
def test_every_finding_of_an_example_can_be_accepted(example: Path, tmp_path: Path) -> None:
    """One after the other, each entry covers its finding, and no rule on acceptance objects."""
    file = tmp_path / example.name
    file.write_bytes(example.read_bytes())
    held = Meeting(str(file), tmp_path / "minutes.md", Policy(RULEBOOK, today=date.fromisoformat(TODAY)))
    decision = Decision(Choice.ACCEPT, TODAY, "we know: it's #1", "ada", "until 2027-01-31")
    count = len(found(file).findings)
    for _ in range(count):
        item = held.agenda(held.reviews()).ahead()
        if item is None:
            break
        accepted = held.acceptable(item.identity, decision)
        assert held.accept(accepted)
        held.record(held.reviews(), minutes.Point.of(item.identity, item.finding, decision))
    assert found(file).findings == ()
    assert file.read_text("utf-8").startswith(example.read_text("utf-8").rstrip("\n"))


def test_a_document_in_markdown_is_written_to_as_well(only: Write) -> None:
    """The entry stands in the fence, and the prose around it is as it was."""
    file = only(f"# A\n\n```yaml rtreview\n{SPEC}```\n\nThe end.\n", "design.md")
    meet(file, "a", "five people", "ada", "")
    text = file.read_text("utf-8")
    assert text.startswith(f"# A\n\n```yaml rtreview\n{SPEC}accepted:\n")
    assert text.endswith("until: 2027-02-23\n```\n\nThe end.\n")
    assert found(file).accepted


def test_a_link_to_a_spec_is_followed_and_its_mode_kept(only: Write) -> None:
    """The file behind it is written, and readable by those who could read it."""
    file = only(SPEC, "real.yaml")
    file.chmod(0o640)
    link = file.with_name("design.yaml")
    link.symlink_to("real.yaml")
    meet(link, "a", "few", "ada", "")
    assert link.is_symlink()
    assert file.read_text("utf-8").startswith(f"{SPEC}accepted:\n")
    assert file.stat().st_mode & 0o777 == 0o640


FEATURES = """\
rtreview: 1
transport: {kind: websocket, heartbeat: none}
features:
  chat: {purpose: chat}
  cursors: {purpose: cursors}
"""


def test_a_finding_of_every_feature_is_accepted_for_all(only: Write) -> None:
    """One entry that says so."""
    file = only(FEATURES)
    meet(file, "a", "few people", "ada", "")
    assert f"  - rule: {FIRST}\n    feature: all\n" in file.read_text("utf-8")
    assert FIRST in {one.finding.rule for one in found(file).accepted}


def test_a_finding_of_some_features_is_accepted_for_each(only: Write) -> None:
    """An entry for each, so that it does not cover what nobody spoke of; the finding is settled."""
    file = only(FEATURES + "  feed: {transport: {kind: sse, heartbeat: {interval: 20s}}}\n")
    meet(file, "a", "few people", "ada", "")
    text = file.read_text("utf-8")
    assert text.count(f"- rule: {FIRST}") == 2
    assert text.index("feature: chat\n") < text.index("feature: cursors\n")
    assert kept(file)[FIRST].choice is Choice.ACCEPT
    assert FIRST not in {one.rule for one in found(file).findings}
    assert "2 of 2" in meet(file, "q").splitlines()


def test_what_an_entry_covers_as_well_is_accepted_together_or_not_at_all(spec: Write, tmp_path: Path) -> None:
    """An entry names no place: the sitting says what else it covers, and asks."""
    (tmp_path / ".rtreview.toml").write_text('select = ["heartbeat-slower-than-path"]\n', "utf-8")
    file = spec(TWO_HOPS)
    told = meet(file, "a", "few people", "ada", "", "n")
    assert "This one covers as well:\n  heartbeat-slower-than-path, line 5\n" in told
    assert file.read_text("utf-8") == TWO_HOPS
    assert kept(file) == {}
    meet(file, "a", "few people", "ada", "", "y", status=0)
    assert len(found(file, select=("heartbeat-slower-than-path",)).accepted) == 2


def test_a_rule_that_the_team_requires_cannot_be_accepted(only: Write, tmp_path: Path) -> None:
    """That is told before anybody writes down a reason."""
    config = tmp_path / ".rtreview.toml"
    config.write_text(f'{config.read_text("utf-8")}required = ["{FIRST}"]\n', "utf-8")
    told = meet(only(SPEC), "a", "q")
    assert f"The configuration requires `{FIRST}`: nobody can accept it." in told


def test_a_risk_whose_acceptance_has_ended_can_be_accepted_anew(only: Write) -> None:
    """The old entry stays, and is a finding of its own that nobody can accept."""
    old = f"accepted:\n  - {{rule: {FIRST}, reason: a, owner: b, until: 2026-01-01}}\n"
    file = only(SPEC + old)
    (file.parent / ".rtreview.toml").write_text(f'select = ["{FIRST}", "accepted-risk-ended"]\n', "utf-8")
    meet(file, "a", "again", "ada", "2027-01-31", "s")
    one = found(file, select=(FIRST, "accepted-risk-ended"))
    assert [finding.rule for finding in one.findings] == ["accepted-risk-ended"]
    assert "judges what is accepted: nobody can accept it" in meet(file, "a", "q")


def test_the_baseline_is_not_on_the_agenda(only: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known is hidden here as in the report."""
    file = only(SPEC)
    monkeypatch.chdir(file.parent)
    assert cli("baseline", "write", file).exit_code == 0
    assert "There is nothing to decide." in meet(file, status=0)


def test_skipping_takes_no_decision_back(only: Write) -> None:
    """What was decided before stays in the minutes, also where it has to be decided anew."""
    file = only(SPEC)
    meet(file, "a", "few", "ada", "", "q")
    file.write_text(SPEC, "utf-8")
    meet(file, "s", "q")
    assert kept(file)[FIRST].choice is Choice.ACCEPT
    text = meeting.minutes_file(str(file)).read_text("utf-8")
    assert "decided before: **accept**: few (ada, until 2027-02-23)" in text


def test_what_is_accepted_in_the_spec_is_taken_out_there(only: Write) -> None:
    """Going back to it changes nothing in the spec; with its entry gone, the finding is asked again."""
    file = only(SPEC)
    told = meet(file, "a", "few", "ada", "", "b", "c")
    assert "It is accepted in the spec. Take the entry out there, and it is open again." in told
    file.write_text(SPEC, "utf-8")
    told = meet(file)
    assert "1 of 3" in told.splitlines()
    assert "and no entry in the spec covers it now" in " ".join(told.split())


def test_an_edit_between_two_sittings_loses_nothing(only: Write) -> None:
    """Lines move, the design has another name, and findings vanish: decisions stay with their findings."""
    file = only(SPEC)
    meet(file, "c", "a heartbeat", "ada", "", "c", "jitter", "ada", "", "q")
    moved = SPEC.replace("name: Board", "\n# above\nname: Desk").replace(
        "heartbeat: none", "heartbeat: {interval: 20s}"
    )
    file.write_text(moved, "utf-8")
    told = meet(file, "c", "a grace", "ada", "", status=0)
    assert "Findings: 2, to decide: 1." in told
    assert "Decided before and not found any more: 1." in told
    text = meeting.minutes_file(str(file)).read_text("utf-8")
    gone = text[text.index("## Not found any more") : text.index("## The findings")]
    assert f"error `{FIRST}`: **change**: a heartbeat (ada, by 2026-12-09)" in gone
    assert SECOND not in gone


def test_a_finding_that_got_worse_is_asked_again(spec: Write, tmp_path: Path) -> None:
    """A limit that is exceeded further than when it was decided."""
    (tmp_path / ".rtreview.toml").write_text('select = ["heartbeat-slower-than-path"]\n', "utf-8")
    text = "rtreview: 1\ntransport: {kind: websocket, path: [aws-alb], heartbeat: {interval: 90s}}\n"
    file = spec(text)
    meet(file, "c", "25 s", "ada", "", status=0)
    file.write_text(text.replace("90s", "80s"), "utf-8")
    assert "Findings: 1, to decide: 0." in meet(file, status=0)
    file.write_text(text.replace("90s", "120s"), "utf-8")
    assert "and it is worse now" in " ".join(meet(file).split())


def test_the_first_owner_of_a_design_is_proposed(only: Write) -> None:
    """After the first answer it is who was named last."""
    file = only(f"{SPEC}owners: [canvas team, others]\n")
    meet(file, "c", "a heartbeat", "", "", "c", "jitter", "ada", "", "c", "a grace", "", "", status=0)
    assert [kept(file)[rule].owner for rule in (FIRST, SECOND, THIRD)] == ["canvas team", "ada", "ada"]


def test_the_designs_of_a_file_are_told_apart(only: Write) -> None:
    """Two without a name and with the same fault: the second is asked too, and written to by itself."""
    one = SPEC.replace("name: Board  # a name\n", "")
    file = only(f"{one}---\n{one}")
    meet(file, "a", "few", "ada", "", "q")
    first, second = file.read_text("utf-8").split("---\n")
    assert (first == one, second == one) == (False, True)
    assert "3 of 6" in meet(file, "s", "a", "few", "ada", "", "q").splitlines()
    assert file.read_text("utf-8").count(f"- rule: {FIRST}") == 2
    assert len(minutes.load(meeting.minutes_file(str(file))).points) == 3


def test_a_spec_that_somebody_else_writes_is_not_overwritten(only: Write) -> None:
    """An acceptance that was made for another text is not written; the next is made for the new one."""
    file = only(SPEC)
    held = Meeting(str(file), file.with_name("minutes.md"), Policy(RULEBOOK, select=(FIRST,)))
    item = held.agenda(held.reviews()).ahead()
    assert item is not None
    decision = Decision(Choice.ACCEPT, TODAY, "few", "ada", "until 2099-01-31")
    stale = held.acceptable(item.identity, decision)
    file.write_text(f"{SPEC}# by somebody else\n", "utf-8")
    assert not held.accept(stale)
    assert file.read_text("utf-8") == f"{SPEC}# by somebody else\n"
    assert held.accept(held.acceptable(item.identity, decision))
    assert "# by somebody else\n" in file.read_text("utf-8")
    file.write_text(SPEC.replace("heartbeat: none", "heartbeat: {interval: 20s}"), "utf-8")
    with pytest.raises(Refused, match="not there any more"):
        held.acceptable(item.identity, decision)


def test_a_spec_that_cannot_be_written_is_told(only: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The question comes again, and the finding stays open."""
    file = only(SPEC)

    def refuse(*_: object) -> None:
        raise Refused("`design.yaml` cannot be written: no space left")

    monkeypatch.setattr(meeting.output, "write", refuse)
    held = Meeting(str(file), file.with_name("minutes.md"), Policy(RULEBOOK, select=(FIRST,)))
    item = held.agenda(held.reviews()).items[0]
    with pytest.raises(Refused, match="no space left"):
        held.accept(
            held.acceptable(item.identity, Decision(Choice.ACCEPT, TODAY, "a", "b", "until 2099-01-01"))
        )
    assert file.read_text("utf-8") == SPEC


def test_a_note_is_on_the_agenda_and_cannot_be_accepted(spec: Write) -> None:
    """A platform that nobody knows explains what the rules could not see."""
    file = spec("rtreview: 1\ntransport: {library: sockett.io@4}\n")
    told = meet(file, "s", "s", "a", "q")
    assert told.index("question (error)") < told.index("[unknown-platform]"), "the gravest comes first"
    assert "It tells what could not be reviewed, which nobody can accept: correct the spec." in told


def test_what_comes_next_is_what_nobody_came_to() -> None:
    """The gravest first; then what was skipped, each once in a sitting; nothing that is settled."""
    (one,) = review(SPEC, "a.yaml", Policy(RULEBOOK, select=(FIRST, SECOND, THIRD)))
    now = agenda([one], Minutes())
    assert [item.finding.rule for item in now.items] == [FIRST, SECOND, THIRD]
    skipped, changed = (
        minutes.Point.of(item.identity, item.finding, Decision(choice, TODAY, end=TODAY))
        for item, choice in zip(now.items, (Choice.SKIP, Choice.CHANGE), strict=False)
    )
    now = agenda([one], Minutes().with_point(skipped).with_point(changed))
    first, _, third = (item.identity for item in now.items)
    assert [now.ahead(visited) and now.ahead(visited).identity for visited in ((), (third,))] == [
        third,
        first,
    ]  # type: ignore[union-attr]
    assert now.ahead((first, third)) is None


def test_a_review_loads_nothing_of_a_meeting(only: Write) -> None:
    """`rtreview design.yaml` is as fast as before."""
    script = (
        "import sys\nfrom rtreview.commands import app\n"
        f"try: app([{str(only(SPEC))!r}])\nexcept SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith('rtreview.') and\n"
        "    name.rpartition('.')[2] in ('edit', 'meeting', 'minutes', 'sitting')], file=sys.stderr)\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert told.stderr == "[]\n"


def test_the_second_of_two_meetings_is_told_and_replaces_nothing_unless_it_says_so(
    only: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the first has decided while the second was asked is shown, and stays, or gives way."""
    mine = ("c", "jitter: full", "ada", "2026-12-01")
    for answer, stands in (("", "theirs"), ("y", "jitter: full")):
        file = only(SPEC)
        file.with_name("design.minutes.md").unlink(missing_ok=True)
        held = Meeting(
            str(file), meeting.minutes_file(str(file)), Policy(RULEBOOK, today=date.fromisoformat(TODAY))
        )

        def elsewhere(held: Meeting = held) -> str:
            reviews = held.reviews()
            items = held.agenda(reviews).items
            theirs = Decision(Choice.ASK, TODAY, "theirs", "bo", "2026-12-24")
            held.record(
                reviews, *(minutes.Point.of(item.identity, item.finding, theirs) for item in items[:2])
            )
            return "c"

        scripted(monkeypatch, elsewhere, *mine[1:], answer)
        Sitting(held).hold()
        told = " ".join(capsys.readouterr().out.split())
        assert f"Another meeting has decided on `{FIRST}` meanwhile: ask: theirs (bo, 2026-12-24)." in told
        assert {rule: decision.text for rule, decision in kept(file).items()} == {
            FIRST: stands,
            SECOND: "theirs",
        }


@pytest.mark.slow
def test_decisions_of_meetings_at_the_same_time_are_all_kept(only: Write) -> None:
    """Between reading the minutes and writing them, each has them alone."""
    file = only(SPEC)
    program = (
        "import sys; from datetime import date; from pathlib import Path\n"
        "from rtreview.meeting.meeting import Meeting, minutes_file\n"
        "from rtreview.meeting.minutes import Choice, Decision, Point\n"
        "from rtreview.reviews.policy import Policy\n"
        "from rtreview.rulebook import rulebook\n"
        "path, nth = sys.argv[1], int(sys.argv[2])\n"
        "held = Meeting(path, minutes_file(path), Policy(rulebook.load(), today=date(2026, 11, 25)))\n"
        "reviews = held.reviews()\n"
        "item = held.agenda(reviews).items[nth % 3]\n"
        "for at in range(10):\n"
        "    identity = item.identity._replace(nth=10 * nth + at)\n"
        "    decision = Decision(Choice.ASK, '2026-11-25', 'x', 'y')\n"
        "    held.record(reviews, Point.of(identity, item.finding, decision))\n"
    )
    calls = [subprocess.Popen([sys.executable, "-c", program, file, str(nth)]) for nth in range(4)]
    assert [call.wait() for call in calls] == [0] * 4
    assert len(minutes.load(meeting.minutes_file(str(file))).points) == 40
    assert list(file.parent.glob("*.lock")) == list(file.parent.glob(".*.tmp")) == []
