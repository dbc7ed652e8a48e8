"""Work that no server has confirmed: what becomes of it at a return, and when it is refused for good."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided, Unstated
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


@rule
def unconfirmed_work_replaced(feature: Feature) -> Outcomes:
    """A user types on without a connection, and the state that then arrives takes its place."""
    sync = feature.sync
    applied, down, check = sync.snapshot.applied, sync.while_down, sync.durability.version_check
    edits = down if down.has("edit", "edit-alone") else sync.optimistic
    if not down.is_stated and not (applied.has("replace") and sync.optimistic.content):
        raise NotApplicable("no unconfirmed work is said to meet a state that replaces it")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients change nothing")
    if feature.is_momentary or feature.serves("game", "presence"):
        raise NotApplicable("what was not confirmed is worth nothing a moment later")
    only_commands = feature.holds("command") and feature.holds_only("command", "register", "ephemeral")
    if only_commands and sync.reconcile_after.content and not down.has("edit", "edit-alone"):
        raise NotApplicable("a command that was not confirmed is not to be carried out later")
    if feature.sync.effect.has("acts") and feature.holds_only("register", "command", "ephemeral"):
        raise NotApplicable("what is asked of a thing is shown again as the thing has it")
    if down.is_none or down.has("read-only"):
        yield Passed("nothing is edited while the connection is down")
    elif down.has("edit-alone"):
        if check.content:
            yield Passed("a copy that was saved on an older version is refused")
            return
        yield Violated(
            "While the session is down people edit a copy that is saved past it: afterwards there are two "
            "versions, and one of them is loaded over the other.",
            down,
            (check,) if check.is_stated else (),
        )
    elif reason := _made_again(feature):
        yield Passed(reason)
    elif not applied.is_stated:
        if feature.merges_by("crdt") and not feature.is_rebuilt:
            raise NotApplicable("a replica merges what it receives")
        message = f"Users edit while the connection is down; the spec does not say `{applied.dotted}`."
        raise Unstated(applied, message=message)
    elif not applied.has("replace"):
        yield Passed(f"a snapshot is applied by {applied}")
    else:
        yield Violated(
            "A client shows what its user changes before it is confirmed, and the state that arrives when it "
            "joins or returns replaces that: the work vanishes from the screen, and was never sent.",
            applied,
            (edits,),
            "" if down.has("edit") or _keeps_nothing(feature) else "nothing is said of what a client keeps",
        )


@rule
def away_edits_stay_with_client(feature: Feature) -> Outcomes:
    """A client that returns takes what it lacks, and hands over nothing of its own."""
    sync = feature.sync
    sends, down = sync.offline.sends, sync.while_down
    is_unmerged = sync.offline.is_none and down.has("edit")
    if not (sends.is_stated or is_unmerged):
        raise NotApplicable("nothing is said of what a client that comes back sends")
    if sends.content:
        yield Passed(f"a client that comes back sends {sends}")
        return
    if feature.direction.has("server-to-client") or feature.has_one_writer:
        raise NotApplicable("clients change nothing that others wait for")
    if feature.is_momentary or feature.serves("game", "presence"):
        raise NotApplicable("what was changed meanwhile is worth nothing later")
    if down.is_none or down.has("read-only"):
        yield Passed("nothing is edited while the connection is down")
    elif reason := _made_again(feature):
        yield Passed(reason)
    elif is_unmerged:
        yield Violated(
            "People edit on while the connection is down, and nothing of that is merged afterwards: it is "
            "lost at the return, unless one of the two is not so.",
            down,
            (sync.offline,),
            when="no work offline is merged",
        )
    elif down.has("edit", "edit-alone") or sync.optimistic.content or feature.merges_by("crdt"):
        edits = down if down.has("edit", "edit-alone") else sync.optimistic
        yield Violated(
            "A client that returns takes what it lacks and hands nothing over: what its user changed "
            "meanwhile is on that device alone, and goes with it.",
            sends,
            (edits if edits.content else sync.strategy,),
            when="" if down.has("edit") else "nothing is said of edits without a connection",
        )
    else:
        raise Undecided(down)


def _keeps_nothing(feature: Feature) -> bool:
    """Whether it is decided that a client does not keep, repeat or make again what is not confirmed."""
    sync, delivery = feature.sync, feature.sync.delivery
    return any(part.is_none for part in (delivery.outbox, delivery.retry_for, sync.reconcile))


def _made_again(feature: Feature) -> str:
    """What keeps a change that is not confirmed; nothing where nothing is said to.

    Raises:
        Undecided: delivery is at-least-once, and the spec does not say what a client keeps for it.

    """
    sync, delivery = feature.sync, feature.sync.delivery
    if delivery.outbox.is_there:
        return "what is not confirmed stays in an outbox"
    if sync.reconcile.has("rebase") or sync.snapshot.applied.has("rebase"):
        return "the client makes its own changes again on the new state"
    if feature.gives_up_early:
        return ""
    if delivery.retry_for.content or "client" in (delivery.repeated_by.content or ()):
        return "the client sends again what is not confirmed"
    if delivery.guarantee.has("at-least-once", "exactly-once") and not delivery.outbox.is_none:
        raise Undecided(delivery.outbox)
    return ""


@rule
def refused_change_sent_again(feature: Feature) -> Outcomes:
    """A change that the server will never take is sent again without end."""
    sync, outbox = feature.sync, feature.sync.delivery.outbox
    if not outbox.on_refused.has("retry"):
        raise NotApplicable("no change that is refused is said to be sent again")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients send nothing")
    if feature.only_ephemeral or feature.serves("cursors", "signalling"):
        raise NotApplicable("the next update replaces the one that is refused")
    if sync.reconcile.has("rebase") and sync.durability.version_check.content:
        raise Undecided(outbox.max_age)
    again, order = sync.delivery.retry_for, outbox.order
    age = again if again.content and not outbox.max_age.is_stated else outbox.max_age
    if order.has("strict"):
        until = f"for {age}" if age.content else "for good"
        yield Violated(
            f"A change that is refused is sent again and again, and holds up all behind it {until}: one that "
            "is too large, or not allowed, ends the saving of its user.",
            outbox.on_refused,
            (order,),
            "it holds up those behind it",
        )
    elif age.content:
        yield Passed(f"a change that is refused is given up after {age}")
    else:
        yield Violated(
            "A change that is refused is sent again, and nothing ends that: what is refused for its size, "
            "its right or its version is refused each time.",
            outbox.on_refused,
            (age,) if age.is_stated else (),
        )


@rule
def report_skipped_for_own_change(feature: Feature) -> Outcomes:
    """A report on an item whose own change has no answer yet is passed over, and never comes again."""
    sync, resume = feature.sync, feature.transport.resume
    during, after = sync.during_push, sync.after_accept
    if not during.is_stated and not after.has("sent"):
        raise NotApplicable("nothing is said of a report that meets an own change without an answer")
    if feature.direction.has("server-to-client"):
        raise NotApplicable("clients change nothing")
    if feature.is_momentary:
        raise NotApplicable("what is passed over is worth nothing a moment later")
    if not during.is_stated:
        yield _taken_for_the_servers(feature)
        return
    if not during.has("skipped"):
        yield Passed(f"a report that meets an own change is {during}")
    elif sync.refetch.content:
        yield Passed(f"a client fetches the state every {sync.refetch}")
    elif feature.renewals and not sync.snapshot.to.has("asker"):
        yield Passed(f"the state comes again: `{feature.renewals[0].dotted}` is {feature.renewals[0]}")
    elif sync.updates.has("full-state"):
        yield Passed("the next report holds the whole state")
    elif feature.merges_by("crdt") and feature.exchanges_lacks:
        yield Passed("replicas exchange what each one lacks when they meet again")
    else:
        takes = (
            ", and then takes what it sent for what the server holds, which may have altered it"
            if after.has("sent")
            else ""
        )
        yield Violated(
            "A client passes over a report on an item while its own change of it has no answer yet"
            f"{takes}: that report does not come again, and the client stays different from the server.",
            during,
            tuple(part for part in (after, resume.by) if part.content),
            "the answer holds the server's state"
            if after.has("returned")
            else ""
            if feature.replays or after.has("sent")
            else "no position is said to move on",
        )


def _taken_for_the_servers(feature: Feature) -> Passed | Violated:
    """What a client sent stands for what the server holds, though the server may alter it."""
    sync = feature.sync
    if reason := _comes_back(feature):
        return Passed(reason)
    if sync.reconcile.has("rebase"):
        # Who makes its changes again on the server's state takes that state from the server.
        raise Undecided(sync.during_push)
    return Violated(
        "A client takes what it sent for what the server holds, which may have altered it: it shows another "
        "value than all the others until it loads the item again.",
        sync.after_accept,
        when="nothing is said of a report that meets it",
    )


def _comes_back(feature: Feature) -> str:
    """What brings a client its own change as the server holds it; empty where nothing is said to."""
    sync = feature.sync
    if feature.renewals:
        return f"the state comes again: `{feature.renewals[0].dotted}` is {feature.renewals[0]}"
    if sync.updates.has("full-state"):
        return "the next report holds the whole state"
    if feature.merges_by("crdt"):
        return "with a CRDT a server alters no change"
    if sync.echo_matched_by.content and not sync.echo_matched_by.has("left-out"):
        return f"the change comes back as the server holds it, and is known by: {sync.echo_matched_by}"
    return ""
