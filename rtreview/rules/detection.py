"""Heartbeats: whether they find the dead in time, spare the living, and can be seen by both ends."""

from typing import Any

from rtreview.language import catalogue
from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field, NotApplicable, Undecided, known
from rtreview.language.sections.servers import Operations
from rtreview.language.sections.workload import MACHINES, PHONES
from rtreview.numbers.expression import Expression, named, term
from rtreview.numbers.fan_out import message_capacity
from rtreview.numbers.liveness import (
    NO_SCRIPT,
    beats,
    beats_sent,
    in_whole_minutes,
    is_silence_timer,
    noticed_within,
    silence_of,
    tells_the_server_nothing,
    unknown_of,
)
from rtreview.numbers.presence import PROMISE, ends_by_expiry
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Limit, Outcome, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

REFUSED = "A user whose connection is silently lost is refused, since the dead one still counts as open,"

UNSEEN = Duration(2)
"""A client that is refused for no longer does not make anybody wait (returning-client-refused)."""

SOON_LOST = 3
"""A phone that changes networks, or a few restarts of a program, lose so many within the time in which none
of them is found dead (returning-client-refused)."""

CHECKED = Duration(15 * 60)
"""Who fetches this often is no later than TCP, which gives up after 15 min (browser-cannot-see-ping)."""

SILENCE = "the silence that ends a connection"


@rule
def heartbeat_timeout_too_tight(connection: Connection) -> Outcomes:
    """A connection that is alive is taken for dead."""
    heartbeat, rtt = beats(connection), connection.workload.rtt
    timeout, misses = heartbeat.timeout, heartbeat.misses.content
    if heartbeat.layer.has("tcp"):
        raise NotApplicable("the kernel has timers of its own for the keep-alive of TCP")
    if misses is not None and misses.amount > 1:
        raise NotApplicable(f"one late answer ends nothing: it takes {misses} missed heartbeats")
    if heartbeat.silence_timeout.content:
        yield from _too_short(connection, heartbeat.silence_timeout)
        if not timeout.content:
            return
    silence, wait = is_silence_timer(heartbeat), known(timeout)
    if silence is None and (rtt.content is None or rtt.content < wait):
        raise Undecided(unknown_of(heartbeat))
    if not silence:
        trip = named("round trip", term(rtt, "1 % take longer"))
        yield Limit("the round trip", trip, "the wait for an answer", timeout)
        return
    if misses is not None:
        raise NotApplicable("a missed heartbeat ends the connection, and the timeout is its tolerance")
    yield from _too_short(connection, timeout)


@rule
def request_waits_behind_others(connection: Connection) -> Outcomes:
    """A request that hangs holds up those of all other things that its client acts for."""
    transport, heartbeat = connection.transport, connection.transport.heartbeat
    requests, wait = transport.requests, heartbeat.timeout
    every = heartbeat.interval if heartbeat.interval.is_stated else transport.poll.every
    if not requests.is_stated:
        raise NotApplicable("no client is said to act for several things")
    if not requests.has("in-turn"):
        yield Passed(f"what a client sends for several things goes {requests}")
        return
    if wait.content is not None:
        yield Limit(
            "the time until a request that hangs is given up",
            wait,
            "the time between two requests of another thing",
            every,
            or_equal=True,
            note="A client acts for several things in turn, so all others are late by as much, and are taken "
            "for dead.",
            at=requests,
        )
        return
    # One that is switched off does not answer at any turn.
    asked = heartbeat.of_the_absent
    always = asked.has("same")
    yield Violated(
        "A client acts for several things in turn, each of which waits for the answer to the one before: one "
        "request that hangs holds up the heartbeats and work of all others"
        f"{', without a limit' if wait.is_none else ''}"
        f"{', and what does not answer is asked again at each turn' if always else ''}.",
        requests,
        (*((wait,) if wait.is_none else ()), *((asked,) if always else ())),
        when="" if wait.is_none or always else "nothing says how long a request may take",
    )


def _leave_to_data(connection: Connection, longest: Duration) -> None:
    """End the rule where any data counts, and a stream of it may never pause for so long.

    Raises:
        NotApplicable: messages come more often.
        Undecided: nothing says how often they come.

    """
    flows = [each for each in connection.features if each.serves("telemetry", "media", "game")]
    if not (connection.transport.heartbeat.counts.has("any") and flows):
        return
    rates = [each.workload.messages.rate for each in flows]
    if any(_ticks(each, longest) for each in flows):
        raise NotApplicable("any data counts, and messages come more often than that")
    if not any(rate.is_stated for rate in rates):
        raise Undecided(*rates)


def _too_short(connection: Connection, silence: Field[Duration]) -> Outcomes:
    """A silence against the time between two heartbeats, and, where it is short, the round trip."""
    interval, longest = connection.transport.heartbeat.interval, known(silence)
    every = known(interval)
    if longest <= every:
        if longest < every:
            _leave_to_data(connection, longest)
        # Who states the same for both may mean "longer than that".
        case = "who is back lacks nothing" if _begins_whole(connection) else "it is one interval"
        yield Limit(
            "the heartbeat interval",
            interval,
            SILENCE,
            silence,
            when=case if longest >= every else "",
        )
    elif (trip := connection.workload.rtt).content is not None and trip.content >= longest:
        # A heartbeat that takes the long way comes that much later than the one before.
        yield Limit("the round trip", named("round trip", term(trip, "1 % take longer")), SILENCE, silence)
    elif longest >= every * 2:
        yield Passed(f"a silence of {longest} holds two intervals of {every}")
    else:
        gap = named("gap between heartbeats", term(interval) + term(connection.workload.rtt, "round trip"))
        yield Limit("the gap between heartbeats", gap, SILENCE, silence)


def _begins_whole(connection: Connection) -> bool:
    """Whether each new connection brings all that one that was cut off for nothing had, and missed."""
    return all(
        feature.replays
        or (feature.is_state_valued and feature.sync.join.order.has("snapshot") and not feature.bars_rejoin)
        for feature in connection.features
    )


@rule
def heartbeat_starved_by_traffic(connection: Connection) -> Outcomes:
    """A busy end sends no heartbeats, and the other end counts nothing else."""
    heartbeat = beats(connection)
    silence = silence_of(heartbeat)
    if not heartbeat.counts.has("heartbeat") and not heartbeat.idle_only.is_stated:
        raise NotApplicable("no heartbeat is said to give way to traffic")
    if silence is not None and silence.is_none:
        raise NotApplicable("no end closes for silence")
    if heartbeat.counts.is_stated and not heartbeat.counts.has("heartbeat"):
        yield Passed(f"the timer of silence counts `{heartbeat.counts}`, so that traffic sets it back")
        return
    if heartbeat.idle_only.has(False) or heartbeat.idle_only.is_none:
        yield Passed("heartbeats are sent beside the traffic as well")
        return
    known(heartbeat.counts)
    known(heartbeat.idle_only)
    limit = f" after {silence}" if silence is not None and silence.content else ""
    yield Violated(
        "While messages flow no heartbeat is sent, and the other end counts nothing but heartbeats: the "
        f"busiest connections are closed{limit} as dead.",
        heartbeat.counts,
        (heartbeat.idle_only, *([silence] if silence is not None and silence.content else ())),
    )


@rule
def own_sends_hide_the_dead(connection: Connection) -> Outcomes:
    """What an end sends itself sets its timer of silence back, so that it finds nobody while it sends."""
    heartbeat = beats(connection)
    if not heartbeat.counts.is_stated:
        raise NotApplicable("own sends are not said to set a timer of silence back")
    if known(heartbeat.counts) != "own-sends":
        yield Passed(f"what counts is received: `{heartbeat.counts}`")
        return
    is_answered = bool(heartbeat.timeout.content) and silence_of(heartbeat) is not heartbeat.timeout
    if is_answered and not (heartbeat.from_.has("client") and heartbeat.silence_timeout.content):
        raise NotApplicable(f"an answer is waited for as well, {heartbeat.timeout} long")
    if heartbeat.silence_timeout.is_none:
        raise NotApplicable("no end closes for silence: see missing-heartbeat")
    silence, pause = silence_of(heartbeat), connection.silence
    limit = f" of {silence}" if silence is not None and silence.content else ""
    quiet = f" A dead connection is found in a pause of {pause} alone." if pause.content else ""
    yield Violated(
        f"The timer{limit} is set back by what this end sends itself, heartbeats and messages of others: a "
        f"dead client goes on counting as alive for as long as anything is sent to it.{quiet}",
        heartbeat.counts,
        tuple(part for part in (silence, pause) if part is not None and part.content),
    )


def _allows(operations: Operations) -> float | None:
    """How many connections a user may have, where one more is refused; None without such a limit."""
    most = operations.max_per_user.content
    return most.amount if most is not None and operations.over_limit.has("refused") else None


@rule
def hung_work_looks_alive(connection: Connection) -> Outcomes:
    """A heartbeat shows that a process is there, and its work may hang."""
    heartbeat, from_ = connection.transport.heartbeat, connection.transport.heartbeat.comes_from
    if not from_.is_stated:
        raise NotApplicable("the spec does not say where heartbeats come from")
    if heartbeat.is_none or heartbeat.from_.has("server"):
        raise NotApplicable("clients send no heartbeats")
    if connection.workload.clients.content and not connection.workload.has_any(*MACHINES, "desktop"):
        raise NotApplicable(f"no work is watched: {connection.workload.clients}")
    if from_.includes("work"):
        yield Passed("a heartbeat comes from the work itself")
        return
    known(from_)
    shown = next((feature.presence for feature in connection.features if feature.presence.is_there), None)
    seen = ", and is shown as being there" if shown else ""
    yield Violated(
        "The heartbeat does not come from the work: when that hangs, heartbeats go on, and a client that no "
        f"longer does anything looks healthy{seen}.",
        from_,
    )


@rule
def returning_client_refused(connection: Connection) -> Outcomes:
    """Who lost a connection without a word is refused while the dead one counts as open."""
    transport, heartbeat = connection.transport, connection.transport.heartbeat
    duplicate: Field[Any] = transport.on_duplicate
    if connection.asks_again:
        raise NotApplicable("a poll leaves no connection behind that could count as open")
    if not duplicate.is_stated and _allows(connection.operations) == 1:
        duplicate = connection.operations.over_limit
    recognised = _recognised(connection)
    if not duplicate.is_stated and not recognised and (full := _filled_by_the_dead(connection)):
        yield full
        return
    if not duplicate.is_stated:
        raise NotApplicable("no second connection is said to be refused")
    if not duplicate.has("refuse", "refused"):
        yield Passed(f"a second connection of a user is not refused: {duplicate}")
        return
    if recognised:
        yield Passed(recognised)
        return
    if tells_the_server_nothing(heartbeat):
        yield Violated(f"{REFUSED} until TCP gives up, 15 min and more.", duplicate, (heartbeat,))
        return
    silence, away = heartbeat.silence_timeout.content, connection.workload.outage.typical.content
    if silence is not None and away is not None and not heartbeat.from_.is_stated and away < silence > UNSEEN:
        message = f"{REFUSED} for up to {silence}, and a usual outage lasts {away}."
        related = (heartbeat.silence_timeout, connection.workload.outage.typical)
        yield Violated(message, duplicate, related)
        return
    noticed, every = _noticed(connection), heartbeat.interval.content
    if noticed is None or (noticed.content is None and not (every and every <= UNSEEN)):
        message = f"{REFUSED} until that one is found dead, which nothing says happens within {UNSEEN}."
        yield Violated(message, duplicate, when="the spec does not say when a loss is found")
        return
    judged = Limit(
        "the worst detection time",
        noticed,
        "the refusal that passes unseen",
        UNSEEN,
        or_equal=True,
        at=duplicate,
        propose=(),
    ).judge()
    if isinstance(judged, Violated):
        judged = judged._replace(message=f"{REFUSED} for up to {noticed}, the worst detection time.")
    yield judged


def _recognised(connection: Connection) -> str:
    """How a client that returns gets its place back; nothing where it does not."""
    if any(feature.presence.takeover.content for feature in connection.features):
        return "a client's new connection ends its old one"
    by = connection.transport.resume.by
    return "a client that names its session takes it over" if by.has("session") else ""


def _filled_by_the_dead(connection: Connection) -> Violated | None:
    """The few connections of a user are taken by dead ones; None where they are more, or found."""
    operations, heartbeat = connection.operations, connection.transport.heartbeat
    allowed = _allows(operations)
    if allowed is None or allowed > SOON_LOST or not tells_the_server_nothing(heartbeat):
        return None
    return Violated(
        f"A connection that is silently lost still counts: after {operations.max_per_user} of them their "
        "user is refused until TCP gives up, 15 min and more.",
        operations.max_per_user,
        (operations.over_limit, heartbeat),
        when="it takes several lost connections",
    )


def _noticed(connection: Connection) -> Expression[Duration] | None:
    """The worst time until the server finds a dead client; None where nothing says by what it does."""
    heartbeat = connection.transport.heartbeat
    if not heartbeat.is_stated or (heartbeat.from_.has("client") and silence_of(heartbeat) is None):
        return None
    try:
        return noticed_within(connection)
    except Undecided:
        return None


@rule
def detection_slower_than_promise(feature: Feature) -> Outcomes:
    """The server learns of a loss later than the design promises to show it."""
    promise, shown, connection = feature.targets.offline_visible_within, feature.presence, feature.connection
    if not promise.content:
        raise NotApplicable("no time is promised in which one who vanished is shown as away")
    if ends_by_expiry(shown):
        raise NotApplicable("an entry ends by its ttl: see presence-ghost-exceeds-promise")
    heartbeat = beats(connection)
    if heartbeat.from_.has("client") and heartbeat.silence_timeout.is_none:
        yield Violated(
            f"A loss is to be shown within {promise}, and the server closes for no silence: it learns of one "
            "when TCP gives up.",
            heartbeat.silence_timeout,
            (promise,),
        )
        return
    if tells_the_server_nothing(heartbeat) and not (shown.ttl.content or connection.silence.content):
        raise Undecided(shown.ttl)
    worst = noticed_within(connection)
    yield Limit("the worst detection time", worst, PROMISE, promise, or_equal=True)


@rule
def browser_cannot_see_ping(connection: Connection) -> Outcomes:
    """The heartbeat is one that no script in a browser can see or send."""
    transport, clients = connection.transport, connection.workload.clients
    heartbeat = beats(connection)
    if transport.kind.has("sse"):
        yield _comments(connection)
        return
    if transport.kind.is_stated and not transport.kind.has("websocket"):
        raise NotApplicable(f"{transport.kind} has no WebSocket pings")
    if not connection.workload.may_have("browser"):
        raise NotApplicable("no browser connects")
    layer = known(heartbeat.layer)
    if layer != "websocket-ping":
        raise NotApplicable("the heartbeats are not WebSocket pings")
    known(clients)
    if heartbeat.from_.has("client"):
        yield Violated(
            "The client is to send WebSocket pings, and a page in a browser has no way to send one.",
            heartbeat.layer,
            (heartbeat.from_, clients),
        )
        return
    for feature in connection.features:
        if _ticks(feature, heartbeat.interval.content):
            rate = feature.workload.messages.rate
            raise NotApplicable(f"messages come at {rate}, so that a page can time their absence")
    if reason := _checks_by_itself(connection):
        yield Passed(reason)
        return
    listens = all(feature.direction.has("server-to-client") for feature in connection.on_its_line)
    ends = "nobody closes" if heartbeat.timeout.is_none else "the server closes"
    yield Violated(
        f"The server's pings{f' every {heartbeat.interval}' if heartbeat.interval.content else ''} are "
        f"answered by the browser and never reach the page: after a silent loss {ends}, and the page goes on "
        f"as connected until {'it is loaded again' if listens else 'TCP gives up'}.",
        heartbeat.layer,
        (clients,),
        when="the page only listens" if listens else "",
    )


def _checks_by_itself(connection: Connection) -> str:
    """Why a page whose connection is silently dead is up to date all the same; empty where it is not."""
    for feature in connection.features:
        every, allowed = feature.sync.refetch.content, feature.targets.staleness.content
        if every is None or every > (allowed or CHECKED):
            return ""
    return f"the page fetches the state by itself every {connection.features[0].sync.refetch}"


def _comments(connection: Connection) -> Outcome:
    """Comments reach the browser and no script, so that a page with an EventSource cannot miss them."""
    transport, clients, heartbeat = connection.transport, connection.workload.clients, beats(connection)
    if not connection.workload.may_have("browser"):
        raise NotApplicable("no browser connects")
    if known(heartbeat.layer) != "sse-comment":
        raise NotApplicable("the heartbeats are no comments, so that a page can see them")
    known(clients)
    if known(transport.reconnect.strategy) != "browser":
        raise NotApplicable("the page reads the stream by itself, and sees its comments")
    if any(_ticks(feature, heartbeat.interval.content) for feature in connection.features):
        raise NotApplicable("messages come as often as heartbeats, so that a page can time their absence")
    if reason := _checks_by_itself(connection):
        return Passed(reason)
    every = f" every {heartbeat.interval}" if heartbeat.interval.content else ""
    return Violated(
        f"The comments{every} keep the path open and reach no script: after a silent loss the EventSource "
        "stays open, and the page shows what it has until TCP gives up.",
        heartbeat.layer,
        (clients,),
    )


def _ticks(feature: Feature, every: Duration | None) -> bool:
    """Whether one writer sends to the page at least as often as a heartbeat would come."""
    rate = feature.workload.messages.rate.content
    if rate is None or every is None or feature.direction.has("client-to-server"):
        return False
    return bool(feature.has_one_writer) and rate.amount * every.amount >= 1


@rule
def tcp_keepalive_as_heartbeat(connection: Connection) -> Outcomes:
    """The keep-alive of TCP reaches the next proxy, and no further."""
    heartbeat, path = beats(connection), connection.transport.path
    if not heartbeat.is_stated:
        raise Undecided(heartbeat.layer)
    if known(heartbeat.layer) != "tcp":
        raise NotApplicable("the heartbeats are not the keep-alive of TCP")
    proxies = [hop for hop in path if _ends_tcp(hop.name.content)]
    if proxies:
        hops = f"{proxies[0].name} answers the probes itself"
        every = f" every {heartbeat.interval}" if heartbeat.interval.content else ""
        yield Violated(
            f"The heartbeat{every} is the keep-alive of TCP, and {hops}: nobody asks the other end.",
            heartbeat.layer,
            (proxies[0].name,),
        )
    elif not path.is_stated and _crosses_proxies(connection):
        yield Violated(
            "The heartbeat is the keep-alive of TCP, which whatever ends TLS on the way answers itself, and "
            "which no end of the application sees.",
            heartbeat.layer,
            when="the spec does not say what lies on the path",
        )
    elif not path.is_stated or path.items:
        raise Undecided(path)
    else:
        yield Passed(f"nothing lies on the path, and the kernel asks every {known(heartbeat.interval)}")


def _crosses_proxies(connection: Connection) -> bool:
    """Whether it is HTTP of pages or apps, which nearly always passes what ends TLS."""
    is_http = connection.transport.kind.has("websocket", "sse", "http-stream", "grpc-stream")
    return is_http and connection.workload.has_any("browser", *PHONES)


def _ends_tcp(name: str | None) -> bool:
    """Whether a hop is known to end TCP, so that its own kernel answers probes. A NAT passes them on."""
    hop = catalogue.find(name) if name else None
    if hop is None:
        return False
    uncounted = hop.facts.get("tcp_keepalive_counts") is False
    return hop.kind in ("proxy", "cdn") or (hop.kind == "load-balancer" and uncounted)


@rule
def hidden_tab_timer_throttle(connection: Connection) -> Outcomes:
    """A tab in the background sends its heartbeats once a minute, and the server does not wait that long."""
    heartbeat, clients = beats(connection), connection.workload.clients
    if connection.has_no_page:
        raise NotApplicable("no browser connects")
    if connection.transport.kind.has("sse") or heartbeat.layer.has(*NO_SCRIPT):
        raise NotApplicable("no script in a page sends the heartbeats")
    if connection.transport.kind.has("webrtc") or connection.calls_in_its_page:
        raise NotApplicable("the timers of a page with a WebRTC connection are not throttled")
    if known(heartbeat.from_) != "client":
        raise NotApplicable("the server sends heartbeats, and an answer to a message is not throttled")
    known(clients)
    if heartbeat.scheduled_on.has("reply", "worker"):
        raise NotApplicable(
            f"a heartbeat is sent by a {heartbeat.scheduled_on}, which no hidden tab slows down"
        )
    silence = silence_of(heartbeat)
    if not heartbeat.silence_timeout.is_stated:
        is_silence = is_silence_timer(heartbeat)
        if is_silence is None or not heartbeat.timeout.is_stated:
            raise Undecided(heartbeat.timeout if is_silence is not None else unknown_of(heartbeat))
    if silence is None or (heartbeat.misses.content and silence is heartbeat.timeout):
        raise NotApplicable("the timeout is not the silence after which the server closes")
    gap = named("heartbeat gap of a hidden tab", in_whole_minutes(heartbeat.interval))
    yield Limit("a hidden tab's heartbeat gap", gap, SILENCE, silence)


@rule
def heartbeat_load(connection: Connection) -> Outcomes:
    """Heartbeats take a large part of what the nodes can send."""
    heartbeat = beats(connection)
    if heartbeat.layer.has("tcp"):
        raise NotApplicable("the kernel sends the keep-alive of TCP")
    if heartbeat.from_.has("client") and heartbeat.confirmed.has(False):
        raise NotApplicable("the server sends no heartbeats")
    sent = named("rate of heartbeats", beats_sent(connection, both=heartbeat.from_.has("both")))
    capacity = message_capacity(connection)
    half, tenth = named("half of the capacity", capacity / 2), named("a tenth of the capacity", capacity / 10)
    if sent > half:
        more, than = "they take more than half of it", "half of the message capacity"
        yield Limit("the rate of heartbeats", sent, than, half, or_equal=True, when=more)
    else:
        yield Limit("the rate of heartbeats", sent, "a tenth of the message capacity", tenth, or_equal=True)
