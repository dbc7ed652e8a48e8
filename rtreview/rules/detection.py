"""Heartbeats: whether they find the dead in time, spare the living, and can be seen by both ends."""

import math

from rtreview.language import catalogue
from rtreview.language.design import Connection, Feature
from rtreview.language.field import NotApplicable, Undecided, known
from rtreview.numbers.expression import SUM, Function, named, term
from rtreview.numbers.fan_out import message_capacity
from rtreview.numbers.liveness import beats, beats_sent, is_silence_timer, noticed_within, unknown_of
from rtreview.numbers.presence import PROMISE, ends_by_expiry
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

THROTTLED = 60.0
"""Seconds between two runs of a timer in a tab that has been hidden for 5 min (hidden-tab-timer-throttle)."""

SILENCE = "the silence that ends a connection"


@rule
def heartbeat_timeout_too_tight(connection: Connection) -> Outcomes:
    """A connection that is alive is taken for dead."""
    heartbeat, rtt = beats(connection), connection.workload.rtt
    interval, timeout, misses = heartbeat.interval, heartbeat.timeout, heartbeat.misses.content
    if heartbeat.layer.has("tcp"):
        raise NotApplicable("the kernel has timers of its own for the keep-alive of TCP")
    if misses is not None and misses.amount > 1:
        raise NotApplicable(f"one late answer ends nothing: it takes {misses} missed heartbeats")
    silence, wait = is_silence_timer(heartbeat), known(timeout)
    if silence is None and (rtt.content is None or rtt.content < wait):
        raise Undecided(unknown_of(heartbeat))
    if not silence:
        trip = named("round trip", term(rtt, "1 % take longer"))
        yield Limit("the round trip", trip, "the wait for an answer", timeout)
        return
    if misses is not None:
        raise NotApplicable("a missed heartbeat ends the connection, and the timeout is its tolerance")
    every = known(interval)
    if wait <= every:
        yield Limit("the heartbeat interval", interval, SILENCE, timeout)
    elif wait >= every * 2:
        yield Passed(f"a silence of {wait} holds two intervals of {every}")
    else:
        gap = named("gap between heartbeats", term(interval) + term(rtt, "round trip"))
        yield Limit("the gap between heartbeats", gap, SILENCE, timeout)


@rule
def detection_slower_than_promise(feature: Feature) -> Outcomes:
    """The server learns of a loss later than the design promises to show it."""
    promise, shown, connection = feature.targets.offline_visible_within, feature.presence, feature.connection
    if not promise.content:
        raise NotApplicable("no time is promised in which one who vanished is shown as away")
    if ends_by_expiry(shown):
        raise NotApplicable("an entry ends by its ttl: see presence-ghost-exceeds-promise")
    worst = noticed_within(connection)
    yield Limit("the worst detection time", worst, PROMISE, promise, or_equal=True)


@rule
def browser_cannot_see_ping(connection: Connection) -> Outcomes:
    """The heartbeat is one that no script in a browser can see or send."""
    transport, clients = connection.transport, connection.workload.clients
    heartbeat = beats(connection)
    if transport.kind.is_stated and not transport.kind.has("websocket"):
        raise NotApplicable(f"{transport.kind} has no WebSocket pings")
    if clients.content is not None and "browser" not in clients.content:
        raise NotApplicable("no browser connects")
    layer = known(heartbeat.layer)
    if layer != "websocket-ping":
        raise NotApplicable("the heartbeats are not WebSocket pings")
    known(clients)
    if heartbeat.from_.has("client"):
        yield Violated(
            "The client is to send WebSocket pings, and a page in a browser has no way to send one.",
            heartbeat.layer,
            (heartbeat.from_, clients),
        )
        return
    for feature in connection.features:
        if _ticks(feature, heartbeat.interval.content):
            rate = feature.workload.messages.rate
            raise NotApplicable(f"messages come at {rate}, so that a page can time their absence")
    listens = all(feature.direction.has("server-to-client") for feature in connection.features)
    yield Violated(
        f"The server's pings{f' every {heartbeat.interval}' if heartbeat.interval.content else ''} are "
        "answered by the browser and never reach the page: after a silent loss the server closes, and the "
        f"page goes on as connected until {'it is loaded again' if listens else 'TCP gives up'}.",
        heartbeat.layer,
        (clients,),
        when="the page only listens" if listens else "",
    )


def _ticks(feature: Feature, every: Duration | None) -> bool:
    """Whether one writer sends to the page at least as often as a heartbeat would come."""
    rate = feature.workload.messages.rate.content
    if rate is None or every is None or feature.direction.has("client-to-server"):
        return False
    return bool(feature.has_one_writer) and rate.amount * every.amount >= 1


@rule
def tcp_keepalive_as_heartbeat(connection: Connection) -> Outcomes:
    """The keep-alive of TCP reaches the next proxy, and no further."""
    heartbeat, path = beats(connection), connection.transport.path
    if not heartbeat.is_stated:
        raise Undecided(heartbeat.layer)
    if known(heartbeat.layer) != "tcp":
        raise NotApplicable("the heartbeats are not the keep-alive of TCP")
    proxies = [hop for hop in path if _ends_tcp(hop.name.content)]
    if proxies:
        hops = f"{proxies[0].name} answers the probes itself"
        every = f" every {heartbeat.interval}" if heartbeat.interval.content else ""
        yield Violated(
            f"The heartbeat{every} is the keep-alive of TCP, and {hops}: nobody asks the other end.",
            heartbeat.layer,
            (proxies[0].name,),
        )
    elif not path.is_stated or path.items:
        raise Undecided(path)
    else:
        yield Passed(f"nothing lies on the path, and the kernel asks every {known(heartbeat.interval)}")


def _ends_tcp(name: str | None) -> bool:
    """Whether a hop is known to end TCP, so that its own kernel answers probes. A NAT passes them on."""
    hop = catalogue.find(name) if name else None
    if hop is None:
        return False
    uncounted = hop.facts.get("tcp_keepalive_counts") is False
    return hop.kind in ("proxy", "cdn") or (hop.kind == "load-balancer" and uncounted)


_in_whole_minutes = Function(
    "whole minutes",
    "{}, rounded up to whole minutes",
    lambda every: Duration(THROTTLED * max(1, math.ceil(every.amount / THROTTLED))),
    (1,),
    inner=(SUM,),
)


@rule
def hidden_tab_timer_throttle(connection: Connection) -> Outcomes:
    """A tab in the background sends its heartbeats once a minute, and the server does not wait that long."""
    heartbeat, clients = beats(connection), connection.workload.clients
    if clients.content is not None and "browser" not in clients.content:
        raise NotApplicable("no browser connects")
    if connection.transport.kind.has("sse") or heartbeat.layer.has("sse-comment", "tcp", "websocket-ping"):
        raise NotApplicable("no script in a page sends the heartbeats")
    if connection.transport.kind.has("webrtc"):
        raise NotApplicable("the timers of a page with a WebRTC connection are not throttled")
    if known(heartbeat.from_) != "client":
        raise NotApplicable("the server sends heartbeats, and an answer to a message is not throttled")
    known(clients)
    silence = is_silence_timer(heartbeat)
    if silence is None or not heartbeat.timeout.is_stated:
        raise Undecided(heartbeat.timeout if silence is not None else unknown_of(heartbeat))
    if not silence or heartbeat.misses.content:
        raise NotApplicable("the timeout is not the silence after which the server closes")
    gap = named("heartbeat gap of a hidden tab", _in_whole_minutes(heartbeat.interval))
    yield Limit("a hidden tab's heartbeat gap", gap, SILENCE, heartbeat.timeout)


@rule
def heartbeat_load(connection: Connection) -> Outcomes:
    """Heartbeats take a large part of what the nodes can send."""
    heartbeat = beats(connection)
    if heartbeat.layer.has("tcp"):
        raise NotApplicable("the kernel sends the keep-alive of TCP")
    if heartbeat.from_.has("client") and heartbeat.confirmed.has(False):
        raise NotApplicable("the server sends no heartbeats")
    sent = named("rate of heartbeats", beats_sent(connection, both=heartbeat.from_.has("both")))
    capacity = message_capacity(connection)
    half, tenth = named("half of the capacity", capacity / 2), named("a tenth of the capacity", capacity / 10)
    if sent > half:
        more, than = "they take more than half of it", "half of the message capacity"
        yield Limit("the rate of heartbeats", sent, than, half, or_equal=True, when=more)
    else:
        yield Limit("the rate of heartbeats", sent, "a tenth of the message capacity", tenth, or_equal=True)
