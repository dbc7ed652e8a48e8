"""How somebody looks things up and sets them, in the words of the door at which they stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Door:
    """The command line, where nothing else is said."""

    def field(self, name: str) -> str:
        """What tells the meaning of a field, or the fields of a section."""
        return f"rtreview schema {name}"

    def fields(self, below: str = "") -> str:
        """What lists all fields, or all that a section holds."""
        return f"rtreview schema --tree {below}".rstrip()

    def platforms(self) -> str:
        """What lists the platforms of the catalogue."""
        return "rtreview platforms"

    def option(self, name: str) -> str:
        """What somebody gives a value by."""
        return f"--{name}"


_current: ContextVar[Door] = ContextVar("door", default=Door())  # noqa: B039 - a door has no state


def door() -> Door:
    """The door of whoever asked."""
    return _current.get()


@contextmanager
def at(other: Door) -> Iterator[None]:
    """While somebody at another door is answered."""
    before = _current.set(other)
    try:
        yield
    finally:
        _current.reset(before)
