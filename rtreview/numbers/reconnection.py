"""Connections and their return: what a node holds, how fast clients come, and how fast they are let in."""

from __future__ import annotations

import math
from typing import Any

from rtreview.language.design import Connection
from rtreview.language.field import Field, NotApplicable
from rtreview.language.notation import NONE
from rtreview.language.sections.transport import Reconnect
from rtreview.numbers.expression import (
    SUM,
    Expression,
    Function,
    Measure,
    assumed,
    at_least,
    end,
    given,
    larger,
    middle,
    named,
    term,
    total,
    width,
)
from rtreview.numbers.ledger import number
from rtreview.numbers.sharing import Together, together
from rtreview.quantities.quantity import Count, Duration, Rate, Ratio, Spread

AT_ONCE, ONE_SECOND = Duration(0), Duration(1)

REJECT_COST = Ratio(0.2)
"""Cost of a refusal in shares of an accept, where TLS is done before the refusal; assumed where silent."""

HEADROOM = 1.5
"""A healthy first-attempt spread in shares of the fastest return.

Simulated with 10,000 clients at 100/s and refusals at a fifth of an accept: 99 % are back after 149 s,
and with 1.0 instead of 1.5 after 257 s to 348 s.
"""

SOON = Duration(2)
"""A return that takes no longer than this is none that anybody waits for."""


_ENDS = {
    "first-success": "the first success ends the attempts, so that no later loss is tried again",
    "exception": "an error that nothing catches ends the attempts",
    "clean-close": "a clean close of the other end ends the attempts",
}
"""What ends attempts for good, from the worst on, as a clause."""

LONGEST_SESSION = Duration(24 * 3600)
"""Few sessions last longer: a longer token without a stated session is left open."""


@number("Connections per node")
def connections_per_node(connection: Connection) -> Expression[Count]:
    """Connections per node."""
    nodes, held = connection.topology.nodes, connection.topology.node.connections
    if held.content is not None:
        return named("connections per node", term(held, "connections of a node"), Count)
    return named("connections per node", term(connection.workload.connections) / nodes, Count)


@number("Accept capacity of all nodes")
def accept_capacity(connection: Connection) -> Expression[Rate]:
    """Accept capacity of all nodes.

    Assumes that a balancer spreads attempts evenly.
    """
    topology = connection.topology
    return named("accept capacity", term(topology.nodes) * topology.node.accept_rate)


@number("Accept capacity while one node is down")
def accept_capacity_of_the_others(connection: Connection) -> Expression[Rate]:
    """Accept capacity while one node is down."""
    topology = connection.topology
    return named("accept capacity without one node", (term(topology.nodes) - 1) * topology.node.accept_rate)


@number("Fastest possible return of all clients")
def fastest_return(connection: Connection, *others: Connection) -> Expression[Duration]:
    """Fastest possible return of all clients, with those of `others` on the same nodes."""
    return named("fastest return of all", _clients(connection, *others) / accept_capacity(connection))


def healthy_spread(connection: Connection, *others: Connection) -> Expression[Duration]:
    """The first-attempt spread that leaves a third of the accept capacity free.

    With `others` on the same nodes, that of each of them.
    """
    clients = _clients(connection, *others)
    return named("healthy spread", HEADROOM * clients / accept_capacity(connection))


def _clients(*connections: Connection) -> Expression[Count]:
    """The clients of some connections."""
    return total(*(term(each.workload.connections) for each in connections))


def crowd_spread(connection: Connection) -> Duration | None:
    """The first-attempt spread that a crowd needs; None where the nodes accept everybody in a moment."""
    return None if connection.accepted_within(SOON) else healthy_spread(connection).content


def reconnects(connection: Connection) -> Reconnect:
    """The plan to reconnect, where the client has one.

    Raises:
        NotApplicable: it does not reconnect, or asks again and again anyway.

    """
    plan = connection.transport.reconnect
    if connection.is_polling:
        raise NotApplicable("a polling client asks again at its own time")
    if plan.is_none:
        raise NotApplicable("the client does not reconnect")
    if connection.is_datagrams and not connection.has_plan:
        raise NotApplicable("datagrams open no connection that could be lost")
    return plan


def final_end(plan: Reconnect) -> tuple[str, Field[Any]] | None:
    """What is stated to end the attempts for good, as a clause, and where; None where nothing is.

    A refusal is left out: a client that may not come in is right to stop, where somebody is told.
    """
    words = plan.ends_on.content or ()
    for word, clause in _ENDS.items():
        if word in words:
            return clause, plan.ends_on
    if plan.first_connect.has("once"):
        return "a first connection that fails is the last attempt", plan.first_connect
    return None


def ends_at_error(connection: Connection) -> bool:
    """Whether a browser's EventSource reconnects alone, which an error status ends, and nothing watches it.

    The HTML standard fails the connection at any status but 200 and at a content type that is no event stream
    (html.spec.whatwg.org/multipage/server-sent-events.html).
    """
    plan = connection.transport.reconnect
    stands_alone = not (plan.ends_on.is_stated or plan.first_connect.is_stated)
    is_alone = stands_alone and plan.strategy.has("browser") and not connection.workload.only("server")
    return is_alone and connection.transport.kind.has("sse") and plan.is_unwatched


def jitter_kind(plan: Reconnect) -> str:
    """none, full, equal or decorrelated, or nothing where the jitter is a ratio or a random span."""
    if plan.jitter.is_none:
        return "none"
    return plan.jitter.content if isinstance(plan.jitter.content, str) else ""


def is_exact(plan: Reconnect) -> bool:
    """Whether nothing of the delays is random: what `reconnect-without-jitter` looks for."""
    if isinstance(plan.first_delay.content, Spread) or plan.server_hint.has("random"):
        return False
    # A share of no delay is none, and a platform's own jitter is of a delay that is not waited for.
    has_own = plan.jitter.is_stated and plan.jitter.default is None
    is_random = has_own and not isinstance(plan.jitter.content, Ratio)
    at_once = plan.strategy.has("immediate") and not is_random
    return plan.jitter.is_none or plan.jitter.has(Ratio(0.0)) or at_once


def first_delay(plan: Reconnect) -> Field[Any]:
    """The field that holds the delay before the first attempt: stated, the first of a list, or the base."""
    if plan.first_delay.is_stated:
        return plan.first_delay
    if plan.delays.content:
        return Field(plan.delays.content[0], at=(*plan.delays.at, 0), default=plan.delays.default)
    return plan.base


def longest_delay(plan: Reconnect) -> Field[Any]:
    """The field that holds the delay which repeats: the cap, the last of a list, or a fixed base."""
    if plan.cap.is_stated and not (plan.strategy.has("fixed") and plan.base.is_stated):
        return plan.cap
    if plan.delays.content:
        last = len(plan.delays.content) - 1
        return Field(plan.delays.content[last], at=(*plan.delays.at, last), default=plan.delays.default)
    return plan.base if plan.strategy.has("fixed") else plan.cap


def waits_for_retry(connection: Connection) -> bool:
    """Whether nothing but an EventSource's `retry` delays the client."""
    plan = connection.transport.reconnect
    return connection.transport.kind.has("sse") and (not plan.is_stated or plan.strategy.has("browser"))


def _decided(field: Field[Any]) -> Field[Any]:
    """A field that is `none`, as one that holds this word: a decision like any other."""
    return Field(NONE, at=field.at, default=field.default)


@number("Spread of the first attempts")
def first_attempt_spread(connection: Connection) -> Expression[Duration]:
    """Spread of the first attempts.

    Full jitter `[0, b]`, equal `[b/2, b]`, decorrelated `[b, 3b]`: the formulas of AWS's backoff simulator
    (github.com/aws-samples/aws-arch-backoff-simulator, src/backoff_simulator.py). A ratio varies each delay
    to both sides; a client that subtracts nothing spreads half as wide. A cap below the longest of these
    delays is not seen here: the clients beyond it attempt together.
    """
    return named("first-attempt spread", _first_attempt_spread(connection))


def _first_attempt_spread(connection: Connection) -> Expression[Duration]:
    plan = reconnects(connection)
    jitter, kind, first = plan.jitter, jitter_kind(plan), term(first_delay(plan), "first delay")
    if isinstance(plan.first_delay.content, Spread):
        return width(plan.first_delay)
    if waits_for_retry(connection):
        return given(AT_ONCE, connection.transport.retry, "{}: every browser waits for the same retry")
    if plan.strategy.has("immediate") and not isinstance(jitter.content, Spread):
        return given(AT_ONCE, plan.strategy, "{}: at once")
    if kind == "none":
        return given(AT_ONCE, _decided(jitter), "{}: no jitter")
    if isinstance(jitter.content, Spread):
        return width(jitter)
    if isinstance(jitter.content, Ratio):
        return first * jitter * 2
    spreads = {"equal": first / 2, "decorrelated": 2 * first}
    return given(spreads.get(kind, first), jitter, f"{jitter} jitter: {{}}")


def span_of_attempts(connection: Connection) -> Expression[Duration]:
    """The time over which first attempts fall, of at least a second."""
    return at_least(first_attempt_spread(connection), ONE_SECOND)


def peak_of_attempts(clients: Measure, connection: Connection) -> Expression[Rate]:
    """First attempts of some clients in the second in which most of them fall, evenly spread."""
    return clients / span_of_attempts(connection)


@number("Peak of the first attempts when all clients drop at once")
def peak_of_first_attempts(connection: Connection) -> Expression[Rate]:
    """Peak of the first attempts when all clients drop at once.

    The busiest second of a simulation is as high where nobody is refused, and higher where clients try again.
    """
    return named("peak of the first attempts", peak_of_attempts(connection.workload.connections, connection))


def first_attempts_together(connection: Connection, *, one_node: bool = False) -> Together[Connection] | None:
    """The peak of the first attempts of all features on the same nodes, of which each alone is let in.

    All clients drop, or those of one node. A connection is left out where a server says when a client tries.
    """

    def peak(each: Connection) -> Expression[Rate]:
        if each.operations.admission.content or reconnects(each).server_hint.content:
            raise NotApplicable("the server says when a client may come in")
        clients = connections_per_node(each) if one_node else term(each.workload.connections)
        return peak_of_attempts(clients, each)

    return together(connection, peak, accept_capacity_of_the_others if one_node else accept_capacity)


_MEAN_SHARES = {"full": 0.5, "equal": 0.75, "decorrelated": 0.62}
"""Mean delay at the cap in shares of it, by kind of jitter.

Decorrelated: the measured value for a cap of 30 to 60 times the base (simulation of the same formulas; 0.74
at 10 times).
"""


@number("Mean delay at the cap")
def mean_delay_at_cap(connection: Connection) -> Expression[Duration]:
    """Mean delay at the cap.

    Where each delay varies by a ratio x and is clipped at the cap c, c (1 - x/4).
    """
    plan = reconnects(connection)
    cap, jitter, kind = longest_delay(plan), plan.jitter, jitter_kind(plan)
    if cap.is_none:
        raise NotApplicable("the delay has no cap and grows on")
    longest = term(cap, "cap")
    mean: Expression[Any] = given(longest, jitter, f"{jitter} jitter: {{}}")
    if kind == "none":
        mean = term(cap, "cap, without jitter")
    elif isinstance(jitter.content, Ratio):
        mean = longest * (1 - term(jitter) / 4)
    elif isinstance(jitter.content, Spread):
        mean = longest + middle(jitter)
    elif kind in _MEAN_SHARES:
        mean = given(_MEAN_SHARES[kind] * longest, jitter, f"{jitter} jitter: {{}}")
    return named("mean delay at the cap", mean)


@number("Load of refusals, with every client at the cap, in accepts")
def rejection_load(connection: Connection) -> Expression[Rate]:
    """Load of refusals, with every client at the cap, in accepts.

    Where this reaches the capacity no accept is left, and nobody returns ever.
    """
    return named("load of refusals", _load_of_refusals(connection, mean_delay_at_cap(connection)))


def rejection_load_with_full_jitter(connection: Connection) -> Expression[Rate]:
    """The same load where the delays get full jitter: clients wait for half of the longest delay."""
    longest = term(longest_delay(connection.transport.reconnect), "cap")
    return _load_of_refusals(connection, _MEAN_SHARES["full"] * longest)


def _load_of_refusals(connection: Connection, wait: Expression[Duration]) -> Expression[Rate]:
    """Of N clients that wait E each, N / E attempts a second; each refusal costs its share of an accept."""
    attempts, node = connection.workload.connections / wait, connection.topology.node
    if node.reject_cost.content is not None:
        return attempts * node.reject_cost * node.accept_rate
    return attempts * term(assumed(node.reject_cost, REJECT_COST), "cost of a refusal")


def return_window(connection: Connection) -> Expression[Duration]:
    """Time in which all clients return at the soonest: of clients in step far less than they take."""
    return named("time of the return", larger(first_attempt_spread(connection), fastest_return(connection)))


def returning(connection: Connection) -> tuple[Expression[Count], Expression[Duration]]:
    """The clients that return together, and the time in which they do: all, or the share that is stated."""
    clients, share = term(connection.workload.connections), connection.workload.outage.share
    if share.content is None:
        return clients, return_window(connection)
    those = named("clients that return", clients * term(share, "share that drops"))
    accepted = those / accept_capacity(connection)
    return those, named("time of the return", larger(first_attempt_spread(connection), accepted))


_BACK = Function(
    "back",
    "{}; never, where the {} exceeds the {} and the {} reaches it",
    lambda window, peak, capacity, refusals: (
        Duration(math.inf) if peak > capacity and refusals >= capacity else window
    ),
    (1, 1, -1, 1),
    inner=(SUM, SUM, SUM, SUM),
)


@number("Everybody back after a restart, at the best")
def back_after_restart(connection: Connection) -> Expression[Duration]:
    """Everybody back after a restart, at the best.

    A bound: no simulation is sooner. Where the first attempts fit the accept capacity, nobody is refused, and
    so no load of refusals keeps anybody out. Waves in lock-step leave pauses in which some get in, whatever
    refusals cost on average: a bound would lie far below what happens, and look better than jitter.

    Raises:
        NotApplicable: all clients return in step.

    """
    if is_exact(reconnects(connection)):
        raise NotApplicable(
            "clients that return in step come in waves, of which only a simulation tells the end"
        )
    peak, capacity = peak_of_first_attempts(connection), accept_capacity(connection)
    back = _BACK(return_window(connection), peak, capacity, rejection_load(connection))
    return named("everybody back after a restart", back)


@number("Drain time needed, at half of the other nodes' accept rate")
def drain_needed(connection: Connection) -> Expression[Duration]:
    """Drain time needed, at half of the other nodes' accept rate."""
    half = accept_capacity_of_the_others(connection) / 2
    return named("drain time needed", connections_per_node(connection) / half)


def closed_together(connection: Connection) -> tuple[Expression[Count], Expression[Rate]]:
    """The clients that a deployment closes in one go, and the accept capacity of the nodes that take them.

    One node after the other, or in a blue-green or all-at-once deployment all of them.
    """
    if connection.operations.rollout.has("all-at-once", "blue-green"):
        return term(connection.workload.connections), accept_capacity(connection)
    return connections_per_node(connection), accept_capacity_of_the_others(connection)


def mean_first_delay(connection: Connection) -> Expression[Duration]:
    """The mean delay before the first attempt of a client to return.

    Raises:
        NotApplicable: it does not reconnect, or the server tells when.

    """
    plan, jitter, first = _own_delays(connection)
    shares: dict[str, Expression[Any]] = {"full": first / 2, "equal": 0.75 * first, "decorrelated": 2 * first}
    mean = shares.get(jitter_kind(plan), first)
    if isinstance(jitter.content, Spread):
        mean = first + middle(jitter)
    return named("mean first delay", _wait(connection, mean, middle))


def longest_first_delay(connection: Connection) -> Expression[Duration]:
    """The longest delay before it; raises as `mean_first_delay` does."""
    plan, jitter, first = _own_delays(connection)
    longest: Expression[Any] = 3 * first if jitter_kind(plan) == "decorrelated" else first
    if isinstance(jitter.content, Ratio):
        longest = first + first * jitter
    elif isinstance(jitter.content, Spread):
        longest = first + end(jitter)
    return named("longest first delay", _wait(connection, longest, end))


def _own_delays(connection: Connection) -> tuple[Reconnect, Field[Any], Expression[Any]]:
    plan = reconnects(connection)
    if plan.server_hint.content:
        raise NotApplicable("the server tells each client how long to wait")
    return plan, plan.jitter, term(first_delay(plan), "first delay")


def _wait(connection: Connection, jittered: Expression[Any], of_span: Function) -> Expression[Any]:
    """The delay before the first attempt, jittered where it is one that jitter touches."""
    plan = connection.transport.reconnect
    first = first_delay(plan)
    if waits_for_retry(connection):
        return term(connection.transport.retry)
    if plan.strategy.has("immediate"):
        return given(AT_ONCE, plan.strategy, "at once")
    if isinstance(first.content, Spread):
        return of_span(term(first, "first delay"))
    if plan.jitter.is_none:
        return term(first, "first delay, without jitter")
    return given(jittered, plan.jitter)
