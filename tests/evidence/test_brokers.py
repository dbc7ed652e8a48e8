"""What the configurations of servers that hold connections, or join nodes, fix."""

from __future__ import annotations

import json

import pytest
from deployments import fact, file, stated, stations

from rtreview.evidence.readers.programs import brokers


def facts(name: str, text: str) -> dict[str, object]:
    """The fields that a file states; nothing where it says nothing."""
    return stated("brokers", name, text)


SIXTH = {
    "http_api": {"key": "k"},
    "client": {
        "ping_interval": "20s",
        "pong_timeout": "5s",
        "queue_max_size": 1048576,
        "stale_close_delay": "5m",
    },
    "websocket": {"message_size_limit": 65536, "compression": True, "write_timeout": "2s"},
    "engine": {"type": "redis", "redis": {"address": "redis:6379"}},
    "channel": {"namespaces": [{"name": "chat", "history_size": 100, "history_ttl": "300s"}]},
    "shutdown": {"timeout": "20s"},
}
FIFTH = {
    "http_api": True,
    "ping_interval": "20s",
    "pong_timeout": "5s",
    "client_queue_max_size": 1048576,
    "client_stale_close_delay": "5m",
    "websocket_message_size_limit": 65536,
    "websocket_compression": True,
    "websocket_write_timeout": "2s",
    "engine": "redis",
    "namespaces": [{"name": "chat", "history_size": 100, "history_ttl": "300s"}],
    "shutdown_timeout": "20s",
}
STATED = {
    "transport.service": "centrifugo",
    "transport.heartbeat.interval": "20s",
    "transport.heartbeat.timeout": "5s",
    "backpressure.queue.max_bytes": "1MiB",
    "backpressure.inbound.max_message": "64KiB",
    "transport.compression": True,
    "backpressure.write_timeout": "2s",
    "operations.drain": "20s",
    "topology.backplane.kind": "redis",
    "transport.resume.max_messages": 100,
    "transport.resume.retention": "5m",
}


@pytest.mark.parametrize("content", [SIXTH, FIFTH])
def test_centrifugo_has_nested_names_since_version_6_and_flat_ones_before(content: dict[str, object]) -> None:
    """How long a client may take to name itself is no lifetime of a connection."""
    assert facts("centrifugo/config.json", json.dumps(content, indent=2)) == STATED


def test_centrifugo_takes_yaml_and_toml_too() -> None:
    """With the line of each key."""
    yaml = "http_api: {}\nclient:\n  ping_interval: 10s\n"
    toml = '[http_api]\n[client]\nping_interval = "10s"\n'
    for name, text in (("centrifugo.yaml", yaml), ("centrifugo.toml", toml)):
        (station,) = stations("brokers", {name: text})
        found = fact(station, "transport.heartbeat.interval")
        assert (found.value, found.line.number, station.paths) == ("10s", 3, {name})


def test_a_broker_of_centrifugo_goes_before_its_engine() -> None:
    """The engine in memory joins no nodes."""
    engine: dict[str, object] = {"http_api": {}, "engine": {"type": "memory"}}
    name = "centrifugo.json"
    assert facts(name, json.dumps(engine))["topology.backplane.kind"] == "none"
    broker = {**engine, "broker": {"enabled": True, "type": "nats"}}
    assert facts(name, json.dumps(broker))["topology.backplane.kind"] == "nats"


def test_without_an_engine_centrifugo_keeps_to_its_memory() -> None:
    """Which joins no nodes, as long as no variable says otherwise."""
    for content in ({"http_api": {"key": "k"}}, {"http_api": True, "namespaces": []}):
        (station,) = stations("brokers", {"centrifugo/config.json": json.dumps(content)})
        found = fact(station, "topology.backplane.kind")
        assert (found.value, found.is_default, found.is_certain) == ("none", True, False)
    for content in ({"http_api": {}, "engine": {}}, {"http_api": {}, "broker": {"enabled": False}}):
        assert "topology.backplane.kind" not in facts("centrifugo.json", json.dumps(content))


def test_limits_of_clients_have_both_forms() -> None:
    """As many rooms and new connections as a client and a node may have."""
    sixth = {"http_api": {}, "engine": {}, "client": {"channel_limit": 64, "connection_rate_limit": 100}}
    fifth = {"http_api": True, "engine": {}, "client_channel_limit": 64, "client_connection_rate_limit": 100}
    for content in (sixth, fifth):
        assert facts("centrifugo.json", json.dumps(content)) == {
            "transport.service": "centrifugo",
            "backpressure.inbound.subscriptions": 64,
            "operations.admission": "rate-limit",
        }


def test_namespaces_that_differ_leave_the_history_open() -> None:
    """As only the channels of the design say which holds."""
    content = {"http_api": {}, "namespaces": [{"history_size": 10}, {"history_size": 20}, {"name": "none"}]}
    assert facts("centrifugo.json", json.dumps(content))["transport.resume.max_messages"] is None


def test_a_template_is_no_value() -> None:
    """It is put in before Centrifugo reads it."""
    content = {"http_api": {}, "client": {"ping_interval": "${PING}"}}
    (station,) = stations("brokers", {"centrifugo.json": json.dumps(content)})
    found = fact(station, "transport.heartbeat.interval")
    assert (found.is_open, found.decided_by) == (True, "it is put in before the file is used")


def test_a_chart_or_a_compose_file_of_centrifugo_is_none_of_its_configurations() -> None:
    """They have readers of their own."""
    for text in ("services:\n  centrifugo: {http_api: 1}", "apiVersion: v1\nkind: ConfigMap\nhttp_api: 1"):
        assert facts("centrifugo/deploy.yaml", text) == {}


@pytest.mark.parametrize(
    ("adapter", "kind"),
    [("redis", "redis"), ("postgresql", "postgres-notify"), ("async", "none"), ("any_cable", None)],
)
def test_the_cable_of_production_says_what_joins_the_nodes(adapter: str, kind: str | None) -> None:
    """`async` joins none; one that is not known is asked for."""
    text = f"development:\n  adapter: test\nproduction:\n  adapter: {adapter}\n"
    text += "  url: <%= ENV.fetch('URL') { 'redis://queue' } %>"
    (station,) = stations("brokers", {"site/config/cable.yml": text})
    found = fact(station, "topology.backplane.kind")
    assert (found.value, found.line.number, station.paths) == (kind, 4, {"site/"})


def test_an_adapter_that_ruby_computes_is_open() -> None:
    """As the file is a template of Ruby."""
    text = "production:\n  adapter: <%= ENV.fetch('ADAPTER', 'redis') %>"
    assert facts("config/cable.yml", text) == {"topology.backplane.kind": None}


def test_nats_is_read_where_clients_connect_to_it() -> None:
    """Where it only joins the nodes its pings are no heartbeat of theirs."""
    text = 'ping_interval: "30s"\nping_max: 3\nmax_payload: 2MB\nmax_pending: 64MB\nwrite_deadline: "5s"\n'
    text += 'lame_duck_duration: "60s"\ncluster { ping_interval: "1s" }\n'
    assert facts("nats-server.conf", text) == {}
    assert facts("nats-server.conf", text + "websocket {\n  port: 443\n}") == {
        "transport.heartbeat.interval": "30s",
        "transport.heartbeat.misses": 3,
        "backpressure.inbound.max_message": "2MiB",
        "backpressure.queue.max_bytes": "64MiB",
        "backpressure.write_timeout": "5s",
        "operations.drain": "60s",
    }


def test_mosquitto_counts_bytes_and_messages() -> None:
    """A comment is no setting."""
    text = "listener 9001\nprotocol websockets\nmax_packet_size 65536\n"
    text += "# max_queued_messages 5\nmax_queued_messages 200"
    assert facts("mosquitto.conf", text) == {
        "backpressure.inbound.max_message": "64KiB",
        "backpressure.queue.max_messages": 200,
    }


def test_emqx_reads_its_limits_in_the_block_of_mqtt_alone() -> None:
    """Version 5 reads none of them in a block `session`."""
    text = (
        "mqtt {\n  max_packet_size = 512KB\n}\nmqtt.max_mqueue_len = 500\nsession { \n max_mqueue_len = 9\n}"
    )
    assert facts("etc/emqx.conf", text) == {
        "backpressure.inbound.max_message": "512KiB",
        "backpressure.queue.max_messages": 500,
    }


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "http_api",
        '{"http_api": 1, "client": []}',
        '{"http_api": 1, "client": {"ping_interval": ["5s"], "queue_max_size": {"a": 1}}}',
        '{"http_api": 1, "channel": {"namespaces": {"a": 1}}, "namespaces": [1, null, ["history_size"]]}',
        '{"http_api": 1, "engine": ["redis"], "broker": {"type": 1}}',
        "production: []\nhttp_api: 1",
        "production: {adapter: [redis]}",
        "mqtt {" * 5_000,
        "}" * 5_000,
        "<%" * 5_000,
        "http_api: " + "[" * 5_000,
        "\0http_api",
    ],
)
def test_whatever_stands_there_is_no_error(text: str) -> None:
    """Values of other kinds are open, and other shapes say nothing."""
    names = ("centrifugo.json", "centrifugo.yaml", "centrifugo.toml", "config/cable.yml", "emqx.conf")
    for name in (*names, "mosquitto.conf", "nats.conf"):
        list(brokers.stations([file(name, text + "\nwebsocket {")]))


@pytest.mark.parametrize(
    ("adapter", "kind"),
    [
        ("redis", "redis"),
        ("redisx", "redis-streams"),
        ("nats", "nats"),
        ("http", None),
        ("<%= ENV['A'] %>", None),
    ],
)
def test_anycable_says_what_brings_broadcasts_to_each_server(adapter: str, kind: str | None) -> None:
    """In production, also where that takes it from a default, on its own line."""
    text = f"default: &default\n  broadcast_adapter: {adapter}\ntest:\n  broadcast_adapter: async\n"
    text += "production:\n  <<: *default\n"
    (station,) = stations("brokers", {"config/anycable.yml": text})
    found = fact(station, "topology.backplane.kind")
    assert (found.value, found.line.number) == (kind, 2)
