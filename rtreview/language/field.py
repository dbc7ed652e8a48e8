"""The parts of a spec: a field with three values, and the section that holds fields.

A field is *stated*, stated as `none` (a decision against it), or *not stated*. Where the spec is
silent and a named platform has a default, the field is stated with the platform as its place.

Sections are plain classes that hand pydantic-core a schema, not subclasses of `pydantic.BaseModel`:
forty of those take longer to build than yamllint takes for a whole run (see ARCHITECTURE.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Self, TypeVar, get_args, get_origin

from pydantic_core import PydanticCustomError, SchemaValidator, core_schema

from rtreview.language.notation import NONE, Notation, did_you_mean, notation_of, shown
from rtreview.quantities.interval import SOME, Interval
from rtreview.text.place import Span, SpecPath, dotted

if TYPE_CHECKING:
    from rtreview.text.document import Document

T_co = TypeVar("T_co", covariant=True)
S = TypeVar("S", bound="Section")

Origin = Callable[[SpecPath], "Default"]
"""Tells where a platform's value comes from, by the value's path inside the platform's defaults."""


class Default(NamedTuple):
    """Where a value comes from that the spec does not state itself.

    `at` is the place that names the platform; `confidence` is documented, secondary or assumed. A value
    that is assumed because it is typical has no platform, and its own place. `configured` is the line of
    the team's configuration that gives the value: a limit of the house, or what it assumes.
    """

    platform: str
    confidence: str
    at: SpecPath
    configured: str = ""

    def __str__(self) -> str:
        if self.configured:
            return f"{'limit of the team' if self.platform else 'assumed'} in {self.configured}"
        if not self.platform:
            return self.confidence
        doubt = "" if self.confidence == "documented" else f", {self.confidence}"
        return f"default of {self.platform}{doubt}"


class Part:
    """What fields, sections and lists of sections have in common: a place, and whether it is stated."""

    __slots__ = ()

    at: SpecPath
    default: Default | None
    is_stated: bool

    @property
    def place(self) -> SpecPath:
        """The path to point at: where it is written, or the name of the platform that it comes from."""
        return self.default.at if self.default else self.at

    @property
    def key(self) -> str:
        """The last word of the path."""
        return str(self.at[-1]) if self.at else ""

    @property
    def dotted(self) -> str:
        """The path as people write it: `transport.heartbeat.interval`."""
        return dotted(self.at)

    def bind(
        self, at: SpecPath, fallback: Any = None, origin: Origin | None = None, inside: SpecPath = ()
    ) -> Self:
        """A copy that knows its path, and whose silent fields hold a platform's defaults.

        Args:
            at: the path.
            fallback: the same part as a platform fixes it, used field by field where this one is
                silent; not at all where the spec says `none`.
            origin: tells where a fallback's value comes from.
            inside: the path of this part inside the platform's defaults.

        """
        raise TypeError(f"{type(self).__name__} binds in its own way")


class Field(Part, Generic[T_co]):
    """One field of a spec: its value, whether it is stated, where it stands and who says so.

    It is stated exactly (`content`), as `none`, or not at all. One that is stated within bounds is `Bounded`.
    """

    __slots__ = ("at", "content", "default", "is_none", "is_stated")

    within: ClassVar[Interval | None] = None

    def __init__(
        self,
        content: T_co | None = None,
        *,
        is_none: bool = False,
        at: SpecPath = (),
        default: Default | None = None,
    ) -> None:
        self.content = content
        self.is_none = is_none
        self.is_stated = is_none or content is not None
        self.at = at
        self.default = default

    def has(self, *options: object) -> bool:
        """Whether the stated value is one of these."""
        return self.content is not None and self.content in options

    def __str__(self) -> str:
        if isinstance(self.content, tuple):
            return ", ".join(str(item) for item in self.content)
        return NONE if self.is_none else f"{self.content}"

    def bind(
        self, at: SpecPath, fallback: Any = None, origin: Origin | None = None, inside: SpecPath = ()
    ) -> Field[T_co]:
        """See `Part.bind`."""
        if not self.is_stated and fallback is not None and fallback.is_stated:
            default = origin(inside) if origin else None
            if isinstance(fallback, Bounded):
                return Bounded(fallback.within, at=at, default=default)
            return Field(fallback.content, is_none=fallback.is_none, at=at, default=default)
        return Field(self.content, is_none=self.is_none, at=at, default=self.default)


class Corner:
    """One of the designs that a spec with bounds may be: it gives each field that has some a content.

    Attributes:
        contents: what is chosen, by path; what is not is in the middle of what a field may be.
        met: the fields that were asked for their content.

    """

    def __init__(self, contents: Mapping[SpecPath, Any]) -> None:
        self.contents = contents
        self.met: dict[SpecPath, Bounded] = {}

    def content(self, field: Bounded) -> Any:
        """The content of a field in this design."""
        self.met[field.at] = field
        if field.at in self.contents:
            return self.contents[field.at]
        ends = field.within.ends
        return ends[len(ends) // 2]

    def __enter__(self) -> Self:
        """Look at this design. Outside of one, a field within bounds has no content."""
        self.before = _corner.set(self)
        return self

    def __exit__(self, *error: object) -> None:
        _corner.reset(self.before)


_corner: ContextVar[Corner | None] = ContextVar("corner", default=None)


class Bounded(Field[Any]):
    """A field of which the spec states bounds, or no more than that there is one."""

    __slots__ = ("within",)

    within: Interval  # type: ignore[misc]

    def __init__(self, within: Interval, *, at: SpecPath = (), default: Default | None = None) -> None:
        self.within = within
        self.is_none = False
        self.is_stated = True
        self.at = at
        self.default = default

    @property
    def content(self) -> Any:  # type: ignore[override]
        """What it is in the design that is looked at."""
        design = _corner.get()
        return None if design is None else design.content(self)

    def __str__(self) -> str:
        return f"{self.within}"

    def bind(
        self, at: SpecPath, fallback: Any = None, origin: Origin | None = None, inside: SpecPath = ()
    ) -> Bounded:
        """See `Part.bind`."""
        del fallback, origin, inside
        return Bounded(self.within, at=at, default=self.default)


@contextmanager
def supposed(field: Field[Any], content: Any) -> Iterator[None]:
    """What would follow if the spec stated this content of a field of which it says nothing."""
    field.content, field.is_stated = content, True
    try:
        yield
    finally:
        field.content, field.is_stated = None, False


UNSTATED: Field[Any] = Field()


class Input(NamedTuple):
    """What went into a number: a field with its place and who says so, or another derived number.

    `origin` is stated, a platform's default, assumed, not stated, or derived.
    """

    name: str
    at: SpecPath
    value: str
    origin: str
    span: Span


def input_of(field: Field[Any], document: Document) -> Input:
    """A field as an input: what it is, and whether it is stated, a default, assumed or missing."""
    origin = "not stated"
    if field.is_stated:
        origin = "stated" if field.default is None else str(field.default)
    value = str(field) if field.is_stated else ""
    return Input(field.dotted, field.at, value, origin, document.span(field.place))


class Unknown(Exception):  # noqa: N818 - a verdict of a rule, not an error of the program
    """A rule needs what the spec does not state, or not as exactly. Its two kinds are two verdicts."""

    def __init__(self, *parts: Part, message: str = "", when: str = "") -> None:
        super().__init__(message)
        self.parts = parts
        self.message = message
        self.when = when


class Unstated(Unknown):
    """A reviewer must know it: reported as a question."""


class Undecided(Unknown):
    """It would decide the rule: listed, with the field."""


class NotApplicable(Exception):  # noqa: N818 - likewise
    """The rule has nothing to say here, and why."""


def wanted(part: Part) -> str:
    """A part as a sentence asks for it: more exactly, where it is known within bounds."""
    within = part.within if isinstance(part, Field) else None
    return f"`{part.dotted}` more exactly than {within}" if within else f"`{part.dotted}`"


def stated(field: Field[T_co]) -> T_co:
    """The value of a field that a reviewer must know.

    Raises:
        Unstated: the spec does not say.
        NotApplicable: the spec says `none`.

    """
    return _content(field, Unstated)


def known(field: Field[T_co]) -> T_co:
    """The value of a field that decides a comparison, but that nobody need be asked for.

    Raises:
        Undecided: the spec does not say.
        NotApplicable: the spec says `none`.

    """
    return _content(field, Undecided)


def _content(field: Field[T_co], verdict: type[Unknown]) -> T_co:
    if field.is_none:
        raise NotApplicable(f"`{field.dotted}` is `none`")
    if field.content is None:
        raise verdict(field)
    return field.content


class Entry(NamedTuple):
    """What the declaration of a part says about it: description and example, for the editor.

    `above_zero`: a 0 has no meaning, such as servers that are none.
    """

    description: str
    example: Any
    above_zero: bool = False


def entry(description: str, example: Any, *, above_zero: bool = False) -> Any:
    """Declare a part of a section; its type is the annotation beside it."""
    return Entry(description, example, above_zero)


def spec_name(name: str) -> str:
    """A Python name as the spec writes it: `from_` is `from`, `event__streaming` is `event-streaming`."""
    return name.rstrip("_").replace("__", "-")


class Section(Part):
    """A part of a spec that holds parts. Always there: where the spec is silent, all of it is unstated.

    `WORDS` are what may stand instead of the fields, most often `none`; beside them `some`: it is there,
    and its details are open. `SHORTHAND` is the field that a bare value means. A section whose `DEFINING`
    field is `none` is `none` itself.
    """

    WORDS: ClassVar[tuple[str, ...]] = (NONE,)
    SHORTHAND: ClassVar[str] = ""
    DEFINING: ClassVar[str] = ""
    ENTRIES: ClassVar[dict[str, tuple[Any, Entry]]] = {}
    SILENT: ClassVar[dict[str, Any]] = {}

    at: SpecPath
    word: str

    def __init_subclass__(cls) -> None:
        own = {
            name: (cls.__annotations__[name], declared)
            for name, declared in vars(cls).items()
            if isinstance(declared, Entry)
        }
        for name in own:
            delattr(cls, name)
        cls.ENTRIES = {**cls.ENTRIES, **own}
        cls.SILENT = {**cls.SILENT, **{name: _silent(kind) for name, (kind, _) in own.items()}}

    def __init__(self, parts: dict[str, Any], word: str = "", at: SpecPath = ()) -> None:
        self.__dict__.update(parts, word=word, at=at, _bind=None)

    def __getattr__(self, name: str) -> Any:
        # Called for parts that are not there yet: a design reads a tenth of what a spec could say.
        if name not in self.ENTRIES:
            raise AttributeError(f"a {type(self).__name__} has no {name}")
        bind = self.__dict__["_bind"]
        part = self.__dict__[name] = bind(name) if bind else self.SILENT[name]
        return part

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a section does not change: {name}")

    @property
    def is_none(self) -> bool:
        """Whether the spec decides against the whole section."""
        return self.word == NONE

    @property
    def is_stated(self) -> bool:  # type: ignore[override]
        """Whether the spec, or a platform that it names, says anything in it."""
        return bool(self.word) or any(getattr(self, name).is_stated for name in self.ENTRIES)

    @property
    def default(self) -> Default | None:  # type: ignore[override]
        """The platform that says everything which is said here, if one does."""
        parts = [getattr(self, name) for name in self.ENTRIES]
        defaults = [part.default for part in parts if part.is_stated]
        return defaults[0] if defaults and all(defaults) else None

    def bind(
        self, at: SpecPath, fallback: Any = None, origin: Origin | None = None, inside: SpecPath = ()
    ) -> Self:
        """See `Part.bind`."""
        others = None if self.word not in ("", SOME) else fallback

        def part(name: str) -> Part:
            key = spec_name(name)
            own: Part = getattr(self, name)
            return own.bind((*at, key), getattr(others, name, None), origin, (*inside, key))

        bound = type(self)({}, self.word, at)
        bound.__dict__["_bind"] = part
        return bound

    def asking(self, seen: Callable[[Any], Any], word: str | None = None) -> Self:
        """A copy whose parts pass through a function when they are asked for, perhaps with another word."""
        copy = type(self)({}, self.word if word is None else word, self.at)
        copy.__dict__["_bind"] = lambda name: seen(getattr(self, name))
        return copy

    def with_parts(self, **parts: Part) -> Self:
        """A copy with these parts in place of its own."""
        copy = type(self)({}, self.word, self.at)
        copy.__dict__.update(self.__dict__, **parts)
        return copy

    @classmethod
    def validator(cls) -> SchemaValidator:
        """Reads the section, and everything in it, from plain values."""
        definitions: dict[str, core_schema.CoreSchema] = {}
        top = cls.validation(definitions)
        return SchemaValidator(core_schema.definitions_schema(top, list(definitions.values())))

    @classmethod
    def validation(cls, definitions: dict[str, core_schema.CoreSchema]) -> core_schema.CoreSchema:
        """A reference to what pydantic-core needs to read the section, which is added to the definitions."""
        if cls.__name__ not in definitions:
            fields: dict[str, core_schema.TypedDictField] = {
                spec_name(name): {
                    "type": "typed-dict-field",
                    "required": False,
                    "schema": _validation(kind, definitions, declared.above_zero),
                }
                for name, (kind, declared) in cls.ENTRIES.items()
            }
            definitions[cls.__name__] = core_schema.no_info_wrap_validator_function(
                cls._read,
                core_schema.typed_dict_schema(fields, extra_behavior="forbid"),
                ref=cls.__name__,
            )
        return core_schema.definition_reference_schema(cls.__name__)

    @classmethod
    def _read(cls, raw: object, fields: Callable[[object], dict[str, Any]]) -> Self:
        if raw is None:
            return silent(cls)
        if isinstance(raw, str) and raw in (*cls.WORDS, SOME):
            return cls({}, raw)
        if cls.SHORTHAND and not isinstance(raw, dict | list):
            raw = {cls.SHORTHAND: raw}
        if isinstance(raw, dict):
            values = fields(raw)
            parts = {name: values[key] for name in cls.ENTRIES if (key := spec_name(name)) in values}
            defining = parts.get(cls.DEFINING)
            return cls(parts, NONE if defining is not None and defining.is_none else "")
        hint = f": did you mean `{SOME}`?" if raw in (True, "yes", "on") else did_you_mean(raw, cls.WORDS)
        words = "".join(f"`{word}` or " for word in cls.WORDS)
        raise _wrong(f"expected {words}a mapping, found {shown(raw)}{hint}")

    @classmethod
    def schema(cls, definitions: dict[str, Any]) -> dict[str, Any]:
        """A reference to the JSON Schema of the section, which is added to the definitions."""
        if cls.__name__ not in definitions:
            definitions[cls.__name__] = {}
            fields = {
                "type": "object",
                "description": (cls.__doc__ or "").partition("\n")[0],
                "properties": {
                    spec_name(name): {
                        "description": declared.description,
                        "examples": [declared.example],
                        **_schema(kind, definitions),
                        **({"x-above-zero": True} if declared.above_zero else {}),
                    }
                    for name, (kind, declared) in cls.ENTRIES.items()
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

    def bind(
        self, at: SpecPath, fallback: Any = None, origin: Origin | None = None, inside: SpecPath = ()
    ) -> Sections[S]:
        """See `Part.bind`. No platform fixes a list of sections."""
        del fallback, origin, inside
        items = tuple(
            item.bind((*at, index) if self.is_list else at) for index, item in enumerate(self.items)
        )
        return Sections(items, is_none=self.is_none, is_stated=self.is_stated, is_list=self.is_list, at=at)


class Named(Part, Generic[S]):
    """Sections by name, in the order in which they are written."""

    __slots__ = ("at", "default", "is_stated", "items")

    def __init__(self, items: dict[str, S] | None = None, at: SpecPath = ()) -> None:
        self.items = items or {}
        self.is_stated = items is not None
        self.at = at
        self.default = None

    def bind(
        self, at: SpecPath, fallback: Any = None, origin: Origin | None = None, inside: SpecPath = ()
    ) -> Named[S]:
        """See `Part.bind`. No platform fixes named sections."""
        del fallback, origin, inside
        bound = {name: item.bind((*at, name)) for name, item in self.items.items()}
        return Named(bound if self.is_stated else None, at)


ONE, MANY = "\0one", "\0many"
"""What pydantic-core puts into the path of an error inside `Sections`; no text can hold it as a key."""

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


def _validation(kind: Any, definitions: dict[str, core_schema.CoreSchema], above_zero: bool = False) -> Any:
    """What pydantic-core needs to read a part, by its annotation."""
    origin = get_origin(kind)
    if origin is None:
        return kind.validation(definitions)
    inner = get_args(kind)[0]
    if origin is Field:
        return core_schema.no_info_plain_validator_function(_field_reader(inner, above_zero))
    item = inner.validation(definitions)
    if origin is Named:
        many = core_schema.dict_schema(core_schema.str_schema(), item)
        return core_schema.no_info_wrap_validator_function(_read_named, many)
    either = core_schema.tagged_union_schema(
        {ONE: item, MANY: core_schema.list_schema(item)},
        lambda raw: MANY if isinstance(raw, list) else ONE,
    )
    return core_schema.no_info_wrap_validator_function(_read_sections, either)


def _field_reader(kind: Any, above_zero: bool) -> Callable[[object], Field[Any]]:
    notation = notation_of(kind)

    def read(raw: object) -> Field[Any]:
        if raw is None:
            return UNSTATED
        if raw == NONE:
            return Field(is_none=True)
        try:
            content = notation.parse(raw)
        except ValueError as error:
            return _within(notation, raw, str(error))
        if above_zero and content.amount == 0:
            raise _wrong(f"{shown(raw)} has no meaning here: more than 0, or `none`")
        return Field(content)

    return read


def _within(notation: Notation, raw: object, mistake: str) -> Field[Any]:
    """A field that states bounds; a mistake where the value states neither these nor a number."""
    try:
        bounds = notation.within(raw)
    except ValueError as error:
        raise _wrong(str(error)) from None
    if bounds is None:
        hint = "" if mistake.endswith("?") else did_you_mean(raw, notation.words)
        raise _wrong(f"{mistake}{hint}")
    return Bounded(bounds)


def _read_sections(raw: object, validate: Callable[[object], Any]) -> Sections[Any]:
    if raw is None or raw == NONE:
        return Sections(is_none=raw == NONE, is_stated=raw == NONE)
    many = isinstance(raw, list)
    return Sections(tuple(validate(raw) if many else [validate(raw)]), is_stated=True, is_list=many)


def _read_named(raw: object, validate: Callable[[object], Any]) -> Named[Any]:
    if raw is not None and not isinstance(raw, dict):
        raise _wrong(f"expected a mapping of names, found {shown(raw)}")
    return Named(None if raw is None else validate(raw))


def _wrong(sentence: str) -> PydanticCustomError:
    # As a parameter, since pydantic would take braces in the sentence for its own.
    return PydanticCustomError("rtreview", "{sentence}", {"sentence": sentence})


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
        return {"anyOf": [*own.pop("anyOf", [own] if own else []), *within, {"enum": others}], **unit}
    item = inner.schema(definitions)
    if origin is Named:
        return {"type": ["object", "null"], "additionalProperties": item}
    return {"anyOf": [{"type": "array", "items": item}, item, {"enum": [NONE, None]}]}
