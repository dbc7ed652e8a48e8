"""Whether who looks can tell what is old from what is new: a lost connection, a silent source or feed."""

from typing import Any

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated
from rtreview.language.sections.transport import Heartbeat
from rtreview.language.sections.workload import MACHINES
from rtreview.numbers.replay import fetched_soon
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

LOOKED_AT = ("dashboard", "telemetry", "feed", "presence")
"""Purposes whose last values look current until something says that they are not."""

LISTENED_FOR = ("push", "notifications", "signalling", "chat", "console")
"""Purposes where silence reads as: nothing new."""

WRITTEN_BY_PEOPLE = ("chat", "notifications", "collaborative-editing")
"""Purposes whose messages stay out for hours without anything being wrong (quiet-subscription-given-up)."""

AGES = (*LOOKED_AT, "notifications", "commands", "cursors")
"""Purposes whose values come from sources that may stop (old-value-looks-new)."""

OF_THE_CONNECTION = ("websocket-ping", "http2-ping", "tcp", "sse-comment")
"""Heartbeats that a library or kernel answers, whatever has become of a subscription."""


@rule
def lost_connection_looks_alive(feature: Feature) -> Outcomes:
    """The connection is lost, and the screen shows what it showed before, controls and all."""
    shown, values = feature.transport.loss_shown, feature.sync.values
    acts = feature.serves("commands") or feature.holds("command")
    controls = acts and not feature.connection.is_polling
    if not shown.is_stated and not (feature.serves("dashboard", "telemetry") or controls):
        raise NotApplicable("nobody is said to act on what it shows")
    if feature.workload.only(*MACHINES):
        raise NotApplicable("nobody looks at what the clients show")
    if shown.has(True):
        yield Passed("the user sees that the connection is lost")
        return
    if not feature.purpose.is_stated and not controls:
        raise Undecided(feature.purpose)
    looks = feature.serves(*LOOKED_AT)
    if not (looks or controls or feature.serves("collaborative-editing", *LISTENED_FOR)):
        if acts:
            raise NotApplicable("each act is a request of its own, and fails where it is made")
        raise NotApplicable(f"the purpose {feature.purpose} shows by itself that it stands still")
    if feature.direction.has("client-to-server") and not controls:
        raise NotApplicable("nothing is shown of what comes")
    if values.expire_after.content and values.shown_as.has("blank", "marked") and not controls:
        yield Passed(f"a value that is not renewed for {values.expire_after} is {values.shown_as}")
        return
    if not shown.is_stated:
        raise Undecided(shown)
    whom = "" if not shown.has("partly") else ", for those to whom the loss is not shown"
    few = "some see it" if controls else "some see it, and nothing is controlled"
    milder = "what is shown is fetched anyway" if fetched_soon(feature) else "nothing is controlled"
    yield Violated(
        f"While the connection is lost the screen stays as it was{whom}: {_taken_for(feature, controls)}.",
        shown,
        (feature.purpose,) if feature.purpose.is_stated else (),
        when=few if whom else "" if controls else milder,
    )


def _taken_for(feature: Feature, controls: bool) -> str:
    """What a user makes of a screen that has stopped."""
    if controls:
        return "controls that still look live do nothing"
    if feature.serves("collaborative-editing"):
        return "who edits goes on writing what nobody else gets"
    return (
        "old values look like current ones" if feature.serves(*LOOKED_AT) else "silence reads as nothing new"
    )


@rule
def old_value_looks_new(feature: Feature) -> Outcomes:
    """A source is dead, and its last value is shown like a current one."""
    values, retain = feature.sync.values, feature.sync.delivery.retain
    expiry, shown = values.expire_after, values.shown_as
    if not values.is_stated and not _holds_values(feature):
        raise NotApplicable("no values of sources are stated to be shown")
    if not values.is_stated and any(part.old_after.is_stated for part in feature.sync.data):
        raise NotApplicable("it is said at what age a value is old: see old-value-shown-as-new")
    if feature.purpose.is_stated and not feature.serves(*AGES):
        raise NotApplicable(f"in {feature.purpose} no value goes out of date by its age")
    # Devices that only send are the sources; how their values are shown is said of those who look.
    are_sources = feature.direction.has("client-to-server") and shown.is_stated
    if feature.workload.only(*MACHINES) and not are_sources:
        raise NotApplicable("nobody looks at what the clients show")
    if feature.direction.has("client-to-server") and not values.is_stated:
        raise NotApplicable("nothing is said of where the values are shown")
    if again := _repeated_as_new(feature):
        yield again
    elif values.is_none or expiry.is_none or shown.has("last"):
        part = values if values.is_none else shown if shown.has("last") else expiry
        kept = "; the broker hands it to each newcomer, too" if retain.has("last") else ""
        yield Violated(
            f"A source that has stopped goes on being shown with its last value, like a live one{kept}.",
            part,
            (retain,) if retain.has("last") else (),
        )
    elif expiry.content and shown.content:
        silence = feature.workload.messages.silence
        if silence.content:
            yield Limit("the longest silence of a live source", silence, "the age of a value", expiry, True)
        else:
            yield Passed(f"a value that is not renewed for {expiry} is shown as {shown}")
    elif values.is_stated:
        raise Undecided(shown if expiry.is_stated else expiry)
    elif retain.has("last") and feature.workload.clients.content:
        message = f"The last value of each source is kept; the spec does not say `{expiry.dotted}`."
        raise Unstated(expiry, message=message)
    elif _comes_at_a_pace(feature) and feature.workload.clients.content:
        how = "A value stays on the screen until its source sends the next one"
        raise Unstated(expiry, message=f"{how}; the spec does not say `{expiry.dotted}`.")
    else:
        raise Undecided(expiry)


def _holds_values(feature: Feature) -> bool:
    """Whether each value replaces the one before, of what sources measure or a dashboard shows."""
    if not feature.serves("telemetry", "dashboard"):
        return False
    replaced = feature.merges_by("last-writer-wins") or feature.holds_only("register")
    return replaced or feature.is_state_valued


def _comes_at_a_pace(feature: Feature) -> bool:
    """Whether values are shown that sources keep sending, so that one which falls silent is a fault.

    What is sent when it changes may be right however old it is; and a target of how fresh the values are is
    a word on their age.
    """
    messages, staleness = feature.workload.messages, feature.targets.staleness
    if messages.when.has("change") or feature.sync.updates.has("event") or staleness.is_stated:
        return False
    if messages.rate.content is not None and feature.merges_by("last-writer-wins"):
        return True
    return feature.serves("telemetry") and feature.holds_only("register")


def _repeated_as_new(feature: Feature) -> Violated | None:
    """A value that is sent or handed out again with the time of that; None where that is not said."""
    dated, retain = feature.sync.values.dated, feature.sync.delivery.retain
    if not (dated.has("sending") or (dated.has("receipt") and retain.has("last"))):
        return None
    sent = dated.has("sending")
    given = "is sent again carries the time of that" if sent else "was kept counts from its receipt"
    return Violated(
        f"A value that {given}: one that is hours old looks as if it had just been measured, and wins where "
        "two are compared by their times.",
        dated,
        (retain,) if retain.has("last") else (),
    )


@rule
def silent_feed_looks_alive(feature: Feature) -> Outcomes:
    """The connection answers its heartbeats, and a subscription on it has stopped bringing anything."""
    limit, heartbeat = feature.sync.join.silence_timeout, feature.transport.heartbeat
    layer, blind = heartbeat.layer, _blind_to_content(heartbeat)
    feeds = feature.serves("feed", "telemetry", "data-sync")
    if not feeds and feature.serves("console") and feature.work.is_stated:
        yield _awaited_answer(feature)
        return
    if not limit.is_stated and not (feeds and (blind is not None or _of_the_connection(heartbeat))):
        raise NotApplicable("nothing says that a feed is watched by its connection alone")
    if feature.connection.asks_again:
        raise NotApplicable("each poll is answered")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    if limit.content:
        yield Passed(f"a subscription that brings nothing for {limit} is noticed")
        return
    if not limit.is_stated and heartbeat.counts.has("messages") and heartbeat.silence_timeout.content:
        yield Passed(
            f"messages alone count, and without one the connection ends: {heartbeat.silence_timeout}"
        )
        return
    if every := fetched_soon(feature):
        yield Passed(f"a client fetches the state every {every}, whatever the feed brings")
        return
    if limit.is_none and not (feeds or feature.comes_soon):
        raise NotApplicable("nothing says that silence is unusual on it")
    to_servers = feature.serves("feed", "telemetry") and _looked_at_by_nobody(feature)
    milder = "the state is fetched now and then" if feature.sync.refetch.content else ""
    milder = "sources report changes alone" if feature.workload.messages.when.has("change") else milder
    if limit.is_none:
        yield Violated(
            "A feed that stops on a connection that stands is noticed by nobody: heartbeats prove the "
            "connection, not the subscription.",
            limit,
            (layer,) if layer.is_stated else (),
            when=milder,
        )
    elif to_servers and blind is not None:
        yield Violated(_goes_on_empty(heartbeat), blind, (layer,) if layer.is_stated else (), when=milder)
    else:
        raise _asked_of_a_feed(feature, to_servers)


def _asked_of_a_feed(feature: Feature, to_servers: bool) -> Unstated | Undecided:
    """What is asked of a feed of which nothing but the heartbeat of its connection is stated."""
    limit, heartbeat = feature.sync.join.silence_timeout, feature.transport.heartbeat
    is_sent = feature.serves("feed", "telemetry") and feature.direction.has("server-to-client")
    if is_sent and _blind_to_content(heartbeat) is heartbeat.counts:
        known_of_it = _goes_on_empty(heartbeat)[:-1]
    elif to_servers and not heartbeat.layer.default:
        known_of_it = f"A heartbeat of {heartbeat.layer} proves the connection only"
    else:
        return Undecided(limit)
    return Unstated(limit, message=f"{known_of_it}; the spec does not say `{limit.dotted}`.")


def _awaited_answer(feature: Feature) -> Passed | Violated:
    """Whether anything notices that an answer which somebody waits for has stopped coming."""
    limit, heartbeat, work = feature.sync.join.silence_timeout, feature.transport.heartbeat, feature.work
    ends, comments = heartbeat.silence_timeout, heartbeat.layer.has("sse-comment")
    kept_alive = comments and heartbeat.counts.has("any") and ends.content is not None
    if limit.content:
        return Passed(f"an answer that brings nothing for {limit} is noticed")
    if feature.connection.asks_again or not (limit.is_none or kept_alive):
        raise NotApplicable("nothing says that an answer is watched by its connection alone")
    if heartbeat.counts.has("messages") and ends.content:
        return Passed(f"messages alone count, and without one the connection ends: {ends}")
    if heartbeat.comes_from.includes("work"):
        return Passed("heartbeats come from the work itself, and stop when it hangs")
    if isinstance(work.limit.content, Duration):
        return Passed(f"work that takes longer than {work.limit} is ended")
    if every := fetched_soon(feature):
        return Passed(f"a client fetches the state every {every}, whatever the stream brings")
    if not limit.is_stated:
        message = f"Comments set the timer of {ends} back; the spec does not say `{limit.dotted}`."
        raise Unstated(limit, message=message)
    return Violated(
        "An answer that stops coming on a connection that stands is noticed by nobody: signs of life prove "
        "the connection, and who waits goes on waiting.",
        limit,
        (heartbeat.layer,) if heartbeat.layer.is_stated else (),
    )


def _looked_at_by_nobody(feature: Feature) -> bool:
    """Whether servers receive it, or clients that are said to act on it or to store it, and no more."""
    if feature.workload.clients.is_stated:
        return feature.workload.only("server")
    return feature.sync.effect.has("acts", "stored")


def _of_the_connection(heartbeat: Heartbeat) -> bool:
    """Whether heartbeats, or the answers to those of the client, say nothing of what is subscribed to."""
    asked = heartbeat.confirmed.includes(True) and heartbeat.from_.has("client", "both")
    return heartbeat.layer.includes(*OF_THE_CONNECTION) or (heartbeat.layer.includes("application") and asked)


def _blind_to_content(heartbeat: Heartbeat) -> Field[Any] | None:
    """The decision by which a client goes on without data: no silence ends it, or pings count as data do.

    A heartbeat that the server sends as a message may be one of the feed itself.
    """
    silence, counts = heartbeat.silence_timeout, heartbeat.counts
    if silence.is_none and silence.default is None:
        return silence
    pings = counts.has("any", "heartbeat") and counts.default is None
    return counts if pings and _of_the_connection(heartbeat) else None


def _goes_on_empty(heartbeat: Heartbeat) -> str:
    """What a client makes of a subscription that brings nothing, on a connection that stands."""
    if heartbeat.silence_timeout.is_none:
        return (
            "No silence ends the connection, so a subscription that brings nothing is noticed by nobody: "
            "an acknowledgement, or an answered ping, does not say that data flow."
        )
    return (
        "Pings and their answers set the timer of silence back as data do: a server that answers them and "
        "sends no data is never given up."
    )


@rule
def quiet_subscription_given_up(feature: Feature) -> Outcomes:
    """A subscription that has nothing to bring is taken for one that is broken."""
    limit, pause = feature.sync.join.silence_timeout, feature.workload.messages.silence
    if limit.content is None:
        raise NotApplicable("no subscription is given up because it brings nothing")
    if feature.connection.asks_again:
        raise NotApplicable("each poll is answered")
    brought = (
        "what it missed is brought" if feature.replays or feature.sync.updates.has("state-value") else ""
    )
    if pause.is_stated or not feature.serves(*WRITTEN_BY_PEOPLE):
        yield Limit(
            "the longest time without a message",
            pause,
            "the silence after which a client gives a subscription up",
            limit,
            at=limit,
            when=brought,
            propose=(limit,),
        )
        return
    yield Violated(
        f"People say nothing for longer than {limit}, at night above all: each pause is taken for a broken "
        "subscription, which is opened again, over and over.",
        limit,
        (feature.purpose,),
        when="nothing is said of pauses",
    )


@rule
def retained_past_its_source(feature: Feature) -> Outcomes:
    """What a broker retains is taken out by its publisher alone, which may be gone when the thing is."""
    sync, values, will = feature.sync, feature.sync.values, feature.presence.will
    retain, expires = _retained(feature)
    if not retain.has("last"):
        raise NotApplicable("no broker is said to retain the last message of each topic")
    if expires.content:
        yield Passed(f"what nobody renews is dropped after {expires}")
        return
    if sync.deletes.is_none:
        raise NotApplicable("nothing that is retained is said to disappear")
    if feature.merges_by("server-authoritative"):
        raise NotApplicable("the server that deletes is the one that publishes")
    if not sync.deletes.is_stated:
        raise Undecided(sync.deletes)
    ages = values.expire_after.content and values.shown_as.has("blank", "marked")
    tells = ages or will.retained.content
    if not expires.is_stated and tells:
        raise Undecided(expires)
    if not expires.is_stated:
        yield Violated(
            "What is retained stays until its publisher takes it out, and nothing is said of an age: what "
            "disappears while the publisher is off is handed to each newcomer as if it were there.",
            retain,
            (sync.deletes,),
            "nothing is said of its age",
        )
        return
    seen = "who looks can tell that its source is silent" if tells else ""
    yield Violated(
        "What is retained never expires, and only its publisher takes it out: what disappears while the "
        "publisher is off, or together with it, is handed to each newcomer as if it were there, and the "
        "broker keeps the topics of all that ever published.",
        expires,
        (retain, sync.deletes),
        seen,
    )


def _retained(feature: Feature) -> tuple[Field[str], Field[Duration]]:
    """What is retained of data that is no command, and the age at which it is dropped: the worst of all."""
    delivery = feature.sync.delivery
    kinds = [part for part in feature.sync.data if not part.shape.has("command", "ephemeral")]
    if feature.sync.data.items and not kinds:
        raise NotApplicable("it holds no values")
    pairs = [
        (
            part.retain if part.retain.is_stated else delivery.retain,
            part.expires_after if part.expires_after.is_stated else delivery.expires_after,
        )
        for part in kinds
    ] or [(delivery.retain, delivery.expires_after)]
    kept = [pair for pair in pairs if pair[0].has("last")]
    return next((pair for pair in kept if not pair[1].content), (kept or pairs)[0])


@rule
def start_without_source(feature: Feature) -> Outcomes:
    """What starts during an outage of its source goes by values that are nobody's."""
    begins, effect = feature.sync.values.at_start, feature.sync.effect
    if not begins.is_stated and effect.has("acts") and feature.transport.reconnect.first_connect.has("once"):
        raise Undecided(begins)
    if not begins.is_stated:
        raise NotApplicable("nothing is said of a start without the source")
    # A list is an order: defaults beside what is kept are those of a first start.
    if begins.includes("kept", "safe", "waits"):
        yield Passed(f"at a start without the source: {begins}")
        return
    what = (
        "goes by the values in its code, as if they were current"
        if begins.content
        else "has no values, and nothing is decided"
    )
    machines = effect.has("acts") or feature.workload.only(*MACHINES)
    yield Violated(
        f"What starts while its source cannot be reached {what}: an outage there switches things here.",
        begins,
        (effect,) if effect.content else (),
        when="" if machines else "it is only shown",
    )


def _sent_up_once(feature: Feature) -> Violated | None:
    """Changes of values that a client sends once, where it is stated that nobody sends them again."""
    delivery, every = feature.sync.delivery, feature.sync.snapshot.every
    ways = (delivery.repeat, delivery.repeated_by, delivery.retry_for, delivery.outbox)
    once = delivery if delivery.is_none else next((part for part in ways if part.is_none), None)
    is_stated = delivery.is_once_by_decision or delivery.is_none
    if delivery.repetition is not None or not is_stated or not feature.direction.has("client-to-server"):
        return None
    is_shown = feature.sync.effect.has("shown")
    cleared = "" if every.is_none else f" Cleared where the whole comes again by itself (`{every.dotted}`)."
    return Violated(
        "A change is sent once and what did not change is not sent: one that is lost leaves a wrong value "
        f"behind until the next change of it, and nothing shows it.{cleared}",
        once or delivery.guarantee,
        (delivery.guarantee,) if once and delivery.guarantee.is_stated else (),
        when="nothing acts on it" if is_shown else "" if once else "nothing is said of a repetition",
    )


@rule
def rare_value_kept_by_nobody(feature: Feature) -> Outcomes:
    """A value is sent only when it changes, and who was away does not have it until then."""
    when, sync = feature.workload.messages.when, feature.sync
    is_delta = sync.updates.has("delta") and feature.holds_only("register")
    by_field = is_delta and feature.direction.has("client-to-server")
    if not by_field and not (when.has("change") and feature.is_state_valued):
        raise NotApplicable("no value is said to be sent only when it changes")
    if feature.is_momentary or feature.comes_soon:
        raise NotApplicable("the next value is soon there")
    if by_field and sync.delta_from.has("acknowledged"):
        raise NotApplicable("a change builds on what was acknowledged, and so holds what was lost")
    if sync.delivery.retain.has("all") or (sync.delivery.retain.content and not by_field):
        yield Passed(f"the broker hands the {sync.delivery.retain} to each newcomer")
    elif feature.replays:
        yield Passed("who comes back gets what was missed")
    elif feature.renewals:
        yield Passed(f"the whole comes again every {feature.renewals[0]}")
    elif feature.rejoin_brings_history or feature.connection.asks_again:
        yield Passed("who joins is given what there is")
    else:
        yield _of_a_rare_value(feature, by_field=by_field)


def _of_a_rare_value(feature: Feature, *, by_field: bool) -> Violated:
    """What becomes of one that nothing brings again.

    Raises:
        Undecided: that hangs on a field which is silent.

    """
    sync, resume = feature.sync, feature.transport.resume
    once, retain = _sent_up_once(feature), sync.delivery.retain
    if once and not once.when:
        return once
    if not by_field and retain.is_none and (resume.is_none or feature.join_brings_history):
        return Violated(
            "A value is sent only when it changes, and nobody keeps the last one: after a restart or an "
            "outage its receiver does not know it until it changes again.",
            retain,
            (feature.workload.messages.when, feature.bars_rejoin or resume),
            when="" if sync.effect.has("acts") else "nothing acts on it",
        )
    if once:
        return once
    if by_field:
        raise Undecided(sync.delivery.repeat)
    raise Undecided(resume if retain.is_none else retain)
