"""The text of a program, as far as plain matching needs it: calls, the settings in them, and constants.

It is read, and never run. What a literal says is a value; all else is open.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from rtreview.evidence.deployment import File, Line
from rtreview.evidence.readers.programs.languages import JAVASCRIPT
from rtreview.text.tree import MAX_BYTES

MOST_BRACKETS = 100_000
"""Brackets of a file."""

MOST_SETTINGS = 5_000
"""Settings of a file that are looked at, with those that constants bring in again."""

MOST_SIGNS = 8 * MAX_BYTES
"""Signs of settings that are looked at, as often as constants bring them in."""

SPREADS = ("...", "**")
"""How what is spread into an object or a call begins."""

MOST_CALLS = 20
"""Calls of one name in a file."""

MOST_CONSTANTS = 50
"""Names of a file that are looked up."""

DEEPEST = 4
"""Settings in settings; constants that stand for constants."""

LONGEST_STATEMENT = 5_000
"""Signs of a statement without brackets."""

LONGEST = 200
"""Signs of an expression that is looked at."""

_SLASHES = re.compile(
    r"""
    (?P<comment>//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?)
    |"(?:\\.|[^"\\\n])*+"?
    |(?<![A-Za-z])'(?:\\.|[^'\\\n])*+'?  # in the text of a page an apostrophe follows a letter
    |`(?:\\.|[^`\\])*+`?
    |(?:(?<=[(,=:!&|?\[;])|(?<=[(,=:!&|?\[;][ ]))/(?![/*=])(?:\\.|[^/\\\n])++/?
    """,
    re.VERBOSE | re.DOTALL,
)
_HASHES = re.compile(
    r'''
    (?P<comment>\#[^\n]*+)
    |"""(?:\\.|(?!""")[^\\])*+(?:""")?
    |\'\'\'(?:\\.|(?!\'\'\')[^\\])*+(?:\'\'\')?
    |"(?:\\.|[^"\\\n])*+"?
    |'(?:\\.|[^'\\\n])*+'?
    ''',
    re.VERBOSE | re.DOTALL,
)
_BRACKET = re.compile(r"[()\[\]{}]")
_CLOSES = {")": "(", "]": "[", "}": "{"}
_STOPS = {stops: re.compile(rf"[({{\[)\]}}{stops}]") for stops in (",", ",\n", ",;\n", ";\n", "\n")}
_KEY = re.compile(r"""(?:(["'])([\w.$-]{1,80})\1|:?([\w$]{1,80}))\s{0,20}(?:=>|[:=](?![=>:]))\s{0,200}""")
_METHOD = re.compile(r"(?:(?:async|get|set|static)\s{1,9}){0,2}\*?\s{0,9}([\w$]{1,80})\s{0,9}\(")
_SHORT = re.compile(r"[A-Za-z_$][\w$]{0,60}")
_LITERAL = re.compile(
    r"""["'`{\[0-9-]|function\b|async\b|(?:true|false|null|undefined|None|True|False)$|[\w$]{1,60}\s{0,9}=>|\("""
)
_ASSIGNED = re.compile(r"(?<![\w$])([A-Za-z_]\w{0,60})\s{0,9}=(?![=>])[ \t]{0,20}")
_WORD = re.compile(r"[\w$]++")
_MEMBER = re.compile(
    r"""(?<!(?<![\w$])this)(?<!(?<![\w$])self)"""
    r"""(?:\??\.\s{0,9}([A-Za-z_$][\w$]{0,80})|\[\s{0,9}["'`]([\w$.-]{1,80})["'`]\s{0,9}\])"""
    r"""\s{0,9}(?:\*\*|<<|>>>?|\|\||&&|\?\?|[-+*/%|&^])?=(?![=>~])"""
)
_KEPT = re.compile(r"\s{0,9}(?:(?:\w{1,30}\.)?set(?:Interval|Timeout)\b|null\b|undefined\b|None\b)")
_CHANGE = re.compile(r"\s{0,9}(?:\+\+|--|(?:[-+*/%&|^]|\*\*|<<|>>>?|\?\?|\|\||&&|//)=(?!=))")
_NAME = re.compile(r"(?<![\w.$:])[A-Za-z_$][\w$]{0,60}(?!\s{0,9}[\w.($])")
_CONSTANT = re.compile(r"@?[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60})?")
_IMPORTED = re.compile(r"(?<![\w$])(?:type\s{1,9})?([\w$]{1,60})(?:\s{0,9}(?:\bas\b|:)\s{0,9}([\w$]{1,60}))?")


class Setting(NamedTuple):
    """A key with what stands behind it, as it is written; a value without a key has none."""

    key: str
    value: str
    at: int
    value_at: int


class Brackets(NamedTuple):
    """Where brackets are closed, by where they open; the places where they do; and the one around each."""

    ends: dict[int, int]
    opened: list[int]
    parents: dict[int, int]


class Source:
    """The text of a program.

    Attributes:
        file: where it stands.
        text: the text, with blanks for comments.
        bones: the same, with quotation marks for all that is in quotes.

    """

    def __init__(self, file: File) -> None:
        self.file = file
        whole = file.text
        style = _HASHES if file.path.suffix in (".py", ".ex", ".exs", ".rb") else _SLASHES
        text: list[str] = []
        bones: list[str] = []
        at = 0
        for token in style.finditer(whole):
            before, is_comment = whole[at : token.start()], token["comment"] is not None
            blank = _covered(token[0], " " if is_comment else '"')
            text += (before, blank if is_comment else token[0])
            bones += (before, blank)
            at = token.end()
        self.text = "".join((*text, whole[at:]))
        self.bones = "".join((*bones, whole[at:]))
        self.begins = [0, *(found.end() for found in re.finditer("\n", whole))]
        self.constants: dict[str, Setting | None] = {}
        self.objects: dict[int, str] = {}
        """The constants that brought settings in, by where their brackets open."""
        self.is_javascript = file.path.suffix in JAVASCRIPT
        self.looked_at = 0
        self.signs = 0

    @property
    def beyond(self) -> str:
        """Which bound is reached, so that not all settings are looked at; empty where none is."""
        if self.signs > MOST_SIGNS:
            return f"settings of more than {MOST_SIGNS // MAX_BYTES} MiB, with those that constants bring in"
        return f"more than {MOST_SETTINGS:,} settings" if self.looked_at > MOST_SETTINGS else ""

    def _is_enough(self, signs: int) -> bool:
        """Whether so many signs of a setting are too many."""
        self.looked_at += 1
        self.signs += signs
        return bool(self.beyond)

    @cached_property
    def brackets(self) -> Brackets:
        """All that open, and where they end."""
        found = Brackets({}, [], {})
        still_open: list[int] = []
        for count, bracket in enumerate(_BRACKET.finditer(self.bones)):
            if count == MOST_BRACKETS:
                break
            at = bracket.start()
            if bracket[0] not in _CLOSES:
                found.parents[at] = still_open[-1] if still_open else -1
                found.opened.append(at)
                still_open.append(at)
            elif still_open and self.bones[still_open[-1]] == _CLOSES[bracket[0]]:
                found.ends[still_open.pop()] = at
        return found

    def end(self, bracket: int) -> int:
        """Where a bracket is closed; the bracket itself where it never is."""
        return self.brackets.ends.get(bracket, bracket)

    def line(self, at: int) -> Line:
        """The line on which a place of the text stands."""
        return self.file.line(bisect_right(self.begins, at))

    def around(self, at: int) -> int | None:
        """Where the bracket opens that a place of the text stands in."""
        ends, opened, parents = self.brackets
        index = bisect_right(opened, at) - 1
        bracket = opened[index] if index >= 0 else -1
        while bracket >= 0 and ends.get(bracket, at) < at:
            bracket = parents[bracket]
        return bracket if bracket >= 0 else None

    def calls(self, name: str) -> Iterator[int]:
        """Where the bracket of each call of a name opens. One with a dot before it is called on anything."""
        begin = r"\.\s{0,99}" if name.startswith(".") else r"(?<![\w.$])"
        called = re.escape(name.removeprefix("."))
        if name not in self.bones:
            return
        pattern = re.compile(rf"{begin}{called}\s{{0,9}}(?:<[\w., ]{{0,80}}>)?\(")
        first = _WORD.match(name)
        if first is None:
            matches = pattern.finditer(self.bones)
        else:
            # A file may import many names, and each is looked for.
            places = self.words.get(first[0], ())
            matches = filter(None, (pattern.match(self.bones, at) for at in places))
        yield from (found.end() - 1 for found in islice(matches, MOST_CALLS))

    @cached_property
    def words(self) -> dict[str, list[int]]:
        """Where each word stands, by itself."""
        found: dict[str, list[int]] = {}
        for word in _WORD.finditer(self.bones):
            found.setdefault(word[0], []).append(word.start())
        return found

    def built_upon(self, name: str) -> int | None:
        """Where a class first extends one of that name."""
        pattern = re.compile(r"\bextends\s{1,9}$")
        begun = (pattern.search(self.bones, max(0, at - 20), at) for at in self.words.get(name, ()))
        return next((found.start() for found in begun if found), None)

    def settings(self, bracket: int) -> Iterator[Setting]:
        """Keys with their values between a bracket and its end; those of inner ones have dots."""
        return self.entries(bracket + 1, self.end(bracket))

    def entries(self, at: int, end: int, inside: str = "", depth: int = 0) -> Iterator[Setting]:
        """What stands in a part of the text, with commas between."""
        while at < end and not self.beyond:
            stop = self.until(at, end, ",")
            if self._is_enough(stop - at):
                return
            yield from self._setting(at, stop, inside, depth)
            at = stop + 1

    def statement(self, at: int) -> int:
        """Where a statement ends that goes on behind each comma."""
        end = min(len(self.bones), at + LONGEST_STATEMENT)
        while at < end:
            stop = self.until(at, end, ",\n")
            goes_on = self.bones[stop : stop + 1] == "," or not self.bones[at:stop].strip()
            if stop >= end or self.bones[stop] in _CLOSES or not goes_on:
                return stop
            at = stop + 1
        return end

    def _setting(self, at: int, stop: int, inside: str, depth: int) -> Iterator[Setting]:
        at = self._first(at, stop)  # comments are blanks, however long they are
        found, method = _KEY.match(self.text, at, stop), _METHOD.match(self.bones, at, stop)
        key = (found[2] or found[3] or "") if found else ""
        value_at = self._first(found.end() if found else at, stop)
        value = self.text[value_at:stop].rstrip()
        around = self.around(at - 1) if self.is_javascript and not key and _SHORT.fullmatch(value) else None
        if around is not None and self.bones[around] == "{":
            key = value  # of JavaScript: `{ pingInterval }`
        name = f"{inside}{key or (method[1] if method else '')}"
        yield Setting(name if key or method else "", value[:LONGEST], at, value_at)
        constant = self.constant(value)
        inner = constant.value_at if constant is not None else value_at
        if constant is not None and self.bones[inner : inner + 1] in ("{", "["):
            self.objects[inner] = constant.key.rpartition(".")[0] or value.partition(".")[0]
        if depth < DEEPEST and self.bones[inner : inner + 1] in ("{", "[") and inner in self.brackets.ends:
            below = f"{name}." if key else inside
            yield from self.entries(inner + 1, self.end(inner), below, depth + 1)

    def arguments(self, bracket: int) -> list[str]:
        """What stands between a bracket and its end, by commas; of very much, the first."""
        found: list[str] = []
        at, end = bracket + 1, self.end(bracket)
        while at < end and len(found) < MOST_CALLS:
            stop = self.until(at, end, ",")
            found.append(self.text[at:stop][:LONGEST].strip())
            at = stop + 1
        return found

    def is_followed(self, argument: str) -> bool:
        """Whether an argument is a literal, a function, or stands for an object of this file."""
        constant = self.constant(argument)
        return not argument or _LITERAL.match(argument if constant is None else constant.value) is not None

    def _first(self, at: int, stop: int) -> int:
        return at + len(self.text[at:stop]) - len(self.text[at:stop].lstrip())

    def assignments(self, begin: int, end: int) -> Iterator[Setting]:
        """All that is set with `=` in a part of the text, however deep."""
        for found in _ASSIGNED.finditer(self.bones, begin, end):
            stop = self.until(found.end(), end, ",;\n")
            if self._is_enough(stop - found.start()):
                return
            value = self.text[found.end() : stop].strip()
            yield Setting(found[1], value[:LONGEST], found.start(), found.end())

    def until(self, at: int, end: int, stops: str) -> int:
        """The first of some signs that stands in no further bracket; the end where there is none."""
        pattern = _STOPS[stops]
        while found := pattern.search(self.bones, at, end):
            if found[0] in stops or found[0] in _CLOSES:
                return found.start()
            at = self.brackets.ends.get(found.start(), end) + 1
        return end

    @cached_property
    def assigned(self) -> dict[str, int]:
        """Where members of objects are first set after these are made: `options.pingInterval = 5`.

        A timer that a class or a module keeps is no option of anything.
        """
        found: dict[str, int] = {}
        for member in islice(_MEMBER.finditer(self.text), MOST_SETTINGS):
            if self.bones[member.end() - 1] == "=" and not _KEPT.match(self.text, member.end()):
                found.setdefault(member[1] or member[2], member.start())
        return found

    def constant(self, name: str) -> Setting | None:
        """What a name stands for that the file sets once: `PING`, `LIMITS.ping`, or `@ping` in Elixir."""
        if name not in self.constants and len(self.constants) < MOST_CONSTANTS and _CONSTANT.fullmatch(name):
            owner, dot, key = name.partition(".")
            self.constants[name] = self._member(owner, key) if dot else self._constant(name)
        return self.constants.get(name)

    def _constant(self, name: str) -> Setting | None:
        type_ = r"(?:\s{0,9}:\s{0,9}[\w.<>\[\], |]{1,80})?"
        sign = r"[ \t]{1,9}(?!=)" if name.startswith("@") else rf"{type_}\s{{0,9}}:?=(?![=>])\s{{0,200}}"
        pattern = re.compile(rf"(?<![\w.$@]){name}{sign}")
        found = pattern.search(self.bones)
        if found is None or pattern.search(self.bones, found.end()) is not None:
            return None
        if self._is_changed(name):
            return None
        stop = self.until(found.end(), len(self.bones), ";\n")
        value = self.text[found.end() : stop].strip().removesuffix(" as const")
        return Setting(name, value[:LONGEST], found.start(), found.end())

    def _is_changed(self, name: str) -> bool:
        """Whether a name is given another value by `+=` and such, or counted up or down."""
        around = ((self.bones[max(0, at - 3) : at], at + len(name)) for at in self.words.get(name, ()))
        return any(
            before.rstrip()[-2:] in ("++", "--") or _CHANGE.match(self.bones, end) for before, end in around
        )

    def _member(self, owner: str, key: str) -> Setting | None:
        constant = self.constant(owner)
        if constant is None or self.bones[constant.value_at : constant.value_at + 1] != "{":
            return None
        settings = list(self.settings(constant.value_at))
        if key in self.assigned or any(each.value.startswith(SPREADS) for each in settings):
            return None
        return next((each for each in reversed(settings) if each.key == key), None)

    def function(self, expression: str) -> str:
        """What a function of Elixir without arguments returns, where a line says it; else the expression."""
        name = expression.removesuffix("()")
        if name == expression or not _CONSTANT.fullmatch(name):
            return expression
        found = re.findall(
            rf"\bdefp?\s{{1,9}}{name}(?:\(\))?\s{{0,9}},\s{{0,9}}do:\s{{0,9}}([^\n]{{1,120}})", self.text
        )
        return str(found[0]).strip() if len(found) == 1 else expression

    def resolved(self, expression: str, depth: int = 0) -> str:
        """An expression with what its names stand for, where the file says it."""

        def value(found: re.Match[str]) -> str:
            constant = self.constant(found[0])
            if constant is None or depth == DEEPEST or constant.value == expression:
                return found[0]
            return f"({self.resolved(constant.value, depth + 1)})"

        return _NAME.sub(value, expression)[:LONGEST] if len(expression) < LONGEST else expression

    def imported(self, module: str) -> dict[str, str]:
        """The names by which JavaScript knows parts of a module, each with its own; of the whole, none."""
        names: dict[str, str] = {}
        for quote in "\"'":
            at = self.text.find(f"{quote}{module}{quote}")
            for _ in range(MOST_CALLS):
                if at < 0:
                    break
                end = at + len(module) + 2
                before = self.text[max(0, at - 400) : at]
                keyword, begin = max(
                    ((word, before.rfind(word)) for word in ("import ", "const ", "let ", "var ")),
                    key=lambda pair: pair[1],
                )
                if begin >= 0:
                    member = re.match(r"\)\s{0,9}\.\s{0,9}([\w$]{1,60})", self.text[end : end + 80])
                    names |= _bound(before[begin + len(keyword) :], member[1] if member else "")
                at = self.text.find(f"{quote}{module}{quote}", end)
        return names


def _covered(text: str, sign: str) -> str:
    """A text with one sign for all of its own; its lines stay."""
    return "\n".join(sign * len(line) for line in text.split("\n")) if "\n" in text else sign * len(text)


def _bound(clause: str, member: str) -> dict[str, str]:
    """The names that the part of an import before its module binds, and what each is in the module."""
    clause = clause.rpartition("from")[0] or clause.partition("=")[0]
    whole, brace, parts = clause.partition("{")
    names = {
        found: member for found in re.findall(r"[\w$]{1,60}", whole.replace("* as ", "")) if found != "type"
    }
    if brace:
        names |= {found[2] or found[1]: found[1] for found in _IMPORTED.finditer(parts.partition("}")[0])}
    return names
