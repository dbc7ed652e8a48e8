"""How messages arrive: in which order, how often, and what is kept of them until then."""

from typing import ClassVar, Literal

from rtreview.language.field import Field, Part
from rtreview.language.section import Section, entry
from rtreview.quantities.quantity import Count, Duration

Retained = Literal["last", "all"]
"""What a broker keeps for those who subscribe later."""

RETAINED = {"last": "The newest message of each topic.", "all": "All messages."}
"""What each of those words means."""


class Pause(Section):
    """How long something is held back, so that what follows goes with it; a time is `at_most`."""

    SHORTHAND: ClassVar = "at_most"

    quiet: Field[Duration] = entry(
        "It goes after this time without a further message; each further one restarts the time (a debounce).",
        "1m",
        above_zero=True,
    )
    at_most: Field[Duration] = entry(
        "It goes this long after the first message, whatever else comes; `none`: nothing bounds how long it "
        "is held back.",
        "5m",
        above_zero=True,
    )


class Ordering(Section):
    """In which order messages arrive."""

    @property
    def is_gapless(self) -> bool:
        """Whether numbers follow one another, so that a missing one and a second one are seen."""
        return self.by.has("sequence", "sequencer", "vector-clock")

    @property
    def is_by_sender(self) -> bool:
        """Whether each sender numbers its own messages, before they are sent."""
        return self.by.has("sequence") and self.assigned_by.has("sender")

    scope: Field[Literal["per-sender", "per-client", "per-room", "causal", "total", "commutative"]] = entry(
        "Among which messages the order holds.",
        "per-room",
        words={
            "per-sender": "Each sender's own.",
            "per-client": "All that one client is sent.",
            "per-room": "Those of one room or document.",
            "causal": "Those that depend on each other: no answer before its question.",
            "total": "All messages.",
            "commutative": "None, since every order gives the same state.",
        },
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
    begins_again: Field[Literal["run"]] = entry(
        "When the numbers restart at the first one under the same name; `none`: they go on.",
        "run",
        words={"run": "With each new answer, match or job in the same chat, room or stream."},
    )
    by: Field[Literal["sequence", "sequencer", "vector-clock", "lamport", "timestamp", "connection"]] = entry(
        "What a receiver sees of the order.",
        "sequence",
        words={
            "sequence": "Numbers without holes.",
            "sequencer": "Numbers without holes that one sequencer gives out.",
            "vector-clock": "A counter for each sender, each without holes.",
            "lamport": "A Lamport clock, whose numbers skip, so they show no gap.",
            "timestamp": "A time that the message carries.",
            "connection": "No more than the order in which one connection delivers.",
        },
    )
    assigned_by: Field[Literal["sender", "room-owner", "global", "log"]] = entry(
        "Who makes the order.",
        "room-owner",
        words={
            "sender": "Each sender, for its own messages.",
            "room-owner": "The one process that holds the room.",
            "global": "One counter for all rooms, of which a member of one room sees some numbers only.",
            "log": "A database or log, which gives each entry its position.",
        },
    )
    assigned_at: Field[Literal["insert", "commit"]] = entry(
        "When an entry of a table or log gets its number or time.",
        "commit",
        words={
            "insert": "Before its transaction commits (an auto-increment id, a `created_at`), so a later "
            "number may be seen before an earlier one.",
            "commit": "At the commit, or when a log appends it, so nothing is seen before what is already "
            "read.",
        },
    )
    ties: Field[Literal["second-key"]] = entry(
        "What tells entries with the same time apart in the position of a reader; `none`: nothing does.",
        "second-key",
        words={
            "second-key": "The position is the time and a second key: an id, or how many of that time were "
            "read.",
        },
    )
    on_gap: Field[Literal["wait", "resync", "refuse"]] = entry(
        "What a receiver does that misses a number; `none`: it goes on.",
        "resync",
        words={
            "wait": "It waits a while for a message that is late.",
            "resync": "It fetches what it lacks, or the state.",
            "refuse": "It ends the connection.",
        },
        side_by_side=True,
    )
    handled: Field[Literal["in-order", "concurrently"]] = entry(
        "How a receiver works through the messages of a room or item.",
        "in-order",
        words={
            "in-order": "It finishes one before it begins the next.",
            "concurrently": "Each has a task, thread or worker of its own.",
        },
    )
    unknown: Field[Literal["wait", "fetch", "create", "drop"]] = entry(
        "What becomes of a change that overtakes what it changes, such as an edit that arrives before its "
        "message does.",
        "fetch",
        words={
            "wait": "The change waits until it is there.",
            "fetch": "The receiver fetches it.",
            "create": "The receiver makes it from the change.",
            "drop": "The change is dropped.",
        },
    )


class Deduplicate(Section):
    """How a message that arrives twice is dropped."""

    @property
    def tells_no_copy(self) -> bool:
        """Whether it is decided that nothing tells a copy."""
        return self.is_none or self.by.is_none

    @property
    def is_loose(self) -> bool:
        """Whether no receiver has to drop a copy, whatever tells that it is one."""
        return self.enforced.is_none or self.enforced.has(False)

    @property
    def drops(self) -> bool:
        """Whether something tells a copy, and nothing says that receivers may take it all the same."""
        return bool(self.by.content) and not self.is_loose

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
    on_refused: Field[Literal["retry", "rebase", "drop", "report"]] = entry(
        "What becomes of a change that is refused, such as one that is too large; `none`: a refusal is not "
        "told from a lost message.",
        "report",
        words={
            "retry": "It is sent again and again, as it is.",
            "rebase": "What the server has is fetched first, the change is made again on it or merged with "
            "it, and what comes out is sent.",
            "drop": "It is dropped without a word.",
            "report": "It is shown to the user, who decides.",
        },
    )
    visible: Field[bool] = entry("Whether its author sees what waits in it.", True)
    kept: Field[Literal["memory", "browser", "disk"]] = entry(
        "Where it lies. A list where it depends: `[browser, memory]` where a private window, a policy or a "
        "full disk leaves the memory alone.",
        "disk",
        words={
            "memory": "In the page or process: a reload, a crash or a closed tab empties it.",
            "browser": "In storage that the browser may empty (local storage, IndexedDB).",
            "disk": "Where it stays: an app's database, storage that the browser has granted for good.",
        },
    )
    sent: Field[Literal["background", "while-open", "on-open"]] = entry(
        "When what waits in it is sent.",
        "background",
        words={
            "background": "Also when nobody has the app open.",
            "while-open": "While the app is open: what is left when it is closed waits until it is opened "
            "again.",
            "on-open": "When the document that was changed is opened again.",
        },
        side_by_side=True,
    )
    on_close: Field[Literal["warn", "flush"]] = entry(
        "What happens to what still waits when the page or app is closed; `none`: nothing.",
        "warn",
        words={"warn": "Its user is told and may stay.", "flush": "It is sent at that moment."},
        side_by_side=True,
    )
    on_lost: Field[Literal["ask", "retry", "told", "failed"]] = entry(
        "What becomes of a change whose answer is missing because the connection was lost, so nobody knows "
        "whether it arrived.",
        "retry",
        words={
            "ask": "The client asks the server after the return.",
            "retry": "It is sent again with the same id.",
            "told": "Its author is told, by an error of its own, that nobody knows whether it arrived.",
            "failed": "It counts as refused, and its author may send it once more.",
        },
    )
    withdrawable: Field[bool] = entry(
        "Whether deleting or correcting a message that still waits takes it out of the outbox; `false`: it "
        "is sent all the same.",
        True,
    )
    files: Field[Literal["before", "after"]] = entry(
        "When the files that a change names are uploaded.",
        "before",
        words={
            "before": "Before it is sent.",
            "after": "After it is sent, so others see the address of a file that is not there yet.",
        },
    )
    on_give_up: Field[Literal["fails", "kept"]] = entry(
        "What becomes of what waits, and of what is sent later, once the client has given up to reconnect; "
        "`none`: nothing is decided.",
        "fails",
        words={
            "fails": "It fails, and its sender is told.",
            "kept": "It waits on, though nothing tries to connect.",
        },
    )
    order: Field[Literal["strict", "any"]] = entry(
        "Whether a change waits for those before it.",
        "any",
        words={
            "strict": "They are sent one after the other, and one that is not taken holds up all behind it.",
            "any": "The others go past one that is not taken.",
        },
    )
    emptied_by: Field[Literal["one", "each"]] = entry(
        "Who sends what waits in it, where several tabs, timers or reconnects may start at once; `none`: "
        "nothing is decided.",
        "one",
        words={
            "one": "One of them: a lock, a leader among the tabs, or a claim on each change.",
            "each": "Each of them, all that it finds.",
        },
    )
    bound_to: Field[Literal["user", "credential"]] = entry(
        "On whose behalf what waits in it is sent; `none`: that of whoever is signed in by then.",
        "user",
        words={
            "user": "For the user who made it, by an id that stays the same.",
            "credential": "For the one token, session or installation with which it was made.",
        },
    )
    max_messages: Field[Count] = entry(
        "The most changes that it holds; `none`: any number.", "1000", above_zero=True
    )
    full: Field[Literal["oldest", "newest", "told", "refuses"]] = entry(
        "What becomes of a change that is one too many for it; `none`: nothing is decided.",
        "refuses",
        words={
            "oldest": "It takes the place of the oldest, which is dropped without a word.",
            "newest": "It is dropped itself, without a word.",
            "told": "One of them is dropped, and its author, or the program that made it, is told which.",
            "refuses": "It is not taken, and who makes it is told at once.",
        },
    )


class Repeat(Section):
    """When a message that was not answered is sent again."""

    SHORTHAND: ClassVar = "after"

    after: Field[Duration] = entry(
        "How long a sender waits for the answer before it sends again; `none`: it does not wait.", "10s"
    )
    on: Field[Literal["timeout", "reconnect", "any-traffic"]] = entry(
        "What makes it send again.",
        "timeout",
        words={
            "timeout": "The wait is over.",
            "reconnect": "There is a new connection.",
            "any-traffic": "The other end sends anything at all.",
        },
        side_by_side=True,
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

    @property
    def repetition(self) -> Part | None:
        """Where it is stated that what is not confirmed is sent again; None where nothing says so."""
        kept = next((part for part in (self.outbox, self.repeat) if part.is_there), None)
        return kept or next((part for part in (self.retry_for, self.repeated_by) if part.content), None)

    @property
    def is_once_by_decision(self) -> bool:
        """Whether the design itself says at-most-once, and no platform by default."""
        return self.guarantee.has("at-most-once") and not self.guarantee.default

    guarantee: Field[Literal["at-most-once", "at-least-once", "exactly-once"]] = entry(
        "How often.",
        "at-least-once",
        none="at-most-once",
        words={
            "at-most-once": "Once or not at all: what is lost is not sent again.",
            "at-least-once": "Once or several times: it is repeated until it is confirmed.",
            "exactly-once": "It counts once, however often it is sent.",
        },
    )
    deduplicate: Deduplicate = entry("How repetitions are dropped.", {"by": "message-id"})
    retry_for: Field[Duration] = entry("How long a sender repeats what is not acknowledged.", "5m")
    repeated_by: Field[tuple[Literal["client", "server", "broker"], ...]] = entry(
        "Who sends a message again that was not confirmed, also inside of the system.",
        ["client", "broker"],
        words={
            "client": "The client that sent it.",
            "server": "A server, also one that repeats a request to another.",
            "broker": "A broker, also one that delivers it to the next worker.",
        },
    )
    repeat: Repeat = entry("When a message that was not answered is sent again.", {"after": "10s"})
    outbox: Outbox = entry("What a client keeps until it is confirmed.", {"max_age": "7d"})
    on_overload: Field[Literal["slows", "waits"]] = entry(
        "What a client does about how often it sends (reports, announcements, requests, not attempts to "
        "connect) when the other end refuses for overload or too many messages, such as a 429, or does not "
        "answer; `none`: it goes on at the same rate.",
        "slows",
        words={"slows": "It sends less often.", "waits": "It sends nothing until it may again."},
    )
    retain: Field[Retained] = entry(
        "What a broker keeps of the messages for those who subscribe later; `none`: who is not there misses "
        "it.",
        "last",
        words=RETAINED,
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
        "From when on the age in `expires_after` is counted.",
        "event",
        words={
            "event": "From the event itself, whose time is carried along.",
            "send": "From each send, so what waited before in a queue or outbox is not counted.",
            "receipt": "From the receipt, so each end counts from a start of its own.",
        },
    )
    replay_marked: Field[bool] = entry(
        "Whether a receiver can tell a message that is retained or replayed from a new one.", True
    )
    consumer_confirms: Field[Literal["on-receipt", "after-work"]] = entry(
        "When the receiver of a message, or its library, confirms it to the broker or server that would "
        "deliver it again.",
        "after-work",
        words={
            "on-receipt": "As soon as it has come, such as automatic acknowledgement.",
            "after-work": "When what it is for is done or stored.",
        },
    )
    on_failing: Field[Literal["aside", "dropped", "later"]] = entry(
        "What becomes of a message at which its receiver fails each time that it is delivered; `none`: it "
        "comes again at once, without an end.",
        "aside",
        words={
            "aside": "After some attempts it is put where somebody looks: a dead letter queue, a list of "
            "failures.",
            "dropped": "After some attempts it is given up.",
            "later": "It comes again after pauses that grow, without an end.",
        },
    )
