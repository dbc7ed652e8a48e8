"""What both ends hold: its data, how it is kept the same, and how a client joins."""

from typing import ClassVar, Literal

from rtreview.language.field import Field
from rtreview.language.section import Section, Sections, entry
from rtreview.language.sections.delivery import RETAINED, Delivery, Ordering, Retained
from rtreview.language.sections.document import Compaction, Durability, History, Lock, Offline, Seed, Versions
from rtreview.quantities.quantity import Count, Duration, Rate, Size, Spread

Strategy = Literal[
    "crdt", "ot", "server-authoritative", "last-writer-wins", "append-only", "full-state", "signal"
]  # fmt: skip

STRATEGIES = {
    "crdt": "Replicas merge by themselves.",
    "ot": "A server transforms each change against those that it took before.",
    "server-authoritative": "A server decides, and may refuse a change.",
    "last-writer-wins": "Of two values the later one stays; `clock` decides which that is.",
    "append-only": "Entries are only added.",
    "full-state": "Each update is the whole state and replaces the one before.",
    "signal": "Messages are only passed on; no state is kept.",
}
"""What each strategy means."""


class Data(Section):
    """One kind of state that is kept in sync."""

    SHORTHAND: ClassVar = "shape"

    name: Field[str] = entry("What it is called.", "comments")
    shape: Field[
        Literal["text", "list", "tree", "register", "counter", "invariant", "log", "ephemeral", "command"]
    ] = entry(
        "What it is made of.",
        "text",
        words={
            "text": "Characters in order, with or without formatting.",
            "list": "Items in order.",
            "tree": "Items inside of others, such as folders or blocks.",
            "register": "One value that is replaced.",
            "counter": "A number that is counted up or down.",
            "invariant": "A condition that must hold over several changes, such as a stock that is never "
            "below 0.",
            "log": "Entries that are only added.",
            "ephemeral": "Values that are worth nothing a moment later.",
            "command": "An act to carry out, not a value.",
        },
    )
    strategy: Field[Strategy] = entry(
        "Its own strategy, where it differs from the section's.", "ot", words=STRATEGIES
    )
    lock: Lock = entry(
        "What one writer holds alone while writing; a bare word is what is held.",
        {"of": "section", "lease": "2m", "renewed": "30s"},
    )
    addressed_by: Field[Literal["id", "position", "mapped", "value"]] = entry(
        "How a change to it, or an entry that points into other data such as a comment, a bookmark or a "
        "range, names its place while others edit.",
        "id",
        words={
            "id": "By the id of an element, which stays the same, or a relative position of a CRDT.",
            "position": "By an offset, index, line, row number or path.",
            "mapped": "By a position that each earlier change moves along, in a rebase or at the server.",
            "value": "By the value that stands there.",
        },
    )
    replaced_on: Field[tuple[Literal["move", "format", "update", "create"], ...]] = entry(
        "Which edits delete the old and insert a copy, or assign the whole, instead of changing what is "
        "there; `none`: no edit.",
        ["move"],
        words={
            "move": "An item changes its place.",
            "format": "A run of text changes its format.",
            "update": "A field changes inside of an object, which is written whole.",
            "create": "Whichever client finds a container missing makes it.",
        },
    )
    derived: Field[Literal["increments", "position", "query", "loaded", "kept"]] = entry(
        "How a client comes by a number that follows from other data, such as an unread count or a total.",
        "position",
        words={
            "increments": "It adds up what arrives.",
            "position": "It counts from a position, such as the last message that was read.",
            "query": "The server counts, and sends the number itself.",
            "loaded": "It counts among what it has loaded, such as the first page of a list.",
            "kept": "It is kept in a field or record of its own, at the server or in the client's store, "
            "which each act adds to or takes from.",
        },
    )
    recounted: Field[Literal["together"] | Duration] = entry(
        "What keeps such a number (`derived: kept`) in step with what it counts: both change together, or it "
        "is counted again, at the latest after this time; `none`: nothing.",
        "together",
        words={"together": "Both change in one transaction, such as by a trigger, or under one lock."},
    )
    control: Field[Literal["exclusive", "priority", "separate", "last"]] = entry(
        "Who may act on one thing where several can: a robot, a player, a window; `none`: nothing decides.",
        "exclusive",
        words={
            "exclusive": "One has control and hands it over.",
            "priority": "A rank decides, such as a stop before a move.",
            "separate": "Each has a value of its own.",
            "last": "Whoever acts; the last act counts.",
        },
    )
    lasts: Field[Literal["held", "set", "done"] | Duration] = entry(
        "How long what one act began goes on at its receiver; a time: it ends after that, unless it is "
        "repeated.",
        "held",
        words={
            "held": "As long as its sender wants it and can end it: a velocity, a pressed key, an open "
            "microphone, `is typing`.",
            "set": "Until it is changed, such as a light that is on.",
            "done": "It ends by itself, as an order or a goal does.",
        },
    )
    rate: Field[Rate] = entry(
        "How often one sender sends it while it goes on, such as `is typing`; `none`: with each keystroke, "
        "move or change.",
        "0.2/s",
    )
    sender_gone: Field[Literal["stop", "keep", "restart"]] = entry(
        "What its receiver does with what is in force when the sender, or the hub that controls it, falls "
        "silent or is gone; `none`: nothing is decided, so that it goes on.",
        "stop",
        words={
            "stop": "It ends or releases it, or goes into a safe state.",
            "keep": "It goes on with it.",
            "restart": "After a while it restarts itself, which interrupts what is in force.",
        },
    )
    visible_to: Field[Literal["all", "owner", "group"]] = entry(
        "Who may know it by what it is meant for, whoever is sent it.",
        "owner",
        words={
            "all": "All who are in the room.",
            "owner": "Its owner alone, such as a hand of cards or a sealed bid.",
            "group": "Some of them, such as a team.",
        },
    )
    shown: Field[Literal["all", "part"]] = entry(
        "How much a client's user can see at a time of what the client is sent and holds of it.",
        "all",
        words={
            "all": "All of it, such as a board of chess.",
            "part": "What is near or in sight alone: the client also holds what is behind walls, far away or "
            "on another map.",
        },
    )
    decided_by: Field[Literal["server", "checked", "client"]] = entry(
        "Who decides its value, such as a position, a score, a hit or a price.",
        "server",
        words={
            "server": "The server computes it from what clients want.",
            "checked": "A client reports it, and the server checks that it is within bounds.",
            "client": "A client reports it, and the server takes it as it is.",
        },
    )
    counted_per: Field[Literal["user", "device", "request", "act"]] = entry(
        "Of a count that people raise, such as votes: for whom one is taken, whatever that one sends; "
        "`none`: nothing tells them apart.",
        "user",
        words={
            "user": "Each known user.",
            "device": "Each device or address.",
            "request": "Each request.",
            "act": "Each act, and more of one person are meant to count, such as claps or taps.",
        },
    )
    asks_for: Field[Literal["target", "step"]] = entry(
        "What an act on it names; an amount that is added to a counter is neither.",
        "target",
        words={
            "target": "What is to be: on, track 7, page 3, the occurrence of May 3.",
            "step": "A step from whatever is there when it is carried out: toggle, next, skip, the current "
            "one, today's.",
        },
    )
    behind: Field[Literal["ignored", "taken"]] = entry(
        "What becomes of a report that lies behind a value that only moves on: how far somebody "
        "has read, whether a message is sent, delivered or read, a progress, a stage; `none`: nothing is "
        "compared, and it is taken.",
        "ignored",
        words={
            "ignored": "The value stays: the further one counts, whichever arrives last.",
            "taken": "It replaces the value, which moves back.",
        },
    )
    retain: Field[Retained] = entry(
        "What a broker keeps of its messages, where that differs from `delivery.retain` of the rest, as "
        "where values are retained and commands are not (`none`).",
        "last",
        words=RETAINED,
    )
    expires_after: Field[Duration] = entry(
        "The age at which its messages are dropped, where that differs from `delivery.expires_after` of the "
        "rest.",
        "30s",
    )
    by_time: Field[Literal["timer", "client", "sender", "fetch", "untold"]] = entry(
        "How those who look learn of a change that the clock alone makes, such as an item that becomes due, "
        "opens, expires or falls out of `the last hour`; `none`: the clock changes nothing.",
        "timer",
        words={
            "timer": "The server sends it at that moment.",
            "client": "The item carries its times, and the client works it out.",
            "sender": "The client that began it sends the end, by a timer of its own.",
            "fetch": "The next fetch or reload shows it.",
            "untold": "They do not, until something else changes.",
        },
        side_by_side=True,
    )
    needed: Field[Literal["current", "each-change"] | Duration] = entry(
        "What a receiver has to notice of a value that changes; a time: each state that lasts at least so "
        "long.",
        "current",
        words={
            "current": "The current value.",
            "each-change": "Each change, also one that is taken back a moment later, such as a press or a "
            "pulse.",
        },
    )
    old_after: Field[Duration] = entry(
        "The age at which a receiver shows it as old, with its time, or no longer: a position, a measured "
        "value; `none`: the last one is shown as the current one, however old it is.",
        "30s",
        above_zero=True,
    )


class Snapshot(Section):
    """The whole state in one message; of a video, a keyframe."""

    size: Field[Size] = entry("Its size.", "200KiB")
    grows: Field[bool] = entry(
        "Whether each update makes it longer, since it holds all of those before: an answer that is sent "
        "whole again with each token. Twice the updates are then four times the bytes.",
        True,
    )
    every: Field[Duration] = entry("How often it is sent or stored.", "1m", above_zero=True)
    holds: Field[Literal["all", "part"]] = entry(
        "How much it holds of what one may have missed who was away, fetched or sent first; signs that are "
        "worth nothing a moment later, such as typing, left aside.",
        "all",
        words={
            "all": "All: whatever was sent meanwhile shows in it, as far as clients are meant to have it (a "
            "window, a depth, the newest page).",
            "part": "Some of it: the stream also carries what stands in no snapshot, such as an answer while "
            "it is written, a notice or an event that is not kept, or changes of other things.",
        },
    )
    applied: Field[Literal["replace", "rebase", "merge", "append", "ignored"]] = entry(
        "What it does to what a client holds, also one that returns.",
        "replace",
        none="ignored",
        words={
            "replace": "The client drops that.",
            "rebase": "The client drops that, and makes its own unconfirmed changes again.",
            "merge": "It is laid over that, so what was deleted in between stays.",
            "append": "It is added to that, so entries that the client has already are there twice.",
            "ignored": "It is passed over, and only what comes after it counts.",
        },
    )
    source: Field[Literal["server", "sender"]] = entry(
        "Who makes the one for a client that joins or has lost something.",
        "server",
        words={
            "server": "The server, from what it keeps.",
            "sender": "The client that publishes, which is asked for it: a camera for a keyframe, the host "
            "of a game for the world.",
        },
    )
    to: Field[Literal["asker", "all"]] = entry(
        "Who is sent it.",
        "asker",
        words={"asker": "The client that asked for it.", "all": "All in the room."},
    )
    min_interval: Field[Duration] = entry(
        "The shortest time between two, whoever asks; `none`: each request is answered by one of its own.",
        "1s",
    )


class Receipts(Section):
    """How receivers tell that a message has arrived, or was read."""

    of: Field[Literal["each-message", "position", "now"]] = entry(
        "What one receipt is for.",
        "position",
        words={
            "each-message": "One message.",
            "position": "Everything up to a position, such as the last message that was read.",
            "now": "Everything up to the moment at which the server takes it, whatever its reader was shown.",
        },
    )
    to: Field[Literal["sender", "room"]] = entry(
        "Who is sent it, beside the reader's own devices.",
        "sender",
        words={"sender": "Whoever sent the message.", "room": "All in the room."},
    )
    bundled: Field[Duration] = entry(
        "For how long a client collects receipts before it sends them as one message; `none`: each goes out "
        "by itself.",
        "3s",
        above_zero=True,
    )
    read_on: Field[Literal["arrival", "opening", "sight"]] = entry(
        "What makes a message count as read.",
        "sight",
        words={
            "arrival": "It has reached a client, or was fetched by it.",
            "opening": "Its room or list is opened, whatever of it is on the screen.",
            "sight": "It was on the screen, of a window that is in front.",
        },
    )


class Leader(Section):
    """The one that a room cannot go on without: its host, presenter, operator or publisher."""

    DEFINING: ClassVar = "who"

    who: Field[Literal["member", "server"]] = entry(
        "Who leads; `none`: nobody is needed.",
        "member",
        words={
            "member": "A member, whose client keeps the state, decides when it goes on, or is the only "
            "source of what the others get.",
            "server": "A server, whichever members are there.",
        },
    )
    on_loss: Field[Literal["replace", "pause", "end"]] = entry(
        "What becomes of the room when the one who leads is gone; `none`: nothing is decided.",
        "replace",
        words={
            "replace": "Another takes over or may go on.",
            "pause": "The others wait until the leader is back.",
            "end": "It ends for all.",
        },
    )
    wait: Field[Duration] = entry(
        "How long the room waits for the one who leads before that; `none`: not at all.", "60s", none="0s"
    )


class Moment(Section):
    """A moment that all share: a start, a deadline, a position in what all watch or hear."""

    by: Field[Literal["server", "offset", "device", "arrival"]] = entry(
        "By what a client knows that it is there.",
        "offset",
        words={
            "server": "The server tells it in that moment, and counts down by messages.",
            "offset": "Its own clock, and a measured offset to that of the server.",
            "device": "The clock of the device as it is set.",
            "arrival": "The message arrives, so each client acts when it happens to come.",
        },
    )
    corrects: Field[Duration] = entry(
        "How often a client that has drifted is brought back, by comparing its position in what all watch "
        "or hear with that of the others; `none`: each runs by itself after the start.",
        "5s",
        above_zero=True,
    )
    late: Field[Literal["grace", "extend", "refuse"]] = entry(
        "What becomes of an act that arrives just after a deadline.",
        "extend",
        words={
            "grace": "It is taken until the `grace` is over.",
            "extend": "An act shortly before the end moves the end.",
            "refuse": "It is refused, whenever it was sent.",
        },
    )
    grace: Field[Duration] = entry("How long after the deadline an act is still taken.", "2s", none="0s")
    after_restart: Field[Literal["timers", "times"]] = entry(
        "What a restarted process does about deadlines that were running, such as the end of a round, an "
        "auction or a hold; `none`: nothing, their timers are gone with the old process.",
        "timers",
        words={
            "timers": "It finds them in a store, sets their timers again, and ends what is overdue.",
            "times": "It finds their times, and checks one only when somebody acts.",
        },
    )


class Replicas(Section):
    """The same computation at every end, fed with inputs alone: lockstep, rollback, a replayed log."""

    numbers: Field[Literal["exact", "float"]] = entry(
        "What it computes with.",
        "exact",
        words={
            "exact": "Integers or fixed point, the same on each machine.",
            "float": "Floating point, whose last digits differ between processors and compilers.",
        },
    )
    compared: Field[Duration] = entry(
        "How often a checksum of the state is compared between the ends; `none`: never.",
        "5s",
        above_zero=True,
    )
    on_difference: Field[Literal["resync", "end", "shown"]] = entry(
        "What happens when the states differ; `none`: it goes on.",
        "resync",
        words={
            "resync": "One end's state is sent to the others.",
            "end": "The session ends.",
            "shown": "The user whose state differs is told, and it goes on.",
        },
    )
    rewinds: Field[Count | Duration] = entry(
        "How many steps, or how much time, an end that has gone on without an input goes back to compute "
        "again with it; `none`: as far as the input is late.",
        "8",
        above_zero=True,
    )


class Join(Section):
    """How a client enters a room that others are writing in."""

    DEFINING: ClassVar = "order"

    @property
    def fetches_once_at_most(self) -> bool:
        """Whether the state is fetched at the start and no more, or not at all."""
        return self.fetch.is_none or self.fetch.has("once")

    @property
    def begins_empty(self) -> bool:
        """Whether one who joins gets what is sent from then on, and nothing from before."""
        return self.is_none or self.order.has("subscribe-only")

    @property
    def ends_with_connection(self) -> bool:
        """Whether nobody subscribes a client again that is back on a new connection."""
        return self.again.is_none and not self.over.has("connecting")

    order: Field[
        Literal[
            "subscribe-first", "fetch-first", "fetch-then-replay", "snapshot", "from-position",
            "subscribe-only",
        ]
    ] = entry(
        "How state and stream are joined.",
        "subscribe-first",
        words={
            "subscribe-first": "The client subscribes, then fetches, and drops what came twice.",
            "fetch-first": "The client fetches, then subscribes to what is sent from then on.",
            "fetch-then-replay": "The client fetches, then subscribes from the position of what it fetched.",
            "snapshot": "The stream begins with the state.",
            "from-position": "Nothing is fetched, and the reader names where a log begins for it (a tail, an "
            "answer from its first word).",
            "subscribe-only": "The client gets nothing of the past.",
        },
    )  # fmt: skip
    again: Field[Literal["client", "server", "application"]] = entry(
        "Who joins the rooms again on a new connection, or after the server has put a client out; `none`: "
        "nobody, they are joined once, at the start.",
        "client",
        words={
            "client": "The client asks for each of them.",
            "server": "The server puts the client back into them.",
            "application": "It is left to whoever uses the library or service.",
        },
    )
    over: Field[Literal["connection", "request", "connecting"]] = entry(
        "How a client subscribes.",
        "request",
        words={
            "connection": "By messages on the connection.",
            "request": "By its address or a request.",
            "connecting": "By connecting and nothing else: its address or handshake names what it is for, so "
            "that a client that connects again is subscribed again.",
        },
    )
    ends: Field[tuple[Literal["view", "disconnect", "idle"], ...]] = entry(
        "Everything that ends a subscription.",
        ["view", "disconnect"],
        words={
            "view": "Its client, when the user leaves or closes the view that shows it.",
            "disconnect": "The end of the connection.",
            "idle": "The server, when its client has not asked for it or confirmed it for a while.",
        },
    )
    confirmed: Field[Literal["in-force", "accepted"]] = entry(
        "When the server tells a client that it is subscribed; `none`: never, the client goes on at once.",
        "in-force",
        words={
            "in-force": "Once it takes effect: what is sent from then on arrives.",
            "accepted": "Once the request is accepted; it takes effect a moment later, such as when other "
            "nodes or a broker have heard of it.",
        },
    )
    fetch: Field[Literal["each-time", "once"]] = entry(
        "How often a client fetches the state.",
        "each-time",
        words={
            "each-time": "At each join, also on a new connection.",
            "once": "Once: later it subscribes again and goes on with what it has.",
        },
    )
    epoch: Field[bool] = entry(
        "Whether a client that holds a document from before the server rebuilt, reset or restored it is "
        "told so, and begins from the new one instead of merging its own into it.",
        True,
    )
    admitted: Field[Literal["handshake", "before", "beside"]] = entry(
        "What gives a client that is back on a new connection the right to its subscriptions, where that is "
        "looked at.",
        "before",
        words={
            "handshake": "What it connects with, such as a token, a cookie or its session.",
            "before": "A message of its own, such as a login or a join, which is answered before the client "
            "subscribes.",
            "beside": "Such a message, which nothing puts before the subscriptions: a library sends those "
            "again by itself as soon as the connection stands.",
        },
    )
    on_refused: Field[Literal["same", "later", "anew", "stop"]] = entry(
        "What a client does when a subscription, or the position that it names in it, is refused or ended by "
        "the server; `none`: nothing is decided.",
        "anew",
        words={
            "same": "It sends the same request again at once.",
            "later": "It sends the same request again after a delay that grows.",
            "anew": "It fetches the state and subscribes from there.",
            "stop": "It tells its user and does no more.",
        },
    )
    deduplicate: Field[bool] = entry("Whether what arrives by both ways is dropped once.", True)
    history: Field[Count | Duration] = entry(
        "How many past messages are fetched, or those of how long a time, such as of the last `24h`.", "50"
    )
    remainder: Field[Literal["paged", "marked"]] = entry(
        "What becomes of what is older than the `history` that was fetched and newer than what the client "
        "holds; `none`: it is missing, and nothing shows that.",
        "paged",
        words={
            "paged": "The client fetches on, page by page.",
            "marked": "A gap is shown and can be loaded.",
        },
    )
    pages: Field[Literal["count", "entry"]] = entry(
        "Where the next page of older entries begins.",
        "entry",
        words={
            "count": "After so many of the newest, counted again for each page (a page number, `skip`, "
            "`OFFSET`).",
            "entry": "After the oldest entry that the client holds, named by its id, time or place in the "
            "order (a cursor).",
        },
    )
    history_sent: Field[Literal["first", "after", "apart"]] = entry(
        "When past messages come.",
        "apart",
        words={
            "first": "First, so what is live waits behind them on the connection.",
            "after": "After the current state.",
            "apart": "By a request or connection of their own.",
        },
    )
    reads: Field[Literal["batched", "parallel", "in-turn"]] = entry(
        "How a server reads what a client is given at its start, where that is made of many items such as "
        "rooms, monitors or devices.",
        "batched",
        words={
            "batched": "All by one or a few queries.",
            "parallel": "By queries for each item, at the same time.",
            "in-turn": "By queries for one item after the other.",
        },
    )
    together: Field[bool] = entry(
        "Whether most clients of a room, or of all, join at the same moment, such as at the start of a "
        "round, a match, a sale or a broadcast.",
        True,
    )
    items: Field[Count] = entry(
        "How many such items there are at most at the start of one client.", "200", above_zero=True
    )
    takes: Field[Duration] = entry(
        "How long it takes at most until a client has all that it is given at its start.", "3s"
    )
    interrupted: Field[Literal["goes-on", "begins-anew"]] = entry(
        "What the next connection brings where one is lost while this is still coming.",
        "goes-on",
        words={"goes-on": "The rest.", "begins-anew": "All of it again, from the first item."},
    )
    batch: Field[Count] = entry(
        "How many rooms or topics one message of a client joins.", "50", above_zero=True
    )
    paced: Field[Rate] = entry(
        "The most such messages that a client sends in a second when it joins; `none`: all at once.",
        "4/s",
        above_zero=True,
    )
    buffered: Field[bool] = entry(
        "Whether what the stream brings while the state is fetched, at a join or later, is kept and applied "
        "to what was fetched; `false`: the answer replaces it.",
        True,
    )
    silence_timeout: Field[Duration] = entry(
        "How long a subscription may bring no data, on a connection that stands, before the client "
        "subscribes again or raises an alarm; `none`: however long.",
        "30s",
        above_zero=True,
    )
    presence_snapshot: Field[bool] = entry("Whether the client gets the list of those present.", True)


class Values(Section):
    """How a client that shows the last value of something tells an old one from a new one."""

    at_start: Field[Literal["kept", "safe", "defaults", "waits"]] = entry(
        "What a client or service that starts goes by while its source cannot be reached; `none`: nothing is "
        "decided.",
        "kept",
        words={
            "kept": "The last values that it had, which it has stored.",
            "safe": "Values that are chosen to do no harm.",
            "defaults": "Those in its code or settings, like current ones.",
            "waits": "Nothing: it does not begin before it has them, and says so.",
        },
    )
    expire_after: Field[Duration] = entry(
        "The age at which a value no longer counts as current, where its source sends nothing new; `none`: "
        "it counts until the next one comes.",
        "60s",
        above_zero=True,
    )
    shown_as: Field[Literal["blank", "marked", "last"]] = entry(
        "How a value is shown whose source has been silent for that long.",
        "marked",
        words={
            "blank": "Not at all.",
            "marked": "With its age, or as out of date.",
            "last": "Like any other.",
        },
    )
    dated: Field[Literal["reading", "sending", "receipt"]] = entry(
        "Which time a value carries, by which its age is told and it is compared with others.",
        "reading",
        words={
            "reading": "That of its measurement or change at the source, however often it is sent.",
            "sending": "That of its sending, also of an old one that a timer or a cache sends again.",
            "receipt": "None: each receiver goes by the time of the receipt.",
        },
    )
    ahead: Field[Duration] = entry(
        "How far ahead of its receiver's clock a value may be dated before it is refused, or dated by its "
        "receipt; `none`: nothing is compared.",
        "5m",
        above_zero=True,
    )


class Sync(Section):
    """How the state stays the same at all ends."""

    KIND: ClassVar = ("strategy",)

    strategy: Field[Strategy] = entry(
        "How concurrent changes become one state. What one message holds is `updates`.",
        "crdt",
        words=STRATEGIES,
    )
    library: Field[str] = entry("What implements it.", "yjs")
    data: Sections[Data] = entry("What is kept in sync: one kind, or a list.", {"shape": "text"})
    updates: Field[Literal["event", "delta", "state-value", "full-state", "signal"]] = entry(
        "What one update holds.",
        "delta",
        words={
            "event": "Something that happened, whole in itself.",
            "delta": "A change that builds on the state before it.",
            "state-value": "The current value of one thing.",
            "full-state": "The whole state again.",
            "signal": "Only that something changed, and the client fetches it.",
        },
    )
    delta_from: Field[Literal["previous", "acknowledged", "sent"]] = entry(
        "Which state a `delta` builds on.",
        "acknowledged",
        words={
            "previous": "The one after the update before it.",
            "acknowledged": "The newest one that its receiver acknowledged, so a lost update breaks none "
            "that follows.",
            "sent": "The newest one that was sent, which counts as acknowledged without an answer of its "
            "receiver.",
        },
    )
    clock: Field[
        Literal["server-order", "version", "client-wall", "lamport", "hybrid-logical", "vector", "arrival"]
    ] = entry(
        "What decides which of two changes is later.",
        "server-order",
        words={
            "server-order": "The order in which a server takes them.",
            "version": "A version counter of each item, with a tie-break.",
            "client-wall": "A device's clock.",
            "lamport": "A Lamport clock: a counter that each message moves on.",
            "hybrid-logical": "A hybrid logical clock: a device's clock that never runs behind what it has "
            "received.",
            "vector": "A vector clock, which also tells that two changes were concurrent.",
            "arrival": "At each end what arrives last, so two ends may differ.",
        },
    )
    topology: Field[Literal["central", "peer-to-peer"]] = entry(
        "Through whom changes travel.",
        "central",
        words={"central": "Through a server.", "peer-to-peer": "From client to client."},
    )
    offline: Offline = entry("Work while offline.", {"max": "7d"})
    snapshot: Snapshot = entry("The whole state, in one message.", {"size": "200KiB"})
    refetch: Field[Duration] = entry(
        "How often a client fetches the state by a request of its own, whatever its connection says; `none`: "
        "only when it joins.",
        "1m",
        above_zero=True,
    )
    fetched_from: Field[Literal["primary", "replica", "cache"]] = entry(
        "Which copy of the state a fetch reads.",
        "primary",
        words={
            "primary": "The one that changes are written to.",
            "replica": "A replica of the database, which may lag.",
            "cache": "A cache that is refreshed or emptied beside the stream.",
        },
    )
    cache_emptied: Field[Literal["before-commit", "after-commit", "by-age"]] = entry(
        "When a cache that fetches read is emptied or refreshed for a change.",
        "after-commit",
        words={
            "before-commit": "Before the change is committed, such as by a hook inside of its transaction.",
            "after-commit": "Once that transaction is committed.",
            "by-age": "By no change: its entries go when they are old enough.",
        },
    )
    fetch_waits: Field[bool] = entry(
        "Whether a fetch that a message led to names its version or position, and waits or asks elsewhere "
        "until the copy has it.",
        True,
    )
    values: Values = entry("When a value is too old, and how it is shown then.", {"expire_after": "60s"})
    history: History = entry("What is kept of the past.", {"retention": "30d"})
    compaction: Compaction = entry(
        "Shortening the log: when old operations are folded into a snapshot.", True
    )
    gc_after: Field[Duration] = entry("When tombstones are removed; `none`: never.", "30d")
    deletes: Field[Literal["tombstone", "removed", "archived"]] = entry(
        "What a deletion leaves.",
        "tombstone",
        words={
            "tombstone": "A trace that tells other replicas.",
            "removed": "Nothing, so a deleted thing and one not yet known look the same.",
            "archived": "The thing itself, marked.",
        },
    )
    undo: Field[Literal["own", "any", "snapshot", "last-editor"]] = entry(
        "What undo takes back where several edit.",
        "own",
        words={
            "own": "The user's own last change.",
            "any": "The last change of any user.",
            "snapshot": "It puts back the state from before, without what others changed since.",
            "last-editor": "Only the last editor can undo at all.",
        },
    )
    while_down: Field[Literal["read-only", "edit", "edit-alone"]] = entry(
        "What a user can do while the connection or the server is down.",
        "read-only",
        words={
            "read-only": "Only read.",
            "edit": "Edit on; the changes are sent later.",
            "edit-alone": "Edit a copy that is saved some other way than through the session.",
        },
    )
    seed: Seed = entry("A document's beginning: where its first content comes from.", {"by": "server-once"})
    versions: Versions = entry("Old and new clients, on the same data.", {"unknown": "kept"})
    optimistic: Field[bool] = entry("Whether a client shows its change before it is confirmed.", True)
    requests_per_act: Field[Count] = entry(
        "Requests that one act of a user becomes, each of them sent when the one before is answered, such as "
        "one for each step of a way or each item of a selection; 1 where one request does it.",
        "20",
        above_zero=True,
    )
    echo_matched_by: Field[Literal["client-id", "server-id", "content", "idempotent", "left-out"]] = entry(
        "By what a client that shows its own message at once knows it again when it comes back from the "
        "server; `none`: by nothing.",
        "client-id",
        words={
            "client-id": "An id that the client made, and that the server sends back with it.",
            "server-id": "The id that the server gives it, which the client learns from the answer.",
            "content": "What is in it: its text, its sender, about the same time.",
            "idempotent": "It need not: what is applied twice is the same, such as an update of a CRDT.",
            "left-out": "It does not come back: its sender is left out when it is sent on, and caught up "
            "without it.",
        },
    )
    unit: Field[Literal["field", "record"]] = entry(
        "How much one change replaces where the last writer wins.",
        "field",
        words={
            "field": "The field or value that was changed; the rest of its record stays as others wrote it.",
            "record": "The whole record or document as its writer had it, with all of its fields or entries.",
        },
    )
    overwritten: Field[Literal["told", "kept"]] = entry(
        "What becomes of a change that another one replaces whose writer had not seen it; `none`: it is "
        "gone, and nobody is asked or told.",
        "told",
        words={
            "told": "Its author is told, or somebody is shown both and decides.",
            "kept": "It stays in a history or as a copy, from where it can be brought back.",
        },
    )
    reconcile: Field[Literal["rebase", "rollback"]] = entry(
        "What a client does when its change is refused.",
        "rebase",
        words={
            "rebase": "It makes the change again on the server's state.",
            "rollback": "It takes the change back.",
        },
    )
    during_push: Field[Literal["applied", "delayed", "skipped"]] = entry(
        "What becomes of a report of the server, or of others, on an item whose own change was sent and has "
        "no answer yet.",
        "delayed",
        words={
            "applied": "It is applied at once, or merged.",
            "delayed": "It waits until the answer is there.",
            "skipped": "It is passed over, since the item counts as changed here, while the position moves "
            "on.",
        },
    )
    after_accept: Field[Literal["returned", "unaltered", "sent"]] = entry(
        "What a client takes for the server's state of an item when its change was accepted.",
        "returned",
        words={
            "returned": "What the answer holds.",
            "unaltered": "What it sent, which the server takes as it is.",
            "sent": "What it sent, although the server may alter what it accepts, such as a time, an id or a "
            "text that it cleans.",
        },
    )
    provisional: Field[Literal["marked", "unmarked"]] = entry(
        "How a receiver tells what may still be revised or withdrawn from what is final: a word that is "
        "still spoken, a bar of a minute that is running, a score, an answer that a filter still checks; "
        "`none`: all that is sent is final.",
        "marked",
        words={
            "marked": "Each message says whether it is final, or which one it replaces.",
            "unmarked": "It does not: a later version looks like one more message.",
        },
    )
    hysteresis: Field[Literal["held", "margin", "once"]] = entry(
        "Where a measured value beyond a limit raises an alert or starts something: what keeps a value that "
        "wavers around the limit from doing so again and again; `none`: nothing, each crossing does.",
        "held",
        words={
            "held": "It counts only after it was beyond the limit for a while, or for several readings.",
            "margin": "It ends at another limit, some way back from the one that raised it.",
            "once": "After one there is no second for a while, or until somebody has seen it.",
        },
    )
    own_devices: Field[Literal["told"]] = entry(
        "Whether what a user does on one device, such as reading, dismissing or muting, reaches that user's "
        "other devices and tabs; `none`: they show the old state until they load it again.",
        "told",
        words={"told": "They are told at once."},
    )
    reconcile_after: Field[Literal["answered"] | Duration] = entry(
        "How long a client shows its own change without a confirmation before it shows again what the server "
        "or device reports, whatever that is; `none`: until exactly its own value is reported.",
        "10s",
        above_zero=True,
        words={
            "answered": "Until a checkpoint, a counter or an acknowledgement comes back for the change, or a "
            "refusal.",
        },
    )
    effect: Field[Literal["shown", "stored", "acts"]] = entry(
        "What a receiver does with a message.",
        "shown",
        words={
            "shown": "It shows it.",
            "stored": "It stores it.",
            "acts": "It starts an automation, opens a door, sends a mail, calls another service.",
        },
    )
    fetch_delay: Field[Duration | Spread] = entry(
        "How long a client waits, fixed or at random, before it fetches what a signal announces; `none`: it "
        "fetches at once.",
        "0s..30s",
    )
    durability: Durability = entry("What survives a crash.", {"checkpoint": "30s"})
    ordering: Ordering = entry("The order of messages.", {"scope": "per-room"})
    delivery: Delivery = entry("How often each arrives.", {"guarantee": "at-least-once"})
    join: Join = entry("How a client enters.", {"order": "subscribe-first"})
    receipts: Receipts = entry(
        "How receivers tell that a message has arrived, or was read; `none`: they do not.",
        {"of": "position", "bundled": "3s"},
    )
    leader: Leader = entry("Whom a room needs, such as its host or presenter.", {"who": "member"})
    moment: Moment = entry(
        "Starts and deadlines, which all share, such as the end of an auction, or a position in what all "
        "watch.",
        {"by": "offset"},
    )
    replicas: Replicas = entry(
        "The same computation, at every end and fed with inputs alone; `none`: the state is sent.",
        {"compared": "5s"},
    )
    together: Field[Literal["same-stream", "stamped"]] = entry(
        "How values meet again that are shown together and travel apart, such as sound and picture, or a "
        "time and the positions at it; `none`: each is shown when it comes.",
        "stamped",
        words={
            "same-stream": "They go in one ordered stream.",
            "stamped": "Each carries the time of one clock.",
        },
    )
    begins: Field[Literal["one-side", "tie-break", "either"]] = entry(
        "Who may begin where two ends settle something between them, such as an offer of WebRTC or a call.",
        "tie-break",
        words={
            "one-side": "One fixed side.",
            "tie-break": "Both, and of two at once a rule picks one.",
            "either": "Both, and nothing is decided for two at once.",
        },
    )
    meant_for: Field[Literal["run", "room"]] = entry(
        "What a message names that stops, ends, approves or answers one of several that follow one another "
        "in a chat, room or session: runs, matches, calls. `none`: nothing, so that it counts for whatever "
        "its receiver is in by then.",
        "run",
        words={
            "run": "The one that it is about, by its id or its beginning; a receiver ignores it once that is "
            "over.",
            "room": "Only where that is, so that it counts for what runs there when it arrives.",
        },
    )
    judged: Field[Literal["arrival", "seen"]] = entry(
        "As of when an act at something that moves is judged, such as a shot.",
        "seen",
        words={
            "arrival": "When it arrives.",
            "seen": "As its sender saw the others at that time, with the server looking back.",
        },
    )
    catch_up: Field[Literal["skip", "faster", "at-join", "wait"]] = entry(
        "What happens when a receiver has fallen behind a stream, be it sound, video, or the steps of a "
        "game; `none`: it works through everything in turn, and its buffer has no bound in time.",
        "skip",
        words={
            "skip": "It leaves out what is old.",
            "faster": "It plays or computes faster until it is level.",
            "at-join": "It computes faster when it joins or is loaded again alone; later it works through "
            "everything in turn.",
            "wait": "The others wait for it.",
        },
    )
    playout: Field[Literal["adapts", "extrapolates"] | Duration] = entry(
        "How long a receiver holds what comes at intervals before it shows or applies it, to smooth out "
        "uneven arrival (an interpolation delay, a jitter buffer, an input delay); `none`: each is shown or "
        "applied when it arrives.",
        "100ms",
        above_zero=True,
        words={
            "adapts": "As long as recent jitter requires.",
            "extrapolates": "It does not: it extrapolates, and is corrected when the next one comes.",
        },
    )
    missed_steps: Field[Literal["all", "bounded", "skipped"]] = entry(
        "What the process that decides the state does about fixed steps (ticks) of its simulation that it "
        "was too slow for; `none`: its steps are not fixed, and one covers the time since the last.",
        "bounded",
        words={
            "all": "It computes all of them, one after the other, as fast as it can.",
            "bounded": "It computes some of them, up to a number or a time, and leaves out the rest.",
            "skipped": "It leaves them out, so that the simulation falls behind the clock.",
        },
    )
