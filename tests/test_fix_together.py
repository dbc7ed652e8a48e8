"""Fixes that have nothing to do with each other are tried together, and come to what each comes to alone."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import FAULTY, ROOT, RULEBOOK, RULES

from rtreview.fix.fix import Fixed, _Neighbourhood, _State, fixed
from rtreview.language.design import Connection
from rtreview.language.spec import FeatureSpec
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.text.sources import Source

SAMPLE = 10
"""Every tenth is compared: one at a time, all of them take half an hour. None may differ."""

CHAT = """\
    purpose: chat
    transport:
      kind: websocket
      path: [aws-alb]
      heartbeat: {interval: 60s}
      reconnect: {strategy: exponential, base: 1s, jitter: none}
    presence:
      grace: none
"""
"""A feature of three faults, each of which has a safe fix."""


def fix(content: bytes, path: str = "design.yaml", *, everything: bool = True) -> Fixed:
    """A text after its fixes."""
    return fixed(Source(path, content, is_read=True), Policy(RULEBOOK), everything=everything)


def outcome(result: Fixed) -> dict[str, Any]:
    """All that is said of the fixes of a text; the order of those that are made, and their lines, aside."""

    def of(fixes: tuple[Any, ...]) -> Counter[Any]:
        return Counter(
            (each.finding.rule, each.finding.features, each.remedy, each.finding.fix, each.refusal)
            for each in fixes
        )

    return {
        "text": result.after.decode("utf-8"),
        "left": [review.findings for review in result.reviews],
        "done": of(result.done),
        "waiting": of(result.waiting),
        "refused": of(result.refused),
    }


def one_at_a_time(content: bytes, path: str, *, everything: bool, monkeypatch: pytest.MonkeyPatch) -> Fixed:
    """A text after its fixes, each of which is tried by itself."""
    together = _State.group
    with monkeypatch.context() as patched:
        patched.setattr(_State, "group", lambda *words, **options: together(*words, **options)[:1])
        return fix(content, path, everything=everything)


def as_features(file: Path) -> bytes:
    """The designs of a file that have one feature each, as the features of one design."""
    features = {}
    for number, design in enumerate(yaml.safe_load_all(file.read_text("utf-8"))):
        if "features" not in design:
            features[f"f{number}"] = {key: design[key] for key in design if key in FeatureSpec.KEYS}
    return yaml.safe_dump({"rtreview": 1, "features": features}, sort_keys=False).encode()


@pytest.mark.slow
@pytest.mark.parametrize("file", FAULTY[::SAMPLE], ids=lambda file: str(file.relative_to(ROOT)))
def test_fixes_made_together_are_those_made_one_at_a_time(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In fixtures, each also as one design of many features, in examples and published designs."""
    contents = [file.read_bytes()]
    if file.parent.parent == RULES:
        contents.append(as_features(file))
    for content in contents:
        alone = one_at_a_time(content, str(file), everything=True, monkeypatch=monkeypatch)
        assert outcome(fix(content, str(file))) == outcome(alone)


def many(count: int, *others: str) -> bytes:
    """A design with so many features of three faults, and others."""
    features = [f"  f{number}:\n{CHAT}" for number in range(count)]
    return f"rtreview: 1\nfeatures:\n{''.join((*features, *others))}".encode()


def reviews(content: bytes, monkeypatch: pytest.MonkeyPatch, **options: Any) -> tuple[Fixed, int]:
    """A text after its fixes, and how many reviews that took."""
    counted: list[None] = []
    review = engine.review_design

    def counting(*words: Any, **more: Any) -> Any:
        counted.append(None)
        return review(*words, **more)

    with monkeypatch.context() as patched:
        patched.setattr(engine, "review_design", counting)
        return fix(content, **options), len(counted)


def test_many_features_are_reviewed_as_often_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once as they are, and once for each fix of the worst of them."""
    for count in (1, 5):
        result, took = reviews(many(count), monkeypatch, everything=False)
        assert len(result.done) == 3 * count
        assert took == 4


@pytest.mark.slow
def test_a_fix_that_is_not_possible_is_told_apart_from_those_that_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its feature says which it is, so that the others are made, and are not tried one by one."""
    tight = CHAT.replace("grace: none", "grace: none\n      ttl: 9s\n      refresh: 9s")
    content = many(4, f"  tight:\n{tight}")
    result, took = reviews(content, monkeypatch)
    alone = one_at_a_time(content, "design.yaml", everything=True, monkeypatch=monkeypatch)
    assert outcome(result) == outcome(alone)
    assert took < 12


@pytest.mark.slow
def test_a_hundred_features_with_three_fixes_each_are_fixed_in_ten_seconds() -> None:
    """Of processor time; as one design, and as so many."""
    begun = time.process_time()
    assert len(fix(many(100), everything=False).done) == 300
    assert time.process_time() - begun < 10
    begun = time.process_time()
    designs = "---\n".join([many(1).decode()] * 100).encode()
    assert len(fix(designs, everything=False).done) == 300
    assert time.process_time() - begun < 10


@pytest.mark.slow
def test_rules_look_beside_a_connection_for_polls_webrtc_and_what_its_nodes_hold_alone() -> None:
    """So fixes of two connections have nothing to do with each other where no design speaks of any."""
    judged = 0
    for file in FAULTY[::3]:
        for content in (file.read_bytes(), as_features(file) if file.parent.parent == RULES else b""):
            for review in engine.review(content, str(file)) if content else ():
                if review.unreviewed or len(review.design.connections) < 2:
                    continue
                design, document = review.design, review.document
                if _Neighbourhood(review).is_one:
                    continue
                for rule in RULEBOOK:
                    if rule.subject not in (Connection, engine.Feature):
                        continue
                    for subject in engine.subjects(rule, design):
                        connection = subject if isinstance(subject, Connection) else subject.connection
                        before = engine.judge(rule, subject, document)
                        beside, connection.beside = connection.beside, ()
                        assert engine.judge(rule, subject, document) == before, (rule.id, file)
                        connection.beside = beside
                        judged += 1
    assert judged > 10_000


def test_features_that_are_too_many_together_get_spans_that_fit_together() -> None:
    """Each alone would be let in, so no fix of one of them is enough."""
    plan = "{strategy: exponential, first_delay: 0s..10s, base: 1s, cap: 60s, jitter: full}"
    content = f"""rtreview: 1
topology: {{nodes: 4, node: {{accept_rate: 300/s}}}}
features:
  chat: {{workload: {{connections: 9k}}, transport: {{kind: websocket, reconnect: {plan}}}}}
  feed: {{workload: {{connections: 8k}}, transport: {{kind: websocket, reconnect: {plan}}}}}
""".encode()
    (made,) = fix(content, everything=False).done
    assert made.remedy.settings == (
        "features.chat.transport.reconnect.first_delay=0s..25s",
        "features.feed.transport.reconnect.first_delay=0s..25s",
    )
