"""App Engine's flexible environment, the one of its environments that keeps connections."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rtreview.evidence.deployment import Fact, File, Station
from rtreview.evidence.readers.node import Node, mapping

AFFINITY = {"True": "cookie", "False": "none"}
"""`network.session_affinity` (cloud.google.com/appengine/docs/flexible/reference/app-yaml)."""

_APP = re.compile(r"(^|/)app(\.[\w-]{1,40})?\.ya?ml$")
_ENVIRONMENT = re.compile(r"^env:[ \t]{0,8}['\"]?flex", re.MULTILINE)


def takes(file: File) -> bool:
    """Whether it describes a service of the flexible environment, which alone keeps connections."""
    return _APP.search(file.name) is not None and _ENVIRONMENT.search(file.text) is not None


def stations(files: Sequence[File]) -> Iterator[Station]:
    """A process for each service."""
    for file in files:
        top = mapping(file)
        if top is not None:
            name = top.word("service") or "default"
            yield Station(
                file.line(1), names=frozenset({name}), facts=tuple(_scaled(top)), entrance=file.line(1)
            )


def _scaled(top: Node) -> Iterator[Fact]:
    nodes = ("topology", "nodes")
    fixed = top.at("manual_scaling", "instances")
    least, most = (top.at("automatic_scaling", f"{end}_num_instances") for end in ("min", "max"))
    if fixed is not None and type(fixed.value) is int:
        yield Fact(nodes, fixed.value, fixed.line)
    elif least and most and type(least.value) is int and type(most.value) is int:
        yield Fact(nodes, f"{least.value}..{most.value}", least.line)
    sticky = top.at("network", "session_affinity")
    if sticky is not None and str(sticky.value) in AFFINITY:
        yield Fact(("topology", "affinity"), AFFINITY[str(sticky.value)], sticky.line)
