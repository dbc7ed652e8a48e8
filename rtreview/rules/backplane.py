"""What carries messages between the nodes: its gaps, limits and readers, and what it does to the writes."""

from __future__ import annotations

from rtreview.language import catalogue
from rtreview.language.design import Feature
from rtreview.language.field import Fallback, Field, NotApplicable, Undecided, Unstated, known
from rtreview.language.sections.servers import Backplane
from rtreview.language.sections.workload import MACHINES
from rtreview.numbers.expression import named, term
from rtreview.numbers.replay import is_soon
from rtreview.quantities.quantity import Count, Duration, Rate, Size
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

A_FEW = Count(1000)
"""So many readers any broker holds (backplane-reader-per-client)."""

AMPLE = Size(256 * 1024)
"""A limit that few messages reach, so that only a size would show it (backplane-message-too-large)."""

WRITES_IN_TURN = Rate(100)
"""From here on, commits that wait for one another to publish are felt (publishing-stops-writes)."""

A_REBALANCE = Duration(60)
"""So long it may take until all partitions are shared out again (rebalance-stops-all-readers)."""

ITS_NAMES = ("backplane", "broker", "bus", "pubsub")
"""What the backplane is called where it is listed among the dependencies."""

PROMISED = ("chat", "feed", "notifications", "push", "commands", "data-sync", "collaborative-editing")
"""Purposes in which a message that never comes is missed."""


def _backplane_of(feature: Feature) -> Backplane:
    """What carries messages to the nodes of a feature.

    Raises:
        NotApplicable: nothing does, or nothing goes from there to a client.

    """
    backplane = feature.topology.backplane
    if backplane.is_none or (not backplane.is_stated and feature.topology.nodes.has(Count(1))):
        raise NotApplicable("no backplane joins nodes")
    if not backplane.is_stated:
        raise NotApplicable("no backplane is stated")
    return backplane


def _name(backplane: Backplane) -> str:
    return f"{backplane.kind.content or 'the backplane'}"


def _healed(feature: Feature) -> str:
    """How a client that stays connected gets over a lost message; nothing where nothing says so."""
    sync, ordering = feature.sync, feature.sync.ordering
    if feature.renewals and not _comes_late(feature):
        return f"the whole state comes every {feature.renewals[0]}, whatever was lost"
    if feature.fills_gaps:
        return f"a gap shows in the numbers, and ends in {ordering.on_gap}"
    if _names_its_base(feature) and ordering.on_gap.has("resync", "refuse"):
        return f"with {feature.strategies[0]} a change names what it builds on"
    if feature.is_state_valued and feature.comes_soon:
        return "the next update holds the whole value, and comes soon"
    delivery = sync.delivery
    repeats = delivery.repeated_by.content
    if delivery.retry_for.content and repeats is not None and "server" in repeats:
        return f"a message that a client does not acknowledge is sent again for {delivery.retry_for}"
    return ""


def _comes_late(feature: Feature) -> bool:
    """Whether the whole state comes by itself, but so seldom that it is long missed, and nobody allows it."""
    every, is_allowed = feature.renewals, feature.targets.staleness.is_stated
    return bool(every) and not is_allowed and not any(is_soon(feature, span) for span in every)


def _healed_in_the_end(feature: Feature) -> str:
    """The same where what is missing seldom is: a state that comes at any interval will do."""
    every = feature.renewals
    return _healed(feature) or (f"the whole state comes every {every[0]}, whatever was lost" if every else "")


def _names_its_base(feature: Feature) -> bool:
    """Whether a later change shows that one before it is missing, which by itself brings nothing."""
    return feature.merges_by("crdt", "ot") and not feature.passes_over_gaps


def _returns_to_nothing(feature: Feature) -> bool:
    """Whether a client whose connection is closed for a gap is stated to go on with what comes next."""
    brings_nothing = feature.sync.join.begins_empty or feature.bars_rejoin is not None
    return feature.transport.resume.is_none and brings_nothing


def _ends_with_it(feature: Feature) -> bool:
    """Whether a process that loses the backplane is stated to end, as it does with any such dependency."""
    kind = feature.topology.backplane.kind.content
    return any(
        part.when_down.has("crash") and part.key in (kind, *ITS_NAMES) for part in feature.dependencies
    )


@rule
def rebalance_stops_all_readers(feature: Feature) -> Outcomes:
    """Whenever one reader restarts, none of its group is given anything for a while."""
    backplane, nodes = _backplane_of(feature), feature.topology.nodes
    rebalance, allowed = backplane.consumer.rebalance, feature.targets.latency.content
    if not rebalance.is_stated:
        raise NotApplicable("nothing is said of partitions that are shared out again")
    if not rebalance.has("all-stop"):
        goes_on = f"while they are shared out again: {rebalance}" if rebalance.content else "they never are"
        yield Passed(f"readers keep their partitions, {goes_on}")
        return
    if backplane.consume.has("single"):
        raise NotApplicable("one process reads all partitions")
    if known(nodes) == Count(1):
        raise NotApplicable("one reader has all partitions")
    if allowed is not None and allowed > A_REBALANCE:
        yield Passed(f"a latency of {allowed} leaves time for it")
        return
    rolling = feature.operations.rollout
    each = f": a rollout of {nodes} nodes does so at each of them" if nodes.content else ""
    each = each if rolling.has("rolling") else ""
    yield Violated(
        "Whenever a reader comes, leaves or restarts, all readers of its group stop until every partition is "
        f"shared out again, and nobody is sent anything meanwhile{each}.",
        rebalance,
        (rolling,) if each else (),
    )


@rule
def backplane_subscription_lost(feature: Feature) -> Outcomes:
    """A node is no longer subscribed, or never was, and its clients stay connected."""
    backplane = _backplane_of(feature)
    again, watched, through = backplane.subscribes_again, backplane.keepalive, backplane.through
    kind = _name(backplane)
    if not (again.is_stated or watched.is_stated or through.is_stated):
        raise NotApplicable("nothing is said of how a node is subscribed")
    if through.has("transaction-pooler"):
        yield Violated(
            f"The subscription to {kind} passes a pooler that lends a connection for one transaction: it is "
            "accepted, ends with that transaction, and nothing is ever delivered.",
            through,
        )
    elif through.is_stated:
        yield Passed(f"the subscription passes through: {through}")
    if again.is_none and _ends_with_it(feature):
        yield Passed(f"a process that loses {kind} ends, and subscribes at its next start")
    elif again.is_none:
        yield Violated(
            f"A node subscribes to {kind} once, when it starts: after a lost connection or a restart of "
            f"{kind} its clients stay connected and get nothing more.",
            again,
        )
    elif again.content:
        yield Passed(f"the {again} subscribes again")
    if watched.is_none:
        yield Violated(
            f"Nothing checks an idle connection to {kind}: where a NAT or firewall has forgotten it, the "
            "node waits for messages that cannot come.",
            watched,
            when="only an idle connection is lost",
        )
    elif watched.content:
        yield Passed(f"a node checks its connection every {watched}")
    if not again.is_stated:
        # A way that is open, and a check of it, subscribe nobody.
        raise Undecided(again)


@rule
def backplane_gap_unseen(feature: Feature) -> Outcomes:
    """A node was without the backplane for a while, and no client learns that it missed something."""
    backplane = _backplane_of(feature)
    on_loss, slow, sync = backplane.on_loss, backplane.slow_node, feature.sync
    if feature.connection.looks_each_time or feature.direction.has("client-to-server"):
        raise NotApplicable("no client waits for what the backplane carries")
    if feature.is_worthless_later:
        raise NotApplicable("what is missed is worth nothing a moment later")
    kind, keeps_nothing = _name(backplane), _is_at_most_once(backplane)
    if on_loss.has("replay") and keeps_nothing and _is_read_elsewhere(feature):
        yield Passed(f"a node reads on in what all nodes share, whatever {kind} has lost")
        return
    if on_loss.has("replay") and keeps_nothing:
        yield Violated(f"A node is to read on from its position, and {kind} keeps nothing.", on_loss)
        return
    if reason := _healed(feature):
        yield Passed(reason)
        return
    if slow.has("drop") and not on_loss.is_none:
        yield Violated(
            f"{kind[0].upper()}{kind[1:]} drops messages for a node that reads slowly. That node has lost no "
            "connection, and its clients learn nothing.",
            slow,
            when=_mitigated(feature),
        )
        return
    if on_loss.is_none:
        until = f" until the state comes, every {feature.renewals[0]}" if _comes_late(feature) else ""
        yield Violated(
            f"After a break between a node and {kind} the node goes on with what comes next: its clients "
            f"stayed connected, so none of them resumes or fetches what was sent meanwhile{until}.",
            on_loss,
            (sync.updates,) if sync.updates.is_stated else (),
            _mitigated(feature),
        )
        return
    if on_loss.has("disconnect") and _returns_to_nothing(feature):
        raise NotApplicable("clients are closed, and what a return brings is asked of any break")
    if on_loss.content:
        yield Passed(f"what a node does after a gap is stated: {on_loss}")
        return
    yield _without_a_word(feature)


def _without_a_word(feature: Feature) -> Violated:
    """A gap of which nothing is said, where what the backplane keeps of a node ends with its connection.

    Raises:
        NotApplicable: the backplane delivers again, as far as is stated.
        Undecided: it hangs on what nobody says.
        Unstated: it keeps nothing, and what it carries is missed.

    """
    backplane, kind, sync = feature.topology.backplane, _name(feature.topology.backplane), feature.sync
    on_loss, ends = backplane.on_loss, backplane.consumer.lasts
    if backplane.guarantee.has("at-least-once") and not ends.has("ephemeral"):
        raise NotApplicable(f"{kind} delivers again what a node has missed")
    if backplane.guarantee.has("at-least-once"):
        return Violated(
            f"What {kind} keeps of a node ends with its connection: it delivers again what a connected node "
            "has not confirmed, and nothing of a break, of which the clients of the node learn nothing.",
            ends,
            (backplane.guarantee,),
            _mitigated(feature),
        )
    if _names_its_base(feature):
        raise Undecided(on_loss, sync.ordering.on_gap)
    comes_once = sync.updates.has("event", "delta") and not sync.delivery.guarantee.is_stated
    if not (_is_at_most_once(backplane) and comes_once) or feature.topology.routing.has("by-room"):
        raise Undecided(on_loss)
    message = f"{kind[0].upper()}{kind[1:]} is at-most-once, and updates build on one another or come once; "
    raise Unstated(on_loss, message=f"{message}the spec does not say `{on_loss.dotted}`.")


def _mitigated(feature: Feature) -> str:
    """What makes a gap that no client notices less bad; empty where nothing does."""
    if feature.next_heals:
        return "the next update holds the whole value"
    if feature.topology.backplane.guarantee.has("at-least-once"):
        return "the backplane is said to deliver again"
    if _names_its_base(feature):
        return "a later change shows what is missing"
    if _comes_late(feature):
        return "the whole state comes late"
    return _promised_little(feature)


def _promised_little(feature: Feature) -> str:
    """Whether those who look on are promised no more than what arrives; empty where they are.

    Where a return brings nothing either, who stays connected has no less than one who comes back.
    """
    if not feature.sync.delivery.guarantee.has("at-most-once"):
        return ""
    looks_on = feature.serves("console", "dashboard") or feature.shows_readings
    if _returns_to_nothing(feature) and (looks_on or feature.sync.delivery.is_once_by_decision):
        return "no more than what is live is promised"
    if not looks_on:
        return ""
    return "no more than at-most-once is promised to who looks on"


def _is_read_elsewhere(feature: Feature) -> bool:
    """Whether messages are kept with positions where every node reads them, before they are sent or with it.

    What joins the nodes is then a signal, and a node that had lost it looks there for what it missed.
    """
    resume, ordering = feature.transport.resume, feature.sync.ordering
    is_kept = feature.topology.state.replay.has("shared") and feature.replays and not resume.retention.is_none
    has_positions = resume.by.has("offset", "last-event-id") or ordering.is_gapless
    return bool(is_kept and has_positions and feature.fan_out.stored.has("before", "together"))


def _is_at_most_once(backplane: Backplane) -> bool:
    """Whether it is stated, or known of its kind, that it keeps nothing for a node that is away."""
    if backplane.guarantee.is_stated:
        return backplane.guarantee.has("at-most-once")
    for name in (backplane.adapter, backplane.kind):
        if platform := catalogue.find(name):
            return platform.has("keeps-nothing")
    return False


@rule
def living_node_declared_dead(feature: Feature) -> Outcomes:
    """A node that hears nothing of another takes it for dead, where what it should hear may be lost."""
    topology, by = feature.topology, feature.topology.node_down_by
    backplane, registry = topology.backplane, topology.registry
    if not by.is_stated or by.is_none:
        raise NotApplicable("no node is said to act on the death of another")
    if topology.nodes.has(Count(1)):
        raise NotApplicable("there is one node")
    if not by.has("bus"):
        yield Passed(f"that a node is dead is found by: {by}")
        return
    if backplane.is_none:
        raise NotApplicable("nothing joins the nodes")
    if backplane.guarantee.has("at-least-once"):
        yield Passed(f"{_name(backplane)} delivers again what a node has missed of another")
        return
    if not _is_at_most_once(backplane):
        raise Undecided(backplane.guarantee)
    kind = _name(backplane)
    heals = registry.written.has("renewed") or registry.on_loss.has("written-again")
    yield Violated(
        f"A node takes another for dead that it hears nothing of, and {kind} is at-most-once: one whose "
        "keep-alives are lost is declared dead while it lives, with all of its clients, and a node that is "
        f"cut off from {kind} declares all others dead. A farewell that is lost is never known.",
        by,
        tuple(part for part in (backplane.guarantee, backplane.kind) if part.content)[:1],
        when="entries are written again" if heals else "",
    )


@rule
def backplane_message_too_large(feature: Feature) -> Outcomes:
    """A message is larger than what carries it between the nodes takes."""
    backplane = _backplane_of(feature)
    carries, limit, sync = backplane.carries, _largest(backplane), feature.sync
    if carries.has("reference"):
        yield Passed("only what it takes to fetch a message goes through the backplane")
        return
    if carries.has("pieces"):
        yield Passed("a message that is larger than the backplane takes goes through it in pieces")
        return
    if limit.is_none:
        raise NotApplicable("it takes messages of any size")
    if sync.updates.has("signal") and not carries.is_stated:
        raise NotApplicable("a signal holds nothing of what changed")
    if not limit.is_stated:
        if carries.content:
            raise Undecided(backplane.max_message)
        raise NotApplicable("no limit of the backplane is known")
    kind, sizes, whole = _name(backplane), feature.workload.messages.size, sync.snapshot.size
    usual, most = sizes.typical.content if sizes.typical.is_stated else None, limit.content
    if sync.updates.has("full-state") and whole.content is not None:
        yield Limit("the whole state", whole, f"what {kind} takes", limit, at=carries)
    elif usual is not None and most is not None and usual >= most:
        yield Limit("the usual message", sizes.typical, f"what {kind} takes", limit)
    elif sizes.max.is_stated and limit.has(sizes.max.content) and not limit.default:
        yield Passed(f"no message is larger than {limit}, which bounds it")
    elif sizes.max.is_stated:
        yield Limit("the largest message", sizes.max, f"what {kind} takes", limit)
    elif carries.content and sync.delivery.chunked.content:
        raise Undecided(sizes.max)
    elif carries.content:
        yield Violated(
            f"Whole messages go through {kind}, which takes {limit} at most, and nothing says that none is "
            "larger.",
            carries,
            when="no largest message is stated"
            if most is not None and most < AMPLE
            else "the limit is ample",
        )
    else:
        raise Undecided(sizes.max)


def _largest(backplane: Backplane) -> Field[Size]:
    """The largest message that it takes: as stated, or as known of its kind."""
    limit = backplane.max_message
    adapter = catalogue.find(backplane.adapter)
    platform = adapter if backplane.adapter.content else catalogue.find(backplane.kind)
    if limit.is_stated or platform is None or platform.kind != "broker":
        return limit
    if backplane.guarantee.has("at-least-once") and platform.has("keeps-nothing"):
        # It is something else of the same name, such as a table or a replication slot.
        return limit
    known, origin = platform.defaults.transport.max_message, platform.origin(backplane.kind.at)
    return limit.bind(limit.at, [Fallback(known, origin, ("transport", "max_message"))])


@rule
def backplane_reader_per_client(feature: Feature) -> Outcomes:
    """Each client has a reader of its own at the backplane, whose limit is then that of all clients."""
    backplane = _backplane_of(feature)
    readers, most, clients = backplane.readers, backplane.max_readers, feature.workload.connections
    if not readers.is_there:
        raise NotApplicable("nothing is said of who reads from the backplane")
    if feature.transport.kind.has("mqtt"):
        raise NotApplicable("an MQTT broker is made for a session of each client")
    if readers.has("per-node"):
        yield Passed("each node reads once for all of its clients")
        return
    if readers.has("per-room"):
        rooms, nodes = feature.workload.rooms.count, feature.topology.nodes
        if most.content is None:
            yield Passed("members of a room on one node share a reader")
        else:
            over = named("rooms on every node", term(rooms) * term(nodes))
            yield Limit(
                "the number of readers", over, "what the backplane takes", most, or_equal=True, at=readers
            )
        return
    if most.content is not None and clients.content is not None and clients.content > most.content:
        what, beyond = "what the backplane takes", "the backplane takes no more"
        yield Limit(
            "the number of readers", clients, what, most, or_equal=True, at=readers, when=beyond, propose=()
        )  # fmt: skip
        return
    if clients.content is not None and clients.content <= A_FEW:
        yield Passed(f"{clients} clients are few readers")
        return
    count = f"that is {clients} of them" if clients.content else "as many as clients are connected"
    yield Violated(
        f"Each client has a reader of its own at {_name(backplane)}, {count}{_once_each(backplane)}",
        readers,
        (clients,) if clients.content is not None else (),
        "" if clients.content is not None else "the clients are not counted",
    )


def _once_each(backplane: Backplane) -> str:
    """What readers of clients cost beside their number, unless they share what is there."""
    if backplane.consume.has("competing"):
        return "."
    return (
        ". A message goes to a node once for each of its clients, and another node takes nothing off the "
        "backplane."
    )


@rule
def message_reaches_one_node(feature: Feature) -> Outcomes:
    """Nodes share one queue, so that a message reaches the clients of one of them."""
    if shared := _connections_share(feature):
        yield shared
        return
    backplane, topology = _backplane_of(feature), feature.topology
    consume, service = backplane.consume, feature.transport.service
    if not consume.is_there:
        raise NotApplicable("nothing is said of who gets a message when several nodes read")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("what clients send is worked off once, by any node")
    if consume.has("competing") and (found := _clients_compete(feature)):
        yield found
        return
    if topology.nodes.has(Count(1)):
        raise NotApplicable("one node reads alone")
    meets = topology.routing.has("by-room", "by-user") or feature.fan_out.owner.content
    is_elsewhere = consume.has("by-owner") and not meets
    if not consume.has("competing") and not is_elsewhere:
        yield Passed(f"a message goes to: {consume}")
        return
    if is_elsewhere:
        # Who owns a room may send to the nodes of its members, or have them subscribe to it.
        raise Undecided(feature.fan_out.owner if topology.routing.is_stated else topology.routing)
    if feature.pushes_alone:
        yield Passed("each push is sent once, by whichever node takes it")
        return
    if feature.transport.is_none:
        yield Passed("no node holds a connection: each message is sent once, by whichever node takes it")
        return
    if service.content and feature.workload.only("server") and feature.sync.effect.has("stored", "acts"):
        yield Passed(f"{service} holds the connections, and its receivers share the work")
        return
    if not backplane.readers.is_stated and _receivers_may_be_workers(feature):
        raise Undecided(backplane.readers)
    if topology.registry.is_there and not feature.fan_out.owner.content:
        # Who takes a message may send it to the nodes that the registry names, or to its own clients alone.
        raise Undecided(feature.fan_out.owner)
    if topology.registry.is_there:
        yield Passed("whichever node takes a message finds in the registry where its receivers are")
        return
    yield Violated(
        "All nodes consume one queue or group, so each message reaches one node, and only those of its "
        "receivers who happen to be connected there.",
        consume,
        (topology.nodes,) if topology.nodes.is_stated else (),
    )


def _receivers_may_be_workers(feature: Feature) -> bool:
    """Whether all receivers are servers with work to do, and no node is said to hold their connections."""
    sync, kind = feature.sync, feature.transport.kind
    works = sync.effect.has("stored", "acts") or sync.delivery.consumer_confirms.has("after-work")
    return works and feature.workload.only("server") and (kind.has("tcp") or not kind.is_stated)


def _connections_share(feature: Feature) -> Violated | Passed | None:
    """Connections of one client that take from one queue of their node; None where none are said to.

    Raises:
        Undecided: each reads by itself what the node has in memory, and nothing is said of a second one.

    """
    duplicate = feature.transport.on_duplicate
    if feature.direction.has("client-to-server") or feature.connection.is_polling:
        return None
    if not duplicate.is_stated and feature.topology.backplane.is_none and feature.reads_memory_for_each:
        raise Undecided(duplicate)
    if not duplicate.has("shares"):
        return None
    if feature.serves("commands", "push") or feature.workload.only(*MACHINES):
        return Passed("what is sent is to be taken once, by whichever connection is free")
    return Violated(
        "All connections of a client take from one queue, so each message reaches one of them: who returns "
        "before the server has noticed the end of the old connection lacks what that one takes.",
        duplicate,
        (feature.transport.heartbeat,) if feature.transport.heartbeat.is_stated else (),
    )


def _clients_compete(feature: Feature) -> Violated | Passed | None:
    """Readers for each client that share one queue, which no number of nodes excuses; None without them."""
    backplane, room, audience = _backplane_of(feature), feature.room.content, feature.fan_out.audience
    consumer, readers = backplane.consumer, backplane.readers
    several = feature.workload.several_of_user or feature.transport.on_duplicate.has("both")
    is_of_one = audience.has("user") and not several
    if not readers.has("per-client") or feature.connection.is_polling:
        return None
    shared = consumer.second_reader.has("shares")
    may_be_workers = feature.workload.only(*MACHINES) or (feature.workload.has_any(*MACHINES) and not shared)
    if may_be_workers and not feature.sync.effect.has("shown"):
        known(feature.sync.effect)
        return Passed("the clients are workers, each of which takes a share")
    if feature.serves("commands", "push"):
        return Passed("what is sent is to be carried out once")
    if consumer.second_reader.has("refused", "waits"):
        return Passed(f"of two who read one queue, the second one: {consumer.second_reader}")
    if not shared and ((room is not None and room.amount <= 1) or is_of_one):
        return Passed("a queue has one receiver")
    return Violated(
        "Clients that follow the same thing read one queue, so each message reaches one of them: a second "
        "tab, or a client that returns before its old connection has ended, takes what the other one misses.",
        backplane.consume,
        (consumer.second_reader,) if shared else (readers,),
        when="" if shared else "nothing is said of a second reader of a queue",
    )


@rule
def publishing_stops_writes(feature: Feature) -> Outcomes:
    """Who writes has to wait for what publishes, or for the slowest node that reads."""
    backplane, messages = _backplane_of(feature), feature.workload.messages
    publish, slow = backplane.publish, backplane.slow_node
    inside = publish.has("in-transaction")
    if not inside and not slow.content:
        raise NotApplicable("nothing is said of what publishing waits for")
    if slow.has("block-publisher"):
        writer = "each write that publishes" if inside else "whoever publishes"
        yield Violated(
            f"One node that reads slowly fills what waits in {_name(backplane)}, and {writer} waits or fails "
            "until it has read: a dead reader stops all of it.",
            slow,
            (publish,) if publish.is_stated else (),
            "" if inside else "no write waits for it",
        )
    elif slow.content:
        yield Passed(f"a node that reads slowly does not hold up others: {slow}")
    if not inside:
        return
    if messages.total.content is not None:
        yield Limit(
            "the rate of writes that publish as they commit",
            messages.total,
            "what commits that take turns do without being felt",
            WRITES_IN_TURN,
            or_equal=True,
            at=publish,
            propose=(),
        )
    else:
        yield Violated(
            f"Each write publishes inside of its transaction. Cleared where `{messages.total.dotted}` is at "
            f"most {WRITES_IN_TURN}.",
            publish,
            when="the spec does not count the writes",
        )


@rule
def published_apart_from_write(feature: Feature) -> Outcomes:
    """A change is stored by one step and published by another, and a crash or a reader comes between."""
    backplane, publish = _backplane_of(feature), feature.topology.backplane.publish
    if not publish.content:
        raise NotApplicable("nothing is said of when a change is published")
    if feature.is_worthless_later:
        raise NotApplicable("nothing of it is stored")
    if publish.has("outbox", "in-transaction"):
        yield Passed(f"a change that is stored is published too: {publish}")
        return
    if publish.has("before-commit"):
        yield Violated(
            "A change is published before it is committed: who fetches on its message reads the old state, "
            "and of a transaction that fails everybody was told.",
            publish,
        )
        return
    if reason := _healed_in_the_end(feature):
        yield Passed(reason)
    elif _names_its_base(feature):
        raise Undecided(feature.sync.ordering.on_gap)
    elif feature.sync.delivery.guarantee.has("at-most-once") or feature.next_heals:
        raise NotApplicable("a message that is lost is not promised, or replaced by the next")
    elif feature.serves(*PROMISED) or feature.sync.updates.has("event", "delta", "signal"):
        yield Violated(
            f"A writer commits first and publishes to {_name(backplane)} then: when it dies, or the publish "
            "fails, between the two, the change is stored and no client ever hears of it.",
            publish,
            when="it takes a crash at that moment",
        )
    else:
        raise Undecided(feature.sync.updates)


@rule
def confirmed_before_delivered(feature: Feature) -> Outcomes:
    """A node confirms what it has only read, and takes it along when it dies."""
    backplane, sync = _backplane_of(feature), feature.sync
    confirmed = backplane.acknowledged
    if not confirmed.is_there:
        raise NotApplicable("nothing is said of when a node confirms what it reads")
    if confirmed.has("on-delivery"):
        yield Passed("a node confirms what its clients have")
        return
    if feature.is_worthless_later or feature.next_heals:
        raise NotApplicable("what is lost is replaced by the next update, or worth nothing")
    by = feature.transport.resume.by
    is_kept = feature.replays and feature.topology.state.replay.has("shared")
    if by.has("offset", "last-event-id") and is_kept:
        yield Passed(f"a client that returns names its own position: {by}")
    elif feature.rejoin_brings_history:
        yield Passed(f"a client that returns fetches the state: {sync.join.order}")
    elif reason := _healed_in_the_end(feature):
        yield Passed(reason)
    elif _names_its_base(feature):
        raise Undecided(sync.ordering.on_gap)
    elif sync.delivery.is_once_by_decision:
        raise NotApplicable("no more than at-most-once is promised")
    else:
        promised = sync.delivery.guarantee.has("at-least-once", "exactly-once")
        yield Violated(
            f"A node confirms a message to {_name(backplane)} when it has read it: what it has not yet sent "
            "when it is restarted is given to no other node, and its clients never get it.",
            confirmed,
            (sync.delivery.guarantee,) if promised else (),
            "" if promised else "nothing is promised",
        )


@rule
def kept_for_absent_without_limit(feature: Feature) -> Outcomes:
    """What is kept for a reader that is away grows until a disk is full."""
    backplane = _backplane_of(feature)
    kept, consumer = backplane.kept_for_absent, backplane.consumer
    if not kept.is_stated:
        if consumer.lasts.has("durable") and not consumer.expires.is_stated:
            raise Undecided(kept)
        raise NotApplicable("nothing is said to be kept for a reader that is away")
    if consumer.lasts.has("ephemeral"):
        raise NotApplicable("what is kept ends with the reader's connection")
    if kept.content is not None or consumer.expires.content is not None:
        yield Passed(f"a reader that is away is given up at {kept if kept.content else consumer.expires}")
        return
    yield Violated(
        f"{_name(backplane)[0].upper()}{_name(backplane)[1:]} keeps everything for a reader that is away, "
        "without a limit: one that does not come back fills its disk, and takes down all that uses it.",
        kept,
    )


@rule
def consumer_outlives_reader(feature: Feature) -> Outcomes:
    """A queue or subscription is left behind by each start, or the next process cannot have it."""
    consumer, rollout = _backplane_of(feature).consumer, feature.operations.rollout
    if not consumer.is_there:
        raise NotApplicable("nothing is said of what is kept of a reader")
    if (second := _second_reader(feature)) is not None:
        yield second
    if consumer.lasts.has("ephemeral") or consumer.name.has("fixed"):
        yield Passed("no start leaves behind what it does not find again")
        return
    if not consumer.name.is_stated and not consumer.lasts.is_stated:
        if second is None:
            raise Undecided(rollout if consumer.second_reader.has("refused") else consumer.name)
        return
    if consumer.expires.content is not None:
        yield Passed(f"a reader that is gone is removed after {consumer.expires}")
    elif not consumer.name.is_stated:
        raise Undecided(consumer.name)
    elif consumer.expires.is_none:
        yield Violated(
            "Each start makes a durable reader with a new name, and nothing removes those of before: they "
            "pile up, and messages are kept for each of them.",
            consumer.expires,
            (consumer.name,),
            "only what is kept grows",
        )
    elif not consumer.lasts.is_stated:
        raise Undecided(consumer.lasts)
    else:
        message = "Each start makes a durable reader with a new name; the spec does not say"
        raise Unstated(consumer.expires, message=f"{message} `{consumer.expires.dotted}`.")


def _second_reader(feature: Feature) -> Violated | Passed | None:
    """What meets the process that follows while the old one still reads; None where nothing is stated."""
    backplane, rollout = feature.topology.backplane, feature.operations.rollout
    consumer, overlaps = backplane.consumer, rollout.has("rolling", "blue-green")
    second = consumer.second_reader
    if second.has("refused") and overlaps:
        return Violated(
            f"One process at a time may read, and with `{rollout.dotted}: {rollout}` the new one starts "
            "while the old one still reads: it is refused.",
            second,
            (rollout,),
        )
    is_for_all = not backplane.consume.has("by-owner", "single") and not feature.direction.has(
        "client-to-server"
    )
    if second.has("shares") and consumer.name.has("fixed") and overlaps and is_for_all:
        return Violated(
            f"With `{rollout.dotted}: {rollout}` the old and the new process of a node read one queue and "
            "share its messages: the clients of each miss what the other one takes.",
            second,
            (consumer.name, rollout),
            "it lasts as long as a rollout",
        )
    if second.has("waits") or (rollout.is_stated and not overlaps):
        return Passed("of two processes that read, one follows the other")
    if second.has("shares") and (not is_for_all or consumer.name.has("new-at-start")):
        return Passed("no two processes share what both need")
    return None
