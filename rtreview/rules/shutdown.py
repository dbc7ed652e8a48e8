"""The order in which a node comes and goes, and who is sent to it meanwhile."""

from __future__ import annotations

from typing import Any

from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated
from rtreview.numbers import replay
from rtreview.numbers.expression import Measure
from rtreview.numbers.liveness import is_unread, tells_the_client_nothing
from rtreview.quantities.quantity import Count, Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

OPEN_RESPONSES = ("sse", "http-stream", "grpc-stream")
"""Kinds that a server counts as requests in progress, for which its own shutdown waits."""

SHORT = Duration(60)
"""Few sessions end within this time, whatever they are for (drain-cuts-sessions)."""

SOON = Duration(15 * 60)
"""A connection that ends within this time leaves a node that is sick before somebody restarts it."""

UNSAID = "no rollout is stated"
"""The case in which only a decision about it shows that nodes are replaced while others stay."""

TWO = 2
"""So many nodes, and a client that leaves one cannot be sent to another that is still to be replaced."""


def _are_replaced(connection: Connection, decision: Field[Any]) -> str:
    """End a rule about what a rollout of several nodes does, where there is none.

    A decision about it speaks of a rollout that nothing else states: that is a case of the severity.
    """
    operations, nodes = connection.operations, connection.topology.nodes.content
    if connection.asks_again:
        raise NotApplicable("the next poll of a client goes to another node")
    if connection.transport.service.content:
        raise NotApplicable(f"{connection.transport.service} holds the connections")
    if nodes is not None and nodes.amount <= 1:
        raise NotApplicable("one node has no other that its clients could go to")
    if operations.rollout.has("rolling") or operations.autoscale_on.content:
        return ""
    if operations.rollout.is_stated or nodes is None or not decision.is_stated:
        raise NotApplicable("no node is stated to be replaced while others stay")
    return UNSAID


def _holds_rounds(connection: Connection) -> bool:
    """Whether a node that waits has rooms in its memory that end by themselves, or takes no new ones.

    Matches and calls end, and to a process that a blue-green rollout leaves behind nobody comes any more.
    """
    is_left = connection.operations.rollout.has("blue-green")
    return any(
        feature.topology.state.room.has("node") and (is_left or feature.serves("game", "media", "signalling"))
        for feature in connection.features
    )


def _ends_within(connection: Connection) -> Duration | None:
    """When streams end by themselves: nearly all sessions, or the work of which each is the answer."""
    spans = [connection.workload.session.p95.content]
    lasts = [feature.work.lasts.content for feature in connection.features]
    if None not in lasts:
        spans.append(max(span for span in lasts if span is not None))
    return min((span for span in spans if span is not None), default=None)


def _lasting_work(connection: Connection) -> list[Field[Duration]]:
    """How long the work lasts whose output the streams are, where all of it has a limit; else nothing."""
    works = [feature.work for feature in connection.features]
    all_end = all(work.bound_to.content and work.end.has("marked") and work.limit.content for work in works)
    return [work.lasts for work in works] if all_end else []


@rule
def shutdown_waits_for_streams(connection: Connection) -> Outcomes:
    """A node that stops waits for streams which nobody ends."""
    operations, kind = connection.operations, connection.transport.kind
    stops, grace = operations.on_shutdown, operations.termination_grace
    if connection.asks_again:
        raise NotApplicable("a poll ends by itself")
    if connection.is_one_shot:
        raise NotApplicable("each stream ends with its answer")
    if all(feature.pushes_alone for feature in connection.features):
        raise NotApplicable("a push service holds the connections, and a node waits for its own work")
    if stops.has("close", "cut"):
        yield Passed(f"open streams do not hold a node up: `{stops.dotted}` is {stops}")
        return
    closes = operations.close_spread
    if closes.content:
        yield Passed(f"the node closes its connections, or tells its clients to go, over {closes}")
        return
    if any(case.if_.has("shutdown") for case in connection.transport.reconnect.when):
        yield Passed("a node that stops tells its clients, and they end their streams to connect elsewhere")
        return
    waits, lasting = operations.drain.content, _ends_within(connection)
    if lasting is not None and waits is not None and lasting <= waits:
        yield Passed(f"streams end within {lasting}, and the node waits for {waits}")
    elif stops.has("wait") and waits is not None and lasting is None and _holds_rounds(connection):
        raise Undecided(connection.workload.session.p95)
    elif stops.has("wait") and lasting is None and (open_ := _lasting_work(connection)):
        raise Undecided(*open_)
    elif stops.has("wait") and not (waits or grace.is_stated or lasting) and _holds_rounds(connection):
        raise Undecided(operations.drain)
    elif stops.has("wait"):
        longest = f"{operations.drain}" if waits else f"{grace}" if grace.content else "the whole grace"
        yield Violated(
            f"A node that stops waits for streams that no client ends: each deployment takes {longest} a "
            "node, and ends with a kill that cuts them all.",
            stops,
            (grace,) if grace.content else (),
        )
    elif kind.has(*OPEN_RESPONSES) and operations.rollout.content and (waits or grace.content):
        raise Unstated(stops)
    elif operations.rollout.content or waits or grace.content:
        raise Undecided(stops)
    else:
        raise NotApplicable("nothing is said of how a node stops")


@rule
def stopping_node_takes_clients(connection: Connection) -> Outcomes:
    """The balancer still sends new clients to a node that has begun to stop."""
    delay = connection.operations.stop_delay
    case = _are_replaced(connection, delay)
    if delay.content and delay.content > Duration(0):
        yield Passed(f"the node goes on for {delay}, until the balancer has heard of it")
    elif delay.is_none or delay.has(Duration(0)):
        yield Violated(
            "A node stops in the moment in which it is told to, before the balancer knows: until its next "
            "check, new clients and those of the node before are sent to it and refused or cut.",
            delay,
            (connection.operations.rollout,) if connection.operations.rollout.content else (),
            when=case,
        )
    else:
        raise Undecided(delay)


@rule
def client_moved_repeatedly(feature: Feature) -> Outcomes:
    """Clients of a node that stops go to one that will stop next."""
    connection, operations = feature.connection, feature.operations
    goes, nodes = operations.returns_to, connection.topology.nodes.content
    case = _are_replaced(connection, goes)
    if not case and not operations.rollout.has("rolling"):
        raise NotApplicable("no rollout replaces one node after the other")
    if goes.has("new"):
        yield Passed("clients go to nodes of the new version only")
    elif nodes is not None and nodes.amount <= TWO:
        raise NotApplicable("the only other node is replaced next or was replaced before")
    elif not goes.is_stated:
        raise Undecided(goes)
    else:
        times = f"up to {nodes} times" if nodes is not None else "once for each node that is left"
        back = replay.after_a_cut(feature)
        kept = back.reason or back.hangs_on is not None
        yield Violated(
            f"A client of a node that stops goes to any other, and most of those stop next: one rollout "
            f"disconnects it {times}{'' if kept else ', and nothing brings back what it misses each time'}.",
            goes,
            () if case else (operations.rollout,),
            when="clients miss nothing" if kept else case,
        )


def _cut_after(feature: Feature) -> tuple[str, Field[Duration], Measure] | None:
    """What ends the sessions of a node that is replaced, and after how long; None where nobody says."""
    drain, grace = feature.operations.drain, feature.operations.termination_grace
    if drain.content is not None or drain.is_none:
        return "the drain", drain, Duration(0) if drain.is_none else drain
    return ("the termination grace", grace, grace) if grace.content else None


def _kept_on_the_node(feature: Feature) -> bool:
    """Whether what a client returns to is stated to be in the memory of the node that stops."""
    by, state = feature.transport.resume.by, feature.topology.state
    return (by.has("session") and state.session.has("node")) or (
        by.has("offset", "last-event-id") and state.replay.has("node")
    )


def _has_it_nowhere_else(feature: Feature) -> bool:
    """Whether a rule of its own compares the usual session with the drain, for what is in memory alone."""
    is_compared = feature.operations.drain.is_stated and feature.workload.session.typical.is_stated
    in_memory = feature.topology.state.session.has("node") and feature.sync.durability.is_none
    return is_compared and in_memory and not (feature.is_momentary or feature.members_join_again)


def _lost(*, bound: bool, gone: bool) -> str:
    """What a session that is ended loses, as the end of a sentence."""
    if bound:
        return "with their work"
    where = "and what they return to is in the memory of that node"
    return where if gone else "and nothing brings back what they miss"


@rule
def drain_cuts_sessions(feature: Feature) -> Outcomes:
    """A drain that is shorter than sessions ends them, and they have no way on."""
    connection, operations, session = feature.connection, feature.operations, feature.workload.session
    if connection.asks_again or connection.is_one_shot:
        raise NotApplicable("each request ends by itself")
    if connection.transport.service.content:
        raise NotApplicable(f"{connection.transport.service} holds the connections")
    ends = _cut_after(feature)
    if ends is None:
        raise NotApplicable("nothing is said of how long a node is left to its clients")
    handoff = operations.handoff
    if handoff.content:
        yield Passed(f"sessions are moved to other nodes, in {handoff}")
        return
    bound = feature.work.bound_to.has("connection")
    gone = _kept_on_the_node(feature)
    if gone and not bound and _has_it_nowhere_else(feature):
        raise NotApplicable("what is reached lives in the node alone: see deployment-ends-sessions")
    if not (bound or gone) and (reason := replay.made_good(feature)):
        yield Passed(reason)
        return
    what, field, measure = ends
    usual = session.typical if session.typical.is_stated or not session.p95.is_stated else session.p95
    until = Duration(0) if field.is_none else field.content
    if not usual.is_stated and until is not None and until <= SHORT:
        after = "at once" if until == Duration(0) else f"after {until}"
        cleared = f" Cleared where `{session.p95.dotted}` is at most {until}." if until > Duration(0) else ""
        yield Violated(
            f"Each deployment ends the sessions that are open {after}, "
            f"{_lost(bound=bound, gone=gone)}.{cleared}",
            field,
            when="the spec does not say how long sessions last",
        )
        return
    yield Limit(
        "the usual session",
        usual,
        f"{what} of a node",
        measure,
        or_equal=True,
        note=f"Each deployment ends those that are open, {_lost(bound=bound, gone=gone)}.",
        at=field,
        when="work ends with its connection" if bound else "",
        propose=(),
    )


@rule
def health_check_ends_connections(connection: Connection) -> Outcomes:
    """A check that fails ends the connections of a node that works."""
    operations = connection.operations
    liveness, unhealthy, readiness = operations.liveness, operations.on_unhealthy, operations.readiness
    if not (liveness.is_stated or unhealthy.is_stated):
        raise NotApplicable("no check is stated")
    if connection.is_polling:
        raise NotApplicable("a poll holds no connection")
    if liveness.content and "dependencies" in liveness.content:
        yield Violated(
            "A node is restarted when something that it depends on does not answer: an outage there restarts "
            "every node and ends every connection, and their return meets the outage.",
            liveness,
        )
    elif unhealthy.has("close") and "dependencies" in (readiness.content or ()):
        yield Violated(
            "A node loses its connections when something that it depends on does not answer: an outage there "
            "ends every connection of every node, and their return meets the outage.",
            unhealthy,
            (readiness,),
        )
    elif unhealthy.has("close"):
        yield Violated(
            "A node that answers its check late loses all of its connections at once: under load they go to "
            "the others, which answer late next.",
            unhealthy,
            when="only a node that fails its check is emptied",
        )
    elif liveness.is_stated and "dependencies" in (readiness.content or ()) and not unhealthy.is_stated:
        raise Undecided(unhealthy)
    elif liveness.is_stated:
        yield Passed("no check of anything but the process ends a connection")
    else:
        raise Undecided(liveness)


@rule
def sick_node_keeps_clients(connection: Connection) -> Outcomes:
    """Clients stay on a node that fails its check, since nothing tells them to leave."""
    unhealthy, beat = connection.operations.on_unhealthy, connection.transport.heartbeat
    if not unhealthy.has("keep"):
        raise NotApplicable("open connections are not stated to stay on a node that fails its check")
    if connection.asks_again or connection.is_one_shot:
        raise NotApplicable("the next request goes to another node")
    unseen = beat.layer.has("application") and (is_unread(beat) or tells_the_client_nothing(beat))
    if beat.layer.has("application") and not unseen:
        yield Passed("heartbeats of the application go unanswered on a node that does not work")
        return
    age = connection.operations.connection_max_age.value
    if age.content is not None and age.content <= SOON:
        yield Passed(f"a connection ends after {age}, and its client goes to another node")
    elif beat.is_none or beat.layer.content:
        by = "there is no heartbeat"
        if beat.layer.content:
            by = f"its {beat.layer} is answered below the application"
        if unseen:
            by = "no heartbeat that stays out tells a client of it"
        yield Violated(
            f"A node that fails its check keeps its clients, and {by}: they stay with what serves none.",
            unhealthy,
            (beat.layer,) if beat.layer.content else (),
        )
    else:
        raise Undecided(beat.layer)


@rule
def ready_before_able(connection: Connection) -> Outcomes:
    """A node takes connections before what they need is there."""
    readiness = connection.operations.readiness
    if connection.topology.nodes.has(Count(1)):
        raise NotApplicable("with one node there is no other that could take the connections")
    if not readiness.is_stated and connection.operations.rollout.has("rolling"):
        raise Undecided(readiness)
    if not readiness.is_stated:
        raise NotApplicable("nothing is said of when a node is ready")
    looks = readiness.content or ()
    if "dependencies" in looks or "process" in looks:
        yield Passed(f"the node itself says when it is ready: {readiness}")
        return
    needed = sorted(part.key for feature in connection.features for part in feature.asked_per("connect"))
    needs = f" and needs {', '.join(dict.fromkeys(needed))}" if needed else ""
    yield Violated(
        f"A node is sent clients as soon as its port is open{needs}: it accepts connections that it cannot "
        "serve yet, and goes on getting them when it no longer can.",
        readiness,
    )
