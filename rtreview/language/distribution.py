"""How a number is spread: its least, its median, its most, and any percentile.

Quantiles are in order, so those that are stated bound those that are not: a p99 lies between the p95 and the
most. What is bounded so decides a rule as far as the bounds do, and counts as not stated.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple, Self, get_args

from rtreview.language.field import Fallback, Field, Implied, Part
from rtreview.language.notation import notation_of
from rtreview.language.section import Mistake, Section, read_part
from rtreview.quantities.interval import Interval
from rtreview.quantities.quantity import Quantity
from rtreview.text.place import SpecPath

_PERCENTILE = r"p([1-9][0-9]?(?:\.[0-9]{1,3})?)"
_ENDS = {"min": 0.0, "typical": 50.0, "max": 100.0}


class Distribution(Section):
    """A section whose fields are quantiles. A bare value is the `typical` one, a bare range the two ends.

    The fields that are declared are those that rules read. Beside them `min`, `max` and any percentile may be
    stated, such as `p98.5`.
    """

    SHORTHAND: ClassVar[str] = "typical"

    quantiles: dict[str, Any]

    def __init__(self, parts: dict[str, Any], word: str = "", at: SpecPath = ()) -> None:
        super().__init__(parts, word, at)
        self.__dict__["quantiles"] = {}

    @property
    def is_stated(self) -> bool:  # type: ignore[override]
        """Whether anything is said of it."""
        return bool(self.quantiles) or super().is_stated

    @classmethod
    def kind_of(cls, key: str) -> Any:
        """See `Section.kind_of`: every percentile is a field."""
        return super().kind_of(key) or (cls.ENTRIES["typical"][0] if _position(key) is not None else None)

    @classmethod
    def read(cls, raw: object, at: SpecPath, mistakes: list[Mistake], example: object = None) -> Self:
        """See `Section.read`."""
        (kind,) = get_args(cls.ENTRIES["typical"][0])
        raw = _two_ends(kind, raw)
        if not isinstance(raw, dict):
            return super().read(raw, at, mistakes, example)
        others = [key for key in raw if key not in cls.KEYS and _position(key) is not None]
        section = super().read({key: raw[key] for key in raw if key not in others}, at, mistakes)
        for key in others:
            section.quantiles[key] = read_part(*cls.ENTRIES["typical"], raw[key], (*at, key), mistakes)
        mistakes += _contradictions(section, raw, at)
        return section

    def inherit(self, ground: Self) -> Self:
        """See `Part.inherit`: whole, since quantiles are those of one measure."""
        return Part.inherit(self, ground)

    def bind(self, at: SpecPath, fallbacks: Sequence[Fallback] = ()) -> Self:
        """See `Part.bind`. What is not stated is bounded by what is."""
        bound = super().bind(at, fallbacks)
        bind: Callable[[str], Any] = bound.__dict__["_ask"]
        is_silent = bound._says is False and not self.quantiles

        def part(name: str) -> Any:
            field = bind(name)
            if is_silent or field.is_stated or _position(name) is None:
                return field
            others = {key: bind(own) for key, own in self.KEYS.items() if own != name} | self.quantiles
            within = _between(name, others)
            return Implied(within, at=field.at) if within else field

        bound.__dict__.update(_ask=part, quantiles=self.quantiles)
        return bound

    @classmethod
    def schema(cls, definitions: dict[str, Any]) -> dict[str, Any]:
        """See `Section.schema`."""
        reference = super().schema(definitions)
        fields, *_ = definitions[cls.__name__]["anyOf"]
        typical = fields["properties"]["typical"]
        any_other = {key: value for key, value in typical.items() if key not in ("description", "examples")}
        fields["patternProperties"] = {f"^({_PERCENTILE}|min|max)$": any_other}
        return reference


class _Quantile(NamedTuple):
    position: float
    key: str
    least: Quantity
    most: Quantity
    is_word: bool
    is_list: bool

    def below(self, higher: _Quantile) -> tuple[str, str] | None:
        """How much of a higher quantile is for sure below how much of this one; None where that may be none.

        Of a list each value occurs, the least and the most as well; of what is known within bounds, one.
        """
        ends = (self.least, self.most if self.is_list else self.least)
        tops = (higher.least if higher.is_list else higher.most, higher.most)
        words = ("a value of ", "each value of "), ("each value of ", "a value of ")
        for end, top, (of_higher, of_this) in zip(ends, tops, words, strict=True):
            if end > top:
                return of_higher if higher.is_list else "", of_this if self.is_list else ""
        return None


def _position(key: str) -> float | None:
    """Where a key stands between 0, the least, and 100, the most; None of what is no quantile."""
    if key in _ENDS:
        return _ENDS[key]
    found = re.fullmatch(_PERCENTILE, key) if isinstance(key, str) else None
    return float(found[1]) if found else None


def _two_ends(kind: Any, raw: object) -> object:
    """A bare range as the two ends that it means."""
    if not isinstance(raw, str) or ".." not in raw:
        return raw
    try:
        within = notation_of(kind).within(raw)
    except ValueError:
        return raw
    if within is None:
        return raw
    low, _, high = raw.partition("..")
    is_bare = within.least.unit and re.fullmatch(r"[0-9]+(\.[0-9]+)?", low)
    return {"min": low + high.lstrip("0123456789.") if is_bare else low, "max": high}


def _stated(fields: dict[str, Field[Any]]) -> list[_Quantile]:
    """What is stated, in order. What is known within bounds has two ends, and so has a list."""
    found = []
    for key, field in fields.items():
        position = _position(key)
        if position is None or not field.is_there:
            continue
        # Who asks for the content of a list looks at each value by itself.
        content: Any = None if field.within and field.within.each else field.content
        within = field.within or Interval("", content, content)
        values = within.others if within.each else (within.least, within.most)
        found.append(_Quantile(position, key, min(values), max(values), within.is_word, within.each))
    return sorted(found)


def _between(name: str, fields: dict[str, Field[Any]]) -> Interval | None:
    """What the quantiles beside it say of one that is not stated; None where they say nothing."""
    position = _position(name)
    assert position is not None
    stated = _stated(fields)
    below = max((each.least for each in stated if each.position < position), default=None)
    above = min(
        (each for each in stated if each.position > position), key=lambda each: each.most, default=None
    )
    if above is not None and math.isinf(above.most.amount):
        above = None
    if below is None and above is None:
        return None
    kind = type(below if below is not None else above.most)  # type: ignore[union-attr]
    if above is None:
        return Interval(f"{below} or more", below, kind(math.inf))  # type: ignore[arg-type]
    least = kind(0) if below is None else below
    text = f"at most {above.most}" if below is None else f"{below} to {above.most}"
    return Interval(text, least, above.most, is_word=above.is_word)


def _contradictions(section: Distribution, raw: dict[str, Any], at: SpecPath) -> Iterator[Mistake]:
    """Quantiles that run backwards."""
    fields = {key: getattr(section, name) for key, name in section.KEYS.items()} | section.quantiles
    stated = _stated(fields)
    for low, high in pairwise(stated):
        if parts := low.below(high):
            higher, lower = (
                f"{part}`{each.key}: {_written(raw[each.key])}`"
                for part, each in zip(parts, (high, low), strict=True)
            )
            message = f"{higher} is below {lower}, and cannot be"
            yield Mistake((*at, high.key), message[:1].upper() + message[1:])


def _written(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
