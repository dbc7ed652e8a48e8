"""What a deployment fixes, on a terminal: what is wrong, each way with its facts, and what to find out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rtreview.evidence.choice import SetAside
from rtreview.evidence.deployment import Fact
from rtreview.evidence.deployment import Line as Origin
from rtreview.evidence.way import Way
from rtreview.render.format import EVIDENCE
from rtreview.render.text import NARROWEST, Line, Piece, hanging, many, painted, render_finding
from rtreview.reviews.faults import Survey
from rtreview.text.harmless import cells, visible
from rtreview.text.scalars import flow

ARROW = " > "

MOST_NAMED = 4
"""Entrances that are named one by one."""

NO_STREAM = "Nothing in these files says which way carries a stream; these are all of them."

NEXT = "`rtreview init --from PATH` writes a spec of it."


def render(survey: Survey, *, width: int = 80, colour: bool = False) -> str:
    """What is wrong; every way, its facts by field and line, its questions; and what was looked at."""
    found = ((finding, review) for review in survey.reviews for finding in review.findings)
    wrong = [f"{render_finding(*each, width=width, colour=colour)}\n" for each in found]
    return "".join((*wrong, painted(list(_lines(survey, max(width, NARROWEST))), colour)))


def _lines(survey: Survey, width: int) -> Iterator[Line]:
    evidence = survey.evidence
    if len(evidence.ways) > 1 and not any(way.is_a_stream for way in evidence.ways):
        yield from hanging(NO_STREAM, width, indent="")
        yield []
    for way in evidence.ways:
        yield from _way(way, width)
        yield []
    for way in evidence.further:
        yield from _way(way, width)
        yield []
    for reason, group in groupby(sorted(evidence.set_aside, key=_reason), key=_reason):
        names = list(dict.fromkeys(_entrance(aside.line, evidence.ways) for aside in group))
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        line = f"set aside: {', '.join(names[:MOST_NAMED])}{more}, since {reason}"
        yield from hanging(visible(line), width, "dim", indent="")
    for each in evidence.unread:
        yield from hanging(visible(f"{each.name}: {each.reason}"), width, "yellow", indent="")
    yield from hanging(_summary(survey), width, "bold", indent="")
    if evidence.ways:
        yield from hanging(NEXT, width, "dim", indent="")


def _reason(aside: SetAside) -> str:
    return aside.reason


def _entrance(line: Origin, ways: Sequence[Way]) -> str:
    """The file of an entrance, with its line where another of it is told."""
    return f"{line.file}:{line.number}" if line.file in {way.line.file for way in ways} else line.file


def _way(way: Way, width: int) -> Iterator[Line]:
    stops = [*way.hops, way.called]
    yield from hanging(
        visible(f"{way.prefix or 'All paths'}: {ARROW.join(filter(None, stops))}"), width, "bold", ""
    )
    if way.set_aside:
        yield from hanging(visible(f"Set aside: {way.set_aside}."), width, "dim")
    for alike in way.fixed:
        first = alike[0]
        yield [Piece(f"  {visible(way.named(first.field))}: "), Piece(visible(flow(first.value)), "bold")]
        for fact in alike:
            yield from _origin(fact.line, width)
            if remark := _remark(fact, way):
                yield from hanging(visible(remark), width, "dim", indent="    ")
    for question in way.questions if not way.set_aside else ():
        yield from hanging(visible(f"? {question.about}: {question.text}"), width, "yellow")
        yield from _origin(question.line, width)


def _remark(fact: Fact, way: Way) -> str:
    """What else decides, and for which kinds of transport, where the way may carry others."""
    kinds = f"for {', '.join(sorted(fact.kinds))}" if fact.kinds - way.carries else ""
    return "; ".join(filter(None, (fact.origin, kinds)))


def _origin(line: Origin, width: int) -> Iterator[Line]:
    """The place of a line, and what stands there as far as there is room."""
    place = f"    {line.file}:{line.number}  "
    room = width - cells(place)
    text = visible(line.text)
    if room < len(text) and len(text) > width // 4:
        text = f"{text[: max(room, width // 4) - 1]}…"
    yield [Piece(visible(place), "dim"), Piece(text)]


def _summary(survey: Survey) -> str:
    evidence = survey.evidence
    facts = sum(len(way.fixed) for way in evidence.ways)
    asked = sum(len(list(way.questions)) for way in evidence.ways)
    read = f"{len(evidence.files)} of {many(evidence.looked_at, 'file')} say something of a deployment"
    if not evidence.ways:
        return f"{read}; no way of messages is to be seen in them."
    counts = (many(len(evidence.ways), "way"), many(facts, "fact"), many(asked, "question"))
    wrong = sum(len(review.findings) for review in survey.reviews)
    faults = f", {many(wrong, 'fault')}" if wrong else ""
    return f"{read}: {counts[0]} of messages, {counts[1]}, {counts[2]}{faults}."


EVIDENCE.register("text", lambda survey, context: render(survey, width=context.width, colour=context.colour))
