"""A proxy that runs on a machine, and what it leads to at the ports of that."""

from __future__ import annotations

import pytest
from deployments import gathered

from rtreview.evidence.way import Way

SITE = """
    server {
        listen 443 ssl;
        location /socket.io/ {
            proxy_pass http://%s;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_read_timeout 1h;
        }
        location / {
            proxy_pass http://localhost:3000;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
        }
    }
"""
COMPOSE = """
    services:
      pages: {image: acme/pages, ports: ["3000:3000"]}
      talk: {image: acme/talk, ports: ["%s5000:80"], stop_grace_period: 40s}
"""
SERVER = {
    "server/package.json": '{"dependencies": {"socket.io": "^4.7.0"}}',
    "server/index.js": "import { Server } from 'socket.io';\nnew Server(80);",
}


def ways(files: dict[str, str]) -> list[tuple[str, str]]:
    """The paths of the ways that are meant, and what runs at their ends."""
    return [(way.prefix, way.called) for way in _ways(files)]


def _ways(files: dict[str, str]) -> tuple[Way, ...]:
    return gathered({**SERVER, **files}).ways


@pytest.mark.parametrize("address", ["", "127.0.0.1:"])
def test_what_is_published_at_a_port_is_led_to_at_that_port(address: str) -> None:
    """Its image is made elsewhere: the path of its stream tells which of both it is."""
    files = {"nginx/site.conf": SITE % "127.0.0.1:5000", "compose.prod.yml": COMPOSE % address}
    assert ways(files) == [("/socket.io/", "talk (socket.io@4)")]
    (way,) = _ways(files)
    assert {fact.value for fact in way.facts} >= {"1h", "40s", "socket.io@4"}


def test_another_port_leads_to_nothing_of_that() -> None:
    """Nobody knows what listens there."""
    files = {"nginx/site.conf": SITE % "127.0.0.1:5001", "compose.prod.yml": COMPOSE % ""}
    assert "40s" not in {fact.value for way in _ways(files) for fact in way.facts if way.passages}


def test_what_a_developer_runs_is_not_what_a_proxy_leads_to() -> None:
    """Whatever port it has."""
    files = {"nginx/site.conf": SITE % "localhost:5000", "compose.dev.yml": COMPOSE % ""}
    assert not any(way.passages and way.process and way.process.names for way in _ways(files))


def test_a_proxy_in_a_container_has_a_machine_of_its_own() -> None:
    """Where it does not say that it means the one around it."""
    for host, leads_to in (("localhost", False), ("host.docker.internal", True)):
        mounting = (
            "  edge: {image: nginx, ports: ['443:443'], volumes: ['./site.conf:/etc/nginx/nginx.conf']}"
        )
        files = {
            "site.conf": SITE % f"{host}:5000",
            "compose.yml": (COMPOSE % "").rstrip() + f"\n    {mounting}\n",
        }
        reached = {passage.route.prefix for way in _ways(files) for passage in way.passages if way.process}
        assert ("/socket.io/" in reached) is leads_to


def test_a_path_beside_that_of_the_library_carries_no_stream_of_it() -> None:
    """Whatever is passed on there; another library may be reached at any."""
    site = SITE.replace("location / {", "location /api/ {").replace("3000", "5000") % "localhost:5000"
    client = {"web/package.json": '{"dependencies": {"socket.io-client": "^4.7.0"}}'}
    found = gathered({"nginx/site.conf": site, **client}).ways
    assert [way.prefix for way in found] == ["/socket.io/"]
    longer = site.replace("/socket.io/", "/socket.io-old/")
    assert len(gathered({"nginx/site.conf": longer, **client}).ways) == 2
    other = {"web/package.json": '{"dependencies": {"phoenix": "^1.7.0"}}'}
    assert len(gathered({"nginx/site.conf": site, **other}).ways) == 2
