"""Sections of the references on a terminal: a list by topic, or each as it stands."""

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
    """A list, by kind and topic, each with its severity and title; `is_verbose` prints all of each."""
    if context.is_verbose:
        return "\n".join(_whole(section, context) for section in sections)
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


def _whole(section: Section, context: Context) -> str:
    """As it stands in its file, laid out where colours are shown."""
    place = harmless(f"{section.file}:{section.line}")
    source = "\n".join(harmless(line) for line in section.source.splitlines())
    if not context.colour:
        return f"{source}\n\n({place})\n"
    from rich.console import Console  # noqa: PLC0415 - slow to load, and only a terminal needs it
    from rich.markdown import Markdown  # noqa: PLC0415

    console = Console(width=context.width)
    with console.capture() as capture:
        console.print(Markdown(source), place)
    return capture.get()


SECTIONS.register("text", render)
