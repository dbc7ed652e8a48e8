"""Files as they were in a revision, read from git. Nothing is checked out.

The files under review may be a stranger's, and git runs commands that the configuration of a repository
names. So only the repository with a `.git` entry is used, which no commit can contain; never a bare
repository, which is made of plain files. All calls go through `Revision._words`, which tells git to run no
other program, with an environment that holds what is listed here and nothing else.
"""

from __future__ import annotations

import errno
import hashlib
import os
import posixpath
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

from rtreview.text import kept
from rtreview.text.refusal import Refused, reason
from rtreview.text.tree import DISK, MAX_BYTES

_SETTINGS = {
    "safe.bareRepository": "explicit",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "protocol.allow": "never",
}
"""They win over any configuration: no bare repository is discovered, no command runs, nothing is fetched."""

_ENVIRONMENT = {"GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}

_KEPT = frozenset(
    ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP",
     "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM")
)  # fmt: skip
"""Variables that git gets as they are: where a person's settings are, and where its search ends.

None that names a repository, which git sets for its hooks; none that names a program; and no secret.
"""

_FILE, _LINK, _REPOSITORY = "100", "120000", "160000"
"""How the mode of a file begins in git, that of a link, and that of a submodule."""

_RECODING = ("working-tree-encoding", "ident", "filter")
"""Attributes by which a file has other bytes than the content that git compares."""

_SHA1 = 40
"""Signs of the name of a content; a repository with SHA-256 has longer ones."""

_MOST_LINKS, _LONGEST_NAME = 8, 4096
"""Links that lead to one another, and bytes of what one names."""

_OF_CONFIGURATION = "GIT_CONFIG_"
"""How the variables begin by which whoever calls configures git, `safe.directory` say."""


class Revision:
    """A revision of the repository around a folder, and how the current files differ from it.

    Where `parted` says so, it is the one at which it and the current branch parted: what its branch has got
    since is none of the current branch's doing. Files go by the names that they have from the current folder.

    It is a `Tree`: links in it lead to what it holds itself, never to the disk.
    A file outside of the repository is in no revision, and is read as it is.

    Raises:
        Refused: there is no git, no repository, no such revision, or not enough of the history.

    """

    def __init__(self, name: str, folder: Path, *, parted: bool = True) -> None:
        self.name = name
        self.root = kept.repository(folder)
        self.words: tuple[str, ...] = ()
        self._find()
        commit = self._tried("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        # `^main` is an answer too: all but what `main` has.
        if commit is None or commit.startswith("^"):
            so = ": this clone is shallow, fetch it" if self._is_shallow else ""
            raise Refused(f"git knows no revision `{name}`{so}")
        self.commit = commit.strip()
        if parted:
            self._go_back()

    def _go_back(self) -> None:
        """To where the current branch parted from it; stay, where the two have nothing in common."""
        name, commit = self.name, self.commit
        parted = self._tried("merge-base", "--end-of-options", commit, "HEAD")
        if parted is None and self._is_shallow and commit not in self._parents:
            raise Refused(
                f"this clone is too shallow to show where `{name}` and the current branch parted: "
                "fetch more of the history"
            )
        self.commit = (parted or commit).strip()

    def _find(self) -> None:
        """Address the repository and its work tree explicitly in all later calls.

        The first call discovers it, because only then git refuses the repository of another user. Before
        version 2.38 the discovery may still end at a bare repository.
        """
        entry = self.root / ".git"
        root = self._path("rev-parse", "--show-toplevel")
        own = self._path("rev-parse", "--absolute-git-dir")
        if not os.path.lexists(entry) or own != self._path("rev-parse", "--resolve-git-dir", str(entry)):
            raise Refused(f"git: not a git repository with a work tree: `{self.root.name}` is a bare one")
        self.root = root
        self.words = (f"--git-dir={own}", f"--work-tree={root}")
        # `.gitattributes`, which is under review as well, selects which filters git runs on a file.
        names = self._tried("config", "--null", "--name-only", "--get-regexp", r"^filter\.") or ""
        for driver in sorted({name.rpartition(".")[0] for name in names.split("\0") if name}):
            if "=" in driver:
                # What stands before it would be taken for the whole name.
                raise Refused(f"git: `{driver}` cannot be told to run nothing: call that filter otherwise")
            for setting in ("clean=", "process=", "required=false"):
                self.words += ("-c", f"{driver}.{setting}")

    def was(self, path: str) -> str | None:
        """The name that a file had in the revision; None where it was not there.

        Raises:
            Refused: the file is not in this repository.

        """
        own = self._own(path)
        former = self._renamed.get(own, own)
        if former in self._tree:
            return path if former == own else self._from_here(former)
        folders = Path(own).parents
        if own.startswith("../") or any(
            os.path.lexists(self.root / folder / ".git") for folder in folders[:-1]
        ):
            raise Refused(f"`{path}` is not in the repository of `{self.root.name}`: compare it by itself")
        return None

    def is_unchanged(self, path: str) -> bool:
        """Whether a file holds what it held, but for the ends of its lines."""
        return self._holds_the_same(self._own(path))

    def left(self) -> Iterator[str]:
        """The names of files that the revision had, and that differ or are not there any more."""
        return (self._from_here(path) for path in sorted(self._changed & self._tree.keys()))

    def below(self, path: str) -> list[str]:
        """The names of the files that the revision had at or below a path."""
        own = self._inside(path)
        return [] if own is None else self._at_or_below(own, self._tree)

    def tracked(self, path: str) -> list[str]:
        """The names of the files at or below a path that git keeps today, whatever it is told to ignore."""
        own = self._inside(path)
        return [] if own is None else self._at_or_below(own, self._index)

    def covers(self, path: str) -> bool:
        """Whether a path lies in the repository by its name alone, whatever is a link today."""
        return self._inside(path) is not None

    def now(self, path: str) -> str | None:
        """The name that a file of the revision has got since; None where it has none but its own."""
        own = self._inside(path)
        return self._from_here(self._later[own]) if own in self._later else None

    def is_submodule(self, path: str) -> bool:
        """Whether another repository stands where the revision had a file; its folder may be empty."""
        return self._inside(path) in self._retyped and not os.path.islink(path)  # noqa: PTH114 - for long names

    def has_new_submodule(self, path: str) -> bool:
        """Whether another repository stands today at, above or below a path, where the revision had none."""
        own = self._inside(path)
        new = (name for name, mode in self._index.items() if mode == _REPOSITORY and name not in self._tree)
        return own is not None and any(
            f"{own}/".startswith(f"{name}/") or name.startswith(f"{own}/") for name in new
        )

    def added(self) -> list[str]:
        """The names of the files that git keeps today and that the revision did not have."""
        return [self._from_here(name) for name in self._index if name not in self._tree]

    def holds(self, file: str | Path, *, follow: bool = True) -> bool:
        """Whether there was such a file."""
        own = self._inside(file)
        if own is None:
            return DISK.holds(Path(file), follow=follow)
        target = self._target(own)
        return target is not None and (follow or target == own)

    def content(self, file: str | Path, most: int = MAX_BYTES) -> bytes:
        """A file as it was, by the name that it had; no more than shows that it is too large.

        Raises:
            OSError: there was none.
            Refused: git knows of it, and does not have it.

        """
        own = self._inside(file)
        if own is None:
            return DISK.content(Path(file), most)
        target = self._target(own)
        if target is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(file))
        return self._blob(target, most)

    def _target(self, own: str) -> str | None:
        """The file of the revision to which a name leads; None where there is none."""
        for _ in range(_MOST_LINKS):
            folders = [str(folder) for folder in reversed(PurePosixPath(own).parents)]
            link = next((name for name in (*folders, own) if self._tree.get(name) == _LINK), None)
            if link is None:
                return own if self._tree.get(own, "").startswith(_FILE) else None
            to = os.fsdecode(self._blob(link, _LONGEST_NAME))
            own = posixpath.normpath(
                posixpath.join(posixpath.dirname(link), to, *own[len(link) + 1 :].split("/"))
            )
        return None

    def _blob(self, own: str, most: int) -> bytes:
        words = self._words("cat-file", "blob", f"{self.commit}:{own}")
        quiet = subprocess.DEVNULL
        with subprocess.Popen(
            words, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, env=_environment()
        ) as asked:
            assert asked.stdout is not None
            content = asked.stdout.read(most + 1)
        if asked.returncode and not content:
            raise Refused(f"git does not have `{own}` as it was: fetch more of the repository")
        return content

    def _inside(self, file: str | Path) -> str | None:
        """A file as the revision names it; None outside of the repository.

        The way to the repository may lead over links. What is in it is taken by its name: a link there may be
        the change's own.
        """
        whole = Path(os.path.abspath(file))  # noqa: PTH100 - `..` is gone, and a link stays
        above = (
            folder
            for folder in reversed((whole, *whole.parents))
            if os.path.realpath(folder) == str(self.root)
        )
        around = self.root if whole.is_relative_to(self.root) else next(above, None)
        return None if around is None else whole.relative_to(around).as_posix()

    def _holds_the_same(self, own: str) -> bool:
        """Whether the bytes of a file are those that it had, whatever git makes of them to compare."""
        if not self._tree.get(own, "").startswith(_FILE):
            return False
        try:
            content = DISK.content(self.root / own, kept.MOST)
        except OSError:
            return False
        name = self._entries[own][1]
        return name in (_name(content, name), _name(content.replace(b"\r\n", b"\n"), name))

    def _own(self, path: str) -> str:
        """A file as the repository names it."""
        # Path.resolve raises where links lead round in a circle.
        return os.path.relpath(os.path.realpath(path), self.root).replace(os.sep, "/")

    def _at_or_below(self, own: str, names: Iterable[str]) -> list[str]:
        inside = "" if own == "." else f"{own}/"
        return [self._from_here(name) for name in names if name == own or name.startswith(inside)]

    def _from_here(self, own: str) -> str:
        return os.path.relpath(self.root / own)

    @cached_property
    def _is_shallow(self) -> bool:
        return self._ask("rev-parse", "--is-shallow-repository").strip() == "true"

    @cached_property
    def _parents(self) -> list[str]:
        """What the current commit says that it came from, whether or not a shallow clone has it."""
        head = self._ask("cat-file", "commit", "HEAD").partition("\n\n")[0]
        return [line.removeprefix("parent ") for line in head.split("\n") if line.startswith("parent ")]

    @cached_property
    def _entries(self) -> dict[str, tuple[str, str]]:
        """The mode of each file, and the name of its content."""
        rows = (row.partition("\t") for row in self._ask("ls-tree", "-r", "-z", self.commit).split("\0"))
        return {path: (facts[:6], facts.rpartition(" ")[2]) for facts, _, path in rows if path}

    @cached_property
    def _tree(self) -> dict[str, str]:
        """The mode of each file."""
        return {path: mode for path, (mode, _) in self._entries.items()}

    @cached_property
    def _recoded(self) -> set[str]:
        """The files that may have other bytes than git compares."""
        words = self._ask("check-attr", "--stdin", "-z", *_RECODING, asked="\0".join(self._tree)).split("\0")
        states = zip(words[::3], words[2::3], strict=False)
        return {path for path, state in states if state not in ("unspecified", "unset")}

    @cached_property
    def _index(self) -> dict[str, str]:
        """The mode of each file that git keeps today."""
        rows = (
            row.partition("\t") for row in self._ask("ls-files", "-z", "--stage", "--full-name").split("\0")
        )
        return {name: facts[:6] for facts, _, name in rows if name}

    @cached_property
    def _differences(self) -> list[tuple[str, list[str]]]:
        """Status and paths of each file that differs: one path, or for a renamed one the old and the new."""
        options = (
            "--name-status", "-z", "--find-renames", "--no-ext-diff", "--no-textconv", "--no-relative",
            # git would run itself in each submodule, with the configuration of that.
            "--ignore-submodules=all",
        )  # fmt: skip
        words = iter(self._ask("diff", *options, self.commit, "--").split("\0"))
        return [
            (status, [next(words) for _ in range(2 if status[0] in "RC" else 1)])
            for status in words
            if status
        ]

    @cached_property
    def _changed(self) -> set[str]:
        seen = {path for _, paths in self._differences for path in paths}
        there = {own for own in self._recoded - seen if os.path.lexists(self.root / own)}
        return seen | {own for own in there if not self._holds_the_same(own)}

    @cached_property
    def _retyped(self) -> set[str]:
        """Files that are links or submodules now, or were links."""
        return {paths[0] for status, paths in self._differences if status == "T"}

    @cached_property
    def _renamed(self) -> dict[str, str]:
        return {paths[1]: paths[0] for status, paths in self._differences if status[0] == "R"}

    @cached_property
    def _later(self) -> dict[str, str]:
        return {former: later for later, former in self._renamed.items()}

    def _ask(self, *words: str, asked: str = "") -> str:
        """What git answers, to what it is asked on its standard input; in its words where it refuses."""
        done = self._run(words, asked)
        if done.returncode:
            message = os.fsdecode(done.stderr).strip().partition("\n")[0]
            raise Refused(f"git: {message.removeprefix('fatal: ') or 'it failed without a word'}")
        return os.fsdecode(done.stdout)

    def _tried(self, *words: str) -> str | None:
        """What git answers; None where it has no answer."""
        done = self._run(words)
        return None if done.returncode else os.fsdecode(done.stdout)

    def _path(self, *words: str) -> Path:
        return Path(self._ask(*words).removesuffix("\n")).resolve()

    def _run(self, words: Sequence[str], asked: str = "") -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                self._words(*words),
                input=os.fsencode(asked),
                capture_output=True,
                check=False,
                env=_environment(),
            )
        except (OSError, ValueError) as error:
            raise Refused(f"git cannot be run: {reason(error)}") from None

    def _words(self, *words: str) -> list[str]:
        """A call of git that runs no other program."""
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        options = ["--no-pager", "--no-optional-locks", "-C", str(self.root)]
        return [_program(), *options, *settings, *self.words, *words]


def _name(content: bytes, like: str) -> str:
    """What git calls a content, in a repository that has such names."""
    kind = "sha1" if len(like) == _SHA1 else "sha256"
    return hashlib.new(kind, b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def _program() -> str:
    """Where git is; never in the current folder, which holds what is under review."""
    found = shutil.which("git", path=_search_path())
    # On Windows a search begins in the current folder, whatever the path says.
    if found is None or not os.path.isabs(found):  # noqa: PTH117 - as the search path has it
        raise Refused("git cannot be run: there is none on the search path")
    return found


def _search_path() -> str:
    """The absolute folders of the search path."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if os.path.isabs(folder))  # noqa: PTH117 - likewise


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or name.startswith(_OF_CONFIGURATION)
    }
    return {**kept, **_ENVIRONMENT, "PATH": _search_path()}
