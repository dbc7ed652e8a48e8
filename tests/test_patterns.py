"""No regular expression of the package takes longer than its text is: each meets the worst that it can."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from re import _constants as signs  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import pytest

import rtreview

pytestmark = pytest.mark.slow  # runs each expression over growing texts

CALLS = ("compile", "match", "fullmatch", "search", "sub", "findall", "finditer", "split", "scanner")
LOOPS = (signs.MAX_REPEAT, signs.MIN_REPEAT, signs.POSSESSIVE_REPEAT)
MANY = 20
"""A loop that ends before is none that a stranger can make long."""

HERE = -1
"""How often a loop is gone through where only what stands before it is wanted."""

LONGEST_OPENING = 3
"""Signs of what a pattern begins with that are tried."""

RUNS = ("\n", " ", "\t", "a", "0", "\\")
"""Signs of which a file can have a long run, whether a loop takes them or not."""

DEAREST = 3e-6
"""Seconds for each sign: a file of 1 MiB then takes 3."""

EXAMPLES = {signs.CATEGORY_DIGIT: "0", signs.CATEGORY_SPACE: " ", signs.CATEGORY_WORD: "a"}


NO_STRANGER = re.compile(
    r"rtreview\.render\.(?:plot|html):|rtreview\.quantities\.quantity:\d+ findall .*ms\|\[smhdw\]"
)
"""Where no text of a stranger comes: pygal's own pictures, what another pattern has found to be whole, and
the signs of HTML that our own page closes."""


class Pattern(NamedTuple):
    """A regular expression, how it is called, and where it stands."""

    source: str | bytes
    flags: int
    call: str
    where: str


def patterns() -> Iterator[Pattern]:
    """All of the package: those of calls of `re`, and those that are compiled, by their calls."""
    for module in pkgutil.walk_packages(rtreview.__path__, "rtreview."):
        if module.name.endswith("__main__"):
            continue
        found = importlib.import_module(module.name)
        tree = ast.parse(Path(str(found.__file__)).read_text("utf-8"))
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            call, of = node.func.attr, node.func.value
            if call not in CALLS or not isinstance(of, ast.Name):
                continue
            where = f"{module.name}:{node.lineno}"
            if of.id == "re" and call != "compile":
                try:
                    written = evaluated(node.args[0], found)
                except NameError:
                    continue
                flags = [evaluated(part, found) for part in node.args if "re." in ast.unparse(part)]
                compiled = re.compile(written, *[flag for flag in flags if isinstance(flag, re.RegexFlag)])
            else:
                compiled = getattr(found, of.id, None)
            if isinstance(compiled, re.Pattern):
                yield Pattern(compiled.pattern, compiled.flags, call, where)


def evaluated(part: ast.expr, module: Any) -> Any:
    """What an expression of a module's own names comes to; a NameError where it has others."""
    return eval(compile(ast.Expression(part), module.__file__, "eval"), dict(vars(module)))


def example(tree: Iterable[Any], pumped: Any, count: int) -> str:
    """A text that fits a pattern, in which one of its loops is gone through so often."""
    return "".join(_example(kind, value, pumped, count) for kind, value in tree)


def _example(kind: Any, value: Any, pumped: Any, count: int) -> str:
    if kind in LOOPS:
        least, most, inner = value
        if value is pumped and count == HERE:
            return "\0"
        turns = min(count, most) if value is pumped else max(least, min(most, 1))
        return example(inner, pumped, count) * turns
    if kind is signs.SUBPATTERN:
        return example(value[3], pumped, count)
    if kind is signs.ATOMIC_GROUP:
        return example(value, pumped, count)
    if kind is signs.BRANCH:
        branches = value[1]
        own = next(
            (branch for branch in branches if any(each is pumped for each in loops(branch))), branches[0]
        )
        return example(own, pumped, count)
    if kind is signs.LITERAL:
        return chr(value)
    if kind is signs.NOT_LITERAL:
        return "a" if value != ord("a") else "b"
    if kind is signs.ANY:
        return "a"
    if kind is signs.IN:
        return sign_of(value)
    return ""


def sign_of(listed: list[Any]) -> str:
    """A sign that a `[...]` has."""
    if listed[0][0] is signs.NEGATE:
        out = {value for kind, value in listed if kind is signs.LITERAL}
        return next(sign for sign in "a0 -=\n" if ord(sign) not in out)
    kind, value = listed[0]
    if kind is signs.CATEGORY:
        return EXAMPLES.get(value, "-")
    return chr(value if kind is signs.LITERAL else value[0])


def loops(tree: Iterable[Any]) -> Iterator[Any]:
    """The loops of a pattern that a text can make long, also those inside others."""
    for kind, value in tree:
        if kind in LOOPS:
            if value[1] > MANY:
                yield value
            yield from loops(value[2])
        elif kind is signs.SUBPATTERN:
            yield from loops(value[3])
        elif kind is signs.ATOMIC_GROUP:
            yield from loops(value)
        elif kind is signs.BRANCH:
            for branch in value[1]:
                yield from loops(branch)


def texts(pattern: Pattern, count: int) -> Iterator[str]:
    """Texts of which a pattern takes much: each loop long, broken off, or before what does not fit."""
    tree = parser.parse(
        pattern.source, pattern.flags & ~re.UNICODE if isinstance(pattern.source, bytes) else pattern.flags
    )
    plain = example(tree, None, 1)
    yield plain * (count // max(len(plain), 1))
    openings = {plain, *(example(tree, loop, HERE).partition("\0")[0] for loop in loops(tree))}
    begun = {text[:length] for text in openings for length in range(1, LONGEST_OPENING + 1)}
    for opening in sorted(begun | openings | {*RUNS}):
        # What is opened again and again and never closed, and what is followed by a long run of anything.
        yield opening * (count // max(len(opening), 1)) + "\0"
        for sign in RUNS if opening in openings else ():
            yield opening + sign * count + "\0"
            yield (opening + sign) * (count // (len(opening) + 1)) + "\0"
    for loop in loops(tree):
        whole = example(tree, loop, count)[: 2 * count]
        yield whole + "\0"
        yield whole[: len(whole) // 2] + "\0"
        turn = example(loop[2], None, 1)
        yield turn * (count // max(len(turn), 1)) + "\0"
        # A turn of two ways to go: spaces and tabs, digits and letters.
        yield (turn + " ") * (count // (len(turn) + 1)) + "\0"


def seconds(pattern: Pattern, count: int) -> float:
    """The longest that a pattern takes for a text of such a length."""
    compiled = re.compile(pattern.source, pattern.flags)
    longest = 0.0
    for text in texts(pattern, count):
        content: Any = text.encode("utf-8", "replace") if isinstance(pattern.source, bytes) else text
        begun = time.process_time()
        if pattern.call == "sub":
            compiled.sub(b"" if isinstance(content, bytes) else "", content)
        elif pattern.call == "finditer":
            for _ in compiled.finditer(content):
                pass
        else:
            getattr(compiled, pattern.call)(content)
        longest = max(longest, time.process_time() - begun)
        if longest > 1:
            break
    return longest


@cache
def all_patterns() -> list[Pattern]:
    """Each once."""
    once = {(each.source, each.flags, each.call): each for each in patterns()}
    return list(once.values())


def is_steep(pattern: Pattern) -> str:
    """How long a pattern takes for the first text where that grows faster than the text, or is too much."""
    before = 0.0
    for count in (*range(12, 64, 2), *(125 * 2**power for power in range(9))):
        took = seconds(pattern, count)
        if took > 0.05 and (took := min(took, seconds(pattern, count))) > max(3.2 * before, 0.05):
            return f"{took:.2f} s for {count:,} signs, {before:.2f} s for the length before"
        before = took if count > 64 else 0.0
    if took > DEAREST * count and (took := min(took, seconds(pattern, count))) > DEAREST * count:
        return f"{took:.2f} s for {count:,} signs"
    return ""


def test_the_texts_find_a_pattern_that_is_steep() -> None:
    """Each of these is known to be: square, cube, and twice as long with each sign."""
    steep = [
        r"(a+)+b", r"[ \t]*\s*$x", r"\s+,", r"(?:a|aa)+$", r"\[[^\]]*\]\(", r"a*a*a*b",
        r"(?m)^\s*x", r'x|"(?:[^"\\]|\\.)*+"', r"\{\{(?:[^}]|\}(?!\})){0,400}\}\}",
    ]  # fmt: skip
    for source in steep:
        assert is_steep(Pattern(source, re.compile(source).flags, "search", "")), source
    for source in (r"(?<!a)(?:a)++b", r"\[[^\[\]]*\]\(", r"a{1,9}b"):
        assert not is_steep(Pattern(source, re.compile(source).flags, "search", "")), source


@pytest.mark.slow
def test_every_pattern_takes_as_long_as_its_text_is() -> None:
    """Twice the text takes at most 3.2 times as long, or next to nothing; 1 MiB takes a few seconds."""
    assert len(all_patterns()) > 100
    found = {
        f"{each.where} {each.call} {each.source!r}": is_steep(each)
        for each in all_patterns()
        if not NO_STRANGER.match(f"{each.where} {each.call} {each.source!r}")
    }
    assert {name: why for name, why in found.items() if why} == {}
