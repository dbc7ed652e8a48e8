"""What the workloads of a cluster fix: how many pods there are, how they end, and what they mount."""

from __future__ import annotations

from textwrap import dedent

import pytest
from deployments import fact, fixed, nested, spec_of, stations

from rtreview.evidence.deployment import Station

WORKLOAD = """
apiVersion: apps/v1
kind: {kind}
metadata: {{name: chat}}
spec:
{settings}
  selector: {{matchLabels: {{app: chat}}}}
  template:
    metadata: {{labels: {{app: chat, tier: web}}}}
    spec:
{pod}
      containers:
        - name: server
          image: {image}
          ports: [{{containerPort: 3000}}]
{container}
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata: {{name: chat, namespace: web}}
spec:
  selector: {{app: chat}}
  ports: [{{port: 80, targetPort: 3000}}]
  {settings}
"""


def written(
    settings: str = "",
    *,
    pod: str = "",
    container: str = "",
    kind: str = "Deployment",
    image: str = "example.org/chat",
) -> str:
    """The manifest of a workload with these parts at their places."""
    return WORKLOAD.format(
        kind=kind,
        image=image,
        settings=nested(settings, 2),
        pod=nested(pod, 6),
        container=nested(container, 10),
    )


def workload(
    settings: str = "", *others: str, pod: str = "", container: str = "", kind: str = "Deployment"
) -> Station:
    """The process of a workload, with other documents in its file."""
    own = written(settings, pod=pod, container=container, kind=kind)
    text = "\n---\n".join((own, *map(dedent, others)))
    return next(each for each in stations("Kubernetes", {"k8s/chat.yaml": text}) if not each.platform)


def test_a_workload_is_called_by_the_services_that_select_it() -> None:
    """In each of the ways that a cluster knows; a Service of other labels is none of them."""
    other = SERVICE.format(settings="").replace("app: chat", "app: feed").replace("name: chat", "name: feed")
    assert workload("", SERVICE.format(settings=""), other).names == {
        "chat",
        "chat.web",
        "chat.web.svc",
        "chat.web.svc.cluster.local",
    }
    assert workload().names == set()


def test_a_deployment_has_one_pod_30_seconds_and_a_rolling_update_by_default() -> None:
    """By the reference of its interface."""
    station = workload()
    assert fixed(station.facts) == {
        "topology.nodes": 1, "operations.termination_grace": "30s", "operations.rollout": "rolling"
    }  # fmt: skip
    assert fact(station, "topology.nodes").decided_by == "default of kubernetes"
    assert fact(station, "topology.nodes").line.text == "spec:"


def test_replicas_are_nodes() -> None:
    """On their line."""
    found = fact(workload("replicas: 3"), "topology.nodes")
    assert (found.value, found.line.text) == (3, "replicas: 3")


HPA = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: chat}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: {name}}}
  {bounds}
"""


@pytest.mark.parametrize(
    ("bounds", "nodes"),
    [
        ("{minReplicas: 2, maxReplicas: 10}", "2..10"),
        ("{maxReplicas: 10}", "1..10"),
        ("{minReplicas: 4, maxReplicas: 4}", 4),
        ("{minReplicas: 2}", None),
        ("{minReplicas: 2, maxReplicas: many}", None),
        ("{minReplicas: 2, maxReplicas: '${MOST}'}", None),
    ],
)
def test_an_autoscaler_bounds_the_nodes_whatever_the_replicas_are(bounds: str, nodes: object) -> None:
    """The number of the workload counts until it acts, and is told beside the bounds."""
    bounds = bounds.strip("{}").replace(", ", "\n  ")
    found = fact(workload("replicas: 1", HPA.format(name="chat", bounds=bounds)), "topology.nodes")
    assert found.value == nodes
    assert nodes is None or "over `replicas: 1`" in found.remark


def test_the_autoscaler_of_another_workload_bounds_nothing() -> None:
    """It is named."""
    found = workload("replicas: 1", HPA.format(name="feed", bounds="maxReplicas: 10"))
    assert fixed(found.facts)["topology.nodes"] == 1


@pytest.mark.parametrize(
    ("metrics", "measure"),
    [
        ("metrics: [{type: Resource, resource: {name: cpu}}]", "cpu"),
        ("metrics: [{type: Pods, pods: {metric: {name: open_connections}}}]", "open_connections"),
        (
            "metrics: [{resource: {name: cpu}}, {type: External, external: {metric: {name: lag}}}]",
            "cpu and lag",
        ),
        ("targetCPUUtilizationPercentage: 80", "cpu"),
        ("behavior: {}", "cpu"),
    ],
)
def test_an_autoscaler_says_what_it_measures(metrics: str, measure: str) -> None:
    """Without a measure that is the processor."""
    found = workload("", HPA.format(name="chat", bounds=f"maxReplicas: 3\n  {metrics}"))
    assert fixed(found.facts)["operations.autoscale_on"] == measure


@pytest.mark.parametrize(
    ("bounds", "nodes"),
    [("minReplicaCount: 2\n  maxReplicaCount: 20", "2..20"), ("pollingInterval: 30", "0..100")],
)
def test_keda_scales_by_its_triggers(bounds: str, nodes: str) -> None:
    """From 0 to 100 where it says nothing else, of a Deployment where it names no kind."""
    keda = f"""
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {{name: chat}}
spec:
  scaleTargetRef: {{name: chat}}
  {bounds}
  triggers: [{{type: prometheus}}, {{type: cpu}}]
"""
    facts = fixed(workload("", keda).facts)
    assert (facts["topology.nodes"], facts["operations.autoscale_on"]) == (nodes, "prometheus and cpu")


def test_the_grace_is_that_of_the_pod() -> None:
    """A probe may have a field of the same name, and does not count."""
    probe = """
        livenessProbe:
          httpGet: {path: /, port: 3000}
          timeoutSeconds: 3
          terminationGracePeriodSeconds: 5
    """
    found = workload(pod="terminationGracePeriodSeconds: 120", container=probe)
    assert fixed(found.facts)["operations.termination_grace"] == "2m"
    assert fixed(workload(container=probe).facts)["operations.termination_grace"] == "30s"


@pytest.mark.parametrize(
    ("stop", "delay"),
    [
        ("exec: {command: [sh, -c, 'sleep 15']}", "15s"),
        ("exec: {command: [/bin/sleep, '20']}", "20s"),
        ("sleep: {seconds: 10}", "10s"),
        ("exec: {command: [sh, -c, 'nginx -s quit; sleep 5 && true']}", "5s"),
        ("httpGet: {path: /drain, port: 3000}", None),
        ("exec: {command: [sh, -c, 'sleepless 15']}", None),
    ],
)
def test_a_sleep_before_the_stop_delays_it(stop: str, delay: str | None) -> None:
    """It is a part of the grace, in which the server still takes clients."""
    found = workload(container=f"lifecycle: {{preStop: {{{stop}}}}}")
    assert fixed(found.facts).get("operations.stop_delay") == delay


@pytest.mark.parametrize(
    ("kind", "settings", "rollout"),
    [
        ("Deployment", "strategy: {type: Recreate}", "all-at-once"),
        ("Deployment", "strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}", "rolling"),
        ("StatefulSet", "updateStrategy: {type: RollingUpdate}", "rolling"),
        ("StatefulSet", "updateStrategy: {type: OnDelete}", None),
        ("Rollout", "strategy: {blueGreen: {activeService: chat}}", "blue-green"),
        ("Rollout", "strategy: {canary: {steps: []}}", "rolling"),
    ],
)
def test_the_strategy_says_how_a_version_is_replaced(kind: str, settings: str, rollout: str | None) -> None:
    """As far as a spec has a word for it."""
    assert fixed(workload(settings, kind=kind).facts)["operations.rollout"] == rollout


@pytest.mark.parametrize(
    ("limit", "memory"),
    [
        ("512Mi", "512MiB"), ("1Gi", "1GiB"), ("500M", "500MB"), ("1.5Gi", "1536MiB"), ("2k", "2kB"),
        ("128m", None), ("lots", None), ("'134217728'", "128MiB"),
    ],
)  # fmt: skip
def test_the_limit_is_the_memory_of_a_node(limit: str, memory: str | None) -> None:
    """`M` is a million bytes, `Mi` 2^20, and `m` a thousandth of one, which nobody means."""
    request = f"resources: {{requests: {{memory: 1Mi}}, limits: {{memory: {limit}, cpu: 500m}}}}"
    assert fixed(workload(container=request).facts)["topology.node.memory"] == memory


def test_of_several_containers_the_one_with_the_port_of_the_service_counts() -> None:
    """A sidecar has limits of its own."""
    sidecar = "{name: exporter, ports: [{containerPort: 9100}], resources: {limits: {memory: 64Mi}}}"
    own = written(container="resources: {limits: {memory: 1Gi}}")
    text = own.replace("      containers:\n", f"      containers:\n        - {sidecar}\n")
    service = SERVICE.format(settings="")
    (station,) = stations("Kubernetes", {"k8s/chat.yaml": f"{text}---{service}"})
    assert fixed(station.facts)["topology.node.memory"] == "1GiB"


@pytest.mark.parametrize(
    ("settings", "value", "note"),
    [
        ("sessionAffinity: ClientIP", "address-hash", "at most 3h"),
        (
            "sessionAffinity: ClientIP\n  sessionAffinityConfig: {clientIP: {timeoutSeconds: 600}}",
            "address-hash",
            "at most 10m",
        ),
        ("sessionAffinity: ClientIP\n  type: NodePort", "address-hash", "externalTrafficPolicy"),
        ("sessionAffinity: None", None, ""),
    ],
)
def test_a_service_keeps_an_address_on_a_pod_for_a_while(settings: str, value: str | None, note: str) -> None:
    """Three hours, where it does not say how long."""
    station = workload("", SERVICE.format(settings=settings))
    assert fixed(station.facts).get("topology.affinity") == value
    assert value is None or note in fact(station, "topology.affinity").decided_by


def test_an_ingress_passes_the_affinity_of_a_service_by() -> None:
    """Its proxy balances over the pods."""
    ingress = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: chat, namespace: web}
spec: {ingressClassName: nginx, defaultBackend: {service: {name: chat, port: {number: 80}}}}
"""
    station = workload("", SERVICE.format(settings="sessionAffinity: ClientIP"), ingress)
    assert "topology.affinity" not in fixed(station.facts)


def test_the_affinity_of_a_pod_to_machines_is_not_that_of_clients() -> None:
    """They only share the word."""
    pod = "affinity: {podAntiAffinity: {}}"
    assert "topology.affinity" not in fixed(workload(pod=pod).facts)


def test_a_node_port_publishes_its_workload() -> None:
    """No balancer stands before it."""
    entrance = workload("", SERVICE.format(settings="type: NodePort")).entrance
    assert entrance is not None
    assert entrance.text == "type: NodePort"
    assert workload("", SERVICE.format(settings="type: ClusterIP")).entrance is None


@pytest.mark.parametrize(
    "volume",
    [
        "{name: conf, configMap: {name: proxy}}",
        "{name: conf, projected: {sources: [{configMap: {name: proxy}}]}}",
    ],
)
def test_a_mounted_config_map_configures_the_workload(volume: str) -> None:
    """By the ids of the files that it holds."""
    held = """
apiVersion: v1
kind: ConfigMap
metadata: {name: proxy}
data:
  mode: fast
  nginx.conf: |
    events {}
    http {}
"""
    assert workload("", held, pod=f"volumes: [{volume}]").paths == {"k8s/chat.yaml#nginx.conf"}
    assert workload("", held).paths == set()


def test_a_kustomization_makes_config_maps_of_files() -> None:
    """Which configure the workload that mounts them."""
    own = written(pod="volumes: [{name: conf, configMap: {name: proxy}}]")
    made = "configMapGenerator:\n- name: proxy\n  files: [./nginx.conf, site.conf=../shared/site.conf]\n"
    (station,) = stations("Kubernetes", {"k8s/chat.yaml": own, "k8s/kustomization.yaml": made})
    assert station.paths == {"k8s/nginx.conf", "shared/site.conf"}


BASE = written("replicas: 1")
PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: chat}}\nspec: {{replicas: {}}}\n"
OVERLAY = "resources: [../base/chat.yaml]\npatches: [{path: patch.yaml}]\n"


def test_a_patch_overrides_what_it_sets() -> None:
    """It is no workload of its own."""
    files = {
        "base/chat.yaml": BASE,
        "prod/patch.yaml": PATCH.format(6),
        "prod/kustomization.yaml": OVERLAY,
    }
    (station,) = stations("Kubernetes", files)
    found = fact(station, "topology.nodes")
    assert (found.value, found.line.file, found.is_sure) == (6, "prod/patch.yaml", True)
    assert "patch" in found.remark


def test_patches_that_differ_leave_a_field_open() -> None:
    """Each is of another environment."""
    files = {"base/chat.yaml": BASE, "prod/patch.yaml": PATCH.format(6), "test/patch.yaml": PATCH.format(2)}
    files |= {"prod/kustomization.yaml": OVERLAY, "test/kustomization.yaml": OVERLAY}
    (station,) = stations("Kubernetes", files)
    found = fact(station, "topology.nodes")
    assert found.is_open
    assert "6 in prod/patch.yaml, 2 in test/patch.yaml" in found.decided_by


def test_of_two_of_a_name_the_nearest_is_meant() -> None:
    """An autoscaler beside a workload is of that one."""
    scaler = HPA.format(name="chat", bounds="maxReplicas: 9")
    files = {"a/chat.yaml": BASE, "b/chat.yaml": BASE, "b/scaler.yaml": scaler}
    nodes = {each.line.file: fixed(each.facts)["topology.nodes"] for each in stations("Kubernetes", files)}
    assert nodes == {"a/chat.yaml": 1, "b/chat.yaml": "1..9"}


def test_a_service_of_another_variant_selects_nothing() -> None:
    """Where one of the same name lies nearer to the pods: each folder is a whole of its own."""
    named = SERVICE.format(settings="").replace("name: chat", "name: edge")
    other = BASE.replace("app: chat", "app: gate")
    files = {
        "one/chat.yaml": BASE,
        "one/edge.yaml": named,
        "two/chat.yaml": BASE,
        "two/gate.yaml": other,
        "two/edge.yaml": named.replace("{app: chat}", "{app: gate}"),
    }
    called = {each.line.file: "edge" in each.names for each in stations("Kubernetes", files)}
    assert called == {"one/chat.yaml": True, "two/chat.yaml": False, "two/gate.yaml": True}


def test_many_services_of_one_label_hide_none() -> None:
    """As those of variants do that lie side by side."""
    files = {f"{number}/edge.yaml": SERVICE.format(settings="") for number in range(30)}
    files |= {f"{number}/chat.yaml": BASE for number in range(30)}
    assert all("chat" in each.names for each in stations("Kubernetes", files))


def test_a_service_that_only_names_a_host_selects_nothing() -> None:
    """Whatever labels it has."""
    outside = SERVICE.format(settings="type: ExternalName").replace("name: chat", "name: out")
    assert workload("", SERVICE.format(settings=""), outside).names.isdisjoint({"out", "out.web"})


@pytest.mark.parametrize(
    ("image", "platform"),
    [
        ("registry.k8s.io/ingress-nginx/controller:v1.11.2", "ingress-nginx"),
        ("traefik:v3.1", "traefik"),
        ("docker.io/library/nginx:1.27", "nginx"),
        ("envoyproxy/envoy:v1.31.0", "envoy"),
    ],
)
def test_how_many_of_a_proxy_there_are_is_not_said_of_what_is_behind_it(image: str, platform: str) -> None:
    """It is a hop, and what replaces it and how long it takes is its own."""
    text = written("replicas: 4", image=image)
    (found,) = stations("Kubernetes", {"k8s/proxy.yaml": f"{text}\n---\n{SERVICE.format(settings='')}"})
    assert (found.platform, found.facts) == (platform, ())
    assert "chat" in found.names


@pytest.mark.parametrize(
    ("image", "field", "value"),
    [("centrifugo/centrifugo:v6", "service", "centrifugo"), ("emqx:5.8.6", "library", "emqx")],
)
def test_a_server_is_known_by_its_image(image: str, field: str, value: str) -> None:
    """With its line."""
    (found,) = stations("Kubernetes", {"k8s/chat.yaml": written(image=image)})
    server = fact(found, f"transport.{field}")
    assert str(server.value).partition("@")[0] == value
    assert server.line.text == f"image: {image}"


def test_what_joins_nodes_is_none_of_them() -> None:
    """A Redis is no process that clients reach."""
    (found,) = stations("Kubernetes", {"k8s/redis.yaml": written("replicas: 4", image="redis:7")})
    assert (found.platform, found.facts) == ("redis", ())


def test_a_controller_begins_no_way_of_its_own() -> None:
    """The resources that it serves do, wherever its port is published."""
    text = written(image="traefik")
    service = SERVICE.format(settings="type: NodePort")
    (found,) = stations("Kubernetes", {"k8s/proxy.yaml": f"{text}\n---\n{service}"})
    assert found.entrance is None
    assert [route.targets for route in found.routes] == [()]


def test_a_proxy_beside_a_program_leaves_it_one() -> None:
    """In one pod."""
    station = workload("replicas: 4", container="livenessProbe: {}")
    both = written("replicas: 4").replace("containers:", "containers:\n        - {name: front, image: nginx}")
    (found,) = stations("Kubernetes", {"k8s/chat.yaml": both})
    assert not found.platform
    assert fixed(found.facts)["topology.nodes"] == fixed(station.facts)["topology.nodes"] == 4


def test_every_value_is_one_that_a_spec_can_have() -> None:
    """From the top."""
    station = workload(
        "replicas: 3",
        HPA.format(name="chat", bounds="minReplicas: 2\n  maxReplicas: 10"),
        SERVICE.format(settings="sessionAffinity: ClientIP"),
        container="lifecycle: {preStop: {sleep: {seconds: 10}}}\nresources: {limits: {memory: 1Gi}}",
    )
    assert spec_of([station])
    assert len(station.facts) == 7


@pytest.mark.parametrize(
    ("variable", "processes"),
    [("{name: WEB_CONCURRENCY, value: '3'}", 3), ("{name: WORKERS, value: '${COUNT}'}", None),
     ("{name: WORKERS_LOG, value: '3'}", "absent")],
)  # fmt: skip
def test_a_variable_of_a_container_says_its_processes(variable: str, processes: object) -> None:
    """As far as the program reads it."""
    found = fixed(workload(container=f"env:\n- {variable}").facts)
    assert found.get("topology.node.processes", "absent") == processes
