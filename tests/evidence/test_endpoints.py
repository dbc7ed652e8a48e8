"""What the path of a known server says of the kind of transport."""

from __future__ import annotations

import pytest
from deployments import gathered

KIND = ("transport", "kind")

COMPOSE = """
    services:
      push: {{image: "{image}", ports: ["8000:8000"]}}
      pages:
        image: acme/pages
        environment:
          PUSH_URL: "{address}"
"""


def kinds(image: str, address: str) -> list[object]:
    """The kinds that are stated of a server, whose clients are given an address."""
    (way,) = gathered({"compose.yml": COMPOSE.format(image=image, address=address)}).ways
    return [fact.value for fact in way.facts if fact.field == KIND]


@pytest.mark.parametrize(
    ("image", "address", "stated"),
    [
        ("centrifugo/centrifugo:v6", "ws://localhost:8000/connection/websocket", ["websocket"]),
        ("centrifugo/centrifugo:v6", "https://push.example/connection/sse?a=b", ["sse"]),
        ("anycable/anycable-go:1.5", "wss://push.example/cable", ["websocket"]),
        ("centrifugo/centrifugo:v6", "http://push:8000/api", []),
        ("centrifugo/centrifugo:v6", "/connection/websocket", []),
        ("emqx/emqx:5", "ws://localhost:8083/connection/websocket", []),
    ],
)
def test_an_address_that_clients_are_given_says_the_kind(image: str, address: str, stated: list[str]) -> None:
    """By the paths of that server alone."""
    assert kinds(image, address) == stated


def test_the_path_of_a_hop_says_it_too() -> None:
    """With its line."""
    site = "server { location /connection/websocket { proxy_pass http://push:8000; } }"
    compose = """
        services:
          push: {image: "centrifugo/centrifugo:v6"}
          edge: {image: nginx, ports: ["80:80"], volumes: ["./site.conf:/etc/nginx/conf.d/site.conf"]}
    """
    (way,) = gathered({"compose.yml": compose, "site.conf": site}).ways
    assert [(fact.value, fact.line.file) for fact in way.facts if fact.field == KIND] == [
        ("websocket", "site.conf")
    ]
