"""What age, deployments and growth do to connections that were made to last."""

from __future__ import annotations

from typing import Any

from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated, known
from rtreview.language.sections.servers import Operations
from rtreview.language.sections.transport import Access
from rtreview.language.sections.workload import Session
from rtreview.numbers.expression import Measure, end, named, term
from rtreview.numbers.fan_out import deliveries_if_all_are_busy, deliveries_of_all_rooms, message_capacity
from rtreview.numbers.reconnection import (
    AT_ONCE,
    LONGEST_SESSION,
    ONE_SECOND,
    accept_capacity,
    drain_needed,
    first_attempt_spread,
)
from rtreview.quantities.interval import SOME
from rtreview.quantities.quantity import Count, Duration, Rate, Ratio, Spread
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

GRACE_OF_KUBERNETES = Duration(30)
"""What Kubernetes waits between the request to end and the kill, where nothing else is set."""

A_FIFTH = 5
"""The accept capacity over the reconnections by age that it may be asked for."""

OUTLIVED = Duration(15 * 60)
"""For so long a grant may be outlived: the usual life of a short access token (grant-outlived-by-stream)."""

AN_HOUR = Duration(3600)
"""A connection that ends within it outlives a grant like many a token (grant-outlived-by-stream)."""

STAYS_OPEN = ("collaborative-editing", "dashboard")
"""Purposes whose page is left open for a day (token-expires-before-session)."""

REACHES = "what is taken away reaches the connection"
"""The case in which an expired token is a ticket and no more (token-expires-before-session)."""

UNCOUNTED = "the spec does not say how long sessions last"
"""The case in which the length of sessions is not known (token-expires-before-session)."""

HANDSHAKE = Duration(120)
"""A token that is valid for no longer than this opens a connection and is not looked at again."""

BUSY = 0.25
"""The share of what the nodes can send from which on sending shows on the processor (autoscale-on-cpu)."""

FEW = Count(1000)
"""So many connections any node holds, as many as a process may open files by default (autoscale-on-cpu)."""

AT_WORK = ("cpu", "request", "rps")
"""Words in a measure of what is done, of which a silent connection causes none."""

SENT = ("egress", "bandwidth", "network", "traffic")
"""Words in a measure of what is sent."""

HELD = ("conn", "socket", "client", "memory")
"""Words in a measure that rises with connections, whether they are silent or not."""


def _churn_limit(connection: Connection, age: Field[Duration], name: str) -> Limit:
    """Evenly spread reconnections of connections that end at an age, against a fifth of the accepts."""
    churn = named("reconnections by age", term(connection.workload.connections) / term(age, name))
    a_fifth = named("a fifth of the accept capacity", accept_capacity(connection) / A_FIFTH)
    return Limit("the reconnection rate", churn, "a fifth of the accept capacity", a_fifth, or_equal=True)


def _closing(operations: Operations) -> Measure:
    """The time in which a node closes its connections."""
    spread = operations.close_spread
    if isinstance(spread.content, Spread):
        return named("close spread", end(spread))
    return spread


@rule
def drain_shorter_than_reconnect_spread(connection: Connection) -> Outcomes:
    """A node is gone before its clients are, or they come faster than the other nodes let them in."""
    operations, nodes = connection.operations, connection.topology.nodes
    drain, spread, grace = operations.drain, operations.close_spread, operations.termination_grace
    if connection.is_polling:
        raise NotApplicable("the next poll of a client goes to another node")
    if connection.transport.service.content:
        raise NotApplicable(f"{connection.transport.service} holds the connections")
    handoff = operations.handoff
    spans: list[tuple[str, Field[Any], Measure]] = [("the hand-off", handoff, handoff)]
    spans += [("the drain", drain, drain), ("the close spread", spread, _closing(operations))]
    spans = [span for span in spans if span[1].content and not span[1].has(AT_ONCE)]
    yield from _delayed_past_the_kill(operations)
    if not spans:
        raise Undecided(drain)
    if grace.is_none:
        yield Passed("the platform does not kill a node that drains")
    for what, _, span in spans if grace.content else []:
        yield Limit(what, span, "the termination grace of the platform", grace, or_equal=True)
    if drain.content and handoff.content:
        yield Limit("the hand-off", handoff, "the drain", drain, or_equal=True)
    yield from _outlasting_hops(connection)
    if drain.content and spread.content and not drain.has(AT_ONCE):
        yield Limit("the close spread", _closing(operations), "the drain", drain, or_equal=True)
    alone = nodes.has(Count(1)) or operations.rollout.has("blue-green", "all-at-once")
    if nodes.is_stated and not alone and not connection.transport.reconnect.is_none:
        last = spans[-1][2] + first_attempt_spread(connection)
        window = named("time over which the clients of a node return", last)
        yield Limit(
            "the safe return time",
            drain_needed(connection),
            "the time over which the clients of a node return",
            window,
            or_equal=True,
            when="other nodes are slow",
        )
    if not grace.is_stated:
        if drain.content is not None and drain.content > GRACE_OF_KUBERNETES:
            raise Unstated(
                grace,
                message=f"A drain of {drain} needs a platform that waits as long before it kills, and the "
                f"spec does not say how long it does: Kubernetes waits {GRACE_OF_KUBERNETES} unless told "
                "otherwise.",
                when="other nodes are slow",
            )
        raise Undecided(grace)


def _delayed_past_the_kill(operations: Operations) -> Outcomes:
    """A stop delay, and the closing that begins after it, against the time until the platform kills."""
    delay, grace = operations.stop_delay, operations.termination_grace
    if not delay.content or not grace.content:
        return
    spread = operations.close_spread
    if spread.content and not spread.has(AT_ONCE):
        closing: Any = end(spread) if isinstance(spread.content, Spread) else term(spread)
        until = named("delay and close spread", term(delay) + closing, Duration)
        yield Limit(
            "the stop delay with the close spread", until, "the termination grace", grace, or_equal=True
        )
        return
    yield Limit("the stop delay", delay, "the termination grace of the platform", grace)


def _outlasting_hops(connection: Connection) -> Outcomes:
    """The drain of a node against that of each hop which leaves its connections alone for a time."""
    drain = connection.operations.drain
    for hop in connection.transport.path if drain.content else ():
        if hop.drain.default is not None and hop.drain.content is not None and drain.content is not None:
            if drain.content > hop.drain.content:
                raise Unstated(
                    hop.drain,
                    message=f"By default {hop.name} ends connections {hop.drain} after it is told to stop, "
                    f"and the node drains for {drain}: the spec does not say that this was raised.",
                )
        elif hop.drain.is_stated:
            than = f"the drain of {hop.name.content or 'a hop'}"
            left = Duration(0) if hop.drain.is_none else hop.drain
            yield Limit("the drain", drain, than, left, or_equal=True, at=hop.drain, propose=(hop.drain,))


@rule
def connection_age_churn(connection: Connection) -> Outcomes:
    """Connections that end by age keep the nodes busy, or end all at once."""
    age, session = connection.operations.connection_max_age, connection.workload.session.p95.content
    if connection.is_polling:
        raise NotApplicable("each poll is a request of its own")
    ages = [end for end in connection.ages if end.content]
    if not ages and (age.is_none or age.value.is_none):
        raise NotApplicable("the server ends no connection for its age")
    if not ages:
        raise Undecided(age.value)
    jitter = age.jitter
    lasting = age.value.content
    if lasting and (jitter.is_none or jitter.has(Ratio(0))):
        if session is not None and session <= lasting:
            yield Passed(f"95 % of sessions last at most {session}, so few reach the age of {age.value}")
        elif connection.accepted_within(ONE_SECOND):
            yield Passed(f"the nodes accept every client within {ONE_SECOND}")
        else:
            yield Violated(
                f"Connections that began together end together after {age.value}: the wave that follows "
                f"an outage comes again every {age.value}.",
                jitter,
                (age.value,),
            )
    for lifetime in ages:
        if session is not None and lifetime.content is not None and session <= lifetime.content:
            yield Passed(f"95 % of sessions last at most {session}, so few reach the age of {lifetime}")
        else:
            yield _churn_limit(connection, lifetime, "age" if lifetime is age.value else "max lifetime")
    if age.value.content and not jitter.is_stated:
        raise Undecided(jitter)


@rule
def token_expires_before_session(connection: Connection) -> Outcomes:
    """A token expires while its connection lives."""
    workload, access = connection.workload, connection.access
    after, ttl = access.on_expiry, access.token_ttl
    if connection.is_polling:
        raise NotApplicable("every poll presents its token again")
    valid = None if after.is_none and not ttl.is_stated else known(ttl)
    if valid is None:
        yield _outlives_its_token(connection, None)
        return
    ends = connection.ages
    sooner = [lifetime for lifetime in ends if lifetime.content is not None and lifetime.content <= valid]
    if sooner:
        yield Passed(f"`{sooner[0].dotted}` ends a connection after {sooner[0]}, before its token does")
        return
    if valid <= HANDSHAKE:
        raise NotApplicable(f"a token of {valid} is for the handshake alone")
    if after.has("refresh"):
        yield Passed("a new token is sent over the open connection")
        return
    is_bounded = workload.session.is_stated or any(lifetime.content for lifetime in ends)
    if after.is_none and not is_bounded and valid <= LONGEST_SESSION:
        yield _outlives_its_token(connection, valid)
        return
    what, lasting = _lasting(workload.session, valid)
    note, than = (
        "The connection goes on with a grant that has ended.",
        "the time for which its token is valid",
    )
    judged = Limit(f"the {what}", lasting, than, ttl, or_equal=True, note=note, at=ttl, propose=()).judge()
    if isinstance(judged, Passed):
        yield judged
    elif after.has("reconnect"):
        yield _churn_limit(connection, ttl, "token ttl")
    elif after.is_none:
        case = REACHES if _is_reached_by_rights(access) else judged.when
        yield judged._replace(related=(*judged.related, after), when=case)
    else:
        raise Unstated(
            after,
            message=f"The token is valid for {valid}, and the {what} is {lasting}: the spec does not "
            "say what happens to the connection in between.",
        )


def _lasting(session: Session, valid: Duration) -> tuple[str, Field[Duration]]:
    """The length of sessions that decides: the usual one where only it is stated, and outlasts the token."""
    usual = session.typical.content
    if usual is not None and usual > valid and not session.p95.is_stated:
        return "usual session length", session.typical
    return "p95 session length", session.p95


def _outlives_its_token(connection: Connection, valid: Duration | None) -> Violated:
    """A connection that nothing ends, whose token does, where no length of sessions is stated."""
    access, longest = connection.access, connection.workload.session.p95
    if valid is None:
        return Violated(
            "Nothing happens to an open connection when its token ends: it goes on with a grant that has "
            "ended. Cleared where connections are shorter than tokens.",
            access.on_expiry,
            when=REACHES if _is_reached_by_rights(access) else UNCOUNTED,
        )
    stays_open = any(feature.serves(*STAYS_OPEN) for feature in connection.features)
    return Violated(
        f"The token ends after {valid}, nothing happens to the connection then, and nothing ends the "
        f"connection: it goes on with a grant that has ended. Cleared where `{longest.dotted}` is at most "
        f"{valid}.",
        access.on_expiry,
        (access.token_ttl,),
        when=REACHES if _is_reached_by_rights(access) else "" if stays_open else UNCOUNTED,
    )


def _is_reached_by_rights(access: Access) -> bool:
    """Whether a right that is taken away reaches an open connection, whatever its token says."""
    looks = access.checked.has("each-message") and not access.is_checked_against_the_past
    return looks or access.on_revoke.has("close", "filter")


@rule
def eventsource_reuses_token(connection: Connection) -> Outcomes:
    """A browser opens a stream again by itself, with the token that has ended meanwhile."""
    transport, access, session = connection.transport, connection.access, connection.workload.session
    if known(transport.kind) != "sse":
        raise NotApplicable("not an SSE stream")
    if not connection.browser_decides or not connection.workload.may_have("browser"):
        raise NotApplicable("no EventSource of a browser comes back by itself")
    if access.token_in.is_stated and not access.token_in.has("url"):
        raise NotApplicable("the address of the stream holds no token")
    if not (access.token_in.is_stated or access.token_ttl.is_stated):
        raise NotApplicable("no token is stated")
    known(access.token_ttl)
    judged = Limit(
        "the p95 session length",
        session.p95,
        "the time for which the token in its address is valid",
        access.token_ttl,
        or_equal=True,
        note="An EventSource returns to the address that it has: a refusal ends the stream for good.",
        at=access.token_ttl,
        propose=(),
    ).judge()
    if isinstance(judged, Violated) and not access.token_in.is_stated:
        raise Unstated(access.token_in)
    yield judged


@rule
def grant_outlived_by_stream(feature: Feature) -> Outcomes:
    """Who loses a right goes on receiving on the connection that is open."""
    access, connection = feature.access, feature.connection
    if connection.asks_again:
        raise NotApplicable("every poll is a request, and is checked as one")
    if access.checked.is_none:
        raise NotApplicable("no rights are looked at: everybody may have it")
    if old := _read_from_the_past(access):
        yield _of_hints(feature, old)
        return
    if seen := _sees_what_holds_now(access):
        yield Passed(seen)
        return
    if access.on_revoke.has("in-part"):
        yield Violated(
            "Some of the ways to lose a right reach an open connection and others do not: who lost it the "
            "other way goes on receiving until it ends.",
            access.on_revoke,
        )
        return
    ends = [connection.operations.connection_max_age.value]
    reads_it = access.checked_against.has("token") and (access.looks_again or not access.on_expiry.is_none)
    ends += [access.token_ttl] if access.on_expiry.content or reads_it else []
    short = [end for end in ends if end.content is not None and end.content <= OUTLIVED]
    if short:
        yield Passed(f"`{short[0].dotted}` bounds how long a grant is outlived: {short[0]}")
    elif found := _reached_by_nothing(feature, ends):
        yield _of_hints(feature, found)
    elif access.checked.is_stated:
        raise Unstated(access.on_revoke)
    else:
        raise Undecided(access.on_revoke)


def _of_hints(feature: Feature, found: Violated) -> Violated:
    """What goes on to who is removed, where that is no more than a hint to fetch what changed."""
    return (
        found._replace(when="what comes is a hint to fetch") if feature.sync.updates.has("signal") else found
    )


def _reached_by_nothing(feature: Feature, ends: list[Field[Duration]]) -> Violated | None:
    """A right that is taken away, and a connection that goes on; None where nothing says that it does.

    `ends` are the times after which the connection ends, whatever becomes of the right.
    """
    access, again = feature.access, feature.access.checked.content
    if access.looks_again and access.checked_against.has("copy"):
        if feature.narrows(access.checked, access.checked_against):
            # That a copy is read was said of another check.
            raise Undecided(Field[str](at=(*access.checked.at[:-1], access.checked_against.key)))
        return Violated(
            f"Rights are looked at ({access.checked}) in a copy that was made at the start: one that is "
            "taken away later counts on.",
            access.checked_against,
            (access.checked,),
        )
    if isinstance(again, Duration):
        return Violated(
            f"Rights are looked at again every {again}, and nothing else ends what an open connection is "
            "sent: who is removed goes on receiving for as long.",
            access.checked,
            (access.on_revoke,) if access.on_revoke.is_stated else (),
            when="rights are looked at again",
        )
    if access.on_revoke.is_none:
        soon = any(end.content is not None and end.content <= AN_HOUR for end in ends)
        once = f", looked at once ({access.checked})" if again else ""
        return Violated(
            f"Nothing happens to an open connection when a right is taken away{once}: who is removed goes on "
            "receiving until it ends.",
            access.on_revoke,
            (access.checked,) if again else (),
            "the connection ends within the hour" if soon else "",
        )
    if not (access.checked.is_stated and feature.secrets):
        return None
    return Violated(
        f"Rights are looked at once ({access.checked}), and nothing is said of one that is taken away: who "
        "is removed goes on receiving until the connection ends.",
        access.checked,
        (feature.secrets[0],),
        when="nothing is said of a right that is taken away",
    )


def _read_from_the_past(access: Access) -> Violated | None:
    """Rights that are looked at in a token, as they were when it was made; None where they are not.

    A connection that is closed for a right that is gone comes back with the same token.
    """
    against, ttl = access.checked_against, access.token_ttl
    age = ttl.content
    if not against.has("token") or access.on_revoke.has("filter") or (age is not None and age <= OUTLIVED):
        return None
    until = "for good, since the token never ends" if ttl.is_none else f"for up to {age}"
    until = until if ttl.is_stated else "until the token ends"
    when = "" if age is not None or ttl.is_none else "the spec does not say when the token ends"
    return Violated(
        "Rights are looked at in the token, as they were when that was made: who is removed goes on "
        f"receiving {until}.",
        against,
        tuple(part for part in (access.checked, ttl) if part.is_stated),
        when="it is closed, and comes back" if access.on_revoke.has("close") else when,
    )


def _sees_what_holds_now(access: Access) -> str:
    """How a right that is taken away reaches an open connection, as a sentence; empty where it does not.

    Raises:
        Undecided: what is looked at may be a token that was made long ago.

    """
    again, ttl = access.checked.content, access.token_ttl
    if access.on_revoke.has("close", "filter"):
        return f"a right that is taken away reaches the open connection: {access.on_revoke}"
    if access.is_checked_against_the_past:
        return ""
    if access.checked.has("each-message"):
        is_open = not (access.checked_against.is_stated or access.on_revoke.content)
        if is_open and (ttl.is_none or (ttl.content is not None and ttl.content > OUTLIVED)):
            raise Undecided(access.checked_against)
        return "rights are looked at for each message"
    is_soon = isinstance(again, Duration) and again <= OUTLIVED
    return f"rights are looked at again every {again}" if is_soon else ""


@rule
def autoscale_on_cpu(connection: Connection) -> Outcomes:
    """Nodes are added when the processor is busy, and idle connections keep no processor busy."""
    measure = connection.operations.autoscale_on
    if connection.is_polling:
        raise NotApplicable("every poll costs processor time, so the processor shows the load")
    computes = connection.topology.node.computes
    passes_on = computes.is_none or computes.has(False)
    if computes.content:
        raise NotApplicable("the nodes compute for each connection, so the processor shows the load")
    if connection.transport.kind.has("webrtc") and not passes_on:
        raise NotApplicable("media that are encrypted for each receiver keep the processor busy")
    if any(feature.serves("game") for feature in connection.features) and not passes_on:
        raise NotApplicable("a game computes on its nodes, so the processor shows the load")
    if connection.topology.nodes.has(Count(1)):
        raise NotApplicable("one node is not scaled")
    if connection.transport.service.content:
        raise NotApplicable(f"{connection.transport.service} scales its nodes itself")
    metric = known(measure).lower()
    if metric == SOME:
        raise Undecided(measure)
    if not any(word in metric for word in AT_WORK) or any(word in metric for word in HELD):
        yield Passed(f"`{measure.dotted}` is {measure}")
        return
    if any(word in metric for word in SENT) and any(
        feature.serves("media") for feature in connection.features
    ):
        yield Passed(f"media are sent all the time, and `{measure.dotted}` is {measure}")
        return
    if "cpu" not in metric and any(
        not feature.direction.has("server-to-client") for feature in connection.features
    ):
        # What clients send are requests too.
        raise Undecided(measure)
    if any(_is_busy_sending(feature) for feature in connection.features):
        raise NotApplicable("sending keeps the nodes busy, so the processor shows the load")
    if _fills_no_node(connection):
        raise NotApplicable(f"{connection.workload.connections} connections fill no node, be they silent")
    if any(feature.serves("media") for feature in connection.features) and not passes_on:
        raise Unstated(computes)
    clients = connection.workload.connections.content
    held = f"{clients} connections" if clients else "connections"
    yield Violated(
        f"Nodes are added by {measure}, which hardly rises with {held} that are silent: a node is full "
        "before it is busy.",
        measure,
    )


def _fills_no_node(connection: Connection) -> bool:
    """Whether so few connect that a single node holds all of them, so that it is busy before it is full."""
    clients, most = connection.workload.connections.content, connection.topology.node.max_connections
    if clients is None or clients > FEW or most.is_vague:
        return False
    return most.content is None or clients <= most.content


def _is_busy_sending(feature: Feature) -> bool:
    """Whether deliveries take so much of what the nodes can send that the processor rises with them.

    Raises:
        Undecided: the spec counts the messages of a busy room, and not those of all rooms.

    """
    most = message_capacity(feature.connection).content
    if most is None:
        return False
    try:
        sent = deliveries_of_all_rooms(feature).content
    except NotApplicable:
        return False
    except Undecided:
        if feature.workload.messages.per_room.content and not _rests_when_all_are_busy(feature, most):
            raise
        return False
    return sent is not None and sent.amount >= BUSY * most.amount


def _rests_when_all_are_busy(feature: Feature, most: Rate) -> bool:
    """Whether what all rooms can need at most leaves the processor free, or is not known."""
    try:
        sent = deliveries_if_all_are_busy(feature).content
    except (NotApplicable, Undecided):
        return True
    return sent is None or sent.amount < BUSY * most.amount


@rule
def connections_counted_as_users(connection: Connection) -> Outcomes:
    """Users are counted where each of them has several connections."""
    workload = connection.workload
    if connection.is_polling:
        raise NotApplicable("a polling client holds no connection")
    counts = (workload.users, workload.devices_per_user, workload.tabs_per_user)
    if not any(count.is_stated for count in counts):
        raise NotApplicable("the spec counts no users")
    factors = [(workload.devices_per_user, "devices")]
    if not connection.has_no_page:
        factors.append((workload.tabs_per_user, "tabs"))
    factors = [factor for factor in factors if factor[0].content]
    if not factors:
        raise Undecided(workload.devices_per_user)
    users, total = known(workload.users), workload.connections
    # The larger of the two: tabs of one user may be on one device, and a device may have one tab.
    each, name = max(factors, key=lambda factor: known(factor[0]).amount)
    held = Count(users.amount * known(each).amount)
    judged = Limit(
        "the connection count of the users",
        held,
        "the stated number of connections",
        named("connections", total),
        or_equal=True,
        at=total,
    ).judge()
    sentence = f"{users} users with {each} {name} each hold at least {held} connections"
    if isinstance(judged, Passed):
        yield judged._replace(reason=f"{sentence}, and {total} are stated")
    else:
        wrong = f"{sentence}, and the spec counts {total}: every number that rests on it is too small."
        yield judged._replace(message=wrong, related=(workload.users, each))
