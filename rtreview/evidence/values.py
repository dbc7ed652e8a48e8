"""Values as the files of a deployment write them, and as a spec has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rtreview.text.place import SpecPath

SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
"""Units of time, in seconds."""

BYTES = {
    "": 1,
    "b": 1,
    **dict.fromkeys(("k", "kb", "ki", "kib"), 2**10),
    **dict.fromkeys(("m", "mb", "mi", "mib"), 2**20),
    **dict.fromkeys(("g", "gb", "gi", "gib"), 2**30),
}
"""Units of size as servers take them, in bytes."""

PUT_IN, NO_SPAN = "it is put in when the file is used", "no span of time"
"""Why what stands in a file is no value."""

_ADDRESS = re.compile(
    r"(?:https?|wss?)://([A-Za-z0-9][\w.-]{0,200})(?::[0-9]{1,5})?(/[^?#]{0,300})?(?:[?#].*)?"
)
_TEMPLATE = re.compile(r"\{\{|\{%|<%|\$\{|\$\(|\{\$|@@[A-Z]|__[A-Z]")
_PART = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)([a-zA-Z]{0,3})")


def address(text: str) -> tuple[str, str]:
    """The host and the path of an address of the web; both are empty where a text is none."""
    found = _ADDRESS.fullmatch(text.strip())
    return (found[1], found[2] or "") if found is not None else ("", "")


def is_template(text: str) -> bool:
    """Whether something is put in here before the file is used, so that what stands here is no value."""
    return _TEMPLATE.search(text) is not None


def seconds(text: str, *, bare: str = "s", units: Mapping[str, float] = SECONDS) -> float | None:
    """A span of time such as `90s`, `1h30m` or `60`, in seconds; None where it is none.

    Args:
        text: as it is written.
        bare: the unit of a number that has none; empty where such a number means nothing.
        units: those that the program knows.

    """
    total, at = 0.0, 0
    for part in _PART.finditer(text):
        unit = part[2] or bare
        if part.start() != at or unit not in units:
            return None
        total, at = total + float(part[1]) * units[unit], part.end()
    return total if text and at == len(text) else None


def duration(span: float) -> str:
    """A span of time in seconds as a spec has it: exactly, in the largest unit that it is a multiple of."""
    millis = round(span * 1000)
    for unit in ("h", "m", "s"):
        each = round(SECONDS[unit] * 1000)
        # A minute and less people write in seconds.
        if millis and millis % each == 0 and (unit == "s" or millis >= 2 * each or unit == "h"):
            return f"{millis // each}{unit}"
    return f"{millis}ms" if millis else "0s"


def size(text: str) -> str | None:
    """An amount of memory such as `1m` or `512Mi` as a spec has it; None where it is none."""
    part = _PART.fullmatch(text.strip())
    if part is None or part[2].lower() not in BYTES:
        return None
    return octets(round(float(part[1]) * BYTES[part[2].lower()]))


def octets(amount: int) -> str:
    """An amount of bytes as a spec has it: exactly, in the largest unit that it is a multiple of."""
    units = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "GB": 10**9, "MB": 10**6, "kB": 10**3}
    unit = next((name for name, each in units.items() if amount and amount % each == 0), "")
    return f"{amount // units[unit]}{unit}" if unit else f"{amount}B"


def value_at(content: Any, path: SpecPath) -> Any:
    """What stands at a path of mappings and lists; None where nothing does."""
    for key in path:
        if isinstance(content, dict):
            content = content.get(key)
        else:
            is_inside = isinstance(content, list) and isinstance(key, int) and key < len(content)
            content = content[key] if is_inside else None
    return content


def host(address: str) -> str:
    """The host of an address, without its scheme, port and path."""
    rest = (address.partition("://")[2] or address).partition("/")[0]
    return rest[1:].partition("]")[0] if rest.startswith("[") else rest.partition(":")[0]
