"""A team's own references: three files such as ours, with sections beside ours and in place of them.

A validation of the team has the condition of its rule in its section. A section with an id of ours has the
severity and the texts that shall be others; the rest of it stays ours.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from rtreview.language.notation import did_you_mean, shown
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Review, Unusable
from rtreview.rulebook import references
from rtreview.rulebook.finding import Severity, Verdict
from rtreview.rulebook.references import LISTED, WITHOUT, Section
from rtreview.rulebook.rulebook import Rulebook, target_of, unknown_words
from rtreview.team import fragment
from rtreview.team.house_rule import HouseRule
from rtreview.text import document
from rtreview.text.place import BREAK, Place, Span
from rtreview.text.refusal import Refused
from rtreview.text.tree import DISK, Tree

TOPIC = "house-rule"
"""The topic of what a team adds, however its files are divided."""

RULE = "Rule"
"""The heading under which the condition stands."""

MOST_SECTIONS = 500
"""Sections of a file; ours have fewer."""

HEADINGS = (RULE, "Why", "The fix", "Question", "Bad", "Good")
"""What a validation of a team has to have; it may have the others of ours too."""

_FACTS = ("Severity", "Failures", WITHOUT, LISTED, "Cites", "Signs", "Against")
_LEVELS = tuple(str(severity) for severity in Severity)
_CLAIMS = {"Bad": (Verdict.VIOLATED,), "Good": (Verdict.PASSED, Verdict.NOT_APPLICABLE)}
"""What a rule has to say of its examples."""

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
_KEPT = ("accepted-risk-", "internal-error")
"""How the rules on accepted risks begin, and what stands for a rule where something was not reviewed."""

_PLACES = {
    "validation": "in validations.md",
    "sharp-edge": "in sharp_edges.md",
    "pattern": "in patterns.md, above `# Anti-patterns`",
    "anti-pattern": "in patterns.md, below `# Anti-patterns`",
    "hand-over": "in validations.md, below `# Not reviewed here`",
    "note": "in validations.md, below `# Beside the rules` or `# What files alone show`",
}

_INNER_LINK = re.compile(rf"\]\(((?:{'|'.join(references.FILES)})#[\w-]+)\)")


def read(folder: str, ours: Rulebook, tree: Tree = DISK) -> Rulebook:
    """Our rules and references with those of the team in a folder.

    Args:
        folder: holds one or more of the three files.
        ours: our own rules and references; or those of another team, which they stand beside as well.
        tree: where the files are read.

    Raises:
        Refused: there is no such folder, or none of the three files in it.
        Unusable: the files have mistakes.

    """
    return _read(folder, ours, tree)[0]


def check(folder: str, ours: Rulebook) -> list[Review]:
    """A review of each file without any finding: each example of a rule is as its section claims.

    Args:
        folder: as `read`.
        ours: likewise.

    Raises:
        Refused: as `read`.
        Unusable: the files have mistakes, or an example speaks against its section.

    """
    rulebook, files = _read(folder, ours, DISK)
    for file in files:
        file.try_examples(rulebook)
    _refuse_mistakes(files)
    return [checked.review() for checked in files]


def _read(folder: str, ours: Rulebook, tree: Tree) -> tuple[Rulebook, list[_File]]:
    names = [name for name in references.FILES if tree.holds(Path(folder, name))]
    if not names:
        wanted = ", ".join(references.FILES)
        raise Refused(f"`{folder}` holds no references: a folder with one or more of {wanted}")
    files = [
        _File(Path(folder, name), kind, ours, tree)
        for name, kind in references.FILES.items()
        if name in names
    ]
    sections: dict[str, Section] = {}
    taken = {references.slug(name): section for name, section in ours.sections.items()}
    for file in files:
        for section in file.sections:
            other = taken.get(references.slug(section.id))
            if other is not None and other is not ours.sections.get(section.id):
                file.wrong(f"`{other.id}` has a section at {other.file}:{other.line} already", section)
            taken[references.slug(section.id)] = section
            sections[section.id] = _completed(section, ours.sections.get(section.id))
    every = {**ours.sections, **sections}
    checks: dict[str, HouseRule] = {}
    for file in files:
        for section in file.sections:
            file.look_at(section, every)
        checks.update(file.rules)
    _refuse_mistakes(files)
    return ours.extended(sections, checks), files


def _refuse_mistakes(files: list[_File]) -> None:
    reviews = [file.review() for file in files]
    if any(review.findings for review in reviews):
        raise Unusable(*(review for review in reviews if review.findings))


class _File:
    """One of the three files, and what is wrong in it."""

    def __init__(self, file: Path, kind: str, rulebook: Rulebook, tree: Tree) -> None:
        self.shown = os.path.relpath(file)
        self.kind = kind
        self.rulebook = rulebook
        self.lines: tuple[str, ...] = ("",)
        self.sections: list[Section] = []
        self.rules: dict[str, HouseRule] = {}
        self.mistakes: list[tuple[str, Span, str]] = []
        self._open(file, tree)

    def _open(self, file: Path, tree: Tree) -> None:
        try:
            text, problem = document.decoded(tree.content(file))
        except OSError as error:
            self._note(f"the file cannot be opened: {error.strerror}", Span(1, 1, 1, 2))
            return
        self.lines = tuple(BREAK.split(text))
        if problem is not None:
            self._note(problem.message, problem.span)
            return
        for opens, closes in references.fences(self.lines):
            if closes == len(self.lines):
                span = Span(opens + 1, 1, opens + 1, len(self.lines[opens]) + 1)
                self._note("nothing closes this block of code", span)
        headings = [number for number, line in enumerate(self.lines, 1) if line.startswith("## ")]
        if len(headings) > MOST_SECTIONS:
            at = headings[MOST_SECTIONS]
            self._note(f"more than {MOST_SECTIONS} sections in one file", Span(at, 1, at, 4))
            return
        self.sections = references.sections(self.lines, self.kind, self.shown)
        if not self.sections:
            self._note("no section stands here: each begins with `## ` and its id", Span(1, 1, 1, 2))

    def review(self) -> Review:
        """The mistakes as findings of the file."""
        title = "The references of the team say something that has no meaning"
        findings = [
            engine.unreviewed("references", title, message, Place((), span, name=name))
            for message, span, name in self.mistakes
        ]
        findings.sort(key=lambda finding: finding.place.span)
        return Review(self.shown, self.lines, findings=tuple(findings))

    def wrong(self, message: str, section: Section, text: str = "") -> None:
        """Note a mistake at the first place of a text in a section, or at its heading."""
        for number, line in enumerate(section.source.splitlines(), section.line):
            if text and text in line:
                column = line.index(text) + 1
                self._note(message, Span(number, column, number, column + len(text)), section.id)
                return
        heading = Span(section.line, 1, section.line, len(self.lines[section.line - 1]) + 1)
        self._note(message, heading, section.id)

    def _note(self, message: str, span: Span, name: str = "references") -> None:
        self.mistakes.append((message, span, name))

    def look_at(self, section: Section, every: dict[str, Section]) -> None:
        """Note what is wrong with a section, which may stand in place of one of ours."""
        ours = self.rulebook.sections.get(section.id)
        if ours is not None and ours.kind != section.kind:
            message = f"`{section.id}` is one of our {_spoken(ours)}: what stands in its place belongs"
            self.wrong(f"{message} {_PLACES[ours.kind]}", section)
            return
        if ours is not None and not (section.facts or section.texts or section.title != section.id):
            self.wrong(f"nothing stands here in place of our `{section.id}`", section)
        if ours is None and section.kind in ("hand-over", "note"):
            known = tuple(topic.id for topic in self.rulebook.sections.values() if topic.kind == section.kind)
            hint = did_you_mean(section.id, known) or f": there are {', '.join(known)}"
            self.wrong(f"{shown(section.id)} is none of our {_spoken(section)}{hint}", section)
            return
        self._look_at_headings(section, is_ours=ours is not None)
        self._look_at_facts(section, every)
        self._look_at_links(section, every)
        if section.kind == "validation":
            self._look_at_severity(section, tuple(ours.severities)[1:] if ours else ())
            if ours is None:
                self._look_at_rule(section)

    def _look_at_rule(self, section: Section) -> None:
        """Note what is wrong with a rule of the team, and keep it."""
        if not _ID.fullmatch(section.id) or section.id in _KEPT or section.id.startswith(_KEPT[0]):
            self.wrong(
                f"{shown(section.id)} cannot be the id of a rule: words such as `no-quiet-hours`", section
            )
        if RULE not in section.texts:
            known = tuple(rule.id for rule in self.rulebook)
            hint = did_you_mean(section.id, known) or f", and a rule of the team needs `### {RULE}`"
            self.wrong(f"{shown(section.id)} is no rule of ours{hint}", section)
            return
        for name in ("Severity", "Cites"):
            if name not in section.facts:
                self.wrong(f"`- {name}: ` is missing", section)
        for heading in HEADINGS:
            if not section.texts.get(heading):
                self.wrong(f"`### {heading}` is missing or empty", section)
        if section.texts[RULE]:
            self._read_rule(section)

    def _look_at_headings(self, section: Section, *, is_ours: bool) -> None:
        alike = (other for other in self.rulebook.sections.values() if other.kind == section.kind)
        known = {name: None for other in alike for name in other.texts}
        if section.kind == "validation" and not is_ours:
            known = {RULE: None, **known}
        for heading in dict.fromkeys(written := section.headings):
            if written.count(heading) > 1:
                self.wrong(f"`### {heading}` stands there twice", section, f"### {heading}")
            if heading == RULE and is_ours:
                self.wrong("the condition of a rule of ours cannot be another", section, f"### {RULE}")
            elif heading not in known:
                hint = did_you_mean(heading, tuple(known)) or f": there are {', '.join(known)}"
                self.wrong(
                    f"{shown(heading)} is no heading of {_spoken(section)}{hint}", section, f"### {heading}"
                )

    def _look_at_facts(self, section: Section, every: dict[str, Section]) -> None:
        for name in section.facts:
            if name not in _FACTS:
                hint = did_you_mean(name, _FACTS) or f": there are {', '.join(_FACTS)}"
                self.wrong(f"{shown(name)} is nothing that a section states{hint}", section, f"- {name}")
        for unknown_word in unknown_words(section):
            self.wrong(unknown_word, section, "- Failures")
        for name, target in section.cited:
            cited = every.get(name)
            if cited is None or cited.kind == "validation":
                known = tuple(candidate.id for candidate in every.values() if candidate.kind != "validation")
                unknown_word = (
                    f"no sharp edge and no pattern is called {shown(name)}{did_you_mean(name, known)}"
                )
                self.wrong(unknown_word, section, name)
            elif target and not target.endswith(target_of(cited)):
                self.wrong(
                    f"{shown(target)} is not where `{name}` stands: {target_of(cited)}",
                    section,
                    target,
                )

    def _look_at_links(self, section: Section, every: dict[str, Section]) -> None:
        """Note the links inside of texts that lead nowhere."""
        targets = {target_of(other) for other in every.values()}
        for text in section.texts.values():
            for target in _INNER_LINK.findall(text):
                if target not in targets:
                    self.wrong(f"nothing stands at `{target}`", section, target)

    def _look_at_severity(self, section: Section, known: tuple[str, ...]) -> None:
        """Note what is wrong with the severities of a rule that has these cases."""
        first, *others = section.facts.get("Severity", "error").split("; ")
        cases = [other.partition(" when ") for other in others]
        for level in (first, *(level for level, _, _ in cases)):
            if level not in _LEVELS:
                hint = did_you_mean(level, _LEVELS) or f": expected {', '.join(_LEVELS)}"
                self.wrong(f"{shown(level)} is no severity{hint}", section, level)
        for _, _, case in cases:
            if case not in known:
                self.wrong(f"{shown(case)} is no case of this rule{did_you_mean(case, known)}", section, case)

    def _read_rule(self, section: Section) -> None:
        """Read the block under `### Rule`."""
        blocks = list(section.blocks(RULE))
        if len(blocks) != 1:
            message = "expected one block that opens with ```yaml, with `require` and `message`"
            self.wrong(message, section, f"### {RULE}")
            return
        ((line, text),) = blocks
        if _is_empty(text):
            self.wrong("the block is empty: it states `require` and `message`", section, f"### {RULE}")
            return
        found = document.read(text.encode(), above=line)[0]
        for problem in found.problems:
            self._note(problem.message, problem.span, section.id)
        if found.problems:
            return
        wording, mistakes = fragment.read(found.content)
        for mistake in mistakes:
            self._note(mistake.message, found.span(mistake.at, key=mistake.on_key), section.id)
        self.rules[section.id] = HouseRule(*wording)

    def try_examples(self, rulebook: Rulebook) -> None:
        """Note each example that is not as its section claims."""
        for section in self.sections:
            for heading, wanted in _CLAIMS.items():
                if section.kind != "validation" or heading not in section.texts:
                    continue
                blocks = list(section.blocks(heading))
                if not blocks or any(_is_empty(text) for _, text in blocks):
                    message = "expected a block that opens with ```yaml, with a design"
                    self.wrong(message, section, f"### {heading}")
                    continue
                for block in blocks:
                    self._try_example(section.id, *block, wanted, rulebook)

    def _try_example(
        self, rule: str, line: int, text: str, wanted: tuple[Verdict, ...], rulebook: Rulebook
    ) -> None:
        """Review the designs of a block by a rule, which has to come to a verdict that is wanted."""
        policy = Policy(rulebook, select=(rule,))
        top = Span(line + 1, 1, line + 1, len(self.lines[line]) + 1)
        for review in engine.review("\n" * line + text, f"{rule}.yaml", policy):
            broken = [
                finding
                for finding in review.findings
                if finding.verdict in (Verdict.UNREVIEWED, Verdict.NOTE)
            ]
            for finding in broken:
                self._note(finding.message, finding.place.span, rule)
            judgements = [judgement for judgement in review.judgements if judgement.rule == rule]
            worst = min(judgements, key=lambda judgement: judgement.verdict.rank, default=None)
            if not broken and (worst is None or worst.verdict not in wanted):
                outcome = f"{worst.verdict}, {worst.reason}" if worst else "nothing"
                self._note(f"expected {wanted[0]}, and `{rule}` says of it: {outcome}", top, rule)


def _spoken(section: Section) -> str:
    """The sections of its kind, in words."""
    return (
        "topics to hand over" if section.kind == "hand-over" else f"{section.kind.replace('-edge', ' edge')}s"
    )


def _completed(section: Section, ours: Section | None) -> Section:
    """One that stands in place of ours, with what it leaves to ours; else one of a topic of its own."""
    if ours is None or ours.kind != section.kind:
        return replace(section, topic=TOPIC)
    facts = {**ours.facts, **section.facts}
    if section.kind == "validation" and "Severity" in section.facts:
        facts["Severity"] = _for_all_cases(section.facts["Severity"], ours)
    texts = {**ours.texts, **section.texts}
    title = ours.title if section.title == section.id else section.title
    written = [f"## {section.id}", *([f"**{title}**"] if title != section.id else [])]
    written += ["\n".join(f"- {name}: {fact}" for name, fact in facts.items())] if facts else []
    written += [f"### {heading}\n\n{text}" for heading, text in texts.items()]
    content = "\n\n".join(written).encode("utf-8")
    return replace(section, title=title, facts=facts, content=content, topic=ours.topic)


def _for_all_cases(severity: str, ours: Section) -> str:
    """The severity of a rule of ours that a team states, also for the cases of which it does not speak."""
    first, *others = severity.split("; ")
    levels = {case: level for level, _, case in (other.partition(" when ") for other in others)}
    cases = [case for case in ours.severities if case]
    return "; ".join([first, *(f"{levels.get(case, first)} when {case}" for case in cases)])


def _is_empty(block: str) -> bool:
    """Whether nothing but comments stands in it."""
    return not re.search(r"^[^\S\n]*+[^\s#]", block, re.MULTILINE)
