"""Where a token travels, and what keeps it there."""

from rtreview.language.design import Connection
from rtreview.language.field import NotApplicable
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Violated
from rtreview.rulebook.rulebook import rule

A_TICKET = Duration(5 * 60)
"""A token for one connection needs to live no longer (token-in-the-address)."""


@rule
def token_in_the_address(connection: Connection) -> Outcomes:
    """A token that is valid for long travels where it is logged."""
    access = connection.access
    if not access.token_in.has("url"):
        raise NotApplicable("no token is said to travel in an address")
    if access.token_ttl.is_none:
        yield Violated(
            "A token that never expires stands in the address: access logs, histories and tools keep it.",
            access.token_in,
            (access.token_ttl,),
        )
        return
    yield Limit(
        "the life of a token in the address",
        access.token_ttl,
        "what opening a connection takes",
        A_TICKET,
        or_equal=True,
        note="Access logs, histories and tools of support keep it for longer.",
        at=access.token_in,
    )
