"""What expressions of a program come to where literals decide them: numbers, spans of time, sizes."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping

from rtreview.evidence.values import SECONDS, duration, octets

LONGEST = 120
"""Signs of an expression that is worked out."""

LARGEST = 2**53
"""Beyond it a number is no longer exact."""

NONE = "none"
"""How a spec says that there is nothing."""

_SUM = re.compile(r"[0-9_.eExXa-fA-F+*/<()\s-]{1,120}")
_SUFFIX = re.compile(r"(?<=[0-9])[LlnUu]{1,2}(?![\w.])")
_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_POWERS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Pow: lambda base, power: base**power,
    ast.LShift: lambda base, bits: base * 2**bits,
}
_CALL = re.compile(
    r"(?:TimeSpan\.From|Duration\.of|Duration\.from|:?timer\.|time\.Duration)"
    r"(Milliseconds|Millis|Seconds|Minutes|Hours|milliseconds|seconds|minutes|hours)\((.{1,80})\)"
)
_WITH_UNIT = re.compile(r"(.{1,60})\.(milliseconds|seconds?|minutes?|hours?)")
_GO_UNIT = re.compile(r"\btime\.(Millisecond|Second|Minute|Hour)\b")
_UNITS = {"milli": "ms", "second": "s", "minute": "m", "hour": "h"}

_VARIABLE = re.compile(
    r"""(?:\b[Ee]nv(?:\.\w{1,30}|[A-Z]\w{0,30})?\(["']|\bget(?:Env|_env)\w{0,30}\(["']|env\.|env\[["']"""
    r"""|environ\[["']|environ\.get\(["']|getenv\(["']|get_env!?\(["']|fetch_env!?\(["']"""
    r"""|ENV\[["']|ENV\.fetch\(["']|Getenv\(["']|EnvironmentVariable\(["'])(\w{1,80})"""
)
_FALLBACK = re.compile(r"""(?:\|\||\?\?|\?:)\s{0,9}["']?([0-9][0-9_ *.]{0,30})""")
_SECOND = re.compile(
    r"""(?:get|getenv|get_env|fetch|[Ee]nv(?:\.\w{1,30}|[A-Z]\w{0,30})?|get(?:Env|_env)\w{0,30})"""
    r"""\(["']\w{1,80}["'],\s{0,9}(?:default\s{0,9}=\s{0,9})?["']?([0-9][0-9_ *.]{0,30})"""
)


def number(text: str) -> float | None:
    """What a sum of numbers comes to, such as `16 * 1024 * 1024` or `60_000`; None where it is none."""
    text = _SUFFIX.sub("", text.strip())
    if not _SUM.fullmatch(text):
        return None
    try:
        return _value(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError, MemoryError):
        return None


def _value(part: ast.expr) -> float:
    """The value of numbers and signs between them.

    Raises:
        ValueError: it has other parts, or is too large to be exact.

    """
    value: float = LARGEST
    if isinstance(part, ast.Constant) and isinstance(part.value, int | float):
        value = part.value
    elif isinstance(part, ast.BinOp):
        left, right, kind = _value(part.left), _value(part.right), type(part.op)
        if kind in _OPERATORS:
            value = _OPERATORS[kind](left, right)
        # A root of what is less than nothing is no real number.
        elif kind in _POWERS and 0 <= right < LARGEST.bit_length() and (left >= 0 or right == int(right)):
            value = _POWERS[kind](left, right)
    if not math.isfinite(value) or abs(value) >= LARGEST:
        raise ValueError(value)
    return value


def seconds(text: str, bare: str) -> float | None:
    """A span of time in seconds, as languages write it; `bare` is the unit of a number that has none."""
    text = _without_brackets(text)
    if found := _CALL.fullmatch(text) or _WITH_UNIT.fullmatch(text):
        unit, amount = (found[1], found[2]) if found.re is _CALL else (found[2], found[1])
        value, bare = number(amount), _short(unit)
    elif _GO_UNIT.search(text):
        in_millis = _GO_UNIT.sub(lambda found: f"{SECONDS[_short(found[1])] * 1000:.0f}", text)
        value, bare = number(in_millis), "ms"
    else:
        value = number(text)
    return None if value is None or value < 0 else value * SECONDS[bare]


def _short(unit: str) -> str:
    """A unit of time by the word that a language has for it."""
    return next(short for word, short in _UNITS.items() if unit.lower().startswith(word))


def _without_brackets(text: str) -> str:
    """A text without brackets around all of it, as names leave them that stand for something."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and text.count("(") == 1:
        text = text[1:-1].strip()
    return text


def milliseconds(text: str) -> str | None:
    """A span of time whose number counts milliseconds, as a spec has it."""
    span = seconds(text, "ms")
    return None if span is None else duration(span)


def span(text: str) -> str | None:
    """A span of time whose number counts seconds, as a spec has it."""
    value = seconds(text, "s")
    return None if value is None else duration(value)


def amount(text: str) -> str | None:
    """A number of bytes, as a spec has it."""
    value = number(text)
    return octets(int(value)) if value is not None and value == int(value) and value > 0 else None


def count(text: str) -> int | None:
    """A whole number."""
    value = number(text)
    return int(value) if value is not None and value == int(value) and value >= 0 else None


def switch(text: str) -> bool | None:
    """Whether something is on; an object with its settings is."""
    words = {"true": True, "false": False, "True": True, "False": False}
    return words.get(text, True if text[:1] == "{" else None)


def why_open(text: str) -> str:
    """Why an expression has no value here: the variable that decides, and what holds without it."""
    variable = _VARIABLE.search(text)
    fallback = _FALLBACK.search(text) or _SECOND.search(text)
    if variable is None:
        shown = " ".join(text.split())[:60]
        return f"`{shown}` is computed" if shown else "it is computed"
    return f"the variable {variable[1]} decides" + (
        f", and {fallback[1].strip()} without it" if fallback else ""
    )
