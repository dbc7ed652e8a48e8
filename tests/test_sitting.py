"""A sitting: what is asked and answered, on a terminal and without one, and what an interruption costs."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, RULEBOOK, cli
from sittings import FIRST, SPEC, THIRD, TODAY, TWO_HOPS, found, kept, meet, scripted

from rtreview.meeting import meeting, minutes
from rtreview.meeting.meeting import Meeting
from rtreview.meeting.minutes import Choice, Decision
from rtreview.reviews.policy import Policy

Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (["x"], "Expected c, a, k, s, b, q or ?, found `x`."),
        (["w"], "Expected c, a, k, s, b, q or ?, found `w`."),
        (["answer"], "Expected c, a, k, s, b, q or ?, found `answer`."),
        (["b"], "This is the first one."),
        (["c", "jitter", "none"], "Expected some words: in a spec, `none` says that there are none."),
        (["c", "jitter", "ada", "soon"], "Expected a day such as 2027-01-31, found `soon`."),
        (["c", "jitter", "ada", "2026-11-24"], "Expected a day that is not over, found `2026-11-24`."),
        (["a", "none"], "Expected some words: in a spec, `none` says that there are none."),
        (["a", "25s"], "Expected words, found `25s`. To decide on `transport.heartbeat.interval: 25s` or"),
        (
            ["c", "25s"],
            "`25s` may be the value of several fields: expected `transport.heartbeat.interval: 25s`",
        ),
        (["c", "25kB"], "Expected words, or a field and its value, found `25kB`."),
        (["a", "few", "ada", "2026-11-24"], "Expected a day that is not over, found `2026-11-24`."),
        (["a", "few", "ada", "while it lasts"], "It cannot be accepted so. Expected a condition such as"),
        (["a", "few", "ada", "sync.clock < 3"], "`sync.clock` is no number"),
        (["a", "few", "ada", "workload.connections < 5"], "`workload.connections` is not stated."),
    ],
)
def test_an_answer_that_cannot_be_used_is_told_at_once(answers: list[str], said: str, only: Write) -> None:
    """What was expected stands in a sentence, nothing is written, and the question comes again."""
    file = only(SPEC)
    told = meet(file, *answers, "q")
    assert said in " ".join(told.split())
    assert file.read_text("utf-8") == SPEC
    assert kept(file) == {}


def test_what_is_typed_is_kept_without_control_characters(only: Write) -> None:
    """They are blanks in the spec and in the minutes."""
    file = only(SPEC)
    meet(file, "a", "five\x1b[31m\x07 people\x85 \u202e日本 😀", "ada\x00", "")
    assert "    reason: five [31m people 日本 😀\n    owner: ada\n" in file.read_text("utf-8")
    assert kept(file)[FIRST].text == "five [31m people 日本 😀"


def test_an_empty_answer_goes_back_to_the_choices(only: Write) -> None:
    """Where there is nothing to take for it."""
    told = meet(only(SPEC), "a", "", "q")
    assert told.count("c change, a accept") == 2


@pytest.mark.parametrize(
    "answers", [["c"], ["c", "a heartbeat"], ["c", "a heartbeat", "ada"], ["a", "few", "ada"]]
)
def test_every_question_can_be_left(answers: list[str], only: Write) -> None:
    """`b` and `back` lead to the choices, `q` ends the sitting, and nothing is decided."""
    for word in ("b", "back"):
        file = only(SPEC)
        told = meet(file, *answers, word, "q")
        assert told.count("c change, a accept") == 2
        assert "Expected" not in told
        assert kept(file) == {}
    assert meet(only(SPEC), *answers, "q").count("c change, a accept") == 1


def test_a_question_mark_explains_the_keys(only: Write) -> None:
    """Those of the choices, and those of a question that a choice asks."""
    told = meet(only(SPEC), "?", "c", "?", "q")
    assert "\nk  ask: somebody is asked, by a day\n" in told
    assert "\nb  back: to the choices for this finding\n" in told
    assert "Expected" not in told


def test_what_is_proposed_for_a_change_is_what_fix_proposes(only: Write) -> None:
    """Enter takes it: the value of the references, and not the least that clears the limit."""
    file = only(SPEC)
    meet(file, "c", "", "ada", "")
    assert kept(file)[FIRST].text.startswith("transport.heartbeat: {interval: 15s, timeout: 5s, misses: 3,")


HEARTBEAT = """\
rtreview: 1
transport:
  kind: websocket
  path: [aws-alb]
  heartbeat: {interval: 60s, layer: websocket-ping}
"""
"""Its first finding has a fix of one field."""


@pytest.fixture
def beating(spec: Write, tmp_path: Path) -> Path:
    """That design, of which nothing else is judged."""
    (tmp_path / ".rtreview.toml").write_text('select = ["heartbeat-slower-than-path"]\n', "utf-8")
    return spec(HEARTBEAT)


@pytest.mark.parametrize("answers", [["20s", "", "ada", ""], ["c", "20 s", "ada", ""]])
def test_a_value_of_the_field_of_a_finding_is_the_change_to_it(answers: list[str], beating: Path) -> None:
    """Be it answered to what is to be done, or to what is changed."""
    meet(beating, *answers, status=0)
    decision = kept(beating)["heartbeat-slower-than-path"]
    assert (decision.choice, decision.text) == (Choice.CHANGE, "transport.heartbeat.interval: 20s")


def test_a_value_where_words_are_expected_is_told_with_the_field_that_it_belongs_to(beating: Path) -> None:
    """And how to get to where it can be answered."""
    told = " ".join(meet(beating, "a", "20s", "q").split())
    assert "found `20s`. To decide on `transport.heartbeat.interval: 20s`, go back with b." in told
    assert kept(beating) == {}


def test_a_sitting_goes_on_where_the_last_one_ended(only: Write) -> None:
    """The end of the input is the end of the sitting; the next begins at the first that is not decided."""
    file = only(SPEC)
    meet(file, "s", "c", "a heartbeat", "ada", "")
    told = meet(file)
    assert "3 of 3" in told.splitlines()
    assert "1 of 3" not in told.splitlines()
    assert "1 of 3" in meet(file, "s", "q").splitlines(), "what was skipped comes last"


@pytest.mark.parametrize("begin", [("c", "a heartbeat"), ("c a heartbeat",), ("change a heartbeat",)])
def test_a_text_behind_a_letter_is_the_answer(begin: tuple[str, ...], only: Write) -> None:
    """It is not asked for again; the menu reads `w answer`, and people write one there."""
    file = only(SPEC)
    told = meet(file, *begin, "ada", "")
    assert kept(file)[FIRST] == Decision(Choice.CHANGE, TODAY, "a heartbeat", "ada", "2026-12-09")
    assert told.count("What is changed?") == len(begin) - 1


def test_a_text_behind_a_letter_answers_a_question(spec: Write, tmp_path: Path) -> None:
    """As it stands; one that cannot be used is asked for again."""
    (tmp_path / ".rtreview.toml").write_text('select = ["unbounded-message-queue"]\n', "utf-8")
    file = spec("rtreview: 1\ntransport: {kind: websocket}\nworkload: {messages: {rate: 9/s}}\n")
    told = meet(file, "k 25s", "Who caps it?", "ada", "", status=0)
    assert "Expected words, found `25s`." in " ".join(told.split())
    file = spec("rtreview: 1\ntransport: {kind: websocket}\nworkload: {messages: {rate: 8/s}}\n", "b.yaml")
    meet(file, "w The broker caps the queue", "ada", "", status=0)
    assert kept(file)["unbounded-message-queue"].text == "The broker caps the queue"


def test_a_text_behind_what_takes_none_is_refused(only: Write) -> None:
    """Nobody skips with a reason, and `b` and `q` are no decision."""
    told = meet(only(SPEC), "s later", "b it", "q now")
    assert told.count("Expected c, a, k, s, b, q or ?, found") == 3


def test_what_has_no_default_shows_none(only: Write) -> None:
    """Brackets are for what Enter takes."""
    told = meet(only(SPEC), "a", "few", "q")
    assert "Why is it acceptable? (Enter: back)" in told
    assert "[back]" not in told


@pytest.mark.parametrize(
    ("answers", "begun"),
    [
        (["c", "a heartbeat"], Decision(Choice.CHANGE, TODAY, "a heartbeat")),
        (["c", "a heartbeat", "ada"], Decision(Choice.CHANGE, TODAY, "a heartbeat", "ada")),
        (["a", "few", "ada"], Decision(Choice.ACCEPT, TODAY, "few", "ada")),
        (["s", "b", "k Why?"], Decision(Choice.ASK, TODAY, "Why?")),
    ],
)
def test_input_that_ends_within_a_decision_keeps_what_was_answered(
    answers: list[str], begun: Decision, only: Write
) -> None:
    """It is not decided; the next sitting begins there, with what was said in brackets."""
    file = only(SPEC)
    meet(file, *answers)
    assert kept(file)[FIRST] == begun
    text = meeting.minutes_file(str(file)).read_text("utf-8")
    assert f"(begun: **{begun.choice}**: {begun.text}" in text
    assert "- Decided: 0 of 3\n" in text
    told = meet(file, begun.choice, "", "")
    assert f"Begun on {TODAY}: {begun.choice}: {begun.text}" in told
    assert f"[{begun.text}]" in told
    assert told.index("1 of 3") < told.index("Begun on")


def test_input_that_ends_leaves_a_decision_as_it_was(only: Write) -> None:
    """Who goes back to one and says no more has not changed it."""
    file = only(SPEC)
    meet(file, "c", "one", "ada", "", "b", "c", "two")
    assert kept(file)[FIRST].text == "one"


def test_somebody_can_go_back(only: Write) -> None:
    """The one before is asked again, and the last decision counts."""
    file = only(SPEC)
    told = meet(file, "c", "one", "ada", "", "b", "c", "two", "", "")
    assert f"Decided on {TODAY}: change: one (ada, 2026-12-09), and this stands." in told
    assert kept(file)[FIRST].text == "two"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["-"], 2, "a meeting writes into the spec: name a file"),
        (["design.yaml", "--minutes", "design.yaml"], 2, "the minutes cannot be the spec itself"),
        (["design.yaml", "--minutes", "nowhere/a.md"], 2, "there is no folder `nowhere`"),
        (["design.yaml", "--today", "soon"], 2, "--today: expected a day"),
        (["nothing.yaml"], 3, ""),
        (["broken.yaml"], 3, ""),
    ],
)
def test_wrong_use_is_told_before_anything_is_asked(
    words: list[str], status: int, said: str, only: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status 2 with a sentence, or 3 where the spec cannot be reviewed."""
    monkeypatch.chdir(only(SPEC).parent)
    only("rtreview: 2\n", "broken.yaml")
    told = cli("meeting", *words)
    assert told.exit_code == status
    assert said in told.stderr


def test_a_spec_that_breaks_in_between_is_waited_for(only: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decision is kept, the mistake told, and when it is corrected the meeting goes on."""
    file = only(SPEC)

    def broken() -> str:
        file.write_text("rtreview: [", "utf-8")
        return ""

    def corrected() -> str:
        file.write_text(SPEC, "utf-8")
        return ""

    scripted(monkeypatch, "c", "jitter", "ada", broken, corrected, "q")
    told = cli("meeting", "--today", TODAY, file)
    assert f"{file}:1: This is not YAML" in " ".join(told.stdout.split())
    assert "2 of 3" in told.stdout.splitlines()
    assert set(kept(file)) == {FIRST}


def test_a_spec_that_changes_before_it_is_written_is_read_again(
    spec: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the meeting waits for a yes, somebody else writes: both are in the file afterwards."""
    (tmp_path / ".rtreview.toml").write_text('select = ["heartbeat-slower-than-path"]\n', "utf-8")
    file = spec(TWO_HOPS)

    def other() -> str:
        file.write_text(f"# by somebody else\n{TWO_HOPS}", "utf-8")
        return "y"

    scripted(monkeypatch, "a", "few", "ada", "", other)
    assert cli("meeting", "--today", TODAY, file).exit_code == 0
    text = file.read_text("utf-8")
    assert text.startswith(f"# by somebody else\n{TWO_HOPS}accepted:\n  - rule: heartbeat-slower-than-path\n")
    assert text.count("- rule:") == 1


def test_minutes_that_cannot_be_written_are_waited_for(only: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The decision is told to be open, and kept when somebody has seen to the file."""
    file = only(SPEC)
    written = meeting.minutes_file(str(file))

    def spoiled() -> str:
        written.write_text("# Our notes\n", "utf-8")
        return ""

    def moved() -> str:
        written.unlink()
        return ""

    scripted(monkeypatch, "c", "a heartbeat", "ada", spoiled, moved, "q")
    told = cli("meeting", "--today", TODAY, file).stdout
    assert "This is not kept yet:" in told
    assert set(kept(file)) == {FIRST}


def test_two_sittings_at_once_keep_each_other_s_decisions(
    only: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The minutes are read again before they are written."""
    file = only(SPEC)

    def other() -> str:
        held = Meeting(str(file), meeting.minutes_file(str(file)), Policy(RULEBOOK))
        item = next(one for one in held.agenda(held.reviews()).items if one.finding.rule == THIRD)
        held.record(
            held.reviews(), minutes.Point.of(item.identity, item.finding, Decision(Choice.ASK, TODAY))
        )
        return "ada"

    scripted(monkeypatch, "c", "jitter", other, "", "q")
    cli("meeting", "--today", TODAY, file)
    assert set(kept(file)) == {FIRST, THIRD}


def start(file: Path, **options: object) -> subprocess.Popen[bytes]:
    """A sitting as a process of its own."""
    words = [sys.executable, "-m", "rtreview", "meeting", "--today", TODAY, str(file)]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, **{"stdin": pipe, "stdout": pipe, "cwd": ROOT, **options})  # type: ignore[call-overload,no-any-return]


def take_the_terminal() -> None:
    """Be what a terminal starts: it controls the process, and hanging up ends it, also under nohup."""
    import fcntl  # noqa: PLC0415 - not on every system
    import termios  # noqa: PLC0415 - likewise

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is so, for a while."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it never came to this"
        time.sleep(0.02)


@pytest.mark.slow
def test_a_process_that_is_killed_between_two_answers_loses_none(only: Write) -> None:
    """After kill -9 the next sitting begins at the second finding, and asks no more than that."""
    file = only(SPEC)
    process = start(file)
    assert process.stdin is not None
    with process:
        process.stdin.write(b"a\nfew\nada\n\nc\na heart")
        process.stdin.flush()
        wait_for(lambda: FIRST in kept(file))
        process.kill()
    assert [one.finding.rule for one in found(file).accepted] == [FIRST]
    told = meet(file, "c", "a heartbeat", "ada", "", "k", "", "", "", status=0)
    assert [line for line in told.splitlines() if line.endswith(" of 3")] == ["2 of 3", "3 of 3"]


class Terminal:
    """A sitting on a pseudo terminal."""

    def __init__(self, file: Path) -> None:
        """Begin it."""
        import pty  # noqa: PLC0415 - likewise

        self.ours, theirs = pty.openpty()
        self.shown = ""
        self.process = start(
            file,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=take_the_terminal,
            env={**os.environ, "NO_COLOR": "1", "TERM": "dumb"},
        )
        os.close(theirs)

    def __enter__(self) -> subprocess.Popen[bytes]:
        """The process at the terminal."""
        return self.process

    def __exit__(self, *error: object) -> None:
        """End a process that still waits for an answer: a test that failed would wait with it."""
        self.process.kill()
        self.process.wait()

    def shows_more(self, seconds: float) -> bool:
        """Whether it shows anything within that time."""
        if not select.select([self.ours], [], [], seconds)[0]:
            return False
        self.shown += os.read(self.ours, 4096).decode()
        return True

    def until(self, word: str) -> str:
        """What it shows up to a word."""
        while word not in self.shown:
            assert self.shows_more(20), f"nothing after {self.shown!r}"
        before, _, self.shown = self.shown.partition(word)
        return before

    def answer(self, prompt: str, answer: str) -> None:
        """Answer a question, when it is asked."""
        self.until(prompt)
        self.until("> ")
        os.write(self.ours, answer.encode())

    def interrupt(self, prompt: str) -> None:
        """Press Ctrl-C at a question, as often as it takes.

        CPython misses an interrupt between the prompt of `input` and its wait for a key.
        """
        self.answer(prompt, "\x03")
        presses = 1
        while not self.shows_more(1):
            assert presses < 20, "Ctrl-C ends nothing"
            os.write(self.ours, b"\x03")
            presses += 1


def test_a_terminal_is_asked_and_can_interrupt(only: Write) -> None:
    """Ctrl-C is status 130 and says where the decisions are; they are kept."""
    file = only(SPEC)
    terminal = Terminal(file)
    with terminal as process:
        terminal.answer("help [s]", "c\n")
        terminal.answer("confirmed: true}]", "a heartbeat\n")
        terminal.answer("Who does it? (Enter: back)", "ada\n")
        terminal.answer("By which day? [2026-12-09]", "\n")
        terminal.until("2 of 3")
        terminal.interrupt("help [s]")
        terminal.until("interrupted; what was decided before is in")
        assert process.wait(20) == 130
    os.close(terminal.ours)
    assert kept(file) == {FIRST: Decision(Choice.CHANGE, TODAY, "a heartbeat", "ada", "2026-12-09")}


@pytest.mark.slow
def test_a_terminal_that_is_closed_loses_nothing(only: Write) -> None:
    """What was decided before is in the minutes."""
    file = only(SPEC)
    terminal = Terminal(file)
    with terminal as process:
        terminal.answer("help [s]", "s\n")
        terminal.until("2 of 3")
        terminal.until("> ")
        os.close(terminal.ours)
        assert process.wait(20) == -signal.SIGHUP
    assert kept(file) == {FIRST: Decision(Choice.SKIP, TODAY)}
