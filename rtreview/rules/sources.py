"""What ends by itself on the way from a source to a receiver: a subscription, or a sender's patience."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided, Unstated
from rtreview.language.sections.servers import Dependency
from rtreview.numbers.replay import is_soon, way_back
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


@rule
def subscription_ends_unrenewed(feature: Feature) -> Outcomes:
    """What a source of somebody else sends by itself ends after a time, and nothing renews it."""
    leased = [part for part in feature.dependencies if part.lease.content or part.renewed.is_none]
    if not leased:
        raise NotApplicable("no dependency is said to send for a time")
    for part in leased:
        yield _renewed(feature, part)


def _renewed(feature: Feature, part: Dependency) -> Limit | Passed | Violated:
    """Whether what a dependency sends goes on after its lease."""
    every = feature.fan_out.watched_every
    if part.lease.is_none:
        return Passed(f"what `{part.key}` sends goes on until it is ended")
    if is_soon(feature, every):
        return Passed(f"the servers look at the source themselves every {every}")
    if not part.lease.is_stated or not part.renewed.is_stated:
        raise Unstated(part.renewed if part.lease.is_stated else part.lease)
    case = "the servers look themselves now and then" if every.content else ""
    if part.renewed.is_none:
        return Violated(
            f"What `{part.key}` sends is asked for once and ends after {part.lease}: from then on nothing "
            "comes, and no error says so.",
            part.renewed,
            (part.lease,),
            when=case,
        )
    return Limit(
        f"the time between two renewals of what `{part.key}` sends",
        part.renewed,
        "the time after which it ends",
        part.lease,
        note="It ends in between, and no error says so.",
        when=case,
    )


@rule
def sender_gives_up_before_return(feature: Feature) -> Outcomes:
    """A server repeats for a while what a receiver does not take, and then it is lost."""
    delivery, outage, resume = feature.sync.delivery, feature.workload.outage, feature.transport.resume
    if not {"server", "broker"}.intersection(delivery.repeated_by.content or ()):
        raise NotApplicable("no server is said to repeat what is not taken")
    if delivery.retry_for.content is None:
        raise NotApplicable("nothing says for how long it repeats")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to a client")
    if feature.is_fleeting:
        raise NotApplicable("the next update replaces the one that is lost")
    feature.healed_by_the_next()
    back = way_back(feature)
    if back.reason or feature.renewals or delivery.retain.has("all"):
        yield Passed(back.reason or "a receiver that returns gets what it missed by other means")
        return
    away = outage.longest
    verdict = Limit(
        "the time for which a receiver is away",
        away,
        "the time for which its messages are repeated",
        delivery.retry_for,
        or_equal=True,
        at=delivery.retry_for,
        note="What was sent until then is lost for it.",
        propose=(delivery.retry_for,),
    ).judge()
    join = feature.sync.join
    brings_nothing = resume.is_none and join.begins_empty
    is_decided = brings_nothing or feature.keeps_nothing or back.bars
    if isinstance(verdict, Violated) and not is_decided:
        back.known()
        if not feature.workload.only("server"):
            raise Undecided(resume)
        raise Unstated(
            resume,
            message=f"A server repeats for {delivery.retry_for} what a receiver does not take, and one may "
            f"be away for {away}; the spec does not say `{resume.dotted}`.",
        )
    yield verdict
