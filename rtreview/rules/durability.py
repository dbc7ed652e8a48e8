"""What a crash may take, and what a client shows before the server has agreed."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided, Unstated, known
from rtreview.language.sections.document import Trigger
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

MAY_START_ANEW = ("game", "presence", "telemetry", "dashboard", "feed")
"""Purposes whose state in memory may be worth a few seconds (acknowledged-before-durable)."""

DURABLE = {"log": "logged", "replicate": "replicated"}
"""What has happened to a change when it is acknowledged, where a crash does not take it any more."""

SECONDS = Duration(10)
"""The most that members lose without minding it much, when their session is replaced (outside-write-lost)."""


@rule
def checkpoint_exceeds_rpo(feature: Feature) -> Outcomes:
    """A crash takes more than the design allows to be lost."""
    durability, loss = feature.sync.durability, feature.targets.loss
    after, checkpoint = durability.acknowledge_after, durability.checkpoint
    feature.holds_work()
    if durability.write_ahead_log.content:
        yield Passed("every change is logged before it counts")
        return
    if after.has("log", "replicate"):
        yield Passed(
            f"a change is acknowledged once it is {DURABLE[f'{after.content}']}: "
            "what a crash takes counts nowhere as saved"
        )
        return
    case = "every client holds a replica" if feature.merges_by("crdt") else ""
    if (reason := _has_no_end(checkpoint)) and not loss.is_none:
        case = case or ("" if loss.is_stated else "no loss is stated")
        yield Violated(reason, checkpoint, (loss,) if loss.is_stated else (), case)
        return
    if (taken := _taken_by_a_crash(feature)) is not None:
        yield taken
        return
    allowed = known(loss)
    if checkpoint.is_none and not durability.write_ahead_log.is_stated:
        raise Unstated(durability.write_ahead_log)
    if durability.is_none or checkpoint.is_none:
        reason = f"A crash may lose at most {allowed} of work, and the state is neither written nor logged."
        yield Violated(reason, durability if durability.is_none else checkpoint, (loss,), case)
        return
    if _may_be_put_off(checkpoint):
        message = f"The state is written after {checkpoint.idle} without a change, and constant editing puts "
        raise Unstated(checkpoint.every, message=f"{message}it off; what is the longest time between two?")
    yield Limit(
        "the checkpoint interval",
        checkpoint.every,
        "the loss that is allowed",
        loss,
        or_equal=True,
        when=case,
    )


def _taken_by_a_crash(feature: Feature) -> Violated | None:
    """What came since the last writing, where nobody says how much may be lost; None where nothing may."""
    durability, loss = feature.sync.durability, feature.targets.loss
    every, idle = durability.checkpoint.every, durability.checkpoint.idle
    has_replicas, by_clients = feature.merges_by("crdt"), durability.written_by.has("clients")
    if loss.is_stated or (has_replicas and not by_clients):
        return None
    if _may_be_put_off(durability.checkpoint):
        leaves = " The last one who leaves before takes along what only clients write." if by_clients else ""
        return Violated(
            f"A document is written {idle} after its last change, and nothing is said of the longest time "
            f"between two: constant editing puts it off.{leaves}",
            idle,
            when="nothing is said of the longest time",
        )
    logs = durability.write_ahead_log.is_stated or durability.stores.includes("updates")
    if has_replicas or logs or feature.serves(*MAY_START_ANEW):
        return None
    if every.content is None or every.content <= SECONDS:
        return None
    return Violated(
        f"The state is written every {every}, and nothing says that changes are logged: a crash takes up to "
        f"{every} of everybody's work. Cleared where `{loss.dotted}` allows that.",
        every,
        when="an interval bounds it, and no loss is stated",
    )


def _may_be_put_off(checkpoint: Trigger) -> bool:
    """Whether the state is written after a pause, and nothing says how long none may come."""
    return checkpoint.idle.content is not None and not checkpoint.every.is_stated


def _has_no_end(checkpoint: Trigger) -> str:
    """Why nothing bounds the time until the state is written; empty where something does, or may."""
    if checkpoint.every.content or checkpoint.operations.is_stated:
        return ""
    if checkpoint.at_.has("last-leave", "stop") and not checkpoint.idle.is_stated:
        when = "the last one leaves" if checkpoint.at_.has("last-leave") else "its process stops"
        return f"A document is written when {when}: nothing bounds the time until then."
    if checkpoint.idle.content and checkpoint.every.is_none:
        return f"A document is written {checkpoint.idle} after its last change: constant editing puts it off."
    return ""


def _heals_from_a_save(feature: Feature) -> Violated | None:
    """Whether a client that misses a change gets what a client saved, perhaps one that misses it too.

    It does not where every change is kept beside what was saved, so that it comes whatever a save lacks.
    """
    sync, snapshot, durability = feature.sync, feature.sync.snapshot, feature.sync.durability
    keeps_all = durability.stores.includes("updates") and not sync.compaction.is_there
    if keeps_all or not (sync.ordering.on_gap.has("resync") and snapshot.source.has("server")):
        return None
    if not (sync.compaction.is_there or durability.stores.is_stated):
        return None
    return Violated(
        "A client that misses a change is given what was saved last, which may be its own save or that of "
        "another that missed the same: a newer version number does not tell what is in it, and what both "
        "lack comes back to neither.",
        durability.written_by,
        (sync.ordering.on_gap, snapshot.source),
        "a save heals what a client lacks",
    )


@rule
def stored_past_the_server(feature: Feature) -> Outcomes:
    """Each client writes the whole stored state beside the live session, and the last one to do so wins."""
    durability, sync = feature.sync.durability, feature.sync
    check = durability.version_check
    if not durability.written_by.has("clients"):
        raise NotApplicable("no client is said to write the stored state")
    feature.holds_work()
    if feature.has_one_writer:
        raise NotApplicable("one writes at a time")
    if any(part.lock.of.has("document") for part in sync.data):
        raise NotApplicable("one writer at a time holds the document")
    if check.content:
        yield _heals_from_a_save(feature) or Passed(
            "a write on an older version than the stored one is refused"
        )
    elif durability.stores.has("updates"):
        yield Passed("each client adds its changes, and overwrites none of another")
    elif sync.reconcile.content and not check.is_stated:
        # What the live session refuses is no word on a request beside it.
        raise Undecided(check)
    elif not check.is_stated and feature.merges_by("crdt"):
        message = f"Each client saves the whole state; the spec does not say `{check.dotted}`."
        raise Unstated(check, message=message, when="replicas converge")
    else:
        case = "replicas converge" if feature.merges_by("crdt") else ""
        yield Violated(
            "Each client saves the whole state as it has it, beside the live session: one that is behind "
            "overwrites what the others have saved.",
            durability.written_by,
            (check,) if check.is_stated else (),
            case if check.is_stated else "nothing is said of a check",
        )


@rule
def only_copy_in_browser(feature: Feature) -> Outcomes:
    """What a user made lies in storage that the browser may empty, and nowhere else."""
    kept = feature.sync.durability.kept_in
    if not kept.is_stated and not feature.sync.topology.has("peer-to-peer"):
        raise NotApplicable("no page is said to keep what users make")
    feature.holds_work()
    places = known(kept)
    if "browser" not in places:
        raise NotApplicable("no page is said to keep what users make")
    others = [place for place in places if place != "browser"]
    if "server" in others or "device" in others:
        yield Passed(f"it is kept in another place as well: {others[0]}")
        return
    yield Violated(
        "What users make is kept by their browser, which may empty that storage: then it is gone, and nobody "
        "has it.",
        kept,
        when="others may have a copy" if others else "",
    )


@rule
def acknowledged_before_durable(feature: Feature) -> Outcomes:
    """A change counts as saved while it stands only in memory."""
    durability, after = feature.sync.durability, feature.sync.durability.acknowledge_after
    feature.holds_work()
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients change nothing")
    if after.has("log", "replicate"):
        yield Passed(f"a change is acknowledged once it is {DURABLE[f'{after.content}']}")
        return
    if not after.is_stated and durability.write_ahead_log.content:
        yield Passed("every change is logged before it counts")
        return
    if after.has("receive") and _is_work_at_stake(feature):
        _goes_somewhere(feature)
        every = durability.checkpoint.every
        until = (
            f", up to {every} before it is written down" if every.content else ", before it is written down"
        )
        yield Violated(
            f"A change is acknowledged on receipt{until}: a crash takes what its author sees as saved.",
            after,
            (every,) if every.content else (),
            "it is written at times" if durability.checkpoint.is_there else "no loss is stated",
        )
        return
    allowed = known(feature.targets.loss)
    if allowed.amount > 0:
        raise NotApplicable(f"a crash may lose {allowed} of work")
    if durability.is_none:
        raise NotApplicable("nothing survives a crash: see checkpoint-exceeds-rpo")
    if after.is_none:
        raise NotApplicable("no change is acknowledged")
    if after.has("receive") and durability.write_ahead_log.content:
        # One says logged before it counts, the other acknowledged before it is logged.
        raise Undecided(after)
    if not after.is_stated:
        message = f"A crash may lose nothing; the spec does not say `{after.dotted}`."
        raise Unstated(after, message=message)
    yield Violated(
        "A crash may lose nothing, and a change is acknowledged on receipt, before it is written down.",
        after,
        (feature.targets.loss,),
        "every client holds a replica" if feature.merges_by("crdt") else "",
    )


def _is_work_at_stake(feature: Feature) -> bool:
    """Whether it is people's work that a crash takes, nothing logs it, and no loss is said to be allowed."""
    is_work = not (feature.serves(*MAY_START_ANEW) or feature.merges_by("crdt"))
    return (
        is_work and not feature.targets.loss.is_stated and not feature.sync.durability.write_ahead_log.content
    )


def _goes_somewhere(feature: Feature) -> None:
    """End a rule where what is acknowledged may be passed on and gone, which nobody takes for saved.

    Raises:
        Unstated: nothing says that it is written down.

    """
    durability, loss = feature.sync.durability, feature.targets.loss
    stored = (durability.kept_in, durability.checkpoint, durability.stores, durability.version_check)
    if not any(part.is_stated for part in (*stored, feature.fan_out.stored)):
        raise Unstated(
            loss,
            message="A change is acknowledged on receipt, and nothing says that it is written down: may a "
            f"crash take it? The spec does not say `{loss.dotted}`.",
            when="no loss is stated",
        )


@rule
def outside_write_lost(feature: Feature) -> Outcomes:
    """Something else changes the stored state, and either its change or that of the session is lost."""
    durability = feature.sync.durability
    outside, check = durability.outside, durability.version_check
    if not outside.is_stated:
        raise NotApplicable("nothing is said to change the stored state from outside")
    if outside.is_none:
        raise NotApplicable("nothing but the session writes the stored state")
    feature.holds_work()
    if outside.has("merge"):
        yield Passed("what comes from outside is merged into the live session")
    elif outside.has("replace") and _is_stored_at_once(feature):
        yield Passed("what the members did is stored before it counts, and they begin from the new state")
    elif outside.has("replace"):
        yield Violated(
            _replaced(feature),
            outside,
            when="one writes at a time" if feature.has_one_writer else _unsaved(feature),
        )
    elif check.content:
        yield Passed("the session's save is refused where it builds on an older version")
    elif not check.is_stated and feature.sync.reconcile.content:
        raise Unstated(check)
    else:
        yield Violated(
            "A change from outside is not noticed, and the next save of the live session is written over it.",
            outside,
            (check,) if check.is_stated else (),
            "" if check.is_stated else "nothing is said of a check",
        )


def _is_stored_at_once(feature: Feature) -> bool:
    """Whether nothing that the members of a session did is unsaved, and none merges what it holds."""
    is_logged = feature.sync.durability.is_logged
    return is_logged and bool(feature.strategies) and not feature.merges_by("crdt")


def _unsaved(feature: Feature) -> str:
    """The case of members who begin anew and lose the seconds at most that are not written yet."""
    checkpoint = feature.sync.durability.checkpoint
    spans = [span.content for span in (checkpoint.every, checkpoint.idle) if span.content is not None]
    is_little = bool(spans) and min(spans) <= SECONDS
    return "what is not saved is seconds" if is_little and not _holds_another_document(feature) else ""


def _holds_another_document(feature: Feature) -> bool:
    """Whether members go on with replicas that share no history with the document that replaced theirs."""
    sync = feature.sync
    is_told = bool(sync.join.epoch.content) or sync.snapshot.applied.has("replace")
    return feature.merges_by("crdt") and not (is_told or feature.has_one_writer)


def _replaced(feature: Feature) -> str:
    """What a change from outside that replaces the live session does to its members."""
    if _holds_another_document(feature):
        return (
            "A change from outside replaces the document of the live session, and its members hold the one "
            "before: the replicas share no history, the merge keeps both, and all content is there twice."
        )
    return "A change from outside replaces the live session: what its members have not saved yet is gone."


@rule
def optimistic_without_reconciliation(feature: Feature) -> Outcomes:
    """A change that the server refuses stays on the screen of the one who made it."""
    sync = feature.sync
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients change nothing")
    if feature.only_ephemeral:
        raise NotApplicable("nothing on it is worth keeping")
    if feature.merges_by("crdt"):
        raise NotApplicable("with a CRDT no change is refused")
    if feature.merges_by("ot"):
        raise NotApplicable("OT transforms what is not yet confirmed")
    if feature.merges_by("crdt", "ot", "last-writer-wins"):
        raise NotApplicable("no change is refused; one that is overwritten: see offline-edit-overwritten")
    stays_away = sync.join.fetches_once_at_most
    never_compared = stays_away and feature.transport.resume.is_none and not sync.refetch.content
    if feature.next_heals and not never_compared:
        raise NotApplicable("the next update holds the whole value")
    if sync.optimistic.has(False) or sync.optimistic.is_none:
        raise NotApplicable("a client shows only what is confirmed")
    if not sync.optimistic.is_stated:
        if sync.is_none or sync.strategy.is_none:
            raise NotApplicable("nothing is kept in sync")
        raise Undecided(sync.optimistic)
    if sync.reconcile.is_none:
        yield Violated(
            "A client shows its change at once and does nothing when the server refuses it.",
            sync.reconcile,
            (sync.optimistic,),
        )
    elif sync.reconcile.content:
        yield Passed(f"a change that is refused ends in a {sync.reconcile}")
    elif sync.delivery.outbox.on_refused.has("report", "rebase"):
        yield Passed(f"what becomes of a change that is refused: {sync.delivery.outbox.on_refused}")
    elif sync.delivery.outbox.visible.content and sync.delivery.outbox.on_give_up.has("fails"):
        yield Passed("what the server does not take is shown as not sent")
    elif sync.reconcile_after.content:
        after = sync.reconcile_after
        shown = "until it is answered" if after.has("answered") else f"for {after}"
        yield Passed(f"a change is shown {shown}, and then what the server reports")
    else:
        if sync.delivery.outbox.visible.content and feature.holds_only("log"):
            # An entry that is shown as on its way is not yet shown as one of all.
            raise Undecided(sync.reconcile)
        message = f"A client shows its change at once; the spec does not say `{sync.reconcile.dotted}`."
        raise Unstated(sync.reconcile, message=message)


@rule
def offline_without_optimistic(feature: Feature) -> Outcomes:
    """People are to work offline, and a client shows only what a server has confirmed."""
    sync = feature.sync
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients change nothing")
    if feature.direction.has("client-to-server") or feature.serves("telemetry"):
        raise NotApplicable("a device that only sends shows nothing")
    if feature.only_ephemeral:
        raise NotApplicable("nothing on it is worth keeping")
    if sync.is_none:
        raise NotApplicable("nothing is kept in sync")
    if sync.offline.is_none:
        raise NotApplicable("nobody works offline")
    if sync.optimistic.content:
        yield Passed("a client shows its changes at once")
        return
    if feature.merges_by("crdt") and not sync.optimistic.is_stated:
        yield Passed("a replica of a CRDT shows its own changes at once")
        return
    outbox = sync.delivery.outbox
    if outbox.visible.content:
        yield Passed("what is written offline waits in an outbox that its author sees")
        return
    work = "Work of any time" if sync.offline.max.is_none else f"Up to {known(sync.offline.max)} of work"
    if not sync.optimistic.is_stated:
        raise Undecided(sync.optimistic)
    if outbox.is_there and not outbox.visible.is_stated:
        message = f"Offline work waits in an outbox; the spec does not say `{outbox.visible.dotted}`."
        raise Unstated(outbox.visible, message=message)
    yield Violated(
        f"{work} offline is merged, and a client shows no change before it is confirmed.",
        sync.optimistic,
        (sync.offline.max,),
    )
