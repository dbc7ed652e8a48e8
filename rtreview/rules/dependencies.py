"""What the nodes themselves wait for: its outage, and their return to it."""

from typing import Any

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated
from rtreview.numbers.reconnection import final_end, is_exact
from rtreview.quantities.quantity import Count
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.rulebook.rulebook import rule

FEW = Count(10)
"""Up to so many nodes, a return in step is a peak that most databases take."""


def _waits_for_something(feature: Feature) -> None:
    """End a rule where the nodes are not said to wait for anything."""
    if feature.dependencies.is_none:
        raise NotApplicable("the nodes wait for nothing")
    if not feature.dependencies.items:
        raise NotApplicable("no dependency is stated")


@rule
def dependency_outage_spreads(feature: Feature) -> Outcomes:
    """A dependency is down, and the nodes go down with it."""
    _waits_for_something(feature)
    asked: list[Field[Any]] = []
    for part in feature.dependencies:
        word, limit = part.when_down, part.limit
        if part.reconnect.is_none and not part.is_none:
            yield Violated(
                f"Nodes that have lost `{part.key}` do not return to it: its outage lasts until a restart.",
                part.reconnect,
            )
        if (end := final_end(part.reconnect)) and (watch := part.reconnect.supervised).is_stated:
            clause, at = end
            if not watch.content:
                yield Violated(
                    f"When nodes return to `{part.key}`, {clause}, and nothing begins them anew: its outage "
                    "lasts until a restart.",
                    at,
                    (watch,),
                )
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
