"""The minutes of a meeting: decisions on findings, and the Markdown file that keeps them.

The file is what people read, and all that a meeting remembers: it ends in a comment that holds the decisions.
With a second file beside it, a process that is killed between the two would leave them apart.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count
from pathlib import Path as File
from typing import Any, NamedTuple

from rtreview.rulebook.finding import Finding, Key, Severity, Verdict
from rtreview.text import output
from rtreview.text.refusal import Refused

OPENS, CLOSES = "<!-- rtreview meeting 1\n", "\n-->\n"
"""What stands around the decisions at the end of the file."""


class Choice(StrEnum):
    """What becomes of a finding."""

    CHANGE = "change"
    ACCEPT = "accept"
    ASK = "ask"
    SKIP = "skip"


class Decision(NamedTuple):
    """What was decided about a finding, and on which day.

    `text` is what is changed, why it is accepted, or what is asked; `owner` who does it, stands for it, or is
    asked. `end` is the day by which; for a risk, `until` and a day, or `while` and a condition.
    """

    choice: Choice
    day: str
    text: str = ""
    owner: str = ""
    end: str = ""


class Identity(NamedTuple):
    """What a finding is known by from one sitting to the next: never its line.

    `design` tells the designs of a file apart, `nth` two findings with one key.
    """

    design: str
    key: Key
    nth: int = 0


class Point(NamedTuple):
    """A decision, and the finding as it was then."""

    identity: Identity
    verdict: Verdict
    severity: Severity
    overshoot: float | None
    title: str
    message: str
    decision: Decision


def point(identity: Identity, found: Finding, decision: Decision) -> Point:
    """What a decision on a finding leaves in the minutes."""
    grade = (found.verdict, found.severity, found.overshoot)
    return Point(identity, *grade, found.title, found.message, decision)


@dataclass(frozen=True, slots=True)
class Minutes:
    """What was decided about the designs of a file, and on which days people met."""

    days: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()

    def of(self, identity: Identity) -> Point | None:
        """What was decided about a finding."""
        return next((one for one in self.points if one.identity == identity), None)

    def with_point(self, new: Point) -> Minutes:
        """The minutes with a decision, in place of an earlier one on the same finding."""
        others = tuple(one for one in self.points if one.identity != new.identity)
        return replace(self, days=tuple(sorted({*self.days, new.decision.day})), points=(*others, new))


def load(file: File) -> Minutes:
    """The minutes in a file; empty ones where there is no file.

    Raises:
        Refused: the file cannot be read, or holds no minutes of a meeting.

    """
    text = _text(file)
    try:
        return decisions(text) if text else Minutes()
    except ValueError as error:
        raise Refused(f"`{file}` {error}: name another file with --minutes") from None


def save(file: File, minutes: Minutes, told: str) -> File | None:
    """Write minutes below what is told of them, whole or not at all; not where nothing changes.

    What somebody wrote into them by hand is kept in another file, whose name is given back.

    Raises:
        Refused: the file cannot be written.

    """
    before, text = _text(file), f"{told}{closing(minutes, told)}"
    if before == text:
        return None
    aside = None
    body, _, state = before.rpartition(OPENS)
    if state and f'"{_digest(body)}"' not in state:
        numbered = (file.with_suffix(f".edited-{number}.md") for number in count(1))
        aside = next(one for one in numbered if not one.exists())
        output.write(body, str(aside))
    output.write(text, str(file))
    return aside


def closing(minutes: Minutes, told: str) -> str:
    """The comment at the end of the file, in which nothing can end it but its own end."""
    rows = ",".join(f"\n  {json.dumps(_row(one))}" for one in minutes.points)
    days = json.dumps(minutes.days)
    state = f'{{"days": {days}, "told": "{_digest(told)}", "points": [{rows}\n]}}'
    state = state.replace("<", "\\u003c").replace(">", "\\u003e").replace("--", "-\\u002d")
    return f"{OPENS}{state}{CLOSES}"


def decisions(text: str) -> Minutes:
    """What the comment at the end of a text holds.

    Raises:
        ValueError: it has none, or one that cannot be read.

    """
    _, opening, state = text.rpartition(OPENS)
    if not opening or not state.endswith(CLOSES):
        raise ValueError("is there already, and does not end as the minutes of a meeting do")
    try:
        content = json.loads(state.removesuffix(CLOSES))
        return Minutes(tuple(map(_word, content["days"])), tuple(map(_point, content["points"])))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ValueError("ends in decisions that were edited and cannot be read") from None


def _text(file: File) -> str:
    """What a file of minutes holds; nothing where there is none."""
    try:
        return file.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise Refused(f"the minutes `{file}` cannot be read: {reason}") from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _row(one: Point) -> dict[str, Any]:
    design, key, nth = one.identity
    return {
        "design": design,
        **key._asdict(),
        "nth": nth,
        "verdict": one.verdict,
        "severity": one.severity,
        "overshoot": one.overshoot,
        "title": one.title,
        "message": one.message,
        **one.decision._asdict(),
    }


def _point(row: Any) -> Point:
    key = Key(_word(row["rule"]), _words(row["features"]), _word(row["at"]), _words(row["related"]))
    overshoot = row["overshoot"]
    return Point(
        Identity(_word(row["design"]), key, int(row["nth"])),
        Verdict(row["verdict"]),
        Severity(row["severity"]),
        None if overshoot is None else float(overshoot),
        _word(row["title"]),
        _word(row["message"]),
        Decision(Choice(row["choice"]), *(_word(row[name]) for name in ("day", "text", "owner", "end"))),
    )


def _words(raw: Any) -> tuple[str, ...]:
    return tuple(map(_word, raw))


def _word(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError(f"expected a text, found {raw}")
    return raw
