"""Actions of templates: what stands between `{{` and `}}`, and which value it reads if it reads one.

The language is that of helm.sh/docs/chart_template_guide. Templates of other tools share the signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

from rtreview.text.scalars import resolved

DEEPEST = 32
"""Blocks in blocks, and brackets in brackets."""

LONGEST = 300
"""Signs of an expression."""

SIGNS = {"{{": "}}", "{%": "%}", "{#": "#}", "<%": "%>"}
"""How the actions of templates begin and end: of Helm and Jinja, of Jinja alone, of ERB."""

OF_OTHERS = "/*%"
"""How an action of another tool begins, as a comment."""

LAYOUT = frozenset(
    ("quote", "squote", "toYaml", "toString", "int", "int64", "float64", "trim", "indent", "nindent")
)
"""Functions that change how a value is written, and not what it is."""

FLOW = frozenset({"if", "else", "end", "with", "range", "define", "block"})
"""What begins an action that writes nothing itself."""

ONE_LINE = frozenset(
    {"quote", "toJson", "mustToJson", "b64enc", "b32enc", "sha1sum", "sha256sum", "adler32sum", "int",
     "int64", "float64", "len", "nospace", "nindent", "indent"}
)  # fmt: skip
"""Functions of whose result nothing stands at the beginning of a line, or all is indented."""

TAKES = frozenset(
    {"trimSuffix", "trimPrefix", "trimAll", "splitList", "split", "contains", "hasPrefix", "hasSuffix",
     "replace"}
)  # fmt: skip
"""Functions that write nothing of the first text that they are given."""

DECODING = frozenset({"b64dec", "b32dec"})
"""Functions that may write ends of lines."""

_VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]{0,60}")
_ENDS = re.compile(r"\A\"(?:[^\\\n]|\\[^nrvfxuU0-7])*+\\|\A`[^`\n]*+\n")
_PATH = re.compile(r"(\$[A-Za-z_0-9]{0,60})?((?:\.[A-Za-z_][A-Za-z0-9_-]{0,100}){0,20}+)\.?")
# A sign behind a backslash begins no string: so a string that is never closed is looked for once.
_END = re.compile(r"\"(?:[^\"\\\n]|\\.)*+\"|`[^`]*+`|\\[\"\\]|\}\}")
_GIVEN = re.compile(
    r"index [.$] ([0-9]{1,3})(?![^\s])|\"(?:[^\"\\]|\\.)*+\"|`[^`]*+`|(?:[^\s\"`\\]|\\[\"\\]?)++"
)
_WORD = re.compile(r"\"(?:[^\"\\]|\\.)*+\"|`[^`]*+`|[()|]|(?:[^\s()|\"`\\]|\\[\"\\]?)++")


class Expression(NamedTuple):
    """What an action puts in.

    Attributes:
        text: the action, without what only lays it out.
        path: what it reads, from the top: `("Values", "replicas")`; None where it computes.
        fallback: what counts where that is not set.

    """

    text: str
    path: tuple[str, ...] | None = None
    fallback: Any = None


def is_template(text: str) -> bool:
    """Whether a text has actions of a template."""
    return any(begin in text for begin in SIGNS)


def called(text: str) -> tuple[str, str] | None:
    """The helper that an action puts in, and what it is given; None where it does anything else."""
    words = divided(words_of(text), "|")[0]
    if len(words) < 2 or words[0] not in ("include", "template"):
        return None
    return words[1].strip('"`'), " ".join("." if word == "$" else word for word in words[2:])


class Given(NamedTuple):
    """What a helper is given when it is called, as it is written.

    Attributes:
        text: all of it: `.`, or `( list . "backend" )`.
        items: the items of a list.
        entries: the entries of a dict, by their keys.

    """

    text: str
    items: tuple[str, ...] = ()
    entries: Mapping[str, str] = MappingProxyType({})

    @classmethod
    def of(cls, text: str) -> Given:
        """What is written behind the name of a helper."""
        words = words_of(text)
        inner = terms(words[2:-1]) if words[:1] == ["("] and words[-1:] == [")"] else []
        if words[1:2] == ["list"]:
            return cls(text, items=tuple(inner))
        if words[1:2] == ["dict"]:
            keys = (key.strip('"`') for key in inner[::2])
            return cls(text, entries=dict(zip(keys, inner[1::2], strict=False)))
        return cls(text)

    def put_in(self, text: str, names: dict[str, Expression]) -> Expression:
        """What an action of the helper puts in, once it is known what is given."""
        if self.text in (".", ""):
            return parsed(text, (), names)
        return parsed(_GIVEN.sub(self._known, " ".join(words_of(text))), (), names)

    def _known(self, found: re.Match[str]) -> str:
        number = int(found[1] or 0)
        is_item = found[1] is not None and number < len(self.items)
        return self.items[number] if is_item else self._word(found[0])

    def _word(self, word: str) -> str:
        if word in (".", "$"):
            return self.text
        path = word.removeprefix("$")
        if not path.startswith("."):
            return word
        key, dot, rest = path[1:].partition(".")
        base = self.entries.get(key)
        if base is None:
            return f"{self.text}{path}"
        return f".{rest}" if base in (".", "$") and dot else f"{base}{dot}{rest}"


def terms(words: list[str]) -> list[str]:
    """Words with what stands in brackets as one."""
    found: list[str] = []
    depth = 0
    for word in words:
        if depth:
            found[-1] = f"{found[-1]} {word}"
        else:
            found.append(word)
        depth += (word == "(") - (word == ")")
    return found


def actions(text: str) -> Iterator[tuple[int, int, str]]:
    """Where each action begins and ends, and what is inside."""
    nexts = {begin: text.find(begin) for begin in SIGNS}
    at = 0
    while True:
        begin, start = min(
            ((begin, start) for begin, start in nexts.items() if start >= 0),
            key=lambda each: each[1],
            default=("", -1),
        )
        if not begin:
            return
        if start < at:
            nexts[begin] = text.find(begin, at)
            continue
        inside = text[start + 2 : start + 6].lstrip("- ")
        is_comment = inside.startswith("/*")
        from_here = text.find("*/", start) if is_comment else start + 2
        if begin == "{{" and not is_comment:
            end = _end(text, from_here)
        else:
            end = text.find(SIGNS[begin], from_here) if from_here >= 0 else -1
        if end < 0:
            nexts[begin] = -1
            continue
        at = end + 2
        # What else than an action of Helm begins so says nothing here, but which of its blocks it opens.
        inner = text[start + 2 : end] if begin in ("{{", "{%") else ""
        yield start, at, inner if begin == "{{" else f"{OF_OTHERS} {inner} */"


def _end(text: str, at: int) -> int:
    """Where an action ends: the first `}}` that stands in no string."""
    return next((found.start() for found in _END.finditer(text, at) if found[0] == "}}"), -1)


def writes_nothing(text: str) -> bool:
    """Whether an action is a comment, sets a variable or only decides on others."""
    words = words_of(text[:LONGEST])
    return not words or words[0] in FLOW or words[0].startswith("/*") or words[1:2] in ([":="], ["="])


def ends_line(text: str) -> bool:
    """Whether an action may write the end of a line by what stands in it, or by decoding."""
    words = _WORD.findall(text)
    last = divided(words, "|")[-1][:1]
    if last and last[0] in ONE_LINE:
        return False
    before = ["", *words]
    return any(
        word in DECODING
        or ("%c" in word and "printf" in words)
        or ".Files" in word
        or (_ENDS.search(word) is not None and before[number] not in TAKES)
        for number, word in enumerate(words)
    )


def variables(text: str) -> list[str]:
    """The variables that a text names."""
    return _VARIABLE.findall(text)


def words_of(text: str) -> list[str]:
    """The words of an action, its first ones if it is long."""
    return _WORD.findall(text.strip().removeprefix("-").removesuffix("-")[:LONGEST])


def parsed(text: str, dot: tuple[str, ...] | None, names: dict[str, Expression]) -> Expression:
    """What an expression reads, where it reads one value and does not compute."""
    words = words_of(text)
    indents = [f"{word} {number}" for word, number in pairwise(words) if word.endswith("indent")]
    found = _read(words, dot, names, 0)
    shown = found.text or _shown(words, names)
    return found._replace(text=" | ".join((shown, *indents[-1:]))[:LONGEST])


def _shown(words: list[str], names: dict[str, Expression]) -> str:
    """An expression as it is written, with the meaning of its variables."""
    alike = {"template": "include", "$": "."}
    pipes = " ".join(alike.get(word, word) for word in words).split(" | ")
    kept = [pipe for pipe in pipes if pipe.partition(" ")[0] not in LAYOUT]
    is_joined = words[:1] == ["printf"]

    def meant(name: re.Match[str]) -> str:
        text = names[name[0]].text if name[0] in names else name[0]
        return f"( {text} )" if is_joined and " " in text else text

    return _VARIABLE.sub(meant, " | ".join(kept))[:LONGEST]


def pieces(text: str) -> list[str]:
    """What a `printf` of texts puts together: its literal parts, and between them expressions; else nothing.

    The first is literal, and so is each second from there on.
    """
    words = terms(words_of(text))
    if len(words) < 3 or words[0] != "printf" or words[1][:1] != '"' or "|" in words:
        return []
    literal, given = words[1][1:-1].split("%s"), words[2:]
    if len(literal) != len(given) + 1 or any("%" in part or "\\" in part for part in literal):
        return []
    return [part for pair in zip(literal, [*given, ""], strict=True) for part in pair][:-1]


def _read(
    words: list[str], dot: tuple[str, ...] | None, names: dict[str, Expression], depth: int
) -> Expression:
    """What words read; with no text where they do anything else than read."""
    pipes = divided(words, "|")
    found = _term(pipes[0], dot, names, depth)
    for pipe in pipes[1:]:
        word = pipe[0] if pipe else ""
        if word == "default" and len(pipe) == 2 and found.path is not None:
            found = found._replace(fallback=_literal(pipe[1]), text=f"{found.text} | default {pipe[1]}")
        elif word not in LAYOUT and word != "required":
            return Expression("")
    return found


def _term(
    words: list[str], dot: tuple[str, ...] | None, names: dict[str, Expression], depth: int
) -> Expression:
    if depth > DEEPEST or not words:
        return Expression("")
    if words[0] == "(" and words[-1] == ")":
        return _read(words[1:-1], dot, names, depth + 1)
    if words[0] == "not":
        inner = _read(words[1:], dot, names, depth + 1)
        return inner._replace(text=f"not {inner.text}") if inner.path is not None else Expression("")
    if words[0] == "default" and len(words) > 2:
        inner = _read(words[2:], dot, names, depth + 1)
        return inner._replace(fallback=_literal(words[1])) if inner.path is not None else Expression("")
    if words[0] == "required" and len(words) > 2:
        return _read(words[2:], dot, names, depth + 1)
    if words[0] in LAYOUT and not words[0].endswith("indent"):
        return _read(words[1:], dot, names, depth + 1)
    if words[0] == "tpl" and len(words) > 2:
        return _read(words[1:-1], dot, names, depth + 1)
    return _path(words[0], dot, names) if len(words) == 1 else Expression("")


def _path(word: str, dot: tuple[str, ...] | None, names: dict[str, Expression]) -> Expression:
    """What one word reads: a path from the top, from here, or from a variable; or itself."""
    if _literal(word) is not None:
        return Expression(word, (), _literal(word))
    path = _PATH.fullmatch(word)
    if path is None:
        return Expression("")
    base = (
        Expression("", dot)
        if path[1] is None
        else Expression("", ())
        if path[1] == "$"
        else names.get(path[1])
    )
    if base is None or base.path is None:
        return Expression(f"{base.text}{path[2]}" if base else "")
    inner = tuple(part for part in path[2].split(".") if part)
    whole = (*base.path, *inner)[:DEEPEST]
    if base.text and not inner:
        return base
    return Expression("." + ".".join(whole), whole)


def _literal(word: str) -> Any:
    """A text or a number that stands for itself; None for all else."""
    if word[:1] in ('"', "`"):
        return word[1:-1]
    value = resolved(word)
    return value if isinstance(value, bool | int | float) else None


def divided(words: list[str], sign: str) -> list[list[str]]:
    """The words between those signs that stand in no brackets."""
    parts: list[list[str]] = [[]]
    depth = 0
    for word in words:
        depth += (word == "(") - (word == ")")
        if word == sign and depth == 0:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts
