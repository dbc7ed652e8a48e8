"""The designs that are open in an editor, each by the configuration of its folder."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from rtreview.editors.sheet import Sheet, sketched
from rtreview.project.nearest import Configurations
from rtreview.project.project import Project
from rtreview.reviews.report import Unusable
from rtreview.rulebook.rulebook import Rulebook
from rtreview.text.refusal import Refused
from rtreview.text.sources import Source, Stamp, is_design, stamp


class _Configured(NamedTuple):
    """A project of one file, and the files on which its reviews rest, as they were when it was made."""

    project: Project
    stamps: tuple[Stamp, ...]

    @property
    def is_as_it_was(self) -> bool:
        return self.stamps == tuple(stamp(Path(each.name)) for each in self.stamps)


class Desk:
    """All open designs, each reviewed once for a text.

    Args:
        ours: our own rules and references.

    """

    def __init__(self, ours: Rulebook) -> None:
        self.ours = ours
        self._sheets: dict[str, Sheet] = {}
        self._configured: dict[str, _Configured] = {}

    def sheet(self, path: str, text: str) -> Sheet | None:
        """The sheet of a file with this text; None where it is no design by name and content."""
        source = Source(path, text.encode("utf-8", "surrogatepass"), is_read=True)
        if not is_design(source):
            self.forget(path)
            return None
        before = self._sheets.get(path)
        configured = self._configured.get(path)
        if configured is not None and not configured.is_as_it_was:
            configured = None
        if configured is not None and before is not None and before.source == source:
            return before
        sheet = self._read(source, before, configured)
        self._sheets[path] = sheet
        return sheet

    def forget(self, path: str) -> None:
        """Close a file."""
        self._sheets.pop(path, None)
        self._configured.pop(path, None)

    def reread(self, path: str) -> None:
        """Review a file anew when it is asked for: what it names may have changed beside it."""
        self._configured.pop(path, None)

    def rests_on(self, path: str, other: str) -> bool:
        """Whether an open design may be found otherwise when another file changes.

        Of Markdown only the references of its team count; while their folder is not known, any may be.
        """
        if not other.endswith(".md"):
            return True
        sheet = self._sheets.get(path)
        if sheet is None or sheet.settings is None:
            return sheet is not None
        references = sheet.settings.references
        return bool(references) and Path(other).parent == Path(sheet.settings.root, references)

    def _read(self, source: Source, before: Sheet | None, configured: _Configured | None) -> Sheet:
        former = before.sketches if before else ()
        try:
            configured = configured or self._configure(source.path)
            reviews = configured.project.report_on(source).reviews
        except Unusable as unusable:
            troubles = tuple(trouble for review in unusable.reviews for trouble in review.sentences)
            return Sheet(source, None, sketches=former, troubles=troubles)
        except Refused as refused:
            return Sheet(source, None, sketches=former, troubles=(str(refused),))
        own = tuple(review for review in reviews if not review.is_of_what_runs)
        return Sheet(source, configured.project.settings, own, sketched(own, former))

    def _configure(self, path: str) -> _Configured:
        folder = Path(path).parent
        project = Project([path], folder, Configurations(self.ours), jobs=1, keeps_readings=True)
        made = _Configured(project, tuple(stamp(file) for file in project.ground))
        self._configured[path] = made
        return made
