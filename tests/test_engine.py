"""The pipeline: what a review of a text holds, whatever the text."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import EXAMPLES, FLAWED, RULEBOOK, reviews

import rtreview
from rtreview.language import catalogue
from rtreview.language.design import Connection
from rtreview.language.field import NotApplicable, Undecided
from rtreview.reviews.policy import Policy
from rtreview.reviews.report import Review
from rtreview.rulebook.acceptance import Risk
from rtreview.rulebook.finding import Finding, Severity, Verdict
from rtreview.rulebook.outcome import Outcomes, Passed
from rtreview.rulebook.rulebook import Check, Rulebook
from rtreview.text.place import Span


def only(text: str | bytes, policy: Policy | None = None) -> Review:
    """The review of a text with one document."""
    (one,) = rtreview.review(text, "design.yaml", policy)
    return one


def finding(text: str, rule: str) -> Finding:
    """The only finding of a rule."""
    (found,) = [found for found in only(text).findings if found.rule == rule]
    return found


def test_review_is_the_public_function() -> None:
    """`rtreview.review` takes text or bytes and gives a review for each document."""
    first, second = rtreview.review("rtreview: 1\nname: A\n---\nrtreview: 1\nname: B\n")
    assert (first.name, second.name) == ("A", "B")
    assert first.path == "<stdin>"
    with pytest.raises(AttributeError, match="no attribute"):
        rtreview.nothing  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.name)
def test_every_rule_has_a_verdict_on_every_feature(example: Path) -> None:
    """Nothing is left out in silence: each rule says something of each feature, with a reason."""
    for one in reviews(example):
        features = {name for judgement in one.judgements for name in judgement.features}
        for rule in RULEBOOK:
            if rule.subject is Risk:
                continue
            told = [judgement for judgement in one.judgements if judgement.rule == rule.id]
            covered = [name for judgement in told for name in judgement.features]
            assert told
            assert set(covered) == features
            assert len(covered) == len(features), "a feature is judged twice by one rule"
        assert all(judgement.reason for judgement in one.judgements)


def test_an_empty_design_is_all_questions_and_open_points() -> None:
    """Silence is never read as none, and never as fine."""
    one = only("rtreview: 1")
    verdicts = {judgement.verdict for judgement in one.judgements}
    assert Verdict.UNSTATED in verdicts
    assert not verdicts & {Verdict.VIOLATED, Verdict.PASSED}


def test_a_finding_cites_and_quotes_the_references() -> None:
    """Severity, title, why, fix, question and citations are those of the rule's section."""
    found = finding("rtreview: 1\ntransport: {kind: websocket, heartbeat: none}", "missing-heartbeat")
    section = next(rule.section for rule in RULEBOOK if rule.id == "missing-heartbeat")
    assert found.severity is Severity.ERROR
    assert found.title == section.title
    assert found.why == section.first_sentence("Why")
    assert found.fix == section.first_sentence("The fix")
    assert found.question == section.first_sentence("Question")
    assert found.cites.validation == section.citation
    assert [cited.id for cited in found.cites.sharp_edges] == ["half-open-connection-ghost"]


def test_a_comparison_shows_both_places() -> None:
    """The number that breaks the limit is the place, the limit is related."""
    text = (
        "rtreview: 1\ntransport:\n  kind: websocket\n  path: [{name: our-proxy, idle_timeout: 30s}]\n"
        "  heartbeat: {interval: 45s}\n"
    )
    found = finding(text, "heartbeat-slower-than-path")
    assert found.place.span == Span(5, 25, 5, 28)
    (related,) = found.related
    assert related.span == Span(4, 42, 4, 45)
    assert found.message == (
        "The heartbeat interval of 45 s is not below 30 s, the idle timeout of our-proxy. Clears below 30 s."
    )


def test_a_default_is_pointed_at_where_the_platform_is_named() -> None:
    """What a platform fixes has the platform's name as its place, and says where it comes from."""
    text = "rtreview: 1\ntransport: {kind: websocket, path: [nginx], heartbeat: {interval: 90s}}\n"
    (related,) = finding(text, "heartbeat-slower-than-path").related
    assert related.span == Span(2, 37, 2, 42)
    assert related.label == "idle_timeout is 60 s: default of nginx"


def test_a_stated_value_overrides_a_default() -> None:
    """A spec that states the timeout of a known proxy is believed."""
    text = (
        "rtreview: 1\ntransport: {kind: websocket, path: [{name: nginx, idle_timeout: 2m}], "
        "heartbeat: {interval: 90s}}\n"
    )
    (judgement,) = [one for one in only(text).judgements if one.rule == "heartbeat-slower-than-path"]
    assert judgement.verdict is Verdict.PASSED
    assert judgement.reason.endswith("30 s of headroom")


def test_features_that_share_a_fault_are_told_once() -> None:
    """A fault of the shared connection is one finding that names its features."""
    text = (
        "rtreview: 1\ntransport: {kind: websocket, heartbeat: none}\n"
        "features:\n  chat: {purpose: chat}\n  cursors: {purpose: cursors}\n"
    )
    assert finding(text, "missing-heartbeat").features == ("chat", "cursors")


def test_a_fault_of_the_whole_is_told_once_though_one_feature_has_another_beside_it() -> None:
    """The backplane is that of both, and one of them asks a database too."""
    text = (
        "rtreview: 1\ntopology: {backplane: {kind: redis-pubsub, bulk: shared}}\n"
        "features:\n  board: {dependencies: {database: {per: [connect], bulk: shared}}}\n"
        "  news: {purpose: notifications}\n"
    )
    found = [one for one in only(text).findings if one.rule == "urgent-waits-behind-bulk"]
    assert {one.place.at[0]: one.features for one in found} == {
        "topology": ("board", "news"),
        "features": ("board",),
    }


def test_features_that_share_an_anchor_are_told_once() -> None:
    """A fault that an alias brings to a second feature is the same fault, and the text has it once."""
    text = (
        "rtreview: 1\nfeatures:\n  chat:\n    purpose: chat\n"
        "    transport: &shared {kind: websocket, heartbeat: none}\n"
        "  feed:\n    transport: {<<: *shared, encoding: binary}\n"
    )
    assert finding(text, "missing-heartbeat").features == ("chat", "feed")


def test_features_that_say_the_same_in_two_places_are_told_twice() -> None:
    """Two texts are two faults, whatever their words."""
    text = (
        "rtreview: 1\nfeatures:\n  chat: {purpose: chat, transport: {kind: websocket, heartbeat: none}}\n"
        "  feed: {transport: {kind: websocket, heartbeat: none}}\n"
    )
    found = [one for one in only(text).findings if one.rule == "missing-heartbeat"]
    assert [one.features for one in found] == [("chat",), ("feed",)]


def test_a_feature_with_a_fault_of_its_own_is_named() -> None:
    """A feature with its own connection is judged by itself."""
    text = (
        "rtreview: 1\ntransport: {kind: websocket, heartbeat: {interval: 25s}}\n"
        "features:\n  chat: {purpose: chat}\n  feed: {transport: {kind: sse, heartbeat: none}}\n"
    )
    found = finding(text, "missing-heartbeat")
    assert found.features == ("feed",)
    assert found.place.at == ("features", "feed", "transport", "heartbeat")


def test_a_fingerprint_stays_when_lines_move() -> None:
    """Comments, blank lines and layout do not change the name of a finding."""
    source = FLAWED.read_text("utf-8")
    moved = "# A comment.\n\n" + source.replace("\n\n", "\n\n\n")
    before, after = only(source), only(moved)
    assert [one.fingerprint for one in before.findings] == [one.fingerprint for one in after.findings]
    assert [one.place.span for one in before.findings] != [one.place.span for one in after.findings]


def test_fingerprints_are_distinct() -> None:
    """No two findings of a report have the same name."""
    prints = [one.fingerprint for one in only(FLAWED.read_text("utf-8")).findings]
    assert len(prints) == len(set(prints)) >= 10


def test_findings_are_sorted_by_what_matters() -> None:
    """Faults before questions, the grave first, of them what is furthest beyond its limit, then by place."""
    hop = "{name: lb, idle_timeout: 30s}"
    late = f"transport: {{kind: websocket, path: [{hop}], heartbeat: {{interval: 60s, timeout: 20s}}}}"
    later = late.replace("60s", "90s")
    found = only(f"rtreview: 1\nfeatures:\n  a: {{{late}}}\n  b: {{{later}}}\n").findings
    keys = [(each.verdict.rank, each.severity.rank, -(each.overshoot or 1)) for each in found]
    assert keys == sorted(keys)
    slow = [each for each in found if each.rule == "heartbeat-slower-than-path"]
    assert [each.features for each in slow] == [("b",), ("a",)]


def test_a_contradiction_stands_before_what_rests_on_it() -> None:
    """Which of two values is true comes before each error that follows from one of them."""
    plan = "reconnect: {strategy: exponential, base: 60s, cap: 30s, jitter: none}"
    found = only(
        f"rtreview: 1\npurpose: chat\ntransport: {{kind: websocket, heartbeat: none, {plan}, resume: none}}\n"
        "sync: {join: none}\n"
    ).findings
    assert found[0].rule == "values-contradict-each-other"
    assert found[0].severity is Severity.WARNING
    assert any(each.severity is Severity.ERROR for each in found)


def test_the_question_comes_first_on_which_most_hangs() -> None:
    """It names the rules that its answer decides too; one that nothing hangs on names none."""
    review = only("rtreview: 1\npurpose: collaborative-editing\ntransport: {kind: sse}\n")
    questions = [found for found in review.findings if found.verdict is Verdict.UNSTATED]
    assert [found.gravity for found in questions] == sorted(found.gravity for found in questions)
    by_rule = {judgement.rule: set(judgement.missing) for judgement in review.judgements}
    for found in questions:
        assert found.rule not in found.hanging
        assert all(by_rule[rule] & by_rule[found.rule] for rule in found.hanging)
    assert any(found.hanging for found in questions)
    assert not all(found.hanging for found in questions)


def test_what_could_be_an_error_is_asked_for_first() -> None:
    """Fields that decide more rules, but of less severity, come behind."""
    review = only(FLAWED.read_bytes())
    errors = {
        name
        for judgement in review.judgements
        if judgement.verdict is Verdict.UNDECIDED and judgement.severity is Severity.ERROR
        for name in judgement.missing
    }
    decides = [name in errors for name, _ in review.deciding_fields]
    assert decides == sorted(decides, reverse=True)
    assert True in decides
    assert False in decides


def test_rules_are_selected_and_ignored() -> None:
    """`select` runs these rules only, `ignore` leaves them out."""
    text = "rtreview: 1\ntransport: {kind: websocket, heartbeat: none}"
    selected = only(text, policy=Policy(RULEBOOK, select=("missing-heartbeat",)))
    assert {one.rule for one in selected.judgements} == {"missing-heartbeat"}
    ignored = only(text, policy=Policy(RULEBOOK, ignore=("missing-heartbeat",)))
    assert "missing-heartbeat" not in {one.rule for one in ignored.judgements}
    of_designs = [rule for rule in RULEBOOK if rule.subject is not Risk]
    assert len(ignored.judgements) == len(of_designs) - 1


def broken(check: Check) -> Rulebook:
    """Our rules, and the one on heartbeats with another check."""
    return RULEBOOK.extended({}, {"missing-heartbeat": check})


def crash(connection: Connection) -> Outcomes:
    """A rule that fails after its first outcome."""
    yield Passed("so far")
    raise ZeroDivisionError("no clients")


def hush(connection: Connection) -> Outcomes:
    """A rule that says nothing."""
    yield from ()


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (crash, "ZeroDivisionError: no clients"),
        (hush, "RuntimeError: the rule came to no verdict"),
    ],
)
def test_a_rule_that_fails_is_a_finding(check: Check, said: str) -> None:
    """A fault of the program is told as one, and the other rules are still heard."""
    one = only("rtreview: 1\ntransport: {kind: websocket, reconnect: none}", Policy(broken(check)))
    found = one.findings[0]
    assert (found.rule, found.verdict, found.severity) == (
        "internal-error",
        Verdict.UNREVIEWED,
        Severity.ERROR,
    )
    assert found.message == f"The rule missing-heartbeat failed ({said}): please report it with this spec."
    assert "missing-reconnection-logic" in {found.rule for found in one.findings}


def split(connection: Connection) -> Outcomes:
    """A rule whose outcomes are of several kinds."""
    yield Passed("one hop is fine")
    raise Undecided(message="the other hop is not known")


def nothing(connection: Connection) -> Outcomes:
    """A rule that ends with a reason not to apply."""
    raise NotApplicable("no connection")
    yield


@pytest.mark.parametrize(
    ("check", "verdict", "reason"),
    [
        (split, Verdict.UNDECIDED, "the other hop is not known"),
        (nothing, Verdict.NOT_APPLICABLE, "no connection"),
    ],
)
def test_the_gravest_outcome_is_the_verdict(check: Check, verdict: Verdict, reason: str) -> None:
    """Of several outcomes the one that matters most is the verdict of the rule."""
    policy = Policy(broken(check), select=("missing-heartbeat",))
    (judgement,) = only("rtreview: 1", policy).judgements
    assert (judgement.verdict, judgement.reason) == (verdict, reason)


def test_a_question_about_a_section_that_is_missing_points_at_the_feature_that_lacks_it() -> None:
    """And not at the first line of the file, which has nothing to do with it."""
    spec = "rtreview: 1\nfeatures:\n  chat: {transport: none}\n  feed: {workload: {connections: 10k}}\n"
    asked = [one for one in only(spec).findings if one.message == "The spec does not say `transport.kind`."]
    assert {one.place.span for one in asked} == {Span(4, 3, 4, 7)}
    assert {one.place.label for one in asked} == {"transport.kind is not stated"}


@pytest.mark.parametrize("kind", catalogue.ON_A_PATH)
def test_a_kind_of_platform_names_a_hop_that_is_open(kind: str) -> None:
    """`load-balancer` is any load balancer, and no misspelt name of one."""
    one = only(f"rtreview: 1\ntransport: {{kind: websocket, path: [{kind}]}}")
    assert "unknown-platform" not in {found.rule for found in one.findings}


def test_an_unknown_platform_that_comes_close_to_a_known_one_is_a_mistake() -> None:
    """A typing error in a name would silently lose its defaults."""
    found = finding("rtreview: 1\ntransport: {kind: websocket, path: [ngnix]}", "unknown-platform")
    assert found.message == (
        "`ngnix` is not in the catalogue, so nothing is known of its defaults: did you mean `nginx`? If it "
        "is another, state what it does, such as `{name: ngnix, idle_timeout: 5m}`. "
        "Rules that need them stay silent: read all other findings with that in mind."
    )
    assert (found.verdict, found.severity) == (Verdict.NOTE, Severity.WARNING)
    assert found.place.span == Span(2, 37, 2, 42)


@pytest.mark.parametrize("name", ["reverse-proxy", "Load balancer", "lb", "api-gateway"])
def test_a_hop_without_a_product_is_no_misspelt_one(name: str) -> None:
    """Who writes `load-balancer` has not misspelt `oci-load-balancer`."""
    found = finding(f"rtreview: 1\ntransport: {{kind: websocket, path: [{name}]}}", "unknown-platform")
    assert (found.verdict, found.severity) == (Verdict.NOTE, Severity.INFO)
    assert "did you mean" not in found.message


def test_a_platform_that_nobody_knows_is_mentioned_only() -> None:
    """A team's own proxy is no mistake; nothing is known of it, and the report says so."""
    found = finding("rtreview: 1\ntransport: {kind: websocket, path: [edge-of-acme]}", "unknown-platform")
    assert (found.verdict, found.severity) == (Verdict.NOTE, Severity.INFO)
    assert found.message == (
        "`edge-of-acme` is not in the catalogue, so nothing is known of its defaults: state what it does, "
        "such as `{name: edge-of-acme, idle_timeout: 5m}`. "
        "Rules that need them stay silent: read all other findings with that in mind."
    )


def test_a_hop_that_states_its_numbers_needs_no_catalogue() -> None:
    """A hop with fields of its own may have any name."""
    one = only("rtreview: 1\ntransport: {path: [{name: edge-of-acme, idle_timeout: 60s}]}")
    assert "unknown-platform" not in {found.rule for found in one.findings}


OWN_TIMERS = "heartbeat: {interval: 15s}, reconnect: {delays: [0s, 2s]}"


@pytest.mark.parametrize(
    ("spec", "name", "severity"),
    [
        (f"transport: {{kind: websocket, library: foobar-lib, {OWN_TIMERS}}}", "foobar-lib", Severity.INFO),
        (
            f"transport: {{kind: websocket, library: aspnet-signalr, {OWN_TIMERS}}}",
            "aspnet-signalr",
            Severity.WARNING,
        ),
        (f"transport: {{kind: websocket, client_library: foobar, {OWN_TIMERS}}}", "foobar", Severity.INFO),
        ("topology: {backplane: {kind: redis, adapter: redis-adaptor}}", "redis-adaptor", Severity.WARNING),
        ("topology: {backplane: {kind: redis, adapter: bus-of-acme}}", "bus-of-acme", Severity.INFO),
        ("topology: {backplane: {kind: redis-stream5}}", "redis-stream5", Severity.WARNING),
        ("sync: {library: automerg}", "automerg", Severity.WARNING),
        ("push: {service: fcm-of-acme}", "fcm-of-acme", Severity.INFO),
    ],
)
def test_a_name_that_the_catalogue_lacks_is_mentioned_wherever_rules_ask_it(
    spec: str, name: str, severity: Severity
) -> None:
    """Once, and be it beside timers that are stated: its other defaults are lost in silence."""
    found = finding(f"rtreview: 1\n{spec}\n", "unknown-platform")
    assert (found.title, found.severity) == (f"The platform `{name}` is unknown", severity)


@pytest.mark.parametrize(
    "silence",
    [
        "kind: websocket, heartbeat: {interval: 25s}",
        "kind: sse, heartbeat: {interval: 25s}",
        "kind: long-polling, poll: {hold: 25s}",
    ],
)
def test_silence_is_held_against_the_request_timeout_of_azure_application_gateway(silence: str) -> None:
    """Its 20 s end a WebSocket, an event stream and a poll alike."""
    spec = f"rtreview: 1\ntransport: {{{silence}, path: [Azure Application Gateway]}}\n"
    assert finding(spec, "heartbeat-slower-than-path").verdict is Verdict.VIOLATED


@pytest.mark.parametrize(
    "spec",
    [
        "topology: {backplane: {kind: rabbitmq}}",
        "topology: {backplane: {kind: http}}",
        "sync: {library: own}",
    ],
)
def test_what_may_have_any_name_is_mentioned_only_where_it_comes_close(spec: str) -> None:
    """A backplane is called by anything."""
    assert "unknown-platform" not in {found.rule for found in only(f"rtreview: 1\n{spec}\n").findings}


def test_a_mistake_stops_the_review_of_its_document_only() -> None:
    """A document that cannot be understood is not judged; the next one is."""
    first, second = rtreview.review("rtreview: 1\ntransprot: {}\n---\nrtreview: 1\n")
    assert [found.rule for found in first.findings] == ["schema"]
    assert not first.judgements
    assert second.judgements


def test_a_doubtful_default_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding that rests on a number from second hand says so in its message."""
    from rtreview.language import catalogue  # noqa: PLC0415

    nginx = catalogue.find("nginx")
    assert nginx is not None
    monkeypatch.setitem(nginx.confidence, "hop.idle_timeout", "secondary")
    text = "rtreview: 1\ntransport: {kind: websocket, path: [nginx], heartbeat: {interval: 90s}}\n"
    found = finding(text, "heartbeat-slower-than-path")
    assert "(60 s is secondary knowledge of nginx, not its documentation)" in found.message
    assert found.related[0].label == "idle_timeout is 60 s: default of nginx, secondary"


FIFTY_THOUSAND = """\
rtreview: 1
name: Fifty thousand
purpose: chat
direction: bidirectional
workload: {connections: 50k}
transport:
  kind: websocket
  library: socket.io@4
  path: [aws-alb]
  heartbeat: {interval: 60s}
  reconnect: {cap: 5s}
  resume: {by: offset, on_gap: snapshot}
sync: {strategy: append-only, ordering: {scope: per-room, by: sequence}, join: {order: subscribe-first}}
presence: {grace: 10s}
backpressure: {queue: {max_messages: 200}, overflow: disconnect}
topology:
  {nodes: 3, affinity: cookie, backplane: {adapter: redis-streams-adapter}, node: {accept_rate: 700/s}}
"""


def test_the_arithmetic_of_a_senior_engineer() -> None:
    """50,000 clients, 2,100 accepts/s, a cap of 5 s, 60 s against 60 s: what breaks, and at which number."""
    found = {one.rule: one for one in only(FIFTY_THOUSAND).findings}
    assert set(found) == {
        "heartbeat-slower-than-path",
        "first-reconnect-spread-too-small",
        "backoff-cap-below-herd",
    }
    cap = found["backoff-cap-below-herd"]
    assert cap.message.startswith(
        "The load of refusals of 2286/s (connections / mean delay at the cap × cost of a refusal)"
    )
    assert cap.message.endswith("Smallest single change: `transport.reconnect.cap: 5.5s` instead of `5s`.")
    assert cap.severity is Severity.WARNING, "it rests on an assumed cost of refusals"
    assert {"base is 1 s: default of socket.io@4", "jitter is 50 %: default of socket.io@4"} <= {
        place.label for place in (found["first-reconnect-spread-too-small"].place, *cap.related,
                                  *found["first-reconnect-spread-too-small"].related)
    }  # fmt: skip


def test_the_same_design_with_the_changes_passes_with_headroom() -> None:
    """25 s, a cap of 30 s, and first attempts over 36 s: every limit holds, and shows by how much."""
    changed = (
        FIFTY_THOUSAND.replace("interval: 60s", "interval: 25s")
        .replace("cap: 5s", "cap: 30s, first_delay: 0s..36s")
        .replace("grace: 10s", "grace: 36s")
    )
    one = only(changed)
    assert one.findings == ()
    reasons = {judgement.rule: judgement.reason for judgement in one.judgements}
    assert "35 s of headroom" in reasons["heartbeat-slower-than-path"]
    assert "of headroom" in reasons["first-reconnect-spread-too-small"]
    assert "of headroom" in reasons["backoff-cap-below-herd"]
