"""What an edit means when others edit too: undo, places that move, copies, and edits that are overwritten."""

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, known
from rtreview.language.sections.sync import Data, Sync
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

CONTENT = ("text", "list", "tree")
"""Shapes whose own parts have places."""

WITHOUT_RECORDS = ("text", "counter", "ephemeral", "command")
"""Shapes that have rules of their own on what a later value takes, or nothing that is worth keeping."""

TWICE = {
    "move": "two who move one item delete it once and insert it twice",
    "format": "two who format one run of text delete it once and insert it twice",
    "update": "of two who change different fields of one object, the object of one is thrown away",
    "create": "two who find it missing make two, and what one of them put into its own is gone",
}
"""What concurrent edits do that replace instead of changing."""


@rule
def undo_of_others_work(feature: Feature) -> Outcomes:
    """Undo takes back what somebody else did, or works for one alone."""
    undo = feature.sync.undo
    if not undo.is_stated:
        raise NotApplicable("nothing is said of undo")
    feature.written_by_many()
    if any(part.lock.of.has("document") for part in feature.sync.data):
        raise NotApplicable("one writer at a time holds the document")
    scope = known(undo)
    if scope == "own":
        yield Passed("undo takes back the user's own changes")
    elif scope == "snapshot":
        yield Violated(
            "Undo puts back the state from before: all that others changed since then is gone with it.", undo
        )
    elif scope == "any":
        yield Violated(
            "Undo takes back the last change, whoever made it: a user who means the own one removes a "
            "colleague's.",
            undo,
            when="it is one change, or none",
        )
    else:
        yield Violated(
            "Only the last to change anything can undo: in a busy document nobody else ever can.",
            undo,
            when="it is one change, or none",
        )


@rule
def place_named_by_position(feature: Feature) -> Outcomes:
    """A change or a comment names an offset, and others have moved what stood there."""
    sync = feature.sync
    parts = [part for part in sync.data if part.addressed_by.is_stated]
    if not parts:
        raise NotApplicable("nothing is said of how a place is named")
    feature.written_by_many()
    for part in parts:
        by = part.addressed_by
        if by.is_none or by.has("id"):
            yield Passed("a place is named by an id that stays the same")
        elif by.has("mapped"):
            yield Passed("each change that comes before moves the position along")
        elif part.shape.has("ephemeral") or feature.serves("cursors"):
            yield Passed("it is worth nothing a moment later")
        elif part.lock.of.content:
            yield Passed(f"one writer at a time holds the {part.lock.of}")
        elif known(by) == "position" and (reason := _moves_along(feature, part)):
            yield Passed(reason)
        else:
            yield _misplaced(feature, part)


def _moves_along(feature: Feature, part: Data) -> str:
    """What takes a position along when others edit before it; nothing where nothing does."""
    strategy = feature.strategy_of(part)
    if strategy.has("ot") and (part.shape.has(*CONTENT) or part.strategy.is_stated):
        return "OT transforms the position"
    if part.shape.has(*CONTENT) and strategy.has("crdt"):
        return "a CRDT turns the position of a change into the identity of what stands there"
    if part.shape.has(*CONTENT) and feature.refuses_stale and feature.sync.reconcile.has("rollback"):
        return "a change on an old version is refused"
    return ""


def _misplaced(feature: Feature, part: Data) -> Violated:
    """A change, or an entry that points elsewhere, at another place than its author saw."""
    by, strategy = part.addressed_by, feature.strategy_of(part)
    name = f"`{part.name}`" if part.name.content else f"the {part.shape.content or 'data'}"
    how = "offsets or indices" if by.has("position") else "the value that stands there"
    related = (strategy,) if strategy.is_stated else ()
    if part.shape.has(*CONTENT):
        is_rebased = by.has("position") and feature.refuses_stale and feature.sync.reconcile.has("rebase")
        return Violated(
            f"A change to {name} names its place by {how}: where another change came first it meets "
            "something else.",
            by,
            (feature.sync.reconcile,) if is_rebased else related,
            "a rebase may take it along" if is_rebased else "",
        )
    return Violated(
        f"An entry of {name} points by {how}: after the next edit by others it points at something else.",
        by,
        related,
        "an entry points there",
    )


@rule
def edit_made_as_copy(feature: Feature) -> Outcomes:
    """An edit deletes the old and inserts a copy, and two at once leave two."""
    parts = [part for part in feature.sync.data if part.replaced_on.is_stated]
    if not parts:
        raise NotApplicable("nothing is said of edits that replace")
    feature.written_by_many()
    for part in parts:
        strategy, edits = feature.strategy_of(part), part.replaced_on.content or ()
        known(strategy)
        if not edits:
            yield Passed("an edit changes what is there")
        elif part.lock.of.content:
            yield Passed(f"one writer at a time holds the {part.lock.of}")
        elif not strategy.has("crdt", "ot") and (
            feature.refuses_stale or feature.sync.durability.version_check.content
        ):
            yield Passed("of two concurrent edits the second is refused")
        elif not strategy.has("crdt", "ot", "last-writer-wins"):
            raise Undecided(feature.sync.durability.version_check)
        else:
            name = f"`{part.name}`" if part.name.content else f"the {part.shape.content or 'data'}"
            yield Violated(
                f"In {name} an edit replaces what it changes: {TWICE[edits[0]]}.",
                part.replaced_on,
                (strategy,),
                "a text or a tree is doubled" if _is_doubled(part, edits) else "",
            )


def _is_doubled(part: Data, edits: tuple[str, ...]) -> bool:
    """Whether two of the same edit leave twice what each of them meant."""
    return part.shape.has("text", "tree") and bool({"move", "format"} & {*edits})


@rule
def offline_edit_overwritten(feature: Feature) -> Outcomes:
    """Two edit a record, one of them offline; the last to arrive replaces it, and nobody is told."""
    sync, unit = feature.sync, feature.sync.unit
    away = _edits_offline(sync)
    if away is None and not unit.has("record"):
        raise NotApplicable("nobody is said to edit without a connection")
    feature.written_by_many()
    strategy = _replaces_records(feature)
    if strategy is None:
        raise NotApplicable("no record is kept by last-writer-wins")
    if sync.durability.version_check.content:
        yield Passed("a change on an older version than the stored one is refused")
    elif sync.overwritten.content:
        yield Passed(f"a change that another one replaces is {sync.overwritten}")
    elif sync.clock.has("vector") and not sync.overwritten.is_none:
        yield Passed("the clock tells that two changes were concurrent")
    elif feature.refuses_stale and not sync.durability.version_check.is_stated:
        if unit.has("record") and sync.reconcile.has("rollback"):
            # A server may refuse a change for its content, and not for its age; a rebase is about its age.
            raise Undecided(sync.durability.version_check)
        yield Passed(f"what comes too late is refused, and the client does a {sync.reconcile}")
    elif unit.has("field"):
        yield Passed("a change replaces the field that was changed, and no other")
    elif away is None:
        yield _replaced_while_connected(feature, strategy)
    elif sync.offline.max.is_stated and (sync.updates.has("full-state") or sync.offline.sends.has("whole")):
        raise NotApplicable("a client sends the whole state: see offline-with-full-state")
    elif feature.has_one_writer is None:
        raise Undecided(feature.writers)
    elif not unit.is_stated and sync.updates.has("delta", "event", "state-value"):
        raise Undecided(unit)
    else:
        what = "the whole record" if unit.content else "what others wrote meanwhile"
        beside = (sync.overwritten, unit, sync.durability.version_check)
        unsized = "nothing is said of how much a change replaces"
        yield Violated(
            f"An edit that was made without a connection replaces {what} when it arrives, or a later one "
            "replaces it: of two people's work one is gone, and neither is told.",
            strategy,
            (away, *(part for part in beside if part.is_stated)),
            "programs alone write" if feature.workload.only("server") else "" if unit.content else unsized,
        )


def _replaced_while_connected(feature: Feature, strategy: Field[str]) -> Violated:
    """A record that two change at the same moment, each in another field."""
    sync = feature.sync
    if feature.is_momentary or any(part.control.has("separate", "exclusive") for part in sync.data):
        raise NotApplicable("each writes a record of its own, or one that is worth nothing a moment later")
    if feature.has_one_writer is None:
        raise Undecided(feature.writers)
    return Violated(
        "Each change replaces the whole record as its writer had it: of two who change different fields of "
        "it at the same time one loses the change, and neither is told.",
        sync.unit,
        (strategy, *((sync.overwritten,) if sync.overwritten.is_stated else ())),
        "all are connected",
    )


def _edits_offline(sync: Sync) -> Part | None:
    """By which decision changes are made without a connection and merged later; None where none says so."""
    offline = sync.offline
    if offline.is_none:
        return None
    if sync.while_down.has("edit"):
        return sync.while_down
    longest = offline.max
    if longest.is_none or (longest.content is not None and longest.content.amount > 0):
        return longest
    return offline.sends if offline.sends.content else None


def _replaces_records(feature: Feature) -> Field[str] | None:
    """The strategy by which of two versions of a record the later one stays, where no lock holds it."""
    parts = [part for part in feature.sync.data if not part.shape.has(*WITHOUT_RECORDS)]
    unlocked = [feature.strategy_of(part) for part in parts if not part.lock.of.content]
    found = unlocked if feature.sync.data.items else [feature.sync.strategy]
    return next((strategy for strategy in found if strategy.has("last-writer-wins")), None)
