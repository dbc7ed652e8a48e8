"""Changes of a text that end findings, each tried by a review before it is offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from rtreview.editors.sheet import Sheet
from rtreview.fix import fix as fixes
from rtreview.fix.fix import Trial
from rtreview.render.exchange import shown
from rtreview.render.text import entries
from rtreview.rulebook.finding import Finding, Key


class Edit(NamedTuple):
    """A stretch of a text, by its first sign and the one behind its last, and what stands there then."""

    start: int
    end: int
    text: str


class Mending(NamedTuple):
    """A change that ends a finding. One that is safe needs no thought."""

    title: str
    finding: Finding | None
    is_safe: bool
    edits: tuple[Edit, ...]


def mendings(
    sheet: Sheet, wanted: Callable[[Finding], bool], still_wanted: Callable[[], None]
) -> list[Mending]:
    """What ends some of the findings of a text, the safe changes first. Each is tried once for a text.

    Args:
        sheet: the text.
        wanted: whether a finding is asked about.
        still_wanted: called before each trial; raises where nobody waits for them any more.

    """
    if sheet.settings is None:
        return []
    asked = {
        _name(number, finding): finding
        for number, finding in sheet.findings
        if finding.proposed and wanted(finding)
    }
    untried = asked.keys() - sheet.trials.keys()
    if untried:
        found: dict[tuple[int, Key, str], list[Trial]] = {name: [] for name in untried}
        for trial in fixes.trials(
            sheet.source,
            sheet.settings.policy,
            wanted=lambda number, finding: _name(number, finding) in untried,
            still_wanted=still_wanted,
        ):
            found[_name(trial.number, trial.fix.finding)].append(trial)
        sheet.trials.update((name, tuple(found[name])) for name in untried)
    offered = [
        Mending(_title(trial), finding, trial.fix.remedy.is_safe, tuple(edits(sheet, trial.after)))
        for name, finding in asked.items()
        for trial in sheet.trials[name]
    ]
    return sorted(offered, key=lambda mending: not mending.is_safe)


def all_safe(sheet: Sheet, still_wanted: Callable[[], None]) -> Mending | None:
    """All that can be mended without a thought, as `rtreview fix` does; None where that is nothing."""
    if sheet.settings is None:
        return None
    fixed = fixes.fixed(sheet.source, sheet.settings.policy, still_wanted=still_wanted)
    if not fixed.done:
        return None
    return Mending("Mend all that is safe", None, is_safe=True, edits=tuple(edits(sheet, fixed.after)))


def edits(sheet: Sheet, after: bytes) -> Iterator[Edit]:
    """What is different in a text afterwards, in as few signs as tell it."""
    old, new = (
        content.decode("utf-8").splitlines(keepends=True) for content in (sheet.source.content, after)
    )
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    for tag, first, last, new_first, new_last in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            continue
        was, now = "".join(old[first:last]), "".join(new[new_first:new_last])
        above = _common(was, now)
        below = _common(was[above:][::-1], now[above:][::-1])
        yield Edit(starts[first] + above, starts[last] - below, now[above : len(now) - below])


def _name(number: int, finding: Finding) -> tuple[int, Key, str]:
    """What makes a finding of a text the same in another review of it, by the number of its document."""
    return number, finding.key, finding.message


def _common(one: str, other: str) -> int:
    """How many signs two texts begin with that are the same."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _title(trial: Trial) -> str:
    remedy = trial.fix.remedy
    change = ", ".join(entries(remedy.settings))
    thought = "; ".join(filter(None, (remedy.thought, trial.fix.price)))
    return shown(f"Set {change}{f' (to think about: {thought})' if thought else ''}")
