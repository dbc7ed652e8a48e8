"""Which of the ways a route means, as a proxy chooses among its locations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rtreview.evidence.deployment import Rival
from rtreview.evidence.way import Passage, Way

_ENDS = re.compile(r"\\\.\((?:\?:)?([a-z0-9|]{1,300})\)\$$", re.IGNORECASE)
"""The pattern of files whose names end in one of some ways."""

LONGEST = 400
"""Characters of a pattern that are looked at; a longer one may match anything."""

_UNIT = re.compile(r"(?:\\([^a-z0-9])|([^\\^$.|?*+(){}\[\]\0]))([?*{])?|.", re.DOTALL)
"""A sign of a pattern: one that stands for itself, with what makes it optional, or another."""


def meant(ways: Sequence[Way], route: str | None) -> list[Way]:
    """The ways of a route: those whose paths begin it, the longest first of all; all ways without a route.

    A pattern of nginx goes before them where it matches. It is not tried, since a stranger's could take for
    ever: one that may match is one of the ways that are meant.
    """
    if route is None:
        return list(ways)
    path = f"{route.rstrip('/')}/"
    lengths: dict[int, list[Way]] = {}
    for way in ways:
        prefix = way.prefix.removeprefix("=").removeprefix("^~").strip().rstrip("*").rstrip("/")
        if way.prefix == route or path.startswith(f"{prefix}/"):
            lengths.setdefault(len(prefix), []).append(way)
    longest = lengths[max(lengths)] if lengths else []
    if longest and all(way.prefix.startswith(("=", "^~")) for way in longest):
        return longest
    patterns = [way for way in ways if way.prefix.startswith("~") and way not in longest]
    return [*longest, *(way for way in patterns if may_match(way.prefix, path))]


def along(way: Way, route: str | None) -> Way:
    """A way as the messages of a route take it: open where something may take them away from it."""
    path = f"{(route or _plain(way.prefix)).rstrip('/')}/"
    passages = []
    for passage in way.passages:
        station, facts = passage.station, passage.route.facts
        for rival in passage.route.rivals:
            if _takes(rival, path, way.prefix):
                facts = rival.override.over(facts)
                station = replace(station, facts=rival.override.over(station.facts))
        passages.append(Passage(station, passage.route._replace(facts=facts)))
    return replace(way, passages=tuple(passages))


def _plain(prefix: str) -> str:
    """The path that a route begins with; nothing of a pattern."""
    return "" if prefix.startswith("~") else prefix.removeprefix("=").removeprefix("^~").strip()


def _takes(rival: Rival, path: str, own: str) -> bool:
    """Whether a location takes messages of a path, or of some below it, that another one takes else."""
    prefix = rival.prefix
    if prefix.startswith("~"):
        if ends := _ENDS.search(prefix):
            return path.rstrip("/").rpartition(".")[2] in ends[1].split("|")
        return may_match(prefix, path)
    plain = _plain(prefix)
    if prefix.startswith("="):
        return path.rstrip("/") == plain.rstrip("/")
    is_before = rival.is_first or len(plain) > len(_plain(own))
    return not prefix or (is_before and path.lower().startswith(plain.lower()))


def may_match(pattern: str, path: str) -> bool:
    """Whether a pattern such as `~* ^/ws` may match a path or one below it, by the signs that it wants."""
    text = pattern.lstrip("~* ").lower()
    if len(text) > LONGEST:
        return True
    bare = _bare(text)
    if "|" in bare:
        return True
    wanted = [""]
    for found in _UNIT.finditer(bare):
        literal = found[1] or found[2]
        if literal and not found[3]:
            wanted[-1] += literal
        else:
            wanted.append("")
    if bare.startswith("^"):
        head = wanted[1]
        return path.lower().startswith(head) or head.startswith(path.lower())
    return all(each in path.lower() for each in wanted)


def _bare(pattern: str) -> str:
    """A pattern with a zero in place of each of its groups and classes."""
    signs: list[str] = []
    closing = ""
    depth, at = 0, 0
    while at < len(pattern):
        sign = pattern[at : at + 2] if pattern[at] == "\\" else pattern[at]
        at += len(sign)
        if not depth and sign in ("(", "["):
            depth, closing = 1, ")" if sign == "(" else "]"
            signs.append("\0")
        elif depth and sign == closing:
            depth -= 1
        elif depth and sign == "(" and closing == ")":
            depth += 1
        elif not depth:
            signs.append(sign)
    return "".join(signs)
