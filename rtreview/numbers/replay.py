"""Replay: how far back a returning client can be brought up to date, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rtreview.language.design import FLEETING, Connection, Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided
from rtreview.language.sections.servers import Dependency
from rtreview.language.sections.transport import Resume
from rtreview.numbers.expression import Expression, larger, named, smaller, term
from rtreview.numbers.fan_out import rate_in_room
from rtreview.numbers.ledger import number
from rtreview.numbers.reconnection import (
    accept_capacity_of_the_others,
    connections_per_node,
    first_attempt_spread,
    returning,
)
from rtreview.quantities.interval import SOME
from rtreview.quantities.quantity import Bandwidth, Duration, Rate, Size

FETCHED_SOON = Duration(5 * 60)
"""Who fetches the state that often is never far behind."""


class WayBack(NamedTuple):
    """What becomes of a client that was cut off and returns, by one way that a spec names or by them all.

    `reason` is what brings it all that it missed. Where that is empty, `hangs_on` is the silent field that
    decides whether a way which is named does, and `bars` the decision by which none does.
    """

    reason: str = ""
    hangs_on: Part | None = None
    bars: Part | None = None

    def known(self) -> str:
        """What brings it all; empty where nothing does.

        Raises:
            Undecided: that hangs on a field which is silent.

        """
        if self.hangs_on is not None:
            raise Undecided(self.hangs_on)
        return self.reason


def way_back(feature: Feature) -> WayBack:
    """What becomes of a client that returns while the server still knows what it missed."""
    return _best([*_resumes(feature), *_joins_again(feature), *_meets(feature)])


def after_a_cut(feature: Feature) -> WayBack:
    """What becomes of a client whose connection is ended on the way, and that returns at once."""
    if (hint := feature.hint_hangs_on) is not None:
        return WayBack(hangs_on=hint)
    if feature.is_fleeting or feature.serves(*FLEETING):
        return WayBack("what is missed in between is worth nothing a moment later")
    if feature.direction.has("client-to-server"):
        return WayBack("nothing is sent to the client")
    return _best([*_is_sent_again(feature), way_back(feature)])


def made_good(feature: Feature) -> str:
    """What brings a client all that a cut on the way made it miss; empty where a decision bars it.

    Raises:
        Undecided: nothing is said of it.

    """
    back, resume = after_a_cut(feature), feature.transport.resume
    reason = back.known()
    if not (reason or back.bars or resume.is_none):
        raise Undecided(resume)
    return reason


def beyond_replay(feature: Feature) -> WayBack:
    """What becomes of a client that the replay does not reach, or whose session is gone."""
    resume, sync = feature.transport.resume, feature.sync
    if resume.on_gap.has("snapshot"):
        if barred := _bars_snapshot(feature):
            return WayBack(bars=barred)
        return _after_its_session(feature) or WayBack(
            "a client that the replay does not reach gets a snapshot"
        )
    told = resume.on_gap.has("error")
    if not (told or resume.by.has("session")):
        return WayBack()
    who = "that the replay does not reach is told, and" if told else "whose session is gone"
    if told and sync.refetch.content:
        return WayBack(f"a client fetches the state every {sync.refetch}")
    if told and sync.join.on_refused.has("anew"):
        return WayBack("a client that is told fetches the state, and goes on from there")
    if not feature.join_brings_history:
        return WayBack(bars=feature.bars_rejoin)
    if bars := feature.bars_rejoin:
        return WayBack(bars=bars)
    if told and not (sync.join.fetch.is_stated or sync.join.again.is_stated):
        return WayBack(hangs_on=sync.join.again)
    if not told and not resume.on_gap.is_stated:
        return WayBack(hangs_on=resume.on_gap)
    return WayBack(f"a client {who} joins again: {sync.join.order}")


def is_soon(feature: Feature, every: Field[Duration]) -> bool:
    """Whether a state that comes that often is as new as is promised, or else some minutes old at most."""
    return every.content is not None and every.content <= (feature.targets.staleness.content or FETCHED_SOON)


def fetched_soon(feature: Feature) -> Field[Duration] | None:
    """How often clients fetch the state, where that is soon."""
    return feature.sync.refetch if is_soon(feature, feature.sync.refetch) else None


def all_fetch_soon(connection: Connection) -> bool:
    """Whether clients fetch the state of every feature each few minutes, whatever is promised."""
    every = [feature.sync.refetch.content for feature in connection.features]
    return all(span is not None and span <= FETCHED_SOON for span in every)


def told_in_vain(feature: Feature) -> Part | None:
    """The decision by which a client that is told of dropped messages has no way to what it lacks."""
    sync, fetch = feature.sync, feature.sync.join.fetch
    is_told = feature.backpressure.dropped.has("marked")
    has_way = bool(feature.transport.resume.by.content or feature.renewals or sync.ordering.on_gap.content)
    return fetch if is_told and not has_way and sync.join.fetches_once_at_most else None


def _best(ways: list[WayBack]) -> WayBack:
    """The way that brings most: one that is whole, else one that hangs on a word, else what bars them."""
    for part in WayBack._fields:
        for way in ways:
            if getattr(way, part):
                return way
    return WayBack()


def _resumes(feature: Feature) -> Iterator[WayBack]:
    """By what a client names, or by what the server keeps for it."""
    transport, resume = feature.transport, feature.transport.resume
    if resume.is_none or not (resume.is_stated or transport.event_ids.content):
        return
    is_kept = not resume.retention.has(Duration(0)) or bool(resume.max_messages.content)
    if resume.without.has("live"):
        yield WayBack(bars=resume.without)
    elif resume.by.has("snapshot"):
        yield _by_snapshot(feature)
    elif (empty := feature.empty_session) is not None:
        yield WayBack(bars=empty)
    elif not is_kept and resume.by.content and not resume.by.has("state"):
        yield WayBack(bars=resume.retention)
    elif resume.by.has("last-event-id") and not _names_event(feature):
        yield WayBack(hangs_on=resume.retention)
    elif resume.by.content:
        yield WayBack(f"the client resumes by {resume.by}")
    elif transport.event_ids.content:
        yield WayBack("the client returns and names its last event")
    elif resume.word == SOME:
        yield WayBack(hangs_on=resume.by)


def _names_event(feature: Feature) -> bool:
    """Whether an EventSource names the last event by itself, or something is said to be kept for a client."""
    transport, resume = feature.transport, feature.transport.resume
    is_kept = resume.retention.is_stated or resume.max_messages.is_stated or resume.on_gap.is_stated
    has_ids = transport.kind.has("sse", "http-stream") or bool(transport.event_ids.content)
    return has_ids or is_kept or not transport.kind.is_stated


def _bars_snapshot(feature: Feature) -> Part | None:
    """The decision by which the state that a client is given does not bring it all that it missed."""
    snapshot = feature.sync.snapshot
    if snapshot.applied.has("ignored"):
        return snapshot.applied
    return snapshot.holds if snapshot.holds.has("part") else None


def _after_its_session(feature: Feature) -> WayBack | None:
    """Where a snapshot follows a session that held what a client had reached; None where that is elsewhere.

    One that is kept in the memory of a node alone is no part of a snapshot that is made after its end.
    """
    resume, sync, state = feature.transport.resume, feature.sync, feature.topology.state
    holds_all = resume.by.has("session") and resume.keeps.has("all") and state.session.has("node")
    if not holds_all or feature.direction.has("server-to-client") or feature.is_momentary:
        return None
    if state.room.has("disk", "shared", "copies") or sync.history.is_there:
        return None
    if sync.durability.is_none:
        return WayBack(bars=sync.durability)
    is_open = not (sync.durability.is_stated or sync.snapshot.holds.is_stated)
    return WayBack(hangs_on=sync.snapshot.holds) if is_open else None


def _by_snapshot(feature: Feature) -> WayBack:
    """By the whole state, where a client takes it for its own."""
    sync, applied = feature.sync, feature.sync.snapshot.applied
    if barred := _bars_snapshot(feature):
        return WayBack(bars=barred)
    fetches_once = sync.join.fetches_once_at_most
    if fetches_once and not applied.is_stated and not sync.refetch.content:
        return WayBack(hangs_on=applied)
    return WayBack("the client resumes by snapshot")


def _joins_again(feature: Feature) -> Iterator[WayBack]:
    """As a newcomer."""
    order, without = feature.sync.join.order, feature.transport.resume.without
    join = feature.sync.join
    fetches = order.has("fetch-first", "subscribe-first") and not join.fetch.is_stated
    if bars := feature.bars_rejoin:
        yield WayBack(bars=bars)
    elif without.has("live") and order.has("snapshot", "from-position"):
        yield WayBack(bars=without)
    elif fetches and not (join.again.is_stated or feature.transport.reconnect.is_none):
        # Many a page fetches when it is opened, and later subscribes again.
        yield WayBack(hangs_on=join.fetch)
    elif feature.join_brings_history:
        yield WayBack(f"a client that returns joins again: {order}")


def _meets(feature: Feature) -> Iterator[WayBack]:
    """By what the other end tells it, or sends anyway."""
    sync, resume, join = feature.sync, feature.transport.resume, feature.sync.join
    if feature.exchanges_lacks and not (resume.is_none and join.order.has("subscribe-only")):
        yield WayBack("replicas exchange what each one lacks when they meet again")
    if feature.merges_by("ot") and not resume.is_stated and join.fetch.has("once"):
        yield WayBack(hangs_on=resume.by)
    elif feature.merges_by("ot") and not resume.is_none:
        yield WayBack("each side names the last change that it knows, and gets what it misses")
    when = feature.workload.messages.when
    comes_whole = sync.updates.has("full-state") or not feature.holds_many or feature.renewals
    if feature.next_heals and not (comes_whole or when.has("interval")):
        # The next one is most likely of another thing.
        yield WayBack(hangs_on=None if when.is_stated else when)
    elif feature.next_heals and feature.next_is_sure:
        yield WayBack("the next update holds the whole value")
    elif feature.next_heals:
        rare = "the next update holds it: see rare-value-kept-by-nobody"
        yield WayBack(rare) if when.is_stated else WayBack(hangs_on=when)
    if feature.is_state_valued and sync.delivery.retain.content:
        yield WayBack(f"who subscribes again is handed the {sync.delivery.retain}")
    every, again = sync.snapshot.every, sync.refetch
    if every.content and (bars := _bars_snapshot(feature)):
        yield WayBack(bars=bars)
    elif every.content and not sync.snapshot.to.has("asker"):
        yield _comes_again(feature, every, f"a snapshot every {every} brings everybody up to date")
    if join.fetch.is_stated and again.content:
        yield _comes_again(
            feature, again, f"the state is fetched every {again}, whatever the connection says"
        )


def _comes_again(feature: Feature, every: Field[Duration], reason: str) -> WayBack:
    """By the whole state that comes by itself, where that is as soon as what is shown may be old."""
    if feature.sync.snapshot.holds.includes("part"):
        return WayBack(bars=feature.sync.snapshot.holds)
    if every in feature.renewals:
        return WayBack(reason) if is_soon(feature, every) else WayBack(hangs_on=feature.targets.staleness)
    return WayBack(bars=every)


def _is_sent_again(feature: Feature) -> Iterator[WayBack]:
    """By a server that repeats what its client has not confirmed."""
    delivery = feature.sync.delivery
    again, span = delivery.repeated_by.content, delivery.retry_for.content
    if not delivery.guarantee.has("at-least-once") or span is None or span == Duration(0):
        return
    if again is not None and not {"server", "broker"} & {*again}:
        yield WayBack(bars=delivery.repeated_by)
    elif feature.gives_up_early:
        yield WayBack(bars=delivery.retry_for)
    else:
        yield WayBack(f"what is not acknowledged is sent again for {delivery.retry_for}")


@number("Database queries during the return of all clients")
def resync_queries(feature: Feature) -> Expression[Rate]:
    """Database queries during the return of all clients."""
    (clients, window), each = (
        returning(feature.connection),
        term(feature.operations.resync_queries, "queries each"),
    )
    return named("queries of the return", clients * each / window)


def calls_of_return(feature: Feature, part: Dependency) -> Expression[Rate]:
    """Calls of a dependency during the return of all clients."""
    clients, window = returning(feature.connection)
    return named("calls of the return", clients * term(part.calls, "calls each") / window)


def calls_of_pool(part: Dependency) -> Expression[Rate]:
    """Calls that a dependency answers which takes so many at once."""
    return named("calls of the pool", term(part.pool) / part.call_time)


def joins_of_one_node(feature: Feature) -> Expression[Rate]:
    """Joins while the clients of one node return, each of which joins all of its rooms again."""
    connection, rooms = feature.connection, feature.workload.rooms
    clients = connections_per_node(connection)
    accepted = clients / accept_capacity_of_the_others(connection)
    window = named("return of one node's clients", larger(first_attempt_spread(connection), accepted))
    return named("joins of one node's clients", clients * term(rooms.per_user, "rooms each") / window)


@number("Bytes of snapshots during the return of all clients")
def resync_bytes(feature: Feature) -> Expression[Bandwidth]:
    """Bytes of snapshots during the return of all clients."""
    (clients, window), snapshot = returning(feature.connection), term(feature.sync.snapshot.size, "snapshot")
    return named("snapshots of the return", clients * snapshot / window)


def of_the_moment(feature: Feature) -> str:
    """The case of messages that stand alone and of which a newcomer gets none of the past, by decision."""
    is_case = feature.sync.join.order.has("subscribe-only") and not feature.sync.updates.has("delta")
    return "what was said matters for the moment" if is_case else ""


def is_live_by_decision(feature: Feature) -> bool:
    """Whether a stream that is no record of a person is kept nowhere, as the spec says of each place.

    A chat beside a game or a film is: no history, no promise. So are notices for all who follow a topic.
    """
    sync, resume = feature.sync, feature.transport.resume
    if (
        not sync.join.order.has("subscribe-only")
        or sync.updates.has("delta")
        or not sync.delivery.retain.is_none
    ):
        return False
    is_unkept = resume.is_none or resume.retention.has(Duration(0))
    if feature.serves("notifications"):
        return is_unkept and feature.fan_out.audience.has("room", "everyone")
    promised = sync.delivery.guarantee.has("at-most-once")
    return is_unkept and promised and feature.serves("chat") and feature.keeps_nothing


def needs_replay(feature: Feature, *, counts_signals: bool = False) -> Resume:
    """The section on the replay, where a client that returns depends on one.

    Signals do where nothing but them says that the state is another one: `counts_signals`.

    Raises:
        NotApplicable: it depends on none, or there is none.

    """
    resume = feature.transport.resume
    if feature.connection.is_polling and not resume.by.has("offset", "last-event-id", "time"):
        raise NotApplicable("each poll fetches what is new")
    if resume.is_none:
        raise NotApplicable("nothing is replayed")
    if feature.connection.is_one_shot:
        raise NotApplicable("a one-shot stream is asked for again as a request")
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    if feature.is_momentary:
        raise NotApplicable("what was missed is worth nothing a moment later")
    if feature.sync.updates.has("signal") and not counts_signals:
        raise NotApplicable("a signal that was missed is worth nothing a moment later")
    if feature.next_heals and not resume.is_stated:
        raise NotApplicable("the next update holds the whole value")
    if resume.by.has("snapshot"):
        raise NotApplicable("a client that returns gets a snapshot")
    if feature.exchanges_lacks:
        raise NotApplicable("replicas exchange what each one lacks when they meet again")
    feature.healed_by_the_next()
    return resume


@number("Replay window that is really covered")
def replay_window(feature: Feature) -> Expression[Duration]:
    """Replay window that is really covered."""
    resume = feature.transport.resume
    if resume.is_none:
        raise NotApplicable("nothing is replayed")
    return named("replay window", window(resume, rate_in_room(feature)))


def window(resume: Resume, rate: Expression[Rate]) -> Expression[Duration]:
    """What a log that is bounded in time, or in number at a rate, or in both, really covers."""
    in_time, in_number = term(resume.retention), term(resume.max_messages) / rate
    if resume.max_messages.content and not resume.retention.content:
        return in_number
    if resume.retention.content and not resume.max_messages.content:
        return in_time
    return smaller(in_time, in_number)


@number("Replay memory of all logs")
def replay_memory(feature: Feature) -> Expression[Size]:
    """Replay memory of all logs."""
    resume, rooms = feature.transport.resume, feature.workload.rooms
    if resume.is_none:
        raise NotApplicable("nothing is replayed")
    size = term(feature.workload.messages.size.typical, "message size")
    log = rate_in_room(feature) * size * replay_window(feature)
    per_client = resume.scope.has("client")
    logs = term(feature.connection.workload.connections) if per_client else term(rooms.count, "rooms")
    return named("memory for replay", log * logs)


def log_over(span: Duration, feature: Feature) -> Expression[Size]:
    """Bytes that so much editing adds to the log of the largest document."""
    size = term(feature.workload.messages.size.typical, "message size")
    return named(f"log of {span}", rate_in_room(feature) * size * span)
