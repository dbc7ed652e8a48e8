"""What can happen to a design: scenarios, found by name or by the rule that they show, and simulated.

A module here says everything of a scenario, or of a family of them, in `SCENARIOS`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rtreview.simulate.scenario import Scenario

MODULES = {
    "restart": "storm",
    "deploy": "storm",
    "node-loss": "storm",
    "region-loss": "storm",
    "node-replacement": "node_replacement",
    "slow-client": "slow_client",
    "blip": "blip",
    "growth": "growth",
}
"""The scenarios in the order in which they are listed, each with its module."""

NAMES = tuple(MODULES)


@cache
def find(name: str) -> Scenario[Any]:
    """A scenario by its name."""
    module = import_module(f"{__name__}.{MODULES[name]}")
    return next(scenario for scenario in module.SCENARIOS if scenario.name == name)


def scenarios() -> tuple[Scenario[Any], ...]:
    """All of them."""
    return tuple(find(name) for name in NAMES)


@cache
def showing(rule: str) -> Scenario[Any] | None:
    """The scenario that shows what a rule is about, where there is one."""
    return next((scenario for scenario in map(find, NAMES) if rule in scenario.shows), None)
