"""What both ends hold: its data, how messages are ordered, kept and delivered, and how a client joins."""

from typing import Any, ClassVar, Literal, Self

from rtreview.language.field import Field
from rtreview.language.notation import NONE
from rtreview.language.section import Mistake, Section, Sections, entry
from rtreview.quantities.interval import SOME
from rtreview.quantities.quantity import Count, Duration, Rate, Size, Spread
from rtreview.text.place import SpecPath

Strategy = Literal[
    "crdt", "ot", "server-authoritative", "last-writer-wins", "append-only", "full-state", "signal"
]  # fmt: skip


Storage = Literal["memory", "browser", "disk"]
"""Where a client keeps what waits, from what loses it first on."""


class Lock(Section):
    """What one writer holds alone while writing, and what ends that."""

    SHORTHAND: ClassVar = "of"

    of: Field[Literal["field", "section", "document"]] = entry("What is held.", "section")
    lease: Field[Duration] = entry(
        "How long it holds from when it was taken or last renewed; `none`: without limit.", "2m"
    )
    renewed: Field[Duration] = entry(
        "How often the holder's client renews it while it is there; `none`: never, so that it runs out "
        "that long after it was taken, however long the work takes.",
        "30s",
        above_zero=True,
    )
    ends: Field[tuple[Literal["save", "leave", "disconnect", "expiry", "takeover", "administrator"], ...]] = (
        entry(
            "All that ends it. `save`: its holder saves or cancels. `leave`: the holder's client says that "
            "it leaves, by a message or a request as the page closes. `disconnect`: the server sees the "
            "holder's connection end. `expiry`: the lease is over. `takeover`: another user may take it. "
            "`administrator`: one can free it by hand. `none`: nothing does.",
            ["save", "disconnect", "expiry"],
        )
    )
    late_save: Field[Literal["refused", "kept-as-draft", "accepted"]] = entry(
        "What becomes of a save by a holder whose lock has ended: it is `refused`, `kept-as-draft` beside "
        "the new state, or `accepted`, so that it overwrites what the next holder wrote.",
        "kept-as-draft",
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
    lock: Lock = entry(
        "What one writer holds alone while writing; a bare word is what is held.",
        {"of": "section", "lease": "2m", "renewed": "30s"},
    )
    addressed_by: Field[Literal["id", "position", "mapped", "value"]] = entry(
        "How a change to it, or an entry that points into other data such as a comment, a bookmark or a "
        "range, names its place while others edit: by the `id` of an element that stays the same, also a "
        "relative position of a CRDT; by `position`: an offset, index, line, row number or path; by such a "
        "position that each change that came before moves along, in a rebase or at the server (`mapped`); by "
        "the `value` that stands there.",
        "id",
    )
    replaced_on: Field[tuple[Literal["move", "format", "update", "create"], ...]] = entry(
        "Which edits delete the old and insert a copy, or assign the whole, instead of changing what is "
        "there: `move` of an item, `format` of a run of text, `update` of a field inside of an object that "
        "is written whole, `create` of a container by whichever client finds it missing; `none`: no edit.",
        ["move"],
    )
    derived: Field[Literal["increments", "position", "query"]] = entry(
        "How a client comes by a number that follows from other data, such as an unread count or a total. "
        "`increments`: it adds up what arrives. `position`: it is counted from a position, such as the last "
        "message that was read. `query`: the server counts, and sends the number itself.",
        "position",
    )
    control: Field[Literal["exclusive", "priority", "separate", "last"]] = entry(
        "Who may act on one thing where several can: a robot, a player, a window. `exclusive`: one has "
        "control and hands it over. `priority`: a rank decides, such as a stop before a move. `separate`: "
        "each has a value of its own. `last`: whoever acts, the last one counts; `none`: nothing decides.",
        "exclusive",
    )
    lasts: Field[Literal["held", "set", "done"] | Duration] = entry(
        "How long what one act began goes on at its receiver. `held`: only as long as its sender wants it "
        "and can end it, such as a velocity, a pressed key, an open microphone, `is typing`. `set`: until it "
        "is changed, such as a light that is on. `done`: it ends by itself, as an order or a goal does; a "
        "time: it ends after that, unless it is repeated.",
        "held",
    )
    sender_gone: Field[Literal["stop", "keep", "restart"]] = entry(
        "What its receiver does with what is in force when the sender, or the hub that controls it, falls "
        "silent or is gone; `none`: nothing is decided, so that it goes on.",
        "stop",
        words={
            "stop": "It ends or releases it, or goes into a safe state.",
            "keep": "It goes on with it.",
            "restart": "After a while it starts itself anew, which interrupts what is in force.",
        },
    )
    visible_to: Field[Literal["all", "owner", "group"]] = entry(
        "Who may know it: `all` who are in the room, its `owner` alone, such as a hand of cards or a sealed "
        "bid, or a `group`, such as a team.",
        "owner",
    )
    decided_by: Field[Literal["server", "checked", "client"]] = entry(
        "Who decides its value: the `server` computes it from what clients want, it takes what a client "
        "reports within bounds that it checks (`checked`), or as it is (`client`): a position, a score, a "
        "hit, a price.",
        "server",
    )
    counted_per: Field[Literal["user", "device", "request"]] = entry(
        "Of a count that people raise, such as votes: for whom one is taken, whatever that one sends: each "
        "`user` who is known, each `device` or address, or each `request`; `none`: nothing tells them apart.",
        "user",
    )
    retain: Field[Literal["last", "all"]] = entry(
        "What a broker keeps of its messages, where that differs from `delivery.retain` of the rest, as "
        "where values are retained and commands are not (`none`).",
        "last",
    )
    expires_after: Field[Duration] = entry(
        "The age at which its messages are dropped, where that differs from `delivery.expires_after` of the "
        "rest.",
        "30s",
    )
    by_time: Field[Literal["timer", "client", "fetch", "untold"]] = entry(
        "How those who look learn of a change that the clock alone makes, such as an item that becomes due, "
        "opens, expires or falls out of `the last hour`; `none`: the clock changes nothing.",
        "timer",
        words={
            "timer": "The server sends it at that moment.",
            "client": "The item carries its times, and the client works it out.",
            "fetch": "The next fetch or reload shows it.",
            "untold": "They do not, until something else changes.",
        },
    )
    needed: Field[Literal["current", "each-change"] | Duration] = entry(
        "What a receiver has to notice of a value that changes: the `current` one, `each-change`, also one "
        "that is taken back a moment later, such as a press or a pulse, or each state that lasts at least "
        "so long.",
        "current",
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
    applied: Field[Literal["replace", "rebase", "merge", "append", "ignored"]] = entry(
        "What it does to what a client holds, also one that returns: `replace` drops that, `rebase` drops it "
        "and makes the client's own unconfirmed changes again, `merge` is laid over it, so that what was "
        "deleted meanwhile stays, `append` is added to it, so that entries which the client has already are "
        "there twice, `ignored`: it is passed over, and only what comes after it counts.",
        "replace",
        none="ignored",
    )
    source: Field[Literal["server", "sender"]] = entry(
        "Who makes the one for a client that joins or has lost something: the `server`, from what it keeps, "
        "or the `sender`, the client that publishes, which is asked for it: a camera for a keyframe, the "
        "host of a game for the world.",
        "server",
    )
    to: Field[Literal["asker", "all"]] = entry(
        "Who is sent it: the one who asked for it, or `all` in the room.", "asker"
    )
    min_interval: Field[Duration] = entry(
        "The shortest time between two, whoever asks; `none`: each request is answered by one of its own.",
        "1s",
    )


class Leader(Section):
    """The one that a room cannot go on without: its host, presenter, operator or publisher."""

    DEFINING: ClassVar = "who"

    who: Field[Literal["member", "server"]] = entry(
        "Who leads: a `member`, whose client keeps the state, decides when it goes on, or is the only source "
        "of what the others get, or a `server`; `none`: nobody is needed.",
        "member",
    )
    on_loss: Field[Literal["replace", "pause", "end"]] = entry(
        "What becomes of the room when the one who leads is gone: another takes over or may go on "
        "(`replace`), the others wait until that one is back (`pause`), or it ends for all (`end`); `none`: "
        "nothing is decided.",
        "replace",
    )
    wait: Field[Duration] = entry(
        "How long the room waits for the one who leads before that; `none`: not at all.", "60s", none="0s"
    )


class Moment(Section):
    """A moment that all share: a start, a deadline, a position in what all watch or hear."""

    by: Field[Literal["server", "offset", "device", "arrival"]] = entry(
        "By what a client knows that it is there: the `server` tells it in that moment, and counts down by "
        "messages; its own clock and a measured `offset` to that of the server; the clock of the `device` as "
        "it is set; the `arrival` of the message, so that each acts when it happens to come.",
        "offset",
    )
    corrects: Field[Duration] = entry(
        "How often a client compares its position with that of the others and comes back to it; `none`: "
        "each runs by itself after the start.",
        "5s",
        above_zero=True,
    )
    late: Field[Literal["grace", "extend", "refuse"]] = entry(
        "What becomes of an act that arrives just after a deadline: it is taken for a while (`grace`), an "
        "act shortly before the end moves the end (`extend`), or it is refused, whenever it was sent.",
        "extend",
    )
    grace: Field[Duration] = entry("How long after the deadline an act is still taken.", "2s", none="0s")


class Replicas(Section):
    """The same computation at every end, fed with inputs alone: lockstep, rollback, a replayed log."""

    numbers: Field[Literal["exact", "float"]] = entry(
        "What it computes with: integers or fixed point, the same on each machine (`exact`), or `float`, "
        "whose last digits differ between processors and compilers.",
        "exact",
    )
    compared: Field[Duration] = entry(
        "How often a checksum of the state is compared between the ends; `none`: never.",
        "5s",
        above_zero=True,
    )
    on_difference: Field[Literal["resync", "end"]] = entry(
        "What happens when the states differ: one end's state is sent to the others (`resync`), or the "
        "session ends; `none`: it goes on.",
        "resync",
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
    def read(cls, raw: object, at: SpecPath, mistakes: list[Mistake], example: object = None) -> Self:
        """As a section is read, where a truth value says whether there is one."""
        raw = {True: SOME, False: NONE}[raw] if isinstance(raw, bool) else raw
        return super().read(raw, at, mistakes, example)

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
    loaded: Field[Literal["all", "snapshot", "recent"]] = entry(
        "What of it is read when a document or room is opened, or a server starts it: `all` of it, a "
        "`snapshot` and what came after, or the most `recent` part, with more on demand.",
        "snapshot",
    )
    operations: Changes = entry("Changes that one document collects in its life.", {"typical": 21})


class Offline(Section):
    """Work without a connection."""

    max: Field[Duration] = entry("The longest absence that is merged; `forever`: any.", "7d", kept=True)
    too_old: Field[Literal["merge", "snapshot", "refuse"]] = entry(
        "What becomes of a client that was away for longer than traces of deletions are kept: its changes "
        "are taken like any other (`merge`), it begins again from a `snapshot`, or it is refused.",
        "snapshot",
    )
    sends: Field[Literal["changes", "missing", "whole"]] = entry(
        "What a client that comes back sends: the `changes` that it made, whatever it has and the other end "
        "lacks (`missing`: both sides compare what they have), or its `whole` state, which replaces the "
        "stored one (a forced push).",
        "changes",
    )
    revoked: Field[Literal["deleted", "kept"]] = entry(
        "What becomes of what a device holds already, when its user loses the right to it.",
        "deleted",
        words={
            "deleted": "The device deletes it when it connects again, or at a time that it knows.",
            "kept": "It stays and can be read; only what is new no longer comes.",
        },
    )
    user_change: Field[Literal["cleared", "separate", "kept"]] = entry(
        "What a client's local store does when another user signs in on the same device or browser: it is "
        "emptied (`cleared`), each user has one of their own (`separate`), or what it holds stays, with its "
        "positions and counters (`kept`).",
        "cleared",
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
    stores: Field[Literal["updates", "state", "content"]] = entry(
        "In which form a document is stored: every change (`updates`), the merged `state` with the identity "
        "of its parts, with which replicas can go on merging, or only the `content` that a reader sees, such "
        "as JSON, HTML, rows or a file, from which the document is built again.",
        "state",
    )
    flush_at_stop: Field[bool] = entry(
        "Whether a process that is told to stop, as at each deployment, first writes what is not yet "
        "written; `false`: what came after the last checkpoint goes with it.",
        True,
    )
    write_time: Field[Duration] = entry(
        "How long one write of a large document takes when the store is slow.", "800ms", above_zero=True
    )
    overlapping: Field[bool] = entry(
        "Whether a write of the state may begin while an earlier one of the same document is under way; "
        "`false`: it waits, and one write stands for all that came meanwhile.",
        False,
    )
    on_failure: Field[Literal["retry", "report", "skip"]] = entry(
        "What becomes of a write that fails, or does not get its lock: `retry` until it succeeds, `report` "
        "to those who edit or operate it, `skip` as if it had been made; `none`: nothing is decided.",
        "retry",
    )
    rights: Field[Literal["server", "user"]] = entry(
        "With whose rights the server writes the stored state: its own (`server`), or with the token of the "
        "`user` whose change or leaving causes the write.",
        "server",
    )
    outside: Field[Literal["merge", "replace", "ignore"]] = entry(
        "What a live session does when something else changes the stored state: a program that writes the "
        "file, an API, a restore. `merge`: the difference goes into the session. `replace`: the session is "
        "replaced by it. `ignore`: the session goes on, and its next save is written over it. `none`: "
        "nothing else writes.",
        "merge",
    )


class Ordering(Section):
    """In which order messages arrive."""

    scope: Field[Literal["per-sender", "per-client", "per-room", "causal", "total", "commutative"]] = entry(
        "Among which messages the order holds: each sender's own, all that one client is sent, those of a "
        "room or document, no answer before its question (`causal`), all (`total`); `commutative`: none is "
        "needed, since every order gives the same state.",
        "per-room",
    )
    wraps: Field[Literal["serial", "by-size"]] = entry(
        "How a receiver compares numbers of few bits, such as 16, that begin again at 0 when they come to "
        "their end; `none`: they have so many bits that they never do.",
        "serial",
        words={
            "serial": "As on a circle: newer is what is less than half of it ahead (RFC 1982).",
            "by-size": "The larger one is the newer.",
        },
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
    assigned_at: Field[Literal["insert", "commit"]] = entry(
        "When an entry of a table or log gets its number or time: at the `insert` (an auto-increment id, a "
        "`created_at`), before its transaction commits, so that a later number may be seen before an earlier "
        "one; or at the `commit`, or when a log appends it, so that nothing is ever seen before what is "
        "already read.",
        "commit",
    )
    on_gap: Field[Literal["wait", "resync", "refuse"]] = entry(
        "What a receiver does that misses a number: `wait` a while for a message that is late, `resync` "
        "fetches what it lacks or the state, `refuse` ends the connection; `none`: it goes on.",
        "resync",
    )
    handled: Field[Literal["in-order", "concurrently"]] = entry(
        "Whether a receiver has finished with one message of a room or item before it begins the next, or "
        "handles each in a task, thread or worker of its own.",
        "in-order",
    )
    unknown: Field[Literal["wait", "fetch", "create", "drop"]] = entry(
        "What becomes of a change of something that the receiver does not have yet, such as an edit before "
        "its message: it waits for it, fetches it, makes it from the change, or drops the change.",
        "fetch",
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
    kept: Field[Storage] = entry(
        "Where it lies: in the `memory` of the page or process, which a reload, a crash or a closed tab "
        "empties; in the storage of the `browser`, which the browser may empty (local storage, IndexedDB); "
        "or on `disk`, where it stays (an app's database, storage that the browser has granted for good). "
        "A list where it depends: `[browser, memory]` where a private window, a policy or a full disk leaves "
        "the memory alone.",
        "disk",
    )
    sent: Field[Literal["background", "while-open", "on-open"]] = entry(
        "When what waits in it is sent: also in the `background`, when nobody has the app open; "
        "`while-open`, so that what is left when it is closed waits until it is opened again; or `on-open`, "
        "when the document that was changed is opened again.",
        "background",
    )
    on_close: Field[Literal["warn", "flush"]] = entry(
        "What happens to what still waits when the page or app is closed: its user is told and may stay "
        "(`warn`), or it is sent at that moment (`flush`); `none`: nothing.",
        "warn",
    )
    on_lost: Field[Literal["ask", "retry", "told", "failed"]] = entry(
        "What becomes of a change whose answer is missing because the connection was lost, so that nobody "
        "knows whether it arrived: the server is asked after the return (`ask`), it is sent again with the "
        "same id (`retry`), its author is `told` by an error of its own that nobody knows, or it counts as "
        "`failed` like one that was refused, and its author may send it once more.",
        "retry",
    )
    withdrawable: Field[bool] = entry(
        "Whether deleting or correcting a message that still waits takes it out of the outbox; `false`: it "
        "is sent all the same.",
        True,
    )
    files: Field[Literal["before", "after"]] = entry(
        "When the files that a change names are uploaded: `before` it is sent, or `after`, so that others "
        "see the address of a file that is not there yet.",
        "before",
    )
    on_give_up: Field[Literal["fails", "kept"]] = entry(
        "What becomes of what waits, and of what is sent later, once the client has given up to reconnect: "
        "it `fails`, and whoever sent it is told; or it is `kept` and waits on, though nothing tries to "
        "connect; `none`: nothing is decided.",
        "fails",
    )
    order: Field[Literal["strict", "any"]] = entry(
        "`strict`: changes are sent one after the other, and one that is not taken holds up all behind it. "
        "`any`: the others go past it.",
        "any",
    )


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
        "How often.", "at-least-once", none="at-most-once"
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
    on_overload: Field[Literal["slows", "waits"]] = entry(
        "What a client does about how often it sends (reports, announcements, requests, not attempts to "
        "connect) when the other end refuses for overload or too many messages, such as a 429, or does not "
        "answer: it sends less often (`slows`), or nothing until it may again (`waits`); `none`: it goes on "
        "at the same rate.",
        "slows",
    )
    retain: Field[Literal["last", "all"]] = entry(
        "What a broker keeps of the messages for those who subscribe later: the newest of each topic, or "
        "all; `none`: who is not there misses it.",
        "last",
    )
    expires_after: Field[Duration] = entry(
        "How old a message may be when it is delivered or carried out; an older one is dropped.", "30s"
    )
    chunked: Field[bool] = entry(
        "Whether a message that is larger than the transport takes at once is sent in pieces, or by another "
        "way such as HTTP.",
        True,
    )
    channel: Channel = entry(
        "Order and reliability of its own channel, where the transport has several kinds.",
        {"ordered": False, "reliable": False},
    )
    expires_from: Field[Literal["event", "send", "receipt"]] = entry(
        "From when on that age is counted: the moment of the `event` itself, carried along as a time; each "
        "`send`, so that what waited before in a queue or outbox is not counted; or the `receipt`, so that "
        "each end counts from a start of its own.",
        "event",
    )
    replay_marked: Field[bool] = entry(
        "Whether a receiver can tell a message that is retained or replayed from a new one.", True
    )
    consumer_confirms: Field[Literal["on-receipt", "after-work"]] = entry(
        "When the receiver of a message, or its library, confirms it to the broker or server that would "
        "deliver it again: as soon as it has come (`on-receipt`, such as automatic acknowledgement), or when "
        "what it is for is done or stored (`after-work`).",
        "after-work",
    )


class Join(Section):
    """How a client enters a room that others are writing in."""

    DEFINING: ClassVar = "order"
    KIND: ClassVar = ("order",)

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
        "Who joins the rooms again on a new connection, or after the server has put a client out; `none`: "
        "nobody, they are joined once, at the start, or it is left to whoever uses the library.",
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
    epoch: Field[bool] = entry(
        "Whether a client that holds a document from before the server rebuilt, reset or restored it is "
        "told so, and begins from the new one instead of merging its own into it.",
        True,
    )
    on_refused: Field[Literal["same", "later", "anew", "stop"]] = entry(
        "What a client does when a subscription, or the position that it names in it, is refused or ended by "
        "the server: it sends the `same` request again at once; the same after a delay that grows (`later`); "
        "it fetches the state and subscribes from there (`anew`); or it tells its user and does no more "
        "(`stop`); `none`: nothing is decided.",
        "anew",
    )
    deduplicate: Field[bool] = entry("Whether what arrives by both ways is dropped once.", True)
    history: Field[Count | Duration] = entry(
        "How many past messages are fetched, or those of how long a time, such as of the last `24h`.", "50"
    )
    remainder: Field[Literal["paged", "marked"]] = entry(
        "What becomes of what is older than the `history` that was fetched and newer than what the client "
        "holds: it fetches on, page by page (`paged`), or a gap is shown and can be loaded (`marked`); "
        "`none`: it is missing, and nothing shows that.",
        "paged",
    )
    history_sent: Field[Literal["first", "after", "apart"]] = entry(
        "When past messages come: `first`, so that what is live waits behind them on the connection, `after` "
        "the current state, or `apart`, by a request or connection of their own.",
        "apart",
    )
    reads: Field[Literal["batched", "parallel", "in-turn"]] = entry(
        "How a server reads what a client is given at its start, where that is made of many items such as "
        "rooms, monitors or devices: all by one or a few queries (`batched`), or by queries for each item, "
        "at the same time (`parallel`) or for one item after the other (`in-turn`).",
        "batched",
    )
    items: Field[Count] = entry(
        "How many such items there are at most at the start of one client.", "200", above_zero=True
    )
    takes: Field[Duration] = entry(
        "How long it takes at most until a client has all that it is given at its start.", "3s"
    )
    interrupted: Field[Literal["goes-on", "begins-anew"]] = entry(
        "What a connection that is lost while this is still coming leaves: the next one brings the rest "
        "(`goes-on`), or all of it again from the first item (`begins-anew`).",
        "goes-on",
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
        "How a value is shown whose source has been silent for that long: not at all (`blank`), with its age "
        "or as out of date (`marked`), or like any other (`last`).",
        "marked",
    )


class Seed(Section):
    """Where a document that is edited together gets its first content from."""

    SHORTHAND: ClassVar = "by"

    by: Field[Literal["server-once", "server-each-load", "first-client", "each-client"]] = entry(
        "Who puts the first content in: text from a database, a template, an empty paragraph. "
        "`server-once`: a server when the document is made, and that document is kept from then on. "
        "`server-each-load`: a server, each time that it loads the document from rows, JSON, HTML or a file. "
        "`first-client`: whichever client finds it empty. `each-client`: every client that opens it. "
        "`none`: documents begin empty.",
        "server-once",
    )
    once: Field[bool] = entry(
        "Whether content that is put in twice counts once: a store that takes the first only (compare and "
        "set), or the same identity for the same content whoever makes it.",
        True,
    )


class Versions(Section):
    """Clients of several versions that work on the same data."""

    unknown: Field[Literal["kept", "dropped", "skipped", "refused"]] = entry(
        "What a client does with what a newer version wrote and it does not know, such as a field, a kind of "
        "block or a table: `kept` untouched when it writes; `dropped`, left out of what it shows and writes "
        "back; `skipped` as it receives it, while its position moves on; `refused`: it opens nothing of the "
        "kind, or only to read.",
        "kept",
    )
    old_clients: Field[Literal["served", "read-only", "refused"]] = entry(
        "What becomes of clients of an earlier version after the data has changed its form.", "read-only"
    )
    refetched: Field[bool] = entry(
        "Whether a client that is updated fetches again what it passed over before.", True
    )


class Sync(Section):
    """How the state stays the same at all ends."""

    KIND: ClassVar = ("strategy",)

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
    delta_from: Field[Literal["previous", "acknowledged"]] = entry(
        "Which state a `delta` builds on: the one after the update before it (`previous`), or the newest one "
        "that its receiver acknowledged, so that a lost update breaks none that follows (`acknowledged`).",
        "acknowledged",
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
    fetched_from: Field[Literal["primary", "replica", "cache"]] = entry(
        "Which copy of the state a fetch reads: the one that changes are written to (`primary`), a `replica` "
        "of the database that may lag, or a `cache` that is refreshed or emptied beside the stream.",
        "primary",
    )
    fetch_waits: Field[bool] = entry(
        "Whether a fetch that a message led to names its version or position, and waits or asks elsewhere "
        "until the copy has it.",
        True,
    )
    values: Values = entry("How old a value may be that is shown as current.", {"expire_after": "60s"})
    history: History = entry("What is kept of the past.", {"retention": "30d"})
    compaction: Compaction = entry("When old operations are folded into a snapshot.", True)
    gc_after: Field[Duration] = entry("When traces of deleted things are removed; `none`: never.", "30d")
    deletes: Field[Literal["tombstone", "removed", "archived"]] = entry(
        "What a deletion leaves: a trace that tells other replicas (`tombstone`), the thing itself, marked "
        "(`archived`), or nothing (`removed`), so that a deleted thing and one not yet known look the same.",
        "tombstone",
    )
    undo: Field[Literal["own", "any", "snapshot", "last-editor"]] = entry(
        "What undo takes back where several edit: the user's `own` last change; the last change of `any` "
        "user; it puts back the state from before (`snapshot`), without what others changed since; or only "
        "the `last-editor` can undo at all.",
        "own",
    )
    while_down: Field[Literal["read-only", "edit", "edit-alone"]] = entry(
        "What a user can do while the connection or the server is down: only read, `edit` on and send it "
        "later, or `edit-alone`, on a copy that is saved some other way than through the session.",
        "read-only",
    )
    seed: Seed = entry("Where a document gets its first content from.", {"by": "server-once"})
    versions: Versions = entry("Clients of several versions on the same data.", {"unknown": "kept"})
    optimistic: Field[bool] = entry("Whether a client shows its change before it is confirmed.", True)
    echo_matched_by: Field[Literal["client-id", "server-id", "content", "left-out"]] = entry(
        "By what a client that shows its own message at once knows it again when it comes back from the "
        "server; `none`: by nothing.",
        "client-id",
        words={
            "client-id": "An id that the client made, and that the server sends back with it.",
            "server-id": "The id that the server gives it, which the client learns from the answer.",
            "content": "What is in it: its text, its sender, about the same time.",
            "left-out": "It does not come back: its sender is left out when it is sent on, and caught up "
            "without it.",
        },
    )
    reconcile: Field[Literal["rebase", "rollback"]] = entry(
        "What a client does when its change is refused.", "rebase"
    )
    during_push: Field[Literal["applied", "delayed", "skipped"]] = entry(
        "What becomes of a report of the server, or of others, on an item whose own change was sent and has "
        "no answer yet: it is `applied` at once or merged, `delayed` until the answer is there, or "
        "`skipped`: passed over, since the item counts as changed here, while the position moves on.",
        "delayed",
    )
    after_accept: Field[Literal["returned", "unaltered", "sent"]] = entry(
        "What a client takes for the server's state of an item when its change was accepted: what the answer "
        "holds (`returned`); what it sent, which the server takes as it is (`unaltered`); or what it `sent`, "
        "although the server may alter what it accepts, such as a time, an id or a text that it cleans.",
        "returned",
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
        "other devices and tabs at once (`told`); `none`: they show the old state until they load it again.",
        "told",
    )
    reconcile_after: Field[Literal["answered"] | Duration] = entry(
        "How long a client shows its own change without a confirmation before it shows again what the "
        "server or device reports, whatever that is: a time, or until the change is `answered` (a "
        "checkpoint, a counter or an acknowledgement comes back, or a refusal); `none`: until exactly its "
        "own value is reported.",
        "10s",
        above_zero=True,
    )
    effect: Field[Literal["shown", "stored", "acts"]] = entry(
        "What a receiver does with a message: shows it, stores it, or `acts`: it starts an automation, opens "
        "a door, sends a mail, calls another service.",
        "shown",
    )
    fetch_delay: Field[Duration | Spread] = entry(
        "How long a client waits, fixed or at random, before it fetches what a signal announces; `none`: it "
        "fetches at once.",
        "0s..30s",
    )
    durability: Durability = entry("What survives a crash.", {"checkpoint": "30s"})
    ordering: Ordering = entry("In which order messages arrive.", {"scope": "per-room"})
    delivery: Delivery = entry("How often a message arrives.", {"guarantee": "at-least-once"})
    join: Join = entry("How a client enters.", {"order": "subscribe-first"})
    leader: Leader = entry("The one that a room cannot go on without.", {"who": "member"})
    moment: Moment = entry("A moment that all share: a start, a deadline, a position.", {"by": "offset"})
    replicas: Replicas = entry(
        "The same computation at every end, fed with inputs alone; `none`: the state is sent.",
        {"compared": "5s"},
    )
    together: Field[Literal["same-stream", "stamped"]] = entry(
        "How values meet again that are shown together and travel apart, such as sound and picture, or a "
        "time and the positions at it: they go in one ordered stream (`same-stream`), or each carries the "
        "time of one clock (`stamped`); `none`: each is shown when it comes.",
        "stamped",
    )
    begins: Field[Literal["one-side", "tie-break", "either"]] = entry(
        "Who may begin where two ends settle something between them, such as an offer of WebRTC or a call: "
        "one fixed side (`one-side`), both, and of two at once a rule picks one (`tie-break`), or `either`, "
        "and nothing is decided for two at once.",
        "tie-break",
    )
    judged: Field[Literal["arrival", "seen"]] = entry(
        "As of when an act at something that moves is judged, such as a shot: when it arrives (`arrival`), "
        "or as its sender saw the others at that time (`seen`), with the server looking back.",
        "seen",
    )
    catch_up: Field[Literal["skip", "faster", "wait"]] = entry(
        "What a receiver does that has fallen behind a stream, be it sound, video, or the steps of a game: "
        "it leaves out what is old (`skip`), plays or computes `faster` until it is level, or the others "
        "`wait` for it; `none`: it works through everything in turn, and its buffer has no bound in time.",
        "skip",
    )
