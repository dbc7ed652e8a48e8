"""A design as it stands in an editor: what is found in it, and its last outline where it is half written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from difflib import SequenceMatcher
from functools import cached_property
from typing import NamedTuple

from rtreview.fix.fix import Trial
from rtreview.language import catalogue
from rtreview.language.catalogue import Platform, Trait
from rtreview.language.design import SECTIONS, Design
from rtreview.language.field import Field
from rtreview.language.section import Named, Section, Sections
from rtreview.project.settings import Settings
from rtreview.quantities.unchanging import unchanging
from rtreview.reviews import engine
from rtreview.reviews.report import DerivedNumber, Review
from rtreview.rulebook.finding import Finding, Key
from rtreview.text.document import Document
from rtreview.text.place import Place, Span, SpecPath
from rtreview.text.sources import Source

HOPS = ("transport", "path")
"""Where the hops of a connection stand."""


class Role(NamedTuple):
    """What a field names a platform for: a kind of it, and what the catalogue has to know of that.

    Attributes:
        kinds: what it may be.
        trait: what it is known to do, where that is more than its kind says.
        fixes_it: whether only those are meant that fix the field themselves, when they are named elsewhere.

    """

    kinds: tuple[str, ...]
    trait: Trait | None = None
    fixes_it: bool = False


PLATFORMS: dict[tuple[str, ...], Role] = {
    ("transport", "library"): Role(("library",)),
    ("transport", "client_library"): Role(("library", "browser")),
    ("transport", "service"): Role(("service", "host")),
    HOPS: Role(catalogue.ON_A_PATH),
    (*HOPS, "name"): Role(catalogue.ON_A_PATH),
    ("topology", "backplane", "kind"): Role(("broker",)),
    ("topology", "backplane", "adapter"): Role(("library",), trait="joins-nodes"),
    ("push", "service"): Role(("service",)),
    ("sync", "library"): Role(("library",), fixes_it=True),
}
"""The fields that name a platform, each with what it names one for."""


def platforms_for(field: tuple[str, ...]) -> Iterator[Platform]:
    """The platforms of the catalogue that a field may name; none of a field that names no platform."""
    role = PLATFORMS.get(field)
    if role is None:
        return
    for platform in catalogue.load():
        if (
            platform.kind in role.kinds
            and (role.trait is None or platform.has(role.trait))
            and (not role.fixes_it or any(platform.fixed(field)))
        ):
            yield platform


MOST_SEARCHED = 1_000
"""Lines between two changes that are searched for those that have moved: the time grows with their square."""


class Shift:
    """Where the lines of a text have gone that was changed, be it at several places."""

    def __init__(self, before: Sequence[str], after: Sequence[str]) -> None:
        self._was: dict[int, int] = {}
        self._now: dict[int, int] = {}
        for old, new in _pairs(before, after):
            self._was[new + 1] = old + 1
            if before[old] == after[new]:
                self._now[old + 1] = new + 1

    def was(self, line: int) -> int | None:
        """Where a line stood; one that was changed, where that is as sure."""
        return self._was.get(line)

    def now(self, line: int) -> int | None:
        """Where a line stands; None where it was changed."""
        return self._now.get(line)


def _pairs(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The lines of two texts that are the same line, be it with a change, by their indices.

    What stands above the first change and below the last is as it was, which is all of the text but for a few
    lines while somebody types. Only what lies between is searched for lines that have moved.
    """
    shorter = min(len(before), len(after))
    top = _equal(before, after, shorter)
    bottom = _equal(before[::-1], after[::-1], shorter - top)
    end, new_end = len(before) - bottom, len(after) - bottom
    yield from zip(range(top), range(top), strict=True)
    if max(end, new_end) - top <= MOST_SEARCHED:
        matcher = SequenceMatcher(None, before[top:end], after[top:new_end], autojunk=False)
        for _, first, last, new_first, new_last in matcher.get_opcodes():
            if last - first == new_last - new_first:
                yield from zip(
                    range(top + first, top + last), range(top + new_first, top + new_last), strict=True
                )
    elif end == new_end:
        yield from zip(range(top, end), range(top, end), strict=True)
    yield from zip(range(end, len(before)), range(new_end, len(after)), strict=True)


def _equal(before: Sequence[str], after: Sequence[str], most: int) -> int:
    """How many lines at the beginning of two texts are equal."""
    return next((at for at in range(most) if before[at] != after[at]), most)


@unchanging(eq=False, slots=False)
class Sketch:
    """The last outline of a document: what it says, and where that stands in the text as it is now.

    Args:
        document: the document by whose places that is told: that of the outline, or a later one that can be
            read and makes no design.
        review: the last review of a design.
        shift: where the lines of `document` have gone; None where nobody has changed one since.

    """

    document: Document
    review: Review
    shift: Shift | None = None

    @property
    def design(self) -> Design:
        """The design of the outline."""
        return self.review.design

    @cached_property
    def numbers(self) -> tuple[DerivedNumber, ...]:
        """The ledger of the outline."""
        return tuple(engine.numbers_of(self.design, self.review.document))

    @cached_property
    def defaults(self) -> dict[SpecPath, list[Field[object]]]:
        """What named platforms fix in the silence of the design, by the place that names them."""
        found: dict[SpecPath, dict[SpecPath, Field[object]]] = {}
        for stated in _fields(self.design):
            if stated.default is not None and stated.default.platform and not stated.default.configured:
                found.setdefault(self._written(stated.default.at), {}).setdefault(stated.at, stated)
        return {at: list(fields.values()) for at, fields in found.items()}

    @property
    def platforms(self) -> Iterator[tuple[SpecPath, Platform]]:
        """Every place that names a platform of the catalogue."""
        for path in self.document.values:
            if keys_of(path) in PLATFORMS and isinstance(name := self.document.content_at(path), str):
                platform = catalogue.find(name)
                if platform is not None:
                    yield path, platform

    def path_at(self, line: int, column: int) -> SpecPath | None:
        """What stands at a place of the text as it is now."""
        was = self.shift.was(line) if self.shift else line
        return None if was is None else self.document.path_at(was, column)

    def span(self, path: SpecPath, *, key: bool = False) -> Span | None:
        """Where a path stands now; None where that is not written, or was changed."""
        if path not in self.document.values:
            return None
        span = self.document.span(path, key=key)
        if self.shift is None:
            return span
        line, end = self.shift.now(span.line), self.shift.now(span.end_line)
        return None if line is None or end is None else span._replace(line=line, end_line=end)

    def moved(self, finding: Finding) -> Finding | None:
        """A finding of the outline where it stands now; None where that is not written, or was changed."""
        first, *others = (self._place(place) for place in (finding.place, *finding.related))
        related = tuple(place for place in others if place is not None)
        return None if first is None else finding._replace(place=first, related=related)

    def _place(self, place: Place) -> Place | None:
        span = self.span(place.at)
        return None if span is None else place._replace(span=span)

    def _written(self, path: SpecPath) -> SpecPath:
        """The path, or that of the bare value which stands for it: a name stands for its hop."""
        while path and path not in self.document.values:
            path = path[:-1]
        return path


@unchanging(eq=False, slots=False)
class Sheet:
    """The text of an open file, with what is found in it.

    Args:
        source: the text, and the name of its file.
        settings: what is configured for it; None where that cannot be used.
        reviews: one for each document.
        sketches: the last outline of each document that ever had one.
        troubles: why the configuration cannot be used, as sentences.
        trials: fixes that were tried on this text, by the finding that each ends.

    """

    source: Source
    settings: Settings | None
    reviews: tuple[Review, ...] = ()
    sketches: tuple[Sketch | None, ...] = ()
    troubles: tuple[str, ...] = ()
    trials: dict[tuple[int, Key, str], tuple[Trial, ...]] = field(default_factory=dict)

    @property
    def findings(self) -> Iterator[tuple[int, Finding]]:
        """All that is open, with the number of its document."""
        for number, review in enumerate(self.reviews):
            yield from ((number, finding) for finding in review.findings)

    @property
    def remembered(self) -> Iterator[Finding]:
        """What was found in a document before it was half written, in the lines that are as they were."""
        now = {id(review) for review in self.reviews}
        for sketch in self.outlines:
            if id(sketch.review) not in now:
                yield from filter(None, map(sketch.moved, sketch.review.findings))

    @property
    def outlines(self) -> Iterator[Sketch]:
        """Those that there are."""
        yield from filter(None, self.sketches)

    def at(self, line: int, column: int) -> tuple[Sketch, SpecPath] | None:
        """The outline that a place lies in, and what stands there."""
        for sketch in self.outlines:
            path = sketch.path_at(line, column)
            if path:
                return sketch, path
        return None


def sketched(reviews: Sequence[Review], before: Sequence[Sketch | None]) -> tuple[Sketch | None, ...]:
    """The last outline of each document: of one that makes no design any more, that of before."""
    former = [*before, *[None] * len(reviews)]
    now = [_sketch(review, was) for review, was in zip(reviews, former, strict=False)]
    # What follows a mistake in a file of several documents, nobody can read.
    if reviews and reviews[-1].document.problems:
        now += [_moved(was, reviews[-1].document) for was in before[len(reviews) :]]
    return tuple(now)


def keys_of(path: SpecPath) -> tuple[str, ...]:
    """A path without the places in lists, and as if the design had one feature."""
    keys = tuple(key for key in path if isinstance(key, str))
    return keys[2:] if keys[:1] == ("features",) else keys


def _sketch(review: Review, former: Sketch | None) -> Sketch | None:
    reading = review.reading
    assert reading is not None
    if reading.design is not None and not reading.mistakes:
        return Sketch(reading.document, review)
    if former is not None and not reading.document.problems and isinstance(reading.document.content, dict):
        return Sketch(reading.document, former.review)
    return _moved(former, reading.document)


def _moved(former: Sketch | None, document: Document) -> Sketch | None:
    if former is None:
        return None
    return Sketch(former.document, former.review, Shift(former.document.lines, document.lines))


def _fields(design: Design) -> Iterator[Field[object]]:
    """Every field of a design that is stated, be it by a platform."""
    seen: set[int] = set()
    for feature in design.features:
        for name in SECTIONS:
            part = feature.transport if name == "transport" else getattr(feature, name)
            if id(part) not in seen:
                seen.add(id(part))
                yield from _stated(part)


def _stated(part: object) -> Iterator[Field[object]]:
    if isinstance(part, Field):
        if part.is_stated:
            yield part
    elif isinstance(part, Section):
        if part.is_stated:
            for name in part.ENTRIES:
                yield from _stated(getattr(part, name))
    elif isinstance(part, Sections | Named):
        for item in part:
            yield from _stated(item)
