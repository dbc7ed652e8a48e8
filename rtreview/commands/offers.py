"""What a shell is offered for a word that is being typed: ids, platforms and fields that begin so."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

VARIABLE = "_RTREVIEW_COMPLETE"
"""Set by the script of a shell where it asks what could stand at the cursor."""


def answer_shells() -> None:
    """Let typer answer where a shell asks."""
    if VARIABLE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]  # noqa: PLC0415 - for shells

        completion_init()


def rules(incomplete: str) -> list[tuple[str, str]]:
    """Rules with their titles; of a list with commas, the last one."""
    from rtreview.rulebook import rulebook  # noqa: PLC0415 - only a shell asks for them

    before, comma, begun = incomplete.rpartition(",")
    sections = rulebook.load().sections.items()
    named = ((name, section.title) for name, section in sections if section.kind == "validation")
    return [(f"{before}{comma}{name}", title) for name, title in _begun(named, begun)]


def sections(incomplete: str) -> list[tuple[str, str]]:
    """What `explain` can print, with titles."""
    from rtreview.rulebook import rulebook  # noqa: PLC0415 - likewise

    named = ((name, section.title) for name, section in rulebook.load().sections.items())
    return list(_begun(named, incomplete))


def platforms(incomplete: str) -> list[tuple[str, str]]:
    """Platforms of the catalogue, with their names."""
    from rtreview.language import catalogue  # noqa: PLC0415 - likewise

    return list(_begun(((platform.id, platform.name) for platform in catalogue.load()), incomplete))


def fields(incomplete: str) -> list[tuple[str, str]]:
    """Fields and sections of the language, with what they mean."""
    from rtreview.render import outline  # noqa: PLC0415 - likewise

    named = ((part.name, part.entry.description) for part in outline.parts())
    return list(_begun(named, incomplete))


def _begun(named: Iterable[tuple[str, str]], incomplete: str) -> Iterator[tuple[str, str]]:
    return ((name, text) for name, text in named if name.startswith(incomplete))
