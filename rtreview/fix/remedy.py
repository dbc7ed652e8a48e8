"""The fix of a finding as a change of the spec, where numbers or a pattern decide which.

Here and in `remedies/` alone is known which changes there are, and which of them somebody has to think about
first. A remedy deletes no statement, lowers no target, and states no other workload than there is.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TypeVar

from rtreview.fix import remedies
from rtreview.language.design import Design, Feature
from rtreview.language.field import Field, NotApplicable, Undecided
from rtreview.language.section import Section
from rtreview.quantities.quantity import USUAL_SPANS, Count, Duration, notation
from rtreview.quantities.unchanging import unchanging
from rtreview.reviews.report import Review
from rtreview.rulebook.finding import Finding, Verdict
from rtreview.text.place import dotted, stands_in

BUILD = "it is true only when it is built"
WAIT = "people wait for longer, or learn of a loss later"
LOSS = "a client that is slow gets less, or is cut off"
DATA = "it changes how the state is kept in sync"
KEPT = "it changes what is kept, and so what it costs"
MACHINES = "it costs machines"
DEPLOYMENT = "a deployment takes longer, and the platform has to wait for it"
AGE = "new nodes fill up more slowly"
"""What somebody has to think about before a change is made."""

REPLAY = ("epoch=true", "retention=2m", "on_gap=snapshot")
"""What a client that returns continues from its position in (reconnect-without-resume)."""

MARGIN = 1.2
"""How much more is proposed than just does: a grace of 12 s for a first delay of 10 s, 12 nodes for 10."""

_DECIDED = {
    "transport.path": BUILD,
    "transport.max_message": BUILD,
    "transport.poll": MACHINES,
    "transport.heartbeat": WAIT,
    "transport.reconnect": WAIT,
    "transport.resume": KEPT,
    "access.token_ttl": BUILD,
    "presence": WAIT,
    "backpressure": LOSS,
    "operations.connection_max_age": AGE,
    "topology.nodes": MACHINES,
    "topology.node.memory": MACHINES,
}
"""What a team decides by itself, so that its smallest change can be proposed, and what to think about.

What a node manages, how large a snapshot is, or how many queries a client causes are facts: work changes
them, and no spec does.
"""


@unchanging()
class Remedy:
    """A change of the spec that ends a finding.

    `settings` are fields and values, as `rtreview simulate --set` takes them. `thought` is what somebody has
    to think about first. It is empty where the change is safe: it touches no promise, costs nothing of note,
    and makes nothing worse that people see. `beside` says why a field changes along that the finding is not
    about.
    """

    settings: tuple[str, ...]
    thought: str = ""
    beside: str = ""

    @property
    def is_safe(self) -> bool:
        """Whether nobody has to think about it first."""
        return not self.thought


MakesRemedy = Callable[[Finding, Feature], Remedy | None]
W = TypeVar("W", bound=MakesRemedy)

_registered: dict[str, MakesRemedy] = {}


def remedy_for(*rules: str) -> Callable[[W], W]:
    """Register what makes the remedy for the findings of some rules.

    It gets the first of the features that a finding is about. What it raises because a number is missing
    means that it knows no remedy.
    """

    def register(way: W) -> W:
        _registered.update(dict.fromkeys(rules, way))
        return way

    return register


@cache
def registered() -> dict[str, MakesRemedy]:
    """What is registered, by rule."""
    for module in pkgutil.iter_modules(remedies.__path__):
        importlib.import_module(f"{remedies.__name__}.{module.name}")
    return _registered


def with_proposals(review: Review) -> Review:
    """A review whose faults have the change that ends each, the same for all who show them."""
    findings = []
    for finding in review.findings:
        found = remedy(finding, review.design) if finding.verdict is Verdict.VIOLATED else None
        findings.append(
            finding._replace(proposed=found.settings, thought=found.thought, beside=found.beside)
            if found
            else finding
        )
    return replace(review, findings=tuple(findings))


def first_feature(finding: Finding, design: Design) -> Feature:
    """The first of the features that a finding is of; of one that names none, the first of the design."""
    return next(
        (feature for feature in design.features if feature.name in finding.features), design.features[0]
    )


def remedy(finding: Finding, design: Design) -> Remedy | None:
    """The fix of a finding as a change; nothing where a person has to find one.

    What the references recommend comes before the smallest change that a comparison knows.
    """
    feature = first_feature(finding, design)
    make = registered().get(finding.rule)
    try:
        change = make(finding, feature) if make else None
    except (NotApplicable, Undecided):
        change = None
    change = change if change and change.settings else _smallest(finding, feature)
    if change and any(_is_listed(feature, setting.partition("=")[0]) for setting in change.settings):
        # Which of several values is to change is for people to say.
        return None
    return change


def _is_listed(feature: Feature, path: str) -> bool:
    """Whether the field at a path has several values."""
    *names, key = path.split(".")
    names = names[2:] if names[:1] == ["features"] else names
    try:
        section = section_of(feature, ".".join(names))
        field = getattr(section, section.KEYS[key])
    except (AttributeError, KeyError):
        return False
    if not isinstance(field, Field):
        return False
    several = field.content if isinstance(field.content, tuple) else ()
    return len(several) > 1 or (field.within is not None and field.within.each)


def _smallest(finding: Finding, feature: Feature) -> Remedy | None:
    """The smallest change of something that the team decides."""
    change = finding.comparison.change if finding.comparison else None
    if change is None:
        return None
    field, value = change
    for name, thought in _DECIDED.items():
        first, *inner = name.split(".")
        decided = ".".join((dotted(section_of(feature, first).at), *inner))
        if stands_in(field, decided):
            if name == "topology.nodes":
                value = _with_room(value, feature.connection.topology.nodes)
            return Remedy((f"{field}={value}",), thought)
    return None


def _with_room(value: str, nodes: Field[Count]) -> str:
    """So many nodes, and more of them where more are needed, so that they are not full from the first day."""
    needed, today = Count.parse(value), nodes.content
    is_more = today is not None and needed > today
    return notation(Count(math.ceil(needed.amount * MARGIN))) if is_more else value


def section_of(feature: Feature, name: str) -> Section:
    """A section of a feature: `transport.resume`. Servers and their operation are those of its connection."""
    first, *inner = name.split(".")
    section = getattr(feature.connection if first in ("topology", "operations") else feature, first)
    for key in inner:
        section = getattr(section, key)
    return section  # type: ignore[no-any-return]


def setting(section: Section, *values: str, thought: str = "") -> Remedy:
    """A remedy that sets fields of one section: `jitter=full`."""
    return Remedy(tuple(f"{dotted(section.at)}.{value}" for value in values), thought)


def resumed(feature: Feature, *replay: str, thought: str = "") -> Remedy:
    """A client that returns names a position; of an event stream its browser does, where events have ids."""
    transport = feature.transport
    if not transport.kind.has("sse"):
        return setting(transport.resume, "by=offset", *replay, thought=thought)
    ids = None if transport.event_ids.has(True) else setting(transport, "event_ids=true")
    return joined(ids, setting(transport.resume, "by=last-event-id", *replay, thought=thought))


def joined(*parts: Remedy | None) -> Remedy:
    """Several remedies as one; what one of them gives to think about holds for all."""
    there = [part for part in parts if part is not None]
    settings = dict.fromkeys(entry for part in there for entry in part.settings)
    thought, beside = (
        next(filter(None, (getattr(part, name) for part in there)), "") for name in ("thought", "beside")
    )
    return Remedy(tuple(settings), thought, beside)


def below(seconds: float) -> str:
    """The longest usual span that is shorter."""
    fitting = [span for span in USUAL_SPANS if span < seconds]
    return notation(Duration(fitting[-1]) if fitting else Duration(seconds / 2).rounded)


def at_most(seconds: float) -> str:
    """The longest usual span that is no longer."""
    return below(seconds * (1 + 1e-9))


def above(seconds: float) -> str:
    """The shortest usual span that is no shorter; from an hour on, tens of minutes, and then hours."""
    step = 600 if seconds < 36_000 else 3600
    usual = next((span for span in USUAL_SPANS if seconds <= span <= 3600), math.ceil(seconds / step) * step)
    return notation(Duration(usual))
