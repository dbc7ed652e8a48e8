"""Symptoms to sharp edges: which failure it looks like, and whether a design is open to it.

Operators say what they see, not what it is. So signs are read out of the sentence first (who suffers, when,
what is seen), and the sharp edges state which of them speak for them and which against. Words are compared
besides.
"""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rtreview.diagnose import limits, questions, signs, vocabulary
from rtreview.diagnose.limits import Limit
from rtreview.diagnose.signs import Sign
from rtreview.diagnose.vocabulary import Term
from rtreview.language.notation import did_you_mean
from rtreview.quantities.unchanging import unchanging
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

WORDS = 0.6
"""What the words that match count beside the signs."""

ALONE = 0.5
"""What signs count that are said of many failures, where no sign that tells more speaks for a sharp edge."""

AGAINST, DENIED = 0.5, 1.0
"""What a sign takes away that speaks against a sharp edge, and one that speaks for it and is denied."""

ANSWERED = 1.0
"""What a yes counts beside a sign that is only read from a sentence: it was asked for in so many words."""

FOREIGN = 3.0
"""What each sign takes away that it is about something else."""

SURE, LEADING = 2.8, 4.0
"""Score below which nothing is near, and below which a match has to stand out from the next to be near."""

STRENGTHS = ((7.0, "strong"), (4.5, "fair"), (0.0, "weak"))
"""How a match is called from a score on."""

LIMITS = {"idle_timeout": "hop-timer", "max_lifetime": "hop-timer", "max_message": "hop-size"}
"""The sign that it is where a number of the sentence is that field of a platform."""

AMONG = {"hop-timer": "fixed-time", "hop-size": "when-large"}
"""The sign that has to be there, so that a number is no chance."""

ASKED = 5
"""Questions that a person is asked, at most."""

FIRST = 3
"""Questions that are shown, at most."""

SIMILAR, SHORTEST = 0.85, 5
"""How alike two spellings are, and how long, where one is a slip for the other (difflib's ratio, letters)."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
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


@unchanging()
class Likeness:
    """A sharp edge that looks like what is seen.

    `symptoms` are those of the book that match, best first. `signs` speak for it, `counter_signs` against it;
    `denied` would have spoken for it, and the answer was no. `exposures` are what the rules say of a design,
    what matters first; empty without one.
    """

    edge: Section
    score: float
    symptoms: tuple[str, ...]
    signs: tuple[Sign, ...] = ()
    counter_signs: tuple[Sign, ...] = ()
    denied: tuple[Sign, ...] = ()
    exposures: tuple[Exposure, ...] = ()

    @property
    def strength(self) -> str:
        """How strong the match is, in a word."""
        return next(word for least, word in STRENGTHS if self.score >= least)

    @property
    def why(self) -> str:
        """Why it happens."""
        return plain(self.edge.texts.get("Why", "").split("\n\n", maxsplit=1)[0])

    @property
    def confirm(self) -> list[str]:
        """What to look at to be sure."""
        return _points(self.edge.texts.get("How to confirm", ""))

    @property
    def fix(self) -> list[str]:
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


@unchanging()
class Question:
    """A sign to ask for, and the sharp edges that a yes and a no speak for."""

    sign: Sign
    yes: tuple[Section, ...]
    no: tuple[Section, ...]


@unchanging()
class Diagnosis:
    """What it looks like, best first; `closest` where nothing does.

    `designs` are the names of those whose reviews were asked. `read_as` are slips, as they were read.
    `limits` are numbers that the catalogue has. `signs` are those of the sentence and of the answers;
    `questions` are what to ask next, what tells most first, and empty where there is no doubt.
    """

    seen: str
    designs: tuple[str, ...]
    likenesses: tuple[Likeness, ...]
    closest: tuple[Section, ...]
    read_as: tuple[tuple[str, str], ...]
    terms: tuple[Term, ...]
    limits: tuple[Limit, ...]
    signs: tuple[Sign, ...]
    questions: tuple[Question, ...]

    def matches(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a text says what was said: start and end of each word."""
        keys = {key for term in self.terms for key in _keys(term)}
        for term in vocabulary.terms(text):
            if keys.intersection(_keys(term)):
                yield term.start, term.end


def diagnose(
    seen: str,
    rulebook: Rulebook,
    reviews: Sequence[Review] = (),
    answers: Mapping[str, bool | None] | None = None,
) -> Diagnosis:
    """What a description of symptoms looks like, and what reviews of a design say of it.

    Args:
        seen: what is seen.
        rulebook: the references that are asked, and the rules that cite them.
        reviews: those of a design that is asked whether it is open to it.
        answers: whether a sign is there, by its id; None where nobody knows, so that nobody is asked again.

    Raises:
        Refused: nothing is said, or more than a person would read; or a sign is none.

    """
    if len(seen) > LONGEST:
        raise Refused(f"what is seen has more than {LONGEST:,} characters: say it in a sentence or two")
    if not seen.strip():
        raise Refused("nothing is said: tell what is seen, such as `users flicker online and offline`")
    index = _index(rulebook)
    sentence, read_as = index.spelt(seen)
    sentence = limits.timeless(sentence)
    numbers = limits.read(sentence)
    evidence = _Evidence.of(sentence, numbers, answers or {})
    terms = index.terms(sentence)
    words = index.words(terms)
    scores = {name: index.score(words, evidence, name) for name in index.edges}
    ranked = sorted(scores, key=lambda name: -scores[name])
    told = [name for name in ranked if index.is_told(words, evidence, name)]
    best = scores[told[0]] if told else 0.0
    designs = tuple(review.name or "the design" for review in reviews)
    near: list[Likeness] = []
    closest: tuple[Section, ...] = ()
    if best < SURE or (best < LEADING and len(told) > 1 and scores[told[1]] >= best * AS_NEAR):
        closest = tuple(index.edges[name] for name in ranked[:MOST] if index.is_akin(words, evidence, name))
    else:
        near = [
            index.likeness(words, evidence, name, scores[name], _exposures(name, reviews, rulebook))
            for at, name in enumerate(told)
            if scores[name] >= best * (NEAR if at < MOST else AS_NEAR)
        ]
    if reviews:
        near.sort(key=lambda likeness: ORDER.index(likeness.stance))
    return Diagnosis(
        seen,
        designs,
        tuple(near),
        closest,
        read_as,
        tuple(terms),
        tuple(limit for limit in numbers if LIMITS[limit.field] in evidence.present),
        tuple(signs.known()[name] for name in evidence.present),
        index.questions(scores, evidence, is_near=bool(near)),
    )


class _Evidence(NamedTuple):
    """The signs that are there, those that a yes says so of, those that are not, and all that is settled."""

    present: tuple[str, ...]
    affirmed: frozenset[str]
    denied: frozenset[str]
    settled: frozenset[str]

    @classmethod
    def of(cls, sentence: str, numbers: Sequence[Limit], answers: Mapping[str, bool | None]) -> _Evidence:
        """What a sentence and answers say; an answer counts more than what was read."""
        known = signs.known()
        for name in answers:
            if name not in known:
                hint = did_you_mean(name, tuple(known)) or ": a question shows what its sign is called"
                raise Refused(f"no sign is called `{name}`{hint}")
        found = set(signs.read(sentence))
        found |= {LIMITS[limit.field] for limit in numbers if AMONG[LIMITS[limit.field]] in found}
        affirmed = frozenset(name for name, answer in answers.items() if answer)
        found |= affirmed
        denied = frozenset(name for name, answer in answers.items() if answer is False)
        present = tuple(name for name in known if name in found and name not in denied)
        return cls(present, affirmed, denied, frozenset(found | set(answers)))


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


_Story = tuple[str, str]
"""A piece of a sharp edge whose words belong together: its title, what happens, or a symptom."""


class _Words(NamedTuple):
    """What of the words of a sentence each sharp edge has, and each of its stories; and how many words."""

    edges: Mapping[str, float]
    stories: Mapping[_Story, float]
    counts: Mapping[str, int]


@lru_cache(maxsize=8)  # a server reads the references of a team anew for each call
def _index(rulebook: Rulebook) -> _Index:
    return _Index(rulebook.sections)


class _Index:
    """The sharp edges: which signs each states, and how often it speaks of what: BM25 over weighted headings.

    A word and the groups that it belongs to are counted apart, so that the word itself counts more than
    another of its group.
    """

    def __init__(self, sections: Mapping[str, Section]) -> None:
        self.edges = {name: edge for name, edge in sections.items() if edge.kind == "sharp-edge"}
        self._worths = _worths(self.edges.values())
        self._texts = {name: _texts(edge) for name, edge in self.edges.items()}
        counts = {
            name: {heading: _count(text) for heading, text in parts.items()}
            for name, parts in self._texts.items()
        }
        lengths = {
            heading: sum(count[heading].total() for count in counts.values()) / len(counts)
            for heading in WEIGHTS
        }
        self._symptoms = {name: _points(edge.texts.get("Symptoms", "")) for name, edge in self.edges.items()}
        self._weights: dict[str, dict[str, float]] = {}
        self._stories: dict[str, list[_Story]] = {}
        for name, counted in counts.items():
            for key, weight in _weights(counted, lengths).items():
                self._weights.setdefault(key, {})[name] = weight
            stories = {story: counted[story] for story in ("title", "What happens")}
            for story, keys in (stories | {text: _count(text) for text in self._symptoms[name]}).items():
                for key in keys:
                    self._stories.setdefault(key, []).append((name, story))

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
        rarity = {}
        for key, weights in self._weights.items():
            share = sum(weights.values()) / max(weights.values())
            rarity[key] = math.log(1 + (len(self.edges) - share + 0.5) / (share + 0.5))
        return rarity

    def spelt(self, seen: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What is said without slips; and the slips in it, with what they were read as."""
        seen = _COLOURS.sub("", seen).lower()
        slips = {}
        for word in dict.fromkeys(_spelt(seen)):
            if len(word) < SHORTEST or self._knows(word) or signs.knows(word):
                continue
            alike = [spelling for spelling in self._written if spelling[0] == word[0]]
            for close in difflib.get_close_matches(word, sorted(alike), n=1, cutoff=SIMILAR):
                slips[word] = close
        return re.sub(r"[a-z]+", lambda found: slips.get(found[0], found[0]), seen), tuple(slips.items())

    def terms(self, sentence: str) -> list[Term]:
        """The terms of a sentence, each once."""
        return list({term.stem: term for term in vocabulary.terms(sentence)}.values())

    def words(self, terms: Iterable[Term]) -> _Words:
        """How much of what is said each sharp edge has, and each of its stories."""
        edges: defaultdict[str, float] = defaultdict(float)
        stories: defaultdict[_Story, float] = defaultdict(float)
        counts: Counter[str] = Counter()
        for term in terms:
            apart: dict[str, float] = {}
            together: dict[_Story, float] = {}
            for worth, key in self._worths_of(term):
                for edge, weight in self._weights[key].items():
                    apart[edge] = max(apart.get(edge, 0.0), worth * weight)
                together |= dict.fromkeys(self._stories.get(key, ()), worth)
            counts.update(apart.keys())
            for edge, worth in apart.items():
                edges[edge] += worth
            for story, worth in together.items():
                stories[story] += worth
        best: dict[str, float] = {}
        for (edge, _), worth in stories.items():
            best[edge] = max(best.get(edge, 0.0), worth)
        for edge, worth in best.items():
            edges[edge] += TOGETHER * worth
        return _Words(edges, stories, counts)

    def _worths_of(self, term: Term) -> list[tuple[float, str]]:
        """What it is worth to find the term itself, or another of one of its groups; the best last."""
        return sorted(
            (self._rarity[key] * (1.0 if key == term.stem else KINDRED), key)
            for key in _keys(term)
            if key in self._rarity
        )

    def _knows(self, word: str) -> bool:
        return vocabulary.stem(word) in self._rarity or vocabulary.knows(word) or word in self._written

    def score(self, words: _Words, evidence: _Evidence, edge: str) -> float:
        """How much a sharp edge looks like it: what its signs are worth, and its words."""
        section = self.edges[edge]
        foreign = sum(signs.known()[name].is_elsewhere for name in evidence.present)
        speaking = [name for name in evidence.present if name in section.signs]
        is_vague = all(signs.known()[name].is_common for name in speaking)
        return (
            self._sum(speaking, section.signs) * (ALONE if is_vague else 1.0)
            + ANSWERED * self._sum(evidence.affirmed, section.signs)
            - AGAINST * self._sum(evidence.present, section.counter_signs)
            - AGAINST * ANSWERED * self._sum(evidence.affirmed, section.counter_signs)
            - DENIED * self._sum(evidence.denied, section.signs)
            - FOREIGN * foreign
            + WORDS * words.edges.get(edge, 0.0)
        )

    def likeness(
        self,
        words: _Words,
        evidence: _Evidence,
        edge: str,
        score: float,
        exposures: tuple[Exposure, ...],
    ) -> Likeness:
        """A sharp edge with what speaks for it and against it, what tells most first."""
        section = self.edges[edge]

        def told(names: Iterable[str], stated: Sequence[str]) -> tuple[Sign, ...]:
            both = sorted(set(names) & set(stated), key=lambda name: (-self._worths[name], name))
            return tuple(signs.known()[name] for name in both)

        return Likeness(
            section,
            score,
            self._matching(words, edge),
            told(evidence.present, section.signs),
            told(evidence.present, section.counter_signs),
            told(evidence.denied, section.signs),
            exposures,
        )

    def questions(
        self, scores: Mapping[str, float], evidence: _Evidence, *, is_near: bool
    ) -> tuple[Question, ...]:
        """What to ask next, unless there is hardly any doubt."""
        chance = questions.chances(scores)
        if is_near and max(chance.values()) >= questions.CERTAIN:
            return ()
        known = signs.known()
        asked = [name for name in self._worths if known[name].question and name not in evidence.settled]
        return tuple(
            Question(
                known[name],
                tuple(edge for edge in self.edges.values() if name in edge.signs),
                tuple(edge for edge in self.edges.values() if name in edge.counter_signs),
            )
            for name in questions.telling(chance, self.edges, asked, FIRST)
        )

    def is_akin(self, words: _Words, evidence: _Evidence, edge: str) -> bool:
        """Whether a sharp edge has anything at all of what is said."""
        return bool(set(evidence.present) & set(self.edges[edge].signs)) or words.edges.get(edge, 0.0) > 0

    def is_told(self, words: _Words, evidence: _Evidence, edge: str) -> bool:
        """Whether more of it is said than one sign that many failures have, or one word."""
        speaking = set(evidence.present) & set(self.edges[edge].signs)
        if any(name in evidence.affirmed or not signs.known()[name].is_common for name in speaking):
            return True
        return len(speaking) > 1 or words.counts.get(edge, 0) > 1

    def _sum(self, names: Iterable[str], stated: Sequence[str]) -> float:
        """What those signs are worth that a sharp edge states."""
        return sum(self._worths[name] for name in names if name in stated)

    def _matching(self, words: _Words, edge: str) -> tuple[str, ...]:
        """The symptoms of a sharp edge that match, best first."""
        ranked = [(words.stories.get((edge, symptom), 0.0), symptom) for symptom in self._symptoms[edge]]
        best = max(worth for worth, _ in ranked)
        near = [pair for pair in ranked if pair[0] > best / 2]
        return tuple(symptom for _, symptom in sorted(near, key=lambda pair: -pair[0]))


def _worths(edges: Collection[Section]) -> dict[str, float]:
    """What each sign is worth: the more, the fewer sharp edges state it.

    Raises:
        Refused: a sharp edge states one that is none.

    """
    known = signs.known()
    stated: Counter[str] = Counter()
    for edge in edges:
        for name in (*edge.signs, *edge.counter_signs):
            if name not in known:
                hint = did_you_mean(name, tuple(known))
                raise Refused(f"{edge.file}: `{edge.id}` states `{name}`, which is no sign{hint}")
        stated.update(edge.signs)
        stated.update(dict.fromkeys(edge.counter_signs, 0))
    return {name: math.log(1 + len(edges) / max(1, count)) for name, count in stated.items()}


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
