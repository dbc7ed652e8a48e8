"""The platforms of the catalogue: the defaults that naming one sets, and how sure they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any

from pages.links import FEW, field, first_rules
from pages.page import RULEBOOK, Page, sentence, sourced, table
from rtreview.language.catalogue import TRAITS, Platform


def page(platform: Platform) -> Page:
    """The page of a platform."""
    notes = " ".join(platform.content["notes"].split())
    part = "CDN" if platform.kind == "cdn" else platform.kind.replace("-", " ").capitalize()
    return Page(f"platforms/{platform.id}.md", platform.name, sentence(notes), lambda: _known(platform), part)


def _known(platform: Platform) -> str:
    content, origin = platform.content, f"platforms/{platform.id}.md"
    names = [platform.id, *map(str, content["aliases"])]
    blocks = [
        f"A spec names it as {', '.join(f'`{name}`' for name in names)}. Looked at in {content['as_of']}.",
        " ".join(content["notes"].split()),
    ]
    settings = [*_settings(content.get("defaults", {}))]
    if settings:
        rows = [
            (field(path, origin), value, platform.origin(())(at).confidence) for at, path, value in settings
        ]
        blocks += ["## Defaults that it sets", table(("field", "value", "how sure"), rows)]
    if traits := content.get("traits"):
        blocks += ["## What it does", "\n".join(f"- {TRAITS[trait]} (`{trait}`)" for trait in traits)]
    if platform.facts:
        facts = ((name.replace("_", " "), _cell(value)) for name, value in platform.facts.items())
        blocks += ["## What else is known", table(("fact", "value"), facts)]
    if readers := _readers(path for _, path, _ in settings):
        blocks += ["## Rules that read these fields", *first_rules(readers, origin)]
    blocks += ["## Sources", table(("source", "for", "how sure"), _sources(content))]
    return "\n\n".join(blocks)


def _readers(paths: Iterable[tuple[str, ...]]) -> list[str]:
    """The rules that read some fields: the first of each, then the second of each, as far as they name it."""
    found = ([rule.id for rule in RULEBOOK.readers(path)][:FEW] for path in dict.fromkeys(paths))
    return [*dict.fromkeys(rule for row in zip_longest(*found) for rule in row if rule)]


def _sources(content: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each source once, with all that it is evidence for."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in content.get("evidence", ()):
        found.setdefault((each["source"], each["confidence"]), []).append(f"`{each['of']}`")
    told = {source for source, _ in found}
    found |= {(source, ""): [] for source in content["sources"] if source not in told}
    for (source, confidence), facts in found.items():
        yield _cell(sourced(source)), ", ".join(facts), confidence


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
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _plain(value).replace("|", "\\|")
