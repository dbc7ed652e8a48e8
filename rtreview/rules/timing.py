"""Moments that all share and those who fall behind them, and pauses that are waited for."""

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated
from rtreview.numbers.expression import named, term
from rtreview.numbers.queues import is_endless
from rtreview.quantities.quantity import Duration, Rate
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

LIVELY = Duration(2)
"""An allowed latency up to this is missed by whoever has fallen behind (behind-for-good)."""

RARELY = 0.5
"""Up to so many messages within a pause, the pause comes soon (pause-that-never-comes)."""

LIVE = ("media", "game", "cursors", "commands")
"""Purposes in which what is late is worth less than what is new (behind-for-good)."""

MOVES = ("game", "media", "cursors", "telemetry")
"""Purposes in which somebody watches what moves (uneven-arrival-shown)."""


@rule
def shared_moment_by_own_clock(feature: Feature) -> Outcomes:
    """Each client acts at a moment that it takes for the one of all."""
    moment = feature.sync.moment
    by, corrects = moment.by, moment.corrects
    if not moment.is_there:
        raise NotApplicable("no moment is said to be shared")
    if feature.room.content is not None and feature.room.content.amount <= 1:
        raise NotApplicable("a room has one member, who shares it with nobody")
    if feature.sync.catch_up.has("wait"):
        raise NotApplicable("nobody goes on before the others: all wait for the slowest")
    if by.has("arrival") and not corrects.is_stated and (apart := _apart_by_poll(feature)):
        raise NotApplicable(apart)
    if corrects.content and not by.has("device"):
        yield Passed(f"each comes back to the shared position every {corrects}")
        return
    if by.has("device"):
        yield Violated(
            "Each client takes the moment from the clock of its device, and those are apart by seconds to "
            "minutes: it starts or ends at another time for each, and not when the server says so.",
            by,
        )
    elif by.has("arrival"):
        yield Violated(
            "Each client acts when the message arrives: those with a slow line begin later, and stay behind.",
            by,
            (corrects,) if corrects.is_stated else (),
            when="" if corrects.is_stated else "nothing is said of a position that goes on",
        )
    elif corrects.is_none:
        yield Violated(
            "After the start each runs by itself, and nothing compares the positions: a stall, a late join "
            "or a slow device puts one apart from the others, and keeps it there.",
            corrects,
            (by,) if by.is_stated else (),
            when="all start together",
        )
    elif by.has("server", "offset"):
        known = (
            "the server tells each moment" if by.has("server") else "a measured offset corrects each clock"
        )
        yield Passed(known)
    else:
        raise Undecided(by)


def _apart_by_poll(feature: Feature) -> str:
    """Why a value that comes with polls is no moment for all; empty where it may be one.

    Polls are apart by their interval, and a design that allows for so old a value allows for that.
    """
    every, old = feature.transport.poll.every, feature.targets.staleness.content
    if not feature.connection.is_polling or every.content is None or old is None or every.content > old:
        return ""
    return f"each client polls at its own time, every {every}, and a value may be {old} old"


@rule
def deadline_cut_to_the_second(feature: Feature) -> Outcomes:
    """What was sent in time is refused, since it arrives after the deadline."""
    moment, rtt = feature.sync.moment, feature.workload.rtt
    late, grace = moment.late, moment.grace
    if not moment.is_there or (moment.corrects.is_stated and not late.is_stated):
        raise NotApplicable("no act is said to have a deadline")
    if not (late.is_stated or grace.is_stated):
        raise Undecided(late)
    if late.has("extend"):
        yield Passed("an act shortly before the end moves the end")
    elif grace.content is not None and grace.content.amount:
        if rtt.content is None:
            yield Passed(f"an act is taken for {grace} after the deadline")
        else:
            yield Limit("the round trip", rtt, "the grace after a deadline", grace, or_equal=True, at=grace)
    elif late.has("grace") and not grace.is_stated:
        yield Passed("an act is taken for a while after the deadline")
    else:
        trip = f" ({rtt} at p99)" if rtt.content is not None else ""
        yield Violated(
            f"What arrives after the deadline is refused, whenever it was sent: an act on the last second "
            f"that the screen shows comes a trip to the server{trip} too late.",
            late if late.is_stated else grace,
        )


@rule
def deadline_lost_at_restart(feature: Feature) -> Outcomes:
    """What was due when a process was restarted is never ended."""
    moment, room = feature.sync.moment, feature.topology.state.room
    again = moment.after_restart
    if not again.is_stated and not moment.late.is_stated:
        raise NotApplicable("nothing is said of deadlines and restarts")
    if room.has("node") and not again.content:
        raise NotApplicable("rooms are gone with the process too: see room-lost-with-its-node")
    if not again.is_stated:
        raise Undecided(again)
    if again.has("timers"):
        yield Passed("a process that starts sets the timers again")
        return
    yield Violated(
        "A restart or a deployment forgets all timers: what was due then, and all that runs out later, is "
        "ended by nobody."
        if again.is_none
        else "A deadline that runs out after a restart is noticed when somebody acts: until then what is "
        "over stands open.",
        again,
        (room,) if room.content else (),
        when="" if again.is_none else "the next act ends it",
    )


def _waits_for_the_slowest(feature: Feature) -> Violated | None:
    """A game that goes on when the last of its players has, and hides that from nobody; None for others."""
    catch_up, optimistic, allowed = feature.sync.catch_up, feature.sync.optimistic, feature.targets.latency
    if not catch_up.has("wait") or catch_up.includes("skip", "faster") or not feature.serves("game"):
        return None
    if optimistic.content or (allowed.content is not None and allowed.content > LIVELY):
        return None
    hides = "nobody sees an own act before that" if optimistic.is_stated else "nothing is said to hide that"
    return Violated(
        f"The others wait for whoever has fallen behind, and {hides}: each late or lost packet of the "
        "slowest stops the game for all.",
        catch_up,
        (optimistic,) if optimistic.is_stated else (),
        when="all wait for the slowest",
    )


@rule
def behind_for_good(feature: Feature) -> Outcomes:
    """Who is slower than the stream for a while stays behind it."""
    catch_up, allowed = feature.sync.catch_up, feature.targets.latency.content
    age = feature.backpressure.queue.max_age
    if not catch_up.is_stated:
        raise NotApplicable("nothing is said of a receiver that has fallen behind")
    if catch_up.content and not catch_up.has("at-join"):
        yield _waits_for_the_slowest(feature) or Passed(f"a receiver that has fallen behind: {catch_up}")
        return
    is_late = bool(age.content and allowed is not None and age.content > max(allowed, LIVELY))
    if age.content and not is_late and not is_endless(feature.backpressure.queue):
        yield Passed(f"nothing older than {age} is played or computed")
        return
    if allowed is not None and allowed > LIVELY:
        raise NotApplicable(f"a latency of {allowed} leaves time to catch up")
    if feature.serves("data-sync", "collaborative-editing"):
        raise NotApplicable(f"in {feature.purpose} each message counts, however late")
    replaced = any(part.needed.has("current") for part in feature.sync.data)
    if not (feature.serves(*LIVE) or feature.is_state_valued or feature.only_ephemeral or replaced):
        if feature.purpose.is_stated:
            raise NotApplicable(f"in {feature.purpose} each message counts, however late")
        raise Undecided(feature.purpose)
    than = f", where {allowed} is allowed" if allowed is not None else ""
    yield Violated(
        "A receiver works through everything in turn: after one bad moment it stays behind by as much for "
        f"the rest of the session{than}.",
        catch_up,
        (age,) if age.is_stated else (),
    )


@rule
def uneven_arrival_shown(feature: Feature) -> Outcomes:
    """What is sent at even intervals is shown as unevenly as it arrives."""
    sync, messages = feature.sync, feature.workload.messages
    playout, replicas = sync.playout, sync.replicas
    if not playout.is_stated:
        raise NotApplicable("nothing is said of how long a receiver holds what comes")
    if playout.has("adapts", "extrapolates"):
        yield Passed(f"what arrives unevenly goes smoothly: it {playout}")
        return
    if not (feature.serves(*MOVES) or replicas.is_there):
        raise NotApplicable("nothing is said to move that somebody watches")
    if replicas.is_there:
        yield _at_the_next_step(feature)
        return
    if isinstance(playout.content, Duration):
        rate = messages.per_client if isinstance(messages.per_client.content, Rate) else messages.rate
        if feature.serves("media") or not isinstance(rate.content, Rate):
            yield Passed(f"a receiver holds what comes for {playout}")
            return
        yield Limit(
            "the time between two updates",
            named("time between two", 1 / term(rate)),
            "the time for which a receiver holds them",
            playout,
            or_equal=True,
            note="Between two of them there is nothing to show.",
            at=playout,
        )
        return
    steady = messages.when.has("interval") or sync.snapshot.every.content or feature.serves("media")
    if not (steady or isinstance(messages.per_client.content, Rate) or messages.rate.content):
        raise Undecided(messages.when)
    yield Violated(
        "What is sent at even intervals is shown in the moment it arrives: a packet that comes late makes "
        "what moves stand still, and then jump.",
        playout,
        (messages.when,) if messages.when.has("interval") else (),
        when="" if feature.serves("game", "media") else "it is watched from afar",
    )


def _at_the_next_step(feature: Feature) -> Passed | Violated:
    """Whether the inputs of the others may come some steps late, where each end computes the same."""
    playout, rewinds = feature.sync.playout, feature.sync.replicas.rewinds
    if playout.content is not None:
        return Passed(f"an input takes effect {playout} after it was made")
    if rewinds.content is not None:
        return Passed(f"an end goes on without an input, and back by {rewinds} when it comes")
    return Violated(
        "Each step is computed with the inputs of all, which take effect at once: no step is done before the "
        "slowest input has come, and each late packet stops all.",
        playout,
        (rewinds,) if rewinds.is_none else (),
        when="" if rewinds.is_none else "nothing is said of going back",
    )


@rule
def missed_steps_made_up(feature: Feature) -> Outcomes:
    """A simulation makes up for all the steps that it was too slow for, however many."""
    missed, pause = feature.sync.missed_steps, feature.topology.node.pause
    rewinds = feature.sync.replicas.rewinds
    if rewinds.is_none:
        yield Violated(
            "An input that comes late makes every other end compute all steps since once more, however many: "
            "one bad line costs all of them that work, and while it is done the next late input comes.",
            rewinds,
        )
        return
    if rewinds.is_stated:
        yield Passed(f"a late input is computed again for {rewinds} at most")
        return
    if not missed.is_stated and feature.serves("game") and pause.content is not None:
        raise Undecided(missed)
    if not missed.is_stated:
        raise NotApplicable("nothing is said of steps that a simulation was too slow for")
    if missed.is_none:
        raise NotApplicable("a step covers the time since the last, however long that was")
    if not missed.has("all"):
        yield Passed(f"steps that it was too slow for: {missed}")
        return
    if feature.sync.replicas.is_there:
        raise NotApplicable("each copy has to compute every step, or they differ")
    after = f" of up to {pause}" if pause.content is not None else ""
    yield Violated(
        f"After a pause{after} the simulation computes all missed steps as fast as it can: the world runs in "
        "fast motion, and where a step takes longer than its time, it never catches up.",
        missed,
        (pause,) if pause.content is not None else (),
    )


@rule
def pause_that_never_comes(feature: Feature) -> Outcomes:
    """What is held back until nobody writes any more is never sent while everybody writes."""
    held = [(feature.push.waits, "is pushed"), (feature.work.collects, "is worked on")]
    waits = [(part, done) for part, done in held if part.quiet.content]
    if not waits:
        raise NotApplicable("nothing is said to wait for a pause")
    for part, done in waits:
        quiet, most = part.quiet, part.at_most
        if most.content:
            yield Passed(f"what is held back goes after {most} at the latest")
            continue
        if (rare := _comes_rarely(feature, quiet)) is not None:
            yield rare
            continue
        if not most.is_stated:
            raise Unstated(most)
        yield Violated(
            f"Each further message begins the {quiet} anew, and nothing bounds the wait: while a room goes "
            f"on, nothing of it {done}, and what is held back grows.",
            most,
            (quiet,),
        )


def _comes_rarely(feature: Feature, quiet: Field[Duration]) -> Passed | None:
    """Messages so far apart that a pause comes between most of them."""
    often = feature.workload.messages.per_room.content
    span = quiet.content
    if often is None or span is None or often.amount * span.amount > RARELY:
        return None
    return Passed(f"messages come at {often}, and a pause of {quiet} between most of them")
