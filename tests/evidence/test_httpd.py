"""What a configuration of Apache httpd fixes."""

from __future__ import annotations

import pytest
from deployments import fact, fixed, only, stations

from rtreview.evidence.deployment import Route, Station


def proxy(text: str) -> Station:
    """The one station of a configuration."""
    return only("httpd", {"httpd.conf": f"ServerRoot /etc/httpd\nListen 80\n{text}"})


def passing(above: str = "", parameters: str = "") -> Route:
    """The one route of a path."""
    (route,) = proxy(f"{above}\nProxyPass /ws ws://chat:3000/ws {parameters}").routes
    return route


@pytest.mark.parametrize(
    ("above", "parameters", "idle"),
    [
        ("", "", "60s"),
        ("Timeout 300", "", "5m"),
        ("Timeout 300\nProxyTimeout 90", "", "90s"),
        ("ProxyTimeout 90", "timeout=3600", "1h"),
        ("ProxyTimeout 90", "timeout=5min connectiontimeout=2 keepalive=On", "5m"),
        ("ProxyTimeout ${TIMEOUT}", "", None),
    ],
)
def test_silence_ends_a_connection(above: str, parameters: str, idle: str | None) -> None:
    """After the time of the worker, of the proxy or of the server."""
    assert fixed(passing(above, parameters).facts)["idle_timeout"] == idle


def test_a_virtual_host_has_its_own_timeout() -> None:
    """Which is for it alone."""
    text = """
        ProxyTimeout 30
        <VirtualHost *:443>
            ProxyTimeout 600
            ProxyPass /a http://a:1
        </VirtualHost>
        ProxyPass /b http://b:1
    """
    assert [fixed(route.facts)["idle_timeout"] for route in proxy(text).routes] == ["10m", "30s"]


def test_a_part_of_a_configuration_leaves_absences_open() -> None:
    """Distributions set the timeout in the whole."""
    (station,) = stations("httpd", {"sites-available/chat.conf": "ProxyPass / http://chat:1/"})
    assert fact(station.routes[0], "idle_timeout").is_open


def test_an_upgrade_passes_by_its_scheme_or_because_it_is_said() -> None:
    """Or in a rewrite for requests that ask for it."""
    assert passing().carries == {"websocket"}
    assert proxy("ProxyPass / http://chat:1/ upgrade=websocket").routes[0].carries == {"websocket"}
    assert proxy("ProxyPass / http://chat:1/").routes[0].carries == set()
    text = """
        RewriteCond %{HTTP:Upgrade} =websocket [NC]
        RewriteRule /(.*) ws://chat:1/$1 [P,L]
        RewriteCond %{HTTP:Upgrade} !=websocket [NC]
        RewriteRule ^/api/(.*) http://chat:1/$1 [P]
        RewriteRule ^/old /new [R]
        ProxyPass /none !
        BalancerMember http://other:1
    """
    found = [(route.prefix, set(route.carries)) for route in proxy(text).routes]
    assert found == [("", {"websocket"}), ("~ ^/api/(.*)", set())]


def test_a_balancer_says_how_clients_are_kept_and_how_many_members_there_are() -> None:
    """Not those that stand by."""
    text = """
        <Proxy "balancer://nodes">
            BalancerMember "http://a:1" route=a
            BalancerMember "http://b:1" route=b
            BalancerMember "http://c:1" status=+H
            {}
        </Proxy>
        <Location /chat>
            ProxyPass balancer://nodes flushpackets=on
        </Location>
    """
    (route,) = proxy(text.format("ProxySet stickysession=ROUTE")).routes
    facts = fixed(route.facts)
    assert (facts["affinity"], facts["topology.nodes"], facts["buffering"]) == ("cookie", 2, False)
    assert (route.prefix, route.targets) == ("/chat", ("a", "b", "c"))
    assert fixed(proxy(text.format("")).routes[0].facts)["affinity"] == "none"


def test_other_times_and_comments_are_no_facts() -> None:
    """Keep-alive is for a connection between requests."""
    above = "KeepAliveTimeout 5\nRequestReadTimeout header=20\n# ProxyTimeout 3600"
    assert fixed(passing(above).facts) == {"idle_timeout": "60s"}


@pytest.mark.parametrize(
    "text",
    [
        "</a>\nProxyPass",
        "<Proxy\nBalancerMember \nProxyPass a b",
        "<a>\n" * 999 + "ProxyPass / http://",
        'ProxyPass " "\n"',
        "ProxyPass / balancer://\nRewriteRule\nRewriteCond\nTimeout\nProxyTimeout",
    ],
)
def test_any_shape_is_read_as_far_as_it_goes(text: str) -> None:
    """And never an error."""
    assert len(stations("httpd", {"httpd.conf": text})) <= 1
