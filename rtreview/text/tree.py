"""Files by their names, wherever they come from: as they are on the disk, or as they were in a revision.

What a review rests on beside the designs, such as configuration, references and `.gitignore`, is read through
a `Tree`. So it has one reader, and whoever compares with a revision reads it from there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from rtreview.text import kept

MAX_BYTES = 1024 * 1024
"""A spec, a configuration or a book is written by people: the largest example has 6 kB."""


class Tree(Protocol):
    """Files by their names."""

    def holds(self, file: Path, *, follow: bool = True) -> bool:
        """Whether there is such a file, which may be a link to one where `follow` says so; never an error."""

    def content(self, file: Path, most: int = MAX_BYTES) -> bytes:
        """What it holds; where that is more than `most` bytes, only one more, which shows it.

        Raises:
            OSError: it cannot be read.

        """


class Disk:
    """The files as they are."""

    def holds(self, file: Path, *, follow: bool = True) -> bool:
        """Whether there is such a file: none where a folder cannot be looked into, or a name is too long."""
        # Path.is_file raises there.
        return os.path.isfile(file) and (follow or not os.path.islink(file))  # noqa: PTH113, PTH114

    def content(self, file: Path, most: int = MAX_BYTES) -> bytes:
        """What it holds, and no more than shows that it is too large; raises `OSError`."""
        with kept.opened(file) as stream:
            return stream.read(most + 1)


DISK = Disk()
"""The only one."""
