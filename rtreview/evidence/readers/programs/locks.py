"""Which major version of a package a program has: where a range allows no other, else by a lock file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from rtreview.evidence.deployment import File

NEAR = 400
"""Signs behind the name of a package in which a lock file has its version."""

LOCKS: Mapping[str, tuple[str, ...]] = {
    # docs.npmjs.com/cli/configuring-npm/package-lock-json
    "package-lock.json": ('"node_modules/{}": {{', '"{}": {{'),
    "npm-shrinkwrap.json": ('"node_modules/{}": {{', '"{}": {{'),
    # classic.yarnpkg.com/lang/en/docs/yarn-lock
    "yarn.lock": ("\n{}@", '\n"{}@'),
    # pnpm.io/git#lockfiles
    "pnpm-lock.yaml": ("\n  {}@", "\n  '{}@", "\n  /{}@"),
    # python-poetry.org/docs/basic-usage, docs.astral.sh/uv/concepts/projects/layout
    "poetry.lock": ('\nname = "{}"\n',),
    "uv.lock": ('\nname = "{}"\n',),
    # learn.microsoft.com/nuget/consume-packages/package-references-in-project-files#locking-dependencies
    "packages.lock.json": ('"{}": {{',),
    # dart.dev/tools/pub/glossary#lockfile
    "pubspec.lock": ("\n  {}:\n",),
    # guides.cocoapods.org/using/using-cocoapods.html#what-is-podfilelock
    "Podfile.lock": ("\n  - {} (",),
}
"""Lock files, by what stands before the version of a package in each."""

_FIXED = re.compile(
    r"(?:npm:[\w@/.-]{1,80}@)?(?:\^|~>|~=|~|={1,3})?\s?v?([0-9]{1,4})(?:\.[0-9x*]{1,9}){0,3}(?:[-+][\w.+-]{1,40})?"
)
_BETWEEN = re.compile(
    r">=\s?([0-9]{1,4})(?:\.[0-9]{1,9}){0,3}\s{0,3},?\s{0,3}<\s?([0-9]{1,4})(?:\.0){0,3}(?:-0)?"
)
_NUGET = re.compile(r"\[([0-9]{1,4})(?:\.[0-9]{1,9}){0,3}(?:\]|,\s{0,3}([0-9]{1,4})(?:\.0){0,3}\))")
_GIT = re.compile(r"#(?:semver:)?v?([0-9]{1,4})\.")
_LOCKED = re.compile(r"""["']?\b(?:version|resolved)["']?\s{0,2}[:=]?\s{1,4}["']?v?([0-9]{1,4})\.""")
_AT_ONCE = re.compile(r"(?:[\w.-]{1,20}:)?([0-9]{1,4})\.")


def major(range_: str) -> int | None:
    """The major version, where a range allows no other.

    Managers agree on that: `^4.1` is below 5 for all that know it, `~> 4.1` and `~= 4.1` as well
    (docs.npmjs.com/cli/using-npm/semver, packaging.python.org/specifications/version-specifiers,
    guides.rubygems.org/patterns, dart.dev/tools/pub/dependencies). NuGet takes the lowest that there is
    (learn.microsoft.com/nuget/concepts/dependency-resolution).
    """
    text = range_.strip().removeprefix("workspace:").strip("\"'")
    if found := _FIXED.fullmatch(text) or _GIT.search(text[-40:]):
        return int(found[1])
    found = _BETWEEN.fullmatch(text) or _NUGET.fullmatch(text)
    is_one = found is not None and (found[2] is None or int(found[2]) == int(found[1]) + 1)
    return int(found[1]) if found is not None and is_one else None


class Locks(NamedTuple):
    """The lock files that may decide in a folder."""

    folder: PurePosixPath
    files: Mapping[str, File]

    def major(self, package: str) -> tuple[int | None, str]:
        """The major version of a package, by the nearest lock file that has it, and how it is known."""
        for folder in (self.folder, *self.folder.parents):
            for lock in LOCKS:
                file = self.files.get((folder / lock).as_posix())
                found = _locked(file, package) if file is not None else None
                if file is not None and found is not None:
                    return found, f"version {found} by {file.name}"
        return None, ""


def _locked(file: File, package: str) -> int | None:
    text = f"\n{file.text}"
    for before in LOCKS[file.path.name]:
        key = before.format(package)
        at = text.find(key)
        if at < 0:
            continue
        end = at + len(key)
        found = _AT_ONCE.match(text, end, end + 30) or _LOCKED.search(text, end, end + NEAR)
        if found is not None:
            return int(found[1])
    return None
