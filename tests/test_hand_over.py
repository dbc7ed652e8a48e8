"""What a spec goes into and a review hands on by name, without a finding."""

from __future__ import annotations

import json

import pytest
from conftest import RULEBOOK, cli
from test_html import page_of, parsed, text_of

from rtreview.reviews.engine import review
from rtreview.reviews.report import HandOver


def handed_over(spec: str) -> list[HandOver]:
    """What the review of a spec hands on."""
    (one,) = review(f"rtreview: 1\n{spec}\n")
    return list(one.handed_over)


@pytest.mark.parametrize(
    ("spec", "topic", "ask"),
    [
        ("access: {token_ttl: 1h}", "authentication", "an authentication specialist"),
        ("topology: {backplane: {kind: nats}}", "broker", "an event architect"),
        ("topology: {backplane: {kind: Kafka}}", "event-streaming", "an event architect"),
        ("topology: {backplane: {adapter: redis-streams-adapter}}", "caching", "a Redis specialist"),
    ],
)
def test_a_topic_that_a_spec_goes_into_is_handed_on_and_is_no_finding(
    spec: str, topic: str, ask: str
) -> None:
    """With whom to ask, and the line; no rule says anything of it."""
    (one,) = handed_over(spec)
    assert (one.topic, one.ask, one.owner) == (topic, ask, "")
    assert one.places[0].span.line == 2
    (told,) = review(f"rtreview: 1\n{spec}\n")
    assert topic not in {finding.rule for finding in told.findings}


@pytest.mark.parametrize(
    "spec",
    [
        "name: Chat",
        "transport: {kind: websocket, library: socket.io@4}",
        "topology: {backplane: none}",
        "topology: {backplane: {kind: predispose}}",
    ],
)
def test_a_spec_that_goes_into_none_hands_nothing_on(spec: str) -> None:
    """Neither a platform's default, nor `none`, nor a word inside of another."""
    assert handed_over(spec) == []


def test_a_delegated_decision_shows_its_owner_and_link() -> None:
    """Also where nothing else of the spec touches it; a bare word is the owner."""
    by_word, by_both = handed_over(
        "delegated: {authentication: identity-team, broker: {owner: platform, link: adr/12}}"
    )
    assert (by_word.owner, by_word.link) == ("identity-team", "")
    assert (by_both.owner, by_both.link) == ("platform", "adr/12")


def test_every_topic_can_be_delegated() -> None:
    """The sections of the references are the fields of `delegated`."""
    topics = [name for name, one in RULEBOOK.sections.items() if one.kind == "hand-over"]
    given = ", ".join(f"{topic}: team" for topic in topics)
    assert [one.topic for one in handed_over(f"delegated: {{{given}}}")] == topics


def test_a_backplane_of_redis_is_no_cache() -> None:
    """What is handed on is called by what it is about, and not by the key under which it is delegated."""
    told = cli("-", stdin=b"rtreview: 1\ntopology: {backplane: {kind: redis}}\n").stdout
    assert "\nnot reviewed here\n  line 2: Redis tuning and caching (ask a Redis specialist)\n" in told


def test_every_report_for_people_has_it() -> None:
    """As text, as Markdown, as data, and in the page with the section that it rests on."""
    spec = b"rtreview: 1\naccess: {token_ttl: 1h}\ndelegated: {broker: platform}\n"
    assert "line 2: How clients prove who they are (ask an authentication" in cli("-", stdin=spec).stdout
    assert (
        "What happens inside the message broker (ask an event architect, decided by `platform`)"
        in cli("--format", "markdown", "-", stdin=spec).stdout
    )
    (one,) = json.loads(cli("--format", "json", "-", stdin=spec).stdout)["reviews"]
    assert [row["topic"] for row in one["handed_over"]] == ["authentication", "broker"]
    table = parsed(page_of(spec)).query("section.handed-over tbody tr")
    assert [text_of(row) for row in table] == [
        "How clients prove who they are , line 2 an authentication specialist nobody is named",
        "What happens inside the message broker , line 3 an event architect platform",
    ]


def test_hostile_names_stay_names() -> None:
    """An owner that would be markup, or would move the cursor."""
    spec = b'rtreview: 1\ndelegated: {broker: {owner: "<b>x</b>\\e[2J", link: "javascript:x"}}\n'
    assert "\x1b" not in cli("-", stdin=spec).stdout
    page = parsed(page_of(spec))
    assert page.query("b, [href^=javascript]") == []
