"""The three reference files as sections: the prose, severities and citations of every report.

`references/index.txt`, which is generated, holds what stands above the prose of each section, so that a call
reads the prose of those alone that it prints.
"""

from __future__ import annotations

import operator
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property

from rtreview.quantities.unchanging import unchanging
from rtreview.rulebook.finding import Citation, Severity
from rtreview.text.shipped import ROOT

FOLDER = ROOT / "references"

WITHOUT = "Without the number"
LISTED = "Listed"
"""The fact that tells what a verdict is that one number leaves open: `finding`, or else undecided."""

COMPONENTS = {
    "clients": "the pages, apps and devices that connect: how they notice a loss and come back",
    "path": "the proxies and networks between a client and a node",
    "nodes": "the servers that hold the connections",
    "backplane": "the broker that carries messages from node to node",
    "presence": "who is shown as being there",
    "messages": "what is sent: its delivery, its log and the replay after a gap",
    "state": "the data that people share: how changes merge, and what is kept of them",
    "queues": "what waits on a node for a client that does not read",
}
"""The components of a design that a failure can meet, along the way of a message, and what each is."""

FAILURES = {
    "drain": "connections are ended on purpose: a deployment, a smaller fleet, an age that is reached",
    "node loss": "a node ends without a word, or all of them do, and its clients come to the others",
    "broker loss": "what lies between the nodes loses messages, or its log",
    "sleeping phone": "a client is gone without a word, for seconds or for days, and may come back",
    "throttled tab": "the timers of a hidden tab run once a minute",
    "duplicate": "a message arrives twice, or a client or a person has two connections",
    "partition": "two parts cannot reach each other and both go on: an offline client, a node without broker",
}
"""The failures that a review walks through, and what happens in each."""

_PARTS = {
    "Anti-patterns": "anti-pattern",
    "Not reviewed here": "hand-over",
    "Beside the rules": "note",
    "What files alone show": "note",
}
"""Parts of a file whose sections are of another kind than those before them."""

MANY = 40
"""Sections that have a word, from which on it leads to none of them."""

INDEX = FOLDER / "index.txt"

FILES = {"validations.md": "validation", "sharp_edges.md": "sharp-edge", "patterns.md": "pattern"}
"""The files, each with the kind of its sections; the anti-patterns stand at the end of the patterns."""

SHELVES = {"validations.md": "rules", "sharp_edges.md": "sharp-edges", "patterns.md": "patterns"}
"""Where the site has the pages of each file."""

_HEADINGS = ("#", "##", "###")
_MARKS = {"`", "~", " "}
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_LINK = re.compile(r"\[([^\[\]]++)\]\(([^)\s\[]++)\)")
_FACT = re.compile(r"^- (\w[\w ]{0,40}): (.+(?:\n  .+)*)", re.MULTILINE)
_SENTENCE_END = re.compile(r"[.?!](?=\s+(?:[A-Z`\[]|\Z)|\Z)")


@unchanging(slots=False)
class Section:
    """A section of a reference file.

    `kind` is validation, hand-over, note, sharp-edge, pattern or anti-pattern. `topic` is the part of the
    file that it stands in, as an anchor; empty right under the title of the file. `content` is the whole of
    it in UTF-8, as the file has it. `is_ours` tells it from a section of a team. `docs_url` is the address of
    the site that has ours; empty where nobody names one.
    """

    id: str
    kind: str
    topic: str
    title: str
    file: str
    line: int
    facts: dict[str, str]
    content: bytes
    is_ours: bool = False
    docs_url: str = ""

    @cached_property
    def source(self) -> str:
        """The Markdown of it."""
        return self.content.decode("utf-8").strip()

    @cached_property
    def texts(self) -> dict[str, str]:
        """What stands under each heading inside of it."""
        lines = self.source.splitlines()
        inner = _headings(lines)[1:]
        ends = [at for at, _, _ in inner[1:]] + [len(lines)]
        return {
            name: "\n".join(lines[at + 1 : end]).strip()
            for (at, _, name), end in zip(inner, ends, strict=False)
        }

    @property
    def citation(self) -> Citation:
        """How a report names it: by its id, and by its file where it is no section of ours."""
        return Citation(self.id, self.kind, self.title, "" if self.is_ours else self.file, self.address)

    @property
    def page(self) -> str:
        """Its page below the address of a site: `rules/missing-heartbeat.html`."""
        return f"{SHELVES[self.file.rpartition('/')[2]]}/{slug(self.id)}.html"

    @property
    def address(self) -> str:
        """Where a browser finds it on the site of `docs-url`; empty without one, and for a team's own."""
        return f"{self.docs_url}/{self.page}" if self.docs_url and self.is_ours else ""

    @property
    def gravity(self) -> dict[str, str]:
        """How grave it is, in the words of its book, by case: `""` for the ordinary one, which may be all.

        The other cases are the words behind `when`. Nothing where the section does not say.
        """
        first, *others = self.facts.get("Severity", "").split("; ")
        cases = (other.partition(" when ") for other in others)
        return {"": first, **{case: word for word, _, case in cases}} if first else {}

    @cached_property
    def severities(self) -> dict[str, Severity]:
        """The severity of a rule by case, as `gravity` has it."""
        return {case: Severity(word) for case, word in self.gravity.items()}

    @property
    def stands_alone(self) -> bool:
        """Whether the decision is a fault that only a number could excuse, and is found without it."""
        return self.facts.get(WITHOUT) == "finding"

    @property
    def is_listed_first(self) -> bool:
        """Whether its findings stand before all others, since those may rest on what it doubts."""
        return self.facts.get(LISTED) == "first"

    @property
    def cited(self) -> list[tuple[str, str]]:
        """What it cites: id or name, and file with anchor, where it is a link."""
        parts = [part for part in self.facts.get("Cites", "").split(", ") if part]
        return [(link[1], link[2]) if (link := _LINK.fullmatch(part)) else (part, "") for part in parts]

    @cached_property
    def prose(self) -> str:
        """Its sentences on one line: no facts, no examples, no targets of links."""
        lines = self.source.splitlines()
        code = {at for opens, closes in fences(lines) for at in range(opens, closes + 1)}
        text = "\n".join(line for at, line in enumerate(lines) if at not in code)
        head, mark, below = text.partition("\n###")
        return plain(_FACT.sub("", head) + mark + below)

    @property
    def failures(self) -> list[tuple[str, str]]:
        """What it answers for: a component, and the failure that meets it."""
        clauses = [
            clause.partition(" at ") for clause in self.facts.get("Failures", "").split("; ") if clause
        ]
        return [
            (component, failure)
            for components, _, failures in clauses
            for component in components.split(", ")
            for failure in failures.split(", ")
        ]

    @cached_property
    def signs(self) -> tuple[str, ...]:
        """The signs that speak for a sharp edge, by their ids."""
        return self._listed("Signs")

    @cached_property
    def counter_signs(self) -> tuple[str, ...]:
        """The signs that speak against a sharp edge, by their ids."""
        return self._listed("Against")

    def _listed(self, fact: str) -> tuple[str, ...]:
        return tuple(word for word in self.facts.get(fact, "").split(", ") if word)

    @property
    def headings(self) -> list[str]:
        """The headings inside of it, also those that stand there twice."""
        return [name for _, _, name in _headings(self.source.splitlines())[1:]]

    def blocks(self, heading: str) -> Iterator[tuple[int, str]]:
        """The fenced blocks under a heading: the line of the file that opens one, and what is inside."""
        lines = self.source.splitlines()
        headings = [(at, name) for at, _, name in _headings(lines)]
        start = next((at for at, name in headings[1:] if name == heading), len(lines))
        end = next((at for at, _ in headings if at > start), len(lines))
        for opens, closes in fences(lines):
            if start < opens and closes < end:
                yield self.line + opens, "\n".join(lines[opens + 1 : closes])

    def first_sentence(self, heading: str) -> str:
        """The first sentence under a heading, as plain text: what a report quotes."""
        return _first_sentence(self.texts.get(heading, ""))


def section_named(sections: Mapping[str, Section], name: str) -> Section | None:
    """The section with an id or name, however it is written."""
    return {slug(key): section for key, section in sections.items()}.get(slug(name.strip()))


def search(sections: Iterable[Section], words: Sequence[str]) -> list[Section]:
    """The sections that speak of each of these words, in whatever letters; what is called so comes first.

    A word is looked for where one begins: `sse` does not find processes.
    """
    patterns = [re.compile(rf"(?<![a-z0-9]){re.escape(word.lower())}") for word in words]

    def mentions(section: Section) -> tuple[int, int]:
        names, prose = f"{section.id}\n{section.title}".lower(), section.prose.lower()
        named = [len(pattern.findall(names)) for pattern in patterns]
        said = [len(pattern.findall(prose)) for pattern in patterns]
        is_found = all(map(operator.or_, named, said))
        return (sum(map(bool, named)), sum(said)) if is_found else (0, 0)

    weighed = [(mentions(section), section) for section in sections]
    found = [each for each in weighed if any(each[0])]
    return [section for _, section in sorted(found, key=lambda each: each[0], reverse=True)]


def telling(sections: Collection[Section], words: Sequence[str]) -> list[str]:
    """Those of several words that lead somewhere: `auction` of `a live auction`.

    What no section has leads nowhere, and then what most of them have is left out first, until some section
    has all of the others. None are left where that would be a word which many sections have.
    """
    counts = {word: len(search(sections, [word])) for word in words}
    left = sorted((word for word in words if counts[word]), key=counts.__getitem__)
    while left and not search(sections, left):
        del left[-1]
    leads = len(left) == len(words) or len(search(sections, left)) <= MANY
    return [word for word in words if word in left] if leads else []


@cache
def _first_sentence(markdown: str) -> str:
    text = plain(markdown.split("\n\n", maxsplit=1)[0])
    end = _SENTENCE_END.search(text)
    return text[: end.end()] if end else text


def plain(markdown: str) -> str:
    """A paragraph on one line, its links reduced to their words."""
    return " ".join(_LINK.sub(r"\1", markdown).split())


def slug(heading: str) -> str:
    """The anchor that Markdown viewers give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def address(citation: Citation) -> str:
    """Where somebody at this machine can read a section: its page on the site, else in the file of its book.

    The latter is a `file:` address with its anchor, so reports that leave this machine have no use for it.
    Nothing for a section of a team.
    """
    if citation.file or citation.address:
        return citation.address
    whole = {"anti-pattern": "pattern", "hand-over": "validation", "note": "validation"}.get(
        citation.kind, citation.kind
    )
    return f"{_book(whole)}#{slug(citation.id)}"


@cache
def _book(kind: str) -> str:
    """The address of the file that holds the sections of a kind."""
    file = next(name for name, own in FILES.items() if own == kind)
    return (FOLDER / file).resolve().as_uri()


def indexed() -> dict[str, Section] | None:
    """Every section by its id or name, in the order of the files, with the help of the index.

    None where there is no index, or one that was made from other files than those that are there now.
    """
    by_id: dict[str, Section] = {}
    content, end, line, file = b"", 0, 1, ""
    try:
        for row in INDEX.read_text("utf-8").splitlines():
            if not row.startswith("\t"):
                file, checksum = row.split(" ")
                content, end, line = (FOLDER / file).read_bytes(), 0, 1
                if _checksum(content) != checksum:
                    return None
                continue
            kind, topic, name, size, breaks, title, *facts = row[1:].split("\t")
            before, at = end, content.index(f"\n## {name}\n".encode(), end) + 1
            line += content.count(b"\n", before, at)
            end = at + int(size)
            by_id[name] = Section(
                id=name,
                kind=kind,
                topic=topic,
                title=title,
                file=f"references/{file}",
                line=line,
                facts=dict(fact.split(": ", 1) for fact in facts),
                content=content[at:end],
                is_ours=True,
            )
            line += int(breaks)
    except (OSError, ValueError):
        return None
    return by_id


def index() -> str:
    """The text of the index: a checksum of each file, and below it a row for each of its sections."""
    rows = []
    for file, kind in FILES.items():
        content = (FOLDER / file).read_bytes()
        rows.append(f"{file} {_checksum(content)}")
        for section in sections(content.decode("utf-8").splitlines(), kind, file):
            facts = (f"{name}: {fact}" for name, fact in section.facts.items())
            rows.append(
                "\t".join(
                    [
                        "",
                        section.kind,
                        section.topic,
                        section.id,
                        str(len(section.content)),
                        str(section.content.count(b"\n")),
                        section.title,
                        *facts,
                    ]
                )
            )
    return "\n".join(rows) + "\n"


def _checksum(content: bytes) -> str:
    return f"{zlib.crc32(content):08x}"


def parsed() -> dict[str, Section]:
    """Every section by its id or name, in the order of the files, without the index."""
    by_id: dict[str, Section] = {}
    for file, kind in FILES.items():
        text = (FOLDER / file).read_text("utf-8")
        for section in sections(text.splitlines(), kind, f"references/{file}"):
            if section.id in by_id:
                raise ValueError(f"{section.file}:{section.line}: {section.id} has a section already")
            by_id[section.id] = replace(section, is_ours=True)
    return by_id


def sections(lines: Sequence[str], kind: str, file: str) -> list[Section]:
    """The sections of a file: a `##` heading each, up to the next one."""
    headings = [(at, level, text) for at, level, text in _headings(lines) if level <= 2]
    ends = [at for at, _, _ in headings[1:]] + [len(lines)]
    found = []
    topic: str | None = None
    for (at, level, text), end in zip(headings, ends, strict=False):
        if level == 1:
            kind = _PARTS.get(text, kind)
            # The first one is the title of the file.
            topic = "" if topic is None else slug(text)
        else:
            found.append(_section(text, (kind, topic or ""), file, at, lines[at:end]))
    return found


def fences(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The index of the line that opens each block of code, and of the one that closes it, or of the end."""
    opens, fence = 0, ""
    for at, line in enumerate(lines):
        mark = _FENCE.match(line) if line[:1] in _MARKS else None
        if mark and not fence:
            opens, fence = at, mark[1]
        elif mark and line.strip().startswith(fence):
            yield opens, at
            fence = ""
    if fence:
        yield opens, len(lines)


def _headings(lines: Sequence[str]) -> list[tuple[int, int, str]]:
    """Line index, level and text of each heading that stands outside of code."""
    code = {at for opens, closes in fences(lines) for at in range(opens, closes)}
    found = []
    for at, line in enumerate(lines):
        if line[:1] == "#" and at not in code:
            mark, _, text = line.partition(" ")
            if mark in _HEADINGS and text:
                found.append((at, len(mark), text.strip()))
    return found


def _section(name: str, part: tuple[str, str], file: str, at: int, lines: Sequence[str]) -> Section:
    inner = _headings(lines)[1:]
    head = "\n".join(lines[1 : inner[0][0] if inner else len(lines)])
    title = re.search(r"\*\*(.+)\*\*", head)
    facts = _FACT.findall(head)
    return Section(
        id=name,
        kind=part[0],
        topic=part[1],
        title=title[1] if title else name,
        file=file,
        line=at + 1,
        facts={key: " ".join(value.split()) for key, value in facts},
        content="\n".join(lines).encode("utf-8"),
    )
