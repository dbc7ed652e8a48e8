"""What a server of somebody else allows within a time, and what a client does that exceeds it."""

from rtreview.language.design import Connection
from rtreview.language.field import NotApplicable
from rtreview.numbers.expression import named
from rtreview.numbers.reconnection import mean_delay_at_cap, reconnects
from rtreview.quantities.quantity import Count
from rtreview.rulebook.outcome import Limit, Outcomes, Passed
from rtreview.rulebook.rulebook import rule


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
        yield Passed(f"a client gives up after {plan.max_attempts} attempts, and nothing begins them anew")
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
