"""The minutes of a meeting: decisions on findings, and the Markdown file that keeps them.

The file is what people read, and all that a meeting remembers: it ends in a comment that holds the decisions.
With a second file beside it, a process that is killed between the two would leave them apart.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import NamedTuple

from rtreview.language import record
from rtreview.language.record import Record
from rtreview.quantities.unchanging import unchanging
from rtreview.rulebook.finding import Finding, Key, Severity, Verdict
from rtreview.text import kept, output
from rtreview.text.refusal import Refused

OPENS, CLOSES = "<!-- rtreview meeting 1\n", "\n-->\n"
"""What stands around the decisions at the end of the file."""


class Choice(StrEnum):
    """What becomes of a finding; only a question has an answer."""

    CHANGE = "change"
    ANSWER = "answer"
    ACCEPT = "accept"
    ASK = "ask"
    SKIP = "skip"


class Decision(NamedTuple):
    """What was decided about a finding, and on which day.

    `text` is what is changed, what is answered, why it is accepted, or what is asked; `owner` who does it,
    writes the answer into the spec, stands for it, or is asked. `end` is the day by which; for a risk,
    `until` and a day, or `while` and a condition. It is asked for last.
    """

    choice: Choice
    day: str
    text: str = ""
    owner: str = ""
    end: str = ""

    @property
    def is_begun(self) -> bool:
        """Whether the input ended before all was answered that belongs to it."""
        return self.choice is not Choice.SKIP and not self.end


class Identity(NamedTuple):
    """What a finding is known by from one sitting to the next: never its line.

    `design` tells the designs of a file apart, `nth` two findings with one key.
    """

    design: str
    key: Key
    nth: int = 0


class Point(Record):
    """A decision, and the finding as it was then, as the minutes keep them."""

    design: str
    rule: str
    features: tuple[str, ...]
    at: str
    related: tuple[str, ...]
    nth: int
    verdict: Verdict
    severity: Severity
    overshoot: float | None
    title: str
    message: str
    choice: Choice
    day: str
    text: str
    owner: str
    end: str

    @classmethod
    def of(cls, identity: Identity, found: Finding, decision: Decision) -> Point:
        """What a decision on a finding leaves in the minutes."""
        return cls(
            design=identity.design,
            **identity.key._asdict(),
            nth=identity.nth,
            verdict=found.verdict,
            severity=found.severity,
            overshoot=found.overshoot,
            title=found.title,
            message=found.message,
            **decision._asdict(),
        )

    @property
    def identity(self) -> Identity:
        """What the finding is known by."""
        return Identity(self.design, Key(self.rule, self.features, self.at, self.related), self.nth)

    @property
    def decision(self) -> Decision:
        """What was decided."""
        return Decision(self.choice, self.day, self.text, self.owner, self.end)


@unchanging()
class Minutes:
    """What was decided about the designs of a file, and on which days people met."""

    days: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()

    def of(self, identity: Identity) -> Point | None:
        """What was decided about a finding."""
        return next((point for point in self.points if point.identity == identity), None)

    def with_point(self, new: Point) -> Minutes:
        """The minutes with a decision, in place of an earlier one on the same finding."""
        others = tuple(point for point in self.points if point.identity != new.identity)
        return replace(self, days=tuple(sorted({*self.days, new.day})), points=(*others, new))


class _State(Record):
    """What the comment holds, but for the digest of the text above it."""

    days: tuple[str, ...]
    points: tuple[Point, ...]


def load(file: Path) -> Minutes:
    """The minutes in a file; empty ones where there is no file.

    Raises:
        Refused: the file cannot be read, or holds no minutes of a meeting.

    """
    text = _text(file)
    try:
        return decisions(text) if text else Minutes()
    except ValueError as error:
        raise Refused(f"`{file}` {error}: name another file with --minutes") from None


def save(file: Path, minutes: Minutes, account: str) -> Path | None:
    """Write minutes below the account of them, whole or not at all; not where nothing changes.

    What somebody wrote into them by hand is kept in another file, whose name is given back.

    Raises:
        Refused: the file cannot be written.

    """
    before, text = _text(file), f"{account}{closing(minutes, account)}"
    if before == text:
        return None
    aside = None
    body, _, state = before.rpartition(OPENS)
    if state and f'"{_digest(body)}"' not in state:
        numbered = (file.with_suffix(f".edited-{number}.md") for number in count(1))
        aside = next(path for path in numbered if not path.exists())
        output.write(body, str(aside))
    output.write(text, str(file))
    return aside


def closing(minutes: Minutes, account: str) -> str:
    """The comment at the end of the file, in which nothing can end it but its own end."""
    rows = ",".join(f"\n  {json.dumps(point.model_dump())}" for point in minutes.points)
    days = json.dumps(minutes.days)
    state = f'{{"days": {days}, "told": "{_digest(account)}", "points": [{rows}\n]}}'
    state = state.replace("<", "\\u003c").replace(">", "\\u003e").replace("--", "-\\u002d")
    return f"{OPENS}{state}{CLOSES}"


def decisions(text: str) -> Minutes:
    """What the comment at the end of a text holds.

    Raises:
        ValueError: it has none, or one that cannot be read.

    """
    before, opening, state = text.rpartition(OPENS)
    if not opening or not state.endswith(CLOSES):
        raise ValueError("is there already, and does not end as the minutes of a meeting do")
    try:
        held = record.read(_State, state.removesuffix(CLOSES).encode("utf-8"), "the minutes")
    except record.Mistake as mistake:
        line, column = mistake.span.line + before.count("\n") + 1, mistake.span.column
        reason = f"line {line}, column {column}: {mistake}"
        raise ValueError(f"ends in decisions that were edited and cannot be read ({reason})") from None
    return Minutes(held.days, held.points)


def _text(file: Path) -> str:
    """What a file of minutes holds; nothing where there is none."""
    try:
        return kept.read(file).decode("utf-8").replace("\r\n", "\n")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise Refused(f"the minutes `{file}` cannot be read: {reason}") from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
