"""What happens to a client that receives more slowly than it is sent to."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Unstated
from rtreview.quantities.quantity import Size
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


@rule
def unbounded_message_queue(feature: Feature) -> Outcomes:
    """What waits for a slow client has no limit."""
    queue, overflow = feature.backpressure.queue, feature.backpressure.overflow
    if feature.connection.is_polling:
        raise NotApplicable("a polling client takes what it asks for")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    is_log = feature.sync.strategy.has("append-only") or feature.holds("log")
    if feature.backpressure.is_none:
        message = f"Nothing limits what waits for a slow client{_growth(feature)}."
        yield Violated(message, feature.backpressure)
    elif overflow.has("coalesce") and not is_log:
        yield Passed("only the last value of each key waits")
    elif overflow.has("block"):
        yield Passed("a sender waits until there is room")
    elif queue.is_none:
        yield Passed("nothing waits for a slow client")
    elif queue.word == "unbounded":
        yield Violated(f"The queue of one slow client grows without end{_growth(feature)}.", queue)
    elif bounds := [bound for bound in (queue.max_age, queue.max_keys) if bound.content]:
        yield Passed(f"`{bounds[0].dotted}` is {bounds[0]}")
    elif full := [bound for bound in (queue.max_messages, queue.max_bytes) if bound.content]:
        if overflow.content is None:
            unsaid = (
                f"`{overflow.dotted}` is `none`"
                if overflow.is_none
                else f"the spec does not say `{overflow.dotted}`"
            )
            message = f"The queue holds at most {full[0]}; {unsaid}."
            raise Unstated(overflow, message=message)
        yield Passed(f"`{full[0].dotted}` is {full[0]}, then {overflow}")
    elif feature.transport.service.content:
        raise NotApplicable(f"the queues are those of {feature.transport.service}")
    else:
        raise Unstated(queue)


def _growth(feature: Feature) -> str:
    """How fast the queue of a stalled client grows in the largest room: rate x share x (n - 1) x size."""
    messages, members = feature.workload.messages, feature.room.content
    rate, share, size = (
        messages.rate.content,
        messages.active_share.content,
        messages.size.typical.content,
    )
    if rate is None or share is None or size is None or members is None:
        return ""
    minute = Size(rate.amount * share.amount * max(0.0, members.amount - 1) * size.amount * 60)
    return f": about {minute} a minute for a stalled member of a room of {members}"
