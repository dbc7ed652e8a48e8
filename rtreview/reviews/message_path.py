"""The way of a message, from the client to the backplane, and what stands behind it: a picture shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rtreview.language import catalogue
from rtreview.language.design import Connection, Design
from rtreview.language.field import Field
from rtreview.language.sections.transport import Hop
from rtreview.numbers.reconnection import connections_per_node
from rtreview.quantities.quantity import Count
from rtreview.reviews.report import Route, Stop
from rtreview.rulebook.finding import Finding
from rtreview.text.place import SpecPath

MOST_DEPENDENCIES = 5
"""Dependencies that a picture names."""

SENDING = ("client-to-server", "bidirectional")
"""The directions in which clients send."""


def routes(design: Design) -> tuple[Route, ...]:
    """One for each connection, with the features that travel on it."""
    return tuple(
        Route(
            tuple(feature.name for feature in connection.features if feature.name is not None),
            tuple(_stops(connection)),
            (*_subscribers(connection), *_dependencies(connection)),
        )
        for connection in design.connections
    )


def _stops(connection: Connection) -> Iterator[Stop]:
    transport, topology = connection.transport, connection.topology
    features = connection.features
    yield Stop(
        "client",
        str(connection.workload.clients) if connection.workload.clients.content else "clients",
        _facts(("", transport.kind), ("peak", connection.workload.connections)),
        tuple(
            dict.fromkeys(
                [transport.at]
                + [section.at for feature in features for section in (feature.workload, feature.sync)]
            )
        ),
    )
    beat = transport.heartbeat.interval
    for number, hop in enumerate(transport.path):
        facts = _facts(
            ("idle", hop.idle_timeout), ("lifetime", hop.max_lifetime), ("message", hop.max_message)
        )
        called = str(hop.name) if hop.name.content else "hop"
        is_first = number == 0 and beat.content
        arriving = ("heartbeat", str(beat)) if is_first else ()
        if is_broker := _is_broker(hop):
            facts = ("broker", *facts)
        yield Stop("hop", called, facts, (hop.at,), arriving, is_broker=is_broker)
    node, each = topology.node, connections_per_node(connection).content
    count = (
        f"{topology.nodes} node{'' if topology.nodes.has(Count(1)) else 's'}"
        if topology.nodes.content
        else ""
    )
    called = count or "nodes"
    facts = _facts(("accept", node.accept_rate), ("memory", node.memory), ("egress", node.egress))
    if is_broker := _ends_at_a_broker(connection):
        called = str(transport.service) if transport.service.content else "broker"
        kind = "broker" if transport.service.content else ""
        facts = (*filter(None, (kind, count)), *facts)
    yield Stop(
        "node",
        called,
        facts,
        tuple(dict.fromkeys(_server_side(connection))),
        () if each is None or any(map(_is_broker, transport.path)) else ("per node", str(each)),
        is_broker=is_broker,
    )
    backplane, nodes = topology.backplane, topology.nodes.content
    if backplane.is_none and nodes is not None and nodes.amount > 1:
        yield Stop("backplane", "no backplane", (), (backplane.at,), is_missing=True)
    if backplane.is_there:
        name = next((field for field in (backplane.adapter, backplane.kind) if field.content), None)
        yield Stop("backplane", str(name or "backplane"), _facts(("", backplane.mode)), (backplane.at,))


def _is_broker(hop: Hop) -> bool:
    platform = catalogue.find(hop.name)
    return platform is not None and platform.kind == "broker"


def _ends_at_a_broker(connection: Connection) -> bool:
    """Whether the nodes that clients connect to are those of a broker: with MQTT, unless a hop is it."""
    return connection.transport.kind.has("mqtt") and not any(map(_is_broker, connection.transport.path))


def _subscribers(connection: Connection) -> Iterator[Stop]:
    """The services that receive from a broker what clients send; without one the nodes do so themselves."""
    sending = [feature for feature in connection.features if feature.direction.has(*SENDING)]
    if sending and _ends_at_a_broker(connection):
        guarantees = [feature.sync.delivery.guarantee for feature in sending]
        facts = dict.fromkeys(fact for field in guarantees for fact in _facts(("delivery", field)))
        yield Stop("subscriber", "services that subscribe", tuple(facts), ())


def _dependencies(connection: Connection) -> Iterator[Stop]:
    """The dependencies of the nodes, by name, in one stop; none where the design states none."""
    sections = [feature.dependencies for feature in connection.features]
    found = {name: part for section in sections for name, part in section.items.items() if not part.is_none}
    if not found:
        return
    at = tuple(dict.fromkeys([section.at for section in sections] + [part.at for part in found.values()]))
    if len(found) == 1:
        ((name, part),) = found.items()
        facts = _facts(("calls", part.calls), ("answers", part.rate), ("timeout", part.timeout))
        yield Stop("dependency", name, facts, at)
        return
    shown = list(found)[: MOST_DEPENDENCIES if len(found) > MOST_DEPENDENCIES + 1 else None]
    more = [f"and {len(found) - len(shown)} more"] if len(found) > len(shown) else []
    yield Stop("dependency", f"{len(found)} dependencies", (*shown, *more), at)


def _server_side(connection: Connection) -> Iterator[SpecPath]:
    for feature in connection.features:
        for section in (feature.topology, feature.operations, feature.backpressure, feature.fan_out,
                        feature.presence):  # fmt: skip
            yield section.at


def _facts(*named: tuple[str, Field[object]]) -> tuple[str, ...]:
    """What is stated of these fields, or fixed by a platform, each in a few words."""
    return tuple(f"{word} {field}".strip() for word, field in named if field.is_stated)


Position = tuple[int, int]
"""Where a stop is among the routes of a design: the number of its route, and its own on it."""


class Stops:
    """The stops of some routes, by their paths in the spec."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.at: dict[SpecPath, list[Position]] = {}
        for way, route in enumerate(routes):
            for number, stop in enumerate(route.stations):
                for path in stop.at:
                    self.at.setdefault(path, []).append((way, number))

    def of(self, finding: Finding) -> set[Position]:
        """The stops at which something is found: for each place those that are nearest above it."""
        places = (finding.place, *finding.related)
        return {position for place in places for position in self._nearest(place.at)}

    def _nearest(self, at: SpecPath) -> list[Position]:
        above = (at[:length] for length in range(len(at), -1, -1))
        return next((self.at[path] for path in above if path in self.at), [])
