"""Simulations of a text: a scenario for each design in it, as it stands and with what is set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rtreview.course import Course, Curve, Figure, Model, course
from rtreview.language import spec
from rtreview.language.assignments import with_values
from rtreview.language.design import Design, Feature, build
from rtreview.language.field import NotApplicable, Unknown
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Review
from rtreview.rulebook.finding import Input
from rtreview.scenario import Name, is_of_features
from rtreview.scenario.blip import blip
from rtreview.scenario.growth import growth
from rtreview.scenario.reader import Reader, needed
from rtreview.scenario.slow_client import slow_client
from rtreview.scenario.storm import storm
from rtreview.text.document import Document
from rtreview.text.refusal import Refused


class Simulation(NamedTuple):
    """A scenario of some features of a design, and how it goes on; or why it cannot be simulated.

    `variant` is what was set for it, or nothing for the design as it stands. `feature` is the first of the
    features in that variant. `scenario` holds the parameters. `reason` tells why there are none, or what
    could not be told beside what is.
    """

    design: str | None
    features: tuple[str, ...]
    name: Name
    variant: tuple[str, ...]
    feature: Feature
    scenario: Model | None
    course: Course | None
    inputs: tuple[Input, ...]
    reason: str = ""

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What it comes to in numbers."""
        return self.course.figures if self.course else ()

    @property
    def curves(self) -> tuple[Curve, ...]:
        """How it goes on."""
        return self.course.curves if self.course else ()


def simulations(
    reviews: Sequence[Review], name: Name, settings: Sequence[str], policy: Policy
) -> list[Simulation]:
    """The scenario for each connection, or feature, of each design that was reviewed.

    Features for which it is the same, in each variant, are told of together.

    Args:
        reviews: those of designs that can be read.
        name: the scenario.
        settings: fields and values, such as `transport.reconnect.jitter=full`.
        policy: whose limits and assumptions count where the design is silent.

    Raises:
        Refused: a setting is none, or the design cannot be read with it.

    """
    return [one for review in reviews for one in of_review(review, name, settings, policy)]


def of_review(review: Review, name: Name, settings: Sequence[str], policy: Policy) -> Iterator[Simulation]:
    """The same for one design."""
    document, stands = review.document, review.design
    designs: dict[tuple[str, ...], Design] = {(): stands}
    if settings:
        designs[tuple(settings)] = _built(with_values(document.content, settings, stands), policy)
    by_subject: dict[tuple[str, ...], list[Simulation]] = {}
    for variant, design in designs.items():
        for one in _of_design(design, name, variant, document):
            by_subject.setdefault(one.features, []).append(one)
    yield from _simulated(list(by_subject.values()))


def _built(content: Any, policy: Policy) -> Design:
    try:
        design = build(spec.read(content), policy.fallbacks)
    except spec.SpecError as error:
        raise Refused(f"--set: {error}") from None
    if design.mistakes:
        raise Refused(f"--set: {'; '.join(one.message for one in design.mistakes)}")
    return design


def _of_design(
    design: Design, name: Name, variant: tuple[str, ...], document: Document
) -> Iterator[Simulation]:
    groups = [[feature] for feature in design.features]
    if not is_of_features(name):
        groups = [connection.features for connection in design.connections]
    for own in groups:
        features = tuple(feature.name for feature in own if feature.name is not None)
        title = design.spec.name.content
        reader = Reader()
        try:
            model = _model(reader, name, own[0])
        except (Unknown, NotApplicable) as unknown:
            yield Simulation(title, features, name, variant, own[0], None, None, (), needed(unknown))
            continue
        inputs = tuple(engine.input_of(one, document) for one in reader.used.values())
        yield Simulation(
            title, features, name, variant, own[0], model, None, inputs, "; ".join(reader.without)
        )


def _model(reader: Reader, name: Name, feature: Feature) -> Model:
    """The parameters of a scenario of a feature, or of the connection on which it travels."""
    if name == "slow-client":
        return slow_client(reader, feature)
    if name == "blip":
        return blip(reader, feature)
    if name == "growth":
        return growth(reader, feature)
    return storm(reader, name, feature.connection)


def _simulated(subjects: list[list[Simulation]]) -> Iterator[Simulation]:
    """The variants of each subject, with how they go on; features for which all is the same are one."""
    alike: dict[object, list[list[Simulation]]] = {}
    for variants in subjects:
        key = tuple((one.variant, one.scenario, one.reason) for one in variants)
        own = not is_of_features(variants[0].name)
        alike.setdefault(variants[0].features if own else key, []).append(variants)
    for same in alike.values():
        features = tuple(name for variants in same for name in variants[0].features)
        for one in same[0]:
            goes_on = course(one.scenario) if one.scenario else None
            yield one._replace(features=features, course=goes_on)
