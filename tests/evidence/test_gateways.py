"""A way that goes on through a gateway of the team's own."""

from __future__ import annotations

import pytest
from deployments import gathered

from rtreview.evidence.way import Way

GATEWAY = """
    services:
      edge:
        image: nginx
        ports: ["80:80"]
        volumes: ["./site.conf:/etc/nginx/conf.d/site.conf"]
      door:
        build: ./door
        environment:
          MAIL_URL: http://mail:4000
          LIVE_URL: "{address}"
      live: {{build: ./live}}
      mail: {{build: ./mail}}
"""
SITE = """
    server {
        listen 80;
        location /api { proxy_pass http://door:3000; }
        location /socket.io { proxy_pass http://door:3000; }
    }
"""
PROXY = {"door/package.json": '{"dependencies": {"http-proxy": "^1.18.0"}}'}


def ways(
    program: dict[str, str] = PROXY, *, address: str = "http://live:5000", site: str = SITE
) -> tuple[Way, ...]:
    """The ways to a chat that stands behind a program which is asked first."""
    server = {"live/package.json": '{"dependencies": {"socket.io": "^4.7.0"}}'}
    return gathered(
        {"compose.yml": GATEWAY.format(address=address), "site.conf": site, **server, **program}
    ).ways


@pytest.mark.parametrize(
    "program",
    [
        PROXY,
        {"door/package.json": '{"dependencies": {"http-proxy-middleware": "3"}}'},
        {"door/Door.csproj": '<Project><PackageReference Include="Yarp.ReverseProxy" /></Project>'},
        {"door/main.go": "func main() { proxy := httputil.NewSingleHostReverseProxy(target) }"},
    ],
)
def test_it_goes_on_where_the_environment_of_the_gateway_leads(program: dict[str, str]) -> None:
    """To what holds the connections, by the path of the stream and not by another to the same gateway."""
    (way,) = ways(program)
    assert (way.prefix, way.hops, way.called) == ("/socket.io", ("nginx", "door"), "live (socket.io@4)")


def test_the_timeout_of_the_gateway_is_asked_for() -> None:
    """Its code has one, or a default of its library; how many there are of it is no matter."""
    (way,) = ways()
    about = [question.about for question in way.questions]
    assert "transport.path[door].idle_timeout" in about
    nodes = [fact.line.text for fact in way.facts if fact.field == ("topology", "nodes")]
    assert nodes == ["live: {build: ./live}"]


@pytest.mark.parametrize("address", ["redis://live:5000", "live", "http://elsewhere.example:5000"])
def test_it_ends_at_a_gateway_whose_environment_leads_nowhere(address: str) -> None:
    """What it sends to is then not told."""
    assert all("live" not in way.called for way in ways(address=address))


def test_it_ends_at_a_program_that_only_calls_others() -> None:
    """An address in the environment alone says nothing of where a stream goes on to."""
    calls = {"door/package.json": '{"dependencies": {"express": "^4.18.0"}}'}
    assert all("live" not in way.called for way in ways(calls))


def test_it_ends_at_a_gateway_on_a_path_that_no_stream_is_called_by() -> None:
    """Requests go there as well."""
    assert all("live" not in way.called for way in ways(site=SITE.replace("/socket.io", "/files")))


@pytest.mark.parametrize("address", ["ws://live:5000", "wss://live"])
def test_the_address_of_a_websocket_says_that_a_gateway_passes_it_on(address: str) -> None:
    """By whatever path it is asked for."""
    (way,) = ways(address=address, site=SITE.replace("/socket.io", "/files"))
    assert (way.hops, way.called) == (("nginx", "door"), "live (socket.io@4)")


WORKLOADS = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: door}
    data: {LIVE_URL: "ws://live", MAIL_URL: "http://mail"}
"""
WORKLOAD = """---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {{name: {name}}}
    spec:
      selector: {{matchLabels: {{app: {name}}}}}
      template:
        metadata: {{labels: {{app: {name}}}}}
        spec:
          containers: [{{name: main, image: acme/{name}, envFrom: [{{configMapRef: {{name: {name}}}}}]}}]
---
    apiVersion: v1
    kind: Service
    metadata: {{name: {name}}}
    spec: {{type: {type}, selector: {{app: {name}}}, ports: [{{port: 80}}]}}
"""


def test_the_environment_of_a_workload_may_be_a_whole_config_map() -> None:
    """A gateway of a cluster that a balancer of the cloud publishes."""
    door = WORKLOAD.format(name="door", type="LoadBalancer")
    live = WORKLOAD.format(name="live", type="ClusterIP")
    server = {"live/package.json": '{"dependencies": {"socket.io": "^4.7.0"}}', **PROXY}
    (way,) = gathered({"k8s/all.yaml": WORKLOADS + door + live, **server}).ways
    assert (way.hops, way.called) == (("kubernetes", "door"), "live (socket.io@4)")


def test_a_gateway_that_leads_to_itself_ends_there() -> None:
    """And is no endless way."""
    assert ways(address="http://door:3000")


AUTH = """
services:
  door:
    image: quay.io/oauth2-proxy/oauth2-proxy:v7
    ports: ["80:4180"]
    environment: [%s]
  live: {build: ./live}
  jobs: {image: acme/jobs}
"""
GORILLA = {
    "live/go.mod": "module live\nrequire github.com/gorilla/websocket v1.5.0",
    "live/main.go": 'package main\nimport "github.com/gorilla/websocket"\nvar u = websocket.Upgrader{}',
}


@pytest.mark.parametrize(
    ("environment", "hops"),
    [("OAUTH2_PROXY_UPSTREAMS=http://live:8080/", ("door",)), ("ISSUER=http://jobs:80/", ())],
)
def test_an_image_that_is_called_a_proxy_leads_to_what_its_environment_says(
    environment: str, hops: tuple[str, ...]
) -> None:
    """Where that holds connections; what it does with a silent one is asked."""
    ways = gathered({"compose.yml": AUTH % environment, **GORILLA}).ways
    led = [way for way in ways if way.process is not None and "live" in way.process.names]
    assert [way.hops for way in led] == ([hops] if hops else [])
    assert all(("transport", "path", 0, "idle_timeout") in [fact.field for fact in way.open] for way in led)
