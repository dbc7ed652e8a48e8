"""What the files of an application on Heroku fix."""

from __future__ import annotations

import pytest
from deployments import fixed, spec_of, stations

PROCFILE = "release: migrate\nweb: node server.js"


def test_the_router_ends_silent_connections_and_a_dyno_has_its_grace() -> None:
    """Whatever anybody sets."""
    front, behind = stations("Heroku", {"app/Procfile": PROCFILE, "app/app.json": '{"buildpacks": []}'})
    assert (front.platform, fixed(front.routes[0].facts)) == ("heroku", {"idle_timeout": "55s"})
    assert (fixed(behind.facts), behind.paths) == ({"operations.termination_grace": "30s"}, {"app/"})
    assert front.routes[0].targets == tuple(behind.names)
    assert spec_of([front, behind])


def test_a_procfile_alone_says_nothing_of_heroku() -> None:
    """Others read it too, and another `app.json` is the file of somebody else."""
    assert not stations("Heroku", {"Procfile": PROCFILE})
    assert not stations("Heroku", {"Procfile": PROCFILE, "app.json": '{"expo": {"name": "chat"}}'})
    assert not stations("Heroku", {"Procfile": PROCFILE, "other/app.json": '{"buildpacks": []}'})


def test_how_many_dynos_there_are_is_open() -> None:
    """The file says only with how many a new application begins."""
    files = {"Procfile": PROCFILE, "app.json": '{"formation": {"web": {"quantity": 3}}}'}
    assert fixed(stations("Heroku", files)[1].facts)["topology.nodes"] is None


def test_a_container_is_declared_in_a_file_of_its_own() -> None:
    """Which may name its process too."""
    text = "build:\n  docker:\n    web: Dockerfile"
    assert stations("Heroku", {"heroku.yml": text})[0].entrance is not None


@pytest.mark.parametrize(
    "text", ["[", "[1]", '{"formation": [], "stack": 3}', '{"formation": {"web": {"quantity": []}}}']
)
def test_any_shape_is_read_as_far_as_it_goes(text: str) -> None:
    """And never an error."""
    assert len(stations("Heroku", {"Procfile": PROCFILE, "app.json": text})) <= 2
