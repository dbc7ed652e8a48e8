"""A document and what is stored of it: locks, checkpoints, its history, work offline and versions."""

from typing import Any, ClassVar, Literal, Self

from rtreview.language.field import Field
from rtreview.language.notation import NONE
from rtreview.language.section import Mistake, Section, entry
from rtreview.quantities.interval import SOME
from rtreview.quantities.quantity import Count, Duration
from rtreview.text.place import SpecPath


class Lock(Section):
    """What one writer holds alone while writing, and what ends that."""

    SHORTHAND: ClassVar = "of"

    of: Field[Literal["field", "section", "document"]] = entry(
        "What is held.",
        "section",
        words={
            "field": "One field, such as a cell.",
            "section": "One part of the document, such as a paragraph.",
            "document": "The whole document.",
        },
    )
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
            "All that ends it; `none`: nothing does.",
            ["save", "disconnect", "expiry"],
            words={
                "save": "Its holder saves or cancels.",
                "leave": "The holder's client says that it leaves, by a message, or a request as the page "
                "closes.",
                "disconnect": "The server sees the holder's connection end.",
                "expiry": "The lease is over.",
                "takeover": "Another user may take it.",
                "administrator": "An administrator can free it by hand.",
            },
        )
    )
    late_save: Field[Literal["refused", "kept-as-draft", "accepted"]] = entry(
        "What becomes of a save by a holder whose lock has ended.",
        "kept-as-draft",
        words={
            "refused": "The server rejects it.",
            "kept-as-draft": "It is kept beside the new state.",
            "accepted": "It overwrites what the next holder wrote.",
        },
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
        "The event at which it happens.",
        "last-leave",
        words={
            "last-leave": "The last user leaves the document.",
            "stop": "The process stops.",
            "job": "A background job runs.",
        },
        side_by_side=True,
    )
    while_: Field[Literal["open"]] = entry(
        "What must hold as well.",
        "open",
        words={"open": "Only while somebody has the document open."},
    )


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
        "What of it is read when a document or room is opened, or a server starts it.",
        "snapshot",
        words={
            "all": "All of it.",
            "snapshot": "A snapshot and what came after.",
            "recent": "The most recent part, with more on demand.",
        },
    )
    operations: Changes = entry("Changes that one document collects in its life.", {"typical": 21})


class Offline(Section):
    """Work without a connection."""

    @property
    def is_endless(self) -> bool:
        """Whether it is stated to go on for any time."""
        return self.max.is_none and not self.is_none

    max: Field[Duration] = entry("The longest absence that is merged; `forever`: any.", "7d", kept=True)
    too_old: Field[Literal["merge", "snapshot", "refuse"]] = entry(
        "What becomes of a client that was away for longer than tombstones are kept.",
        "snapshot",
        words={
            "merge": "Its changes are taken like any other.",
            "snapshot": "It begins again from a snapshot.",
            "refuse": "It is refused.",
        },
    )
    sends: Field[Literal["changes", "missing", "whole"]] = entry(
        "What a client that comes back sends.",
        "changes",
        words={
            "changes": "The changes that it made.",
            "missing": "Whatever it has and the other end lacks: both sides compare what they have.",
            "whole": "Its whole state, which replaces the stored one (a forced push).",
        },
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
        "What a client's local store does when another user signs in on the same device or browser.",
        "cleared",
        words={
            "cleared": "It is emptied.",
            "separate": "Each user has one of their own.",
            "kept": "What it holds stays, with its positions and counters.",
        },
    )


class Durability(Section):
    """What survives a crash."""

    @property
    def is_logged(self) -> bool:
        """Whether each change is written to a log, or is with others, before it counts."""
        return bool(self.write_ahead_log.content) or self.acknowledge_after.has("log", "replicate")

    @property
    def is_written(self) -> bool:
        """Whether the state is stated to be written down, at times or with every change."""
        return bool(self.write_ahead_log.content) or self.checkpoint.is_there

    kept_in: Field[tuple[Literal["server", "browser", "device", "peers"], ...]] = entry(
        "Where what users make is kept for good, each place that holds all of it.",
        ["server"],
        words={
            "server": "With a server of the design, or a store behind it.",
            "browser": "In storage of a page, which the browser may empty (IndexedDB, local storage).",
            "device": "On the user's own device, where it stays: an app's database, a file.",
            "peers": "With the other users of it, in their copies.",
        },
    )
    checkpoint: Trigger = entry("When the state is written down; a bare time is `every`.", "30s")
    write_ahead_log: Field[bool] = entry("Whether every change is logged before it counts.", True)
    acknowledge_after: Field[Literal["receive", "log", "replicate"]] = entry(
        "What must have happened before a change is acknowledged.",
        "log",
        words={
            "receive": "The server has received it.",
            "log": "It is written to a log that survives a crash.",
            "replicate": "Other machines have it too.",
        },
    )
    written_by: Field[Literal["server", "clients"]] = entry(
        "Who writes the stored state.",
        "server",
        words={
            "server": "The server, from the live session.",
            "clients": "Each client by a request of its own beside the session, with the whole state as it "
            "has it.",
        },
    )
    version_check: Field[bool] = entry(
        "Whether a write is refused that builds on an older version than the stored one.", True
    )
    stores: Field[Literal["updates", "state", "content"]] = entry(
        "In which form a document is stored.",
        "state",
        words={
            "updates": "Every change.",
            "state": "The merged state with the identity of its parts, with which replicas can go on "
            "merging.",
            "content": "Only what a reader sees, such as JSON, HTML, rows or a file, from which the document "
            "is built again.",
        },
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
        "What becomes of a write that fails, or does not get its lock; `none`: nothing is decided.",
        "retry",
        words={
            "retry": "It is tried again until it succeeds.",
            "report": "Those who edit or operate the document are told.",
            "skip": "It is passed over, as if it had been made.",
        },
        side_by_side=True,
    )
    rights: Field[Literal["server", "user"]] = entry(
        "With whose rights the server writes the stored state.",
        "server",
        words={
            "server": "The server's own.",
            "user": "Those of the user whose change or leaving causes the write, by that user's token.",
        },
    )
    outside: Field[Literal["merge", "replace", "ignore"]] = entry(
        "What a live session does when something else changes the stored state: a program that writes the "
        "file, an API, a restore; `none`: nothing else writes.",
        "merge",
        words={
            "merge": "The difference goes into the session.",
            "replace": "The session is replaced by it.",
            "ignore": "The session goes on, and its next save overwrites it.",
        },
    )


class Seed(Section):
    """Where a document that is edited together gets its first content from."""

    SHORTHAND: ClassVar = "by"

    by: Field[
        Literal["server-once", "server-each-load", "claiming-client", "first-client", "each-client"]
    ] = entry(
        "Who puts the first content in: text from a database, a template, an empty paragraph; `none`: "
        "documents begin empty.",
        "server-once",
        words={
            "server-once": "A server when the document is made, and that document is kept from then on.",
            "server-each-load": "A server, each time that it loads the document from rows, JSON, HTML or a "
            "file.",
            "claiming-client": "One client, which the server gives the right to, and perhaps another one "
            "after a while: a claim, a lock, a lease.",
            "first-client": "Whichever client finds it empty.",
            "each-client": "Every client that opens it.",
        },
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
        "block or a table.",
        "kept",
        words={
            "kept": "It leaves it untouched when it writes.",
            "dropped": "It leaves it out of what it shows and writes back.",
            "skipped": "It passes over it as it receives it, while its position moves on.",
            "refused": "It opens nothing of the kind, or only to read.",
        },
    )
    old_clients: Field[Literal["served", "read-only", "refused"]] = entry(
        "What becomes of clients of an earlier version after the data has changed its form.",
        "read-only",
        words={
            "served": "They read and write as before.",
            "read-only": "They can only read.",
            "refused": "They are turned away until they are updated.",
        },
    )
    refetched: Field[bool] = entry(
        "Whether a client that is updated fetches again what it passed over before.", True
    )
