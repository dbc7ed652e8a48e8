"""Who leads a room and who acts in it: what becomes of it when that one is gone, or when several do."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Undecided, Unstated
from rtreview.language.sections.sync import Data
from rtreview.quantities.quantity import Count, Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

A_CALL = 2
"""Of two members the other one is the whole room (leader-gone-room-ends)."""

REACHES = ("game", "collaborative-editing", "console")
"""Purposes whose session is what its people have reached, and no mere subscription."""

BRIEF = Duration(60)
"""A session as short as this is simply begun again (leader-gone-room-ends, room-lost-with-its-node)."""

A_LAPSE = Duration(60)
"""What a client said may count for so long after it is gone, as a grace (held-after-sender-gone)."""


def _is_begun_again(feature: Feature) -> None:
    """End a rule about the loss of a room where little hangs on one."""
    members, usual = feature.room.content, feature.workload.session.typical.content
    if members is not None and members.amount <= A_CALL:
        raise NotApplicable(f"a room has at most {members} members: the other one is the whole room")
    if usual is not None and usual <= BRIEF:
        raise NotApplicable(f"a session of {usual} is begun again")


def _of_all(feature: Feature) -> str:
    members = feature.room.content
    return f"for up to {members} members" if members else "for all of its members"


def _ends_with_its_server(feature: Feature) -> Passed | Violated:
    """What becomes of a room that a server leads: no member's blip ends it, but a crash may."""
    durability, leader = feature.sync.durability, feature.sync.leader
    checkpoint = durability.checkpoint
    if durability.is_written:
        return Passed("no member's loss ends a room, and a server that starts again has what was stored")
    if not checkpoint.is_none:
        raise Undecided(checkpoint.every)
    sentence = (
        f"When the server that leads a room is gone, it ends {_of_all(feature)}, and nothing is stored."
    )
    return Violated(sentence, leader.on_loss, (checkpoint,), when="a server leads")


@rule
def leader_gone_room_ends(feature: Feature) -> Outcomes:
    """The one that a room hangs on is gone, and nobody takes over."""
    leader = feature.sync.leader
    after = leader.on_loss
    if not leader.is_there:
        raise NotApplicable("nobody is said to lead a room")
    _is_begun_again(feature)
    if after.has("replace"):
        yield Passed("another one takes over")
        return
    if not after.is_stated and leader.who.has("server"):
        raise NotApplicable("a server leads, whichever members are there (room-lost-with-its-node)")
    if not after.is_stated:
        message = f"A room hangs on its {leader.who}; the spec does not say `{after.dotted}`."
        raise Unstated(after, message=message)
    wait = leader.wait
    if wait.content is not None and wait.content.amount:
        away = feature.workload.outage.p99
        what, than = "the 99th-percentile outage", "the wait for the one who leads"
        yield Limit(what, away, than, wait, or_equal=True, at=after, when="the leader is waited for")
        return
    if after.has("end") and leader.who.has("server"):
        yield _ends_with_its_server(feature)
        return
    if after.has("end"):
        blip = ", even for a blip" if wait.is_stated else ""
        sentence = f"When the one who leads a room is cut off, it ends {_of_all(feature)}{blip}."
        case = "" if wait.is_stated else "nothing is said of a wait"
        yield Violated(sentence, after, (leader.who,) if leader.who.is_stated else (), case)
        return
    members = feature.room.content
    others = f"up to {members} members wait" if members else "all members wait"
    decided = "the room is paused" if after.content else "nothing is decided"
    yield Violated(
        f"When the one who leads a room is gone, {decided}: {others} for one who may not return.",
        after,
        (leader.who,) if leader.who.is_stated else (),
        when="the room waits",
    )


@rule
def room_lost_with_its_node(feature: Feature) -> Outcomes:
    """A room lives in one process, and when that is gone nobody takes it."""
    topology, session = feature.topology, feature.topology.state.session
    failover, owner = topology.failover, feature.fan_out.owner
    lives = next((part for part in (topology.routing, owner) if part.has("by-room", "single")), None)
    if lives is None:
        raise NotApplicable("no room is said to live in one process")
    if failover.is_there:
        raise NotApplicable(f"another {failover.to.content or 'one'} takes them")
    if topology.nodes.has(Count(1)):
        raise NotApplicable("there is one node, and no other that could take over")
    if feature.transport.service.content:
        raise NotApplicable(f"{feature.transport.service} holds the rooms")
    if feature.connection.is_polling and not failover.is_none:
        raise NotApplicable("the next poll goes where there is a server")
    _is_begun_again(feature)
    if not failover.is_stated:
        raise Undecided(failover)
    returns = feature.connection.has_plan and not feature.transport.reconnect.is_none
    if session.has("shared") and returns and not topology.state.room.has("node"):
        yield Passed("every node knows every session, and clients come back to another one")
        return
    yield Violated(
        f"A room lives in one process, and when that fails nobody takes it: it ends {_of_all(feature)}, "
        "and those who come back look for it where it was.",
        failover,
        (lives, *((session,) if session.is_stated else ())),
    )


@rule
def held_after_sender_gone(feature: Feature) -> Outcomes:
    """What a sender began goes on when the sender is gone."""
    parts = [part for part in feature.sync.data if _may_be_held(part)]
    if not parts:
        raise NotApplicable("nothing is said to be held in force by its sender")
    acts = feature.workload.has_any("device")
    case = "" if acts else "no device acts on it"
    for part in parts:
        gone, name = part.sender_gone, f"`{part.name}`" if part.name.content else "what a sender began"
        if gone.has("restart") and part.lasts.has("set", "done"):
            yield Violated(
                f"The receiver restarts itself when its sender is gone for a while: {name} is interrupted "
                "again and again for as long as the outage lasts, though nobody changed it.",
                gone,
                (part.lasts,),
                when="a setting is interrupted",
            )
        elif part.lasts.has("set", "done"):
            yield Passed(f"{name} is not held by its sender: {part.lasts}")
        elif part.lasts.content is not None and not part.lasts.has("held"):
            yield _ends_by_itself(feature, part, name)
        elif gone.has("stop", "restart"):
            yield Passed(f"the receiver ends {name} when its sender is gone")
        elif gone.is_stated:
            yield Violated(
                f"The receiver goes on with {name} when its sender falls silent or is gone, and nobody is "
                "left who could end it.",
                gone,
                (part.lasts,) if part.lasts.is_stated else (),
                when=case or ("" if part.lasts.is_stated else "nothing says whether its sender holds it"),
            )
        elif part.lasts.has("held"):
            message = f"{name[0].upper()}{name[1:]} is held by its sender; the spec does not say"
            raise Unstated(gone, message=f"{message} `{gone.dotted}`.", when=case)
        elif acts and feature.comes_soon:
            rate = feature.workload.messages.rate
            message = (
                f"Commands come to a device at {rate}; the spec does not say what it does when they stop"
            )
            raise Unstated(gone, message=f"{message} (`{gone.dotted}`).")
        else:
            raise Undecided(part.lasts)


def _ends_by_itself(feature: Feature, part: Data, name: str) -> Passed | Violated:
    """What ends after a time: by a decision it may count for long after its sender is gone.

    Raises:
        Undecided: nothing says who decides it; what a server holds for a client may be meant to stay.

    """
    gone, lasts, away = part.sender_gone, part.lasts, feature.workload.outage.p99.content
    goes_on = gone.has("keep") or gone.is_none
    is_long = isinstance(lasts.content, Duration) and lasts.content > A_LAPSE
    covers = isinstance(lasts.content, Duration) and away is not None and away >= lasts.content
    if not (goes_on and is_long) or covers or feature.sync.effect.has("shown"):
        return Passed(f"{name} ends by itself after {lasts} unless it is repeated")
    if part.decided_by.has("server", "checked"):
        return Passed(f"the server holds {name} for {lasts}, whether its sender is there or not")
    if not part.decided_by.has("client"):
        raise Undecided(part.decided_by)
    return Violated(
        f"What a client said counts for up to {lasts} after it is gone: others act on {name}, whose sender "
        "can neither take it back nor hear what became of it.",
        gone,
        (lasts,),
        when="it ends by itself, minutes later",
    )


def _may_be_held(part: Data) -> bool:
    """Whether data is stated to be held, or is an act of which nothing says how long it goes on."""
    return part.lasts.is_stated or part.sender_gone.is_stated or part.shape.has("command")


def _shown_to_all(feature: Feature, part: Data) -> str:
    """Whether all see what the last act has set, as with a switch on the wall; empty where they may not."""
    told = feature.sync.updates.content and not feature.direction.has("client-to-server")
    rests = part.lasts.has("done") or _may_be_set(part)
    return "all see what the last one has set" if told and rests and part.control.has("last") else ""


def _may_be_set(part: Data) -> bool:
    """Whether data may be a setting: a value, of which nothing says how long it goes on."""
    return part.shape.has("register") and not part.lasts.is_stated


def _case_of_control(feature: Feature, part: Data, *, acts: bool) -> str:
    """What makes it milder that acts undo one another; empty where nothing does."""
    if not acts:
        return _shown_to_all(feature, part) or "no device acts on it"
    return "it may be a setting" if part.control.has("last") and _may_be_set(part) else ""


@rule
def several_in_control(feature: Feature) -> Outcomes:
    """Several act on one thing, and the last act counts."""
    sync = feature.sync
    parts = [part for part in sync.data if part.control.is_stated or part.shape.has("command")]
    if not parts:
        raise NotApplicable("nothing is said to be controlled")
    if feature.has_one_writer:
        raise NotApplicable("one alone acts on it")
    if sync.ordering.scope.has("commutative"):
        raise NotApplicable("every order of the acts gives the same state")
    acts = feature.workload.has_any("device")
    for part in parts:
        control, name = part.control, f"`{part.name}`" if part.name.content else "one thing"
        if part.lock.of.content:
            yield Passed(f"one at a time holds the {part.lock.of}")
        elif control.has("exclusive", "priority", "separate"):
            yield Passed(f"who may act on {name}: {control}")
        elif control.has("last") and part.lasts.has("set"):
            yield Passed(f"{name} is a setting, which stays as the last one left it")
        elif control.is_stated:
            how = "the last act counts" if control.content else "nothing decides whose act counts"
            fate = ", and all see only what holds now" if _shown_to_all(feature, part) else " without a word"
            yield Violated(
                f"Several act on {name} at once, and {how}: they undo one another{fate}.",
                control,
                (feature.writers,) if feature.writers.is_stated else (),
                when=_case_of_control(feature, part, acts=acts),
            )
        elif acts and feature.writers.has("many") and not part.lasts.has("done"):
            message = f"Several send commands to {name}; the spec does not say `{control.dotted}`."
            raise Unstated(control, message=message)
        else:
            raise Undecided(control)


@rule
def returning_begins_anew(feature: Feature) -> Outcomes:
    """One who returns in time gets the seat back, and not what was reached in it."""
    keeps, resume = feature.transport.resume.keeps, feature.transport.resume
    if resume.is_none or not (keeps.is_stated or resume.by.has("session")):
        raise NotApplicable("nothing is said to be kept for one who returns")
    if feature.only_ephemeral:
        raise NotApplicable("nothing on it is worth keeping")
    if not keeps.is_stated:
        raise Undecided(keeps)
    if keeps.has("all"):
        yield Passed("one who returns in time finds all that was reached")
        return
    from_log = feature.replays and resume.by.has("offset", "last-event-id")
    if from_log or _is_stored(feature) or _has_a_part_in_the_whole(feature):
        yield Passed("the state is kept apart from the session, and is sent to whoever returns")
        return
    kept = "only who it is" if keeps.content else "nothing"
    span = f" for {resume.retention}" if resume.retention.content else ""
    yield Violated(
        f"For one who is cut off the server keeps {kept}{span}: whoever returns in time begins again, with "
        "what one has at the start.",
        keeps,
        (resume.by,) if resume.by.is_stated else (),
    )


def _has_a_part_in_the_whole(feature: Feature) -> bool:
    """Whether nothing is kept for a client by itself, since all is in the one state that it gets again."""
    resume, sync = feature.transport.resume, feature.sync
    is_whole = resume.by.has("snapshot") and sync.snapshot.source.has("server")
    room = feature.topology.state.room
    if not (resume.keeps.is_none and is_whole) or sync.snapshot.applied.has("ignored"):
        return False
    if sync.strategy.has("server-authoritative") and not room.is_stated:
        raise Undecided(room)
    return bool(room.content)


def _is_stored(feature: Feature) -> bool:
    """Whether the state outlives a session, and a client that joins again gets it."""
    durability = feature.sync.durability
    is_kept = durability.write_ahead_log.content or durability.checkpoint.is_stated
    return bool(is_kept and not durability.checkpoint.is_none and feature.rejoin_brings_history)


@rule
def put_into_a_running_round(feature: Feature) -> Outcomes:
    """Matchmaking puts people into a round that has begun."""
    until, join = feature.workload.rooms.open_until, feature.sync.join
    if not until.is_stated:
        raise NotApplicable("nothing is said of until when a room takes newcomers")
    if until.has("start"):
        yield Passed("a room takes newcomers until its round starts")
    elif until.content and feature.join_brings_history:
        yield Passed(f"who comes later gets the state: {join.order}")
    elif until.content and not (join.is_none or join.order.is_stated):
        raise Undecided(join.order)
    else:
        how = "nothing decides until when" if until.is_none else "as long as a place is free"
        how = "always" if until.has("end") else how
        yield Violated(
            f"A room takes newcomers {how}: who has just left, or waits for a new round, is put into one "
            "that runs, without its state.",
            until,
            (join.order,) if join.order.is_stated else (),
        )


@rule
def deployment_ends_sessions(feature: Feature) -> Outcomes:
    """What people have reached lives in a process, and a deployment ends it."""
    session, operations = feature.workload.session.typical, feature.operations
    drain, state = operations.drain, feature.topology.state.session
    if not state.has("node"):
        raise NotApplicable("no session is said to live in the memory of a node")
    if feature.is_momentary:
        raise NotApplicable("nothing on it is worth keeping")
    is_open = feature.serves(*REACHES) and drain.has(Duration(0)) and not feature.sync.durability.is_stated
    if not (feature.sync.durability.is_none or is_open):
        raise NotApplicable("the state is not said to be kept in memory alone")
    if feature.members_join_again:
        raise NotApplicable("a room is who is in it, and its members join again")
    _is_begun_again(feature)
    if _is_subscribed_again(feature):
        raise NotApplicable("a session is what its client subscribed to, and it subscribes again")
    if operations.handoff.content:
        yield Passed(f"sessions are moved to other nodes within {operations.handoff}")
        return
    if is_open:
        stored = feature.sync.durability
        raise Unstated(
            stored,
            message="What people have reached lives in the memory of a process, and a deployment ends it at "
            f"once (`{drain.dotted}: {drain}`); the spec does not say `{stored.dotted}`.",
        )
    if drain.has(Duration(0)):
        yield Violated(
            "What people have reached lives in the memory of a process, and a deployment ends it at once: "
            "all begin again.",
            drain,
            (state, feature.sync.durability),
        )
        return
    yield Limit(
        "the usual session",
        session,
        "the time for which a node keeps its connections",
        drain,
        or_equal=True,
        at=drain,
        propose=(drain,),
        note="What lives in its memory alone is gone after that.",
    )


def _is_subscribed_again(feature: Feature) -> bool:
    """Whether a session of no stated purpose holds subscriptions alone, which its client makes anew."""
    sync = feature.sync
    holds = any(part.shape.content and not part.shape.has("ephemeral", "command") for part in sync.data)
    reaches = holds or sync.strategy.content or feature.work.is_stated
    return (
        sync.join.again.has("client")
        and not feature.purpose.is_stated
        and not reaches
        and not feature.transport.resume.keeps.content
    )
