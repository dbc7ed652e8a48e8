"""Languages that programs are written in, and the words without which a file says nothing here."""

from __future__ import annotations

from collections.abc import Mapping

JAVASCRIPT = frozenset({".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"})
PYTHON = frozenset({".py"})
ELIXIR = frozenset({".ex", ".exs"})
CSHARP = frozenset({".cs"})
JVM = frozenset({".java", ".kt", ".kts"})
GO = frozenset({".go"})
PHP = frozenset({".php"})
RUBY = frozenset({".rb"})

HEADER = "X-Accel-Buffering"
"""A response that has it is not buffered by nginx (nginx.org/en/docs/http/ngx_http_proxy_module.html)."""

EVENTS = "text/event-stream"
"""The type of a response that is a stream of Server-Sent Events."""

WORDS: Mapping[frozenset[str], tuple[str, ...]] = {
    JAVASCRIPT: (
        *("socket.io", '"ws"', "'ws'", "@nestjs/websockets", "Bun.serve", "Deno.upgradeWebSocket", HEADER),
        *("@Sse(", "@hocuspocus/", "stompjs", "sockjs-client", EVENTS, "EventSource(", "streamSSE"),
        *("better-sse", "sse-channel", "express-sse", "fastify-sse-v2", "createEventStream"),
        *(".ping(", ".ping?.(", "SIGTERM"),
        *("upgradeWebSocket", "WebSocketPair", "'websocket'", '"websocket"'),
        *("new WebSocket(", "withAutomaticReconnect", "HttpTransportType"),
        *("sendPings", "maxPayloadLength", "backpressureLimit", "maxBackpressure", "idleTimeout"),
    ),
    PYTHON: (
        *("socketio", "websockets", "uvicorn.run", "uvicorn.Config", "WebSocketResponse", HEADER),
        *("EventSourceResponse", "websocket_ping", "websocket_max", "CHANNEL_LAYERS"),
        *(".as_asgi(", "channels.generic", "ProtocolTypeRouter", "gunicorn.app", EVENTS),
        *("django_eventstream", "flask_sse", "aiohttp_sse"),
        *(".pubsub(", ".websocket(", "add_api_websocket_route", "WebSocketRoute", "litestar", "flask_sock"),
    ),
    ELIXIR: ('socket "', 'socket("', "Phoenix.PubSub", "max_connections"),
    CSHARP: (
        *("SignalR", "AddStackExchangeRedis", "UseWebSockets", HEADER),
        *(EVENTS, "ServerSentEvents", "StreamSseAsync", "SseBackplane"),
        *("AddInteractiveServerComponents", "ServerSideBlazor", "MapBlazorHub"),
        *("AcceptWebSocketAsync", "Akka.Cluster", "Proto.Cluster", "UseOrleans"),
    ),
    JVM: (
        *("WebSocket", "ServerEndpoint", "essageBroker", "ockJS", HEADER),
        *(
            "SimpMessag",
            EVENTS,
            "SseEmitter",
            "TEXT_EVENT_STREAM",
            "SERVER_SENT_EVENTS",
            "io.ktor.server.sse",
        ),
    ),
    GO: (
        *("ebsocket", "gobwas/ws", "lxzan/gws", "httputil.", HEADER, EVENTS, "SSEvent", "r3labs/sse"),
        *("send <-", "Send <-", "ubscribe("),
    ),
    PHP: (EVENTS, "eventStream(", "EventStreamResponse", HEADER, "Ratchet", "Swoole"),
    RUBY: (EVENTS, "ActionController::Live", HEADER, "ApplicationCable"),
}
"""The languages by the ends of their files, and words of which a file has one if it says anything here."""
