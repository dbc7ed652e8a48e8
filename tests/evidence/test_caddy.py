"""What a Caddyfile fixes."""

from __future__ import annotations

import pytest
from deployments import fact, fixed, only, stations

from rtreview.evidence.deployment import Route, Station


def proxy(inner: str) -> Station:
    """The one station of a site."""
    return only("Caddy", {"Caddyfile": f"chat.example.org {{\n{inner}\n}}"})


def passing(options: str = "", upstreams: str = "chat:3000") -> Route:
    """The one route of a site that passes all on."""
    (route,) = proxy(f"reverse_proxy {upstreams} {{\n{options}\n}}").routes
    return route


def test_the_site_is_the_entrance() -> None:
    """At the line of its address."""
    found = proxy("reverse_proxy chat:3000")
    assert found.entrance is not None
    assert found.entrance.text == "chat.example.org {"
    assert found.routes[0].targets == ("chat",)


def test_a_file_of_one_site_needs_no_braces() -> None:
    """Options of the server and snippets come before it; a port alone is one of this machine."""
    text = "{\nadmin off\n}\n(logs) {\nlog\n}\nchat.example.org\nhandle /a/* {\nreverse_proxy :3000\n}"
    (station,) = stations("Caddy", {"Caddyfile": text})
    assert station.entrance is not None
    assert (station.entrance.text, station.routes[0].targets) == ("chat.example.org", ("localhost",))


def test_event_streams_pass_at_once_and_a_reload_cuts_what_is_upgraded() -> None:
    """Without any setting."""
    assert fixed(passing().facts) == {"reload": "cuts", "buffering": False}
    assert fact(passing(), "reload").kinds == {"websocket"}
    assert fact(passing("flush_interval -1"), "buffering").decided_by == ""


@pytest.mark.parametrize(
    ("option", "field", "value"),
    [
        ("stream_timeout 24h", "max_lifetime", "24h"),
        ("stream_close_delay 5m", "drain", "5m"),
        ("transport http {\nread_timeout 90s\n}", "idle_timeout", "90s"),
        ("stream_timeout {$LONGEST}", "max_lifetime", None),
    ],
)
def test_times_of_a_proxy(option: str, field: str, value: str | None) -> None:
    """Each is for some kinds of transport."""
    found = fact(passing(option), field)
    assert (found.value, bool(found.kinds)) == (value, True)


def test_other_times_mean_nothing_for_an_open_stream() -> None:
    """They are about opening a connection, and about checks."""
    options = (
        "transport http {\ndial_timeout 2s\nresponse_header_timeout 3s\nkeepalive 4s\n}\nhealth_timeout 5s"
    )
    assert fixed(passing(options).facts) == fixed(passing().facts)


@pytest.mark.parametrize(
    ("option", "affinity"),
    [
        ("", "none"),
        ("lb_policy ip_hash", "address-hash"),
        ("lb_policy cookie node", "cookie"),
        ("lb_policy header X", None),
    ],
)
def test_a_policy_keeps_clients_on_an_upstream(option: str, affinity: str | None) -> None:
    """Where there are several."""
    found = fixed(passing(option, "a:1 b:1 http://c:1").facts)
    assert (found["affinity"], found["topology.nodes"]) == (affinity, 3)
    assert "affinity" not in fixed(passing(option).facts)


def test_matchers_choose_paths_and_kinds() -> None:
    """By name, by a path in place, and by the block around them."""
    found = proxy("""
        @socket {
            path /ws /live/*
            header Connection *Upgrade*
        }
        @events header Accept text/event-stream
        reverse_proxy @socket sockets:1
        reverse_proxy @events events:1
        handle /chat/* {
            reverse_proxy chat:1 # reverse_proxy other:1
        }
        @files path *.png
        reverse_proxy @files files:1
        reverse_proxy /exact {
            to exact:1
        }
        handle {
            reverse_proxy site:1
        }
    """)
    assert [(route.prefix, set(route.carries), route.targets) for route in found.routes] == [
        ("= /ws", {"websocket"}, ("sockets",)),
        ("/live/", {"websocket"}, ("sockets",)),
        ("", {"sse"}, ("events",)),
        ("/chat/", set(), ("chat",)),
        (r"~ ^.*\.png$", set(), ("files",)),
        ("= /exact", set(), ("exact",)),
        ("", set(), ("site",)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "reverse_proxy",
        "}\n}\nreverse_proxy {",
        "{\nreverse_proxy\n" * 99,
        '@a\n@a {\n"\nreverse_proxy @a @b\n',
        "a {\nreverse_proxy [ {\nlb_policy\nstream_timeout\ntransport\nto\n",
    ],
)
def test_any_shape_is_read_as_far_as_it_goes(text: str) -> None:
    """And never an error."""
    assert len(stations("Caddy", {"Caddyfile": text})) <= 1
