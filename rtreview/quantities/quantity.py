"""Durations, sizes, rates, bandwidths, counts and ratios: reading, arithmetic with units, printing.

Every quantity holds one number in one base unit, named in its class. Quantities of one kind add
and compare; seconds and bytes do not, which is a `TypeError`. A product or a quotient has the kind of its
dimensions: a count over a rate is a duration. `parse` raises `ValueError` with a sentence for a person.
"""

from __future__ import annotations

import math
import re
from typing import Any, ClassVar, Self, overload

from rtreview.quantities.unchanging import unchanging

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
# Longer numbers are typing errors, and would only serve to make a sum overflow.
_LONGEST = 40


def _plain(number: float) -> str:
    """A number with at most four significant digits, and thousands separated from 10,000 up."""
    if not math.isfinite(number):
        return "∞"
    if number == int(number) or abs(number) >= 10_000:
        whole = round(number)
        return f"{whole:,}" if abs(whole) >= 10_000 else str(whole)
    return f"{number:.4g}"


def as_written(value: object) -> str:
    """A value in a sentence, with truth values as a spec has them: `true` and no `True`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def notation(quantity: object) -> str:
    """A quantity as a spec writes it: `6m`, `0s..5s`, `512KiB`, so that it can be pasted."""
    text = str(quantity).replace(",", "").replace(" to ", "..").replace(" min", "m")
    return text.replace(" ", "")


def _ungrouped(text: str) -> str:
    """A number without the points between its thousands: `40000/s` for `40.000/s`; empty without any."""
    match = re.match(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?![0-9.]|[kM](?:/|$))", text)
    return match[0].replace(".", "") + text[match.end() :] if match else ""


def _scaled(number: float, units: dict[str, float]) -> str:
    """The number in the largest unit that leaves at least 1 of it."""
    unit = next((name for name, size in units.items() if number >= size), list(units)[-1])
    return f"{_plain(number / units[unit])} {unit}"


@unchanging(order=True)
class Quantity:
    """A number of one kind. Subclasses name the kind, its base unit and its notation."""

    amount: float

    kind: ClassVar[str] = "a number"
    unit: ClassVar[str] = ""
    example: ClassVar[str] = ""
    bare_unit: ClassVar[str] = ""
    pattern: ClassVar[str] = ""
    dimensions: ClassVar[tuple[int, int]] = (0, 0)
    """The powers of seconds and of bytes in it."""
    has_thousands: ClassVar[bool] = False
    """Whether three digits behind a point, the last of them 0, are more likely thousands than a fraction."""

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Read the notation of the spec.

        Raises:
            ValueError: the notation is another one; the message proposes the right one.

        """
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise ValueError(f"expected {cls.kind} such as `{cls.example}`")
        text = str(raw).strip()
        if len(text) > _LONGEST:
            raise ValueError(f"expected {cls.kind} such as `{cls.example}`, and a shorter one")
        if cls.bare_unit and re.fullmatch(_NUMBER, text):
            raise ValueError(f"`{text}` has no unit: `{cls.with_unit(text)}`?")
        amount = cls._amount(text)
        plain = _ungrouped(text) if cls.has_thousands else ""
        if amount is None or not math.isfinite(amount):
            guess = plain if plain and cls._amount(plain) else cls._guess(text)
            hint = f": `{guess}`?" if guess else f" such as `{cls._like(text)}`"
            raise ValueError(f"`{text}` is not {cls.kind}{hint}")
        if plain and (fraction := re.match(r"([0-9]+\.[0-9]*?)0+(?![0-9])", text)):
            short = fraction[1].rstrip(".") + text[fraction.end() :]
            raise ValueError(f"`{text}` is {short} here: did you mean `{plain}`, or `{short}`?")
        return cls(amount)

    @classmethod
    def with_unit(cls, number: str) -> str:
        """A bare number as its writer most likely meant it."""
        return f"{number}{cls.bare_unit}"

    @classmethod
    def _like(cls, text: str) -> str:
        """An example of the notation, with the number of `text` where that has a unit that nobody knows."""
        if any(kind._amount(text) is not None for kind in _OF_DIMENSIONS.values()):
            return cls.example
        number = re.fullmatch(rf"({_NUMBER})\s*[A-Za-z/][^0-9]*", text)
        return cls.with_unit(number[1]) if number and cls.bare_unit else cls.example

    @classmethod
    def _amount(cls, text: str) -> float | None:
        raise TypeError(f"{cls.__name__} has no notation")

    @classmethod
    def _guess(cls, text: str) -> str | None:
        """The notation that `text` comes close to, where there is one."""
        del text
        return None

    def __add__(self, other: Self) -> Self:
        if not isinstance(other, Quantity):
            return NotImplemented
        return common(self, other)(self.amount + other.amount)  # type: ignore[return-value]

    def __sub__(self, other: Self) -> Self:
        if not isinstance(other, Quantity):
            return NotImplemented
        return common(self, other)(self.amount - other.amount)  # type: ignore[return-value]

    @overload
    def __mul__(self, other: float) -> Self: ...
    @overload
    def __mul__(self, other: Quantity) -> Any: ...
    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Quantity):
            return _combined(self, other, 1)(self.amount * other.amount)
        return type(self)(self.amount * other) if isinstance(other, int | float) else NotImplemented

    def __rmul__(self, factor: float) -> Self:
        return self * factor

    def __truediv__(self, other: Quantity) -> Any:
        if not isinstance(other, Quantity):
            return NotImplemented
        kind = _combined(self, other, -1)
        if kind is Duration and other.amount == 0 and other.dimensions[0] < 0:
            # What is done at a rate of 0 takes forever; of nothing else is there a part over 0.
            return Duration(math.inf)
        return kind(self.amount / other.amount)

    def __str__(self) -> str:
        return f"{_plain(self.amount)}{self.unit}"


class Duration(Quantity):
    """A span of time, in seconds."""

    @property
    def rounded(self) -> Duration:
        """To three digits: what is simulated is no more exact."""
        return Duration(float(f"{self.amount:.3g}"))

    dimensions = (1, 0)
    kind = "a duration"
    unit = "s"
    example = "30s"
    bare_unit = "s"
    pattern = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d|w))+$"

    _SECONDS: ClassVar = {
        "w": 604_800.0,
        "d": 86_400.0,
        "h": 3600.0,
        "m": 60.0,
        "s": 1.0,
        "ms": 0.001,
    }
    _WORDS: ClassVar = {"sec": "s", "secs": "s", "second": "s", "min": "m", "mins": "m",
                        "minute": "m", "hour": "h", "hr": "h", "hrs": "h", "day": "d", "week": "w",
                        "msec": "ms", "millisecond": "ms"}  # fmt: skip

    @classmethod
    def _amount(cls, text: str) -> float | None:
        if not re.fullmatch(rf"(?:{_NUMBER}(?:ms|[smhdw]))+", text):
            return None
        parts = re.findall(rf"({_NUMBER})(ms|[smhdw])", text)
        order = [list(cls._SECONDS).index(unit) for _, unit in parts]
        if order != sorted(set(order)):
            return None
        return sum(float(number) * cls._SECONDS[unit] for number, unit in parts)

    @classmethod
    def _guess(cls, text: str) -> str | None:
        words = re.fullmatch(rf"({_NUMBER})\s*([A-Za-z]+)", text)
        if words is None:
            return None
        unit = words[2].lower()
        short = cls._WORDS.get(unit) or cls._WORDS.get(unit.removesuffix("s"), unit)
        return f"{words[1]}{short}" if short in cls._SECONDS else None

    def __str__(self) -> str:
        if math.isinf(self.amount):
            return "never"
        if self.amount < 1:
            return "0 s" if self.amount == 0 else f"{_plain(self.amount * 1000)} ms"
        units = (("d", 86_400), ("h", 3600), ("min", 60))
        for unit, size in units:
            if self.amount >= size and self.amount % size == 0 and self.amount != 60:
                many = self.amount >= 1000 * size
                return self._in_parts(units) if many else f"{_plain(self.amount / size)} {unit}"
        for unit, size in units:
            if self.amount >= 10 * size:
                return f"{_plain(self.amount / size)} {unit}"
        return f"{_plain(self.amount)} s"

    def _in_parts(self, units: tuple[tuple[str, int], ...]) -> str:
        """Whole minutes, in as many units as that takes: nobody reads 10,086 min as 7 d 6 min."""
        parts, left = [], self.amount
        for unit, size in units:
            count, left = divmod(left, size)
            parts += [f"{_plain(count)} {unit}"] if count else []
        return " ".join(parts)


class Size(Quantity):
    """An amount of memory or of bytes on the wire, in bytes."""

    dimensions = (0, 1)
    kind = "a size"
    unit = "B"
    example = "64KiB"
    has_thousands = True
    bare_unit = "B"
    pattern = r"^[0-9]+(\.[0-9]+)?(B|[kKMGT]B|[KMGT]iB)$"

    _DECIMAL: ClassVar = {"TB": 1e12, "GB": 1e9, "MB": 1e6, "kB": 1e3, "B": 1.0}
    _BYTES: ClassVar = {**_DECIMAL, "KB": 1e3, "TiB": 2.0**40, "GiB": 2.0**30, "MiB": 2.0**20,
                        "KiB": 2.0**10}  # fmt: skip
    _WORDS: ClassVar = {"byte": "B", "octet": "B", "kilobyte": "kB", "megabyte": "MB", "gigabyte": "GB",
                        "terabyte": "TB", "kibibyte": "KiB", "mebibyte": "MiB",
                        "gibibyte": "GiB"}  # fmt: skip

    @classmethod
    def _amount(cls, text: str) -> float | None:
        match = re.fullmatch(rf"({_NUMBER})([A-Za-z]+)", text)
        if match is None or match[2] not in cls._BYTES:
            return None
        return float(match[1]) * cls._BYTES[match[2]]

    @classmethod
    def _guess(cls, text: str) -> str | None:
        match = re.fullmatch(rf"({_NUMBER})\s*([A-Za-z]+)", text)
        names = {name.lower(): name for name in cls._BYTES} | {"k": "kB", "m": "MB", "g": "GB"} | cls._WORDS
        unit = match[2].lower() if match else ""
        name = names.get(unit) or names.get(unit.removesuffix("s"))
        return f"{match[1]}{name}" if match and name else None

    def __str__(self) -> str:
        binary = {name: size for name, size in self._BYTES.items() if name.endswith("iB")}
        is_binary = math.isfinite(self.amount) and self.amount >= 1024 and self.amount % 1024 == 0
        decimal = _scaled(self.amount, self._DECIMAL)
        return min(decimal, _scaled(self.amount, binary), key=len) if is_binary else decimal


class Rate(Quantity):
    """Events in time, per second."""

    @property
    def rounded(self) -> Rate:
        """The number of the fewest digits within a hundredth: what is simulated in steps is no more exact."""
        shorter = (float(f"{self.amount:.{digits}g}") for digits in (1, 2))
        near = (amount for amount in shorter if abs(amount - self.amount) <= self.amount / 100)
        return Rate(next(near, float(f"{self.amount:.3g}")))

    dimensions = (-1, 0)
    kind = "a rate"
    unit = "/s"
    example = "20/s"
    has_thousands = True
    bare_unit = "/s"
    pattern = r"^[0-9]+(\.[0-9]+)?[kM]?/(s|min|h|d)$"

    _PER: ClassVar = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}

    @classmethod
    def _amount(cls, text: str) -> float | None:
        number, slash, per = text.partition("/")
        if not slash or per not in cls._PER:
            return None
        count = Count.read(number, whole=False)
        return None if count is None else count / cls._PER[per]

    @classmethod
    def _guess(cls, text: str) -> str | None:
        second = re.fullmatch(rf"({_NUMBER}[kM]?)\s*(?:hz|rps|fps)", text, re.I)
        minute = re.fullmatch(rf"({_NUMBER}[kM]?)\s*(?:/\s*m|rpm)", text, re.I)
        if second or minute:
            return f"{second[1]}/s" if second else f"{minute[1]}/min" if minute else None
        once = r"(?P<once>every|each|once (?:an?|per|every|each))"
        often = rf"(?P<number>{_NUMBER}[kM]?)\s*(?:/|per|an?|every|each)"
        found = re.fullmatch(rf"(?:{once}|{often})\s*(?P<span>{_NUMBER})?\s*(?P<unit>[a-z]+)", text, re.I)
        return cls._per(found["number"] or "1", found["span"] or "1", found["unit"]) if found else None

    @classmethod
    def _per(cls, number: str, span: str, unit: str) -> str | None:
        """So many in a span of time, such as 1 in 10 s, in the first unit of which it is 1 or more."""
        try:
            duration = Duration.parse(Duration._guess(f"{span}{unit}") or f"{span}{unit}")
        except ValueError:
            return None
        count = Count.read(number, whole=False)
        if count is None or not duration.amount:
            return None
        if duration.amount in cls._PER.values():
            return f"{number}/{next(per for per, size in cls._PER.items() if size == duration.amount)}"
        per = next((per for per, size in cls._PER.items() if count * size >= duration.amount), "d")
        written = f"{float(f'{count * cls._PER[per] / duration.amount:.4g}'):.10g}/{per}"
        return written if cls._amount(written) else None

    def __str__(self) -> str:
        for per, size in (("s", 1.0), ("min", 60.0), ("h", 3600.0)):
            if self.amount * size >= 1 or per == "h":
                return f"{_plain(self.amount * size)}/{per}"
        raise AssertionError("unreachable")


class Bandwidth(Quantity):
    """Bytes in time, in bytes per second."""

    dimensions = (-1, 1)
    kind = "a bandwidth"
    unit = "B/s"
    example = "1Gbit/s"
    has_thousands = True
    bare_unit = "Mbit/s"
    pattern = r"^[0-9]+(\.[0-9]+)?([kMG]?bit|[kKMGT]?B|[KMGT]iB)/s$"

    _BITS: ClassVar = {"bit": 1.0, "kbit": 1e3, "Mbit": 1e6, "Gbit": 1e9}

    @classmethod
    def _amount(cls, text: str) -> float | None:
        whole = text.removesuffix("/s")
        match = re.fullmatch(rf"({_NUMBER})([kMG]?bit)", whole)
        if whole == text:
            return None
        return float(match[1]) * cls._BITS[match[2]] / 8 if match else Size._amount(whole)

    @classmethod
    def _guess(cls, text: str) -> str | None:
        match = re.fullmatch(rf"({_NUMBER})\s*([kmg])(?:bps|bits?/s|bits?|b/s)", text, re.I)
        return f"{match[1]}{ {'k': 'k', 'm': 'M', 'g': 'G'}[match[2].lower()] }bit/s" if match else None

    def __str__(self) -> str:
        return f"{Size(self.amount)}/s"


_NUMERALS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Count(Quantity):
    """How many there are."""

    kind = "a whole number"
    example = "20k"
    has_thousands = True
    pattern = r"^[0-9]+(_[0-9]+)*(\.[0-9]+)?[kM]?$"

    @staticmethod
    def read(text: str, *, whole: bool) -> float | None:
        """The number behind `50k`, `2M`, `1.5k` or `50_000`; with `whole`, only whole ones."""
        match = re.fullmatch(r"([0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?)([kM]?)", text)
        if match is None:
            return None
        # Rounded, since 1.1 times 1000 is not 1100 in binary.
        number = round(float(match[1].replace("_", "")) * {"": 1, "k": 1e3, "M": 1e6}[match[2]], 9)
        return None if whole and number != int(number) else number

    @classmethod
    def _amount(cls, text: str) -> float | None:
        return cls.read(text, whole=True)

    @classmethod
    def _guess(cls, text: str) -> str | None:
        """`2,040`, `20 k`, `2 instances` and `two` as numbers."""
        if text.lower() in _NUMERALS:
            return str(_NUMERALS.index(text.lower()) + 1)
        plain = text.replace(",", "") if re.match(r"[0-9]{1,3}(,[0-9]{3})+(?![0-9])", text) else text
        plain = re.sub(r"(?<=[0-9]) ?([kM])\b", r"\1", plain.replace("K", "k"))
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?[kM]?)(?: [a-zA-Z]+)?", plain)
        return match[1] if match and cls.read(match[1], whole=True) is not None else None

    def __int__(self) -> int:
        return int(self.amount)


class Number(Quantity):
    """A plain number without a unit, such as a factor or a mean."""

    example = "1.5"
    pattern = r"^[0-9]+(\.[0-9]+)?[kM]?$"

    @classmethod
    def _amount(cls, text: str) -> float | None:
        return Count.read(text, whole=False)


class Ratio(Quantity):
    """A share of a whole, from 0 to 1."""

    kind = "a ratio from 0% to 100%"
    unit = "%"
    example = "30%"
    bare_unit = "%"
    pattern = r"^[0-9]+(\.[0-9]+)?%$"

    @classmethod
    def with_unit(cls, number: str) -> str:
        """`0.3` is a fraction and `30` are percent."""
        amount = float(number)
        return f"{_plain(amount * 100 if amount <= 1 else amount)}%"

    @classmethod
    def _amount(cls, text: str) -> float | None:
        match = re.fullmatch(rf"({_NUMBER})%", text)
        return float(match[1]) / 100 if match and float(match[1]) <= 100 else None

    def __str__(self) -> str:
        return f"{_plain(self.amount * 100)} %"


@unchanging()
class Spread:
    """A uniformly random duration between two bounds."""

    least: Duration
    most: Duration

    kind: ClassVar[str] = "a random span"
    unit: ClassVar[str] = "s"
    example: ClassVar[str] = "0s..5s"
    pattern: ClassVar[str] = rf"^(random )?{Duration.pattern[1:-1]}\.\.{Duration.pattern[1:-1]}$"

    @classmethod
    def parse(cls, raw: object) -> Self:
        """Read `0s..5s`, or `random 0s..5s`: each client draws its own.

        Raises:
            ValueError: a bound is no duration, or the span is empty.

        """
        text = str(raw)
        low, dots, high = text.removeprefix("random ").partition("..")
        if not dots:
            raise ValueError(f"`{text[:_LONGEST]}` is not {cls.kind} such as `{cls.example}`")
        span = cls(Duration.parse(low), Duration.parse(high))
        if not span.least < span.most:
            raise ValueError(f"`{text[:_LONGEST]}` runs backwards or is empty: such as `{cls.example}`")
        return span

    @property
    def width(self) -> Duration:
        """How far the bounds are apart."""
        return self.most - self.least

    def __str__(self) -> str:
        return f"{self.least} to {self.most}"


USUAL_SPANS = (
    *(1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 45, 60, 90, 120, 180, 240, 300, 600, 900, 1200),
    *(1800, 2700, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400),
)
"""Seconds of the durations that people set, up to a day."""

_OF_DIMENSIONS: dict[tuple[int, int], type[Quantity]] = {
    kind.dimensions: kind for kind in (Duration, Size, Rate, Bandwidth)
}


def common(quantity: Quantity, other: Quantity) -> type[Quantity]:
    """The kind of a sum, and of the larger of two. A plain number is neutral beside counts and ratios.

    Raises:
        TypeError: the two do not add.

    """
    if type(quantity) is type(other) or (type(other) is Number and quantity.dimensions == (0, 0)):
        return type(quantity)
    if type(quantity) is Number and other.dimensions == (0, 0):
        return type(other)
    raise TypeError(f"{type(quantity).__name__} and {type(other).__name__} do not add")


def _combined(quantity: Quantity, other: Quantity, power: int) -> type[Quantity]:
    """The kind of a product, or with the power -1 of a quotient."""
    seconds = quantity.dimensions[0] + power * other.dimensions[0]
    size = quantity.dimensions[1] + power * other.dimensions[1]
    if (seconds, size) != (0, 0):
        if (seconds, size) not in _OF_DIMENSIONS:
            sign = "times" if power > 0 else "over"
            raise TypeError(
                f"{type(quantity).__name__} {sign} {type(other).__name__} is nothing that has a name"
            )
        return _OF_DIMENSIONS[seconds, size]
    if quantity.dimensions != (0, 0):
        return Count if power > 0 else Number
    # A plain number is neutral; a share of a count is a count.
    kinds = (type(quantity), type(other))
    if Number in kinds:
        return type(quantity) if type(other) is Number else Number if power < 0 else type(other)
    if kinds == (Ratio, Ratio):
        return Ratio if power > 0 else Number
    return Count if power > 0 or kinds == (Count, Ratio) else Number


_BY_UNIT: dict[str, type[Quantity]] = {kind.unit: kind for kind in (Duration, Size, Rate, Bandwidth, Ratio)}


def in_unit(amount: float, unit: str) -> str:
    """An amount in the unit of its kind, as it is printed: 4294967296 B are 4 GiB."""
    return str(_BY_UNIT.get(unit, Number)(amount))
