"""What wakes a phone, a page or a sleeping server, and what they do then."""

from rtreview.language import catalogue
from rtreview.language.design import ONLY_MEMBERS, Connection, Feature
from rtreview.language.field import NotApplicable, Part, Undecided, Unstated, known
from rtreview.language.sections.workload import PHONES
from rtreview.numbers.expression import named, term
from rtreview.quantities.quantity import Duration, Rate
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

SEEN_SOON = Duration(60)
"""A dead connection that a page notices within this is a short delay (restored-page-stays-dead)."""

RESTS = Duration(2 * 60)
"""From this interval on a phone's radio rests most of the time (heartbeat-drains-phone)."""

OFTEN = Duration(60)
"""A page that asks as often as that keeps a phone's radio awake (hidden-page-polls-on)."""

WATCHED = ("dashboard", "feed", "telemetry", "presence")
"""Purposes of pages that only show what there is (hidden-page-polls-on)."""

IN_MEMORY = {"room": "what goes on in a room", "session": "the sessions", "presence": "those present"}
"""How what is kept in memory is called in a sentence (lost-in-hibernation)."""

FALLS_ASLEEP = Duration(10)
"""How long a Durable Object is idle before it is taken out of memory (lost-in-hibernation;
developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle)."""

BUSY = Rate(1 / 60)
"""A phone that is sent that much is awake for its messages already (heartbeat-drains-phone)."""


@rule
def restored_page_stays_dead(connection: Connection) -> Outcomes:
    """A page comes back out of the browser's cache with a connection that ended while it stood still."""
    restored, transport = connection.transport.restored, connection.transport
    if not restored.is_stated:
        if any(case.if_.has("hidden", "online") for case in transport.reconnect.when):
            raise Undecided(restored)
        raise NotApplicable("nothing is said of pages that are shown again")
    if restored.content:
        yield Passed(f"a page that is shown again {restored}")
        return
    if connection.asks_again:
        raise NotApplicable("the next poll is the reconnection")
    if connection.has_no_page and not connection.workload.has_any(*PHONES):
        raise NotApplicable("no page and no app on a phone is at the other end")
    if all(feature.direction.has("client-to-server") for feature in connection.features):
        raise NotApplicable("nothing is sent to a client")
    silence = transport.heartbeat.silence_timeout
    soon = silence.content is not None and silence.content <= SEEN_SOON
    yield Violated(
        "A page that is shown again takes its connection for open, though the browser or the server ended it "
        f"while the page stood still: it shows what was, {'for ' + str(silence) if soon else 'and nothing'}"
        f"{'' if soon else ' new comes'}.",
        restored,
        (silence,) if silence.is_stated else (),
        when="silence ends it within a minute" if soon else "",
    )


@rule
def kept_awake_for_nothing(feature: Feature) -> Outcomes:
    """What could sleep, and is paid for while it is awake, never sleeps."""
    by, heartbeat = feature.topology.node.kept_awake_by, feature.transport.heartbeat
    if not by.is_stated:
        service = catalogue.find(feature.transport.service)
        if service and service.has("billed-while-awake") and heartbeat.layer.includes("application"):
            raise Undecided(by)
        raise NotApplicable("nothing is said to sleep while nothing happens")
    words = () if by.is_none else known(by)
    if not words:
        yield Passed("real messages alone wake it")
        return
    transport, fan_out = feature.transport, feature.fan_out
    intervals: dict[str, Part] = {
        "heartbeat": heartbeat.interval,
        "poll": fan_out.watched_every if fan_out.watched_every.is_stated else transport.poll.every,
        "timer": feature.presence.sweep,
    }
    causes = [intervals[word] for word in words if word in intervals and intervals[word].is_stated]
    often = f" ({', '.join(f'`{cause.dotted}: {cause}`' for cause in causes)})" if causes else ""
    yield Violated(
        f"It sleeps while nothing happens, and is kept awake by {_joined(words)}{often}: it is paid for "
        "around the clock, for rooms and clients in which nothing happens.",
        by,
        tuple(causes),
    )


def _joined(words: tuple[str, ...]) -> str:
    names = {"heartbeat": "heartbeats", "poll": "polls", "timer": "a timer", "connection": "open connections"}
    return " and ".join(names[word] for word in words)


@rule
def lost_in_hibernation(feature: Feature) -> Outcomes:
    """A host takes an idle room out of memory and keeps its sockets, and what was in memory is gone."""
    state, evicts = feature.topology.state, feature.topology.state.evicts
    service = catalogue.find(feature.transport.service)
    may_sleep = service is not None and service.has("hibernates-under-sockets")
    if not (evicts.has("asleep") or (may_sleep and not evicts.is_stated)):
        raise NotApplicable("no host is said to take a room from memory whose clients stay connected")
    kept_awake = set(feature.topology.node.kept_awake_by.content or ()) & _with_a_client(feature)
    if kept_awake:
        raise NotApplicable(f"it stays awake while a client is connected: {', '.join(sorted(kept_awake))}")
    held = [part for part in (state.room, state.session, state.presence) if part.is_stated]
    if not held:
        raise Undecided(state.room) if evicts.has("asleep") else NotApplicable("nothing is said of its state")
    lost = [part for part in held if part.includes("node") and not part.includes("disk", "shared")]
    if feature.sync.durability.is_written:
        lost = [part for part in lost if part is not state.room]
    if not lost:
        yield Passed("what a room needs when it wakes is kept outside of its memory")
        return
    named = ", ".join(IN_MEMORY[part.key] for part in lost)
    if not evicts.is_stated:
        message = (
            f"{feature.transport.service} can take an idle room out of memory and keep its sockets. Kept "
            f"there alone: {named}. The spec does not say `{evicts.dotted}`."
        )
        raise Unstated(evicts, message=message)
    yield Violated(
        "When nothing happens the host empties the memory and keeps the sockets. Kept there alone, and gone: "
        f"{named}. The next message comes from somebody whom the room does not know, and whoever is in it "
        "goes on as if it did.",
        lost[0],
        (evicts,),
        when=_of_what_is_lost(feature, only_members=lost == [state.presence]),
    )


def _with_a_client(feature: Feature) -> set[str]:
    """The words of `kept_awake_by` that hold all the while a client is connected."""
    interval = feature.transport.heartbeat.interval.content
    return {"connection", *(("heartbeat",) if interval and interval < FALLS_ASLEEP else ())}


def _of_what_is_lost(feature: Feature, *, only_members: bool) -> str:
    """The case of a room whose clients make good what it lost, or that loses no more than who is in it."""
    if feature.transport.resume.unknown_session.has("told"):
        return "a client is told, and begins again"
    return "only who is in it is lost" if only_members or feature.serves(*ONLY_MEMBERS) else ""


@rule
def heartbeat_drains_phone(connection: Connection) -> Outcomes:
    """A heartbeat wakes the radio of a phone in the background again and again."""
    transport, interval = connection.transport, connection.transport.heartbeat.interval
    if "service" not in (transport.background.content or ()):
        raise NotApplicable("no connection is said to stay open in the background of a phone")
    if connection.workload.clients.content and not connection.workload.has_any(*PHONES):
        raise NotApplicable("no phone connects")
    if interval.is_none or transport.heartbeat.is_none:
        raise NotApplicable("no heartbeat is sent")
    if any(feature.serves("media", "game", "cursors", "signalling") for feature in connection.features):
        raise NotApplicable("a call or a game keeps the phone awake anyway")
    sent = [feature.workload.messages.per_client.content for feature in connection.features]
    if any(isinstance(rate, Rate) and rate >= BUSY for rate in sent):
        raise NotApplicable("messages keep the radio awake anyway")
    every = known(interval)
    if every >= RESTS:
        yield Passed(f"a heartbeat each {every} lets the radio rest most of the time")
        return
    yield Violated(
        f"A heartbeat each {every} keeps the radio of a phone awake that has nothing to receive: each one "
        "wakes it for 5 to 20 s, all day.",
        interval,
        (transport.background,),
    )


@rule
def hidden_page_polls_on(connection: Connection) -> Outcomes:
    """A hidden page polls as often as a visible one."""
    transport, hidden, workload = connection.transport, connection.transport.poll.hidden, connection.workload
    if not transport.kind.has("polling"):
        raise NotApplicable("no client asks again and again")
    if hidden.has("slower", "paused"):
        yield Passed("a hidden page polls less often, or not at all")
        return
    has_phone = workload.has_any(*PHONES)
    if connection.has_no_page and not has_phone:
        raise NotApplicable("no page and no app on a phone is at the other end")
    if reason := _needed_unseen(connection):
        raise NotApplicable(reason)
    if connection.are_few and not has_phone:
        raise NotApplicable(f"{connection.counted} clients are a household")
    every = transport.poll.every
    if not hidden.is_stated:
        is_watched = all(feature.serves(*WATCHED) for feature in connection.features)
        if is_watched and workload.has_any("browser", *PHONES) and every.content and every.content <= OFTEN:
            message = f"The spec does not say how a hidden page polls, `{hidden.dotted}`."
            raise Unstated(hidden, message=message)
        raise Undecided(hidden)
    often = f" every {every}" if every.content else ""
    radio = ", and each poll wakes the radio of a phone for 5 to 20 s" if has_phone else ""
    yield Violated(
        f"A hidden page or app polls on{often}, for as long as it stays open: it costs the server as much "
        f"as a visible one{radio}.",
        hidden,
        (every,) if every.is_stated else (),
    )


def _needed_unseen(connection: Connection) -> str:
    """Why a page has to ask also while nobody sees it; nothing where no such reason is stated."""
    for feature in connection.features:
        if feature.sync.effect.has("acts"):
            return "what comes is acted on, seen or not"
        if feature.serves("chat", "notifications", "signalling"):
            return "a hidden page tells its user what comes"
        if feature.presence.is_there:
            return "each poll also says that a user is there"
    return ""


@rule
def sleeping_tab_leads(connection: Connection) -> Outcomes:
    """One tab serves the others, and a browser slows it down or freezes it while it is hidden."""
    led, transport, workload = connection.transport.tabs_led_by, connection.transport, connection.workload
    if not led.is_stated:
        if transport.shared_by_tabs.content and workload.may_have("browser"):
            raise Undecided(led)
        raise NotApplicable("no tab is said to serve the others")
    if led.is_none or transport.shared_by_tabs.has(False):
        raise NotApplicable("each tab serves itself")
    if led.has("worker", "visible", "checked-lease"):
        yield Passed(f"no hidden tab keeps the others waiting: {led}")
        return
    if workload.tabs_per_user.content is not None and workload.tabs_per_user.content.amount <= 1:
        raise NotApplicable("a user has one tab")
    known(led)
    if led.has("lease"):
        if transport.heartbeat.scheduled_on.has("worker"):
            yield Passed("a worker renews the lease, whose timers no hidden tab slows down")
            return
        yield Violated(
            "A hidden tab renews its lease as seldom as once a minute, or never while it is frozen, and "
            "another takes over: the first wakes and goes on as well, and both connect and send for all.",
            led,
        )
        return
    known(transport.kind)
    if not transport.kind.has("polling"):
        if not workload.has_any("ios", "mobile"):
            yield Passed("a hidden tab is still sent what comes on a stream, and its end frees the lock")
            return
        yield Violated(
            "The tab that leads keeps its lock while a phone suspends it: what is shown gets nothing new.",
            led,
            (workload.clients,),
            when="a phone suspends it",
        )
        return
    yield Violated(
        "The tab that leads keeps its lock while it is hidden, where a browser slows its timers to one a "
        "minute or freezes it: the visible tab waits for polls that never come.",
        led,
        (transport.kind,),
    )


@rule
def dead_session_kept(feature: Feature) -> Outcomes:
    """Servers have lost a session, do not say so, and its client sleeps before it gives the session up."""
    resume, awake = feature.transport.resume, feature.workload.session.typical
    unknown, attempts = resume.unknown_session, resume.given_up_after
    if not unknown.is_stated:
        raise NotApplicable("nothing is said of a session that servers have lost")
    if unknown.is_none or unknown.has("told"):
        yield Passed("a client whose session is lost is told so, or has none")
        return
    known(unknown)
    if attempts.is_none:
        yield Violated(
            "A client whose session servers have lost gets no answer and goes on with it: it is cut off "
            "until somebody starts it again.",
            attempts,
            (unknown,),
        )
        return
    clients = feature.workload.clients
    if not attempts.is_stated or not (awake.is_stated or clients.is_stated):
        raise Undecided(awake if attempts.is_stated else attempts, clients)
    if not awake.is_stated and not feature.workload.has_any("device", *PHONES):
        raise NotApplicable(f"nothing says that {clients} sleep before")
    wait = feature.transport.reconnect.connect_timeout
    yield Limit(
        "the time until a client gives a dead session up",
        named("time of the attempts", term(attempts, "attempts") * term(wait)),
        "the time for which it is awake",
        awake,
        note="One that sleeps before begins to count again when it wakes.",
        at=attempts,
    )
