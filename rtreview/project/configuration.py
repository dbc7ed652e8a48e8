"""Reads the configuration of a team: each setting and each mistake has its place."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, NoReturn

from rtreview.language import design, spec
from rtreview.language.field import Default, Fallback, Field
from rtreview.language.notation import did_you_mean, notation_of, shown
from rtreview.language.section import MOST_MISTAKES, Section
from rtreview.project import strictness
from rtreview.project.settings import DEFAULTS, OWN_FILE, SHARED_FILE, TABLE, Setting, Settings
from rtreview.quantities.quantity import as_written
from rtreview.reviews import engine
from rtreview.reviews.report import Review, Unusable
from rtreview.rulebook.finding import Finding, Severity, Verdict
from rtreview.rulebook.references import FILES
from rtreview.rulebook.rulebook import Rulebook
from rtreview.text import kept
from rtreview.text.place import Place, Span, SpecPath, dotted
from rtreview.text.refusal import Refused
from rtreview.text.sources import is_pattern
from rtreview.text.tree import MAX_BYTES, Tree

_LEVELS = tuple(str(severity) for severity in Severity)
_OURS = re.compile(
    rb"""
    ^[ \t]*+ (?: \[ [^\n#]*? | [^\n#\[]*? )
    (?: (?<![\w"'/-]) rtreview | "rtreview" | 'rtreview' ) [ \t]*+
    (?: [].] | = [ \t]*+ (?!["']) )
    """,
    re.MULTILINE | re.VERBOSE,
)
"""What a shared TOML file has that speaks of us: a table, or keys below it. A mere mention is none."""

_ADDRESS = re.compile(
    r"(?:https?://[a-z0-9._-]+(?::[0-9]{1,5})?|file://(?=/))(?:/[a-z0-9._~%@+=,:!-]*)*",
    re.IGNORECASE | re.ASCII,
)
"""An address of the web or of a file, of signs that mean nothing to Markdown or HTML."""

_LONGEST_ADDRESS = 300

# As text: it is compiled in a call that meets a broken file.
_AT = r" \(at (?:line (?P<line>[0-9]+), column (?P<column>[0-9]+)|end of document)\)$"


def find(folder: Path, tree: Tree) -> Configuration | None:
    """The configuration that a folder holds: our own file, or one that others share and that speaks of us.

    Raises:
        Unusable: the file cannot be read.

    """
    for name, table in ((OWN_FILE, ()), (SHARED_FILE, TABLE)):
        if tree.holds(folder / name):
            found = Configuration(folder / name, table, tree)
            if found.content is not None:
                return found
    return None


def open_file(name: str, tree: Tree) -> Configuration:
    """The configuration in a file that is named, in whatever folder.

    Raises:
        Refused: there is no such file, or it says nothing of this tool.
        Unusable: the file cannot be read.

    """
    file = Path(os.path.abspath(name))  # noqa: PTH100 - a link stays where it is
    if "\0" in name or not tree.holds(file):
        raise Refused(f"--config: there is no file `{name}`")
    found = Configuration(file, TABLE if file.name == SHARED_FILE else (), tree)
    if found.content is None:
        raise Refused(f"--config: `{name}` has no table [tool.rtreview]")
    return found


class _Mistake(NamedTuple):
    """What is wrong, and where; `is_milder` where it is what only the folder above may say."""

    message: str
    span: Span
    is_milder: bool = False


_TOP = Span(1, 1, 1, 2)


class Configuration:
    """One file, with what is wrong with it.

    Args:
        file: in TOML.
        table: the path of the table that speaks of us.
        tree: where it is read.

    Raises:
        Unusable: it cannot be read.

    """

    def __init__(self, file: Path, table: SpecPath, tree: Tree) -> None:
        self.file = file
        self.table = table
        self.tree = tree
        self.lines: tuple[str, ...] = ()
        self.keys: dict[SpecPath, Span] = {}
        self.values: dict[SpecPath, Span] = {}
        self.mistakes: list[_Mistake] = []
        self.configured: list[Setting] = []
        self.content = self._content()
        """The table; None where the file says nothing of this tool."""

    def settings(self, around: Settings, given: Rulebook | None, folder: Path | None = None) -> Settings:
        """What is in force by this file.

        Args:
            around: what the configurations of the folders above say, which this one may make stricter; where
                there are none, the defaults.
            given: the rules and references that count in place of the configured ones.
            folder: what its paths are relative to; without one, the folder of the file.

        Raises:
            Unusable: the file has mistakes; one is to be milder than those above.

        """
        self.folder = folder or self.file.parent
        self.root = around.root if around.files else self.folder
        self.rulebook = (given or around.rulebook).published(around.rulebook.docs_url)
        self.reads_references = given is None
        own = self._own()
        if not self.mistakes:
            settings = self._joined(own, around)
            if around.files:
                self._look_for_loosenings(around, settings)
        if self.mistakes:
            raise Unusable(self._review())
        return settings

    def _own(self) -> dict[str, Any]:
        """What the file says, by the name of each setting."""
        readers: dict[str, Callable[[str, Any], Any]] = {
            "paths": self._inner_paths,
            "include": self._patterns,
            "exclude": self._patterns,
            "select": self._rules,
            "ignore": self._rules,
            "severity": self._severities,
            "required": self._rules,
            "references": lambda key, _: settings[key],
            "docs-url": lambda key, _: settings[key],
            "fail-on": self._level,
            "baseline": self._inner_path,
            "accept-in-same-change": self._yes_or_no,
            "limits": self._fallback,
            "assume": self._fallback,
        }
        settings: dict[str, Any] = {}
        content = self.content or {}
        for at, size in spec.too_long(content):
            message = f"{size:,} entries are too many: a list or table can have {spec.MOST_ENTRIES}"
            self._refuse(_Mistake(message, self._span(at, on_key=True)))
        if "references" in content:
            settings["references"] = self._references(content["references"])
        if "docs-url" in content:
            settings["docs-url"] = self._site(content["docs-url"])
            self.rulebook = self.rulebook.published(settings["docs-url"])
        for key, value in content.items():
            if key not in readers:
                hint = did_you_mean(key, tuple(readers)) or f": there are {', '.join(readers)}"
                self._wrong(f"{shown(key)} is no setting{hint}", (key,), on_key=True)
                continue
            self._note(value, (key,))
            settings[key] = readers[key](key, value)
        self._contradictions(settings)
        return settings

    def _joined(self, own: dict[str, Any], around: Settings) -> Settings:
        """The settings of the files above with what this one says: of the whole repository, from its root."""
        below = Path(os.path.relpath(self.folder, self.root))
        required = tuple(dict.fromkeys((*around.required, *own.get("required", ()))))
        # What is ignored above and required here runs.
        ignored = own.get("ignore", [rule for rule in around.ignore if rule not in required])
        fallbacks = tuple(own[key] for key in ("limits", "assume") if key in own)
        kept = {setting.name: setting for setting in (*around.configured, *self.configured)}
        return Settings(
            self.root,
            self.rulebook,
            paths=tuple(str(below / path) for path in own.get("paths", ())),
            include=(*around.include, *(_below(below, pattern) for pattern in own.get("include", ()))),
            exclude=(*around.exclude, *(_below(below, pattern) for pattern in own.get("exclude", ()))),
            select=own.get("select", around.select),
            ignore=tuple(ignored),
            severity={**around.severity, **own.get("severity", {})},
            required=required,
            fail_on=own.get("fail-on", around.fail_on),
            baseline=str(below / own["baseline"]) if "baseline" in own else around.baseline,
            accept_in_same_change=own.get("accept-in-same-change", around.accept_in_same_change),
            references=str(below / own["references"]) if own.get("references") else around.references,
            # Whatever one below says of them otherwise is a mistake.
            fallbacks=around.fallbacks if around.files else fallbacks,
            configured=tuple(kept.values()),
            files=(*around.files, self.file),
            tree=self.tree,
        )

    def _look_for_loosenings(self, around: Settings, settings: Settings) -> None:
        """Note where this file lets more pass than those above it; what it looks at is its own."""
        above = os.path.relpath(around.files[-1], self.folder)
        for name, what in strictness.loosened(around, settings._replace(paths=around.paths)):
            setting = next((one for one in self.configured if f"{one.name}.".startswith(f"{name}.")), None)
            line = setting.line if setting else 1
            message = f"This configuration {what}. It may be stricter than `{above}`, and never milder."
            self.mistakes.append(_Mistake(message, Span.of_line(self.lines, line), is_milder=True))

    def _content(self) -> dict[str, Any] | None:
        """The table of this tool as it stands in the file."""
        try:
            raw = self.tree.content(self.file).removeprefix(b"\xef\xbb\xbf")
        except OSError as error:
            self._refuse(_Mistake(f"the file cannot be opened: {error.strerror}", _TOP))
        if self.table and not _OURS.search(raw):
            return None
        text = raw.decode("utf-8", "replace").replace("\r\n", "\n")
        self.lines = tuple(text.removesuffix("\n").split("\n"))
        whole: Any = self._parsed(raw, text)
        if isinstance(whole, _Mistake):
            self._refuse(whole)
        for key in self.table:
            whole = whole.get(key) if isinstance(whole, dict) else None
        if whole is None:
            return None
        if not isinstance(whole, dict):
            self._refuse(_Mistake(f"expected a table, found {shown(whole)}", self._span(())))
        return whole

    def _parsed(self, raw: bytes, text: str) -> dict[str, Any] | _Mistake:
        """The content of a TOML file, or why it is none."""
        import tomllib  # noqa: PLC0415 - costs 7 ms, and most folders have no configuration

        from rtreview.text import toml  # noqa: PLC0415 - likewise

        if len(raw) > MAX_BYTES:
            return _Mistake("the file is larger than 1 MiB", _TOP)
        try:
            self.keys, self.values = toml.places(text)
            return tomllib.loads(raw.decode("utf-8"))
        except toml.DepthError as error:
            return _Mistake(f"it is {error}", error.span)
        except UnicodeDecodeError as error:
            before = raw[: error.start].decode("utf-8").split("\n")
            line, column, message = len(before), len(before[-1]) + 1, "the file is not UTF-8 text"
        except ValueError as error:
            message = f"this is not TOML: {re.sub(_AT, '', str(error))}"
            found = re.search(_AT, str(error))
            # Without a line, what is missing is missing at the end.
            line = int((found and found["line"]) or len(raw.rstrip().splitlines()) or 1)
            column = int((found and found["column"]) or 1)
            if str(error).startswith("Cannot overwrite a value"):
                # tomllib has read the second value by then, and tells where that ends.
                message, column = "a key is there twice", 1
        return _Mistake(message, Span(line, column, line, column + 1))

    def _texts(self, key: str, value: Any) -> Iterator[tuple[str, SpecPath]]:
        """The texts of a list, or a single one, each with its path."""
        if isinstance(value, str):
            yield value, (key,)
        elif isinstance(value, list):
            for number, text in enumerate(value):
                if isinstance(text, str):
                    yield text, (key, number)
                else:
                    self._wrong(f"`{key}`: expected a string, found {shown(text)}", (key, number))
        else:
            self._wrong(f"`{key}`: expected a list of texts, found {shown(value)}", (key,))

    def _rules(self, key: str, value: Any) -> tuple[str, ...]:
        return tuple(self._rule(name, at) for name, at in self._texts(key, value))

    def _rule(self, name: str, at: SpecPath, *, on_key: bool = False) -> str:
        known = tuple(rule.id for rule in self.rulebook)
        if name not in known:
            hint = did_you_mean(name, known) or ": see `rtreview rules`"
            self._wrong(f"`{at[0]}`: no rule is called {shown(name)}{hint}", at, on_key=on_key)
        return name

    def _severities(self, key: str, value: Any) -> dict[str, Severity]:
        if not isinstance(value, dict):
            self._wrong(f"`{key}`: expected a table of rules and severities, found {shown(value)}", (key,))
            return {}
        severities = {}
        for rule, level in value.items():
            self._rule(rule, (key, rule), on_key=True)
            if level in _LEVELS:
                severities[rule] = Severity(level)
            else:
                hint = did_you_mean(level, _LEVELS) or f": expected {', '.join(_LEVELS)}"
                self._wrong(f"{shown(level)} is no severity{hint}", (key, rule))
        return severities

    def _level(self, key: str, value: Any) -> str:
        try:
            level: str = notation_of(Literal["error", "warning", "info", "never"]).parse(value)
        except ValueError as error:
            self._wrong(f"`{key}`: {error}", (key,))
            return "error"
        return level

    def _yes_or_no(self, key: str, value: Any) -> bool:
        if not isinstance(value, bool):
            self._wrong(f"`{key}`: expected true or false, found {shown(value)}", (key,))
        return value is True

    def _patterns(self, key: str, value: Any) -> tuple[str, ...]:
        patterns = list(self._texts(key, value))
        for pattern, at in patterns:
            if not is_pattern(pattern):
                self._wrong(f"`{key}`: {shown(pattern)} is no pattern of a `.gitignore` file", at)
        return tuple(pattern for pattern, _ in patterns)

    def _inner_paths(self, key: str, value: Any) -> tuple[str, ...]:
        return tuple(self._inner(key, text, at) for text, at in self._texts(key, value))

    def _inner_path(self, key: str, value: Any) -> str:
        return self._inner(key, value, (key,))

    def _inner(self, key: str, path: Any, at: SpecPath) -> str:
        """A path below the folder of the configuration: a repository names nothing outside of itself."""
        is_path = isinstance(path, str) and path not in ("", "-") and "\0" not in path
        if is_path and kept.is_inside(self.folder / path, self.folder):
            return str(path)
        self._wrong(f"`{key}`: expected a path inside this folder, found {shown(path)}", at)
        return ""

    def _references(self, value: Any) -> str:
        """The folder with the references of the team, which are read before any rule is named."""
        folder = self._inner_path("references", value)
        files = [self._inner("references", f"{folder}/{name}", ("references",)) for name in FILES if folder]
        if files and all(files) and self.reads_references:
            try:
                from rtreview.team import folder as team  # noqa: PLC0415 - few teams have references of their own

                own = os.path.relpath(self.folder / folder)
                self.rulebook = team.read(own, self.rulebook, self.tree)
            except Refused as refused:
                self._wrong(f"`references`: {refused}", ("references",))
        return folder

    def _site(self, value: Any) -> str:
        """The address of the site with our references, without a slash at its end."""
        if isinstance(value, str) and len(value) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(value):
            return value.rstrip("/")
        such = "an address such as `https://docs.example.org/rtreview`"
        self._wrong(f"`docs-url`: expected {such}, found {shown(value)}", ("docs-url",))
        return ""

    def _fallback(self, key: str, value: Any) -> Fallback:
        """The values of a table as parts of a spec, each with its line."""
        values = spec.read({"rtreview": spec.VERSION})
        if not isinstance(value, dict):
            self._wrong(f"`{key}`: expected a table with parts of a design, found {shown(value)}", (key,))
            value = {}
        for name in value:
            if name not in design.SECTIONS:
                hint = did_you_mean(name, design.SECTIONS) or f": there are {', '.join(design.SECTIONS)}"
                message = f"{shown(name)} is no part of a design that `{key}` can state{hint}"
                self._wrong(message, (key, name), on_key=True)
        try:
            known = {name: part for name, part in value.items() if name in design.SECTIONS}
            values = spec.read({"rtreview": spec.VERSION, **known})
        except spec.SpecError as error:
            for mistake in error.mistakes:
                self._wrong(mistake.message, (key, *mistake.at), on_key=mistake.on_key)
        for at in _lists_of_parts(values, value):
            self._wrong(f"`{dotted(at)}` is a list of parts: `{key}` states single values", (key, *at))
        lines = {at: self._origin((key, *at)) for at, _ in _leaves(value)}

        def origin(inside: SpecPath) -> Default:
            if key == "assume":
                return Default("", "assumed", inside, lines.get(inside, ""))
            return Default("the team", "documented", inside, lines.get(inside, ""))

        return Fallback(values, origin)

    def _contradictions(self, settings: dict[str, Any]) -> None:
        select, ignore = settings.get("select", ()), settings.get("ignore", ())
        for name in settings.get("required", ()):
            if name in ignore:
                at: SpecPath = ("ignore", ignore.index(name))
                self._wrong(f"`{name}` is required, so that it cannot be ignored", at)
            if select and name not in select:
                self._wrong(f"`{name}` is required, and `select` leaves it out", ("select",), on_key=True)
        if select and set(select) <= set(ignore):
            self._wrong("`select` and `ignore` leave no rule to run", ("ignore",), on_key=True)

    def _note(self, value: Any, at: SpecPath) -> None:
        """Keep what is said, for a person to see."""
        for below, leaf in _leaves(value):
            name = (*at, *below)
            listed = leaf if isinstance(leaf, list) else [leaf]
            text = ", ".join(map(as_written, listed))
            value = text or DEFAULTS.get(str(at[0]), "")
            line = self._span(name, on_key=True).line
            self.configured.append(Setting(dotted(name), value, self._origin(name), self.file, line))

    def _origin(self, at: SpecPath) -> str:
        is_below = self.file.is_relative_to(self.root)
        name = self.file.relative_to(self.root).as_posix() if is_below else self.file.name
        return f"{name}:{self._span(at, on_key=True).line}"

    def _wrong(self, message: str, at: SpecPath, *, on_key: bool = False) -> None:
        self.mistakes.append(_Mistake(message, self._span(at, on_key=on_key)))
        if len(self.mistakes) == MOST_MISTAKES:
            self._refuse(_Mistake("what else is wrong is not listed", self._span(at, on_key=on_key)))

    def _span(self, at: SpecPath, *, on_key: bool = False) -> Span:
        """Where a value stands; its key, if that is meant or the value has several lines."""
        whole = (*self.table, *at)
        while whole:
            key, value = self.keys.get(whole), self.values.get(whole)
            if value and value.line == value.end_line and not (on_key and key):
                return value
            if key:
                return key
            whole = whole[:-1]
        return _TOP

    def _refuse(self, mistake: _Mistake) -> NoReturn:
        self.mistakes.append(mistake)
        raise Unusable(self._review()) from None

    def _review(self) -> Review:
        """The mistakes as findings of the file."""
        findings = [_finding(mistake) for mistake in self.mistakes]
        findings.sort(key=lambda finding: finding.place.span)
        return Review(os.path.relpath(self.file), self.lines or ("",), findings=tuple(findings))


def _finding(mistake: _Mistake) -> Finding:
    message, span, is_milder = mistake
    place = Place((), span, name="configuration")
    if is_milder:
        title = "A configuration is milder than the one above it"
        return Finding(strictness.RULE, Verdict.VIOLATED, Severity.ERROR, title, message, place)
    title = "The configuration says something that has no meaning"
    return engine.unreviewed("configuration", title, message, place)


def _below(folder: Path, pattern: str) -> str:
    """A pattern of a folder as one of the root's."""
    if folder == Path():
        return pattern
    glob = pattern.removeprefix("!")
    name = re.sub(r"[\\*?\[\]!# ]", r"\\\g<0>", folder.as_posix())
    is_anywhere = "/" not in glob.rstrip().removesuffix("/")
    inside = f"**/{glob}" if is_anywhere else glob.removeprefix("/")
    return f"{pattern[: len(pattern) - len(glob)]}/{name}/{inside}"


def _leaves(content: Any, at: SpecPath = ()) -> Iterator[tuple[SpecPath, Any]]:
    """The values of a table that are no tables themselves."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _leaves(value, (*at, key))
    else:
        yield at, content


def _lists_of_parts(part: Any, content: Any, at: SpecPath = ()) -> Iterator[SpecPath]:
    """Where a table states the items of a list, such as the hops of a path, which fall back to nothing."""
    if not isinstance(part, Section):
        if not isinstance(part, Field):
            yield at
        return
    for key, value in content.items() if isinstance(content, dict) else ():
        if key in part.KEYS:
            yield from _lists_of_parts(getattr(part, part.KEYS[key]), value, (*at, key))
