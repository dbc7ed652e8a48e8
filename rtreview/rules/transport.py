"""Whether the transport fits what travels on it."""

from rtreview.language import catalogue
from rtreview.language.design import Connection, Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated, known
from rtreview.numbers.expression import named, term
from rtreview.quantities.quantity import Duration, Rate
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

_LAYERS = {"websocket-ping": "websocket", "sse-comment": "sse"}
"""The transport that the heartbeats of a layer belong to."""

_ALONE = ("grpc-stream", "mqtt", "webrtc", "udp", "tcp")
"""Kinds beside which no library opens another by itself."""

_HTTP_1 = ("websocket", "sse", "long-polling", "polling", "http-stream")
"""Transports that it can: of several kinds the version is theirs."""

_HTTP_2 = ("grpc-stream", "webtransport")
"""Transports that HTTP/1.1 cannot carry."""

RARE = Rate(10)
"""Below this, messages that a person can read are worth more than bytes (websocket-binary-json)."""


@rule
def websocket_binary_json(connection: Connection) -> Outcomes:
    """Bytes travel as text, a third larger."""
    transport = connection.transport
    kind = known(transport.kind)
    if kind == "sse":
        raise NotApplicable("SSE carries text only")
    if kind in ("tcp", "udp") and not transport.encoding.is_stated:
        raise NotApplicable("a protocol of one's own needs no text")
    encoding = known(transport.encoding)
    if encoding != "base64-in-json":
        yield Passed(f"messages are written as {encoding}")
        return
    if transport.compression.content:
        raise NotApplicable("compression takes most of the difference back")
    rates = [feature.workload.messages.rate.content for feature in connection.features]
    if all(rate is not None and rate < RARE for rate in rates):
        raise NotApplicable(f"fewer than {RARE} are sent by each sender")
    yield Violated(
        f"Binary data travels as base64 in JSON, though {kind} carries bytes: 4 are sent for every 3.",
        transport.encoding,
    )


@rule
def connection_opened_twice(connection: Connection) -> Outcomes:
    """A client opens the same connection several times for one start, and the server pays for each."""
    opened, checked = connection.transport.opens_per_connect, connection.access.checked
    if not opened.is_stated:
        raise NotApplicable("nothing says how often a client opens the connection for one start")
    if connection.are_few:
        raise NotApplicable(f"{connection.counted} clients are a household")
    if opened.content is None or opened.content.amount <= 1:
        yield Passed("a client opens the connection once for each start and return")
        return
    called = {
        part.key: part
        for feature in connection.features
        for part in feature.asked_per("connect")
        if not part.cache.content
    }
    costs = [*(part.per for part in called.values()), *([checked] if checked.includes("connect") else [])]
    calls = f", with the calls of {' and '.join(f'`{key}`' for key in called)}" if called else ""
    yield Violated(
        f"Each start and each return opens the connection {opened} times, and one stays: the server does all "
        f"that belongs to it as often{calls}, and most when everybody returns at once.",
        opened,
        tuple(costs),
        when="" if costs else "nothing says what it costs to open",
    )


@rule
def polling_as_realtime(connection: Connection) -> Outcomes:
    """The interval of a poll is longer than what is shown may be old."""
    transport = connection.transport
    if known(transport.kind) != "polling":
        raise NotApplicable("not a poll")
    interval, target, word = transport.poll.every, *_strictest_target(connection)
    if interval.has(Duration(0)):
        yield Violated(
            "Each poll is answered at once and follows at once: every client asks as often as its line and "
            "the server allow.",
            interval,
            (transport.kind,),
            when="nothing lies between two polls",
        )
        return
    if not interval.is_stated or not target.is_stated:
        raise Unstated(target if interval.is_stated else interval)
    clients, every = connection.workload.connections.content, interval.content
    load = ""
    if clients is not None and every is not None and every.amount:
        load = f"{clients} clients already make {Rate(clients.amount / every.amount)} requests."
    yield Limit(
        "the poll interval",
        interval,
        f"the allowed {word}",
        target,
        or_equal=True,
        note=load,
    )


def _strictest_target(connection: Connection) -> tuple[Field[Duration], str]:
    """The shortest time that a feature on the connection promises, and what it is."""
    promised: list[tuple[Field[Duration], str]] = []
    for feature in connection.features:
        latency, staleness = feature.targets.latency, feature.targets.staleness
        only_latency = latency.content is not None and not staleness.is_stated
        promised.append((latency, "latency") if only_latency else (staleness, "staleness"))
    stated = [promise for promise in promised if promise[0].content is not None]
    return min(stated, key=lambda promise: promise[0].content.amount) if stated else promised[0]  # type: ignore[union-attr]


@rule
def cached_answer_repeats(connection: Connection) -> Outcomes:
    """A cache on the path answers a poll with what it answered before."""
    poll = connection.transport.poll
    if not connection.asks_again:
        raise NotApplicable("not a poll")
    if not known(poll.cached).amount:
        yield Passed("no answer is stored")
        return
    if poll.address.has("moves"):
        yield Passed("each answer moves the address, so that no stored answer is taken for the next one")
        return
    # What brings the whole state has no position that could move its address.
    is_whole = not poll.address.is_stated and poll.brings.has("whole")
    at, case = (poll.brings, "nothing is said of the address") if is_whole else (poll.address, "")
    if not is_whole:
        known(poll.address)
    if not known(poll.every).amount:
        yield Violated(
            f"Every poll asks for the same and follows at once, and a cache answers it for {poll.cached} "
            "with what it has: a tight loop that learns nothing new.",
            at,
            (poll.cached, poll.every),
            when=case,
        )
        return
    target, word = _strictest_target(connection)
    if not target.is_stated and poll.every.content < (poll.cached.content or poll.every.content):  # type: ignore[operator]
        yield Violated(
            f"Clients ask every {poll.every}, and a cache answers all of them with what it stored up to "
            f"{poll.cached} before: most polls learn nothing.",
            at,
            (poll.cached, poll.every),
            when=case or "a pause lies between",
        )
        return
    age = named("age of an answer", term(poll.cached) + term(poll.every))
    yield Limit(
        "the age of what a poll shows",
        age,
        f"the allowed {word}",
        target,
        or_equal=True,
        when=case or "a pause lies between",
    )


def _subscribes_upward(feature: Feature) -> bool:
    """Whether clients are said to send their subscriptions on the connection."""
    return feature.sync.join.over.has("connection") or feature.sync.join.again.has("client")


@rule
def websocket_for_one_way(connection: Connection) -> Outcomes:
    """A channel for both directions carries one."""
    transport = connection.transport
    if known(transport.kind) != "websocket":
        raise NotApplicable("not a WebSocket")
    if transport.service.content:
        raise NotApplicable(f"{transport.service} decides the transport")
    if transport.http_version.has("1.1"):
        raise NotApplicable(
            "with HTTP/1.1 a browser opens six connections to an origin, and each SSE stream takes one"
        )
    library = catalogue.find(transport.library)
    if library and library.has("own-protocol"):
        raise NotApplicable(f"{transport.library} decides the transport")
    token_in = connection.access.token_in
    if not connection.workload.may_have("browser"):
        raise NotApplicable("no browser connects, so that no EventSource is at hand")
    if token_in.has("header", "message"):
        raise NotApplicable(f"the token travels in a {token_in}, and an EventSource has none of its own")
    if transport.fallback.has("sse"):
        raise NotApplicable("SSE is offered beside it")
    if connection.access.checked.has("subscribe") or any(map(_subscribes_upward, connection.features)):
        raise NotApplicable("clients subscribe on the connection")
    for feature in connection.features:
        if feature.direction.has("bidirectional", "client-to-server"):
            raise NotApplicable(f"`{feature.direction.dotted}` is {feature.direction}")
        if feature.presence.is_there and not feature.presence.kind.has("count"):
            raise NotApplicable("clients send their presence upward")
    if transport.encoding.has("binary", "protobuf", "msgpack"):
        raise NotApplicable("SSE carries text only")
    silent = [feature.direction for feature in connection.features if not feature.direction.content]
    if silent:
        raise Undecided(*silent)
    catalogue.known(transport.library)
    first = connection.features[0].direction
    yield Violated(
        "Everything on this WebSocket flows from the server to the client.",
        transport.kind,
        (first,),
    )


@rule
def values_contradict_each_other(connection: Connection) -> Outcomes:
    """Two values of a connection cannot both be true, so that what follows from them means nothing."""
    transport, plan = connection.transport, connection.transport.reconnect
    kind, layer = transport.kind, transport.heartbeat.layer
    known(kind)
    beside = {transport.fallback.content, transport.upgrade_from.content}
    if plan.base.content and plan.cap.content:
        yield Limit("the base of the delays", plan.base, "their cap", plan.cap, or_equal=True, propose=())
    stated = {word: carrier for word, carrier in _LAYERS.items() if layer.includes(word)}
    # A library may open more connections than the one that is named; none of these kinds is one of two.
    may_have = transport.library.is_stated and not kind.has(*_ALONE)
    lost = [word for word, needed in stated.items() if needed not in beside and not kind.includes(needed)]
    if lost and not (may_have or layer.default):
        message = f"Heartbeats are `{lost[0]}`, which a connection of the kind `{kind}` does not have."
        yield Violated(message, layer, (kind,))
    elif transport.http_version.has("1.1") and kind.has(*_HTTP_2) and not kind.includes(*_HTTP_1):
        version = transport.http_version
        yield Violated(f"A {kind} connection cannot be carried by HTTP/{version}.", version, (kind,))
    else:
        yield Passed("its words go with its transport")
