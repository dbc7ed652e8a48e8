"""Which ways are meant, where several are to be seen."""

from __future__ import annotations

from deployments import gathered

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
    return tuple([way.process.line.file for way in ways if way.process] for ways in (said.ways, said.aside))


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
    instead = workload("live").partition("---")[0].replace("replicas: 2", "replicas: 5")
    files = {
        "k8s/base/live.yaml": workload("live"),
        "k8s/base/edge.yaml": INGRESS.replace("pages", "live"),
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
