"""Who confirms a message, and what becomes of one that is confirmed too early, or never."""

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided
from rtreview.numbers.expression import named, term
from rtreview.numbers.queues import DROPS
from rtreview.numbers.replay import told_in_vain
from rtreview.quantities.quantity import Count, Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

A_SECOND = Duration(1)
"""Work that takes so long is worth sharing (first-reader-takes-all)."""


def _counts(feature: Feature) -> None:
    """End a rule about messages that must not be lost where the next one replaces each."""
    if feature.sync.delivery.guarantee.has("at-most-once"):
        raise NotApplicable("no more than at-most-once is promised")
    if feature.is_fleeting or feature.next_heals:
        raise NotApplicable("the next update replaces the one that is lost")


def _case_of_loss(feature: Feature) -> str:
    """Under what a lost message is a fault; nothing where one that is lost is one too many."""
    loss = feature.targets.loss
    none_lost = loss.is_none or (loss.content is not None and loss.content.amount == 0)
    return "" if feature.holds("command") or none_lost else "no loss is ruled out"


def _acted_on_by_nobody(feature: Feature) -> Violated | None:
    """A confirmation that its sender does nothing about; None where it may, or the state comes anyway."""
    delivery = feature.sync.delivery
    ways = (delivery.repeat, delivery.repeated_by, delivery.retry_for)
    nobody: Part | None = next((part for part in ways if part.is_none), None)
    # To a broker it is the way to at-most-once; a client that sends to the server is asked for nothing by it.
    if delivery.guarantee.has("at-most-once") and feature.direction.has("client-to-server"):
        nobody = nobody or (None if delivery.guarantee.default else delivery.guarantee)
    promised = delivery.guarantee.has("at-least-once", "exactly-once")
    if nobody is None or delivery.repetition is not None or promised or feature.is_momentary:
        return None
    comes_anyway = bool(feature.renewals) or feature.transport.resume.by.content
    if feature.is_fleeting or feature.next_heals or comes_anyway or feature.rejoin_brings_history:
        return None
    return Violated(
        "A confirmation changes nothing: nobody sends again what was not confirmed, and a message that a "
        "break or a crash takes is gone unseen, until its sender keeps each one until it is confirmed.",
        nobody,
        (delivery.consumer_confirms,),
        when=_case_of_loss(feature),
    )


@rule
def confirmed_before_work(feature: Feature) -> Outcomes:
    """A receiver confirms a message, and a crash takes it before anything is done with it."""
    delivery, confirms = feature.sync.delivery, feature.sync.delivery.consumer_confirms
    if not confirms.is_stated and "broker" not in (delivery.repeated_by.content or ()):
        raise NotApplicable("nothing says when a receiver confirms")
    if confirms.content and (found := _acted_on_by_nobody(feature)):
        yield found
        return
    _counts(feature)
    if not confirms.is_stated:
        raise Undecided(confirms)
    if confirms.is_none:
        raise NotApplicable("a receiver confirms nothing")
    if confirms.has("after-work"):
        yield Passed("a receiver confirms what it has done or stored")
        return
    if feature.sync.refetch.content:
        yield Passed(f"a receiver fetches the state every {feature.sync.refetch}")
        return
    if feature.sync.durability.write_ahead_log.content:
        yield Passed("a receiver writes what it gets to a log before anything else")
        return
    counts = delivery.guarantee.has("exactly-once")
    yield Violated(
        "A receiver confirms a message as it comes, and works afterwards: one that a crash or an outage of "
        "its database takes in between is not sent again.",
        confirms,
        tuple(part for part in (delivery.guarantee, feature.targets.loss) if part.is_stated),
        when="" if counts else _case_of_loss(feature),
    )


@rule
def taken_by_the_dead(feature: Feature) -> Outcomes:
    """A reader is gone, and what it had taken and not confirmed is given to nobody else."""
    delivery, consumer = feature.sync.delivery, feature.topology.backplane.consumer
    unconfirmed, name = consumer.unconfirmed, consumer.name
    if not unconfirmed.is_stated:
        raise NotApplicable("nothing is said of what a reader that is gone had taken")
    _counts(feature)
    if unconfirmed.has("reassigned"):
        yield Passed("another reader is given what one that is gone had taken")
        return
    if unconfirmed.has("kept"):
        if not name.is_stated:
            raise Undecided(name)
        if name.has("fixed"):
            yield Passed("a reader that starts again gets what it had taken")
            return
    what = "is removed with it" if unconfirmed.has("removed") else "stays with it, and nobody asks for it"
    if unconfirmed.has("kept"):
        what = "waits for its name, which no reader has again"
    promised = delivery.guarantee.has("at-least-once", "exactly-once")
    yield Violated(
        f"What a reader had taken and not confirmed when it died {what}: it is neither done nor delivered "
        "again.",
        unconfirmed,
        tuple(part for part in (name, delivery.guarantee) if part.is_stated),
        "" if promised else "nothing promises that it arrives",
    )


@rule
def first_reader_takes_all(feature: Feature) -> Outcomes:
    """One reader is given all that waits, and those that come to help find nothing."""
    backplane, lasts = feature.topology.backplane, feature.work.lasts
    takes = backplane.consumer.takes
    if not takes.is_stated:
        raise NotApplicable("nothing is said of how many messages a reader is given")
    if not backplane.consume.is_stated:
        raise Undecided(backplane.consume)
    if not backplane.consume.has("competing"):
        raise NotApplicable("no readers share a queue")
    if feature.sync.ordering.handled.has("concurrently") and takes.content is not None:
        yield Passed(f"a reader works on the {takes} that it is given side by side")
        return
    if takes.content is not None:
        yield Passed(f"a reader is given {takes} at once")
        return
    slow = lasts.content is not None and lasts.content >= A_SECOND
    yield Violated(
        "The first reader is given all that waits: others that start to help find nothing, and a crash sends "
        "all of it round once more.",
        takes,
        (lasts,) if slow else (),
        "" if slow else "nothing says that one takes long",
    )


@rule
def failing_message_returns(feature: Feature) -> Outcomes:
    """A message at which every receiver fails is delivered again and again."""
    delivery, in_order = feature.sync.delivery, feature.sync.ordering.handled.has("in-order")
    failing, again = delivery.on_failing, "broker" in (delivery.repeated_by.content or ())
    if not failing.is_stated:
        if again and delivery.consumer_confirms.has("after-work"):
            raise Undecided(failing)
        raise NotApplicable("nothing is said of a message that fails each time")
    _counts(feature)
    if failing.has("aside", "dropped"):
        is_aside = failing.has("aside")
        yield Passed(f"after some attempts it is {'put aside' if is_aside else 'dropped'}")
        return
    for bound in (delivery.retry_for, delivery.expires_after):
        if bound.content is not None:
            yield Passed(f"it is given up after {bound}")
            return
    if failing.has("later") and not in_order:
        yield Passed("it comes again after pauses that grow, and others go past it")
        return
    costs = "all behind it wait for good" if in_order else "it takes the place of others, as fast as it fails"
    yield Violated(
        f"A message that fails each time, for what is in it, is delivered again without an end: {costs}.",
        failing,
        (feature.sync.ordering.handled,) if in_order else (),
        "" if in_order else "others are worked on beside it",
    )


@rule
def confirmed_then_dropped(feature: Feature) -> Outcomes:
    """Delivery is promised, and a full queue behind the confirmation drops."""
    delivery, backpressure = feature.sync.delivery, feature.backpressure
    overflow, dropped = backpressure.overflow, backpressure.dropped
    if not overflow.has(*DROPS) or not delivery.guarantee.has("at-least-once", "exactly-once"):
        raise NotApplicable("no queue is stated to drop what is promised to arrive")
    _counts(feature)
    if backpressure.carries.has("state"):
        raise NotApplicable("the next value replaces the one that is dropped")
    if backpressure.queue.is_none:
        raise NotApplicable("nothing waits for a slow client")
    if barred := told_in_vain(feature):
        raise Undecided(barred)
    if dropped.content:
        yield Passed(
            f"a drop is {dropped}, and is made good" if dropped.has("marked") else f"a drop is a {dropped}"
        )
        return
    for every in feature.renewals:
        yield Passed(f"the state comes every {every}, with what was dropped")
        return
    if feature.replays and not dropped.is_none:
        raise Undecided(dropped)
    if feature.fills_gaps:
        yield Passed(f"a gap shows in the numbers, and ends in {feature.sync.ordering.on_gap}")
        return
    yield Violated(
        f"Delivery is {delivery.guarantee}, and a full queue drops ({overflow}) what its sender takes for "
        "delivered: the promise ends where the queue begins."
        f"{'' if dropped.is_none else f' Cleared where `{dropped.dotted}` says how a client learns of it.'}",
        overflow,
        (delivery.guarantee, dropped) if dropped.is_none else (delivery.guarantee,),
        when="" if dropped.is_none else "how a client learns of it is open",
    )


@rule
def readings_lost_in_outage(feature: Feature) -> Outcomes:
    """What a device measures while it cannot send is kept nowhere, or in less than an outage needs."""
    delivery = feature.sync.delivery
    if not feature.serves("telemetry") or not feature.direction.has("client-to-server"):
        raise NotApplicable("no readings are sent")
    if not feature.sync.updates.has("event", "delta"):
        raise NotApplicable("the next value replaces the one that is lost")
    if feature.sync.clock.has("arrival") and delivery.is_once_by_decision:
        raise NotApplicable(
            "what arrives last counts as the latest, so that one sent late is worse than none"
        )
    if hole := _kept_nowhere(feature) or _refused(feature) or _dated_on_return(feature):
        yield hole
    elif limit := _kept_through_outage(feature):
        yield limit
    elif delivery.outbox.is_stated or delivery.retry_for.content or delivery.repeated_by.content:
        yield Passed("a sender keeps what is not confirmed")
    elif hole := _never_repeated(feature):
        yield hole
    else:
        raise Undecided(delivery.outbox)


def _kept_nowhere(feature: Feature) -> Violated | None:
    """Readings that nobody keeps while they cannot be sent; None where somebody does, or may."""
    delivery, away = feature.sync.delivery, feature.workload.outage.longest
    absent: Part = delivery if delivery.is_none else delivery.outbox
    if not absent.is_none:
        return None
    return Violated(
        "What is measured while the connection is lost is kept nowhere: each outage is a hole.",
        absent,
        (away,) if away.content else (),
    )


def _dated_on_return(feature: Feature) -> Violated | None:
    """Readings that are kept without a time, and get that of the return; None where they carry one."""
    dated, delivery = feature.sync.values.dated, feature.sync.delivery
    kept: Part | None = delivery.outbox if delivery.outbox.is_there else None
    kept = delivery.retry_for if kept is None and delivery.retry_for.content else kept
    if kept is None or not dated.has("receipt"):
        return None
    return Violated(
        "What a sender has kept carries no time of its own: the readings of an outage are all dated by its "
        "end, a hole with a heap behind it.",
        dated,
        (kept,),
    )


def _refused(feature: Feature) -> Violated | None:
    """A reading that fails with what it needs, and that nobody sends again; None where somebody may."""
    needed = list(feature.asked_per("message"))
    fails = next((part.when_down for part in needed if part.when_down.has("fail")), None)
    if fails is None or (once := _sent_once(feature)) is None:
        return None
    return Violated(
        "A reading is refused while what it needs is down, and nobody sends it again: each outage of "
        "that is a hole.",
        fails,
        (once,),
    )


def _sent_once(feature: Feature) -> Field[str] | None:
    """What says that a reading which is refused is not sent again; None where something repeats, or may."""
    delivery, after = feature.sync.delivery, feature.sync.durability.acknowledge_after
    if delivery.outbox.is_stated or delivery.retry_for.content:
        return None
    if after.has("receive"):
        return after
    return delivery.guarantee if delivery.guarantee.has("at-most-once") else None


def _kept_through_outage(feature: Feature) -> Limit | None:
    """An outage against what its sender keeps, by number or else by age; None where neither is stated."""
    delivery, workload = feature.sync.delivery, feature.workload
    outbox, rate, away = delivery.outbox, workload.messages.rate, workload.outage.longest
    own, kept = outbox.max_messages, feature.backpressure.queue.max_messages
    kept = own if own.is_stated else kept
    given_up = outbox.max_age if outbox.is_there else delivery.retry_for
    if outbox.is_stated and rate.content and away.content and kept.content:
        return Limit(
            "what is measured in an outage",
            named("readings of an outage", term(rate) * term(away), Count),
            "what a sender keeps",
            kept,
            or_equal=True,
            note=f"It begins to lose when {kept} have been measured.",
            at=kept,
        )
    if given_up.content and away.content:
        return Limit(
            "an outage",
            away,
            "the age at which a reading is given up",
            given_up,
            or_equal=True,
            note="Of a longer one the beginning is missing.",
            at=given_up,
        )
    return None


def _never_repeated(feature: Feature) -> Violated | None:
    """A reading that by decision nobody sends again; None without one, or where a loss is allowed."""
    delivery = feature.sync.delivery
    if not delivery.is_once_by_decision or feature.targets.loss.content:
        return None
    ways = (delivery.repeated_by, delivery.repeat, delivery.retry_for)
    never: Part | None = next((part for part in ways if part.is_none), None)
    if never is None:
        return None
    return Violated(
        "A reading is sent once, and nobody sends it again: what was under way when a connection broke "
        "is a hole.",
        never,
        (delivery.guarantee,),
    )
