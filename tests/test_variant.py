"""What is set for a comparison: fields as findings name them, whatever a text holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES, ROOT, RULES, simulated
from hypothesis import given
from hypothesis import strategies as st

from rtreview.language import spec
from rtreview.language.assignments import with_values
from rtreview.language.building import build
from rtreview.reviews.engine import review
from rtreview.rulebook.finding import Finding
from rtreview.text import document
from rtreview.text.refusal import Refused

DESIGN = """rtreview: 1
workload: {connections: 20k}
transport:
  kind: websocket
  library: signalr
  path: [cloudflare, {name: aws-alb, idle_timeout: 60s}]
topology: {nodes: 4, node: {accept_rate: 500/s}}
operations: {connection_max_age: 1h}
features:
  strokes: {sync: {strategy: ot, data: text}}
  "a.b[0]=c d": {presence: {grace: 5s}}
  "": {presence: {grace: 6s}}
"""


def with_setting(setting: str, text: str = DESIGN) -> Any:
    """The values of the design with it."""
    (read,) = document.read(text.encode())
    return with_values(read.content, [setting], build(spec.read(read.content)))


@pytest.mark.parametrize(
    ("setting", "way", "value"),
    [
        (
            "transport.path[1].idle_timeout=100s",
            ("transport", "path", 1),
            {"name": "aws-alb", "idle_timeout": "100s"},
        ),
        (
            "transport.path[0].idle_timeout=100s",
            ("transport", "path", 0),
            {"name": "cloudflare", "idle_timeout": "100s"},
        ),
        (
            "transport.path[0]=nginx",
            ("transport", "path"),
            ["nginx", {"name": "aws-alb", "idle_timeout": "60s"}],
        ),
        ("transport.path=none", ("transport", "path"), "none"),
        ("transport.path=[nginx, envoy]", ("transport", "path"), ["nginx", "envoy"]),
        (
            "features.strokes.sync.strategy=crdt",
            ("features", "strokes", "sync"),
            {"strategy": "crdt", "data": "text"},
        ),
        (
            "features.strokes.sync.data.name=page",
            ("features", "strokes", "sync", "data"),
            {"shape": "text", "name": "page"},
        ),
        (
            "features.strokes.sync.data[0].name=page",
            ("features", "strokes", "sync", "data"),
            [{"shape": "text", "name": "page"}],
        ),
        (
            "operations.connection_max_age.jitter=20%",
            ("operations", "connection_max_age"),
            {"value": "1h", "jitter": "20%"},
        ),
        ("features.a.b[0]=c d.presence.grace=9s", ("features", "a.b[0]=c d", "presence"), {"grace": "9s"}),
        ("features..presence.grace=9s", ("features", "", "presence"), {"grace": "9s"}),
        ("features.new.purpose=chat", ("features", "new"), {"purpose": "chat"}),
        (
            "transport.reconnect.delays[1]=7s",
            ("transport", "reconnect", "delays"),
            ["0s", "7s", "10s", "30s"],
        ),
        ("transport . heartbeat . interval = 9s", ("transport", "heartbeat"), {"interval": "9s"}),
    ],
)
def test_a_setting_reaches_its_field(setting: str, way: tuple[str | int, ...], value: Any) -> None:
    """Items of lists, those that stand alone or by a bare name, features of any name, a platform's list."""
    inside = with_setting(setting)
    for key in way:
        inside = inside[key]
    assert inside == value
    assert spec.read(with_setting(setting))


def test_what_is_not_set_stays() -> None:
    """The values of the design itself are not touched."""
    (read,) = document.read(DESIGN.encode())
    before = document.read(DESIGN.encode())[0].content
    with_values(read.content, ["transport.path[0].idle_timeout=1s"], build(spec.read(read.content)))
    assert read.content == before


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (
            "transport.path[2].idle_timeout=1s",
            "there is no `transport.path[2]`: `transport.path` has 2 items",
        ),
        ("transport.path.idle_timeout=1s", "name an item of it, `transport.path[0].idle_timeout`"),
        ("workload.connections[0]=1s", "--set:"),
        ("transport.kind.x=1", "--set:"),
        ("transport[0].kind=sse", "--set:"),
        ("[0]=1", "expected FIELD=VALUE"),
        (".=1", "expected FIELD=VALUE"),
        ("a..b=1", "expected FIELD=VALUE"),
        ("a[x]=1", "expected FIELD=VALUE"),
        ("transport.kind=sse\n---\n3", "expected FIELD=VALUE"),
        ("transport.kind=*a", "expected FIELD=VALUE"),
        ("transport.kind=\N{NULL}", "expected FIELD=VALUE"),
        ("rtreview=2", "not a version"),
        ("features=3", "--set:"),
        ("features.strokes=3", "--set:"),
        ("features.strokes.transport.shared_with=nobody", "names no feature"),
        ("", "expected FIELD=VALUE"),
        ("=", "expected FIELD=VALUE"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(setting: str, said: str) -> None:
    """No setting ends in anything else than a result or a refusal."""
    with pytest.raises(Refused, match="--set") as refused:
        simulated(DESIGN, "restart", setting)
    assert said in str(refused.value)


PARTS = st.sampled_from(
    [
        *"abc.[]=0\N{NULL}\n\t \"'{}*&!|>%@`",
        "transport",
        "path",
        "[0]",
        "[9]",
        "=",
        ".",
        "none",
        "features",
        "strokes",
    ]
)


@pytest.mark.slow
@given(st.lists(PARTS, max_size=14).map("".join))
def test_any_text_is_a_setting_or_refused(setting: str) -> None:
    """Never a traceback."""
    refused = ""
    try:
        told = simulated(DESIGN, "growth", setting)
    except Refused as refusal:
        told, refused = [], str(refusal)
    assert told or refused.startswith("--set: ")


def changes_of(file: Path) -> list[tuple[int, Finding]]:
    """The findings of a file whose comparison proposes a change, with the number of their design."""
    reviews = review(file.read_bytes(), file.name)
    return [
        (number, finding)
        for number, one in enumerate(reviews)
        for finding in one.findings
        if finding.comparison is not None and finding.comparison.change is not None
    ]


def about(finding: Finding) -> tuple[object, ...]:
    """What a finding compares in which features."""
    compared = finding.comparison
    return finding.rule, finding.features, compared and (compared.what, compared.than)


@pytest.mark.slow
def test_the_change_that_a_finding_proposes_is_a_setting_that_clears_it() -> None:
    """For every finding of the examples, the published designs and the faults of each rule."""
    files = [
        *EXAMPLES,
        *sorted((ROOT / "tests" / "corpus").glob("*.yaml")),
        *sorted(RULES.glob("*/fail.yaml")),
    ]
    proposed = 0
    for file in files:
        documents = document.read(file.read_bytes())
        for number, finding in changes_of(file):
            assert finding.comparison is not None
            assert finding.comparison.change is not None
            field, value = finding.comparison.change
            content = documents[number].content
            changed = with_values(content, [f"{field}={value}"], build(spec.read(content)))
            (after,) = review(json.dumps(changed), file.name)
            assert not after.unreviewed, (file, field, value)
            assert about(finding) not in [about(one) for one in after.findings], (file, field, value)
            proposed += 1
    assert proposed > 100
