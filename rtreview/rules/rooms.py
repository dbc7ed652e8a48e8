"""The life of a room: whether it outlasts a lost connection, and whether it ever ends."""

from typing import Any

from rtreview.language.design import ONLY_MEMBERS, Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated, known
from rtreview.numbers.presence import ends_by_expiry
from rtreview.numbers.reconnection import first_delay
from rtreview.quantities.quantity import Count, Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

HELD = Count(20)
"""So many rooms that are never removed are a fixed set, and no leak (empty-room-stays)."""

A_SHORT_LOSS = Duration(30)
"""A reload, or a change of network with its attempts, takes as long (room-ends-with-last-connection)."""


@rule
def room_ends_with_last_connection(feature: Feature) -> Outcomes:
    """The last member loses the connection, and the room is gone when that member is back."""
    ends, resume, presence = feature.workload.rooms.ends, feature.transport.resume, feature.presence
    held = feature.topology.state.room
    comes_back: list[Part] = [
        part for part in (resume.by, presence.grace, feature.sync.offline.max) if part.content
    ]
    if not ends.is_stated and not (held.has("node") and feature.serves("game") and comes_back):
        raise NotApplicable("nothing is said of what ends a room")
    if not ends.is_stated:
        raise Undecided(ends)
    if ends.is_none or ends.has("by-host", "when-over"):
        yield Passed(f"a room does not end with its last member: `{ends.dotted}` is {ends}")
        return
    if reason := _made_again(feature):
        yield Passed(reason)
        return
    if not comes_back:
        if resume.is_stated or presence.grace.is_stated:
            raise NotApplicable("nobody is promised to find the room again")
        if not (feature.serves("game") and held.has("node") and ends.has("when-empty")):
            raise Undecided(resume)
    if not (feature.serves("game") or resume.keeps.has("all") or held.is_stated):
        raise Undecided(held)
    is_kept = resume.keeps.has("all") and not feature.serves("media")
    case = "a game is lost" if feature.serves("game") or is_kept else ""
    case = case if comes_back else "whether anybody comes back is open"
    is_held = presence.ttl.content and ends_by_expiry(presence)
    lasts = presence.ttl if is_held and ends.has("when-empty") else ends
    if isinstance(lasts.content, Duration):
        yield _outlasts_absence(feature, lasts, case)
    else:
        yield _comes_back_to_nothing(feature, tuple(comes_back[:1]), case)


def _comes_back_to_nothing(feature: Feature, back: tuple[Part, ...], case: str) -> Violated:
    """A room that ends at the moment in which its last member is lost."""
    ends, resume = feature.workload.rooms.ends, feature.transport.resume
    is_seated = resume.by.has("session") and resume.retention.content
    is_left = feature.topology.state.room.has("node") and resume.keeps.has("all")
    if is_seated or is_left or feature.presence.grace.content:
        return Violated(
            "A room ends with its last member, and nothing says that one counts whose place is held: "
            "if not, whoever loses the connection while alone in it comes back to nothing.",
            ends,
            back,
        )
    return Violated(
        "A room ends with its last member: one who loses the connection while alone in it, or together with "
        "the others, comes back to nothing.",
        ends,
        back,
        when=case,
    )


def _made_again(feature: Feature) -> str:
    """What a room that has ended is made again from; nothing where the spec has nothing.

    Raises:
        Undecided: the history of a game is kept, and nothing says whether its state is.

    """
    durability, history = feature.sync.durability, feature.sync.history
    is_kept = history.is_stated and not feature.keeps_nothing
    if is_kept and not feature.serves("game"):
        return "the history of a room is kept, and the room is made again from it"
    if feature.topology.state.room.includes("disk"):
        return "a room is kept on disk, and made again from it"
    watches = feature.direction.has("server-to-client") and not feature.serves("game", "media")
    if watches and feature.rejoin_brings_history and not feature.sync.snapshot.source.has("sender"):
        return "its members change nothing in it, and are given what it shows whenever they join"
    if feature.sync.join.again.has("client"):
        if feature.serves(*ONLY_MEMBERS, "media") and history.is_none:
            return "a room is who is in it, and its members join again"
        values = list(feature.sync.data)
        if values and all(
            part.shape.has("register") and part.decided_by.includes("client") for part in values
        ):
            return "its members have what is shared in it, and bring it again"
    if durability.is_written:
        return "the state of a room is stored, and loaded when somebody opens it again"
    if is_kept and not durability.is_stated:
        # The history of a game may be its moves, or what was said beside them.
        raise Undecided(durability)
    return ""


def _outlasts_absence(feature: Feature, lasts: Field[Any], case: str) -> Limit | Passed:
    """Whether a room stays for as long as the place of a member is kept who has lost the connection.

    It lasts for its own time without members, or for as long as the entry of one who is gone.
    """
    resume, grace, ends = feature.transport.resume, feature.presence.grace, feature.workload.rooms.ends
    is_own = lasts is ends
    session = [resume.retention] if resume.by.has("session") and resume.retention.content else []
    kept = [*session, *([grace] if grace.content else [])]
    if not kept and is_own:
        return _outlasts_a_loss(feature, case)
    if not kept:
        return Passed(f"a lost connection takes nobody out of a room: an entry stays for {lasts}")
    longest = max(kept, key=lambda field: field.content.amount if field.content else 0)
    return Limit(
        "how long the place of a member is kept",
        longest,
        "how long a room stays without members" if is_own else "how long one who is gone counts as one",
        lasts,
        at=ends,
        when=case,
        or_equal=True,
    )


def _outlasts_a_loss(feature: Feature, case: str) -> Limit | Passed:
    """Whether a room stays for as long as one is away whose place nobody keeps.

    Raises:
        Unstated: it is short, a game is lost with it, and nothing says how long members are away.
        Undecided: the same of another room.

    """
    ends: Field[Any] = feature.workload.rooms.ends
    away = feature.workload.outage.typical
    length, soonest = known(ends), first_delay(feature.transport.reconnect)
    stays = "how long a room stays without members"
    if away.content is not None:
        return Limit("the usual outage", away, stays, ends, at=ends, when=case, or_equal=True)
    if isinstance(soonest.content, Duration) and length <= soonest.content:
        return Limit("the delay before a client tries again", soonest, stays, ends, at=ends, when=case)
    if length >= A_SHORT_LOSS:
        return Passed(f"a room stays for {ends} without members")
    if case:
        message = f"A room without members ends after {ends}; the spec does not say how long they are away"
        raise Unstated(away, message=f"{message} (`{away.dotted}`).", when=case)
    raise Undecided(away)


@rule
def empty_room_stays(feature: Feature) -> Outcomes:
    """Rooms are made, and nothing removes those that nobody is in."""
    rooms, kept = feature.workload.rooms, feature.topology.state.room
    if not rooms.ends.is_stated:
        raise NotApplicable("nothing is said of what ends a room")
    if not rooms.ends.is_none:
        yield Passed(f"what ends a room: {rooms.ends}")
        return
    if kept.has("disk", "shared"):
        raise NotApplicable("rooms are kept in a store, on purpose")
    if rooms.count.content and rooms.count.content <= HELD:
        yield Passed(f"{rooms.count} rooms are a fixed set")
        return
    if feature.fan_out.audience.has("everyone") and not (rooms.count.is_stated or rooms.by.is_stated):
        raise NotApplicable("all who are connected are in one room, and no other is made")
    known(kept)
    yield Violated(
        "Rooms stay in a node's memory, and nothing removes those that nobody is in any more: they grow with "
        "all that were ever opened, until a restart takes the others too.",
        rooms.ends,
        (kept,),
    )
