"""What a page computes with by itself: the script of the models, and what moves when a slider does."""

from __future__ import annotations

from pathlib import Path

_PARTS = ("storm", "feature", "course", "expression")


def script() -> str:
    """The models of Python once more, as a classic script: it defines `models`, and touches no page.

    `models.course(kernel, parameters)` are the figures and curves of a scenario by the kernel that it names,
    `models.inUnit(value, unit)` a number as it is printed. `models.decide(tree, changes)` is what a tree of
    `what_if.py` comes to when some fields have moved: the parameters of a scenario, or the verdict of a rule.
    """
    folder = Path(__file__).parent
    parts = [(folder / f"{name}.js").read_text("utf-8") for name in _PARTS]
    return "\n".join(["const models = {};", *parts])
