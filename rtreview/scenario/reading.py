"""A scenario by its name, read from what it is about."""

from __future__ import annotations

from typing import Any, NamedTuple

from rtreview.design import Connection, Feature
from rtreview.field import Field
from rtreview.models.blip import Blip
from rtreview.models.growth import Growth
from rtreview.models.reconnection import Scenario
from rtreview.models.slow_client import SlowClient
from rtreview.scenario import Name
from rtreview.scenario.blip import blip
from rtreview.scenario.growth import growth
from rtreview.scenario.reader import Reader
from rtreview.scenario.slow_client import slow_client
from rtreview.scenario.storm import storm

Model = Scenario | SlowClient | Blip | Growth
"""The parameters of a scenario; each has its functions in `models`."""


class Reading(NamedTuple):
    """A scenario, the fields that it is made of, and what could not be read for it."""

    model: Model
    used: tuple[Field[Any], ...]
    without: tuple[str, ...]


def read(name: Name, connection: Connection, feature: Feature) -> Reading:
    """A scenario of a connection, or of a feature on it, whichever it is about.

    Raises:
        Undecided: a field that it needs is not stated.
        NotApplicable: there is none: nothing to lose, or nobody who returns.

    """
    reader = Reader()
    model: Model
    if name == "slow-client":
        model = slow_client(reader, feature)
    elif name == "blip":
        model = blip(reader, feature)
    elif name == "growth":
        model = growth(reader, feature)
    else:
        model = storm(reader, name, connection)
    used = {one.at: one for one in reader.used}
    return Reading(model, tuple(used.values()), tuple(reader.without))
