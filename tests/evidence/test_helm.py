"""What the templates of a Helm chart fix: literals where they stand, values where values.yaml has them."""

from __future__ import annotations

import time

import pytest
from deployments import fact, file, fixed, nested, stations
from hypothesis import given
from hypothesis import strategies as st

from rtreview.evidence.deployment import File, Station
from rtreview.evidence.readers import kubernetes

HELPERS = """
{{- define "chat.fullname" -}}
{{- printf "%s-chat" .Release.Name | trunc 63 -}}
{{- end -}}
{{- define "chat.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
{{- end }}
{{- define "chat.labels" -}}
{{ include "chat.selectorLabels" . }}
helm.sh/chart: chat
{{- end }}
"""
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "chat.fullname" . }}
  labels:
    {{- include "chat.labels" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicaCount }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "chat.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "chat.labels" . | nindent 8 }}
    spec:
      terminationGracePeriodSeconds: {{ .Values.grace | default 45 }}
      containers:
        - name: {{ .Chart.Name }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata:
  name: {{ template "chat.fullname" . }}
spec:
  type: {{ .Values.service.type }}
  selector:
    {{- include "chat.selectorLabels" . | nindent 4 }}
"""
HPA = """
{{- if .Values.autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "chat.fullname" . }}
spec:
  scaleTargetRef:
    kind: Deployment
    name: {{ include "chat.fullname" . }}
  minReplicas: {{ .Values.autoscaling.minReplicas }}
  maxReplicas: {{ .Values.autoscaling.maxReplicas }}
{{- end }}
"""
INGRESS = """
{{- if .Values.ingress.enabled -}}
{{- $fullName := include "chat.fullname" . -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ $fullName }}
  {{- with .Values.ingress.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if .Values.ingress.className }}
  ingressClassName: {{ .Values.ingress.className }}
  {{- end }}
  rules:
    {{- range .Values.ingress.hosts }}
    - host: {{ .host | quote }}
      http:
        paths:
          {{- range .paths }}
          - path: {{ .path }}
            pathType: {{ .pathType }}
            backend:
              service:
                name: {{ $fullName }}
                port:
                  number: {{ $.Values.service.port }}
          {{- end }}
    {{- end }}
{{- end }}
"""
VALUES = """
replicaCount: 3
image: {repository: example.org/chat}
service: {type: ClusterIP, port: 80}
resources:
  limits:
    memory: 256Mi
autoscaling:
  enabled: false
  minReplicas: 2
  maxReplicas: 8
ingress:
  enabled: true
  className: nginx
  annotations:
    nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"
  hosts:
    - host: chat.example.org
      paths:
        - {path: /ws, pathType: Prefix}
        - {path: /api, pathType: Prefix}
"""


ANNOTATED = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
{annotations}
spec: {{ingressClassName: nginx}}
"""


def annotated(annotations: str) -> str:
    """A template of an Ingress with annotations."""
    return ANNOTATED.format(annotations=nested(annotations, 4))


def chart(values: str = VALUES, **templates: str) -> list[Station]:
    """What a chart describes; templates replace those above."""
    written = {"deployment": DEPLOYMENT, "service": SERVICE, "hpa": HPA, "ingress": INGRESS} | templates
    files = {f"deploy/chat/templates/{name}.yaml": text for name, text in written.items()}
    files |= {
        "deploy/chat/Chart.yaml": "name: chat\nversion: 0.1.0",
        "deploy/chat/values.yaml": values,
        "deploy/chat/templates/_helpers.tpl": HELPERS,
    }
    return stations("Kubernetes", files)


def process(found: list[Station]) -> Station:
    """The only one that is no hop."""
    (station,) = (each for each in found if not each.platform)
    return station


def hop(found: list[Station]) -> Station:
    """The first one."""
    return next(each for each in found if each.platform)


def ingress(text: str, values: str = VALUES) -> Station:
    """The hop of another template of an Ingress."""
    return hop(chart(values, ingress=text))


def test_a_value_has_its_line_in_the_file_of_values() -> None:
    """And may be overridden when the chart is installed."""
    found = fact(process(chart()), "topology.nodes")
    assert (found.value, found.line.file, found.line.text) == (
        3,
        "deploy/chat/values.yaml",
        "replicaCount: 3",
    )
    assert "values.yaml, unless overridden" in found.decided_by


def test_a_default_in_the_template_counts_where_the_value_is_not_set() -> None:
    """It stands there."""
    found = fact(process(chart()), "operations.termination_grace")
    assert (found.value, found.line.file) == ("45s", "deploy/chat/templates/deployment.yaml")
    assert found.line.text == "terminationGracePeriodSeconds: {{ .Values.grace | default 45 }}"
    assert fixed(process(chart(f"{VALUES}\ngrace: 90")).facts)["operations.termination_grace"] == "90s"


def test_a_block_of_values_is_read_where_it_stands() -> None:
    """Such as resources and annotations."""
    memory = fact(process(chart()), "topology.node.memory")
    assert (memory.value, memory.line.text) == ("256MiB", "memory: 256Mi")
    found = fact(hop(chart()), "idle_timeout")
    assert (found.value, found.line.file) == ("1h", "deploy/chat/values.yaml")
    assert found.line.text == 'nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"'


def test_names_that_are_computed_lead_to_each_other_in_their_chart() -> None:
    """By the expression that they are; those of another chart are others."""
    found = chart()
    targets = {name for route in hop(found).routes for name in route.targets}
    assert len(targets) == 1
    assert targets <= process(found).names


LISTED = """
{{- define "app.labels" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "app.partLabels" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- include "app.labels" $root }}
app.kubernetes.io/component: {{ $part }}
{{- end }}
{{- define "app.keyedLabels" -}}
{{ include "app.labels" .root }}
app.kubernetes.io/component: {{ .part }}
{{- end }}
{{- define "app.computedLabels" -}}
{{ toYaml . }}
{{- end }}
"""
PART = """
{{{{- $part := "{name}" -}}}}
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec:
  ports: [{{port: 80}}]
  selector:
    {{{{- include {call} | nindent 4 }}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      {{{{- include {call} | nindent 6 }}}}
  template:
    metadata:
      labels:
        {labels}
    spec: {{}}
"""


@pytest.mark.parametrize(
    "call",
    [
        '"app.partLabels" (list . $part)',
        '"app.partLabels" (list $ "NAME")',
        '"app.keyedLabels" (dict "root" . "part" "NAME")',
        '"app.computedLabels" (dict "part" $part)',
    ],
)
def test_a_helper_that_is_given_another_name_writes_other_labels(call: str) -> None:
    """So that the Service of each part selects the pods of that part alone."""
    files = {"app/Chart.yaml": "name: app", "app/templates/_labels.tpl": LISTED}
    for name, replicas in (("rooms", 4), ("pages", 2)):
        its = call.replace("NAME", name)
        labels = f"{{{{- include {its} | nindent 8 }}}}"
        files[f"app/templates/{name}.yaml"] = PART.format(
            name=name, call=its, replicas=replicas, labels=labels
        )
    found = {tuple(each.names): fixed(each.facts)["topology.nodes"] for each in stations("Kubernetes", files)}
    assert found == {("rooms",): 4, ("pages",): 2}


def test_labels_that_a_helper_writes_match_those_that_stand_there() -> None:
    """What it is given is put into its text."""
    labels = "{app.kubernetes.io/instance: '{{ .Release.Name }}', app.kubernetes.io/component: rooms}"
    text = PART.format(name="rooms", call='"app.partLabels" (list . $part)', replicas=4, labels="PODS")
    text = text.replace("labels:\n        PODS", f"labels: {labels}")
    files = {"app/Chart.yaml": "name: app", "app/templates/_labels.tpl": LISTED, "app/templates/a.yaml": text}
    (station,) = stations("Kubernetes", files)
    assert station.names == {"rooms"}


def test_an_action_may_hold_a_text_with_the_signs_of_an_action() -> None:
    """They end nothing where they stand in quotes."""
    annotated = INGRESS.replace(
        "spec:\n  {{- if .Values.ingress.className",
        '  {{- $more := include "chat.more" . | replace "{{ host }}" $fullName | replace `}}` "" }}\n'
        "spec:\n  {{- if .Values.ingress.className",
    )
    assert annotated != INGRESS
    assert fact(ingress(annotated), "idle_timeout").value == "1h"


def test_a_tab_before_an_action_is_no_text() -> None:
    """The action takes it away, or leaves a line that is blank."""
    text = DEPLOYMENT.replace(
        "  {{- if not .Values.autoscaling.enabled }}", "\t{{- if not .Values.autoscaling.enabled }}"
    )
    assert "\t" in text
    assert fact(process(chart(deployment=text)), "topology.nodes").value == 3


def test_a_hash_is_asked_for_where_the_class_is_open() -> None:
    """As is all that an annotation would say."""
    values = VALUES.replace("className: nginx", 'className: ""').replace(
        'proxy-read-timeout: "3600"', "upstream-hash-by: $arg_room"
    )
    assert fact(ingress(INGRESS, values), "affinity").is_open


def test_a_loop_over_paths_is_a_route_for_each() -> None:
    """As many as values.yaml has."""
    assert [route.prefix for route in hop(chart()).routes] == ["/ws", "/api"]


def test_a_loop_over_nothing_still_shows_where_it_leads() -> None:
    """Which paths there are is not known."""
    values = VALUES.partition("  hosts:")[0] + "  hosts: []\n"
    (route,) = hop(chart(values)).routes
    assert (route.prefix, len(route.targets)) == ("", 1)


def test_what_a_condition_decides_is_told() -> None:
    """The value counts, with what it hangs on."""
    found = fact(process(chart()), "topology.nodes")
    assert "a condition decides: not .Values.autoscaling.enabled" in found.decided_by


def test_a_resource_that_values_leave_out_is_told_so() -> None:
    """It is often switched on when the chart is installed."""
    found = fact(hop(chart(VALUES.replace("enabled: true", "enabled: false"))), "idle_timeout")
    assert found.value == "1h"
    assert "does not hold by values.yaml" in found.decided_by


def test_a_component_that_is_off_states_nothing() -> None:
    """Nor does what would publish it; what only publishes may be switched on elsewhere."""
    off = "{{{{- if .Values.extras.enabled }}}}\n{text}\n{{{{- end }}}}"
    values = f"{VALUES}extras: {{enabled: false}}"
    written = {"deployment": DEPLOYMENT, "service": SERVICE}
    without = {name: off.format(text=text) for name, text in written.items()}
    assert chart(values, **without, ingress=off.format(text=INGRESS), hpa="") == []
    assert [each.platform for each in chart(values, ingress=off.format(text=INGRESS))] == [
        "ingress-nginx",
        "",
    ]


def test_a_scaler_counts_only_where_the_values_switch_it_on() -> None:
    """Else the replicas do."""
    values = VALUES.replace("enabled: false", "enabled: true")
    assert fixed(process(chart(values)).facts)["topology.nodes"] == "2..8"
    assert fixed(process(chart()).facts)["topology.nodes"] == 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{{ .Values.timeout | quote }}", "2m"),
        ("{{ .Values.timeout | default 60 | quote }}", "2m"),
        ("{{ default 60 .Values.missing | quote }}", "60s"),
        ('"{{ .Values.timeout }}"', "2m"),
        ("{{ $.Values.timeout | toString | quote }}", "2m"),
        ('{{ required "say it" .Values.timeout | quote }}', "2m"),
        ("{{ (.Values.timeout) | quote }}", "2m"),
        ('"{{ .Values.timeout }}0"', "20m"),
        ('"90"', "90s"),
        ("{{ .Values.missing | quote }}", None),
        ("{{ mul .Values.timeout 2 | quote }}", None),
        ("{{ .Values.timeout | mul 2 | quote }}", None),
        ('{{ include "chat.timeout" . | quote }}', None),
        ("{{ .Release.Revision | quote }}", None),
        ("{{ if .Values.timeout }}90{{ else }}120{{ end }}", None),
        ("{{ with .Values.timeout }}{{ . }}{{ end }}", "2m"),
        ('"{{ .Values.later }}"', None),
    ],
)
def test_one_value_is_looked_up_and_nothing_is_computed(value: str, expected: str | None) -> None:
    """What else stands in a template is open, at its line."""
    text = annotated(f"nginx.ingress.kubernetes.io/proxy-read-timeout: {value}")
    found = fact(ingress(text, f"{VALUES}\ntimeout: 120\nlater: ${{TIMEOUT}}\n"), "idle_timeout")
    assert found.value == expected
    assert "proxy-read-timeout" in found.line.text or found.line.file.endswith("values.yaml")


def test_branches_that_differ_leave_a_value_open() -> None:
    """Where the condition cannot be told."""
    text = annotated("""
        {{- if eq .Values.tier "large" }}
        nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"
        {{- else }}
        nginx.ingress.kubernetes.io/proxy-read-timeout: "60"
        {{- end }}
    """)
    assert fact(ingress(text), "idle_timeout").is_open


@pytest.mark.parametrize(("tier", "expected"), [("true", "1h"), ("false", "60s")])
def test_of_branches_that_values_decide_one_counts(tier: str, expected: str) -> None:
    """Where the condition is one value."""
    text = annotated("""
        {{- if .Values.large }}
        nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"
        {{- else }}
        nginx.ingress.kubernetes.io/proxy-read-timeout: "60"
        {{- end }}
    """)
    assert fixed(ingress(text, f"{VALUES}\nlarge: {tier}").facts)["idle_timeout"] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [("a: true\nb: true", "60s"), ("a: false\nb: true", "2m"), ("a: false\nb: false", "3m")],
)
def test_the_first_branch_that_holds_is_written(values: str, expected: str) -> None:
    """And none of those after it."""
    text = annotated("""
        {{- if .Values.a }}
        nginx.ingress.kubernetes.io/proxy-read-timeout: "60"
        {{- else if .Values.b }}
        nginx.ingress.kubernetes.io/proxy-read-timeout: "120"
        {{- else }}
        nginx.ingress.kubernetes.io/proxy-read-timeout: "180"
        {{- end }}
    """)
    assert fixed(ingress(text, f"{VALUES}\n{values}").facts)["idle_timeout"] == expected


def test_values_that_cannot_be_read_decide_nothing() -> None:
    """Neither a value nor a condition."""
    found = fact(process(chart("replicaCount: [")), "topology.nodes")
    assert found.is_open
    assert "values.yaml" not in found.decided_by


def test_values_of_all_charts_come_from_the_outermost() -> None:
    """Below `global`."""
    files = {
        "app/Chart.yaml": "name: app",
        "app/values.yaml": "global: {replicas: 9}",
        "app/charts/chat/Chart.yaml": "name: chat",
        "app/charts/chat/values.yaml": "global: {replicas: 2}",
        "app/charts/chat/templates/deployment.yaml": DEPLOYMENT.replace("replicaCount", "global.replicas"),
    }
    assert fixed(process(stations("Kubernetes", files)).facts)["topology.nodes"] == 9


def test_a_file_that_a_config_map_of_a_chart_fetches_configures_who_mounts_it() -> None:
    """By its path in the chart."""
    held = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "chat.fullname" . }}-proxy
data:
  nginx.conf: |
    {{- .Files.Get "files/nginx.conf" | nindent 4 }}
"""
    volume = "volumes: [{name: c, configMap: {name: '{{ include \"chat.fullname\" . }}-proxy'}}]\n      "
    mounting = DEPLOYMENT.replace("containers:", f"{volume}containers:")
    assert process(chart(deployment=mounting, held=held)).paths == {"deploy/chat/files/nginx.conf"}


def test_a_chart_that_brings_ingress_nginx_along_sets_its_config_map() -> None:
    """In a block of its values."""
    text = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: chat}
spec: {ingressClassName: nginx}
"""
    values = f"{VALUES}\ningress-nginx:\n  controller:\n    config:\n      proxy-read-timeout: '900'\n"
    found = fact(ingress(text, values), "idle_timeout")
    assert (found.value, found.line.text) == ("15m", "proxy-read-timeout: '900'")
    assert found.decided_by == "the ConfigMap of the controller; values.yaml, unless overridden"


def test_annotations_in_a_loop_are_those_of_the_values() -> None:
    """Written one by one."""
    text = annotated("""
        {{- range $key, $value := .Values.ingress.annotations }}
        {{ $key }}: {{ $value | quote }}
        {{- end }}
    """)
    assert fixed(ingress(text).facts)["idle_timeout"] == "1h"
    assert fixed(ingress(text, "ingress: {annotations: {}}").facts)["idle_timeout"] == "60s"


def test_what_an_unknown_helper_puts_in_leaves_absences_open() -> None:
    """It may write what is not there."""
    text = annotated('{{- include "common.annotations" . | nindent 4 }}')
    found = fact(ingress(text), "idle_timeout")
    assert found.is_open
    assert "common.annotations" in found.decided_by


def test_the_lines_of_a_template_are_those_of_its_file() -> None:
    """Whatever stands between them."""
    before = """
{{- /*
  An Ingress
  of some lines }} that are none
*/ -}}
{{- if and .Values.a
      .Values.b }}
"""
    text = annotated('nginx.ingress.kubernetes.io/proxy-read-timeout: "120"')
    found = fact(ingress(f"{before}{text}{{{{- end }}}}\n"), "idle_timeout")
    assert (found.value, found.line.text) == ("2m", 'nginx.ingress.kubernetes.io/proxy-read-timeout: "120"')
    assert found.line.number == 11


def test_a_parent_sets_values_of_its_charts() -> None:
    """Below their names, before their own."""
    files = {
        "app/Chart.yaml": "name: app",
        "app/values.yaml": "chat:\n  replicaCount: 7\n",
        "app/charts/chat/Chart.yaml": "name: chat",
        "app/charts/chat/values.yaml": VALUES,
        "app/charts/chat/templates/deployment.yaml": DEPLOYMENT,
    }
    found = fact(process(stations("Kubernetes", files)), "topology.nodes")
    assert (found.value, found.line.file, found.line.number) == (7, "app/values.yaml", 2)


def test_a_file_in_a_config_map_of_a_chart_keeps_its_actions() -> None:
    """Its reader knows them for what they are."""
    text = """
kind: ConfigMap
metadata: {name: proxy}
data:
  nginx.conf: |
    http {
      {{- if .Values.big }}
      client_max_body_size 8m;
      {{- end }}
      proxy_read_timeout {{ .Values.timeout }};
    }
"""
    (part,) = kubernetes.parts(file("chart/templates/proxy.yaml", text))
    assert part.line(5).text == "proxy_read_timeout {{ .Values.timeout }};"
    assert part.line(5).number == 9


def test_a_template_of_another_tool_says_what_stands_in_it() -> None:
    """And leaves open what is put in."""
    text = """
{% if production %}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: chat
  annotations:
    nginx.ingress.kubernetes.io/proxy-read-timeout: "{{ timeout }}"
    nginx.ingress.kubernetes.io/affinity: cookie
spec: {ingressClassName: nginx}
{% endif %}
"""
    (station,) = stations("Kubernetes", {"roles/chat/templates/ingress.yml.j2": text})
    assert (fixed(station.facts)["idle_timeout"], fixed(station.facts)["affinity"]) == (None, "cookie")


PIECES = st.sampled_from([
    "{{", "}}", "{{-", "-}}", "{%", "%}", "{{ if .Values.a }}", "{{ else }}", "{{ else if .x }}",
    "{{ end }}", "kind: Deployment\n", "spec:\n", "- ", "a: ", "\ue0000\ue001", "\ue00099\ue001:", "|", "(",
    "{{ range $k, $v := .Values.b }}", "{{ with .Values.c }}", "{{ $x := .Values.a }}", "{{ $x }}", "{{ . }}",
    '{{ define "x" }}', '{{ include "x" . }}', "{{ toYaml .Values.c | nindent 4 }}", "{{/*", "*/}}", "\n",
    "  ", ")", '"', "---\n",
])  # fmt: skip


@pytest.mark.slow
@given(pieces=st.lists(PIECES, max_size=60), values=st.lists(PIECES, max_size=12))
def test_no_template_is_an_error(pieces: list[str], values: list[str]) -> None:
    """However its actions are broken."""
    text = "kind: Deployment\n" + "".join(pieces)
    chart(
        f"{VALUES}{''.join(values)}", deployment=text, service="kind: Service\n" + "".join(reversed(pieces))
    )
    list(kubernetes.parts(File("x.yaml", tuple(f"kind: ConfigMap\n{text}".split("\n")))))


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        "{{", "{{ if .Values.a }}\n", "{{ if .Values.a }}{{ else }}", "{{ $x := .Values.a }}",
        "{{ $x := $x $x }}", "{{ range $k, $v := .x }}{{ end }}",
        '{{ include "x" . }}\n', "{{ (((((((( }}", "{{/*",
        "---\nkind: Deployment\n", "a: {{ .Values.a }}\n",
        "{{ range .Values.b }}x{{ end }}\n", "{{ toYaml .Values.resources }}\n", "{% ",
    ],
)  # fmt: skip
def test_a_template_takes_as_long_as_it_is(piece: str) -> None:
    """Whatever it repeats."""
    took = []
    for count in (1000, 4000):
        text = "kind: Deployment\n" + piece * count
        begun = time.process_time()
        chart(deployment=text)
        took.append(time.process_time() - begun)
    assert took[1] < max(10 * took[0], 1.5)
