"""Bytes to documents: YAML 1.2 core schema, with the place of every key and value. The only import of yaml.

PyYAML's events are read one by one instead of its finished nodes, for three reasons: an alias has a
place of its own only there, an anchor that contains itself is seen before it can loop, and the depth
and size of a hostile file are bounded while it is read.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml
from yaml.reader import Reader

from rtreview.text.markdown import MARKDOWN, fences, has_spec
from rtreview.text.place import BREAK, STDIN, Place, Span, SpecPath, doubt
from rtreview.text.scalars import resolved
from rtreview.text.tree import MAX_BYTES

MAX_DEPTH = 64
"""The deepest field of the spec lies nine levels down."""

_PLAIN = (
    ("while scanning a quoted scalar", "a quotation mark is never closed"),
    (
        "while parsing a block mapping",
        "the line is indented like none of those above it, or quotes end early",
    ),
    ("while parsing a block collection", "the line does not stand below those of its list, each with a `-`"),
    (
        "while parsing a flow mapping",
        "a `{` is not closed by its `}`, or a comma is missing between two fields",
    ),
    (
        "while parsing a flow sequence",
        "a `[` is not closed by its `]`, or a comma is missing between two values",
    ),
    ("while scanning a simple key", "a line has no `:` with a blank behind it, as in `rtreview: 1`"),
    ("while parsing a flow node", "a value is missing, or a bracket is closed by another one"),
    ("while scanning for the next token", "a value cannot begin with this sign: put it in quotes"),
    ("block sequence entries", "a list begins on a line of its own, below the field that it belongs to"),
)
"""How the parser says what people get wrong most, and what it means."""

_LIBYAML_DEPTH = 1000
"""Levels at which libyaml gives up by itself since version 0.2.6, while it looks ahead."""

MAX_VALUES = 100_000
"""Values, also after aliases are expanded."""

MAX_DOCUMENTS, MAX_COMMENTS, MAX_REPEATED = 100, 500, 100
"""Documents, or fences, of a file; comments in it that speak to us; keys that a document has twice."""

_TOO_MANY = f"more than {MAX_DOCUMENTS} documents in one file: divide it"

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "tag:yaml.org,2002:merge"
_TAGS = {None, "!"} | {
    f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "str", "int", "float", "bool", "null", "merge")
}
"""No tag, that of a text in quotes, and those of the core schema."""
SPEAKS = re.compile(r"#[ \t]*rtreview:")
# As text: it is compiled in a call that meets a comment which speaks to us.
_COMMENT = r"(?:^|(?<=[ \t]))#[ \t]*rtreview:[ \t]*(?P<text>.*)"


class Problem(NamedTuple):
    """Why a text, or a part of it, cannot be read; `is_bound` where that is only because it is too much.

    `is_repeated` where a key is written twice.
    """

    message: str
    span: Span
    path: SpecPath = ()
    related: tuple[tuple[Span, str], ...] = ()
    kind: str = "syntax"
    is_bound: bool = False
    is_repeated: bool = False


class Comment(NamedTuple):
    """What a comment says to `rtreview`. `line` is what it speaks of: its own, or the next with a value."""

    text: str
    span: Span
    line: int


@dataclass(slots=True)
class Document:
    """One YAML document of a file: its values, the place of every key and value by path, its comments.

    A comment has a path of its own, below the value that it speaks of, so that it stays when lines move.
    `anchored` is where values that an alias brings stand in the text.
    """

    lines: tuple[str, ...]
    content: Any = None
    values: dict[SpecPath, Span] = field(default_factory=dict)
    keys: dict[SpecPath, Span] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    comments: dict[SpecPath, Comment] = field(default_factory=dict)
    anchored: dict[SpecPath, Span] = field(default_factory=dict)
    _called: dict[SpecPath, Counter[str]] = field(default_factory=dict, repr=False, compare=False)

    def written_at(self, path: SpecPath) -> tuple[Span | None, SpecPath]:
        """Where the text of a value stands, whichever aliases bring it, and the rest of the path."""
        known = path
        while known and known not in self.values and known not in self.comments:
            known = known[:-1]
        return self.anchored.get(known, self.values.get(known)), path[len(known) :]

    def content_at(self, path: SpecPath) -> Any:
        """The plain value at a path that is written."""
        content = self.content
        for key in path:
            content = content[key]
        return content

    def stands_as(self, other: Document) -> bool:
        """Whether it says the same as another at the same places, whatever the rest of its file says."""
        return all(
            getattr(self, part) == getattr(other, part)
            for part in ("content", "values", "keys", "problems", "comments")
        )

    def span(self, path: SpecPath, *, key: bool = False) -> Span:
        """Where a path stands; where it is not written, its nearest ancestor that is.

        A mapping or list of several lines is pointed at by its key, and a whole document by its first line.
        With `key`, so is everything.
        """
        while path:
            if path in self.comments:
                return self.comments[path].span
            value, name = self.values.get(path), self.keys.get(path)
            if value is not None:
                several_lines = value.line != value.end_line
                return name if name is not None and (key or several_lines) else value
            path = path[:-1]
            key = True
        whole = self.values.get((), Span(1, 1, 1, 1))
        if whole.line == whole.end_line:
            return whole
        return whole._replace(end_line=whole.line, end_column=len(self.lines[whole.line - 1].rstrip()) + 1)

    def path_at(self, line: int, column: int) -> SpecPath | None:
        """The deepest key or value that a place lies in, or just behind; None where it lies in none."""
        around = [
            (path, span)
            for spans in (self.keys, self.values)
            for path, span in spans.items()
            if span.touches(line, column)
        ]
        if not around:
            return None
        return max(around, key=lambda found: (found[1][:2], -found[1].end_line, -found[1].end_column))[0]

    def place(self, path: SpecPath, label: str = "", *, key: bool = False) -> Place:
        """A path with its span and its name."""
        return Place(path, self.span(path, key=key), label, self._name(path))

    def _name(self, path: SpecPath) -> str:
        """The path in which an item of a list has the name that it gives itself, if no other has it too."""
        name, value = "", self.content
        for depth, key in enumerate(path):
            inside = value[key] if _has(value, key) else None
            called = str(key)
            if isinstance(key, int) and isinstance(value, list):
                if path[:depth] not in self._called:
                    self._called[path[:depth]] = Counter(map(_called, value))
                own = _called(inside)
                called = own if own and self._called[path[:depth]][own] == 1 else called
            name += f"[{called}]" if isinstance(key, int) else f".{key}"
            value = inside
        return name.lstrip(".")


class _Starts(NamedTuple):
    """The lines of a document on which a key or a value begins, and the path of the first of each."""

    lines: list[int]
    paths: dict[int, SpecPath]

    @classmethod
    def of(cls, document: Document) -> _Starts:
        """Those of a document that is read."""
        starts = {**document.values, **document.keys}
        paths: dict[int, SpecPath] = {}
        for path in sorted(filter(None, starts), key=lambda path: (starts[path].column, len(path))):
            paths.setdefault(starts[path].line, path)
        lines = {span.line for span in (*document.values.values(), *document.keys.values())}
        return cls(sorted(lines), paths)

    def at_or_below(self, line: int) -> int:
        """The first of these lines that does not stand above a line; that itself where there is none."""
        at = bisect_left(self.lines, line)
        return self.lines[at] if at < len(self.lines) else line


def _is_inside(line: int, column: int, span: Span) -> bool:
    return span[:2] <= (line, column) < span[2:]


def _has(value: Any, key: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(key, int) and key < len(value)
    return isinstance(value, dict) and key in value


def _called(item: Any) -> str:
    """The name that an item of a list gives itself."""
    if isinstance(item, dict):
        item = next((item[key] for key in ("name", "shape", "rule") if key in item), "")
    return item if isinstance(item, str) else ""


@dataclass(slots=True)
class _Node:
    """A node of the YAML graph. `items` are values of a sequence, or keys and values in turn of a mapping.

    `source` is the text of a scalar, and `is_merge` whether it is a `<<` that merges, not one in quotes.
    """

    content: Any
    span: Span
    items: list[_Node] = field(default_factory=list)
    is_open: bool = True
    source: str = ""
    target: _Node | None = None
    is_merge: bool = False

    @property
    def fields(self) -> Iterator[tuple[_Node, _Node, _Node]]:
        """Of a mapping each key as it stands, as what it is where it is an alias, and its value."""
        for key, value in zip(self.items[::2], self.items[1::2], strict=True):
            yield key, key.target or key, value


class Text(NamedTuple):
    """The content of a file, and the documents in it: in Markdown those of its fences."""

    path: str
    content: bytes
    documents: tuple[Document, ...]

    @classmethod
    def of(cls, content: bytes, path: str) -> Text:
        """Read a content; `path` is its name in reports, which also tells whether it is Markdown.

        Standard input has no name: it is Markdown where a fence with a spec opens in it.
        """
        is_markdown = has_spec(content) if path == STDIN else path.lower().endswith(MARKDOWN)
        return cls(path, content, tuple(read(content, markdown=is_markdown)))


def read(
    source: bytes, *, markdown: bool = False, above: int = 0, last_counts: bool = False
) -> list[Document]:
    """Read every document of a file; in Markdown, those in fences that open with `yaml rtreview`.

    `above` is how many lines of its file stand above it, where it is a part of one. Of a key that is written
    twice the first counts, or the last, as to most programs.

    Never raises: what cannot be read is a `Problem` of the document that it stands in, and documents
    before a syntax error are returned whole.
    """
    text, problem = decoded(source)
    lines = ("",) * above + tuple(BREAK.split(text))
    if problem is not None:
        return [Document(lines, problems=[problem])]
    documents: list[Document] = []
    for number, (first, block) in enumerate(fences(text) if markdown else [(above, text)]):
        if number == MAX_DOCUMENTS:
            return [*documents, Document(lines, problems=[Problem(_TOO_MANY, Span(first, 1, first, 4))])]
        reader = _Reader(block, lines, first, MAX_DOCUMENTS - len(documents), last_counts=last_counts)
        documents += reader.documents()
    if not documents:
        wanted = "has no block that opens with ```yaml rtreview" if markdown else "is empty"
        message = f"the file {wanted}: a spec begins with `rtreview: 1`"
        documents.append(Document(lines, problems=[Problem(message, Span(1, 1, 1, 1))]))
    return documents


def decoded(source: bytes) -> tuple[str, Problem | None]:
    """The text, without a byte order mark, or what is wrong with it."""

    def unreadable(message: str, text: str, at: int) -> tuple[str, Problem]:
        before = BREAK.split(text[:at])
        place = Span(len(before), len(before[-1]) + 1, len(before), len(before[-1]) + 2)
        return text, Problem(message, place, kind="unreadable")

    if len(source) > MAX_BYTES:
        return unreadable("the file is larger than 1 MiB, the most that a spec may have", "", 0)
    if source.startswith((b"\xff\xfe", b"\xfe\xff")) or source[:2].count(0) == 1:
        return unreadable("the file is UTF-16: save it as UTF-8", "", 0)
    source = source.removeprefix(b"\xef\xbb\xbf")
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError as error:
        good = source[: error.start].decode("utf-8")
        byte = f"byte 0x{source[error.start]:02x} at offset {error.start}"
        return unreadable(f"the file is not UTF-8 text ({byte}): save it as UTF-8", good, len(good))
    if control := Reader.NON_PRINTABLE.search(text):
        name = f"the control character U+{ord(control[0]):04X}"
        return unreadable(f"the file is not a text file: it holds {name}", text, control.start())
    if found := doubt(text):
        return unreadable(f"the line has {found[1]}: take it out", text, found[0])
    return text, None


class _Reader:
    """Reads one YAML stream, with so many lines of its file above it, of at most so many documents."""

    def __init__(
        self, text: str, lines: tuple[str, ...], above: int, most: int, *, last_counts: bool
    ) -> None:
        self.text = text
        self.last_counts = last_counts
        self.lines = lines
        self.above = above
        self.most = most
        self.document = Document(lines)
        self.anchors: dict[str, _Node] = {}
        self.count = 0
        self.quoted: list[Span] = []

    def documents(self) -> list[Document]:
        """All documents up to the first syntax error; the last one then holds the problem."""
        done: list[Document] = []
        try:
            for root in self._roots():
                self.count = 0
                self.document.content = self._built(root, len(done))
                done.append(self.document)
                self.document = Document(self.lines)
        except yaml.MarkedYAMLError as error:
            if error.problem_mark and error.problem == "exceeded maximum nesting depth":
                # Without the last of its levels, the bound of a spec is met before that of libyaml.
                kept = error.problem_mark.index - _LIBYAML_DEPTH + 2 * MAX_DEPTH
                return _Reader(
                    self.text[:kept], self.lines, self.above, self.most, last_counts=self.last_counts
                ).documents()
            self.document.problems.append(self._syntax(error))
            done.append(self.document)
        except _Refused as refusal:
            self.document.problems.append(refusal.problem)
            done.append(self.document)
        self._share_comments(done)
        return done

    def _share_comments(self, documents: list[Document]) -> None:
        """Give each comment that speaks to us to the document that it stands in, or in front of."""
        if not documents or not SPEAKS.search(self.text):
            return
        readable = [number for number, document in enumerate(documents) if document.values]
        ends = [documents[number].values[()].end_line for number in readable]
        starts: dict[int, _Starts] = {}
        count = 0
        for line, text in enumerate(BREAK.split(self.text), self.above + 1):
            found = re.search(_COMMENT, text)
            if found is None or self._is_quoted(line, found.start() + 1):
                continue
            about = line if text[: found.start()].strip() else line + 1
            around = bisect_left(ends, about)
            number = readable[around] if around < len(readable) else len(documents) - 1
            into = documents[number]
            span = Span(line, found.start() + 1, line, found.end() + 1)
            count += 1
            if count > MAX_COMMENTS:
                message = f"more than {MAX_COMMENTS} comments of one file speak to `rtreview`"
                into.problems.append(Problem(message, span))
                return
            if number not in starts:
                starts[number] = _Starts.of(into)
            line_of = starts[number].at_or_below(about)
            at = (*starts[number].paths.get(line_of, ()), f"# {len(into.comments) + 1}")
            into.comments[at] = Comment(found["text"].rstrip(" \t"), span, line_of)

    def _is_quoted(self, line: int, column: int) -> bool:
        """Whether a place lies in a quoted text; those come in their order, and none in another."""
        last = bisect_right(self.quoted, (line, column, math.inf)) - 1
        return last >= 0 and _is_inside(line, column, self.quoted[last])

    def _roots(self) -> Iterator[_Node]:
        """The graph of each document that holds anything, from the events of the parser."""
        stack: list[_Node] = []
        count = 0
        for event in yaml.parse(self.text, Loader=_LOADER):
            if isinstance(event, yaml.NodeEvent):
                node = self._node(event)
                count += 1
                if count > 2 * MAX_VALUES:
                    raise _Refused(f"the file has more than {MAX_VALUES:,} values", node.span, is_bound=True)
                if stack:
                    stack[-1].items.append(node)
                if node.is_open:
                    stack.append(node)
                    if len(stack) > MAX_DEPTH:
                        raise _Refused(f"nested more than {MAX_DEPTH} levels deep", node.span, is_bound=True)
                elif not stack and not (node.content is None and not node.source):
                    yield node
            elif isinstance(event, yaml.CollectionEndEvent):
                node = stack.pop()
                node.is_open = False
                last = node.items[-1].span if node.items else node.span
                written = self._span(event)
                # The end of a block has no sign of its own, and its mark lies on the next line.
                end = last if written[:2] == written[2:] else written
                node.span = Span(*node.span[:2], *end[2:])
                if not stack:
                    yield node
            elif isinstance(event, yaml.DocumentStartEvent):
                self.anchors = {}

    def _node(self, event: Any) -> _Node:
        span = self._span(event)
        is_scalar = isinstance(event, yaml.ScalarEvent)
        if is_scalar and event.style in ("|", ">"):
            span = self._clipped(span)
        elif isinstance(event, yaml.AliasEvent):
            target = self.anchors.get(str(event.anchor))
            if target is None:
                raise _Refused(f"no anchor `&{event.anchor}` stands above this alias", span)
            if target.is_open:
                raise _Refused(f"the anchor `&{event.anchor}` contains itself", span)
            return _Node(None, span, is_open=False, target=target)
        if event.tag not in _TAGS:
            raise _Refused(f"the tag `{event.tag}` means nothing in a spec", span)
        if is_scalar:
            content = resolved(event.value) if event.implicit[0] else event.value
            merges = event.value == "<<" and (event.implicit[0] or event.tag == _MERGE)
            node = _Node(content, span, is_open=False, source=event.value, is_merge=merges)
            if event.style:
                self.quoted.append(span)
        else:
            node = _Node({} if isinstance(event, yaml.MappingStartEvent) else [], span)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def _built(self, root: _Node, number: int) -> Any:
        """The value of a document, which has so many before it."""
        if number == self.most:
            raise _Refused(_TOO_MANY, root.span, is_bound=True)
        return self._build(root, (), None, 0)

    def _build(self, node: _Node, path: SpecPath, use: Span | None, depth: int) -> Any:
        """The value of a node, its places noted under `path`; inside an alias, the place of its use."""
        use, node = self._enter(node, use, depth)
        self.document.values[path] = use or node.span
        if use is not None:
            self.document.anchored[path] = node.span
        if isinstance(node.content, list):
            return [
                self._build(item, (*path, index), use, depth + 1) for index, item in enumerate(node.items)
            ]
        if isinstance(node.content, dict):
            return self._mapping(node, path, use, depth)
        return node.content

    def _enter(self, node: _Node, use: Span | None, depth: int) -> tuple[Span | None, _Node]:
        """The node that an alias stands for, and the place of use; refuses what grows without bound."""
        while node.target is not None:
            use, node = use or node.span, node.target
        self._count(1, use or node.span)
        if depth > MAX_DEPTH:
            raise _Refused(
                f"the aliases nest more than {MAX_DEPTH} levels deep", use or node.span, is_bound=True
            )
        return use, node

    def _count(self, values: int, span: Span) -> None:
        self.count += values
        if self.count > MAX_VALUES:
            raise _Refused(f"the aliases expand to more than {MAX_VALUES:,} values", span, is_bound=True)

    def _mapping(self, node: _Node, path: SpecPath, use: Span | None, depth: int) -> dict[str, Any]:
        built: dict[str, Any] = {}
        merged: list[_Node] = []
        for key, name, value in node.fields:
            if isinstance(name.content, dict | list):
                raise _Refused("a key must be a word, not a list or a mapping", use or key.span)
            if name.is_merge:
                if merged:
                    message = "`<<` is written twice: list what it merges, as in `<<: [*a, *b]`"
                    raise _Refused(message, use or key.span)
                merged.append(value)
                continue
            place = (*path, name.source)
            if name.source in built:
                first = (self.document.keys[place], "first written here")
                message = f"`{name.source}` is written twice: keep one of the two"
                self.document.problems.append(
                    Problem(message, use or key.span, place, (first,), is_repeated=True)
                )
                if len(self.document.problems) == MAX_REPEATED:
                    raise _Refused(
                        "more keys are written twice than can be listed", use or key.span, is_bound=True
                    )
                if not self.last_counts:
                    continue
            self.document.keys[place] = use or key.span
            built[name.source] = self._build(value, place, use, depth + 1)
        for value in merged:
            self._merge(value, built, path, use, depth)
        return built

    def _merge(self, node: _Node, into: dict[str, Any], path: SpecPath, use: Span | None, depth: int) -> None:
        """Add what `<<` names and the mapping does not write itself."""
        use, node = self._enter(node, use, depth)
        if isinstance(node.content, list):
            for item in node.items:
                self._merge(item, into, path, use, depth + 1)
            return
        if not isinstance(node.content, dict):
            raise _Refused("`<<` merges a mapping or a list of mappings", use or node.span)
        self._count(len(node.items) // 2, use or node.span)
        others = self._mapping(
            _Node({}, node.span, [
                part
                for key, name, value in node.fields
                if name.is_merge or name.source not in into
                for part in (key, value)
            ]),
            path, use, depth + 1,
        )  # fmt: skip
        into.update(others)

    def _span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        if end.line + self.above >= len(self.lines):
            return Span(*self._position(start), *self._position(end))
        first = self.above + 1
        return Span(start.line + first, start.column + 1, end.line + first, end.column + 1)

    def _clipped(self, span: Span) -> Span:
        """Without the blank lines that a block scalar's end mark runs over."""
        line = span.end_line - 1 if span.end_column == 1 else span.end_line
        while line > span.line and not self.lines[line - 1].strip():
            line -= 1
        return Span(span.line, span.column, line, len(self.lines[line - 1].rstrip()) + 1)

    def _syntax(self, error: yaml.MarkedYAMLError) -> Problem:
        line, column = self._position(error.problem_mark or error.context_mark)
        indent = self.lines[line - 1][: len(self.lines[line - 1]) - len(self.lines[line - 1].lstrip())]
        if "\t" in indent:
            message = "a tab indents this line: YAML indents with spaces"
            column = indent.index("\t") + 1
        elif error.context == "while scanning a block scalar":
            message = (
                "a value that begins with `>` or `|` is a text of several lines to YAML: write `1k+` for "
                "`>= 1k`, or put it in quotes"
            )
        else:
            message = f"this is not YAML: {self._in_plain_words(error, line)}"
        opened, first = self._position(error.context_mark or error.problem_mark)
        related: tuple[tuple[Span, str], ...] = ()
        if (opened, first) < (line, column):
            related = ((Span(opened, first, opened, first + 1), "it begins here"),)
        return Problem(message, Span(line, column, line, column + 1), related=related)

    def _in_plain_words(self, error: yaml.MarkedYAMLError, line: int) -> str:
        """What is wrong at a line, and what to do, where people often err; else as the parser says it."""
        if error.problem == "mapping values are not allowed in this context":
            return self._misplaced_value(line)
        said = " ".join(part for part in (error.context, error.problem) if part)
        return next((plain for begins, plain in _PLAIN if said.startswith(begins)), said)

    def _misplaced_value(self, line: int) -> str:
        """Why a `:` stands where none can: by the indentation of its line, and what stands above."""
        above = next((text for text in reversed(self.lines[: line - 1]) if text.strip(" \r")), "")
        depth, before = (len(text) - len(text.lstrip(" ")) for text in (self.lines[line - 1], above))
        if above and depth > before and ": " in above:
            return "the line is indented deeper than the one above, which has a value already"
        if above and depth <= before and not re.search(r":(\s|$)", above):
            return "the line above has no `:` with a blank behind it, as in `rtreview: 1`"
        return "a second `:` on the line: put a text that holds one in quotes"

    def _position(self, mark: Any) -> tuple[int, int]:
        """Line and column of a mark; one behind a text without a last line break is its end."""
        if mark is None:
            return self.above + 1, 1
        line: int = mark.line + self.above
        if line >= len(self.lines):
            return len(self.lines), len(self.lines[-1]) + 1
        return line + 1, mark.column + 1


class _Refused(Exception):  # noqa: N818 - not an error of the program
    """The stream cannot be read on."""

    def __init__(self, message: str, span: Span, *, is_bound: bool = False) -> None:
        super().__init__(message)
        self.problem = Problem(message, span, is_bound=is_bound)
