"""What comes from a source: how much a look at it reads, and what ends by itself on the way."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided, Unstated
from rtreview.language.sections.servers import Dependency
from rtreview.numbers.replay import is_soon, way_back
from rtreview.quantities.quantity import Size
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

LITTLE = Size(64 * 1024)
"""So much is read as soon as a row is (source-read-whole-again)."""


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
def source_read_whole_again(feature: Feature) -> Outcomes:
    """Each look at the record reads all that there is, of which little is new."""
    fan_out, whole = feature.fan_out, feature.sync.snapshot.size
    brings, every, parts = fan_out.watch_brings, fan_out.watched_every, feature.sync.data
    if not brings.is_stated:
        raise NotApplicable("nothing is said of what a look at the source reads")
    if not brings.has("whole"):
        yield Passed(f"a look at the source reads: {brings}")
        return
    looked_at = [part for part in feature.dependencies if "poll" in (part.per.content or ())]
    records = [part for part in looked_at or feature.dependencies if part.holds.has("record")]
    if not records:
        raise NotApplicable("no record of one's own is said to be read, which could be asked for what is new")
    if whole.content is not None and whole.content <= LITTLE:
        yield Passed(f"all that there is are {whole}")
        return
    if feature.is_state_valued:
        raise NotApplicable("what is sent is a whole too, and no part of it is read in vain")
    if not parts.items:
        raise Undecided(parts)
    if not all(part.shape.has("log", "list", "register") and not part.derived.content for part in parts):
        raise NotApplicable("what is read is computed, and not entries of which some are new")
    pace = f" every {every}" if every.content else ""
    again = ", and with each change" if fan_out.watched_by.includes("change") else ""
    yield Violated(
        f"A look reads all of `{records[0].key}` that is shown{pace}{again}, of which little is new: traffic "
        "and work of the record are those of the window, not of the changes.",
        brings,
        tuple(part for part in (every, whole) if part.content),
        when="nobody says how often, or how much" if not (every.content or whole.content) else "",
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
    away, join = outage.longest, feature.sync.join
    brings_nothing = (resume.is_none or feature.transport.is_none) and join.begins_empty
    is_decided = brings_nothing or feature.keeps_nothing or back.bars
    if away.content is None and is_decided and feature.sync.refetch.is_none:
        raise Unstated(
            away,
            message=f"What a receiver does not take within {delivery.retry_for} is lost for it, and nothing "
            f"fetches it; the spec does not say `{away.dotted}`.",
        )
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
