"""The files of a deployment: what folders hold, without what git ignores, hides or leads elsewhere.

What a file mounts is read even so: it is a part of what runs, however it is called.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from rtreview.evidence.deployment import File
from rtreview.evidence.readers.containers import compose
from rtreview.evidence.readers.kubernetes import kustomize
from rtreview.text import sources
from rtreview.text.kept import is_inside
from rtreview.text.place import BREAK, doubt
from rtreview.text.sources import Source
from rtreview.text.tree import MAX_BYTES

if TYPE_CHECKING:
    from rtreview.text.git import Revision

MOST_FILES = 20_000
"""Files that are looked at."""

MOST_MOUNTED = 100
"""Files that services mount and that are found by that alone."""

MOST_NAMED = 100
"""Files that kustomizations name and that are found by that alone."""

MOST_BYTES = 128 * MAX_BYTES
"""Of all files together."""

OTHERS = (
    "node_modules/", "vendor/", "bower_components/", "site-packages/", "deps/", "_build/", "dist/", "target/",
    "testdata/", "**/.github/workflows/", "*.min.js", "*.map", "*.svg",
)  # fmt: skip
"""What others wrote, what is made from the rest, and what tests it."""

HIDDEN = (
    ".github", ".gitlab", ".deploy", ".deployment", ".docker", ".helm", ".k8s", ".kube", ".kubernetes",
    ".infra", ".nginx", ".platform", ".helmignore",
)  # fmt: skip
"""What is hidden by convention alone, in which people keep what deploys a program."""

DESCRIBES = (".yaml", ".yml", ".conf", ".cfg", ".tf", ".tf.json")
"""Files that describe what runs as a rule; of all other JSON only what has a resource does."""

APPLIED = (".yaml", ".yml", ".json")
"""What `kubectl apply -f` takes of a folder."""

SAYS = (*DESCRIBES, ".toml", ".json")
"""Files that say something of a deployment as a rule, so that one which cannot be read is told."""


class Unread(NamedTuple):
    """A file or folder that could not be read, and why.

    Attributes:
        name: what it is called.
        reason: why, in a clause.
        is_text: whether it is one for some programs, so that it may say anything to them.
        may_count: whether a part of what runs may be described there.

    """

    name: str
    reason: str
    is_text: bool = False
    may_count: bool = False


def shown(path: str) -> str:
    """What a file or folder is called in all that is found, however its path is typed."""
    return PurePath(Source(path).shown).as_posix()


class Files(NamedTuple):
    """What was found, in the order of the paths and names."""

    read: tuple[File, ...]
    unread: tuple[Unread, ...]


def find(paths: Sequence[str], base: Revision | None = None, now: Revision | None = None) -> Files:
    """The text files of some folders, and files that are named. No link is followed out of a folder.

    Args:
        paths: files and folders.
        base: where they are read as they were; as they are without one.
        now: the repository that says which files it keeps, although a change has git ignore them.

    """
    read: list[File] = []
    unread: list[Unread] = []
    size = 0
    named = frozenset(paths)
    found = _of_a_revision(paths, base) if base else _of_the_disk(paths, now)
    for count, source in enumerate(found):
        if count == MOST_FILES or size > MOST_BYTES:
            limit = f"{MOST_FILES:,} files" if count == MOST_FILES else f"{MOST_BYTES // 2**20} MiB"
            unread.append(Unread(source.shown, f"it comes after {limit}, the most that are looked at"))
            break
        if source.is_empty:
            continue
        size += _add(source, read, unread, is_named=source.path in named)
    for name in _mounted(read, paths, base):
        if base is None or base.holds(name):
            source = Source(name, base.content(name), is_read=True) if base else Source(name)
            _add(source, read, unread, is_named=True)
    _add_applied(read, unread, paths, base, now)
    _add_named(read, unread, paths, base)
    return Files(tuple(read), tuple(unread))


def _add_applied(
    read: list[File], unread: list[Unread], paths: Sequence[str], base: Revision | None, now: Revision | None
) -> None:
    """Add the resources that git keeps below a folder of resources, whatever all of them are called.

    `kubectl apply -R -f` takes what is hidden or lies in `vendor/` as well, and Helm so below `templates/`.
    """
    below = base.below if base else now.tracked if now else None
    if below is None:
        return
    seen = {file.name for file in read} | {each.name for each in unread}
    manifests = [file for file in read if file.name.endswith(APPLIED) and _RUNS.search(file.text.encode())]
    folders = dict.fromkeys(str(PurePath(file.name).parent) for file in manifests)
    found = 0
    for name in dict.fromkeys(name for folder in folders for name in below(folder)):
        if not name.endswith(APPLIED) or shown(name) in seen or not _is_there(name, paths, base):
            continue
        source = sources.read(Source(name, base.content(name), is_read=True) if base else Source(name))
        if not _RUNS.search(source.content):
            continue
        found += 1
        if found > MOST_NAMED:
            reason = f"it comes after {MOST_NAMED:,} resources that are hidden, or in folders of others"
            unread.append(Unread(shown(name), reason, is_text=True, may_count=True))
            return
        _add(source, read, unread, is_named=True)


def _is_there(name: str, paths: Sequence[str], base: Revision | None) -> bool:
    """Whether a name is that of a file, to which no link leads out of what is read."""
    if base is not None:
        return base.holds(name)
    return os.path.isfile(name) and any(is_inside(Path(name), Path(path)) for path in paths)  # noqa: PTH113


def _add_named(read: list[File], unread: list[Unread], paths: Sequence[str], base: Revision | None) -> None:
    """Add what kustomizations name and no search finds: what is hidden, of others, or behind a link."""
    seen = {file.name for file in read} | {each.name for each in unread}
    roots = tuple(os.path.join(os.path.abspath(path), "") for path in paths)  # noqa: PTH100, PTH118 - by name
    found = 0
    # What is added may name more.
    for file in read:
        for name in kustomize.names(file) if kustomize.takes(file) else ():
            is_there = name not in seen and (base.holds(name) if base else os.path.isfile(name))  # noqa: PTH113
            if not is_there or not os.path.abspath(name).startswith(roots):  # noqa: PTH100 - by name alone
                continue
            seen.add(name)
            found += 1
            if found > MOST_NAMED:
                reason = f"it comes after {MOST_NAMED:,} files that kustomizations name"
                unread.append(Unread(name, reason, is_text=True, may_count=True))
                return
            if base is not None:
                _add(Source(name, base.content(name), is_read=True), read, unread, is_named=True)
            elif any(is_inside(Path(name), Path(path)) for path in paths):
                _add(Source(name), read, unread, is_named=True)
            else:
                reason = "a link leads out of what is read"
                unread.append(Unread(name, reason, is_text=True, may_count=True))


def _add(source: Source, read: list[File], unread: list[Unread], *, is_named: bool) -> int:
    """A file with those that are read, or why it cannot be, where that matters; how large it is."""
    name = shown(source.path)
    if not source.is_read and _has_no_end(source.path):
        unread.append(Unread(name, "it is no plain file"))
        return 0
    loaded = sources.read(source)
    reason = loaded.problem or _reason(loaded.content)
    if not reason:
        read.append(File(name, tuple(BREAK.split(loaded.content.decode("utf-8-sig", "replace")))))
    elif loaded.problem or is_named or name.endswith(SAYS):
        is_small = len(loaded.content) <= MAX_BYTES
        has_resource = _RUNS.search(loaded.content) is not None
        is_text = not loaded.problem and is_small and (has_resource or name.endswith(DESCRIBES))
        may_count = is_text or has_resource
        unread.append(Unread(name, reason, is_text, may_count))
    return len(loaded.content)


def _has_no_end(path: str) -> bool:
    """Whether it waits for somebody to write, or goes on for ever: a pipe, a socket, a device."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - a path may be anything
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _mounted(read: Sequence[File], paths: Sequence[str], base: Revision | None) -> Iterator[str]:
    """The files that services mount and that were not found: hidden ones, and what git ignores."""
    seen = {file.name for file in read}
    wanted = compose.configurations([file for file in read if compose.takes(file)])
    for name in islice(dict.fromkeys(name for name in wanted if name not in seen), MOST_MOUNTED):
        # None leads out of the folders that were named; a link of today says nothing of what was.
        if any(_is_below(name, path) if base else is_inside(Path(name), Path(path)) for path in paths):
            yield name


def _is_below(name: str, path: str) -> bool:
    return Path(os.path.abspath(name)).is_relative_to(os.path.abspath(path))  # noqa: PTH100 - by name alone


def _of_the_disk(paths: Sequence[str], now: Revision | None) -> Iterator[Source]:
    """What git does not ignore, and what it keeps nevertheless."""
    seen: set[str] = set()
    # The patterns are to hold wherever the paths lead.
    for source in sources.find(paths, include=("*",), exclude=OTHERS, hidden=HIDDEN, root=Path("/")):
        seen.add(os.path.abspath(source.path))  # noqa: PTH100 - a link stays
        yield source
    if now is None:
        return
    for path in paths:
        for name in _own(now.tracked(path), path):
            whole = os.path.abspath(name)  # noqa: PTH100 - likewise
            # Nearly all are found already: only the others are looked for on the disk.
            is_new = whole not in seen and os.path.isfile(name)  # noqa: PTH113 - for long names
            if is_new and is_inside(Path(name), Path(path)):
                seen.add(whole)
                yield Source(name)


def _own(names: Iterable[str], path: str) -> Iterator[str]:
    """Those of some files below a path that are neither hidden nor of others."""
    return sources.without(dict.fromkeys(name for name in names if not _is_hidden(name, path)), OTHERS)


def _of_a_revision(paths: Sequence[str], base: Revision) -> Iterator[Source]:
    """What git keeps is in a revision; what is hidden as well."""
    for name in dict.fromkeys(name for path in paths for name in _own(base.below(path), path)):
        if base.holds(name):
            yield Source(name, base.content(name), is_read=True)


def _is_hidden(name: str, path: str) -> bool:
    """Whether something is hidden below a path that is named."""
    below = PurePath(os.path.relpath(name, path))
    # A file that is named itself is none of its own folder.
    folders = below.parts[:-1]
    return any(each.startswith(".") and each not in HIDDEN for each in (*folders, below.name))


def _reason(content: bytes) -> str:
    """Why a content says nothing; nothing where it is a text."""
    if len(content) > MAX_BYTES:
        return "the file is larger than 1 MiB, the most that is read of one"
    if b"\0" in content[:4096]:
        return "the file is no text"
    text = content.decode("utf-8-sig", "replace")
    found = doubt(text)
    return f"line {text.count(chr(10), 0, found[0]) + 1} has {found[1]}" if found else ""


_RUNS = re.compile(
    rb"kind[\"']?\s{0,9}:\s{0,9}[\"']?(?:Deployment|StatefulSet|Ingress|Service|Kustomization|Horizontal|Scaled)"
)
