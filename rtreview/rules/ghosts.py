"""Presence over time: who is shown for too long, who vanishes too early, and what telling it costs."""

import math

from rtreview import numbers
from rtreview.derived import Derived, Measure, measured
from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated, known
from rtreview.language.spec import Presence
from rtreview.models import presence
from rtreview.quantities.quantity import Count, Duration, Rate, Ratio, Spread
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule
from rtreview.rules.detection import PROMISE, noticed_within
from rtreview.rules.presence import SHOWS_NOBODY

AT_ONCE = Duration(0)

SMALL_ROOM = 50
"""Up to this many members, telling everybody of everybody stays small (presence-fanout-quadratic)."""


def shown_people(feature: Feature) -> Presence:
    """The presence of a feature, where it has one.

    Raises:
        NotApplicable: nobody is shown.
        Undecided: the spec says nothing of presence.

    """
    shown = feature.presence
    if shown.is_none:
        raise NotApplicable("nobody is shown")
    if not shown.is_stated:
        if feature.serves(*SHOWS_NOBODY):
            raise NotApplicable(f"the purpose {feature.purpose} shows nobody")
        raise Undecided(shown)
    return shown


def ends_by_expiry(shown: Presence) -> bool:
    """Whether an entry ends because nobody refreshes it, not because a disconnect is seen."""
    expires = bool(shown.ttl.content) and not shown.removal.is_stated
    return shown.removal.has("ttl", "lease") or expires


def kept(feature: Feature) -> Measure:
    """How long at least one whose connection ends is still shown: the grace, or what is left of an entry.

    Raises:
        NotApplicable: one is removed at once.

    """
    shown = feature.presence
    if not ends_by_expiry(shown):
        if shown.grace.is_none or (shown.grace.content is not None and not shown.grace.content.amount):
            raise NotApplicable("there is no grace: see presence-immediate-removal")
        return shown.grace
    grace: Measure = shown.grace if shown.grace.content else AT_ONCE
    return Derived(
        lambda ttl, refresh, more: presence.ghost(ttl, refresh, AT_ONCE).least + more,
        shown.ttl,
        shown.refresh,
        grace,
        name="least time shown",
        formula="ttl - refresh + grace" if shown.grace.content else "ttl - refresh",
    )


def first_delay(connection: Connection, *, longest: bool) -> Derived[Duration]:
    """The mean, or the longest, delay before the first attempt of a client to return.

    Raises:
        NotApplicable: it does not reconnect, or the server tells when.

    """
    plan, retry = numbers.reconnects(connection), connection.transport.retry
    name = "longest first delay" if longest else "mean first delay"
    if plan.server_hint.content:
        raise NotApplicable("the server tells each client how long to wait")
    if numbers.waits_for_retry(connection):
        return Derived(lambda span: span * 1, retry, name=name, formula="retry")
    if plan.strategy.has("immediate"):
        return Derived(lambda _: AT_ONCE, plan.strategy, name=name, formula="at once")
    first = numbers.first_delay(plan)
    if isinstance(first.content, Spread):
        if longest:
            return Derived(lambda span: span.most, first, name=name, formula="end of the first delay")
        return Derived(
            lambda span: (span.least + span.most) * 0.5, first, name=name, formula="middle of the first delay"
        )
    if plan.jitter.is_none:
        return Derived(lambda span: span * 1, first, name=name, formula="first delay, without jitter")
    words = {
        "full": "first delay" if longest else "first delay / 2",
        "equal": "first delay" if longest else "3/4 first delay",
        "decorrelated": "3 × first delay" if longest else "2 × first delay",
    }
    formula = words.get(str(plan.jitter), "first delay + jitter" if longest else "first delay")
    if isinstance(plan.jitter.content, Spread):
        formula = "first delay + jitter" if longest else "first delay + middle of the jitter"
    return Derived(
        lambda span, jitter: span * _share(jitter, longest) + _extra(jitter, longest),
        first,
        plan.jitter,
        name=name,
        formula=formula,
    )


def _share(jitter: str | Ratio | Spread, longest: bool) -> float:
    """The mean, or the longest, delay under jitter, in shares of the delay without (models.storm)."""
    if isinstance(jitter, Ratio):
        return 1 + jitter.amount if longest else 1.0
    if isinstance(jitter, Spread):
        return 1.0
    mean, most = {"full": (0.5, 1.0), "equal": (0.75, 1.0), "decorrelated": (2.0, 3.0)}[jitter]
    return most if longest else mean


def _extra(jitter: str | Ratio | Spread, longest: bool) -> Duration:
    """What a random span adds to a delay: its middle, or its end."""
    if not isinstance(jitter, Spread):
        return AT_ONCE
    return jitter.most if longest else (jitter.least + jitter.most) * 0.5


@rule
def presence_ttl_within_miss_budget(feature: Feature) -> Outcomes:
    """An entry expires before its next refresh, or with one that fails."""
    shown = shown_people(feature)
    if shown.removal.has("disconnect-event") and not shown.ttl.content:
        raise NotApplicable("an entry ends by a disconnect event, not by its age")
    session = feature.workload.session.p95.content
    is_net = shown.removal.has("disconnect-event") and session is not None
    if is_net and session is not None and shown.ttl.content is not None and shown.ttl.content > session:
        raise NotApplicable("a disconnect removes an entry, and its ttl outlasts 95 % of sessions")
    if shown.refresh.is_none and shown.ttl.content:
        yield Violated(
            f"Nothing refreshes an entry, and it ends after {shown.ttl}: who stays longer is shown as gone.",
            shown.ttl,
            (shown.refresh,),
        )
        return
    lives: Measure = shown.ttl
    if shown.grace.content is not None and shown.grace.content > AT_ONCE:
        lives = Derived(
            lambda ttl, more: ttl + more,
            shown.ttl,
            shown.grace,
            name="life of an entry",
            formula="ttl + grace",
        )
    twice = Derived(lambda every: every * 2, shown.refresh, name="two refreshes", formula="2 × refresh")
    life = "the life of an entry"
    if measured(lives) <= measured(shown.refresh):
        yield Limit("the refresh", shown.refresh, life, lives)
    else:
        yield Limit(
            "the time of two refreshes", twice, life, lives, or_equal=True, when="one refresh has to fail"
        )


@rule
def presence_grace_shorter_than_reconnect(feature: Feature) -> Outcomes:
    """One who returns as planned has been shown as gone meanwhile."""
    shown = shown_people(feature)
    if shown.kind.has("count"):
        raise NotApplicable("a count shows nobody in particular")
    mean, stays = first_delay(feature.connection, longest=False), kept(feature)
    than = "the grace" if isinstance(stays, Field) else "the least time that one who is lost is shown"
    if measured(mean) > measured(stays):
        yield Limit(
            "the mean first delay", mean, than, stays, or_equal=True, propose=(feature.presence.grace,)
        )
    else:
        longest = first_delay(feature.connection, longest=True)
        yield Limit(
            "the longest first delay",
            longest,
            than,
            stays,
            or_equal=True,
            when="half are back",
            propose=(feature.presence.grace,),
        )


@rule
def presence_ghost_exceeds_promise(feature: Feature) -> Outcomes:
    """One who vanished is shown for longer than the design promises."""
    promise, shown = feature.targets.offline_visible_within, feature.presence
    if not promise.content:
        raise NotApplicable("no time is promised in which one who vanished is shown as away")
    if shown.is_none:
        raise NotApplicable("nobody is shown")
    if ends_by_expiry(shown):
        ghost = numbers.ghost_time(feature)
    else:
        detection = noticed_within(feature.connection)
        if measured(detection) > promise.content:
            raise NotApplicable("the detection alone is slower: see detection-slower-than-promise")
        ghost = Derived(
            lambda worst, more: worst + more,
            detection,
            AT_ONCE if shown.grace.is_none else shown.grace,
            name="ghost time",
            formula=f"{detection.formula} + grace",
        )
    yield Limit("the ghost time", ghost, PROMISE, promise, or_equal=True)


@rule
def presence_fanout_quadratic(feature: Feature) -> Outcomes:
    """Joins and leaves of a large room take what the nodes can send."""
    shown, members = shown_people(feature), feature.room
    if shown.kind.has("count"):
        raise NotApplicable("a count is one number for everybody")
    if shown.scope.has("visible", "contacts"):
        raise NotApplicable(f"only those in `{shown.scope}` are told")
    if members.content is not None and members.content.amount <= SMALL_ROOM:
        raise NotApplicable(f"a room has at most {members} members")
    events, batch = numbers.presence_events(feature), shown.batch
    if batch.content:
        events = Derived(
            lambda rate, size, span: min(rate, Rate(size.amount / span.amount if span.amount else math.inf)),
            events,
            members,
            batch,
            name=events.name,
            formula=f"the smaller of {events.formula} and members / batch",
        )
    capacity = numbers.message_capacity(feature.connection)
    half = Derived(lambda rate: rate * 0.5, capacity, name="half", formula=f"half of {capacity.formula}")
    what = "the largest room's presence"
    if measured(events) > measured(capacity):
        yield Limit(what, events, "the message capacity", capacity, or_equal=True)
    else:
        than, when = "half of the message capacity", "it takes more than half of it"
        yield Limit(what, events, than, half, or_equal=True, when=when)


@rule
def presence_store_without_expiry(feature: Feature) -> Outcomes:
    """A node that crashes sends no disconnect events, and nothing else removes its people."""
    shown, topology, transport = shown_people(feature), feature.topology, feature.transport
    if shown.ttl.content or shown.removal.has("ttl", "lease"):
        yield Passed(
            f"an entry expires after {shown.ttl}"
            if shown.ttl.content
            else f"an entry ends by its {shown.removal}"
        )
        return
    known(shown.removal)
    if transport.service.content:
        raise NotApplicable(f"{transport.service} holds the connections and the list of those present")
    if transport.library.content and transport.library.content.startswith("phoenix"):
        raise NotApplicable("Phoenix removes the people of a node that is down by itself")
    if topology.routing.has("by-room"):
        raise NotApplicable("a room lives on one node, and its entries end with it")
    if known(topology.nodes).amount <= 1 and not topology.session_state.has("shared"):
        raise NotApplicable("entries in the memory of a single node end with it")
    several = known(topology.nodes).amount > 1
    where = f"on {topology.nodes} nodes" if several else "in a store beside the node"
    if not shown.ttl.is_none:
        raise Unstated(
            shown.ttl,
            message=f"Only a disconnect event is said to remove an entry, {where}: the spec does not say "
            "what removes the people of a node that crashes.",
        )
    yield Violated(
        f"Only a disconnect event removes an entry, {where}: a node that crashes sends none, and whoever "
        "it held and does not return stays for ever.",
        shown.removal,
        (shown.ttl, topology.nodes),
    )


@rule
def presence_deploy_flap(feature: Feature) -> Outcomes:
    """A deployment shows people as leaving and joining."""
    shown, operations, connection = shown_people(feature), feature.operations, feature.connection
    if shown.kind.has("count"):
        raise NotApplicable("a count shows nobody in particular")
    numbers.reconnects(connection)
    spread, nodes = operations.close_spread, connection.topology.nodes.content
    if nodes is not None and nodes.amount <= 1:
        raise NotApplicable("there is one node, and no other takes over its clients")
    everybody = operations.rollout.has("all-at-once", "blue-green")
    clients: Measure = connection.workload.connections
    capacity: Measure = numbers.accept_capacity(connection)
    formula, whose = "connections / (nodes × accept rate)", "everybody's"
    if not everybody:
        clients = numbers.connections_per_node(connection)
        capacity = numbers.accept_capacity_of_the_others(connection)
        formula = "connections / nodes / ((nodes - 1) × accept rate)"
        whose = "a node's"
    takes = Derived(
        _takeover,
        clients,
        capacity,
        *([spread] if spread.content else []),
        name="time to take over",
        formula=f"{formula} - close spread" if spread.content else formula,
    )
    stays = kept(feature)
    if not spread.is_stated and measured(takes) > measured(stays):
        raise Undecided(spread)
    than = "the grace" if isinstance(stays, Field) else "the least time that one who is lost is shown"
    note = _storm(feature, clients, takes, stays)
    yield Limit(f"{whose} take-over time", takes, than, stays, or_equal=True, note=note)


def _takeover(clients: Count, capacity: Rate, spread: Duration | Spread = AT_ONCE) -> Duration:
    """How long the last of the clients waits: what accepting them takes beyond the time of closing them."""
    closing = spread.most if isinstance(spread, Spread) else spread
    takes = clients.amount / capacity.amount if capacity.amount else math.inf
    return Duration(max(0.0, takes - closing.amount))


def _storm(feature: Feature, clients: Measure, takes: Measure, stays: Measure) -> str:
    """How many are late where all are accepted evenly, and what their leaves and joins cost."""
    rooms, wait = feature.workload.rooms, measured(takes).amount
    share = 1 - measured(stays).amount / wait if wait and math.isfinite(wait) else 1.0
    late = measured(clients).amount * share
    said = f"About {Count(round(late))} clients come too late"
    size, each = rooms.size.typical.content, rooms.per_user.content
    if size is None:
        return f"{said}."
    told = 2 * late * (each.amount if each is not None else 1) * max(0.0, size.amount - 1)
    return f"{said}; a leave and a join of each are {Count(round(told))} deliveries."


@rule
def presence_per_connection(feature: Feature) -> Outcomes:
    """Somebody with two tabs is two people, and leaves with the first that closes."""
    shown, workload = shown_people(feature), feature.workload
    if shown.identity.has("user") or shown.merge.has(True):
        yield Passed("the connections of a user are one entry")
        return
    if feature.serves("cursors", "collaborative-editing") and not shown.cursor.is_none:
        raise NotApplicable("each tab has a cursor of its own")
    known(shown.identity)
    counts = [part for part in (workload.devices_per_user, workload.tabs_per_user) if part.content]
    several = [part for part in counts if part.content is not None and part.content.amount > 1]
    if several:
        words = {"devices_per_user": "devices", "tabs_per_user": "tabs"}
        said = " and ".join(f"{part} {words[part.key]}" for part in several)
        seen = "counted" if shown.kind.has("count") else "shown"
        yield Violated(
            f"An entry stands for a connection, and a user has {said}: one person is {seen} "
            "several times, and seems to leave with each that closes.",
            shown.identity,
            tuple(several),
        )
    elif len(counts) == 2:
        yield Passed("a user has one device and one tab")
    else:
        raise Undecided(workload.devices_per_user, workload.tabs_per_user)


@rule
def stale_session_not_fenced(feature: Feature) -> Outcomes:
    """A late leave of the dead connection removes one who is back on another node."""
    shown, connection = shown_people(feature), feature.connection
    if shown.kind.has("count"):
        raise NotApplicable("a count shows nobody in particular")
    if connection.topology.nodes.has(Count(1)) or connection.topology.routing.has("by-user"):
        raise NotApplicable("one node sees the old connection and the new one")
    if ends_by_expiry(shown):
        raise NotApplicable("an entry ends by its age, so that no leave comes late")
    if shown.takeover.content:
        yield Passed("a new connection of a client ends its old one")
    elif shown.identity.has("user") and shown.merge.content:
        yield Passed("one is present while any of one's connections is")
    elif not shown.takeover.is_stated:
        raise Undecided(shown.takeover)
    else:
        back, noticed = first_delay(connection, longest=False), numbers.detection_worst(connection)
        if measured(noticed) <= measured(back):
            yield Passed(
                f"the old node notices after {noticed} at the most, and a client is back after {back}"
            )
            return
        said = (
            f"A client is back after {back} on average, and its old node notices after up to {noticed}: its "
            "late leave removes one who is there."
        )
        yield Violated(said, shown.takeover, (connection.transport.heartbeat.interval,))
