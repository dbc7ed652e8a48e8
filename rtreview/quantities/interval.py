"""A number that is known within bounds: `2+`, `<= 30s`, `30..46KB`, `~30s`, `several`, `some`.

The words, and what `~` means, are conventions of this project; they are printed with their bounds. The floor
of a word counts as stated. Its ceiling is assumed: it passes no rule, and convicts with a warning at most.
"""

from __future__ import annotations

import math
import re
from contextlib import suppress
from typing import Any, NamedTuple

from rtreview.quantities.quantity import (
    Count,
    Duration,
    Number,
    Quantity,
    Rate,
    Ratio,
    Spread,
    as_written,
)

SOME = "some"
"""There is one; how much, or which, is not said."""

ABOUT = 0.8, 1.25
"""What `~` takes the number times."""

FOR_EVER = 1e12
"""What is computed with in place of an end that nothing bounds, in base units."""

FIRST = 1e-6
"""What is computed with in place of more than nothing."""

_BETWEEN = 1.0, 60.0, 600.0, 3600.0
"""What is looked at of a number of which nothing is said, between these two."""

_STRICTLY = 1e-6
"""By what share an end lies beyond a number that it does not hold itself."""

_LONGEST = 60

_COUNTS: dict[str, tuple[float, float]] = {
    "few": (2, 9),
    "several": (2, math.inf),
    "many": (10, math.inf),
    "tens": (20, 99),
    "hundreds": (200, 999),
    "thousands": (2000, 9999),
    "tens of thousands": (20_000, 99_999),
    "hundreds of thousands": (200_000, 999_999),
    "millions": (2_000_000, 9_999_999),
    "tens of millions": (20_000_000, 99_999_999),
    "hundreds of millions": (200_000_000, 999_999_999),
}
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0
_DURATIONS: dict[str, tuple[float, float]] = {
    "seconds": (2, _MINUTE),
    "minutes": (2 * _MINUTE, _HOUR),
    "hours": (2 * _HOUR, _DAY),
    "days": (2 * _DAY, 7 * _DAY),
    "weeks": (14 * _DAY, 60 * _DAY),
    "months": (60 * _DAY, 365 * _DAY),
}


_SPOKEN = (
    (r"(?:about|around|approx\.?|approximately|roughly|circa|ca\.?|some|≈) ?([0-9]\S*)", "~{}"),
    (r"(?:up to|at most|no more than|max\.?|maximum|≤) ?([0-9]\S*)", "<= {}"),
    (r"(?:under|below|less than|fewer than) ([0-9]\S*)", "< {}"),
    (r"(?:at least|no less than|min\.?|minimum|from|≥) ?([0-9]\S*)", ">= {}"),
    (r"(?:over|above|more than) ([0-9]\S*)", "> {}"),
    (r"([0-9]\S*) (?:or more|and more|and up|or longer)", "{}+"),
    (r"(?:between )?([0-9][^\s\u2013-]*) ?(?:-|\u2013|to|and|…|\.\.\.) ?([0-9][^\s\u2013-]*)", "{}..{}"),
)
"""How people speak of bounds, and how they are written here."""


SOME_SPAN = Spread(Duration(0), Duration(FOR_EVER))
"""What a random delay may be of which nothing is said."""


class Interval(NamedTuple):
    """What is known of a number, or that there is one.

    Attributes:
        text: how it is printed.
        least: the least that it may be.
        most: the most; of infinite amount where nothing bounds it.
        is_word: whether its bounds are conventions, so that the most is assumed.
        others: what it may be beside a number: words, or a random span.
        each: whether each of the others occurs, and not one of them, nobody knows which.
        side_by_side: whether they occur together, not at different clients, times or places.

    """

    text: str
    least: Quantity
    most: Quantity
    is_word: bool = False
    others: tuple[Any, ...] = ()
    each: bool = False
    side_by_side: bool = False

    def __str__(self) -> str:
        return self.text

    def span(self, far: float = FOR_EVER) -> tuple[Quantity, Quantity] | None:
        """The least and the most; None of a word. An end that nothing bounds is as far away as that."""
        kind, least, most = type(self.most), self.least, self.most
        if kind is Quantity:
            return None
        if least.amount == FIRST:
            least = kind(FIRST * FOR_EVER / far)
        return least, kind(min(most.amount, far))

    @property
    def ends(self) -> tuple[Any, ...]:
        """What to compute with: what it may be beside a number, the least, one between, and the most.

        A rule may not apply with one node, fail with a few, and hold with a million. What begins with one of
        something is looked at with two.
        """
        span = self.span()
        if span is None:
            return self.others
        kind, (least, most) = type(self.most), (end.amount for end in span)
        amounts = [least, most] if least < most else [least]
        if self.text == SOME:
            amounts[1:1] = [amount for amount in _BETWEEN if least < amount < most]
        elif least < most:
            middle = math.sqrt(least * most)
            amounts[1:1] = [float(round(middle)) if kind is Count else middle]
        if kind is Count and least < 2 < most:
            amounts[1:1] = [2.0]
        return (*self.others, *map(kind, amounts))

    @property
    def stated(self) -> Interval:
        """As far as it is stated: without a ceiling that is only assumed."""
        return self._replace(most=type(self.most)(_highest(type(self.most)))) if self.is_word else self


def some(kinds: tuple[type[Quantity], ...], options: tuple[Any, ...]) -> Interval | None:
    """`some` of a field that holds a number of one of these kinds, or a word; None where it holds neither."""
    if not kinds:
        return Interval(SOME, Quantity(0), Quantity(0), others=options) if options else None
    first, *rest = (_some(kind) for kind in kinds)
    return first._replace(others=(*options, *(end for other in rest for end in other.ends)))


def each_of(contents: tuple[Any, ...]) -> Interval:
    """Several values of which each occurs: a client on a WebSocket, and another on SSE.

    Raises:
        ValueError: there are not several.

    """
    if len(contents) < 2:
        raise ValueError("a list has two values or more, of which each occurs")
    *others, last = map(as_written, contents)
    return Interval(f"{', '.join(others)} and {last}", Quantity(0), Quantity(0), others=contents, each=True)


def _some(kind: type[Quantity]) -> Interval:
    return Interval(SOME, _more_than_nothing(kind), kind(_highest(kind)))


def words(kind: type[Quantity]) -> dict[str, tuple[float, float]]:
    """The words for a kind, with their bounds in its base unit."""
    return _COUNTS if kind in (Count, Number) else _DURATIONS if kind is Duration else {}


def patterns(kind: type[Quantity]) -> list[str]:
    """The notation as regular expressions, beside that of an exact number."""
    exact = kind.pattern[1:-1]
    named = "|".join(words(Count) if kind is Rate else words(kind))
    per = "/(s|min|h|d)" if kind is Rate else ""
    return [
        rf"^({exact})\+$",
        rf"^(<=?|>=?|~) ?(?=.*[1-9])({exact})$",
        rf"^({exact})\.\.({exact})$",
        *([rf"^({named}){per}$"] if named else []),
        f"^{SOME}$",
    ]


def parse(kind: type[Quantity], raw: object) -> Interval | None:
    """The bounds that a value states; None where it does not speak of bounds.

    Raises:
        ValueError: a bound is no number of the kind, or the bounds run backwards.

    """
    text = raw.strip() if isinstance(raw, str) and len(raw) <= _LONGEST else ""
    if not text:
        return None
    if text == SOME:
        return _some(kind)
    if bounds := _of_word(kind, text):
        return _word(text, *bounds)
    if text.endswith("+"):
        least = kind.parse(text[:-1])
        return Interval(f"{least} or more", least, kind(_highest(kind)))
    if sign := re.match(r"<=|>=|<|>|~", text):
        return _compared(sign[0], kind.parse(text[sign.end() :]))
    low, dots, high = text.partition("..")
    if dots:
        return _between(kind, text, low, high)
    if meant := _meant(kind, text):
        raise ValueError(f"`{text}` is not {kind.kind}: did you mean `{meant}`?")
    return None


def _meant(kind: type[Quantity], text: str) -> str:
    """What stands here for bounds that are written as people say them; empty where it is something else."""
    for pattern, notation in _SPOKEN:
        if match := re.fullmatch(pattern, text, re.IGNORECASE):
            meant = notation.format(*match.groups())
            with suppress(ValueError):
                parse(kind, meant)
                return meant
    return ""


def _more_than_nothing(kind: type[Quantity]) -> Quantity:
    return kind(1 if kind is Count else FIRST)


def _highest(kind: type[Quantity]) -> float:
    return 1.0 if kind is Ratio else math.inf


def _of_word(kind: type[Quantity], text: str) -> tuple[Quantity, Quantity] | None:
    word, slash, per = text.partition("/")
    if kind is Rate and slash and word in _COUNTS and per in ("s", "min", "h", "d"):
        one = Rate.parse(f"1/{per}")
        return one * _COUNTS[word][0], one * _COUNTS[word][1]
    bounds = words(kind).get(text)
    return bounds and (kind(bounds[0]), kind(bounds[1]))


def _word(text: str, least: Quantity, most: Quantity) -> Interval:
    known = f"{least} or more" if math.isinf(most.amount) else f"{least} to {most}"
    return Interval(f"{text} ({known})", least, most, is_word=True)


def _compared(sign: str, number: Quantity) -> Interval:
    kind = type(number)
    if number.amount == 0 or (sign == "<" and kind is Count and number.amount <= 1):
        raise ValueError(f"`{sign}` needs a number above {0 if number.amount == 0 else 1}")
    least, most = _more_than_nothing(kind), kind(_highest(kind))
    match sign:
        case "<=":
            return Interval(f"at most {number}", least, number)
        case "<":
            return Interval(f"less than {number}", least, _beside(number, -1))
        case ">=":
            return Interval(f"{number} or more", number, most)
        case ">":
            return Interval(f"more than {number}", _beside(number, 1), most)
    low, high = (number * factor for factor in ABOUT)
    if kind is Count:
        low, high = kind(math.ceil(low.amount)), kind(math.floor(high.amount))
    high = min(high, most)
    return Interval(f"about {number} ({low} to {high})", low, high)


def _beside(number: Quantity, step: int) -> Quantity:
    """The next one above or below a number that bounds, and is not one of those that are meant."""
    return Count(number.amount + step) if isinstance(number, Count) else number * (1 + step * _STRICTLY)


def _between(kind: type[Quantity], text: str, low: str, high: str) -> Interval:
    if not low or not high:
        raise ValueError(f"`{text}` has one end: `{low}+`?" if low else f"`{text}` has one end: `<= {high}`?")
    most = kind.parse(high)
    # `30..46KB`, but `5..20k` begins with five.
    is_bare = kind.unit and re.fullmatch(r"[0-9]+(\.[0-9]+)?", low)
    least = kind.parse(low + high.lstrip("0123456789.") if is_bare else low)
    if not least < most:
        raise ValueError(f"`{text}` runs backwards or is empty: the smaller number comes first")
    return Interval(f"{least} to {most}", least, most)
