"""What a change does to the review that it passes through, told as findings of that change.

The rules of the base count, so nothing of this is in force yet. Once the change is merged, it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rtreview.project.settings import OWN_FILE, Settings
from rtreview.project.strictness import RULE, loosened, named
from rtreview.project.widening import widened
from rtreview.reviews.report import DeployedAs, Review, Unusable
from rtreview.rulebook.finding import Acceptance, Accepted, Finding, Severity, Verdict
from rtreview.text import document
from rtreview.text.place import Place, Span
from rtreview.text.sources import Source
from rtreview.text.tree import DISK

if TYPE_CHECKING:
    from rtreview.history.baseline import Baseline
    from rtreview.history.identity import Pair
    from rtreview.text.git import Revision

SECTION = "How this change is reviewed"
"""What stands above them, in place of the name of a design."""

_OUT = "The change takes a design out of the review"
_WORDS = {Severity.ERROR: "an error", Severity.WARNING: "a warning", Severity.INFO: "a note"}


class Left(NamedTuple):
    """A file that held a design and is out of sight now: its name, and the one that it has now if another."""

    was: str
    now: str | None = None


class Safeguards:
    """The rules of the base, held against what a change makes of them.

    Args:
        base: the name of the revision.
        settings: those that the change found when it began.
        proposed: what they are once the change is merged; or why they cannot be read.
        paths: what the call names; nothing where it leaves that to the configuration.

    """

    def __init__(
        self, base: str, settings: Settings, proposed: Settings | Unusable, paths: Sequence[str]
    ) -> None:
        self.base = base
        self.settings = settings
        self.proposed = proposed
        self.paths = paths

    def configuration(self) -> Iterator[Review]:
        """What it makes milder in the configuration, each at its line; or what is wrong with that."""
        now = self.proposed
        if isinstance(now, Unusable):
            yield from (replace(review, name=SECTION) for review in now.reviews)
            return
        places: dict[Path, list[tuple[str, int]]] = {}
        for name, what in loosened(self.settings, now):
            setting = now.stated(name)
            # What is not stated any more has no line.
            gone = [file for file in self.settings.files if file not in now.files]
            files = [self.settings.root / OWN_FILE, *now.files, *gone]
            file, line = (setting.file, setting.line) if setting and setting.file else (files[-1], 1)
            places.setdefault(file, []).append((f"This change {what}.", line))
        for file, loosenings in places.items():
            lines = _lines(file)
            title = "The change makes its own review milder"
            findings = [
                self._finding(title, what, "configuration", Span.of_line(lines, at))
                for what, at in loosenings
            ]
            findings.sort(key=lambda finding: finding.place.span)
            yield self._review(os.path.relpath(file), lines, findings)

    def sight(self, sources: Sequence[Source]) -> Iterator[Review]:
        """The designs that it takes out of sight where they are, of those that are reviewed now."""
        for reason, lost in self._left_out(sources).items():
            what = f"This change stops reviewing {named(lost)}, because of {reason}."
            yield self._of_file(lost[0], _OUT, what)

    def moves(self, left: Iterable[Left]) -> Iterator[Review]:
        """The designs that it moves out of sight."""
        for file in left:
            was = Source(file.was).shown
            if file.now is not None:
                what = f"moves `{was}` to `{Source(file.now).shown}`, where this review does not look."
            elif os.path.islink(file.was):  # noqa: PTH114 - for names that are too long
                what = f"stops reviewing `{was}`: it is a link now, to where this review does not look."
            else:
                what = (
                    f"stops reviewing `{was}`: it is a submodule now, into which this review does not look."
                )
            yield self._of_file(was, _OUT, f"This change {what}")

    def _left_out(self, sources: Sequence[Source]) -> dict[str, list[str]]:
        """What is reviewed, and will not be once the change is merged, by what keeps it away."""
        now = self.proposed
        by: dict[str, list[str]] = {}
        if isinstance(now, Unusable):
            return by
        names = [source.path for source in sources if not source.problem]
        # What was out of sight when the branch began is none of its doing.
        unseen = self.settings.left_out(names, self._paths(self.settings))
        away = now.left_out((name for name in names if name not in unseen), self._paths(now))
        for name, reason in away.items():
            by.setdefault(reason, []).append(Source(name).shown)
        return by

    def _paths(self, settings: Settings) -> Sequence[str]:
        """What is looked at: where nothing says it, everything."""
        return self.paths or [os.path.relpath(settings.root / path) for path in settings.paths or (".",)]

    def taken_out(self, designs: Iterable[tuple[Review, str]]) -> Iterator[Review]:
        """The designs that it takes out of files that are still there, each with the name of that.

        What is left may say the same in prose, which nobody can tell from a design that is given up.
        """
        for design, file in designs:
            what = f"This change takes {_called(design)} out of `{file}`, which is still there."
            yield self._of_file(file, _OUT, what, Severity.WARNING)

    def exchanged(self, designs: Sequence[Pair], former: Mapping[str, str]) -> Iterator[Review]:
        """The designs that it puts in the place of others: what is known of one may cover the other.

        One that says what it said has nothing new that could be covered.
        """
        lost: dict[str, list[Review]] = {}
        for was, now in designs:
            if was and (now is None or former.get(now.path, now.path) != was.path):
                lost.setdefault(was.path, []).append(was)
        for was, now in designs:
            if not (was and now) or now.is_of_what_runs or was.content == now.content:
                continue
            file = former.get(now.path, now.path)
            if file != was.path and file in lost:
                place = f"in the place of {_called(lost[file][0])} in `{now.path}`"
                what = f"This change puts {_called(was)} of `{was.path}` {place}."
                yield self._of_file(now.path, "The change passes on what is known of a design", what)

    def deletions(self, designs: Iterable[Review]) -> Iterator[Review]:
        """The designs that it deletes together with their files, which fails nothing by default."""
        for design in designs:
            of = ", of" if design.name else " of"
            what = f"This change deletes {_called(design)}{of} `{design.path}`."
            yield self._of_file(design.path, "The change deletes a design", what, Severity.INFO)

    def acceptances(self, brought: Iterable[tuple[Review, Accepted]]) -> Iterator[Review]:
        """The risks that it accepts together with what it brings."""
        for review, accepted in brought:
            found, place = accepted.finding, accepted.acceptance.place
            kind = "a question" if found.verdict is Verdict.UNSTATED else _WORDS[found.severity]
            what = (
                f"This change accepts {kind} that it brings, `{found.rule}`. It counts as open until "
                f"`{self.base}` has the acceptance."
            )
            title = "The change accepts what it brings"
            finding = self._finding(title, what, place.name or "accepted", place.span, found.severity)
            yield self._review(review.path, review.lines, [finding])

    def prolonged(self, designs: Iterable[Pair]) -> Iterator[Review]:
        """The risks for which it has another day, owner or reason, which fails nothing by default."""
        for before, after in designs:
            was = {each.finding.key: each.acceptance for each in before.accepted} if before else {}
            for found, now in after.accepted if after else ():
                if what := _prolonged(was.get(found.key, now), now):
                    title, name = "The change prolongs an acceptance", now.place.name or "accepted"
                    what = f"This change has another {what} for the acceptance of `{found.rule}`."
                    finding = self._finding(title, what, name, now.place.span, Severity.INFO)
                    yield self._review(after.path, after.lines, [finding])  # type: ignore[union-attr]

    def comparisons(self, designs: Iterable[Pair], base: Revision) -> Iterator[Review]:
        """The designs that it does not let be compared any more with what runs.

        Args:
            designs: those of the base, each with what has become of it.
            base: the base itself, in whose files what a design named ran.

        """
        for before, after in designs:
            if before and after:
                for what in _hidden(before, after, base):
                    span = next((each.place.span for each in after.deployment), Span(1, 1, 1, 1))
                    finding = self._finding("The change hides what runs", what, "deployed_as", span)
                    yield self._review(after.path, after.lines, [finding])

    def baseline(self, before: Baseline | None, after: Baseline | None) -> Iterator[Review]:
        """The findings that it puts into the baseline."""
        known = list(before.entries) if before else []
        added = []
        for entry in after.entries if after else ():
            if entry in known:
                known.remove(entry)
            else:
                added.append(entry)
        if after and added:
            count = f"{len(added):,} finding{'' if len(added) == 1 else 's'}"
            rules = list(dict.fromkeys(entry.rule for entry in added))
            what = f"This change puts {count} into the baseline: {named(rules)}."
            title = "The change adds to the baseline"
            yield self._of_file(os.path.relpath(after.file), title, what, Severity.INFO)

    def _of_file(self, path: str, title: str, what: str, severity: Severity = Severity.ERROR) -> Review:
        finding = self._finding(title, what, "", Span(1, 1, 1, 1), severity)
        return self._review(path, ("",), [finding])

    def _finding(
        self, title: str, what: str, name: str, span: Span, severity: Severity = Severity.ERROR
    ) -> Finding:
        why = f"Who brings a change does not decide how it is reviewed: the rules of `{self.base}` count."
        fix = "Leave it out of this change; or let someone who owns the rules of the review merge it."
        is_told_only = severity is Severity.INFO
        return Finding(
            RULE,
            Verdict.VIOLATED,
            severity,
            title,
            what,
            Place((), span, name=name),
            why="" if is_told_only else why,
            fix="" if is_told_only else fix,
        )

    def _review(self, path: str, lines: Sequence[str], findings: Iterable[Finding]) -> Review:
        return Review(path, tuple(lines), SECTION, findings=tuple(findings))


def milder(guards: Iterable[Safeguards]) -> Iterator[Review]:
    """What a change makes milder in several configurations; as each goes by those above it, that once."""
    told: set[tuple[str, str]] = set()
    for review in (review for guard in guards for review in guard.configuration()):
        new = [finding for finding in review.findings if (review.path, finding.message) not in told]
        told |= {(review.path, finding.message) for finding in new}
        if new:
            yield replace(review, findings=tuple(new))


def out_of_sight(guards: Mapping[Path, Safeguards], sources: Iterable[Source]) -> Iterator[Review]:
    """The designs that a change takes out of sight, each by the deepest folder around it, or by the first."""
    first, *_ = guards
    by: dict[Path, list[Source]] = {}
    for source in sources:
        above = Path(os.path.abspath(source.path)).parents  # noqa: PTH100 - a link stays where it is
        by.setdefault(next((folder for folder in above if folder in guards), first), []).append(source)
    for folder, seen in by.items():
        yield from guards[folder].sight(seen)


def _hidden(before: Review, after: Review, base: Revision) -> Iterator[str]:
    """What a design does not let be compared any more: fields of what it names still, and what it named."""
    for name, old, new in widened(before.deployment, after.deployment):
        yield f"This change widens `{name}` of {_called(after)} from {old} to {new}, so that more agrees."
    dark = {(each.of, each.unread) for each in before.deployment}
    held = [each for each in after.deployment if each.unread and each.of in before.deployed_as]
    for name in dict.fromkeys(each.unread for each in held if (each.of, each.unread) not in dark):
        yield f"This change has `{name}` in what runs of {_called(after)}, and it cannot be read."
    fresh = {field for of, field in after.compared if of not in before.deployed_as}
    for was in before.deployed_as:
        lost = {field for of, field in before.compared - after.compared if of == was}
        if was not in after.deployed_as:
            if lost and after.deployed_as and (where := _left_behind(was, after, base)):
                yield f"This change leads {_called(after)} away from {where}."
                continue
            # What was moved is compared by its new name.
            lost -= fresh
        unset = (before.fixed - after.fixed) & after.compared
        if taken := sorted(field for of, field in unset if of == was):
            yield f"This change takes away what sets {named(taken)} of {_called(after)}: a default runs."
        if lost:
            fields = f"{named(sorted(lost))} of " if after.compared else ""
            yield f"This change stops comparing {fields}{_called(after)} with what runs."


def _prolonged(was: Acceptance, now: Acceptance) -> str:
    """What an acceptance says otherwise than in the base; an earlier day is stricter."""
    changed = {"owner": (was.owner, now.owner), "reason": (was.reason, now.reason)}
    # A condition that is added is stricter too, and one that is changed counts as a risk of its own.
    old_day, new_day = (each.ends.partition(" and ")[0] for each in (was, now))
    if not new_day.startswith("until ") or new_day > old_day:
        changed["end"] = was.ends, now.ends
    return " and ".join(
        f"{name}, `{new}` in place of `{old}`," for name, (old, new) in changed.items() if old != new
    ).removesuffix(",")


def _left_behind(was: DeployedAs, after: Review, base: Revision) -> str:
    """What a design named, and where that is now; empty where nothing but what it names now is like it."""
    from rtreview.project.drift import added_beside, still_runs  # noqa: PLC0415 - few designs name any

    where = named(was.paths) + (f", route `{was.route}`" if was.route else "")
    if still_runs(was, after.deployed_as, base):
        return f"{where}, which is there still"
    added = added_beside(was, after.deployed_as, base)
    return f"{where}, and adds {named(added)}, which may be what runs" if added else ""


def _called(design: Review) -> str:
    return f"the design {design.name}" if design.name else "the design"


def _lines(file: Path) -> tuple[str, ...]:
    """The lines of a file; a single empty one where it is gone."""
    try:
        return tuple(document.decoded(DISK.content(file))[0].splitlines()) or ("",)
    except OSError:
        return ("",)
