"""What a change of a design brings: findings new, gone and moved, and the consequences in numbers.

A finding is what it was before if it has the same key. One without such is what a finding of its rule was
for the same features, if both are of the same items: the section, or the number, is stated elsewhere. The
last to be asked is what stands at the same place for some of the features, and of some of the items: the rule
now says the same of fewer or of more of them, or in several sentences. Of more of them it is new.

Each part of a finding, a feature and an item, is known once. What is found in a whole design is known of all
features that have it from above them; of those that state it themselves, one may have taken it along.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from rtreview.history.identity import Pair, versions
from rtreview.language.field import Field, input_of
from rtreview.quantities.unchanging import unchanging
from rtreview.reviews.report import DerivedNumber, Hidden, Known, LeftOpen, Review
from rtreview.rulebook.finding import Accepted, Finding, Verdict, ranked
from rtreview.text.place import Place, SpecPath, dotted

if TYPE_CHECKING:
    from rtreview.language.field import Input

FEATURES: SpecPath = ("features",)
"""Where a feature says something of its own."""

_ITEM = re.compile(r"\[(?![0-9]+\])([^\[\]]*)\]")
_NUMBER = re.compile(r"\[[0-9]+\]")

_Part = tuple[str, str]
"""A feature and an item that a finding is of; an empty name where it is of the whole design, or no item."""


class _Share(NamedTuple):
    """A finding before, and the parts of one now that it was of."""

    was: Finding
    parts: frozenset[_Part]


class New(NamedTuple):
    """A finding that the change brings; `was` is the one that got worse, or holds for more features now."""

    finding: Finding
    was: Finding | None = None


class Moved(NamedTuple):
    """A finding that stands at another place now."""

    finding: Finding
    before: Place


class Cause(NamedTuple):
    """A field that the change sets to another value; nothing where it was, or is, not stated.

    A value that the spec does not state goes with who says so: `25 s (default of socket.io@4)`.
    """

    field: str
    before: str
    after: str


class Consequence(NamedTuple):
    """A number of the design that the change makes another, and the fields that caused it.

    `features` are empty where it is one of all; `before` or `after` where the number is not known. Where no
    field is known to have caused that, `reason` says why there is no number on one side.
    """

    name: str
    features: tuple[str, ...]
    before: str
    after: str
    causes: tuple[Cause, ...]
    reason: str = ""


@unchanging()
class Change:
    """One design before and after; `before` or `after` is None where it is new, or gone.

    `gone` are faults and questions. `unclear` are faults of which the design, as it is now, does not tell any
    more whether it has them: a number within wider bounds, or a question in place of a fault.
    `accepted` are findings that the change itself accepts; `broken` are risks that were accepted before and
    whose findings are open now.
    """

    before: Review | None
    after: Review | None
    new: tuple[New, ...] = ()
    gone: tuple[Finding, ...] = ()
    unclear: tuple[Finding, ...] = ()
    moved: tuple[Moved, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    broken: tuple[Accepted, ...] = ()
    consequences: tuple[Consequence, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        parts = (
            self.unreviewed,
            self.new,
            self.gone,
            self.unclear,
            self.moved,
            self.accepted,
            self.broken,
            self.consequences,
        )
        return not any(parts)

    @property
    def answered(self) -> tuple[Finding, ...]:
        """The questions among what is gone whose rules pass now."""
        return tuple(
            finding for finding in self.gone if finding.verdict is Verdict.UNSTATED and self._passes(finding)
        )

    @property
    def not_asked(self) -> tuple[Finding, ...]:
        """The questions among what is gone that are asked no more, though nothing answers them."""
        return tuple(
            finding
            for finding in self.gone
            if finding.verdict is Verdict.UNSTATED and not self._passes(finding)
        )

    @property
    def ended(self) -> tuple[Finding, ...]:
        """What is gone and was no question."""
        return tuple(finding for finding in self.gone if finding.verdict is not Verdict.UNSTATED)

    def _passes(self, finding: Finding) -> bool:
        """Whether the rule of a finding passes now, and says nothing else of the same features."""
        verdicts = {
            judgement.verdict
            for judgement in (self.after.judgements if self.after else ())
            if judgement.rule == finding.rule
            and not (
                judgement.features
                and finding.features
                and set(judgement.features).isdisjoint(finding.features)
            )
        }
        return Verdict.PASSED in verdicts <= {Verdict.PASSED, Verdict.NOT_APPLICABLE}

    @property
    def unreviewed(self) -> tuple[Finding, ...]:
        """Why the design, as it is now, could not be reviewed; then nobody knows what is gone."""
        return self.after.unreviewed if self.after else ()


def compare(
    before: Sequence[Review], after: Sequence[Review], was: Mapping[str, str] | None = None
) -> list[Change]:
    """The change of each design from one version of some files to another, whatever the files say.

    Args:
        before: reviews of the designs as they were, with their numbers.
        after: as they are.
        was: the former path of a file, where it has another one now.

    """
    return changes(versions(before, after, was or {}))


def changes(designs: Iterable[Pair]) -> list[Change]:
    """The change of each design."""
    return [_change(old, new) for old, new in designs]


def new_only(designs: Iterable[Pair], revision: str) -> tuple[list[Review], Hidden]:
    """The reviews as they are, with what was there in a revision set apart as known."""
    reduced = []
    for old, new in designs:
        if new is None:
            continue
        fresh = {
            id(finding)
            for finding in (*new.unreviewed, *(addition.finding for addition in _change(old, new).new))
        }
        open_ = tuple(finding for finding in new.findings if id(finding) in fresh)
        known = tuple(Known(finding, revision) for finding in new.findings if id(finding) not in fresh)
        reduced.append(replace(new, findings=open_, known=known))
    return reduced, Hidden(revision)


def reopened(
    designs: Iterable[Pair], may_accept: Callable[[Review], bool]
) -> tuple[list[Pair], list[tuple[Review, Accepted]]]:
    """The designs without the acceptances of what came together with them, where it may not; and those.

    What was accepted before stays so, and so does what was found before and is accepted now.
    """
    pairs: list[Pair] = []
    brought = []
    for old, new in designs:
        own = list(_brought_together(new, old)) if new and not may_accept(new) else []
        if new and own:
            brought += [(new, accepted) for accepted in own]
            findings = ranked([*new.findings, *(accepted.finding for accepted in own)])
            kept = tuple(accepted for accepted in new.accepted if accepted not in own)
            new = replace(new, findings=findings, accepted=kept)  # noqa: PLW2901 - the same design
        pairs.append((old, new))
    return pairs, brought


def _brought_together(after: Review, before: Review | None) -> Iterator[Accepted]:
    """What is accepted of what came together with its acceptance."""
    if before is None:
        yield from after.accepted
        return
    conditions = {id(was.finding): _condition(was) for was in before.accepted}
    old = [*before.findings, *(was.finding for was in before.accepted)]
    new = [*after.findings, *(accepted.finding for accepted in after.accepted)]
    pairs = _with_former(old, new)[len(after.findings) :]
    for accepted, (finding, former) in zip(after.accepted, pairs, strict=True):
        # A day is the same for both, and another condition may be one that the design before did not meet.
        own = {"", _condition(accepted)}
        found = [share for share in former if id(share.was) not in conditions]
        kept = [share for share in former if conditions.get(id(share.was)) in own]
        if _is_new(finding, found) and not _are_of(kept, finding):
            yield accepted


def _condition(accepted: Accepted) -> str:
    """The numbers within which a risk is accepted; empty where it is accepted whatever they are."""
    return accepted.acceptance.ends.rpartition("while ")[2] if "while " in accepted.acceptance.ends else ""


def _change(before: Review | None, after: Review | None) -> Change:
    old, new = (
        [finding for finding in side.findings if finding.verdict is not Verdict.UNREVIEWED] if side else []
        for side in (before, after)
    )
    pairs = _with_former(old, new)
    accepted, accepted_before = (side.accepted if side else () for side in (after, before))
    open_now = _Findings(new)
    accepted_now, accepted_then = (
        _Findings(row.finding for row in rows) for rows in (accepted, accepted_before)
    )
    known = {id(was) for _, former in pairs for was, _ in former}
    is_fault = {id(was) for later, former in pairs if later.verdict is Verdict.VIOLATED for was, _ in former}
    asked = [
        was
        for later, former in pairs
        if later.verdict is Verdict.UNSTATED
        for was, _ in former
        if was.verdict is Verdict.VIOLATED and id(was) not in is_fault
    ]
    is_known = after is None or not after.unreviewed
    missing = [was for was in old if is_known and id(was) not in known and not accepted_now.alike(was)]
    left_open = LeftOpen(after) if after else None
    unclear = {
        id(was)
        for was in missing
        if left_open and was.verdict is Verdict.VIOLATED and left_open.hides(was.key)
    }
    return Change(
        before,
        after,
        new=tuple(
            New(later, former[0].was if former else None) for later, former in pairs if _is_new(later, former)
        ),
        gone=tuple(finding for finding in missing if id(finding) not in unclear),
        unclear=(*(finding for finding in missing if id(finding) in unclear), *asked),
        moved=tuple(
            Moved(later, former[0].was.place)
            for later, former in pairs
            if former and later.verdict is former[0].was.verdict and _has_moved(former[0].was, later)
        ),
        accepted=tuple(row for row in accepted if not accepted_then.cover(row.finding)),
        broken=tuple(
            row
            for row in accepted_before
            if open_now.alike(row.finding) and not accepted_now.cover(row.finding)
        ),
        consequences=tuple(_consequences(before, after)) if before and after else (),
    )


def _with_former(old: Sequence[Finding], new: Sequence[Finding]) -> list[tuple[Finding, list[_Share]]]:
    """Each finding now, with what it was: nothing where it is new."""
    pairs: list[tuple[Finding, list[_Share]]] = [(later, []) for later in new]
    taken: dict[int, set[_Part]] = {}
    for identity in (_by_key, _by_items):
        waiting: dict[object, list[Finding]] = {}
        for was in reversed(old):
            if id(was) not in taken:
                waiting.setdefault(identity(was), []).append(was)
        for later, former in pairs:
            if not former and (same := waiting.get(identity(later))):
                was = same.pop()
                taken[id(was)] = set(_parts(was))
                former.append(_Share(was, _parts(later)))
    before = _Findings(old)
    # What features have from above them needs no feature to take it along.
    for later, former in sorted(pairs, key=lambda pair: _is_stated_in_a_feature(pair[0])):
        for was in before.overlapping(later) if not former else ():
            if share := _share(was, later, taken.setdefault(id(was), set())):
                former.append(_Share(was, share))
    return pairs


def _share(was: Finding, later: Finding, taken: set[_Part]) -> frozenset[_Part]:
    """The parts of a finding that an earlier one was of and that are not `taken` yet; now they are."""
    names = set(later.features or was.features or [""])
    if was.features:
        names &= set(was.features)
    elif _is_stated_in_a_feature(later) and not names.issuperset(name for name, _ in taken):
        return frozenset()
    items = _items(was) & _items(later) or {""}
    parts = {(name, item) for name in names for item in items} - taken
    taken |= parts
    return frozenset(parts if later.features else {("", item) for _, item in parts})


def _is_stated_in_a_feature(finding: Finding) -> bool:
    return finding.place.at[:1] == FEATURES


def _by_key(finding: Finding) -> object:
    return finding.key


def _by_items(finding: Finding) -> object:
    """What is the same where a rule says something of the same features, and of the same items of lists."""
    return finding.rule, finding.features, _items(finding)


class _Findings:
    """Findings that are searched for those like another one: for some of its features at least."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        self.of_feature: dict[tuple[str, str], list[int]] = {}
        self.of_rule: dict[str, list[int]] = {}
        for at, finding in enumerate(self.findings):
            self.of_rule.setdefault(finding.rule, []).append(at)
            for name in finding.features or ("",):
                self.of_feature.setdefault((finding.rule, name), []).append(at)

    def alike(self, finding: Finding) -> list[Finding]:
        """Those that may be this one: of the same features, or at the same place for some of them."""
        near = self._near(finding)
        return [each for each in near if each.features == finding.features or _spot(each) == _spot(finding)]

    def overlapping(self, finding: Finding) -> list[Finding]:
        """Those in which the rule says something at the same place, of features that both have."""
        return [each for each in self._near(finding) if _spot(each) == _spot(finding)]

    def cover(self, finding: Finding) -> bool:
        """Whether they are together of all that a finding is of."""
        same = self.alike(finding)
        items = {item for each in same for item in _items(each)}
        of = [each.features for each in same]
        has_features = () in of or {name for names in of for name in names}.issuperset(finding.features)
        return bool(same) and has_features and items.issuperset(_items(finding))

    def _near(self, finding: Finding) -> list[Finding]:
        """Those of its rule, for a feature and of an item that both have; one without is of the design."""
        found = {
            at for name in (*finding.features, "") for at in self.of_feature.get((finding.rule, name), ())
        }
        every = sorted(found) if finding.features else self.of_rule.get(finding.rule, [])
        near = (self.findings[at] for at in every)
        items = _items(finding)
        return [each for each in near if items == (own := _items(each)) or items & own]


def _items(finding: Finding) -> frozenset[str]:
    """The items of lists that a finding is of: the hops of a path, say."""
    key = finding.key
    return frozenset(item for name in (key.at, *key.related) for item in _ITEM.findall(name))


def _spot(finding: Finding) -> str:
    """The place of a finding in the design, or in its feature; an item without a name stands anywhere."""
    place = finding.place
    inside = f"{dotted(place.at[:2])}." if place.at[:1] == FEATURES else ""
    return _NUMBER.sub("[]", place.name.removeprefix(inside))


def _parts(finding: Finding) -> frozenset[_Part]:
    """The features and items that a finding is of."""
    items = _items(finding) or {""}
    return frozenset((name, item) for name in finding.features or ("",) for item in items)


def _are_of(shares: Iterable[_Share], finding: Finding) -> bool:
    """Whether earlier findings together are of all parts of one."""
    return _parts(finding) <= {part for share in shares for part in share.parts}


def _is_new(later: Finding, former: Sequence[_Share]) -> bool:
    """Whether a finding says more than those before: of more of the design, or worse of the same."""
    if not _are_of(former, later):
        return True
    return all(later.is_worse_than(was.verdict, was.severity, was.overshoot) for was, _ in former)


def _has_moved(was: Finding, later: Finding) -> bool:
    return (was.place.name, was.place.span.line) != (later.place.name, later.place.span.line)


def _consequences(before: Review, after: Review) -> Iterator[Consequence]:
    """The numbers that are not the same, of features that were there before."""
    every = {name for number in after.numbers for name in number.features}
    known, known_now = _Known(before), _Known(after)
    named: dict[str, list[DerivedNumber]] = {}
    for number in before.numbers:
        named.setdefault(number.name, []).append(number)
    exact = {(number.name, number.features): number for number in reversed(before.numbers)}
    for new in after.numbers:
        was = exact.get((new.name, new.features))
        if was is None:
            # Of a connection that is shared by fewer or more features now.
            features_now = set(new.features)
            shared = [number for number in named.get(new.name, ()) if features_now & set(number.features)]
            was = shared[0] if len(shared) == 1 else None
        if was is not None and was.value != new.value:
            # Why a number is gone says more than which field of its formula is.
            searched = bool(was.value and new.value)
            causes = tuple(_causes(was.fields, new.fields, known, known_now, searched=searched))
            features = () if set(new.features) == every else new.features
            yield Consequence(new.name, features, was.value, new.value, causes, _reason(was, new, causes))


def _reason(was: DerivedNumber, new: DerivedNumber, causes: Collection[Cause]) -> str:
    """Why a number is not known any more, or was not before; empty where fields say it."""
    if causes or (was.value and new.value):
        return ""
    return new.reason if was.value else f"before, {was.reason}" if was.reason else ""


def _causes(
    before: Sequence[Input], after: Sequence[Input], known: _Known, known_now: _Known, *, searched: bool
) -> Iterator[Cause]:
    """The fields below two numbers whose values differ, wherever in the spec each is stated.

    A field that only one of the formulas has is compared with what the other spec says of it: that a formula
    does not ask for it does not mean that the spec is silent. `searched`: see `_Known.field`.
    """
    left = list(before)
    for now in after:
        was = next((field for field in left if field.at == now.at), None)
        was = was or next((field for field in left if _inner(field.at) == _inner(now.at)), None)
        if was is not None:
            left.remove(was)
        yield from _cause(was or known.field(now.at, searched=searched), now)
    for was in left:
        yield from _cause(was, known_now.field(was.at, searched=searched))


class _Known:
    """What a design says of a field."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self.of_numbers = {field.at: field for number in review.numbers for field in number.fields}

    def field(self, at: SpecPath, *, searched: bool) -> Input | None:
        """A field as an input; None where nobody can tell, since the design was not kept.

        Where no number asks for it, the design is `searched` for it.
        """
        if at in self.of_numbers or not searched or not self.review.reading:
            return self.of_numbers.get(at)
        part = self.review.design.part_at(at)
        return input_of(part, self.review.document) if isinstance(part, Field) else None


def _cause(was: Input | None, now: Input | None) -> Iterator[Cause]:
    if was is None or now is None or was.value == now.value:
        return
    values = _valued(was), _valued(now)
    if values[0] != values[1]:
        yield Cause(now.name, *values)


def _valued(field: Input) -> str:
    """The value of a field, and who says so where the spec does not."""
    return field.value if field.origin in ("stated", "not stated") else f"{field.value} ({field.origin})"


def _inner(at: SpecPath) -> SpecPath:
    """A path in the design, or in its feature."""
    return at[2:] if at[:1] == FEATURES else at
