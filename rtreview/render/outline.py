"""The fields of a spec for a person: a page for one, all parts of a section, or the tree of them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args, get_origin

from rtreview.language.field import Field
from rtreview.language.notation import NONE, notation_of
from rtreview.language.section import Entry, Named, Section, Sections, section_of
from rtreview.language.spec import Spec
from rtreview.rulebook.rulebook import Rulebook
from rtreview.text.scalars import flow

_INDENT = "  "


class Part(NamedTuple):
    """A field or section of the language, and where it stands; a name that a team gives is `*`."""

    path: tuple[str, ...]
    kind: Any
    entry: Entry

    @property
    def name(self) -> str:
        """The path with dots."""
        return ".".join(self.path)

    @property
    def section(self) -> type[Section] | None:
        """What it holds; None where it is a field."""
        return section_of(self.kind)

    @property
    def values(self) -> str:
        """What may stand there, in words."""
        origin = get_origin(self.kind)
        if origin is Field:
            kind = notation_of(get_args(self.kind)[0]).kind
            return kind if NONE in kind.split("`") else f"{kind}; or `{NONE}`"
        return "sections by name" if origin is Named else "a list of sections" if origin else "a section"

    @property
    def words(self) -> dict[str, str]:
        """The words that may stand there, each with its meaning where that has to be said."""
        if self.section is not None:
            return dict.fromkeys(self.section.WORDS, "")
        is_truth = True in notation_of(get_args(self.kind)[0]).options
        return {**self.entry.words, **dict.fromkeys(("true", "false") if is_truth else (), ""), NONE: ""}

    @property
    def described_values(self) -> str:
        """What may stand there, where a line for each word follows."""
        words = ", ".join(self.entry.words)
        return self.values.replace(f"one of {words}", "one of these") if words else self.values


def parts(section: type[Section] = Spec, at: tuple[str, ...] = ()) -> Iterator[Part]:
    """Every field and section below a section, each before what it holds."""
    for key, (kind, entry) in zip(section.KEYS, section.ENTRIES.values(), strict=True):
        part = Part((*at, key), kind, entry)
        yield part
        inside = part.section
        if inside is not None and part.path != ("features",):
            yield from parts(inside, (*part.path, "*") if get_origin(kind) is Named else part.path)


def settable() -> Iterator[Part]:
    """The parts that have one place in any design: none inside of a list, below a name, or the version."""
    closed: list[tuple[str, ...]] = [("rtreview",)]
    for part in parts():
        if any(part.path[: len(path)] == path for path in closed):
            continue
        if get_origin(part.kind) in (Sections, Named):
            closed.append(part.path)
        if get_origin(part.kind) is not Named:
            yield part


def named(name: str) -> list[Part]:
    """The parts that a name means: the one at that path, or all whose path ends so."""
    wanted = tuple(name.strip(".").replace("[]", "").split("."))
    every = list(parts())
    exact = [part for part in every if part.path == wanted]
    return exact or [part for part in every if part.path[-len(wanted) :] == wanted]


def tree(width: int) -> str:
    """Each field with what may stand there, indented below its section; long lists of words are cut."""
    lines = []
    for part in parts():
        left = f"{_INDENT * (len(part.path) - 1)}{part.path[-1]}"
        room = width - len(left) - 2
        values = textwrap.shorten(part.values, room, placeholder=" ...", break_on_hyphens=False)
        lines.append(left if part.section else f"{left}  {values}")
    return "\n".join(lines) + "\n"


def page(part: Part, rulebook: Rulebook, width: int) -> str:
    """A field with its meaning, an example and the rules that read it; or a section with all of its parts."""
    lines = [f"{part.name}: {part.described_values}", *_filled(part.entry.description, width, _INDENT)]
    lines += _words(part, width, _INDENT)
    inside = part.section
    if inside is not None:
        for each in parts(inside, part.path):
            depth = _INDENT * (len(each.path) - len(part.path))
            values = "" if each.section else f" ({each.described_values})"
            lines += _filled(f"{each.path[-1]}{values}: {each.entry.description}", width, depth, hang="    ")
            lines += _words(each, width, f"{depth}    ")
    example = part.entry.example
    # A text is declared as a spec has it, be it a number.
    written = example if isinstance(example, str) else flow(example)
    lines += ["", f"{_INDENT}example  {part.path[-1]}: {written}"]
    readers = ", ".join(_readers(part, rulebook))
    if readers:
        lines += _filled(f"rules    {readers}", width, _INDENT, hang=" " * 9)
    return "\n".join(lines) + "\n"


def _words(part: Part, width: int, indent: str) -> Iterator[str]:
    """A line for each word, and what it means."""
    for word, meaning in part.entry.words.items():
        yield from _filled(f"{word}: {meaning}", width, f"{indent}{_INDENT}", hang=_INDENT)


def _filled(text: str, width: int, indent: str, hang: str = "") -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent + hang, break_on_hyphens=False
    )


def _readers(part: Part, rulebook: Rulebook) -> Iterator[str]:
    """The rules whose section speaks of it, by its path or by the last two names of that."""
    names = {part.name, ".".join(part.path[-2:])} if len(part.path) > 1 else {part.name}
    for rule in rulebook:
        source = rule.section.source
        if any(f"`{name}`" in source or f"`{name}:" in source for name in names):
            yield rule.id
