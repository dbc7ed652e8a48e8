"""What a client does with what it is sent, and whether it keeps up with it."""

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated
from rtreview.language.sections.workload import MACHINES
from rtreview.numbers.queues import receives
from rtreview.quantities.quantity import Bandwidth, Duration, Rate
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

DRAWN = Rate(20)
"""So often a page can change what it shows without dropping frames (page-falls-behind)."""

FETCHED = Rate(1)
"""So often a page can ask again without a request waiting for the one before (page-falls-behind)."""

SELDOM = Rate(1 / 60)
"""What comes that seldom moves nobody's line in the midst of it (entries-move-under-the-hand)."""

A_VISIT = Duration(3600)
"""In a visit of an hour no page collects more than it can hold (page-keeps-everything)."""


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
    client = feature.backpressure.client
    applies, does = client.applies, client.on_message
    if not client.is_stated and not feature.serves("dashboard", "console", "feed", "telemetry"):
        raise NotApplicable("nothing says what a client does with a message")
    _is_pushed_to_a_screen(feature)
    if applies.content and not applies.has("each"):
        spans = {"frame": "once in a frame", "on-demand": "when its user asks for it"}
        yield Passed(f"what has come is applied {spans.get(str(applies), f'once in {applies}')}")
        return
    is_heavy = does.has("redraw-all", "refetch")
    least, rate = FETCHED if does.has("refetch") else DRAWN, _arriving(feature)
    often = rate.content if isinstance(rate.content, Rate) else None
    if not applies.is_stated:
        if not is_heavy and (often is None or often <= least):
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
    cost = {
        "redraw-all": "Each one draws all of it again, which takes longer the more there is.",
        "refetch": "Each one causes requests, and those of a backlog start together.",
    }
    yield Limit(
        "the messages to one client",
        rate,
        "what a page can fetch" if does.has("refetch") else "what a page can draw one by one",
        least,
        or_equal=True,
        note=cost.get(f"{does}", "What a hidden or slow page has not taken is applied one by one, too."),
        at=applies,
    )


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
    if not applies.is_stated:
        raise Undecided(applies)
    often = f" at {rate}" if isinstance(rate, Rate) else ""
    yield Violated(
        f"What comes in{often} is put above or into what is shown at once: the line that is read moves away, "
        "and a press meets the entry that has just come.",
        does,
        (applies,),
    )
