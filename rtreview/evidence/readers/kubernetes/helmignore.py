"""Files that Helm leaves out of a chart: what its `.helmignore` names.

By helm.sh/docs/chart_template_guide/helm_ignore_file and helm/helm:pkg/ignore/rules.go: the patterns are
those of a shell, a negated one leaves out all that it does not match, and `**` is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from rtreview.evidence.deployment import File
from rtreview.evidence.readers.kubernetes.values_files import OWN, folder_of

NAME = ".helmignore"

PARTS = ("templates/", "charts/", "crds/")
"""Folders of a chart of which it consists; other files may be named by whoever installs it."""

MOST_PATTERNS = 100
"""Patterns that are tried; of more, none of the chart is sure to be in it."""


def kept(files: Sequence[File]) -> list[File]:
    """The files without those that a chart leaves out."""
    found = {folder_of(file.name): _patterns(file) for file in files if file.path.name == NAME}
    return [file for file in files if not (found and _is_left_out(file.name, found))]


def _patterns(file: File) -> list[str]:
    lines = (line.strip() for line in file.lines)
    return [line for line in lines if line and not line.startswith("#")][: MOST_PATTERNS + 1]


def _is_left_out(name: str, found: Mapping[str, Sequence[str]]) -> bool:
    """Whether the chart that a file lies in, or one around it, leaves it out."""
    folders = PurePosixPath(name).parents
    for folder in (f"{each}/" if str(each) != "." else "" for each in folders):
        below = name.removeprefix(folder)
        if folder in found and (below == OWN or below.startswith(PARTS)):
            patterns = found[folder]
            parts = below.split("/")
            paths = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
            if len(patterns) > MOST_PATTERNS or any(
                _leaves_out(pattern, path, is_folder=path != below) for pattern in patterns for path in paths
            ):
                return True
    return False


def _leaves_out(pattern: str, path: str, *, is_folder: bool) -> bool:
    """Whether one pattern leaves out a file or a folder."""
    negated, wanted = pattern.startswith("!"), pattern.removeprefix("!")
    if wanted.endswith("/"):
        wanted = wanted.rstrip("/")
        if not is_folder:
            return negated
    rooted = wanted.startswith("/") or "/" in wanted
    names = wanted.removeprefix("/").split("/") if rooted else [wanted]
    tried = path.split("/") if rooted else [path.rpartition("/")[2]]
    pairs = zip(tried, (each.replace("[^", "[!") for each in names), strict=False)
    return (len(names) == len(tried) and all(fnmatchcase(*pair) for pair in pairs)) is not negated
