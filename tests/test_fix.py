"""`rtreview fix`: findings end in the text of a spec, nothing else of it changes, and nothing new is found."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import DOCUMENT, FLAWED, ROOT, RULES, cli
from hypothesis import given
from hypothesis import strategies as st

from rtreview import document, engine, remedy, rulebook, spec, variant
from rtreview.design import build
from rtreview.edit import edited
from rtreview.finding import Finding, Verdict
from rtreview.fix import Fixed, fixed
from rtreview.policy import Policy
from rtreview.render import fixes as renderer
from rtreview.sources import Source

FIXTURES = [
    *sorted(RULES.glob("*/fail.yaml")),
    *sorted((ROOT / "examples").glob("*flawed*.yaml")),
    *sorted((ROOT / "tests" / "corpus").glob("flawed-*.yaml")),
    DOCUMENT,
]

FACTS = {"workload", "targets", "accepted", "name", "purpose", "direction", "writers", "owners", "summary"}
"""What no fix may change."""

QUIET = """\
# What we build.
rtreview: 1
name: Quiet
transport:   # the only one
  kind: websocket
  path: [aws-alb]
  heartbeat: {interval: 60s}   # as the balancer has it

  reconnect: {strategy: exponential, base: 1s, jitter: none}
presence:
  grace: none # at once
"""
"""It breaks three rules whose ways out are safe."""

THOUGHT = "rtreview: 1\npurpose: chat\nfan_out: {per_recipient: query}\n"
"""It breaks one rule, and a server has to be changed for it."""


def fix(text: str | bytes, *, path: str = "design.yaml", everything: bool = False, **policy: Any) -> Fixed:
    """A text after its fixes."""
    content = text.encode() if isinstance(text, str) else text
    return fixed(Source(path, content, is_read=True), Policy(**policy), everything=everything)


def rules(told: tuple[Any, ...]) -> list[str]:
    """The rules of some fixes."""
    return [one.finding.rule for one in told]


@cache
def fixed_fixture(file: Path, everything: bool) -> Fixed:
    """A fixture after its fixes."""
    return fixed(Source(str(file)), Policy(), everything=everything)


def found(content: bytes, path: str) -> list[list[Finding]]:
    """What a review finds in each document, by itself."""
    return [list(one.findings) for one in engine.review(content, path)]


def paths(content: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every field that is stated, by its path."""
    items = (
        content.items()
        if isinstance(content, dict)
        else enumerate(content)
        if isinstance(content, list)
        else ()
    )
    for key, inside in items:
        yield (*at, key)
        yield from paths(inside, (*at, key))


def value(content: Any, at: tuple[Any, ...]) -> Any:
    """What stands at a path."""
    for key in at:
        content = content[key]
    return content


@pytest.mark.parametrize("everything", [False, True], ids=["safe", "all"])
@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_is_fixed_is_gone_and_nothing_new_is_found(file: Path, everything: bool) -> None:
    """Each fix ends its finding, and no rule finds more in any document than it found before."""
    told = fixed_fixture(file, everything)
    before, after = found(file.read_bytes(), str(file)), found(told.after, str(file))
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        assert Counter(one.rule for one in new) <= Counter(one.rule for one in old)
    gone = sum(map(len, before)) - sum(map(len, after))
    assert gone >= len(told.done)
    assert (told.after == file.read_bytes()) == (not told.done)


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_fix_deletes_nothing_and_touches_no_fact_and_no_promise(file: Path) -> None:
    """Whatever was stated is stated; workload, targets and accepted risks are as they were."""
    sides = (file.read_bytes(), fixed_fixture(file, True).after)
    for before, after in zip(*(engine.read_documents(one, str(file)) for one in sides), strict=True):
        assert [one.text for one in before.comments] == [one.text for one in after.comments]
        assert set(paths(before.content)) <= set(paths(after.content))
        for at in paths(before.content):
            if FACTS & set(at):
                assert value(after.content, at) == value(before.content, at)


@pytest.mark.parametrize("everything", [False, True], ids=["safe", "all"])
@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_second_run_changes_nothing(file: Path, everything: bool) -> None:
    """All that can be fixed is fixed at once."""
    once = fixed_fixture(file, everything)
    again = fixed(Source(str(file), once.after, is_read=True), Policy(), everything=everything)
    assert again.after == once.after
    assert not again.done
    assert rules(again.waiting) == rules(once.waiting)
    assert rules(again.refused) == rules(once.refused)


def test_a_fix_only_touches_the_lines_that_it_is_about() -> None:
    """Comments, blanks and order are as they were."""
    told = fix(QUIET)
    assert told.after.decode() == QUIET.replace("60s", "25s").replace(
        "jitter: none", "jitter: full").replace("grace: none", "grace: 10s")  # fmt: skip
    assert sorted(rules(told.done)) == [
        "heartbeat-slower-than-path",
        "presence-immediate-removal",
        "reconnect-without-jitter",
    ]


def test_every_way_out_belongs_to_a_rule_and_ends_a_finding_of_its_fixture() -> None:
    """There is no remedy for a rule that does not exist, and none that never helps."""
    assert set(remedy.ways_out()) <= {rule.id for rule in rulebook.load()}
    helpless = {
        rule
        for rule in remedy.ways_out()
        if not fix((RULES / rule / "fail.yaml").read_bytes(), everything=True, select=(rule,)).done
    }
    # A bandwidth that does not suffice is a matter of state, and its fixtures send events.
    assert helpless == {"client-bandwidth-deficit"}


SPREAD = "workload: {connections: 20k}\ntopology: {nodes: 4, node: {accept_rate: 500/s}}\n"
"""Everybody is back after 10 s at the soonest."""


@pytest.mark.parametrize(
    ("rule", "text", "settings"),
    [
        ("heartbeat-slower-than-path", "transport: {heartbeat: {interval: 90s}, path: [{idle_timeout: 60s}]}",
         ["transport.heartbeat.interval=25s"]),
        ("heartbeat-slower-than-path", "transport: {heartbeat: {interval: 90s}, path: [aws-alb, {idle_timeout: 20s}]}",
         ["transport.heartbeat.interval=8s"]),
        ("heartbeat-slower-than-path", "transport: {heartbeat: {interval: 9s}, path: [{idle_timeout: 900ms}]}",
         ["transport.heartbeat.interval=225ms"]),
        ("heartbeat-timeout-too-tight", "transport: {heartbeat: {interval: 15s, timeout: 15s, from: client, "
         "confirmed: false}}", ["transport.heartbeat.timeout=30s"]),
        ("first-reconnect-spread-too-small", SPREAD + "transport: {kind: websocket, reconnect: {strategy: "
         "exponential, base: 1s, jitter: full}}", ["transport.reconnect.first_delay=0s..15s"]),
        ("reconnect-without-jitter", SPREAD + "transport: {kind: websocket, reconnect: {strategy: immediate}}",
         ["transport.reconnect.strategy=exponential", "transport.reconnect.base=1s", "transport.reconnect.cap=30s",
          "transport.reconnect.jitter=full", "transport.reconnect.first_delay=0s..15s"]),
        ("sse-missing-retry", "transport: {kind: sse, retry: none}", ["transport.retry=10s"]),
        ("sse-static-retry", SPREAD + "transport: {kind: sse, retry: 5s}",
         ["transport.reconnect.strategy=browser", "transport.reconnect.first_delay=5s..20s"]),
        ("sse-missing-event-id", "transport: {kind: sse, event_ids: false}", ["transport.event_ids=true"]),
        ("close-all-at-once", SPREAD + "transport: {kind: websocket, reconnect: {strategy: exponential, base: 1s, "
         "jitter: full}}\noperations: {close_spread: none}", ["operations.close_spread=8s"]),
        ("presence-immediate-removal", "transport: {kind: websocket, reconnect: {strategy: exponential, "
         "first_delay: 0s..20s}}\npresence: {grace: none}", ["presence.grace=25s"]),
        ("presence-ttl-within-miss-budget", "presence: {ttl: 20s, refresh: 15s}", ["presence.ttl=45s"]),
        ("connection-age-churn", "operations: {connection_max_age: {value: 1h, jitter: none}}",
         ["operations.connection_max_age.jitter=10%"]),
        ("unbounded-message-queue", "transport: {kind: websocket, resume: {by: offset, on_gap: snapshot}}\n"
         "backpressure: {queue: unbounded}",
         ["backpressure.queue.max_messages=200", "backpressure.overflow=disconnect"]),
    ],
)  # fmt: skip
def test_values_are_those_of_the_references_and_of_the_design(
    rule: str, text: str, settings: list[str]
) -> None:
    """Not the break-even: the figure that the section recommends, sized by this design's numbers."""
    told = fix(f"rtreview: 1\n{text}\n", select=(rule,))
    assert [list(one.remedy.settings) for one in told.done] == [settings]
    assert all(one.remedy.is_safe for one in told.done)


def test_what_needs_thought_is_not_changed_unless_it_is_asked_for() -> None:
    """By default it is only told, with what somebody has to think about."""
    told = fix(THOUGHT)
    assert told.after == THOUGHT.encode()
    assert rules(told.waiting) == ["broadcast-n-queries"]
    assert told.waiting[0].remedy.thought
    every = fix(THOUGHT, everything=True)
    assert every.after == THOUGHT.replace("per_recipient: query", "per_recipient: memory").encode()
    assert rules(every.done) == ["broadcast-n-queries"]
    assert not every.waiting


def test_a_queue_is_safe_to_bound_only_where_nothing_is_lost() -> None:
    """Who is cut off and can resume loses nothing; who cannot, does."""
    spec = "rtreview: 1\ntransport: {{kind: websocket, resume: {}}}\nbackpressure: {{queue: unbounded}}\n"
    (resumes,) = fix(spec.format("{by: offset, on_gap: snapshot}"), select=("unbounded-message-queue",)).done
    (loses,) = fix(spec.format("none"), select=("unbounded-message-queue",)).waiting
    assert resumes.remedy.is_safe
    assert not loses.remedy.is_safe


def test_a_default_of_a_platform_is_answered_by_a_statement() -> None:
    """The delays of Socket.IO come from nowhere in the spec: the field is stated beside the library."""
    told = fix(
        "rtreview: 1\ntransport:\n  kind: websocket\n  library: socket.io@4\n  path: [{idle_timeout: 20s}]\n"
    )
    assert rules(told.done) == ["heartbeat-slower-than-path"]
    assert told.after.decode().endswith("  path: [{idle_timeout: 20s}]\n  heartbeat: {interval: 8s}\n")


def test_a_word_that_stands_for_a_section_becomes_one() -> None:
    """What it said is still said, in the field that it stood for."""
    told = fix("rtreview: 1\noperations: {connection_max_age: 1h} # a day was too long\n"
               "workload: {connections: 90k}\ntopology: {nodes: 4, node: {accept_rate: 9/s}}\n",
               select=("connection-age-churn",), everything=True)  # fmt: skip
    assert "\noperations: {connection_max_age: {value: 220m, jitter: 10%}} # a day" in told.after.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("path: [nginx]", "path: [{name: nginx, buffering: false}]"),
        ("path: nginx", "path: [{name: nginx, buffering: false}]"),
        ("path: {name: nginx}", "path: {name: nginx, buffering: false}"),
        ("path: [{name: nginx, buffering: true}]", "path: [{name: nginx, buffering: false}]"),
    ],
)
def test_an_item_of_a_list_is_edited_as_it_is_written(before: str, after: str) -> None:
    """As a word, as the only one, or as a section."""
    text = f"rtreview: 1\ntransport: {{{before}}}\n"
    content = document.read(text.encode())[0].content
    edits = variant.edits(content, ["transport.path[0].buffering=false"], build(spec.read(content)))
    assert edited(text.encode(), edits).decode() == text.replace(before, after)


def test_questions_are_never_answered() -> None:
    """What the spec does not say stays unsaid."""
    text = "rtreview: 1\npurpose: chat\ntransport: {kind: websocket}\n"
    told = fix(text, everything=True)
    assert any(one.verdict is Verdict.UNSTATED for review in told.reviews for one in review.findings)
    assert told.after.decode() == text
    assert not (told.done or told.waiting or told.refused)


def test_a_fix_that_would_bring_a_finding_is_not_made() -> None:
    """It is told which: here the question what happens to a client that missed a change."""
    told = fix((ROOT / "examples" / "whiteboard-flawed.rtreview.yaml").read_bytes(), everything=True)
    (refused,) = told.refused
    assert refused.finding.rule == "full-state-broadcast"
    assert refused.refusal.startswith("it would bring `lossy-queue-on-delta-stream`: ")


def test_a_fix_that_would_leave_an_acceptance_without_its_finding_is_not_made() -> None:
    """An entry that has ended covers nothing, and would be unused after the fix."""
    told = fix((RULES / "accepted-risk-ended" / "fail.yaml").read_bytes(), everything=True)
    assert told.refused
    assert all("`accepted-risk-unused`" in one.refusal for one in told.refused)
    assert told.after == told.source.content


def test_a_risk_that_is_accepted_is_not_fixed() -> None:
    """The team lives with it; where nobody may, it is an open finding and fixed like any other."""
    accepted = (
        "accepted:\n  - {rule: presence-immediate-removal, reason: a lobby, owner: play, until: 2099-01-01}\n"
    )
    text = f"rtreview: 1\npresence: {{grace: none}}\n{accepted}"
    assert fix(text, select=("presence-immediate-removal",)).done == ()
    told = fix(text, select=("presence-immediate-removal",), required=("presence-immediate-removal",))
    assert rules(told.done + told.refused) == ["presence-immediate-removal"]


def test_a_value_that_is_used_elsewhere_too_is_left_alone() -> None:
    """An alias stands for what others say as well, and the fix is told to be impossible."""
    text = "rtreview: 1\nx-beat: &beat {interval: 90s}\ntransport: {heartbeat: *beat, path: [aws-alb]}\n"
    told = fix(text, select=("heartbeat-slower-than-path",))
    assert told.after.decode() == text
    assert "is an alias" in told.refused[0].refusal


def test_a_selected_rule_is_fixed_and_the_others_still_watch() -> None:
    """`--select` narrows what is fixed, and not what must not appear."""
    told = fix(QUIET, select=("presence-immediate-removal",))
    assert told.after.decode() == QUIET.replace("grace: none", "grace: 10s")
    text = "rtreview: 1\nfeatures: {a: {sync: {strategy: last-writer-wins, updates: full-state}}}\n"
    assert fix(text, select=("missing-heartbeat",)).done == ()
    strict = fix((ROOT / "examples" / "whiteboard-flawed.rtreview.yaml").read_bytes(),
                 everything=True, select=("full-state-broadcast",))  # fmt: skip
    assert "`lossy-queue-on-delta-stream`" in strict.refused[0].refusal


def test_each_document_of_a_file_is_fixed_and_a_broken_one_is_left() -> None:
    """What cannot be reviewed is told, and the others are fixed beside it."""
    told = fix(f"{QUIET}---\nrtreview: 1\npresense: {{}}\n---\n{QUIET}")
    one = fix(QUIET).after.decode()
    assert told.after.decode() == f"{one}---\nrtreview: 1\npresense: {{}}\n---\n{one}"
    assert len(told.done) == 6
    assert len(told.unreviewed) == 1


def test_a_design_in_markdown_is_fixed_in_its_fence() -> None:
    """The text around it, and blocks that hold no design, are as they were."""
    text = f"# A design\n\n```yaml rtreview\n{QUIET}```\n\n```yaml\nheartbeat: {{interval: 60s}}\n```\n"
    told = fix(text, path="design.md")
    assert told.after.decode() == text.replace(QUIET, fix(QUIET).after.decode())


def test_line_breaks_and_the_byte_order_mark_are_kept() -> None:
    """A file of Windows stays one."""
    text = "\ufeff" + QUIET.replace("\n", "\r\n")
    told = fix(text)
    assert told.after.decode() == "\ufeff" + fix(QUIET).after.decode().replace("\n", "\r\n")


NAMES = [
    "a.b",
    "a=b",
    "a[0]",
    "x.transport.y",
    "grace=1s",
    "sync",
    "a: b",
    "日本",
    "{}",
    "# no",
    "'",
    '"',
    " a ",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_feature_of_any_name_is_fixed(name: str) -> None:
    """Names are read along the design, whatever they look like."""
    quoted = name.replace("\\", "").replace('"', '\\"')
    text = f'rtreview: 1\nfeatures:\n  "{quoted}":\n    presence: {{grace: none}}\n  other: {{presence: {{grace: 9s}}}}\n'
    told = fix(text, select=("presence-immediate-removal",))
    assert told.after.decode() == text.replace("grace: none", "grace: 10s")
