"""What the nodes themselves wait for: its outage, and their return to it."""

from typing import Any

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated
from rtreview.language.sections.servers import Dependency
from rtreview.numbers.expression import leaves, named, term
from rtreview.numbers.fan_out import published
from rtreview.numbers.reconnection import connections_per_node, final_end, is_exact
from rtreview.quantities.quantity import Count, Duration
from rtreview.rulebook.outcome import Limit, Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

FEW = Count(10)
"""Up to so many nodes, a return in step is a peak that most databases take."""

STOP = Duration(1)
"""A pause of all streams that people notice (blocking-call-stalls-streams)."""

RUSH = Duration(10)
"""A return that takes longer than this is one that people wait for (blocking-call-stalls-streams)."""

_OCCASIONS = {
    "connect": "client that connects",
    "message": "message",
    "heartbeat": "heartbeat",
    "poll": "poll",
    "sweep": "client of a sweep",
}
_ALL = {"connect": "the calls of a node's clients that all return", "sweep": "the calls of one sweep"}


def _waits_for_something(feature: Feature) -> None:
    """End a rule where the nodes are not said to wait for anything."""
    if feature.dependencies.is_none:
        raise NotApplicable("the nodes wait for nothing")
    if not feature.dependencies.items:
        raise NotApplicable("no dependency is stated")


def _never_back(part: Dependency) -> Violated | None:
    """Nodes that have lost a dependency, and are stated not to return to it by themselves."""
    plan, end = part.reconnect, final_end(part.reconnect)
    until = "its outage lasts until a restart."
    if plan.is_none and not part.is_none:
        return Violated(f"Nodes that have lost `{part.key}` do not return to it: {until}", plan)
    if end is None or not plan.supervised.is_stated or plan.supervised.content:
        return None
    clause, at = end
    sentence = f"When nodes return to `{part.key}`, {clause}, and nothing begins them anew: {until}"
    return Violated(sentence, at, (plan.supervised,))


@rule
def dependency_outage_spreads(feature: Feature) -> Outcomes:
    """A dependency is down, and the nodes go down with it."""
    _waits_for_something(feature)
    asked: list[Field[Any]] = []
    for part in feature.dependencies:
        word, limit = part.when_down, part.limit
        if lost := _never_back(part):
            yield lost
        if part.is_none:
            yield Passed(f"nothing waits for `{part.key}`")
        elif word.is_none:
            yield Violated(
                f"Nothing is decided for an outage of `{part.key}`, for which clients of the nodes wait.",
                word,
            )
        elif word.has("block"):
            yield Violated(
                f"While `{part.key}` is down, a node that asks for it stands still: it answers no heartbeat, "
                "and loses all of its clients.",
                word,
            )
        elif word.has("queue") and limit.is_none:
            yield Violated(
                f"While `{part.key}` is down, what needs it waits in the nodes' memory without a limit.",
                limit,
                (word,),
            )
        elif word.has("queue") and not limit.is_stated:
            message = f"While `{part.key}` is down, what needs it waits in the memory of the nodes; the spec"
            raise Unstated(limit, message=f"{message} does not say `{limit.dotted}`.")
        elif word.has("queue"):
            yield Passed(f"at most {limit} wait while `{part.key}` is down")
        elif word.content:
            yield Passed(f"while `{part.key}` is down, what needs it goes on: {word}")
        else:
            asked.append(word)
    if asked:
        raise Undecided(*asked)


@rule
def blocking_call_stalls_streams(feature: Feature) -> Outcomes:
    """A call holds the loop that serves all streams of a node, so that each of them waits for it."""
    _waits_for_something(feature)
    asked: list[Field[Any]] = []
    for part in feature.dependencies:
        if not part.blocking.content:
            if part.blocking.is_stated:
                yield Passed(f"no stream waits for a call of `{part.key}`")
            continue
        if part.per.is_none:
            yield Passed(f"nothing that clients do causes a call of `{part.key}`")
        elif not part.per.content:
            asked.append(part.per)
        for occasion in part.per.content or ():
            limit = _held(feature, part, occasion)
            if all(leaf.content is not None for leaf in leaves(limit.left, limit.right)):
                yield limit
                continue
            takes = part.call_time.content
            wait = f"for {takes}, and longer" if takes else "for as long as it takes, and for longer"
            yield Violated(
                f"Each {_OCCASIONS[occasion]} calls `{part.key}` in the loop that serves all streams: all of "
                f"the node wait {wait} when `{part.key}` is slow.",
                part.blocking,
                (part.per, part.call_time) if takes else (part.per,),
                when="the spec does not count the calls",
            )
    if asked:
        raise Unstated(*asked)
    if not any(part.blocking.is_stated for part in feature.dependencies):
        raise NotApplicable("no call is said to block")


def _held(feature: Feature, part: Dependency, occasion: str) -> Limit:
    """What calls of one occasion take of the loop of a node, against what leaves it to its streams."""
    connection, topology = feature.connection, feature.topology
    clients, takes = connections_per_node(connection), term(part.call_time)
    if occasion in ("sweep", "connect"):
        most, than = (STOP, "the time of a stop") if occasion == "sweep" else (RUSH, "the time of a return")
        what = f"the time for which {_ALL[occasion]} hold the loop"
        return Limit(what, named("calls one by one", clients * takes), than, most, at=part.blocking)
    if occasion == "message":
        rate = named("messages at one node", published(feature) / topology.nodes)
    elif occasion == "poll":
        rate = named("polls at one node", clients / connection.transport.poll.every)
    else:
        rate = named("heartbeats at one node", clients / connection.transport.heartbeat.interval)
    half = named("calls in half of a loop's time", 1 / takes / 2)
    what = f"the rate of calls of `{part.key}`"
    return Limit(what, rate, "what half of the loop's time answers", half, or_equal=True, at=part.blocking)


@rule
def dependency_reconnect_without_jitter(feature: Feature) -> Outcomes:
    """All nodes return to a dependency at the same moment."""
    _waits_for_something(feature)
    nodes = feature.topology.nodes
    if nodes.has(Count(1)):
        raise NotApplicable("one node returns alone")
    asked: list[Field[Any]] = []
    for part in feature.dependencies:
        plan = part.reconnect
        if plan.is_none:
            yield Passed(f"nothing returns to `{part.key}`")
        elif is_exact(plan):
            at = plan.jitter if plan.jitter.is_stated else plan.strategy
            count = nodes.content
            who = f"the {count} nodes" if count else "all nodes"
            yield Violated(
                f"When `{part.key}` comes back, {who} return to it at the same moment, with all that waited.",
                at,
                (nodes,) if count else (),
                when="" if count and count > FEW else "there are few nodes, or they are not counted",
            )
        elif not plan.jitter.is_stated and not plan.first_delay.is_stated:
            asked.append(plan.jitter)
        else:
            yield Passed(f"the nodes return to `{part.key}` apart from one another")
    if asked:
        raise Undecided(*asked)
