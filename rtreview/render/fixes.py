"""What `rtreview fix` did to specs, and what it leaves to people, on a terminal."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rtreview.render.text import NARROWEST, Line, Piece, hanging, many, painted
from rtreview.rulebook.finding import Verdict
from rtreview.text.harmless import harmless, visible

if TYPE_CHECKING:
    from rtreview.fix.fix import Fix, Fixed


def render(
    results: Sequence[Fixed],
    *,
    is_written: bool,
    with_done: bool = True,
    width: int = 80,
    colour: bool = False,
) -> str:
    """A line for each fix, with what the references say in general; then how many there are.

    Args:
        results: what was found in each text.
        is_written: whether the fixes are made, and not only shown.
        with_done: whether those that are made or shown have a line too, and not only what is left out.
        width: columns to fill.
        colour: with the escape codes of a terminal.

    """
    width = max(width, NARROWEST)
    lines: list[Line] = []
    for fixed in results:
        for fix in (*(fixed.done if with_done else ()), *fixed.waiting, *fixed.refused):
            lines += [*_fix(fixed, fix, width), []]
    lines += hanging(_summary(results, is_written), width, "bold", indent="")
    return painted(lines, colour)


def diff(fixed: Fixed) -> str:
    """What is different in a text, as `diff -u` shows it; nothing where nothing is."""
    before, after = (_lines(text.decode("utf-8", "replace")) for text in (fixed.source.content, fixed.after))
    name = harmless(fixed.source.shown)
    lines = []
    for line in difflib.unified_diff(before, after, name, name):
        text = line.removesuffix("\n").removesuffix("\r")
        lines.append(f"{harmless(text)}{line[len(text) :]}")
        if not line.endswith("\n"):
            lines.append("\n\\ No newline at end of file\n")
    return "".join(lines)


def _lines(text: str) -> list[str]:
    """With their ends; no sign but a line feed ends one, as with `patch`."""
    lines = [f"{line}\n" for line in text.split("\n")]
    return [*lines[:-1], *([lines[-1][:-1]] if lines[-1] != "\n" else [])]


def _fix(fixed: Fixed, fix: Fix, width: int) -> Iterator[Line]:
    finding, remedy = fix.finding, fix.remedy
    place = f"{visible(fixed.source.shown)}:{finding.place.span.line}"
    word, style = ("not possible", "bold red") if fix.refusal else _word(fix)
    yield [Piece(f"{place}: "), Piece(finding.rule, "bold"), Piece(f" ({word})", style)]
    for setting in remedy.settings:
        field, _, value = setting.rpartition("=")
        yield from hanging(f"{visible(field)}: {visible(value)}", width, "green")
    if remedy.beside:
        yield from hanging(f"Beside: {remedy.beside}.", width)
    if fix.refusal:
        yield from hanging(visible(f"Not made: {fix.refusal}"), width)
        return
    if remedy.thought:
        yield from hanging(f"Think about it: {remedy.thought}.", width)
    if fix.price:
        yield from hanging(f"Price: {fix.price}.", width)
    yield from hanging(f"In general: {visible(finding.fix)}", width)


def _word(fix: Fix) -> tuple[str, str]:
    return ("safe", "bold green") if fix.remedy.is_safe else ("needs thought", "bold yellow")


_LEFT = {
    Verdict.UNREVIEWED: "mistake",
    Verdict.VIOLATED: "finding",
    Verdict.UNSTATED: "question",
}
"""What is left to do, in the order in which it is told."""


def _summary(results: Sequence[Fixed], is_written: bool) -> str:
    done, waiting, refused = (
        sum(len(getattr(fixed, name)) for fixed in results) for name in ("done", "waiting", "refused")
    )
    parts = [f"{done} {'fixed' if is_written else 'can be fixed'}"]
    if waiting:
        parts.append(f"{waiting} {'needs' if waiting == 1 else 'need'} thought (--all makes them too)")
    if refused:
        parts.append(f"{refused} not possible")
    counts = Counter(
        finding.verdict for fixed in results for review in fixed.reviews for finding in review.findings
    )
    left = [many(counts[verdict], noun) for verdict, noun in _LEFT.items() if counts[verdict]]
    parts.append(f"left: {' and '.join(left)}" if left else "nothing left")
    return ", ".join(parts) + "."
