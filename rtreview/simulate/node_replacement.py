"""The nodes are restarted one by one: how often a client is dropped, and how uneven the load becomes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from rtreview import models
from rtreview.language.design import Connection
from rtreview.language.field import NotApplicable
from rtreview.numbers import reconnection
from rtreview.numbers.expression import assumed
from rtreview.quantities.quantity import Count, Duration, Number
from rtreview.simulate.reader import Reader
from rtreview.simulate.scenario import Scenario
from rtreview.simulate.series import Course, Curve, Figure, curve

if TYPE_CHECKING:
    from rtreview.models.rollout import Rollout

DROPS = "clients dropped at least so often"
LAST = "connections of the last node"
FIRST = "connections of the first node"
AFTERWARDS = "connections of each node afterwards"

_RARE = 0.001
"""Share of the clients below which so many drops are not drawn."""

_PLACES = 60
"""Nodes up to which each is drawn; of more, about as many."""


class Replacement(NamedTuple):
    """A rollout, and the age at which every connection is closed and placed again; None: it has none."""

    rollout: Rollout
    age: Duration | None


def node_replacement(reader: Reader, connection: Connection) -> Replacement:
    """The restart of the nodes of a connection.

    Raises:
        Undecided: a field that it needs is not stated.
        NotApplicable: nobody is dropped again and again.

    """
    topology, operations = connection.topology, connection.operations
    reconnection.reconnects(connection)
    how = reader.noted(assumed(operations.rollout, "rolling"))
    if how.has("all-at-once"):
        raise NotApplicable("all nodes restart at once, so every client is dropped once: see restart")
    if how.has("blue-green"):
        raise NotApplicable("every client moves once, from the old nodes to the new ones")
    if topology.routing.has("by-room", "by-user"):
        raise NotApplicable(f"connections go {topology.routing}, not evenly to the nodes that are up")
    nodes, clients = reader.known(topology.nodes), reader.known(connection.workload.connections)
    if nodes.amount < 2:
        raise NotApplicable("there is only one node")
    limit = reader.noted(topology.node.max_connections).content
    age = reader.noted(operations.connection_max_age.value).content
    return Replacement(models.rollout.Rollout(nodes, clients, limit), age)


def _course(replacement: Replacement) -> Course:
    """How often a client is dropped, and what the nodes have."""
    return Course(tuple(_figures(replacement)), tuple(_curves(replacement.rollout)))


def _figures(replacement: Replacement) -> Iterator[Figure]:
    rollout, age = replacement
    nodes = int(rollout.nodes.amount)
    first = rollout.load(1, nodes)
    yield Figure("clients", rollout.connections)
    yield Figure("drops of a client, mean", _short(rollout.mean_drops.amount))
    yield Figure("drops of a client, p95", rollout.drops_of(0.95))
    yield Figure("drops of a client, p99", rollout.drops_of(0.99))
    yield Figure("even share of a node", _whole(rollout.share))
    yield Figure("last node, before its turn", _whole(rollout.load(nodes, nodes - 1)))
    yield Figure("first node, afterwards", _whole(first))
    yield Figure("first node, in even shares", _short(first.amount / rollout.share.amount))
    yield Figure("last node, afterwards", _whole(rollout.load(nodes, nodes)))
    if rollout.limit is not None:
        after = rollout.exceeded_after
        exceeded = "never" if after is None else f"{after} of {nodes} restarts"
        yield Figure("limit of a node exceeded after", exceeded)
        yield Figure("nodes over the limit afterwards", f"{rollout.over_limit} of {nodes}")
    if age is not None:
        yield Figure("the load is even again after", age)


def _short(amount: float) -> Number:
    return Number(float(f"{amount:.3g}"))


def _whole(count: Count) -> Count:
    return Count(round(count.amount))


def _curves(rollout: Rollout) -> Iterator[Curve]:
    nodes = int(rollout.nodes.amount)
    levels = [("limit of a node", rollout.limit), ("even share", rollout.share)]
    times, shares = 1, []
    while (share := rollout.dropped(times).amount) > _RARE:
        shares.append((times - 1, times, share))
        times += 1
    yield curve(DROPS, "%", _stairs(shares), along=("drops", ""))
    restarts = sorted({round(nodes * at / _PLACES) for at in range(_PLACES + 1)} | {1, nodes - 1})
    for name, place in ((LAST, nodes), (FIRST, 1)):
        points = [(float(done), rollout.load(place, done).amount) for done in restarts]
        yield curve(name, "", points, levels, along=("restarts", ""))
    afterwards = [(begin, end, rollout.load(begin + 1, nodes).amount) for begin, end in pairwise(restarts)]
    yield curve(AFTERWARDS, "", _stairs(afterwards), levels, along=("nodes in their order", ""))


def _stairs(steps: list[tuple[int, int, float]]) -> list[tuple[float, float]]:
    return [(float(at), value) for begin, end, value in steps for at in (begin, end)]


SCENARIOS = (
    Scenario(
        name="node-replacement",
        tells="the nodes are restarted one after the other; the clients of each go evenly to those that are "
        "up, and stay there",
        subject="connection",
        curves=(DROPS, LAST, FIRST, AFTERWARDS),
        parameters=node_replacement,
        course=_course,
    ),
)
