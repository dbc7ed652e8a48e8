"""A list where one value is expected: each of its values occurs, and a rule has to hold for each."""

from __future__ import annotations

import pytest

from rtreview.reviews import engine
from rtreview.reviews.report import Review
from rtreview.rulebook.finding import Finding, Judgement, Verdict

CHAT = "rtreview: 1\npurpose: chat\n"


def only(text: str) -> Review:
    """The review of a single design."""
    (review,) = engine.review(text)
    return review


def judgement(text: str, rule: str) -> Judgement:
    """The verdict of a rule on a chat."""
    return next(judged for judged in only(CHAT + text).judgements if judged.rule == rule)


def finding(text: str, rule: str) -> Finding:
    """The one finding of a rule on a chat."""
    (found,) = (each for each in only(CHAT + text).findings if each.rule == rule)
    return found


def test_the_worst_value_is_told_by_its_name() -> None:
    """A page on SSE returns with its last id; of the one on a WebSocket the report asks."""
    found = finding("transport: {kind: [sse, websocket]}\n", "reconnect-without-resume")
    assert found.verdict is Verdict.UNSTATED
    assert found.message.startswith("Where `transport.kind` is websocket, the spec does not say")


def test_a_fault_of_every_value_needs_no_name() -> None:
    """Whatever it is, the design fails, in the same words."""
    one = "transport: {kind: websocket, resume: none}\nsync: {join: none}\n"
    both = one.replace("websocket", "[websocket, http-stream]")
    rule = "reconnect-without-resume"
    assert finding(both, rule).message == finding(one, rule).message


def test_what_holds_for_each_value_passes() -> None:
    """No value has the fault."""
    text = "transport: {kind: [websocket, http-stream], resume: {by: offset}}\n"
    assert judgement(text, "reconnect-without-resume").verdict is Verdict.PASSED


@pytest.mark.parametrize("order", ["[at-most-once, at-least-once]", "[at-least-once, at-most-once]"])
def test_the_order_of_a_list_is_no_matter(order: str) -> None:
    """The fault is one of the second value as much as of the first."""
    text = f"sync: {{delivery: {{guarantee: {order}, deduplicate: none}}}}\ntransport: {{kind: websocket}}\n"
    found = finding(text, "at-least-once-without-dedup")
    assert found.verdict is Verdict.VIOLATED
    assert "is at-least-once" in found.message


def test_pairs_of_which_only_some_fail_leave_it_open() -> None:
    """What is dropped may be what is promised at most once: nothing says that the other is dropped too."""
    text = (
        "transport: {kind: websocket}\n"
        "sync: {delivery: {guarantee: [at-most-once, at-least-once]}}\n"
        "backpressure: {overflow: [drop-oldest, disconnect]}\n"
    )
    assert judgement(text, "confirmed-then-dropped").verdict is Verdict.UNDECIDED
    broken = text.replace("disconnect", "drop-newest")
    assert judgement(broken, "confirmed-then-dropped").verdict is Verdict.VIOLATED


def test_numbers_may_be_listed_too() -> None:
    """The balancer of one region closes after 30 s, that of another after 5 min."""
    text = (
        "transport: {kind: websocket, heartbeat: {interval: 60s, timeout: 10s}, "
        "path: [{name: balancer, idle_timeout: [30s, 300s]}]}\n"
    )
    found = finding(text, "heartbeat-slower-than-path")
    assert "idle_timeout` is 30 s" in found.message


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("[sse]", "a list is not one of"),
        ("[sse, sse]", "two values or more"),
        ("[]", "a list is not one of"),
        ("[sse, none]", "each value of a list occurs"),
        ("[sse, websokcet]", "did you mean `websocket`?"),
        ("[sse, [websocket]]", "is not one of"),
        ("[sse, {a: b}]", "is not one of"),
    ],
)
def test_a_list_that_means_nothing_is_a_mistake(value: str, said: str) -> None:
    """It is told at the field, in a sentence."""
    (mistake,) = only(f"{CHAT}transport: {{kind: {value}}}\n").findings
    assert mistake.rule == "schema"
    assert said.lower() in mistake.message.lower()
    assert mistake.place.name == "transport.kind"


def test_more_pairs_than_one_can_look_at_are_left_open() -> None:
    """Lists multiply: beyond a few hundred pairs a rule is undecided, and nothing hangs."""
    kinds = (
        "[websocket, sse, long-polling, http-stream, webrtc, webtransport, tcp, udp, polling, grpc-stream]"
    )
    text = (
        f"transport: {{kind: {kinds}, fallback: {kinds}, upgrade_from: {kinds}, "
        "heartbeat: {interval: 20s, layer: [websocket-ping, sse-comment, http2-ping, application]}}\n"
    )
    assert judgement(text, "values-contradict-each-other").verdict is Verdict.UNDECIDED


def test_what_is_only_bounded_is_no_number_beside_a_list() -> None:
    """A usual size bounds the largest one from below, and none is made up where each kind is looked at."""
    text = "workload: {messages: {size: 2KB}}\ntransport: {kind: %s, library: socket.io@4}\n"
    kinds = ("websocket", "[websocket, long-polling]")
    one, both = (judgement(text % kind, "payload-exceeds-path-limit") for kind in kinds)
    assert (both.verdict, both.missing) == (one.verdict, one.missing) == (Verdict.UNDECIDED, one.missing)


def test_of_values_that_hold_side_by_side_the_one_that_helps_decides() -> None:
    """A page sees the heartbeat of the application, and the report says which of the two it is."""
    pings = "workload: {clients: [browser]}\ntransport: {kind: websocket, heartbeat: {interval: 30s, layer: "
    assert judgement(f"{pings}websocket-ping}}}}\n", "browser-cannot-see-ping").verdict is Verdict.VIOLATED
    both = judgement(f"{pings}[websocket-ping, application]}}}}\n", "browser-cannot-see-ping")
    assert both.verdict is Verdict.NOT_APPLICABLE
    assert both.reason.startswith("where `transport.heartbeat.layer` is application, ")


@pytest.mark.parametrize(
    ("names", "interval", "verdict"),
    [
        ("[aws-alb, nginx]", "90s", Verdict.VIOLATED),
        ("[network, aws-alb]", "90s", Verdict.VIOLATED),
        ("[aws-alb, our-own]", "90s", Verdict.VIOLATED),
        ("[aws-alb, nginx]", "25s", Verdict.PASSED),
        ("[aws-alb, our-own]", "25s", Verdict.UNDECIDED),
        ("[network, proxy]", "90s", Verdict.UNDECIDED),
    ],
)
def test_a_hop_of_several_names_has_what_each_platform_fixes(
    names: str, interval: str, verdict: Verdict
) -> None:
    """Whichever of them is there, and only one of which nothing is known leaves it open."""
    text = f"transport: {{kind: websocket, heartbeat: {{interval: {interval}}}, path: [{{name: {names}}}]}}\n"
    rule = "heartbeat-slower-than-path"
    assert judgement(text, rule).verdict is verdict
    if verdict is Verdict.VIOLATED:
        found = next(each for each in only(CHAT + text).findings if each.rule == rule)
        assert found.message.startswith("Where `transport.path[0].name` is aws-alb, the heartbeat")


def test_what_a_hop_of_several_names_states_itself_goes_before_its_platforms() -> None:
    """Whoever measured it has measured both."""
    text = (
        "transport: {kind: websocket, heartbeat: {interval: 90s}, "
        "path: [{name: [aws-alb, nginx], idle_timeout: 5m}]}\n"
    )
    assert judgement(text, "heartbeat-slower-than-path").verdict is Verdict.PASSED
