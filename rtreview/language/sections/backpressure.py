"""What waits for slow clients, and how one message becomes many."""

from typing import ClassVar, Literal

from rtreview.language.field import Field
from rtreview.language.section import Section, entry
from rtreview.quantities.quantity import Count, Duration, Rate, Size

Audience = Literal["user", "room", "contacts", "visible", "everyone"]

AUDIENCES = {
    "user": "One person, on all of their devices.",
    "room": "The members of the room.",
    "contacts": "Those who share a room or a list of friends with the person.",
    "visible": "Those who have it on the screen.",
    "everyone": "All who are connected.",
}
"""What each audience is."""


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
    burst: Field[Count] = entry(
        "How many messages beyond the rate it may send at once; `none`: not one.", "100"
    )
    counted_per: Field[Literal["connection", "user", "address", "all"]] = entry(
        "Whose messages the rate counts together.",
        "user",
        words={
            "connection": "Those of one connection.",
            "user": "Those of one user or account, on all connections and nodes.",
            "address": "Those of one IP address.",
            "all": "Those of all clients of a tenant, a room or the server.",
        },
    )
    max_message: Field[Size] = entry("The largest message.", "64KiB", above_zero=True)
    subscriptions: Field[Count] = entry(
        "The most rooms, channels or topics that one connection may subscribe to; `none`: any number.", "100"
    )


class Receiver(Section):
    """What a client does with what it is sent: a page, an app, a panel."""

    on_message: Field[Literal["append", "insert", "update", "redraw-all", "refetch"]] = entry(
        "What it does with a message.",
        "update",
        words={
            "append": "It adds an entry behind what it shows.",
            "insert": "It puts an entry above or into what it shows, so that the others move.",
            "update": "It changes the one thing that the message is about.",
            "redraw-all": "It computes, parses or draws all of it again.",
            "refetch": "It asks the server by requests of its own.",
        },
    )
    while_fetching: Field[Literal["passed-over", "again"]] = entry(
        "What a message causes that arrives while an earlier one's fetch is still running.",
        "again",
        words={
            "passed-over": "No fetch: the answer under way counts for it, though that may have been read "
            "before the change (a guard such as `if (loading) return`, requests that are joined).",
            "again": "Another fetch, after that one or in its place.",
        },
    )
    applies: Field[Literal["each", "frame", "on-demand"] | Duration] = entry(
        "How often it handles what came. A duration: at most once in that time, with all that came since "
        "then.",
        "frame",
        words={
            "each": "For each message as it comes.",
            "frame": "At most once in a frame of the screen.",
            "on-demand": "When its user asks for it, or is not in the midst of reading, scrolling and "
            "pointing.",
        },
    )
    handled_in: Field[Literal["reader", "worker"]] = entry(
        "Where the work that a message causes is done.",
        "worker",
        words={
            "reader": "In the loop, thread or callback that reads the connection, which reads nothing more "
            "until it is done.",
            "worker": "In a task, thread or queue of its own; so does a page's callback that only starts a "
            "request.",
        },
    )
    takes: Field[Duration] = entry(
        "How long a client works on one message, until it is ready for the next: parsing, storing, drawing, "
        "reconfiguring what it runs.",
        "20ms",
        above_zero=True,
    )
    keeps: Field[Literal["all"] | Count | Duration] = entry(
        "How much of what came it keeps while it is open. A number: so many entries or points. A duration: "
        "those of that time.",
        "10k",
        words={
            "all": "All of it.",
        },
    )


class Backpressure(Section):
    """What happens when one side is slower than the other."""

    @property
    def cuts_off(self) -> bool:
        """Whether a client whose queue is full is cut off: then, or after the drop."""
        return self.overflow.has("disconnect") or self.dropped.has("disconnect")

    queue: Queue = entry(
        "What waits for a slow client; `none`: nothing, so that a message which it cannot take at once is "
        "dropped, unless `overflow` says otherwise; `unbounded`: everything, without a bound.",
        {"max_messages": 200},
    )
    overflow: Field[
        Literal["drop", "drop-oldest", "drop-newest", "coalesce", "disconnect", "block", "catch-up"]
    ] = entry(
        "What happens when the queue is full; `none`: nothing is decided.",
        "disconnect",
        words={
            "drop": "A message is lost; which one is open.",
            "drop-oldest": "The oldest message is lost.",
            "drop-newest": "The newest message is lost, and those that wait stay.",
            "coalesce": "The last value of each key stays.",
            "disconnect": "The client is cut off.",
            "block": "The sender waits.",
            "catch-up": "The client leaves the live stream and reads from a log.",
        },
    )
    write_timeout: Field[Duration] = entry(
        "How long one send to a client may wait for it before the server gives that client up (a write "
        "deadline); `none`: as long as the connection stands.",
        "5s",
        above_zero=True,
    )
    dropped: Field[Literal["marked", "disconnect"]] = entry(
        "How a client that is still connected learns that messages for it were dropped; `none`: it does "
        "not. What a client does that returns is `resume.on_gap`.",
        "marked",
        words={
            "marked": "It is told in the stream and fetches what it lacks.",
            "disconnect": "It is cut off after the drop and begins again.",
        },
    )
    bundled: Field[Duration] = entry(
        "For how long the server collects what is new for a client before it goes out as one message, with "
        "the last state of each thing in it; `none`: each change goes out by itself, however many there are.",
        "100ms",
        above_zero=True,
    )
    carries: Field[Literal["state", "delta", "event"]] = entry(
        "What the queued messages are.",
        "event",
        words={
            "state": "Complete values, each of which replaces the one before.",
            "delta": "Changes that build on the messages before.",
            "event": "Entries that each mean something by themselves, such as a chat message or a reading.",
        },
    )
    classes: Field[Literal["separate", "prioritised"]] = entry(
        "How messages that are worth nothing a moment later (typing, presence, cursors) are kept from "
        "crowding out those that are not; `none`: all wait in one queue and are treated alike.",
        "prioritised",
        words={
            "separate": "They wait in a queue of their own.",
            "prioritised": "They are the first to be dropped.",
        },
    )
    client: Receiver = entry("What a client does with what it is sent.", {"applies": "frame"})
    inbound: Inbound = entry("What the server takes from one client.", {"rate": "50/s"})


class Relay(Section):
    """Messages that are carried to and from another system: a bridge, a mirror, an integration."""

    goes: Field[Literal["one-way", "both-ways"]] = entry(
        "Which way it carries messages.",
        "both-ways",
        words={
            "one-way": "To the other system or from it.",
            "both-ways": "To the other system and from it.",
        },
    )
    origin: Field[Literal["marked", "own-account", "hop-count"]] = entry(
        "How it knows a message that it has posted itself; `none`: it carries whatever appears.",
        "marked",
        words={
            "marked": "Each is marked with where it came from.",
            "own-account": "It leaves out what its own account posted.",
            "hop-count": "A message that was relayed too often is dropped.",
        },
    )
    answers: Field[Literal["people", "all"]] = entry(
        "Which messages its automatic answers and notices reply to; `none`: it answers none.",
        "people",
        words={
            "people": "Those of people.",
            "all": "All, also those of other programs.",
        },
    )


class FanOut(Section):
    """How one message becomes many."""

    per_recipient: Field[Literal["memory", "batched-query", "query"]] = entry(
        "What is looked up for each recipient.",
        "memory",
        words={
            "memory": "Only what the server has in memory.",
            "batched-query": "A query for many recipients together.",
            "query": "A query for each recipient.",
        },
    )
    serialise: Field[Literal["once", "per-recipient"]] = entry(
        "How often a message is encoded.",
        "once",
        words={
            "once": "Once for all recipients.",
            "per-recipient": "Again for each recipient.",
        },
    )
    variants: Field[Literal["one", "few", "each"]] = entry(
        "How many different messages one change makes of itself for those who get it.",
        "few",
        words={
            "one": "One: all get the same.",
            "few": "A few: one for each role, plan, language or set of columns, which many share.",
            "each": "One for each recipient, whose own rights, position or state is in it.",
        },
    )
    work: Field[Literal["constant", "per-member", "all-pairs"]] = entry(
        "How the work that one write causes grows with the members of a room, sending left aside.",
        "constant",
        words={
            "constant": "Not at all.",
            "per-member": "Something is computed for each member.",
            "all-pairs": "Something is computed for each member against each other one, so twice the "
            "members cause four times the work.",
        },
    )
    owner: Field[Literal["single", "sharded"]] = entry(
        "How many processes send to one room.",
        "single",
        words={
            "single": "One sends to all of its members.",
            "sharded": "Several, each to some of its members.",
        },
    )
    join_rate: Field[Rate] = entry(
        "Joins that the processes which own the rooms can take, all together.", "20k/s", above_zero=True
    )
    audience: Field[Audience] = entry("Whom one message is meant for.", "room", words=AUDIENCES)
    filtered: Field[Literal["index", "per-connection", "client"]] = entry(
        "Where it is decided who gets a message.",
        "index",
        words={
            "index": "An index on the server finds those who are meant.",
            "per-connection": "The server asks each connection, and most drop it.",
            "client": "All are sent it, and clients drop what is not for them.",
        },
    )
    unscoped: Field[Literal["nobody", "all"]] = entry(
        "Who is sent a message whose audience the server cannot tell: it names no room, team or owner, its "
        "kind is on no list, or whose it is cannot be looked up.",
        "nobody",
        words={
            "nobody": "Nobody, or only those who may know everything.",
            "all": "All who are connected, or all of the tenant.",
        },
    )
    materialised: Field[Literal["on-write", "on-read", "hybrid"]] = entry(
        "When the list that each person reads is made.",
        "hybrid",
        words={
            "on-write": "A message is written into the list of each of those who are to see it.",
            "on-read": "A list is put together when a user asks for it.",
            "hybrid": "On write, except for senders with very many followers.",
        },
    )
    rendered: Field[Literal["each-view", "cached", "on-change"]] = entry(
        "How often a view is computed from what it is made of: merged, joined, laid out, drawn.",
        "on-change",
        words={
            "each-view": "Again for each reader, request or open page.",
            "cached": "Once for a while, for all who look meanwhile.",
            "on-change": "Once for each change, for all who look.",
        },
    )
    watchers: Field[Literal["live", "delayed", "public"]] = entry(
        "What those see who watch a game or contest without taking part; `none`: nobody watches.",
        "delayed",
        words={
            "live": "All that is there, at once.",
            "delayed": "All that is there, some minutes later.",
            "public": "Only what every player may see.",
        },
    )
    streams: Field[Count] = entry(
        "The most senders, such as cameras or microphones, whose streams one client is sent at once; "
        "`none`: those of all who are in the room.",
        "9",
    )
    sends: Field[Literal["one-by-one", "together", "own-writer"]] = entry(
        "What the sending of one message waits for.",
        "own-writer",
        words={
            "one-by-one": "The receivers are written to in turn, each write waiting for the one before.",
            "together": "All are written to at once, and the next message waits until the last has it.",
            "own-writer": "For nothing, since each client has a writer of its own that empties its queue.",
        },
    )
    sent_on: Field[Literal["source", "own"]] = entry(
        "What the sending runs on.",
        "own",
        words={
            "source": "The thread, loop, transaction or lock that the message comes from, which has other "
            "work too, such as a game's tick, a log call or the writing of a record.",
            "own": "A thread, task or process of its own, to which the message is handed over.",
        },
    )
    stored: Field[Literal["before", "together", "after", "apart", "undelivered"]] = entry(
        "When a message is entered where clients that join or return get it from later, such as a table, a "
        "log, a replay buffer or a cache; `none`: it is not.",
        "before",
        words={
            "before": "Before it is sent to those who are connected.",
            "together": "In the step that sends it: a log that all read from, one lock or transaction.",
            "after": "After it was sent.",
            "apart": "By another path, which neither waits for the sending nor is waited for.",
            "undelivered": "Only where it could not be delivered: who gets it is away, or does not confirm.",
        },
    )
    acted_on: Field[Literal["each", "one"]] = entry(
        "Which of the tabs and devices of a user do what is to be done once when a message comes: play a "
        "sound, raise a system notification, answer a call, write something. What each does for itself, such "
        "as signing out or reloading, does not count.",
        "one",
        words={
            "each": "All that receive it.",
            "one": "One alone, by a leader among the tabs, a lock, a service worker, or a claim at the "
            "server.",
        },
    )
    published_by: Field[Literal["one", "each-node"]] = entry(
        "Who passes a change on to what joins the nodes.",
        "one",
        words={
            "one": "One process, such as the one that made it.",
            "each-node": "Every node that sees the change at its source.",
        },
    )
    led_by: Field[Literal["setting", "lock", "lease", "checked-lease", "platform"]] = entry(
        "What makes one of several processes the one that publishes, or runs what no client asked for "
        "(timers, jobs, polls of a source); `none`: nothing, each of them does.",
        "checked-lease",
        words={
            "setting": "A setting or an address: while that process is gone, nobody takes over.",
            "lock": "A lock that ends with its connection to the store, such as an advisory lock.",
            "lease": "A lease that it renews, and does not check again before each act.",
            "checked-lease": "A lease whose number each act carries, so that a late one is refused (a "
            "fencing token).",
            "platform": "An orchestrator that runs exactly one.",
        },
    )
    watched_by: Field[Literal["change", "node", "connection"]] = entry(
        "How the server learns that there is something new.",
        "change",
        words={
            "change": "Whoever changes it publishes it.",
            "node": "One reader, timer or query of a node looks for all of its clients.",
            "connection": "Each connection has a timer, query or reader of its own, even while nothing "
            "changes.",
        },
    )
    unwatched: Field[Literal["stops", "goes-on"]] = entry(
        "What becomes of the collecting, querying and rendering for viewers while nobody watches.",
        "stops",
        words={
            "stops": "It stops with the last viewer, and begins again with the first.",
            "goes-on": "It goes on as if somebody watched.",
        },
    )
    watched_every: Field[Duration] = entry(
        "How often such a reader looks, where it looks again and again; `none`: it waits until something new "
        "is there, such as at a queue.",
        "2s",
        above_zero=True,
    )
    watch_brings: Field[Literal["whole", "changes", "marker"]] = entry(
        "What such a look reads of its source.",
        "changes",
        words={
            "whole": "All that there is, or all of a time such as the last two days, changed or not.",
            "changes": "What is new since the last look, by a position, a time or a log.",
            "marker": "First a mark that shows whether anything is new, such as a version or a change "
            "number, and the rest only then.",
        },
    )
    publish: Field[Literal["requests", "stream", "log"]] = entry(
        "How messages reach the servers that send them on.",
        "stream",
        words={
            "requests": "Each in a request of its own, so one may overtake another.",
            "stream": "Over one ordered stream of each publisher.",
            "log": "Into a log that gives each its position first.",
        },
    )
    announces: Field[Literal["every-write", "own-writes", "model-events"]] = entry(
        "Which writes to what clients follow become messages, or move the time or position by which polls "
        "find them; `none`: none does, clients ask.",
        "every-write",
        words={
            "every-write": "Each, whoever makes it: it is read from the store (its log, a trigger), or "
            "nothing writes but what sends the messages.",
            "own-writes": "Those through this service; a job, another program, a migration or a hand in the "
            "database writes and sends nothing.",
            "model-events": "Those that save an object of the program, through its hooks or signals; a "
            "statement over many rows fires none.",
        },
    )
    bulk: Field[Literal["silent", "marked", "as-new"]] = entry(
        "What those who follow are sent of an import, a migration or a restore of many old records; `none`: "
        "there never is one.",
        "marked",
        words={
            "silent": "Nothing of the single records; it shows at the next fetch.",
            "marked": "Messages that say so, which notify nobody and start nothing.",
            "as-new": "The same messages as of something that has just happened.",
        },
    )
    left_filter: Field[Literal["removed", "item", "silent"]] = entry(
        "What a client that follows a filtered list is sent of an item that no longer matches since it was "
        "changed, moved or deleted; `none`: an item that matches does so for ever.",
        "removed",
        words={
            "removed": "That it is gone from the list.",
            "item": "The item as it is now, so that the client takes it out itself.",
            "silent": "Nothing: the item stays there as it last was.",
        },
    )
    shared_by: Field[tuple[Literal["query", "whole", "rights"], ...]] = entry(
        "What two subscriptions have in common that are served from one query, reader or cache; `none`: each "
        "has its own.",
        ["whole", "rights"],
        words={
            "query": "The text or name of what they ask for, whatever its variables, range or format.",
            "whole": "All that they ask for: the room or topic, or the query with its variables, range and "
            "format.",
            "rights": "The user, or the rights, under which it is answered.",
        },
    )
    jobs: Field[Literal["shared", "by-urgency", "own"]] = entry(
        "The job queue by which messages are sent on, where there is one.",
        "by-urgency",
        words={
            "shared": "First come, first served, with work that can wait: deletions, imports, mails.",
            "by-urgency": "Urgent jobs go first or have workers of their own.",
            "own": "A queue with nothing else in it.",
        },
    )
    relay: Relay = entry("What is carried to and from another system.", {"origin": "marked"})
