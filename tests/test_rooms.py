"""The rooms of the package, and which of them may use which: the imports are read, not run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from conftest import ROOT

PACKAGE = ROOT / "rtreview"
ROOMS = (
    "quantities", "text", "language", "evidence", "models", "numbers", "rulebook", "rules", "simulate",
    "reviews", "team", "history", "fix", "diagnose", "project", "render", "meeting", "init", "agents",
    "editors", "commands",
)  # fmt: skip
"""A room may use those before it, and no other."""


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its name."""
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for file in PACKAGE.rglob("*.py")
    }


@cache
def imports(name: str) -> frozenset[str]:
    """The modules of ours that one imports, wherever in it, be it for types alone."""
    return frozenset(_imports(ast.parse(modules()[name].read_text("utf-8"))))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules())
        elif isinstance(node, ast.ImportFrom) and node.module in modules():
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                yield inside if inside in modules() else node.module


def room(name: str) -> str:
    """The room that a module stands in; nothing for those at the door."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and (PACKAGE / parts[1]).is_dir() else ""


def test_every_module_stands_in_a_room() -> None:
    """But for the door: the package itself, and `python -m rtreview`."""
    assert {name for name in modules() if not room(name)} == {"rtreview", "rtreview.__main__"}
    assert {room(name) for name in modules()} - {""} == set(ROOMS)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_uses_only_the_rooms_before_it(name: str) -> None:
    """So that whoever changes a room knows who can notice."""
    allowed = {*ROOMS[: ROOMS.index(name) + 1], ""}
    upward = {
        f"{module} uses {used}"
        for module in modules()
        if room(module) == name
        for used in imports(module)
        if room(used) not in allowed
    }
    assert not upward


def test_rules_of_different_topics_stand_apart() -> None:
    """What two of them share is a number, or what the language says of a design."""
    between = {
        f"{module} uses {used}"
        for module in modules()
        if room(module) == "rules"
        for used in imports(module)
        if room(used) == "rules"
    }
    assert not between


def test_no_modules_import_one_another() -> None:
    """Not even where one of the imports waits for a call, or is for types alone."""
    uses = {name: {used for used in imports(name) if used != name} for name in modules()}
    try:
        list(TopologicalSorter(uses).static_order())
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_says_in_a_sentence_what_it_is_for(name: str) -> None:
    """In the docstring of its `__init__`."""
    docstring = ast.get_docstring(ast.parse((PACKAGE / name / "__init__.py").read_text("utf-8")))
    assert docstring
    assert docstring.partition("\n")[0].endswith(".")


def test_nothing_but_its_name_leads_to_the_rules() -> None:
    """The rulebook finds them; what other rooms need of them stands in `numbers` or in the design."""
    assert not {
        name
        for name in modules()
        for used in imports(name)
        if room(used) == "rules" and room(name) != "rules"
    }
