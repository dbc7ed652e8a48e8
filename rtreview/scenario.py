"""What happens to a design when something fails: a scenario is read from its connections, and simulated."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args

from rtreview import document, engine, numbers, spec
from rtreview.derived import assumed
from rtreview.design import Connection, Design, build
from rtreview.document import Document
from rtreview.field import Field, NotApplicable, Undecided, Unknown, known
from rtreview.finding import Input
from rtreview.models.backoff import Plan
from rtreview.models.reconnection import Recovery, Scenario, simulate
from rtreview.policy import Policy
from rtreview.quantity import Count, Duration, Number, Rate, Ratio, Spread
from rtreview.refusal import Refused

Name = Literal["restart", "deploy", "node-loss", "region-loss"]
NAMES: tuple[Name, ...] = get_args(Name)

TELLS: dict[Name, str] = {
    "restart": "every node restarts at once, and everybody is disconnected in the same moment",
    "deploy": "a deployment closes every connection, spread over `operations.close_spread`",
    "node-loss": "one node is lost, and the others take its clients",
    "region-loss": "one region is lost, and the others take its clients",
}


ABOUT: dict[str, Name] = {
    "reconnect-without-jitter": "restart",
    "first-reconnect-spread-too-small": "restart",
    "backoff-cap-below-herd": "restart",
    "node-loss-overload": "node-loss",
    "close-all-at-once": "deploy",
}
"""The scenario that shows what a rule of the reconnect family is about."""


class Simulation(NamedTuple):
    """A scenario of one connection of a design, and how it ends; or why it cannot be simulated.

    `variant` is what was set for it, or nothing for the design as it stands.
    """

    design: str | None
    features: tuple[str, ...]
    name: Name
    variant: tuple[str, ...]
    scenario: Scenario | None
    recovery: Recovery | None
    inputs: tuple[Input, ...]
    reason: str = ""


def simulations(
    source: bytes, path: str, name: Name, settings: Sequence[str], policy: Policy
) -> list[Simulation]:
    """The scenario for each connection of each design in a text: as it stands, and with what is set.

    Args:
        source: a text that can be reviewed.
        path: its name.
        name: the scenario.
        settings: fields and values, such as `transport.reconnect.jitter=full`.
        policy: whose limits and assumptions count where the design is silent.

    Raises:
        Refused: a setting is none, or the design cannot be read with it.

    """
    told: list[Simulation] = []
    for read in engine.read_documents(source, path):
        variants: list[tuple[str, ...]] = [(), tuple(settings)] if settings else [()]
        for variant in variants:
            content = _with_values(read.content, variant)
            try:
                design = build(spec.read(content), policy.fallbacks)
            except spec.SpecError as error:
                raise Refused(f"--set: {error}") from None
            told += _of_design(design, name, variant, read)
    return told


def _with_values(content: Any, settings: Sequence[str]) -> Any:
    """A copy of plain values in which some fields have another one."""
    changed = copy.deepcopy(content)
    for setting in settings:
        path, sign, written = setting.partition("=")
        (value,) = document.read(written.encode("utf-8", "replace"))
        if not path.strip() or not sign or value.problems:
            raise Refused(
                f"--set: expected FIELD=VALUE such as transport.reconnect.jitter=full, found `{setting}`"
            )
        *way, last = path.strip().split(".")
        holder = changed
        for key in way:
            inside = holder.get(key)
            # A section that is `none`, or not there, begins with this field.
            holder[key] = inside if isinstance(inside, dict) else {}
            holder = holder[key]
        holder[last] = value.content
    return changed


def _of_design(design: Design, name: Name, variant: tuple[str, ...], read: Document) -> Iterator[Simulation]:
    for connection in design.connections:
        features = tuple(feature.name for feature in connection.features if feature.name is not None)
        reader = _Reader(connection)
        title = design.spec.name.content
        try:
            scenario = reader.scenario(name)
        except (Unknown, NotApplicable) as unknown:
            missing = getattr(unknown, "parts", ())
            reason = str(unknown) or f"it would need {' or '.join(f'`{part.dotted}`' for part in missing)}"
            yield Simulation(title, features, name, variant, None, None, (), reason)
            continue
        inputs = tuple(engine.input_of(one, read) for one in reader.used)
        yield Simulation(title, features, name, variant, scenario, simulate(scenario), inputs)


def evidence(rule: str, connection: Connection) -> str:
    """What happens in the scenario that a rule is about; nothing where it cannot be simulated."""
    name = ABOUT.get(rule)
    if name is None:
        return ""
    try:
        scenario = _Reader(connection).scenario(name)
    except (Unknown, NotApplicable):
        return ""
    found = simulate(scenario)
    back = found.all_back.rounded
    end = f"everybody is back after {back}" if found.ending == "back" else found.ending
    return (
        f"{name} simulated: {found.peak} in the busiest second against {scenario.capacity} accepted, "
        f"{found.each.amount:.3g} attempts of one client, {end}"
    )


@dataclass
class _Reader:
    """Reads a scenario from a connection, and notes what it is made of."""

    connection: Connection
    used: list[Field[Any]] = field(default_factory=list)

    def scenario(self, name: Name) -> Scenario:
        """The scenario of that name.

        Raises:
            Undecided: a field that it needs is not stated.
            NotApplicable: there is none: nothing to lose, or nobody who returns.

        """
        plan = self._plan()
        clients, capacity = self._clients_and_capacity(name)
        operations, node = self.connection.operations, self.connection.topology.node
        cost: Any = self._noted(assumed(node.reject_cost, numbers.REJECT_COST)).content
        if isinstance(cost, Duration):
            cost = Ratio(cost.amount * known(node.accept_rate).amount)
        noticed: Duration | Spread = Duration(0)
        if name == "deploy" and operations.close_spread.content:
            spread = self._known(operations.close_spread)
            noticed = spread if isinstance(spread, Spread) else Spread(Duration(0), spread)
        outage = Duration(0)
        if name == "restart" and operations.planned_outage.content:
            outage = self._known(operations.planned_outage)
        reconnect = self.connection.transport.reconnect
        return Scenario(
            clients=clients,
            capacity=capacity,
            plan=plan,
            refusal=cost,
            noticed=noticed,
            outage=outage,
            connect_timeout=self._noted(reconnect.connect_timeout).content,
            queue=operations.admission.has("queue"),
        )

    def _clients_and_capacity(self, name: Name) -> tuple[Count, Rate]:
        """Who is disconnected, and what the servers that are left accept together."""
        topology = self.connection.topology
        clients = self._known(self.connection.workload.connections)
        nodes, rate = self._known(topology.nodes), self._known(topology.node.accept_rate)
        if name in ("restart", "deploy"):
            return clients, rate * nodes.amount
        groups = nodes if name == "node-loss" else self._known(topology.regions)
        if groups.amount < 2:
            raise NotApplicable(f"there is only one {'node' if name == 'node-loss' else 'region'}")
        share = 1 / groups.amount
        return Count(clients.amount * share), rate * (nodes.amount * (1 - share))

    def _plan(self) -> Plan:
        """What a client does, of what is stated or fixed by a platform."""
        plan = numbers.reconnects(self.connection)
        if numbers.waits_for_retry(self.connection):
            retry = self._known(self.connection.transport.retry)
            return Plan(base=retry, factor=Number(1), cap=None, first=self._noted(plan.first_delay).content)
        if plan.strategy.has("immediate"):
            return Plan(base=Duration(0), factor=Number(1), cap=None, jitter=self._jitter())
        first = self._noted(plan.first_delay).content
        attempts = self._noted(plan.max_attempts).content
        if plan.delays.content:
            delays = self._known(plan.delays)
            return Plan(delays=delays, jitter=self._jitter(), first=first, max_attempts=attempts)
        is_fixed = plan.strategy.has("fixed")
        return Plan(
            base=self._known(plan.base),
            factor=Number(1) if is_fixed else self._known(assumed(plan.factor, Number(2))),
            cap=None if is_fixed or plan.cap.is_none else self._known(plan.cap),
            jitter=self._jitter(),
            first=first,
            max_attempts=attempts,
        )

    def _jitter(self) -> Any:
        jitter = self.connection.transport.reconnect.jitter
        if not jitter.is_stated:
            raise Undecided(jitter)
        return self._noted(jitter).content

    def _known(self, one: Field[Any]) -> Any:
        return known(self._noted(one))

    def _noted(self, one: Field[Any]) -> Field[Any]:
        if one.is_stated:
            self.used.append(one)
        return one
