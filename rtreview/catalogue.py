"""Platforms and what naming one fixes: a file each under `references/platforms/`, read only when named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path as File
from typing import Any

from rtreview import document, spec
from rtreview.field import Default, Origin
from rtreview.finding import Path, dotted
from rtreview.references import ROOT

FOLDER = ROOT / "references" / "platforms"

_NAME = re.compile(r"[a-z0-9][a-z0-9.@_-]{0,60}")
_ALIASES = re.compile(r"^aliases: \[(.*)\]$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Platform:
    """A proxy, library, service or browser.

    `defaults` is what it fixes, as the spec of a design that says nothing else; its `transport.path`
    holds the platform itself as a hop. `confidence` tells how sure each default is, by path prefix.
    """

    id: str
    name: str
    kind: str
    defaults: spec.Spec
    hops: dict[str, spec.Hop]
    confidence: dict[str, str]
    content: dict[str, Any]

    def origin(self, named_at: Path) -> Origin:
        """Tells where a default of this platform comes from, for a design that names it at a path."""

        def default(inside: Path) -> Default:
            name = dotted(inside)
            fits = [prefix for prefix in self.confidence if f"{name}.".startswith(f"{prefix}.")]
            return Default(self.id, self.confidence[max(fits, key=len)] if fits else "assumed", named_at)

        return default

    def hop(self, kind: str | None) -> Iterator[tuple[Path, spec.Hop]]:
        """What it fixes as a hop for a kind of transport: first what holds for that kind alone."""
        for name in (kind, ""):
            if name is not None and name in self.hops:
                yield ("hop_for", name) if name else ("hop",), self.hops[name]


@cache
def find(name: str) -> Platform | None:
    """The platform of that id or alias, or None."""
    wanted = name.strip().lower()
    if not _NAME.fullmatch(wanted):
        return None
    file = FOLDER / f"{wanted}.yaml"
    if file.is_file():
        return _read(file)
    return next((_read(file) for file in _files() if wanted in _aliases(file)), None)


def names() -> tuple[str, ...]:
    """Every id and alias."""
    return tuple(name for file in _files() for name in (file.stem, *_aliases(file)))


def _files() -> list[File]:
    return sorted(FOLDER.glob("*.yaml"))


@cache
def _aliases(file: File) -> list[str]:
    # Without YAML: a name that is not an id is looked for in every file.
    line = _ALIASES.search(file.read_text("utf-8"))
    return [alias.strip() for alias in line[1].split(",") if alias.strip()] if line else []


@cache
def _read(file: File) -> Platform:
    content = document.read(file.read_bytes())[0].content
    defaults = dict(content.get("defaults", {}))
    by_kind = {"": defaults.pop("hop", None), **defaults.pop("hop_for", {})}
    by_kind = {kind: hop for kind, hop in by_kind.items() if hop is not None}
    transport = {**defaults.pop("transport", {}), "path": list(by_kind.values())}
    fixed = spec.read({"rtreview": spec.VERSION, **defaults, "transport": transport})
    return Platform(
        id=content["id"],
        name=content["name"],
        kind=content["kind"],
        defaults=fixed,
        hops=dict(zip(by_kind, fixed.transport.path, strict=True)),
        confidence={one["of"]: one["confidence"] for one in content.get("evidence", [])},
        content=content,
    )
