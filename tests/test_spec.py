"""The spec language: what is accepted, what is said when it is not, and its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from conftest import EXAMPLES

from rtreview.language import spec
from rtreview.language.field import Field, NotApplicable, Undecided, Unstated, known, stated
from rtreview.language.section import Section
from rtreview.language.spec import Spec, SpecError
from rtreview.quantities.quantity import Duration, Ratio, Spread
from rtreview.reviews import engine
from rtreview.text import document

SCHEMA = spec.json_schema()


def read(**content: object) -> Spec:
    """The spec with this content."""
    return spec.read({"rtreview": 1, **content})


def test_a_field_has_three_values() -> None:
    """Stated, stated as `none`, and not stated are told apart; null is not stated."""
    presence = read(presence={"grace": "10s", "ttl": "none", "refresh": None}).presence
    assert (presence.grace.content, presence.grace.is_stated) == (Duration(10), True)
    assert (presence.ttl.is_none, presence.ttl.is_stated) == (True, True)
    assert (presence.refresh.is_none, presence.refresh.is_stated) == (False, False)
    assert (presence.batch.is_none, presence.batch.is_stated) == (False, False)


def test_named_sections_have_three_values() -> None:
    """Dependencies are stated by name, are `none`, or are left out; each knows where it stands."""
    stated_ = read(dependencies={"database": {"calls": 4}, "cache": "some"}).dependencies.bind(
        ("dependencies",)
    )
    assert (stated_.is_stated, stated_.is_none) == (True, False)
    assert [part.dotted for part in stated_] == ["dependencies.database", "dependencies.cache"]
    assert stated_.items["cache"].is_stated
    against, silent = read(dependencies="none").dependencies, read().dependencies
    assert (against.is_stated, against.is_none, list(against)) == (True, True, [])
    assert (silent.is_stated, silent.is_none, list(silent)) == (False, False, [])
    with pytest.raises(SpecError, match=r"expected a mapping of names such as .*, found `4`"):
        read(dependencies=4)


def test_a_section_has_three_values() -> None:
    """A section may be `none`, and one that is left out is there all the same."""
    written = read(transport={"heartbeat": "none", "reconnect": {"jitter": "full"}})
    assert written.transport.heartbeat.is_none
    assert written.transport.reconnect.is_stated
    assert not written.transport.resume.is_stated
    assert not written.sync.ordering.by.is_stated


def test_a_rule_asks_for_values() -> None:
    """`stated` and `known` give the value, or end the rule with the right verdict."""
    unstated = Field[Duration]()
    assert stated(Field(Duration(1))) == Duration(1)
    with pytest.raises(Unstated):
        stated(unstated)
    with pytest.raises(Undecided):
        known(unstated)
    with pytest.raises(NotApplicable):
        known(Field(is_none=True))


def test_a_section_does_not_change() -> None:
    """The spec is frozen."""
    with pytest.raises(AttributeError):
        read().presence.grace = Field(Duration(1))  # type: ignore[misc]


def test_a_field_of_several_notations_takes_each() -> None:
    """A jitter is a word, a ratio or a random span."""
    reconnect = [read(transport={"reconnect": {"jitter": j}}) for j in ("full", "30%", "0s..2s")]
    assert [one.transport.reconnect.jitter.content for one in reconnect] == [
        "full",
        Ratio(0.3),
        Spread(Duration(0), Duration(2)),
    ]


def test_what_is_kept_may_have_no_end_and_none_is_nothing() -> None:
    """Of a time for which something is kept `forever` is a decision against an end, and `none` is 0."""
    history = read(sync={"history": {"retention": "forever"}}).sync.history
    assert (history.retention.is_none, str(history.bind(("sync", "history")).retention)) == (True, "forever")
    assert read(sync={"history": {"retention": "none"}}).sync.history.retention.content == Duration(0)
    with pytest.raises(SpecError):
        read(sync={"refetch": "forever"})


def test_a_trigger_may_be_a_time_and_compaction_a_truth_value() -> None:
    """A bare time is `every`; `true` says that old operations are folded, and not when."""
    sync = read(sync={"durability": {"checkpoint": "30s"}, "compaction": True}).sync
    assert sync.durability.checkpoint.every.content == Duration(30)
    assert (sync.compaction.is_stated, sync.compaction.is_none) == (True, False)
    assert read(sync={"compaction": False}).sync.compaction.is_none
    assert read(sync={"compaction": {"at": "job"}}).sync.compaction.at_.content == "job"


def test_one_kind_of_data_may_stand_for_a_list() -> None:
    """`data: {shape: text}`, `data: text` and a list of both mean the same."""
    for data in ({"shape": "text"}, "text", [{"shape": "text"}], ["text"]):
        (only,) = read(sync={"data": data}).sync.data
        assert only.shape.has("text")
    assert read(sync={"data": "none"}).sync.data.is_none
    assert not read(sync={"data": None}).sync.data.is_stated


def test_a_hop_may_be_its_name() -> None:
    """`path: [nginx]` is short for a mapping."""
    (hop,) = read(transport={"path": ["nginx"]}).transport.path
    assert hop.name.content == "nginx"


def test_words_with_hyphens_and_python_words_are_written_as_in_the_spec() -> None:
    """`from`, `while` and `event-streaming` are keys."""
    written = read(
        transport={"heartbeat": {"from": "server"}},
        accepted=[{"rule": "missing-heartbeat", "while": "workload.connections < 10k"}],
        delegated={"event-streaming": "events-team"},
    )
    assert written.transport.heartbeat.from_.has("server")
    assert next(iter(written.accepted)).while_.content == "workload.connections < 10k"
    assert written.delegated.event__streaming.owner.content == "events-team"


def test_one_item_may_stand_for_a_list_of_it() -> None:
    """As one hop may for a path."""
    read = spec.read({"rtreview": 1, "workload": {"clients": "browser"}, "owners": "chat-team"})
    assert read.workload.clients.content == ("browser",)
    assert read.owners.content == ("chat-team",)


def test_a_field_that_was_renamed_says_what_it_is_called_now() -> None:
    """Each name of today is one of the language."""
    sections = [kind for kind in vars(spec).values() if isinstance(kind, type) and issubclass(kind, Section)]
    renamed = {old: new for section in sections for old, new in section.RENAMED.items()}
    assert renamed
    for new in renamed.values():
        assert spec.notation_at(tuple(new.split("."))), new
    with pytest.raises(SpecError, match=r"`poll_interval` is now `transport\.poll\.every`"):
        spec.read({"rtreview": 1, "transport": {"poll_interval": "5s"}})


@pytest.mark.parametrize(
    ("content", "at", "said"),
    [
        ([], (), "expected a mapping that begins with `rtreview: 1`, found a list"),
        ("text", (), "expected a mapping that begins with `rtreview: 1`, found `text`"),
        ({}, (), "the version is missing: a spec begins with `rtreview: 1`"),
        ({"rtreview": 2}, ("rtreview",), "`2` is not a version that can be read here: `rtreview: 1`?"),
        ({"rtreview": True}, ("rtreview",), "`true` is not a version that can be read here: `rtreview: 1`?"),
        (
            {"rtreview": 1, "transprot": {}},
            ("transprot",),
            "`transprot` is no field of a spec: did you mean `transport`?",
        ),
        (
            {"rtreview": 1, "transport": {"heartbeat": {"intervall": "1s"}}},
            ("transport", "heartbeat", "intervall"),
            "`intervall` is no field of `transport.heartbeat`: did you mean `interval`?",
        ),
        (
            {"rtreview": 1, "features": {"a": {"sync": {"data": [{"shap": "text"}]}}}},
            ("features", "a", "sync", "data", 0, "shap"),
            "`shap` is no field of `features.a.sync.data[0]`: did you mean `shape`?",
        ),
        (
            {"rtreview": 1, "presence": {"cursor": {"zzz": 1}}},
            ("presence", "cursor", "zzz"),
            "`zzz` is no field of `presence.cursor`: it has `rate`, `batch`",
        ),
        (
            {"rtreview": 1, "transport": {"heartbeat": False}},
            ("transport", "heartbeat"),
            "expected `none` or a mapping, found `false`: did you mean `none`?",
        ),
        (
            {"rtreview": 1, "transport": {"heartbeat": {"interval": 30}}},
            ("transport", "heartbeat", "interval"),
            "`30` has no unit: `30s`?",
        ),
        (
            {"rtreview": 1, "transport": {"kind": "websockets"}},
            ("transport", "kind"),
            "`websockets` is not one of websocket, sse, long-polling, polling, http-stream, grpc-stream, "
            "webtransport, webrtc, mqtt, tcp, udp: did you mean `websocket`?",
        ),
        (
            {"rtreview": 1, "transport": {"event_ids": "yes"}},
            ("transport", "event_ids"),
            "expected `true` or `false`, found `yes`: did you mean `true`?",
        ),
        (
            {"rtreview": 1, "name": ["a"]},
            ("name",),
            "expected a string, found a list",
        ),
        (
            {"rtreview": 1, "workload": {"clients": {"browser": True}}},
            ("workload", "clients"),
            "expected a list, each one of browser, ios, android, mobile, desktop, server, device, "
            "found a mapping",
        ),
        (
            {"rtreview": 1, "transport": {"reconnect": {"jitter": 0.3}}},
            ("transport", "reconnect", "jitter"),
            "`0.3` has no unit: `30%`?",
        ),
        (
            {"rtreview": 1, "transport": {"reconnect": {"jitter": []}}},
            ("transport", "reconnect", "jitter"),
            "a list is not one of full, equal, decorrelated, or a ratio from 0% to 100%, or a random span",
        ),
        (
            {"rtreview": 1, "features": ["a"]},
            ("features",),
            "expected a mapping of names such as `{a: {purpose: chat}}`, found a list",
        ),
        (
            {"rtreview": 1, "nodes": 4},
            ("nodes",),
            "`nodes` is no field of a spec: it belongs in `topology`",
        ),
        (
            {"rtreview": 1, "reconnect": "none"},
            ("reconnect",),
            "`reconnect` is no field of a spec: it belongs in `transport` or `dependencies.NAME`",
        ),
        (
            {"rtreview": 1, "transport": {"zzz": 1}},
            ("transport", "zzz"),
            "`zzz` is no field of `transport`: `rtreview schema transport` lists its fields",
        ),
        (
            {"rtreview": 1, "transport": [{"kind": "sse"}]},
            ("transport",),
            "expected `none` or a mapping such as `{kind: websocket}`, found a list",
        ),
        (
            {"rtreview": 1, "sync": {"strategy": "lww"}},
            ("sync", "strategy"),
            "`lww` is not one of crdt, ot, server-authoritative, last-writer-wins, append-only, full-state, "
            "signal: did you mean `last-writer-wins`? `rtreview schema sync.strategy` says what each word "
            "means",
        ),
    ],
)
def test_a_mistake_says_where_and_what_was_expected(content: object, at: object, said: str) -> None:
    """Place, what was expected and a proposal, for every kind of mistake."""
    with pytest.raises(SpecError) as caught:
        spec.read(content)
    (mistake,) = caught.value.mistakes
    assert (mistake.at, mistake.message) == (at, said)


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody mends a file one error at a time."""
    with pytest.raises(SpecError) as caught:
        read(presence={"grace": 10}, sync={"strategy": "crtd"})
    assert len(caught.value.mistakes) == 2


def test_mistakes_stand_in_the_order_of_their_lines() -> None:
    """Whatever the order of the fields in the language."""
    (found,) = engine.review("rtreview: 1\nsync: {strategy: crtd}\ntransport: {kind: wbsocket}\nzzz: 1\n")
    assert [each.place.span.line for each in found.findings] == [2, 3, 4]


def fields_of(section: type[Section]) -> Iterator[tuple[str, Any]]:
    """Every field of the language with its JSON Schema."""
    for name, definition in {section.__name__: SCHEMA, **SCHEMA["$defs"]}.items():
        fields = definition.get("anyOf", [definition])[0]
        for field, described in fields["properties"].items():
            yield f"{name}.{field}", described


def test_every_field_has_a_description_a_unit_and_an_example_that_fits() -> None:
    """The schema tells an editor what a field is; its example is accepted; a quantity has a unit."""
    for name, described in fields_of(Spec):
        assert described["description"].endswith("."), name
        (example,) = described["examples"]
        whole = {**described, "$defs": SCHEMA["$defs"]}
        assert jsonschema.Draft202012Validator(whole).is_valid(example), name
        patterned = "pattern" in json.dumps({k: v for k, v in described.items() if k != "$ref"})
        assert ("x-unit" in json.dumps(described)) == patterned, name


@pytest.mark.slow
def test_the_schema_is_a_valid_schema() -> None:
    """The JSON Schema is itself valid, and requires the version only."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["required"] == ["rtreview"]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_what_the_reader_takes_the_schema_takes(file: Any) -> None:
    """An editor that has the schema shows no error in an example."""
    for one in document.read(file.read_bytes()):
        jsonschema.Draft202012Validator(SCHEMA).validate(one.content)


@pytest.mark.parametrize(
    "content",
    [
        {"name": "x"},
        {"rtreview": 1, "transprot": {}},
        {"rtreview": 1, "presence": {"grace": 10}},
        {"rtreview": 1, "presence": {"grace": "10 seconds"}},
        {"rtreview": 1, "transport": {"kind": "websockets"}},
        {"rtreview": 1, "transport": {"heartbeat": False}},
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(content: object) -> None:
    """An editor shows the error before the review does."""
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(content)


@pytest.mark.parametrize(
    ("content", "section"),
    [
        ({"transport": {"reconnect": {"strategy": "none", "cap": "5s"}}}, "reconnect"),
        ({"transport": {"heartbeat": {"interval": "none"}}}, "heartbeat"),
        ({"transport": {"resume": {"by": "none"}}}, "resume"),
    ],
)
def test_a_section_whose_defining_field_is_none_is_none(content: dict[str, Any], section: str) -> None:
    """`reconnect: {strategy: none}` decides against reconnecting, whatever stands beside it."""
    assert getattr(read(**content).transport, section).is_none


def test_a_zero_that_has_no_meaning_is_refused() -> None:
    """No servers, a beat without time, a rate of nothing: they would only divide by zero."""
    for content in ({"topology": {"nodes": 0}}, {"transport": {"heartbeat": {"interval": "0s"}}}):
        with pytest.raises(SpecError, match="has no meaning here: more than 0, or `none`"):
            read(**content)
    assert read(presence={"grace": "0s"}).presence.grace.content == Duration(0)


def test_keys_of_the_team_are_left_alone() -> None:
    """`x-` at the top is a place for anchors."""
    assert not read(**{"x-defaults": {"anything": 1}}).transport.is_stated
