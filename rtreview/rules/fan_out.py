"""What one message costs by the time everybody has it."""

from collections.abc import Sequence
from typing import Any

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated, known
from rtreview.language.sections.servers import Dependency
from rtreview.language.sections.workload import MACHINES, PHONES
from rtreview.numbers.expression import Expression, named, term
from rtreview.numbers.fan_out import (
    ANSWERED,
    deliveries_of_beats,
    doubts_of_updates,
    largest_audience,
    message_capacity,
    rate_in_room,
    update_size,
    updates_of_room,
)
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Rate, Size
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

SMALL_ROOM = 20
"""Up to this many members, a query for each is what a page load costs (broadcast-n-queries)."""

SMALL_STATE = Size(2 * 1024)
"""A state of this size costs little more than a change with its envelope (full-state-broadcast)."""

CHECKS = Rate(1_000_000)
"""Connections that one core can ask in a second, at a microsecond each (filtered-after-fan-out)."""

MANY_FOLLOWERS = Count(100_000)
"""Lists into which one write of one person is written in 10 s, at 10k/s (feed-written-to-everybody)."""

A_DAY = Duration(86_400)
A_DAYS_DATA = Size(10_000_000)
"""What polls may bring to a phone in a day: 300 MB a month, a tenth of a small plan."""

SLOW = Rate(1)
CONTINUOUS = Bandwidth(100_000)
"""Up to this, a state that is sent rarely is no load; beyond it, even one update each 2 s is a stream."""

A_HUNDRED_STREAMS = Bandwidth(10_000_000)
"""What all of a room get together that is a load whatever each of them gets (full-state-broadcast)."""

LARGE_FOR_A_CHANGE = Size(10_000)
"""From here on what grows costs far more than a change, though no stream yet (full-state-broadcast)."""

FREQUENT, SELDOM = Rate(1 / 6), Rate(1 / 60)
"""What comes more often than the first is always under way; up to the second it is no load."""


@rule
def broadcast_n_queries(feature: Feature) -> Outcomes:
    """Each message costs one query for each member."""
    lookup, members = feature.fan_out.per_recipient, largest_audience(feature).content
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to many")
    if feature.fan_out.audience.has("user"):
        raise NotApplicable("a message is meant for one user")
    if lookup.has("query") and _asks_for_itself(feature):
        raise NotApplicable("a message is sent to nobody: each poll asks once, whatever came meanwhile")
    if members is not None and members.amount <= SMALL_ROOM:
        raise NotApplicable(f"a room has at most {members} members")
    everybody = largest_audience(feature).field
    if lookup.has("query") and members is None and feature.workload.rooms.size.typical.content:
        raise Undecided(everybody)
    if lookup.has("query"):
        rate = feature.workload.messages.rate.content
        each = (
            f"one message costs up to {members} queries"
            if members
            else "one message costs a query for each member"
        )
        total = f", and one sender at {rate} causes {rate * members.amount}" if rate and members else ""
        yield Violated(
            f"Every recipient is looked up: {each}{total}.",
            lookup,
            (everybody,) if members else (),
        )
    elif lookup.is_stated:
        yield Passed(f"`{lookup.dotted}` is {lookup}")
    elif members is not None:
        raise Unstated(lookup)
    else:
        raise Undecided(lookup, everybody)


def _asks_for_itself(feature: Feature) -> bool:
    """Whether each request of a client looks for what is new, so that no message looks for its receivers.

    Raises:
        Undecided: a long poll waits, and nothing says whether it looks or a message answers it.

    """
    if feature.connection.is_polling:
        return True
    return feature.connection.asks_again and known(feature.fan_out.watched_by) == "connection"


FEW_VIEWERS = 50
"""As many as there are looks that any source answers in a second (source-watched-per-viewer)."""

LOOK_INTO_MEMORY = Count(1000)
"""Viewers whose looks into the memory of the node are no load (source-watched-per-viewer)."""


def _asked_by_polls(feature: Feature) -> Limit | Passed | None:
    """The calls of a dependency that polls cause, against what it answers; None where none are said to."""
    part = next(feature.asked_per("poll"), None)
    if part is None or not feature.connection.asks_again:
        return None
    if part.cache.content:
        return Passed("a cache answers the polls")
    looks = named(
        "polls", term(feature.connection.counted, "clients") / term(feature.transport.poll.every), Rate
    )
    calls = looks if part.calls.content is None else named("calls of polls", looks * part.calls, Rate)
    total = calls.content
    if total is not None and total <= ANSWERED:
        return Passed(f"polls cause {total} calls")
    return Limit(
        "the calls of all polls",
        calls,
        "what the source answers",
        part.rate,
        or_equal=True,
        note="They come also while nothing changes.",
        at=part.per,
    )


def _is_copy(part: Dependency) -> bool:
    """Whether it is a copy that keeps viewers off the source, and whose own rate nobody states."""
    return part.holds.has("copy") and not part.rate.is_stated


def _looks_at_no_source(feature: Feature, asked: Sequence[Dependency]) -> str:
    """Why readers of all viewers load no source; empty where they may load one of those that are asked.

    Raises:
        Undecided: they may wait for what the node has in memory, or nobody says how many look into that.

    """
    viewers, every = feature.connection.counted, feature.fan_out.watched_every
    if every.is_none:
        return "each waits for what is new, and looks at nothing"
    if not every.is_stated and feature.reads_memory_for_each:
        raise Undecided(every)
    if feature.dependencies.items and not asked:
        return "a cache or a copy answers those who look"
    if few := _few_looks(viewers, every):
        return few
    in_memory = feature.fan_out.per_recipient.has("memory") and not asked
    if in_memory and known(viewers) <= LOOK_INTO_MEMORY:
        return f"{viewers} viewers look into the memory of the node itself"
    return ""


def _few_looks(viewers: Field[Count], every: Field[Duration]) -> str:
    """Why the looks of all viewers are no load for any source; empty where they may be."""
    if not (viewers.content and every.content):
        return ""
    looks = named("looks at the source", term(viewers) / term(every), Rate).content
    return f"{viewers} viewers look {looks}" if looks is not None and looks <= ANSWERED else ""


@rule
def source_watched_per_viewer(feature: Feature) -> Outcomes:
    """Each viewer has a reader of its own at the source, which works while nothing changes."""
    watched, every = feature.fan_out.watched_by, feature.fan_out.watched_every
    if (polls := _asked_by_polls(feature)) is not None:
        yield polls
        return
    if not watched.is_stated and every.is_stated:
        raise Undecided(watched)
    if not watched.has("connection"):
        raise NotApplicable("no connection is stated to look for changes by itself")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    viewers = feature.connection.counted
    if feature.connection.are_few:
        raise NotApplicable(f"{viewers} viewers are a household")
    asked = [part for part in feature.dependencies if not (part.cache.content or _is_copy(part))]
    if harmless := _looks_at_no_source(feature, asked):
        yield Passed(harmless)
        return
    total = term(viewers, "viewers") / term(every) if viewers.content and every.content else None
    known_rate = [part for part in asked if part.rate.content]
    if total is not None and known_rate:
        judged = Limit(
            "the looks of all viewers",
            named("looks at the source", total, Rate),
            "what the source answers",
            known_rate[0].rate,
            or_equal=True,
            note="They come also while nothing changes.",
            at=watched,
        ).judge()
        yield judged._replace(when="") if isinstance(judged, Violated) else judged
        return
    if feature.serves("media"):
        raise NotApplicable("a source of media has something new at each look")
    load = f": {viewers} viewers look every {every}" if total is not None else ""
    yield Violated(
        f"Each viewer looks at the source by itself, also while nothing changes{load}: the load is that of "
        "the viewers, not of the changes.",
        watched,
        tuple(part for part in (viewers, every) if part.content),
        when="the nodes hold few viewers" if _holds_few(feature) else "the source is not counted",
    )


@rule
def made_for_no_viewer(feature: Feature) -> Outcomes:
    """What viewers are to see is made while nobody watches."""
    fan_out, sync = feature.fan_out, feature.sync
    looks = fan_out.watched_by.has("node") and fan_out.watched_every.content is not None
    if not fan_out.unwatched.is_stated and looks and feature.serves("dashboard"):
        raise Undecided(fan_out.unwatched)
    if not fan_out.unwatched.is_there:
        raise NotApplicable("nothing is said of what goes on while nobody watches")
    if fan_out.unwatched.has("stops"):
        yield Passed("it stops with the last viewer")
        return
    kept = next((part for part in (fan_out.stored, sync.history.retention) if part.content), None)
    if kept is not None:
        yield Passed(f"what is made is kept for those who come later (`{kept.dotted}: {kept}`)")
        return
    if sync.effect.has("stored", "acts"):
        yield Passed(f"what is made is {sync.effect}, whoever watches")
        return
    every = fan_out.watched_every
    often = f" every {every}" if every.content is not None else ""
    size = feature.workload.messages.size.typical
    much = f", {size} each time" if size.content is not None else ""
    yield Violated(
        f"What viewers are to see is collected and made{often}{much} while nobody watches: it costs as "
        "much as with viewers, day and night.",
        fan_out.unwatched,
        tuple(part for part in (every, size) if part.content is not None),
    )


def _holds_few(feature: Feature) -> bool:
    """Whether the nodes take no more connections than are few viewers, however many people there are."""
    each, nodes = feature.topology.node.max_connections.content, feature.topology.nodes.content
    return each is not None and nodes is not None and each.amount * nodes.amount <= FEW_VIEWERS


@rule
def filtered_after_fan_out(feature: Feature) -> Outcomes:
    """Every message goes to every connection, and most of them drop it."""
    where = feature.fan_out.filtered
    connections = feature.connection.workload.connections
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to many")
    if feature.fan_out.audience.has("everyone") and not where.has("client"):
        raise NotApplicable("a message is meant for all who are connected")
    if connections.content is not None and connections.content.amount <= SMALL_ROOM:
        raise NotApplicable(f"{connections} clients are connected")
    if not where.is_there:
        raise NotApplicable("no filter is stated")
    if known(where) == "index":
        yield Passed("an index finds those who are meant")
        return
    touched = _touched(feature)
    capacity = message_capacity(feature.connection)
    sends, is_counted = where.has("client"), touched.content is not None
    watched = feature.fan_out.watched_by
    for_each = sends and watched.has("connection")
    if is_counted:
        what, than = "the rate at which connections are touched", "what one core can ask"
        yield Limit(what, touched, than, CHECKS, or_equal=True, at=where, propose=())
    if is_counted and sends and capacity.content is not None:
        half = named("half of the message capacity", capacity / 2)
        what, than = "the rate at which all are sent to", "half of what the nodes send"
        yield Limit(what, touched, than, half, or_equal=True, at=where, propose=())
    elif not is_counted or sends:
        touching = (
            "is sent to every client, which drops" if sends else "is held against every connection to drop"
        )
        yield Violated(
            f"Every message {touching} what is not meant for it: the cost grows with messages times clients"
            f"{_counted(feature)}"
            f"{', and so does that of looking for changes in all that there is' if for_each else ''}.",
            where,
            (watched,) if for_each else (),
            when="the spec does not count what it costs",
        )


def _touched(feature: Feature) -> Expression[Rate]:
    """Connections that messages are held against; of a busy room alone where that is too much already."""
    messages, connections = feature.workload.messages, feature.connection.workload.connections
    touched = named("connections touched", term(messages.total) * connections, Rate)
    of_a_room = term(messages.per_room, "messages of a room")
    least = named("connections touched", of_a_room * connections, Rate)
    is_enough = touched.content is None and least.content is not None and least > CHECKS
    return least if is_enough else touched


def _counted(feature: Feature) -> str:
    """What is known of messages times clients."""
    total, connections = feature.workload.messages.total, feature.connection.workload.connections
    counted = [f"messages at {total}"] if total.content else []
    counted += [f"{connections} clients"] if connections.content is not None else []
    return f", here {' and '.join(counted)}" if counted else ""


@rule
def heartbeats_fan_out(feature: Feature) -> Outcomes:
    """Each heartbeat of one client is sent on to the others, though nothing is new."""
    heartbeat, shown = feature.transport.heartbeat, feature.presence
    what = heartbeat.sets_off
    if not what.is_stated:
        raise NotApplicable("no heartbeat is said to set anything off")
    if what.is_none or what.has("nothing", "changes"):
        yield Passed(f"a heartbeat sends on {what}")
        return
    if feature.fan_out.audience.has("user") or shown.audience.has("user"):
        raise NotApplicable("only the user's own devices are told")
    members = largest_audience(feature)
    everyone = shown.audience.has("everyone")
    if members.content is not None and members.content.amount <= SMALL_ROOM and not everyone:
        raise NotApplicable(f"a room has at most {members} members")
    sent, capacity = deliveries_of_beats(feature), message_capacity(feature.connection)
    if sent.content is not None and capacity.content is not None:
        half = named("half of the message capacity", capacity / 2)
        where, than = "the rate at which heartbeats are sent on", "half of what the nodes send"
        yield Limit(where, sent, than, half, or_equal=True, at=what)
        return
    every = feature.reports_every
    times = f" every {every}" if every.content else ""
    yield Violated(
        f"What each client sends{times} to say that it is there is sent on to all others, new or not: the "
        "load grows with clients times those who are told, and never rests.",
        what,
        (every,) if every.content else (),
        when="the spec does not count what it costs",
    )


@rule
def write_costs_all_pairs(feature: Feature) -> Outcomes:
    """One write makes the server look at every pair of members."""
    work, members = feature.fan_out.work, largest_audience(feature)
    if not work.is_stated:
        raise NotApplicable("nothing is said of how the work of a write grows")
    if known(work) != "all-pairs":
        yield Passed(f"the work of a write is {work}")
        return
    if members.content is not None and members.content.amount <= SMALL_ROOM:
        raise NotApplicable(f"a room has at most {members} members")
    rate = rate_in_room(feature)
    looked = named("pairs looked at", rate * members * members, Rate)
    if looked.content is not None:
        what, than = "the rate at which pairs are looked at", "what one core can ask"
        yield Limit(what, looked, than, CHECKS, or_equal=True, at=work)
        return
    count = members.content.amount if members.content is not None else None
    pairs = f": {Count(count * count)} pairs with {members} members" if count else ""
    yield Violated(
        f"One write makes the server look at each member for each other one{pairs}. Twice the members are "
        "four times the work.",
        work,
        (members.field,) if count else (),
        when="the spec does not count what it costs",
    )


@rule
def full_state_broadcast(feature: Feature) -> Outcomes:
    """The whole state is sent where the change would do."""
    sync = feature.sync
    if (polled := _polled_whole(feature)) is not None:
        yield polled
        return
    is_open = not sync.updates.is_stated
    is_whole = is_open and (sync.strategy.has("full-state") or sync.snapshot.grows.content)
    if not (sync.updates.has("full-state") or is_whole):
        if sync.updates.is_stated or sync.is_none or sync.strategy.is_none:
            raise NotApplicable("updates do not hold the whole state")
        if sync.strategy.has("crdt", "ot", "append-only", "signal"):
            raise NotApplicable(f"{sync.strategy} sends changes")
        raise Undecided(sync.updates)
    whole, rate = _size_of_state(feature), _updates(feature)
    size = whole.content
    if size is not None and size <= SMALL_STATE:
        yield Passed(f"the state is {size}")
        return
    if sync.snapshot.grows.content and (grown := _grows(feature, size, rate)) is not None:
        yield grown
        return
    if size is None and (found := _on_a_timer(feature) or _written_whole(feature)) is not None:
        yield found
        return
    yield _sent_whole(feature, whole, rate)


def _sent_whole(feature: Feature, whole: Field[Size], rate: Rate | None) -> Violated | Passed:
    """The whole state in each update, against what is no load for a member or a room."""
    often = feature.workload.messages.rate
    if rate is None and whole.content is None:
        if not feature.sync.updates.is_stated or feature.is_momentary or feature.connection.are_few:
            raise Undecided(whole, often)
        return Violated(
            "Each update sends the whole state to each member, however little of it is new. Cleared where "
            f"`{whole.dotted}` is at most {SMALL_STATE}, or `{often.dotted}` is below {SLOW}.",
            feature.sync.updates,
            when="nothing says how much that is",
        )
    state = known(whole)
    if rate is None and state >= LARGE_FOR_A_CHANGE and feature.workload.messages.when.has("change"):
        return Violated(
            f"Each change sends the whole state, {state}, to each member. Cleared where "
            f"`{often.dotted}` is below {SLOW}.",
            feature.sync.updates if feature.sync.updates.is_stated else feature.sync.strategy,
            (whole,),
            when="nothing says how much that is",
        )
    times = rate or known(often)
    each = Bandwidth(times.amount * state.amount)
    is_one = feature.has_one_writer or feature.connection.is_polling
    if times < SLOW and not is_one and not _counts_the_room(feature):
        raise Undecided(feature.workload.messages.active_share)
    members = feature.room.content
    sent = each * max(0.0, members.amount - 1) if members is not None else each
    if times < SLOW and each < CONTINUOUS and sent <= A_HUNDRED_STREAMS:
        return Passed(f"the state is sent {times}, which is {each} to each member")
    total = ""
    if members is not None:
        total = f", which is {sent} into a room of {members}"
    if rate == feature.workload.messages.rate.content and not is_one and not _counts_the_room(feature):
        total += ", for each who sends"
    sync = feature.sync
    update = sync.updates if sync.updates.is_stated else sync.strategy
    doubts = doubts_of_updates(feature)
    return Violated(
        f"Every update holds the whole state: {state} at {times}{total}.{f' {doubts}' if doubts else ''}",
        update,
        (whole,),
    )


def _on_a_timer(feature: Feature) -> Violated | None:
    """The whole state is sent by a timer, changed or not; None where that is not stated."""
    sync, messages = feature.sync, feature.workload.messages
    every = sync.snapshot.every
    if not sync.updates.has("full-state") or not messages.when.includes("interval"):
        return None
    if feature.is_momentary or feature.serves("game") or feature.connection.are_few:
        return None
    sends = any(part.content for part in (every, messages.rate, messages.per_room, messages.per_client))
    if not sends or feature.direction.has("client-to-server"):
        return _reported_whole(feature)
    times = f" every {every}" if every.content else ""
    return Violated(
        f"The whole state is sent{times} by a timer, also where nothing has changed. Send nothing where it "
        "equals what was sent last, and the change where it does not. Cleared where "
        f"`{sync.snapshot.size.dotted}` is at most {SMALL_STATE}.",
        messages.when,
        (sync.updates, every) if every.content else (sync.updates,),
        when="it is sent by a timer, and nothing says how large it is",
    )


def _written_whole(feature: Feature) -> Violated | None:
    """What grows as people write it is sent whole with each change; None where that is not stated."""
    sync, connection, when = feature.sync, feature.connection, feature.workload.messages.when
    is_edited = feature.serves("collaborative-editing")
    lists = [part.shape for part in sync.data if part.shape.has("list") and part.addressed_by.has("id")]
    texts = [part.shape for part in sync.data if part.shape.has("text")]
    shape = next(iter([*texts, *(lists if is_edited else [])]), None)
    if shape is None or not sync.updates.has("full-state"):
        return None
    if when.has("asked") or connection.is_polling or connection.are_few:
        return None
    slower = "the longer it is, the slower"
    return Violated(
        f"Each update holds the whole {shape}, however little of it is new: {slower}. "
        f"Cleared where `{sync.snapshot.size.dotted}` is at most {SMALL_STATE}.",
        sync.updates,
        (shape,),
        when="nothing says how large it grows",
    )


def _reported_whole(feature: Feature) -> Violated | None:
    """Servers report all that they know to a server, all the time; None where that is not stated."""
    sync, messages, shapes = feature.sync, feature.workload.messages, feature.sync.data
    rate = next((part for part in (messages.rate, messages.per_client) if part.content), messages.rate)
    is_frequent = isinstance(rate.content, Rate) and rate.content >= FREQUENT
    if not (is_frequent and feature.direction.has("client-to-server") and feature.workload.only("server")):
        return None
    if feature.presence.is_there or any(part.shape.has("counter", "ephemeral") for part in shapes):
        return None
    return Violated(
        f"Each server reports all that it knows at {rate}, new or not, and the receiver takes it apart each "
        "time. Report the change, and the whole at the start and once in some minutes as a key frame. "
        f"Cleared where `{sync.snapshot.size.dotted}` is at most {SMALL_STATE}.",
        messages.when,
        (sync.updates, rate),
    )


def _polled_whole(feature: Feature) -> Violated | Passed | None:
    """What polls of the whole state download on a phone in a day; None where none is polled so."""
    sync, poll = feature.sync, feature.transport.poll
    if not feature.connection.is_polling or not (poll.brings.is_stated or poll.every.content):
        return None
    if poll.brings.has("changes", "marker"):
        return Passed("a poll that finds nothing new brings next to nothing")
    whole = poll.brings if poll.brings.has("whole") else sync.updates
    is_phone, size, every = feature.workload.has_any(*PHONES), _size_of_state(feature).content, poll.every
    if not whole.has("whole", "full-state") or (size is not None and size <= SMALL_STATE):
        return None
    if size is None and sync.snapshot.grows.content and every.content is not None:
        return _grows(feature, size, _updates(feature))
    if (size is None or every.content is None) and whole is poll.brings:
        what = "Each poll brings the whole state, changed or not, to learn whether anything is new."
        return Violated(
            f"{what} Cleared where `{sync.snapshot.size.dotted}` is at most {SMALL_STATE}.",
            whole,
            (every,) if every.is_stated else (),
            when="nothing says how much that is",
        )
    if not is_phone or size is None or every.content is None:
        return None
    rooms = feature.workload.rooms.per_user.content
    of_each = max(1.0, rooms.amount) if rooms is not None else 1.0
    times = A_DAY.amount / max(1.0, every.content.amount)
    day = Size(size.amount * times * of_each)
    games = f" for each of {rooms} rooms" if rooms is not None and rooms.amount > 1 else ""
    if day <= A_DAYS_DATA:
        return Passed(f"polls bring {day} a day to a phone")
    return Violated(
        f"Each poll brings the whole state, changed or not: {size} every {every}{games}, {day} a day on a "
        "phone.",
        whole,
        (_size_of_state(feature), every),
    )


def _size_of_state(feature: Feature) -> Field[Size]:
    """The size of the whole state: its own, or that of an update, where each one is stated to hold it."""
    update = update_size(feature)
    return (
        update if feature.sync.updates.has("full-state") and update.is_stated else feature.sync.snapshot.size
    )


def _grows(feature: Feature, size: Size | None, rate: Rate | None) -> Violated | None:
    """Each update holds all before it; None where numbers say that this is little."""
    sync, poll = feature.sync, feature.transport.poll
    is_large = size is not None and size >= LARGE_FOR_A_CHANGE
    is_frequent = rate is not None and rate >= FREQUENT
    is_seldom = rate is not None and rate <= SELDOM
    if size is not None and rate is not None and (is_seldom or not is_large or feature.connection.are_few):
        return None
    grows = sync.snapshot.grows
    update: Field[Any] = next((part for part in (sync.updates, sync.strategy) if part.is_stated), grows)
    if feature.connection.is_polling and poll.brings.has("whole"):
        update = poll.brings
    is_heavy = (is_large and not is_seldom and not feature.connection.are_few) or (
        is_frequent and size is None
    )
    each = f", {size}" if size is not None else ""
    times = f" at {rate}" if rate is not None else ""
    if is_heavy:
        sentence = f"What is sent{times} holds all that came before{each}, and grows"
        return Violated(
            f"{sentence}: twice as many updates are four times the bytes.", update, (sync.snapshot.grows,)
        )
    return Violated(
        "Every update holds all of those before it: twice as many updates are four times the bytes. Cleared "
        f"where `{sync.snapshot.size.dotted}` is at most {SMALL_STATE} at its end.",
        update,
        (grows,) if update is not grows else (),
        when="nothing says how large it grows",
    )


def _updates(feature: Feature) -> Rate | None:
    """Updates of a room in time; of one sender where nothing says how many send, or else the snapshots."""
    every, rate = feature.sync.snapshot.every.content, feature.workload.messages.rate.content
    poll = feature.transport.poll.every.content
    if feature.connection.is_polling and poll is not None and poll.amount:
        return Rate(1 / poll.amount)
    try:
        sent = updates_of_room(feature).content
    except Undecided:
        # How often a server collects them is not known: what is published is.
        sent = rate_in_room(feature).content
    if sent is None and rate is None:
        return Rate(1 / every.amount) if every and every.amount else None
    return sent or rate


def _counts_the_room(feature: Feature) -> bool:
    """Whether the updates of a room are known, and not only those of one of its senders."""
    try:
        return updates_of_room(feature).content is not None
    except Undecided:
        return bool(feature.workload.messages.active_share.content)


@rule
def each_tab_acts(feature: Feature) -> Outcomes:
    """Each tab and device that receives a message acts on it, so that one message has several effects."""
    acted, workload = feature.fan_out.acted_on, feature.workload
    if not acted.is_stated:
        raise NotApplicable("clients are not said to act on a message beside showing it")
    if not acted.has("each"):
        yield Passed("one tab or device of a user acts on a message")
        return
    if workload.only(*MACHINES):
        raise NotApplicable("machines connect, and each is meant to act")
    duplicate, tabs = feature.transport.on_duplicate, workload.tabs_per_user
    devices = workload.devices_per_user
    if duplicate.has("refuse", "replace", "shadows"):
        yield Passed(f"a user has one connection: a second one is handled by `{duplicate}`")
        return
    if (
        tabs.content is not None
        and tabs.content.amount <= 1
        and not (devices.content is None or devices.content.amount > 1)
    ):
        raise NotApplicable("a user has one tab on one device")
    many = [count for count in (tabs, devices) if count.content is not None and count.content.amount > 1]
    consumes = feature.holds("command") and not feature.sync.delivery.deduplicate.enforced.content
    may_have_tabs = not workload.clients.is_stated and not (consumes or tabs.is_stated)
    if not many and not duplicate.has("both") and not workload.has_any("browser") and not may_have_tabs:
        raise Undecided(devices)
    effect = "is carried out as often" if consumes else "plays its sound and raises its notification as often"
    yield Violated(
        f"Each tab and device of a user acts on a message: it {effect} as there are tabs and devices.",
        acted,
        tuple(part for part in (*many[:1], workload.clients, duplicate) if part.content)[:1],
        "a command is carried out" if consumes else "",
    )


@rule
def feed_written_to_everybody(feature: Feature) -> Outcomes:
    """One post is written into the list of each follower, also where there are very many."""
    fan_out, most = feature.fan_out, feature.workload.rooms.size.max
    if not fan_out.materialised.is_stated:
        raise NotApplicable("nobody's list is said to be made")
    if not fan_out.materialised.has("on-write"):
        yield Passed(f"lists are made {fan_out.materialised}")
        return
    if fan_out.audience.has("user"):
        raise NotApplicable("a message is written into the list of one person")
    if most.content is None and not most.is_vague:
        raise Unstated(most)
    yield Limit("the lists that one message is written into", most, "what takes seconds", MANY_FOLLOWERS)
