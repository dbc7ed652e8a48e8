"""What those who get a message tell of it: that it has come, and that it was read."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided
from rtreview.numbers.expression import named, term
from rtreview.quantities.quantity import Count
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

A_HUNDRED_TO_EACH_OTHER = Count(10_000)
"""The receipts of one message in the largest groups that have them (receipts-outnumber-messages)."""


@rule
def receipts_outnumber_messages(feature: Feature) -> Outcomes:
    """Each message brings a receipt of each member, and perhaps to each member."""
    receipts, members = feature.sync.receipts, feature.room
    if not receipts.of.is_there:
        raise NotApplicable("nothing is said of what a receipt is of")
    if receipts.of.has("position", "now"):
        yield Passed(
            f"one receipt is for everything up to {'now' if receipts.of.has('now') else 'a position'}"
        )
    elif receipts.bundled.content:
        yield Passed(f"what comes within {receipts.bundled} is told by one message")
    elif receipts.to.has("room"):
        each = term(members, "members")
        yield Limit(
            "the number of receipts that are sent on for one message",
            named("receipts of one message", each * term(members, "told each"), Count),
            "that in the largest groups that have receipts",
            A_HUNDRED_TO_EACH_OTHER,
            or_equal=True,
            at=receipts.to,
            note="Twice the members are four times the receipts.",
            propose=(),
        )
    elif receipts.bundled.is_none:
        yield Violated(
            "Each message that is read is told by a message of its own: who comes back to a hundred unread "
            "ones sends a hundred at once.",
            receipts.bundled,
            (receipts.of,),
        )
    else:
        raise Undecided(receipts.bundled)


@rule
def read_before_seen(feature: Feature) -> Outcomes:
    """What nobody has seen counts as read, on all devices."""
    of, on = feature.sync.receipts.of, feature.sync.receipts.read_on
    if of.has("now"):
        yield Violated(
            "A mark covers all up to the moment at which it is taken: what came while its reader was "
            "looking, and was not shown or fetched, counts as read.",
            of,
            (on,) if on.is_stated else (),
        )
        return
    if feature.sync.receipts.is_there and not on.is_stated:
        raise Undecided(on)
    if not on.is_there:
        raise NotApplicable("nothing is said of messages that are read")
    if on.has("sight"):
        yield Passed("a message counts as read when it was on the screen")
    elif on.has("arrival"):
        yield Violated(
            "What has reached a client counts as read: after a first load, in a window behind others or by a "
            "sync in the background, messages that nobody saw are read on all devices.",
            on,
        )
    else:
        yield Violated(
            "Opening a room marks all of it as read, also what is off the screen, and what arrives while "
            "another window is in front.",
            on,
            when="the room was opened",
        )
