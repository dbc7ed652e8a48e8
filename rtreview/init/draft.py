"""A spec that is written for somebody: what is stated, what stays open, and why, as YAML with comments.

The layout is that of `examples/`: the sections in the order of the language, a line for each statement, short
maps in braces. What is open stands as a comment, so that a reviewer sees that nobody has decided it.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from rtreview.language import spec
from rtreview.language.design import FACTS
from rtreview.language.section import Section
from rtreview.quantities.unchanging import unchanging
from rtreview.reviews import engine
from rtreview.rulebook.finding import Finding, Severity, Verdict
from rtreview.text.harmless import harmless
from rtreview.text.place import SpecPath
from rtreview.text.refusal import Refused
from rtreview.text.scalars import flow

WIDTH = 80
"""Columns of a draft: it is read in a terminal, beside its review."""

OPEN = "Open: "
INDENT = "  "

HEAD = ("name", "summary", "owners", "status", "links")
"""What a spec says of itself; it comes first."""

FEATURES = "features"
"""Stands for the mapping of features by name, which is no section."""

_SPEAKS = re.compile(r"rtreview\s*:")


@unchanging()
class Statement:
    """A statement of a draft: where it stands, its value, and why.

    Attributes:
        at: the path; the sections on the way are made.
        value: as YAML has it: texts, numbers, truth values, lists, mappings.
        comment: what the reader of the spec is told; nothing where the value speaks for itself.
        cites: the name of a section of the references, or a principle of `patterns.md`.
        reason: what else `--explain` says.
        is_open: whether it is not decided; `value` is then an example, and `comment` tells what to find out.

    """

    at: SpecPath
    value: Any
    comment: str = ""
    cites: str = ""
    reason: str = ""
    is_open: bool = False


def undecided(at: SpecPath, example: Any, find_out: str) -> Statement:
    """A line that stays open: an example of what could stand there, and what to find out first."""
    return Statement(at, example, find_out, is_open=True)


def line_or_open(at: SpecPath, value: Any, find_out: str, example: Any, comment: str = "") -> Statement:
    """An answer; where nobody knows it, an open line with an example."""
    if value is None:
        return undecided(at, example, find_out)
    return Statement(at, value, comment)


def text(statements: Sequence[Statement], head: str = "") -> str:
    """The spec as YAML. Of two statements at the same place the later one counts."""
    tree = _Branch()
    for statement in statements:
        tree.add(statement.at, statement)
    lines = [*_wrapped(head, 0), f"rtreview: {spec.VERSION}", *_lines(tree, spec.Spec, 0)]
    return "\n".join(lines) + "\n"


def findings(draft: str) -> tuple[Finding, ...]:
    """What a review says of a draft."""
    return tuple(found for review in engine.review(draft) for found in review.findings)


def remarks(draft: str) -> tuple[Finding, ...]:
    """What a review says of a draft in which nothing is violated: questions, and remarks at `info`.

    Raises:
        Refused: something is, so that the answers do not go together.

    """
    said = findings(draft)
    for found in said:
        if found.verdict is not Verdict.UNSTATED and found.severity is not Severity.INFO:
            raise Refused(
                f"these answers do not go together ({found.rule}). {found.message} Change one of them, or "
                "leave it open with `?`"
            )
    return said


@dataclass
class _Branch:
    """A mapping of the spec that is being written, or a list, whose keys are numbers."""

    parts: dict[str | int, _Branch | Statement] = field(default_factory=dict)

    def add(self, at: SpecPath, statement: Statement) -> None:
        name, *rest = at
        if not rest:
            self.parts[name] = statement
            return
        inner = self.parts.get(name)
        if not isinstance(inner, _Branch):
            inner = self.parts[name] = _Branch()
        inner.add(tuple(rest), statement)

    @property
    def is_open(self) -> bool:
        """Whether nothing in it is decided."""
        return all(part.is_open for part in self.parts.values())

    def statements(self) -> Iterator[Statement]:
        """All that is in it."""
        for part in self.parts.values():
            yield from [part] if isinstance(part, Statement) else part.statements()

    @property
    def is_list(self) -> bool:
        """Whether its keys are the numbers of items."""
        return all(isinstance(name, int) for name in self.parts)

    @property
    def value(self) -> dict[str, Any] | list[Any]:
        """As YAML has it."""
        if self.is_list:
            return [part.value for part in self.parts.values()]
        return {str(name): part.value for name, part in self.parts.items()}


def _lines(branch: _Branch, section: Any, depth: int) -> Iterator[str]:
    """The lines of a mapping; the fields of a section come in the order of the language."""
    if branch.is_list:
        for item in branch.parts.values():
            yield from _item(item, section, depth)
        return
    order = _order(section)
    for name in sorted(
        map(str, branch.parts), key=lambda name: order.index(name) if name in order else len(order)
    ):
        part = branch.parts[name]
        if depth == 0 and name not in (*HEAD, *FACTS):
            yield ""
        if isinstance(part, _Branch) and not part.is_open:
            yield f"{INDENT * depth}{flow(name)}:"
            yield from _lines(part, _inside(section, name), depth + 1)
            continue
        for statement in [part] if isinstance(part, Statement) else part.statements():
            yield from _comment(statement, depth)
        indent = f"{INDENT * depth}{'# ' if part.is_open else ''}"
        yield from (f"{indent}{line}" for line in _written(name, part.value, WIDTH - len(indent)))


def _item(item: _Branch | Statement, section: Any, depth: int) -> Iterator[str]:
    """An item of a list: what is said of its first line stands above its dash."""
    if isinstance(item, Statement):
        yield from (*_comment(item, depth), f"{INDENT * depth}- {flow(item.value)}")
        return
    lines = list(_lines(item, section, depth + 1))
    first = next(number for number, line in enumerate(lines) if not line.lstrip().startswith("#"))
    yield from (line.removeprefix(INDENT) for line in lines[:first])
    yield f"{INDENT * depth}- {lines[first].lstrip()}"
    yield from lines[first + 1 :]


def _comment(statement: Statement, depth: int) -> list[str]:
    """What is said of a statement, wrapped, in which nothing acts and nothing speaks to `rtreview`."""
    comment = f"{OPEN}{statement.comment}" if statement.is_open else statement.comment
    cited = f"({statement.cites})" if statement.cites else ""
    return _wrapped(f"{comment} {cited}".strip(), depth)


def _wrapped(comment: str, depth: int) -> list[str]:
    mark = f"{INDENT * depth}# "
    plain = _SPEAKS.sub("rtreview.", harmless(" ".join(comment.split())))
    layout = textwrap.TextWrapper(WIDTH, mark, mark, break_on_hyphens=False, break_long_words=False)
    return layout.wrap(plain)


def _written(name: str, value: Any, width: int) -> list[str]:
    """A key with its value: in one line where it fits, else with a line for each part."""
    line = f"{flow(name)}: {flow(value)}"
    if len(line) <= width or not value or not isinstance(value, dict | list):
        return [line]
    if isinstance(value, dict):
        inner = [row for key, part in value.items() for row in _written(key, part, width - 2)]
        return [f"{flow(name)}:", *(f"  {row}" for row in inner)]
    return [f"{flow(name)}:", *(f"  - {flow(item)}" for item in value)]


def _order(section: Any) -> list[str]:
    """The fields of a section in the order in which people write them."""
    if section is spec.Spec:
        return [*HEAD, *spec.FeatureSpec.KEYS, "features", "accepted", "delegated"]
    return [] if section in (None, FEATURES) else list(section.KEYS)


def _inside(section: Any, name: str) -> Any:
    """What stands under a name of a section: another section, or features by their names."""
    if section is spec.Spec and name == "features":
        return FEATURES
    if section is FEATURES:
        return spec.FeatureSpec
    kind = section.kind_of(name)
    kind = next(iter(get_args(kind)), kind)
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None
