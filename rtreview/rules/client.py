"""What a client does with what it is sent, and whether it keeps up with it."""

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated
from rtreview.language.sections.workload import MACHINES
from rtreview.numbers.expression import named, term
from rtreview.numbers.queues import receives
from rtreview.quantities.quantity import Bandwidth, Duration, Rate
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

DRAWN = Rate(20)
"""So often a page can change what it shows without dropping frames (page-falls-behind)."""

UPDATED = Rate(1000)
"""So many changes of one cell or pixel may still be nothing to a page (page-falls-behind)."""

HALF = 0.5
"""The share of its time that a page may spend on messages (page-falls-behind)."""

PLACED = Rate(500)
"""So often a page can put one value in its place, each in up to 1 ms, and have half of its time left."""

FETCHED = Rate(1)
"""So often a page can ask again without a request waiting for the one before (page-falls-behind)."""

WATCHED = ("dashboard", "console", "feed", "telemetry")
"""Purposes whose pages show what comes as it comes (page-falls-behind)."""

READ = ("feed", "chat", "notifications", "console")
"""Purposes whose entries people read from one to the next (entries-move-under-the-hand)."""

SELDOM = Rate(1 / 60)
"""What comes that seldom moves nobody's line in the midst of it (entries-move-under-the-hand)."""

A_VISIT = Duration(3600)
"""In a visit of an hour no page collects more than it can hold (page-keeps-everything)."""

STALL = Duration(1)
"""So long a connection may stay unread before others notice (work-holds-up-reading)."""


def _arriving(feature: Feature) -> Field[Rate | Bandwidth]:
    """What says how many messages one client gets: its own rate, or that of the room that it is in."""
    messages = feature.workload.messages
    if messages.per_room.is_stated and not isinstance(messages.per_client.content, Rate):
        return messages.per_room
    return messages.per_client


def _is_pushed_to_a_screen(feature: Feature) -> None:
    """End a rule about what a page draws where nothing comes unasked, or nobody looks, or a loop draws."""
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    if feature.transport.poll.every.is_stated:
        raise NotApplicable(f"a client asks at its own time: each {feature.transport.poll.every}")
    if feature.workload.only(*MACHINES):
        raise NotApplicable("nobody looks at what the clients show")
    if feature.serves("game", "cursors", "media", "signalling"):
        raise NotApplicable(f"{feature.purpose} draws in a loop of its own")


@rule
def page_falls_behind(feature: Feature) -> Outcomes:
    """A page does its whole work for each message, and messages come faster than it can."""
    client, bundled = feature.backpressure.client, feature.backpressure.bundled
    applies, does = client.applies, client.on_message
    if not (client.is_stated or bundled.is_stated or feature.serves(*WATCHED)):
        raise NotApplicable("nothing says what a client does with a message")
    _is_pushed_to_a_screen(feature)
    if (calm := _applied_together(feature) or _keeps_up(feature)) is not None:
        yield calm
        return
    is_heavy = does.has("redraw-all", "refetch")
    least, rate = _drawn(feature), _arriving(feature)
    bundle = bundled.content.amount if bundled.content is not None else 0
    if bundle and Rate(1 / bundle) <= least:
        yield Passed(f"what is new goes out once in {bundled}")
        return
    often = rate.content if isinstance(rate.content, Rate) else None
    if not applies.is_stated:
        if not is_heavy and (often is None or often <= least):
            if often is None and bundled.is_none:
                raise Undecided(applies)
            raise NotApplicable("nothing says that a client works for each message")
        if often is not None and often <= least:
            yield Passed(f"messages come at {often}")
            return
        if not feature.workload.clients.content:
            raise Undecided(applies)
        told = f"A client gets {often}" if often else "All is drawn or fetched again with a message"
        raise Unstated(applies, message=f"{told}; the spec does not say `{applies.dotted}`.")
    if not does.is_stated and often is None:
        raise Undecided(does)
    if isinstance(rate.content, Bandwidth):
        raise Undecided(feature.workload.messages.per_room)
    yield _one_by_one(feature, rate, least)


def _one_by_one(feature: Feature, rate: Field[Rate | Bandwidth], least: Rate) -> Limit:
    """What comes to a page that works for each message, against what it can take."""
    client = feature.backpressure.client
    does = client.on_message
    cost = {
        "redraw-all": "Each one draws all of it again, which takes longer the more there is.",
        "refetch": "Each one causes requests, and those of a backlog start together.",
    }
    told = "what a page can fetch" if does.has("refetch") else "what a page can draw one by one"
    often, is_timed = rate.content, bool(client.takes.content) and not does.has("refetch")
    is_small = does.has("update") and not is_timed and not (isinstance(often, Rate) and often > UPDATED)
    return Limit(
        "the messages to one client",
        rate,
        f"half of its time at {client.takes} each" if is_timed else told,
        least,
        or_equal=True,
        note=cost.get(f"{does}", "What a hidden or slow page has not taken is applied one by one, too."),
        at=client.applies,
        when="one thing changes, and nothing says what that costs" if is_small else "",
    )


def _drawn(feature: Feature) -> Rate:
    """How many messages a page can apply one by one: as many as fill half of its time, where one is timed."""
    client = feature.backpressure.client
    if client.on_message.has("refetch"):
        return FETCHED
    takes = client.takes.content
    return Rate(0.5 / takes.amount) if takes is not None else DRAWN


def _keeps_up(feature: Feature) -> Passed | None:
    """What a message costs leaves a page half of its time, as stated, or as one value in its place does."""
    client, sync, often = feature.backpressure.client, feature.sync, _arriving(feature).content
    if not isinstance(often, Rate) or client.on_message.has("redraw-all", "refetch"):
        return None
    takes = client.takes.content
    if takes is not None:
        share = often.amount * takes.amount
        return Passed(f"{often} of {takes} each leave a page half of its time") if share <= HALF else None
    is_a_cell = client.on_message.has("update") and sync.updates.has("state-value") and sync.unit.has("field")
    if is_a_cell and often <= PLACED:
        return Passed(f"{often} each put one value in its place")
    return None


def _applied_together(feature: Feature) -> Passed | None:
    """What has come is applied at once; None where it is not, or each frame would fetch."""
    client = feature.backpressure.client
    each_frame_fetches = client.on_message.has("refetch") and client.applies.has("frame")
    if not client.applies.content or client.applies.has("each") or each_frame_fetches:
        return None
    spans = {"frame": "once in a frame", "on-demand": "when its user asks for it"}
    return Passed(f"what has come is applied {spans.get(str(client.applies), f'once in {client.applies}')}")


@rule
def page_keeps_everything(feature: Feature) -> Outcomes:
    """A page adds each message to what it shows, and never takes one away."""
    client, session = feature.backpressure.client, feature.workload.session
    keeps = client.keeps
    if not keeps.is_stated:
        raise NotApplicable("nothing says how much a client keeps")
    receives(feature)
    if not keeps.has("all"):
        yield Passed("a client keeps nothing" if keeps.is_none else f"a client keeps {keeps}")
        return
    if client.on_message.has("update"):
        raise NotApplicable("a message changes one thing, and there are no more things than sources")
    if feature.connection.is_one_shot:
        raise NotApplicable("a stream ends with its answer")
    length = session.p95 if session.p95.is_stated else session.typical
    if length.content is not None and length.content <= A_VISIT:
        if length is session.typical:
            raise Undecided(session.p95)
        yield Passed(f"a client stays for {length}")
        return
    yield Violated(
        "A client keeps all that comes while it is open"
        f"{f', for {length}' if length.content else ''}: its memory and drawing time grow with each message.",
        keeps,
        (length,) if length.content else (),
        when="" if length.content else "nothing says how long it stays open",
    )


@rule
def receiver_slower_than_stream(feature: Feature) -> Outcomes:
    """A client works longer on one message than it takes until the next one comes."""
    client, rate = feature.backpressure.client, _arriving(feature)
    if not client.takes.is_there:
        raise NotApplicable("nothing says how long a client works on a message")
    receives(feature)
    if client.applies.content and not client.applies.has("each"):
        yield Passed(f"what has come is applied together: {client.applies}")
        return
    if feature.backpressure.overflow.has("coalesce") or feature.sync.catch_up.has("skip"):
        yield Passed("of what a client has not taken, the newest is left")
        return
    if not isinstance(rate.content, Rate):
        raise Undecided(rate)
    yield Limit(
        "the messages to one client",
        rate,
        "what it can work off",
        named("messages that one client works off", 1 / term(client.takes)),
        or_equal=True,
        note="It falls behind for good, and what waits for it grows until something cuts it off.",
        at=client.takes,
    )


@rule
def work_holds_up_reading(feature: Feature) -> Outcomes:
    """A client reads nothing from its connection while it works on a message."""
    client, takes = feature.backpressure.client, feature.backpressure.client.takes
    if not client.handled_in.is_there:
        raise NotApplicable("nothing says where a client works on a message")
    receives(feature)
    if client.handled_in.has("worker"):
        yield Passed("the connection is read while a message is worked on")
        return
    if takes.content is not None and takes.content < STALL:
        yield Passed(f"a message is done in {takes}")
        return
    asks = client.on_message.has("refetch") or feature.sync.updates.has("signal")
    renews = client.on_message.has("redraw-all") and client.applies.has("each")
    if takes.content is None and not (asks or renews):
        raise Undecided(takes)
    unknown = "as long as a request takes" if asks else "as long as it takes to make all of it again"
    long = f"for {takes if takes.content else unknown}"
    why = client.on_message if client.on_message.has("refetch", "redraw-all") else feature.sync.updates
    yield Violated(
        f"A client reads nothing {long} with each message: it answers no heartbeat meanwhile, and what "
        "comes waits for it at the server.",
        client.handled_in,
        (takes,) if takes.content else (why,),
        when="" if takes.content else "nothing says how long it takes",
    )


@rule
def entries_move_under_the_hand(feature: Feature) -> Outcomes:
    """What comes in moves what somebody is reading, or is about to press."""
    client = feature.backpressure.client
    applies, does = client.applies, client.on_message
    if not does.has("insert"):
        raise NotApplicable("nothing that comes is said to move what is shown")
    _is_pushed_to_a_screen(feature)
    if applies.has("on-demand"):
        yield Passed("what has come waits until its user asks for it")
        return
    rate = _arriving(feature).content
    if isinstance(rate, Rate) and rate < SELDOM:
        yield Passed(f"something comes in at {rate}, between which there is time to read")
        return
    if not applies.is_stated and not feature.serves(*READ):
        raise Undecided(applies)
    often = f" at {rate}" if isinstance(rate, Rate) else ""
    yield Violated(
        f"What comes in{often} is put above or into what is shown at once: the line that is read moves away, "
        "and a press meets the entry that has just come."
        f"{'' if applies.is_stated else f' Cleared where `{applies.dotted}` is on-demand.'}",
        does,
        (applies,) if applies.is_stated else (),
    )
