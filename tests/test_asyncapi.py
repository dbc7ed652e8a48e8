"""`rtreview init --from`: what an AsyncAPI document says becomes stated, and nothing else does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from conftest import ROOT, cli
from hypothesis import given, settings
from hypothesis import strategies as st

from rtreview.init import asyncapi, beginning, draft, imported
from rtreview.language import spec
from rtreview.reviews import engine
from rtreview.rulebook.finding import Verdict
from rtreview.text import document
from rtreview.text.refusal import Refused

FOLDER = ROOT / "tests" / "asyncapi"
DOCUMENTS = sorted(file for file in FOLDER.iterdir() if not file.name.endswith(".draft.yaml"))
SCHEMA = jsonschema.Draft202012Validator(spec.json_schema())

AGAINST = {"ticker.yaml": {"websocket-for-one-way"}}
"""What a review holds against what a document says: a WebSocket on which the server alone sends."""


def drafted(source: str | bytes) -> str:
    """The draft of a document."""
    api = asyncapi.read(source.encode() if isinstance(source, str) else source, "api.yaml")
    return draft.text(imported.statements(api), imported.head(api, "api.yaml"))


def content(text: str) -> Any:
    """The values of a draft."""
    (read,) = document.read(text.encode())
    assert not read.problems, read.problems
    return read.content


def stated(source: str | bytes | dict[str, Any]) -> Any:
    """What becomes stated of a document."""
    made = content(drafted(json.dumps(source) if isinstance(source, dict) else source))
    SCHEMA.validate(made)
    return made


def one_channel(**parts: Any) -> dict[str, Any]:
    """A document of 2.6 with a channel, on which the server sends."""
    return {"asyncapi": "2.6.0", "info": {}, "channels": {"a": {"subscribe": {}}}, **parts}


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_a_document_becomes_a_draft(file: Path, matches: Callable[[Path, str], None]) -> None:
    """The shape of a public example, written fresh, and the draft beside it."""
    text = drafted(file.read_bytes())
    SCHEMA.validate(content(text))
    matches(FOLDER / f"{file.stem}.draft.yaml", text)


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_a_review_holds_nothing_against_silence(file: Path) -> None:
    """Every violation is at a value that the document gave, and no draft is one that cannot be read."""
    text = drafted(file.read_bytes())
    found = [one for review in engine.review(text) for one in review.findings]
    assert not [one for one in found if one.verdict is Verdict.UNREVIEWED]
    violated = [one for one in found if one.verdict is Verdict.VIOLATED]
    assert {one.rule for one in violated} == AGAINST.get(file.name, set())
    for one in violated:
        value = content(text)
        for key in one.place.at:
            value = value[key]


@pytest.mark.parametrize(
    ("protocol", "kind"),
    [
        ("ws", "websocket"), ("WSS", "websocket"), ("mqtt", "mqtt"), ("mqtts", "mqtt"), ("mqtt5", "mqtt"),
        ("sse", "sse"), ("mercure", "sse"), ("socket.io", "websocket"), ("https", None), ("kafka", None),
        ("amqp", None), ("stomp", None), ("pigeon", None),
    ],
)  # fmt: skip
def test_the_protocol_of_a_server_tells_what_carries_the_messages(protocol: str, kind: str | None) -> None:
    """HTTP and STOMP travel over several, a broker's protocol over none: it stays open, with the place."""
    source = one_channel(servers={"live": {"protocol": protocol}})
    assert stated(source).get("transport", {}).get("kind") == kind
    assert "servers.live" in drafted(json.dumps(source))


@pytest.mark.parametrize(
    ("operations", "direction"),
    [
        ({"subscribe": {}}, "server-to-client"),
        ({"publish": {}}, "client-to-server"),
        ({"subscribe": {}, "publish": {}}, "bidirectional"),
        ({}, None),
    ],
)
def test_in_version_2_a_client_does_what_the_operation_says(
    operations: dict[str, Any], direction: str | None
) -> None:
    """Who may subscribe receives, so that the application sends."""
    assert stated(one_channel(channels={"a": operations})).get("direction") == direction


@pytest.mark.parametrize(
    ("operations", "direction"),
    [
        ({"one": {"action": "send"}}, "server-to-client"),
        ({"one": {"action": "receive"}}, "client-to-server"),
        ({"one": {"action": "receive"}, "two": {"action": "send"}}, "bidirectional"),
        ({"one": {"action": "receive", "reply": {"messages": []}}}, "bidirectional"),
        ({"one": {"action": "forget"}}, None),
    ],
)
def test_in_version_3_the_application_does_what_the_operation_says(
    operations: dict[str, Any], direction: str | None
) -> None:
    """And answers on the same channel where a reply names no other."""
    for operation in operations.values():
        operation["channel"] = {"$ref": "#/channels/a"}
    source = {"asyncapi": "3.0.0", "channels": {"a": {}}, "operations": operations}
    assert stated(source).get("direction") == direction


def test_an_answer_on_another_channel_goes_the_other_way() -> None:
    """The application receives questions on one channel and sends answers on the other."""
    source = {
        "asyncapi": "3.0.0",
        "channels": {"questions": {}, "answers": {}},
        "operations": {
            "ask": {
                "action": "receive",
                "channel": {"$ref": "#/channels/questions"},
                "reply": {"channel": {"$ref": "#/channels/answers"}},
            }
        },
    }
    features = stated(source)["features"]
    assert features["questions"]["direction"] == "client-to-server"
    assert features["answers"]["direction"] == "server-to-client"


@pytest.mark.parametrize(
    ("schema", "most"),
    [
        ({"type": "string", "maxLength": 10}, 42),  # 40 bytes and two quotes
        ({"type": "string"}, None),
        ({"enum": ["a", "longer"]}, 8),
        ({"const": True}, 4),
        (
            {"type": "array", "maxItems": 3, "items": {"type": "boolean"}},
            20,
        ),  # 3 x (5 + a comma) and two brackets
        ({"type": "array", "items": {"type": "boolean"}}, None),
        ({"type": "object", "additionalProperties": False, "properties": {"a": {"type": "null"}}}, 12),
        ({"type": "object", "properties": {"a": {"type": "null"}}}, None),
        ({"oneOf": [{"type": "boolean"}, {"const": "twelve"}]}, 8),
        ({"oneOf": [{"type": "boolean"}, {"type": "string"}]}, None),
        ({"type": ["string", "null"], "maxLength": 3}, None),
        ({"allOf": [{"type": "boolean"}]}, None),
    ],
)
def test_a_schema_bounds_a_message_or_does_not(schema: dict[str, Any], most: int | None) -> None:
    """A size is stated where nothing longer is allowed, at 4 bytes a character."""
    source = one_channel(channels={"a": {"subscribe": {"message": {"payload": schema}}}})
    sizes = stated(source).get("workload", {}).get("messages")
    assert sizes == (None if most is None else {"size": {"max": f"{most}B"}})


@given(
    st.recursive(st.none() | st.booleans(), lambda inner: st.lists(inner, max_size=3), max_leaves=8),
    st.data(),
)
@settings(max_examples=60)
def test_no_value_is_larger_than_the_bound_of_its_schema(value: Any, draw: st.DataObject) -> None:
    """What a schema of this value allows holds the value itself, written as JSON."""

    def described(one: Any) -> dict[str, Any]:
        if isinstance(one, list):
            return {
                "type": "array",
                "maxItems": 3,
                "items": {"anyOf": [described(part) for part in one] or [{"type": "null"}]},
            }
        if draw.draw(st.booleans()):
            return {"const": one}
        return {"type": "boolean" if isinstance(one, bool) else "null"}

    payload = described(value)
    jsonschema.Draft202012Validator(payload).validate(value)
    api = asyncapi.AsyncApi({"asyncapi": "2.6.0"})
    most = api.most_bytes(asyncapi.Node(payload, "payload"))
    assert most is not None
    assert most >= len(json.dumps(value, separators=(",", ":")))


def test_servers_that_disagree_leave_it_open() -> None:
    """Two keep-alives are none, and two kinds are a question."""
    servers = {
        "one": {"protocol": "mqtt", "bindings": {"mqtt": {"keepAlive": 30}}},
        "two": {"protocol": "ws", "bindings": {"mqtt": {"keepAlive": 60}}},
    }
    assert "transport" not in stated(one_channel(servers=servers))


def test_what_the_session_of_mqtt_keeps_is_resumed() -> None:
    """A session that is not clean, and how long the broker keeps it."""
    mqtt = {"cleanSession": False, "sessionExpiryInterval": 90, "keepAlive": 45}
    made = stated(one_channel(servers={"one": {"protocol": "mqtt", "bindings": {"mqtt": mqtt}}}))
    assert made["transport"]["resume"] == {"by": "session", "retention": "90s"}
    assert made["transport"]["heartbeat"] == {"interval": "45s", "from": "client", "layer": "application"}


# What is none.


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("", "api.yaml:1:1: the file is empty"),
        ("- a\n- b\n", "api.yaml:1:1: expected a mapping, found a list"),
        ("info: {title: x}\n", "api.yaml:1:1: `asyncapi` is missing"),
        ("# x\nopenapi: 3.1.0\n", "api.yaml:2:1: this is a document of `openapi`"),
        ("info: {}\nasyncapi: 1.2.0\n", "api.yaml:2:11: `1.2.0` is not a version that is read here"),
        ("asyncapi: [2]\n", "api.yaml:1:11: a list is not a version that is read here"),
        ("asyncapi: 2.6.0\ninfo: {\n", "api.yaml:3:1:"),
        ('{"asyncapi": "2.6.0",\n "a": 1, "a": 2}', "api.yaml:2:10:"),
    ],
)
def test_what_is_no_document_is_refused_where_it_is_wrong(source: str, told: str) -> None:
    """With the file, the line and the column, and how such a document begins."""
    with pytest.raises(Refused) as refused:
        asyncapi.read(source.encode(), "api.yaml")
    assert str(refused.value).startswith(told)


def test_json_may_escape_a_character_in_halves() -> None:
    """As Python writes it by default; a backslash before it keeps its meaning."""
    made = stated(one_channel(info={"title": "\N{WAVING HAND SIGN} \\\\ud83d"}))
    assert made["name"] == "\N{WAVING HAND SIGN} \\\\ud83d"


def test_a_file_that_is_not_there_is_refused() -> None:
    """With its name and the reason."""
    done = cli("init", "--from", "nowhere.yaml", "-")
    assert done.exit_code == 2
    assert done.stderr == "rtreview: nowhere.yaml: the file cannot be opened: No such file or directory\n"


# What is hostile.


@pytest.mark.parametrize(
    "schemas",
    [
        {"a": {"$ref": "#/components/schemas/a"}},
        {"a": {"$ref": "#/components/schemas/b"}, "b": {"$ref": "#/components/schemas/a"}},
        {"a": {"type": "array", "maxItems": 2, "items": {"$ref": "#/components/schemas/a"}}},
        {"a": {"oneOf": [{"$ref": "#/components/schemas/a"}, {"type": "null"}]}},
        {"a": {"$ref": "https://example.com/a.yaml"}},
        {"a": {"$ref": "#/components/schemas/none/of/it"}},
        {"a": {"$ref": 7}},
        {"a": {"$ref": f"#/components/lists/{'9' * 5000}"}},
        {
            letter: {
                "type": "object",
                "additionalProperties": False,
                "properties": {f"{number}": {"$ref": f"#/components/schemas/{after}"} for number in range(9)},
            }
            for letter, after in zip("abcdefghijklmnopqrstuvwxyz", "bcdefghijklmnopqrstuvwxyza", strict=True)
        },
    ],
)
def test_references_without_an_end_do_no_harm(schemas: dict[str, Any]) -> None:
    """Cycles, references out of the document or to nothing: no size, no wait, no error."""
    message = {"payload": {"$ref": "#/components/schemas/a"}}
    components = {"schemas": schemas, "lists": [{"type": "boolean"}]}
    source = one_channel(channels={"a": {"subscribe": {"message": message}}}, components=components)
    started = time.process_time()
    assert "workload" not in stated(source)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("index", ["1", "-1", "9" * 5000, "\N{SUPERSCRIPT TWO}", "0x0"])
def test_a_reference_behind_the_end_of_a_list_is_told_by_its_place(index: str) -> None:
    """However long its number is, it leads nowhere, and the head of the draft names where it stands."""
    message = {"payload": {"$ref": f"#/components/lists/{index}"}}
    source = one_channel(
        channels={"a": {"subscribe": {"message": message}}}, components={"lists": [{"type": "boolean"}]}
    )
    told = " ".join(drafted(json.dumps(source)).replace("\n#", "").split())
    assert "nowhere, were not followed: channels.a.subscribe.message.payload." in told


def test_a_text_stays_a_text() -> None:
    """Signs that act, comments, and what speaks to a review: the title is a title and no more."""
    title = 'a: b # c\n\x1b[31m"quoted" \u202e {x}\nrtreview: accept all'
    hostile = "# rtreview: accept missing-heartbeat -- x (me, until 2030-01-01)\n::error::x"
    source = one_channel(
        info={"title": title, "description": hostile},
        channels={hostile: {"subscribe": {}}, title: {"publish": {}}, "..": {}, "": {}},
        servers={hostile: {"protocol": hostile, "security": [1]}},
    )
    text = drafted(json.dumps(source))
    made = content(text)
    assert made["name"] == " ".join(title.split())
    assert made["summary"] == " ".join(hostile.split())
    assert "\x1b" not in text
    assert "\u202e" not in text
    (read,) = document.read(text.encode())
    assert read.comments == {}


@pytest.mark.slow
def test_many_channels_and_operations_take_no_time() -> None:
    """Of thousands the first become features, and the head says how many were left out."""
    channels = {f"c{number}": {} for number in range(4000)}
    operations = {
        f"o{number}": {"action": "send", "channel": {"$ref": f"#/channels/c{number}"}}
        for number in range(4000)
    }
    source = json.dumps({"asyncapi": "3.0.0", "channels": channels, "operations": operations})
    started = time.process_time()
    text = drafted(source)
    assert time.process_time() - started < 10
    assert len(content(text)["features"]) == asyncapi.MOST_FEATURES
    assert "3960 more channels were left out." in " ".join(text.replace("\n#", "").split())


KEYS = (
    "$ref", "a", "action", "bindings", "channel", "keepAlive", "message", "messages", "mqtt", "oneOf",
    "payload", "protocol", "publish", "reply", "send", "servers", "subscribe", "type", "ws",
)  # fmt: skip
PARTS = ("info", "servers", "channels", "operations", "components", "defaultContentType")

words = st.text(max_size=6) | st.sampled_from(["ws", "mqtt", "#/channels/a"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=25,
)


@pytest.mark.slow
@given(
    st.sampled_from(["2.6.0", "3.0.0"]),
    st.fixed_dictionaries({}, optional=dict.fromkeys(PARTS, anything)),
)
@settings(max_examples=200)
def test_any_shape_makes_a_draft(version: str, parts: dict[str, Any]) -> None:
    """Whatever stands where something else is expected says nothing, and the draft is valid."""
    stated({"asyncapi": version, **parts})


# The command.


def test_the_command_reads_a_document(tmp_path: Path) -> None:
    """The draft goes to the file, and a sentence says how much of it is open."""
    file = tmp_path / "design.rtreview.yaml"
    done = cli("init", "--from", FOLDER / "ticker.yaml", file)
    assert done.exit_code == 0, done.stderr
    assert "lines decided" in done.stdout
    made = yaml.safe_load(file.read_text("utf-8"))
    assert made["transport"]["kind"] == "websocket"
    assert beginning.from_files([str(FOLDER / "ticker.yaml")]).text == file.read_text("utf-8")
    assert cli("-q", file).exit_code == 1


def test_the_command_reads_standard_input() -> None:
    """As a review does."""
    done = cli("init", "--from", "-", "-", stdin=(FOLDER / "board.yaml").read_bytes())
    assert "# Read from <stdin> (AsyncAPI 2.6.0)" in done.stdout
