"""What lies between the two ends: how long, how much and how fast it lets things through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rtreview.language import catalogue
from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated, known
from rtreview.language.sections.delivery import Delivery
from rtreview.language.sections.servers import Work
from rtreview.language.sections.transport import Hop, Transport
from rtreview.models import latency
from rtreview.numbers import replay
from rtreview.numbers.expression import PRODUCT, Expression, Function, named, term, total
from rtreview.numbers.fan_out import time_to_last_member
from rtreview.quantities.quantity import Duration, Number, Rate, Size
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

HELD = {
    "sse": "for its stream",
    "http-stream": "for each stream",
    "long-polling": "for the poll that is held",
}
"""What keeps one of a browser's connections to an origin, and for what (sse-connection-limit)."""

STREAMS = ("sse", "http-stream")
"""Kinds that are one HTTP response which does not end."""

CONNECTIONS_TO_AN_ORIGIN = Number(6)
"""What a browser opens to one origin over HTTP/1.1, all tabs together (MDN, EventSource)."""

OTHERS_EDGE = ("cdn", "load-balancer", "host")
"""Kinds of hops that somebody else runs: most speak HTTP/2 to browsers unasked (sse-connection-limit)."""

MESSAGES_OF_A_FAST_GAME = Rate(20)
"""From here on the next state comes before a lost packet can have been sent again."""

MESSAGES_OF_A_GAME = Rate(5)
"""Where the channel could leave out what is lost, this is enough to have newer state soon after a loss."""

A_STAY = Duration(15 * 60)
"""Nearly all who look at what is live stay for longer (hop-lifetime-caps-session)."""

LEISURELY = Duration(0.25)
"""An allowed latency that leaves time to send a lost packet again."""


@rule
def hop_lifetime_caps_session(feature: Feature) -> Outcomes:
    """A hop ends connections at an age that sessions exceed, and what is sent meanwhile is lost."""
    transport, session = feature.transport, feature.workload.session
    stays_away = transport.reconnect.is_none and not feature.workload.only("server")
    if feature.connection.asks_again:
        raise NotApplicable("each poll is a request of its own")
    hops = feature.connection.known_hops()
    if (sooner := _ended_before_a_heartbeat(feature.connection, hops)) is not None:
        yield sooner
        return
    if not stays_away:
        back = replay.after_a_cut(feature)
        if reason := back.known():
            yield Passed(reason)
            return
        if not (back.bars or transport.resume.is_none or transport.event_ids.has(False)):
            raise Undecided(transport.resume)
    note = (
        "The client does not come back." if stays_away else "What is sent before the client is back is lost."
    )
    for name, hop in hops:
        oldest = hop.max_lifetime
        if oldest.is_none:
            yield Passed(f"{name} ends no connection for its age")
            continue
        usual = session.typical.content if session.typical.is_stated else None
        too_long = usual is not None and oldest.content is not None and usual > oldest.content
        is_usual = too_long and not session.p95.is_stated
        if not session.is_stated and feature.work.bound_to.has("connection"):
            # The stream of an answer lasts as long as its work.
            yield _outlived_by_work(feature.work, name, oldest)
            continue
        if not session.is_stated and oldest.content is not None and oldest.content <= A_STAY:
            yield Violated(
                f"{name} ends each connection after {oldest}, and few sessions are that short. {note}",
                oldest,
                when="the spec does not say how long sessions last",
            )
            continue
        yield Limit(
            "the usual session length" if is_usual else "the p95 session length",
            session.typical if is_usual else session.p95,
            f"the age at which {name} ends a connection",
            oldest,
            or_equal=True,
            note=note,
        )


def _outlived_by_work(work: Work, name: str, oldest: Field[Duration]) -> Passed:
    """Whether work that ends with its connection is bounded below the age at which a hop ends that.

    Raises:
        Undecided: nothing bounds it, or not below that.

    """
    limit, age = work.limit.content, known(oldest)
    if not isinstance(limit, Duration) or limit > age:
        raise Undecided(work.limit)
    return Passed(f"the work of a connection ends within {limit}, before {name} ends it after {oldest}")


def _ended_before_a_heartbeat(connection: Connection, hops: Sequence[tuple[str, Hop]]) -> Violated | None:
    """A hop that ends each connection before its first heartbeat, so that all come again and again."""
    interval, clients = connection.transport.heartbeat.interval, connection.counted
    ages = [(hop.max_lifetime, name) for name, hop in hops if hop.max_lifetime.content is not None]
    if interval.content is None or not ages or connection.is_one_shot:
        return None
    oldest, name = min(ages, key=lambda age: age[0].content.amount)  # type: ignore[union-attr]
    if oldest.content is None or oldest.content >= interval.content or not oldest.content.amount:
        return None
    times = Rate(clients.content.amount / oldest.content.amount).rounded if clients.content else ""
    again = f"{clients} clients connect again at {times}" if times else "all connect again and again"
    return Violated(
        f"{name} ends each connection after {oldest}, before its first heartbeat of {interval}: {again}, on "
        "the best of days.",
        oldest,
        (interval, clients) if clients.is_stated else (interval,),
    )


@rule
def hop_reload_cuts_streams(feature: Feature) -> Outcomes:
    """A hop ends connections whenever it is reloaded, and what is sent meanwhile is lost."""
    hops = [(hop.name.content or "a hop", hop) for hop in feature.transport.path if hop.reload.is_stated]
    if feature.connection.asks_again or feature.connection.is_one_shot:
        raise NotApplicable("each request ends by itself")
    if not hops:
        raise NotApplicable("nothing is said of a hop that is reloaded")
    cutting = [(name, hop) for name, hop in hops if hop.reload.is_none or not hop.reload.has("keeps")]
    if not cutting:
        yield Passed(f"{hops[0][0]} keeps connections through a reload")
        return
    stays_away, bound = feature.transport.reconnect.is_none, feature.work.bound_to.has("connection")
    unknown = False
    if not (stays_away or bound):
        try:
            reason = replay.made_good(feature)
        except Undecided:
            if not any(hop.reload.has("cuts") for _, hop in cutting):
                raise
            reason, unknown = "", True
        if reason:
            yield Passed(reason)
            return
    resume, session = feature.transport.resume, feature.workload.session
    for name, hop in cutting:
        when = "after its drain" if hop.reload.has("drains") else "at once"
        lost = "their work ends with them" if bound else "what is sent before they are back is lost"
        lost = "their clients stay away" if stays_away else lost
        lost = "all of their clients return at once" if unknown else lost
        drained = (
            hop.reload.has("drains") and hop.drain.content is not None and session.p95.content is not None
        )
        if drained and session.p95.content <= hop.drain.content:  # type: ignore[operator]
            yield Passed(f"95 % of sessions end within the drain of {name}")
            continue
        yield Violated(
            f"Each reload of {name}, be it for somebody else's change, ends all connections {when}: {lost}.",
            hop.reload,
            (resume,) if resume.is_none else (),
            when="the spec does not say what a client missed" if unknown else "",
        )


@rule
def websocket_not_relayed(connection: Connection) -> Outcomes:
    """A hop does not take a WebSocket in the version of HTTP that clients speak."""
    transport, version = connection.transport, connection.transport.http_version
    if not transport.kind.has("websocket"):
        raise NotApplicable("no WebSocket is opened")
    hops = [(hop.name.content or "a hop", hop.websocket_over) for hop in transport.path]
    hops = [(name, over) for name, over in hops if over.is_stated]
    if not hops:
        raise NotApplicable("nothing is said of how a hop takes a WebSocket")
    for name, over in hops:
        if over.is_none:
            yield Violated(f"{name} passes no WebSocket on: every handshake fails there.", over)
        elif not version.is_stated:
            raise Undecided(version)
        elif version.content is not None and version.content not in (over.content or ()):
            yield Violated(
                f"Clients speak HTTP/{version}, and {name} takes a WebSocket over HTTP/{over} only: the "
                "handshake fails, or falls back without a word.",
                over,
                (version,),
                when="the first version may be tried again",
            )
        else:
            yield Passed(f"{name} takes a WebSocket over HTTP/{over}")


@rule
def sse_connection_limit(connection: Connection) -> Outcomes:
    """The tabs of one browser hold every connection that it opens to an origin."""
    transport, workload = connection.transport, connection.workload
    kind = known(transport.kind)
    if kind not in HELD:
        raise NotApplicable(f"{kind} keeps no response of HTTP open")
    if kind == "http-stream" and not _stays_open(connection):
        raise NotApplicable("nothing is said of a response that stays open with its page")
    if not workload.may_have("browser"):
        raise NotApplicable("no browser connects, and only browsers have the limit")
    if kind != "sse" and not workload.clients.is_stated:
        # Programs read these as often as pages do.
        raise Undecided(workload.clients)
    if (apart := _a_stream_each(connection)) is not None:
        yield Violated(
            "Each tab keeps a stream of its own. Over HTTP/1.1 a browser opens six connections to an origin: "
            "with the sixth tab every further request waits. Cleared where "
            f"`{transport.http_version.dotted}` is 2 or 3 on the way to the browser.",
            apart,
            when="the spec does not say which HTTP carries it",
        )
        return
    version = known(transport.http_version)
    if version != "1.1":
        yield Passed(f"HTTP/{version} carries the streams of all tabs on one connection")
        return
    streams, shared = transport.streams_per_page, transport.shared_by_tabs.content
    several = streams.content is not None and streams.content.amount > 1
    if shared and not several:
        yield Passed("one connection serves all tabs")
        return
    tabs = term(workload.tabs_per_user, "tabs")
    judged = Limit(
        "the streams of all tabs" if several else "the tab count",
        named("streams of a browser", term(streams) if shared else tabs * streams, Number)
        if several
        else workload.tabs_per_user,
        "the connections that a browser opens to one origin over HTTP/1.1",
        CONNECTIONS_TO_AN_ORIGIN,
        note=f"Each {'of them' if shared else 'tab'} keeps one {HELD[kind]}, and every further request "
        "waits.",
        when="each answer frees its connection" if kind == "long-polling" or _answers(connection) else "",
    ).judge()
    if isinstance(judged, Violated):
        judged = judged._replace(related=(transport.http_version,))
    yield judged


def _a_stream_each(connection: Connection) -> Field[bool] | None:
    """The word that each tab has an SSE stream of its own, where nothing says how many or over which HTTP."""
    transport, tabs = connection.transport, connection.workload.tabs_per_user
    if transport.http_version.is_stated or tabs.is_stated or not transport.kind.has("sse"):
        return None
    platforms = filter(None, (catalogue.find(hop.name) for hop in transport.path))
    if any(platform.kind in OTHERS_EDGE for platform in platforms):
        return None
    apart = transport.shared_by_tabs.has(False) and not _answers(connection)
    return transport.shared_by_tabs if apart else None


def _answers(connection: Connection) -> bool:
    """Whether each stream is the answer of one piece of work, and ends with it."""
    return all(
        feature.work.bound_to.is_stated and feature.work.end.has("marked") and not feature.work.limit.is_none
        for feature in connection.features
    )


def _stays_open(connection: Connection) -> bool:
    """Whether a streamed response goes on while its page is there, and does not end with an answer."""
    transport = connection.transport
    watches = transport.connections_per.has("room", "subscription") or transport.streams_per_page.is_stated
    return watches or not connection.is_one_shot


@rule
def stream_buffered_by_proxy(connection: Connection) -> Outcomes:
    """Something on the path collects the response, and events arrive in bursts or never."""
    kind = known(connection.transport.kind)
    if kind not in STREAMS:
        raise NotApplicable(f"{kind} is not a streamed HTTP response")
    if compressed := _held_back(connection.transport):
        yield compressed
    by_default: list[tuple[str, Field[bool]]] = []
    silent: list[Field[bool]] = []
    for name, hop in connection.known_hops():
        if not hop.buffering.is_stated:
            silent.append(hop.buffering)
        elif not hop.buffering.content:
            yield Passed(f"{name} passes a response on as it comes")
        elif hop.buffering.default:
            by_default.append((name, hop.buffering))
        else:
            yield Violated(
                f"{name} buffers the response: events wait there until the buffer is full.",
                hop.buffering,
                (connection.transport.kind,),
            )
    if by_default:
        names = list(dict.fromkeys(name for name, _ in by_default))
        buffer = "buffers" if len(names) == 1 else "buffer"
        raise Unstated(
            *(field for _, field in by_default),
            message=f"By default {' and '.join(names)} {buffer} every response, and the spec does not say "
            "that this stream is exempt.",
        )
    if silent:
        raise Undecided(*silent)


def _held_back(transport: Transport) -> Violated | None:
    """What the server itself keeps back of a stream; None where nothing says so."""
    if transport.flushed.has(False) or transport.flushed.is_none:
        return Violated(
            "The server does not flush after a message, which waits in a buffer until enough follow.",
            transport.flushed,
            (transport.compression,) if transport.compression.content else (),
        )
    compressed = transport.compression.content and not transport.compression.default
    if compressed and not transport.flushed.is_stated:
        message = "The stream is compressed, and a compressor collects; the spec does not say "
        raise Unstated(transport.flushed, message=f"{message}`{transport.flushed.dotted}`.")
    return None


@rule
def payload_exceeds_path_limit(feature: Feature) -> Outcomes:
    """A message is larger than something on its way lets through."""
    transport, sizes = feature.transport, feature.workload.messages.size
    goes_down = feature.direction.has("server-to-client") or transport.kind.has(*STREAMS)
    limits: list[tuple[str, Field[Size]]] = [
        (f"the limit of {name}", hop.max_message) for name, hop in transport.hops
    ]
    # What platforms fix is what they accept from clients, and an answer may be larger than its request.
    sends_largest = not (goes_down or feature.serves("commands"))
    if sends_largest or transport.max_message.default is None:
        default = transport.max_message.default
        limits.append((f"the limit of {default.platform if default else 'both ends'}", transport.max_message))
    if sends_largest:
        inbound = feature.backpressure.inbound.max_message
        limits.append(("the limit of what the server takes from a client", inbound))
    stated = [(than, limit) for than, limit in limits if limit.content is not None]
    if not stated and limits and all(limit.is_none for _, limit in limits):
        raise NotApplicable("nothing on the way limits the size of a message")
    if not stated and transport.kind.has(*STREAMS):
        raise NotApplicable("an event of a streamed response has no largest size")
    if not stated:
        unknown = [limit for _, limit in limits if not limit.is_stated]
        raise Undecided(unknown[0] if unknown else transport.path)
    outbox, largest = feature.sync.delivery.outbox, sizes.max
    if _repeats(feature.sync.delivery) and not goes_down and not largest.is_stated:
        smallest = min(stated, key=lambda pair: pair[1].content or Size(0))
        yield Violated(
            f"A message above {smallest[1]}, {smallest[0]}, is refused, and the outbox sends it again and "
            "again. Nothing says that no message is larger.",
            outbox.on_refused,
            (smallest[1],),
            "a larger message is possible",
        )
        return
    again = "" if goes_down else _of_the_refused(feature.sync.delivery)
    for than, limit in stated:
        usual, most = sizes.typical.content if sizes.typical.is_stated else None, limit.content
        is_usual = not sizes.max.is_stated and usual is not None and most is not None and usual > most
        yield Limit(
            "the usual message" if is_usual else "the largest message",
            sizes.typical if is_usual else sizes.max,
            than,
            limit,
            or_equal=True,
            note=again,
        )


def _repeats(delivery: Delivery) -> bool:
    """Whether a message that is refused is sent again without end, also for want of telling that it was."""
    outbox = delivery.outbox
    is_lost = outbox.on_refused.is_none and not delivery.is_once_by_decision
    return (outbox.on_refused.has("retry") or is_lost) and not outbox.max_age.content


def _of_the_refused(delivery: Delivery) -> str:
    """What the sender does with a message that is refused for its size; nothing where nobody says so."""
    if delivery.outbox.on_refused.has("drop"):
        return "The sender drops it without a word: the change is lost."
    return "The outbox repeats it without end." if _repeats(delivery) else ""


def _no_wait(feature: Feature) -> Exception:
    """Why no wait is known: which field would tell, or that there is none."""
    transport, owner = feature.transport, feature.fan_out.owner
    if transport.kind.has("polling"):
        return Undecided(transport.poll.every)
    if feature.serves("cursors") and not feature.presence.cursor.batch.is_stated:
        return Undecided(feature.presence.cursor.batch)
    if feature.workload.rooms.is_none or feature.direction.has("client-to-server"):
        return NotApplicable("a message waits for no timer, and goes to one receiver")
    if owner.is_stated and not owner.has("single"):
        return NotApplicable("a message waits for no timer, and several processes send to a room")
    if not owner.is_stated:
        return Undecided(owner)
    cost = feature.topology.node.send_cost
    return Undecided(feature.workload.rooms.size.max if cost.content else cost)


def _called_on_the_way(feature: Feature) -> Expression[Duration] | None:
    """The calls that a message waits for before it is delivered, one after the other; None without one."""
    # What is stored beside or after its sending holds no delivery up.
    steps = ("delivery",) if feature.fan_out.stored.has("after", "together") else ("store", "delivery")
    calls = [
        term(part.call_time, f"call of {part.key}")
        for part in feature.dependencies
        if part.before.has(*steps) and part.call_time.content and not part.cache.content
    ]
    if not calls or feature.direction.has("client-to-server"):
        return None
    return named("calls before delivery", total(*calls))


def _timers(feature: Feature) -> list[Field[Duration]]:
    """What a message waits for beside polls: a look at the source, a bundle, the turn of the client."""
    fan_out, backpressure = feature.fan_out, feature.backpressure
    is_told = fan_out.watched_by.has("change") or fan_out.publish.is_stated
    looks = not (is_told or feature.connection.is_polling)
    timers: list[Field[Any]] = [
        *([fan_out.watched_every] if looks else []),
        backpressure.bundled,
        backpressure.client.applies,
    ]
    return [timer for timer in timers if isinstance(timer.content, Duration)]


def _waiting_time(feature: Feature) -> Expression[Duration]:
    """Waiting time that 5 % exceed: the stages that are stated, and in which a message surely waits.

    Round trips are left out: `workload.rtt` is what 1 % exceed, and says nothing of the other 99 %.
    """
    transport, batch = feature.transport, feature.presence.cursor.batch
    stages: list[Expression[Duration]] = []
    if transport.kind.has("polling") and transport.poll.every.content:
        stages.append(term(transport.poll.every))
    if feature.serves("cursors") and batch.content:
        stages.append(term(batch))
    stages += [term(timer) for timer in _timers(feature)]
    cost, owner = feature.topology.node.send_cost, feature.fan_out.owner
    goes_up = feature.direction.has("client-to-server")
    if owner.has("single") and cost.content and feature.room.content and not goes_up:
        stages.append(time_to_last_member(feature))
    if not stages:
        raise _no_wait(feature)
    p95 = Function(
        "p95",
        f"95th percentile of {' + '.join(['{}'] * len(stages))}",
        lambda *waits: latency.p95_of_waits(waits),
        (1,) * len(stages),
        inner=(PRODUCT,) * len(stages),
    )
    return named("waiting time that 5 % exceed", p95(*stages))


@rule
def latency_budget_exceeds_target(feature: Feature) -> Outcomes:
    """The waits that the spec states add up to more than the latency that it promises."""
    targets, calls = feature.targets, _called_on_the_way(feature)
    promised, what = targets.latency, "the promised latency"
    if not promised.is_stated and targets.staleness.content and _timers(feature):
        promised, what = targets.staleness, "the age that what is shown may have"
    longest = known(promised)
    if promised is targets.latency and calls and calls.content and calls.content > longest:
        yield Limit("the calls that a message waits for", calls, what, promised, or_equal=True)
        return
    if feature.transport.kind.has("polling") and not targets.staleness.is_stated:
        raise NotApplicable("polling-as-realtime compares the interval with this target")
    yield Limit(
        "the p95 wait",
        _waiting_time(feature),
        what,
        promised,
        or_equal=True,
        note="Network and rendering come on top.",
    )


@rule
def loss_sensitive_on_tcp(feature: Feature) -> Outcomes:
    """Fast state waits behind a lost packet that nobody needs any more."""
    kind, workload = known(feature.transport.kind), feature.workload
    channel, has_several = feature.sync.delivery.channel, kind in ("webrtc", "webtransport", "udp")
    if kind == "udp" and not (channel.reliable.content and channel.ordered.content):
        raise NotApplicable("udp can leave out what is lost")
    if feature.serves("media"):
        raise NotApplicable("it looks at the state of games, and media may wait in a buffer")
    if has_several and (channel.reliable.is_none or channel.reliable.has(False)):
        raise NotApplicable(f"its channel of {kind} leaves out what is lost")
    if has_several and (channel.ordered.is_none or channel.ordered.has(False)):
        raise NotApplicable(f"on its channel of {kind} no state waits for one before it")
    is_chosen = has_several and channel.ordered.content and channel.reliable.content
    if not feature.serves("game"):
        if feature.purpose.is_stated:
            raise NotApplicable(f"a stall of one round trip does not spoil {feature.purpose}")
        raise Undecided(feature.purpose)
    if is_chosen and (mixed := _behind_what_must_arrive(feature)):
        yield mixed
        return
    carries = feature.backpressure.carries
    allowed = feature.targets.latency.content
    if allowed is not None and allowed >= LEISURELY:
        raise NotApplicable(f"a latency of {allowed} leaves time to send a packet again")
    if carries.has("delta", "event"):
        raise NotApplicable("every message counts, so none may be left out")
    rate = known(workload.messages.rate)
    if rate < (MESSAGES_OF_A_GAME if is_chosen else MESSAGES_OF_A_FAST_GAME):
        yield Passed(f"at {rate} the next state is not there before a lost packet is sent again")
        return
    if not (carries.has("state") or feature.is_state_valued or feature.only_ephemeral):
        raise Undecided(carries)
    silent = [part for part in (channel.reliable, channel.ordered) if not part.is_stated]
    if has_several and silent:
        raise Unstated(channel if len(silent) > 1 else silent[0])
    over = f"a reliable channel of {kind}" if has_several else kind
    trip = f"a round trip ({workload.rtt} at p99)" if workload.rtt.content else "a round trip"
    yield Violated(
        f"State comes at {rate} over {over}, which keeps the order: a lost packet holds all newer states "
        f"back for {trip} or more.",
        channel.ordered if has_several else feature.transport.kind,
        (workload.messages.rate,),
    )


def _behind_what_must_arrive(feature: Feature) -> Violated | None:
    """Fresh values in one ordered, reliable channel with data that must arrive; None where there are none."""
    shapes = [part.shape for part in feature.sync.data]
    fresh = [shape for shape in shapes if shape.has("ephemeral")]
    lasting = [shape for shape in shapes if shape.content and not shape.has("ephemeral")]
    if not fresh or not lasting:
        return None
    return Violated(
        "What is worth nothing a moment later waits in one ordered and reliable channel behind what must "
        "arrive: each large or lost message holds it back.",
        feature.sync.delivery.channel.ordered,
        (fresh[0], lasting[0]),
    )


@rule
def network_slower_than_promise(feature: Feature) -> Outcomes:
    """The way to the server alone takes longer than the design promises."""
    promised, rtt = feature.targets.latency, feature.workload.rtt
    if not promised.is_stated:
        raise NotApplicable("no latency is promised")
    one_way = named("one way", term(rtt, "round trip of 1 %") / 2)
    yield Limit(
        "half of the round trip of the farthest 1 %",
        one_way,
        "the promised latency",
        promised,
        or_equal=True,
        at=rtt,
        note="The network alone takes that long for them, before anything is computed or sent on.",
        propose=(),
    )
