"""Which configuration counts: the nearest `.rtreview.toml` or `pyproject.toml` that says something of us."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rtreview.project.settings import OWN_FILE, SHARED_FILE, TABLE, Settings

if TYPE_CHECKING:
    from rtreview.rulebook.rulebook import Rulebook


def load(paths: Sequence[str], ours: Rulebook, references: str = "") -> Settings:
    """The settings for a call with these paths: those nearest to the folder that holds them all.

    The search ends at the root of the repository.

    Args:
        paths: what the call is about.
        ours: our own rules and references.
        references: a folder of references in place of the one that is configured.

    Raises:
        Unusable: the file that would be used, or the references, have mistakes.
        Refused: the folder that is given holds no references.

    """
    given = None
    if references:
        from rtreview.team import folder as team  # noqa: PLC0415 - few teams have references of their own

        given = team.read(references, ours)
    start = _common_folder(paths)
    for folder in (start, *start.parents):
        for name, table in ((OWN_FILE, ()), (SHARED_FILE, TABLE)):
            if not os.path.isfile(folder / name):  # noqa: PTH113 - Path.is_file raises where a name is too long
                continue
            from rtreview.project import configuration  # noqa: PLC0415 - for those who have one

            settings = configuration.read(folder / name, table, ours, given)
            if settings is not None:
                return settings
        if os.path.lexists(folder / ".git"):
            return Settings(folder, given or ours)
    return Settings(start, given or ours)


def _common_folder(paths: Sequence[str]) -> Path:
    """The deepest folder that all paths lie in; the current one where there are none."""
    # By name: `..` is gone, and a link stays where it is.
    named = [os.path.abspath(path) for path in paths if path not in ("", "-") and "\0" not in path]  # noqa: PTH100
    # Path.is_dir raises where a name is too long.
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in named]  # noqa: PTH112, PTH120
    return Path(os.path.commonpath(folders)) if folders else Path.cwd()
