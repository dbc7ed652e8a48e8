"""The closed forms, against figures that others have published. Each assertion quotes its figure."""

from __future__ import annotations

import math

import pytest

from rtreview.language import catalogue
from rtreview.models import fan_out, growth, latency, liveness, presence, queue, replay, storm
from rtreview.quantities.quantity import Bandwidth, Count, Duration, Number, Rate, Ratio, Size
from rtreview.simulate.growth import COLLECTED, SIZE

MINUTE = 60.0


def test_v3_retries_without_backoff_grow_by_what_fails() -> None:
    """Google's SRE book: a limit of 10,000 QPS and 10,100 offered become 10,200, 10,300 and so on."""
    rounds = [storm.load_of_fixed_retries(Rate(10_000), Rate(10_100), number) for number in (0, 1, 2)]
    assert rounds == [Rate(10_100), Rate(10_200), Rate(10_300)]


def test_v4_layers_multiply_their_retries() -> None:
    """Google's SRE book: three layers with three retries each make 64 attempts."""
    assert storm.attempts_through_layers(3, 3) == Count(64)


def test_v5_a_sweep_adds_to_detection() -> None:
    """Talkdesk: a beat every 4 min, 4 cycles and a sweep every 10 min detect after 16 to 26 min."""
    assert liveness.from_last_beat(Duration(4 * MINUTE), Count(4), Duration(10 * MINUTE)) == (
        Duration(16 * MINUTE),
        Duration(26 * MINUTE),
    )


def test_v6_socket_io_detects_within_45_seconds() -> None:
    """Socket.IO: up to pingInterval + pingTimeout, 25 s + 20 s."""
    detected = liveness.by_answers(Duration(25), Duration(20), Count(1), Duration(0))
    assert detected == (Duration(20), Duration(32.5), Duration(45))


def test_v7_a_silence_timer_detects_within_its_time() -> None:
    """A gateway with a beat every 41.25 s, closed past 45 s and checked every 13.75 s."""
    detected = liveness.by_silence(Duration(41.25), Duration(45), Duration(13.75))
    assert detected.best == Duration(3.75)
    assert detected.worst == Duration(58.75)


def test_v8_a_ghost_of_yjs_stays_for_15_to_33_seconds() -> None:
    """Yjs awareness: renewed every 15 s, removed after 30 s, looked at every 3 s."""
    ghost = presence.ghost(Duration(30), Duration(15), Duration(3))
    assert (ghost.least, ghost.most) == (Duration(15), Duration(33))


def test_v9_a_longer_wait_loses_fewer_present_people() -> None:
    """LinkedIn: online until d + epsilon; the chance of a false leave falls with epsilon."""
    chances = [
        presence.false_offline_of_outages(Duration(60 + extra), Duration(60), Duration(10)).amount
        for extra in (0, 5, 10, 20)
    ]
    assert chances == sorted(chances, reverse=True)
    assert len(set(chances)) == 4


@pytest.mark.parametrize(
    ("ttl", "refresh", "outage", "chance"),
    [(30, 15, 5, 0.016), (30, 15, 10, 0.116), (30, 15, 20, 0.33), (45, 25, 10, 0.050), (60, 27, 20, 0.105)],
)
def test_false_offline_of_outages(ttl: float, refresh: float, outage: float, chance: float) -> None:
    """The values of a table that was computed for these settings with exponential outages."""
    told = presence.false_offline_of_outages(Duration(ttl), Duration(refresh), Duration(outage)).amount
    assert told == pytest.approx(chance, rel=0.04)


@pytest.mark.parametrize(("loss", "ttl", "flips"), [(0.01, 15, 57), (0.01, 30, 0.57), (0.05, 30, 13.7)])
def test_false_offline_of_single_losses(loss: float, ttl: float, flips: float) -> None:
    """Flips in a day with a refresh every 15 s: 57, 0.57 and 13.7."""
    chance = presence.false_offline_of_losses(Duration(ttl), Duration(15), Ratio(loss)).amount
    assert 86_400 / 15 * chance == pytest.approx(flips, rel=0.01)


def test_false_offline_has_bounds() -> None:
    """Without outages nobody is lost; a refresh that is far longer than the outages stays a chance."""
    assert presence.false_offline_of_outages(Duration(30), Duration(15), Duration(0)) == Ratio(0)
    assert presence.false_offline_of_outages(Duration(1), Duration(10_000), Duration(1)).amount == 1
    assert presence.false_offline_of_outages(Duration(10), Duration(0), Duration(10)).amount == (
        pytest.approx(math.exp(-1))
    )


@pytest.mark.parametrize(("cost", "time"), [(30e-6, 0.9), (70e-6, 2.1)])
def test_v10_one_process_needs_seconds_for_30_000_sessions(cost: float, time: float) -> None:
    """Discord 2017: 30,000 sessions at 30 to 70 microseconds each are 0.9 to 2.1 s for one message."""
    assert fan_out.time_to_last(Count(30_000), Duration(cost)).amount == pytest.approx(time)
    assert fan_out.utilisation(Rate(2), Count(30_000), Duration(70e-6)).amount == pytest.approx(4.2)


def test_v11_likes_multiply_by_viewers() -> None:
    """LinkedIn: 100 likes a second for 10,000 viewers are a million deliveries a second."""
    assert fan_out.publish(Rate(100), Count(10_000)) == Rate(1_000_000)


def test_v12_a_small_queue_fills_while_a_client_sleeps() -> None:
    """Centrifugo's load test: with 8 KiB a client that sleeps 3 s overflows, with 1 MiB it does not."""
    arrival = Bandwidth(4096)
    assert queue.time_to_fill(Size(8 * 1024), arrival, Bandwidth(0)) < Duration(3)
    assert queue.time_to_fill(Size(1024 * 1024), arrival, Bandwidth(0)) > Duration(3)
    assert queue.time_to_fill(Size(8 * 1024), arrival, arrival) == Duration(math.inf)


def test_queue_bounds_of_two_servers() -> None:
    """Centrifugo's 1 MiB for 100,000 clients are 97.7 GiB, SignalR's 100,000 B are 10 GB."""
    assert queue.node_memory(Count(100_000), Size(1024**2)).amount / 1024**3 == pytest.approx(97.7, abs=0.05)
    assert queue.node_memory(Count(100_000), Size(100_000)) == Size(10e9)
    assert queue.age_when_full(Size(1024**2), Bandwidth(125_000)).amount == pytest.approx(8.39, abs=0.01)
    assert queue.bound_of_messages(Count(200), Size(300)) == Size(60_000)


def test_v13_fifty_pointers_make_7_350_messages() -> None:
    """Canva: 50 users who send 3/s are 150/s in and 7,350/s out in each design."""
    assert fan_out.deliveries(Rate(3), Ratio(1), Count(50)) == Rate(7_350)


def test_v14_arrivals_and_lifetime_make_connections() -> None:
    """API Gateway: 500 connections a second that live for 2 h are 3,600,000 at once."""
    assert storm.connections_of_arrivals(Rate(500), Duration(7200)) == Count(3_600_000)


def test_v14_an_age_limit_makes_a_steady_stream_of_returns() -> None:
    """Netflix Pushy: 200,000 connections that live for 1,800 s are 111 reconnections a second and node."""
    assert storm.arrivals_of_lifetime(Count(200_000), Duration(1800)).amount == pytest.approx(111, abs=0.2)


@pytest.mark.parametrize(
    ("library", "fact", "size", "ratio"),
    [("yjs", SIZE, 226_973, 2.165), ("yjs", COLLECTED, 159_921, 1.525), ("automerge", SIZE, 292_742, 2.79),
     ("loro", SIZE, 273_561, 2.61)],
)  # fmt: skip
def test_v15_a_document_is_larger_than_its_text(library: str, fact: str, size: float, ratio: float) -> None:
    """The trace of 259,778 operations and 104,852 characters, as Loro's documentation measures it."""
    platform = catalogue.find(library)
    assert platform is not None
    made = growth.document(Count(259_778), platform.facts[fact]).amount
    assert made == pytest.approx(size, rel=0.002)
    assert made / 104_852 == pytest.approx(ratio, rel=0.003)


def test_a_version_vector_grows_with_tabs() -> None:
    """At 16 bytes for each replica, 10,000 sessions are 160 kB without a single edit."""
    assert growth.version_vector(Count(10_000)) == Size(160_000)


def test_v16_a_budget_is_never_below_its_stages() -> None:
    """Shopify: a poll of 10 s alone is a floor of 10 s at the worst and 5 s on average."""
    assert latency.worst([Duration(10), Duration(0.5)]) == Duration(10.5)
    assert latency.mean([Duration(10)], [Duration(0.5)]) == Duration(5.5)


def test_v20_memory_of_a_connection() -> None:
    """HAProxy: 2.38 million connections in about 48 GB are 20.2 kB each."""
    assert queue.node_memory(Count(2_380_000), Size(20_200)).amount == pytest.approx(48e9, rel=0.01)


def test_full_jitter_does_not_lower_the_first_peak() -> None:
    """Within the first `base` seconds each client tries 1.2715 times."""
    assert pytest.approx(1.2715, abs=0.0001) == storm.FIRST_PEAK_OF_FULL_JITTER


@pytest.mark.parametrize(("kind", "spread", "mean"), [("none", 0, 30), ("full", 1, 15), ("equal", 0.5, 22.5),
                                                      ("decorrelated", 2, 18.6)])  # fmt: skip
def test_jitter_by_kind(kind: str, spread: float, mean: float) -> None:
    """Width of the first attempts with a base of 1 s, and the mean delay at a cap of 30 s."""
    assert storm.spread_of_first_attempt(Duration(1), kind) == Duration(spread)
    assert storm.mean_delay_at_cap(Duration(30), kind).amount == pytest.approx(mean)


def test_a_ratio_spreads_to_both_sides() -> None:
    """Socket.IO: 50 % of 1 s spread the first attempts over 1 s, and a cap of 5 s has a mean of 4.375 s."""
    assert storm.spread_of_ratio(Duration(1), Ratio(0.5)) == Duration(1)
    assert storm.mean_delay_of_ratio(Duration(5), Ratio(0.5)) == Duration(4.375)


@pytest.mark.parametrize(("cap", "load", "recovers"), [(30, 133.3, False), (60, 66.7, True)])
def test_a_cap_below_the_herd_never_recovers(cap: float, load: float, *, recovers: bool) -> None:
    """10,000 clients, 100 accepts/s, refusals at 0.2: full jitter with a cap of 30 s is beyond 100/s."""
    mean = storm.mean_delay_at_cap(Duration(cap), "full")
    told = storm.rejection_load(Count(10_000), mean, Ratio(0.2))
    assert told.amount == pytest.approx(load, abs=0.05)
    assert (told < Rate(100)) is recovers


def test_the_way_back_has_a_lower_bound() -> None:
    """100,000 clients at 1,000 accepts/s need 100 s whatever they do, and for ever at 0/s."""
    assert storm.fastest_return(Count(100_000), Rate(1000)) == Duration(100)
    assert storm.fastest_return(Count(1), Rate(0)) == Duration(math.inf)
    assert storm.peak_of_first_attempts(Count(100_000), Duration(5)) == Rate(20_000)
    assert storm.peak_of_first_attempts(Count(100), Duration(0)) == Rate(100)


def test_delays_of_a_backoff() -> None:
    """1, 2, 4, 8, 16 s and then 30 s; ten attempts take 181 s. A large number is not a large sum."""
    assert [storm.delay_before_attempt(n, Duration(1), 2, Duration(30)).amount for n in range(6)] == [
        1, 2, 4, 8, 16, 30,
    ]  # fmt: skip
    assert storm.schedule(10, Duration(1), Number(2), Duration(30)) == Duration(181)
    assert storm.schedule(10**12, Duration(1), Number(2), Duration(30)) == Duration(31 + 30 * (10**12 - 5))
    assert storm.delay_before_attempt(10**6, Duration(1), 2, Duration(30)) == Duration(30)


def test_a_log_is_bounded_twice() -> None:
    """300 messages at 80/s are 3.75 s, whatever the retention says; without messages time alone counts."""
    assert replay.window(Duration(120), Count(300), Rate(80)) == Duration(3.75)
    assert replay.window(Duration(120), Count(300), Rate(0)) == Duration(120)
    assert replay.memory(Rate(80), Size(300), Duration(120)) == Size(2_880_000)


def test_catching_up_takes_more_than_the_gap() -> None:
    """A client that receives as fast as live messages arrive never catches up."""
    assert replay.catch_up(Size(1000), Bandwidth(150), Bandwidth(50)) == Duration(10)
    assert replay.catch_up(Size(1000), Bandwidth(50), Bandwidth(50)) == Duration(math.inf)
    assert replay.resync(Count(1000), Count(4), Duration(10)) == Rate(400)
    assert replay.resync_bytes(Count(1000), Size(5000), Duration(10)) == Bandwidth(500_000)


def test_presence_grows_with_the_square_of_a_room() -> None:
    """1,000 members who stay for 1,000 s are 1,998 deliveries a second."""
    assert presence.deliveries(Count(1000), Duration(1000)) == Rate(1998)
    assert presence.refresh_writes(Count(1000), Duration(20)) == Rate(50)


def test_members_at_random_reach_most_nodes() -> None:
    """Of ten nodes, a room of ten touches 6.5; heartbeats of 1,000 connections every 25 s are 80 frames/s."""
    assert fan_out.nodes_reached(Count(10), Count(10)).amount == pytest.approx(6.51, abs=0.01)
    assert fan_out.bytes_sent(Rate(100), Size(300)) == Bandwidth(30_000)
    assert liveness.beats(Count(1000), Duration(25), 2) == Rate(80)
