"""What the files of Compose fix."""

from __future__ import annotations

from textwrap import dedent

import pytest
from deployments import fact, fixed, nested, spec_of, stations

from rtreview.evidence.deployment import Station, Task
from rtreview.quantities.quantity import Count


def project(services: str, name: str = "docker-compose.yml", **others: str) -> dict[str, Station]:
    """The stations of one file, or of several, by the shortest of their names."""
    texts = {name: services, **{f"{other.replace('_', '.')}.yml": text for other, text in others.items()}}
    files = {file: f"services:\n{nested(text, 2)}" for file, text in texts.items()}
    return {min(station.names, key=len, default=""): station for station in stations("compose", files)}


def chat(inner: str) -> Station:
    """The station of a service of an image of its own."""
    return project(f"chat:\n  image: acme/chat\n{nested(inner, 2)}")["chat"]


def test_a_service_is_killed_after_its_grace_period() -> None:
    """Which is 10 s by default."""
    assert fixed(chat("stop_grace_period: 1m30s").facts)["operations.termination_grace"] == "90s"
    found = fact(chat(""), "operations.termination_grace")
    assert (found.value, found.line.text, found.decided_by) == ("10s", "chat:", "default of docker compose")


def test_a_duration_without_a_unit_is_none() -> None:
    """Compose refuses it."""
    assert fact(chat("stop_grace_period: 30"), "operations.termination_grace").is_open


def test_a_variable_is_open_and_its_default_is_named() -> None:
    """Whoever starts the project may set it."""
    found = fact(chat('stop_grace_period: "${GRACE:-30s}"'), "operations.termination_grace")
    assert (found.value, found.decided_by) == (None, "`GRACE` decides; 30s where it is not set")
    assert (
        fact(chat("stop_grace_period: $GRACE"), "operations.termination_grace").decided_by
        == "`GRACE` decides"
    )


@pytest.mark.parametrize(
    ("inner", "nodes"),
    [
        ("", 1),
        ("scale: 3", 3),
        ("deploy: {replicas: 4}", 4),
        ("deploy: {mode: global}", None),
        ('deploy: {replicas: "${NODES}"}', None),
    ],
)
def test_replicas_are_nodes(inner: str, nodes: int | None) -> None:
    """By either key; on each machine where the mode is global."""
    assert fixed(chat(inner).facts)["topology.nodes"] == nodes


def test_services_of_one_image_with_a_number_are_nodes_of_one_server() -> None:
    """With all of their names, whatever port each of them is told."""
    node = "  image: acme/chat:2\n  command: serve --port 800{0}\n  deploy: {{replicas: 2}}"
    services = "\n".join(f"chat_{n}:\n{node.format(n)}" for n in (1, 2, 3))
    (station,) = project(services).values()
    assert fixed(station.facts)["topology.nodes"] == 6
    assert {"chat_1", "chat_2", "chat_3"} <= station.names


def test_services_of_one_build_with_a_word_are_nodes_where_they_listen_alike() -> None:
    """A worker listens on nothing, and blue stands in for green."""
    listening = "  build: ./server\n  expose: ['3000']\n"
    alike = project(f"chat-ann:\n{listening}chat-bob:\n{listening}")
    assert [fixed(station.facts)["topology.nodes"] for station in alike.values()] == [2]
    other = project(f"chat-web:\n{listening}chat-jobs:\n  build: ./server\n")
    assert len(other) == 2
    assert len(project(f"chat-blue:\n{listening}chat-green:\n{listening}")) == 2
    assert len(project(f"chat-ann:\n{listening}chat-bob:\n{listening.replace('server', 'other')}")) == 2


def test_what_nodes_of_one_server_do_not_agree_on_is_open() -> None:
    """Each has its own."""
    (station,) = project("a1: {image: x, stop_grace_period: 5s}\na2: {image: x}").values()
    assert fact(station, "operations.termination_grace").is_open


def test_updates_roll_unless_all_are_replaced_at_once() -> None:
    """A parallelism of nought is all of them."""
    rollout = "operations.rollout"
    assert rollout not in fixed(chat("deploy: {replicas: 2}").facts)
    assert fixed(chat("deploy: {update_config: {order: start-first}}").facts)[rollout] == "rolling"
    assert fixed(chat("deploy: {update_config: {parallelism: 0}}").facts)[rollout] == "all-at-once"


def test_limits_of_memory_and_files_are_those_of_a_node() -> None:
    """A reservation is no limit."""
    found = fixed(chat("deploy: {resources: {limits: {memory: 1536M}, reservations: {memory: 64M}}}").facts)
    assert found["topology.node.memory"] == "1536MiB"
    assert fixed(chat("mem_limit: 2g\nulimits: {nofile: {soft: 1000000, hard: 1048576}}").facts) == {
        "topology.nodes": 1,
        "operations.termination_grace": "10s",
        "topology.node.memory": "2GiB",
        "topology.node.file_descriptors": 1_000_000,
    }


def test_a_health_check_is_no_fact() -> None:
    """Nor is what keeps a database awake."""
    inner = "healthcheck: {interval: 10s, timeout: 3s, start_period: 5s}\nenvironment: {KEEPALIVE: 30s}"
    assert set(fixed(chat(inner).facts)) == {"topology.nodes", "operations.termination_grace"}


def test_a_service_has_all_names_that_others_call_it() -> None:
    """Its own, that of the container, the aliases of networks, those of links, and `tasks.` in a swarm."""
    services = """
        chat:
          image: acme/chat
          container_name: acme_chat
          hostname: chat-host
          deploy: {replicas: 2}
          networks: {inner: {aliases: [talk]}}
        web:
          image: nginx
          links: ["chat:backend"]
    """
    names = next(station.names for station in project(services).values() if "chat" in station.names)
    assert names == {"chat", "acme_chat", "chat-host", "talk", "backend", "tasks.chat"}


@pytest.mark.parametrize(
    ("image", "platform"),
    [
        ("nginx:1.29", "nginx"),
        ("registry.example.org:5000/bitnami/nginx@sha256:00", "nginx"),
        ("nginx:${TAG}", "nginx"),
        ("haproxytech/haproxy-alpine:3.1", "haproxy"),
        ("traefik:v3", "traefik"),
        ("redis:7-alpine", "redis"),
        ("acme/my-nginx-app", ""),
        ("${IMAGE}", ""),
    ],
)
def test_a_known_image_is_a_hop_or_a_broker(image: str, platform: str) -> None:
    """By its name, without its registry and version."""
    assert project(f"a:\n  image: {image}")["a"].platform == platform


def test_a_server_of_a_known_image_is_its_library() -> None:
    """It holds the connections itself."""
    found = project("push:\n  image: centrifugo/centrifugo:v6")["push"]
    assert (found.platform, fixed(found.facts)["transport.service"]) == ("", "centrifugo")


def test_no_message_ends_at_a_store() -> None:
    """A database keeps what is sent, and how many there are says nothing of the server."""
    db = project("db: {image: 'postgres:17', ports: ['5432:5432'], deploy: {replicas: 3}}")["db"]
    assert (db.task, db.facts) == (Task.APART, ())


def test_published_ports_are_an_entrance() -> None:
    """Not what is exposed to other services, bound to this machine, or for datagrams alone."""
    assert project("a:\n  image: x\n  ports: ['80:80']")["a"].entrance is not None
    assert project("a:\n  image: x\n  ports: [{target: 80, published: 80}]")["a"].entrance is not None
    assert project("a:\n  image: x\n  network_mode: host")["a"].entrance is not None
    for other in ("expose: ['80']", "ports: ['127.0.0.1:80:80']", "ports: ['3478:3478/udp']"):
        assert project(f"a:\n  image: x\n  {other}")["a"].entrance is None
    assert project("a:\n  image: redis\n  ports: ['6379:6379']")["a"].entrance is None


def test_what_configures_a_service_and_what_it_is_built_from_are_its_paths() -> None:
    """Below the folder of the file; volumes, keys and logs are nothing that it shares with others."""
    services = """
        proxy:
          image: nginx
          volumes:
            - ../nginx/nginx.conf:/etc/nginx/nginx.conf:ro
            - ${PWD}/conf.d:/etc/nginx/conf.d
            - ./certs:/etc/nginx/certs
            - ./logs:/var/log/nginx
            - cache:/var/cache
            - /srv/other.conf:/other.conf
            - {type: bind, source: ./more.conf, target: /etc/nginx/more.conf}
        chat:
          build: {context: ../server}
        whole:
          build: ..
        part:
          build: {context: .., dockerfile: ./apps/part/Dockerfile}
        other:
          build: {context: .., dockerfile: docker/other.Dockerfile}
        live:
          image: node
          working_dir: /app
          volumes: ["./live:/app"]
    """
    found = project(services, name="deploy/compose.yaml")
    assert found["proxy"].paths == {"nginx/nginx.conf", "deploy/conf.d/", "deploy/more.conf"}
    assert found["chat"].paths == {"server/"}
    assert found["whole"].paths == found["other"].paths == {"/"}
    assert found["part"].paths == {"apps/part/"}
    assert found["live"].paths == {"deploy/live/"}


def test_a_config_of_the_project_is_mounted_by_its_name() -> None:
    """As a swarm has them."""
    text = """
        services:
          proxy: {image: haproxy, configs: [{source: balance, target: /haproxy.cfg}]}
        configs:
          balance: {file: ./haproxy.cfg}
    """
    (station,) = stations("compose", {"stack.yml": text})
    assert station.paths == {"haproxy.cfg"}


def test_a_worker_is_not_the_program_that_clients_reach() -> None:
    """Though it is built from the same folder."""
    services = """
        proxy: {image: nginx, depends_on: [web]}
        web: {build: .}
        worker: {build: ., command: work, deploy: {replicas: 5}}
    """
    found = project(services)
    assert (found["web"].paths, found["worker"].paths) == ({"/"}, frozenset())


def test_several_images_of_one_folder_leave_open_which_is_its_program() -> None:
    """Though each listens; the same image with other commands is the same program."""
    built = "{{build: {{context: ., target: {0}}}, expose: ['80'], command: {1}}}"
    services = "api: {}\npages: {}"
    other = project(services.format(built.format("api", "x"), built.format("pages", "x")))
    assert [station.paths for station in other.values()] == [frozenset(), frozenset()]
    same = project(services.format(built.format("api", "x"), built.format("api", "y")))
    assert [station.paths for station in same.values()] == [{"/"}, {"/"}]


def test_an_override_is_laid_over_the_base() -> None:
    """By itself, so it holds; what it leaves out stays."""
    found = project(
        "chat: {image: acme/chat, stop_grace_period: 20s, scale: 2}",
        **{"docker-compose_override": "chat: {stop_grace_period: 5s}"},
    )["chat"]
    assert fixed(found.facts)["operations.termination_grace"] == "5s"
    assert fixed(found.facts)["topology.nodes"] == 2


def test_another_file_holds_only_if_somebody_names_it() -> None:
    """So it is open what holds where it says something else, and not where it alone says anything."""
    found = project(
        "chat: {image: acme/chat, scale: 2}",
        **{"docker-compose_prod": "chat: {scale: 5, stop_grace_period: 1m}"},
    )["chat"]
    nodes = fact(found, "topology.nodes")
    assert nodes.is_open
    assert (
        nodes.decided_by == "docker-compose.prod.yml:2 says something else, and may be the one that is used"
    )
    assert fixed(found.facts)["operations.termination_grace"] == "60s"


def test_files_of_different_folders_are_different_projects() -> None:
    """Their services have nothing in common but a name."""
    files = {
        f"{name}/compose.yml": f"services:\n  chat: {{image: x, scale: {n}}}"
        for n, name in ((2, "a"), (3, "b"))
    }
    found = [fixed(station.facts)["topology.nodes"] for station in stations("compose", files)]
    assert found == [2, 3]


def test_a_service_has_what_it_extends_and_what_an_anchor_brings() -> None:
    """At the line where it is written."""
    files = {
        "base.yml": "services:\n  node:\n    image: x\n    stop_grace_period: 40s",
        "app/compose.yml": dedent("""
            x-large: &large
              scale: 7
            services:
              chat:
                <<: *large
                extends: {file: ../base.yml, service: node}
        """),
    }
    found = next(station for station in stations("compose", files) if "chat" in station.names)
    grace, nodes = fact(found, "operations.termination_grace"), fact(found, "topology.nodes")
    assert (grace.value, grace.line.file, grace.line.number) == ("40s", "base.yml", 4)
    assert (nodes.value, nodes.line.text) == (7, "scale: 7")


def test_services_that_extend_each_other_end() -> None:
    """Whatever they bring."""
    assert project("a: {image: x, extends: b}\nb: {image: x, extends: a}").keys() == {"a", "b"}


def test_labels_are_routes_of_the_traefik_that_reads_them() -> None:
    """With a cookie, where one is asked for."""
    services = """
        proxy: {image: "traefik:v3", ports: ["443:443"]}
        chat:
          image: acme/chat
          labels:
            - "traefik.http.routers.chat.rule=Host(`a.example.org`) && PathPrefix(`/ws`)"
            - traefik.http.services.chat.loadBalancer.sticky.cookie.name=node
        site:
          image: acme/site
          deploy:
            replicas: 2
            labels: {traefik.http.routers.site.rule: "Host(`a.example.org`)"}
        hidden: {image: x, labels: {traefik.enable: "false", traefik.http.routers.h.rule: "Path(`/h`)"}}
    """
    found = project(services)["proxy"]
    assert [(route.prefix, route.targets, fixed(route.facts)) for route in found.routes] == [
        ("/ws", ("chat",), {"affinity": "cookie"}),
        ("", ("site",), {"affinity": "none"}),
    ]


def test_labels_without_a_traefik_lead_through_one_that_runs_elsewhere() -> None:
    """The label publishes the service."""
    found = project("chat:\n  image: x\n  labels: ['traefik.http.routers.a.rule=Path(`/ws`)']")[""]
    assert (found.platform, found.routes[0].prefix) == ("traefik", "= /ws")
    assert found.entrance is not None
    assert found.entrance.text == "labels: ['traefik.http.routers.a.rule=Path(`/ws`)']"


def test_traefik_has_its_options_from_its_command_line() -> None:
    """Or from its environment."""
    option = "--entryPoints.web.transport.lifeCycle.graceTimeOut=42"
    assert fixed(project(f"t:\n  image: traefik\n  command: ['{option}']")["t"].facts) == {"drain": "42s"}
    name = "TRAEFIK_ENTRYPOINTS_WEB_TRANSPORT_RESPONDINGTIMEOUTS_WRITETIMEOUT"
    found = fixed(project(f"t:\n  image: traefik\n  environment: ['{name}=1h']")["t"].facts)
    assert found == {"max_lifetime": "1h", "drain": "10s"}


def test_every_value_is_one_that_a_spec_may_have() -> None:
    """As it stands."""
    inner = """
        scale: 3
        stop_grace_period: 1500ms
        deploy: {update_config: {parallelism: 2}, resources: {limits: {memory: 1.5g}}}
        ulimits: {nofile: 65536}
    """
    assert spec_of([chat(inner)]).topology.nodes.content == Count(3)


def test_other_files_with_services_are_none_of_ours() -> None:
    """Those of a framework have no image, and those of a host are a list."""
    files = {
        "config/services.yaml": "services:\n  _defaults: {autowire: true}\n",
        "render.yaml": "services:\n  - type: web\n    image: {url: x}\n",
        "docker-compose.yml.j2": "services:\n{% for x in y %}\n  a: {image: x}\n{% endfor %}",
    }
    assert not stations("compose", files)


@pytest.mark.parametrize(
    "text",
    [
        "services: []",
        "services: {a: [], b: 3, c: null, 4: {image: 5}}",
        "services: {a: {image: [x], build: [], ports: {a: b}, volumes: x, networks: [a], labels: 7}}",
        "services: {a: {image: x, deploy: {replicas: [], update_config: []}, stop_grace_period: {}}}",
        "services: {a: {image: x, ports: [[], {target: []}, 3], volumes: [[], {source: {}}], configs: [[]]}}",
        "services: {a: {image: traefik, command: {a: b}, environment: 3, links: [[]], depends_on: 4}}",
        "services: {a: {image: x, extends: {file: [], service: 3}, networks: {n: {aliases: {}}}, mode: []}}",
        "services: {a: {image: x, deploy: {mode: [], labels: [[], 'traefik.http.routers.a.rule']}}}",
        "services: {a: &a {image: x, extends: *a}}",
        "services: {a: {image: x\nconfigs: 3",
        "services:\n  a:\n    image: x\nconfigs: []\n---\nservices: {b: {image: x}}",
        "services:\n \xff\n  image: x",
    ],
)
def test_any_shape_is_read_as_far_as_it_goes(text: str) -> None:
    """And never an error."""
    assert len(stations("compose", {"docker-compose.yml": text})) <= 3


@pytest.mark.parametrize(
    ("stated", "fields"),
    [
        ("environment: [WORKERS=2, WORKERS_LOG=9]", {"topology.node.processes": 2}),
        ("environment: {WEB_CONCURRENCY: 3}", {"topology.node.processes": 3}),
        ("environment: {WEB_CONCURRENCY: '${COUNT:-3}'}", {"topology.node.processes": None}),
        (
            "command: [uvicorn, 'a:b', --workers, '4', --timeout-graceful-shutdown, '50']",
            {"topology.node.processes": 4, "operations.drain": "50s"},
        ),
        (
            "environment: {WEB_CONCURRENCY: 3}\n    command: sh -c 'migrate && exec gunicorn a:b -w 4'",
            {"topology.node.processes": 4},
        ),
    ],
)
def test_the_command_and_the_variables_of_a_service_say_its_processes(
    stated: str, fields: dict[str, object]
) -> None:
    """The command goes before."""
    text = f"services:\n  chat:\n    image: chat\n    ports: ['80:80']\n    {stated}\n"
    (station,) = stations("compose", {"compose.yaml": text})
    assert {field: value for field, value in fixed(station.facts).items() if field in fields} == fields
    assert spec_of([station])


def test_a_dockerfile_in_a_folder_of_its_own_is_of_the_program_around() -> None:
    """One that is called after a broker makes no program, so that the other is the only one."""
    text = """
        services:
          chat:
            build: {context: ., dockerfile: packaging/container/Containerfile}
            ports: ["80:80"]
          queue:
            build: {context: ., dockerfile: packaging/container/Containerfile.rabbitmq}
            ports: ["15672:15672"]
    """
    assert [station.paths for station in stations("compose", {"compose.yaml": dedent(text)})] == [
        {"/"},
        set(),
    ]


@pytest.mark.parametrize(
    ("image", "field", "name"),
    [
        ("anycable/anycable-go:1.6.2", "transport.library", "anycable@1"),
        ("anycable/anycable-go:latest", "transport.library", "anycable"),
        ("centrifugo/centrifugo:v5.4", "transport.library", "centrifugo"),
        ("registry.example:5000/emqx/emqx:5.8.6", "transport.library", "emqx"),
    ],
)
def test_the_image_of_a_server_says_which_it_is(image: str, field: str, name: str) -> None:
    """With its version, where the catalogue has none of its own."""
    (station,) = stations("compose", {"compose.yaml": f"services:\n  live:\n    image: {image}\n"})
    stated = fixed(station.facts)
    assert stated.get(field, stated.get("transport.service")) == name


@pytest.mark.parametrize("command", ["{a: 1}", "[[uvicorn], {b: 2}, 3, null]", "7", "[gunicorn, -w]"])
def test_a_command_of_any_shape_is_borne(command: str) -> None:
    """It then says nothing of processes, or that it cannot be told."""
    text = f"services:\n  chat:\n    image: chat\n    command: {command}\n    environment: [[WORKERS], 3]\n"
    (station,) = stations("compose", {"compose.yaml": text})
    assert fixed(station.facts).get("topology.node.processes") is None


WHOLE = """
    services:
      chat: {{image: acme/chat, ports: ["{port}:3000"], deploy: {{replicas: {nodes}}}{inner}}}
      store: {{image: postgres}}
"""


def nodes(*names: str, port: int = 80, inner: str = "") -> list[list[object]]:
    """How many nodes of the chat each deployment has that these files make."""
    texts = {
        name: WHOLE.format(port=port + number, nodes=number, inner=inner)
        for number, name in enumerate(names, 1)
    }
    chats = [each for each in stations("compose", texts) if "chat" in each.names]
    return [[each.value for each in chat.facts if each.field == ("topology", "nodes")] for chat in chats]


def test_whole_files_of_two_stages_are_never_laid_over_each_other() -> None:
    """Each is a deployment by itself, and so is one that publishes again what the base does."""
    assert nodes("compose.production.yml", "compose.staging.yml") == [[1], [2]]
    assert nodes("compose.yml", "compose.lite.yml") == [[1], [2]]


def test_a_file_that_waits_for_a_service_of_the_base_is_laid_over_it() -> None:
    """It is not whole."""
    assert nodes("compose.yml", "compose.lite.yml", inner=", depends_on: [mail]") == [[None]]


@pytest.mark.parametrize(("image", "alone"), [("postgres:17", [[1], [3]]), ("postgres:18", [[3]])])
def test_a_whole_file_that_says_again_of_which_image_a_service_is_stands_alone(
    image: str, alone: list[list[object]]
) -> None:
    """What is laid over another says only what differs."""
    files = {
        "compose.yml": "services: {chat: {build: ., ports: ['80:80']}, store: {image: 'postgres:17'}}",
        "compose.prod.yml": f"services: {{chat: {{image: acme, scale: 3}}, store: {{image: '{image}'}}}}",
    }
    chats = [each for each in stations("compose", files) if "chat" in each.names]
    found = [[each.value for each in chat.facts if each.field == ("topology", "nodes")] for chat in chats]
    assert found == alone
