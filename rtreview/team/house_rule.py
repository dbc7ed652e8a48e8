"""A rule of the house: a condition in JSON Schema, held against a feature with the three values of a spec.

A fragment is met by what the spec states, or broken by it, or open, where the spec is silent on a field
that the fragment names. What a platform or a limit of the team fixes is stated. `none`, or a word in place of
a number, breaks what asks for fields or for a number.

`dialect.py` finds what is broken in a fragment, and what is open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rtreview.language.design import Feature
from rtreview.language.field import Field, NotApplicable, Part, Undecided, Unstated
from rtreview.language.notation import NONE
from rtreview.language.section import Named, Section, Sections
from rtreview.language.spec import FeatureSpec
from rtreview.quantities.quantity import notation
from rtreview.quantities.unchanging import unchanging
from rtreview.rulebook.finding import Comparison
from rtreview.rulebook.outcome import Outcomes, Passed, Violated
from rtreview.team.fragment import PLACEHOLDER, UPPER, Fragment, Names, named
from rtreview.text.place import SpecPath

if TYPE_CHECKING:
    from rtreview.team.dialect import Fault


@unchanging()
class HouseRule:
    """What a rule of a team looks at and requires, and its sentence where that is broken.

    `message` names fields in braces; one that is not stated is told as such.
    """

    applies: Fragment
    require: Fragment
    message: str

    def __call__(self, feature: Feature) -> Outcomes:
        """Yield whether a feature is as it is required to be."""
        from rtreview.team.dialect import are_broken, faults  # noqa: PLC0415 - it loads jsonschema

        asked = named(self.applies, self.require)
        content = _inside(feature, asked)
        parts = list(_parts(feature, asked))
        guesses = [part for part in parts if part.default is not None and not part.default.platform]
        only_assumed = Undecided(*guesses, message=f"it is only assumed: {_reason(guesses)}")
        doubts = faults(self.applies, content)
        if doubts and not are_broken(doubts):
            raise Undecided(*_at(feature, doubts, self.applies))
        if doubts:
            raise only_assumed if guesses else NotApplicable(_reason(_at(feature, doubts, self.applies)))
        found = faults(self.require, content)
        broken = [fault for fault in found if not fault.is_open]
        if broken:
            first, *others = _at(feature, broken, self.require)
            comparison = _comparison(broken[0], first) if len(broken) == 1 else None
            assumed = any(part.default and part.default.confidence == "assumed" for part in parts)
            yield Violated(
                self._sentence(feature), first, tuple(others), comparison=comparison, is_assumed=assumed
            )
        if len(found) > len(broken):
            raise Unstated(*_at(feature, [fault for fault in found if fault.is_open], self.require))
        if not broken and guesses:
            raise only_assumed
        if not broken:
            yield Passed(_reason(_parts(feature, named(self.require))))

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
    if isinstance(part, Sections | Named):
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
    keys = FeatureSpec.KEYS if isinstance(part, Feature) else part.KEYS
    return getattr(part, keys[name])


def _part(feature: Feature, path: Iterable[str | int]) -> Any:
    """The part at a path, or the last on the way that has no parts: a list of words, or what is `none`."""
    part: Any = feature
    for key in path:
        if isinstance(part, Field) or (isinstance(part, Section) and part.word):
            break
        part = list(part)[key] if isinstance(key, int) else _below(part, key)
    return part


def _parts(part: Any, names: Names) -> Iterator[Part]:
    """The fields that are named, and in their place what is stated of a whole section."""
    if isinstance(part, Sections | Named) and part.items:
        for item in part:
            yield from _parts(item, names)
    elif isinstance(part, Field | Sections | Named) or not names or (isinstance(part, Section) and part.word):
        yield part
    else:
        for name, below in names.items():
            yield from _parts(_below(part, name), below)


def _at(feature: Feature, faults: list[Fault], fragment: Fragment) -> list[Part]:
    """The parts that faults speak of; for one of the whole feature, those that the fragment names."""
    found: dict[SpecPath, Part] = {}
    for fault in faults:
        parts = (
            [_part(feature, fault.absolute_path)] if fault.absolute_path else _parts(feature, named(fragment))
        )
        found.update((part.at, part) for part in parts)
    return [part for part in found.values() if part.is_stated] or list(found.values())


def _reason(parts: Iterable[Part]) -> str:
    """What is stated, as a reason."""
    statements = {}
    for part in parts:
        if part.is_stated:
            statements[part.at] = (
                f"`{part.dotted}` is {_value(part)}{f', {part.default}' if part.default else ''}"
            )
    return "; ".join(statements.values())


def _value(part: Part) -> str:
    """What is stated, in a few words; nothing where the spec is silent."""
    if isinstance(part, Field):
        return str(part) if part.is_stated else ""
    if isinstance(part, Section) and part.word:
        return part.word
    return (
        (NONE if isinstance(part, Sections | Named) and part.is_none else "stated") if part.is_stated else ""
    )


def _comparison(fault: Fault, field: Part) -> Comparison | None:
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
