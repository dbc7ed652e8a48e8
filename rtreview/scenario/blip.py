"""One client that loses its line without a word, as a feature states it."""

from __future__ import annotations

from rtreview import numbers
from rtreview.derived import assumed, measured
from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.models import presence
from rtreview.models.blip import Blip, Lag
from rtreview.quantities.quantity import Duration
from rtreview.rules import detection, ghosts, resume
from rtreview.scenario.reader import Reader
from rtreview.scenario.storm import plan

USUAL_OUTAGE = Duration(10)
"""How long a client loses its line, where the design does not say."""


def blip(reader: Reader, feature: Feature) -> Blip:
    """One client loses its line without a word."""
    outage = feature.workload.outage
    usual = outage.typical if outage.typical.content or not outage.p99.content else outage.p99
    away: Duration = reader.known(assumed(usual, USUAL_OUTAGE))
    server = reader.part("when the server knows", lambda: _server(reader, feature))
    client = reader.part("when the client knows", lambda: _client(reader, feature))
    way_back = reader.part("the way back", lambda: plan(reader, feature.connection)) if client else None
    shown = reader.part("what others see", lambda: _shown(reader, feature))
    window = reader.part("the replay", lambda: _window(reader, feature))
    if not (server or client or shown):
        raise NotApplicable(reader.without[0].partition(": ")[2])
    return Blip(
        outage=away,
        client=client,
        plan=way_back,
        connect_timeout=reader.noted(feature.connection.transport.reconnect.connect_timeout).content,
        server=server,
        shown=shown,
        together=not (
            ghosts.ends_by_expiry(feature.presence) or feature.transport.heartbeat.from_.has("both")
        ),
        window=window,
        rare=reader.noted(outage.p99).content,
        promise=reader.noted(feature.targets.offline_visible_within).content,
    )


def _server(reader: Reader, feature: Feature) -> Lag:
    measured(detection.noticed_within(feature.connection))
    return _heartbeat(reader, feature)


def _client(reader: Reader, feature: Feature) -> Lag:
    """When the client notices, where its heartbeats tell it."""
    heartbeat, clients = numbers.beats(feature.connection), feature.connection.workload.clients
    if heartbeat.from_.has("client") and heartbeat.confirmed.has(False):
        raise NotApplicable("nobody answers the heartbeats of the client, so they tell it nothing")
    in_page = clients.content is not None and "browser" in clients.content
    if in_page and heartbeat.layer.has("websocket-ping") and not heartbeat.from_.has("client"):
        raise NotApplicable("a page never sees a WebSocket ping, so that it goes on as connected")
    lag = _heartbeat(reader, feature)
    return Lag(lag.least, lag.cycle)


def _heartbeat(reader: Reader, feature: Feature) -> Lag:
    """From the loss to its discovery: evenly from best to worst, but for the sweep."""
    best: Duration = reader.measured(numbers.detection_best(feature.connection))
    worst: Duration = reader.measured(numbers.detection_worst(feature.connection))
    sweep = reader.noted(feature.connection.transport.heartbeat.sweep).content or Duration(0)
    return Lag(best, worst - best - sweep, sweep)


def _shown(reader: Reader, feature: Feature) -> Lag:
    """When others see one as offline who does not return."""
    shown = ghosts.shown_people(feature)
    grace = Duration(0) if shown.grace.is_none else reader.noted(shown.grace).content
    if not ghosts.ends_by_expiry(shown):
        if grace is None:
            raise Undecided(shown.grace)
        return _server(reader, feature).later(grace)
    ttl, refresh = reader.known(shown.ttl), reader.known(shown.refresh)
    sweep = reader.noted(feature.transport.heartbeat.sweep).content or Duration(0)
    least = presence.ghost(ttl, refresh, sweep).least
    return Lag(least, ttl - least, sweep).later(grace or Duration(0))


def _window(reader: Reader, feature: Feature) -> Duration:
    replay = resume.needs_replay(feature)
    if not replay.is_stated:
        raise Undecided(replay)
    window: Duration = reader.measured(numbers.replay_window(feature))
    return window
