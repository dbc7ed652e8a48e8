"""How the values of a field are written: what is accepted, what is said else, and its JSON Schema."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from rtreview.quantities import interval
from rtreview.quantities.interval import SOME, Interval
from rtreview.quantities.quantity import Quantity, Spread, as_written

NONE = "none"
"""A decision against a field or a section, in place of its value."""


SYNONYMS, OTHER_NAMES = (Path(__file__).parent / f"{name}.txt" for name in ("synonyms", "other_names"))
"""What people call a word of the language otherwise, and that word: a pair in each line."""

FOREVER = "forever"
"""For as long as the thing itself exists, in place of a time for which something is kept."""


class Notation(NamedTuple):
    """How the values of one type are written.

    `parse` raises `ValueError` with a sentence for a person; `kind` names the type in such a
    sentence; `schema` makes the JSON Schema. `kinds` are the quantities that may be known within bounds
    alone, and `options` what else it may be that is there and open. `takes_list`: a list is one value.
    """

    parse: Callable[[object], Any]
    kind: str
    schema: Callable[[], dict[str, Any]]
    kinds: tuple[type[Quantity], ...] = ()
    options: tuple[Any, ...] = ()
    takes_list: bool = False

    @property
    def patterns(self) -> list[str]:
        """How bounds are written, as regular expressions."""
        return [pattern for kind in self.kinds for pattern in interval.patterns(kind)]

    @property
    def words(self) -> tuple[str, ...]:
        """The words for bounds, such as `several`."""
        return tuple(word for kind in self.kinds for word in interval.words(kind))

    def within(self, raw: object) -> Interval | None:
        """The bounds that a value states; None where it states none. Raises `ValueError` likewise."""
        if raw == SOME:
            return interval.some(self.kinds, self.options)
        if isinstance(raw, list) and len(raw) > 1 and not self.takes_list:
            if NONE in raw:
                raise ValueError(f"each value of a list occurs, so that `{NONE}` can be none of them")
            return interval.each_of(tuple(dict.fromkeys(map(self._exact, raw))))
        reasons = []
        for kind in self.kinds:
            try:
                found = interval.parse(kind, raw)
            except ValueError as error:
                reasons.append(error)
            else:
                if found is not None:
                    return found
        if reasons:
            raise reasons[0]
        return None

    def _exact(self, raw: object) -> Any:
        """One of several values. Raises `ValueError` where it is none, or only bounds are known."""
        if any(interval.parse(kind, raw) for kind in self.kinds):
            raise ValueError(
                f"each value of a list is exact, and {shown(raw)} has bounds: write the least and the most "
                "of all, such as `1..20`"
            )
        return self.parse(raw)


def notation_of(annotation: Any) -> Notation:
    """The notation of a quantity, a set of words, a text, a truth value, a list, or several of these."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return _words(arguments)
    if origin in (Union, types.UnionType):
        return _one_of([notation_of(option) for option in arguments])
    if origin is tuple:
        return _list_of(notation_of(arguments[0]))
    if annotation is str:
        return Notation(_text, "a string", lambda: {"type": "string"})
    if annotation is date:
        return Notation(_day, "a day such as `2027-01-31`", lambda: {"type": "string", "format": "date"})
    if annotation is bool:
        return Notation(_truth, "`true` or `false`", lambda: {"type": "boolean"}, options=(True, False))
    return _quantity(annotation)


@cache
def _quantity(annotation: type[Quantity | Spread]) -> Notation:
    def schema() -> dict[str, Any]:
        text = {"type": "string", "pattern": annotation.pattern}
        if annotation.unit:
            return {**text, "x-unit": annotation.unit}
        return {"anyOf": [{"type": "number", "minimum": 0}, text], "x-unit": "1"}

    if issubclass(annotation, Quantity):
        return Notation(annotation.parse, annotation.kind, schema, (annotation,))
    return Notation(annotation.parse, annotation.kind, schema, options=(interval.SOME_SPAN,))


@cache
def _words(options: tuple[str, ...]) -> Notation:
    kind = f"one of {', '.join(options)}"

    def parse(raw: object) -> str:
        # `http_version: 2` is a number in YAML and a word here.
        word = f"{raw:g}" if isinstance(raw, float) else str(raw)
        if word in options:
            return word
        meant = next((each for each in words_meant(word) if each in options), "")
        hint = f": did you mean `{meant}`?" if meant else did_you_mean(raw, (*options, NONE))
        if raw in (True, "yes", "on") and raw not in options:
            hint = f": did you mean `{SOME}`?"
        raise ValueError(f"{shown(raw)} is not {kind}{hint}")

    digits = [option for option in options if option.replace(".", "", 1).isdigit()]
    numbers = [float(option) if "." in option else int(option) for option in digits]
    return Notation(parse, kind, lambda: {"enum": [*options, *numbers]}, options=options)


def words_meant(word: str) -> tuple[str, ...]:
    """The words of the language that people call so, one by one: each belongs to other fields."""
    return _meanings(SYNONYMS).get(re.sub(r"[\s_]+", "-", word.strip().lower()), ())


def fields_meant(key: str) -> tuple[str, ...]:
    """The fields that people call so: names of the same section, or paths; of several, one by one.

    What people state may be asked for as well: `clean_session=false` is `transport.resume.by=session`.
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower().replace("-", "_")
    return _meanings(OTHER_NAMES).get(words, ())


@cache
def _meanings(file: Path) -> dict[str, tuple[str, ...]]:
    """What each name in a file stands for, in the order of its lines."""
    names: dict[str, tuple[str, ...]] = {}
    for line in file.read_text("utf-8").splitlines():
        name, meaning = line.split()
        names[name] = (*names.get(name, ()), meaning)
    return names


def _text(raw: object) -> str:
    # A bare number is a good name or link; a list is not.
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise ValueError(f"expected a string, found {shown(raw)}{did_you_mean(raw, (NONE,))}")
    return str(raw)


def _day(raw: object) -> date:
    try:
        return date.fromisoformat(raw if isinstance(raw, str) and len(raw) == len("2027-01-31") else "")
    except ValueError:
        raise ValueError(f"expected a day such as `2027-01-31`, found {shown(raw)}") from None


def _truth(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(str(raw).lower())
    hint = f": did you mean `{meant}`?" if meant else ""
    raise ValueError(f"expected `true` or `false`, found {shown(raw)}{hint}")


def _one_of(options: list[Notation]) -> Notation:
    kind = ", or ".join(option.kind for option in options)

    def parse(raw: object) -> Any:
        reasons = []
        for option in options:
            try:
                return option.parse(raw)
            except ValueError as error:
                reasons.append(str(error))
        proposed = [sentence for sentence in reasons if sentence.endswith("?")]
        raise ValueError(proposed[0] if proposed else f"{shown(raw)} is not {kind}")

    takes_list = any(option.takes_list for option in options)
    kinds = tuple(quantity for option in options for quantity in option.kinds)
    others = tuple(other for option in options for other in option.options)
    return Notation(
        parse, kind, lambda: {"anyOf": [option.schema() for option in options]}, kinds, others, takes_list
    )


def _list_of(item: Notation) -> Notation:
    """A list, or one item that stands for a list of it."""
    kind = f"a list, each {item.kind}"

    def parse(raw: object) -> Any:
        if isinstance(raw, dict):
            raise ValueError(f"expected {kind}, found {shown(raw)}")
        return tuple(item.parse(value) for value in (raw if isinstance(raw, list) else [raw]))

    def schema() -> dict[str, Any]:
        own = item.schema()
        return {"anyOf": [{"type": "array", "items": own}, own]}

    return Notation(parse, kind, schema, takes_list=True)


def shown(raw: object) -> str:
    """A value in a message: short, and never the dump of a structure."""
    if isinstance(raw, dict | list):
        return "a mapping" if isinstance(raw, dict) else "a list"
    text = as_written(raw)
    return f"`{text if len(text) <= 40 else text[:39] + '…'}`"


def did_you_mean(raw: object, options: tuple[str, ...], nearness: float = 0.6) -> str:
    """`: did you mean `x`?`, where one of the options comes as close as that; else nothing."""
    if raw is False or raw in ("no", "off", "false", "never"):
        return f": did you mean `{NONE}`?" if NONE in options else ""
    near = nearest(raw, options, nearness)
    return f": did you mean `{near}`?" if near else ""


def nearest(raw: object, options: tuple[str, ...], nearness: float) -> str:
    """The option that comes nearest to a value, where one is as near as that; else nothing."""
    # Nobody means `none` by a typo: it is a decision.
    spelled = {option.lower().replace("_", "-"): option for option in options if option != NONE}
    close = difflib.get_close_matches(str(raw).lower().replace("_", "-"), spelled, n=1, cutoff=nearness)
    return spelled[close[0]] if close else ""
