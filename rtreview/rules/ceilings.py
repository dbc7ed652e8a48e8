"""What can hold only so many connections or streams: a hop, a service, a node, one connection."""

from __future__ import annotations

from typing import NamedTuple

from rtreview.language import catalogue
from rtreview.language.design import Connection
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated
from rtreview.numbers.expression import Measure
from rtreview.numbers.reconnection import connections_per_node
from rtreview.quantities.quantity import Count
from rtreview.rulebook.outcome import Limit, Outcomes, Passed
from rtreview.rulebook.rulebook import rule

THOUSANDS = Count(1000)
"""Below this, nobody is asked whether the default limit of a proxy was raised (connections-exceed-limit)."""


class _Ceiling(NamedTuple):
    """A limit of connections: whose it is, the limit, and the connections that come under it."""

    whose: str
    limit: Field[Count]
    held: Measure
    is_setting: bool = False

    @property
    def comparison(self) -> Limit:
        """The connections against the limit."""
        return Limit(
            "the connection count",
            self.held,
            self.whose,
            self.limit,
            or_equal=True,
            note=REFUSED,
            at=self.limit,
        )


REFUSED = "Every client beyond it is refused, and tries again."


def _ceilings(connection: Connection) -> list[_Ceiling]:
    """Every limit of connections that is stated, or that a named platform has."""
    transport, topology, clients = connection.transport, connection.topology, connection.workload.connections
    found = []
    for name, hop in transport.hops:
        platform = catalogue.find(hop.name)
        is_setting = hop.max_connections.default is not None and platform is not None
        is_setting = is_setting and platform is not None and platform.kind == "proxy"
        whose = f"the connections that {name} takes"
        found.append(_Ceiling(whose, hop.max_connections, clients, is_setting))
    service = transport.service.content or "the service"
    found.append(_Ceiling(f"the connections that {service} allows", transport.service_limit, clients))
    each = connections_per_node(connection)
    if topology.nodes.has(Count(1)) or topology.node.connections.content:
        # With several nodes, node-loss-overload compares them without the one that is lost.
        found.append(_Ceiling("the connections that a node can hold", topology.node.max_connections, each))
    found.append(_Ceiling("the files and sockets of a node", topology.node.file_descriptors, each))
    return [ceiling for ceiling in found if ceiling.limit.content is not None]


@rule
def connections_exceed_limit(connection: Connection) -> Outcomes:
    """A hop, a service or a node holds fewer connections than there are."""
    if connection.is_polling:
        raise NotApplicable("a poll holds no connection")
    if connection.is_datagrams:
        raise NotApplicable("datagrams hold no connection")
    ceilings = _ceilings(connection)
    if not ceilings:
        raise NotApplicable("no limit of connections is stated")
    by_default = []
    for ceiling in ceilings:
        if not ceiling.is_setting:
            yield ceiling.comparison
        elif ceiling.comparison.holds:
            yield Passed(f"{ceiling.whose} are {ceiling.limit} by default")
        else:
            by_default.append(ceiling)
    clients = connection.workload.connections.content
    asked = [ceiling for ceiling in by_default if clients is not None and clients >= THOUSANDS]
    if asked:
        limits = " and ".join(f"{ceiling.whose} are {ceiling.limit}" for ceiling in asked)
        raise Unstated(
            *(ceiling.limit for ceiling in asked),
            message=f"By default {limits}, and {clients} connect: does the design raise it?",
        )
    if by_default and clients is None:
        raise Undecided(connection.workload.connections)
    if by_default:
        yield Passed(f"{clients} connections are few, and {by_default[0].whose} are a setting")


@rule
def streams_exceed_connection(connection: Connection) -> Outcomes:
    """One connection carries fewer streams than a client holds."""
    streams = connection.transport.streams
    if streams.content is None:
        raise NotApplicable("the streams of one connection are not counted")
    if connection.transport.http_version.has("1.1"):
        raise NotApplicable("over HTTP/1.1 each stream has a connection of its own")
    limits = [hop for hop in connection.transport.path if hop.max_streams.content]
    if not limits:
        raise NotApplicable("no limit of streams is stated")
    for hop in limits:
        yield Limit(
            "the stream count of a client",
            streams,
            f"the streams that {hop.name.content or 'a hop'} allows on one connection",
            hop.max_streams,
            or_equal=True,
            note="The next call waits until a stream ends, and these do not end.",
        )
