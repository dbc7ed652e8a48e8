"""A rule of a team: what its condition says of a design, and what is wrong with a condition."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from conftest import ROOT, RULEBOOK, cli
from house import INTERVAL, MESSAGE, RULE, design, folder, judged, ruled, section, told, verdict, within
from hypothesis import given
from hypothesis import strategies as st

from rtreview.language import spec
from rtreview.language.building import build
from rtreview.language.design import Feature
from rtreview.project import nearest
from rtreview.reviews.engine import judge
from rtreview.rulebook.finding import Severity, Verdict
from rtreview.team import fragment
from rtreview.team.house_rule import HouseRule
from rtreview.text import document
from rtreview.text.place import Span

EXAMPLE = ROOT / "examples" / "team-references"
SCHEMA = json.loads((ROOT / "schemas" / "rule.schema.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test is called from the root of a repository of its own."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("spec", "expected", "reason"),
    [
        ("{interval: 25s}", Verdict.VIOLATED, "25 s is more than our 20 s."),
        ("{interval: 20000ms}", Verdict.PASSED, "`transport.heartbeat.interval` is 20 s"),
        ("{timeout: 5s}", Verdict.UNSTATED, "The spec does not say `transport.heartbeat.interval`."),
        ("{interval: none}", Verdict.VIOLATED, "none is more than our 20 s."),
        ("none", Verdict.VIOLATED, "none is more than our 20 s."),
    ],
)
def test_a_rule_of_a_team_has_three_answers(spec: str, expected: Verdict, reason: str) -> None:
    """What is stated meets it or breaks it, `none` breaks a bound, and silence is a question."""
    one = judged(
        ruled(f"{{{INTERVAL}}}", message=MESSAGE), f"transport: {{kind: websocket, heartbeat: {spec}}}"
    )
    (judgement,) = one.judgements
    assert (judgement.verdict, judgement.reason) == (expected, reason)
    assert [finding.verdict for finding in one.findings] == [expected] * (expected is not Verdict.PASSED)


def test_what_is_none_has_no_fields() -> None:
    """A rule that wants a field of it is broken, and nobody is asked for what cannot be stated."""
    one = judged(
        ruled(within("transport.heartbeat", "{required: [timeout]}")), "transport: {heartbeat: none}"
    )
    (finding,) = one.findings
    assert (finding.verdict, finding.place.name) == (Verdict.VIOLATED, "transport.heartbeat")


def test_a_section_that_is_missing_is_asked_for_by_the_fields_that_count() -> None:
    """A design without a word on its connection does not meet, and does not break, a bound in it."""
    told = verdict(f"{{{INTERVAL}}}", "name: Nothing")
    assert (told.verdict, told.missing) == (Verdict.UNSTATED, ("transport.heartbeat.interval",))


def test_the_default_of_a_platform_is_stated() -> None:
    """Socket.IO beats every 25 s, and the finding points at the line that names it."""
    one = judged(ruled(f"{{{INTERVAL}}}", message=MESSAGE), "transport: {library: socket.io@4}")
    (finding,) = one.findings
    assert (finding.verdict, finding.message) == (Verdict.VIOLATED, "25 s is more than our 20 s.")
    assert finding.place.span == Span(2, 22, 2, 33)
    assert finding.place.label == "interval is 25 s: default of socket.io@4"


def test_a_bound_that_is_broken_has_both_numbers() -> None:
    """So a report shows what would clear it, and a baseline sees when it gets worse."""
    rules = ruled(f"{{{INTERVAL}}}")
    (finding,) = judged(rules, "transport: {heartbeat: {interval: 40s}}").findings
    comparison = finding.comparison
    assert comparison is not None
    assert (comparison.left, comparison.right, comparison.unit) == (40, 20, "s")
    assert comparison.change == ("transport.heartbeat.interval", "20s")
    assert finding.overshoot == 2
    rules = ruled(within("topology.nodes", "{at-least: 4}"))
    (finding,) = judged(rules, "topology: {nodes: 2}").findings
    assert finding.overshoot == 2


def test_what_is_only_assumed_neither_passes_nor_is_an_error() -> None:
    """An assumed number that breaks the rule is a warning at most; of one that meets it, nothing is known."""
    Path(".rtreview.toml").write_text("[assume.transport.heartbeat]\ninterval = '25s'\n")
    fallbacks = nearest.load([], RULEBOOK).fallbacks
    strict = {"fallbacks": fallbacks, "severity": {RULE: Severity.ERROR}}
    (finding,) = judged(ruled(f"{{{INTERVAL}}}"), "transport: {kind: sse}", **strict).findings
    assert (finding.verdict, finding.severity) == (Verdict.VIOLATED, Severity.WARNING)
    met = ruled(within("transport.heartbeat.interval", "{at-most: 30s}"))
    (judgement,) = judged(met, "transport: {kind: sse}", **strict).judgements
    assert judgement.verdict is Verdict.UNDECIDED
    assert "assumed" in judgement.reason
    slow = within("transport.heartbeat.interval", "{at-least: 60s}")
    (judgement,) = judged(
        ruled("{required: [presence]}", slow), "transport: {kind: sse}", **strict
    ).judgements
    assert judgement.verdict is Verdict.UNDECIDED


def test_a_limit_of_the_team_is_stated() -> None:
    """`[limits]` in the configuration fills what a design leaves open."""
    Path(".rtreview.toml").write_text("[limits.topology.node]\nmax_connections = '20k'\n")
    rules = ruled(within("topology.node.max_connections", "{at-most: 50k}"))
    (judgement,) = judged(rules, "name: A", fallbacks=nearest.load([], RULEBOOK).fallbacks).judgements
    assert judgement.verdict is Verdict.PASSED


PHONES = within("workload.clients", "{contains: {enum: [ios, android]}}")


@pytest.mark.parametrize(
    ("spec", "expected", "said"),
    [
        ("workload: {clients: [browser]}", Verdict.NOT_APPLICABLE, "`workload.clients` is browser"),
        ("workload: {clients: none}", Verdict.NOT_APPLICABLE, "`workload.clients` is none"),
        ("name: A", Verdict.UNDECIDED, "it would need `workload.clients`"),
        ("workload: {clients: [browser, ios]}", Verdict.UNSTATED, "The spec does not say `topology.nodes`."),
        ("workload: {clients: [ios]}\ntopology: {nodes: 2}", Verdict.PASSED, "`topology.nodes` is 2"),
    ],
)
def test_what_a_rule_applies_to_is_stated_too(spec: str, expected: Verdict, said: str) -> None:
    """Where the spec does not say whether the rule is meant, it is undecided: silence is not no."""
    told = verdict("{properties: {topology: {required: [nodes]}}}", spec, PHONES)
    assert (told.verdict, told.reason) == (expected, said)


QUIET = within("transport.heartbeat", "{const: none}")
QUICK = within("transport.heartbeat.interval", "{at-most: 20s}")
NO_PRESENCE = within("presence", "{const: none}")
CLEARED, ASKED, BROKEN = Verdict.PASSED, Verdict.UNSTATED, Verdict.VIOLATED


@pytest.mark.parametrize(
    ("require", "heartbeat", "presence", "expected"),
    [
        # One of several: met by any, and open while one may still be met.
        (f"{{anyOf: [{QUIET}, {QUICK}]}}", "none", None, CLEARED),
        (f"{{anyOf: [{QUIET}, {QUICK}]}}", "{interval: 5s}", None, CLEARED),
        (f"{{anyOf: [{QUIET}, {QUICK}]}}", "{timeout: 5s}", None, ASKED),
        (f"{{anyOf: [{QUIET}, {QUICK}]}}", "{interval: 50s}", None, BROKEN),
        (f"{{anyOf: [{NO_PRESENCE}, {QUICK}]}}", None, "none", CLEARED),
        (f"{{anyOf: [{NO_PRESENCE}, {QUICK}]}}", None, "{grace: 5s}", ASKED),
        # All of several: broken by any.
        (f"{{allOf: [{QUICK}, {{required: [presence]}}]}}", "{interval: 50s}", None, BROKEN),
        (f"{{allOf: [{QUICK}, {{required: [presence]}}]}}", "{interval: 5s}", None, ASKED),
        # The contrary: silence is no contrary.
        (f"{{not: {QUIET}}}", None, None, ASKED),
        (f"{{not: {QUIET}}}", "none", None, BROKEN),
        (f"{{not: {QUIET}}}", "{timeout: 5s}", None, CLEARED),
        (f"{{not: {QUICK}}}", "{timeout: 5s}", None, ASKED),
        (f"{{not: {QUICK}}}", "{interval: 5s}", None, BROKEN),
        # If: open where it is not known which side counts, unless both are met.
        (f"{{if: {QUIET}, then: {{required: [presence]}}}}", "none", None, ASKED),
        (f"{{if: {QUIET}, then: {{required: [presence]}}}}", "{timeout: 5s}", None, CLEARED),
        (f"{{if: {QUIET}, then: {{required: [presence]}}}}", None, None, ASKED),
        (f"{{if: {QUIET}, then: {{required: [presence]}}}}", None, "none", CLEARED),
        (f"{{if: {QUIET}, else: {QUICK}}}", "{interval: 50s}", None, BROKEN),
    ],
)
def test_what_is_not_stated_is_asked_for_while_it_could_decide(
    require: str, heartbeat: str | None, presence: str | None, expected: Verdict
) -> None:
    """Each word that joins fragments knows three values."""
    spec = f"transport: {{kind: sse{f', heartbeat: {heartbeat}' if heartbeat else ''}}}"
    told = verdict(require, f"{spec}\n{f'presence: {presence}' if presence else ''}")
    assert told.verdict is expected, told.reason


TIMED, NAMED = "{items: {required: [idle_timeout]}}", "{contains: {properties: {name: {const: edge}}}}"


@pytest.mark.parametrize(
    ("said", "path", "expected"),
    [
        (TIMED, "[aws-alb]", CLEARED),
        (TIMED, "[ours]", ASKED),
        (TIMED, "none", CLEARED),
        (TIMED, "null", ASKED),
        ("{items: {properties: {idle_timeout: {at-least: 70s}}}}", "[ours, aws-alb]", BROKEN),
        (NAMED, "edge", CLEARED),
        (NAMED, "[a]", BROKEN),
        (NAMED, "none", BROKEN),
        ("{contains: {properties: {buffering: {const: false}}}}", "[a]", ASKED),
    ],
)
def test_a_list_is_looked_at_item_by_item(said: str, path: str, expected: Verdict) -> None:
    """`items` speaks of each and `contains` of one of them; a platform's defaults count for its item."""
    told = verdict(within("transport.path", said), f"transport: {{kind: sse, path: {path}}}")
    assert told.verdict is expected, told.reason


@pytest.mark.parametrize(
    ("dependencies", "expected"),
    [
        ("{database: {when_down: fail}, presence: {when_down: stale}}", CLEARED),
        ("{database: {when_down: fail}, presence: {when_down: block}}", BROKEN),
        ("{database: {calls: 4}}", ASKED),
        ("none", CLEARED),
        ("null", ASKED),
    ],
)
def test_named_sections_are_looked_at_like_a_list(dependencies: str, expected: Verdict) -> None:
    """`items` speaks of each dependency, whatever it is called."""
    said = "{items: {properties: {when_down: {enum: [fail, stale]}}, required: [when_down]}}"
    told = verdict(within("dependencies", said), f"dependencies: {dependencies}")
    assert told.verdict is expected, told.reason


@pytest.mark.parametrize(
    ("at", "said", "stated", "expected"),
    [
        ("transport.heartbeat.interval", "{const: 1m}", "60s", CLEARED),
        ("transport.heartbeat.interval", "{enum: [none, 1m]}", "61s", BROKEN),
        ("presence.grace", "{enum: [none, 10s]}", "none", CLEARED),
        ("transport.heartbeat.interval", "{const: 9ms}", "0.009s", CLEARED),
        ("transport.heartbeat.interval", "{at-most: 0.009s}", "9ms", CLEARED),
        ("transport.heartbeat.interval", "{below: 9ms}", "0.009s", BROKEN),
        ("transport.http_version", "{const: 2}", "'2'", CLEARED),
        ("transport.event_ids", "{const: true}", "true", CLEARED),
        ("transport.event_ids", "{const: true}", "false", BROKEN),
        ("workload.clients", "{const: [ios, server]}", "[ios, server]", CLEARED),
        ("backpressure.queue", "{not: {const: unbounded}}", "unbounded", BROKEN),
        ("backpressure.queue", "{properties: {max_bytes: {at-most: 1MiB}}}", "unbounded", BROKEN),
        ("backpressure.queue.max_bytes", "{below: 1MiB}", "1024KiB", BROKEN),
        ("backpressure.queue.max_bytes", "{at-most: 1MiB}", "1024KiB", CLEARED),
        ("backpressure.queue.max_bytes", "{at-least: 1MiB}", "1MB", BROKEN),
        ("workload.connections", "{above: 10k}", "10000", BROKEN),
        ("workload.connections", "{above: 10k}", "10001", CLEARED),
        ("workload.connections", "{above: 10k}", "none", BROKEN),
        ("operations.close_spread", "{at-least: 30s}", "10s..60s", BROKEN),
        ("operations.close_spread", "{at-most: 60s}", "10s..60s", CLEARED),
        ("transport.reconnect.jitter", "{at-least: 30%}", "50%", CLEARED),
        ("transport.reconnect.jitter", "{at-least: 30%}", "full", BROKEN),
    ],
)
def test_values_are_compared_by_what_they_mean(at: str, said: str, stated: str, expected: Verdict) -> None:
    """In whatever unit they are written; a word and `none` meet no bound."""
    spec = stated
    for name in reversed(at.split(".")):
        spec = f"{{{name}: {spec}}}"
    told = verdict(within(at, said), spec[1:-1])
    assert told.verdict is expected, told.reason


FIELDS = {
    ("transport", "kind"): ["sse", "websocket"],
    ("transport", "heartbeat", "interval"): ["5s", "25s"],
    ("presence", "grace"): ["none", "10s"],
    ("workload", "clients"): [["ios"], ["browser", "ios"]],
}
CONDITIONS = {
    ("transport", "kind"): {"const": "sse"},
    ("transport", "heartbeat", "interval"): {"at-most": "20s"},
    ("presence", "grace"): {"not": {"const": "none"}},
    ("workload", "clients"): {"contains": {"enum": ["browser"]}},
}


def nested(path: tuple[str, ...], said: object, *between: str) -> dict[str, object]:
    """What is said at a path, with words between its names."""
    for name in reversed(path):
        said = {name: said}
        for word in between:
            said = {word: said}
    return said  # type: ignore[return-value]


SIMPLE = st.sampled_from(
    [
        *(nested(path, said, "properties") for path, said in CONDITIONS.items()),
        {"required": ["presence"]},
        nested(("transport",), {"required": ["heartbeat"]}, "properties"),
    ]
)


def joining(inner: st.SearchStrategy[dict[str, object]]) -> st.SearchStrategy[dict[str, object]]:
    """Fragments by themselves, and joined by each word that joins them."""
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        inner,
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"anyOf": several}),
        st.fixed_dictionaries({"allOf": several}),
        st.fixed_dictionaries({"if": inner, "then": inner, "else": inner}),
    )


FRAGMENTS = joining(joining(SIMPLE))
DESIGNS = st.fixed_dictionaries(
    {}, optional={path: st.sampled_from(values) for path, values in FIELDS.items()}
)


def outcome(wording: fragment.Wording, stated: dict[tuple[str, ...], object]) -> Verdict:
    """The verdict of a condition on a design that states these fields."""
    content: dict[str, Any] = {"rtreview": 1}
    for (*way, last), value in stated.items():
        holder = content
        for name in way:
            holder = holder.setdefault(name, {})
        holder[last] = value
    (feature,) = build(spec.read(content)).features
    rule = next(iter(RULEBOOK))._replace(check=HouseRule(*wording), subject=Feature)
    return judge(rule, feature, document.Document(("",)))[0].verdict


@pytest.mark.slow
@given(FRAGMENTS, DESIGNS, DESIGNS)
def test_what_is_decided_stays_decided_when_more_is_stated(
    require: dict[str, Any], some: dict[tuple[str, ...], object], more: dict[tuple[str, ...], object]
) -> None:
    """Silence leaves a condition open and never decides it; where all is stated, nothing is open."""
    wording, wrong = fragment.read({"require": require, "message": "It is not so."})
    assert not wrong
    before, after = outcome(wording, some), outcome(wording, {**more, **some})
    assert before in (CLEARED, ASKED, BROKEN)
    assert before is after or before is ASKED
    assert outcome(wording, {**{path: values[0] for path, values in FIELDS.items()}, **some}) is not ASKED


def test_a_fault_and_a_silence_are_both_told() -> None:
    """A rule may find one thing and ask for another."""
    one = judged(ruled(f"{{required: [presence], {INTERVAL}}}"), "transport: {heartbeat: {interval: 50s}}")
    assert [finding.verdict for finding in one.findings] == [Verdict.VIOLATED, Verdict.UNSTATED]


def test_a_finding_points_at_every_place_that_breaks_the_rule() -> None:
    """The first is the place, and the others are related."""
    require = within("transport.path", "{items: {properties: {idle_timeout: {at-least: 2m}}}}")
    spec = "transport:\n  path:\n  - {name: a, idle_timeout: 60s}\n  - {name: b, idle_timeout: 70s}"
    (finding,) = judged(ruled(require), spec).findings
    assert finding.place.span == Span(4, 29, 4, 32)
    assert [place.name for place in finding.related] == ["transport.path[b].idle_timeout"]


def test_a_rule_that_looks_at_a_whole_feature_points_at_what_it_names() -> None:
    """`not` at the top has no field of its own."""
    require = "{not: " + within("transport.kind", "{const: polling}") + "}"
    (finding,) = judged(ruled(require), "transport: {kind: polling}").findings
    assert finding.place.name == "transport.kind"


def test_features_on_one_connection_have_one_finding() -> None:
    """What is said of both at the same place is said once; a connection of its own, worse, is another."""
    spec = (
        "transport: {heartbeat: {interval: 50s}}\n"
        "features: {a: {}, b: {}, c: {transport: {heartbeat: {interval: 60s}}}}"
    )
    found = judged(ruled(f"{{{INTERVAL}}}"), spec).findings
    assert [finding.features for finding in found] == [("c",), ("a", "b")]


def test_a_message_prints_what_a_design_says_and_runs_nothing() -> None:
    """A missing value is told as such; braces in a value, and other braces, stay as they are."""
    message = "{sync.library}, {transport.service}, {presence.grace}; } and {"
    spec = 'transport: {service: none, heartbeat: none}\nsync: {library: "{0.__class__} {presence.ttl}"}'
    (finding,) = judged(ruled(f"{{{INTERVAL}}}", message=message), spec).findings
    assert finding.message == "{0.__class__} {presence.ttl}, none, not stated; } and {"


def test_hostile_text_of_a_design_does_nothing_in_a_terminal() -> None:
    """What a message quotes from a spec is made visible, as everywhere."""
    folder(section(f"require: {{{INTERVAL}}}\nmessage: 'Of {{sync.library}}.'"))
    name = design('rtreview: 1\nsync: {library: "\\e[31m\\u202e"}\ntransport: {heartbeat: none}\n')
    told = cli("--references", "house", "--select", RULE, "--color", "never", name).stdout
    assert "Of " in told
    assert "\x1b" not in told
    assert "\u202e" not in told


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("require: [", "11:11 This is not YAML"),
        ("", "8:1 The block is empty: it states `require` and `message`."),
        ("- a", "11:1 Expected a mapping of applies, require, message, found a list."),
        ("message: a", "11:1 `require` is missing."),
        ("require: {required: [sync]}", "11:1 `message` is missing."),
        ("reqire: 1\nrequire: {required: [sync]}\nmessage: a", "11:1 `reqire` is no part of a rule: did"),
        ("require: {required: [sync]}\nmessage: 'a {sync}'", "12:10 `{sync}` names no field of a feature."),
        ("require: {required: [sync]}\nmessage: '{a.__class__}'", "12:10 `{a.__class__}` names no field"),
        ("require: {required: [sync]}\nmessage: 'a {}'", "12:10 `{}` names no field of a feature."),
        ("require: {required: [sync]}\nmessage: [a]", "12:10 `message`: expected a sentence, found a list."),
        ("require: {required: [sync]}\nrequire: 1\nmessage: a", "12:1 `require` is written twice: keep one"),
        ("require: &a {not: *a}\nmessage: a", "11:19 The anchor `&a` contains itself."),
        ("require: !!python/object:os.system {a: b}\nmessage: a", "11:10 The tag `tag:yaml.org,2002:python/"),
    ],
)
def test_a_mistake_in_a_rule_has_its_place(rule: str, expected: str) -> None:
    """Line and column are those of the reference file."""
    (said,) = told(section(rule))
    assert said.startswith(expected)


@pytest.mark.parametrize(
    ("at", "said", "column", "expected"),
    [
        ("", "{}", 1, "Expected a mapping of keywords such as `properties`, found an empty one."),
        ("", "{not: true}", 7, "Expected a mapping of keywords such as `properties`, found `true`."),
        ("", "{requird: [sync]}", 2, "`requird` says nothing of a feature: did you mean `required`?"),
        ("", "{const: none}", 2, "`const` says nothing of a feature: it takes properties, required, anyOf,"),
        ("", "{required: [presense]}", 13, "`presense` is no field of a feature: did you mean `presence`?"),
        ("", "{required: [[sync]]}", 13, "A list is no field of a feature: did you mean `sync`?"),
        ("", "{required: sync}", 12, "`required`: expected a list, found `sync`."),
        ("", "{anyOf: []}", 9, "`anyOf`: expected a list, found an empty one."),
        ("", "{properties: {}}", 14, "`properties`: expected a mapping of fields, found an empty one."),
        ("", "{then: {required: [sync]}}", 1, "`if` and `then`, or `else`, go together."),
        ("", "{if: {required: [sync]}}", 1, "`if` and `then`, or `else`, go together."),
        ("presence", "{const: non}", 9, "`presence` is never `non`: expected `none`."),
        (
            "presence",
            "{properties: {gracee: {below: 3s}}}",
            15,
            "`gracee` is no field of `presence`: did you",
        ),
        ("presence.grace", "{maximum: 3s}", 2, "`maximum` says nothing of `presence.grace`: it is written"),
        ("presence.grace", "{at-most: 3}", 11, "`presence.grace`: `3` has no unit: `3s`?"),
        ("presence.grace", "{const: soon}", 9, "`presence.grace`: `soon` is not a duration such as `30s`."),
        ("presence.grace", "{required: [ttl]}", 2, "`required` says nothing of `presence.grace`: it takes"),
        ("transport.kind", "{enum: [sse, websockets]}", 14, "`transport.kind`: `websockets` is not one of"),
        ("transport.kind", "{at-most: 3s}", 2, "`at-most` says nothing of `transport.kind`: it takes const,"),
        ("transport.library", "{pattern: a}", 2, "`pattern` says nothing of `transport.library`: it is"),
        (
            "transport.path",
            "{properties: {name: {const: a}}}",
            2,
            "`properties` says nothing of `transport.path`",
        ),
        ("workload.clients", "{contains: {const: fridge}}", 20, "`workload.clients`: `fridge` is not one of"),
    ],
)
def test_a_mistake_in_a_condition_has_its_place(at: str, said: str, column: int, expected: str) -> None:
    """What would never be met and never be broken is none: a name, a word, a value or a unit."""
    condition = within(at, said) if at else said
    (mistake,) = told(section(f"require: {condition}\nmessage: a"))
    before = len("require: ") + condition.index(said)
    assert mistake.startswith(f"11:{before + column} {expected}")


RULES = [
    f"require: {{{INTERVAL}}}\nmessage: a",
    f"applies: {PHONES}\nrequire: {QUIET}\nmessage: a",
    f"require: {{anyOf: [{QUIET}, {QUICK}]}}\nmessage: a",
    f"require: {{if: {QUIET}, then: {QUICK}}}\nmessage: a",
    "require: {if: {required: [sync]}}\nmessage: a",
    "require: {then: {required: [sync]}}\nmessage: a",
    "require: {required: [presense]}\nmessage: a",
    "require: {minimum: 3}\nmessage: a",
    "require: {required: []}\nmessage: a",
    "require: {}\nmessage: a",
    "require: {required: [sync]}",
    "message: a",
    f"require: {within('presence.grace', '{at-most: 3}')}\nmessage: a",
    f"require: {within('presence.grace', '{at-most: 3s}')}\nmessage: a",
    f"require: {within('transport.kind', '{at-most: 3s}')}\nmessage: a",
    f"require: {within('transport.kind', '{enum: [sse, none]}')}\nmessage: a",
    f"require: {within('transport.kind', '{enum: [sse, websockets]}')}\nmessage: a",
    f"require: {within('transport.path', '{items: {required: [name]}}')}\nmessage: a",
    f"require: {within('workload.connections', '{below: 10k}')}\nmessage: a",
]


@pytest.mark.parametrize("text", RULES)
def test_the_schema_accepts_what_the_reader_accepts(text: str) -> None:
    """An editor and `rtreview` say the same of a block."""
    read = document.read(text.encode())[0].content
    _, wrong = fragment.read(read)
    valid = jsonschema.Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text))
    assert valid is not bool(wrong), [one.message for one in wrong]


@pytest.mark.slow
def test_the_rules_of_the_example_are_valid() -> None:
    """Each block of `examples/team-references`."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    blocks = re.findall(
        r"^### Rule\n\n```yaml\n(.*?)^```", (EXAMPLE / "validations.md").read_text(), re.M | re.S
    )
    assert len(blocks) == 2
    for block in blocks:
        jsonschema.Draft202012Validator(SCHEMA).validate(yaml.safe_load(block))


@pytest.mark.parametrize("name", ["docs/own-rules.md"])
def test_a_rule_in_the_prose_is_one_of_the_example(name: str) -> None:
    """What a reader copies is what the example shows, and works."""
    opening = re.compile(r"^```yaml\n(applies:.*?)^```", re.MULTILINE | re.DOTALL)
    known = [
        yaml.safe_load(block) for block in opening.findall((EXAMPLE / "validations.md").read_text("utf-8"))
    ]
    (shown,) = opening.findall((ROOT / name).read_text("utf-8"))
    assert yaml.safe_load(shown) in known
