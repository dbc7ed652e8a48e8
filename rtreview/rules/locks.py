"""Locks that writers hold: what ends one whose holder is gone, and what happens to one that still writes."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Part, Undecided, Unstated
from rtreview.language.sections.sync import Data
from rtreview.numbers.expression import named, term
from rtreview.numbers.liveness import leaves_the_dead
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

BY_ITSELF = ("expiry", "disconnect", "takeover", "administrator")
"""What ends a lock although its holder does nothing more."""

PATIENCE = Duration(300)
"""For so long others wait for a holder who is gone; an own figure (Edit Locks with a Lease: 90 s)."""


@rule
def lock_outlives_holder(feature: Feature) -> Outcomes:
    """A lock ends only when its holder gives it back, and its holder is gone."""
    for part in _locked(feature):
        lock = part.lock
        words, lease = lock.ends.content or (), _kept_lease(part)
        if "takeover" in words:
            yield Passed("a lock whose holder is gone ends: another user may take it")
        elif lease and part.shape.has("invariant"):
            yield Passed(f"a reservation that is not taken up ends: it runs out after {lock.lease}")
        elif lease and lease <= PATIENCE:
            yield Passed(f"a lock whose holder is gone ends: it runs out after {lock.lease}")
        elif "disconnect" in words and not leaves_the_dead(feature.connection):
            yield Passed("a lock whose holder is gone ends: the server sees its holder's connection end")
        elif "expiry" in words and not lock.lease.is_stated:
            raise Undecided(lock.lease)
        elif not (lock.ends.is_stated or lock.lease.content):
            who = f"the {lock.of}" if lock.of.content else "what is edited"
            message = f"One writer at a time holds {who}; the spec does not say `{lock.ends.dotted}`."
            raise Unstated(lock.ends, message=message)
        else:
            yield _outlives(feature, part)


def _kept_lease(part: Data) -> Duration | None:
    """The lease that ends a lock; None where `ends` leaves it out, as a time that nobody keeps."""
    lock = part.lock
    is_kept = not lock.ends.is_stated or "expiry" in (lock.ends.content or ())
    return lock.lease.content if is_kept else None


def _outlives(feature: Feature, part: Data) -> Violated:
    """A lock that nothing ends soon once its holder is gone, and what ends it at last."""
    lock, words = part.lock, part.lock.ends.content or ()
    what = f"`{part.name}`" if part.name.content else f"the {lock.of.content or 'document'}"
    if _kept_lease(part):
        return Violated(
            f"The lock of a holder who is gone ends when its lease of {lock.lease} is over: "
            "until then nobody else can write.",
            lock.lease,
            (lock.ends,) if lock.ends.is_stated else (),
            "it runs out in the end",
        )
    if "disconnect" in words:
        return Violated(
            f"The lock on {what} ends with its holder's connection, and no heartbeat finds one that is dead: "
            "after a closed laptop or a lost network nobody else can write.",
            lock.ends,
            (feature.transport.heartbeat,),
            "a connection that closes ends it",
        )
    until = {"save": "saves or cancels", "leave": "reports that it leaves"}
    does = " or ".join(until[word] for word in words if word in until) or "is asked to, which nothing does"
    by_hand = "administrator" in words
    unkept = f", and its lease of {lock.lease} is none of what ends it" if lock.lease.content else ""
    return Violated(
        f"The lock on {what} ends only when its holder {does}{', or an administrator frees it' * by_hand}"
        f"{unkept}: after a crash, a closed laptop or a lost request nobody else can write.",
        lock.ends,
        (lock.lease,) if lock.lease.is_stated else (),
        "an administrator can free it" if by_hand else "",
    )


@rule
def lock_lost_while_writing(feature: Feature) -> Outcomes:
    """A lock runs out under the one who writes, and the work is refused or overwrites the next one's."""
    checked = feature.sync.durability.version_check
    locked = _locked(feature)
    overwrites = [part for part in locked if _is_overwritten(part) and not checked.content]
    leased = [part for part in locked if part.lock.lease.content and part not in overwrites]
    written = [part for part in leased if not part.shape.has("invariant")]
    if not (leased or overwrites):
        raise NotApplicable("no lock is said to run out")
    if not (written or overwrites):
        raise NotApplicable("a reservation runs out at the time that its holder was told")
    for part in overwrites:
        lock = part.lock
        ended = f"ran out after {lock.lease}" if lock.lease.content else "has ended"
        is_open = not (lock.lease.content or lock.ends.is_stated)
        beside: Part = lock.lease if lock.lease.content else lock.ends
        yield Violated(
            f"A holder whose lock {ended} still saves, and overwrites what the next holder wrote.",
            lock.late_save,
            () if is_open else (beside,),
            "nothing is said of what ends the lock" if is_open else "",
        )
    for part in written:
        lock, late = part.lock, part.lock.late_save
        if late.has("kept-as-draft"):
            yield Passed("a save that comes too late is kept as a draft")
        elif lock.renewed.content:
            yield Limit(
                "two renewals",
                named("two renewals", term(lock.renewed) * 2),
                "the lease of the lock",
                lock.lease,
                or_equal=True,
                note="One renewal that is late takes the lock from somebody who writes.",
                when="one late renewal does it",
            )
        elif not lock.renewed.is_stated:
            raise Undecided(lock.renewed)
        else:
            yield _unrenewed(feature, part)


def _is_overwritten(part: Data) -> bool:
    """Whether a save is taken after the lock has ended, which may end although its holder still writes."""
    lock = part.lock
    ends = lock.lease.content or not lock.ends.is_stated or {*BY_ITSELF} & {*(lock.ends.content or ())}
    return lock.late_save.has("accepted") and bool(ends)


def _unrenewed(feature: Feature, part: Data) -> Limit | Violated:
    """Whether people write for longer than a lock holds that nobody renews."""
    lock, longest = part.lock, feature.workload.session.p95
    note = "What is typed after that is refused." if lock.late_save.has("refused") else ""
    if longest.content:
        return Limit(
            "the 95th-percentile session", longest, "the lease", lock.lease, or_equal=True, note=note
        )
    return Violated(
        f"A lock runs out {lock.lease} after it was taken, and nothing renews it while its holder types.",
        lock.renewed,
        (lock.lease,),
        "no length of a session is stated",
    )


def _locked(feature: Feature) -> list[Data]:
    """The kinds of data that one writer at a time holds.

    Raises:
        NotApplicable: there are none, or nothing depends on them.

    """
    parts = [part for part in feature.sync.data if part.lock.is_there]
    if not parts:
        raise NotApplicable("no lock is stated")
    if feature.writers.has("one"):
        raise NotApplicable("one alone ever writes")
    # What is taken by a request may be shown by a stream of one way; what is edited may not.
    held = [part for part in parts if part.shape.has("invariant")]
    if feature.direction.has("server-to-client") and not held:
        raise NotApplicable("clients change nothing")
    return held if feature.direction.has("server-to-client") else parts
