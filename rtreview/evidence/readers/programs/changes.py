"""What in a program may change options beside the place where they are given.

A literal counts where nothing else in its file may set it: no assignment to a member of that name, nothing
that takes the options as a whole, no second server whose options are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain, islice

from rtreview.evidence.deployment import Override
from rtreview.evidence.readers.programs.source import MOST_CALLS, MOST_SETTINGS, Setting, Source

READS = frozenset(
    {"if", "while", "switch", "return", "typeof", "log", "info", "debug", "warn", "error", "stringify",
     "keys", "entries", "values", "freeze", "isFrozen", "Boolean", "attach", "listen", "bind"}
)  # fmt: skip
"""Words before a bracket that change nothing of what stands in it."""

LATER = (".attach", ".listen", ".bind")
"""What gives a server of Socket.IO options once more (socket.io/docs/v4/server-api)."""

_HANDLE = re.compile(
    r"(?<!\.)(?<!(?<![\w$])this)(?<!(?<![\w$])self)\??\.\s{0,9}(?:opts|engine|eio)\b(?!\s{0,9}(?:\??\.\s{0,9}[\w$]|\())"
)
_QUOTED_HANDLE = re.compile(r"""\[\s{0,9}["'`](?:opts|engine|eio)["'`]\s{0,9}\]""")
_ESCAPED = re.compile(r"\\u[0-9a-fA-F{]")
_SET = re.compile(
    r"""\b(?:set\w{0,20}|define\w{0,20})\s{0,9}\([^()\n"'`]{0,200}["'`]([\w$]{1,80})["'`]\s{0,9},"""
)
_MEMBER = re.compile(
    r"""(?:\??\.\s{0,9}([A-Za-z_$][\w$]{0,80})|\[\s{0,9}["'`]([\w$.-]{1,80})["'`]\s{0,9}\])(?=\s{0,9}[,\]})+-]|\s{1,9}(?:of|in)\b)"""
)
_EQUALS = re.compile(r"\s{0,9}=(?![=>])")
_FOR = re.compile(r"\bfor\s{0,9}(?:await\s{0,9})?\(\s{0,9}[\w$.]{1,200}$")
_BEFORE = re.compile(r"(?:\+\+|--|\bdelete\s)\s{0,9}[\w$.?]{1,200}$")
_CALLEE = re.compile(r"(?:\b(new)\s{1,9})?(?:[\w$]{1,60}\s{0,9}\.\s{0,9}){0,5}([\w$]{1,60})\s{0,9}$")
_DECLARED = re.compile(r"\b(?:const|let|var)\s{1,9}$")
_GIVEN = re.compile(
    r"(?:\bexport\s{1,9}default|\bexports(?:\.\w{1,60})?\s{0,9}=|\breturn|\btypeof|[?:|&!{,])\s{0,9}$"
)
_LOADED = re.compile(r"(?:=|\bawait|\bfrom|\breturn)\s{0,9}$")


class Changes:
    """What may change the options in a file."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def of(self, setting: Setting) -> Override | None:
        """What may set an option otherwise."""
        key = setting.key.rpartition(".")[2]
        at = self._named.get(key, self.source.assigned.get(key))
        if at is not None:
            return self._override(at, "an assignment")
        others = (each for each in self._later.get(key, ()) if each.at != setting.at)
        later = next((each for each in others if each.value != setting.value), None)
        return self._override(later.at, "the same setting") if later else self._whole

    def of_constant(self, name: str, bracket: int) -> Override | None:
        """What may change the object that a name stands for, beside the call that takes it."""
        at = next(
            (at for at in self.source.words.get(name, ()) if not self._is_read(at, name, bracket)), None
        )
        return None if at is None else self._override(at, f"what `{name}` is used for")

    def of_others(self, names: Iterable[str], module: str) -> Override | None:
        """What else may be made by these names, or of this module, so that its options are not followed."""
        text, bones = self.source.text, self.source.bones
        for name in names:
            found = re.search(rf"(?:=|\bextends)\s{{0,9}}{re.escape(name)}\b(?!\s{{0,9}}[.(<\w$])", bones)
            if found is not None and self.source.is_javascript:
                return self._override(found.end(), f"what `{name}` is used for")
        loaded = re.compile(
            rf"\b(?:require|import)\s{{0,9}}\(\s{{0,9}}[\"'`]{re.escape(module)}[\"'`]\s{{0,9}}\)(?!\()"
        )
        for found in islice(loaded.finditer(text), MOST_CALLS) if module else ():
            if not _LOADED.search(bones, max(0, found.start() - 20), found.start()):
                return self._override(found.start(), "what is made of the module")
        return None

    def _override(self, at: int, what: str) -> Override:
        return Override(self.source.line(at), what)

    @cached_property
    def _named(self) -> dict[str, int]:
        """Members that are set by other means than `=`, and names that are set as texts."""
        found: dict[str, int] = {}
        for member in islice(_SET.finditer(self.source.text), MOST_SETTINGS):
            found.setdefault(member[1], member.start())
        members = _MEMBER.finditer(self.source.text) if self.source.is_javascript else ()
        for member in islice(members, MOST_SETTINGS):
            is_code = self.source.bones[member.start()] != '"'
            if is_code and self._is_target(member.start(), member.end()):
                found.setdefault(member[1] or member[2], member.start())
        return found

    @cached_property
    def _later(self) -> dict[str, list[Setting]]:
        """Options that a server is given once more; of each, two tell that there is another."""
        found: dict[str, list[Setting]] = {}
        calls = map(self.source.calls, LATER) if self.source.is_javascript else ()
        for bracket in chain.from_iterable(calls):
            for setting in self.source.settings(bracket):
                others = found.setdefault(setting.key, [])
                if len(others) < 2 and setting.value not in [each.value for each in others]:
                    others.append(setting)
        return found

    def _is_target(self, begin: int, end: int) -> bool:
        """Whether a member is counted up, deleted, or given a value by its place."""
        bones = self.source.bones
        after = bones[end : end + 20].lstrip()
        before = bones[max(0, begin - 200) : begin]
        if after.startswith(("++", "--")) or _BEFORE.search(before):
            return True
        if after.startswith(("of ", "in ")):
            return _FOR.search(before) is not None
        if after[:1] not in (",", "]", "}"):
            return False
        around = self.source.around(begin)
        for _ in range(4):
            if around is None or bones[around] == "(":
                return False
            if _EQUALS.match(bones, self.source.end(around) + 1):
                return True
            around = self.source.around(around - 1)
        return False

    @cached_property
    def _whole(self) -> Override | None:
        """What takes the options of a server as a whole, or writes names so that they are not seen."""
        if not self.source.is_javascript:
            return None
        for pattern, text, what in (
            (_HANDLE, self.source.bones, "what takes the options as a whole"),
            (_QUOTED_HANDLE, self.source.text, "what takes the options as a whole"),
            (_ESCAPED, self.source.bones, "a name with an escape"),
        ):
            if found := pattern.search(text):
                return self._override(found.start(), what)
        later = next(unfollowed(self.source, self.source.calls(".attach")), None)
        return None if later is None else self._override(later, "what is given later")

    def _is_read(self, at: int, name: str, bracket: int) -> bool:
        """Whether a name stands where nothing changes what it stands for."""
        bones = self.source.bones
        before, after = bones[max(0, at - 200) : at], bones[at + len(name) : at + len(name) + 20].lstrip()
        if before.rstrip().endswith((".", "...")) or _DECLARED.search(before):
            return True
        if after.startswith("[") and not after.startswith('["'):
            end = self.source.end(bones.find("[", at))
            return _EQUALS.match(bones, end + 1) is None
        if after.startswith((".", "?.", "[", ":", "=")) and not after.startswith("=="):
            return not after.startswith("=") or after.startswith("=>")
        around = self.source.around(at)
        if around is not None and bones[around] == "(":
            callee = _CALLEE.search(bones, max(0, around - 120), around)
            return around == bracket or (callee is not None and (bool(callee[1]) or callee[2] in READS))
        return _GIVEN.search(before) is not None


def unfollowed(source: Source, brackets: Iterable[int]) -> Iterator[int]:
    """The calls whose options are not followed: a name that stands for none of the file's objects."""
    for bracket in brackets:
        _, *options = source.arguments(bracket) or [""]
        if any(not source.is_followed(each) for each in options):
            yield bracket
