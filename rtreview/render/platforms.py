"""Platforms of the catalogue on a terminal: a list by kind, or the file of each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rtreview.language.catalogue import Platform
from rtreview.render.format import PLATFORMS, Context


def render(platforms: Sequence[Platform], context: Context) -> str:
    """Each with its id and name below its kind; `is_verbose` prints their files, with the sources."""
    if context.is_verbose:
        return "".join(each.source for each in platforms)
    width = max(len(platform.id) for platform in platforms)
    kinds = groupby(platforms, key=lambda platform: platform.kind)
    return "\n".join(
        f"{kind}\n" + "".join(f"  {platform.id:<{width}}  {platform.name}\n" for platform in members)
        for kind, members in kinds
    )


PLATFORMS.register("text", render)
