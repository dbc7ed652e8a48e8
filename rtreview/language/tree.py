"""The language as a tree: every field and section, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args, get_origin

from rtreview.language.field import Field
from rtreview.language.notation import NONE, Notation, did_you_mean, notation_of
from rtreview.language.section import Entry, Mistake, Named, Section, Sections, read_part, section_of
from rtreview.text.scalars import flow, resolved

_SHORT = 60
"""So many signs may a kind of value have inside of a sentence."""


class Branch(NamedTuple):
    """A field or section of the language, and where it stands; a name that a team gives is `*`."""

    path: tuple[str, ...]
    kind: Any
    entry: Entry

    @property
    def key(self) -> str:
        """The last word of the path."""
        return self.path[-1]

    @property
    def name(self) -> str:
        """The path with dots."""
        return ".".join(self.path)

    @property
    def section(self) -> type[Section] | None:
        """What it holds; None where it is a field."""
        return section_of(self.kind)

    @property
    def inside(self) -> tuple[str, ...]:
        """How the paths of what it holds begin: where that has names, behind one."""
        return (*self.path, "*") if get_origin(self.kind) is Named else self.path

    @property
    def holds(self) -> Iterator[Branch]:
        """What stands in it as a section; nothing where it is a field."""
        if self.section is not None:
            yield from _parts(self.section, self.inside)

    @property
    def notation(self) -> Notation | None:
        """How its values are written; None where it is a section."""
        return notation_of(get_args(self.kind)[0]) if get_origin(self.kind) is Field else None

    @property
    def values(self) -> str:
        """What may stand there, in words."""
        if self.notation is not None:
            kind = self.notation.kind
            return kind if NONE in kind.split("`") else f"{kind}; or `{NONE}`"
        origin = get_origin(self.kind)
        return "sections by name" if origin is Named else "a list of sections" if origin else "a section"

    @property
    def example(self) -> str:
        """A value as a spec has it."""
        example = self.entry.example
        # A text is declared as a spec has it, be it a number.
        return example if isinstance(example, str) else flow(example)

    @property
    def words(self) -> dict[str, str]:
        """The words that may stand there, each with its meaning where that has to be said."""
        if self.section is not None:
            return dict.fromkeys(self.section.WORDS, "")
        is_truth = self.notation is not None and True in self.notation.options
        return {**self.entry.words, **dict.fromkeys(("true", "false") if is_truth else (), ""), NONE: ""}

    def proposal(self, raw: object) -> str:
        """What a value that it refuses may mean: `lww` is `last-writer-wins`; nothing where nobody knows."""
        mistakes: list[Mistake] = []
        read_part(self.kind, self.entry, raw, (), mistakes)
        found = re.search("`([^`]+)`[?]$", mistakes[0].message) if mistakes else None
        return found[1] if found and self.takes(resolved(found[1])) else ""

    def wanted(self, raw: object) -> str:
        """What may stand there, for a sentence, with an example: where it can be, one that has the value."""
        if self.notation is None:
            example = self.entry.example
            example = example[0] if isinstance(example, list) else example
            if self.section and get_origin(self.kind) is not Named:
                example = self.section.filled(example, raw)
            return f"a mapping such as `{flow(example)}`"
        kind = self.notation.kind
        if kind.startswith("one of") and len(kind) <= _SHORT:
            return kind
        return f"{kind if len(kind) <= _SHORT else 'a value'} such as `{self.example}`"

    def takes(self, raw: object) -> bool:
        """Whether a value has a meaning there.

        A mapping has one in a section that has a field of such a name as one of its keys; what is wrong
        inside of it is another mistake.
        """
        mistakes: list[Mistake] = []
        read_part(self.kind, self.entry, raw, (), mistakes)
        depth = 1 if get_origin(self.kind) is Named else 0
        if any(sum(isinstance(key, str) for key in each.at) <= depth for each in mistakes):
            return False
        section = self.section
        if section is None or not isinstance(raw, dict) or not raw or depth:
            return True
        return any(section.kind_of(key) or did_you_mean(key, tuple(section.KEYS)) for key in raw)


def _parts(section: type[Section], at: tuple[str, ...]) -> Iterator[Branch]:
    for key, (kind, entry) in zip(section.KEYS, section.ENTRIES.values(), strict=True):
        yield Branch((*at, key), kind, entry)


def branches(section: type[Section], at: tuple[str, ...] = ()) -> Iterator[Branch]:
    """Every field and section below a section, each before what it holds.

    What `features` hold stands at the top as well, and is there once.
    """
    for branch in _parts(section, at):
        yield branch
        if branch.section is not None and branch.path != ("features",):
            yield from branches(branch.section, branch.inside)


def settable(section: type[Section]) -> Iterator[Branch]:
    """Those that have one place in any design: none inside of a list, below a name, or the version."""
    closed: list[tuple[str, ...]] = [("rtreview",)]
    for branch in branches(section):
        if any(branch.path[: len(path)] == path for path in closed):
            continue
        if get_origin(branch.kind) in (Sections, Named):
            closed.append(branch.path)
        if get_origin(branch.kind) is not Named:
            yield branch
