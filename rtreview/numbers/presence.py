"""Presence: how long one who is gone is shown, how often a present one is lost, and what telling it costs."""

from __future__ import annotations

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.language.sections.presence import Presence
from rtreview.language.sections.workload import MACHINES
from rtreview.models import presence
from rtreview.numbers.expression import ATOM, PRODUCT, Expression, Function, named, term
from rtreview.numbers.ledger import number
from rtreview.numbers.liveness import detection_worst
from rtreview.quantities.quantity import Duration, Rate, Ratio

SHOWS_NOBODY = (
    "notifications", "dashboard", "feed", "telemetry", "signalling", "push", "data-sync", "commands",
    "console",
)  # fmt: skip
"""Purposes of which nobody expects to be told who is there."""

PROMISE = "the promise of `targets.offline_visible_within`"

AT_ONCE = Duration(0)

LONG_GONE = Duration(5 * 60)
"""One who vanished and counts as present for longer has been written to, and missed it.

Read by presence-ghost-exceeds-promise and push-trusts-stale-presence.
"""


def shows_nobody(feature: Feature) -> str:
    """Why nobody is shown as being there; empty where somebody is, or may be."""
    shown = feature.presence
    if shown.is_none:
        return "nobody is shown"
    if shown.is_stated or feature.targets.offline_visible_within.content:
        return ""
    if feature.serves(*SHOWS_NOBODY):
        return f"the purpose {feature.purpose} shows nobody"
    if feature.workload.only(*MACHINES):
        return "only machines connect, and no presence is stated"
    return ""


def shown_people(feature: Feature) -> Presence:
    """The presence of a feature, where it has one.

    Raises:
        NotApplicable: nobody is shown.
        Undecided: the spec says nothing of presence.

    """
    if reason := shows_nobody(feature):
        raise NotApplicable(reason)
    if not feature.presence.is_stated:
        raise Undecided(feature.presence)
    return feature.presence


def ends_by(shown: Presence, *ways: str) -> bool:
    """Whether an entry is stated to end in one of these ways, perhaps beside others."""
    return any(way in ways for way in shown.ends.content or ())


def ends_by_expiry(shown: Presence) -> bool:
    """Whether an entry ends because nobody refreshes it, not because a disconnect is seen."""
    expires = bool(shown.ttl.content) and not shown.ends.is_stated
    return expires or (ends_by(shown, "expiry") and not ends_by(shown, "disconnect"))


def _shown(feature: Feature) -> None:
    if feature.presence.is_none:
        raise NotApplicable("nobody is shown")


@number("Ghost time: how long one who vanished is shown at most")
def ghost_time(feature: Feature) -> Expression[Duration]:
    """Ghost time: how long one who vanished is shown at most."""
    _shown(feature)
    shown = feature.presence
    sweep = shown.sweep if shown.sweep.content else feature.transport.heartbeat.sweep
    if ends_by(shown, "expiry") or shown.ttl.content:
        ttl = term(shown.ttl)
        return named("ghost time", ttl + sweep if sweep.content else ttl)
    return named("ghost time", detection_worst(feature.connection) + shown.grace)


def kept(feature: Feature) -> Expression[Duration]:
    """How long at least one whose connection ends is still shown: the grace, or what is left of an entry.

    Raises:
        NotApplicable: one is removed at once.

    """
    shown = feature.presence
    if not ends_by_expiry(shown):
        if shown.grace.has(AT_ONCE):
            raise NotApplicable("there is no grace: see presence-immediate-removal")
        return term(shown.grace)
    left = term(shown.ttl) - shown.refresh
    return named("least time shown", left + shown.grace if shown.grace.content else left)


_FALSE_OFFLINE = Function(
    "false offline",
    "exp(-{0} / {2}) × {2} / {1} × (exp({1} / {2}) - 1)",
    presence.false_offline_of_outages,
    (-1, 1, 1),
    PRODUCT,
    (ATOM, ATOM, ATOM),
)
_FALSE_OFFLINE_AT_ONCE = Function(
    "false offline at once",
    "exp(-{} / {})",
    lambda grace, outage: presence.false_offline_of_outages(grace, AT_ONCE, outage),
    (-1, 1),
    inner=(ATOM, ATOM),
)


@number("Share of usual outages that show a present user as gone")
def false_offline(feature: Feature) -> Expression[Ratio]:
    """Share of usual outages that show a present user as gone."""
    _shown(feature)
    shown, outage = feature.presence, feature.workload.outage.typical
    if shown.ttl.content:
        return named("false offline", _FALSE_OFFLINE(shown.ttl, shown.refresh, term(outage, "outage")))
    return named("false offline", _FALSE_OFFLINE_AT_ONCE(shown.grace, term(outage, "outage")))


@number("Joins and leaves delivered in the largest room")
def presence_events(feature: Feature) -> Expression[Rate]:
    """Joins and leaves delivered in the largest room.

    With the changes of each entry, where they are stated.
    """
    _shown(feature)
    members, session = term(feature.room, "members"), term(feature.workload.session.typical, "session")
    joins = 2 * members * (members - 1) / session
    changes = feature.presence.changes
    if changes.content is None:
        return named("deliveries of presence", joins)
    changed = term(changes) * members * (members - 1)
    if feature.workload.session.typical.content is None:
        return named("deliveries of presence", changed)
    return named("deliveries of presence", joins + changed)
