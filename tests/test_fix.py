"""`rtreview fix`: findings end in the text of a spec, nothing else changes, and nothing new is found."""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import FAULTY, ROOT, RULEBOOK, RULES, WHITEBOARD, as_json, cli

from rtreview import simulate
from rtreview.fix import remedy
from rtreview.fix.fix import Fixed, fixed, write
from rtreview.fix.remedy import Remedy
from rtreview.language import assignments
from rtreview.language import spec as language
from rtreview.language.building import build
from rtreview.language.edit import edited
from rtreview.reviews import engine
from rtreview.reviews.policy import Policy
from rtreview.rulebook.finding import Finding, Verdict
from rtreview.simulate.simulation import simulations
from rtreview.simulate.storm import ALL_BACK, BUSIEST
from rtreview.text import document
from rtreview.text.document import Text
from rtreview.text.refusal import Refused
from rtreview.text.sources import Source

# Of this scope, so that the tests of a file follow one another, and a process that runs them fixes it once.
EACH_FIXTURE = pytest.mark.parametrize(
    "file", FAULTY, ids=lambda file: str(file.relative_to(ROOT)), scope="module"
)

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
    return fixed(Source(path, content, is_read=True), Policy(RULEBOOK, **policy), everything=everything)


def rules(told: tuple[Any, ...]) -> list[str]:
    """The rules of some fixes."""
    return [one.finding.rule for one in told]


@cache
def fixed_fixture(file: Path, everything: bool) -> Fixed:
    """A fixture after its fixes."""
    return fixed(Source(str(file)), Policy(RULEBOOK), everything=everything)


@cache
def found(content: bytes, path: str) -> tuple[tuple[Finding, ...], ...]:
    """What a review finds in each document, by itself."""
    return tuple(one.findings for one in engine.review(content, path))


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


def storms(file: Path) -> Iterator[tuple[str, dict[str, float], dict[str, float]]]:
    """The figures of each storm that a finding is about, as the design stands and with what is proposed."""
    for one in engine.review(file.read_bytes(), str(file)):
        for finding in one.findings:
            scenario, proposed = simulate.showing(finding.rule), remedy.remedy(finding, one.design)
            if proposed is None or scenario is None or scenario.kernel != "storm":
                continue
            # A scenario is that of one connection, and has no place for what several ask together.
            own = [each.connection for each in one.design.features if each.name in finding.features]
            if len({id(each) for each in own}) > 1:
                continue
            try:
                variants = list(simulations(scenario, one.document, one.design, proposed.settings))
            except Refused:
                continue
            shown = [each for each in variants if each.course and each.features == variants[0].features]
            if len(shown) == 2:
                before, after = (
                    {name: figure.amount for name, figure in each.figures if not isinstance(figure, str)}
                    for each in shown
                )
                yield finding.rule, before, after


@pytest.mark.slow
def test_what_is_proposed_against_a_storm_makes_none_worse() -> None:
    """The busiest second is no busier; a return takes longer only where it is spread for that."""
    seen = Counter[str]()
    for file in FAULTY:
        for rule, before, after in storms(file):
            seen[rule] += 1
            assert after[BUSIEST] <= before[BUSIEST] * 1.02, (rule, file)
            is_wider = after[BUSIEST] < before[BUSIEST] * 0.9
            assert is_wider or after[ALL_BACK] <= before[ALL_BACK] * 1.03, (rule, file)
    assert len(seen) > 3


def test_a_change_says_why_it_changes_what_the_finding_is_not_about(tmp_path: Path) -> None:
    """Wider first attempts take a longer grace along; where nobody is listed, there is nothing to say."""
    spread = "first-reconnect-spread-too-small"
    (review,) = as_json("brief", "-q", "--select", spread, WHITEBOARD)["reviews"]
    (row,) = review["findings"]
    why = "the grace outlasts the delay, so that nobody is shown as gone who is coming back"
    assert row["change"][1:] == ["presence.grace=20s", "features.cursors.presence.grace=20s"]
    assert row["beside"] == why
    report = " ".join(cli("--select", spread, WHITEBOARD).stdout.split())
    assert f"features.cursors.presence.grace: 20s ({why}) general" in report
    mended = tmp_path / "mended.rtreview.yaml"
    mended.write_bytes(WHITEBOARD.read_bytes())
    assert f"Beside: {why}." in " ".join(cli("fix", mended).stdout.split())
    lone = WHITEBOARD.read_text("utf-8").replace("presence: {grace: 10s}\n", "").replace("grace: 5s, ", "")
    (tmp_path / "lone.rtreview.yaml").write_text(lone, "utf-8")
    (review,) = as_json("brief", "-q", "--select", spread, tmp_path / "lone.rtreview.yaml")["reviews"]
    (alone,) = review["findings"]
    assert alone["change"] == ["transport.reconnect.first_delay=0s..15s"]
    assert "beside" not in alone


@pytest.mark.slow
@pytest.mark.parametrize("everything", [False, True], ids=["safe", "all"])
@EACH_FIXTURE
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


@pytest.mark.slow
@EACH_FIXTURE
def test_a_fix_deletes_nothing_and_touches_no_fact_and_no_promise(file: Path) -> None:
    """Whatever was stated is stated; workload, targets and accepted risks are as they were."""
    sides = (file.read_bytes(), fixed_fixture(file, True).after)
    for before, after in zip(*(Text.of(one, str(file)).documents for one in sides), strict=True):
        assert [one.text for one in before.comments.values()] == [one.text for one in after.comments.values()]
        assert set(paths(before.content)) <= set(paths(after.content))
        for at in paths(before.content):
            if FACTS & set(at):
                assert value(after.content, at) == value(before.content, at)


@pytest.mark.slow
@pytest.mark.parametrize("everything", [False, True], ids=["safe", "all"])
@EACH_FIXTURE
def test_a_second_run_changes_nothing(file: Path, everything: bool) -> None:
    """All that can be fixed is fixed at once."""
    once = fixed_fixture(file, everything)
    again = fixed(Source(str(file), once.after, is_read=True), Policy(RULEBOOK), everything=everything)
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


@pytest.mark.slow
def test_every_remedy_belongs_to_a_rule_and_ends_a_finding_of_its_fixture() -> None:
    """There is no remedy for a rule that does not exist, and none that never helps."""
    assert set(remedy.registered()) <= {rule.id for rule in RULEBOOK}
    fixtures = {rule: RULES / rule / "fail.yaml" for rule in remedy.registered()}
    beaten = [rule for rule, file in fixtures.items() if rule not in rules(fixed_fixture(file, True).done)]
    # Where the remedy of another rule comes first, it is tried by itself.
    helpless = {
        rule for rule in beaten if not fix(fixtures[rule].read_bytes(), everything=True, select=(rule,)).done
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
        ("heartbeat-slower-than-path", "transport: {heartbeat: {interval: 90s}, path: [nginx, "
         "{idle_timeout: 20s}]}",
         ["transport.heartbeat.interval=8s"]),
        ("heartbeat-slower-than-path", "transport: {heartbeat: {interval: 9s}, path: {idle_timeout: 900ms}}",
         ["transport.heartbeat.interval=225ms"]),
        ("heartbeat-timeout-too-tight", "transport: {heartbeat: {interval: 15s, timeout: 15s, from: client, "
         "confirmed: false}}", ["transport.heartbeat.timeout=30s"]),
        ("first-reconnect-spread-too-small", SPREAD + "transport: {kind: websocket, reconnect: {strategy: "
         "exponential, base: 1s, jitter: full}}", ["transport.reconnect.first_delay=0s..15s"]),
        ("reconnect-without-jitter", SPREAD + "transport: {kind: websocket, reconnect: {strategy: "
         "immediate}}", ["transport.reconnect.strategy=exponential", "transport.reconnect.base=1s",
          "transport.reconnect.cap=30s", "transport.reconnect.jitter=full",
          "transport.reconnect.first_delay=0s..15s"]),
        ("sse-missing-retry", "transport: {kind: sse, retry: none}", ["transport.retry=10s"]),
        ("sse-static-retry", SPREAD + "transport: {kind: sse, retry: 5s}",
         ["transport.reconnect.strategy=browser", "transport.reconnect.first_delay=5s..20s"]),
        ("sse-missing-event-id", "transport: {kind: sse, event_ids: false}", ["transport.event_ids=true"]),
        ("close-all-at-once", SPREAD + "transport: {kind: websocket, reconnect: {strategy: exponential, "
         "base: 1s, jitter: full}}\noperations: {close_spread: none}", ["operations.close_spread=8s"]),
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


def test_nodes_are_proposed_with_room() -> None:
    """10 would just do for 100,000 deliveries/s, and be full from the first day."""
    told = fix(
        "rtreview: 1\nwriters: one\nworkload: {rooms: {size: {max: 1k}}, messages: {per_room: 100/s}}\n"
        "transport: {kind: websocket}\ntopology: {nodes: 5, node: {message_rate: 10k/s}}\n",
        everything=True,
        select=("fanout-exceeds-budget",),
    )
    assert [one.remedy.settings for one in told.done] == [("topology.nodes=12",)]
    assert "Smallest single change: `topology.nodes: 10` instead of `5`" in told.done[0].finding.message


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


@pytest.mark.parametrize(
    "values",
    ["{strategy: last-writer-wins}", "{data: {shape: register}}", "{updates: state-value}"],
)
def test_a_value_that_waits_gives_way_to_the_next(values: str) -> None:
    """Nobody is cut off because old positions wait for them; `init` says the same of such values."""
    text = f"rtreview: 1\nsync: {values}\ntransport: {{kind: sse}}\nbackpressure: {{queue: unbounded}}\n"
    told = fix(text, everything=True, select=("unbounded-message-queue",))
    assert [one.remedy.settings for one in told.done] == [
        ("backpressure.queue.max_keys=200", "backpressure.overflow=coalesce")
    ]


@pytest.mark.parametrize(
    "changes",
    ["{strategy: last-writer-wins, updates: delta}", "{data: [{shape: register}, {shape: log}]}"],
)
def test_what_builds_on_what_waits_is_not_replaced_by_it(changes: str) -> None:
    """A change that is left out is missed by all that follow, so a slow client is cut off."""
    text = f"rtreview: 1\nsync: {changes}\ntransport: {{kind: sse}}\nbackpressure: {{queue: unbounded}}\n"
    told = fix(text, everything=True, select=("unbounded-message-queue",))
    assert [one.remedy.settings[-1] for one in told.done] == ["backpressure.overflow=disconnect"]


def test_an_event_stream_resumes_by_the_id_of_its_last_event() -> None:
    """A browser sends it back by itself, once the events have ids; other clients name an offset."""
    text = (
        "rtreview: 1\npurpose: feed\ndirection: server-to-client\nsync: {strategy: append-only}\n"
        "transport: {kind: KIND, path: [{max_lifetime: 1m}], resume: none}\n"
    )
    rule = "hop-lifetime-caps-session"
    (stream,) = fix(text.replace("KIND", "sse"), everything=True, select=(rule,)).done
    assert stream.remedy.settings[:2] == ("transport.event_ids=true", "transport.resume.by=last-event-id")
    (socket,) = fix(text.replace("KIND", "websocket"), everything=True, select=(rule,)).done
    assert socket.remedy.settings[0] == "transport.resume.by=offset"


@pytest.mark.parametrize(
    ("presence", "rhythm"),
    [("none", ("25s", "10s", "2")), ("{grace: 10s}", ("15s", "5s", "3"))],
    ids=["nobody is shown", "people are shown"],
)
def test_a_new_heartbeat_is_that_of_the_pattern(presence: str, rhythm: tuple[str, str, str]) -> None:
    """Every 25 s; every 15 s where somebody is shown as being there, as `init` writes it too."""
    text = f"rtreview: 1\ntransport: {{kind: websocket, heartbeat: none}}\npresence: {presence}\n"
    (told,) = fix(text, everything=True, select=("missing-heartbeat",)).done
    values = [each.partition("=")[2] for each in told.remedy.settings]
    assert tuple(values[:3]) == rhythm


def test_a_retry_that_stays_is_said_to_be_the_shortest() -> None:
    """The finding points at it, and the fix leaves it where it is."""
    text = f"rtreview: 1\n{SPREAD}transport: {{kind: sse, retry: 5s}}\n"
    (told,) = fix(text, select=("sse-static-retry",)).done
    assert told.remedy.beside == (
        "each stream sends a `retry` of its own out of this span; `transport.retry` stays, as the shortest"
    )


def test_a_life_below_the_heartbeat_is_made_longer_at_each_short_hop() -> None:
    """To resume does not help: the stream would be opened again before its first heartbeat."""
    text = (
        "rtreview: 1\ntransport: {kind: grpc-stream, path: [gcp-alb, envoy], heartbeat: {interval: 30s}, "
        "reconnect: {strategy: exponential, base: 1s, cap: 30s, jitter: full}, resume: {by: snapshot}}\n"
    )
    told = fix(text, everything=True, select=("hop-lifetime-caps-session",))
    assert rules(told.done) == ["hop-lifetime-caps-session"]
    path = "path: [{name: gcp-alb, max_lifetime: 1h}, {name: envoy, max_lifetime: 1h}]"
    assert path in told.after.decode()


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
    edits = assignments.edits(content, ["transport.path[0].buffering=false"], build(language.read(content)))
    assert edited(Text.of(text.encode(), "design.yaml"), edits).content.decode() == text.replace(
        before, after
    )


def test_questions_are_never_answered() -> None:
    """What the spec does not say stays unsaid."""
    text = "rtreview: 1\npurpose: chat\ntransport: {kind: websocket}\n"
    told = fix(text, everything=True)
    assert any(one.verdict is Verdict.UNSTATED for review in told.reviews for one in review.findings)
    assert told.after.decode() == text
    assert (told.done, told.waiting, told.refused) == ((), (), ())


@pytest.mark.slow
def test_a_fix_that_would_bring_a_finding_is_not_made() -> None:
    """It is told which: here the question what happens to a client that missed a change."""
    told = fix(WHITEBOARD.read_bytes(), everything=True)
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
    strict = fix(WHITEBOARD.read_bytes(),
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
    other = "  other: {presence: {grace: 9s}}\n"
    text = f'rtreview: 1\nfeatures:\n  "{quoted}":\n    presence: {{grace: none}}\n{other}'
    told = fix(text, select=("presence-immediate-removal",))
    assert told.after.decode() == text.replace("grace: none", "grace: 10s")


def test_names_that_run_into_each_other_make_a_fix_impossible_and_never_a_wrong_one() -> None:
    """A path that can be read in two ways is not written to."""
    text = "rtreview: 1\nfeatures: {a: {presence: {grace: none}}, a.presence: {purpose: feed}}\n"
    told = fix(text, select=("presence-immediate-removal",))
    assert told.after.decode() == text
    assert rules(told.refused) == ["presence-immediate-removal"]


def test_the_command_writes_the_spec_and_tells_what_is_to_be_built(spec: Callable[..., Path]) -> None:
    """Each fix with its place, what it sets, whether it is safe, and a sentence of the fix."""
    file = spec(QUIET)
    told = cli("fix", file)
    assert told.exit_code == 0
    assert file.read_text("utf-8") == fix(QUIET).after.decode()
    assert (
        f"{file}:7: heartbeat-slower-than-path (safe)\n  transport.heartbeat.interval: 25s\n" in told.stdout
    )
    assert (
        "  In general: Send a heartbeat that each hop counts, at most half of the\n    shortest idle"
        in told.stdout
    )
    assert told.stdout.splitlines()[-1].startswith("3 fixed, ")
    assert all(len(line) <= 80 or str(file) in line for line in told.stdout.splitlines())


def test_the_command_tells_what_needs_thought_and_why_something_is_not_possible(
    spec: Callable[..., Path],
) -> None:
    """Both are told without being asked for, and nothing is written."""
    thought = cli("fix", spec(THOUGHT))
    assert "broadcast-n-queries (needs thought)" in thought.stdout
    assert "  Think about it: it is true only when it is built.\n" in thought.stdout
    assert "0 fixed, 1 needs thought (--all makes them too), " in thought.stdout
    ended = cli("fix", RULES / "accepted-risk-ended" / "fail.yaml", "--check")
    assert "missing-heartbeat (not possible)" in ended.stdout
    assert "  Not made: it would bring `accepted-risk-unused`: " in ended.stdout


def test_all_makes_what_needs_thought(spec: Callable[..., Path]) -> None:
    """With `--all`."""
    file = spec(THOUGHT)
    assert cli("fix", "--all", file).exit_code == 0
    assert "per_recipient: memory" in file.read_text("utf-8")


def test_check_writes_nothing_and_fails_while_something_can_be_fixed(spec: Callable[..., Path]) -> None:
    """1 where a fix would be made, else 0; what needs thought counts with `--all`."""
    file = spec(QUIET)
    told = cli("fix", "--check", file)
    assert told.exit_code == 1
    assert told.stdout.splitlines()[-1].startswith("3 can be fixed, ")
    assert re.search(r", left: (\d+ findings? and )?\d+ questions?\.$", told.stdout)
    assert file.read_text("utf-8") == QUIET
    cli("fix", file)
    assert cli("fix", "--check", file).exit_code == 0
    empty = cli("fix", "--diff", file)
    assert empty.stdout == ""
    assert "0 can be fixed, " in empty.stderr
    wise = spec(THOUGHT, "wise.yaml")
    assert cli("fix", "--check", wise).exit_code == 0
    assert cli("fix", "--check", "--all", wise).exit_code == 1


def test_what_a_difference_leaves_out_is_named_beside_it(spec: Callable[..., Path]) -> None:
    """So that nobody takes it for all that there is to do."""
    both = spec(QUIET + THOUGHT.removeprefix("rtreview: 1"))
    done = cli("fix", "--diff", both)
    assert done.stdout
    assert "needs thought" in done.stderr
    assert "(safe)" not in done.stderr
    assert "--all makes" in " ".join(done.stderr.split())


@pytest.mark.parametrize("text", [QUIET, QUIET.replace("\n", "\r\n"), QUIET.rstrip(), "\ufeff" + QUIET])
def test_the_diff_is_one_that_git_can_apply(
    text: str, spec: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--diff` writes nothing, and what it shows leads to what `fix` writes."""
    file = spec(text.encode())
    monkeypatch.chdir(file.parent)
    told = cli("fix", "--diff", "design.yaml")
    assert told.exit_code == 0
    assert file.read_bytes() == text.encode()
    subprocess.run(["git", "apply", "-p0"], input=told.stdout_bytes, cwd=file.parent, check=True)
    assert file.read_bytes() == fix(text).after
    assert cli("fix", "--diff", "design.yaml").stdout == ""
    assert cli("fix", "--diff", "--check", spec(QUIET)).exit_code == 1


def test_standard_input_goes_to_standard_output() -> None:
    """The fixed text and nothing else; what was done is told beside it."""
    told = cli("fix", "-", stdin=QUIET.encode())
    assert told.stdout_bytes == fix(QUIET).after
    assert "3 fixed" in told.stderr
    sound = cli("fix", "-", stdin=b"rtreview: 1\r\nname: \xc3\xa4\r\n")
    assert sound.stdout_bytes == b"rtreview: 1\r\nname: \xc3\xa4\r\n"
    assert "can be fixed" in cli("fix", "-", "--check", stdin=QUIET.encode()).stdout


def test_only_the_selected_rule_is_fixed(spec: Callable[..., Path]) -> None:
    """And a name that no rule has is wrong use."""
    file = spec(QUIET)
    cli("fix", "--select", "presence-immediate-removal", file)
    assert file.read_text("utf-8") == QUIET.replace("grace: none", "grace: 10s")
    assert cli("fix", "--select", "presence", file).exit_code == 2


def test_what_cannot_be_reviewed_is_told_and_the_rest_is_fixed(spec: Callable[..., Path]) -> None:
    """With status 3; a file that cannot be read stays as it is."""
    broken, sound = spec("rtreview: 1\npresense: {}\n"), spec(QUIET, "sound.yaml")
    told = cli("fix", broken, sound, broken.with_name("none.yaml"))
    assert told.exit_code == 3
    assert "`presense` is no field of a spec" in told.stdout
    assert "the file cannot be opened" in told.stdout.lower()
    assert sound.read_text("utf-8") == fix(QUIET).after.decode()
    assert broken.read_text("utf-8") == "rtreview: 1\npresense: {}\n"


def test_a_link_and_the_mode_of_a_file_are_kept(spec: Callable[..., Path]) -> None:
    """The spec behind a link is fixed."""
    file = spec(QUIET)
    file.chmod(0o640)
    link = file.with_name("link.yaml")
    link.symlink_to(file)
    cli("fix", link)
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert file.read_text("utf-8") == fix(QUIET).after.decode()


def test_a_file_in_which_nothing_is_fixed_is_not_written(spec: Callable[..., Path]) -> None:
    """It keeps its time."""
    file = spec(THOUGHT)
    os.utime(file, (1, 1))
    cli("fix", file)
    assert file.stat().st_mtime == 1


def test_a_file_that_changed_meanwhile_is_not_written_over(spec: Callable[..., Path]) -> None:
    """What somebody else wrote after the review stays."""
    file = spec(QUIET)
    told = fixed(Source(str(file)), Policy(RULEBOOK))
    file.write_text("rtreview: 1\n", "utf-8")
    with pytest.raises(Refused, match="changed by somebody else"):
        write(told)
    assert file.read_text("utf-8") == "rtreview: 1\n"


def test_what_a_baseline_knows_is_fixed_too(
    spec: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A known finding is a debt, and no decision to live with it."""
    file = spec(QUIET, "design.rtreview.yaml")
    monkeypatch.chdir(file.parent)
    assert cli("baseline", "write", ".").exit_code == 0
    cli("fix", ".")
    assert file.read_text("utf-8") == fix(QUIET).after.decode()


def test_no_name_in_a_spec_acts_on_a_terminal(spec: Callable[..., Path]) -> None:
    """Neither among the fixes nor in a diff."""
    text = 'rtreview: 1\nfeatures: {"\\e[31m\\u202e": {presence: {grace: none}}}\n# \u202ered\n'
    file = spec(text)
    for words in (["fix", "--check", file], ["fix", "--diff", file]):
        told = cli(*words).stdout
        assert "grace" in told
        assert not {"\x1b", "\u202e"} & set(told)


def test_pings_that_do_not_count_become_messages() -> None:
    """The interval is left as it is: no shorter one would help."""
    transport = "{kind: grpc-stream, path: [aws-alb], heartbeat: {interval: 25s, layer: http2-ping}}"
    text = f"rtreview: 1\ntransport: {transport}\n"
    (slow,) = fix(text, everything=True, select=("heartbeat-slower-than-path",)).done
    assert (slow.remedy.settings, slow.remedy.is_safe) == (("transport.heartbeat.layer=application",), False)


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("sync: {ordering: {scope: total, by: connection}}", ("topology.sequencer=global",)),
        ("sync: {ordering: {scope: per-room, by: connection}}", ("topology.sequencer=per-room",)),
    ],
)
def test_a_sequencer_has_the_scope_that_is_claimed(text: str, settings: tuple[str, ...]) -> None:
    """One for each room makes no order of all."""
    whole = f"rtreview: 1\ntopology: {{nodes: 2, publishers: multi, sequencer: none}}\n{text}\n"
    (told,) = fix(whole, select=("total-order-without-sequencer",)).waiting
    assert told.remedy.settings == settings


def test_what_joins_the_nodes_is_not_replaced() -> None:
    """Where it is not Redis, people choose the adapter that fits."""
    spec = "rtreview: 1\ntransport: {{kind: websocket, library: socket.io@4}}\ntopology: {{nodes: 2, {}}}\n"
    rule = ("socket-io-no-adapter",)
    (told,) = fix(spec.format("backplane: none"), select=rule).waiting
    assert told.remedy.settings == (
        "topology.backplane.kind=redis",
        "topology.backplane.adapter=redis-adapter",
    )
    other = fix(spec.format("backplane: {kind: nats, adapter: none}"), select=rule)
    assert other.waiting == ()
    assert "socket-io-no-adapter" in [one.rule for one in other.reviews[0].findings]


def test_a_grace_beyond_the_patterns_needs_thought() -> None:
    """A minute in which people are shown who are gone is for the worse."""
    for span, is_safe in (("20s", True), ("50s", False)):
        plan = f"{{strategy: exponential, first_delay: 0s..{span}}}"
        text = f"rtreview: 1\ntransport: {{kind: websocket, reconnect: {plan}}}\npresence: {{grace: none}}\n"
        told = fix(text, select=("presence-immediate-removal",))
        assert [one.remedy.is_safe for one in (*told.done, *told.waiting)] == [is_safe]


@pytest.mark.parametrize(
    ("setting", "refusal"),
    [
        ("name=another", "it would not be enough for this design"),
        ("presense=none", "`presense` is no field of a spec"),
        ("presence.ttl=1s", "it would bring `presence-ttl-within-miss-budget`: "),
        ("transport.path[3].name=x", "there is no `transport.path[3]`"),
        ("transport.heartbeat.interval=70s", "it would make worse `heartbeat-slower-than-path`: "),
    ],
)
def test_no_remedy_is_believed(setting: str, refusal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a remedy proposes counts only if the review says so."""
    monkeypatch.setattr("rtreview.fix.fix.remedy", lambda *_: Remedy((setting,)))
    text = QUIET.replace("grace: none", "grace: none\n  refresh: 9s")
    told = fix(text, select=("presence-immediate-removal",))
    assert told.after.decode() == text
    assert refusal in told.refused[0].refusal


MANY_NODES = """\
rtreview: 1
topology: {nodes: 50, node: {accept_rate: 200/s}}
workload: {connections: 500k}
transport: {kind: websocket, reconnect: {strategy: exponential, base: 1s, cap: 60s, jitter: none}}
"""
"""A restart needs a wide spread, which the clients of one lost node wait for as well."""


def test_a_safe_fix_that_delays_the_recovery_from_a_smaller_loss_tells_its_price(tmp_path: Path) -> None:
    """The other 49 nodes would take in the clients of the lost one at once."""
    (tmp_path / "design.yaml").write_text(MANY_NODES, "utf-8")
    shown = " ".join(cli("fix", "--check", tmp_path / "design.yaml").stdout.split())
    assert (
        "first_delay: 0s..90s Price: when one node is lost, everybody is back after 90.1 s instead" in shown
    )


def test_a_fix_that_delays_nobody_has_no_price() -> None:
    """With four nodes, the loss of one is a storm too: what spreads it brings everybody back sooner."""
    (made,) = fix(MANY_NODES.replace("nodes: 50", "nodes: 4").encode()).done
    assert made.remedy.is_safe
    assert not made.price


def test_the_end_of_a_report_says_which_changes_need_thought(tmp_path: Path) -> None:
    """Nobody is sent to `fix --diff` for a change that it never makes by itself."""
    spec = (
        "rtreview: 1\nworkload: {rooms: {count: 3, size: 800}}\nfan_out: {per_recipient: query}\n"
        "transport: {kind: websocket}\n"
    )
    file = tmp_path / "design.yaml"
    file.write_text(spec, "utf-8")
    assert "1 needs thought first" in cli("review", file).stdout
