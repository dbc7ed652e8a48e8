"""What a client that returns is given: from the right point on, and all that it shows."""

from typing import cast

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided
from rtreview.language.section import Section
from rtreview.language.sections.transport import Heartbeat
from rtreview.language.sections.workload import MACHINES
from rtreview.numbers.expression import Expression, named, term
from rtreview.numbers.fan_out import rate_in_room
from rtreview.quantities.quantity import Count, Duration
from rtreview.rulebook.outcome import Limit, Outcome, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


def _misses_something(feature: Feature) -> None:
    """A rule about what a returning client gets ends where it has missed nothing of worth."""
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to the client")
    if feature.is_momentary:
        raise NotApplicable("what was missed is worth nothing a moment later")


def _shows_holes(feature: Feature) -> str:
    """What tells a receiver that something is missing; empty where nothing does."""
    on_gap = feature.sync.ordering.on_gap
    return f"a hole shows in the numbers, and ends in `{on_gap}`" if feature.fills_gaps else ""


@rule
def catch_up_from_wrong_point(feature: Feature) -> Outcomes:
    """A client that returns continues from a point that lies behind what it is missing."""
    by, start = feature.transport.resume.by, feature.transport.resume.from_
    if not (by.has("time", "read-mark") or start.is_stated):
        raise NotApplicable("no point is stated that could be the wrong one")
    if by.has("session"):
        raise NotApplicable("the server keeps what a session was not sent, and the client names no point")
    _misses_something(feature)
    if start.has("opened"):
        yield _from_opening(feature)
    elif start.has("newest") and feature.fills_gaps and not _fetched_whole(feature):
        yield _passes_a_hole(feature)
    elif reason := _shows_holes(feature):
        yield Passed(reason)
    elif feature.sync.updates.has("full-state") or (feature.is_state_valued and feature.sync.refetch.content):
        yield Passed("the whole state comes again, from whichever point")
    elif by.has("read-mark"):
        yield _by_read_mark(feature, by)
    elif start.has("noticed-loss"):
        yield from _from_noticed_loss(feature)
    elif start.has("derived") and not _in_one_log(feature):
        yield Violated(
            "A client works out the point from which it continues, and no answer gave it: what it asks for "
            "is refused, or leaves out what its number has passed.",
            start,
            (feature.transport.resume.on_gap,) if feature.transport.resume.on_gap.is_stated else (),
        )
    elif start.has("newest", "derived") and feature.sync.join.order.has(
        "fetch-first", "fetch-then-replay", "snapshot"
    ):
        yield Passed("what is missing is there before anything new arrives")
    elif start.has("newest", "derived") and feature.sync.join.history_sent.has("first"):
        yield Passed("what is live is sent after what is missing")
    elif start.has("newest", "derived") and _begins_at_position(feature):
        live = "what is live follows what is missing: the stream itself begins at the position"
        yield _by_time(feature) if by.has("time") else Passed(live)
    elif start.has("newest", "derived"):
        yield Violated(
            "A client asks for what is newer than the newest that it has seen: one new message that arrives "
            "before the missing ones moves that point past them, and nothing fetches them any more.",
            start,
            (feature.sync.join.order,) if feature.sync.join.order.is_stated else (),
        )
    elif by.has("time"):
        yield _by_time(feature)
    else:
        yield Passed("a client continues from the end of what it holds without a hole")


def _fetched_whole(feature: Feature) -> bool:
    """Whether the state comes again as a whole, at times, with an update or at each return."""
    sync = feature.sync
    at_return = sync.join.fetch.has("each-time") or sync.join.order.has("snapshot")
    return bool(at_return or sync.refetch.content or sync.updates.has("full-state"))


def _passes_a_hole(feature: Feature) -> Violated:
    """The position is past a hole that is seen, before the hole is filled."""
    on_gap, start = feature.sync.ordering.on_gap, feature.transport.resume.from_
    lost = "it ends its connection, and asks past the hole when it is back"
    if on_gap.has("resync"):
        lost = (
            "where that fetch fails, or the connection is lost before its answer, no return asks for it again"
        )
    return Violated(
        "A client that misses a number counts the later one as its position before the hole is filled: "
        f"{lost}.",
        start,
        (on_gap,),
        "a missing number is seen",
    )


def _in_one_log(feature: Feature) -> bool:
    """Whether the numbers of all items are positions of one log, so that the greatest of them is one too."""
    return feature.sync.ordering.assigned_by.has("log", "global", "room-owner")


def _from_opening(feature: Feature) -> Outcome:
    """What each return is sent grows with the age of the page, and most of it is there already."""
    resume, sync = feature.transport.resume, feature.sync
    if resume.max_messages.content:
        return Passed(f"no return is sent more than {resume.max_messages} messages")
    if resume.retention.content:
        raise Undecided(resume.max_messages)
    drops = sync.join.deduplicate
    is_shown_twice = drops.has(False) or drops.is_none
    is_shown_twice = is_shown_twice and not sync.delivery.deduplicate.by.content
    again = "and shows it twice" if is_shown_twice else "however little was missed"
    return Violated(
        "The point from which a client continues does not move: each return is sent all since the page was "
        f"opened once more, {again}, and more of it the longer the page is open.",
        resume.from_,
        (drops,) if is_shown_twice else (),
        "" if is_shown_twice else "a client may drop what it has",
    )


def _begins_at_position(feature: Feature) -> bool:
    """Whether the live stream itself goes on from the position, so that nothing newer comes before the rest.

    Where a client subscribes first, or fetches its history apart, what is live does not wait for it.
    """
    transport, join = feature.transport, feature.sync.join
    if join.order.has("from-position"):
        return True
    if join.history_sent.has("after", "apart") or (
        join.order.has("subscribe-first", "subscribe-only") and not join.buffered.content
    ):
        return False
    is_asked = feature.connection.asks_again and transport.resume.by.has("offset", "last-event-id", "time")
    return is_asked or transport.resume.by.has("last-event-id")


def _by_read_mark(feature: Feature, by: Field[str]) -> Outcome:
    """What is unread is not what this device is missing."""
    workload = feature.workload
    devices = workload.devices_per_user
    kinds = {*(workload.clients.content or ())} - {*MACHINES}
    if devices.content is None and len(kinds) < 2:
        raise Undecided(devices)
    if devices.content is not None and devices.content.amount <= 1:
        raise NotApplicable("a user has one device")
    return Violated(
        "A device that returns gets what its user has not read: what was read meanwhile on another one never "
        "reaches it.",
        by,
        (devices,) if devices.content else (workload.clients,),
    )


def _from_noticed_loss(feature: Feature) -> Outcomes:
    """What was sent between the loss and its notice lies before the point that the client names."""
    resume, heartbeat = feature.transport.resume, feature.transport.heartbeat
    overlap = resume.overlap
    if isinstance(overlap.content, Duration):
        yield Limit(
            "the time until a client notices a loss",
            _noticed(heartbeat),
            "the overlap that is asked for again",
            cast("Field[Duration]", overlap),
            or_equal=True,
            at=resume.from_,
        )
        return
    late = f", up to {heartbeat.interval} and more" if heartbeat.interval.content else ""
    yield Violated(
        f"A client asks for what came since it noticed the loss: what was sent between the loss and that "
        f"moment{late} never arrives.",
        resume.from_,
        tuple(part for part in (heartbeat.interval,) if part.content),
    )


def _noticed(heartbeat: Heartbeat) -> Expression[Duration]:
    """From a loss to its notice at the client: a silence, or a heartbeat of its own that stays unanswered."""
    if heartbeat.silence_timeout.content:
        return named("time to notice", term(heartbeat.silence_timeout, "silence"))
    if not heartbeat.from_.has("client", "both"):
        raise Undecided(heartbeat.silence_timeout)
    return named("time to notice", term(heartbeat.interval) + term(heartbeat.timeout, "wait for an answer"))


def _by_time(feature: Feature) -> Outcome:
    """Two entries may have one time, and one may be stored later than its time says."""
    resume, sync = feature.transport.resume, feature.sync
    if feature.asks_for_a_span:
        raise Undecided(resume.from_)
    drops = sync.join.deduplicate.content or sync.delivery.deduplicate.by.content
    if isinstance(resume.overlap.content, Duration) and resume.overlap.content.amount > 0 and drops:
        return Passed(f"a client asks again for the {resume.overlap} before, and drops what it has")
    if resume.overlap.has("inclusive"):
        return _by_inclusive_time(feature)
    is_senders = sync.ordering.assigned_by.has("sender")
    if not resume.overlap.is_stated and (
        resume.from_.has("gapless") or (is_senders and not _timed_by_clients(feature))
    ):
        raise Undecided(resume.overlap)
    by_two = sync.ordering.ties.has("second-key")
    if by_two and sync.ordering.assigned_at.has("commit"):
        return Passed("entries of one time are told apart, and get it when they can be read")
    beside = sync.ordering.assigned_by if _timed_by_clients(feature) else resume.overlap
    return Violated(
        "A client asks for what is newer than a time: an entry that was stored later than its time says"
        f"{'' if by_two else ', or shares it with the last one,'} is never sent.",
        resume.by,
        (beside,) if beside.is_stated else (),
        "" if beside.key == "assigned_by" else "a server's clock gives the time",
    )


def _timed_by_clients(feature: Feature) -> bool:
    """Whether the clocks of clients give the times; where clients only read, a sender is a publisher."""
    only_read = feature.direction.has("server-to-client")
    return feature.sync.ordering.assigned_by.has("sender") and not only_read


def _by_inclusive_time(feature: Feature) -> Outcome:
    """What shares the last time comes again; what is stored later than its time says may still be lost."""
    resume, ordering = feature.transport.resume, feature.sync.ordering
    late = ordering.assigned_by if ordering.assigned_by.has("sender") else ordering.assigned_at
    if late.has("sender", "insert"):
        return Violated(
            "A client asks for what has its last time or a newer one: an entry that was stored later than "
            "its time says is never sent.",
            resume.by,
            (late,),
            "" if _timed_by_clients(feature) else "a server's clock gives the time",
        )
    if feature.sync.join.remainder.has("paged") and ordering.ties.is_none:
        return Violated(
            "Each page begins with the last time of the one before: when more entries than a page share a "
            "time, as after a migration or an import, the same page comes again for ever, and nothing behind "
            "it.",
            ordering.ties,
            (resume.overlap, feature.sync.join.remainder),
            "it takes a page full of one time",
        )
    if not (ordering.assigned_by.is_stated or ordering.assigned_at.has("commit") or feature.has_one_writer):
        raise Undecided(ordering.assigned_by)
    return Passed("what shares the last time comes again, and the log gives the times in its own order")


@rule
def catch_up_leaves_out(feature: Feature) -> Outcomes:
    """A client that returns gets a part of what it missed, and shows the rest as it was."""
    resume, join = feature.transport.resume, feature.sync.join
    decisions: tuple[Field[str], ...] = (resume.contains, resume.covers, join.remainder)
    cut_off = _last_alone(feature)
    if not cut_off and not any(part.is_stated for part in decisions):
        raise NotApplicable("nothing is said to be left out")
    _misses_something(feature)
    found: list[Outcome] = []
    if resume.contains.has("new"):
        found += _new_alone(feature)
    if resume.covers.has("on-screen"):
        found += _on_screen_alone(feature)
    if join.remainder.is_none or cut_off:
        found += _cut(feature)
    yield from found or [Passed(f"a client gets {_all_of_it(feature)}")]


@rule
def page_counted_from_newest(feature: Feature) -> Outcomes:
    """The next page of older entries is counted from a front that moves with each new entry."""
    join, deletes = feature.sync.join, feature.sync.deletes
    resume = feature.transport.resume
    if not join.pages.is_stated and (not join.remainder.has("paged") or resume.by.is_stated):
        raise NotApplicable("nothing is said of pages, or they go by the position of a client that returns")
    _misses_something(feature)
    if join.pages.is_none:
        raise NotApplicable("there are no pages")
    if not join.pages.is_stated:
        raise Undecided(join.pages)
    if join.pages.has("entry"):
        yield Passed("the next page begins behind an entry, wherever that stands by now")
        return
    drops = bool(join.deduplicate.content)
    if drops and not deletes.is_stated:
        raise Undecided(deletes)
    if drops and not deletes.has("removed"):
        yield Passed("what comes again is dropped, and no entry leaves the list")
        return
    again = "the last one of a page comes again in the next"
    skipped = "after one that is deleted, another is never fetched"
    moved = skipped if drops else f"{again}, and {skipped}" if deletes.has("removed") else again
    yield Violated(
        f"A page is counted from the newest entry, and entries come or go between two pages: {moved}.",
        join.pages,
        tuple(part for part in (join.deduplicate, deletes) if part.is_stated),
        when="" if join.deduplicate.is_stated or deletes.has("removed") else "copies may be dropped",
    )


def _all_of_it(feature: Feature) -> str:
    """What it is said that a client gets, decision by decision: the others say nothing of it."""
    resume, remainder = feature.transport.resume, feature.sync.join.remainder
    parts = [
        ("what changed in old entries too", resume.contains.has("changes")),
        ("all rooms that it subscribes to", resume.covers.has("all")),
        ("older messages page by page", remainder.has("paged")),
        ("a mark where some are missing", remainder.has("marked")),
    ]
    return ", ".join(text for text, is_said in parts if is_said) or "all that it missed"


def _last_alone(feature: Feature) -> bool:
    """Whether machines fetch so many of the newest at each join, of which none pages back for the rest."""
    join, resume = feature.sync.join, feature.transport.resume
    machines = feature.workload.only(*MACHINES) and not join.remainder.is_stated
    again = join.fetch.has("each-time") or resume.by.has("snapshot")
    return machines and again and isinstance(join.history.content, Count) and not feature.replays


def _changing(feature: Feature) -> Section | None:
    """Data of which old parts change."""
    kinds = ("register", "counter", "list", "tree", "text", "invariant")
    return next((part for part in feature.sync.data if part.shape.has(*kinds)), None)


def _new_alone(feature: Feature) -> list[Outcome]:
    """Entries that were changed, removed or read while a client was away stay as they were on it."""
    resume, changing = feature.transport.resume, _changing(feature)
    is_gone = next((part for part in (feature.sync.deletes,) if part.content), None)
    if changing is None and is_gone is None and feature.holds_only("log", "command", "ephemeral"):
        # People take back and correct what they have written.
        if feature.serves("chat") and not feature.sync.deletes.is_stated:
            raise Undecided(feature.sync.deletes)
        return [Passed("entries of a log do not change")]
    feature.healed_by_the_next()
    is_open = changing is None and is_gone is None and not feature.sync.updates.has("delta")
    if is_open and not feature.serves("chat"):
        raise Undecided(feature.sync.data)
    return [
        Violated(
            "A client that was away gets new entries alone: what was edited, deleted or read meanwhile stays "
            "on it as it was.",
            resume.contains,
            (changing,) if changing is not None else (is_gone,) if is_gone is not None else (),
        )
    ]


def _on_screen_alone(feature: Feature) -> list[Outcome]:
    """Counters and lists off the screen speak of what was not fetched."""
    resume, rooms = feature.transport.resume, feature.workload.rooms.per_user
    counts = next((part for part in feature.sync.data if part.shape.has("counter", "register")), None)
    if rooms.content is not None and rooms.content.amount <= 1:
        return [Passed("a user has one room, which is on the screen")]
    fetch = feature.sync.join.fetch
    if fetch.has("each-time") and feature.narrows(fetch, resume.covers):
        return [Passed(f"its own state is fetched at each return: `{fetch.dotted}` is {fetch}")]
    if counts is None and feature.sync.data.is_stated:
        return [Passed("what is off the screen is fetched when it is opened, and nothing else speaks of it")]
    if counts is None and not feature.serves("chat", "notifications"):
        raise Undecided(feature.sync.data)
    return [
        Violated(
            "A client that returns catches up with what is on the screen: unread marks, badges and lists of "
            "the rest stay as they were until each is opened.",
            resume.covers,
            () if counts is None else (counts,),
        )
    ]


def _cut(feature: Feature) -> list[Outcome]:
    """The newest entries are fetched, and those between them and what the client holds are missing."""
    join, sync = feature.sync.join, feature.sync
    if sync.snapshot.applied.has("replace") or (feature.is_state_valued and not _of_many(feature)):
        return [Passed("what is fetched replaces what the client holds")]
    if reason := _replayed_whole(feature):
        raise NotApplicable(reason)
    number, away = join.history, feature.workload.outage.p99
    at: Part = join.remainder if join.remainder.is_stated else number
    if isinstance(number.content, Duration):
        span = "the time of which the past is fetched"
        return [Limit("the 99th-percentile outage", away, span, number, or_equal=True, at=at)]
    if number.content and away.content and rate_in_room(feature).content is not None:
        missed = named("messages missed", rate_in_room(feature) * away)
        note = "Those between are missing, and nothing shows it."
        what, than = "what a room sends in the 99th-percentile outage", "the number that is fetched"
        return [Limit(what, missed, than, number, or_equal=True, at=at, note=note)]
    milder = "who is away for longer than the replay" if feature.replays else ""
    if feature.is_state_valued:
        milder = "a later value replaces an old one"
    newest = f"the newest {number}" if number.content else "the newest messages"
    return [
        Violated(
            f"A client that returns fetches {newest}: where more were sent, those between and what it holds "
            "are missing, and nothing shows it.",
            at,
            (number,) if number.content and at is not number else (),
            milder,
        )
    ]


def _of_many(feature: Feature) -> bool:
    """Whether it is decided that of the values of many things the newest are fetched, and no more."""
    join, updates = feature.sync.join, feature.sync.updates
    is_cut = join.remainder.is_none and isinstance(join.history.content, Count)
    return is_cut and updates.has("state-value") and not feature.sync.strategy.has("full-state")


def _replayed_whole(feature: Feature) -> str:
    """Why a replay brings all that was missed, so that no history is fetched; empty where one may be.

    Raises:
        Undecided: nothing is said of how far it reaches, or of who comes later.

    """
    resume, away = feature.transport.resume, feature.workload.outage.p99.content
    if resume.by.has("state"):
        return "each side tells what it has, and gets what it lacks"
    if not (feature.replays and resume.by.has("offset", "last-event-id", "session")):
        return ""
    if resume.is_endless:
        return "what was missed is replayed, however much it is"
    span = resume.retention.content
    if span is not None and away is not None and away <= span and not resume.max_messages.content:
        return f"what was missed in {away} is replayed"
    if not (resume.retention.is_stated or resume.max_messages.is_stated):
        raise Undecided(resume.retention)
    if not resume.on_gap.is_stated:
        raise Undecided(resume.on_gap)
    return "beyond what is replayed a snapshot brings the whole" if resume.on_gap.has("snapshot") else ""
