"""What the manifests of packages say of the libraries of a program."""

from __future__ import annotations

import json

import pytest
from deployments import fact, file, fixed, read_as_spec, stations

from rtreview.evidence.readers.programs import manifests, packages
from rtreview.language import catalogue

OPEN_NAMES = {
    *("partysocket", "anycable"),
    *("@anycable/web", "sockjs-client", "sockette"),
    *("better-sse", "sse-channel", "express-sse", "fastify-sse-v2", "django-eventstream", "flask-sse"),
    *("Lib.AspNetCore.ServerSentEvents", "StateleSSE.AspNetCore"),
    *("quarkus-websockets-next", "micronaut-websocket"),
    *("socket.io-client-java", "centrifuge-java"),
    *("socket_io_client", "web_socket_channel", "centrifuge-dart", "phoenix_socket", "signalr_netcore"),
    *("stomp_dart_client", "pusher_channels_flutter"),
    *("socket.io-client-swift", "starscream", "centrifuge-swift", "swift-phoenix-client"),
    "pusher-websocket-swift",
}
"""What is stated by its own name, as the catalogue does not have it."""


def facts(name: str, text: str, **others: str) -> dict[str, object]:
    """The fields that a manifest states, beside other files."""
    found = [each for each in stations("manifests", {name: text, **others}) if each.line.file == name]
    return fixed(found[0].facts) if found else {}


def package(**dependencies: str) -> str:
    """A `package.json` with dependencies."""
    return json.dumps({"name": "chat", "dependencies": dependencies}, indent="\t")


@pytest.mark.parametrize(
    ("range_", "library"),
    [
        ("^4.7.2", "socket.io@4"),
        ("~4.7", "socket.io@4"),
        ("4.x", "socket.io@4"),
        ("4.0.0-rc.1", "socket.io@4"),
        (">=4.0.0 <5", "socket.io@4"),
        ("^2.5.0", "socket.io@2"),
        ("*", "socket.io"),
        ("latest", "socket.io"),
        (">=4", "socket.io"),
        ("^4 || ^2", "socket.io"),
        ("^1.7.0", None),
    ],
)
def test_a_major_version_is_stated_where_the_range_allows_no_other(range_: str, library: str | None) -> None:
    """One that the catalogue does not have is open, as its name alone means the newest."""
    assert facts("package.json", package(**{"socket.io": range_})) == {"transport.library": library}


@pytest.mark.parametrize(
    ("lock", "text"),
    [
        ("package-lock.json", '{"packages": {"node_modules/socket.io": {\n  "version": "2.5.0"}}}'),
        ("package-lock.json", '{"dependencies": {"socket.io": {\n  "version": "2.5.0"}}}'),
        ("yarn.lock", '\nsocket.io@*:\n  version "2.5.0"\n'),
        ("pnpm-lock.yaml", "packages:\n\n  socket.io@2.5.0:\n    resolution: {}\n"),
    ],
)
def test_a_lock_file_decides_the_version(lock: str, text: str) -> None:
    """The nearest one, beside the manifest or above it."""
    manifest = package(**{"socket.io": "*"})
    assert facts("server/package.json", manifest, **{lock: text}) == {"transport.library": "socket.io@2"}
    assert facts("package.json", manifest, **{f"other/{lock}": text}) == {"transport.library": "socket.io"}


@pytest.mark.parametrize(
    ("name", "text", "lock", "locked", "stated"),
    [
        (
            "requirements.txt", "flask-sse", "poetry.lock",
            '[[package]]\nname = "flask-sse"\nversion = "1.0.0"\n', "flask-sse@1",
        ),
        (
            "pyproject.toml", '[project]\ndependencies = ["django-eventstream"]', "uv.lock",
            '[[package]]\nname = "django-eventstream"\nversion = "5.3.1"\n', "django-eventstream@5",
        ),
        (
            "Words.csproj", '<PackageReference Include="StateleSSE.AspNetCore" />', "packages.lock.json",
            '"StateleSSE.AspNetCore": {\n"type": "Direct",\n"requested": "[3.0.0, )",\n"resolved": "3.0.0"}',
            "StateleSSE.AspNetCore@3",
        ),
        (
            "pubspec.yaml", "dependencies:\n  socket_io_client: any", "pubspec.lock",
            'packages:\n  socket_io_client:\n    dependency: "direct main"\n    version: "3.1.2"\n',
            "socket_io_client@3",
        ),
        (
            "Podfile", "pod 'Starscream'", "Podfile.lock", "PODS:\n  - Starscream (4.0.8)\n", "starscream@4",
        ),
    ],
)  # fmt: skip
def test_each_manager_has_a_lock_file_of_its_own(
    name: str, text: str, lock: str, locked: str, stated: str
) -> None:
    """Which decides where the manifest leaves the version open."""
    assert facts(name, text, **{lock: locked}) in (
        {"transport.library": stated},
        {"transport.client_library": stated},
    )
    assert facts(name, text, **{lock: locked}) != facts(name, text)


def test_a_client_that_is_no_page_says_nothing_beside_one() -> None:
    """A design names one client."""
    phone = {"phone/pubspec.yaml": "dependencies:\n  socket_io_client: ^2.0.3\n"}
    page = {"web/package.json": package(**{"socket.io-client": "^4.0.0"})}
    assert [each.paths for each in stations("manifests", phone | page)] == [{"web/"}]


def test_a_dependency_stands_at_its_own_line() -> None:
    """So that a person finds it."""
    (station,) = stations("manifests", {"server/package.json": package(express="4", **{"socket.io": "^4"})})
    found = fact(station, "transport.library")
    assert (found.line.number, found.line.text) == (5, '"socket.io": "^4"')
    assert station.paths == {"server/"}


def test_what_only_developers_need_does_not_count() -> None:
    """Nor what a package expects others to have."""
    for key in ("devDependencies", "peerDependencies", "optionalDependencies"):
        assert facts("package.json", json.dumps({key: {"socket.io": "^4.0.0"}})) == {}


def test_an_adapter_is_open_until_code_makes_it() -> None:
    """A dependency is not a use."""
    (station,) = stations("manifests", {"package.json": package(**{"@socket.io/redis-adapter": "^8.0.0"})})
    found = fact(station, "topology.backplane.adapter")
    assert found.is_open
    assert found.decided_by.startswith("@socket.io/redis-adapter is a dependency")


def test_what_serves_and_calls_alike_is_open() -> None:
    """`ws` is a server, a client or a part of others; beside those it says nothing at all."""
    assert facts("package.json", package(ws="^8.0.0")) == {"transport.library": None}
    assert facts("package.json", package(ws="^8.0.0", **{"socket.io": "^4.0.0"})) == {
        "transport.library": "socket.io@4"
    }
    assert facts("requirements.txt", "websockets==12.0") == {"transport.library": None}
    assert facts("requirements.txt", "fastapi\nwebsockets==12.0") == {}


def test_both_ends_are_stated_where_a_manifest_has_both() -> None:
    """Though they are of the same library."""
    assert facts("web/package.json", package(**{"socket.io-client": "^4.0.0"})) == {
        "transport.client_library": "socket.io@4"
    }
    both = package(**{"socket.io": "^4.0.0", "socket.io-client": "^4.1.0"})
    assert facts("package.json", both) == {
        "transport.library": "socket.io@4",
        "transport.client_library": "socket.io@4",
    }


@pytest.mark.parametrize(
    ("package_", "version", "client"),
    [
        ("sockette", "^2.0.6", "sockette@2"),
        ("sockette", ">=1", "sockette"),
        ("sockjs-client", "1.6.1", "sockjs-client@1"),
        ("@anycable/web", "^0.9.0", "@anycable/web"),
        ("@anycable/web", "^1.2.0", "@anycable/web@1"),
    ],
)
def test_a_client_that_the_catalogue_lacks_is_called_by_its_version(
    package_: str, version: str, client: str
) -> None:
    """Where the range allows no other; below 1 it says nothing."""
    assert facts("package.json", package(**{package_: version})) == {"transport.client_library": client}


def test_sockjs_beside_stomp_only_carries_it() -> None:
    """The client is the one that speaks the protocol."""
    both = package(**{"@stomp/stompjs": "^7.0.0", "sockjs-client": "^1.6.0"})
    assert facts("package.json", both) == {"transport.client_library": "stompjs"}


def test_what_opens_sockets_for_a_server_is_not_its_library() -> None:
    """Alone it is `ws`."""
    assert facts("package.json", package(**{"express-ws": "^5.0.0"})) == {"transport.library": "ws"}
    assert facts("package.json", package(**{"express-ws": "^5.0.0", "@hocuspocus/server": "^3.0.0"})) == {
        "transport.library": "hocuspocus"
    }


def test_liveview_is_asked_for() -> None:
    """Each new application has it, used or not."""
    found = facts("mix.exs", '[{:phoenix, "~> 1.7"}, {:phoenix_live_view, "~> 1.0"}]')
    assert found == {"transport.library": "phoenix", "transport.client_library": None}


def test_nest_brings_a_socket_io_of_its_own_version() -> None:
    """Since version 8 it is that of version 4."""
    for version, library in (("^10.0.0", "socket.io@4"), ("^7.0.0", "socket.io@2")):
        assert facts("package.json", package(**{"@nestjs/platform-socket.io": version})) == {
            "transport.library": library
        }


def test_sails_brings_a_socket_io_of_its_own_version() -> None:
    """The hook has the version that decides."""
    assert facts("package.json", package(**{"sails-hook-sockets": "^3.0.0"})) == {
        "transport.library": "socket.io@4"
    }
    assert facts("package.json", package(**{"sails-hook-sockets": "^2.0.0"})) == {
        "transport.library": "socket.io@2"
    }


def test_each_folder_of_a_monorepo_is_a_program() -> None:
    """With its own manifest."""
    files = {
        "package.json": package(turbo="^2.0.0"),
        "apps/api/package.json": package(**{"socket.io": "^4.0.0"}),
        "apps/web/package.json": package(**{"socket.io-client": "^4.0.0"}),
    }
    assert [station.paths for station in stations("manifests", files)] == [{"apps/api/"}, {"apps/web/"}]


@pytest.mark.parametrize(
    ("name", "text", "stated"),
    [
        ("requirements.txt", "Flask_SocketIO>=5 # live\n", {"transport.library": "python-socketio"}),
        (
            "requirements/base.in",
            "channels[daphne]\nchannels-redis\n",
            {"transport.library": None, "topology.backplane.adapter": None},
        ),
        (
            "pyproject.toml",
            '[project]\nname = "a"\ndependencies = [\n  "sse-starlette>=2,<3",\n]\n',
            {"transport.library": "sse-starlette"},
        ),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\npython = "^3.12"\npython-socketio = "^5"\n',
            {"transport.library": "python-socketio"},
        ),
        ("mix.exs", 'defp deps do\n[{:phoenix, "~> 1.7.1"},\n]', {"transport.library": "phoenix"}),
        ("Gemfile", 'gem "actioncable", "~> 7.1"', {"transport.library": "actioncable"}),
        (
            "go.mod",
            "require (\n\tgithub.com/gorilla/websocket v1.5.0\n)",
            {"transport.library": None},
        ),
        ("go.mod", "require github.com/nats-io/nats.go v1.52.0", {"topology.backplane.adapter": None}),
        ("package.json", package(sockette="^2.0.6"), {"transport.client_library": "sockette@2"}),
        (
            "src/Chat.csproj",
            '<PackageReference Include="Microsoft.AspNetCore.SignalR.Client" Version="8.0.0" />',
            {"transport.client_library": "signalr"},
        ),
        (
            "pom.xml",
            "<dependency>\n<artifactId>spring-boot-starter-websocket</artifactId>\n</dependency>",
            {"transport.library": "spring-websocket"},
        ),
        (
            "build.gradle.kts",
            'implementation("io.ktor:ktor-server-websockets:2.3.0")',
            {"transport.library": "ktor"},
        ),
        ("composer.json", '{"require": {"laravel/reverb": "^1.0"}}', {"transport.library": "reverb"}),
        ("package.json", package(**{"express-sse": "^1.0.0"}), {"transport.library": "express-sse@1"}),
        ("package.json", package(**{"better-sse": "^0.15.0"}), {"transport.library": "better-sse"}),
        (
            "requirements.txt",
            "django-eventstream~=5.3  # words",
            {"transport.library": "django-eventstream@5"},
        ),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\nflask-sse = "^1.0"',
            {"transport.library": "flask-sse@1"},
        ),
        (
            "src/Words.csproj",
            '<PackageReference Include="StateleSSE.AspNetCore" Version="4.0.0-preview.1" />',
            {"transport.library": "StateleSSE.AspNetCore@4"},
        ),
        (
            "src/Words.csproj",
            '<PackageReference Include="Lib.AspNetCore.ServerSentEvents" Version="[9.0,10.0)" />',
            {"transport.library": "Lib.AspNetCore.ServerSentEvents@9"},
        ),
        (
            "phone/pubspec.yaml",
            "name: live\ndependencies:\n  flutter:\n    sdk: flutter\n  socket_io_client: ^2.0.3 # live\n",
            {"transport.client_library": "socket_io_client@2"},
        ),
        (
            "phone/pubspec.yaml",
            "dependencies:\n  web_socket_channel: '>=3.0.0 <4.0.0'\n",
            {"transport.client_library": "web_socket_channel@3"},
        ),
        (
            "ios/Podfile",
            "target 'Live' do\n  pod 'Starscream', '~> 4.0'\nend",
            {"transport.client_library": "starscream@4"},
        ),
        (
            "ios/Package.swift",
            '.package(url: "https://github.com/socketio/socket.io-client-swift.git", from: "16.1.0"),',
            {"transport.client_library": "socket.io-client-swift@16"},
        ),
        (
            "android/app/build.gradle",
            "implementation ('io.socket:socket.io-client:2.1.0') {",
            {"transport.client_library": "socket.io-client-java@2"},
        ),
    ],
)
def test_each_format_names_its_packages(name: str, text: str, stated: dict[str, object]) -> None:
    """As its tool reads them."""
    assert facts(name, text) == stated


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements-dev.txt", "channels"),
        ("requirements/test.txt", "channels"),
        ("requirements.txt", "# channels\n-r channels.txt\nchannels-presence\n"),
        ("pyproject.toml", '[project.optional-dependencies]\nlive = ["channels"]\n'),
        ("pyproject.toml", '[tool.poetry.group.dev.dependencies]\nchannels = "*"\n'),
        ("mix.exs", '{:phoenix, "~> 1.7", only: [:dev, :test]}\n# {:phoenix, "~> 1.7"}'),
        ("Gemfile", 'group :test do\n  gem "actioncable"\nend\n# gem "actioncable"'),
        ("go.mod", "require github.com/gorilla/websocket v1.5.0 // indirect"),
        ("pom.xml", "<!--\n<artifactId>spring-websocket</artifactId>\n-->"),
        ("phone/pubspec.yaml", "dev_dependencies:\n  socket_io_client: ^2.0.3\n"),
        ("phone/pubspec.yaml", "dependencies:\n  # socket_io_client: ^2.0.3\n"),
        ("ios/Podfile", "# pod 'Starscream'"),
        ("ios/Package.swift", '// .package(url: "https://github.com/daltoniam/Starscream", from: "4.0.0"),'),
        ("node_modules/a/package.json", '{"dependencies": {"socket.io": "4.0.0"}}'),
    ],
)
def test_what_a_program_does_not_run_with_is_no_fact(name: str, text: str) -> None:
    """Tests, tools, comments, and what others bring along."""
    assert facts(name, text) == {}


def test_manifests_in_a_folder_of_their_own_are_of_the_one_above() -> None:
    """As Python programs have them."""
    (station,) = stations("manifests", {"site/requirements/base.txt": "channels"})
    assert station.paths == {"site/"}


def test_every_name_is_one_of_the_catalogue() -> None:
    """Or one that is known to stand for itself."""
    tables = (
        packages.NPM,
        packages.PYPI,
        packages.HEX,
        packages.GEMS,
        packages.GO,
        packages.NUGET,
        packages.MAVEN,
        packages.COMPOSER,
        packages.PUB,
        packages.PODS,
        packages.SWIFT,
    )
    stated = {each.name.rstrip("@") for table in tables for each in table.values() if not each.is_open}
    assert {name for name in stated if catalogue.find(name) is None} == OPEN_NAMES


def test_all_that_is_stated_reads_as_a_spec() -> None:
    """Whatever the package."""
    for station in stations("manifests", {"package.json": package(**dict.fromkeys(packages.NPM, "^4.0.0"))}):
        assert read_as_spec(station.facts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"dependencies": ["socket.io"]}',
        '{"dependencies": {"socket.io": ["4"]}}',
        '{"dependencies": {"socket.io": null}}',
        '{"dependencies": {"socket.io": {"socket.io": 1}}}',
        "socket.io phoenix channels: [" * 5_000,
        "\0socket.io",
        "channels" * 20_000,
        "<PackageReference " * 5_000 + "Microsoft.AspNetCore.SignalR",
        "[project]\ndependencies = [1, {channels = 2}]",
        "[project]\ndependencies = {channels = [" * 500,
        "[tool]\npoetry = 1 # channels",
    ],
)
def test_whatever_stands_there_is_no_error(text: str) -> None:
    """Other shapes than a manifest has say nothing, or leave a version open."""
    names = ("package.json", "pyproject.toml", "requirements.txt", "mix.exs", "Gemfile", "go.mod", "a.csproj")
    others = ("pom.xml", "build.gradle", "composer.json", "pubspec.yaml", "Podfile", "Package.swift")
    for name in (*names, *others, "package-lock.json", "poetry.lock", "packages.lock.json", "pubspec.lock"):
        each = file(name, text)
        assert manifests.takes(each)
        list(manifests.stations([each]))


@pytest.mark.parametrize(
    ("source", "libraries"),
    [
        ({"web/src/live.ts": 'import { io } from "socket.io-client";'}, ["socket.io@4"]),
        ({"shared/live.vue": "<script>const io = require('socket.io-client')</script>"}, []),
        ({"web/src/live.ts": "// socket.io-client was here"}, []),
        ({"web/live.test.ts": 'import { io } from "socket.io-client";', "web/main.ts": "run();"}, []),
        ({}, ["socket.io@4"]),
    ],
)
def test_a_client_that_no_source_imports_is_none(source: dict[str, str], libraries: list[str]) -> None:
    """Where the sources lie beside the manifest; those of other folders may import it too."""
    manifest = '{"dependencies": {"socket.io-client": "^4.7.0"}}'
    if "shared/live.vue" in source:
        source = {**source, "web/main.ts": "run();"}
        libraries = ["socket.io@4"]
    found = stations("manifests", {"web/package.json": manifest, **source})
    assert [fact.value for each in found for fact in each.facts] == libraries


def test_a_server_that_no_source_imports_is_none_beside_another() -> None:
    """Alone it is stated: it may be brought in by what the sources do not show."""
    both = {"package.json": '{"dependencies": {"socket.io": "^4.7.0", "@hocuspocus/server": "^2.0.0"}}'}
    used = {**both, "src/main.ts": 'import { Server } from "@hocuspocus/server";'}
    assert [fact.value for each in stations("manifests", used) for fact in each.facts] == ["hocuspocus"]
    idle = {**both, "src/main.ts": "run();"}
    assert len([fact for each in stations("manifests", idle) for fact in each.facts]) == 2


def test_a_client_of_dotnet_that_no_source_uses_is_none() -> None:
    """A project may refer to it for the sake of another; a line of `GlobalUsings.cs` is enough."""
    project = '<PackageReference Include="Microsoft.AspNetCore.SignalR.Client" Version="9.0.1" />'
    idle = {
        "Door/Door.csproj": project,
        "Door/Program.cs": "// Microsoft.AspNetCore.SignalR.Client\napp.Run();",
    }
    assert not stations("manifests", idle)
    used = {**idle, "Door/GlobalUsings.cs": "global using Microsoft.AspNetCore.SignalR.Client;"}
    assert [fact.value for each in stations("manifests", used) for fact in each.facts] == ["signalr"]


@pytest.mark.parametrize(
    ("page", "is_used"),
    [
        ("import { connect } from './services/live';", True),
        ("import { connect } from '@/services/live';", True),
        ("const { connect } = await import('src/services/live.js');", True),
        ("const all = import.meta.glob('./services/*.ts');", True),
        ("import { connect } from '@/lib/live';", False),
        ("// services/live is to come", False),
        ("show('live');", False),
    ],
)
def test_a_client_that_only_a_module_imports_which_nobody_does_is_none(page: str, is_used: bool) -> None:
    """It was left behind: what is used is called alike in another folder."""
    found = stations(
        "manifests",
        {
            "web/package.json": '{"dependencies": {"socket.io-client": "^4.7.0"}}',
            "web/src/services/live.ts": 'import { io } from "socket.io-client";\nexport const connect = io;',
            "web/src/lib/live.ts": "export const connect = () => new WebSocket(at);",
            "web/src/page.tsx": page,
        },
    )
    assert bool(found) == is_used


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("web/app/live.ts", "export default function Live() { io(); }"),
        ("web/src/index.ts", "export const connect = io;"),
        ("web/src/live.js", "io().on('news', show);"),
    ],
)
def test_what_runs_without_being_named_uses_its_client(name: str, text: str) -> None:
    """A page that a framework finds, the beginning of a package, and a script."""
    manifest = {"web/package.json": '{"dependencies": {"socket.io-client": "^4.7.0"}}'}
    assert stations("manifests", {**manifest, name: f'import {{ io }} from "socket.io-client";\n{text}'})


def test_what_a_source_imports_is_of_the_nearest_manifest_that_names_it() -> None:
    """Another folder that names it too has no part in that; of a folder that names none it may be."""
    manifest = '{"dependencies": {"socket.io-client": "^4.7.0"}}'
    files = {"package.json": manifest, "web/package.json": manifest}
    used = {**files, "web/live.js": 'import { io } from "socket.io-client";', "tries.js": "run();"}
    assert [each.line.file for each in stations("manifests", used)] == ["web/package.json"]
    apart = {"door/package.json": manifest, "door/main.js": "run();", "web/live.js": used["web/live.js"]}
    assert [each.line.file for each in stations("manifests", apart)] == ["door/package.json"]


def test_a_protocol_beside_a_client_makes_no_server() -> None:
    """Both ends speak MessagePack."""
    package_ = '<PackageReference Include="Microsoft.AspNetCore.SignalR.{}" Version="9.0.1" />'
    client, protocol = package_.format("Client"), package_.format("Protocols.MessagePack")
    assert facts("Mail.csproj", f"<Project>\n{client}\n{protocol}\n</Project>") == {
        "transport.client_library": "signalr"
    }
    assert facts("Live.csproj", f"<Project>\n{protocol}\n</Project>") == {"transport.library": "signalr"}


def test_a_module_of_python_may_have_another_name_than_its_package() -> None:
    """By which it is imported."""
    manifest = {"requirements.txt": "python-socketio==5.11\nsse-starlette==2.1\n"}
    files = {**manifest, "chat/app.py": "import asyncio, socketio\n"}
    assert [fact.value for each in stations("manifests", files) for fact in each.facts] == ["python-socketio"]


@pytest.mark.parametrize("folder", ["loadtest", "k6", "e2e", "tests/browser"])
def test_what_tries_a_product_says_nothing_of_it(folder: str) -> None:
    """Though it has a manifest of its own."""
    assert not stations(
        "manifests", {f"{folder}/package.json": '{"dependencies": {"socket.io-client": "^4.7.0"}}'}
    )


def test_an_example_counts_where_nothing_stands_beside_it() -> None:
    """Then it is all that there is."""
    example = {"examples/chat/package.json": '{"dependencies": {"socket.io": "^4.7.0"}}'}
    assert stations("manifests", example)
    beside = {**example, "package.json": '{"dependencies": {"@hocuspocus/server": "^2.0.0"}}'}
    assert [each.line.file for each in stations("manifests", beside)] == ["package.json"]
