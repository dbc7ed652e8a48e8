"""Findings that were there when a team began: kept in a file, so that only what is new counts.

A baseline is a loan. Each entry has the day on which it was taken up, and one that got worse is due at once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, Strict

from rtreview.language import record
from rtreview.language.notation import notation_of
from rtreview.language.record import Record
from rtreview.quantities.unchanging import unchanging
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Hidden, Known, LeftOpen, Review, Unusable
from rtreview.rulebook.finding import Finding, Key, Severity, Verdict
from rtreview.text import document, kept
from rtreview.text.place import Place, Span
from rtreview.text.tree import DISK, Tree

VERSION = 1

Identity = tuple[str, str, Key]
"""What stays of a finding while a file is edited: the file, the design, and its key there."""


class Entry(Record, extra="forbid"):
    """A known finding: where it is, how bad it was, and since when it is known.

    `file` is relative to the folder of the baseline; `design` is the name of the design, where it has one;
    `overshoot` is how many times the limit was exceeded.
    """

    file: str
    design: str = ""
    rule: str
    features: tuple[str, ...] = ()
    at: str
    related: tuple[str, ...] = ()
    verdict: Verdict
    severity: Severity
    overshoot: Annotated[float, Strict()] | None = None
    since: Annotated[str, AfterValidator(lambda day: notation_of(date).parse(day).isoformat())]

    @property
    def key(self) -> Key:
        """What it has in common with the finding inside its design."""
        return Key(self.rule, self.features, self.at, self.related)

    @property
    def identity(self) -> Identity:
        """What it has in common with the finding."""
        return self.file, self.design, self.key

    @property
    def badness(self) -> tuple[int, int, float]:
        """Less for what is worse."""
        return self.verdict.rank, self.severity.rank, -(self.overshoot or 0)

    @property
    def summary(self) -> str:
        """The entry in a few words."""
        design = f" ({self.design})" if self.design else ""
        features = f" in {', '.join(self.key.features)}" if self.key.features else ""
        at = ", ".join((self.key.at or "the top", *self.key.related))
        return f"{self.file}{design}: {self.key.rule}{features} at {at}, since {self.since}"


@unchanging()
class Baseline:
    """The known findings of a project; `file` is where they are kept."""

    file: Path
    entries: tuple[Entry, ...] = ()

    def hide(
        self, reviews: Sequence[Review], policy: Policy, former: Sequence[Review | None] | None = None
    ) -> tuple[list[Review], Hidden]:
        """Set apart what is known and did not get worse; findings of required rules stay open.

        Args:
            reviews: of all designs.
            policy: how they were reviewed.
            former: each of them as the baseline knows it, None for what is new since; without it, as it is.

        """
        claims = self._claims(reviews, policy, reviews if former is None else former)
        reduced = []
        for review in reviews:
            known = [
                Known(finding, claims.of[id(finding)].since)
                for finding in review.findings
                if id(finding) in claims.of
            ]
            open_ = tuple(finding for finding in review.findings if id(finding) not in claims.of)
            reduced.append(replace(review, findings=open_, known=(*review.known, *known)))
        oldest = min((since for review in reduced for _, since in review.known), default="")
        return reduced, Hidden(self.file.name, oldest, tuple(entry.summary for entry in claims.obsolete))

    def taken(self, reviews: Sequence[Review], policy: Policy) -> Baseline:
        """A baseline of everything that is found; what is known keeps its day, unless it got worse.

        Entries stay where nobody looked: in files that are there and were not reviewed, and of rules
        that do not run.
        """
        claims = self._claims(reviews, policy, reviews)
        entries = list(claims.unseen)
        for review, finding in _lasting(reviews, policy):
            entry = claims.of.get(id(finding))
            entries.append(self._entry(review, finding, entry.since if entry else policy.day.isoformat()))
        return Baseline(self.file, tuple(sorted(entries, key=_order)))

    def pruned(self, reviews: Sequence[Review], policy: Policy) -> Baseline:
        """Without the entries that hide nothing any more."""
        gone = {id(entry) for entry in self._claims(reviews, policy, reviews).obsolete}
        return Baseline(self.file, tuple(entry for entry in self.entries if id(entry) not in gone))

    def text(self) -> str:
        """What the file holds: an entry on each line, so that two branches can be merged."""
        rows = [entry.model_dump(exclude_defaults=True) for entry in self.entries]
        lines = ",".join(f"\n    {json.dumps(row, ensure_ascii=False)}" for row in rows)
        end = "\n  " if rows else ""
        return f'{{\n  "version": {VERSION},\n  "findings": [{lines}{end}]\n}}\n'

    def _claims(self, reviews: Sequence[Review], policy: Policy, former: Sequence[Review | None]) -> _Claims:
        """The entry of each finding that is known, and what becomes of those that no finding claims.

        Designs of one file without a name share identities. So an entry hides one finding, and a finding
        claims the mildest entry that is bad enough.
        """
        left: dict[Identity, list[Entry]] = {}
        for entry in sorted(self.entries, key=lambda candidate: candidate.badness, reverse=True):
            left.setdefault(entry.identity, []).append(entry)
        of = {}
        worse = []
        known = {
            id(review): was and _known_as(was, review) for review, was in zip(reviews, former, strict=True)
        }
        for review, finding in _lasting(reviews, policy):
            was = known[id(review)]
            mine = left.get(self._identity(was, finding), []) if was else []
            for entry in mine:
                if not finding.is_worse_than(entry.verdict, entry.severity, entry.overshoot):
                    of[id(finding)] = entry
                    mine.remove(entry)
                    break
            else:
                worse.append(mine)
        for mine in worse:
            # It would hide the finding as it was, so that it is not obsolete.
            del mine[-1:]
        unclaimed = sorted((entry for mine in left.values() for entry in mine), key=_order)
        was_seen = self._seen(reviews, policy)
        obsolete = [entry for entry in unclaimed if was_seen(entry)]
        return _Claims(of, obsolete, [entry for entry in unclaimed if not was_seen(entry)])

    def _seen(self, reviews: Sequence[Review], policy: Policy) -> Callable[[Entry], bool]:
        """Whether a review would have found what an entry is about, or its file is not there any more.

        A design that does not tell any more whether it has a fault has not mended it.
        """
        broken = {review.path for review in reviews if review.is_broken}
        whole = {self._name(review.path) for review in reviews if review.path not in broken}
        left_open: dict[str, list[LeftOpen]] = {}
        for review in reviews:
            left_open.setdefault(self._name(review.path), []).append(LeftOpen(review))

        def was_seen(entry: Entry) -> bool:
            if not os.path.exists(self.file.parent / entry.file):  # noqa: PTH110 - for names that are too long
                return True
            is_open = entry.verdict is Verdict.VIOLATED and any(
                design.hides(entry.key) for design in left_open.get(entry.file, ())
            )
            return entry.file in whole and policy.runs(entry.key.rule) and not is_open

        return was_seen

    def _entry(self, review: Review, finding: Finding, since: str) -> Entry:
        """The entry that hides a finding."""
        return Entry(
            file=self._name(review.path),
            design=review.name or "",
            **finding.key._asdict(),
            verdict=finding.verdict,
            severity=finding.severity,
            overshoot=finding.overshoot,
            since=since,
        )

    def _identity(self, review: Review, finding: Finding) -> Identity:
        return self._name(review.path), review.name or "", finding.key

    def _name(self, path: str) -> str:
        """The path of a file from the folder of the baseline."""
        return os.path.relpath(path, self.file.parent).replace(os.sep, "/")


class _Claims(NamedTuple):
    """What each finding, by its `id`, is known by; entries that are obsolete; and those nobody looked for."""

    of: dict[int, Entry]
    obsolete: list[Entry]
    unseen: list[Entry]


def _known_as(was: Review, now: Review) -> Review:
    """A design by the path and the name that it had; one that could not be read had the name that it has."""
    return was if was.judgements else replace(now, path=was.path)


def _lasting(reviews: Iterable[Review], policy: Policy) -> Iterator[tuple[Review, Finding]]:
    """The findings that a team may live with."""
    for review in reviews:
        for finding in review.findings:
            if finding.verdict is not Verdict.UNREVIEWED and finding.rule not in policy.required:
                yield review, finding


def _order(entry: Entry) -> Any:
    return entry.identity, entry.badness, entry.since


_WAY_OUT = "Restore it, or delete it and run `rtreview baseline write`"


class _Kept(Record):
    """What the file holds."""

    version: Literal[1]
    findings: tuple[Entry, ...]


def read(file: Path, tree: Tree = DISK) -> Baseline:
    """The baseline in a file; an empty one where there is no file.

    Args:
        file: where it is kept.
        tree: where it is read.

    Raises:
        Unusable: the file cannot be read, or is no baseline.

    """
    try:
        raw = tree.content(file, most=kept.MOST)
    except FileNotFoundError:
        return Baseline(file)
    except OSError as error:
        message = f"the baseline cannot be opened: {error.strerror}"
        raise _refused(file, b"", message, Span(1, 1, 1, 1)) from None
    if len(raw) > kept.MOST:
        message = f"the baseline is larger than {kept.MOST >> 20} MiB"
        raise _refused(file, b"", message, Span(1, 1, 1, 1))
    try:
        return Baseline(file, record.read(_Kept, raw, "the baseline").findings)
    except record.Mistake as mistake:
        message = str(mistake)
        if mistake.at in ((), ("version",)):
            why = "" if mistake.at else f": {message}"
            message = f"this is no baseline of version {VERSION}{why}. {_WAY_OUT}"
        raise _refused(file, raw, message, mistake.span) from None


def _refused(file: Path, raw: bytes, message: str, span: Span) -> Unusable:
    """The finding that says so."""
    place = Place((), span, name="baseline")
    finding = engine.unreviewed("baseline", "The baseline cannot be used", message, place)
    return Unusable(Review(os.path.relpath(file), document.read(raw)[0].lines, findings=(finding,)))
