"""What a configuration of Envoy fixes."""

from __future__ import annotations

import pytest
from deployments import fact, fixed, misshapen, nested, spec_of, stations

from rtreview.evidence.deployment import Route, Station

MANAGER = """
static_resources:
  listeners:
    - address:
        socket_address: {{ address: {address}, port_value: 8080 }}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
{manager}
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
                        - match: {{ prefix: /ws }}
                          route:
                            cluster: chat
{action}
  clusters:
    - name: chat
      connect_timeout: 0.25s
{cluster}
      load_assignment:
        endpoints:
          - lb_endpoints:
              - endpoint: {{ address: {{ socket_address: {{ address: chat-1, port_value: 3000 }} }} }}
              - endpoint: {{ address: {{ socket_address: {{ address: chat-2, port_value: 3000 }} }} }}
"""  # noqa: E501 - the name of a type


def envoy(manager: str = "", *, action: str = "", cluster: str = "", address: str = "0.0.0.0") -> Station:
    """The station of a listener with one route."""
    (station,) = stations("Envoy", {"envoy.yaml": written(manager, action, cluster, address)})
    return station


def written(manager: str = "", action: str = "", cluster: str = "", address: str = "0.0.0.0") -> str:
    """A bootstrap with these parts at their places."""
    return MANAGER.format(
        manager=nested(manager, 16),
        action=nested(action, 28),
        cluster=nested(cluster, 6),
        address=address,
    )


def route(manager: str = "", *, action: str = "", cluster: str = "") -> Route:
    """The one route."""
    return envoy(manager, action=action, cluster=cluster).routes[0]


def lifetimes(manager: str = "", action: str = "") -> dict[bool, object]:
    """The ages at which streams end: those of responses alone, and those of all."""
    found = [each for each in route(manager, action=action).facts if each.field == ("max_lifetime",)]
    return {bool(each.kinds): each.value for each in found}


def test_the_timer_of_a_route_is_stronger_than_that_of_streams() -> None:
    """And that of connections without a stream means nothing for one."""
    assert fixed(route().facts)["idle_timeout"] == "5m"
    connections = "common_http_protocol_options: { idle_timeout: 20s }"
    assert fixed(route(connections).facts)["idle_timeout"] == "5m"
    assert fixed(route("stream_idle_timeout: 900s").facts)["idle_timeout"] == "15m"
    assert (
        fixed(route("stream_idle_timeout: 900s", action="idle_timeout: 60s").facts)["idle_timeout"] == "60s"
    )


def test_an_absence_is_the_default_of_envoy() -> None:
    """At the line of the route that lacks it."""
    found = fact(route(), "idle_timeout")
    assert (found.line.text, found.decided_by) == ("route:", "default of envoy")


@pytest.mark.parametrize(
    ("written_as", "value"),
    [
        ("0s", "none"),
        ("1.5s", "1500ms"),
        ("{ seconds: 120 }", "2m"),
        ("3600", None),
        ("1h", None),
        ("'{{ idle }}'", None),
        ("${IDLE}s", None),
        ("[1s]", None),
        ("{ seconds: many }", None),
    ],
)
def test_a_span_of_time_has_the_form_of_the_api(written_as: str, value: str | None) -> None:
    """Seconds with their unit, or apart; 0 switches a timer off."""
    assert fixed(route(f"stream_idle_timeout: {written_as}").facts)["idle_timeout"] == value


def test_the_timeout_of_a_route_ends_responses_and_no_websocket() -> None:
    """It is 15 s by default, and 0 switches it off."""
    assert lifetimes() == {True: "15s"}
    assert lifetimes(action="timeout: 90s") == {True: "90s"}
    assert lifetimes(action="timeout: 0s") == {True: "none"}
    (found,) = [each for each in route().facts if each.field == ("max_lifetime",)]
    assert found.kinds == {"sse", "http-stream", "grpc-stream"}


@pytest.mark.parametrize(
    ("manager", "action", "value"),
    [
        ("common_http_protocol_options: { max_stream_duration: 3600s }", "", "1h"),
        ("common_http_protocol_options: { max_connection_duration: 7200s }", "", "2h"),
        (
            "common_http_protocol_options: { max_stream_duration: 3600s, max_connection_duration: 600s }",
            "",
            "10m",
        ),
        (
            "common_http_protocol_options: { max_stream_duration: 3600s }",
            "max_stream_duration: { max_stream_duration: 120s }",
            "2m",
        ),
        ("common_http_protocol_options: { max_stream_duration: '{{ age }}' }", "", None),
    ],
)
def test_streams_and_connections_have_an_age(manager: str, action: str, value: str | None) -> None:
    """The smallest ends them; the route is stronger than its manager."""
    assert lifetimes(manager, action + "\ntimeout: 0s") == {False: value}


def test_a_timeout_that_is_longer_than_the_age_ends_nothing() -> None:
    """A shorter one ends responses before."""
    age = "common_http_protocol_options: { max_stream_duration: 60s }"
    assert lifetimes(age, "timeout: 90s") == {False: "60s"}
    assert lifetimes(age, "timeout: 30s") == {False: "60s", True: "30s"}


UPGRADES = "upgrade_configs: [{ upgrade_type: websocket }]"
BUFFER = "http_filters: [{ name: envoy.filters.http.buffer }]\n"


@pytest.mark.parametrize(
    ("manager", "action", "passes"),
    [
        ("", "", False),
        (UPGRADES, "", True),
        ("", UPGRADES, True),
        (UPGRADES, "upgrade_configs: [{ upgrade_type: websocket, enabled: false }]", False),
        ("upgrade_configs: [{ upgrade_type: CONNECT }]", "", False),
        ("upgrade_configs: { upgrade_type: websocket, enabled: true }", "", True),
        (BUFFER + UPGRADES, "", False),
        (BUFFER + "upgrade_configs: [{ upgrade_type: websocket, filters: [{ name: router }] }]", "", True),
    ],
)
def test_an_upgrade_passes_where_it_is_named(manager: str, action: str, passes: bool) -> None:
    """By the route or its manager; a filter that waits for the whole request is in its way."""
    assert route(manager, action=action).carries == ({"websocket"} if passes else set())


@pytest.mark.parametrize(
    ("cluster", "action", "value"),
    [
        ("", "", "none"),
        ("lb_policy: LEAST_REQUEST", "hash_policy: [{ cookie: { name: id } }]", "none"),
        ("lb_policy: RING_HASH", "", "none"),
        ("lb_policy: ring_hash", "hash_policy: [{ cookie: { name: id } }]", "cookie"),
        ("lb_policy: RING_HASH", "hash_policy: [{ cookie: { name: id } }]", "cookie"),
        (
            "lb_policy: MAGLEV",
            "hash_policy: [{ connection_properties: { source_ip: true } }]",
            "address-hash",
        ),
        ("lb_policy: MAGLEV", "hash_policy: [{ header: { header_name: x-user } }]", None),
        ("lb_policy: '{{ policy }}'", "", None),
        ("load_balancing_policy: { policies: [] }", "", None),
    ],
)
def test_clients_are_kept_where_the_cluster_hashes_what_the_route_names(
    cluster: str, action: str, value: str | None
) -> None:
    """Either alone keeps nobody."""
    assert fixed(route(action=action, cluster=cluster).facts)["affinity"] == value


@pytest.mark.parametrize(
    ("cluster", "value"),
    [
        ("", 1024),
        ("circuit_breakers: { thresholds: [{ max_connections: 20000, max_requests: 9000 }] }", 9000),
        ("circuit_breakers: { thresholds: [{ max_connections: 20000 }] }", 1024),
        ("circuit_breakers: { thresholds: [{ max_connections: 500 }] }", 500),
        ("circuit_breakers: { thresholds: [{ priority: HIGH, max_requests: 3 }] }", 1024),
        ("circuit_breakers: { thresholds: [{ max_requests: '{{ most }}' }] }", None),
        ("http2_protocol_options: {}\ncircuit_breakers: { thresholds: [{ max_requests: 9000 }] }", 9000),
    ],
)
def test_a_circuit_breaker_says_how_many_connections_there_may_be(cluster: str, value: int | None) -> None:
    """A WebSocket is a connection and a request, so the smaller number counts; over HTTP/2 requests alone."""
    assert fixed(route(cluster=cluster).facts)["max_connections"] == value


def test_a_route_leads_to_the_addresses_of_its_cluster() -> None:
    """Of which several are nodes."""
    found = route()
    assert (found.prefix, found.targets) == ("/ws", ("chat-1", "chat-2"))
    assert fixed(found.facts)["topology.nodes"] == 2


def test_a_listener_is_an_entrance_unless_only_its_machine_reaches_it() -> None:
    """By its address."""
    assert envoy().entrance is not None
    assert envoy(address="127.0.0.1").entrance is None


def test_names_may_be_those_of_json() -> None:
    """In which the API has humps."""
    text = (
        written("streamIdleTimeout: 900s")
        .replace("route_config", "routeConfig")
        .replace("filter_chains", "filterChains")
    )
    (station,) = stations("Envoy", {"envoy.yaml": text})
    assert fixed(station.routes[0].facts)["idle_timeout"] == "15m"


def test_resources_may_be_loaded_from_files_of_their_own() -> None:
    """By their names."""
    manager = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
    files = {
        "envoy/lds.yaml": f"""
            resources:
              - "@type": type.googleapis.com/envoy.config.listener.v3.Listener
                address: {{ socket_address: {{ address: 0.0.0.0, port_value: 80 }} }}
                filter_chains:
                  - filters:
                      - name: http
                        typed_config:
                          "@type": type.googleapis.com/{manager}
                          rds: {{ route_config_name: table }}
        """,
        "envoy/rds.yaml": """
            resources:
              - "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
                name: table
                virtual_hosts:
                  - routes: [{ match: { path: /live }, route: { cluster: chat, idle_timeout: 90s } }]
        """,
        "envoy/cds.yaml": """
            resources:
              - "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
                name: chat
                load_assignment:
                  endpoints:
                    - lb_endpoints:
                        - endpoint: { address: { socket_address: { address: chat, port_value: 80 } } }
        """,
    }
    (station,) = stations("Envoy", files)
    (found,) = station.routes
    assert (found.prefix, found.targets, fixed(found.facts)["idle_timeout"]) == ("/live", ("chat",), "90s")


def test_a_filter_for_tcp_passes_all_bytes_on() -> None:
    """Its timer is of the connection."""
    text = """
        static_resources:
          listeners:
            - address: { socket_address: { address: 0.0.0.0, port_value: 80 } }
              filter_chains:
                - filters:
                    - name: envoy.filters.network.tcp_proxy
                      typed_config: { cluster: chat, max_downstream_connection_duration: 7200s }
          clusters: [{ name: chat }]
    """
    (station,) = stations("Envoy", {"envoy.yaml": text})
    assert fixed(station.routes[0].facts) == {"idle_timeout": "1h", "max_lifetime": "2h"}


def test_what_is_no_route_is_passed_over() -> None:
    """A timeout of a health check, of a connection, or of a service that authorises."""
    cluster = "health_checks: [{ timeout: 1s, interval: 5s }]"
    manager = "http_filters: [{ name: a, typed_config: { grpc_service: { timeout: 0.5s } } }]"
    assert fixed(route(manager, cluster=cluster).facts) == fixed(route().facts)


def test_every_value_is_one_of_a_spec() -> None:
    """Those that the reader can state are read by the language."""
    assert spec_of(
        [
            envoy("stream_idle_timeout: 0s", action="timeout: 0s"),
            envoy(cluster="lb_policy: RING_HASH", action="hash_policy: [{ cookie: { name: id } }]"),
        ]
    )


@pytest.mark.parametrize("shape", ["[]", "{}", "3", "null", "[[{}]]", "{ a: [] }", "text", "true"])
def test_wrong_shapes_say_nothing(shape: str) -> None:
    """Wherever they stand."""
    text = written("stream_idle_timeout: 1s", "timeout: 3s", "lb_policy: MAGLEV")
    for damaged in misshapen(text, shape):
        stations("Envoy", {"envoy.yaml": damaged})
