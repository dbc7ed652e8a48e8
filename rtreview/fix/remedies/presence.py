"""Who is shown as being there: for long enough, and no longer than is promised."""

from __future__ import annotations

from contextlib import suppress

from rtreview.fix.remedies.heartbeat import sooner
from rtreview.fix.remedy import BUILD, KEPT, MARGIN, WAIT, Remedy, above, at_most, remedy_for, setting
from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.numbers.expression import measured
from rtreview.numbers.presence import ends_by_expiry, kept
from rtreview.numbers.reconnection import crowd_spread, longest_first_delay
from rtreview.quantities.quantity import Duration, notation
from rtreview.rulebook.finding import Finding

GRACE, LONGEST_GRACE = Duration(10), Duration(30)
"""How long one who vanished is still shown, by `patterns.md`: on mobile networks, and at most."""


def grace_over(first: Duration, feature: Feature) -> Remedy | None:
    """A longer grace, where there is one and people are gone before they had a chance to return."""
    shown = feature.presence
    if shown.grace.content is None or shown.grace.has(Duration(0)) or shown.kind.has("count"):
        return None
    missing = first.amount * MARGIN - measured(kept(feature)).amount
    return _shown_for(shown.grace.content.amount + missing, feature) if missing > 0 else None


def _shown_for(seconds: float, feature: Feature) -> Remedy:
    """A grace; one that is longer than the patterns know shows people who are gone."""
    thought = WAIT if seconds > LONGEST_GRACE.amount else ""
    return setting(feature.presence, f"grace={above(seconds)}", thought=thought)


@remedy_for("presence-immediate-removal")
def grace(_: Finding, feature: Feature) -> Remedy:
    """10 s, or longer where the first attempt to return may come later, or has to: see `first_span`."""
    connection = feature.connection
    spans = [crowd_spread(connection)]
    with suppress(NotApplicable, Undecided):
        spans.append(longest_first_delay(connection).content)
    waits = [span.amount * MARGIN for span in spans if span is not None]
    return _shown_for(max([GRACE.amount, *waits]), feature)


@remedy_for("presence-grace-shorter-than-reconnect")
def longer_grace(_: Finding, feature: Feature) -> Remedy | None:
    """Longer than the first attempt to return may take."""
    return grace_over(measured(longest_first_delay(feature.connection)), feature)


@remedy_for("presence-ttl-within-miss-budget")
def ttl(_: Finding, feature: Feature) -> Remedy | None:
    """Three refreshes; or a refresh three times in a life."""
    shown = feature.presence
    refresh, ttl = shown.refresh.content, shown.ttl.content
    if refresh is not None:
        return setting(shown, f"ttl={notation(refresh * 3)}")
    return setting(shown, f"refresh={at_most(ttl.amount / 3)}", thought=BUILD) if ttl is not None else None


@remedy_for("presence-ghost-exceeds-promise")
def shorter_ghost(finding: Finding, feature: Feature) -> Remedy | None:
    """A life within the promise, with three refreshes in it; else a shorter heartbeat."""
    shown, promise = feature.presence, feature.targets.offline_visible_within.content
    if not ends_by_expiry(shown) or promise is None:
        return sooner(finding, feature)
    life = promise.amount - (feature.transport.heartbeat.sweep.content or Duration(0)).amount
    return setting(shown, f"ttl={at_most(life)}", f"refresh={at_most(life / 3)}", thought=KEPT)


@remedy_for("presence-fanout-quadratic")
def batch(_: Finding, feature: Feature) -> Remedy:
    """The longest collection that the references name: 1 s to 5 s."""
    return setting(feature.presence, "batch=5s", thought=WAIT)
