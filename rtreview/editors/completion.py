"""What may stand at a place of a half-written text, which is read by its lines: no parser takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rtreview.editors.sheet import keys_of, platforms_for
from rtreview.language.notation import NONE
from rtreview.language.spec import entry_at, notation_at, section_at
from rtreview.text.markdown import fences
from rtreview.text.place import BREAK, Span

_KEY = re.compile(r"""(?P<key>"[^"]*"|'[^']*'|[^\s#,{}\[\]:&*!|>'"%@`-][^\s,{}\[\]:]*)[ \t]*:(?=[ \t]|$)""")
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\"""")


class Offer(NamedTuple):
    """What may stand at a place: what is written there, what that is, and what it means."""

    text: str
    kind: str
    detail: str
    meaning: str
    span: Span

    @property
    def name(self) -> str:
        """The word or the key alone, without what separates a key from its value."""
        return self.text.rstrip(": ")


class Spot(NamedTuple):
    """A place in a half-written text: the keys above it, what is begun there, and of what it may be.

    Attributes:
        path: the keys of what it stands in.
        begun: what stands before it that a word or a key would go on.
        takes_key: whether a key may stand there.
        takes_value: whether the value of the last of the keys may.
        written: the keys that the mapping at `path` has before it.

    """

    path: tuple[str, ...]
    begun: str
    takes_key: bool
    takes_value: bool
    written: frozenset[str] = frozenset()


def offers(text: str, line: int, column: int, *, markdown: bool) -> list[Offer]:
    """What may stand at a place: names of platforms, and in Markdown keys and words too.

    Of a file that is a spec as a whole, an editor knows keys and words from its schema.
    """
    for above, block in fences(text) if markdown else [(0, text)]:
        lines = BREAK.split(block)
        if above < line <= above + len(lines):
            found = spot([*lines[: line - above - 1], lines[line - above - 1][: column - 1]])
            span = Span(line, column - len(found.begun), line, column)
            own = _language(found, span) if markdown else ()
            return [*_platforms(found, span), *(each for each in own if each.name not in found.written)]
    return []


def spot(begun: Sequence[str]) -> Spot:
    """The place at the end of some lines, the first of which begins a document."""
    reader = _Lines()
    for line in begun[:-1]:
        reader.read(line)
    return reader.spot(begun[-1] if begun else "")


class _Lines:
    """The mappings and lists that are open after some lines."""

    def __init__(self) -> None:
        self.block: list[tuple[int, str]] = []
        """Keys of the mappings around, each with its indentation; an item of a list has none."""
        self.flow: list[tuple[str, str]] = []
        """Brackets that are open, each with the key that is open in it."""
        self.written: dict[tuple[str, ...], set[str]] = {}
        """The keys of each mapping so far; of a list, those of its last item."""

    def read(self, line: str) -> str:
        """Take in a line; gives what of it comes after the last key, comma or bracket."""
        if self.flow:
            return self._values(line)
        if line.startswith(("---", "...")):
            self.block = []
            self.written = {}
            return ""
        content = line.lstrip(" ")
        if not content or content.startswith("#"):
            return ""
        return self._block(len(line) - len(content), content)

    def spot(self, line: str) -> Spot:
        """The place at the end of a line."""
        if not self.flow and not line.strip(" "):
            self._close(len(line))
            return self._spot("", takes_key=True, takes_value=False)
        depth = len(self.flow)
        begun = self.read(line).lstrip(" \t")
        if line.endswith(":") or "#" in begun:
            # A value is written behind a blank, and a comment holds none.
            return self._spot(begun, takes_key=False, takes_value=False)
        if self.flow:
            bracket, key = self.flow[-1]
            return self._spot(begun, takes_key=not key, takes_value=bool(key) or bracket == "[")
        is_value = bool(depth) or bool(_KEY.match(line.lstrip(" -")))
        is_item = line.lstrip(" ").startswith("-")
        return self._spot(begun, takes_key=not is_value, takes_value=is_value or is_item)

    def _spot(self, begun: str, *, takes_key: bool, takes_value: bool) -> Spot:
        path = self._path
        return Spot(path, begun, takes_key, takes_value, frozenset(self.written.get(path, ())))

    @property
    def _path(self) -> tuple[str, ...]:
        keys = [key for _, key in self.block if key]
        return (*keys, *(key for _, key in self.flow if key))

    def _note(self) -> None:
        if path := self._path:
            self.written.setdefault(path[:-1], set()).add(path[-1])

    def _begin_item(self) -> None:
        """Forget what the item before has, or a mapping that stands there once more."""
        path = self._path
        self.written = {at: keys for at, keys in self.written.items() if at[: len(path)] != path}

    def _close(self, indent: int) -> None:
        while self.block and self.block[-1][0] >= indent:
            self.block.pop()

    def _block(self, indent: int, content: str) -> str:
        self._close(indent)
        while content.startswith("- ") or content == "-":
            inside = content[1:].lstrip(" ")
            self.block.append((indent, ""))
            self._begin_item()
            indent += len(content) - len(inside)
            content = inside
        found = _KEY.match(content)
        if found is None:
            return self._values(content)
        self.block.append((indent, found["key"].strip("'\"")))
        self._note()
        return self._values(content[found.end() :])

    def _values(self, content: str) -> str:
        """Take in what stands behind a key, or inside of brackets."""
        at = begun = 0
        while at < len(content):
            sign = content[at]
            quoted = _QUOTED.match(content, at)
            if sign == "#" and (at == 0 or content[at - 1] in " \t"):
                return content[at:]
            if self.flow and self.flow[-1][0] == "{" and (key := _KEY.match(content, at)):
                self.flow[-1] = ("{", key["key"].strip("'\""))
                self._note()
                at = begun = key.end()
                continue
            if quoted:
                at = quoted.end()
                continue
            if sign in "{[" and (self.flow or not content[begun:at].strip()):
                if sign == "{":
                    self._begin_item()
                self.flow.append((sign, ""))
            elif sign in "}]" and self.flow:
                self.flow.pop()
            elif sign == "," and self.flow:
                self.flow[-1] = (self.flow[-1][0], "")
            else:
                at += 1
                continue
            at += 1
            begun = at
        return content[begun:]


def _platforms(found: Spot, span: Span) -> Iterator[Offer]:
    """The platforms that the catalogue has for a field."""
    for platform in platforms_for(keys_of(found.path)) if found.takes_value else ():
        yield Offer(platform.id, "platform", platform.kind, platform.name, span)


def _language(found: Spot, span: Span) -> Iterator[Offer]:
    """The keys of a section, and the words of a field or a section."""
    section = section_at(found.path)
    if found.takes_key and section is not None:
        for key, (_, entry) in zip(section.KEYS, section.ENTRIES.values(), strict=True):
            notation = notation_at((*found.path, key))
            yield Offer(
                f"{key}: " if notation else f"{key}:",
                "key",
                notation.kind if notation else "a section",
                entry.description,
                span,
            )
    own, notation = entry_at(found.path), notation_at(found.path)
    if found.takes_value and own is not None:
        is_truth = notation is not None and True in notation.options
        words = dict.fromkeys(section.WORDS if section else (), "")
        words |= {**own.words, **dict.fromkeys(("true", "false") if is_truth else (), ""), NONE: ""}
        yield from (Offer(word, "word", "", meaning, span) for word, meaning in words.items())
