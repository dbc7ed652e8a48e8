"""Many files: the same reviews from any number of processes, and no noise when something ends them."""

from __future__ import annotations

import io
import os
import pty
import random
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from conftest import EXAMPLES, FLAWED, ROOT, cli

from rtreview.project import batch
from rtreview.reviews import engine
from rtreview.reviews.report import Review

pytestmark = pytest.mark.slow  # reviews in several processes

FILES = EXAMPLES * 3


def review_file(file: Path) -> list[Review]:
    """What a review of many does with each."""
    return engine.review(file.read_bytes(), str(file))


def named(task: object) -> list[Review]:
    """Two reviews that say which process made them of which task."""
    return [Review(str(task), (), name=str(os.getpid())), Review(f"{task} again", ())]


def makers(reviews: list[Review]) -> set[int]:
    """The processes that made these reviews."""
    return {int(one.name) for one in reviews if one.name is not None}


def slow(task: object) -> list[Review]:
    """The same in 10 ms."""
    time.sleep(0.01)
    return named(task)


def of_an_odd(task: int) -> list[Review]:
    """Of the first task of all, a review; of the others the end of the process."""
    if task:
        os.kill(os.getpid(), signal.SIGKILL)
    return named(task)


def no_review(task: int) -> list[Review]:
    """Of the first task of all, a review; of the others a fault."""
    return named([0][task])


def large(task: int) -> list[Review]:
    """A review that is larger than a pipe holds."""
    return [Review("x" * 300_000, (str(task),))]


@pytest.mark.parametrize("jobs", [0, 2, 3, 99])
def test_the_reviews_are_the_same_in_any_number_of_processes(jobs: int) -> None:
    """Every finding, judgement and place, in the same order."""
    alone = batch.reviews(review_file, FILES, jobs=1)
    assert [one.path for one in alone] == [str(file) for file in FILES]
    assert batch.reviews(review_file, FILES, jobs=jobs) == alone


@pytest.mark.parametrize("tasks", [0, 1, 2, 3, 4, 5, 9, 1003])
def test_no_task_is_lost(tasks: int) -> None:
    """Not where the last chunk is short, nor where there is nothing to do."""
    paths = [one.path for one in batch.reviews(named, range(tasks), jobs=2)]
    assert paths == [path for task in range(tasks) for path in (str(task), f"{task} again")]


def test_the_first_task_loads_here_what_all_need() -> None:
    """The rest is reviewed by as many processes as are asked for."""
    made = batch.reviews(slow, range(60), jobs=3)
    assert makers(made[:1]) == {os.getpid()}
    assert len(makers(made[1:])) == 3
    assert os.getpid() not in makers(made[1:])


def test_few_files_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one pays from twice as many files as one needs to pay."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    assert makers(batch.reviews(named, range(2 * batch.PAYS))) == {os.getpid()}
    assert os.getpid() not in makers(batch.reviews(named, range(2 * batch.PAYS + 1))[1:])


def test_one_processor_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many files there are."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert makers(batch.reviews(named, range(99))) == {os.getpid()}


def test_a_system_that_cannot_fork_reviews_in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked for."""
    monkeypatch.delattr(os, "fork")
    assert makers(batch.reviews(named, range(99), jobs=2)) == {os.getpid()}


def test_large_reviews_arrive_whole() -> None:
    """Also where each is larger than a pipe holds."""
    made = batch.reviews(large, range(20), jobs=2)
    assert [(len(one.path), one.lines) for one in made] == [(300_000, (str(task),)) for task in range(20)]


@contextmanager
def leaving_nothing() -> Iterator[None]:
    """No process is there afterwards that was not there before, and no file is open."""
    before = len(list(Path("/dev/fd").iterdir()))
    yield
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_process_that_is_killed_is_told() -> None:
    """Nothing hangs, and no process is left."""
    with leaving_nothing(), pytest.raises(ChildProcessError, match=r"^a process that reviews was killed$"):
        batch.reviews(of_an_odd, range(31), jobs=2)


@pytest.mark.parametrize("series", range(4))
def test_a_process_that_is_killed_at_any_moment_holds_nobody_up(series: int) -> None:
    """Also in the middle of an answer, of which the others wait for the end; 200 times."""
    dice = random.Random(series)

    def dying(task: int) -> list[Review]:
        if task == 1:
            threading.Timer(dice.uniform(0, 0.02), os.kill, (os.getpid(), signal.SIGKILL)).start()
        return large(task)

    for _ in range(50):
        dice.random()
        # One that has answered before it is killed is not missed.
        with leaving_nothing(), suppress(ChildProcessError):
            made = batch.reviews(dying, range(30), jobs=3)
            assert len(made) == 30


def test_a_killed_process_is_exit_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something could not be reviewed: the command line was right. No report is written."""
    for number in range(9):
        (tmp_path / f"{number}.rtreview.yaml").write_bytes(FLAWED.read_bytes())
    here, review = os.getpid(), engine.review_text

    def killed(*words: object, **options: object) -> list[Review]:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return review(*words, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "review_text", killed)
    result = cli(tmp_path, "--jobs", 2, "--format", f"json={tmp_path / 'report'}")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "rtreview: a process that reviews was killed; no report was written\n"
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_review_raises_is_raised_here(jobs: int) -> None:
    """With its type, and no process is left."""
    with pytest.raises(IndexError, match="list index out of range"):
        batch.reviews(no_review, range(9), jobs=jobs)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_system_without_processes_to_spare_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where some could be started: they are ended, so that nothing hangs."""
    fork, started = os.fork, []

    def scarce() -> int:
        if started:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        started.append(1)
        return fork()

    monkeypatch.setattr(os, "fork", scarce)
    with pytest.raises(ChildProcessError, match="no process to spare: try --jobs 1"):
        batch.reviews(named, range(99), jobs=2)


@contextmanager
def started(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A call on its own, with two processes under it, in the middle of its work."""
    first = folder / "0.rtreview.yaml"
    first.write_bytes(FLAWED.read_bytes())
    for number in range(1, 3000):
        (folder / f"{number}.rtreview.yaml").hardlink_to(first)
    with subprocess.Popen(
        [sys.executable, "-m", "rtreview", str(folder), "--jobs", "2", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
        cwd=ROOT,
    ) as call:
        try:
            deadline = time.monotonic() + 20
            while len(group(call.pid)) < 3 and time.monotonic() < deadline:
                time.sleep(0.02)
            assert len(group(call.pid)) == 3
            # The last of them may not have begun yet.
            time.sleep(0.3)
            yield call
        finally:
            for process in group(call.pid):
                os.kill(process, signal.SIGKILL)


def group(leader: int) -> list[int]:
    """The processes of a group that are not at their end."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = file.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of) == leader and state != "Z":
            found.append(int(file.parent.name))
    return found


def is_over(leader: int, within: float) -> bool:
    """Whether the processes of a group end in this many seconds."""
    deadline = time.monotonic() + within
    while group(leader) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not group(leader)


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are seen in /proc")


@linux
@pytest.mark.parametrize("of_all", [True, False])
def test_an_interrupt_ends_a_call_with_one_line(of_all: bool, tmp_path: Path) -> None:
    """Whether a terminal sends it to all processes, or somebody to the first; nothing is half written."""
    with started(tmp_path, "--format", f"json={tmp_path / 'report'}") as call:
        (os.killpg if of_all else os.kill)(call.pid, signal.SIGINT)
        out, err = call.communicate(timeout=20)
        assert is_over(call.pid, 0.5)
    assert (call.returncode, out, err) == (130, "", "rtreview: interrupted; no report was written\n")
    assert {file.suffix for file in tmp_path.iterdir()} == {".yaml"}


@linux
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_call_that_is_killed_leaves_no_process(end: signal.Signals, tmp_path: Path) -> None:
    """They would wait for work for ever."""
    with started(tmp_path) as call:
        call.send_signal(end)
        call.wait(timeout=20)
        assert is_over(call.pid, 5)


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, patience: float, jobs: int) -> str:
    """What a terminal gets to see of 30 reviews that take 10 ms each."""
    monkeypatch.setattr(batch, "PATIENCE", patience)
    monkeypatch.setattr(batch, "PACE", 0.02)
    ours, theirs = pty.openpty()
    try:
        with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
            batch.reviews(slow, range(30), jobs=jobs, progress=terminal)
            shown = b""
            # The other end sees it a little later.
            while select.select([ours], [], [], 0.1)[0]:
                shown += os.read(ours, 65536)
            return shown.decode()
    finally:
        os.close(ours)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_terminal_shows_how_far_the_reviews_are(jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, written over and wiped at the end."""
    shown = on_a_terminal(monkeypatch, patience=0.05, jobs=jobs)
    first, *lines, blank, end = shown.split("\r")
    counts = [int(line.removeprefix("reviewed ").removesuffix(" of 30")) for line in lines]
    assert (first, end) == ("", "")
    assert len(counts) > 1
    assert counts == sorted(set(counts))
    assert blank == " " * len(lines[-1])


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_short_review_shows_nothing(jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the first second a terminal stays as it is."""
    assert on_a_terminal(monkeypatch, patience=batch.PATIENCE, jobs=jobs) == ""


def test_a_file_shows_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a terminal does."""
    monkeypatch.setattr(batch, "PATIENCE", 0)
    file = io.StringIO()
    batch.reviews(named, range(9), jobs=1, progress=file)
    assert file.getvalue() == ""


class Terminal(io.StringIO):
    """What says that it is one."""

    def isatty(self) -> bool:
        """It does."""
        return True


def test_a_terminal_that_is_gone_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The review goes on without it."""

    class Gone(Terminal):
        def flush(self) -> None:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(batch, "PATIENCE", 0)
    assert len(batch.reviews(named, range(9), jobs=1, progress=Gone())) == 18


def test_thousands_have_a_comma(monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere in a report."""
    monkeypatch.setattr(batch, "PATIENCE", 0)
    monkeypatch.setattr(batch, "PACE", 0)
    terminal = Terminal()
    batch.reviews(named, range(1312), jobs=1, progress=terminal)
    assert "\rreviewed 1,312 of 1,312\r" in terminal.getvalue()


def test_one_process_loads_nothing_for_several() -> None:
    """A review of a file pays for no machinery that it does not use."""
    check = (
        "import sys; from pathlib import Path; from rtreview.project import batch; "
        "from rtreview.reviews import engine\n"
        "batch.reviews(lambda file: engine.review(file.read_bytes()), [Path(sys.argv[1])])\n"
        "print([name for name in ('multiprocessing', 'asyncio', 'json', 'pydantic', 'select', 'threading', "
        "'concurrent') if name in sys.modules])"
    )
    words = [sys.executable, "-c", check, str(ROOT / "examples" / "team-chat.rtreview.yaml")]
    assert subprocess.run(words, capture_output=True, check=True, text=True).stdout == "[]\n"


def test_each_of_several_files_is_whole(tmp_path: Path) -> None:
    """What each format says is what it says alone."""
    one, other = tmp_path / "one", tmp_path / "other"
    cli(FLAWED, "--format", f"json={one}", "--format", f"sarif={other}")
    assert one.read_bytes() == cli(FLAWED, "--format", "json").stdout_bytes
    assert other.read_bytes() == cli(FLAWED, "--format", "sarif").stdout_bytes
