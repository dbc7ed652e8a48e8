"""Many clients return at once: after a restart, a deployment, or the loss of a node or a region."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from rtreview import models
from rtreview.language.design import Connection
from rtreview.language.field import Field, NotApplicable, Undecided, Unknown, known
from rtreview.numbers import reconnection
from rtreview.numbers.expression import assumed
from rtreview.quantities.quantity import Count, Duration, Number, Rate, Ratio, Spread
from rtreview.simulate.reader import Reader
from rtreview.simulate.scenario import Scenario, Slider
from rtreview.simulate.series import Course, Figure, curve

if TYPE_CHECKING:
    from rtreview.models.backoff import Plan
    from rtreview.models.reconnection import Storm

ATTEMPTS, BACK = "attempts/s", "share that is back"
ACCEPTED, NEVER = "accepted", "never all back"
BUSIEST, ALL_BACK = "attempts in the busiest second", "everybody is back after"


def storm(name: str, reader: Reader, connection: Connection) -> Storm:
    """The clients of a connection that return at once.

    Raises:
        Undecided: a field that it needs is not stated.
        NotApplicable: there is none: nothing to lose, or nobody who returns.

    """
    clients, capacity = _clients_and_capacity(name, reader, connection)
    operations, node = connection.operations, connection.topology.node
    cost: Any = reader.known(assumed(node.reject_cost, reconnection.REJECT_COST))
    if isinstance(cost, Duration):
        cost = Ratio(cost.amount * known(node.accept_rate).amount)
    noticed: Duration | Spread = Duration(0)
    if name == "deploy":
        spread = reader.known(assumed(operations.close_spread, Duration(0)))
        noticed = spread if isinstance(spread, Spread) or not spread.amount else Spread(Duration(0), spread)
    outage = Duration(0)
    if name == "restart" and operations.planned_outage.content:
        outage = reader.known(operations.planned_outage)
    reconnect = connection.transport.reconnect
    return models.reconnection.Storm(
        clients=clients,
        capacity=capacity,
        plan=plan(reader, connection),
        refusal=cost,
        noticed=noticed,
        outage=outage,
        connect_timeout=reader.noted(reconnect.connect_timeout).content,
        queue=operations.admission.has("queue"),
    )


def _clients_and_capacity(name: str, reader: Reader, connection: Connection) -> tuple[Count, Rate]:
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
    stated = reconnection.reconnects(connection)
    if reconnection.waits_for_retry(connection):
        retry = reader.known(connection.transport.retry)
        return models.backoff.Plan(
            base=retry, factor=Number(1), cap=None, first=reader.noted(stated.first_delay).content
        )
    if stated.strategy.has("immediate"):
        return models.backoff.Plan(
            base=Duration(0), factor=Number(1), cap=None, jitter=_jitter(reader, stated.jitter)
        )
    first = reader.noted(stated.first_delay).content
    attempts = reader.noted(stated.max_attempts).content
    if stated.delays.content:
        delays = reader.known(stated.delays)
        return models.backoff.Plan(
            delays=delays, jitter=_jitter(reader, stated.jitter), first=first, max_attempts=attempts
        )
    is_fixed = stated.strategy.has("fixed")
    return models.backoff.Plan(
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


def _course(storm: Storm) -> Course:
    """How many try, and how many are back."""
    recovery = models.reconnection.simulate(storm)

    def back(share: float) -> Duration:
        return recovery.back_after(share).rounded

    figures = [
        Figure("clients that are disconnected", storm.clients),
        Figure("accepts a second", storm.capacity),
        Figure(BUSIEST, recovery.peak.rounded),
        Figure("attempts of one client", Number(float(f"{recovery.each.amount:.3g}"))),
        Figure("half of them are back after", back(0.5)),
        Figure("99 % are back after", back(0.99)),
        Figure(ALL_BACK, recovery.all_back.rounded),
    ]
    if recovery.ending != "back":
        figures.append(Figure("how it ends", recovery.ending))
    attempts = list(zip(recovery.times, recovery.attempts, strict=True))
    connected = [(0.0, 0.0), *zip(recovery.times, recovery.back, strict=True)]
    halves = [
        ("half of them are back", recovery.back_after(0.5)),
        ("99 % are back", recovery.back_after(0.99)),
    ]
    return Course(
        tuple(figures),
        (
            curve(ATTEMPTS, "/s", attempts, [(ACCEPTED, storm.capacity)], is_mean=True),
            curve(BACK, "%", connected, moments=halves, never="" if recovery.ending == "back" else NEVER),
        ),
    )


@lru_cache(maxsize=2048)
def _sentence(name: str, storm: Storm) -> str:
    """A storm in a sentence. Several rules are about the same one, and each is asked of all connections."""
    found = models.reconnection.simulate(storm)
    tries = f"{found.each.amount:.3g}"
    end = {
        "back": f"everybody is back after {found.all_back.rounded}",
        "gave up": f"{Ratio(round(found.gave_up.amount, 3))} give up",
        "refusals take the whole capacity": "then refusals take the whole capacity",
        "not within the horizon": f"not everybody is back after {storm.horizon}",
    }[found.ending]
    return (
        f"{name} simulated: {found.peak.rounded} in the busiest second against {storm.capacity} accepted, "
        f"{tries} attempt{'' if tries == '1' else 's'} of one client, {end}"
    )


LOSSES = {"node-loss": "when one node is lost", "restart": "when all nodes restart"}
"""After what clients return by the same plan, from the smallest on, as a clause."""


def all_back(name: str, connection: Connection) -> Duration | None:
    """When everybody is back after a loss; None where that is not known, or never."""
    try:
        back = models.reconnection.simulate(storm(name, Reader(), connection)).all_back.rounded
    except (Unknown, NotApplicable):
        return None
    return back if math.isfinite(back.amount) else None


SLIDERS = (
    Slider("workload.connections", "clients"),
    Slider("topology.node.accept_rate", "accepts of a node", "/s"),
    Slider("transport.reconnect.first_delay", "first delay, random up to", "s", 0.1, 120, is_span=True),
    Slider("transport.reconnect.jitter", "jitter", choices=("none", "full", "equal", "decorrelated")),
    Slider("transport.reconnect.cap", "cap", "s", 1, 120),
)

FOLLOWS = (
    "reconnect-without-jitter",
    "first-reconnect-spread-too-small",
    "backoff-cap-below-herd",
    "node-loss-overload",
    "close-all-at-once",
)


def _family(
    name: str, tells: str, *rules: str, headline: Mapping[str, str] | None = None, is_shown: bool = False
) -> Scenario[Storm]:
    return Scenario(
        name=name,
        tells=tells,
        subject="connection",
        curves=(ATTEMPTS, BACK),
        parameters=partial(storm, name),
        course=_course,
        shows=dict.fromkeys(rules, ATTEMPTS),
        sentence=partial(_sentence, name),
        headline=headline or {},
        is_shown=is_shown,
        kernel="storm",
        sliders=SLIDERS,
        follows=FOLLOWS,
    )


SCENARIOS = (
    _family(
        "restart",
        "every node restarts at once, and everybody is disconnected at the same moment",
        "reconnect-without-jitter",
        "first-reconnect-spread-too-small",
        "backoff-cap-below-herd",
        "sse-static-retry",
        "retry-gives-up-before-outage-ends",
        "connect-timeout-shorter-than-accept-queue",
        headline={BUSIEST: ACCEPTED, ALL_BACK: ""},
        is_shown=True,
    ),
    _family(
        "deploy",
        "a deployment closes every connection, spread over `operations.close_spread`",
        "close-all-at-once",
    ),
    _family("node-loss", "one node is lost, and the others take its clients", "node-loss-overload"),
    _family("region-loss", "one region is lost, and the others take its clients"),
)
