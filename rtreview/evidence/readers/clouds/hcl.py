"""HCL, the language of Terraform: blocks, and values with their lines; nothing of it is computed.

By the specification of its syntax (github.com/hashicorp/hcl, hclsyntax/spec.md): a body has attributes,
`name = expression`, which end with their line, and blocks, `type "label" { body }`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from rtreview.evidence.deployment import File, Line
from rtreview.evidence.readers.node import Literal, Node

DEEPEST = 32
"""Blocks, objects and lists in one another; what lies deeper is an expression."""

_TOKEN = re.compile(
    r"""
    (?P<blank>[^\S\n]++|\#[^\n]*+|//[^\n]*+)
    |(?P<remark>/\*)
    |(?P<newline>\n)
    |(?P<number>[0-9]++(?:\.[0-9]++)?)
    |(?P<word>[A-Za-z_][\w-]*+)
    |(?P<quote>")
    |<<-?(?P<heredoc>[A-Za-z_]\w{0,60})(?=[^\S\n]{0,20}\n)
    |(?P<sign>=>|==|[{}\[\](),=:])
    |(?P<rest>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_QUOTES = re.compile(r'\\.|\$\$\{|%%\{|[$%]\{|[{}"\n]', re.DOTALL)
_WHOLE = re.compile(r"\$\{([^{}\"]{1,300})\}")
_CONSTANTS: dict[str, Literal] = {"true": True, "false": False, "null": None}


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int
    line: int


def parsed(file: File) -> Node:
    """The body of a file, as a block without a name; what is no HCL is passed over."""
    return _Parser(file).body()


def _tokens(source: str) -> Iterator[_Token]:
    at, line = 0, 1
    while at < len(source):
        found = _TOKEN.match(source, at)
        if found is None:
            return
        kind, start, end = found.lastgroup or "", at, found.end()
        text = found[0]
        if kind == "remark":
            closed = source.find("*/", end)
            end = closed + 2 if closed >= 0 else len(source)
        elif kind == "quote":
            end = _end_of_quotes(source, end)
            text = source[start + 1 : end].removesuffix('"')
        elif kind == "heredoc":
            begin = source.index("\n", end) + 1
            end, last = _end_of_heredoc(source, begin, found["heredoc"])
            text = source[begin:last]
        if kind not in ("blank", "remark"):
            yield _Token(kind, text, start, end, line)
        line += source.count("\n", start, end)
        at = end


def _end_of_quotes(source: str, at: int) -> int:
    """Where quotes close, past those of the expressions in them; at the end of the line if they do not."""
    levels = ['"']
    for found in _IN_QUOTES.finditer(source, at):
        sign = found[0]
        if levels[-1] == '"':
            if sign == "\n":
                return found.start()
            if sign == '"':
                levels.pop()
            elif sign in ("${", "%{"):
                levels.append("{")
        elif sign == '"':
            levels.append('"')
        elif sign == "}":
            levels.pop()
        elif sign.endswith("{"):
            levels.append("{")
        if not levels:
            return found.end()
    return len(source)


def _end_of_heredoc(source: str, at: int, name: str) -> tuple[int, int]:
    """Where a text of several lines ends, with and without the line that closes it."""
    while at < len(source):
        end = source.find("\n", at)
        end = end if end >= 0 else len(source)
        if end - at < 200 and source[at:end].strip() == name:
            return end, at
        at = end + 1
    return len(source), len(source)


class _Parser:
    """Walks over the tokens once."""

    def __init__(self, file: File) -> None:
        # Nodes of one line share it, however long it is.
        self.line = cache(file.line)
        self.source = file.text
        self.tokens = list(_tokens(self.source))
        self.at = 0
        self.open: list[tuple[list[Node], bool]] = []
        """What is being filled, and whether it is a list."""

    def body(self) -> Node:
        top: list[Node] = []
        self.open = [(top, False)]
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.text in ("}", "]") and token.kind == "sign":
                self.at += 1
                if len(self.open) > 1:
                    self.open.pop()
            elif token.text in (")", ",") or token.kind == "newline":
                self.at += 1
            elif self.open[-1][1]:
                self._value("", token.line)
            elif token.kind in ("word", "quote"):
                self._entry()
            else:
                self.at += 1
        return Node("", self.line(1), inside=top)

    def _is(self, at: int, *texts: str) -> bool:
        return at < len(self.tokens) and self.tokens[at].kind == "sign" and self.tokens[at].text in texts

    def _entry(self) -> None:
        """An attribute or a block."""
        first = self.tokens[self.at]
        self.at += 1
        labels = []
        while self.at < len(self.tokens) and self.tokens[self.at].kind in ("word", "quote"):
            labels.append(self.tokens[self.at].text)
            self.at += 1
        if self._is(self.at, "=", ":") and not labels:
            self.at += 1
            self._value(first.text, first.line)
        elif self._is(self.at, "{"):
            self._nest(Node(first.text, self.line(first.line), tuple(labels), inside=[]), is_list=False)

    def _nest(self, node: Node, *, is_list: bool) -> None:
        """What stands between brackets from here on; too deep, it is passed over."""
        self.open[-1][0].append(node)
        if len(self.open) < DEEPEST:
            self.at += 1
            self.open.append((node.inside if node.inside is not None else [], is_list))
        else:
            self._pass()

    def _value(self, name: str, line: int) -> None:
        """What follows `name =`, or an item."""
        place = self.line(line)
        # What is written as JSON is as good as the object that is written.
        if (
            self.at < len(self.tokens)
            and self.tokens[self.at].text == "jsonencode"
            and self._is(self.at + 1, "(")
        ):
            self.at += 2
            while self.at < len(self.tokens) and self.tokens[self.at].kind == "newline":
                self.at += 1
        if self._is(self.at, "{", "[") and not self._is_loop():
            self._nest(Node(name, place, inside=[]), is_list=self._is(self.at, "["))
            return
        first = self.at
        self._pass()
        self.open[-1][0].append(self._scalar(name, place, self.tokens[first : self.at]))

    def _is_loop(self) -> bool:
        """Whether a `for` computes what stands between these brackets."""
        following = (token for token in self.tokens[self.at + 1 : self.at + 5] if token.kind != "newline")
        return next((token.text == "for" for token in following), False)

    def _pass(self) -> None:
        """Go on to the end of an expression."""
        depth, first = 0, self.at
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            is_sign = token.kind == "sign"
            if depth == 0 and (token.kind == "newline" or (is_sign and token.text in ",}])")):
                break
            if is_sign and token.text in "{[(":
                depth += 1
            elif is_sign and token.text in "}])":
                depth -= 1
            self.at += 1
        if self.at == first and self._is(self.at, "{", "["):
            self.at += 1

    def _scalar(self, name: str, place: Line, tokens: list[_Token]) -> Node:
        if not tokens:
            return Node(name, place)
        written = self.source[tokens[0].start : tokens[-1].end]
        token = tokens[0]
        if len(tokens) > 1:
            return Node(name, place, text=written)
        if token.kind == "number":
            number = float(token.text) if "." in token.text or len(token.text) > 15 else int(token.text)
            return Node(name, place, value=number)
        if token.kind == "word" and token.text in _CONSTANTS:
            return Node(name, place, value=_CONSTANTS[token.text])
        if token.kind == "quote":
            return _quoted(name, place, token.text)
        if token.kind == "heredoc":
            return Node(name, place, value=token.text)
        return Node(name, place, text=written)


def _quoted(name: str, place: Line, text: str) -> Node:
    if (whole := _WHOLE.fullmatch(text)) is not None:
        return Node(name, place, text=whole[1].strip())
    plain = text.replace("$${", "").replace("%%{", "")
    if "${" in plain or "%{" in plain:
        return Node(name, place, text=f'"{text}"')
    return Node(name, place, value=text.replace('\\"', '"').replace("\\\\", "\\"))
