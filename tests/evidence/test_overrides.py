"""What may set something else than what stands beside it: it is evaluated, or told as open with its place.

Each evasion is a change of a stranger that changes what runs and leaves the line that a design agrees with.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from conftest import RULEBOOK
from deployments import stations

from rtreview.project import project
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Deployed, Standing
from rtreview.text.sources import Source

POLICY = Policy(RULEBOOK)

DESIGN = """\
rtreview: 1
purpose: chat
deployed_as: {{paths: [../deploy], route: /ws}}
transport:
  kind: {kind}
  path: [{{name: {hop}, idle_timeout: 75s}}]
  heartbeat: {{interval: 25s, timeout: 20s, from: server}}
topology: {{nodes: {nodes}, node: {{memory: 512MiB}}}}
operations: {{termination_grace: 60s, rollout: rolling}}
"""

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: chat
  annotations:
    nginx.ingress.kubernetes.io/proxy-read-timeout: "75"
spec:
  ingressClassName: nginx
  rules:
    - http:
        paths:
          - path: /ws
            pathType: Prefix
            backend: {service: {name: chat, port: {number: 80}}}
"""
CHAT = """\
apiVersion: v1
kind: Service
metadata: {name: chat}
spec: {selector: {app: chat}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: chat}
spec:
  replicas: 2
  selector: {matchLabels: {app: chat}}
  template:
    metadata: {labels: {app: chat}}
    spec:
      terminationGracePeriodSeconds: 60
      containers:
        - name: chat
          image: ghcr.io/acme/chat:1
          resources: {limits: {memory: 512Mi}}
"""
CLUSTER = {"ingress.yaml": INGRESS, "chat.yaml": CHAT}

FIELDS = {"idle_timeout", "nodes", "memory", "termination_grace"}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of an empty repository, which is the working folder."""
    for folder in (".git", "docs", "deploy"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def all_said(
    files: dict[str, str], hop: str = "ingress-nginx", nodes: str = "2", kind: str = "websocket"
) -> list[Deployed]:
    """What a deployment of these files says of the design."""
    for name, text in files.items():
        file = Path("deploy", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text), "utf-8")
    spec = Path("docs/chat.rtreview.yaml")
    spec.write_text(DESIGN.format(hop=hop, nodes=nodes, kind=kind), "utf-8")
    review, *_ = project.review_source(Source(str(spec)), POLICY)
    return list(review.deployment)


def said(files: dict[str, str], hop: str = "ingress-nginx") -> dict[str, Deployed]:
    """The same, the gravest for each field, by its last name."""
    return {each.place.name.rpartition(".")[2]: each for each in reversed(all_said(files, hop))}


def agreeing(files: dict[str, str], hop: str = "ingress-nginx") -> set[str]:
    """The fields that agree."""
    return {name for name, each in said(files, hop).items() if each.standing is Standing.AGREES}


def is_open_at(found: Deployed, place: str) -> bool:
    """Whether it cannot be told, and the report names the place that decides."""
    return found.standing is Standing.OPEN and f"deploy/{place} may set something else" in found.decided_by


def test_the_cluster_agrees_as_it_is() -> None:
    """Else the rest would prove nothing."""
    assert agreeing(CLUSTER) >= FIELDS


KUSTOMIZED = "resources: [ingress.yaml, chat.yaml]\n"

CHANGES = {
    "an inline patch": (
        """
        patches:
          - patch: |-
              apiVersion: networking.k8s.io/v1
              kind: Ingress
              metadata:
                name: chat
                annotations:
                  nginx.ingress.kubernetes.io/proxy-read-timeout: "20"
        """,
        "idle_timeout",
        "20s",
        10,
    ),
    "an inline patch of JSON": (
        """
        patches:
          - target: {kind: Ingress, name: chat}
            patch: |-
              - op: replace
                path: /metadata/annotations/nginx.ingress.kubernetes.io~1proxy-read-timeout
                value: "20"
        """,
        "idle_timeout",
        "20s",
        8,
    ),
    "patchesJson6902": (
        """
        patchesJson6902:
          - target: {group: apps, version: v1, kind: Deployment, name: chat}
            patch: '[{"op": "replace", "path": "/spec/replicas", "value": 9}]'
        """,
        "nodes",
        "9",
        5,
    ),
    "replicas": ("replicas: [{name: chat, count: 9}]\n", "nodes", "9", 2),
    "commonAnnotations": (
        'commonAnnotations: {nginx.ingress.kubernetes.io/proxy-read-timeout: "20"}\n',
        "idle_timeout",
        "20s",
        2,
    ),
    "a patch of a container": (
        """
        patches:
          - patch: |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: chat}
              spec: {template: {spec: {containers: [{name: chat, resources: {limits: {memory: 64Mi}}}]}}}
        """,
        "memory",
        "64MiB",
        8,
    ),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_what_a_kustomization_changes_is_what_runs(change: str) -> None:
    """At the line that sets it."""
    patch, field, value, line = CHANGES[change]
    found = said({**CLUSTER, "kustomization.yaml": KUSTOMIZED + dedent(patch)})[field]
    assert (found.standing, found.runs) == (Standing.DISAGREES, value)
    assert (found.line.file, found.line.number) == ("deploy/kustomization.yaml", line)


def test_a_patch_that_looks_like_a_resource_is_one_where_a_kustomization_says_so() -> None:
    """It has a selector, and is no second Deployment."""
    patch = CHAT.partition("---\n")[2].replace("replicas: 2", "replicas: 9")
    files = {
        **CLUSTER,
        "kustomization.yaml": f"{KUSTOMIZED}patches: [{{path: more.yaml}}]",
        "more.yaml": patch,
    }
    assert (said(files)["nodes"].standing, said(files)["nodes"].runs) == (Standing.DISAGREES, "9")


COMPUTED = {
    "replacements": (
        """
        replacements:
          - source: {kind: ConfigMap, name: timeouts, fieldPath: data.read}
            targets:
              - select: {kind: Ingress}
                fieldPaths: ["metadata.annotations.[nginx.ingress.kubernetes.io/proxy-read-timeout]"]
        """,
        6,
    ),
    "replacements of a file that is not there": ("replacements: [{path: others.yaml}]\n", 2),
    "transformers": ("transformers: [others.yaml]\n", 2),
    "a patch that is not there": ("patches: [{path: others.yaml, target: {kind: Ingress}}]\n", 2),
    "a patch by a label": (
        """
        patches:
          - target: {kind: Ingress, labelSelector: a=b}
            patch: '[{"op": "replace", "path": "/metadata/annotations", "value": {}}]'
        """,
        4,
    ),
}


@pytest.mark.parametrize("computed", list(COMPUTED))
def test_what_a_kustomization_computes_is_open(computed: str) -> None:
    """With its line."""
    more, line = COMPUTED[computed]
    found = said({**CLUSTER, "kustomization.yaml": KUSTOMIZED + dedent(more)})["idle_timeout"]
    assert is_open_at(found, f"kustomization.yaml:{line}")


def test_what_a_kustomization_computes_for_something_else_is_no_matter() -> None:
    """A host of an Ingress, and what things are called."""
    more = """
        replacements:
          - source: {kind: ConfigMap, name: hosts, fieldPath: data.host}
            targets: [{select: {kind: Ingress}, fieldPaths: [spec.rules.0.host]}]
        transformers: [names.yaml]
        commonLabels: {team: chat}
        """
    names = "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\nprefix: a-\n"
    files = {**CLUSTER, "kustomization.yaml": KUSTOMIZED + dedent(more), "names.yaml": names}
    assert agreeing(files) >= FIELDS


@pytest.mark.parametrize("place", ["9" * 4301, "\u00b2", "\u0663", "x", "99"])
def test_a_place_in_a_list_that_is_none_ends_in_no_error(place: str) -> None:
    """However many digits it has, and of whichever script."""
    path = f"/spec/template/spec/containers/{place}/x"
    more = f"patches: [{{target: {{kind: Deployment}}, patch: '[{{op: add, path: {path}, value: 1}}]'}}]"
    assert agreeing({**CLUSTER, "kustomization.yaml": KUSTOMIZED + more}) >= FIELDS


def test_a_computed_value_goes_over_what_a_patch_has_put_in() -> None:
    """Which stands in the file of the patch."""
    patch = INGRESS.partition("spec:")[0]
    more = f"patches: [{{path: p.yaml}}]\n{dedent(COMPUTED['replacements'][0])}"
    files = {
        **CLUSTER,
        "kustomization.yaml": KUSTOMIZED + more,
        "p.yaml": patch,
        "ingress.yaml": INGRESS.replace('"75"', '"60"'),
    }
    assert is_open_at(said(files)["idle_timeout"], "kustomization.yaml:7")


def test_replacements_of_a_file_may_be_one_mapping() -> None:
    """As they may be a list."""
    found = said(
        {
            **CLUSTER,
            "kustomization.yaml": f"{KUSTOMIZED}replacements: [{{path: r.yaml}}]\n",
            "r.yaml": "source: {kind: ConfigMap, name: a}\n"
            "targets: [{select: {kind: Ingress}, fieldPaths: [metadata.annotations.a]}]\n",
        }
    )["idle_timeout"]
    assert is_open_at(found, "r.yaml:2")


@pytest.mark.parametrize("more", ["a: 1\n---\n\ufeff", "%TAG !k! tag:yaml.org,2002:\n---\n"])
def test_a_document_that_some_programs_read_and_others_do_not_may_set_anything(more: str) -> None:
    """A byte order mark in the middle of a file, and a tag of its own."""
    Path("deploy/more.yaml").write_text(f"{more}kind: HorizontalPodAutoscaler\n", "utf-8")
    assert is_open_at(said(CLUSTER)["nodes"], "more.yaml:1")
    assert not agreeing(CLUSTER) & FIELDS


@pytest.mark.parametrize("sign", ["\u0085", "\r", "\0"])
def test_a_file_that_some_programs_read_and_others_do_not_may_set_anything(sign: str) -> None:
    """With a sign that ends a line only for some of them."""
    Path("deploy/more.yaml").write_text(f"kind: HorizontalPodAutoscaler # {sign}x\n", "utf-8", newline="")
    assert is_open_at(said(CLUSTER)["nodes"], "more.yaml:1")
    assert not agreeing(CLUSTER) & FIELDS


def test_a_file_of_another_kind_that_cannot_be_read_takes_nothing() -> None:
    """A picture, or a list of what a cluster may hold."""
    Path("deploy/a.png").write_bytes(b"\x89PNG\r\0\r")
    Path("deploy/b.yaml").write_text("kind: CustomResourceDefinition\n" + "# x\n" * 300_000, "utf-8")
    Path("deploy/c.json").write_text('{"text": "a\u2028b"}', "utf-8")
    assert agreeing(CLUSTER) >= FIELDS


def test_a_merge_by_the_alias_of_a_key_sets_nothing_that_is_written() -> None:
    """Kubernetes runs the 9 that stand there."""
    chat = CHAT.replace("  replicas: 2", "  x: &k replicas\n  replicas: 9\n  <<: {*k : 2}")
    assert said({**CLUSTER, "chat.yaml": chat})["nodes"].standing is Standing.DISAGREES


SCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: chat}
spec: {scaleTargetRef: {kind: Deployment, name: chat}, minReplicas: 2, maxReplicas: 90}
"""
KIND = "kind: HorizontalPodAutoscaler"
NAME = '"apiVersion": "autoscaling/v2", "metadata": {"name": "chat"}, "spec": {"scaleTargetRef": '
REST = '{"kind": "Deployment", "name": "chat"}, "minReplicas": 2, "maxReplicas": 90}'
SPELT = {
    "in quotes": ("h.yaml", SCALER.replace(KIND, '"kind": HorizontalPodAutoscaler')),
    "on two lines": ("h.yaml", SCALER.replace("kind: H", "kind:\n  H")),
    "by an alias": ("h.yaml", "x: &k HorizontalPodAutoscaler\n" + SCALER.replace(KIND, "kind: *k")),
    "with a tag": ("h.yaml", SCALER.replace("kind: H", "kind: !!str H")),
    "as a complex key": ("h.yaml", SCALER.replace("kind: H", "? kind\n: H")),
    "by an escape": ("h.yaml", SCALER.replace(KIND, '"k\\u0069nd": "Horizontal\\x50odAutoscaler"')),
    "in one line": ("h.yaml", f'{{{NAME}{REST}, "kind": "HorizontalPodAutoscaler"}}'),
    "behind a beginning": ("h.yaml", f'--- {{{NAME}{REST}, "kind": HorizontalPodAutoscaler}}'),
    "in JSON": ("h.json", f'{{{NAME}{REST}, "kind": "HorizontalPodAutoscaler"}}'),
}


@pytest.mark.parametrize("spelt", list(SPELT))
def test_a_resource_is_one_however_its_kind_is_written(spelt: str) -> None:
    """And in JSON as well as in YAML."""
    name, text = SPELT[spelt]
    found = said({**CLUSTER, name: text})["nodes"]
    assert (found.standing, found.runs, found.line.file) == (Standing.DISAGREES, "2..90", f"deploy/{name}")


SHORT = 'metadata: {name: %s, annotations: {nginx.ingress.kubernetes.io/proxy-read-timeout: "20"}}'
UNKNOWN = {
    "a key that nobody knows": ("magic: [x]\n", {}),
    "a generator": ("generators: [g.yaml]\n", {"g.yaml": "kind: Magic\nmetadata: {name: a}\n"}),
    "a name that is a pattern": (
        "patches: [{target: {kind: Ingress, name: ch.t}, path: p.yaml}]\n",
        {"p.yaml": f"kind: Ingress\n{SHORT % 'x'}\n"},
    ),
    "a target by its group": (
        "patches: [{target: {group: networking.k8s.io}, path: p.yaml}]\n",
        {"p.yaml": f"kind: Ingress\n{SHORT % 'x'}\n"},
    ),
    "a patch that replaces all of it": (
        "patches: [{path: p.yaml}]\n",
        {"p.yaml": "kind: Ingress\nmetadata: {name: chat}\n$patch: replace\n"},
    ),
    "a patch that takes it away in one of several": (
        "",
        {
            "more/kustomization.yaml": "resources: [../ingress.yaml]\npatches: [{path: p.yaml}]\n",
            "more/p.yaml": "kind: Ingress\nmetadata: {name: chat}\n$patch: delete\n",
        },
    ),
    "a name with a prefix": (
        "namePrefix: a-\npatches: [{path: p.yaml}]\n",
        {"p.yaml": f"kind: Ingress\n{SHORT % 'a-chat'}\n"},
    ),
}


@pytest.mark.parametrize("unknown", list(UNKNOWN))
@pytest.mark.parametrize("name", ["kustomization.yaml", "Kustomization"])
def test_what_a_kustomization_does_that_is_not_known_is_open(unknown: str, name: str) -> None:
    """Whatever its file is called."""
    more, files = UNKNOWN[unknown]
    found = said({**CLUSTER, name: KUSTOMIZED + more, **files})["idle_timeout"]
    assert found.standing is Standing.OPEN
    assert "may set something else" in found.decided_by


def test_a_resource_that_a_patch_takes_away_is_not_there() -> None:
    """Where each kustomization that is deployed does so."""
    files = {
        **CLUSTER,
        "kustomization.yaml": f"{KUSTOMIZED}patches: [{{path: p.yaml}}]\n",
        "p.yaml": "kind: Ingress\nmetadata: {name: chat}\n$patch: delete\n",
    }
    assert "idle_timeout" not in agreeing(files)


def test_a_prefixed_name_of_replicas_is_open() -> None:
    """It may be that of the Deployment."""
    files = {
        **CLUSTER,
        "kustomization.yaml": f"{KUSTOMIZED}nameSuffix: -b\nreplicas: [{{name: chat-b, count: 9}}]",
    }
    assert said(files)["nodes"].standing is Standing.OPEN


def test_a_patch_that_is_a_list_has_several() -> None:
    """One for each resource."""
    patch = f"kind: List\nitems:\n- kind: Ingress\n  {SHORT % 'chat'}\n"
    files = {**CLUSTER, "kustomization.yaml": f"{KUSTOMIZED}patches: [{{path: p.yaml}}]", "p.yaml": patch}
    assert said(files)["idle_timeout"].runs == "20s"


def test_keys_of_a_kustomization_that_only_name_take_nothing() -> None:
    """Nor one that makes Secrets."""
    more = """
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        namespace: live
        nameSuffix: -b
        labels: [{pairs: {a: b}}]
        generatorOptions: {disableNameSuffixHash: true}
        generators: [g.yaml]
        configMapGenerator: [{name: others, literals: [a=b]}]
        helmCharts: [{name: redis, repo: "https://charts.example.com"}]
        """
    files = {**CLUSTER, "kustomization.yaml": KUSTOMIZED + dedent(more), "g.yaml": "kind: ksops\n"}
    assert agreeing(files) >= FIELDS


def test_a_patch_that_no_kustomization_names_is_open() -> None:
    """Somebody may apply it, and it makes nothing agree."""
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: chat}\nspec: {replicas: 2}\n"
    files = {
        "ingress.yaml": INGRESS,
        "chat.yaml": CHAT.replace("replicas: 2", "replicas: 9"),
        "p.yaml": patch,
    }
    assert is_open_at(said(files)["nodes"], "p.yaml:2")


def test_an_overlay_that_nobody_deploys_hides_no_other() -> None:
    """What runs by another one is told beside it."""
    files = {
        "base/ingress.yaml": INGRESS.replace('"75"', '"20"'),
        "base/chat.yaml": CHAT,
        "base/kustomization.yaml": KUSTOMIZED,
        "prod/kustomization.yaml": "resources: [../base]\n",
        "show/kustomization.yaml": "resources: [../base]\n"
        + 'commonAnnotations: {nginx.ingress.kubernetes.io/proxy-read-timeout: "75"}\n',
    }
    found = said(files)["idle_timeout"]
    assert found.standing is Standing.OPEN
    assert "kustomizations differ" in found.decided_by


def test_components_change_what_those_have_that_name_them() -> None:
    """They have no resources of their own."""
    files = {
        **CLUSTER,
        "kustomization.yaml": f"{KUSTOMIZED}components: [many]\n",
        "many/kustomization.yaml": "kind: Component\nreplicas: [{name: chat, count: 9}]\n",
    }
    assert said(files)["nodes"].runs == "9"


@pytest.mark.parametrize("behaviour", ["merge", "replace"])
def test_a_generator_goes_over_a_config_map_of_the_same_name(behaviour: str) -> None:
    """A proxy that mounts it may have either file."""
    conf = "server { listen 80; location /ws { proxy_pass http://chat;\n    proxy_read_timeout %s; } }"
    proxy = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: proxy}
        data:
          default.conf: |
            %s
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: proxy}
        spec: {type: LoadBalancer, selector: {app: proxy}, ports: [{port: 80}]}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: proxy}
        spec:
          selector: {matchLabels: {app: proxy}}
          template:
            metadata: {labels: {app: proxy}}
            spec:
              containers: [{name: proxy, image: "nginx:1"}]
              volumes: [{name: conf, configMap: {name: proxy}}]
        """
    files = {"chat.yaml": CHAT, "proxy.yaml": dedent(proxy) % (conf % "75s")}
    assert "idle_timeout" in agreeing(files, "nginx")
    files["default.conf"] = conf % "20s"
    files["kustomization.yaml"] = (
        "resources: [chat.yaml, proxy.yaml]\n"
        f"configMapGenerator: [{{name: proxy, behavior: {behaviour}, files: [default.conf]}}]\n"
    )
    assert "idle_timeout" not in agreeing(files, "nginx")


def test_of_a_key_that_is_written_twice_the_last_counts() -> None:
    """As to Kubernetes, and it is told, since others refuse the file."""
    again = INGRESS.replace("spec:\n", "spec:\n", 1).replace(
        '-timeout: "75"\n', '-timeout: "75"\n    nginx.ingress.kubernetes.io/proxy-read-timeout: "20"\n'
    )
    found = all_said({**CLUSTER, "ingress.yaml": again})
    idle = next(each for each in found if each.place.name.endswith("idle_timeout"))
    assert (idle.standing, idle.runs, idle.line.number) == (Standing.DISAGREES, "20s", 7)
    assert any(
        "line 7" in each.decided_by and "stands at line 6 already" in each.decided_by for each in found
    )


def test_of_a_block_that_is_written_twice_the_last_counts() -> None:
    """With all that stands in it."""
    again = INGRESS.replace(
        "spec:\n  ingress",
        'metadata:\n  name: chat\n  annotations: {nginx.ingress.kubernetes.io/proxy-read-timeout: "20"}\n'
        "spec:\n  ingress",
    )
    assert said({**CLUSTER, "ingress.yaml": again})["idle_timeout"].runs == "20s"


def test_a_second_workload_behind_one_service_is_told() -> None:
    """Each gets a share, so that neither says how many nodes there are, nor what the other is like."""
    second = (
        CHAT.partition("---\n")[2]
        .replace("name: chat}\nspec", "name: more}\nspec")
        .replace("Seconds: 60", "Seconds: 5")
    )
    found = said({**CLUSTER, "more.yaml": second})
    assert is_open_at(found["nodes"], "more.yaml:2")
    assert is_open_at(found["termination_grace"], "more.yaml:2")
    assert found["memory"].standing is Standing.AGREES


def test_two_scalers_of_one_workload_are_told() -> None:
    """They fight, and nobody knows who wins."""
    scaler = """
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: %s}
        spec:
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: chat}
          minReplicas: 2
          maxReplicas: %s
        """
    files = {**CLUSTER, "a.yaml": scaler % ("chat", 2), "b.yaml": scaler % ("more", 90)}
    assert is_open_at(said(files)["nodes"], "b.yaml:3")


CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: chat\nversion: 1.0.0\n",
    "chart/templates/ingress.yaml": INGRESS.replace('"75"', "{{ .Values.timeout | quote }}"),
    "chart/templates/chat.yaml": CHAT.replace("replicas: 2", "replicas: {{ .Values.replicas }}"),
    "chart/values.yaml": "timeout: 75\nreplicas: 2\n",
}


def test_each_file_of_values_is_an_answer_of_its_own() -> None:
    """One that differs from the design disagrees, at its line; the values of the chart agree beside it."""
    assert agreeing(CHART) >= FIELDS
    found = [
        each
        for each in all_said({**CHART, "chart/values-prod.yaml": "replicas: 2\ntimeout: 20\n"})
        if each.place.name.endswith("idle_timeout")
    ]
    assert [(each.standing, each.runs, each.line.file, each.line.number) for each in found] == [
        (Standing.DISAGREES, "20s", "deploy/chart/values-prod.yaml", 2),
        (Standing.AGREES, "75s", "deploy/chart/values.yaml", 1),
    ]


def test_values_of_the_work_on_a_program_and_examples_are_told_and_disagree_with_nothing() -> None:
    """Nobody deploys by them what the design is about."""
    files = {**CHART, "chart/values-dev.yaml": "timeout: 20\n", "examples/chart-values.yaml": "timeout: 30\n"}
    found = [each for each in all_said(files) if each.place.name.endswith("idle_timeout")]
    assert sorted((each.standing, each.runs) for each in found) == [
        (Standing.AGREES, "75s"),
        (Standing.OPEN, "20s"),
        (Standing.OPEN, "30s"),
    ]


@pytest.mark.parametrize(
    ("begin", "otherwise", "end"),
    [
        ('{{ if ne "a" "a" }}', "{{ else }}", "{{ end }}"),
        ("{% if false %}", "{% else %}", "{% endif %}"),
        ("{% if live %}", "{% else %}", "{% endif %}"),
    ],
)
@pytest.mark.parametrize("values", [("75", "20"), ("20", "75")])
def test_a_line_that_a_template_may_leave_out_makes_nothing_agree(
    begin: str, otherwise: str, end: str, values: tuple[str, str]
) -> None:
    """Whichever of the branches has what the design states."""
    first, second = (f'    nginx.ingress.kubernetes.io/proxy-read-timeout: "{each}"' for each in values)
    branches = "\n".join((begin, first, otherwise, second, end))
    text = INGRESS.replace('    nginx.ingress.kubernetes.io/proxy-read-timeout: "75"', branches)
    assert "idle_timeout" not in agreeing({**CLUSTER, "ingress.yaml": text})


@pytest.mark.parametrize("condition", ["false", ".Values.off", "not true", ".Values.unset | default false"])
def test_a_branch_that_does_not_hold_by_the_values_is_not_there(condition: str) -> None:
    """So that what stands in the other one is what runs."""
    line = '    nginx.ingress.kubernetes.io/proxy-read-timeout: "{}"'
    branches = "\n".join(
        (f"{{{{ if {condition} }}}}", line.format(75), "{{ else }}", line.format(20), "{{ end }}")
    )
    files = {**CHART, "chart/templates/ingress.yaml": INGRESS.replace(line.format(75), branches)}
    files["chart/values.yaml"] += "off: false\n"
    found = said(files)["idle_timeout"]
    assert (found.standing, found.runs) in ((Standing.DISAGREES, "20s"), (Standing.OPEN, "20s"))


def test_a_line_under_a_condition_that_holds_by_the_values_agrees() -> None:
    """As most charts have their Ingress."""
    text = CHART["chart/templates/ingress.yaml"]
    files = {**CHART, "chart/templates/ingress.yaml": f"{{{{- if .Values.on }}}}\n{text}{{{{- end }}}}\n"}
    files["chart/values.yaml"] += "on: true\n"
    assert agreeing(files) >= FIELDS


NGINX = """\
server {
    listen 443 ssl;
    location /ws {
        proxy_pass http://chat:3000;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        proxy_read_timeout 75s;
    }
}
"""
LEADS = {
    "a pattern that goes before": ("    location ~ ^/ws { return 502; }", "", 2),
    "an exact location": ("    location = /ws { root /srv; }", "", 2),
    "a longer location": ("    location /ws/ { root /srv; }", "", 2),
    "rewrite of the server": ("    rewrite ^/ws /other last;", "", 2),
    "rewrite that the server ends": ("    rewrite ^/ws /other break;", "", 2),
    "rewrite of the location": ("", "        rewrite ^ /other last;", 9),
    "rewrite in an if": ("    if ($http_upgrade) { rewrite ^ /other; }", "", 2),
    "a page of an error": (
        "    location @other { proxy_pass http://other:3000; }",
        "        error_page 418 = @other;",
        10,
    ),
    "an answer": ("", "        return 418;", 9),
    "files that are tried": ("", "        try_files /none /other;", 9),
    "Lua": ("", '        access_by_lua_file "lead.lua";', 9),
    "an include that is not there": ("", "        include extra.conf;", 9),
    "another method": ("", "        limit_except POST { proxy_pass http://other:3000; }", 9),
    "an if with another module": ("", "        if ($a) { fastcgi_pass other:3000; }", 9),
    "Lua in a variable": ("", "        set_by_lua $a 'ngx.req.set_uri(1)';", 9),
    "an answer of the server": ("    return 444;", "", 2),
}


@pytest.mark.parametrize("leads", list(LEADS))
def test_what_leads_messages_of_nginx_elsewhere_is_told(leads: str) -> None:
    """The location has what the design states, and they do not stay there."""
    of_server, of_location, line = LEADS[leads]
    lines = NGINX.splitlines()
    lines[8:8] = [of_location] if of_location else []
    lines[1:1] = [of_server] if of_server else []
    found = said({"nginx.conf": "\n".join(lines)}, "nginx")["idle_timeout"]
    assert is_open_at(found, f"nginx.conf:{line}")


def test_an_if_that_passes_on_is_a_way_of_its_location() -> None:
    """With what that says of it."""
    text = NGINX.replace("75s;\n", "75s;\n        if ($http_upgrade) { proxy_pass http://other:3000; }\n")
    assert "idle_timeout" not in agreeing({"nginx.conf": text}, "nginx")


HARMLESS = {
    "files of pages": "location ~* \\.(?:js|css|png)$ { expires 1y; }",
    "a redirect": "if ($scheme = http) { return 301 https://$host$request_uri; }",
    "a permanent rewrite": "rewrite ^/old/(.*)$ /new/$1 permanent;",
    "a rewrite of other paths": "rewrite ^/api/v1/(.*)$ /api/v2/$1 last;",
    "a page of an error that is a file": "error_page 502 /50x.html; location = /50x.html { root /srv; }",
    "another location": "location / { root /srv; try_files $uri /index.html; }",
    "hidden files": "location ~ /\\.ht { deny all; }",
    "files of nginx": "include mime.types;",
}


@pytest.mark.parametrize("harmless", list(HARMLESS))
def test_what_leads_no_message_elsewhere_takes_nothing(harmless: str) -> None:
    """As it stands in most configurations."""
    text = NGINX.replace("ssl;\n", f"ssl;\n    {HARMLESS[harmless]}\n")
    assert "idle_timeout" in agreeing({"nginx.conf": text}, "nginx")


def test_a_rewrite_that_stays_in_its_location_takes_nothing() -> None:
    """It changes what the server behind is asked for."""
    text = NGINX.replace("75s;\n", "75s;\n        rewrite ^/ws/(.*)$ /$1 break;\n")
    assert "idle_timeout" in agreeing({"nginx.conf": text}, "nginx")


@pytest.mark.parametrize("address", ["127.0.0.1:8081", "localhost:8081", "unix:/run/again.sock"])
def test_a_second_server_of_the_same_nginx_is_told(address: str) -> None:
    """Messages pass it once more, with what it sets."""
    port = address.removeprefix("unix:") if address.startswith("unix:") else "8081"
    listen = f"unix:{port}" if address.startswith("unix:") else port
    text = NGINX.replace("chat:3000", address) + (
        f"server {{\n    listen {listen};\n    location / {{\n        proxy_pass http://chat:3000;\n"
        "        proxy_set_header Upgrade $http_upgrade;\n        proxy_set_header Connection upgrade;\n"
        "        proxy_read_timeout 20s;\n    }\n}\n"
    )
    assert is_open_at(said({"nginx.conf": text}, "nginx")["idle_timeout"], "nginx.conf:11")


AGAIN = NGINX.replace("443 ssl", "8081").replace("/ws", "/").replace("75s", "20s")
ONCE_MORE = {
    "a variable that is set once": ("    set $b 127.0.0.1;", "http://$b:8081"),
    "a variable that is set twice": ("    set $b chat; if ($a) { set $b 127.0.0.1; }", "http://$b:8081"),
    "a variable of the whole": ("    set $b 127.0.0.1:8081;", "http://$b"),
    "a variable that nobody sets": ("", "http://$b"),
    "a name that no file has": ("", "http://nginx:8081"),
    "a number": ("", "http://2130706433:8081"),
    "all addresses": ("", "http://[::]:8081"),
    "in capitals": ("", "HTTP://LOCALHOST:8081"),
}


@pytest.mark.parametrize("again", list(ONCE_MORE))
def test_an_address_that_may_be_that_of_the_same_nginx_is_told(again: str) -> None:
    """Where the server there sets something else."""
    line, address = ONCE_MORE[again]
    text = NGINX.replace("http://chat:3000", address).replace("ssl;\n", f"ssl;\n{line}\n")
    found = said({"nginx.conf": text + AGAIN}, "nginx")["idle_timeout"]
    assert is_open_at(found, "nginx.conf:12")
    alike = AGAIN.replace("20s", "75s")
    if "127" not in line and "LOCAL" not in address and "::" not in address:
        assert "idle_timeout" in agreeing({"nginx.conf": text + alike}, "nginx")


def test_a_variable_of_a_map_may_lead_to_the_same_nginx() -> None:
    """By each of its values."""
    text = "map $http_upgrade $b { default chat:3000; websocket 127.0.0.1:8081; }\n" + NGINX
    text = text.replace("http://chat:3000", "http://$b")
    assert "idle_timeout" in agreeing({"nginx.conf": text}, "nginx")
    assert is_open_at(said({"nginx.conf": text + AGAIN}, "nginx")["idle_timeout"], "nginx.conf:12")


def test_a_name_that_a_file_has_is_not_that_of_nginx() -> None:
    """Whatever else listens at the same port; its own name leads back."""
    compose = """
        services:
          nginx:
            image: nginx:1
            ports: ["443:443"]
            volumes: ["./nginx.conf:/etc/nginx/conf.d/default.conf"]
          chat: {image: "ghcr.io/acme/chat:1"}
        """
    text = NGINX.replace("chat:3000", "chat:8081") + AGAIN
    assert "idle_timeout" in agreeing({"nginx.conf": text, "compose.yaml": compose}, "nginx")
    text = NGINX.replace("chat:3000", "nginx:443")
    assert "idle_timeout" not in agreeing({"nginx.conf": text, "compose.yaml": compose}, "nginx")


@pytest.mark.parametrize("address", ["127.0.0.1:8443", "web", "$name"])
def test_a_stream_before_the_server_of_nginx_is_told(address: str) -> None:
    """It ends a connection by a timeout of its own."""
    stream = (
        "stream {\n    upstream web { server 127.0.0.1:8443; }\n"
        f"    server {{ listen 443; proxy_timeout 20s; proxy_pass {address}; }}\n}}\n"
    )
    web = f"http {{\n{NGINX.replace('443 ssl', '8443 ssl')}}}\n"
    assert is_open_at(said({"nginx.conf": stream + web}, "nginx")["idle_timeout"], "nginx.conf:3")
    other = stream.replace(f"pass {address}", "pass db:5432")
    assert "idle_timeout" in agreeing({"nginx.conf": other + web}, "nginx")


@pytest.mark.parametrize(
    "name", ["/etc/nginx/blog.conf", "/etc/nginx/ssl/timeouts.conf", "ws_params", "ssl.conf", "logs/ws.conf"]
)
def test_a_file_that_is_not_there_is_harmless_by_no_part_of_its_name(name: str) -> None:
    """And none in a location that comes with no nginx."""
    text = NGINX.replace("75s;\n", f"75s;\n        include {name};\n")
    assert is_open_at(said({"nginx.conf": text}, "nginx")["idle_timeout"], "nginx.conf:9")


@pytest.mark.parametrize("name", ["ssl.conf", "snippets/ssl-params.conf", "proxy_params", "gzip.conf"])
def test_a_file_that_is_about_certificates_by_its_name_takes_nothing(name: str) -> None:
    """Outside of a location."""
    text = NGINX.replace("ssl;\n", f"ssl;\n    include {name};\n")
    assert "idle_timeout" in agreeing({"nginx.conf": text}, "nginx")


@pytest.mark.parametrize(
    ("begin", "otherwise", "end"),
    [
        ("{% if false %}", "{% else %}", "{% endif %}"),
        ("{{ if false }}", "{{ else }}", "{{ end }}"),
        ("{{#if no}}", "{{else}}", "{{/if}}"),
        ("<% if false %>", "<% else %>", "<% end %>"),
        ("%{ if false }", "%{ else }", "%{ endif }"),
    ],
)
@pytest.mark.parametrize("values", [("75", "20"), ("20", "75")])
def test_a_directive_that_a_template_may_leave_out_makes_nothing_agree(
    begin: str, otherwise: str, end: str, values: tuple[str, str]
) -> None:
    """In none of the languages, whichever branch has what the design states."""
    first, second = (f"        proxy_read_timeout {each}s;" for each in values)
    branches = "\n".join((begin, first, otherwise, second, end))
    text = NGINX.replace("        proxy_read_timeout 75s;", branches)
    assert "idle_timeout" not in agreeing({"nginx.conf.j2": text}, "nginx")


def test_braces_of_lua_hide_nothing() -> None:
    """Where its block ends is told by Lua alone, so that all of the file is in doubt."""
    lua = '    access_by_lua_block { local s = "}" -- }\n    }\n'
    text = NGINX.replace("    location /ws", f"{lua}    location /ws")
    found = said({"nginx.conf": text}, "nginx")
    assert not found.get("idle_timeout") or found["idle_timeout"].standing is not Standing.AGREES


HAPROXY = """\
defaults
    mode http
    timeout client 75s
    timeout server 75s
frontend web
    bind :443
    use_backend chat if { path_beg /ws }
    default_backend pages
backend chat
    timeout tunnel 75s
    server chat chat:3000
backend pages
    server pages pages:80
"""
LEADS_OF_HAPROXY = {
    "a timeout at run time": ("    http-request set-timeout tunnel 20s\n", 9, 10),
    "a timeout at run time of the frontend": ("    http-request set-timeout tunnel 20s\n", 6, 7),
    "another path": ("    http-request set-path /other if { path_beg /ws }\n", 6, 7),
    "Lua": ("    http-request lua.lead\n", 6, 7),
    "a rule for all": ("    use_backend pages if { always_true }\n", 6, 7),
    "a rule for all paths": ("    use_backend pages if { path_beg / }\n", 6, 7),
    "a rule without a condition": ("    use_backend pages\n", 6, 7),
    "a rule for a method": ("    use_backend pages if METH_GET\n", 6, 7),
    "a rule for all of HTTP": ("    use_backend pages if HTTP\n", 6, 7),
    "a rule by a pattern": ("    use_backend pages if { path_reg . }\n", 6, 7),
    "a rule for a shorter path": ("    use_backend pages if { path_beg -i /W }\n", 6, 7),
    "a rule for all other paths": ("    use_backend pages unless { path /none }\n", 6, 7),
    "a rule for one thing or all": ("    use_backend pages if { path /x } or TRUE\n", 6, 7),
    "a rule for what is not": ("    use_backend pages if !{ path_end x }\n", 6, 7),
    "a rule for any host": ("    use_backend pages if { hdr(host) -m found }\n", 6, 7),
    "a rule for most hosts": ("    use_backend pages if { hdr_end(host) com }\n", 6, 7),
    "a rule for a backend without servers": ("    use_backend pages if { nbsrv(none) lt 1 }\n", 6, 7),
    "a rule by what is not known": ("    use_backend pages if { src 0.0.0.0/0 }\n", 6, 7),
    "another address": ("    http-request set-dst ipv4(10.0.0.1)\n", 9, 10),
    "another port": ("    tcp-request content set-dst-port int(1)\n", 6, 7),
}
QUIET_OF_HAPROXY = {
    "another path": "use_backend pages if { path_beg /api /wsdl }",
    "another host": "use_backend pages if { hdr(host) -i pages.example.com }",
    "a method of no stream": "use_backend pages if METH_OPTIONS",
    "both together": "use_backend pages if { path_beg / } { hdr_end(host) .example.com }",
    "what never holds": "use_backend pages if { always_false }",
    "a backend that is down": "use_backend pages if { nbsrv(chat) lt 1 }",
    "headers": "http-request set-header X-Forwarded-Proto https",
    "a redirect": "http-request redirect scheme https unless { ssl_fc }",
    "a variable": "http-request set-var(txn.a) path",
    "a count": "http-request track-sc0 src",
    "a refusal": "tcp-request connection reject if { src -f no.lst }",
    "a delay": "tcp-request inspect-delay 5s",
}


@pytest.mark.parametrize("quiet", list(QUIET_OF_HAPROXY))
def test_what_leads_no_message_of_haproxy_elsewhere_takes_nothing(quiet: str) -> None:
    """As it stands before the rule in most configurations."""
    text = HAPROXY.replace("    use_backend", f"    {QUIET_OF_HAPROXY[quiet]}\n    use_backend", 1)
    assert "idle_timeout" in agreeing({"haproxy.cfg": text}, "haproxy")


def test_a_rule_for_upgrades_before_it_takes_a_web_socket() -> None:
    """Whatever its path."""
    text = HAPROXY.replace("    use", "    use_backend pages if { hdr(upgrade) -i websocket }\n    use", 1)
    text = text.replace("timeout server 75s", "timeout server 20s")
    assert "idle_timeout" not in agreeing({"haproxy.cfg": text}, "haproxy")


def test_a_rule_for_upgrades_is_a_way_beside_the_backend_by_default() -> None:
    """Which is for all else."""
    text = HAPROXY.replace("chat if { path_beg /ws }", "chat if { hdr(upgrade) -i websocket }")
    assert "idle_timeout" in agreeing({"haproxy.cfg": text}, "haproxy")


@pytest.mark.parametrize("leads", list(LEADS_OF_HAPROXY))
def test_what_overrules_a_backend_of_haproxy_is_told(leads: str) -> None:
    """A rule that is applied to each request."""
    line, above, number = LEADS_OF_HAPROXY[leads]
    assert "idle_timeout" in agreeing({"haproxy.cfg": HAPROXY}, "haproxy")
    lines = HAPROXY.splitlines(keepends=True)
    found = said({"haproxy.cfg": "".join((*lines[:above], line, *lines[above:]))}, "haproxy")
    assert is_open_at(found["idle_timeout"], f"haproxy.cfg:{number}")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:8081", "ipv4@127.0.0.1:8081", "haproxy:8081", "*:8081", "${HOSTNAME}:8081", "[::]:8081"],
)
def test_a_second_frontend_of_the_same_haproxy_is_told(address: str) -> None:
    """Messages pass it once more."""
    again = HAPROXY.replace("chat chat:3000", f"chat {address}") + (
        "frontend again\n    bind :8081\n    default_backend short\n"
        "backend short\n    timeout tunnel 20s\n    server chat chat:3000\n"
    )
    assert is_open_at(said({"haproxy.cfg": again}, "haproxy")["idle_timeout"], "haproxy.cfg:14")


@pytest.mark.parametrize(
    ("begin", "otherwise", "end"),
    [(".if false", ".else", ".endif"), ("{% if false %}", "{% else %}", "{% endif %}")],
)
@pytest.mark.parametrize("part", ["    timeout tunnel {}s\n", "backend chat\n    timeout tunnel {}s\n"])
@pytest.mark.parametrize("values", [(75, 20), (20, 75)])
def test_a_line_of_haproxy_that_a_condition_may_leave_out_makes_nothing_agree(
    begin: str, otherwise: str, end: str, part: str, values: tuple[int, int]
) -> None:
    """Be it a line or its whole section."""
    first, second = map(part.format, values)
    branches = f"{begin}\n{first}{otherwise}\n{second}{end}\n"
    text = HAPROXY.replace(part.format(75), branches)
    assert branches in text
    assert "idle_timeout" not in agreeing({"haproxy.cfg": text}, "haproxy")


TERRAFORM = """\
resource "aws_lb" "front" {
  idle_timeout = 75
}
resource "aws_lb_listener" "front" {
  load_balancer_arn = aws_lb.front.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.chat.arn
  }
}
resource "aws_lb_target_group" "chat" {
  port = 3000
}
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("override.tf", 'resource "aws_lb" "front" {\n  idle_timeout = 20\n}\n'),
        ("a_override.tf", 'resource "aws_lb" "front" {\n  idle_timeout = 20\n}\n'),
        ("override.tf.json", '{"resource": {"aws_lb": {"front":\n{"idle_timeout": 20}}}}\n'),
        ("b_override.tf.json", '{"resource": [{"aws_lb": {"front": [\n{"idle_timeout": 20}]}}]}\n'),
    ],
)
def test_an_override_of_terraform_is_what_runs(name: str, text: str) -> None:
    """It goes over each argument of a resource, whichever file is read first; JSON is as good as the rest."""
    assert "idle_timeout" in agreeing({"main.tf": TERRAFORM}, "aws-alb")
    found = said({"main.tf": TERRAFORM, name: text}, "aws-alb")["idle_timeout"]
    assert (found.standing, found.runs) == (Standing.DISAGREES, "20s")
    assert (found.line.file, found.line.number) == (f"deploy/{name}", 2)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("override.tf", 'variable "idle" {\n  default = 20\n}\n'),
        ("terraform.tfvars.json", '{"idle": 20}\n'),
        ("z.auto.tfvars.json", '{"idle": 20}\n'),
    ],
)
def test_a_variable_that_is_overridden_is_what_runs(name: str, text: str) -> None:
    """By another default, or by values in JSON."""
    main = TERRAFORM.replace("= 75", "= var.idle") + 'variable "idle" {\n  default = 75\n}\n'
    assert "idle_timeout" in agreeing({"main.tf": main}, "aws-alb")
    found = said({"main.tf": main, name: text}, "aws-alb")["idle_timeout"]
    assert found.runs == "20s"


def test_a_configuration_in_json_is_read_as_the_other() -> None:
    """With references in texts."""
    text = """
        {"resource": {
          "aws_lb": {"front": {"idle_timeout": "${var.idle}"}},
          "aws_lb_listener": {"front": {
            "load_balancer_arn": "${aws_lb.front.arn}",
            "default_action": [{"type": "forward", "target_group_arn": "${aws_lb_target_group.chat.arn}"}]
          }},
          "aws_lb_target_group": {"chat": {"port": 3000}}},
         "variable": {"idle": {"default": 75}}}
        """
    assert "idle_timeout" in agreeing({"main.tf.json": text}, "aws-alb")


SERVER = """\
const { Server } = require("socket.io");
const extra = require("./extra");
const PING = 25000;
const io = new Server(http, {
  pingInterval: 25000,
  pingTimeout: 20000,
});
io.on("connection", () => {});
"""
PACKAGE = '{"dependencies": {"socket.io": "4.7.0"}}'
RUN = """
    services:
      chat: {build: ., ports: ["80:3000"]}
    """
OVER = {
    "a spread behind it": ("  pingTimeout: 20000,\n", "  pingTimeout: 20000,\n  ...extra,\n", 7),
    "a key that is computed": ("  pingTimeout: 20000,\n", '  ["pingInterval"]: 5000,\n', 6),
    "an assignment later": ("io.on", "io.engine.opts.pingInterval = 5000;\nio.on", 8),
    "an assignment by a text": ("io.on", 'io.engine.opts["pingInterval"] = 5000;\nio.on', 8),
    "an assignment by a template": ("io.on", "io.engine.opts[`pingInterval`] = 5000;\nio.on", 8),
    "an assignment if it is set": ("io.on", "io.engine.opts.pingInterval &&= 5000;\nio.on", 8),
    "a count": ("io.on", "io.engine.opts.pingInterval--;\nio.on", 8),
    "a place in a list": ("io.on", "[io.engine.opts.pingInterval] = [5000];\nio.on", 8),
    "a place in an object": ("io.on", "({ a: io.engine.opts.pingInterval } = { a: 5000 });\nio.on", 8),
    "a loop": ("io.on", "for (io.engine.opts.pingInterval of [5000]) {}\nio.on", 8),
    "Object.assign": ("io.on", "Object.assign(io.engine.opts, { pingInterval: 5000 });\nio.on", 8),
    "Reflect.set": ("io.on", 'Reflect.set(o, "pingInterval", 5000);\nio.on', 8),
    "defineProperty": ("io.on", 'Object.defineProperty(o, "pingInterval", { value: 5 });\nio.on', 8),
    "another name": ("io.on", 'const o = io.engine.opts; o["ping" + "Interval"] = 5;\nio.on', 8),
    "its parts": ("io.on", "const { opts } = io.engine; opts[key] = 5000;\nio.on", 8),
    "a key that is a name": ("io.on", "io.engine.opts[K] = 5000;\nio.on", 8),
    "its name as a text": ("io.on", 'change(io["engine"]["op" + "ts"]);\nio.on', 8),
    "an escape in the code": ("io.on", "io.engine.opts.ping\\u0049nterval = 5000;\nio.on", 8),
    "an escape in a key": ("  pingTimeout: 20000,\n", '  "ping\\x49nterval": 5000,\n', 6),
    "an escape in a name": ("  pingTimeout: 20000,\n", "  ping\\u0049nterval: 5000,\n", 6),
    "options that come later": ("io.on", "io.attach(http, { pingInterval: 5000 });\nio.on", 8),
    "options where it listens": ("io.on", "io.listen(3000, { pingInterval: 5000 });\nio.on", 8),
    "options of a name": ("io.on", "io.attach(http, extra);\nio.on", 8),
    "a second one": ("io.on", "const real = new Server(http, extra);\nio.on", 8),
    "a class of another name": ("io.on", "const S = Server; new S(http, extra);\nio.on", 8),
    "a class upon it": ("io.on", "class S extends Server {}\nio.on", 8),
    "a module without a name": ("io.on", 'new (require("socket.io").Server)(http, extra);\nio.on', 8),
}


def of_program(text: str) -> dict[str, Deployed]:
    """What a program of Socket.IO says."""
    return said({"server.js": text, "package.json": PACKAGE, "compose.yaml": RUN}, "nginx")


@pytest.mark.parametrize("over", list(OVER))
def test_what_goes_over_an_option_of_a_program_is_told(over: str) -> None:
    """The literal stays as it is."""
    assert of_program(SERVER)["interval"].standing is Standing.AGREES
    old, new, line = OVER[over]
    found = of_program(SERVER.replace(old, new))["interval"]
    assert is_open_at(found, f"server.js:{line}")


@pytest.mark.parametrize("key", ["pingInterval", '"pingInterval"', "'pingInterval'"])
def test_of_an_option_that_is_given_twice_the_last_counts(key: str) -> None:
    """With quotes and without."""
    found = of_program(SERVER.replace("  pingTimeout", f"  {key}: 5000,\n  pingTimeout"))["interval"]
    assert (found.standing, found.runs, found.line.number) == (Standing.DISAGREES, "5s", 6)


@pytest.mark.parametrize("change", ["PING = 5000;", "PING -= 20000;", "PING++;", "--PING;", "PING >>= 3;"])
def test_a_constant_that_is_changed_is_none(change: str) -> None:
    """However that is written."""
    text = SERVER.replace("pingInterval: 25000", "pingInterval: PING").replace("const PING", "let PING")
    assert of_program(text)["interval"].standing is Standing.AGREES
    found = of_program(text.replace("const io", f"{change}\nconst io"))["interval"]
    assert found.standing is Standing.OPEN


@pytest.mark.parametrize(
    "line",
    [
        "this.pingInterval = setInterval(ping, 1000);",
        "socket.pingInterval = setInterval(ping, 1000);",
        "if (io.opts.pingInterval === 5000) log();",
        "const text = 'io.opts.pingInterval = 5000';",
        "// io.opts.pingInterval = 5000",
        "new Other({ ...extra });",
        "io.engine.on('connection_error', log);",
        "app.options('*', cors());",
        "class A { constructor(opts) { this.opts = opts; } }",
        "const found = [io.opts.pingInterval, 1];",
        "if (io.engine.opts.pingInterval > 5 && a) log();",
        "io.attach(http);",
        "http.listen(PORT, HOST, () => {});",
        "let other: Server;",
        "other[key] = 5000;",
        "io.attach(http, { pingInterval: 25000 });",
    ],
)
def test_what_only_looks_like_an_assignment_takes_nothing(line: str) -> None:
    """A timer, a comparison, a text, a comment, another object."""
    assert of_program(f"{SERVER}{line}\n")["interval"].standing is Standing.AGREES


OPTIONS = SERVER.replace("const io = new Server(http, {", "const opts = {").replace(
    "});\nio.on", "};\nconst io = new Server(http, opts);\nio.on"
)


@pytest.mark.parametrize(
    "line", ["Object.assign(opts, extra);", "opts[key] = 5000;", "const o = opts;", "change(opts);"]
)
def test_what_changes_the_object_of_options_is_told(line: str) -> None:
    """Before it is given, or later."""
    assert of_program(OPTIONS)["interval"].standing is Standing.AGREES
    found = of_program(OPTIONS.replace("const io", f"{line}\nconst io"))["interval"]
    assert is_open_at(found, "server.js:8")


@pytest.mark.parametrize(
    "line",
    [
        "console.log(opts);",
        "module.exports = opts;",
        "export { opts };",
        "if (opts.path) log();",
        "a = {...opts};",
    ],
)
def test_what_reads_the_object_of_options_takes_nothing(line: str) -> None:
    """Or hands it on."""
    assert of_program(f"{OPTIONS}{line}\n")["interval"].standing is Standing.AGREES


def test_a_spread_behind_an_object_goes_over_what_stands_in_it() -> None:
    """Which is another one then."""
    inner = "  connectionStateRecovery: { maxDisconnectionDuration: 9000 },\n  ...extra,\n"
    text = SERVER.replace("  pingTimeout: 20000,\n", inner)
    facts = stations("code", {"server.js": text})[0].facts
    found = {each.field[-1]: each for each in facts}
    assert found["retention"].is_overruled


@pytest.mark.parametrize("key", ["get pingInterval() { return 5000; }", "pingInterval() {}"])
def test_an_option_that_is_a_function_is_computed(key: str) -> None:
    """Also where a literal stands before it."""
    found = of_program(SERVER.replace("  pingTimeout", f"  {key},\n  pingTimeout"))["interval"]
    assert found.standing is Standing.OPEN


def test_a_name_alone_is_an_option_with_the_value_of_the_name() -> None:
    """As JavaScript has it."""
    text = SERVER.replace("  pingTimeout", "  pingInterval,\n  pingTimeout")
    found = of_program(text.replace("const PING", "const pingInterval = 5000;\nconst PING"))["interval"]
    assert (found.standing, found.runs) == (Standing.DISAGREES, "5s")
    assert of_program(text)["interval"].standing is Standing.OPEN


def test_a_spread_before_an_option_takes_nothing() -> None:
    """What stands behind it counts."""
    text = SERVER.replace("  pingInterval", "  ...extra,\n  pingInterval")
    assert of_program(text)["interval"].standing is Standing.AGREES


LEFT_OUT = {
    "a scaler": ("resources: [ingress.yaml, chat.yaml]\n", "nodes", {"h.yaml": SCALER.replace("90", "2")}),
    "an Ingress": ("resources: [chat.yaml]\n", "idle_timeout", {}),
    "a workload": ("resources: [ingress.yaml]\n", "termination_grace", {}),
    "a file of a folder below": (
        "resources: [ingress.yaml, chat.yaml, more/a.yaml]\n",
        "nodes",
        {"more/a.yaml": "kind: ConfigMap\n", "more/h.yaml": SCALER.replace("90", "2")},
    ),
}


@pytest.mark.parametrize("left", list(LEFT_OUT))
def test_a_resource_that_a_kustomization_does_not_name_is_open(left: str) -> None:
    """It lies among those that it names, and may be left out of what runs."""
    text, field, files = LEFT_OUT[left]
    found = said({**CLUSTER, "kustomization.yaml": text, **files})[field]
    assert is_open_at(found, "kustomization.yaml:1")


def test_a_resource_of_a_folder_that_no_kustomization_names_is_as_it_stands() -> None:
    """Somebody else deploys it."""
    files = {f"app/{name}": text for name, text in CLUSTER.items()}
    other = {"other/kustomization.yaml": "resources: [a.yaml]\n", "other/a.yaml": "kind: ConfigMap\n"}
    assert agreeing({**files, **other}) >= FIELDS


SHORTER = INGRESS.replace('"75"', '"20"')


@pytest.mark.parametrize("place", ["vendor/i.yaml", ".more/i.yaml", ".i.yaml", "dist/i.yaml"])
def test_what_a_kustomization_names_is_read_wherever_it_lies(place: str) -> None:
    """Also where nothing else is looked for; what it leaves out instead is open."""
    files = {**CLUSTER, "kustomization.yaml": f"resources: [{place}, chat.yaml]\n", place: SHORTER}
    assert "idle_timeout" not in agreeing(files)
    del files["ingress.yaml"]
    Path("deploy/ingress.yaml").unlink()
    assert said(files)["idle_timeout"].runs == "20s"


def test_a_folder_that_a_kustomization_names_is_read_wherever_it_lies() -> None:
    """With what is named there."""
    files = {
        "chat.yaml": CHAT,
        "kustomization.yaml": "resources: [vendor/web, chat.yaml]\n",
        "vendor/web/kustomization.yaml": "resources: [i.yaml]\n",
        "vendor/web/i.yaml": SHORTER,
    }
    assert said(files)["idle_timeout"].runs == "20s"


def test_a_file_that_a_kustomization_names_behind_a_link_may_set_anything() -> None:
    """It leads to where nothing is read."""
    Path("docs/h.yaml").write_text(SCALER, "utf-8")
    Path("deploy/h.yaml").symlink_to("../docs/h.yaml")
    files = {**CLUSTER, "kustomization.yaml": "resources: [ingress.yaml, chat.yaml, h.yaml]\n"}
    assert is_open_at(said(files)["nodes"], "h.yaml:1")


def test_a_file_that_is_not_there_takes_nothing() -> None:
    """Such as one with a secret, which nobody keeps."""
    text = "resources: [ingress.yaml, chat.yaml, secret.yaml, 'https://example.com/a.yaml']\n"
    assert agreeing({**CLUSTER, "kustomization.yaml": text}) >= FIELDS


OTHER_INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: other
  annotations:
    nginx.ingress.kubernetes.io/use-regex: "true"
    nginx.ingress.kubernetes.io/proxy-read-timeout: "20"
spec:
  ingressClassName: nginx
  rules:
    - http:
        paths:
          - path: PATTERN
            pathType: ImplementationSpecific
            backend: {service: {name: chat, port: {number: 80}}}
"""


@pytest.mark.parametrize("pattern", ["/ws.*", "/[w]s", "/(ws|other)", "/.{0,9}"])
def test_a_path_of_an_ingress_that_is_a_pattern_goes_before_a_shorter_one(pattern: str) -> None:
    """As ingress-nginx orders them, for all Ingresses of a host."""
    assert "idle_timeout" not in agreeing(
        {**CLUSTER, "other.yaml": OTHER_INGRESS.replace("PATTERN", pattern)}
    )


@pytest.mark.parametrize("pattern", ["/api(/|$)(.*)", "/x/(.*)"])
def test_a_pattern_of_other_paths_takes_nothing(pattern: str) -> None:
    """It begins otherwise."""
    assert "idle_timeout" in agreeing({**CLUSTER, "other.yaml": OTHER_INGRESS.replace("PATTERN", pattern)})


@pytest.mark.parametrize(
    ("key", "snippet"),
    [
        ("configuration-snippet", "proxy_read_timeout 20s;"),
        ("configuration-snippet", "rewrite ^ /other last;"),
        ("configuration-snippet", "access_by_lua_file lead.lua;"),
        ("server-snippet", "location ~ ^/ws { proxy_pass http://other; }"),
        ("server-snippet", "add_header A b; error_page 418 = /other;"),
        ("configuration-snippet", '"proxy_read_timeout" 20s;'),
        ("configuration-snippet", "if ($a) { 'proxy_read_timeout' 20s; }"),
        ("configuration-snippet", f"add_header A b;{' ' * 200}proxy_read_timeout 20s;"),
        ("configuration-snippet", 'set $proxy_upstream_name "other";'),
        ("configuration-snippet", "set_by_lua_block $x { ngx.req.set_uri('/other', true) }"),
        ("configuration-snippet", "if ($a) { set $b c; } return 307 https://other.example;"),
    ],
)
def test_a_snippet_of_an_ingress_is_told(key: str, snippet: str) -> None:
    """It goes over the annotations, or past them."""
    line = f"    nginx.ingress.kubernetes.io/{key}: |\n      {snippet}\n"
    text = INGRESS.replace("  annotations:\n", f"  annotations:\n{line}")
    assert is_open_at(said({**CLUSTER, "ingress.yaml": text})["idle_timeout"], "ingress.yaml:6")


def test_an_ingress_that_passes_tls_through_is_told() -> None:
    """Nothing of it holds then."""
    line = '    nginx.ingress.kubernetes.io/ssl-passthrough: "true"\n'
    text = INGRESS.replace("  annotations:\n", f"  annotations:\n{line}")
    assert is_open_at(said({**CLUSTER, "ingress.yaml": text})["idle_timeout"], "ingress.yaml:6")
    text = text.replace('"true"', '"false"')
    assert "idle_timeout" in agreeing({**CLUSTER, "ingress.yaml": text})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("permanent-redirect", "https://other.example"),
        ("temporal-redirect", "https://other.example"),
        ("canary", '"true"'),
        ("backend-protocol", "FCGI"),
    ],
)
def test_an_annotation_by_which_others_do_not_count_is_told(key: str, value: str) -> None:
    """The messages go elsewhere, or by another protocol."""
    line = f"    nginx.ingress.kubernetes.io/{key}: {value}\n"
    text = INGRESS.replace("  annotations:\n", f"  annotations:\n{line}")
    assert is_open_at(said({**CLUSTER, "ingress.yaml": text})["idle_timeout"], "ingress.yaml:6")


@pytest.mark.parametrize(("key", "value"), [("backend-protocol", "HTTPS"), ("canary", '"false"')])
def test_an_annotation_that_leads_nowhere_else_takes_nothing(key: str, value: str) -> None:
    """As it is by default."""
    line = f"    nginx.ingress.kubernetes.io/{key}: {value}\n"
    text = INGRESS.replace("  annotations:\n", f"  annotations:\n{line}")
    assert "idle_timeout" in agreeing({**CLUSTER, "ingress.yaml": text})


def agreed_with(*lines: str, more: str = "affinity: cookie", settings: str = "") -> set[str]:
    """The fields that agree of an Ingress with these annotations, and a ConfigMap of its controller."""
    named = "".join(f"    nginx.ingress.kubernetes.io/{line}\n" for line in lines)
    files = {**CLUSTER, "ingress.yaml": INGRESS.replace("  annotations:\n", f"  annotations:\n{named}")}
    if settings:
        named = "metadata: {name: ingress-nginx-controller}"
        files["map.yaml"] = f"apiVersion: v1\nkind: ConfigMap\n{named}\ndata: {{{settings}}}\n"
    kind = "sse" if "buffering" in more else "websocket"
    found = all_said(files, f"ingress-nginx, {more}", kind=kind)
    return {each.place.name.rpartition(".")[2] for each in found if each.standing is Standing.AGREES}


@pytest.mark.parametrize(
    "line",
    [
        "session-cookie-path: /other",
        "session-cookie-domain: other.example",
        'session-cookie-max-age: "1"',
        'session-cookie-expires: "1"',
        'service-upstream: "true"',
    ],
)
def test_a_cookie_that_keeps_nobody_is_told(line: str) -> None:
    """Although the affinity is one by a cookie."""
    assert "affinity" in agreed_with("affinity: cookie")
    assert "affinity" not in agreed_with("affinity: cookie", line)
    assert "idle_timeout" in agreed_with("affinity: cookie", line)


def test_a_controller_that_sends_to_services_keeps_nobody() -> None:
    """By its ConfigMap, for all Ingresses."""
    assert "affinity" not in agreed_with("affinity: cookie", settings='service-upstream: "true"')
    assert "affinity" in agreed_with("affinity: cookie", settings='service-upstream: "false"')


@pytest.mark.parametrize(
    "line",
    [
        "session-cookie-path: /",
        "session-cookie-path: /w",
        "session-cookie-name: route",
        'session-cookie-max-age: "172800"',
        "affinity-mode: persistent",
        'service-upstream: "false"',
    ],
)
def test_a_cookie_that_keeps_clients_does_so(line: str) -> None:
    """As most Ingresses have it."""
    assert "affinity" in agreed_with("affinity: cookie", line)


@pytest.mark.parametrize("directive", ["gzip on;", "proxy_cache static;", "sub_filter a b;", "brotli on;"])
def test_a_snippet_that_may_hold_a_response_back_is_told_of_buffering(directive: str) -> None:
    """And of nothing else."""
    off = 'proxy-buffering: "off"'
    snippet = f"configuration-snippet: {directive}"
    assert "buffering" in agreed_with(off, more="buffering: false")
    found = agreed_with(off, snippet, more="buffering: false")
    assert "buffering" not in found
    assert "idle_timeout" in found
    of_all = agreed_with(off, more="buffering: false", settings=f"http-snippet: {directive}")
    assert "buffering" not in of_all


def test_a_snippet_of_headers_takes_nothing() -> None:
    """And none that refuses or redirects."""
    snippet = 'more_set_headers "A: b"; if ($scheme = http) { return 301 https://$host$request_uri; }'
    line = f"    nginx.ingress.kubernetes.io/configuration-snippet: |\n      {snippet}\n"
    text = INGRESS.replace("  annotations:\n", f"  annotations:\n{line}")
    assert "idle_timeout" in agreeing({**CLUSTER, "ingress.yaml": text})


def test_a_rolling_update_that_ends_all_at_once_is_no_rolling_one() -> None:
    """Whatever it is called."""
    assert "rollout" not in said(CLUSTER) or said(CLUSTER)["rollout"].standing is not Standing.DISAGREES
    strategy = "spec:\n  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 100%}}\n  replicas"
    found = said({**CLUSTER, "chat.yaml": CHAT.replace("spec:\n  replicas", strategy)})["rollout"]
    assert (found.standing, found.runs) == (Standing.DISAGREES, "all-at-once")


def test_a_name_that_two_services_of_compose_have_is_told() -> None:
    """Each gets a share of what is sent there."""
    conf = NGINX.replace("chat:3000", "live:3000")
    compose = """
        services:
          proxy:
            image: nginx:1
            ports: ["443:443"]
            volumes: ["./nginx.conf:/etc/nginx/conf.d/default.conf"]
          chat:
            image: ghcr.io/acme/chat:1
            mem_limit: 512m
            networks: {inner: {aliases: [live]}}
        """
    more = """
          more:
            image: ghcr.io/acme/other:1
            mem_limit: 16m
            profiles: [more]
            networks: {inner: {aliases: [live]}}
        """
    alone = {"nginx.conf": conf, "compose.yaml": dedent(compose)}
    assert "memory" in agreeing(alone, "nginx")
    found = said({**alone, "compose.yaml": dedent(compose.rstrip() + more)}, "nginx")
    assert is_open_at(found["memory"], "compose.yaml:11")


COMPOSED = {
    "nginx.conf": NGINX,
    "compose.yaml": """\
services:
  proxy:
    image: nginx:1
    ports: ["443:443"]
    volumes: ["./nginx.conf:/etc/nginx/conf.d/default.conf"]
  chat:
    image: ghcr.io/acme/chat:1
    mem_limit: 512m
    stop_grace_period: 60s
    deploy: {replicas: 2}
""",
}
OF_CHAT = {"memory", "termination_grace", "nodes"}


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  chat:\n    mem_limit: !reset null\n",
        "services:\n  chat: {mem_limit: !reset null}\n",
        "services: !override\n  chat: {image: x, mem_limit: 512m, deploy: {replicas: 2}}\n",
    ],
)
def test_what_is_reset_in_a_file_over_another_is_told(text: str) -> None:
    """It takes away what stands in the other one."""
    assert agreeing(COMPOSED, "nginx") >= OF_CHAT
    assert not agreeing({**COMPOSED, "compose.override.yaml": text}, "nginx") & {"memory"}


def test_ports_that_are_reset_take_nothing() -> None:
    """As they are most often, so that nothing is published."""
    text = "services:\n  chat:\n    ports: !reset []  # !reset of all\n"
    assert agreeing({**COMPOSED, "compose.override.yaml": text}, "nginx") >= OF_CHAT


@pytest.mark.parametrize(
    "text",
    ["services:\n  chat:\n    mem_limit: 16m\n", "services:\n  chat: {mem_limit: 16m}\n"],
)
def test_a_part_of_compose_is_one_whatever_it_is_called(text: str) -> None:
    """`COMPOSE_FILE` or `-f` may name it."""
    found = said({**COMPOSED, "short.yml": text}, "nginx")["memory"]
    assert found.standing is Standing.OPEN
    assert "short.yml:" in found.decided_by


@pytest.mark.parametrize(("signal", "agrees"), [("SIGKILL", False), ("9", False), ("SIGINT", True)])
def test_a_signal_that_ends_a_process_at_once_leaves_it_no_grace(signal: str, agrees: bool) -> None:
    """Whatever `stop_grace_period` says."""
    text = COMPOSED["compose.yaml"].replace("    deploy", f"    stop_signal: {signal}\n    deploy")
    found = agreeing({**COMPOSED, "compose.yaml": text}, "nginx")
    assert ("termination_grace" in found) == agrees


POD = "metadata: {name: other, labels: {app: chat}}\nspec: {containers: [{name: a, image: b}]}\n"
SHARING = {
    "a DaemonSet": "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: other}\n"
    "spec: {template: {metadata: {labels: {app: chat}}}}\n",
    "a pod": f"apiVersion: v1\nkind: Pod\n{POD}",
    "addresses": "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
    "metadata: {name: a, labels: {kubernetes.io/service-name: chat}}\n",
}


@pytest.mark.parametrize("sharing", list(SHARING))
def test_what_else_a_service_leads_to_is_told(sharing: str) -> None:
    """It gets a share of the messages, and is not looked into; one with other labels gets none."""
    text = SHARING[sharing]
    found = said({**CLUSTER, "other.yaml": text})
    assert is_open_at(found["nodes"], "other.yaml:2")
    assert is_open_at(found["memory"], "other.yaml:2")
    other = text.replace("app: chat", "app: other").replace("service-name: chat", "service-name: other")
    assert agreeing({**CLUSTER, "other.yaml": other}) >= FIELDS


def test_a_pod_by_which_helm_tests_a_release_takes_nothing() -> None:
    """Each chart has one, with the labels of all."""
    text = SHARING["a pod"].replace("labels:", 'annotations: {"helm.sh/hook": test}, labels:')
    assert agreeing({**CHART, "chart/templates/tests/test.yaml": text}) >= FIELDS
    assert "nodes" not in agreeing({**CLUSTER, "test.yaml": text})


@pytest.mark.parametrize(
    ("limit", "rollout"),
    [("2", "all-at-once"), ("3", "all-at-once"), ("150%", "all-at-once"), ("1", "rolling")],
)
def test_a_rolling_update_of_as_many_as_there_are_ends_all_at_once(limit: str, rollout: str) -> None:
    """By a count as well as by a share."""
    strategy = f"spec:\n  strategy: {{rollingUpdate: {{maxUnavailable: {limit}}}}}\n  replicas"
    found = said({**CLUSTER, "chat.yaml": CHAT.replace("spec:\n  replicas", strategy)})["rollout"]
    assert found.runs == rollout


def test_a_limit_of_the_whole_pod_is_told() -> None:
    """It may be less than that of its container."""
    text = CHAT.replace("      containers:", "      resources: {limits: {memory: 16Mi}}\n      containers:")
    assert is_open_at(said({**CLUSTER, "chat.yaml": text})["memory"], "chat.yaml:16")


@pytest.mark.parametrize(
    ("count", "agrees"),
    [
        ("count = 0", False),
        ("count = 1", True),
        ("count = length(var.names)", False),
        ("count = var.on ? 1 : 0", True),
        ("count = !var.on ? 1 : 0", False),
        ("for_each = {}", False),
        ("for_each = toset([])", False),
    ],
)
def test_a_resource_of_which_there_may_be_none_makes_nothing_agree(count: str, agrees: bool) -> None:
    """By a number, or by what decides on it."""
    text = TERRAFORM.replace("  idle", f"  {count}\n  idle") + 'variable "on" {\n  default = true\n}\n'
    assert ("idle_timeout" in agreeing({"main.tf": text}, "aws-alb")) == agrees


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("terragrunt.hcl", "inputs = {\n  idle = 20\n}\n"),
        ("live/terragrunt.hcl", 'terraform {\n  source = "../deploy"\n}\ninputs = { idle = 20 }\n'),
        ("terragrunt.hcl", "inputs = merge(local.all, { idle = 20 })\n"),
    ],
)
def test_what_terragrunt_puts_into_a_variable_goes_over_its_default(name: str, text: str) -> None:
    """Or may do so."""
    main = TERRAFORM.replace("= 75", "= var.idle") + 'variable "idle" {\n  default = 75\n}\n'
    found = said({"main.tf": main, name: text}, "aws-alb")["idle_timeout"]
    assert found.standing is Standing.OPEN
    assert found.runs == "20s" or is_open_at(found, "terragrunt.hcl:1")


CADDY = """\
chat.example.com {
  reverse_proxy chat:3000 {
    stream_timeout 75s
    read_timeout 75s
  }
}
"""
SHORT_OF_CADDY = CADDY.replace("chat.example.com", ":8081").replace("75s", "20s")


def of_caddy(text: str) -> dict[str, object]:
    """What a Caddyfile fixes for its first route, by the field; None for what is open."""
    facts = stations("Caddy", {"Caddyfile": text})[0].routes[0]
    found = facts.overruled(facts.strangers).facts
    return {str(fact.field[-1]): fact.value for fact in found}


@pytest.mark.parametrize("address", ["localhost:8081", ":8081", "{$HOST}:8081", "caddy:8081"])
def test_a_second_site_of_the_same_caddy_is_told(address: str) -> None:
    """Messages pass it once more."""
    assert of_caddy(CADDY + SHORT_OF_CADDY)["idle_timeout"] == "75s"
    assert of_caddy(CADDY.replace("chat:3000", address) + SHORT_OF_CADDY)["idle_timeout"] is None


@pytest.mark.parametrize(
    "lines",
    [
        "read_timeout \\\n 20s\n    header_up \\\n    read_timeout 75s",
        "read_timeout 20s\n    header_up X <<E\n    read_timeout 75s\n    E",
        "import short",
    ],
)
def test_lines_of_caddy_that_go_on_hide_nothing(lines: str) -> None:
    """Nor a text of several, nor a snippet."""
    snippet = "(short) {\n  read_timeout 20s\n}\n"
    text = CADDY.replace("read_timeout 75s", lines)
    assert of_caddy(text + snippet)["idle_timeout"] == "20s"


def test_a_part_of_caddy_that_is_not_there_is_told() -> None:
    """It may set anything where it is put in; beside the sites it has others of them."""
    text = CADDY.replace("read_timeout 75s", "read_timeout 75s\n    import other")
    assert of_caddy(text)["idle_timeout"] is None
    assert of_caddy(f"import sites/*\n{CADDY}")["idle_timeout"] == "75s"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compose.yaml", COMPOSED["compose.yaml"].replace("./nginx.conf:", "./short.txt:")),
        ("Dockerfile", "FROM nginx:1\nCOPY short.cfg /etc/nginx/nginx.conf\n"),
    ],
)
def test_a_configuration_that_is_mounted_under_another_name_is_told(name: str, text: str) -> None:
    """Beside one that is called as it should be."""
    short = {f"short.{end}": NGINX.replace("75s", "20s") for end in ("txt", "cfg")}
    assert "idle_timeout" in agreeing({"nginx.conf": NGINX, **short}, "nginx")
    found = said({"nginx.conf": NGINX, **short, name: text}, "nginx")["idle_timeout"]
    assert found.standing is Standing.OPEN
    assert f"deploy/{name}:" in found.decided_by
