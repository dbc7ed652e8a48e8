"""Files that go by their usual names, as a stranger may have made them; and how files are written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import FLAWED, cli

from rtreview.text import kept, output
from rtreview.text.refusal import Refused

SECRET = "token=hunter2"


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test is called in a repository, beside a secret that is none of its business."""
    (tmp_path / "secret").write_text(f"{SECRET}\n", "utf-8")
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    (repository / ".git" / "config").write_text(f"{SECRET}\n", "utf-8")
    (repository / "a.yaml").write_bytes(FLAWED.read_bytes())
    monkeypatch.chdir(repository)


NAMES = (".rtreview.toml", ".rtreview-baseline.json", "a.minutes.md", "b.rtreview.yaml")
CALLS = (["a.yaml"], ["."], ["baseline", "write", "a.yaml"], ["meeting", "a.yaml"], ["baseline", "show"])


@pytest.mark.parametrize("target", ["../secret", ".git/config", "/proc/self/environ"])
@pytest.mark.parametrize("name", NAMES)
def test_no_link_shows_what_is_not_of_the_repository(name: str, target: str) -> None:
    """Not even the line at which the mistake would stand; nor does git's own folder count as of it."""
    Path(name).symlink_to(target)
    for words in CALLS:
        told = cli(*words, stdin=b"5\n" * 40)
        assert told.exit_code in (0, 1, 2, 3)
        assert SECRET not in told.output
        assert "PATH=" not in told.output
    assert (Path("../secret")).read_text("utf-8") == f"{SECRET}\n"


def test_a_path_of_the_configuration_does_not_lead_into_git() -> None:
    """Its configuration may hold the token of the build."""
    Path(".rtreview.toml").write_text("paths = ['.git/config']\n", "utf-8")
    told = cli("review")
    assert told.exit_code == 3
    assert SECRET not in told.output


@pytest.mark.parametrize("words", [["baseline", "write", "a.yaml"], ["meeting", "a.yaml"]])
@pytest.mark.parametrize("name", [".rtreview-baseline.json", "a.minutes.md"])
def test_nothing_is_made_behind_a_link_that_dangles(name: str, words: list[str]) -> None:
    """Where it leads to, nobody asked for a file."""
    Path(name).symlink_to("../planted")
    cli(*words, stdin=b"4\nwhy\nAda\n" + b"5\n" * 40)
    assert not Path("../planted").exists()


def test_a_link_inside_of_the_repository_is_followed() -> None:
    """Many folders may share one configuration."""
    Path("shared.toml").write_text("select = ['missing-heartbeat']\n", "utf-8")
    Path("docs").mkdir()
    Path("docs/.rtreview.toml").symlink_to("../shared.toml")
    assert "missing-heartbeat" in cli("config", "docs").stdout


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pipe", "zero"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_plain_file_holds_nobody_up(name: str, kind: str) -> None:
    """A pipe without another end, or a link to a device without one."""
    os.mkfifo(name) if kind == "pipe" else Path(name).symlink_to("/dev/zero")
    for words in CALLS:
        call = [sys.executable, "-m", "rtreview", *words]
        done = subprocess.run(call, input=b"5\n" * 40, capture_output=True, check=False, timeout=20)
        assert done.returncode in (0, 1, 2, 3)
        assert b"Traceback" not in done.stderr


def test_a_file_without_end_is_read_up_to_a_bound() -> None:
    """16 MiB hold a hundred thousand findings."""
    with Path(".rtreview-baseline.json").open("wb") as file:
        file.truncate(kept.MOST + 1)
    told = cli("a.yaml")
    assert told.exit_code == 3
    assert "larger than 16 MiB" in told.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["x" * 300 + "/a.yaml"],
        ["/".join(["x" * 200] * 30)],
        ["meeting", "--minutes", "y" * 300 + "/x", "a.yaml"],
        ["meeting", "--minutes", "y" * 300, "a.yaml"],
        ["--format", "json=" + "x" * 300, "a.yaml"],
        ["baseline", "write", "a.yaml"],
        ["a.yaml"],
    ],
    ids=lambda words: words[0][:9],
)
def test_a_name_that_is_too_long_is_no_fault_of_the_report(words: list[str]) -> None:
    """The sentence is about the file, and not about the report that cannot be written."""
    Path(".rtreview.toml").write_text(f"baseline = '{'b' * 300}'\n", "utf-8")
    told = cli(*words)
    assert told.exit_code in (1, 2, 3)
    assert "the report cannot be written" not in told.output


def test_a_read_only_file_is_told_and_left() -> None:
    """Who made it so meant it, also where the system would let us."""
    Path("a.yaml").chmod(0o444)
    told = cli("fix", "a.yaml")
    assert told.exit_code == 2
    assert "`a.yaml` cannot be written: it is read-only" in told.output
    assert Path("a.yaml").read_bytes() == FLAWED.read_bytes()


def test_a_file_keeps_its_mode_and_its_owner() -> None:
    """Where the system lets us: a superuser can give a file away."""
    Path("a.yaml").chmod(0o640)
    if os.geteuid() == 0:
        os.chown("a.yaml", 1234, 4321)
    before = Path("a.yaml").stat()
    output.write("new", "a.yaml")
    after = Path("a.yaml").stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


@pytest.mark.slow
def test_an_interrupt_leaves_no_draft_and_tells_what_was_written() -> None:
    """At whatever moment it comes."""
    names = [f"{number}.rtreview.yaml" for number in range(8)]
    for delay in range(10):
        for name in names:
            Path(name).write_bytes(FLAWED.read_bytes())
        call = [sys.executable, "-m", "rtreview", "fix", *names]
        running = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.25 + delay * 0.15)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
        fixed = [name for name in names if Path(name).read_bytes() != FLAWED.read_bytes()]
        assert list(Path().glob(".rtreview-*.tmp")) == []
        if running.returncode == 130 and b"interrupted" in said:
            assert [name for name in fixed if name.encode() not in said] == []
            assert (b"no report was written" in said) == (not fixed)


@pytest.mark.parametrize("target", ["secret", "missing", "repository/.git/config"])
def test_no_report_is_written_through_a_link_that_leads_out(target: str, tmp_path: Path) -> None:
    """A stranger's link leads to no file outside of the checkout, be it there or not, nor into git's own."""
    report = tmp_path / "repository" / "rtreview.xml"
    report.symlink_to(tmp_path / target)
    with pytest.raises(Refused, match="it is a link that leads out of the repository"):
        output.write("told", str(report))
    assert not (tmp_path / target).exists() or (tmp_path / target).read_text("utf-8") == f"{SECRET}\n"


@pytest.mark.parametrize("path", [".", "/", ""])
def test_a_meeting_is_about_one_file(path: str) -> None:
    """A folder is refused by its name."""
    assert "is a folder: a meeting is about the spec in one file" in cli("meeting", path).stderr
