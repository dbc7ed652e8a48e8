"""What a blueprint of Render fixes."""

from __future__ import annotations

import pytest
from deployments import fact, fixed, nested, spec_of, stations

from rtreview.evidence.deployment import Station
from rtreview.quantities.quantity import Count


def web(inner: str = "", name: str = "render.yaml") -> list[Station]:
    """The stations of a web service."""
    text = f"services:\n  - type: web\n    name: chat\n{nested(inner, 4)}"
    return stations("Render", {name: text})


def test_the_router_leads_to_the_service() -> None:
    """Which is built from the folder of the blueprint, or from one below it."""
    front, behind = web("rootDir: server", name="app/render.yaml")
    assert (front.platform, front.routes[0].targets, front.entrance is not None) == (
        "render",
        ("chat",),
        True,
    )
    assert (behind.names, behind.paths) == ({"chat"}, {"app/server/"})
    assert web()[1].paths == {"/"}


@pytest.mark.parametrize(
    ("inner", "facts"),
    [
        ("", {"topology.nodes": 1, "operations.termination_grace": "30s"}),
        ("numInstances: 3", {"topology.nodes": 3, "operations.termination_grace": "30s"}),
        ("maxShutdownDelaySeconds: 120", {"topology.nodes": 1, "operations.termination_grace": "2m"}),
        (
            "scaling: {minInstances: 1, maxInstances: 4, targetCPUPercent: 60}",
            {"topology.nodes": None, "operations.autoscale_on": "cpu", "operations.termination_grace": "30s"},
        ),
        (
            "scaling: {minInstances: 2, maxInstances: 2, targetMemoryPercent: 60}",
            {"topology.nodes": 2, "operations.autoscale_on": "memory", "operations.termination_grace": "30s"},
        ),
    ],
)
def test_the_settings_of_a_service(inner: str, facts: dict[str, object]) -> None:
    """And the defaults of those that it leaves out."""
    found = web(inner)[1]
    assert fixed(found.facts) == facts
    assert spec_of([found])


def test_a_default_says_that_it_is_one() -> None:
    """At the line of the service."""
    found = fact(web()[1], "operations.termination_grace")
    assert (found.decided_by, found.line.text) == ("default of render", "- type: web")


def test_other_types_are_reached_by_nobody_outside() -> None:
    """A private service by others alone, a worker and a page by no connection; a store is a Redis."""
    text = """
        projects:
          - environments:
              - services:
                  - {type: pserv, name: inner, runtime: node}
                  - {type: worker, name: jobs}
                  - {type: web, name: pages, runtime: static}
                  - {type: keyvalue, name: store}
    """
    found = stations("Render", {"render.yaml": text})
    assert [(station.platform, set(station.names), station.entrance) for station in found] == [
        ("", {"inner"}, None),
        ("redis", {"store"}, None),
    ]


def test_every_value_is_one_that_a_spec_may_have() -> None:
    """As it stands."""
    assert spec_of(web("numInstances: 12\nmaxShutdownDelaySeconds: 45")).topology.nodes.content == Count(12)


@pytest.mark.parametrize(
    "text",
    [
        "services: {a: b}",
        "services: [1, [2], {type: [web]}, {type: web, name: [], image: 3, scaling: [], numInstances: x}]",
        "services: [{type: web, scaling: {minInstances: [], targetCPUPercent: {}, targetMemoryPercent: 1}}]",
        "projects: [{environments: {services: 3}}, 4, {environments: [{services: [[]]}]}]",
        "services: [{type: web, rootDir: 3, maxShutdownDelaySeconds: true}",
    ],
)
def test_any_shape_is_read_as_far_as_it_goes(text: str) -> None:
    """And never an error."""
    assert len(stations("Render", {"render.yaml": text})) <= 2
