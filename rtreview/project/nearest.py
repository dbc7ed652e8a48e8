"""Which configuration counts for a file: the nearest one that says something of us, and those above it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rtreview.project.settings import OWN_FILE, SHARED_FILE, Settings
from rtreview.reviews.report import Unusable
from rtreview.text.refusal import Refused
from rtreview.text.tree import DISK, Tree

if TYPE_CHECKING:
    from rtreview.rulebook.rulebook import Rulebook

NONE = ""
"""In place of a file: no configuration counts."""


class Configurations:
    """The settings in each folder.

    In a repository the configurations of all folders from its root down to that one count: one below another
    may be stricter, and never milder. Elsewhere the nearest one counts.

    Args:
        ours: our own rules and references.
        references: a folder of references in place of those that are configured.
        file: the one configuration that counts, whose paths are relative to the current folder; `NONE` for
            the defaults. Without it, they are searched for.
        tree: where configurations and references are read.
        revision: its name, where it is one.

    """

    def __init__(
        self,
        ours: Rulebook,
        references: str = "",
        *,
        file: str | None = None,
        tree: Tree = DISK,
        revision: str = "",
    ) -> None:
        self.ours = ours
        self.references = references
        self.file = file
        self.tree = tree
        self.revision = revision
        self.known: dict[Path, Settings] = {}
        self.own: dict[Path, Settings | None] = {}

    def of(self, folder: Path) -> Settings:
        """What is in force in a folder.

        Raises:
            Unusable: a file that would be used, or the references, have mistakes.
            Refused: the folder that is given holds no references, or the file no configuration.

        """
        try:
            if folder not in self.known:
                self.known[folder] = self._named if self.file else self._around(folder)
            return self.known[folder]
        except Unusable as unusable:
            prefix = f"{self.revision}:" if self.revision else ""
            raise Unusable(*(replace(one, path=f"{prefix}{one.path}") for one in unusable.reviews)) from None
        except Refused as refused:
            if not self.revision:
                raise
            raise Refused(f"in `{self.revision}`: {refused}") from None

    @cached_property
    def _given(self) -> Rulebook | None:
        if not self.references:
            return None
        from rtreview.team import folder as team  # noqa: PLC0415 - few teams have references of their own

        return team.read(self.references, self.ours, self.tree)

    @cached_property
    def _named(self) -> Settings:
        from rtreview.project import configuration  # noqa: PLC0415 - for those who have one

        here = Path.cwd()
        defaults = Settings(here, self._given or self.ours, tree=self.tree)
        return configuration.open_file(self.file or "", self.tree).settings(defaults, self._given, here)

    def _around(self, folder: Path) -> Settings:
        above = (folder, *folder.parents)
        root = next((outer for outer in above if os.path.lexists(outer / ".git")), None)
        settings = Settings(root or folder, self._given or self.ours, tree=self.tree)
        if self.file == NONE:
            return settings
        if root is None:
            return next(filter(None, (self._joined(outer, settings) for outer in above)), settings)
        for inner in reversed(above[: above.index(root) + 1]):
            settings = self._joined(inner, settings) or settings
        return settings

    def speaks(self, folder: Path) -> bool:
        """Whether a folder may have a configuration of its own."""
        return self.file is None and any(self.tree.holds(folder / name) for name in (OWN_FILE, SHARED_FILE))

    def _joined(self, folder: Path, around: Settings) -> Settings | None:
        """What the configuration of a folder makes of those around it; None where it has none."""
        if folder not in self.own:
            self.own[folder] = self._read(folder, around) if self.speaks(folder) else None
        return self.own[folder]

    def _read(self, folder: Path, around: Settings) -> Settings | None:
        from rtreview.project import configuration  # noqa: PLC0415 - for those who have one

        found = configuration.find(folder, self.tree)
        return found.settings(around, self._given) if found else None


def load(paths: Sequence[str], ours: Rulebook, references: str = "", *, file: str | None = None) -> Settings:
    """The settings for a call with these paths: those of the folder that holds them all.

    The other arguments, and what is raised, are those of `Configurations`.
    """
    return Configurations(ours, references, file=file).of(common_folder(paths))


def common_folder(paths: Sequence[str]) -> Path:
    """The deepest folder that all paths lie in; the current one where there are none."""
    # By name: `..` is gone, and a link stays where it is.
    named = [os.path.abspath(path) for path in paths if path not in ("", "-") and "\0" not in path]  # noqa: PTH100
    # Path.is_dir raises where a name is too long.
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in named]  # noqa: PTH112, PTH120
    return Path(os.path.commonpath(folders)) if folders else Path.cwd()
