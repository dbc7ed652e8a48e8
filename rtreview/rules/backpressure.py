"""What happens where more comes than is taken: at a slow client, and at a node that clients write to."""

from collections.abc import Sequence

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated, known
from rtreview.language.sections.backpressure import Backpressure
from rtreview.numbers.expression import named
from rtreview.numbers.fan_out import doubts_of_updates, updates_of_room, weight
from rtreview.numbers.queues import DROPS, is_endless, received, receives, waits
from rtreview.numbers.reconnection import connections_per_node
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Size
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

MANY_RECEIVERS = ("chat", "collaborative-editing", "cursors", "game", "feed", "dashboard", "presence")
"""Purposes in which one message is sent to several clients."""

COSTS_ONE = (*DROPS, "coalesce", "disconnect", "catch-up")
"""What becomes of a client that does not read, so that nobody waits for it."""

SMALLEST_QUEUE = Count(10)
"""So much at once fits into any queue that somebody would choose (burst-exceeds-queue)."""

BRIEF = Duration(1)
"""Who stands still for so long at most is late, and goes on: a room, a source of messages."""


@rule
def unbounded_message_queue(feature: Feature) -> Outcomes:
    """What waits for a slow client has no limit."""
    queue, overflow = feature.backpressure.queue, feature.backpressure.overflow
    if feature.connection.is_polling:
        raise NotApplicable("a polling client takes what it asks for")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    if feature.connection.is_pushed and not feature.backpressure.is_stated:
        raise NotApplicable("what waits for a device waits at the push service")
    is_log = feature.sync.strategy.has("append-only") or feature.holds("log")
    if feature.backpressure.is_none:
        message = f"Nothing limits what waits for a slow client{_growth(feature)}."
        yield Violated(message, feature.backpressure, when=_weight(feature))
    elif overflow.has("coalesce") and not is_log:
        yield Passed("only the last value of each key waits")
    elif overflow.has("block", "catch-up") and not is_endless(queue):
        reads = "a slow client leaves the live stream, and reads from a log"
        yield Passed(reads if overflow.has("catch-up") else "a sender waits until there is room")
    elif queue.is_none:
        yield _without_queue(feature.backpressure)
    elif is_endless(queue):
        message = f"The queue of one slow client grows without end{_growth(feature)}."
        never = overflow.has("block", "catch-up")
        yield Violated(
            f"{message} `{overflow.dotted}: {overflow}` never comes: such a queue is never full."
            if never
            else message,
            queue,
            (overflow,) if never else (),
            when=_weight(feature),
        )
    elif bounds := [bound for bound in (queue.max_age, queue.max_keys) if bound.content]:
        yield Passed(f"`{bounds[0].dotted}` is {bounds[0]}")
    elif full := [bound for bound in (queue.max_messages, queue.max_bytes) if bound.content]:
        if not overflow.is_stated:
            message = f"The queue holds at most {full[0]}; the spec does not say `{overflow.dotted}`."
            raise Unstated(overflow, message=message)
        then = "nothing is decided: see full-queue-undecided" if overflow.is_none else f"then {overflow}"
        yield Passed(f"`{full[0].dotted}` is {full[0]}, {then}")
    elif feature.transport.service.content:
        raise NotApplicable(f"the queues are those of {feature.transport.service}")
    elif _polls_a_log(feature):
        raise NotApplicable("a long poll names its position, and what is new waits where all read it")
    else:
        raise Unstated(queue)


def _without_queue(backpressure: Backpressure) -> Passed:
    """What happens to a message that a slow client cannot take, where nothing waits for it.

    Raises:
        Unstated: what happens then is said of messages that wait, so that another `none` may be meant.

    """
    queue, overflow = backpressure.queue, backpressure.overflow
    if overflow.has("drop-oldest"):
        message = (
            f"`{queue.dotted}: none` says that nothing waits for a slow client, and `{overflow.dotted}: "
            f"{overflow}` drops the first of those that wait. Is there no queue, one without a bound "
            "(`unbounded`), or one with a bound, and which?"
        )
        raise Unstated(queue, message=message)
    then = "cuts it off" if overflow.has("disconnect") else "is taken to be dropped"
    return Passed(
        f"nothing waits for a slow client: a message that it cannot take at once {then} (a queue without a "
        "bound is `unbounded`)"
    )


@rule
def burst_exceeds_queue(feature: Feature) -> Outcomes:
    """What comes at once does not fit into a queue, however fast its client reads."""
    queue, overflow = feature.backpressure.queue, feature.backpressure.overflow
    burst, cuts = feature.workload.messages.burst, feature.backpressure.cuts_off
    if not burst.is_stated or burst.is_none:
        raise NotApplicable("no messages are said to come at once")
    if feature.direction.has("client-to-server") or feature.connection.is_polling:
        raise NotApplicable("nothing is sent to the client that it did not ask for")
    if not (cuts or overflow.has(*DROPS)):
        _fits_anywhere(feature)
        raise NotApplicable("no full queue is stated to drop or to cut off")
    if is_endless(queue) or not queue.max_messages.is_stated or queue.max_messages.is_none:
        raise NotApplicable("the queue is not bounded by a number of messages")
    if not cuts and (feature.backpressure.dropped.content or feature.sync.refetch.content):
        yield Passed("a client learns of a drop, or fetches the state anyway")
        return
    soon = not cuts and feature.is_state_valued
    lost = "" if soon else "What does not fit is gone, for each of them."
    yield Limit(
        "what comes at once",
        burst,
        "the messages that may wait for a client",
        queue.max_messages,
        or_equal=True,
        note="Those are cut off that read as fast as they can." if cuts else lost,
        at=queue.max_messages,
        when="a later value replaces what is lost" if soon else "",
    )


def _fits_anywhere(feature: Feature) -> None:
    """A burst of which nothing says what becomes of it ends the rule where it may fill a queue.

    Raises:
        Undecided: no word on a queue or on what a full one does.

    """
    backpressure, burst = feature.backpressure, feature.workload.messages.burst.content
    if backpressure.is_none or backpressure.overflow.is_stated or backpressure.queue.is_stated:
        return
    if burst is None or burst > SMALLEST_QUEUE:
        raise Undecided(backpressure.queue.max_messages, backpressure.overflow)


def _polls_a_log(feature: Feature) -> bool:
    """Whether a client takes what follows its position, poll by poll, so that nothing waits for it alone."""
    resume = feature.transport.resume
    asks = resume.by.has("offset", "last-event-id", "time", "state", "snapshot", "read-mark")
    return bool(feature.connection.asks_again and asks and not resume.scope.has("client"))


def _weight(feature: Feature) -> str:
    """A queue without a bound is no milder than a bound that does not fit (slow-client-memory-budget)."""
    is_counted = connections_per_node(feature.connection).content and feature.topology.node.memory.content
    return "the memory of a node and its clients are counted" if is_counted else ""


def _growth(feature: Feature) -> str:
    """How fast the queue of a stalled client grows in the largest room, and what the spec states twice."""
    room, members = feature.workload.messages.per_room, feature.room.content
    try:
        sent = received(feature).content
        if sent is None:
            sent = named("sent", updates_of_room(feature) * weight(feature), Bandwidth).content
    except (NotApplicable, Undecided):
        return ""
    if sent is None:
        return ""
    who = " of a busy room" if room.content else f" of a room of {members}" if members is not None else ""
    who = "client" if not who or feature.fan_out.audience.has("everyone") else f"member{who}"
    grows = f"about {Size(sent.amount * 60)} a minute for a stalled {who}"
    return f": {'. '.join(filter(None, (grows, doubts_of_updates(feature).removesuffix('.'))))}"


@rule
def full_queue_undecided(feature: Feature) -> Outcomes:
    """The queue of a client has a bound, and nothing is decided for the moment at which it is reached."""
    queue, overflow = feature.backpressure.queue, feature.backpressure.overflow
    waits(feature)
    if is_endless(queue) or feature.backpressure.is_none:
        raise NotApplicable("the queue has no bound: see unbounded-message-queue")
    if feature.transport.service.content and not queue.is_stated:
        raise NotApplicable(f"the queues are those of {feature.transport.service}")
    if queue.max_age.content or queue.max_keys.content:
        raise NotApplicable("what is too old, or replaced, leaves the queue by itself")
    if not overflow.is_none and known(overflow):
        yield Passed(f"a full queue: {overflow}")
        return
    full = [bound for bound in (queue.max_bytes, queue.max_messages) if bound.content]
    holds = f"holds at most {full[0]}" if full else "is full at some time"
    yield Violated(
        f"The queue of a client {holds}, and nothing is decided for then: a client that does not read is "
        "neither cut off nor sent less.",
        overflow,
        tuple(full),
    )


@rule
def stalled_client_stays(feature: Feature) -> Outcomes:
    """A client that is connected and reads nothing is ended by nobody."""
    at_most, queue, overflow = (
        feature.backpressure.write_timeout,
        feature.backpressure.queue,
        feature.backpressure.overflow,
    )
    runs_in, age = feature.transport.heartbeat.runs_in, feature.operations.connection_max_age
    receives(feature)
    waits_too = [part for part, word in ((runs_in, "writer"), (age.checked, "stream")) if part.has(word)]
    drops = overflow.has(*DROPS, "coalesce")
    never_answers = feature.transport.kind.has("sse", "http-stream")
    if not (at_most.is_none or waits_too or (never_answers and drops)):
        raise NotApplicable("nothing is said of what ends a client that reads nothing")
    if feature.transport.service.content:
        raise NotApplicable(f"{feature.transport.service} writes to the clients")
    if feature.connection.is_datagrams or feature.connection.is_one_shot:
        raise NotApplicable("no write waits for the client, or the stream ends by itself")
    if at_most.content:
        yield Passed(f"a send that waits for {at_most} ends the client")
        return
    if feature.backpressure.cuts_off and not is_endless(queue):
        yield Passed("a client whose queue is full is cut off")
        return
    if _has_to_answer(feature) and not runs_in.has("writer"):
        if not runs_in.is_stated:
            raise Undecided(runs_in)
        yield Passed("a heartbeat that stays unanswered ends it, whatever waits")
        return
    if age.value.content and not age.checked.has("stream"):
        if not age.checked.is_stated:
            raise Undecided(age.checked)
        yield Passed(f"each connection ends after {age.value}, whatever waits")
        return
    if not (at_most.is_none or waits_too):
        raise Undecided(at_most)
    yield _never_ended(feature, waits_too)


def _has_to_answer(feature: Feature) -> bool:
    """Whether the server sends heartbeats that a client which reads nothing leaves unanswered."""
    heartbeat = feature.transport.heartbeat
    if heartbeat.from_.has("client") or heartbeat.layer.has("sse-comment", "tcp"):
        return False
    return bool(heartbeat.timeout.content or heartbeat.misses.content) and not heartbeat.confirmed.has(False)


def _never_ended(feature: Feature, waits_too: Sequence[Field[str]]) -> Violated:
    """What would end a client waits with the write to it, or is decided against."""
    at_most = feature.backpressure.write_timeout
    names = {"runs_in": "the heartbeat and its timer", "checked": "the look at its age"}
    stand = " and ".join(names[part.key] for part in waits_too)
    what = f": what would, {stand}, waits with that write" if waits_too else ", for as long as it stands"
    cleared = "" if at_most.is_stated else f" Cleared where `{at_most.dotted}` ends a send that waits."
    return Violated(
        f"A client that reads nothing makes the write to it wait, and nothing ends it{what}. Its connection, "
        f"its queue and what the kernel and the library keep for it stay.{cleared}",
        waits_too[0] if waits_too else at_most,
        (*waits_too[1:], *((at_most,) if waits_too and at_most.is_none else ())),
    )


@rule
def slow_receiver_blocks_room(feature: Feature) -> Outcomes:
    """A sender waits for the slowest receiver, and all others with it."""
    backpressure, sends = feature.backpressure, feature.fan_out.sends
    overflow, audience, room = backpressure.overflow, feature.fan_out.audience, feature.room
    waits_at_once = backpressure.queue.is_none and overflow.has("block")
    in_turn = sends.has("one-by-one", "together") and not overflow.has(*COSTS_ONE)
    waits_for_all = in_turn or waits_at_once
    (receives if waits_for_all else waits)(feature)
    has_no_bound = is_endless(backpressure.queue)
    if not waits_for_all:
        if backpressure.is_none or (has_no_bound and not overflow.has("block")):
            raise NotApplicable("the queue has no bound, so that no sender waits")
        if known(overflow) != "block":
            raise NotApplicable(f"the overflow is {overflow}")
        if feature.fan_out.stored.has("together") and feature.topology.state.replay.has("shared", "disk"):
            raise NotApplicable("each client reads from the log at its own pace, and alone waits")
        if has_no_bound and sends.has("own-writer"):
            raise NotApplicable("each client has a writer of its own, which alone waits for it")
    if audience.has("user") or feature.workload.rooms.is_none:
        raise NotApplicable("a sender has one receiver")
    if room.content is not None and room.content.amount <= 1:
        raise NotApplicable("a sender has one receiver")
    has_several = feature.workload.rooms.is_stated or audience.content or feature.serves(*MANY_RECEIVERS)
    # Who is written to in turn, or waits for the last, has several receivers.
    waits_long = overflow.has("block") or backpressure.write_timeout.is_none
    if not (has_several or (in_turn and waits_long)):
        raise Undecided(room, audience)
    who = f"up to {room} members" if room.content else "all others"
    size = (room,) if room.content else ()
    yield Violated(
        f"{_waiting(feature)} one client that does not read stops what {who} receive.",
        sends if in_turn else overflow,
        (backpressure.queue, *size) if has_no_bound and not waits_for_all else size,
        when=_is_brief(feature),
    )


def _is_brief(feature: Feature) -> str:
    """The case in which a client that does not read is given up before others notice; empty without one."""
    at_most = feature.backpressure.write_timeout.content
    return "a send waits no longer than a second" if at_most is not None and at_most <= BRIEF else ""


def _waiting(feature: Feature) -> str:
    """Who waits for a slow client, and at what."""
    if feature.fan_out.sends.has("one-by-one"):
        return "Receivers are written to in turn:"
    if feature.fan_out.sends.has("together"):
        return "The next message waits until the last receiver has this one:"
    if is_endless(feature.backpressure.queue):
        return "A sender is said to wait, though a queue without a bound is never full: where it does,"
    if feature.backpressure.queue.is_none:
        return "Nothing is queued, so a send waits until its receiver has taken the message:"
    return "A full queue makes the sender wait:"


@rule
def sending_holds_up_source(feature: Feature) -> Outcomes:
    """What makes the messages also sends them, and stands still while a client does not read."""
    backpressure, fan_out = feature.backpressure, feature.fan_out
    overflow, sends, at_most = backpressure.overflow, fan_out.sends, backpressure.write_timeout
    receives(feature)
    if not fan_out.sent_on.is_there:
        raise NotApplicable("nothing says what the sending runs on")
    if fan_out.sent_on.has("own") and overflow.has("block") and not is_endless(backpressure.queue):
        raise NotApplicable("what sends it makes it wait when it is full: see slow-receiver-blocks-room")
    if fan_out.sent_on.has("own"):
        yield Passed("a message is handed over to what sends it")
        return
    if overflow.has(*COSTS_ONE):
        yield Passed(f"a client that does not read costs itself alone: {overflow}")
        return
    if sends.has("own-writer") and not overflow.has("block"):
        yield Passed("each client has a writer of its own, which alone waits for it")
        return
    reasons = (
        (sends, sends.has("one-by-one", "together")),
        (overflow, overflow.has("block")),
        (at_most, at_most.is_stated),
    )
    waits_at = tuple(part for part, is_reason in reasons if is_reason)
    if not waits_at:
        raise Undecided(sends)
    ends = at_most.content
    yield Violated(
        "Messages are sent on what makes them: one client that does not read stops that, and all that "
        f"waits for it, {f'for {ends} at each message' if ends else 'for as long as its connection stands'}.",
        fan_out.sent_on,
        waits_at,
        when=_is_brief(feature),
    )
