"""The ledger: which numbers follow from a design and from which of its fields, and published figures."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import pytest
from conftest import SOUND, simulated

from rtreview.language import catalogue, spec
from rtreview.language.building import build
from rtreview.language.design import Design
from rtreview.numbers import ledger as book
from rtreview.numbers.expression import leaves
from rtreview.numbers.fan_out import time_to_last_member, updates_of_room
from rtreview.numbers.presence import kept
from rtreview.numbers.reconnection import rejection_load
from rtreview.quantities.quantity import Count, Duration, Rate
from rtreview.reviews import engine
from rtreview.rulebook.finding import Finding, Verdict
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


def findings(text: str, rule: str) -> list[Finding]:
    """The findings of a rule on a design."""
    (review,) = engine.review(f"rtreview: 1\n{text}")
    return [finding for finding in review.findings if finding.rule == rule]


def found(text: str, rule: str) -> str:
    """What a rule says of a design; nothing where it finds nothing."""
    return next((finding.message for finding in findings(text, rule)), "")


def verdicts(text: str, rule: str) -> set[Verdict]:
    """The verdicts of a rule on a design."""
    (review,) = engine.review(f"rtreview: 1\n{text}")
    return {judgement.verdict for judgement in review.judgements if judgement.rule == rule}


def judged(text: str, rule: str) -> list[str]:
    """What a rule says of each part of a design, whatever its verdict."""
    (review,) = engine.review(f"rtreview: 1\n{text}")
    return [judgement.reason for judgement in review.judgements if judgement.rule == rule]


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
    kinds = {name: get_args(get_type_hints(function)["return"]) for name, function in book.FORMULAS.items()}
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
        ("{cap: 30s, jitter: decorrelated}", "18.6 s"),
        ("{cap: 5s, jitter: 50%}", "4.375 s"),
        ("{cap: 30s, jitter: 0s..2s}", "31 s"),
        ("{delays: [1s, 30s], jitter: equal}", "22.5 s"),
        ("{strategy: fixed, base: 5s, jitter: none}", "5 s"),
    ],
)
def test_the_mean_delay_at_the_cap(plan: str, mean: str) -> None:
    """By kind of jitter (Socket.IO: 50 % of 5 s); the last of a list, or a fixed delay, is a cap as well."""
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


@pytest.mark.parametrize(
    ("heartbeat", "worst"),
    [
        ("{interval: 5s, timeout: 10s, silence_timeout: 20s, from: client}", "20 s"),
        ("{interval: 5s, timeout: 10s, silence_timeout: 20s, from: server}", "15 s"),
        ("{interval: 5s, timeout: 10s, silence_timeout: 20s}", "15 s"),
        ("{interval: 5s, silence_timeout: 20s}", "20 s"),
        ("{interval: 5s, timeout: 10s, silence_timeout: 20s, from: client, sweep: 2s}", "22 s"),
    ],
)
def test_the_end_that_receives_heartbeats_has_a_limit_of_its_own(heartbeat: str, worst: str) -> None:
    """The server waits for silence where the client sends, and else for an answer."""
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


LOTS = """direction: server-to-client
writers: many
workload:
  connections: 60k
  rooms: {count: 300, size: {typical: 200, max: %s}}
  messages: {per_room: 20/s, size: 200B%s}
transport: {kind: websocket}
fan_out: {owner: %s}
topology: {nodes: 12, node: {message_rate: 50k/s, egress: 200MB/s}}
"""
"""Auctions, of which one lot at a time is in its last seconds."""

ALL_ROOMS = "Deliveries in all rooms, as if each had its typical size"


def test_the_rate_of_a_busy_room_is_not_that_of_all_rooms() -> None:
    """300 rooms are not all as busy as the busiest: what they send together needs the messages in all."""
    lots = LOTS % ("400", "", "sharded")
    needed = "it would need `workload.messages.total`"
    assert {ledger(lots)[number] for number in (ALL_ROOMS, "Payload sent in all rooms")} == {needed}
    assert verdicts(lots, "fanout-exceeds-budget") == {Verdict.UNDECIDED}
    counted = LOTS % ("400", ", total: 100/s", "sharded")
    assert ledger(counted)[ALL_ROOMS] == "19,900/s"
    assert verdicts(counted, "fanout-exceeds-budget") == {Verdict.PASSED}


def test_what_fits_with_every_room_busy_fits() -> None:
    """No more is sent than if each room were as busy as the busiest."""
    few = (LOTS % ("400", "", "sharded")).replace("count: 300", "count: 100")
    assert verdicts(few, "fanout-exceeds-budget") == {Verdict.PASSED}


def test_the_largest_room_is_judged_though_the_others_are_not_counted() -> None:
    """What one room needs alone, the others do not make less."""
    assert "599,980/s" not in found(LOTS % ("30k", "", "sharded"), "fanout-exceeds-budget")
    message = found(LOTS % ("90k", "", "sharded"), "fanout-exceeds-budget")
    assert message.startswith("The delivery rate in the largest room of 1,799,980/s")


def test_a_single_room_is_all_rooms() -> None:
    """Its rate is that of all."""
    room = (LOTS % ("400", "", "sharded")).replace("count: 300", "count: 1")
    assert ledger(room)[ALL_ROOMS] == "3980/s"


def test_who_sends_alone_to_a_room_has_the_budget_of_one_node() -> None:
    """With one owner, 11 other nodes send nothing to the largest room."""
    assert verdicts(LOTS % ("30k", "", "sharded"), "fanout-exceeds-budget") == {Verdict.UNDECIDED}
    message = found(LOTS % ("30k", "", "single"), "fanout-exceeds-budget")
    assert message.startswith("The delivery rate in the largest room of 599,980/s")
    assert "exceeds 50,000/s, the message rate of one node" in message


MAP = """direction: server-to-client
workload:
  connections: 200k
  downlink: 1Mbit/s
  rooms: {count: 20k, size: {typical: 10, max: 3000}}
  messages: {per_room: 40/s, size: 200B}
transport: {kind: websocket}
sync: {strategy: server-authoritative, updates: full-state, snapshot: {size: 50KB, every: 5s}}
backpressure: {queue: unbounded}
"""
"""Phones that watch what moves near them; how often the whole state is sent is stated twice."""


def test_an_update_of_the_whole_state_weighs_the_same_for_every_rule() -> None:
    """50 kB at 40/s, and not 200 B nor every 5 s: of two readings the worse, and each rule says so."""
    messages = {
        rule: found(MAP, rule)
        for rule in ("full-state-broadcast", "unbounded-message-queue", "client-bandwidth-deficit")
    }
    assert messages["full-state-broadcast"].startswith("Every update holds the whole state: 50 kB at 40/s")
    assert "about 120 MB a minute" in messages["unbounded-message-queue"]
    assert "1.999 MB/s" in messages["client-bandwidth-deficit"]
    doubt = (
        "The spec states 200 B and 50 kB for one update, and the larger counts. It states updates at 40/s "
        "and a whole state every 5 s, and the more frequent count."
    )
    for rule, message in messages.items():
        assert doubt in message, rule
    assert ledger(MAP)["Payload sent in the largest room"] == "5.998 GB/s"


def test_a_whole_state_without_another_word_comes_when_its_snapshots_do() -> None:
    """Nothing but `snapshot` says how large it is, and how often it is sent."""
    quiet = MAP.replace("  messages: {per_room: 40/s, size: 200B}\n", "")
    assert ledger(quiet)["Messages that each member of the largest room gets"] == "12/min"
    assert "10 kB/s" in judged(quiet, "client-bandwidth-deficit")[0]


def test_connections_that_share_nodes_share_their_memory() -> None:
    """Each of the two would fit alone: 1 GB of 1.5 GB."""
    shared = """features:
  chat: {workload: {connections: 100k}, transport: {kind: websocket}}
  feed: {workload: {connections: 100k}, transport: {kind: sse}}
topology: {nodes: 3, node: {memory: 1500MB, connection_memory: 20kB}}
"""
    rule = "connection-memory-exceeds-node"
    assert verdicts(shared, rule) == {Verdict.VIOLATED}
    assert "2 GB" in found(shared, rule)
    alone = shared.replace("  feed: {workload: {connections: 100k}, transport: {kind: sse}}\n", "")
    assert verdicts(alone, rule) == {Verdict.PASSED}


STORM = """topology: {nodes: 4, node: {accept_rate: 300/s}}
features:
  chat:
    workload: {connections: 9k}
    transport: {kind: websocket, reconnect: {base: 1s, first_delay: 0s..10s, cap: 60s, jitter: full}}
  feed:
    workload: {connections: 8k}
    transport: {kind: websocket, reconnect: {base: 1s, first_delay: 0s..10s, cap: 60s, jitter: full}}
"""
"""Of the 1200/s that the nodes accept, each of two features alone asks for less."""


def test_features_on_the_same_nodes_are_added_up_in_one_finding_that_names_them() -> None:
    """It shows what each adds, and not the storm of one of them, which alone would end well."""
    (finding,) = findings(STORM, "first-reconnect-spread-too-small")
    assert finding.features == ("chat", "feed")
    assert "first attempts of `chat` and `feed` of 1700/s exceeds 1200/s" in finding.message
    assert finding.evidence == "900/s of `chat` and 800/s of `feed`"


def test_a_feature_that_is_too_much_alone_has_a_finding_of_its_own() -> None:
    """The sum says nothing new then, and the other has no fault."""
    alone = STORM.replace("connections: 9k", "connections: 13k")
    (finding,) = findings(alone, "first-reconnect-spread-too-small")
    assert finding.features == ("chat",)
    assert "feed" not in finding.message


def test_a_sum_over_features_is_one_finding_whatever_is_supposed_of_each() -> None:
    """The largest room of neither is stated, and the rooms of both are too many for the nodes."""
    rooms = "rooms: {size: 100, count: 100}, messages: {rate: 6/min, active_share: 11%}"
    text = f"""topology: {{nodes: 2, node: {{message_rate: 10k/s}}}}
features:
  chat: {{workload: {{connections: 9k, {rooms}}}, transport: {{kind: websocket}}}}
  typing: {{workload: {{connections: 9k, {rooms}}}, transport: {{shared_with: chat}}}}
"""
    (finding,) = findings(text, "fanout-exceeds-budget")
    assert finding.features == ("chat", "typing")


@pytest.mark.parametrize("watched", ["", ", watched_by: connection"])
def test_a_filter_after_the_fan_out_that_nobody_counts_is_an_info(watched: str) -> None:
    """It is a warning where numbers say that it costs too much, and without them a step milder."""
    text = f"workload: {{connections: 5k%s}}\nfan_out: {{filtered: client{watched}}}\n"
    for rate, severity in (("", "info"), (", messages: {total: 2k/s}", "warning")):
        gravest, *_ = findings(text % rate, "filtered-after-fan-out")
        assert gravest.severity == severity


def test_a_filter_after_the_fan_out_says_what_is_counted() -> None:
    """A busy room alone may be too much; where messages are not counted, the clients are still named."""
    rule, filtered = "filtered-after-fan-out", MAP + "fan_out: {filtered: per-connection}\n"
    assert "8,000,000/s (messages of a room × connections)" in found(filtered, rule)
    uncounted = filtered.replace("per_room: 40/s, ", "")
    assert "messages times clients, here 200,000 clients." in found(uncounted, rule)


def test_a_game_sends_the_whole_state_in_each_tick() -> None:
    """What its players send are inputs, which a tick collects, however many there are."""
    game = MAP.replace("every: 5s", "every: 50ms").replace("direction: server-to-client", "purpose: game")
    assert ledger(game)["Messages that each member of the largest room gets"] == "20/s"


def test_nodes_that_add_by_load_may_be_busy_in_busy_rooms() -> None:
    """How busy sending keeps all nodes needs the messages in all rooms, and is not guessed from one room."""
    scaled = (LOTS % ("400", "%s", "sharded")) + "operations: {autoscale_on: cpu}\n"
    rule = "autoscale-on-cpu"
    assert verdicts(scaled % "", rule) == {Verdict.UNDECIDED}
    assert verdicts(scaled % ", total: 1/s", rule) == {Verdict.VIOLATED}


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


# Against figures that others have published. Each test quotes its figure.


@pytest.mark.parametrize(
    ("heartbeat", "best", "mean", "worst"),
    [
        ("{interval: 25s, timeout: 20s}", "20 s", "32.5 s", "45 s"),
        ("{interval: 4m, timeout: 16m, sweep: 10m}", "12 min", "19 min", "26 min"),
        ("{interval: 41250ms, timeout: 45s, sweep: 13750ms}", "3.75 s", "31.25 s", "58.75 s"),
    ],
    ids=["v6-socket-io", "v5-talkdesk", "v7-a-gateway"],
)
def test_detection_takes_as_long_as_published(heartbeat: str, best: str, mean: str, worst: str) -> None:
    """Times from a death to its discovery.

    Socket.IO: up to pingInterval + pingTimeout, 25 s + 20 s. Talkdesk: a beat every 4 min, 4 cycles and a
    sweep every 10 min, 16 to 26 min after the last beat, which is up to 4 min older than the death. A gateway
    with a beat every 41.25 s, closed past 45 s and checked every 13.75 s.
    """
    numbers = ledger(f"transport: {{kind: websocket, heartbeat: {heartbeat}}}")
    times = [numbers[f"{which} detection time of a dead connection"] for which in ("Best", "Mean", "Worst")]
    assert times == [best, mean, worst]


def test_v8_a_ghost_of_yjs_stays_for_15_to_33_seconds() -> None:
    """Yjs awareness: renewed every 15 s, removed after 30 s, looked at every 3 s."""
    text = "transport: {heartbeat: {sweep: 3s}}\npresence: {ttl: 30s, refresh: 15s, ends: [expiry]}\n"
    (blip,) = simulated(f"rtreview: 1\n{text}", "blip")
    assert kept(design(text).features[0]).content == Duration(15)
    assert ledger(text)["Ghost time: how long one who vanished is shown at most"] == "33 s"
    assert dict(blip.figures)["without it others see it leave after"] == "15 s to 33 s"


@pytest.mark.parametrize(("cost", "time", "busy"), [("0.03ms", "900 ms", 1.8), ("0.07ms", "2.1 s", 4.2)])
def test_v10_one_process_needs_seconds_for_30_000_sessions(cost: str, time: str, busy: float) -> None:
    """Discord 2017: 30,000 sessions at 30 to 70 microseconds each are 0.9 to 2.1 s for one message.

    At two messages a second, one process would have to work for 1.8 to 4.2 s in each second.
    """
    text = (
        "writers: one\nworkload: {rooms: {size: {max: 30k}}, messages: {rate: 2/s}}\n"
        "transport: {kind: websocket}\nfan_out: {owner: single}\n"
        f"topology: {{node: {{send_cost: {cost}}}}}"
    )
    numbers = ledger(text)
    assert numbers["Time until the last member of the largest room is sent to by one process"] == time
    message = found(text, "single-owner-fanout-latency")
    assert message.startswith(
        f"The time to the last member of {time} (members × send cost) is not below 500 ms"
    )
    feature = design(text).features[0]
    share = time_to_last_member(feature) * updates_of_room(feature)
    assert share.content == Count(busy)


def test_v11_likes_multiply_by_viewers() -> None:
    """LinkedIn: 100 likes a second for 10,000 viewers are a million deliveries; at 300 B each 300 MB."""
    numbers = ledger(
        "writers: one\nworkload: {rooms: {size: {max: 10k}}, messages: {rate: 100/s, size: {typical: 300B}}}"
    )
    assert numbers["Deliveries in the largest room"] == "1,000,000/s"
    assert numbers["Payload sent in the largest room"] == "300 MB/s"


def test_v13_fifty_pointers_make_7_350_messages() -> None:
    """Canva: 50 users who send 3/s are 150/s in and 7,350/s out in each design."""
    numbers = ledger("workload: {rooms: {size: {max: 50}}, messages: {rate: 3/s, active_share: 100%}}")
    assert numbers["Messages published in the largest room"] == "150/s"
    assert numbers["Deliveries in the largest room"] == "7350/s"


@pytest.mark.parametrize(("bound", "memory"), [("1MiB", "104.9 GB"), ("100kB", "10 GB")])
def test_queue_bounds_of_two_servers(bound: str, memory: str) -> None:
    """Centrifugo's 1 MiB for 100,000 clients are 97.7 GiB, or 104.9 GB; SignalR's 100,000 B are 10 GB."""
    numbers = ledger(
        "workload: {connections: 100k}\ntopology: {nodes: 1}\n"
        f"backpressure: {{queue: {{max_bytes: {bound}}}}}"
    )
    assert numbers["Queue memory of a node whose clients are all slow"] == memory


def test_v14_arrivals_and_lifetime_make_connections() -> None:
    """API Gateway: 500 connections a second that live for 2 h are 3,600,000 at once (Little)."""
    platform = catalogue.find("api-gateway-websocket")
    assert platform is not None
    lifetime = platform.hops[""].max_lifetime.content
    assert lifetime == Duration(7200)
    arrivals = Rate.parse(platform.facts["new_connections"])
    assert arrivals * lifetime == Count(platform.facts["connections_at_that_rate"]) == Count(3_600_000)


def test_v14_an_age_limit_makes_a_steady_stream_of_returns() -> None:
    """Netflix Pushy: 200,000 connections that live for 1,800 s are 111 reconnections a second and node."""
    text = (
        "workload: {connections: 200k}\ntransport: {kind: websocket}\n"
        "topology: {nodes: 1, node: {accept_rate: 100/s}}\n"
        "operations: {connection_max_age: {value: 30m, jitter: 10%}}"
    )
    assert found(text, "connection-age-churn").startswith("The reconnection rate of 111.1/s ")


def test_v16_a_budget_is_never_below_its_stages() -> None:
    """Shopify: a poll of 10 s alone is a floor of 10 s at the worst."""
    numbers = ledger("workload: {rtt: 500ms}\ntransport: {kind: polling, poll: 10s}")
    assert numbers["Latency of the stages that are stated, at the worst"] == "10.5 s"


def test_v20_memory_of_a_connection() -> None:
    """HAProxy: 2.38 million connections in about 48 GB are 20.2 kB each."""
    text = (
        "workload: {connections: 2380000}\ntransport: {kind: websocket}\n"
        "topology: {nodes: 1, node: {connection_memory: 20.2kB, memory: 47GB}}"
    )
    message = found(text, "connection-memory-exceeds-node")
    assert message.startswith("The memory of the connections of 48.08 GB ")


# Against figures that anybody can check by hand.


@pytest.mark.parametrize(("cap", "load", "recovers"), [(30, "133.3/s", False), (60, "66.67/s", True)])
def test_a_cap_below_the_herd_never_recovers(cap: int, load: str, *, recovers: bool) -> None:
    """10,000 clients, 100 accepts/s, refusals at 0.2: full jitter with a cap of 30 s is beyond 100/s."""
    text = (
        "workload: {connections: 10k}\ntopology: {nodes: 1, node: {accept_rate: 100/s, reject_cost: 2ms}}\n"
        "transport:\n  kind: websocket\n"
        f"  reconnect: {{strategy: exponential, base: 1s, cap: {cap}s, jitter: full}}"
    )
    assert ledger(text)["Load of refusals, with every client at the cap, in accepts"] == load
    assert (not found(text, "backoff-cap-below-herd")) is recovers


@pytest.mark.parametrize(
    ("spread", "peak"), [("0s..5s", "20,000/s"), ("0s..100ms", "100,000/s"), ("0s", "100,000/s")]
)
def test_the_way_back_has_a_lower_bound(spread: str, peak: str) -> None:
    """100,000 clients at 1,000 accepts/s need 100 s whatever they do, and for ever where no node is left."""
    numbers = ledger(
        "workload: {connections: 100k}\ntopology: {nodes: 1, node: {accept_rate: 1k/s}}\n"
        f"transport: {{kind: websocket, reconnect: {{first_delay: {spread}, jitter: none}}}}"
    )
    assert numbers["Fastest possible return of all clients"] == "100 s"
    assert numbers["Drain time needed, at half of the other nodes' accept rate"] == "never"
    assert numbers["Peak of the first attempts when all clients drop at once"] == peak


@pytest.mark.parametrize(("attempts", "time"), [(10, 181), (10**12, 31 + 30 * (10**12 - 5))])
def test_delays_of_a_backoff_add_up(attempts: int, time: int) -> None:
    """1, 2, 4, 8, 16 s and then 30 s; ten attempts take 181 s. A large number is not a large sum."""
    text = (
        "workload: {connections: 10k}\ntopology: {nodes: 2}\noperations: {planned_outage: 100000000w}\n"
        "transport:\n  kind: websocket\n"
        f"  reconnect: {{strategy: exponential, base: 1s, cap: 30s, jitter: none, max_attempts: {attempts}}}"
    )
    message = found(text, "retry-gives-up-before-outage-ends")
    assert f"{Duration(time)}, the longest time that a client tries" in message


def test_a_return_loads_what_each_client_loads() -> None:
    """1,000 clients over 10 s, with 4 queries and 5 kB each, are 400 queries/s and 500 kB/s."""
    numbers = ledger(
        "workload: {connections: 1000}\ntopology: {nodes: 1, node: {accept_rate: 1k/s}}\n"
        "transport: {kind: websocket, reconnect: {first_delay: 0s..10s}}\n"
        "operations: {resync_queries: 4}\nsync: {snapshot: {size: 5kB}}"
    )
    assert numbers["Database queries during the return of all clients"] == "400/s"
    assert numbers["Bytes of snapshots during the return of all clients"] == "500 kB/s"


def test_a_log_is_as_large_as_its_window() -> None:
    """80 messages of 300 B a second for 2 min are 2.88 MB."""
    numbers = ledger(
        "writers: one\nworkload: {rooms: {count: 1}, messages: {rate: 80/s, size: {typical: 300B}}}\n"
        "transport: {resume: {by: offset, retention: 2m}}"
    )
    assert numbers["Replay memory of all logs"] == "2.88 MB"


def test_presence_grows_with_the_square_of_a_room() -> None:
    """1,000 members who stay for 1,000 s are 1,998 deliveries a second."""
    numbers = ledger(
        "workload: {rooms: {size: {max: 1000}}, session: {typical: 1000s}}\npresence: {grace: 5s}"
    )
    assert numbers["Joins and leaves delivered in the largest room"] == "1998/s"


def test_heartbeats_cost_frames_in_both_directions() -> None:
    """1,000 connections with a beat every 25 s, each answered, are 80 frames/s."""
    numbers = ledger(
        "workload: {connections: 1000}\n"
        "transport: {kind: websocket, heartbeat: {interval: 25s, timeout: 20s}}"
    )
    assert numbers["Frames of all heartbeats"] == "80/s"
