"""The ledger: which numbers follow from a design, and from which of its fields."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import pytest
from conftest import SOUND, simulated

from rtreview.language import spec
from rtreview.language.design import Design, build
from rtreview.numbers import ledger as book
from rtreview.numbers.expression import leaves
from rtreview.numbers.reconnection import rejection_load
from rtreview.reviews import engine
from rtreview.text import document


def design(text: str) -> Design:
    """The design that a spec describes."""
    return build(spec.read(document.read(f"rtreview: 1\n{text}".encode())[0].content))


def ledger(text: str) -> dict[str, str]:
    """Every number of a design with one feature, or the reason why there is none."""
    return {
        title: str(made) if made and made.content is not None else reason
        for _, title, made, reason in book.ledger(design(text))
    }


def test_every_number_of_the_ledger_exists_for_a_complete_design() -> None:
    """The example states enough for all but a few, and each has a formula and inputs."""
    made = list(book.ledger(build(spec.read(document.read(SOUND.read_bytes())[0].content))))
    exist = [number for _, _, number, _ in made if number and number.content is not None]
    assert len(made) >= 30
    assert len(exist) >= 24
    for number in exist:
        assert number.formula
        assert list(leaves(number))


def test_each_number_is_of_the_kind_that_its_function_promises() -> None:
    """What a formula comes to by its dimensions is what its annotation says."""
    complete = build(spec.read(document.read(SOUND.read_bytes())[0].content))
    kinds = {
        (function.__doc__ or "").partition("\n")[0].rstrip("."): get_args(get_type_hints(function)["return"])
        for function in book.FORMULAS
    }
    seen = set()
    for _, title, made, _ in book.ledger(complete):
        if made is not None and made.content is not None:
            assert (type(made.content),) == kinds[title], title
            seen.add(title)
    assert len(seen) >= 24


def test_a_silent_design_has_no_numbers_and_says_what_is_missing() -> None:
    """Nothing is guessed: each line names the field that it would need."""
    made = list(book.ledger(design("name: Silent")))
    for _, title, number, reason in made:
        assert number is None or number.content is None, title
        missing = [part for part in leaves(number) if part.content is None] if number else []
        assert missing or reason.startswith("it would need `"), (title, reason)
    assert len(made) >= 30


@pytest.mark.parametrize(
    ("plan", "spread"),
    [
        ("{strategy: exponential, base: 1s, jitter: full}", "1 s"),
        ("{strategy: exponential, base: 1s, jitter: equal}", "500 ms"),
        ("{strategy: exponential, base: 1s, jitter: decorrelated}", "2 s"),
        ("{strategy: exponential, base: 1s, jitter: 50%}", "1 s"),
        ("{strategy: exponential, base: 1s, jitter: 0s..3s}", "3 s"),
        ("{strategy: exponential, base: 1s, jitter: none}", "0 s"),
        ("{strategy: exponential, base: 1s, jitter: full, first_delay: 0s..10s}", "10 s"),
        ("{strategy: exponential, jitter: full, delays: [2s, 4s]}", "2 s"),
        ("{strategy: immediate}", "0 s"),
    ],
)
def test_the_spread_of_the_first_attempts_by_kind_of_plan(plan: str, spread: str) -> None:
    """What is random in the first delay decides, and nothing else."""
    told = ledger(f"transport: {{kind: websocket, reconnect: {plan}}}")
    assert told["Spread of the first attempts"] == spread


def test_browsers_come_back_together() -> None:
    """An EventSource waits for the `retry` that the server sends to all of them."""
    told = ledger("transport: {kind: sse, retry: 10s}")
    assert told["Spread of the first attempts"] == "0 s"


@pytest.mark.parametrize(
    ("plan", "mean"),
    [
        ("{cap: 30s, jitter: full}", "15 s"),
        ("{cap: 30s, jitter: none}", "30 s"),
        ("{cap: 5s, jitter: 50%}", "4.375 s"),
        ("{cap: 30s, jitter: 0s..2s}", "31 s"),
        ("{delays: [1s, 30s], jitter: equal}", "22.5 s"),
        ("{strategy: fixed, base: 5s, jitter: none}", "5 s"),
    ],
)
def test_the_mean_delay_at_the_cap(plan: str, mean: str) -> None:
    """By kind of jitter; the last of a list, or a fixed delay, is a cap as well."""
    assert ledger(f"transport: {{kind: websocket, reconnect: {plan}}}")["Mean delay at the cap"] == mean


@pytest.mark.parametrize(
    ("heartbeat", "worst"),
    [
        ("{interval: 25s, timeout: 20s}", "45 s"),
        ("{interval: 25s, timeout: 20s, misses: 2, sweep: 10s}", "80 s"),
        ("{interval: 15s, timeout: 30s}", "30 s"),
        ("{interval: 12s, timeout: 5s, confirmed: false}", "5 s"),
    ],
)
def test_detection_by_answers_or_by_silence(heartbeat: str, worst: str) -> None:
    """A timeout beyond the interval is a timer of silence; one below it waits for an answer."""
    told = ledger(f"transport: {{kind: websocket, heartbeat: {heartbeat}}}")
    assert told["Worst detection time of a dead connection"] == worst


COMMENTS = "{kind: sse, heartbeat: {interval: 15s, timeout: 15s, layer: sse-comment, from: server}}"


def test_rule_ledger_and_scenario_have_one_answer_to_what_a_timeout_is() -> None:
    """Nobody answers an SSE comment, so 15 s are a silence for all, though no longer than the interval."""
    worst = ledger(f"transport: {COMMENTS}")["Worst detection time of a dead connection"]
    text = f"rtreview: 1\nworkload: {{clients: [server]}}\ntransport: {COMMENTS}\n"
    (review,) = engine.review(text)
    message = next(one.message for one in review.findings if one.rule == "heartbeat-timeout-too-tight")
    (blip,) = simulated(text, "blip")
    assert worst == "15 s"
    assert message.startswith("The heartbeat interval of 15 s is not below 15 s, the silence that ends")
    assert dict(blip.figures)["the client knows after"] == "0 s to 15 s"


def test_a_ghost_lasts_for_its_ttl_or_for_detection_and_grace() -> None:
    """What removes an entry decides how long it lasts."""
    lease = ledger("presence: {ttl: 60s, refresh: 20s, grace: 10s}")
    assert lease["Ghost time: how long one who vanished is shown at most"] == "60 s"
    event = ledger(
        "transport: {kind: websocket, heartbeat: {interval: 25s, timeout: 20s}}\npresence: {grace: 10s}"
    )
    assert event["Ghost time: how long one who vanished is shown at most"] == "55 s"


@pytest.mark.parametrize(
    ("resume", "window"),
    [
        ("{by: offset, retention: 2m, max_messages: 300}", "3.75 s"),
        ("{by: offset, retention: 2s, max_messages: 300}", "2 s"),
        ("{by: offset, retention: 2m}", "2 min"),
        ("{by: offset, max_messages: 300}", "3.75 s"),
        ("none", "nothing is replayed"),
    ],
)
def test_a_replay_window_is_bounded_twice(resume: str, window: str) -> None:
    """By time and by number, at the rate of the largest room."""
    told = ledger(
        "workload: {rooms: {size: {max: 400}}, messages: {rate: 2/s, active_share: 10%}}\n"
        f"transport: {{kind: websocket, resume: {resume}}}"
    )
    assert told["Replay window that is really covered"] == window


@pytest.mark.parametrize(
    ("queue", "bound"),
    [
        ("{max_bytes: 1MiB}", "1 MiB"),
        ("{max_messages: 200}", "3.277 MB"),
        ("{max_keys: 10}", "160 KiB"),
        ("unbounded", "the queue has no bound"),
        ("none", "nothing waits for a slow client"),
    ],
)
def test_a_queue_is_bounded_by_its_largest_messages(queue: str, bound: str) -> None:
    """A bound in messages holds messages of the largest size."""
    told = ledger(
        f"workload: {{messages: {{size: {{typical: 300B, max: 16KiB}}}}}}\nbackpressure: {{queue: {queue}}}"
    )
    assert told["Bound of one slow client's queue"] == bound


@pytest.mark.parametrize(("writers", "delivered"), [("one", "800/s"), ("many", "31,920/s")])
def test_deliveries_count_senders_and_members(writers: str, delivered: str) -> None:
    """One writer sends to all; of many, the active share sends to all others."""
    told = ledger(
        f"writers: {writers}\n"
        "workload: {rooms: {size: {max: 400}}, messages: {rate: 2/s, active_share: 10%}}"
    )
    assert told["Deliveries in the largest room"] == delivered


def test_an_assumed_cost_of_refusals_is_marked() -> None:
    """0.2 of an accept where the spec is silent; the team's own number where it is stated."""
    silent, stated = (
        design(
            "workload: {connections: 10k}\n"
            "transport: {kind: websocket, reconnect: {cap: 30s, jitter: full}}\n"
            f"topology: {{nodes: 1, node: {{accept_rate: 100/s{cost}}}}}"
        ).connections[0]
        for cost in ("", ", reject_cost: 1ms")
    )
    assumed: Any = rejection_load(silent)
    assert assumed.content.amount == pytest.approx(133.3, abs=0.1)
    assert "assumed" in [part.default.confidence for part in leaves(assumed) if part.default]
    own: Any = rejection_load(stated)
    assert own.content.amount == pytest.approx(66.7, abs=0.1)
