"""One call on a project: its configuration, the designs that are asked for, and what is known of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from functools import cached_property, partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from rtreview.project.batch import reviews as review_all
from rtreview.project.settings import OWN_FILE, SHARED_FILE, Settings
from rtreview.quantities.unchanging import unchanging
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.reading import Reading
from rtreview.reviews.report import Hidden, Report, Review, Unusable, readable
from rtreview.rulebook.finding import Verdict
from rtreview.text.document import Document, Text
from rtreview.text.refusal import Refused
from rtreview.text.sources import Source, read
from rtreview.text.tree import DISK, Tree

if TYPE_CHECKING:
    from rtreview.history.baseline import Baseline
    from rtreview.history.change import Change
    from rtreview.history.identity import Pair
    from rtreview.language.design import Design
    from rtreview.project.nearest import Configurations
    from rtreview.project.safeguards import Safeguards
    from rtreview.rulebook.rulebook import Rulebook
    from rtreview.text.git import Revision


class Comparison(NamedTuple):
    """What a change is held against, and what it does to the configuration.

    Args:
        base: where the current branch parted from the revision that is named.
        before: the configurations there. In force are those of the revision as it is now.
        proposed: the configurations as the change makes them.
        named: the paths that the call names; nothing where they are those of the configuration.

    """

    base: Revision
    before: Configurations
    proposed: Configurations
    named: Sequence[str] = ()


@unchanging(eq=False, slots=False)
class Project:
    """Designs under some paths, the settings that are in force for them, and how to review them.

    Args:
        paths: files, directories, or `-`.
        folder: the deepest one that holds them all.
        configurations: those of all folders; below that one there may be stricter ones.
        reviewing: what settings, and the command line where there is one, make of a review.
        with_numbers: also the ledger.
        jobs: processes; 0 takes as many as pay.
        progress: a terminal on which it is told how far the reviews are.
        keeps_readings: whether each review keeps what was read, as that of a single file does; it is done in
            this process alone then.
        comparison: what the designs are compared with; the settings are those of its revision then.

    """

    paths: Sequence[str]
    folder: Path
    configurations: Configurations
    reviewing: Callable[[Settings], Policy] = attrgetter("policy")
    with_numbers: bool = False
    jobs: int = 0
    progress: TextIO | None = None
    keeps_readings: bool = False
    comparison: Comparison | None = None
    _parts: dict[Path, Project] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def settings(self) -> Settings:
        """What is in force for the whole of the call."""
        return self.configurations.of(self.folder)

    @cached_property
    def policy(self) -> Policy:
        """The configuration and the command line together."""
        return self.reviewing(self.settings)

    @cached_property
    def inner(self) -> list[Project]:
        """The same call for each folder below its own, of those to which it comes, with other settings."""
        return [part for part in dict.fromkeys(map(self._of, self._folders)) if part is not self]

    @cached_property
    def _folders(self) -> list[Path]:
        """The folders to which the call comes below its own."""
        named = (Path(os.path.abspath(path)) for path in self.paths)  # noqa: PTH100 - a link stays where it is
        above = (folder for path in named for folder in path.parents)
        searched = (Path(os.path.abspath(folder)) for folder in self.settings.folders(self.paths))  # noqa: PTH100
        return [folder for folder in dict.fromkeys((*above, *searched)) if self.folder in folder.parents]

    def within(self, path: str) -> Project:
        """The call by the configuration of a file, which may be stricter than that of the whole."""
        return self._of(Path(os.path.abspath(path)).parent)  # noqa: PTH100 - a link stays where it is

    def _of(self, folder: Path) -> Project:
        if not folder.is_relative_to(self.folder):
            return self
        settings = self.configurations.of(folder)
        if settings.files == self.settings.files:
            return self
        # A repository inside another begins again, also without a configuration.
        own = settings.files[-1].parent if settings.files else settings.root
        if own not in self._parts:
            self._parts[own] = replace(self, paths=[os.path.relpath(own)], folder=own, comparison=None)
        return self._parts[own]

    def parted(self, reviews: Sequence[Review]) -> dict[Project, list[int]]:
        """The call, and what of it goes by another configuration; each with the numbers of its reviews."""
        parts: dict[Project, list[int]] = {self: []}
        for number, review in enumerate(reviews):
            parts.setdefault(self.within(review.path), []).append(number)
        return parts

    @property
    def rulebook(self) -> Rulebook:
        """Our rules, and those of all configurations by which something was reviewed."""
        joined = self.policy.rulebook
        for part in self._parts.values():
            if part.policy.rulebook is not joined:
                joined = joined.extended(*part.policy.rulebook.theirs)
        return joined

    def reviews(self) -> list[Review]:
        """The reviews of all designs; what cannot be read has one that says so."""
        return self._reviews(self.sources())

    def report(self, *, baseline: bool = True) -> Report:
        """The reviews, without what the baseline knows; with a base also what becomes of the review."""
        former: Sequence[Review | None]
        if self.comparison is None:
            former = reviews = self.reviews()
            safeguards = []
        else:
            sides = self._sides()
            reviews, safeguards = sides.after, [*sides.safeguards, *sides.deletions]
            former = [old for old, new in sides.designs if new]
        hidden = None
        if baseline:
            reviews, hidden = self._without_known(reviews, former)
        return Report((*safeguards, *reviews), self.rulebook, hidden)

    def _without_known(
        self, reviews: Sequence[Review], former: Sequence[Review | None]
    ) -> tuple[list[Review], Hidden | None]:
        """The reviews without what the baselines know, each of them of what goes by its configuration."""
        remaining, hidden = list(reviews), None
        for part, numbers in self.parted(reviews).items():
            known = part.baseline()
            if known is None or not known.entries:
                continue
            own = [reviews[number] for number in numbers]
            found, by = known.hide(own, part.policy, [former[number] for number in numbers])
            for number, review in zip(numbers, found, strict=True):
                remaining[number] = review
            hidden = hidden.joined(by) if hidden else by
        return remaining, hidden

    def report_on(self, source: Source) -> Report:
        """The reviews of one file that was read already, without what the baseline knows: of an open text."""
        reviews = self._reviews([source])
        reviews, hidden = self._without_known(reviews, reviews)
        return Report(tuple(reviews), self.rulebook, hidden)

    @property
    def ground(self) -> list[Path]:
        """The files beside its designs on which a report rests, be they there or not."""
        files: list[Path] = []
        for part in (self, *self.inner):
            settings = part.settings
            folders = (
                settings.root,
                *(each for each in part.folder.parents if settings.root in each.parents),
            )
            files += [folder / name for folder in (*folders, part.folder) for name in (OWN_FILE, SHARED_FILE)]
            files += [*settings.files, settings.root / settings.baseline]
            files += sorted((settings.root / settings.references).glob("*.md")) if settings.references else []
        return list(dict.fromkeys(files))

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
        return Report((*sides.safeguards, *sides.deletions, *remaining), self.rulebook, hidden)

    def changes(self) -> list[Change]:
        """What is different since the base."""
        from rtreview.history import change  # noqa: PLC0415 - likewise

        sides = self._sides()
        before = [replace(review, findings=()) for review in sides.safeguards]
        return [*change.compare(before, sides.safeguards), *change.changes(sides.designs)]

    def change_between(self, old: str, new: str) -> list[Change]:
        """What is different between two files; of what is no file, why.

        Raises:
            Refused: one of the two is a revision.

        """
        from rtreview.history import change  # noqa: PLC0415 - likewise

        sources = [read(Source(path)) for path in (old, new)]
        if lost := list(dict.fromkeys(source for source in sources if source.problem)):
            for source in lost:
                self._no_revision(source.path, beside=new if source.path == old else old)
            unread = self._reviews(lost)
            return change.compare(unread, unread)
        before, after = (self._reviews([source]) for source in sources)
        return change.compare(before, after, {after[0].path: before[0].path})

    def _no_revision(self, name: str, beside: str) -> None:
        """Refuse what is no file and that git knows, beside one to compare with it."""
        from rtreview.text.git import Revision  # noqa: PLC0415 - likewise

        try:
            Revision(name, Path(), parted=False)
        except Refused:
            return
        raise Refused(f"`{name}` is a revision, and no file: did you mean `--base {name} {beside}`?")

    def _sides(self) -> _Sides:
        """The base and today, by the rules of the base. A file that is as it was is reviewed once."""
        from rtreview.history import change, identity  # noqa: PLC0415 - only where there is a base
        from rtreview.project.safeguards import Left, milder, out_of_sight  # noqa: PLC0415 - likewise

        assert self.comparison is not None
        if "-" in self.paths:
            raise Refused("standard input is in no revision: name a file")
        base = self.comparison.base
        sources = self.sources()
        former = {one: was for one in sources if (was := base.was(one.path)) and base.holds(was)}
        renamed = {source.shown: Source(was).shown for source, was in former.items()}
        same = {source.shown for source in former if base.is_unchanged(source.path)}
        gone = list(self._gone(base, [*former.values(), *(source.path for source in sources)]))
        # A directory that holds none any more is told by what it has lost.
        sources = [one for one in sources if not (one.is_empty and any(_is_below(was, one) for was in gone))]
        after = self._reviews(sources)
        # What runs may have changed beside a design that has not.
        same -= {review.path for review in after if review.deployment}
        changed = [was for source, was in former.items() if source.shown not in same]
        old = [Source(name, base.content(name), is_read=True) for name in changed]
        before = [*self._reviews([*old, *gone], base), *(review for review in after if review.path in same)]
        designs, brought = change.reopened(
            identity.pairs(before, after, renamed),
            lambda review: self.within(review.path).settings.accept_in_same_change,
        )
        left = [Left(one.path, base.now(one.path)) for one in gone]
        left = [file for file in left if file.now or os.path.islink(file.was) or base.is_submodule(file.was)]  # noqa: PTH114
        # What is still a file, by the name that its designs had.
        still = {one.shown: one.shown for one in gone if os.path.isfile(one.path)}  # noqa: PTH113 - for long names
        still |= {was: now for now, was in renamed.items()}
        hidden = {Source(file.was).shown for file in left}
        # What a design and its deployment agree on again is no design that is gone.
        lost = [old for old, new in designs if old and new is None and not old.is_of_what_runs]
        lost = [design for design in lost if design.path not in hidden]
        taken = [(design, still[design.path]) for design in lost if design.path in still]
        deleted = [design for design in lost if design.path not in still]
        moved = list(self._elsewhere(base, deleted, sources))
        left += [Left(was.path, now.path) for was, now in moved]
        deleted = [design for design in deleted if all(design is not was for was, _ in moved)]
        guards = self._guards()
        guard = guards[self.folder]
        safeguards = [
            *milder(guards.values()),
            *out_of_sight(guards, sources),
            *guard.moves(left),
            *guard.taken_out(taken),
            *guard.exchanged(designs, renamed),
            *guard.acceptances(brought),
            *guard.prolonged(designs),
            *guard.comparisons(designs, base),
        ]
        baselines = {part.baseline_file: part for part in (self, *self.inner)}
        for file, part in baselines.items():
            if not base.is_unchanged(str(file)):
                safeguards += guard.baseline(part.baseline(base), part.baseline(DISK))
        return _Sides(base.name, designs, safeguards, list(guard.deletions(deleted)))

    def _elsewhere(
        self, base: Revision, gone: Sequence[Review], seen: Sequence[Source]
    ) -> Iterator[tuple[Review, Review]]:
        """Designs that are gone, each with what it is now in a file that the change adds out of sight.

        Git takes a file for a renamed one as long as most of its lines are the same.
        """
        from rtreview.history import identity  # noqa: PLC0415 - only where a design is gone

        known = {os.path.abspath(source.path) for source in seen}  # noqa: PTH100
        names = (name for name in base.added() if gone and os.path.abspath(name) not in known)  # noqa: PTH100
        plain = (name for name in names if os.path.isfile(name) and not os.path.islink(name))  # noqa: PTH113, PTH114
        specs = [source for source in map(read, map(Source, plain)) if b"rtreview" in source.content]
        designs = [
            review
            for review in self._reviews(specs)
            if isinstance(review.content, dict) and "rtreview" in review.content
        ]
        yield from ((was, now) for was, now in identity.pairs(gone, designs, {}) if was and now)

    def _guards(self) -> dict[Path, Safeguards]:
        """The rules that the change is held against, by the folder of each configuration, its own first."""
        from rtreview.project.safeguards import Safeguards  # noqa: PLC0415 - only where there is a base

        assert self.comparison is not None
        base, before, proposed, named = self.comparison
        every = (before, proposed, self.configurations)
        own = [folder for folder in self._folders if any(one.speaks(folder) for one in every)]
        guards = {}
        for folder in (self.folder, *own):
            was, now = (_read(one, folder) for one in (before, proposed))
            # One that was broken when the branch began says nothing of what the branch does to it.
            was = self.configurations.of(folder) if isinstance(was, Unusable) else was
            if folder != self.folder and not isinstance(now, Unusable):
                # What is looked at, the call says, or the configuration of the whole.
                now = now._replace(paths=was.paths)
            guards[folder] = Safeguards(base.name, was, now, named)
        return guards

    def _gone(self, base: Revision, seen: Sequence[str]) -> Iterator[Source]:
        """The designs of a revision that a search came to, but for those that are seen under these names."""
        still = set(map(os.path.abspath, seen))
        left = [name for name in base.left() if os.path.abspath(name) not in still and base.holds(name)]  # noqa: PTH100
        by: dict[Project, list[str]] = {}
        for name in left:
            by.setdefault(self.within(name), []).append(name)
        for part, names in by.items():
            away = part.settings.left_out(names, self.paths)
            read = (Source(name, base.content(name), is_read=True) for name in names if name not in away)
            yield from filter(part.settings.takes, read)

    def sources(self) -> list[Source]:
        """The files that are asked for, not read yet."""
        found = self.settings.sources(self.paths)
        if not self.inner:
            return found
        own = [one for one in found if one.path in self.paths or self.within(one.path) is self]
        seen = {os.path.realpath(one.path) for one in own}
        for part in self.inner:
            inside = [one for one in part.settings.sources(part.paths) if self.within(one.path) is part]
            own += [one for one in inside if not one.is_empty and os.path.realpath(one.path) not in seen]
        # A directory whose designs go by other configurations holds some.
        return [
            one
            for one in own
            if not (one.is_empty and any(_is_below(file, one) for file in own if file is not one))
        ]

    def _reviews(self, sources: Sequence[Source], base: Revision | None = None) -> list[Review]:
        # Processes have no standard input of their own.
        sources = [read(source) if source.path == "-" else source for source in sources]
        tasks = [(source, self.within(source.path).policy) for source in sources]
        is_kept = self.keeps_readings or len(tasks) == 1
        now = self.comparison.base if self.comparison and base is None else None
        review = partial(
            _reviewed, with_numbers=self.with_numbers, base=base, now=now, keeps_readings=is_kept
        )
        return review_all(review, tasks, jobs=1 if is_kept else self.jobs, progress=self.progress)


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


def review_source(
    source: Source,
    policy: Policy,
    *,
    with_numbers: bool = False,
    base: Revision | None = None,
    now: Revision | None = None,
) -> list[Review]:
    """The reviews of a file, which is read if it is not yet.

    With a base, what runs is read as it was; with `now`, as far as that repository keeps it too.
    """
    source = read(source)
    if source.problem:
        return [engine.unreadable(source.shown, source.problem)]
    reviews = engine.review_text(Text.of(source.content, source.shown), policy, with_numbers=with_numbers)
    return [
        each for review in reviews for each in _with_deployment(_with_proposals(review), policy, base, now)
    ]


def designs(source: Source, policy: Policy) -> list[tuple[Document, Design]]:
    """The designs of a file, for what asks no rule of them; raises as `readable` does."""
    source = read(source)
    if source.problem:
        readable([engine.unreadable(source.shown, source.problem)])
    found = Text.of(source.content, source.shown).documents
    readings = [Reading.of(document, policy.fallbacks) for document in found]
    refusals = (engine.refusal(reading, source.shown, policy) for reading in readings)
    readable([refusal for refusal in refusals if refusal])
    return [(reading.document, reading.design) for reading in readings if reading.design]


def _with_deployment(
    review: Review, policy: Policy, base: Revision | None, now: Revision | None
) -> list[Review]:
    """The review, with what the files say that its design names."""
    design = review.reading.design if review.reading else None
    if design is None or not any(feature.deployed_as.is_stated for feature in design.features):
        return [review]
    from rtreview.project.drift import with_deployment  # noqa: PLC0415 - few designs name any

    return with_deployment(review, policy, base, now)


def _with_proposals(review: Review) -> Review:
    if not any(finding.verdict is Verdict.VIOLATED for finding in review.findings):
        return review
    from rtreview.fix.remedy import with_proposals  # noqa: PLC0415 - only what fails has remedies

    return with_proposals(review)


def _reviewed(
    task: tuple[Source, Policy],
    *,
    with_numbers: bool,
    base: Revision | None,
    now: Revision | None,
    keeps_readings: bool,
) -> list[Review]:
    """The reviews of a file; without readings a thousand fit into memory, and through a pipe."""
    reviews = review_source(*task, with_numbers=with_numbers, base=base, now=now)
    return reviews if keeps_readings else [replace(review, reading=None) for review in reviews]


def _read(configurations: Configurations, folder: Path) -> Settings | Unusable:
    try:
        return configurations.of(folder)
    except Unusable as unusable:
        return unusable
