"""What the tests of meetings share: two designs, and people who answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from conftest import RULEBOOK, cli

from rtreview.meeting import meeting, minutes, sitting
from rtreview.meeting.minutes import Decision
from rtreview.reviews.engine import review
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Review

TODAY = "2026-11-25"
SPEC = """\
rtreview: 1
name: Board  # a name
transport:
  kind: websocket
  heartbeat: none
  reconnect: {strategy: exponential, base: 1s, cap: 30s, jitter: none}
presence: {grace: none}
workload: {users: 5k}
"""
FIRST, SECOND, THIRD = "missing-heartbeat", "reconnect-without-jitter", "presence-immediate-removal"
"""The rules that run on it, in the order of their weight."""

TWO_HOPS = """\
rtreview: 1
transport:
  kind: websocket
  path: [{name: a, idle_timeout: 60s}, {name: b, idle_timeout: 50s}]
  heartbeat: {interval: 90s}
"""


def meet(file: Path, *answers: str, status: int = 1) -> str:
    """What a sitting says, with these answers, one on a line."""
    told = cli("meeting", "--today", TODAY, file, stdin="".join(f"{one}\n" for one in answers).encode())
    assert told.exit_code == status, told.output
    return told.stdout


def kept(file: Path) -> dict[str, Decision]:
    """What the minutes of a spec remember, by rule."""
    return {
        one.identity.key.rule: one.decision for one in minutes.load(meeting.minutes_file(str(file))).points
    }


def found(file: Path, **options: object) -> Review:
    """The review of a spec on the day of the meeting."""
    (one,) = review(
        file.read_bytes(), str(file), Policy(RULEBOOK, today=date.fromisoformat(TODAY), **options)
    )  # type: ignore[arg-type]
    return one


def scripted(monkeypatch: pytest.MonkeyPatch, *answers: str | Callable[[], str]) -> None:
    """Answers, and what happens while the meeting waits for one."""
    left = iter(answers)

    def line() -> str:
        one = next(left, None)
        if one is None:
            raise sitting._Ended
        return one if isinstance(one, str) else one()

    monkeypatch.setattr(sitting, "_line", line)
