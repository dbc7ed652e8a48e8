"""`rtreview init`: from answers to a spec that says why, and holds before its own review."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from conftest import FLAWED, RULEBOOK, SOUND, cli
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rtreview.init import beginning, blueprint, draft, questions
from rtreview.init.draft import Statement
from rtreview.language import catalogue, spec
from rtreview.rulebook.finding import Finding, Severity, Verdict
from rtreview.text import document
from rtreview.text.place import SpecPath
from rtreview.text.refusal import Refused

SCHEMA = jsonschema.Draft202012Validator(spec.json_schema())
NAMES = [question.name for question in questions.QUESTIONS]
HOPS = [one.id for one in catalogue.load() if one.kind in catalogue.ON_A_PATH]
LIBRARIES = [
    one.id
    for one in catalogue.load()
    if one.kind in questions.LIBRARIES
    and not (one.has("joins-nodes") or set(one.content.get("defaults", ())) == {"push"})
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


def content(text: str) -> Any:
    """The values of a draft."""
    (read,) = document.read(text.encode())
    assert not read.problems, read.problems
    return read.content


# What follows from the answers.


@pytest.mark.slow
@given(answers)
@example({"purpose": "chat", "presence": "yes", "connections": "100001", "nodes": "1"})
def test_any_answers_make_a_sound_design(said: dict[str, str]) -> None:
    """It is valid, its own words have no fault, and the same answers make the same text."""
    text = drafted(**said)
    SCHEMA.validate(content(text))
    assert faults(said) == []
    assert drafted(**said) == text


# The walk over every purpose, library, host and client.

FACTS: dict[str, tuple[SpecPath, ...]] = {
    "purpose": (("purpose",),),
    "writers": (("writers",), ("direction",)),
    "connections": (("workload", "connections"),),
    "room": (("workload", "rooms", "size", "max"),),
    "clients": (("workload", "clients"),),
    "path": (("transport", "path"),),
    "library": (("transport", "library"), ("transport", "service")),
    "nodes": (("topology", "nodes"),),
    "offline": (("sync", "offline", "max"),),
    "presence": (),  # `none` is all that the answer fills.
}
"""The lines of a draft that are an answer; all others are words of init."""


def kinds(ids: list[str]) -> list[str]:
    """A platform for each kind of them: two that fix the same make the same design but for the name."""
    found: dict[str, str] = {}
    for name in ids:
        platform = catalogue.find(name)
        assert platform is not None
        fixed = (platform.kind, platform.content.get("traits"), platform.content.get("defaults"))
        found.setdefault(repr(fixed), name)
    return list(found.values())


WALKED = {
    "purpose": [*questions.PURPOSES, "?"],
    "library": [*kinds(LIBRARIES), "?"],
    "path": [*kinds(HOPS), "none", "?"],
    "clients": [*questions.CLIENTS, "ios, android", "browser, ios", "?"],
}


def every_pair() -> Iterator[dict[str, str]]:
    """Answers in which every two to two of the four questions meet."""
    purposes, libraries, paths, clients = WALKED.values()
    for row, library in enumerate(libraries):
        for column, path in enumerate(paths):
            purpose = purposes[(row + column) % len(purposes)]
            client = clients[(row + column + column // len(clients)) % len(clients)]
            yield dict(zip(WALKED, (purpose, library, path, client), strict=True))


def is_brought_in(found: Finding, said: dict[str, str], statements: list[Statement]) -> bool:
    """Whether the author brought in a finding by an answer, or leaves open what it asks about.

    A violation is the author's where every line that it names is an answer. A question is where it is about
    an answer, or about a line that the draft shows as `Open`. All else is about words of init.
    """
    answered = [at for question in said for at in FACTS[question]]
    opened = [statement.at for statement in statements if statement.is_open]

    def is_answer(at: SpecPath) -> bool:
        # What init adds to a hop is its own: `transport.path[0].max_lifetime`.
        return at in answered or at[:-1] in answered or (at[:-2] in answered and at[-1] == "name")

    if found.verdict is Verdict.UNSTATED:
        return is_answer(found.place.at) or any(found.place.at[: len(at)] == at for at in opened)
    return all(is_answer(place.at) for place in (found.place, *found.related))


def faults(said: dict[str, str]) -> list[str]:
    """What a review holds against the words of init, at `error` or `warning`, for these answers.

    What is no valid spec is not reviewed, which is an error too.
    """
    statements = blueprint.statements(questions.Interview(said).answers)
    return [
        f"{', '.join(said.values())}: {found.rule}: {found.message}"
        for found in draft.findings(draft.text(statements, blueprint.HEAD))
        if found.severity is not Severity.INFO and not is_brought_in(found, said, statements)
    ]


def test_the_walk_leaves_no_pair_out() -> None:
    """Two answers to two of the questions meet, whichever: a purpose and a host, a host and a client."""
    walk = list(every_pair())
    for one, other in itertools.combinations(WALKED, 2):
        met = {(said[one], said[other]) for said in walk}
        assert met == set(itertools.product(WALKED[one], WALKED[other]))


def test_no_word_of_init_is_found_fault_with() -> None:
    """With each purpose, library, host and client once; the slow test has every pair."""
    for place in range(max(len(answers) for answers in WALKED.values())):
        said = {question: answers[place % len(answers)] for question, answers in WALKED.items()}
        SCHEMA.validate(content(drafted(**said)))
        assert faults(said) == []


@pytest.mark.slow
def test_no_word_of_init_is_found_fault_with_wherever_it_stands() -> None:
    """Whatever is built, carries it, lies between and connects: what a review finds is the author's."""
    assert [fault for said in every_pair() for fault in faults(said)] == []


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"connections": "20k", "path": "railway"}, "connections-exceed-limit"),
        ({"library": "pubnub"}, "missing-heartbeat"),
        ({"path": "envoy"}, "connections-exceed-limit"),
    ],
)
def test_what_an_author_brings_in_is_found_all_the_same(said: dict[str, str], rule: str) -> None:
    """More connections than the host takes, a service of which little is known, a limit to raise."""
    assert rule in [found.rule for found in draft.findings(drafted(**said))]
    assert faults(said) == []


def test_a_number_that_nobody_gave_is_a_word_of_init() -> None:
    """The same number is a fault of init where it was only usual."""
    found = draft.findings(drafted(connections="20k", path="railway"))
    (limit,) = [one for one in found if one.rule == "connections-exceed-limit"]
    assert is_brought_in(limit, {"connections": "20k", "path": "railway"}, [])
    assert not is_brought_in(limit, {"path": "railway"}, [])


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
@settings(max_examples=60)
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
    assert "# Proposed, not measured. Measure it" in drafted()


def test_a_remark_keeps_no_draft_back() -> None:
    """What is only `info` is said at the end, beside the questions."""
    text = drafted(purpose="?", library="tomcat", path="cloudflare")
    assert "hop-reload-cuts-streams" in [found.rule for found in draft.remarks(text)]


def test_a_draft_with_a_violation_is_given_to_nobody() -> None:
    """What a review holds against it is told instead, with the rule and the fix."""
    with pytest.raises(Refused, match=r"do not go together \([a-z-]+\)\. .* leave it open with `\?`"):
        draft.remarks(FLAWED.read_text("utf-8"))
    assert draft.remarks(SOUND.read_text("utf-8")) == ()


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


def test_presence_is_that_of_the_patterns() -> None:
    """A ping each 15 s, a pong within 5 s, gone after 3: a ghost of 50 s; and who leaves says so."""
    of_people = content(drafted(presence="yes"))
    heartbeat = of_people["transport"]["heartbeat"]
    assert (heartbeat["interval"], heartbeat["timeout"], heartbeat["misses"]) == ("15s", "5s", 3)
    pattern = RULEBOOK.sections["Heartbeat with Server Confirmation"].texts["Figures"]
    assert "ping every 15 s, pong within 5 s, dead after 3 missed" in " ".join(pattern.split())
    assert of_people["presence"]["ends"] == ["leave", "disconnect", "expiry"]


@pytest.mark.parametrize(("connections", "most"), [("100", "1MiB"), ("10k", "128KiB"), ("1M", "16KiB")])
def test_the_queues_of_a_node_fit_into_a_gibibyte(connections: str, most: str) -> None:
    """With two nodes: 2^30 bytes over the clients of one, as a power of two from 16 KiB to 1 MiB."""
    stated = content(drafted(connections=connections, nodes="2"))
    assert stated["backpressure"]["queue"]["max_bytes"] == most


def test_the_queue_of_a_device_is_no_matter_of_the_nodes() -> None:
    """A thousand times as many devices leave each of them its own memory."""
    few, many = (content(drafted(purpose="telemetry", connections=said)) for said in ("1k", "1M"))
    assert few["backpressure"]["queue"] == many["backpressure"]["queue"]


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
        ({"purpose": "telemetry", "path": "cellular-nat"}, "mqtt"),
        ({"purpose": "telemetry", "path": "cellular-nat, aws-alb"}, "websocket"),
        ({"purpose": "telemetry", "path": "cellular-nat", "clients": "browser"}, "websocket"),
        ({"purpose": "telemetry"}, "websocket"),
    ],
)
def test_sse_comes_before_websocket(said: dict[str, str], kind: str) -> None:
    """Where the server alone sends and browsers listen; unless a library or presence needs both ways."""
    assert (
        content(drafted(**{"purpose": "notifications", "presence": "no", **said}))["transport"]["kind"]
        == kind
    )


@pytest.mark.parametrize(
    ("said", "layer", "why"),
    [
        ({"library": "grpc", "clients": "ios"}, "http2-ping", ""),
        (
            {"library": "grpc", "clients": "ios", "path": "envoy"},
            "application",
            "envoy counts no HTTP/2 pings",
        ),
        ({"library": "grpc", "clients": "ios", "path": "ours=60s"}, "http2-ping", ""),
        ({"library": "ws", "clients": "ios", "path": "envoy"}, "websocket-ping", ""),
        ({"library": "ws", "clients": "browser"}, "application", "a script in a page cannot see pings"),
        (
            {"purpose": "feed", "library": "ws", "clients": "server"},
            "application",
            "not that data still come",
        ),
    ],
)
def test_a_ping_is_no_heartbeat_where_nobody_sees_it(said: dict[str, str], layer: str, why: str) -> None:
    """A page sees none, some proxies count none of HTTP/2, and none tells whether a feed goes on."""
    text = drafted(**said)
    assert content(text)["transport"]["heartbeat"]["layer"] == layer
    assert why in " ".join(text.replace("# ", "").split())


def test_what_reports_are_devices() -> None:
    """Unless somebody says that they are servers."""
    assert content(drafted(purpose="telemetry"))["workload"]["clients"] == ["device"]
    assert content(drafted(purpose="telemetry", clients="server"))["workload"]["clients"] == ["server"]


def test_mqtt_has_what_mqtt_knows() -> None:
    """A keep-alive of the client, and no delay that the server names; a loop that can end is watched."""
    stated = content(drafted(purpose="telemetry", library="paho-mqtt"))["transport"]
    assert stated["heartbeat"]["from"] == "client"
    assert "server_hint" not in stated["reconnect"]
    assert stated["reconnect"]["supervised"] is True
    assert (
        "supervised"
        not in content(drafted(purpose="telemetry", library="mosquitto"))["transport"]["reconnect"]
    )


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"library": "pubnub"}, "# fan_out: {per_recipient: memory}"),
        ({"purpose": "?", "library": "sse-starlette"}, "# event_ids: true"),
        ({"purpose": "feed", "library": "mosquitto"}, "# silence_timeout: 60s"),
        ({"purpose": "chat", "clients": "ios, android"}, "# push: {service: [apns, fcm], missed: fetched}"),
    ],
)
def test_what_a_review_would_ask_is_an_open_line(said: dict[str, str], line: str) -> None:
    """Recipients that are looked up, what a stream carries, a feed that falls silent, a phone that sleeps."""
    assert line in drafted(**said)


def test_what_others_than_devices_send_is_a_log() -> None:
    """A client of readings that returns gets those that it missed, and so does one that joins."""
    stated = content(drafted(purpose="telemetry", writers="server"))
    assert stated["transport"]["resume"]["by"] == "offset"
    assert stated["sync"]["join"]["order"] == "subscribe-first"
    assert content(drafted(purpose="telemetry"))["transport"]["resume"] == "none"


def test_one_writer_of_a_document_leaves_a_state_to_begin_with() -> None:
    """Without a merge, it is a snapshot that brings a reader what was written before."""
    stated = content(drafted(purpose="collaborative-editing", writers="one"))
    assert stated["sync"]["join"] == {"order": "snapshot"}


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
        ("library", "apns", "`apns` pushes to devices and holds no connection: it goes into `push.service`"),
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
