"""A proxy that messages pass once more: an address that leads to one of its own servers.

A local address at a port where the same proxy listens is one for sure. Any other host may be one by its name,
or by an address that is put in later. Then what the server there sets otherwise is open, unless a file says
whose name that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rtreview.evidence.deployment import Fact, Line, Override, Route
from rtreview.text.place import SpecPath

WHAT = "the server that the messages pass once more"
MAYBE = "the server that the messages may pass once more"

ANY = ""
"""The port of what may be any."""

MOST_PLACES, MOST_VALUES, MOST_ADDRESSES = 8, 100, 50
"""Doubts of a route, values of a field, and addresses of a route that are looked at."""

_LOCAL = re.compile(r"localhost|127(?:\.[0-9]{1,3}){1,3}|\[?::1?\]?|0\.0\.0\.0|\*?", re.IGNORECASE)
_ADDRESS = re.compile(r"(?P<host>\[[^\]]{0,100}\]|[^:\[\]/]{0,200})(?::(?P<port>[^/:]{1,100}))?(?:/.*)?")
_PUT_IN = re.compile(r"[${%]")


class Address(NamedTuple):
    """Where messages are sent.

    Attributes:
        port: the port, or the path of a socket; empty where it is put in later.
        is_here: whether it is this machine.
        is_fixed: whether it stands there as it is used.

    """

    port: str
    is_here: bool
    is_fixed: bool


def address(text: str, usual: str = "80") -> Address:
    """Where a text leads; `usual` is the port that it lacks."""
    if text.startswith(("unix:", "/", "unix@", "abns@")):
        return Address(text.removeprefix("unix:"), is_here=True, is_fixed=True)
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return Address(ANY, is_here=False, is_fixed=False)
    host, port = found["host"], found["port"] or usual
    return Address(
        ANY if _PUT_IN.search(port) or (_PUT_IN.search(host) and not found["port"]) else port,
        is_here=_LOCAL.fullmatch(host) is not None,
        is_fixed=_PUT_IN.search(text) is None,
    )


def addresses(texts: Sequence[str], usual: str = "80") -> tuple[Address, ...]:
    """Where several texts lead; of very many, the rest may lead anywhere."""
    found = dict.fromkeys(address(text, usual) for text in texts[:MOST_ADDRESSES])
    rest = (Address(ANY, is_here=False, is_fixed=False),) if len(texts) > MOST_ADDRESSES else ()
    return (*found, *rest)


def ports(addresses: Sequence[Address]) -> frozenset[str]:
    """The ports of addresses that stand there as they are used."""
    return frozenset(each.port for each in addresses if each.is_fixed and each.port.isdecimal())


class Listeners:
    """The servers of a proxy that pass messages on, by the ports that they listen at."""

    def __init__(self) -> None:
        self.lines: dict[str, list[Line]] = {}
        self.values: dict[str, dict[SpecPath, dict[str, list[Line]]]] = {}

    def add(self, port: str, line: Line, facts: Iterable[Fact]) -> None:
        """A server, with what it fixes."""
        for each in {port, ANY}:
            _keep(self.lines.setdefault(each, []), line)
            for fact in facts:
                _keep(
                    self.values.setdefault(each, {}).setdefault(fact.field, {}).setdefault(_said(fact), []),
                    line,
                )

    def passed(self, route: Route, addresses: Iterable[Address], own: Line | None = None) -> Route:
        """A route, with what is open in it since its addresses lead to one of these, or may do so.

        Args:
            route: the route.
            addresses: where it leads.
            own: its server, where messages that came to that again would go round for ever.

        """
        for each in addresses:
            here = (line for line in self.lines.get(each.port, ()) if line != own)
            if each.is_here and each.is_fixed and (line := next(here, None)):
                return route.overruled([Override(line, WHAT)])
            maybe = list(self._otherwise(each.port, route.facts, own))
            if each.is_fixed:
                route = route._replace(strangers=(*route.strangers, *maybe)[:MOST_PLACES])
            else:
                route = route.overruled(maybe)
        return route

    def _otherwise(self, port: str, facts: Iterable[Fact], own: Line | None) -> Iterator[Override]:
        """What the servers at a port set otherwise."""
        stated: dict[SpecPath, set[str]] = {}
        for fact in facts:
            stated.setdefault(fact.field, set()).add(_said(fact))
        for field, known in stated.items():
            values = self.values.get(port, {}).get(field, {})
            for count, (value, lines) in enumerate(values.items()):
                line = next((line for line in lines if line != own), None)
                # Of very many each is likely to be another.
                if count == MOST_VALUES or (line is not None and value not in known):
                    yield Override(line or lines[0], MAYBE, frozenset({field}))
                    break


def _said(fact: Fact) -> str:
    """What a fact says of its field."""
    return f"{fact.value} {sorted(fact.kinds)}"


def _keep(lines: list[Line], line: Line) -> None:
    """A line with those that are kept: of several, two tell that there is another one."""
    if len(lines) < 2 and line not in lines:
        lines.append(line)
