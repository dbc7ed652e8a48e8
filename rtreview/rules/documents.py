"""Documents that several people change: what OT, CRDT and last-writer-wins can do, and offline too."""

from rtreview.language import catalogue
from rtreview.language.design import OWN_CLOCKS, Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated, known, stated
from rtreview.language.sections.sync import Data
from rtreview.numbers.replay import log_over
from rtreview.quantities.quantity import Count, Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

CONVERGES = ("crdt", "last-writer-wins", "full-state")
"""Strategies that take every change, so that none is refused."""

REPLACES = ("last-writer-wins", "full-state")
"""Strategies with which one of two concurrent values is thrown away."""

ORDERED = ("ot", "append-only")
"""Strategies that put changes in an order and take each of them, unless a server refuses one."""

A_WEEK = Duration(7 * 86400)
"""A device that is away for so long is no rare one (gc-horizon-shorter-than-offline)."""

HOUR = Duration(3600)


@rule
def offline_edits_with_ot(feature: Feature) -> Outcomes:
    """Offline edits come back after the operations against which OT would transform them are gone."""
    sync, history = feature.sync, feature.sync.history
    strategy = feature.kept_by("ot")
    feature.written_by_many()
    if sync.offline.is_none:
        raise NotApplicable("nobody works offline")
    away = _absence(feature)
    if history.is_none:
        yield Violated(
            f"Edits of {away} offline are merged by OT, and the server keeps no operations "
            "to transform them against.",
            history,
            (sync.offline.max, strategy),
        )
    elif history.retention.is_none:
        yield Passed("operations are kept forever")
    elif history.retention.is_stated and sync.offline.max.is_none:
        yield Violated(
            f"Edits of {away} offline are merged by OT, and the server keeps the operations to transform "
            f"them against for {history.retention}.",
            history.retention,
            (sync.offline.max, strategy),
        )
    elif history.retention.is_stated:
        yield Limit(
            "the longest absence",
            sync.offline.max,
            "the time for which operations are kept",
            history.retention,
            or_equal=True,
        )
    elif history.max_operations.content and sync.offline.max.is_none:
        yield Violated(
            f"Edits of {away} offline are merged by OT, and the server keeps the last "
            f"{history.max_operations} operations to transform them against.",
            history.max_operations,
            (sync.offline.max, strategy),
        )
    elif history.is_stated:
        raise Undecided(history.retention)
    else:
        message = f"OT is to merge {away} of offline edits; the spec does not say `{history.dotted}`."
        raise Unstated(history, message=message)


@rule
def decentralised_ot(feature: Feature) -> Outcomes:
    """OT without one place that orders the changes."""
    sync, topology = feature.sync, feature.topology
    strategy = feature.kept_by("ot")
    feature.written_by_many()
    for platform in (catalogue.find(sync.library), catalogue.find(feature.transport.library)):
        if platform and platform.has("refuses-stale-operations"):
            raise NotApplicable(f"{platform.name}'s database refuses an operation on an old version")
    if topology.sequencer.content:
        yield Passed(f"`{topology.sequencer.dotted}` is {topology.sequencer}")
    elif sync.ordering.by.has("sequencer"):
        yield Passed(f"`{sync.ordering.by.dotted}` is {sync.ordering.by}")
    elif sync.topology.has("peer-to-peer"):
        catalogue.known(sync.library)
        yield Violated(
            "The changes travel from peer to peer, so OT has no server that puts them in one order.",
            sync.topology,
            (strategy,),
        )
    elif sync.ordering.by.has("sequence") and not sync.ordering.is_by_sender:
        yield Passed(f"`{sync.ordering.by.dotted}` is {sync.ordering.by}")
    elif feature.has_room_in_one_process:
        yield Passed("one process holds a document")
    elif topology.nodes.has(Count(1)) or topology.publishers.has("single"):
        yield Passed("one process publishes all changes")
    elif topology.sequencer.is_none and topology.publishers.has("multi"):
        catalogue.known(sync.library)
        yield Violated(
            "Several processes publish changes to one document, and none of them numbers the changes.",
            topology.sequencer,
            (topology.publishers, strategy),
            when="several servers publish",
        )
    elif sync.topology.has("central") and not (_are_several(feature) or topology.publishers.has("multi")):
        yield Passed("all changes travel through a server")
    elif sync.topology.has("central"):
        raise Undecided(topology.sequencer)
    else:
        raise Undecided(sync.topology)


def _are_several(feature: Feature) -> bool:
    """Whether it is known that several nodes run, any of which may get a change."""
    nodes = feature.topology.nodes.content
    return nodes is not None and nodes.amount > 1


@rule
def gc_horizon_shorter_than_offline(feature: Feature) -> Outcomes:
    """A replica returns after the traces of deletions are gone, and brings deleted things back."""
    sync = feature.sync
    without = not feature.strategies and sync.gc_after.is_stated
    strategy = sync.strategy if without else feature.kept_by("crdt", "last-writer-wins")
    feature.written_by_many()
    merged = ("crdt", "last-writer-wins")
    traced = [part for part in sync.data if without or _strategy_of(feature, part).has(*merged)]
    fixed = ("counter", "ephemeral") if _are_records(feature) else ("counter", "register", "ephemeral")
    if traced and all(part.shape.has(*fixed) for part in traced):
        raise NotApplicable("a counter or register leaves no traces of what was deleted")
    if sync.offline.is_none:
        raise NotApplicable("nobody works offline")
    if sync.gc_after.is_none:
        yield Passed("traces of deleted things are kept forever")
        return
    library = catalogue.find(sync.library)
    if library and library.has("keeps-deleted-ids"):
        yield Passed(f"{sync.library} collects content, and keeps the identity of what was deleted forever")
        return
    if strategy.has("last-writer-wins") and not sync.clock.has("version", "arrival", *OWN_CLOCKS):
        if sync.clock.is_stated:
            raise NotApplicable("a server decides what a change that comes late may touch")
        raise Undecided(sync.clock)
    if sync.offline.too_old.has("snapshot", "refuse"):
        does = "begins again" if sync.offline.too_old.has("snapshot") else "is refused"
        yield Passed(f"a client that was away for longer than traces are kept {does}")
        return
    yield _late(feature)


def _late(feature: Feature) -> Limit | Violated:
    """Whether a client that is merged may have been away for longer than traces of deletions are kept."""
    sync = feature.sync
    if sync.offline.max.is_none and known(sync.gc_after):
        return Violated(
            "A client is merged however long it was away, and traces of deleted things are kept for "
            f"{sync.gc_after}: what was deleted returns as new.",
            sync.offline.max,
            (sync.gc_after,),
        )
    gone = sync.offline.max.is_stated or sync.offline.too_old.is_stated or sync.offline.sends.is_stated
    if not gone and known(sync.gc_after) < A_WEEK:
        edits = sync.while_down if sync.while_down.has("edit") else None
        return Violated(
            f"Traces of deleted things are kept for {sync.gc_after}, and nothing is said of a client that "
            "was away for longer, such as a laptop that slept: what was deleted returns as new.",
            sync.gc_after,
            (edits,) if edits is not None else (),
            "only an absence beyond the plan does it" if edits else "nothing is said of an absence",
        )
    absence = Limit(
        "the longest absence",
        sync.offline.max,
        "the time for which traces of deleted things are kept",
        sync.gc_after,
        or_equal=True,
    )
    takes_all = sync.offline.too_old.is_none or sync.offline.too_old.has("merge")
    takes_all = takes_all or (not sync.offline.max.is_stated and sync.offline.sends.has("missing", "whole"))
    # How long a library keeps its traces is the library's to say.
    is_open = not sync.gc_after.is_stated and sync.offline.too_old.is_stated and not sync.library.content
    lasts = takes_all and (is_open or known(sync.gc_after) is not None)
    if lasts and (is_open or not sync.offline.max.is_stated or absence.holds):
        merged = sync.offline.too_old if sync.offline.too_old.is_stated else sync.offline.sends
        span = "a while" if is_open else f"{sync.gc_after}"
        return Violated(
            f"Traces of deleted things are kept for {span}, and a client that was away for longer "
            "is merged like any other: what was deleted returns as new.",
            merged,
            () if is_open else (sync.gc_after,),
            when="only an absence beyond the plan does it",
        )
    return absence


@rule
def crdt_for_invariants(feature: Feature) -> Outcomes:
    """A condition that must always hold, kept by a strategy that refuses nothing."""
    sync = feature.sync
    if not feature.holds("invariant"):
        _nothing_of(feature, "invariant")
    feature.written_by_many()
    for part in sync.data:
        if not part.shape.has("invariant"):
            continue
        strategy = _strategy_of(feature, part)
        if part.lock.of.content:
            yield Passed(f"one writer at a time holds the {part.lock.of}")
        elif strategy.has("server-authoritative", "signal"):
            yield Passed(f"the strategy is {strategy}")
        elif _is_refused(feature, strategy) or (strategy.has(*ORDERED) and sync.reconcile.content):
            yield Passed(f"a server refuses what breaks it, and the client does a {sync.reconcile}")
        elif strategy.has(*ORDERED) and not sync.reconcile.is_stated:
            raise Undecided(sync.reconcile)
        elif strategy.has("crdt") or feature.has_one_writer is False:
            name = f"The invariant of `{part.name}`" if part.name.content else "An invariant"
            yield Violated(
                f"{name} is kept by {strategy}, which refuses neither of two changes that break it together.",
                strategy,
                (part.shape,),
            )
        else:
            raise Undecided(feature.writers)


@rule
def last_writer_wins_counter(feature: Feature) -> Outcomes:
    """Two people count at the same time, and one of the counts is lost."""
    sync = feature.sync
    if not feature.holds("counter"):
        _nothing_of(feature, "counter")
    if feature.serves("telemetry"):
        raise NotApplicable("each device reports a count of its own")
    feature.written_by_many()
    for part in sync.data:
        if not part.shape.has("counter"):
            continue
        strategy = _strategy_of(feature, part)
        if part.lock.of.content:
            yield Passed(f"one writer at a time holds the {part.lock.of}")
        elif not strategy.has(*REPLACES):
            yield Passed(f"the strategy is {strategy}")
        elif _is_refused(feature, strategy):
            yield Passed(f"a server refuses an old value, and the client does a {sync.reconcile}")
        elif sync.updates.has("delta", "event") and strategy.has("last-writer-wins"):
            yield Passed("an update holds the change, not the new value")
        elif feature.has_one_writer is None:
            raise Undecided(feature.writers)
        else:
            name = f"The counter `{part.name}`" if part.name.content else "A counter"
            yield Violated(
                f"{name} is kept by {strategy}: of two people who add 1 at the same time, one is lost.",
                strategy,
                (part.shape,),
            )


@rule
def offline_with_full_state(feature: Feature) -> Outcomes:
    """One who returns replaces what everybody else wrote meanwhile."""
    sync = feature.sync
    forced = sync.offline.sends.has("whole") and not feature.merges_by("crdt")
    strategy = sync.offline.sends if forced else feature.kept_by(*REPLACES)
    feature.written_by_many()
    if sync.offline.is_none:
        raise NotApplicable("nobody works offline")
    if feature.only_ephemeral:
        raise NotApplicable("nothing on it is worth keeping")
    parts = sync.data.items
    if strategy.has("last-writer-wins") and len(parts) == 1 and parts[0].shape.has("register"):
        raise NotApplicable("the whole state is one value, and the older of two loses")
    is_open = forced and not sync.offline.max.is_stated
    away = "" if is_open else f" for {_absence(feature)}"
    update = strategy if strategy.has("full-state", "whole") else sync.updates
    if not forced and known(update) != "full-state":
        raise NotApplicable("an update holds a change or one value, not the whole state")
    devices = feature.workload.devices_per_user
    own = feature.has_one_writer is None and devices.content is not None and devices.content.amount > 1
    if feature.has_one_writer is None and not (forced and own):
        raise Undecided(feature.writers)
    check = sync.durability.version_check
    if check.content:
        yield Passed("a state on an older version than the stored one is refused")
    elif sync.reconcile.content and not check.is_stated:
        yield Passed(f"what comes too late is refused, and the client does a {sync.reconcile}")
    elif sync.clock.has("version") and strategy.has("last-writer-wins"):
        yield Passed("each item has a version, and of two the newer stays")
    elif _is_held_whole(feature):
        yield Passed("one writer at a time holds what is written")
    else:
        written = "was written on its user's other devices" if own else "others wrote"
        away_for = () if is_open else (sync.offline.max,)
        yield Violated(
            f"A client that was away{away} sends its whole state and replaces all that {written} meanwhile.",
            update,
            (devices, *away_for) if own else away_for,
            "nothing is said of how long a client may be away" if is_open else "",
        )


def _is_held_whole(feature: Feature) -> bool:
    """Whether one writer at a time holds all that is written: the document, or each of its parts."""
    locks = [part.lock.of for part in feature.sync.data if not part.shape.has("ephemeral")]
    return any(of.has("document") for of in locks) or (bool(locks) and all(of.content for of in locks))


@rule
def tree_moves_between_peers(feature: Feature) -> Outcomes:
    """Two peers move two branches into each other, and nobody refuses one of the moves."""
    sync = feature.sync
    if not feature.holds("tree"):
        _nothing_of(feature, "tree")
    feature.written_by_many()
    for part in sync.data:
        if not part.shape.has("tree"):
            continue
        strategy = _strategy_of(feature, part)
        if not strategy.has("last-writer-wins"):
            yield Passed(f"the strategy is {strategy}")
        elif part.lock.of.content:
            yield Passed(f"one writer at a time holds the {part.lock.of}")
        elif known(sync.topology) == "peer-to-peer":
            name = f"the tree `{part.name}`" if part.name.content else "a tree"
            yield Violated(
                f"Peers move branches of {name} by {strategy}, and nobody refuses a move that "
                "closes a circle.",
                strategy,
                (part.shape, sync.topology),
            )
        elif sync.reconcile.content:
            yield Passed(f"a server refuses a move, and the client does a {sync.reconcile}")
        elif not sync.reconcile.is_none:
            raise Undecided(sync.reconcile)
        else:
            yield Violated(
                f"The server takes each move by {strategy} and refuses none: two that move two branches into "
                "each other close a circle.",
                strategy,
                (part.shape, sync.reconcile),
                "a server could refuse it",
            )


def _may_have_one_writer(feature: Feature, strategy: Field[str]) -> bool:
    """Whether it sends its own data whole, and that several write is said of the whole design alone."""
    return strategy.has("full-state") and feature.narrows(feature.sync.data, feature.writers)


@rule
def list_replaced_whole(feature: Feature) -> Outcomes:
    """Two people change different items, and each sends the whole list."""
    sync = feature.sync
    if feature.serves("presence"):
        raise NotApplicable("the server makes the list of who is there, and nobody edits it")
    if not feature.holds("list") and not feature.holds("tree"):
        _nothing_of(feature, "list", "tree")
    feature.written_by_many()
    for part in sync.data:
        if not part.shape.has("list", "tree"):
            continue
        strategy = _strategy_of(feature, part)
        update = sync.updates if strategy.has("last-writer-wins") else strategy
        if not strategy.has(*REPLACES):
            yield Passed(f"the strategy is {strategy}")
        elif known(update) != "full-state":
            yield Passed(f"`{update.dotted}` is {update}, so a change leaves other items alone")
        elif update.includes("delta") or sync.unit.has("record", "field") or part.addressed_by.has("id"):
            # The whole may be what takes the place of another thing, or what comes back for a change of one.
            raise Undecided(update)
        elif sync.clock.has("version") and strategy.has("last-writer-wins"):
            yield Passed("each item has a version, and of two the newer stays")
        elif part.lock.of.content:
            yield Passed(f"one writer at a time holds the {part.lock.of}")
        elif sync.reconcile.content:
            yield Passed(f"what comes too late is refused, and the client does a {sync.reconcile}")
        elif feature.has_one_writer is None or _may_have_one_writer(feature, strategy):
            raise Undecided(feature.writers)
        else:
            editors = feature.concurrent_editors.content
            who = f"{editors} people send" if editors else "Several people send"
            name = f"`{part.name}`" if part.name.content else f"the {part.shape}"
            yield Violated(
                f"{who} {name} as a whole with each change, so a change to one item undoes a concurrent "
                "change to another.",
                update,
                (part.shape,),
                "edits may go as commands" if _has_commands(feature) else "",
            )


def _has_commands(feature: Feature) -> bool:
    """Whether the connection carries commands, which may be the edits."""
    return any(each.holds("command") for each in feature.connection.features)


@rule
def crdt_without_compaction(feature: Feature) -> Outcomes:
    """Nothing is ever folded away, so that a document only grows."""
    sync = feature.sync
    endless = sync.history.retention.is_none and sync.compaction.is_none
    strategy = feature.kept_by("crdt", "ot") if endless else feature.kept_by("crdt")
    if feature.only_ephemeral:
        raise NotApplicable("nothing on it is worth keeping")
    if sync.history.is_none:
        raise NotApplicable("no operations are kept")
    if feature.is_state_valued and feature.holds_only("counter", "register", "ephemeral"):
        raise NotApplicable("each update holds the whole value, so that no operations are kept")
    compaction = sync.compaction
    others = (compaction.every, compaction.idle, compaction.at_, sync.snapshot.every)
    only_counts = compaction.operations.content and not any(part.content for part in others)
    if only_counts and compaction.while_.has("open"):
        stated(sync.history.operations.typical)
        yield Limit(
            "the threshold for folding",
            compaction.operations,
            "what a usual document collects",
            sync.history.operations.typical,
            or_equal=True,
            note="It counts while a document is open, so most documents are never folded.",
        )
    elif compaction.is_there:
        yield Passed("old operations are folded into a snapshot")
    elif sync.snapshot.every.content:
        yield Passed(f"a snapshot every {sync.snapshot.every} spares a client the operations before it")
    elif sync.history.max_operations.content or sync.history.retention.content:
        yield Passed("the operations that are kept are bounded")
    elif sync.compaction.is_stated:
        grown = log_over(HOUR, feature).content
        pace = f": an hour of editing adds {grown} to the log of the largest document" if grown else ""
        yield Violated(f"Operations are never folded into a snapshot{pace}.", sync.compaction, (strategy,))
    else:
        raise Undecided(sync.compaction)


@rule
def server_authority_between_peers(feature: Feature) -> Outcomes:
    """A server is to decide about changes that it does not see."""
    sync, kind = feature.sync, feature.transport.kind
    leader = sync.leader
    if leader.who.has("member"):
        raise NotApplicable("one of the peers is the host that decides")
    if sync.replicas.is_there:
        raise NotApplicable("each end computes the state by itself, and inputs alone travel")
    if feature.workload.has_any("device") and feature.holds("command"):
        raise NotApplicable("the device that is commanded is one of the ends, and decides itself")
    if sync.topology.has("central"):
        raise NotApplicable("all changes travel through a server")
    if not sync.topology.is_stated and kind.is_stated and not kind.has("webrtc"):
        raise NotApplicable(f"{kind} joins a client to a server")
    strategy = feature.kept_by("server-authoritative", *CONVERGES)
    if known(sync.topology) != "peer-to-peer":
        raise NotApplicable("all changes travel through a server")
    if sync.topology.includes("central"):
        # Which data travels past the server is open.
        raise Undecided(sync.topology)
    if feature.serves("game") and not leader.is_none:
        # One of the peers may be the host that decides.
        raise Undecided(leader)
    if strategy.has("server-authoritative"):
        yield Violated(
            "The strategy is server-authoritative, and the changes travel from peer to peer past the server.",
            strategy,
            (sync.topology,),
        )
    elif sync.clock.has("server-order") and kind.has("webrtc"):
        yield Violated(
            "The server's order decides which change is later, and the changes travel from peer to peer "
            "past the server.",
            sync.clock,
            (sync.topology, kind),
        )
    else:
        yield Passed(f"peers decide by {strategy}")


def _absence(feature: Feature) -> str:
    """How long a client may be away and is merged, in words.

    Raises:
        NotApplicable: nobody works offline.
        Undecided: the spec does not say for how long.

    """
    longest = feature.sync.offline.max
    if longest.is_none:
        return "any time"
    if known(longest).amount == 0:
        raise NotApplicable("nobody works offline")
    return f"up to {longest}"


def _are_records(feature: Feature) -> bool:
    """Whether values come and go: the spec says what a deletion leaves, or for how long."""
    sync = feature.sync
    return sync.gc_after.is_stated or sync.deletes.is_stated


def _is_refused(feature: Feature, strategy: Field[str]) -> bool:
    """Whether a server that decides what is later refuses a change, and a client takes it back."""
    return strategy.has(*REPLACES) and feature.refuses_stale


def _strategy_of(feature: Feature, part: Data) -> Field[str]:
    """The strategy of one kind of data, which has to be known."""
    strategy = feature.strategy_of(part)
    known(strategy)
    return strategy


def _nothing_of(feature: Feature, *shapes: str) -> None:
    """A rule about data of some shapes ends where none is stated."""
    sync = feature.sync
    if sync.is_none:
        raise NotApplicable("nothing is kept in sync")
    if sync.data.is_stated and all(part.shape.is_stated for part in sync.data):
        raise NotApplicable(f"no data of the shape {' or '.join(shapes)} is kept")
    if feature.strategies and not any(strategy.has(*CONVERGES) for strategy in feature.strategies):
        raise NotApplicable(f"the strategy is {feature.strategies[0]}")
    feature.written_by_many()
    raise Undecided(sync.data)
