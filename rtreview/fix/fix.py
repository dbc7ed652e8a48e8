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
from rtreview.language import assignments, edit
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.reading import Reading
from rtreview.reviews.report import Review
from rtreview.rulebook import acceptance
from rtreview.rulebook.finding import Finding, Verdict
from rtreview.text import output
from rtreview.text.document import Document, Text
from rtreview.text.refusal import Refused
from rtreview.text.sources import Source, read


class Fix(NamedTuple):
    """A finding and the change that ends it.

    `to_build` is what has to be built, so that the spec is true afterwards: a sentence of the references.
    `refusal` is why the change is not made.
    """

    finding: Finding
    remedy: Remedy
    to_build: str
    refusal: str = ""


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
        return tuple(review for review in self.reviews if review.unreviewed)


def fixed(source: Source, policy: Policy, *, everything: bool = False) -> Fixed:
    """A file after all fixes that are safe, or, with `everything`, after those too that need thought.

    It is read if it is not yet, and not written. Each fix is tried again after every other, so that a second
    run finds nothing more to do.

    Args:
        source: YAML, or Markdown where its name ends in `.md`.
        policy: how it is reviewed. What its rules find is fixed, and no other rule may find anything new.
        everything: also make the changes that somebody has to think about.

    """
    source = read(source)
    if source.problem:
        return Fixed(source, b"", (engine.unreadable(source.shown, source.problem),))
    state = _State.of(Text.of(source.content, source.shown), policy)
    done: list[Fix] = []
    while True:
        waiting: list[Fix] = []
        refused: list[Fix] = []
        for number, fix in state.fixes():
            try:
                text, review = state.tried(number, fix)
            except Refused as refusal:
                refused.append(fix._replace(refusal=str(refusal)))
                continue
            if fix.remedy.is_safe or everything:
                done.append(fix)
                state = state.followed(text, number, review)
                break
            waiting.append(fix)
        else:
            return Fixed(
                source, state.text.content, state.reviews, tuple(done), tuple(waiting), tuple(refused)
            )


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


@dataclass(frozen=True, slots=True)
class _State:
    """One state of a text, with what is found in it."""

    text: Text
    policy: Policy
    reviews: tuple[Review, ...]

    @classmethod
    def of(cls, text: Text, policy: Policy) -> _State:
        """A text as it is."""
        return cls(text, policy, tuple(_review(document, text.path, policy) for document in text.documents))

    def fixes(self) -> Iterator[tuple[int, Fix]]:
        """What there is a change for, and in which document; the safe ones first."""
        found = [
            (number, Fix(finding, proposal, self._to_build(finding, proposal)))
            for number, review in enumerate(self.reviews)
            for finding, proposal in self._remedies(review)
        ]
        yield from sorted(found, key=lambda numbered: not numbered[1].remedy.is_safe)

    def _remedies(self, review: Review) -> Iterator[tuple[Finding, Remedy]]:
        if review.unreviewed:
            return
        for finding in review.findings:
            if finding.verdict is Verdict.VIOLATED and self.policy.runs(finding.rule):
                proposal = remedy(finding, review.design)
                if proposal is not None:
                    yield finding, proposal

    def _to_build(self, finding: Finding, proposal: Remedy) -> str:
        section = self.policy.rulebook.sections[finding.rule]
        # What a team says in place of ours may have fewer sentences.
        sentence = section.sentence("The fix", proposal.sentence)
        return sentence or section.first_sentence("The fix")

    def tried(self, number: int, fix: Fix) -> tuple[Text, Review]:
        """The text in which a fix is made, and the review of the document that it changes.

        Raises:
            Refused: it cannot be made, or does not do what it should, and why.

        """
        before = self.reviews[number]
        content = self.text.documents[number].content
        edits = assignments.edits(content, fix.remedy.settings, before.design)
        text = edit.edited(self.text, edits, number)
        review = _review(text.documents[number], text.path, self.policy)
        (difference,) = change.compare([before], [review])
        if difference.unreviewed:
            raise Refused(difference.unreviewed[0].message)
        if difference.new:
            new, was = difference.new[0]
            how = "make worse" if was else "bring"
            raise Refused(f"it would {how} `{new.rule}`: {new.message}")
        if not any(gone is fix.finding for gone in difference.gone):
            raise Refused("it would not be enough for this design")
        return text, review

    def followed(self, text: Text, number: int, changed: Review) -> _State:
        """The state after a fix of one document."""
        reviews = (
            changed if at == number else self._beside(document, self.reviews[at])
            for at, document in enumerate(text.documents)
        )
        return replace(self, text=text, reviews=tuple(reviews))

    def _beside(self, document: Document, review: Review) -> Review:
        """The review of a document whose file has changed elsewhere: as it was, if no line has moved."""
        reading = review.reading
        if reading is None or not document.stands_as(reading.document):
            return _review(document, self.text.path, self.policy)
        return replace(review, lines=document.lines, reading=reading._replace(document=document))


def _review(document: Document, path: str, policy: Policy) -> Review:
    """The review by which nothing new is overlooked, whatever the policy selects."""
    ignore = tuple(rule for rule in policy.ignore if rule not in acceptance.VOIDING)
    strict = policy._replace(select=(), ignore=ignore)
    return engine.review_design(Reading.of(document, policy.fallbacks), path, strict)
