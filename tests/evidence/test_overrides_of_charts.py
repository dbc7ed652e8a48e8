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
