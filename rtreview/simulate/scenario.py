"""The scenario: everything that the rest of the program has to know of something that can happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from rtreview.language.design import Connection, Feature
from rtreview.language.field import NotApplicable, Unknown
from rtreview.quantities.unchanging import unchanging
from rtreview.simulate.reader import Reader
from rtreview.simulate.series import Course

P = TypeVar("P")


class Slider(NamedTuple):
    """A field that can be moved on the page.

    Attributes:
        field: where it is below a connection or a feature.
        name: what stands beside it.
        unit: the unit of its value, of those in `quantity.py`.
        least, most: how far it goes; without them, to a fiftieth and to fifty times of what the design says.
        choices: words to choose from instead.
        is_span: whether it is the far end of a random span from 0 s, which can be moved where there is none.

    """

    field: str
    name: str
    unit: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    is_span: bool = False


@unchanging(eq=False)
class Scenario(Generic[P]):
    """Something that can happen to a connection, with all that travels on it, or to a feature.

    A module defines it without loading its model; `parameters`, `course` and `sentence` load it.

    Attributes:
        name: what it is called on the command line, in the page and in JSON.
        tells: what happens, as a sentence without its end.
        subject: what it happens to.
        curves: the names of all curves that it may have; the first is the one to look at.
        parameters: reads them from the subject: a frozen value of quantities. Raises `Unknown` or
            `NotApplicable` where there are none.
        course: its figures and curves.
        shows: the rules that it is evidence for, each with the curve that shows what the rule is about.
        sentence: what it comes to, for a finding of such a rule; None where only a curve tells.
        headline: the figures that stand at the top of the page, each with the level that it is held against.
        is_shown: whether the page shows it of every design, and not only beside a finding.
        kernel: what computes it again in the page when a slider moves; nothing where its plots stand still.
        sliders: what can be moved there.
        follows: the rules whose verdicts are shown beside the sliders.

    """

    name: str
    tells: str
    subject: Literal["connection", "feature"]
    curves: tuple[str, ...]
    parameters: Callable[[Reader, Any], P]
    course: Callable[[P], Course]
    shows: Mapping[str, str] = field(default_factory=dict)
    sentence: Callable[[P], str] | None = None
    headline: Mapping[str, str] = field(default_factory=dict)
    is_shown: bool = True
    kernel: str = ""
    sliders: tuple[Slider, ...] = ()
    follows: tuple[str, ...] = ()

    def read(self, reader: Reader, feature: Feature) -> P:
        """The parameters of a feature, or of its connection; raises as `parameters` does."""
        return self.parameters(reader, feature.connection if self.subject == "connection" else feature)

    def evidence(self, subject: Feature | Connection) -> str:
        """What it comes to in a sentence; nothing where it has none, or its parameters cannot be read."""
        if self.sentence is None:
            return ""
        feature = subject.features[0] if isinstance(subject, Connection) else subject
        try:
            return self.sentence(self.read(Reader(), feature))
        except (Unknown, NotApplicable):
            return ""
