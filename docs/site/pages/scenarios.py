"""The scenarios: what can happen to a design, shown with one."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any

from pages.commands import printed
from pages.examples import design_of, examples, name_of
from pages.links import rules
from pages.page import Page, link
from pages.screen import WIDE, screen
from rtreview.simulate.scenario import Scenario

MOVED = "team-chat-flawed"
"""The example with which scenarios are shown, as far as it can tell of them."""


def page(scenario: Scenario[Any]) -> Page:
    """The page of a scenario."""
    title = scenario.name.replace("-", " ").capitalize()
    path = f"scenarios/{scenario.name}.md"
    return Page(
        path, title, f"{scenario.tells[0].upper()}{scenario.tells[1:]}.", lambda: _happens(scenario, path)
    )


def _happens(scenario: Scenario[Any], origin: str) -> str:
    blocks = [f"`rtreview simulate design.yaml --scenario {scenario.name}`"]
    blocks.append(f"What happens: {scenario.tells}.")
    blocks += ["## Curves", "\n".join(f"- {name}" for name in scenario.curves)]
    if scenario.shows:
        blocks += ["## Rules that it is evidence for", rules(scenario.shows, origin)]
    for example in sorted(examples(), key=lambda each: name_of(each) != MOVED):
        if "cannot be simulated" not in _simulated(scenario, example, WIDE):
            page = link(name_of(example).replace("-", " "), f"examples/{name_of(example)}.md", origin)
            shown = screen(partial(_simulated, scenario, example))
            blocks += ["## An example", f"Of the design {page}:", shown]
            break
    if scenario.sliders:
        moved = ", ".join(f"`{slider.field}`" for slider in scenario.sliders)
        page = link("the page of a flawed chat", f"examples/{MOVED}.review.html#{scenario.name}", origin)
        blocks += ["## What can be moved", f"In the page of a review, sliders move {moved}. Try it: {page}."]
    return "\n\n".join(blocks)


@cache
def _simulated(scenario: Scenario[Any], example: Path, columns: int) -> str:
    """What a terminal shows of a scenario of an example."""
    words = ("simulate", "--color", "always", "--scenario", scenario.name, design_of(example))
    return printed(*words, columns=columns)
