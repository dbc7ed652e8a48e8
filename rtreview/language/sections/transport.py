"""The connection: its path, how both ends notice that it is gone, and how a client comes back."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Literal, Self

from rtreview.language.field import Field
from rtreview.language.section import Section, Sections, entry
from rtreview.quantities.quantity import Count, Duration, Number, Rate, Ratio, Size, Spread

Kind = Literal[
    "websocket", "sse", "long-polling", "polling", "http-stream", "grpc-stream", "webtransport", "webrtc",
    "mqtt", "tcp", "udp",
]  # fmt: skip

KINDS = {
    "websocket": "A WebSocket (RFC 6455).",
    "sse": "Server-Sent Events: an HTTP response of type `text/event-stream`.",
    "long-polling": "HTTP requests that the server holds until it has something to send.",
    "polling": "HTTP requests that are answered at once, and repeated.",
    "http-stream": "A streamed HTTP response in another format than SSE.",
    "grpc-stream": "A streaming gRPC call, over HTTP/2.",
    "webtransport": "WebTransport: streams and datagrams over HTTP/3.",
    "webrtc": "WebRTC: media or data channels.",
    "mqtt": "MQTT, through a broker.",
    "tcp": "Your own protocol over TCP or TLS.",
    "udp": "Your own protocol over datagrams; each may be lost or overtaken, and no connection opens or "
    "ends.",
}
"""What each kind of transport is."""

Means = Literal["screen", "timer", "alarm", "service", "push"]
"""What keeps an app reachable that is not in front, from the weakest on."""

Carrier = Literal["url", "cookie", "header", "message"]
"""Where a token travels, from where most see it on."""

STRATEGIES = {
    "immediate": "There is none: each attempt follows the last at once.",
    "fixed": "It stays the same.",
    "exponential": "It is multiplied after each attempt, up to the `cap`.",
}
"""What each plan to reconnect does between two attempts."""

JITTERS = {
    "full": "All of it: between nothing and the delay.",
    "equal": "Half of it: between half of the delay and all of it.",
    "decorrelated": "Between `base` and three times the delay before.",
}
"""What each kind of jitter draws."""


AFFINITIES = {
    "cookie": "By a cookie that names the node.",
    "address-hash": "By a hash of its network address, which a proxy, an office or a mobile network shares.",
}
"""How a client is kept on the same node, and what each word means."""


class Hop(Section):
    """Something between the two ends that handles the connection: a CDN, a proxy, a load balancer."""

    SHORTHAND: ClassVar = "name"

    name: Field[str] = entry(
        "A name from the catalogue, or your own; `cdn`, `proxy`, `load-balancer`, `host` or `network` where "
        "it is open which.",
        "aws-alb",
    )
    idle_timeout: Field[Duration] = entry(
        "The silence after which it closes a connection.", "60s", above_zero=True
    )
    max_lifetime: Field[Duration] = entry("The age at which it closes a connection.", "1h", above_zero=True)
    max_message: Field[Size] = entry("The largest message it lets through.", "128KiB", above_zero=True)
    buffering: Field[bool] = entry("Whether it collects a response before it passes it on.", False)
    affinity: Field[Literal["cookie", "address-hash"]] = entry(
        "How it keeps a client on the same node.",
        "cookie",
        words=AFFINITIES,
    )
    max_connections: Field[Count] = entry(
        "Clients that it can hold at once, all of its machines and workers together: a circuit breaker, a "
        "quota, half of the `worker_connections` of nginx, which counts both sides of a proxied connection; "
        "`none`: nothing limits them.",
        "20k",
        above_zero=True,
    )
    max_streams: Field[Count] = entry(
        "How many streams one connection may have at once, over HTTP/2 or HTTP/3: each open request, event "
        "stream or call of a client takes one.",
        "128",
        above_zero=True,
    )
    reload: Field[Literal["cuts", "drains", "keeps"]] = entry(
        "What becomes of open connections when it is reloaded, upgraded or released, even for another "
        "team's change.",
        "keeps",
        words={
            "cuts": "They are cut at once.",
            "drains": "They are cut after its `drain`.",
            "keeps": "They stay open.",
        },
    )
    drain: Field[Duration] = entry(
        "How long open connections may go on before it cuts them, after its own reload or after it was told "
        "that the server behind it stops.",
        "5m",
        none="0s",
    )
    passes_address: Field[bool] = entry(
        "Whether the next hop learns the address of the client, by a header that it trusts or the PROXY "
        "protocol.",
        True,
    )
    websocket_over: Field[tuple[Literal["1.1", "2", "3"], ...]] = entry(
        "HTTP versions in which it takes a WebSocket; `none`: it passes no WebSocket on.",
        ["1.1", "2"],
        words={
            "1.1": "HTTP/1.1, by `Upgrade` (RFC 6455).",
            "2": "HTTP/2, by extended CONNECT (RFC 8441).",
            "3": "HTTP/3, by extended CONNECT (RFC 9220).",
        },
    )


class Hops(Sections[Hop]):
    """The hops of a path, each as the design has it that is looked at.

    `known_as` holds a hop of several names as what it is by one of them, by its number and that name: whoever
    goes along the path asks which name is meant.
    """

    __slots__ = ("known_as",)

    def __init__(self, stated: Sections[Hop], known_as: Mapping[tuple[int, str], Hop]) -> None:
        super().__init__(
            stated.items,
            is_none=stated.is_none,
            is_stated=stated.is_stated,
            is_list=stated.is_list,
            at=stated.at,
        )
        self.known_as = known_as

    def __iter__(self) -> Iterator[Hop]:
        several = {number for number, _ in self.known_as}
        for number, hop in enumerate(self.items):
            name = hop.name.content if number in several else None
            yield hop if name is None else self.known_as[number, name]

    def asking(self, seen: Callable[[Any], Any]) -> Sections[Hop]:
        """See `Sections.asking`."""
        return Hops(super().asking(seen), {key: seen(hop) for key, hop in self.known_as.items()})


class Heartbeat(Section):
    """How each end learns that the other is still there."""

    DEFINING: ClassVar = "interval"
    KIND: ClassVar = ("layer",)

    interval: Field[Duration] = entry("Time between two heartbeats.", "25s", above_zero=True)
    timeout: Field[Duration] = entry(
        "How long the sender waits for an answer; `none`: it waits for none. Without `silence_timeout` also "
        "how long silence may last, where nobody answers (`confirmed: false`).",
        "20s",
        above_zero=True,
    )
    silence_timeout: Field[Duration] = entry(
        "How long the end that receives the heartbeats goes without one before it closes the connection, or "
        "opens another; `none`: it never closes for silence. Where all that is said is that it is longer "
        "than something, such as the interval: `> 5s`.",
        "60s",
        above_zero=True,
    )
    counts: Field[Literal["any", "heartbeat", "messages", "own-sends"]] = entry(
        "What resets the silence timer.",
        "any",
        words={
            "any": "Any message received from the other end.",
            "heartbeat": "A heartbeat and nothing else.",
            "messages": "A message with content and nothing else: a heartbeat or its answer does not.",
            "own-sends": "Any message received, and also what this end itself sends.",
        },
    )
    clock: Field[Literal["monotonic", "wall"]] = entry(
        "By which clock timeouts, sessions and leases are measured.",
        "monotonic",
        words={
            "monotonic": "One that only runs forward, such as `steady_clock` or `performance.now()`.",
            "wall": "The time of day of the system, which a person, NTP or a resumed machine sets, such as "
            "`Date.now()` or `gettimeofday`.",
        },
    )
    idle_only: Field[bool] = entry(
        "Whether a heartbeat is sent only after the sender has sent nothing else for an interval.", True
    )
    scheduled_on: Field[Literal["timer", "reply", "worker"]] = entry(
        "What sends the next heartbeat of a page.",
        "worker",
        words={
            "timer": "A timer of the page, which a hidden tab slows down.",
            "reply": "The reply to the last one.",
            "worker": "A timer in a worker.",
        },
    )
    runs_in: Field[Literal["own", "writer"]] = entry(
        "Where the server sends its heartbeats and counts the time for which a client was silent.",
        "own",
        words={
            "own": "In a task, thread or timer of its own, which goes on while a write to that client waits.",
            "writer": "In the loop or task that also writes to the client, which does neither while a write "
            "waits for it.",
        },
    )
    comes_from: Field[Literal["work", "beside"]] = entry(
        "Where the heartbeat of a worker, an agent or a device comes from; `[work, beside]`: one from each.",
        "work",
        words={
            "work": "From the loop that does its work, so it stops when the work hangs.",
            "beside": "From a separate thread, timer or process, which goes on while the work hangs.",
        },
    )
    misses: Field[Count] = entry("Unanswered heartbeats after which the connection is dead.", "2")
    from_: Field[Literal["client", "server", "both"]] = entry(
        "Who sends them.",
        "server",
        words={
            "client": "The client alone.",
            "server": "The server alone.",
            "both": "Each end sends its own.",
        },
    )
    layer: Field[Literal["application", "websocket-ping", "http2-ping", "sse-comment", "tcp"]] = entry(
        "What a heartbeat is made of.",
        "websocket-ping",
        words={
            "application": "A message of the application or its library, which the code of both ends sees.",
            "websocket-ping": "A WebSocket ping frame, which a browser answers and never shows to the page.",
            "http2-ping": "An HTTP/2 PING frame.",
            "sse-comment": "A comment line in an SSE stream, which an `EventSource` never shows to the page.",
            "tcp": "TCP keep-alive, which the operating systems send and answer.",
        },
        side_by_side=True,
    )
    confirmed: Field[bool] = entry("Whether the other end answers each one.", True, side_by_side=True)
    sweep: Field[Duration] = entry("How often the server looks for the dead.", "10s")
    phase: Field[Literal["start", "heard", "random"]] = entry(
        "From when the interval counts of each of the many that one process checks, such as devices that it "
        "pings.",
        "random",
        words={
            "start": "For all from the start of that process, such as after a restart or a power cut.",
            "heard": "From when each was last heard, with a fixed interval.",
            "random": "From a moment of its own, or with a random part in each interval.",
        },
    )
    of_the_absent: Field[Literal["same", "backoff", "paused"]] = entry(
        "How often a client or device that did not answer but stays on the list, such as one that is "
        "switched off, is checked from then on.",
        "backoff",
        words={
            "same": "At the same pace.",
            "backoff": "Less and less often, until it is heard again.",
            "paused": "Not until it shows itself.",
        },
    )
    sets_off: Field[Literal["nothing", "changes", "all"]] = entry(
        "What the server sends to others when a heartbeat comes, or a client refreshes its presence.",
        "changes",
        words={
            "nothing": "Nothing.",
            "changes": "Only what is different since the last one.",
            "all": "All of it again, even where nothing is new.",
        },
    )


class ReconnectWhen(Section):
    """What differs in one situation from the plan to reconnect; what is left out here is as in the plan."""

    if_: Field[Literal["hidden", "online", "shutdown", "overload", "refused-credentials"]] = entry(
        "The situation.",
        "shutdown",
        words={
            "hidden": "The page or app is hidden.",
            "online": "The system reports that it is online again.",
            "shutdown": "The server announced its shutdown.",
            "overload": "The server refused because it is overloaded.",
            "refused-credentials": "The server refused because the token is no longer valid.",
        },
    )
    action: Field[Literal["renew", "login", "give-up", "retry"]] = entry(
        "What a client does when it is refused for its credentials; `none`: nothing is decided.",
        "renew",
        words={
            "renew": "It gets new ones by itself.",
            "login": "It asks its user.",
            "give-up": "It stops.",
            "retry": "It tries again with the same ones.",
        },
    )
    strategy: Field[Literal["immediate", "fixed", "exponential"]] = entry(
        "How the delay develops from attempt to attempt.", "exponential", words=STRATEGIES
    )
    first_delay: Field[Duration | Spread] = entry(
        "Wait before the first attempt, fixed or random.", "0s..5m", none="0s"
    )
    base: Field[Duration] = entry("The delay that grows.", "1s", none="0s")
    cap: Field[Duration] = entry("The longest delay.", "5m")
    jitter: Field[Literal["full", "equal", "decorrelated"] | Ratio | Spread] = entry(
        "The random part of each delay.", "full", words=JITTERS
    )


class Reconnect(Section):
    """What a client does after its connection is lost."""

    DEFINING: ClassVar = "strategy"
    KIND: ClassVar = ("strategy",)

    def _replaces(self, fixed: Self) -> bool:
        # `library-default` is the plan of the library, of whatever kind that is.
        return not self.strategy.has("library-default") and self._is_another(fixed)

    @property
    def is_unwatched(self) -> bool:
        """Whether it is decided that nothing begins attempts again which have ended."""
        return self.supervised.is_none or self.supervised.has(False)

    strategy: Field[Literal["immediate", "fixed", "exponential", "library-default", "browser"]] = entry(
        "How the delay develops from attempt to attempt.",
        "exponential",
        words={
            **STRATEGIES,
            "library-default": "Whatever the library does by default.",
            "browser": "The browser decides, as for an `EventSource`.",
        },
    )
    first_delay: Field[Duration | Spread] = entry(
        "Wait before the first attempt, fixed or random.", "0s..5s", none="0s"
    )
    base: Field[Duration] = entry("The delay that grows.", "1s", none="0s")
    factor: Field[Number] = entry("What the delay is multiplied by after each attempt.", "2", above_zero=True)
    cap: Field[Duration] = entry("The longest delay.", "30s")
    jitter: Field[Literal["full", "equal", "decorrelated"] | Ratio | Spread] = entry(
        "The random part of each delay.", "full", words=JITTERS
    )
    cap_bounds: Field[Literal["delay", "sum"]] = entry(
        "What the cap bounds where a part of each delay is random.",
        "delay",
        words={
            "delay": "The delay, before the random part is applied.",
            "sum": "The delay with its random part: above the cap, every client waits exactly the cap.",
        },
    )
    delays: Field[tuple[Duration, ...]] = entry("The delays one by one.", ["0s", "2s", "10s", "30s"])
    max_attempts: Field[Count] = entry("Attempts after which the client gives up.", "10")
    connect_timeout: Field[Duration] = entry("How long one attempt may take.", "20s")
    ends_on: Field[
        tuple[Literal["clean-close", "exception", "refused", "first-success", "replaced"], ...]
    ] = entry(
        "What ends the attempts for good, apart from their number; `none`: nothing does.",
        ["clean-close"],
        words={
            "clean-close": "A clean close by the other end.",
            "exception": "An exception that nothing catches.",
            "refused": "A server that refused, by a status or for the credentials.",
            "first-success": "The first success: only the start is retried, and no later disconnect.",
            "replaced": "A newer connection of the same user or id, which replaced this one.",
        },
    )
    supervised: Field[bool] = entry(
        "Whether something notices that the attempts have ended and begins them again: a watchdog, a loop "
        "around the library, a supervisor of the process.",
        True,
    )
    resolves: Field[Literal["each-attempt", "once"]] = entry(
        "How often the client looks up the address of the server's name.",
        "each-attempt",
        words={
            "each-attempt": "At each attempt.",
            "once": "Once, when it starts.",
        },
    )
    first_connect: Field[Literal["same", "once", "loop"]] = entry(
        "How the first connection is made.",
        "same",
        words={
            "same": "By the same plan as later ones.",
            "once": "By one attempt, so a failure at the start is final.",
            "loop": "By a loop of its own.",
        },
    )
    reset_after: Field[Literal["open", "acknowledgement"] | Duration] = entry(
        "What brings the delay back to the start. A duration: a connection that has been stable for that "
        "long. `none`: nothing does.",
        "30s",
        words={
            "open": "A connection that opens.",
            "acknowledgement": "An acknowledgement from the server.",
        },
    )
    server_hint: Field[Literal["fixed", "random"]] = entry(
        "How the server tells a client how long to wait; `none`: it does not.",
        "random",
        words={
            "fixed": "The same time for all.",
            "random": "A random time for each client.",
        },
    )
    when: Sections[ReconnectWhen] = entry(
        "What differs from this plan in some situations.", [{"if": "hidden", "cap": "5m"}]
    )


class Resume(Section):
    """How a client that returns gets what it missed."""

    RENAMED: ClassVar = {"resubscribe": "sync.join.again"}

    DEFINING: ClassVar = "by"
    KIND: ClassVar = ("by",)

    @property
    def is_endless(self) -> bool:
        """Whether all is kept for replay, so that no position is older than that."""
        return self.retention.is_none and not self.max_messages.content

    by: Field[
        Literal["last-event-id", "offset", "session", "state", "snapshot", "time", "read-mark"]
    ] = entry(
        "What the client names to continue from.",
        "offset",
        words={
            "last-event-id": "The id of the last event, as in the `Last-Event-ID` of SSE.",
            "offset": "A position in a log.",
            "session": "What the server kept for this client.",
            "state": "What it has (versions, a list), so that it gets what it lacks.",
            "snapshot": "Nothing: it gets the whole state again.",
            "time": "A time, so that it gets what is newer.",
            "read-mark": "Nothing: it gets what its user has not read yet, on whichever device.",
        },
    )  # fmt: skip
    from_: Field[Literal["gapless", "newest", "derived", "noticed-loss", "opened"]] = entry(
        "Which point the client continues from.",
        "gapless",
        words={
            "gapless": "The end of what it holds without a hole. So is the last message of a stream that "
            "itself goes on from there: the last event id of SSE, a long poll with `since`, or a reader of "
            "a log.",
            "newest": "The newest that it has seen, even one that arrived live while older ones were still "
            "missing.",
            "derived": "A number that the client works out itself, such as the greatest version among the "
            "items that it holds, and that no answer named as a position.",
            "noticed-loss": "The moment at which it noticed that the connection was gone.",
            "opened": "A point that does not move, such as the time or position at which the page was "
            "opened, in an address that is made once.",
        },
    )
    without: Field[Literal["whole", "live", "refused"]] = entry(
        "What a client gets that returns and does not name where it was, or names a position that the "
        "server does not know, where that is possible too beside `by`: an option such as `replay=0`, an "
        "older client, a position that a reload has lost; an id that is malformed, is another node's, or "
        "lies beyond the end of a log that began again. `none`: every client names one that is known.",
        "whole",
        words={
            "whole": "The state, or all that is kept, once more.",
            "live": "Only what is sent from then on.",
            "refused": "Nothing: the server refuses it.",
        },
    )
    overlap: Field[Literal["inclusive"] | Duration] = entry(
        "How far before its position a reader begins again, so that it also sees what was sent before the "
        "loss was noticed, or came into the log late; `none`: exactly after it.",
        "1m",
        words={
            "inclusive": "At its position itself (`>=` a time), so that all that shares it comes again.",
        },
    )
    moves_with: Field[Literal["everything", "own-messages"]] = entry(
        "With what the position of a reader moves on that is sent part of a log only: one table, one "
        "namespace, what matches its filter.",
        "everything",
        words={
            "everything": "With all that the log takes, as by bookmarks or heartbeats that carry a position.",
            "own-messages": "With what this reader is sent, so that it stands still while that is quiet.",
        },
    )
    covers: Field[Literal["all", "on-screen"]] = entry(
        "What is caught up with.",
        "all",
        words={
            "all": "All that the client subscribes to.",
            "on-screen": "The room, document or team that is on the screen, and the others when they are "
            "opened.",
        },
    )
    contains: Field[Literal["changes", "new"]] = entry(
        "What a client gets of the changes that were made while it was away.",
        "changes",
        words={
            "changes": "New entries, and what was changed in old ones: edits, deletions, what was read "
            "elsewhere.",
            "new": "New entries alone.",
        },
    )
    epoch: Field[Literal["apart"] | bool] = entry(
        "Whether an offset also names the log that it belongs to.",
        True,
        words={
            "apart": "Another answer tells which log that is, such as a start time or an instance id in a "
            "status, and the client compares it.",
        },
    )
    retention: Field[Duration] = entry(
        "How long the server can replay; `none`: nothing is kept, `forever`: all of it.", "2m", kept=True
    )
    max_messages: Field[Count] = entry("How many messages the server can replay.", "300")
    scope: Field[Literal["room", "client"]] = entry(
        "Whose messages are kept for replay.",
        "room",
        words={
            "room": "Those of a room, once for all of its members.",
            "client": "Those for one client, in a buffer of its own.",
        },
    )
    full: Field[Literal["oldest", "evicts", "refuses"]] = entry(
        "What becomes of what is kept for replay when its store is full.",
        "oldest",
        words={
            "oldest": "The oldest messages go first.",
            "evicts": "The store drops whole rooms, queues or keys, whatever their bounds say, as a cache "
            "does at its memory limit.",
            "refuses": "The store takes nothing new.",
        },
    )
    on_gap: Field[Literal["snapshot", "error"]] = entry(
        "What happens when the replay does not reach back far enough, or the session has ended; `none`: the "
        "client goes on as if nothing were missing, even where others are told that it is gone.",
        "snapshot",
        words={
            "snapshot": "The client begins again from a snapshot.",
            "error": "The client itself is told, on its connection, by an error or a flag.",
        },
    )
    unknown_session: Field[Literal["told", "unanswered"]] = entry(
        "What a client gets that comes back, or sends, with a session or its keys which servers have lost.",
        "told",
        words={
            "told": "It is told so, at once, and begins a new one.",
            "unanswered": "No answer.",
        },
    )
    given_up_after: Field[Count] = entry(
        "Attempts without an answer after which a client gives its session up and begins a new one, counted "
        "from its start or waking; `none`: it never does.",
        "3",
        above_zero=True,
    )
    outcome: Field[Literal["marked", "implied"]] = entry(
        "How a client learns whether it continues, begins again, or finds nothing there.",
        "marked",
        words={
            "marked": "By a mark in the answer itself.",
            "implied": "By what arrives, so silence may mean up to date or empty.",
        },
    )
    keeps: Field[Literal["all", "identity"]] = entry(
        "What a user who returns in time finds again.",
        "all",
        words={
            "all": "All that was reached, such as the score, the hand, the place.",
            "identity": "The identity alone: a seat, a name, a token, with which the user begins again.",
        },
    )
    paced: Field[bool] = entry("Whether a replay waits for the client to take it.", True)
    bound_to: Field[Literal["user", "session"]] = entry(
        "Against whom a server checks the position or id by which a client resumes; `none`: whoever names "
        "it gets what follows it.",
        "user",
        words={
            "user": "The user to whom it was sent.",
            "session": "The session to which it was sent.",
        },
    )


class Poll(Section):
    """How a client asks again and again, where the kind is `polling` or `long-polling`."""

    SHORTHAND: ClassVar = "every"

    every: Field[Duration] = entry(
        "How long a client waits before it asks again: between two polls, or after the answer to a long "
        "poll; `0s` is at once. What follows a poll that fails is `reconnect`.",
        "10s",
    )
    hold: Field[Duration] = entry(
        "How long the server holds a long poll that it has no answer for.", "30s", above_zero=True
    )
    brings: Field[Literal["whole", "changes", "marker"]] = entry(
        "What a poll downloads.",
        "marker",
        words={
            "whole": "The whole state, changed or not.",
            "changes": "What is new since the last one.",
            "marker": "First a mark that shows whether anything is new, such as a version, an ETag or a "
            "short preview, and the rest only then.",
        },
    )
    cached: Field[Duration] = entry(
        "How long a cache on the path may store the answer to a poll; `none`: no cache may.", "1s"
    )
    address: Field[Literal["moves", "fixed"]] = entry(
        "Which address the next poll has.",
        "moves",
        words={
            "moves": "Each answer gives it another one, such as `?after=42`, so that a cache does not take "
            "one for the other.",
            "fixed": "The same as all others.",
        },
    )
    hidden: Field[Literal["same", "slower", "paused"]] = entry(
        "How a hidden page polls, or an app on a phone that is not in front.",
        "paused",
        words={
            "same": "As often as a visible one.",
            "slower": "Less often.",
            "paused": "Not at all; it asks when it is shown again.",
        },
    )


class Transport(Section):
    """The connection: its kind, what lies on its path, and how it lives and comes back."""

    KIND: ClassVar = ("kind", "library", "client_library", "service")
    RENAMED: ClassVar = {
        "poll_interval": "transport.poll.every",
        "token_ttl": "access.token_ttl",
        "on_token_expiry": "access.on_expiry",
    }

    @property
    def hops(self) -> list[tuple[str, Hop]]:
        """What lies on the path, each with its name, or its number where it has none."""
        return [(hop.name.content or f"hop {number}", hop) for number, hop in enumerate(self.path, 1)]

    kind: Field[Kind] = entry("What carries the messages.", "websocket", words=KINDS)
    library: Field[str] = entry("The library of both ends, from the catalogue.", "socket.io@4")
    client_library: Field[str] = entry("The client's library, where it is another one.", "eventsource")
    service: Field[str] = entry("The managed service that holds the connections.", "ably")
    service_limit: Field[Count] = entry(
        "Connections that the plan, the units or the quota of the managed service allow.",
        "20k",
        above_zero=True,
    )
    connects_allowed: Field[Rate] = entry(
        "How many connections or sessions the server or service at the other end lets one client or account "
        "open within a time, before it refuses or locks it out.",
        "1000/d",
        above_zero=True,
    )
    shared_with: Field[str] = entry("The feature whose connection this feature uses.", "strokes")
    http_version: Field[Literal["1.1", "2", "3"]] = entry(
        "The HTTP version to the client.",
        "2",
        words={
            "1.1": "HTTP/1.1, where each stream takes a connection of its own.",
            "2": "HTTP/2, where streams share one TCP connection.",
            "3": "HTTP/3, where streams share one QUIC connection.",
        },
    )
    fallback: Field[Kind] = entry("What is used where the kind is not possible.", "long-polling", words=KINDS)
    address_checked: Field[Literal["token", "handshake"]] = entry(
        "With datagrams: how the server makes sure that a sender has the address that it sends from, before "
        "it answers with more than it got; `none`: it answers whoever asks.",
        "token",
        words={
            "token": "By a token that the sender has to send back.",
            "handshake": "By a handshake, as QUIC and DTLS have.",
        },
    )
    relay: Field[tuple[Literal["udp", "tcp", "tls"], ...]] = entry(
        "Over what a relay (TURN) or a server can be reached where the network lets no datagrams through; "
        "`none`: there is no relay.",
        ["udp", "tls"],
        words={
            "udp": "UDP, which such a network does not let through.",
            "tcp": "TCP.",
            "tls": "TLS on port 443, which nearly every network lets out.",
        },
    )
    upgrade_from: Field[Kind] = entry(
        "What each connection begins as before it becomes the kind: Engine.IO begins with a long poll. Not "
        "what is used where the kind is not possible.",
        "long-polling",
        words=KINDS,
    )
    ends_with: Field[Literal["itself", "signalling"]] = entry(
        "What ends a connection of media or data that was agreed over another one.",
        "itself",
        words={
            "itself": "Its own failure alone.",
            "signalling": "Also the loss of that other one, such as the WebSocket of the signalling, "
            "although its own path still stands.",
        },
    )
    on_duplicate: Field[Literal["refuse", "replace", "shadows", "both", "shares"]] = entry(
        "What happens when a user, or a client with the same id, opens a second connection, such as after a "
        "break that the server has not noticed.",
        "replace",
        words={
            "refuse": "It is refused while the first counts as open.",
            "replace": "It ends the first.",
            "shadows": "It takes the first one's entry (a map of connections by id): the first stays open, "
            "and is sent nothing any more.",
            "both": "Both stay.",
            "shares": "Both stay and take from one queue, so that each message goes to one of them.",
        },
    )
    connections_per: Field[Literal["client", "room", "subscription"]] = entry(
        "For what one client opens a connection.",
        "client",
        words={
            "client": "One for everything.",
            "room": "One for each room that it has.",
            "subscription": "One for each subscription that it has.",
        },
    )
    version: Field[Literal["handshake", "url", "message"]] = entry(
        "How the two ends tell each other which version of the protocol they speak; `none`: they do not.",
        "handshake",
        words={
            "handshake": "In the handshake, such as by a subprotocol.",
            "url": "In the URL.",
            "message": "In a message.",
        },
    )
    on_mismatch: Field[Literal["reload", "refuse", "both-served"]] = entry(
        "What becomes of a client of another version than the server's; `none`: nothing is decided.",
        "both-served",
        words={
            "reload": "It is made to load the new one.",
            "refuse": "It is refused, and told that it has to be updated.",
            "both-served": "The server serves old and new versions.",
        },
    )
    large_messages: Field[Literal["at-start", "inline", "chunked", "apart"]] = entry(
        "How what is large (files, images, whole states) travels.",
        "apart",
        words={
            "at-start": "In one message that is the first of a connection or room, without which no later "
            "one is of use; none is large after it.",
            "inline": "In one message on the connection, behind which all others and the heartbeats wait.",
            "chunked": "In pieces on the connection, between which others go.",
            "apart": "By a request or channel of its own.",
        },
    )
    client_id: Field[Literal["fixed", "host", "user", "device", "process", "random", "slot"]] = entry(
        "What the id is made of by which a client names itself to the server or broker, or by which those "
        "name it.",
        "device",
        words={
            "fixed": "The same for all clients.",
            "host": "The name of its host.",
            "user": "Its user.",
            "device": "Its device: a serial number, or what an app or browser stored.",
            "process": "Its process or tab.",
            "random": "Random at each start.",
            "slot": "The number of a free place, which the next client gets after it; the server and others "
            "name it so.",
        },
    )
    opens_per_connect: Field[Count] = entry(
        "How many times a client opens the connection or stream for one start or return, such as a request "
        "that only tries whether it opens, before the one that stays.",
        "1",
        above_zero=True,
    )
    requests: Field[Literal["in-turn", "apart", "together"]] = entry(
        "How a client that acts for several things, such as the devices behind a gateway or the programs on "
        "a machine, sends what each of them has to ask or report.",
        "apart",
        words={
            "in-turn": "One after the other in one loop: each waits for the answer to the one before.",
            "apart": "Each in a loop or task of its own, so that none waits for another.",
            "together": "All in one request.",
        },
    )
    streams_per_page: Field[Count] = entry(
        "How many streams one page keeps open at once.", "1", above_zero=True
    )
    shared_by_tabs: Field[bool] = entry(
        "Whether all tabs of a browser use one connection: one tab or a SharedWorker holds it.", True
    )
    tabs_led_by: Field[Literal["worker", "visible", "lock", "lease", "checked-lease"]] = entry(
        "What holds the connection, or polls, for all tabs of a browser.",
        "worker",
        words={
            "worker": "A SharedWorker, which no tab ends.",
            "visible": "A tab that is shown; when it is hidden, it hands over to one that is.",
            "lock": "One tab, for as long as it is open (a Web Lock), also while it is hidden or frozen.",
            "lease": "One tab, until a lease ends that one of its timers renews; it does not check "
            "whether another tab holds the lease by now.",
            "checked-lease": "One tab with such a lease, which checks before each act that it still leads.",
        },
    )
    encoding: Field[Literal["json", "binary", "base64-in-json", "protobuf", "msgpack"]] = entry(
        "How messages are written.",
        "json",
        words={
            "json": "JSON text.",
            "binary": "Another binary format, such as your own.",
            "base64-in-json": "JSON text that holds binary content as Base64, a third larger.",
            "protobuf": "Protocol Buffers.",
            "msgpack": "MessagePack.",
        },
    )
    compression: Field[bool] = entry("Whether messages are compressed.", True)
    flushed: Field[bool] = entry(
        "Whether each message of a stream is flushed at once through the compressor and the buffers of the "
        "server; `false`: it leaves with those that follow.",
        True,
    )
    context_takeover: Field[bool] = entry(
        "Whether each connection keeps its compression window from message to message (permessage-deflate "
        "with context takeover), in memory of its own.",
        False,
    )
    buffers: Field[Size] = entry(
        "Read and write buffers that the server keeps for each connection, all together, while it is idle "
        "too.",
        "8KiB",
        above_zero=True,
    )
    streams: Field[Count] = entry(
        "Streams, calls or subscriptions that one client holds at once on one HTTP/2 or HTTP/3 connection.",
        "20",
        above_zero=True,
    )
    poll: Poll = entry("How a client asks again and again.", {"every": "10s"})
    max_message: Field[Size] = entry("The largest message that either end accepts.", "1MB", above_zero=True)
    retry: Field[Duration] = entry(
        "SSE: the reconnection delay that the server sends. Where it differs from stream to stream, this is "
        "the shortest, and `reconnect.first_delay` is the span.",
        "10s",
    )
    loss_shown: Field[Literal["partly"] | bool] = entry(
        "Whether the user sees that the connection is lost, while it is tried again and when it is given up.",
        True,
        words={
            "partly": "Some users do, such as on wide screens, in one of the views, or when they look for "
            "it.",
        },
    )
    restored: Field[Literal["reconnects", "checks"]] = entry(
        "What a page does about its connection when it is shown again after it stood still: out of the "
        "browser's back/forward cache, from a frozen tab, after the machine slept; an app likewise. `none`: "
        "nothing, until the connection is seen to have ended.",
        "checks",
        words={
            "reconnects": "It closes what it has and connects again.",
            "checks": "It asks over the connection, and connects again where no answer comes within seconds.",
        },
    )
    background: Field[tuple[Means, ...]] = entry(
        "What keeps an app on a phone reachable, or brings its connection back, while the app is not in "
        "front or the phone sleeps; `none`: nothing does until the app is opened. A list where phones "
        "differ: `[service, timer]`.",
        "push",
        words={
            "screen": "It keeps the screen on, and works as long as it is in front.",
            "timer": "A timer of the app itself, which stands still while the phone sleeps.",
            "alarm": "An alarm of the system, which wakes it.",
            "service": "A foreground service, which keeps the connection.",
            "push": "A push, which wakes it.",
        },
    )
    event_ids: Field[bool] = entry("SSE: whether every event has an id.", True)
    path: Sections[Hop] = entry(
        "What lies between the two ends, from the client on.", ["cloudflare", "aws-alb"]
    )
    heartbeat: Heartbeat = entry("How a dead connection is found.", {"interval": "25s"})
    watched: Field[Literal["state", "media"]] = entry(
        "WebRTC: what a client or server looks at to notice that nothing arrives any more; `none`: neither, "
        "so that only the loss of another connection is noticed, such as that of the signalling.",
        "state",
        words={
            "state": "The state of the peer connection: `disconnected`, `failed`.",
            "media": "The media itself: bytes that stand still, frozen frames.",
        },
    )
    reconnect: Reconnect = entry("What a client does after a loss.", {"strategy": "exponential"})
    resume: Resume = entry("How a client gets what it missed.", {"by": "offset"})


class Access(Section):
    """Which rights a connection needs, when they are looked at, and what becomes of it when they end."""

    @property
    def is_checked_against_the_past(self) -> bool:
        """Whether a check is stated to read what held before, and not what holds now."""
        return self.checked_against.has("token", "copy")

    @property
    def looks_again(self) -> bool:
        """Whether rights are looked at again while a connection is open."""
        return self.checked.has("each-message") or isinstance(self.checked.content, Duration)

    checked: Field[Literal["connect", "subscribe", "each-message"] | Duration] = entry(
        "When the rights of a user are looked at. A duration: again each time that it has passed.",
        "subscribe",
        words={
            "connect": "Once, at the start of a connection.",
            "subscribe": "Once, at the start of a subscription.",
            "each-message": "For each message.",
        },
        side_by_side=True,
    )
    checked_against: Field[Literal["record", "token", "copy"]] = entry(
        "What such a check reads.",
        "record",
        words={
            "record": "What holds now, where rights are given and taken away.",
            "token": "What a token or ticket said when it was issued, until it ends.",
            "copy": "A copy of the rights that was made when the connection or subscription began.",
        },
    )
    may_send: Field[Literal["members", "connected"]] = entry(
        "Whose messages are taken for a room that they name; `none`: nothing is looked at (`connected`).",
        "members",
        words={
            "members": "Those of its members: the server looks at each whether its sender is one, or takes "
            "the room from the connection.",
            "connected": "Those of whoever is connected and knows the name of the room.",
        },
    )
    let_through_by: Field[Literal["path", "method"]] = entry(
        "By what it is decided which calls or methods of a service are open to clients; `none`: all are.",
        "method",
        words={
            "path": "By the path or host of a request, at a proxy or gateway in front.",
            "method": "By the name of each call or message, also of one on an open connection.",
        },
    )
    origin: Field[Literal["checked", "any"]] = entry(
        "From pages of which sites the server accepts a connection; `none`: nothing is checked (`any`).",
        "checked",
        words={
            "checked": "From those that it knows: it compares the `Origin`, or asks for a token or a "
            "`SameSite` cookie that comes with no page of another site.",
            "any": "From whichever site the browser has open.",
        },
    )
    on_revoke: Field[Literal["close", "filter", "in-part"]] = entry(
        "What an open connection does when a right is taken away; `none`: nothing until it connects again.",
        "close",
        words={
            "close": "It is closed.",
            "filter": "It stays open, and what is no longer allowed stops.",
            "in-part": "Some changes reach it and others do not: a removal from the room does, say, and the "
            "suspension of an account does not.",
        },
    )
    on_grant: Field[Literal["sent", "from-now", "at-reload"]] = entry(
        "What a client that is connected, or holds a copy, gets when its user is given a right, such as a "
        "room, a folder or a team; `none`: rights are never given later.",
        "sent",
        words={
            "sent": "What was there already is sent or fetched at that moment.",
            "from-now": "What is written from then on, and nothing older.",
            "at-reload": "Nothing: it shows when the page or app is loaded again.",
        },
    )
    holds_for: Field[tuple[Literal["stream", "stream-in-part", "push", "history", "presence"], ...]] = entry(
        "On which ways rights, blocks and mutes are looked at, beside the request or page that a user opens; "
        "`none`: only there.",
        ["stream", "push", "history"],
        words={
            "stream": "What is sent on an open connection.",
            "stream-in-part": "What is sent on an open connection, by a part of them alone, such as the room "
            "or the columns and not the rows.",
            "push": "Notifications through a push service.",
            "history": "What is fetched or replayed of the past.",
            "presence": "Who is shown to whom as being there.",
        },
    )
    token_ttl: Field[Duration] = entry("How long the token of a connection is valid.", "1h")
    token_in: Field[Carrier] = entry(
        "Where the token travels. A list where clients differ: `[header, url]` of apps and pages.",
        "header",
        words={
            "url": "In the URL of the connection.",
            "cookie": "In a cookie.",
            "header": "In another header, such as `Authorization`.",
            "message": "In the first message.",
        },
    )
    on_expiry: Field[Literal["refresh", "reconnect"]] = entry(
        "What an open connection does when its token expires; `none`: it stays as it is.",
        "refresh",
        words={
            "refresh": "It stays open, and a new token is sent over it.",
            "reconnect": "It ends, and the client connects again.",
        },
    )
    single_use: Field[bool] = entry("Whether a token opens one connection and no second one: a ticket.", True)
    token_kept: Field[Literal["node", "disk", "shared"]] = entry(
        "Where it is looked up whether a token or ticket that opens a connection was issued; `none`: "
        "nowhere, since it is signed.",
        "shared",
        words={
            "node": "In the memory of the node or process that issued it.",
            "disk": "On the disk of the node that issued it.",
            "shared": "Where every node reads it.",
        },
    )
    reconnects_with: Field[Literal["fresh", "kept"]] = entry(
        "What a client shows when it reconnects by itself.",
        "fresh",
        words={
            "fresh": "Credentials that it asks for before each attempt.",
            "kept": "The address, header or token of the first time.",
        },
    )
    renewed_by: Field[Literal["single", "each-caller"]] = entry(
        "Who renews a token that ends.",
        "single",
        words={
            "single": "A single place in the client, for which all others wait.",
            "each-caller": "Each caller that meets a refusal, for itself.",
        },
    )
    expiry_by: Field[Literal["server", "client-clock", "corrected-clock", "duration"]] = entry(
        "What tells a client that its token has expired.",
        "duration",
        words={
            "server": "The server, which refuses it.",
            "client-clock": "The expiry time in the token, against the device's own clock.",
            "corrected-clock": "The expiry time in the token, against the device's clock corrected by the "
            "server's time.",
            "duration": "The duration since it was received.",
        },
    )
