"""Findings fixed in the text of a spec, each by one change that is tried out before it counts.

A change is tried in memory, and the text reviewed before and after. One that leaves its finding, that brings
another or makes one worse, or that voids an accepted risk, is not made, and it is told why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from rtreview.fix.remedy import Remedy, remedy
from rtreview.history import change
from rtreview.language import assignments, spec
from rtreview.language.design import build
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Review
from rtreview.rulebook import acceptance, rulebook
from rtreview.rulebook.finding import Finding, Verdict
from rtreview.text import edit, output
from rtreview.text.document import MARKDOWN, Document
from rtreview.text.refusal import Refused
from rtreview.text.sources import Source, read


class Fix(NamedTuple):
    """A finding and the change that ends it; `refusal` is why the change is not made."""

    finding: Finding
    remedy: Remedy
    refusal: str = ""

    @property
    def to_build(self) -> str:
        """What has to be built, so that the spec is true afterwards: a sentence of the references."""
        section = next(rule.section for rule in rulebook.load() if rule.id == self.finding.rule)
        return section.sentence("The way out", self.remedy.sentence)


@dataclass(frozen=True, slots=True)
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
        return tuple(one for one in self.reviews if one.unreviewed)


def fixed(source: Source, policy: Policy, *, everything: bool = False) -> Fixed:
    """A file after all fixes that are safe, or, with `everything`, after those too that need thought.

    It is read if it is not yet, and not written. Each fix is tried again after every other, so that a second
    run finds nothing more to do.

    Args:
        source: YAML, or Markdown where its name ends in `.md`.
        policy: how it is reviewed. What its rules find is fixed, and no other rule may find anything new.
        everything: also make the changes that somebody has to think about.

    """
    told = read(source)
    if told.problem:
        return Fixed(told, b"", (engine.unreadable(told.shown, told.problem),))
    content, done = told.content, list[Fix]()
    while True:
        text = _Text(content, told.shown, policy)
        waiting: list[Fix] = []
        refused: list[Fix] = []
        for number, one in text.fixes():
            try:
                after = text.after(number, one)
            except Refused as refusal:
                refused.append(one._replace(refusal=str(refusal)))
                continue
            if one.remedy.is_safe or everything:
                done.append(one)
                content = after
                break
            waiting.append(one)
        else:
            return Fixed(told, content, text.reviews, tuple(done), tuple(waiting), tuple(refused))


def write(one: Fixed) -> None:
    """Write a text back to where it came from, if something changed; from standard input, in any case.

    Raises:
        Refused: it cannot be written, or somebody has changed it since it was read.

    """
    source = one.source
    if source.path == "-":
        output.write(one.after)
    elif one.after != source.content:
        if read(Source(source.path)).content != source.content:
            raise Refused(f"{source.shown} was changed by somebody else meanwhile, and is left as it is")
        output.write(one.after, source.path)


class _Text:
    """One state of a text, with what is found in it."""

    def __init__(self, source: bytes, path: str, policy: Policy) -> None:
        self.source = source
        self.path = path
        self.policy = policy
        self.documents = engine.read_documents(source, path)
        self.reviews = tuple(engine.review(source, path, self._strict()))

    def _strict(self) -> Policy:
        """The policy by which nothing new is overlooked, whatever is selected."""
        ignore = tuple(rule for rule in self.policy.ignore if rule not in acceptance.VOIDING)
        return replace(self.policy, select=(), ignore=ignore)

    def fixes(self) -> Iterator[tuple[int, Fix]]:
        """What there is a change for, and in which document; the safe ones first."""
        found = [
            (number, Fix(finding, made))
            for number, (review, read) in enumerate(zip(self.reviews, self.documents, strict=True))
            for finding, made in self._remedies(review, read)
        ]
        yield from sorted(found, key=lambda one: not one[1].remedy.is_safe)

    def _remedies(self, review: Review, read: Document) -> Iterator[tuple[Finding, Remedy]]:
        if review.unreviewed:
            return
        design = build(spec.read(read.content), self.policy.fallbacks)
        for finding in review.findings:
            if finding.verdict is Verdict.VIOLATED and self.policy.runs(finding.rule):
                made = remedy(finding, design)
                if made is not None:
                    yield finding, made

    def after(self, number: int, one: Fix) -> bytes:
        """The text in which a fix is made.

        Raises:
            Refused: it cannot be made, or does not do what it should, and why.

        """
        read = self.documents[number]
        design = build(spec.read(read.content), self.policy.fallbacks)
        edits = assignments.edits(read.content, one.remedy.settings, design)
        is_markdown = self.path.lower().endswith(MARKDOWN)
        after = edit.edited(self.source, edits, markdown=is_markdown, number=number)
        review = engine.review(after, self.path, self._strict())[number]
        (told,) = change.compare([self.reviews[number]], [review])
        if told.unreviewed:
            raise Refused(told.unreviewed[0].message)
        if told.new:
            new, was = told.new[0]
            how = "make worse" if was else "bring"
            raise Refused(f"it would {how} `{new.rule}`: {new.message}")
        if not any(gone is one.finding for gone in told.gone):
            raise Refused("it would not be enough for this design")
        return after
