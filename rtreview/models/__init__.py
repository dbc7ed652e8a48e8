"""The arithmetic of real-time systems: closed forms and simulators, as pure functions of quantities.

Sources are named in each docstring; `tests/test_models.py` checks them against published figures. As
`models.growth` a model is loaded when it is first asked for, so that whoever may need one pays for it only
when it runs.
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
