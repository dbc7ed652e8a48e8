"""Findings fixed in the text of a spec, each by one change that is tried out before it counts.

A change is tried in memory, and the text reviewed before and after. One that leaves its finding, that brings
another or makes one worse, or that voids an accepted risk, is not made, and it is told why.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from rtreview.fix.remedy import Remedy, first_feature, remedy
from rtreview.history import change
from rtreview.history.change import FEATURES, Change
from rtreview.language import assignments, edit
from rtreview.quantities.quantity import Duration
from rtreview.quantities.unchanging import unchanging
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.reading import Reading
from rtreview.reviews.report import Review
from rtreview.rulebook import acceptance
from rtreview.rulebook.finding import Finding, Key, Verdict
from rtreview.simulate.storm import LOSSES, all_back
from rtreview.text import output
from rtreview.text.document import Document, Text
from rtreview.text.place import dotted
from rtreview.text.refusal import Refused
from rtreview.text.sources import Source, read

MOST_AGAIN = 20_000
"""Findings that are made again to try fixes out, each as often as its design is reviewed for that."""

_NOT_TRIED = f"it was not tried, since that makes more than {MOST_AGAIN:,} findings again: fix others first"


class Fix(NamedTuple):
    """A finding and the change that ends it.

    `refusal` is why the change is not made, and `price` what it makes worse that was no fault before.
    """

    finding: Finding
    remedy: Remedy
    refusal: str = ""
    price: str = ""


@unchanging()
class Fixed:
    """A file before and after its fixes.

    `source` is what was read, `after` the text in which `done` are made, and `reviews` are those of `after`.
    `waiting` are possible too, and somebody has to think about each first; `refused` are not possible. Places
    of what is done are those in the text that the fix before it has left.
    """

    source: Source
    after: bytes
    reviews: tuple[Review, ...]
    done: tuple[Fix, ...] = ()
    waiting: tuple[Fix, ...] = ()
    refused: tuple[Fix, ...] = ()

    @property
    def unreviewed(self) -> tuple[Review, ...]:
        """The designs that could not be reviewed, and are as they were."""
        return tuple(review for review in self.reviews if review.unreviewed)


def fixed(
    source: Source,
    policy: Policy,
    *,
    everything: bool = False,
    still_wanted: Callable[[], None] = lambda: None,
) -> Fixed:
    """A file after all fixes that are safe, or, with `everything`, after those too that need thought.

    It is read if it is not yet, and not written. Each fix is tried again after every other that it may
    have to do with, so that a second run finds nothing more to do.

    Args:
        source: YAML, or Markdown where its name ends in `.md`.
        policy: how it is reviewed. What its rules find is fixed, and no other rule may find anything new.
        everything: also make the changes that somebody has to think about.
        still_wanted: called before each trial; raises where nobody waits for them any more.

    """
    source = read(source)
    if source.problem:
        return Fixed(source, b"", (engine.unreadable(source.shown, source.problem),))
    state = _State.of(Text.of(source.content, source.shown), policy)
    done: list[Fix] = []
    refusals: dict[_Name, tuple[_Scope, str]] = {}
    again = 0
    while group := state.group(refusals, everything=everything):
        again += sum(len(state.reviews[number].findings) for number in {each.number for each in group})
        if again > MOST_AGAIN:
            break
        still_wanted()
        trial = state.tried(group)
        while trial is None:
            group = group[: (len(group) + 1) // 2]
            trial = state.tried(group)
        after, reasons = trial
        if after and group[0].is_wanted(everything=everything):
            done += [candidate.priced(state, after) for candidate in group]
            state = after
            changed = _Scope().union(*(candidate.scope for candidate in group))
            refusals = {name: known for name, known in refusals.items() if changed.isdisjoint(known[0])}
            continue
        for candidate, reason in zip(group, reasons, strict=True):
            if reason or not candidate.is_wanted(everything=everything):
                refusals[candidate.name] = candidate.scope, reason
    untried = _Scope(), _NOT_TRIED
    left = [(candidate.fix, refusals.get(candidate.name, untried)[1]) for candidate in state.candidates()]
    return Fixed(
        source,
        state.text.content,
        state.reviews,
        tuple(done),
        waiting=tuple(fix for fix, reason in left if not reason),
        refused=tuple(fix._replace(refusal=reason) for fix, reason in left if reason),
    )


class Trial(NamedTuple):
    """A fix of one finding, tried by itself on a text as it stands, and the text that it makes."""

    number: int
    fix: Fix
    after: bytes


def trials(
    source: Source,
    policy: Policy,
    *,
    wanted: Callable[[int, Finding], bool],
    still_wanted: Callable[[], None] = lambda: None,
) -> Iterator[Trial]:
    """The fixes of some findings that are possible, each for itself.

    Args:
        source: a text that was read, as `fixed` has it.
        policy: how it is reviewed.
        wanted: whether the fix of a finding is asked for, by the number of its document.
        still_wanted: as `fixed` has it.

    """
    state = _State.of(Text.of(source.content, source.shown), policy)
    for candidate in state.candidates():
        if not wanted(candidate.number, candidate.fix.finding):
            continue
        still_wanted()
        after, _ = state.tried([candidate]) or (None, [])
        if after is not None:
            yield Trial(candidate.number, candidate.priced(state, after), after.text.content)


def write(result: Fixed) -> None:
    """Write a text back to where it came from, if something changed; from standard input, in any case.

    Raises:
        Refused: it cannot be written, or somebody has changed it since it was read.

    """
    source = result.source
    if source.path == "-":
        output.write(result.after)
    elif result.after != source.content:
        if read(Source(source.path)).content != source.content:
            raise Refused(f"{source.shown} was changed by somebody else meanwhile, and is left as it is")
        output.write(result.after, source.path)


_Scope = frozenset[tuple[int, int]]
"""Connections, each as the number of its document and its own: what a change may have to do with."""

_Name = tuple[int, Key, str, tuple[str, ...]]
"""What makes a fix the same while others are made: its document, its finding, and what it sets."""


class _Candidate(NamedTuple):
    """A fix that may be made in a document, and all that it may have to do with."""

    number: int
    fix: Fix
    scope: _Scope

    @property
    def name(self) -> _Name:
        finding = self.fix.finding
        return self.number, finding.key, finding.message, self.fix.remedy.settings

    def is_wanted(self, *, everything: bool) -> bool:
        """Whether it is made if it is possible."""
        return self.fix.remedy.is_safe or everything

    def priced(self, before: _State, after: _State) -> Fix:
        """The fix with its price: a delay as wide as all clients need holds for those of one node too."""
        if not any("transport.reconnect." in setting for setting in self.fix.remedy.settings):
            return self.fix
        prices = []
        earlier, later = (
            first_feature(self.fix.finding, state.reviews[self.number].design) for state in (before, after)
        )
        for loss, what in LOSSES.items():
            was, now = all_back(loss, earlier.connection), all_back(loss, later.connection)
            if was is not None and now is not None and now.amount > was.amount + _NOTED.amount:
                prices.append(f"{what}, everybody is back after {now} instead of {was}")
        return self.fix._replace(price="; ".join(prices))


_NOTED = Duration(5)
"""So much longer is a price: a user notices it."""


@unchanging()
class _State:
    """One state of a text, with what is found in it."""

    text: Text
    policy: Policy
    reviews: tuple[Review, ...]

    @classmethod
    def of(cls, text: Text, policy: Policy) -> _State:
        """A text as it is."""
        return cls(text, policy, tuple(_review(document, text.path, policy) for document in text.documents))

    def candidates(self) -> list[_Candidate]:
        """What there is a change for; the safe ones first."""
        found = [
            _Candidate(number, fix, _Scope((number, at) for at in neighbourhood.of(finding, proposal)))
            for number, review in enumerate(self.reviews)
            if not review.unreviewed
            for neighbourhood in [_Neighbourhood(review)]
            for finding, proposal in self._remedies(review)
            for fix in [Fix(finding, proposal)]
        ]
        return sorted(found, key=lambda candidate: not candidate.fix.remedy.is_safe)

    def group(self, known: Collection[_Name], *, everything: bool) -> list[_Candidate]:
        """The next fixes that can be tried together, those that are made before those that need thought.

        None has to do with another, nor with one before it of which nothing is known yet. So what they come
        to is the same as if each were tried by itself, and a design with many features is reviewed as often
        as the worst of them has findings.
        """
        waiting = [candidate for candidate in self.candidates() if candidate.name not in known]
        wanted = [candidate for candidate in waiting if candidate.is_wanted(everything=everything)]
        group: list[_Candidate] = []
        claimed: set[tuple[int, int]] = set()
        for candidate in wanted or waiting:
            if claimed.isdisjoint(candidate.scope):
                group.append(candidate)
            claimed |= candidate.scope
        return group

    def _remedies(self, review: Review) -> Iterator[tuple[Finding, Remedy]]:
        for finding in review.findings:
            if finding.verdict is Verdict.VIOLATED and self.policy.runs(finding.rule):
                proposal = remedy(finding, review.design)
                if proposal is not None:
                    yield finding, proposal

    def tried(self, group: Sequence[_Candidate]) -> tuple[_State | None, list[str]] | None:
        """The state in which some fixes are made, if all are possible, and why each is not.

        None where something goes wrong and not even its features tell with which of them.
        """
        reasons = [""] * len(group)
        puts: list[list[edit.Put]] = []
        for at, (number, fix, _) in enumerate(group):
            content, design = self.text.documents[number].content, self.reviews[number].design
            try:
                puts.append(assignments.edits(content, fix.remedy.settings, design))
            except Refused as refusal:
                reasons[at] = str(refusal)
        if any(reasons):
            return None, reasons
        try:
            text = self._edited(group, puts)
        except Refused as refusal:
            return (None, [str(refusal)]) if len(group) == 1 else None
        changed = {
            number: _review(text.documents[number], text.path, self.policy)
            for number in {candidate.number for candidate in group}
        }
        for number, review in changed.items():
            (difference,) = change.compare([self.reviews[number]], [review])
            for blamed, reason in _wrong(difference, number, group):
                if len(blamed) != 1:
                    return None
                reasons[blamed[0]] = reasons[blamed[0]] or reason
        return None if any(reasons) else self._followed(text, changed), reasons

    def _edited(self, group: Sequence[_Candidate], puts: Sequence[Sequence[edit.Put]]) -> Text:
        """The text with all of some fixes: the first value of each, then the second."""
        text = self.text
        for step in range(max(map(len, puts))):
            edits = [
                (candidate.number, of[step])
                for candidate, of in zip(group, puts, strict=True)
                if step < len(of)
            ]
            text = edit.edited_together(text, edits)
        return text

    def _followed(self, text: Text, changed: Mapping[int, Review]) -> _State:
        """The state after fixes of some documents."""
        reviews = (
            changed[at] if at in changed else self._beside(document, self.reviews[at])
            for at, document in enumerate(text.documents)
        )
        return replace(self, text=text, reviews=tuple(reviews))

    def _beside(self, document: Document, review: Review) -> Review:
        """The review of a document whose file has changed elsewhere: as it was, if no line has moved."""
        reading = review.reading
        if reading is None or not document.stands_as(reading.document):
            return _review(document, self.text.path, self.policy)
        return replace(review, lines=document.lines, reading=reading._replace(document=document))


class _Neighbourhood:
    """Which connections of a design have to do with each other.

    A rule reads a feature and what travels on the same connection. Beside it, it looks for polls, for WebRTC
    and for what the same nodes hold (`Connection.beside`), and a risk may be accepted for as long as a number
    of any feature is kept.
    """

    def __init__(self, review: Review) -> None:
        design = review.design
        self.all = range(len(design.connections))
        self.number_of = {
            feature.name: number
            for number, connection in enumerate(design.connections)
            for feature in connection.features
        }
        looks_beside = any(
            connection.transport.kind.includes("polling", "long-polling", "webrtc")
            or len(connection.held_by_its_nodes) > 1
            for connection in design.connections
        )
        comments = review.document.comments.values()
        hangs_on_numbers = any("while" in comment.text for comment in comments) or any(
            risk.while_.is_stated for risk in design.spec.accepted
        )
        self.is_one = looks_beside or hangs_on_numbers

    def of(self, finding: Finding, remedy: Remedy | None = None) -> Collection[int]:
        """The connections that a finding, and its remedy, may have to do with."""
        if self.is_one or not finding.features:
            return self.all
        for setting in remedy.settings if remedy else ():
            if not setting.startswith(tuple(f"{dotted((*FEATURES, name))}." for name in finding.features)):
                return self.all
        return {self.number_of[name] for name in finding.features}


def _wrong(difference: Change, number: int, group: Sequence[_Candidate]) -> Iterator[tuple[list[int], str]]:
    """What is not as it should be after some fixes of a document, and which of them may be to blame."""
    own = [at for at, candidate in enumerate(group) if candidate.number == number]
    if difference.unreviewed:
        yield own, difference.unreviewed[0].message
        return
    assert difference.after
    neighbourhood = _Neighbourhood(difference.after)
    for new, was in difference.new:
        scope = {(number, at) for at in neighbourhood.of(new)}
        blamed = [at for at in own if not scope.isdisjoint(group[at].scope)]
        how = "make worse" if was else "bring"
        yield own if len(group) == 1 else blamed, f"it would {how} `{new.rule}`: {new.message}"
    gone = {id(finding) for finding in difference.gone}
    for at in own:
        if id(group[at].fix.finding) not in gone:
            yield [at], "it would not be enough for this design"


def _review(document: Document, path: str, policy: Policy) -> Review:
    """The review by which nothing new is overlooked, whatever the policy selects."""
    ignore = tuple(rule for rule in policy.ignore if rule not in acceptance.VOIDING)
    strict = policy._replace(select=(), ignore=ignore)
    return engine.review_design(Reading.of(document, policy.fallbacks), path, strict)
