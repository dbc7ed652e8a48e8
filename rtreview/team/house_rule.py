"""A rule of the house: a condition in JSON Schema, held against a feature with the three values of a spec.

A fragment is met by what the spec states, or broken by it, or open, where the spec is silent on a field
that the fragment names. What a platform or a limit of the team fixes is stated. `none`, or a word in place of
a number, breaks what asks for fields or for a number.

jsonschema walks over what is stated and yields faults. One of the keyword `required` is open; every other
one is broken. `fragment.py` tells which words there are, and reads them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from rtreview.language.design import Feature
from rtreview.language.field import (
    Field,
    NotApplicable,
    Part,
    Section,
    Sections,
    Undecided,
    Unstated,
    written,
)
from rtreview.language.notation import NONE
from rtreview.language.spec import FeatureSpec
from rtreview.quantities.quantity import Quantity, Spread, notation
from rtreview.rulebook.finding import Comparison
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.team.fragment import PLACEHOLDER, UPPER, Fragment, Names, named
from rtreview.text.place import Path

if TYPE_CHECKING:
    from jsonschema import ValidationError

Faults = Iterator["ValidationError"]

OPEN = "required"
"""The keyword of a fault that is no more than a silence."""


@dataclass(frozen=True, slots=True)
class HouseRule:
    """What a rule of a team looks at and requires, and its sentence where that is broken.

    `message` names fields in braces; one that is not stated is told as such.
    """

    applies: Fragment
    require: Fragment
    message: str

    def __call__(self, feature: Feature) -> Outcomes:
        """Yield whether a feature is as it is required to be."""
        asked = named(self.applies, self.require)
        content = _inside(feature, asked)
        parts = list(_parts(feature, asked))
        guesses = [part for part in parts if part.default is not None and not part.default.platform]
        only_assumed = Undecided(*guesses, message=f"it is only assumed: {_told(guesses)}")
        doubts = _faults(self.applies, content)
        if doubts and not _are_broken(doubts):
            raise Undecided(*_at(feature, doubts, self.applies))
        if doubts:
            raise only_assumed if guesses else NotApplicable(_told(_at(feature, doubts, self.applies)))
        faults = _faults(self.require, content)
        broken = [fault for fault in faults if fault.validator != OPEN]
        if broken:
            first, *others = _at(feature, broken, self.require)
            comparison = _comparison(broken[0], first) if len(broken) == 1 else None
            assumed = any(part.default and part.default.confidence == "assumed" for part in parts)
            yield Violated(
                self._sentence(feature), first, tuple(others), comparison=comparison, is_assumed=assumed
            )
        if len(faults) > len(broken):
            raise Unstated(*_at(feature, [one for one in faults if one.validator == OPEN], self.require))
        if not broken and guesses:
            raise only_assumed
        if not broken:
            yield Passed(_told(_parts(feature, named(self.require))))

    def _sentence(self, feature: Feature) -> str:
        """The message, with what the feature states in place of the names of fields."""

        def value(name: re.Match[str]) -> str:
            return _value(_part(feature, name[1].split("."))) or "not stated"

        return PLACEHOLDER.sub(value, self.message)


def _content(part: Any, names: Names) -> Any:
    """What a part states of the fields that are named, for jsonschema to look at; None for silence."""
    if isinstance(part, Field):
        content = part.content
        return NONE if part.is_none else list(content) if isinstance(content, tuple) else content
    if isinstance(part, Sections):
        items = [_content(item, names) or {} for item in part]
        return NONE if part.is_none else items if part.is_stated else None
    if part.word:
        return part.word
    return _inside(part, names) or ({} if part.is_stated else None)


def _inside(part: Feature | Section, names: Names) -> dict[str, Any]:
    """What is stated of the fields that are named in a feature or in a section."""
    contents = {name: _content(_below(part, name), below) for name, below in names.items()}
    return {name: content for name, content in contents.items() if content is not None}


def _below(part: Any, name: str) -> Any:
    """The part of that name, as a spec writes it, in a feature or in a section."""
    entries = FeatureSpec.ENTRIES if isinstance(part, Feature) else part.ENTRIES
    return getattr(part, next(own for own in entries if written(own) == name))


def _part(feature: Feature, path: Iterable[str | int]) -> Any:
    """The part at a path, or the last on the way that has no parts: a list of words, or what is `none`."""
    part: Any = feature
    for key in path:
        if isinstance(part, Field) or (isinstance(part, Section) and part.word):
            break
        part = part.items[key] if isinstance(key, int) else _below(part, key)
    return part


def _parts(part: Any, names: Names) -> Iterator[Part]:
    """The fields that are named, and in their place what is stated of a whole section."""
    if isinstance(part, Sections) and part.items:
        for item in part:
            yield from _parts(item, names)
    elif isinstance(part, Field | Sections) or not names or (isinstance(part, Section) and part.word):
        yield part
    else:
        for name, below in names.items():
            yield from _parts(_below(part, name), below)


def _at(feature: Feature, faults: list[ValidationError], fragment: Fragment) -> list[Part]:
    """The parts that faults speak of; for one of the whole feature, those that the fragment names."""
    found: dict[Path, Part] = {}
    for fault in faults:
        parts = (
            [_part(feature, fault.absolute_path)] if fault.absolute_path else _parts(feature, named(fragment))
        )
        found.update((part.at, part) for part in parts)
    return [part for part in found.values() if part.is_stated] or list(found.values())


def _told(parts: Iterable[Part]) -> str:
    """What is stated, as a reason."""
    said = {}
    for part in parts:
        if part.is_stated:
            said[part.at] = f"`{part.dotted}` is {_value(part)}{f', {part.default}' if part.default else ''}"
    return "; ".join(said.values())


def _value(part: Part) -> str:
    """What is stated, in a few words; nothing where the spec is silent."""
    if isinstance(part, Field):
        return str(part) if part.is_stated else ""
    if isinstance(part, Section) and part.word:
        return part.word
    return (NONE if isinstance(part, Sections) and part.is_none else "stated") if part.is_stated else ""


def _comparison(fault: ValidationError, field: Part) -> Comparison | None:
    """The two numbers of a bound that is broken."""
    bound: Any = fault.validator_value
    value: Any = fault.instance
    word = str(fault.validator)
    if word not in UPPER or type(value) is not type(bound):
        return None
    sides = [(f"`{field.dotted}`", value), ("what the team requires", bound)]
    (what, left), (than, right) = sides if UPPER[word] else reversed(sides)
    or_equal = word.startswith("at-")
    change = (field.dotted, notation(bound)) if or_equal else None
    return Comparison(what, left.amount, than, right.amount, bound.unit, or_equal, change)


def _faults(fragment: Fragment, content: dict[str, Any]) -> list[ValidationError]:
    """What is broken in a fragment, and what is open."""
    return list(_dialect()(fragment).iter_errors(content)) if fragment else []


def _are_broken(faults: Iterable[ValidationError]) -> bool:
    return any(fault.validator != OPEN for fault in faults)


@cache
def _dialect() -> Any:
    """The validator of jsonschema that knows silence and units."""
    from jsonschema import Draft202012Validator, validators  # noqa: PLC0415 - only for rules of a team

    standard = Draft202012Validator.VALIDATORS
    keywords: dict[str, Any] = {
        "allOf": standard["allOf"],
        "items": standard["items"],
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
    return validators.create({}, keywords)


def _fault(keyword: str, path: Path = ()) -> ValidationError:
    """One of this keyword, at a path below the part that is looked at."""
    from jsonschema import ValidationError  # noqa: PLC0415 - likewise

    return ValidationError("", validator=keyword, path=path)


def _properties(validator: Any, fragments: dict[str, Fragment], content: Any, _: Fragment) -> Faults:
    if not isinstance(content, dict):
        yield _fault("properties")
        return
    for name, fragment in fragments.items():
        if name in content:
            yield from validator.descend(content[name], fragment, path=name)
        else:
            yield from (_fault(OPEN, (name, *below)) for below in _silences(fragment))


def _silences(fragment: Fragment) -> Iterator[Path]:
    """The paths of the fields that a fragment asks a silent part for."""
    asked = {**{name: {} for name in fragment.get("required", ())}, **fragment.get("properties", {})}
    for name, inner in asked.items():
        yield from ((name, *below) for below in _silences(inner))
    if not asked:
        yield ()


def _required(_: Any, names: list[str], content: Any, __: Fragment) -> Faults:
    if not isinstance(content, dict):
        yield _fault("properties")
        return
    yield from (_fault(OPEN, (name,)) for name in names if name not in content)


def _const(_: Any, value: Any, content: Any, __: Fragment) -> Faults:
    if not _is_same(value, content):
        yield _fault("const")


def _enum(_: Any, values: list[Any], content: Any, __: Fragment) -> Faults:
    if not any(_is_same(value, content) for value in values):
        yield _fault("enum")


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are one, in whatever unit: 9 ms are not 0.009 s in binary."""
    if isinstance(one, Quantity) and type(one) is type(other):
        return math.isclose(one.amount, other.amount, rel_tol=1e-9)
    return bool(one == other)


def _any_of(validator: Any, fragments: list[Fragment], content: Any, _: Fragment) -> Faults:
    yield from _one_met(list(validator.descend(content, one)) for one in fragments)


def _one_met(several: Iterable[list[ValidationError]]) -> Faults:
    """Nothing where one of several is met; else what is open in those that still may be; else all faults."""
    told = list(several)
    if all(told):
        still_open = [faults for faults in told if not _are_broken(faults)]
        for faults in still_open or told:
            yield from (fault for fault in faults if still_open or fault.validator != OPEN)


def _not(validator: Any, fragment: Fragment, content: Any, _: Fragment) -> Faults:
    faults = list(validator.descend(content, fragment))
    if not faults:
        yield _fault("not")
    elif not _are_broken(faults):
        yield from faults


def _if(validator: Any, condition: Fragment, content: Any, fragment: Fragment) -> Faults:
    doubts = list(validator.descend(content, condition))
    met, broken = (list(validator.descend(content, fragment.get(word, {}))) for word in ("then", "else"))
    if doubts and not _are_broken(doubts):
        yield from doubts if met or broken else ()
    else:
        yield from broken if doubts else met


def _contains(validator: Any, fragment: Fragment, content: Any, _: Fragment) -> Faults:
    items = content if isinstance(content, list) else []
    told = [list(validator.descend(item, fragment, path=at)) for at, item in enumerate(items)]
    if all(told) and all(_are_broken(faults) for faults in told):
        yield _fault("contains")
    else:
        yield from _one_met(told)


def _bound(keyword: str) -> Any:
    """What looks at a number: one that is an end of a span counts for the whole of it."""

    def check(_: Any, bound: Quantity, content: Any, __: Fragment) -> Faults:
        value = content
        if isinstance(content, Spread):
            value = content.most if UPPER[keyword] else content.least
        if type(value) is not type(bound):
            yield _fault(keyword)
        elif _is_same(value, bound):
            if not keyword.startswith("at-"):
                yield _fault(keyword)
        elif (value < bound) is not UPPER[keyword]:
            yield _fault(keyword)

    return check
