"""What servers do by themselves that a command starts, by the catalogue, where no flag of it says otherwise.

Of a library that a program calls nothing is said so: what is not there may be set elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from rtreview.evidence.deployment import DEFAULT, Fact, Line
from rtreview.language import catalogue
from rtreview.quantities.quantity import Quantity, notation
from rtreview.text.place import SpecPath

LIBRARY: SpecPath = ("transport", "library")


def usual(name: str, line: Line, unless: str = "") -> Iterator[Fact]:
    """The heartbeats of a server, and how large a message may be that it takes.

    Args:
        name: what the catalogue calls it.
        line: the command that starts it.
        unless: where else they could be set, as a clause.

    """
    platform = catalogue.find(name)
    if platform is None:
        return
    own = platform.defaults.transport
    for field, stated in (
        (("transport", "heartbeat", "interval"), own.heartbeat.interval),
        (("transport", "heartbeat", "timeout"), own.heartbeat.timeout),
        (("backpressure", "inbound", "max_message"), own.max_message),
    ):
        if isinstance(stated.content, Quantity):
            why = f"{DEFAULT}{platform.id}{unless}"
            yield Fact(field, notation(stated.content).replace(" ", ""), line, why)
