"""Streams of Server-Sent Events: the responses of a program that are one, and who reads such a stream.

A response says it by its type, which a request may name as well: the call that the type stands in decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, takewhile

from rtreview.evidence.deployment import Fact, Line, Station
from rtreview.evidence.readers.programs.imports import PYTHON as PYTHON_IMPORTS
from rtreview.evidence.readers.programs.languages import (
    CSHARP,
    EVENTS,
    GO,
    JAVASCRIPT,
    JVM,
    PHP,
    PYTHON,
    RUBY,
)
from rtreview.evidence.readers.programs.libraries import KIND, SSE, WEBSOCKET, Call
from rtreview.evidence.readers.programs.source import MOST_CALLS, Source

ALONE = frozenset({SSE})

CLIENT = "eventsource"

FRAMEWORKS = ("fastapi", "starlette")
"""Frameworks of Python whose `StreamingResponse` sends such a stream, the outer one first."""

LIBRARIES = frozenset({"sse-starlette", *FRAMEWORKS})
"""Libraries that say of themselves that such a stream is sent, and of no other."""

DEEPEST = 4
"""Brackets around a type that are looked at."""

CALLS = (
    # docs.nestjs.com/techniques/server-sent-events
    Call(JAVASCRIPT, ("Sse",), module="@nestjs/common", carries=SSE),
    # hono.dev/docs/helpers/streaming
    Call(JAVASCRIPT, ("streamSSE",), module="hono/streaming", carries=SSE),
    # h3.dev/guide/websocket, mpetrunic/fastify-sse-v2:README.md
    Call(JAVASCRIPT, ("createEventStream",), module="h3", carries=SSE),
    Call(JAVASCRIPT, (".sse",), needs="fastify-sse-v2", carries=SSE),
    # MatthewWid/better-sse:docs/api.md
    Call(JAVASCRIPT, ("createSession", "createResponse"), module="better-sse", carries=SSE),
    # rexxars/sse-channel:README.md, dpskvn/express-sse:README.md
    Call(JAVASCRIPT, ("",), module="sse-channel", carries=SSE),
    Call(JAVASCRIPT, ("",), module="express-sse", carries=SSE),
    # fastapi.tiangolo.com/tutorial/server-sent-events, sysid/sse-starlette:README.md
    Call(PYTHON, ("EventSourceResponse",), needs="fastapi.sse", carries=SSE),
    Call(PYTHON, ("EventSourceResponse",), needs="sse_starlette", carries=SSE),
    # aio-libs/aiohttp-sse:README.rst, fanout/django-eventstream:README.md
    Call(PYTHON, ("sse_response",), needs="aiohttp_sse", carries=SSE),
    Call(PYTHON, ("send_event",), needs="django_eventstream", carries=SSE),
    # singingwolfboy/flask-sse:README.rst
    Call(PYTHON, ("sse.publish",), needs="flask_sse", carries=SSE),
    # learn.microsoft.com/aspnet/core/fundamentals/minimal-apis/responses
    Call(CSHARP, ("TypedResults.ServerSentEvents", "Results.ServerSentEvents"), carries=SSE),
    # tpeczek/Lib.AspNetCore.ServerSentEvents:README.md
    Call(CSHARP, (".MapServerSentEvents",), carries=SSE),
    # nuget.org/packages/StateleSSE.AspNetCore
    Call(CSHARP, (".StreamSseAsync",), carries=SSE),
    Call(CSHARP, (".AddRedisSseBackplane",), needs="StateleSSE", fixes=((KIND, "redis"),)),
    # docs.spring.io/spring-framework/reference/web/webmvc/mvc-ann-async.html#mvc-ann-async-sse
    Call(JVM, ("SseEmitter",), carries=SSE),
    # pkg.go.dev/github.com/gin-gonic/gin#Context.SSEvent, pkg.go.dev/github.com/r3labs/sse/v2
    Call(GO, (".SSEvent",), carries=SSE),
    Call(GO, ("sse.New",), needs="r3labs/sse", carries=SSE),
    # laravel.com/docs/12.x/responses#event-streams
    Call(PHP, ("EventStreamResponse",), carries=SSE),
    # api.rubyonrails.org/classes/ActionController/Live/SSE.html
    Call(RUBY, ("SSE.new",), needs="ActionController::Live", carries=SSE),
)  # fmt: skip
"""Calls of libraries and frameworks."""

SOURCES = frozenset({"src", "lib", "app", "server", "api", "backend", "source", "pkg", "internal"})
"""Folders that hold a program, so that what lies in several folders below is of that one."""

ANSWERS = frozenset(
    {
        *("setheader", "writehead", "header", "headers", "set", "add", "append", "addheader", "status"),
        *("putheader", "add_header", "setcontenttype", "contenttype", "content_type", "type", "eventstream"),
    }
)
"""What is called to say the type of a response; so is all whose name ends with `Response`."""

_STATED = re.compile(
    rf"""(?<![\w$])(?:Header)?(?:[cC]ontent[-_]?[tT]ype|media_?[tT]ype|mimetype)["']?(?P<sign>\s{{0,9}}(?:,|:|=>|\]?\s{{0,9}}=(?!=)))"""
    rf"""\s{{0,99}}["']{EVENTS}\b"""
)
_CALLED = re.compile(
    rf"""(?:\.type|[sS]et_?[cC]ontent_?[tT]ype|\.[cC]ontentType)\s{{0,9}}\(\s{{0,9}}(?:["']{EVENTS}|MediaType\.TEXT_EVENT_STREAM)\b"""
    rf"""|(?<![\w$])(?:content_type\s{{1,9}}|provides:\s{{0,9}})["']{EVENTS}\b"""
    rf"""|(?<![\w$])header\s{{0,9}}\(\s{{0,9}}["'][cC]ontent-[tT]ype:\s{{0,9}}{EVENTS}\b"""
)
_PRODUCED = re.compile(
    rf"""(?:\bproduces\s{{0,9}}=|@Produces\s{{0,9}}\()[\s{{\[]{{0,9}}(?:"{EVENTS}"|(?:\w{{1,40}}\.)?(?:TEXT_EVENT_STREAM(?:_VALUE)?|SERVER_SENT_EVENTS)\b)"""
)
_ASKS = ("@FeignClient", "@HttpExchange", "@RegisterRestClient")
"""Marks of an interface of the JVM that describes the server of others."""

_INSTALLED = re.compile(r"\binstall\s{0,9}\(\s{0,9}SSE\s{0,9}\)")
_RETURNS = re.compile(r"->\s{0,99}eventStream\s{0,9}\(")
_CALLEE = re.compile(r"(?<![\w$])([\w$]{1,60}+)\s{0,9}+(?:<[\w., ]{0,40}+>)?\s{0,9}+\Z")
_OF_A_REQUEST = re.compile(
    r"""(?<![\w$])(?:\$?\w{0,20}[rR]equest|req|r)(?:\s{0,9}(?:\.|->)\s{0,9}\w{1,30}){0,2}\s{0,9}(?:[.(\[]|->)?\s{0,9}["']?\Z"""
)
_NAMED = re.compile(r"(?<![\w$])([A-Za-z_$][\w$]{0,60}+)\s{0,9}+(?::[^=\n]{0,80}+)?=\s{0,9}+\Z")
_READS = re.compile(r"(?<![\w$.])new\s{1,9}(?:window\.)?EventSource\s{0,9}\(")
_CLIENTS = re.compile(
    r"""["'](?:socket\.io-client|centrifuge|@microsoft/signalr|phoenix|pusher-js|laravel-echo|@rails/actioncable"""
    r"""|@stomp/stompjs|ably|reconnecting-websocket|partysocket|graphql-ws)["']|(?<![\w$.])new\s{1,9}WebSocket\s{0,9}\("""
)


def carries(kind: str, line: Line) -> Iterator[Fact]:
    """What a stream or a WebSocket says of the program: that it has one, and not by what."""
    what = "sends a stream of events" if kind == SSE else "takes WebSockets"
    yield Fact(("transport", "kind"), kind, line, kinds=frozenset({kind}))
    yield Fact(("transport", "library"), None, line, f"the program {what}")


def sent(source: Source) -> Iterator[Fact]:
    """The first response of a program that is a stream of events by its type."""
    places = [found.start() for found in (*_called(source), *_stated(source))]
    if places:
        kind, library = carries(SSE, source.line(min(places)))
        yield kind
        yield _of_a_framework(source) or library


def _of_a_framework(source: Source) -> Fact | None:
    """What sends the stream in Python, where its own response does (starlette.dev/responses)."""
    name = next((each for each in FRAMEWORKS if PYTHON_IMPORTS.imports(source.text, each)), "")
    for bracket in source.calls("StreamingResponse") if name and source.file.path.suffix in PYTHON else ():
        for stated in source.settings(bracket):
            if stated.key == "media_type" and EVENTS in stated.value:
                return Fact(("transport", "library"), name, source.line(stated.at))
    return None


def read(source: Source) -> Iterator[Fact]:
    """The `EventSource` of a browser, where the file has no other client (html.spec.whatwg.org)."""
    found = _READS.search(source.bones)
    if found is not None and not _CLIENTS.search(source.text):
        line = source.line(found.start())
        yield Fact(("transport", "client_library"), CLIENT, line, kinds=ALONE)


def beside_others(stations: Sequence[Station]) -> Iterator[Station]:
    """Source files, with what they say of streams of events where another transport is here too.

    A program that says that it has WebSockets says that first, as the first of two kinds decides. Where it
    only has a library of another kind, nobody can tell which of both a design is about. And the client of a
    stream is not known to be that of the design.
    """
    others = [station for station in stations if any(map(_is_other, station.facts))]
    last: list[Station] = []
    for station in stations:
        beside = [each for each in others if is_one_program(each.inside, station.inside)]
        is_stated = any(fact.value == WEBSOCKET for each in beside for fact in each.facts)
        facts = station.facts if is_stated or not beside else tuple(map(_left_open, station.facts))
        facts = tuple(fact for fact in facts if not (others and _is_of_the_client(fact)))
        if any(fact.value == SSE for fact in facts) and beside:
            last.append(replace(station, facts=tuple(sorted(facts, key=lambda fact: fact.value == SSE))))
        elif facts or not station.facts:
            yield replace(station, facts=facts)
    yield from last


def _is_other(fact: Fact) -> bool:
    """Whether it says that a program holds connections of another kind."""
    is_library = fact.field == ("transport", "library") and not fact.is_open
    return fact.value == WEBSOCKET or (is_library and fact.value not in LIBRARIES)


def _is_of_the_client(fact: Fact) -> bool:
    """Whether it says what the client of a stream of events is, or how that comes back."""
    return fact.value == CLIENT or (fact.field[:2] == ("transport", "reconnect") and fact.kinds == ALONE)


def _left_open(fact: Fact) -> Fact:
    if fact.field != ("transport", "kind") or fact.value != SSE:
        return fact
    return fact._replace(value=None, decided_by="a response is a stream of events, beside another transport")


def is_one_program(folder: str, other: str) -> bool:
    """Whether two folders are of one program: one holds the other, or a folder of sources holds both."""
    own, its = (path.strip("/").split("/") if path != "/" else [] for path in (folder, other))
    common = [part for part, _ in takewhile(lambda pair: pair[0] == pair[1], zip(own, its, strict=False))]
    return len(common) == min(len(own), len(its)) or (bool(common) and common[-1] in SOURCES)


def _called(source: Source) -> Iterator[re.Match[str]]:
    """Where a call or an annotation is for such a type, or for nothing else."""
    yield from islice(_CALLED.finditer(source.text), 1)
    suffix = source.file.path.suffix
    if suffix in JVM:
        if not any(mark in source.text for mark in _ASKS):
            yield from islice(_PRODUCED.finditer(source.text), 1)
        if "io.ktor.server.sse" in source.text:
            yield from islice(_INSTALLED.finditer(source.bones), 1)
    elif suffix in PHP:
        yield from islice(_RETURNS.finditer(source.bones), 1)


def _stated(source: Source) -> Iterator[re.Match[str]]:
    """Where the type is that of a response: an argument or an attribute of it, or an entry of its headers."""
    for found in islice(_STATED.finditer(source.text), MOST_CALLS):
        if _OF_A_REQUEST.search(source.text[max(0, found.start() - 150) : found.start()]):
            continue
        if ("=" in found["sign"] and "=>" not in found["sign"]) or _is_answer(source, found.start()):
            yield found


def _is_answer(source: Source, at: int) -> bool:
    """Whether the call around a place is that of a response; headers may have a name."""
    bracket = source.around(at)
    for _ in range(DEEPEST):
        if bracket is None:
            return False
        before = source.bones[max(0, bracket - 150) : bracket]
        callee = _CALLEE.search(before) if source.bones[bracket] == "(" else None
        if callee is not None:
            return callee[1].lower() in ANSWERS or callee[1].lower().endswith("response")
        if named := _NAMED.search(before):
            return _answers_with(source, named[1])
        bracket = source.around(bracket - 1) if bracket else None
    return False


def _answers_with(source: Source, name: str) -> bool:
    """Whether headers of that name are given to a response."""
    used = re.compile(
        rf"(?:\w{{0,40}}Response|writeHead|\.set|\.headers?)\s{{0,9}}\([^;]{{0,300}}?(?<![\w$.]){re.escape(name)}(?![\w$])"
    )
    return used.search(source.bones) is not None
