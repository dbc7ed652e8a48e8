"""Numbers that are known within bounds: how they are written, and what rules make of them."""

from __future__ import annotations

import contextlib
import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES, RULEBOOK, RULES, cli
from test_rules import TODAY

from rtreview import simulate
from rtreview.language.spec import notation_at
from rtreview.quantities import interval
from rtreview.quantities.quantity import Count, Duration, Number, Quantity, Rate, Ratio, Size
from rtreview.render import text
from rtreview.render.format import REPORTS
from rtreview.reviews import why
from rtreview.reviews.engine import review
from rtreview.reviews.policy import Policy
from rtreview.rulebook.acceptance import Risk
from rtreview.rulebook.finding import Judgement, Verdict
from rtreview.text import document


@pytest.mark.parametrize(
    ("kind", "written", "printed", "least", "most"),
    [
        (Count, "2+", "2 or more", 2, float("inf")),
        (Duration, "<= 30s", "at most 30 s", 0, 30),
        (Duration, "<=30s", "at most 30 s", 0, 30),
        (Size, "> 10MB", "more than 10 MB", 10e6, float("inf")),
        (Duration, "< 2s", "less than 2 s", 0, 2),
        (Count, "> 5", "more than 5", 6, float("inf")),
        (Count, "< 5", "less than 5", 1, 4),
        (Rate, ">= 1k/s", "1000/s or more", 1000, float("inf")),
        (Size, "30KB..46KB", "30 kB to 46 kB", 30e3, 46e3),
        (Size, "30..46KB", "30 kB to 46 kB", 30e3, 46e3),
        (Count, "5..20k", "5 to 20,000", 5, 20_000),
        (Duration, "~30s", "about 30 s (24 s to 37.5 s)", 24, 37.5),
        (Count, "~3", "about 3 (3 to 3)", 3, 3),
        (Ratio, "50%+", "50 % or more", 0.5, 1),
        (Count, "several", "several (2 or more)", 2, float("inf")),
        (Count, "tens of thousands", "tens of thousands (20,000 to 99,999)", 20_000, 99_999),
        (Number, "several", "several (2 or more)", 2, float("inf")),
        (Rate, "hundreds/s", "hundreds/s (200/s to 999/s)", 200, 999),
        (Duration, "minutes", "minutes (2 min to 1 h)", 120, 3600),
        (Size, "some", "some", 0, float("inf")),
        (Count, "some", "some", 1, float("inf")),
    ],
)
def test_bounds_are_read_and_printed(
    kind: type[Quantity], written: str, printed: str, least: float, most: float
) -> None:
    """As they are written, with what a sign or a word stands for."""
    bounds = interval.parse(kind, written)
    assert bounds is not None
    assert str(bounds) == printed
    assert (bounds.least.amount, bounds.most.amount) == pytest.approx((least, most), abs=1e-3, rel=1e-5)


FORMS = ("~{}", "{}+", "<= {}", "some")
"""Ways to say a number less exactly; none of them means 0."""


def vague(content: Any) -> Iterator[tuple[str, Any]]:
    """The same design with one value known within bounds that hold it, in two notations for each value."""
    for number, (path, value) in enumerate(values(content)):
        for form in FORMS[number % 2 :: 2]:
            if form == "{}+" and is_mean(path):
                # `1+` tabs of a user are more than one for some users, which is no less exact `1`.
                continue
            if has_bounds(path, written := form.format(value)):
                yield f"{'.'.join(map(str, path))}: {written}", replaced(content, path, written)


def values(content: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The path and value of each scalar that is not 0, but for the version of the language."""
    if isinstance(content, dict | list):
        for key, value in content.items() if isinstance(content, dict) else enumerate(content):
            yield from values(value, (*at, key))
    elif (
        at != ("rtreview",)
        and content not in (None, "none", "forever")
        and str(content).strip("0.") not in ("", "s", "ms", "%", "/s")
    ):
        yield at, content


def has_bounds(path: tuple[str | int, ...], written: str) -> bool:
    """Whether the field there takes it for bounds, and for nothing exact."""
    notation = notation_at(path)
    if notation is None:
        return False
    try:
        notation.parse(written)
    except ValueError:
        with contextlib.suppress(ValueError):
            return notation.within(written) is not None
    return False


def is_mean(path: tuple[str | int, ...]) -> bool:
    """Whether the field there holds a plain number, such as a mean, and no count."""
    notation = notation_at(path)
    return notation is not None and Number in notation.kinds


def replaced(content: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy of a design with another value at a path."""
    changed = holder = copy.deepcopy(content)
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


OPPOSITE = {
    Verdict.VIOLATED: {Verdict.PASSED, Verdict.NOT_APPLICABLE},
    Verdict.PASSED: {Verdict.VIOLATED},
    Verdict.NOT_APPLICABLE: {Verdict.VIOLATED},
}
"""What would be wrong of a design that may be the one with this verdict."""


@pytest.mark.slow
@pytest.mark.parametrize("rule", [rule.id for rule in RULEBOOK if rule.subject is not Risk])
def test_less_exact_numbers_give_no_opposite_verdict(rule: str) -> None:
    """A number in bounds that hold it leaves a verdict as it is, or open."""
    policy = Policy(RULEBOOK, select=(rule,), today=TODAY)

    def judgements(content: Any) -> tuple[Judgement, ...] | None:
        (found,) = review(json.dumps(content), policy=policy)
        return found.judgements or None

    wrong = []
    for file in ("fail.yaml", "pass.yaml"):
        for design in document.read((RULES / rule / file).read_bytes()):
            exact = judgements(design.content)
            assert exact
            for change, content in vague(design.content):
                found = judgements(content)
                assert found, change
                wrong += [
                    f"{change}: {before.verdict}, now {after.verdict}: {after.reason[:90]}"
                    for before, after in zip(exact, found, strict=False)
                    if after.verdict in {*OPPOSITE.get(before.verdict, ()), Verdict.UNREVIEWED}
                ]
    assert not wrong, "\n".join(wrong)


def unsure(content: Any) -> Any:
    """A design all of whose numbers are known about."""
    for path, value in values(content):
        if has_bounds(path, f"~{value}"):
            content = replaced(content, path, f"~{value}")
    return content


@pytest.mark.slow
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_a_design_with_bounds_goes_through_every_command(file: Path, tmp_path: Path) -> None:
    """Reports, scenarios, fixes, differences: no number needs to be exact for them."""
    vague = tmp_path / "vague.rtreview.yaml"
    designs = [unsure(one.content) for one in document.read(file.read_bytes())]
    vague.write_text("\n---\n".join(json.dumps(design, ensure_ascii=False) for design in designs), "utf-8")
    targets = {name: tmp_path / f"report.{name}" for name in REPORTS.formats}
    formats = [word for name, target in targets.items() for word in ("--format", f"{name}={target}")]
    assert cli("review", "--numbers", *formats, vague).exit_code in (0, 1)
    for name, target in targets.items():
        assert "internal-error" not in target.read_text("utf-8"), name
    for name in simulate.NAMES:
        # 3 where what is known is not enough for any.
        assert cli("simulate", "--scenario", name, vague).exit_code in (0, 3), name
    assert cli("fix", "--all", "--diff", vague).exit_code == 0
    assert cli("diff", file, vague).exit_code in (0, 1)
    assert cli("diff", vague, file).exit_code in (0, 1)
    first, *others = (rule.id for rule in RULEBOOK if rule.subject is not Risk)
    assert cli("why", first, vague).exit_code == 0
    # For each rule the command would read the file again.
    reviews = review(vague.read_bytes(), vague.name)
    for rule in others:
        assert text.render_why(why.explain(reviews, rule, Policy(RULEBOOK))), rule


def told(spec: str, rule: str) -> Judgement:
    """What a rule says of a design."""
    (found,) = review(spec, policy=Policy(RULEBOOK, select=(rule,), today=TODAY))
    (judgement,) = found.judgements
    return judgement


@pytest.mark.parametrize(
    ("tabs", "verdict", "severity"),
    [
        ("2", "violated", "warning"),
        ("2+", "violated", "warning"),
        ("1+", "violated", "info"),
        ("some", "undecided", "warning"),
        ("~1", "undecided", "warning"),
        ("1", "passed", "warning"),
    ],
)
def test_a_mean_without_an_upper_end_excuses_no_more_than_silence(
    tabs: str, verdict: str, severity: str
) -> None:
    """A fault that the design has without it stays, one step milder than at its worst."""
    spec = f"""rtreview: 1
purpose: presence
workload: {{clients: [browser], tabs_per_user: {tabs}, devices_per_user: 1}}
presence: {{devices: separate}}
"""
    judgement = told(spec, "presence-per-connection")
    assert (judgement.verdict, judgement.severity) == (verdict, severity)


HOP = """rtreview: 1
transport: {kind: websocket, heartbeat: {interval: %s}, path: [{name: ours, idle_timeout: 60s}]}
"""


@pytest.mark.parametrize(
    ("interval", "verdict", "said"),
    [
        ("~25s", "passed", "even with `transport.heartbeat.interval: 31.25s`, the heartbeat interval"),
        ("2m+", "violated", "Even with `transport.heartbeat.interval: 2m`, the heartbeat interval of 2 min"),
        ("minutes", "violated", "Even with `transport.heartbeat.interval: 2m`, the heartbeat interval"),
        ("<= 45s", "passed", "even with `transport.heartbeat.interval: 45s`, the heartbeat interval"),
        ("30s..90s", "undecided", "is 30 s to 90 s: this fails with 60 s or more"),
        ("seconds", "undecided", "seconds (2 s to 60 s): this fails with 60 s or more"),
        ("some", "undecided", "is some: this fails with 60 s or more"),
    ],
)
def test_a_verdict_is_told_at_the_end_at_which_it_holds_least(interval: str, verdict: str, said: str) -> None:
    """What fails, fails at the kindest; what holds, at the harshest; else it is told where it turns."""
    judgement = told(HOP % interval, "heartbeat-slower-than-path")
    assert (judgement.verdict, said in judgement.reason) == (verdict, True), judgement.reason


@pytest.mark.parametrize("written", ["30s..20s", "1s..", "~", "several", "<= soon", ">= 5 KB", "<= 0s"])
def test_bounds_that_say_nothing_are_a_mistake(written: str) -> None:
    """At the value, with what was expected."""
    (found,) = review(HOP % f'"{written}"')
    (mistake,) = found.findings
    assert (mistake.rule, mistake.place.at) == ("schema", ("transport", "heartbeat", "interval"))


def test_a_section_may_be_there_with_its_details_open() -> None:
    """Nobody is asked whether there is one, and all that it could say stays open."""
    (found,) = review("rtreview: 1\npresence: some\ntransport: {kind: websocket, reconnect: some}\n")
    verdicts = {judgement.rule: judgement.verdict for judgement in found.judgements}
    assert verdicts["missing-reconnection-logic"] is Verdict.PASSED
    assert verdicts["reconnect-without-jitter"] is Verdict.UNSTATED
    assert verdicts["presence-immediate-removal"] is Verdict.UNSTATED


@pytest.mark.parametrize("meant", ["yes", "on"])
def test_yes_is_answered_with_some(meant: str) -> None:
    """What is there and open has one word."""
    (found,) = review(f"rtreview: 1\npresence: {meant}\n")
    assert found.findings[0].message.endswith("write `some` where its details are open.")


@pytest.mark.parametrize(
    ("said", "reason"),
    [("some", "is some: this fails with `false` and not with `true`"), ("[true, false]", "is false, events")],
)
def test_a_truth_value_may_be_open_or_both(said: str, reason: str, spec: Callable[..., Path]) -> None:
    """It is judged both ways, and printed as a spec has it."""
    file = spec(f"rtreview: 1\npurpose: chat\ntransport: {{kind: sse, event_ids: {said}}}\n")
    assert reason in " ".join(cli("why", "sse-missing-event-id", file).stdout.split())


def test_a_sign_that_yaml_takes_for_its_own_is_explained() -> None:
    """`>` begins a text of several lines; what to write is said."""
    (found,) = review("rtreview: 1\nworkload:\n  connections: >= 1k\n")
    assert "write `1k+` for `>= 1k`" in found.findings[0].message


LIMITED = """rtreview: 1
workload: {connections: 40k, messages: {size: {max: 46kB}}}
transport: {kind: websocket}
backpressure: {queue: {max_messages: 200}, overflow: drop-oldest}
topology: {nodes: 4}
"""


@pytest.mark.parametrize(
    ("memory", "said"),
    [
        ("2GiB+", "slow-client-memory-budget is undecided"),
        ("2GiB..4GiB", "even with `topology.node.memory: 4GiB`"),
        ("200GiB+", "slow-client-memory-budget passed"),
    ],
)
def test_a_limit_of_the_house_may_be_known_within_bounds(
    memory: str, said: str, spec: Callable[..., Path]
) -> None:
    """It is judged at its ends, as if it stood in the design."""
    spec(f'[limits.topology.node]\nmemory = "{memory}"\n', ".rtreview.toml")
    file = spec(LIMITED)
    why = " ".join(cli("why", "slow-client-memory-budget", file).stdout.split())
    assert said.lower().replace(" passed", " is passed") in why.lower(), why
    assert "20 GiB" not in why


def test_a_number_without_end_has_none_in_the_ledger(spec: Callable[..., Path]) -> None:
    """Nothing is printed of what stands for `some`, nor of an end that nothing bounds."""
    text = "rtreview: 1\nworkload: {connections: 1k..3k}\ntopology: {nodes: %s}\n"
    open_, closed = (cli("review", "--numbers", spec(text % nodes)).stdout for nodes in ("some", "2..4"))
    assert "Connections per node: at most 3000" in open_
    assert "Connections per node: 250 to 1500" in closed


@pytest.mark.parametrize(
    ("written", "hint"),
    [("sevral", "did you mean `several`?"), ("2..", "`2+`?"), ("..5", "`<= 5`?")],
)
def test_a_slip_in_a_bound_is_answered_with_the_right_word(written: str, hint: str) -> None:
    """As with other words."""
    (found,) = review(f"rtreview: 1\ntopology: {{nodes: {written}}}\n")
    assert hint in found.findings[0].message


@pytest.mark.parametrize(
    ("kind", "spoken", "meant"),
    [
        (Duration, "about 30s", "~30s"),
        (Count, "around 20k", "~20k"),
        (Duration, "up to 5m", "<= 5m"),
        (Duration, "less than 2s", "< 2s"),
        (Count, "at least 3", ">= 3"),
        (Rate, "over 100/s", "> 100/s"),
        (Count, "2 or more", "2+"),
        (Duration, "20s-30s", "20s..30s"),
        (Duration, "5s to 10s", "5s..10s"),
        (Size, "between 30KB and 46KB", "30KB..46KB"),
        (Size, "30\u201346KB", "30..46KB"),
    ],
)
def test_bounds_as_people_speak_of_them_lead_to_their_notation(
    kind: type[Quantity], spoken: str, meant: str
) -> None:
    """The message holds what can be copied, and that can be read."""
    with pytest.raises(ValueError, match=re.escape(f"did you mean `{meant}`?")):
        interval.parse(kind, spoken)
    assert interval.parse(kind, meant)


def test_of_a_list_each_value_is_exact() -> None:
    """A word for bounds in it is answered with the bounds of all."""
    (found,) = review("rtreview: 1\npurpose: chat\ntopology: {nodes: [1, several]}\n")[0].findings
    assert found.message.startswith("Each value of a list is exact, and `several` has bounds")


def test_what_holds_without_a_comparison_is_told_by_an_example() -> None:
    """Nobody knows which end is the harshest, and no number is one that only stands for "without end"."""
    spec = "transport: {kind: websocket, reconnect: {strategy: exponential, base: 1s}}\n"
    load = "workload: {connections: 20k}\ntopology: {nodes: 20..80, node: {accept_rate: 500/s..1k/s}}\n"
    (design,) = review(f"rtreview: 1\n{spec}{load}", "x")
    (passed,) = (row for row in design.judgements if row.rule == "no-server-pushback")
    example = "`topology.nodes: 20` and `topology.node.accept_rate: 500/s`"
    assert passed.reason.startswith(f"for example with {example}")


def test_what_is_known_within_bounds_is_wanted_more_exactly() -> None:
    """`why` does not ask for a field to be stated that is."""
    spec = b"rtreview: 1\ntopology: {nodes: several, node: {memory: ~2GiB, connection_memory: ~20kB}}\n"
    told = cli("why", "connection-memory-exceeds-node", "-", stdin=spec + b"workload: {connections: 200k}\n")
    assert "is known more exactly" in " ".join(told.stdout.split())
