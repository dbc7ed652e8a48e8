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
    dropped: Field[Literal["marked", "disconnect"]] = entry(
        "How a client that is still connected learns that messages for it were dropped: `marked`, it is "
        "told in the stream and fetches what it lacks; `disconnect`, it is cut off after the drop and begins "
        "anew; `none`: nobody tells it. What a client does that returns is `resume.on_gap`.",
        "marked",
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
    jobs: Field[Literal["shared", "by-urgency", "own"]] = entry(
        "The job queue by which messages are sent on, where there is one: `shared` first-come with work that "
        "can wait (deletions, imports, mails), with urgent jobs first or workers of their own "
        "(`by-urgency`), or its `own`, with nothing else in it.",
        "by-urgency",
    )
    relay: Relay = entry("What is carried to and from another system.", {"origin": "marked"})
