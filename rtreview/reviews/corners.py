"""What a rule says of a design whose numbers are known within bounds: what is so of every design it may be.

A rule is asked at each combination of the ends of the fields that it reads. Where it always comes to the same
verdict, that is told at the end at which it is told least easily: a fault at the kindest, a design that holds
at the harshest. Else it is open, and it is said where it turns. Of several values that are listed each
occurs: a rule is asked about each, and the worst is told, with the value that it is about. Where all of them
hold side by side the mildest counts: a page sees the heartbeat that it can see, whatever is sent beside it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise, product
from typing import Any, NamedTuple

from rtreview.language.field import (
    Bounded,
    Corner,
    Field,
    Listed,
    Several,
    Undecided,
    silenced,
    supposed,
    wanted,
)
from rtreview.quantities import interval
from rtreview.quantities.interval import FIRST, FOR_EVER, SOME
from rtreview.quantities.quantity import Count, Number, Quantity, as_written, notation
from rtreview.rulebook.finding import Finding, Judgement, Severity, Verdict
from rtreview.text.place import SpecPath, dotted

Ruling = tuple[Judgement, list[Finding]]
Contents = dict[SpecPath, Any]

_MOST = 256
"""Combinations that are looked at: beyond them a rule is left open."""

MOST_COMBINATIONS = 20_000
"""Combinations that are looked at in one design, by all rules of all its features together."""

_EXACT = 1e-5
"""How exactly a turn is found: three digits of it are printed."""

_HOLDS = {Verdict.PASSED, Verdict.NOT_APPLICABLE}


class Budget:
    """The combinations that may still be looked at.

    Attributes:
        is_spent: whether a rule was left open because it had more than were left.

    """

    def __init__(self) -> None:
        self.left = MOST_COMBINATIONS
        self.is_spent = False

    def covers(self, count: int) -> bool:
        """Whether so many more may be looked at; then they are taken from what is left."""
        if count > self.left:
            self.is_spent = True
            return False
        self.left -= count
        return True


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def budgeted() -> Iterator[Budget]:
    """All that is judged inside shares one budget: that of the work around it, where that has one."""
    around = _budget.get()
    if around is not None:
        yield around
        return
    token = _budget.set(Budget())
    try:
        yield _budget.get()  # type: ignore[misc]
    finally:
        _budget.reset(token)


def _are_too_many(counts: Iterable[int]) -> bool:
    """Whether the combinations of so many values each are more than a rule, or the design, may look at."""
    budget, combinations = _budget.get(), math.prod(counts)
    return combinations > _MOST or (budget is not None and not budget.covers(combinations))


class _Run(NamedTuple):
    """What the rule says of one design."""

    contents: Contents
    ruling: Ruling

    @property
    def verdict(self) -> Verdict:
        return self.ruling[0].verdict

    @property
    def overshoot(self) -> float:
        """How far beyond the limit it is, as a factor; 1 where nothing is compared."""
        compared = self.ruling[0].comparison
        return compared.left / compared.right if compared and compared.right else 1.0


def judged(
    rule: Callable[[], Ruling], fails: Callable[[], bool], silent: Callable[[], Ruling] | None = None
) -> Ruling:
    """The ruling on all designs that a spec may mean.

    `fails` tells whether one is violated, and no more. `silent` is the whole ruling on what the spec says,
    where it is taken to say less: a fault that it has then stays where an open end leaves it open.
    """
    ruling, met = _asked(rule, {})
    if not met:
        return ruling
    if not any(field.is_stated for field in met.values()):
        # Where what is implied does not decide, the rule itself says what it would need.
        decides = ruling[0].verdict in (Verdict.VIOLATED, Verdict.PASSED)
        return (_implied(rule, met) if decides else None) or rule()
    return _on_all(rule, fails, silent, ruling, met)


def of_each(judge: Callable[[], Ruling], several: Bounded) -> Ruling:
    """The ruling where each of several values of a field occurs: that of the worst, and which it is.

    Of two lists nobody knows which values go together, so that a fault is one of a value with which every
    pair has it. Of values that hold side by side it is the ruling on the one that helps most.

    Raises:
        Undecided: some pairs have a fault, or there are too many.

    """
    met = {several.at: several}
    while (runs := _runs_of_each(judge, met)) is None:
        pass
    helped = _beside_one_another(runs, met)
    others = {at: field for at, field in met.items() if not field.within.side_by_side}
    if not others:
        return _with_which(helped[0], runs, met)
    runs, met = helped, others
    groups = [
        (field, content, [run for run in runs if run.contents[field.at] == content])
        for field in met.values()
        for content in field.within.others
    ]
    milder = [(field, content, max(group, key=_gravity)) for field, content, group in groups]
    worst = min((run for _, _, run in milder), key=_gravity)
    if Verdict.VIOLATED in {run.verdict for run in runs} - {worst.verdict}:
        raise Undecided(
            *met.values(),
            message="Some of its values fail together, and the spec does not say which go together.",
        )
    judgement, findings = worst.ruling
    if judgement.verdict in _HOLDS or len({run.ruling[0].reason for run in runs}) == 1:
        return judgement, findings
    findings = _found_with([row for row in milder if row[2].verdict is worst.verdict], runs)
    return judgement._replace(reason=findings[0].message if findings else judgement.reason), findings


def _runs_of_each(judge: Callable[[], Ruling], met: dict[SpecPath, Bounded]) -> list[_Run] | None:
    """A run for each combination of listed values; None where one meets another list, then in `met`."""
    if _are_too_many(len(field.within.others) for field in met.values()):
        raise Undecided(*met.values())
    runs = []
    for chosen in product(*(field.within.others for field in met.values())):
        contents = dict(zip(met, chosen, strict=True))
        try:
            with Listed(contents):
                runs.append(_Run(contents, judge()))
        except Several as another:
            met[another.field.at] = another.field
            return None
    return runs


def _beside_one_another(runs: list[_Run], met: dict[SpecPath, Bounded]) -> list[_Run]:
    """The mildest run of the values that hold side by side, for each combination of all others."""
    others = [at for at, field in met.items() if not field.within.side_by_side]
    mildest: dict[tuple[Any, ...], _Run] = {}
    for run in runs:
        key = tuple(run.contents[at] for at in others)
        mildest[key] = max(mildest.get(key, run), run, key=_gravity)
    return list(mildest.values())


def _with_which(run: _Run, runs: list[_Run], met: dict[SpecPath, Bounded]) -> Ruling:
    """What is so with the values of a run, and which they are, where others would fail."""
    judgement, findings = run.ruling
    if judgement.verdict not in _HOLDS or Verdict.VIOLATED not in {each.verdict for each in runs}:
        return judgement, findings
    which = " and ".join(f"`{met[at].dotted}` is {as_written(value)}" for at, value in run.contents.items())
    return judgement._replace(reason=_after(f"where {which}, ", judgement.reason)), findings


def _found_with(rows: list[tuple[Bounded, Any, _Run]], runs: list[_Run]) -> list[Finding]:
    """The findings of the worst values, each once, and with which values it is so if it is not with all."""
    alike: dict[tuple[SpecPath, str], tuple[Finding, dict[Bounded, list[str]]]] = {}
    for field, content, run in rows:
        for finding in run.ruling[1]:
            _, contents = alike.setdefault((finding.place.at, finding.message), (finding, {}))
            contents.setdefault(field, []).append(as_written(content))
    findings = []
    for (at, message), (finding, contents) in alike.items():
        is_of_all = all(
            (at, message) in {(each.place.at, each.message) for each in run.ruling[1]} for run in runs
        )
        field, which = next(iter(contents.items()))
        clause = "" if is_of_all else f"where `{field.dotted}` is {' or '.join(which)}, "
        findings.append(finding._replace(message=_after(clause, message)) if clause else finding)
    return findings


def _gravity(run: _Run) -> tuple[int, int]:
    """What matters first, as a key."""
    return run.verdict.rank, run.ruling[0].severity.rank


def _after(clause: str, message: str) -> str:
    """A message with a clause in front."""
    starts_small = message[1:2].islower() or message.startswith("A ")
    text = f"{clause}{message[0].lower() if starts_small else message[0]}{message[1:]}"
    return text if message[0].islower() else text[0].upper() + text[1:]


def _implied(rule: Callable[[], Ruling], met: dict[SpecPath, Bounded]) -> Ruling | None:
    """The ruling where what is stated bounds what is not so far that it decides; None where it does not."""
    runs = _runs(rule, met, lambda field: field.within.stated.ends)
    return _agreed(runs, met) if runs else None


def _agreed(runs: list[_Run], met: dict[SpecPath, Bounded]) -> Ruling | None:
    """What all designs have in common: one fault, told where it is smallest, or that none has it."""
    verdicts = {run.verdict for run in runs}
    if verdicts == {Verdict.VIOLATED} and _have_one_reason(runs):
        return _told(_kindest(runs, met), runs, met)
    return _told(_harshest(runs, met), runs, met) if verdicts == {Verdict.PASSED} else None


def _on_all(
    rule: Callable[[], Ruling],
    fails: Callable[[], bool],
    silent: Callable[[], Ruling] | None,
    ruling: Ruling,
    met: dict[SpecPath, Bounded],
) -> Ruling:
    runs = _runs(rule, met, lambda field: field.within.stated.ends)
    if runs is None:
        return _open(ruling, met, _wanting(met))
    verdicts = {run.verdict for run in runs}
    if Verdict.UNREVIEWED in verdicts:
        return next(run.ruling for run in runs if run.verdict is Verdict.UNREVIEWED)
    if agreed := _agreed(runs, met):
        return agreed
    if verdicts <= _HOLDS:
        if len(verdicts) > 1 and any(field.is_open for field in met.values()):
            # Where it begins to apply it may fail before it holds.
            return _open(ruling, met, _wanting(met))
        return _told(_harshest(runs, met), runs, met)
    if Verdict.VIOLATED in verdicts:
        return _at_the_ceilings(rule, met) or _as_if_silent(silent, runs, met) or _turning(fails, runs, met)
    if len(verdicts) == 1:
        return runs[0].ruling
    waits = next((run.ruling for run in runs if run.verdict is Verdict.UNDECIDED), None)
    return waits or _open(ruling, met, _wanting(met))


def _kindest(runs: list[_Run], met: dict[SpecPath, Bounded]) -> _Run:
    """Where a fault is smallest."""
    return min(_at_ends(runs, met), key=lambda run: run.overshoot)


def _harshest(runs: list[_Run], met: dict[SpecPath, Bounded]) -> _Run:
    """Where a design holds most narrowly; where nothing is compared, at ends that are stated."""
    passed = [run for run in runs if run.verdict is Verdict.PASSED] or runs
    compared = [run for run in passed if run.ruling[0].comparison]
    if compared:
        return max(_at_ends(compared, met), key=lambda run: run.overshoot)
    return min(_at_ends(passed, met), key=lambda run: sum(map(_has_no_end, run.contents.values())))


def _at_ends(runs: list[_Run], met: dict[SpecPath, Bounded]) -> list[_Run]:
    """The runs at the ends of all fields, which a sentence can name; all of them where there are none."""

    def is_end(at: SpecPath, content: Any) -> bool:
        return not isinstance(content, Quantity) or content in (met[at].within.stated.span() or ())

    return [run for run in runs if all(is_end(*pair) for pair in run.contents.items())] or runs


def _wanting(met: dict[SpecPath, Bounded]) -> str:
    return f"it would need {' and '.join(wanted(field) for field in met.values())}"


def _have_one_reason(runs: list[_Run]) -> bool:
    """Whether one fault is in all of them. Too little of something and too much are two."""
    reasons = [
        {
            (found.comparison.what, found.comparison.than) if found.comparison else found.place.at
            for found in run.ruling[1]
        }
        for run in runs
    ]
    return bool(set.intersection(*reasons))


def _asked(rule: Callable[[], Ruling], contents: Contents) -> tuple[Ruling, dict[SpecPath, Bounded]]:
    """What a rule says of one design, and the fields within bounds that it asked for."""
    with Corner(contents) as design:
        return rule(), design.met


def _runs(
    rule: Callable[[], Ruling],
    met: dict[SpecPath, Bounded],
    ends: Callable[[Bounded], tuple[Any, ...]],
) -> list[_Run] | None:
    """A run for each combination of ends; None where there are too many. `met` grows by what they meet."""
    while True:
        known = dict(met)
        if _are_too_many(len(ends(field)) for field in known.values()):
            return None
        runs = []
        for contents in product(*(ends(field) for field in known.values())):
            chosen = dict(zip(known, contents, strict=True))
            ruling, asked = _asked(rule, chosen)
            met.update(asked)
            runs.append(_Run(chosen, ruling))
        if len(met) == len(known):
            return runs


def _at_the_ceilings(rule: Callable[[], Ruling], met: dict[SpecPath, Bounded]) -> Ruling | None:
    """A fault that stands if words mean what is assumed of them: at most a warning."""
    if not any(field.within.is_word for field in met.values()):
        return None
    runs = _runs(rule, met, lambda field: field.within.ends)
    if runs is None or {run.verdict for run in runs} != {Verdict.VIOLATED} or not _have_one_reason(runs):
        return None
    judgement, findings = _told(_kindest(runs, met), runs, met)
    if judgement.severity is not Severity.ERROR:
        return judgement, findings
    return judgement._replace(severity=Severity.WARNING), [
        finding._replace(severity=Severity.WARNING) for finding in findings
    ]


def _as_if_silent(
    silent: Callable[[], Ruling] | None, runs: list[_Run], met: dict[SpecPath, Bounded]
) -> Ruling | None:
    """A fault that is there too where nothing is said of means that have no upper end.

    `1+` tabs of a user are more than one for some users, so that it excuses no more than silence does. The
    fault is milder than at its worst, since nothing says how many there are.
    """
    endless = [field for field in met.values() if field.is_stated and _is_endless(field)]
    found = [run.ruling[0].severity for run in runs if run.verdict is Verdict.VIOLATED]
    worst = min(found, key=lambda severity: severity.rank)
    if silent is None or not endless or worst is Severity.INFO:
        return None
    with silenced(endless):
        judgement, findings = silent()
    if judgement.verdict is not Verdict.VIOLATED:
        return None

    def mitigated(severity: Severity) -> Severity:
        return max(severity, worst.milder, key=lambda each: each.rank)

    return judgement._replace(severity=mitigated(judgement.severity)), [
        finding._replace(severity=mitigated(finding.severity)) for finding in findings
    ]


def _is_endless(field: Bounded) -> bool:
    """Whether it is a mean of which only the least is said: `1+`, `several`."""
    most = field.within.most
    return type(most) is Number and math.isinf(most.amount) and not field.is_open


def _told(run: _Run, runs: list[_Run], met: dict[SpecPath, Bounded]) -> Ruling:
    """A ruling that is so everywhere, with the ends at which it is told."""
    judgement, findings = run.ruling
    telling = {met[at]: content for at, content in run.contents.items() if _matters(at, run, runs)}
    is_told = telling and judgement.verdict in (Verdict.VIOLATED, Verdict.PASSED)
    # Without a comparison nobody knows which end is the harshest.
    is_worst = judgement.comparison is not None or judgement.verdict is Verdict.VIOLATED
    ends = f"{_ends(telling, 'even' if is_worst else 'for example')}, " if is_told else ""

    def said(message: str) -> str:
        for at, content in run.contents.items():
            if _has_no_end(content):
                message = re.sub(rf"(?<![0-9.,]){content}\b", str(met[at]), message)
        return _after(ends, message) if ends else message

    return judgement._replace(reason=said(judgement.reason)), [
        finding._replace(message=said(finding.message)) for finding in findings
    ]


def _matters(at: SpecPath, run: _Run, runs: list[_Run]) -> bool:
    """Whether another end of this one field makes it read otherwise."""
    others = (
        other
        for other in runs
        if other.contents[at] != run.contents[at]
        and all(other.contents[key] == run.contents[key] for key in run.contents if key != at)
    )
    return any(other.ruling[0].reason != run.ruling[0].reason for other in others)


def _has_no_end(content: Any) -> bool:
    """Whether it stands for an end that nothing bounds."""
    return isinstance(content, Quantity) and not FIRST < content.amount < FOR_EVER


def _ends(contents: dict[Bounded, Any], word: str) -> str:
    """The ends at which something is told."""
    numbers, others = [], []
    for field, content in contents.items():
        if not isinstance(content, Quantity):
            others.append(f"whatever `{field.dotted}` is")
        elif _has_no_end(content):
            others.append(f"however {'large' if content.amount > 1 else 'small'} `{field.dotted}` is")
        else:
            numbers.append(f"`{field.dotted}: {notation(content)}`")
    return " and ".join([*([f"{word} with {' and '.join(numbers)}"] if numbers else []), *others])


def _open(ruling: Ruling, met: dict[SpecPath, Bounded], reason: str) -> Ruling:
    missing = tuple(dotted(at) for at in met)
    return ruling[0]._replace(verdict=Verdict.UNDECIDED, reason=reason, missing=missing, comparison=None), []


def _turning(fails: Callable[[], bool], runs: list[_Run], met: dict[SpecPath, Bounded]) -> Ruling:
    """Open, with a field by which a fault comes and goes, and the value at which it does."""
    violated = [run for run in runs if run.verdict is Verdict.VIOLATED]
    worst = max(violated, key=lambda run: (-run.ruling[0].severity.rank, run.overshoot))
    for run in violated:
        for other in runs:
            apart = [at for at in run.contents if run.contents[at] != other.contents[at]]
            if other.verdict is not Verdict.VIOLATED and len(apart) == 1:
                (at,) = apart
                beside = [
                    f"`{field.dotted}: {_notation(run.contents[other_at])}`"
                    for other_at, field in met.items()
                    if other_at != at and any(_matters(other_at, each, runs) for each in (run, other))
                ]
                given = f"with {' and '.join(beside)} " if beside else ""
                reason = f"`{met[at].dotted}` is {met[at]}: {given}{_sides(fails, run, other, met[at])}"
                return _open(worst.ruling, met if beside else {at: met[at]}, reason)
    return _open(worst.ruling, met, _wanting(met))


def _notation(content: Any) -> str:
    if isinstance(content, Quantity) and not FIRST < content.amount < FOR_EVER:
        return "almost none" if content.amount <= FIRST else "without end"
    return notation(content)


class Turn(NamedTuple):
    """Where a design begins to fail: the values with which it does, such as `9 or more`, and one of them."""

    fails_with: str
    content: Quantity


def break_even(fails: Callable[[], bool], field: Field[Any], kind: type[Quantity]) -> Turn | None:
    """With which values of a number that is not stated a design would fail.

    None where that turns nowhere, or more than once.
    """

    def fails_with(content: Any) -> bool:
        with supposed(field, content):
            return fails()

    bounds = field.within or interval.parse(kind, SOME)
    points = [content for content in bounds.ends if isinstance(content, Quantity)] if bounds else []
    failing = [fails_with(content) for content in points]
    turns = [at for at, (before, after) in enumerate(pairwise(failing)) if before != after]
    if len(turns) != 1:
        return None
    low, high = points[turns[0]], points[turns[0] + 1]
    bad, good = (low, high) if failing[turns[0]] else (high, low)
    return _turn(fails_with, bad, good)


def _turn(fails_with: Callable[[Any], bool], bad: Any, good: Any) -> Turn:
    """The values on this side of a turn with which a design fails."""
    kind = type(bad)
    side = "more" if bad.amount > good.amount else "less"
    while not math.isclose(bad.amount, good.amount, rel_tol=_EXACT):
        middle = kind(math.sqrt(bad.amount * good.amount))
        if kind is Count:
            middle = Count(round(middle.amount))
        if middle in (bad, good):
            break
        bad, good = (middle, good) if fails_with(middle) else (bad, middle)
    turn = bad if kind is Count else _rounded(bad)
    return Turn(f"{turn} or {side}" if fails_with(turn) else f"{side} than {turn}", bad)


def _rounded(content: Quantity) -> Quantity:
    """To what is printed of it in three digits, so that `14 d` means 14 days."""
    rounded = type(content)(float(f"{content.amount:.3g}"))
    try:
        return type(content).parse(notation(rounded))
    except ValueError:
        return rounded


def _sides(fails: Callable[[], bool], bad: _Run, good: _Run, field: Bounded) -> str:
    """With which values of a field a design fails."""
    ends = bad.contents[field.at], good.contents[field.at]
    if not isinstance(ends[0], Quantity) or type(ends[0]) is not type(ends[1]):
        return f"this fails with `{as_written(ends[0])}` and not with `{as_written(ends[1])}`"

    def fails_with(content: Any) -> bool:
        with Corner({**good.contents, field.at: content}):
            return fails()

    return f"this fails with {_turn(fails_with, *ends).fails_with}"
