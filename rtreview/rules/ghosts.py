"""Presence over time: who is shown for too long, who vanishes too early, and what telling it costs."""

import math
from typing import Any

from rtreview.language import catalogue
from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known
from rtreview.language.sections.presence import Presence
from rtreview.numbers.expression import Expression, Measure, Term, end, measured, named, smaller, term
from rtreview.numbers.fan_out import message_capacity
from rtreview.numbers.liveness import (
    NO_SCRIPT,
    detection_worst,
    in_whole_minutes,
    leaves_the_dead,
    noticed_within,
)
from rtreview.numbers.presence import (
    AT_ONCE,
    LONG_GONE,
    PROMISE,
    ends_by,
    ends_by_expiry,
    ghost_time,
    kept,
    presence_events,
    shown_people,
)
from rtreview.numbers.reconnection import (
    closed_together,
    longest_first_delay,
    mean_first_delay,
    reconnects,
)
from rtreview.quantities.quantity import Count, Duration, Ratio, Spread
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

RUSH = Duration(10)
"""Up to this, the news of a crowd that drops and returns is a peak (presence-fanout-quadratic)."""

SMALL_ROOM = 50
"""Up to this many members, telling everybody of everybody stays small (presence-fanout-quadratic)."""

SEEN = ("chat", "presence", "collaborative-editing", "cursors", "media")
"""Purposes in which somebody turns to who is shown as being there (presence-ghost-exceeds-promise)."""

LAST_RESORT = Duration(3600)
"""For longer than that nobody waits until the people of a crash are gone (presence-store-without-expiry)."""

LARGE_ROOM = 1000
"""From so many members on a peak of presence is a load, whatever sends it (presence-fanout-quadratic)."""

CROWDS = ("chat", "presence", "feed", "dashboard", "notifications")
"""Purposes whose rooms are not bounded by what a few people do together (presence-fanout-quadratic)."""


@rule
def presence_ttl_within_miss_budget(feature: Feature) -> Outcomes:
    """An entry expires before its next refresh, or with one that fails."""
    shown = shown_people(feature)
    if ends_by(shown, "disconnect") and not ends_by(shown, "expiry") and not shown.ttl.content:
        raise NotApplicable("an entry ends by a disconnect event, not by its age")
    session = feature.workload.session.p95.content
    is_net = ends_by(shown, "disconnect") and session is not None
    if is_net and session is not None and shown.ttl.content is not None and shown.ttl.content > session:
        raise NotApplicable("a disconnect removes an entry, and its ttl outlasts 95 % of sessions")
    if shown.refresh.is_none and shown.counts.has("visits"):
        raise NotApplicable("each visit counts for a time, and no entry is to be kept alive")
    if shown.refresh.is_none and shown.ttl.content:
        yield Violated(
            f"Nothing refreshes an entry, and it ends after {shown.ttl}: who stays longer is shown as gone.",
            shown.ttl,
            (shown.refresh,),
        )
        return
    if not shown.refresh.is_stated and _is_refreshed_by_messages(feature):
        silence = feature.workload.messages.silence
        yield Limit(
            "the longest silence of a client that is there", silence, "the life of an entry", shown.ttl
        )
        return
    lives: Measure = shown.ttl
    if shown.grace.content is not None and shown.grace.content > AT_ONCE:
        lives = named("life of an entry", term(shown.ttl) + shown.grace)
    life, outlives = "the life of an entry", measured(lives) > measured(shown.refresh)
    case = "one refresh has to fail" if outlives else ""
    repeat = feature.sync.delivery.repeat
    if outlives and repeat.on.has("timeout") and repeat.after.content:
        again = named("refresh and repeat", term(shown.refresh) + repeat.after)
        what = "the time until a lost refresh is sent again"
        yield Limit(what, again, life, lives, or_equal=True, when=case)
    else:
        twice = named("two refreshes", 2 * term(shown.refresh))
        yield Limit("the time of two refreshes", twice, life, lives, or_equal=True, when=case)
    if outlives and _is_refreshed_by_a_page(feature):
        gap = named("refreshes of a hidden page", in_whole_minutes(shown.refresh))
        slow = "A browser runs the timers of a page once a minute that has been hidden for 5 min."
        what, hidden = "the time between two refreshes of a hidden page", "a page is hidden"
        yield Limit(what, gap, life, lives, note=slow, when=hidden)


def _is_refreshed_by_a_page(feature: Feature) -> bool:
    """Whether a timer in a page keeps an entry alive, which its browser slows down where it is hidden."""
    transport, shown, beats = feature.transport, feature.presence, feature.transport.heartbeat
    if not feature.workload.clients.content or feature.connection.has_no_page:
        return False
    # Who hides a cursor or a player by looking elsewhere is gone from there.
    if ends_by(shown, "hidden") or feature.serves("cursors", "game"):
        return False
    if transport.kind.has("webrtc") or feature.connection.calls_in_its_page:
        return False
    every, refresh = transport.poll.every.content, shown.refresh.content
    if transport.kind.has("polling") and every is not None and refresh is not None and every <= refresh:
        return True
    is_timed = beats.from_.has("client") and not beats.scheduled_on.has("reply", "worker")
    return is_timed and not beats.layer.has(*NO_SCRIPT) and beats.interval.content == shown.refresh.content


def _is_refreshed_by_messages(feature: Feature) -> bool:
    """Whether nothing but its messages says that a client is there, and how long it may send none."""
    transport, silence = feature.transport, feature.workload.messages.silence
    without = transport.heartbeat.is_none or (transport.kind.has("udp") and not transport.heartbeat.is_stated)
    return without and bool(silence.content) and bool(feature.presence.ttl.content)


@rule
def presence_grace_shorter_than_reconnect(feature: Feature) -> Outcomes:
    """One who returns as planned has been shown as gone meanwhile."""
    shown = shown_people(feature)
    if shown.kind.has("count"):
        raise NotApplicable("a count shows nobody in particular")
    mean, stays = mean_first_delay(feature.connection), kept(feature)
    than = "the grace" if isinstance(stays, Term) else "the least time that one who is lost is shown"
    if mean > stays:
        yield Limit(
            "the mean first delay", mean, than, stays, or_equal=True, propose=(feature.presence.grace,)
        )
    else:
        longest = longest_first_delay(feature.connection)
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
    if not promise.is_stated and (ghost_of := _shown_for_long(feature)) is not None:
        yield ghost_of
        return
    if not promise.content:
        raise NotApplicable("no time is promised in which one who vanished is shown as away")
    if shown.is_none:
        raise NotApplicable("nobody is shown")
    if shown.grace.content is not None and shown.grace.content > promise.content:
        yield Limit("the grace", shown.grace, PROMISE, promise, or_equal=True)
        return
    if shown.batch.content is not None and shown.batch.content > promise.content:
        yield Limit("the time for which changes are collected", shown.batch, PROMISE, promise, or_equal=True)
        return
    if ends_by_expiry(shown):
        ghost = ghost_time(feature)
    else:
        if feature.transport.heartbeat.is_there and leaves_the_dead(feature.connection):
            yield Violated(
                f"One who vanished is to be shown as away within {promise}, and no heartbeat tells the "
                "server who did.",
                feature.transport.heartbeat,
                (promise,),
                "TCP finds it in the end",
            )
            return
        detection = _noticed(feature)
        if detection > promise.content:
            raise NotApplicable("the detection alone is slower: see detection-slower-than-promise")
        ghost = named("ghost time", detection + shown.grace)
    if shown.batch.content and shown.batch.content > AT_ONCE:
        ghost = named("ghost time", ghost + shown.batch)
    yield Limit("the ghost time", ghost, PROMISE, promise, or_equal=True)


def _noticed(feature: Feature) -> Expression[Duration]:
    """The worst time in which the server notices that a client is gone, as `noticed_within`.

    Raises:
        Unstated: the client times its heartbeats, and the spec does not say what the server does.

    """
    heartbeat, promise = feature.transport.heartbeat, feature.targets.offline_visible_within
    try:
        return noticed_within(feature.connection)
    except NotApplicable:
        if not heartbeat.from_.has("client") or heartbeat.silence_timeout.is_stated:
            raise
        message = (
            f"One who vanished is to be shown as away within {promise}, and the client alone is said to time "
            f"heartbeats; the spec does not say `{heartbeat.silence_timeout.dotted}` of the server."
        )
        raise Unstated(heartbeat.silence_timeout, message=message) from None


def _shown_for_long(feature: Feature) -> Violated | None:
    """One who vanished is shown for longer than anybody expects; None where that is not stated."""
    shown = feature.presence
    if not feature.serves(*SEEN) or shown.kind.has("count") or shown.audience.has("user"):
        return None
    spans = [shown.grace, shown.batch, *([shown.ttl] if ends_by_expiry(shown) else [])]
    longest = next((span for span in spans if span.content is not None and span.content > LONG_GONE), None)
    if longest is None:
        return None
    promise = feature.targets.offline_visible_within
    return Violated(
        f"One who vanished is shown as being there for {longest} or more: others write to nobody, and wait. "
        f"Cleared where `{promise.dotted}` allows it.",
        longest,
        when="nothing is promised",
    )


@rule
def presence_fanout_quadratic(feature: Feature) -> Outcomes:
    """Joins and leaves of a large room take what the nodes can send."""
    shown, members = shown_people(feature), feature.room
    counted = feature.workload.users.content or feature.workload.connections.content
    if shown.audience.has("everyone") and (counted or not members.content):
        yield from _told_to_everyone(feature)
        return
    if shown.kind.has("count"):
        yield from _number_to_all(feature)
        return
    if shown.audience.has("user", "visible") or (
        shown.audience.has("contacts") and not _know_nearly_all(feature)
    ):
        raise NotApplicable(f"those who are told: {shown.audience}")
    if members.content is not None and members.content.amount <= SMALL_ROOM:
        raise NotApplicable(f"a room has at most {members} members")
    if (heavy := _whole_list_each_time(feature) or _told_one_by_one(feature)) is not None:
        yield heavy
    events, capacity = presence_events(feature), message_capacity(feature.connection)
    if shown.batch.content and shown.batch.content > AT_ONCE:
        collected = term(members, "members") / term(shown.batch)
        events = named("deliveries of presence", smaller(events, collected))
    what = "the largest room's presence"
    if events > capacity:
        yield Limit(what, events, "the message capacity", capacity, or_equal=True)
    else:
        half, than = named("half", capacity / 2), "half of the message capacity"
        yield Limit(what, events, than, half, or_equal=True, when="it takes more than half of it")


def _whole_list_each_time(feature: Feature) -> Violated | None:
    """The list of all that are present, sent to all of them with each change; None where it is not said."""
    shown, members = feature.presence, feature.room
    is_large = members.content is not None or shown.audience.has("everyone") or feature.serves(*CROWDS)
    collected = shown.batch.content is not None and shown.batch.content > AT_ONCE
    if not shown.updates.has("full") or collected or not is_large:
        return None
    size, everyone = members.content, shown.audience.has("everyone")
    each = f": {Count(size.amount * size.amount)} entries for one change with {size} members" if size else ""
    return Violated(
        "Each join and leave sends the whole list to all who are in it"
        f"{each}. Those of a crowd that drops and returns grow with the cube of its size.",
        shown.updates,
        (members,) if size else (shown.audience,) if shown.audience.content else (),
        when="each change sends the whole list"
        if size or everyone
        else "the length of the list is not stated",
    )


def _number_to_all(feature: Feature) -> Outcomes:
    """A number of those present, sent again to all of them whenever one comes or goes."""
    shown, members = feature.presence, feature.room
    everyone = shown.audience.has("everyone")
    collected = shown.batch.content is not None and shown.batch.content > AT_ONCE
    if collected or feature.connection.is_polling or not (everyone or members.content):
        raise NotApplicable("a count is one number for everybody")
    audience = feature.connection.counted if everyone else members
    if audience.content is not None and audience.content.amount <= SMALL_ROOM:
        raise NotApplicable(f"{audience} are told of it")
    if not shown.batch.is_stated:
        raise Undecided(shown.batch)
    size = f" {audience}" if audience.content is not None else ""
    yield Violated(
        f"Each who comes or goes makes the servers send the number again to all{size}: twice as many are "
        "four times the messages, and nobody reads more than one number a second.",
        shown.batch,
        (audience,) if size else (shown.audience,),
        when="it is a number alone",
    )


def _told_one_by_one(feature: Feature) -> Violated | None:
    """Each join and leave, told to a thousand members or more, where nobody counts what nodes can send."""
    shown, members, node = feature.presence, feature.room, feature.topology.node
    collected = shown.batch.content is not None and shown.batch.content > AT_ONCE
    if collected or node.message_rate.is_stated or not shown.audience.has("room"):
        return None
    if members.content is None or members.content.amount < LARGE_ROOM:
        return None
    return Violated(
        f"Each join and leave is told to all {members} members one by one: a crowd that drops and returns is "
        f"the square of that. Cleared where `{node.message_rate.dotted}` is stated and large enough, or "
        "changes are collected.",
        shown.audience,
        (members,),
        when="the message capacity is not stated",
    )


def _know_nearly_all(feature: Feature) -> bool:
    """Whether the contacts of one user are stated to be half of all users, or more."""
    members, users = feature.room.content, feature.workload.users.content
    return members is not None and users is not None and 2 * members.amount >= users.amount


def _told_to_everyone(feature: Feature) -> Outcomes:
    """Everybody is told of everybody: what a crowd costs that drops and returns."""
    shown, workload, node = feature.presence, feature.workload, feature.topology.node
    everybody = workload.users if workload.users.content else workload.connections
    if shown.kind.has("count"):
        yield from _number_to_all(feature)
        return
    if everybody.content is not None and everybody.content.amount <= SMALL_ROOM:
        raise NotApplicable(f"{everybody} are connected")
    if (whole := _whole_list_each_time(feature)) is not None:
        yield whole
    known(everybody)
    if shown.batch.content and shown.batch.content > AT_ONCE:
        collected = named("deliveries of presence", term(everybody) / term(shown.batch))
        half = named("half", message_capacity(feature.connection) / 2)
        yield Limit("everybody's presence", collected, "half of the message capacity", half, or_equal=True)
        return
    share, pairs = workload.outage.share, term(everybody) * (term(everybody) - 1)
    if not node.message_rate.is_stated:
        some = share if share.content else Ratio(0.1)
        told = Count(round(2 * measured(named("pairs", pairs * some)).amount))
        message = (
            f"Everybody is told of everybody: when {some} of {everybody} drop and return, that is {told} "
        )
        raise Unstated(
            node.message_rate, message=f"{message}deliveries. How many can a node send in a second?"
        )
    all_at_once = named("time to tell all", 2 * pairs / message_capacity(feature.connection))
    if all_at_once < RUSH:
        yield Passed(f"the nodes tell everybody within {all_at_once}, even when all drop and return")
        return
    if not share.is_stated:
        message = f"Everybody is told of everybody: when all of {everybody} drop and return, telling that"
        raise Unstated(share, message=f"{message} takes {all_at_once}. How many drop together?")
    takes = named("time to tell all", term(share, "share that drops") * all_at_once)
    what = "the time to tell everybody of a crowd that drops and returns"
    yield Limit(what, takes, "the time of a peak", RUSH, at=shown.audience)


@rule
def start_empties_rooms(feature: Feature) -> Outcomes:
    """A process that starts takes out all who are listed, also those whom it never held."""
    shown, nodes, again = feature.presence, feature.topology.nodes, feature.sync.join.again
    if not ends_by(shown, "start"):
        raise NotApplicable("no start of a process is said to end an entry")
    if feature.topology.state.presence.has("node"):
        yield Passed("a process that starts takes out no more than it had in its own memory")
    elif nodes.content is not None and nodes.content > Count(1):
        yield Violated(
            "Each process that starts takes out everybody, also those whom other nodes hold: they are shown "
            f"as gone while they are there, with each of {nodes} nodes that a deployment starts.",
            shown.ends,
            (nodes,),
        )
    elif again.content and not feature.serves("game") and not nodes.is_stated:
        message = (
            f"A process that starts takes out all who are listed; the spec does not say `{nodes.dotted}`."
        )
        raise Unstated(nodes, message=message)
    else:
        yield Violated(
            "A deployment or a crash takes out everybody: what goes on in a room ends or moves on without "
            "them before the first of them is back.",
            shown.ends,
            when="clients join again by themselves" if again.content and not feature.serves("game") else "",
        )


@rule
def presence_store_without_expiry(feature: Feature) -> Outcomes:
    """A node that crashes sends no disconnect events, and nothing else removes its people."""
    shown, topology, transport = shown_people(feature), feature.topology, feature.transport
    lasts = shown.ttl.content is not None and shown.ttl.content > LAST_RESORT and ends_by(shown, "disconnect")
    if (shown.ttl.content or ends_by(shown, "expiry")) and not lasts:
        yield _expires(shown)
        return
    if shown.ends.is_none:
        yield Violated("Nothing ends an entry: whoever was there once stays in the list.", shown.ends)
        return
    if ends_by(shown, "job", "start") or (ends_by(shown, "node-down") and ends_by(shown, "disconnect")):
        yield Passed(f"what removes the people of a node that crashes: {shown.ends}")
        return
    if not shown.ttl.is_none:
        known(shown.ends)
    if transport.service.content:
        raise NotApplicable(f"{transport.service} holds the connections and the list of those present")
    library = catalogue.find(transport.library)
    if library and library.has("removes-lost-people"):
        raise NotApplicable(f"{library.name} removes the people of a node that is down by itself")
    if ends_by(shown, "leave", "node-down") and not ends_by(shown, "disconnect"):
        yield _by_its_own_word(shown)
        return
    if topology.routing.has("by-room"):
        raise NotApplicable("a room lives on one node, and its entries end with it")
    if topology.state.presence.has("node"):
        if _has_copies(feature):
            raise Undecided(shown.ttl if shown.ends.is_stated else shown.ends)
        raise NotApplicable("entries in the memory of a node end with it")
    beside = topology.state.session.has("shared") or topology.state.presence.has("disk", "shared")
    if known(topology.nodes).amount <= 1 and not beside:
        raise NotApplicable("entries in the memory of a single node end with it")
    catalogue.known(transport.library)
    yield _left_by_a_crash(feature)


def _has_copies(feature: Feature) -> bool:
    """Whether other nodes hold what a node told of its people, so that a newcomer there gets them too."""
    topology, nodes = feature.topology, feature.topology.nodes.content
    several = nodes is not None and nodes.amount > 1
    return bool(several and topology.backplane.is_there and feature.sync.join.presence_snapshot.content)


def _left_by_a_crash(feature: Feature) -> Violated:
    """Entries of a node that crashes, which nothing is said to end."""
    shown, nodes = feature.presence, feature.topology.nodes
    several = known(nodes).amount > 1
    where = f"on {nodes} nodes" if several else "in a store beside the node"
    if not shown.ends.is_stated:
        return Violated(
            f"Entries do not expire, and nothing else is said to end those of a node that crashes, {where}. "
            f"Cleared where `{shown.ends.dotted}` has what does.",
            shown.ttl,
            when="what ends an entry is open",
        )
    if shown.ttl.content:
        return Violated(
            f"A disconnect event removes an entry, {where}: a node that crashes sends none, and whoever it "
            f"held and does not return stays for up to {shown.ttl}.",
            shown.ttl,
            (shown.ends, nodes),
            when="it expires in the end",
        )
    if not shown.ttl.is_none:
        raise Unstated(
            shown.ttl,
            message=f"Only a disconnect event is said to remove an entry, {where}: the spec does not say "
            "what removes the people of a node that crashes.",
        )
    return Violated(
        f"Only a disconnect event removes an entry, {where}: a node that crashes sends none, and whoever "
        "it held and does not return stays forever.",
        shown.ends,
        (shown.ttl, nodes),
    )


def _by_its_own_word(shown: Presence) -> Violated:
    """An entry that outlasts the connection of one who vanishes."""
    by_node, alone = ends_by(shown, "node-down"), "Only the client itself"
    who = f"{alone}, or the end of its node," if ends_by(shown, "leave") else "Only the end of its node"
    return Violated(
        f"{who if by_node else alone} ends its entry ({shown.ends}): one that vanishes stays in the list"
        f"{' until then' if by_node else ''}.",
        shown.ends,
        (shown.ttl,) if shown.ttl.is_stated else (),
        when="the end of its node removes it" if by_node else "",
    )


def _expires(shown: Presence) -> Violated | Passed:
    """An entry that ends by its age: unless it has none, or nobody looks."""
    if shown.ttl.is_none:
        return Violated(
            "An entry is to expire, and no time is set after which it does.", shown.ttl, (shown.ends,)
        )
    if shown.sweep.is_none and not shown.ends.is_stated:
        raise Undecided(shown.ends)
    if shown.sweep.is_none:
        message = "An entry expires, and nothing looks for those that have: they stay in the list."
        return Violated(message, shown.sweep, (shown.ends,))
    return Passed(
        f"an entry expires after {shown.ttl}" if shown.ttl.content else "an entry ends by its expiry"
    )


@rule
def presence_deploy_flap(feature: Feature) -> Outcomes:
    """A deployment shows people as leaving and joining."""
    shown, operations, connection = shown_people(feature), feature.operations, feature.connection
    if shown.kind.has("count"):
        raise NotApplicable("a count shows nobody in particular")
    reconnects(connection)
    spread, nodes = operations.close_spread, connection.topology.nodes.content
    if nodes is not None and nodes.amount <= 1:
        raise NotApplicable("there is one node, and no other takes over its clients")
    clients, capacity = closed_together(connection)
    whose = "everybody's" if operations.rollout.has("all-at-once", "blue-green") else "a node's"
    takes: Expression[Any] = clients / capacity
    if spread.content:
        takes = takes - (end(spread) if isinstance(spread.content, Spread) else term(spread))
    takes = named("time to take over", takes)
    stays = kept(feature)
    if not spread.is_stated and takes > stays:
        raise Undecided(spread)
    than = "the grace" if isinstance(stays, Term) else "the least time that one who is lost is shown"
    note = _storm(feature, clients, takes, stays)
    yield Limit(f"{whose} take-over time", takes, than, stays, or_equal=True, note=note)


def _storm(feature: Feature, clients: Measure, takes: Measure, stays: Measure) -> str:
    """How many are late where all are accepted evenly, and what their leaves and joins cost."""
    rooms, wait = feature.workload.rooms, measured(takes).amount
    share = 1 - measured(stays).amount / wait if wait and math.isfinite(wait) else 1.0
    late = measured(clients).amount * share
    sentence = f"About {Count(round(late))} clients come too late"
    size, each = rooms.size.typical.content, rooms.per_user.content
    if size is None:
        return f"{sentence}."
    deliveries = 2 * late * (each.amount if each is not None else 1) * max(0.0, size.amount - 1)
    return f"{sentence}; a leave and a join of each are {Count(round(deliveries))} deliveries."


@rule
def presence_per_connection(feature: Feature) -> Outcomes:
    """Somebody with two tabs is two people, and leaves with the first that closes."""
    shown, workload = shown_people(feature), feature.workload
    if shown.counts.has("other-connections"):
        yield Violated(
            "The number is of connections that are open for something else: who is there without one is not "
            "counted, and who has one without being there is.",
            shown.counts,
        )
        return
    if shown.counts.has("people", "visits"):
        yield Passed(f"the number is of {shown.counts}")
        return
    if shown.devices.has("any", "most-active", "last-report") and not shown.counts.has("connections"):
        yield Passed("the connections of a user are one entry")
        return
    is_number = shown.kind.has("count") or shown.counts.has("connections")
    if feature.serves("cursors", "collaborative-editing") and not (shown.cursor.is_none or is_number):
        raise NotApplicable("each tab has a cursor of its own")
    per_connection = shown.counts if shown.counts.is_stated else shown.devices
    if not per_connection.is_none:
        known(per_connection)
    counts = [part for part in (workload.devices_per_user, workload.tabs_per_user) if part.content]
    if several := workload.several_of_user:
        words = {"devices_per_user": "devices", "tabs_per_user": "tabs"}
        amounts = " and ".join(f"{part} {words[part.key]}" for part in several)
        seen = "counted" if shown.kind.has("count") else "shown"
        yield Violated(
            f"An entry stands for a connection, and a user has {amounts}: one person is {seen} "
            "several times, and seems to leave with each that closes.",
            per_connection,
            several,
        )
    elif len(counts) == 2:
        yield Passed("a user has one device and one tab")
    elif (each := _each_tab_is_one(feature)) is not None:
        yield each
    else:
        raise Undecided(workload.devices_per_user, workload.tabs_per_user)


def _each_tab_is_one(feature: Feature) -> Violated | None:
    """A number or list of connections, where nobody counts tabs; None where a user may well have one."""
    shown, clients = feature.presence, feature.workload.clients
    in_list = (shown.devices.has("separate") or shown.devices.is_none) and feature.serves("chat", "presence")
    what = "Each device and each tab is an entry"
    at: Field[Any] = shown.devices
    if shown.counts.has("connections") and feature.workload.may_have("browser"):
        what, at = "The number is of connections, and each tab is one", shown.counts
    elif not (in_list and feature.workload.has_any("browser")):
        return None
    return Violated(
        f"{what}: whoever has two is counted twice.",
        at,
        (clients,) if clients.is_stated else (),
        when="devices and tabs are not counted",
    )


@rule
def presence_last_report_wins(feature: Feature) -> Outcomes:
    """Each device overwrites what the others report."""
    shown, workload = shown_people(feature), feature.workload
    devices = shown.devices
    if shown.kind.has("count"):
        raise NotApplicable("a count shows nobody in particular")
    counts = (workload.devices_per_user, workload.tabs_per_user)
    if all(part.content is not None and part.content.amount <= 1 for part in counts):
        raise NotApplicable("a user has one device and one tab")
    if shown.audience.has("user"):
        raise NotApplicable("people see their own devices alone")
    ends_with_one = ends_by(shown, "disconnect") and not shown.held_by.has("user")
    if reason := _turns_nothing(shown):
        if devices.has("last-report") and ends_with_one:
            yield _gone_with_one(shown)
            return
        raise NotApplicable(reason)
    if known(devices) != "last-report":
        yield Passed(f"several devices of a user: {devices}")
        return
    changes = shown.changes
    often = f", {changes} at present" if changes.content else ""
    gone = " Who closes one of them is shown as gone while another is there." if ends_with_one else ""
    yield Violated(
        f"One entry stands for all devices of a user, and each report overwrites it: an idle device and an "
        f"active one turn it back and forth{often}, and everybody is told each time.{gone}",
        devices,
        tuple(part for part in (changes, shown.ends if ends_with_one else None) if part and part.content),
    )


def _gone_with_one(shown: Presence) -> Violated:
    """The connection of one device ends the entry that stands for all of them."""
    again = f", for up to {shown.refresh}" if shown.refresh.content else ""
    return Violated(
        "One entry stands for all devices of a user, and ends with the connection of any: who closes one is "
        f"shown as gone until another reports{again}. Cleared where `{shown.held_by.dotted}` is user.",
        shown.devices,
        (shown.ends,),
        when="no state turns with a report",
    )


def _turns_nothing(shown: Presence) -> str:
    """Why a report that overwrites an entry changes no state of it; nothing where it may."""
    if shown.away.is_none:
        return "nobody is shown as away, so that no report changes that"
    if shown.away.has("derived"):
        return "one is away by the age of the last sign of life, which each report renews"
    is_open = shown.away.is_stated or shown.changes.is_stated
    if not is_open and ends_by_expiry(shown) and not ends_by(shown, "leave"):
        return "an entry is there until nobody refreshes it, and each report renews it"
    return ""


@rule
def stale_session_not_fenced(feature: Feature) -> Outcomes:
    """A late leave of the dead connection removes one who is back on another node."""
    shown, connection = shown_people(feature), feature.connection
    if shown.kind.has("count"):
        raise NotApplicable("a count shows nobody in particular")
    duplicate, is_own = connection.transport.on_duplicate, shown.held_by.has("connection")
    if duplicate.has("refuse"):
        raise NotApplicable("a second connection is refused while the first counts as open")
    if ends_by_expiry(shown):
        raise NotApplicable("an entry ends by its age, so that no leave comes late")
    if shown.takeover.content:
        yield Passed("a new connection of a client ends its old one")
    elif shown.devices.has("any", "most-active") or shown.held_by.has("user"):
        if _removed_by_timer(shown):
            raise Undecided(shown.takeover)
        yield Passed("one is present while any of one's connections is")
    elif is_own and duplicate.has("replace", "shadows"):
        yield Passed(f"a second connection takes the place of the first: {duplicate}")
    elif not (shown.takeover.is_stated or (is_own and duplicate.is_stated)):
        raise Undecided(shown.takeover)
    elif leaves_the_dead(connection):
        back_first = (
            "A client is back long before TCP gives up on its old connection, and no heartbeat finds it"
        )
        yield _unfenced(feature, back_first, connection.transport.heartbeat)
    else:
        noticed = detection_worst(connection)
        by_hand = connection.transport.reconnect.is_none
        back: Measure = AT_ONCE if by_hand else mean_first_delay(connection)
        if noticed <= back:
            yield Passed(
                f"the old node notices after {noticed} at the most, and a client is back after {back}"
            )
            return
        returns = "A user comes back by hand" if by_hand else f"A client is back after {back} on average"
        message = (
            f"{returns}, and the node with its old connection, which may be the same, notices after up to "
            f"{noticed}"
        )
        yield _unfenced(feature, message, connection.transport.heartbeat.interval)


def _removed_by_timer(shown: Presence) -> bool:
    """Whether a lost connection starts a timer, of which nothing says what it does about one who is back.

    To whom an entry belongs is no word on what the timer looks at when it ends.
    """
    runs = shown.grace.content is not None and shown.grace.content > AT_ONCE
    return runs and ends_by(shown, "disconnect") and not shown.takeover.is_stated


def _unfenced(feature: Feature, back: str, beside: Part) -> Violated:
    """A client that is back before its old connection counts as ended."""
    takeover = feature.presence.takeover
    if not feature.presence.held_by.has("connection"):
        return Violated(f"{back}: its late leave removes one who is there.", takeover, (beside,))
    return Violated(
        f"{back}: until then whoever returns is there twice, beside a ghost of their own.",
        takeover if takeover.is_stated else feature.transport.on_duplicate,
        (beside,),
        when="each connection is an entry",
    )
