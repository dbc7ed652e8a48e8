"""`rtreview watch`: a report at once, and another one whenever a file changes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, cli

ENDS = "Ctrl-C ends it."
WHILE = 30.0
"""Seconds after which a report that has not come never comes."""


class Watched:
    """A design that is watched, and what has been printed of it."""

    def __init__(self, folder: Path) -> None:
        self.design = folder / "chat.rtreview.yaml"
        self.design.write_bytes((ROOT / "examples" / "team-chat.rtreview.yaml").read_bytes())
        self.printed = folder / "printed.txt"
        with self.printed.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "rtreview", "watch", str(folder)], stdout=file, stderr=file
            )

    def reports(self, count: int) -> list[str]:
        """As many reports, once they are there."""
        end = time.monotonic() + WHILE
        while time.monotonic() < end:
            reports = self.printed.read_text("utf-8").split(ENDS)
            if len(reports) > count:
                return reports[:count]
            time.sleep(0.05)
        raise AssertionError(self.printed.read_text("utf-8"))

    def change(self, old: str, new: str) -> None:
        """Another text in place of one."""
        text = self.design.read_text("utf-8")
        assert old in text
        self.design.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """A watched design, which is left alone at the end."""
    watched = Watched(tmp_path)
    yield watched
    watched.process.kill()
    watched.process.wait()


def test_a_change_is_reviewed_with_what_is_new_and_what_is_gone(watched: Watched) -> None:
    """Each report is whole, and below it stands what is different since the last one."""
    watched.reports(1)
    watched.change("interval: 25s", "interval: 75s")
    worse = watched.reports(2)[1]
    assert worse.count("error[heartbeat-slower-than-path]") == 2
    assert "1 new, 0 gone" in worse
    watched.change("interval: 75s", "interval: 25s")
    better = watched.reports(3)[2]
    assert "gone\n  heartbeat-slower-than-path" in better
    assert "0 new, 1 gone" in better


def test_what_is_half_written_makes_nothing_gone(watched: Watched) -> None:
    """The mistake is told, and the next report is compared with the last that was whole."""
    watched.reports(1)
    watched.change("jitter: full", "jitter: [")
    assert "error[syntax]" in watched.reports(2)[1]
    watched.change("jitter: [", "jitter: full")
    assert "0 new, 0 gone" in watched.reports(3)[2]


def test_a_design_that_comes_to_a_folder_is_reviewed(watched: Watched) -> None:
    """Nobody has to begin anew for it."""
    watched.reports(1)
    (watched.design.parent / "new.rtreview.yaml").write_text("rtreview: 1\nname: A new one\n", "utf-8")
    assert "A new one" in watched.reports(2)[1]


def test_an_interrupt_is_the_end_of_it(watched: Watched) -> None:
    """Nothing went wrong."""
    watched.reports(1)
    watched.process.send_signal(signal.SIGINT)
    assert watched.process.wait(WHILE) == 0
    assert "Traceback" not in watched.printed.read_text("utf-8")


def test_a_file_that_is_taken_away_is_waited_for(watched: Watched) -> None:
    """An editor may put a new one in its place; until then nobody is told that it was reviewed."""
    watched.reports(1)
    text = watched.design.read_bytes()
    watched.design.unlink()
    gone = watched.reports(2)[1]
    assert "No spec in this directory" in gone
    assert "Reviewed at" not in gone
    watched.design.write_bytes(text)
    assert "0 new, 0 gone" in watched.reports(3)[2]


def test_a_name_that_nothing_has_is_refused_at_once(tmp_path: Path) -> None:
    """It is misspelt more often than it is early, and a folder can be watched for what will be there."""
    result = cli("watch", str(tmp_path), str(tmp_path / "missing.yaml"))
    assert result.exit_code == 2
    assert "missing.yaml` is not there: name a file, or the folder in which it will be" in result.stderr


def test_standard_input_cannot_be_watched() -> None:
    """It is read once."""
    result = cli("watch", "-")
    assert result.exit_code == 2
    assert "standard input is read once: name a file to watch" in result.stderr
