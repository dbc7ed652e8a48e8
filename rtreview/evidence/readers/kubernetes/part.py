"""Places in the documents of resources: what stands there, on which line, and what else decides it.

Values are read where they stand, also when that is the file of values of a Helm chart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from itertools import dropwhile, islice
from typing import Any, NamedTuple

from rtreview.evidence.deployment import CONDITION, DEFAULT, UNLESS, Fact, File, Line, Override, together
from rtreview.evidence.readers.kubernetes.chart import Chart, Found
from rtreview.evidence.readers.kubernetes.expression import Expression
from rtreview.evidence.readers.kubernetes.helm import HOLE, Template
from rtreview.evidence.readers.kubernetes.readings import Unclear
from rtreview.evidence.readers.kubernetes.values_files import OWN
from rtreview.evidence.values import PUT_IN, is_template
from rtreview.quantities.unchanging import unchanging
from rtreview.text.document import Document
from rtreview.text.place import SpecPath

OVERRIDDEN = f"{UNLESS}overridden"

_OCTAL = re.compile(r"[-+]?0[0-9]")

LOOP = "a loop writes several"

MOST_GRAFTS = 20
"""Actions that may write a key of a mapping."""

SHOWN = 60
"""Signs of an expression in a sentence."""

MOST_OTHERS = 3
"""Files that are named which have another value."""


class Source(NamedTuple):
    """A document: the lines that it stands in as they are, and the template that it is made of, if any."""

    file: File
    document: Document
    template: Template | None = None


@unchanging(slots=False)
class Part:
    """A place in a document, whether or not anything stands there.

    Attributes:
        source: the document.
        path: where in it.
        content: what stands there; None where nothing does. What is open is a text as it is written.
        decided_by: what else decides than what stands there.
        why_open: why it cannot be told what stands there; empty where it can.
        others: further values that it has in turn, where a loop writes it.
        otherwise: what stands there in other files that a chart may be installed with.
        remark: what it is, which takes nothing from it.
        grafts: what kustomizations put in, by the paths in the document.
        unsure: the keys below it, at whatever depth, that a template may change, each with what does so.

    """

    source: Source
    path: SpecPath = ()
    content: Any = None
    decided_by: str = ""
    why_open: str = ""
    others: tuple[Part, ...] = ()
    otherwise: tuple[Part, ...] = ()
    remark: str = ""
    grafts: Mapping[SpecPath, Part] = field(default_factory=dict)
    unsure: Mapping[str, Override] = field(default_factory=dict)

    @property
    def line(self) -> Line:
        """Its line; of what is not there, that of the block that lacks it."""
        return self.source.file.line(self.source.document.span(self.path, key=True).line)

    @property
    def is_there(self) -> bool:
        """Whether anything stands here, be it open; not where that itself is not known."""
        return self.content is not None

    @property
    def text(self) -> str:
        """A scalar as it is written; empty for all else."""
        if isinstance(self.content, bool):
            return str(self.content).lower()
        return str(self.content) if isinstance(self.content, str | int | float) else ""

    def at(self, *keys: str | int) -> Part:
        """The part below some keys."""
        part = self
        for key in keys:
            part = part._child(key)
        return part

    def items(self) -> Iterator[Part]:
        """The parts of a list."""
        if isinstance(self.content, list):
            for index in range(len(self.content)):
                part = self._child(index)
                yield from part.items() if isinstance(part.content, list) else (part, *part.others)
        elif isinstance(self.content, dict):
            for key in self.content:
                for part in self._grafted(key):
                    yield from part.items()

    def pairs(self) -> Iterator[tuple[str, Part]]:
        """The keys of a mapping, also those that a chart's values bring, and their parts."""
        for key in self.content if isinstance(self.content, dict) else ():
            grafts = list(self._grafted(key))
            if not grafts:
                is_its = not self.why_open and key not in self.unsure
                yield key, self._made(key, self.content[key]) if is_its else self._child(key)
            for graft in grafts:
                if isinstance(graft.content, dict):
                    yield from ((each, graft._child(each)) for each in graft.content)

    def _child(self, key: str | int) -> Part:
        if self.why_open:
            return replace(self, content=None, others=())
        if isinstance(key, str) and key in self.unsure:
            return replace(self, content="", others=(), why_open=self.unsure[key].why)
        if isinstance(self.content, list):
            is_in = isinstance(key, int) and key < len(self.content)
            return self._made(key, self.content[key]) if is_in and isinstance(key, int) else self._absent(key)
        if not isinstance(self.content, dict):
            return self._absent(key)
        made = self._made(key, self.content[key]) if key in self.content else None
        if self.source.template is not None and (*self.path, key) not in self.grafts:
            made = self._last(str(key), made, self.source.template)
        return made if made is not None else self._absent(key)

    def _last(self, key: str, made: Part | None, template: Template) -> Part | None:
        """What a key has of which actions may write it once more: the last that does counts."""
        behind = self.content if made is None else dropwhile(lambda each: each != key, self.content)
        holes = list(islice((each for each in behind if HOLE.search(each)), MOST_GRAFTS + 1))
        if len(holes) > MOST_GRAFTS:
            return replace(self, content="", why_open="very many actions may write it")
        for hole in holes:
            made = self._over(key, hole, made, template)
        return made

    def _over(self, key: str, hole: str, made: Part | None, template: Template) -> Part | None:
        """What a key has behind an entry whose key is an action, or has one in it."""
        first, last = HOLE.split(hole)[0], HOLE.split(hole)[-1]
        if not (key.startswith(first) and key.endswith(last)):
            return made
        value = self.content[hole]
        where = replace(self, path=(*self.path, hole), content=None)
        condition = template.conditions.get(where.line.number - template.above, "")
        where = replace(where, decided_by=together(self.decided_by, condition))
        brought = where._put_in(hole, template)
        if value is not None and not (isinstance(brought.content, dict) and _is_each(value, hole, template)):
            return self._named(key, hole, brought, made)
        if brought.why_open:
            if template.chart.may_write(template.put_in(hole), key):
                return brought
            # That nothing stands there is so only until somebody sets these values.
            return made if made is not None else replace(brought, content=None)
        if brought.others:
            is_in = any(isinstance(each.content, dict) and key in each.content for each in brought.all)
            return replace(brought, content="", others=(), why_open=LOOP) if is_in else made
        return brought._brings(key, made, self)

    def _named(self, key: str, hole: str, name: Part, made: Part | None) -> Part | None:
        """What a key has behind an entry whose key an action writes."""
        if name.why_open or name.others or isinstance(name.content, dict):
            is_other = not name.why_open and all(each.text not in ("", key) for each in name.all)
            return made if is_other else replace(name, content="", others=(), why_open=name.why_open or LOOP)
        return self._made(hole, self.content[hole]) if name.text == key else made

    def _brings(self, key: str, made: Part | None, into: Part) -> Part | None:
        """What a key has in a mapping into which this is put, as values or as a text."""
        if isinstance(self.content, str):
            is_in = key in self.content or is_template(self.content)
            return replace(self, content="", why_open="a text of the values may set it") if is_in else made
        if isinstance(self.content, dict) and key in self.content:
            return self._child(key)
        elsewhere = tuple(
            each._child(key)
            for each in self.otherwise
            if isinstance(each.content, dict) and key in each.content
        )
        if key in self.unsure:
            return self._child(key)
        if not elsewhere:
            return made
        base = made if made is not None else into._absent(key)
        return replace(base, otherwise=(*base.otherwise, *elsewhere))

    @property
    def all(self) -> tuple[Part, ...]:
        """It, and what it is in turn."""
        return self, *self.others

    def _absent(self, key: str | int) -> Part:
        made = self.source.template
        why = "a part of the template cannot be read" if made is not None and made.is_partial else ""
        if made is not None and made.doubt is not None:
            why = made.doubt.why
        otherwise = self._elsewhere(key)
        path = (*self.path, key)
        return replace(self, path=path, content=None, why_open=why, others=(), otherwise=otherwise)

    def _elsewhere(self, key: str | int) -> tuple[Part, ...]:
        """What stands below a key in other files: what a mapping there does not have is as it is here."""
        return tuple(
            other._child(key)
            for other in self.otherwise
            if not isinstance(other.content, dict) or key in other.content
        )

    def _made(self, key: str | int, content: Any) -> Part:
        """What stands below a key."""
        path = (*self.path, key)
        if path in self.grafts:
            return self.grafts[path]
        otherwise = self._elsewhere(key)
        part = replace(self, path=path, content=content, others=(), otherwise=otherwise)
        made = self.source.template
        if made is None:
            return _as_it_stands(part)
        if made.doubt is not None and not isinstance(content, dict | list):
            return replace(part, why_open=made.doubt.why)
        condition = made.conditions.get(part.line.number - made.above, "")
        if condition and condition not in part.decided_by:
            part = replace(part, decided_by=together(part.decided_by, condition))
        # The first of several is there. Of branches that write blocks it counts, with its condition.
        is_one = isinstance(content, dict | list)
        again = [problem for problem in self.source.document.problems if problem.path == path]
        if again and not is_one:
            return replace(part, why_open=f"{CONDITION} which of several it is")
        lines = (self.source.file.line(each.span.line) for each in again)
        sure = next((line for line in lines if line.number - made.above not in made.conditions), None)
        if sure is not None:
            return replace(part, why_open=Override(sure, "the same key").why)
        return part._put_in(content, made) if isinstance(content, str) else _as_it_stands(part)

    def _grafted(self, key: str) -> Iterator[Part]:
        """What an entry of a template that consists of one hole brings."""
        hole = HOLE.fullmatch(key) if self.source.template else None
        if hole is not None and self.source.template is not None:
            where = replace(self, path=(*self.path, key), content=None)
            yield where._read(self.source.template.expression(hole), self.source.template)

    def _put_in(self, content: str, made: Template) -> Part:
        """A text with what stands in its holes."""
        holes = list(HOLE.finditer(content))
        if not holes:
            return self
        if len(holes) == 1 and holes[0][0] == content:
            return self._read(made.expression(holes[0]), made)
        parts = [self._read(made.expression(hole), made) for hole in holes]
        values = iter(part.text if part.text else "" for part in parts)
        text = HOLE.sub(lambda _: next(values), content)
        unknown = next((part for part in parts if part.why_open or not part.text), None)
        if unknown is not None:
            return replace(unknown, content=text, why_open=unknown.why_open or PUT_IN, others=())
        other = next((each for part in parts for each in part.otherwise), None)
        if other is not None:
            return replace(parts[-1], content=text, others=(), why_open=Override(other.line, "a value").why)
        return replace(parts[-1], content=text, others=())

    def _read(self, expression: Expression, made: Template) -> Part:
        """What an expression of the template stands for here."""
        if (changed := made.chart.changed(expression)) is not None:
            text = f"{{{{ {expression.text} }}}}"
            return replace(self, content=text, why_open=changed.why)
        if expression.path == ():
            return replace(self, content=expression.fallback)
        if expression.path is None and (named := made.chart.named(expression.text)) is not None:
            return valued(named, self.decided_by)
        found = made.chart.find(expression)
        parts = tuple(valued(each, self.decided_by) for each in found)
        if len(parts) == 1 and (parts[0].content or expression.fallback is None) and parts[0].is_there:
            # Where another file empties the value, what the template has by default counts.
            fallback = expression.fallback
            otherwise = tuple(
                each if each.content or fallback is None else replace(each, content=fallback)
                for each in parts[0].otherwise
            )
            return replace(parts[0], otherwise=otherwise)
        if len(parts) > 1:
            return replace(parts[0], others=parts[1:], why_open=parts[0].why_open or "")
        if expression.fallback is not None:
            reason = f"the default in the template, {OVERRIDDEN}"
            return replace(self, content=expression.fallback, decided_by=together(self.decided_by, reason))
        return replace(self, content=f"{{{{ {expression.text} }}}}", why_open=_why(expression, made.chart))


def _is_each(value: Any, hole: str, template: Template) -> bool:
    """Whether the value of an entry of a loop is the one that its key has in what is looped over."""
    key, inner = HOLE.fullmatch(hole), HOLE.fullmatch(value) if isinstance(value, str) else None
    if key is None or inner is None:
        return False
    path = template.expression(key).path
    return path is not None and template.expression(inner).path == (*path, "*")


def valued(found: Found, decided_by: str = "") -> Part:
    """A value in a file of values, and what else decides it."""
    source = Source(found.file, found.document)
    name = _base(found)
    if found.changed is not None:
        return Part(source, found.path, found.content, why_open=found.changed.why)
    if name != OWN and found.others:
        differ = ", ".join(
            f"{_shown(each)} in {_base(each)}" for each in (found, *found.others[:MOST_OTHERS])
        )
        return Part(source, found.path, found.content, why_open=f"files of values differ: {differ}")
    others = (f"{_base(each)} has {_shown(each)}" for each in found.others[:MOST_OTHERS])
    decides = together(f"{name}, {OVERRIDDEN}", *others, decided_by)
    otherwise = tuple(_instead(each, decided_by) for each in found.others)
    part = Part(source, found.path, found.content, decides, otherwise=otherwise, unsure=found.unsure)
    return _as_it_stands(part)


def _instead(found: Found, decided_by: str) -> Part:
    """A value of another file that a chart may be installed with."""
    source = Source(found.file, found.document)
    used = f"where {_base(found)} is used"
    decides = together("" if found.is_own else used, decided_by)
    remark = used if found.is_own else ""
    part = Part(source, found.path, found.content, decides, remark=remark, unsure=found.unsure)
    return _as_it_stands(part)


def _as_it_stands(part: Part) -> Part:
    """A part of what is no template for Helm; it is open where another tool puts something in."""
    content = part.content
    is_open = isinstance(content, str) and "\n" not in content and is_template(content)
    if isinstance(content, int) and not isinstance(content, bool) and _is_octal(part):
        return replace(part, why_open="a number that begins with 0, which is octal in YAML 1.1")
    return replace(part, why_open=PUT_IN) if is_open else part


def _is_octal(part: Part) -> bool:
    """Whether a number is written as Helm and Kubernetes read it otherwise than YAML 1.2."""
    document = part.source.document
    span = document.values.get(part.path)
    text = document.lines[span.line - 1][span.column - 1 : span.end_column - 1] if span is not None else ""
    return _OCTAL.match(text) is not None


def _base(found: Found) -> str:
    return found.file.name.rpartition("/")[2]


def _shown(found: Found) -> str:
    """What a file has for a value, as far as it is short."""
    return "another" if isinstance(found.content, dict | list) else str(found.content)[:SHOWN]


def _why(expression: Expression, chart: Chart) -> str:
    if expression.path is not None and expression.path[:1] == ("Values",) and chart.values:
        return f"{expression.text} is not set in values.yaml"
    text = expression.text
    shown = text if len(text) <= SHOWN else f"{text[:SHOWN].rstrip()} ..."
    return f"`{shown}` is computed when the template is used"


def fact(
    field: SpecPath,
    part: Part,
    reads: Callable[[str], Any],
    *,
    default: Any = None,
    of: str = "",
    kinds: frozenset[str] = frozenset(),
) -> Iterator[Fact]:
    """What a part fixes for a field.

    Args:
        field: the field.
        part: what stands there.
        reads: the value of a spec for the text that stands there, or why it has none.
        default: what counts where nothing stands there; None where nothing does.
        of: whose default that is.
        kinds: the kinds of transport that it holds for.

    """
    otherwise = tuple(
        each
        for other in part.otherwise
        for each in fact(field, other, reads, default=default, of=of, kinds=kinds)
    )
    if part.others:
        yield Fact(field, None, part.line, LOOP, kinds)
    elif part.why_open:
        # That something may stand there is worth a question only where something counts without it.
        if part.is_there or default is not None:
            yield Fact(field, None, part.line, part.why_open, kinds)
    elif part.content is None:
        if default is not None:
            yield Fact(field, default, part.line, f"{DEFAULT}{of}", kinds, otherwise=otherwise)
    else:
        value = reads(part.text)
        is_unclear = isinstance(value, Unclear)
        yield Fact(
            field,
            None if is_unclear else value,
            part.line,
            value.why if is_unclear else part.decided_by,
            kinds,
            part.remark,
            otherwise,
        )
