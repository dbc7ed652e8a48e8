"""The order of messages: who makes it, by which clock, and whether a gap in it is seen."""

from rtreview.language import catalogue
from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known
from rtreview.numbers.expression import Expression, named, term
from rtreview.quantities.quantity import Count, Size
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

DOUBT = "the guarantee alone tells of losses"
"""The case of a stream that may lose something, though no channel or datagram does (gap-passed-over)."""

ENTRY = Size(8)
"""One entry of a vector clock: 8 to 16 B, the lower figure."""


@rule
def total_order_without_sequencer(feature: Feature) -> Outcomes:
    """One order is claimed for all, and nobody makes it."""
    ordering, topology = feature.sync.ordering, feature.topology
    backplane = topology.backplane
    if not ordering.scope.content:
        raise NotApplicable("no order is claimed")
    if not ordering.scope.has("total", "per-room"):
        raise NotApplicable(f"order {ordering.scope} needs no single place")
    if ordering.by.has("lamport", "vector-clock"):
        raise NotApplicable(f"order is made by {ordering.by}, without a single place")
    if feature.transport.service.content and not topology.nodes.is_stated:
        raise NotApplicable(f"messages get their order in {feature.transport.service}")
    if feature.has_one_writer:
        raise NotApplicable("one writer is in order with itself")
    if feature.connection.holders.has(Count(1)):
        raise NotApplicable("one node sees all messages in one order")
    if feature.has_room_in_one_process:
        raise NotApplicable("one process sees all messages of a room")
    if ordering.assigned_by.has("room-owner", "global", "log") or topology.sequencer.content:
        place = topology.sequencer if topology.sequencer.content else ordering.assigned_by
        yield Passed(f"`{place.dotted}` is {place}")
        return
    for name in (backplane.kind, backplane.adapter):
        platform = catalogue.find(name)
        if platform and platform.has("ordered-log"):
            raise NotApplicable(f"messages get their order in {name}")
    publishers = known(topology.publishers)
    if publishers == "single":
        yield Passed("one process publishes all messages of a room")
        return
    if ordering.by.has("timestamp"):
        _clocks_of_servers(feature)
    by_itself = ordering.by.has("connection", "timestamp") or ordering.assigned_by.has("sender")
    by_itself = by_itself or ordering.assigned_by.is_none
    if not topology.sequencer.is_stated and not by_itself:
        raise Undecided(topology.sequencer)
    for name in (backplane.kind, backplane.adapter):
        catalogue.known(name)
    yield Violated(
        f"Order {ordering.scope} is claimed; several processes publish, and {_no_single_order(feature)}.",
        ordering.scope,
        (topology.publishers, topology.sequencer if topology.sequencer.is_stated else ordering.by),
        when="clocks make the order" if ordering.by.has("timestamp") else "",
    )


def _clocks_of_servers(feature: Feature) -> None:
    """End a rule about order by time where it is not the clocks of several servers that make it."""
    clock = feature.sync.clock
    if clock.has("client-wall") or not clock.is_stated:
        raise NotApplicable("order is made by clocks: see wall-clock-conflict-resolution")
    if clock.has("lamport", "hybrid-logical", "vector", "version"):
        raise NotApplicable(f"a {clock} clock needs no single place")


def _no_single_order(feature: Feature) -> str:
    """What there is in place of one order."""
    ordering = feature.sync.ordering
    if ordering.by.has("connection"):
        return "each connection has an order of its own"
    if ordering.by.has("timestamp"):
        return "each stamps by its own clock, so that the later message may carry the earlier time"
    return "each sender numbers its own" if ordering.assigned_by.has("sender") else "nobody numbers messages"


@rule
def wall_clock_conflict_resolution(feature: Feature) -> Outcomes:
    """The clock of a phone decides which of two changes survives, or which came first."""
    sync = feature.sync
    clock, ordering = sync.clock, sync.ordering
    wins = [strategy for strategy in feature.strategies if strategy.has("last-writer-wins")]
    by_time = ordering.by.has("timestamp") and not ordering.scope.is_none
    if feature.is_momentary:
        raise NotApplicable("what is decided wrongly is replaced a moment later")
    if feature.has_one_writer:
        raise NotApplicable("one writer is ordered by its own clock")
    if by_time and not wins and ordering.scope.has("per-sender"):
        raise NotApplicable("the messages of one sender are ordered by its own clock")
    if not wins and not by_time:
        if not clock.has("client-wall"):
            raise NotApplicable("no clock of a client is stated to decide")
        if feature.strategies and (ordering.is_stated or not feature.merges_by("append-only")):
            raise NotApplicable(f"with {feature.strategies[0]} no time decides")
        if ordering.is_stated or feature.has_one_writer is None:
            raise Undecided(feature.writers if feature.has_one_writer is None else sync.strategy)
    is_senders = by_time and ordering.assigned_by.has("sender") and not clock.is_stated
    deciding = ordering.assigned_by if is_senders and not feature.workload.only("server") else clock
    if deciding is clock and known(clock) != "client-wall":
        yield Passed(f"the clock is {clock}, not that of a client")
        return
    if feature.has_one_writer is None:
        raise Undecided(feature.writers)
    if wins:
        decides = "which of two changes survives: a fast one wins until the others have caught up"
    else:
        decides = "which message is first: a fast one moves its own behind those that were written later"
    editors = feature.concurrent_editors.content
    whose = f"Among {editors} editors" if editors else "Among several writers"
    yield Violated(
        f"{whose} the clock of a client decides {decides}.",
        deciding,
        (wins[0],) if wins else (ordering.by,) if ordering.by.is_stated else (),
        _clock_decides_little(feature, wins),
    )


@rule
def future_date_stays_newest(feature: Feature) -> Outcomes:
    """A value that is dated in the future counts as the newest until the clock gets there."""
    sync, ahead = feature.sync, feature.sync.values.ahead
    if not sync.clock.has("client-wall"):
        raise NotApplicable("no date that a device gives is said to decide which value is the newest")
    if sync.values.dated.has("receipt"):
        raise NotApplicable("a value is dated by its receiver")
    if not (feature.is_state_valued or feature.holds_only("register")) or feature.is_momentary:
        raise NotApplicable("no value replaces another")
    if ahead.content is not None:
        yield Passed(f"a date more than {ahead} ahead is not taken")
        return
    if not ahead.is_none and feature.has_one_writer is False:
        raise NotApplicable("several clocks decide: see wall-clock-conflict-resolution")
    stays = "A device whose clock was once ahead sends a value that stays the newest until its date has come"
    if ahead.is_none:
        yield Violated(f"{stays}: all that it measures until then counts as older.", ahead, (sync.clock,))
    elif feature.serves("telemetry") and not sync.ordering.is_gapless:
        raise Unstated(ahead, message=f"{stays}; the spec does not say `{ahead.dotted}`.")
    else:
        raise Undecided(ahead)


def _clock_decides_little(feature: Feature, wins: list[Field[str]]) -> str:
    """The case of a clock by which less is lost, or of which nothing says what it decides."""
    if feature.workload.only("server"):
        return "the clocks are those of servers"
    if wins and feature.sync.overwritten.has("told", "kept"):
        return "what loses is not lost"
    if wins:
        return "it is about single values" if feature.holds_only("register", "ephemeral") else ""
    return "" if feature.sync.ordering.by.has("timestamp") else "nothing is said of what it decides"


@rule
def gap_undetectable(feature: Feature) -> Outcomes:
    """What joins the nodes may lose a message, and nobody can see that it is missing."""
    _depends_on_a_backplane(feature)
    sync, ordering, backplane = feature.sync, feature.sync.ordering, feature.topology.backplane
    is_hint, promised = sync.updates.has("signal"), sync.delivery.guarantee
    if feature.only_ephemeral or feature.next_heals:
        raise NotApplicable("the next update replaces the one that is lost")
    if feature.merges_by("crdt", "ot") and not ordering.on_gap.is_none:
        raise NotApplicable(f"with {feature.strategies[0]} a change names what it builds on")
    if promised.has("at-most-once"):
        raise NotApplicable("no more than at-most-once is promised")
    source = _keeps_nothing(feature) or backplane.guarantee
    known(source)
    if not is_hint:
        known(promised)
    kind = backplane.kind.content or "The backplane"
    claim = "signals are all that tells" if is_hint else f"{promised} is promised"
    is_mild = is_hint or not backplane.guarantee.is_stated
    case = "a signal is lost, or the catalogue tells the guarantee" if is_mild else ""
    if not is_mild and _comes_at_the_next_join(feature):
        case = "the next join brings it"
    if backplane.guarantee.has("at-least-once"):
        yield Passed(f"{kind[0].lower()}{kind[1:]} is at-least-once itself")
    elif reason := _heals_a_loss(feature):
        yield Passed(reason)
    elif not feature.passes_over_gaps and not ordering.by.is_stated and not ordering.is_none:
        told = f"{kind[0].upper()}{kind[1:]} is at-most-once, and {claim}"
        message = (
            f"{told}; the spec does not say `{ordering.by.dotted}`, by which a receiver would see a gap."
        )
        raise Unstated(ordering.by, message=message, when=case)
    elif _has_positions(feature):
        raise Undecided(ordering.on_gap)
    else:
        order, unseen = _unseen_gap(feature)
        yield Violated(
            f"{kind[0].upper()}{kind[1:]} is at-most-once, {claim}, and {unseen}.",
            source,
            (*((promised,) if promised.is_stated else ()), order),
            case,
        )


def _has_positions(feature: Feature) -> bool:
    """Whether messages have positions that a client may compare while it is connected, and no word on it."""
    by, on_gap = feature.transport.resume.by, feature.sync.ordering.on_gap
    return by.has("offset", "last-event-id") and not (on_gap.is_stated or feature.sync.updates.has("signal"))


def _comes_at_the_next_join(feature: Feature) -> bool:
    """Whether what a connected client has missed is stored, and fetched each time that it joins."""
    join, stored = feature.sync.join, feature.fan_out.stored
    return bool(
        feature.join_brings_history and join.fetch.has("each-time") and stored.has("before", "together")
    )


def _depends_on_a_backplane(feature: Feature) -> None:
    """End a rule about the backplane where no message crosses one on its way to a client."""
    topology, backplane = feature.topology, feature.topology.backplane
    if feature.connection.looks_each_time:
        raise NotApplicable("each poll fetches what is new")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    if backplane.is_none or feature.connection.holders.has(Count(1)):
        raise NotApplicable("no backplane joins nodes")
    if not backplane.is_stated:
        raise NotApplicable("no backplane is stated")
    if topology.routing.has("by-room"):
        raise NotApplicable("all members of a room are on one node")


def _heals_a_loss(feature: Feature) -> str:
    """How a client gets over a message that the backplane lost; nothing where nothing says so."""
    sync = feature.sync
    for every in feature.renewals:
        return f"the whole state comes every {every}, whatever was lost"
    if reason := _sees_gaps(feature):
        return reason
    if sync.delivery.retry_for.content and feature.direction.has("server-to-client"):
        return f"a message that is not acknowledged is sent again for {sync.delivery.retry_for}"
    return ""


def _keeps_nothing(feature: Feature) -> Field[str] | None:
    """The name of what joins the nodes, where the catalogue alone tells that it keeps nothing."""
    backplane = feature.topology.backplane
    if backplane.guarantee.is_stated:
        return None
    for name in (backplane.adapter, backplane.kind):
        platform = catalogue.find(name)
        if platform:
            return name if platform.has("keeps-nothing") else None
    return None


def _unseen_gap(feature: Feature) -> tuple[Part, str]:
    """Where it is stated that a receiver does not see a gap, or passes over it, and how."""
    ordering = feature.sync.ordering
    if feature.passes_over_gaps:
        acts = "waits for it in vain" if ordering.on_gap.content else "goes on without it"
        return ordering.on_gap, f"a receiver that misses a message {acts}"
    return ordering if ordering.is_none else ordering.by, "no number shows what it has lost"


def _sees_gaps(feature: Feature) -> str:
    """How a receiver sees that a message is missing, and acts; empty where nothing says so."""
    ordering = feature.sync.ordering
    if feature.passes_over_gaps:
        return ""
    if ordering.on_gap.content and feature.shows_gaps is not False:
        return f"a receiver that misses a number ends in {ordering.on_gap}"
    if feature.shows_gaps:
        return f"a gap shows in the numbers: order is made by {ordering.by}"
    return ""


def _numbers_have_holes(feature: Feature) -> Violated | None:
    """Numbers of which a member of one room gets some only, where each that it lacks counts as a gap."""
    ordering = feature.sync.ordering
    if feature.shows_gaps is not False or not ordering.by.has("sequence", "sequencer"):
        return None
    at: Part = ordering.assigned_by if ordering.assigned_by.content else feature.topology.sequencer
    return Violated(
        f"One counter numbers the messages of all rooms, and a member of one room takes each message of "
        f"another for a gap, which ends in {ordering.on_gap}: again and again, while nothing is missing.",
        at,
        (ordering.on_gap, ordering.by),
        when="a message may name the one before it",
    )


@rule
def gap_passed_over(feature: Feature) -> Outcomes:
    """A change is missing, and those after it are applied as if it were there."""
    sync, on_gap = feature.sync, feature.sync.ordering.on_gap
    if feature.connection.looks_each_time:
        raise NotApplicable("each poll fetches what is new")
    if adrift := _sent_once(feature):
        yield adrift
        return
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    waits = on_gap.has("wait") and _may_be_missing(feature)
    if on_gap.content and (acts := _acts_on_gap(feature, waits=waits)):
        yield acts
        return
    if not on_gap.is_none and not waits:
        _has_all_that_is_apart(feature)
        raise NotApplicable("nothing says that a gap is passed over")
    if not waits and (alone := _missed_for_good(feature)):
        yield alone
        return
    _builds_on_the_one_before(feature)
    for every in feature.renewals:
        yield Passed(f"the whole state comes every {every}, and replaces what is wrong")
        return
    if not (hole := _hole_of_a_return(feature)) and _loses_nothing(feature):
        raise NotApplicable("one node sends in order over one connection, and drops nothing")
    if sync.delta_from.has("acknowledged") or feature.transport.resume.without.has("whole"):
        yield Passed("a change builds on what its receiver has acknowledged, not on the one before")
        return
    if feature.connection.is_datagrams and not (sync.delta_from.is_stated or sync.replicas.is_there):
        raise Undecided(sync.delta_from)
    if waits:
        yield _waits_in_vain(feature)
        return
    if feature.shows_gaps is None:
        raise Undecided(sync.ordering.by)
    if hole:
        yield hole
        return
    if not feature.shows_gaps:
        raise Undecided(feature.topology.nodes, feature.backpressure.overflow)
    yield Violated(
        "Each update builds on the one before and has a number, and a client that misses one goes on: it "
        "shows a state that nobody else has.",
        on_gap,
        (sync.updates,) if sync.updates.is_stated else (),
    )


def _hole_of_a_return(feature: Feature) -> Violated | None:
    """A client that goes on with the state that it had, and lacks what was sent since; None for others."""
    sync, resume = feature.sync, feature.transport.resume
    if not sync.ordering.on_gap.is_none or feature.shows_gaps is not False:
        return None
    decided = (resume.without, resume.without.has("live")), (resume.on_gap, resume.on_gap.is_none)
    lacks: Part | None = next((part for part, is_left_out in decided if is_left_out), None)
    if lacks is None and resume.is_none:
        lacks = resume
    if lacks is None or not sync.join.fetch.has("once") or not sync.updates.has("delta"):
        return None
    return Violated(
        "Each update builds on the one before, and none has a number: a client that comes back goes on with "
        "the state that it had, and neither sees that something is missing nor fetches it.",
        sync.ordering.on_gap,
        (sync.ordering.by if sync.ordering.by.is_stated else sync.ordering, lacks),
        "only a return leaves the gap",
    )


def _acts_on_gap(feature: Feature, *, waits: bool) -> Passed | Violated | None:
    """What follows from what a receiver is said to do that misses a number; None where it waits in vain."""
    holes = _numbers_have_holes(feature)
    if holes is not None or waits:
        return holes
    if feature.shows_gaps is False:
        # What it does that misses a number says little where no message has one.
        raise Undecided(feature.sync.ordering.by)
    return Passed(f"a receiver that misses a number ends in {feature.sync.ordering.on_gap}")


def _sent_once(feature: Feature) -> Violated | None:
    """A change from what was sent, of which nothing brings a lost one again, up or down; None for others."""
    sync, delivery = feature.sync, feature.sync.delivery
    builds = sync.updates.has("delta") and sync.delta_from.has("sent") and not feature.is_momentary
    again = delivery.retry_for.content or delivery.channel.reliable.has(True) or feature.renewals
    if not (builds and delivery.is_once_by_decision and delivery.repeat.is_none) or again:
        return None
    if sync.ordering.on_gap.content or feature.replays or feature.merges_by("crdt", "ot"):
        return None
    return Violated(
        "Only what has changed since it was last sent is sent, and once: a receiver that misses it holds the "
        "old value until that one changes again, and nothing shows it.",
        sync.delta_from,
        (delivery.repeat, delivery.guarantee),
        DOUBT,
    )


def _has_all_that_is_apart(feature: Feature) -> None:
    """End a rule about gaps where a change that is too large for the stream is one, until it is fetched.

    Raises:
        Unstated: nothing says what a receiver does that lacks it.

    """
    sync, on_gap = feature.sync, feature.sync.ordering.on_gap
    is_apart = feature.transport.large_messages.has("apart") and not sync.snapshot.is_stated
    if is_apart and sync.updates.has("delta") and sync.delta_from.has("previous") and not on_gap.is_stated:
        raise Unstated(
            on_gap,
            message="What is large travels apart from the changes, each of which builds on the one before: a "
            "receiver that does not fetch it, or not in time, lacks a change. The spec does not say what it "
            f"does then (`{on_gap.dotted}`).",
        )


def _builds_on_the_one_before(feature: Feature) -> None:
    """End a rule about updates each of which needs those before: changes, or the inputs of a computation."""
    sync = feature.sync
    if feature.is_fleeting or feature.is_state_valued:
        raise NotApplicable("no update builds on the one before")
    if sync.replicas.is_there:
        return
    if sync.updates.has("event"):
        raise NotApplicable("no update builds on the one before")
    if feature.merges_by("crdt", "ot", "append-only"):
        raise NotApplicable(f"with {feature.strategies[0]} no change is applied to the wrong state")
    if known(sync.updates) != "delta":
        raise NotApplicable(f"an update is {sync.updates}")


def _missed_for_good(feature: Feature) -> Violated | None:
    """An entry of a log whose number shows that it is missing, and that nobody fetches."""
    sync = feature.sync
    is_entry = feature.merges_by("append-only") and (sync.updates.has("event") or feature.serves("chat"))
    if not (is_entry and feature.shows_gaps) or feature.is_momentary or feature.renewals:
        return None
    if sync.delivery.guarantee.has("at-most-once") or _loses_nothing(feature):
        return None
    return Violated(
        "Messages have numbers, and a client that misses one goes on: it sees the hole, and never gets what "
        "stood there.",
        sync.ordering.on_gap,
        (sync.ordering.by,),
        "each message stands alone",
    )


def _may_be_missing(feature: Feature) -> bool:
    """Whether what a delta builds on may be lost on the way, or come after it by another channel."""
    reliable, base = feature.sync.delivery.channel.reliable, feature.sync.delta_from
    apart = base.has("sent") and (feature.connection.is_datagrams or reliable.is_stated)
    apart = apart or feature.sync.delivery.is_once_by_decision
    return apart or reliable.has(False) or (feature.connection.is_datagrams and not reliable.is_stated)


def _waits_in_vain(feature: Feature) -> Violated | Passed:
    """Whether one who waits for a number that was lost is sent it after all, and before what builds on it."""
    sync, delivery = feature.sync, feature.sync.delivery
    base, reliable = sync.delta_from, delivery.channel.reliable
    again = (delivery.repeat.after, delivery.repeat.on, delivery.retry_for, delivery.repeated_by, reliable)
    repeated: Part | None = next((part for part in again if part.content), None)
    if repeated is None and delivery.guarantee.has("at-least-once", "exactly-once"):
        repeated = delivery.guarantee
    if repeated is not None and not base.has("sent"):
        return Passed(f"what was lost is sent again: `{repeated.dotted}` is {repeated}")
    once = delivery.is_once_by_decision
    if repeated is None and not reliable.is_stated and not once:
        raise Undecided(reliable)
    until = "until it comes" if repeated else "though nothing sends it again"
    return Violated(
        f"A client that lacks what the next update builds on waits for it, {until}: it stands still while "
        "newer states lie in its buffer.",
        sync.ordering.on_gap,
        tuple(part for part in (base, reliable, delivery.guarantee) if part.is_stated),
        "what was lost is sent again" if repeated else "" if reliable.is_stated or not once else DOUBT,
    )


def _loses_nothing(feature: Feature) -> bool:
    """Whether all that is sent to a client comes from one node, in order, until the connection ends."""
    is_one_node = feature.topology.nodes.has(Count(1)) and not feature.fan_out.publish.has("requests")
    return is_one_node and feature.backpressure.overflow.has("disconnect", "block", "catch-up")


def _clock_of_a_message(feature: Feature) -> Expression[Size]:
    """What a vector clock adds to a message, at 8 B an entry: one for each who writes in the room."""
    editors = feature.concurrent_editors
    writers = term(editors, "editors") if editors.content else term(feature.room, "members")
    return named("vector clock of a message", ENTRY * writers)


@rule
def clock_metadata_blowup(feature: Feature) -> Outcomes:
    """The clock on a message is larger than the message."""
    ordering = feature.sync.ordering
    if ordering.is_none or not (ordering.by.has("vector-clock") or feature.sync.clock.has("vector")):
        raise NotApplicable("no vector clock is stated")
    if feature.merges_by("crdt"):
        raise NotApplicable("a CRDT library writes its clocks in its own, compact way")
    if feature.has_one_writer:
        raise NotApplicable("one writer is one entry")
    if feature.topology.sequencer.content:
        numbered = f"Messages are numbered {feature.topology.sequencer} already."
    else:
        numbered = ""
    yield Limit(
        "the vector clock of a message",
        _clock_of_a_message(feature),
        "the message",
        feature.workload.messages.size.typical,
        or_equal=True,
        note=numbered,
        at=ordering.by if ordering.by.content else feature.sync.clock,
    )
