"""Helm: a template of a chart as YAML that can be parsed, with the origin of what is put into it.

A template is no YAML. Lines that hold only an action become blank or an entry of their own, an action beside
other text becomes a hole, and all lines keep their numbers. What stands in a hole is looked up in the
values of the chart where it is one `.Values.a.b`, with a default and such as only lay it out; nothing else is
computed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rtreview.evidence.deployment import CONDITION, HELD, File, Override
from rtreview.evidence.readers.kubernetes.chart import ENTRY, Chart
from rtreview.evidence.readers.kubernetes.expression import (
    DEEPEST,
    LONGEST,
    OF_OTHERS,
    ONE_LINE,
    Expression,
    actions,
    called,
    divided,
    ends_line,
    parsed,
    pieces,
    variables,
    words_of,
)

NEAR = 40
"""Lines above one, of which the last that stands no deeper shows what it is an entry of."""

MOST_NAMES = 100
"""Variables of a template."""

HOLE = re.compile("\ue000([0-9]{1,6})\ue001")
_INDENT = re.compile(r"\bn?indent[ ]{1,4}([0-9]{1,2})")
_RESOURCE = re.compile(r"^kind:", re.MULTILINE)


class Template(NamedTuple):
    """A template as YAML with holes.

    Attributes:
        lines: its lines; each hole has a number.
        expressions: what stands in the holes.
        conditions: what decides on a line, by its number in the template.
        chart: where values are looked up.
        above: how many lines of the file stand above the template.
        is_partial: whether entries are left out, so that nothing can be said to be absent.
        doubt: an action that may write lines of its own, so that nothing of the template is sure.

    """

    lines: tuple[str, ...]
    expressions: tuple[Expression, ...]
    conditions: dict[int, str]
    chart: Chart
    above: int = 0
    is_partial: bool = False
    doubt: Override | None = None

    def put_in(self, key: str) -> Expression:
        """What stands in the first hole of a key."""
        hole = HOLE.search(key)
        return self.expression(hole) if hole else Expression("")

    def expression(self, hole: re.Match[str]) -> Expression:
        """What stands in a hole."""
        number = int(hole[1])
        return self.expressions[number] if number < len(self.expressions) else Expression("")

    def without_entry(self, line: int) -> Template:
        """The template without the last entry up to a line of which nobody knows what it becomes."""
        entry = next((number for number in range(line, -1, -1) if _alone(self.lines[number])), None)
        lines = tuple("" if number == entry else text for number, text in enumerate(self.lines))
        return self._replace(lines=lines, is_partial=True)

    def without_entries(self) -> Template:
        """The template without all such lines."""
        lines = tuple("" if _alone(line) else line for line in self.lines)
        return self._replace(lines=lines, is_partial=True)


def template(file: File, chart: Chart | None) -> Template:
    """A template as YAML; without a chart no value is known."""
    writing = _Writing(chart or Chart())
    text, at = file.text, 0
    for start, end, inner in actions(text):
        writing.plain(text[at:start])
        writing.action(inner, text.count("\n", start, end))
        at = end
    writing.plain(text[at:])
    doubt = Override(file.line(writing.doubt), "what an action writes") if writing.doubt else None
    return writing.template()._replace(above=file.above, doubt=doubt)


NOT_HELD = "which does not hold by values.yaml"
"""What is said of a condition that the values do not fulfil."""


class _Block(NamedTuple):
    """A branch of a template.

    Attributes:
        word: what opened its block: `if`.
        part: the number of its first part of the text.
        line: that of its first line.
        dot: what `.` is in it.
        names: what its variables are.
        condition: what decides on it.
        holds: whether that is so by the values; None where they do not tell.
        before: whether one of the branches before it is written.

    """

    word: str
    part: int
    line: int
    dot: tuple[str, ...] | None
    names: dict[str, Expression]
    condition: Expression
    holds: bool | None
    before: bool | None = False


class _Writing:
    """Writes a template as YAML, action by action."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        self.parts: list[str] = []
        self.line = 1
        self.expressions: list[Expression] = []
        self.conditions: dict[int, str] = {}
        self.blocks = [_Block("", 0, 1, (), {}, Expression(""), True)]
        self.ignored = 0
        self.doubt = 0
        self.begun = ""

    def plain(self, text: str) -> None:
        """Text as it is, but for the sign of a hole, which only this module writes."""
        self.parts.append(text.replace("\ue000", " "))
        self.line += text.count("\n")
        *ended, last = text.rsplit("\n", 1)
        self.begun = (last if ended else self.begun + last)[:LONGEST]

    def action(self, inner: str, lines: int) -> None:
        """An action that runs over so many ends of lines."""
        words = words_of(inner)
        block = self.blocks[-1]
        word = words[0] if words else ""
        if inner.startswith(OF_OTHERS):
            self._of_others(inner)
        elif word in ("if", "with", "range", "define", "block"):
            self._open(word, words[1:], block)
        elif word == "end":
            self._close(is_end=True)
        elif word == "else":
            self._close(is_end=False)
            branch = self.blocks[-1]
            if words[1:2] == ["if"] and len(self.blocks) > 1:
                condition = parsed(" ".join(words[2:]), branch.dot, branch.names)
                holds = self.chart.holds(condition) if branch.holds else branch.holds
                self.blocks[-1] = branch._replace(condition=condition, holds=holds)
        elif word.startswith("$") and words[1:2] and words[1] in (":=", "="):
            if len(block.names) < MOST_NAMES or word in block.names:
                meant = parsed(_after(inner, "="), block.dot, block.names)
                self._name(word, meant, is_new=words[1] == ":=")
        elif word and not word.startswith("/*"):
            expression = parsed(inner, block.dot, block.names)
            if not self.doubt and self._may_write_lines(inner, expression, block):
                self.doubt = self.line
            if parts := pieces(expression.text):
                self._joined(parts, block)
            else:
                self._hole(expression)
        self.plain("\n" * lines)

    def _may_write_lines(self, inner: str, expression: Expression, block: _Block) -> bool:
        """Whether an action may write lines beside the one that it stands in, or entries beside its own."""
        text = expression.text
        if any(each.word == "define" for each in self.blocks):
            return False
        if ends_line(inner) or ends_line(text):
            return True
        before = len(self.begun) - len(self.begun.lstrip(" -"))
        is_alone = not self.begun.strip(" -")
        indent = _INDENT.search(text)
        if indent is not None:
            # What is indented no more than the key before it stands beside that.
            return not is_alone and int(indent[1]) <= before and ":" in self.begun
        if words_of(inner)[-1:] and divided(words_of(inner), "|")[-1][0] in ONE_LINE:
            return False
        call = called(text)
        if call is not None and not is_alone and self.chart.is_open_text(call[0]):
            return True
        if expression.path is None and "toYaml" in inner:
            return not (is_alone and before == 0)
        return self.chart.has_lines(f"{text} {inner}", block.dot)

    def _name(self, name: str, meant: Expression, *, is_new: bool) -> None:
        """What a variable is from here on. What a branch sets, it is behind it in some cases only."""
        *around, inner = self.blocks
        inner.names[name] = meant
        is_sure = inner.word in ("", "if", "with") and inner.holds is True
        for block in reversed(around if not is_new else ()):
            if name in block.names and inner.holds is not False:
                block.names[name] = meant if is_sure else Expression(f"{name} of several")
            is_sure = is_sure and block.word in ("", "if", "with") and block.holds is True

    def _of_others(self, inner: str) -> None:
        """A block of Jinja: what stands in it may be there or not."""
        words = inner.removeprefix(OF_OTHERS).strip().lstrip("-+").split(None, 1)
        word = words[0] if words else ""
        top = self.blocks[-1]
        is_within = top.word == OF_OTHERS and not self.ignored
        if is_within and (word in ("else", "elif") or word.startswith("end")):
            self._close(is_end=word.startswith("end"))
        elif word in ("if", "for"):
            text = " ".join(inner.removeprefix(OF_OTHERS).split())[:LONGEST].removesuffix("*/").strip("-+ ")
            self._open(OF_OTHERS, [], top)
            if not self.ignored:
                self.blocks[-1] = self.blocks[-1]._replace(condition=Expression(text), holds=None)

    def _joined(self, parts: list[str], block: _Block) -> None:
        """What an action joins: texts, and holes between them."""
        for number, part in enumerate(parts):
            bare = part[1:-1] if part[:1] == "(" and part[-1:] == ")" else part
            found = parsed(bare, block.dot, block.names) if number % 2 else Expression("", (), part)
            if found.path == () and isinstance(found.fallback, str):
                self.parts.append(found.fallback.replace("\ue000", " "))
            else:
                self._hole(found)

    def _hole(self, expression: Expression) -> None:
        self.parts.append(f"\ue000{len(self.expressions)}\ue001")
        self.expressions.append(expression)

    def _open(self, word: str, words: list[str], block: _Block) -> None:
        if len(self.blocks) > DEEPEST:
            self.ignored += 1
            return
        names = dict(block.names)
        given = " ".join(words)
        named, is_named, rest = given.partition(":=")
        subject = parsed(rest if is_named else given, block.dot, names)
        dot = block.dot
        if word in ("with", "range"):
            each = ("*",) if word == "range" else ()
            dot = None if subject.path is None else (*subject.path, *each)
            names_given = variables(named) if is_named else []
            if names_given:
                names[names_given[-1]] = Expression(f"{subject.text}.*" if each else subject.text, dot)
            if len(names_given) > 1:
                names[names_given[0]] = subject
        holds = self.chart.holds(subject) if word in ("if", "with", "range") else True
        if word == "range" and not holds and not (is_named and len(variables(named)) > 1):
            # An empty list is one to be filled: what stands for each item shows where it leads.
            holds = None
        self.blocks.append(_Block(word, len(self.parts), self.line, dot, names, subject, holds))

    def _close(self, *, is_end: bool) -> None:
        if self.ignored and is_end:
            self.ignored -= 1
        if self.ignored or len(self.blocks) == 1:
            return
        block = self.blocks.pop()
        inside = "".join(self.parts[block.part :])
        is_one_line = "\n" not in inside
        if block.word == "define" or (block.holds is False and not _RESOURCE.search(inside)):
            self.parts[block.part :] = ["\n" * inside.count("\n")]
        elif is_one_line and inside.strip() and block.word != "range":
            # Beside other text a condition decides on a part of a line.
            del self.parts[block.part :]
            is_sure = block.word == "with" and block.holds and _alone(inside)
            self._hole(
                self.expressions[int(HOLE.findall(inside)[0])]
                if is_sure
                else Expression(f"{block.word} {block.condition.text}")
            )
        elif block.word == "if" or block.holds is None:
            doubt = {True: f", {HELD}", False: f", {NOT_HELD}", None: ""}[block.holds]
            condition = f"{CONDITION}: {block.condition.text}{doubt}"
            for line in range(block.line, self.line + 1):
                inner = self.conditions.setdefault(line, condition)
                # Of conditions in one another, the one that may not hold is told.
                if inner.endswith(HELD) and not condition.endswith(HELD):
                    self.conditions[line] = condition
        if not is_end:
            self._otherwise(block)

    def _otherwise(self, block: _Block) -> None:
        """Begin the branch that is written where a block and those before it are not."""
        known = (block.before, block.holds)
        before = True if True in known else None if None in known else False
        self.blocks.append(
            block._replace(
                part=len(self.parts),
                line=self.line,
                dot=self.blocks[-1].dot,
                names=dict(self.blocks[-1].names),
                condition=block.condition._replace(text=f"not {block.condition.text}"[:LONGEST]),
                holds=None if before is None else not before,
                before=before,
            )
        )

    def template(self) -> Template:
        """What is written. A line of one hole becomes an entry of the list or mapping that it stands in."""
        # An action may stand behind a tab, which YAML would not have there.
        lines = [line if line.strip() else "" for line in "".join(self.parts).split("\n")]
        for number, line in enumerate(lines):
            alone = HOLE.fullmatch(line.strip())
            if alone:
                expression = self.expressions[int(alone[1])]
                indent = _INDENT.search(expression.text)
                depth = " " * (int(indent[1]) if indent else len(line) - len(line.lstrip()))
                above = next(
                    (
                        other
                        for other in reversed(lines[max(number - NEAR, 0) : number])
                        if other.strip() and not other.startswith(f"{depth} ")
                    ),
                    "",
                )
                found = [each.content for each in self.chart.find(expression)]
                is_text = found and isinstance(found[0], str) and ENTRY.search(found[0]) is not None
                if found and not isinstance(found[0], dict | list) and not is_text:
                    lines[number] = ""
                elif isinstance(found[0], list) if found else above.startswith(f"{depth}- "):
                    lines[number] = f"{depth}- {alone[0]}"
                else:
                    lines[number] = f"{depth}{alone[0]}:"
        bare = tuple(each._replace(text=_INDENT.sub("", each.text).rstrip(" |")) for each in self.expressions)
        return Template(tuple(lines), bare, self.conditions, self.chart)


def _alone(line: str) -> re.Match[str] | None:
    """The hole that a line consists of, be it already an entry."""
    return HOLE.fullmatch(line.strip().removeprefix("- ").removesuffix(":"))


def _after(text: str, sign: str) -> str:
    return text.partition(sign)[2].removesuffix("-")
