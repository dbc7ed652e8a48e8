"""Files that are found by their usual names: configuration, baseline, minutes. A stranger may have made them.

A link may lead to a secret of the machine, of which a report would show a line, or to where nobody wants to
have something written. A pipe may have no other end, and a device has none.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

MOST = 16 * 1024 * 1024
"""Bytes of such a file: 100,000 known findings."""


def opened(file: Path) -> BinaryIO:
    """A plain file of the repository that it is named in.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be opened, or is not such a file; `strerror` is a sentence.

    """
    check(file)
    return file.open("rb")


def read(file: Path) -> bytes:
    """The content of such a file.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be opened, is not such a file, or is larger than `MOST`.

    """
    with opened(file) as stream:
        content = stream.read(MOST + 1)
    if len(content) > MOST:
        raise OSError(errno.EFBIG, f"it is larger than {MOST // 2**20} MiB")
    return content


def followed(file: Path) -> Path:
    """Where a name leads, behind all links.

    Raises:
        OSError: it is a link out of the repository that it is named in; `strerror` is a sentence.

    """
    if os.path.islink(file) and not is_inside(file, repository(file.parent)):  # noqa: PTH114 - never raises
        raise OSError(errno.ELOOP, "it is a link that leads out of the repository")
    return Path(os.path.realpath(file))


def check(file: Path) -> None:
    """See that a file, or what will be one, is plain and in the repository that it is named in.

    Raises:
        OSError: it is not, or cannot be looked at; `strerror` is a sentence.

    """
    try:
        mode = followed(file).stat().st_mode
    except FileNotFoundError:
        return
    # That a folder is none, the system says.
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "it is no plain file")


def repository(folder: Path) -> Path:
    """The folder with the nearest `.git` entry, at or above a folder; that itself where there is none."""
    folder = Path(os.path.realpath(folder))
    return next((at for at in (folder, *folder.parents) if os.path.lexists(at / ".git")), folder)


def is_inside(file: Path, root: Path) -> bool:
    """Whether a file, behind all links, lies in a folder, and not in git's own, which may hold a token."""
    try:
        real, folder = Path(os.path.realpath(file)), Path(os.path.realpath(root))
    except ValueError:
        # A sign that no name of a file can have.
        return False
    return real.is_relative_to(folder) and ".git" not in real.relative_to(folder).parts
