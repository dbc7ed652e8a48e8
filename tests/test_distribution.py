"""Quantiles: those that are stated bound those that are not."""

from __future__ import annotations

import json

import pytest
from conftest import cli

from rtreview.language import spec
from rtreview.language.spec import SpecError
from rtreview.reviews import engine
from rtreview.rulebook.finding import Judgement, Verdict

REPLAY = "replay-shorter-than-disconnect"
LOG = "transport: {kind: websocket, resume: {by: offset, retention: 10m, on_gap: none}}"


def judged(outage: str, rule: str = REPLAY) -> Judgement:
    """What a rule says of a replay of 10 min, where clients are away for this long."""
    text = f"rtreview: 1\npurpose: chat\nworkload: {{outage: {outage}}}\n{LOG}\n"
    (review,) = engine.review(text.encode(), "x")
    return next(judgement for judgement in review.judgements if judgement.rule == rule)


def wrong(workload: str) -> list[tuple[tuple[str | int, ...], str]]:
    """What has no meaning in a workload, with its place."""
    from rtreview.text import document  # noqa: PLC0415

    (text,) = document.read(f"rtreview: 1\nworkload: {workload}\n".encode())
    with pytest.raises(SpecError) as caught:
        spec.read(text.content)
    return [(mistake.at, mistake.message) for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    "outage", ["30m", "{typical: 30m}", "{p95: 30m}", "{p98.5: 11m}", "{min: 11m}", "11m..1h"]
)
def test_a_quantile_convicts_what_needs_a_higher_one(outage: str) -> None:
    """A p99 is at least the median, and at least any percentile below it."""
    assert judged(outage).verdict is Verdict.VIOLATED


@pytest.mark.parametrize("outage", ["{max: 9m}", "{p99.9: 9m}", "{p99: 9m}", "1s..9m"])
def test_a_quantile_clears_what_needs_a_lower_one(outage: str) -> None:
    """A p99 is at most the most, and at most any percentile above it."""
    assert judged(outage).verdict is Verdict.PASSED


@pytest.mark.parametrize("outage", ["2s", "{p95: 2s}", "{max: 1h}", "{typical: 2s, max: 1h}"])
def test_what_bounds_leave_open_stays_as_it_was_without_them(outage: str) -> None:
    """The rule says itself what it would need, of a field that counts as not stated."""
    judgement = judged(outage)
    assert judgement.verdict in (Verdict.UNDECIDED, Verdict.UNSTATED)
    assert judgement.missing == ("workload.outage.p99",)
    assert "more exactly" not in judgement.reason


def test_a_verdict_by_bounds_is_told_at_its_kindest() -> None:
    """The least that the p99 may be, which is the median."""
    assert "of 30 min" in judged("30m").reason


def test_the_ceiling_of_a_word_clears_nothing() -> None:
    """It is a convention of ours, and not a promise of the design."""
    assert judged("{max: minutes}").verdict is not Verdict.PASSED


@pytest.mark.parametrize(
    ("workload", "at", "message"),
    [
        (
            "{outage: {typical: 5s, p99: 2s}}",
            ("workload", "outage", "p99"),
            "`p99: 2s` is below `typical: 5s`",
        ),
        ("{outage: {p95: 9s, max: 3s}}", ("workload", "outage", "max"), "`max: 3s` is below `p95: 9s`"),
        ("{messages: {size: {min: 2kB, p50: <= 1kB}}}", ("workload", "messages", "size", "p50"), "is below"),
        (
            "{outage: {typical: 8s, p99: [3h, 0s]}}",
            ("workload", "outage", "p99"),
            "A value of `p99: [3h, 0s]` is below `typical: 8s`, and cannot be",
        ),
        (
            "{rooms: {size: {typical: [12, 500], max: 400}}}",
            ("workload", "rooms", "size", "max"),
            "`max: 400` is below a value of `typical: [12, 500]`, and cannot be",
        ),
        (
            "{messages: {size: {p50: [1kB, 9kB], p95: [500B, 10kB]}}}",
            ("workload", "messages", "size", "p95"),
            "A value of `p95: [500B, 10kB]` is below each value of `p50: [1kB, 9kB]`, and cannot be",
        ),
        (
            "{messages: {size: {p50: [1kB, 9kB], p95: [2kB, 8kB]}}}",
            ("workload", "messages", "size", "p95"),
            "Each value of `p95: [2kB, 8kB]` is below a value of `p50: [1kB, 9kB]`, and cannot be",
        ),
        (
            "{outage: {typical: 5s..9s, p99: [4s, 20s]}}",
            ("workload", "outage", "p99"),
            "A value of `p99: [4s, 20s]` is below `typical: 5s..9s`, and cannot be",
        ),
    ],
)
def test_quantiles_that_run_backwards_are_a_mistake(
    workload: str, at: tuple[str | int, ...], message: str
) -> None:
    """No number of people can have such a distribution; the higher one is pointed at."""
    ((place, sentence),) = wrong(workload)
    assert place == at
    assert message in sentence


def test_bounds_that_only_may_run_backwards_are_none() -> None:
    """A median of about 5 s may well be below 4.5 s."""
    assert judged("{typical: ~5s, p99: 4.5s}").verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("most", "verdict"),
    [
        ("[4m, 5m]", Verdict.PASSED),
        ("[4m, 5h]", Verdict.UNDECIDED),
        ("[5h, 4m]", Verdict.UNDECIDED),
    ],
)
def test_what_is_not_stated_lies_within_all_values_of_a_list(most: str, verdict: Verdict) -> None:
    """In any order: each of them occurs."""
    assert judged(f"{{typical: 3m, max: {most}}}").verdict is verdict


@pytest.mark.parametrize(
    "workload",
    [
        "{rooms: {size: {typical: [12, 0], max: 400}}}",
        "{outage: {typical: [5s, 9s], p99: [7s, 20s]}}",
        "{outage: {typical: 5s..9s, p99: [6s, 20s]}}",
    ],
)
def test_a_list_may_stand_beside_what_it_does_not_contradict(workload: str) -> None:
    """Nobody knows which value of one list occurs with which of another."""
    (review,) = engine.review(f"rtreview: 1\nworkload: {workload}\n{LOG}\n".encode(), "x")
    assert review.unreviewed == ()


@pytest.mark.parametrize("key", ["p0", "p100", "p9x", "p99.9999", "median"])
def test_what_is_no_percentile_is_no_field(key: str) -> None:
    """A percentile lies between 0 and 100."""
    ((place, sentence),) = wrong(f"{{outage: {{{key}: 5s}}}}")
    assert place == ("workload", "outage", key)
    assert "is no field of `workload.outage`" in sentence


def test_a_percentile_can_be_set_and_is_in_the_schema() -> None:
    """`--set` takes it like any field, and an editor completes it."""
    answer = cli("schema")
    patterns = json.loads(answer.stdout)["$defs"]["Outage"]["anyOf"][0]["patternProperties"]
    ((pattern, field),) = patterns.items()
    assert "p([1-9]" in pattern
    assert field["x-unit"] == "s"
