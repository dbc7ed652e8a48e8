"""The references of a team: its own rules and what they say, what stands in place of ours, and mistakes."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from conftest import ROOT, cli

from rtreview import document, fragment, rulebook, settings, team
from rtreview.engine import review
from rtreview.finding import Finding, Judgement, Review, Severity, Span, Verdict
from rtreview.policy import Policy
from rtreview.refusal import Refused, Unusable
from rtreview.rulebook import Rulebook

EXAMPLE = ROOT / "examples" / "team-references"
SCHEMA = json.loads((ROOT / "schemas" / "rule.schema.json").read_text("utf-8"))
RULE = "quick-beats"
INTERVAL = "properties: {transport: {properties: {heartbeat: {properties: {interval: {at-most: 20s}}}}}}"
MESSAGE = "{transport.heartbeat.interval} is more than our 20 s."
SECTION = """\
## {id}

**Beats are slow**

- Severity: {severity}
- Cites: {cites}

### Rule

```yaml
{rule}
```

### Why

Our proxy closes what is quiet.

### The way out

Beat every 20 s.

### Question

How often does it beat?

### Bad

```yaml
{bad}
```

### Good

```yaml
{good}
```
"""
BAD = "rtreview: 1\ntransport: {kind: websocket, heartbeat: {interval: 25s}}"
GOOD = "rtreview: 1\ntransport: {kind: websocket, heartbeat: {interval: 20s}}"
Write = Callable[..., Path]


def section(rule: str = f"require: {{{INTERVAL}}}\nmessage: '{MESSAGE}'", **parts: str) -> str:
    """A section of a rule: whole and sound, but for what is given."""
    known = {"id": RULE, "severity": "warning", "cites": "websocket-proxy-timeout", "bad": BAD, "good": GOOD}
    return SECTION.format(**{**known, "rule": rule, **parts})


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test is called from the root of a repository of its own."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def folder(text: str | bytes, name: str = "validations.md") -> str:
    """A folder of references with this file."""
    Path("house").mkdir(exist_ok=True)
    Path("house", name).write_bytes(text.encode() if isinstance(text, str) else text)
    return "house"


def design(text: str, name: str = "d.rtreview.yaml") -> str:
    """A design in a file."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, "utf-8")
    return name


def ruled(require: str, applies: str = "", message: str = "It is not so.") -> Rulebook:
    """A rulebook with one rule of the team."""
    lines = [f"require: {require}", *([f"applies: {applies}"] if applies else []), f"message: '{message}'"]
    return team.read(folder(section("\n".join(lines))))


def judged(rules: Rulebook, spec: str, **policy: Any) -> Review:
    """A design, reviewed by the team's rule alone."""
    (only,) = review(f"rtreview: 1\n{spec}", "d.yaml", Policy(select=(RULE,), rulebook=rules, **policy))
    return only


def verdict(require: str, spec: str, applies: str = "") -> Judgement:
    """What a condition says of a design."""
    one = judged(ruled(require, applies), spec)
    assert one.judgements, [finding.message for finding in one.findings]
    (judgement,) = one.judgements
    return judgement


def within(path: str, said: str) -> str:
    """A fragment on the part at a path."""
    for name in reversed(path.split(".")):
        said = f"{{properties: {{{name}: {said}}}}}"
    return said


def mistakes(text: str | bytes, name: str = "validations.md", *, examples: bool = False) -> list[Finding]:
    """What is wrong with references."""
    with pytest.raises(Unusable) as refused:
        (team.check if examples else team.read)(folder(text, name))
    return [finding for one in refused.value.reviews for finding in one.findings]


# What a condition says


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
    """An assumed number is a warning at most, where it breaks the rule; where it meets it, nothing is known."""
    Path(".rtreview.toml").write_text("[assume.transport.heartbeat]\ninterval = '25s'\n")
    fallbacks = settings.load([]).fallbacks
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
    (judgement,) = judged(rules, "name: A", fallbacks=settings.load([]).fallbacks).judgements
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
CLEARED, ASKED, BROKEN = Verdict.PASSED, Verdict.UNSTATED, Verdict.VIOLATED


@pytest.mark.parametrize(
    ("require", "spec", "expected"),
    [
        # One of several: met by any, open while one may still be met.
        (f"{{anyOf: [{QUIET}, {QUICK}]}}", "transport: {heartbeat: none}", CLEARED),
        (f"{{anyOf: [{QUIET}, {QUICK}]}}", "transport: {heartbeat: {interval: 5s}}", CLEARED),
        (f"{{anyOf: [{QUIET}, {QUICK}]}}", "transport: {heartbeat: {timeout: 5s}}", ASKED),
        (f"{{anyOf: [{QUIET}, {QUICK}]}}", "transport: {heartbeat: {interval: 50s}}", BROKEN),
        (f"{{anyOf: [{QUICK}, {within('presence', '{const: none}')}]}}", "presence: none", CLEARED),
        (f"{{anyOf: [{QUICK}, {within('presence', '{const: none}')}]}}", "presence: {grace: 5s}", ASKED),
        # All of several: broken by any.
        (
            f"{{allOf: [{QUICK}, {{required: [presence]}}]}}",
            "transport: {heartbeat: {interval: 50s}}",
            BROKEN,
        ),
        (f"{{allOf: [{QUICK}, {{required: [presence]}}]}}", "transport: {heartbeat: {interval: 5s}}", ASKED),
        # The contrary: silence is no contrary.
        (within("transport.heartbeat", "{not: {const: none}}"), "transport: {kind: sse}", ASKED),
        (within("transport.heartbeat", "{not: {const: none}}"), "transport: {heartbeat: none}", BROKEN),
        (
            within("transport.heartbeat", "{not: {const: none}}"),
            "transport: {heartbeat: {timeout: 5s}}",
            CLEARED,
        ),
        (f"{{not: {QUICK}}}", "transport: {kind: sse}", ASKED),
        (f"{{not: {QUICK}}}", "transport: {heartbeat: {interval: 5s}}", BROKEN),
        # If: open where it is not known which of the two counts, unless both are met.
        (f"{{if: {QUIET}, then: {{required: [presence]}}}}", "transport: {heartbeat: none}", ASKED),
        (
            f"{{if: {QUIET}, then: {{required: [presence]}}}}",
            "transport: {heartbeat: {timeout: 5s}}",
            CLEARED,
        ),
        (f"{{if: {QUIET}, then: {{required: [presence]}}}}", "name: A", ASKED),
        (f"{{if: {QUIET}, then: {{required: [presence]}}}}", "presence: none", CLEARED),
        (f"{{if: {QUIET}, else: {QUICK}}}", "transport: {heartbeat: {interval: 50s}}", BROKEN),
        # Lists: each item, or one of them.
        (
            within("transport.path", "{items: {required: [idle_timeout]}}"),
            "transport: {path: [aws-alb]}",
            CLEARED,
        ),
        (within("transport.path", "{items: {required: [idle_timeout]}}"), "transport: {path: [ours]}", ASKED),
        (within("transport.path", "{items: {required: [idle_timeout]}}"), "transport: {path: none}", CLEARED),
        (within("transport.path", "{items: {required: [idle_timeout]}}"), "transport: {kind: sse}", ASKED),
        (
            within("transport.path", "{items: {properties: {idle_timeout: {at-least: 70s}}}}"),
            "transport: {path: [ours, aws-alb]}",
            BROKEN,
        ),
        (
            within("transport.path", "{contains: {properties: {name: {const: edge}}}}"),
            "transport: {path: edge}",
            CLEARED,
        ),
        (
            within("transport.path", "{contains: {properties: {name: {const: edge}}}}"),
            "transport: {path: [a]}",
            BROKEN,
        ),
        (
            within("transport.path", "{contains: {properties: {name: {const: edge}}}}"),
            "transport: {path: none}",
            BROKEN,
        ),
        (
            within("transport.path", "{contains: {properties: {buffering: {const: false}}}}"),
            "transport: {path: [a]}",
            ASKED,
        ),
        # Values, whatever they are written as.
        (
            within("transport.heartbeat.interval", "{const: 1m}"),
            "transport: {heartbeat: {interval: 60s}}",
            CLEARED,
        ),
        (
            within("transport.heartbeat.interval", "{enum: [none, 1m]}"),
            "transport: {heartbeat: {interval: 61s}}",
            BROKEN,
        ),
        (within("transport.http_version", "{const: 2}"), "transport: {http_version: '2'}", CLEARED),
        (within("transport.event_ids", "{const: true}"), "transport: {event_ids: true}", CLEARED),
        (within("transport.event_ids", "{const: true}"), "transport: {event_ids: false}", BROKEN),
        (within("workload.clients", "{const: [ios, server]}"), "workload: {clients: [ios, server]}", CLEARED),
        (
            within("backpressure.queue", "{not: {const: unbounded}}"),
            "backpressure: {queue: unbounded}",
            BROKEN,
        ),
        (
            within("backpressure.queue.max_bytes", "{at-most: 1MiB}"),
            "backpressure: {queue: unbounded}",
            BROKEN,
        ),
        (
            within("backpressure.queue.max_bytes", "{below: 1MiB}"),
            "backpressure: {queue: {max_bytes: 1024KiB}}",
            BROKEN,
        ),
        (
            within("backpressure.queue.max_bytes", "{at-least: 1MiB}"),
            "backpressure: {queue: {max_bytes: 1MB}}",
            BROKEN,
        ),
        (within("workload.connections", "{above: 10k}"), "workload: {connections: 10000}", BROKEN),
        (within("workload.connections", "{above: 10k}"), "workload: {connections: 10001}", CLEARED),
        (
            within("operations.close_spread", "{at-least: 30s}"),
            "operations: {close_spread: 10s..60s}",
            BROKEN,
        ),
        (
            within("operations.close_spread", "{at-most: 60s}"),
            "operations: {close_spread: 10s..60s}",
            CLEARED,
        ),
        (
            within("transport.reconnect.jitter", "{at-least: 30%}"),
            "transport: {reconnect: {jitter: full}}",
            BROKEN,
        ),
    ],
)
def test_each_word_of_a_condition_knows_silence(require: str, spec: str, expected: Verdict) -> None:
    """What is stated decides; what is not stated is asked for, as long as it could decide."""
    told = verdict(require, spec)
    assert told.verdict is expected, told.reason


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
    """What is said of both at the same place is said once; a connection of its own is another."""
    spec = (
        "transport: {heartbeat: {interval: 50s}}\n"
        "features: {a: {}, b: {}, c: {transport: {heartbeat: {interval: 60s}}}}"
    )
    found = judged(ruled(f"{{{INTERVAL}}}"), spec).findings
    assert [finding.features for finding in found] == [("a", "b"), ("c",)]


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


# What stands in place of ours


def test_an_override_changes_what_it_says_and_leaves_the_rest() -> None:
    """Severity and texts of the team, the condition and the other texts of ours, and the team's place."""
    text = (
        "# Ours\n\n## missing-heartbeat\n\n- Severity: info\n\n### The way out\n\nUse our client. It beats.\n"
    )
    rules = team.read(folder(text))
    (theirs,) = [rule for rule in rules if rule.id == "missing-heartbeat"]
    (ours,) = [rule for rule in rulebook.load() if rule.id == "missing-heartbeat"]
    assert len(rules) == len(rulebook.load())
    assert theirs.check is ours.check
    (finding,) = [
        finding
        for one in review(
            "rtreview: 1\ntransport: {kind: sse, heartbeat: none}", policy=Policy(rulebook=rules)
        )
        for finding in one.findings
        if finding.rule == "missing-heartbeat"
    ]
    assert (finding.severity, finding.title) == (Severity.INFO, ours.section.title)
    assert finding.way_out == "Use our client."
    assert finding.why == ours.section.first_sentence("Why")
    assert finding.cites.validation == (ours.id, ours.section.title, "house/validations.md", 3)
    assert finding.cites.sharp_edges == ours.cites.sharp_edges


def test_an_override_of_a_sharp_edge_is_what_our_rules_cite() -> None:
    """Its heading is in the team's file from then on."""
    rules = team.read(folder("## half-open-connection-ghost\n\n### Symptoms\n\n- Ours.\n", "sharp_edges.md"))
    (rule,) = [rule for rule in rules if rule.id == "missing-heartbeat"]
    cited = {one.id: (one.file, one.line) for one in rule.cites.sharp_edges}
    assert cited["half-open-connection-ghost"] == ("house/sharp_edges.md", 1)
    assert rules.sections["half-open-connection-ghost"].texts["Symptoms"] == "- Ours."
    assert rules.sections["half-open-connection-ghost"].texts["Why"]


def test_a_severity_in_place_of_ours_holds_for_every_case_unless_it_says_more() -> None:
    """`socket-io-no-adapter` is an info, and an error where rooms span nodes."""
    name, case = "socket-io-no-adapter", "rooms span nodes"
    for stated, expected in (
        ("warning", {"": Severity.WARNING, case: Severity.WARNING}),
        (f"warning; error when {case}", {"": Severity.WARNING, case: Severity.ERROR}),
    ):
        rules = team.read(folder(f"## {name}\n\n- Severity: {stated}\n"))
        assert next(rule.severities for rule in rules if rule.id == name) == expected


def test_our_rulebook_is_as_it_was() -> None:
    """What a team changes is in its own rulebook and nowhere else."""
    before = [(rule.id, rule.severities, rule.cites) for rule in rulebook.load()]
    team.read(str(EXAMPLE))
    assert [(rule.id, rule.severities, rule.cites) for rule in rulebook.load()] == before


# Mistakes


def told(text: str | bytes, name: str = "validations.md", *, examples: bool = False) -> list[str]:
    """The mistakes with their lines and columns."""
    return [
        f"{one.place.span.line}:{one.place.span.column} {one.message}"
        for one in mistakes(text, name, examples=examples)
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("require: [", "11:11 This is not YAML"),
        ("", "8:1 The block is empty: it states `require` and `message`."),
        ("- a", "11:1 Expected a mapping of applies, require, message, found a list."),
        ("message: a", "11:1 `require` is missing."),
        ("require: {required: [presence]}", "11:1 `message` is missing."),
        (
            "reqire: 1\nrequire: {required: [presence]}\nmessage: a",
            "11:1 `reqire` is no part of a rule: did you mean `require`?",
        ),
        (
            "require: {}\nmessage: a",
            "11:10 Expected a mapping of keywords such as `properties`, found a mapping.",
        ),
        (
            "require: {minimum: 3}\nmessage: a",
            "11:11 `minimum` says nothing of a feature: it takes properties, required, anyOf, allOf, not, if, then, else.",
        ),
        (
            "require: {requird: [presence]}\nmessage: a",
            "11:11 `requird` says nothing of a feature: did you mean `required`?",
        ),
        (
            "require: {required: [presense]}\nmessage: a",
            "11:22 `presense` is no field of a feature: did you mean `presence`?",
        ),
        ("require: {required: presence}\nmessage: a", "11:21 `required`: expected a list, found `presence`."),
        ("require: {required: []}\nmessage: a", "11:21 `required`: expected a list, found a list."),
        (
            "require: {properties: {sync: {properties: {}}}}\nmessage: a",
            "11:43 `properties`: expected a mapping of fields, found a mapping.",
        ),
        (
            "require: {properties: {presence: {properties: {gracee: {at-most: 3s}}}}}\nmessage: a",
            "11:48 `gracee` is no field of `presence`: did you mean `grace`?",
        ),
        (
            f"require: {within('presence.grace', '{maximum: 3s}')}\nmessage: a",
            "11:56 `maximum` says nothing of `presence.grace`: it is written `at-most` here.",
        ),
        (
            f"require: {within('presence.grace', '{at-most: 3}')}\nmessage: a",
            "11:65 `presence.grace`: `3` has no unit: `3s`?",
        ),
        (
            f"require: {within('presence.grace', '{const: soon}')}\nmessage: a",
            "11:63 `presence.grace`: `soon` is not a duration such as `30s`.",
        ),
        (
            f"require: {within('presence', '{const: non}')}\nmessage: a",
            "11:42 `presence` is never `non`: did you mean `none`?",
        ),
        (
            f"require: {within('transport.kind', '{enum: [sse, websockets]}')}\nmessage: a",
            "11:68 `transport.kind`: `websockets` is not one of",
        ),
        (
            f"require: {within('transport.kind', '{at-most: 3s}')}\nmessage: a",
            "11:56 `at-most` says nothing of `transport.kind`: it takes const",
        ),
        (
            f"require: {within('transport.kind', '{pattern: a}')}\nmessage: a",
            "11:56 `pattern` says nothing of `transport.kind`: it is written `enum` here.",
        ),
        ("require: {then: {required: [sync]}}\nmessage: a", "11:10 `if` and `then`, or `else`, go together."),
        (
            "require: {not: true}\nmessage: a",
            "11:16 Expected a mapping of keywords such as `properties`, found `true`.",
        ),
        ("require: {required: [sync]}\nmessage: 'a {sync}'", "12:10 `{sync}` names no field of a feature."),
        (
            "require: {required: [sync]}\nmessage: 'a {sync.__class__}'",
            "12:10 `{sync.__class__}` names no field of a feature.",
        ),
        ("require: {required: [sync]}\nmessage: 'a {}'", "12:10 `{}` names no field of a feature."),
        ("require: {required: [sync]}\nmessage: [a]", "12:10 `message`: expected a sentence, found a list."),
        ("require: &a {not: *a}\nmessage: a", "11:19 The anchor `&a` contains itself."),
        (
            "require: {required: [sync]}\nrequire: 1\nmessage: a",
            "12:1 `require` is written twice: keep one of the two.",
        ),
        ("require: !!python/object:os.system {a: b}\nmessage: a", "11:10 The tag"),
    ],
)
def test_a_mistake_in_a_condition_has_its_place(rule: str, expected: str) -> None:
    """Line and column are those of the reference file, and the sentence says what is meant."""
    (said,) = told(section(rule))
    assert said.startswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (section(severity="bad"), ["5:13 `bad` is no severity: expected error, warning, info."]),
        (
            section(severity="error; info when it rains"),
            ["5:30 `it rains` is no case of this rule; a rule of a team has one severity."],
        ),
        (
            section(cites="websocket-proxy-timout"),
            [
                "6:10 No sharp edge and no pattern is called `websocket-proxy-timout`: did you mean `websocket-proxy-timeout`?"
            ],
        ),
        (
            section(cites="missing-heartbeat"),
            ["6:10 No sharp edge and no pattern is called `missing-heartbeat`."],
        ),
        (
            section(cites="[websocket-proxy-timeout](edges.md#a)"),
            [
                "6:36 `edges.md#a` is not where `websocket-proxy-timeout` stands: sharp_edges.md#websocket-proxy-timeout."
            ],
        ),
        (
            section().replace("- Cites", "- Sites"),
            [
                "1:1 `- Cites: ` is missing.",
                "6:1 `Sites` is nothing that a section states: did you mean `Cites`?",
            ],
        ),
        (
            section().replace("- Cites", "- Failures: moon at drain\n- Cites"),
            [
                "6:1 `moon at drain`: `moon` is none of clients, path, nodes, backplane, presence, messages, state, queues."
            ],
        ),
        (
            section().replace("### Why", "### Wy"),
            [
                "1:1 `### Why` is missing or empty.",
                "15:1 `Wy` is no heading of a validation: did you mean `Why`?",
            ],
        ),
        (
            section().replace("### Good", "### Bad"),
            ["1:1 `### Good` is missing or empty.", "27:1 `### Bad` stands there twice."],
        ),
        (
            section().replace("```yaml\nrequire", "require").replace("s.'\n```\n", "s.'\n"),
            ["8:1 Expected one block that opens with ```yaml, with `require` and `message`."],
        ),
        (
            section(id="Quick beats"),
            ["1:1 `Quick beats` cannot be the id of a rule: words such as `no-quiet-hours`."],
        ),
        (
            section(id="unknown-platform"),
            ["1:1 `unknown-platform` cannot be the id of a rule: words such as `no-quiet-hours`."],
        ),
        (
            section(id="accepted-risk-of-ours"),
            ["1:1 `accepted-risk-of-ours` cannot be the id of a rule: words such as `no-quiet-hours`."],
        ),
        (section(id="missing-heartbeat"), ["8:1 The condition of a rule of ours cannot be another."]),
        (section() + section(), ["40:1 `quick-beats` has a section at house/validations.md:1 already."]),
        (
            section().replace("Beat every 20 s.", "See [it](patterns.md#nowhere)."),
            ["21:10 Nothing stands at `patterns.md#nowhere`."],
        ),
        (
            "## mising-heartbeat\n\n- Severity: info\n",
            ["1:1 `mising-heartbeat` is no rule of ours: did you mean `missing-heartbeat`?"],
        ),
        (
            "## missing-heartbeat\n\nWe like it.\n",
            ["1:1 Nothing stands here in place of our `missing-heartbeat`."],
        ),
        (
            "## missing-heartbeat\n\n- Severity: fatal\n",
            ["3:13 `fatal` is no severity: expected error, warning, info."],
        ),
        (
            "## websocket-thundering-herd\n\n### Why\n\nSo.\n",
            [
                "1:1 `websocket-thundering-herd` is a sharp-edge of ours: what stands in its place belongs in sharp_edges.md."
            ],
        ),
        ("", ["1:1 No section stands here: each begins with `## ` and its id."]),
        (b"## a\n\xff", ["2:1 The file is not UTF-8 text (byte 0xff at offset 5): save it as UTF-8."]),
        ("## a\n\x1b[31m", ["2:1 The file is not a text file: it holds the control character U+001B."]),
    ],
)
def test_a_mistake_in_a_section_has_its_place(text: str | bytes, expected: list[str]) -> None:
    """A word that has no meaning would be left out in silence, so it is a finding."""
    assert told(text) == expected


def test_sharp_edges_and_patterns_are_looked_at_as_well() -> None:
    """An id that another kind of section has, and a heading that nobody reads."""
    assert told("## missing-heartbeat\n\n### Why\n\nSo.\n", "patterns.md") == [
        "1:1 `missing-heartbeat` is a validation of ours: what stands in its place belongs in validations.md."
    ]
    Path("house/patterns.md").unlink()
    assert told("## our-edge\n\n### Symtoms\n\n- Slow.\n", "sharp_edges.md") == [
        "3:1 `Symtoms` is no heading of a sharp-edge: did you mean `Symptoms`?"
    ]


def test_an_anti_pattern_of_a_team_stands_below_its_heading() -> None:
    """As in ours; a rule cites it as one."""
    folder("# Anti-patterns\n\n## Shouting\n\n### Instead\n\nWhisper.\n", "patterns.md")
    rules = team.read(folder(section(cites="[Shouting](patterns.md#shouting)")))
    (rule,) = [rule for rule in rules if rule.id == RULE]
    assert [one.file for one in rule.cites.anti_patterns] == ["house/patterns.md"]


@pytest.mark.parametrize(
    "words",
    [
        ["review", "d.rtreview.yaml"],
        ["why", "missing-heartbeat", "d.rtreview.yaml"],
        ["explain", "missing-heartbeat"],
        ["rules"],
        ["diff", "d.rtreview.yaml", "d.rtreview.yaml"],
    ],
)
def test_a_mistake_ends_every_call_that_rests_on_the_references(words: list[str]) -> None:
    """Status 3 and the finding, where a rule that was not read would have been a silent pass."""
    folder(section("require: {minimum: 3}\nmessage: a"))
    design(GOOD)
    done = cli(*words, "--references", "house")
    assert done.exit_code == 3
    assert "house/validations.md:11:11" in done.stdout


def test_a_mistake_is_told_in_the_format_that_is_asked_for() -> None:
    """As one in the configuration is."""
    folder(section("require: {minimum: 3}\nmessage: a"))
    design(GOOD)
    sarif = json.loads(cli("review", "--references", "house", "--format", "sarif", ".").stdout)
    (result,) = sarif["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "house/validations.md"
    assert (place["region"]["startLine"], place["region"]["startColumn"]) == (11, 11)
    github = cli("references", "check", "house", "--format", "github").stdout
    assert "file=house/validations.md,line=11" in github


def test_mistakes_of_several_files_are_told_together() -> None:
    """Nobody mends one file to hear of the next."""
    folder("## our-edge\n\n### Symtoms\n\n- Slow.\n", "sharp_edges.md")
    with pytest.raises(Unusable, match="cannot be used") as refused:
        team.read(folder(section(severity="bad")))
    assert [one.path for one in refused.value.reviews] == ["house/validations.md", "house/sharp_edges.md"]


@pytest.mark.parametrize("name", ["nowhere", "", "a\0b", "x" * 5000])
def test_a_folder_that_holds_no_references_is_refused(name: str) -> None:
    """A sentence, and never a traceback."""
    with pytest.raises(Refused, match="holds no references"):
        team.read(name)


# In a call


def report(*arguments: object) -> dict[str, Any]:
    """The only review of a call, as JSON."""
    (one,) = json.loads(cli("review", "--format", "json", *arguments).stdout)["reviews"]
    assert isinstance(one, dict)
    return one


def configured(more: str = "") -> None:
    """A team with references of its own."""
    folder(section())
    Path(".rtreview.toml").write_text(f"references = 'house'\n{more}")


def test_the_configuration_names_the_folder_and_the_command_line_another() -> None:
    """What is given on the command line counts."""
    configured("select = ['quick-beats']")
    design(BAD)
    assert [one["rule"] for one in report(".")["findings"]] == [RULE]
    other = Path("other")
    other.mkdir()
    (other / "validations.md").write_text(section().replace("20s}", "30s}"))
    assert report("--references", "other", ".")["findings"] == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("'nowhere'", "`references`: `nowhere` holds no references: a folder with one or more of"),
        ("'../house'", "`references`: expected a path inside this folder, found `../house`."),
        ("3", "`references`: expected a path inside this folder, found `3`."),
    ],
)
def test_a_folder_that_is_no_good_is_a_mistake_of_the_configuration(value: str, expected: str) -> None:
    """At the line that names it."""
    Path(".rtreview.toml").write_text(f"\nreferences = {value}\n")
    with pytest.raises(Unusable) as refused:
        settings.load([])
    (finding,) = refused.value.reviews[0].findings
    assert finding.message.startswith(expected)
    assert finding.place.span.line == 2


def test_a_rule_of_a_team_is_chosen_and_weighed_as_ours_are() -> None:
    """`ignore`, `severity` and `--select`; a name that neither has is a mistake."""
    configured("[severity]\nquick-beats = 'error'\n")
    design(BAD)
    (finding,) = report("--select", RULE, ".")["findings"]
    assert finding["severity"] == "error"
    assert RULE not in {one["rule"] for one in report("--ignore", RULE, ".")["findings"]}
    assert cli("--select", "quick-beat", ".").exit_code == 2


def test_a_rule_of_a_team_can_be_accepted_and_required() -> None:
    """An accepted risk names it; where it is required, nobody can accept it."""
    configured("select = ['quick-beats', 'accepted-risk-without-effect']\n")
    accepted = f"{BAD}\naccepted: [{{rule: {RULE}, reason: a, owner: b, until: 2027-01-01}}]"
    design(accepted)
    one = report("--today", "2026-11-25", ".")
    assert (len(one["findings"]), len(one["accepted"])) == (0, 1)
    configured("select = ['quick-beats', 'accepted-risk-without-effect']\nrequired = ['quick-beats']\n")
    assert {one["rule"] for one in report("--today", "2026-11-25", ".")["findings"]} == {
        RULE,
        "accepted-risk-without-effect",
    }


def test_a_baseline_knows_the_rules_of_a_team() -> None:
    """What it took up is hidden until it is further over the bound."""
    configured("select = ['quick-beats']")
    design(BAD)
    assert cli("baseline", "write", ".").exit_code == 0
    assert report(".")["findings"] == []
    design(BAD.replace("25s", "45s"))
    assert [one["rule"] for one in report(".")["findings"]] == [RULE]


def test_a_change_is_told_by_the_rules_of_a_team() -> None:
    """`diff` shows what breaks them."""
    folder(section())
    design(GOOD, "old.yaml")
    design(BAD, "new.yaml")
    done = cli("diff", "--references", "house", "--select", RULE, "--fail-on", "info", "old.yaml", "new.yaml")
    assert done.exit_code == 1
    assert RULE in done.stdout


def test_a_rule_of_a_team_is_described_in_sarif() -> None:
    """Its section is the help, and it is told apart from ours by its tag."""
    folder(section())
    design(BAD)
    log = json.loads(
        cli("review", "--references", "house", "--select", RULE, "--format", "sarif", ".").stdout
    )
    (rule,) = log["runs"][0]["tool"]["driver"]["rules"]
    assert (rule["id"], rule["shortDescription"]["text"]) == (RULE, "Beats are slow")
    assert "Our proxy closes what is quiet." in rule["help"]["markdown"]
    assert "house-rule" in rule["properties"]["tags"]


def test_why_and_explain_and_rules_know_the_team() -> None:
    """With the values that the rule read, its section, and its line in the list."""
    folder(section())
    name = design(BAD)
    why = cli("why", "--references", "house", RULE, name).stdout
    assert "transport.heartbeat.interval 25 s" in why
    assert "turns    with `transport.heartbeat.interval: 20s`" in why
    assert "transport.kind" not in why
    assert "(house/validations.md:1)" in cli("explain", "--references", "house", RULE).stdout
    assert f"{RULE}  (warning)\n    Beats are slow\n" in cli("rules", "--references", "house").stdout


def test_several_processes_have_the_rules_of_the_team() -> None:
    """The same findings in the same order as one process has."""
    folder(section())
    for number in range(12):
        design(BAD.replace("25s", f"{15 + number}s"), f"d{number:02}.rtreview.yaml")
    words = ["review", "--references", "house", "--select", RULE, "--format", "json", "."]
    alone, together = cli(*words, "--jobs", "1").stdout, cli(*words, "--jobs", "3").stdout
    assert alone == together
    assert alone.count('"verdict": "violated"') == 2 * 6


def test_a_rulebook_sends_only_what_the_team_adds() -> None:
    """Another process has the rest; there the rules are the same."""
    sent = pickle.dumps(team.read(folder(section())))
    assert len(sent) < 4_000
    again = pickle.loads(sent)
    assert [rule.id for rule in again] == [*(rule.id for rule in rulebook.load()), RULE]
    assert pickle.loads(pickle.dumps(rulebook.load())) is not None


# The folder and its check


def test_the_example_of_the_repository_holds() -> None:
    """`examples/team-references` is as its examples claim."""
    done = cli("references", "check", EXAMPLE)
    assert (done.exit_code, done.stdout) == (0, f"{EXAMPLE}: ids, citations, conditions and examples hold\n")
    assert [one.findings for one in team.check(str(EXAMPLE))] == [(), (), ()]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            {"bad": GOOD},
            "30:1 Expected violated, and `quick-beats` says of it: passed, `transport.heartbeat.interval` is 20 s.",
        ),
        (
            {"good": BAD},
            "37:1 Expected passed, and `quick-beats` says of it: violated, 25 s is more than our 20 s.",
        ),
        (
            {"good": "rtreview: 1"},
            "37:1 Expected passed, and `quick-beats` says of it: unstated, The spec does not say `transport.heartbeat.interval`.",
        ),
        (
            {"bad": "rtreview: 1\ntransprot: {}"},
            "31:1 `transprot` is no field of a spec: did you mean `transport`?",
        ),
        ({"bad": "a: ["}, "30:5 This is not YAML"),
    ],
)
def test_an_example_that_is_not_as_it_claims_is_a_finding(parts: dict[str, str], expected: str) -> None:
    """The bad one has to fire and the good one to be silent, and to be decided."""
    (said,) = told(section(**parts), examples=True)
    assert said.startswith(expected)
    assert len(team.read("house")) == len(rulebook.load()) + 1


def test_an_example_in_place_of_ours_is_tried_too() -> None:
    """A team that writes another bad example for a rule of ours shows the same fault."""
    text = f"## missing-heartbeat\n\n### Bad\n\n```yaml\n{GOOD}\n```\n"
    (said,) = told(text, examples=True)
    assert said.startswith("6:1 Expected violated, and `missing-heartbeat` says of it: passed")


# The schema for editors

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


def test_the_rules_of_the_example_are_valid() -> None:
    """Each block of `examples/team-references`."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    blocks = re.findall(
        r"^### Rule\n\n```yaml\n(.*?)^```", (EXAMPLE / "validations.md").read_text(), re.M | re.S
    )
    assert len(blocks) == 2
    for block in blocks:
        jsonschema.Draft202012Validator(SCHEMA).validate(yaml.safe_load(block))
