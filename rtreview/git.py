"""Files as they were in a revision, asked of git. Nothing is checked out."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path as File

from rtreview.document import MAX_BYTES
from rtreview.refusal import Refused


class Revision:
    """A revision of the repository around a folder: where it and the current branch parted.

    What the revision's branch has got since is none of the current branch's doing.

    Raises:
        Refused: there is no git, no repository, or no such revision.

    """

    def __init__(self, name: str, folder: File) -> None:
        self.name = name
        self.root = folder
        self.root = File(self._ask("rev-parse", "--show-toplevel", why="this is no git repository").strip())
        why = f"git knows no revision `{name}`"
        commit = self._ask(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", why=why
        )
        self.commit = commit.strip()
        try:
            self.commit = self._ask("merge-base", self.commit, "HEAD", why="there is none").strip()
        except Refused:
            # Without a common ancestor, or without a first commit, the revision itself is compared with.
            return

    def path_of(self, path: str) -> str:
        """A file as the repository names it."""
        return os.path.relpath(File(path).resolve(), self.root.resolve()).replace(os.sep, "/")

    def was(self, path: str) -> str | None:
        """The path that a file had in the revision; None where it was not there."""
        own = self.path_of(path)
        former = self._renamed.get(own, own)
        return former if former in self._tree else None

    def is_unchanged(self, path: str) -> bool:
        """Whether a file is to the byte what it was."""
        own = self.path_of(path)
        return own in self._tree and own not in self._changed

    def gone(self) -> Iterator[str]:
        """Paths that the revision had, and that are not there any more under any name."""
        former = set(self._renamed.values())
        for path in sorted(self._changed):
            if path in self._tree and path not in former and not (self.root / path).exists():
                yield path

    def content(self, path: str) -> bytes:
        """A file as it was, by the path that it had."""
        words = ["git", "-C", str(self.root), "cat-file", "blob", f"{self.commit}:{path}"]
        done = subprocess.run(words, capture_output=True, check=False)
        return done.stdout[: MAX_BYTES + 1]

    @cached_property
    def _tree(self) -> set[str]:
        return set(self._ask("ls-tree", "-r", "-z", "--name-only", self.commit).split("\0"))

    @cached_property
    def _differences(self) -> list[tuple[str, list[str]]]:
        """Status and paths of each file that differs: one path, or for a renamed one the old and the new."""
        words = iter(
            self._ask(
                "diff", "--name-status", "-z", "--find-renames", "--no-ext-diff", "--no-textconv", self.commit
            ).split("\0")
        )
        return [
            (status, [next(words) for _ in range(2 if status[0] in "RC" else 1)])
            for status in words
            if status
        ]

    @cached_property
    def _changed(self) -> set[str]:
        return {path for _, paths in self._differences for path in paths}

    @cached_property
    def _renamed(self) -> dict[str, str]:
        return {paths[1]: paths[0] for status, paths in self._differences if status[0] == "R"}

    def _ask(self, *words: str, why: str = "git failed") -> str:
        try:
            done = subprocess.run(
                ["git", "-C", str(self.root), *words],
                capture_output=True,
                check=False,
                encoding="utf-8",
                errors="surrogateescape",
            )
        except (OSError, ValueError) as error:
            raise Refused(f"git cannot be run: {getattr(error, 'strerror', None) or error}") from None
        if done.returncode:
            raise Refused(why)
        return done.stdout
