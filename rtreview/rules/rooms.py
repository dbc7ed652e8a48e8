"""The life of a room: whether it outlasts a lost connection, and whether it ever ends."""

from rtreview.language.design import Feature
from rtreview.language.field import NotApplicable, Part, Undecided, known
from rtreview.quantities.quantity import Count
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

HELD = Count(20)
"""So many rooms that are never removed are a fixed set, and no leak (empty-room-stays)."""


@rule
def room_ends_with_last_connection(feature: Feature) -> Outcomes:
    """The last member loses the connection, and the room is gone when that member is back."""
    ends, resume, presence = feature.workload.rooms.ends, feature.transport.resume, feature.presence
    in_memory = feature.topology.state.room.has("node")
    comes_back: list[Part] = [
        part for part in (resume.by, presence.grace, feature.sync.offline.max) if part.content
    ]
    if not ends.is_stated and not (in_memory and feature.serves("game") and comes_back):
        raise NotApplicable("nothing is said of what ends a room")
    if not ends.is_stated:
        raise Undecided(ends)
    if not ends.has("when-empty"):
        yield Passed(f"a room does not end with its last member: `{ends.dotted}` is {ends}")
        return
    if feature.topology.state.room.has("shared", "disk"):
        yield Passed(f"what goes on in a room is kept: {feature.topology.state.room}")
        return
    durability, history = feature.sync.durability, feature.sync.history
    if history.is_stated and not feature.keeps_nothing:
        yield Passed("the history of a room is kept, and the room is made again from it")
        return
    if durability.write_ahead_log.content or (
        durability.checkpoint.is_stated and not durability.checkpoint.is_none
    ):
        yield Passed("the state of a room is stored, and loaded when somebody opens it again")
        return
    if not comes_back:
        if resume.is_stated or presence.grace.is_stated:
            raise NotApplicable("nobody is promised to find the room again")
        raise Undecided(resume)
    yield Violated(
        "A room ends with its last member: one who loses the connection while alone in it, or together with "
        "the others, comes back to nothing.",
        ends,
        tuple(comes_back[:1]),
        when="a game is lost" if feature.serves("game") or resume.keeps.has("all") else "",
    )


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
    known(kept)
    yield Violated(
        "Rooms stay in a node's memory, and nothing removes those that nobody is in any more: they grow with "
        "all that were ever opened, until a restart takes the others too.",
        rooms.ends,
        (kept,),
    )
