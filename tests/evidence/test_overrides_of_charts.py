"""What may set something else than the values of a chart that a design agrees with.

As in `test_overrides.py`, each evasion is a change of a stranger that changes what runs.
"""

from __future__ import annotations

import pytest
from test_overrides import CHART, FIELDS, agreeing, root, said

from rtreview.reviews.report import Standing

__all__ = ["root"]

INGRESS = "chart/templates/ingress.yaml"
LINE = "    nginx.ingress.kubernetes.io/proxy-read-timeout: {{ .Values.timeout | quote }}\n"
KEY = "nginx.ingress.kubernetes.io/proxy-read-timeout"


def with_lines(more: str, values: str = "", files: dict[str, str] | None = None) -> dict[str, str]:
    """The chart with lines below the annotation, and further values."""
    text = CHART[INGRESS].replace(LINE, LINE + more)
    return {**CHART, INGRESS: text, "chart/values.yaml": CHART["chart/values.yaml"] + values, **(files or {})}


def above(text: str) -> dict[str, str]:
    """The chart with a line above the Ingress."""
    return {**CHART, INGRESS: f"{text}\n{CHART[INGRESS]}"}


SET = '{{- $_ := set .Values "timeout" 20 -}}'
CHANGED = {
    "in its template": above(SET),
    "in another one": {**CHART, "chart/templates/a.yaml": SET},
    "in a helper": {
        **above('{{- include "chat.set" . -}}'),
        "chart/templates/_h.tpl": f'{{{{- define "chat.set" -}}}}{SET}{{{{- end -}}}}',
    },
    "by what a helper is given": {
        **above('{{- include "chat.set" .Values -}}'),
        "chart/templates/_h.tpl": '{{- define "chat.set" -}}{{- $_ := set . "timeout" 20 -}}{{- end -}}',
    },
    "by a variable": above('{{- $v := .Values }}{{- $_ := set $v "timeout" 20 -}}'),
    "by the root": above('{{- $_ := set $ "Values" (dict "timeout" 20) -}}'),
    "by a key that is computed": above('{{- $_ := set .Values (print "time" "out") 20 -}}'),
    "by a merge": above('{{- $_ := mergeOverwrite .Values (dict "timeout" 20) -}}'),
    "by a merge with anything": above("{{- $_ := mergeOverwrite .Values .Files -}}"),
    "by what is piped into a merge": above('{{- $_ := dict "timeout" 20 | mergeOverwrite .Values -}}'),
    "as an argument": above('{{- if (unset .Values "timeout") }}{{ end -}}'),
    "by a dict in one of its own": above('{{- $d := dict "v" .Values }}{{ $_ := set $d.v "timeout" 20 }}'),
    "behind very much": above(f'{{{{- $x := list {"1 " * 200} (set .Values "timeout" 20) -}}}}'),
    "in what a value computes": above("{{- tpl .Values.run $ -}}")
    | {"chart/values.yaml": f"{CHART['chart/values.yaml']}run: '{SET}'\n"},
    "by the chart around it": {
        **{f"chat/charts/{name}": text for name, text in CHART.items()},
        "chat/Chart.yaml": "name: all\nversion: 1.0.0\n",
        "chat/templates/a.yaml": '{{- $_ := set .Values.chart "timeout" 20 -}}',
    },
    "of the branch that is taken": above("{{- $t := .Values.timeout }}{{ if true }}{{ $t = 20 }}{{ end -}}")
    | {
        INGRESS: "{{- $t := .Values.timeout }}{{ if true }}{{ $t = 20 }}{{ end -}}\n"
        + CHART[INGRESS].replace(".Values.timeout", "$t")
    },
}


@pytest.mark.parametrize("changed", list(CHANGED))
def test_what_a_template_changes_of_the_values_is_open(changed: str) -> None:
    """Wherever the chart does so, and by whichever name."""
    assert "idle_timeout" not in agreeing(CHANGED[changed])


def test_a_changed_value_is_told_with_the_line_that_changes_it() -> None:
    """So that somebody can look at it."""
    found = said(above(SET))["idle_timeout"]
    assert found.standing is Standing.OPEN
    assert found.decided_by == "a template at deploy/chart/templates/ingress.yaml:1 may set something else"


@pytest.mark.parametrize(
    "line",
    [
        '{{- $d := dict }}{{ $_ := set $d "timeout" 20 -}}',
        '{{- $d := deepCopy .Values }}{{ $_ := set $d "timeout" 20 -}}',
        '{{- $d := merge (dict "timeout" 20) .Values -}}',
        '{{- $_ := set .Values "other" 20 -}}',
        '{{- $_ := set .Values.ingress.annotations "kubernetes.io/ingress.class" .Values.other -}}',
        '{{- $_ := set $.Chart "timeout" 20 -}}',
        '{{- $_ := set (.Values.other | default dict) "timeout" 20 -}}',
        '{{/* set .Values "timeout" 20 */}}',
        '{{- $x := "set .Values timeout" -}}',
    ],
)
def test_what_changes_other_values_takes_nothing(line: str) -> None:
    """A dict of its own, other keys, and what only looks like it."""
    assert agreeing(above(line)) >= FIELDS


def test_a_key_that_a_template_writes_into_a_dict_of_the_values_is_open_there() -> None:
    """And the others beside it are not."""
    text = CHART[INGRESS].replace(LINE, "    {{- toYaml .Values.annotations | nindent 4 }}\n")
    values = f'replicas: 2\nannotations: {{{KEY}: "75"}}\n'
    files = {**CHART, INGRESS: text, "chart/values.yaml": values}
    assert agreeing(files) >= FIELDS
    changing = '{{- $_ := set .Values.annotations "%s" "20" -}}\n'
    assert "idle_timeout" not in agreeing({**files, INGRESS: changing % KEY + text})
    assert agreeing({**files, INGRESS: changing % "other" + text}) >= FIELDS


def test_very_many_files_of_values_hide_none() -> None:
    """Those that are not read may set anything."""
    files = {f"chart/values-{number:02}.yaml": "timeout: 75\n" for number in range(30)}
    assert "idle_timeout" not in agreeing({**CHART, **files, "chart/values-z.yaml": "timeout: 20\n"})


AGAIN = {
    "toYaml": with_lines(
        "    {{- toYaml .Values.annotations | nindent 4 }}\n", f'annotations: {{{KEY}: "20"}}\n'
    ),
    "toYaml in a with": with_lines(
        "    {{- with .Values.annotations }}\n    {{- toYaml . | nindent 4 }}\n    {{- end }}\n",
        f'annotations: {{{KEY}: "20"}}\n',
    ),
    "a loop": with_lines(
        "    {{- range $k, $v := .Values.annotations }}\n    {{ $k }}: {{ $v | quote }}\n    {{- end }}\n",
        f'annotations: {{{KEY}: "20"}}\n',
    ),
    "a loop of one value": with_lines(
        '    {{- range $k, $v := .Values.annotations }}\n    {{ $k }}: "20"\n    {{- end }}\n',
        f'annotations: {{{KEY}: "75"}}\n',
    ),
    "a loop of a list": with_lines(
        "    {{- range .Values.more }}\n    {{ .name }}: {{ .value | quote }}\n    {{- end }}\n",
        f'more: [{{name: {KEY}, value: "20"}}, {{name: a, value: b}}]\n',
    ),
    "a key that is put in": with_lines('    {{ .Values.key }}: "20"\n', f"key: {KEY}\n"),
    "a part of a key that is put in": with_lines(
        '    nginx.ingress.kubernetes.io/{{ .Values.key }}: "20"\n', "key: proxy-read-timeout\n"
    ),
    "a key that is computed": with_lines('    {{ print "nginx.ingress" .Release.Name }}: "20"\n'),
    "a helper": with_lines(
        '    {{- include "chat.more" . | nindent 4 }}\n',
        files={"chart/templates/_h.tpl": f'{{{{ define "chat.more" }}}}\n{KEY}: "20"\n{{{{ end }}}}'},
    ),
    "a helper of a helper": with_lines(
        '    {{- include "chat.some" . | nindent 4 }}\n',
        files={
            "chart/templates/_h.tpl": '{{ define "chat.some" }}{{ include "chat.more" . }}{{ end }}'
            f'{{{{ define "chat.more" }}}}\n{KEY}: "20"\n{{{{ end }}}}'
        },
    ),
    "a helper that computes": with_lines(
        '    {{- include "chat.more" . | nindent 4 }}\n',
        files={"chart/templates/_h.tpl": '{{ define "chat.more" }}\n{{ toYaml .Values.x }}\n{{ end }}'},
    ),
    "a text of the values": with_lines(
        "    {{- tpl .Values.extra . | nindent 4 }}\n", f'extra: |\n  {KEY}: "20"\n'
    ),
    "a condition": with_lines(
        "    {{- if .Release.IsInstall }}\n"
        "    {{- toYaml .Values.annotations | nindent 4 }}\n    {{- end }}\n",
        f'annotations: {{{KEY}: "75"}}\n',
    ),
    "a second block": with_lines("    {{- toYaml .Values.a | nindent 4 }}\n", "a: {b: c}\n")
    | {"chart/values-prod.yaml": f'a: {{{KEY}: "20"}}\n'},
}


@pytest.mark.parametrize("again", list(AGAIN))
def test_of_a_key_that_actions_write_once_more_the_last_counts(again: str) -> None:
    """In whichever way they do; what another file of values has is an answer of its own."""
    found = said(AGAIN[again])["idle_timeout"]
    assert (found.standing, found.runs) == (Standing.DISAGREES, "20s") or found.standing is Standing.OPEN


@pytest.mark.parametrize(
    ("more", "values"),
    [
        ("    {{- toYaml .Values.annotations | nindent 4 }}\n", "annotations: {a: b}\n"),
        ("    {{- toYaml .Values.annotations | nindent 4 }}\n", "annotations: {}\n"),
        ("    {{- toYaml .Values.annotations | nindent 4 }}\n", ""),
        ("    {{- with .Values.annotations }}\n    {{- toYaml . | nindent 4 }}\n    {{- end }}\n", ""),
        (
            "    {{- range $k, $v := .Values.a }}\n    {{ $k }}: {{ $v | quote }}\n    {{- end }}\n",
            "a: {b: c}\n",
        ),
        ('    {{- include "chat.labels" . | nindent 4 }}\n', ""),
        ("    {{ .Values.key }}: b\n", "key: a\n"),
        ("    other/{{ .Release.Name }}: b\n", ""),
        ("    {{- tpl .Values.extra . | nindent 4 }}\n", "extra: |\n  a: b\n"),
        ("    checksum/config: {{ include (print .Template.BasePath) . | sha256sum }}\n", ""),
        ("    a: {{ .Values.text | quote }}\n", 'text: "a\\nb: c"\n'),
        ('    a: {{ include "chat.name" . }}\n', "name: chat\n"),
        ('    a: {{ .Values.text | replace "\\n" "" | trimSuffix "\\n" }}\n', "text: b\n"),
        ("    a: |\n      {{- .Values.text | nindent 6 }}\n", "text: |\n  b\n  c\n"),
        ("    a:\n      {{- toYaml .Values.a | nindent 6 }}\n", "a: {b: c}\n"),
    ],
)
def test_actions_that_write_other_keys_take_nothing(more: str, values: str) -> None:
    """As most charts have them."""
    helpers = (
        '{{ define "chat.labels" }}\nchart: {{ .Chart.Name }}-{{ .Chart.Version }}\n'
        '{{- if .Values.x }}\nname: {{ include "chat.name" . }}\n{{- end }}\n{{ end }}'
        '{{- define "chat.name" -}}\n{{- default .Chart.Name .Values.name | trunc 63 | trimSuffix "-" }}\n'
        "{{- end -}}"
    )
    files = with_lines(more, values, {"chart/templates/_h.tpl": helpers})
    assert agreeing(files) >= FIELDS


def test_a_key_that_is_written_behind_actions_counts() -> None:
    """Whatever they have."""
    text = CHART[INGRESS].replace(LINE, f"    {{{{- toYaml .Values.annotations | nindent 4 }}}}\n{LINE}")
    values = f'{CHART["chart/values.yaml"]}annotations: {{{KEY}: "20"}}\n'
    assert agreeing({**CHART, INGRESS: text, "chart/values.yaml": values}) >= FIELDS


LINES = {
    "a comment": ('    # {{ "\\n    %s: 20" }}\n', ""),
    "a text": ('    a: {{ printf "y\\n    %s: \\"20\\"" }}\n', ""),
    "a text behind another sign": ('    a: {{ "\\ty\\n    %s: 20" }}\n', ""),
    "a text of several lines": ("    a: {{ `y\n    %s: 20` }}\n", ""),
    "a variable": ('    {{- $x := "y\\n    %s: 20" }}\n    a: {{ $x }}\n', ""),
    "a sign by its number": ('    a: {{ printf "y%%c    %s: 20" 10 }}\n', ""),
    "what is decoded": ("    a: {{ b64dec .Values.text }}\n", "text: abc\n"),
    "a value": ("    a: {{ .Values.text }}\n", 'text: "y\\n    %s: \\"20\\""\n'),
    "a value that is computed with": ("    a: {{ .Values.text | trunc 500 }}\n", 'text: "y\\n    %s: 20"\n'),
    "a value of a with": (
        "    {{- with .Values.a }}\n    a: {{ .text }}\n    {{- end }}\n",
        'a: {text: "y\\n    %s: 20"}\n',
    ),
    "a helper": ('    a: {{ include "chat.lines" . }}\n', 'text: "y\\n    %s: 20"\n'),
    "a helper with entries": ('    a: {{ include "chat.entries" . }}\n', ""),
    "a mapping that stands beside": ("    a: {{ toYaml .Values.a | nindent 4 }}\n", "a: {%s: '20'}\n"),
    "a file": ('    a: {{ .Files.Get "more.txt" }}\n', ""),
}


@pytest.mark.parametrize("lines", list(LINES))
def test_an_action_that_may_write_lines_of_its_own_leaves_its_template_open(lines: str) -> None:
    """They may be any."""
    more, values = LINES[lines]
    helpers = (
        '{{ define "chat.lines" }}{{ .Values.text }}{{ end }}'
        f'{{{{ define "chat.entries" }}}}y\n    {KEY}: "20"{{{{ end }}}}'
    )
    found = with_lines(
        more % KEY if "%s" in more else more,
        values % KEY if "%s" in values else values,
        {"chart/templates/_h.tpl": helpers, "chart/values-prod.yaml": "timeout: 75\n"},
    )
    assert "idle_timeout" not in agreeing(found)


@pytest.mark.parametrize("more", ["valuesInline: {timeout: 20}", "valuesFile: ../other.yaml"])
def test_a_chart_that_a_kustomization_installs_has_what_that_says(more: str) -> None:
    """Which goes over the values of the chart."""
    files = {name.replace("chart/", "charts/chat/"): text for name, text in CHART.items()}
    found = said({**files, "kustomization.yaml": f"helmCharts:\n- name: chat\n  {more}\n"})["idle_timeout"]
    assert found.standing is Standing.OPEN


ALONE = {
    "that empties the value": {
        INGRESS: CHART[INGRESS].replace(".Values.timeout", ".Values.timeout | default 20"),
        "chart/values-prod.yaml": "timeout: null\n",
    },
    "in JSON": {"chart/values-prod.json": '{"timeout":\n20}'},
    "by another name": {"chart/prod.yaml": "timeout: 20\n"},
    "in capitals": {"chart/Values-prod.YAML": "timeout: 20\n"},
    "in a folder": {"chart/values/prod.yaml": "timeout: 20\n"},
    "of a chart that uses it": {
        "Chart.yaml": "name: app\ndependencies: [{name: chat, repository: 'file://chart'}]\n",
        "values.yaml": "chat: {timeout: 20}\n",
    },
    "of a chart beside it that uses it": {
        "app/Chart.yaml": "name: app\ndependencies: [{name: chat, alias: talk, repository: 'file://../chart'}]\n",
        "app/values-prod.yaml": "talk: {timeout: 20}\n",
    },
}


@pytest.mark.parametrize("alone", list(ALONE))
def test_each_file_that_a_chart_may_be_installed_with_is_an_answer_of_its_own(alone: str) -> None:
    """However it is called, and also where another chart sets the values of this one."""
    found = said({**CHART, **ALONE[alone]})["idle_timeout"]
    assert (found.standing, found.runs) == (Standing.DISAGREES, "20s")


def test_a_chart_under_another_name_has_the_values_of_that() -> None:
    """As its parent calls it."""
    files = {name.replace("chart/", "app/charts/chat/"): text for name, text in CHART.items()}
    files["app/Chart.yaml"] = "name: app\ndependencies: [{name: chat, alias: talk}]\n"
    files["app/values.yaml"] = "talk: {timeout: 20}\n"
    assert said(files)["idle_timeout"].standing is Standing.DISAGREES


@pytest.mark.parametrize("name", ["w.txt", "w", "more/w.conf"])
def test_a_template_is_one_whatever_its_file_is_called(name: str) -> None:
    """Helm takes any."""
    text = CHART[INGRESS].replace("{{ .Values.timeout | quote }}", '"20"')
    files = {name: each for name, each in CHART.items() if name != INGRESS}
    assert said({**files, f"chart/templates/{name}": text})["idle_timeout"].runs == "20s"


@pytest.mark.parametrize("name", ["_ingress.yaml", "NOTES.txt"])
def test_a_file_of_helpers_is_no_template(name: str) -> None:
    """Nor is what Helm shows when it is done."""
    files = {name: each for name, each in CHART.items() if name != INGRESS}
    assert "idle_timeout" not in agreeing({**files, f"chart/templates/{name}": CHART[INGRESS]})


@pytest.mark.parametrize(
    "patterns",
    [
        "templates/ingress.yaml",
        "ingress.*",
        "templates/",
        "/templates/ing*.yaml",
        "!*.txt",
        "[!a]ngress.yaml",
    ],
)
def test_a_template_that_a_chart_leaves_out_sets_nothing(patterns: str) -> None:
    """It is not installed."""
    assert "idle_timeout" not in agreeing({**CHART, "chart/.helmignore": f"# files\n{patterns}\n"})


@pytest.mark.parametrize("patterns", ["*.swp\n.git/\n", "tests/", "/ingress.yaml", "values-*.yaml", "*.md"])
def test_what_a_chart_leaves_out_beside_its_templates_is_no_matter(patterns: str) -> None:
    """As `helm create` writes it."""
    assert agreeing({**CHART, "chart/.helmignore": patterns}) >= FIELDS


@pytest.mark.parametrize(("word", "holds"), [("off", False), ("No", False), ("'off'", True), ("on", True)])
def test_words_of_yaml_1_1_decide_as_helm_reads_them(word: str, *, holds: bool) -> None:
    """Without quotes some are no texts."""
    other = LINE.replace("{{ .Values.timeout | quote }}", '"20"')
    text = CHART[INGRESS].replace(
        LINE, f"{{{{ if .Values.long }}}}\n{LINE}{{{{ else }}}}\n{other}{{{{ end }}}}\n"
    )
    files = {**CHART, INGRESS: text, "chart/values.yaml": f"{CHART['chart/values.yaml']}long: {word}\n"}
    assert ("idle_timeout" in agreeing(files)) is holds


@pytest.mark.parametrize("name", ["chart/values.yaml", "chart/templates/chat.yaml"])
def test_a_number_that_begins_with_0_is_octal_to_kubernetes(name: str) -> None:
    """And 2 is not 02 to everybody."""
    text = (
        CHART[name]
        .replace("replicas: 2", "replicas: 02")
        .replace("replicas: {{ .Values.replicas }}", "replicas: 02")
    )
    assert said({**CHART, name: text})["nodes"].standing is Standing.OPEN
