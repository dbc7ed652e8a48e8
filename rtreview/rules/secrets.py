"""What some may not know yet, and whether it reaches them."""

from collections.abc import Sequence

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule


@rule
def hidden_at_the_client(feature: Feature) -> Outcomes:
    """What one client may not know is sent to it, and only not shown."""
    filtered, audience = feature.fan_out.filtered, feature.fan_out.audience
    secrets = feature.secrets
    said = [part for part in feature.sync.data if part.visible_to.is_stated]
    if feature.direction.has("client-to-server"):
        raise NotApplicable("nothing is sent to clients")
    is_open = not (secrets and filtered.is_stated)
    if feature.serves("game") and is_open and (unseen := _held_out_of_sight(feature)):
        yield unseen
        return
    if not secrets and not filtered.has("client"):
        raise NotApplicable("nothing is said to be hidden from anybody, or filtered by clients")
    if feature.sync.updates.has("signal"):
        raise NotApplicable(
            "a signal holds nothing of what is hidden, and a fetch decides what a client may see"
        )
    if (alike := _made_alike(feature, secrets)) is not None:
        yield alike
        return
    if filtered.has("index", "per-connection"):
        yield Passed("a server decides who is sent what")
        return
    if said and not secrets and len(said) == len(feature.sync.data.items):
        raise NotApplicable("all may know all of it")
    if not filtered.has("client"):
        _is_sent_to_all(feature, secrets)
    if not secrets and audience.has("user"):
        raise NotApplicable("a message goes to the devices of one user, who may know it")
    if not secrets and not feature.serves("game"):
        raise Undecided(*(part.visible_to for part in feature.sync.data.items[:1]), filtered)
    whose = f"what only its {secrets[0]} may know" if secrets else "all that goes on"
    drops = "and leaves it out of what it shows" if filtered.content else "whoever it is"
    yield Violated(
        f"Every client is sent {whose}, {drops}: it is there for whoever looks into the messages.",
        filtered,
        tuple(secrets[:1]),
        when="" if secrets else "nothing is said to be secret",
    )


def _made_alike(feature: Feature, secrets: Sequence[Field[str]]) -> Violated | None:
    """One message for a whole room, with what its owner alone may know; None where that is not said."""
    variants, audience = feature.fan_out.variants, feature.fan_out.audience
    filters = feature.fan_out.filtered.has("index", "per-connection")
    # A room may be the group that may know it; all who are connected are not.
    closed = [part for part in secrets if part.has("owner") or (audience.has("everyone") and not filters)]
    only = len(secrets) == len(feature.sync.data.items)
    if not (closed and only and variants.has("one") and audience.has("room", "everyone")):
        return None
    # A room may be that of one user, which others have no right to join.
    own_room = feature.access.checked.content or feature.workload.rooms.by.has("account", "secret")
    if audience.has("room") and own_room:
        return None
    whose = "its owner" if closed[0].has("owner") else "a group of them"
    return Violated(
        f"All who are told ({audience}) get the same message, and what is in it {whose} alone may know.",
        variants,
        (audience, closed[0]),
        when="one message is made for all",
    )


def _held_out_of_sight(feature: Feature) -> Violated | None:
    """What a player's client holds out of sight; None where all may know it, or nothing is said."""
    for part in feature.sync.data:
        if part.shown.has("part") and not part.visible_to.has("all") and not part.decided_by.has("client"):
            name = f"`{part.name}`" if part.name.content else "the state"
            what = (
                "may not know"
                if part.visible_to.content
                else "cannot see, behind walls, far away or on another map"
            )
            return Violated(
                f"A client holds of {name} also what its player {what}: a changed client shows it.",
                part.shown,
                (feature.fan_out.audience,) if feature.fan_out.audience.content else (),
                when="it is only out of sight",
            )
    return None


def _is_sent_to_all(feature: Feature, secrets: Sequence[Field[str]]) -> None:
    """Ends the rule unless a message is stated to go, without a filter, to more than may know it.

    Raises:
        NotApplicable: it goes to those alone who may know it.
        Undecided: the spec does not say to whom it goes.

    """
    filtered, audience = feature.fan_out.filtered, feature.fan_out.audience
    if not filtered.is_none or not audience.is_stated:
        raise Undecided(filtered if not filtered.is_stated else audience)
    is_room = audience.has("room") and all(part.has("group") for part in secrets)
    if is_room or not audience.has("room", "everyone"):
        raise NotApplicable("a message goes to those alone who may know it")


@rule
def watchers_tell_players(feature: Feature) -> Outcomes:
    """Those who watch see live what the players may not know of each other."""
    watchers = feature.fan_out.watchers
    said = [part.visible_to for part in feature.sync.data if part.visible_to.is_stated]
    if not watchers.is_stated and feature.serves("game") and feature.secrets:
        raise Undecided(watchers)
    if not watchers.is_there:
        raise NotApplicable("nobody is said to watch a game")
    if watchers.has("delayed", "public"):
        yield Passed(f"what those see who watch: {watchers}")
        return
    if said and all(part.has("all") for part in said) and len(said) == len(feature.sync.data.items):
        raise NotApplicable("all players may know all of it")
    if not watchers.has("live"):
        raise Undecided(watchers)
    yield Violated(
        "Those who watch see all that is there at once: a second account, or a friend on the phone, gives a "
        "player what the others hide.",
        watchers,
        tuple(said[:1]),
        when="" if feature.secrets else "nothing is said to be secret",
    )
