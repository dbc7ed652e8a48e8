"""Heroku: what a `Procfile` fixes, with `app.json` or `heroku.yml` beside it.

A `Procfile` alone is read by others too, and says nothing of where it runs (devcenter.heroku.com/articles:
procfile, app-json-schema, dyno-shutdown-behavior).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rtreview.evidence.deployment import Fact, File, Line, Route, Station, folder_path
from rtreview.evidence.values import value_at
from rtreview.text.document import Document
from rtreview.text.place import SpecPath

PLATFORM = "heroku"

IDLE = "55s"
"""What the router lets pass in silence (devcenter.heroku.com/articles/http-routing)."""

GRACE = "30s"
"""Between SIGTERM and SIGKILL, whatever anybody sets."""

DEFAULT = f"default of {PLATFORM}"

OF_HEROKU = frozenset({"formation", "buildpacks", "addons", "stack"})
"""Keys of `app.json` that tell it from the files of others."""

_WEB = re.compile(r"web\s*:")


def takes(file: File) -> bool:
    """Whether it is one of the three files."""
    return file.path.name in ("Procfile", "app.json", "heroku.yml")


def stations(files: Sequence[File]) -> Iterator[Station]:
    """The router and the dynos behind it, for each folder that is an application of Heroku."""
    folders: dict[str, dict[str, File]] = {}
    for file in files:
        folders.setdefault(file.name.rpartition("/")[0], {})[file.path.name] = file
    for folder, found in folders.items():
        line = _web(found)
        if line is None:
            continue
        settings = found["app.json"].document if "app.json" in found else Document(())
        content = settings.content if isinstance(settings.content, dict) else {}
        if "heroku.yml" in found or OF_HEROKU & content.keys():
            name = f"{folder}/web".lstrip("/")
            route = Route("", line, (Fact(("idle_timeout",), IDLE, line, DEFAULT),), (name,))
            yield Station(line, PLATFORM, routes=(route,), entrance=line)
            grace = Fact(("operations", "termination_grace"), GRACE, line, DEFAULT)
            facts = (*_nodes(settings, found), grace)
            yield Station(line, "", frozenset({name}), frozenset({folder_path(folder)}), facts=facts)


def _web(found: dict[str, File]) -> Line | None:
    """The line that declares the process which answers requests."""
    for name in ("Procfile", "heroku.yml"):
        for number, text in enumerate(found[name].lines if name in found else (), 1):
            if _WEB.match(text.strip()):
                return found[name].line(number)
    return None


def _nodes(settings: Document, found: dict[str, File]) -> Iterator[Fact]:
    """The dynos that a new application begins with."""
    at: SpecPath = ("formation", "web", "quantity")
    quantity = value_at(settings.content, at)
    if isinstance(quantity, int) and not isinstance(quantity, bool) and 0 < quantity < 10**6:
        line = found["app.json"].line(settings.span(at, key=True).line)
        reason = f"a new application begins with {quantity}; `heroku ps:scale` decides on the rest"
        yield Fact(("topology", "nodes"), None, line, reason)
