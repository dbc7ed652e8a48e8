"""A design in which some fields have another value: what `--set FIELD=VALUE` means."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any

from rtreview.language import spec
from rtreview.language.design import SECTIONS, Design
from rtreview.language.edit import Put
from rtreview.language.field import Field
from rtreview.language.notation import NONE
from rtreview.language.section import Section
from rtreview.quantities.quantity import notation
from rtreview.text import document
from rtreview.text.door import door
from rtreview.text.place import SpecPath, dotted
from rtreview.text.refusal import Refused

_INDEX = re.compile(r"\[([0-9]{1,6})\]")
_WORD = re.compile(r"[^.\[\]=]+")
_BEHIND = (".", "[", "=")
"""What may follow the name of a field."""


def with_values(content: Any, settings: Sequence[str], design: Design) -> Any:
    """A design's plain values in which some fields have another one; the rest is shared, not copied.

    Args:
        content: the values.
        settings: fields as findings name them, and values: `transport.path[1].idle_timeout=100s`.
        design: what the values make; it knows the lists that platforms fix.

    Raises:
        Refused: a setting is none, or names an item that is not there.

    """
    changed = copy.copy(content)
    for setting in settings:
        path, value = _read(setting, changed)
        holder = changed
        for depth, key in enumerate(path[:-1], 1):
            inside = holder[key] if isinstance(key, int) else holder.get(key)
            holder[key] = copy.copy(_opened(inside, path[:depth], path[depth], design))
            holder = holder[key]
        holder[path[-1]] = value
    return changed


def edits(content: Any, settings: Sequence[str], design: Design) -> list[Put]:
    """The same as edits of the text that holds the values, to be made one after the other.

    What is written as one word is written as a section where one of its fields is set.

    Raises:
        Refused: a setting is none, or names an item that is not there.

    """
    puts = []
    for setting in settings:
        changed = with_values(content, [setting], design)
        path, _ = _read(setting, content)
        puts.append(_edit(content, changed, path))
        content = changed
    return puts


def _edit(content: Any, changed: Any, path: SpecPath) -> Put:
    """The first thing on a path that becomes another kind of value, or else the field itself."""
    at: SpecPath = ()
    for key in path:
        if isinstance(content, dict) and isinstance(key, int):
            # A section that stands for a list of one has no index.
            changed = changed[key]
            continue
        is_empty = content is None or content == NONE
        if not (isinstance(content, list) if isinstance(key, int) else isinstance(content, dict) or is_empty):
            return Put(at, changed)
        content = content[key] if isinstance(key, int) else None if is_empty else content.get(key)
        changed, at = changed[key], (*at, key)
    return Put(at, changed)


def _read(setting: str, content: Any) -> tuple[SpecPath, Any]:
    """The field and the value of a setting. A name may hold any sign, where the design has it already."""
    path: list[str | int] = []
    rest, inside = setting.strip(), content
    while rest and not rest.startswith("="):
        key, rest = _next(rest, inside, is_first=not path, setting=setting)
        path.append(key)
        has = isinstance(inside, dict) and key in inside
        has = has or (isinstance(inside, list) and isinstance(key, int) and key < len(inside))
        inside = inside[key] if has else None
    documents = document.read(rest[1:].encode("utf-8", "replace"))
    if not path or not rest or len(documents) != 1 or documents[0].problems:
        raise _no_setting(setting)
    return tuple(path), documents[0].content


def _next(rest: str, inside: Any, *, is_first: bool, setting: str) -> tuple[str | int, str]:
    """The first key of what is left, and what is left behind it."""
    if not is_first:
        if index := _INDEX.match(rest):
            return int(index[1]), rest[index.end() :]
        if not rest.startswith("."):
            raise _no_setting(setting)
        rest = rest[1:]
    known = [key for key in inside if isinstance(key, str)] if isinstance(inside, dict) else []
    for key in sorted(known, key=len, reverse=True):
        if rest.startswith(key) and rest[len(key) :].startswith(_BEHIND):
            return key, rest[len(key) :]
    if word := _WORD.match(rest):
        return word[0].strip(), rest[word.end() :]
    raise _no_setting(setting)


def _no_setting(setting: str) -> Refused:
    return Refused(
        f"{door().option('set')}: expected FIELD=VALUE such as transport.reconnect.jitter=full, "
        f"found `{setting}`"
    )


def _opened(inside: Any, at: SpecPath, key: str | int, design: Design) -> Any:
    """What stands at a path, as something that can hold a key: a section, or a list with such an item."""
    if isinstance(key, int):
        items = _items(inside, at, design)
        if key >= len(items):
            counted = f"{len(items)} item{'' if len(items) == 1 else 's'}"
            raise Refused(
                f"{door().option('set')}: there is no `{dotted((*at, key))}`: `{dotted(at)}` has {counted}"
            )
        return items
    if isinstance(inside, list):
        raise Refused(
            f"{door().option('set')}: `{dotted(at)}` is a list: name an item of it, `{dotted((*at, 0, key))}`"
        )
    if isinstance(inside, dict):
        return inside
    section = spec.section_at(at)
    is_value = inside is not None and not isinstance(inside, bool)
    if section is not None and section.SHORTHAND and is_value and inside not in section.WORDS:
        return {section.SHORTHAND: inside}
    # A section that is `none`, or not there, begins with this field.
    return {}


def _items(inside: Any, at: SpecPath, design: Design) -> list[Any]:
    """A list: as it is written, of the one that stands alone for it, or as a platform fixes it."""
    if isinstance(inside, list):
        return inside
    if inside is not None and inside != NONE:
        return [inside]
    for feature in design.features:
        for name in SECTIONS:
            part: Any = getattr(feature, name)
            if part.at == at[: len(part.at)]:
                for key in at[len(part.at) :]:
                    part = getattr(part, str(key), None) if isinstance(part, Section) else None
                if isinstance(part, Field) and isinstance(part.content, tuple):
                    return [notation(item) for item in part.content]
    return []
