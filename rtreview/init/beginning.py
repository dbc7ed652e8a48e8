"""How a design begins: from answers, from an example, or from another description of the same system."""

from __future__ import annotations

import os
import re
import shlex
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rtreview.init.draft import WIDTH, Statement
from rtreview.init.questions import BACK, MARGIN, Answers
from rtreview.language.notation import did_you_mean
from rtreview.rulebook.finding import Finding, Verdict
from rtreview.rulebook.references import Section
from rtreview.text.harmless import harmless
from rtreview.text.refusal import Refused
from rtreview.text.shipped import ROOT

LONGEST_ANSWER = 1000

SUFFIX = ".rtreview.yaml"

INTRODUCTION = f"Enter takes what is in brackets, ? means don't know, {BACK} goes back.\n"

_PRINCIPLE = re.compile(r"^([0-9])\. (.+(?:\n   .+)*)", re.MULTILINE)


class Beginning(NamedTuple):
    """A draft, and the statements in it; none where it is an example as it stands.

    `usual` is what was taken where nobody answered, by question; `findings` what its review found, None
    where it was not reviewed.
    """

    text: str
    statements: tuple[Statement, ...] = ()
    usual: Mapping[str, str] = {}
    findings: tuple[Finding, ...] | None = None


def from_answers(given: Mapping[str, str], *, asks: bool) -> Beginning:
    """The draft for the answers of the command line, and of a person for the rest.

    Args:
        given: the answers of the command line, by question.
        asks: whether the rest is asked for; else what is usual is taken.

    Raises:
        Refused: an answer cannot be read, is missing, or does not go together with the others.

    """
    from rtreview.init import questions  # noqa: PLC0415 - an example needs none of it

    interview = questions.Interview(given)
    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    again = _report if is_terminal else None
    typed = _typed(is_terminal)
    while True:
        if asks:
            interview.hold(typed, again)
        try:
            return _drafted(interview.answers)
        except Refused as refusal:
            if again is None or not interview.trail:
                raise
            again(f"{refusal}; `{BACK}` returns to them.")


def _drafted(answers: Answers) -> Beginning:
    """The draft for all answers; refused where they do not go together."""
    from rtreview.init import blueprint, draft  # noqa: PLC0415 - an example needs none of it

    statements = tuple(blueprint.statements(answers))
    text = draft.text(statements, blueprint.HEAD)
    return Beginning(text, statements, answers.usual, draft.remarks(text))


def _typed(is_terminal: bool) -> Callable[[str], str]:
    """Asks in a terminal; from a pipe it takes a line for each question, in their order."""
    introduction = INTRODUCTION

    def typed(question: str) -> str:
        nonlocal introduction
        if is_terminal:
            sys.stderr.write(f"{introduction}\n{question}")
            sys.stderr.flush()
            introduction = ""
        try:
            line = sys.stdin.readline(LONGEST_ANSWER) if sys.stdin is not None else ""
        except UnicodeDecodeError:
            raise Refused("standard input is no UTF-8 text") from None
        if not line:
            missing = question.partition("\n")[0].split("  ")[-1]
            raise Refused(f"nobody answers: {missing} `--defaults` takes what is usual; nothing was written")
        return line

    return typed


def _report(mistake: str) -> None:
    paragraph = textwrap.fill(harmless(mistake), WIDTH, initial_indent=MARGIN, subsequent_indent=MARGIN)
    sys.stderr.write(f"{paragraph}\n")


def templates() -> tuple[str, ...]:
    """The names of the examples that are sound."""
    names = (file.name.removesuffix(SUFFIX) for file in _folder().glob(f"*{SUFFIX}"))
    return tuple(sorted(name for name in names if not name.endswith("-flawed")))


def from_template(name: str) -> Beginning:
    """An example as it stands.

    Raises:
        Refused: no example has that name.

    """
    if name not in templates():
        hint = did_you_mean(name, templates()) or f": there are {', '.join(templates())}"
        raise Refused(f"--template: no example is called `{name}`{hint}")
    return Beginning((_folder() / f"{name}{SUFFIX}").read_text("utf-8"))


def from_files(paths: Sequence[str], folder: str = ".") -> Beginning:
    """What an AsyncAPI document says, or the files of a deployment, or both; and what they leave open.

    A review may well hold against it what the files say.

    Args:
        paths: files, and folders that are searched.
        folder: where the draft is to stand.

    Raises:
        Refused: a file cannot be read, or nothing in them says how messages travel.

    """
    from rtreview.evidence import evidence, files  # noqa: PLC0415 - nothing else reads files
    from rtreview.init import asyncapi, deployed, draft, imported  # noqa: PLC0415 - nothing else reads files
    from rtreview.text import sources  # noqa: PLC0415 - nothing else reads files

    found = files.find([path for path in paths if path != "-"])
    gathered = evidence.of(found)
    # Where several ways are to be seen, and none says that it carries a stream, nobody knows which is meant.
    ways = [way for way in gathered.ways if way.is_a_stream] or gathered.ways[: len(gathered.ways) == 1]
    documents = [file.name for file in found.read if asyncapi.is_one(file.text)]
    documents += ["-"] if "-" in paths else []
    if not documents and not ways:
        if len(paths) > 1 or os.path.isdir(paths[0]):  # noqa: PTH112 - never raises
            raise Refused(
                "--from: nothing in these files says how real-time messages travel: `rtreview evidence` "
                "shows what is read, and `rtreview init` asks"
            )
        # Then it is meant to be one, and what is wrong with it is told.
        documents = [paths[0]]
    if len(documents) > 1:
        several = ", ".join(documents[:3])
        raise Refused(
            f"--from: there are {len(documents)} AsyncAPI documents, such as {several}: name one of them"
        )
    statements: list[Statement] = []
    heads = []
    for name in documents:
        source = sources.read(sources.Source(name))
        if source.problem:
            raise Refused(f"{source.shown}: {source.problem}")
        api = asyncapi.read(source.content, source.shown)
        statements += imported.statements(api)
        heads.append(imported.head(api, source.shown))
    if ways:
        statements = deployed.added(statements, ways, [path for path in paths if path != "-"], folder)
        heads.append(deployed.head(gathered))
    return Beginning(draft.text(statements, " ".join(heads)), tuple(statements))


def _folder() -> Path:
    return ROOT / "examples"


def summary(beginning: Beginning, file: str) -> list[str]:
    """What a person is told when the draft is written: what was taken, and what a review says of it."""
    count = sum(not statement.is_open for statement in beginning.statements)
    rest = len(beginning.statements) - count
    lines = [f"{file}: {count} lines decided, {rest} open" if beginning.statements else f"{file}: an example"]
    taken = [f"{name} {answer}" for name, answer in beginning.usual.items() if answer != "?"]
    unknown = [name for name, answer in beginning.usual.items() if answer == "?"]
    lines += [f"taken as usual: {'; '.join(taken)}"] if taken else []
    lines += [f"left open: {', '.join(unknown)}"] if unknown else []
    lines += [_verdict(beginning), f"review it: rtreview {shlex.quote(file)}"]
    return [
        part
        for line in lines
        for part in textwrap.wrap(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    ]


def _verdict(beginning: Beginning) -> str:
    """How a review of the draft ends."""
    findings = beginning.findings
    if findings is None:
        from rtreview.init import draft  # noqa: PLC0415 - what goes to standard output is not reviewed

        findings = draft.findings(beginning.text)
    asked = [finding.rule for finding in findings if finding.verdict is Verdict.UNSTATED]
    found = [finding.rule for finding in findings if finding.verdict is not Verdict.UNSTATED]
    said = f"its review finds {', '.join(found)}" if found else "its review finds nothing"
    return f"{said}, and asks about {', '.join(asked)}" if asked else said


def explanation(statements: Sequence[Statement], sections: Mapping[str, Section]) -> str:
    """Why each choice was made, with what the section of the references says that it cites."""
    quoted = _quotes(sections)
    lines = []
    for statement in statements:
        if statement.is_open or not statement.comment:
            continue
        lines.append(".".join(str(part) for part in statement.at))
        lines += _wrapped(f"{statement.comment} {statement.reason}")
        if statement.cites:
            lines += _wrapped(f"{statement.cites}: {quoted[statement.cites]}", "  | ")
        lines.append("")
    return "\n".join(lines)


def _wrapped(text: str, mark: str = "  ") -> list[str]:
    plain = harmless(" ".join(text.split()))
    return textwrap.wrap(plain, WIDTH, initial_indent=mark, subsequent_indent=mark, break_on_hyphens=False)


def _quotes(sections: Mapping[str, Section]) -> dict[str, str]:
    """What a citation stands for: a sentence of its section, or the rest of a principle."""
    quoted = {}
    for name, section in sections.items():
        heading = {"pattern": "When", "anti-pattern": "When it is right"}.get(section.kind, "")
        quoted[name] = section.first_sentence(heading) if heading else section.title
    return quoted | principles()


def principles() -> dict[str, str]:
    """The principles of `patterns.md`: their number and first sentence, and the rest of each."""
    head = (ROOT / "references" / "patterns.md").read_text("utf-8").partition("\n## ")[0]
    found = {}
    for number, words in _PRINCIPLE.findall(head):
        first, _, rest = " ".join(words.split()).partition(". ")
        found[f"principle {number}, {first}"] = rest
    return found
