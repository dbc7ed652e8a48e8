"""Which ways of a deployment are meant: those that carry a stream, as far as the files tell.

Where they do not tell, what is said of one process would be said of any: then it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from rtreview.evidence.deployment import Line, Station, Task, words
from rtreview.evidence.joining import CLIENT, OF_FOLDERS, SERVERS, is_for_streams, may_serve
from rtreview.evidence.network import MOST_WAYS, found
from rtreview.evidence.readers.programs.endpoints import PATHS
from rtreview.evidence.way import NODES, PROBED, Way, called

NO_STREAM = "nothing says that a stream comes this way"

OF_ANYTHING = OF_FOLDERS | {
    *("server", "servers", "web", "www", "site", "api", "backend", "frontend", "client", "node", "default"),
    *("nginx", "proxy", "gateway", "edge", "container", "svc"),
}
"""Words by which processes of any project are called."""


class SetAside(NamedTuple):
    """An entrance whose ways are not told: the line that publishes it, and why, as a clause."""

    line: Line
    reason: str


class Followed(NamedTuple):
    """The ways that are meant, those of further deployments of the same programs, and entrances set aside."""

    ways: tuple[Way, ...]
    further: tuple[Way, ...]
    set_aside: tuple[SetAside, ...]


def follow(stations: Sequence[Station]) -> Followed:
    """The ways of a deployment that are meant, and those that are set aside.

    Where something says which carry a stream, those alone are meant; else those to the only process that may
    hold one. Where several processes may, none of them is told from the others.
    """
    every, reached = found(stations)
    asked = [way for way in every[:MOST_WAYS] if not way.is_probed]
    open_ = [each for each in map(_before_what_stands_apart, asked) if each is not None]
    meant = _surer([way for way in open_ if way.is_a_stream]) or _able(open_)
    kept = _distinct(_at_their_paths(meant))
    ranked = sorted(kept, key=_rank)
    first = {way.program: way for way in reversed(ranked)}
    told = [
        _of_deployment(way, first[way.program] if way.program else _first_of_its_name(way, ranked))
        for way in kept
    ]
    alike = {(way.hops, way.end): way for way in reversed(kept)}
    aside: dict[Line, str] = {way.line: "" for way in kept}
    # What was dropped last came furthest, and says most.
    for way in meant:
        if way.line not in aside:
            aside[way.line] = f"{_named(alike[way.hops, way.end].line, way.line)} leads the same way"
    for way in asked:
        aside.setdefault(way.line, NO_STREAM)
    for way in every:
        why = PROBED if way.is_probed else f"only the first {MOST_WAYS} ways are followed"
        aside.setdefault(way.line, why)
    for inner, outer in reached:
        if inner.entrance is not None:
            aside.setdefault(inner.entrance, f"{_named(outer, inner.entrance)} leads there")
    return Followed(
        tuple(way for way in told if not way.set_aside),
        tuple(way for way in told if way.set_aside),
        tuple(SetAside(*each) for each in sorted(aside.items()) if each[1]),
    )


def _named(line: Line, other: Line) -> str:
    """The file of a line, with its number where another line of it is spoken of."""
    return f"{line.file}:{line.number}" if line.file == other.file else line.file


def _rank(way: Way) -> tuple[bool, ...]:
    """How a deployment stands to others of the same program: first what is in use and shows the stream."""
    runs = all(fact.value != 0 for fact in way.facts if fact.field == NODES)
    return (
        not way.is_published,
        way.is_for_development,
        way.is_of_one_machine,
        not runs,
        not way.carries,
        not way.looks_like_a_stream,
        not way.passages,
    )


def _of_deployment(way: Way, first: Way) -> Way:
    """A way, set aside where it is of another deployment than the one that a design begins with."""
    if way.process is None or first.process is None:
        return way
    if way.process.deployment == first.process.deployment:
        return way
    other = first.process.line.file
    if way.is_for_development and not first.is_for_development:
        why = f"it is called after the work on the program, which {other} runs too"
    elif way.is_of_one_machine and not first.is_of_one_machine:
        why = f"one machine is taken for the desk of a developer where {other} runs the program too"
    else:
        why = f"{other} runs the program too, and a design begins with that"
    return replace(way, set_aside=why)


def _surer(ways: Sequence[Way]) -> list[Way]:
    """Ways without those that only pass upgrades on, where the same entrance leads to what is surer."""
    sure = [way for way in ways if way.is_called_a_stream or (way.process and is_for_streams(way.process))]
    entrances = {way.line for way in sure}
    return [
        way
        for way in ways
        if way in sure or way.line not in entrances or way.process is None or may_serve(way.process)
    ]


def _at_their_paths(ways: Sequence[Way]) -> list[Way]:
    """Ways without those beside the path of the only library, where the same proxy leads there as well."""
    known = [(way, _path_of_its_library(way)) for way in ways]
    there = {_leading(way) for way, path in known if path and _is_at(way, path)}
    return [way for way, path in known if not path or _is_at(way, path) or _leading(way) not in there]


def _is_at(way: Way, path: str) -> bool:
    """Whether its paths are just those below one; another that begins so is for something else."""
    return way.prefix.removeprefix("^~").strip().rstrip("/") == path


def _path_of_its_library(way: Way) -> str:
    """The path at which its library takes connections where nobody gives it another; empty for others."""
    held = {fact.product for fact in way.facts if fact.field in (*SERVERS, CLIENT)}
    return PATHS.get(held.pop(), "") if len(held) == 1 else ""


def _leading(way: Way) -> object:
    """By which proxies a way leads where."""
    return tuple(id(passage.station) for passage in way.passages), way.lost or way.end


def _first_of_its_name(way: Way, ways: Sequence[Way]) -> Way:
    """Of ways whose program nobody knows, the first to a process of one of the names; else itself."""
    if way.process is None:
        return way
    every = way.process.names | way.process.known_as
    names = {name for name in every if not words(name) <= OF_ANYTHING}

    def is_called_alike(other: Way) -> bool:
        process = other.process
        return process is not None and bool(names & (process.names | process.known_as))

    return next((other for other in ways if other.program is None and is_called_alike(other)), way)


def _before_what_stands_apart(way: Way) -> Way | None:
    """A way without the store or the page at its end; none where its routes are not made for a stream."""
    if way.process is None or way.process.task is not Task.APART:
        return way
    return replace(way, process=None, lost=called(way.process)) if way.carries else None


def _able(ways: Sequence[Way]) -> list[Way]:
    """The ways to processes that may hold a stream, by what is known of them, the surest first."""
    known = [way for way in ways if way.process is not None and may_serve(way.process)]
    built = [way for way in ways if _task(way) is Task.STREAMS]
    meant = [way for way in ways if way.looks_like_a_stream]
    others = [way for way in ways if _task(way) is not Task.REQUESTS]
    able = known or built or _of_the_same(meant, ways) or others or list(ways)
    processes = _apart([way.process for way in able if way.process is not None])
    if len(processes) < 2:
        return able
    among = tuple(processes)
    return [way if way.process is None else replace(way, process=None, candidates=among) for way in able]


def _of_the_same(meant: Sequence[Way], ways: Sequence[Way]) -> list[Way]:
    """Some ways, and those to processes of the same names: other deployments of the same."""
    names = frozenset[str]().union(*(way.process.names for way in meant if way.process is not None))
    return [way for way in ways if way in meant or (way.process is not None and way.process.names & names)]


def _task(way: Way) -> Task | None:
    return way.process.task if way.process is not None else None


def _apart(processes: Sequence[Station]) -> list[Station]:
    """One of the processes of each name: another of that name is the same in another deployment."""
    apart: list[Station] = []
    for process in processes:
        if not any(process is each or process.names & each.names for each in apart):
            apart.append(process)
    return apart


def _distinct(ways: Sequence[Way]) -> list[Way]:
    """Of ways to one process by the same hops those made for a stream, or called so; of alike ones one."""
    made_for_it = {(way.hops, way.end) for way in ways if way.carries}
    called_so = {(way.hops, way.end) for way in ways if way.is_called_a_stream}
    distinct: dict[object, Way] = {}
    for way in ways:
        at = (way.hops, way.end)
        if at in made_for_it and not way.carries:
            continue
        if at in called_so - made_for_it and not way.is_called_a_stream:
            continue
        said = tuple((fact.field, fact.value, fact.decided_by) for fact in way.all)
        # What is wrong at one location is not wrong at another.
        wrong = tuple(fault for passage in way.passages for fault in passage.route.faults)
        key = (way.hops, way.end, said, wrong)
        other = distinct.setdefault(key, way)
        # A path that is called like a stream is that of one; the shorter paths are those of more messages.
        if (other.is_called_a_stream, len(way.prefix)) < (way.is_called_a_stream, len(other.prefix)):
            distinct[key] = way
    return list(distinct.values())
