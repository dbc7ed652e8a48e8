"""What is computed, decided or judged at several ends, and whether they agree."""

from rtreview.language import catalogue
from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated
from rtreview.language.sections.sync import Data
from rtreview.language.sections.workload import MACHINES
from rtreview.numbers.expression import named, term
from rtreview.quantities.quantity import Count, Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

NOTICED = Duration(0.08)
"""From this round trip on, a target that moves is elsewhere when an act arrives (act-judged-on-arrival)."""

EDITED = "text", "list", "tree"
"""Shapes of what lies before all of them, such as the cards of a table (client-decides)."""

ONE_KIND = 1
"""Clients of one kind may share processor and compiler (replicas-part-unseen)."""


@rule
def replicas_part_unseen(feature: Feature) -> Outcomes:
    """Each end computes the state by itself, and nobody sees when two of them differ."""
    replicas, clients = feature.sync.replicas, feature.workload.clients
    compared, after = replicas.compared, replicas.on_difference
    if not replicas.is_there:
        raise NotApplicable("no end is said to compute the state by itself")
    differ = clients.content is not None and (len(clients.content) > ONE_KIND or clients.has(("mobile",)))
    if after.is_none or compared.is_none:
        absent: Part = compared if compared.is_none else after
        what = "nothing compares the states" if compared.is_none else "a difference changes nothing"
        cause = "a lost input or a rounding" if replicas.numbers.has("float") else "one lost or late input"
        yield Violated(
            f"Each end computes the state by itself from the inputs, and {what}: after {cause} two ends go "
            f"on with different states{'.' if compared.content else ', and neither knows.'}",
            absent,
            (replicas.numbers,) if replicas.numbers.is_stated else (),
            when="states are compared" if compared.content else "",
        )
    elif replicas.numbers.has("float") and differ and not after.has("resync"):
        yield Violated(
            f"Each end computes with floating point, on {clients}, whose processors and compilers round "
            "differently: states part without any loss.",
            replicas.numbers,
            (clients,),
        )
    elif compared.content and after.has("shown"):
        yield Violated(
            "Each end computes the state by itself from the inputs, and who differs is told and no more: "
            "after one lost or late input the session is over for that user.",
            after,
            (compared,),
            when="who differs is told",
        )
    elif compared.content and after.content:
        yield Passed(f"states are compared every {compared}, and a difference ends in {after}")
    elif not compared.is_stated:
        message = f"Each end computes the state by itself; the spec does not say `{compared.dotted}`."
        raise Unstated(compared, message=message)
    else:
        raise Undecided(after)


@rule
def copies_part_unseen(feature: Feature) -> Outcomes:
    """Each node has its own copy of the same state, and nobody sees when two of them differ."""
    topology, compared = feature.topology, feature.topology.state.compared
    copied = next(
        (part for part in (topology.state.room, topology.state.presence) if part.has("copies")), None
    )
    if feature.connection.holders.has(Count(1)):
        raise NotApplicable("there is one node")
    if apart := _kept_apart(feature):
        yield apart
    if copied is None:
        if apart:
            return
        raise NotApplicable("no node is said to have a copy of what others have")
    if compared.content:
        yield Passed(f"copies are compared or rebuilt every {compared}")
        return
    if reason := _meets_again(feature, copied):
        yield Passed(reason)
        return
    backplane = topology.backplane
    parting = (
        (feature.sync.clock, feature.sync.clock.has("arrival")),
        (backplane.on_loss, backplane.on_loss.is_none),
        (backplane.guarantee, backplane.guarantee.has("at-most-once")),
    )
    causes = tuple(part for part, is_cause in parting if is_cause)
    if not compared.is_none and not causes:
        message = f"Each node has a copy of its own; the spec does not say `{compared.dotted}`."
        raise Unstated(compared, message=message)
    cleared = (
        "" if compared.is_none else f" Cleared where `{compared.dotted}` says how often they are compared."
    )
    yield Violated(
        "Each node has a copy of its own that messages change: one that is lost, or comes in another order, "
        f"leaves two nodes with different states: nothing shows it, and it stays.{cleared}",
        copied,
        (*((compared,) if compared.is_none else ()), *causes),
        when="" if compared.is_none else "whether copies are compared is open",
    )


def _kept_apart(feature: Feature) -> Violated | None:
    """A room that each of several nodes has in its own memory, while its members come to any of them."""
    topology, holders = feature.topology, feature.connection.holders
    # The system shares connections out among the processes of a node, unless something leads them.
    are_workers = holders.key == "processes" and not topology.routing.content
    if holders.content is None or not (are_workers or topology.routing.has("any")):
        return None
    leads = topology.backplane.consume.has("by-owner") or feature.fan_out.owner.content
    if topology.registry.is_there or leads or feature.transport.service.content:
        return None
    if feature.connection.is_polling:
        # The next poll alone decides it: see polling-without-affinity.
        return None
    room = topology.state.room
    spread: Part = holders if are_workers else topology.routing
    any_ = f"any of {holders} {'processes' if holders.key == 'processes' else 'nodes'}"
    if room.has("node") and feature.serves("game", "collaborative-editing") and not feature.merges_by("crdt"):
        return Violated(
            f"What goes on in a room is in the memory of one, and its members come to {any_}: two have it "
            "twice, and each member sees the state of its own. Cleared where "
            f"`{topology.routing.dotted}: by-room` or `{feature.fan_out.owner.dotted}` says who has a room.",
            room,
            (spread,),
            when="nothing says who has a room",
        )
    return None


def _meets_again(feature: Feature, copied: Field[str]) -> str:
    """What brings copies that have parted together again; empty where nothing does."""
    backplane, shown = feature.topology.backplane, feature.presence
    if backplane.on_loss.has("replay") and backplane.guarantee.has("at-least-once"):
        return "each node reads one log, and after a break goes on where it was"
    if feature.exchanges_lacks and backplane.on_loss.has("resync", "replay"):
        return "copies that were apart exchange what each one lacks"
    library = catalogue.find(feature.transport.library)
    if copied.key == "presence" and library and library.has("joins-copies"):
        return f"the nodes of {library.name} exchange what each one's list lacks"
    if copied.key == "presence" and shown.ttl.content and shown.refresh.content:
        return f"each entry is renewed every {shown.refresh}, and ends after {shown.ttl} without"
    return ""


@rule
def client_decides(feature: Feature) -> Outcomes:
    """The server takes what a client says of itself."""
    parts = [part for part in feature.sync.data if part.decided_by.is_stated]
    if not parts and feature.serves("game") and feature.sync.data.items:
        raise Undecided(feature.sync.data.items[0].decided_by)
    if not parts:
        raise NotApplicable("nothing is said of who decides a value")
    if feature.workload.only(*MACHINES):
        raise NotApplicable("only machines of one's own connect")
    for part in parts:
        name = f"`{part.name}`" if part.name.content else "a value"
        if part.decided_by.has("server", "checked"):
            yield Passed(f"{name}: {part.decided_by}")
        elif part.shape.has("command") and feature.sync.replicas.is_there:
            yield Passed(f"{name} is an input of its sender, and every end computes what follows from it")
        elif _has_no_rules(feature) and not part.visible_to.has("owner"):
            yield Passed(f"{name} is moved by hand at every end, and the program keeps no rules")
        elif not (feature.serves("game", "commands") or part.shape.has("counter", "invariant")):
            yield Passed(f"{name} is its sender's own, and decides nothing for others")
        elif part.shape.has(*EDITED) and feature.writers.has("many"):
            yield Passed(f"{name} is edited by whoever may, and nobody wins by another value")
        elif not _wins_by(part) and part.visible_to.has("all") and feature.workload.rooms.by.has("secret"):
            yield Violated(
                f"The server takes {name} as a client reports it and tells all others, and only they can see "
                "whether it is so.",
                part.decided_by,
                (feature.workload.rooms.by,),
                "only invited people play, and all of them see it",
            )
        else:
            yield Violated(
                f"The server takes {name} as a client reports it and tells all others: a changed client "
                "teleports, scores or pays what it likes.",
                part.decided_by,
                (feature.purpose,) if feature.purpose.is_stated else (),
                "" if _wins_by(part) else "it may decide nothing",
            )


def _has_no_rules(feature: Feature) -> bool:
    """Whether people move things as at a table: each act is carried out at every end, and seen there."""
    parts = feature.sync.data.items
    by_hand = all(part.decided_by.has("client") for part in parts) and len(parts) > 1
    return by_hand and feature.sync.replicas.is_there and any(part.shape.has(*EDITED) for part in parts)


def _wins_by(part: Data) -> bool:
    """Whether another value is worth something by its kind: a score, a price, an act."""
    return part.shape.has("counter", "invariant", "command")


@rule
def act_judged_on_arrival(feature: Feature) -> Outcomes:
    """An act is held against a world that its sender did not see."""
    judged, rtt = feature.sync.judged, feature.workload.rtt
    if not judged.is_stated and feature.serves("game") and feature.holds("command"):
        raise Undecided(judged)
    if not judged.is_stated:
        raise NotApplicable("nothing is said of when an act is judged")
    if judged.has("seen"):
        yield Passed("an act is judged as its sender saw the others")
        return
    if rtt.content is None:
        yield Violated(
            "An act is judged when it arrives: what it was aimed at has moved on by a round trip and by what "
            "the client smooths.",
            judged,
        )
        return
    trip = named("round trip", term(rtt))
    note = "What an act is aimed at has moved on when it arrives and is judged."
    yield Limit("the round trip", trip, "what passes unseen", NOTICED, note=note, at=judged, propose=())


@rule
def both_ends_begin(feature: Feature) -> Outcomes:
    """Both ends begin at once, and neither gives way."""
    begins = feature.sync.begins
    if not begins.is_stated and feature.serves("signalling"):
        raise Undecided(begins)
    if not begins.is_stated:
        raise NotApplicable("nothing is said of who begins")
    if begins.has("one-side", "tie-break"):
        yield Passed(f"who begins: {begins}")
        return
    yield Violated(
        "Either end may begin, and nothing is decided for two that begin at once: both wait for an answer to "
        "what the other has refused, and the connection is broken.",
        begins,
        (feature.transport.kind,) if feature.transport.kind.is_stated else (),
    )


def _is_told_of_its_source(feature: Feature) -> bool:
    """Whether a value is sent when it changes, and is marked when a broker says that its source is gone."""
    is_marked = feature.sync.values.shown_as.has("marked", "blank")
    return is_marked and feature.presence.will.is_there and feature.workload.messages.when.has("change")


@rule
def old_value_shown_as_new(feature: Feature) -> Outcomes:
    """The last value is shown as the current one, however old it is."""
    parts = [part for part in feature.sync.data if part.old_after.is_stated]
    staleness, silence = feature.targets.staleness.content, feature.workload.messages.silence
    if not parts:
        raise NotApplicable("no age is stated at which a value is old: see old-value-looks-new")
    for part in parts:
        name = f"`{part.name}`" if part.name.content else "the last value"
        if part.old_after.content is not None and staleness is not None:
            yield Limit(
                "the age of what is shown as current",
                part.old_after,
                "the allowed staleness",
                feature.targets.staleness,
                or_equal=True,
            )
        elif part.old_after.content is not None:
            yield Passed(f"{name} is shown as old after {part.old_after}")
        elif _is_told_of_its_source(feature):
            yield Passed(f"{name} counts until its source changes it or is gone, which a will tells")
        else:
            often = f"; none may come for {silence}" if silence.content is not None else ""
            yield Violated(
                f"A receiver shows {name} as the current one, however old it is{often}: nobody sees that its "
                "source is gone.",
                part.old_after,
                (silence,) if silence.content is not None else (),
            )


@rule
def parts_shown_apart(feature: Feature) -> Outcomes:
    """What belongs together travels apart, and is shown when it comes."""
    together = feature.sync.together
    if not together.is_stated and feature.serves("media") and len(feature.sync.data.items) > 1:
        raise Undecided(together)
    if not together.is_stated:
        raise NotApplicable("nothing is said to belong together that travels apart")
    if together.content:
        yield Passed(f"what belongs together meets again: {together}")
        return
    if len(feature.sync.data.items) == 1 and not feature.serves("media"):
        raise NotApplicable("there is one kind of data, and nothing beside it")
    yield Violated(
        "What is shown together travels apart, and each part is shown when it comes: one is ahead of the "
        "other by what their ways differ in.",
        together,
    )


@rule
def counted_again(feature: Feature) -> Outcomes:
    """Anybody raises a count as often as they like."""
    parts = [part for part in feature.sync.data if part.counted_per.is_stated]
    counters = [part for part in feature.sync.data if part.shape.has("counter")]
    if not parts and counters and feature.writers.has("many"):
        raise Undecided(counters[0].counted_per)
    if not parts:
        raise NotApplicable("nothing is said of whose count is taken once")
    for part in parts:
        name = f"`{part.name}`" if part.name.content else "a count"
        if part.counted_per.has("user", "device"):
            yield Passed(f"one is taken for each {part.counted_per}")
        elif part.counted_per.has("act"):
            yield Passed("each act is meant to count, whoever does it")
        else:
            yield Violated(
                f"Each request raises {name}, whoever sends it: one person, or one who sends again after a "
                "loss, counts several times.",
                part.counted_per,
            )
