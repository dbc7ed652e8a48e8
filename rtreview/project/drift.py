"""What a design states, held against what the files of its deployment fix.

Only two literal values that differ are a finding. It stands at the line of the deployment, with the
arithmetic of the design done again with what really runs; the rest is listed. Beside it stands what the
files show to be wrong by themselves.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rtreview.evidence import evidence, faults
from rtreview.evidence.deployment import Fact, Fault, Line, is_for_development
from rtreview.evidence.evidence import Evidence
from rtreview.evidence.joining import CLIENT, SERVERS
from rtreview.evidence.route import along, meant
from rtreview.evidence.way import AT_ONCE, PATH, Way
from rtreview.language import catalogue
from rtreview.language.design import Feature
from rtreview.language.field import Bounded, Field
from rtreview.language.section import Section
from rtreview.language.sections.transport import Hop
from rtreview.language.spec import notation_at
from rtreview.quantities.quantity import Quantity, as_written, notation
from rtreview.reviews import corners, engine
from rtreview.reviews.faults import finding, reviews
from rtreview.reviews.policy import Policy
from rtreview.reviews.reading import Reading
from rtreview.reviews.report import DRIFT, Deployed, DeployedAs, Review, Standing
from rtreview.rulebook.finding import Finding, Severity, Verdict
from rtreview.simulate.simulation import varied
from rtreview.text import kept
from rtreview.text.place import SpecPath, dotted
from rtreview.text.refusal import Refused

if TYPE_CHECKING:
    from rtreview.text.git import Revision

MOST_TRIED = 500
"""Features of a design that are reviewed once more with what runs, all values together."""

_AS_ONE = 100
"""Combinations of ranges that count as one more of these features: they take about as long."""

MOST_NAMED = 4
"""Ways that are named one by one."""

OF_HOPS = ("idle_timeout", "affinity")
OF_PROCESSES: tuple[SpecPath, ...] = (
    ("topology", "nodes"),
    ("topology", "node", "memory"),
    ("operations", "termination_grace"),
    ("operations", "stop_delay"),
    ("operations", "autoscale_on"),
)
OF_PROGRAMS: tuple[SpecPath, ...] = (
    ("transport", "heartbeat", "interval"),
    ("transport", "heartbeat", "timeout"),
    ("backpressure", "inbound", "max_message"),
    ("topology", "backplane", "kind"),
    ("topology", "backplane", "adapter"),
)
"""What most formats have a line for, so that its absence says that nobody has set it."""

PRODUCTS: tuple[SpecPath, ...] = (*SERVERS, CLIENT, ("transport", "kind"))
"""Of what a program may have several, so that one takes nothing from another."""

_Found = TypeVar("_Found", Deployed, Fault)

_Of = tuple[Evidence, tuple[str, ...]]
"""The files that say something, and the features that it is about."""

SILENT = "no line that is read here sets it"


def with_deployment(
    review: Review, policy: Policy, base: Revision | None = None, now: Revision | None = None
) -> list[Review]:
    """A review with what the files say that its design names, and a review of each of them with a finding.

    Args:
        review: of a design, with its reading.
        policy: how it was reviewed.
        base: where the files are read as they were; as they are without one.
        now: the repository whose files count, although a change has git ignore them.

    """
    design = review.reading.design if review.reading else None
    if design is None or review.unreviewed:
        return [review]
    gathered: dict[tuple[str, ...], Evidence] = {}
    standing: dict[Deployed, _Of] = {}
    wrong: dict[Fault, _Of] = {}
    named: list[DeployedAs] = []
    for feature in design.features:
        if not feature.deployed_as.paths.content:
            continue
        named.append(_named(feature, review))
        said, ways, own = _of_feature(feature, named[-1], review, gathered, (base, now))
        own = own if policy.runs(DRIFT) else []
        for each in own:
            _shared(standing, each, said, feature)
        differing = {each.line for each in own if each.standing is Standing.DISAGREES}
        for fault in faults.faults(ways[0]) if len(ways) == 1 else ():
            # Where the line of a hop disagrees, its arithmetic is done with the design.
            if policy.runs(fault.rule) and not (fault.rule == faults.HEARTBEAT and fault.line in differing):
                _shared(wrong, fault, said, feature)
    order = list(Standing)
    deployment = sorted(
        (each._replace(features=names) for each, (_, names) in standing.items()),
        key=lambda each: order.index(each.standing),
    )
    found: dict[tuple[str, Finding], Evidence] = {}
    trials = _Trials(review, policy, [each for each in deployment if each.standing is Standing.DISAGREES])
    for each, (said, names) in standing.items():
        if each.standing is Standing.DISAGREES:
            found[each.line.file, _finding(each._replace(features=names), trials, said)] = said
    for fault, (said, names) in wrong.items():
        found[fault.line.file, finding(fault, said, policy.rulebook, names)] = said
    said_of = replace(review, deployment=tuple(deployment), deployed_as=tuple(dict.fromkeys(named)))
    return [said_of, *reviews(found)]


def still_runs(was: DeployedAs, now: Sequence[DeployedAs], base: Revision) -> bool:
    """Whether the way that a design named is there as it was, and none of what it names now covers it.

    A file of it that the change has moved is looked for where it is. What is a submodule now may be the same.
    """
    home = kept.repository(Path())
    moved = [new for path in was.paths for name in base.below(path) if (new := base.now(name))]
    left = [
        path
        for path in _uncovered((*was.paths, *moved), was, now)
        if os.path.lexists(path) and kept.is_inside(Path(path), home)
    ]
    if any(base.has_new_submodule(path) for path in left):
        return True
    if not left:
        return False
    before, after = (
        {(way.prefix, way.hops) for way in meant(said.ways, was.route)}
        for said in (evidence.gather(was.paths, base), evidence.gather(left, now=base))
    )
    return not before.isdisjoint(after)


def added_beside(was: DeployedAs, now: Sequence[DeployedAs], base: Revision) -> tuple[str, ...]:
    """The files of such a way that the change adds and that a design does not name.

    What it names now may be a copy, and these what was moved. Without hops, the process is called as it was.
    """
    added = [name for name in _uncovered(base.added(), was, now) if os.path.isfile(name)]  # noqa: PTH113
    said = evidence.gather(added)
    before, after = (
        {(way.prefix, way.hops or way.called) for way in meant(each.ways, was.route)}
        for each in (evidence.gather(was.paths, base), said)
    )
    return () if before.isdisjoint(after) else tuple(file.name for file in said.files)


def _uncovered(paths: Iterable[str], was: DeployedAs, now: Sequence[DeployedAs]) -> list[str]:
    """The files and folders that are in nothing that a design names now for the same route."""
    covered = [Path(path) for each in now if each.route == was.route for path in each.paths]
    return [path for path in paths if not any(Path(path).is_relative_to(each) for each in covered)]


def _named(feature: Feature, review: Review) -> DeployedAs:
    """What a feature names as its deployment, by paths from the working folder."""
    folder = os.path.dirname(review.path)  # noqa: PTH120 - a path is text here
    paths = (os.path.normpath(os.path.join(folder, path)) for path in feature.deployed_as.paths.content or ())  # noqa: PTH118
    return DeployedAs(tuple(paths), feature.deployed_as.route.content)


def _shared(found: dict[_Found, _Of], what: _Found, said: Evidence, feature: Feature) -> None:
    """Add what is found of a feature: those that share a connection or a way share what is found of it."""
    names: tuple[str, ...] = found[what][1] if what in found else ()
    found[what] = (said, tuple(dict.fromkeys((*names, *feature.names))))


def _of_feature(
    feature: Feature,
    named: DeployedAs,
    review: Review,
    gathered: dict[tuple[str, ...], Evidence],
    at: tuple[Revision | None, Revision | None],
) -> tuple[Evidence, list[Way], list[Deployed]]:
    """What the files say that a feature names, the ways that it may mean, and how its fields stand.

    The files are read once for all features.
    """
    home = kept.repository(Path(review.path).parent)
    base, _ = at
    inside = tuple(
        name
        for name in named.paths
        # A link of today says nothing of what was.
        if (base.covers(name) if base else kept.is_inside(Path(name), home))
    )
    if inside not in gathered:
        gathered[inside] = evidence.gather(inside, *at)
    said = gathered[inside]
    place = review.document.place(feature.deployed_as.paths.at)
    own = Line(review.path, place.span.line, "deployed_as")

    def open_(why: str) -> Deployed:
        return Deployed(Standing.OPEN, place, "", "", own, why, of=named)

    found = [open_(f"`{name}` leads out of the repository") for name in named.paths if name not in inside]
    found += [
        open_(f"{each.name}: {each.reason}")._replace(unread=each.name if each.may_count else "")
        for each in said.unread
    ]
    route, ways = named.route, meant(said.ways, named.route)
    if len(ways) == 1:
        found += (each._replace(of=named) for each in _compared(feature, along(ways[0], route), review))
    elif ways:
        routes = ", ".join(f"`{way.prefix or '/'}`" for way in ways[:MOST_NAMED])
        found.append(open_(f"the files have several ways, {routes}: `route` says which is meant"))
    else:
        of = f" of `{route}`" if route else ""
        found.append(open_(f"no way of messages{of} is to be seen in these files"))
    return said, ways, found


def _compared(feature: Feature, way: Way, review: Review) -> Iterator[Deployed]:
    """Each fact of a way beside the field of the feature."""
    hops = dict(_hops(feature, way))
    for number, passage in enumerate(way.passages):
        if number not in hops:
            place, platform = review.document.place(feature.transport.path.at), passage.station.platform
            yield Deployed(Standing.NOT_STATED, place, "", platform, passage.line)
    told: set[SpecPath] = set()
    kind = feature.transport.kind.content
    for first, *others in (*way.fixed, *((fact,) for fact in way.open)):
        if first.kinds and kind is not None and kind not in first.kinds:
            continue
        field = _field(feature, first.field, hops)
        # What comes first decides; `rtreview evidence` shows the others too.
        if field is not None and field.at not in told:
            told.add(field.at)
            found = _beside(field, first, review)._replace(also=tuple(fact.line for fact in others))
            yield _unless_another(found, field, first, way.facts)
            yield from _with_other_files(field, first, review)
    for path, line in _fixing(way):
        field = _field(feature, path, hops)
        if field is not None and field.at not in told and _is_stated(field) and not field.is_none:
            yield _beside(field, Fact(path, None, line, SILENT), review)._replace(standing=Standing.NOT_SET)


def _unless_another(deployed: Deployed, field: Field[Any], fact: Fact, facts: Sequence[Fact]) -> Deployed:
    """What agrees, unless another line says something else to which that is as well."""
    is_one_of_several = fact.field in PRODUCTS
    if deployed.standing is not Standing.AGREES or fact.is_default or is_one_of_several:
        return deployed
    for other in facts:
        is_beside = (other.field, other.kinds) == (fact.field, fact.kinds) and not other.is_default
        if is_beside and other.value != fact.value and not _says(field, other.value):
            line = other.line
            why = f"{line.file}:{line.number} says {_notation(other.value)}, and it is not told which counts"
            return deployed._replace(standing=Standing.OPEN, decided_by=why)
    return deployed


def _with_other_files(field: Field[Any], fact: Fact, review: Review) -> Iterator[Deployed]:
    """How a field stands where it is deployed with other files, which say something else."""
    for other in fact.otherwise:
        found = _beside(field, other, review)
        is_for_work = is_for_development(other.line.file)
        if is_for_work and found.standing is Standing.DISAGREES:
            found = found._replace(standing=Standing.OPEN, decided_by="it is called after the work on it")
        yield found


def _fixing(way: Way) -> Iterator[tuple[SpecPath, Line]]:
    """The fields that the files of a way fix where it runs as designed, with the line that could say so."""
    for number, passage in enumerate(way.passages):
        for key in OF_HOPS:
            yield (*PATH, number, key), passage.line
    # What nothing here runs has no line that says how many of it there are.
    if way.process is not None and way.process.names:
        for path in OF_PROCESSES:
            yield path, way.process.line
    if way.program is not None:
        for path in OF_PROGRAMS:
            yield path, way.program


def _hops(feature: Feature, way: Way) -> Iterator[tuple[int, Hop]]:
    """The hops of the design for those of the way: the same platform, in the same order."""
    left = [(_id(hop.name.content or ""), hop) for hop in feature.transport.path]
    for number, platform in enumerate(way.hops):
        at = next((at for at, (id_, _) in enumerate(left) if id_ == _id(platform)), None)
        if at is not None:
            yield number, left.pop(at)[1]


def _id(name: str) -> str:
    platform = catalogue.find(name)
    return platform.id if platform else name


def _field(feature: Feature, path: SpecPath, hops: dict[int, Hop]) -> Field[Any] | None:
    """The field of the feature that a fact is about; None of a hop that the design does not have."""
    part: Any = feature
    if path[:2] == PATH:
        part, path = hops.get(int(path[2])), path[3:]
    for key in path:
        if part is None:
            return None
        part = getattr(part, part.KEYS[str(key)] if isinstance(part, Section) else str(key), None)
    return part if isinstance(part, Field) else None


def _beside(field: Field[Any], fact: Fact, review: Review) -> Deployed:
    """A field and a fact about it."""
    is_stated = _is_stated(field)
    deployed = Deployed(
        Standing.OPEN,
        review.document.place(field.at),
        _notation(field.content if field.content is not None else f"{field}") if is_stated else "",
        "" if fact.is_open else _notation(fact.value),
        fact.line,
        fact.decided_by,
        remark=fact.remark,
    )
    if fact.is_open:
        return deployed
    if not is_stated:
        return deployed._replace(standing=Standing.NOT_STATED)
    if _says(field, fact.value):
        # A line that may not be there at all says nothing of what runs.
        return deployed if fact.is_conditional else deployed._replace(standing=Standing.AGREES)
    if fact.is_default:
        return deployed._replace(standing=Standing.NOT_SET)
    return deployed._replace(standing=Standing.DISAGREES) if fact.is_sure else deployed


def _is_stated(field: Field[Any]) -> bool:
    """Whether the design itself states it."""
    return field.is_stated and field.default is None


def _notation(value: object) -> str:
    """A value as a spec has it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_notation, value))}]"
    # A range is written otherwise than it is told: `3..12` and no `3 to 12`.
    return notation(value) if isinstance(value, Quantity | str) else as_written(value)


def _says(field: Field[Any], value: Any) -> bool:
    """Whether a field states a value, or bounds that hold it."""
    if value == "none":
        return field.is_none
    declared = notation_at(field.at)
    if declared is None:
        return False
    # A list is one that cannot be changed, until it is read as the spec is.
    value = list(value) if isinstance(value, tuple) else value
    try:
        within, exact = declared.within(value), None
        exact = declared.parse(value) if within is None else None
    except ValueError:
        return False
    if isinstance(field, Bounded):
        least: Any = within.least if within else exact
        most: Any = within.most if within else exact
        return bool(field.within.least <= least and most <= field.within.most)
    return exact is not None and bool(field.content == exact)


class _Trials:
    """What the rules find with what really runs: each value is tried once, in all features that differ."""

    def __init__(self, review: Review, policy: Policy, differing: Sequence[Deployed]) -> None:
        self.review = review
        self.policy = policy
        self.left = MOST_TRIED
        self.settings: dict[tuple[SpecPath, str], dict[str, None]] = {}
        self.found: dict[tuple[str, ...], dict[str, list[Finding]] | Refused | None] = {}
        self.known = {pair for fault in review.findings for pair in _faults(fault)}
        for each in differing:
            self.settings.setdefault(_value(each), {})[_setting(each)] = None

    def of(self, deployed: Deployed) -> list[Finding] | None:
        """What its features fail with what runs and not with what is stated; None where that is not tried.

        Raises:
            Refused: the design has no meaning with it.

        """
        together = tuple(self.settings[_value(deployed)])
        found = self._kept(together)
        if isinstance(found, Refused) and len(together) > 1:
            # It may be another feature in which the value has no meaning.
            found = self._kept((_setting(deployed),))
        if isinstance(found, Refused):
            raise found.with_traceback(None)
        if found is None:
            return None
        own = (fault for name in deployed.features or ("",) for fault in found.get(name, ()))
        return list({id(fault): fault for fault in own}.values())

    def _kept(self, settings: tuple[str, ...]) -> dict[str, list[Finding]] | Refused | None:
        """What a trial shows, which is made once."""
        if settings not in self.found:
            try:
                self.found[settings] = self._tried(settings)
            except Refused as refused:
                self.found[settings] = refused
        return self.found[settings]

    def _tried(self, settings: Sequence[str]) -> dict[str, list[Finding]] | None:
        """What each feature fails with some settings that it did not fail before, by its name."""
        review, policy = self.review, self.policy
        assert review.design is not None
        self.left -= len(review.design.features)
        if self.left < 0:
            return None
        variant = varied(review.document, review.design, settings, policy.fallbacks)
        with corners.budgeted() as budget:
            tried = engine.review_design(Reading(review.document, variant), review.path, policy)
        self.left -= (corners.MOST_COMBINATIONS - budget.left) // _AS_ONE
        if tried.unreviewed:
            return None
        found: dict[str, list[Finding]] = {}
        for fault in tried.findings:
            for rule, name in _faults(fault):
                if (rule, name) not in self.known:
                    found.setdefault(name, []).append(fault)
        return found


def _setting(deployed: Deployed) -> str:
    """What runs, as a setting of the design."""
    return f"{dotted(deployed.place.at)}={deployed.runs}"


def _value(deployed: Deployed) -> tuple[SpecPath, str]:
    """What runs for a field, wherever in the design that stands."""
    at = deployed.place.at
    return at[2:] if at[:1] == ("features",) else at, deployed.runs


def _faults(found: Finding) -> list[tuple[str, str]]:
    """What a finding says to be wrong: its rule, with the name of each feature."""
    if found.verdict is not Verdict.VIOLATED:
        return []
    return [(found.rule, name) for name in found.features or ("",)]


def _finding(deployed: Deployed, trials: _Trials, said: Evidence) -> Finding:
    """That a line disagrees, and what it breaks."""
    place, line = deployed.place, deployed.line
    severity, broken = _broken(deployed, trials)
    message = (
        f"`{line.text}` is {deployed.runs}, and the design states {deployed.stated} for "
        f"`{place.name}` ({trials.review.path}:{place.span.line}). {broken}"
    )
    found = finding(Fault(DRIFT, place.at, line, message), said, trials.policy.rulebook, deployed.features)
    place = place._replace(span=found.place.span, label=f"{place.name} is {deployed.runs}")
    return found._replace(severity=severity, place=place)


def _broken(deployed: Deployed, trials: _Trials) -> tuple[Severity, str]:
    """The gravest of what the rules find with what runs and not with what is stated, in a sentence."""
    try:
        new = trials.of(deployed)
    except Refused:
        if deployed.remark == AT_ONCE:
            fails = "each request fails as soon as it has to wait for an answer"
            return Severity.ERROR, f"To nginx, 0 is an immediate timeout, not an unlimited one: {fails}."
        return Severity.INFO, f"The design has no meaning with {deployed.runs}."
    if new is None:
        tried = f"no more than {MOST_TRIED} features of a design are reviewed again with what runs"
        return Severity.ERROR, f"What that breaks is not known, since {tried}."
    if not new:
        return Severity.INFO, f"With {deployed.runs} the rules find no more than before."
    first, *others = new
    more = f" {len(others)} more rules fail with it." if len(others) > 1 else ""
    more = " Another rule fails with it." if len(others) == 1 else more
    return first.severity, f"With {deployed.runs} it fails `{first.rule}`: {_clearing(first, deployed)}{more}"


def _clearing(broken: Finding, deployed: Deployed) -> str:
    """What breaks, and whose value would clear it: the limit is that of a line of the deployment."""
    sentences, clears, bound = broken.message.rpartition(" Clears ")
    if not clears or broken.comparison is None:
        return broken.message
    own = f"or with {deployed.stated} at this line"
    return f"{sentences} Clears with {broken.comparison.what} {bound.rstrip('.')}, {own}."
