"""Whether a client that returns can really be brought up to date: how far back, and from which position."""

from rtreview.language import catalogue
from rtreview.language.design import SOON, Connection, Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated, known
from rtreview.language.sections.transport import Resume
from rtreview.language.sections.workload import MACHINES, PHONES
from rtreview.numbers import replay
from rtreview.numbers.expression import Expression, Measure, larger, measured, named, term
from rtreview.numbers.fan_out import rate_in_room
from rtreview.numbers.liveness import detection_worst
from rtreview.numbers.reconnection import connections_per_node, longest_delay, reconnects
from rtreview.numbers.replay import WayBack, beyond_replay, needs_replay
from rtreview.quantities.quantity import Count, Duration, Size
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

OF_STATE = ("collaborative-editing", "dashboard", "data-sync", "telemetry")
"""Purposes whose clients show a state, which may have become empty (resume-outcome-implied)."""

A_TUNNEL = 60.0
"""Seconds that a phone is away for in an ordinary day, and more (replay-shorter-than-disconnect)."""

A_DAY = Duration(86400)
"""What was kept for so long is a lot, but has an end (replay-without-bound)."""

UNNAMED = "the spec does not say what a client names"
"""The case of a decision on positions, where nothing says that there are any."""

REACHED_IS_GONE = "what it had reached is gone"
"""The case of a session that alone held what its user had reached, where a snapshot follows it."""


def _replays(feature: Feature, *, counts_signals: bool = False) -> Resume:
    """The replay that the spec states.

    Raises:
        NotApplicable: it states none, or a client that returns depends on none.

    """
    resume = needs_replay(feature, counts_signals=counts_signals)
    if not resume.is_stated:
        raise NotApplicable("no replay is stated")
    return resume


def _window(feature: Feature, away: Duration) -> Expression[Duration]:
    """What the replay covers; of two bounds the one in time alone, where that one is too short already."""
    resume = feature.transport.resume
    kept, number = resume.retention.content, resume.max_messages.content
    if kept is None and number is None:
        raise Undecided(resume.retention)
    if kept is not None and number is not None and kept < away:
        return named("replay window", resume.retention)
    return replay.replay_window(feature)


def _few_are_kept(feature: Feature, what: str, away: Duration) -> Violated | None:
    """A replay of so few messages that an absence exceeds it in any room where one comes now and then."""
    resume, on_gap = feature.transport.resume, feature.transport.resume.on_gap
    number = resume.max_messages.content
    if (
        number is None
        or not number.amount
        or resume.retention.content is not None
        or not (on_gap.is_none or on_gap.has("error"))
    ):
        return None
    if rate_in_room(feature).content is not None or number.amount >= SOON.amount * away.amount:
        return None
    acts = "is told so and has no other way" if on_gap.has("error") else "is not told"
    return Violated(
        f"The replay has the last {number} messages, and {what} is {away}: a room may send no more than one "
        f"every {Duration(away.amount / number.amount)}, and a client that missed more {acts}.",
        resume.max_messages,
        (on_gap,),
        when="the rate of a room is not stated",
    )


def _reached(feature: Feature, what: str, away: Measure, *, asks: bool) -> Passed | Violated:
    """Whether the replay reaches back over this time, or something makes good for what it misses."""
    on_gap, join = feature.transport.resume.on_gap, feature.sync.join
    back = beyond_replay(feature)
    if back.reason:
        return Passed(back.reason)
    span = measured(away)
    if back.hangs_on is None and (found := _few_are_kept(feature, what, span)):
        return found
    covered = _window(feature, span)
    case, acts = "", "is not told"
    if on_gap.has("error"):
        case, acts = "the client is told", "gets an error"
    elif back.bars is feature.sync.durability:
        case, acts = REACHED_IS_GONE, "begins again without what it had reached"
    elif on_gap.has("snapshot"):
        acts = "passes over the snapshot"
    verdict = Limit(
        what,
        away,
        "the replay window",
        covered,
        or_equal=True,
        note=f"A client that comes later {acts}.",
        when=case,
    ).judge()
    if isinstance(verdict, Passed) or on_gap.is_none:
        return verdict
    back.known()
    if on_gap.has("snapshot"):
        return verdict
    if on_gap.has("error"):
        if not join.order.is_stated and not join.is_none:
            raise Undecided(join.order)
        return verdict
    if not asks or feature.join_brings_history:
        raise Undecided(on_gap)
    shortfall = f"{what[0].upper()}{what[1:]} of {span} is longer than the replay window of {covered}"
    raise Unstated(on_gap, message=f"{shortfall}; the spec does not say `{on_gap.dotted}`.")


@rule
def replay_shorter_than_disconnect(feature: Feature) -> Outcomes:
    """Clients are away for longer than the server can replay."""
    if (cut := _begins_too_late(feature)) is not None:
        yield cut
        return
    resume, outage = needs_replay(feature), feature.workload.outage
    if not resume.is_stated:
        raise Undecided(resume)
    if (evicted := _evicted(feature)) is not None:
        yield evicted
        return
    if (short := _forgets_soon(feature)) is not None:
        yield short
        return
    kept = resume.retention.content
    usual = outage.typical.content if outage.typical.is_stated and not outage.p99.is_stated else None
    if usual is not None and kept is not None and usual > kept:
        yield _reached(feature, "the usual outage", outage.typical, asks=True)
    else:
        yield _reached(feature, "the 99th-percentile outage", outage.p99, asks=True)


def _begins_too_late(feature: Feature) -> Passed | Violated | None:
    """A store with a bound, read from its first entry by whoever comes or returns later."""
    resume, history, work = feature.transport.resume, feature.sync.history, feature.work
    if not feature.keeps_only_the_end or feature.connection.is_polling:
        return None
    if feature.direction.has("client-to-server"):
        return None
    bounds = (resume.max_messages, history.max_operations)
    bound = next((each for each in bounds if each.is_there), None)
    most, pieces = bound.content if bound else None, work.limit.content
    if isinstance(pieces, Count) and most is not None and pieces <= most:
        return Passed(f"no more than {pieces} pieces come of it, and {most} are kept")
    begins = resume.by if resume.by.has("snapshot") else history.loaded
    what = f"the last {bound} messages" if bound else "the end of it"
    return Violated(
        f"Whoever comes or returns begins with the first entry that is kept, and that is {what}: of a result "
        "that is longer the beginning is gone for good.",
        bound or resume.full,
        (begins, *((resume.full,) if bound and resume.full.is_stated else ())),
        when="nothing says how long it gets",
    )


def _forgets_soon(feature: Feature) -> Violated | None:
    """A replay of a minute at most, where nothing says how long clients are away or what they get then."""
    resume, back = feature.transport.resume, beyond_replay(feature)
    kept, is_said = resume.retention.content, feature.workload.outage.is_stated or resume.on_gap.is_stated
    is_short = kept is not None and 0 < kept.amount <= A_TUNNEL
    if is_short and back.bars is feature.sync.durability and not feature.workload.outage.is_stated:
        return Violated(
            f"A session is kept for {resume.retention}, and clients are away for longer every day: one that "
            "comes later begins again, and what was reached in the session is kept nowhere else.",
            resume.retention,
            (feature.sync.durability,),
            when=REACHED_IS_GONE,
        )
    if is_said or back != WayBack() or feature.join_brings_history or feature.workload.only(*MACHINES):
        return None
    # Who returns to a session that is gone begins another, and knows it.
    if resume.by.has("session") or not is_short:
        return None
    return Violated(
        f"The replay reaches back {resume.retention}, and phones are away for longer every day: nothing says "
        "what a client gets that comes later.",
        resume.retention,
        (resume.by,) if resume.by.is_stated else (),
        when="the spec does not say what a client gets then",
    )


def _evicted(feature: Feature) -> Violated | None:
    """A bound of the replay that its store does not keep, where a client does not begin again by itself."""
    resume = feature.transport.resume
    fetches = resume.on_gap.has("error") and feature.rejoin_brings_history
    if not resume.full.has("evicts") or resume.on_gap.has("snapshot") or fetches:
        return None
    bounds = tuple(bound for bound in (resume.retention, resume.max_messages) if bound.content)
    number = resume.max_messages
    told = "the client is told" if resume.on_gap.has("error") else ""
    promised = f"{number} messages" if bounds and bounds[0] is number else f"{bounds[0]}" if bounds else "all"
    return Violated(
        f"The store of the replay drops whole rooms or keys when it is full: that {promised} can be replayed "
        "is no promise, and a short absence from a quiet room may be too long.",
        resume.full,
        bounds,
        when=told if resume.on_gap.is_stated else "the spec does not say what a client gets then",
    )


def _slowest_return(connection: Connection) -> Expression[Duration]:
    """From a silent loss to the attempt of a client that has waited the longest delay."""
    plan = reconnects(connection)
    delay: Expression[Duration] = term(longest_delay(plan), "longest delay")
    for case in plan.when:
        if case.if_.has("hidden") and case.cap.content:
            delay = larger(delay, term(case.cap, "longest delay of a hidden page"))
    return named("slowest return", detection_worst(connection) + delay)


@rule
def replay_shorter_than_own_backoff(feature: Feature) -> Outcomes:
    """A client that follows the plan of this spec comes back when the replay is over."""
    _replays(feature)
    asks = not feature.workload.outage.p99.is_stated
    yield _reached(feature, "the slowest return", _slowest_return(feature.connection), asks=asks)


def _log_outlives_a_crash(feature: Feature) -> bool:
    """Whether positions go on where a crash ended, so that none is taken for one of another log."""
    replay = feature.topology.state.replay
    is_kept = feature.sync.history.retention.is_none or replay.has("disk", "shared")
    endless = feature.transport.resume.is_endless and not replay.has("node")
    return feature.sync.durability.is_logged or is_kept or endless


@rule
def resume_without_epoch_or_gap_path(feature: Feature) -> Outcomes:
    """A position is taken for one that it is not, and the client believes that it has everything."""
    resume = _replays(feature)
    by, has_gap = resume.by, resume.on_gap.is_none
    if by.has("session") and has_gap:
        yield _session_ends_unnoticed(feature)
        return
    if by.has("session"):
        raise NotApplicable("a session is known to the server or gone, and is not mistaken for another")
    if by.has("time") and has_gap and not resume.is_endless and not feature.fills_gaps:
        yield _older_than_the_log(feature, "time")
        return
    if by.has("state", "time", "read-mark"):
        raise NotApplicable(f"the client names no position in a log, but continues by {by}")
    misread = resume.epoch.has(False) or resume.epoch.is_none
    if not (has_gap or misread):
        known(by)
    outlives, endless = _log_outlives_a_crash(feature), resume.is_endless
    shows = feature.fills_gaps
    name = {"last-event-id": "event id", "offset": "offset"}.get(f"{by}", "position")
    unnamed = "" if by.is_stated else UNNAMED
    if endless and (outlives or resume.epoch.content):
        yield Passed("the log is kept forever")
        return
    if has_gap and not (shows or endless):
        yield _older_than_the_log(feature, name)
    if misread and not outlives:
        yield Violated(
            f"The {name} does not name its log: after a restart that loses the log, "
            "an old one is read as a position in the new log.",
            resume.epoch,
            when=_seldom_misread(feature) or unnamed,
        )
    elif not resume.epoch.is_stated and not outlives:
        raise Undecided(resume.epoch)
    elif shows and not resume.on_gap.content:
        yield Passed(f"a jump in the numbers shows a gap, and ends in {feature.sync.ordering.on_gap}")
    elif not resume.on_gap.is_stated:
        raise Undecided(resume.on_gap)
    elif not resume.on_gap.is_none:
        told = (
            "another answer tells of which log" if resume.epoch.has("apart") else f"the {name} names its log"
        )
        reason = "the log outlives a crash" if outlives else told
        yield Passed(f"{reason}, and a gap ends in {_article(f'{resume.on_gap}')}")


def _older_than_the_log(feature: Feature, name: str) -> Violated:
    """A position before the first that is kept, of which the client hears nothing."""
    resume = feature.transport.resume
    bounds = [bound for bound in (resume.retention, resume.max_messages) if bound.content]
    number = resume.max_messages.content
    kept = [f"{resume.retention}"] * bool(resume.retention.content)
    kept += [f"{number} messages"] * bool(number)
    log = f"the log ({', '.join(kept)})" if kept else "the log"
    away, span = feature.workload.outage.p99.content, resume.retention.content
    outlasts = away is not None and span is not None and number is None and away <= span
    case = _shown_by_numbers(feature) or ("" if resume.by.is_stated else UNNAMED)
    return Violated(
        f"A client whose {name} is older than {log} continues as if nothing were missing.",
        resume.on_gap,
        tuple(bounds),
        when="the log outlasts the outages" if outlasts else case,
    )


def _session_ends_unnoticed(feature: Feature) -> Passed | Violated:
    """A session that is not said to last, and whose client hears nothing of its end.

    Raises:
        NotApplicable: how long it lasts is stated, so that outages can be held against it.

    """
    resume = feature.transport.resume
    if resume.retention.is_stated or resume.max_messages.is_stated:
        raise NotApplicable("a session that is too short is for replay-shorter-than-disconnect")
    if feature.rejoin_brings_history:
        return Passed(f"a client whose session is gone joins again: {feature.sync.join.order}")
    return Violated(
        "A session ends some day, and its client goes on with a new one as if nothing were missing.",
        resume.on_gap,
        (resume.by,),
        when="the spec does not say how long a session lasts",
    )


def _shown_by_numbers(feature: Feature) -> str:
    """The case of messages that stand alone and whose numbers show a hole to whoever reads them."""
    stands_alone = feature.sync.updates.has("event") and feature.merges_by("append-only")
    return "the numbers show the hole" if feature.shows_gaps and stands_alone else ""


def _seldom_misread(feature: Feature) -> str:
    """The case of a position that names no log and is seldom taken for another; empty where it may be."""
    resume = feature.transport.resume
    if resume.outcome.has("marked") and resume.on_gap.content:
        return "a position that is unknown is answered so"
    if shown := _shown_by_numbers(feature):
        return shown
    looks = feature.serves("dashboard", "console", "feed") and feature.sync.updates.has("event", "signal")
    return "few clients look at what stands alone" if looks and feature.connection.are_few else ""


@rule
def resume_outcome_implied(feature: Feature) -> Outcomes:
    """A client that returns keeps its state, and cannot tell up to date from empty."""
    resume = _replays(feature, counts_signals=True)
    if resume.by.has("snapshot"):
        raise NotApplicable("every return ends in a snapshot")
    is_hint, is_log = feature.sync.updates.has("signal"), feature.merges_by("append-only")
    if is_hint and (reason := _fetched_anyway(feature)):
        raise NotApplicable(reason)
    if resume.outcome.content == "marked":
        yield Passed("the answer to a resume says whether the client continues or begins again")
        return
    if resume.on_gap.has("error"):
        raise NotApplicable("a client whose position is gone is told so")
    if is_log and not is_hint and not _kept_apart(feature):
        is_open = resume.outcome.is_stated and not resume.on_gap.is_stated
        if is_open and (resume.retention.content or resume.max_messages.content):
            raise Undecided(resume.on_gap)
        raise NotApplicable("an entry of a log is never taken back, and one replay serves all")
    if not resume.outcome.is_stated:
        raise Undecided(resume.outcome)
    if is_log or is_hint:
        yield _taken_for_nothing_missed(feature)
        return
    if not feature.strategies and not feature.serves(*OF_STATE):
        raise Undecided(feature.sync.strategy)
    yield Violated(
        "A client that returns learns from what arrives whether it is up to date: where the state is now "
        "empty nothing arrives, and it keeps the old one.",
        resume.outcome,
        (resume.by,) if resume.by.is_stated else (),
        when="" if feature.strategies else "nothing is said of how the state is kept",
    )


def _fetched_anyway(feature: Feature) -> str:
    """What brings the state whether a signal arrives or not; nothing where nothing says so."""
    sync = feature.sync
    if sync.refetch.content:
        return f"a client fetches the state every {sync.refetch}"
    if sync.join.again.content and feature.rejoin_brings_history:
        return "a client that returns joins again, and fetches the state"
    return ""


def _kept_apart(feature: Feature) -> bool:
    """Whether each of several nodes keeps a replay of its own, and a client may return to another one."""
    topology, transport = feature.topology, feature.transport
    if not topology.state.replay.has("node", "disk") or topology.nodes.content is None:
        return False
    stays = feature.connection.keepers or topology.routing.has("by-room", "by-user")
    return topology.nodes.content.amount > 1 and not stays and not transport.service.content


def _taken_for_nothing_missed(feature: Feature) -> Violated:
    """A client that returns is sent nothing, be it that nothing was sent or that nothing is kept."""
    resume, replay = feature.transport.resume, feature.topology.state.replay
    where = (
        "A node that keeps nothing of what was sent"
        if _kept_apart(feature)
        else "A server that lost its replay"
    )
    return Violated(
        f"{where} answers a client that returns as if nothing had been missed, and nothing later tells it.",
        resume.outcome,
        (*((resume.by,) if resume.by.is_stated else ()), *((replay,) if replay.is_stated else ())),
    )


@rule
def snapshot_merged_into_old_state(feature: Feature) -> Outcomes:
    """A snapshot is laid over what a client holds, and what was deleted meanwhile stays."""
    sync, applied = feature.sync, feature.sync.snapshot.applied
    resume, order = feature.transport.resume, sync.join.order
    if feature.is_momentary:
        raise NotApplicable("what was missed is worth nothing a moment later")
    if feature.merges_by("crdt"):
        raise NotApplicable("the state of a CRDT holds what was deleted too")
    kept = feature.merges_by("append-only") or feature.holds_only("log", "counter", "register")
    if kept and not sync.deletes.has("removed"):
        raise NotApplicable("nothing in it is deleted")
    brings = [part for part in (resume.by, resume.on_gap, order) if part.has("snapshot")]
    ignored = applied.has("ignored")
    if sync.snapshot.is_none or (ignored and not brings):
        raise NotApplicable("no snapshot is sent")
    if ignored and resume.by.has("offset") and resume.retention.is_none and resume.from_.has("gapless"):
        raise NotApplicable("all of it is kept for replay, so that no gap is left to a snapshot")
    if ignored and not brings[:1] == [resume.on_gap]:
        raise NotApplicable("it is passed over at each return: see reconnect-without-resume")
    if applied.has("append"):
        raise NotApplicable("what it brings is added once more (history-shown-twice)")
    if not ignored and known(applied) != "merge":
        yield Passed(f"a snapshot is applied by {applied}")
        return
    if sync.gc_after.is_stated or sync.deletes.has("tombstone", "archived"):
        raise NotApplicable("traces of what was deleted are part of the state")
    how = "changes nothing of" if ignored else "is merged into"
    is_open = not feature.strategies and not sync.data.is_stated and not sync.deletes.is_stated
    yield Violated(
        f"A snapshot {how} what the client holds: what was deleted while it was away stays on the screen.",
        applied,
        tuple(brings[:1]),
        "nothing is said of what it holds" if is_open else "",
    )


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _from_another_address(feature: Feature, keeper: Field[str], kept: Field[str], what: str) -> Violated:
    """A client that is kept on its node by its address, and returns because that is another one."""
    return Violated(
        "A phone that goes from Wi-Fi to mobile data has another address, which may name another node, and "
        f"its {what} stays where it was.",
        keeper,
        (feature.workload.clients, kept, feature.connection.holders),
        when="only a new address moves a client",
    )


def _made_good_elsewhere(feature: Feature, back: WayBack, nodes: str) -> str:
    """What brings a client up to date that returns to another node than its session's; empty without any.

    Raises:
        Undecided: that hangs on a field which is silent.
        Unstated: that is what a snapshot holds.

    """
    holds = feature.sync.snapshot.holds
    if back.hangs_on is not holds:
        return back.known()
    raise Unstated(
        holds,
        message=f"A client that returns to another of {nodes} begins again from a snapshot. The spec does "
        f"not say whether that holds what its session held (`{holds.dotted}`).",
    )


@rule
def session_resume_misses_node(feature: Feature) -> Outcomes:
    """A client returns to a node that does not hold its session."""
    transport, topology = feature.transport, feature.topology
    names_event = bool(transport.event_ids.content) and not transport.resume.is_stated
    resume = needs_replay(feature) if names_event else _replays(feature)
    by, kept, what = "last-event-id" if names_event else known(resume.by), topology.state.session, "session"
    if by != "session":
        kept, what = topology.state.replay, "replay"
        if not kept.has("node", "disk"):
            raise NotApplicable(f"the client resumes by {by}, not by a session")
    if transport.service.content:
        raise NotApplicable(f"{transport.service} holds the sessions")
    adapter = catalogue.find(topology.backplane.adapter)
    if kept.has("shared") or (adapter and adapter.has("recovers-sessions")):
        yield Passed("every node knows every session")
        return
    nodes, back = feature.connection.holders, beyond_replay(feature)
    many = feature.connection.spread_over
    if known(nodes).amount <= 1:
        raise NotApplicable("one node holds every session")
    keepers = feature.connection.keepers
    phones = feature.workload.has_any(*PHONES) and all(part.has("address-hash") for part in keepers)
    if keepers and not phones:
        hops = [f"{hop.name}" for hop in transport.path if hop.affinity.content]
        keeper = f"{topology.affinity}" if topology.affinity.content else hops[0]
        yield Passed(f"a client stays on its node by {keeper}, for as long as that is there")
    elif topology.routing.has("by-user", "by-room"):
        yield Passed(f"connections go {topology.routing}")
    elif reason := _made_good_elsewhere(feature, back, many):
        yield Passed(reason)
    elif not kept.is_stated or not (keepers or topology.affinity.is_stated or topology.routing.has("any")):
        raise Undecided(topology.affinity if kept.is_stated else kept)
    elif keepers:
        yield _from_another_address(feature, keepers[0], kept, what)
    else:
        catalogue.known(topology.backplane.adapter)
        cleared = f" Cleared where `{resume.on_gap.dotted}: snapshot` brings it up to date."
        case = "" if resume.on_gap.is_stated else "what it gets then is open"
        yield Violated(
            f"A client that returns to one of {many} finds its {what} once in {nodes} times."
            f"{'' if resume.on_gap.is_stated else cleared}",
            topology.affinity if topology.affinity.is_stated else topology.routing,
            (transport.event_ids if names_event else resume.by, kept, nodes),
            when=REACHED_IS_GONE if back.bars is feature.sync.durability else case,
        )


@rule
def socket_io_recovery_without_adapter(feature: Feature) -> Outcomes:
    """Socket.IO is to recover sessions through an adapter that keeps nothing."""
    library, topology = feature.transport.library, feature.topology
    adapter = topology.backplane.adapter
    platform = catalogue.find(library)
    if library.is_none or (platform and not platform.has("socket-io")):
        raise NotApplicable(f"the library is {library}, not Socket.IO")
    if not library.is_stated and not adapter.is_stated:
        raise NotApplicable("neither Socket.IO nor an adapter is named")
    resume = _replays(feature)
    known(library)
    catalogue.known(library)
    by = known(resume.by)
    if by != "session":
        raise NotApplicable(f"the client resumes by {by}; recovery of Socket.IO is by session")
    if topology.nodes.content and topology.nodes.content.amount <= 1:
        raise NotApplicable("one node needs no adapter")
    if topology.backplane.is_none:
        raise NotApplicable("there is no adapter: see socket-io-no-adapter")
    known(adapter)
    joins = catalogue.known(adapter)
    if joins and joins.has("recovers-sessions"):
        yield Passed(f"{adapter} keeps what a recovery needs")
    elif not joins or not joins.has("loses-sessions"):
        raise Undecided(message=f"it would need knowledge of recovery with `{adapter}`")
    elif reason := beyond_replay(feature).known():
        yield Passed(reason)
    elif not resume.on_gap.is_stated:
        raise Undecided(resume.on_gap)
    else:
        yield Violated(f"Sessions are to be resumed, and {adapter} keeps none.", adapter, (resume.by,))


def _buffers_of_a_node(feature: Feature) -> Expression[Size]:
    """Memory of a node for what is kept for each client, where every client is in rooms of typical size."""
    resume, workload = feature.transport.resume, feature.workload
    size, rate = term(workload.messages.size.typical, "message size"), term(workload.messages.rate)
    share, members = (
        term(workload.messages.active_share),
        term(workload.rooms.size.typical, "typical members"),
    )
    received = named("messages to a client", rate if feature.has_one_writer else rate * (share * members))
    clients = connections_per_node(feature.connection)
    if resume.max_messages.content and not resume.retention.content:
        return named("replay buffers of a node", term(resume.max_messages) * size * clients)
    return named("replay buffers of a node", received * size * replay.window(resume, received) * clients)


def _kept_without_a_bound(feature: Feature) -> Violated | None:
    """All that was ever sent, in the memory of a node; None where a number, a store or its words bound it."""
    resume, replay = feature.transport.resume, feature.topology.state.replay
    if not (resume.is_endless and replay.has("node")) or resume.max_messages.content or resume.full.content:
        return None
    ends, leave = feature.workload.rooms.ends, feature.work.on_leave
    goes_on = leave.has("continue")
    if ends.content or (feature.work.is_there and not goes_on):
        return None
    until = "until its run ends" if goes_on else "until the node has no more"
    return Violated(
        "All that is sent is kept for a replay in the memory of a node, also while nobody follows it: it "
        f"grows {until}.",
        resume.retention,
        tuple(part for part in (replay, resume.max_messages, ends, leave) if part.is_stated),
        "" if ends.is_none and not goes_on else "nothing says that it never ends",
    )


@rule
def replay_without_bound(feature: Feature) -> Outcomes:
    """Whoever was away for long enough is sent all that was kept, as fast as it can be read."""
    resume, rooms = feature.transport.resume, feature.workload.rooms
    if not (resume.paced.has(False) or resume.paced.is_none):
        raise NotApplicable("a replay is not said to go out without waiting for its reader")
    if feature.direction.has("client-to-server") or feature.is_momentary:
        raise NotApplicable("nothing is replayed to a client")
    if resume.by.has("snapshot", "state"):
        raise NotApplicable(f"a return is sent no messages of the past, but what {resume.by} stands for")
    if resume.max_messages.content:
        yield Passed(f"no return is sent more than {resume.max_messages} messages")
    elif feature.sync.join.remainder.has("paged"):
        yield Passed("what is older is fetched page by page")
    elif rooms.ends.has("when-empty", "when-over") or isinstance(rooms.ends.content, Duration):
        yield Passed("a room ends, and what is kept of it")
    elif not resume.retention.is_stated:
        raise Undecided(resume.retention)
    elif (kept := resume.retention.content) is not None and kept <= A_DAY:
        yield Passed(f"a return is sent {resume.retention} at most")
    else:
        yield Violated(
            "A reader that was away for long is sent all since then at once, as fast as it can be read: one "
            "old tab takes the line and the process of the others.",
            resume.paced,
            (resume.retention,),
        )


@rule
def replay_buffer_memory(feature: Feature) -> Outcomes:
    """What is kept for the replay does not fit into a node."""
    resume, topology = _replays(feature), feature.topology
    if unbounded := _kept_without_a_bound(feature):
        yield unbounded
        return
    if resume.scope.has("room"):
        raise NotApplicable("one log of a room serves all of its members")
    if topology.state.session.has("shared") or topology.state.replay.has("disk", "shared"):
        raise NotApplicable("what is replayed is kept outside of the nodes' memory")
    if feature.transport.service.content:
        raise NotApplicable(f"{feature.transport.service} holds the sessions")
    if not resume.scope.is_stated and not resume.by.has("session"):
        raise NotApplicable("no buffer for each client is stated")
    known(resume.scope)
    if not topology.state.replay.has("node"):
        known(topology.state.session)
    yield Limit(
        "the replay buffers of a node", _buffers_of_a_node(feature), "its memory", topology.node.memory
    )
