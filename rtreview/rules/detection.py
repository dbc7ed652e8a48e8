"""Heartbeats: whether they find the dead in time, spare the living, and can be seen by both ends."""

import math
from typing import Any

from rtreview import numbers
from rtreview.derived import Derived, Measure, measured
from rtreview.language import catalogue
from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field, NotApplicable, Undecided, known
from rtreview.language.spec import Heartbeat
from rtreview.models import liveness
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

THROTTLED = 60.0
"""Seconds between two runs of a timer in a tab that has been hidden for 5 min (hidden-tab-timer-throttle)."""

SILENCE = "the silence that ends a connection"
PROMISE = "the promise of `targets.offline_visible_within`"


def is_silence(heartbeat: Heartbeat) -> bool | None:
    """Whether `timeout` is a silence, not the wait for an answer; None if unknown.

    Nobody answers a comment of SSE, so that a timeout beside it is a silence.
    """
    return True if heartbeat.layer.has("sse-comment") else numbers.is_silence_timer(heartbeat)


def unknown_of(heartbeat: Heartbeat) -> Field[Any]:
    """The field that would tell whether `timeout` is a silence: a missing number, else `confirmed`."""
    spans = (heartbeat.timeout, heartbeat.interval)
    return next((one for one in spans if one.content is None), heartbeat.confirmed)


def noticed_within(connection: Connection) -> Derived[Duration]:
    """The worst time in which the server notices that a client is gone.

    Raises:
        NotApplicable: there is no heartbeat, or its numbers are not those of the server.
        Undecided: it is not known whose they are.

    """
    heartbeat = numbers.beats(connection)
    unanswered = heartbeat.confirmed.has(False) and heartbeat.from_.has("server")
    if unanswered or heartbeat.layer.has("sse-comment"):
        raise NotApplicable("nobody answers the heartbeats of the server, so they tell it nothing")
    if heartbeat.from_.has("client") and heartbeat.confirmed.has(True):
        raise NotApplicable("the client times the answers, and nothing says when the server gives up")
    if heartbeat.from_.has("client") and not is_silence(heartbeat):
        raise Undecided(unknown_of(heartbeat))
    return numbers.detection_worst(connection)


@rule
def heartbeat_timeout_too_tight(connection: Connection) -> Outcomes:
    """A connection that is alive is taken for dead."""
    heartbeat, rtt = numbers.beats(connection), connection.workload.rtt
    interval, timeout, misses = heartbeat.interval, heartbeat.timeout, heartbeat.misses.content
    if heartbeat.layer.has("tcp"):
        raise NotApplicable("the kernel has timers of its own for the keep-alive of TCP")
    if misses is not None and misses.amount > 1:
        raise NotApplicable(f"one late answer ends nothing: it takes {misses} missed heartbeats")
    silence, wait = is_silence(heartbeat), known(timeout)
    if silence is None and (rtt.content is None or rtt.content < wait):
        raise Undecided(unknown_of(heartbeat))
    if not silence:
        trip = Derived(lambda span: span * 1, rtt, name="round trip", formula="1 % take longer")
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
        gap = Derived(
            lambda span, trip: span + trip,
            interval,
            rtt,
            name="gap between heartbeats",
            formula="interval + round trip",
        )
        yield Limit("the gap between heartbeats", gap, SILENCE, timeout)


@rule
def detection_slower_than_promise(feature: Feature) -> Outcomes:
    """The server learns of a loss later than the design promises to show it."""
    promise, shown, connection = feature.targets.offline_visible_within, feature.presence, feature.connection
    if not promise.content:
        raise NotApplicable("no time is promised in which one who vanished is shown as away")
    if shown.removal.has("ttl", "lease") or (shown.ttl.content and not shown.removal.is_stated):
        raise NotApplicable("an entry ends by its ttl: see presence-ghost-exceeds-promise")
    worst = noticed_within(connection)
    yield Limit("the worst detection time", worst, PROMISE, promise, or_equal=True)


@rule
def browser_cannot_see_ping(connection: Connection) -> Outcomes:
    """The heartbeat is one that no script in a browser can see or send."""
    transport, clients = connection.transport, connection.workload.clients
    heartbeat = numbers.beats(connection)
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
    heartbeat, path = numbers.beats(connection), connection.transport.path
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
    uncounted = hop.content.get("facts", {}).get("tcp_keepalive_counts") is False
    return hop.kind in ("proxy", "cdn") or (hop.kind == "load-balancer" and uncounted)


@rule
def hidden_tab_timer_throttle(connection: Connection) -> Outcomes:
    """A tab in the background sends its heartbeats once a minute, and the server does not wait that long."""
    heartbeat, clients = numbers.beats(connection), connection.workload.clients
    if clients.content is not None and "browser" not in clients.content:
        raise NotApplicable("no browser connects")
    if connection.transport.kind.has("sse") or heartbeat.layer.has("sse-comment", "tcp", "websocket-ping"):
        raise NotApplicable("no script in a page sends the heartbeats")
    if connection.transport.kind.has("webrtc"):
        raise NotApplicable("the timers of a page with a WebRTC connection are not throttled")
    if known(heartbeat.from_) != "client":
        raise NotApplicable("the server sends heartbeats, and an answer to a message is not throttled")
    known(clients)
    silence = is_silence(heartbeat)
    if silence is None or not heartbeat.timeout.is_stated:
        raise Undecided(heartbeat.timeout if silence is not None else unknown_of(heartbeat))
    if not silence or heartbeat.misses.content:
        raise NotApplicable("the timeout is not the silence after which the server closes")
    gap = Derived(
        lambda every: Duration(THROTTLED * max(1, math.ceil(every.amount / THROTTLED))),
        heartbeat.interval,
        name="heartbeat gap of a hidden tab",
        formula="interval, rounded up to whole minutes",
    )
    yield Limit("a hidden tab's heartbeat gap", gap, SILENCE, heartbeat.timeout)


@rule
def heartbeat_load(connection: Connection) -> Outcomes:
    """Heartbeats take a large part of what the nodes can send."""
    heartbeat = numbers.beats(connection)
    if heartbeat.layer.has("tcp"):
        raise NotApplicable("the kernel sends the keep-alive of TCP")
    if heartbeat.from_.has("client") and heartbeat.confirmed.has(False):
        raise NotApplicable("the server sends no heartbeats")
    both = heartbeat.from_.has("both")
    sent = Derived(
        lambda connections, every: liveness.beats(connections, every, 2 if both else 1),
        connection.workload.connections,
        heartbeat.interval,
        name="rate of heartbeats",
        formula="2 × connections / interval" if both else "connections / interval",
    )

    def part(share: float, words: str) -> Measure:
        capacity = numbers.message_capacity(connection)
        formula = f"{words} {capacity.formula}"
        return Derived(lambda rate: rate * share, capacity, name=capacity.name, formula=formula)

    half, tenth = part(0.5, "half of"), part(0.1, "a tenth of")
    what, more = "the rate of heartbeats", measured(sent) > measured(half)
    than = "half of the message capacity" if more else "a tenth of the message capacity"
    when = "they take more than half of it" if more else ""
    yield Limit(what, sent, than, half if more else tenth, or_equal=True, when=when)
