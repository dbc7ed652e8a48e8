"""The three reference files as sections: the prose, severities and citations of every report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path as File

from rtreview.rulebook.finding import Citation, Severity

_PACKAGE = File(__file__).parent.parent
ROOT = _PACKAGE if (_PACKAGE / "references").is_dir() else _PACKAGE.parent
"""Where `references/` and `schemas/` stand: inside an installed package, beside it in a checkout."""

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

_PARTS = {"Anti-patterns": "anti-pattern", "Not reviewed here": "hand-over"}
"""Parts of a file whose sections are of another kind than those before them."""

FILES = {"validations.md": "validation", "sharp_edges.md": "sharp-edge", "patterns.md": "pattern"}
"""The files, each with the kind of its sections; the anti-patterns stand at the end of the patterns."""

_HEADING = re.compile(r"^(#{1,3}) (.+)$")
_MARKS = {"#", "`", "~", " "}
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_TITLE = re.compile(r"\*\*(.+)\*\*")
_SENTENCE_END = re.compile(r"[.?!](?=\s+(?:[A-Z`\[]|\Z)|\Z)")


@dataclass(frozen=True)
class Section:
    """A section of a reference file. `kind` is validation, hand-over, sharp-edge, pattern or anti-pattern.

    `topic` is the part of the file that it stands in, as an anchor; empty right under the title of the file.
    """

    id: str
    kind: str
    topic: str
    title: str
    file: str
    line: int
    facts: dict[str, str]
    texts: dict[str, str]
    source: str

    @property
    def citation(self) -> Citation:
        """How a report names it: by its id, and by its file where it is no section of ours."""
        is_ours = load().get(self.id) is self
        return Citation(self.id, self.kind, self.title, "" if is_ours else self.file)

    @cached_property
    def severities(self) -> dict[str, Severity]:
        """The severity by case: `""` for the ordinary one, else the words behind `when`."""
        first, *others = self.facts["Severity"].split("; ")
        cases = (other.partition(" when ") for other in others)
        return {"": Severity(first), **{case: Severity(severity) for severity, _, case in cases}}

    @property
    def cited(self) -> list[tuple[str, str]]:
        """What it cites: id or name, and file with anchor, where it is a link."""
        parts = [part for part in self.facts.get("Cites", "").split(", ") if part]
        return [(link[1], link[2]) if (link := _LINK.fullmatch(part)) else (part, "") for part in parts]

    @property
    def failures(self) -> list[tuple[str, str]]:
        """What it answers for: a component, and the failure that meets it."""
        clauses = [one.partition(" at ") for one in self.facts.get("Failures", "").split("; ") if one]
        return [
            (component, failure)
            for components, _, failures in clauses
            for component in components.split(", ")
            for failure in failures.split(", ")
        ]

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
        opened, fence = 0, ""
        for at in range(start, end):
            mark = _FENCE.match(lines[at])
            if mark and not fence:
                opened, fence = at, mark[1]
            elif mark and lines[at].strip().startswith(fence):
                yield self.line + opened, "\n".join(lines[opened + 1 : at])
                fence = ""

    def first_sentence(self, heading: str) -> str:
        """The first sentence under a heading, as plain text: what a report quotes."""
        return self.sentence(heading, 0)

    def sentence(self, heading: str, number: int) -> str:
        """A sentence of the first paragraph under a heading, as plain text, counted from 0."""
        return _sentence(self.texts.get(heading, ""), number)


@cache
def _sentence(markdown: str, number: int) -> str:
    text = plain(markdown.split("\n\n", maxsplit=1)[0])
    for _ in range(number):
        end = _SENTENCE_END.search(text)
        text = text[end.end() :].lstrip() if end else ""
    end = _SENTENCE_END.search(text)
    return text[: end.end()] if end else text


def plain(markdown: str) -> str:
    """A paragraph on one line, its links reduced to their words."""
    return " ".join(_LINK.sub(r"\1", markdown).split())


def slug(heading: str) -> str:
    """The anchor that Markdown viewers give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@cache
def load() -> dict[str, Section]:
    """Every section by its id or name, in the order of the files: validations, sharp edges, patterns."""
    made: dict[str, Section] = {}
    for file, kind in FILES.items():
        text = (ROOT / "references" / file).read_text("utf-8")
        for section in sections(text.splitlines(), kind, f"references/{file}"):
            if section.id in made:
                raise ValueError(f"{section.file}:{section.line}: {section.id} has a section already")
            made[section.id] = section
    return made


def sections(lines: Sequence[str], kind: str, file: str) -> list[Section]:
    """The sections of a file: a `##` heading each, up to the next one."""
    headings = _headings(lines)
    tops = [number for number, (_, level, _) in enumerate(headings) if level <= 2]
    made = []
    topic: str | None = None
    for number, following in pairwise([*tops, len(headings)]):
        at, level, text = headings[number]
        if level == 1:
            kind = _PARTS.get(text, kind)
            # The first one is the title of the file.
            topic = "" if topic is None else slug(text)
            continue
        end = headings[following][0] if following < len(headings) else len(lines)
        inner = [(line, name) for line, _, name in headings[number + 1 : following]]
        made.append(_section(text, (kind, topic or ""), file, at, lines[at:end], inner))
    return made


def _headings(lines: Sequence[str]) -> list[tuple[int, int, str]]:
    """Line index, level and text of each heading that stands outside of code."""
    found = []
    fence = ""
    for at, line in enumerate(lines):
        if line[:1] not in _MARKS:
            continue
        mark = _FENCE.match(line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and (heading := _HEADING.match(line)):
            found.append((at, len(heading[1]), heading[2].strip()))
    return found


def _section(
    name: str, part: tuple[str, str], file: str, at: int, lines: Sequence[str], inner: list[tuple[int, str]]
) -> Section:
    starts = [line - at for line, _ in inner] + [len(lines)]
    head = "\n".join(lines[1 : starts[0]])
    title = _TITLE.search(head)
    facts = re.findall(r"^- (\w+): (.+(?:\n  .+)*)", head, re.MULTILINE)
    return Section(
        id=name,
        kind=part[0],
        topic=part[1],
        title=title[1] if title else name,
        file=file,
        line=at + 1,
        facts={key: " ".join(value.split()) for key, value in facts},
        texts={
            heading: "\n".join(lines[start + 1 : end]).strip()
            for (_, heading), start, end in zip(inner, starts, starts[1:], strict=False)
        },
        source="\n".join(lines).strip(),
    )
