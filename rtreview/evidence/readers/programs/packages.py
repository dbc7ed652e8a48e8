"""Packages that have to do with live connections, and what each says of the program that depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rtreview.text.place import SpecPath

LIBRARY: SpecPath = ("transport", "library")
CLIENT: SpecPath = ("transport", "client_library")
SERVICE: SpecPath = ("transport", "service")
SYNC: SpecPath = ("sync", "library")
BACKPLANE: SpecPath = ("topology", "backplane", "adapter")


class Package(NamedTuple):
    """What a dependency says.

    Attributes:
        field: the field that it fixes.
        name: what the catalogue calls it, or its own name; with `@` at its end, where the major version
            belongs to the name.
        unless: packages beside which it says nothing, as it comes with them.
        majors: the major versions of what it brings, by its own, where they differ.
        is_open: whether only the code tells if it is used, and at which end.
        module: what programs import of it; its name on the registry, where that is the same.

    """

    field: SpecPath
    name: str
    unless: frozenset[str] = frozenset()
    majors: Mapping[int, int] = {}
    is_open: bool = False
    module: str = ""


_OVER_WS = frozenset(
    {
        *("socket.io", "@nestjs/platform-socket.io", "graphql-ws", "y-websocket", "@hocuspocus/server"),
        *("sharedb", "colyseus", "@colyseus/core", "@colyseus/ws-transport", "uWebSockets.js"),
        "@deepstream/server",
        # Clients that take it, since Node.js had no WebSocket of its own.
        *("socket.io-client", "centrifuge", "reconnecting-websocket", "partysocket", "isomorphic-ws"),
        *("pusher-js", "@supabase/supabase-js", "@supabase/realtime-js", "ably", "mqtt"),
        *("@microsoft/signalr", "ethers", "viem", "puppeteer", "playwright"),
    }
)
_CARRIED = frozenset({"ws", "@hocuspocus/server", "y-websocket", "graphql-ws", "sharedb"})
"""Servers that take the sockets which a framework has opened."""

_OVER_WEBSOCKETS = frozenset(
    {
        *("fastapi", "starlette", "uvicorn", "sanic", "channels", "daphne", "python-socketio"),
        *("flask-socketio", "quart", "litestar", "gradio", "streamlit", "web3", "supabase", "realtime"),
        *("discord-py", "ccxt"),
    }
)

NPM: Mapping[str, Package] = {
    "socket.io": Package(LIBRARY, "socket.io@"),
    # Since version 8 it brings Socket.IO 4 (docs.nestjs.com/migration-guide).
    "@nestjs/platform-socket.io": Package(
        LIBRARY, "socket.io@", frozenset({"socket.io"}), {6: 2, 7: 2, **dict.fromkeys(range(8, 13), 4)}
    ),
    # sails-hook-sockets brings the Socket.IO of that version (github.com/balderdashy/sails-hook-sockets).
    "sails-hook-sockets": Package(LIBRARY, "socket.io@", frozenset({"socket.io"}), {2: 2, 3: 4}),
    "@nestjs/platform-ws": Package(LIBRARY, "ws"),
    "ws": Package(LIBRARY, "ws", _OVER_WS, is_open=True),
    "@fastify/websocket": Package(LIBRARY, "ws", _CARRIED),
    "express-ws": Package(LIBRARY, "ws", _CARRIED),
    "uWebSockets.js": Package(LIBRARY, "uwebsockets"),
    "graphql-ws": Package(LIBRARY, "graphql-ws@"),
    "@hocuspocus/server": Package(LIBRARY, "hocuspocus"),
    "@hocuspocus/provider": Package(CLIENT, "hocuspocus"),
    "sockette": Package(CLIENT, "sockette@"),
    "y-websocket": Package(LIBRARY, "y-websocket"),
    "yjs": Package(SYNC, "yjs"),
    "@automerge/automerge": Package(SYNC, "automerge"),
    "@automerge/automerge-repo": Package(SYNC, "automerge-repo"),
    "loro-crdt": Package(SYNC, "loro"),
    "sharedb": Package(SYNC, "sharedb"),
    "colyseus": Package(LIBRARY, "colyseus"),
    "@colyseus/core": Package(LIBRARY, "colyseus", frozenset({"colyseus"})),
    "@deepstream/server": Package(LIBRARY, "deepstream"),
    "socket.io-client": Package(CLIENT, "socket.io@"),
    "@microsoft/signalr": Package(CLIENT, "signalr"),
    "phoenix": Package(CLIENT, "phoenix"),
    "centrifuge": Package(CLIENT, "centrifuge-js"),
    "reconnecting-websocket": Package(CLIENT, "reconnecting-websocket"),
    "partysocket": Package(CLIENT, "partysocket"),
    "colyseus.js": Package(CLIENT, "colyseus"),
    "pusher-js": Package(CLIENT, "pusher-js"),
    "@rails/actioncable": Package(CLIENT, "actioncable"),
    "@anycable/web": Package(CLIENT, "@anycable/web@"),
    "@stomp/stompjs": Package(CLIENT, "@stomp/stompjs@"),
    "sockjs-client": Package(CLIENT, "sockjs-client@", frozenset({"@stomp/stompjs"})),
    # Streams of Server-Sent Events.
    "better-sse": Package(LIBRARY, "better-sse@"),
    "sse-channel": Package(LIBRARY, "sse-channel@"),
    "express-sse": Package(LIBRARY, "express-sse@"),
    "fastify-sse-v2": Package(LIBRARY, "fastify-sse-v2@"),
    "ably": Package(SERVICE, "ably"),
    "pubnub": Package(SERVICE, "pubnub"),
    "@liveblocks/client": Package(SERVICE, "liveblocks"),
    "@azure/web-pubsub": Package(SERVICE, "azure-web-pubsub"),
    "@hocuspocus/extension-redis": Package(BACKPLANE, "@hocuspocus/extension-redis", is_open=True),
    "@socket.io/redis-adapter": Package(BACKPLANE, "redis-adapter", is_open=True),
    "socket.io-redis": Package(BACKPLANE, "redis-adapter", is_open=True),
    "@socket.io/redis-streams-adapter": Package(BACKPLANE, "redis-streams-adapter", is_open=True),
    "@socket.io/mongo-adapter": Package(BACKPLANE, "mongo-adapter", is_open=True),
    "@socket.io/postgres-adapter": Package(BACKPLANE, "@socket.io/postgres-adapter", is_open=True),
    "@socket.io/azure-service-bus-adapter": Package(
        BACKPLANE, "@socket.io/azure-service-bus-adapter", is_open=True
    ),
}

PYPI: Mapping[str, Package] = {
    "channels": Package(LIBRARY, "django-channels", is_open=True),
    "python-socketio": Package(LIBRARY, "python-socketio", frozenset({"flask-socketio"}), module="socketio"),
    "flask-socketio": Package(LIBRARY, "python-socketio", module="flask_socketio"),
    "sse-starlette": Package(LIBRARY, "sse-starlette", module="sse_starlette"),
    "aiohttp-sse": Package(LIBRARY, "aiohttp-sse", module="aiohttp_sse"),
    "django-eventstream": Package(LIBRARY, "django-eventstream@", module="django_eventstream"),
    "flask-sse": Package(LIBRARY, "flask-sse@", module="flask_sse"),
    "websockets": Package(LIBRARY, "websockets", _OVER_WEBSOCKETS, is_open=True),
    "channels-redis": Package(BACKPLANE, "channels_redis", is_open=True),
    "ably": Package(SERVICE, "ably"),
    "pusher": Package(SERVICE, "pusher"),
}

HEX: Mapping[str, Package] = {
    "phoenix": Package(LIBRARY, "phoenix"),
    "phoenix_live_view": Package(CLIENT, "phoenix-liveview", is_open=True),
    "phoenix_pubsub_redis": Package(BACKPLANE, "phoenix_pubsub_redis", is_open=True),
}

GEMS: Mapping[str, Package] = {
    "actioncable": Package(LIBRARY, "actioncable"),
    "anycable-rails": Package(LIBRARY, "anycable"),
    "solid_cable": Package(BACKPLANE, "solid_cable", is_open=True),
}

GO: Mapping[str, Package] = {
    "github.com/gorilla/websocket": Package(LIBRARY, "gorilla-websocket", is_open=True),
    "github.com/olahol/melody": Package(
        LIBRARY, "gorilla-websocket", frozenset({"github.com/gorilla/websocket"})
    ),
    "github.com/coder/websocket": Package(LIBRARY, "coder-websocket", is_open=True),
    "nhooyr.io/websocket": Package(LIBRARY, "coder-websocket", is_open=True),
    "github.com/lxzan/gws": Package(LIBRARY, "gws@", is_open=True),
    "github.com/centrifugal/centrifuge": Package(LIBRARY, "centrifuge"),
    "github.com/nats-io/nats.go": Package(BACKPLANE, "nats", is_open=True),
}

NUGET: Mapping[str, Package] = {
    "Microsoft.AspNetCore.SignalR": Package(LIBRARY, "signalr"),
    # Both ends of a connection speak it.
    "Microsoft.AspNetCore.SignalR.Protocols.MessagePack": Package(
        LIBRARY, "signalr", frozenset({"Microsoft.AspNetCore.SignalR.Client"})
    ),
    "Microsoft.AspNetCore.SignalR.Client": Package(CLIENT, "signalr"),
    "Microsoft.AspNetCore.SignalR.StackExchangeRedis": Package(BACKPLANE, "redis", is_open=True),
    "Microsoft.Azure.SignalR": Package(SERVICE, "azure-signalr"),
    "Lib.AspNetCore.ServerSentEvents": Package(LIBRARY, "Lib.AspNetCore.ServerSentEvents@"),
    "StateleSSE.AspNetCore": Package(LIBRARY, "StateleSSE.AspNetCore@"),
}

MAVEN: Mapping[str, Package] = {
    "spring-boot-starter-websocket": Package(LIBRARY, "spring-websocket"),
    "spring-websocket": Package(LIBRARY, "spring-websocket"),
    "ktor-server-websockets": Package(LIBRARY, "ktor"),
    "ktor-server-websockets-jvm": Package(LIBRARY, "ktor"),
    "jetty-websocket-jetty-server": Package(LIBRARY, "jetty"),
    "quarkus-websockets-next": Package(LIBRARY, "quarkus-websockets-next"),
    "micronaut-websocket": Package(LIBRARY, "micronaut-websocket"),
    # Clients on Android (socketio.github.io/socket.io-client-java, github.com/centrifugal/centrifuge-java)
    "socket.io-client": Package(CLIENT, "socket.io-client-java@"),
    "centrifuge-java": Package(CLIENT, "centrifuge-java@"),
}

GATEWAYS = frozenset(
    {
        *("http-proxy", "http-proxy-middleware", "http-proxy-3", "express-http-proxy", "@fastify/http-proxy"),
        *("Yarp.ReverseProxy", "Ocelot", "spring-cloud-starter-gateway"),
        *("spring-cloud-starter-gateway-server-webflux", "spring-cloud-starter-gateway-server-webmvc"),
    }
)
"""Packages by which a program passes on what it is asked, whatever the registry."""

COMPOSER: Mapping[str, Package] = {"laravel/reverb": Package(LIBRARY, "reverb")}

_OVER_CHANNELS = frozenset(
    {"centrifuge", "phoenix_socket", "stomp_dart_client", "signalr_netcore", "supabase_flutter"}
)
"""Clients that take it, and those of services."""

PUB: Mapping[str, Package] = {
    "socket_io_client": Package(CLIENT, "socket_io_client@"),
    "web_socket_channel": Package(CLIENT, "web_socket_channel@", _OVER_CHANNELS),
    "centrifuge": Package(CLIENT, "centrifuge-dart@"),
    "phoenix_socket": Package(CLIENT, "phoenix_socket@"),
    "signalr_netcore": Package(CLIENT, "signalr_netcore@"),
    "stomp_dart_client": Package(CLIENT, "stomp_dart_client@"),
    "pusher_channels_flutter": Package(CLIENT, "pusher_channels_flutter@"),
}
"""Packages of Dart and Flutter (pub.dev)."""

PODS: Mapping[str, Package] = {
    "Socket.IO-Client-Swift": Package(CLIENT, "socket.io-client-swift@"),
    "Starscream": Package(CLIENT, "starscream@", frozenset({"Socket.IO-Client-Swift"})),
    "SwiftCentrifuge": Package(CLIENT, "centrifuge-swift@"),
    "SwiftPhoenixClient": Package(CLIENT, "swift-phoenix-client@"),
    "PusherSwift": Package(CLIENT, "pusher-websocket-swift@"),
}
"""Pods of iOS (cocoapods.org)."""

SWIFT: Mapping[str, Package] = {
    "socket.io-client-swift": Package(CLIENT, "socket.io-client-swift@"),
    "Starscream": Package(CLIENT, "starscream@", frozenset({"socket.io-client-swift"})),
    "centrifuge-swift": Package(CLIENT, "centrifuge-swift@"),
    "SwiftPhoenixClient": Package(CLIENT, "swift-phoenix-client@"),
    "pusher-websocket-swift": Package(CLIENT, "pusher-websocket-swift@"),
}
"""Packages of Swift, by the names of their repositories (swiftpackageindex.com)."""
