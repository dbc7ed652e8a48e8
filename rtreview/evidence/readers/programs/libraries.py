"""What libraries let a program set: the call, its options with their units, and the fields that they fix.

Options mean something inside of their own call alone: `timeout` is a word of Ecto and of Phoenix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rtreview.evidence.readers.programs import readings
from rtreview.evidence.readers.programs.languages import CSHARP, GO, JAVASCRIPT, JVM, PYTHON
from rtreview.evidence.readers.programs.literals import amount, count, milliseconds, span, switch

WEBSOCKET, SSE = "websocket", "sse"
"""Kinds of transport."""


class Option(NamedTuple):
    """A setting: the field that it fixes, how its value is read, and which values mean that there is none.

    Attributes:
        field: the field, with dots.
        read: a value of a spec from what is written; None where it is none, or computed.
        off: what is written where there is no such limit or timer.
        offer: why a literal does not decide, where the other end has a say; what is written comes before it.
        kinds: the kinds of transport that it is about; empty where it is about all.

    """

    field: str
    read: Callable[[str], Any]
    off: tuple[str, ...] = ()
    offer: str = ""
    kinds: frozenset[str] = frozenset()


class Call(NamedTuple):
    """A call that sets up a library.

    Attributes:
        languages: the ends of the files of its language.
        names: what is called; where `module` is named, the names that the module gives it, a dot before those
            that stand in the module as a whole, and an empty name for the module itself.
        options: what it sets, by key; keys of inner objects with dots.
        module: the module that the names are imported from; empty where they stand for themselves.
        needs: a word that the file has somewhere, where the names alone are too common.
        library: what it is in the catalogue, where the call alone says that it is used.
        fixes: what the call fixes by itself.
        sets: whether options are set with `=` in a block, and not by arguments.
        carries: the kind of transport that it is for, where it leaves open by what library.
        defaults: what holds where a key is not there, by its documentation: the key, field and value.

    """

    languages: frozenset[str]
    names: tuple[str, ...]
    options: Mapping[str, tuple[Option, ...]] = {}
    module: str = ""
    needs: str = ""
    library: str = ""
    fixes: tuple[tuple[str, str], ...] = ()
    sets: bool = False
    carries: str = ""
    defaults: tuple[tuple[str, str, str], ...] = ()


INTERVAL, TIMEOUT = "transport.heartbeat.interval", "transport.heartbeat.timeout"
SILENCE, LAYER = "transport.heartbeat.silence_timeout", "transport.heartbeat.layer"
MAX_MESSAGE, MAX_BYTES = "backpressure.inbound.max_message", "backpressure.queue.max_bytes"
KIND, ADAPTER = "topology.backplane.kind", "topology.backplane.adapter"


def _cluster(name: str) -> Option:
    """What joins the nodes of a program of actors, which may have nothing to do with its connections."""
    return Option(
        KIND, readings.says(name), offer="joins its nodes; whether messages for clients pass it is not seen"
    )


_COMPRESSION = (Option("transport.compression", switch),)
_TAKEOVER = (Option("transport.context_takeover", readings.negated),)
_TRANSPORTS = (
    Option("transport.kind", readings.socket_io_kind),
    Option("transport.fallback", readings.socket_io_fallback),
)

QUEUE, WRITE_TIMEOUT = "backpressure.queue.max_messages", "backpressure.write_timeout"

BASE = "transport.reconnect.base"
FACTOR = "transport.reconnect.factor"
CAP = "transport.reconnect.cap"

SOCKET_IO: Mapping[str, tuple[Option, ...]] = {
    "pingInterval": (Option(INTERVAL, milliseconds),),
    "pingTimeout": (Option(TIMEOUT, milliseconds),),
    "maxHttpBufferSize": (Option(MAX_MESSAGE, amount),),
    "transports": _TRANSPORTS,
    "perMessageDeflate": _COMPRESSION,
    "perMessageDeflate.serverNoContextTakeover": _TAKEOVER,
    "connectionStateRecovery": (Option("transport.resume.by", readings.session),),
    "connectionStateRecovery.maxDisconnectionDuration": (Option("transport.resume.retention", milliseconds),),
}
"""socket.io/docs/v4/server-options. Milliseconds and bytes."""

SOCKET_IO_CLIENT: Mapping[str, tuple[Option, ...]] = {
    "transports": _TRANSPORTS,
    "reconnectionDelay": (Option(BASE, milliseconds),),
    "reconnectionDelayMax": (Option(CAP, milliseconds),),
    "randomizationFactor": (Option("transport.reconnect.jitter", readings.ratio),),
    "reconnectionAttempts": (Option("transport.reconnect.max_attempts", count, ("Infinity",)),),
    "timeout": (Option("transport.reconnect.connect_timeout", milliseconds),),
}
"""socket.io/docs/v4/client-options. Milliseconds."""

PYTHON_SOCKET_IO: Mapping[str, tuple[Option, ...]] = {
    "ping_interval": (Option(INTERVAL, span),),
    "ping_timeout": (Option(TIMEOUT, span),),
    "max_http_buffer_size": (Option(MAX_MESSAGE, amount),),
    "transports": _TRANSPORTS,
    "message_queue": (Option(KIND, readings.queue),),
}
"""python-socketio.readthedocs.io. Seconds and bytes."""

HOCUSPOCUS: Mapping[str, tuple[Option, ...]] = {
    "timeout": (
        Option(INTERVAL, milliseconds),
        Option(TIMEOUT, milliseconds),
        Option(LAYER, readings.says("websocket-ping")),
        Option("transport.heartbeat.from", readings.says("server")),
    ),
}
"""The server pings at each `timeout`, and closes what has not answered by the next one; in milliseconds.

ueberdosis/hocuspocus:packages/server/src/Connection.ts
"""

STOMPJS: Mapping[str, tuple[Option, ...]] = {
    "heartbeatIncoming": (
        Option(INTERVAL, milliseconds, offer="the client asks for, and the server answers"),
    ),
    "heartbeatOutgoing": (Option(INTERVAL, milliseconds, offer="the client offers, and the server answers"),),
    "connectionTimeout": (Option("transport.reconnect.connect_timeout", milliseconds, ("0",)),),
    "reconnectDelay": (Option(BASE, milliseconds, ("0",)),),
}
"""stomp-js.github.io/api-docs/latest/classes/Client.html. Milliseconds.

The slower of what both ends name is what happens, and 0 at one of them is none (stomp.github.io 1.2,
Heart-beating).
"""

SOCKJS_CLIENT: Mapping[str, tuple[Option, ...]] = {
    "transports": (
        Option("transport.kind", readings.sockjs_kind),
        Option("transport.fallback", readings.sockjs_fallback),
    ),
}
"""sockjs/sockjs-client:README.md."""

WS: Mapping[str, tuple[Option, ...]] = {
    "maxPayload": (Option(MAX_MESSAGE, amount, ("0",)),),
    "perMessageDeflate": _COMPRESSION,
    "perMessageDeflate.serverNoContextTakeover": _TAKEOVER,
}
"""websockets/ws:doc/ws.md. Bytes. It has no heartbeat of its own.

Without `serverNoContextTakeover` the client decides on the window of compression.
"""

WEBSOCKETS: Mapping[str, tuple[Option, ...]] = {
    "ping_interval": (Option(INTERVAL, span, ("None",)),),
    "ping_timeout": (Option(TIMEOUT, span, ("None",)),),
    "max_size": (Option(MAX_MESSAGE, amount, ("None",)),),
    "compression": (Option("transport.compression", readings.deflate),),
}
"""websockets.readthedocs.io/en/stable/reference/asyncio/server.html. Seconds and bytes."""

BUN: Mapping[str, tuple[Option, ...]] = {
    "idleTimeout": (Option(TIMEOUT, span, ("0",)),),
    "sendPings": (Option(LAYER, readings.pings),),
    "sendPingsAutomatically": (Option(LAYER, readings.pings),),
    "maxPayloadLength": (Option(MAX_MESSAGE, amount),),
    "backpressureLimit": (Option(MAX_BYTES, amount),),
    "maxBackpressure": (Option(MAX_BYTES, amount),),
    "closeOnBackpressureLimit": (Option("backpressure.overflow", readings.overflow),),
    "perMessageDeflate": _COMPRESSION,
}
"""What stands beside the function `message` of Bun and of uWebSockets.js, on which Bun is built.

bun.sh/reference/bun/WebSocketHandler; uNetworking/uWebSockets.js:docs/index.d.ts, WebSocketBehavior. Seconds
and bytes.
"""

CALLS = (
    Call(JAVASCRIPT, ("Server", "", ".Server", ".listen", ".attach"), SOCKET_IO, module="socket.io"),
    Call(JAVASCRIPT, ("WebSocketGateway",), SOCKET_IO, needs="@nestjs/websockets"),
    Call(JAVASCRIPT, (".createIOServer",), SOCKET_IO, needs="@nestjs/platform-socket.io"),
    Call(
        JAVASCRIPT,
        ("io", "connect", "", ".connect", ".io", "Manager"),
        SOCKET_IO_CLIENT,
        module="socket.io-client",
    ),
    Call(
        JAVASCRIPT,
        ("Server", "Server.configure", "Hocuspocus", "Hocuspocus.configure"),
        HOCUSPOCUS,
        module="@hocuspocus/server",
        library="hocuspocus",
    ),
    Call(
        JAVASCRIPT,
        (".withUrl",),
        {
            "transport": (
                Option("transport.kind", readings.signalr_kind),
                Option("transport.fallback", readings.signalr_fallback),
            )
        },
        needs="@microsoft/signalr",
    ),  # learn.microsoft.com/aspnet/core/signalr/configuration#configure-allowed-transports
    Call(JAVASCRIPT, ("Client", ".Client"), STOMPJS, module="@stomp/stompjs"),
    Call(JAVASCRIPT, ("",), SOCKJS_CLIENT, module="sockjs-client"),
    Call(
        JAVASCRIPT,
        ("WebSocketServer", "Server", ".Server", ".WebSocketServer"),
        WS,
        module="ws",
        library="ws",
    ),
    Call(
        JAVASCRIPT,
        ("Deno.upgradeWebSocket",),
        {"idleTimeout": (Option(TIMEOUT, span, ("0",)),)},
        library="deno",
    ),
    Call(
        PYTHON,
        ("socketio.AsyncServer", "socketio.Server", "AsyncServer", "SocketIO"),
        PYTHON_SOCKET_IO,
        needs="socketio",
        library="python-socketio",
    ),
    Call(
        PYTHON,
        ("socketio.AsyncRedisManager", "socketio.RedisManager", "AsyncRedisManager", "RedisManager"),
        needs="socketio",
        fixes=((KIND, "redis"),),
    ),
    Call(PYTHON, ("websockets.serve",), WEBSOCKETS, needs="import websockets", library="websockets"),
    Call(PYTHON, ("serve",), WEBSOCKETS, needs="from websockets", library="websockets"),
    Call(
        PYTHON,
        ("uvicorn.run", "uvicorn.Config"),
        {
            "ws_ping_interval": (Option(INTERVAL, span, ("None",)),),
            "ws_ping_timeout": (Option(TIMEOUT, span, ("None",)),),
            "ws_max_size": (Option(MAX_MESSAGE, amount),),
            "timeout_graceful_shutdown": (Option("operations.drain", span),),
            "workers": (Option("topology.node.processes", count),),
        },
    ),  # uvicorn.org/settings; seconds and bytes
    Call(
        PYTHON,
        ("web.WebSocketResponse", "WebSocketResponse"),
        {
            "heartbeat": (Option(INTERVAL, span, ("None",)),),
            "max_msg_size": (Option(MAX_MESSAGE, amount, ("0",)),),
        },
        needs="aiohttp",
        library="aiohttp",
        fixes=(("transport.kind", WEBSOCKET),),
        defaults=(("heartbeat", INTERVAL, "none"),),
    ),  # docs.aiohttp.org/en/stable/web_reference.html; seconds and bytes
    Call(
        PYTHON,
        ("EventSourceResponse",),
        {"ping": (Option(INTERVAL, span, kinds=frozenset({"sse"})),)},
        needs="sse_starlette",
        library="sse-starlette",
    ),  # sysid/sse-starlette:README.md; seconds
    Call(
        PYTHON,
        ("tornado.web.Application", "web.Application", "Application"),
        {
            "websocket_ping_interval": (Option(INTERVAL, span, ("None", "0")),),
            "websocket_ping_timeout": (Option(TIMEOUT, span, ("None",)),),
            "websocket_max_message_size": (Option(MAX_MESSAGE, amount),),
        },
        needs="tornado",
    ),  # tornadoweb.org/en/stable/web.html#tornado.web.Application.settings; seconds and bytes
    Call(
        CSHARP,
        (".AddSignalR", ".AddHubOptions"),
        {
            "KeepAliveInterval": (Option(INTERVAL, milliseconds),),
            "ClientTimeoutInterval": (Option(TIMEOUT, milliseconds),),
            "MaximumReceiveMessageSize": (Option(MAX_MESSAGE, amount, ("null",)),),
        },
        library="signalr",
        sets=True,
    ),  # learn.microsoft.com/aspnet/core/signalr/configuration; TimeSpan and bytes
    Call(CSHARP, (".AddStackExchangeRedis",), needs="SignalR", fixes=((KIND, "redis"),)),
    # Blazor Server speaks over SignalR (learn.microsoft.com/aspnet/core/blazor/hosting-models).
    Call(
        CSHARP,
        (".AddInteractiveServerComponents", ".AddServerSideBlazor", ".MapBlazorHub"),
        library="signalr",
    ),
    # OrleansContrib/SignalR.Orleans:README.md
    Call(CSHARP, (".AddOrleans",), needs="SignalR", fixes=((KIND, "orleans"),)),
    # akkadotnet/Akka.Hosting:src/Akka.Cluster.Hosting/README.md, proto.actor/docs/cluster,
    # learn.microsoft.com/dotnet/orleans/host/configuration-guide/server-configuration
    Call(CSHARP, (".WithClustering",), {"": (_cluster("Akka.Cluster"),)}, needs="Akka.Cluster"),
    Call(CSHARP, (".WithCluster",), {"": (_cluster("Proto.Cluster"),)}, needs="Proto.Cluster"),
    Call(CSHARP, (".UseOrleans",), {"": (_cluster("Orleans"),)}),
    Call(CSHARP, (".AddAzureSignalR",), fixes=(("transport.service", "azure-signalr"),)),
    Call(
        JVM,
        (".setHeartbeatValue",),
        {"": (Option(INTERVAL, lambda text: milliseconds(readings.first_of_java(text)), ("0",)),)},
        needs="essageBroker",
    ),  # SimpleBrokerRegistration: what the server sends comes first; milliseconds
    Call(JVM, (".setMessageSizeLimit",), {"": (Option(MAX_MESSAGE, amount),)}, needs="WebSocket"),
    Call(JVM, (".setSendBufferSizeLimit",), {"": (Option(MAX_BYTES, amount),)}, needs="WebSocket"),
    Call(
        JVM,
        (".setMaxTextMessageBufferSize",),
        {"": (Option(MAX_MESSAGE, amount),)},
        needs="ServerContainer",
    ),
    Call(JVM, (".setHeartbeatTime",), {"": (Option(INTERVAL, milliseconds),)}, needs="ockJS"),
    Call(CSHARP, (".MapHub",), library="signalr"),
    Call(GO, (".SetReadLimit",), {"": (Option(MAX_MESSAGE, amount, ("-1",)),)}, needs="ebsocket"),
)
"""Calls of all languages."""


_IN_MEMORY = '"channels.layers.InMemoryChannelLayer"'

DJANGO: Mapping[str, tuple[Option, ...]] = {
    "default.BACKEND": (Option(KIND, readings.layer), Option(ADAPTER, readings.backend, (_IN_MEMORY,))),
    "default.CONFIG.capacity": (Option(QUEUE, count),),
    "default.CONFIG.expiry": (Option("backpressure.queue.max_age", span),),
}
"""channels.readthedocs.io/en/stable/topics/channel_layers.html. The queue is that of the layer. Seconds."""

PHOENIX: Mapping[str, tuple[Option, ...]] = {
    "websocket.timeout": (Option(SILENCE, milliseconds, (":infinity",)),),
    "websocket.max_frame_size": (Option(MAX_MESSAGE, amount, (":infinity",)),),
    "websocket.compress": _COMPRESSION,
    "websocket": (Option("transport.kind", readings.phoenix_kind),),
    "longpoll": (Option("transport.fallback", readings.phoenix_fallback),),
    "drainer.shutdown": (Option("operations.drain", milliseconds),),
}
"""hexdocs.pm/phoenix/Phoenix.Endpoint.html#socket/3. Milliseconds and bytes."""

ROOM = Option(
    "topology.node.max_connections", count, (":infinity",), offer="each supervisor of connections takes"
)
"""`max_connections` of a listener (ninenines.eu/docs/en/ranch/2.1/manual/ranch)."""

PUBSUB = {"Phoenix.PubSub.Redis": "redis"}
"""Adapters of Phoenix.PubSub, by what joins the nodes.

That of its own, `Phoenix.PubSub.PG2`, reaches the nodes that Erlang has connected, if any
(hexdocs.pm/phoenix_pubsub/Phoenix.PubSub.html).
"""

KESTREL: Mapping[str, tuple[Option, ...]] = {"KeepAliveInterval": (Option(INTERVAL, milliseconds),)}
"""WebSocketOptions, learn.microsoft.com/aspnet/core/fundamentals/websockets. TimeSpan."""

KTOR: Mapping[str, tuple[Option, ...]] = {
    "pingPeriod": (Option(INTERVAL, milliseconds, ("null",)),),
    "pingPeriodMillis": (Option(INTERVAL, milliseconds, ("0",)),),
    "timeout": (Option(TIMEOUT, milliseconds),),
    "timeoutMillis": (Option(TIMEOUT, milliseconds),),
    "maxFrameSize": (Option(MAX_MESSAGE, amount, ("Long.MAX_VALUE",)),),
}
"""ktor.io/docs/server-websockets.html. Kotlin durations and milliseconds, bytes."""

ADAPTERS: Mapping[str, tuple[str, str]] = {
    "@socket.io/redis-adapter": ("redis", "redis-adapter"),
    "socket.io-redis": ("redis", "redis-adapter"),
    "@socket.io/redis-streams-adapter": ("redis-streams", "redis-streams-adapter"),
    "@socket.io/mongo-adapter": ("mongodb", "mongo-adapter"),
    "@socket.io/postgres-adapter": ("postgres-notify", "@socket.io/postgres-adapter"),
    "@socket.io/aws-sqs-adapter": ("aws-sqs", "@socket.io/aws-sqs-adapter"),
    "@socket.io/gcp-pubsub-adapter": ("google-pubsub", "@socket.io/gcp-pubsub-adapter"),
    "@socket.io/azure-service-bus-adapter": ("azure-service-bus", "@socket.io/azure-service-bus-adapter"),
    "@hocuspocus/extension-redis": ("redis", "@hocuspocus/extension-redis"),
}
"""Adapters of Socket.IO and Hocuspocus: what joins the nodes, and what the adapter is called in a spec.

The cluster adapter joins the processes of one machine alone, so it is none of them.
"""


class Pulse(NamedTuple):
    """How a library writes the interval of its own heartbeat, and which streams it keeps open."""

    setting: re.Pattern[str]
    kind: str


PULSES = {
    "socket.io": Pulse(re.compile(r"\bpingInterval\b"), "websocket"),
    "python-socketio": Pulse(re.compile(r"\bping_interval\b"), "websocket"),
    "websockets": Pulse(re.compile(r"\bping_interval\b"), "websocket"),
    "sse-starlette": Pulse(re.compile(r"\bping\b"), "sse"),
}
"""Libraries whose server alone sends heartbeats. Of others a client may send some too."""
