"""The files of a deployment: what folders hold, without what git ignores, hides or leads elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from rtreview.evidence.deployment import File
from rtreview.text import sources
from rtreview.text.place import BREAK
from rtreview.text.sources import Source
from rtreview.text.tree import MAX_BYTES

if TYPE_CHECKING:
    from rtreview.text.git import Revision

MOST_FILES = 20_000
"""Files that are looked at."""

MOST_BYTES = 128 * MAX_BYTES
"""Of all files together."""

OTHERS = (
    "node_modules/", "vendor/", "bower_components/", "site-packages/", "deps/", "_build/", "dist/", "target/",
    "testdata/", "*.min.js", "*.map", "*.svg",
)  # fmt: skip
"""What others wrote, and what is made from the rest."""

SAYS = (".yaml", ".yml", ".conf", ".cfg", ".toml", ".tf", ".json")
"""Files that say something of a deployment as a rule, so that one which cannot be read is told."""


class Unread(NamedTuple):
    """A file or folder that could not be read, and why."""

    name: str
    reason: str


class Files(NamedTuple):
    """What was found, in the order of the paths and names."""

    read: tuple[File, ...]
    unread: tuple[Unread, ...]


def find(paths: Sequence[str], base: Revision | None = None) -> Files:
    """The text files of some folders, and files that are named. No link is followed out of a folder.

    Args:
        paths: files and folders.
        base: where they are read as they were; as they are without one.

    """
    read: list[File] = []
    unread: list[Unread] = []
    size = 0
    found = _of_a_revision(paths, base) if base else _of_the_disk(paths)
    for count, source in enumerate(found):
        if count == MOST_FILES or size > MOST_BYTES:
            limit = f"{MOST_FILES:,} files" if count == MOST_FILES else f"{MOST_BYTES // 2**20} MiB"
            unread.append(Unread(source.shown, f"it comes after {limit}, the most that are looked at"))
            break
        if source.is_empty:
            continue
        loaded = sources.read(source)
        size += len(loaded.content)
        name = PurePath(source.shown).as_posix()
        reason = loaded.problem or _reason(loaded.content)
        if not reason:
            read.append(File(name, tuple(BREAK.split(loaded.content.decode("utf-8-sig", "replace")))))
        elif loaded.problem or source.path in paths or name.endswith(SAYS):
            unread.append(Unread(name, reason))
    return Files(tuple(read), tuple(unread))


def _of_the_disk(paths: Sequence[str]) -> Iterator[Source]:
    # The patterns are to hold wherever the paths lead.
    return sources.find(paths, include=("*",), exclude=OTHERS, root=Path("/"))


def _of_a_revision(paths: Sequence[str], base: Revision) -> Iterator[Source]:
    """What git does not ignore is in a revision."""
    for name in dict.fromkeys(name for path in paths for name in base.below(path)):
        is_sought = sources.is_design(Source(name), include=("*",), exclude=OTHERS, root=Path("/"))
        if is_sought and base.holds(name):
            yield Source(name, base.content(name), is_read=True)


def _reason(content: bytes) -> str:
    """Why a content says nothing; nothing where it is a text."""
    if len(content) > MAX_BYTES:
        return "the file is larger than 1 MiB, the most that is read of one"
    return "the file is no text" if b"\0" in content[:4096] else ""
