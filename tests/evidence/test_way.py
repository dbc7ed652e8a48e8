"""The way of a message, from what is published inward."""

from __future__ import annotations

from dataclasses import replace

from rtreview.evidence.choice import ways
from rtreview.evidence.deployment import Fact, Line, Route, Station
from rtreview.evidence.way import LONGEST

LIBRARY = ("transport", "library")


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
