"""The platforms of the catalogue: what naming one fixes, and how sure that is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pages.links import field
from pages.page import Page, sentence
from rtreview.language.catalogue import TRAITS, Platform


def page(platform: Platform) -> Page:
    """The page of a platform."""
    notes = " ".join(platform.content["notes"].split())
    part = platform.kind.replace("-", " ").capitalize()
    return Page(f"platforms/{platform.id}.md", platform.name, sentence(notes), lambda: _known(platform), part)


def _known(platform: Platform) -> str:
    content, origin = platform.content, f"platforms/{platform.id}.md"
    names = [platform.id, *map(str, content["aliases"])]
    blocks = [
        f"A spec names it as {', '.join(f'`{name}`' for name in names)}. Looked at in {content['as_of']}.",
        " ".join(content["notes"].split()),
    ]
    fixed = [
        f"| {field(path, origin)} | {value} | {platform.origin(())(at).confidence} |"
        for at, path, value in _settings(content.get("defaults", {}))
    ]
    if fixed:
        head = "| field | value | how sure |\n|---|---|---|"
        blocks += ["## What naming it fixes", "\n".join([head, *fixed])]
    if traits := content.get("traits"):
        blocks += ["## What it does", "\n".join(f"- {TRAITS[trait]} (`{trait}`)" for trait in traits)]
    if platform.facts:
        rows = (f"| {name.replace('_', ' ')} | {_cell(value)} |" for name, value in platform.facts.items())
        blocks += ["## What else is known", "\n".join(["| fact | value |\n|---|---|", *rows])]
    evidence = [
        f"| `{each['of']}` | {_cell(_source(each['source']))} | {each['confidence']} |"
        for each in content.get("evidence", ())
    ]
    blocks += ["## Sources", "\n".join(f"- {_source(each)}" for each in content["sources"])]
    if evidence:
        blocks += ["## Evidence", "\n".join(["| what | who says so | how sure |\n|---|---|---|", *evidence])]
    return "\n\n".join(blocks)


Setting = tuple[tuple[str, ...], tuple[str, ...], str]
"""A default: its path in the file of the platform, that in a spec, and its value as Markdown."""


def _settings(defaults: Any, at: tuple[str, ...] = ()) -> Iterator[Setting]:
    """Each default of a platform."""
    for key, value in defaults.items():
        if isinstance(value, dict):
            yield from _settings(value, (*at, key))
            continue
        path, shown = (*at, key), f"`{_plain(value)}`"
        if path[0] == "hop":
            path = ("transport", "path", *path[1:])
        elif path[0] == "hop_for":
            path, shown = ("transport", "path", *path[2:]), f"{shown} over {path[1]}"
        yield (*at, key), path, shown


def _plain(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool | list) else str(value)


def _cell(value: Any) -> str:
    return _plain(value).replace("|", "\\|")


def _source(name: str) -> str:
    return f"<{name}>" if name.startswith("http") else f"`{name}`"
