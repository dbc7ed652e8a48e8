"""Streams of Server-Sent Events: what programs say of those that they send, and read."""

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
        ("api/views.py", 'return StreamingHttpResponse(parts(), content_type="text/event-stream")'),
        ("api/main.py", 'return StreamingResponse(parts(), media_type="text/event-stream; charset=utf-8")'),
        ("api/events.py", "return Response(\n    parts(),\n    mimetype='text/event-stream',\n)"),
        ("api/views.py", 'reply["Content-Type"] = "text/event-stream"'),
        ("api/stream.js", "reply.setHeader('Content-Type', 'text/event-stream');"),
        ("api/stream.go", 'w.Header().Set("Content-Type", "text/event-stream")'),
        ("api/stream.js", "reply.writeHead(200, {\n  'Content-Type': 'text/event-stream',\n});"),
        ("api/stream.js", 'res.set({ "content-type": "text/event-stream; charset=utf-8" });'),
        ("api/stream.js", "res.type('text/event-stream');"),
        ("api/route.ts", "return new Response(parts, { headers: { 'Content-Type': 'text/event-stream' } });"),
        (
            "api/route.ts",
            "const headers = { 'Content-Type': 'text/event-stream' };\nnew Response(parts, { headers });",
        ),
        ("api/words.ts", "import { streamSSE } from 'hono/streaming';\nreturn streamSSE(c, write);"),
        ("api/words.ts", "import { createSession } from 'better-sse';\nawait createSession(req, res);"),
        ("api/words.js", "const SseChannel = require('sse-channel');\nnew SseChannel({ pingInterval: 1 });"),
        ("api/words.js", "import SSE from 'express-sse';\nexport const words = new SSE([]);"),
        ("api/words.js", "import plugin from 'fastify-sse-v2';\nreply.sse(parts);"),
        ("api/words.ts", "import { createEventStream } from 'h3';\ncreateEventStream(event);"),
        ("api/main.py", "from fastapi.sse import EventSourceResponse\nEventSourceResponse(parts())"),
        (
            "api/main.py",
            "from aiohttp_sse import sse_response\nasync with sse_response(request) as reply: pass",
        ),
        ("api/tasks.py", "from django_eventstream import send_event\nsend_event('room', 'message', {})"),
        ("api/tasks.py", "from flask_sse import sse\nsse.publish({}, type='word')"),
        ("api/views.py", 'return web.StreamResponse(headers={"Content-Type": "text/event-stream"})'),
        ("api/stream.go", 'c.Header("Content-Type", "text/event-stream")'),
        ("api/stream.go", 'c.Response().Header().Set(echo.HeaderContentType, "text/event-stream")'),
        ("api/stream.go", 'c.SSEvent("word", word)'),
        ("api/stream.go", 'import "github.com/r3labs/sse/v2"\nserver := sse.New()'),
        ("api/Words.java", "@GetMapping(path = WORDS, produces = MediaType.TEXT_EVENT_STREAM_VALUE)"),
        ("api/Words.java", '@GetMapping(value = "/words", produces = {"text/event-stream"})'),
        ("api/Words.java", "@Produces(MediaType.SERVER_SENT_EVENTS)"),
        ("api/Words.java", 'response.setContentType("text/event-stream");'),
        ("api/Words.java", "return new SseEmitter(0L);"),
        ("api/Words.kt", "ServerResponse.ok().contentType(MediaType.TEXT_EVENT_STREAM).body(words)"),
        ("api/Words.kt", "import io.ktor.server.sse.SSE\ninstall(SSE)"),
        ("api/Words.cs", 'Response.Headers.Append("Content-Type", "text/event-stream");'),
        ("api/Words.cs", 'Response.ContentType = "text/event-stream";'),
        ("api/Words.cs", 'Response.Headers[HeaderNames.ContentType] = "text/event-stream";'),
        ("api/Words.cs", "return TypedResults.ServerSentEvents(Words(stop));"),
        ("api/Words.cs", 'app.MapServerSentEvents("/words");'),
        ("api/Words.cs", "return HttpContext.StreamSseAsync(backplane, rooms, stop);"),
        ("api/words.php", "header('Content-Type: text/event-stream');"),
        ("api/words.php", "$response->headers->set('Content-Type', 'text/event-stream');"),
        (
            "api/words.php",
            "return new StreamedResponse($words, 200, ['Content-Type' => 'text/event-stream']);",
        ),
        ("api/words.php", "return response()->eventStream(function () { yield 1; });"),
        ("api/words.php", "return new EventStreamResponse(function () { yield 1; });"),
        ("api/words_controller.rb", "response.headers['Content-Type'] = 'text/event-stream'"),
        ("api/words_controller.rb", "include ActionController::Live\nsse = SSE.new(response.stream)"),
        ("api/words.rb", "get '/words', provides: 'text/event-stream' do"),
        (
            "api/chat.controller.ts",
            "import { Get, Sse } from '@nestjs/common';\n@Sse(':id/words')\nwords() {}",
        ),
    ],
)
def test_a_response_that_is_a_stream_of_events_says_the_kind(name: str, text: str) -> None:
    """For that kind alone, as the program may have a WebSocket as well."""
    found = fact(program(text, name), "transport.kind")
    assert (found.value, found.kinds) == ("sse", {"sse"})
    assert fact(program(text, name), "transport.library").is_open


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("api/views.py", 'requests.get(url, headers={"Accept": "text/event-stream"})'),
        ("api/views.py", 'if reply.content_type == "text/event-stream": pass'),
        ("api/views.py", '# media_type="text/event-stream"'),
        ("web/stream.js", "fetch(url, { headers: { 'Content-Type': 'text/event-stream' } });"),
        (
            "web/stream.js",
            "const headers = { 'Content-Type': 'text/event-stream' };\nfetch(url, { headers });",
        ),
        ("web/stream.js", "if (reply.headers['content-type'] === 'text/event-stream') read(reply);"),
        ("api/ask.go", 'req.Header.Set("Content-Type", "text/event-stream")'),
        ("api/Ask.java", '@FeignClient("words")\n@GetMapping(produces = MediaType.TEXT_EVENT_STREAM_VALUE)'),
        ("api/Ask.java", "client.get().accept(MediaType.TEXT_EVENT_STREAM).retrieve();"),
        ("api/Ask.cs", 'request.Headers.Accept.ParseAdd("text/event-stream");'),
        ("api/ask.rb", "request['Accept'] = 'text/event-stream'"),
        ("web/stream.js", "fetch(url, { headers: { Accept: 'text/event-stream' } });"),
        ("web/sse.ts", "import { Sse } from './chat';\n@Sse(':id')\nwords() {}"),
    ],
)
def test_who_asks_for_a_stream_of_events_sends_none(name: str, text: str) -> None:
    """A client names the type as well."""
    assert stations("code", {name: text}) == []


def test_the_pings_of_sse_starlette_are_of_its_streams() -> None:
    """A WebSocket of the same program has its own."""
    text = "from sse_starlette import EventSourceResponse\nreturn EventSourceResponse(parts(), ping=20)"
    found = fact(program(text, "api/main.py"), "transport.heartbeat.interval")
    assert (found.value, found.kinds) == ("20s", {"sse"})


SENDS = "reply.setHeader('Content-Type', 'text/event-stream');"
LIVE = "import { WebSocketServer } from 'ws';\nnew WebSocketServer({ port: 80 });"
SOCKETS = "import { Server } from 'socket.io';\nnew Server(http, { transports: ['websocket'] });"


def kinds(**texts: str) -> list[object]:
    """The kinds that files of one program state, the deciding one first."""
    found = stations("code", {f"server/src/{name}/index.js": text for name, text in texts.items()})
    return [each.value for station in found for each in station.facts if each.field[-1] == "kind"]


def test_a_stream_beside_a_library_of_another_kind_is_open() -> None:
    """Nobody can tell from the program which of both a design is about."""
    assert kinds(words=SENDS, live=LIVE) == kinds(all=LIVE + SENDS) == [None]


def test_a_stream_is_told_after_the_websocket_of_its_program() -> None:
    """Wherever it stands, as the first of two decides."""
    assert kinds(a=SENDS, b=SOCKETS) == kinds(all=f"{SENDS}\n{SOCKETS}") == ["websocket", "sse"]


def test_a_stream_of_another_program_is_stated() -> None:
    """Programs of a repository lie beside each other."""
    texts = {"services/words/stream.js": SENDS, "services/live/server.js": LIVE}
    assert [fixed(each.facts).get("transport.kind") for each in stations("code", texts)] == ["sse", None]


def test_the_backplane_of_statelesse_is_a_redis() -> None:
    """Where the program adds it."""
    text = "using StateleSSE.AspNetCore;\nbuilder.Services.AddRedisSseBackplane(conf => { });"
    assert fixed(program(text, "api/Program.cs").facts) == {"topology.backplane.kind": "redis"}


def test_an_event_source_is_the_client_of_a_stream() -> None:
    """The browser's own."""
    station = program("const live = new EventSource(`${base}/words`);", "web/words.ts")
    found = fact(station, "transport.client_library")
    assert (found.value, found.kinds) == ("eventsource", {"sse"})


def test_an_event_source_beside_another_transport_says_nothing() -> None:
    """Of two transports it is the client of one."""
    texts = {"web/words.ts": "new EventSource('/words');", "server/live.js": LIVE}
    assert [each.line.file for each in stations("code", texts)] == ["server/live.js"]


@pytest.mark.parametrize(
    "text",
    [
        "import io from 'socket.io-client';\nnew EventSource('/words');",
        "new WebSocket('/live');\nnew EventSource('/words');",
        "// new EventSource('/words')",
        "const help = 'new EventSource(url)';",
    ],
)
def test_an_event_source_beside_another_client_says_nothing(text: str) -> None:
    """Which of both is that of a design is not seen; nor does a text or a comment say anything."""
    assert stations("code", {"web/words.ts": text}) == []
