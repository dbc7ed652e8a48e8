"""What a team has configured, and which file says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rtreview.reviews.policy import Policy
from rtreview.rulebook.finding import Severity
from rtreview.text.place import SpecPath
from rtreview.text.sources import Source, find, folders, is_design, left_out
from rtreview.text.tree import DISK, Tree

if TYPE_CHECKING:
    from rtreview.language.field import Fallback
    from rtreview.rulebook.rulebook import Rulebook

OWN_FILE, SHARED_FILE = ".rtreview.toml", "pyproject.toml"
TABLE: SpecPath = ("tool", "rtreview")
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
    "docs-url": "none",
    "fail-on": "error",
    "baseline": BASELINE,
    "accept-in-same-change": "false",
}
"""What is in force where nothing is said, in the order in which it is told."""


class Setting(NamedTuple):
    """A value that is in force, and who says so: `pyproject.toml:12`, or `default`.

    `file` and `line` are where that is; there is no file behind a default.
    """

    name: str
    value: str
    origin: str
    file: Path | None = None
    line: int = 1


class Settings(NamedTuple):
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
        accept_in_same_change: whether a change may accept what it brings itself.
        references: the folder with the team's own references.
        fallbacks: limits of the house and assumed values, where a design is silent.
        configured: what is said in the files, with the values of tables one by one.
        files: those that say it, the outermost first.
        tree: where they were read, and where `.gitignore`, references and baseline are.

    """

    root: Path
    rulebook: Rulebook
    paths: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = {}
    required: tuple[str, ...] = ()
    fail_on: str = "error"
    baseline: str = BASELINE
    accept_in_same_change: bool = False
    references: str = ""
    fallbacks: tuple[Fallback, ...] = ()
    configured: tuple[Setting, ...] = ()
    files: tuple[Path, ...] = ()
    tree: Tree = DISK

    @property
    def policy(self) -> Policy:
        """How designs are reviewed by it, where a call says nothing else."""
        return Policy(
            self.rulebook,
            select=self.select,
            ignore=self.ignore,
            severity=self.severity,
            required=self.required,
            fallbacks=self.fallbacks,
        )

    def sources(self, paths: Sequence[str]) -> list[Source]:
        """The files with designs under these paths, not read yet."""
        return list(find(paths, include=self.include, exclude=self.exclude, root=self.root, tree=self.tree))

    def folders(self, paths: Sequence[str]) -> Iterator[Path]:
        """The folders to which a search for these files comes."""
        return folders(paths, exclude=self.exclude, root=self.root, tree=self.tree)

    def left_out(self, names: Iterable[str], paths: Sequence[str]) -> dict[str, str]:
        """Those of some files to which such a search does not come, each with what keeps it away."""
        return left_out(
            list(names), paths, include=self.include, exclude=self.exclude, root=self.root, tree=self.tree
        )

    def takes(self, source: Source) -> bool:
        """Whether a file that was read is a design, by its name and by what it holds."""
        return is_design(source, include=self.include, exclude=self.exclude, root=self.root)

    def runs(self, rule: str) -> bool:
        """Whether a rule is asked for."""
        return (not self.select or rule in self.select) and rule not in self.ignore

    def stated(self, name: str) -> Setting | None:
        """What the files say of a setting, or first say below it; None where that is nothing."""
        named = (one for one in self.configured if one.name == name or one.name.startswith(f"{name}."))
        return next(named, None)

    def listed(self) -> Iterator[Setting]:
        """Every setting in force: those that have a default first."""
        stated = {setting.name: setting for setting in self.configured}
        for name, default in DEFAULTS.items():
            yield stated.pop(name, Setting(name, default, "default"))
        yield from stated.values()
