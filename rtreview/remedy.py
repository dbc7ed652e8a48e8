"""The way out of a finding as a change of the spec, where there is one that numbers or the pattern decide."""

from __future__ import annotations

from collections.abc import Callable

from rtreview import numbers
from rtreview.design import Connection
from rtreview.finding import Finding, Path, dotted
from rtreview.quantity import Duration, notation
from rtreview.rules.storm import healthy_spread

GRACE, MESSAGES = "10s", "200"
"""Figures of `patterns.md`: the grace of presence, and the messages that may wait for a slow client."""


def remedy(finding: Finding, connection: Connection) -> tuple[str, ...]:
    """Fields and values, as `rtreview simulate --set` takes them; nothing where a person has to decide.

    A comparison tells its smallest change itself.
    """
    if finding.comparison is not None and finding.comparison.change is not None:
        field, value = finding.comparison.change
        return (f"{field}={value}",)
    made = _REMEDIES.get(finding.rule)
    return made(finding, connection) if made else ()


def _random_delays(_: Finding, connection: Connection) -> tuple[str, ...]:
    plan = connection.transport.reconnect
    delay = (
        () if plan.base.is_stated or plan.delays.is_stated else ("strategy=exponential", "base=1s", "cap=30s")
    )
    return tuple(f"{dotted(plan.at)}.{one}" for one in (*delay, "jitter=full"))


def _first_span(_: Finding, connection: Connection) -> tuple[str, ...]:
    healthy = healthy_spread(connection).content
    if healthy is None:
        return ()
    span = notation(healthy.rounded)
    return (f"{dotted(connection.transport.reconnect.at)}.first_delay=0s..{span}",)


def _close_spread(_: Finding, connection: Connection) -> tuple[str, ...]:
    needed = numbers.drain_needed(connection).content
    if needed is None:
        return ()
    span = notation(max(Duration(1), needed).rounded)
    return (f"{dotted(connection.operations.at)}.close_spread={span}",)


def _grace(finding: Finding, _: Connection) -> tuple[str, ...]:
    return (f"{dotted(_section(finding.place.at, 'presence'))}.grace={GRACE}",)


def _bound(finding: Finding, _: Connection) -> tuple[str, ...]:
    at = dotted(_section(finding.place.at, "backpressure"))
    return (f"{at}.queue.max_messages={MESSAGES}", f"{at}.overflow=disconnect")


def _section(at: Path, name: str) -> Path:
    """The section of that name that a place lies in."""
    return at[: at.index(name) + 1] if name in at else (name,)


_REMEDIES: dict[str, Callable[[Finding, Connection], tuple[str, ...]]] = {
    "reconnect-without-jitter": _random_delays,
    "first-reconnect-spread-too-small": _first_span,
    "close-all-at-once": _close_spread,
    "presence-immediate-removal": _grace,
    "unbounded-message-queue": _bound,
}
