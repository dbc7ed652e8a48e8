"""Sections of the references on a terminal: a list by topic, or each as it stands."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from rtreview.render.format import SECTIONS, Context
from rtreview.rulebook.references import Section
from rtreview.text.harmless import harmless

KINDS = {
    "validation": "rules",
    "hand-over": "not reviewed here",
    "note": "beside the rules",
    "sharp-edge": "sharp edges",
    "pattern": "patterns",
    "anti-pattern": "anti-patterns",
}
"""What a list of a kind is called."""


_INSIDE = re.compile(r"\[([^\]\[]+)\]\((?!https?:)[^)\s\[]*\)")
"""A link to another section, which no terminal can follow."""

SCREEN = 20
"""Lines of a search that fit on a screen of 24, with what stands below them and a prompt."""


def render(sections: Sequence[Section], context: Context) -> str:
    """A list by kind and topic, each with its severity and title.

    `is_brief` prints a screen of them, as they are ordered, and `is_verbose` all of each.
    """
    if context.is_verbose:
        return "\n".join(_whole(section, context) for section in sections)
    lines = _first(sections, context.width) if context.is_brief else _by_topic(sections, context.width)
    return "".join(f"{harmless(line)}\n" for line in lines)


def _by_topic(sections: Sequence[Section], width: int) -> Iterator[str]:
    parts = groupby(sections, key=lambda section: (section.kind, section.topic))
    for number, ((kind, topic), members) in enumerate(parts):
        yield from [""] if number else []
        yield (topic.replace("-", " ") or KINDS[kind]).capitalize()
        for lines in _listed(list(members), width):
            yield from lines


def _first(sections: Sequence[Section], width: int) -> Iterator[str]:
    printed = 0
    left = len(sections)
    for lines in _listed(sections, width):
        printed += len(lines)
        if printed > SCREEN:
            break
        yield from lines
        left -= 1
    yield ""
    if left:
        yield f"{left} left out: add a word, or list all with `--format json`."
    yield "`rtreview explain ID` prints one."


def _listed(sections: Sequence[Section], width: int) -> Iterator[list[str]]:
    """Each in a line where that fits: how severe it is, its id and its title."""
    words = [_word(section) for section in sections]
    column = max(map(len, words))
    for word, section in zip(words, sections, strict=True):
        name = section.id if section.title == section.id else f"{section.id}: {section.title}"
        text = f"  {word:<{column}}  {name}"
        yield textwrap.wrap(text, width, subsequent_indent=" " * (column + 6), break_on_hyphens=False)


def _word(section: Section) -> str:
    """How severe a rule is as a rule; of other sections, what they are."""
    severity = section.facts.get("Severity", "").partition(";")[0]
    return severity if section.kind == "validation" else section.kind


def _whole(section: Section, context: Context) -> str:
    """As it stands in its file, and laid out on a terminal."""
    place = harmless(section.address or f"{section.file}:{section.line}")
    source = "\n".join(harmless(line) for line in section.source.splitlines())
    if not context.is_screen:
        return f"{source}\n\n({place})\n"
    from rich.console import Console  # noqa: PLC0415 - slow to load, and only a terminal needs it
    from rich.markdown import Markdown  # noqa: PLC0415
    from rich.theme import Theme  # noqa: PLC0415

    # In the colours of the terminal itself, whose background nobody knows.
    theme = Theme({"markdown.code": "bold cyan", "markdown.code_block": "default"})
    console = Console(width=context.width, theme=theme, force_terminal=context.colour)
    text = Markdown(_INSIDE.sub(r"\1", source), code_theme="ansi_dark", hyperlinks=context.links)
    with console.capture() as capture:
        console.print(text, "", f"({place})", sep="\n", highlight=False)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


SECTIONS.register("text", render)
