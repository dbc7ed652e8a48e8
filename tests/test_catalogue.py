"""The platforms: each file is complete, and every default says where it comes from."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
from conftest import ROOT

from rtreview.language import catalogue
from rtreview.language.catalogue import Platform
from rtreview.text import document

FILES = sorted((ROOT / "references" / "platforms").glob("*.yaml"))

FIRST_DOZEN = {
    "nginx", "aws-alb", "cloudflare", "haproxy", "socket.io@4", "ws", "signalr", "phoenix", "centrifugo",
    "ably", "pusher", "eventsource",
}  # fmt: skip


SCHEMA = jsonschema.Draft202012Validator(catalogue.json_schema())
KEYS = ("id", "name", "kind", "aliases", "as_of", "defaults", "facts", "evidence", "notes", "sources")
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


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_platform_is_named_as_its_file(file: Any) -> None:
    """So a name in a spec is found without opening any other file."""
    one = platform(file.stem)
    assert one.id == file.stem
    assert list(one.content) == [key for key in KEYS if key in one.content]
    assert set(KEYS) - set(one.content) <= {"defaults", "evidence", "facts"}
    assert one.kind in catalogue.KINDS


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_platform_is_as_the_schema_has_it(file: Any) -> None:
    """Typed, and in the same form throughout."""
    SCHEMA.validate(document.read(file.read_bytes())[0].content)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_default_has_evidence(file: Any) -> None:
    """Each value that a platform fixes, and each fact, has a source and says how sure it is."""
    content = document.read(file.read_bytes())[0].content
    evidence = content.get("evidence", [])
    assert content["sources"]
    assert all(SOURCE.fullmatch(source) for source in content["sources"]), content["sources"]
    for one in evidence:
        assert one["confidence"] in {"documented", "secondary", "assumed"}
        assert SOURCE.fullmatch(one["source"]), one["source"]
    prefixes = [f"{one['of']}." for one in evidence]
    for leaf in [*leaves(content.get("defaults", {})), *leaves({"facts": content.get("facts", {})})]:
        assert any(f"{leaf}.".startswith(prefix) for prefix in prefixes), f"{leaf} has no evidence"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_alias_finds_its_platform(file: Any) -> None:
    """Aliases stand on one line, as the search for them reads it."""
    one = platform(file.stem)
    for alias in one.content.get("aliases", []):
        assert platform(str(alias)) is one


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
    catalogue.find.cache_clear()
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


def test_versions_are_told_apart() -> None:
    """Where behaviour changed, each version has its file, and the bare name is the newest."""
    assert platform("socket.io").id == "socket.io@4"
    assert platform("socket.io@2").id == "socket.io@2"
    assert platform("graphql-ws@2").id != platform("graphql-ws").id
