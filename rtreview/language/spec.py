"""The sections and fields of a spec, version 1: what a team writes.

Description and example of each field go into the JSON Schema, and so into the editor. Every field
may also be `none`, a decision against it, or be left out.
"""

from datetime import date
from typing import Any, ClassVar, Literal, Self, get_args, get_origin

from rtreview.language.distribution import Distribution
from rtreview.language.field import Field
from rtreview.language.notation import NONE, Notation, notation_of, shown
from rtreview.language.section import Mistake, Named, Section, Sections, entry
from rtreview.quantities.interval import SOME
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Number, Rate, Ratio, Size, Spread
from rtreview.text.place import SpecPath

VERSION = 1

EXTENSION = "x-"
"""Keys at the top that begin so are the team's own: a place for anchors."""

Kind = Literal[
    "websocket", "sse", "long-polling", "polling", "http-stream", "grpc-stream", "webtransport", "webrtc",
    "mqtt", "tcp", "udp",
]  # fmt: skip
Strategy = Literal[
    "crdt", "ot", "server-authoritative", "last-writer-wins", "append-only", "full-state", "signal"
]  # fmt: skip
Purpose = Literal[
    "chat", "notifications", "dashboard", "feed", "collaborative-editing", "cursors", "game", "telemetry",
    "signalling", "push", "data-sync", "commands", "console", "media", "presence",
]  # fmt: skip


class People(Distribution):
    """A number of members: what is usual, and the most."""

    typical: Field[Count] = entry("How many there usually are.", "12", above_zero=True)
    max: Field[Count] = entry("The most there may be.", "400", above_zero=True)


class Bytes(Distribution):
    """A size: what is usual, and the most."""

    typical: Field[Size] = entry("The usual size.", "300B", above_zero=True)
    max: Field[Size] = entry("The largest size.", "16KiB", above_zero=True)


class Rooms(Section):
    """The groups inside which messages are delivered: rooms, channels, documents, matches."""

    count: Field[Count] = entry("How many rooms exist at the same time.", "5k", above_zero=True)
    size: People = entry("Members of a room who are connected at once.", {"typical": 12, "max": 400})
    per_user: Field[Number] = entry("How many rooms one user is in at once.", "3")


class Messages(Section):
    """What the people or devices send. Count it where you know it: by sender, by room, in all, by client."""

    rate: Field[Rate] = entry("Messages that one active sender sends.", "2/s", above_zero=True)
    per_room: Field[Rate] = entry(
        "Messages published into one busy room, from all of its senders.", "40/s", above_zero=True
    )
    total: Field[Rate] = entry(
        "Messages published in all rooms together, before each becomes many.", "2k/s", above_zero=True
    )
    per_client: Field[Rate | Bandwidth] = entry(
        "What one client is sent, in messages or in bytes.", "10/s", above_zero=True
    )
    active_share: Field[Ratio] = entry("The share of connections that send at the same time.", "10%")
    size: Bytes = entry("Size of one message on the wire.", {"typical": "300B", "max": "16KiB"})
    silence: Field[Duration] = entry(
        "The longest time in which a connection carries no message, heartbeats left aside; a cursor is a "
        "message too.",
        "5m",
    )


class Session(Distribution):
    """How long a connection stays in use."""

    typical: Field[Duration] = entry("The usual length.", "8m", above_zero=True)
    p95: Field[Duration] = entry("The length that 5 % exceed.", "2h", above_zero=True)


class Outage(Distribution):
    """How long a client is away when it loses its connection."""

    typical: Field[Duration] = entry("The usual length.", "4s")
    p99: Field[Duration] = entry("The length that 1 % exceed.", "30m")
    share: Field[Ratio] = entry(
        "The share of all clients that lose their connection together in the worst outage.",
        "33%",
        above_zero=True,
    )


class Workload(Section):
    """How many people and devices, in which groups, and what they send."""

    connections: Field[Count] = entry("Concurrent connections at the peak.", "20k", above_zero=True)
    users: Field[Count] = entry("Concurrent users at the peak.", "12k", above_zero=True)
    devices_per_user: Field[Number] = entry("Devices of one user that are connected at once.", "1.5")
    tabs_per_user: Field[Number] = entry("Browser tabs that one user keeps open.", "2")
    clients: Field[
        tuple[Literal["browser", "ios", "android", "mobile", "desktop", "server", "device"], ...]
    ] = entry(
        "What connects. `mobile`: an app on phones, whichever; a `device` has nobody in front of it, such as "
        "a sensor, a meter or a gateway.",
        ["browser", "ios"],
    )
    rooms: Rooms = entry("The groups inside which messages are delivered.", {"size": {"max": 400}})
    messages: Messages = entry("What is sent.", {"rate": "2/s"})
    session: Session = entry("How long a connection stays in use.", {"typical": "8m"})
    outage: Outage = entry("How long a client that drops is away.", {"typical": "4s", "p99": "30m"})
    downlink: Field[Bandwidth] = entry(
        "What the slowest tenth of the clients can receive.", "1Mbit/s", above_zero=True
    )
    rtt: Field[Duration] = entry("Round trip to the server that 1 % exceed.", "400ms")


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
        "How it keeps a client on the same node.", "cookie"
    )


class Heartbeat(Section):
    """How each end learns that the other is still there."""

    DEFINING: ClassVar = "interval"

    interval: Field[Duration] = entry("Time between two heartbeats.", "25s", above_zero=True)
    timeout: Field[Duration] = entry(
        "How long the sender waits for an answer; `none`: it waits for none. Without `silence_timeout` also "
        "how long silence may last, where nobody answers (`confirmed: false`).",
        "20s",
        above_zero=True,
    )
    silence_timeout: Field[Duration] = entry(
        "How long the end that receives the heartbeats goes without one before it closes the connection; "
        "`none`: it never closes for silence.",
        "60s",
        above_zero=True,
    )
    counts: Field[Literal["any", "heartbeat", "own-sends"]] = entry(
        "What sets the timer of silence back: `any` message received from the other end, a `heartbeat` and "
        "nothing else, or also what this end itself sends (`own-sends`).",
        "any",
    )
    idle_only: Field[bool] = entry(
        "Whether a heartbeat is sent only after the sender has sent nothing else for an interval.", True
    )
    scheduled_on: Field[Literal["timer", "reply", "worker"]] = entry(
        "What sends the next heartbeat of a page: a `timer` of the page, which a hidden tab slows down, the "
        "`reply` to the last one, or a timer in a `worker`.",
        "worker",
    )
    misses: Field[Count] = entry("Unanswered heartbeats after which the connection is dead.", "2")
    from_: Field[Literal["client", "server", "both"]] = entry("Who sends them.", "server")
    layer: Field[Literal["application", "websocket-ping", "http2-ping", "sse-comment", "tcp"]] = entry(
        "What a heartbeat is made of.", "websocket-ping"
    )
    confirmed: Field[bool] = entry("Whether the other end answers each one.", True)
    sweep: Field[Duration] = entry("How often the server looks for the dead.", "10s")
    sets_off: Field[Literal["nothing", "changes", "all"]] = entry(
        "What the server sends to others when a heartbeat comes, or a client refreshes its presence: "
        "`nothing`, only what is different since the last one (`changes`), or `all` of it again, also where "
        "nothing is new.",
        "changes",
    )


class ReconnectWhen(Section):
    """What differs in one situation from the plan to reconnect; what is left out here is as in the plan."""

    if_: Field[Literal["hidden", "online", "shutdown", "overload", "refused-credentials"]] = entry(
        "The situation: the page or app is `hidden`, the system says that it is `online` again, the server "
        "announced its `shutdown`, or it refused, for `overload` or since the token is no longer valid "
        "(`refused-credentials`).",
        "shutdown",
    )
    action: Field[Literal["renew", "login", "give-up", "retry"]] = entry(
        "What a client does that is refused for its credentials: it gets new ones by itself (`renew`), asks "
        "its user (`login`), stops (`give-up`), or tries again with the same (`retry`); `none`: nothing is "
        "decided.",
        "renew",
    )
    strategy: Field[Literal["immediate", "fixed", "exponential"]] = entry(
        "How the delay develops from attempt to attempt.", "exponential"
    )
    first_delay: Field[Duration | Spread] = entry("Wait before the first attempt, fixed or random.", "0s..5m")
    base: Field[Duration] = entry("The delay that grows.", "1s")
    cap: Field[Duration] = entry("The longest delay.", "5m")
    jitter: Field[Literal["full", "equal", "decorrelated"] | Ratio | Spread] = entry(
        "The random part of each delay.", "full"
    )


class Reconnect(Section):
    """What a client does after its connection is lost."""

    DEFINING: ClassVar = "strategy"

    strategy: Field[Literal["immediate", "fixed", "exponential", "library-default", "browser"]] = entry(
        "How the delay develops from attempt to attempt.", "exponential"
    )
    first_delay: Field[Duration | Spread] = entry("Wait before the first attempt, fixed or random.", "0s..5s")
    base: Field[Duration] = entry("The delay that grows.", "1s")
    factor: Field[Number] = entry("What the delay is multiplied by after each attempt.", "2", above_zero=True)
    cap: Field[Duration] = entry("The longest delay.", "30s")
    jitter: Field[Literal["full", "equal", "decorrelated"] | Ratio | Spread] = entry(
        "The random part of each delay.", "full"
    )
    delays: Field[tuple[Duration, ...]] = entry("The delays one by one.", ["0s", "2s", "10s", "30s"])
    max_attempts: Field[Count] = entry("Attempts after which the client gives up.", "10")
    connect_timeout: Field[Duration] = entry("How long one attempt may take.", "20s")
    ends_on: Field[tuple[Literal["clean-close", "exception", "refused", "first-success"], ...]] = entry(
        "What ends the attempts for good, apart from their number: a `clean-close` of the other end, an "
        "`exception` that nothing catches, a server that has `refused` (a status, the credentials), or the "
        "`first-success`, where only the start is tried again and no later loss; `none`: nothing does.",
        ["clean-close"],
    )
    supervised: Field[bool] = entry(
        "Whether something notices that the attempts have ended and begins them anew: a watchdog, a loop "
        "around the library, a supervisor of the process.",
        True,
    )
    first_connect: Field[Literal["same", "once", "loop"]] = entry(
        "How the first connection is made: by the `same` plan as later ones; `once`, so that a failure at "
        "the start is final; by a `loop` of its own.",
        "same",
    )
    reset_after: Field[Literal["open", "acknowledgement"] | Duration] = entry(
        "What brings the delay back to the start: an open connection, a stable period, an acknowledgement.",
        "30s",
    )
    server_hint: Field[Literal["fixed", "random"]] = entry(
        "Whether the server tells a client how long to wait, and whether that is random.", "random"
    )
    when: Sections[ReconnectWhen] = entry(
        "What differs from this plan in some situations.", [{"if": "hidden", "cap": "5m"}]
    )


class Resume(Section):
    """How a client that returns gets what it missed."""

    RENAMED: ClassVar = {"resubscribe": "sync.join.again"}

    DEFINING: ClassVar = "by"

    by: Field[Literal["last-event-id", "offset", "session", "state", "snapshot"]] = entry(
        "What the client names to continue from: `offset` a position in a log, `session` what the server "
        "kept for this client, `state` what it has (versions, a list), so that it gets what it lacks, "
        "`snapshot` nothing: it gets the whole state again.",
        "offset",
    )
    epoch: Field[bool] = entry("Whether an offset also names the log that it belongs to.", True)
    retention: Field[Duration] = entry(
        "How long the server can replay; `none`: nothing is kept, `forever`: all of it.", "2m", kept=True
    )
    max_messages: Field[Count] = entry("How many messages the server can replay.", "300")
    scope: Field[Literal["room", "client"]] = entry("Whose messages are kept for replay.", "room")
    on_gap: Field[Literal["snapshot", "error"]] = entry(
        "What happens when the replay does not reach back far enough: the client begins anew from a "
        "`snapshot`, or is told by an `error` or a flag; `none`: it goes on as if nothing were missing.",
        "snapshot",
    )
    outcome: Field[Literal["marked", "implied"]] = entry(
        "How a client learns whether it continues, begins anew, or finds nothing there: `marked` in the "
        "answer itself, `implied` by what arrives, so that silence may mean up to date or empty.",
        "marked",
    )
    paced: Field[bool] = entry("Whether a replay waits for the client to take it.", True)


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
    cached: Field[Duration] = entry(
        "How long a cache on the path may store the answer to a poll; `none`: no cache may.", "1s"
    )
    address: Field[Literal["moves", "fixed"]] = entry(
        "Whether each answer gives the next poll another address, such as `?after=42` (`moves`), so that a "
        "cache does not take one for the other; `fixed`: all polls have the same address.",
        "moves",
    )


class Transport(Section):
    """The connection: its kind, what lies on its path, and how it lives and comes back."""

    RENAMED: ClassVar = {
        "poll_interval": "transport.poll.every",
        "token_ttl": "access.token_ttl",
        "on_token_expiry": "access.on_expiry",
    }

    kind: Field[Kind] = entry(
        "What carries the messages. `tcp`: a protocol of one's own over TCP or TLS. `udp`: datagrams, with a "
        "protocol of one's own; each may be lost or overtaken, and no connection opens or ends.",
        "websocket",
    )
    library: Field[str] = entry("The library of both ends, from the catalogue.", "socket.io@4")
    client_library: Field[str] = entry("The client's library, where it is another one.", "eventsource")
    service: Field[str] = entry("The managed service that holds the connections.", "ably")
    shared_with: Field[str] = entry("The feature whose connection this feature uses.", "strokes")
    http_version: Field[Literal["1.1", "2", "3"]] = entry("The HTTP version to the client.", "2")
    fallback: Field[Kind] = entry("What is used where the kind is not possible.", "long-polling")
    upgrade_from: Field[Kind] = entry(
        "What each connection begins as before it becomes the kind: Engine.IO begins with a long poll. Not "
        "what is used where the kind is not possible.",
        "long-polling",
    )
    on_duplicate: Field[Literal["refuse", "replace", "both"]] = entry(
        "What happens when a user opens a second connection: it is refused while the first counts as open "
        "(`refuse`), it ends the first (`replace`), or `both` stay.",
        "replace",
    )
    encoding: Field[Literal["json", "binary", "base64-in-json", "protobuf", "msgpack"]] = entry(
        "How messages are written.", "json"
    )
    compression: Field[bool] = entry("Whether messages are compressed.", True)
    poll: Poll = entry("How a client asks again and again.", {"every": "10s"})
    max_message: Field[Size] = entry("The largest message that either end accepts.", "1MB", above_zero=True)
    retry: Field[Duration] = entry("SSE: the reconnection delay that the server sends.", "10s")
    loss_shown: Field[bool] = entry(
        "Whether the user sees that the connection is lost, while it is tried again and when it is given up.",
        True,
    )
    event_ids: Field[bool] = entry("SSE: whether every event has an id.", True)
    path: Sections[Hop] = entry(
        "What lies between the two ends, from the client on.", ["cloudflare", "aws-alb"]
    )
    heartbeat: Heartbeat = entry("How a dead connection is found.", {"interval": "25s"})
    reconnect: Reconnect = entry("What a client does after a loss.", {"strategy": "exponential"})
    resume: Resume = entry("How a client gets what it missed.", {"by": "offset"})


class Access(Section):
    """Which rights a connection needs, when they are looked at, and what becomes of it when they end."""

    checked: Field[Literal["connect", "subscribe", "each-message"] | Duration] = entry(
        "When the rights of a user are looked at: once at the start of a connection (`connect`) or of a "
        "subscription (`subscribe`), for `each-message`, or again after each such time.",
        "subscribe",
    )
    on_revoke: Field[Literal["close", "filter"]] = entry(
        "What an open connection does when a right is taken away: it is closed, or what is no longer allowed "
        "stops (`filter`); `none`: nothing until it connects again.",
        "close",
    )
    token_ttl: Field[Duration] = entry("How long the token of a connection is valid.", "1h")
    token_in: Field[Literal["url", "cookie", "header", "message"]] = entry(
        "Where the token travels: in the `url` of the connection, a `cookie`, another `header`, or the first "
        "`message`.",
        "header",
    )
    on_expiry: Field[Literal["refresh", "reconnect"]] = entry(
        "What an open connection does when its token expires; `none`: it stays as it is.", "refresh"
    )


class Work(Section):
    """What a server does for one client who waits: a run of an agent, an answer of a model, an export."""

    bound_to: Field[Literal["connection", "task"]] = entry(
        "What it runs in: the `connection` that asked for it, and is gone with it, or a `task` of its own, "
        "whose result another connection can fetch.",
        "task",
    )
    on_leave: Field[Literal["cancel", "continue"] | Duration] = entry(
        "What a lost or closed connection does to it: it is cancelled, it goes on, or it is cancelled after "
        "this time without a connection.",
        "continue",
    )
    lasts: Field[Duration] = entry("How long it takes.", "10m")
    repeat: Field[Literal["cheap", "costly"]] = entry(
        "Whether it is simply asked for again after a loss; `costly`: it is paid for, acts on the world, or "
        "takes minutes.",
        "costly",
    )


class Data(Section):
    """One kind of state that is kept in sync."""

    SHORTHAND: ClassVar = "shape"

    name: Field[str] = entry("What it is called.", "comments")
    shape: Field[
        Literal["text", "list", "tree", "register", "counter", "invariant", "log", "ephemeral", "command"]
    ] = entry(
        "What it is made of: a `register` is one value that is replaced, an `invariant` must hold over "
        "several changes, `ephemeral` is worth nothing a moment later, a `command` is an act to carry out, "
        "not a value.",
        "text",
    )
    strategy: Field[Strategy] = entry("Its own strategy, where it differs from the section's.", "ot")
    lock: Field[Literal["field", "section", "document"]] = entry(
        "What one writer holds alone while writing.", "section"
    )


class Snapshot(Section):
    """The whole state in one message."""

    size: Field[Size] = entry("Its size.", "200KiB")
    grows: Field[bool] = entry(
        "Whether each update makes it longer, since it holds all of those before: an answer that is sent "
        "whole again with each token. Twice the updates are then four times the bytes.",
        True,
    )
    every: Field[Duration] = entry("How often it is sent or stored.", "1m", above_zero=True)
    applied: Field[Literal["replace", "rebase", "merge"]] = entry(
        "What it does to what a client holds: `replace` drops that, `rebase` drops it and makes the client's "
        "own unconfirmed changes again, `merge` is laid over it, so that what was deleted meanwhile stays.",
        "replace",
    )


class Changes(Section):
    """A number of changes to one document."""

    SHORTHAND: ClassVar = "typical"

    typical: Field[Count] = entry("How many there usually are.", "21", above_zero=True)


class Trigger(Section):
    """When something happens: what comes first of all that is stated."""

    SHORTHAND: ClassVar = "every"

    every: Field[Duration] = entry("The longest time between two.", "30s", above_zero=True)
    idle: Field[Duration] = entry(
        "After this time without a change, so that constant editing puts it off.", "2s", above_zero=True
    )
    operations: Field[Count] = entry("After this many changes.", "500", above_zero=True)
    at_: Field[Literal["last-leave", "stop", "job"]] = entry(
        "When the last one leaves the document, when the process stops, or when a background job runs.",
        "last-leave",
    )
    while_: Field[Literal["open"]] = entry("`open`: only while somebody has the document open.", "open")


class Compaction(Trigger):
    """When old operations are folded into a snapshot; `true` and `false` say whether, and no more."""

    @classmethod
    def read(cls, raw: object, at: SpecPath, mistakes: list[Mistake]) -> Self:
        """As a section is read, where a truth value says whether there is one."""
        return super().read({True: SOME, False: NONE}[raw] if isinstance(raw, bool) else raw, at, mistakes)

    @classmethod
    def schema(cls, definitions: dict[str, Any]) -> dict[str, Any]:
        """That of a section, or a truth value."""
        is_new = cls.__name__ not in definitions
        reference = super().schema(definitions)
        if is_new:
            definitions[cls.__name__]["anyOf"].append({"type": "boolean"})
        return reference


class History(Section):
    """What is kept of the past."""

    retention: Field[Duration] = entry(
        "How long; `none`: nothing is kept, `forever`: all of it.", "30d", kept=True
    )
    max_operations: Field[Count] = entry("How many operations.", "10k")
    operations: Changes = entry("Changes that one document collects in its life.", {"typical": 21})


class Offline(Section):
    """Work without a connection."""

    max: Field[Duration] = entry("The longest absence that is merged.", "7d")
    too_old: Field[Literal["merge", "snapshot", "refuse"]] = entry(
        "What becomes of a client that was away for longer than traces of deletions are kept: its changes "
        "are taken like any other (`merge`), it begins anew from a `snapshot`, or it is refused.",
        "snapshot",
    )


class Durability(Section):
    """What survives a crash."""

    checkpoint: Trigger = entry("When the state is written down; a bare time is `every`.", "30s")
    write_ahead_log: Field[bool] = entry("Whether every change is logged before it counts.", True)
    acknowledge_after: Field[Literal["receive", "log", "replicate"]] = entry(
        "What must have happened before a change is acknowledged.", "log"
    )
    written_by: Field[Literal["server", "clients"]] = entry(
        "Who writes the stored state: the server, from the live session, or each of the `clients` by a "
        "request of its own beside it, with the whole state as that client has it.",
        "server",
    )
    version_check: Field[bool] = entry(
        "Whether a write is refused that builds on an older version than the stored one.", True
    )


class Ordering(Section):
    """In which order messages arrive."""

    scope: Field[Literal["per-sender", "per-client", "per-room", "causal", "total", "commutative"]] = entry(
        "Among which messages the order holds: each sender's own, all that one client is sent, those of a "
        "room or document, no answer before its question (`causal`), all (`total`); `commutative`: none is "
        "needed, since every order gives the same state.",
        "per-room",
    )
    by: Field[Literal["sequence", "sequencer", "vector-clock", "lamport", "timestamp", "connection"]] = entry(
        "What a receiver sees of the order: `sequence` numbers without holes, a time, a clock, or no more "
        "than the order in which one connection delivers.",
        "sequence",
    )
    assigned_by: Field[Literal["sender", "room-owner", "global", "log"]] = entry(
        "Who makes the order: each `sender` for its own, the one process that holds the room, one counter "
        "for all rooms (of which a member of one room sees some numbers only), or a database or `log`, "
        "which gives each entry its position.",
        "room-owner",
    )
    on_gap: Field[Literal["wait", "resync", "refuse"]] = entry(
        "What a receiver does that misses a number: `wait` a while for a message that is late, `resync` "
        "fetches what it lacks or the state, `refuse` ends the connection; `none`: it goes on.",
        "resync",
    )


class Deduplicate(Section):
    """How a message that arrives twice is dropped."""

    by: Field[str] = entry("What tells that it is the same message.", "message-id")
    ttl: Field[Duration] = entry("How long it is remembered; `none`: without end.", "10m")
    enforced: Field[bool] = entry(
        "Whether every receiver has to drop the copy; `false`: what tells it is there, and each receiver "
        "decides.",
        True,
    )


class Outbox(Section):
    """What a client keeps of its own changes until they are confirmed."""

    max_age: Field[Duration] = entry("The age at which it gives up a change.", "7d", above_zero=True)
    on_refused: Field[Literal["retry", "drop", "report"]] = entry(
        "What becomes of a change that is refused, such as one that is too large: it is sent again and "
        "again, dropped without a word, or shown to the user, who decides; `none`: a refusal is not told "
        "from a loss.",
        "report",
    )
    visible: Field[bool] = entry("Whether its author sees what waits in it.", True)


class Repeat(Section):
    """When a message that was not answered is sent again."""

    SHORTHAND: ClassVar = "after"

    after: Field[Duration] = entry(
        "How long a sender waits for the answer before it sends again; `none`: it does not wait.", "10s"
    )
    on: Field[Literal["timeout", "reconnect", "any-traffic"]] = entry(
        "What makes it send again: the wait is over (`timeout`), a new connection (`reconnect`), or anything "
        "at all that the other end sends (`any-traffic`).",
        "timeout",
    )


class Channel(Section):
    """The channel that a feature has on a transport which offers several: WebRTC, WebTransport."""

    ordered: Field[bool] = entry(
        "Whether a message waits for those before it; `false`: one may overtake another, as datagrams do. "
        "The default of a WebRTC data channel is `true`.",
        False,
    )
    reliable: Field[bool] = entry(
        "Whether what is lost is sent again until it arrives; `false`: it is left out, as with datagrams, "
        "`maxRetransmits` or `maxPacketLifeTime`. The default of a WebRTC data channel is `true`.",
        False,
    )


class Delivery(Section):
    """How often a message arrives."""

    guarantee: Field[Literal["at-most-once", "at-least-once", "exactly-once"]] = entry(
        "How often.", "at-least-once"
    )
    deduplicate: Deduplicate = entry("How repetitions are dropped.", {"by": "message-id"})
    retry_for: Field[Duration] = entry("How long a sender repeats what is not acknowledged.", "5m")
    repeated_by: Field[tuple[Literal["client", "server", "broker"], ...]] = entry(
        "Who sends a message again that was not confirmed, also inside of the system: a `server` that "
        "repeats a request to another, a `broker` that delivers it to the next worker.",
        ["client", "broker"],
    )
    repeat: Repeat = entry("When a message that was not answered is sent again.", {"after": "10s"})
    outbox: Outbox = entry("What a client keeps until it is confirmed.", {"max_age": "7d"})
    retain: Field[Literal["last", "all"]] = entry(
        "What a broker keeps of the messages for those who subscribe later: the newest of each topic, or "
        "all; `none`: who is not there misses it.",
        "last",
    )
    expires_after: Field[Duration] = entry(
        "How old a message may be when it is delivered or carried out; an older one is dropped.", "30s"
    )
    channel: Channel = entry(
        "Order and reliability of its own channel, where the transport has several kinds.",
        {"ordered": False, "reliable": False},
    )
    replay_marked: Field[bool] = entry(
        "Whether a receiver can tell a message that is retained or replayed from a new one.", True
    )


class Join(Section):
    """How a client enters a room that others are writing in."""

    DEFINING: ClassVar = "order"

    order: Field[
        Literal[
            "subscribe-first", "fetch-first", "fetch-then-replay", "snapshot", "from-position",
            "subscribe-only",
        ]
    ] = entry(
        "How state and stream are joined. `subscribe-first`: then fetches, and drops what came twice. "
        "`fetch-first`: then subscribes to what is sent from then on. `fetch-then-replay`: then subscribes "
        "from the position of what it fetched. `snapshot`: the stream begins with the state. "
        "`from-position`: nothing is fetched, and the reader names where a log begins for it (a tail, an "
        "answer from its first word). `subscribe-only`: nothing of the past.",
        "subscribe-first",
    )  # fmt: skip
    again: Field[Literal["client", "server"]] = entry(
        "Who joins the rooms again on a new connection; `none`: nobody, they are joined once, at the start.",
        "client",
    )
    over: Field[Literal["connection", "request"]] = entry(
        "How a client subscribes: by messages on the `connection`, or by its address or a `request`.",
        "request",
    )
    fetch: Field[Literal["each-time", "once"]] = entry(
        "How often a client fetches the state: at each join, also on a new connection (`each-time`), or "
        "`once`, so that it subscribes again and goes on with what it has.",
        "each-time",
    )
    deduplicate: Field[bool] = entry("Whether what arrives by both ways is dropped once.", True)
    history: Field[Count] = entry("How many past messages are fetched.", "50")
    presence_snapshot: Field[bool] = entry("Whether the client gets the list of those present.", True)


class Sync(Section):
    """How the state stays the same at all ends."""

    strategy: Field[Strategy] = entry(
        "How concurrent changes become one state: replicas merge by themselves (`crdt`), a server "
        "transforms each change (`ot`), a server decides and may refuse, of two values one stays, entries "
        "are only added. What one message holds is `updates`.",
        "crdt",
    )
    library: Field[str] = entry("What implements it.", "yjs")
    data: Sections[Data] = entry("What is kept in sync: one kind, or a list.", {"shape": "text"})
    updates: Field[Literal["event", "delta", "state-value", "full-state", "signal"]] = entry(
        "What one update holds: something that happened, whole in itself (`event`), a change that builds on "
        "the state before it (`delta`), the current value of one thing, the whole state again, or only that "
        "something changed, so that the client fetches it (`signal`).",
        "delta",
    )
    clock: Field[
        Literal["server-order", "version", "client-wall", "lamport", "hybrid-logical", "vector", "arrival"]
    ] = entry(
        "What decides which of two changes is later: the order in which a server takes them, a `version` "
        "counter of each item (with a tie-break), a device's clock, a logical clock; `arrival`: at each end "
        "what arrives last, so that two ends may differ.",
        "server-order",
    )
    topology: Field[Literal["central", "peer-to-peer"]] = entry("Through whom changes travel.", "central")
    offline: Offline = entry("Work without a connection.", {"max": "7d"})
    snapshot: Snapshot = entry("The whole state in one message.", {"size": "200KiB"})
    refetch: Field[Duration] = entry(
        "How often a client fetches the state by a request of its own, whatever its connection says; `none`: "
        "only when it joins.",
        "1m",
        above_zero=True,
    )
    history: History = entry("What is kept of the past.", {"retention": "30d"})
    compaction: Compaction = entry("When old operations are folded into a snapshot.", True)
    gc_after: Field[Duration] = entry("When traces of deleted things are removed; `none`: never.", "30d")
    optimistic: Field[bool] = entry("Whether a client shows its change before it is confirmed.", True)
    reconcile: Field[Literal["rebase", "rollback"]] = entry(
        "What a client does when its change is refused.", "rebase"
    )
    durability: Durability = entry("What survives a crash.", {"checkpoint": "30s"})
    ordering: Ordering = entry("In which order messages arrive.", {"scope": "per-room"})
    delivery: Delivery = entry("How often a message arrives.", {"guarantee": "at-least-once"})
    join: Join = entry("How a client enters.", {"order": "subscribe-first"})


class Cursor(Section):
    """Pointers, selections and other things that move with the hand."""

    rate: Field[Rate] = entry("Updates that one client sends; `none` for every move.", "15/s")
    batch: Field[Duration] = entry("How long the server collects before it sends on.", "50ms")


class Presence(Section):
    """Who is shown as being there."""

    RENAMED: ClassVar = {
        "identity": "presence.devices",
        "merge": "presence.devices",
        "removal": "presence.ends",
        "scope": "presence.audience",
    }

    grace: Field[Duration] = entry("How long one who vanishes is still shown.", "10s")
    ttl: Field[Duration] = entry("How long an entry lives without a refresh.", "60s")
    refresh: Field[Duration] = entry("How often an entry is refreshed.", "20s", above_zero=True)
    sweep: Field[Duration] = entry(
        "How often expired entries are looked for; left out where the store removes them by itself.",
        "3s",
    )
    devices: Field[Literal["separate", "any", "most-active", "last-report"]] = entry(
        "What several devices or tabs of one person are. `separate`: an entry each. `any`: one entry,"
        " present while one of them is. `most-active`: one entry, as the most active of them."
        " `last-report`: one entry, which each report overwrites.",
        "any",
    )
    away: Field[Literal["reported", "derived"]] = entry(
        "How it is decided that one who is present is idle or away: a device reports it (`reported`), or it "
        "follows from the age of the last sign of life (`derived`); `none`: nobody is shown as away.",
        "derived",
    )
    takeover: Field[bool] = entry(
        "Whether a client's new connection ends its old one, told apart by a generation number.", True
    )
    audience: Field[Literal["user", "room", "contacts", "visible", "everyone"]] = entry(
        "Who is told of a change: the same words as for `fan_out.audience`.", "room"
    )
    changes: Field[Rate] = entry(
        "Changes of one person's entry, such as online and away, beside joining and leaving.", "6/h"
    )
    updates: Field[Literal["diff", "full"]] = entry("What is sent on a change.", "diff")
    batch: Field[Duration] = entry("How long changes are collected.", "1s")
    ends: Field[tuple[Literal["leave", "disconnect", "expiry", "node-down", "job"], ...]] = entry(
        "What ends an entry. `leave`: the client says so. `disconnect`: its connection is seen to end, after"
        " the `grace`. `expiry`: nothing refreshes it for the `ttl`. `node-down`: its node is found dead."
        " `job`: a clean-up.",
        ["expiry"],
    )
    kind: Field[Literal["members", "count"]] = entry("Whether people are shown, or their number.", "members")
    cursor: Cursor = entry("What moves with the hand.", {"rate": "15/s"})


class Queue(Section):
    """What waits for one client that receives slowly."""

    WORDS: ClassVar = ("none", "unbounded")

    max_messages: Field[Count] = entry("The most messages.", "200")
    max_bytes: Field[Size] = entry("The most bytes.", "1MiB")
    max_age: Field[Duration] = entry("The oldest message.", "10s")
    max_keys: Field[Count] = entry("The most keys, each with its last value.", "500")


class Inbound(Section):
    """What the server takes from one client."""

    rate: Field[Rate] = entry("The most messages.", "50/s")
    max_message: Field[Size] = entry("The largest message.", "64KiB", above_zero=True)


class Backpressure(Section):
    """What happens when one side is slower than the other."""

    queue: Queue = entry("What waits for a slow client.", {"max_messages": 200})
    overflow: Field[
        Literal["drop", "drop-oldest", "drop-newest", "coalesce", "disconnect", "block", "catch-up"]
    ] = entry(
        "What happens when the queue is full. `drop`: a message is lost, and which is open. `coalesce`: the"
        " last value of each key stays. `disconnect`: the client is cut off. `block`: the sender waits."
        " `catch-up`: the client leaves the live stream and reads from a log. `none`: nothing is decided.",
        "disconnect",
    )
    dropped: Field[Literal["marked", "disconnect"]] = entry(
        "How a client that is still connected learns that messages for it were dropped: `marked`, it is "
        "told in the stream and fetches what it lacks; `disconnect`, it is cut off after the drop and begins "
        "anew; `none`: nobody tells it. What a client does that returns is `resume.on_gap`.",
        "marked",
    )
    carries: Field[Literal["state", "delta", "event"]] = entry("What the queued messages are.", "event")
    inbound: Inbound = entry("What the server takes from one client.", {"rate": "50/s"})


class FanOut(Section):
    """How one message becomes many."""

    per_recipient: Field[Literal["memory", "batched-query", "query"]] = entry(
        "What is looked up for each recipient.", "memory"
    )
    serialise: Field[Literal["once", "per-recipient"]] = entry("How often a message is encoded.", "once")
    work: Field[Literal["constant", "per-member", "all-pairs"]] = entry(
        "How the work that one write causes grows with the members of a room, sending left aside. "
        "`constant`: not at all. `per-member`: something is computed for each member. `all-pairs`: for each "
        "member against each other one, so that twice the members are four times the work.",
        "constant",
    )
    owner: Field[Literal["single", "sharded"]] = entry("How many processes send to one room.", "single")
    join_rate: Field[Rate] = entry(
        "Joins that the processes which own the rooms can take, all together.", "20k/s", above_zero=True
    )
    audience: Field[Literal["user", "room", "contacts", "visible", "everyone"]] = entry(
        "Whom one message is meant for. `user`: one person, on all devices. `room`: the members of a room."
        " `contacts`: who shares a room or a list of friends. `visible`: who has it on screen. `everyone`:"
        " all who are connected.",
        "room",
    )
    filtered: Field[Literal["index", "per-connection", "client"]] = entry(
        "Where it is decided who gets a message. `index`: an index on the server finds those who are meant."
        " `per-connection`: the server asks each connection, and most drop it. `client`: all are sent it, and"
        " clients drop what is not for them.",
        "index",
    )
    sends: Field[Literal["one-by-one", "together", "own-writer"]] = entry(
        "What the sending of one message waits for. `one-by-one`: the receivers are written to in turn, each"
        " write waiting for the one before. `together`: all are written to at once, and the next message"
        " waits until the last has it. `own-writer`: for nothing, since each client has a writer of its own"
        " that empties its queue.",
        "own-writer",
    )
    publish: Field[Literal["requests", "stream", "log"]] = entry(
        "How messages reach the servers that send them on. `requests`: each in a request of its own, so that"
        " one may overtake another. `stream`: over one ordered stream of each publisher. `log`: into a log"
        " that gives each its position first.",
        "stream",
    )


class Backplane(Section):
    """What carries messages between the nodes."""

    DEFINING: ClassVar = "kind"

    kind: Field[str] = entry("What it is.", "redis")
    adapter: Field[str] = entry("What joins the library to it.", "redis-adapter")
    mode: Field[Literal["broadcast", "subscribed"]] = entry("To which nodes a message goes.", "subscribed")
    guarantee: Field[Literal["at-most-once", "at-least-once"]] = entry(
        "How often it arrives.", "at-most-once"
    )


class Node(Section):
    """What one node can do."""

    accept_rate: Field[Rate] = entry("New connections it can accept.", "500/s", above_zero=True)
    max_connections: Field[Count] = entry("Connections it can hold.", "20k", above_zero=True)
    connections: Field[Count] = entry(
        "Connections that one node holds now, where that is what is known.", "1200", above_zero=True
    )
    memory: Field[Size] = entry("Memory for connections and their queues.", "8GiB", above_zero=True)
    connection_memory: Field[Size] = entry(
        "Memory of one connection, without its queue.", "60kB", above_zero=True
    )
    egress: Field[Bandwidth] = entry("What it can send.", "1Gbit/s", above_zero=True)
    message_rate: Field[Rate] = entry("Messages it can send.", "100k/s", above_zero=True)
    send_cost: Field[Duration] = entry("Time to send one message to one client.", "0.05ms")
    reject_cost: Field[Duration] = entry("Time to refuse one connection.", "0.2ms")


class State(Section):
    """Where it is kept. `node`: in a node's memory. `disk`: on one node. `shared`: every node reads it.

    What is in a node's memory is gone with the node; what is on its disk is there after its restart.
    """

    session: Field[Literal["node", "disk", "shared"]] = entry(
        "The sessions: what the server knows of one client.", "node"
    )
    replay: Field[Literal["node", "disk", "shared"]] = entry(
        "The messages that a client which returns is sent again.", "shared"
    )
    presence: Field[Literal["node", "disk", "shared"]] = entry("The list of who is present.", "shared")


class Failover(Section):
    """Who takes the clients of what fails as a whole: a node, a zone or a region."""

    DEFINING: ClassVar = "to"

    to: Field[Literal["node", "zone", "region"]] = entry("Another one of what fails.", "region")
    headroom: Field[Ratio] = entry(
        "The share of the others' capacity that is free for them; `none`: nothing is kept free.", "50%"
    )


class Topology(Section):
    """The servers, and how clients and messages find the right one."""

    RENAMED: ClassVar = {"session_state": "topology.state.session"}

    nodes: Field[Count] = entry("Servers that hold connections.", "4", above_zero=True)
    regions: Field[Count] = entry("Regions with such servers.", "2", above_zero=True)
    zones: Field[Count] = entry("Zones with such servers.", "3", above_zero=True)
    routing: Field[Literal["any", "by-room", "by-user"]] = entry("Which node a connection goes to.", "any")
    affinity: Field[Literal["cookie", "address-hash"]] = entry("How a client stays on its node.", "cookie")
    state: State = entry("Where what clients come back to is kept.", {"session": "shared"})
    failover: Failover = entry(
        "Who takes the clients of what fails as a whole.", {"to": "region", "headroom": "50%"}
    )
    publishers: Field[Literal["single", "multi"]] = entry("How many processes publish to one room.", "multi")
    sequencer: Field[Literal["per-room", "global"]] = entry("Who numbers messages.", "per-room")
    backplane: Backplane = entry("What joins the nodes.", {"kind": "redis", "adapter": "redis-adapter"})
    node: Node = entry("What one node can do.", {"accept_rate": "500/s"})


class ConnectionMaxAge(Section):
    """The age at which the server closes a connection by itself."""

    SHORTHAND: ClassVar = "value"

    value: Field[Duration] = entry("The age.", "1h", above_zero=True)
    jitter: Field[Ratio | Spread] = entry("The random part.", "20%")


class Operations(Section):
    """Deployments, overload and planned outages."""

    drain: Field[Duration] = entry("How long a node keeps its connections before it stops.", "2m")
    termination_grace: Field[Duration] = entry("How long the platform waits before it kills.", "30s")
    handoff: Field[Duration] = entry("How long moving the sessions of a node to others takes.", "20s")
    close_spread: Field[Duration | Spread] = entry("Over what time a node closes its connections.", "60s")
    rollout: Field[Literal["rolling", "blue-green", "all-at-once"]] = entry(
        "How a version is replaced.", "rolling"
    )
    connection_max_age: ConnectionMaxAge = entry("When a connection is too old.", {"value": "1h"})
    planned_outage: Field[Duration] = entry("The longest outage that is planned for.", "5m")
    admission: Field[Literal["queue", "rate-limit"]] = entry(
        "What new connections meet in a rush.", "rate-limit"
    )
    autoscale_on: Field[str] = entry("The measure that adds nodes.", "connections")
    resync_queries: Field[Count] = entry("Database queries that one returning client causes.", "4")
    database_rate: Field[Rate] = entry("Queries that the database can answer.", "5k/s", above_zero=True)


class Dependency(Section):
    """Something behind the nodes that connecting, joining or sending waits for: a database, a service."""

    calls: Field[Count] = entry("Calls of it that one client causes when it connects or returns.", "4")
    scatter: Field[bool] = entry(
        "Whether one call asks every shard of it, so that more shards answer no more calls.", True
    )
    cache: Field[bool] = entry("Whether a cache in front of it answers most of these calls.", True)
    rate: Field[Rate] = entry("Calls that it can answer, all shards together.", "5k/s", above_zero=True)
    pool: Field[Count] = entry("Calls of all nodes that it takes at once; more wait.", "50", above_zero=True)
    call_time: Field[Duration] = entry(
        "How long one call holds a connection of the pool.", "20ms", above_zero=True
    )
    blocking: Field[bool] = entry(
        "Whether a call holds the thread or event loop that serves all streams of its node until the answer "
        "is there.",
        False,
    )
    per: Field[tuple[Literal["connect", "message", "heartbeat", "sweep"], ...]] = entry(
        "What causes a call: a client that connects or returns, each message, each heartbeat, or a `sweep` "
        "that calls for one client of the node after the other.",
        ["connect"],
    )
    reconnect: Reconnect = entry(
        "How the nodes return to it when they have lost it; not how clients do.", {"strategy": "exponential"}
    )
    when_down: Field[Literal["queue", "stale", "fail", "block"]] = entry(
        "What becomes of what needs it while it is down. `queue`: it waits in the node's memory. `stale`: it"
        " goes on with what the node last knew. `fail`: it is refused. `block`: the whole node waits,"
        " heartbeats and other clients too. `none`: nothing is decided.",
        "fail",
    )
    limit: Field[Count | Size | Duration] = entry(
        "The most that waits in one node while it is down: messages, bytes, or an age; `none`: no limit.",
        "10k",
    )


class Targets(Section):
    """What the feature promises."""

    latency: Field[Duration] = entry("From the sender's hand to the receiver's eye; 5 % exceed it.", "250ms")
    staleness: Field[Duration] = entry("How old what is shown may be.", "5s")
    offline_visible_within: Field[Duration] = entry("When one who vanished is shown as away.", "45s")
    loss: Field[Duration] = entry("How much work a crash may lose.", "1s")
    recovery: Field[Duration] = entry("By when everybody is back after a restart.", "2m")


class Accepted(Section):
    """A finding that the team lives with, why, and until when."""

    rule: Field[str] = entry("The id of the rule.", "missing-heartbeat")
    feature: Field[str] = entry("The feature, or `all` of them.", "cursors")
    reason: Field[str] = entry("Why it is acceptable.", "An internal tool for 5 people.")
    owner: Field[str] = entry("Who stands for it.", "chat-team")
    until: Field[date] = entry("The last day on which it holds.", "2027-03-01")
    while_: Field[str] = entry("What must stay true of the spec's numbers.", "workload.connections < 10k")


class Delegation(Section):
    """Who decides, or where it is decided."""

    SHORTHAND: ClassVar = "owner"

    link: Field[str] = entry("Where the other review stands.", "https://example.com/adr/12")
    owner: Field[str] = entry("Who does it.", "identity-team")


class Delegated(Section):
    """Decisions that another review takes."""

    authentication: Delegation = entry("How clients prove who they are.", {"owner": "identity-team"})
    broker: Delegation = entry("The message queue behind the servers.", {"owner": "platform"})
    event__streaming: Delegation = entry("Streams and event sourcing between services.", {"owner": "events"})
    caching: Delegation = entry("What is cached, and where.", {"owner": "platform"})


class FeatureSpec(Section):
    """One real-time feature. A section that stands here replaces the design's whole."""

    purpose: Field[Purpose] = entry(
        "What it is for. `push`: messages to devices whose user is elsewhere. `data-sync`: copies of "
        "records, files or a configuration. `commands`: calls, and the control of things. `console`: what a "
        "program writes: a log, a shell, the answer of a model. `media`: sound and pictures. `presence`: who "
        "is there.",
        "chat",
    )
    direction: Field[Literal["server-to-client", "client-to-server", "bidirectional"]] = entry(
        "Which way the messages go.", "bidirectional"
    )
    writers: Field[Literal["one", "many"]] = entry("How many write the same state.", "many")
    concurrent_editors: Field[Count] = entry("How many edit the same thing at once.", "8")
    workload: Workload = entry("How many, and what they send.", {"connections": "20k"})
    transport: Transport = entry("The connection.", {"kind": "websocket"})
    access: Access = entry("Which rights a connection needs, and until when.", {"on_revoke": "close"})
    work: Work = entry("What a server does for a client who waits.", {"bound_to": "task"})
    sync: Sync = entry("How the state stays the same.", {"strategy": "append-only"})
    presence: Presence = entry("Who is shown as being there.", {"grace": "10s"})
    backpressure: Backpressure = entry("What happens to slow clients.", {"overflow": "disconnect"})
    fan_out: FanOut = entry("How one message becomes many.", {"per_recipient": "memory"})
    topology: Topology = entry("The servers.", {"nodes": 4})
    operations: Operations = entry("Deployments and overload.", {"close_spread": "60s"})
    dependencies: Named[Dependency] = entry(
        "What connecting, joining or sending waits for, by name; what a backplane carries is no dependency.",
        {"database": {"calls": 4, "rate": "5k/s"}},
    )
    targets: Targets = entry("What the feature promises.", {"latency": "250ms"})


class Spec(FeatureSpec):
    """A design: its features, and what they share. Without `features` it is one feature."""

    rtreview: Field[Count] = entry("The version of the spec language.", VERSION)
    name: Field[str] = entry("What the design is called.", "Team chat")
    summary: Field[str] = entry("What it is, in a sentence.", "Rooms of up to 400 people.")
    owners: Field[tuple[str, ...]] = entry("Who answers for it.", ["chat-team"])
    status: Field[Literal["draft", "proposed", "accepted", "live"]] = entry("How far it is.", "proposed")
    links: Field[tuple[str, ...]] = entry("Where more stands.", ["https://example.com/rfc/7"])
    features: Named[FeatureSpec] = entry(
        "The real-time features by name, where there are several.",
        {"cursors": {"presence": {"cursor": {"rate": "15/s"}}}},
    )
    accepted: Sections[Accepted] = entry(
        "Findings that the team lives with.", [{"rule": "missing-heartbeat"}]
    )
    delegated: Delegated = entry("Decisions of other reviews.", {"authentication": "identity-team"})


class SpecError(Exception):
    """A text is YAML, but no spec."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("; ".join(mistake.message for mistake in mistakes))
        self.mistakes = mistakes


def read(content: Any) -> Spec:
    """The spec that plain values make.

    Raises:
        SpecError: with every mistake, in the order of the fields.

    """
    if not isinstance(content, dict):
        message = f"expected a mapping that begins with `rtreview: {VERSION}`, found {shown(content)}"
        raise SpecError([Mistake((), message)])
    version = content.get("rtreview")
    if version is None:
        raise SpecError([Mistake((), f"the version is missing: a spec begins with `rtreview: {VERSION}`")])
    if version != VERSION or isinstance(version, bool):
        message = f"{shown(version)} is not a version that can be read here: `rtreview: {VERSION}`?"
        raise SpecError([Mistake(("rtreview",), message)])
    own = {key: value for key, value in content.items() if not key.startswith(EXTENSION)}
    mistakes: list[Mistake] = []
    spec = Spec.read(own, (), mistakes)
    if mistakes:
        raise SpecError(mistakes)
    return spec


def section_at(path: SpecPath) -> type[Section] | None:
    """The kind of section that stands at a path; None where none does."""
    section: type[Section] = Spec
    names = iter(path)
    for name in names:
        if isinstance(name, int):
            continue
        kind = section.kind_of(name)
        if kind is None or get_origin(kind) is Field:
            return None
        if get_args(kind):
            (section,) = get_args(kind)
            if get_origin(kind) is Named:
                next(names, None)
        else:
            section = kind
    return section


def notation_at(path: SpecPath) -> Notation | None:
    """How the field at a path is written; None where there is none."""
    section = section_at(path[:-1])
    kind = section.kind_of(str(path[-1])) if section and path else None
    return notation_of(get_args(kind)[0]) if get_origin(kind) is Field else None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a spec, for editors: every field with description, unit and example."""
    definitions: dict[str, Any] = {}
    Spec.schema(definitions)
    top = definitions.pop("Spec")["anyOf"][0]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rtreview design spec, version 1",
        **top,
        "required": ["rtreview"],
        "patternProperties": {f"^{EXTENSION}": {}},
        "$defs": dict(sorted(definitions.items())),
    }
