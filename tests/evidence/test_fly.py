"""What the configuration of an application on Fly.io fixes."""

from __future__ import annotations

import pytest
from deployments import fact, fixed, spec_of, stations

from rtreview.evidence.deployment import Station
from rtreview.quantities.quantity import Count

SERVICE = """
    app = "chat"
    {above}
    [http_service]
    internal_port = 3000
    {service}
"""


def machines(above: str = "", service: str = "") -> Station:
    """The machines behind the proxy."""
    _, behind = stations("Fly.io", {"server/fly.toml": SERVICE.format(above=above, service=service)})
    return behind


def test_the_proxy_of_the_platform_leads_to_the_machines() -> None:
    """From the section of the service."""
    front, behind = stations("Fly.io", {"server/fly.toml": SERVICE.format(above="", service="")})
    assert (front.platform, behind.platform) == ("fly-io", "")
    assert front.entrance is not None
    assert front.entrance.text == "[http_service]"
    assert set(front.routes[0].targets) <= behind.names
    assert behind.paths == {"server/"}


@pytest.mark.parametrize(
    ("stated", "grace"),
    [
        ("", "5s"),
        ("kill_timeout = 30", "30s"),
        ('kill_timeout = "2m0s"', "2m"),
        ("kill_timeout = true", None),
    ],
)
def test_a_machine_is_killed_after_its_timeout(stated: str, grace: str | None) -> None:
    """A number is in seconds, and 5 s are the default."""
    found = fact(machines(stated), "operations.termination_grace")
    assert (found.value, found.decided_by == "default of fly-io") == (grace, not stated)


@pytest.mark.parametrize(
    ("strategy", "rollout"),
    [
        ("rolling", "rolling"),
        ("canary", "rolling"),
        ("bluegreen", "blue-green"),
        ("immediate", "all-at-once"),
        ("x", None),
    ],
)
def test_a_strategy_is_a_rollout(strategy: str, rollout: str | None) -> None:
    """A canary is followed by the others, one by one."""
    service = f'[deploy]\nstrategy = "{strategy}"'
    assert fixed(machines(service=service).facts)["operations.rollout"] == rollout
    assert fixed(machines().facts)["operations.rollout"] == "rolling"


def test_the_hard_limit_of_connections_is_what_a_machine_takes() -> None:
    """Beyond the soft one it only comes last, and requests are no connections."""
    limits = "[http_service.concurrency]\n{}soft_limit = 20\nhard_limit = 25"
    room = "topology.node.max_connections"
    found = fact(machines(service=limits.format('type = "connections"\n')), room)
    assert (found.value, found.line.text) == (25, "hard_limit = 25")
    assert fixed(machines(service=limits.format("")).facts)[room] == 25
    assert room not in fixed(machines(service=limits.format('type = "requests"\n')).facts)
    assert fact(machines(service=limits.format("").replace("hard_limit = 25", "")), room).is_open


def test_how_many_machines_there_are_no_file_says() -> None:
    """Only how many stay awake."""
    assert fact(machines(service="min_machines_running = 2"), "topology.nodes").is_open
    assert "topology.nodes" not in fixed(machines().facts)


def test_machines_may_stop_without_load() -> None:
    """Down to none at all, which ends what they hold."""
    for word in ('"stop"', "true", '"suspend"'):
        found = fact(
            machines(service=f"min_machines_running = 0\nauto_stop_machines = {word}"), "topology.nodes"
        )
        assert found.decided_by == (
            "at least 0 in the first region; `fly scale count` decides on the rest, which stop without load"
        )
    off = fact(machines(service='min_machines_running = 1\nauto_stop_machines = "off"'), "topology.nodes")
    assert "stop" not in off.decided_by


def test_memory_is_that_of_the_machines_of_the_group() -> None:
    """Others have their own."""
    text = '[[vm]]\nmemory = "2gb"\nprocesses = ["worker"]\n[[vm]]\nmemory = "512mb"'
    assert fixed(machines(service=text).facts)["topology.node.memory"] == "512MiB"
    assert fixed(machines(service="[[vm]]\nmemory_mb = 256").facts)["topology.node.memory"] == "256MiB"


def test_a_check_is_no_fact() -> None:
    """Whatever it calls its times."""
    service = '[[http_service.checks]]\ninterval = "15s"\ntimeout = "2s"\ngrace_period = "20s"'
    assert fixed(machines(service=service).facts) == fixed(machines().facts)


def test_silence_ends_a_connection_where_the_options_say_so() -> None:
    """In seconds; there is no default that anybody states."""
    text = SERVICE.format(above="", service="[http_service.http_options]\nidle_timeout = 600")
    front, _ = stations("Fly.io", {"fly.toml": text})
    assert fixed(front.routes[0].facts) == {"idle_timeout": "10m"}


def test_services_are_read_as_the_older_form_has_them() -> None:
    """Each leads to the process group that it names; one without ports to nobody."""
    text = """
        app = "chat"
        [[services]]
        internal_port = 1
        processes = ["web"]
        [[services.ports]]
        port = 443
        [services.concurrency]
        hard_limit = 9
        [[services]]
        internal_port = 2
        processes = ["inner"]
    """
    front, behind = stations("Fly.io", {"fly.toml": text})
    assert front.routes[0].targets == ("web.process.chat.internal",)
    assert fixed(behind.facts)["topology.node.max_connections"] == 9


def test_every_value_is_one_that_a_spec_may_have() -> None:
    """As it stands."""
    service = '[http_service.concurrency]\nhard_limit = 25\n[[vm]]\nmemory = "1gb"'
    assert spec_of([machines("kill_timeout = 90", service)]).topology.node.max_connections.content == Count(
        25
    )


@pytest.mark.parametrize(
    "text",
    [
        "app = 3\nhttp_service = 4\nservices = 5\nvm = 6\ndeploy = 7\nbuild = 8",
        "[http_service]\nprocesses = [[1]]\nconcurrency = 3\nports = 4\n[[vm]]\nmemory = -1",
        "services = [1, [2], {ports = [1, {}], processes = [{}], concurrency = {hard_limit = -1}}]",
        "[http_service\n",
        "a = " + "[" * 100_000,
        "a" + ".a" * 50_000 + " = 1",
    ],
)
def test_any_shape_is_read_as_far_as_it_goes(text: str) -> None:
    """And never an error."""
    assert len(stations("Fly.io", {"fly.toml": text})) <= 2


def test_an_application_is_known_by_what_its_file_holds() -> None:
    """Several of them lie in one folder, called like their environments, and say nothing of a program's."""
    live = SERVICE.format(above="kill_timeout = 20", service="")
    front, behind = stations("Fly.io", {"deploy/fly/live.toml": live})
    assert (front.platform, fixed(behind.facts)["operations.termination_grace"]) == ("fly-io", "20s")
    assert behind.paths == set()


@pytest.mark.parametrize(
    "text",
    [
        "app = 'chat'\n[server]\ninternal_port = 1",
        "[[services]]\ninternal_port = 1",
        "app = 'chat'\n[[services]]",
    ],
)
def test_another_file_with_some_of_its_words_is_none(text: str) -> None:
    """A name, a service and its port belong to each."""
    assert not stations("Fly.io", {"config/settings.toml": text})
