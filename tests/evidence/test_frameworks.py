"""Frameworks that take WebSockets, and leave open by what server."""

from __future__ import annotations

import pytest
from deployments import fact, fixed, only, stations

from rtreview.evidence.deployment import Station


def program(text: str, name: str) -> Station:
    """What is said of the process by one file."""
    return only("code", {name: text})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("api/main.py", 'from fastapi import FastAPI\n@app.websocket("/live")\nasync def live(ws): ...'),
        ("api/main.py", 'import fastapi\napp.add_api_websocket_route("/live", live)'),
        ("api/main.py", 'from starlette.routing import WebSocketRoute\nWebSocketRoute("/live", live)'),
        ("api/main.py", 'from quart import Quart\n@app.websocket("/live")\nasync def live(): ...'),
        ("api/main.py", 'from sanic import Sanic\n@app.websocket("/live")\nasync def live(request, ws): ...'),
        ("api/main.py", 'from litestar import websocket\n@websocket("/live")\nasync def live(socket): ...'),
        ("api/main.py", "from flask_sock import Sock\nsock = Sock(app)"),
        ("api/Live.java", 'import jakarta.websocket.server.ServerEndpoint;\n@ServerEndpoint("/live")'),
        ("api/Live.java", 'import io.quarkus.websockets.next.WebSocket;\n@WebSocket(path = "/live")'),
        (
            "api/Live.kt",
            'import io.micronaut.websocket.annotation.ServerWebSocket\n@ServerWebSocket("/live")',
        ),
        (
            "api/Live.java",
            "import org.springframework.web.reactive.socket.server.support.WebSocketHandlerAdapter;\n"
            "return new WebSocketHandlerAdapter();",
        ),
        ("api/Live.cs", "using var socket = await context.WebSockets.AcceptWebSocketAsync();"),
        ("api/live.go", 'import "github.com/gobwas/ws"\nconn, _, _, err := ws.UpgradeHTTP(r, w)'),
        (
            "api/live.go",
            'import "github.com/gofiber/contrib/websocket"\napp.Get("/live", websocket.New(live))',
        ),
        ("api/live.go", 'import "golang.org/x/net/websocket"\nhttp.Handle("/live", websocket.Handler(live))'),
        (
            "api/live.ts",
            "import { upgradeWebSocket } from 'hono/deno';\napp.get('/', upgradeWebSocket(live));",
        ),
        ("api/live.ts", "const [client, server] = Object.values(new WebSocketPair());"),
        ("api/live.js", "const Server = require('websocket').server;\nnew Server({ httpServer });"),
        ("api/live.php", "use Ratchet\\WebSocket\\WsServer;\nnew HttpServer(new WsServer(new Live()));"),
        ("api/live.php", "use Swoole\\WebSocket\\Server;\n$server = new Server('0.0.0.0', 80);"),
    ],
)
def test_a_framework_says_the_kind_and_not_the_library(name: str, text: str) -> None:
    """A server below it decides on pings and limits."""
    station = program(text, name)
    found = fact(station, "transport.kind")
    assert (found.value, found.kinds) == ("websocket", {"websocket"})
    library = fact(station, "transport.library")
    assert (library.value, library.decided_by) == (None, "the program takes WebSockets")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("api/ask.py", "import fastapi\nwith client.websocket_connect('/live') as socket: ..."),
        ("api/ask.py", "import quart\n# @app.websocket('/live')"),
        ("api/Ask.java", "import java.net.http.WebSocket;\nclient.newWebSocketBuilder();"),
        ("api/Ask.cs", "await new ClientWebSocket().ConnectAsync(address, stop);"),
        ("web/ask.js", "const Client = require('websocket').client;\nnew Client();"),
        ("web/ask.js", "io(url, { transports: ['websocket'] });"),
        ("app/channels/application_cable/channel.rb", "class Channel < ActionCable::Channel::Base\nend"),
    ],
)
def test_a_client_takes_no_websocket(name: str, text: str) -> None:
    """Nor does what a framework writes into each new program."""
    assert stations("code", {name: text}) == []


def test_a_channel_of_rails_is_one_of_action_cable() -> None:
    """Its own, and not the one that all are made from."""
    text = (
        "# of a room\nclass RoomChannel < ApplicationCable::Channel\n  def receive(line) = speak(line)\nend"
    )
    station = program(text, "app/channels/room_channel.rb")
    assert fixed(station.facts) == {"transport.library": "actioncable", "transport.kind": "websocket"}
    assert fact(station, "transport.library").is_default  # as a gem may bring another server


@pytest.mark.parametrize("name", ["ws_urlpatterns", "websocket_urlpatterns", "websocket_routes"])
def test_routes_of_channels_have_the_names_that_people_give_them(name: str) -> None:
    """As far as these say what they are of."""
    text = f'{name} = [path("live/", Live.as_asgi())]'
    assert fixed(program(text, "live/routing.py").facts) == {
        "transport.library": "django-channels",
        "transport.kind": "websocket",
    }
