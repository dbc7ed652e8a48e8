"""Work that waits at a client until the server has it: where it lies, when it is sent, and who sees that."""

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known
from rtreview.language.sections.delivery import Outbox
from rtreview.language.sections.workload import PHONES
from rtreview.numbers.reconnection import final_end
from rtreview.quantities.quantity import Duration
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

A_MINUTE = Duration(60)
"""Work offline for no longer than that is a blip (unsent-work-in-memory)."""

A_WAIT = Duration(10 * 60)
"""Who is told after so long that nothing was sent may still act on it (outbox-outlives-attempts)."""

EVICTED = Duration(7 * 86400)
"""Safari deletes what scripts have stored after 7 days of use without a visit (unsent-work-in-memory)."""


def _people_change(feature: Feature) -> Outbox:
    """The outbox of clients whose people change something that is worth keeping.

    Raises:
        NotApplicable: they change nothing, nothing waits, or it is worth nothing.

    """
    outbox = feature.sync.delivery.outbox
    if not outbox.is_there:
        raise NotApplicable("nothing is said to wait at a client")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients send nothing")
    if feature.is_momentary:
        raise NotApplicable("what waits is worth nothing a moment later")
    return outbox


def _works_offline(feature: Feature) -> bool:
    """Whether people are stated to go on for more than a blip without a connection, or for any time."""
    offline = feature.sync.offline
    longest = offline.max.content
    return offline.is_endless or (longest is not None and longest > A_MINUTE)


@rule
def unsent_work_in_memory(feature: Feature) -> Outcomes:
    """What a user did without a connection lies where a reload, a crash or a clean-up takes it."""
    outbox, offline = _people_change(feature), feature.sync.offline.max
    if feature.serves("console") and feature.sync.durability.is_none:
        raise NotApplicable("what waits is input of a program that runs, and no server stores it either")
    kept, is_endless = outbox.kept, feature.sync.offline.is_endless
    long = "of any length" if is_endless else f"of up to {offline}"
    is_evicted = is_endless or (offline.content is not None and offline.content >= EVICTED)
    if not kept.is_stated:
        if not _works_offline(feature):
            raise NotApplicable("nothing is said of where it lies")
        raise Undecided(kept)
    if kept.has("browser") and is_evicted:
        yield Violated(
            f"Work {long} waits in storage that the browser may empty: Safari does so after 7 "
            "days without a visit, and others when the disk is full.",
            kept,
            (offline,),
            "the browser may empty it",
        )
    elif known(kept) != "memory":
        where = "in the browser and outlives the page" if kept.has("browser") else "on disk"
        yield Passed(f"what waits lies {where}")
    elif _works_offline(feature):
        yield Violated(
            f"Work {long} without a connection waits in memory: a reload, a crash or a closed "
            "tab takes it, and nobody else has it.",
            kept,
            (offline,),
            "the user is warned when closing" if outbox.on_close.has("warn") else "",
        )
    elif outbox.on_close.has("flush") and feature.sync.while_down.has("edit"):
        yield _left_in_memory(feature, outbox)
    elif outbox.on_close.content:
        yield Passed(f"what waits is not left behind when the page is closed: {outbox.on_close}")
    elif feature.sync.optimistic.has(False):
        raise NotApplicable(
            "a client shows its change when it is confirmed, and its author sees that it waits"
        )
    else:
        yield _left_in_memory(feature, outbox)


def _left_in_memory(feature: Feature, outbox: Outbox) -> Violated:
    """What waits in memory while the connection is down, and is gone with the page.

    Raises:
        Undecided: nothing is said of a page that is closed, or of people who edit on meanwhile.

    """
    down, closing = feature.sync.while_down, outbox.on_close
    is_open = not (closing.is_stated or down.has("edit"))
    if is_open and not feature.sync.optimistic.content:
        raise Undecided(closing)
    what = "What people change while the connection is down" if down.has("edit") else "A change that waits"
    held = f"nothing {'holds' if closing.is_stated else 'is said to hold'} its author when the page is closed"
    if closing.has("flush"):
        held = "what a page sends when it is closed goes nowhere without a connection"
    return Violated(
        f"{what} lies in memory, and {held}: what was typed during a disconnect is gone with it.",
        outbox.kept,
        (closing,) if closing.is_stated else (feature.sync.optimistic if is_open else down,),
        "nothing is said of a page that is closed" if is_open else "nobody is said to work offline",
    )


@rule
def unsent_work_unseen(feature: Feature) -> Outcomes:
    """What waits is sent when the app is open, or not at all for a while, and its author sees none of it."""
    outbox = _people_change(feature)
    sent, visible, shown = outbox.sent, outbox.visible, feature.transport.loss_shown
    hidden = visible.is_none or visible.has(False)
    if not sent.is_stated and not hidden:
        raise NotApplicable("what waits is not said to be hidden, or to wait for an open app")
    if visible.content:
        yield Passed("its author sees what waits")
        return
    if sent.has("background") and outbox.kept.has("disk"):
        yield Passed("what waits is sent in the background, whether the app is open or not")
        return
    if sent.has("while-open", "on-open"):
        when = "while the app is open" if sent.has("while-open") else "when the document is opened again"
        if not visible.is_stated and sent.has("while-open"):
            raise Undecided(visible)
        unseen = "does not see" if visible.is_stated else "is not said to see"
        yield Violated(
            f"What waits is sent {when}, and its author {unseen} that it waits: others never get it, and a "
            "device that is lost takes it along.",
            sent,
            (visible,) if visible.is_stated else (),
            "" if visible.is_stated else "nothing is said of what its author sees",
        )
        return
    if not hidden or shown.has(True):
        raise NotApplicable("a user sees that the connection is lost")
    is_open = not _works_offline(feature) and not shown.is_stated
    yield Violated(
        "Nobody sees that work waits: when sending fails for hours, its author goes on as if it were saved.",
        visible,
        (shown,) if shown.is_stated else (),
        "nothing is said of a loss that is shown" if is_open else "",
    )


@rule
def push_set_up_while_open(feature: Feature) -> Outcomes:
    """What lets a closed app be reached is sent by the app, while it is open."""
    push, rooms = feature.push, feature.workload.rooms.per_user
    if not push.set_up.is_stated or push.is_none:
        raise NotApplicable("nothing is said to be entered for each room that is pushed for")
    if not push.set_up.has("while-open"):
        yield Passed("nobody has to open the app to be reached")
        return
    if rooms.content is not None and rooms.content.amount <= 1:
        raise NotApplicable("it is entered once, and no new room follows")
    if feature.workload.clients.content and not feature.workload.has_any(*PHONES):
        raise NotApplicable("no phone is pushed to, whose apps are closed at any time")
    yield Violated(
        "What lets a device be pushed to for a new room is sent by the app while it is open: whoever closes "
        "it first is not reached for that room, until the app happens to be open for long enough.",
        push.set_up,
        tuple(part for part in (rooms, push.missed) if part.is_stated),
    )


@rule
def unknown_outcome_taken_for_failure(feature: Feature) -> Outcomes:
    """A change whose answer was lost counts as failed, although it may have arrived."""
    outbox, again = _people_change(feature), feature.sync.delivery.deduplicate
    lost = outbox.on_lost
    if not lost.is_stated:
        raise Undecided(lost)
    if lost.is_none or lost.has("ask", "told"):
        yield Passed("a change whose answer was lost does not count as failed")
        return
    brings_state = feature.transport.resume.by.has("snapshot") or feature.sync.join.order.has("snapshot")
    if brings_state and (feature.is_state_valued or feature.holds_only("register")):
        yield Passed("the state that comes with the return shows what became of it")
        return
    drops = again.drops
    if drops and known(lost) == "retry":
        yield Passed(f"it is sent again, and the copy is dropped by {again.by}")
    elif known(lost) == "retry":
        raise NotApplicable("it is sent again: see at-least-once-without-dedup")
    else:
        yield Violated(
            "A change whose answer was lost with the connection counts as failed: it may have arrived, and "
            "its author, who sends it again, sends it twice.",
            lost,
            (again.by,) if again.by.is_stated else (),
            "copies are dropped" if drops else "" if again.is_stated else "nothing is said of copies",
        )


@rule
def waiting_message_cannot_be_withdrawn(feature: Feature) -> Outcomes:
    """A message that was deleted or corrected while it waited is sent all the same."""
    outbox = _people_change(feature)
    can: Field[bool] = outbox.withdrawable
    if not can.is_stated:
        raise Undecided(can)
    if can.content:
        yield Passed("what is deleted while it waits is not sent")
        return
    yield Violated(
        "A message that its author deletes while it waits is sent all the same: it is gone from the author's "
        "screen and appears on the others.",
        can,
    )


@rule
def file_named_before_it_is_there(feature: Feature) -> Outcomes:
    """Others are sent the address of a file that is not uploaded yet, and may never be."""
    outbox = _people_change(feature)
    files = outbox.files
    if not files.is_stated:
        raise Undecided(files)
    if not files.has("after"):
        yield Passed("a file is there before it is named")
        return
    if outbox.sent.has("background") and outbox.kept.has("disk", "browser"):
        yield Passed("the upload goes on in the background until it is done")
        return
    yield Violated(
        "A change that names a file is sent before the file is: where the upload fails or the app is closed, "
        "everybody but its author sees an address with nothing behind it.",
        files,
        tuple(part for part in (outbox.sent, outbox.kept) if part.is_stated),
    )


@rule
def outbox_outlives_attempts(feature: Feature) -> Outcomes:
    """The client has given up to reconnect, and what it is given to send waits for a connection."""
    outbox, plan = _people_change(feature), feature.transport.reconnect
    given = outbox.on_give_up
    if feature.connection.asks_again:
        raise NotApplicable("each request is an attempt of its own")
    if given.has("fails"):
        yield Passed("what waits fails when the client gives up, and so does what comes later")
        return
    if plan.supervised.content:
        yield Passed("something notices that the attempts have ended, and begins them again")
        return
    if outbox.max_age.content is not None and outbox.max_age.content <= A_WAIT:
        yield Passed(f"nothing waits for longer than {outbox.max_age}")
        return
    end = final_end(plan)
    at = plan.max_attempts if plan.max_attempts.content is not None else end[1] if end else None
    if plan.max_attempts.is_none and at is None:
        yield Passed("the client does not give up")
        return
    restarts = outbox.kept.has("disk", "browser") or any(case.if_.has("online") for case in plan.when)
    if given.is_stated:
        yield Violated(
            "When the client has given up to reconnect, what waits and what is sent later stay in its "
            "outbox: no attempt is made any more, and nobody is told.",
            given,
            (at,) if at is not None else (),
            "a restart or a return to the network sends it" if restarts else _end(at),
        )
    elif at is None:
        raise NotApplicable("nothing is said to end the attempts")
    elif restarts or at.default is not None:
        raise Undecided(given)
    else:
        message = "The attempts to reconnect end, and changes wait for a connection; the spec does not say"
        raise Unstated(given, message=f"{message} `{given.dotted}`.")


def _end(at: Part | None) -> str:
    """The case of attempts of which nothing says that they end."""
    return "" if at is not None else "nothing is said of an end of the attempts"


@rule
def outbox_sent_by_two(feature: Feature) -> Outcomes:
    """Two tabs, or a timer and a return, send what waits at the same time."""
    outbox, drops = feature.sync.delivery.outbox, feature.sync.delivery.deduplicate
    if not outbox.emptied_by.is_stated:
        if outbox.kept.has("browser") and drops.tells_no_copy:
            raise Undecided(outbox.emptied_by)
        raise NotApplicable("nothing is said of who sends what waits")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients send nothing")
    if outbox.emptied_by.has("one"):
        yield Passed("one at a time sends what waits")
    elif drops.drops:
        yield Passed(f"what is sent twice counts once, by {drops.by}")
    elif feature.merges_by("crdt") or feature.sync.echo_matched_by.has("idempotent"):
        yield Passed("what is applied twice is the same")
    else:
        yield Violated(
            "Each tab, timer and return of the connection sends all that it finds waiting: two that meet "
            "send each change twice.",
            outbox.emptied_by,
            (drops,) if drops.is_stated else (),
        )


@rule
def backlog_before_the_present(feature: Feature) -> Outcomes:
    """After an absence a client sends what waits from the oldest on, and the current value arrives last."""
    outbox, away = feature.sync.delivery.outbox, feature.workload.outage.p99
    current = [part for part in feature.sync.data if part.needed.has("current")]
    if not outbox.is_there or feature.direction.has("server-to-client"):
        raise NotApplicable("nothing is said to wait at a client")
    if not current:
        raise NotApplicable("no value is said to be of use only while it is current")
    if known(outbox.order) == "any":
        yield Passed("nothing waits behind what is older")
        return
    ages = (outbox.max_age, feature.sync.delivery.expires_after, *(part.expires_after for part in current))
    if kept := next((age for age in ages if age.content and age.content <= A_WAIT), None):
        yield Passed(f"what is older than {kept} is dropped, so that the current value comes soon")
        return
    if not (outbox.max_age.is_stated or outbox.kept.content):
        raise Undecided(outbox.max_age)
    if away.content and away.content <= A_WAIT:
        yield Passed(f"a client is away for {away} at most, and little waits")
        return
    name = f"`{current[0].name}`" if current[0].name.content else "a value"
    longest = f" of up to {away}" if away.content else ""
    yield Violated(
        f"After an absence{longest} what waits goes out from the oldest on: where {name} stands now arrives "
        "behind all that it was before.",
        outbox.order,
        (away,) if away.content else (current[0].needed,),
        "" if away.content else "nothing says how long a client is away",
    )


@rule
def outbox_of_another_login(feature: Feature) -> Outcomes:
    """What waits is lost with a token that is renewed, or is sent in the name of another user."""
    outbox = _people_change(feature)
    bound, change = outbox.bound_to, feature.sync.offline.user_change
    if not bound.is_stated:
        if _works_offline(feature):
            raise Undecided(bound)
        raise NotApplicable("nothing is said of for whom what waits is sent")
    renewed = next(
        (part for part in (feature.access.token_ttl, feature.access.on_expiry) if part.content), None
    )
    if bound.has("user"):
        yield Passed("what waits is sent for the user who made it")
    elif outbox.kept.has("memory") and bound.is_none:
        raise NotApplicable("what waits goes with the page or process")
    elif bound.has("credential"):
        yield Violated(
            "What waits belongs to the token, session or installation with which it was made: with a new one "
            "of the same user it is dropped, or refused each time.",
            bound,
            () if renewed is None else (renewed,),
            "" if renewed is not None else "nothing is said of a token that is renewed",
        )
    elif change.has("cleared", "separate"):
        yield Passed(f"what is kept for a user is {change} when another one signs in")
    else:
        yield Violated(
            "What waits is sent for whoever is signed in by then: on a shared device, or after a change of "
            "accounts, one user's changes are made in the name of another.",
            bound,
            (change,) if change.is_stated else (),
            "" if change.has("kept") else "nobody is said to change accounts",
        )


@rule
def full_outbox_drops(feature: Feature) -> Outcomes:
    """An outbox that is full drops what people did, and nobody is told."""
    delivery, outbox = feature.sync.delivery, feature.sync.delivery.outbox
    full, most = outbox.full, outbox.max_messages
    if not full.is_stated and not most.is_stated:
        raise NotApplicable("nothing is said of how much waits at a client")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients send nothing")
    if feature.is_worthless_later or feature.sync.updates.has("signal"):
        raise NotApplicable("what waits is worth nothing a moment later")
    if feature.serves("telemetry"):
        raise NotApplicable("for readings see readings-lost-in-outage")
    if feature.sync.updates.has("full-state") and not full.has("newest"):
        raise NotApplicable("the next one holds all that the one before it held")
    if full.has("refuses"):
        yield Passed("what is one too many is not taken, and who makes it is told")
        return
    if full.has("told"):
        yield Passed("who made what is dropped is told")
        return
    if most.is_none:
        yield Passed("any number of changes may wait")
        return
    if not full.is_stated:
        message = f"At most {most} changes wait at a client; the spec does not say `{full.dotted}`."
        raise Unstated(full, message=message)
    promised = delivery.guarantee.has("at-least-once", "exactly-once")
    what = f"An outbox that is full drops its {full} change without a word"
    if full.is_none:
        what = "Nothing is decided for a change that the outbox has no room for"
    yield Violated(
        f"{what}: what was done in a longer outage looks as if it waited, and never arrives.",
        full,
        tuple(part for part in (most, delivery.guarantee) if part.is_stated),
        "nothing is decided" if full.is_none else "" if promised else "nothing promises that it arrives",
    )
