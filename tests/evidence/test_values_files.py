"""Files of values that a chart of Helm may be installed with: what they set, and what they would override."""

from __future__ import annotations

import pytest
from deployments import fact, fixed, stations

from rtreview.evidence.deployment import Fact

DEPLOYMENT = """
apiVersion: v1
kind: Service
metadata: {name: "{{ .Values.names.chat }}"}
spec:
  selector: {app: chat}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: chat}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: chat}}
  template:
    metadata: {labels: {app: chat}}
    spec:
      terminationGracePeriodSeconds: {{ .Values.pod.grace }}
"""
OWN = "replicas: 3\n"


def chart(files: dict[str, str], own: str = OWN) -> dict[str, str]:
    """A chart in a folder of charts, with other files."""
    return {
        "charts/chat/Chart.yaml": "name: chat",
        "charts/chat/values.yaml": own,
        "charts/chat/templates/chat.yaml": DEPLOYMENT,
        **files,
    }


def found(field: str, files: dict[str, str], own: str = OWN) -> Fact:
    """What is said of a field of the only process."""
    (station,) = stations("Kubernetes", chart(files, own))
    return fact(station, field)


def test_values_that_a_chart_may_be_installed_with_are_told() -> None:
    """Beside what its own say."""
    nodes = found("topology.nodes", {"charts/chat/values-prod.yaml": "replicas: 8"})
    assert (nodes.value, nodes.line.file) == (3, "charts/chat/values.yaml")
    assert nodes.decided_by == "values.yaml, unless overridden; values-prod.yaml has 8"


def test_what_only_such_a_file_sets_counts() -> None:
    """With its name."""
    grace = found("operations.termination_grace", {"charts/chat/values-prod.yaml": "pod: {grace: 90}"})
    assert (grace.value, grace.line.file) == ("90s", "charts/chat/values-prod.yaml")
    assert grace.decided_by == "values-prod.yaml, unless overridden"


def test_files_that_differ_leave_a_value_open() -> None:
    """Where the chart itself sets none."""
    files = {f"charts/chat/values-{name}.yaml": f"pod: {{grace: {name[-2:]}}}" for name in ("a10", "b20")}
    grace = found("operations.termination_grace", files)
    assert grace.is_open
    assert grace.decided_by == "files of values differ: 10 in values-a10.yaml, 20 in values-b20.yaml"


@pytest.mark.parametrize(
    "name", ["values-prod.yaml", "prod-values.yaml", "values.prod.yml", "prod.values.yaml"]
)
def test_a_file_is_known_by_its_name(name: str) -> None:
    """As people call such files."""
    assert found("topology.nodes", {f"charts/chat/{name}": "replicas: 8"}).decided_by.endswith("has 8")


def test_a_file_that_is_called_after_the_chart_sets_nothing_by_itself() -> None:
    """It lies anywhere, and may be an example; that it differs is told."""
    files = {"docs/examples/chat.values.yaml": "replicas: 8\npod: {grace: 90}"}
    assert found("topology.nodes", files).decided_by.endswith("chat.values.yaml has 8")
    assert found("operations.termination_grace", files).is_open


def test_a_file_beside_several_charts_is_of_all_of_them() -> None:
    """Such as one with the names of all Services."""
    files = {"charts/names.yaml": "names: {chat: talk}", "charts/feed/Chart.yaml": "name: feed"}
    (station,) = stations("Kubernetes", chart(files))
    assert station.names == {"talk"}


@pytest.mark.parametrize(
    ("name", "text", "others"),
    [
        ("charts/names.yaml", "names: {chat: talk}", {}),
        ("charts/names.yaml", "kind: Names\nnames: {chat: talk}", {"charts/feed/Chart.yaml": "name: feed"}),
        ("names.yaml", "names: {chat: talk}", {"charts/feed/Chart.yaml": "name: feed"}),
    ],
)
def test_other_files_set_no_values(name: str, text: str, others: dict[str, str]) -> None:
    """Beside one chart alone, a resource, or farther away."""
    (station,) = stations("Kubernetes", chart({name: text, **others}))
    assert "talk" not in station.names


def test_a_single_key_of_a_file_beside_charts_is_chance() -> None:
    """`replicas` may mean anything there."""
    files = {"charts/any.yaml": "replicas: 8", "charts/feed/Chart.yaml": "name: feed"}
    assert found("topology.nodes", files, "{}").is_open


def test_what_another_file_switches_on_is_not_off() -> None:
    """It is told with what decides."""
    own = f"{OWN}enabled: false"
    files = {"charts/chat/templates/chat.yaml": f"{{{{- if .Values.enabled }}}}{DEPLOYMENT}{{{{- end }}}}"}
    assert stations("Kubernetes", chart(files, own)) == []
    nodes = found("topology.nodes", {**files, "charts/chat/values-prod.yaml": "enabled: true"}, own)
    assert (nodes.value, "a condition decides: .Values.enabled" in nodes.decided_by) == (3, True)


def test_a_parent_may_be_installed_with_values_of_its_charts() -> None:
    """Below their names."""
    files = {
        "app/Chart.yaml": "name: app",
        "app/values-prod.yaml": "chat: {replicas: 8}",
        "app/charts/chat/Chart.yaml": "name: chat",
        "app/charts/chat/values.yaml": OWN,
        "app/charts/chat/templates/chat.yaml": DEPLOYMENT,
    }
    (station,) = stations("Kubernetes", files)
    assert fact(station, "topology.nodes").decided_by.endswith("values-prod.yaml has 8")


NAMED = """
{{- define "chat.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 }}
{{- else }}
{{- printf "%s-chat" .Release.Name }}
{{- end }}
{{- end }}
"""
CALLED = DEPLOYMENT.replace("{{ .Values.names.chat }}", "{{ include `chat.fullname` . }}")
"""Its Service has that name."""


def test_the_values_may_set_the_name_of_a_chart() -> None:
    """Others then know it by that name."""
    files = {"charts/chat/templates/chat.yaml": CALLED, "charts/chat/templates/_names.tpl": NAMED}
    (station,) = stations("Kubernetes", chart(files, f"{OWN}fullnameOverride: talk"))
    assert station.names == {"talk"}
    (station,) = stations("Kubernetes", chart(files, f'{OWN}fullnameOverride: ""'))
    assert "talk" not in station.names


def test_a_chart_of_a_parent_is_called_after_both() -> None:
    """Where the parent is installed under its own name, as an Ingress of it takes for granted."""
    ingress = "kind: Ingress\nspec: {ingressClassName: gce, defaultBackend: {service: {name: app-chat}}}"
    files = {
        "app/Chart.yaml": "name: app",
        "app/templates/ingress.yaml": ingress,
        "app/charts/chat/Chart.yaml": "name: chat",
        "app/charts/chat/templates/chat.yaml": CALLED,
        "app/charts/chat/templates/_names.tpl": NAMED,
    }
    hop, process = stations("Kubernetes", files)
    assert hop.routes[0].targets == ("app-chat",)
    assert "app-chat" in process.names
    # The Service is found, so what it does not say is a default.
    assert fixed(hop.routes[0].facts) == {"max_lifetime": "30s"}


def test_a_name_that_is_joined_is_the_one_that_is_written_out() -> None:
    """`printf` and a text with an action in it are two ways to write one."""
    volume = "{name: c, configMap: {name: '{{ $proxy }}'}}"
    begun = '{{- $proxy := printf "%s-%s" "proxy" (include "chat.fullname" .) -}}'
    text = f"{begun}{DEPLOYMENT.rstrip()}\n      volumes: [{volume}]\n"
    held = """
apiVersion: v1
kind: ConfigMap
metadata: {name: 'proxy-{{ include "chat.fullname" . }}'}
data:
{{ (.Files.Glob "proxy/nginx.conf").AsConfig | indent 2 }}
"""
    files = {"charts/chat/templates/chat.yaml": text, "charts/chat/templates/held.yaml": held}
    (station,) = stations("Kubernetes", chart(files))
    assert station.paths == {"charts/chat/proxy/nginx.conf"}
    assert fixed(station.facts)["topology.nodes"] == 3


GIVEN = """
chat:
  replicas: 4
  image: {repository: example.org/centrifugo, tag: v6}
  resources: {limits: {memory: 1Gi}}
redis: {replicas: 3}
own: {replicas: 2}
"""


def test_what_is_set_for_a_chart_of_others_is_told() -> None:
    """It is called as it is here; what is no server of streams is left out."""
    files = {
        "app/Chart.yaml": "dependencies: [{name: server, alias: chat}, {name: redis}, {name: own}]",
        "app/values.yaml": GIVEN,
        "app/values-prod.yaml": "chat: {replicas: 8}",
        "app/charts/own/Chart.yaml": "name: own",
    }
    (station,) = stations("Kubernetes", files)
    assert station.names == {"chat"}
    assert fixed(station.facts) == {
        "transport.service": "centrifugo",
        "topology.nodes": 4,
        "topology.node.memory": "1GiB",
    }
    nodes = fact(station, "topology.nodes")
    assert nodes.line.number == 2
    assert nodes.decided_by == "values.yaml, unless overridden; values-prod.yaml has 8"


@pytest.mark.parametrize("values", ["chat: {image: {}}", "chat: {enabled: false, replicas: 3}", "{}", "7"])
def test_a_chart_of_others_has_no_defaults_here(values: str) -> None:
    """Nor says it anything where it is switched off."""
    files = {"app/Chart.yaml": "dependencies: [{name: chat}, 7, {}]", "app/values.yaml": values}
    assert stations("Kubernetes", files) == []
