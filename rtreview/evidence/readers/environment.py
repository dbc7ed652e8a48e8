"""The environment of a process: the addresses in it are of what it calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rtreview.evidence.deployment import UPGRADED, Line, Route
from rtreview.evidence.values import address


def calls(values: Iterable[tuple[str, Line]]) -> Iterator[Route]:
    """A route to each address among some values; one of a WebSocket is made for it."""
    for value, line in values:
        name, path = address(value)
        if name:
            is_upgraded = value.lstrip().startswith("ws")
            yield Route(path, line, targets=(name,), carries=UPGRADED if is_upgraded else frozenset())
