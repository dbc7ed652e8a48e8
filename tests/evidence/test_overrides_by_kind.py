"""What may set something else than what stands beside it, kind by kind: what is not known to be harmless may.

As in `test_overrides.py`, each evasion is a change of a stranger that changes what runs.
"""

from __future__ import annotations

import pytest
from deployments import stations
from test_overrides import (
    CHAT,
    CLUSTER,
    COMPOSED,
    FIELDS,
    HAPROXY,
    INGRESS,
    KUSTOMIZED,
    NGINX,
    OF_CHAT,
    SCALER,
    TERRAFORM,
    agreeing,
    is_open_at,
    root,
    said,
)

from rtreview.reviews.report import Standing

__all__ = ["root"]

ITEM = """\
- metadata: {name: chat}
  spec: {scaleTargetRef: {kind: Deployment, name: chat}, minReplicas: 2, maxReplicas: 90}
"""
LISTED = {
    "of its kind": f"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscalerList\nitems:\n{ITEM}",
    "of a list": "apiVersion: v1\nkind: List\nitems:\n- kind: List\n  items:\n  "
    + ITEM.replace("- metadata", "- kind: HorizontalPodAutoscaler\n  metadata").replace("\n", "\n  "),
    "that has another name": f"apiVersion: v2\nkind: HorizontalPodAutoscaler\nitems:\n{ITEM}",
}


@pytest.mark.parametrize("listed", list(LISTED))
def test_a_resource_of_a_list_is_one_whatever_the_list_is_called(listed: str) -> None:
    """Its items need no kind of their own, and may be lists."""
    found = said({**CLUSTER, "h.yaml": LISTED[listed]})["nodes"]
    assert (found.standing, found.runs, found.line.file) == (Standing.DISAGREES, "2..90", "deploy/h.yaml")


def test_a_workload_of_a_list_is_read_as_one_alone() -> None:
    """Also where it is the only one."""
    service, _, deployment = CHAT.partition("---\n")
    listed = deployment.replace("kind: Deployment\n", "kind: DeploymentList\nitems:\n- ").replace(
        "\n", "\n  "
    )
    listed = listed.replace("\n  kind", "\nkind").replace("\n  items", "\nitems").replace("\n  - ", "\n- ")
    files = {"ingress.yaml": INGRESS, "service.yaml": service, "chat.yaml": listed}
    assert agreeing(files) >= FIELDS


@pytest.mark.parametrize(
    "text", [SCALER, "{" + f'"x": 1}}\n---\n{SCALER}', SCALER.replace("kind: H", '"kind": H')]
)
@pytest.mark.parametrize("name", ["z.txt", "scaler"])
def test_a_kustomization_takes_what_it_names_whatever_that_is_called(name: str, text: str) -> None:
    """`kubectl` would pass it by, so that without one it is nothing."""
    named = KUSTOMIZED.replace("]", f", {name}]")
    found = said({**CLUSTER, "kustomization.yaml": named, name: text})["nodes"]
    assert (found.standing, found.runs, found.line.file) == (Standing.DISAGREES, "2..90", f"deploy/{name}")
    assert agreeing({**CLUSTER, "kustomization.yaml": KUSTOMIZED, name: text}) >= FIELDS


OF_TWO = SCALER.replace("90", "2")
ANNOTATED = OF_TWO.replace("{name: chat}", '{name: chat, annotations: {%s: "%s"}}', 1)
KEDA = """\
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: chat, annotations: {%s: "%s"}}
spec: {scaleTargetRef: {name: chat}, minReplicaCount: 2, maxReplicaCount: 2}
"""
LEFT_OUT = {
    "by Kustomize": (ANNOTATED, "config.kubernetes.io/local-config", "true"),
    "by Flux": (ANNOTATED, "kustomize.toolkit.fluxcd.io/reconcile", "disabled"),
    "by Argo CD": (ANNOTATED, "argocd.argoproj.io/hook", "Skip"),
    "by Helm": (ANNOTATED, "helm.sh/hook", "test"),
    "by what is not known": (ANNOTATED, "scaling.example.com/at-night", "9"),
    "by Keda, with a number": (KEDA, "autoscaling.keda.sh/paused-replicas", "9"),
    "by Keda": (KEDA, "autoscaling.keda.sh/paused", "true"),
    "by Keda as it is": (KEDA, "autoscaling.keda.sh/paused-scale-in", "true"),
}


@pytest.mark.parametrize("left", list(LEFT_OUT))
def test_a_scaler_that_may_not_be_in_force_makes_nothing_agree(left: str) -> None:
    """An annotation has it left out or held, or may do so."""
    text, key, value = LEFT_OUT[left]
    assert agreeing({**CLUSTER, "h.yaml": text % ("team", "chat")}) >= FIELDS
    found = said({**CLUSTER, "h.yaml": text % (key, value)})
    assert is_open_at(found["nodes"], "h.yaml:3")
    assert found["memory"].standing is Standing.AGREES


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("config.kubernetes.io/local-config", "false"),
        ("argocd.argoproj.io/sync-wave", "1"),
        ("helm.sh/resource-policy", "keep"),
        ("kubectl.kubernetes.io/restartedAt", "now"),
        ("prometheus.io/scrape", "true"),
        ("reloader.stakater.com/auto", "true"),
        ("scaledobject.keda.sh/transfer-hpa-ownership", "true"),
        ("team", "chat"),
    ],
)
def test_annotations_that_scale_nothing_take_nothing(key: str, value: str) -> None:
    """Of a scaler, and of what it scales."""
    own = CHAT.replace(
        "Deployment\nmetadata: {", f'Deployment\nmetadata: {{annotations: {{{key}: "{value}"}}, '
    )
    assert own != CHAT
    assert agreeing({**CLUSTER, "chat.yaml": own, "h.yaml": ANNOTATED % (key, value)}) >= FIELDS


@pytest.mark.parametrize("part", ["ingress.yaml", "chat.yaml"])
def test_a_resource_that_may_be_left_out_makes_nothing_agree(part: str) -> None:
    """An Ingress and a workload as well as a scaler."""
    local = 'annotations: {config.kubernetes.io/local-config: "true"}, '
    text = CLUSTER[part].replace("Deployment\nmetadata: {", f"Deployment\nmetadata: {{{local}")
    text = text.replace("  annotations:\n", '  annotations:\n    config.kubernetes.io/local-config: "true"\n')
    found = agreeing({**CLUSTER, part: text})
    lost = {"idle_timeout"} if part == "ingress.yaml" else FIELDS - {"idle_timeout"}
    assert found & FIELDS == FIELDS - lost


def test_an_operator_may_scale_a_workload_by_its_annotation() -> None:
    """Also where a kustomization puts that in."""
    night = 'commonAnnotations: {downscaler/downtime-replicas: "9"}\n'
    found = said({**CLUSTER, "kustomization.yaml": KUSTOMIZED + night})
    assert is_open_at(found["nodes"], "kustomization.yaml:2")
    assert found["memory"].standing is Standing.AGREES


HELD_BACK = {
    "a Deployment": ("  replicas: 2", "  paused: true\n  replicas: 2"),
    "by a partition": (
        "Deployment",
        "StatefulSet",
        "  replicas: 2",
        "  updateStrategy: {rollingUpdate: {partition: 9}}\n  replicas: 2",
    ),
    "until it is deleted": (
        "Deployment",
        "StatefulSet",
        "  replicas: 2",
        "  updateStrategy: {type: OnDelete}\n  replicas: 2",
    ),
}


@pytest.mark.parametrize("held", list(HELD_BACK))
def test_a_rollout_that_is_held_back_leaves_pods_as_they_were(held: str) -> None:
    """How many there are is as it stands."""
    words = HELD_BACK[held]
    text = CHAT
    for old, new in zip(words[::2], words[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    found = said({**CLUSTER, "chat.yaml": text})
    assert found["termination_grace"].standing is Standing.OPEN
    assert found["memory"].standing is Standing.OPEN
    assert found["nodes"].standing is Standing.AGREES


ABOUT = """\
apiVersion: x.example.com/v1
kind: %s
metadata: {name: x}
spec: {%s: {kind: Deployment, name: chat}%s}
"""


@pytest.mark.parametrize(
    ("kind", "key", "more", "lost"),
    [
        ("NightScaler", "scaleTargetRef", "", {"nodes"}),
        ("Canary", "targetRef", "", FIELDS - {"idle_timeout"}),
        ("VerticalPodAutoscaler", "targetRef", "", {"memory"}),
        ("VerticalPodAutoscaler", "targetRef", ", updatePolicy: {updateMode: 'Off'}", set()),
    ],
)
def test_a_kind_that_is_not_known_and_names_a_workload_is_told(
    kind: str, key: str, more: str, lost: set[str]
) -> None:
    """By what it may do to it; one for another workload does nothing."""
    text = ABOUT % (kind, key, more)
    assert agreeing({**CLUSTER, "x.yaml": text}) & FIELDS == FIELDS - lost
    assert agreeing({**CLUSTER, "x.yaml": text.replace("name: chat", "name: other")}) >= FIELDS


KEPT = {
    "an argument": ("lifecycle {\n    ignore_changes = [idle_timeout]\n  }", 4),
    "an argument in quotes": ('lifecycle {\n    ignore_changes = ["idle_timeout"]\n  }', 4),
    "others as well": ("lifecycle {\n    ignore_changes = [tags, idle_timeout]\n  }", 4),
    "all": ("lifecycle {\n    ignore_changes = all\n  }", 4),
    "what is not known": ("lifecycle {\n    enabled = false\n  }", 4),
    "a program": ('provisioner "local-exec" {\n    command = "sh change.sh"\n  }', 3),
}


@pytest.mark.parametrize("kept", list(KEPT))
def test_an_argument_that_terraform_does_not_keep_is_told(kept: str) -> None:
    """What somebody else set stays, or a program sets it."""
    more, line = KEPT[kept]
    text = TERRAFORM.replace("  idle_timeout = 75\n", f"  idle_timeout = 75\n  {more}\n")
    assert is_open_at(said({"main.tf": text}, "aws-alb")["idle_timeout"], f"main.tf:{line}")
    by_default = text.replace("  idle_timeout = 75\n", "")
    assert said({"main.tf": by_default}, "aws-alb")["idle_timeout"].standing is Standing.OPEN


@pytest.mark.parametrize(
    "more",
    [
        "lifecycle {\n    ignore_changes = [tags, access_logs[0].bucket]\n  }",
        'provisioner "local-exec" {\n    when    = destroy\n    command = "x"\n  }',
        "lifecycle {\n    create_before_destroy = true\n    prevent_destroy = true\n  }",
    ],
)
def test_a_lifecycle_of_something_else_takes_nothing(more: str) -> None:
    """As most have."""
    text = TERRAFORM.replace("  idle_timeout = 75\n", f"  idle_timeout = 75\n  {more}\n")
    assert "idle_timeout" in agreeing({"main.tf": text}, "aws-alb")


@pytest.mark.parametrize(("name", "agrees"), [("aws_lb.front", False), ("aws_lb.other", True)])
def test_a_program_that_names_a_balancer_may_change_it(name: str, agrees: bool) -> None:
    """Wherever it is run."""
    text = f"""
        resource "null_resource" "a" {{
          triggers = {{ arn = {name}.arn }}
          provisioner "local-exec" {{
            command = "sh change.sh"
          }}
        }}
        """
    found = agreeing({"main.tf": TERRAFORM, "more.tf": text}, "aws-alb")
    assert ("idle_timeout" in found) == agrees


def test_a_balancer_that_is_led_elsewhere_by_others_says_nothing_of_its_group() -> None:
    """As where another tool switches between two groups."""
    ignored = "  lifecycle {\n    ignore_changes = [default_action]\n  }\n  load_balancer_arn"
    text = TERRAFORM.replace("  load_balancer_arn", ignored)
    (route,) = (route for each in stations("Terraform", {"main.tf": text}) for route in each.routes)
    values = {fact.field[-1]: fact.value for fact in route.facts}
    assert values == {"idle_timeout": "75s", "affinity": None, "drain": None}


def test_a_program_counts_beside_what_is_ignored() -> None:
    """Of which each alone takes something else."""
    more = (
        'lifecycle {\n    ignore_changes = [tags]\n  }\n  provisioner "local-exec" {\n    command = "x"\n  }'
    )
    text = TERRAFORM.replace("  idle_timeout = 75\n", f"  idle_timeout = 75\n  {more}\n")
    assert is_open_at(said({"main.tf": text}, "aws-alb")["idle_timeout"], "main.tf:6")


def test_a_block_that_is_ignored_is_open() -> None:
    """With all that it says, and where it says nothing."""
    block = '  stickiness {\n    type = "lb_cookie"\n  }\n'
    ignored = "  lifecycle {\n    ignore_changes = [stickiness]\n  }\n"
    for own in (block, ""):
        text = TERRAFORM.replace("  port = 3000\n", f"  port = 3000\n{own}{ignored}")
        found = [
            fact
            for station in stations("Terraform", {"main.tf": text})
            for route in station.routes
            for fact in route.facts
            if fact.field == ("affinity",)
        ]
        assert [fact.value for fact in found] == [None]


SHORT = "proxy_pass http://chat:3000;\n        proxy_read_timeout 20s;\n    }\n"
BEFORE = {
    "an exact one": "    location = /ws {\n        ",
    "one of a longer path": "    location /ws/ {\n        ",
    "one with a part that is not there": "    location = /ws {\n        include ws_ssl_log.conf;\n        ",
}


@pytest.mark.parametrize("before", list(BEFORE))
def test_a_location_that_goes_before_is_told_although_it_passes_no_upgrade_on(before: str) -> None:
    """It is no way of a WebSocket by what it says, and answers nevertheless."""
    text = NGINX.replace("    location /ws", f"{BEFORE[before]}{SHORT}    location /ws")
    assert is_open_at(said({"nginx.conf": text}, "nginx")["idle_timeout"], "nginx.conf:3")
    first = text.replace("location /ws {", "location ^~ /ws {")
    assert is_open_at(said({"nginx.conf": first}, "nginx")["idle_timeout"], "nginx.conf:3")


def test_a_location_in_a_location_goes_before_it() -> None:
    """Whatever it passes on."""
    inner = "location = /ws {\n        proxy_set_header A b;\n        " + SHORT
    text = NGINX.replace("    location /ws {\n", f"    location /ws {{\n    {inner}")
    assert "idle_timeout" not in agreeing({"nginx.conf": text}, "nginx")


@pytest.mark.parametrize("path", ["= /", "/api", "= /wsdl", "/"])
def test_a_location_of_other_paths_takes_nothing(path: str) -> None:
    """As most servers have."""
    text = NGINX.replace("    location /ws", f"    location {path} {{\n        {SHORT}    location /ws")
    assert "idle_timeout" in agreeing({"nginx.conf": text}, "nginx")


EDGE = """\
frontend edge
    mode tcp
    bind :443
    default_backend e
backend e
    mode tcp
    timeout tunnel 5s
    server s {}
frontend web
    bind {}
    use"""


@pytest.mark.parametrize(
    ("server", "bind"),
    [
        ("/run/s", "/run/s"),
        ("abns@s", "abns@s"),
        ("unix@/run/s", "unix@/run/s"),
        ("127.0.0.1:8443", "127.0.0.1:8443"),
        ("127.0.0.1:8443", "127.0.0.1:8443,127.0.0.1:8444"),
        ("haproxy:8443", ":8443"),
        ("${HOSTNAME}:8443", ":8443"),
    ],
)
def test_a_frontend_that_leads_to_another_is_told(server: str, bind: str) -> None:
    """It may end a connection before the other does."""
    text = HAPROXY.replace("frontend web\n    bind :443\n    use", EDGE.format(server, bind))
    assert text != HAPROXY
    assert is_open_at(said({"haproxy.cfg": text}, "haproxy")["idle_timeout"], "haproxy.cfg:5")


@pytest.mark.parametrize(
    "bind", [":443", "*:443", "0.0.0.0:443", "10.0.0.1:443", "ipv4@*:443", ":80,:443", "[::]:443 v4v6"]
)
def test_a_second_frontend_at_the_same_address_is_told(bind: str) -> None:
    """One of the two is asked, and nobody knows which."""
    other = f"listen x\n    bind {bind}\n    server x x:1\n"
    found = said({"haproxy.cfg": HAPROXY + other}, "haproxy")["idle_timeout"]
    assert is_open_at(found, "haproxy.cfg:14")


@pytest.mark.parametrize("bind", [":80", "quic4@:443"])
def test_a_second_frontend_at_another_address_takes_nothing(bind: str) -> None:
    """Nor one for datagrams."""
    other = f"listen x\n    bind {bind}\n    server x x:1\n"
    assert "idle_timeout" in agreeing({"haproxy.cfg": HAPROXY + other}, "haproxy")


def test_frontends_at_two_addresses_of_a_machine_take_nothing_from_each_other() -> None:
    """Though it is one port."""
    other = "listen x\n    bind 10.0.0.2:443\n    server x x:1\n"
    text = HAPROXY.replace("bind :443", "bind 10.0.0.1:443")
    assert "idle_timeout" in agreeing({"haproxy.cfg": text + other}, "haproxy")


AT_RUN_TIME = [
    "http-response set-timeout tunnel 20s",
    "http-after-response lua.x",
    "tcp-response content lua.x",
]


@pytest.mark.parametrize("rule", [*AT_RUN_TIME, "filter lua.short", "filter magic"])
def test_what_haproxy_runs_at_an_answer_may_set_anything(rule: str) -> None:
    """As at a request."""
    text = HAPROXY.replace("tunnel 75s\n", f"tunnel 75s\n    {rule}\n")
    assert is_open_at(said({"haproxy.cfg": text}, "haproxy")["idle_timeout"], "haproxy.cfg:11")


@pytest.mark.parametrize(
    "rule",
    [
        "http-response set-header X-Frame-Options DENY",
        "http-response del-header Server",
        "http-response set-status 503 if { status 500 }",
        "http-response cache-store pages",
        "tcp-response inspect-delay 5s",
        "filter compression",
    ],
)
def test_rules_for_answers_that_set_headers_take_nothing(rule: str) -> None:
    """As most have them."""
    text = HAPROXY.replace("tunnel 75s\n", f"tunnel 75s\n    {rule}\n")
    assert "idle_timeout" in agreeing({"haproxy.cfg": text}, "haproxy")


RUN = {
    "a command with another file": 'command: ["nginx", "-c", "/etc/nginx/other.conf", "-g", "daemon off;"]',
    "a command with a directive": "command: nginx -g 'daemon off; proxy_read_timeout 20s;'",
    "a command that writes": 'command: sh -c "sed -i s/75s/20s/ /etc/nginx/conf.d/*; exec nginx"',
    "a command that fetches": 'command: sh -c "curl -o /etc/nginx/nginx.conf http://x/y; exec nginx"',
    "a command that runs what it fetches": 'command: sh -c "curl http://x/y | sh; exec nginx"',
    "a command of a variable": 'command: sh -c "$$START"',
    "a script": "command: sh /etc/nginx/conf.d/default.conf",
    "an entry point": 'entrypoint: ["sh", "-c", "tee /etc/nginx/conf.d/a.conf < /x; exec nginx"]',
    "what looks whether it is well": 'healthcheck: {test: "sed -i s/75s/20s/ /etc/nginx/conf.d/a.conf"}',
    "what is run after the start": "post_start: [{command: nginx -s reload}]",
    "a configuration inline": "configs: [{source: c, target: /etc/nginx/conf.d/0.conf}]",
    "a file beside the usual one": "command: nginx -cother",
    "a file that is called like a word": "command: nginx -c run",
    "a file of keys that is none": "command: nginx -c /etc/nginx/ssl/a",
    "a volume": 'volumes: ["conf:/etc/nginx/conf.d", "./nginx.conf:/etc/nginx/conf.d/default.conf"]',
}


@pytest.mark.parametrize("run", list(RUN))
def test_what_is_run_on_a_proxy_of_compose_may_change_its_configuration(run: str) -> None:
    """Or lead it to another."""
    text = COMPOSED["compose.yaml"].replace("image: nginx:1", f"image: nginx:1\n    {RUN[run]}")
    if "volumes" in RUN[run]:
        text = text.replace('    volumes: ["./nginx.conf:/etc/nginx/conf.d/default.conf"]\n', "", 1)
    text += "configs: {c: {content: server}}\n"
    assert "idle_timeout" in agreeing(COMPOSED, "nginx")
    assert is_open_at(said({**COMPOSED, "compose.yaml": text}, "nginx")["idle_timeout"], "compose.yaml:4")


@pytest.mark.parametrize(
    "run",
    [
        'command: ["nginx", "-g", "daemon off;"]',
        "command: nginx-debug -g 'daemon off;'",
        "command: nginx -c /etc/nginx/conf.d/default.conf",
        "command: sh -c 'while :; do sleep 6h & wait $$!; nginx -s reload; done & nginx -g \"daemon off;\"'",
        "command: sh -c 'if [ -f /etc/nginx/ssl/new ]; then nginx -t && rm -f /etc/nginx/ssl/new; fi; nginx'",
        'healthcheck: {test: ["CMD", "curl", "-f", "http://localhost:80/health"]}',
        'healthcheck: {test: "wget -q --spider http://localhost/ > /dev/null 2>&1 || exit 1"}',
        'healthcheck: {test: ["CMD-SHELL", "wget --tries=1 --spider http://127.0.0.1:80/a || exit 1"]}',
        'volumes: ["${CERTS}:/etc/nginx/conf.d", "./nginx.conf:/etc/nginx/conf.d/default.conf"]',
        'extra_hosts: ["host.docker.internal:host-gateway"]',
    ],
)
def test_what_only_starts_or_asks_a_proxy_takes_nothing(run: str) -> None:
    """As most of them have it."""
    text = COMPOSED["compose.yaml"].replace("image: nginx:1", f"image: nginx:1\n    {run}")
    if "volumes" in run:
        text = text.replace('    volumes: ["./nginx.conf:/etc/nginx/conf.d/default.conf"]\n', "", 1)
    assert agreeing({**COMPOSED, "compose.yaml": text}, "nginx") >= {"idle_timeout", *OF_CHAT}


@pytest.mark.parametrize("hosts", ['["chat:10.0.0.1"]', '["chat=10.0.0.1"]', "{chat: 10.0.0.1}"])
def test_a_name_that_leads_a_proxy_elsewhere_is_told(hosts: str) -> None:
    """Who answers there is none of the services."""
    text = COMPOSED["compose.yaml"].replace("image: nginx:1", f"image: nginx:1\n    extra_hosts: {hosts}")
    assert is_open_at(said({**COMPOSED, "compose.yaml": text}, "nginx")["nodes"], "compose.yaml:4")


@pytest.mark.parametrize(("signal", "agrees"), [("SIGKILL", False), ("$SIGNAL", False), ("SIGQUIT", True)])
def test_an_image_that_is_stopped_at_once_leaves_no_grace(signal: str, agrees: bool) -> None:
    """By its Dockerfile, inline or in a file."""
    build = COMPOSED["compose.yaml"].replace("image: ghcr.io/acme/chat:1", "build: .")
    for name in ("Dockerfile", "docker/Dockerfile-prod"):
        files = {**COMPOSED, "compose.yaml": build, name: f"FROM node:20\nstopsignal {signal}\n"}
        assert ("termination_grace" in agreeing(files, "nginx")) == agrees
    of_pods = {**CLUSTER, "Dockerfile": f"FROM node:20\nSTOPSIGNAL {signal}\n"}
    assert ("termination_grace" in agreeing(of_pods)) == agrees


@pytest.mark.parametrize("build", ["{context: ., dockerfile: b.txt}", '{dockerfile_inline: "FROM node:20"}'])
def test_an_image_whose_signal_is_not_looked_at_leaves_the_grace_open(build: str) -> None:
    """Unless the service says which it is."""
    text = COMPOSED["compose.yaml"].replace("image: ghcr.io/acme/chat:1", f"build: {build}")
    found = said({**COMPOSED, "compose.yaml": text}, "nginx")["termination_grace"]
    assert is_open_at(found, "compose.yaml:7")
    stated = text.replace("    deploy", "    stop_signal: SIGTERM\n    deploy")
    assert "termination_grace" in agreeing({**COMPOSED, "compose.yaml": stated}, "nginx")


@pytest.mark.parametrize(("signal", "agrees"), [("SIGKILL", False), ("SIGTERM", True)])
def test_a_container_that_is_stopped_at_once_has_no_grace(signal: str, agrees: bool) -> None:
    """Whatever the pod has."""
    own = f"image: ghcr.io/acme/chat:1\n          lifecycle: {{stopSignal: {signal}}}"
    text = CHAT.replace("image: ghcr.io/acme/chat:1", own)
    assert ("termination_grace" in agreeing({**CLUSTER, "chat.yaml": text})) == agrees


POD_OF_NGINX = """\
apiVersion: v1
kind: ConfigMap
metadata: {{name: proxy}}
data:
  default.conf: |
    server {{ listen 80; location /ws {{ proxy_pass http://chat;
        proxy_read_timeout 75s; }} }}
---
apiVersion: v1
kind: Service
metadata: {{name: proxy}}
spec: {{type: LoadBalancer, selector: {{app: proxy}}, ports: [{{port: 80}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: proxy}}
spec:
  selector: {{matchLabels: {{app: proxy}}}}
  template:
    metadata: {{labels: {{app: proxy}}}}
    spec:
      {of_pod}
      containers: [{{name: proxy, image: "nginx:1", {more}}}]
      volumes: [{{name: conf, configMap: {{name: proxy}}}}]
"""


@pytest.mark.parametrize(
    ("more", "of_pod", "agrees"),
    [
        ("command: [nginx, -g, daemon off;]", "", True),
        ("readinessProbe: {exec: {command: [pgrep, nginx]}}", "", True),
        ("command: [sh, -c, sed -i s/75s/20s/ /etc/nginx/conf.d/a.conf; nginx]", "", False),
        ("args: [nginx, -c, /etc/other.conf]", "", False),
        ("livenessProbe: {exec: {command: [sed, -i, s/75s/20s/, a.conf]}}", "", False),
        ("lifecycle: {postStart: {exec: {command: [nginx, -s, reload]}}}", "", False),
        ("ports: []", "hostAliases: [{ip: 10.0.0.1, hostnames: [chat]}]", False),
    ],
)
def test_what_is_run_on_a_proxy_of_a_cluster_may_change_its_configuration(
    more: str, of_pod: str, agrees: bool
) -> None:
    """As on one of Compose."""
    text = POD_OF_NGINX.format(more=more, of_pod=of_pod)
    assert ("idle_timeout" in agreeing({"chat.yaml": CHAT, "proxy.yaml": text}, "nginx")) == agrees


VIRTUAL = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: chat}}
spec: {{hosts: [{host}], {more}http: [{{timeout: 5s, route: [{{destination: {{host: {to}}}}}]}}]}}
"""


@pytest.mark.parametrize(
    ("host", "more", "to", "lost"),
    [
        ("chat", "", "chat", {"idle_timeout"}),
        ("chat.default.svc.cluster.local", "gateways: [mesh, edge], ", "chat", {"idle_timeout"}),
        ("'*'", "", "other", FIELDS),
        ("chat", "", "other", FIELDS),
        ("chat", "gateways: [edge], ", "chat", set()),
        ("other", "", "chat", set()),
    ],
)
def test_what_a_mesh_does_to_messages_for_a_service_is_told(
    host: str, more: str, to: str, lost: set[str]
) -> None:
    """By the proxy beside whatever sends them there."""
    mesh = VIRTUAL.format(host=host, more=more, to=to)
    assert {
        name for name in FIELDS if said({**CLUSTER, "z.yaml": mesh})[name].standing is not Standing.AGREES
    } == lost


def test_a_rule_of_a_mesh_for_connections_to_a_service_is_told() -> None:
    """One that names subsets alone is none."""
    rule = VIRTUAL.partition("spec")[0].replace("VirtualService", "DestinationRule").format()
    pool = f"{rule}spec: {{host: chat, trafficPolicy: {{connectionPool: {{tcp: {{idleTimeout: 5s}}}}}}}}\n"
    assert is_open_at(said({**CLUSTER, "z.yaml": pool})["idle_timeout"], "z.yaml:4")
    subsets = f"{rule}spec: {{host: chat, subsets: [{{name: a}}]}}\n"
    assert agreeing({**CLUSTER, "z.yaml": subsets}) >= FIELDS
