"""Whether everybody ends with the same state: order, joining, and concurrent changes."""

from typing import cast

from rtreview.language.design import FLEETING, SOON, Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated
from rtreview.language.sections.sync import Data
from rtreview.numbers.expression import named, term
from rtreview.numbers.fan_out import SCREENFUL, rate_in_room
from rtreview.numbers.replay import is_live_by_decision, way_back
from rtreview.quantities.quantity import Count, Duration, Rate
from rtreview.rulebook.outcome import Limit, Outcome, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

REPLAYED = Count(10_000)
"""Entries that a client applies one by one before its user waits (load-grows-with-history)."""

MINUTES = Duration(5 * 60)
"""A past so short is seldom long to read, however busy it was (load-grows-with-history)."""

ORDERS_BY_ITSELF = ("crdt", "ot", "server-authoritative", "last-writer-wins", "full-state")
"""Strategies that need no order of messages from elsewhere."""

NEEDS_HISTORY = (
    "chat", "feed", "notifications", "dashboard", "collaborative-editing", "data-sync", "console", "presence",
)  # fmt: skip
"""Purposes in which one who joins must see what was there before."""

A_MOMENT = Duration(2)
"""How long a newcomer waits for the next snapshot without taking it for a fault (join-without-backfill)."""

ONE_PLACE = ("room-owner", "global", "log")
"""Who assigns an order that is the same for all."""

ARRIVAL = (
    "At each end the value that arrives last wins, and two changes may arrive in different order at two "
    "ends, which then differ until the next change."
)


@rule
def missing_message_ordering(feature: Feature) -> Outcomes:
    """Several people write, and nothing says in which order the others see it."""
    ordering, strategies = feature.sync.ordering, feature.strategies
    overtakes = _overtakes(feature)
    if late := _decided_by_arrival(feature) or _overtaken_change(feature):
        yield late
        return
    if feature.is_fleeting or feature.holds_only("ephemeral", "counter", "register"):
        raise NotApplicable("the data needs no order")
    if strategies and all(strategy.has("signal", *ORDERS_BY_ITSELF) for strategy in strategies):
        names = " and ".join(dict.fromkeys(str(strategy) for strategy in strategies))
        raise NotApplicable(f"{names}: order is decided where the changes meet")
    if ordering.scope.has("commutative") or feature.is_state_valued:
        why = "every order gives the same state" if ordering.scope.content else "each update is complete"
        raise NotApplicable(why)
    if not overtakes and (source := _one_source(feature)):
        raise NotApplicable(source)
    of_one = _ordered_for_one(feature)
    maker = ordering.assigned_by if ordering.assigned_by.has(*ONE_PLACE) else ordering.by
    if maker.content and not ordering.scope.is_none and of_one is None:
        yield Passed(f"order is made by {maker}")
        return
    if of_one is not None and ordering.by.has("connection") and not overtakes and _is_read_alone(feature):
        yield Passed("one connection orders all that a client is sent, and clients write nothing")
        return
    _holds_entries(feature)
    if overtakes:
        yield _overtaken(feature)
        return
    if feature.has_one_writer is None:
        raise Undecided(feature.writers)
    parts = (ordering, ordering.scope, ordering.by, ordering.assigned_by)
    if of_one is not None:
        yield of_one
    elif absent := [part for part in parts if part.is_none]:
        yield _unordered(feature, absent[0])
    elif ordering.scope.content:
        claim = f"Order {ordering.scope} is claimed; the spec does not say `{ordering.by.dotted}`."
        raise Unstated(ordering.by, message=claim)
    else:
        raise Unstated(ordering)


def _holds_entries(feature: Feature) -> None:
    """End the rule where nothing says that what is sent are entries, of which each counts."""
    sync, ordering = feature.sync, feature.sync.ordering
    if sync.strategy.has("append-only") or feature.holds("log") or feature.serves("chat", "feed"):
        return
    if sync.strategy.is_none or sync.is_none:
        raise NotApplicable("nothing is kept in sync")
    is_decided = feature.fan_out.publish.has("requests") or ordering.is_none or ordering.scope.is_none
    if not (sync.updates.has("event") and is_decided and not sync.strategy.is_stated):
        raise Undecided(sync.strategy)


def _unordered(feature: Feature, absent: Part) -> Violated:
    """Messages of several for which an order is decided against."""
    size = feature.room.content
    who = f"Up to {size} members of a room write" if size else "Several people write"
    is_log = feature.holds_only("log") and feature.serves("telemetry", "console")
    return Violated(
        f"{who}, and nothing says in which order the others see it.",
        absent,
        when="each line has the time of its source" if is_log else "",
    )


def _one_source(feature: Feature) -> str:
    """The one place from which all messages come in order; empty where there are several."""
    if feature.has_one_writer:
        return "one writer is in order with itself"
    if feature.topology.nodes.has(Count(1)) and feature.topology.publishers.has("single"):
        return "one publisher on one node sends in one order"
    return ""


def _is_read_alone(feature: Feature) -> bool:
    """Whether clients write nothing, and no order is claimed but that of what each of them is sent."""
    reads = feature.direction.has("server-to-client") and not feature.serves("chat")
    return reads and feature.sync.ordering.scope.has("per-client")


def _ordered_for_one(feature: Feature) -> Violated | None:
    """An order that holds among the messages of one sender or connection, and no further; None for others."""
    ordering = feature.sync.ordering
    if ordering.scope.has("per-sender"):
        return None
    if ordering.by.has("connection"):
        what = "A connection orders its own messages; those of several people cross several."
        return Violated(what, ordering.by)
    if ordering.is_by_sender:
        what = "Each sender numbers its own messages; nothing orders those of several people."
        return Violated(what, ordering.assigned_by, (ordering.by,))
    return None


def _overtaken(feature: Feature) -> Violated:
    """Messages that come by requests of their own: even those of one writer may change places."""
    ordering, publish = feature.sync.ordering, feature.fan_out.publish
    vessel = "a request of its own" if publish.has("requests") else "a datagram"
    sentence = f"Each message comes in {vessel}, which another may overtake"
    absent = [part for part in (ordering, ordering.scope, ordering.by) if part.is_none]
    if absent or ordering.by.has("connection"):
        first: Part = absent[0] if absent else ordering.by
        return Violated(
            f"{sentence}, and nothing numbers them: one writer is enough.",
            first,
            (publish if publish.content else feature.transport.kind,),
        )
    raise Unstated(ordering.by, message=f"{sentence}; the spec does not say `{ordering.by.dotted}`.")


def _decided_by_arrival(feature: Feature) -> Violated | None:
    """What becomes of values of which each end keeps what came last to it; None where that does no harm."""
    clock = feature.sync.clock
    if not clock.has("arrival"):
        return None
    if _differs_by_arrival(feature):
        return Violated(ARRIVAL, clock)
    overtaken = _overtaken_value(feature) or _of_several(feature)
    if overtaken is None:
        return None
    how, beside = overtaken
    return Violated(
        f"Each end keeps the value that arrives last, and {how}: an older value may replace a newer one, "
        "and stays where none follows.",
        clock,
        (beside,),
        when="the next value replaces it a moment later" if feature.serves("cursors") else "",
    )


def _overtaken_change(feature: Feature) -> Violated | None:
    """What is sent without a number by decision, and on its way may be overtaken; None where nothing is."""
    sync, ordering = feature.sync, feature.sync.ordering
    absent: Part = ordering if ordering.is_none else ordering.by
    decided = sync.clock.is_stated or feature.merges_by("crdt", "ot") or ordering.scope.has("commutative")
    if not absent.is_none or decided or feature.is_momentary:
        return None
    if overtaken := _overtaken_value(feature):
        how, beside = overtaken
        return Violated(
            f"Nothing numbers the values, and {how}: an older value may replace a newer one, and stays where "
            "none follows.",
            absent,
            (beside,),
            when="the next value replaces it a moment later" if feature.comes_soon else "",
        )
    builds = sync.updates.has("delta", "event") and not sync.delta_from.has("acknowledged")
    is_ordered = feature.sync.delivery.channel.ordered.has(True)
    if builds and feature.merges_by("server-authoritative") and _overtakes(feature) and not is_ordered:
        return _overtaken(feature)
    return None


def _overtakes(feature: Feature) -> bool:
    """Whether messages come in datagrams or requests of their own, of which one may overtake another."""
    return feature.fan_out.publish.has("requests") or feature.connection.is_datagrams


def _overtaken_value(feature: Feature) -> tuple[str, Part] | None:
    """How a live value without number or time may be overtaken by the next one, and where that is stated."""
    if not _is_live_and_unnumbered(feature):
        return None
    ordered, publish = feature.sync.delivery.channel.ordered, feature.fan_out.publish
    if ordered.is_none or ordered.has(False):
        return "its channel keeps no order", ordered
    if feature.connection.is_datagrams and not ordered.content:
        return "each comes in a datagram, which another may overtake", feature.transport.kind
    if publish.has("requests"):
        return "each comes in a request of its own, which another may overtake", publish
    return None


def _of_several(feature: Feature) -> tuple[str, Part] | None:
    """From which several ends live values without number or time come, and where that is stated."""
    sync, topology = feature.sync, feature.topology
    if feature.has_one_writer is not False or feature.serves("cursors", "signalling"):
        return None
    if not _is_live_and_unnumbered(feature):
        return None
    if sync.topology.has("peer-to-peer"):
        return "values come from several peers", sync.topology
    if topology.publishers.has("multi"):
        return "values come from several publishers", topology.publishers
    return None


def _is_live_and_unnumbered(feature: Feature) -> bool:
    """Whether what is sent are values, of which each replaces the one before, and nothing numbers them."""
    sync, ordering, topology = feature.sync, feature.sync.ordering, feature.topology
    is_live = feature.is_state_valued or feature.holds_only("ephemeral", "register")
    is_numbered = ordering.by.content is not None and not ordering.by.has("connection")
    is_ordered = ordering.assigned_by.has(*ONE_PLACE) or topology.sequencer.content
    is_signal = sync.strategy.has("signal") or sync.updates.has("signal")
    return is_live and not (is_numbered or is_ordered or is_signal)


def _differs_by_arrival(feature: Feature) -> bool:
    """Whether of two values each end keeps what came last to it, while several processes send."""
    sync, ordering, topology = feature.sync, feature.sync.ordering, feature.topology
    several = topology.publishers.has("multi") or sync.topology.has("peer-to-peer")
    ordered = ordering.by.has("sequence", "sequencer") or ordering.assigned_by.has(*ONE_PLACE)
    differs = feature.merges_by("last-writer-wins") and feature.has_one_writer is False
    differs = differs and not (ordered or topology.sequencer.content or feature.only_ephemeral)
    nodes, stays = topology.nodes.content, topology.routing.has("by-room") or feature.fan_out.owner.content
    silent = not (topology.publishers.is_stated or sync.topology.is_stated)
    if differs and silent and nodes is not None and nodes.amount > 1 and not stays:
        raise Undecided(topology.publishers)
    return differs and several


@rule
def join_without_backfill(feature: Feature) -> Outcomes:
    """What is sent while somebody joins never reaches that person."""
    sync, join = feature.sync, feature.sync.join
    if feature.serves("signalling") and (once := _offered_once(feature)):
        yield once
        return
    if unheard := _unheard_signal(feature):
        yield unheard
        return
    passing = feature.serves(*FLEETING, "game", "commands") and not _builds_on_the_past(feature)
    if feature.is_fleeting or passing:
        raise NotApplicable("what was before a join is worth nothing after it")
    if feature.holds_only("command", "ephemeral"):
        raise NotApplicable("a command of before a join is not to be carried out after it")
    if feature.serves("console") and feature.work.bound_to.has("connection"):
        raise NotApplicable("each connection begins what runs in it, and nothing was before")
    if feature.connection.is_one_shot:
        raise NotApplicable("a one-shot stream begins with the request that it answers")
    if feature.connection.looks_each_time:
        raise NotApplicable("a poll fetches what is there")
    if feature.transport.is_none and not (join.is_stated or feature.direction.has("bidirectional")):
        raise NotApplicable("nobody joins: each message is sent to an address that was left once")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    if _is_watched_whole(feature) and (rate := _comes_at(feature)):
        raise NotApplicable(f"complete values come at {rate}: a newcomer has the state with the next one")
    if join.begins_empty:
        yield _from_then_on(feature)
    elif feature.merges_by("crdt", "ot") or (feature.merges_by("full-state") and _has_the_whole(feature)):
        yield Passed(f"with {sync.strategy}, a join carries the state")
    elif join.order.has("from-position"):
        raise NotApplicable("nothing is fetched: the reader names where the log begins for it")
    elif (fault := _of_subscribing(feature)) and (
        join.order.has("subscribe-first") or not join.order.is_stated
    ):
        yield fault
    elif join.order.has("snapshot", "subscribe-first", "fetch-then-replay"):
        yield Passed(f"a join is {join.order}")
    elif join.order.has("fetch-first"):
        yield _fetched_first(feature)
    elif feature.serves(*NEEDS_HISTORY) or sync.strategy.has("append-only"):
        raise Unstated(join.order)
    else:
        raise Undecided(join.order)


def _unheard_signal(feature: Feature) -> Violated | None:
    """A change of which nobody tells one that has fetched and does not yet listen; None for others."""
    sync, order = feature.sync, feature.sync.join.order
    is_told_alone = sync.updates.has("signal") and sync.refetch.is_none
    if not (is_told_alone and order.has("fetch-first")) or sync.delivery.guarantee.has("at-most-once"):
        return None
    if feature.fills_gaps or feature.renewals or feature.replays:
        return None
    return Violated(
        "A client fetches, and then begins to listen for what changes: of a change in between nobody tells "
        "it, and it keeps the old state until the next one.",
        order,
        (sync.updates, sync.refetch),
    )


def _has_the_whole(feature: Feature) -> bool:
    """Whether one who joins gets a whole state: by its join, or since the next one comes by itself."""
    return feature.sync.join.order.is_stated or feature.next_is_sure


def _of_subscribing(feature: Feature) -> Passed | Violated | None:
    """Whether a client that subscribes before it fetches, or may, counts something twice, or loses it."""
    join = feature.sync.join
    order = (join.order,) if join.order.is_stated else ()
    if _takes_copies(feature):
        return Violated(
            "A join subscribes and fetches, and nothing drops what comes by both ways: what is sent while "
            "somebody joins counts twice.",
            join.deduplicate,
            order,
        )
    if join.buffered.has(False) or join.buffered.is_none:
        return _overwritten_by_fetch(feature)
    if join.confirmed.has("accepted"):
        return Violated(
            "A client fetches as soon as its subscription is accepted, which takes effect later: what is "
            "sent in between never reaches it.",
            join.confirmed,
            order,
        )
    return None


def _from_then_on(feature: Feature) -> Violated | Passed:
    """One who joins gets nothing of the past, but for a snapshot that comes anyway."""
    sync, join = feature.sync, feature.sync.join
    every, wait = sync.snapshot.every, feature.targets.latency.content or A_MOMENT
    if every.content is not None and every.content <= wait:
        return Passed(f"a snapshot every {every} brings what the newcomer lacks")
    until = f", until the next snapshot, up to {every} later" if every.content is not None else ""
    absent: Part = join if join.is_none else join.order
    return Violated(
        f"A client that joins gets only what is sent from then on{until}.",
        absent,
        when=_what_remains(feature) if every.content is None else "",
    )


def _what_remains(feature: Feature) -> str:
    """What a newcomer who begins with the next message has all the same, as a case of the severity."""
    if _is_watched_whole(feature):
        return "complete values come again"
    # Programs follow a log from when they start on; what counts is that they miss nothing from then on.
    follows = feature.serves("feed", "console") or feature.shows_readings
    begins_now = follows and feature.sync.join.order.has("subscribe-only")
    if begins_now and feature.serves("feed") and feature.replays and feature.holds_only("log"):
        return "a feed is followed from now on"
    is_live = feature.sync.delivery.guarantee.has("at-most-once") and feature.sync.updates.has("event")
    is_live = (begins_now and is_live) or is_live_by_decision(feature)
    return "no more than what is live is promised" if is_live else ""


def _builds_on_the_past(feature: Feature) -> bool:
    """Whether what is sent means nothing without what was before, or holds what no later message repeats.

    A purpose excuses ephemeral data and acts, and complete values that come whole and often. A torch that is
    on is neither, nor is a picture that builds on the one before.
    """
    updates = feature.sync.updates
    if updates.has("delta"):
        return True
    if updates.has("full-state") or (feature.is_state_valued and feature.comes_soon):
        return False
    shapes = [part.shape for part in feature.sync.data if part.shape.content]
    return any(not shape.has("ephemeral", "command") for shape in shapes)


def _offered_once(feature: Feature) -> Violated | None:
    """An offer that nobody repeats and nothing keeps; None where something does, or the spec is silent."""
    delivery, join = feature.sync.delivery, feature.sync.join
    kept = not delivery.retain.is_none or not join.begins_empty
    if kept or not (delivery.repeat.after.is_none or delivery.repeat.is_none):
        return None
    return Violated(
        "An offer is handed out once, to those who are there: who comes later gets none, and nobody sends "
        "it again.",
        join if join.is_none else join.order,
        (delivery.retain, delivery.repeat.after if delivery.repeat.after.is_none else delivery.repeat),
    )


def _overwritten_by_fetch(feature: Feature) -> Passed | Violated:
    """Whether the answer to a fetch overwrites what the stream brought while it was under way."""
    sync, join = feature.sync, feature.sync.join
    is_compared = sync.clock.has("version", "lamport", "hybrid-logical", "vector")
    if is_compared and not sync.snapshot.applied.has("replace"):
        return Passed(f"of two values the one with the later {sync.clock} stays")
    return Violated(
        "The answer to a fetch replaces what the stream brought meanwhile: a change that came during it is "
        "overwritten by an older read.",
        join.buffered,
        (join.order,) if join.order.is_stated else (),
    )


def _is_watched_whole(feature: Feature) -> bool:
    """Whether those who watch are sent complete values, of all that is there and not of changes alone."""
    only_watch = feature.direction.has("server-to-client") or feature.serves("feed", "dashboard")
    sends_all = feature.serves("telemetry") and feature.workload.messages.when.has("interval")
    is_whole = feature.next_heals or (feature.holds_only("register") and not feature.is_state_valued)
    return (only_watch or sends_all) and is_whole


def _comes_at(feature: Feature) -> Field[Rate] | None:
    """The rate at which the next value of a room is known to come within ten seconds."""
    messages = feature.workload.messages
    if feature.comes_soon:
        return messages.rate
    if messages.per_room.content is not None and messages.per_room.content >= SOON:
        return messages.per_room
    each = messages.per_client
    if messages.when.has("interval") and isinstance(each.content, Rate) and each.content >= SOON:
        return cast("Field[Rate]", each)
    return None


def _takes_copies(feature: Feature) -> bool:
    """Whether what arrives by both ways of a join is not dropped, does harm, and no number shows it."""
    again = feature.sync.join.deduplicate
    is_harmless = feature.is_state_valued or feature.holds_only("register")
    return (again.is_none or again.has(False)) and not (feature.fills_gaps or is_harmless)


def _fetched_first(feature: Feature) -> Passed | Violated:
    """Whether a client that fetches and then subscribes sees a gap between the two, and can fill it."""
    sync, order = feature.sync, feature.sync.join.order
    ordering, on_gap, history = sync.ordering, sync.ordering.on_gap, sync.history
    lost = "What is sent between the fetch and the subscription"
    if feature.fills_gaps:
        if sync.updates.has("delta") and sync.join.buffered.has(False) and not feature.replays:
            return Violated(
                f"{lost} is missing, and each {on_gap} fetches first again: on a topic that is faster than "
                "the fetch it never ends.",
                order,
                (on_gap,),
            )
        return Passed(f"a gap between fetch and subscription shows in the numbers, and ends in {on_gap}")
    if sync.snapshot.every in feature.renewals:
        return Passed(f"a snapshot every {sync.snapshot.every} brings what the newcomer lacks")
    if feature.keeps_nothing:
        absent: Part = history if history.is_none else history.retention
        return Violated(f"{lost} is kept nowhere, so that no number could bring it back.", order, (absent,))
    if feature.passes_over_gaps:
        acts = "waits, and nothing sends it again" if on_gap.content else "goes on as if it were not missing"
        return Violated(f"{lost} never reaches the newcomer, who {acts}.", order, (on_gap,))
    if feature.shows_gaps is False:
        counted = ordering.by.has("sequence", "sequencer")
        why = (
            "the numbers of one counter for all rooms have holes anyway" if counted else "no number shows it"
        )
        by: Part = ordering if ordering.is_none else ordering.by
        return Violated(f"{lost} never reaches the newcomer, and {why}.", order, (by,))
    silent = on_gap if feature.shows_gaps else ordering.by
    asks_there = feature.transport.resume.by.has("offset", "last-event-id")
    if feature.shows_gaps and _keeps_a_log(feature) and asks_there:
        return Passed(
            "a gap between fetch and subscription shows in the numbers, and there is a log to fill it"
        )
    if (live := _goes_on_live(feature)) is not None:
        return Violated(f"{lost} never reaches the newcomer, and nobody sends it again.", order, (live,))
    stands_alone = not sync.updates.has("delta", "event") or on_gap.is_stated
    ends = feature.work.end
    if ends.has("marked") and feature.work.bound_to.has("task") and not feature.renewals:
        return Violated(
            f"{lost} never reaches the newcomer. Where that is the end of the work, nothing comes after it "
            "that would show the gap, and its reader waits for good.",
            order,
            (ends,),
        )
    if feature.shows_gaps is None and not (_keeps_a_log(feature) or stands_alone):
        return Violated(
            f"{lost} never reaches the newcomer, unless a number shows that it is missing.",
            order,
            (sync.updates,),
            when="nothing is said of numbers",
        )
    shown = "what a client does with a gap" if feature.shows_gaps else "a gap would show there"
    message = f"A join fetches first; the spec does not say `{silent.dotted}`: {shown}."
    raise Unstated(silent, message=message)


def _goes_on_live(feature: Feature) -> Field[Duration] | Field[str] | None:
    """Where it is stated that one who subscribes gets what is sent from then on, and nothing is replayed."""
    resume = feature.transport.resume
    if feature.shows_gaps or _keeps_a_log(feature):
        return None
    if resume.retention.is_none or resume.retention.has(Duration(0)):
        return resume.retention
    return resume.without if resume.without.has("live") and not resume.by.is_stated else None


def _keeps_a_log(feature: Feature) -> bool:
    """Whether it is stated, or lies in the data, that what was sent can be read once more."""
    is_log = feature.merges_by("append-only") or feature.holds("log") or feature.serves("chat", "feed")
    history = feature.sync.history
    return feature.replays or is_log or history.retention.is_stated or history.max_operations.is_stated


@rule
def shared_text_without_merge(feature: Feature) -> Outcomes:
    """Several people edit a text, and the last one to save wins."""
    sync = feature.sync
    texts = [part for part in sync.data if part.shape.has("text")]
    if feature.direction.has("server-to-client"):
        raise NotApplicable("readers edit nothing")
    if feature.has_one_writer:
        raise NotApplicable("one writes at a time")
    if not texts and (sync.data.is_stated or sync.strategy.has("append-only", "signal")):
        raise NotApplicable("no text is edited together")
    if not texts and feature.purpose.is_stated and not feature.serves("collaborative-editing"):
        raise NotApplicable(f"the purpose {feature.purpose} edits no text together")
    if not texts and sync.strategy.is_stated and not sync.strategy.has("crdt", "ot"):
        raise Undecided(sync.data)
    if not texts and not feature.serves("collaborative-editing"):
        raise Undecided(sync.data)
    if feature.has_one_writer is None:
        raise Undecided(feature.writers)
    if not texts:
        yield _merge(feature, None)
    for text in texts:
        yield _merge(feature, text)


def _merge(feature: Feature, text: Data | None) -> Passed | Violated:
    """How one text is kept whole."""
    strategy = feature.sync.strategy if text is None else feature.strategy_of(text)
    if text is not None and text.lock.of.content:
        return Passed(f"one writer at a time holds the {text.lock.of}")
    if not strategy.is_stated:
        raise Unstated(strategy)
    if strategy.content and feature.refuses_stale and feature.sync.reconcile.has("rebase"):
        if text is not None and text.addressed_by.has("position"):
            raise NotApplicable("a change is made again at its old position: see place-named-by-position")
        return Passed("a change on an old version is refused, and the client makes it again on the new one")
    if strategy.has("server-authoritative"):
        return _checked_text(feature, strategy)
    if strategy.is_none or strategy.has("last-writer-wins", "full-state"):
        editors = feature.concurrent_editors.content
        who = f"{editors} people edit" if editors else "Several people edit"
        how = (
            "nothing merges their changes"
            if strategy.is_none
            else f"with {strategy} one change replaces the other"
        )
        return Violated(f"{who} the same text, and {how}.", strategy, (text.shape,) if text else ())
    return Passed(
        f"{strategy} keeps both of two concurrent changes"
        if strategy.has("crdt", "ot")
        else f"the strategy is {strategy}"
    )


def _checked_text(feature: Feature, strategy: Field[str]) -> Passed | Violated:
    """Whether a server that decides about changes to a text refuses one that others came before."""
    sync, check = feature.sync, feature.sync.durability.version_check
    if check.content or feature.refuses_stale:
        return Passed("a change on an old version is refused")
    is_whole = sync.updates.has("full-state", "state-value") or sync.unit.has("record")
    if not (is_whole and (check.is_stated or sync.reconcile.is_none)):
        raise Undecided(check)
    return Violated(
        "Several people edit the same text, each change holds all of it, and the server takes whichever "
        "comes last.",
        strategy,
        (check if check.is_stated else sync.reconcile,),
    )


def _comes_by_both_ways(feature: Feature) -> bool:
    """Whether a return is sent what is live while it fetches what it missed, and nothing drops the copies."""
    join, is_once = feature.sync.join, feature.sync.delivery.deduplicate.drops
    is_replaced = feature.sync.snapshot.applied.has("replace", "rebase")
    overlaps = join.order.has("subscribe-first") and join.fetch.has("each-time") and feature.replays
    return overlaps and not (join.deduplicate.content or is_once or is_replaced or feature.fills_gaps)


@rule
def counter_drifts(feature: Feature) -> Outcomes:
    """A number is added up beside what it counts, and an error in it stays until somebody counts again."""
    counted = [part for part in feature.sync.data if part.derived.has("increments", "loaded", "kept")]
    if not counted:
        raise NotApplicable("no number is said to be added up beside what it counts")
    kept = next((part for part in counted if part.derived.has("kept")), None)
    summed = next((part for part in counted if part.derived.has("increments")), None)
    on_page = next((part for part in counted if part.derived.has("loaded")), None)
    if summed is not None:
        yield _added_up(feature, summed)
    if on_page is not None:
        yield _counted_on_a_page(feature, on_page)
    if kept is not None:
        yield _kept_beside(kept)


def _kept_beside(part: Data) -> Passed | Violated:
    """Whether anything holds a number that is kept to what it counts."""
    again = part.recounted
    if not again.is_stated:
        raise Unstated(again)
    if again.content:
        way = (
            "changes in one step with what it counts"
            if again.has("together")
            else f"is counted anew in {again}"
        )
        return Passed(f"the number {way}")
    name = f"`{part.name}`" if part.name.content else "A number"
    return Violated(
        f"{name} is kept beside what it counts, each act adds to it or takes from it, and nothing counts "
        "anew: an act that is repeated, two at once or one that is cut short leave it wrong for good.",
        again,
        (part.derived,),
    )


def _added_up(feature: Feature, counted: Data) -> Passed | Violated:
    """Whether a sum of what arrives stays right where something is lost or comes twice."""
    sync, delivery = feature.sync, feature.sync.delivery
    if (again := next(iter(feature.renewals), None)) is not None:
        return Passed(f"the number is fetched or sent again: `{again.dotted}` is {again}")
    copies = delivery.guarantee.has("at-least-once") and not delivery.deduplicate.is_stated
    overlap, dropped = _comes_by_both_ways(feature), sync.join.deduplicate
    copies = copies or delivery.deduplicate.is_none or (overlap and dropped.is_stated)
    promised = delivery.guarantee.has("at-least-once", "exactly-once")
    barred = way_back(feature).bars if feature.transport.resume.is_stated and not promised else None
    losses = delivery.guarantee.has("at-most-once") or feature.transport.resume.is_none or barred is not None
    name = f"`{counted.name}`" if counted.name.content else "a number"
    if not copies and not losses and overlap:
        return Violated(
            f"Each client adds up {name} by itself, and a return subscribes and then fetches what it missed: "
            f"what comes by both ways counts twice, unless `{dropped.dotted}` says that it is dropped.",
            counted.derived,
            (sync.join.order, sync.join.fetch),
            when="nothing is said of losses and copies",
        )
    if not copies and not losses and not delivery.guarantee.is_stated:
        if feature.transport.resume.is_stated or feature.rejoin_brings_history or delivery.is_stated:
            raise Undecided(delivery.guarantee)
        return Violated(
            f"Each client adds up {name} by itself, and nothing is said to bring it again: what is lost "
            "while a client is away, or comes twice, leaves it wrong until it is reloaded.",
            counted.derived,
            when="nothing is said of losses and copies",
        )
    if not copies and not losses:
        return Passed("each message is counted once")
    fault = "a copy counts twice" if copies else "a message that is lost never counts"
    causes = (*((barred,) if barred else ()), delivery.deduplicate, dropped, delivery.guarantee)
    related = next((part for part in causes if part.is_stated), feature.transport.resume)
    return Violated(
        f"Each client adds up {name} by itself: {fault}, and the number stays wrong until it is reloaded.",
        counted.derived,
        (related,),
    )


def _counted_on_a_page(feature: Feature, part: Data) -> Passed | Violated:
    """Whether a client that counts among what it has loaded has loaded all of it."""
    newest, recent = feature.sync.join.history, feature.sync.history.loaded
    if recent.has("all", "snapshot"):
        return Passed("a client loads all of it, and counts among that")
    if not (newest.content or recent.content):
        raise Undecided(recent)
    few: Part = newest if newest.content else recent
    name = f"`{part.name}`" if part.name.content else "a number"
    first = f" the newest {newest}" if newest.content else " the most recent part"
    return Violated(
        f"Each client counts {name} among what it has loaded,{first}: the number ends there, and is another "
        "one on each screen.",
        part.derived,
        (few,),
    )


@rule
def load_grows_with_history(feature: Feature) -> Outcomes:
    """Whoever opens it reads all that ever happened, which is more each day."""
    history, compaction = feature.sync.history, feature.sync.compaction
    past = feature.sync.join.history
    is_span = isinstance(past.content, Duration)
    if not history.loaded.is_stated and not is_span:
        raise NotApplicable("nothing is said of what is read at the start")
    if history.loaded.has("recent") or (is_span and not history.loaded.has("all")):
        yield _recent_part(feature, past)
        return
    if not history.loaded.has("all"):
        yield Passed(f"what is read at the start is {history.loaded}")
        return
    if reason := _has_an_end(feature):
        yield _replayed_until_its_end(feature, reason)
        return
    if history.max_operations.content:
        yield Passed(f"no more than {history.max_operations} operations are kept")
    elif history.retention.content and not compaction.is_there:
        yield _recent_part(feature, history.retention, when="it ends with what is kept")
    elif compaction.is_none or (history.retention.is_stated and not history.retention.content):
        cause: Part = history.retention if history.retention.is_stated else compaction
        yield Violated(
            "Each start reads the whole history, and nothing shortens it: opening takes longer each day.",
            history.loaded,
            (cause,),
            when="it ends with what is kept" if feature.workload.rooms.ends.has("by-host") else "",
        )
    elif compaction.is_stated:
        yield Passed("what is read is folded, so that it does not grow with each change")
    elif feature.sync.library.content:
        raise Unstated(history.retention)
    else:
        yield Violated(
            "Each start reads the whole history, and nothing is said to shorten it: opening takes longer "
            "each day.",
            history.loaded,
            when="nothing is said of what shortens it",
        )


def _replayed_until_its_end(feature: Feature, reason: str) -> Outcome:
    """All that happened in a room that ends, where it is stated that nothing stands for a part of it.

    Raises:
        NotApplicable: it ends, and nothing says that there is no snapshot.

    """
    sync, rooms, sent = feature.sync, feature.workload.rooms, feature.workload.messages.per_client
    if not (sync.snapshot.is_none and sync.compaction.is_none):
        raise NotApplicable(reason)
    lasts = rooms.ends if isinstance(rooms.ends.content, Duration) else feature.workload.session.p95
    rate = rate_in_room(feature)
    if rate.content is None and isinstance(sent.content, Rate):
        rate = named("messages of a room", term(sent), Rate)
    if rate.content is None or not lasts.is_stated:
        return Violated(
            "Who returns is sent all that happened in the room so far, and no state stands for a part of it: "
            "the later in its life, the longer until the client is level.",
            sync.history.loaded,
            (sync.snapshot, sync.compaction),
            when="it ends with the room",
        )
    return Limit(
        "what a room holds at its end",
        named("entries of a room", rate * term(lasts), Count),
        "what a client applies before its user waits",
        REPLAYED,
        or_equal=True,
        at=sync.history.loaded,
        note="Who returns late in its life applies all of it, and is not level until then.",
        propose=(),
    )


def _has_an_end(feature: Feature) -> str:
    """Why what a room has of the past does not grow each day; empty where it may."""
    ends, work = feature.workload.rooms.ends, feature.work
    if ends.has("when-empty", "when-over") or isinstance(ends.content, Duration):
        return f"a room ends, and its history with it: `{ends.dotted}` is {ends}"
    is_output = work.bound_to.is_stated and feature.direction.has("server-to-client")
    if is_output and feature.has_one_writer and not work.limit.is_none:
        return "the history is the output of one piece of work, which ends"
    return ""


def _recent_part(
    feature: Feature, past: Field[Count | Duration] | Field[Duration], when: str = ""
) -> Outcome:
    """A recent part is as long as it was busy, unless a number or a page bounds it."""
    join, most = feature.sync.join, feature.sync.history.max_operations
    if isinstance(join.history.content, Count):
        return Passed(f"no more than {join.history} past messages are read")
    if most.content:
        return Passed(f"no more than {most} operations are kept")
    if join.remainder.has("paged"):
        return Passed("the past is read page by page")
    if not past.content:
        raise Undecided(past)
    if feature.only_ephemeral:
        raise NotApplicable("nothing of the past is kept")
    loaded, is_steady = feature.sync.history.loaded, feature.workload.messages.when.has("interval")
    if feature.asks_for_a_span:
        raise Undecided(feature.transport.resume.from_)
    messages = named("messages of that time", rate_in_room(feature) * term(past), Count).content
    if messages is not None and messages <= SCREENFUL:
        return Passed(f"a busy room has {messages} messages in {past}")
    if messages is None and (is_steady or feature.serves("telemetry")):
        return Passed(f"messages come at an interval, so that {past} are a number of them")
    is_short = messages is None and isinstance(past.content, Duration) and past.content <= MINUTES
    many = "" if messages is None else f", which are {messages} messages in a busy room"
    grows = "." if is_steady else ": it is longest for everybody when most is going on."
    return Violated(
        f"Each start reads all of the last {past}{many}, and no number or page bounds it{grows}",
        past,
        (loaded,) if loaded.is_stated else (),
        when or ("it is a few minutes" if is_short else ""),
    )
