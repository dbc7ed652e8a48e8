"""What the literals of programs fix."""

from __future__ import annotations

from textwrap import dedent

import pytest
from deployments import fact, file, fixed, only, read_as_spec, stated, stations

from rtreview.evidence.deployment import Station
from rtreview.evidence.readers.programs import code, libraries
from rtreview.evidence.readers.programs.source import Source
from rtreview.language import catalogue


def program(text: str, name: str = "server/index.js") -> Station:
    """What is said of the process by one file."""
    return only("code", {name: text})


def facts(text: str, name: str = "server/index.js") -> dict[str, object]:
    """The fields that a file states, by their names."""
    return fixed(program(text, name).facts)


def is_silent(text: str, name: str = "server/index.js") -> bool:
    """Whether a file says nothing."""
    return stations("code", {name: text}) == []


SERVER = """
    import {{ Server }} from "socket.io";
    const io = new Server(http, {{ {options} }});
"""


def test_options_of_socket_io_count_milliseconds_and_bytes() -> None:
    """As socket.io/docs/v4/server-options says."""
    options = "pingInterval: 10_000, pingTimeout: 5 * 1000, maxHttpBufferSize: 1e8"
    assert facts(SERVER.format(options=options)) == {
        "transport.heartbeat.interval": "10s",
        "transport.heartbeat.timeout": "5s",
        "backpressure.inbound.max_message": "100MB",
    }


@pytest.mark.parametrize(
    ("transports", "kind", "fallback"),
    [
        ('["websocket"]', "websocket", "none"),
        ('["polling"]', "long-polling", "none"),
        ('["polling", "websocket"]', "websocket", "long-polling"),
        ('["polling", "websocket", "webtransport"]', None, None),
        ("allowed", None, None),
    ],
)
def test_transports_say_the_kind_and_what_is_left_without_it(
    transports: str, kind: str | None, fallback: str | None
) -> None:
    """A list that is computed, or has more, is open."""
    found = facts(SERVER.format(options=f"transports: {transports}"))
    assert (found["transport.kind"], found["transport.fallback"]) == (kind, fallback)


def test_recovery_of_a_session_is_how_clients_resume() -> None:
    """With the time that the literal has, and none where it has none."""
    recovery = "connectionStateRecovery: { maxDisconnectionDuration: 2 * 60 * 1000 }"
    assert facts(SERVER.format(options=recovery)) == {
        "transport.resume.by": "session",
        "transport.resume.retention": "2m",
    }
    assert facts(SERVER.format(options="connectionStateRecovery: {}")) == {"transport.resume.by": "session"}


def test_options_that_are_not_there_say_nothing() -> None:
    """They may be set elsewhere, so that no default is stated."""
    assert is_silent(SERVER.format(options="cors: { origin: '*' }"))


def test_options_count_only_in_their_own_call() -> None:
    """Neither in an inner object, nor in another call, nor in a comment or a text."""
    assert is_silent(
        SERVER.format(options="cors: { pingInterval: 1 }")
        + "// new Server(http, { pingInterval: 2 })\n"
        + "connect({ pingInterval: 3 });\nconst pingInterval = 4;\n"
        + "const help = 'new Server(http, { pingInterval: 5 })';"
    )


def test_a_server_is_known_by_the_module_that_its_name_comes_from() -> None:
    """Whatever it is called here."""
    options = "(http, { pingInterval: 9000 });"
    for text in (
        f"import {{ Server as Live }} from 'socket.io';\nnew Live{options}",
        f'const {{ Server: Live }} = require("socket.io");\nnew Live{options}',
        f'const sockets = require("socket.io");\nsockets.listen{options}',
        f'const io = require("socket.io"){options}',
        f'import {{ Server }} from "socket.io";\nnew Server<In, Out>{options}',
        f'import {{ WebSocketGateway }} from "@nestjs/websockets";\n@WebSocketGateway{options}',
    ):
        assert facts(text) == {"transport.heartbeat.interval": "9s"}, text
    assert is_silent(f"import {{ Server }} from 'http';\nimport 'socket.io';\nnew Server{options}")


def test_options_may_stand_in_an_object_with_a_name() -> None:
    """Which the same file has."""
    text = """
        import { Server } from "socket.io";
        const options = {
            pingInterval: 7000,
        };
        new Server(http, options);
    """
    found = fact(program(text), "transport.heartbeat.interval")
    assert (found.value, found.line.text) == ("7s", "pingInterval: 7000,")


def test_a_constant_is_stated_at_its_own_line() -> None:
    """With the place that uses it."""
    text = "const PING = 10 * 1000;\n" + dedent(SERVER).format(options="pingInterval: PING")
    found = fact(program(text), "transport.heartbeat.interval")
    assert (found.value, found.line.text) == ("10s", "const PING = 10 * 1000;")
    assert found.remark.startswith("used at line ")


def test_a_constant_may_stand_in_an_object_or_an_attribute() -> None:
    """Of the same file."""
    text = "const LIMITS = { ping: 8000 } as const;\n" + SERVER.format(options="pingInterval: LIMITS.ping")
    assert facts(text) == {"transport.heartbeat.interval": "8s"}
    text = '@socket_options [timeout: 45_000]\nsocket "/live", Web.Socket, websocket: @socket_options'
    assert facts(text, "lib/endpoint.ex")["transport.heartbeat.silence_timeout"] == "45s"


def test_a_name_that_is_set_twice_is_open() -> None:
    """As which of them counts is decided when it runs."""
    text = "let PING = 10;\nif (slow) PING = 20;\n" + SERVER.format(options="pingInterval: PING")
    assert fact(program(text), "transport.heartbeat.interval").is_open


def test_a_constant_that_nothing_uses_is_no_fact() -> None:
    """Whatever it is called."""
    assert is_silent("const HEARTBEAT_INTERVAL = 10000;\n" + SERVER.format(options=""))


def test_a_variable_is_open_and_named_with_what_holds_without_it() -> None:
    """So that it can be looked up where the process is started."""
    text = SERVER.format(options="pingInterval: parseInt(process.env.PING_INTERVAL) || 25000")
    found = fact(program(text), "transport.heartbeat.interval")
    assert (found.is_open, found.decided_by) == (
        True,
        "the variable PING_INTERVAL decides, and 25000 without it",
    )


def test_an_adapter_that_is_made_is_the_backplane() -> None:
    """One that is only imported is none, and that for the processes of one machine is none either."""
    made = 'import { createAdapter } from "@socket.io/redis-adapter";\nio.adapter(createAdapter(pub, sub));'
    assert facts(made) == {"topology.backplane.kind": "redis", "topology.backplane.adapter": "redis-adapter"}
    assert is_silent('import { createAdapter } from "@socket.io/redis-adapter";')
    assert is_silent(made.replace("redis-adapter", "cluster-adapter"))


@pytest.mark.parametrize("module", libraries.ADAPTERS)
def test_every_adapter_is_known(module: str) -> None:
    """By the names that the catalogue has, where it has one."""
    found = facts(f'const createAdapter = require("{module}");\nio.adapter(createAdapter());')
    kind, adapter = libraries.ADAPTERS[module]
    assert (found["topology.backplane.kind"], found["topology.backplane.adapter"]) == (kind, adapter)
    assert adapter == module or catalogue.find(adapter)


def test_ws_has_a_limit_and_pings_only_where_its_program_does() -> None:
    """A constructor of a client is none of a server."""
    text = """
        import { WebSocketServer } from "ws";
        const wss = new WebSocketServer({ port: 80, maxPayload: 64 * 1024, perMessageDeflate: false });
        setInterval(() => { for (const ws of wss.clients) ws.ping(); }, 30000);
    """
    assert facts(text) == {
        "transport.library": "ws",
        "backpressure.inbound.max_message": "64KiB",
        "transport.compression": False,
        "transport.heartbeat.interval": "30s",
        "transport.heartbeat.layer": "websocket-ping",
        "transport.heartbeat.from": "server",
    }
    assert is_silent('import WebSocket from "ws";\nnew WebSocket(url, { maxPayload: 9 });')


def test_a_timer_pings_a_websocket_wherever_it_was_made() -> None:
    """At which end is not seen in such a file."""
    text = """
        const HEARTBEAT_INTERVAL = 10000;
        this.timer = setInterval(() => { this.websocket.ping?.(); }, HEARTBEAT_INTERVAL);
    """
    assert facts(text) == {
        "transport.heartbeat.interval": "10s",
        "transport.heartbeat.layer": "websocket-ping",
    }


def test_a_timer_that_pings_a_database_is_no_heartbeat() -> None:
    """Nor is one that only looks like it."""
    text = """
        const WebSocket = require("ws");
        new WebSocket.Server({});
        setInterval(() => { redis.ping(); }, 5000);
    """
    assert facts(text) == {"transport.library": "ws"}


BUN = """
    import type {{ ServerWebSocket }} from "bun";
    export const socket = {{
        message(ws, text) {{ if (text) {{ idleTimeout: 3 }} }},
        idleTimeout: 120, // two minutes
        {options}
    }};
"""


def test_bun_counts_idle_seconds() -> None:
    """And its limits are bytes."""
    options = "sendPings: true, maxPayloadLength: 16 * 1024 * 1024, backpressureLimit: 1024 * 1024,"
    assert facts(BUN.format(options=options + "closeOnBackpressureLimit: true")) == {
        "transport.library": "bun",
        "transport.heartbeat.timeout": "2m",
        "transport.heartbeat.layer": "websocket-ping",
        "backpressure.inbound.max_message": "16MiB",
        "backpressure.queue.max_bytes": "1MiB",
        "backpressure.overflow": "disconnect",
    }


def test_a_server_that_sends_no_pings_only_waits() -> None:
    """So its idle time is how long it bears silence."""
    assert facts(BUN.format(options="sendPings: false")) == {
        "transport.library": "bun",
        "transport.heartbeat.silence_timeout": "2m",
    }


def test_uwebsockets_is_known_by_its_module() -> None:
    """It names two of the options in another way than Bun."""
    text = """
        import uWS from "uWebSockets.js";
        uWS.App().ws("/*", { message: (ws) => {}, maxBackpressure: 64 * 1024, sendPingsAutomatically: true });
    """
    assert facts(text) == {
        "transport.library": "uwebsockets",
        "backpressure.queue.max_bytes": "64KiB",
        "transport.heartbeat.layer": "websocket-ping",
    }


def test_an_idle_timeout_of_something_else_is_no_heartbeat() -> None:
    """A database or an HTTP server has one as well."""
    assert is_silent("const pool = new Pool({ idleTimeout: 30 });\nBun.serve({ idleTimeout: 10 });")


def test_deno_counts_idle_seconds() -> None:
    """Of one connection."""
    text = "const { socket } = Deno.upgradeWebSocket(request, { idleTimeout: 45 });"
    assert facts(text, "main.ts") == {"transport.library": "deno", "transport.heartbeat.timeout": "45s"}


def test_the_client_of_socket_io_says_how_it_comes_back() -> None:
    """As socket.io/docs/v4/client-options says."""
    text = """
        import { io } from "socket.io-client";
        const socket = io(url, { reconnectionDelay: 500, reconnectionDelayMax: 30000,
            randomizationFactor: 0.5, reconnectionAttempts: Infinity, timeout: 10000 });
    """
    assert facts(text, "web/live.tsx") == {
        "transport.reconnect.base": "500ms",
        "transport.reconnect.cap": "30s",
        "transport.reconnect.jitter": "50%",
        "transport.reconnect.max_attempts": "none",
        "transport.reconnect.connect_timeout": "10s",
    }


@pytest.mark.parametrize(
    ("name", "text", "stated"),
    [
        (
            "app.py",
            """
            import socketio
            sio = socketio.AsyncServer(ping_interval=10, ping_timeout=5, max_http_buffer_size=2**20)
            """,
            {
                "transport.library": "python-socketio",
                "transport.heartbeat.interval": "10s",
                "transport.heartbeat.timeout": "5s",
                "backpressure.inbound.max_message": "1MiB",
            },
        ),
        (
            "app.py",
            "from flask_socketio import SocketIO\nSocketIO(app, message_queue='redis://queue')",
            {"transport.library": "python-socketio", "topology.backplane.kind": "redis"},
        ),
        (
            "app.py",
            """
            import websockets
            websockets.serve(chat, "", 80, ping_interval=None, max_size=2**20, compression=None)
            """,
            {
                "transport.library": "websockets",
                "transport.heartbeat.interval": "none",
                "backpressure.inbound.max_message": "1MiB",
                "transport.compression": False,
            },
        ),
        (
            "main.py",
            """
            uvicorn.run(app, ws_ping_interval=15, ws_max_size=1024 * 1024, workers=4,
                        timeout_graceful_shutdown=30)
            """,
            {
                "transport.heartbeat.interval": "15s",
                "backpressure.inbound.max_message": "1MiB",
                "operations.drain": "30s",
                "topology.node.processes": 4,
            },
        ),
        (
            "app.py",
            "from aiohttp import web\nws = web.WebSocketResponse(heartbeat=30)",
            {
                "transport.library": "aiohttp",
                "transport.kind": "websocket",
                "transport.heartbeat.interval": "30s",
            },
        ),
        (
            "app.py",
            "from aiohttp import web\nsocket = web.WebSocketResponse(protocols=('chat',))",
            {
                "transport.library": "aiohttp",
                "transport.kind": "websocket",
                "transport.heartbeat.interval": "none",
            },
        ),
        (
            "app.py",
            "from aiohttp import web\nsocket = web.WebSocketResponse(**options)",
            {"transport.library": "aiohttp", "transport.kind": "websocket"},
        ),
        (
            "feed.py",
            """
            from fastapi.responses import StreamingResponse
            def feed():
                return StreamingResponse(news(), media_type="text/event-stream")
            """,
            {"transport.library": "fastapi", "transport.kind": "sse"},
        ),
        (
            "feed.py",
            """
            from starlette.responses import StreamingResponse
            def feed():
                return StreamingResponse(news(), media_type="text/event-stream; charset=utf-8")
            """,
            {"transport.library": "starlette", "transport.kind": "sse"},
        ),
        (
            "live/socket.go",
            """
            import "github.com/coder/websocket"
            func join() {
                connection, err := websocket.Accept(w, r, &websocket.AcceptOptions{
                    CompressionMode: websocket.CompressionDisabled,
                })
            }
            """,
            {
                "transport.library": "coder-websocket",
                "transport.kind": "websocket",
                "transport.compression": False,
            },
        ),
        (
            "board/join.go",
            """
            import "github.com/lxzan/gws"
            const (
                every = 20 * time.Second
                spare = 10 * time.Second
            )
            var up = gws.NewUpgrader(&board{}, &gws.ServerOption{
                ReadMaxPayloadSize: 1024 * 16,
                PermessageDeflate:  gws.PermessageDeflate{Enabled: true},
            })
            func (b *board) OnPing(socket *gws.Conn, _ []byte) {
                _ = socket.SetDeadline(time.Now().Add(every + spare))
            }
            """,
            {
                "transport.library": "gws",
                "transport.kind": "websocket",
                "transport.compression": True,
                "transport.heartbeat.silence_timeout": "30s",
                "backpressure.inbound.max_message": "16KiB",
            },
        ),
        (
            "app.py",
            "from sse_starlette.sse import EventSourceResponse\nEventSourceResponse(events(), ping=15)",
            {
                "transport.library": "sse-starlette",
                "transport.kind": "sse",
                "transport.heartbeat.interval": "15s",
            },
        ),
        (
            "app.py",
            "import tornado.web\ntornado.web.Application(routes, websocket_ping_interval=20)",
            {"transport.heartbeat.interval": "20s"},
        ),
        (
            "Program.cs",
            """
            builder.Services.AddSignalR(options => {
                options.KeepAliveInterval = TimeSpan.FromSeconds(10);
                options.ClientTimeoutInterval = TimeSpan.FromMinutes(1);
                options.MaximumReceiveMessageSize = 64 * 1024;
            }).AddStackExchangeRedis("redis");
            """,
            {
                "transport.library": "signalr",
                "transport.heartbeat.interval": "10s",
                "transport.heartbeat.timeout": "60s",
                "backpressure.inbound.max_message": "64KiB",
                "topology.backplane.kind": "redis",
            },
        ),
        (
            "Startup.cs",
            "services.AddSignalR(o => o.KeepAliveInterval = TimeSpan.FromSeconds(5)).AddAzureSignalR();",
            {
                "transport.library": "signalr",
                "transport.heartbeat.interval": "5s",
                "transport.service": "azure-signalr",
            },
        ),
        (
            "Program.cs",
            """
            var options = new WebSocketOptions
            {
                KeepAliveInterval = TimeSpan.FromMinutes(2),
            };
            app.UseWebSockets(options);
            """,
            {"transport.heartbeat.interval": "2m"},
        ),
        (
            "lib/web/endpoint.ex",
            """
            socket "/live", Web.UserSocket,
              websocket: [timeout: 45_000, max_frame_size: 64_000, compress: true],
              drainer: [shutdown: 30_000]

            socket "/phoenix/live_reload/socket", Phoenix.LiveReloader.Socket
            """,
            {
                "transport.library": "phoenix",
                "transport.heartbeat.silence_timeout": "45s",
                "backpressure.inbound.max_message": "64kB",
                "transport.kind": "websocket",
                "transport.compression": True,
                "operations.drain": "30s",
            },
        ),
        (
            "src/Config.java",
            """
            @EnableWebSocketMessageBroker
            class Config { void a() {
                registry.enableSimpleBroker("/t").setHeartbeatValue(new long[] {10000, 20000});
                r.setMessageSizeLimit(64 * 1024).setSendBufferSizeLimit(512 * 1024).setSendTimeLimit(9);
            } }
            """,
            {
                "transport.library": "spring-stomp",
                "topology.backplane.kind": "none",
                "transport.heartbeat.interval": "10s",
                "backpressure.inbound.max_message": "64KiB",
                "backpressure.queue.max_bytes": "512KiB",
            },
        ),
        (
            "src/App.kt",
            """
            import io.ktor.server.websocket.*
            fun a() { install(WebSockets) {
                pingPeriod = 15.seconds
                timeout = 20.seconds
                maxFrameSize = Long.MAX_VALUE
            } }
            """,
            {
                "transport.library": "ktor",
                "transport.heartbeat.interval": "15s",
                "transport.heartbeat.timeout": "20s",
                "backpressure.inbound.max_message": "none",
            },
        ),
        (
            "chat/client.go",
            """
            import "github.com/gorilla/websocket"
            const pongWait = 60 * time.Second
            const pingPeriod = (pongWait * 9) / 10
            var upgrader = websocket.Upgrader{}
            func a() {
                conn.SetReadLimit(512)
                ticker := time.NewTicker(pingPeriod)
                conn.WriteMessage(websocket.PingMessage, nil)
                conn.SetReadDeadline(time.Now().Add(pongWait))
                conn.SetPongHandler(func(string) error { conn.SetReadDeadline(time.Now().Add(pongWait)) })
                conn.SetWriteDeadline(time.Now().Add(writeWait))
            }
            """,
            {
                "transport.library": "gorilla-websocket",
                "transport.kind": "websocket",
                "transport.heartbeat.silence_timeout": "60s",
                "transport.heartbeat.interval": "54s",
                "transport.heartbeat.layer": "websocket-ping",
                "backpressure.inbound.max_message": "512B",
            },
        ),
    ],
)
def test_each_library_is_read_with_its_own_names_and_units(
    name: str, text: str, stated: dict[str, object]
) -> None:
    """Seconds, milliseconds and spans of a type, bytes; each as a spec has it."""
    found = program(text, name).facts
    assert fixed(found) == stated
    assert read_as_spec(found)


@pytest.mark.parametrize(
    ("imported", "call", "library"),
    [
        ('ws "github.com/gorilla/websocket"', "ws.Upgrader{}", "gorilla-websocket"),
        ('cws "github.com/coder/websocket"', "cws.Accept(w, r, nil)", "coder-websocket"),
    ],
)
def test_a_package_of_go_may_have_another_name_in_a_file(imported: str, call: str, library: str) -> None:
    """Where a package of the program is called `websocket` itself."""
    text = f"""
        import (
            "notes.example/internal/websocket"
            {imported}
        )
        func join() {{ live := {call} }}
    """
    assert facts(text, "server/join.go") == {"transport.library": library, "transport.kind": "websocket"}


CLIENTS = """
    import "github.com/gorilla/websocket"
    const writeWait = 10 * time.Second
    func join(conn *websocket.Conn) *Client {{
        client := &Client{{conn: conn, {queue}}}
        broadcast := make(chan Message, 99)
        conn.SetWriteDeadline(time.Now().Add(writeWait))
        {write}
        return client
    }}
"""


def test_a_server_of_go_gives_a_client_a_queue_and_a_deadline() -> None:
    """As every example of gorilla has them; a channel of all clients is none of them."""
    text = CLIENTS.format(queue="send: make(chan []byte, 256)", write="conn.SetWriteDeadline(time.Time{})")
    assert facts(text, "server/client.go") == {
        "backpressure.write_timeout": "10s",
        "backpressure.queue.max_messages": 256,
    }


@pytest.mark.parametrize("queue", ["send: make(chan []byte)", "done: make(chan bool, 1)", "send: make(chan"])
def test_what_two_lines_set_otherwise_is_not_told(queue: str) -> None:
    """Nor a queue without room, and a channel that is for something else."""
    text = CLIENTS.format(queue=queue, write="conn.SetWriteDeadline(time.Now().Add(time.Minute))")
    assert is_silent(text, "server/client.go")


def test_a_package_of_the_own_module_is_no_library_though_it_is_called_like_one() -> None:
    """The import says which package of Go is meant."""
    own = """
        import "shop.example/server/websocket"
        func (server *Server) Sockets() websocket.Upgrader {
            return websocket.New()
        }
    """
    assert is_silent(own, "server/start.go")


LAYERS = """
    CHANNEL_LAYERS = {{"default": {{"BACKEND": {backend}, "CONFIG": {{"capacity": 1500, "expiry": 10}}}}}}
"""


def test_a_channel_layer_is_the_backplane_of_django() -> None:
    """Its queue is that of the layer."""
    assert facts(LAYERS.format(backend='"channels_redis.core.RedisChannelLayer"'), "site/settings.py") == {
        "topology.backplane.kind": "redis",
        "topology.backplane.adapter": "channels_redis",
        "backpressure.queue.max_messages": 1500,
        "backpressure.queue.max_age": "10s",
    }


def test_a_layer_in_memory_joins_no_nodes() -> None:
    """It is said, as it is what a second node breaks."""
    found = facts(LAYERS.format(backend='"channels.layers.InMemoryChannelLayer"'), "site/settings.py")
    assert found["topology.backplane.kind"] == "none"


def test_settings_with_two_layers_are_open() -> None:
    """One of them is for developers, and which is seen only when it runs."""
    text = dedent(LAYERS).format(backend='"channels_redis.core.RedisChannelLayer"')
    assert facts(text + text, "site/settings.py") == {"topology.backplane.kind": None}


def test_several_deadlines_say_nothing_of_the_silence_that_a_server_bears() -> None:
    """One is for the first message, and another for those after it."""
    text = """
        import "github.com/gorilla/websocket"
        func a() {
            conn.SetReadDeadline(time.Now().Add(5 * time.Second))
            conn.SetReadDeadline(time.Now().Add(60 * time.Second))
        }
    """
    assert is_silent(text, "chat.go")


def test_an_argument_that_is_computed_is_open() -> None:
    """By its place alone it is known what it is."""
    text = 'import "nhooyr.io/websocket"\nwebsocket.Accept(w, r)\nconn.SetReadLimit(int64(limit))\n'
    assert facts(text, "chat.go") == {
        "transport.library": "coder-websocket",
        "transport.kind": "websocket",
        "backpressure.inbound.max_message": None,
    }


def test_a_timeout_of_ecto_is_none_of_the_socket() -> None:
    """The same word stands in the same file."""
    assert is_silent('config :app, App.Repo, timeout: 60_000\nplug :socket "x", timeout: 5', "lib/repo.ex")


@pytest.mark.parametrize(
    "text",
    [
        "res.setHeader('X-Accel-Buffering', 'no');",
        'const headers = { "X-Accel-Buffering": "no" };',
        'w.Header().Set("X-Accel-Buffering", "no")',
    ],
)
def test_a_header_turns_the_buffering_of_a_response_off(text: str) -> None:
    """For streams of a response alone."""
    found = fact(program(text), "transport.path.buffering")
    assert (found.value, found.kinds) == (False, {"sse", "http-stream"})


@pytest.mark.parametrize(
    "name",
    [
        "node_modules/a/index.js",
        "server/__tests__/index.js",
        "server/index.test.js",
        "server/test-live.js",
        "server/load-test.js",
        "k6/live.js",
        "dist/index.js",
        "notes.txt",
    ],
)
def test_what_others_wrote_and_what_tests_run_is_not_read(name: str) -> None:
    """Nor is what is no program."""
    assert not code.takes(file(name, SERVER.format(options="pingInterval: 5000")))


def test_the_folder_of_a_file_is_where_it_joins_its_program() -> None:
    """And that of the root has a name of its own."""
    text = SERVER.format(options="pingInterval: 5000")
    assert program(text, "server/src/index.js").inside == "server/src/"
    assert program(text, "index.js").inside == "/"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 50_000,
        "new Server(" * 5_000,
        "new Server(http, {a: {" * 3_000,
        "const a = {"
        + "x: b," * 400
        + "}\nconst b = {"
        + "x: c," * 400
        + "}\nconst c = {"
        + "x: a," * 400
        + "}\n"
        "new Server(http, a)",
        "`" + "'\"\\" * 9_000,
        "idleTimeout: message:" * 5_000,
        "new Server(http, {pingInterval: " + "(" * 300 + "})",
        "\0\ufffd" * 1_000,
    ],
)
def test_whatever_stands_there_is_read_in_bounded_time(text: str) -> None:
    """The harness ends a test that takes too long."""
    head = 'import { Server } from "socket.io";\nimport "bun";\n'
    for name in ("a.js", "a.py", "a.ex", "a.cs", "a.kt", "a.go", "a.php", "a.rb"):
        list(code.stations([file(name, head + text)]))


def test_texts_and_comments_hide_their_brackets() -> None:
    """So that a call ends where the language ends it."""
    text = """f("(", '[', `{`, /[{(]/, /* } */ 1) // )"""
    source = Source(file("a.js", text))
    assert text[source.end(1)] == ")"
    assert source.end(1) == text.index("1)") + 1


CHANNELS = {"transport.library": "django-channels", "transport.kind": "websocket"}


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ('websocket_urlpatterns = [re_path(r"live/(?P<room>\\w+)/$", Live.as_asgi())]', CHANNELS),
        ('application = URLRouter([path("live/", Live.as_asgi())])  # channels.generic', CHANNELS),
        (
            'ProtocolTypeRouter({"http": web, "websocket": AuthMiddlewareStack(URLRouter(routes))})',
            CHANNELS,
        ),
        (
            "from channels.generic.websocket import AsyncWebsocketConsumer",
            {"transport.library": "django-channels"},
        ),
    ],
)
def test_channels_is_known_by_what_it_does_with_websockets(text: str, stated: dict[str, object]) -> None:
    """Its routes, its consumers, and the application that tells protocols apart."""
    assert facts(text, "server/routing.py") == stated


def test_channels_without_a_websocket_says_nothing() -> None:
    """It may pass HTTP alone."""
    assert is_silent('application = ProtocolTypeRouter({"http": get_asgi_application()})', "server/asgi.py")
    assert is_silent("websocket_urlpatterns = []", "server/routing.py")


def test_options_of_a_gateway_may_stand_where_nest_is_set_up() -> None:
    """The type that the file names says whose they are."""
    text = """
        import { GatewayMetadata } from '@nestjs/websockets';
        set<GatewayMetadata>('sockets', { transports: ['websocket'], maxHttpBufferSize: 2e6 });
        connect({ transports: ['polling'] });
    """
    assert facts(text) == {
        "transport.kind": "websocket",
        "transport.fallback": "none",
        "backpressure.inbound.max_message": "2MB",
    }
    assert is_silent(text.replace("GatewayMetadata", "SubscribeMessage"))


ENDPOINT = """
    socket "/room", Web.RoomSocket, {options}
    socket "/live", Phoenix.LiveView.Socket, websocket: [connect_info: [session: @session]]
"""


@pytest.mark.parametrize(
    ("options", "kind", "fallback"),
    [
        ("websocket: true, longpoll: false", "websocket", "none"),
        ("websocket: [timeout: 45_000],\n      longpoll: [window_ms: 9_000]", "websocket", "long-polling"),
        ("longpoll: @polls", "websocket", None),
        ("websocket: false, longpoll: true", None, "absent"),
    ],
)
def test_a_socket_of_phoenix_says_its_transports(
    options: str, kind: str | None, fallback: str | None
) -> None:
    """As far as it says so itself; sockets that differ leave it open."""
    found = facts(ENDPOINT.format(options=options), "lib/web/endpoint.ex")
    assert found["transport.library"] == "phoenix"
    assert (found["transport.kind"], found.get("transport.fallback", "absent")) == (kind, fallback)


def test_the_adapter_of_phoenix_pubsub_joins_the_nodes() -> None:
    """Its own reaches the nodes that are connected, if any, so that without another it is asked."""
    text = "children = [{{Phoenix.PubSub, name: App.PubSub{adapter}}}]\ndefp pubsub, do: App.Wire"
    for adapter, kind, name in (
        (", adapter: Phoenix.PubSub.Redis", "redis", "Phoenix.PubSub.Redis"),
        (", adapter: pubsub()", None, "App.Wire"),
        (", adapter: Application.get_env(:app, :wire)", None, "absent"),
        ("", None, "absent"),
    ):
        found = facts(text.format(adapter=adapter), "lib/app/application.ex")
        assert found["topology.backplane.kind"] == kind, adapter
        assert found.get("topology.backplane.adapter", "absent") == name, adapter


def test_a_listener_of_phoenix_does_not_say_how_many_connections_a_node_takes() -> None:
    """Each of its supervisors takes as many; a fallback is told."""
    text = 'http: [transport_options: [max_connections: Env.get_integer("ROOM", 700)]]'
    found = fact(program(text, "config/runtime.exs"), "topology.node.max_connections")
    assert (found.value, found.decided_by) == (None, "the variable ROOM decides, and 700 without it")
    literal = program("http: [transport_options: [max_connections: 900]]", "config/runtime.exs")
    assert fact(literal, "topology.node.max_connections").is_open


@pytest.mark.parametrize("made", ["new Server({", "Server.configure({"])
def test_hocuspocus_pings_as_often_as_it_waits(made: str) -> None:
    """In milliseconds."""
    text = (
        f"import {{ Server }} from '@hocuspocus/server';\nconst live = {made} timeout: 25000, name: 'x' }});"
    )
    assert facts(text) == {
        "transport.library": "hocuspocus",
        "transport.heartbeat.interval": "25s",
        "transport.heartbeat.timeout": "25s",
        "transport.heartbeat.layer": "websocket-ping",
        "transport.heartbeat.from": "server",
    }


@pytest.mark.parametrize("use", ["extensions.push(new Shared({ redis }))", "class Own extends Shared {}"])
def test_redis_joins_the_nodes_of_hocuspocus(use: str) -> None:
    """Where the extension is made, or built upon."""
    text = f"import {{ Redis as Shared }} from '@hocuspocus/extension-redis';\n{use}"
    assert facts(text) == {
        "topology.backplane.kind": "redis",
        "topology.backplane.adapter": "@hocuspocus/extension-redis",
    }
    assert is_silent("import { Redis } from '@hocuspocus/extension-redis';")


def test_what_a_client_of_stomp_offers_its_server_answers() -> None:
    """Which may send less often, or nothing."""
    text = """
        import { Client } from '@stomp/stompjs';
        new Client({ heartbeatIncoming: 8000, heartbeatOutgoing: 8000, connectionTimeout: 9000,
                     reconnectDelay: 3000 });
    """
    found = program(text, "web/live.js")
    assert fixed(found.facts)["transport.reconnect.base"] == "3s"
    assert fixed(found.facts)["transport.reconnect.connect_timeout"] == "9s"
    interval = fact(found, "transport.heartbeat.interval")
    assert (interval.value, interval.decided_by) == (
        None,
        "8s is what the client asks for, and the server answers",
    )


@pytest.mark.parametrize(
    ("transports", "kind", "fallback"),
    [
        ("['websocket']", "websocket", "none"),
        ("['websocket', 'xhr-polling']", "websocket", "long-polling"),
        ("['websocket', 'xhr-streaming', 'xhr-polling']", "websocket", None),
        ("['xhr-polling']", None, None),
    ],
)
def test_transports_of_sockjs_say_the_kind(transports: str, kind: str | None, fallback: str | None) -> None:
    """And what is left without it, where that is of one kind."""
    text = f"import SockJS from 'sockjs-client';\nnew SockJS(address, null, {{ transports: {transports} }});"
    found = facts(text, "web/live.js")
    assert (found["transport.kind"], found["transport.fallback"]) == (kind, fallback)


def test_a_broker_outside_of_spring_is_asked_for() -> None:
    """Its kind is not in the call."""
    text = 'config.enableStompBrokerRelay("/topic").setRelayHost("broker");'
    written = f"class Config {{ void a(MessageBrokerRegistry config) {{ {text} }} }}"
    found = fact(program(written, "src/Config.java"), "topology.backplane.kind")
    assert (found.value, found.decided_by) == (None, "by a broker that speaks STOMP")


@pytest.mark.parametrize(
    ("workers", "value", "why"),
    [
        ("4", 4, ""),
        ('int(os.environ.get("PROCESSES", "3"))', None, "the variable PROCESSES decides, and 3 without it"),
    ],
)
def test_a_program_that_starts_gunicorn_says_its_processes(workers: str, value: int | None, why: str) -> None:
    """In the options that it gives to it, through a name or not."""
    text = f"from gunicorn.app.base import BaseApplication\nCOUNT = {workers}\nrun({{'workers': COUNT}})"
    found = fact(program(text, "server/run.py"), "topology.node.processes")
    assert found.value == value
    assert found.origin == (why or "used at line 3")
    assert is_silent("POOL = {'workers': 4}  # websockets", "server/pool.py")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "using Akka.Cluster.Hosting;\nbuilder.WithClustering(options);",
            "Akka.Cluster is what joins its nodes",
        ),
        ("using Proto.Cluster;\nsystem.WithCluster(config);", "Proto.Cluster is what joins its nodes"),
        (
            "builder.Host.UseOrleans(silo => silo.UseLocalhostClustering());",
            "Orleans is what joins its nodes",
        ),
    ],
)
def test_a_cluster_of_actors_is_asked_for(text: str, why: str) -> None:
    """Messages for clients may pass it, and need not."""
    found = fact(program(text, "api/Program.cs"), "topology.backplane.kind")
    assert (found.value, found.decided_by) == (
        None,
        f"{why}; whether messages for clients pass it is not seen",
    )


def test_orleans_joins_the_nodes_of_signalr_where_it_is_added_to_it() -> None:
    """As its backplane."""
    text = "builder.Services.AddSignalR().AddOrleans();"
    assert facts(text, "api/Program.cs") == {
        "transport.library": "signalr",
        "topology.backplane.kind": "orleans",
    }


@pytest.mark.parametrize(
    "call", ["AddRazorComponents().AddInteractiveServerComponents", "AddServerSideBlazor", "MapBlazorHub"]
)
def test_blazor_on_the_server_speaks_over_signalr(call: str) -> None:
    """Each of its pages has a connection."""
    assert facts(f"app.{call}();", "web/Program.cs") == {"transport.library": "signalr"}


def test_a_setting_counts_below_a_long_comment() -> None:
    """However many lines it has."""
    comment = (
        "    // Clients begin with requests, since some networks let nothing else through at first.\n" * 4
    )
    text = SERVER.format(options=f"cors: true,\n{comment}    pingInterval: 10000")
    assert facts(text)["transport.heartbeat.interval"] == "10s"


TRIED = SERVER.format(options="pingInterval: 10000")


@pytest.mark.parametrize(
    "name",
    [
        "chat/test-live.js",
        "chat/loadtest.js",
        "bench/run.js",
        "k6/chat.js",
        "live.bench.ts",
        "artillery-chat.js",
    ],
)
def test_a_script_that_tries_the_program_says_nothing_of_it(name: str) -> None:
    """It sets what it wants to see."""
    assert not stations("code", {name: TRIED})


def test_a_script_beside_a_program_says_nothing_of_it() -> None:
    """Where the program is there as well."""
    both = {"scripts/probe.js": TRIED, "src/server.js": TRIED}
    assert [each.line.file for each in stations("code", both)] == ["src/server.js"]
    assert stations("code", {"scripts/probe.js": TRIED})


SHARED = """
    public static class Live
    {
        public static ISignalRServerBuilder AddLive(this IServiceCollection services, string redis)
        {
            return services.AddSignalR(o => { o.KeepAliveInterval = TimeSpan.FromSeconds(9); });
        }
    }
"""


def test_a_project_that_programs_share_sets_up_the_library_for_each_with_a_hub() -> None:
    """One that calls it to send alone holds no connections."""
    found = stations(
        "code",
        {
            "Shared/Live.cs": SHARED,
            "Board/Program.cs": 'builder.Services.AddLive(redis);\napp.MapHub<Board>("/board"); // SignalR',
            "Map/Program.cs": 'builder.Services.AddLive(redis);\napp.MapHub<Map>("/map"); // SignalR',
            "Sender/Program.cs": "builder.Services.AddLive(redis); // SignalR",
        },
    )
    beats = [each for each in found if "transport.heartbeat.interval" in fixed(each.facts)]
    assert sorted(each.inside for each in beats) == ["Board/", "Map/"]
    assert {each.line.file for each in beats} == {"Shared/Live.cs"}


def test_a_project_that_nobody_with_a_hub_calls_stands_for_itself() -> None:
    """Whoever runs it is asked for."""
    (found,) = stations(
        "code", {"Shared/Live.cs": SHARED, "Sender/Program.cs": "services.AddLive(redis); // SignalR"}
    )
    assert found.inside == "Shared/"


@pytest.mark.parametrize(
    ("transport", "kind", "fallback"),
    [
        ("signalR.HttpTransportType.WebSockets", "websocket", "none"),
        ("HttpTransportType.LongPolling", "long-polling", "none"),
        ("HttpTransportType.WebSockets | HttpTransportType.LongPolling", None, None),
        ("transports.WebSockets", None, None),
    ],
)
def test_a_client_of_signalr_may_be_allowed_one_transport(
    transport: str, kind: str | None, fallback: str | None
) -> None:
    """Of several it takes the first that the server has."""
    text = (
        'import * as signalR from "@microsoft/signalr";\n'
        f"new signalR.HubConnectionBuilder().withUrl('/hub', {{ transport: {transport} }}).build();"
    )
    found = stated("code", "web/live.ts", text)
    assert (found.get("transport.kind"), found.get("transport.fallback")) == (kind, fallback)
