"""What a team has configured, and which file says so: the nearest `.rtreview.toml`, or a `pyproject.toml`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import TYPE_CHECKING, NamedTuple

from rtreview.rulebook.finding import Severity
from rtreview.text.place import Path

if TYPE_CHECKING:
    from rtreview.language.design import Fallback
    from rtreview.rulebook.rulebook import Rulebook

OWN_FILE, SHARED_FILE = ".rtreview.toml", "pyproject.toml"
TABLE: Path = ("tool", "rtreview")
"""Where the settings stand in the file that other tools share."""

BASELINE = ".rtreview-baseline.json"

DEFAULTS = {
    "paths": "none",
    "include": "none",
    "exclude": "none",
    "select": "all",
    "ignore": "none",
    "required": "none",
    "references": "none",
    "fail-on": "error",
    "baseline": BASELINE,
}
"""What is in force where nothing is said, in the order in which it is told."""


class Setting(NamedTuple):
    """A value that is in force, and who says so: `pyproject.toml:12`, or `default`."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What a team has configured.

    Args:
        root: the folder to which paths and patterns are relative.
        rulebook: our rules and references, with those of the team where it has some.
        paths: what is reviewed where no path is given.
        include: patterns of files that a directory is searched for, beside the usual ones.
        exclude: patterns of files that a search leaves out.
        select: rules that run; all of them where it is empty.
        ignore: rules that do not run.
        severity: severities in place of those of the references, by rule.
        required: rules that nobody can accept away, ignore or put into a baseline.
        fail_on: the mildest severity that makes the exit status 1, or `never`.
        baseline: the file of known findings.
        references: the folder with the team's own references.
        fallbacks: limits of the house and assumed values, where a design is silent.
        configured: what is said in the file, with the values of tables one by one.

    """

    root: File
    rulebook: Rulebook
    paths: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    fail_on: str = "error"
    baseline: str = BASELINE
    references: str = ""
    fallbacks: tuple[Fallback, ...] = ()
    configured: tuple[Setting, ...] = ()

    def listed(self) -> Iterator[Setting]:
        """Every setting in force: those that have a default first."""
        said = {one.name: one for one in self.configured}
        for name, default in DEFAULTS.items():
            yield said.pop(name, Setting(name, default, "default"))
        yield from said.values()


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
            if not (folder / name).is_file():
                continue
            from rtreview.project import configuration  # noqa: PLC0415 - for those who have one

            made = configuration.read(folder / name, table, ours, given)
            if made is not None:
                return made
        if (folder / ".git").exists():
            return Settings(folder, given or ours)
    return Settings(start, given or ours)


def _common_folder(paths: Sequence[str]) -> File:
    """The deepest folder that all paths lie in; the current one where there are none."""
    # By name: `..` is gone, and a link stays where it is.
    named = [os.path.abspath(path) for path in paths if path not in ("", "-") and "\0" not in path]  # noqa: PTH100
    # Path.is_dir raises where a name is too long.
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in named]  # noqa: PTH112, PTH120
    return File(os.path.commonpath(folders)) if folders else File.cwd()
