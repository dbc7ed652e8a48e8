"""What waits for slow clients, and how one message becomes many."""

from typing import ClassVar, Literal

from rtreview.language.field import Field
from rtreview.language.section import Section, entry
from rtreview.quantities.quantity import Count, Duration, Rate, Size


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
    max_message: Field[Size] = entry("The largest message.", "64KiB", above_zero=True)
    subscriptions: Field[Count] = entry(
        "The most rooms, channels or topics that one connection may subscribe to; `none`: any number.", "100"
    )


class Receiver(Section):
    """What a client does with what it is sent: a page, an app, a panel."""

    on_message: Field[Literal["append", "insert", "update", "redraw-all", "refetch"]] = entry(
        "What it does with a message: adds an entry behind what it shows (`append`), puts one above or into "
        "what it shows, so that the others move (`insert`), changes the one thing that the message is about "
        "(`update`), computes, parses or draws all of it again (`redraw-all`), or asks "
        "the server by requests of its own (`refetch`).",
        "update",
    )
    applies: Field[Literal["each", "frame", "on-demand"] | Duration] = entry(
        "How often it does so: for `each` message as it comes, at most once in a `frame` of the screen, at "
        "most once in such a time, with all that came since then, or when its user asks for it or is not in "
        "the midst of reading, scrolling and pointing (`on-demand`).",
        "frame",
    )
    handled_in: Field[Literal["reader", "worker"]] = entry(
        "Where the work that a message causes is done: in the loop, thread or callback that reads the "
        "connection, which reads nothing more until it is done (`reader`), or in a task, thread or queue of "
        "its own (`worker`). A page's callback that only starts a request is a `worker`.",
        "worker",
    )
    takes: Field[Duration] = entry(
        "How long a client works on one message, until it is ready for the next: parsing, storing, drawing, "
        "reconfiguring what it runs.",
        "20ms",
        above_zero=True,
    )
    keeps: Field[Literal["all"] | Count | Duration] = entry(
        "How much of what came it keeps while it is open: so many entries or points, those of such a time, "
        "or `all` of them.",
        "10k",
    )


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
    write_timeout: Field[Duration] = entry(
        "How long one send to a client may wait for it before the server gives that client up (a write "
        "deadline); `none`: as long as the connection stands.",
        "5s",
        above_zero=True,
    )
    dropped: Field[Literal["marked", "disconnect"]] = entry(
        "How a client that is still connected learns that messages for it were dropped: `marked`, it is "
        "told in the stream and fetches what it lacks; `disconnect`, it is cut off after the drop and begins "
        "again; `none`: nobody tells it. What a client does that returns is `resume.on_gap`.",
        "marked",
    )
    bundled: Field[Duration] = entry(
        "For how long the server collects what is new for a client before it goes out as one message, with "
        "the last state of each thing in it; `none`: each change goes out by itself, however many there are.",
        "100ms",
        above_zero=True,
    )
    carries: Field[Literal["state", "delta", "event"]] = entry("What the queued messages are.", "event")
    classes: Field[Literal["separate", "prioritised"]] = entry(
        "How messages that are worth nothing a moment later (typing, presence, cursors) are kept from "
        "crowding out those that are not: they wait in a queue of their own, or are the first to be dropped "
        "(`prioritised`); `none`: all wait in one queue and are treated alike.",
        "prioritised",
    )
    client: Receiver = entry("What a client does with what it is sent.", {"applies": "frame"})
    inbound: Inbound = entry("What the server takes from one client.", {"rate": "50/s"})


class Relay(Section):
    """Messages that are carried to and from another system: a bridge, a mirror, an integration."""

    goes: Field[Literal["one-way", "both-ways"]] = entry("Which way it carries messages.", "both-ways")
    origin: Field[Literal["marked", "own-account", "hop-count"]] = entry(
        "How it knows a message that it has posted itself: each is `marked` with where it came from, it "
        "leaves out what its `own-account` posted, or a message that was relayed too often is dropped "
        "(`hop-count`); `none`: it carries whatever appears.",
        "marked",
    )
    answers: Field[Literal["people", "all"]] = entry(
        "Which messages its automatic answers and notices reply to: those of `people`, or `all`, also those "
        "of other programs; `none`: it answers none.",
        "people",
    )


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
    materialised: Field[Literal["on-write", "on-read", "hybrid"]] = entry(
        "When the list that each person reads is made. `on-write`: a message is written into the list of "
        "each of those who are to see it. `on-read`: a list is put together when somebody asks for it. "
        "`hybrid`: on write, but for senders with very many followers.",
        "hybrid",
    )
    watchers: Field[Literal["live", "delayed", "public"]] = entry(
        "What those see who watch a game or contest without taking part: all that is there, at once "
        "(`live`), the same some minutes later (`delayed`), or only what every player may see (`public`); "
        "`none`: nobody watches.",
        "delayed",
    )
    streams: Field[Count] = entry(
        "The most senders, such as cameras or microphones, whose streams one client is sent at once; "
        "`none`: those of all who are in the room.",
        "9",
    )
    sends: Field[Literal["one-by-one", "together", "own-writer"]] = entry(
        "What the sending of one message waits for. `one-by-one`: the receivers are written to in turn, each"
        " write waiting for the one before. `together`: all are written to at once, and the next message"
        " waits until the last has it. `own-writer`: for nothing, since each client has a writer of its own"
        " that empties its queue.",
        "own-writer",
    )
    sent_on: Field[Literal["source", "own"]] = entry(
        "What the sending runs on: the thread, loop, transaction or lock that the message comes from, which "
        "has other work too, such as a game's tick, a log call, the writing of a record (`source`); or a "
        "thread, task or process of its `own`, to which the message is handed over.",
        "own",
    )
    stored: Field[Literal["before", "together", "after", "apart"]] = entry(
        "When a message is entered where clients that join or return get it from later, such as a table, a "
        "log, a replay buffer or a cache: `before` it is sent to those who are connected; in the step that "
        "sends it (`together`: a log that all read from, one lock or transaction); `after` it was sent; or "
        "by another way that neither waits for the sending nor is waited for (`apart`); `none`: it is not.",
        "before",
    )
    acted_on: Field[Literal["each", "one"]] = entry(
        "Which of the tabs and devices of a user act on a message beside showing it: play a sound, raise a "
        "system notification, answer a call, fetch or write something. `each`: all that receive it. `one`: "
        "one alone, by a leader among the tabs, a lock, a service worker, or a claim at the server.",
        "one",
    )
    published_by: Field[Literal["one", "each-node"]] = entry(
        "Who passes a change on to what joins the nodes: `one` process, such as the one that made it, or "
        "`each-node`: every node that sees the change at its source publishes it.",
        "one",
    )
    watched_by: Field[Literal["change", "node", "connection"]] = entry(
        "How the server learns that there is something new. `change`: whoever changes it publishes it."
        " `node`: one reader, timer or query of a node for all of its clients. `connection`: each connection"
        " has a timer, query or reader of its own, also while nothing changes.",
        "change",
    )
    watched_every: Field[Duration] = entry(
        "How often such a reader looks, where it looks again and again.", "2s", above_zero=True
    )
    publish: Field[Literal["requests", "stream", "log"]] = entry(
        "How messages reach the servers that send them on. `requests`: each in a request of its own, so that"
        " one may overtake another. `stream`: over one ordered stream of each publisher. `log`: into a log"
        " that gives each its position first.",
        "stream",
    )
    announces: Field[Literal["every-write", "own-writes", "model-events"]] = entry(
        "Which writes to what clients follow become messages; `none`: none does, clients ask.",
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
        "The job queue by which messages are sent on, where there is one: `shared` first-come with work that "
        "can wait (deletions, imports, mails), with urgent jobs first or workers of their own "
        "(`by-urgency`), or its `own`, with nothing else in it.",
        "by-urgency",
    )
    relay: Relay = entry("What is carried to and from another system.", {"origin": "marked"})
