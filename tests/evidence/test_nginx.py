"""What a configuration of nginx fixes."""

from __future__ import annotations

import pytest
from deployments import fact, fixed, stations

from rtreview.evidence.deployment import Route

PASSING = """
    location {path} {{
        proxy_pass http://chat:3000;
        {inner}
    }}
"""


def location(inner: str, *, server: str = "", http: str = "", path: str = "/ws") -> Route:
    """The route of one location in a server in the http block."""
    block = PASSING.format(path=path, inner=inner)
    text = f"http {{\n{http}\nserver {{\nlisten 80;\n{server}\n{block}\n}}\n}}"
    (station,) = stations("nginx", {"nginx.conf": text})
    (route,) = station.routes
    return route


def test_the_innermost_level_decides() -> None:
    """As nginx inherits, by the documentation of `proxy_read_timeout`."""
    assert (
        fixed(location("proxy_read_timeout 1h;", http="proxy_read_timeout 300s;").facts)["idle_timeout"]
        == "1h"
    )
    assert fixed(location("", http="proxy_read_timeout 300s;").facts)["idle_timeout"] == "5m"


def test_an_absence_is_the_default_of_nginx() -> None:
    """At the line of the location that lacks it."""
    found = fact(location(""), "idle_timeout")
    assert (found.value, found.line.text, found.decided_by) == ("60s", "location /ws {", "default of nginx")


def test_a_missing_include_leaves_absences_open() -> None:
    """It may set what is not there."""
    found = fact(location("", http="include /etc/nginx/tuning.conf;"), "idle_timeout")
    assert found.is_open


def test_a_variable_is_no_value() -> None:
    """It is put in when the container starts."""
    found = fact(location("proxy_read_timeout ${READ_TIMEOUT};"), "idle_timeout")
    assert (found.is_open, found.line.text) == (True, "proxy_read_timeout ${READ_TIMEOUT};")


def test_a_comment_is_no_fact() -> None:
    """Whatever it promises."""
    assert fixed(location("# proxy_read_timeout 3600s;").facts)["idle_timeout"] == "60s"


def test_other_timeouts_mean_nothing_for_an_open_connection() -> None:
    """Measured: only the read timeout ends a tunnel that is silent."""
    inner = "proxy_send_timeout 2s; keepalive_timeout 2s; send_timeout 2s; proxy_connect_timeout 2s;"
    assert fixed(location(inner).facts)["idle_timeout"] == "60s"


def test_headers_of_outer_levels_are_lost_where_an_inner_level_sets_any() -> None:
    """So the upgrade does not pass."""
    upgrade = "proxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection upgrade;"
    assert location("", server=upgrade).carries == {"websocket"}
    dropped = location("proxy_set_header Host $host;", server=upgrade, path="/")
    assert (dropped.carries, [fault.rule for fault in dropped.faults]) == (set(), ["upgrade-header-dropped"])


def test_an_upstream_says_how_clients_are_kept_and_how_many_servers_there_are() -> None:
    """A name of a single server may have many addresses, so it says neither."""
    text = """
        upstream chat { hash $remote_addr consistent; server a:1; server b:1; server c:1 backup; }
        server { location / { proxy_pass http://chat; } }
    """
    (station,) = stations("nginx", {"conf.d/chat.conf": text})
    facts = fixed(station.routes[0].facts)
    assert (facts["affinity"], facts["topology.nodes"]) == ("address-hash", 2)
    assert station.routes[0].targets == ("a", "b", "c")


def test_a_variable_of_the_location_leads_to_its_target() -> None:
    """`set` and `proxy_pass` stand in one block."""
    text = "server { location / { set $upstream chat; proxy_pass http://$upstream:8080; } }"
    (station,) = stations("nginx", {"nginx/site.conf": text})
    assert station.routes[0].targets == ("chat",)


def test_each_location_has_its_own_value_of_a_variable() -> None:
    """As those write it who have names looked up again; where a location sets it twice it leads nowhere."""
    text = """
        server {
            location /api { set $up api:8000; proxy_pass http://$up; }
            location /ws { set $up chat:9000; proxy_pass http://$up; }
            location /other { set $up a; if ($x) { set $up b; } proxy_pass http://$up; }
            location /bare { proxy_pass http://$up; }
        }
    """
    (station,) = stations("nginx", {"nginx/site.conf": text})
    assert [route.targets for route in station.routes] == [("api",), ("chat",), ("$up",), ("$up",)]


def test_an_included_file_is_a_part_of_the_one_that_includes_it() -> None:
    """With what the outer levels set."""
    files = {
        "nginx/nginx.conf": "http { proxy_read_timeout 75s; include /etc/nginx/conf.d/*.conf; }",
        "nginx/conf.d/chat.conf": "server { location / { proxy_pass http://chat; } }",
    }
    (station,) = stations("nginx", files)
    assert fixed(station.routes[0].facts)["idle_timeout"] == "75s"
    assert station.paths == set(files)


def test_a_location_that_tries_files_leads_to_the_named_one() -> None:
    """What holds there counts; a named location has no paths of its own."""
    text = """
        server {
            proxy_read_timeout 5m;
            location /api { try_files /none @app; }
            location /live/ { try_files $uri @app; }
            location @app { proxy_pass http://chat; proxy_read_timeout 1h; }
            location @unused { proxy_pass http://old; }
        }
    """
    (station,) = stations("nginx", {"nginx.conf": text})
    found = [(route.prefix, route.targets, fact(route, "idle_timeout").value) for route in station.routes]
    assert found == [
        ("/api", ("chat",), "1h"),
        ("/live/", ("chat",), "1h"),
        ("@unused", ("old",), "5m"),
    ]


def test_a_server_may_try_files_for_all_paths() -> None:
    """Then the named location is for all."""
    text = "server {\ntry_files $uri @app;\nlocation @app { proxy_pass http://chat; }\n}"
    (station,) = stations("nginx", {"nginx.conf": text})
    assert [(route.prefix, route.line.number) for route in station.routes] == [("", 2)]


@pytest.mark.parametrize(
    ("processes", "clients"),
    [
        ("worker_processes 3;", 1536),
        ("", 512),
        ("worker_processes auto;", None),
        ("worker_processes 9000;", 4608000),
    ],
)
def test_each_client_takes_two_of_the_connections_of_the_processes(
    processes: str, clients: int | None
) -> None:
    """Of all of them together; without a number of them it is asked."""
    site = "http { server { location / { proxy_pass http://chat; } } }"
    text = f"{processes}\nevents {{ worker_connections 1024; }}\n{site}"
    (station,) = stations("nginx", {"nginx.conf": text})
    assert fixed(station.facts) == {"max_connections": clients}


def test_connections_that_no_block_of_events_states_are_not_told() -> None:
    """Another file may say how many."""
    (station,) = stations("nginx", {"site.conf": "server { location / { proxy_pass http://chat; } }"})
    assert station.facts == ()


@pytest.mark.parametrize(
    "holding", ["proxy_cache pages;", "gzip_types text/plain text/event-stream;", "sub_filter_types *;"]
)
def test_what_holds_a_response_back_leaves_it_open_whether_that_is_buffered(holding: str) -> None:
    """A cache, or a filter of event streams; of other types it may be on."""
    at = "buffering"
    found = fact(location(f"proxy_buffering off; {holding}", server="gzip_types text/css;"), at)
    assert found.is_overruled
    assert fact(location("proxy_buffering off; proxy_cache off; gzip_types a/b;"), at).value is False
