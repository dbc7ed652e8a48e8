"""Scalars under the core schema of YAML 1.2 (10.3.2), where `no` and `1:30` are words: read and written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Self

from rtreview.text.harmless import visible

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOLEAN = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}|0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]{1,40}(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_UNSAFE = re.compile(r": |:$| #|[\t ]$")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


class Grouped(float):
    """A number with three digits behind its point, which may divide thousands: as text it is as written."""

    source: str

    def __new__(cls, source: str | float) -> Self:
        """The number that a text is."""
        number = super().__new__(cls, source)
        number.source = str(source)
        return number

    def __str__(self) -> str:
        return self.source


def resolved(source: str) -> Any:
    """What a plain scalar stands for."""
    if source in _NULL:
        return None
    if source in _BOOLEAN:
        return _BOOLEAN[source]
    if source[0] in "+-.0123456789":
        if _INTEGER.fullmatch(source):
            return int(source, 0 if source[:2] in ("0o", "0x") else 10)
        if _FLOAT.fullmatch(source):
            return Grouped(source) if _GROUPED.fullmatch(source) else float(source)
    return source


def block(value: Any) -> str:
    """A value behind its key, on one line."""
    return _quoted(value, set()) if isinstance(value, str) else flow(value)


def flow(value: Any) -> str:
    """A value between brackets of others."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{flow(key)}: {flow(part)}' for key, part in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, str):
        return _quoted(value, set(",[]{}"))
    return "null" if value is None else str(value).lower()


def _quoted(text: str, unsafe: set[str]) -> str:
    """A text as it is, where YAML takes it for itself; otherwise in quotes."""
    begins_well = text[:1].isalnum() or text[:1] in ("_", "(", "/")
    is_itself = text.isprintable() and visible(text) == text != "" and resolved(text) == text
    if begins_well and is_itself and not set(text) & unsafe and not _UNSAFE.search(text):
        return text
    return f'"{"".join(_signs(text))}"'


def _signs(text: str) -> Iterator[str]:
    """The signs of a quoted text; what acts on a terminal or cannot be seen is written by its number."""
    for sign in text:
        if sign in _ESCAPES or (sign.isprintable() and visible(sign) == sign):
            yield _ESCAPES.get(sign, sign)
        else:
            yield f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"
