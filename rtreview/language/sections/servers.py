"""The servers: what they do and keep, how they are replaced, and what they depend on."""

import re
from typing import ClassVar, Literal, Self

from rtreview.language.field import Field
from rtreview.language.notation import shown
from rtreview.language.section import Mistake, Section, entry
from rtreview.language.sections.delivery import Pause
from rtreview.language.sections.transport import AFFINITIES, Reconnect
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Rate, Ratio, Size, Spread
from rtreview.text.place import SpecPath

_BULK = {
    "shared": "It uses the same one, without a limit.",
    "limited": "It uses the same one, with a limit of its own.",
    "separate": "It uses another one.",
}
"""Where work that can wait is done."""

_KEPT = {
    "node": "In a node's memory, and gone with the node.",
    "disk": "On the disk of one node, and there after its restart.",
    "shared": "Where every node reads it.",
}
"""Where something is kept."""

_KEPT_OR_COPIED = {
    **_KEPT,
    "copies": "In the memory of every node, each with a copy of all of it that messages between the nodes "
    "keep alike.",
}
"""Where something is kept, of which each node may also have a copy."""

_WHOSE = {
    "user": "One for each user, whichever device they use.",
    "client": "One for each client (a device, browser or installation), whoever uses it.",
    "user-and-client": "One for each user on each client.",
}
"""For whom something is kept."""


_Second = Literal["queued", "refused", "replaces", "taken-in", "unread", "dropped", "beside"]
"""What may become of a request that meets an earlier one."""


class Question(Section):
    """What work asks of its user before it goes on, such as an approval; `none`: it asks nothing."""

    SHORTHAND: ClassVar = "kept"

    kept: Field[Literal["connection", "answered"]] = entry(
        "How long it stays open, so that a client that joins or returns is shown it; `none`: it is sent to "
        "whoever is connected at that moment, and not shown again.",
        "answered",
        words={
            "connection": "As long as the connection that it was sent over: when that ends, it fails or "
            "counts as refused.",
            "answered": "Until it is answered or ends: it is stored, and each client that joins is shown it.",
        },
    )
    ends_after: Field[Duration] = entry(
        "How long the work waits for the answer before it goes on or fails without one; `none`: forever.",
        "1d",
        above_zero=True,
    )
    answer_to: Field[Literal["connection", "work"]] = entry(
        "Where the answer goes.",
        "work",
        words={
            "connection": "To the connection or process that asked; it is lost if that is gone.",
            "work": "It is stored with the work, whatever asks or reads it by then.",
        },
    )


class Work(Section):
    """What a server does for one client who waits: a run of an agent, an answer of a model, an export."""

    bound_to: Field[Literal["connection", "task"]] = entry(
        "What it runs in.",
        "task",
        words={
            "connection": "The connection that asked for it: when that ends, so does the work.",
            "task": "A task of its own, whose result another connection can fetch.",
        },
    )
    on_leave: Field[Literal["cancel", "continue"] | Duration] = entry(
        "What a lost or closed connection does to it; a time: it is cancelled after so long without a "
        "connection.",
        "continue",
        words={"cancel": "It is cancelled.", "continue": "It goes on without a connection."},
    )
    on_stop: Field[Literal["cancel-all", "relay-only"]] = entry(
        "What a user's stop reaches; `none`: it cannot be stopped.",
        "cancel-all",
        words={
            "cancel-all": "All that was started for it, the call of a model or a service behind it too.",
            "relay-only": "No more than what relays it to the client; the work behind that goes on.",
        },
    )
    stop_by: Field[Literal["request", "disconnect"]] = entry(
        "How a user's stop travels.",
        "request",
        words={
            "request": "By a message or request of its own that names the work.",
            "disconnect": "By the end of the connection or request alone (an abort of the fetch, a closed "
            "stream), which the server and each hop before and behind it have to notice.",
        },
    )
    limit: Field[Count | Size | Duration] = entry(
        "The most that one piece of it may take or make before the server ends it by itself: a time, a "
        "number of tokens, steps or rows, a size; `none`: nothing ends it, or only a maximum of the model or "
        "service that is far beyond any ordinary result.",
        "10m",
        above_zero=True,
    )
    end: Field[Literal["marked", "implied"]] = entry(
        "How a receiver knows that the result is complete.",
        "marked",
        words={
            "marked": "By a last message or a length.",
            "implied": "By the end of the stream; a cut looks the same.",
        },
    )
    worker_lost: Field[Literal["resumed", "ended"]] = entry(
        "What becomes of it when the process that does it dies, or is replaced by a deployment; `none`: "
        "nothing notices, and it stands as running.",
        "ended",
        words={
            "resumed": "Another process goes on with it or begins it again.",
            "ended": "Something notices, such as a lease that runs out or a look at what was running at "
            "the next start, marks it as failed and ends its stream.",
        },
    )
    second: Field[_Second] = entry(
        "What becomes of a second request for the same thing, such as a chat, a document or a job, while "
        "the first is still worked on; `none`: nothing is decided, so that both are worked on.",
        "queued",
        words={
            "queued": "It waits until the first is done.",
            "refused": "Its sender is told to wait.",
            "replaces": "The first is stopped, and what it has so far is settled before.",
            "taken-in": "It is handed to the first, which reads it at its next step; what comes after the "
            "last step waits.",
            "unread": "It is stored with the first, which has already read its input, and nothing starts on "
            "it afterwards.",
            "dropped": "It is lost, and its sender is not told.",
            "beside": "Both are worked on at the same time.",
        },
    )
    partial: Field[Literal["kept", "dropped"]] = entry(
        "What becomes of the part of a result that had come when its stream breaks or is stopped.",
        "kept",
        words={
            "kept": "It stays on the screen and where results are stored, marked as cut off.",
            "dropped": "It is taken away again, as if nothing had come.",
        },
    )
    counts_as: Field[Literal["made", "shown"]] = entry(
        "How much of a result that is stopped, or interrupted by its user, counts as given in what builds "
        "on it, such as the history of a model.",
        "shown",
        words={
            "made": "All that was made by then, including what was still waiting to be shown or played.",
            "shown": "What its client reports as shown or played.",
        },
    )
    question: Question = entry("What it asks of its user.", "answered")
    collects: Pause = entry(
        "How long it waits for further messages before it begins; `none`: it begins with the first.",
        {"quiet": "5s", "at_most": "1m"},
    )
    lasts: Field[Duration] = entry("How long it takes.", "10m")
    repeat: Field[Literal["cheap", "costly"]] = entry(
        "What it costs to ask for it again after a loss.",
        "costly",
        words={
            "cheap": "Next to nothing: it is simply asked for again.",
            "costly": "It is paid for, acts on the world, or takes minutes.",
        },
    )


class Consumer(Section):
    """What the backplane keeps of one reader: a queue, a subscription, a consumer with its position."""

    lasts: Field[Literal["durable", "ephemeral"]] = entry(
        "Whether it outlives the connection of its reader.",
        "durable",
        words={
            "durable": "It is still there when its reader is gone.",
            "ephemeral": "It ends with the reader's connection.",
        },
    )
    name: Field[Literal["fixed", "new-at-start"]] = entry(
        "Which one a process that starts again reads from.",
        "fixed",
        words={
            "fixed": "It finds the one that it had.",
            "new-at-start": "It makes another one, named at random or by process, container or deployment.",
        },
    )
    expires: Field[Duration] = entry(
        "How long it stays without a reader; `none`: until somebody deletes it.", "10m", above_zero=True
    )
    second_reader: Field[Literal["refused", "waits", "shares"]] = entry(
        "What meets a second process that wants to read from it.",
        "waits",
        words={
            "refused": "It is refused for as long as the first one reads.",
            "waits": "It waits for as long as the first one reads.",
            "shares": "Both read, and share the messages.",
        },
    )
    takes: Field[Count] = entry(
        "How many messages it is given before it has confirmed one of them (a prefetch, the size of a "
        "batch); `none`: all that wait.",
        "10",
        above_zero=True,
    )
    unconfirmed: Field[Literal["reassigned", "kept", "removed"]] = entry(
        "What becomes of what it was given and has not confirmed when its reader is gone; `none`: it stays "
        "listed as given, and nobody asks for it.",
        "reassigned",
        words={
            "reassigned": "Another reader is given it, at the end of the connection or after a while "
            "(`XAUTOCLAIM`, a visibility timeout, a queue without automatic acknowledgement).",
            "kept": "It waits for the same reader, who gets it first when it starts again under its name.",
            "removed": "It goes when that reader is removed.",
        },
    )
    rebalance: Field[Literal["all-stop", "moved-only", "waits"]] = entry(
        "What the other readers of a group are given while its partitions are redistributed, because a "
        "reader came, left or restarted; `none`: they are never redistributed.",
        "moved-only",
        words={
            "all-stop": "Nothing, until all are redistributed (eager rebalancing).",
            "moved-only": "All except the partitions that change readers (cooperative rebalancing).",
            "waits": "All: the partitions of a reader wait for a while until it is back under its name "
            "(static membership).",
        },
    )


# As text: it is compiled in a call that meets what carries messages.
_IN_PROCESS = (
    r"(in[- ]?(memory|process)|memory)[- ]?(adapter|bus|broker|channel ?layer|emitter|pub/?sub|queue)?"
    r"|event ?emitter|asyncio\.queue|.*\bin the process"
)
"""How people call what carries messages inside of one process."""


class Backplane(Section):
    """What carries messages between the nodes."""

    DEFINING: ClassVar = "kind"
    KIND: ClassVar = ("kind",)

    kind: Field[str] = entry("What it is.", "redis")
    adapter: Field[str] = entry("What joins the library to it.", "redis-adapter")
    mode: Field[Literal["broadcast", "subscribed"]] = entry(
        "To which nodes a message goes.",
        "subscribed",
        words={
            "broadcast": "Every node reads every message or change (one channel for all, an oplog, a "
            "change feed), and drops what none of its clients needs.",
            "subscribed": "It goes only to nodes with a client for it.",
        },
    )
    regions: Field[Literal["one", "bridged", "own"]] = entry(
        "How it joins nodes in several regions.",
        "bridged",
        words={
            "one": "One serves all of them, in one region or across them.",
            "bridged": "Each has its own, and what is published in one is carried to the others.",
            "own": "Each has its own, and nothing joins them.",
        },
    )
    guarantee: Field[Literal["at-most-once", "at-least-once"]] = entry(
        "How often a message arrives.",
        "at-most-once",
        words={
            "at-most-once": "Once or never: what is lost is not sent again.",
            "at-least-once": "Once or more: what is not acknowledged is sent again.",
        },
    )
    on_loss: Field[Literal["disconnect", "resync", "replay"]] = entry(
        "What a node that had lost it for a while, or was cut off for being slow, does about the messages "
        "of the gap; `none`: it goes on with what comes next, and its clients stay connected.",
        "resync",
        words={
            "disconnect": "It closes its clients' connections, which return and resume.",
            "resync": "It has its clients fetch what they lack.",
            "replay": "It reads on from its position in a log.",
        },
    )
    subscribes_again: Field[Literal["node", "library"]] = entry(
        "Who subscribes a node again on a new connection to it, or after its restart; `none`: nobody, a "
        "node subscribes once, when it starts.",
        "library",
        words={"node": "The node's own code.", "library": "The client library."},
    )
    keepalive: Field[Duration] = entry(
        "How often a node checks its idle connection to it (a ping, TCP keep-alive); `none`: never, it waits "
        "until a write fails.",
        "30s",
        above_zero=True,
    )
    takeover: Field[Literal["restart", "standby", "spread"]] = entry(
        "What goes on when the machine or process of it that messages pass through is gone; `none`: nothing, "
        "until a person sees to it.",
        "standby",
        words={
            "restart": "The same one, of which there is no second, is started again by itself.",
            "standby": "A second one takes its place.",
            "spread": "There are several, and the others take its share.",
        },
    )
    noticed_by: Field[tuple[Literal["exit", "probe", "end-to-end"], ...]] = entry(
        "By what it is noticed that it does not work any more, so that it is started again or replaced; "
        "`none`: by nothing but the complaints of users.",
        ["exit", "probe"],
        words={
            "exit": "Its process ends, or its connections break.",
            "probe": "It does not answer a check.",
            "end-to-end": "A message that is sent through it does not arrive, or their rate falls.",
        },
    )
    through: Field[Literal["direct", "session-pooler", "transaction-pooler"]] = entry(
        "What the subscription of a node passes through.",
        "direct",
        words={
            "direct": "Nothing: the node has a server connection of its own.",
            "session-pooler": "A connection pooler that keeps a server connection for each session.",
            "transaction-pooler": "A connection pooler that lends a server connection for each transaction.",
        },
    )
    max_message: Field[Size] = entry(
        "The largest message that it takes, with its envelope.", "1MiB", above_zero=True
    )
    carries: Field[Literal["payload", "pieces", "reference"]] = entry(
        "What goes through it.",
        "reference",
        words={
            "payload": "The whole message, row or event, as one message of it.",
            "pieces": "The whole message too; one that is larger than it takes is cut into pieces, which the "
            "nodes put together.",
            "reference": "Only what it takes to fetch the message, such as an id or a position.",
        },
    )
    readers: Field[Literal["per-node", "per-room", "per-client"]] = entry(
        "For whom a connection, consumer or subscription of its own is opened to it.",
        "per-node",
        words={
            "per-node": "Each node.",
            "per-room": "Each room that has members on the node.",
            "per-client": "Each connected client.",
        },
    )
    max_readers: Field[Count] = entry(
        "The connections, consumers or subscriptions that it takes.", "10k", above_zero=True
    )
    consume: Field[Literal["each", "competing", "by-owner", "single"]] = entry(
        "Who gets a message where several nodes read, or could.",
        "each",
        words={
            "each": "Every node that reads.",
            "competing": "One of them, whichever takes it first, since they share one queue or consumer "
            "group.",
            "by-owner": "The node that has the room or user, as the partition is assigned.",
            "single": "One process alone takes all of them, whatever room they are of.",
        },
    )
    publish: Field[Literal["before-commit", "in-transaction", "after-commit", "outbox"]] = entry(
        "When a change that is also stored is published.",
        "outbox",
        words={
            "before-commit": "Before the transaction is committed, by the change's writer.",
            "in-transaction": "As a part of the transaction, which hands it over when it commits "
            "(`NOTIFY`, a trigger).",
            "after-commit": "Once the transaction is committed, by the change's writer.",
            "outbox": "By another process, from what was stored with the change (an outbox, the "
            "database's log).",
        },
    )
    partitioned_by: Field[Literal["room", "sender", "single"]] = entry(
        "What decides which of its partitions, queues or shards a message goes to, each of which keeps an "
        "order of its own; `none`: nothing, any of them takes it.",
        "room",
        words={
            "room": "The room, document, order or thing that it is about (its key).",
            "sender": "Its publisher, or the client that it came from.",
            "single": "There is only one.",
        },
    )
    acknowledged: Field[Literal["on-read", "on-delivery"]] = entry(
        "When a node confirms a message to the log or queue that it reads from; a message that is "
        "confirmed is not given again.",
        "on-delivery",
        words={
            "on-read": "As soon as the node has read it.",
            "on-delivery": "When the clients that it is for have it, or it is stored for them.",
        },
    )
    slow_node: Field[Literal["disconnect", "drop", "block-publisher"]] = entry(
        "What it does when a node reads slower than messages come.",
        "disconnect",
        words={
            "disconnect": "It cuts the node off.",
            "drop": "It drops messages for the node.",
            "block-publisher": "It lets whoever publishes wait or fail until the node has read.",
        },
    )
    kept_for_absent: Field[Duration | Size | Count] = entry(
        "How much it, or the database that it reads from, keeps for a reader that is away (a replication "
        "slot, a durable subscription, a persistent session) before it gives that reader up; `none`: no "
        "limit.",
        "10GB",
    )
    bulk: Field[Literal["shared", "limited", "separate"]] = entry(
        "Whether work that can wait (job queues, imports, reports) uses the same server or "
        "database; what the live path itself reads, such as a cache or a limit, does not count.",
        "separate",
        words=_BULK,
    )
    separated_by: Field[Literal["server", "name"]] = entry(
        "What keeps its messages apart from those of other environments (staging, production), tenants or "
        "applications; `none`: they share it, and nothing does.",
        "name",
        words={
            "server": "Each has a server, database or project of its own.",
            "name": "The names of topics, channels and keys begin with it.",
        },
    )
    consumer: Consumer = entry("What it keeps of one reader.", {"lasts": "durable", "name": "fixed"})

    @property
    def in_process(self) -> Field[str] | None:
        """Where what carries messages is named as the memory of a process, which no other one reads."""
        named = self.adapter if self.adapter.content else self.kind
        return named if re.fullmatch(_IN_PROCESS, named.content or "", re.IGNORECASE) else None


class Node(Section):
    """What one node can do."""

    accept_rate: Field[Rate] = entry("New connections it can accept.", "500/s", above_zero=True)
    max_connections: Field[Count] = entry("Connections it can hold.", "20k", above_zero=True)
    per_connection: Field[Literal["thread", "process", "db-connection"]] = entry(
        "What an open stream or a poll that waits holds at the node for as long as it is open; `none`: "
        "nothing but memory, as in an event loop.",
        "thread",
        words={
            "thread": "A thread of a pool.",
            "process": "A process of a pool.",
            "db-connection": "A connection to the database.",
        },
    )
    pool: Field[Count] = entry("How many of these a node has.", "8", above_zero=True)
    over_limit: Field[Literal["refuses", "slows", "sheds", "restarts", "leaves"]] = entry(
        "What a node does whose load is over its limit of connections, memory, traffic or processor.",
        "refuses",
        words={
            "refuses": "It takes no new connections, and keeps those that it has.",
            "slows": "It keeps all, and takes, answers or sends later.",
            "sheds": "It drops a part of its connections or messages, and keeps the rest.",
            "restarts": "Its process ends with all of its connections, and is started again.",
            "leaves": "It stops to serve, or is stopped, and all of its clients go elsewhere.",
        },
    )
    connections: Field[Count] = entry(
        "Connections that one node holds now, where that is what is known.", "1200", above_zero=True
    )
    processes: Field[Count] = entry(
        "Server processes (workers) of one node, each with connections and memory of its own; 1 where "
        "threads or fibres of one process share them.",
        "1",
        above_zero=True,
    )
    file_descriptors: Field[Count] = entry(
        "Open files and sockets that the system allows the server on one node (`ulimit -n`, `nofile`).",
        "65k",
        above_zero=True,
    )
    computes: Field[bool] = entry(
        "Whether the node computes for each connection all the time, such as encoding its media or running "
        "its game; not where it only passes on.",
        False,
    )
    pause: Field[Duration] = entry(
        "The longest time for which a process that messages pass through stands still as a whole: a "
        "collection of garbage, a fork for a snapshot, a move of its machine; `none`: it never does.",
        "20ms",
    )
    collector: Field[Literal["stop-the-world", "concurrent"]] = entry(
        "How the runtime collects garbage in a process that messages pass through or are kept in, that of "
        "the backplane too; `none`: it collects none, or what is kept for long lies outside of its heap.",
        "concurrent",
        words={
            "stop-the-world": "The program stands still while what is alive is looked at or copied, the "
            "longer the more is kept.",
            "concurrent": "Beside the program, with short pauses whatever is kept, or a part at a time.",
        },
    )
    heap: Field[Size] = entry(
        "What such a process keeps alive in its collected heap for long: a history, a cache, sessions; "
        "`none`: next to nothing.",
        "2GiB",
    )
    ports: Field[Count] = entry("UDP ports that are open for media.", "10k", above_zero=True)
    ports_per_connection: Field[Count] = entry(
        "Ports that one connection takes: 1 or 2 for each medium; where all share one port, leave it out.",
        "2",
        above_zero=True,
    )
    kept_awake_by: Field[tuple[Literal["heartbeat", "poll", "timer", "connection"], ...]] = entry(
        "Where a node, object, function or database sleeps while nothing happens and is paid for while it is "
        "awake (hibernation, scale to zero): what keeps it awake though nothing is new; `none`: nothing but "
        "real messages.",
        ["heartbeat"],
        words={
            "heartbeat": "Pings that its own code answers or sends, rather than the platform.",
            "poll": "Requests or queries at an interval that ask for what is new.",
            "timer": "A timer or job of its own that runs again and again.",
            "connection": "That a connection is open.",
        },
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
    """Where what clients come back to is kept."""

    session: Field[Literal["node", "disk", "shared"]] = entry(
        "The sessions: what the server knows of one client.",
        "node",
        words=_KEPT,
    )
    replay: Field[Literal["node", "disk", "shared"]] = entry(
        "The messages that a client which returns is sent again.",
        "shared",
        words=_KEPT,
    )
    presence: Field[Literal["node", "disk", "shared", "copies"]] = entry(
        "The list of who is present.",
        "shared",
        words=_KEPT_OR_COPIED,
    )
    room: Field[Literal["node", "disk", "shared", "copies"]] = entry(
        "What goes on in a room: its members, a match, a call, a document while it is edited.",
        "node",
        words=_KEPT_OR_COPIED,
    )
    compared: Field[Duration] = entry(
        "How often the copies that several nodes have of the same are compared, or rebuilt from one of "
        "them, beside the messages that change them; `none`: never.",
        "1m",
        above_zero=True,
    )
    evicts: Field[Literal["unused", "oldest", "asleep"]] = entry(
        "Which rooms, documents or sessions go from a node's memory while it runs, as when there are more "
        "than it may hold; `none`: none do, a new one is refused.",
        "unused",
        words={
            "unused": "Only such as nobody is connected to.",
            "oldest": "Those that were used least recently or are oldest, whether or not somebody has "
            "them open.",
            "asleep": "Those in which nothing happens for a while, though clients stay connected: the host "
            "keeps the sockets and makes the object again for the next message (hibernation).",
        },
    )


class Registry(Section):
    """What nodes enter into a shared store of themselves: which of them has which user or subscription."""

    removed: Field[tuple[Literal["shutdown", "disconnect", "expiry", "sweep"], ...]] = entry(
        "What removes an entry.",
        ["shutdown", "expiry"],
        words={
            "shutdown": "Its node shuts down.",
            "disconnect": "The client disconnects.",
            "expiry": "It expires unless its node renews it.",
            "sweep": "Others look for dead nodes, and remove what those have left.",
        },
    )
    ttl: Field[Duration] = entry(
        "How long an entry stays that its node does not renew; `none`: without end.", "30s", above_zero=True
    )
    kept: Field[Literal["nodes", "memory", "disk"]] = entry(
        "How the store keeps the entries.",
        "memory",
        words={
            "nodes": "In the memory of the nodes themselves, which share it as one map (clustered caches, a "
            "data grid): a node that is cut off or leaves the cluster goes on with its part, or none.",
            "memory": "In the memory of a store: a restart, an eviction or a failover of the store loses "
            "them.",
            "disk": "Also on disk, or on replicas that have each entry.",
        },
    )
    written: Field[Literal["once", "renewed", "each-message"]] = entry(
        "When the entry of a client is written.",
        "renewed",
        words={
            "once": "When the client connects, and not again.",
            "renewed": "Again and again for as long as the client stays, such as with each heartbeat.",
            "each-message": "With each message that the client sends.",
        },
    )
    on_loss: Field[Literal["written-again", "connections-closed"]] = entry(
        "What nodes do when the store has lost entries of clients that are still connected; `none`: "
        "nothing, such clients stay connected and are not found.",
        "written-again",
        words={
            "written-again": "They write the entries again.",
            "connections-closed": "They close the connections; the clients return and are entered.",
        },
    )


class PerClient(Section):
    """What servers keep for each client that was ever there: a counter, a checkpoint, a cursor."""

    removed: Field[tuple[Literal["age", "sign-out", "confirmed"], ...]] = entry(
        "What removes an entry; `none`: nothing does.",
        ["age"],
        words={
            "age": "Nobody has used it for a certain time.",
            "sign-out": "The client signs out.",
            "confirmed": "The client has confirmed what it was kept for.",
        },
    )
    when_gone: Field[Literal["rebuilt", "refused", "stuck"]] = entry(
        "What becomes of a client that returns and whose entry is gone.",
        "rebuilt",
        words={
            "rebuilt": "The entry is rebuilt from what the client or the server has.",
            "refused": "The client is refused and starts over.",
            "stuck": "The client waits for a number that does not come, or takes an old one for a new one.",
        },
    )
    whose: Field[Literal["user", "client", "user-and-client"]] = entry(
        "For whom the server keeps an entry.",
        "client",
        words=_WHOSE,
    )
    whose_at_client: Field[Literal["user", "client", "user-and-client"]] = entry(
        "For whom the client keeps its own end of it, such as the number that it compares.",
        "client",
        words=_WHOSE,
    )


class Failover(Section):
    """Who takes the clients of what fails as a whole: a node, a zone or a region."""

    DEFINING: ClassVar = "to"

    to: Field[Literal["node", "zone", "region"]] = entry(
        "Who takes them: another one of what fails.",
        "region",
        words={
            "node": "The other nodes, when a node fails.",
            "zone": "The nodes of another zone, when a whole zone fails.",
            "region": "The nodes of another region, when a whole region fails.",
        },
    )
    headroom: Field[Ratio] = entry(
        "The share of the others' capacity that is free for them; `none`: nothing is kept free.", "50%"
    )
    by: Field[Literal["dns", "anycast", "load-balancer", "client-list"]] = entry(
        "What leads clients to the others.",
        "client-list",
        words={
            "dns": "Another answer of DNS.",
            "anycast": "A network address that moves.",
            "load-balancer": "A load balancer in front of both.",
            "client-list": "A list of addresses that clients go through.",
        },
        side_by_side=True,
    )


class Topology(Section):
    """The servers, and how clients and messages find the right one."""

    RENAMED: ClassVar = {"session_state": "topology.state.session"}

    nodes: Field[Count] = entry("Servers that hold connections.", "4", above_zero=True)
    run_by: Field[Literal["owner", "clients", "both"]] = entry(
        "Whose machines the nodes are.",
        "owner",
        words={
            "owner": "Those of whoever runs the service, or of a hosting provider.",
            "clients": "Those of users, whose client does a node's work too (supernodes, relays, hosts).",
            "both": "Those of users, beside own ones which can carry all of it.",
        },
    )
    regions: Field[Count] = entry("Regions with such servers.", "2", above_zero=True)
    zones: Field[Count] = entry("Zones with such servers.", "3", above_zero=True)
    routing: Field[Literal["any", "by-room", "by-user"]] = entry(
        "Which node a connection goes to.",
        "any",
        words={
            "any": "Any node, whoever connects.",
            "by-room": "The same node for all members of a room.",
            "by-user": "The same node for all connections of a user.",
        },
    )
    affinity: Field[Literal["cookie", "address-hash"]] = entry(
        "How a client stays on its node.",
        "cookie",
        words=AFFINITIES,
    )
    state: State = entry("Where what clients come back to is kept.", {"session": "shared"})
    registry: Registry = entry(
        "What nodes enter into a shared store of themselves.", {"removed": ["shutdown", "expiry"]}
    )
    per_client: PerClient = entry(
        "What servers keep for each client that was ever there, connected or not.",
        {"removed": ["age"], "when_gone": "rebuilt"},
    )
    failover: Failover = entry(
        "Who takes the clients of what fails as a whole.", {"to": "region", "headroom": "50%"}
    )
    node_down_by: Field[Literal["bus", "store", "votes", "platform"]] = entry(
        "By what a node finds that another one is dead, and then acts on it: removes its entries, says that "
        "its clients are gone, takes its rooms; `none`: no node looks.",
        "store",
        words={
            "bus": "What the other sends over what joins the nodes, keep-alives or a farewell, as far as a "
            "node has received it itself.",
            "store": "The other's lease, or the time of its last sign, in a store that is read each time.",
            "votes": "Several nodes have to agree, as by a quorum, or by asking others (gossip).",
            "platform": "An orchestrator or a service registry says so.",
        },
    )
    publishers: Field[Literal["single", "multi"]] = entry(
        "How many processes publish to one room.",
        "multi",
        words={
            "single": "One, from which all messages of the room come.",
            "multi": "Several, perhaps at once.",
        },
    )
    sequencer: Field[Literal["per-room", "global"]] = entry(
        "What numbers messages.",
        "per-room",
        words={
            "per-room": "A counter for each room.",
            "global": "One counter for all rooms; a member of one room sees only some of its numbers.",
        },
    )
    backplane: Backplane = entry("What joins the nodes.", {"kind": "redis"})
    node: Node = entry("What one node can do.", {"accept_rate": "500/s"})


class ConnectionMaxAge(Section):
    """The age at which the server closes a connection by itself."""

    SHORTHAND: ClassVar = "value"

    value: Field[Duration] = entry("The age.", "1h", above_zero=True)
    jitter: Field[Ratio | Spread] = entry("The random part.", "20%")
    checked: Field[Literal["timer", "stream"]] = entry(
        "When the server looks at it.",
        "timer",
        words={
            "timer": "By a timer, whatever the client does.",
            "stream": "In the stream or loop that writes to the client, so not while a write waits for it.",
        },
    )


class Operations(Section):
    """Deployments, overload and planned outages."""

    drain: Field[Duration] = entry("How long a node keeps its connections before it stops.", "2m", none="0s")
    termination_grace: Field[Duration] = entry("How long the platform waits before it kills.", "30s")
    handoff: Field[Duration] = entry("How long moving the sessions of a node to others takes.", "20s")
    close_spread: Field[Duration | Spread] = entry(
        "Over what time a node closes its connections, or tells its clients one by one to connect again.",
        "60s",
        none="0s",
    )
    node_lifetime: Field[Duration] = entry(
        "The age at which the platform restarts or replaces a node by itself.", "24h", above_zero=True
    )
    rollout: Field[Literal["rolling", "blue-green", "all-at-once"]] = entry(
        "How a version is replaced.",
        "rolling",
        words={
            "rolling": "Node by node, or a few at a time: old and new ones serve side by side.",
            "blue-green": "By a second set of nodes, to which all clients go once it is up.",
            "all-at-once": "On all nodes at the same time.",
        },
    )
    updated_by: Field[Literal["owner", "platform", "user"]] = entry(
        "Who decides when the machines of users get a new version.",
        "platform",
        words={
            "owner": "Whoever runs the service, within hours.",
            "platform": "A store or the system, within days.",
            "user": "Each user, who may never do it.",
        },
    )
    versions_mix: Field[bool] = entry(
        "Whether nodes of the old and the new version understand each other's messages and what the others "
        "have stored, while a rollout replaces one after the other; `none`: nothing is decided.",
        True,
    )
    connection_max_age: ConnectionMaxAge = entry("When a connection is too old.", {"value": "1h"})
    planned_outage: Field[Duration] = entry("The longest outage that is planned for.", "5m")
    admission: Field[Literal["queue", "rate-limit"]] = entry(
        "What new connections meet in a spike.",
        "rate-limit",
        words={"queue": "They wait their turn.", "rate-limit": "Those beyond a rate are refused at once."},
        side_by_side=True,
    )
    autoscale_on: Field[str] = entry("The measure that adds nodes.", "connections", side_by_side=True)
    rebalance: Field[Literal["shed", "client-side"]] = entry(
        "How open connections come to nodes that were added or restarted; `none`: they stay where they "
        "are until they end.",
        "shed",
        words={
            "shed": "Nodes that hold more than their share close some.",
            "client-side": "Each client spreads its calls over several nodes.",
        },
    )
    on_shutdown: Field[Literal["close", "wait", "cut"]] = entry(
        "What a node that is told to stop does with its open streams.",
        "close",
        words={
            "close": "It ends them itself.",
            "wait": "It waits until clients end them.",
            "cut": "It exits, and they break.",
        },
    )
    stop_delay: Field[Duration] = entry(
        "How long a node that is told to stop goes on as before, until the balancer sends it no new clients "
        "(a `preStop` sleep, a failing readiness check); `none`: it stops accepting at once.",
        "10s",
    )
    returns_to: Field[Literal["any", "new"]] = entry(
        "Where clients of a node that stops for a rollout go.",
        "new",
        words={
            "any": "To any other node, also one that is still to be replaced.",
            "new": "Only to a node of the new version.",
        },
    )
    liveness: Field[tuple[Literal["process", "dependencies"], ...]] = entry(
        "What the check looks at that restarts a node when it fails.",
        ["process"],
        words={
            "process": "The process itself.",
            "dependencies": "What the process depends on, such as a database or a broker.",
        },
    )
    readiness: Field[tuple[Literal["port", "process", "dependencies"], ...]] = entry(
        "What makes a balancer send connections to a node.",
        ["process", "dependencies"],
        words={
            "port": "Its port is open.",
            "process": "The process says that it is ready.",
            "dependencies": "Its dependencies answer.",
        },
    )
    on_unhealthy: Field[Literal["keep", "close"]] = entry(
        "What the balancer does with open connections of a node whose check fails.",
        "keep",
        words={"keep": "It leaves them open.", "close": "It ends them."},
    )
    max_per_address: Field[Count] = entry(
        "Connections allowed from one address; `none`: any number.", "500", above_zero=True
    )
    max_per_user: Field[Count] = entry(
        "Connections allowed to one user or account; `none`: any number.", "10", above_zero=True
    )
    over_limit: Field[Literal["refused", "waits", "oldest-closed"]] = entry(
        "What a connection, stream or session meets that is one too many for its user, address or room.",
        "refused",
        words={
            "refused": "It is refused, and those that are open stay.",
            "waits": "It waits until one of those that are open ends.",
            "oldest-closed": "It is taken, and the oldest one is closed for it.",
        },
    )
    resync_queries: Field[Count] = entry("Database queries that one returning client causes.", "4")
    database_rate: Field[Rate] = entry("Queries that the database can answer.", "5k/s", above_zero=True)


class Dependency(Section):
    """Something behind the nodes that connecting, joining or sending waits for: a database, a service."""

    calls: Field[Count] = entry("Calls of it that one client causes when it connects or returns.", "4")
    scatter: Field[bool] = entry(
        "Whether one call asks every shard of it, so that more shards answer no more calls.", True
    )
    cache: Field[bool] = entry("Whether a cache in front of it answers most of these calls.", True)
    holds: Field[Literal["record", "permissions", "copy", "connections"]] = entry(
        "What is in it.",
        "record",
        words={
            "record": "What is kept for good.",
            "permissions": "Who may do what.",
            "copy": "A copy of what is elsewhere too, such as a cache or an index.",
            "connections": "Who is connected and where: presence, a registry.",
        },
    )
    before: Field[Literal["store", "answer", "delivery"]] = entry(
        "The first step of a message that waits for a call of it; `none`: no message waits for it.",
        "delivery",
        words={
            "store": "The message is written down for good.",
            "answer": "The sender gets its answer.",
            "delivery": "Those who are connected get the message.",
        },
    )
    rate: Field[Rate] = entry("Calls that it can answer, all shards together.", "5k/s", above_zero=True)
    capacity: Field[Size | Count] = entry(
        "The most that it can hold: the space of an account, a plan or a disk, or a number of entries; "
        "`none`: no limit is near.",
        "100GB",
        above_zero=True,
    )
    removed: Field[tuple[Literal["age", "end", "sweep"], ...]] = entry(
        "What removes entries from it that nobody needs any more; `none`: nothing does.",
        ["end", "age"],
        words={
            "age": "They reach a certain age.",
            "end": "The room, game or session that they belong to ends.",
            "sweep": "A sweep looks for such entries.",
        },
    )
    pool: Field[Count] = entry("Calls of all nodes that it takes at once; more wait.", "50", above_zero=True)
    call_time: Field[Duration] = entry(
        "How long one call holds a connection of the pool.", "20ms", above_zero=True
    )
    timeout: Field[Duration] = entry(
        "How long a call waits for its answer before it counts as failed; `none`: as long as it takes. A "
        "subscription, or a read that waits until there is something new, is no such call.",
        "3s",
        above_zero=True,
    )
    retried: Field[Literal["at-once", "fixed", "backoff"]] = entry(
        "When a call that failed or timed out is made again by its caller; `none`: it is not.",
        "backoff",
        words={
            "at-once": "Without a pause.",
            "fixed": "After a pause that is always the same.",
            "backoff": "After pauses that grow and have a random part.",
        },
    )
    attempts: Field[Count] = entry(
        "How often it is tried in all, the first time too; `none`: until it succeeds.", "3", above_zero=True
    )
    blocking: Field[bool] = entry(
        "Whether a call holds the thread or event loop that serves all streams of its node until the answer "
        "is there.",
        False,
    )
    held: Field[Literal["call", "connection"]] = entry(
        "How long a client's use of it keeps a connection of the pool.",
        "call",
        words={
            "call": "For one call or transaction.",
            "connection": "For as long as the client's connection or stream is open.",
        },
    )
    bulk: Field[Literal["shared", "limited", "separate"]] = entry(
        "Whether work that can wait (imports, exports, reports, clean-ups, mails) uses it too.",
        "separate",
        words=_BULK,
    )
    per: Field[tuple[Literal["connect", "message", "heartbeat", "poll", "sweep"], ...]] = entry(
        "What causes a call.",
        ["connect"],
        words={
            "connect": "A client that connects or returns.",
            "message": "Each message.",
            "heartbeat": "Each heartbeat.",
            "poll": "Each poll.",
            "sweep": "A sweep that calls for one client of the node after the other.",
        },
    )
    record: Field[Literal["one", "gathered", "spread", "rewritten"]] = entry(
        "What the writes for the messages of one room change, such as a counter or the row of the room; "
        "`none`: nothing.",
        "gathered",
        words={
            "one": "The same record or key, by a write for each message.",
            "gathered": "The same record, by one write for all that came within a while.",
            "spread": "A record for each message or user, or shards that are added up.",
            "rewritten": "One record that holds all that came so far and is written whole again with each "
            "message, such as a log, a list or an answer in one column or object.",
        },
    )
    reconnect: Reconnect = entry(
        "How the nodes return to it when they have lost it; not how clients do.", {"strategy": "exponential"}
    )
    when_down: Field[Literal["queue", "stale", "fail", "block", "crash"]] = entry(
        "What becomes of what needs it while it is down; `none`: nothing is decided.",
        "fail",
        words={
            "queue": "It waits in the node's memory.",
            "stale": "It goes on with what the node last knew.",
            "fail": "It is refused.",
            "block": "The whole node waits, heartbeats and other clients too.",
            "crash": "The process ends or is restarted.",
        },
    )
    lease: Field[Duration] = entry(
        "How long what it sends by itself goes on, once asked for: a watch, a webhook subscription, a listen "
        "key; `none`: until it is ended.",
        "7d",
        above_zero=True,
    )
    renewed: Field[Duration] = entry(
        "How often that is renewed, or asked for again; `none`: never, it was asked for once.",
        "1d",
        above_zero=True,
    )
    limit: Field[Count | Size | Duration] = entry(
        "The most that waits in one node while it is down: messages, bytes, or an age; `none`: no limit.",
        "10k",
    )
    on_return: Field[Literal["compared", "rebuilt", "assumed"]] = entry(
        "What a node does with what it has made there and refers to (sessions, pipelines, subscriptions, "
        "topics, locks) when its connection is back, or the other end was restarted; `none`: it has made "
        "nothing there.",
        "compared",
        words={
            "compared": "It asks what is still there, and ends or makes again what is not.",
            "rebuilt": "It makes all of it again.",
            "assumed": "It goes on with what is in its own memory, as if all of it were still there.",
        },
    )

    @classmethod
    def read(cls, raw: object, at: SpecPath, mistakes: list[Mistake], example: object = None) -> Self:
        """See `Section.read`. A text in place of a mapping is what it is called, and that its name says."""
        section = super().read(raw, at, mistakes, example)
        if isinstance(raw, str) and mistakes and mistakes[-1].message.endswith(f"found {shown(raw)}"):
            called = f": its name says what it is, as in {shown(f'{raw}: some')}, where its details are open"
            mistakes[-1] = mistakes[-1]._replace(message=f"{mistakes[-1].message}{called}")
        return section


class DeployedAs(Section):
    """The files that deploy the design, which are compared with what it states."""

    SHORTHAND: ClassVar = "paths"

    paths: Field[tuple[str, ...]] = entry(
        "Files and folders of the repository, from the folder of the spec on.",
        ["../deploy", "../server/package.json"],
    )
    route: Field[str] = entry(
        "The path under which clients reach it, where the files have several.",
        "/ws",
    )
