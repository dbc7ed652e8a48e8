"""Edits of a spec in place: what is said in it changes, and every other sign of the text stays as it was.

Nothing is written again. An edit inserts, or replaces one value, where `Document` says that things stand. The
result is read again; an edit that would change any other value, or a comment, is refused.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rtreview.language.notation import NONE
from rtreview.quantities.interval import SOME
from rtreview.text.document import SPEAKS, Document, Text
from rtreview.text.place import BREAK, SpecPath, dotted
from rtreview.text.refusal import Refused
from rtreview.text.scalars import block, flow

STEP = 2
"""Columns by which a block is indented, where the text has no block to tell."""

_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*\s+)*")
_KEEPS_BREAKS = re.compile(r"[|>][1-9]?\+")
_REST_OF_ITEM = re.compile(r"[ \t]*+(?P<comma>,?)[ \t]*+(?:#.*)?")


class Append(NamedTuple):
    """An entry for the end of the list at a path.

    The list is made where there is none. One that is written as its only entry becomes a list of two.
    """

    at: SpecPath
    entry: Any


class Put(NamedTuple):
    """A value for the field at a path; sections that are not there, or are `none`, are made around it."""

    at: SpecPath
    value: Any


Edit = Append | Put


def edited(text: Text, edits: Sequence[Edit], number: int = 0) -> Text:
    """The text after some edits of one of its documents.

    Args:
        text: one whose documents can be read.
        edits: what is to be said, in this order.
        number: which document, counted from 0.

    Raises:
        Refused: an edit is not possible without changing something else; none is then made.

    """
    for edit in edits:
        text = edited_together(text, [(number, edit)])
    return text


def edited_together(text: Text, edits: Sequence[tuple[int, Edit]]) -> Text:
    """The text after edits of its documents, each with its number, of which none changes what another does.

    Raises:
        Refused: one is not possible without changing something else; none is then made.

    """
    before = text.documents
    wanted = [document.content for document in before]
    decoded = text.content.decode("utf-8")
    pages: dict[int, _Page] = {}
    for number, edit in edits:
        if before[number].problems:
            raise Refused(f"the text cannot be edited: {before[number].problems[0].message}")
        page = pages[number] = pages.get(number) or _Page(decoded, before[number])
        wanted[number] = _applied(wanted[number], edit)
        if isinstance(edit, Append):
            page.append(edit.at, edit.entry)
        else:
            page.put(edit.at, edit.value)
    splices = [splice for page in pages.values() for splice in page.splices]
    result = Text.of(_spliced(decoded, splices).encode("utf-8", "surrogatepass"), text.path)
    is_meant = _same([document.content for document in result.documents], wanted)
    if not is_meant or list(map(_asides, before)) != list(map(_asides, result.documents)):
        fields = " and ".join(f"`{dotted(edit.at)}`" for _, edit in edits)
        raise Refused(f"{fields} cannot be set without changing something else: do it by hand")
    return result


def _spliced(text: str, splices: Sequence[tuple[int, int, str]]) -> str:
    """A text with everything in its place."""
    for start, end, put in sorted(splices, reverse=True):
        text = text[:start] + put + text[end:]
    return text


def _asides(document: Document) -> tuple[dict[SpecPath, str], list[str]]:
    """What a document says beside its values: its comments, with what they speak of, and its problems."""
    comments = {at: comment.text for at, comment in document.comments.items()}
    return comments, [problem.message for problem in document.problems]


def _same(left: Any, right: Any) -> bool:
    """Whether values are equal in kind too: 1 is neither `true` nor 1.0."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def _applied(content: Any, edit: Edit) -> Any:
    """The values as they are meant to be after an edit; what it does not touch is shared, not copied."""
    changed = [content]
    holder: Any = changed
    key: str | int = 0
    for name in edit.at:
        holder[key] = {} if _is_empty(holder[key]) else copy.copy(holder[key])
        holder, key = holder[key], name
        if isinstance(holder, dict):
            holder.setdefault(key, None)
        elif not isinstance(holder, list) or not isinstance(key, int) or key >= len(holder):
            raise _no_place(edit.at)
    if isinstance(edit, Put):
        holder[key] = edit.value
    elif isinstance(holder[key], list):
        holder[key] = [*holder[key], edit.entry]
    elif isinstance(holder[key], dict) or holder[key] == SOME:
        holder[key] = [holder[key], edit.entry]
    elif _is_empty(holder[key]):
        holder[key] = [edit.entry]
    else:
        raise Refused(f"`{dotted(edit.at)}` is no list")
    return changed[0]


def _is_empty(content: Any) -> bool:
    return content is None or content == NONE


def _no_place(at: SpecPath) -> Refused:
    return Refused(f"`{dotted(at)}` has no place in this text: what is there above it is no section")


class _Page:
    """A text with one document of it, and what is to be put between its signs."""

    def __init__(self, text: str, document: Document) -> None:
        self.text = text
        self.document = document
        self.starts = [text.startswith("\ufeff") + 0, *(ending.end() for ending in BREAK.finditer(text))]
        first = BREAK.search(text)
        self.line_break = first[0] if first else "\n"
        self.splices: list[tuple[int, int, str]] = []

    def put(self, at: SpecPath, value: Any) -> None:
        """Say a value at a path."""
        holder = self._holder(at)
        if holder == at:
            self._replace(at, value)
            return
        key, *below = at[len(holder) :]
        for name in reversed(below):
            value = {name: value}
        if _is_empty(self.document.content_at(holder)):
            self._replace(holder, {key: value})
        elif self._is_flow(holder):
            self._insert_in_flow(holder, f"{flow(key)}: {flow(value)}")
        else:
            line = f"{flow(key)}: {block(value)}"
            self._insert(self._last_line(holder), self._below_a_gap(holder, [line]), self._column(holder))

    def append(self, at: SpecPath, entry: Any) -> None:
        """Say an entry at the end of the list at a path."""
        holder, above = self._holder(at), at[:-1]
        content = self.document.content_at(at) if holder == at else None
        if content is not None:
            self._refuse_alias(at)
        if isinstance(content, list):
            self._append_to_list(at, entry)
        elif isinstance(content, dict) or content == SOME:
            self._append_to_single(at, entry)
        elif holder not in (at, above) or _is_empty(self.document.content_at(above)) or self._is_in_flow(at):
            self.put(at, [entry])
        elif holder == at:
            start, end = self._offsets(at)
            self.splices.append((len(self.text[:start].rstrip(" \t")), end, ""))
            column = self._column(above) + self._step()
            self._insert(self.document.values[at].end_line, _item(entry), column)
        else:
            indent = " " * self._step()
            lines = [f"{flow(at[-1])}:", *(f"{indent}{line}" for line in _item(entry))]
            self._insert(self._last_line(above), self._below_a_gap(above, lines), self._column(above))

    def _append_to_list(self, at: SpecPath, entry: Any) -> None:
        if self._is_flow(at):
            self._insert_in_flow(at, flow(entry))
            return
        column, first = self._column(at), self.document.values[(*at, 0)]
        is_beside = first.line == self._position(at)[0]
        width = first.column - column if is_beside else STEP
        self._insert(self._last_line(at), _item(entry, width), column)

    def _append_to_single(self, at: SpecPath, entry: Any) -> None:
        """Make a list of a section that stands for its list."""
        start, end = self._offsets(at)
        if self._is_flow(at) or self.document.content_at(at) == SOME:
            self.splices += [(start, start, "["), (end, end, f", {flow(entry)}]")]
            return
        column, last = self._column(at), self._last_line(at)
        self.splices.append((start, start, "- "))
        for line in range(self.document.values[at].line + 1, last + 1):
            if self.document.lines[line - 1].strip():
                self.splices.append((self.starts[line - 1], self.starts[line - 1], " " * STEP))
        self._insert(last, _item(entry), column)

    def _holder(self, at: SpecPath) -> SpecPath:
        """The longest part of a path that is written in the text, and not brought along by `<<`."""
        for depth in range(len(at)):
            inside = self.document.content_at(at[:depth])
            name = at[depth]
            written = self.document.keys.get(at[: depth + 1], self.document.values.get(at[: depth + 1]))
            if written is None or not isinstance(inside, dict | list):
                return at[:depth]
            if isinstance(name, str) and self.text.startswith("*", self._offset(*written[:2])):
                return at[:depth]
            if depth + 1 < len(at):
                self._refuse_alias(at[: depth + 1])
        return at

    def _refuse_alias(self, at: SpecPath) -> None:
        if self.text.startswith("*", self._offsets(at)[0]):
            raise Refused(f"`{dotted(at)}` is an alias: what it stands for is used elsewhere too")

    def _replace(self, at: SpecPath, value: Any) -> None:
        start, end = self._offsets(at)
        is_block = isinstance(self.document.content_at(at), dict | list) and not self._is_flow(at)
        replaced = self.text[start:end]
        if (is_block and not replaced.startswith("*")) or (BREAK.search(replaced) and "#" in replaced):
            raise Refused(f"`{dotted(at)}` is a section of several lines: set a field in it")
        text = flow(value) if self._is_in_flow(at) else block(value)
        is_apart = replaced or self.text[start - 1 : start].isspace()
        self.splices.append((start, end, text if is_apart else f" {text}"))

    def _insert_in_flow(self, at: SpecPath, item: str) -> None:
        """Behind the last item between brackets; on a line of its own, if that one has one."""
        inside = [path for path in self.document.values if len(path) == len(at) + 1 and path[:-1] == at]
        if not inside:
            end = self._offsets(at)[1] - 1
            self.splices.append((end, end, item))
            return
        last = max(inside, key=self._offsets)
        end = self._offsets(last)[1]
        span = self.document.keys.get(last, self.document.values[last])
        line = self.document.values[last].end_line
        left = self.document.lines[span.line - 1][: span.column - 1]
        rest = _REST_OF_ITEM.fullmatch(self.text[end : self._end_of(line)])
        if left.strip() or rest is None:
            self.splices.append((end, end, f", {item}"))
            return
        self.splices.append((end, end, "" if rest["comma"] else ","))
        self._insert(line, [f"{item}{rest['comma']}"], span.column)

    def _insert(self, line: int, lines: Sequence[str], column: int) -> None:
        """Lines below a line, from a column on."""
        indented = [f"{' ' * (column - 1)}{line}" if line else "" for line in lines]
        if line < len(self.starts):
            offset = self.starts[line]
            self.splices.append((offset, offset, "".join(f"{row}{self.line_break}" for row in indented)))
        else:
            offset = len(self.text)
            self.splices.append((offset, offset, "".join(f"{self.line_break}{row}" for row in indented)))

    def _below_a_gap(self, holder: SpecPath, lines: list[str]) -> list[str]:
        """The lines of a new section, below a blank one where the design parts its sections so."""
        tops = [span.line for path, span in self.document.keys.items() if len(path) == 1]
        parts = any(
            not self.document.lines[line - 2].strip() for line in tops if line > self.document.values[()].line
        )
        return ["", *lines] if parts and not holder else lines

    def _last_line(self, at: SpecPath) -> int:
        """The last line of a block, with the comments that stand in it."""
        last = self.document.values[at].end_line
        end = self._offsets(at)[1]
        keeps = (self._offsets(path)[0] for path in self.document.values if self._offsets(path)[1] == end)
        is_open = any(_KEEPS_BREAKS.match(self.text, start) for start in keeps)
        outside = self._column(at[:-1])
        for line in range(last + 1, len(self.document.lines)):
            text = self.document.lines[line - 1]
            bare = text.lstrip(" ")
            is_inside = bare.startswith("#") and len(text) - len(bare) >= outside
            if bare and (not is_inside or SPEAKS.search(bare)):
                break
            if bare or is_open:
                last = line
        return last

    def _step(self) -> int:
        """How far the blocks of this text are indented."""
        for path, span in self.document.keys.items():
            above = self.document.keys.get(path[:-1])
            if above is not None and span.line > above.line and span.column > above.column:
                return span.column - above.column
        return STEP

    def _is_flow(self, at: SpecPath) -> bool:
        return self.text[self._opening(at) : self._opening(at) + 1] in ("{", "[")

    def _is_in_flow(self, at: SpecPath) -> bool:
        """Whether something stands between brackets."""
        return any(self._is_flow(at[:depth]) for depth in range(len(at)))

    def _column(self, at: SpecPath) -> int:
        """The column of the keys, or of the dashes, of a block."""
        return self._position(at)[1]

    def _position(self, at: SpecPath) -> tuple[int, int]:
        """Line and column of the first sign of a value, behind its anchor."""
        offset = self._opening(at)
        line = max(number for number, start in enumerate(self.starts) if start <= offset)
        return line + 1, offset - self.starts[line] + 1

    def _opening(self, at: SpecPath) -> int:
        found = _PROPERTIES.match(self.text, self._offsets(at)[0])
        return found.end() if found else 0

    def _offsets(self, at: SpecPath) -> tuple[int, int]:
        span = self.document.values[at]
        return self._offset(*span[:2]), self._offset(*span[2:])

    def _offset(self, line: int, column: int) -> int:
        return self.starts[line - 1] + column - 1

    def _end_of(self, line: int) -> int:
        return self.starts[line - 1] + len(self.document.lines[line - 1])


def _item(entry: Any, width: int = STEP) -> list[str]:
    """The lines of an item of a block list; `width` is that of its dash with what follows."""
    dash = "-".ljust(width)
    if not isinstance(entry, Mapping) or not entry:
        return [f"{dash}{block(entry)}"]
    lines = [f"{flow(key)}: {block(value)}" for key, value in entry.items()]
    return [f"{dash if not number else ' ' * width}{line}" for number, line in enumerate(lines)]
