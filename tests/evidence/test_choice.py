"""Which ways are meant, where several are to be seen."""

from __future__ import annotations

import pytest
from deployments import gathered

from rtreview.evidence.way import Way

WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {nodes}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers: [{{name: main, image: "{image}", command: [{command}]}}]
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{type: {type}, selector: {{app: {name}}}, ports: [{{port: 80}}]}}
"""
INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: edge}
spec:
  ingressClassName: nginx
  rules:
    - http:
        paths:
          - {path: /, backend: {service: {name: pages, port: {number: 80}}}}
          - {path: /chat/, backend: {service: {name: live, port: {number: 80}}}}
"""
CONSUMER = "from channels.generic.websocket import AsyncJsonWebsocketConsumer\n"


def workload(
    name: str, image: str = "acme/site", command: str = "", *, nodes: int = 2, type_: str = "ClusterIP"
) -> str:
    """A Deployment with its Service."""
    return WORKLOAD.format(name=name, image=image, command=command, nodes=nodes, type=type_)


def test_the_command_tells_which_of_two_processes_of_one_image_holds_the_connections() -> None:
    """Also where it is a script: the other one answers requests."""
    said = gathered(
        {
            "k8s/pages.yaml": workload("pages", command="./web.sh"),
            "k8s/live.yaml": workload("live", command="bash, live.sh", nodes=3),
            "k8s/edge.yaml": INGRESS,
            "web.sh": "gunicorn site.wsgi",
            "live.sh": "python manage.py migrate\ndaphne site.asgi:application",
            "site/consumers.py": CONSUMER,
        }
    )
    (way,) = said.ways
    assert (way.prefix, way.called) == ("/chat/", "live (django-channels)")


def test_no_way_ends_at_a_database_or_at_a_tool() -> None:
    """Though a port of it is published, and the program beside it has no library that is known."""
    said = gathered(
        {
            "k8s/db.yaml": workload("db", "mcr.microsoft.com/mssql/server:2022-latest", type_="NodePort"),
            "k8s/app.yaml": workload("app", type_="NodePort"),
            "compose.yml": "services: {ui: {image: 'redis/redisinsight', ports: ['5540:5540']}}",
        }
    )
    assert [way.called for way in said.ways] == ["app"]


def test_no_way_ends_at_pages_that_are_served() -> None:
    """The image of their folder is a web server."""
    app = "app = '{}'\n[http_service]\ninternal_port = 80\n"
    said = gathered(
        {
            "pages/fly.toml": app.format("pages"),
            "pages/Dockerfile": "FROM nginx:alpine\nCOPY --from=made /dist /usr/share/nginx/html",
            "server/fly.toml": app.format("server"),
        }
    )
    assert [way.line.file for way in said.ways] == ["server/fly.toml"]


def test_of_several_processes_that_may_hold_a_stream_nothing_is_said() -> None:
    """They are named in a question, and what a hop does holds for each of them."""
    said = gathered(
        {
            "k8s/pages.yaml": workload("pages"),
            "k8s/live.yaml": workload("live"),
            "k8s/edge.yaml": INGRESS.replace("/chat/", "/api/"),
        }
    )
    (way,) = said.ways
    assert {fact.field[:2] for fact in way.facts} == {("transport", "path")}
    assert "Which of pages and live holds the connections?" in [each.text for each in way.questions]


def test_a_path_that_is_called_like_a_stream_tells_the_process() -> None:
    """Where nothing else does."""
    said = gathered(
        {
            "k8s/pages.yaml": workload("pages"),
            "k8s/live.yaml": workload("live"),
            "k8s/edge.yaml": INGRESS.replace("/chat/", "/ws/"),
        }
    )
    assert [way.called for way in said.ways] == ["live"]


def test_of_a_dashboard_only_the_hop_is_told_that_carries_its_stream() -> None:
    """What it is run by is no matter of the design."""
    site = """
        server {
            listen 80;
            location /live {
                proxy_pass http://board:3000;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection upgrade;
            }
        }
    """
    compose = """
        services:
          board: {image: grafana/grafana}
          edge: {image: nginx, ports: ["80:80"], volumes: ["./site.conf:/etc/nginx/conf.d/site.conf"]}
    """
    (way,) = gathered({"compose.yml": compose, "site.conf": site}).ways
    assert (way.process, way.lost) == (None, "board")


def deployments(files: dict[str, str]) -> tuple[list[str], list[str]]:
    """The files of what runs at the ends of the ways that are meant, and of those that are set aside."""
    said = gathered({**files, "live/package.json": '{"dependencies": {"socket.io": "^4.7.0"}}'})
    return tuple([way.process.line.file for way in ways if way.process] for ways in (said.ways, said.further))


def test_a_second_deployment_of_a_program_is_set_aside() -> None:
    """Whatever describes it: a design begins with the one whose paths are those of a stream."""
    files = {
        "k8s/live.yaml": workload("live"),
        "k8s/edge.yaml": INGRESS.replace("/chat/", "/socket.io"),
        "render.yaml": "services: [{type: web, name: acme-live, runtime: docker, dockerContext: ./live}]",
        "compose.yml": "services: {live: {build: ./live, ports: ['3000:3000']}}",
    }
    assert deployments(files) == (["k8s/live.yaml"], ["compose.yml", "render.yaml"])


def test_the_same_process_in_two_folders_of_a_cluster_is_deployed_twice() -> None:
    """In another namespace, by a Service of the same name."""
    space = workload("live", type_="LoadBalancer").replace(
        "metadata: {name: live", "metadata: {name: live, namespace: blue"
    )
    files = {"k8s/live.yaml": workload("live", type_="LoadBalancer"), "k8s/blue/live.yaml": space}
    assert deployments(files) == (["k8s/live.yaml"], ["k8s/blue/live.yaml"])


def test_what_an_overlay_has_instead_of_a_workload_is_another_deployment() -> None:
    """Its patch deletes the one of the base there alone, and the Service of the base leads to both."""
    deletes = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: live}
        $patch: delete
    """
    overlay = "resources: [../../base, live.yaml]\npatchesStrategicMerge: [delete.yaml]\n"
    instead = workload("live").partition("---")[0].replace("kind: Deployment", "kind: StatefulSet")
    files = {
        "k8s/base/kustomization.yaml": "resources: [live.yaml, edge.yaml]\n",
        "k8s/base/live.yaml": workload("live"),
        "k8s/base/edge.yaml": INGRESS.replace("pages", "live"),
        "k8s/overlays/small/kustomization.yaml": "resources: [../../base]\n",
        "k8s/overlays/large/kustomization.yaml": overlay,
        "k8s/overlays/large/delete.yaml": deletes,
        "k8s/overlays/large/live.yaml": instead,
    }
    assert deployments(files) == (["k8s/base/live.yaml"], ["k8s/overlays/large/live.yaml"])


def test_a_deployment_that_runs_no_nodes_is_set_aside() -> None:
    """Though it stands first."""
    files = {
        "a/live.yaml": workload("live", nodes=0, type_="LoadBalancer"),
        "b/live.yaml": workload("live", type_="LoadBalancer"),
    }
    assert deployments(files) == (["b/live.yaml"], ["a/live.yaml"])


SOCKETS = """
    import "github.com/coder/websocket"
    func join() { connection, err := websocket.Accept(w, r, nil) }
"""
FASTAPI = "from fastapi import FastAPI\n@app.websocket('/live')\nasync def live(socket): ..."
BUILT = "services: {chat: {build: ./src, image: 'ghcr.io/acme/club/live', ports: ['8080:8080']}}"
SIGNALR = "using Microsoft.AspNetCore.SignalR;\n"
PUBLISHED = """
    services:
      pages: {image: 'ghcr.io/acme/club/club-pages:2', ports: ['80:80']}
      engine: {image: '%s', ports: ['8081:8080'], stop_grace_period: 40s}
"""


@pytest.mark.parametrize(
    "image", ["ghcr.io/acme/club/live:2", "ghcr.io/acme/club/club-talk:2"], ids=["built here", "by a word"]
)
def test_an_image_that_is_published_from_here_runs_the_program(image: str) -> None:
    """It is what another compose file builds, or it is called with a word of the program's folder."""
    said = gathered(
        {
            "talk/src/join.go": SOCKETS,
            "talk/docker-compose.yml": BUILT,
            "production/docker-compose.yml": PUBLISHED % image,
        }
    )
    both = (*said.ways, *said.further)
    graces = {way.called: value for way in both for value in graces_of(way)}
    assert graces == {"chat (coder-websocket)": "10s", "engine (coder-websocket)": "40s"}
    assert said.further[0].set_aside.endswith("runs the program too, and a design begins with that")


def graces_of(way: Way) -> list[object]:
    """What is stated of the time to end."""
    return [fact.value for fact in way.facts if fact.field[-1] == "termination_grace"]


def test_a_program_that_takes_websockets_holds_a_stream_by_whatever_server() -> None:
    """So what runs it is not set aside beside a broker, whose image says what it is."""
    compose = """
        services:
          api: {build: ./api, ports: ['8000:8000']}
          broker: {image: 'eclipse-mosquitto:2', ports: ['8883:8883']}
    """
    for program in (FASTAPI, "StreamingResponse(events(), media_type='text/event-stream')"):
        said = gathered({"compose.yml": compose, "api/main.py": program})
        assert {way.called for way in said.ways} == {"api", "broker (mosquitto)"}
        assert not said.set_aside


def test_what_a_manifest_only_may_use_makes_no_stream() -> None:
    """Whatever a client of the same program asks for."""
    compose = """
        services:
          site: {build: ./site, ports: ['80:80']}
          broker: {image: 'eclipse-mosquitto:2', ports: ['8883:8883']}
    """
    client = "import { io } from 'socket.io-client';\nio('/', { transports: ['websocket'] });"
    package = '{"dependencies": {"ws": "^8.0.0", "socket.io-client": "^4.0.0"}}'
    said = gathered({"compose.yml": compose, "site/app.js": client, "site/package.json": package})
    assert [way.called for way in said.ways] == ["broker (mosquitto)"]


@pytest.mark.parametrize("name", ["worker", "notes-worker", "migrate", "scheduler"])
def test_a_process_that_is_called_after_its_jobs_holds_no_connections(name: str) -> None:
    """Where another one is made from the same folder, whose program holds some."""
    compose = f"""
        services:
          api: {{build: {{context: ., dockerfile: docker/api/Dockerfile}}, ports: ['8080:8080', '9090:9090']}}
          {name}: {{build: {{context: ., dockerfile: docker/job/Dockerfile}}, ports: ['9091:9090']}}
    """
    said = gathered({"compose.yml": compose, "go.mod": "module notes", "internal/live/join.go": SOCKETS})
    assert [way.called for way in said.ways] == ["api (coder-websocket)"]


def test_two_images_with_a_word_of_the_folder_are_told_from_each_other_by_nothing() -> None:
    """So none of them is said to run the program."""
    compose = """
        services:
          calls: {image: acme/talk-calls, ports: ['81:80']}
          texts: {image: acme/talk-texts, ports: ['82:80']}
    """
    said = gathered({"talk/src/join.go": SOCKETS, "talk/docker-compose.yml": BUILT, "a/compose.yml": compose})
    assert [way.called for way in (*said.ways, *said.further)] == ["chat (coder-websocket)"]


def test_a_process_is_called_like_the_folder_of_its_program_however_the_words_are_joined() -> None:
    """`Shop.LiveApi` is published as `shop-live-api`."""
    said = gathered(
        {
            "Shop.LiveApi/Program.cs": f'{SIGNALR}app.MapHub<Prices>("/prices");',
            "Shop.DeskApi/Program.cs": f'{SIGNALR}app.MapHub<Desk>("/desk");',
            "k8s/live.yaml": workload("live", "acme/shop-live-api", nodes=3, type_="LoadBalancer"),
            "k8s/desk.yaml": workload("desk", "acme/shop-desk-api", nodes=4, type_="LoadBalancer"),
        }
    )
    nodes = {way.called: fact.value for way in said.ways for fact in way.facts if fact.field[-1] == "nodes"}
    assert nodes == {"live (signalr)": 3, "desk (signalr)": 4}


def test_a_design_begins_with_no_file_for_the_work_on_the_program() -> None:
    """Where another runs the same; that one has nothing of it."""
    service = "services: {talk: {image: acme/talk, ports: ['%d:80'], stop_grace_period: %ds}}"
    said = gathered(
        {
            "talk/join.go": SOCKETS,
            "deploy/docker-compose.dev.yml": service % (81, 1),
            "deploy/docker-compose.small.yml": service % (80, 20),
        }
    )
    assert [graces_of(way) for way in said.ways] == [["20s"]]
    (way,) = said.further
    assert graces_of(way) == ["1s"]
    assert way.set_aside == (
        "it is called after the work on the program, which deploy/docker-compose.small.yml runs too"
    )


def test_of_two_locations_alike_the_one_is_told_that_is_called_like_a_stream() -> None:
    """Though the other has the shorter path."""
    location = """
        location %s {
            proxy_pass http://talk:80;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
    """
    site = "server { listen 80;" + location % "/socket.io/" + location % "/api/" + "}"
    compose = """
        services:
          talk: {build: ./talk}
          edge: {image: nginx, ports: ["80:80"], volumes: ["./site.conf:/etc/nginx/conf.d/site.conf"]}
    """
    (way,) = gathered({"compose.yml": compose, "site.conf": site, "talk/join.go": SOCKETS}).ways
    assert way.prefix == "/socket.io/"


def test_a_workload_that_nothing_publishes_is_a_further_deployment() -> None:
    """What lets others in is elsewhere, so that it is asked for."""
    files = {
        "talk/src/join.go": SOCKETS,
        "talk/docker-compose.yml": BUILT,
        "k8s/talk.yaml": workload("engine", "ghcr.io/acme/club/live:3", nodes=5),
    }
    said = gathered(files)
    assert [way.called for way in said.ways] == ["chat (coder-websocket)"]
    (way,) = said.further
    assert (way.called, way.passages) == ("engine (coder-websocket)", ())
    assert [fact.value for fact in way.facts if fact.field[-1] == "nodes"] == [5]
    assert next(iter(way.questions)).text.startswith("What stands before the server")


@pytest.mark.parametrize("name", ["chat-socketio", "websocket", "acme-websocket-service"])
def test_a_process_that_is_called_after_websockets_is_there_for_a_stream(name: str) -> None:
    """Though nobody knows its library, and its path says nothing."""
    said = gathered(
        {
            "k8s/pages.yaml": workload("pages", type_="NodePort"),
            "k8s/live.yaml": workload(name, nodes=3, type_="NodePort"),
        }
    )
    assert [way.called for way in said.ways] == [name]
    assert said.set_aside[0].line.file == "k8s/pages.yaml"


SITE = """
    server {
        listen 80;
        location / {
            proxy_pass http://pages:3000;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
        }
        location PATH {
            proxy_pass http://live:4000;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
        }
    }
"""
BEHIND = """
    services:
      edge: {image: nginx, ports: ["80:80"], volumes: ["./site.conf:/etc/nginx/conf.d/site.conf"]}
      pages: {image: acme/pages}
      live: {image: acme/live}
"""


@pytest.mark.parametrize(("path", "called"), [("/ws/", ["live"]), ("/api/", ["pages", "live"])])
def test_an_upgrade_that_is_passed_on_by_habit_makes_no_stream_beside_a_surer_one(
    path: str, called: list[str]
) -> None:
    """A location with the name of a stream is surer; without one, either may be it."""
    said = gathered({"compose.yml": BEHIND, "site.conf": SITE.replace("PATH", path)})
    assert [way.called for way in said.ways] == called


def test_a_process_for_development_is_set_aside_beside_one_in_use() -> None:
    """Also where nobody knows which program it runs."""
    live = "services: {live-websocket: {image: acme/live, ports: ['80:80']}}"
    said = gathered({"compose.dev.yml": live, "deploy/compose.yml": live})
    assert [way.line.file for way in said.ways] == ["deploy/compose.yml"]
    assert [way.line.file for way in said.further] == ["compose.dev.yml"]


@pytest.mark.parametrize(
    ("name", "told"), [("board", ["a/compose.yml"]), ("api", ["a/compose.yml", "b/compose.yml"])]
)
def test_deployments_of_programs_that_nobody_knows_are_told_apart_by_their_names(
    name: str, told: list[str]
) -> None:
    """A name that processes of any project have says nothing."""
    compose = f"""
        services:
          edge: {{image: nginx, ports: ["80:80"], volumes: ["./site.conf:/etc/nginx/conf.d/site.conf"]}}
          {name}: {{image: acme/{name}}}
    """
    site = f"server {{ listen 80; location /ws {{ proxy_pass http://{name}:3000; }} }}"
    site = site.replace("; } }", "; proxy_set_header Upgrade $http_upgrade; } }")
    said = gathered(
        {
            f"{at}/{file}": text
            for at in "ab"
            for file, text in (("compose.yml", compose), ("site.conf", site))
        }
    )
    assert [way.line.file for way in said.ways] == told


def test_of_two_files_for_one_workload_the_one_is_told_that_is_called_like_the_entrance() -> None:
    """Each Ingress has its own, by the word of a cloud behind their names."""
    said = gathered(
        {
            "k8s/edge-ocean.yaml": INGRESS.replace("metadata:", "metadata: # at another cloud"),
            "k8s/edge.yaml": INGRESS,
            "k8s/live-ocean.yaml": workload("live", command="daphne"),
            "k8s/live.yaml": workload("live", command="daphne"),
            "k8s/pages.yaml": workload("pages"),
        }
    )
    both = {way.line.file: way.process.line.file for way in said.ways if way.process}
    assert both == {"k8s/edge-ocean.yaml": "k8s/live-ocean.yaml", "k8s/edge.yaml": "k8s/live.yaml"}
