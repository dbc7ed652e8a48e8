"""What a configuration of nginx fixes."""

from __future__ import annotations

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


def test_an_included_file_is_a_part_of_the_one_that_includes_it() -> None:
    """With what the outer levels set."""
    files = {
        "nginx/nginx.conf": "http { proxy_read_timeout 75s; include /etc/nginx/conf.d/*.conf; }",
        "nginx/conf.d/chat.conf": "server { location / { proxy_pass http://chat; } }",
    }
    (station,) = stations("nginx", files)
    assert fixed(station.routes[0].facts)["idle_timeout"] == "75s"
    assert station.paths == set(files)
