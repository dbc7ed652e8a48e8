"""One call on a project: its configuration, the designs that are asked for, and what is known of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from rtreview.project.batch import reviews as review_all
from rtreview.project.settings import Settings
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Report, Review, Unusable
from rtreview.rulebook.finding import Accepted, Verdict
from rtreview.text.document import Text
from rtreview.text.refusal import Refused
from rtreview.text.sources import Source, read
from rtreview.text.tree import DISK, Tree

if TYPE_CHECKING:
    from rtreview.history.baseline import Baseline
    from rtreview.history.change import Change
    from rtreview.history.identity import Pair
    from rtreview.text.git import Revision


class Comparison(NamedTuple):
    """What a change is held against, and what it does to the configuration.

    Args:
        base: where the current branch parted from the revision that is named.
        before: the settings there. In force are those of the revision as it is now.
        proposed: the settings as the change makes them, or why they cannot be read.
        named: the paths that the call names; nothing where they are those of the configuration.

    """

    base: Revision
    before: Settings
    proposed: Settings | Unusable
    named: Sequence[str] = ()


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
        comparison: what the designs are compared with; the settings are those of its revision then.

    """

    paths: Sequence[str]
    settings: Settings
    policy: Policy
    with_numbers: bool = False
    jobs: int = 0
    progress: TextIO | None = None
    keeps_readings: bool = False
    comparison: Comparison | None = None

    def reviews(self) -> list[Review]:
        """The reviews of all designs; what cannot be read has one that says so."""
        return self._reviews(self.sources())

    def report(self, *, baseline: bool = True) -> Report:
        """The reviews, without what the baseline knows; with a base also what becomes of the review."""
        former: list[Review | None] | None = None
        if self.comparison is None:
            reviews, safeguards = self.reviews(), []
        else:
            sides = self._sides()
            reviews, safeguards = sides.after, [*sides.safeguards, *sides.deletions]
            former = [old for old, new in sides.designs if new]
        known = self.baseline() if baseline else None
        if known is None or not known.entries:
            return Report((*safeguards, *reviews), self.policy.rulebook)
        remaining, hidden = known.hide(reviews, self.policy, former)
        return Report((*safeguards, *remaining), self.policy.rulebook, hidden)

    def baseline(self, tree: Tree | None = None) -> Baseline | None:
        """The known findings; None where there is no file of them.

        Args:
            tree: where it is read; without one, where the settings are from.

        Raises:
            Unusable: the file cannot be used.

        """
        tree = tree or self.settings.tree
        # What leads nowhere, or is no plain file, is there and refused, and not overlooked.
        is_there = os.path.lexists(self.baseline_file) if tree is DISK else tree.holds(self.baseline_file)
        if not is_there:
            return None
        from rtreview.history import baseline  # noqa: PLC0415 - only where there is one

        return baseline.read(self.baseline_file, tree)

    @property
    def baseline_file(self) -> Path:
        """Where the known findings are kept, from the current folder."""
        return Path(os.path.relpath(self.settings.root / self.settings.baseline))

    def new(self) -> Report:
        """The reviews, without what was found in the base already.

        The baseline has no say: what it knows and the base has not, the change itself has taken up.
        """
        from rtreview.history import change  # noqa: PLC0415 - only where somebody asks for it

        sides = self._sides()
        remaining, hidden = change.new_only(sides.designs, sides.base)
        return Report((*sides.safeguards, *sides.deletions, *remaining), self.policy.rulebook, hidden)

    def changes(self) -> list[Change]:
        """What is different since the base."""
        from rtreview.history import change  # noqa: PLC0415 - likewise

        sides = self._sides()
        before = [replace(review, findings=()) for review in sides.safeguards]
        return [*change.compare(before, sides.safeguards), *change.changes(sides.designs)]

    def change_between(self, old: str, new: str) -> list[Change]:
        """What is different between two files."""
        from rtreview.history import change  # noqa: PLC0415 - likewise

        before, after = (self._reviews([Source(path)]) for path in (old, new))
        return change.compare(before, after, {after[0].path: before[0].path})

    def _sides(self) -> _Sides:
        """The base and today, by the rules of the base. A file that is as it was is reviewed once."""
        from rtreview.history import change, identity  # noqa: PLC0415 - only where there is a base
        from rtreview.project.safeguards import Left, Safeguards  # noqa: PLC0415 - likewise

        assert self.comparison is not None
        if "-" in self.paths:
            raise Refused("standard input is in no revision: name a file")
        base, *_ = self.comparison
        sources = self.sources()
        former = {one: was for one in sources if (was := base.was(one.path)) and base.holds(was)}
        renamed = {source.shown: Source(was).shown for source, was in former.items()}
        same = {source.shown for source in former if base.is_unchanged(source.path)}
        gone = list(self._gone(base, [*former.values(), *(source.path for source in sources)]))
        # A directory that holds none any more is told by what it has lost.
        sources = [one for one in sources if not (one.is_empty and any(_is_below(was, one) for was in gone))]
        changed = [was for source, was in former.items() if source.shown not in same]
        old = [Source(name, base.content(name), is_read=True) for name in changed]
        after = self._reviews(sources)
        before = [*self._reviews([*old, *gone]), *(review for review in after if review.path in same)]
        designs = identity.pairs(before, after, renamed)
        brought: list[tuple[Review, Accepted]] = []
        if not self.settings.accept_in_same_change:
            designs, brought = change.reopened(designs)
        left = [Left(one.path, base.now(one.path)) for one in gone]
        left = [file for file in left if file.now or os.path.islink(file.was) or base.is_submodule(file.was)]  # noqa: PTH114
        # What is still a file, by the name that its designs had.
        still = {one.shown: one.shown for one in gone if os.path.isfile(one.path)}  # noqa: PTH113 - for long names
        still |= {was: now for now, was in renamed.items()}
        hidden = {Source(file.was).shown for file in left}
        lost = [old for old, new in designs if old and new is None and old.path not in hidden]
        taken = [(design, still[design.path]) for design in lost if design.path in still]
        deleted = [design for design in lost if design.path not in still]
        guard = Safeguards(base.name, *self.comparison[1:])
        safeguards = [
            *guard.configuration(),
            *guard.sight(sources, left),
            *guard.taken_out(taken),
            *guard.acceptances(brought),
        ]
        if not base.is_unchanged(str(self.baseline_file)):
            safeguards += guard.baseline(self.baseline(base), self.baseline(DISK))
        return _Sides(base.name, designs, safeguards, list(guard.deletions(deleted)))

    def _gone(self, base: Revision, seen: Sequence[str]) -> Iterator[Source]:
        """The designs of a revision that a search came to, but for those that are seen under these names."""
        still = set(map(os.path.abspath, seen))
        left = [name for name in base.left() if os.path.abspath(name) not in still and base.holds(name)]  # noqa: PTH100
        away = self.settings.left_out(left, self.paths)
        read = (Source(name, base.content(name), is_read=True) for name in left if name not in away)
        return filter(self.settings.takes, read)

    def sources(self) -> list[Source]:
        """The files that are asked for, not read yet."""
        return self.settings.sources(self.paths)

    def _reviews(self, sources: Sequence[Source]) -> list[Review]:
        review = partial(review_source, policy=self.policy, with_numbers=self.with_numbers)
        # Processes have no standard input of their own.
        sources = [read(source) if source.path == "-" else source for source in sources]
        if self.keeps_readings or len(sources) == 1:
            return review_all(review, sources, jobs=1, progress=self.progress)
        return review_all(partial(_without_readings, review), sources, jobs=self.jobs, progress=self.progress)


class _Sides(NamedTuple):
    """A change since a revision, reviewed by the rules of that.

    `designs` are those of today, each with what it was, and those that are gone. `safeguards` are what the
    change does to its own review, and `deletions` what it deletes: a comparison has that as well.
    """

    base: str
    designs: list[Pair]
    safeguards: list[Review]
    deletions: list[Review]

    @property
    def after(self) -> list[Review]:
        return [new for _, new in self.designs if new]


def _is_below(file: Source, directory: Source) -> bool:
    return Path(os.path.abspath(file.path)).is_relative_to(os.path.abspath(directory.path))  # noqa: PTH100


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
