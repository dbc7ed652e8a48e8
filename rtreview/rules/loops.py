"""Two sides that answer each other without end."""

from __future__ import annotations

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided, Unstated
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


@rule
def relay_hears_itself(feature: Feature) -> Outcomes:
    """A bridge carries back what it has posted itself, or answers what another program has answered."""
    relay = feature.fan_out.relay
    origin, answers = relay.origin, relay.answers
    if not relay.is_there:
        raise NotApplicable("nothing is carried to and from another system")
    if relay.goes.has("one-way") and not answers.has("all"):
        raise NotApplicable("it carries one way and answers nothing there")
    if answers.has("all"):
        yield Violated(
            "Its automatic answers and notices reply to any message, also to those of another program: two "
            "of them answer each other without end.",
            answers,
        )
    if relay.goes.has("one-way"):
        return
    if origin.is_none:
        yield Violated(
            "What it has posted on one side appears there as a message like any other, and it carries it "
            "back: each message comes twice, or goes round without end.",
            origin,
            (relay.goes,) if relay.goes.is_stated else (),
        )
    elif origin.content:
        yield Passed(f"it knows what it has posted itself: {origin}")
    elif relay.goes.has("both-ways"):
        message = f"Messages are carried both ways; the spec does not say `{origin.dotted}`."
        raise Unstated(origin, message=message)
    elif not answers.has("all"):
        raise NotApplicable("nothing is said of what it carries where")


@rule
def refusal_answered_at_once(feature: Feature) -> Outcomes:
    """A subscription is refused, and the client sends the same again at once, without end."""
    refused, resume, join = feature.sync.join.on_refused, feature.transport.resume, feature.sync.join
    if not refused.is_stated:
        raise NotApplicable("nothing is said of a subscription that is refused")
    if not refused.has("same"):
        if refused.is_none:
            raise Undecided(refused)
        yield Passed(f"a subscription that is refused is not sent again at once: {refused}")
        return
    stays = feature.replays and not resume.on_gap.has("snapshot")
    if join.paced.content:
        when = "the requests of a client are paced"
    elif feature.connection.are_few:
        when = "few clients ask"
    else:
        when = "" if stays else "a refusal may pass"
    same = "with the same position, which is refused each time" if stays else "as it was"
    yield Violated(
        f"A subscription that is refused is sent again at once, {same}: each client loops, for each topic, "
        "as fast as the answers come, and the source behind takes the load of it.",
        refused,
        (resume.by,) if stays else (),
        when,
    )
