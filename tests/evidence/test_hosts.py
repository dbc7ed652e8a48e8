"""What the files of hosts fix."""

from __future__ import annotations

import pytest
from deployments import fact, fixed, stations


@pytest.mark.parametrize(
    ("scaling", "nodes"),
    [
        ("manual_scaling: { instances: 4 }", 4),
        ("automatic_scaling: { min_num_instances: 2, max_num_instances: 9 }", "2..9"),
    ],
)
def test_app_engine_says_how_many_instances_there_are(scaling: str, nodes: object) -> None:
    """And whether a client comes back to one."""
    text = f"runtime: nodejs\nenv: flex\nservice: chat\nnetwork: {{ session_affinity: true }}\n{scaling}"
    (station,) = stations("App Engine", {"app.yaml": text})
    assert fixed(station.facts) == {"topology.nodes": nodes, "topology.affinity": "cookie"}
    assert station.names == {"chat"}


def test_only_the_flexible_environment_keeps_connections() -> None:
    """And many other files are called `app.yaml`."""
    for text in ("runtime: nodejs20\nmanual_scaling: { instances: 4 }", "kind: Deployment"):
        assert stations("App Engine", {"app.yaml": text}) == []


def test_vercel_says_how_long_a_function_may_take() -> None:
    """So long lives what it streams, at the paths of its files."""
    text = '{"functions": {"api/live.ts": {"maxDuration": 300},\n"src/app/**": {"maxDuration": 60}}}'
    (station,) = stations("Vercel", {"vercel.json": text})
    assert [(route.prefix, fixed(route.facts)) for route in station.routes] == [
        ("/api/live", {"max_lifetime": "5m"}),
        ("", {"max_lifetime": "60s"}),
    ]
    assert fact(station.routes[1], "max_lifetime").line.number == 2


@pytest.mark.parametrize(
    "shape", ["[]", "{}", "3", "null", "{", '{"a": []}', '"x"', '{"a": {"maxDuration": "x"}}']
)
def test_wrong_shapes_say_nothing(shape: str) -> None:
    """Wherever they stand."""
    for text in (shape, f'{{"functions": {shape}}}'):
        assert stations("Vercel", {"vercel.json": text}) == []
    for text in (f"env: flex\nnetwork: {shape}", f"env: flex\nmanual_scaling: {shape}"):
        assert all(not station.facts for station in stations("App Engine", {"app.yaml": text}))
