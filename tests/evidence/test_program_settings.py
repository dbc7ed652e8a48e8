"""What settings of an application fix whose names its framework defines."""

from __future__ import annotations

import json

import pytest
from deployments import fact, file, fixed, misshapen, spec_of, stations

from rtreview.evidence.readers.programs import settings

RESOURCES = "chat/src/main/resources"


def facts(**texts: str) -> dict[str, object]:
    """What files of settings state together, by the ends of their names: `yml`, `prod_properties`."""
    named = {f"{RESOURCES}/{_name(name)}": text for name, text in texts.items()}
    found = stations("settings", named)
    assert spec_of(found)
    return fixed(found[0].facts) if found else {}


def _name(name: str) -> str:
    profile, _, end = name.rpartition("_")
    return f"application-{profile}.{end}" if profile else f"application.{end}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("yml", "server:\n  tomcat:\n    max-connections: 20000"),
        ("yml", "server.tomcat:\n  maxConnections: 20000"),
        ("properties", "# connections\nserver.tomcat.max-connections = 20000\n"),
        ("properties", "server.jetty.max-connections: 20000"),
        ("properties", "quarkus.http.limits.max-connections=20000"),
    ],
)
def test_a_server_takes_so_many_connections(name: str, text: str) -> None:
    """However the name is written."""
    assert facts(**{name: text}) == {"topology.node.max_connections": 20000}


def test_quarkus_pings_and_limits_messages() -> None:
    """In seconds where a number has no unit, and in bytes."""
    text = (
        "quarkus.websockets-next.server.auto-ping-interval={}\n"
        "quarkus.websockets-next.server.max-message-size=65536\nquarkus.shutdown.timeout=PT30S"
    )
    for span in ("25s", "25", "PT25S"):
        assert facts(properties=text.format(span)) == {
            "transport.heartbeat.interval": "25s",
            "backpressure.inbound.max_message": "64KiB",
            "operations.drain": "30s",
        }


def test_spring_waits_for_answers_where_it_ends_gracefully() -> None:
    """For no WebSocket, and in version 3.4 or later by default."""
    text = "server:\n  shutdown: {}\nspring:\n  lifecycle:\n    timeout-per-shutdown-phase: 20s"
    (station,) = stations("settings", {f"{RESOURCES}/application.yml": text.format("graceful")})
    found = fact(station, "operations.drain")
    assert (found.value, found.line.number, "websocket" in found.kinds) == ("20s", 5, False)
    assert facts(yml=text.format("immediate")) == {"operations.drain": None}
    assert facts(yml=text.replace("server:\n  shutdown: {}\n", "")) == {"operations.drain": None}


def test_a_profile_may_say_otherwise() -> None:
    """Be it a file of its own, or the beginning of a name."""
    name = "quarkus.websockets-next.server.auto-ping-interval"
    interval = "transport.heartbeat.interval"
    assert facts(properties=f"{name}=25s", prod_properties=f"{name}=25s") == {interval: "25s"}
    assert facts(properties=f"{name}=25s", prod_properties=f"{name}=5s") == {interval: None}
    assert facts(properties=f"{name}=25s\n%prod.{name}=5s") == {interval: None}
    assert facts(prod_properties=f"{name}=5s") == {}


def test_kestrel_counts_upgraded_connections_apart() -> None:
    """Production is the environment where none is named."""

    def limits(**content: object) -> str:
        return json.dumps({"Kestrel": {"Limits": content}}, indent=2)

    plain = limits(MaxConcurrentUpgradedConnections=500, KeepAliveTimeout="00:02:00")
    files = {"api/appsettings.json": plain, "api/appsettings.Development.json": plain.replace("500", "5")}
    (station,) = stations("settings", files)
    found = fact(station, "topology.node.max_connections")
    assert (found.value, found.kinds, station.inside) == (500, {"websocket"}, "api/")
    files["api/appsettings.Production.json"] = limits(MaxConcurrentUpgradedConnections=900)
    assert fixed(stations("settings", files)[0].facts) == {"topology.node.max_connections": 900}
    unlimited = {"api/appsettings.json": limits(MaxConcurrentUpgradedConnections=None)}
    assert fixed(stations("settings", unlimited)[0].facts) == {"topology.node.max_connections": "none"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("chat/src/test/resources/application.yml", "server:\n  tomcat:\n    max-connections: 9"),
        (f"{RESOURCES}/application.yml", "spring:\n  datasource:\n    hikari:\n      max-connections: 9"),
        (f"{RESOURCES}/application.properties", "#server.tomcat.max-connections=9"),
        (f"{RESOURCES}/other.properties", "server.tomcat.max-connections=9"),
        ("api/appsettings.json", '{"Limits": {"MaxConcurrentConnections": 9}}'),
    ],
)
def test_other_settings_say_nothing(name: str, text: str) -> None:
    """Of tests, of a pool for a database, in a comment, in another file, or at another place."""
    assert stations("settings", {name: text}) == []


def test_a_value_that_is_put_in_is_open() -> None:
    """A variable may have a fallback, and still decides."""
    assert facts(properties="server.tomcat.max-connections=${ROOM:20000}") == {
        "topology.node.max_connections": None
    }


WHOLE = """
server:
  shutdown: graceful
  tomcat:
    max-connections: 9
spring:
  lifecycle:
    timeout-per-shutdown-phase: 20s
quarkus:
  shutdown:
    timeout: 5
"""


@pytest.mark.parametrize("shape", ["[]", "{a: [1]}", "null", "-1", "'${A}'", "1e400", "[" * 3_000])
def test_whatever_stands_there_is_no_error(shape: str) -> None:
    """Values of other kinds are open, and other shapes say nothing."""
    for text in misshapen(WHOLE, shape):
        for name in ("application.yml", "application.properties", "appsettings.json"):
            list(settings.stations([file(f"{RESOURCES}/{name}", text)]))
    for text in ("=" * 20_000, "a." * 20_000 + "=1", "%" * 20_000, "\0max-connections"):
        list(settings.stations([file("application.properties", text), file("appsettings.json", text)]))
