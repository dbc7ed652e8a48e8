"""A design in a scenario, as it stands and with what is set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from rtreview.language import spec
from rtreview.language.assignments import with_values
from rtreview.language.building import build
from rtreview.language.design import Design, Feature
from rtreview.language.field import AS_SET, Fallback, Field, Input, NotApplicable, Unknown, input_of
from rtreview.simulate.reader import Reader, needed
from rtreview.simulate.scenario import Scenario
from rtreview.simulate.series import Course, Curve, Figure
from rtreview.text.document import Document
from rtreview.text.door import door
from rtreview.text.place import SpecPath, stands_in
from rtreview.text.refusal import Refused
from rtreview.text.scalars import flow

_MOST_NEEDS = 12
"""Fields that are named at once as lacking."""


class Simulation(NamedTuple):
    """A scenario of some features of a design, and how it goes on; or why it cannot be simulated.

    `variant` is what was set for it, or nothing for the design as it stands. `feature` is the first of the
    features in that variant. `reason` tells why there are no parameters, and so no course, or what could
    not be told beside what is. `needs` are settings with which there would be a course, of values that serve
    as an example.
    """

    design: str | None
    features: tuple[str, ...]
    scenario: Scenario[Any]
    variant: tuple[str, ...]
    feature: Feature
    parameters: Any = None
    inputs: tuple[Input, ...] = ()
    reason: str = ""
    needs: tuple[str, ...] = ()

    @property
    def course(self) -> Course | None:
        """How it goes on, simulated where somebody looks at it; None where it has no parameters."""
        return None if self.parameters is None else _course(self.scenario, self.parameters)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What it comes to in numbers."""
        return self.course.figures if self.course else ()

    @property
    def curves(self) -> tuple[Curve, ...]:
        """How it goes on."""
        return self.course.curves if self.course else ()


def simulations(
    scenario: Scenario[Any],
    document: Document,
    design: Design,
    settings: Sequence[str] = (),
    fallbacks: Sequence[Fallback] = (),
) -> Iterator[Simulation]:
    """The scenario for each connection, or feature, of a design.

    Features for which it is the same, in each variant, are told of together.

    Args:
        scenario: what happens.
        document: where the design stands.
        design: the design, without mistakes.
        settings: fields and values, such as `transport.reconnect.jitter=full`.
        fallbacks: what counts where the design is silent, also where it is varied.

    Raises:
        Refused: a setting is none, or the design cannot be read with it.

    """
    designs: dict[tuple[str, ...], Design] = {(): design}
    if settings:
        designs[tuple(settings)] = varied(document, design, settings, fallbacks)
    yield from of_variants(scenario, document, designs)


def of_variants(
    scenario: Scenario[Any], document: Document, designs: Mapping[tuple[str, ...], Design]
) -> Iterator[Simulation]:
    """The scenario for each connection, or feature, of a design and its variants, by what is set in each."""
    by_subject: dict[tuple[str, ...], list[Simulation]] = {}
    for variant, each in designs.items():
        for simulation in _of_design(scenario, document, each, variant):
            by_subject.setdefault(simulation.features, []).append(simulation)
    yield from _joined(list(by_subject.values()))


def varied(
    document: Document, design: Design, settings: Sequence[str], fallbacks: Sequence[Fallback] = ()
) -> Design:
    """A design with some fields set to other values.

    Raises:
        Refused: a setting is none, or the design cannot be read with it.

    """
    try:
        variant = build(spec.read(with_values(document.content, settings, design)), fallbacks)
    except spec.SpecError as error:
        raise Refused(f"{door().option('set')}: {error}") from None
    if variant.mistakes:
        raise Refused(f"{door().option('set')}: {'; '.join(mistake.message for mistake in variant.mistakes)}")
    return variant


def _of_design(
    scenario: Scenario[Any], document: Document, design: Design, variant: tuple[str, ...]
) -> Iterator[Simulation]:
    groups = [[feature] for feature in design.features]
    if scenario.subject == "connection":
        groups = [connection.features for connection in design.connections]
    for own in groups:
        names = tuple(feature.name for feature in own if feature.name is not None)
        simulation = Simulation(design.spec.name.content, names, scenario, variant, own[0])
        reader = Reader()
        try:
            parameters = scenario.read(reader, own[0])
        except (Unknown, NotApplicable) as unknown:
            yield simulation._replace(reason=needed(unknown))
        else:
            inputs = tuple(_input(field, document, variant) for field in reader.used.values())
            reason = "; ".join(reader.without)
            yield simulation._replace(parameters=parameters, inputs=inputs, reason=reason)


def _input(field: Field[Any], document: Document, variant: Sequence[str]) -> Input:
    """A field as an input; what is set for a variant stands nowhere in the document."""
    read = input_of(field, document)
    settings = (setting.partition("=")[0].strip() for setting in variant)
    is_set = any(stands_in(read.name, name) for name in settings)
    return read._replace(origin=AS_SET) if is_set and read.origin == "stated" else read


def with_needs(
    simulations: Sequence[Simulation],
    document: Document,
    design: Design,
    fallbacks: Sequence[Fallback] = (),
) -> list[Simulation]:
    """Simulations of a design, those that lack numbers with all that they lack, set to an example.

    Each lacks one field after the other. A design takes long to build, so one is built for all that differ
    in what they set of their own connections alone.
    """
    lacks = {at: _Lack(each) for at, each in enumerate(simulations) if each.parameters is None}
    waiting = [*lacks.values()]
    for _ in range(_MOST_NEEDS):
        waiting = [lack for lack in waiting if lack.goes_on()]
        alike: dict[object, list[_Lack]] = {}
        for lack in waiting:
            alike.setdefault(lack.beyond, []).append(lack)
        for group in alike.values():
            settings: dict[SpecPath, str] = {}
            for lack in group:
                settings |= lack.settings
            variant = (*group[0].simulation.variant, *settings.values())
            features = {each.name: each for each in varied(document, design, variant, fallbacks).features}
            for lack in group:
                lack.feature, lack.given = features[lack.feature.name], settings
    return [
        each._replace(needs=lacks[at].needs) if at in lacks else each for at, each in enumerate(simulations)
    ]


class _Lack:
    """What one simulation lacks, as far as it is known: `settings` of fields, by their paths.

    `given` is all that is set in the design of its `feature`, also for the sake of others. `needs` are the
    settings with which it has a course; nothing until then.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.simulation, self.feature = simulation, simulation.feature
        self.settings: dict[SpecPath, str] = {}
        self.given: Mapping[SpecPath, str] = {}
        self.needs: tuple[str, ...] = ()

    @property
    def beyond(self) -> object:
        """What is set outside of the features of its connection, where others may read it."""
        own = self.feature.connection.names
        beyond = (path for path in self.settings if path[:1] != ("features",) or path[1] not in own)
        return self.simulation.variant, frozenset(beyond)

    def goes_on(self) -> bool:
        """Whether one more field is lacking for which there is an example, which is then set."""
        reader = Reader()
        try:
            self.simulation.scenario.read(reader, self.feature)
        except Unknown as unknown:
            field = next((part for part in unknown.parts if part.at not in self.settings), None)
            declared = spec.entry_at(field.at) if field else None
            if not field or not declared or declared.example is None:
                return False
            value = declared.example if isinstance(declared.example, str) else flow(declared.example)
            self.settings[field.at] = f"{field.dotted}={value}"
            return True
        except NotApplicable:
            return False
        # What another feature of its connection lacks as well may be set already.
        used = {path: self.given[path] for path in reader.used if path in self.given}
        self.needs = tuple((self.settings | used).values())
        return False


def _joined(subjects: list[list[Simulation]]) -> Iterator[Simulation]:
    """The variants of each subject; features for which all is the same are one."""
    alike: dict[object, list[list[Simulation]]] = {}
    for variants in subjects:
        key: object = tuple((variant.variant, variant.parameters, variant.reason) for variant in variants)
        if variants[0].scenario.subject == "connection":
            key = variants[0].features
        alike.setdefault(key, []).append(variants)
    for same in alike.values():
        features = tuple(name for variants in same for name in variants[0].features)
        for variant in same[0]:
            yield variant._replace(features=features)


@lru_cache(maxsize=128)  # who renders it asks for it several times
def _course(scenario: Scenario[Any], parameters: Any) -> Course:
    return scenario.course(parameters)
