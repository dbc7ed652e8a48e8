"""What a server of somebody else allows within a time, and what a client does that exceeds it."""

from rtreview.language.design import Connection, Feature
from rtreview.language.field import NotApplicable, known
from rtreview.numbers.expression import named
from rtreview.numbers.reconnection import mean_delay_at_cap, reconnects
from rtreview.quantities.quantity import Count, Rate
from rtreview.rulebook.outcome import Limit, Outcomes, Passed
from rtreview.rulebook.rulebook import rule

BUDGET = Rate(4 / 60)
"""Urgent pushes that systems deliver to one device for long (push-exceeds-device-budget)."""

SILENT = Rate(3 / 3600)
"""Pushes that wake an app of iOS and show nothing: "more than two or three per hour" are throttled."""


@rule
def reconnects_exceed_allowance(connection: Connection) -> Outcomes:
    """A client that tries again and again uses up what it may connect, and is locked out."""
    allowed = connection.transport.connects_allowed
    if not allowed.is_stated:
        raise NotApplicable("nothing is said to limit how often a client may connect")
    if allowed.is_none:
        raise NotApplicable("a client may connect as often as it likes")
    plan = reconnects(connection)
    if plan.max_attempts.content and plan.supervised.has(False):
        yield Passed(f"a client gives up after {plan.max_attempts} attempts, and nothing starts them again")
        return
    yield Limit(
        "what a client tries at its longest delay",
        named("attempts of one client", Count(1) / mean_delay_at_cap(connection)),
        "what it may open",
        allowed,
        or_equal=True,
        note="Where each connection opens and is lost again, it is locked out before the cause is mended.",
        when="a session is resumed" if connection.transport.resume.by.has("session") else "",
        propose=(plan.cap,),
    )


@rule
def push_exceeds_device_budget(feature: Feature) -> Outcomes:
    """A device is sent more urgent pushes than its system delivers."""
    push, rate = feature.push, feature.workload.messages.per_client
    if not push.is_there:
        raise NotApplicable("nobody is pushed to")
    if not feature.connection.is_pushed or not isinstance(rate.content, Rate):
        raise NotApplicable("nothing says how many pushes one device is sent")
    if push.kind.has("voip"):
        raise NotApplicable("a call is rung once")
    is_silent = push.kind.has("silent") and feature.workload.has_any("ios")
    if not is_silent and rate.content > BUDGET and known(push.priority) != "high":
        raise NotApplicable(f"pushes of {push.priority} priority are not urgent")
    yield Limit(
        "the rate of pushes to one device",
        rate,
        "what iOS delivers of those that show nothing" if is_silent else "what systems deliver to one",
        SILENT if is_silent else BUDGET,
        or_equal=True,
        note="They delay or drop the others, and tell nobody.",
        propose=(rate,),
    )
