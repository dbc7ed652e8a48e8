"""Where designs are found: files, standard input, and what directories hold.

What git ignores is left out of directories, without asking git: a `.gitignore` is obeyed outside of a
repository too. What is ignored but tracked is left out as well, and what a person has git ignore
everywhere (`core.excludesFile`) is not, so that a search finds the same on every machine.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import IO, NamedTuple

from rtreview.text.kept import is_inside
from rtreview.text.markdown import MARKDOWN, has_spec
from rtreview.text.place import STDIN
from rtreview.text.refusal import reason
from rtreview.text.tree import DISK, MAX_BYTES, Tree

SPEC_SUFFIXES = (".rtreview.yaml", ".rtreview.yml")
"""What a directory is searched for, beside Markdown files that hold a spec."""


class Source(NamedTuple):
    """A file that may hold designs, or `-` for standard input; or what cannot be read, and why.

    A `problem` is a sentence without its full stop; `is_empty` where it is that a directory holds no design.
    """

    path: str
    content: bytes = b""
    problem: str = ""
    is_read: bool = False
    is_empty: bool = False

    @property
    def shown(self) -> str:
        """The name for a report: it can be encoded, whatever bytes the path is made of."""
        if self.path == "-":
            return STDIN
        return self.path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read(source: Source) -> Source:
    """The source with its content, of which no more is read than shows that it is too large; read once."""
    if source.problem or source.is_read:
        return source
    if not source.path:
        return source._replace(problem="an empty name is no file")
    if source.path == "-":
        if sys.stdin is None:
            return source._replace(problem="standard input is closed")
        return source._replace(content=_bounded(sys.stdin.buffer), is_read=True)
    try:
        with Path(source.path).open("rb") as file:
            return source._replace(content=_bounded(file), is_read=True)
    except (OSError, ValueError) as error:
        return source._replace(problem=f"the file cannot be opened: {reason(error)}")


class Stamp(NamedTuple):
    """A file as it is: its name, the time of its last change in ns, and its size; 0 where there is none."""

    name: str
    changed: int
    size: int


def stamp(file: Path) -> Stamp:
    """The file of this name as it is now."""
    try:
        found = file.stat()
    except (OSError, ValueError):
        return Stamp(str(file), 0, 0)
    return Stamp(str(file), found.st_mtime_ns, found.st_size)


def is_design(
    source: Source, *, include: Sequence[str] = (), exclude: Sequence[str] = (), root: Path | None = None
) -> bool:
    """Whether a search would take a file that it has read, by name and content; git is not asked."""
    path, folder = os.path.realpath(source.path), os.path.realpath(root or Path())
    if _Patterns(folder, exclude, "exclude").cover(path):
        return False
    name = source.path.lower()
    if name.endswith(MARKDOWN):
        return has_spec(source.content)
    return name.endswith(SPEC_SUFFIXES) or _Patterns(folder, include, "include").cover(path)


def without(names: Iterable[str], exclude: Sequence[str]) -> Iterator[str]:
    """The files that no pattern covers by their names alone, wherever they are; no link is followed."""
    excluded = _Patterns(os.sep, exclude, "exclude")
    return (name for name in names if not excluded.cover(os.path.abspath(name)))  # noqa: PTH100 - a link stays


def find(
    paths: Sequence[str],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    hidden: Sequence[str] = (),
    root: Path | None = None,
    tree: Tree = DISK,
) -> Iterator[Source]:
    """What there is to review under these names, in their order, each file once; not read yet.

    A file or `-` is itself. A directory stands for what it holds: `*.rtreview.yaml`, `*.rtreview.yml`,
    and Markdown files in whose first mebibyte a spec begins. What is hidden, what git ignores, and
    links that lead out of the directory are left out. A directory that cannot be searched, or
    holds nothing to review, is a source with a problem.

    Args:
        paths: files, directories, or `-`.
        include: patterns as in a `.gitignore` file; what fits is reviewed too.
        exclude: patterns likewise; what fits is left out of directories, never a file that is named.
        hidden: names of hidden files and directories that are searched like others.
        root: the folder that `include` and `exclude` are relative to; the current one where it is None.
        tree: where the `.gitignore` files are read.

    Raises:
        ValueError: one of `include` or `exclude` is no pattern.

    """
    seen: set[str] = set()
    for path in paths:
        is_folder = os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises where a parent is unreadable
        search = _search(path, include, exclude, root, tree, hidden) if is_folder else None
        found = _inside(search) if search is not None else [Source(path)]
        for source in found:
            identity = _identity(source.path)
            if identity not in seen:
                seen.add(identity)
                yield source


def folders(
    paths: Sequence[str], *, exclude: Sequence[str] = (), root: Path | None = None, tree: Tree = DISK
) -> Iterator[Path]:
    """The folders to which such a search comes, each as it is named; none for a path that is a file."""
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - likewise
            yield from _search(path, (), exclude, root, tree).folders()


def left_out(
    names: Sequence[str],
    paths: Sequence[str],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    root: Path | None = None,
    tree: Tree = DISK,
) -> dict[str, str]:
    """Those of some files to which `find` does not come, whatever they hold, each with what keeps it away."""
    searches = {path: _search(path, include, exclude, root, tree) for path in paths if path not in ("", "-")}
    away = {}
    for name in names:
        found = [(search, _found_as(name, path)) for path, search in searches.items()]
        reasons = [search.reason(file) for search, file in found if search.is_above(file)]
        if all(reasons):
            away[name] = next(iter(reasons), "no path that is reviewed")
    return away


def _found_as(name: str, path: str) -> str:
    """A file as a search at a path has it: that path may be a link, and no link below it is followed."""
    whole, start = os.path.abspath(name), os.path.abspath(path)  # noqa: PTH100 - a link stays
    if Path(whole).is_relative_to(start):
        return os.path.normpath(os.path.join(os.path.realpath(start), os.path.relpath(whole, start)))  # noqa: PTH118
    folder, base = os.path.split(whole)
    return os.path.join(os.path.realpath(folder), base)  # noqa: PTH118 - a path is text here


def _identity(path: str) -> str:
    """What two names of one file have in common."""
    try:
        return path if path in ("", "-") else os.path.realpath(path)
    except ValueError:
        return path


def _bounded(stream: IO[bytes]) -> bytes:
    """No more than shows that it is too large."""
    return stream.read(MAX_BYTES + 1)


def _search(
    path: str,
    include: Sequence[str],
    exclude: Sequence[str],
    root: Path | None,
    tree: Tree,
    hidden: Sequence[str] = (),
) -> _Search:
    folder = os.path.realpath(root or Path())
    included, excluded = _Patterns(folder, include, "include"), _Patterns(folder, exclude, "exclude")
    return _Search(path, included, excluded, tree, frozenset(hidden))


def _inside(search: _Search) -> Iterator[Source]:
    """What a directory holds; if that is nothing, a source that says so."""
    holds = False
    for source in search.run():
        holds = True
        yield source
    if not holds:
        yield Source(search.directory, problem=_nothing(search), is_empty=True)


def _nothing(search: _Search) -> str:
    """What a search was for, and how many files were left out because of what."""
    names = [f"*{suffix}" for suffix in SPEC_SUFFIXES]
    if search.include.patterns:
        names.append("what `include` names")
    sought = f"{', '.join(names)} and Markdown with a block that opens with ```yaml rtreview"
    kept, whole = len(list(search.run(git=False))), len(list(search.run(git=False, exclude=False)))
    left_out = {"`exclude`": whole - kept, "`.gitignore`": kept}
    by = " and ".join(f"{count} by {what}" for what, count in left_out.items() if count)
    so = f"; {by} {'was' if whole == 1 else 'were'} left out" if by else ""
    return f"no spec in this directory, which was searched for {sought}{so}"


class _Search:
    """A search of one directory, which it never leaves."""

    def __init__(
        self, directory: str, include: _Patterns, exclude: _Patterns, tree: Tree, hidden: frozenset[str]
    ) -> None:
        self.directory = directory
        self.hidden = hidden
        self.top = _identity(directory)
        self.include = include
        self.exclude = exclude
        self.tree = tree
        self.ignored: dict[str, list[_Patterns]] = {}

    def run(self, *, git: bool = True, exclude: bool = True) -> Iterator[Source]:
        """The files of a folder in the order of their names, then those of its folders likewise."""
        ahead = [(self.top, _above(self.top, self.tree) if git else [])]
        reported: set[str] = set()
        while ahead:
            folder, ignored = ahead.pop()
            try:
                entries = _visible(folder, self.hidden)
            except OSError as error:
                problem = f"the directory cannot be searched: {reason(error)}"
                yield Source(self._name(folder), problem=problem)
                continue
            ignored = _with_own(folder, ignored, self.tree) if git else []
            for prefix in [patterns.prefix for patterns in ignored if patterns.are_too_many]:
                if prefix not in reported:
                    reported.add(prefix)
                    yield Source(os.path.relpath(f"{prefix}.gitignore"), problem=_TOO_MANY)
            folders = []
            for entry, is_folder in entries:
                if not is_folder and not self._is_called_so(entry.path):
                    continue
                if exclude and self.exclude.decide(entry.path, is_folder):
                    continue
                if _ignoring(entry.path, is_folder, ignored):
                    continue
                if is_folder:
                    folders.append((entry.path, ignored))
                elif self._holds_a_spec(entry):
                    yield Source(self._name(entry.path))
            ahead += reversed(folders)

    def folders(self) -> Iterator[Path]:
        """The folders that it looks into, what is searched first; not those that cannot be."""
        ahead = [(self.top, _above(self.top, self.tree))]
        while ahead:
            folder, ignored = ahead.pop()
            yield Path(self._name(folder))
            ignored = _with_own(folder, ignored, self.tree)
            with suppress(OSError):
                ahead += [
                    (entry.path, ignored)
                    for entry, is_folder in _visible(folder, self.hidden)
                    if is_folder
                    and not self.exclude.decide(entry.path, is_folder)
                    and not _ignoring(entry.path, is_folder, ignored)
                ]

    def is_above(self, path: str) -> bool:
        """Whether a file is what is searched, or lies below it."""
        return path == self.top or path.startswith(self.top.rstrip(os.sep) + os.sep)

    def reason(self, path: str) -> str:
        """What keeps the search from a file below; empty where nothing does, or it is named itself."""
        if path == self.top:
            return ""
        if not self._is_called_so(path):
            return "a name that is none of a design"
        names = Path(path).relative_to(self.top).parts
        folder = self.top
        for depth, name in enumerate(names, 1):
            ignored = self._ignored(folder)
            folder, is_folder = os.path.join(folder, name), depth < len(names)  # noqa: PTH118 - as `find` has it
            if name.startswith("."):
                return "a path that is hidden"
            if self.exclude.decide(folder, is_folder):
                return "`exclude`"
            if patterns := _ignoring(folder, is_folder, ignored):
                return f"`{os.path.relpath(patterns.prefix + '.gitignore')}`"
        return ""

    def _ignored(self, folder: str) -> list[_Patterns]:
        """What is ignored in a folder; those above it have been asked for."""
        if folder not in self.ignored:
            above = _above(folder, self.tree) if folder == self.top else self.ignored[os.path.dirname(folder)]  # noqa: PTH120
            self.ignored[folder] = _with_own(folder, above, self.tree)
        return self.ignored[folder]

    def _is_called_so(self, path: str) -> bool:
        return path.lower().endswith((*SPEC_SUFFIXES, *MARKDOWN)) or self.include.cover(path)

    def _holds_a_spec(self, entry: os.DirEntry[str]) -> bool:
        """Whether there is something to review. So is what cannot be read: the review says why."""
        if entry.is_symlink() and not is_inside(Path(entry.path), Path(self.top)):
            return False
        try:
            # Nobody may write to a pipe, and a device has no end.
            if not stat.S_ISREG(Path(entry.path).stat().st_mode):
                return False
        except OSError:
            return True
        if not entry.name.lower().endswith(MARKDOWN):
            return True
        markdown = read(Source(entry.path))
        if len(markdown.content) > MAX_BYTES:
            return _may_hold_a_spec(entry.path)
        return bool(markdown.problem) or has_spec(markdown.content)

    def _name(self, path: str) -> str:
        """The path of an entry from where the directory was named."""
        name = str(Path(self.directory, Path(path).relative_to(self.top)))
        return "./-" if name == "-" else name


def _may_hold_a_spec(path: str) -> bool:
    """Whether a fence may begin in a file that is larger than is read: a text may push it behind that.

    The name of the tool alone begins none: a long list of changes may have it.
    """
    seen = b""
    try:
        with Path(path).open("rb") as file:
            while part := file.read(MAX_BYTES):
                # As many blanks as are wanted may stand between the words of a fence.
                seen = re.sub(rb"[ \t]+", b" ", seen + part)
                if b"yaml rtreview" in seen or b"yml rtreview" in seen:
                    return True
                seen = seen[-len(b"yaml rtreview") :]
    except OSError:
        return True
    return False


def _visible(folder: str, hidden: frozenset[str]) -> list[tuple[os.DirEntry[str], bool]]:
    """What `*` names in a shell, and what has one of those names, in the order of names.

    With each is told whether it is a folder, and no link to one.
    """
    with os.scandir(folder) as entries:
        seen = [entry for entry in entries if not entry.name.startswith(".") or entry.name in hidden]
        return [
            (entry, entry.is_dir(follow_symlinks=False))
            for entry in sorted(seen, key=lambda entry: entry.name)
        ]


class _Patterns:
    """Patterns in the format of `.gitignore`, relative to a folder; those of an option must all be sound.

    A pattern is matched against whole paths. The search goes from folder to folder as git does, so what lies
    in a folder that is left out is never asked for. Of a file that has too many, none counts.
    """

    def __init__(self, folder: str, lines: Sequence[str], option: str = "") -> None:
        self.prefix = folder.rstrip(os.sep) + os.sep
        self.patterns = []
        self.are_too_many = not option and sum(map(bool, lines)) > MOST_PATTERNS
        for line in () if self.are_too_many else lines:
            pattern = _pattern(line)
            if pattern is not None:
                self.patterns.append(pattern)
            elif option:
                raise ValueError(f"{option}: `{line}` is not a pattern")
        self.patterns.reverse()

    def decide(self, path: str, is_folder: bool) -> bool | None:
        """Whether the last pattern that fits names the path, or takes it back with `!`; None if none fits."""
        if not path.startswith(self.prefix):
            return None
        below = path[len(self.prefix) :].replace(os.sep, "/")
        for pattern in self.patterns:
            if (is_folder or not pattern.only_folders) and pattern.paths.fullmatch(below):
                return not pattern.takes_back
        return None

    def cover(self, path: str) -> bool:
        """Whether they name a file or a folder that it is in; what is nearer to the file decides."""
        decided, is_folder = None, False
        # What lies in the root of the disk has that for its prefix, which is its own parent.
        while self.patterns and decided is None and path.startswith(self.prefix) and path != self.prefix:
            decided = self.decide(path, is_folder)
            path, is_folder = str(Path(path).parent), True
        return bool(decided)


_LISTED = re.compile(r"\[:(?P<kind>[a-z]{1,6}):\]|(?P<low>\\.|[^\\])(?:-(?P<high>\\.|[^\\\]]))?", re.DOTALL)
"""In a `[...]`: a kind of signs, a sign, or a range. Behind a backslash a sign means itself."""

_KINDS = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "blank": " \\t", "cntrl": "\\x00-\\x1f\\x7f", "digit": "0-9",
    "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@\\[-`{-~", "space": "\\s", "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}  # fmt: skip


class _Pattern(NamedTuple):
    """A line of a `.gitignore` file: the paths that it names, or takes back."""

    paths: re.Pattern[str]
    takes_back: bool
    only_folders: bool


MOST_PATTERNS = 5_000
"""Of one `.gitignore` file."""

_TOO_MANY = f"more than {MOST_PATTERNS:,} patterns, of which none is obeyed: name folders, not each file"

_LONGEST = 4096
"""Characters of a pattern: no path has more."""


def _pattern(line: str) -> _Pattern | None:
    """A pattern; None for a comment, a blank line, and what git ignores as unsound."""
    if len(line) > _LONGEST:
        return None
    bare = line if line.endswith("\\ ") else line.rstrip()
    glob = bare.removeprefix("!")
    segments = glob.removesuffix("/").split("/")
    if bare.startswith("#") or segments in ([""], ["", ""]):
        return None
    if len(segments) == 1:
        segments.insert(0, "**")
    elif not segments[0]:
        del segments[0]
    try:
        paths = re.compile(_of_paths(segments), re.DOTALL)
    except (ValueError, re.error):
        return None
    return _Pattern(paths, bare.startswith("!"), glob.endswith("/"))


def _of_paths(segments: Sequence[str]) -> str:
    """The regular expression of the paths that a pattern names, by its parts between the slashes.

    What stands between two wildcards is looked for from the left and kept where it is first found: `(?>...)`
    never goes back. A later place would leave less for the rest, so no match is lost, and the time is bounded
    by the length of the path times that of the pattern.
    """
    runs = [(is_any, list(run)) for is_any, run in groupby(segments, _is_any_depth)]
    expression = ""
    for number, (is_any, run) in enumerate(runs):
        is_last = number + 1 == len(runs)
        if is_any:
            expression += ".+" if is_last else ""
            continue
        names = "/".join(map(_of_name, run)) + ("" if is_last else "/")
        if number:
            names = f"(?:[^/]++/)*?{names}"
        expression += names if is_last else f"(?>{names})"
    return expression


def _is_any_depth(segment: str) -> bool:
    """Whether a part stands for any number of folders."""
    return segment.startswith("**") and not segment.strip("*")


def _of_name(segment: str) -> str:
    """The regular expression of a name in a path: `*` is any text, `?` any sign, `[...]` one of some."""
    pieces, at = [""], 0
    while at < len(segment):
        sign, at = segment[at], at + 1
        if sign == "*":
            pieces += [""] if pieces[-1] or len(pieces) == 1 else []
        elif sign == "?":
            pieces[-1] += "[^/]"
        elif sign == "[":
            signs, at = _of_sign(segment, at)
            pieces[-1] += signs
        else:
            if sign == "\\":
                sign, at = segment[at : at + 1], at + 1
                if not sign:
                    raise ValueError("nothing to escape")
            pieces[-1] += re.escape(sign)
    first, *others = pieces
    if not others:
        return first
    between = "".join(f"(?>[^/]*?{piece})" for piece in others[:-1])
    return f"(?>{first}{between}[^/]*{others[-1]}(?![^/]))"


def _of_sign(segment: str, at: int) -> tuple[str, int]:
    """The regular expression of a `[...]` that opens before a place, and the place behind it."""
    negated = segment.startswith(("!", "^"), at)
    at += negated
    listed = ""
    # A bracket that comes first closes nothing.
    while not (listed and segment.startswith("]", at)):
        found = _LISTED.match(segment, at)
        if found is None or found["kind"] not in (None, *_KINDS):
            raise ValueError("no list of signs")
        at = found.end()
        if found["kind"]:
            listed += _KINDS[found["kind"]]
        else:
            listed += "-".join(re.escape(end[-1]) for end in found.group("low", "high") if end)
    return f"(?!/)[{'^' * negated}{listed}]", at + 1


def is_pattern(line: str) -> bool:
    """Whether a line of a `.gitignore` file says something."""
    return bool(_Patterns("", [line]).patterns)


def _ignoring(path: str, is_folder: bool, ignored: list[_Patterns]) -> _Patterns | None:
    """The patterns by which a path is ignored: the nearest with something to say about it decide."""
    for patterns in reversed(ignored):
        decided = patterns.decide(path, is_folder)
        if decided is not None:
            return patterns if decided else None
    return None


def _above(top: str, tree: Tree) -> list[_Patterns]:
    """What the folders above ignore, up to the one of the repository; nothing outside of one."""
    ignored: list[_Patterns] = []
    folders = [str(folder) for folder in Path(top).parents]
    repository = next((at for at, folder in enumerate(folders) if _is_repository(folder)), None)
    if repository is not None:
        for folder in reversed(folders[: repository + 1]):
            ignored = _with_own(folder, ignored, tree)
    return ignored


def _with_own(folder: str, ignored: list[_Patterns], tree: Tree) -> list[_Patterns]:
    """What is ignored above, and what this folder adds; a repository inside another begins again."""
    if _is_repository(folder):
        ignored = []
    # What a person has git ignore in this clone is in no revision.
    for name, place in ((".git/info/exclude", DISK), (".gitignore", tree)):
        if lines := _lines(Path(folder, name), place):
            ignored = [*ignored, _Patterns(folder, lines)]
    return ignored


def _is_repository(folder: str) -> bool:
    return os.path.lexists(Path(folder, ".git"))


def _lines(file: Path, tree: Tree) -> list[str]:
    """The lines of a file of patterns; none where it is not a plain file, as in git."""
    try:
        if not tree.holds(file, follow=False):
            return []
        return os.fsdecode(tree.content(file).removeprefix(b"\xef\xbb\xbf")).split("\n")
    except OSError:
        return []
