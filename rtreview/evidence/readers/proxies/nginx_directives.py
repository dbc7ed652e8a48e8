"""The text of nginx: directives in blocks, with the files that they include in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase, translate
from functools import cached_property
from pathlib import PurePosixPath
from typing import NamedTuple

from rtreview.evidence.deployment import CONDITION, File, Line, words
from rtreview.quantities.unchanging import unchanging

DEEPEST = 32
"""Blocks in blocks."""

MOST_DIRECTIVES = 100_000
"""Of a file, and of all that configurations include."""

MOST_INCLUDED = 200
"""Files of one configuration."""

MOST_PATTERNS = 500
"""Patterns of several files to include."""

TOO_MANY = f"more than {MOST_DIRECTIVES:,} directives, of which the rest is not read"
INCLUDED = f"more than {MOST_DIRECTIVES:,} directives are included, of which the rest is not read"
SHIPPED = (
    "mime.types",
    *("fastcgi_params", "uwsgi_params", "scgi_params", "proxy_params", "fastcgi.conf"),
    *("koi-utf", "koi-win", "win-utf"),
    *("options-ssl-nginx.conf", "ssl-dhparams.pem"),
    *("modules-enabled/*", "modules/*.conf"),
)
"""Included files that come with nginx, its packages and Certbot, and set no timeout and no route."""

QUIET = frozenset(
    {"ssl", "tls", "gzip", "brotli", "log", "logs", "logging", "logformat", "cert", "certs", "certificate",
     "certificates", "dhparam", "dhparams", "pem"}
)  # fmt: skip
"""Words of the names of files, outside of locations, that say nothing of where messages go."""

PLAIN = frozenset(
    {"options", "option", "params", "param", "parameters", "common", "nginx", "conf", "config", "settings",
     "setting", "format", "formats", "access", "error", "self", "signed", "snakeoil", "security", "headers",
     "modern", "intermediate", "default", "defaults", "base", "global", "letsencrypt", "key", "keys",
     "inc", "http", "https"}
)  # fmt: skip
"""Words that stand beside those."""

_MADE = re.compile(r"\.(j2|tpl|tmpl|template|hbs|erb)$")
_ACTION = re.compile(
    r"(?:\{%|\{\{|<%)?[-+~=#^\s]{0,9}"
    r"(?:(?P<ends>/|end(?:if|for|unless|with|range)?\b|\}\s{0,9}%>)"
    r"|\}?\s{0,9}(?P<word>else|elif|elsif|if|for|foreach|unless|with|range|each)\b)"
)
_TOKEN = re.compile(
    r"""
    (?P<blank>\s+)
    |(?P<comment>\#[^\n]*)
    |(?P<control>
        \{%[^%]{0,400}+(?:%(?!\})[^%]{0,100}+){0,9}+%\}
        |\{\#[^#]{0,400}+(?:(?:\#(?!\}))++[^#]{0,100}+){0,9}+\#\}
        |<%[^%]{0,400}+(?:%(?!>)[^%]{0,100}+){0,9}+%>
    )
    |(?P<sign>[;{}](?<!\{(?=\{)))
    |"(?P<double>(?:[^"\\]|\\.)*+)"
    |'(?P<single>(?:[^'\\]|\\.)*+)'
    |(?P<word>
        (?:\{\{[^}\n]{0,400}+(?:\}(?!\})[^}\n]{0,100}+){0,9}+\}\}|\$\{[^}\s]{0,200}\}|\\.|[^\s;{}"'\\])
        (?:\{\{[^}\n]{0,400}+(?:\}(?!\})[^}\n]{0,100}+){0,9}+\}\}|\$\{[^}\s]{0,200}\}|\\.|[^\s;{}\\]|\{[0-9,]{1,8}\})*+
    )
    |(?P<rest>\{+(?=\{)|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@unchanging(eq=False, slots=False)
class Directive:
    """A directive with its words and its line, and what its block holds, if it has one."""

    name: str
    words: tuple[str, ...]
    line: Line
    block: list[Directive] | None = None

    @cached_property
    def named(self) -> dict[str, list[Directive]]:
        """What its block holds, by the names."""
        found: dict[str, list[Directive]] = {}
        for inner in self.block or ():
            found.setdefault(inner.name, []).append(inner)
        return found

    @cached_property
    def is_whole(self) -> bool:
        """Whether neither it nor a block in it includes what is not there."""
        return not self.all("include") and all(
            inner.is_whole for inner in self.block or () if inner.block is not None
        )

    @cached_property
    def passes(self) -> bool:
        """Whether something in its block passes messages on, by whichever module."""
        return any(inner.name.endswith("_pass") or inner.passes for inner in self.block or ())

    @cached_property
    def header(self) -> Directive | None:
        """The first header that its block sets; None where it sets none, so that those outside of it hold."""
        return next(iter(self.all("proxy_set_header")), None)

    @cached_property
    def upgrade(self) -> Directive | None:
        """The header that passes the upgrade of a WebSocket on, where its block sets both that it takes."""
        stated = self.all("proxy_set_header")
        headers = {header.words[0].lower(): header for header in stated if header.words}
        return headers.get("upgrade") if "connection" in headers else None

    def all(self, name: str) -> Sequence[Directive]:
        """Those of that name in its block."""
        return self.named.get(name, ())

    def last(self, name: str) -> Directive | None:
        """The one of that name in its block."""
        return next(reversed(self.all(name)), None)


class Configuration(NamedTuple):
    """A file as it is parsed.

    Attributes:
        top: its directives, as those of a block without a name.
        includes: those that include files, wherever they stand.
        size: how many there are.
        cut: the first that is not read, where there are too many.
        conditions: by the numbers of lines that a template may leave out, what decides on them.
        scripts: those that run a program which the braces in it may end in another place.

    """

    top: Directive
    includes: tuple[Directive, ...]
    size: int
    cut: Line | None
    conditions: dict[int, str]
    scripts: tuple[Directive, ...]


def parsed(file: File) -> Configuration:
    """The directives of a file. What is no nginx ends it early."""
    top = Directive("", (), file.line(1), [])
    open_blocks, at, first = [top], 1, 1
    includes: list[Directive] = []
    scripts: list[Directive] = []
    words: list[str] = []
    size = 0
    branches = _Branches(file)
    for token in _TOKEN.finditer(file.text):
        kind, sign = token.lastgroup, token["sign"]
        if kind == "control" or (kind == "word" and token[0].startswith("{{")):
            branches.action(token[0], at)
        elif sign == "}" and open_blocks[-1].name.endswith("%"):
            # A template of Terraform: `%{ if live }`.
            branches.action(" ".join(words), at)
        if sign is None and kind in ("double", "single", "word"):
            first = first if words else at
            words.append(token[kind])
        elif sign is not None:
            block: list[Directive] | None = [] if sign == "{" else None
            if words or sign == "{":
                name, *rest = words or [""]
                directive = Directive(name, tuple(rest), file.line(first if words else at), block)
                if size == MOST_DIRECTIVES:
                    return Configuration(
                        top, tuple(includes), size, directive.line, branches.conditions, tuple(scripts)
                    )
                size += 1
                _inside(open_blocks[-1]).append(directive)
                if name == "include" and rest:
                    includes.append(directive)
                if name.endswith("_by_lua_block"):
                    scripts.append(directive)
                if block is not None and len(open_blocks) < DEEPEST:
                    open_blocks.append(directive)
            if sign == "}" and len(open_blocks) > 1:
                open_blocks.pop()
            words = []
        at += token[0].count("\n")
    branches.end(at)
    return Configuration(top, tuple(includes), size, None, branches.conditions, tuple(scripts))


class _Branches:
    """The lines of a template that it may leave out, by the actions that open and close its blocks."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.conditions: dict[int, str] = {}
        self.begun: list[int] = []

    def action(self, text: str, line: int) -> None:
        """An action on a line."""
        found = _ACTION.match(text)
        word = found["word"] if found else ""
        if found is None:
            return
        if found["ends"] or word in ("else", "elif", "elsif"):
            if self.begun:
                self._close(self.begun.pop(), line)
            if not found["ends"]:
                self.begun.append(line)
        elif len(self.begun) < DEEPEST:
            self.begun.append(line)

    def _close(self, first: int, last: int) -> None:
        why = f"{CONDITION}: {self.file.line(first).text}"
        for number in range(first, last + 1):
            self.conditions.setdefault(self.file.above + number, why)

    def end(self, line: int) -> None:
        """The end of the file, where a block that is open goes on to."""
        for first in self.begun[:1]:
            self._close(first, line)


def _inside(directive: Directive) -> list[Directive]:
    return directive.block if directive.block is not None else []


class Shelf:
    """All configurations, found by what an `include` says.

    Attributes:
        configurations: the files, by their ids.
        room: how many directives more may be included, in all of them together.
        left_out: where something was to be included that had no room.
        conditions: by the files and the numbers of lines that a template may leave out, what decides on them.
        scripts: the directives of which it is not told where they end.

    """

    def __init__(self, configurations: dict[str, Configuration]) -> None:
        self.configurations = configurations
        self.room = MOST_DIRECTIVES
        self.left_out: list[Line] = []
        self.conditions: dict[tuple[str, int], str] = {}
        self.scripts: list[Directive] = []
        for each in configurations.values():
            file = each.top.line.file
            self.conditions |= {(file, number): why for number, why in each.conditions.items()}
            self.scripts += each.scripts
        self._called: dict[str, list[str]] = {}
        for name in configurations:
            for path in {name, _bare(name)}:
                self._called.setdefault(path.rpartition("/")[2], []).append(name)
        self._found: dict[str, list[str]] = {}
        self._patterns = 0

    def fitting(self, wanted: str, near: str) -> list[str]:
        """The files below a folder whose path ends so; a template stands for the file that is made of it."""
        if wanted not in self._found:
            self._found[wanted] = self._fitting(wanted)
        return [name for name in self._found[wanted] if name.startswith(near)]

    def _fitting(self, wanted: str) -> list[str]:
        last = wanted.rpartition("/")[2]
        candidates: Sequence[str] = self._called.get(last, ())
        if set(last) & set("*?["):
            self._patterns += 1
            candidates = tuple(self.configurations) if self._patterns <= MOST_PATTERNS else ()
        fits = re.compile(translate(f"*/{wanted}")).match if candidates else None
        return [name for name in candidates if fits and (fits(f"/{name}") or fits(f"/{_bare(name)}"))]

    def reached(self, file: File) -> set[str]:
        """The files that one includes, and that those include."""
        near = _near(file)
        found = {file.id}
        ahead = [file.id]
        while ahead and len(found) < MOST_INCLUDED:
            for include in self.configurations[ahead.pop()].includes:
                further = [name for name in self.fitting(_wanted(include), near) if name not in found]
                found.update(further)
                ahead += further
        return found - {file.id}

    def take(self, name: str, line: Line) -> Configuration | None:
        """A file to put in the place of a line; None where there is no room for it."""
        configuration = self.configurations[name]
        if self.room < configuration.size:
            self.left_out.append(line)
            return None
        self.room -= configuration.size + 1
        return configuration


class Tree:
    """A configuration with what it includes.

    Attributes:
        file: the one that includes all others.
        shelf: where these are found.
        files: all of them, by their ids.
        misses: whether some are not there, or have no room.
        top: the directives, those that are included in the place of the `include`.

    """

    def __init__(self, file: File, shelf: Shelf) -> None:
        self.file = file
        self.shelf = shelf
        self.files = {file.id}
        self.misses = False
        self.top = self._whole(shelf.configurations[file.id].top, (file.id,), 0, "")

    @property
    def scripts(self) -> Iterator[Directive]:
        """The directives in its files of which it is not told where they end."""
        files = {name.partition("#")[0] for name in self.files}
        return (script for script in self.shelf.scripts if script.line.file in files)

    def condition(self, line: Line) -> str:
        """What decides whether a template has a line; nothing where it always does."""
        return self.shelf.conditions.get((line.file, line.number), "")

    def _whole(self, directive: Directive, way: tuple[str, ...], depth: int, place: str) -> Directive:
        """A block with the files that it includes in their place; `way` leads to it from the top.

        `place` is the kind of block around it, which an included file has not in itself.
        """
        block: list[Directive] = []
        place = directive.name if directive.name in ("http", "server", "location", "stream") else place
        for inner in directive.block or ():
            if inner.name == "include" and inner.words:
                block += self._included(inner, way, depth, place)
            else:
                is_block = inner.block is not None
                block.append(self._whole(inner, way, depth + 1, place) if is_block else inner)
        return replace(directive, block=block)

    def _included(self, include: Directive, way: tuple[str, ...], depth: int, place: str) -> list[Directive]:
        """What a file has that is included; of one that is not there, or that says headers, the directive."""
        wanted = _wanted(include)
        # What includes itself ends there.
        names = [name for name in self.shelf.fitting(wanted, _near(self.file)) if name not in way]
        is_quiet = is_harmless(include, place)
        if not names and not is_quiet:
            self.misses = True
        # `proxy_params` of Debian sets headers, and no timeout.
        is_told = names or (is_quiet and not wanted.endswith("_params"))
        found = [] if is_told else [include]
        for name in names:
            is_too_much = depth > DEEPEST or (name not in self.files and len(self.files) == MOST_INCLUDED)
            configuration = None if is_too_much else self.shelf.take(name, include.line)
            if configuration is None:
                self.misses = True
                break
            self.files.add(name)
            found += self._whole(configuration.top, (*way, name), depth + 1, place).block or ()
        return found


def is_harmless(include: Directive, place: str) -> bool:
    """Whether what is included in a place comes with nginx, or says nothing of where messages go.

    A file that is not here may have any content, whatever it is called: that it is about certificates or logs
    is taken from a name that says nothing else, and not in a location, where nothing of that stands.
    """
    wanted = _wanted(include)
    if any(fnmatchcase(f"/{wanted}", f"*/{shipped}") for shipped in SHIPPED):
        return True
    own = words(wanted.rpartition("/")[2])
    return place != "location" and not own.isdisjoint(QUIET) and own <= QUIET | PLAIN


def _near(file: File) -> str:
    """The folder that holds the one of a file, where what it includes lies."""
    folder = str(PurePosixPath(file.name).parent.parent)
    return "" if folder == "." else f"{folder}/"


def _wanted(include: Directive) -> str:
    """The end of the path of what is included, or of the pattern of it."""
    return "/".join(include.words[0].split("/")[-2:])


def _bare(name: str) -> str:
    """The file that is made of a template; any other itself."""
    return _MADE.sub("", name)
