"""What is no arithmetic over fields: closed forms and simulators, as pure functions of quantities.

What is arithmetic is an expression in `numbers/`, and nowhere else. Sources are named in each docstring, and
tests hold the models against published figures. As `models.growth` a model is loaded when it is first asked
for, so that whoever may need one pays for it only when it runs.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if not TYPE_CHECKING:  # mypy knows the modules, and would believe in any other name

    def __getattr__(name: str) -> ModuleType:
        if name.startswith("__"):
            raise AttributeError(name)
        return import_module(f"{__name__}.{name}")
