"""What a page computes with by itself: the script of the models, and the numbers that it begins with."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from rtreview.quantities.quantity import Quantity, Spread

_PARTS = ("storm", "feature", "course", "verdicts", "sliders")


def script() -> str:
    """The models of Python once more, as a classic script: it defines `models`, and touches no page.

    `models.course(kernel, parameters)` are the figures and curves of a scenario by the kernel that it names,
    `models.told(value, unit)` a number as it is printed, and `models.verdicts(connection, feature)` what the
    rules say. With other values of some fields, `models.moved` gives the parameters of a scenario and
    `models.changed` the facts. `parameters` below, and `facts.py`, make what all of them take.
    """
    folder = Path(__file__).parent
    parts = [(folder / f"{name}.js").read_text("utf-8") for name in _PARTS]
    return "\n".join(["const models = {};", *parts])


def parameters(model: Any) -> Any:
    """The parameters of a model as plain numbers in base units, for the script: seconds, per second, bytes.

    Names become camel case. A random span becomes its two ends, and what is not there None. A quantity, a
    list of them or a word is itself one parameter.
    """
    if isinstance(model, Quantity):
        return model.amount
    if isinstance(model, Spread):
        return [model.least.amount, model.most.amount]
    if isinstance(model, tuple):
        return [parameters(one) for one in model]
    if is_dataclass(model):
        return {_camel(one.name): parameters(getattr(model, one.name)) for one in fields(model)}
    return model


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
