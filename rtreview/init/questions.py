"""The questions of `rtreview init`, how an answer is read, and what is taken where nobody answers.

An answer of `?` is "don't know": what it would have decided stays open in the spec.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, NamedTuple

from rtreview.language.notation import did_you_mean, shown
from rtreview.quantities import interval
from rtreview.quantities.interval import SOME
from rtreview.quantities.quantity import Count, Duration, Quantity
from rtreview.quantities.unchanging import unchanging
from rtreview.text.door import door
from rtreview.text.refusal import Refused

UNKNOWN = ("?", "don't know", "dont know", "unknown")
NOTHING = ("none", "no", "nothing")
BACK = "back"
"""Returns to the question before."""

CLIENTS = ("browser", "ios", "android", "mobile", "desktop", "server", "device")
WRITERS = ("server", "devices", "one", "many")

CLIENTS_OF_A_NODE = 5_000
"""Connections for which a node is proposed where nobody says how many nodes there are."""

LIBRARIES = ("library", "service", "broker")
"""Kinds of platforms in the catalogue that can be an answer."""

MARGIN = " " * 7
"""What a question stands behind: its number."""

SHORTEST_SILENCE = Duration(1)

_OWN_HOP = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]{0,60})=(?P<idle>[0-9a-z.]+)")


class Hop(NamedTuple):
    """Something on the path: a platform of the catalogue, or one of the team's own with its idle timeout."""

    name: str
    idle_timeout: str = ""


class Amount(NamedTuple):
    """A number that is answered, perhaps within bounds.

    `typed` is how bounds are written, which the spec takes over; empty where it is exact. Where nothing
    bounds it from above, the most is what is known: the least.
    """

    least: Quantity
    most: Quantity
    typed: str = ""


@unchanging(slots=False)
class Answers:
    """What is known of a system; None where nobody knows.

    Attributes:
        purpose: what is built.
        writers: who sends: the server alone, the devices alone, one person at a time, or many.
        connections: at the peak.
        room: the most members of a room, readers of a document, players of a match.
        clients: what connects.
        path: what lies between the two ends, from the client on.
        library: the id of a platform that carries the messages.
        nodes: servers that hold connections.
        offline: the longest time that people work without a connection; 0 s where they do not.
        presence: whether people are shown as being there.
        usual: what was taken for the questions that nobody answered, as it would be typed.

    """

    purpose: str | None = None
    writers: str | None = None
    connections: Amount | None = None
    room: Amount | None = None
    clients: tuple[str, ...] | None = None
    path: tuple[Hop, ...] | None = None
    library: str | None = None
    nodes: Amount | None = None
    offline: Amount | None = None
    presence: bool | None = None
    usual: Mapping[str, str] = field(default_factory=dict)

    def source_of(self, question: str) -> str:
        """Where an answer comes from, for the reader of the spec."""
        return "Not answered: a guess to correct." if question in self.usual else "As answered."


class _Usual(NamedTuple):
    """What is usual for a purpose, as it would be typed."""

    writers: str
    room: str
    clients: str
    presence: str


_USUAL = {
    "chat": _Usual("many", "100", "browser, ios, android", "yes"),
    "notifications": _Usual("server", "?", "browser", "no"),
    "dashboard": _Usual("server", "?", "browser", "no"),
    "feed": _Usual("server", "?", "browser", "no"),
    "collaborative-editing": _Usual("many", "30", "browser", "yes"),
    "cursors": _Usual("many", "30", "browser", "yes"),
    "game": _Usual("many", "16", "browser", "yes"),
    "telemetry": _Usual("devices", "?", "device", "no"),
    "signalling": _Usual("many", "10", "browser", "no"),
    "push": _Usual("server", "?", "ios, android", "no"),
    "data-sync": _Usual("many", "?", "browser", "no"),
    "commands": _Usual("many", "?", "device", "no"),
    "console": _Usual("server", "?", "browser", "no"),
    "media": _Usual("many", "10", "browser", "no"),
    "presence": _Usual("many", "100", "browser", "yes"),
    None: _Usual("?", "?", "browser", "?"),
}

PURPOSES = tuple(purpose for purpose in _USUAL if purpose is not None)
"""All that a spec can be for."""


@unchanging(slots=False)
class Question:
    """One question.

    Attributes:
        name: the attribute of `Answers`, and the option of the command line.
        asks: the question.
        hint: what an answer looks like.
        read: makes the value of what is typed; raises `ValueError` with a sentence for a person.
        usual: what is taken where nothing is typed, by the answers before; nothing where they leave nothing
            to ask.

    """

    name: str
    asks: str
    hint: str
    read: Callable[[str], Any]
    usual: Callable[[Answers], str]

    def answer(self, typed: str) -> Any:
        """The value of what is typed; None for "don't know".

        Raises:
            ValueError: it is no answer to this question.

        """
        return None if typed.lower() in UNKNOWN else self.read(typed)


def _one_of(options: tuple[str, ...]) -> Callable[[str], str]:
    """Reads one of some words; the beginning of one is enough."""

    def read(typed: str) -> str:
        word = typed.lower()
        begun = [option for option in options if option.startswith(word)]
        if word not in options and len(begun) != 1:
            hint = did_you_mean(word, options) or f": there are {', '.join(options)}"
            raise ValueError(f"{shown(typed)} is none of the answers{hint}")
        return word if word in options else begun[0]

    return read


def _several_of(options: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    option_of = _one_of(options)

    def read(typed: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(option_of(word) for word in _listed(typed)))

    return read


def _listed(typed: str) -> list[str]:
    words = [word.strip() for word in typed.split(",")]
    if not all(words):
        raise ValueError(f"{shown(typed)} has an empty place between its commas")
    return words


def _amount(kind: type[Quantity], typed: str) -> Amount:
    if typed == SOME:
        raise ValueError(f"`{SOME}` says no more than that there is one: `?` leaves it open")
    within = interval.parse(kind, typed)
    if within is None:
        exact = kind.parse(typed)
        return Amount(exact, exact)
    return Amount(within.least, within.least if math.isinf(within.most.amount) else within.most, typed)


def _count(typed: str) -> Amount:
    count = _amount(Count, typed)
    if not 1 <= count.least.amount <= count.most.amount <= 1e9:
        raise ValueError(f"{shown(typed)} is not between 1 and 1000M")
    return count


def _offline(typed: str) -> Amount:
    if typed.lower() in NOTHING:
        return Amount(Duration(0), Duration(0))
    span = _amount(Duration, typed)
    if span.most.amount > Duration.parse("3650d").amount:
        raise ValueError(f"{shown(typed)} is longer than ten years")
    return span


def _yes_or_no(typed: str) -> bool:
    return _one_of(("yes", "no"))(typed) == "yes"


def _path(typed: str) -> tuple[Hop, ...]:
    return () if typed.lower() in NOTHING else tuple(_hop(word) for word in _listed(typed))


def _hop(word: str) -> Hop:
    own = _OWN_HOP.fullmatch(word.lower())
    if own:
        if Duration.parse(own["idle"]) < SHORTEST_SILENCE:
            raise ValueError(
                f"{shown(word)} closes what is silent for less than 1s: no heartbeat helps there"
            )
        return Hop(own["name"], own["idle"])
    from rtreview.language import catalogue  # noqa: PLC0415 - most answers name none

    name = _platform(word, catalogue.ON_A_PATH, "say the silence that yours allows, such as `our-proxy=60s`")
    return Hop(name)


def _library(typed: str) -> str:
    return _platform(typed, LIBRARIES, "leave it open with `?`")


def _platform(word: str, kinds: tuple[str, ...], otherwise: str) -> str:
    """The id of a platform of some kinds."""
    from rtreview.language import catalogue  # noqa: PLC0415 - most answers name none

    found = catalogue.find(word)
    if found is None:
        hint = did_you_mean(word, catalogue.names()).rstrip("?")
        what = f"is not in the catalogue{hint}"
    elif found.content.get("defaults", {}).keys() == {"push"}:
        what = "pushes to devices and holds no connection: it goes into `push.service`"
    elif found.kind not in kinds or found.has("joins-nodes"):
        what = f"is a {found.kind}, which does not belong here"
    else:
        return found.id
    raise ValueError(f"{shown(word)} {what}; {otherwise} (`{door().platforms()}` lists all)")


def _proposed_nodes(so_far: Answers) -> str:
    from rtreview.language import catalogue  # noqa: PLC0415 - most answers name none

    platform = catalogue.find(so_far.library) if so_far.library else None
    if platform is not None and platform.kind == "service":
        return ""
    if so_far.connections is None:
        return "?"
    return str(max(2, -(-int(so_far.connections.most.amount) // CLIENTS_OF_A_NODE)))


QUESTIONS = (
    Question("purpose", "What is built?", ", ".join(PURPOSES), _one_of(PURPOSES), lambda _: "chat"),
    Question(
        "writers",
        "Who sends?",
        "server (clients only read), devices (the server only receives), one (at a time) or many",
        _one_of(WRITERS),
        lambda so_far: _USUAL[so_far.purpose].writers,
    ),
    Question(
        "connections",
        "How many connections are open at the peak?",
        "a number such as 500, 20k or ~2M, or a word such as thousands; every tab and every phone has one",
        _count,
        lambda _: "10k",
    ),
    Question(
        "room",
        "How many members does the largest room, document or match have?",
        "a number such as 12 or 400",
        _count,
        lambda so_far: "" if so_far.writers == "devices" else _USUAL[so_far.purpose].room,
    ),
    Question(
        "clients",
        "What connects?",
        f"one or several of {', '.join(CLIENTS)}, with commas",
        _several_of(CLIENTS),
        lambda so_far: _USUAL[so_far.purpose].clients,
    ),
    Question(
        "path",
        "What lies on the path, from the client on: CDN, proxies, host?",
        "names such as cloudflare, aws-alb, nginx, heroku; your own as our-proxy=60s; or none",
        _path,
        lambda _: "?",
    ),
    Question(
        "library",
        "Which library or service carries the messages?",
        "a name such as socket.io, signalr, ws, phoenix, ably, y-websocket",
        _library,
        lambda _: "?",
    ),
    Question(
        "nodes",
        "How many servers hold the connections?",
        "a number, or several",
        _count,
        _proposed_nodes,
    ),
    Question(
        "offline",
        "How long do people work without a connection?",
        "none, or a time such as 8h, <= 7d or days",
        _offline,
        lambda _: "none",
    ),
    Question(
        "presence",
        "Do users see who is online?",
        "yes or no",
        _yes_or_no,
        lambda so_far: _USUAL[so_far.purpose].presence,
    ),
)


class Interview:
    """The questions in turn, from the first that the command line leaves to the last.

    Everything follows from what was said, so that a question may be asked once more: what is usual for those
    after it is then that of the new answer.

    Attributes:
        asked: the questions that the command line does not answer, each with its number.
        trail: which of them were asked, in turn, by their places there.

    """

    def __init__(self, given: Mapping[str, str]) -> None:
        """Begin with what the options of the command line say, by question.

        Raises:
            Refused: an option cannot be read.

        """
        self._said = {name: words.strip() for name, words in given.items() if words.strip()}
        self._next = 0
        self.trail: list[int] = []
        numbered = enumerate(QUESTIONS, 1)
        self.asked = [(number, question) for number, question in numbered if question.name not in self._said]
        for question in QUESTIONS:
            try:
                question.answer(self._said.get(question.name, "?"))
            except ValueError as error:
                raise Refused(f"{door().option(question.name)}: {error}") from None

    @property
    def answers(self) -> Answers:
        """What was said, and what is usual for the rest."""
        found: dict[str, Any] = {}
        usual = {}
        for question in QUESTIONS:
            words = self._said.get(question.name, "")
            if not words and (words := question.usual(Answers(**found))):
                usual[question.name] = words
            found[question.name] = question.answer(words) if words else None
        return Answers(**found, usual=usual)

    def hold(self, typed: Callable[[str], str], again: Callable[[str], None] | None = None) -> None:
        """Ask what is left; where all is answered, the last question once more, to go back from.

        Args:
            typed: shows a question and gives what is typed.
            again: tells why something typed was no answer, before it is asked for again.

        Raises:
            Refused: an answer cannot be read, and cannot be asked for again.

        """
        if self._next == len(self.asked) and self.trail:
            self._next = self.trail.pop()
        while self._next < len(self.asked):
            number, question = self.asked[self._next]
            # A pipe has a line for each question, whatever the others answer.
            if again is not None and not question.usual(self.answers):
                self._next += 1
                continue
            words = typed(self._shown(number, question)).strip()
            try:
                self._take(question, words)
            except ValueError as error:
                if again is None:
                    raise Refused(f"{question.asks} {error}") from None
                again(f"{error}")

    def _take(self, question: Question, words: str) -> None:
        """Keep an answer and go on, or go back; raises `ValueError` where neither is possible."""
        if words.lower() == BACK:
            if not self.trail:
                raise ValueError("no question comes before this one")
            self._next = self.trail.pop()
            return
        if words:
            question.answer(words)
            self._said[question.name] = words
        self.trail.append(self._next)
        self._next += 1

    def _shown(self, number: int, question: Question) -> str:
        """A question as it is asked, with what is taken where nothing is typed."""
        words = self._said.get(question.name) or self.answers.usual.get(question.name, "?")
        taken = "don't know" if words in UNKNOWN else words
        asked = f"{number}/{len(QUESTIONS)}"
        hint = textwrap.fill(question.hint, 73, break_on_hyphens=False)
        return f"{asked:>5}  {question.asks}\n{textwrap.indent(hint, MARGIN)}\n{MARGIN}[{taken}] "
