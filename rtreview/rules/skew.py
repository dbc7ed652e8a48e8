"""Two ends that differ: their clocks, their versions, the copies that they read, the order they work in."""

from __future__ import annotations

from rtreview.language.design import Connection, Feature
from rtreview.language.field import NotApplicable, Part, Undecided, Unstated
from rtreview.quantities.quantity import Count
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

UPDATED_APART = ("ios", "android", "mobile", "desktop", "device")
"""Clients whose version somebody else than the server's team decides on."""


@rule
def expiry_by_client_clock(connection: Connection) -> Outcomes:
    """A token is dead or alive by the clock of the device, which may be wrong by minutes or hours."""
    by, access = connection.access.expiry_by, connection.access
    if not by.is_there:
        raise NotApplicable("nothing is said of what tells a client that its token has expired")
    if access.is_none or access.token_ttl.is_none:
        raise NotApplicable("no token expires")
    if not by.has("client-clock"):
        yield Passed(f"that a token has expired is told by: {by}")
        return
    if connection.workload.only("server"):
        raise NotApplicable("only servers connect, whose clocks are kept")
    renews = any(
        plan.if_.has("refused-credentials") and plan.action.has("renew")
        for plan in connection.transport.reconnect.when
    )
    yield Violated(
        "A device's own clock decides whether its token has expired: on one that is fast each new token is "
        "dead at once and is fetched again without end, on one that is slow a dead token is used.",
        by,
        (access.token_ttl,) if access.token_ttl.is_stated else (),
        "a refused token is renewed" if renews else "",
    )


@rule
def version_skew_unhandled(connection: Connection) -> Outcomes:
    """Clients of an old version meet new servers, and neither can tell."""
    transport, clients = connection.transport, connection.workload.clients
    version, mismatch = transport.version, transport.on_mismatch
    mixed = connection.operations.versions_mix
    if mixed.is_stated:
        yield _of_two_versions(connection)
    if mixed.is_stated and not version.is_stated and not mismatch.is_stated:
        return
    if not version.is_stated and not mismatch.is_stated:
        raise NotApplicable("nothing is said of versions of the protocol")
    if connection.is_one_shot or transport.kind.has("polling"):
        raise NotApplicable("each request is short and can be one of its own version")
    if mismatch.has("both-served"):
        yield Passed("old and new clients are served")
        return
    if version.is_none or mismatch.is_none:
        kinds = [kind for kind in clients.content or () if kind in UPDATED_APART]
        at: Part = version if version.is_none else mismatch
        who = (
            f"Clients ({', '.join(kinds)}) are updated"
            if kinds
            else "Open pages and other clients are updated"
        )
        lack = (
            "the two ends do not tell each other their version"
            if version.is_none
            else ("nothing is decided for a client of another version")
        )
        yield Violated(
            f"{who} at another time than the servers, and {lack}: after an incompatible change one end "
            "misreads the other, or ignores it.",
            at,
            (clients,) if kinds else (),
            "" if kinds else "a reload brings the new version",
        )
    elif mismatch.has("refuse") and (loop := _comes_back_refused(connection)):
        yield loop
    elif mismatch.content:
        yield Passed(f"a client of another version is met by: {mismatch}")
    else:
        raise Undecided(mismatch)


@rule
def repair_waits_for_users(connection: Connection) -> Outcomes:
    """The nodes are the users' clients, and an error in them is mended when each user agrees."""
    run_by, updated = connection.topology.run_by, connection.operations.updated_by
    if not run_by.is_stated:
        raise NotApplicable("nothing is said of whose machines the nodes are")
    if not run_by.has("clients"):
        yield Passed(f"the nodes are run by: {run_by}")
        return
    if updated.has("owner"):
        yield Passed("whoever runs the service brings a new version within hours")
        return
    if not updated.is_there:
        raise Undecided(updated)
    yield Violated(
        "The work of servers is done by the users' clients: an error of one version takes the nodes away "
        f"with the clients, and a version without it comes when the {updated} brings it.",
        run_by,
        (updated,),
        when="a store brings it" if updated.has("platform") else "",
    )


def _comes_back_refused(connection: Connection) -> Violated | None:
    """A client whose version is refused, and whose attempts nothing is said to end; None where one stops."""
    plan, shown = connection.transport.reconnect, connection.transport.loss_shown
    goes_on = plan.ends_on.is_none or (plan.ends_on.content and "refused" not in plan.ends_on.content)
    if not goes_on or not plan.max_attempts.is_none or shown.content:
        return None
    return Violated(
        "A client of another version is refused, and neither a refusal nor a number ends its attempts: it "
        "comes back for as long as it is open, and its user is not told.",
        connection.transport.on_mismatch,
        (plan.ends_on,),
        when="it is refused, and comes back",
    )


def _of_two_versions(connection: Connection) -> Passed | Violated:
    """Whether nodes of two versions are at work together that need not understand each other."""
    mixed, rollout = connection.operations.versions_mix, connection.operations.rollout
    if mixed.content:
        return Passed("nodes of two versions understand each other")
    state = connection.topology.state
    between = connection.topology.backplane
    alone = between.is_none or (state.room.has("node") and not between.is_stated)
    alone = alone and connection.topology.routing.has("by-room")
    if alone and not any(part.has("shared", "copies") for part in (state.room, state.session, state.replay)):
        return Passed("a room is on one node, and nothing goes from one node to another")
    nodes = connection.topology.nodes
    if not rollout.is_stated and (nodes.content is None or nodes.has(Count(1))):
        raise Undecided(rollout)
    if rollout.is_stated and not rollout.has("rolling", "blue-green"):
        return Passed("no node meets one of another version")
    by = f"With `{rollout.dotted}: {rollout}`" if rollout.is_stated else "Unless all are replaced at once,"
    return Violated(
        f"{by} nodes of two versions are at work together, and need not "
        "understand each other: messages and stored state of one are lost on the other until it is over.",
        mixed,
        (rollout,) if rollout.is_stated else (),
        when="" if rollout.is_stated else "no rollout is stated",
    )


@rule
def refetch_reads_stale_copy(feature: Feature) -> Outcomes:
    """A message says that something changed, and the fetch that it leads to reads a copy that lags."""
    sync = feature.sync
    copy, waits, join, emptied = sync.fetched_from, sync.fetch_waits, sync.join, sync.cache_emptied
    if emptied.has("before-commit"):
        yield Violated(
            "The cache is emptied before the change is committed: who reads in between fills it with the old "
            "state, which stays until it expires.",
            emptied,
            (copy,) if copy.is_stated else (),
        )
        return
    if (skipped := _passed_over(feature)) is not None:
        yield skipped
        return
    if not copy.is_there:
        raise NotApplicable("nothing is said of the copy that a fetch reads")
    if copy.has("primary"):
        yield Passed("a fetch reads what changes are written to")
        return
    if waits.content:
        yield Passed("a fetch waits until the copy has the version that it was told of")
        return
    signal = sync.updates.has("signal") or feature.backpressure.client.on_message.includes("refetch")
    # What a fetch waits for is said of one that a message led to.
    is_open = not (sync.updates.is_stated or join.order.is_stated or feature.connection.asks_again)
    signal = signal or (waits.has(False) and is_open)
    joins = join.order.has("subscribe-first", "fetch-first", "fetch-then-replay")
    if not signal and not joins:
        raise NotApplicable("no message leads to a fetch")
    if not signal and join.order.has("fetch-then-replay"):
        yield Passed("the stream goes on from the position of what was fetched")
        return
    if not signal and feature.is_state_valued and feature.comes_soon:
        raise NotApplicable("the next update holds the whole value, and comes soon")
    heals = sync.refetch.content is not None
    if not waits.is_stated and not (signal and not heals):
        message = f"A fetch reads a {copy}, which lags; the spec does not say `{waits.dotted}`."
        raise Unstated(waits, message=message)
    told = "a client that is told of a change" if signal else "a client that joins"
    yield Violated(
        f"{told[0].upper()}{told[1:]} fetches at once, from a {copy} that may not have it yet, and keeps the "
        "old state until the next change.",
        copy,
        tuple(part for part in (waits, sync.updates if signal else join.order) if part.is_stated),
        "it is fetched again and again" if heals else "" if waits.is_stated else "nothing is said of a wait",
    )


def _passed_over(feature: Feature) -> Violated | None:
    """A change that is told while an older answer is on its way, and is taken to be in it."""
    busy, again = feature.backpressure.client.while_fetching, feature.sync.refetch
    if not busy.has("passed-over") or feature.connection.asks_again:
        return None
    until = f"fetch, {again} later at most" if again.content else "message"
    return Violated(
        "A message that comes while a fetch is under way causes none of its own: the answer may have been "
        f"read before the change, and the old state stays until the next {until}.",
        busy,
        (again,) if again.is_stated else (),
        when="it is fetched again and again" if again.content else "",
    )


@rule
def ordered_events_handled_concurrently(feature: Feature) -> Outcomes:
    """Messages arrive in order, and the receiver puts them out of order by itself."""
    sync, ordering = feature.sync, feature.sync.ordering
    handled, unknown = ordering.handled, ordering.unknown
    if not handled.is_stated and not unknown.is_stated:
        raise NotApplicable("nothing is said of how a receiver handles messages")
    _order_matters(feature)
    is_ot = feature.merges_by("ot")
    if handled.has("concurrently") and _keeps_the_later(feature):
        yield Passed(f"of two values of one thing the later one stays: {sync.clock}")
    elif handled.has("concurrently") and _is_numbered(feature) and (sync.updates.has("event") or is_ot):
        yield Passed(f"they are put in order by what they carry: {ordering.by}")
    elif handled.has("concurrently") and is_ot and not ordering.by.is_stated:
        raise Undecided(ordering.by)
    elif handled.has("concurrently") and not sync.updates.is_stated and feature.merges_by("append-only"):
        raise Undecided(sync.updates)
    elif handled.has("concurrently"):
        yield Violated(
            "Each message is handled in a task of its own, so an edit or deletion may overtake what it "
            "changes, and an older value may be written last.",
            handled,
            (sync.updates,) if sync.updates.is_stated else (),
            _case_of_messages(feature),
        )
    elif (
        (unknown.has("drop") or unknown.is_none) and feature.is_state_valued and feature.connection.is_polling
    ):
        yield Passed("the next poll brings the whole value again")
    elif unknown.has("drop") or unknown.is_none:
        yield Violated(
            "A change of something that the receiver does not have yet is dropped: when the thing arrives, "
            "it stands there as if it had never been changed or deleted.",
            unknown,
            when="it takes a message that is late",
        )
    elif handled.is_none:
        raise Undecided(handled)
    else:
        yield Passed(f"what belongs together is handled: {handled if handled.content else unknown}")


def _order_matters(feature: Feature) -> None:
    """End a rule about the order of messages where any order will do.

    Raises:
        NotApplicable: it will.

    """
    if feature.sync.ordering.scope.has("commutative") or feature.is_worthless_later:
        raise NotApplicable("every order gives the same state, or the next message replaces it")
    if feature.sync.updates.has("signal") or feature.merges_by("crdt"):
        raise NotApplicable("each message leads to the same state, whichever comes first")
    if feature.next_heals and feature.comes_soon:
        raise NotApplicable("the next message replaces what is wrong")


def _keeps_the_later(feature: Feature) -> bool:
    """Whether of two values of one thing the later one stays, in whatever order they arrive."""
    versions = feature.sync.clock.has("version", "server-order", "lamport", "hybrid-logical", "vector")
    return versions and feature.is_state_valued


@rule
def order_lost_between_partitions(feature: Feature) -> Outcomes:
    """What belongs together goes into several partitions, of which each keeps an order of its own."""
    sync, by = feature.sync, feature.topology.backplane.partitioned_by
    if not by.is_stated:
        raise NotApplicable("nothing is said of partitions")
    if by.has("room", "single"):
        yield Passed(f"what belongs together is in one partition: {by}")
        return
    _order_matters(feature)
    if by.has("sender") and feature.has_one_writer is not False:
        raise (
            NotApplicable("one sender is in one partition")
            if feature.has_one_writer
            else Undecided(feature.writers)
        )
    if _keeps_the_later(feature):
        yield Passed(f"of two values of one thing the later one stays: {sync.clock}")
        return
    if _is_numbered(feature):
        yield Passed(f"they are put in order by what they carry: {sync.ordering.by}")
        return
    apart = "of several senders" if by.content else "of one room or thing"
    yield Violated(
        f"Messages {apart} go into different partitions and are read side by side: a change overtakes what "
        "it changes, and an older value is written last.",
        by,
        (sync.updates,) if sync.updates.is_stated else (),
        _case_of_messages(feature),
    )


def _finds_its_subject(feature: Feature) -> bool:
    """Whether an edit or a deletion that overtakes what it changes does no harm; two edits still may."""
    return feature.sync.ordering.unknown.has("fetch", "wait") and feature.sync.deletes.has("tombstone")


def _stand_alone(feature: Feature) -> bool:
    """Whether messages are told or measured one by one, so that few change what another one brought."""
    told = feature.serves("notifications", "push", "telemetry")
    return told and feature.sync.updates.has("event") and not feature.sync.deletes.content


def _case_of_messages(feature: Feature) -> str:
    """What makes it milder that one message overtakes another; empty where nothing does."""
    if _stand_alone(feature):
        return "messages stand alone"
    if _finds_its_subject(feature):
        return "what is missing is fetched, and deletions leave a trace"
    return "" if feature.sync.updates.is_stated else "nothing is said of what a message holds"


def _is_numbered(feature: Feature) -> bool:
    """Whether each message carries its place in the order, and it is not said that nobody looks at it."""
    ordering = feature.sync.ordering
    is_idle = ordering.scope.is_none and ordering.on_gap.is_none
    return bool(ordering.by.content) and not ordering.by.has("connection") and not is_idle


@rule
def order_kept_by_one_consumer(feature: Feature) -> Outcomes:
    """Messages carry no number, so that one process has to take all: a second would mix them up."""
    sync, ordering, consume = feature.sync, feature.sync.ordering, feature.topology.backplane.consume
    if not consume.has("single"):
        raise NotApplicable("no queue is said to be taken by one process alone")
    if ordering.scope.has("commutative") or feature.is_worthless_later or sync.updates.has("signal"):
        raise NotApplicable("every order gives the same state, or the next message replaces it")
    if feature.merges_by("crdt", "full-state"):
        raise NotApplicable("each message leads to the same state, whichever comes first")
    if feature.is_state_valued and sync.clock.has("version", "lamport", "hybrid-logical", "vector"):
        yield Passed(f"of two values of one thing the later one stays: {sync.clock}")
    elif _is_numbered(feature) or ordering.assigned_by.has("sender"):
        maker = ordering.by if _is_numbered(feature) else ordering.assigned_by
        yield Passed(f"a second process could restore the order, which is made by {maker}")
    elif ordering.is_none or ordering.by.is_none or ordering.by.has("connection"):
        at: Part = ordering if ordering.is_none else ordering.by
        yield Violated(
            "Messages carry no number of their producer, so that their order is that in which one process "
            "takes them: a second one would mix them up, and what the first one takes is the limit of all "
            "rooms. While it stands still, everything waits.",
            consume,
            (at,),
            "one node serves all" if feature.topology.nodes.has(Count(1)) else "",
        )
    else:
        raise Undecided(ordering.by)
