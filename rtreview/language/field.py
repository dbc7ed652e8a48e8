"""A field of a spec: stated, stated as `none` (a decision against it), or not stated.

Where the spec is silent and a named platform has a default, the field is stated with the platform as its
place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import GenericAlias
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Self, TypeVar

from rtreview.language.notation import FOREVER, NONE
from rtreview.quantities.interval import SOME, Interval
from rtreview.quantities.quantity import as_written
from rtreview.text.place import Span, SpecPath, dotted

if TYPE_CHECKING:
    from rtreview.text.document import Document

T_co = TypeVar("T_co", covariant=True)

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


class Fallback(NamedTuple):
    """Values that count where a spec is silent: a part as a platform or the team fixes it, and who says so.

    `inside` is the path of that part inside all that the platform or the team fixes.
    """

    values: Any
    origin: Origin
    inside: SpecPath = ()

    def part(self, name: str, key: str) -> Fallback:
        """What it has for one part, which a spec calls `key`."""
        return Fallback(getattr(self.values, name), self.origin, (*self.inside, key))


class Part:
    """What fields, sections and lists of sections have in common: a place, and whether it is stated."""

    __slots__ = ()

    at: SpecPath
    default: Default | None
    is_stated: bool
    is_none: bool

    @property
    def is_there(self) -> bool:
        """Whether it is stated that there is one: neither silent, nor decided against."""
        return self.is_stated and not self.is_none

    @property
    def place(self) -> SpecPath:
        """The path to point at: where it is written, or the name of the platform that it comes from."""
        return self.default.at if self.default else self.at

    @property
    def is_of_a_feature(self) -> bool:
        """Whether it is said of a feature, and not of the whole design."""
        return self.at[:1] == ("features",)

    @property
    def key(self) -> str:
        """The last word of the path."""
        return str(self.at[-1]) if self.at else ""

    @property
    def dotted(self) -> str:
        """The path as people write it: `transport.heartbeat.interval`."""
        return dotted(self.at)

    def bind(self, at: SpecPath, fallbacks: Sequence[Fallback] = ()) -> Self:
        """A copy that knows its path, and whose silent fields hold what else counts there.

        Args:
            at: the path, for what has none yet.
            fallbacks: the same part as platforms and the team state it, in the order in which they are asked,
                used field by field where this one is silent; not at all where the spec says `none`.

        """
        raise TypeError(f"{type(self).__name__} binds in its own way")

    def inherit(self, ground: Self) -> Self:
        """What holds for a feature with this part in a design with the other. Both know their paths."""
        return self if self.is_stated or not ground.is_stated else ground


class Field(Part, Generic[T_co]):
    """One field of a spec: its value, whether it is stated, where it stands and who says so.

    It is stated exactly (`content`), as `none`, or not at all. One that is stated within bounds is `Bounded`.
    """

    __slots__ = ("at", "content", "default", "is_none", "is_stated")

    # A spec declares hundreds of fields: the alias that Generic makes costs forty times as much.
    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)

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

    @property
    def is_open(self) -> bool:
        """Whether no more is stated than that there is one (`some`)."""
        return self.within is not None and self.within.text == SOME

    @property
    def is_vague(self) -> bool:
        """Whether it is stated, but within bounds only."""
        return self.within is not None and self.is_stated

    def has(self, *options: object) -> bool:
        """Whether the stated value is one of these."""
        return self.content is not None and self.content in options

    def includes(self, *options: object) -> bool:
        """Whether one of these is stated to occur, be it the only value or one of several."""
        return self.has(*options)

    def __str__(self) -> str:
        if isinstance(self.content, tuple):
            return ", ".join(str(item) for item in self.content)
        return NONE if self.is_none else as_written(self.content)

    def bind(self, at: SpecPath, fallbacks: Sequence[Fallback] = ()) -> Field[T_co]:
        """See `Part.bind`."""
        if fallbacks and not self.is_stated:
            field, origin, inside = fallbacks[0]
            if isinstance(field, Bounded):
                return Bounded(field.within, at=at, default=origin(inside))
            return Field(field.content, is_none=field.is_none, at=at, default=origin(inside))
        return Field(self.content, is_none=self.is_none, at=self.at or at, default=self.default)


class Unending(Field[Any]):
    """A time that is stated as `forever`: to every rule it is a decision against an end."""

    __slots__ = ()

    def __init__(self, *, at: SpecPath = ()) -> None:
        super().__init__(is_none=True, at=at)

    def __str__(self) -> str:
        return FOREVER

    def bind(self, at: SpecPath, fallbacks: Sequence[Fallback] = ()) -> Unending:
        """See `Part.bind`."""
        del fallbacks
        return Unending(at=self.at or at)


class Several(BaseException):
    """A field was asked for its content of which each of several values occurs: who asked looks at each."""

    def __init__(self, field: Bounded) -> None:
        super().__init__(field.dotted)
        self.field = field


class Corner:
    """One of the designs that a spec with bounds may be: it gives each field that has some a content.

    One inside of another chooses what is still open in that.

    Attributes:
        contents: what is chosen, by path; for what is not, the middle of what a field may be is added.
        met: the fields that were asked for their content.

    """

    __slots__ = ("around", "contents", "met", "token")

    def __init__(self, contents: Mapping[SpecPath, Any]) -> None:
        self.contents = contents
        self.met: dict[SpecPath, Bounded] = {}
        self.around: Corner | None = None

    def content(self, field: Bounded) -> Any:
        """The content of a field in this design.

        Raises:
            Several: it has several, and none of them is chosen.

        """
        if field.at not in self.contents:
            chosen = self.around and self.around.chosen(field)
            if chosen is not None:
                return chosen
            if field.within.each:
                raise Several(field)
            ends = field.within.ends
            if not ends:
                # No value is within: another statement contradicts it, which is told by itself.
                return None
            self.contents = {**self.contents, field.at: ends[len(ends) // 2]}
        self.met[field.at] = field
        return self.contents[field.at]

    def chosen(self, field: Bounded) -> Any:
        """What is chosen for a field already, here or in the design around it; None where nothing is."""
        if field.at in self.contents:
            return self.contents[field.at]
        return self.around and self.around.chosen(field)

    def __enter__(self) -> Self:
        """Look at this design. Outside of one, a field within bounds has no content."""
        self.around = _corner.get()
        self.token = _corner.set(self)
        return self

    def __exit__(self, *error: object) -> None:
        _corner.reset(self.token)


class Listed(Corner):
    """The designs that one choice of listed values makes: what is only bounded has no content in them."""

    __slots__ = ()

    def content(self, field: Bounded) -> Any:
        """See `Corner.content`; None where nothing is chosen."""
        chosen = self.chosen(field)
        if chosen is None and field.within.each:
            raise Several(field)
        return chosen


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
        return None if design is None or self.is_silenced else design.content(self)

    @property
    def is_silenced(self) -> bool:
        """Whether the spec is taken to say nothing of it, though it does."""
        return not self.is_stated

    def includes(self, *options: object) -> bool:
        """See `Field.includes`. It asks for no content, so that the others of a list are there as well."""
        return any(each in options for each in self.within.others) if self.within.each else self.has(*options)

    def __str__(self) -> str:
        design = _corner.get() if self.within.each else None
        chosen = design and design.chosen(self)
        return f"{self.within}" if chosen is None else as_written(chosen)

    def bind(self, at: SpecPath, fallbacks: Sequence[Fallback] = ()) -> Bounded:
        """See `Part.bind`."""
        del fallbacks
        return Bounded(self.within, at=self.at or at, default=self.default)


class Implied(Bounded):
    """A field that the spec does not state, and that what it states beside it bounds."""

    __slots__ = ()

    def __init__(self, within: Interval, *, at: SpecPath) -> None:
        super().__init__(within, at=at)
        self.is_stated = False

    @property
    def is_silenced(self) -> bool:
        """See `Bounded.is_silenced`."""
        return False

    def bind(  # type: ignore[override]
        self, at: SpecPath, fallbacks: Sequence[Fallback] = ()
    ) -> Field[Any]:
        """See `Part.bind`."""
        at = self.at or at
        field = UNSTATED.bind(at, fallbacks)
        return field if field.is_stated else Implied(self.within, at=at)


supposing: list[Field[Any]] = []
"""The fields of which something is supposed now that the spec does not say."""


@contextmanager
def supposed(field: Field[Any], content: Any) -> Iterator[None]:
    """What would follow if the spec stated this content of a field of which it says nothing."""
    supposing.append(field)
    field.is_stated = True
    try:
        if isinstance(field, Bounded):
            with Corner({field.at: content}):
                yield
        else:
            field.content = content
            yield
    finally:
        supposing.pop()
        field.is_stated = False
        if not isinstance(field, Bounded):
            field.content = None


@contextmanager
def silenced(fields: Iterable[Bounded]) -> Iterator[None]:
    """What would follow if the spec said nothing of fields that it states within bounds."""
    stated = [field for field in fields if field.is_stated]
    for field in stated:
        field.is_stated = False
    try:
        yield
    finally:
        for field in stated:
            field.is_stated = True


UNSTATED: Field[Any] = Field()


AS_SET = "as set"
"""Who says so, of a field that is set for a comparison and stands in no document."""


class Input(NamedTuple):
    """What went into a number: a field with its place and who says so, or another derived number.

    `origin` is stated, as set, a platform's default, assumed, not stated, or derived.
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
    is_vague = isinstance(part, Field) and part.is_vague
    return f"`{part.dotted}`{f' more exactly than {part}' if is_vague else ''}"


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
        raise NotApplicable(f"`{field.dotted}` is `{field}`")
    if field.content is None:
        raise verdict(field)
    return field.content
