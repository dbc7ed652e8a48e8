"""One call on a project: its configuration, the designs that are asked for, and what is known of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from rtreview.project.batch import reviews as review_all
from rtreview.project.settings import Settings
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Report, Review
from rtreview.rulebook.finding import Verdict
from rtreview.text.document import Text
from rtreview.text.refusal import Refused
from rtreview.text.sources import Source, find, is_design, read

if TYPE_CHECKING:
    from rtreview.history.baseline import Baseline
    from rtreview.history.change import Change


class Project(NamedTuple):
    """Designs under some paths, the settings that are in force for them, and how to review them.

    Args:
        paths: files, directories, or `-`.
        settings: the configuration.
        policy: the configuration and the command line together.
        with_numbers: also the ledger.
        jobs: processes; 0 takes as many as pay.
        progress: a terminal on which it is told how far the reviews are.
        keeps_readings: whether each review keeps what was read, as that of a single file does; it is done in
            this process alone then.

    """

    paths: Sequence[str]
    settings: Settings
    policy: Policy
    with_numbers: bool = False
    jobs: int = 0
    progress: TextIO | None = None
    keeps_readings: bool = False

    def reviews(self) -> list[Review]:
        """The reviews of all designs; what cannot be read has one that says so."""
        return self._reviews(self.sources())

    def report(self, *, baseline: bool = True) -> Report:
        """The reviews, without what the project's baseline knows."""
        reviews = self.reviews()
        known = self.baseline() if baseline else None
        if known is None or not known.entries:
            return Report(tuple(reviews), self.policy.rulebook)
        remaining, hidden = known.hide(reviews, self.policy)
        return Report(tuple(remaining), self.policy.rulebook, hidden)

    def baseline(self) -> Baseline | None:
        """The known findings; None where there is no file of them.

        Raises:
            Unusable: the file cannot be used.

        """
        if not os.path.lexists(self.baseline_file):
            return None
        from rtreview.history import baseline  # noqa: PLC0415 - only where there is one

        return baseline.read(self.baseline_file)

    @property
    def baseline_file(self) -> Path:
        """Where the known findings are kept, from the current folder."""
        return Path(os.path.relpath(self.settings.root / self.settings.baseline))

    def report_since(self, revision: str) -> Report:
        """The reviews, without what was found in a revision of git already.

        The baseline has no say: what it knows and the revision has not, the change itself has taken up.
        """
        from rtreview.history import change  # noqa: PLC0415 - only where somebody asks for it

        before, after, was = self._two_sides(revision)
        remaining, hidden = change.new_only(before, after, was, revision)
        return Report(tuple(remaining), self.policy.rulebook, hidden)

    def changes_since(self, revision: str) -> list[Change]:
        """What is different since a revision of git."""
        from rtreview.history import change  # noqa: PLC0415 - likewise

        return change.compare(*self._two_sides(revision))

    def change_between(self, old: str, new: str) -> list[Change]:
        """What is different between two files."""
        from rtreview.history import change  # noqa: PLC0415 - likewise

        before, after = (self._reviews([Source(path)]) for path in (old, new))
        return change.compare(before, after, {after[0].path: before[0].path})

    def _two_sides(self, revision: str) -> tuple[list[Review], list[Review], dict[str, str]]:
        """The reviews of a revision and of today, and the former name of each file that was renamed.

        A file that is as it was is reviewed once.
        """
        from rtreview.text.git import Revision  # noqa: PLC0415 - likewise

        if "-" in self.paths:
            raise Refused("standard input is in no revision: name a file")
        base = Revision(revision, self.settings.root)
        sources = self.sources()
        former = {source: was for source in sources if (was := base.was(source.path)) is not None}
        same = {source.shown for source in former if base.is_unchanged(source.path)}
        names = [was for source, was in former.items() if source.shown not in same]
        names += [name for name in base.left() if name not in former.values() and self._asks_for(name)]
        old = [Source(name, base.content(name), is_read=True) for name in names]
        old = [source for source in old if source.path in former.values() or self._is_gone(source)]
        after = self._reviews(sources)
        renamed = {source.shown: Source(was).shown for source, was in former.items()}
        return [*self._reviews(old), *(review for review in after if review.path in same)], after, renamed

    def _asks_for(self, name: str) -> bool:
        """Whether a file is, or was, one of the paths or inside of one."""
        file = Path(name).resolve()
        return any(file.is_relative_to(Path(path).resolve()) for path in self.paths)

    def _is_gone(self, was: Source) -> bool:
        """Whether a file held a design that nobody left out, and is not there, or holds none any more."""
        now = read(Source(was.path))
        return self._is_design(was) and not (now.is_read and self._is_design(now))

    def _is_design(self, source: Source) -> bool:
        settings = self.settings
        return is_design(source, include=settings.include, exclude=settings.exclude, root=settings.root)

    def sources(self) -> list[Source]:
        """The files that are asked for, not read yet."""
        settings = self.settings
        include, exclude = settings.include, settings.exclude
        return list(find(self.paths, include=include, exclude=exclude, root=settings.root))

    def _reviews(self, sources: Sequence[Source]) -> list[Review]:
        review = partial(review_source, policy=self.policy, with_numbers=self.with_numbers)
        # Processes have no standard input of their own.
        sources = [read(source) if source.path == "-" else source for source in sources]
        if self.keeps_readings or len(sources) == 1:
            return review_all(review, sources, jobs=1, progress=self.progress)
        return review_all(partial(_without_readings, review), sources, jobs=self.jobs, progress=self.progress)


def review_source(source: Source, policy: Policy, *, with_numbers: bool = False) -> list[Review]:
    """The reviews of a file, which is read if it is not yet."""
    source = read(source)
    if source.problem:
        return [engine.unreadable(source.shown, source.problem)]
    reviews = engine.review_text(Text.of(source.content, source.shown), policy, with_numbers=with_numbers)
    return [_with_proposals(review) for review in reviews]


def _with_proposals(review: Review) -> Review:
    if not any(finding.verdict is Verdict.VIOLATED for finding in review.findings):
        return review
    from rtreview.fix.remedy import with_proposals  # noqa: PLC0415 - only what fails has remedies

    return with_proposals(review)


def _without_readings(review: Callable[[Source], list[Review]], source: Source) -> list[Review]:
    """Reviews of which a thousand fit into memory, and through a pipe."""
    return [replace(result, reading=None) for result in review(source)]
