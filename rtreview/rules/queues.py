"""What waits for slow clients: how much, how old, and what becomes of it when it is too much."""

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known
from rtreview.language.sections.backpressure import Queue
from rtreview.language.sections.workload import MACHINES
from rtreview.models.queue import time_to_fill
from rtreview.numbers.expression import Expression, leaves, named, smaller, term
from rtreview.numbers.fan_out import doubts_of_updates, rate_in_room, update_size
from rtreview.numbers.queues import (
    DROPS,
    bound_of_queue,
    is_endless,
    memory_of_queues,
    received,
    receives,
    waits,
)
from rtreview.numbers.replay import told_in_vain
from rtreview.quantities.quantity import Count, Ratio, Size
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

UNEVEN = 10
"""Up to this ratio of largest to usual message, a count tells the bytes (queue-bound-by-count-only)."""

COUNTED = ("chat", "notifications", "commands", "console", "data-sync")
"""Purposes in which no message may be left out unseen (lossy-queue-on-delta-stream)."""

FEW_COPIES = 10_000
"""So many messages wait in any memory (slow-client-memory-budget)."""

USUAL_BOUND = Size(1024 * 1024)
"""What Centrifugo lets wait for one client (queue-bound-by-count-only)."""


def _is_bounded(feature: Feature) -> None:
    """End a rule about the bound of a queue where there is none."""
    waits(feature)
    if is_endless(feature.backpressure.queue):
        raise NotApplicable("the queue has no bound: see unbounded-message-queue")


@rule
def lossy_queue_on_delta_stream(feature: Feature) -> Outcomes:
    """A message is dropped, the stream goes on, and its receiver never learns of it."""
    backpressure, sync = feature.backpressure, feature.sync
    overflow, dropped, carries = backpressure.overflow, backpressure.dropped, backpressure.carries
    waits(feature)
    if sync.delta_from.has("acknowledged"):
        raise NotApplicable("a delta builds on what its receiver has acknowledged")
    stands_alone = _means_something_alone(feature)
    if stands_alone and not _is_missed(feature):
        raise NotApplicable(stands_alone)
    builds_on = carries.has("delta") or sync.updates.has("delta") or feature.merges_by("crdt", "ot")
    replaced = _is_replaced(feature)
    if not replaced and known(overflow) not in DROPS:
        yield Passed(f"the overflow is {overflow}, which drops nothing")
    elif reason := _heals_a_drop(feature):
        yield Passed(reason)
    elif replaced:
        yield _replaced_by_the_last(feature, "one entry is missed" if stands_alone else "a key may hold all")
    elif not stands_alone and not builds_on:
        if not _counts_each(feature):
            raise Undecided(carries)
        yield _drop_untold(feature)
    elif dropped.is_none or feature.passes_over_gaps:
        yield _unseen_drop(feature, dropped, "one entry is missed" if stands_alone else "")
    elif stands_alone and feature.replays and not dropped.is_stated:
        yield _past_the_loss(feature)
    elif stands_alone and (_counts_each(feature) or _is_followed(feature)):
        yield _drop_untold(feature)
    elif not stands_alone and (feature.transport.resume.is_none or feature.transport.resume.on_gap.is_none):
        yield _unrepaired_drop(feature)
    else:
        raise Unstated(
            dropped,
            message=f"A full queue drops messages ({overflow}), and those that follow move the client past "
            f"the loss; the spec does not say `{dropped.dotted}`.",
            when="one entry is missed" if stands_alone else "",
        )


def _means_something_alone(feature: Feature) -> str:
    """Why a message means something without those before it; nothing where it may not.

    Raises:
        NotApplicable: one that is lost is replaced anyway.

    """
    carries, updates = feature.backpressure.carries, feature.sync.updates
    if carries.has("delta"):
        return ""
    if feature.is_momentary:
        raise NotApplicable("a signal does not build on the one before")
    if carries.has("state"):
        raise NotApplicable(f"`{carries.dotted}` is {carries}: no message builds on the one before")
    if not carries.is_stated and feature.is_state_valued:
        raise NotApplicable("each update holds a complete value")
    if carries.has("event"):
        return f"`{carries.dotted}` is {carries}: no message builds on the one before"
    if updates.has("signal"):
        return "a signal does not build on the one before"
    if updates.has("event"):
        return "an event stands for itself"
    if feature.merges_by("append-only"):
        return "an entry of a log does not build on the one before"
    if feature.sync.is_none or feature.sync.strategy.is_none:
        raise NotApplicable("nothing is kept in sync")
    return ""


def _is_missed(feature: Feature) -> bool:
    """Whether a message that stands for itself is stated to count: it has an id, or is kept nowhere else."""
    sync, transport, overflow = feature.sync, feature.transport, feature.backpressure.overflow
    if _is_replaced(feature):
        return True
    lossy = sync.delivery.guarantee.has("at-most-once") and not feature.backpressure.dropped.is_none
    if not overflow.has(*DROPS) or (lossy and not _is_followed(feature)):
        return False
    if feature.serves("game", "telemetry") and not feature.backpressure.dropped.is_none:
        return False
    has_ids = transport.resume.by.has("last-event-id", "offset") or bool(transport.event_ids.content)
    # Nobody tells a client what was dropped, where each entry is one that people read.
    counts = _counts_each(feature) or _is_followed(feature)
    untold = feature.merges_by("append-only") and feature.backpressure.dropped.is_none
    return has_ids or counts or untold or feature.keeps_nothing or sync.delivery.retain.is_none


def _counts_each(feature: Feature) -> bool:
    """Whether each message is stated to be one that people read, or a program carries out."""
    return feature.holds("log") or feature.serves(*COUNTED)


def _is_followed(feature: Feature) -> bool:
    """Whether programs alone follow a feed of entries, each of which they store, act on or count.

    That no more than at-most-once is promised them says nothing of what they need.
    """
    effect = feature.sync.effect
    if not feature.workload.only(*MACHINES) or effect.has("shown"):
        return False
    entries = feature.holds("log") or feature.merges_by("append-only")
    return effect.has("stored", "acts") or (entries and feature.serves("feed", "data-sync"))


def _is_replaced(feature: Feature) -> bool:
    """Whether the last value of a key is all that waits, and could not stand for those before it."""
    carries, overflow = feature.backpressure.carries, feature.backpressure.overflow
    by_key = bool(feature.backpressure.queue.max_keys.content) and not overflow.is_stated
    if not (overflow.has("coalesce") or by_key):
        return False
    if feature.merges_by("crdt", "ot") or feature.is_state_valued:
        return False
    is_shown = feature.serves("dashboard", "telemetry", "game")
    # The last command for a device, or notice of a room, may well stand for those before it.
    entries = feature.holds("log") or feature.merges_by("append-only")
    is_log = feature.serves("chat", "console") or (entries and not is_shown)
    is_chat = feature.serves("chat") and not carries.is_stated
    # Changes that wait can be merged, unless each builds on the one before it.
    builds = carries.has("delta") and feature.sync.delta_from.has("previous")
    return builds or (carries.has("event") and is_log) or is_chat


def _replaced_by_the_last(feature: Feature, case: str) -> Violated:
    """Of changes or entries, each of which counts, the last one takes the place of those before it."""
    backpressure = feature.backpressure
    what = "changes that build on one another" if backpressure.carries.has("delta") else "entries"
    return Violated(
        f"A queue keeps the last of several {what}, as if it held those before it: they are lost.",
        backpressure.overflow if backpressure.overflow.is_stated else backpressure.queue.max_keys,
        (backpressure.carries,) if backpressure.carries.is_stated else (),
        case if backpressure.carries.is_stated else "how a client learns of it is open",
    )


def _heals_a_drop(feature: Feature) -> str:
    """How a client that stays connected gets over a dropped message; nothing where nothing says so."""
    sync, dropped = feature.sync, feature.backpressure.dropped
    if dropped.has("marked"):
        if barred := told_in_vain(feature):
            raise Undecided(barred)
        return "a client is told that messages for it were dropped"
    if dropped.content:
        return f"a drop ends in a {dropped}"
    if feature.fills_gaps:
        return f"a gap shows in the numbers, and ends in {sync.ordering.on_gap}"
    for every in feature.renewals:
        return f"the whole state comes every {every}, with what was dropped"
    joins = sync.join.order.has("snapshot", "fetch-first", "fetch-then-replay")
    if feature.shows_gaps and joins and not sync.ordering.on_gap.is_stated:
        raise Undecided(sync.ordering.on_gap)
    return ""


def _unseen_drop(feature: Feature, dropped: Field[str], case: str) -> Violated:
    """A message is dropped, and its receiver is stated not to learn of it, or to do nothing about it."""
    on_gap, resume = feature.sync.ordering.on_gap, feature.transport.resume
    overflow = feature.backpressure.overflow
    if not dropped.is_none:
        acts = "waits for it in vain" if on_gap.content else "goes on without it"
        return Violated(
            f"A full queue drops messages, and a client that misses one {acts}.", overflow, (on_gap,), case
        )
    late = f"; `{resume.on_gap.dotted}` comes too late, since later messages have moved it past the loss"
    return Violated(
        "A full queue drops messages, and nobody tells the client, whose stream goes on"
        f"{late if resume.on_gap.content else ''}.",
        overflow,
        (dropped, *((resume.on_gap,) if resume.on_gap.content else ())),
        case,
    )


def _drop_untold(feature: Feature) -> Violated:
    """A message that counts is dropped, and whether its receiver learns of it is not said, or denied."""
    overflow, dropped = feature.backpressure.overflow, feature.backpressure.dropped
    if dropped.is_none:
        return _unseen_drop(feature, dropped, "one entry is missed")
    resume = feature.transport.resume
    if _is_followed(feature) and resume.is_none:
        return Violated(
            f"A full queue drops messages ({overflow}) of a program that follows each of them, the "
            "connection stays open, and no position would show or bring what is lost. Cleared where "
            f"`{dropped.dotted}` says how it learns of it.",
            overflow,
            (resume,),
            "one entry is missed",
        )
    return Violated(
        f"A full queue drops messages ({overflow}), each of which counts. Cleared where "
        f"`{dropped.dotted}` says how a client learns of it.",
        overflow,
        when="how a client learns of it is open",
    )


def _past_the_loss(feature: Feature) -> Violated:
    """An event is dropped that its receiver could have asked for, and the next one moves its position on."""
    overflow, dropped, resume = (
        feature.backpressure.overflow,
        feature.backpressure.dropped,
        feature.transport.resume,
    )
    return Violated(
        f"A full queue drops messages ({overflow}), and the next one moves the position of the client past "
        f"them: what it names when it returns ({resume.by}) never brings them. Cleared where "
        f"`{dropped.dotted}` says how it learns of it.",
        overflow,
        (resume.by,),
        "one entry is missed",
    )


def _unrepaired_drop(feature: Feature) -> Violated:
    """A change is dropped that later ones build on, and nothing is there that could repair it."""
    sync, resume, overflow = feature.sync, feature.transport.resume, feature.backpressure.overflow
    carries, merges = feature.backpressure.carries, feature.merges_by("crdt", "ot")
    gone = {"drop-oldest": "the oldest", "drop-newest": "the newest"}.get(f"{overflow}", "some")
    what = f"{sync.strategy} operation" if merges else "change"
    stated = next(part for part in (carries, sync.updates, sync.strategy) if part.is_stated)
    return Violated(
        f"A full queue drops {gone} {what}, and nothing repairs a client that misses one.",
        overflow,
        (stated, resume if resume.is_none else resume.on_gap),
        # A library's bound may be far above what a client ever leaves unread.
        when="the queue is a library's default" if overflow.default is not None else "",
    )


@rule
def newest_value_behind_old_ones(feature: Feature) -> Outcomes:
    """Complete values wait in a row, of which only the newest matters, or the newest is what is dropped."""
    backpressure = feature.backpressure
    queue, overflow, carries = backpressure.queue, backpressure.overflow, backpressure.carries
    if not (carries.has("state") or (not carries.is_stated and feature.is_state_valued)):
        raise NotApplicable("what waits is not said to be complete values")
    if feature.is_momentary or feature.serves("game"):
        raise NotApplicable("what is old is replaced a moment later")
    # What is passed over where nothing may wait is the newest, too.
    (receives if overflow.has("drop-newest") else waits)(feature)
    if overflow.has("coalesce") or queue.max_keys.is_stated:
        yield Passed("of each thing the newest value alone waits")
        return
    if overflow.is_none:
        raise NotApplicable("nothing is decided for a full queue: see full-queue-undecided")
    if feature.comes_soon and not overflow.has("block"):
        raise NotApplicable("the next value comes soon, and heals what is lost")
    if overflow.has("drop-newest"):
        yield _stale_until_the_next(feature)
    elif overflow.has("drop", "drop-oldest") and not (feature.renewals or backpressure.dropped.content):
        yield _last_of_its_thing(feature)
    elif overflow.has("block") and (is_endless(queue) or _is_row(queue)):
        yield Violated(
            "Complete values wait in a row, and one that reads slowly applies each of them, though only the "
            "newest still holds.",
            queue,
            (overflow,),
            when="it arrives, late",
        )
    else:
        yield Passed(f"the overflow is {known(overflow)}, and the newest value stays")


def _last_of_its_thing(feature: Feature) -> Violated:
    """Of the values of several things one is dropped, which may be the newest of its own."""
    sync, overflow, dropped = feature.sync, feature.backpressure.overflow, feature.backpressure.dropped
    several = feature.workload.rooms.per_user.content
    none_told = next((part for part in (sync.refetch, dropped) if part.is_none), None)
    if several is None or several.amount <= 1 or none_told is None:
        raise Undecided(overflow, message="The newest value of a thing may be the one that is dropped.")
    return Violated(
        f"Values of {several} things wait in one row: what is dropped ({overflow}) may be the newest of its "
        "own, and nothing sends it again.",
        overflow,
        (feature.workload.rooms.per_user, none_told),
    )


def _is_row(queue: Queue) -> bool:
    """Whether more than one message may wait."""
    return queue.max_messages.content is not None and queue.max_messages.content > Count(1)


def _stale_until_the_next(feature: Feature) -> Violated | Passed:
    """The newest value is lost, where it is stated that nobody sends or fetches it again; else a question."""
    sync, overflow, dropped = feature.sync, feature.backpressure.overflow, feature.backpressure.dropped
    for again in (*feature.renewals, *((dropped,) if dropped.content else ())):
        return Passed(f"the value is sent or fetched again: `{again.dotted}` is {again}")
    sentence = (
        "What cannot be sent at once is dropped, be it the newest"
        if feature.backpressure.queue.is_none
        else "A full queue keeps the old values and drops the newest"
    )
    stated = next((part for part in (sync.refetch, dropped) if part.is_none), None)
    if stated is None:
        message = (
            f"{sentence}; the spec does not say `{sync.refetch.dotted}`, or another way to get it again."
        )
        raise Unstated(sync.refetch, message=message)
    return Violated(
        f"{sentence}, and nothing sends it again: a client that was slow goes on showing what was.",
        overflow,
        (stated,),
    )


@rule
def slow_client_memory_budget(feature: Feature) -> Outcomes:
    """The queues are bounded, and together larger than the memory."""
    _is_bounded(feature)
    if (copies := _copies(feature)) is not None:
        yield copies
        return
    sizes, memory = feature.workload.messages.size, feature.topology.node.memory
    usual = update_size(feature)
    needed, case = memory_of_queues(feature, usual, "usual"), ""
    too_much = None not in (needed.content, memory.content) and needed.content > memory.content  # type: ignore[operator]
    if sizes.max.content and not too_much and usual is sizes.typical:
        needed = memory_of_queues(feature, sizes.max, "largest")
        case = "only the largest do not fit" if sizes.max in leaves(needed) else ""
    note = ""
    if needed.content is not None and memory.content is not None and needed.content > memory.content:
        share = named("share", term(memory) / needed, Ratio)
        note = f"The memory is used up when {share} of these queues are full."
    yield Limit(
        "the memory for queues on one node",
        needed,
        "the memory of a node",
        memory,
        or_equal=True,
        note=note,
        at=feature.backpressure.queue,
        when=case,
    )


def _copies(feature: Feature) -> Violated | None:
    """A queue for each subscription, so that one event waits several times; None where memory is counted."""
    queue, node, fan_out = feature.backpressure.queue, feature.topology.node, feature.fan_out
    several, bound = feature.backpressure.inbound.subscriptions, queue.max_messages.content
    if several.content is None or several.content.amount <= 1 or bound is None:
        return None
    if not fan_out.shared_by.is_none or not fan_out.sends.has("own-writer"):
        return None
    if queue.max_bytes.content or feature.backpressure.overflow.has("coalesce") or node.memory.content:
        return None
    if fan_out.serialise.has("once") or fan_out.audience.has("user"):
        return None
    clients = node.connections.content or node.max_connections.content
    amount = several.content.amount * bound.amount * (clients.amount if clients else 1)
    if clients and amount <= FEW_COPIES:
        return None
    return Violated(
        f"Each subscription has a queue and copies of its own: an event that several of them want waits as "
        f"often, up to {Count(amount)} messages {'on a node' if clients else 'for each client'} when most is "
        "going on. Nothing holds them against the memory.",
        queue.max_messages,
        (fan_out.shared_by, several),
        when="the memory is not counted",
    )


@rule
def client_bandwidth_deficit(feature: Feature) -> Outcomes:
    """More is sent to a client than a slow link carries, so that its queue is always full."""
    waits(feature)
    queue, overflow = feature.backpressure.queue, feature.backpressure.overflow
    if overflow.has("coalesce") or queue.max_keys.content:
        raise NotApplicable("what waits is the last value of each key: a slow link gets fewer of them")
    case = ""
    if overflow.has(*DROPS) or queue.max_age.content:
        case = "what does not fit is dropped"
    yield Limit(
        "the traffic to one client",
        received(feature),
        "the downlink of the slowest tenth",
        feature.workload.downlink,
        or_equal=True,
        note=" ".join(filter(None, (_time_to_fill(feature), doubts_of_updates(feature)))),
        when=case,
    )


def _time_to_fill(feature: Feature) -> str:
    """How long the bound of a queue lasts on the slowest links."""
    size = update_size(feature)
    arrival, drain = received(feature).content, feature.workload.downlink.content
    try:
        most = bound_of_queue(feature, size, "usual").content
    except Undecided:
        most = None
    if most is None or arrival is None or drain is None:
        return ""
    return f"A queue of {most} is full after {time_to_fill(most, arrival, drain)}."


@rule
def queue_older_than_staleness(feature: Feature) -> Outcomes:
    """What leaves a full queue is older than what may be shown."""
    _is_bounded(feature)
    queue, allowed = feature.backpressure.queue, feature.targets.staleness
    if feature.backpressure.overflow.has("coalesce") or queue.max_keys.content:
        raise NotApplicable("what waits is the newest value of each key")
    known(allowed)
    if queue.max_age.content:
        yield Limit(
            "the age of a message in the queue", queue.max_age, "the allowed staleness", allowed, True
        )
        return
    most = bound_of_queue(feature, update_size(feature), "usual")
    age = named("age in a full queue", most.body / term(feature.workload.downlink))
    yield Limit(
        "the age of what leaves a full queue",
        age,
        "the allowed staleness",
        allowed,
        or_equal=True,
        at=queue,
    )


@rule
def overflow_disconnect_loop(feature: Feature) -> Outcomes:
    """A client is cut off at the bound of its queue, and its replay overflows the queue again."""
    _is_bounded(feature)
    queue, overflow, resume = (
        feature.backpressure.queue,
        feature.backpressure.overflow,
        feature.transport.resume,
    )
    if (first := _cut_off_by_one(feature) or _cut_off_again(feature)) is not None:
        yield first
        return
    if resume.is_none or feature.transport.reconnect.is_none:
        raise NotApplicable("nothing is replayed")
    if resume.by.has("snapshot"):
        raise NotApplicable("a client that returns gets a snapshot, not a replay")
    if feature.is_fleeting:
        raise NotApplicable("what was missed is worth nothing a moment later")
    if known(overflow) != "disconnect":
        raise NotApplicable(f"the overflow is {overflow}")
    if not resume.is_stated:
        raise Undecided(resume)
    if not (queue.max_messages.content or queue.max_bytes.content):
        raise Undecided(queue.max_messages, queue.max_bytes)
    if resume.paced.content:
        yield Passed("a replay waits for the client to take it")
        return
    if not resume.paced.is_stated:
        raise Undecided(resume.paced)
    replay = _replayed(feature)
    what, note = (
        "the longest replay",
        "A client that is cut off has {} waiting, and returns to that and more.",
    )
    if queue.max_messages.content:
        sentence = note.format(f"{queue.max_messages} messages")
        than = "the bound of the queue in messages"
        yield Limit(what, replay, than, queue.max_messages, or_equal=True, note=sentence, at=resume)
    if queue.max_bytes.content:
        size = update_size(feature)
        in_bytes = named("bytes of a replay", replay * term(size, "usual message"))
        sentence, than = note.format(queue.max_bytes), "the bound of the queue in bytes"
        yield Limit(what, in_bytes, than, queue.max_bytes, or_equal=True, note=sentence, at=resume)


def _cut_off_by_one(feature: Feature) -> Limit | None:
    """A single message that is larger than the queue; None where none is stated to be."""
    largest, bound = feature.workload.messages.size.max, feature.backpressure.queue.max_bytes
    cuts = feature.backpressure.overflow.has("disconnect")
    if not cuts or largest.content is None or bound.content is None or largest.content <= bound.content:
        return None
    return Limit(
        "the largest message",
        largest,
        "the bound of the queue in bytes",
        bound,
        or_equal=True,
        note="One of them cuts off whoever does not take it at once, and again when it is sent again.",
        at=bound,
        propose=(bound,),
    )


def _cut_off_again(feature: Feature) -> Limit | None:
    """The state that meets a client which is cut off and returns, against its queue; None where none does."""
    resume, snapshot, bound = feature.transport.resume, feature.sync.snapshot.size, feature.backpressure.queue
    meets = resume.by.has("snapshot") or (resume.is_none and feature.sync.join.order.has("snapshot"))
    stays = feature.transport.reconnect.is_none or not feature.backpressure.overflow.has("disconnect")
    if not meets or stays or resume.paced.content or not bound.max_bytes.content:
        return None
    if snapshot.is_none or feature.is_fleeting:
        return None
    if snapshot.content is None and not resume.paced.is_stated:
        raise Undecided(snapshot, resume.paced)
    return Limit(
        "the state that meets a client on its return",
        snapshot,
        "the bound of the queue in bytes",
        bound.max_bytes,
        or_equal=True,
        note="It is cut off again at once.",
    )


def _replayed(feature: Feature) -> Expression[Count]:
    """The longest replay of one client, in messages of the largest room."""
    resume, rate = feature.transport.resume, rate_in_room(feature)
    in_number, in_time = term(resume.max_messages), term(resume.retention) * rate
    if resume.max_messages.content and (rate.content is None or not resume.retention.content):
        return named("messages of the replay", in_number)
    if not resume.max_messages.content:
        return named("messages of the replay", in_time)
    return named("messages of the replay", smaller(in_number, in_time))


@rule
def queue_bound_by_count_only(feature: Feature) -> Outcomes:
    """A bound in messages says little about memory, because the largest are far larger than the usual."""
    _is_bounded(feature)
    queue, sizes = feature.backpressure.queue, feature.workload.messages.size
    if queue.max_bytes.content:
        yield Passed(f"`{queue.max_bytes.dotted}` is {queue.max_bytes}")
        return
    if not queue.max_messages.content and (queue.is_stated or feature.backpressure.overflow.has("coalesce")):
        raise NotApplicable("the queue is not bounded by a number of messages")
    if feature.topology.node.memory.content:
        raise NotApplicable("the largest messages count against the memory: see slow-client-memory-budget")
    count, usual, largest = known(queue.max_messages), known(sizes.typical), known(sizes.max)
    most = largest * count
    if most <= USUAL_BOUND:
        yield Passed(f"full of the largest messages, a queue has {most}")
    elif largest <= usual * UNEVEN:
        yield Passed(f"the largest message has {largest}, the usual {usual}")
    else:
        planned = usual * count
        yield Violated(
            f"A full queue of {count} messages has {planned} or {most}: the usual message has {usual}, the"
            f" largest {largest}.",
            queue.max_messages,
            (sizes.typical, sizes.max),
        )


@rule
def inbound_unbounded(feature: Feature) -> Outcomes:
    """One client may send as much as it likes."""
    inbound = feature.backpressure.inbound
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients send nothing")
    if feature.transport.kind.has("sse", "http-stream"):
        raise NotApplicable(f"a client sends nothing on {feature.transport.kind}")
    if feature.workload.only("server") and not (feature.access.is_none or feature.access.checked.is_none):
        raise NotApplicable("only servers connect")
    if feature.transport.service.content:
        raise NotApplicable(f"{feature.transport.service} limits what clients send")
    if inbound.is_stated and inbound.max_message.is_none and not _is_cut_to_size(feature):
        yield Violated(
            "Nothing limits how large a message of one client may be: it is read into the memory of a node "
            "whole, before anything looks at it.",
            inbound.max_message,
            (inbound.rate,) if inbound.rate.content else (),
        )
    if inbound.is_none or inbound.rate.is_none:
        absent: Part = inbound if inbound.is_none else inbound.rate
        yield Violated(f"Nothing limits what one client sends{_amplified(feature)}.", absent)
    elif _takes_any_size(feature):
        yield _of_any_size(feature)
    elif missed := _counted_past_the_client(feature):
        yield missed
    else:
        yield Passed(f"one client sends at most {known(inbound.rate)}")


def _counted_past_the_client(feature: Feature) -> Violated | None:
    """A limit that one client gets round, or that one uses up for all; None for others."""
    inbound, operations = feature.backpressure.inbound, feature.operations
    if inbound.counted_per.has("all"):
        return Violated(
            f"The limit of {inbound.rate} counts what all clients send together: one that floods uses it up, "
            "and the others are refused for it.",
            inbound.counted_per,
            (inbound.rate,),
        )
    if not inbound.counted_per.has("connection") or operations.max_per_address.content:
        return None
    if not operations.max_per_user.is_stated:
        raise Undecided(operations.max_per_user)
    if operations.max_per_user.content is not None:
        return None
    return Violated(
        f"The limit of {inbound.rate} counts each connection, and one account may have any number of them: "
        "with five tabs it sends five times as much.",
        inbound.counted_per,
        (inbound.rate, operations.max_per_user),
    )


def _takes_any_size(feature: Feature) -> bool:
    """Whether it is decided, and no default of a library, that nothing limits the size of a message."""
    limit, inbound = feature.transport.max_message, feature.backpressure.inbound
    return limit.is_none and limit.default is None and not inbound.max_message.is_stated


def _of_any_size(feature: Feature) -> Violated:
    """One message may be as large as its sender likes, however few it may send.

    Raises:
        NotApplicable: a hop or datagrams limit it.

    """
    transport = feature.transport
    if transport.kind.has("udp", "webrtc") or _is_cut_to_size(feature):
        raise NotApplicable("the path limits the size of a message")
    return Violated(
        "Nothing limits the size of a message: a node holds all of one before anybody looks at it, and a "
        "single client fills its memory.",
        transport.max_message,
    )


def _is_cut_to_size(feature: Feature) -> bool:
    """Whether something before the server's own limit refuses what is too large."""
    sizes = (feature.transport.max_message, *(hop.max_message for hop in feature.transport.path))
    return any(size.content is not None for size in sizes)


def _amplified(feature: Feature) -> str:
    """What one message of such a client becomes."""
    members = feature.room.content
    if members is None or members.amount <= 1:
        return ""
    if feature.direction.has("client-to-server"):
        return ""
    return f", and each of its messages becomes up to {Count(members.amount - 1)} deliveries"
