"""What comes to a client once more, or is shown of its own act: twice, too late, too long, or to another."""

from typing import cast

from rtreview.language import catalogue
from rtreview.language.design import FLEETING, Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known
from rtreview.language.sections.delivery import Ordering
from rtreview.language.sections.transport import Hop
from rtreview.numbers.replay import beyond_replay, told_in_vain
from rtreview.quantities.quantity import Count, Duration
from rtreview.rulebook.outcome import Limit, Outcome, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

A_MINUTE = Duration(60)
"""A value that is dropped at this age replaces none that is much newer (late-value-wins)."""


@rule
def history_shown_twice(feature: Feature) -> Outcomes:
    """Each return brings the last entries once more, and the client adds them to those that it has."""
    sync, join, resume = feature.sync, feature.sync.join, feature.transport.resume
    adds, applied = sync.updates.has("event") or feature.merges_by("append-only"), sync.snapshot.applied
    whole = next((part for part in (resume.without, resume.by) if part.has("whole", "snapshot")), None)
    brings = whole or (join.order if join.order.has("snapshot", "fetch-first") else None)
    is_added = applied.has("append") and not (feature.is_momentary or feature.merges_by("crdt"))
    if not (adds and brings) and not is_added:
        raise NotApplicable("no join is said to bring entries that a client adds to those that it has")
    if feature.connection.is_one_shot or feature.connection.is_polling:
        raise NotApplicable("no connection is begun again with a history")
    once = join.fetch.has("once") or join.ends_with_connection
    if feature.transport.reconnect.is_none or (once and not whole):
        raise NotApplicable("a client gets the history once")
    if feature.replays and not resume.without.has("whole"):
        yield Passed(f"a client that returns goes on after what it has: {resume.by}")
        return
    if join.deduplicate.content or sync.delivery.deduplicate.drops:
        yield Passed("what a client has already is dropped")
        return
    if applied.has("replace", "rebase"):
        yield Passed("the history replaces what a client has")
        return
    again = join.deduplicate
    loose = again.has(False) or again.is_none
    if applied.has("append") or (applied.has("merge") and loose):
        yield Violated(
            "Each return brings the last entries once more, and the client adds them to those that it has: "
            "they are shown twice.",
            applied,
            (again,) if loose else (brings,) if brings is not None else (),
            "" if loose or brings is not None else "nothing is said of what a return brings",
        )
    elif applied.has("merge"):
        raise Undecided(again)
    elif loose or (
        join.fetch.has("each-time") and feature.serves("console", "feed") and join.history.content
    ):
        last = f"last {join.history}" if join.history.content else "last entries"
        message = f"Each return brings the {last} once more; the spec does not say "
        raise Unstated(applied, message=f"{message}`{applied.dotted}`.")
    else:
        raise Undecided(applied)


@rule
def guess_ends_at_wrong_time(feature: Feature) -> Outcomes:
    """A client shows its own act as done for longer than is true, or for a shorter time than it takes."""
    sync, after = feature.sync, feature.sync.reconcile_after
    if not after.is_stated and not sync.during_push.has("applied"):
        raise NotApplicable("nothing says how long a change is shown that is not confirmed")
    if sync.optimistic.has(False) or sync.optimistic.is_none:
        raise NotApplicable("a client shows only what is confirmed")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients change nothing")
    if not after.is_stated:
        yield _ended_by_a_report(feature)
        return
    if after.has("answered"):
        yield Passed("an answer ends the guess, and then the client shows what is reported, whatever it is")
        return
    goes_on = sync.delivery.outbox.on_refused.has("retry", "rebase", "report")
    if after.is_none and sync.offline.sends.has("changes") and goes_on:
        yield Passed(
            "a change is sent until it is answered, and the outbox says what becomes of a refused one"
        )
        return
    if after.is_none:
        yield Violated(
            "A client shows its change until exactly that is reported: what fails, or is changed by another "
            "hand, is shown as done from then on.",
            after,
            (sync.optimistic,) if sync.optimistic.is_stated else (),
        )
        return
    polls = feature.connection.is_polling and feature.transport.poll.every.is_stated
    answer = feature.transport.poll.every if polls else feature.targets.latency
    yield Limit(
        "the time between two polls" if polls else "the time to an answer",
        answer,
        "the time for which a change is shown unconfirmed",
        cast("Field[Duration]", after),
        note="The display goes back, and forth again with the answer.",
        at=after,
        when="it flips",
    )


def _ended_by_a_report(feature: Feature) -> Outcome:
    """What a report does to a newer change of one's own, where it is applied at once."""
    sync, echo = feature.sync, feature.sync.echo_matched_by
    if feature.merges_by("crdt", "ot") or sync.reconcile.has("rebase"):
        return Passed("a report is merged with the changes of one's own, or they are made again on it")
    if not sync.updates.is_stated and not sync.strategy.has("full-state"):
        raise Undecided(sync.updates)
    if not feature.is_state_valued:
        raise NotApplicable("a report holds a change, and takes the place of no other")
    if echo.has("client-id", "left-out"):
        return Passed(f"a report of one's own older change is known, or does not come: {echo}")
    if not echo.is_stated or echo.has("idempotent"):
        raise Undecided(echo)
    if not sync.optimistic.content:
        raise Undecided(sync.optimistic)
    return Violated(
        "A report is applied at once, also that of one's own older value while a newer one is on its way: "
        "what was typed or moved meanwhile goes back, and forth again with the next report.",
        sync.during_push,
        (echo, sync.optimistic),
        "it flips",
    )


@rule
def replay_open_to_others(feature: Feature) -> Outcomes:
    """Whoever names a position or id gets what was sent to another."""
    resume = feature.transport.resume
    is_open = resume.bound_to.is_none and not (resume.is_none or resume.by.is_stated)
    if not (feature.replays or is_open):
        raise NotApplicable("no replay is stated")
    if not resume.bound_to.is_stated and not feature.access.is_stated:
        raise NotApplicable("nothing is said of rights")
    if feature.workload.connections.has(Count(1)):
        raise NotApplicable("one client alone")
    if feature.fan_out.audience.has("everyone"):
        raise NotApplicable("all get the same")
    if resume.bound_to.content:
        yield Passed(f"a position is checked against its {resume.bound_to}")
    elif resume.bound_to.is_none:
        yield Violated(
            "A position or event id is all that a replay asks for: whoever has one, or guesses it, gets what "
            "was sent to another.",
            resume.bound_to,
            (resume.by,) if resume.by.is_stated else (),
            when="the spec does not say what a client names" if is_open else "",
        )
    else:
        raise Undecided(resume.bound_to)


@rule
def published_by_each_node(feature: Feature) -> Outcomes:
    """Every node passes the same change on to all nodes, so that it arrives once for each."""
    by, topology = feature.fan_out.published_by, feature.topology
    if not by.has("each-node"):
        raise NotApplicable("no change is said to be published by each node")
    if topology.backplane.is_none or topology.nodes.has(Count(1)):
        raise NotApplicable("each node serves its own clients")
    again = feature.sync.delivery.deduplicate
    if again.drops and not topology.backplane.is_stated:
        yield Passed(f"copies are dropped by {again.by}")
    elif again.drops:
        yield Violated(
            "Every node publishes each change to all nodes, and what receives the copies drops them: clients "
            "get one, and the bus carries as many as there are nodes, each to all of them.",
            by,
            (again.by,),
            when="a copy does no harm",
        )
    elif feature.is_fleeting or feature.is_state_valued or feature.merges_by("crdt"):
        yield Violated(
            "Every node publishes each change to all nodes: the traffic grows with their square."
            if topology.backplane.is_stated
            else "Every node publishes each change: its source is read once for each of them, and what "
            "receives it takes and merges as many copies.",
            by,
            (topology.nodes,) if topology.nodes.content else (),
            when="a copy does no harm",
        )
    else:
        nodes = topology.nodes.content
        often = f"{nodes} times" if nodes else "once for each node"
        yield Violated(
            f"Every node publishes each change to all nodes: a client gets it {often}.",
            by,
            (topology.nodes,) if nodes else (),
        )


@rule
def one_of_several_acts(feature: Feature) -> Outcomes:
    """What one process is to do alone is done by two for a while, by each of them, or by none."""
    led_by, effect = feature.fan_out.led_by, feature.sync.effect
    if not led_by.is_stated:
        raise NotApplicable("nothing is said of one process that acts for all")
    if known(feature.topology.nodes) == Count(1):
        raise NotApplicable("there is one process")
    if led_by.has("checked-lease", "platform", "lock"):
        yield Passed(f"one process acts at a time: {led_by}")
        return
    if led_by.has("setting"):
        yield Violated(
            "One process publishes and runs the timers by a setting: while it is gone, or replaced by a "
            "deployment, nobody does.",
            led_by,
            (feature.topology.nodes,),
        )
        return
    if reason := feature.bears_copies:
        raise NotApplicable(reason)
    if feature.sync.delivery.deduplicate.drops:
        raise NotApplicable(f"copies are dropped by {feature.sync.delivery.deduplicate.by}")
    acts = effect.has("acts") or feature.serves("commands", "notifications", "push")
    yield Violated(
        f"Each of {feature.topology.nodes} processes runs the same timers: what they do is done as often."
        if led_by.is_none
        else "Who is paused for longer than its lease goes on beside the one that took over: what it does is "
        "done twice.",
        led_by,
        (effect,) if effect.has("acts") else (),
        when="" if acts or led_by.is_none else "what is done twice is told twice",
    )


@rule
def poll_answer_forgotten(feature: Feature) -> Outcomes:
    """A message is forgotten when it is written into the answer of a poll, which may not arrive."""
    transport, sync = feature.transport, feature.sync
    if not transport.kind.has("long-polling"):
        raise NotApplicable("no long poll")
    is_whole = feature.is_state_valued or transport.poll.brings.has("whole")
    if feature.is_fleeting or is_whole or feature.direction.has("client-to-server"):
        raise NotApplicable("the next answer replaces the one that is lost")
    resume, again = transport.resume, sync.delivery.guarantee
    names = resume.by.content and not resume.by.has("session")
    if transport.poll.address.has("moves") or names:
        yield Passed("each poll names what the client has")
    elif resume.by.has("session") and again.has("at-least-once", "exactly-once"):
        yield Passed(f"what is not confirmed is sent again: {again}")
    elif resume.by.has("session"):
        raise Undecided(again)
    elif sync.refetch.content:
        yield Passed(f"a client fetches the state every {sync.refetch}")
    elif resume.is_none and (sync.updates.has("event") or feature.merges_by("append-only")):
        yield Violated(
            "A poll names nothing that the client has: what was in the answer to one that broke, or came "
            "between two, is not sent again.",
            transport.resume,
            (transport.kind,),
        )
    elif transport.poll.address.has("fixed"):
        yield Violated(
            "Each poll has the same address, and nothing says that it names what the client has: what was in "
            "the answer to one that broke, or came between two, is not sent again.",
            transport.poll.address,
            (transport.kind,),
            when="the spec does not say what a poll names",
        )
    else:
        raise Undecided(sync.updates if resume.is_none else resume)


@rule
def late_value_wins(feature: Feature) -> Outcomes:
    """What a sender has kept, and sends late, replaces a newer value."""
    sync, delivery = feature.sync, feature.sync.delivery
    again, later = delivery.outbox.is_there, delivery.on_failing.has("later")
    kept: Part = delivery.outbox if again else delivery.on_failing if later else delivery.retry_for
    is_kept = again or later or bool(delivery.retry_for.content)
    fetched = _fetched_beside_push(feature)
    if fetched is not None and not sync.clock.is_stated:
        raise Undecided(sync.clock)
    if not sync.clock.has("arrival"):
        raise NotApplicable("it is not said that what arrives last is the latest")
    if fetched is not None and not is_kept:
        yield _crossing(feature, fetched)
        return
    if not (feature.is_state_valued or feature.holds_only("register")):
        raise NotApplicable("no value replaces another")
    if not is_kept:
        yield _answered_by_turns(feature)
        return
    by, check = sync.ordering.by, sync.durability.version_check
    # What a server sends down has its number before it is kept.
    goes_up = feature.direction.has("client-to-server") or (
        again and not feature.direction.has("server-to-client")
    )
    if check.content:
        yield Passed("a write on an older version than the stored one is refused")
    elif _leaves_out_the_old(feature):
        yield Passed(f"what is older than {delivery.expires_after} is dropped")
    elif goes_up and _numbered_on_arrival(sync.ordering):
        yield Violated(
            "What arrives last counts as the latest, and gets its number when it arrives: an old value that "
            "a sender has kept gets a newer one than its successor, and replaces it.",
            sync.clock,
            (kept, sync.ordering.assigned_by if sync.ordering.assigned_by.is_stated else by),
        )
    elif goes_up and by.has("sequence") and not sync.ordering.assigned_by.is_stated:
        raise Undecided(sync.ordering.assigned_by)
    elif by.content and not (by.has("connection") and feature.has_one_writer is not True):
        yield Passed(f"the order shows: it is made by {by}")
    elif by.has("connection") and feature.has_one_writer is None:
        raise Undecided(feature.writers)
    else:
        yield _not_told_from_newer(feature, kept)


def _not_told_from_newer(feature: Feature, kept: Part) -> Violated:
    """A value that is sent late, and that no number and no time shows to be older than what it replaces."""
    sync, by, check = feature.sync, feature.sync.ordering.by, feature.sync.durability.version_check
    late = "one that failed comes again after its successors"
    late = late if kept is sync.delivery.on_failing else "senders keep values that they send later"
    if by.has("connection") or check.has(False) or check.is_none or by.is_none or sync.ordering.is_none:
        decided: Part = check if check.is_stated else by if by.is_stated else sync.ordering
        return Violated(
            f"What arrives last counts as the latest, and {late}: an old one replaces a newer one, and is "
            "shown as current.",
            sync.clock,
            (kept, decided),
        )
    return Violated(
        f"What arrives last counts as the latest, and {late}: nothing is said of a number or time by which "
        "an old one shows that replaces a newer one.",
        sync.clock,
        (kept,),
        "nothing is said of an order",
    )


def _leaves_out_the_old(feature: Feature) -> bool:
    """Whether what a sender has kept is dropped before it is much older than its successor."""
    delivery, old = feature.sync.delivery, feature.targets.staleness.content or A_MINUTE
    age = delivery.expires_after.content
    # Counted from the send or receipt, the age leaves out how long it was kept before.
    return age is not None and age <= old and not delivery.expires_from.has("send", "receipt")


def _numbered_on_arrival(ordering: Ordering) -> bool:
    """Whether something that a value comes to gives it its number or time, and so the newest one."""
    by, assigned_by = ordering.by, ordering.assigned_by
    is_given = assigned_by.has("room-owner", "global", "log") and by.has("sequence", "timestamp")
    return by.has("sequencer") or is_given


def _fetched_beside_push(feature: Feature) -> Part | None:
    """What makes a client fetch a value that it is sent as well; None where one way alone is stated."""
    updates, on_message = feature.sync.updates, feature.backpressure.client.on_message
    if not updates.includes("state-value", "full-state") or feature.direction.has("client-to-server"):
        return None
    if feature.connection.is_polling or feature.serves(*FLEETING, "game") or feature.holds_only("ephemeral"):
        return None
    return next(
        (part for part, word in ((on_message, "refetch"), (updates, "signal")) if part.includes(word)), None
    )


def _answered_by_turns(feature: Feature) -> Violated:
    """Polls of which an older copy answers after a newer one, and nobody looks at the dates in them.

    Raises:
        NotApplicable: nothing brings an old value after a newer one.

    """
    sync = feature.sync
    copies = _copies(feature) if sync.ordering.is_none and sync.values.dated.has("reading") else None
    if copies is None:
        raise NotApplicable("no sender is said to keep a value and to send it later")
    return Violated(
        "An answer may come from another copy than the one before, and an older one replaces what is newer: "
        "the time that each value carries is compared with nothing.",
        sync.clock,
        (copies, sync.values.dated),
        when="the next poll brings it back",
    )


def _copies(feature: Feature) -> Part | None:
    """What says that several copies of a state answer the polls of a client."""
    transport, fetched_from = feature.transport, feature.sync.fetched_from
    if not feature.connection.is_polling:
        return None
    if fetched_from.has("replica", "cache"):
        return fetched_from
    if transport.poll.cached.content:
        return transport.poll.cached
    through = (hop.name for hop in transport.path if _is_cdn(hop))
    return None if transport.poll.cached.is_none else next(through, None)


def _is_cdn(hop: Hop) -> bool:
    """Whether a hop is a CDN, by a name of the catalogue or where it is open which."""
    platform = catalogue.find(hop.name)
    return hop.name.has("cdn") or (platform is not None and platform.kind == "cdn")


def _crossing(feature: Feature, fetched: Part) -> Passed | Violated:
    """Whether an answer that was under way while a newer value was pushed overwrites it."""
    sync, by = feature.sync, feature.sync.ordering.by
    if sync.join.buffered.content:
        return Passed("what is pushed during a fetch is applied to its answer")
    if by.content and not by.has("connection"):
        return Passed(f"of an answer and a push the newer one shows: the order is made by {by}")
    for again in feature.renewals:
        return Passed(f"the state comes again: `{again.dotted}` is {again}")
    if feature.comes_soon:
        raise NotApplicable("the next value comes soon")
    return Violated(
        "A value is pushed, and fetched as well, and what arrives last is shown: the answer to a fetch that "
        "was under way overwrites a newer push, and stays until the next one.",
        sync.clock,
        (fetched,),
        when="an answer crosses a push",
    )


@rule
def gap_told_and_not_filled(feature: Feature) -> Outcomes:
    """A client is told that its position is gone, and asks again with the same, or goes on without."""
    resume, join = feature.transport.resume, feature.sync.join
    if barred := told_in_vain(feature):
        yield Violated(
            "A client is told that messages for it were dropped, and fetches the state only once, at its "
            "start: it goes on without them, or stops until its user loads all again.",
            feature.backpressure.dropped,
            (barred,),
        )
        return
    if not feature.replays or not resume.on_gap.has("error"):
        raise NotApplicable("no client is told that its position is gone, or that messages were dropped")
    if join.on_refused.has("same"):
        raise NotApplicable("it asks again with the same position: see refusal-answered-at-once")
    back = beyond_replay(feature)
    if reason := back.known():
        yield Passed(reason)
    elif back.bars is join.again:
        raise NotApplicable("nobody joins again, told or not: see reconnect-without-resume")
    elif back.bars is feature.sync.snapshot.holds:
        raise NotApplicable("it is given a part of what it missed: see replay-shorter-than-disconnect")
    elif back.bars is not None:
        is_once = back.bars is join.fetch
        acts = "fetches the state only once, at its start" if is_once else "passes over the state it is given"
        gone = "session has ended" if resume.by.has("session") else "position is gone"
        yield Violated(
            f"A client whose {gone} is told so, and {acts}: it asks again with the same, goes on without "
            "what it missed, or stops until its user loads all again.",
            resume.on_gap,
            (back.bars,),
        )
    elif join.fetch.content:
        yield Passed("a client that is told fetches the state again")
    else:
        raise Undecided(join.fetch)


@rule
def position_moves_back(feature: Feature) -> Outcomes:
    """Of a value that only moves on, a report that comes late is taken, and sets it back."""
    parts = [part for part in feature.sync.data if part.behind.is_stated]
    counted = [part for part in feature.sync.data if part.derived.has("position")]
    if not parts and counted:
        raise Undecided(counted[0].behind)
    if not parts:
        raise NotApplicable("no value is said to move only on")
    if feature.is_momentary:
        raise NotApplicable("a step back is over a moment later")
    check, ordering = feature.sync.durability.version_check, feature.sync.ordering
    devices = feature.workload.devices_per_user.content
    for part in parts:
        name = f"`{part.name}`" if part.name.content else "A value"
        if part.behind.has("ignored"):
            yield Passed("of two reports the further one counts")
        elif check.content:
            yield Passed("a report of an older version than the stored one is refused")
        else:
            in_turn = devices is not None and devices.amount <= 1 and ordering.by.content
            yield Violated(
                f"{name} only moves on, and a report that lies behind it is taken: a device with an old "
                "view, or a message that was overtaken or repeated, sets it back.",
                part.behind,
                (feature.sync.clock,) if feature.sync.clock.is_stated else (),
                "one device reports in order" if in_turn else "",
            )
