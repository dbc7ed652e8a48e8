"""Signs: the vocabulary, what sharp edges state of it, and what it makes of sentences from public threads."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from conftest import RULEBOOK, cli, written

from rtreview.diagnose import limits, questions, signs
from rtreview.diagnose.diagnosis import ASKED, FIRST, LIMITS, LONGEST, MOST, STRENGTHS, Diagnosis, diagnose
from rtreview.language import catalogue
from rtreview.quantities.quantity import Duration, Size, notation
from rtreview.rulebook.references import Section
from rtreview.text.refusal import Refused

EDGES = {name: section for name, section in RULEBOOK.sections.items() if section.kind == "sharp-edge"}
KNOWN = signs.known()
READ = {name: sign for name, sign in KNOWN.items() if sign.patterns}
"""The signs that are read from a sentence; the others are numbers of the catalogue."""

THREADS = written("threads.yaml")
SAID = [(edge, row["seen"]) for edge, rows in THREADS["edges"].items() for row in rows]
STRANGERS = [row["seen"] for row in THREADS["strangers"]]
SYMPTOMS = written("symptoms.yaml")


def truthful(edge: str, sentence: str, most: int) -> Diagnosis:
    """The diagnosis after questions that are answered as the section of the right sharp edge states it."""
    answers: dict[str, bool | None] = {}
    found = diagnose(sentence, RULEBOOK)
    for _ in range(most):
        if not found.questions:
            break
        sign = found.questions[0].sign.id
        stated = dict.fromkeys(EDGES[edge].signs, True) | dict.fromkeys(EDGES[edge].counter_signs, False)
        answers[sign] = stated.get(sign)
        found = diagnose(sentence, RULEBOOK, answers=answers)
    return found


def figures(ranked: list[tuple[str, list[str]]]) -> tuple[float, float]:
    """The shares of sentences with their sharp edge first, and among the first three."""
    first = sum(names[:1] == [edge] for edge, names in ranked)
    three = sum(edge in names[:MOST] for edge, names in ranked)
    return first / len(ranked), three / len(ranked)


def shown(found: Diagnosis) -> list[str]:
    """The sharp edges of a diagnosis, in order."""
    return [likeness.edge.id for likeness in found.likenesses]


@cache
def reads(sentence: str) -> frozenset[str]:
    """The signs of a sentence."""
    return frozenset(signs.read(sentence))


@pytest.mark.parametrize("edge", EDGES.values(), ids=list(EDGES))
def test_every_sharp_edge_states_signs(edge: Section) -> None:
    """At least two for it, one of which is not said of many failures, and at least one against it."""
    assert len(edge.signs) >= 2
    assert any(not KNOWN[name].is_common for name in edge.signs)
    assert edge.counter_signs
    assert not set(edge.signs) & set(edge.counter_signs)
    assert len({*edge.signs, *edge.counter_signs}) == len(edge.signs) + len(edge.counter_signs)


def test_the_vocabulary_is_closed() -> None:
    """What a sharp edge states is a sign, and every sign is stated, but for those about something else."""
    stated = {name for edge in EDGES.values() for name in (*edge.signs, *edge.counter_signs)}
    assert stated <= set(KNOWN)
    assert {name for name, sign in KNOWN.items() if not sign.is_elsewhere} == stated
    assert not {name for name in stated if KNOWN[name].is_elsewhere}


def test_a_sign_is_a_short_phrase_and_a_short_question() -> None:
    """A person reads both; what is about something else, and a number of the catalogue, is not asked for."""
    for name, sign in KNOWN.items():
        assert 1 <= len(sign.phrase) <= 60, name
        assert bool(sign.question) == (name in READ and not sign.is_elsewhere), name
        assert not sign.question or (sign.question.endswith("?") and len(sign.question) <= 110), name
    assert set(KNOWN) - set(READ) == set(LIMITS.values())


def test_a_question_is_taken_from_how_to_confirm() -> None:
    """It shares words with the symptoms, and how to confirm them, of a sharp edge that states its sign."""

    def stems(text: str) -> set[str]:
        return {signs.stem(word) for word in re.findall(r"[a-z]{4,}", text.lower())}

    for name, sign in KNOWN.items():
        if sign.question:
            books = (
                stems(edge.texts["How to confirm"] + edge.texts["Symptoms"])
                for edge in EDGES.values()
                if name in (*edge.signs, *edge.counter_signs)
            )
            assert any(len(stems(sign.question) & book) >= 2 for book in books), sign.question


def test_no_sign_is_dead() -> None:
    """Each is read from a sentence of the threads or of the symptoms."""
    everything = [sentence for _, sentence in SAID] + STRANGERS
    for parts in SYMPTOMS.values():
        everything += [*parts["seen"], *parts["held-out"]]
    assert set(READ) == {name for sentence in everything for name in reads(sentence)} & set(READ)


@pytest.mark.parametrize(
    ("sentence", "sign"),
    [
        ("everybody was kicked out", "everybody"),
        ("all clients come back in the same second", "same-second"),
        ("it began with the deploy this morning", "at-deploy"),
        ("sockets close after exactly 60 seconds", "fixed-time"),
        ("the message never arrived after the phone reconnected", "on-return"),
        ("it can't connect since there are two replicas", "second-node"),
        ("the same order arrived twice", "twice"),
        ("memory climbs until the pod is OOMKilled", "memory"),
        ("all screens are offline after the outage until somebody reloads", "stays-dead"),
    ],
)
def test_signs_are_read_in_any_form_of_their_words(sentence: str, sign: str) -> None:
    """Who, when, and what."""
    assert sign in signs.read(sentence)


def test_a_note_is_no_negation() -> None:
    """Both have one stem, and a sign that says `not delivered` is not that of a delivered note."""
    assert "gone" in signs.read("it was not delivered")
    assert "gone" not in signs.read("the note delivered")
    assert "text-twice" in signs.read("the notes are there twice")


@pytest.mark.parametrize(
    "piece", ["a ", "1 ", "users ", "not ", "connection dropped ", "n't ", "x", "\u202e", "&.."]
)
def test_hostile_sentences_are_read_quickly(piece: str) -> None:
    """The longest sentence that is taken, of whatever: in seconds, also where coverage is counted."""
    sentence = (piece * LONGEST)[:LONGEST]
    began = time.process_time()
    signs.read(sentence)
    limits.read(sentence)
    assert time.process_time() - began < 5


def test_time_grows_with_the_length_and_no_faster() -> None:
    """Ten times the words take at most some twenty times as long."""

    def took(count: int) -> float:
        began = time.process_time()
        signs.read("users were dropped and the connection closed twice " * count)
        return time.process_time() - began

    took(10)
    assert took(1000) < 25 * max(took(100), 0.01)


def test_the_training_score_on_public_threads_holds() -> None:
    """How well the program was taught: 90 % first and 97 % in three, at least.

    Signs and weights were chosen with these sentences, so this is no figure for a first contact, which is
    measured with others.
    """
    first, three = figures([(edge, shown(diagnose(sentence, RULEBOOK))) for edge, sentence in SAID])
    assert first >= 0.90
    assert three >= 0.97


@pytest.mark.slow
def test_three_truthful_answers_help_on_the_training_sentences() -> None:
    """96 % first at least, where somebody answers as the section of the right sharp edge states it."""
    first, three = figures([(edge, shown(truthful(edge, sentence, 3))) for edge, sentence in SAID])
    assert first >= 0.96
    assert three >= 0.98


def test_most_strangers_of_the_training_set_are_refused() -> None:
    """85 % at least are answered with nothing near, and the questions to ask first."""
    refused = [sentence for sentence in STRANGERS if not diagnose(sentence, RULEBOOK).likenesses]
    assert len(refused) / len(STRANGERS) >= 0.85


def test_the_training_set_is_what_it_says() -> None:
    """80 sentences and 30 strangers at least, of projects from A to M, each once, for every sharp edge."""
    rows = [row for rows in THREADS["edges"].values() for row in rows] + THREADS["strangers"]
    assert set(THREADS["edges"]) <= set(EDGES)
    assert len(SAID) >= 80
    assert len(STRANGERS) >= 30
    assert all(re.fullmatch(r"[\w.-]+/[a-mA-M\d][\w.-]*#\d+", row["source"]) for row in rows)
    assert len({row["seen"] for row in rows}) == len(rows)


def test_users_who_see_each_other_twice_are_ghosts() -> None:
    """Once it was taken for an order that is wrong."""
    found = diagnose("users see each other twice after a deploy", RULEBOOK)
    assert shown(found)[0] == "half-open-connection-ghost"
    assert {sign.id for sign in found.likenesses[0].signs} == {"listed-twice", "at-deploy"}


@pytest.mark.parametrize(
    ("sentence", "quantity", "platform"),
    [
        ("the stream ends after exactly 15 seconds", "15 s", "Envoy"),
        ("sockets die after exactly 60s", "60 s", "nginx as an HTTP proxy"),
        ("it is cut every minute, on the dot", "60 s", "AWS Application Load Balancer"),
        ("connections drop after 100 seconds of silence", "100 s", "Cloudflare reverse proxy"),
        ("connection closes after exactly 300 seconds", "5 min", "Envoy"),
        ("always dropped after 350 sec", "350 s", "AWS Network Load Balancer"),
        ("a frame of 32 KB is too big", "32 KiB", "ASP.NET Core SignalR"),
        ("message of 65536 bytes exceeds the limit", "64 KiB", "Centrifugo with centrifuge-js"),
    ],
)
def test_a_number_is_looked_up_in_the_catalogue(sentence: str, quantity: str, platform: str) -> None:
    """With the name of the hop, in words and in JSON."""
    found = diagnose(sentence, RULEBOOK)
    assert any(limit.quantity == quantity and platform in limit.platforms for limit in found.limits)
    assert {"hop-timer", "hop-size"} & {sign.id for sign in found.signs}
    assert any(quantity in line for line in cli("diagnose", sentence).stdout.splitlines()[:4])
    written = json.loads(cli("diagnose", "--format", "json", sentence).stdout)
    assert [row["quantity"] for row in written["limits"]] == [limit.quantity for limit in found.limits]


@pytest.mark.parametrize(
    "sentence", ["we are 60 people", "I wrote 15 seconds ago", "the page has 64 KB of text"]
)
def test_a_number_by_chance_is_not_looked_up(sentence: str) -> None:
    """It has to be a time after which something happens, or the size of a message."""
    assert diagnose(sentence, RULEBOOK).limits == ()


def test_every_timer_and_limit_of_a_hop_is_found_by_its_number() -> None:
    """The list that is generated from the catalogue is read back."""
    for platform in catalogue.load():
        for hop in platform.hops.values():
            for field, sentence in (("idle_timeout", "{}"), ("max_lifetime", "{}"), ("max_message", "{}")):
                quantity = getattr(hop, field).content
                if isinstance(quantity, Duration | Size) and not notation(quantity).endswith("d"):
                    found = limits.read(sentence.format(notation(quantity)))
                    assert any(limit.field == field and platform.name in limit.platforms for limit in found)


def test_the_platform_that_is_named_comes_first() -> None:
    """Of ten with an idle timeout of 60 s, the one that the sentence speaks of."""
    (idle, *_) = limits.read("behind kong it closes after 60 s")
    assert idle.platforms[0] == "Kong Gateway"


def test_what_speaks_for_it_and_against_it_is_shown_with_the_strength() -> None:
    """In words, the same as in JSON."""
    sentence = "one user's connection closes after exactly 60 seconds, right after a deploy"
    told = " ".join(cli("diagnose", sentence).stdout.split())
    found = diagnose(sentence, RULEBOOK)
    written = json.loads(cli("diagnose", "--format", "json", sentence).stdout)
    for likeness, row in zip(found.likenesses, written["likenesses"], strict=True):
        assert f"{likeness.strength}: {'; '.join(sign.phrase for sign in likeness.signs)}" in told
        assert [sign.id for sign in likeness.signs] == [sign["id"] for sign in row["signs"]]
        assert [sign.id for sign in likeness.counter_signs] == [sign["id"] for sign in row["against"]]
        assert likeness.strength == row["strength"] in {word for _, word in STRENGTHS}
    assert "against it: after a deploy or a restart" in told


def test_a_match_by_words_alone_is_told_as_such() -> None:
    """No sign is invented."""
    (likeness, *_) = diagnose("1006", RULEBOOK, answers={"cut": False}).likenesses or (None,)
    told = cli("diagnose", "starvation of connections with SSE in a browser with HTTP/1.1").stdout
    assert likeness is None or not likeness.signs
    assert "how near" in told


def test_answers_change_what_is_near() -> None:
    """A yes is a sign that was not in the sentence, and a no speaks against what states it."""
    sentence = "messages are missing"
    yes = diagnose(sentence, RULEBOOK, answers={"second-node": True, "by-node": True})
    assert shown(yes)[0] == "sticky-session-bypass"
    no = diagnose(sentence, RULEBOOK, answers={"on-return": False})
    returned = {one.edge.id: one for one in no.likenesses}.get("reconnection-state-loss")
    assert returned is None or [sign.id for sign in returned.denied] == ["on-return"]
    told = cli("diagnose", "--answers", "second-node=yes,by-node=YES", sentence).stdout
    assert "   sticky-session-bypass (high)" in told.splitlines()[1]


def test_an_answer_counts_more_than_what_was_read() -> None:
    """Who says that it is not everybody is believed."""
    found = diagnose("everybody is kicked", RULEBOOK, answers={"everybody": False})
    assert "everybody" not in {sign.id for sign in found.signs}


def test_what_is_known_is_not_asked_for() -> None:
    """Neither a sign of the sentence nor an answer, be it that nobody knows."""
    sentence = "connections drop"
    first = diagnose(sentence, RULEBOOK)
    assert 0 < len(first.questions) <= FIRST
    answers = {question.sign.id: None for question in first.questions}
    second = diagnose(sentence, RULEBOOK, answers=answers)
    asked = {question.sign.id for question in second.questions}
    assert not asked & set(answers)
    assert not asked & {sign.id for sign in first.signs}


def test_a_question_tells_apart_what_is_in_doubt() -> None:
    """Of two that are as likely, the best question is stated by one of them and not by the other."""
    one, other = "websocket-thundering-herd", "metastable-reconnect"
    chance = {name: 0.5 if name in (one, other) else 0.0 for name in EDGES}
    (best,) = questions.telling(chance, EDGES, [name for name in KNOWN if KNOWN[name].question], 1)
    assert (best in EDGES[one].signs) != (best in EDGES[other].signs)


def test_where_there_is_no_doubt_nothing_is_asked() -> None:
    """And the text has no questions."""
    sentence = (
        "client sends an oversized message, close code 1009, and it reconnects and sends it again in a loop"
    )
    assert diagnose(sentence, RULEBOOK).questions == ()
    assert "--answers" not in cli("diagnose", sentence).stdout


def test_where_nothing_is_near_three_questions_are_to_be_asked_first() -> None:
    """With the name by which each is answered."""
    told = cli("diagnose", "my coffee is cold").stdout
    written = json.loads(cli("diagnose", "--format", "json", "my coffee is cold").stdout)
    assert told.startswith("No sharp edge looks like that.")
    assert len(written["questions"]) == FIRST == 3
    for row in written["questions"]:
        assert f"- {row['sign']}: " in told
        assert row["question"] in " ".join(told.split())
        assert row["yes"] or row["no"]


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ("everbody=yes", "no sign is called `everbody`: did you mean `everybody`?"),
        ("everybody", "`everybody` is no answer: write `everybody=yes`, no or unknown"),
        ("everybody=perhaps", "`everybody=perhaps` is no answer"),
        ("=yes", "no sign is called ``"),
        ("", "`` is no answer: write `SIGN=yes`"),
    ],
)
def test_an_answer_of_no_use_is_told_in_a_sentence(answers: str, sentence: str) -> None:
    """Status 2, one line, nothing on standard output."""
    told = cli("diagnose", "--answers", answers, "connections drop")
    assert (told.exit_code, told.stdout) == (2, "")
    assert sentence in told.stderr
    assert len(told.stderr.splitlines()) == 1


def conversation(answer: bytes) -> tuple[str, int]:
    """What a terminal shows of a call that is always answered the same, and how many questions it asked."""
    master, slave = pty.openpty()
    call = subprocess.Popen(
        [sys.executable, "-m", "rtreview", "diagnose", "--color", "never", "connections drop"],
        stdin=slave, stdout=slave, stderr=slave,
    )  # fmt: skip
    os.close(slave)
    told = b""
    for piece in _read(master):
        told += piece
        if piece.endswith(b"] "):
            os.write(master, answer)
    assert call.wait(timeout=30) == 0
    text = told.decode()
    return text, text.count("[y/n, or Enter]")


def _read(terminal: int) -> Iterator[bytes]:
    """What comes from a terminal until its last user closes it."""
    try:
        while piece := os.read(terminal, 65536):
            yield piece
    except OSError:  # Linux tells so that the other end is closed
        return
    finally:
        os.close(terminal)


@pytest.mark.slow
@pytest.mark.parametrize("answer", [b"y\n", b"n\n", b"\n", b"what?\n"])
def test_a_terminal_is_asked_five_questions_at_most(answer: bytes) -> None:
    """One after the other, and then the diagnosis follows."""
    told, asked = conversation(answer)
    assert 1 <= asked <= ASKED == 5
    assert "No sharp edge" in told or "how near" in told


def test_end_of_input_ends_the_questions() -> None:
    """Whoever presses Ctrl-D has the diagnosis as it is."""
    told, asked = conversation(b"\x04")
    assert asked == 1
    assert "No sharp edge" in told or "how near" in told


def test_a_script_is_not_asked() -> None:
    """Where input or output is no terminal, the questions stand in the answer."""
    told = cli("diagnose", "connections drop")
    assert "[y/n" not in told.stdout + told.stderr
    assert "answer with `--answers SIGN=yes` or `SIGN=no`" in " ".join(told.stdout.split())


def test_a_sign_that_is_none_in_a_section_of_a_team_is_told() -> None:
    """The vocabulary is closed for a team as well."""
    edge = EDGES["websocket-thundering-herd"]
    facts: dict[str, Any] = {**edge.facts, "Signs": "same-secnd"}
    with pytest.raises(Refused, match="states `same-secnd`, which is no sign: did you mean `same-second`"):
        diagnose("x", _Rulebook({**RULEBOOK.sections, edge.id: _with(edge, facts)}))  # type: ignore[arg-type]


class _Rulebook:
    """As much of a rulebook as a diagnosis without a design asks."""

    def __init__(self, sections: dict[str, Section]) -> None:
        self.sections = sections


def _with(section: Section, facts: dict[str, Any]) -> Section:
    return Section(
        section.id,
        section.kind,
        section.topic,
        section.title,
        section.file,
        section.line,
        facts,
        section.content,
    )
