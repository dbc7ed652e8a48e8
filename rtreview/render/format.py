"""The formats: what each of them can render. The module that does it is loaded when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from rtreview.text.refusal import lacking

if TYPE_CHECKING:
    from rtreview.diagnose.diagnosis import Diagnosis
    from rtreview.history.change import Change
    from rtreview.language.catalogue import Platform
    from rtreview.reviews.faults import Survey
    from rtreview.reviews.policy import Policy
    from rtreview.reviews.report import Explanation, Report
    from rtreview.rulebook.outline import Outline
    from rtreview.rulebook.references import Section
    from rtreview.simulate.simulation import Simulation

Result = TypeVar("Result")


class Context(NamedTuple):
    """What a renderer may use beside the result.

    Args:
        width: columns to fill.
        colour: with the escape codes of a terminal.
        links: where there are colours, with links to the sections that are cited (OSC 8).
        is_screen: for a person at a terminal, with or without colours: a section is laid out and no Markdown.
        is_brief: a line for each finding; of sections, the first of a search.
        is_verbose: also what passed and what does not apply; of a section or platform, all of it.
        policy: how the designs were reviewed; None for the default.

    """

    width: int = 80
    colour: bool = False
    links: bool = False
    is_screen: bool = False
    is_brief: bool = False
    is_verbose: bool = False
    policy: Policy | None = None


PLAIN = Context()
"""80 columns without colour, and nothing special asked for."""


class Renderers(Generic[Result]):
    """The formats of one kind of result, in the order in which they are listed.

    Args:
        modules: for each format the module of this package that renders such a result. When it is loaded, it
            registers its function here.

    """

    def __init__(self, **modules: str) -> None:
        self._modules = modules
        self._functions: dict[str, Callable[[Result, Context], str]] = {}

    @property
    def formats(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._modules)

    def register(self, name: str, function: Callable[[Result, Context], str]) -> None:
        """Take a function as the renderer of a format."""
        self._functions[name] = function

    def render(self, name: str, result: Result, context: Context) -> str:
        """A result in a format.

        Raises:
            Refused: the format needs a package that is not installed.

        """
        try:
            importlib.import_module(f"rtreview.render.{self._modules[name]}")
        except ModuleNotFoundError as missing:
            raise lacking(f"--format {name}", missing, "report") from None
        return self._functions[name](result, context)


REPORTS: Renderers[Report] = Renderers(
    text="text",
    json="json",
    sarif="sarif",
    github="github",
    gitlab="gitlab",
    junit="junit",
    markdown="markdown",
    html="html",
)
CHANGES: Renderers[Sequence[Change]] = Renderers(text="text", json="json", markdown="markdown")
SIMULATIONS: Renderers[Sequence[Simulation]] = Renderers(text="simulation", json="json", csv="csv")
DIAGNOSES: Renderers[Diagnosis] = Renderers(text="diagnosis", json="json")
SECTIONS: Renderers[Sequence[Section]] = Renderers(text="sections", json="json")
EVIDENCE: Renderers[Survey] = Renderers(text="evidence", json="json")
EXPLANATIONS: Renderers[Sequence[Explanation]] = Renderers(text="text", json="json")
PLATFORMS: Renderers[Sequence[Platform]] = Renderers(text="platforms", json="json")
OUTLINES: Renderers[Outline] = Renderers(text="outline", json="json")
