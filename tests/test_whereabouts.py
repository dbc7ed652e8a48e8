"""Where a lost key belongs: what a hint leads to takes the value, and is near."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest

from rtreview.language import spec
from rtreview.language.section import Mistake
from rtreview.language.spec import FeatureSpec, Spec, SpecError
from rtreview.language.tree import branches
from rtreview.language.whereabouts import Hint, Whereabouts
from rtreview.text import document

TREE = tuple(branches(FeatureSpec))
LANGUAGE = Whereabouts(Spec)
VALUES = (40_000, 0.5, True, "25s", "64KiB", "50%", "websocket", {"interval": "25s"}, {"min": 1, "max": 9})
"""Values of every kind, most of which a field refuses."""


def at(path: tuple[str, ...], value: object) -> dict[str, Any]:
    """A spec with a value at a path of the tree."""
    for key in reversed(path):
        value = {"database" if key == "*" else key: value}
    assert isinstance(value, dict)
    return {"rtreview": 1, **value}


def mistakes(content: dict[str, Any]) -> list[Mistake]:
    """What is wrong in a spec."""
    try:
        spec.read(content)
    except SpecError as error:
        return error.mistakes
    return []


def is_refused(path: tuple[str, ...], value: object) -> bool:
    """Whether the place itself refuses a value: what is wrong inside of it is another mistake."""
    depth = len(path)
    return any(len(each.at) <= depth and not each.on_key for each in mistakes(at(path, value)))


def lost(count: int) -> Iterator[tuple[tuple[str, ...], object]]:
    """A sample of fields under other sections, with the value of their example or one of another kind."""
    dice = random.Random(14)
    sections = [branch for branch in TREE if branch.section is not None]
    for _ in range(count):
        place, field = dice.choice(sections), dice.choice(TREE)
        value = dice.choice((field.entry.example, field.entry.example, *VALUES))
        yield (*place.inside, field.key), value


def hinted(path: tuple[str, ...], value: object) -> tuple[Mistake, Hint] | None:
    """What is wrong with a key and its value, and the hint; None where nothing is."""
    content = at(path, value)
    found = next((each for each in mistakes(content) if len(each.at) == len(path)), None)
    return found and (found, LANGUAGE.hint(found, content))


def test_a_hint_leads_to_a_place_that_takes_the_value_and_is_another() -> None:
    """Of a sample of fields in wrong sections: unless it says what is taken there."""
    count = 0
    for path, value in lost(600):
        for found, hint in filter(None, [hinted(path, value)]):
            is_whole = found.message.endswith(hint.text)
            for target in hint.leads_to if is_whole else ():
                assert path[: len(target)] != target, found.message
                assert not (hint.is_taken and is_refused(target, value)), found.message
                count += 1
    assert count > 300


def test_what_a_refused_value_leads_to_takes_it() -> None:
    """In its own place, of each field."""
    fields = [branch for branch in TREE if branch.section is None]
    for field, value in itertools.product(fields, VALUES):
        found = hinted(field.path, value)
        for target in found[1].leads_to if found else ():
            assert target != field.path
            assert not is_refused(target, value), (field.name, value)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("clients", 40_000, "did you mean `workload.connections`?"),
        ("workload.clients", 40_000, "did you mean `connections: 40000`?"),
        ("transport.heartbeat.from", "websocket-ping", "did you mean `layer: websocket-ping`?"),
        ("transport.reconnect.backoff", "exponential", "did you mean `strategy`?"),
        ("transport.reconnect.backoff", 2, "did you mean `factor`?"),
        (
            "transport.reconnect.backoff",
            {"base": "1s"},
            "what it holds belongs in `transport.reconnect` itself",
        ),
        (
            "transport.heartbeat.reconnect",
            {"jitter": "full"},
            "it belongs in `transport`, beside `heartbeat`",
        ),
        ("transport.workload", {"connections": 5}, "it belongs beside `transport`, not in it"),
        ("transport.owners", ["a"], "it belongs at the top of the spec"),
        ("transport.heartbeat_interval", "25s", "did you mean `transport.heartbeat.interval`?"),
        ("transport.heartbeat.intervall", "25sec", "did you mean `interval: 25s`?"),
        ("transport.type", "sse", "did you mean `kind`?"),
        ("heartbeat", "25s", "it belongs in `transport`, and takes a mapping such as `{interval: 25s}`"),
        ("nodes", "lots", "it belongs in `topology`, and takes a whole number such as `4`"),
        ("workload.connections", {"min": "5k", "max": "9k"}, "did you mean `5k..9k`?"),
        ("presence.timeout", "30s", "did you mean `ttl`?"),
        ("sync.mode", "crdt", "did you mean `strategy`?"),
        ("transport.port", 443, "`rtreview schema transport` lists its fields"),
        ("transport.heartbeat.transport", {"kind": "sse"}, "it is in `transport` already"),
        ("transport.rate", "5/s", "`rtreview schema rate` says where there is one"),
        ("transport.xyzzy", "5/s", "`rtreview schema transport` lists its fields"),
    ],
)
def test_a_hint_looks_at_the_value_and_at_what_is_near(path: str, value: object, said: str) -> None:
    """As people write it who know the thing and not the word."""
    (mistake,) = mistakes(at(tuple(path.split(".")), value))
    assert mistake.message.endswith(f": {said}")


def test_what_belongs_to_the_design_is_not_sent_beside_a_section_of_a_feature() -> None:
    """In a feature there is no place for it."""
    (mistake,) = mistakes({"rtreview": 1, "features": {"bids": {"status": "live"}}})
    assert mistake.message.endswith(": it belongs at the top of the spec")


def test_fields_without_the_name_of_what_they_belong_to_are_told_the_shape() -> None:
    """Once, and not for each of them; what is called like a field is a name where it holds some."""
    (mistake,) = mistakes({"rtreview": 1, "dependencies": {"calls": 4, "rate": "5k/s"}})
    assert mistake.message == (
        "expected a name before the fields, such as `{database: {calls: 4, rate: 5k/s}}`"
    )
    assert mistakes({"rtreview": 1, "dependencies": {"cache": {"calls": 4}}}) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("push: {when: next}", "did you mean `sent`"),
        ("transport: {kind: signalr}", "did you mean `library: signalr`?"),
        ("purpose: queue", "did you mean `dashboard`?"),
        ("transport: {reconnect: {strategy: withAutomaticReconnect}}", "did you mean `library-default`?"),
        ("workload: {branches: 3}", "did you mean `workload.rooms.count`?"),
        ("workload: {phones: 2000}", "did you mean `connections`?"),
        ("workload: {clients: [phones]}", "did you mean `mobile`?"),
        ("topology: {nodes: 2 instances}", "is not a whole number: `2`?"),
        ("topology: {nodes: two}", "is not a whole number: `2`?"),
        ("workload: {connections: '2,040'}", "is not a whole number: `2040`?"),
    ],
)
def test_words_of_a_clinic_lead_to_those_of_the_language(text: str, said: str) -> None:
    """As somebody writes a design down who has read the first page alone."""
    (mistake,) = only_mistakes(text)
    assert said in mistake


def only_mistakes(text: str) -> list[str]:
    """What is wrong with a spec, as a person reads it."""
    with pytest.raises(SpecError) as refused:
        spec.read(document.read(f"rtreview: 1\n{text}\n".encode())[0].content)
    return [mistake.message for mistake in refused.value.mistakes]
