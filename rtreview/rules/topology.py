"""Several nodes, and how a client or a message finds the right one."""

from rtreview.language import catalogue
from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known
from rtreview.numbers.expression import named, term
from rtreview.numbers.fan_out import published
from rtreview.quantities.quantity import Count, Rate, Ratio
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

TRIFLE = Rate(100)
"""So few messages in all a node decodes beside its work, whoever they are for (backplane-broadcast-load)."""

MEANT_FOR_OTHERS = ("chat", "collaborative-editing", "cursors", "game", "signalling", "presence")
"""Purposes in which one client's messages are meant for others."""


def _have_to_be_joined(connection: Connection, by: str) -> None:
    """End a rule about what joins the nodes where nothing has to."""
    if connection.transport.service.content:
        raise NotApplicable(f"{connection.transport.service} joins its nodes itself")
    if connection.holders.has(Count(1)):
        raise NotApplicable(f"one node needs no {by}")
    workers = connection.topology.node.processes.content
    if connection.topology.routing.has("by-room") and (workers is None or workers.amount <= 1):
        raise NotApplicable("all members of a room are on one node")


def _several(connection: Connection) -> tuple[Field[Count], str]:
    """What connections are spread over, and its name in a sentence: `4 nodes`, `4 worker processes`."""
    holders = connection.holders
    return holders, f"{known(holders)} {'worker processes' if holders.key == 'processes' else 'nodes'}"


@rule
def socket_io_no_adapter(connection: Connection) -> Outcomes:
    """Socket.IO on several nodes, and nothing carries a message from one to the other."""
    backplane = connection.topology.backplane
    library, kind = connection.transport.library, connection.transport.kind
    platform = catalogue.find(library)
    if library.is_none or (platform and not platform.has("socket-io")):
        raise NotApplicable(f"the library is {library}, not Socket.IO")
    if kind.is_stated and not kind.has("websocket", "long-polling", "polling", "webtransport"):
        raise NotApplicable(f"Socket.IO does not use {kind}")
    _have_to_be_joined(connection, "adapter")
    if not library.is_stated:
        raise Undecided(library)
    catalogue.known(library)
    nodes, several = _several(connection)
    rooms = any(_crosses_nodes(feature) for feature in connection.features)
    case = "rooms span nodes" if rooms else ""
    absent = [part for part in (backplane, backplane.kind, backplane.adapter) if part.is_none]
    if absent:
        first: Part = absent[0]
        lost = (
            "a message to a room reaches only members on the sender's node"
            if rooms
            else "a broadcast reaches only clients on the sender's node"
        )
        yield Violated(f"With {several} and no adapter, {lost}.", first, (nodes,), when=case)
    elif backplane.adapter.content or backplane.kind.content:
        yield Passed(f"{backplane.adapter.content or backplane.kind.content} joins the nodes")
    else:
        raise Unstated(backplane, when=case)


@rule
def nodes_without_backplane(connection: Connection) -> Outcomes:
    """Several nodes, and nothing carries a message from one to the other."""
    backplane = connection.topology.backplane
    platform, kind = catalogue.find(connection.transport.library), connection.transport.kind
    if platform and platform.has("socket-io"):
        raise NotApplicable("the library is Socket.IO: see socket-io-no-adapter")
    if connection.is_polling or connection.is_one_shot:
        raise NotApplicable("each request fetches what is new")
    if kind.has("webrtc", "mqtt"):
        raise NotApplicable(f"{kind} has peers or brokers of its own")
    _have_to_be_joined(connection, "backplane")
    absent = [part for part in (backplane, backplane.kind) if part.is_none]
    if backplane.is_stated and not absent:
        yield Passed(
            f"{backplane.kind.content or backplane.adapter.content or 'A backplane'} joins the nodes"
        )
        return
    if not absent:
        raise Undecided(backplane)
    alone = connection.features[0]
    if len(connection.features) == 1 and alone.fan_out.watched_by.has("node", "connection"):
        raise NotApplicable("each node reads what changed at its source")
    crossing = [feature for feature in connection.features if _crosses_nodes(feature)]
    if not crossing:
        if connection.topology.nodes.content and connection.features[0].direction.has("server-to-client"):
            asked = [feature.fan_out.audience for feature in connection.features]
            message = f"{connection.topology.nodes} nodes, and nothing between them; the spec does not say "
            raise Unstated(*asked, message=f"{message}`{asked[0].dotted}`.")
        raise Undecided(*(feature.fan_out.audience for feature in connection.features))
    nodes, several = _several(connection)
    yield Violated(
        f"With {several} and nothing between them, a message reaches only the clients of the one that it "
        f"arrived at: with evenly spread clients, one in {nodes}.",
        absent[0],
        (nodes,),
    )


def _crosses_nodes(feature: Feature) -> bool:
    """Whether messages of one client or process are stated to be meant for clients of other nodes."""
    audience, rooms = feature.fan_out.audience, feature.workload.rooms
    if feature.direction.has("client-to-server") or feature.fan_out.publish.has("log"):
        return False
    if audience.has("user"):
        return not feature.topology.routing.has("by-user")
    shared = rooms.is_stated and not rooms.is_none
    return bool(audience.content) or shared or feature.serves(*MEANT_FOR_OTHERS)


@rule
def backplane_broadcast_load(feature: Feature) -> Outcomes:
    """Every node receives every message, whether it has a client for it or not."""
    topology, node = feature.topology, feature.topology.node
    if not topology.backplane.mode.has("broadcast"):
        raise NotApplicable("a message does not go to all nodes")
    if topology.nodes.has(Count(1)):
        raise NotApplicable("one node needs no backplane")
    if feature.fan_out.audience.has("everyone"):
        raise NotApplicable("each node has clients for every message")
    half = named("half of what one node sends", term(node.message_rate) / 2)
    total = published(feature)
    is_counted = None not in (total.content, half.content)
    if not is_counted and not (total.content is not None and total.content <= TRIFLE):
        nodes, served = topology.nodes, _nodes_of_an_audience(feature)
        if nodes.content is not None and served is not None and served.amount < nodes.content.amount:
            idle = Count(nodes.content.amount - served.amount)
            yield Violated(
                f"Each of {nodes} nodes receives and decodes every message, and at least {idle} of them have "
                f"nobody whom it is meant for. Cleared where `{feature.workload.messages.total.dotted}` is "
                f"at most half of `{node.message_rate.dotted}`.",
                topology.backplane.mode,
                (feature.fan_out.audience, topology.nodes),
                when="the spec does not count what a node receives",
            )
            return
    yield Limit(
        "the message rate at each node",
        total,
        "half of what one node can send",
        half,
        or_equal=True,
        at=topology.backplane.mode,
        note="Another node takes nothing off it.",
        propose=(),
    )


def _nodes_of_an_audience(feature: Feature) -> Count | None:
    """The most nodes on which those can be for whom one message is meant; None where nobody can tell."""
    audience, members, devices = feature.fan_out.audience, feature.room, feature.workload.devices_per_user
    if audience.has("user"):
        # A person has a few devices. Of two nodes both may be needed, of many not.
        return Count(max(1, round(devices.content.amount)) if devices.content is not None else 2)
    if audience.has("room") and members.content is not None:
        return members.content
    return None


@rule
def failover_without_headroom(connection: Connection) -> Outcomes:
    """All clients of a region go to another, which has no room for them."""
    topology, failover = connection.topology, connection.topology.failover
    if failover.is_none:
        raise NotApplicable("nobody takes the clients of what fails")
    if not failover.to.is_stated:
        raise NotApplicable("no failover is stated")
    admitted = bool(connection.operations.admission.content)
    what, case = known(failover.to), "new connections are let in at a rate" if admitted else ""
    headroom, parts = failover.headroom, getattr(topology, f"{what}s")
    if headroom.is_none:
        yield Violated(
            f"When a {what} fails, its clients go to another {what}, and nothing is kept free for them.",
            headroom,
            (failover.to,),
            when=case,
        )
    elif not headroom.is_stated:
        limits = f"`{connection.operations.admission.dotted}`"
        rush = (
            f"{limits} is {connection.operations.admission}"
            if admitted
            else f"what limits the rush ({limits})"
        )
        message = (
            f"When a {what} fails, all of its clients go to another {what}. How much of that one is free"
        )
        raise Unstated(headroom, message=f"{message}? {rush[0].upper()}{rush[1:]}{'.' if admitted else '?'}")
    else:
        # Each of the others is as full as the one that fails, and takes an even part of its clients.
        yield Limit(
            f"the share of each {what} that has to be free",
            named("share of one in all", 1 / term(parts), Ratio),
            "the headroom",
            headroom,
            or_equal=True,
            at=headroom,
            when=case,
            propose=(headroom,),
        )


@rule
def polling_without_affinity(connection: Connection) -> Outcomes:
    """The next poll reaches a node that does not know the session."""
    transport, topology = connection.transport, connection.topology
    kind, affinity = known(transport.kind), topology.affinity
    if kind == "polling":
        raise NotApplicable("each poll is a request of its own")
    if transport.service.content:
        raise NotApplicable(f"{transport.service} holds the sessions")
    begins = transport.upgrade_from
    polls = transport.kind if kind == "long-polling" else begins if begins.content else transport.fallback
    if not polls.is_stated and kind != "websocket":
        raise NotApplicable(f"{kind} does not begin with a poll")
    if not polls.is_stated:
        raise Undecided(polls)
    if not polls.has("long-polling"):
        raise NotApplicable("nothing polls")
    nodes, several = _several(connection)
    if nodes.has(Count(1)):
        raise NotApplicable("one node holds every session")
    hops = [hop for hop in transport.path if hop.affinity.content]
    if affinity.content:
        yield Passed(f"a client stays on its node by {affinity}")
    elif hops:
        yield Passed(f"{hops[0].name} keeps a client on its node by {hops[0].affinity}")
    elif topology.state.session.has("shared"):
        yield Passed("every node knows every session")
    elif topology.routing.has("by-user", "by-room"):
        yield Passed(f"requests go {topology.routing}")
    elif affinity.is_none:
        again = "each poll of the fallback" if polls is transport.fallback else "each poll"
        yield Violated(
            f"With {several} and no affinity, {again} finds its session once in {nodes} times.",
            affinity,
            (polls, nodes),
        )
    else:
        raise Unstated(affinity)
