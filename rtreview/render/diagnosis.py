"""A diagnosis on a terminal: what it looks like, how to make sure, the fix, and what the design says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rtreview.diagnose.diagnosis import Diagnosis, Exposure, Likeness
from rtreview.diagnose.limits import Limit
from rtreview.diagnose.signs import Sign
from rtreview.render.format import DIAGNOSES, Context
from rtreview.render.text import EXPLAIN, NARROWEST, Line, Piece, hanging, names, painted
from rtreview.rulebook.finding import Verdict
from rtreview.text.harmless import visible

MARK = "bold yellow"
"""The style of a word that matches."""

STANCES = {
    Verdict.VIOLATED: ("this design is open to it", "bold red"),
    Verdict.UNSTATED: ("this design does not say whether it is open to it", "bold yellow"),
    Verdict.UNDECIDED: ("it cannot be told whether this design is open to it", "bold yellow"),
    Verdict.PASSED: ("this design has an answer", "bold green"),
    None: ("no rule on it applies to this design", "dim"),
}
"""What the gravest verdict of the rules means for a design, and its style."""

IN_FULL = (Verdict.VIOLATED, Verdict.UNSTATED, Verdict.UNREVIEWED)
"""The verdicts that are told with their reason."""

WORDS = {
    Verdict.VIOLATED: "violated",
    Verdict.UNSTATED: "not stated",
    Verdict.UNDECIDED: "undecided",
    Verdict.PASSED: "passed",
    Verdict.UNREVIEWED: "not reviewed",
}
"""The verdicts as they are called here."""


FIELDS = {
    "idle_timeout": "the idle timeout of",
    "max_lifetime": "the longest life of a stream at",
    "max_message": "the largest message of",
}
"""What a field is called in front of the platforms that fix it."""

NAMED = 4
"""Platforms that are named for a number, at most."""


def render_diagnosis(diagnosis: Diagnosis, *, width: int = 80, colour: bool = False) -> str:
    """What it looks like, best first; or that it looks like nothing, and what comes closest."""
    return painted(list(_lines(diagnosis, max(width, NARROWEST))), colour)


def _lines(diagnosis: Diagnosis, width: int) -> Iterator[Line]:
    for slip, word in diagnosis.read_as:
        yield from hanging(f"`{slip}` is read as `{word}`", width, "dim", indent="")
    for limit in diagnosis.limits:
        yield from hanging(_limit(limit), width, indent="")
    if not diagnosis.likenesses:
        yield from _unlike(diagnosis, width)
    for rank, likeness in enumerate(diagnosis.likenesses, 1):
        if rank > 1 or diagnosis.read_as or diagnosis.limits:
            yield []
        yield from _likeness(rank, likeness, diagnosis, width)
    yield from _questions(diagnosis, width)
    if diagnosis.likenesses or diagnosis.closest:
        yield []
        yield from hanging(EXPLAIN, width, "dim", indent="")


def _unlike(diagnosis: Diagnosis, width: int) -> Iterator[Line]:
    """Nothing is near: no guess, but what shares a word, and what to do."""
    yield from hanging("No sharp edge looks like that.", width, "bold", indent="")
    if diagnosis.closest:
        yield [Piece("The closest, by a word or two:")]
        for edge in diagnosis.closest:
            yield from hanging(f"{edge.id}: {edge.title}", width)
    advice = (
        "Use other words, in English: what somebody sees (users, messages, connections, memory), when it "
        "happens, what ends it, and a code or a number from the log."
    )
    yield from hanging(advice, width, indent="")


def _likeness(rank: int, likeness: Likeness, diagnosis: Diagnosis, width: int) -> Iterator[Line]:
    edge = likeness.edge
    yield from hanging(f"{rank}. {edge.title}", width, "bold", indent="")
    file = f", {edge.citation.file}" if edge.citation.file else ""
    yield from hanging(f"{edge.id} ({edge.facts['Severity']}){file}", width, "dim", "   ")
    if diagnosis.designs:
        yield from _exposures(likeness, diagnosis, width)
    yield from _part("how near", list(_nearness(likeness)), width)
    matching = likeness.symptoms or (edge.first_sentence("What happens"),)
    yield from _part("looks like it", matching, width, diagnosis)
    yield from _part("why it happens", [likeness.why], width)
    yield from _part("how to confirm", likeness.confirm, width)
    yield from _part("the fix", likeness.fix, width)


def _limit(limit: Limit) -> str:
    named = ", ".join(limit.platforms[:NAMED])
    more = len(limit.platforms) - NAMED
    return f"{limit.quantity} is {FIELDS[limit.field]} {named}{f', and {more} more' if more > 0 else ''}."


def _nearness(likeness: Likeness) -> Iterator[str]:
    """How strong the match is, by what, and what speaks against it."""
    yield f"{likeness.strength}: {_signs(likeness.signs) or 'by its words alone'}"
    if likeness.counter_signs:
        yield f"against it: {_signs(likeness.counter_signs)}"
    if likeness.denied:
        yield f"not there, by the answers: {_signs(likeness.denied)}"


def _signs(signs: Sequence[Sign]) -> str:
    return "; ".join(sign.phrase for sign in signs)


def _questions(diagnosis: Diagnosis, width: int) -> Iterator[Line]:
    """What to ask next, with the name by which an answer is given."""
    if not diagnosis.questions:
        return
    yield []
    asked = "To tell them apart, answer" if diagnosis.likenesses else "Ask these first, and answer"
    yield from hanging(f"{asked} with `--answers SIGN=yes` or `SIGN=no`:", width, "bold", indent="")
    for question in diagnosis.questions:
        yield from hanging(f"- {question.sign.id}: {question.sign.question}", width)


def _part(word: str, texts: Sequence[str], width: int, diagnosis: Diagnosis | None = None) -> Iterator[Line]:
    """Texts below their word, the matching words marked where they are what was looked for."""
    yield [Piece(f"   {word}", "bold")]
    for text in texts:
        for line in hanging(f"- {visible(text)}", width, indent="     "):
            yield _marked(line[0].text, diagnosis) if diagnosis else line


def _marked(text: str, diagnosis: Diagnosis) -> Line:
    line: Line = []
    at = 0
    for start, end in diagnosis.matches(text):
        line += [Piece(text[at:start]), Piece(text[start:end], MARK)]
        at = end
    return [*line, Piece(text[at:])]


def _exposures(likeness: Likeness, diagnosis: Diagnosis, width: int) -> Iterator[Line]:
    """What the rules say that cite the sharp edge: what decides the stance in full, the rest in short."""
    stance, style = STANCES[likeness.stance]
    yield [Piece(f"   {stance}", style)]
    by_verdict: dict[Verdict, list[Exposure]] = {}
    for exposure in likeness.exposures:
        by_verdict.setdefault(exposure.judgement.verdict, []).append(exposure)
    for verdict, exposures in by_verdict.items():
        is_answer = verdict is Verdict.PASSED and likeness.stance is Verdict.PASSED
        if verdict in IN_FULL or is_answer:
            for exposure in exposures:
                yield from hanging(_exposure(exposure, diagnosis), width, indent="     ")
        else:
            yield from hanging(_in_short(verdict, exposures), width, "dim", "     ")


def _exposure(exposure: Exposure, diagnosis: Diagnosis) -> str:
    judgement = exposure.judgement
    design = f" in {visible(exposure.design)}" if len(diagnosis.designs) > 1 else ""
    where = f" in {names(judgement.features)}" if judgement.features else ""
    line = f", line {exposure.line}" if exposure.line else ""
    accepted = f", accepted {visible(exposure.accepted)}" if exposure.accepted else ""
    rule = f"{judgement.rule}{where}{design}{line}{accepted}"
    return f"{WORDS[judgement.verdict]}: {rule}: {visible(judgement.reason)}"


def _in_short(verdict: Verdict, exposures: Sequence[Exposure]) -> str:
    """The rules of a verdict by name; where they are undecided, also what is missing."""
    rules = ", ".join(dict.fromkeys(exposure.judgement.rule for exposure in exposures))
    fields = tuple(dict.fromkeys(name for exposure in exposures for name in exposure.judgement.missing))
    wanted = f", missing {names(fields)}" if fields else ""
    return f"{WORDS[verdict]}{wanted}: {rules}"


def _in_context(diagnosis: Diagnosis, context: Context) -> str:
    return render_diagnosis(diagnosis, width=context.width, colour=context.colour)


DIAGNOSES.register("text", _in_context)
