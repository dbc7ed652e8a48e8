"""What is promised of each message: that it arrives, and once."""

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known
from rtreview.language.sections.workload import MACHINES
from rtreview.numbers.expression import Expression, named, term, total
from rtreview.numbers.replay import of_the_moment
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

GIVEN_OUT = ("notifications", "push", "feed", "dashboard", "presence")
"""Purposes in which clients of a connection both ways send little more than what they have received."""


@rule
def at_least_once_without_dedup(feature: Feature) -> Outcomes:
    """Messages are sent again, and nothing drops the second one."""
    delivery = feature.sync.delivery
    again = delivery.deduplicate
    if reason := feature.bears_copies:
        raise NotApplicable(reason)
    claim = delivery.guarantee.has("at-least-once")
    cause: Part | None = delivery.guarantee if claim else feature.sync.delivery.repetition
    if cause is None and (copies := _copies_of_the_backplane(feature)):
        yield copies
        return
    if cause is None or delivery.guarantee.has("exactly-once"):
        raise NotApplicable("at-least-once is not claimed, and nothing is said to be sent again")
    if again.tells_no_copy or again.is_loose:
        absent: Part = again if again.is_none else again.enforced if again.is_loose else again.by
        span, by = delivery.retry_for.content, delivery.repeated_by
        often = f"repeated for up to {span}" if span else "repeated until it is acknowledged"
        whose = f" (by {by})" if by.content else ""
        kept = "no receiver has to drop" if again.is_loose else "nothing drops"
        case = _bearable(feature, told=bool(again.is_loose and again.by.content))
        yield Violated(f"A message is {often}{whose}, and {kept} the copies.", absent, (cause,), case)
    elif again.is_stated:
        yield Passed(f"copies are dropped by {again.by}" if again.by.content else "copies are dropped")
    elif feature.sync.ordering.is_by_sender:
        yield Passed("the number that its sender gave a message shows a copy")
    elif not claim:
        raise Undecided(again)
    else:
        message = f"Delivery is at-least-once; the spec does not say `{again.dotted}`."
        raise Unstated(again, message=message)


def _copies_of_the_backplane(feature: Feature) -> Violated | None:
    """Messages that what joins the nodes gives twice, where it is stated that nothing drops the second."""
    backplane, again = feature.topology.backplane, feature.sync.delivery.deduplicate
    repeats = backplane.guarantee.has("at-least-once") or backplane.publish.has("outbox")
    if not repeats or not again.tells_no_copy or feature.sync.delivery.guarantee.is_stated:
        return None
    at: Part = again if again.is_none else again.by
    cause = backplane.guarantee if backplane.guarantee.has("at-least-once") else backplane.publish
    return Violated(
        f"What joins the nodes gives a message again after a failure (`{cause.dotted}: {cause}`), and "
        "nothing drops the copies.",
        at,
        (cause,),
        when="the nodes alone get copies",
    )


def _bearable(feature: Feature, *, told: bool) -> str:
    """What makes a copy bearable: receivers are `told` what makes one, its number, or that it is a line."""
    if told and not feature.direction.has("client-to-server") and feature.workload.only("server"):
        return "the programs that receive it are told what makes a copy"
    if feature.direction.has("server-to-client") and feature.sync.ordering.is_gapless:
        return "its number would show a copy"
    is_line = feature.holds_only("log") and feature.serves("telemetry", "console")
    return "a line of a log is there twice" if is_line and not feature.sync.effect.has("acts") else ""


@rule
def repeated_before_the_answer(feature: Feature) -> Outcomes:
    """A message is sent again while its answer may still be on the way."""
    delivery, repeat = feature.sync.delivery, feature.sync.delivery.repeat
    again = delivery.deduplicate
    if reason := feature.bears_copies:
        raise NotApplicable(reason)
    if not repeat.is_there:
        raise NotApplicable("nothing says when a message is sent again")
    if again.drops:
        raise NotApplicable(f"copies are dropped by {again.by}")
    if repeat.on.includes("any-traffic"):
        yield Violated(
            "Whatever the other end sends makes a message go out again, though its answer may be on the way: "
            "the busier the connection, the more copies.",
            repeat.on,
            (again,) if again.is_none else (),
        )
    elif repeat.on.has("reconnect"):
        yield Passed("a message is sent again on a new connection, on which no old answer comes")
    elif repeat.after.is_none:
        yield Violated("A message is sent again without a wait for its answer.", repeat.after)
    elif work := _before_the_answer(feature):
        if feature.work.second.has("refused"):
            yield Passed("what is still worked on is not begun a second time")
            return
        done = named("work", total(*work), Duration)
        wait = repeat.after.content
        # Work that takes as long as the wait is too long by itself, whatever the round trip is.
        alone = wait is not None and done.content is not None and done.content >= wait
        yield Limit(
            "the time to an answer",
            done
            if alone
            else named("round trip and work", total(term(feature.workload.rtt), *work), Duration),
            "the wait for an answer",
            repeat.after,
            at=repeat.after,
            propose=(repeat.after,),
        )
    else:
        rtt = feature.workload.rtt
        yield Limit("the round trip", rtt, "the wait for an answer", repeat.after, at=repeat.after)


def _before_the_answer(feature: Feature) -> list[Expression[Duration]]:
    """What is done before the answer to a message, where it is said how long that takes.

    Of several messages that one reader holds, the last waits for the work of all.
    """
    calls: list[Expression[Duration]] = [
        term(part.call_time, f"call of {part.key}")
        for part in feature.dependencies
        if part.before.has("answer") and part.call_time.content is not None
    ]
    confirms, lasts = feature.sync.delivery.consumer_confirms, feature.work.lasts
    # A consumer may be said to take so long for a message instead.
    lasts = lasts if lasts.is_stated else feature.backpressure.client.takes
    if confirms.has("after-work") and lasts.content is not None:
        one, held = term(lasts, "the work"), feature.topology.backplane.consumer.takes
        in_turn = held.content is not None and not feature.sync.ordering.handled.has("concurrently")
        return [*calls, term(held, "messages that a reader holds") * one if in_turn else one]
    return calls


@rule
def dedup_shorter_than_retry_horizon(feature: Feature) -> Outcomes:
    """A late copy arrives when its original has been forgotten."""
    delivery, offline = feature.sync.delivery, feature.sync.offline
    again, kept = delivery.deduplicate, delivery.outbox.max_age
    retry = kept if kept.content and not delivery.retry_for.is_stated else delivery.retry_for
    if reason := feature.bears_copies:
        raise NotApplicable(reason)
    if again.is_none:
        raise NotApplicable("nothing is remembered: see at-least-once-without-dedup")
    if not again.is_stated:
        raise NotApplicable("no memory of copies is stated")
    longest = offline.max.content
    sends_later = not feature.direction.has("server-to-client") and not offline.is_none
    if offline.max.is_none and sends_later and again.ttl.content:
        yield Violated(
            f"What is written offline is sent after any time, and copies are remembered for {again.ttl}.",
            again.ttl,
            (offline.max,),
        )
        return
    writes_offline = longest is not None and not feature.direction.has("server-to-client")
    if retry.is_none and not writes_offline:
        raise NotApplicable("nothing is sent again")
    if again.ttl.is_none:
        yield Passed("what was seen is never forgotten")
        return
    if delivery.guarantee.has("at-most-once") and not retry.is_stated and not writes_offline:
        raise NotApplicable("delivery is at-most-once, and nothing is sent again")
    horizon, name = retry, "the time of retries"
    if longest and writes_offline and (retry.content is None or longest > retry.content):
        horizon, name = offline.max, "the time of offline work"
    yield Limit(name, horizon, "the memory of copies", again.ttl, or_equal=True, at=again.ttl)


@rule
def exactly_once_claimed(feature: Feature) -> Outcomes:
    """Exactly-once is claimed, and what would make it true is not there."""
    delivery, after = feature.sync.delivery, feature.sync.durability.acknowledge_after
    again, retry = delivery.deduplicate, delivery.retry_for
    if not delivery.guarantee.has("exactly-once"):
        raise NotApplicable("exactly-once is not claimed")
    if retry.is_none:
        yield Violated(
            "Exactly-once is claimed, and nothing is sent again: a message that is lost stays lost.",
            delivery.guarantee,
            (retry,),
            when="one half is missing",
        )
    elif again.tells_no_copy and not feature.bears_copies:
        yield Violated(
            "Exactly-once is claimed, and nothing drops a message that arrives twice.",
            delivery.guarantee,
            (again if again.is_none else again.by,),
            when="one half is missing",
        )
    elif not (again.is_stated or feature.bears_copies or feature.sync.ordering.is_by_sender):
        message = f"Delivery is exactly-once; the spec does not say `{again.dotted}`."
        raise Unstated(again, message=message, when="one half is missing")
    elif after.has("receive"):
        yield Violated(
            "A message is acknowledged when it is received: one that a crash takes is not sent again.",
            delivery.guarantee,
            (after,),
        )
    elif not after.is_stated:
        raise Undecided(after)
    else:
        yield Passed(f"copies do no harm, and a message is acknowledged after {after}")


@rule
def at_least_once_without_retry(feature: Feature) -> Outcomes:
    """At-least-once is claimed, and nobody sends again."""
    delivery, resume = feature.sync.delivery, feature.transport.resume
    retry = delivery.retry_for
    if not delivery.guarantee.has("at-least-once"):
        raise NotApplicable("at-least-once is not claimed")
    if retry.content:
        yield _outlasted(feature) or Passed(f"a sender repeats for {retry}")
        return
    if again := feature.sync.delivery.repetition:
        yield Passed(f"what is not confirmed is sent again: `{again.dotted}`")
        return
    if found := _handed_over_once(feature):
        yield found
        return
    if not retry.is_stated and not delivery.repeated_by.is_none:
        raise _sender_unnamed(feature)
    decided: Part = retry if retry.is_stated else delivery.repeated_by
    if feature.direction.has("server-to-client"):
        if not resume.is_stated:
            raise Undecided(resume)
        if not resume.is_none:
            raise NotApplicable("what is sent to a client is repeated by its replay")
        yield Violated("Delivery is at-least-once, and nothing is sent twice.", decided, (resume,))
    elif not feature.direction.is_stated and resume.is_there:
        raise Undecided(feature.direction)
    else:
        yield Violated(
            "Delivery is at-least-once, and no sender repeats what is not acknowledged.",
            decided,
            (delivery.guarantee,),
        )


def _sender_unnamed(feature: Feature) -> Unstated | Undecided:
    """Whether somebody has to be asked who sends a message to the server again, where nothing says it."""
    retry = feature.sync.delivery.retry_for
    # What is sent to a client is asked about as its replay.
    both_ways = feature.direction.has("bidirectional") and not feature.serves(*GIVEN_OUT)
    goes_up = both_ways or feature.direction.has("client-to-server")
    comes_anyway = feature.is_fleeting or feature.next_heals or feature.only_ephemeral
    if not goes_up or comes_anyway or feature.merges_by("crdt") or _has_other_means(feature):
        return Undecided(retry)
    message = "Delivery is at-least-once; the spec does not say who sends a message to the server again, nor"
    return Unstated(retry, message=f"{message} for how long (`{retry.dotted}`).")


def _has_other_means(feature: Feature) -> bool:
    """Whether what is stated may send a message up again, or has its sender see that it failed."""
    sync, transport = feature.sync, feature.transport
    by_requests = feature.fan_out.publish.has("requests") or transport.service.content
    kept = sync.offline.is_there or sync.delivery.outbox.is_stated or sync.durability.kept_in.has("device")
    return bool(by_requests or kept or sync.delivery.channel.is_stated)


def _outlasted(feature: Feature) -> Limit | None:
    """The usual outage against the time of retries; None where it fits, or something brings it later.

    Raises:
        Undecided: nothing is said of a replay.

    """
    resume, is_up = feature.transport.resume, feature.direction.has("client-to-server")
    if not feature.gives_up_early or feature.sync.delivery.outbox.is_there:
        return None
    if not (is_up or resume.is_stated):
        raise Undecided(resume)
    if not (is_up or resume.is_none):
        return None
    return Limit(
        "the usual outage",
        feature.workload.outage.typical,
        "the time of retries",
        feature.sync.delivery.retry_for,
        or_equal=True,
        note="What is sent in one is given up before it is over.",
        at=feature.sync.delivery.retry_for,
    )


def _handed_over_once(feature: Feature) -> Violated | None:
    """A message whose way to its receivers is a call that is made once; None without the word on it."""
    pushed, missed, sync = feature.pushed_once, feature.push.missed, feature.sync
    own = feature.transport.kind.content and not feature.pushes_alone
    if sync.refetch.content or feature.direction.has("client-to-server"):
        return None
    if pushed is not None and not own:
        return Violated(
            "Delivery is at-least-once, and the call that hands a push to its service is made once: a "
            "message whose push was refused is kept, and nothing tells the app of it before the next one.",
            pushed,
            (sync.delivery.guarantee,),
            when="an app fetches it when it is opened" if missed.has("fetched") else "",
        )
    calls = [part for part in feature.dependencies if part.before.has("delivery") and part.retried.is_none]
    carries = [part for part in calls if not (part.holds.is_stated or part.when_down.has("queue", "block"))]
    if not carries or feature.transport.resume.is_there or feature.join_brings_history:
        return None
    return Violated(
        f"Delivery is at-least-once, and the call of `{carries[0].key}` that a message waits for on its way "
        "is made once: where it fails, nobody is sent the message.",
        carries[0].retried,
        (sync.delivery.guarantee,),
    )


def _may_lose_nothing(feature: Feature) -> bool:
    """Whether each message counts by its kind, and it is promised that none is lost."""
    counts = feature.holds("command") or feature.holds("log")
    counts = counts or feature.serves("commands", "data-sync", "feed")
    return counts and feature.targets.loss.has(Duration(0))


@rule
def must_deliver_on_at_most_once(feature: Feature) -> Outcomes:
    """What people write is sent once, and lost where the connection breaks at that moment."""
    delivery, resume = feature.sync.delivery, feature.transport.resume
    if verdict := _log_sent_up_once(feature):
        yield verdict
        return
    promised = _may_lose_nothing(feature)
    if feature.purpose.is_stated and not (feature.serves("chat", "collaborative-editing") or promised):
        raise NotApplicable(f"it looks at chats and shared documents, not at {feature.purpose}")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients send nothing")
    if feature.merges_by("crdt") and not feature.is_rebuilt:
        raise NotApplicable("replicas exchange what each one lacks when they meet again")
    if feature.next_heals or feature.only_ephemeral:
        raise NotApplicable("the next update replaces the one that is lost")
    if not feature.purpose.is_stated and not (delivery.retry_for.is_none or promised):
        raise NotApplicable("no purpose is stated that needs every message")
    if not promised:
        known(feature.purpose)
    if delivery.is_none:
        yield Violated(
            "What somebody writes while the connection breaks is lost: nothing is confirmed or sent again.",
            delivery,
            when=of_the_moment(feature),
        )
        return
    _ask_what_keeps_it(feature)
    if known(delivery.guarantee) != "at-most-once":
        raise NotApplicable(f"delivery is {delivery.guarantee}")
    outbox = delivery.outbox
    if delivery.retry_for.content:
        yield Passed(f"a sender repeats for {delivery.retry_for}")
    elif outbox.is_there or delivery.repeat.is_there or "client" in (delivery.repeated_by.content or ()):
        yield Passed("a client keeps what is not confirmed, and sends it again")
    elif not delivery.retry_for.is_stated and not outbox.is_none and not delivery.repeated_by.is_none:
        yield _sent_once(feature)
    else:
        ways = (delivery.retry_for, outbox, delivery.repeated_by)
        source = f" ({delivery.guarantee.default})" if delivery.guarantee.default else ""
        back = f"; `{resume.dotted}` replays what the server has, not this" if resume.by.content else ""
        yield Violated(
            "What somebody writes while the connection breaks is lost: "
            f"delivery is at-most-once{source}, and no sender repeats{back}.",
            next(part for part in ways if part.is_none),
            (delivery.guarantee,),
            of_the_moment(feature),
        )


def _ask_what_keeps_it(feature: Feature) -> None:
    """Where no message may be lost, somebody is asked what keeps one, unless something is stated of it.

    Raises:
        Unstated: nothing is.
        Undecided: what is stated is said of a connection, and this goes by requests.

    """
    delivery, loss = feature.sync.delivery, feature.targets.loss
    if feature.transport.is_none and not delivery.guarantee.is_of_a_feature:
        # Beside a connection that loses stand requests, each of which is answered or fails.
        raise Undecided(delivery.guarantee)
    is_stated = delivery.guarantee.is_stated or delivery.repetition or feature.fan_out.stored.content
    if not loss.has(Duration(0)) or is_stated or _has_other_means(feature):
        return
    unsaid = f"`{delivery.guarantee.dotted}`, nor who sends a message to the server again"
    message = f"No message may be lost (`{loss.dotted}`); the spec does not say {unsaid}."
    raise Unstated(delivery.guarantee, message=message)


def _sent_once(feature: Feature) -> Violated:
    """What people write, where the design itself says at-most-once and nothing of a repetition."""
    delivery = feature.sync.delivery
    by_requests = feature.fan_out.publish.has("requests") or feature.transport.service.content
    if delivery.guarantee.default or by_requests or feature.fan_out.stored.content:
        raise Undecided(delivery.retry_for)
    return Violated(
        "What somebody writes while the connection breaks is lost: delivery is at-most-once, and nothing is "
        "said to send it again.",
        delivery.guarantee,
        when=of_the_moment(feature) or "nothing is said of a repetition",
    )


def _log_sent_up_once(feature: Feature) -> Passed | Violated | None:
    """A log that a program streams to the server; None of what people write, or without the word on it."""
    sync, delivery, resume = feature.sync, feature.sync.delivery, feature.transport.resume
    is_log = feature.merges_by("append-only") and sync.updates.has("delta", "event")
    is_sent_up = feature.serves("console", "data-sync") and feature.direction.has("client-to-server")
    is_stated = delivery.is_once_by_decision or delivery.is_none
    if not (is_log and is_sent_up and is_stated):
        return None
    outbox = delivery.outbox
    keeps = (
        outbox.max_age.content or outbox.kept.content or outbox.sent.content or outbox.on_lost.has("retry")
    )
    if keeps or delivery.retry_for.content or delivery.repeat.is_there or delivery.repeated_by.content:
        return Passed("a writer keeps what is not confirmed, and sends it again")
    if resume.by.content or sync.join.order.has("from-position"):
        return Passed("a writer that returns is told from where to go on")
    if {"device", "browser"} & {*(sync.durability.kept_in.content or ())}:
        return Passed("the whole log is kept where it is written")
    ways: tuple[Part, ...] = (delivery, delivery.repeat, delivery.repeated_by, delivery.retry_for)
    is_shown = sync.effect.has("shown") or of_the_moment(feature)
    return Violated(
        "A writer streams a log, sends each part once, and is told no position: what is under way when its "
        "connection breaks is missing in the middle, and what follows is appended to it.",
        next((part for part in ways if part.is_none), delivery.guarantee),
        (delivery.guarantee,) if delivery.guarantee.is_stated and any(part.is_none for part in ways) else (),
        when="it is only shown" if is_shown else "a program writes a log",
    )


@rule
def refused_change_dropped(feature: Feature) -> Outcomes:
    """A change is refused, and whoever made it is never told."""
    sync, refused = feature.sync, feature.sync.delivery.outbox.on_refused
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients send nothing")
    if sync.delivery.outbox.is_none:
        raise NotApplicable("a client keeps nothing: see must-deliver-on-at-most-once")
    if not sync.delivery.outbox.is_stated:
        raise NotApplicable("no outbox is stated")
    comes_again = feature.comes_soon or feature.workload.messages.when.has("interval")
    if feature.is_momentary or (feature.is_state_valued and comes_again):
        raise NotApplicable("the next update replaces the one that is refused")
    are_machines = feature.workload.only(*MACHINES) or not feature.workload.clients.is_stated
    if refused.has("drop") and feature.serves("telemetry") and are_machines:
        raise NotApplicable("a reading that is refused would be refused again, and nobody waits for it")
    if _goes_on(refused):
        yield Passed(f"a change that is refused ends in {refused}")
        return
    offline, merges = sync.offline.max, feature.merges_by("crdt", "ot")
    is_offline = offline.content or sync.offline.is_endless
    case = "people edit offline, or replicas merge" if is_offline or merges else ""
    lost = "is dropped, and counts as sent" if refused.content else "is not told from one that is lost"
    apart = ": the replicas differ from then on, and nothing shows it" if merges else ""
    yield Violated(
        f"A change that is refused {lost}; its author sees it as kept{apart}.",
        refused,
        (offline,) if is_offline else (),
        case,
    )


def _goes_on(refused: Field[str]) -> bool:
    """Whether a change that is refused is stated to go on: neither dropped, nor taken for a loss.

    Raises:
        Undecided: the spec does not say.

    """
    return not refused.is_none and known(refused) != "drop"
