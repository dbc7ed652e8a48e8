"""Commands that start a server, in a Dockerfile or a Procfile: what their flags fix."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rtreview.evidence.deployment import Fact, File, Line, Station
from rtreview.evidence.literals import amount, count, span
from rtreview.evidence.values import is_template
from rtreview.text.place import SpecPath

MOST_WORDS = 5_000
"""Words of the commands of a file."""


class Flag(NamedTuple):
    """The field that a flag fixes, and how its value is read."""

    field: SpecPath
    read: Callable[[str], Any]


_INTERVAL = Flag(("transport", "heartbeat", "interval"), span)
_TIMEOUT = Flag(("transport", "heartbeat", "timeout"), span)
_PROCESSES = Flag(("topology", "node", "processes"), count)

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
}
"""Flags by the program that has them."""

_NAME = re.compile(
    r"(?:[\w-]{0,40}\.)?Dockerfile(?:\.[\w.-]{1,40})?|Containerfile|Procfile(?:\.[\w-]{1,40})?", re.IGNORECASE
)
_STARTS = re.compile(r"\s{0,20}(?:CMD|ENTRYPOINT)\s{1,20}|web:\s{0,20}", re.IGNORECASE)
_WORD = re.compile(r"""[^\s"'\[\],]{1,200}""")


def takes(file: File) -> bool:
    """Whether it is a file with commands, one of which starts such a server."""
    return _NAME.fullmatch(file.path.name) is not None and any(program in file.text for program in PROGRAMS)


def stations(files: Sequence[File]) -> Iterator[Station]:
    """A process for each file."""
    for file in files:
        found = tuple(facts(_words(file)))
        if found:
            yield Station(found[0].line, inside=file.folder, facts=found)


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
    read = flag.read(value)
    is_put_in = is_template(value) or value.startswith("$")
    why = (
        ""
        if read is not None
        else "it is put in when the program starts"
        if is_put_in
        else f"`{value}` is no such value"
    )
    return Fact(flag.field, read, line, why)


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
            words += [
                (found[0], file.line(number)) for found in _WORD.finditer(text[start.end() if start else 0 :])
            ]
            goes_on = text.rstrip().endswith("\\")
            if start is not None and "ENTRYPOINT" in start[0].upper():
                words.insert(0, (_ENTRY, file.line(number)))
        if len(words) > MOST_WORDS:
            break
    return words[:MOST_WORDS]


_ENTRY = "ENTRYPOINT"


def _is_entry(words: Sequence[tuple[str, Line]]) -> bool:
    return bool(words) and words[0][0] == _ENTRY
