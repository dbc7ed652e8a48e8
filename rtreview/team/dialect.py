"""JSON Schema with silence and units: what a fragment finds in what a feature states.

jsonschema walks over it and collects the faults; the keywords are here. A fault is a statement that breaks
the fragment, or a silence that leaves it open. `fragment.py` tells which words there are, and reads them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators

from rtreview.quantities.quantity import Quantity, Spread
from rtreview.team.fragment import UPPER, Fragment
from rtreview.text.place import SpecPath


class Fault(ValidationError):  # noqa: N818 - not an error of the program
    """What is not as a fragment asks for it, at a path below the part that is looked at."""

    is_open = False

    def __init__(self, path: SpecPath = ()) -> None:
        super().__init__("", path=path)


class Silence(Fault):
    """Nothing is stated there: the fragment may be met and may be broken."""

    is_open = True


Faults = Iterator[Fault]


def faults(fragment: Fragment, content: dict[str, Any]) -> list[Fault]:
    """What is broken in a fragment, and what is open."""
    return list(_DIALECT(fragment).iter_errors(content)) if fragment else []


def are_broken(faults: Iterable[Fault]) -> bool:
    """Whether one of them is more than a silence."""
    return not all(fault.is_open for fault in faults)


def _properties(validator: Any, fragments: dict[str, Fragment], content: Any, _: Fragment) -> Faults:
    if not isinstance(content, dict):
        yield Fault()
        return
    for name, fragment in fragments.items():
        if name in content:
            yield from validator.descend(content[name], fragment, path=name)
        else:
            yield from (Silence((name, *below)) for below in _silences(fragment))


def _silences(fragment: Fragment) -> Iterator[SpecPath]:
    """The paths of the fields that a fragment asks a silent part for."""
    asked = {**{name: {} for name in fragment.get("required", ())}, **fragment.get("properties", {})}
    for name, inner in asked.items():
        yield from ((name, *below) for below in _silences(inner))
    if not asked:
        yield ()


def _required(_: Any, names: list[str], content: Any, __: Fragment) -> Faults:
    if not isinstance(content, dict):
        yield Fault()
        return
    yield from (Silence((name,)) for name in names if name not in content)


def _const(_: Any, value: Any, content: Any, __: Fragment) -> Faults:
    if not _is_same(value, content):
        yield Fault()


def _enum(_: Any, values: list[Any], content: Any, __: Fragment) -> Faults:
    if not any(_is_same(value, content) for value in values):
        yield Fault()


def _is_same(left: Any, right: Any) -> bool:
    """Whether two values are one, in whatever unit: 9 ms are not 0.009 s in binary."""
    if isinstance(left, Quantity) and type(left) is type(right):
        return math.isclose(left.amount, right.amount, rel_tol=1e-9)
    return bool(left == right)


def _any_of(validator: Any, fragments: list[Fragment], content: Any, _: Fragment) -> Faults:
    yield from _one_met(list(validator.descend(content, fragment)) for fragment in fragments)


def _one_met(several: Iterable[list[Fault]]) -> Faults:
    """Nothing where one of several is met; else what is open in those that still may be; else all faults."""
    alternatives = list(several)
    if all(alternatives):
        still_open = [faults for faults in alternatives if not are_broken(faults)]
        for faults in still_open or alternatives:
            yield from (fault for fault in faults if still_open or not fault.is_open)


def _not(validator: Any, fragment: Fragment, content: Any, _: Fragment) -> Faults:
    faults = list(validator.descend(content, fragment))
    if not faults:
        yield Fault()
    elif not are_broken(faults):
        yield from faults


def _if(validator: Any, condition: Fragment, content: Any, fragment: Fragment) -> Faults:
    doubts = list(validator.descend(content, condition))
    met, broken = (list(validator.descend(content, fragment.get(word, {}))) for word in ("then", "else"))
    if doubts and not are_broken(doubts):
        yield from doubts if met or broken else ()
    else:
        yield from broken if doubts else met


def _contains(validator: Any, fragment: Fragment, content: Any, _: Fragment) -> Faults:
    items = content if isinstance(content, list) else []
    by_item = [list(validator.descend(item, fragment, path=at)) for at, item in enumerate(items)]
    if all(by_item) and all(are_broken(faults) for faults in by_item):
        yield Fault()
    else:
        yield from _one_met(by_item)


def _bound(keyword: str) -> Any:
    """What looks at a number: one that is an end of a span counts for the whole of it."""

    def check(_: Any, bound: Quantity, content: Any, __: Fragment) -> Faults:
        value = content
        if isinstance(content, Spread):
            value = content.most if UPPER[keyword] else content.least
        if type(value) is not type(bound):
            yield Fault()
        elif _is_same(value, bound):
            if not keyword.startswith("at-"):
                yield Fault()
        elif (value < bound) is not UPPER[keyword]:
            yield Fault()

    return check


_STANDARD = Draft202012Validator.VALIDATORS
_KEYWORDS: dict[str, Any] = {
    "allOf": _STANDARD["allOf"],
    "items": _STANDARD["items"],
    "const": _const,
    "enum": _enum,
    "properties": _properties,
    "required": _required,
    "anyOf": _any_of,
    "not": _not,
    "if": _if,
    "contains": _contains,
    **{word: _bound(word) for word in UPPER},
}
_DIALECT: Any = validators.create({}, _KEYWORDS)
"""The validator of jsonschema that knows silence and units."""
