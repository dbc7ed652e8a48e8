"""Timers that programs set by hand: what they ping, and when they end the program."""

from __future__ import annotations

import pytest
from deployments import fact, fixed, spec_of, stations

SERVER = """
    import { WebSocketServer } from "ws";
    import { EVERY } from "./constants";
    const wss = new WebSocketServer({ port: 80 });
    %s
"""
PINGS = {
    "transport.library": "ws",
    "transport.heartbeat.interval": "45s",
    "transport.heartbeat.layer": "websocket-ping",
    "transport.heartbeat.from": "server",
}


def facts(**texts: str) -> dict[str, object]:
    """What files of one folder state together."""
    found = stations("code", {f"server/src/{name}.ts": text for name, text in texts.items()})
    assert spec_of(found)
    return fixed(tuple(each for station in found for each in station.facts))


@pytest.mark.parametrize(
    "timer",
    [
        "setInterval(beat, 45_000);\nfunction beat() { wss.clients.forEach((client) => client.ping()); }",
        "const beat = () => { for (const ws of all) ws.ping(); };\nsetInterval(() => beat(), 45_000);",
        "setInterval(this.beat.bind(this), 45_000);\n} beat(): void { this.socket.ping(); }",
        "setInterval(EVERY_CLIENT, 45_000);\nconst EVERY_CLIENT = async function () { socket.ping(); };",
    ],
)
def test_what_a_timer_does_may_stand_in_a_function(timer: str) -> None:
    """Of the same file, however it is written."""
    assert facts(server=SERVER % timer) == PINGS


PEER = """
    import { WebSocket } from "ws";
    export class Peer {
        constructor(client) { this.on(Events.Beat, this.beat.bind(this)); }
        beat(): void { this.client.ping(); }
    }
"""


def test_functions_of_two_files_may_have_one_name() -> None:
    """As the one passes on what the other does."""
    timer = "function beat() { for (const peer of peers) peer.emit(Events.Beat); } setInterval(beat, 45_000);"
    assert facts(server=SERVER % timer, peer=PEER) == PINGS


def test_what_a_timer_does_may_stand_in_a_file_beside_it() -> None:
    """Which is called, or listens to an event with a name; the ping has its own place."""
    for use in ("peer.beat()", "peer.emit(Events.Beat)"):
        timer = f"setInterval(() => {{ peers.forEach((peer) => {{ {use}; }}); }}, 45_000);"
        assert facts(server=SERVER % timer, peer=PEER) == PINGS, use
    found = stations("code", {"a/server.ts": SERVER % timer, "a/peer.ts": PEER})
    assert fact(found[0], "transport.heartbeat.layer").line[:2] == ("a/peer.ts", 4)


def test_a_file_of_another_folder_or_without_sockets_pings_nothing() -> None:
    """A database has clients as well."""
    timer = "setInterval(() => { store.beat(); }, 45_000);"
    assert facts(server=SERVER % timer, store="export function beat() { this.client.ping(); }") == {
        "transport.library": "ws"
    }


def test_an_interval_may_be_a_constant_of_an_imported_file() -> None:
    """Where it stands is what fixes it."""
    timer = "setInterval(() => { wss.clients.forEach((client) => client.ping()); }, EVERY);"
    constants = "export const EVERY = 45 * 1000;"
    assert facts(server=SERVER % timer, constants=constants) == PINGS
    found = stations("code", {"a/server.ts": SERVER % timer, "a/constants.ts": constants})
    interval = fact(found[0], "transport.heartbeat.interval")
    assert (interval.line.file, interval.remark) == ("a/constants.ts", "used at line 4 of server.ts")


def test_an_import_may_have_another_name_or_be_an_object() -> None:
    """As modules allow."""
    server = """
        import { Server } from "socket.io";
        import { EVERY as often, LIMITS } from "../src/settings.js";
        new Server(http, { pingInterval: often, pingTimeout: LIMITS.answer });
    """
    settings = "export const EVERY = 9000;\nexport const LIMITS = { answer: 4000 };"
    assert facts(server=server, settings=settings) == {
        "transport.heartbeat.interval": "9s",
        "transport.heartbeat.timeout": "4s",
    }


def test_a_constant_that_nothing_here_has_is_open() -> None:
    """A package, or a file that is not there."""
    timer = "setInterval(() => { wss.clients.forEach((client) => client.ping()); }, EVERY);"
    assert facts(server=SERVER % timer)["transport.heartbeat.interval"] is None


@pytest.mark.parametrize(
    "text",
    [
        "process.on('SIGTERM', () => { server.close(); setTimeout(() => process.exit(1), 10_000); });",
        "process.once('SIGTERM', stop);\n"
        "function stop() { io.close(); setTimeout(() => { process.exit(1); }, 10e3); }",
        "const stop = (signal) => {\n server.close(() => process.exit(0));\n"
        "setTimeout(() => { log('late'); process.exit(1); }, 10000).unref();\n};\n"
        'process.on("SIGTERM", () => stop("SIGTERM"));',
    ],
)
def test_a_program_that_ends_itself_drains_no_longer(text: str) -> None:
    """It closes what it has, and waits so long for that."""
    assert facts(server=text) == {"operations.drain": "10s"}


@pytest.mark.parametrize(
    "text",
    [
        "process.on('SIGTERM', () => server.close());\nsetTimeout(() => process.exit(1), 10_000);",
        "process.on('SIGINT', () => { server.close(); setTimeout(() => process.exit(1), 10_000); });",
        "process.on('SIGTERM', () => { server.close(); setTimeout(() => log('late'), 10_000); });",
        "process.on('SIGTERM', () => { setTimeout(() => process.exit(1), 10_000); });",
    ],
)
def test_another_timer_is_no_drain(text: str) -> None:
    """One that is set elsewhere, for another signal, that ends nothing, or with nothing to close."""
    assert facts(server=text) == {}


def test_a_window_of_compression_may_be_given_up() -> None:
    """By the option of ws, which Socket.IO passes on."""
    options = "perMessageDeflate: { zlibInflateOptions: { chunkSize: 1 }, serverNoContextTakeover: true }"
    for server in (f"import {{ WebSocketServer }} from 'ws';\nnew WebSocketServer({{ {options} }});",
                   f"import {{ Server }} from 'socket.io';\nnew Server(http, {{ {options} }});"):  # fmt: skip
        stated = facts(server=server)
        assert (stated["transport.compression"], stated["transport.context_takeover"]) == (True, False)


def test_a_long_comment_before_an_option_hides_nothing() -> None:
    """However many lines it has."""
    comment = "// why this is so, and what it is good for in the end\n" * 9
    server = (
        f"import {{ Server }} from 'socket.io';\nnew Server(http, {{\n{comment}transports: ['websocket'] }});"
    )
    assert facts(server=server) == {"transport.kind": "websocket", "transport.fallback": "none"}


@pytest.mark.parametrize(
    "text",
    [
        "setInterval(" * 3_000,
        "function beat() { beat(); } setInterval(beat, 1);" * 500,
        "".join(f"function a{n}() {{ a{n + 1}(); a{n + 2}(); }}" for n in range(3_000))
        + "setInterval(a0, 1)",
        "process.on('SIGTERM'" * 2_000,
        "process.on('SIGTERM', stop); const stop = () => { stop(); server.close(); }" * 500,
        "import { EVERY } from './server';" * 3_000 + "setInterval(() => ws.ping(), EVERY)",
    ],
)
def test_whatever_stands_there_is_read_in_bounded_time(text: str) -> None:
    """The harness ends a test that takes too long."""
    assert stations(
        "code", {"a/server.ts": SERVER % text, "a/other.ts": text, "a/constants.ts": text + "export"}
    )
