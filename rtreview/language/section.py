"""A section of a spec: it holds fields and sections, and reads them from plain values.

Sections are plain classes, not subclasses of `pydantic.BaseModel`: forty of those take longer to build than
yamllint takes for a whole run (see ARCHITECTURE.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from functools import cache
from itertools import islice
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar, get_args, get_origin

from rtreview.language.field import UNSTATED, Bounded, Default, Fallback, Field, Part, Unending, supposing
from rtreview.language.notation import FOREVER, NONE, did_you_mean, notation_of, shown, words_meant
from rtreview.quantities.interval import SOME
from rtreview.text.place import SpecPath, dotted
from rtreview.text.scalars import flow

S = TypeVar("S", bound="Section")


_NAME = r"\w[\w .@/-]{0,40}"
"""A name of a section that a message may repeat."""

MOST_MISTAKES = 100
"""Mistakes of one spec that are looked for: nobody reads more, and what may be meant is costly to find."""


class Mistake(NamedTuple):
    """Something in a spec that is not as the language has it.

    `on_key`: the name is wrong, not the value. `is_unknown`: the section does not have the name, and what may
    be meant takes the whole language to say.
    """

    at: SpecPath
    message: str
    on_key: bool = False
    is_unknown: bool = False

    @property
    def title(self) -> str:
        """What is wrong, with its place in the spec."""
        place = dotted(self.at)
        if not place:
            return "This is no spec"
        return f"Unknown field `{place}`" if self.on_key else f"`{place}` cannot have this value"


class Entry(NamedTuple):
    """What the declaration of a part says about it: description and example, for the editor.

    `above_zero`: a 0 has no meaning, such as servers that are none. `kept`: a time for which something is
    kept; what has no end is `forever`. `none`: the value that `none` stands for, where it is one like others,
    such as no delay for a delay of 0. `words`: what each word means, where it takes words. `side_by_side`:
    all values of a list hold at once, so that a rule takes the one that helps.
    """

    description: str
    example: Any
    above_zero: bool
    kept: bool
    none: str
    words: dict[str, str]
    side_by_side: bool


def entry(
    description: str,
    example: Any,
    *,
    above_zero: bool = False,
    kept: bool = False,
    none: str = "",
    words: dict[str, str] | None = None,
    side_by_side: bool = False,
) -> Any:
    """Declare a part of a section; its type is the annotation beside it."""
    none = none or ("0s" if kept else "")
    if side_by_side:
        description += " The values of a list hold side by side."
    return Entry(description, example, above_zero, kept, none, words or {}, side_by_side)


class _Lazy:
    """A part that a section makes when it is asked for it, and holds from then on.

    A design reads a tenth of what a spec could say.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, section: Section | None, owner: type[Section]) -> Any:
        if section is None:
            return self
        state = section.__dict__
        part = state[self.name] = state["_ask"](self.name)
        return part


@cache
def _key(name: str) -> str:
    """A Python name as the spec writes it: `from_` is `from`, `event__streaming` is `event-streaming`."""
    return name.rstrip("_").replace("__", "-")


class Section(Part):
    """A part of a spec that holds parts. Always there: where the spec is silent, all of it is unstated.

    `WORDS` are what may stand instead of the fields, most often `none`; beside them `some`: it is there,
    and its details are open. `SHORTHAND` is the field that a bare value means. A section whose `DEFINING`
    field is `none` is `none` itself. `KIND` are the fields that say what kind of thing it is: where a feature
    and the design name two kinds, they speak of two things. `KEYS` are its parts by the names that a spec has
    for them, and `RENAMED` what fields that it once had are called today.
    """

    WORDS: ClassVar[tuple[str, ...]] = (NONE,)
    SHORTHAND: ClassVar[str] = ""
    DEFINING: ClassVar[str] = ""
    KIND: ClassVar[tuple[str, ...]] = ()
    RENAMED: ClassVar[dict[str, str]] = {}
    ENTRIES: ClassVar[dict[str, tuple[Any, Entry]]] = {}
    KEYS: ClassVar[dict[str, str]] = {}
    SILENT: ClassVar[dict[str, Any]] = {}

    at: SpecPath
    word: str
    _says: bool | None

    def __init_subclass__(cls) -> None:
        own = {
            name: (cls.__annotations__[name], declared)
            for name, declared in vars(cls).items()
            if isinstance(declared, Entry)
        }
        for name in own:
            setattr(cls, name, _Lazy(name))
        cls.ENTRIES = {**cls.ENTRIES, **own}
        cls.KEYS = {**cls.KEYS, **{_key(name): name for name in own}}
        cls.SILENT = {**cls.SILENT, **{name: _silent(kind) for name, (kind, _) in own.items()}}

    def __init__(self, parts: dict[str, Any], word: str = "", at: SpecPath = ()) -> None:
        says = bool(word) or any(part.is_stated for part in parts.values())
        self.__dict__.update(parts, word=word, at=at, _ask=self.SILENT.__getitem__, _says=says)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a section does not change: {name}")

    @property
    def is_none(self) -> bool:  # type: ignore[override]
        """Whether the spec decides against the whole section."""
        return self.word == NONE

    @property
    def is_stated(self) -> bool:  # type: ignore[override]
        """Whether the spec, or a platform that it names, says anything in it."""
        if self._says or (self._says is False and not supposing):
            return self._says
        # Of one that says nothing, only what has been asked for may be supposed.
        names = self.ENTRIES if self._says is None else self.__dict__.keys() & self.ENTRIES.keys()
        return any(getattr(self, name).is_stated for name in names)

    @property
    def default(self) -> Default | None:  # type: ignore[override]
        """The platform that says everything which is said here, if one does."""
        first: Default | None = None
        for name in self.ENTRIES if self._says is not False else ():
            part: Part = getattr(self, name)
            if part.is_stated:
                if part.default is None:
                    return None
                first = first or part.default
        return first

    def bind(self, at: SpecPath, fallbacks: Sequence[Fallback] = ()) -> Self:
        """See `Part.bind`."""
        others = [other for other in fallbacks if not self._replaces(other.values)]
        others = others if self.word in ("", SOME) else []
        at = self.at or at

        def part(name: str) -> Part:
            key = _key(name)
            own: Part = getattr(self, name)
            if not others:
                return own.bind((*at, key))
            found = [other.part(name, key) for other in others if getattr(other.values, name).is_stated]
            return own.bind((*at, key), found)

        return self._copy(self.word, at, part, says=None if others and not self._says else self._says)

    def inherit(self, ground: Self) -> Self:
        """See `Part.inherit`: field by field, unless one is `none` or they are of two kinds."""
        if not (self.is_there and ground.is_there) or self._is_another(ground):
            return super().inherit(ground)
        word = self.word or ground.word

        def part(name: str) -> Part:
            own: Part = getattr(self, name)
            return own.inherit(getattr(ground, name))

        return self._copy(word, self.at, part, says=self._says or ground._says)

    def _is_another(self, ground: Self) -> bool:
        """Whether both say of what kind they are, and differ."""
        return any(
            own.is_stated and other.is_stated and (own.content, own.is_none) != (other.content, other.is_none)
            for own, other in ((getattr(self, name), getattr(ground, name)) for name in self.KIND)
        )

    def _replaces(self, fixed: Self) -> bool:
        """Whether it is there in place of what a platform fixes, and takes nothing of that."""
        return False

    def _copy(self, word: str, at: SpecPath, ask: Callable[[str], Any], *, says: bool | None = None) -> Self:
        """A section that has its parts from a function; where nobody knows what it says, all are asked."""
        copy = type(self)({}, word, at)
        copy.__dict__.update(_ask=ask, _says=says)
        return copy

    def asking(self, seen: Callable[[Any], Any], word: str | None = None) -> Self:
        """A copy whose parts pass through a function when they are asked for, perhaps with another word."""
        word = self.word if word is None else word
        return self._copy(word, self.at, lambda name: seen(getattr(self, name)))

    def with_parts(self, **parts: Part) -> Self:
        """A copy with these parts in place of its own."""
        copy = type(self)({}, self.word, self.at)
        copy.__dict__.update(self.__dict__, **parts, _says=None)
        return copy

    @classmethod
    def kind_of(cls, key: str) -> Any:
        """The annotation of a part, by the name that a spec has for it; None where there is none."""
        return cls.ENTRIES[cls.KEYS[key]][0] if key in cls.KEYS else None

    @classmethod
    def read(cls, raw: object, at: SpecPath, mistakes: list[Mistake], example: object = None) -> Self:
        """The section that plain values make; what has no meaning in it is added to the mistakes.

        The example shows its shape where the values have another.
        """
        if raw is None:
            return silent(cls)
        if isinstance(raw, str) and raw in (*cls.WORDS, SOME):
            return cls({}, raw)
        if cls.SHORTHAND and not isinstance(raw, dict):
            raw = {cls.SHORTHAND: raw}
        if not isinstance(raw, dict):
            known = f": write `{SOME}` where its details are open"
            hint = known if raw in (True, "yes", "on") else did_you_mean(raw, cls.WORDS)
            words = "".join(f"`{word}` or " for word in cls.WORDS)
            such = f" such as `{flow(cls.filled(example, raw))}`" if example and not hint else ""
            mistakes.append(Mistake(at, f"expected {words}a mapping{such}, found {shown(raw)}{hint}"))
            return silent(cls)
        parts: dict[str, Any] = {
            name: read_part(*cls.ENTRIES[name], raw[key], (*at, key), mistakes)
            for key, name in cls.KEYS.items()
            if key in raw
        }
        unknown = (key for key in raw if key not in cls.KEYS)
        few = islice(unknown, max(0, MOST_MISTAKES - len(mistakes)))
        mistakes += [cls._unknown(key, raw[key], at) for key in few]
        defining = parts.get(cls.DEFINING)
        return cls(parts, NONE if defining is not None and defining.is_none else "")

    @classmethod
    def filled(cls, example: object, raw: object) -> object:
        """The example of a mapping; with a bare value in it, where it is clear which field that means."""
        words = (raw, *words_meant(raw)) if isinstance(raw, str) else ()
        for word in words:
            for key, name in cls.KEYS.items():
                if word in cls.ENTRIES[name][1].words:
                    return {key: word}
        if not isinstance(example, dict) or isinstance(raw, dict | list):
            return example
        if len(example) > 1 and cls.DEFINING not in example:
            return example
        key = cls.DEFINING if len(example) > 1 else next(iter(example))
        mistakes: list[Mistake] = []
        read_part(*cls.ENTRIES[cls.KEYS[key]], raw, (), mistakes)
        return example if mistakes else {key: raw}

    @classmethod
    def _unknown(cls, key: str, value: object, at: SpecPath) -> Mistake:
        if key in cls.RENAMED:
            return Mistake((*at, key), f"`{key}` is now `{cls.RENAMED[key]}`", on_key=True)
        where = f"`{dotted(at)}`" if at else "a spec"
        message = f"`{key}` is no field of {where}"
        if key.isdigit():
            message += ": a comma ends a value, so that a number is written without one, such as `20k`"
        fields = value if at and "name" in cls.KEYS and isinstance(value, dict) else {}
        if fields and fields.keys() <= cls.KEYS.keys():
            message += f": of several, each has a name, as in `- {flow({'name': key, **fields})}`"
            return Mistake((*at, key), message, on_key=True)
        return Mistake((*at, key), message, on_key=True, is_unknown=not key.isdigit())

    @classmethod
    def schema(cls, definitions: dict[str, Any]) -> dict[str, Any]:
        """A reference to the JSON Schema of the section, which is added to the definitions."""
        if cls.__name__ not in definitions:
            definitions[cls.__name__] = {}
            fields = {
                "type": "object",
                "description": (cls.__doc__ or "").partition("\n")[0],
                "properties": {
                    key: {
                        "description": declared.description,
                        "examples": [declared.example],
                        **_declared(kind, declared, definitions),
                        **({"x-above-zero": True} if declared.above_zero else {}),
                    }
                    for key, (kind, declared) in zip(cls.KEYS, cls.ENTRIES.values(), strict=True)
                },
                "additionalProperties": False,
            }
            short = [_schema(cls.ENTRIES[cls.SHORTHAND][0], definitions)] if cls.SHORTHAND else []
            words = [{"enum": [*cls.WORDS, SOME]}]
            definitions[cls.__name__] = {"anyOf": [fields, *words, *short, {"type": "null"}]}
        return {"$ref": f"#/$defs/{cls.__name__}"}


class Sections(Part, Generic[S]):
    """A list of sections with the three values of a field; one section alone may stand for its list."""

    __slots__ = ("at", "default", "is_list", "is_none", "is_stated", "items")

    def __init__(
        self,
        items: tuple[S, ...] = (),
        *,
        is_none: bool = False,
        is_stated: bool = False,
        is_list: bool = True,
        at: SpecPath = (),
    ) -> None:
        self.items = items
        self.is_none = is_none
        self.is_stated = is_stated
        self.is_list = is_list
        self.at = at
        self.default = None

    def __iter__(self) -> Iterator[S]:
        return iter(self.items)

    def asking(self, seen: Callable[[Any], Any]) -> Sections[S]:
        """A copy whose sections are what a function makes of them."""
        return Sections(
            tuple(map(seen, self.items)),
            is_none=self.is_none,
            is_stated=self.is_stated,
            is_list=self.is_list,
            at=self.at,
        )

    def bind(self, at: SpecPath, fallbacks: Sequence[Fallback] = ()) -> Sections[S]:
        """See `Part.bind`. No platform fixes a list of sections."""
        del fallbacks
        at = self.at or at
        items = tuple(
            item.bind((*at, index) if self.is_list else at) for index, item in enumerate(self.items)
        )
        return Sections(items, is_none=self.is_none, is_stated=self.is_stated, is_list=self.is_list, at=at)


class Named(Part, Generic[S]):
    """Sections by name, in the order in which they are written, with the three values of a field."""

    __slots__ = ("at", "default", "is_none", "is_stated", "items")

    def __init__(
        self, items: dict[str, S] | None = None, at: SpecPath = (), *, is_none: bool = False
    ) -> None:
        self.items = items or {}
        self.is_none = is_none
        self.is_stated = is_none or items is not None
        self.at = at
        self.default = None

    def __iter__(self) -> Iterator[S]:
        return iter(self.items.values())

    def bind(self, at: SpecPath, fallbacks: Sequence[Fallback] = ()) -> Named[S]:
        """See `Part.bind`. No platform fixes named sections."""
        del fallbacks
        at = self.at or at
        bound = {name: item.bind((*at, name)) for name, item in self.items.items()}
        return Named(bound if self.is_stated else None, at, is_none=self.is_none)


_SILENT: dict[type[Section], Section] = {}


def silent(section: type[S]) -> S:
    """The section of a spec that says nothing of it: one for all, so that it can be told by identity."""
    if section not in _SILENT:
        _SILENT[section] = section({})
    return _SILENT[section]  # type: ignore[return-value]


def _silent(kind: Any) -> Part:
    origin = get_origin(kind)
    if origin is Field:
        return UNSTATED
    return origin() if origin in (Sections, Named) else silent(kind)  # type: ignore[no-any-return]


def read_part(kind: Any, declared: Entry, raw: object, at: SpecPath, mistakes: list[Mistake]) -> Part:
    """What a value makes of a part, by its annotation; what has no meaning is added to the mistakes."""
    if len(mistakes) >= MOST_MISTAKES:
        return _silent(kind)
    if isinstance(kind, type):
        return kind.read(raw, at, mistakes, declared.example)  # type: ignore[attr-defined,no-any-return]
    origin, (inner,) = kind.__origin__, kind.__args__
    if origin is Field:
        if declared.kept and raw == FOREVER:
            return Unending()
        if raw == NONE and declared.none:
            raw = declared.none
        try:
            return _field(inner, raw, declared)
        except ValueError as error:
            mistakes.append(Mistake(at, str(error)))
            return UNSTATED
    if origin is Named:
        if isinstance(raw, dict):
            inside: list[Mistake] = []
            (such_item,) = declared.example.values()
            sections = {name: inner.read(item, (*at, name), inside, such_item) for name, item in raw.items()}
            if any(mistake.at[:-1] == at and mistake.at[-1] in inner.KEYS for mistake in inside):
                such = f"`{flow(declared.example)}`"
                inside = [Mistake(at, f"expected a name before the fields, such as {such}")]
            mistakes += inside
            return Named(sections)
        if raw not in (None, NONE):
            such = f"`{flow(_named(raw, declared.example))}`"
            mistakes.append(Mistake(at, f"expected a mapping of names such as {such}, found {shown(raw)}"))
        return Named(is_none=raw == NONE)
    if raw is None or raw == NONE:
        return Sections(is_none=raw == NONE, is_stated=raw == NONE)
    example = declared.example[0] if isinstance(declared.example, list) else declared.example
    if not isinstance(raw, list):
        return Sections((inner.read(raw, at, mistakes, example),), is_stated=True, is_list=False)
    items = tuple(inner.read(item, (*at, index), mistakes, example) for index, item in enumerate(raw))
    return Sections(items, is_stated=True)


def _named(raw: object, example: dict[str, Any]) -> dict[str, Any]:
    """The example of named sections, with the first name that is given where names are expected."""
    names = raw if isinstance(raw, list) else [raw]
    (item,) = example.values()
    meant = next((name for name in names if isinstance(name, str) and re.fullmatch(_NAME, name)), "")
    return {meant: item} if meant else example


def _field(kind: Any, raw: object, declared: Entry) -> Field[Any]:
    """What a value makes of a field. Raises `ValueError` with a sentence for a person."""
    if raw is None:
        return UNSTATED
    if raw == NONE:
        return Field(is_none=True)
    notation = notation_of(kind)
    try:
        content = notation.parse(raw)
    except ValueError as error:
        bounds = notation.within(raw)
        if bounds is None:
            mistake = str(error)
            hint = "" if mistake.endswith("?") else did_you_mean(raw, notation.words)
            raise ValueError(f"{mistake}{hint}") from None
        return Bounded(bounds._replace(side_by_side=bounds.each and declared.side_by_side))
    if declared.above_zero and getattr(content, "amount", None) == 0:
        raise ValueError(f"{shown(raw)} has no meaning here: more than 0, or `none`")
    return Field(content)


def section_of(kind: Any) -> type[Section] | None:
    """The section that a part holds, or each of its items, by the annotation; None where it is a field."""
    origin = get_origin(kind)
    if origin is Field:
        return None
    section: type[Section] = get_args(kind)[0] if origin else kind
    return section


def _declared(kind: Any, declared: Entry, definitions: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a part, with the words that its declaration adds."""
    schema = _schema(kind, definitions)
    if declared.kept:
        schema["anyOf"].append({"enum": [FOREVER]})
    if declared.words:
        _describe(schema, declared.words)
    return schema


def _describe(schema: Any, words: dict[str, str]) -> None:
    """Add what each word means to the lists of words in a schema, as editors show it beside a completion."""
    if isinstance(schema, list):
        for option in schema:
            _describe(option, words)
    elif isinstance(schema, dict):
        options = [str(option) for option in schema.get("enum", ())]
        if options and words.keys() >= set(options):
            schema["enumDescriptions"] = [words[option] for option in options]
        _describe(schema.get("anyOf"), words)
        # In a list of several values for a field of one, the words are those beside it.
        if not schema.get("uniqueItems"):
            _describe(schema.get("items"), words)


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a part, by its annotation."""
    origin = get_origin(kind)
    if origin is None:
        return kind.schema(definitions)  # type: ignore[no-any-return]
    inner = get_args(kind)[0]
    if origin is Field:
        notation = notation_of(inner)
        own = notation.schema()
        unit = {"x-unit": own.pop("x-unit")} if "x-unit" in own else {}
        bounds = "|".join(notation.patterns)
        within = [{"type": "string", "pattern": bounds}] if bounds else []
        others = [NONE, SOME, None] if notation.options and not notation.kinds else [NONE, None]
        exact = own.pop("anyOf", [own] if own else [])
        items = deepcopy(exact[0] if len(exact) == 1 else {"anyOf": exact})
        several = (
            []
            if notation.takes_list
            else [{"type": "array", "minItems": 2, "uniqueItems": True, "items": items}]
        )
        return {"anyOf": [*exact, *within, {"enum": others}, *several], **unit}
    item = inner.schema(definitions)
    if origin is Named:
        return {"anyOf": [{"type": "object", "additionalProperties": item}, {"enum": [NONE, None]}]}
    return {"anyOf": [{"type": "array", "items": item}, item, {"enum": [NONE, None]}]}
