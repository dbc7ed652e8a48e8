"""What is sent, held against what lines, networks and limits let through."""

from rtreview.language.design import Connection, Feature
from rtreview.language.field import NotApplicable, Undecided, Unstated
from rtreview.language.sections.workload import PHONES
from rtreview.numbers.expression import named, term
from rtreview.numbers.reconnection import connections_per_node
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Rate
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

SOUND = Bandwidth(64_000)
"""512 kbit/s: uncompressed speech has 64, the best of music 510 (RFC 6716) (fixed-rate-on-any-line)."""

NAT = Duration(30)
"""After this without a datagram, many networks forget where answers go (nat-forgets-the-quiet)."""


SHORT_TRIP = Duration(30 * 60)
"""A session of this length costs few percent of a battery (phone-reports-all-the-time)."""

A_MINUTE = Duration(60)
"""Who asks no more often than that sends seldom (sender-ignores-overload)."""

SPARING = Rate(1 / 60)
"""Up to this a radio rests most of the time: its tail is 5 to 20 s (phone-reports-all-the-time)."""


@rule
def quiet_connection_closed(connection: Connection) -> Outcomes:
    """A connection that has nothing to say is taken for dead, and nothing fills the pause."""
    heartbeat, silence = connection.transport.heartbeat, connection.silence
    closes = heartbeat.silence_timeout
    if closes.content is None:
        raise NotApplicable("no end is said to close for silence")
    beside = heartbeat.counts.has("messages")
    if heartbeat.interval.content is not None and not beside:
        raise NotApplicable("heartbeats fill a pause")
    if connection.asks_again:
        raise NotApplicable("each poll is a message")
    verdict = Limit(
        "the longest time without a message",
        silence,
        "the silence that ends a connection",
        closes,
        or_equal=True,
        at=closes,
        propose=(closes,),
    ).judge()
    if isinstance(verdict, Violated) and not (heartbeat.interval.is_stated or beside):
        raise Unstated(
            heartbeat.interval,
            message=f"A connection closes after {closes} of silence, and carries none for {silence}; the "
            f"spec does not say `{heartbeat.interval.dotted}`.",
        )
    yield verdict


@rule
def nat_forgets_the_quiet(connection: Connection) -> Outcomes:
    """Nothing is sent for so long that the way back to a client is forgotten."""
    transport, heartbeat = connection.transport, connection.transport.heartbeat
    if not transport.kind.has("udp"):
        raise NotApplicable("not datagrams of one's own")
    if transport.path.is_none or connection.workload.only("server"):
        raise NotApplicable("no network of a home or of a phone lies between")
    if all(feature.direction.has("client-to-server") for feature in connection.features):
        raise NotApplicable("nothing is sent to a client")
    pause, every = connection.silence.content, heartbeat.interval
    if pause is not None and pause <= NAT:
        yield Passed(f"a message comes every {pause} at the latest")
        return
    if pause is None and any(feature.comes_soon for feature in connection.features):
        raise Undecided(connection.silence)
    if heartbeat.is_none or every.is_none:
        every = connection.silence
    what = (
        "the heartbeat interval"
        if every.at == heartbeat.interval.at
        else "the longest time without a message"
    )
    than = "what networks remember of a datagram"
    yield Limit(what, every, than, NAT, or_equal=True, propose=(heartbeat.interval,))


@rule
def fixed_rate_on_any_line(feature: Feature) -> Outcomes:
    """Pictures are sent at one rate, whatever the receiver's line carries."""
    adapts = feature.workload.messages.adapts
    may_be_media = not feature.purpose.is_stated or feature.transport.kind.includes("webrtc", "udp")
    if not (feature.serves("media") or adapts.content or (adapts.is_none and may_be_media)):
        raise NotApplicable("no sound or pictures are sent")
    if adapts.content:
        yield Passed(f"what is sent adapts to the line by {adapts}")
        return
    if feature.transport.path.is_none:
        raise NotApplicable("nothing lies on the path: a local network")
    if not adapts.is_stated:
        raise Undecided(adapts)
    sent, line = feature.workload.messages.per_client, feature.workload.downlink
    much = f" of {sent}" if sent.content is not None else ""
    if sent.content is not None and line.content is not None:
        raise NotApplicable("rate and line are stated: see client-bandwidth-deficit")
    is_sound = isinstance(sent.content, Bandwidth) and sent.content <= SOUND
    yield Violated(
        f"Media is sent at a fixed rate{much} to lines that nobody knows: whose line carries less gets a "
        "frozen picture on a connection that looks fine.",
        adapts,
        when="it is no more than sound" if is_sound else "",
    )


@rule
def limit_below_ordinary_use(feature: Feature) -> Outcomes:
    """The limit for abusers is below what an ordinary client sends."""
    rate, limit = feature.workload.messages.rate, feature.backpressure.inbound.rate
    pointer = feature.presence.cursor.rate
    others = [_more_rooms_than_allowed(feature), _more_connections_than_allowed(feature)]
    yield from (other for other in others if other is not None)
    if any(others) and limit.content is None:
        return
    if limit.content is None:
        raise NotApplicable("no limit is stated on what a client sends")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients send nothing")
    at_once, burst = feature.workload.messages.sent_at_once, feature.backpressure.inbound.burst
    if burst.is_none and (at_once.is_none or at_once.has(Count(1))):
        yield Passed("a client sends one message after the other, never several at once")
    elif burst.is_none:
        yield Violated(
            f"A client may send {limit} and not one message more at once: people act in bursts, and so does "
            "a client that comes back.",
            burst,
            (limit,),
            when="no burst is allowed",
        )
    if at_once.content is not None and burst.content is not None:
        yield Limit(
            "what a client sends at once",
            at_once,
            "the burst that is let through",
            burst,
            or_equal=True,
            at=burst,
            propose=(burst,),
            note="Ordinary use is refused or cut off.",
        )
    moves_more = pointer.content is not None and pointer.content > limit.content
    yield Limit(
        "the rate of one pointer" if moves_more else "the rate of an active sender",
        pointer if moves_more else rate,
        "the limit on what one client sends",
        limit,
        or_equal=True,
        at=limit,
        propose=(pointer,) if moves_more else (limit,),
        note="Ordinary use is refused or cut off.",
    )


def _more_rooms_than_allowed(feature: Feature) -> Limit | None:
    """The rooms of a user against the subscriptions of a connection; None where one of them is not stated."""
    rooms, most = feature.workload.rooms.per_user, feature.backpressure.inbound.subscriptions
    if rooms.content is None or most.content is None:
        return None
    needed = named("subscriptions of a user", term(rooms, "rooms of a user"), Count)
    than = "the subscriptions that a connection may have"
    return Limit("the rooms of one user", needed, than, most, or_equal=True, at=most, propose=(most,))


def _more_connections_than_allowed(feature: Feature) -> Limit | None:
    """The connections of a user against the limit on them; None where one of them is not stated.

    A limit of one is a decision on what a user may do, and one that closes the oldest refuses nobody.
    """
    transport, workload, operations = feature.transport, feature.workload, feature.operations
    most, rooms = operations.max_per_user, workload.rooms.per_user
    makes_room = operations.over_limit.has("oldest-closed") or transport.on_duplicate.has("replace")
    if most.content is None or most.content.amount <= 1 or makes_room or feature.connection.is_polling:
        return None
    for_each = transport.connections_per.has("room", "subscription") and rooms.content is not None
    tabs, devices = workload.tabs_per_user, workload.devices_per_user
    if not for_each and (transport.shared_by_tabs.content or tabs.content is None):
        return None
    # The tabs of a device may share its rooms between them.
    each = term(rooms, "rooms of a user") if for_each else term(tabs, "tabs of a user")
    opened = each * term(devices, "devices of a user") if devices.content is not None else each
    needed = named("connections of a user", opened, Count)
    return Limit(
        "the connections of one user",
        needed,
        "the connections that a user may have",
        most,
        or_equal=True,
        at=most,
        propose=(most,),
        note="Ordinary use meets it.",
    )


def _is_never_answered(feature: Feature) -> bool:
    """Whether clients send, and a message that arrives is not even confirmed."""
    return feature.direction.has("client-to-server") and feature.sync.delivery.guarantee.has("at-most-once")


@rule
def answers_the_forged(connection: Connection) -> Outcomes:
    """A server answers with more than it was asked, to an address that may be another's."""
    transport = connection.transport
    checked = transport.address_checked
    if not transport.kind.has("udp"):
        raise NotApplicable("a connection shows that its client has the address")
    if transport.path.is_none or connection.workload.only("server"):
        raise NotApplicable("no stranger reaches the server")
    if all(map(_is_never_answered, connection.features)):
        raise NotApplicable("nothing is answered")
    if checked.content:
        yield Passed(f"who asks shows by a {checked} that the address is its own")
    elif checked.is_stated:
        yield Violated(
            "The server answers whoever asks, and the address of a datagram is easily forged: it sends its "
            "answers to a victim, each larger than the question.",
            checked,
            (transport.kind,),
        )
    else:
        raise Undecided(checked)


@rule
def ports_end_first(connection: Connection) -> Outcomes:
    """A node runs out of ports before it is full."""
    node = connection.topology.node
    ports, each, most = node.ports, node.ports_per_connection, node.max_connections
    if not each.is_stated:
        raise NotApplicable("no connection is said to take ports of its own")
    held = term(most, "most connections") if most.content is not None else connections_per_node(connection)
    taken = named("ports of a full node", held * term(each, "ports each"), Count)
    yield Limit("what a full node needs", taken, "its ports", ports, or_equal=True, at=ports)


@rule
def phone_reports_all_the_time(feature: Feature) -> Outcomes:
    """A phone wakes its radio at each tick of a timer, whether it has moved or not."""
    when, rate = feature.workload.messages.when, feature.workload.messages.rate
    if not feature.workload.has_any(*PHONES):
        raise NotApplicable("no phone is said to report")
    if not when.is_stated and feature.serves("telemetry"):
        raise Undecided(when)
    if not when.is_stated:
        raise NotApplicable("nothing is said of what makes a phone report")
    if not when.has("interval"):
        yield Passed(f"what makes a phone report: {when}")
        return
    usual = feature.workload.session.typical.content
    if usual is not None and usual <= SHORT_TRIP:
        raise NotApplicable(f"a session of {usual} costs little")
    if rate.content is None:
        yield Violated(
            "A phone reports by a timer, whether it has moved or not: its radio and its position sensor "
            "never rest.",
            when,
        )
        return
    yield Limit("the rate of reports", rate, "what a battery bears", SPARING, or_equal=True, at=when)


@rule
def sender_ignores_overload(feature: Feature) -> Outcomes:
    """A client is refused for sending too much, and goes on at the same rate."""
    answer, messages = feature.sync.delivery.on_overload, feature.workload.messages
    if (asked := _absent_asked(feature)) is not None:
        yield asked
        if not answer.is_stated:
            return
    if not answer.is_stated and not messages.when.has("interval"):
        raise NotApplicable("nothing is said to be sent on a timer")
    if feature.direction.has("server-to-client") and not feature.connection.asks_again:
        raise NotApplicable("clients send nothing")
    if answer.content:
        yield Passed(f"a client that is refused for overload sends less: it {answer}")
    elif messages.adapts.content:
        yield Passed(f"a sender adapts its {messages.adapts} to what gets through")
    elif not answer.is_stated:
        raise Undecided(answer)
    else:
        every = feature.transport.poll.every if feature.connection.is_polling else None
        polls = every is not None and every.content is not None and every.content >= A_MINUTE
        seldom = polls or (messages.rate.content is not None and messages.rate.content <= SPARING)
        parts = (messages.when, messages.rate, *((every,) if every is not None else ()))
        yield Violated(
            "A client that is refused for overload, or gets no answer, goes on sending at the same rate: "
            "what is overloaded stays so, and limits that count refused messages never let it in again.",
            answer,
            tuple(part for part in parts if part.is_stated),
            "each client sends once a minute or less" if seldom else "",
        )


def _absent_asked(feature: Feature) -> Violated | Passed | None:
    """What becomes of the checks of one who does not answer; None where nothing is said of it."""
    beat = feature.transport.heartbeat
    if beat.of_the_absent.content is None:
        return None
    if not beat.of_the_absent.has("same"):
        return Passed("who does not answer is checked less often, or no longer")
    place = feature.place_of_checks
    takes = f" {beat.timeout}" if beat.timeout.content is not None else " the whole wait for its answer"
    held = f" in one of the places of `{place.key}`, {place.pool} in all" if place is not None else ""
    return Violated(
        f"One who does not answer is checked again at the same pace forever. Each such check takes{takes}"
        f"{held}: the more are gone, the later are those checked who are there.",
        beat.of_the_absent,
        tuple(part for part in (beat.interval, beat.timeout) if part.content),
        "" if place is not None else "nothing is said to wait behind such a check",
    )
