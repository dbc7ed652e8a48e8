"""Reports whose every word attacks the format, by hypothesis; and one with a finding of each state."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from conftest import FLAWED, RULEBOOK
from hypothesis import strategies as st

from rtreview.reviews.engine import review
from rtreview.reviews.report import Hidden, Known, Report, Review
from rtreview.rulebook.finding import Acceptance, Accepted, Comparison, Finding, Judgement, Severity, Verdict
from rtreview.text.place import Place, Span

IGNORABLE = frozenset(
    chr(code)
    for first, last in (
        (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
        (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
        (0xE0000, 0xE0FFF),
    )
    for code in range(first, last + 1)
)  # fmt: skip
"""Default_Ignorable_Code_Point, as DerivedCoreProperties.txt of Unicode 16 has it. Python has not."""

PREPENDED = frozenset(map(chr, [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD]))
"""Prepended_Concatenation_Mark of PropList.txt: format that is seen, such as Arabic number signs."""

JOINERS, EMOJI = "\u200c\u200d", "\ufe0e\ufe0f"
"""What Persian and emoji are written with. Each may follow another sign, the joiners those of emoji too."""


def fitting(text: str) -> str:
    """What the formats document: U+FFFD for what XML forbids, moves a cursor, or turns writing."""
    return "".join(
        "\ufffd" if is_hidden(sign) or _only_hides(sign, before) else sign
        for before, sign in zip(f" {text}", text, strict=False)
    )


def _only_hides(sign: str, before: str) -> bool:
    return (sign in EMOJI and before in JOINERS + EMOJI) or (sign in JOINERS and before in JOINERS)


def line(text: str) -> str:
    """The same with its white space reduced to single blanks."""
    return fitting(" ".join(text.split()))


def is_hidden(sign: str) -> bool:
    """Whether a sign by itself is made visible."""
    if sign in JOINERS + EMOJI:
        return False
    category = unicodedata.category(sign)
    of_format = category == "Cf" and sign not in PREPENDED
    return of_format or category in ("Cc", "Cs", "Zl", "Zp") or sign in IGNORABLE or sign in "\ufffe\uffff"


scraps = st.sampled_from(
    ["\x00", "\x1b[2J", "\x9b31m", "\x7f", "::error::", "\n::error file=a::b", "\r\n", "\r", "\t", "  ",
     "]]>", "<script>", "</failure>", "&amp;", "&#0;", '"', "'", "\ud800", "\udfff", "\u202e", "\u2066",
     "\u200f", "\u2028", "\x85", "\ufffe", "\uffff", "](1)", "[x](https://a.example)", "{0}", "%0A", "#", "?",
     "//", ":", "日本", "😀",
     "\u200d", "\u200c", "\ufe0f", "\u034f", "\u3164", "\U000e0041", "\U000e0101", "\\", "transport.path[1]"]
)  # fmt: skip
texts = st.lists(st.one_of(scraps, st.text(max_size=3)), max_size=6).map("".join)
several = st.lists(texts, max_size=2).map(tuple)
spans = st.builds(
    lambda line, column, lines, columns: Span(line, column, line + lines, column + columns),
    *[st.integers(1, 9)] * 4,
)
places = st.builds(Place, at=st.just(("transport",)), span=spans, label=texts, name=texts)
amounts = st.floats(allow_nan=False)
comparisons = st.builds(Comparison, texts, amounts, texts, amounts, st.just("s"), st.booleans())
rules = st.sampled_from(["missing-heartbeat", "presence-immediate-removal", "schema"])
findings = st.builds(
    Finding,
    rule=rules,
    verdict=st.sampled_from([Verdict.VIOLATED, Verdict.UNSTATED, Verdict.NOTE, Verdict.UNREVIEWED]),
    severity=st.sampled_from(Severity),
    title=st.just("A fault"),
    message=texts,
    place=places,
    related=st.lists(places, max_size=2).map(tuple),
    features=several,
    fix=texts,
    question=texts,
    comparison=st.none() | comparisons,
)
verdicts = st.sampled_from([one for one in Verdict if one is not Verdict.NOTE])
judgements = st.builds(Judgement, rules, st.sampled_from(Severity), several, verdicts, texts, st.just(()))
accepted = st.builds(Accepted, findings, st.builds(Acceptance, texts, texts, texts, places))
reviews = st.builds(
    Review,
    path=texts,
    lines=st.just(("",)),
    name=st.none() | texts,
    findings=st.lists(findings, max_size=2).map(tuple),
    accepted=st.lists(accepted, max_size=1).map(tuple),
    known=st.lists(st.builds(Known, findings, texts), max_size=1).map(tuple),
    judgements=st.lists(judgements, max_size=2).map(tuple),
)
reports = st.builds(
    Report,
    st.lists(reviews, max_size=2).map(tuple),
    st.just(RULEBOOK),
    st.none() | st.builds(Hidden, texts, texts, several),
)


def reviewed(source: str, path: str = "chat.yaml") -> Report:
    """The report on a text."""
    return Report(tuple(review(source, path)), RULEBOOK)


def of_each_state() -> Report:
    """The flawed chat: its first finding accepted, its second known, the others new."""
    (one,) = review(FLAWED.read_bytes(), "chat.yaml")
    first, second, *others = one.findings
    place = Place(("accepted", 0), Span(50, 3, 50, 20), "", "accepted[heartbeat-slower-than-path]")
    terms = Acceptance("all clients are ours", "chat team", "until 2027-01-31", place)
    changed = replace(
        one,
        findings=tuple(others),
        accepted=(Accepted(first, terms),),
        known=(Known(second, "2026-11-01"),),
    )
    return Report((changed,), RULEBOOK, Hidden("baseline.json", "2026-11-01", ("gone-rule at line 3",)))
