"""The command `rtreview init`: who is asked, where the spec goes, and what is never overwritten."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import EXAMPLES, ROOT, cli

from rtreview.init import beginning, questions
from rtreview.language.spec import entry_at, notation_at
from rtreview.reviews.engine import review
from rtreview.text import document

FILE = "design.rtreview.yaml"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to write into."""
    monkeypatch.chdir(tmp_path)


def in_terminal(*words: str, typed: Sequence[str]) -> tuple[int, str]:
    """A call in a terminal of 80 columns, which types when it is asked: its status, and all that is shown."""
    process, terminal = pty.fork()
    if process == 0:
        environment = {**os.environ, "COLUMNS": "80", "TERM": "dumb"}
        os.execvpe(sys.executable, [sys.executable, "-m", "rtreview", "init", *words], environment)
    shown, left = b"", list(typed)
    while select.select([terminal], [], [], 30)[0]:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # Linux tells so that nobody writes any more.
            break
        shown += piece
        if shown.endswith(b"] ") and left:
            os.write(terminal, left.pop(0).encode())
    else:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode().replace("\r\n", "\n")


def test_a_person_is_asked_in_a_terminal() -> None:
    """Ten questions, each with what Enter takes; then a sentence, and a spec without a violation."""
    status, shown = in_terminal(typed=["notifications\n", *["\n"] * 9])
    assert status == 0, shown
    for question in questions.QUESTIONS:
        assert question.asks in shown
    assert " 1/10  What is built?" in shown
    assert "[server]" in shown
    assert all(len(line) <= 80 for line in shown.splitlines()), shown
    (made,) = review(Path(FILE).read_bytes())
    assert made.name == "Notifications"
    assert not [found for found in made.findings if found.verdict.value == "violated"]


@pytest.mark.parametrize(
    ("question", "word"),
    [
        *(("purpose", word) for word in notation_at(("purpose",)).options),  # type: ignore[union-attr]
        *(("clients", word) for word in entry_at(("workload", "clients")).words),  # type: ignore[union-attr]
    ],
)
def test_each_word_of_the_language_is_an_answer(question: str, word: str) -> None:
    """Whatever a spec can be for, and whatever connects, can be begun with."""
    assert cli("init", "--defaults", f"--{question}", word, "-").exit_code == 0


@pytest.mark.slow
def test_an_answer_that_is_none_is_asked_for_again() -> None:
    """With the reason and what is near; nothing is lost of what was answered before."""
    status, shown = in_terminal(typed=["chatt\n", "chat\n", *["\n"] * 9])
    assert status == 0, shown
    assert "`chatt` is none of the answers: did you mean `chat`?" in shown


@pytest.mark.slow
def test_a_person_may_go_back() -> None:
    """`back` shows the question before, with what was answered; the new answer counts."""
    typed = ["chat\n", "one\n", "500\n", "back\n", "Back\n", "\n", "700\n", *["\n"] * 7]
    status, shown = in_terminal(typed=typed)
    assert status == 0, shown
    assert shown.count("goes back") == 1
    asked = re.findall(r"^ ?(\d+)/10 ", shown, re.MULTILINE)
    assert asked == ["1", "2", "3", "4", "3", "2", "3", *map(str, range(4, 11))]
    assert re.findall(r"\[(10k|500)\]", shown) == ["10k", "500", "500"]
    assert re.findall(r"\[(many|one)\]", shown) == ["many", "one"]
    text = Path(FILE).read_text("utf-8")
    assert "connections: 700" in text
    assert "writers: one" in text
    assert all(len(line) <= 80 for line in shown.splitlines()), shown


def test_what_is_usual_follows_from_the_answer_that_was_changed() -> None:
    """An Enter takes what is usual, also for a purpose that is changed later."""
    typed = ["chat", "", "back", "back", "dashboard", *[""] * 9]
    done = cli("init", "-", stdin="\n".join([*typed, ""]).encode())
    assert done.stdout == cli("init", "-", "--purpose=dashboard", "--defaults").stdout


def test_going_back_passes_over_what_the_options_answer() -> None:
    """A question that was not asked is not the one before."""
    given = ["--writers=many", "--connections=2k", "--room=30"]
    done = cli("init", "-", *given, stdin="\n".join(["chat", "back", "game", *[""] * 6, ""]).encode())
    assert done.exit_code == 0
    assert done.stdout == cli("init", "-", *given, "--purpose=game", "--defaults").stdout


@pytest.mark.slow
def test_a_question_that_an_answer_leaves_empty_is_not_asked() -> None:
    """Nobody holds servers beside a service, and no devices share a room; going back passes over both."""
    typed = ["telemetry\n", "\n", "\n", "back\n", "\n", "\n", "?\n", "pubnub\n", "back\n", "\n", "\n", "\n"]
    status, shown = in_terminal(typed=typed)
    assert status == 0, shown
    asked = re.findall(r"^ ?(\d+)/10 ", shown, re.MULTILINE)
    assert asked == ["1", "2", "3", "5", "3", "5", "6", "7", "9", "7", "9", "10"]
    assert "[pubnub]" in shown
    assert "nodes" not in Path(FILE).read_text("utf-8")
    assert "room" not in Path(FILE).read_text("utf-8")
    assert "taken as usual: writers devices; connections 10k; clients device; offline none" in shown


def test_a_person_who_is_asked_nothing_is_told_nothing_of_answers() -> None:
    """All is answered or empty, and what does not go together ends the call, since nothing can be changed."""
    said = {"purpose": "chat", "writers": "many", "connections": "200k", "room": "9", "clients": "ios"}
    said |= {"path": "railway", "library": "azure-signalr", "offline": "none", "presence": "no"}
    status, shown = in_terminal(*(f"--{name}={answer}" for name, answer in said.items()), typed=[])
    assert status == 2
    assert shown.startswith("rtreview: these answers do not go together (connections-exceed-limit).")


def test_a_pipe_has_a_line_for_each_question() -> None:
    """Also for one that a person would not be asked, so that the next line answers the next question."""
    typed = ["chat", "", "", "", "", "", "pubnub", "4", "7d", "no"]
    done = cli("init", "-", stdin="\n".join([*typed, ""]).encode())
    assert "offline: {max: 7d}" in done.stdout
    assert "presence: none" in done.stdout


@pytest.mark.slow
def test_nothing_comes_before_the_first_question() -> None:
    """A person is told so and asked again, a pipe is refused; the first is the first that is asked."""
    status, shown = in_terminal(typed=["back\n", "chat\n", *["\n"] * 9])
    assert status == 0, shown
    assert "no question comes before this one" in shown
    done = cli("init", "-", "--purpose=chat", stdin=b"back\n")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "rtreview: Who sends? no question comes before this one\n"


def test_an_option_goes_nowhere_back() -> None:
    """`back` is an answer to a question that is asked, and to no other."""
    done = cli("init", "-", "--defaults", "--purpose=back")
    assert done.exit_code == 2
    assert "--purpose: `back` is none of the answers" in done.stderr


@pytest.mark.slow
def test_answers_that_do_not_go_together_are_changed_in_a_terminal() -> None:
    """None of them is lost: the last question comes again, and `back` leads to the one to change."""
    given = [
        f"--{name}=?" for name in ("purpose", "writers", "room", "clients", "library", "offline", "presence")
    ]
    status, shown = in_terminal(
        *given, typed=["20k\n", "railway\n", "\n", "back\n", "back\n", "9k\n", "\n", "\n"]
    )
    assert status == 0, shown
    assert "do not go together (connections-exceed-limit). The connection count" in " ".join(shown.split())
    assert "connections: 9k" in Path(FILE).read_text("utf-8")


@pytest.mark.slow
def test_a_person_who_leaves_leaves_nothing_behind() -> None:
    """The end of the input, or Ctrl-C, writes no file."""
    for last, expected in (("\x04", 2), ("\x03", 130)):
        status, shown = in_terminal(typed=["chat\n", last])
        assert status == expected, shown
        assert not Path(FILE).exists()


def test_what_the_options_answer_is_not_asked() -> None:
    """Options first; the person is asked for the rest."""
    words = [f"--{question.name}=?" for question in questions.QUESTIONS if question.name != "room"]
    _, shown = in_terminal(*words, typed=["40\n"])
    assert "What is built?" not in shown
    assert "How many members" in shown
    assert "rooms: {size: {max: 40}}" in Path(FILE).read_text("utf-8")


def test_a_pipe_answers_a_line_each() -> None:
    """In the order of the questions; an empty line takes what is usual."""
    typed = ["dashboard", "", "50k", *[""] * 7]
    done = subprocess.run(
        [sys.executable, "-m", "rtreview", "init", "-"],
        input="\n".join(typed) + "\n",
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout == cli("init", "-", "--purpose=dashboard", "--connections=50k", "--defaults").stdout


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "rtreview: nobody answers: What is built?"),
        ("chat\n\n", "rtreview: nobody answers: How many connections are open at the peak?"),
        ("sailing\n", "rtreview: What is built? `sailing` is none of the answers"),
        ("\x1b[31m\n", "rtreview: What is built? `\N{REPLACEMENT CHARACTER}[31m` is none of the answers"),
    ],
)
def test_a_pipe_that_does_not_answer_is_refused(typed: str, told: str) -> None:
    """With the question that is open, and the fix; nothing is written."""
    done = cli("init", stdin=typed.encode())
    assert done.exit_code == 2
    assert done.stderr.startswith(told)
    assert not Path(FILE).exists()


def test_a_file_is_never_overwritten_by_itself() -> None:
    """Nor is anybody asked before that is told; `--force` is asked for."""
    Path(FILE).write_text("mine", "utf-8")
    done = cli("init", stdin=b"")
    assert done.exit_code == 2
    assert done.stderr == f"rtreview: `{FILE}` exists already: --force overwrites it\n"
    assert Path(FILE).read_text("utf-8") == "mine"
    assert cli("init", "--defaults", "--force").exit_code == 0
    assert Path(FILE).read_text("utf-8").startswith("# Written by `rtreview init`.")


def test_a_link_to_nowhere_is_a_file_too() -> None:
    """What would be written through it is somewhere else."""
    Path(FILE).symlink_to("elsewhere.yaml")
    assert cli("init", "--defaults").exit_code == 2


def test_an_empty_name_is_no_file() -> None:
    """It would be standard output by accident."""
    done = cli("init", "--defaults", "")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "FILE is empty" in done.stderr


def test_a_folder_that_is_not_there_is_told() -> None:
    """The sentence names the file and the reason."""
    done = cli("init", "--defaults", "no/folder.yaml")
    assert done.exit_code == 2
    assert "`no/folder.yaml` cannot be written: No such file or directory" in done.stderr


@pytest.mark.parametrize("name", beginning.templates())
def test_a_template_is_an_example_as_it_stands(name: str) -> None:
    """And only those that are sound are templates."""
    done = cli("init", "--template", name, "-")
    assert done.stdout == (ROOT / "examples" / f"{name}.rtreview.yaml").read_text("utf-8")
    assert {one.name for one in EXAMPLES} >= {f"{name}.rtreview.yaml"}
    assert not name.endswith("-flawed")


def test_a_template_that_does_not_exist_is_told_its_neighbour() -> None:
    """Or all of them."""
    near, far = (cli("init", "--template", name, "-").stderr for name in ("team-chatt", "x"))
    assert "no example is called `team-chatt`: did you mean `team-chat`?" in near
    assert "there are fleet-telemetry, game," in far


@pytest.mark.parametrize(
    "words",
    [
        ["--template=game", "--defaults"],
        ["--template=game", "--purpose=chat"],
        ["--from=x", "--template=game"],
        ["--from=x", "--defaults"],
    ],
)
def test_a_design_begins_with_one_thing(words: list[str]) -> None:
    """Answers, an example and a document do not mix."""
    done = cli("init", *words)
    assert done.exit_code == 2
    assert "with one of them" in done.stderr


def test_it_explains_each_choice() -> None:
    """The choice, why not the other, and the principle behind it; beside a spec on standard output too."""
    done = cli("init", "-", "--defaults", "--purpose=notifications", "--explain")
    assert "transport.kind" in done.stderr
    assert "principle 5, SSE before WebSocket: A push in one direction seldom needs" in done.stderr
    assert "Only the server sends" in done.stderr
    written = cli("init", "--defaults", "--purpose=notifications", "--explain")
    assert written.stdout.startswith(done.stderr)
    assert all(len(line) <= 80 for line in done.stderr.splitlines())


def test_the_principles_are_those_of_the_patterns() -> None:
    """All five are found, each with what it says after its first sentence."""
    told = beginning.principles()
    assert [name.partition(",")[0] for name in told] == [f"principle {number}" for number in range(1, 6)]
    patterns = (ROOT / "references" / "patterns.md").read_text("utf-8")
    assert all(rest and rest.split()[-1] in patterns for rest in told.values())


def test_it_says_what_it_took_and_what_a_review_says_of_it() -> None:
    """How much is decided and open, what nobody answered, the verdict, and the command that comes next."""
    done = cli("init", "--defaults", "--purpose", "dashboard", "--nodes", "2")
    first, *others = done.stdout.splitlines()
    assert re.fullmatch(rf"{re.escape(FILE)}: \d+ lines decided, \d+ open", first)
    said = " ".join(" ".join(others).split())
    assert said.startswith("taken as usual: writers server; connections 10k; clients browser; ")
    assert "left open: room, path, library" in said
    assert said.endswith(f"its review finds nothing review it: rtreview {FILE}")
    assert done.stderr == ""


@pytest.mark.parametrize(("library", "layer"), [("grpc", "http2-ping"), ("socket.io", "application")])
def test_a_heartbeat_is_one_that_its_transport_has(library: str, layer: str, tmp_path: Path) -> None:
    """A gRPC stream has no WebSocket ping."""
    file = tmp_path / "design.rtreview.yaml"
    clients = "server" if library == "grpc" else "browser"
    cli("init", "--defaults", "--library", library, "--clients", clients, file)
    heartbeat = document.read(file.read_bytes())[0].content["transport"]["heartbeat"]
    assert heartbeat.get("layer", layer) == layer


@pytest.mark.parametrize("path", ["aws-nlb", "none"])
def test_devices_are_not_made_to_ping_every_25s(path: str, tmp_path: Path) -> None:
    """Nobody waits for the news that one of millions is gone: every 2 min, or sooner for the path."""
    file = tmp_path / "design.rtreview.yaml"
    devices = ("--purpose", "telemetry", "--writers", "devices", "--library", "paho-mqtt")
    cli("init", "--defaults", *devices, "--connections", "2M", "--path", path, file)
    assert document.read(file.read_bytes())[0].content["transport"]["heartbeat"]["interval"] == "2m"
