"""Where a lost key or value belongs: the field that people call so, spell so, or that takes the value.

A hint leads to no place that would refuse the value, unless it says what is taken there, and never to where
the key stands already. What is near comes before what is far.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from operator import eq
from typing import Any, NamedTuple, get_origin

from rtreview.language.notation import NONE, did_you_mean, fields_meant
from rtreview.language.section import Mistake, Named, Section, section_of
from rtreview.language.tree import Branch, branches
from rtreview.quantities.interval import SOME
from rtreview.text.door import door
from rtreview.text.place import SpecPath
from rtreview.text.scalars import flow

_FEW = 6
"""Up to this many fields are listed where a name is none of them."""

_NEAR = 0.7
"""How alike two names are at least, where one is taken for the other and no other section has it."""

_ALIKE = 0.85
"""How alike they are where it can only be a slip of the fingers, whatever else is called so elsewhere."""

_LONG = 6
"""A name of so many letters is looked for in other sections, though it is not spelt the same."""


class Hint(NamedTuple):
    """How a message ends, and the fields to which that leads, as the tree has their paths.

    `is_taken`: each of them takes the value as it is. Where not, the hint says what it takes.
    """

    text: str = ""
    leads_to: tuple[tuple[str, ...], ...] = ()
    is_taken: bool = True


class Whereabouts:
    """The whole language by the names of its fields, to say what is meant at the place of a mistake."""

    def __init__(self, root: type[Section]) -> None:
        """Index what stands below the section that a whole spec is."""
        self.root = root
        self.by_path: dict[tuple[str, ...], Branch] = {}
        self.by_key: dict[str, list[Branch]] = {}
        self.by_word: dict[str, list[Branch]] = {}
        self.spellings: dict[str, dict[str, list[Branch]]] = {}
        for branch in branches(root):
            self.by_path[branch.path] = branch
            self.by_key.setdefault(branch.key, []).append(branch)
            for word in branch.entry.words:
                self.by_word.setdefault(word, []).append(branch)
            # Whoever misspells a name has its first letter; to compare all of them takes ten times as long.
            for name in ("_".join(branch.path[-2:]).lower(), branch.key.lower()):
                self.spellings.setdefault(name[:1], {}).setdefault(name, []).append(branch)

    def hint(self, mistake: Mistake, content: Any) -> Hint:
        """What may be meant; an empty hint where nobody can tell.

        Args:
            mistake: an unknown key, or a value that its field does not take.
            content: the plain values of the whole spec.

        """
        for key in mistake.at:
            # A bare value may stand for a section, and one for a list of it.
            is_inside = isinstance(content, list if isinstance(key, int) else dict)
            content = content[key] if is_inside else content
        lost = _Lost(str(mistake.at[-1]), content, *_spot(self.root, mistake.at[:-1]), self)
        if mistake.is_unknown:
            return lost.whereabouts()
        return lost.meanings(mistake.message) if mistake.message.endswith("?") else lost.neighbour()


def _spot(root: type[Section], at: SpecPath) -> tuple[tuple[str, ...], type[Section]]:
    """A section by its path in a spec, with that of the tree: a feature is as a design of one."""
    path: tuple[str, ...] = ()
    section = root
    names = iter(at)
    for name in names:
        if isinstance(name, int):
            continue
        kind = section.kind_of(name)
        section, path = section_of(kind) or section, (*path, name)
        if get_origin(kind) is Named:
            next(names, None)
            path = () if path == ("features",) else (*path, "*")
    return path, section


class _Lost(NamedTuple):
    """A key, its value, and the section in which both stand."""

    key: str
    raw: Any
    here: tuple[str, ...]
    section: type[Section]
    language: Whereabouts

    @property
    def beside(self) -> tuple[Branch, ...]:
        """The fields of its section."""
        entries = zip(self.section.KEYS, self.section.ENTRIES.values(), strict=True)
        return tuple(Branch((*self.here, key), *declared) for key, declared in entries)

    def whereabouts(self) -> Hint:
        """Where an unknown key belongs, or what it is called: what is surest comes first."""
        namesakes = self._elsewhere(self.language.by_key.get(self.key, ()))
        meant, slip = self._meant(), self._spelt(self.beside, _ALIKE)
        near = max(map(self._steps, self._taking([*meant, *namesakes])), default=0)
        called = [branch for branch in self._taking(meant) if self._steps(branch) == near]

        def guesses() -> Iterator[Hint]:
            yield self._feature(("purpose",))
            yield self._stated()
            yield self._called(called[:1])
            yield self._called(self._taking(slip)[:1])
            yield self._placed(self._nearest(self._taking(namesakes)))
            yield self._feature(tuple(self._of_a_feature))
            yield self._flat()
            yield self._called(self._by_word())
            yield self._called([] if namesakes else self._taking(self._spelt(self.beside))[:1])
            yield self._called(self._nearest(self._taking(self._compound())))
            # What has the name and takes other words is another thing.
            things = [branch for branch in namesakes if not branch.entry.words]
            yield self._shaped([*meant, *slip][:1] or self._nearest(things))
            yield self._list(namesakes)

        return next(hint for hint in guesses() if hint.text)

    def meanings(self, message: str) -> Hint:
        """Where many words are explained, beside one that is proposed and not spelt like the value."""
        own = next((branch for branch in self.beside if branch.key == self.key), None)
        proposed = re.search("`([^`]+)`[?]$", message)
        if (
            own is None
            or proposed is None
            or proposed[1] not in own.entry.words
            or len(own.entry.words) <= _FEW
        ):
            return Hint()
        is_slip = did_you_mean(self.raw, (proposed[1],))
        return Hint() if is_slip else Hint(f" {self._explained(own)}")

    def _explained(self, own: Branch) -> str:
        """What explains the words of a field."""
        return f"`{door().field(_shown(own.path))}` says what each word means"

    def neighbour(self) -> Hint:
        """What takes a value that its own field refuses: another field, or the field itself as a range."""
        own = next((branch for branch in self.beside if branch.key == self.key), None)
        if own is None or isinstance(self.raw, list):
            return Hint()
        if own.notation is None:
            return self._part_of(own)
        if isinstance(self.raw, dict):
            ends = [self.raw[end] for end in ("min", "typical", "max") if end in self.raw]
            bounds = "..".join(map(flow, (ends[0], ends[-1]))) if len(ends) > 1 and own.notation.kinds else ""
            is_range = bounds and len(ends) == len(self.raw) and own.takes(bounds)
            return Hint(f": did you mean `{bounds}`?") if is_range else Hint()
        meant = [branch for branch in self._meant() if branch.path != own.path]
        found = (self._taking(meant) or self._by_word())[:1]
        if not found:
            if (stated := self._stated()).text:
                return stated
            return Hint(f": {self._explained(own)}") if own.entry.words else Hint()
        return Hint(f": did you mean `{self._name(found[0])}: {flow(self.raw)}`?", (found[0].path,))

    def _part_of(self, own: Branch) -> Hint:
        """What a bare word in place of a section is called in it: `presence: lwt` is its `will`."""
        if not isinstance(self.raw, str):
            return Hint()
        for statement in fields_meant(f"{self.raw}=true"):
            name, _, value = statement.partition("=")
            if branches := [branch for branch in self._by_names((name,)) if branch.path[:-1] == own.path]:
                written = f"{self._name(own)}: {{{branches[0].key}: {value}}}"
                return Hint(f": did you mean `{written}`?", (branches[0].path,))
        meant = self._by_names(fields_meant(self.raw))
        found = [branch for branch in meant if branch.path[:-1] == own.path and branch.takes(SOME)][:1]
        written = "".join(f"{self._name(own)}: {{{branch.key}: {SOME}}}" for branch in found)
        return Hint(f": did you mean `{written}`?", (found[0].path,)) if found else Hint()

    def _stated(self) -> Hint:
        """What people state so, as the language has it: `qos: 1` is a guarantee."""
        names = () if isinstance(self.raw, dict | list) else fields_meant(f"{self.key}={flow(self.raw)}")
        for statement in names:
            name, _, value = statement.partition("=")
            for branch in self._by_names((name,)):
                written = f"{self._name(branch)}: {value}"
                return Hint(f": did you mean `{written}`?", (branch.path,), is_taken=False)
        return Hint()

    def _meant(self) -> list[Branch]:
        """What people call so, in the order of the list of other names."""
        return self._elsewhere(self._by_names(fields_meant(self.key)))

    def _by_names(self, names: Iterable[str]) -> list[Branch]:
        """The fields of these names, each a path or a name beside the key."""
        by_path = self.language.by_path
        found = []
        for name in names:
            path = tuple(name.split("."))
            found += [by_path[at] for at in ((*self.here, *path), path) if at in by_path][:1]
        return found

    def _spelt(self, among: Iterable[Branch], nearness: float = _NEAR) -> list[Branch]:
        """What is spelt nearly so, the nearest first."""
        by_key = {branch.key.lower(): branch for branch in among}
        return [by_key[key] for key in self._close(by_key, nearness)]

    def _compound(self) -> list[Branch]:
        """What is spelt nearly so elsewhere, alone or with the name of its section before it."""
        # Short names are alike by chance.
        is_short = len(self.key) < _LONG
        by_name = {} if is_short else self.language.spellings.get(self.key[:1].lower(), {})
        return self._elsewhere(
            branch for name in self._close(by_name, _ALIKE)[:1] for branch in by_name[name]
        )

    def _close(self, names: Iterable[str], nearness: float) -> list[str]:
        wanted = self.key.lower().replace("-", "_")
        return difflib.get_close_matches(wanted, list(names), n=3, cutoff=nearness)

    def _by_word(self) -> list[Branch]:
        """The field near by that has the value among its words, where it is clear which.

        A word of one field alone, or a compounded one, is meant as such; `any` and `once` are words of many.
        """
        word = self.raw if isinstance(self.raw, str) else ""
        found = self.language.by_word.get(word, [])
        near = [branch for branch in found if branch.path[:1] == self.here[:1]]
        if len(near) == 1 and (len(found) == 1 or "-" in word):
            return near
        kinds = self.section.KIND
        return [branch for branch in found if branch.path[:-1] == self.here and branch.key in kinds]

    def _elsewhere(self, among: Iterable[Branch]) -> list[Branch]:
        """What the key does not stand in already."""
        return [branch for branch in among if branch.path != self.here[: len(branch.path)]]

    def _taking(self, among: Iterable[Branch]) -> list[Branch]:
        return [branch for branch in among if branch.takes(self.raw)]

    def _nearest(self, among: Sequence[Branch]) -> list[Branch]:
        """One or two that are nearest to where the key stands; none where more are equally near."""
        near = max(map(self._steps, among), default=0)
        found = [branch for branch in among if self._steps(branch) == near]
        if len(found) > 2:
            top = min(len(branch.path) for branch in found)
            found = [branch for branch in found if len(branch.path) == top]
        return found if len(found) <= 2 else []

    def _steps(self, branch: Branch) -> int:
        """How many sections, from the top, hold both it and the key: the more, the nearer."""
        return sum(1 for _ in takewhile(bool, map(eq, branch.path, self.here)))

    @property
    def _of_a_feature(self) -> Iterable[str]:
        """What a feature has."""
        feature = section_of(self.language.root.kind_of("features"))
        return feature.KEYS if feature else ()

    def _name(self, branch: Branch) -> str:
        """What a hint calls a field: bare where it is one of this section."""
        return branch.key if branch.path[:-1] == self.here else _shown(branch.path)

    def _called(self, found: Sequence[Branch]) -> Hint:
        names = " or ".join(f"`{self._name(branch)}`" for branch in found)
        return Hint(f": did you mean {names}?", tuple(b.path for b in found)) if found else Hint()

    def _placed(self, found: Sequence[Branch]) -> Hint:
        places = " or ".join(dict.fromkeys(self._place(branch.path[:-1]) for branch in found))
        places = places.replace(" or in ", " or ")
        if not found:
            return Hint()
        # Nothing that may be lost and nothing that is promised are opposites, and `none` is a word for both.
        _, word, meaning = found[0].entry.description.partition(f"`{NONE}` ")
        where = f", where {word}{meaning.rstrip('.')}" if word and self.raw == NONE else ""
        return Hint(f": it belongs {places}{where}", tuple(branch.path for branch in found))

    def _place(self, parent: tuple[str, ...]) -> str:
        """Where a section is, as one says it who stands here."""
        if not parent and self.key not in self._of_a_feature:
            return "at the top of the spec"
        if parent != self.here[: len(parent)]:
            return f"in `{_shown(parent)}`"
        beside = f"beside `{self.here[len(parent)]}`"
        return f"in `{_shown(parent)}`, {beside}" if parent else f"{beside}, not in it"

    def _feature(self, signs: Iterable[str]) -> Hint:
        """Where a feature belongs that stands at the top under its own name; one of the signs is in it."""
        if self.section is not self.language.root or not isinstance(self.raw, dict):
            return Hint()
        below = (("features",),)
        if all(isinstance(part, dict) and "purpose" in part for part in self.raw.values()) and self.raw:
            return Hint(": did you mean `features`?", below)
        sign = next((key for key in self.raw if key in signs), "")
        written = f"features: {{{self.key}: {{{sign}: ...}}}}"
        return Hint(f": a feature stands below `features`, as in `{written}`", below) if sign else Hint()

    def _flat(self) -> Hint:
        """A mapping of what its own section has."""
        fields = self.section.KEYS
        if not (isinstance(self.raw, dict) and self.raw and all(key in fields for key in self.raw)):
            return Hint()
        where = f"in `{_shown(self.here)}` itself" if self.here else "at the top"
        return Hint(f": what it holds belongs {where}")

    def _shaped(self, found: Sequence[Branch]) -> Hint:
        """What one that refuses the value takes instead."""
        if not found:
            return Hint()
        paths = tuple(branch.path for branch in found)
        if proposal := found[0].proposal(self.raw):
            return Hint(f": did you mean `{self._name(found[0])}: {proposal}`?", paths, is_taken=False)
        takes = " or ".join(dict.fromkeys(branch.wanted(self.raw) for branch in found))
        if found[0].key == self.key:
            return Hint(f"{self._placed(found).text}, and takes {takes}", paths, is_taken=False)
        return Hint(f": did you mean `{self._name(found[0])}`, which takes {takes}?", paths, is_taken=False)

    def _list(self, namesakes: Sequence[Branch]) -> Hint:
        """Where to look, where nobody knows what is meant."""
        if self.key in self.here:
            return Hint(f": it is in `{self.key}` already")
        if len(self.section.KEYS) <= _FEW:
            return Hint(f": it has {', '.join(f'`{own}`' for own in self.section.KEYS)}")
        if namesakes:
            return Hint(f": `{door().field(self.key)}` says where there is one")
        if self.here:
            return Hint(f": `{door().field(_shown(self.here))}` lists its fields")
        return Hint(f": `{door().fields()}` lists all fields")


def _shown(path: tuple[str, ...]) -> str:
    """A path as a message has it, with a name that a team gives in capitals."""
    return ".".join("NAME" if name == "*" else name for name in path)
