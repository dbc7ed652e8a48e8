"""Frameworks that take WebSockets by a call of their own, and leave pings and limits to the server below.

Which server that is the call does not say, so that the library is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rtreview.evidence.deployment import DEFAULT, UNLESS, UPGRADED, Fact
from rtreview.evidence.readers.programs.languages import CSHARP, GO, JAVASCRIPT, JVM, PHP, PYTHON, RUBY
from rtreview.evidence.readers.programs.libraries import WEBSOCKET, Call
from rtreview.evidence.readers.programs.source import Source

CALLS = (
    # fastapi.tiangolo.com/advanced/websockets, starlette.dev/websockets
    Call(PYTHON, (".websocket", ".add_api_websocket_route"), needs="fastapi", carries=WEBSOCKET),
    Call(PYTHON, ("WebSocketRoute",), needs="starlette", carries=WEBSOCKET),
    # quart.palletsprojects.com/en/latest/how_to_guides/websockets.html
    Call(PYTHON, (".websocket",), needs="quart", carries=WEBSOCKET),
    # sanic.dev/en/guide/advanced/websockets
    Call(PYTHON, (".websocket",), needs="sanic", carries=WEBSOCKET),
    # docs.litestar.dev/latest/usage/websockets.html, flask-sock.readthedocs.io
    Call(PYTHON, ("websocket", "websocket_listener"), needs="litestar", carries=WEBSOCKET),
    Call(PYTHON, ("Sock",), needs="flask_sock", carries=WEBSOCKET),
    # jakarta.ee/specifications/websocket
    Call(JVM, ("ServerEndpoint",), needs="websocket.server", carries=WEBSOCKET),
    # quarkus.io/guides/websockets-next-reference, docs.micronaut.io/latest/guide/#websocketServer
    Call(JVM, ("WebSocket",), needs="io.quarkus.websockets.next", carries=WEBSOCKET),
    Call(JVM, ("ServerWebSocket",), needs="io.micronaut.websocket", carries=WEBSOCKET),
    # docs.spring.io/spring-framework/reference/web/webflux-websocket.html
    Call(JVM, ("WebSocketHandlerAdapter",), needs="web.reactive.socket", carries=WEBSOCKET),
    # learn.microsoft.com/aspnet/core/fundamentals/websockets
    Call(CSHARP, (".AcceptWebSocketAsync",), carries=WEBSOCKET),
    # pkg.go.dev: github.com/gobwas/ws, github.com/gofiber/contrib/websocket, golang.org/x/net/websocket
    Call(GO, ("ws.UpgradeHTTP",), needs="gobwas/ws", carries=WEBSOCKET),
    Call(GO, ("websocket.New",), needs="gofiber", carries=WEBSOCKET),
    Call(GO, ("websocket.Handler",), needs="golang.org/x/net/websocket", carries=WEBSOCKET),
    # hono.dev/docs/helpers/websocket, developers.cloudflare.com/workers/runtime-apis/websockets
    Call(JAVASCRIPT, ("upgradeWebSocket",), needs="hono", carries=WEBSOCKET),
    Call(JAVASCRIPT, ("WebSocketPair",), carries=WEBSOCKET),
    # theturtle32/WebSocket-Node:docs/WebSocketServer.md
    Call(JAVASCRIPT, ("server", ".server"), module="websocket", carries=WEBSOCKET),
    # ratchetphp/Ratchet:README.md, wiki.swoole.com/en/#/websocket_server
    Call(PHP, ("WsServer",), needs="Ratchet", carries=WEBSOCKET),
    Call(PHP, ("Server",), needs="Swoole\\WebSocket\\Server", carries=WEBSOCKET),
)  # fmt: skip
"""Calls, and annotations that are written as such."""

CABLE = f"{DEFAULT}Rails, {UNLESS}AnyCable serves its channels"

_CHANNEL = re.compile(
    r"^[ \t]{0,40}class\s{1,9}[\w:]{1,80}\s{0,9}<\s{0,9}ApplicationCable::Channel\b", re.MULTILINE
)


def channels(source: Source) -> Iterator[Fact]:
    """A channel of Action Cable (guides.rubyonrails.org/action_cable_overview.html)."""
    found = _CHANNEL.search(source.bones) if source.file.path.suffix in RUBY else None
    if found is not None:
        line = source.line(found.start())
        yield Fact(("transport", "library"), "actioncable", line, CABLE)
        yield Fact(("transport", "kind"), WEBSOCKET, line, kinds=UPGRADED)
