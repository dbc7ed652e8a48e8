"""What a client shows of its own at once, and what then comes back of it."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided, known
from rtreview.language.sections.workload import MACHINES
from rtreview.numbers.expression import named, term
from rtreview.numbers.queues import DROPS
from rtreview.quantities.quantity import Count, Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

WAITED_FOR = Duration(1)
"""What a user waits without losing the thread (Nielsen, Usability Engineering; act-waits-for-answers)."""

A_FEW = Count(4)
"""So many round trips of 200 ms are below what a user waits (act-waits-for-answers)."""

BY_HAND = ("game", "cursors", "collaborative-editing")
"""Purposes in which each act of the own hand is seen, and sent (act-waits-for-answers)."""

A_FEW_SECONDS = Count(100)
"""What a hand that types or draws sends in a few seconds, at 15/s to 30/s (own-changes-fill-queue)."""

A_STALL = Duration(10)
"""So long a line may stand still without being lost (own-changes-fill-queue)."""


@rule
def own_message_shown_twice(feature: Feature) -> Outcomes:
    """A client shows its message at once, and does not know it again when it comes from the server."""
    sync, echo = feature.sync, feature.sync.echo_matched_by
    shows = sync.optimistic
    if not echo.is_stated and not (shows.content and sync.updates.has("event") and feature.serves("chat")):
        raise NotApplicable("nothing is said of one's own message that comes back")
    if echo.has("client-id", "left-out", "idempotent"):
        yield Passed(f"one's own message is known again, or does not come back: {echo}")
        return
    if shows.is_none or shows.has(False):
        raise NotApplicable("a client shows only what comes from the server")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients send nothing")
    if feature.is_state_valued or feature.merges_by("crdt", "ot"):
        raise NotApplicable("what comes twice is the same")
    if not echo.is_stated:
        raise Undecided(echo)
    if echo.has("server-id"):
        if sync.ordering.scope.has("per-client", "total"):
            yield Passed("the answer with the id and the message come in one order")
            return
        yield Violated(
            "A client knows its own message by the id that the answer brings: where the message comes first, "
            "or the answer is lost with the connection, it stands there twice.",
            echo,
            (sync.ordering.scope,) if sync.ordering.scope.content else (),
        )
        return
    by = "by what is in it: of two that are alike one is dropped, and one that the server changed, or a clock"
    yield Violated(
        f"A client knows its own message {by} dates otherwise, stands there twice."
        if echo.content
        else "A client shows its message at once and does not know it again when it comes back: it stands "
        "there twice.",
        echo,
        (shows,) if shows.content else (),
    )


@rule
def own_changes_fill_queue(feature: Feature) -> Outcomes:
    """What a client sends waits for it in its own queue, and a full one costs it all that it has."""
    sync, backpressure = feature.sync, feature.backpressure
    echo, queue, overflow = sync.echo_matched_by, backpressure.queue.max_messages, backpressure.overflow
    if not echo.is_stated or echo.has("left-out"):
        raise NotApplicable("no message is said to come back to its sender")
    if feature.direction.has("server-to-client") or feature.connection.is_polling:
        raise NotApplicable("nothing that a client sends waits for it")
    if not feature.serves(*BY_HAND):
        raise NotApplicable("a client sends little of its own")
    if not (backpressure.cuts_off or overflow.has(*DROPS)):
        raise NotApplicable("no full queue is stated to drop or to cut off")
    if backpressure.bundled.content:
        yield Passed(f"what comes within {backpressure.bundled} waits as one message")
        return
    rate = feature.workload.messages.rate
    if feature.serves("game") and not rate.is_stated:
        raise Undecided(rate)
    if known(queue) > A_FEW_SECONDS or (
        rate.content and rate.content.amount * A_STALL.amount < known(queue).amount
    ):
        yield Passed(f"{queue} messages are many seconds of the own hand")
        return
    costs_all = backpressure.cuts_off or backpressure.dropped.content or not feature.next_heals
    yield Violated(
        f"A client is sent its own changes too, one by one: its own hand fills the {queue} messages that may "
        "wait for it while its line is slow, as it is for what it sends.",
        echo,
        (queue, overflow),
        when="" if costs_all else "a later value replaces what is lost",
    )


@rule
def act_waits_for_answers(feature: Feature) -> Outcomes:
    """One act of a user is several requests in turn, and nothing of it shows before their answers."""
    sync, requests, rtt = feature.sync, feature.sync.requests_per_act, feature.workload.rtt
    waits = sync.optimistic.has(False) or sync.optimistic.is_none
    if not requests.is_stated and not (waits and feature.serves(*BY_HAND)):
        raise NotApplicable("no act is said to wait for answers")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients send nothing")
    if feature.workload.only(*MACHINES):
        raise NotApplicable("nobody waits in front of the clients")
    if sync.optimistic.content:
        yield Passed("a client shows its own act at once")
        return
    if requests.content and requests.content <= Count(1):
        yield Passed("one request carries an act out")
        return
    if not requests.is_stated:
        raise Undecided(requests)
    if requests.content and requests.content <= A_FEW and not rtt.is_stated:
        raise NotApplicable(f"{requests} requests in turn are soon over on most lines")
    yield Limit(
        "the time of one act",
        named("time of one act", term(requests, "requests in turn") * term(rtt)),
        "what a user waits without losing the thread",
        WAITED_FOR,
        note="Each request waits for the answer to the one before, and a slow line is slow that many times.",
        at=requests,
        propose=(),
    )
