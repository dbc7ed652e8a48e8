"""Sections of the references on a terminal: one as it stands, or a list of several by topic."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from rtreview.render.format import SECTIONS, Context
from rtreview.rulebook.references import Section
from rtreview.text.harmless import harmless

KINDS = {
    "validation": "rules",
    "hand-over": "not reviewed here",
    "sharp-edge": "sharp edges",
    "pattern": "patterns",
    "anti-pattern": "anti-patterns",
}
"""What a list of a kind is called."""


def render(sections: Sequence[Section], context: Context) -> str:
    """A list, by kind and topic, each with its severity and title."""
    lines = []
    for (kind, topic), members in groupby(sections, key=lambda section: (section.kind, section.topic)):
        head = topic.replace("-", " ") or KINDS[kind]
        lines += [
            "",
            head.capitalize(),
            *(line for section in members for line in _listed(section, context.width)),
        ]
    return "".join(f"{harmless(line)}\n" for line in lines[1:])


def _listed(section: Section, width: int) -> Iterator[str]:
    severity = f"  {section.facts['Severity']}" if "Severity" in section.facts else ""
    yield from textwrap.wrap(
        f"{section.id}{severity}", width, initial_indent="  ", subsequent_indent="      "
    )
    yield f"    {section.title}"


SECTIONS.register("text", render)
