"""The language in which a team states the condition of a rule: words of JSON Schema over the parts of a spec.

It is closed. A name, a word or a value that has no meaning would never be met and never be broken, so each
is a mistake at its place. Bounds are words of our own, since JSON Schema compares numbers without units.
There are no regular expressions: no text in a spec shall make a review hang.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from typing import Any, NamedTuple, Union, get_args, get_origin

from rtreview.language.field import Field
from rtreview.language.notation import NONE, did_you_mean, notation_of, shown
from rtreview.language.section import Mistake, Named, Section, Sections
from rtreview.language.spec import FeatureSpec, section_at
from rtreview.quantities.quantity import Quantity
from rtreview.text.place import SpecPath, dotted

Fragment = dict[str, Any]
"""What is said of a part, by keyword; its values are those that a design has, and no notations."""

Names = dict[str, Any]
"""The fields that a fragment names, as a tree."""

UPPER = {"below": True, "at-most": True, "above": False, "at-least": False}
"""The bounds, and whether they are upper ones."""

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
"""A field in a message."""

_SEVERAL = ("anyOf", "allOf")
_ONE = ("not", "if", "then", "else")
_ANY = ("const", "enum", *_SEVERAL, *_ONE)
"""What may be said of every part."""

_INSTEAD = {
    "minimum": "at-least",
    "maximum": "at-most",
    "exclusiveMinimum": "above",
    "exclusiveMaximum": "below",
    "oneOf": "anyOf",
    "type": "const",
    "pattern": "enum",
}
"""Words of JSON Schema that are none here, and what is meant."""

_KEYS = {
    "applies": "What a feature must state for the rule to look at it; without it, every feature.",
    "require": "What has to hold of a feature; a field that is named here and not stated is asked for.",
    "message": "The sentence where it does not hold, with fields in braces.",
}


class Wording(NamedTuple):
    """A condition as it is written: fragments, and the message."""

    applies: Fragment
    require: Fragment
    message: str


def read(content: Any) -> tuple[Wording, list[Mistake]]:
    """The condition that plain values make, and what is wrong with them."""
    reader = _Reader()
    if not isinstance(content, dict):
        reader.wrong(f"expected a mapping of {', '.join(_KEYS)}, found {shown(content)}", ())
        return Wording({}, {}, ""), reader.mistakes
    for key in content:
        if key not in _KEYS:
            hint = did_you_mean(key, tuple(_KEYS)) or f": there are {', '.join(_KEYS)}"
            reader.wrong(f"{shown(key)} is no part of a rule{hint}", (key,), on_key=True)
    for key in ("require", "message"):
        if key not in content:
            reader.wrong(f"`{key}` is missing", ())
    fragments = {
        key: reader.fragment(content[key], FeatureSpec, (), (key,))
        for key in ("applies", "require")
        if key in content
    }
    message = reader.message(content["message"]) if "message" in content else ""
    return Wording(fragments.get("applies", {}), fragments.get("require", {}), message), reader.mistakes


def named(*fragments: Fragment) -> Names:
    """The fields that fragments name."""
    names: Names = {}
    for fragment in fragments:
        for name in fragment.get("required", ()):
            names.setdefault(name, {})
        for name, inner in fragment.get("properties", {}).items():
            names[name] = _joined(names.get(name, {}), named(inner))
        inside = [fragment[word] for word in (*_ONE, "items", "contains") if word in fragment]
        inside += [part for word in _SEVERAL for part in fragment.get(word, ())]
        for inner in inside:
            names = _joined(names, named(inner))
    return names


def _joined(names: Names, other: Names) -> Names:
    both = {name: _joined(names[name], other[name]) for name in names.keys() & other.keys()}
    return {**names, **other, **both}


class _Reader:
    """Reads fragments, and notes what is wrong with them, each at its place."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def wrong(self, message: str, at: SpecPath, *, on_key: bool = False) -> None:
        self.mistakes.append(Mistake(at, message, on_key))

    def fragment(self, raw: Any, kind: Any, of: SpecPath, at: SpecPath) -> Fragment:
        """What is said of a part.

        Args:
            raw: the mapping of keywords.
            kind: the annotation of the part in `spec.py`.
            of: the path of the part in a spec.
            at: the path of the mapping in the block.

        """
        words = _words(kind)
        if not isinstance(raw, dict) or not raw:
            self.wrong(f"expected a mapping of keywords such as `{words[0]}`, found {_found(raw)}", at)
            return {}
        fragment = {}
        for word, value in raw.items():
            if word in words:
                fragment[word] = self._value(word, value, kind, of, (*at, word))
            else:
                self._unknown(word, words, of, (*at, word))
        if ("if" in raw) is not bool({"then", "else"} & raw.keys()):
            self.wrong("`if` and `then`, or `else`, go together", at)
        return fragment

    def _unknown(self, word: str, words: tuple[str, ...], of: SpecPath, at: SpecPath) -> None:
        what = f"`{dotted(of)}`" if of else "a feature"
        instead = _INSTEAD.get(word)
        if instead in words:
            hint = f": it is written `{instead}` here"
        else:
            hint = did_you_mean(word, words) or f": it takes {', '.join(words)}"
        self.wrong(f"{shown(word)} says nothing of {what}{hint}", at, on_key=True)

    def _value(self, word: str, raw: Any, kind: Any, of: SpecPath, at: SpecPath) -> Any:
        """What stands behind a keyword."""
        if word == "properties":
            return self._properties(raw, kind, of, at)
        if word == "required":
            return [name for name, where in self._listed(raw, at) if self._entry(name, kind, of, where)]
        if word in _SEVERAL:
            return [self.fragment(item, kind, of, where) for item, where in self._listed(raw, at)]
        if word in _ONE:
            return self.fragment(raw, kind, of, at)
        if word in ("items", "contains"):
            return self.fragment(raw, _item(kind), of, at)
        if word == "enum":
            return [self._stated(item, kind, of, where) for item, where in self._listed(raw, at)]
        return self._stated(raw, kind, of, at) if word == "const" else self._bound(raw, kind, of, at)

    def _properties(self, raw: Any, kind: Any, of: SpecPath, at: SpecPath) -> dict[str, Fragment]:
        if not isinstance(raw, dict) or not raw:
            self.wrong(f"`properties`: expected a mapping of fields, found {_found(raw)}", at)
            return {}
        fragments = {}
        for name, inner in raw.items():
            entry = self._entry(name, kind, of, (*at, name), on_key=True)
            if entry is not None:
                fragments[name] = self.fragment(inner, entry, (*of, name), (*at, name))
        return fragments

    def _entry(
        self, name: Any, section: type[Section], of: SpecPath, at: SpecPath, *, on_key: bool = False
    ) -> Any:
        """The annotation of a field or of a section inside of a section; None where there is none."""
        kind = section.kind_of(name) if isinstance(name, str) else None
        if kind is None:
            where = f"`{dotted(of)}`" if of else "a feature"
            hint = did_you_mean(name, tuple(section.KEYS)) or f": it has {', '.join(section.KEYS)}"
            self.wrong(f"{shown(name)} is no field of {where}{hint}", at, on_key=on_key)
        return kind

    def _listed(self, raw: Any, at: SpecPath) -> Iterator[tuple[Any, SpecPath]]:
        if not isinstance(raw, list) or not raw:
            self.wrong(f"`{at[-1]}`: expected a list, found {_found(raw)}", at)
            return
        for number, item in enumerate(raw):
            yield item, (*at, number)

    def _stated(self, raw: Any, kind: Any, of: SpecPath, at: SpecPath) -> Any:
        """A value that a spec may have there, as a design holds it."""
        inner = _inner(kind)
        words: tuple[str, ...] = (NONE,) if inner else getattr(kind, "WORDS", (NONE,))
        raw = (inner and raw == NONE and _stands_for(of)) or raw
        if raw in words and isinstance(raw, str):
            return raw
        if not inner:
            hint = did_you_mean(raw, words) or f": expected {', '.join(f'`{word}`' for word in words)}"
            self.wrong(f"`{dotted(of)}` is never {shown(raw)}{hint}", at)
            return raw
        try:
            content = notation_of(inner).parse(raw)
        except ValueError as error:
            self.wrong(f"`{dotted(of)}`: {error}", at)
            return raw
        return list(content) if isinstance(content, tuple) else content

    def _bound(self, raw: Any, kind: Any, of: SpecPath, at: SpecPath) -> Any:
        reasons = []
        for quantity in _quantities(kind):
            try:
                return quantity.parse(raw)
            except ValueError as error:
                reasons.append(str(error))
        self.wrong(f"`{dotted(of)}`: {reasons[0]}", at)
        return raw

    def message(self, raw: Any) -> str:
        """The sentence, whose braces name fields."""
        if not isinstance(raw, str) or not raw.strip():
            self.wrong(f"`message`: expected a sentence, found {shown(raw)}", ("message",))
            return ""
        for name in PLACEHOLDER.findall(raw):
            kind: Any = FeatureSpec
            for key in name.split("."):
                kind = kind.kind_of(key) if hasattr(kind, "kind_of") else None
            if get_origin(kind) is not Field:
                self.wrong(f"`{{{name}}}` names no field of a feature", ("message",))
        return raw


def _found(raw: Any) -> str:
    """What stands where a mapping or a list is expected that says something."""
    return "an empty one" if raw in ({}, []) else shown(raw)


def _stands_for(of: SpecPath) -> str:
    """The value that `none` stands for in a field; empty where it is a decision of its own."""
    section = section_at(of[:-1])
    return section.ENTRIES[section.KEYS[str(of[-1])]][1].none if section else ""


def _inner(kind: Any) -> Any:
    """What a field holds; None for sections."""
    return get_args(kind)[0] if get_origin(kind) is Field else None


def _item(kind: Any) -> Any:
    """What a list holds."""
    inner = _inner(kind)
    return Field[get_args(inner)[0]] if inner else get_args(kind)[0]  # type: ignore[misc]


def _quantities(kind: Any) -> list[type[Quantity]]:
    """The kinds of numbers that a field holds."""
    inner = _inner(kind)
    options = get_args(inner) if get_origin(inner) in (Union, types.UnionType) else (inner,)
    return [option for option in options if isinstance(option, type) and issubclass(option, Quantity)]


def _words(kind: Any) -> tuple[str, ...]:
    """The keywords that say something of a part."""
    if get_origin(kind) in (Named, Sections) or get_origin(_inner(kind)) is tuple:
        return ("items", "contains", *_ANY)
    if _inner(kind) is None:
        return (
            "properties",
            "required",
            *(word for word in _ANY if kind is not FeatureSpec or word not in _ANY[:2]),
        )
    return (*UPPER, *_ANY) if _quantities(kind) else _ANY


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the block under `### Rule`, for editors."""
    definitions: dict[str, Any] = {}
    feature = _schema(FeatureSpec, "Feature", definitions)
    message = {"type": "string", "examples": ["A heartbeat of {transport.heartbeat.interval} is too slow."]}
    kinds = {"applies": feature, "require": feature, "message": message}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The rule of a team",
        "type": "object",
        "properties": {key: {"description": description, **kinds[key]} for key, description in _KEYS.items()},
        "required": ["require", "message"],
        "additionalProperties": False,
        "$defs": dict(sorted(definitions.items())),
    }


def _schema(kind: Any, name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """A reference to the JSON Schema of what may be said of a part, which is added to the definitions."""
    own = {"$ref": f"#/$defs/{name}"}
    if name not in definitions:
        definitions[name] = {}
        meanings = _meanings(kind, name, own, definitions)
        definitions[name] = {
            "type": "object",
            "properties": {word: meanings[word] for word in _words(kind)},
            "minProperties": 1,
            "additionalProperties": False,
            "dependentRequired": {"then": ["if"], "else": ["if"]},
            "dependentSchemas": {"if": {"anyOf": [{"required": ["then"]}, {"required": ["else"]}]}},
        }
    return own


def _meanings(kind: Any, name: str, own: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """What may stand behind each keyword that says something of a part."""
    value = _value_schema(kind)
    several = {"type": "array", "items": own, "minItems": 1}
    meanings: dict[str, Any] = dict.fromkeys(_SEVERAL, several) | dict.fromkeys(_ONE, own)
    meanings |= {"const": value, "enum": {"type": "array", "items": value, "minItems": 1}}
    words = _words(kind)
    if "items" in words:
        meanings |= dict.fromkeys(("items", "contains"), _schema(_item(kind), f"{name}.item", definitions))
    if "properties" in words:
        below = {
            key: {
                "description": entry.description,
                **_schema(part, _name(part, kind, key), definitions),
            }
            for key, (part, entry) in zip(kind.KEYS, kind.ENTRIES.values(), strict=True)
        }
        fields = {"type": "object", "properties": below, "minProperties": 1, "additionalProperties": False}
        meanings["properties"] = fields
        meanings["required"] = {"type": "array", "items": {"enum": list(below)}, "minItems": 1}
    bounds = [notation_of(quantity).schema() for quantity in _quantities(kind)]
    return meanings | {word: {"anyOf": bounds} for word in UPPER}


def _name(kind: Any, section: type[Section], key: str) -> str:
    """What a part is called among the definitions: fields of one plain type are alike."""
    inner = _inner(kind)
    if inner is None:
        return f"{get_args(kind)[0].__name__}.list" if get_args(kind) else str(kind.__name__)
    return inner.__name__ if isinstance(inner, type) else f"{section.__name__}.{key}"


def _value_schema(kind: Any) -> dict[str, Any]:
    """The JSON Schema of the values that a spec may have there."""
    inner = _inner(kind)
    if not inner:
        return {"enum": list(getattr(kind, "WORDS", (NONE,)))}
    return {"anyOf": [notation_of(inner).schema(), {"const": NONE}]}
