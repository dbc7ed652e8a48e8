"""Numbers of a sentence that the catalogue has: the timer of a hop, or the largest message of a library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from rtreview.quantities.quantity import Duration, Size
from rtreview.text.shipped import ROOT

FILE = ROOT / "references" / "platforms" / "limits.txt"
"""Generated from the catalogue: quantity, field, name of the platform, kinds of transport; by tabs."""

MOST = 20
"""Numbers of a sentence that are looked up, at most."""

_WORDS = {
    "a": 1, "an": 1, "one": 1, "every": 1, "each": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "sixty": 60, "ninety": 90, "hundred": 100,
}  # fmt: skip
_AMOUNT = re.compile(
    rf"\b([0-9]{{1,9}}(?:\.[0-9]{{1,3}})?|{'|'.join(_WORDS)})[ -]?"
    r"(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|bytes|kb|kib|mb|mib)\b"
)
_EVENT = "deploy(?:ment)?|release|rollout|restart|outage|downtime|failover|maintenance|upgrade|reboot"
_TROUBLE = (
    "freez(?:es?|ing)|frozen?|hangs?|hanging|hung|stalls?|stalled|stuck|down|dark|blank|black|dead|gone|missing|lost"
    "|un(?:available|reachable|responsive|usable)|disappears?|vanish(?:es)?|lags?|lagging|spins?|spinning|fails?"
    "|failing|slow|stops?|stale|wrong|broken|disconnect(?:s|ed)?"
)
"""What is so for a while when something is wrong. No word for quiet: that a timer counts."""
_AGAIN = "(?: (?:again|up|out|there|completely|entirely|totally|for (?:everyone|everybody|all|users)))?"
_FOR = rf"for(?: (?:about|around|at least|up to|nearly|almost|roughly|a full|a good|over))? {_AMOUNT.pattern}"
_LASTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?P<kept>{_EVENT})s?(?: of| lasting| that (?:takes|took|lasts|lasted))(?: about| around)? "
        rf"{_AMOUNT.pattern}",
        rf"\b(?P<kept>(?:{_EVENT})s?|(?:{_TROUBLE}){_AGAIN}) {_FOR}",
        rf"\b{_FOR}(?P<kept> (?:after|during|following)(?: \w{1, 5})? (?:{_EVENT})s?)\b",
    )
)
"""How long an event of the operation, or the trouble, lasts."""
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_BYTES = {"bytes": (1,), "kb": (1000, 1024), "kib": (1024,), "mb": (1000**2, 1024**2), "mib": (1024**2,)}


class Limit(NamedTuple):
    """A number of a sentence, the field of a spec that has it, and the platforms that fix it there."""

    quantity: str
    field: str
    platforms: tuple[str, ...]


def timeless(sentence: str) -> str:
    """A sentence without how long an event of the operation or the trouble lasts: the time of no timer.

    `after a minute` and `every minute` are moments at which it comes, and stay.
    """
    for lasts in _LASTS:
        sentence = lasts.sub(r"\g<kept>", sentence)
    return sentence


def read(sentence: str) -> tuple[Limit, ...]:
    """What the catalogue knows of the durations and sizes of a sentence, in their order.

    Platforms that the sentence names come first.
    """
    said = sentence.lower()
    amounts = (
        amount
        for found, _ in zip(_AMOUNT.finditer(said), range(MOST), strict=False)
        for amount in _amounts(found[1], found[2])
    )
    limits: dict[tuple[str, str], Limit] = {}
    for quantity in amounts:
        for field, platforms in _catalogue().get(quantity, {}).items():
            named = sorted(platforms, key=lambda name: not set(name.lower().split()) & set(said.split()))
            limits[str(quantity), field] = Limit(str(quantity), field, tuple(named))
    return tuple(limits.values())


def _amounts(number: str, unit: str) -> Iterator[Duration | Size]:
    """What an amount may mean: KB is 1,000 bytes to some, and 1,024 to others."""
    amount = float(_WORDS.get(number, 0) or number)
    if unit in _BYTES:
        yield from (Size(amount * factor) for factor in _BYTES[unit])
    else:
        yield Duration(amount * _SECONDS[unit[0]])


@cache
def _catalogue() -> dict[Duration | Size, dict[str, tuple[str, ...]]]:
    """The platforms by quantity and field."""
    found: dict[Duration | Size, dict[str, tuple[str, ...]]] = {}
    for line in FILE.read_text("utf-8").splitlines():
        written, field, platform, _ = line.split("\t")
        quantity = Size.parse(written) if field == "max_message" else Duration.parse(written)
        fields = found.setdefault(quantity, {})
        fields[field] = (*fields.get(field, ()), platform)
    return found
