"""What a deployment is made of: facts with their lines, and the stations that messages pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from enum import Enum
from functools import cached_property, lru_cache
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from rtreview.evidence.values import is_template
from rtreview.quantities.unchanging import unchanging
from rtreview.text.document import Document, read
from rtreview.text.place import SpecPath

DEFAULT = "default of "
"""How it begins what decides where nothing is written."""

UNLESS = "unless "
"""How it goes on where something that is not there may say otherwise."""

CONDITION = "a condition decides"
"""How it begins where a template decides."""

HELD = "which holds by values.yaml"
"""How it ends where the values of a chart fulfil that condition."""

OVERRULED = "may set something else"
"""How it ends where something that is not evaluated stands beside what is written."""

STREAMS = frozenset({"sse", "http-stream"})
"""The kinds of transport whose response goes on, so that buffering holds it back."""

HERE = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", "host.docker.internal", "unix"})
"""What leads to another program of the same machine."""

ANSWERS = STREAMS | {"long-polling"}
"""Those that stay a response, however long it takes."""

UPGRADED = frozenset({"websocket"})
"""What becomes a connection of its own by an upgrade."""

DEVELOPMENT = frozenset({"dev", "devel", "development", "local", "debug", "devcontainer", "tilt"})
"""Words by which files are called with which people run a program while they write it."""

LONGEST_LINE = 400
"""Characters of a line that are kept."""


_WORD = re.compile(r"[a-z0-9]++")


def folder_path(path: str) -> str:
    """A folder as the paths of a station have it: with a `/` at its end; `/` alone for the top."""
    return "/" if path in ("", ".") else f"{path}/"


def together(*reasons: str) -> str:
    """What decides by several reasons, each once."""
    return "; ".join(dict.fromkeys(filter(None, reasons)))


@lru_cache(maxsize=10_000)
def words(name: str) -> frozenset[str]:
    """The words of a name in small letters, however they are joined."""
    return frozenset(_WORD.findall(name.lower()))


def is_for_development(name: str) -> bool:
    """Whether a file is called after the work on a program: `compose.dev.yaml`, `local/values.yaml`."""
    return not DEVELOPMENT.isdisjoint(words(name))


@unchanging(slots=False)
class File:
    """A text of the deployment: a file, or one that another file holds, such as an entry of a ConfigMap.

    Attributes:
        name: the path of the file, with `/`, as it is shown.
        lines: its lines, without their ends.
        above: how many lines of the file stand above these, where they are a part of it.
        inner: what the part is called in its file, `nginx.conf`; empty for a whole file.
        refused: what of it was too much, once it was read.

    """

    name: str
    lines: tuple[str, ...]
    above: int = 0
    inner: str = ""
    refused: list[Unreadable] = field(default_factory=list, compare=False, repr=False)

    @cached_property
    def path(self) -> PurePosixPath:
        """Its name; that of a part is the one it has where it is mounted."""
        return PurePosixPath(self.inner or self.name)

    @property
    def folder(self) -> str:
        """The folder that it lies in, as the paths of a station have it."""
        return folder_path(PurePosixPath(self.name).parent.as_posix())

    @property
    def id(self) -> str:
        """What tells it from all others: its name, and that of the part."""
        return f"{self.name}#{self.inner}" if self.inner else self.name

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)

    @property
    def documents(self) -> list[Document]:
        """What it holds as YAML or JSON; at least an empty document."""
        return self.read(self.text)

    @property
    def document(self) -> Document:
        """The first of its documents."""
        return self.documents[0]

    def read(self, text: str) -> list[Document]:
        """The documents of a text that stands for this one, line by line."""
        found = _documents(text)
        self.refused[:] = [each for document in found for each in self.amiss(document)]
        return found

    def amiss(self, document: Document) -> Iterator[Unreadable]:
        """What of one of its documents is too much, and keys that are written twice: the last counts.

        In a template it may be decided which of them is there.
        """
        for problem in document.problems:
            if problem.is_bound:
                yield Unreadable(self.line(problem.span.line), problem.message)
            elif problem.is_repeated and not is_template(self.text):
                key, first = problem.path[-1], self.above + problem.related[0][0].line
                why = f"`{key}` stands at line {first} already: the last one counts"
                yield Unreadable(self.line(problem.span.line), f"{why}, and some programs refuse it")

    def line(self, number: int) -> Line:
        """A line by its number in this text, from 1; the beginning of one that nobody reads to its end."""
        text = self.lines[number - 1] if 0 < number <= len(self.lines) else ""
        return Line(self.name, self.above + number, text[:LONGEST_LINE].strip())


@lru_cache(maxsize=1)
def _documents(text: str) -> list[Document]:
    """Those of a text, of which several readers ask one after the other."""
    return read(text.encode("utf-8", "replace"), last_counts=True)


class Line(NamedTuple):
    """A line of a file, which says something."""

    file: str
    number: int
    text: str


class Unreadable(NamedTuple):
    """A part of a file that its reader took and could not read: where, and why."""

    line: Line
    reason: str


class Fact(NamedTuple):
    """What a file fixes for a field of a design, or leaves open.

    Attributes:
        field: the field, as a spec has it: of a hop its own (`("idle_timeout",)`), of a process from the
            top (`("operations", "termination_grace")`).
        value: what a spec would state; None where the file does not fix it.
        line: the line that fixes it; where an absence does, the line of the block that lacks it.
        decided_by: what else decides than the literal that stands there, such as `default of nginx`; where
            the value is None, why it cannot be told.
        kinds: the kinds of transport that it holds for; empty where it holds for all.
        remark: what the literal is, or where it is used; it takes nothing from it.
        otherwise: what holds instead where it is deployed with another file, such as other values of a chart.

    """

    field: SpecPath
    value: Any
    line: Line
    decided_by: str = ""
    kinds: frozenset[str] = frozenset()
    remark: str = ""
    otherwise: tuple[Fact, ...] = ()

    @property
    def product(self) -> str:
        """The library or service that it names, without a version."""
        return str(self.value).partition("@")[0]

    @property
    def origin(self) -> str:
        """All that is said beside the value: what it is, and what else decides."""
        return "; ".join(filter(None, (self.remark, self.decided_by)))

    @property
    def is_default(self) -> bool:
        """Whether nothing is written, so that what applies is what a platform does by itself."""
        return self.decided_by.startswith(DEFAULT)

    @property
    def is_sure(self) -> bool:
        """Whether a literal fixes it, and nothing else decides."""
        return not self.is_open and not self.decided_by

    @property
    def is_certain(self) -> bool:
        """Whether nothing that is not seen may say otherwise, be it a literal, a count or a default."""
        return not self.is_open and UNLESS not in self.decided_by and CONDITION not in self.decided_by

    @property
    def is_conditional(self) -> bool:
        """Whether it is there only under a condition of which the files do not tell that it holds."""
        return any(CONDITION in each and not each.endswith(HELD) for each in self.decided_by.split("; "))

    @property
    def is_open(self) -> bool:
        """Whether the file leaves the field open, so that somebody has to be asked."""
        return self.value is None

    def under(self, condition: str) -> Fact:
        """The same, as something else decides on it too; what is open stays as it is."""
        return self if self.is_open else self._replace(decided_by=together(self.decided_by, condition))

    @property
    def is_overruled(self) -> bool:
        """Whether it is open since something beside it may set something else."""
        return self.is_open and self.decided_by.endswith(OVERRULED)


class Override(NamedTuple):
    """What may set something else than what stands beside it, and is not evaluated.

    Attributes:
        line: where it stands.
        what: what it is, as a sentence begins: `the patch`.
        fields: what it may set; empty where that may be anything.
        files: the files whose lines it overrules, where it is not known whom it meets.

    """

    line: Line
    what: str
    fields: frozenset[SpecPath] = frozenset()
    files: frozenset[str] = frozenset()

    @property
    def why(self) -> str:
        """Why a fact is open that it may overrule."""
        return f"{self.what} at {self.line.file}:{self.line.number} {OVERRULED}"

    def over(self, facts: Iterable[Fact]) -> tuple[Fact, ...]:
        """Facts, each open where this may set something else."""
        return tuple(
            fact._replace(value=None, decided_by=self.why, remark="", otherwise=())
            if not fact.is_open
            and (not self.fields or fact.field in self.fields)
            and (not self.files or fact.line.file in self.files)
            else fact
            for fact in facts
        )


class Fault(NamedTuple):
    """A line of a deployment that does something else than it says, whatever a design states.

    Attributes:
        rule: the id of its section in the references, which has its severity and its title.
        field: what of a design it is about, as a fact has it.
        line: the line that has to change.
        message: what is wrong there, in sentences.
        case: the case of the section that tells how severe it is; empty for the ordinary one.
        least_nodes: how many nodes there have to be for it to be wrong.

    """

    rule: str
    field: SpecPath
    line: Line
    message: str
    case: str = ""
    least_nodes: int = 1


class Rival(NamedTuple):
    """What may take messages away from a route.

    Attributes:
        prefix: the paths that it takes, as the prefix of a route has them.
        override: what it is.
        is_first: whether it takes them although the route has more of the path.

    """

    prefix: str
    override: Override
    is_first: bool = False


class Route(NamedTuple):
    """What a station does with the messages of some paths.

    Attributes:
        prefix: the paths that it takes; empty for all.
        line: where it is declared.
        facts: what holds for these messages.
        targets: the names of the stations that they go on to; a name that is computed stands as it is
            written, and leads nowhere.
        carries: the kinds of transport that it is made for, as far as it says: `websocket`, `sse`.
        faults: what is wrong with it by itself.
        rivals: what may take some of its messages away.
        strangers: what may set something else where none of its targets is found here, so that it may be the
            same machine once more.
        ports: those at which its targets take messages, as far as they stand there.

    """

    prefix: str
    line: Line
    facts: tuple[Fact, ...] = ()
    targets: tuple[str, ...] = ()
    carries: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()
    rivals: tuple[Rival, ...] = ()
    strangers: tuple[Override, ...] = ()
    ports: frozenset[str] = frozenset()

    def overruled(self, overrides: Iterable[Override]) -> Route:
        """The same, with all facts open that one of these may set otherwise."""
        facts = self.facts
        for each in overrides:
            facts = each.over(facts)
        return self._replace(facts=facts)


class Task(Enum):
    """What a process is there for, as far as its image or the command that starts it says."""

    OPEN = "a command starts it that says nothing of that"
    STREAMS = "it holds connections that stay open"
    REQUESTS = "it answers requests one by one, or works off jobs"
    APART = "it keeps data, serves files or looks after the others, so that no message ends there"


@unchanging(slots=False)
class Station:
    """What messages pass on their way, a proxy or a balancer, or where it ends: a process.

    Readers see a station from one side each: a container, its configuration, its program. Stations that
    share a path are one.

    Attributes:
        line: where it is declared.
        platform: its name in the catalogue, where it is a hop; empty for a process.
        names: what other stations call it.
        paths: the files that configure it, by their ids, and the folder that its program is built from, with
            a `/` at its end.
        inside: the folder of a source file, which is a part of the program whose folder is nearest above;
            empty for all else.
        routes: where messages go on to; a process has none.
        facts: what holds for all that it does.
        entrance: the line that publishes it to those outside; None where nothing does.
        selected_by: the lines of what leads to it by choosing it, as a Service of Kubernetes does.
        format: what describes it: `Kubernetes`, `compose`, `Render`; its reader is called so.
        is_of_one_machine: whether it is described as a part of one machine, as on a developer's desk.
        task: what it is there for; None where nothing says so.
        known_as: what it is called by those who deploy it, beside its names: its workload, its image.
        images: those that it runs, with their registries and without their versions.
        stands_alone: whether its file is a deployment by itself, beside others in its folder.
        calls: the addresses that its environment has, each a route to what stands there.
        passes_on: whether its program passes on what it is asked, as a gateway of the team's own does.
        holds: the configurations of a proxy that runs in the same container, by their files.
        faults: what is wrong with it by itself.
        doubts: what may have it do something else than the files say that configure it.
        usual: the server that its command starts, which is its library where the program leaves that open,
            and what that does by itself where none of its facts says something of it.

        environment: the names and values of its environment that stand here; a name that is empty stands for
            what a file sets that is not read.
        ports: those of its machine at which it takes messages.

    """

    line: Line
    platform: str = ""
    names: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    inside: str = ""
    routes: tuple[Route, ...] = ()
    facts: tuple[Fact, ...] = ()
    entrance: Line | None = None
    selected_by: frozenset[Line] = frozenset()
    format: str = ""
    is_of_one_machine: bool = False
    task: Task | None = None
    known_as: frozenset[str] = frozenset()
    images: frozenset[str] = frozenset()
    stands_alone: bool = False
    calls: tuple[Route, ...] = ()
    passes_on: bool = False
    holds: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()
    doubts: tuple[Override, ...] = ()
    usual: tuple[Fact, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    ports: frozenset[str] = frozenset()

    @property
    def is_a_proxy(self) -> bool:
        """Whether its image is made elsewhere, and called a proxy."""
        return self.passes_on and any("proxy" in words(name) for name in self.known_as)

    def overruled(self, overrides: Iterable[Override]) -> Station:
        """The same, with all facts open of it and its routes that one of these may set otherwise."""
        found = self
        files = {fact.line.file for fact in self.facts}
        for route in self.routes:
            files |= {route.line.file, *(fact.line.file for fact in route.facts)}
        for each in overrides:
            if each.files and each.files.isdisjoint(files):
                continue
            # Where it is not sure what is there, nothing is wrong.
            routes = tuple(
                route._replace(
                    facts=each.over(route.facts),
                    faults=route.faults if each.files and route.line.file not in each.files else (),
                )
                for route in found.routes
            )
            found = replace(found, facts=each.over(found.facts), usual=each.over(found.usual), routes=routes)
        return found

    def under(self, condition: str) -> Station:
        """The same, where something else decides whether it is there."""
        return self.with_each(lambda fact: fact.under(condition))

    def with_each(self, change: Callable[[Fact], Fact]) -> Station:
        """The same, with each fact of it and of its routes changed alike."""
        routes = tuple(route._replace(facts=tuple(map(change, route.facts))) for route in self.routes)
        return replace(self, facts=tuple(map(change, self.facts)), routes=routes)

    @property
    def deployment(self) -> tuple[str, str]:
        """What tells its deployment from others of the same programs: the format, and its folder or file."""
        file = self.line.file
        return self.format, file if self.stands_alone else str(PurePosixPath(file).parent)

    @property
    def is_for_development(self) -> bool:
        """Whether its file is called so that those who write the program run it there."""
        return is_for_development(self.line.file)
