"""What is promised of each message: that it arrives, once, in an order, and that a loss is noticed."""

from rtreview.language import catalogue
from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known
from rtreview.language.sections.sync import Data
from rtreview.language.sections.workload import MACHINES
from rtreview.numbers.expression import Expression, named, term
from rtreview.numbers.replay import of_the_moment
from rtreview.quantities.quantity import Count, Duration, Size
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

DOUBT = "the guarantee alone tells of losses"
"""The case of a stream that may lose something, though no channel or datagram does (gap-passed-over)."""

NUMBERS = ("sequence", "sequencer", "vector-clock")
"""Orders whose numbers follow one another, so that a copy is seen."""

MOMENTS = Duration(10)
"""A command that is no older than this may still be carried out (stale-command-carried-out)."""

ENTRY = Size(8)
"""One entry of a vector clock: 8 to 16 B, the lower figure."""


def harmless(feature: Feature) -> str:
    """Why a message that arrives twice does no harm; nothing where it may."""
    if feature.is_momentary:
        return "what arrives twice is replaced a moment later"
    if feature.is_state_valued or feature.holds_only("register", "ephemeral"):
        return "the same value twice is the same value"
    if feature.merges_by("crdt"):
        return "a CRDT applies a change once, however often it arrives"
    if feature.merges_by("ot"):
        return "a change names the revision that it builds on, so that a copy shows"
    if feature.direction.has("server-to-client") and feature.sync.ordering.by.has(*NUMBERS):
        return f"the order by {feature.sync.ordering.by} shows a copy"
    if feature.merges_by("last-writer-wins", "full-state"):
        return "the same write twice leaves the same state"
    return ""


@rule
def at_least_once_without_dedup(feature: Feature) -> Outcomes:
    """Messages are sent again, and nothing drops the second one."""
    delivery = feature.sync.delivery
    again = delivery.deduplicate
    if reason := harmless(feature):
        raise NotApplicable(reason)
    claim = delivery.guarantee.has("at-least-once")
    cause: Part | None = delivery.guarantee if claim else _repetition(feature)
    if cause is None and (copies := _copies_of_the_backplane(feature)):
        yield copies
        return
    if cause is None or delivery.guarantee.has("exactly-once"):
        raise NotApplicable("at-least-once is not claimed, and nothing is said to be sent again")
    is_loose = again.enforced.is_none or again.enforced.has(False)
    if again.is_none or again.by.is_none or is_loose:
        absent: Part = again if again.is_none else again.enforced if is_loose else again.by
        span, by = delivery.retry_for.content, delivery.repeated_by
        often = f"repeated for up to {span}" if span else "repeated until it is acknowledged"
        whose = f" (by {by})" if by.content else ""
        kept = "no receiver has to drop" if is_loose else "nothing drops"
        case = _bearable(feature, told=bool(is_loose and again.by.content))
        yield Violated(f"A message is {often}{whose}, and {kept} the copies.", absent, (cause,), case)
    elif again.is_stated:
        yield Passed(f"copies are dropped by {again.by}" if again.by.content else "copies are dropped")
    elif _numbered_by_sender(feature):
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
    if not repeats or not (again.is_none or again.by.is_none) or feature.sync.delivery.guarantee.is_stated:
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
    """What makes a copy bearable: receivers are `told` what makes one, or it is a line of a log."""
    if told and feature.direction.has("server-to-client") and feature.workload.only("server"):
        return "the programs that receive it are told what makes a copy"
    is_line = feature.holds_only("log") and feature.serves("telemetry", "console")
    return "a line of a log is there twice" if is_line and not feature.sync.effect.has("acts") else ""


def _numbered_by_sender(feature: Feature) -> bool:
    """Whether each message has a number of its sender's own before it is sent, so that a copy has it too."""
    ordering = feature.sync.ordering
    return ordering.by.has("sequence") and ordering.assigned_by.has("sender")


def _repetition(feature: Feature) -> Part | None:
    """Where it is stated that a message which is not confirmed is sent again; None where nothing says so."""
    delivery = feature.sync.delivery
    if delivery.outbox.is_there:
        return delivery.outbox
    if delivery.repeat.is_there:
        return delivery.repeat
    return next((part for part in (delivery.retry_for, delivery.repeated_by) if part.content), None)


@rule
def repeated_before_the_answer(feature: Feature) -> Outcomes:
    """A message is sent again while its answer may still be on the way."""
    delivery, repeat = feature.sync.delivery, feature.sync.delivery.repeat
    again = delivery.deduplicate
    if reason := harmless(feature):
        raise NotApplicable(reason)
    if not repeat.is_there:
        raise NotApplicable("nothing says when a message is sent again")
    if again.by.content and not (again.enforced.is_none or again.enforced.has(False)):
        raise NotApplicable(f"copies are dropped by {again.by}")
    if repeat.on.has("reconnect"):
        yield Passed("a message is sent again on a new connection, on which no old answer comes")
    elif repeat.on.has("any-traffic"):
        yield Violated(
            "Whatever the other end sends makes a message go out again, though its answer may be on the way: "
            "the busier the connection, the more copies.",
            repeat.on,
            (again,) if again.is_none else (),
        )
    elif repeat.after.is_none:
        yield Violated("A message is sent again without a wait for its answer.", repeat.after)
    else:
        rtt = feature.workload.rtt
        yield Limit("the round trip", rtt, "the wait for an answer", repeat.after, at=repeat.after)


def of_commands(feature: Feature) -> tuple[Field[str], Field[Duration]]:
    """What is retained of commands, and their age at the end: their own words, or those of all messages.

    Of several kinds of commands it is the one that is kept for longest.
    """
    delivery = feature.sync.delivery
    pairs = [
        (
            part.retain if part.retain.is_stated else delivery.retain,
            part.expires_after if part.expires_after.is_stated else delivery.expires_after,
        )
        for part in feature.sync.data
        if part.shape.has("command")
    ] or [(delivery.retain, delivery.expires_after)]
    kept = [pair for pair in pairs if pair[0].content]
    return next((pair for pair in kept if not pair[1].content), (kept or pairs)[0])


def carried_out_again(feature: Feature) -> Part | None:
    """What brings a command to a receiver once more, or late; None where nothing says so."""
    retain, resume = of_commands(feature)[0], feature.transport.resume
    if retain.content:
        return retain
    if feature.replays:
        return resume.by
    return feature.sync.join.order if feature.holds_only("command") and feature.join_brings_history else None


def _may_bring_commands(feature: Feature, kept: Part | None) -> None:
    """End the rule where what is kept brings no command to its receiver."""
    if feature.sync.replicas.is_there:
        raise NotApplicable("an input belongs to its step of the game, and is no act when it is replayed")
    returns = kept is feature.transport.resume.by and not feature.workload.has_any("device")
    if returns and feature.work.is_there:
        raise NotApplicable("the server carries out what it is asked for, and replays what comes of it")


@rule
def stale_command_carried_out(feature: Feature) -> Outcomes:
    """A command is kept, and carried out at the next join or return."""
    delivery = feature.sync.delivery
    kept, (retain, expiry) = carried_out_again(feature), of_commands(feature)
    if not feature.holds("command"):
        yield _acted_on_late(feature, kept)
        return
    _may_bring_commands(feature, kept)
    if kept is None and (waits := _waits_on_its_way(feature, expiry)):
        yield waits
        return
    if kept is None and not retain.is_none:
        raise Undecided(retain)
    if kept is None:
        yield Passed("nothing keeps a command")
    elif reason := _told_from_new(feature, kept):
        yield Passed(reason)
    elif delivery.deduplicate.by.content:
        yield Violated(
            "What a device has carried out is known by id to that device: a new session or another device "
            "gets old commands for the first time, and nothing tells them from new ones.",
            delivery.replay_marked,
            (kept,),
            "a return alone replays it",
        )
    elif not expiry.is_stated and not retain.content:
        message = f"A command is kept (`{kept.dotted}`); the spec does not say `{expiry.dotted}`."
        raise Unstated(expiry, message=message)
    elif retain.content:
        yield Violated(
            "A command is retained: each client that subscribes, first or again, carries it out once more.",
            kept,
            (expiry,) if expiry.is_stated else (),
            "" if expiry.is_stated else "nothing is said of its age",
        )
    else:
        yield Violated(
            "A command never expires: one that was missed is carried out when the client returns.",
            kept,
            (expiry,),
            "a return alone replays it",
        )


def _waits_on_its_way(feature: Feature, expiry: Field[Duration]) -> Violated | None:
    """A command that a push service keeps, or that waits at its sender for a connection, however long."""
    if expiry.is_none and feature.serves("push"):
        return Violated(
            "A command that is pushed never expires: the service keeps it until the device is reachable, and "
            "it is carried out then.",
            expiry,
            when="a return alone replays it",
        )
    outbox, acts = feature.sync.delivery.outbox, feature.sync.effect.has("acts")
    if not outbox.is_there or not (acts or feature.serves("commands") or feature.workload.has_any("device")):
        return None
    if expiry.content or outbox.max_age.content or feature.direction.has("server-to-client"):
        return None
    lasts = outbox.kept.has("disk", "browser") or outbox.sent.has("background", "while-open")
    decided = next((part for part in (expiry, outbox.max_age) if part.is_none), None)
    if not lasts and decided is None:
        return None
    at = outbox.kept if outbox.kept.has("disk", "browser") else outbox.sent if lasts else outbox
    return Violated(
        "A command that is given without a connection waits at its sender, and is carried out whenever that "
        "is back, however much has changed since.",
        decided if decided is not None else at,
        (at,) if decided is not None and at is not outbox else (),
        "a return alone replays it",
    )


def _told_from_new(feature: Feature, kept: Part) -> str:
    """What keeps an old command from being carried out; empty where nothing is said to."""
    delivery, expiry = feature.sync.delivery, of_commands(feature)[1]
    resume, held = feature.transport.resume, feature.transport.resume.retention.content
    if kept is resume.by and held is not None and held <= MOMENTS:
        return f"what is replayed is no older than {resume.retention}"
    if expiry.content:
        return f"a command that is older than {expiry} is dropped"
    if delivery.replay_marked.content:
        return "a command that is replayed can be told from a new one"
    if delivery.deduplicate.by.content and not _meets_newcomers(feature):
        return f"a command is carried out once, by {delivery.deduplicate.by}"
    return ""


def _meets_newcomers(feature: Feature) -> bool:
    """Whether commands without an end and without a mark are replayed to clients that have seen none."""
    delivery = feature.sync.delivery
    is_unmarked = delivery.replay_marked.is_none or delivery.replay_marked.has(False)
    lasts = bool(of_commands(feature)[0].content) or feature.transport.resume.retention.is_none
    return is_unmarked and lasts and not feature.direction.has("client-to-server")


def _is_a_setting(part: Data) -> bool:
    """Whether it is a value that stays until it is changed, such as a light that is on."""
    return part.shape.has("register") and part.lasts.has("set")


def _acted_on_late(feature: Feature, kept: Part | None) -> Passed | Violated:
    """What becomes of an event that its receiver acts on, and that comes late or once more."""
    delivery, join = feature.sync.delivery, feature.sync.join
    if not feature.sync.effect.has("acts"):
        raise NotApplicable("no command is sent, and no message makes its receiver act")
    if kept is None and delivery.outbox.is_there:
        kept = delivery.outbox
    if kept is None and join.order.has("snapshot") and feature.sync.updates.has("event"):
        kept = join.order
    expiry, marked = delivery.expires_after, delivery.replay_marked
    if kept is None and not delivery.retain.is_stated and feature.connection.may_retain:
        raise Undecided(delivery.retain)
    if kept is None:
        return Passed("nothing keeps what a receiver acts on")
    is_state = feature.is_state_valued or feature.sync.updates.has("signal")
    if is_state and feature.holds_only("register") and not delivery.retain.content:
        return Passed("a receiver acts on the value that holds, and the same one again changes nothing")
    if expiry.content:
        return Passed(f"what is older than {expiry} is dropped")
    if marked.content:
        return Passed("what is replayed can be told from what is new")
    if feature.is_state_valued and all(_is_a_setting(part) for part in feature.sync.data):
        return Passed("what is kept is the value that is wanted, and to set it again changes nothing")
    once = "" if delivery.retain.content else "a return alone replays it"
    if not (marked.is_none or marked.has(False) or expiry.is_none):
        message = f"A receiver acts on what is kept (`{kept.dotted}`); the spec does not say "
        raise Unstated(marked, message=f"{message}`{marked.dotted}`.", when=once)
    return Violated(
        "A receiver acts on each message, and what was kept looks like what has just happened: it acts hours "
        "late, or again.",
        kept,
        (expiry if expiry.is_none else marked,),
        once,
    )


@rule
def dedup_shorter_than_retry_horizon(feature: Feature) -> Outcomes:
    """A late copy arrives when its original has been forgotten."""
    delivery, offline = feature.sync.delivery, feature.sync.offline
    again, kept = delivery.deduplicate, delivery.outbox.max_age
    retry = kept if kept.content and not delivery.retry_for.is_stated else delivery.retry_for
    if reason := harmless(feature):
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
    elif (again.is_none or again.by.is_none) and not harmless(feature):
        yield Violated(
            "Exactly-once is claimed, and nothing drops a message that arrives twice.",
            delivery.guarantee,
            (again if again.is_none else again.by,),
            when="one half is missing",
        )
    elif not (again.is_stated or harmless(feature) or _numbered_by_sender(feature)):
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
        yield Passed(f"a sender repeats for {retry}")
        return
    if again := _repetition(feature):
        yield Passed(f"what is not confirmed is sent again: `{again.dotted}`")
        return
    if not retry.is_stated and not delivery.repeated_by.is_none:
        raise Undecided(retry)
    decided: Part = retry if retry.is_stated else delivery.repeated_by
    if feature.direction.has("server-to-client"):
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


@rule
def must_deliver_on_at_most_once(feature: Feature) -> Outcomes:
    """What people write is sent once, and lost where the connection breaks at that moment."""
    delivery, resume = feature.sync.delivery, feature.transport.resume
    if feature.purpose.is_stated and not feature.serves("chat", "collaborative-editing"):
        raise NotApplicable(f"it looks at chats and shared documents, not at {feature.purpose}")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients send nothing")
    if feature.merges_by("crdt") and not feature.is_rebuilt:
        raise NotApplicable("replicas exchange what each one lacks when they meet again")
    if feature.is_state_valued or feature.only_ephemeral:
        raise NotApplicable("the next update replaces the one that is lost")
    if not feature.purpose.is_stated and not delivery.retry_for.is_none:
        raise NotApplicable("no purpose is stated that needs every message")
    known(feature.purpose)
    if delivery.is_none:
        yield Violated(
            "What somebody writes while the connection breaks is lost: nothing is confirmed or sent again.",
            delivery,
            when=of_the_moment(feature),
        )
        return
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
    if feature.only_ephemeral or feature.is_state_valued or feature.serves("cursors", "signalling"):
        raise NotApplicable("the next update replaces the one that is refused")
    are_machines = feature.workload.only(*MACHINES) or not feature.workload.clients.is_stated
    if refused.has("drop") and feature.serves("telemetry") and are_machines:
        raise NotApplicable("a reading that is refused would be refused again, and nobody waits for it")
    if _goes_on(refused):
        yield Passed(f"a change that is refused ends in {refused}")
        return
    offline, merges = sync.offline.max, feature.merges_by("crdt", "ot")
    is_offline = offline.content or (offline.is_none and not sync.offline.is_none)
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


@rule
def total_order_without_sequencer(feature: Feature) -> Outcomes:
    """One order is claimed for all, and nobody makes it."""
    ordering, topology = feature.sync.ordering, feature.topology
    backplane = topology.backplane
    if not ordering.scope.content:
        raise NotApplicable("no order is claimed")
    if not ordering.scope.has("total", "per-room"):
        raise NotApplicable(f"order {ordering.scope} needs no single place")
    if ordering.by.has("lamport", "vector-clock"):
        raise NotApplicable(f"order is made by {ordering.by}, without a single place")
    if feature.transport.service.content and not topology.nodes.is_stated:
        raise NotApplicable(f"messages get their order in {feature.transport.service}")
    if feature.has_one_writer:
        raise NotApplicable("one writer is in order with itself")
    if topology.nodes.content and topology.nodes.content.amount <= 1:
        raise NotApplicable("one node sees all messages in one order")
    for single in (topology.routing.has("by-room"), feature.fan_out.owner.has("single")):
        if single:
            raise NotApplicable("one process sees all messages of a room")
    if ordering.assigned_by.has("room-owner", "global", "log") or topology.sequencer.content:
        place = topology.sequencer if topology.sequencer.content else ordering.assigned_by
        yield Passed(f"`{place.dotted}` is {place}")
        return
    for name in (backplane.kind, backplane.adapter):
        platform = catalogue.find(name)
        if platform and platform.has("ordered-log"):
            raise NotApplicable(f"messages get their order in {name}")
    publishers = known(topology.publishers)
    if publishers == "single":
        yield Passed("one process publishes all messages of a room")
        return
    if ordering.by.has("timestamp"):
        _clocks_of_servers(feature)
    by_itself = ordering.by.has("connection", "timestamp") or ordering.assigned_by.has("sender")
    by_itself = by_itself or ordering.assigned_by.is_none
    if not topology.sequencer.is_stated and not by_itself:
        raise Undecided(topology.sequencer)
    for name in (backplane.kind, backplane.adapter):
        catalogue.known(name)
    yield Violated(
        f"Order {ordering.scope} is claimed; several processes publish, and {_no_single_order(feature)}.",
        ordering.scope,
        (topology.publishers, topology.sequencer if topology.sequencer.is_stated else ordering.by),
        when="clocks make the order" if ordering.by.has("timestamp") else "",
    )


def _clocks_of_servers(feature: Feature) -> None:
    """End a rule about order by time where it is not the clocks of several servers that make it."""
    clock = feature.sync.clock
    if clock.has("client-wall") or not clock.is_stated:
        raise NotApplicable("order is made by clocks: see wall-clock-conflict-resolution")
    if clock.has("lamport", "hybrid-logical", "vector", "version"):
        raise NotApplicable(f"a {clock} clock needs no single place")


def _no_single_order(feature: Feature) -> str:
    """What there is in place of one order."""
    ordering = feature.sync.ordering
    if ordering.by.has("connection"):
        return "each connection has an order of its own"
    if ordering.by.has("timestamp"):
        return "each stamps by its own clock, so that the later message may carry the earlier time"
    return "each sender numbers its own" if ordering.assigned_by.has("sender") else "nobody numbers messages"


@rule
def wall_clock_conflict_resolution(feature: Feature) -> Outcomes:
    """The clock of a phone decides which of two changes survives, or which came first."""
    sync = feature.sync
    clock, ordering = sync.clock, sync.ordering
    wins = [strategy for strategy in feature.strategies if strategy.has("last-writer-wins")]
    by_time = ordering.by.has("timestamp") and not ordering.scope.is_none
    if feature.is_momentary:
        raise NotApplicable("what is decided wrongly is replaced a moment later")
    if feature.has_one_writer:
        raise NotApplicable("one writer is ordered by its own clock")
    if by_time and not wins and ordering.scope.has("per-sender"):
        raise NotApplicable("the messages of one sender are ordered by its own clock")
    if not wins and not by_time:
        if not clock.has("client-wall"):
            raise NotApplicable("no clock of a client is stated to decide")
        if feature.strategies and (ordering.is_stated or not feature.merges_by("append-only")):
            raise NotApplicable(f"with {feature.strategies[0]} no time decides")
        if ordering.is_stated or feature.has_one_writer is None:
            raise Undecided(feature.writers if feature.has_one_writer is None else sync.strategy)
    is_senders = by_time and ordering.assigned_by.has("sender") and not clock.is_stated
    deciding = ordering.assigned_by if is_senders and not feature.workload.only("server") else clock
    if deciding is clock and known(clock) != "client-wall":
        yield Passed(f"the clock is {clock}, not that of a client")
        return
    if feature.has_one_writer is None:
        raise Undecided(feature.writers)
    if wins:
        decides = "which of two changes survives: a fast one wins until the others have caught up"
    else:
        decides = "which message is first: a fast one moves its own behind those that were written later"
    editors = feature.concurrent_editors.content
    whose = f"Among {editors} editors" if editors else "Among several writers"
    yield Violated(
        f"{whose} the clock of a client decides {decides}.",
        deciding,
        (wins[0],) if wins else (ordering.by,) if ordering.by.is_stated else (),
        _clock_decides_little(feature, wins),
    )


def _clock_decides_little(feature: Feature, wins: list[Field[str]]) -> str:
    """The case of a clock by which less is lost, or of which nothing says what it decides."""
    if wins and feature.sync.overwritten.has("told", "kept"):
        return "what loses is not lost"
    if wins:
        return "it is about single values" if feature.holds_only("register", "ephemeral") else ""
    return "" if feature.sync.ordering.by.has("timestamp") else "nothing is said of what it decides"


@rule
def gap_undetectable(feature: Feature) -> Outcomes:
    """What joins the nodes may lose a message, and nobody can see that it is missing."""
    _depends_on_a_backplane(feature)
    sync, ordering, backplane = feature.sync, feature.sync.ordering, feature.topology.backplane
    is_hint, promised = sync.updates.has("signal"), sync.delivery.guarantee
    if feature.only_ephemeral or feature.is_state_valued:
        raise NotApplicable("the next update replaces the one that is lost")
    if feature.merges_by("crdt", "ot"):
        raise NotApplicable(f"with {feature.strategies[0]} a change names what it builds on")
    if promised.has("at-most-once"):
        raise NotApplicable("no more than at-most-once is promised")
    source = _keeps_nothing(feature) or backplane.guarantee
    known(source)
    if not is_hint:
        known(promised)
    kind = backplane.kind.content or "The backplane"
    claim = "signals are all that tells" if is_hint else f"{promised} is promised"
    is_mild = is_hint or not backplane.guarantee.is_stated
    case = "a signal is lost, or the catalogue tells the guarantee" if is_mild else ""
    if not is_mild and _comes_at_the_next_join(feature):
        case = "the next join brings it"
    if backplane.guarantee.has("at-least-once"):
        yield Passed(f"{kind[0].lower()}{kind[1:]} is at-least-once itself")
    elif reason := _heals_a_loss(feature):
        yield Passed(reason)
    elif not feature.passes_over_gaps and not ordering.by.is_stated and not ordering.is_none:
        told = f"{kind[0].upper()}{kind[1:]} is at-most-once, and {claim}"
        message = (
            f"{told}; the spec does not say `{ordering.by.dotted}`, by which a receiver would see a gap."
        )
        raise Unstated(ordering.by, message=message, when=case)
    else:
        order, unseen = _unseen_gap(feature)
        yield Violated(
            f"{kind[0].upper()}{kind[1:]} is at-most-once, {claim}, and {unseen}.",
            source,
            (*((promised,) if promised.is_stated else ()), order),
            case,
        )


def _comes_at_the_next_join(feature: Feature) -> bool:
    """Whether what a connected client has missed is stored, and fetched each time that it joins."""
    join, stored = feature.sync.join, feature.fan_out.stored
    return bool(
        feature.join_brings_history and join.fetch.has("each-time") and stored.has("before", "together")
    )


def _depends_on_a_backplane(feature: Feature) -> None:
    """End a rule about the backplane where no message crosses one on its way to a client."""
    topology, backplane = feature.topology, feature.topology.backplane
    if feature.connection.is_polling:
        raise NotApplicable("each poll fetches what is new")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    if backplane.is_none or (topology.nodes.content and topology.nodes.content.amount <= 1):
        raise NotApplicable("no backplane joins nodes")
    if not backplane.is_stated:
        raise NotApplicable("no backplane is stated")
    if topology.routing.has("by-room"):
        raise NotApplicable("all members of a room are on one node")


def _heals_a_loss(feature: Feature) -> str:
    """How a client gets over a message that the backplane lost; nothing where nothing says so."""
    sync = feature.sync
    for every in feature.renewals:
        return f"the whole state comes every {every}, whatever was lost"
    if reason := _sees_gaps(feature):
        return reason
    if sync.delivery.retry_for.content and feature.direction.has("server-to-client"):
        return f"a message that is not acknowledged is sent again for {sync.delivery.retry_for}"
    return ""


def _keeps_nothing(feature: Feature) -> Field[str] | None:
    """The name of what joins the nodes, where the catalogue alone tells that it keeps nothing."""
    backplane = feature.topology.backplane
    if backplane.guarantee.is_stated:
        return None
    for name in (backplane.adapter, backplane.kind):
        platform = catalogue.find(name)
        if platform:
            return name if platform.has("keeps-nothing") else None
    return None


def _unseen_gap(feature: Feature) -> tuple[Part, str]:
    """Where it is stated that a receiver does not see a gap, or passes over it, and how."""
    ordering = feature.sync.ordering
    if feature.passes_over_gaps:
        acts = "waits for it in vain" if ordering.on_gap.content else "goes on without it"
        return ordering.on_gap, f"a receiver that misses a message {acts}"
    return ordering if ordering.is_none else ordering.by, "no number shows what it has lost"


def _sees_gaps(feature: Feature) -> str:
    """How a receiver sees that a message is missing, and acts; empty where nothing says so."""
    ordering, resume = feature.sync.ordering, feature.transport.resume
    if feature.passes_over_gaps:
        return ""
    if ordering.on_gap.content and feature.shows_gaps is not False:
        return f"a receiver that misses a number ends in {ordering.on_gap}"
    if feature.shows_gaps:
        return f"a gap shows in the numbers: order is made by {ordering.by}"
    if resume.by.has("offset", "last-event-id") and not feature.sync.updates.has("signal"):
        return f"a gap shows in the positions: a client resumes by {resume.by}"
    return ""


def _numbers_have_holes(feature: Feature) -> Violated | None:
    """Numbers of which a member of one room gets some only, where each that it lacks counts as a gap."""
    ordering = feature.sync.ordering
    if feature.shows_gaps is not False or not ordering.by.has("sequence", "sequencer"):
        return None
    at: Part = ordering.assigned_by if ordering.assigned_by.content else feature.topology.sequencer
    return Violated(
        f"One counter numbers the messages of all rooms, and a member of one room takes each message of "
        f"another for a gap, which ends in {ordering.on_gap}: again and again, while nothing is missing.",
        at,
        (ordering.on_gap, ordering.by),
        when="a message may name the one before it",
    )


@rule
def gap_passed_over(feature: Feature) -> Outcomes:
    """A change is missing, and those after it are applied as if it were there."""
    sync, on_gap = feature.sync, feature.sync.ordering.on_gap
    if feature.connection.is_polling:
        raise NotApplicable("each poll fetches what is new")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    waits = on_gap.has("wait") and _may_be_missing(feature)
    if on_gap.content and (holes := _numbers_have_holes(feature)):
        yield holes
        return
    if on_gap.content and not waits:
        yield Passed(f"a receiver that misses a number ends in {on_gap}")
        return
    if not on_gap.is_none and not waits:
        raise NotApplicable("nothing says that a gap is passed over")
    if not waits and (alone := _missed_for_good(feature)):
        yield alone
        return
    _builds_on_the_one_before(feature)
    for every in feature.renewals:
        yield Passed(f"the whole state comes every {every}, and replaces what is wrong")
        return
    if _loses_nothing(feature):
        raise NotApplicable("one node sends in order over one connection, and drops nothing")
    if sync.delta_from.has("acknowledged") or feature.transport.resume.without.has("whole"):
        yield Passed("a change builds on what its receiver has acknowledged, not on the one before")
        return
    if feature.connection.is_datagrams and not (sync.delta_from.is_stated or sync.replicas.is_there):
        raise Undecided(sync.delta_from)
    if waits:
        yield _waits_in_vain(feature)
        return
    if feature.shows_gaps is None:
        raise Undecided(sync.ordering.by)
    if not feature.shows_gaps:
        raise Undecided(feature.topology.nodes, feature.backpressure.overflow)
    yield Violated(
        "Each update builds on the one before and has a number, and a client that misses one goes on: it "
        "shows a state that nobody else has.",
        on_gap,
        (sync.updates,) if sync.updates.is_stated else (),
    )


def _builds_on_the_one_before(feature: Feature) -> None:
    """End a rule about updates each of which needs those before: changes, or the inputs of a computation."""
    sync = feature.sync
    if feature.is_fleeting or feature.is_state_valued:
        raise NotApplicable("no update builds on the one before")
    if sync.replicas.is_there:
        return
    if sync.updates.has("event"):
        raise NotApplicable("no update builds on the one before")
    if feature.merges_by("crdt", "ot", "append-only"):
        raise NotApplicable(f"with {feature.strategies[0]} no change is applied to the wrong state")
    if known(sync.updates) != "delta":
        raise NotApplicable(f"an update is {sync.updates}")


def _missed_for_good(feature: Feature) -> Violated | None:
    """An entry of a log whose number shows that it is missing, and that nobody fetches."""
    sync = feature.sync
    is_entry = feature.merges_by("append-only") and (sync.updates.has("event") or feature.serves("chat"))
    if not (is_entry and feature.shows_gaps) or feature.is_momentary or feature.renewals:
        return None
    if sync.delivery.guarantee.has("at-most-once") or _loses_nothing(feature):
        return None
    return Violated(
        "Messages have numbers, and a client that misses one goes on: it sees the hole, and never gets what "
        "stood there.",
        sync.ordering.on_gap,
        (sync.ordering.by,),
        "each message stands alone",
    )


def _may_be_missing(feature: Feature) -> bool:
    """Whether what a delta builds on may be lost on the way, or come after it by another channel."""
    reliable, base = feature.sync.delivery.channel.reliable, feature.sync.delta_from
    apart = base.has("sent") and (feature.connection.is_datagrams or reliable.is_stated)
    once = feature.sync.delivery.guarantee
    apart = apart or (once.has("at-most-once") and not once.default)
    return apart or reliable.has(False) or (feature.connection.is_datagrams and not reliable.is_stated)


def _waits_in_vain(feature: Feature) -> Violated | Passed:
    """Whether one who waits for a number that was lost is sent it after all, and before what builds on it."""
    sync, delivery = feature.sync, feature.sync.delivery
    base, reliable = sync.delta_from, delivery.channel.reliable
    again = (delivery.repeat.after, delivery.repeat.on, delivery.retry_for, delivery.repeated_by, reliable)
    repeated: Part | None = next((part for part in again if part.content), None)
    if repeated is None and delivery.guarantee.has("at-least-once", "exactly-once"):
        repeated = delivery.guarantee
    if repeated is not None and not base.has("sent"):
        return Passed(f"what was lost is sent again: `{repeated.dotted}` is {repeated}")
    once = delivery.guarantee.has("at-most-once") and not delivery.guarantee.default
    if repeated is None and not reliable.is_stated and not once:
        raise Undecided(reliable)
    until = "until it comes" if repeated else "though nothing sends it again"
    return Violated(
        f"A client that lacks what the next update builds on waits for it, {until}: it stands still while "
        "newer states lie in its buffer.",
        sync.ordering.on_gap,
        tuple(part for part in (base, reliable, delivery.guarantee) if part.is_stated),
        "what was lost is sent again" if repeated else "" if reliable.is_stated or not once else DOUBT,
    )


def _loses_nothing(feature: Feature) -> bool:
    """Whether all that is sent to a client comes from one node, in order, until the connection ends."""
    is_one_node = feature.topology.nodes.has(Count(1)) and not feature.fan_out.publish.has("requests")
    return is_one_node and feature.backpressure.overflow.has("disconnect", "block", "catch-up")


def _clock_of_a_message(feature: Feature) -> Expression[Size]:
    """What a vector clock adds to a message, at 8 B an entry: one for each who writes in the room."""
    editors = feature.concurrent_editors
    writers = term(editors, "editors") if editors.content else term(feature.room, "members")
    return named("vector clock of a message", ENTRY * writers)


@rule
def clock_metadata_blowup(feature: Feature) -> Outcomes:
    """The clock on a message is larger than the message."""
    ordering = feature.sync.ordering
    if ordering.is_none or not (ordering.by.has("vector-clock") or feature.sync.clock.has("vector")):
        raise NotApplicable("no vector clock is stated")
    if feature.merges_by("crdt"):
        raise NotApplicable("a CRDT library writes its clocks in its own, compact way")
    if feature.has_one_writer:
        raise NotApplicable("one writer is one entry")
    if feature.topology.sequencer.content:
        numbered = f"Messages are numbered {feature.topology.sequencer} already."
    else:
        numbered = ""
    yield Limit(
        "the vector clock of a message",
        _clock_of_a_message(feature),
        "the message",
        feature.workload.messages.size.typical,
        or_equal=True,
        note=numbered,
        at=ordering.by if ordering.by.content else feature.sync.clock,
    )
