"""From the answers to the statements of a spec: the patterns of `patterns.md`, with the answers' numbers.

Every statement cites the section that it follows. What the answers do not decide stays open.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from rtreview.init import connecting
from rtreview.init.cited import BACKOFF, BACKPRESSURE, FRAGILE, FULL_STATE, ORDERING, SYNC, TOMBSTONES
from rtreview.init.draft import Statement, line_or_open, undecided
from rtreview.init.figures import ACCEPT_RATE, Figures, answered, rounded_up, written
from rtreview.init.questions import Answers
from rtreview.quantities.quantity import Duration

HEAD = (
    "Written by `rtreview init`. A line follows from the answers, or from the section of the references "
    'that its comment names: `rtreview explain "NAME"` prints it. What is `Open` is not decided yet.'
)


def statements(answers: Answers) -> list[Statement]:
    """The design for some answers, in the order of the language."""
    figures = Figures(answers)
    parts = (
        _head,
        _workload,
        connecting.statements,
        _sync,
        _presence,
        _backpressure,
        _push,
        _fan_out,
        _topology,
        _operations,
        _targets,
    )
    found = [statement for part in parts for statement in part(figures)]
    return [*found, *LAST]


# What is built, and for how many.

_DIRECTIONS = {
    "server": "server-to-client",
    "devices": "client-to-server",
    "one": "bidirectional",
    "many": "bidirectional",
}


def _head(figures: Figures) -> Iterator[Statement]:
    answers = figures.answers
    name = answers.purpose.replace("-", " ").capitalize() if answers.purpose else None
    yield line_or_open(("name",), name, "what the design is called.", "Team chat")
    yield Statement(("status",), "draft")
    yield line_or_open(("purpose",), answers.purpose, "what it is for.", "chat", answers.source_of("purpose"))
    direction = _DIRECTIONS[answers.writers] if answers.writers else None
    comment = answers.source_of("writers")
    yield line_or_open(("direction",), direction, "which way the messages go.", "bidirectional", comment)
    writers = {"many": "many", "one": "one", "devices": "one", "server": "one"}.get(answers.writers or "")
    yield line_or_open(("writers",), writers, "whether one or many write the same state.", "one")
    if answers.purpose == "collaborative-editing" and answers.writers == "many":
        yield undecided(("concurrent_editors",), 8, "how many edit the same thing at once.")


def _workload(figures: Figures) -> Iterator[Statement]:
    answers = figures.answers
    connections = answered(answers.connections) if answers.connections else None
    yield line_or_open(
        ("workload", "connections"),
        connections,
        "how many are open at the peak; every delay below rests on it.",
        "10k",
        f"At the peak. {answers.source_of('connections')} Delays, bounds and graces follow from it.",
    )
    clients = list(answers.clients) if answers.clients else None
    yield line_or_open(
        ("workload", "clients"), clients, "what connects.", ["browser"], answers.source_of("clients")
    )
    rooms = {"size": {"max": answered(answers.room)}} if answers.room else None
    size = {"size": {"typical": 12, "max": 400}}
    if rooms or answers.writers != "devices":
        yield line_or_open(
            ("workload", "rooms"), rooms, "how many share one room.", size, answers.source_of("room")
        )
    yield undecided(
        ("workload", "messages"),
        {"rate": "1/s", "active_share": "10%", "size": {"typical": "300B", "max": "16KiB"}},
        "what one sender sends; queues, fan-out and memory are computed from it.",
    )
    yield undecided(
        ("workload", "outage"),
        {"typical": "5s", "p99": "30m"},
        "how long clients are away; measure it, and the replay is held against it.",
    )


# The state.


class _Row(NamedTuple):
    """How one kind of state is kept in sync: the fields of `sync`, why, and what is cited."""

    sync: dict[str, Any]
    comment: str
    cites: str
    reason: str


_SYNC = {
    "log": _Row(
        {"strategy": "append-only", "data": {"shape": "log"}, "updates": "delta"},
        "Messages are added and never changed.", SYNC,
        "A log is the simplest state to keep in sync: what is missing shows as a gap in its numbers.",
    ),
    "readings": _Row(
        {"strategy": "append-only", "data": {"shape": "log"}, "updates": "delta"},
        "Each device adds to a log of its own.", SYNC,
        "Nobody else writes it, so that one number for each device is all the order that it needs.",
    ),
    "values": _Row(
        {"strategy": "last-writer-wins", "data": {"shape": "register"}, "updates": "state-value",
         "clock": "server-order"},
        "Each update holds the whole value: the next one heals what was missed.", FULL_STATE,
        "Where the state is small or has one writer, the full value is the simplest thing that heals.",
    ),
    "document": _Row(
        {"strategy": "crdt", "data": {"shape": "text"}, "updates": "delta", "compaction": True},
        "Several people edit the same text: it needs a CRDT or OT.", SYNC,
        "Take a library for it. OT with a central server is as good where nobody works offline.",
    ),
    "signals": _Row(
        {"strategy": "signal", "data": {"shape": "ephemeral"}, "updates": "state-value"},
        "The last position of each sender is enough.", ORDERING,
        "Values that replace themselves need no order and no merge (the pattern: when not to).",
    ),
    "offers": _Row(
        {"strategy": "signal", "data": {"shape": "ephemeral"}},
        "Offers and candidates are worth nothing after the call is set up.", FRAGILE,
        "A peer that missed one asks again: the call is set up again.",
    ),
    "world": _Row(
        {"strategy": "server-authoritative", "data": {"shape": "register"}, "updates": "state-value",
         "clock": "server-order"},
        "The server decides, and sends what is, not what changed.", FULL_STATE,
        "Games send full values at an interval, since the next one heals what was lost.",
    ),
}  # fmt: skip

_ONE_WRITER = _Row(
    {"strategy": "last-writer-wins", "data": {"shape": "text"}, "updates": "delta", "clock": "server-order"},
    "One writes at a time, so that nothing has to be merged.", SYNC,
    "As soon as several may write at once, it needs a CRDT or OT.",
)  # fmt: skip


def _sync(figures: Figures) -> Iterator[Statement]:
    answers, kept = figures.answers, figures.kept
    if kept is None:
        find_out = "what is kept in sync, and how concurrent changes become one state."
        yield undecided(("sync",), {"strategy": "append-only", "data": {"shape": "log"}}, find_out)
        return
    row = _SYNC[kept]
    if kept == "document" and answers.writers not in ("many", None):
        row = _ONE_WRITER
    first, *others = row.sync.items()
    yield Statement(("sync", first[0]), first[1], row.comment, row.cites, row.reason)
    if row.sync["strategy"] == "crdt":
        platform = figures.platform
        named = platform.defaults.sync.library.content if platform else None
        yield line_or_open(
            ("sync", "library"), named, "which library merges.", "yjs", "What the transport is made for."
        )
    yield from (Statement(("sync", name), value) for name, value in others)
    yield from _order_and_delivery(figures, kept)
    yield from _offline(figures, row.sync["strategy"])


def _order_and_delivery(figures: Figures, kept: str) -> Iterator[Statement]:
    """Order, delivery and joining of what is kept."""
    answers, offline = figures.answers, figures.answers.offline
    if kept in ("log", "readings"):
        scope = "per-room" if kept == "log" and answers.writers in ("many", "one") else "per-sender"
        yield Statement(
            ("sync", "ordering"), {"scope": scope, "by": "sequence"},
            f"A number {scope.replace('-', ' ')}: it shows gaps and repetitions.", ORDERING,
            "Where one server sequences a room, a number is simpler than a vector clock.",
        )  # fmt: skip
        horizon = max(Duration(300), offline.most if offline else Duration(0))
        again = {"by": "message-id", "ttl": written(horizon * 2)}
        value = {"guarantee": "at-least-once", "retry_for": written(horizon), "deduplicate": again}
        yield Statement(
            ("sync", "delivery"), value,
            f"A sender retries for {written(horizon)}, and duplicates are recognised for twice as long.",
            "duplicate-delivery",
            "At-least-once is what is possible; dropping duplicates by id makes it look like once.",
        )  # fmt: skip
    unwatched = figures.kind == "mqtt" and figures.is_feed
    if kept == "log":
        value = {"order": "subscribe-first", "deduplicate": True}
        comment, cites = "Nothing is lost between history and stream.", "room-join-race-condition"
        reason = "Subscribe first, then fetch, and drop what came twice."
        if unwatched:
            yield Statement(("sync", "join", "order"), value["order"], comment, cites, reason)
            yield Statement(("sync", "join", "deduplicate"), True)
        else:
            yield Statement(("sync", "join"), value, comment, cites, reason)
    elif kept in ("values", "world") or (kept == "document" and answers.writers not in ("many", None)):
        comment, cites = "A client starts from the current state.", "room-join-race-condition"
        yield Statement(("sync", "join"), {"order": "snapshot"}, comment, cites)
    if unwatched:
        find_out = "after what silence a client subscribes again: a keep-alive proves the connection alone."
        yield undecided(("sync", "join", "silence_timeout"), "60s", find_out)
    if kept == "world":
        yield Statement(("sync", "optimistic"), True)
        yield Statement(
            ("sync", "reconcile"),
            "rollback",
            "A player's own move is shown at once; the server may refuse it.",
        )


def _offline(figures: Figures, strategy: str) -> Iterator[Statement]:
    answers, offline = figures.answers, figures.answers.offline
    writes = answers.writers not in ("server", None)
    if offline is None:
        yield undecided(("sync", "offline"), {"max": "7d"}, "how long people work without a connection.")
        return
    if not offline.most.amount:
        yield Statement(("sync", "offline"), "none", answers.source_of("offline"))
        return
    yield Statement(("sync", "offline"), {"max": answered(offline)}, answers.source_of("offline"))
    if strategy == "crdt":
        yield Statement(
            ("sync", "gc_after"), written(offline.most * 2),
            "Tombstones outlive the longest time offline.", "deleted-data-returns",
            "A client that returns later brings back what others have deleted.",
        )  # fmt: skip
    elif writes and strategy != "signal" and figures.kept != "readings":
        yield Statement(("sync", "optimistic"), True)
        yield Statement(
            ("sync", "reconcile"), "rebase", "What was written offline is applied to the current state.", SYNC
        )


# Presence, slow clients and servers.

UNPROMISED = Duration(5 * 60)
"""For longer than this nobody is shown who has vanished, unless the design says so."""

BATCH = Duration(1)
"""Changes of presence are told once in that time."""


def _expiry(figures: Figures) -> Duration:
    """The life of an entry: three refreshes of 15 s, or the minute of a hidden page's timers and one more."""
    return Duration(75 if figures.with_browsers else 45)


def _presence(figures: Figures) -> Iterator[Statement]:
    answers = figures.answers
    if answers.presence is None:
        yield undecided(("presence",), {"grace": "10s"}, "whether people are shown as being there.")
        return
    if not answers.presence:
        yield Statement(("presence",), "none", answers.source_of("presence"))
        return
    grace = written(figures.grace)
    yield Statement(
        ("presence", "grace"), grace,
        f"A disconnected user stays listed for {grace}, at least as long as the longest first delay.",
        TOMBSTONES, "5s, 10s with phones, 30s beside a document; never shorter than a usual reconnect.",
    )  # fmt: skip
    yield Statement(
        ("presence", "ends"), ["leave", "disconnect", "expiry"],
        "Who leaves is gone at once, who is cut off after the grace. A node that crashes says neither: its "
        "entries expire.",
        TOMBSTONES,
    )  # fmt: skip
    waits = (
        "The timers of a hidden page run once a minute" if figures.with_browsers else "Two refreshes may fail"
    )
    yield Statement(("presence", "ttl"), written(_expiry(figures)), f"{waits}.")
    yield Statement(("presence", "refresh"), "15s")
    yield Statement(
        ("presence", "devices"), "any", "A user is present while any of their connections is.", TOMBSTONES
    )
    yield Statement(
        ("presence", "updates"), "diff", "Only changes, once a second at most.", "broadcast-amplification"
    )
    yield Statement(("presence", "batch"), written(BATCH))
    if answers.purpose in ("cursors", "collaborative-editing"):
        value = {"rate": "15/s", "batch": "50ms"}
        comment = "Faster than that, nobody sees a difference; the server batches."
        yield Statement(("presence", "cursor"), value, comment, "broadcast-amplification")


_QUEUES: dict[str, tuple[dict[str, Any], str]] = {
    "log": ({"queue": {"max_messages": 200}, "overflow": "disconnect", "carries": "event"},
            "A slow client is cut off and resumes from the log."),
    "readings": ({"queue": {"max_messages": 5000}, "overflow": "drop-oldest", "dropped": "marked",
                  "carries": "event"},
                 "A device that cannot send keeps the newest, and says how many it dropped."),
    "values": ({"overflow": "coalesce", "carries": "state"}, "Only the last value waits for a slow client."),
    "document": ({"queue": {}, "overflow": "disconnect", "carries": "delta"},
                 "No change may be left out: a slow client is cut off and begins with a snapshot."),
    "signals": ({"overflow": "coalesce", "carries": "state"},
                "Only the last position waits for a slow client."),
    "offers": ({"queue": {"max_messages": 100}, "overflow": "disconnect", "carries": "event"},
               "A client that cannot read a hundred offers has no call to set up."),
    "world": ({"overflow": "coalesce", "carries": "state"}, "Only the newest state waits for a slow client."),
}  # fmt: skip

_INBOUND = {"chat": "20/s", "game": "60/s", "cursors": "30/s", "collaborative-editing": "60/s"}


def _backpressure(figures: Figures) -> Iterator[Statement]:
    answers, kept = figures.answers, figures.kept
    size: str | int = written(figures.queue)
    if figures.is_service:
        find_out = f"what {answers.library} does with a client that reads slowly."
        yield undecided(
            ("backpressure",), {"queue": {"max_messages": 200}, "overflow": "disconnect"}, find_out
        )
        return
    reason = f"With {size} each, all clients of a node may be slow at once: that is a GiB at most."
    if kept is None:
        value: dict[str, Any] = {"queue": {"max_bytes": size}, "overflow": "disconnect"}
        yield Statement(("backpressure",), value, "A slow client is cut off.", BACKPRESSURE, reason)
        return
    limits, comment = _QUEUES[kept]
    if kept == "readings":
        size, reason = "1MiB", "It lies in the memory of the device, whatever the nodes have."
    for name, value in limits.items():
        if name == "queue":
            yield Statement(
                ("backpressure", name), {**value, "max_bytes": size}, comment, BACKPRESSURE, reason
            )
        else:
            is_first = name == "overflow" and "queue" not in limits
            cites = (comment, BACKPRESSURE) if is_first else ("", "")
            yield Statement(("backpressure", name), value, *cites)
    if answers.writers != "server":
        value = {
            "rate": _INBOUND.get(answers.purpose or "", "20/s"),
            "max_message": written(figures.largest_message),
        }
        comment = "A proposal, above what a person or a device sends: check your own figures."
        yield Statement(("backpressure", "inbound"), value, comment, BACKPRESSURE)


def _push(figures: Figures) -> Iterator[Statement]:
    phones = {"ios", "android", "mobile"} & set(figures.answers.clients or ())
    if phones and figures.answers.purpose in ("chat", "notifications", "signalling", "push"):
        kinds = (("ios", "apns"), ("android", "fcm"))
        services = [service for client, service in kinds if phones & {client, "mobile"}]
        find_out = "what reaches a phone while the app is closed: its connection is closed too."
        yield undecided(("push",), {"service": services, "missed": "fetched"}, find_out)


def _fan_out(figures: Figures) -> Iterator[Statement]:
    if figures.answers.writers == "devices":
        return
    if figures.is_service:
        find_out = (
            f"whether anything is looked up for each recipient, before {figures.answers.library} sends."
        )
        yield undecided(("fan_out",), {"per_recipient": "memory"}, find_out)
        return
    value = {"per_recipient": "memory", "serialise": "once"}
    comment = "No query per recipient, and each message is encoded once."
    yield Statement(
        ("fan_out",),
        value,
        comment,
        "broadcast-amplification",
        "With a query per recipient, one message becomes thousands.",
    )


def _topology(figures: Figures) -> Iterator[Statement]:
    answers, kept = figures.answers, figures.kept
    if figures.is_service:
        return
    nodes = answered(answers.nodes) if answers.nodes else None
    yield line_or_open(
        ("topology", "nodes"), nodes, "how many servers hold connections.", 2, answers.source_of("nodes")
    )
    rate = {"accept_rate": written(ACCEPT_RATE)}
    yield Statement(
        ("topology", "node"), rate, "Proposed, not measured. Measure it: the delays follow from it.",
        BACKOFF, "Connections / (nodes x accept rate) is the fastest return of all; TLS costs most of it.",
    )  # fmt: skip
    if nodes == 1:
        return
    if kept in ("document", "world"):
        comment = "One node sees all changes of a room."
        yield Statement(("topology", "routing"), "by-room", comment, ORDERING)
    elif kept == "log" and answers.writers in ("many", "one"):
        comment = "Several nodes publish, so one place has to number the messages of a room."
        yield Statement(("topology", "sequencer"), "per-room", comment, ORDERING)
    if figures.fixed.get("fallback") in ("long-polling", "polling"):
        comment = (
            f"{answers.library} falls back to polling, and all polls of a session must reach the same node."
        )
        yield Statement(("topology", "affinity"), "cookie", comment, "sticky-session-bypass")
    if kept not in ("document", "world", "readings"):
        yield undecided(
            ("topology", "backplane"),
            _backplane(figures),
            "what carries messages from node to node.",
        )


def _backplane(figures: Figures) -> dict[str, str]:
    """A backplane that the library can have: an adapter is one of Socket.IO."""
    if figures.has("socket-io"):
        return {"kind": "redis", "adapter": "redis-streams-adapter", "guarantee": "at-least-once"}
    if figures.has("needs-backplane"):
        return {"kind": "redis"}
    return {"kind": "redis-streams", "guarantee": "at-least-once"}


def _operations(figures: Figures) -> Iterator[Statement]:
    if figures.is_service:
        return
    spread = written(figures.close_spread)
    if figures.answers.nodes is None or figures.answers.nodes.most.amount > 1:
        yield Statement(
            ("operations", "close_spread"), spread,
            f"A node that stops closes its connections over {spread}, so that the others can take them.",
            "websocket-thundering-herd", "At half the rate that the other nodes accept; at least 10s.",
        )  # fmt: skip
        yield Statement(("operations", "rollout"), "rolling")
    yield undecided(
        ("operations", "drain"), spread,
        f"how long your host waits before it kills a node; a drain needs {spread} or more.",
    )  # fmt: skip


def _targets(figures: Figures) -> Iterator[Statement]:
    find_out = "what you promise; the design is then checked against it."
    if not figures.answers.presence or figures.grace <= UNPROMISED:
        yield undecided(("targets",), {"latency": "500ms", "recovery": "2m"}, find_out)
        return
    shown = written(rounded_up(figures.grace.amount + _expiry(figures).amount + BATCH.amount))
    yield Statement(
        ("targets", "offline_visible_within"), shown,
        f"A disconnected user stays listed for up to {shown}, since so many return; more nodes shorten it.",
        TOMBSTONES, "Viewers expect minutes at most; anything longer has to be agreed with them.",
    )  # fmt: skip
    yield undecided(("targets", "recovery"), "2m", find_out)


LAST = (
    undecided(
        ("delegated",), {"authentication": "identity-team"}, "who decides how clients prove who they are."
    ),
)
