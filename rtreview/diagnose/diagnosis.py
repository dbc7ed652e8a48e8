"""Symptoms to sharp edges: which failure it looks like, and whether a design is open to it."""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

from rtreview.diagnose import vocabulary
from rtreview.diagnose.vocabulary import Term
from rtreview.reviews.report import Review
from rtreview.rulebook.finding import Finding, Judgement, Verdict
from rtreview.rulebook.references import Section, plain
from rtreview.text.refusal import Refused

if TYPE_CHECKING:
    from rtreview.rulebook.rulebook import Rulebook

LONGEST = 2000
"""Characters of what is seen, at most: a sentence or two say more than a log."""

MOST = 3
"""Sharp edges that are told of, where no further one is as near."""

NEAR, AS_NEAR = 0.4, 0.9
"""Share of the best score from which one is told of, and from which also beyond the first three."""

WEIGHTS = {
    "title": 4.0,
    "Symptoms": 4.0,
    "What happens": 2.0,
    "Why": 1.0,
    "How to confirm": 1.0,
}
"""What a word counts under each heading; ways out and figures are for when it is known what it is."""

SATURATION, LENGTH = 5.0, 0.5
"""k1 and b of BM25 (Robertson and Zaragoza, 2009); k1 is high, for the weights multiply what is counted."""

KINDRED = 0.8
"""What another word of the same group counts, against the word itself."""

TOGETHER = 0.5
"""What words count once more that stand in one symptom."""

SURE, LEAST_SHARE = 1.5, 0.4
"""Score below which it is a guess, times the share of what is said that it explains, or the least of it."""

SIMILAR, SHORTEST = 0.85, 5
"""How alike two spellings are, and how long, where one is a slip for the other (difflib's ratio, letters)."""

_COLOURS = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
"""What a line that is pasted from a log brings along; its letters are no words."""

ORDER = (Verdict.VIOLATED, Verdict.UNSTATED, Verdict.UNDECIDED, None, Verdict.PASSED)
"""The stances of a design, the worst first; None where no rule on a sharp edge applies to it."""


class Exposure(NamedTuple):
    """What a rule that cites a sharp edge says of a design.

    `line` is that of its finding, 0 without one. `accepted` tells until when the team lives with it.
    """

    design: str
    judgement: Judgement
    line: int
    accepted: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """A sharp edge that looks like what is seen.

    `symptoms` are those of the book that match, best first. `exposures` are what the rules say of a design,
    what matters first; empty without one.
    """

    edge: Section
    score: float
    symptoms: tuple[str, ...]
    exposures: tuple[Exposure, ...] = ()

    @property
    def why(self) -> str:
        """Why it happens."""
        return plain(self.edge.texts.get("Why", "").split("\n\n", maxsplit=1)[0])

    @property
    def confirm(self) -> list[str]:
        """What to look at to be sure."""
        return _points(self.edge.texts.get("How to confirm", ""))

    @property
    def way_out(self) -> list[str]:
        """What to do."""
        return _points(self.edge.texts.get("What to do", ""))

    @property
    def stance(self) -> Verdict | None:
        """The gravest verdict on the design; None where no rule applies to it."""
        verdicts = {exposure.judgement.verdict for exposure in self.exposures}
        if Verdict.UNREVIEWED in verdicts:
            # A rule that failed has not decided anything.
            verdicts.add(Verdict.UNDECIDED)
        return next((stance for stance in ORDER if stance in verdicts), None)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What it looks like, best first; `closest` where nothing does.

    `designs` are the names of those whose reviews were asked. `read_as` are slips, as they were read.
    """

    seen: str
    designs: tuple[str, ...]
    likenesses: tuple[Likeness, ...]
    closest: tuple[Section, ...]
    read_as: tuple[tuple[str, str], ...]
    terms: tuple[Term, ...]

    def matches(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a text says what was said: start and end of each word."""
        keys = {key for term in self.terms for key in _keys(term)}
        for term in vocabulary.terms(text):
            if keys.intersection(_keys(term)):
                yield term.start, term.end


def diagnose(seen: str, rulebook: Rulebook, reviews: Sequence[Review] = ()) -> Diagnosis:
    """What a description of symptoms looks like, and what reviews of a design say of it.

    Args:
        seen: what is seen.
        rulebook: the references that are asked, and the rules that cite them.
        reviews: those of a design that is asked whether it is open to it.

    Raises:
        Refused: nothing is said, or more than a person would read.

    """
    if len(seen) > LONGEST:
        raise Refused(f"what is seen has more than {LONGEST:,} characters: say it in a sentence or two")
    if not seen.strip():
        raise Refused('nothing is said: try `rtreview diagnose "users flicker online and offline"`')
    index = _index(rulebook)
    terms, read_as = index.read(seen)
    scores = {name: index.score(terms, name) for name in index.edges}
    ranked = sorted(scores, key=lambda name: -scores[name])
    best = scores[ranked[0]]
    designs = tuple(review.name or "the design" for review in reviews)
    if best * max(LEAST_SHARE, index.share(terms, ranked[0])) < SURE:
        closest = tuple(index.edges[name] for name in ranked[:MOST] if scores[name] > 0)
        return Diagnosis(seen, designs, (), closest, read_as, tuple(terms))
    near = [
        Likeness(
            index.edges[name], scores[name], index.symptoms(terms, name), _exposures(name, reviews, rulebook)
        )
        for at, name in enumerate(ranked)
        if scores[name] >= best * (NEAR if at < MOST else AS_NEAR)
    ]
    if reviews:
        near.sort(key=lambda likeness: ORDER.index(likeness.stance))
    return Diagnosis(seen, designs, tuple(near), (), read_as, tuple(terms))


def _points(markdown: str) -> list[str]:
    """The items of a list, each on one line."""
    return [plain(item) for item in re.split(r"(?m)^- ", markdown) if item.strip()]


def _exposures(edge: str, reviews: Sequence[Review], rulebook: Rulebook) -> tuple[Exposure, ...]:
    """The verdicts of the rules that cite a sharp edge, those that matter most first."""
    if not reviews:
        return ()
    citing = {
        rule.id for rule in rulebook if edge in {sharp_edge.id for sharp_edge in rule.cites.sharp_edges}
    }
    exposures = [
        _exposure(review, judgement)
        for review in reviews
        for judgement in review.judgements
        if judgement.rule in citing and judgement.verdict is not Verdict.NOT_APPLICABLE
    ]
    return tuple(
        sorted(
            exposures,
            key=lambda exposure: (exposure.judgement.verdict.rank, exposure.judgement.severity.rank),
        )
    )


def _exposure(review: Review, judgement: Judgement) -> Exposure:
    def is_its(finding: Finding) -> bool:
        same = (judgement.rule, judgement.features, judgement.verdict)
        return (finding.rule, finding.features, finding.verdict) == same

    accepted = [entry for entry in review.accepted if is_its(entry.finding)]
    found = [finding for finding in review.findings if is_its(finding)] + [
        entry.finding for entry in accepted
    ]
    line = found[0].place.span.line if found else 0
    return Exposure(review.name or "", judgement, line, accepted[0].acceptance.ends if accepted else "")


@cache
def _index(rulebook: Rulebook) -> _Index:
    return _Index(rulebook.sections)


class _Index:
    """The sharp edges, and how often each speaks of what: BM25 over weighted headings.

    A word and the groups that it belongs to are counted apart, so that the word itself counts more than
    another of its group.
    """

    def __init__(self, sections: Mapping[str, Section]) -> None:
        self.edges = {name: edge for name, edge in sections.items() if edge.kind == "sharp-edge"}
        texts = {name: _texts(edge) for name, edge in self.edges.items()}
        counts = {
            name: {heading: _count(text) for heading, text in parts.items()} for name, parts in texts.items()
        }
        lengths = {
            heading: sum(count[heading].total() for count in counts.values()) / len(counts)
            for heading in WEIGHTS
        }
        self._texts = texts
        self._weights = {name: _weights(counted, lengths) for name, counted in counts.items()}
        self._symptoms = {
            name: [(symptom, set(_count(symptom))) for symptom in _points(edge.texts.get("Symptoms", ""))]
            for name, edge in self.edges.items()
        }
        self._stories = {
            name: [
                set(counted["title"]),
                set(counted["What happens"]),
                *(keys for _, keys in self._symptoms[name]),
            ]
            for name, counted in counts.items()
        }

    @cached_property
    def _written(self) -> set[str]:
        """Every word of the book and of the groups, as it is written."""
        words = {word for parts in self._texts.values() for text in parts.values() for word in _spelt(text)}
        return words | vocabulary.spellings()

    @cached_property
    def _rarity(self) -> dict[str, float]:
        """BM25's weight of a word by the number of sections that have it.

        A section counts by how much it speaks of it, against the one that does most.
        """
        by_key: dict[str, list[float]] = {}
        for weights in self._weights.values():
            for key, weight in weights.items():
                by_key.setdefault(key, []).append(weight)
        rarity = {}
        for key, shares in by_key.items():
            share = sum(shares) / max(shares)
            rarity[key] = math.log(1 + (len(self.edges) - share + 0.5) / (share + 0.5))
        return rarity

    def read(self, seen: str) -> tuple[list[Term], tuple[tuple[str, str], ...]]:
        """The terms of what is said, each once; and the slips in it, with what they were read as."""
        seen = _COLOURS.sub("", seen).lower()
        slips = {}
        for word in dict.fromkeys(_spelt(seen)):
            if len(word) < SHORTEST or self._knows(word):
                continue
            alike = [spelling for spelling in self._written if spelling[0] == word[0]]
            for close in difflib.get_close_matches(word, sorted(alike), n=1, cutoff=SIMILAR):
                slips[word] = close
        corrected = re.sub(r"[a-z]+", lambda found: slips.get(found[0], found[0]), seen)
        terms = {term.stem: term for term in vocabulary.terms(corrected)}
        return list(terms.values()), tuple(slips.items())

    def _knows(self, word: str) -> bool:
        return vocabulary.stem(word) in self._rarity or vocabulary.knows(word) or word in self._written

    def score(self, terms: Iterable[Term], edge: str) -> float:
        """How much a sharp edge looks like it: its words, and once more those that it has in one symptom."""
        weights = self._weights[edge]
        apart = sum(self._worth(term, weights) for term in terms)
        return apart + TOGETHER * max(self._together(terms, keys) for keys in self._stories[edge])

    def share(self, terms: Sequence[Term], edge: str) -> float:
        """The share of what is said of which a sharp edge speaks."""
        weights = self._weights[edge]
        return sum(any(key in weights for key in _keys(term)) for term in terms) / max(1, len(terms))

    def symptoms(self, terms: Sequence[Term], edge: str) -> tuple[str, ...]:
        """The symptoms of a sharp edge that match, best first."""
        ranked = [(self._together(terms, keys), symptom) for symptom, keys in self._symptoms[edge]]
        best = max(worth for worth, _ in ranked)
        near = [pair for pair in ranked if pair[0] > best / 2]
        return tuple(symptom for _, symptom in sorted(near, key=lambda pair: -pair[0]))

    def _together(self, terms: Iterable[Term], keys: set[str]) -> float:
        """What those terms are worth that a sentence has."""
        return sum(self._worth(term, dict.fromkeys(keys.intersection(_keys(term)), 1.0)) for term in terms)

    def _worth(self, term: Term, weights: dict[str, float]) -> float:
        """What a term is worth: by the word itself, or by another of its groups, whichever says more."""
        return max(
            (
                self._rarity[key] * weights[key] * (1.0 if key == term.stem else KINDRED)
                for key in _keys(term)
                if key in weights
            ),
            default=0.0,
        )


def _texts(edge: Section) -> dict[str, str]:
    """What is read of a sharp edge, by what it counts."""
    texts = {"title": f"{edge.title} {edge.id}", **edge.texts}
    return {heading: texts[heading] for heading in WEIGHTS}


def _weights(counts: dict[str, Counter[str]], lengths: dict[str, float]) -> dict[str, float]:
    """How much a sharp edge speaks of each word, from 0 to 1, by its headings and their usual lengths."""
    mentions: dict[str, float] = {}
    for heading, counted in counts.items():
        share = WEIGHTS[heading] / (1 - LENGTH + LENGTH * counted.total() / lengths[heading])
        for key, count in counted.items():
            mentions[key] = mentions.get(key, 0.0) + share * count
    return {key: count / (SATURATION + count) for key, count in mentions.items()}


def _count(text: str) -> Counter[str]:
    return Counter(key for term in vocabulary.terms(text) for key in _keys(term))


def _keys(term: Term) -> tuple[str, ...]:
    """The word and its groups, as they are counted."""
    return (term.stem, *term.groups)


def _spelt(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())
