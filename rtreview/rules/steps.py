"""What many do at once without any outage: after a signal, by their clocks, or to one record."""

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided
from rtreview.numbers.expression import Expression, named, term
from rtreview.numbers.fan_out import rate_in_room
from rtreview.quantities.quantity import Count, Duration, Rate, Spread
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

IN_ONE_RECORD = Rate(10)
"""Writes that one record takes, each with its lock or its turn (one-record-for-all)."""

AT_ONCE = 100
"""A store works on no more calls than that at one moment: with so many, none takes longer than its share of
the stated rate (one-record-for-all)."""

HALF = 0.5
"""A record that is written for more of its time makes writes wait (one-record-for-all)."""

TOGETHER = {
    "start": "each counts from its start",
    "connect": "each counts from when it connected, and after a deploy all come back together",
    "clock": "each acts at the same time of its clock",
}
"""What makes clients act in one moment (clients-in-step)."""

A_CROWD = Count(100)
"""Up to this many requests in one moment are what any server answers within a second."""

A_MOMENT = Duration(1)
"""Checks that are over within it are no storm."""


def _passed_on_from_memory(feature: Feature) -> bool:
    """Whether reports are passed on as they come: none is stored or looked up, or sent again."""
    share, once = feature.workload.messages.active_share, feature.sync.delivery.is_once_by_decision
    goes_through = feature.sync.strategy.has("signal") and feature.fan_out.per_recipient.has("memory")
    return not share.is_stated and once and goes_through and not feature.dependencies.items


@rule
def clients_in_step(feature: Feature) -> Outcomes:
    """All clients ask or report at the same moment, again and again."""
    sync, phase, audience = feature.sync, feature.workload.messages.phase, feature.fan_out.audience
    fetches = feature.backpressure.client.on_message.has("refetch")
    signals = sync.updates.has("signal") or sync.strategy.has("signal") or fetches
    if (checks := _checked_in_step(feature)) is not None:
        yield checks
        if not signals and not phase.is_stated:
            return
    if not signals and not phase.is_stated:
        raise NotApplicable("no client is said to ask at a signal, or at an interval")
    if phase.has("connect") and (spread := _spread_by_return(feature)):
        yield spread
        return
    if phase.has("start", "connect", "clock"):
        if _passed_on_from_memory(feature):
            raise Undecided(feature.workload.messages.active_share)
        at: Part = phase
        what = next(what for word, what in TOGETHER.items() if phase.has(word))
    elif not signals:
        yield Passed("each counts from a moment of its own")
        return
    elif _is_spread(sync.fetch_delay):
        yield Passed(f"a client fetches after {sync.fetch_delay}, at random")
        return
    elif audience.has("user", "contacts", "visible"):
        raise NotApplicable("a signal reaches few at once")
    elif feature.backpressure.client.applies.has("on-demand"):
        raise NotApplicable("a client fetches when its user asks for it")
    elif not (sync.fetch_delay.is_stated or fetches) or not (audience.is_stated or feature.room.content):
        raise Undecided(sync.fetch_delay, audience)
    else:
        at = audience if audience.is_stated else sync.fetch_delay
        delay = sync.fetch_delay
        wait = f"after {delay}" if isinstance(delay.content, Spread) else "at once"
        what = f"a signal reaches them together, and each fetches {wait}"
    yield _together(feature, at, what)


def _spread_by_return(feature: Feature) -> Passed | None:
    """Clients that count from when they connected, and come back over half of their interval or more."""
    rate, wait = feature.workload.messages.rate, feature.transport.reconnect.first_delay
    if not (isinstance(wait.content, Spread) and _is_spread(wait)):
        return None
    if rate.content is None:
        raise Undecided(rate)
    every = Duration(1 / rate.content.amount)
    if wait.content.width < HALF * every:
        return None
    return Passed(f"clients come back over {wait}, at random, and act every {every}")


def _is_spread(delay: Field[Duration | Spread]) -> bool:
    """Whether clients wait at random over more than what is one moment to a server."""
    return isinstance(delay.content, Spread) and delay.content.width > A_MOMENT


def _together(feature: Feature, at: Part, what: str) -> Limit | Passed:
    """The clients that ask in one moment."""
    sync, phase, audience = feature.sync, feature.workload.messages.phase, feature.fan_out.audience
    asked = [part for part in feature.dependencies if not part.cache.content]
    if feature.dependencies.items and not asked:
        return Passed("a cache answers them")
    own = feature.workload
    counted = own.connections if own.connections.is_stated or not own.users.is_stated else own.users
    in_a_room = at is not phase and (audience.has("room") or not audience.is_stated)
    is_open = at is not phase and not sync.fetch_delay.is_stated
    if is_open and (feature.room if in_a_room else counted).content is None:
        raise Undecided(sync.fetch_delay)
    return Limit(
        "the clients that ask together",
        feature.room if in_a_room else counted,
        "what comes in one moment without harm",
        A_CROWD,
        or_equal=True,
        note=f"They do so each time: {what}.",
        at=at,
        when="how long a client waits is open" if is_open else "",
    )


def _checked_in_step(feature: Feature) -> Limit | Passed | None:
    """The checks of one process that fall due together, where each takes a place that is counted."""
    beat = feature.transport.heartbeat
    place = feature.place_of_checks
    if not beat.phase.is_stated or place is None:
        return None
    if beat.phase.has("random"):
        return Passed("each is checked from a moment of its own")
    # One that is gone holds its place until the wait for its answer is over.
    longest = beat.timeout if beat.timeout.content is not None else place.call_time
    clients = feature.connection.counted
    last = named("time until the last is checked", term(clients) * longest / place.pool, Duration)
    if last.content is not None and last <= A_MOMENT:
        return Passed(f"the last of {clients} checks begins within {last}")
    return Limit(
        "the number of checks that fall due together",
        clients,
        f"what `{place.key}` takes at once",
        place.pool,
        or_equal=True,
        at=beat.phase,
        note="They follow one another in a series each time, and hold up what else waits there.",
        when="each counts from when it was last heard" if beat.phase.has("heard") else "",
    )


@rule
def one_record_for_all(feature: Feature) -> Outcomes:
    """What everybody in a room does is written into one record, one after the other."""
    parts = [part for part in feature.dependencies if part.record.is_stated]
    if not parts:
        raise NotApplicable("nothing is said of what the writes for messages change")
    for part in parts:
        if not part.record.has("one", "rewritten"):
            yield Passed(f"writes to `{part.key}` meet no other: {part.record}")
            continue
        causes = part.per.content or () if part.per.is_stated else ("message",)
        if "message" not in causes and "heartbeat" not in causes:
            yield Passed(f"no message causes a write to `{part.key}`")
            continue
        beats = "message" not in causes
        rate = _heartbeats(feature) if beats else rate_in_room(feature)
        if rate.content is None:
            what, cleared = "message of a room", f"a busy room sends at most {IN_ONE_RECORD}"
            if beats:
                what, cleared = "heartbeat of a client", f"there are at most {IN_ONE_RECORD} of them"
            yield Violated(
                f"Each {what} changes the same record of `{part.key}`, and its writes wait for one another: "
                f"what everybody does at once fails or queues there. Cleared where {cleared}.",
                part.record,
                when="the number of messages is not stated",
            )
            continue
        each = part.call_time.content
        if each is not None and rate.content.amount * each.amount <= HALF:
            yield Passed(f"{rate.content} of {each} each keep one record busy for half of the time at most")
            continue
        takes = part.rate.content
        if takes is not None and rate.content.amount * AT_ONCE <= takes.amount * HALF:
            yield Passed(f"{rate.content} are few for one that answers {takes} ({AT_ONCE} of them at once)")
            continue
        yield Limit(
            "the rate of heartbeats" if beats else "the rate of messages of a room",
            rate,
            "what one record takes",
            IN_ONE_RECORD,
            or_equal=True,
            note=f"Each changes the same record of `{part.key}`, and waits for the one before.",
            at=part.record,
        )


def _heartbeats(feature: Feature) -> Expression[Rate]:
    """The heartbeats of those who share a record: the members of a room, or all where there are none."""
    workload = feature.workload
    clients = feature.room if workload.rooms.is_there else workload.connections
    return named("heartbeats on one record", term(clients) / term(feature.reports_every), Rate)
