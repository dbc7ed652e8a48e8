"""What the static options of Traefik fix, and its labels."""

from __future__ import annotations

import pytest
from deployments import fixed, only, stations

from rtreview.evidence.deployment import Line
from rtreview.evidence.readers.proxies import traefik
from rtreview.evidence.readers.proxies.traefik import Option


def options(inner: str) -> dict[str, object]:
    """What an entry point fixes."""
    text = f"entryPoints:\n  web:\n    address: ':80'\n    {inner}\n"
    return fixed(only("Traefik", {"traefik.yml": text}).facts)


@pytest.mark.parametrize(
    ("inner", "facts"),
    [
        ("", {"drain": "10s"}),
        ("transport: {lifeCycle: {graceTimeOut: 30}}", {"drain": "30s"}),
        ("transport: {respondingTimeouts: {writeTimeout: 5m}}", {"max_lifetime": "5m", "drain": "10s"}),
        ("transport: {respondingTimeouts: {writeTimeout: 0}}", {"max_lifetime": "none", "drain": "10s"}),
        ("transport: {respondingTimeouts: {idleTimeout: 10m, readTimeout: 1m}}", {"drain": "10s"}),
        ("transport: {lifeCycle: {graceTimeOut: '{{ grace }}'}}", {"drain": None}),
    ],
)
def test_the_options_of_an_entry_point(inner: str, facts: dict[str, object]) -> None:
    """A number is in seconds; idle and read timeouts do not end an open stream."""
    assert options(inner) == facts


def routes(*labels: str, nodes: int = 1) -> list[tuple[str, set[str], dict[str, object]]]:
    """The routes of some labels."""
    read = [
        Option(label.partition("=")[0].lower(), label.partition("=")[2], Line("a", 1, label))
        for label in labels
    ]
    return [
        (each.prefix, set(each.carries), fixed(each.facts)) for each in traefik.routes(read, "chat", nodes)
    ]


def test_rules_name_paths() -> None:
    """Each of them is a route; a rule without one is for all."""
    rule = "traefik.http.routers.r.rule="
    assert routes(f"{rule}PathPrefix(`/a`) || PathPrefix(`/b`, `/c`)") == [
        ("/a", set(), {}),
        ("/b", set(), {}),
        ("/c", set(), {}),
    ]
    assert routes(f"{rule}Host(`x`) && Path(`/ws`)") == [("= /ws", set(), {})]
    assert routes(f"{rule}PathRegexp(`^/ws`)") == [("~ ^/ws", set(), {})]
    assert routes(f"{rule}Header(`Upgrade`, `websocket`)") == [("", {"websocket"}, {})]
    assert routes("traefik.enable=true") == [("", set(), {})]


def test_clients_stay_where_a_label_asks_for_a_cookie() -> None:
    """Of the service that the router leads to."""
    router = ("traefik.http.routers.r.rule=Path(`/`)", "traefik.http.routers.r.service=S")
    cookie = "traefik.http.services.{}.loadbalancer.sticky.cookie=true"
    assert routes(*router, cookie.format("s")) == [("= /", set(), {"affinity": "cookie"})]
    assert routes(*router, cookie.format("other")) == [("= /", set(), {})]
    assert routes(*router, cookie.format("s").replace("true", "false"), nodes=2) == [
        ("= /", set(), {"affinity": "none"})
    ]


def test_routers_of_a_file_lead_to_the_servers_of_their_service() -> None:
    """With the cookie of that service."""
    text = """
        http:
          routers:
            chat: {rule: "Host(`x`) && PathPrefix(`/ws`)", service: chat}
            site: {rule: "Host(`x`)", service: site@file}
            broken: {rule: 3, service: [site]}
          services:
            chat:
              loadBalancer:
                sticky: {cookie: {name: node}}
                servers: [{url: "http://a:1/"}, {url: "http://b:1"}]
            site:
              loadBalancer:
                servers: [{url: "http://c"}]
    """
    (station,) = stations("Traefik", {"conf/dynamic.yml": text})
    assert [(route.prefix, route.targets, fixed(route.facts)) for route in station.routes] == [
        ("/ws", ("a", "b"), {"topology.nodes": 2, "affinity": "cookie"}),
        ("", ("c",), {}),
    ]
    assert station.paths == {"conf/dynamic.yml"}


@pytest.mark.parametrize(
    "text",
    ["entryPoints: 3", "entryPoints: [a: [b]]", "entryPoints:\n  a: {transport: [1]}", "entryPoints: {"],
)
def test_any_shape_is_read_as_far_as_it_goes(text: str) -> None:
    """And never an error."""
    assert len(stations("Traefik", {"traefik.yml": text})) <= 1
    http = "http:\n  routers: {a: {rule: x, service: b}}\n  services: {b: {loadBalancer: "
    for inner in ("3", "[]", "{servers: 3, sticky: []}", "{servers: [3, {url: []}]}"):
        assert len(stations("Traefik", {"dynamic.yml": f"{http}{inner}}}}}"})) == 1
