"""The platforms: each file is complete, and every default says where it comes from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, get_args, get_origin

import jsonschema
import pytest
from conftest import ROOT

from rtreview.language import catalogue, spec
from rtreview.language.catalogue import Platform
from rtreview.language.field import Field, Undecided
from rtreview.reviews.reading import Reading
from rtreview.text import document

FILES = sorted((ROOT / "references" / "platforms").glob("*.yaml"))

FIRST_DOZEN = {
    "nginx", "aws-alb", "cloudflare", "haproxy", "socket.io@4", "ws", "signalr", "phoenix", "centrifugo",
    "ably", "pusher", "eventsource",
}  # fmt: skip


NAMES = set(catalogue.names())
SCHEMA = jsonschema.Draft202012Validator(catalogue.json_schema())
KEYS = (
    "id",
    "name",
    "kind",
    "aliases",
    "as_of",
    "traits",
    "defaults",
    "facts",
    "evidence",
    "notes",
    "sources",
)
EXAMPLES = ("entry", "undecided", "line_or_open")
"""Functions that show an example: of the language, and of what is open in a draft."""

SEARCHES = ("startswith", "endswith", "removeprefix", "removesuffix")

NAMED = {
    # The protocols of AsyncAPI, which are words of that language.
    "imported.py": {"ws", "socket.io", "socketio", "mqtt5", "kafka", "nats", "pulsar", "redis"},
    # What the ways out of `validations.md` propose has a name.
    "messages.py": {"redis", "redis-adapter"},
    "recommended.py": {"redis-streams-adapter"},
    # So has what `init` proposes.
    "blueprint.py": {"apns", "fcm", "redis", "redis-streams", "redis-streams-adapter"},
    # What people call the processes of their own.
    "choice.py": {"nginx"},
    "joining.py": {"socketio", "websockets"},
    # What a terminal calls itself.
    "output.py": {"linux"},
}
"""Where a name may stand in Python."""

SOURCE = re.compile(r"https://\S+|[\w.-]+/[\w.-]+:\S+")


def platform(name: str) -> Platform:
    """The platform of that name."""
    found = catalogue.find(name)
    assert found is not None, name
    return found


def leaves(content: Any, at: str = "") -> list[str]:
    """The dotted path of every value."""
    if not isinstance(content, dict):
        return [at]
    return [leaf for key, value in content.items() for leaf in leaves(value, f"{at}.{key}".lstrip("."))]


def test_the_first_dozen_is_there() -> None:
    """The platforms that the first version promises."""
    assert {file.stem for file in FILES} >= FIRST_DOZEN


def test_a_platform_is_named_as_its_file() -> None:
    """So a name in a spec is found without opening any other file."""
    for file in FILES:
        one = platform(file.stem)
        assert one.id == file.stem
        assert list(one.content) == [key for key in KEYS if key in one.content], one.id
        assert set(KEYS) - set(one.content) <= {"traits", "defaults", "evidence", "facts"}, one.id
        assert one.kind in catalogue.KINDS, one.id


@cache
def contents() -> dict[str, Any]:
    """What the file of each platform says, by its id."""
    return {file.stem: document.read(file.read_bytes())[0].content for file in FILES}


def test_a_platform_is_as_the_schema_has_it() -> None:
    """Typed, and in the same form throughout."""
    assert [name for name, content in contents().items() if not SCHEMA.is_valid(content)] == []


def test_every_default_has_evidence() -> None:
    """Each trait, each value that a platform fixes, and each fact has a source and says how sure it is."""
    for name, content in contents().items():
        evidence = content.get("evidence", [])
        assert content["sources"], name
        assert all(SOURCE.fullmatch(source) for source in content["sources"]), content["sources"]
        for one in evidence:
            assert one["confidence"] in {"documented", "secondary", "assumed"}, name
            assert SOURCE.fullmatch(one["source"]), one["source"]
        prefixes = [f"{one['of']}." for one in evidence]
        known = {"facts": content.get("facts", {}), "traits": dict.fromkeys(content.get("traits", ()))}
        for leaf in [*leaves(content.get("defaults", {})), *leaves(known)]:
            assert any(f"{leaf}.".startswith(prefix) for prefix in prefixes), f"{name}: {leaf}"


def test_every_alias_finds_its_platform() -> None:
    """Aliases stand on one line, as the search for them reads it."""
    for file in FILES:
        one = platform(file.stem)
        assert all(platform(str(alias)) is one for alias in one.content.get("aliases", [])), one.id


def test_names_are_unique() -> None:
    """No two platforms have a name in common."""
    names = catalogue.names()
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["", "../nginx", "no-such-thing", "a" * 100, "nginx\0"])
def test_a_name_that_is_no_platform_finds_nothing(name: str) -> None:
    """Also where it would lead out of the folder."""
    assert catalogue.find(name) is None


def test_capitals_and_blanks_do_not_matter() -> None:
    """` NGINX ` is nginx."""
    assert platform(" NGINX ").id == "nginx"


def test_a_library_may_be_named_as_its_repository_is() -> None:
    """People write what stands in their imports."""
    assert catalogue.find("gorilla/websocket") == catalogue.find("gorilla-websocket") is not None
    assert catalogue.find("acme/websocket") is None


def test_a_default_knows_how_sure_it_is() -> None:
    """The longest prefix in the evidence counts; without one the default is assumed."""
    origin = platform("socket.io@4").origin(("transport", "library"))
    assert origin(("transport", "heartbeat", "interval")).confidence == "documented"
    assert origin(("somewhere", "else")).confidence == "assumed"


def test_an_alias_opens_no_other_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hot path reads the files that a spec names, and the index."""
    opened: list[str] = []
    read = document.read
    monkeypatch.setattr(document, "read", lambda source: opened.append("") or read(source))
    catalogue._read.cache_clear()
    assert platform("application-load-balancer").id == "aws-alb"
    assert len(opened) == 1


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("socket.io@4", "heartbeat.interval", "25 s"),
        ("socket.io@4", "reconnect.jitter", "50 %"),
        ("socket.io@4", "reconnect.cap", "5 s"),
        ("phoenix", "reconnect.jitter", "none"),
        ("signalr", "reconnect.max_attempts", "4"),
        ("centrifugo", "reconnect.jitter", "full"),
    ],
)
def test_defaults_that_designs_rest_on(name: str, path: str, value: str) -> None:
    """Figures that the sources state, as a design sees them."""
    section, field = path.split(".")
    assert str(getattr(getattr(platform(name).defaults.transport, section), field)) == value


@cache
def language() -> set[str]:
    """The words of specs and of the catalogue itself: the names of fields, and the values to choose from."""
    words = set(catalogue.KINDS)

    def choices(kind: Any) -> None:
        words.update(map(str, get_args(kind)) if get_origin(kind) is Literal else ())
        for inner in get_args(kind):
            choices(inner)

    for section in vars(spec).values():
        words.update(getattr(section, "KEYS", {}))
        for kind, _ in getattr(section, "ENTRIES", {}).values():
            choices(kind)
    return words


def told_apart_by_name(tree: ast.AST) -> Iterator[str]:
    """The names of platforms in literals that are no sentences, and no examples for a person.

    Also the beginnings of names that a text is searched for.
    """
    names = NAMES - language()
    nodes = list(ast.walk(tree))
    prose = {node.value for node in nodes if isinstance(node, ast.Expr)}
    examples = {
        inner
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in EXAMPLES
        for argument in node.args
        for inner in ast.walk(argument)
    }
    skipped = prose | examples
    for node in nodes:
        text = node.value if isinstance(node, ast.Constant) and node not in skipped else None
        if isinstance(text, str) and not re.search(r"\s", text):
            yield from names.intersection(re.split("[=,:]", text.lower()))
        sought: list[ast.AST] = []
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            sought = [node.left]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SEARCHES:
            sought = [inner for argument in node.args for inner in ast.walk(argument)]
        for one in sought:
            part = one.value if isinstance(one, ast.Constant) else None
            if isinstance(part, str) and len(part) > 3 and part not in language():
                yield from (name for name in names if name.startswith(part.lower()))


@pytest.mark.slow
def test_no_rule_knows_a_platform_by_its_name() -> None:
    """What is known of one stands in its file; the exceptions are words of others, and what is proposed.

    The readers of deployment files know by their names what they read.
    """
    readers = ROOT / "rtreview" / "evidence" / "readers"
    found = {
        (file.name, name)
        for file in sorted((ROOT / "rtreview").rglob("*.py"))
        if not file.is_relative_to(readers)
        for name in told_apart_by_name(ast.parse(file.read_text("utf-8")))
    }
    assert found == {(file, name) for file, names in NAMED.items() for name in names}


@pytest.mark.parametrize(
    "code",
    [
        'OWN = ("signalr", "phoenix")',
        'library.content == "Kafka"',
        'setting("kind=redis")',
        'name.startswith(("centrifug", "x"))',
        '"sharedb" in f"{sync.library}"',
        'KINDS = {"grpc": "grpc-stream"}',
    ],
)
def test_a_name_in_a_rule_is_found(code: str) -> None:
    """In a tuple, a comparison, a setting, a search and a table."""
    assert list(told_apart_by_name(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        'clients.has("browser")',
        'transport.kind == "websocket"',
        '"""nginx"""',
        'entry("What it is.", "redis")',
        'undecided(at, ["cloudflare", "nginx"], "which proxies lie between.")',
        'said = "a name such as socket.io, ws or phoenix"',
    ],
)
def test_words_of_the_language_and_examples_are_no_names(code: str) -> None:
    """A value of a field, a docstring, an example in the language or a draft, and a sentence."""
    assert not list(told_apart_by_name(ast.parse(code)))


def test_a_trait_is_known_to_somebody_and_has_a_meaning() -> None:
    """A trait that no platform has answers no question."""
    had = {trait for one in catalogue.load() for trait in one.content.get("traits", ())}
    assert had == set(catalogue.TRAITS) == set(get_args(catalogue.Trait))
    assert all(said.endswith(".") for said in catalogue.TRAITS.values())


def test_a_platform_has_the_traits_of_its_file() -> None:
    """Those that it lacks are as surely not there as it is known."""
    assert platform("socketio").has("socket-io")
    assert platform("@socket.io/redis-adapter").has("loses-sessions")
    assert not platform("ws").has("own-protocol")


def test_nobody_guesses_what_an_unknown_platform_does() -> None:
    """A name that the catalogue does not have leaves a rule undecided; no name is no platform."""
    found = catalogue.known(Field("nginx"))
    assert found is not None
    assert found.id == "nginx"
    assert catalogue.known(Field()) is None
    with pytest.raises(Undecided, match="it would need knowledge of what `edge-of-acme` does"):
        catalogue.known(Field("edge-of-acme"))


def test_versions_are_told_apart() -> None:
    """Where behaviour changed, each version has its file, and the bare name is the newest."""
    assert platform("socket.io").id == "socket.io@4"
    assert platform("socket.io@2").id == "socket.io@2"
    assert platform("graphql-ws@2").id != platform("graphql-ws").id


def test_what_a_platform_fixes_for_a_field_is_what_a_design_has_that_names_it() -> None:
    """By the kind of transport, where a hop differs between them."""
    text = "rtreview: 1\ntransport: {kind: websocket, library: socket.io@4, path: [cloudflare]}\n"
    design = Reading.of(document.read(text.encode())[0]).design
    assert design is not None
    transport = design.connections[0].transport
    (interval,) = platform("socket.io@4").fixed(("transport", "heartbeat", "interval"))
    assert interval == ("", platform("socket.io@4").defaults.transport.heartbeat.interval)
    assert interval[1].content == transport.heartbeat.interval.content
    by_kind = dict(platform("cloudflare").fixed(("transport", "path", "idle_timeout")))
    (hop,) = transport.path
    assert by_kind[""].content == hop.idle_timeout.content
    assert {"sse", "long-polling"} <= by_kind.keys()
    assert list(platform("cloudflare").fixed(("dependencies", "*", "calls"))) == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Azure Application Gateway", "azure-application-gateway"),
        ("ASP.NET Core SignalR", "signalr"),
        ("Phoenix Channels", "phoenix"),
        ("Firebase Cloud Messaging (FCM)", "fcm"),
        ("Apple Push Notification Service", "apns"),
        ("Redis Pub/Sub", "redis"),
        ("AWS_ALB", "aws-alb"),
        ("@microsoft/signalr", "signalr"),
        ("mobile-network", "cellular-nat"),
        ("mobile", "cellular-nat"),
        ("LTE", "cellular-nat"),
        ("Cellular network", "cellular-nat"),
    ],
)
def test_a_platform_is_found_as_people_write_its_name(name: str, meant: str) -> None:
    """Its title, with spaces and capitals, with what stands in parentheses, or its package."""
    assert platform(name).id == meant


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        # The framework of old has other timers: it is not the same.
        ("ASP.NET SignalR", "signalr"),
        ("aspnet-signalr", "signalr"),
        ("SignalR 8", "signalr"),
        ("jetty@11.0.15", "jetty"),
        ("Socket.IO v4.7", "socket.io@4"),
        ("Azure App Gatway", "azure-application-gateway"),
    ],
)
def test_what_comes_close_to_a_platform_is_suggested_by_its_id(name: str, meant: str) -> None:
    """A slip, a version that the catalogue does not tell apart, and a relative that may be another thing."""
    assert catalogue.find(name) is None
    assert catalogue.suggestion(name) == f": did you mean `{meant}`?"


@pytest.mark.parametrize(
    "name",
    ["", "foobar-lib", "own", "edge-of-acme", "Load balancer", "rabbitmq", "rpc", "libwebsockets", "(ours)"],
)
def test_what_comes_close_to_nothing_is_not_suggested(name: str) -> None:
    """A team uses what the catalogue does not have."""
    assert catalogue.suggestion(name) == ""
