"""One client loses its line without a word: who knows when, when it is back, and what is seen and lost."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rtreview import models
from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.numbers import liveness, presence, replay
from rtreview.numbers.expression import Measure, assumed, measured
from rtreview.quantities.quantity import Duration, Ratio
from rtreview.simulate.reader import Reader
from rtreview.simulate.scenario import Scenario, Slider
from rtreview.simulate.series import AROUND, POINTS, Course, Curve, Figure, curve
from rtreview.simulate.storm import plan

if TYPE_CHECKING:
    from rtreview.models.blip import Absence, Blip, Lag

KNOWN = "chance that the server knows"
BACK = "chance that it is back"
OFFLINE = "chance that others see it as offline"
SEEN = "absences that others see"
COVERED = "absences that the replay covers"

AWAY = ("time away", "s")
"""What the last two depend on."""

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
    return models.blip.Blip(
        outage=away,
        client=client,
        plan=way_back,
        connect_timeout=reader.noted(feature.connection.transport.reconnect.connect_timeout).content,
        server=server,
        shown=shown,
        together=not (
            presence.ends_by_expiry(feature.presence) or feature.transport.heartbeat.from_.has("both")
        ),
        window=window,
        rare=reader.noted(outage.p99).content,
        promise=reader.noted(feature.targets.offline_visible_within).content,
    )


def _server(reader: Reader, feature: Feature) -> Lag:
    measured(liveness.noticed_within(feature.connection))
    return _heartbeat(reader, feature)


def _client(reader: Reader, feature: Feature) -> Lag:
    """When the client notices, where its heartbeats tell it."""
    heartbeat, clients = liveness.beats(feature.connection), feature.connection.workload.clients
    in_page = clients.content is not None and "browser" in clients.content
    if in_page and heartbeat.layer.has("websocket-ping") and not heartbeat.from_.has("client"):
        raise NotApplicable("a page never sees a WebSocket ping, so that it goes on as connected")
    best, worst = liveness.noticed_by_client(feature.connection)
    return _lag(reader, feature, best, worst)._replace(sweep=Duration(0))


def _heartbeat(reader: Reader, feature: Feature) -> Lag:
    """From the loss to its discovery by the server."""
    connection = feature.connection
    return _lag(reader, feature, liveness.detection_best(connection), liveness.detection_worst(connection))


def _lag(reader: Reader, feature: Feature, soonest: Measure, latest: Measure) -> Lag:
    """Evenly from best to worst, but for the sweep."""
    best: Duration = reader.measured(soonest)
    worst: Duration = reader.measured(latest)
    sweep = reader.noted(feature.connection.transport.heartbeat.sweep).content or Duration(0)
    return models.blip.Lag(best, worst - best - sweep, sweep)


def _shown(reader: Reader, feature: Feature) -> Lag:
    """When others see one as offline who does not return."""
    shown = presence.shown_people(feature)
    grace = reader.noted(shown.grace).content
    if not presence.ends_by_expiry(shown):
        if grace is None:
            raise Undecided(shown.grace)
        return _server(reader, feature).later(grace)
    ttl, refresh = reader.known(shown.ttl), reader.known(shown.refresh)
    sweep = reader.noted(feature.transport.heartbeat.sweep).content or Duration(0)
    least: Duration = reader.measured(presence.kept(feature))
    return models.blip.Lag(least, min(ttl, refresh), sweep)


def _window(reader: Reader, feature: Feature) -> Duration:
    resume = replay.needs_replay(feature)
    if not resume.is_stated:
        raise Undecided(resume)
    window: Duration = reader.measured(replay.replay_window(feature))
    return window


def _course(blip: Blip) -> Course:
    """Who knows when, when it is back, and what is seen and lost meanwhile."""
    away = models.blip.absence(blip)
    return Course(tuple(_of_an_absence(away)), tuple(_curves_of_an_absence(away)))


def _of_an_absence(away: Absence) -> Iterator[Figure]:
    blip = away.blip
    yield Figure("its line is gone for", blip.outage)
    for side, lag in (("client", blip.client), ("server", blip.server)):
        if lag is not None:
            yield Figure(f"the {side} knows after", f"{lag.least} to {lag.most}")
            yield Figure(f"the {side} knows on average after", lag.mean)
    if blip.returns:
        yield Figure("it is back on average after", away.mean_return.rounded)
        yield Figure("99 % are back after", away.back_after(0.99).rounded)
    if blip.returns and away.gives_up.amount:
        yield Figure("it gives up", _share(away.gives_up))
    if blip.shown is not None:
        yield Figure("without it others see it leave after", f"{blip.shown.least} to {blip.shown.most}")
        yield Figure("others see it leave and return", _share(away.flickers))
    if blip.window is not None:
        yield Figure("the replay reaches back", blip.window.rounded)
        yield Figure("the replay covers the gap", _share(away.covered))


def _share(ratio: Ratio) -> Ratio:
    return Ratio(round(ratio.amount, 3))


def _curves_of_an_absence(away: Absence) -> Iterator[Curve]:
    blip = away.blip
    lags = [lag for lag in (blip.client, blip.server, blip.shown) if lag is not None]
    end = AROUND * max([blip.outage.amount, *(lag.most.amount for lag in lags)]) or 1.0
    if blip.returns:
        end = max(end, min(away.back_after(0.99).amount, 4 * end))
    events = [("its line is back", blip.outage), ("promised", blip.promise)]
    times = [end * at / POINTS for at in range(POINTS + 1)]

    def over_time(name: str, chance: list[float]) -> Curve:
        return curve(name, "%", list(zip(times, chance, strict=True)), moments=events)

    if blip.server is not None:
        yield over_time(KNOWN, [blip.server.share_by(time) for time in times])
    if blip.returns:
        yield over_time(BACK, [away.back_by(time) for time in times])
    if blip.shown is not None:
        yield over_time(OFFLINE, [away.offline_at(time) for time in times])
        yield _seen(blip, blip.shown)
    if blip.window is not None:
        yield _covered(blip, blip.window)


def _lengths(blip: Blip) -> list[tuple[str, Duration | None]]:
    return [("the outage shown", blip.outage), ("99 % of outages", blip.rare)]


def _seen(blip: Blip, shown: Lag) -> Curve:
    """Which absences others see, by their length."""
    end = AROUND * max(shown.most.amount, blip.outage.amount) or 1.0
    points = [(end * at / POINTS, shown.share_by(end * at / POINTS)) for at in range(POINTS + 1)]
    return curve(SEEN, "%", points, moments=[*_lengths(blip), ("promised", blip.promise)], along=AWAY)


def _covered(blip: Blip, window: Duration) -> Curve:
    """Which absences the replay covers, by their length: those that are no longer than its window."""
    reach, lengths = window.amount, [blip.outage, *([blip.rare] if blip.rare else [])]
    end = AROUND * max([length.amount for length in lengths] + ([reach] if reach < math.inf else [])) or 1.0
    points = [(0.0, 1.0), (end, 1.0)]
    if reach < end:
        points = [(0.0, 1.0), (reach, 1.0), (reach, 0.0), (end, 0.0)]
    return curve(COVERED, "%", points, moments=_lengths(blip), along=AWAY)


SCENARIOS = (
    Scenario(
        name="blip",
        tells="a client loses its line silently, for as long as it usually does",
        subject="feature",
        curves=(KNOWN, BACK, OFFLINE, SEEN, COVERED),
        parameters=blip,
        course=_course,
        shows={
            "detection-slower-than-promise": KNOWN,
            "presence-immediate-removal": OFFLINE,
            "presence-grace-shorter-than-reconnect": OFFLINE,
            "presence-ghost-exceeds-promise": OFFLINE,
            "replay-shorter-than-disconnect": COVERED,
            "replay-shorter-than-own-backoff": COVERED,
        },
        kernel="blip",
        sliders=(
            Slider("transport.heartbeat.interval", "heartbeat interval", "s", 1, 300),
            Slider("transport.heartbeat.timeout", "heartbeat timeout", "s", 1, 300),
            Slider("presence.grace", "grace", "s", 0.1, 300),
        ),
        follows=("heartbeat-slower-than-path", "detection-slower-than-promise"),
    ),
)
