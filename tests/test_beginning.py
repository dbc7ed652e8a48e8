"""`rtreview init`: from answers to a spec that says why, and holds before its own review."""

from __future__ import annotations

import itertools
from typing import Any

import jsonschema
import pytest
from conftest import FLAWED, RULEBOOK, SOUND, cli
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rtreview.init import beginning, blueprint, draft, questions
from rtreview.init.draft import Statement
from rtreview.language import catalogue, spec
from rtreview.rulebook.finding import Finding, Verdict
from rtreview.text import document
from rtreview.text.refusal import Refused

SCHEMA = jsonschema.Draft202012Validator(spec.json_schema())
NAMES = [question.name for question in questions.QUESTIONS]
HOPS = [one.id for one in catalogue.load() if one.kind in catalogue.ON_A_PATH]
LIBRARIES = [
    one.id
    for one in catalogue.load()
    if one.kind in questions.LIBRARIES and not (one.has("joins-nodes") or one.has("defers-data"))
]

counts = st.integers(1, 10**9).map(str)
answers = st.fixed_dictionaries(
    {},
    optional={
        "purpose": st.sampled_from([*questions.PURPOSES, "?"]),
        "writers": st.sampled_from([*questions.WRITERS, "?"]),
        "connections": st.one_of(
            counts, st.sampled_from(["1", "20k", "3M", "~20k", "2k+", "5k..20k", "tens of thousands", "?"])
        ),
        "room": st.one_of(counts, st.sampled_from(["2", "400", "~400", "hundreds", "?"])),
        "clients": st.one_of(
            st.lists(st.sampled_from(questions.CLIENTS), min_size=1, max_size=5).map(", ".join), st.just("?")
        ),
        "path": st.one_of(
            st.lists(
                st.one_of(
                    st.sampled_from(HOPS),
                    st.tuples(st.integers(1, 10**5), st.sampled_from(["s", "m"])).map(
                        lambda span: f"ours={span[0]}{span[1]}"
                    ),
                ),
                min_size=1,
                max_size=4,
            ).map(", ".join),
            st.sampled_from(["none", "?"]),
        ),
        "library": st.sampled_from([*LIBRARIES, "?"]),
        "nodes": st.one_of(st.integers(1, 2000).map(str), st.sampled_from(["several", "few", "2..8", "?"])),
        "offline": st.one_of(
            st.tuples(st.integers(1, 3000), st.sampled_from("smhd")).map(lambda span: f"{span[0]}{span[1]}"),
            st.sampled_from(["none", "<= 7d", "days", "?"]),
        ),
        "presence": st.sampled_from(["yes", "no", "?"]),
    },
)


def drafted(**given_answers: str) -> str:
    """The draft for some answers, and what is usual for the rest."""
    return draft.text(blueprint.statements(questions.Interview(given_answers).answers), blueprint.HEAD)


def violations(text: str) -> list[Finding]:
    """What a review holds against a draft; questions are none, since a draft has open lines."""
    return [found for found in draft.findings(text) if found.verdict is not Verdict.UNSTATED]


def content(text: str) -> Any:
    """The values of a draft."""
    (read,) = document.read(text.encode())
    assert not read.problems, read.problems
    return read.content


# What follows from the answers.


@pytest.mark.slow
@given(answers)
@example({"purpose": "chat", "presence": "yes", "connections": "100001", "nodes": "1"})
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_answers_make_a_sound_design(said: dict[str, str]) -> None:
    """It is valid, it has no violation, and the same answers make the same text."""
    text = drafted(**said)
    SCHEMA.validate(content(text))
    assert [(found.rule, found.message) for found in violations(text)] == []
    assert drafted(**said) == text


@pytest.mark.slow
@pytest.mark.parametrize("purpose", [*questions.PURPOSES, "?"])
def test_each_purpose_goes_with_each_library(purpose: str) -> None:
    """Whatever carries it, the design has no violation."""
    for library in [*LIBRARIES, "?"]:
        assert violations(drafted(purpose=purpose, library=library, path="nginx")) == [], library


@pytest.mark.slow
@pytest.mark.parametrize("purpose", questions.PURPOSES)
def test_each_purpose_goes_with_each_host_and_client(purpose: str) -> None:
    """Whatever lies on the path, and whatever connects, the design has no violation."""
    # Platforms that fix the same make the same design but for the name.
    fixed = {str(catalogue.find(hop).content.get("defaults")): hop for hop in HOPS}  # type: ignore[union-attr]
    for hop, client in itertools.product(fixed.values(), ["browser", "ios"]):
        assert violations(drafted(purpose=purpose, path=hop, clients=client)) == [], (hop, client)


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        ("purpose", "chat", "cursors"),
        ("writers", "many", "server"),
        ("connections", "1k", "100k"),
        ("room", "10", "400"),
        ("clients", "browser", "ios"),
        ("path", "nginx", "heroku"),
        ("library", "socket.io", "signalr"),
        ("nodes", "1", "20"),
        ("offline", "none", "7d"),
        ("presence", "yes", "no"),
    ],
)
def test_each_answer_matters(question: str, one: str, other: str) -> None:
    """For each question there are two answers that make two designs, beside the answer itself."""
    first, second = (content(drafted(**{question: said})) for said in (one, other))
    assert first != second
    assert question in NAMES


def test_bounds_go_into_the_spec_and_figures_follow_from_their_worst_end() -> None:
    """As many connections as there may be, on as few nodes."""
    vague = content(drafted(connections="tens of thousands", nodes="several", offline="days"))
    worst = content(drafted(connections="99999", nodes="2", offline="7d"))
    assert vague["workload"]["connections"] == "tens of thousands"
    assert vague["topology"]["nodes"] == "several"
    assert vague["sync"]["offline"] == {"max": "days"}
    assert vague["transport"]["reconnect"] == worst["transport"]["reconnect"]
    assert vague["operations"] == worst["operations"]


def test_every_question_has_a_pair_of_answers() -> None:
    """The list above leaves no question out."""
    marks = test_each_answer_matters.pytestmark  # type: ignore[attr-defined]
    assert {row[0] for row in marks[0].args[1]} == set(NAMES)


def test_a_comment_cites_what_exists() -> None:
    """A citation is the name of a section, or a principle as `patterns.md` has it."""
    known = {*RULEBOOK.sections, *beginning.principles()}
    cited = {
        statement.cites
        for purpose, writers in itertools.product(questions.PURPOSES, questions.WRITERS)
        for statement in blueprint.statements(
            questions.Interview({"purpose": purpose, "writers": writers}).answers
        )
        if statement.cites
    }
    assert cited <= known
    assert len(cited) > 10


@given(answers)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_an_open_line_is_an_example_that_can_be_stated(said: dict[str, str]) -> None:
    """Without its mark, each line that is open is one that the language has."""
    lines = [one for one in blueprint.statements(questions.Interview(said).answers) if one.is_open]
    assert lines
    SCHEMA.validate(content(draft.text([Statement(one.at, one.value) for one in lines])))
    assert not any(one.cites for one in lines)


def test_what_nobody_knows_is_open_and_not_stated() -> None:
    """Whoever answers `?` finds the line as a comment, and no value in the spec."""
    text = drafted(**dict.fromkeys(NAMES, "?"))
    stated = content(text)
    assert "workload" not in stated
    assert {"purpose", "direction", "writers", "name", "presence", "sync"}.isdisjoint(stated)
    assert {"kind", "library", "path", "resume"}.isdisjoint(stated["transport"])
    assert "nodes" not in stated["topology"]
    assert "# Open: who sends." in text


def test_what_nobody_answered_is_marked() -> None:
    """A number that is only usual is told apart from one that somebody gave."""
    guessed, answered = drafted(), drafted(connections="10k")
    assert "# At the peak. Not answered: a guess to correct." in guessed
    assert "# At the peak. As answered." in answered
    assert content(guessed) == content(answered)


def test_a_proposal_says_that_it_is_none_of_the_teams_measurements() -> None:
    """The accept rate of a node is proposed, and the comment asks for a measurement."""
    assert "# A proposal and no measurement: measure it" in drafted()


def test_a_draft_with_a_violation_is_given_to_nobody() -> None:
    """What a review holds against it is told instead, with the rule and the fix."""
    with pytest.raises(Refused, match=r"make a design that `[a-z-]+` is against .*leave it open with `\?`"):
        draft.questions(FLAWED.read_text("utf-8"))
    assert draft.questions(SOUND.read_text("utf-8")) == ()


# The numbers.


@pytest.mark.parametrize(
    ("said", "delay"),
    [
        ({"connections": "20k", "nodes": "4"}, "0s..15s"),  # 20,000 / 2,000/s = 10 s, and half of it again
        ({"connections": "100", "nodes": "4"}, "0s..5s"),  # RFC 6455, section 7.2.3
        ({"connections": "1M", "nodes": "20"}, "0s..3m"),  # 100 s, 150 s, and the next that people write
        ({"purpose": "game", "connections": "100"}, "0s..1s"),
        ({"purpose": "dashboard", "connections": "20k", "nodes": "4"}, "10s..25s"),
    ],
)
def test_the_first_attempts_are_spread_over_what_the_nodes_need(said: dict[str, str], delay: str) -> None:
    """1.5 times connections over what all nodes accept, and the figure of the pattern at the least."""
    assert content(drafted(**said))["transport"]["reconnect"]["first_delay"] == delay


@pytest.mark.parametrize(
    ("said", "interval"),
    [
        ({"presence": "no"}, "25s"),
        ({"presence": "yes"}, "15s"),
        ({"presence": "no", "path": "heroku"}, "25s"),  # 55 s
        ({"presence": "no", "path": "nginx, ours=20s"}, "10s"),
        ({"presence": "no", "path": "ours=1s"}, "500ms"),
        ({"presence": "no", "library": "socket.io"}, "25s"),
        ({"presence": "no", "library": "phoenix"}, "25s"),  # 30 s by default
        ({"presence": "no", "library": "actioncable"}, "3s"),
        ({"purpose": "notifications"}, "15s"),
    ],
)
def test_the_heartbeat_keeps_below_half_of_what_the_path_allows(said: dict[str, str], interval: str) -> None:
    """25 s, 15 s where people are shown, less where a hop closes sooner or the library beats faster."""
    assert content(drafted(**said))["transport"]["heartbeat"]["interval"] == interval


@pytest.mark.parametrize(
    ("said", "grace"),
    [
        ({"clients": "browser", "connections": "100"}, "5s"),
        ({"clients": "ios", "connections": "100"}, "10s"),
        ({"clients": "ios", "connections": "100k", "nodes": "2"}, "3m"),  # the first delay ends at 150 s
        ({"purpose": "collaborative-editing", "connections": "100"}, "30s"),
    ],
)
def test_the_grace_outlasts_a_return(said: dict[str, str], grace: str) -> None:
    """5 s, 10 s with phones, 30 s beside a document, and never less than the longest first delay."""
    assert content(drafted(presence="yes", **said))["presence"]["grace"] == grace


@pytest.mark.parametrize(("connections", "most"), [("100", "1MiB"), ("10k", "128KiB"), ("1M", "16KiB")])
def test_the_queues_of_a_node_fit_into_a_gibibyte(connections: str, most: str) -> None:
    """With two nodes: 2^30 bytes over the clients of one, as a power of two from 16 KiB to 1 MiB."""
    stated = content(drafted(connections=connections, nodes="2"))
    assert stated["backpressure"]["queue"]["max_bytes"] == most


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"writers": "server"}, "sse"),
        ({"writers": "server", "clients": "ios"}, "websocket"),
        ({"writers": "server", "presence": "yes"}, "websocket"),
        ({"writers": "server", "library": "socket.io"}, "websocket"),
        ({"writers": "many"}, "websocket"),
        ({"purpose": "telemetry", "library": "mosquitto"}, "mqtt"),
        ({"library": "grpc"}, "grpc-stream"),
    ],
)
def test_sse_comes_before_websocket(said: dict[str, str], kind: str) -> None:
    """Where the server alone sends and browsers listen; unless a library or presence needs both ways."""
    assert (
        content(drafted(**{"purpose": "notifications", "presence": "no", **said}))["transport"]["kind"]
        == kind
    )


def test_a_proxy_that_buffers_is_told_not_to() -> None:
    """A stream through nginx needs its buffering off, and the path says so."""
    stated = content(drafted(purpose="dashboard", path="nginx"))
    assert stated["transport"]["path"] == [{"name": "nginx", "buffering": False}]


# Answers.


@pytest.mark.parametrize(
    ("question", "typed", "value"),
    [
        ("purpose", "collab", "collaborative-editing"),
        ("purpose", " Chat ", "chat"),
        ("clients", "browser,ios,browser", ("browser", "ios")),
        ("path", "alb", (questions.Hop("aws-alb"),)),
        ("path", "our-proxy=60s, nginx", (questions.Hop("our-proxy", "60s"), questions.Hop("nginx"))),
        ("path", "none", ()),
        ("library", "socketio", "socket.io@4"),
        ("presence", "y", True),
        ("presence", "no", False),
        ("connections", "don't know", None),
    ],
)
def test_an_answer_is_read(question: str, typed: str, value: Any) -> None:
    """By its beginning, by an alias, in any case; and `?` is an answer."""
    assert getattr(questions.Interview({question: typed}).answers, question) == value


@pytest.mark.parametrize(
    ("question", "typed", "told"),
    [
        ("purpose", "chats", "--purpose: `chats` is none of the answers: did you mean `chat`?"),
        ("purpose", "c", "`c` is none of the answers: there are chat,"),
        ("clients", "browser,,ios", "has an empty place between its commas"),
        ("connections", "plenty", "`plenty` is not a whole number such as `20k`"),
        ("connections", "about 20k", "did you mean `~20k`?"),
        ("nodes", "some", "`some` says no more than that there is one: `?` leaves it open"),
        ("connections", "0", "is not between 1 and 1000M"),
        ("path", "ngnix", "`ngnix` is not in the catalogue: did you mean `nginx`; say the silence"),
        ("path", "redis", "`redis` is a broker, which does not belong here"),
        ("path", "ours=900ms", "`ours=900ms` closes what is silent for less than 1s"),
        ("path", "ours=60", "`60` has no unit: `60s`?"),
        ("library", "nginx", "`nginx` is a proxy, which does not belong here; leave it open with `?`"),
        ("offline", "7", "`7` has no unit: `7s`?"),
        ("presence", "maybe", "`maybe` is none of the answers"),
    ],
)
def test_an_answer_that_is_none_is_told_how_to_be_one(question: str, typed: str, told: str) -> None:
    """As an option, it ends the call with the option, what was typed and what is expected."""
    with pytest.raises(Refused) as refused:
        questions.Interview({question: typed})
    assert told in str(refused.value)


def test_every_question_has_an_option() -> None:
    """The command line answers what a person is asked, and its help names each question."""
    told = cli("init", "--help").stdout
    for question in questions.QUESTIONS:
        assert f"--{question.name} ANSWER" in told
        assert getattr(questions.Answers(), question.name) is None
    assert 6 <= len(questions.QUESTIONS) <= 10
