"""The state that a newcomer is given: who makes it, who is asked for it, and what it costs."""

from typing import Any

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided, known
from rtreview.numbers.fan_out import SCREENFUL, rate_in_room
from rtreview.quantities.quantity import Count, Duration
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

FEW = Count(10)
"""Up to this many members, requests of all of them are a handful (snapshot-asked-of-the-source)."""

MANY = Count(1000)
"""A state of so many items takes a process milliseconds to write down, for each who is given it."""

A_PILE = Count(10_000)
"""Past messages that are megabytes, or seconds of work for a page that shows them."""

ENTRIES = ("log", "ephemeral", "command")
"""What each message adds to, and is no view of (view-made-for-each-reader)."""

PATIENCE = Duration(10)
"""A load of up to this is seldom cut, and soon made again (first-load-grows-with-items)."""


@rule
def snapshot_asked_of_the_source(feature: Feature) -> Outcomes:
    """Each who joins or lost something makes the one source send the whole once more."""
    snapshot, members = feature.sync.snapshot, feature.room.content
    source, pause = snapshot.source, snapshot.min_interval
    if snapshot.is_none:
        raise NotApplicable("no snapshot is sent")
    if not source.is_stated and not snapshot.to.has("all"):
        asks = feature.sync.ordering.on_gap.has("resync") or feature.sync.join.order.has("snapshot")
        if feature.serves("media") and asks and not (members is not None and members <= FEW):
            raise Undecided(source)
        raise NotApplicable("no source is said to be asked for a snapshot")
    if not source.has("sender") and not snapshot.to.has("all"):
        yield Passed("the server answers from what it keeps")
        return
    if source.has("server") and snapshot.to.includes("asker"):
        yield Passed("the server gives it to the one that asks; what all are sent comes for another reason")
        return
    if not source.has("sender") and snapshot.every.content:
        yield Passed(f"all are sent one every {snapshot.every}, whoever joins")
        return
    if members is not None and members <= FEW:
        raise NotApplicable(f"a room has at most {members} members")
    if kept := _handed_by_broker(feature):
        yield Passed(kept)
        return
    if pause.content:
        yield Passed(f"the source makes one every {pause} at most, whoever asks")
        return
    if not (pause.is_stated or snapshot.to.has("all")):
        raise Undecided(pause)
    asking = f"any of {members} members" if members else "any member"
    if not source.has("sender"):
        yield Violated(
            f"All in the room are sent the whole when {asking} joins or has lost something: what one needs "
            "is sent to each of the others too, and they come together.",
            snapshot.to,
            (pause,) if pause.is_stated else (),
            "the server makes it",
        )
        return
    sent = "all of them are sent it, and " if snapshot.to.has("all") else ""
    yield Violated(
        f"The source is asked for the whole by {asking} who joins or has lost something: {sent}those who "
        "come together, or lose the same packet, ask together.",
        pause if pause.is_stated else snapshot.to,
        (source, *((snapshot.to,) if snapshot.to.is_stated and pause.is_stated else ())),
    )


def _handed_by_broker(feature: Feature) -> str:
    """Why a newcomer is given the state without the source; empty where nothing says so.

    The last message of a topic is its state, unless it is a change of what was there before.
    """
    own = (part.retain for part in feature.sync.data if part.retain.content and part.shape.has("register"))
    retain = next(own, feature.sync.delivery.retain)
    whole = feature.is_state_valued or feature.holds("register")
    is_kept = retain.has("all") or (retain.has("last") and whole and not feature.sync.updates.has("delta"))
    return f"a broker hands newcomers what it keeps (`{retain.dotted}: {retain}`)" if is_kept else ""


@rule
def first_load_grows_with_items(feature: Feature) -> Outcomes:
    """A start asks for one item after the other, and what cuts it makes it begin again."""
    join, dependencies = feature.sync.join, feature.dependencies
    reads, items, takes, cut = join.reads, join.items, join.takes, join.interrupted
    long, short = _how_long(takes)
    finding = None if reads.is_stated or short else _many_calls(feature) or _made_for_each(feature)
    finding = finding or _sent_one_by_one(feature)
    if finding:
        yield finding
    if not (reads.is_stated or takes.is_stated or cut.is_stated):
        if finding:
            return
        raise NotApplicable("nothing is said of how the first load is read, or how long it takes")
    if reads.is_none:
        raise NotApplicable("nothing is read at a start")
    if items.content is not None and items.content <= FEW:
        raise NotApplicable(f"a start brings at most {items} items")
    pile = _pile(feature)
    if reads.has("batched"):
        yield Passed("the queries of a start do not grow with what is in it")
    elif reads.content and not short:
        many = f"{items} items" if items.content else "many items"
        cached = any(part.cache.content for part in dependencies)
        yield Violated(
            f"Each start asks for {many} by queries of their own, {_in_what_order(f'{reads}')}: it takes "
            "longer with each item, and a client that returns pays for all of it again.",
            reads,
            (items,) if items.content else (),
            "the queries are cheap, or run at once" if cached or reads.has("parallel") else "",
        )
    if cut.has("goes-on"):
        yield Passed("a load that is cut goes on where it was")
    elif cut.has("begins-anew") and (long or ((reads.has("in-turn") or pile is not None) and not short)):
        yield Violated(
            f"A load{f' of {takes}' if takes.content else ''} that is cut begins again with the first item: "
            "where it is cut each time, it never ends, and the server does all of it each time.",
            cut,
            tuple(part for part in (takes, reads, pile) if part is not None and part.content),
            "" if long else "the spec does not say how long a load takes",
        )
    elif short:
        yield Passed(f"a load is complete within {takes}")
    elif long:
        raise Undecided(cut)
    elif cut.is_stated or not reads.content:
        raise Undecided(takes)


def _pile(feature: Feature) -> Field[Any] | None:
    """What says that a load is many past messages, or all of a log; None where nothing does."""
    loaded, past = feature.sync.history.loaded, feature.sync.join.history
    if loaded.has("all") and (feature.merges_by("append-only") or feature.holds("log")):
        return loaded
    return past if isinstance(past.content, Count) and past.content >= A_PILE else None


def _many_calls(feature: Feature) -> Violated | None:
    """A start that is counted to ask a dependency many times, where nothing is said of what it asks for."""
    for part in feature.dependencies:
        on_connect = not part.per.is_stated or "connect" in (part.per.content or ())
        if part.calls.content is None or part.calls.content < FEW or part.cache.content or not on_connect:
            continue
        return Violated(
            f"Each start causes {part.calls} calls of `{part.key}`: it takes longer with each, and a client "
            "that returns pays for all of them again.",
            part.calls,
            when="the spec does not say how they are read",
        )
    return None


def _made_for_each(feature: Feature) -> Violated | None:
    """A large state that is written anew for each who joins, by a process that has something else to do."""
    sync, join, fan_out = feature.sync, feature.sync.join, feature.fan_out
    computes = feature.topology.node.computes
    if join.items.content is None or join.items.content < MANY or not join.order.has("snapshot"):
        return None
    by_others = sync.snapshot.source.has("sender") or fan_out.owner.has("sharded") or fan_out.owner.is_none
    if sync.snapshot.every.content or by_others or join.remainder.has("paged"):
        return None
    if not fan_out.serialise.is_stated and join.together.content:
        raise Undecided(fan_out.serialise)
    if not fan_out.serialise.has("per-recipient"):
        return None
    presses = computes if computes.content else join.together
    also = ", in the process that computes for all the others meanwhile" if computes.content else ""
    crowd = ": they come together, and each waits for those before" if join.together.content else ""
    return Violated(
        f"Each who joins is given {join.items} items, serialised again for each of them{also}{crowd}.",
        join.items,
        (fan_out.serialise, *((presses,) if presses.content else ())),
        when="" if presses.content else "nothing is said of what it holds up",
    )


def _sent_one_by_one(feature: Feature) -> Violated | None:
    """A start whose items are a message each, ahead of what is live on the connection that carries both."""
    join, resume, clients = feature.sync.join, feature.transport.resume, feature.connection.counted
    burst, count = feature.workload.messages.burst, join.items.content
    if count is None or burst.content is None or min(count, burst.content) <= SCREENFUL:
        return None
    if not join.order.has("snapshot") or feature.connection.asks_again:
        return None
    if join.remainder.has("paged") or join.fetches_once_at_most or resume.paced.content or feature.replays:
        return None
    together = ""
    if clients.content is not None:
        total = Count(clients.content.amount * count.amount)
        together = f" All {clients} that come back after a restart are sent {total} together."
    return Violated(
        f"Each start brings {count} items by a message each, over the connection that carries what is live, "
        f"and so does each return.{together}",
        join.items,
        (burst, *((clients,) if clients.content is not None else ())),
        when="" if clients.content is not None else "nothing is said of what it holds up",
    )


def _how_long(takes: Field[Duration]) -> tuple[bool, bool]:
    """Whether a load is stated to take long, and whether it is stated not to."""
    length = takes.content
    return length is not None and length > PATIENCE, length is not None and length <= PATIENCE


def _in_what_order(word: str) -> str:
    return "one item after the other" if word == "in-turn" else "all at the same time"


@rule
def view_made_for_each_message(feature: Feature) -> Outcomes:
    """A view is computed at each change, and sent once for all that came within a while."""
    rendered, bundled = feature.fan_out.rendered, feature.backpressure.bundled
    if bundled.content is None:
        raise NotApplicable("nothing is said to be collected before it goes out")
    if not (feature.is_state_valued or feature.backpressure.carries.has("state")):
        raise NotApplicable("each change stands in a bundle, and is computed once")
    asked = list(feature.asked_per("message"))
    source = next((part for part in asked if not part.cache.content and not part.holds.has("copy")), None)
    if source is None:
        raise NotApplicable("no change is said to ask a store for what a view is made of")
    if known(rendered) != "on-change":
        yield Passed(f"how often a view is computed: {rendered}")
        return
    rate = rate_in_room(feature).content
    if rate is not None and rate.amount * bundled.content.amount <= 1:
        yield Passed(f"no more than one change comes in {bundled}")
        return
    results = "a burst of changes asks for as many results, and all but one"
    if rate is not None:
        results = f"all but one of some {rate.amount * bundled.content.amount:.0f} results"
    yield Violated(
        f"Each change has the view computed from `{source.key}`, and what is sent is the last of "
        f"{bundled}: {results} are thrown away.",
        rendered,
        (bundled, source.per),
        when="" if rate is not None else "how often it changes is open",
    )


def _brings_all(feature: Feature) -> bool:
    """Whether each look of a client is given all that there is, new or not."""
    return feature.connection.asks_again and feature.transport.poll.brings.has("whole")


@rule
def view_made_for_each_reader(feature: Feature) -> Outcomes:
    """The same view is computed once more for each who looks at it."""
    rendered, fan_out = feature.fan_out.rendered, feature.fan_out
    if not rendered.is_stated:
        raise NotApplicable("nothing is said of how often a view is computed")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    if fan_out.variants.has("each") or fan_out.audience.has("user"):
        raise NotApplicable("each reader has a view of its own")
    if feature.connection.are_few:
        raise NotApplicable(f"{feature.connection.counted} readers are a household")
    if feature.sync.updates.has("event") and feature.holds_only(*ENTRIES) and not _brings_all(feature):
        raise NotApplicable("what is made for a reader is an entry that it has not seen, and no view of all")
    if not rendered.has("each-view"):
        known(rendered)
        yield Passed("a view is kept for all who look at it" if rendered.content else "nothing is computed")
        return
    readers = feature.connection.counted
    grown = feature.sync.snapshot.grows
    yield Violated(
        "Each reader has the same view computed again, changed or not: the work is that of the readers times "
        "all that the view is made of, and one more reader is felt by all.",
        rendered,
        (readers,) if readers.content else (grown,) if grown.content else (),
    )
