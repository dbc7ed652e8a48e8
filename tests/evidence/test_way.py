"""The way of a message, from what is published inward."""

from __future__ import annotations

from dataclasses import replace

import pytest
from deployments import gathered

from rtreview.evidence.choice import follow
from rtreview.evidence.deployment import Fact, Line, Route, Station
from rtreview.evidence.network import LONGEST
from rtreview.evidence.way import MOST_ASKED, Way

LIBRARY = ("transport", "library")


def ways(stations: list[Station]) -> tuple[Way, ...]:
    """The ways through some stations."""
    return follow(stations).ways


def line(file: str, number: int = 1) -> Line:
    """A line of a file."""
    return Line(file, number, "something")


def proxy(name: str, *targets: str, prefix: str = "/", published: bool = False, **also: object) -> Station:
    """A proxy that others call by a name, or that has none, with one route."""
    route = Route(prefix, line(f"{name}.conf", 2), targets=targets, carries=also.pop("carries", frozenset()))
    at = line(f"{name}.conf")
    names = frozenset({name}) if also.pop("is_named", True) else frozenset()
    return Station(at, "nginx", names, routes=(route,), entrance=at if published else None, **also)


def server(name: str, *, folder: str = "", published: bool = False) -> Station:
    """A process that others call by a name, built from a folder."""
    at = line("docker-compose.yml", len(name))
    paths = frozenset({folder}) if folder else frozenset()
    return Station(at, names=frozenset({name}), paths=paths, entrance=at if published else None)


def program(folder: str, library: str = "socket.io@4") -> Station:
    """What a manifest says of the program in a folder."""
    at = line(f"{folder}package.json")
    return Station(at, paths=frozenset({folder}), facts=(Fact(LIBRARY, library, at),))


def test_it_leads_through_all_hops_to_the_process() -> None:
    """By the names that stations call each other."""
    (way,) = ways([proxy("edge", "inner", published=True), proxy("inner", "chat"), server("chat")])
    assert way.hops == ("nginx", "nginx")
    assert way.process is not None
    assert way.process.names == {"chat"}


def test_what_another_entrance_leads_to_is_no_beginning() -> None:
    """A port of a server that is published for debugging is not how clients come."""
    (way,) = ways([proxy("edge", "chat", published=True), server("chat", published=True)])
    assert way.hops == ("nginx",)


def test_a_name_that_nothing_has_is_asked_for() -> None:
    """With the line of the route."""
    (way,) = ways([proxy("edge", "chat", published=True)])
    assert (way.process, way.lost) == (None, "chat")
    assert any("chat" in question.text for question in way.questions)


def test_what_stands_before_the_first_hop_is_always_asked() -> None:
    """A CDN is in no file of the repository."""
    (way,) = ways([proxy("edge", "chat", published=True), server("chat")])
    assert "before nginx" in next(way.questions).text


def test_the_program_of_its_folder_runs_in_a_process() -> None:
    """Not the one of another folder."""
    stations = [server("chat", folder="chat/", published=True), program("chat/"), program("mail/", "ws")]
    (way,) = ways(stations)
    assert [fact.value for fact in way.facts] == ["socket.io@4"]


def test_of_two_programs_nobody_guesses_which_one_runs() -> None:
    """Where neither folder nor name says it, it is asked."""
    (way,) = ways([server("backend", published=True), program("chat/"), program("mail/", "ws")])
    assert way.facts == ()
    asked = [question.text for question in way.questions if question.about == "transport.library"]
    assert asked == ["socket.io@4 is here: does backend run it?", "ws is here: does backend run it?"]


def test_the_only_program_runs_in_the_only_process() -> None:
    """An image has no folder."""
    (way,) = ways([server("backend", published=True), program("chat/")])
    assert [fact.value for fact in way.facts] == ["socket.io@4"]


def test_of_processes_from_one_folder_nobody_guesses_which_one_runs_it() -> None:
    """A web server and a mailer are built from one; a worker that nobody reaches is none of them."""
    web, worker = server("web", folder="/", published=True), server("worker", folder="/")
    assert [way.called for way in ways([web, worker, program("/")])] == ["web (socket.io@4)"]
    both = [web, server("mail", folder="/", published=True), program("/")]
    (way,) = ways(both)
    assert (way.facts, way.process) == ((), None)
    assert [each.text for each in way.questions][1:] == [
        "socket.io@4 is here: which of web and mail runs it?"
    ]


def test_what_a_stream_leads_to_runs_the_program() -> None:
    """The route of the pages leads to another process from the same folder."""
    at = line("nginx.conf")
    routes = (
        Route("/", at, targets=("pages",)),
        Route("/ws", at, targets=("chat",), carries=frozenset({"websocket"})),
    )
    edge = Station(at, "nginx", names=frozenset({"edge"}), routes=routes, entrance=at)
    stations = [edge, server("pages", folder="/"), server("chat", folder="/"), program("/")]
    assert [way.called for way in ways(stations)] == ["chat (socket.io@4)"]


def test_a_configuration_is_of_the_station_that_mounts_it() -> None:
    """Then the proxy has the name by which others call it."""
    mounted = Station(
        line("compose.yml"), names=frozenset({"web"}), paths=frozenset({"nginx.conf"}), entrance=line("c")
    )
    described = proxy("nginx", "chat", paths=frozenset({"nginx.conf"}), is_named=False)
    (way,) = ways([mounted, described, server("chat")])
    assert (way.hops, way.line.file) == (("nginx",), "c")


def test_of_the_routes_to_one_process_those_count_that_are_made_for_a_stream() -> None:
    """The pages beside it travel otherwise."""
    at = line("nginx.conf")
    routes = (
        Route("/", at, targets=("chat",)),
        Route("/ws", at, targets=("chat",), carries=frozenset({"websocket"})),
    )
    edge = Station(at, "nginx", routes=routes, entrance=at)
    assert [way.prefix for way in ways([edge, server("chat")])] == ["/ws"]


def test_facts_of_another_kind_of_transport_say_nothing() -> None:
    """Buffering does not hold back a WebSocket."""
    at = line("nginx.conf")
    facts = (Fact(("buffering",), True, at, kinds=frozenset({"sse"})), Fact(("idle_timeout",), "60s", at))
    route = Route("/ws", at, facts, ("chat",), frozenset({"websocket"}))
    (way,) = ways([Station(at, "nginx", routes=(route,), entrance=at), server("chat")])
    assert [fact.field for fact in way.facts] == [("transport", "path", 0, "idle_timeout")]


def test_proxies_that_lead_to_each_other_end_somewhere() -> None:
    """Also where they are many."""
    (way,) = ways([proxy("a", "b", published=True), proxy("b", "c"), proxy("c", "b")])
    assert len(way.hops) <= LONGEST


def test_a_header_of_the_program_stops_the_buffering_of_hops_that_obey_it() -> None:
    """Which the catalogue knows."""
    at = line("server/app.py")
    asks = Fact(("transport", "path", "buffering"), False, at, kinds=frozenset({"sse"}))
    by_default = Fact(("buffering",), True, line("nginx.conf"), "default of nginx", frozenset({"sse"}))
    for platform, buffers in (("nginx", False), ("haproxy", True)):
        route = Route("/", at, (by_default,), ("chat",))
        chat = replace(server("chat"), facts=(asks,))
        (way,) = ways([Station(at, platform, routes=(route,), entrance=at), chat])
        assert [fact.value for fact in way.facts] == [buffers]


def test_two_proxies_before_one_process_are_two_ways() -> None:
    """Though a file beside the compose file describes one of them, and though they say the same."""
    chat = replace(server("chat"), facts=program("/").facts, is_of_one_machine=True)
    labelled = replace(proxy("edge", "chat", published=True), platform="traefik", is_of_one_machine=True)
    beside = replace(proxy("beside", "chat", is_named=False), platform="haproxy")
    assert {way.hops for way in ways([labelled, beside, chat])} == {("traefik",), ("haproxy",)}


def test_a_route_of_an_entrance_without_a_name_tells_which_process_is_reached() -> None:
    """An Ingress has none."""
    ingress = proxy("ingress", "chat", published=True, is_named=False)
    stations = [ingress, server("chat", folder="/"), server("worker", folder="/"), program("/")]
    assert [way.called for way in ways(stations)] == ["chat (socket.io@4)"]


def test_of_two_processes_of_one_name_the_one_that_is_built_from_the_folder_runs_the_program() -> None:
    """The other is an image, in another project."""
    built = replace(server("chat", folder="apps/chat/", published=True), line=line("compose.yaml"))
    image = replace(server("chat", published=True), line=line("other/compose.yaml"))
    called = {way.line.file: way.called for way in ways([built, image, program("apps/chat/")])}
    assert called == {"docker-compose.yml": "chat (socket.io@4)"}


def test_an_entrance_to_which_another_leads_is_set_aside_with_the_reason() -> None:
    """Nobody has to wonder why its port is not told."""
    (aside,) = follow([proxy("edge", "chat", published=True), server("chat", published=True)]).set_aside
    assert (aside.line, aside.reason) == (line("docker-compose.yml", 4), "edge.conf leads there")


def test_an_entrance_without_a_stream_is_set_aside_where_another_has_one() -> None:
    """It is told in which file, and why."""
    stations = [
        proxy("edge", "chat", published=True, carries=frozenset({"websocket"})),
        proxy("shop", "cart", published=True),
    ]
    (aside,) = follow(stations).set_aside
    assert (aside.line.file, aside.reason) == ("shop.conf", "nothing says that a stream comes this way")


def test_an_entrance_that_leads_the_same_way_is_set_aside() -> None:
    """What two of them say alike is told of one."""
    stations = [
        replace(proxy("edge", "chat", published=True), line=line("a.conf"), entrance=line("a.conf")),
        replace(proxy("edge", "chat", published=True), line=line("b.conf"), entrance=line("b.conf")),
        server("chat"),
    ]
    followed = follow(stations)
    assert [way.line.file for way in followed.ways] == ["a.conf"]
    assert [tuple(aside) for aside in followed.set_aside] == [(line("b.conf"), "a.conf leads the same way")]


def test_what_is_told_is_not_set_aside() -> None:
    """An entrance of which one route has a stream and the other has none."""
    stream = Route("/ws", line("edge.conf", 2), targets=("chat",), carries=frozenset({"websocket"}))
    other = Route("/", line("edge.conf", 3), targets=("chat",))
    edge = replace(proxy("edge", published=True), routes=(stream, other))
    assert follow([edge, server("chat")]).set_aside == ()


@pytest.mark.parametrize(
    "prefix",
    [
        "/healthz",
        "/health",
        "= /ready",
        "~ ^/metrics$",
        "/api/health/",
        "/readyz",
        "/livez",
        "/health-check*",
    ],
)
def test_a_route_of_probes_is_no_way_of_a_stream(prefix: str) -> None:
    """Though what runs behind it holds connections."""
    stations = [proxy("edge", "chat", prefix=prefix, published=True), server("chat"), program("chat/")]
    followed = follow(stations)
    assert followed.ways == ()
    assert followed.set_aside[0].reason == "its path is one of probes"
    also = Route("/live", line("edge.conf", 3), targets=("chat",))
    stations[0] = replace(stations[0], routes=(*stations[0].routes, also))
    assert [way.prefix for way in ways(stations)] == ["/live"]


@pytest.mark.parametrize("prefix", ["/healthz/stream", "/wealth", "/health-records", "/"])
def test_a_path_that_only_looks_like_one_of_probes_is_a_way(prefix: str) -> None:
    """A part of its name is not all of it."""
    stations = [proxy("edge", "chat", prefix=prefix, published=True), server("chat"), program("chat/")]
    assert [way.prefix for way in ways(stations)] == [prefix]


def test_a_route_of_probes_that_carries_a_stream_by_a_stated_fact_is_a_way() -> None:
    """Figures may be pushed."""
    edge = proxy("edge", "chat", prefix="/metrics", published=True, carries=frozenset({"websocket"}))
    assert [way.prefix for way in ways([edge, server("chat")])] == ["/metrics"]


def test_programs_beyond_those_that_are_asked_about_are_counted() -> None:
    """None of them is left out without a word."""
    programs = [program(f"part-{number}/", f"library-{number}") for number in range(MOST_ASKED + 2)]
    (way,) = ways([server("backend", published=True), *programs])
    asked = [question.text for question in way.questions if question.about == "transport.library"]
    assert len(asked) == MOST_ASKED + 1
    assert asked[-1] == "2 more such programs are here: does backend run one of them?"


EVENTS_ONLY = """
    from fastapi.responses import StreamingResponse
    def feed():
        return StreamingResponse(news(), media_type="text/event-stream")
"""
UPGRADING = """
    server {
        listen 80;
        location /%s {
            proxy_pass http://feed:8000;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_buffering off;
        }
    }
"""
FEED = """
    services:
      feed: {build: ./feed}
      edge: {image: nginx, ports: ["80:80"], volumes: ["./site.conf:/etc/nginx/conf.d/site.conf"]}
"""


@pytest.mark.parametrize(("path", "carried"), [("news", {"sse"}), ("ws", {"websocket"})])
def test_a_proxy_that_passes_upgrades_on_makes_no_websocket_of_a_stream_of_events(
    path: str, carried: set[str]
) -> None:
    """So what it fixes for the stream of events stays, unless its path is called after WebSockets."""
    files = {"compose.yml": FEED, "site.conf": UPGRADING % path, "feed/feed.py": EVENTS_ONLY}
    (way,) = gathered(files).ways
    assert way.carries == carried
    buffering = [fact.value for fact in way.facts if fact.field[-1] == "buffering"]
    assert buffering == ([False] if carried == {"sse"} else [])


def test_a_tunnel_of_a_cdn_that_is_in_the_files_is_asked_about_by_its_place() -> None:
    """It may lead to what is published, and nobody can tell."""
    tunnel = "services: {tunnel: {image: 'cloudflare/cloudflared:2026.1'}}"
    served = "services: {feed: {build: ./feed, ports: ['80:8000']}}"
    files = {"compose.yml": served, "tunnel/compose.yml": tunnel, "feed/feed.py": EVENTS_ONLY}
    (way,) = gathered(files).ways
    asked = [each.text for each in way.questions if each.about == "transport.path"]
    assert asked == ["What stands before the server: cloudflare, as in tunnel/compose.yml:1?"]
    (alone,) = gathered({name: text for name, text in files.items() if text is not tunnel}).ways
    assert "No file here would show it" in next(iter(alone.questions)).text


@pytest.mark.parametrize(
    ("place", "entrance"),
    [
        ("./edge/live.conf", "compose.yml"),
        ("${EDGE_CONF}", "compose.yml"),
        ("./edge/production.conf", "edge/live.conf"),
    ],
)
def test_a_proxy_that_mounts_a_file_which_is_not_here_has_no_other_configuration(
    place: str, entrance: str
) -> None:
    """Where a variable says which file it is, the only one that is here is meant."""
    (way,) = gathered(
        {
            "compose.yml": f"""
                services:
                  edge: {{image: nginx, ports: ["80:80"], volumes: ["{place}:/etc/nginx/nginx.conf:ro"]}}
                  chat: {{build: ./chat}}
            """,
            "edge/live.conf": "http { server { listen 80; location /ws { proxy_pass http://chat:3000; } } }",
            "chat/package.json": '{"dependencies": {"socket.io": "^4.7.0"}}',
        }
    ).ways
    assert (way.called, way.line.file) == ("chat (socket.io@4)", entrance)


CLIENT = """
    import {{ io }} from "socket.io-client";
    io(at, {{ {} }});
"""
BOTH = {
    "compose.yml": """
        services:
          chat: {build: ./chat, ports: ["80:80"]}
          pages: {build: ./pages}
    """,
    "chat/package.json": '{"dependencies": {"socket.io": "^4.7.0"}}',
    "pages/package.json": '{"dependencies": {"socket.io-client": "^4.7.0"}}',
}


def of_client(options: str, **others: str) -> dict[str, object]:
    """What is fixed of the transport on the way to a chat, by the options of its client."""
    (way,) = gathered({**BOTH, "pages/live.js": CLIENT.format(options), **others}).ways
    return {
        ".".join(map(str, fact.field[1:])): fact.value for fact in way.facts if fact.field[0] == "transport"
    }


def test_a_client_says_how_it_comes_back_and_what_it_asks_for() -> None:
    """The server takes what it asks for, where it says nothing else."""
    options = "transports: ['websocket'], reconnectionDelay: 2000, reconnectionDelayMax: 20_000"
    assert of_client(options) == {
        "library": "socket.io@4",
        "client_library": "socket.io@4",
        "kind": "websocket",
        "fallback": "none",
        "reconnect.base": "2s",
        "reconnect.cap": "20s",
    }


def test_what_a_server_says_of_its_transports_goes_before_what_a_client_asks_for() -> None:
    """It grants no other."""
    server = 'import { Server } from "socket.io";\nnew Server(http, { transports: ["polling"] });'
    said = of_client("transports: ['websocket']", **{"chat/main.js": server})
    assert said["kind"] == "long-polling"


def test_what_clients_set_in_two_ways_is_not_told() -> None:
    """One page waits longer than the other, and only one of them says for how long it tries."""
    other = CLIENT.format("reconnectionDelay: 9000, timeout: 4000")
    said = of_client("reconnectionDelay: 2000", **{"pages/more.js": other})
    assert not {"reconnect.base", "reconnect.connect_timeout"} & said.keys()


@pytest.mark.parametrize(
    ("folder", "line"), [("sdk", "pages/package.json"), ("pages2", "pages/package.json")]
)
def test_of_several_clients_the_one_that_is_deployed_is_meant(folder: str, line: str) -> None:
    """Others are for those who write clients of their own."""
    others = {
        f"{folder}/package.json": '{"dependencies": {"socket.io-client": "^2.0.0"}}',
        f"{folder}/live.js": CLIENT.format(""),
    }
    (way,) = gathered({**BOTH, "pages/live.js": CLIENT.format(""), **others}).ways
    named = [fact.line.file for fact in way.facts if fact.field == ("transport", "client_library")]
    assert named == [line]
