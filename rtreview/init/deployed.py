"""What the files of a deployment say of a design: each statement names the line that it comes from.

A way of messages is a feature; where there is one, it is the design.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Sequence

from rtreview.evidence import evidence
from rtreview.evidence.deployment import Fact
from rtreview.evidence.evidence import Evidence
from rtreview.evidence.way import KIND, PATH, Way
from rtreview.init.draft import Statement, undecided
from rtreview.init.imported import LAST, LOAD, MISSED, PURPOSE, RESUME, reconnect
from rtreview.language.spec import entry_at
from rtreview.text.place import SpecPath

MOST_NAMED = 4
"""Files that are named in the head."""

OPEN = (
    PURPOSE,
    *LOAD,
    reconnect(("transport",)),
    undecided(("transport", "resume"), RESUME, f"{MISSED}."),
    *LAST,
)
"""Of this no deployment speaks, or not all of them."""


def head(gathered: Evidence) -> str:
    """What the reader of the draft is told first."""
    named = ", ".join(file.name for file in gathered.files[:MOST_NAMED])
    more = len(gathered.files) - MOST_NAMED
    rest = f" and {more} more files" if more > 0 else ""
    return (
        f"Read from {named}{rest} by `rtreview init`. A comment names "
        "the line that a value comes from. What is `Open` the files do not say."
    )


def added(
    statements: Sequence[Statement], ways: Sequence[Way], paths: Sequence[str], folder: str
) -> list[Statement]:
    """Statements of another source with those of the ways; what runs counts more than what is described.

    Args:
        statements: those of the other source, if any.
        ways: the ways of messages.
        paths: where they were found.
        folder: where the draft is to stand.

    """
    names = _names(ways)
    found: list[Statement] = []
    for way, name in zip(ways, names, strict=True):
        at: SpecPath = ("features", name) if len(ways) > 1 else ()
        found += _stated(way, at)
    decided = {statement.at for statement in (*statements, *found) if not statement.is_open}
    rest = [
        statement
        for statement in (*statements, *(() if statements else OPEN))
        if not (statement.is_open and _is_decided(statement.at, decided))
    ]
    return [*rest, *found, *_questions(ways, names, decided), *_deployed_as(ways, names, paths, folder)]


def _deployed_as(
    ways: Sequence[Way], names: Sequence[str], paths: Sequence[str], folder: str
) -> Iterator[Statement]:
    """Where all this stands, so that a review notices when it does not any more."""
    files = {fact.line.file for way in ways for fact in way.all}
    # What links them, such as a Service, lies beside them, and says nothing by itself.
    near = sorted({posixpath.dirname(file) or file for file in files})
    said = {(way.prefix, way.facts) for way in evidence.gather(near).ways}
    chosen = near if said == {(way.prefix, way.facts) for way in ways} else paths
    stated = [
        posixpath.normpath(os.path.relpath(path, folder or ".").replace(os.sep, "/")) for path in chosen
    ]
    yield Statement(("deployed_as", "paths"), stated, "A review compares the design with these.")
    for way, name in zip(ways, names, strict=True):
        if way.prefix.startswith("/"):
            at: SpecPath = ("features", name) if len(ways) > 1 else ()
            yield Statement((*at, "deployed_as", "route"), way.prefix)


def _is_decided(at: SpecPath, decided: set[SpecPath]) -> bool:
    """Whether something is stated there, above it or below it."""
    return any(other[: len(at)] == at or at[: len(other)] == other for other in decided)


def _names(ways: Sequence[Way]) -> list[str]:
    """A name for each way, of its paths or of what runs at its end."""
    names: list[str] = []
    for way in ways:
        words = re.findall(
            r"[a-z0-9]{1,30}", f"{way.prefix} {'' if way.prefix.strip('/ ') else way.called}".lower()
        )
        name = "-".join(words[:4]) or "way"
        names.append(name if name not in names else f"{name}-{len(names) + 1}")
    return names


def _stated(way: Way, at: SpecPath) -> Iterator[Statement]:
    """What the files fix on a way; of several that fix one field the first decides."""
    made = [passage.route for passage in way.passages if passage.route.carries & way.carries]
    if made and len(way.carries) == 1:
        (kind,) = way.carries
        line = made[0].line
        if kind == "websocket" and way.sends_events:
            find_out = "passes the upgrade to a WebSocket on, and what runs there sends events."
            yield undecided((*at, *KIND), "sse", f"{line.file}:{line.number} {find_out}")
        else:
            yield Statement((*at, *KIND), kind, f"From {line.file}:{line.number}.")
    for number, passage in enumerate(way.passages):
        name: SpecPath = (*at, *PATH, number, "name")
        line = passage.line
        yield Statement(name, passage.station.platform, f"From {line.file}:{line.number}.")
    facts: dict[SpecPath, list[Fact]] = {}
    for fact in way.facts:
        facts.setdefault(fact.field, []).append(fact)
    for field, (first, *others) in facts.items():
        comment = f"From {first.line.file}:{first.line.number}, `{first.line.text}`"
        comment += f" ({first.origin})." if first.origin else "."
        for other in others:
            if other.value != first.value:
                comment += f" But {other.line.file}:{other.line.number} says `{other.line.text}`."
        if _is_none_of_a_spec(field, first.value):
            yield undecided((*at, *field), "?", comment)
        else:
            yield Statement((*at, *field), first.value, comment)


def _is_none_of_a_spec(field: SpecPath, value: object) -> bool:
    """Whether it is a 0 where a spec has no room for one, such as a timeout that is over at once."""
    entry = entry_at(field)
    return entry is not None and entry.above_zero and value in (0, "0s", "0B")


def _questions(ways: Sequence[Way], names: Sequence[str], decided: set[SpecPath]) -> Iterator[Statement]:
    """What the files raise and leave open, where a field can hold the answer."""
    for way, name in zip(ways, names, strict=True):
        at: SpecPath = ("features", name) if len(ways) > 1 else ()
        for fact in way.open:
            if len(fact.field) < 4 and (*at, *fact.field) not in decided:
                find_out = f"{fact.decided_by}, at {fact.line.file}:{fact.line.number}, `{fact.line.text}`."
                yield undecided((*at, *fact.field), "?", find_out)
