"""Commands that start a server: what their flags fix, and the variables beside them.

They stand in Dockerfiles, Procfiles, the scripts of npm and those of a shell; a service of Compose and a
container have theirs. Some programs tell what a process is there for, whatever their flags.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import dropwhile
from typing import Any, NamedTuple

from rtreview.evidence.deployment import UNLESS, Fact, File, Line, Station, Task
from rtreview.evidence.readers.programs.literals import amount, count, span
from rtreview.evidence.readers.programs.usual import LIBRARY, usual
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

TASKS = {
    **dict.fromkeys(("daphne", "uvicorn", "hypercorn"), Task.STREAMS),
    **dict.fromkeys(
        ("celery", "flower", "rq", "rqworker", "dramatiq", "huey_consumer", "arq", "sidekiq"), Task.REQUESTS
    ),
}
"""What programs are there for: servers of ASGI, and workers."""

OF_FILES = frozenset({"nginx", "serve", "http-server"})
"""What serves files, where it is all that a command starts."""

STREAMING = re.compile(r"(?:-k|--worker-class)[= ]\S{0,60}(?:uvicorn|eventlet|gevent|aiohttp|tornado)")
"""Workers of gunicorn that hold connections (docs.gunicorn.org/en/stable/design.html); its own holds none."""

SHELLS = frozenset({"sh", "bash", "ash", "exec", "npx", "-c", "--", "tini", "dumb-init"})
"""What only starts what follows."""

FIELDS = tuple(dict.fromkeys(flag.field for flags in PROGRAMS.values() for flag in flags.values()))
"""All that flags fix."""

PINGING = frozenset({"uvicorn", "daphne"})
"""Servers of ASGI that ping by themselves (uvicorn.org/settings, django/daphne:daphne/cli.py)."""

OF_PLACES = frozenset({"--host", "--port", "-p", "-b", "--workers", "--log-level"})
"""Flags whose values are put in as a rule, and say nothing else."""

WORKERS = frozenset({"WEB_CONCURRENCY", "UVICORN_WORKERS", "GUNICORN_WORKERS", "WORKERS"})
"""Variables with a number of processes: gunicorn, uvicorn and Puma read the first, images the others."""

READ = "as far as the program reads {}"
"""What else decides where a variable says something."""

_NAME = re.compile(
    r"(?:[\w-]{0,40}\.)?Dockerfile(?:\.[\w.-]{1,40})?|Containerfile|Procfile(?:\.[\w-]{1,40})?", re.IGNORECASE
)
_SCRIPT = re.compile(r"(?:start|serve|prod)(?::[\w:-]{1,40})?")
_ENV = re.compile(r"\s{0,20}ENV\s{1,20}(\S.{0,400})", re.IGNORECASE)
_WSGI = re.compile(r"[\w.]{0,80}wsgi(?::\w{1,40})?")
_SHELL = re.compile(r"[\w.-]{1,80}\.sh")
_SET = re.compile(r"""(\w{1,80}+)(?:=|\s{1,9})["']?([^\s"']{0,80})""")
_STARTS = re.compile(r"\s{0,20}(?:CMD|ENTRYPOINT)\s{1,20}|web:\s{0,20}", re.IGNORECASE)
_WORD = re.compile(r"""[^\s"'\[\],]{1,200}""")


def takes(file: File) -> bool:
    """Whether it is a file with commands, one of which starts such a server."""
    if file.path.name == "package.json":
        return "pm2" in file.text
    if not (_NAME.fullmatch(file.path.name) or _SHELL.fullmatch(file.path.name)):
        return False
    text = file.text
    return any(program in text for program in (*PROGRAMS, *TASKS, *OF_FILES))


def stations(files: Sequence[File]) -> Iterator[Station]:
    """A process for each file; that of a script for the shell is the one that runs it."""
    for file in files:
        if _SHELL.fullmatch(file.path.name):
            if task := _of_script(file):
                yield Station(file.line(1), paths=frozenset({script(file.path.name)}), task=task)
            continue
        found = tuple(_scripts(file) if file.path.suffix == ".json" else _stated(file))
        # Of several Dockerfiles in a folder, the one without a word of its own is that of the program.
        spoken_ = _words(file) if file.path.name == "Dockerfile" else []
        task = task_of([word for word, _ in spoken_ if word != _ENTRY])
        server = served(spoken_ or (() if file.path.suffix == ".json" else _words(file)))
        if any(name.startswith("UVICORN_") for name, _, _ in _variables(file)):
            server = server[:1]
        if found or server or task not in (None, Task.OPEN):
            line = (*found, *server)[0].line if found or server else spoken_[-1][1]
            yield Station(line, inside=file.folder, facts=found, task=task, usual=server)


def script(name: str) -> str:
    """A script as the paths of a station have it: wherever it lies, it is known by its name."""
    return f"*/{name}"


def scripts(words: Iterable[str]) -> frozenset[str]:
    """The scripts that a command runs, as the paths of a station have them."""
    names = (word.rpartition("/")[2] for word in words)
    return frozenset(script(name) for name in names if _SHELL.fullmatch(name))


def task_of(words: Sequence[str]) -> Task | None:
    """What a process is there for that a command starts; None without a command."""
    names = [word.rpartition("/")[2] for word in words]
    found = {TASKS[name] for name in names if name in TASKS}
    if "gunicorn" in names:
        found.add(_of_gunicorn(words[names.index("gunicorn") + 1 :]))
    for task in (Task.STREAMS, Task.OPEN, Task.REQUESTS):
        if task in found:
            return task
    begun = list(dropwhile(SHELLS.__contains__, names))
    # A word alone may be an argument of what the image starts.
    return Task.APART if len(begun) > 1 and begun[0] in OF_FILES else Task.OPEN if words else None


def _of_gunicorn(arguments: Sequence[str]) -> Task:
    """By the class of its workers, else by the application that it is given."""
    if STREAMING.search(" ".join(arguments)):
        return Task.STREAMS
    return Task.REQUESTS if any(_WSGI.fullmatch(word) for word in arguments) else Task.OPEN


def _of_script(file: File) -> Task | None:
    """What one of its commands tells: it may start several programs, and files are served beside them."""
    lines = (text for text in file.lines if not text.lstrip().startswith("#"))
    tasks = {task_of(words(text)) for text in lines}
    return next((task for task in (Task.STREAMS, Task.REQUESTS) if task in tasks), None)


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


def words(text: str) -> list[str]:
    """The words of a command."""
    return _WORD.findall(text)


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
        for name, value in set_by(text):
            yield name, value, file.line(number)


def set_by(text: str, *, goes_on: bool = False) -> list[tuple[str, str]]:
    """The variables that a line of a Dockerfile sets, or one that goes on with such a line."""
    stated = _ENV.match(f"ENV {text}" if goes_on else text)
    return _SET.findall(stated[1]) if stated else []


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


def served(words: Sequence[tuple[str, Line]]) -> tuple[Fact, ...]:
    """The server of ASGI that a command starts, and what it does by itself; nothing where others decide.

    What it is told with flags is none of that: `facts` has it.
    """
    for index, (word, line) in enumerate(words):
        name = word.rpartition("/")[2]
        if name in PINGING:
            arguments = [each for each, _ in words[index + 1 :]]
            before = [each for each, _ in words[index:]]
            # Another implementation of the protocol has no pings, and what is put in may say anything.
            if any(
                each == "--ws" or each.startswith("--ws=") or ("$" in each and flag not in OF_PLACES)
                for flag, each in zip(before, arguments, strict=False)
            ):
                return (Fact(LIBRARY, name, line),)
            unless = f", {UNLESS}its environment says otherwise" if name == "uvicorn" else ""
            return (Fact(LIBRARY, name, line), *usual(name, line, unless))
    return ()


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
