"""Server-sent events: what the browser does by itself, and what the server must tell it."""

from rtreview.language.design import FLEETING, Connection, Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated, known
from rtreview.numbers.reconnection import ONE_SECOND
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

BROWSER_DELAY = Duration(3)
"""What browsers wait where no `retry` is sent: a few seconds, by the HTML standard."""


@rule
def sse_missing_retry(connection: Connection) -> Outcomes:
    """The browser decides how soon everybody is back."""
    transport, plan = connection.transport, connection.transport.reconnect
    if known(transport.kind) != "sse":
        raise NotApplicable("not an SSE stream")
    if plan.is_none:
        raise NotApplicable("the client does not reconnect")
    if plan.strategy.is_stated and not plan.strategy.has("browser"):
        raise NotApplicable(f"the client decides the delay itself: {plan.strategy}")
    if plan.base.is_stated or plan.delays.is_stated:
        raise NotApplicable("the client decides the delay itself")
    if not connection.workload.may_have("browser"):
        raise NotApplicable("no browser connects")
    if connection.access.token_in.has("header"):
        raise NotApplicable("an EventSource sends no header of its own: a script opens the stream")
    if connection.are_few:
        raise NotApplicable(f"{connection.counted} clients are no crowd")
    if connection.accepted_within(BROWSER_DELAY):
        raise NotApplicable(f"the nodes accept every client within the {BROWSER_DELAY} of a browser")
    if transport.retry.is_none:
        count = connection.workload.connections.content
        who = f"{count} browsers" if count else "all browsers"
        yield Violated(
            f"No `retry` is sent: when the endpoint fails, {who} ask again after about {BROWSER_DELAY}.",
            transport.retry,
        )
    elif transport.retry.content is not None and transport.retry.content < ONE_SECOND:
        yield Violated(f"Browsers are told to ask again after {transport.retry}.", transport.retry)
    elif transport.retry.is_stated:
        yield Passed(f"browsers wait {transport.retry}")
    else:
        raise Unstated(transport.retry)


@rule
def sse_missing_event_id(feature: Feature) -> Outcomes:
    """Events have no id, so a browser that returns cannot say where it was."""
    transport = feature.transport
    if known(transport.kind) != "sse":
        raise NotApplicable("not an SSE stream")
    if feature.connection.is_one_shot:
        raise NotApplicable("a one-shot stream is asked for again as a request")
    _needs_a_name(feature)
    resume, ids = transport.resume, transport.event_ids
    names = ids.content or resume.by.has("last-event-id")
    if names and resume.retention.has(Duration(0)) and not resume.max_messages.content:
        if feature.next_heals or feature.rejoin_brings_history:
            raise NotApplicable("each connection begins with the state, whatever an id names")
        yield Violated(
            "Events have ids, and nothing is kept that one could name: what is sent during a loss is gone.",
            resume.retention,
            (ids if ids.content else resume.by,),
        )
        return
    has_none = ids.is_none or ids.has(False)
    if names and not has_none:
        _needs_a_first_event(feature)
    if ids.content:
        yield Passed("events have ids")
        return
    names_offset = resume.by.has("offset") and not (has_none and transport.reconnect.strategy.has("browser"))
    if resume.by.has("session") or names_offset or (names and not has_none):
        yield Passed(f"the client names where it was: {resume.by}")
        return
    if feature.is_state_valued and feature.sync.snapshot.every in feature.renewals:
        raise NotApplicable(f"the whole value comes again after {feature.sync.snapshot.every}")
    part = _begins_with_part(feature)
    if feature.is_state_valued and not feature.sync.join.order.is_stated:
        raise Undecided(feature.sync.join.order)
    if not (ids.is_stated or resume.full in part):
        raise Unstated(ids)
    away = feature.workload.outage.typical.content
    lost = f"the usual {away} of an outage" if away else "a loss of the connection"
    beside = ", save for what the snapshot holds" if part else ""
    if resume.full in part:
        beside = ", save for what is kept, whose beginning goes first"
    yield Violated(
        f"Events have no id: what is sent during {lost} is gone{beside}.",
        ids if ids.is_stated else resume.by,
        part,
    )


def _needs_a_name(feature: Feature) -> None:
    """End the rule where one who returns needs to name nothing.

    Raises:
        NotApplicable: what was missed is worth nothing, fetched, or exchanged.
        Undecided: nothing says whether it is fetched.

    """
    if (hint := feature.hint_hangs_on) is not None:
        raise Undecided(hint)
    if feature.is_fleeting or feature.serves(*FLEETING):
        raise NotApplicable("what was missed is worth nothing a moment later, or is fetched anyway")
    if feature.exchanges_lacks:
        raise NotApplicable("replicas exchange what each one lacks when they meet again")


def _needs_a_first_event(feature: Feature) -> None:
    """End the rule where work goes on for a reader who lost its answer before an event came.

    Raises:
        Unstated: nothing says what such a reader gets.

    """
    work, join, without = feature.work, feature.sync.join, feature.transport.resume.without
    goes_on = work.on_leave.has("continue") and join.over.has("request") and join.order.has("from-position")
    if goes_on and not without.is_stated:
        raise Unstated(
            without,
            message="A stream may be lost before its first event, while the work goes on: its reader has no "
            f"id to name. The spec does not say what that reader gets (`{without.dotted}`).",
        )


def _begins_with_part(feature: Feature) -> tuple[Field[str], ...]:
    """The field by which the state that each connection begins with is a part of what counts; none without.

    Raises:
        NotApplicable: each connection begins with all of it.
        Undecided: events are kept nowhere, and nothing says whether the state holds them.

    """
    holds = feature.sync.snapshot.holds
    if not (feature.sync.join.order.has("snapshot") or feature.transport.resume.by.has("snapshot")):
        return ()
    if holds.has("part"):
        return (holds,)
    if feature.keeps_only_the_end:
        return (feature.transport.resume.full,)
    if feature.sync.updates.has("event") and feature.keeps_nothing and not holds.is_stated:
        raise Undecided(holds)
    raise NotApplicable("each connection begins with a snapshot")
