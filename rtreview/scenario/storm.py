"""Many clients return at once: a storm is read from a connection, and told in a sentence."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rtreview import numbers
from rtreview.derived import assumed
from rtreview.language.design import Connection
from rtreview.language.field import Field, NotApplicable, Undecided, Unknown, known
from rtreview.models.backoff import Plan
from rtreview.models.reconnection import Scenario, simulate
from rtreview.quantities.quantity import Count, Duration, Number, Rate, Ratio, Spread
from rtreview.scenario import Storm
from rtreview.scenario.reader import Reader


def storm(reader: Reader, name: Storm, connection: Connection) -> Scenario:
    """The clients of a connection that return at once.

    Raises:
        Undecided: a field that it needs is not stated.
        NotApplicable: there is none: nothing to lose, or nobody who returns.

    """
    clients, capacity = _clients_and_capacity(reader, name, connection)
    operations, node = connection.operations, connection.topology.node
    cost: Any = reader.known(assumed(node.reject_cost, numbers.REJECT_COST))
    if isinstance(cost, Duration):
        cost = Ratio(cost.amount * known(node.accept_rate).amount)
    noticed: Duration | Spread = Duration(0)
    if name == "deploy" and operations.close_spread.content:
        spread = reader.known(operations.close_spread)
        noticed = spread if isinstance(spread, Spread) else Spread(Duration(0), spread)
    outage = Duration(0)
    if name == "restart" and operations.planned_outage.content:
        outage = reader.known(operations.planned_outage)
    reconnect = connection.transport.reconnect
    return Scenario(
        clients=clients,
        capacity=capacity,
        plan=plan(reader, connection),
        refusal=cost,
        noticed=noticed,
        outage=outage,
        connect_timeout=reader.noted(reconnect.connect_timeout).content,
        queue=operations.admission.has("queue"),
    )


def _clients_and_capacity(reader: Reader, name: Storm, connection: Connection) -> tuple[Count, Rate]:
    """Who is disconnected, and what the servers that are left accept together."""
    topology = connection.topology
    clients = reader.known(connection.workload.connections)
    nodes, rate = reader.known(topology.nodes), reader.known(topology.node.accept_rate)
    if name in ("restart", "deploy"):
        return clients, rate * nodes.amount
    groups = nodes if name == "node-loss" else reader.known(topology.regions)
    if groups.amount < 2:
        raise NotApplicable(f"there is only one {'node' if name == 'node-loss' else 'region'}")
    share = 1 / groups.amount
    return Count(clients.amount * share), rate * (nodes.amount * (1 - share))


def plan(reader: Reader, connection: Connection) -> Plan:
    """What a client does, of what is stated or fixed by a platform."""
    stated = numbers.reconnects(connection)
    if numbers.waits_for_retry(connection):
        retry = reader.known(connection.transport.retry)
        return Plan(base=retry, factor=Number(1), cap=None, first=reader.noted(stated.first_delay).content)
    if stated.strategy.has("immediate"):
        return Plan(base=Duration(0), factor=Number(1), cap=None, jitter=_jitter(reader, stated.jitter))
    first = reader.noted(stated.first_delay).content
    attempts = reader.noted(stated.max_attempts).content
    if stated.delays.content:
        delays = reader.known(stated.delays)
        return Plan(delays=delays, jitter=_jitter(reader, stated.jitter), first=first, max_attempts=attempts)
    is_fixed = stated.strategy.has("fixed")
    return Plan(
        base=reader.known(stated.base),
        factor=Number(1) if is_fixed else reader.known(assumed(stated.factor, Number(2))),
        cap=None if is_fixed or stated.cap.is_none else reader.known(stated.cap),
        jitter=_jitter(reader, stated.jitter),
        first=first,
        max_attempts=attempts,
    )


def _jitter(reader: Reader, jitter: Field[Any]) -> Any:
    if not jitter.is_stated:
        raise Undecided(jitter)
    return reader.noted(jitter).content


def evidence(name: Storm, connection: Connection) -> str:
    """What a storm comes to; nothing where there is none, or it cannot be read."""
    try:
        return _told(name, storm(Reader(), name, connection))
    except (Unknown, NotApplicable):
        return ""


@lru_cache(maxsize=64)
def _told(name: Storm, scenario: Scenario) -> str:
    """A storm in a sentence. Several rules are about the same one."""
    found = simulate(scenario)
    tries = f"{found.each.amount:.3g}"
    end = {
        "back": f"everybody is back after {found.all_back.rounded}",
        "gave up": f"{Ratio(round(found.gave_up.amount, 3))} give up",
        "refusals take the whole capacity": "then refusals take the whole capacity",
        "not within the horizon": f"not everybody is back after {scenario.horizon}",
    }[found.ending]
    return (
        f"{name} simulated: {found.peak} in the busiest second against {scenario.capacity} accepted, "
        f"{tries} attempt{'' if tries == '1' else 's'} of one client, {end}"
    )
