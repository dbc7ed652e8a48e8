"""Which configuration counts: the nearest one that says something of us, and those that are above it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rtreview.project.settings import OWN_FILE, SHARED_FILE, Settings
from rtreview.text.tree import DISK, Tree

if TYPE_CHECKING:
    from rtreview.rulebook.rulebook import Rulebook

NONE = ""
"""In place of a file: no configuration counts."""


def load(
    paths: Sequence[str],
    ours: Rulebook,
    references: str = "",
    *,
    file: str | None = None,
    tree: Tree = DISK,
) -> Settings:
    """The settings for a call with these paths: those of the folder that holds them all.

    In a repository the configurations of all folders from its root down to that one count: one below another
    may be stricter, and never milder. Elsewhere the nearest one counts.

    Args:
        paths: what the call is about.
        ours: our own rules and references.
        references: a folder of references in place of the one that is configured.
        file: the one configuration that counts, whose paths are relative to the current folder; `NONE` for
            the defaults. Without it, it is searched for.
        tree: where configuration and references are read.

    Raises:
        Unusable: a file that would be used, or the references, have mistakes.
        Refused: the folder that is given holds no references, or the file no configuration.

    """
    given = None
    if references:
        from rtreview.team import folder as team  # noqa: PLC0415 - few teams have references of their own

        given = team.read(references, ours, tree)
    if file:
        from rtreview.project import configuration  # noqa: PLC0415 - for those who have one

        defaults = Settings(Path.cwd(), given or ours, tree=tree)
        return configuration.open_file(file, tree).settings(defaults, given, Path.cwd())
    start = common_folder(paths)
    above = (start, *start.parents)
    root = next((folder for folder in above if os.path.lexists(folder / ".git")), None)
    settings = Settings(root or start, given or ours, tree=tree)
    if file == NONE:
        return settings
    folders = above[: above.index(root) + 1] if root else above
    found = []
    for folder in folders:
        if not any(tree.holds(folder / name) for name in (OWN_FILE, SHARED_FILE)):
            continue
        from rtreview.project import configuration  # noqa: PLC0415 - for those who have one

        if one := configuration.find(folder, tree):
            found.append(one)
            if root is None:
                break
    for one in reversed(found):
        settings = one.settings(settings, given)
    return settings


def common_folder(paths: Sequence[str]) -> Path:
    """The deepest folder that all paths lie in; the current one where there are none."""
    # By name: `..` is gone, and a link stays where it is.
    named = [os.path.abspath(path) for path in paths if path not in ("", "-") and "\0" not in path]  # noqa: PTH100
    # Path.is_dir raises where a name is too long.
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in named]  # noqa: PTH112, PTH120
    return Path(os.path.commonpath(folders)) if folders else Path.cwd()
