"""Which node a client is on, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rtreview.language.design import Connection
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated
from rtreview.language.sections.transport import Hop
from rtreview.language.sections.workload import MACHINES
from rtreview.quantities.quantity import Count, Duration, Rate
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

SHORT = Duration(30 * 60)
"""Sessions that end within this time spread themselves over nodes that were added (new-nodes-stay-empty)."""

DAY = Duration(24 * 3600)
"""An age beyond this moves nobody before the next rollout."""


AN_OFFICE = Count(100)
"""People behind one address that a limit has to let in: an office, a school, a carrier's gateway."""


def _moves(connection: Connection) -> Iterator[str]:
    """Why open connections come to other nodes by themselves."""
    operations, session = connection.operations, connection.workload.session
    if operations.rebalance.content:
        yield f"connections move: {operations.rebalance}"
    for end in connection.ages:
        if end.content is not None and end.content <= DAY:
            yield f"`{end.dotted}` ends a connection after {end}, and its client is placed again"
    if session.p95.content is not None and session.p95.content <= SHORT:
        yield f"95 % of sessions end within {session.p95}, so that new ones find new nodes"


@rule
def new_nodes_stay_empty(connection: Connection) -> Outcomes:
    """Nodes are added or restarted, and long connections stay where they were put."""
    operations, topology, session = connection.operations, connection.topology, connection.workload.session
    scales, rolls, rebalance = operations.autoscale_on, operations.rollout, operations.rebalance
    if connection.asks_again or connection.is_one_shot:
        raise NotApplicable("each request goes to any node")
    if connection.transport.service.content:
        raise NotApplicable(f"{connection.transport.service} places the connections")
    if topology.nodes.has(Count(1)) and not scales.content:
        raise NotApplicable("one node holds every connection")
    # What stays on its node is decided for nodes that come and go, whatever replaces them.
    is_decided = rebalance.is_none and topology.nodes.content is not None and not rolls.is_stated
    if not scales.content and not rolls.has("rolling") and not is_decided:
        raise NotApplicable("no node is stated to be added, or restarted while others stay")
    if topology.routing.has("by-room"):
        raise NotApplicable("a connection goes where its room is")
    are_machines = connection.workload.only(*MACHINES)
    if connection.are_few and not are_machines:
        raise NotApplicable("so few clients fit on any node")
    if reason := next(_moves(connection), ""):
        yield Passed(reason)
        return
    age, usual = operations.connection_max_age, session.typical.content
    if usual is not None and usual <= SHORT:
        raise Undecided(session.p95)
    # An age that is stated here is one of more than a day.
    stays = [part for part in (rebalance, age, age.value) if part.is_none]
    stays += [age.value] if age.value.is_stated else []
    if not stays:
        if scales.content and usual is not None:
            raise Unstated(rebalance)
        raise Undecided(rebalance)
    case = "the spec does not say how long sessions last" if usual is None and not are_machines else ""
    what = "autoscaling adds" if scales.content else "a rollout restarts one by one"
    what = "are added or restarted" if is_decided and not scales.content else what
    lasting = f", which last {usual}," if usual is not None else ""
    yield Violated(
        f"Nodes that {what} get new connections only, and nothing moves those that are open{lasting} to "
        "them: the old ones stay full.",
        stays[0],
        tuple(part for part in (scales, rolls) if part.content)[:1],
        when=case or ("" if scales.content or are_machines else "only a rollout changes the nodes"),
    )


def _hops_before(connection: Connection, hop: Hop | None) -> list[Hop]:
    """The hops that a connection passes before one of them, or before the servers."""
    path = list(connection.transport.path)
    return path if hop is None else path[: next(at for at, one in enumerate(path) if one is hop)]


def _by_address(connection: Connection) -> list[tuple[str, Field[Any], Hop | None]]:
    """What takes an address for a client: as a clause, where, and the hop that does, or None for a server."""
    operations, topology = connection.operations, connection.topology
    nodes = topology.nodes.content
    found: list[tuple[str, Field[Any], Hop | None]] = []
    if nodes is None or nodes.amount > 1:
        placed = "clients go to the node that their address names"
        if topology.affinity.has("address-hash"):
            found.append((placed, topology.affinity, None))
        found += [
            (placed, hop.affinity, hop)
            for hop in connection.transport.path
            if hop.affinity.has("address-hash")
        ]
    if operations.max_per_address.content:
        most = f"{operations.max_per_address} connections are allowed from one address"
        found.append((most, operations.max_per_address, None))
    limits = (feature.backpressure.inbound.counted_per for feature in connection.features)
    if (counted := next((limit for limit in limits if limit.has("address")), None)) is not None:
        found.append(("what may be sent is counted for each address", counted, None))
    return found


@rule
def address_taken_for_client(connection: Connection) -> Outcomes:
    """An address stands for a client where many clients share it."""
    uses = [(clause, at, _hops_before(connection, hop), hop) for clause, at, hop in _by_address(connection)]
    uses = [
        (clause, at, before, hop)
        for clause, at, before, hop in uses
        # A hop that keeps a client on its node is judged itself.
        if hop is not None or not at.has("address-hash") or not any(one.affinity.is_stated for one in before)
    ]
    if not uses:
        raise NotApplicable("nothing takes an address for a client, or a hop keeps it on its node")
    clients = connection.workload.clients.content
    asked: list[Field[bool]] = []
    for clause, at, before, _ in uses:
        hides = [one for one in before if one.passes_address.is_none or one.passes_address.has(False)]
        if hides:
            yield Violated(
                f"{clause[0].upper()}{clause[1:]}, and behind {hides[0].name.content or 'a hop'} all clients "
                "have its address.",
                at,
                (hides[0].passes_address,),
            )
            continue
        silent = [one.passes_address for one in before if not one.passes_address.is_stated]
        asked += silent
        if silent:
            continue
        if clients is not None and not connection.workload.only(*MACHINES):
            yield from _shared_by_people(clause, at, connection)
        elif clients is not None:
            yield Passed("its clients are machines, with an address each")
        else:
            raise Undecided(connection.workload.clients)
    if asked:
        raise Unstated(asked[-1])


def _shared_by_people(clause: str, at: Field[Any], connection: Connection) -> Outcomes:
    """People share the address of an office or a mobile network."""
    if at.has("address-hash"):
        session = connection.topology.state.session
        if session.has("shared"):
            yield Passed("a client that comes to another node is known there")
            return
        yield Violated(
            f"{clause[0].upper()}{clause[1:]}: an office or a mobile network is one address, so its people "
            "are all on one node, and a phone that changes networks comes to another.",
            at,
            when="people share an address",
        )
        return
    most = connection.operations.max_per_address
    if most.content is not None and most.content >= AN_OFFICE:
        yield Passed(f"{most} connections from one address are enough for an office")
        return
    yield Violated(
        f"{clause[0].upper()}{clause[1:]}: the next person in the same office, school or mobile network is "
        "refused.",
        at,
        when="people share an address",
    )


def _takes_any_number(connection: Connection) -> Violated | None:
    """An account that is stated to open as many connections as it likes, beside which nothing limits it."""
    operations, workload = connection.operations, connection.workload
    if not operations.max_per_user.is_none or connection.access.checked.is_none:
        return None
    if operations.max_per_address.content or workload.only(*MACHINES) or connection.are_few:
        return None
    if connection.transport.service.content or connection.is_polling:
        return None
    return Violated(
        "One account may hold any number of connections: a client with a fault, or one script, takes all "
        "that there are.",
        operations.max_per_user,
        when="its account is known",
    )


@rule
def anonymous_without_limit(connection: Connection) -> Outcomes:
    """Anybody may connect, as often as they like."""
    operations, checked = connection.operations, connection.access.checked
    if account := _takes_any_number(connection):
        yield account
        return
    if not checked.is_none:
        looked_at = "the rights of a client are looked at"
        raise NotApplicable(looked_at if checked.is_stated else "nobody is said to connect unchecked")
    if connection.transport.service.content:
        raise NotApplicable(f"{connection.transport.service} limits the connections")
    # Where nobody is checked, a limit for each user is none for who takes another name.
    opened = connection.transport.connects_allowed
    bounds: tuple[Field[Count] | Field[Rate], ...] = (operations.max_per_address, opened)
    if bound := next((bound for bound in bounds if bound.content), None):
        yield Passed(f"`{bound.dotted}` is {bound}")
        return
    silent = not operations.max_per_address.is_stated
    if silent and (operations.admission.content or operations.max_per_user.content):
        raise Undecided(operations.max_per_address)
    if operations.admission.content:
        yield Violated(
            f"Anybody may connect: `{operations.admission.dotted}: {operations.admission}` slows a script "
            "and everybody with it, and nothing limits how many connections it holds in the end.",
            operations.max_per_address,
            (checked, operations.admission),
            when="the rate is limited",
        )
    elif operations.admission.is_none or operations.max_per_address.is_none:
        yield Violated(
            "Anybody may connect, and nothing limits how often: one script takes all the connections that "
            "there are.",
            operations.admission if operations.admission.is_none else operations.max_per_address,
            (checked,),
            when="the spec does not say what one client may take" if silent else "",
        )
    else:
        raise Undecided(operations.max_per_address)
