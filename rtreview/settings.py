"""The configuration of a team: the nearest `.rtreview.toml`, or `[tool.rtreview]` in a `pyproject.toml`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as File
from pathlib import PurePosixPath
from typing import Any, Literal, NamedTuple

from rtreview import design, engine, rulebook, spec
from rtreview.design import Fallback
from rtreview.document import MAX_BYTES
from rtreview.field import Default
from rtreview.finding import Path, Place, Review, Severity, Span, dotted
from rtreview.notation import did_you_mean, notation_of, shown
from rtreview.refusal import Unusable

OWN_FILE, SHARED_FILE = ".rtreview.toml", "pyproject.toml"
TABLE: Path = ("tool", "rtreview")
"""Where the settings stand in the file that other tools share."""

BASELINE = ".rtreview-baseline.json"

_LEVELS = tuple(str(severity) for severity in Severity)
_AT = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


class Setting(NamedTuple):
    """A value that is in force, and who says so: `pyproject.toml:12`, or `default`."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What a team has configured.

    Args:
        root: the folder to which paths and patterns are relative.
        paths: what is reviewed where no path is given.
        include: patterns of files that a directory is searched for, beside the usual ones.
        exclude: patterns of files that a search leaves out.
        select: rules that run; all of them where it is empty.
        ignore: rules that do not run.
        severity: severities in place of those of the references, by rule.
        required: rules that nobody can accept away, ignore or put into a baseline.
        fail_on: the mildest severity that makes the exit status 1, or `never`.
        baseline: the file of known findings.
        fallbacks: limits of the house and assumed values, where a design is silent.
        origins: the place of each setting that is configured, and of each value of a table.

    """

    root: File
    paths: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    fail_on: str = "error"
    baseline: str = BASELINE
    fallbacks: tuple[Fallback, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)

    def listed(self) -> Iterator[Setting]:
        """Every setting in force, with the values of tables one by one."""
        for name in ("paths", "include", "exclude", "select", "ignore", "required"):
            value = ", ".join(getattr(self, name))
            yield Setting(name, value or "none", self.origins.get(name, "default"))
        yield Setting("fail-on", self.fail_on, self.origins.get("fail-on", "default"))
        yield Setting("baseline", self.baseline, self.origins.get("baseline", "default"))
        for name, origin in self.origins.items():
            table, _, key = name.partition(".")
            if not key:
                continue
            if table == "severity":
                yield Setting(name, self.severity[key], origin)
            elif table in ("limits", "assume"):
                key, _, value = key.partition(" = ")
                yield Setting(f"{table}.{key}", value, origin)


def load(paths: Sequence[str]) -> Settings:
    """The settings for a call with these paths: those nearest to the folder that holds them all.

    The search ends at the root of the repository.

    Raises:
        Unusable: the file that would be used has mistakes.

    """
    start = _common_folder(paths)
    for folder in (start, *start.parents):
        for name in (OWN_FILE, SHARED_FILE):
            file = folder / name
            if file.is_file() and (made := _Reader(file, () if name == OWN_FILE else TABLE).settings()):
                return made
        if (folder / ".git").exists():
            return Settings(folder)
    return Settings(start)


def _common_folder(paths: Sequence[str]) -> File:
    """The deepest folder that all paths lie in; the current one where there are none."""
    folders = [
        one if one.is_dir() else one.parent
        for one in (File(path).absolute() for path in paths if path and "\0" not in path and path != "-")
    ]
    if not folders:
        return File.cwd()
    common = folders[0]
    while not all(folder.is_relative_to(common) for folder in folders):
        common = common.parent
    return common


class _Reader:
    """Reads the settings of one file, and notes what is wrong with them, each at its place."""

    def __init__(self, file: File, table: Path) -> None:
        self.file = file
        self.table = table
        self.lines: tuple[str, ...] = ()
        self.mistakes: list[tuple[str, Span]] = []
        self.origins: dict[str, str] = {}

    def settings(self) -> Settings | None:
        """The settings; None where the file says nothing of this tool."""
        content = self._content()
        if content is None:
            return None
        readers: dict[str, Callable[[str, Any], Any]] = {
            "paths": self._inner_paths,
            "include": self._texts,
            "exclude": self._texts,
            "select": self._rules,
            "ignore": self._rules,
            "severity": self._severities,
            "required": self._rules,
            "fail-on": self._level,
            "baseline": self._inner_path,
            "limits": self._fallback,
            "assume": self._fallback,
        }
        made: dict[str, Any] = {}
        for key, value in content.items():
            if key not in readers:
                hint = did_you_mean(key, tuple(readers)) or f": there are {', '.join(readers)}"
                self._wrong(f"`{key}` is no setting{hint}", (key,))
                continue
            self.origins.setdefault(key, self._origin((key,)))
            made[key] = readers[key](key, value)
        self._contradictions(made)
        if self.mistakes:
            raise Unusable(self._review())
        fallbacks = tuple(made.pop(key) for key in ("limits", "assume") if key in made)
        own = {key.replace("-", "_"): value for key, value in made.items()}
        return Settings(self.file.parent, **own, fallbacks=fallbacks, origins=self.origins)

    def _content(self) -> dict[str, Any] | None:
        """The table of this tool as it stands in the file."""
        raw = self.file.read_bytes()[: MAX_BYTES + 1]
        if self.table and b"rtreview" not in raw:
            return None
        import tomllib  # noqa: PLC0415 - costs 7 ms, and most folders have no configuration

        try:
            if len(raw) > MAX_BYTES:
                raise ValueError("the file is larger than 1 MiB")  # noqa: TRY301 - told like what the parser says
            text = raw.decode("utf-8")
            self.lines = tuple(text.splitlines())
            whole: Any = tomllib.loads(text)
        except ValueError as error:
            if self.table and not re.search(rb"tool\s*\.\s*rtreview", raw):
                return None
            self._unreadable(error)
            raise Unusable(self._review()) from None
        for key in self.table:
            whole = whole.get(key) if isinstance(whole, dict) else None
        if whole is not None and not isinstance(whole, dict):
            self._wrong(f"expected a table, found {shown(whole)}", ())
            raise Unusable(self._review())
        return whole

    def _unreadable(self, error: ValueError) -> None:
        said = str(error)
        found = _AT.search(said)
        line, column = len(self.lines) or 1, 1
        if found and found["line"]:
            line, column = int(found["line"]), int(found["column"])
        reason = _AT.sub("", said) if not isinstance(error, UnicodeDecodeError) else "it is not UTF-8 text"
        span = Span(line, column, line, column + 1)
        self.mistakes.append((f"this is not TOML: {reason}", span))

    def _texts(self, key: str, value: Any) -> tuple[str, ...]:
        """A list of texts, or a single one."""
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(one, str) and one for one in listed):
            self._wrong(f"`{key}`: expected a list of texts, found {shown(value)}", (key,))
            return ()
        return tuple(listed)

    def _rules(self, key: str, value: Any) -> tuple[str, ...]:
        names = self._texts(key, value)
        for name in names:
            self._known_rule(name, (key,))
        return names

    def _known_rule(self, name: str, at: Path) -> None:
        known = tuple(rule.id for rule in rulebook.load())
        if name not in known:
            self._wrong(f"`{at[0]}`: no rule is called `{name}`{did_you_mean(name, known)}", at, name)

    def _severities(self, key: str, value: Any) -> dict[str, Severity]:
        if not isinstance(value, dict):
            self._wrong(f"`{key}`: expected a table of rules and severities, found {shown(value)}", (key,))
            return {}
        made = {}
        for rule, level in value.items():
            self._known_rule(rule, (key, rule))
            if level not in _LEVELS:
                hint = did_you_mean(level, _LEVELS) or f": expected {', '.join(_LEVELS)}"
                self._wrong(f"{shown(level)} is no severity{hint}", (key, rule))
                continue
            made[rule] = Severity(level)
            self.origins[f"{key}.{rule}"] = self._origin((key, rule))
        return made

    def _level(self, key: str, value: Any) -> str:
        try:
            level: str = notation_of(Literal["error", "warning", "info", "never"]).parse(value)
        except ValueError as error:
            self._wrong(f"`{key}`: {error}", (key,))
            return "error"
        return level

    def _inner_paths(self, key: str, value: Any) -> tuple[str, ...]:
        return tuple(self._inner_path(key, one) for one in self._texts(key, value))

    def _inner_path(self, key: str, value: Any) -> str:
        """A path below the folder of the configuration: a repository names nothing outside of itself."""
        path = value if isinstance(value, str) else ""
        if not path or "\0" in path or PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            self._wrong(f"`{key}`: expected a path inside this folder, found {shown(value)}", (key,), path)
        return path

    def _fallback(self, key: str, value: Any) -> Fallback:
        """The values of a table as parts of a spec, each with its line."""
        values = spec.read({"rtreview": spec.VERSION})
        if not isinstance(value, dict):
            self._wrong(f"`{key}`: expected a table with parts of a design, found {shown(value)}", (key,))
            value = {}
        for name in value:
            if name not in design.SECTIONS:
                hint = did_you_mean(name, design.SECTIONS) or f": there are {', '.join(design.SECTIONS)}"
                self._wrong(f"`{name}` is no part of a design that has limits{hint}", (key, name))
        try:
            known = {name: part for name, part in value.items() if name in design.SECTIONS}
            values = spec.read({"rtreview": spec.VERSION, **known})
        except spec.SpecError as error:
            for mistake in error.mistakes:
                self._wrong(mistake.message, (key, *mistake.at))
        lines: dict[Path, str] = {}
        for at, leaf in _leaves(value):
            lines[at] = self._origin((key, *at))
            self.origins[f"{key}.{dotted(at)} = {leaf}"] = lines[at]

        def origin(inside: Path) -> Default:
            if key == "assume":
                return Default("", "assumed", inside, lines.get(inside, ""))
            return Default("the team", "documented", inside, lines.get(inside, ""))

        return Fallback(values, origin)

    def _contradictions(self, made: dict[str, Any]) -> None:
        for name in made.get("required", ()):
            if name in made.get("ignore", ()):
                self._wrong(f"`{name}` is required, so that it cannot be ignored", ("ignore",), name)
            if made.get("select") and name not in made["select"]:
                self._wrong(f"`{name}` is required, and `select` leaves it out", ("select",))
        if made.get("select") and set(made["select"]) <= set(made.get("ignore", ())):
            self._wrong("`select` and `ignore` leave no rule to run", ("ignore",))

    def _wrong(self, message: str, at: Path, word: str = "") -> None:
        self.mistakes.append((message, self._span(at, word)))

    def _origin(self, at: Path) -> str:
        return f"{self.file.name}:{self._span(at).line}"

    def _span(self, at: Path, word: str = "") -> Span:
        """Where a key stands, or a word in its value.

        tomllib tells no places. A key begins behind the longest beginning of the file that is TOML and does
        not have it yet.
        """
        import tomllib  # noqa: PLC0415 - likewise

        whole = (*self.table, *at)
        begin = 0
        for end in range(1, len(self.lines) + 1):
            try:
                content = tomllib.loads("\n".join(self.lines[:end]))
            except ValueError:
                continue
            if _has(content, whole):
                return _found(self.lines, begin, end, word or str(whole[-1] if whole else ""))
            begin = end
        return Span(1, 1, 1, 2)

    def _review(self) -> Review:
        """The mistakes as findings of the file."""
        title = "The configuration says something that has no meaning"
        findings = [
            engine.unreviewed("configuration", title, message, Place((), span, name="configuration"))
            for message, span in self.mistakes
        ]
        findings.sort(key=lambda finding: finding.place.span)
        return Review(os.path.relpath(self.file), self.lines or ("",), findings=tuple(findings))


def _leaves(content: dict[str, Any], at: Path = ()) -> Iterator[tuple[Path, Any]]:
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*at, key))
        else:
            yield (*at, key), value


def _has(content: Any, path: Path) -> bool:
    for key in path:
        if isinstance(content, list) and isinstance(key, int):
            return True
        if not isinstance(content, dict) or key not in content:
            return False
        content = content[key]
    return True


def _found(lines: Sequence[str], begin: int, end: int, word: str) -> Span:
    """The place of a word between two lines; the first of them where it is not there."""
    for number in range(begin, end):
        column = lines[number].find(word)
        if word and column >= 0:
            return Span(number + 1, column + 1, number + 1, column + 1 + len(word))
    return Span(begin + 1, 1, begin + 1, len(lines[begin]) + 1)
