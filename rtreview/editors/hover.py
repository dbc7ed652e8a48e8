"""What is told of a place: the meaning of a field, what follows from it, and where its default is from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rtreview.editors.sheet import HOPS, PLATFORMS, Sheet, Sketch, keys_of
from rtreview.language import catalogue
from rtreview.language.catalogue import Platform
from rtreview.language.field import Field
from rtreview.language.spec import entry_at, notation_at
from rtreview.render.exchange import shown
from rtreview.text.place import Span, SpecPath, dotted

_SHORT = 80
"""So many signs may a kind of value have beside the name of its field."""

_MOST = 8
"""Numbers, or values of a platform, that are shown: more hide the text."""


class Hover(NamedTuple):
    """A text as Markdown, and what it is about."""

    markdown: str
    span: Span


def hover(sheet: Sheet, line: int, column: int) -> Hover | None:
    """What there is to say of a place; None where that is nothing."""
    found = sheet.at(line, column)
    if found is None:
        return None
    sketch, path = found
    parts = [
        *_meaning(sketch, path),
        *_platform(sketch, path),
        *_defaults(sketch, path),
        *_numbers(sketch, path),
    ]
    if not parts:
        return None
    spans = (sketch.span(path, key=True), sketch.span(path))
    around = (span for span in spans if span and span.touches(line, column))
    return Hover("\n\n".join(parts), next(around, Span(line, column, line, column)))


def _meaning(sketch: Sketch, path: SpecPath) -> Iterator[str]:
    """What the field is, and what the word that stands there means."""
    entry = entry_at(path)
    if entry is None or isinstance(path[-1], int):
        return
    notation = notation_at(path)
    kind = f": {notation.kind}" if notation and len(notation.kind) <= _SHORT else ""
    yield f"**{_code(dotted(path))}**{kind}"
    yield entry.description
    stated = sketch.document.content_at(path)
    for word in stated if isinstance(stated, list) else [stated]:
        if isinstance(word, str) and entry.words.get(word):
            yield f"`{word}`: {entry.words[word]}"


def _platform(sketch: Sketch, path: SpecPath) -> Iterator[str]:
    """What the platform is that a value names, and what it fixes in this design."""
    name = sketch.document.content_at(path)
    if keys_of(path) not in PLATFORMS or not isinstance(name, str):
        return
    platform = catalogue.find(name)
    if platform is None:
        return
    yield f"**{platform.name}**, {platform.kind}, looked at in {platform.content['as_of']}"
    fixed = sketch.defaults.get(path, [])
    rows = [f"- `{_below(field)}`: {_code(str(field))}{_doubt(field)}" for field in fixed[:_MOST]]
    if len(fixed) > _MOST:
        rows.append(f"- and {len(fixed) - _MOST} more")
    if rows:
        yield "Where this design is silent, it has:\n\n" + "\n".join(rows)
    yield shown(platform.content["notes"])


def _defaults(sketch: Sketch, path: SpecPath) -> Iterator[str]:
    """What would count if the design were silent here: what the platforms that it names fix."""
    keys = keys_of(path)
    for platform, at in _named_around(sketch, path):
        for kind, field in platform.fixed(keys):
            inside = keys
            if keys[:2] == HOPS:
                inside = ("hop_for", kind, *keys[2:]) if kind else ("hop", *keys[2:])
            of_kind = f" for {kind}" if kind else ""
            source = _source(platform, inside)
            yield f"Left out, it is {_code(str(field))}{of_kind}: {platform.origin(at)(inside)}{source}"


def _named_around(sketch: Sketch, path: SpecPath) -> Iterator[tuple[Platform, SpecPath]]:
    """The platforms that speak for a field: of a hop that hop, else those of its connection."""
    for at, platform in sketch.platforms:
        keys = keys_of(at)
        is_hop = keys[:2] == HOPS
        if keys_of(path)[:2] == HOPS:
            hop = at[:-1] if at[-1] == "name" else at
            if is_hop and path[: len(hop)] == hop and path != at:
                yield platform, at
        elif keys[:1] == ("transport",) and not is_hop:
            own, other = (each[:2] if each[:1] == ("features",) else () for each in (path, at))
            if other in ((), own):
                yield platform, at


def _source(platform: Platform, inside: SpecPath) -> str:
    """Where that is known from."""
    of = platform.evidenced(inside)
    sources = (each["source"] for each in platform.content.get("evidence", ()) if each["of"] == of)
    source = next(sources, "")
    return f", from {_code(source)}" if source else ""


def _numbers(sketch: Sketch, path: SpecPath) -> Iterator[str]:
    """The numbers that follow from what stands there."""
    rows = [
        f"- {number.name}{_of(number.features)}: **{number.value}** = {_code(number.formula)}"
        for number in sketch.numbers
        if number.value and any(each.at == path for each in number.fields)
    ]
    if len(rows) > _MOST:
        rows = [*rows[:_MOST], f"- and {len(rows) - _MOST} more: `rtreview --numbers`"]
    if rows:
        yield "From it follow:\n\n" + "\n".join(rows)


def _of(features: tuple[str, ...]) -> str:
    return f" ({_code(', '.join(features))})" if features else ""


def _below(field: Field[object]) -> str:
    keys = keys_of(field.at)
    return ".".join(keys[2:] if keys[:2] == HOPS else keys)


def _doubt(field: Field[object]) -> str:
    sure = field.default.confidence if field.default else ""
    return "" if sure == "documented" else f" ({sure})"


def _code(text: str) -> str:
    """Text of a stranger as code, in which nothing of Markdown acts."""
    return f"`{shown(text).replace('`', chr(39))}`"
