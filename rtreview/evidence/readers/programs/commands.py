"""Commands that start a server: what their flags fix, and the variables beside them.

They stand in Dockerfiles, Procfiles and the scripts of npm; a service of Compose and a container have theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rtreview.evidence.deployment import Fact, File, Line, Station
from rtreview.evidence.readers.programs.literals import amount, count, span
from rtreview.evidence.values import is_template
from rtreview.text.place import SpecPath

MOST_WORDS = 5_000
"""Words of the commands of a file."""


class Flag(NamedTuple):
    """The field that a flag fixes, and how its value is read."""

    field: SpecPath
    read: Callable[[str], Any]
    meant: Mapping[str, str] = {}
    """Values that mean something else than a number, and why they leave the field open."""


PROCESSES: SpecPath = ("topology", "node", "processes")

_INTERVAL = Flag(("transport", "heartbeat", "interval"), span)
_TIMEOUT = Flag(("transport", "heartbeat", "timeout"), span)
_PROCESSES = Flag(PROCESSES, count)
_INSTANCES = Flag(
    PROCESSES, count, dict.fromkeys(("max", "0", "-1"), "as many as the machine has processors")
)

PROGRAMS: Mapping[str, Mapping[str, Flag]] = {
    # uvicorn.org/settings: seconds and bytes
    "uvicorn": {
        "--ws-ping-interval": _INTERVAL,
        "--ws-ping-timeout": _TIMEOUT,
        "--ws-max-size": Flag(("backpressure", "inbound", "max_message"), amount),
        "--timeout-graceful-shutdown": Flag(("operations", "drain"), span),
        "--workers": _PROCESSES,
    },
    # docs.gunicorn.org/en/stable/settings.html: seconds
    "gunicorn": {
        "--graceful-timeout": Flag(("operations", "drain"), span),
        "--workers": _PROCESSES,
        "-w": _PROCESSES,
    },
    # django/daphne:daphne/cli.py: seconds
    "daphne": {"--ping-interval": _INTERVAL, "--ping-timeout": _TIMEOUT},
    # pgjones.gitlab.io/hypercorn/how_to_guides/configuring.html: seconds and bytes
    "hypercorn": {
        "--websocket-ping-interval": _INTERVAL,
        "--graceful-timeout": Flag(("operations", "drain"), span),
        "--workers": _PROCESSES,
        "-w": _PROCESSES,
    },
    # pm2.keymetrics.io/docs/usage/cluster-mode
    "pm2": {"-i": _INSTANCES, "--instances": _INSTANCES},
    "pm2-runtime": {"-i": _INSTANCES, "--instances": _INSTANCES},
}
"""Flags by the program that has them."""

FIELDS = tuple(dict.fromkeys(flag.field for flags in PROGRAMS.values() for flag in flags.values()))
"""All that flags fix."""

WORKERS = frozenset({"WEB_CONCURRENCY", "UVICORN_WORKERS", "GUNICORN_WORKERS", "WORKERS"})
"""Variables with a number of processes: gunicorn, uvicorn and Puma read the first, images the others."""

READ = "as far as the program reads {}"
"""What else decides where a variable says something."""

_NAME = re.compile(
    r"(?:[\w-]{0,40}\.)?Dockerfile(?:\.[\w.-]{1,40})?|Containerfile|Procfile(?:\.[\w-]{1,40})?", re.IGNORECASE
)
_SCRIPT = re.compile(r"(?:start|serve|prod)(?::[\w:-]{1,40})?")
_ENV = re.compile(r"\s{0,20}ENV\s{1,20}(\S.{0,400})", re.IGNORECASE)
_SET = re.compile(r"""(\w{1,80}+)(?:=|\s{1,9})["']?([^\s"']{0,80})""")
_STARTS = re.compile(r"\s{0,20}(?:CMD|ENTRYPOINT)\s{1,20}|web:\s{0,20}", re.IGNORECASE)
_WORD = re.compile(r"""[^\s"'\[\],]{1,200}""")


def takes(file: File) -> bool:
    """Whether it is a file with commands, one of which starts such a server."""
    if file.path.name == "package.json":
        return "pm2" in file.text
    return _NAME.fullmatch(file.path.name) is not None and any(program in file.text for program in PROGRAMS)


def stations(files: Sequence[File]) -> Iterator[Station]:
    """A process for each file."""
    for file in files:
        found = tuple(_scripts(file) if file.path.suffix == ".json" else _stated(file))
        if found:
            yield Station(found[0].line, inside=file.folder, facts=found)


def _stated(file: File) -> Iterator[Fact]:
    """What the command of a Dockerfile or Procfile fixes, else the variables of its last image."""
    found = list(facts(_words(file)))
    yield from found
    if all(fact.field != PROCESSES for fact in found):
        yield from environment(_variables(file))


def _scripts(file: File) -> Iterator[Fact]:
    """What the scripts of npm fix that start a program; open where they differ."""
    document = file.document
    scripts = document.content.get("scripts") if isinstance(document.content, dict) else None
    stated: dict[SpecPath, Fact] = {}
    for name, text in scripts.items() if isinstance(scripts, dict) else ():
        if isinstance(name, str) and isinstance(text, str) and _SCRIPT.fullmatch(name):
            line = file.line(document.span(("scripts", name), key=True).line)
            for fact in facts(spoken(text, line)):
                other = stated.setdefault(fact.field, fact)
                if other.value != fact.value:
                    stated[fact.field] = other._replace(value=None, decided_by="scripts differ")
    yield from stated.values()


def spoken(text: str, line: Line) -> list[tuple[str, Line]]:
    """The words of a command that stands on one line."""
    return [(found[0], line) for found in _WORD.finditer(text)]


def environment(variables: Iterable[tuple[str, Any, Line]]) -> Iterator[Fact]:
    """The processes that a variable fixes, by names, values and lines."""
    for name, value, line in variables:
        if name in WORKERS and value not in (None, ""):
            fact = _fact(_PROCESSES, str(value), line)
            yield fact if fact.is_open else fact._replace(decided_by=READ.format(name))
            return


def _variables(file: File) -> Iterator[tuple[str, Any, Line]]:
    """The variables that a Dockerfile sets."""
    for number, text in enumerate(file.lines, 1):
        if stated := _ENV.match(text):
            for name, value in _SET.findall(stated[1]):
                yield name, value, file.line(number)


def facts(words: Sequence[tuple[str, Line]]) -> Iterator[Fact]:
    """What the flags of a command fix, by its words, each with its line."""
    flags: Mapping[str, Flag] = {}
    for index, (word, line) in enumerate(words):
        name, equals, value = word.partition("=")
        program = PROGRAMS.get(word.rpartition("/")[2])
        if program is not None and not flags:
            flags = program
        elif name in flags:
            following = words[index + 1][0] if index + 1 < len(words) else ""
            yield _fact(flags[name], value if equals else following, line)


def _fact(flag: Flag, value: str, line: Line) -> Fact:
    stated = flag.read(value)
    is_put_in = is_template(value) or value.startswith("$")
    if value in flag.meant:
        return Fact(flag.field, None, line, flag.meant[value])
    why = (
        ""
        if stated is not None
        else "it is put in when the program starts"
        if is_put_in
        else f"`{value}` is no such value"
    )
    return Fact(flag.field, stated, line, why)


def _words(file: File) -> list[tuple[str, Line]]:
    """The words of the last command of a file; it may go on behind a backslash at the end of a line."""
    words: list[tuple[str, Line]] = []
    goes_on = False
    for number, text in enumerate(file.lines, 1):
        start = _STARTS.match(text)
        if start is not None and not goes_on:
            # An entry point and its arguments are one command; a later one takes its place.
            words = [] if text.lstrip()[:3].upper() != "CMD" or not _is_entry(words) else words
        if start is not None or goes_on:
            words += spoken(text[start.end() if start else 0 :], file.line(number))
            goes_on = text.rstrip().endswith("\\")
            if start is not None and "ENTRYPOINT" in start[0].upper():
                words.insert(0, (_ENTRY, file.line(number)))
        if len(words) > MOST_WORDS:
            break
    return words[:MOST_WORDS]


_ENTRY = "ENTRYPOINT"


def _is_entry(words: Sequence[tuple[str, Line]]) -> bool:
    return bool(words) and words[0][0] == _ENTRY
