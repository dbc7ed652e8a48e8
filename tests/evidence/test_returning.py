"""How a client comes back that is written by hand."""

from __future__ import annotations

import pytest
from deployments import fact, gathered, only, stated, stations

from rtreview.evidence.way import RECONNECT, Way

CLIENT = """
    const FIRST = 500;
    function open() {
        const socket = new %s("/live");
        socket.onclose = () => {
            const delay = %s;
            setTimeout(open, delay);
        };
    }
"""
POWER = "Math.min(1000 * Math.pow(2, attempt - 1), 16000)"


def waits(wait: str, connects: str = "WebSocket") -> dict[str, object]:
    """What is fixed of the wait of a client."""
    found = stated("code", "web/live.ts", CLIENT % (connects, wait))
    return {field.rpartition(".")[2]: value for field, value in found.items() if "reconnect" in field}


@pytest.mark.parametrize(
    ("wait", "base", "factor", "cap"),
    [
        (POWER, "1s", 2, "16s"),
        ("Math.min(30000, 1000 * 2 ** attempt)", "1s", 2, "30s"),
        ("Math.min(FIRST * (1.5 ** attempt), 60 * 1000)", "500ms", 1.5, "60s"),
    ],
)
def test_a_wait_that_grows_has_a_base_a_factor_and_a_cap(
    wait: str, base: str, factor: float, cap: str
) -> None:
    """Whatever comes first."""
    assert waits(wait) == {"base": base, "factor": factor, "cap": cap}


def test_of_a_wait_that_is_multiplied_the_first_is_not_told() -> None:
    """It is where the wait begins, and again where the client is connected."""
    assert waits("Math.min(retryDelay.current * 2, 30000)") == {"factor": 2, "cap": "30s"}


@pytest.mark.parametrize(
    "wait",
    [
        "Math.min(width * 2, 300)",
        "Math.min(delay * 0.5, 30000)",
        f"{POWER} + {POWER}",
        "Math.min(attempt, 5)",
        "Math.max(1000 * Math.pow(2, attempt), 16000)",
        "1000 * attempt",
    ],
)
def test_another_number_is_no_wait_that_grows(wait: str) -> None:
    """Nor are two of them in one file told from each other."""
    assert not waits(wait)


@pytest.mark.parametrize("connects", ["Request", "WebSocket(a), new EventSource"])
def test_a_file_that_connects_in_no_way_or_in_two_says_nothing(connects: str) -> None:
    """Its wait may be that of anything."""
    assert not waits(POWER, connects)


def test_a_wait_is_of_the_kind_of_its_client() -> None:
    """An `EventSource` says nothing of a WebSocket."""
    station = only("code", {"web/live.ts": CLIENT % ("EventSource", POWER)})
    assert fact(station, "transport.reconnect.cap").kinds == {"sse"}


SERVER = "import { WebSocketServer } from 'ws';\nnew WebSocketServer({ port: 80, maxPayload: 100 });"
COMPOSE = "services: {live: {build: ./server, ports: ['80:80']}}"


def returning(files: dict[str, str]) -> dict[str, object]:
    """What the only way of a server of WebSockets says of the clients' return."""
    (way,) = gathered({"compose.yml": COMPOSE, "server/index.js": SERVER, **files}).ways
    return returns(way)


def returns(way: Way) -> dict[str, object]:
    """What a way says of the return."""
    return {str(each.field[-1]): each.value for each in way.facts if each.field[:2] == RECONNECT}


def test_the_only_client_of_a_server_comes_back_as_it_says() -> None:
    """Without a library of its own."""
    assert returning({"web/live.ts": CLIENT % ("WebSocket", POWER)}) == {
        "base": "1s",
        "factor": 2,
        "cap": "16s",
    }


def test_beside_a_library_the_hand_written_client_is_another_one() -> None:
    """Nobody knows which of them connects to the server."""
    package = '{"dependencies": {"socket.io-client": "^4.0.0"}}'
    library = "import { io } from 'socket.io-client';\nio('/', { reconnectionDelay: 2000 });"
    files = {"web/live.ts": CLIENT % ("WebSocket", POWER), "web/package.json": package, "web/io.ts": library}
    assert returning(files) == {"base": "2s"}


def test_beside_another_transport_a_stream_of_events_says_nothing_of_the_return() -> None:
    """It may be the one of a dashboard."""
    assert not returning({"web/live.ts": CLIENT % ("EventSource", POWER)})


@pytest.mark.parametrize("text", ["Math.min(", "Math.min(a * Math.pow(2", "Math.min(" + "1 * 2 ** " * 999])
def test_any_shape_is_read_as_far_as_it_goes(text: str) -> None:
    """And never an error."""
    assert len(stations("code", {"web/live.ts": CLIENT % ("WebSocket", text)})) <= 1


GROWING = """
    const FIRST = 500;
    const MOST = 20000;
    const FACTOR = 1.5;
    function useLive() {
        const retryDelay = useRef<number>(FIRST);
        const open = useCallback(() => {
            const socket = new WebSocket("/live");
            socket.onopen = () => { retryDelay.current = %s; };
            socket.onclose = () => {
                setTimeout(() => open(), retryDelay.current);
                retryDelay.current = Math.min(retryDelay.current * FACTOR, MOST);
            };
        }, []);
    }
"""


def test_a_wait_that_is_kept_begins_where_it_begins_again() -> None:
    """By the names that the file has for its numbers; where it is set otherwise its beginning is open."""
    found = stated("code", "web/live.tsx", GROWING % "FIRST")
    assert {field.rpartition(".")[2]: value for field, value in found.items()} == {
        "base": "500ms",
        "factor": 1.5,
        "cap": "20s",
    }
    assert "transport.reconnect.base" not in stated("code", "web/live.tsx", GROWING % "FIRST * 2")


SAME = """
    const WAIT = 3000;
    class Live {
        connect() {
            this.socket = new WebSocket("/live");
            this.socket.%s () => { %s };
        }
    }
"""


@pytest.mark.parametrize(
    ("event", "wait"),
    [
        ("onclose =", "setTimeout(() => this.connect(), 3000);"),
        ("onclose =", "this.closed = true; setTimeout(() => { this.connect(); }, WAIT);"),
        ("onclose =", "setTimeout(this.connect, 3 * 1000);"),
    ],
)
def test_a_wait_that_stays_the_same_is_that_of_a_timer_which_connects(event: str, wait: str) -> None:
    """Where the connection has ended."""
    found = stated("code", "web/live.js", SAME % (event, wait))
    assert (found["transport.reconnect.strategy"], found["transport.reconnect.base"]) == ("fixed", "3s")


def test_a_listener_is_called_at_the_end_as_well() -> None:
    """Whichever way it is added."""
    text = """
        const connect = () => {
            const socket = new WebSocket("/live");
            socket.addEventListener("close", () => { setTimeout(connect, 2000); });
        };
    """
    assert stated("code", "web/live.js", text)["transport.reconnect.base"] == "2s"


@pytest.mark.parametrize(
    ("event", "wait"),
    [
        ("onclose =", "setTimeout(() => this.render(), 3000);"),
        ("onclose =", "setTimeout(() => this.connect(), this.delay);"),
        ("onclose =", "setTimeout(() => this.connect(), 3000); setTimeout(() => this.connect(), 5000);"),
        ("onclose =", "setTimeout(() => this.connect(), 3000 * this.attempt);"),
        ("onopen =", "setTimeout(() => this.connect(), 3000);"),
    ],
)
def test_another_timer_is_no_wait(event: str, wait: str) -> None:
    """It does something else, or waits longer each time, or two differ."""
    found = stated("code", "web/live.js", SAME % (event, wait))
    assert not [field for field in found if "reconnect" in field]


def test_a_reader_of_events_waits_after_an_error() -> None:
    """It has no other sign of the end."""
    text = """
        function listen() {
            const events = new EventSource("/events");
            events.onerror = () => { events.close(); setTimeout(listen, 4000); };
        }
    """
    found = stated("code", "web/live.js", text)
    assert (found["transport.reconnect.strategy"], found["transport.reconnect.base"]) == ("fixed", "4s")


SIGNALR = """
    import { HubConnectionBuilder } from "@microsoft/signalr";
    const live = new HubConnectionBuilder().withUrl("/hub").withAutomaticReconnect(%s).build();
"""


@pytest.mark.parametrize(
    ("asked", "delays", "attempts"),
    [
        ("", ("0s", "2s", "10s", "30s"), 4),
        ("[0, 1000, 5_000]", ("0s", "1s", "5s"), 3),
        ("waits", None, None),
        ("{ nextRetryDelayInMilliseconds: (c) => 1000 }", None, None),
        ("[0, FIRST]", None, None),
    ],
)
def test_a_client_of_signalr_has_a_list_of_waits(
    asked: str, delays: tuple[str, ...] | None, attempts: int | None
) -> None:
    """Its own one where it is asked for none; after them it gives up."""
    found = stated("code", "web/live.ts", SIGNALR % asked)
    assert found.get("transport.reconnect.delays") == delays
    assert found.get("transport.reconnect.max_attempts") == attempts


def test_two_lists_of_waits_are_not_told_from_each_other() -> None:
    """Nor are they where only one is asked for."""
    text = SIGNALR % "" + (SIGNALR % "[0]").replace("live", "other")
    assert not stated("code", "web/live.ts", text)


def test_a_client_that_runs_on_a_machine_is_none_of_people() -> None:
    """It has its WebSocket from a package."""
    text = "import WebSocket from 'ws';\n" + SAME % ("onclose =", "setTimeout(() => this.connect(), 3000);")
    assert "transport.reconnect.base" not in stated("code", "jobs/mirror.js", text)
