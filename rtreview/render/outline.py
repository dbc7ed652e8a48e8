"""The language for a person: a page that fits one screen for a field or a section, or the tree of all."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, zip_longest

from rtreview.language import catalogue
from rtreview.language.notation import words_meant
from rtreview.language.spec import Spec
from rtreview.language.tree import Branch, branches
from rtreview.render.format import OUTLINES, Context
from rtreview.rulebook.outline import Outline
from rtreview.rulebook.rulebook import Rulebook
from rtreview.text.door import door

_INDENT = "  "

_SCREEN = 23
"""Lines of a page, so that it fits a terminal of 24 lines with its prompt."""

_LABEL = len("defaults  ")
"""Columns before what stands below one another: example, defaults, rules."""

_VALUES = 5
"""Up to this many values of platforms are shown."""


def render(outline: Outline, context: Context) -> str:
    """A page of one field or section, a line for each of several, or what they hold as a tree."""
    found = outline.branches
    if outline.is_tree:
        return "".join(tree(context.width, branch) for branch in found) or tree(context.width)
    if len(found) > 1:
        return several(outline.name, found, context.width)
    return page(found[0], outline.rulebook, context.width)


def tree(width: int, section: Branch | None = None) -> str:
    """Each field with what may stand there, indented below its section; long lists of words are cut."""
    lines = []
    above = len(section.path) if section else 0
    for branch in branches(Spec):
        if section and branch.path[:above] != section.path:
            continue
        left = f"{_INDENT * (len(branch.path) - max(above, 1))}{branch.key}"
        room = width - len(left) - 2
        values = textwrap.shorten(branch.values, room, placeholder=" ...", break_on_hyphens=False)
        lines.append(left if branch.section else f"{left}  {values}")
    return "\n".join(lines) + "\n"


def several(name: str, found: Sequence[Branch], width: int) -> str:
    """All that a name may mean, a line for each."""
    rows = list(_rows([(branch.name, branch.entry.description) for branch in found], width))
    words = words_meant(name) if name not in {branch.key for branch in found} else ()
    title = f"{name} ({', '.join(words)})" if words else name
    return "\n".join([f"{title}: {len(found)} parts of a spec", *rows, "", *_see(found[0], width)]) + "\n"


def page(branch: Branch, rulebook: Rulebook, width: int) -> str:
    """A field with its meaning word by word, or a section with its fields; example, defaults and rules."""
    words = ", ".join(branch.entry.words)
    values = branch.values.replace(f"one of {words}", "one of these") if words else branch.values
    lines = textwrap.wrap(
        f"{branch.name}: {values}", width, subsequent_indent=_INDENT, break_on_hyphens=False
    )
    lines += _filled(branch.entry.description, width)
    inside = list(branch.holds)
    foot = _foot(branch, inside, rulebook, width)
    if inside:
        lines += ["", *_fields(inside, width, _SCREEN - len(lines) - len(foot) - 1)]
    else:
        for word, meaning in branch.entry.words.items():
            lines += textwrap.wrap(
                f"{word}: {meaning}", width, initial_indent=_INDENT * 2, subsequent_indent=_INDENT * 3
            )
    return "\n".join([*lines, *foot]) + "\n"


def _foot(branch: Branch, inside: Sequence[Branch], rulebook: Rulebook, width: int) -> list[str]:
    """What stands below the meaning: example, defaults, rules, and how to see more."""
    lines = ["", *_labelled("example", f"{branch.key}: {branch.example}", width)]
    if not inside:
        lines += _defaults(branch, width)
    readers = [rule.id for rule in rulebook.readers(branch.path)]
    lines += _cut("rules", readers, width, lines=2 if inside else 3)
    if inside:
        lines += _see(inside[0], width)
        # What a feature holds stands at the top of the tree.
        below = "" if branch.path == ("features",) else branch.name
        lines += _labelled("tree", door().fields(below), width)
    return lines


def _fields(inside: Sequence[Branch], width: int, height: int) -> list[str]:
    """The fields and sections of a section: a line for each, or, where those are too many, by their kind.

    Of many sections, what each is for is told in a few words as long as that fits the height.
    """
    fields = [branch for branch in inside if branch.section is None]
    sections = [branch for branch in inside if branch.section is not None]
    kinds: dict[str, list[str]] = {}
    for field in fields:
        kinds.setdefault(_kind(field), []).append(field.key)
    by_kind = [
        (kind, ", ".join(names)) for kind, names in sorted(kinds.items(), key=lambda each: -len(each[1]))
    ]
    left = max((len(label) for label, _ in by_kind), default=0)
    each_section = [(branch.key, branch.entry.description) for branch in sections]
    in_one = [("a section", ", ".join(branch.key for branch in sections))] if sections else []
    all_fields = [("fields", ", ".join(branch.key for branch in fields))] if fields else []
    beside = _columns(each_section, width)
    choices: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: _rows([(branch.key, branch.entry.description) for branch in inside], width),
        lambda: chain(_table(by_kind, width), [""] if sections else [], _rows(each_section, width, left)),
        *([lambda: chain(_table(all_fields, width), [""], beside)] if beside else []),
        lambda: _table([*by_kind, *in_one], width),
    )
    laid_out = (list(choice()) for choice in choices)
    return next((lines for lines in laid_out if len(lines) <= height), list(choices[-1]()))


def _kind(field: Branch) -> str:
    """The kind of its values in two or three words."""
    kind = field.notation.kind if field.notation else ""
    if kind.startswith("a list"):
        return "a list"
    return "a word" if field.entry.words else kind.partition(", or ")[0].replace("`", "")


def _rows(pairs: Sequence[tuple[str, str]], width: int, left: int = 0) -> Iterator[str]:
    """A line for each name, with as much of its meaning as fits there; names take so much, or more."""
    left = max((left, *(len(name) for name, _ in pairs)))
    for name, described in pairs:
        meaning = _fitting(re.sub("; `.*", ".", described), width - len(_INDENT) - left - 2)
        yield f"{_INDENT}{name:<{left}}  {meaning}".rstrip()


def _fitting(meaning: str, room: int) -> str:
    """A meaning as far as there is room: its first clauses, or words of it where no clause fits."""
    if len(meaning) <= room:
        return meaning
    ends = (found.start() for found in re.finditer(r"[.;:,](?= |$)", meaning))
    clauses = [meaning[:end] for end in ends if end < room]
    whole = [clause for clause in clauses if clause.count("(") == clause.count(")")]
    return f"{whole[-1]}." if whole else textwrap.shorten(meaning, room, placeholder=" ...")


def _columns(pairs: Sequence[tuple[str, str]], width: int) -> list[str]:
    """Names with their meanings in two columns, read downwards; nothing where one has no room for its own."""
    each = (width - len(_INDENT)) // 2
    rows = list(_rows(pairs, each))
    if any(row.endswith(" ...") for row in rows):
        return []
    half = -(-len(rows) // 2)
    columns = zip_longest(rows[:half], rows[half:], fillvalue="")
    return [f"{first:<{each}}{second}".rstrip() for first, second in columns]


def _table(pairs: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Names behind what they have in common, wrapped below one another."""
    left = max((len(label) for label, _ in pairs), default=0)
    for label, names in pairs:
        hang = " " * (len(_INDENT) + left + 2)
        yield from textwrap.wrap(
            names, width, initial_indent=f"{_INDENT}{label:<{left}}  ", subsequent_indent=hang
        )


def _see(branch: Branch, width: int) -> list[str]:
    """How to see one of the fields."""
    path = branch.path[2:] if branch.path[0] == "features" else branch.path
    name = ".".join(path).replace("*", "NAME")
    return _labelled("field", door().field(name), width)


def _filled(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False
    )


def _labelled(label: str, text: str, width: int) -> list[str]:
    hang = " " * (len(_INDENT) + _LABEL)
    return textwrap.wrap(
        text, width, initial_indent=f"{_INDENT}{label:<{_LABEL}}", subsequent_indent=hang,
        break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip


def _cut(label: str, names: Sequence[str], width: int, lines: int) -> list[str]:
    """As many names as these lines hold, and the number of the others."""
    for count in range(len(names), 0, -1):
        rest = f", and {len(names) - count} more" if count < len(names) else ""
        filled = _labelled(label, f"{', '.join(names[:count])}{rest}", width)
        if len(filled) <= lines:
            return filled
    return []


def _defaults(branch: Branch, width: int) -> list[str]:
    """What platforms fix where a spec is silent: a line for each value, the most frequent first."""
    by_value: dict[str, list[str]] = {}
    for value, platform, kind in catalogue.fixed(branch.path):
        by_value.setdefault(value, []).append(f"{platform.id} ({kind})" if kind else platform.id)
    values = sorted(by_value.items(), key=lambda each: -len(each[1]))
    left = max((len(value) for value, _ in values[:_VALUES] if len(value) <= _LABEL * 2), default=0)
    lines = []
    for number, (value, names) in enumerate(values[:_VALUES]):
        label = "" if number else "defaults"
        lines += _cut(f"{label:<{_LABEL}}{value:<{left}}  ", names, width, lines=1)
    if len(values) > _VALUES:
        others = len(values) - _VALUES
        lines += _labelled("", f"and {others} other value{'s' * (others > 1)}", width)
    return lines


OUTLINES.register("text", render)
