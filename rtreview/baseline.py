"""Findings that were there when a team began: kept in a file, so that only what is new counts.

A baseline is a loan. Each entry has the day on which it was taken up, and one that got worse is due at once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path as File
from typing import Any, NamedTuple

from rtreview import engine
from rtreview.finding import Finding, Hidden, Key, Known, Place, Review, Severity, Span
from rtreview.refusal import Unusable

VERSION = 1


class Entry(NamedTuple):
    """A known finding: where it is, how bad it was, and since when it is known.

    `file` is relative to the folder of the baseline; `design` is the name of the design, where a file holds
    several; `overshoot` is how many times the limit was exceeded.
    """

    file: str
    design: str
    key: Key
    severity: Severity
    overshoot: float | None
    since: str

    @property
    def told(self) -> str:
        """The entry in a few words."""
        features = f" in {', '.join(self.key.features)}" if self.key.features else ""
        return f"{self.file}: {self.key.rule}{features} at {self.key.at or 'the top'}, since {self.since}"


@dataclass(frozen=True, slots=True)
class Baseline:
    """The known findings of a project; `file` is where they are kept."""

    file: File
    entries: tuple[Entry, ...] = ()

    def hide(self, reviews: Sequence[Review], required: Sequence[str]) -> tuple[list[Review], Hidden]:
        """Set apart what is known and did not get worse; findings of required rules stay open."""
        known = {(entry.file, entry.design, entry.key): entry for entry in self.entries}
        met: set[Entry] = set()
        told = []
        for review in reviews:
            open_, hidden = [], []
            for finding in review.findings:
                entry = known.get((self._name(review.path), review.name or "", finding.key))
                if entry is None or not finding.can_be_known or finding.rule in required:
                    open_.append(finding)
                    continue
                met.add(entry)
                if finding.is_worse_than(entry.severity, entry.overshoot):
                    open_.append(finding)
                else:
                    hidden.append(Known(finding, entry.since))
            told.append(replace(review, findings=tuple(open_), known=(*review.known, *hidden)))
        days = [since for review in told for _, since in review.known]
        obsolete = tuple(entry.told for entry in self._obsolete(met, reviews))
        return told, Hidden(self.file.name, min(days, default=""), obsolete)

    def taken(self, reviews: Iterable[Review], required: Sequence[str], today: date) -> Baseline:
        """A baseline of everything that is found; what is known keeps its day, unless it got worse."""
        known = {(entry.file, entry.design, entry.key): entry for entry in self.entries}
        entries = {}
        for review, finding in _lasting(reviews):
            if finding.rule in required:
                continue
            identity = (self._name(review.path), review.name or "", finding.key)
            entry = known.get(identity)
            if entry is None or finding.is_worse_than(entry.severity, entry.overshoot):
                entry = Entry(*identity, finding.severity, finding.overshoot, today.isoformat())
            entries[identity] = entry._replace(severity=finding.severity, overshoot=finding.overshoot)
        return Baseline(self.file, tuple(sorted(entries.values(), key=_order)))

    def pruned(self, reviews: Sequence[Review]) -> Baseline:
        """Without the entries that hide nothing any more."""
        met = set()
        for review, finding in _lasting(reviews):
            identity = (self._name(review.path), review.name or "", finding.key)
            met |= {one for one in self.entries if (one.file, one.design, one.key) == identity}
        gone = set(self._obsolete(met, reviews))
        return Baseline(self.file, tuple(entry for entry in self.entries if entry not in gone))

    def text(self) -> str:
        """What the file holds: an entry on each line, so that two branches can be merged."""
        rows = [
            {
                "file": entry.file,
                **({"design": entry.design} if entry.design else {}),
                "rule": entry.key.rule,
                **({"features": list(entry.key.features)} if entry.key.features else {}),
                "at": entry.key.at,
                **({"related": list(entry.key.related)} if entry.key.related else {}),
                "severity": entry.severity,
                **({"overshoot": entry.overshoot} if entry.overshoot is not None else {}),
                "since": entry.since,
            }
            for entry in self.entries
        ]
        lines = ",".join(f"\n    {json.dumps(row, ensure_ascii=False)}" for row in rows)
        end = "\n  " if rows else ""
        return f'{{\n  "version": {VERSION},\n  "findings": [{lines}{end}]\n}}\n'

    def _name(self, path: str) -> str:
        """The path of a file from the folder of the baseline."""
        return os.path.relpath(path, self.file.parent).replace(os.sep, "/")

    def _obsolete(self, met: set[Entry], reviews: Sequence[Review]) -> Iterator[Entry]:
        """Entries of files that were reviewed and do not have it, or that are not there any more."""
        reviewed = {self._name(review.path) for review in reviews if review.judgements}
        for entry in self.entries:
            is_gone = entry.file in reviewed or not (self.file.parent / entry.file).exists()
            if entry not in met and is_gone:
                yield entry


def _lasting(reviews: Iterable[Review]) -> Iterator[tuple[Review, Finding]]:
    for review in reviews:
        for finding in review.findings:
            if finding.can_be_known:
                yield review, finding


def _order(entry: Entry) -> Any:
    return entry.file, entry.design, entry.key


def read(file: File) -> Baseline:
    """The baseline in a file; an empty one where there is no file.

    Raises:
        Unusable: the file cannot be read, or is no baseline.

    """
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return Baseline(file)
    except (OSError, ValueError) as error:
        raise _refused(file, (), f"the baseline cannot be read: {error}", 1, 1) from None
    lines = tuple(text.splitlines()) or ("",)
    try:
        content = json.loads(text)
    except ValueError as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        said = "this is no baseline: the file is not JSON. Restore it, or run `rtreview baseline write`"
        raise _refused(file, lines, said, min(line, len(lines)), column) from None
    if not isinstance(content, dict) or content.get("version") != VERSION:
        said = f"this is no baseline of version {VERSION}: run `rtreview baseline write`"
        raise _refused(file, lines, said, 1, 1)
    entries = []
    for number, row in enumerate(content.get("findings", ())):
        try:
            entries.append(_entry(row))
        except (KeyError, TypeError, ValueError, AttributeError):
            written = json.dumps(row, ensure_ascii=False)
            line = next((at for at, one in enumerate(lines, 1) if written in one), 1)
            said = f"entry {number + 1} of the baseline lacks a field, or has one of a wrong kind"
            raise _refused(file, lines, said, line, 1) from None
    return Baseline(file, tuple(entries))


def _entry(row: dict[str, Any]) -> Entry:
    texts = [row[name] for name in ("file", "rule", "at", "severity", "since")]
    texts += [*row.get("features", ()), *row.get("related", ()), row.get("design", "")]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text is no text")
    overshoot = row.get("overshoot")
    return Entry(
        file=row["file"],
        design=row.get("design", ""),
        key=Key(row["rule"], tuple(row.get("features", ())), row["at"], tuple(row.get("related", ()))),
        severity=Severity(row["severity"]),
        overshoot=None if overshoot is None else float(overshoot),
        since=date.fromisoformat(row["since"]).isoformat(),
    )


def _refused(file: File, lines: tuple[str, ...], message: str, line: int, column: int) -> Unusable:
    place = Place((), Span(line, column, line, column + 1), name="baseline")
    finding = engine.unreviewed("baseline", "The baseline cannot be used", message, place)
    return Unusable(Review(os.path.relpath(file), lines or ("",), findings=(finding,)))
