"""From the written spec to the design: sharing, own sections, defaults, and what follows from numbers."""

from __future__ import annotations

import pytest

from rtreview.language import spec
from rtreview.language.building import build
from rtreview.language.design import Design, Feature
from rtreview.numbers.liveness import noticed_within
from rtreview.quantities.quantity import Count, Duration, Ratio
from rtreview.text import document


def design(text: str) -> Design:
    """The design that a spec describes."""
    return build(spec.read(document.read(f"rtreview: 1\n{text}".encode())[0].content))


def features(text: str) -> dict[str | None, Feature]:
    """Its features by name."""
    return {feature.name: feature for feature in design(text).features}


def test_a_design_without_features_is_one_feature() -> None:
    """The feature's fields then stand at the top, and it has no name."""
    (only,) = design("purpose: chat\npresence: {grace: 10s}").features
    assert (only.name, only.at) == (None, ())
    assert only.serves("chat")
    assert only.presence.grace.at == ("presence", "grace")


def test_a_feature_has_its_own_dependencies_or_those_of_the_design() -> None:
    """As with every list: what a feature states replaces the design's whole."""
    both = features(
        "dependencies: {database: {calls: 4}, cache: {calls: 1}}\n"
        "features: {a: {}, b: {dependencies: {search: {calls: 2}}}, c: {dependencies: none}}"
    )
    assert list(both["a"].dependencies.items) == ["database", "cache"]
    (own,) = both["b"].dependencies
    assert own.calls.at == ("features", "b", "dependencies", "search", "calls")
    assert both["c"].dependencies.is_none


def test_features_without_a_transport_share_the_connection() -> None:
    """One connection carries them."""
    both = features("transport: {kind: websocket}\nfeatures: {a: {}, b: {}}")
    assert both["a"].connection is both["b"].connection
    assert [one.name for one in both["a"].connection.features] == ["a", "b"]


def test_a_feature_with_a_transport_has_a_connection() -> None:
    """It opens one of its own."""
    both = features("transport: {kind: websocket}\nfeatures: {a: {}, b: {transport: {kind: sse}}}")
    assert both["a"].connection is not both["b"].connection
    assert both["b"].transport.kind.at == ("features", "b", "transport", "kind")


@pytest.mark.parametrize(
    "order",
    [
        "{a: {transport: {shared_with: b}}, b: {transport: {kind: sse}}}",
        "{b: {transport: {kind: sse}}, a: {transport: {shared_with: b}}}",
    ],
)
def test_a_feature_may_use_the_connection_of_another(order: str) -> None:
    """`shared_with` joins two features, in whichever order they stand."""
    both = features(f"features: {order}")
    assert both["a"].connection is both["b"].connection
    assert both["a"].transport.kind.has("sse")


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        (
            "features: {strokes: {}, b: {transport: {shared_with: stroks}}}",
            ("features", "b", "transport", "shared_with"),
            "`stroks` names no feature: did you mean `strokes`?",
        ),
        (
            "features: {a: {transport: {shared_with: a}}}",
            ("features", "a", "transport", "shared_with"),
            "`a` shares its connection with itself",
        ),
        (
            "transport: {shared_with: a}",
            ("transport", "shared_with"),
            "only the transport of a feature can be shared with another feature",
        ),
    ],
)
def test_sharing_with_nothing_is_a_mistake(text: str, at: object, said: str) -> None:
    """The mistake stands at the name."""
    (mistake,) = design(text).mistakes
    assert (mistake.at, mistake.message) == (at, said)


def test_sharing_in_a_circle_is_a_mistake_of_each() -> None:
    """Features that share with each other have no connection."""
    mistakes = design(
        "features: {a: {transport: {shared_with: b}}, b: {transport: {shared_with: a}}}"
    ).mistakes
    assert {mistake.at[1] for mistake in mistakes} == {"a", "b"}


def test_a_feature_takes_what_it_does_not_say_itself_from_the_design() -> None:
    """Field by field, each at the place where it is written; what neither says is a field of the feature."""
    both = features("presence: {grace: 10s, ttl: 60s}\nfeatures: {a: {presence: {grace: 5s}}, b: {}}")
    assert both["a"].presence.grace.content == Duration(5)
    assert both["a"].presence.grace.at == ("features", "a", "presence", "grace")
    assert both["a"].presence.ttl.content == Duration(60)
    assert both["a"].presence.ttl.at == ("presence", "ttl")
    assert both["a"].presence.refresh.at == ("features", "a", "presence", "refresh")
    assert both["b"].presence.ttl.at == ("presence", "ttl")


def test_a_section_that_a_feature_leaves_out_is_the_design_s_with_its_place() -> None:
    """So what is missing in it is one question for all who share it."""
    both = features(
        "sync: {delivery: {guarantee: at-least-once}}\nfeatures: {a: {sync: {effect: acts}}, b: {}}"
    )
    assert both["a"].sync.delivery.deduplicate.by.at == both["b"].sync.delivery.deduplicate.by.at
    assert both["a"].sync.ordering.by.at == ("features", "a", "sync", "ordering", "by")


@pytest.mark.parametrize(
    "text",
    [
        "transport: {kind: websocket, compression: true}\nfeatures: {a: {transport: {kind: sse}}}",
        "transport: {library: socket.io@4, compression: true}\nfeatures: {a: {transport: {kind: sse}}}",
        "transport: {library: ws, compression: true}\nfeatures: {a: {transport: {library: socket.io@4}}}",
    ],
)
def test_a_connection_of_another_kind_takes_nothing(text: str) -> None:
    """What the design says of its WebSocket is not said of an event stream."""
    assert not features(text)["a"].transport.compression.is_stated


def test_a_plan_of_another_kind_takes_nothing() -> None:
    """The base of an exponential plan is none of a fixed one, while the heartbeat beside it still holds."""
    (only,) = features(
        "transport: {kind: websocket, reconnect: {strategy: exponential, base: 3s}, encoding: json}\n"
        "features: {a: {transport: {reconnect: {strategy: fixed}}}}"
    ).values()
    assert not only.transport.reconnect.base.is_stated
    assert only.transport.encoding.has("json")


def test_a_plan_of_another_kind_takes_nothing_from_its_library() -> None:
    """Socket.IO varies its own delays, and none of a plan that is fixed; its heartbeats stay."""
    both = features(
        "transport: {kind: websocket, library: socket.io@4}\n"
        "features: {own: {transport: {reconnect: {strategy: fixed, base: 2s}}}, "
        "its: {transport: {reconnect: {strategy: library-default}}}}"
    )
    assert not both["own"].transport.reconnect.jitter.is_stated
    assert not both["own"].transport.reconnect.cap.is_stated
    assert both["own"].transport.heartbeat.interval.content == Duration(25)
    assert both["its"].transport.reconnect.jitter.is_stated


def test_the_plan_of_the_library_takes_nothing_from_the_design() -> None:
    """A feature that leaves its return to its library varies its delays as that does."""
    both = features(
        "transport: {kind: websocket, library: socket.io@4, "
        "reconnect: {strategy: exponential, cap: 60s, jitter: none}}\n"
        "features: {own: {}, its: {transport: {reconnect: {strategy: library-default}}}}"
    )
    assert both["own"].transport.reconnect.jitter.is_none
    assert both["its"].transport.reconnect.jitter.content == Ratio(0.5)
    assert both["its"].transport.reconnect.cap.content == Duration(5)


def test_a_library_over_another_transport_keeps_what_it_fixes() -> None:
    """MQTT in a browser goes over a WebSocket, with the keep-alive of its library."""
    (only,) = features("transport: {kind: websocket, library: paho-mqtt}").values()
    assert only.transport.heartbeat.interval.is_stated
    assert only.transport.reconnect.is_stated


def test_who_joins_again_holds_whatever_a_join_begins_with() -> None:
    """The order of a join says how it begins, and not who makes it."""
    (only,) = features(
        "sync: {join: {order: subscribe-only, again: application}}\n"
        "features: {book: {sync: {join: {order: snapshot}}}}"
    ).values()
    assert only.sync.join.order.has("snapshot")
    assert only.sync.join.again.has("application")


@pytest.mark.parametrize(
    ("text", "is_none"),
    [
        ("presence: {grace: 10s}\nfeatures: {a: {presence: none}}", True),
        ("presence: none\nfeatures: {a: {presence: {grace: 5s}}}", False),
        ("presence: none\nfeatures: {a: {}}", True),
    ],
)
def test_none_is_taken_or_left_whole(text: str, is_none: bool) -> None:
    """A section that is there takes nothing from one that is not, and the other way round."""
    assert features(text)["a"].presence.is_none is is_none


def test_the_quantiles_of_a_feature_are_its_own() -> None:
    """The design's usual session is not that of a feature whose shortest one is longer."""
    both = features(
        "workload: {session: {min: 1m, typical: 1h}}\n"
        "features: {a: {workload: {session: {min: 2h}}}, b: {workload: {connections: 5}}}"
    )
    assert not both["a"].workload.session.typical.is_stated
    assert both["b"].workload.session.typical.content == Duration(3600)


def test_a_feature_takes_a_fact_of_the_design() -> None:
    """`writers` at the top holds for every feature that says nothing else."""
    both = features("writers: one\nfeatures: {a: {}, b: {writers: many}}")
    assert both["a"].writers.has("one")
    assert both["b"].writers.has("many")


def test_a_library_fills_what_the_spec_leaves_open() -> None:
    """The defaults of a named library count as stated, with the library as their place."""
    (only,) = design("transport: {library: socket.io@4, heartbeat: {timeout: 5s}}").features
    heartbeat = only.transport.heartbeat
    assert heartbeat.interval.content == Duration(25)
    assert heartbeat.interval.default is not None
    assert heartbeat.interval.place == ("transport", "library")
    assert (heartbeat.timeout.content, heartbeat.timeout.default) == (Duration(5), None)
    assert only.transport.reconnect.jitter.content == Ratio(0.5)


@pytest.mark.parametrize("library", ["daphne", "deno", "uvicorn"])
@pytest.mark.parametrize(
    ("text", "pings"),
    [
        ("kind: websocket", True),
        ("encoding: json", True),
        ("kind: sse", False),
        ("client_library: eventsource", False),
        ("kind: sse, heartbeat: {interval: 15s}", False),
    ],
)
def test_websocket_pings_of_a_library_are_the_heartbeat_of_a_websocket_alone(
    library: str, text: str, pings: bool
) -> None:
    """An event stream of the same server gets none, whoever says that it is one."""
    (only,) = design(f"transport: {{library: {library}, {text}}}").features
    assert only.transport.heartbeat.layer.has("websocket-ping") is pings
    assert only.transport.heartbeat.is_stated is (pings or "heartbeat" in text)


def test_none_is_stronger_than_a_default() -> None:
    """A section that is `none` takes nothing from a platform."""
    (only,) = design("transport: {library: socket.io@4, heartbeat: none}").features
    assert only.transport.heartbeat.is_none
    assert not only.transport.heartbeat.interval.is_stated


def test_a_hop_is_different_by_kind_of_transport() -> None:
    """A proxy may have one limit for WebSockets and another one for responses."""
    (only,) = design("transport: {kind: sse, path: [nginx]}").features
    (hop,) = only.transport.path
    assert hop.idle_timeout.content == Duration(60)
    assert hop.idle_timeout.place == ("transport", "path", 0, "name")


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("workload: {connections: 1k}\ntopology: {nodes: 2, node: {accept_rate: 500/s}}", True),
        ("workload: {connections: 1001}\ntopology: {nodes: 2, node: {accept_rate: 500/s}}", False),
        ("workload: {connections: 1k}\ntopology: {nodes: 2}", None),
        ("topology: {nodes: 2, node: {accept_rate: 500/s}}", None),
    ],
)
def test_a_crowd_is_accepted_by_nodes_times_rate(text: str, accepted: bool | None) -> None:
    """1,000 clients within 1 s need two nodes of 500/s; without a number nothing is known."""
    (connection,) = design(text).connections
    assert connection.accepted_within(Duration(1)) is accepted


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("writers: one", True),
        ("writers: many", False),
        ("concurrent_editors: 1", True),
        ("concurrent_editors: 2", False),
        ("purpose: chat", False),
        ("purpose: dashboard", None),
        ("{}", None),
    ],
)
def test_whether_one_writes_is_known_or_not(text: str, one: bool | None) -> None:
    """Stated, or what the purpose makes certain; else unknown."""
    (only,) = design("" if text == "{}" else text).features
    assert only.has_one_writer is one


def test_the_room_is_the_largest() -> None:
    """The stated maximum; the usual size is no bound."""
    (both,) = design("workload: {rooms: {size: {typical: 12, max: 400}}}").features
    (usual,) = design("workload: {rooms: {size: {typical: 12}}}").features
    assert (both.room.content, usual.room.content) == (Count(400), None)


def test_data_may_have_strategies_of_their_own() -> None:
    """A feature merges by CRDT where all of its data does."""
    (mixed,) = design("sync: {strategy: crdt, data: [{shape: text}, {shape: log, strategy: ot}]}").features
    assert not mixed.merges_by("crdt")
    assert mixed.merges_by("crdt", "ot")
    assert mixed.holds("text")
    assert not mixed.holds_only("text")


def test_a_connection_that_no_feature_uses_is_not_judged() -> None:
    """Where every feature has its own transport, the design's carries nothing."""
    made = design("transport: {kind: websocket}\nfeatures: {a: {transport: {kind: sse}}}")
    assert [connection.transport.kind.content for connection in made.connections] == ["sse"]


def test_a_shared_connection_counts_its_largest_workload() -> None:
    """A feature with 50 clients of its own does not make 20,000 connections small."""
    made = design(
        "workload: {connections: 20k}\noperations: {autoscale_on: cpu}\ntransport: {kind: websocket}\n"
        "features: {admin: {workload: {connections: 50}, operations: {drain: 5s}}, chat: {}}"
    )
    (connection,) = made.connections
    assert connection.workload.connections.content == Count(20_000)


def test_a_workload_tells_which_clients_connect() -> None:
    """Only machines, any phone, perhaps a browser; nothing said excludes none."""
    sensors, mixed, silent = (
        design(text).features[0].workload
        for text in ("workload: {clients: [device]}", "workload: {clients: [ios, server]}", "purpose: chat")
    )
    assert [each.only("server", "device") for each in (sensors, mixed, silent)] == [True, False, False]
    assert [each.has_any("ios", "android") for each in (sensors, mixed, silent)] == [False, True, False]
    assert [each.may_have("browser") for each in (sensors, mixed, silent)] == [False, False, True]


def test_a_page_with_a_call_has_the_media_beside_its_signalling() -> None:
    """A chat is no signalling, and what is not WebRTC needs no page that is awake."""
    call = (
        "workload: {{clients: [browser]}}\nfeatures: {{a: {{purpose: {}, transport: {{kind: websocket}}}}, "
    )
    call += "b: {{purpose: media, transport: {{kind: {}}}}}}}"
    cases = [("signalling", "webrtc"), ("chat", "webrtc"), ("signalling", "websocket")]
    made = [features(call.format(*case))["a"].connection for case in cases]
    assert [each.calls_in_its_page for each in made] == [True, False, False]
    assert [len(each.beside) for each in made] == [1, 1, 1]


@pytest.mark.parametrize(
    "named", ["service: azure-signalr", "library: azure-signalr", "library: [signalr, azure-signalr]"]
)
def test_a_service_brings_what_the_library_fixes_on_which_it_rests(named: str) -> None:
    """Azure SignalR Service speaks with the clients of SignalR."""
    (connection,) = design(f"transport: {{kind: websocket, {named}}}").connections
    assert connection.transport.heartbeat.interval.content == Duration.parse("15s")
    assert connection.transport.reconnect.max_attempts.content == Count(4)
    assert connection.transport.heartbeat.interval.default.platform == "signalr"


def test_both_ends_of_signalr_ping_and_close_after_silence() -> None:
    """Its client pings as well, so that the server notices one that is gone within 30 s."""
    (connection,) = design("transport: {kind: websocket, library: signalr}").connections
    assert connection.transport.heartbeat.from_.has("both")
    assert noticed_within(connection).content == Duration.parse("30s")


def test_of_several_libraries_that_have_nothing_in_common_none_brings_its_defaults() -> None:
    """Nobody knows which of them a client has."""
    (connection,) = design("transport: {kind: websocket, library: [signalr, phoenix]}").connections
    assert not connection.transport.heartbeat.interval.is_stated
