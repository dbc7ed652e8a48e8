"""Several nodes, and how a client or a message finds the right one."""

from rtreview.language import catalogue
from rtreview.language.design import ONLY_MEMBERS, Connection, Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known
from rtreview.language.sections.servers import Backplane
from rtreview.language.sections.transport import Transport
from rtreview.numbers.expression import named, term
from rtreview.numbers.fan_out import published
from rtreview.numbers.replay import beyond_replay
from rtreview.quantities.quantity import Count, Duration, Rate, Ratio
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

A_SHORT_SPLIT = Duration(10 * 60)
"""For so long old and new node may stand side by side (nodes-without-backplane)."""

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
    rooms_meet = any(map(_is_for_all_rooms, connection.features))
    if (
        connection.topology.routing.has("by-room")
        and not rooms_meet
        and (workers is None or workers.amount <= 1)
    ):
        raise NotApplicable("all members of a room are on one node")
    if all(each.fan_out.is_none and not each.serves(*MEANT_FOR_OTHERS) for each in connection.features):
        raise NotApplicable("no message goes on to another client")
    if connection.topology.affinity.content and all(_answers_here(each) for each in connection.features):
        raise NotApplicable("each client is kept on the node that works for it, and for nobody else")


def _is_for_all_rooms(feature: Feature) -> bool:
    """Whether a message is meant for all who are connected, in one of several rooms."""
    rooms = feature.workload.rooms.count.content
    return feature.fan_out.audience.has("everyone") and rooms is not None and rooms.amount > 1


def _answers_here(feature: Feature) -> bool:
    """Whether what a client is sent is work for its user alone, done on the node that has its session."""
    is_work = (
        feature.work.bound_to.content and feature.has_one_writer and not feature.sync.own_devices.content
    )
    here = feature.topology.state.session.has("node") and feature.fan_out.audience.has("user")
    return bool(is_work and here)


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
    absent = _joins_none(backplane, backplane, backplane.kind, backplane.adapter)
    if absent is not None:
        lost = (
            "a message to a room reaches only members on the sender's node"
            if rooms
            else "a broadcast reaches only clients on the sender's node"
        )
        what = "no adapter" if absent.is_none else f"no adapter but `{absent}`, which joins none"
        yield Violated(f"With {several} and {what}, {lost}.", absent, (nodes,), when=case)
    elif backplane.adapter.content or backplane.kind.content:
        yield Passed(f"{backplane.adapter.content or backplane.kind.content} joins the nodes")
    else:
        raise Unstated(backplane, when=case)


def _joins_none(backplane: Backplane, *parts: Part) -> Part | None:
    """What says that nodes stay apart: a part that is none, or a name for the memory of one process."""
    return next((part for part in parts if part.is_none), backplane.in_process)


@rule
def nodes_without_backplane(connection: Connection) -> Outcomes:
    """Several nodes, and nothing carries a message from one to the other."""
    backplane = connection.topology.backplane
    platform, kind = catalogue.find(connection.transport.library), connection.transport.kind
    if not (connection.asks_again or connection.is_one_shot or kind.has("webrtc", "mqtt")) and (
        split := _split_by_a_rollout(connection)
    ):
        yield split
        return
    if platform and platform.has("socket-io"):
        raise NotApplicable("the library is Socket.IO: see socket-io-no-adapter")
    is_room = _answers_a_poll(connection) is connection.topology.state.room
    if connection.is_one_shot or (connection.is_polling and not is_room):
        raise NotApplicable("each request fetches what is new")
    if kind.has("webrtc", "mqtt"):
        raise NotApplicable(f"{kind} has peers or brokers of its own")
    _have_to_be_joined(connection, "backplane")
    absent = _joins_none(backplane, backplane, backplane.kind)
    if backplane.is_stated and absent is None:
        yield Passed(
            f"{backplane.kind.content or backplane.adapter.content or 'A backplane'} joins the nodes"
        )
        return
    _is_carried_to_nodes(connection)
    crossing = [feature for feature in connection.features if _crosses_nodes(feature)]
    if absent is None:
        raise _silent_on_a_backplane(connection) if crossing else Undecided(backplane)
    if not crossing:
        if connection.topology.nodes.content and connection.features[0].direction.has("server-to-client"):
            asked = [feature.fan_out.audience for feature in connection.features]
            message = f"{connection.topology.nodes} nodes, and nothing between them; the spec does not say "
            raise Unstated(*asked, message=f"{message}`{asked[0].dotted}`.")
        raise Undecided(*(feature.fan_out.audience for feature in connection.features))
    _is_counted(connection)
    nodes, several = _several(connection)
    yield Violated(
        f"With {several} and nothing between them, a message reaches only the clients of the one that it "
        f"arrived at: with evenly spread clients, one in {nodes}.",
        absent,
        (nodes,),
        when="a registry says where each client is" if connection.topology.registry.is_there else "",
    )


def _split_by_a_rollout(connection: Connection) -> Violated | None:
    """A node that stays beside its successor, each with rooms of its own; None without such a pair."""
    topology, operations, service = connection.topology, connection.operations, connection.transport.service
    if service.content or not connection.holders.has(Count(1)) or not topology.nodes.is_stated:
        return None
    drain = operations.drain
    # A node that waits for its clients stays until the drain ends, so the most that is stated is what counts.
    waits = operations.on_shutdown.has("wait")
    longest = max(drain.within.ends) if drain.within is not None and waits else None
    stays = drain.content if longest is None else longest
    if not operations.rollout.has("rolling", "blue-green"):
        return None
    if not waits if stays is None else stays <= A_SHORT_SPLIT:
        return None
    until = drain if longest is not None else f"up to {stays}"
    lasting = f" for {until}" if stays is not None else " until its last client leaves"
    moves = (operations.handoff, operations.close_spread, operations.rebalance)
    age, length = operations.connection_max_age.value.content, connection.workload.session.p95.content
    ends_early = any(span is not None and span <= A_SHORT_SPLIT for span in (age, length))
    if any(part.content for part in moves) or operations.on_shutdown.has("close", "cut") or ends_early:
        return None
    if topology.routing.has("by-room") or topology.backplane.is_there:
        return None
    held = [part for part in (topology.state.room, topology.state.presence) if part.has("node")]
    if not held or not any(_crosses_nodes(feature) for feature in connection.features):
        return None
    return Violated(
        f"A `{operations.rollout}` rollout leaves the old node beside the new one{lasting}, each with its "
        "own rooms and people in memory: who stays on the old one and who comes to the new one do not meet.",
        held[0],
        (operations.rollout, drain if stays is not None else operations.on_shutdown),
        when="only a rollout makes two",
    )


def _silent_on_a_backplane(connection: Connection) -> Unstated | Undecided:
    """How a rule ends where no backplane is stated: a question where the library needs one."""
    nodes, backplane = connection.topology.nodes, connection.topology.backplane
    platform = catalogue.find(connection.transport.library)
    if not (nodes.content and platform and platform.has("needs-backplane")):
        return Undecided(backplane)
    message = f"{nodes} nodes, of which each knows its own connections alone with {platform.name}; the spec"
    return Unstated(backplane, message=f"{message} states no backplane.")


def _is_carried_to_nodes(connection: Connection) -> None:
    """End a rule about what carries messages to nodes where each of them reads the source by itself."""
    alone = connection.features[0]
    if len(connection.features) == 1 and alone.fan_out.watched_by.has("node", "connection"):
        raise NotApplicable("each node reads what changed at its source")


def _is_counted(connection: Connection) -> None:
    """End a rule about nodes that nothing joins, where nothing says how many there are, with a question."""
    if not connection.holders.is_stated:
        message = "Nothing joins nodes: from the second one on, a message reaches only the clients of the "
        message = f"{message}one that it arrived at; the spec does not say how many."
        raise Unstated(connection.topology.nodes, message=message)


def _crosses_nodes(feature: Feature) -> bool:
    """Whether messages of one client or process are stated to be meant for clients of other nodes."""
    audience, rooms = feature.fan_out.audience, feature.workload.rooms
    if feature.direction.has("client-to-server") or feature.fan_out.publish.has("log"):
        return False
    if audience.has("user"):
        return not feature.topology.routing.has("by-user")
    joint = feature.writers.has("many") and feature.direction.has("bidirectional")
    return bool(audience.content) or rooms.is_there or joint or feature.serves(*MEANT_FOR_OTHERS)


@rule
def message_reaches_one_region(connection: Connection) -> Outcomes:
    """A message goes to the clients of the region in which it was published, and to no other."""
    topology, spans = connection.topology, connection.topology.backplane.regions
    if not spans.is_stated:
        raise NotApplicable("nothing is said of how regions are joined")
    if not spans.has("own"):
        yield Passed(f"what joins the nodes of several regions is {spans}")
        return
    if topology.regions.has(Count(1)):
        raise NotApplicable("there is one region")
    if connection.is_polling or connection.is_one_shot:
        raise NotApplicable("each request fetches what is new")
    _have_to_be_joined(connection, "joined regions")
    _is_carried_to_nodes(connection)
    crossing = [feature for feature in connection.features if _crosses_nodes(feature)]
    if not crossing:
        raise Undecided(*(feature.fan_out.audience for feature in connection.features))
    stands_by = topology.failover.to.has("region")
    yield Violated(
        "Each region has a backplane of its own: a message reaches the clients of the region in which it was "
        "published, and members of one room who are led to different regions do not hear each other.",
        spans,
        (topology.regions,) if topology.regions.is_stated else (),
        when="another region may stand by" if stands_by else "",
    )


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
        if total.content is not None and served is None and nodes.content and nodes.content > Count(1):
            yield Violated(
                f"Each of {nodes} nodes reads all messages, whoever they are for, and another node takes "
                "nothing off it. Cleared where "
                f"`{feature.workload.messages.total.dotted}` is at most half of "
                f"`{node.message_rate.dotted}`.",
                topology.backplane.mode,
                (topology.nodes,),
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
    if members.content is None:
        members = feature.workload.rooms.size.typical
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
    if (left := _left_by_a_full_node(connection)) is not None:
        yield left
        return
    if failover.is_none:
        raise NotApplicable("nobody takes the clients of what fails")
    if not failover.to.is_stated and failover.headroom.is_none:
        yield Violated(
            "When a part fails, its clients go to the others, of which nothing is kept free for them.",
            failover.headroom,
            when="nothing says what fails as a whole",
        )
        return
    if not failover.to.is_stated:
        raise NotApplicable("no failover is stated")
    what, case = known(failover.to), _room_is_made(connection)
    headroom, parts = failover.headroom, getattr(topology, f"{what}s")
    if headroom.is_none:
        yield Violated(
            f"When a {what} fails, its clients go to another {what}, and nothing is kept free for them.",
            headroom,
            (failover.to,),
            when=case,
        )
    elif not headroom.is_stated:
        message = (
            f"When a {what} fails, all of its clients go to another {what}. How much of that one is free?"
        )
        raise Unstated(headroom, message=f"{message} {_what_limits_the_rush(connection)}")
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


def _what_limits_the_rush(connection: Connection) -> str:
    """What meets those who come over, or the question of what does."""
    limit = connection.operations.admission
    return f"`{limit.dotted}` is {limit}." if limit.content else f"What limits the rush (`{limit.dotted}`)?"


def _left_by_a_full_node(connection: Connection) -> Violated | None:
    """A node over its limit that gives all of its clients to the others; None where it keeps them."""
    topology, limit = connection.topology, connection.topology.node.over_limit
    nodes, free = topology.nodes.content, topology.failover.headroom
    if not limit.has("leaves") or topology.failover.is_none or connection.transport.reconnect.is_none:
        return None
    if free.content or (nodes is not None and nodes.amount <= 1):
        return None
    return Violated(
        "A node over its limit stops to serve, and all of its clients go to the others: each that leaves "
        "loads those that are left, until they leave too.",
        limit,
        (topology.failover.to,) if topology.failover.to.is_stated else (),
        when="new connections are let in at a rate" if connection.operations.admission.content else "",
    )


def _room_is_made(connection: Connection) -> str:
    """The case of the severity in which what comes over from elsewhere is let in slowly, or room is made."""
    operations = connection.operations
    if operations.admission.content:
        return "new connections are let in at a rate"
    is_scaled = connection.topology.failover.to.has("node") and operations.autoscale_on.content
    return "nodes are added automatically" if is_scaled else ""


def _names_its_position(connection: Connection) -> bool:
    """Whether a poll of one's own names its position, and no node alone has what follows."""
    transport, state = connection.transport, connection.topology.state
    is_kept = state.session.has("node", "disk") or state.replay.has("node", "disk")
    by_position = transport.resume.by.has("offset", "last-event-id", "time", "state")
    moves = transport.poll.address.has("moves")
    return (moves or by_position) and not (is_kept or transport.library.content)


def _is_of_other_connections(connection: Connection, kept: Part) -> bool:
    """Whether what is kept is said of the whole design, and that it polls of one feature alone."""
    return connection.transport.kind.is_of_a_feature and not kept.is_of_a_feature


@rule
def polling_without_affinity(connection: Connection) -> Outcomes:
    """The next poll reaches a node that does not know the session."""
    transport, topology = connection.transport, connection.topology
    polls, affinity = _polls(connection), topology.affinity
    kept = _answers_a_poll(connection) if connection.is_polling else None
    nodes, several = _several(connection)
    if nodes.has(Count(1)):
        raise NotApplicable("one node holds every session")
    hops = [hop for hop in transport.path if hop.affinity.content]
    if affinity.content:
        yield Passed(f"a client stays on its node by {affinity}")
    elif hops:
        yield Passed(f"{hops[0].name} keeps a client on its node by {hops[0].affinity}")
    elif topology.state.session.has("shared") and kept is not topology.state.room:
        yield Passed("every node knows every session")
    elif topology.routing.has("by-user", "by-room"):
        yield Passed(f"requests go {topology.routing}")
    elif polls is transport.kind and _names_its_position(connection):
        yield Passed("each poll names where it stands, and any node can answer it")
    elif kept is not None and _is_of_other_connections(connection, kept):
        raise Undecided(kept)
    elif affinity.is_none or (not affinity.is_stated and _no_hop_keeps(connection)):
        again = "each poll of the fallback" if polls is transport.fallback else "each poll"
        yield Violated(
            f"With {several} and no affinity, {again} finds its session once in {nodes} times.",
            affinity if affinity.is_none else connection.transport.path,
            (polls, nodes),
            when="a fallback polls" if polls is transport.fallback and _polls_last(transport) else "",
        )
    elif kept is not None and topology.routing.has("any"):
        yield Violated(
            f"What a request leaves is kept at one of {several}, and the next one reaches any of them: it is "
            f"found once in {nodes} times. Cleared where `{affinity.dotted}` leads there.",
            kept,
            (topology.routing, nodes),
            when="nothing is said of affinity",
        )
    else:
        raise Unstated(affinity)


def _polls(connection: Connection) -> Field[str]:
    """What polls, and needs what one node has: the kind, or what a connection begins as or falls back to.

    Raises:
        NotApplicable: nothing does.
        Undecided: the spec does not say what does.

    """
    transport, kind = connection.transport, known(connection.transport.kind)
    if connection.is_polling and _answers_a_poll(connection) is None:
        raise NotApplicable("each poll is a request of its own")
    if transport.service.content:
        raise NotApplicable(f"{transport.service} holds the sessions")
    if connection.asks_again:
        return transport.kind
    polls = transport.upgrade_from if transport.upgrade_from.content else transport.fallback
    if not polls.is_stated and kind != "websocket":
        raise NotApplicable(f"{kind} does not begin with a poll")
    if not polls.is_stated:
        raise Undecided(polls)
    if polls.has("polling"):
        raise NotApplicable("each poll is a request of its own")
    if not polls.has("long-polling"):
        raise NotApplicable("nothing polls")
    return polls


def _answers_a_poll(connection: Connection) -> Field[str] | None:
    """What a poll is answered from that one node alone has; None where any node can answer, or finds it."""
    topology, state = connection.topology, connection.topology.state
    is_led = topology.registry.is_there or topology.backplane.consume.has("by-owner")
    if state.room.has("node", "disk") and not is_led and any(map(_asks_one_node, connection.features)):
        return state.room
    return state.session if state.session.has("node", "disk") else None


def _asks_one_node(feature: Feature) -> bool:
    """Whether a request is answered by the node that it reaches, from what that one alone has."""
    asks_all = any(part.scatter.content for part in feature.dependencies)
    is_filled = feature.fan_out.watched_by.has("node", "connection") or feature.merges_by("crdt")
    reports = feature.direction.has("client-to-server")
    return not (asks_all or is_filled or reports or feature.fan_out.owner.content)


def _polls_last(transport: Transport) -> bool:
    """Whether the fallback is tried last: Socket.IO calls one what each of its clients begins with."""
    library = catalogue.find(transport.library)
    return transport.fallback.default is None and not (library and library.has("own-protocol"))


def _no_hop_keeps(connection: Connection) -> bool:
    """Whether each hop on the path is said to keep no client on its node."""
    hops = list(connection.transport.path)
    return bool(hops) and all(hop.affinity.is_none and hop.affinity.default is None for hop in hops)


@rule
def state_lost_with_node(feature: Feature) -> Outcomes:
    """Nodes are replaced, and what clients return to is gone with each."""
    state, operations = feature.topology.state, feature.operations
    room, session, replay = state.room, state.session, state.replay
    resumes = feature.transport.resume.by.has("session")
    held = [part for part in (room, replay, session) if part.has("node") and (part is not session or resumes)]
    if held == [room] and (joined := _joined_again(feature)):
        raise NotApplicable(joined)
    if not held:
        raise NotApplicable("nothing that clients return to is kept in a node's memory alone")
    if feature.is_worthless_later:
        raise NotApplicable("what is lost is worth nothing a moment later")
    ends = (operations.rollout, operations.autoscale_on, operations.node_lifetime)
    by = next((part for part in ends if part.content), None)
    is_alone = held == [room] and feature.topology.backplane.is_none
    if by is None and not (operations.handoff.is_none or is_alone):
        raise Undecided(operations.rollout)
    if saved := _outlives_its_node(feature, only_room=held == [room], has_room=room in held):
        yield saved
        return
    what = {"room": "what goes on in its rooms", "replay": "what waits for clients", "session": "sessions"}
    lost, handoff = what[held[0].key], operations.handoff
    how = f" (`{by.dotted}: {by}`)" if by is not None else ""
    is_work = held[0] is room and not feature.serves(*ONLY_MEMBERS)
    promised = is_work or feature.sync.delivery.guarantee.has("at-least-once", "exactly-once")
    softer = "" if promised else "clients begin a new session"
    if by is None and not handoff.is_none:
        asked = operations.rollout
        message = f"One node alone holds {lost}, in its memory; the spec does not say what replaces it"
        message = f"{message} (`{asked.dotted}`)."
        raise Unstated(asked, message=message, when="nothing says what replaces them")
    if not handoff.is_stated and operations.on_shutdown.has("wait") and not operations.drain.is_stated:
        raise Undecided(operations.drain)
    if not handoff.is_stated:
        message = f"A node that is replaced{how} holds {lost} in its memory; the spec does not"
        raise Unstated(handoff, message=f"{message} say `{handoff.dotted}`.", when=softer)
    yield Violated(
        f"Nodes are replaced{how}, each holds {lost} in its memory, and hands over nothing: "
        "clients come back to another node, which knows nothing of it.",
        held[0],
        (handoff, by) if by is not None else (handoff,),
        softer if by is not None else "nothing says what replaces them",
    )


def _joined_again(feature: Feature) -> str:
    """Why a room that is lost with its node is no more than who was in it; empty where it may be."""
    if feature.members_join_again:
        return "a room is who is in it, and its members join again"
    if feature.serves(*ONLY_MEMBERS) and feature.rejoin_brings_history:
        return "a room is who is in it, and what was said there comes with a join"
    return ""


def _outlives_its_node(feature: Feature, *, only_room: bool, has_room: bool) -> Passed | Limit | None:
    """What brings to another node what was in the memory of one; None where nothing is stated to."""
    operations, durability = feature.operations, feature.sync.durability
    if has_room and durability.is_written and (only_room or beyond_replay(feature).reason):
        return Passed("what goes on in a room is written down")
    if only_room and feature.merges_by("crdt"):
        return Passed("every client holds a replica of what goes on in a room")
    if not has_room and (reason := beyond_replay(feature).reason):
        return Passed(reason)
    handoff, grace, drain = operations.handoff, operations.termination_grace, operations.drain
    if handoff.content is not None and grace.content is not None:
        return Limit("the hand-off", handoff, "the time until a node is killed", grace, or_equal=True)
    if handoff.content is not None:
        return Passed(f"a node hands over what it holds, in {handoff}")
    length = feature.workload.session.p95.content
    if drain.content is not None and length is not None and drain.content >= length:
        return Passed(f"a node waits {drain} for sessions that end by themselves")
    if not has_room:
        beyond_replay(feature).known()
    return None


@rule
def failover_leaves_connections(connection: Connection) -> Outcomes:
    """Clients are led elsewhere by an address that who is connected does not look up again."""
    failover, plan = connection.topology.failover, connection.transport.reconnect
    by, resolves, oldest = failover.by, plan.resolves, connection.operations.connection_max_age
    if not by.is_stated and not resolves.is_there:
        raise NotApplicable("nothing is said of what leads clients to another place")
    if connection.is_polling and not resolves.has("once"):
        raise NotApplicable("each poll is a request of its own")
    if by.has("anycast", "load-balancer", "client-list"):
        yield Passed(f"clients are led elsewhere by: {by}")
        return
    if resolves.has("once"):
        yield Violated(
            "A client looks up the server's address once, when it starts: when the name leads elsewhere, it "
            "goes on trying the old address until it is restarted.",
            resolves,
            (by,) if by.is_stated else (),
            when="" if by.is_stated else "nothing is said to lead clients elsewhere",
        )
    elif by.is_none and not failover.is_none:
        to = f"another {failover.to}" if failover.to.content else "the others"
        yield Violated(
            f"Nothing leads clients to {to}: they return to the address that they have, at which nobody "
            "answers until somebody changes it.",
            by,
            (failover.to,) if failover.to.content else (),
            "what is dead ends its connections",
        )
    elif by.has("dns") and oldest.is_none:
        yield Violated(
            "Another answer of DNS moves only who connects again, and no connection ends by its age: clients "
            "stay with a place that is half dead, and none returns when the first is well again.",
            oldest,
            (by,),
            "what is dead ends its connections",
        )
    elif by.has("dns") and not oldest.is_stated:
        raise Undecided(oldest)
    else:
        yield Passed("clients look up the address again")
