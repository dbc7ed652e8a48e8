"""Clients that do the same in the same moment, without any outage: after a signal, or by their clocks."""

from typing import Any

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided
from rtreview.quantities.quantity import Count, Spread
from rtreview.rulebook.outcome import Limit, Outcomes, Passed
from rtreview.rulebook.rulebook import rule

A_CROWD = Count(100)
"""Up to this many requests in one moment are what any server answers within a second."""


@rule
def clients_in_step(feature: Feature) -> Outcomes:
    """All clients ask or report in the same moment, again and again."""
    sync, phase, audience = feature.sync, feature.workload.messages.phase, feature.fan_out.audience
    signals = sync.updates.has("signal") or sync.strategy.has("signal")
    if not signals and not phase.is_stated:
        raise NotApplicable("no client is said to ask at a signal, or at an interval")
    if phase.has("start", "clock"):
        at: Field[Any] = phase
        what = (
            "each counts from its start" if phase.has("start") else "each acts at the same time of its clock"
        )
    elif not signals:
        yield Passed("each counts from a moment of its own")
        return
    elif isinstance(sync.fetch_delay.content, Spread):
        yield Passed(f"a client fetches after {sync.fetch_delay}, at random")
        return
    elif audience.has("user", "contacts", "visible"):
        raise NotApplicable("a signal reaches few at once")
    elif not sync.fetch_delay.is_stated or not (audience.is_stated or feature.room.content):
        raise Undecided(sync.fetch_delay, audience)
    else:
        at = audience if audience.is_stated else sync.fetch_delay
        what = "a signal reaches them together, and each fetches at once"
    asked = [part for part in feature.dependencies if not part.cache.content]
    if feature.dependencies.items and not asked:
        yield Passed("a cache answers them")
        return
    own = feature.workload
    counted = own.connections if own.connections.is_stated or not own.users.is_stated else own.users
    in_a_room = at is not phase and (audience.has("room") or not audience.is_stated)
    yield Limit(
        "the clients that ask together",
        feature.room if in_a_room else counted,
        "what comes in one moment without harm",
        A_CROWD,
        or_equal=True,
        note=f"They do so each time: {what}.",
        at=at,
    )
