"""How the stored copy of a live document is written: how much, at a stop, in turn, and when it fails."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided, known
from rtreview.quantities.quantity import Count, Size
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

SHORT = Size(64 * 1024)
"""What a store writes whole with each change, and nobody notices (write-grows-with-history)."""

VERY_MANY = 100
"""A state that is so many changes long is nearly all old in each write (write-grows-with-history)."""


def _logged(feature: Feature) -> str:
    """Why every change is safe before the state is written; nothing where none is said to be."""
    return "every change is logged before it counts" if feature.sync.durability.is_logged else ""


def _replicas(feature: Feature) -> str:
    return "every client holds a replica" if feature.merges_by("crdt") else ""


@rule
def stop_loses_unwritten_work(feature: Feature) -> Outcomes:
    """A process stops for a deployment, and writes nothing before it does."""
    durability, checkpoint = feature.sync.durability, feature.sync.durability.checkpoint
    flush, allowed = durability.flush_at_stop, feature.targets.loss.content
    deferred = durability.acknowledge_after.has("receive") and (
        checkpoint.idle.content or checkpoint.every.content
    )
    if not flush.is_stated and not deferred:
        raise NotApplicable("nothing is said of what is written at a stop")
    feature.holds_work()
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients change nothing")
    if flush.content or checkpoint.at_.has("stop"):
        yield Passed("a process that stops writes what is not yet written")
    elif reason := _logged(feature):
        yield Passed(reason)
    elif not flush.is_stated:
        raise Undecided(flush)
    elif allowed is not None and checkpoint.every.content is not None and checkpoint.every.content <= allowed:
        yield Passed(f"a stop loses up to {checkpoint.every}, and {allowed} may be lost")
    else:
        since = f"up to {checkpoint.every}" if checkpoint.every.content else "all since the last checkpoint"
        yield Violated(
            f"A process that stops writes nothing: each deployment loses {since} of what people did.",
            flush,
            (checkpoint.every,) if checkpoint.every.content else (),
            _replicas(feature),
        )


@rule
def writes_overtake(feature: Feature) -> Outcomes:
    """A write of the state begins before the last has ended, and the older one may stay."""
    durability, every = feature.sync.durability, feature.sync.durability.checkpoint.every
    overlapping, takes = durability.overlapping, durability.write_time
    if not overlapping.is_stated and not (takes.content and every.content):
        raise NotApplicable("nothing is said of two writes at once")
    feature.holds_work()
    if overlapping.has(False) or overlapping.is_none:
        yield Passed("a write waits for the one before it")
    elif overlapping.content and durability.stores.has("updates"):
        yield Passed("a write adds a change and replaces nothing")
    elif overlapping.content and durability.version_check.content:
        yield Passed("a write on an older version than the stored one is refused")
    elif overlapping.content:
        check = durability.version_check
        yield Violated(
            "A write of the whole state may begin while an earlier one is under way: where the earlier one "
            "arrives last, the stored state is the older one.",
            overlapping,
            (check,) if check.is_stated else (),
            _replicas(feature),
        )
    else:
        yield Limit(
            "one write",
            takes,
            "the time between two",
            every,
            or_equal=True,
            note="Writes pile up, or the interval is never kept.",
            when="writes pile up",
        )


@rule
def failed_write_forgotten(feature: Feature) -> Outcomes:
    """A write of the state fails, and everything goes on as if it had been made."""
    durability, checkpoint = feature.sync.durability, feature.sync.durability.checkpoint
    failed = durability.on_failure
    if not failed.is_stated:
        raise NotApplicable("nothing is said of a write that fails")
    feature.holds_work()
    if not failed.is_none and known(failed) != "skip":
        yield Passed(f"a write that fails ends in {failed}")
    elif reason := _logged(feature):
        yield Passed(reason)
    else:
        again = checkpoint.every if checkpoint.every.content else checkpoint.idle
        yield Violated(
            "A write that fails, or does not get its lock, is passed over: the document counts as stored, "
            "and nobody learns that it is not.",
            failed,
            (again,) if again.content else (),
            "a later write may bring it" if again.content else "",
        )


@rule
def stored_with_a_users_rights(feature: Feature) -> Outcomes:
    """The server stores a document with the token of whoever leaves it last, who may only read."""
    durability, checkpoint = feature.sync.durability, feature.sync.durability.checkpoint
    rights, failed = durability.rights, durability.on_failure
    if not rights.has("user"):
        raise NotApplicable("no write is said to be made with the rights of a user")
    feature.holds_work()
    if reason := _logged(feature):
        yield Passed(reason)
    elif failed.has("report"):
        yield Passed("a write that is refused is reported")
    else:
        late = checkpoint.at_ if checkpoint.at_.has("last-leave") else checkpoint.idle
        yield Violated(
            "A document is stored with the rights of the user whose change or leaving causes it: where that "
            "user may only read, or the token is over, the work of all is not stored.",
            rights,
            (late,) if late.content else (),
            "it is tried again" if failed.has("retry") else "",
        )


@rule
def write_grows_with_history(feature: Feature) -> Outcomes:
    """Each change writes everything that came before it once more."""
    sync, snapshot = feature.sync, feature.sync.snapshot
    durability, operations = sync.durability, sync.durability.checkpoint.operations
    records = [part.record for part in feature.dependencies]
    rewritten = next((record for record in records if record.has("rewritten")), None)
    each = operations.content is not None and operations.content <= Count(1)
    is_log = feature.holds("log") or feature.merges_by("append-only")
    whole = each and durability.stores.has("content", "state") and (is_log or snapshot.grows.content)
    if rewritten is None and not whole:
        if each and durability.stores.has("content", "state") and _is_many_changes_long(feature):
            yield from _written_whole(feature)
            return
        raise NotApplicable("no write is said to be of all that came before")
    if rewritten is None and any(record.has("spread", "gathered") for record in records):
        yield Passed("a write adds a record of its own, or is made once for many changes")
    elif snapshot.grows.has(False):
        yield Passed("what is written whole does not grow")
    elif sync.history.max_operations.content:
        yield Passed(f"what is written whole holds {sync.history.max_operations} entries at most")
    elif snapshot.size.content is not None and snapshot.size.content <= SHORT:
        yield Passed(f"what is written whole is {snapshot.size}")
    elif rewritten is None and not snapshot.grows.content:
        raise Undecided(snapshot.grows)
    else:
        beside = (operations, durability.stores, snapshot.grows)
        yield Violated(
            "Each change writes all that came before it once more: twice as many changes are four times the "
            "bytes that the store writes, keeps and copies.",
            rewritten if rewritten is not None else operations,
            tuple(
                part for part in beside if part.is_stated and (rewritten is None or part is not operations)
            ),
        )


def _is_many_changes_long(feature: Feature) -> bool:
    """Whether the state is as long as very many of the changes that are made to it."""
    whole, change = feature.sync.snapshot.size.content, feature.workload.messages.size.typical.content
    return whole is not None and change is not None and whole.amount >= change.amount * VERY_MANY


def _written_whole(feature: Feature) -> Outcomes:
    """Each change writes a whole of which nearly nothing is new, though it may not grow."""
    snapshot, change = feature.sync.snapshot, feature.workload.messages.size.typical
    if known(snapshot.size) <= SHORT:
        yield Passed(f"what is written whole is {snapshot.size}")
        return
    if any(part.record.has("spread", "gathered") for part in feature.dependencies):
        yield Passed("a write adds a record of its own, or is made once for many changes")
        return
    durability = feature.sync.durability
    yield Violated(
        f"Each change of {change} writes all {snapshot.size} once more: what the store takes, and the time "
        "of a change, are those of the document.",
        durability.checkpoint.operations,
        (durability.stores, snapshot.size),
    )
