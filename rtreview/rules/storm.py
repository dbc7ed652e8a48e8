"""Whether what returns at once can be taken in: spreads, caps and limits against capacity."""

import math
from collections.abc import Callable, Iterator
from typing import Any

from rtreview.language.design import FLEETING, Connection, Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated, known
from rtreview.language.sections.servers import Dependency
from rtreview.language.sections.transport import Reconnect
from rtreview.language.sections.workload import MACHINES
from rtreview.numbers.expression import (
    Expression,
    Function,
    Measure,
    assumed,
    at_least,
    end,
    leaves,
    measured,
    named,
    term,
    total,
)
from rtreview.numbers.fan_out import ANSWERED, egress
from rtreview.numbers.reconnection import (
    ONE_SECOND,
    SOON,
    accept_capacity,
    accept_capacity_of_the_others,
    closed_together,
    connections_per_node,
    drain_needed,
    fastest_return,
    first_attempt_spread,
    first_attempts_together,
    first_delay,
    healthy_spread,
    is_exact,
    longest_delay,
    longest_first_delay,
    mean_delay_at_cap,
    peak_of_attempts,
    peak_of_first_attempts,
    reconnects,
    rejection_load,
    span_of_attempts,
)
from rtreview.numbers.replay import (
    calls_of_pool,
    calls_of_return,
    joins_of_one_node,
    resync_bytes,
    resync_queries,
)
from rtreview.numbers.sharing import together
from rtreview.quantities.quantity import Count, Duration, Number, Rate, Ratio, Spread
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

UNCOUNTED = "each that returns asks a dependency that is not measured"

RUSH = Duration(10)
"""A return that takes longer than this needs a server that can tell its clients to wait."""

A_WAIT = Duration(5 * 60)
"""No user waits for longer, nor learns why (retry-gives-up-before-outage-ends)."""

A_DEPLOYMENT = Duration(2 * 60)
"""An ordinary deployment or failover takes as long (retry-gives-up-before-outage-ends)."""

A_FEW = Count(10)
"""So few attempts may be over before an outage is (retry-gives-up-before-outage-ends)."""

A_BLIP = Duration(60)
"""A short loss should cost no more (retry-gives-up-before-outage-ends)."""

DOUBLING = Number(2.0)
"""The growth of an exponential delay, assumed where the spec is silent."""

_LONGEST_GROWTH = 200
"""Attempts after which no delay grows any more: doubling reaches 10^60 times its base."""


def _returning(connection: Connection) -> Reconnect:
    """The plan of clients that return to nodes of the team's own.

    Raises:
        NotApplicable: they do not return, or to a service.

    """
    plan = reconnects(connection)
    service = connection.transport.service
    if service.content and not connection.topology.nodes.is_stated:
        raise NotApplicable(f"{service} accepts the connections")
    if connection.transport.kind.has("webrtc"):
        raise NotApplicable("peers restart their own path, and no server is in the way")
    return plan


def _peak_of_one_node(connection: Connection) -> Expression[Rate]:
    """First attempts of the clients of one node in their busiest second."""
    peak = peak_of_attempts(connections_per_node(connection), connection)
    return named("first attempts of one node's clients", peak)


SHARED_CAPACITY = "the accept capacity of the nodes that they share"

IN_STEP = (
    " In lock-step they come in waves, and some get in between two of them; what spreads them, such as "
    "jitter or a slow network, fills these pauses."
)
"""Why a storm without jitter may end better than the mean of its attempts says (backoff-cap-below-herd)."""


@rule
def first_reconnect_spread_too_small(connection: Connection) -> Outcomes:
    """The first attempts of all clients come faster than the nodes accept."""
    plan, admission = _returning(connection), connection.operations.admission
    if connection.browser_decides:
        raise NotApplicable("the browser decides the delay of an EventSource: see sse-static-retry")
    if not connection.has_plan:
        raise Undecided(plan)
    if is_exact(plan):
        raise NotApplicable("no part of the delay is random: see reconnect-without-jitter")
    if admission.content:
        wait = "wait in a queue" if admission.has("queue") else "meet a rate limit"
        raise NotApplicable(f"new connections {wait}, so a peak does not reach the nodes")
    if plan.server_hint.has("random") and not isinstance(plan.first_delay.content, Spread):
        raise Undecided(plan.first_delay)
    yield from _first_attempts_on_shared_nodes(connection)
    if connection.accepted_within(SOON):
        raise NotApplicable(f"the nodes accept every client within {SOON}")
    if (rush := _rush_on_one_process(connection)) is not None:
        yield rush
        return
    spread = first_attempt_spread(connection)
    peak, capacity = peak_of_first_attempts(connection), accept_capacity(connection)
    of_one, others = _peak_of_one_node(connection), accept_capacity_of_the_others(connection)
    alone, rest = of_one.content, others.content
    one_is_enough = alone is not None and rest is not None and alone > rest
    what, than, healthy = "the peak of the first attempts", "the accept capacity", healthy_spread(connection)
    note = f"A first delay that is random over {healthy} leaves a third of it free."
    if _fails_node_by_node(connection):
        what, peak = "the peak of one node's clients", of_one
        than, capacity, note = "the accept capacity without one node", others, ""
    elif one_is_enough and not connection.topology.nodes.has(Count(1)):
        note = f"One lost node is enough: {alone} against {rest} of the others. {note}"
    yield Limit(
        what,
        peak,
        than,
        capacity,
        or_equal=True,
        note=note,
        at=next(leaves(spread)),
        when="one node is enough" if one_is_enough else "",
        propose=(),
    )


def _first_attempts_on_shared_nodes(connection: Connection) -> Iterator[Limit]:
    """The first attempts of all features whose clients the same nodes accept, each of which fits alone."""
    whole, of_one = first_attempts_together(connection), first_attempts_together(connection, one_node=True)
    alone = None if of_one is None else of_one.asked > accept_capacity_of_the_others(connection)
    found = of_one if _fails_node_by_node(connection) else whole
    if found is None or fastest_return(*found.subjects) <= SOON:
        return
    what, than, capacity = "first attempts", SHARED_CAPACITY, accept_capacity(connection)
    if found is of_one:
        what, than = "first attempts of one node's clients", "the accept capacity without one node"
        capacity = accept_capacity_of_the_others(connection)
    healthy = healthy_spread(*found.subjects)
    yield Limit(
        f"the peak of the {what} of {found.names}",
        found.asked,
        than,
        capacity,
        or_equal=True,
        note=f"First delays that are random over {healthy} for each leave a third of it free.",
        at=connection.topology.node.accept_rate,
        when="one node is enough" if alone else "",
        propose=(),
        evidence=found.shares,
    )


def _rush_on_one_process(connection: Connection) -> Violated | None:
    """All return within two seconds to one process, each with a query; None where that is not stated."""
    node, clients = connection.topology.node, connection.workload.connections
    workers, spread = node.processes.content, first_attempt_spread(connection)
    is_one = connection.topology.nodes.has(Count(1)) and (workers is None or workers.amount <= 1)
    if not is_one or node.accept_rate.is_stated or connection.are_few:
        return None
    width = spread.content
    if width is None or width > SOON:
        return None
    parts = (part for feature in connection.features for part in feature.asked_per("connect"))
    asked = next((part.per for part in parts if not part.cache.content), None)
    if asked is None:
        return None
    harmless = Count(math.floor(ANSWERED.amount * max(1.0, width.amount)))
    if clients.content is not None and clients.content <= harmless:
        return None
    everybody = f"All {clients} clients" if clients.content is not None else "All clients"
    return Violated(
        f"{everybody} return to one process within {max(width, ONE_SECOND)}, each with a query. That is "
        f"harmless with up to {harmless} clients, and fails with more than `{node.accept_rate.dotted}` lets "
        "in by then.",
        next(leaves(spread)),
        (asked, connection.topology.nodes),
        when="one process, and nothing counts what it takes",
    )


def _fails_node_by_node(connection: Connection) -> bool:
    """Whether the spec says that the clients of different nodes have nothing in common that could fail."""
    path, nodes = connection.transport.path, connection.topology.nodes.content
    apart = path.is_stated and not path.items and not connection.operations.rollout.has("all-at-once")
    return apart and nodes is not None and nodes.amount > 1


@rule
def recovery_target_missed(connection: Connection) -> Outcomes:
    """Everybody is promised to be back sooner than the plan and the nodes allow."""
    target, than = _promised_recovery(connection), "the promised recovery"
    _returning(connection)
    if not connection.browser_decides and not connection.has_plan:
        raise Undecided(connection.transport.reconnect)
    fastest = fastest_return(connection)
    yield Limit("the fastest return of all clients", fastest, than, target, or_equal=True, at=target)
    found = together(connection, fastest_return, _promised_recovery)
    if found is not None:
        what, fastest = f"the fastest return of all of {found.names}", fastest_return(*found.subjects)
        yield Limit(what, fastest, than, target, or_equal=True, at=target, evidence=found.shares)
    longest = longest_first_delay(connection)
    yield Limit("the longest first delay", longest, than, target, or_equal=True)


def _promised_recovery(connection: Connection) -> Field[Duration]:
    """The shortest time in which everybody is promised to be back.

    Raises:
        NotApplicable: none is promised.

    """
    promised = [feature.targets.recovery for feature in connection.features]
    promised = [target for target in promised if target.content]
    if not promised:
        raise NotApplicable("no time is promised in which everybody is back")
    return min(promised, key=lambda each: known(each).amount)


@rule
def backoff_cap_below_herd(connection: Connection) -> Outcomes:
    """At the cap, refusing everybody costs all that the nodes have, so nobody is let in."""
    plan, mean = _without_end(connection)
    yield Limit(
        "the load of refusals",
        rejection_load(connection),
        "the accept capacity",
        accept_capacity(connection),
        at=longest_delay(plan),
        note=f"That is each client trying once in {mean} on average.{IN_STEP if is_exact(plan) else ''}",
    )
    found = together(connection, _refusals_without_end, accept_capacity, or_equal=False)
    if found is not None:
        yield Limit(
            f"the load of refusals of {found.names}",
            found.asked,
            SHARED_CAPACITY,
            accept_capacity(connection),
            at=connection.topology.node.accept_rate,
            propose=(),
            evidence=found.shares,
        )


def _refusals_without_end(connection: Connection) -> Expression[Rate]:
    """The load of refusals of a connection whose clients try until they are let in."""
    _without_end(connection)
    return rejection_load(connection)


def _without_end(connection: Connection) -> tuple[Reconnect, Expression[Duration]]:
    """The plan of clients who try until they are let in, and their mean delay at the cap.

    Raises:
        NotApplicable: they stop, are told how long to wait, wait in a queue, or have no cap.
        Undecided: the spec does not say whether they do.

    """
    plan, node = _returning(connection), connection.topology.node
    admission = connection.operations.admission
    if connection.browser_decides:
        raise NotApplicable("the browser decides the delay of an EventSource")
    if not connection.has_plan:
        raise Undecided(plan)
    if plan.strategy.has("immediate"):
        raise NotApplicable("clients that return at once have no cap: see reconnect-without-jitter")
    if _attempts(plan).content and plan.supervised.content:
        raise Undecided(message="it would need how soon what watches the attempts begins them again")
    if _attempts(plan).content:
        raise NotApplicable(f"a client stops after {plan.max_attempts} attempts, and the load with it")
    if plan.server_hint.content:
        raise NotApplicable("the server tells a client how long to wait")
    if admission.has("queue"):
        raise NotApplicable("new connections wait in a queue and are not refused")
    if admission.content and not node.reject_cost.is_stated:
        raise Undecided(node.reject_cost)
    mean = mean_delay_at_cap(connection)
    if mean.content == Duration(0):
        raise NotApplicable("the longest delay is 0 s, so that clients return at once")
    return plan, mean


@rule
def node_loss_overload(connection: Connection) -> Outcomes:
    """The nodes that are left cannot hold the clients of the one that is lost."""
    topology, transport = connection.topology, connection.transport
    if transport.kind.has("polling"):
        raise NotApplicable("a poll holds no connection")
    if transport.reconnect.is_none:
        raise NotApplicable("the client does not reconnect")
    if transport.service.content and not topology.nodes.is_stated:
        raise NotApplicable(f"{transport.service} holds the connections")
    if known(topology.nodes).amount <= 1:
        raise NotApplicable("with one node there is no other that could be overloaded")
    scales = connection.operations.autoscale_on
    case = "nodes are added automatically" if scales.content else ""
    most = topology.node.max_connections
    left = _held_without_one(connection)
    what, than = "the load of each remaining node", "the most that a node can hold"
    yield Limit(what, left, than, most, or_equal=True, at=topology.nodes, when=case)
    found = together(connection, _held_without_one, lambda each: each.topology.node.max_connections)
    if found is not None:
        yield Limit(
            f"the load of each remaining node by {found.names}",
            named("connections per node without one", found.asked, Count),
            than,
            most,
            or_equal=True,
            at=topology.nodes,
            when=case,
            evidence=found.shares,
        )


def _held_without_one(connection: Connection) -> Expression[Count]:
    """The connections of a node while another one is lost."""
    clients, nodes = term(connection.workload.connections), term(connection.topology.nodes)
    return named("connections per node without one", clients / (nodes - 1), Count)


@rule
def resync_storm_exceeds_budget(feature: Feature) -> Outcomes:
    """The connections come back, and what they load breaks the database or the link."""
    plan = _returning(feature.connection)
    operated, resume = feature.operations, feature.transport.resume
    if operated.admission.content:
        raise NotApplicable(f"new connections meet a {operated.admission}, which spreads what they load")
    queries, rate = operated.resync_queries, operated.database_rate
    asked = _asked_on_return(feature)
    continues = resume.by.has("last-event-id", "offset", "session") or feature.transport.event_ids.content
    loads = resume.by.has("snapshot") or (feature.sync.join.order.has("snapshot") and not continues)
    if feature.direction.has("client-to-server") and not queries.is_stated and not asked:
        raise NotApplicable("nothing is sent to the client")
    if feature.only_ephemeral and not queries.is_stated and not asked:
        raise NotApplicable("nothing is kept that a client could load again")
    if queries.is_none and not loads and not asked:
        raise NotApplicable("a client that returns loads nothing")
    if not loads and not asked:
        known(queries)
    if plan.server_hint.has("random") and not isinstance(plan.first_delay.content, Spread):
        raise Undecided(plan.first_delay)
    if queries.content is not None:
        yield Limit(
            "the return's query rate",
            resync_queries(feature),
            "what the database can answer",
            rate,
            or_equal=True,
            at=queries,
        )
    if loads:
        yield Limit(
            "the return's snapshot traffic",
            resync_bytes(feature),
            "what the nodes can send",
            egress(feature.connection),
            or_equal=True,
            at=feature.sync.snapshot.size,
        )
    fetched = ("snapshot", "fetch-first", "fetch-then-replay", "subscribe-first")
    is_fetched = resume.by.has("snapshot") or (feature.sync.join.order.has(*fetched) and not continues)
    for part in asked:
        yield _calls_of_return(feature, part, is_fetched=is_fetched)


@rule
def rejoin_storm_at_owner(feature: Feature) -> Outcomes:
    """The clients of one node return, and each joins all of its rooms at the processes that own them."""
    connection, rooms = feature.connection, feature.workload.rooms
    _returning(connection)
    owner, again = feature.fan_out.owner, feature.sync.join.again
    if owner.has("sharded") or owner.is_none:
        raise NotApplicable("several processes take the joins of a room")
    if connection.operations.admission.content:
        raise NotApplicable(f"new connections meet a {connection.operations.admission}")
    if again.is_none:
        raise NotApplicable("nobody joins again")
    if rooms.is_none or (rooms.per_user.content is not None and rooms.per_user.content.amount <= 1):
        raise NotApplicable("a client joins no more than one room")
    known(owner), known(again), known(rooms.per_user)
    joins, most = joins_of_one_node(feature), feature.fan_out.join_rate
    if not most.is_stated:
        clients, span = connections_per_node(connection), span_of_attempts(connection)
        count = named("joins", term(rooms.per_user) * clients, Count)
        known(connection.workload.connections), known(connection.topology.nodes), measured(span)
        raise Unstated(
            most,
            message=f"When one node is lost, {clients} clients join {rooms.per_user} rooms each: {count} "
            f"joins within {span} or more. How many do the owners of the rooms take in a second?",
        )
    yield Limit(
        "the rate of joins",
        joins,
        "what the owners of the rooms take",
        most,
        or_equal=True,
        at=owner,
        propose=(rooms.per_user, most),
    )


def _asked_on_return(feature: Feature) -> list[Dependency]:
    """The dependencies that each client asks when it returns. A warm cache keeps calls from them."""
    return [part for part in feature.dependencies if part.calls.content and not part.cache.content]


def _calls_of_return(feature: Feature, part: Dependency, *, is_fetched: bool) -> Limit:
    """The calls of all clients that return against what a dependency answers.

    Raises:
        Unstated: the state is fetched again from what has an end, and the spec does not count who returns.

    """
    try:
        limit = _call_limit(feature, part)
        limit.judge()
    except Undecided as open_:
        if (rush := _all_at_once(feature, part)) is not None:
            return rush
        if not is_fetched or not (part.pool.content or part.rate.content):
            raise
        end = "takes so many calls at once" if part.pool.content else "answers so many calls"
        raise Unstated(
            *open_.parts,
            message=f"Each client that returns fetches the state again and asks `{part.key}`, which {end} "
            "and no more, and nothing lets clients in at a rate. For how many that return at once, within "
            f"what time, is `{part.key}` sized? Above that, calls wait, clients give up, and begin again.",
        ) from open_
    return limit


def _all_at_once(feature: Feature, part: Dependency) -> Limit | None:
    """The calls of first attempts that no node slows down, where a dependency answers even those."""
    clients, span = feature.connection.workload.connections, span_of_attempts(feature.connection)
    calls = named("calls of first attempts", term(clients) * term(part.calls, "calls each") / span)
    answers = part.rate if part.rate.content is not None else calls_of_pool(part)
    total, most = calls.content, answers.content
    if total is None or most is None or total > most:
        return None
    what, than = f"the return's call rate at `{part.key}`", f"what `{part.key}` answers"
    return Limit(what, calls, than, answers, or_equal=True, at=part.calls)


def _call_limit(feature: Feature, part: Dependency) -> Limit:
    what, than = f"the return's call rate at `{part.key}`", f"what `{part.key}` answers"
    calls, pool, held = calls_of_return(feature, part), part.pool, part.call_time
    if part.rate.is_stated or not pool.content:
        return Limit(what, calls, than, part.rate, or_equal=True, at=part.calls)
    if not held.is_stated:
        clients, span = feature.connection.workload.connections, span_of_attempts(feature.connection)
        known(clients), measured(span)
        longest = term(pool) * span / (term(clients) * part.calls)
        raise Unstated(
            held,
            message=f"{known(clients)} clients return within {span}, and each asks `{part.key}`, which takes "
            f"{pool} calls at once. For how long does a call hold one? Above {longest} they fall behind.",
        )
    return Limit(
        what, calls, f"{than} with {pool} at once", calls_of_pool(part), or_equal=True, at=part.calls
    )


def _attempts(plan: Reconnect) -> Field[Count]:
    """The attempts after which a client gives up; a library's limit holds for the library's own delays."""
    limit = plan.max_attempts
    is_own = plan.strategy.default is None and plan.strategy.has("fixed", "exponential", "immediate")
    return Field(at=limit.at) if limit.default is not None and is_own else limit


def _gives_up_after(connection: Connection) -> Expression[Duration]:
    """How long a client tries at the most: delays that jitter does not shorten, and every timeout."""
    plan = connection.transport.reconnect
    first: Measure = plan.first_delay if plan.first_delay.content is not None else Duration(0)
    wait: Measure = plan.connect_timeout if plan.connect_timeout.content is not None else Duration(0)
    jitter = plan.jitter.content
    added = jitter.most if isinstance(jitter, Spread) else Duration(0)
    stretch = 1 + jitter.amount if isinstance(jitter, Ratio) else 1.0
    counted = 1 if plan.first_delay.content is not None else 0

    def total(limit: Count, first: Duration | Spread, wait: Duration, *values: Any) -> Duration:
        head = first.most if isinstance(first, Spread) else first
        return head + later(max(0, int(limit) - counted), *values) * stretch + (wait + added) * limit.amount

    later, parts = _delays(plan)
    timeouts = " and connect timeouts" if plan.connect_timeout.content is not None else ""
    arguments = (_attempts(plan), first, wait, *parts)
    until = Function(
        "until giving up",
        f"the delays{timeouts} of {plan.max_attempts} attempts",
        total,
        (1,) * len(arguments),
    )
    return named("time until a client gives up", until(*arguments))


def _delays(plan: Reconnect) -> tuple[Callable[..., Duration], tuple[Measure, ...]]:
    """The sum of a number of delays as a function, and the fields that it is made of."""
    delays = plan.delays.content
    if delays and not (plan.strategy.has("fixed", "exponential") and plan.base.content):
        # A library's list has no place of its own to point at.
        own: tuple[Measure, ...] = (plan.delays,) if plan.delays.default is None else ()
        return lambda number, *_: _listed(number, delays), own
    if plan.strategy.has("immediate"):
        return lambda number: Duration(0), ()
    if plan.strategy.has("fixed"):
        return lambda number, base: base * number, (plan.base,)
    if not plan.strategy.has("exponential"):
        raise Undecided(plan.delays)
    cap: Measure = Duration(math.inf) if plan.cap.is_none else plan.cap
    if not plan.jitter.has("decorrelated"):
        return _growing, (plan.base, assumed(plan.factor, DOUBLING), cap)
    # Each delay is at the most three times the one before, and the first one three times the base.
    return lambda number, base, cap: _growing(number, base * 3, Number(3.0), cap), (plan.base, cap)


def _growing(number: int, base: Duration, factor: Number, cap: Duration) -> Duration:
    """The sum of the first delays of an exponential backoff, in bounded time for any number."""
    delay, total = base.amount, 0.0
    for _ in range(min(number, _LONGEST_GROWTH)):
        total += min(cap.amount, delay)
        delay *= factor.amount
    again = number - _LONGEST_GROWTH
    return Duration(total + again * min(cap.amount, delay) if again > 0 else total)


def _listed(number: int, delays: tuple[Duration, ...]) -> Duration:
    """The sum of the first delays of a list whose last one repeats."""
    again = max(0, number - len(delays))
    return Duration(sum(delay.amount for delay in delays[:number]) + again * delays[-1].amount)


@rule
def retry_gives_up_before_outage_ends(connection: Connection) -> Outcomes:
    """The client has stopped trying by the time that an outage is over."""
    plan, outage = _returning(connection), connection.operations.planned_outage
    away = connection.workload.outage.p99
    if connection.browser_decides:
        raise NotApplicable("an EventSource does not count its attempts")
    if late := _waits_too_long(connection):
        yield late
        return
    if not outage.content and (soon := _gives_up_soon(connection)):
        yield soon
        return
    is_own = away.content is not None and not _is_begun_again(connection)
    if outage.is_none and not is_own:
        raise NotApplicable("no outage is planned for")
    if not connection.has_plan:
        raise Undecided(plan)
    if plan.max_attempts.is_none:
        yield Passed("the client does not give up")
        return
    tried, than = _gives_up_after(connection), "the longest time that a client tries"
    limit = Limit("the planned outage", outage, than, tried, at=plan.max_attempts)
    if is_own and (outage.content is None or limit.holds):
        case = "its user is told" if connection.transport.loss_shown.content else "its own outage is longer"
        limit = Limit("the 99th-percentile outage of a client", away, than, tried, at=plan.max_attempts)
        limit = limit._replace(when=case, note=_by_its_library(connection))
    yield limit


def _by_its_library(connection: Connection) -> str:
    """A sentence that names the library by whose default a client gives up; empty where it is the team's."""
    library = connection.transport.library
    is_default = connection.transport.reconnect.max_attempts.default is not None
    return f"That is what `{library}` does by itself." if is_default and library.content else ""


def _is_begun_again(connection: Connection) -> bool:
    """Whether something else starts a client that gave up, or what it is there for ends in minutes too."""
    plan = connection.transport.reconnect
    is_restarted = connection.workload.only("server") and not plan.is_unwatched
    is_told = any(case.if_.has("online") for case in plan.when)
    return bool(
        plan.supervised.content or is_restarted or is_told or any(map(_ends_meanwhile, connection.features))
    )


def _gives_up_soon(connection: Connection) -> Violated | None:
    """Attempts that end within minutes, where nothing is said to begin them again.

    Raises:
        Unstated: they are few, and nothing says how long they take; or a library's default, which nobody
            has said to be meant.

    """
    plan, shown = connection.transport.reconnect, connection.transport.loss_shown
    limit = _attempts(plan)
    if not limit.content or not connection.has_plan:
        return None
    if _is_begun_again(connection):
        _asks_for_a_supervisor(connection)
        return None
    case = "its user is told" if shown.content else "no outage is planned for"
    try:
        tried = _gives_up_after(connection).content
    except Undecided:
        if limit.content > A_FEW:
            return None
        message = f"A client gives up after {limit} attempts; the spec does not say how long they take"
        raise Unstated(plan.delays, message=f"{message} (`{plan.delays.dotted}`).", when=case) from None
    if tried is None or tried > (A_WAIT if plan.is_unwatched else A_DEPLOYMENT):
        return None
    if limit.default is not None:
        outage, library = connection.operations.planned_outage, connection.transport.library
        if outage.is_none or connection.workload.outage.p99.content:
            return None
        message = f"`{library}` gives up by itself after {limit} attempts, {tried} at the longest; the spec"
        raise Unstated(outage, message=f"{message} does not say `{outage.dotted}`.", when=case)
    again = "nothing begins" if plan.is_unwatched else "nothing is said to begin"
    return Violated(
        f"A client stops after {plan.max_attempts} attempts, {tried} at the longest: it stays away after any "
        f"outage that takes longer, and {again} again.",
        plan.max_attempts,
        (shown,) if shown.is_stated else (),
        when=case,
    )


def _asks_for_a_supervisor(connection: Connection) -> None:
    """Servers are taken to be started again, which nothing says of one that gives up after a few attempts.

    Raises:
        Unstated: what begins again.

    """
    plan = connection.transport.reconnect
    limit, again = plan.max_attempts, plan.supervised
    is_few = limit.default is None and limit.content is not None and limit.content <= A_FEW
    is_short = plan.delays.is_stated or plan.cap.is_stated or plan.base.is_stated
    if again.is_stated or is_short or not is_few or not connection.workload.only("server"):
        return
    if not any(map(_ends_meanwhile, connection.features)):
        message = f"A server that connects gives up after {limit} attempts; the spec does not say whether"
        raise Unstated(
            again,
            message=f"{message} anything begins them again (`{again.dotted}`).",
            when="no outage is planned for",
        )


def _ends_meanwhile(feature: Feature) -> bool:
    """Whether what clients are there for ends in minutes too, such as a match or a call."""
    return feature.serves("game", *FLEETING)


def _waits_too_long(connection: Connection) -> Violated | None:
    """Delays that grow without end, or to more than a user waits, where nothing else makes a client try."""
    plan = connection.transport.reconnect
    cap, tries = plan.cap, any(case.if_.has("online", "overload") for case in plan.when)
    if not (plan.strategy.has("exponential") or (cap.is_none and not plan.strategy.is_stated)):
        return None
    if _attempts(plan).content or plan.server_hint.content or tries or connection.workload.only(*MACHINES):
        return None
    if cap.is_none:
        return Violated(
            "The delay grows without end: after an outage of an hour the next attempt is up to an hour away, "
            "and a client that could be back stays away.",
            cap,
            when="a client comes back late",
        )
    if cap.content is not None and cap.content > A_BLIP and plan.reset_after.is_none:
        return Violated(
            f"Nothing brings the delay back to the start: after a few losses, however far apart, each blip "
            f"costs a client up to {cap}.",
            plan.reset_after,
            (cap,),
            when="a user waits for minutes",
        )
    if cap.content is None or cap.content <= A_WAIT or not connection.workload.clients.content:
        return None
    return Violated(
        f"A client waits up to {cap} between two attempts, and its user for as long when all is well again.",
        cap,
        when="a user waits for minutes",
    )


@rule
def backoff_reset_on_open(connection: Connection) -> Outcomes:
    """A server that accepts and then fails is asked again without pause."""
    plan = _returning(connection)
    reset = plan.reset_after
    if connection.browser_decides:
        raise NotApplicable("the browser decides the delay of an EventSource")
    if plan.strategy.has("immediate", "fixed"):
        raise NotApplicable(f"the delay does not grow: the strategy is {plan.strategy}")
    if reset.is_none:
        raise NotApplicable("nothing brings the delay back to the start")
    if not connection.has_plan:
        raise Undecided(plan)
    peak = peak_of_first_attempts(connection).content
    capacity = accept_capacity(connection).content
    if peak is not None and capacity is not None and peak <= capacity:
        yield Passed(f"first attempts come at {peak} at the most, of {capacity} that the nodes accept")
        return
    if known(reset) == "acknowledgement":
        yield Passed("an acknowledgement brings the delay back to the start")
        return
    if not reset.has("open", Duration(0)):
        yield Passed(f"the delay goes back to the start after {reset} of a stable connection")
        return
    clients, first = connection.workload.connections.content, first_delay(plan)
    who = f"{clients} clients ask" if clients else "every client asks"
    delay = f"after {first} each time" if first.content is not None else "with its first delay each time"
    yield Violated(
        f"An open connection sets the delay back: while a node accepts and then fails, {who} again {delay}.",
        reset,
        (first,) if first.is_stated else (),
    )


def _wait_for_accept(connection: Connection) -> Expression[Duration]:
    """How long the last client waits where all return and each is queued: N / C, less the spread."""
    return named("wait for an accept", fastest_return(connection) - first_attempt_spread(connection))


@rule
def connect_timeout_shorter_than_accept_queue(connection: Connection) -> Outcomes:
    """Clients that wait to be let in time out, and queue again."""
    plan, admission = _returning(connection), connection.operations.admission
    if connection.browser_decides:
        raise NotApplicable("the browser decides how long an EventSource waits")
    if admission.is_none or admission.has("rate-limit"):
        raise NotApplicable("new connections do not wait in a queue")
    wait = _wait_for_accept(connection)
    if wait.content == Duration(0):
        yield Passed("first attempts come no faster than the nodes accept, so nobody waits")
        return
    known(admission)
    yield Limit(
        "the last client's wait",
        wait,
        "the connect timeout",
        plan.connect_timeout,
        at=plan.connect_timeout,
    )


def _half_of_the_others(connection: Connection) -> Expression[Rate]:
    """Half of what the other nodes accept: the rest is for clients that come anyway."""
    half = accept_capacity_of_the_others(connection) / 2
    return named("half of the accept capacity without one node", half)


@rule
def close_all_at_once(connection: Connection) -> Outcomes:
    """A node that stops closes its connections in one moment, and the others cannot take them."""
    _returning(connection)
    operated, nodes = connection.operations, connection.topology.nodes.content
    spread = operated.close_spread
    if nodes is not None and nodes.amount <= 1:
        raise NotApplicable("with one node there is no other that its clients could go to")
    if operated.admission.content:
        raise NotApplicable(f"a rush meets a {operated.admission}".replace("-", " "))
    if spread.content is not None and spread.content != Duration(0):
        yield _closed_over(connection)
        return
    peak, most = _peak_of_one_node(connection), _half_of_the_others(connection)
    others = accept_capacity_of_the_others(connection).content
    measured_peak = peak.content
    together = _ended_together(connection)
    if together is not None and most.content is None:
        yield Violated(
            f"Connections end in one moment (`{together.dotted}: {together}`), and nothing says that the "
            "nodes can take them back. Cleared where they are closed over a time, or new connections wait.",
            together,
            when="the spec does not say what a node accepts",
        )
        return
    if not spread.is_stated and (
        measured_peak is None or most.content is None or measured_peak > most.content
    ):
        raise Undecided(spread)
    is_too_many = measured_peak is not None and others is not None and measured_peak > others
    needed = drain_needed(connection)
    yield from _closed_on_shared_nodes(connection)
    yield Limit(
        "the peak of one node's clients",
        peak,
        "half of the accept capacity of the others",
        most,
        or_equal=True,
        at=spread if spread.is_stated else None,
        note=f"Closing them over {needed} keeps to that half.",
        when="the others cannot accept them" if is_too_many else "",
        propose=(),
    )


def _closed_on_shared_nodes(connection: Connection) -> Iterator[Limit]:
    """The clients of all features whose connections a node closes in one moment, each of which fit alone."""

    def peak(each: Connection) -> Expression[Rate]:
        spread, admission = each.operations.close_spread.content, each.operations.admission
        if admission.content or (spread is not None and spread != Duration(0)):
            raise NotApplicable("its connections are not closed, or let in, in one moment")
        return _peak_of_one_node(each)

    found = together(connection, peak, _half_of_the_others)
    if found is None:
        return
    spread, others = connection.operations.close_spread, accept_capacity_of_the_others(connection)
    clients = total(*(connections_per_node(each) for each in found.subjects))
    needed = named("drain time needed", clients / _half_of_the_others(connection))
    yield Limit(
        f"the peak of one node's clients of {found.names}",
        found.asked,
        "half of the accept capacity of the others",
        _half_of_the_others(connection),
        or_equal=True,
        at=spread if spread.is_stated else None,
        note=f"Closing them over {needed} keeps to that half.",
        when="the others cannot accept them" if found.asked > others else "",
        propose=(),
        evidence=found.shares,
    )


def _ended_together(connection: Connection) -> Field[Any] | None:
    """What decides that connections end together, where they are not closed over a time nor spread.

    A close spread that is stated is one of no time here.
    """
    operated, plan = connection.operations, connection.transport.reconnect
    if isinstance(plan.first_delay.content, Spread) or connection.are_few:
        return None
    if operated.close_spread.is_stated:
        return operated.close_spread
    decisions: tuple[Field[Any], ...] = (operated.rollout, operated.on_shutdown)
    return next((field for field in decisions if field.has("all-at-once", "cut")), None)


def _closed_over(connection: Connection) -> Limit | Passed:
    """Clients that are closed over some time, and return over that and their own spread."""
    spread, (clients, capacity) = connection.operations.close_spread, closed_together(connection)
    closes: Measure = named("close spread", end(spread)) if isinstance(spread.content, Spread) else spread
    over = closes + first_attempt_spread(connection)
    peak = named("first attempts of those who are closed", clients / at_least(over, Duration(1)))
    if peak.content is None or capacity.content is None or peak <= capacity:
        return Passed(f"connections are closed over {spread}")
    return Limit(
        "the peak of the clients that are closed",
        peak,
        "the accept capacity of the nodes that take them",
        capacity,
        or_equal=True,
        at=spread,
        when="the others cannot accept them",
        propose=(),
    )


@rule
def no_server_pushback(connection: Connection) -> Outcomes:
    """Nothing tells a crowd to wait, and its own delays leave no room."""
    if unlimited := _asked_without_limit(connection):
        yield unlimited
        return
    plan, admission = _returning(connection), connection.operations.admission
    hint = plan.server_hint
    if connection.browser_decides:
        raise NotApplicable(
            "the `retry` of the server tells a browser how long to wait: see sse-static-retry"
        )
    if hint.content:
        yield Passed(f"the server tells a client how long to wait: {hint}")
        return
    if same_pace := _limited_without_growth(connection):
        yield same_pace
        return
    if admission.content:
        yield Passed(f"a rush meets a {admission}".replace("-", " "))
        return
    fastest, spread = fastest_return(connection), first_attempt_spread(connection)
    if fastest <= RUSH:
        yield Passed(f"the nodes accept everybody within {fastest}")
        return
    if is_exact(plan):
        raise NotApplicable("no part of the delay is random: see reconnect-without-jitter")
    needed, width = healthy_spread(connection), spread.content
    missing = [field for field in (hint, admission) if not field.is_stated]
    if missing and (width is None or spread < needed):
        raise Undecided(*missing)
    yield Limit(
        "the needed spread",
        needed,
        "the first-attempt spread",
        spread,
        or_equal=True,
        at=hint,
        note=f"Nothing can slow the clients down in the {fastest} that their return takes.",
        propose=(),
    )


def _limited_without_growth(connection: Connection) -> Violated | None:
    """Those whom a rate limit refuses come again at the same pace, since their delay never grows."""
    plan, admission = connection.transport.reconnect, connection.operations.admission
    if not admission.includes("rate-limit") or not plan.strategy.has("fixed", "immediate") or plan.when.items:
        return None
    if not plan.server_hint.is_stated:
        raise Undecided(plan.server_hint)
    pace = "at once" if plan.strategy.has("immediate") else "at the same pace"
    return Violated(
        "The rate limit refuses, and nothing tells those whom it refuses to wait longer: each tries again "
        f"{pace}.",
        plan.server_hint,
        (plan.strategy, admission),
        when="refused clients come again at the same pace",
    )


def _asked_without_limit(connection: Connection) -> Violated | None:
    """Each client that returns asks for what no number here shows to suffice, and nothing limits them."""
    admission, hint = connection.operations.admission, connection.transport.reconnect.server_hint
    if not admission.is_none or hint.content:
        return None
    for part in _dependencies(connection):
        if part.rate.is_stated or part.call_time.is_stated:
            continue
        asks = None
        if part.scatter.content:
            misses = "each that misses its cache" if part.cache.content else "each of them"
            asks = f"{misses} asks every shard of `{part.key}`: more shards answer no more of them"
        elif part.pool.content and part.calls.content and not part.cache.content:
            asks = f"each of them asks `{part.key}`, which takes {part.pool} calls at once"
        elif part.calls.content and part.cache.has(False):
            asks = f"each of them calls `{part.key}` {part.calls} times, past any cache"
        if asks:
            at = next(field for field in (part.scatter, part.pool, part.calls) if field.content)
            return Violated(f"Nothing limits who returns, and {asks}.", admission, (at,), when=UNCOUNTED)
    return None


def _dependencies(connection: Connection) -> list[Dependency]:
    """What the features of a connection wait for, each once."""
    parts = [part for feature in connection.features for part in feature.dependencies]
    return list({part.at: part for part in parts}.values())


@rule
def sse_static_retry(connection: Connection) -> Outcomes:
    """Every browser waits equally long, so that all return in one moment."""
    transport, plan = connection.transport, connection.transport.reconnect
    if known(transport.kind) != "sse":
        raise NotApplicable("not an SSE stream")
    _returning(connection)
    if plan.strategy.is_stated and not plan.strategy.has("browser"):
        raise NotApplicable(f"the client decides the delay itself: {plan.strategy}")
    if transport.retry.is_none:
        raise NotApplicable("no `retry` is sent: see sse-missing-retry")
    if plan.server_hint.has("random"):
        yield Passed("the server varies the delay from client to client")
        return
    is_spread = isinstance(plan.first_delay.content, Spread)
    yield Limit(
        "the peak of returning browsers",
        peak_of_first_attempts(connection),
        "the accept capacity",
        accept_capacity(connection),
        or_equal=True,
        at=plan.first_delay if is_spread else transport.retry,
        note="" if is_spread else f"All of them wait {transport.retry}.",
        propose=(plan.first_delay,) if plan.first_delay.is_stated else (),
    )
