"""What a client asks for when it subscribes, and what comes at once, against what either side takes."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided, Unstated
from rtreview.numbers.expression import Expression, named, term
from rtreview.numbers.queues import DROPS
from rtreview.numbers.replay import told_in_vain
from rtreview.quantities.quantity import Count, Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

A_SECOND = Duration(1)


@rule
def return_exceeds_inbound_limit(feature: Feature) -> Outcomes:
    """A client that returns subscribes to all it had at once, and is refused for sending too much."""
    join, limit = feature.sync.join, feature.backpressure.inbound.rate
    if not limit.content or not (join.over.has("connection") or join.paced.is_stated):
        raise NotApplicable("no limit is stated for what a client subscribes by")
    if join.over.has("request"):
        raise NotApplicable("a client does not subscribe by messages")
    if feature.connection.asks_again:
        raise NotApplicable("each poll is a request of its own")
    if join.again.is_none or join.again.has("server"):
        raise NotApplicable("a client that returns does not subscribe by itself")
    if join.paced.content:
        yield Limit(
            "the pace of subscriptions", join.paced, "what is taken from a client", limit, or_equal=True
        )
        return
    messages, rooms = _messages_of_a_join(feature), feature.workload.rooms.per_user
    judged = Limit(
        "the messages of a returning client",
        messages,
        "what is taken from a client in a second",
        named("limit of a second", term(limit) * A_SECOND, Count),
        or_equal=True,
        note="It is refused, and returns to the same.",
        at=limit,
    ).judge()
    if isinstance(judged, Violated) and not join.paced.is_stated:
        told = f"A client joins {rooms.content} rooms by messages, and {limit} are taken"
        raise Unstated(join.paced, message=f"{told}; the spec does not say `{join.paced.dotted}`.")
    yield judged


def _messages_of_a_join(feature: Feature) -> Expression[Count]:
    """The messages by which one client joins all of its rooms."""
    join, rooms = feature.sync.join, feature.workload.rooms.per_user
    if join.batch.content is None:
        return named("messages of a return", term(rooms, "rooms of a client"), Count)
    return named("messages of a return", term(rooms, "rooms of a client") / term(join.batch), Count)


@rule
def subscribed_before_admitted(feature: Feature) -> Outcomes:
    """A client that returns subscribes before the message on which its right to do so depends."""
    join, access = feature.sync.join, feature.access
    admitted, refused, checked = join.admitted, join.on_refused, access.checked
    again = join.again.has("client") and join.over.has("connection")
    if not admitted.is_stated:
        if again and checked.includes("subscribe") and access.checked_against.includes("copy"):
            raise Undecided(admitted)
        raise NotApplicable("nothing is said of what a client has to send before it subscribes")
    if not admitted.has("beside"):
        yield Passed(f"what gives a client the right is there when it subscribes: {admitted}")
        return
    if checked.is_none or feature.direction.has("client-to-server"):
        raise NotApplicable("no subscription is looked at")
    if join.again.is_none or feature.transport.reconnect.is_none:
        raise NotApplicable("nobody subscribes again")
    end, case = "", "a refusal is open"
    if refused.has("later", "anew", "same"):
        end, case = ", until they try again", "a refused one is sent again"
    elif refused.is_stated:
        end, case = ", and nothing is sent to them any more", ""
    yield Violated(
        "A client that is back subscribes as soon as the connection stands, and the message that gives it "
        f"the right to do so may come later: members are refused{end}.",
        admitted,
        (refused,) if refused.is_stated else (checked,) if checked.is_stated else (),
        when=case,
    )


@rule
def initial_state_exceeds_queue(feature: Feature) -> Outcomes:
    """A newcomer is sent the last value of everything at once, and its queue drops that or cuts it off."""
    join, queue, overflow = feature.sync.join, feature.backpressure.queue, feature.backpressure.overflow
    retain, paced = feature.sync.delivery.retain, feature.transport.resume.paced
    cuts = overflow.has("disconnect")
    if not (cuts or overflow.has(*DROPS)) or not queue.is_stated:
        raise NotApplicable("no full queue is stated to drop or to cut off")
    in_bytes = _state_in_bytes(feature)
    if in_bytes is None and not queue.max_messages.content:
        raise NotApplicable("the queue is not bounded by a number of messages")
    by_number = queue.max_messages.content and (
        retain.content or (join.history.content and join.order.has("snapshot"))
    )
    if in_bytes is None and not by_number:
        raise NotApplicable("a join does not begin with many messages")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    if paced.content:
        yield Passed("what a newcomer is sent waits for it to be taken")
        return
    is_told = feature.backpressure.dropped.content and not told_in_vain(feature)
    if not cuts and (is_told or feature.sync.refetch.content):
        yield Passed("a client learns of a drop, or fetches the state anyway")
        return
    if in_bytes is not None:
        yield in_bytes
    if by_number:
        yield _values_in_number(feature)


def _newcomers_loss(feature: Feature) -> tuple[str, str]:
    """What becomes of a newcomer that is sent too much, and the case of it."""
    if feature.backpressure.overflow.has("disconnect"):
        return "It is cut off, and returns to the same.", ""
    soon = feature.comes_soon and feature.is_state_valued
    dropped = "What does not fit is dropped, without an error; what seldom changes is missing from then on."
    return dropped, "each value comes again soon" if soon else ""


def _state_in_bytes(feature: Feature) -> Limit | None:
    """The state with which a stream begins against the bytes that may wait; None where either is not stated.

    One who returns to the same state is the matter of overflow-disconnect-loop.
    """
    state, bound, resume = (
        feature.sync.snapshot.size,
        feature.backpressure.queue.max_bytes,
        feature.transport.resume,
    )
    returns = resume.by.has("snapshot") or resume.is_none
    loops = (
        returns
        and feature.backpressure.overflow.has("disconnect")
        and not feature.transport.reconnect.is_none
    )
    if loops or not (feature.sync.join.order.has("snapshot") and state.content and bound.content):
        return None
    note, when = _newcomers_loss(feature)
    return Limit(
        "the state that a newcomer is sent at once",
        state,
        "the bytes that may wait for it",
        bound,
        or_equal=True,
        note=note,
        at=bound,
        when=when,
    )


def _values_in_number(feature: Feature) -> Limit:
    """The last values or past messages of a join against the messages that may wait.

    Raises:
        Undecided: rooms are not counted, or nothing says whether they are sent at the pace of the client.

    """
    join, retain, paced = feature.sync.join, feature.sync.delivery.retain, feature.transport.resume.paced
    cuts = feature.backpressure.overflow.has("disconnect")
    rooms = feature.workload.rooms.per_user
    if (cuts or not rooms.content) and not paced.is_stated:
        raise Undecided(rooms, paced)
    if isinstance(join.history.content, Duration) and not retain.content:
        raise Undecided(join.history)
    kept = term(rooms, "rooms of a client")
    if join.history.content and not retain.content:
        burst = named("messages of a join", kept * term(join.history), Count)
    else:
        burst = named("messages of a join", kept, Count)
    note, when = _newcomers_loss(feature)
    most = feature.backpressure.queue.max_messages
    return Limit(
        "what a newcomer is sent at once",
        burst,
        "the messages that may wait for it",
        most,
        or_equal=True,
        note=note,
        at=most,
        when=when,
    )
